// A client in the same process: sends messages to a Server and keeps what it answers.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "lsp/server.h"

namespace shapedbg::lsp {

// A network of one level whose way back misses the size by one: output_padding repairs it.
inline const std::string kShort = R"({
  "input": [1, 4, 24, 24],
  "encoder": [
    {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}
  ],
  "decoder": [
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1}
  ]
}
)";

class Client {
 public:
  explicit Client(DeviceChoice device = DeviceChoice::off, Json capabilities = Json::object(),
                  bool initialized = true)
      : server_({.standard = {.device = device}, .quiet = std::chrono::milliseconds(0), .version = "1"},
                open_engine, [this](const std::string& message) {
                  const std::lock_guard lock(guard_);
                  sent_.push_back(Json::parse(message));
                }) {
    if (!initialized) return;
    initialize_result = request("initialize", {{"capabilities", std::move(capabilities)}});
    notify("initialized", Json::object());
  }

  // The whole answer, with `result` or `error`.
  Json ask(const std::string& method, const Json& params) {
    const int id = ++id_;
    server_.handle(Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump());
    const std::lock_guard lock(guard_);
    for (const Json& message : sent_)
      if (!message.contains("method") && message.value("id", Json()) == id) return message;
    ADD_FAILURE() << "no answer to " << method;
    return {};
  }
  Json request(const std::string& method, const Json& params) {
    const Json answer = ask(method, params);
    EXPECT_TRUE(answer.contains("result")) << answer.dump();
    return answer.value("result", Json());
  }
  void notify(const std::string& method, const Json& params) {
    server_.handle(Json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump());
  }
  // What is answered to bytes that no client should send: the last message.
  Json raw(const std::string& text) {
    server_.handle(text);
    const std::lock_guard lock(guard_);
    return sent_.empty() ? Json() : sent_.back();
  }

  void open(const std::string& text, const std::string& uri = kUri) {
    notify("textDocument/didOpen",
           {{"textDocument", {{"uri", uri}, {"languageId", "json"}, {"version", 1}, {"text", text}}}});
    server_.settle();
  }
  // Replaces the first `from` of `text` by `to`, and says so as an incremental change.
  void edit(std::string& text, const std::string& from, const std::string& to, bool settle = true) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    notify("textDocument/didChange",
           {{"textDocument", {{"uri", kUri}, {"version", ++version_}}},
            {"contentChanges",
             Json::array({{{"range", {{"start", place(text, at)}, {"end", place(text, at + from.size())}}},
                           {"text", to}}})}});
    text.replace(at, from.size(), to);
    if (settle) server_.settle();
  }
  // Of ASCII text.
  static Json place(const std::string& text, std::size_t offset) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    const std::size_t start = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
    return {{"line", line}, {"character", offset - (start == std::string::npos ? 0 : start + 1)}};
  }
  // The bytes of ASCII text that a range stands for.
  static std::string slice(const std::string& text, const Json& range) {
    return text.substr(offset(text, range["start"]),
                       offset(text, range["end"]) - offset(text, range["start"]));
  }
  static std::size_t offset(const std::string& text, const Json& place) {
    std::size_t start = 0;
    for (int line = place["line"]; line > 0; --line) start = text.find('\n', start) + 1;
    return start + place["character"].get<std::size_t>();
  }
  // Parameters of a request about the first `word` of `text`, `in` bytes into it.
  static Json at(const std::string& text, const std::string& word, std::size_t in = 1) {
    return {{"textDocument", {{"uri", kUri}}}, {"position", place(text, text.find(word) + in)}};
  }
  static Json document() { return {{"textDocument", {{"uri", kUri}}}}; }

  // All that was sent by that name, oldest first.
  std::vector<Json> received(const std::string& method) {
    const std::lock_guard lock(guard_);
    std::vector<Json> found;
    for (const Json& message : sent_)
      if (message.value("method", "") == method) found.push_back(message["params"]);
    return found;
  }
  // The newest diagnostics, or null where there were none.
  Json diagnostics() {
    const std::vector<Json> all = received("textDocument/publishDiagnostics");
    return all.empty() ? Json() : all.back()["diagnostics"];
  }
  std::vector<std::string> codes() {
    std::vector<std::string> list;
    for (const Json& one : diagnostics()) list.push_back(one.value("code", ""));
    return list;
  }

  Server& server() { return server_; }
  Json initialize_result;
  static constexpr const char* kUri = "file:///nets/net.json";

 private:
  std::mutex guard_;
  std::vector<Json> sent_;
  int id_ = 1000;  // tests of single messages take smaller ones
  int version_ = 1;
  Server server_;  // last: its thread uses all of the above
};

}  // namespace shapedbg::lsp
