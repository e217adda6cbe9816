#include <algorithm>
#include <functional>

#include "lsp/client.h"

namespace shapedbg::lsp {
namespace {

using Words = std::vector<std::string>;

// A U-Net of one level with a block, an argument that is a tensor, and a name in two places.
const std::string kNet = R"({
  "input": [1, 3, 32, 32],
  "blocks": {
    "double": [
      {"name": "conv", "type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1},
      {"type": "ReLU"}
    ],
    "join": [
      {"name": "both", "type": "Concat", "inputs": ["$skip", "input"]}
    ]
  },
  "layers": [
    {"use": "double", "name": "skip", "out": 8},
    {"name": "down", "type": "MaxPool2d", "kernel_size": 2}, // halves
    {"use": "double", "name": "deep", "out": 16},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"use": "join", "name": "joined", "skip": "skip"},
    {"name": "out", "type": "Conv2d", "inputs": "joined", "out_channels": 3, "kernel_size": 1},
    {"name": "aside", "type": "Conv2d", "inputs": "deep.conv", "out_channels": 3, "kernel_size": 1}
  ],
  "outputs": ["out", "aside"]
}
)";

class Features : public testing::Test {
 protected:
  void open(const std::string& text) {
    text_ = text;
    client_.open(text);
  }
  Json hover(const std::string& word, std::size_t in = 1) {
    return client_.request("textDocument/hover", Client::at(text_, word, in));
  }
  std::string hovered(const std::string& word, std::size_t in = 1) {
    const Json said = hover(word, in);
    return said.is_null() ? "" : said["contents"]["value"].get<std::string>();
  }
  // The labels offered where `|` stands in the text.
  Words completed(std::string text) {
    const std::size_t at = text.find('|');
    text.erase(at, 1);
    client_.notify("textDocument/didChange", {{"textDocument", {{"uri", Client::kUri}, {"version", 2}}},
                                              {"contentChanges", Json::array({{{"text", text}}})}});
    client_.server().settle();
    text_ = text;
    result_ = client_.request("textDocument/completion", {{"textDocument", {{"uri", Client::kUri}}},
                                                          {"position", Client::place(text, at)}});
    Words labels;
    for (const Json& item : result_["items"]) labels.push_back(item["label"]);
    return labels;
  }
  // The text with the first item of that label put in.
  std::string with(const std::string& label) {
    for (const Json& item : result_["items"])
      if (item["label"] == label) return applied({{"edits", Json::array({item["textEdit"]})}});
    return "no " + label;
  }
  std::string applied(const Json& edits) const {
    std::vector<Edit> list;
    for (const Json& edit : edits["edits"]) {
      const std::size_t begin = Client::offset(text_, edit["range"]["start"]);
      list.push_back({begin, Client::offset(text_, edit["range"]["end"]) - begin, edit["newText"]});
    }
    return shapedbg::apply(text_, list).value_or("overlapping edits");
  }
  std::string changed(const Json& edit) const { return applied({{"edits", edit["changes"][Client::kUri]}}); }
  Json actions(const Json& context = Json::object()) {
    return client_.request(
        "textDocument/codeAction",
        {{"textDocument", {{"uri", Client::kUri}}},
         {"range", {{"start", Client::place(text_, 0)}, {"end", Client::place(text_, text_.size())}}},
         {"context", context}});
  }
  std::vector<std::string> places(const Json& list) const {
    std::vector<std::string> found;
    for (const Json& one : list)
      found.push_back(std::to_string(one["range"]["start"]["line"].get<int>()) + ":" +
                      Client::slice(text_, one["range"]));
    return found;
  }

  Client client_;
  std::string text_;
  Json result_;
};

