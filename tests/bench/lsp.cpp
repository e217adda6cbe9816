// bench_lsp [EDITS]: what the language server adds to what it asks, all in one run: from a keystroke in a
// U-Net of 300 layers to the diagnostics by formula and to those that LibTorch verified, and what EDITS
// (10,000) keystrokes leave behind in memory. SHAPEDBG_ENGINE may name the engine.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lsp/server.h"

namespace {

using Clock = std::chrono::steady_clock;
using shapedbg::lsp::Json;

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double resident_mebibytes() {
  std::ifstream statm("/proc/self/statm");
  long pages = 0;
  statm >> pages >> pages;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::string line(const std::string& entry) { return "    {" + entry + "},\n"; }
std::string convs(int count, int channels, const std::string& last) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += line(R"("type": "Conv2d", "out_channels": )" + std::to_string(channels) +
                 R"(, "kernel_size": 3, "padding": 1)");
    text += line((i + 1 == count && !last.empty() ? "\"name\": \"" + last + "\", " : std::string()) +
                 R"("type": "ReLU")");
  }
  return text;
}

// Five levels of sixteen convolutions down and up; the way back misses where the size is no multiple of 16.
std::string unet(int size) {
  constexpr int kLevels = 5;
  constexpr int kConvs = 16;
  std::string encoder;
  std::string decoder;
  for (int level = 0; level < kLevels; ++level) {
    const std::string number = std::to_string(level);
    encoder += convs(kConvs, 16 << level, "skip" + number);
    if (level + 1 < kLevels)
      encoder += line(R"("name": "pool)" + number + R"(", "type": "MaxPool2d", "kernel_size": 2)");
  }
  for (int level = kLevels - 2; level >= 0; --level) {
    const std::string number = std::to_string(level);
    decoder += line(R"("name": "up)" + number + R"(", "type": "ConvTranspose2d", "out_channels": )" +
                    std::to_string(16 << level) + R"(, "kernel_size": 2, "stride": 2)");
    decoder += line(R"("type": "Concat", "inputs": ["skip)" + number + R"(", "up)" + number + "\"]");
    decoder += convs(kConvs, 16 << level, "");
  }
  decoder += "    {\"type\": \"Conv2d\", \"out_channels\": 3, \"kernel_size\": 1}\n";
  encoder.erase(encoder.size() - 2, 1);
  const std::string number = std::to_string(size);
  return "{\n  \"name\": \"net\",\n  \"input\": [1, 3, " + number + ", " + number + "],\n  \"encoder\": [\n" +
         encoder + "  ],\n  \"decoder\": [\n" + decoder + "  ]\n}\n";
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

struct Session {
  explicit Session(std::chrono::milliseconds quiet)
      : server({.standard = {.device = shapedbg::DeviceChoice::meta}, .quiet = quiet, .version = {}},
               shapedbg::open_engine, [this](const std::string& message) {
                 if (message.find("publishDiagnostics") == std::string::npos) return;
                 const std::lock_guard lock(guard);
                 published.push_back(since(start));
               }) {
    server.handle(R"({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})");
  }
  void notify(const char* method, const Json& params) {
    server.handle(Json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump());
  }
  void open(const std::string& text) {
    notify("textDocument/didOpen", {{"textDocument", {{"uri", kUri}, {"version", 1}, {"text", text}}}});
    server.settle();
  }
  // One letter put into the name of the network, or taken out again.
  void type(int i) {
    const Json at{{"line", 1}, {"character", 11}};
    const Json end{{"line", 1}, {"character", i % 2 == 0 ? 11 : 12}};
    published.clear();
    start = Clock::now();
    notify("textDocument/didChange",
           {{"textDocument", {{"uri", kUri}, {"version", 2 + i}}},
            {"contentChanges",
             Json::array({{{"range", {{"start", at}, {"end", end}}}, {"text", i % 2 == 0 ? "x" : ""}}})}});
  }

