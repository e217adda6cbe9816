#include "lsp/server.h"

#include <algorithm>
#include <sstream>

#include "lsp/client.h"
#include "lsp/framing.h"
#include "lsp/serve.h"
#include "read/json/told.h"

namespace shapedbg::lsp {
namespace {

using Codes = std::vector<std::string>;

int error_of(const Json& answer) { return answer.value("error", Json::object()).value("code", 0); }

TEST(Server, SaysWhatItCan) {
  Client client;
  EXPECT_EQ(client.initialize_result["capabilities"]["positionEncoding"], "utf-16");
  EXPECT_EQ(client.initialize_result["capabilities"]["textDocumentSync"]["change"], 2);
  Client other(DeviceChoice::off, {{"general", {{"positionEncodings", {"utf-16", "utf-8"}}}}});
  EXPECT_EQ(other.initialize_result["capabilities"]["positionEncoding"], "utf-8");
}

TEST(Server, AnswersWhatIsNoRequestWithTheErrorOfItsKind) {
  Client client(DeviceChoice::off, Json::object(), /*initialized=*/false);
  EXPECT_EQ(error_of(client.ask("textDocument/hover", Json::object())), not_initialized);
  client.request("initialize", {{"capabilities", Json::object()}});
  EXPECT_EQ(error_of(client.raw("{")), parse_error);
  EXPECT_EQ(error_of(client.raw(std::string(1000, '['))), parse_error);
  EXPECT_EQ(error_of(client.raw("\"\xFF\"")), parse_error);
  EXPECT_EQ(error_of(client.raw("[]")), invalid_request);
  EXPECT_EQ(error_of(client.raw("7")), invalid_request);
  EXPECT_EQ(error_of(client.raw(R"({"id": 3, "method": "shutdown"})")), invalid_request);
  EXPECT_EQ(error_of(client.raw(R"({"jsonrpc": "2.0", "id": 3})")), invalid_request);
  EXPECT_EQ(error_of(client.raw(R"({"jsonrpc": "2.0", "id": [3], "method": "shutdown"})")), invalid_request);
  EXPECT_EQ(error_of(client.raw(R"({"jsonrpc": "2.0", "id": 3, "method": 4})")), invalid_request);
  EXPECT_EQ(error_of(client.ask("textDocument/unheardOf", Json::object())), method_not_found);
  EXPECT_EQ(error_of(client.ask("initialize", Json::object())), invalid_request);
}

TEST(Server, ShutsDownInOrder) {
  Client client;
  EXPECT_EQ(client.request("shutdown", nullptr), Json());
  EXPECT_EQ(error_of(client.ask("shutdown", nullptr)), invalid_request);
  EXPECT_FALSE(client.server().exit_code());
  client.notify("exit", nullptr);
  EXPECT_EQ(client.server().exit_code(), 0);
  Client rude;
  rude.notify("exit", nullptr);
  EXPECT_EQ(rude.server().exit_code(), 1);
}

TEST(Server, PublishesWhatCheckFinds) {
  Client client;
  client.open(kShort);
  const Json found = client.diagnostics();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["code"], "R301");
  EXPECT_EQ(found[0]["severity"], 1);
  EXPECT_EQ(found[0]["source"], "shapedbg");
  EXPECT_EQ(Client::slice(kShort, found[0]["range"]), R"("name": "up")");
  ASSERT_FALSE(found[0]["relatedInformation"].empty());
  EXPECT_EQ(found[0]["relatedInformation"][0]["location"]["uri"], Client::kUri);
}

TEST(Server, RunsLibTorchBehindTheFormulas) {
  Client client(DeviceChoice::cpu);
  client.open(kShort);
  const std::vector<Json> all = client.received("textDocument/publishDiagnostics");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["diagnostics"][0]["data"]["ran_on"], "off");
  EXPECT_EQ(all[1]["diagnostics"][0]["data"]["ran_on"], "cpu");
}