bool has(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

// Its layers are read, and none is run: the server has no shape to tell, and says so by leaving it out.
TEST_F(Features, HoverOfANetworkThatIsNotRun) {
  open(R"({"input": [1, 3, "H", "W"], "sizes": {"H": {"min": 8}},
 "layers": [{"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3}]})");
  EXPECT_NE(hovered("Conv2d").find("**down**"), std::string::npos) << hovered("Conv2d");
  EXPECT_EQ(hovered("Conv2d").find("returns ["), std::string::npos) << hovered("Conv2d");
  EXPECT_EQ(hovered("down"), "**down**");
}

TEST_F(Features, TheNetworkOfTheseTestsIsRight) {
  open(kNet);
  for (const Json& one : client_.diagnostics()) EXPECT_NE(one["severity"], 1) << one;
}

TEST_F(Features, QuickFixesAreThoseOfFix) {
  open(kShort);
  const Json list = actions();
  ASSERT_GE(list.size(), 2u);
  EXPECT_EQ(list[0]["kind"], "quickfix");
  EXPECT_TRUE(list[0]["title"].get<std::string>().starts_with("set output_padding to 1 on `up`: returns "));
  EXPECT_EQ(list[0]["isPreferred"], true);
  EXPECT_EQ(list[0]["diagnostics"][0]["code"], "R301");
  EXPECT_TRUE(contains(changed(list[0]["edit"]), "\"padding\": 1, \"output_padding\": 1}"));
  bool unsafe = false;
  for (const Json& one : list) {
    const bool labelled = one["title"].get<std::string>().ends_with("(unsafe)");
    unsafe = unsafe || labelled;
    if (labelled) {
      EXPECT_FALSE(one.contains("isPreferred"));
    }
  }
  EXPECT_TRUE(unsafe);
}

TEST_F(Features, QuickFixesStandAtTheirPlaceAlone) {
  open(kShort);
  const Json list = client_.request(
      "textDocument/codeAction",
      {{"textDocument", {{"uri", Client::kUri}}},
       {"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 1}, {"character", 2}}}}},
       {"context", {{"only", {"quickfix"}}}}});
  EXPECT_EQ(list, Json::array());
}

TEST_F(Features, AllSafeFixesAtOnce) {
  open(kShort);
  const Json list = actions({{"only", {"source.fixAll"}}});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["kind"], "source.fixAll.shapedbg");
  EXPECT_TRUE(contains(changed(list[0]["edit"]), "\"padding\": 1, \"output_padding\": 1}"));
  EXPECT_EQ(actions({{"only", {"refactor"}}}), Json::array());
}

TEST(FixAll, IsWorkedOutWhenItIsChosen) {
  Client client(DeviceChoice::off,
                {{"textDocument", {{"codeAction", {{"resolveSupport", {{"properties", {"edit"}}}}}}}}});
  std::string text = kShort;
  client.open(text);
  const Json list =
      client.request("textDocument/codeAction",
                     {{"textDocument", {{"uri", Client::kUri}}},
                      {"range", {{"start", Client::place(text, 0)}, {"end", Client::place(text, 0)}}},
                      {"context", {{"only", {"source"}}}}});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_FALSE(list[0].contains("edit"));
  EXPECT_TRUE(client.request("codeAction/resolve", list[0]).contains("edit"));
  client.edit(text, "24, 24", "26, 26");
  EXPECT_EQ(client.ask("codeAction/resolve", list[0])["error"]["code"], content_modified);
}

TEST_F(Features, EachLineEndsWithTheShapeThatItReturns) {
  open(kNet);
  const auto all = [&] {
    return client_.request(
        "textDocument/inlayHint",
        {{"textDocument", {{"uri", Client::kUri}}},
         {"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 99}, {"character", 0}}}}}});
  };
  std::map<int, std::string> labels;
  for (const Json& hint : all()) labels[hint["position"]["line"]] = hint["label"];
  EXPECT_EQ(labels[4], "[1, 8, 32, 32] | [1, 16, 16, 16]");
  EXPECT_EQ(labels[12], "[1, 8, 32, 32]");
  EXPECT_EQ(labels[13], "[1, 8, 16, 16]");
  EXPECT_EQ(labels[16], "[1, 16, 32, 32]");
  EXPECT_EQ(labels[17], "[1, 3, 32, 32]");
  for (const Json& hint : all()) {
    const std::size_t at = Client::offset(text_, hint["position"]);
    EXPECT_EQ(text_[at], '\n') << hint;
  }
  // A text that is no JSON keeps them, one line further down.
  client_.edit(text_, "\"layers\": [", "\"layers\": [\n {\"type\": ");
  std::map<int, std::string> moved;
  for (const Json& hint : all()) moved[hint["position"]["line"]] = hint["label"];
  EXPECT_EQ(moved[4], labels[4]);
  EXPECT_EQ(moved[14], labels[13]);
  EXPECT_FALSE(moved.contains(12));
}

TEST_F(Features, HintsOfALineAlone) {
  open(kNet);
  const Json list = client_.request(
      "textDocument/inlayHint",
      {{"textDocument", {{"uri", Client::kUri}}},
       {"range", {{"start", {{"line", 13}, {"character", 0}}}, {"end", {{"line", 13}, {"character", 90}}}}}});
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["label"], "[1, 8, 16, 16]");
}

TEST_F(Features, ATypeIsToldWithItsNumbers) {
  open(kNet);
  const std::string pool = hovered("MaxPool2d");
  EXPECT_TRUE(contains(pool, "**MaxPool2d**: ")) << pool;
  EXPECT_TRUE(contains(pool, "takes `[1, 8, 32, 32]`, returns `[1, 8, 16, 16]` (by formula)")) << pool;
  EXPECT_TRUE(contains(pool, "floor((32")) << pool;
  const std::string conv = hovered("Conv2d");
  EXPECT_TRUE(contains(conv, "**skip.conv**")) << conv;
  EXPECT_TRUE(contains(conv, "**deep.conv**")) << conv;
}

TEST_F(Features, AnOptionAKeyAndANameAreTold) {
  open(kNet);
  EXPECT_TRUE(contains(hovered("\"stride\""), "**stride**: step of the window"));
  EXPECT_TRUE(contains(hovered("\"out_channels\": \"$out\""), "here `8`, `16`"));
  EXPECT_TRUE(contains(hovered("2, \"stride\""), "kernel_size"));
  EXPECT_TRUE(contains(hovered("\"outputs\""), "names of all tensors"));
  EXPECT_TRUE(contains(hovered("\"joined\", \"skip\": \"skip\"", 20), "returns `[1, 8, 32, 32]`"));
  EXPECT_TRUE(contains(hovered("\"double\": ["), "block **double**, used 2 times"));
  EXPECT_TRUE(contains(hovered("$out", 2), "argument `$out`"));
  EXPECT_EQ(hovered("// halves"), "");
}

TEST_F(Features, AnInputTellsWhichSizesComeBack) {
  open(R"({"input": [1, 3, 32, 32],
 "encoder": [{"type": "MaxPool2d", "kernel_size": 4}],
 "decoder": [{"type": "Upsample", "scale_factor": 4}]})");
  EXPECT_TRUE(contains(hovered("\"input\""), "right for multiples of 4, from 4")) << hovered("\"input\"");
  const Json list = client_.request("textDocument/codeLens", Client::document());
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["command"]["title"], "right for multiples of 4, from 4");
}

TEST_F(Features, ABlockSaysHowOftenItIsUsed) {
  open(kNet);
  Words titles;
  for (const Json& one : client_.request("textDocument/codeLens", Client::document()))
    titles.push_back(one["command"]["title"]);
  EXPECT_TRUE(has(titles, "2 uses"));
  EXPECT_TRUE(has(titles, "1 use"));
}

TEST_F(Features, NamesAreFoundWhereTheyAreGivenAndTaken) {
  open(kNet);
  const Json to = client_.request("textDocument/definition", Client::at(text_, "\"deep.conv\"", 2));
  EXPECT_EQ(Client::slice(text_, to["range"]), "deep");
  EXPECT_EQ(to["range"]["start"]["line"], 14);
  const Json conv = client_.request("textDocument/definition", Client::at(text_, "\"deep.conv\"", 7));
  EXPECT_EQ(conv["range"]["start"]["line"], 4);
  EXPECT_EQ(client_.request("textDocument/definition",
                            Client::at(text_, "\"use\": \"join\"", 9))["range"]["start"]["line"],
            7);

  Json params = Client::at(text_, "\"name\": \"skip\"", 10);
  params["context"] = {{"includeDeclaration", true}};
  EXPECT_EQ(places(client_.request("textDocument/references", params)), (Words{"12:skip", "16:skip"}));
  // The argument of that name is another thing.
  params = Client::at(text_, "$skip", 2);
  params["context"] = {{"includeDeclaration", false}};
  EXPECT_EQ(places(client_.request("textDocument/references", params)), (Words{"16:skip"}));
  EXPECT_EQ(client_.request("textDocument/documentHighlight", Client::at(text_, "\"out\",", 2)).size(), 2u);
  EXPECT_TRUE(client_.request("textDocument/definition", Client::at(text_, "padding", 2)).is_null());
}

TEST_F(Features, ANameIsChangedEverywhereAndNowhereElse) {
  open(kNet);
  const auto renamed = [&](const std::string& word, std::size_t in, const std::string& fresh) {
    Json params = Client::at(text_, word, in);
    params["newName"] = fresh;
    const Json answer = client_.ask("textDocument/rename", params);
    return answer.contains("error") ? answer["error"]["message"].get<std::string>()
                                    : changed(answer["result"]);
  };
  const auto replaced = [&](const Words& from) {
    std::string text = text_;
    for (std::size_t i = 0; i + 1 < from.size(); i += 2)
      text.replace(text.find(from[i]), from[i].size(), from[i + 1]);
    return text;
  };
  EXPECT_EQ(renamed("\"name\": \"skip\"", 10, "e1"),
            replaced({"\"name\": \"skip\"", "\"name\": \"e1\"", "\"skip\": \"skip\"", "\"skip\": \"e1\""}));
  EXPECT_EQ(renamed("$skip", 2, "from"),
            replaced({"$skip", "$from", "\"skip\": \"skip\"", "\"from\": \"skip\""}));
  EXPECT_EQ(renamed("deep.conv", 6, "c"),
            replaced({"\"name\": \"conv\"", "\"name\": \"c\"", "deep.conv", "deep.c"}));
  EXPECT_TRUE(contains(renamed("\"double\"", 2, "pair"), "{\"use\": \"pair\", \"name\": \"deep\""));
  EXPECT_EQ(renamed("\"name\": \"down\"", 10, "up"), "renamed to `up`, the name `up` is already taken");
  EXPECT_EQ(renamed("\"name\": \"down\"", 10, ""),
            "a name is not empty and holds no quotes, backslashes and control characters");
  EXPECT_EQ(renamed("padding", 2, "x"), "no name is written here");
  const Json ready = client_.request("textDocument/prepareRename", Client::at(text_, "deep.conv", 6));
  EXPECT_EQ(ready["placeholder"], "conv");
  EXPECT_TRUE(client_.request("textDocument/prepareRename", Client::at(text_, "padding", 2)).is_null());
}

TEST_F(Features, ANameThatWouldCatchAnotherReferenceIsRefused) {
  open(R"({"input": [1, 3, 8, 8], "blocks": {"b": [
  {"name": "inner", "type": "ReLU"}, {"type": "Add", "inputs": ["inner", "outer"]}]},
 "layers": [{"name": "outer", "type": "ReLU"}, {"use": "b", "name": "u"}]})");
  Json params = Client::at(text_, "\"inner\"", 2);
  params["newName"] = "outer";
  EXPECT_EQ(client_.ask("textDocument/rename", params)["error"]["code"], request_failed);
}

