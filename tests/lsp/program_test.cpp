#include "lsp/program.h"

#include <filesystem>
#include <fstream>

#include "lsp/client.h"

namespace shapedbg::lsp {
namespace {

// Lines count from 1: the comment stands on line 2, `up` is made on line 5 and called on line 8.
const std::string kProgram = R"(from torch import nn
# shapedbg: Net(4) input 1,4,24,24
class Net(nn.Module):
    def __init__(self, channels):
        self.up = nn.ConvTranspose2d(8, channels, 3, stride=2, padding=1)
        self.down = nn.Conv2d(channels, 8, 3, stride=2, padding=1)
    def forward(self, x):
        return self.up(
            self.down(x))
)";

// What a recording of it comes to.
const std::string kRecorded = R"({"input": [1, 4, 24, 24], "expect": "input", "layers": [
  {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1,
   "source": {"made": "nets/net.py:6", "called": "nets/net.py:9"}},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1,
   "source": {"made": "/nets/net.py:5", "called": "/nets/net.py:8"}}]})";

Program recorded() {
  Program program;
  program.text = std::make_shared<const Source>("/nets/net.py", kProgram);
  program.declared = models_of(*program.text, {});
  program.models.push_back(check(Source("/nets/net.py", kRecorded), DeviceChoice::off, open_engine));
  return program;
}

TEST(Program, ReadsTheComments) {
  const Source text("a.py",
                    "# shapedbg: Net(depth=3, name=' input ') input 1,3,8,8 ids=2,7:int64\r\n"
                    "  # shapedbg: Other() input 1\n"
                    "x = '# shapedbg: No() input 1'\n"
                    "# shapedbg: NoInput()\n# shapedbg: (3) input 1\n# shapedbg: 3() input 1\n");
  const std::vector<DeclaredModel> list = models_of(text, {});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].call, "Net(depth=3, name=' input ')");
  EXPECT_EQ(list[0].name, "Net");
  EXPECT_EQ(list[0].inputs, (std::vector<std::string>{"1,3,8,8", "ids=2,7:int64"}));
  EXPECT_EQ(text.slice(list[1].span), "# shapedbg: Other() input 1");
}

TEST(Program, TakesTheModelsOfTheProject) {
  const Source text("a.py",
                    "# shapedbg: Net(4) input 1,4,8,8\nimport x\nclass Net:\n  pass\ndef make(n): pass\n");
  ProjectWishes project;
  project.models = {{"Net(4)", {"1,4,8,8"}},
                    {"Net(5)", {"1,5,8,8"}},
                    {"make(2)", {"1"}},
                    {"far.Net()", {"1"}},
                    {"3", {"1"}}};
  const std::vector<DeclaredModel> list = models_of(text, project);
  ASSERT_EQ(list.size(), 4u)
      << "what a comment says already is taken once, and what names nothing not at all";
  EXPECT_EQ(list[0].call, "Net(4)");
  EXPECT_EQ(list[1].call, "Net(5)");
  EXPECT_EQ(text.slice(list[1].span), "class Net:");
  EXPECT_EQ(text.slice(list[2].span), "def make(n): pass");
  EXPECT_EQ(text.position(list[3].span.begin).line, 1u);
}

TEST(Program, AFindingStandsOnTheLineThatMadeItsLayer) {
  const Program program = recorded();
  const Positions positions(*program.text, Encoding::utf16);
  const Json list = diagnostics_json(program, "file:///nets/net.py", positions);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["code"], "R301");
  EXPECT_EQ(Client::slice(kProgram, list[0]["range"]),
            "self.up = nn.ConvTranspose2d(8, channels, 3, stride=2, padding=1)");
  EXPECT_NE(list[0]["message"].get<std::string>().find("fix: set output_padding to 1 on `up`\nself.up = "),
            std::string::npos)
      << list[0]["message"];
  // The layer that lost the row is linked where it is called.
  ASSERT_FALSE(list[0]["relatedInformation"].empty());
  EXPECT_EQ(Client::slice(kProgram, list[0]["relatedInformation"][0]["location"]["range"]), "self.down(x))");
}

TEST(Program, EachCallShowsWhatItReturned) {
  const std::vector<Hint> list = hints(recorded());
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].label, "[1, 4, 23, 23]");
  EXPECT_EQ(kProgram.substr(0, list[0].offset).substr(kProgram.find("return")), "return self.up(");
  EXPECT_EQ(list[1].label, "[1, 8, 12, 12]");
}

TEST(Program, TheRuleOfSizesStandsOverTheComment) {
  const Program program = recorded();
  const std::vector<Lens> list = lenses(program);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].title, "right for odd sizes, the same on each axis");
  EXPECT_EQ(program.text->slice(list[0].span), "# shapedbg: Net(4) input 1,4,24,24");
}

