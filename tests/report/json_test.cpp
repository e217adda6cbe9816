#include "report/render/json.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "report/samples.h"
#include "schema/validate.h"

namespace shapedbg::json_test {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonReport, HoldsTheSeedCaseInFormatOne) {
  const std::size_t end = samples::kSeedText.find("}", samples::kSeedText.find("\"up\""));
  const Json expected{
      {"report_version", 1},
      {"shapedbg", SHAPEDBG_VERSION},
      {"libtorch", "2.13.0"},
      {"specs",
       {{{"file", "configs/seed.json"},
         {"name", "autoencoder"},
         {"status", "findings"},
         {"device", "cpu"},
         {"inputs", {{"input", {1, 128, 24, 24}}}},
         {"output", {1, 128, 23, 23}},
         {"expected", {1, 128, 24, 24}},
         {"layers",
          {{{"name", "down"},
            {"type", "Conv2d"},
            {"part", "encoder"},
            {"inputs", Json::array({{1, 128, 24, 24}})},
            {"outputs", Json::array({{1, 256, 12, 12}})},
            {"source", "executed"},
            {"params", 295168},
            {"mult_adds", 42467328}},
           {{"name", "up"},
            {"type", "ConvTranspose2d"},
            {"part", "decoder"},
            {"inputs", Json::array({{1, 256, 12, 12}})},
            {"outputs", Json::array({{1, 128, 23, 23}})},
            {"source", "executed"},
            {"params", 295040},
            {"mult_adds", 42467328}}}},
         {"findings",
          {{{"code", "R301"},
            {"name", "reconstruction-mismatch"},
            {"severity", "error"},
            {"message", "the output is 23x23 where 24x24 went in"},
            {"layer", "up"},
            {"location",
             {{"pointer", "/decoder/0/name"},
              {"line", 8},
              {"column", 6},
              {"end_line", 8},
              {"end_column", 18}}},
            {"label", "(12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 = 23"},
            {"related",
             {{{"layer", "down"},
               {"location",
                {{"pointer", "/encoder/0/name"},
                 {"line", 5},
                 {"column", 6},
                 {"end_line", 5},
                 {"end_column", 20}}},
               {"message", "maps 23 and 24 alike to 12: the transposed layer cannot know which it was"}}}},
            {"notes", Json::array()},
            {"fixes",
             {{{"title", "set output_padding to 1 on `up`"},
               {"applicability", "safe"},
               {"verified", {{"device", "cpu"}, {"output", {1, 128, 24, 24}}}},
               {"right_for", "right for even sizes"},
               {"changes", {{{"layer", "up"}, {"option", "output_padding"}, {"from", 0}, {"to", 1}}}},
               {"edits", {{{"offset", end}, {"length", 0}, {"text", ", \"output_padding\": 1"}}}},
               {"code",
                {{"python",
                  "self.up = nn.ConvTranspose2d(256, 128, 3, stride=2, padding=1, output_padding=1)"},
                 {"cpp",
                  "up = register_module(\"up\", "
                  "torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(256, "
                  "128, 3).stride(2).padding(1).output_padding(1)));"}}}}}}}}}}}},
      {"summary", {{"specs", 1}, {"errors", 1}, {"warnings", 0}, {"fixable", 1}}}};
  EXPECT_EQ(render_json({samples::seed()}), expected.dump(2) + "\n");
}

TEST(JsonReport, HoldsAllThatANetworkReturns) {
  Checked pyramid = samples::sound();
  EXPECT_FALSE(Json::parse(render_json({pyramid}))["specs"][0].contains("outputs"));
  pyramid.spec.outputs = {{LayerId(0), 0}, {LayerId(1), 0}, {LayerId(1), 1}};
  const Json outputs = Json::parse(render_json({pyramid}))["specs"][0]["outputs"];
  EXPECT_EQ(outputs["up"], Json({1, 128, 24, 24}));
  EXPECT_TRUE(outputs["up:1"].is_null());
  EXPECT_EQ(outputs.size(), 3u);
}

TEST(JsonReport, LeavesOutCodeThatThereIsNot) {
  Checked checked = samples::seed();
  checked.findings[0].fixes[0].code.cpp.clear();
  Json report = Json::parse(render_json({checked}));
  EXPECT_TRUE(report["specs"][0]["findings"][0]["fixes"][0]["code"]["cpp"].is_null());
  checked.findings[0].fixes[0].code = {};
  report = Json::parse(render_json({checked}));
  EXPECT_FALSE(report["specs"][0]["findings"][0]["fixes"][0].contains("code"));
}