TEST_F(Features, SymbolsAreTheLists) {
  open(kNet);
  const Json list = client_.request("textDocument/documentSymbol", Client::document());
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0]["name"], "input");
  EXPECT_EQ(list[1]["name"], "blocks");
  EXPECT_EQ(list[1]["children"][0]["children"][0]["name"], "conv");
  EXPECT_EQ(list[2]["children"][1]["name"], "down");
  EXPECT_EQ(list[2]["children"][1]["detail"], "MaxPool2d [1, 8, 16, 16]");
  EXPECT_EQ(list[2]["children"][4]["detail"], "join [1, 16, 32, 32]");
  const std::function<void(const Json&)> within = [&](const Json& all) {
    for (const Json& one : all) {
      EXPECT_FALSE(one["name"].get<std::string>().empty());
      EXPECT_TRUE(contains(Client::slice(text_, one["range"]), Client::slice(text_, one["selectionRange"])));
      if (one.contains("children")) within(one["children"]);
    }
  };
  within(list);
}

TEST_F(Features, ABrokenTextKeepsWhatIsKnown) {
  open(kNet);
  client_.edit(text_, "\"kernel_size\": 2}, //", "\"kernel_size\": }, //");
  EXPECT_EQ(client_.codes(), Words{"J001"});
  EXPECT_TRUE(contains(hovered("MaxPool2d"), "[1, 8, 16, 16]"));
  EXPECT_TRUE(contains(hovered("ConvTranspose2d"), "[1, 8, 32, 32]"));
  EXPECT_EQ(client_.request("textDocument/documentSymbol", Client::document()).size(), 3u);
  EXPECT_FALSE(client_.request("textDocument/definition", Client::at(text_, "\"deep.conv\"", 2)).is_null());
  Json params = Client::at(text_, "\"name\": \"skip\"", 10);
  params["newName"] = "x";
  EXPECT_EQ(client_.ask("textDocument/rename", params)["error"]["code"], request_failed);
  EXPECT_EQ(actions(), Json::array());
}

