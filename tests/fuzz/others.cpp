// .shapedbg.toml and the language server.
#include <algorithm>
#include <array>
#include <sstream>

#include "cli/config.h"
#include "fuzz/promises.h"
#include "fuzz/target.h"
#include "lsp/framing.h"
#include "lsp/server.h"

namespace shapedbg::fuzz {
namespace {

constexpr std::string_view kInitialize =
    R"({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}})";
constexpr std::string_view kInitialized = R"({"jsonrpc": "2.0", "method": "initialized", "params": {}})";

constexpr std::array kTargets{
    Target{"network", "spec", Bytes::tokens, 3000, check_network},
    Target{"portable", "spec", Bytes::tokens, 3000, check_portable},
    Target{"fix", "spec", Bytes::tokens, 1500, check_fix},
    Target{"sizes", "spec", Bytes::tokens, 2000, check_sizes},
    Target{"mirror", "spec", Bytes::tokens, 2000, check_mirror},
    Target{"export", "spec", Bytes::tokens, 3000, check_export},
    Target{"onnx", "onnx", Bytes::binary, 16000, check_onnx},
    Target{"pt2", "pt2", Bytes::tokens, 32000, check_pt2},
    Target{"keras", "keras", Bytes::tokens, 16000, check_keras},
    Target{"printed", "printed", Bytes::tokens, 2000, check_printed},
    Target{"calls", "calls", Bytes::tokens, 16000, check_calls},
    Target{"config", "config", Bytes::tokens, 600, check_config},
    Target{"lsp", "lsp", Bytes::lines, 4000, check_lsp},
};

}  // namespace

std::span<const Target> all_targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  const auto found = std::find_if(kTargets.begin(), kTargets.end(),
                                  [&](const Target& target) { return target.name == name; });
  return found == kTargets.end() ? nullptr : &*found;
}

std::size_t digest(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a: the same on every machine
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return static_cast<std::size_t>(hash >> 20);
}

void check_config(std::string_view toml) {
  const Config config = parse_config(".shapedbg.toml", "/folder", std::string(toml));
  promise(config.error.find('\n') == std::string::npos, "an error is one line", config.error);
}

void check_lsp(std::string_view lines) {
  if (lines.starts_with("Content-")) {
    std::istringstream in{std::string(lines)};
    while (lsp::read_message(in).frame != lsp::Frame::end) {
    }
    return;
  }
  lsp::ServerOptions options;
  options.standard.device = DeviceChoice::off;
  options.quiet = std::chrono::milliseconds(0);
  options.version = "fuzzed";
  options.python = "/bin/false";  // nothing of the user's is ever run here
  lsp::Server server(options, no_engine,
                     [](const std::string& message) { is_json(message, "a message of the server"); });
  const std::string_view first = lines.substr(0, lines.find('\n'));
  if (first.find("\"initialize\"") == std::string_view::npos) {
    server.handle(kInitialize);
    server.handle(kInitialized);
  }
  for (std::size_t begin = 0; begin < lines.size() && !server.exit_code();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    server.handle(lines.substr(begin, end - begin));
    begin = end + 1;
  }
  server.settle();
}

}  // namespace shapedbg::fuzz