TEST(JsonReport, IsTheSameForTheSameInput) {
  EXPECT_EQ(render_json({samples::seed(), samples::sound()}),
            render_json({samples::seed(), samples::sound()}));
}

TEST(JsonReport, WritesSizesThatMayBeAnythingAsNull) {
  Checked checked = samples::seed();
  checked.expected = Shape{Expect::any_size, 128, 24, 24};
  const Json report = Json::parse(render_json({checked}));
  EXPECT_EQ(report["specs"][0]["expected"].dump(), "[null,128,24,24]");
}

TEST(JsonReport, WritesWhatIsNotKnownAsNull) {
  Checked checked = samples::seed();
  checked.returned.reset();
  checked.expected.reset();
  checked.trace.libtorch.clear();
  checked.trace.layers[1].source = RowSource::unknown;
  checked.trace.layers[1].outputs.clear();
  const Json report = Json::parse(render_json({checked}));
  EXPECT_TRUE(report["libtorch"].is_null());
  EXPECT_TRUE(report["specs"][0]["output"].is_null());
  EXPECT_TRUE(report["specs"][0]["expected"].is_null());
  EXPECT_EQ(report["specs"][0]["layers"][1]["source"], "unknown");
  EXPECT_EQ(report["specs"][0]["layers"][1]["outputs"].dump(), "[]");
  EXPECT_TRUE(report["specs"][0]["layers"][1]["params"].is_null());
}

TEST(JsonReport, ListsAFileThatCouldNotBeReadWithItsReason) {
  const Json report = Json::parse(render_json({samples::unread("x.json", "cannot read: is a directory")}));
  EXPECT_EQ(report["specs"][0]["status"], "error");
  EXPECT_EQ(report["specs"][0]["error"], "cannot read: is a directory");
  EXPECT_EQ(report["summary"]["errors"], 1);
}

TEST(JsonReport, ReplacesBytesThatAreNotUtf8) {
  Checked checked = samples::seed();
  checked.source = Source("\xff.json", samples::kSeedText);
  checked.spec.name = "\xC0\x80";
  checked.findings[0].fixes[0].edits[0].text = "\xff";
  checked.findings[0].fixes[0].changes[0].to = "not json \xff";
  const Json report = Json::parse(render_json({checked}));
  EXPECT_EQ(report["specs"][0]["file"], "\xEF\xBF\xBD.json");
}

TEST(JsonReport, ReadsChangesAsJson) {
  Checked checked = samples::seed();
  checked.findings[0].fixes[0].changes = {{"up", "output_padding", "0", "[1, 0]"},
                                          {"up", "size_like", "null", "\"input\""}};
  const Json fix = Json::parse(render_json({checked}))["specs"][0]["findings"][0]["fixes"][0];
  EXPECT_EQ(fix["changes"][0]["to"].dump(), "[1,0]");
  EXPECT_TRUE(fix["changes"][1]["from"].is_null());
  EXPECT_EQ(fix["changes"][1]["to"], "input");
}

// 400 branches with one cause each had 160,000 changes in their report.
TEST(JsonReport, WritesManyChangesOnceThoughSeveralFindingsHaveThem) {
  Checked checked = samples::seed();
  Fix& fix = checked.findings[0].fixes[0];
  fix.changes.assign(40, fix.changes[0]);
  fix.edits.assign(40, fix.edits[0]);
  checked.findings.push_back(checked.findings[0]);
  checked.findings.push_back(checked.findings[0]);
  checked.findings[2].fixes[0].edits[39].text = "another";
  const std::string text = render_json({checked});
  const Json found = Json::parse(text)["specs"][0]["findings"];
  const Json& first = found[0]["fixes"][0];
  EXPECT_EQ(first["changes"].size(), 40U);
  EXPECT_FALSE(first.contains("same_as"));
  const Json& second = found[1]["fixes"][0];
  EXPECT_EQ(second["same_as"].dump(), R"({"finding":0,"fix":0})");
  EXPECT_EQ(second["title"], first["title"]);
  EXPECT_TRUE(second["changes"].empty());
  EXPECT_TRUE(second["edits"].empty());
  EXPECT_FALSE(second.contains("code"));
  EXPECT_EQ(found[2]["fixes"][0]["edits"].size(), 40U);
  EXPECT_EQ(verdicts(std::string(report_schema()), {text}), std::vector<std::string>{"ok"});
}