TEST_F(Features, FoldsListsAndBlocks) {
  open(kNet);
  const Json list = client_.request("textDocument/foldingRange", Client::document());
  ASSERT_EQ(list.size(), 5u);
  EXPECT_EQ(list[1], (Json{{"startLine", 2}, {"endLine", 9}}));
}

TEST_F(Features, CompletesKeysOptionsTypesAndNames) {
  open(kNet);
  const std::string head =
      R"({"input": [1, 3, 32, 32], "blocks": {"pair": [{"type": "ReLU"}, {"type": "Conv2d", "out_channels": "$out", "kernel_size": "$k"}]},
 "layers": [{"name": "first", "type": "ReLU"}, {"name": "pool", "type": "MaxPool2d", "kernel_size": 2}, )";
  completed(head + R"({"use": "pair", "out": 3, "k": 1}]}|)");  // the last that can be read

  Words words = completed(head + R"({"type": "ConvTranspose2d", |}]})");
  ASSERT_FALSE(words.empty());
  EXPECT_EQ(words[0], "out_channels");  // what has to be written
  EXPECT_TRUE(has(words, "output_padding"));
  EXPECT_TRUE(has(words, "name"));
  EXPECT_FALSE(has(words, "type"));
  EXPECT_FALSE(has(words, "ceil_mode"));
  EXPECT_TRUE(contains(with("stride"), R"("ConvTranspose2d", "stride": })"));

  words = completed(head + R"({"str|": 2, "type": "Conv2d"}]})");
  EXPECT_TRUE(has(words, "stride"));
  EXPECT_TRUE(contains(with("stride"), R"({"stride": 2, "type")"));

  words = completed(head + "{\"type\": \"Con|\n]}");
  EXPECT_TRUE(has(words, "ConvTranspose2d"));
  EXPECT_TRUE(has(words, "Residual"));
  EXPECT_TRUE(contains(with("Conv2d"), "{\"type\": \"Conv2d\"\n]}"));

  words = completed(head + R"({"type": "Add", "inputs": ["|"]}]})");
  EXPECT_TRUE(has(words, "first"));
  EXPECT_TRUE(has(words, "input"));
  EXPECT_TRUE(has(words, "prev"));

  words = completed(head + R"({"type": "MaxUnpool2d", "indices": |}]})");
  EXPECT_TRUE(has(words, "pool"));
  words = completed(head + R"({"use": "|"}]})");
  EXPECT_EQ(words, Words{"pair"});
  words = completed(head + R"({"use": "pair", |}]})");
  EXPECT_TRUE(has(words, "out"));
  EXPECT_TRUE(has(words, "k"));
  EXPECT_TRUE(has(words, "repeat"));
  words = completed(head + R"({"type": "Upsample", "mode": |}]})");
  EXPECT_TRUE(has(words, "bilinear"));
  words = completed(head + R"({"type": "Conv2d", "bias": |}]})");
  EXPECT_EQ(words, (Words{"true", "false"}));
  words = completed(head + R"({"type": "ReLU", "ignore": ["|"]}]})");
  EXPECT_TRUE(has(words, "W502"));
  words = completed(head + R"(|]})");
  EXPECT_EQ(words, Words{});
}