// The edits of the first fix, applied to a program in which `made` makes the layer `up`.
std::string repaired(const std::string& made) {
  const std::string line = "nn.ConvTranspose2d(8, channels, 3, stride=2, padding=1)";
  std::string text = kProgram;
  text.replace(text.find(line), line.size(), made);
  Program program = recorded();
  program.text = std::make_shared<const Source>("/nets/net.py", text);
  const std::vector<LineFix> list = line_fixes(program);
  if (list.empty() || !list[0].title.starts_with("set output_padding to 1 on `up`")) return "none";
  EXPECT_TRUE(list[0].safe);
  const std::string result = shapedbg::apply(text, list[0].edits).value_or("overlapping");
  const std::size_t at = result.find("self.up = ") + 10;
  return result.substr(at, result.find("\n        self.down") - at);
}

TEST(Program, AFixChangesTheLineThatMadeTheLayer) {
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, channels, 3, stride=2, padding=1)"),
            "nn.ConvTranspose2d(8, channels, 3, stride=2, padding=1, output_padding=1)");
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, channels, 3, output_padding = 0, stride=2, padding=1)"),
            "nn.ConvTranspose2d(8, channels, 3, output_padding =1, stride=2, padding=1)");
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, max(channels, 1), 3, stride=2)"),
            "nn.ConvTranspose2d(8, max(channels, 1), 3, stride=2, output_padding=1)");
  // By position only what every reader knows by position.
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, channels, 3, 2, 1, 0)"), "none");
  EXPECT_EQ(
      repaired(
          "nn.ConvTranspose2d(\n            8, channels, 3,\n            stride=2, padding=1,\n        )"),
      "nn.ConvTranspose2d(\n            8, channels, 3,\n            stride=2, padding=1, "
      "output_padding=1,\n        )");
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, channels, 3, **options)"), "none");
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, channels, 3, stride=2, padding=1 # why\n)"), "none");
  EXPECT_EQ(repaired("make_up(8, channels)"), "none");
  EXPECT_EQ(repaired("MyConvTranspose2d(8, channels)"), "none");
  EXPECT_EQ(repaired("nn.ConvTranspose2d(8, channels"), "none");
}

TEST(Program, ALineThatMakesOtherLayersTooIsLeftAlone) {
  Program program = recorded();
  const std::string twice = R"({"input": [1, 4, 24, 24], "expect": "input", "layers": [
  {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1,
   "source": {"made": "net.py:6"}},
  {"name": "down2", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
  {"name": "up2", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1,
   "source": {"made": "net.py:5"}},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1,
   "source": {"made": "net.py:5"}}]})";
  program.models[0] = check(Source("/nets/net.py", twice), DeviceChoice::off, open_engine);
  ASSERT_FALSE(program.models[0].findings.empty());
  for (const LineFix& fix : line_fixes(program))
    EXPECT_EQ(fix.title.find("set output_padding to 1 on `up`:"), std::string::npos) << fix.title;
}

TEST(Program, WhatCannotBeRecordedIsSaidOnTheComment) {
  Client client(DeviceChoice::off, Json::object(), /*initialized=*/false);
  client.request("initialize", {{"capabilities", Json::object()},
                                {"initializationOptions", {{"python", "/no/such/python"}}}});
  client.open(kProgram, "file:///nets/net.py");
  const Json list = client.diagnostics();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["code"], "I601");
  EXPECT_EQ(list[0]["range"]["start"]["line"], 1);
  EXPECT_NE(
      list[0]["message"].get<std::string>().find("cannot record `Net(4)`: `/no/such/python` cannot be run"),
      std::string::npos)
      << list[0]["message"];
}

TEST(Program, AFileWithoutACommentIsNeverRun) {
  Client client(DeviceChoice::off, Json::object(), /*initialized=*/false);
  client.request("initialize", {{"capabilities", Json::object()},
                                {"initializationOptions", {{"python", "/no/such/python"}}}});
  client.open("import torch\n", "file:///nets/net.py");
  client.notify("textDocument/didSave", {{"textDocument", {{"uri", "file:///nets/net.py"}}}});
  client.server().settle();
  EXPECT_TRUE(client.received("textDocument/publishDiagnostics").empty());
}

// A model that never ends does not keep the server from ending.
TEST(Program, TheEndStopsARecording) {
  const std::string file = testing::TempDir() + "shapedbg-endless-python";
  {
    std::ofstream script(file);
    script << "#!/bin/sh\nexec sleep 1000\n";
  }
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  {
    Client client(DeviceChoice::off, Json::object(), /*initialized=*/false);
    client.request("initialize",
                   {{"capabilities", Json::object()}, {"initializationOptions", {{"python", file}}}});
    client.notify(
        "textDocument/didOpen",
        {{"textDocument", {{"uri", "file:///nets/net.py"}, {"languageId", "python"}, {"text", kProgram}}}});
  }
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace shapedbg::lsp