TEST(Server, ADocumentThatCouldNotBeOpenedIsNotOpen) {
  Client client(DeviceChoice::off);
  const Json item = {{"uri", "file:///n.json"}, {"languageId", "json"}, {"version", "one"}, {"text", "{}"}};
  client.notify("textDocument/didOpen", {{"textDocument", item}});
  client.notify("textDocument/didSave", {{"textDocument", {{"uri", "file:///n.json"}}}});
  client.server().settle();
  EXPECT_TRUE(client.received("textDocument/publishDiagnostics").empty());
}

TEST(Server, FollowsEdits) {
  Client client;
  std::string text = kShort;
  client.open(text);
  EXPECT_EQ(client.codes(), Codes{"R301"});
  client.edit(text, R"("padding": 1}
  ]
})",
              R"("padding": 1, "output_padding": 1}
  ]
})");
  EXPECT_EQ(client.codes(), (Codes{"W505", "W504"}));
  client.edit(text, "\"stride\": 2", "\"stride\": ");
  EXPECT_EQ(client.codes(), Codes{"J001"});
  client.edit(text, "\"stride\": ", "\"stride\": 2");
  EXPECT_EQ(client.codes(), (Codes{"W505", "W504"}));
  EXPECT_EQ(client.received("textDocument/publishDiagnostics").back()["version"], 4);
}

TEST(Server, PlacesCountInUtf16) {
  Client client;
  client.open("{\"name\": \"\xF0\x9F\x9A\x80\", \"inptu\": 1, \"input\": [1], \"layers\": []}");
  Json unknown;
  for (const Json& one : client.diagnostics())
    if (one["code"] == "S102") unknown = one;
  ASSERT_FALSE(unknown.is_null());
  EXPECT_EQ(unknown["range"]["start"]["character"], 15);
}

TEST(Server, WhatIsNoSpecGetsNothing) {
  Client client;
  client.open(R"({"name": "package", "version": "1.0.0", "scripts": {"input": "layers"}})");
  client.open("[1, 2]", "file:///list.json");
  client.open("", "file:///empty.json");
  EXPECT_TRUE(client.received("textDocument/publishDiagnostics").empty());
}

TEST(Server, ASpecIsToldByItsContent) {
  EXPECT_TRUE(looks_like_spec(R"({"input": 1, "layers")") == false);
  EXPECT_TRUE(looks_like_spec(R"({"input": 1, "layers": [)"));
  EXPECT_TRUE(looks_like_spec("\xEF\xBB\xBF// a note\n{\"encoder\": [}, \"input\": 3"));
  EXPECT_TRUE(looks_like_spec(R"({"$schema": "../shapedbg-spec-1.schema.json")"));
  EXPECT_FALSE(looks_like_spec(R"({"$schema": "x", "name": "shapedbg"})"));
  EXPECT_FALSE(looks_like_spec(R"({"a": {"input": 1, "layers": []}})"));
  EXPECT_FALSE(looks_like_spec(R"(["input", "layers"])"));
  EXPECT_FALSE(looks_like_spec(R"({"x": "input", "y": "layers"})"));
}

TEST(Server, AClosedDocumentHasNoDiagnostics) {
  Client client;
  client.open(kShort);
  client.notify("textDocument/didClose", Client::document());
  EXPECT_EQ(client.diagnostics(), Json::array());
  client.notify("textDocument/didClose", Client::document());
}

TEST(Server, ALargeFileIsRefusedOnce) {
  Client client;
  std::string text = kShort;
  client.open(text);
  const auto whole = [&](const std::string& all) {
    client.notify("textDocument/didChange", {{"textDocument", {{"uri", Client::kUri}, {"version", 9}}},
                                             {"contentChanges", Json::array({{{"text", all}}})}});
    client.server().settle();
  };
  whole(text + std::string(16u << 20, ' '));
  EXPECT_EQ(client.diagnostics(), Json::array());
  // Its text is not kept, so a change of a part of it cannot be followed.
  client.edit(text, "24", "25");
  whole(text + std::string(17u << 20, ' '));
  const std::vector<Json> shown = client.received("window/showMessage");
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(shown[0]["message"],
            "shapedbg: /nets/net.json is larger than the 16 MB that a spec may have; it is not looked at");
  whole(kShort);
  EXPECT_EQ(client.codes(), Codes{"R301"});
}