TEST(ReportSchema, AcceptsEveryKindOfReport) {
  Checked unknown = samples::seed();
  unknown.returned.reset();
  unknown.expected = Shape{1, Expect::any_size};
  unknown.trace.layers[1].source = RowSource::unknown;
  unknown.trace.layers[1].outputs.clear();
  unknown.findings[0].layer.clear();
  unknown.findings[0].label.clear();
  unknown.findings[0].fixes[0].right_for.clear();
  unknown.findings[0].fixes[0].changes[0].from = "null";
  Checked no_torch = samples::sound();
  no_torch.status = Status::error;
  no_torch.trace.device = "off";
  Finding finding;
  finding.code = Code::X902;
  finding.message = "LibTorch cannot be opened";
  no_torch.findings = {finding};
  Checked no_code = samples::seed();
  no_code.findings[0].fixes[0].code.cpp.clear();
  no_code.findings[0].fixes.push_back(no_code.findings[0].fixes[0]);
  no_code.findings[0].fixes[1].code = {};
  const std::string all = render_json(
      {samples::seed(), samples::sound(), unknown, no_torch, samples::unread("x", "cannot read: no")});
  EXPECT_EQ(verdicts(std::string(report_schema()), {all, render_json({})}),
            (std::vector<std::string>{"ok", "ok"}));
}

TEST(ReportSchema, KnowsEveryCode) {
  std::vector<Checked> specs;
  for (const CodeInfo& code : all_codes()) {
    Checked checked = samples::seed();
    checked.findings[0].code = code.code;
    specs.push_back(std::move(checked));
  }
  EXPECT_EQ(verdicts(std::string(report_schema()), {render_json(specs)}), std::vector<std::string>{"ok"});
}

TEST(FixSchema, HoldsEveryFixReport) {
  const std::string seed =
      R"({"input": [1, 1, 8, 8], "encoder": [{"type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}],
          "decoder": [{"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}]})";
  std::vector<FixedFile> files;
  for (const std::string& text :
       {seed, std::string("{"), std::string(R"({"input": [1], "layers": [{"type": "Conf"}]})")}) {
    FixOptions options;
    options.device = DeviceChoice::off;
    files.push_back({fix(Source("net.json", text), options, {}), text == seed, false, {}});
  }
  files.push_back(files[0]);
  files.back().to_stdout = true;
  files.push_back({{samples::unread("x", "cannot read: no"), {}, {}, {}}, false, false, "cannot read: no"});
  const std::string all = render_fix_json(files);
  Json extra = Json::parse(all);
  extra["files"][0]["x"] = 1;
  Json no_edit = Json::parse(all);
  no_edit["files"][0]["applied"][0]["fix"].erase("edits");
  const std::vector<std::string> said =
      verdicts(fix_schema(), {all, render_fix_json({}), extra.dump(), no_edit.dump()});
  ASSERT_EQ(said.size(), 4u);
  EXPECT_EQ(said[0], "ok");
  EXPECT_EQ(said[1], "ok");
  EXPECT_EQ(said[2].substr(0, 1), "$");
  EXPECT_EQ(said[3].substr(0, 1), "$");
}

TEST(ReportSchema, RefusesReportsThatBreakTheContract) {
  const Json sound = Json::parse(render_json({samples::seed()}));
  const std::pair<const char*, std::function<void(Json&)>> breaks[] = {
      {"an unknown key", [](Json& report) { report["extra"] = 1; }},
      {"another version", [](Json& report) { report["report_version"] = 2; }},
      {"a missing key", [](Json& report) { report["specs"][0].erase("output"); }},
      {"an unknown status", [](Json& report) { report["specs"][0]["status"] = "fine"; }},
      {"an error without its reason", [](Json& report) { report["specs"][0]["status"] = "error"; }},
      {"a reason without an error", [](Json& report) { report["specs"][0]["error"] = "why"; }},
      {"a size that is text", [](Json& report) { report["specs"][0]["output"][0] = "1"; }},
      {"an unknown source", [](Json& report) { report["specs"][0]["layers"][0]["source"] = "guess"; }},
      {"line 0", [](Json& report) { report["specs"][0]["findings"][0]["location"]["line"] = 0; }},
      {"an unknown key in a fix",
       [](Json& report) { report["specs"][0]["findings"][0]["fixes"][0]["x"] = 0; }},
      {"a negative offset",
       [](Json& report) { report["specs"][0]["findings"][0]["fixes"][0]["edits"][0]["offset"] = -1; }},
  };
  std::vector<std::string> reports;
  for (const auto& [what, spoil] : breaks) {
    Json report = sound;
    spoil(report);
    reports.push_back(report.dump());
  }
  const std::vector<std::string> said = verdicts(std::string(report_schema()), reports);
  for (std::size_t i = 0; i < std::size(breaks); ++i) {
    EXPECT_EQ(said[i].substr(0, 1), "$") << breaks[i].first << ": " << said[i];
  }
}

}  // namespace
}  // namespace shapedbg::json_test