  static constexpr const char* kUri = "file:///net.json";
  std::mutex guard;
  std::vector<double> published;  // ms after `start`
  Clock::time_point start = Clock::now();
  shapedbg::lsp::Server server;
};

double alone(const std::string& text, shapedbg::DeviceChoice device, int rounds) {
  shapedbg::Budget budget;
  budget.repairs = false;
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto start = Clock::now();
    const auto checked =
        shapedbg::check(shapedbg::Source("net.json", text), device, shapedbg::open_engine, {}, budget);
    times.push_back(since(start));
    if (checked.status == shapedbg::Status::error) {
      std::fprintf(stderr, "no LibTorch: SHAPEDBG_ENGINE has to name the engine\n");
      std::quick_exit(2);
    }
  }
  return median(times);
}

void latency(const char* what, const std::string& text) {
  constexpr int kRounds = 41;
  alone(text, shapedbg::DeviceChoice::meta, 3);
  Session session(std::chrono::milliseconds(8));
  session.open(text);
  std::vector<double> formula;
  std::vector<double> verified;
  for (int i = 0; i < kRounds; ++i) {
    session.type(i);
    session.server.settle();
    if (session.published.size() < 2) continue;
    formula.push_back(session.published[0]);
    verified.push_back(session.published[1]);
  }
  std::printf(
      "%-22s by formula %6.2f ms (check alone %6.2f; goal at most 5)   verified %6.2f ms (check alone %6.2f; "
      "goal at most 40)\n",
      what, median(formula), alone(text, shapedbg::DeviceChoice::off, kRounds), median(verified),
      alone(text, shapedbg::DeviceChoice::meta, kRounds));
}

// 1,000 convolutions of which one loses its border. `padding` is that of another one in front of it.
std::string thousand(int padding) {
  std::string text = "{\"input\": [1, 4, 65536], \"expect\": \"input\", \"layers\": [\n";
  for (int i = 0; i < 1000; ++i)
    text += R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": )" +
            std::to_string(i == 500   ? 0
                           : i == 300 ? padding
                                      : 1) +
            (i < 999 ? "},\n" : "}\n");
  return text + "]}\n";
}

// The same network again and again in one process, one number of it another each time.
void changed_number(const char* what, bool repairs) {
  constexpr int kRounds = 41;
  shapedbg::Budget budget;
  budget.repairs = repairs;
  std::vector<double> times;
  for (int i = 0; i < kRounds; ++i) {
    const shapedbg::Source source("net.json", thousand(1 - i % 2));
    const auto start = Clock::now();
    const auto checked =
        shapedbg::check(source, shapedbg::DeviceChoice::off, shapedbg::open_engine, {}, budget);
    times.push_back(since(start));
    if (checked.findings.empty()) std::fprintf(stderr, "%s: nothing was found\n", what);
  }
  std::printf("%-22s by formula %6.2f ms (goal at most 5)\n", what, median(times));
}

}  // namespace

int main(int argc, char** argv) {
  const int edits = argc > 1 ? std::atoi(argv[1]) : 10'000;
  latency("300 layers, right", unet(256));
  latency("300 layers, a fault", unet(250));
  changed_number("1,000, one number", false);
  changed_number("the same with repairs", true);

  const std::string text = unet(256);
  Session session(std::chrono::milliseconds(0));
  session.open(text);
  double first = 0;
  const int warm = std::min(edits / 10, 200);
  const auto start = Clock::now();
  for (int i = 0; i < edits; ++i) {
    session.type(i);
    // Every hundredth answer is waited for, so that all stages are met; the others cancel each other.
    if (i % 100 == 99) session.server.settle();
    if (i + 1 == warm) first = resident_mebibytes();
  }
  session.server.settle();
  const double last = resident_mebibytes();
  std::printf("%d edits in %.1f s: %.1f MiB after %d, %.1f MiB after all, %+.1f %% (goal at most 20)\n",
              edits, since(start) / 1000, first, warm, last, 100 * (last - first) / first);
  std::fflush(stdout);
  std::quick_exit(0);
}