TEST(Server, AChangeThatCannotBeReadLeavesTheText) {
  Client client;
  std::string text = kShort;
  client.open(text);
  client.notify("textDocument/didChange",
                {{"textDocument", {{"uri", Client::kUri}, {"version", 2}}},
                 {"contentChanges", Json::array({{{"text", "{}"}}, {{"range", 3}, {"text", "x"}}})}});
  client.edit(text, "24, 24", "25, 25");
  EXPECT_EQ(client.codes(), (Codes{"W505", "W504"}));
  EXPECT_EQ(client.received("window/logMessage").size(), 1u);
}

TEST(Server, WithoutLibTorchTheFormulasAnswerAlone) {
  std::vector<Json> sent;
  std::mutex guard;
  Server server(
      {.standard = {.device = DeviceChoice::cpu}, .quiet = std::chrono::milliseconds(0), .version = {}},
      [] {
        return Opened{nullptr, "there is none"};
      },
      [&](const std::string& message) {
        const std::lock_guard lock(guard);
        sent.push_back(Json::parse(message));
      });
  server.handle(R"({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})");
  for (const char* uri : {"file:///a.json", "file:///b.json"}) {
    server.handle(Json{{"jsonrpc", "2.0"},
                       {"method", "textDocument/didOpen"},
                       {"params", {{"textDocument", {{"uri", uri}, {"text", kShort}}}}}}
                      .dump());
    server.settle();
  }
  const auto count = [&](const char* method) {
    return std::count_if(sent.begin(), sent.end(),
                         [&](const Json& m) { return m.value("method", "") == method; });
  };
  EXPECT_EQ(count("window/showMessage"), 1);
  EXPECT_EQ(count("textDocument/publishDiagnostics"), 2);
}

// Thousands of edits, none of which waits for an answer; the last text is the one that is judged.
TEST(Server, TheNextEditCancelsWhatIsAsked) {
  Client client(DeviceChoice::meta);
  std::string text = kShort;
  client.open(text);
  for (int i = 0; i < 300; ++i)
    client.edit(text, i % 2 == 0 ? "24, 24" : "25, 25", i % 2 == 0 ? "25, 25" : "24, 24", false);
  client.server().settle();
  EXPECT_EQ(client.codes(), Codes{"R301"});
  const std::vector<Json> all = client.received("textDocument/publishDiagnostics");
  EXPECT_EQ(all.back()["version"], 301);
}

TEST(Serve, EndsWithTheClient) {
  std::string out;
  const auto run = [&](const std::string& input, bool reads = true) {
    std::istringstream in(input);
    out.clear();
    return serve(
        in,
        [&](std::string_view bytes) {
          out += bytes;
          return reads;
        },
        {.standard = {.device = DeviceChoice::off}}, open_engine);
  };
  const std::string hello = framed(R"({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}})");
  const std::string bye = framed(R"({"jsonrpc": "2.0", "id": 2, "method": "shutdown"})");
  const std::string exit = framed(R"({"jsonrpc": "2.0", "method": "exit"})");
  EXPECT_EQ(run(hello + bye + exit), 0);
  EXPECT_EQ(run(hello + bye), 0);
  EXPECT_EQ(run(hello), 1);
  EXPECT_EQ(run(hello + exit), 1);
  EXPECT_EQ(run(hello + hello + bye + exit, /*reads=*/false), 1);
  EXPECT_EQ(run("garbage\r\n\r\n" + hello + bye + exit), 0);
  EXPECT_NE(out.find("a header line without a colon"), std::string::npos);
}

}  // namespace
}  // namespace shapedbg::lsp