TEST_F(Features, CompletesTheKeysOfTheSpecAndArgumentsInABlock) {
  open(kNet);
  Words words = completed(R"({"input": [1], "layers": [], |})");
  EXPECT_TRUE(has(words, "sizes"));
  EXPECT_TRUE(has(words, "blocks"));
  EXPECT_FALSE(has(words, "input"));
  words = completed(R"({"input": [1], "layers": [], "sizes": {"H": {|}}})");
  EXPECT_EQ(words, (Words{"min", "max", "multiple_of"}));
  words = completed(R"({"input": [1, 3, 8, 8], "blocks": {"pair": [
 {"type": "Conv2d", "out_channels": "$out", "kernel_size": "$|", "padding": "$k"}]}, "layers": []})");
  EXPECT_EQ(words, (Words{"$k", "$out"}));
}

TEST_F(Features, AnUnknownDocumentIsAWrongParameter) {
  EXPECT_EQ(client_.ask("textDocument/hover", Client::at("abc", "b"))["error"]["code"], invalid_params);
  open(kNet);
  EXPECT_EQ(client_.ask("textDocument/hover", Client::document())["error"]["code"], invalid_params);
  Json params = Client::document();
  params["position"] = {{"line", -1}, {"character", 1e30}};
  EXPECT_FALSE(client_.ask("textDocument/hover", params).is_null());
}

// Every request at every place of texts that break off anywhere.
TEST_F(Features, NothingBreaksAnywhere) {
  open(kNet);
  for (std::size_t length = 0; length < kNet.size(); length += 13) {
    const std::string text = kNet.substr(0, length);
    client_.notify("textDocument/didChange", {{"textDocument", {{"uri", Client::kUri}, {"version", 2}}},
                                              {"contentChanges", Json::array({{{"text", text}}})}});
    for (const char* method : {"hover", "completion", "definition", "documentHighlight", "prepareRename"}) {
      const Json answer =
          client_.ask(std::string("textDocument/") + method,
                      {{"textDocument", {{"uri", Client::kUri}}}, {"position", Client::place(text, length)}});
      EXPECT_TRUE(answer.contains("result")) << method << " at " << length;
    }
    for (const char* method : {"documentSymbol", "foldingRange", "codeLens"})
      EXPECT_TRUE(client_.ask(std::string("textDocument/") + method, Client::document()).contains("result"));
  }
  client_.server().settle();
}

}  // namespace
}  // namespace shapedbg::lsp
