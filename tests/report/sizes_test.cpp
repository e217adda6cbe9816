// The two forms of the sizes report, on literals.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/render/sizes_json.h"
#include "report/render/sizes_page.h"
#include "report/render/sizes_text.h"
#include "schema/validate.h"

namespace shapedbg {
namespace {

constexpr SizeVerdict kRight{SizeOutcome::right, LayerId()};
constexpr SizeVerdict kWrong{SizeOutcome::wrong, LayerId()};
constexpr SizeVerdict kRaises{SizeOutcome::refused, LayerId(0)};

// Even sizes from 4 are right, odd ones from 3 return one more, 1 and 2 raise.
SizeReport sample() {
  SizeReport report{.source = Source("net.json", "{}"),
                    .spec = {},
                    .axes = {},
                    .mixed_by = {},
                    .independent = {},
                    .findings = {}};
  report.spec.name = "net";
  report.spec.inputs.push_back({"input", {1, 3, 8}, {}});
  report.expects = true;
  report.device = "meta";
  report.libtorch = "2.13.0";
  AxisSizes axis;
  axis.names = {"length"};
  axis.axes = {{0, 2}};
  axis.declared = 8;
  axis.map.pieces = {
      {SizeBox::from(1, 1, 2), kRaises}, {SizeBox::from(4, 2), kRight}, {SizeBox::from(3, 2), kWrong}};
  axis.map.classes = {kRight, kWrong};
  axis.map.small = {kRaises, kRaises};
  axis.groups = {
      {SizeOutcome::right, "even sizes, from 4", "", "", {{4, "4"}}, 3},
      {SizeOutcome::wrong, "odd sizes, from 3", "down", "maps 3 and 4 alike to 2", {{3, "4"}, {7, "8"}}, 4},
      {SizeOutcome::refused,
       "only 1 and 2",
       "conv",
       "the kernel of `conv` spans 3, the map has 1",
       {{1, ""}},
       0},
  };
  axis.reasons = axis.groups;
  axis.near = NearSizes{9, SizeOutcome::wrong, 8, 10};
  axis.ran = {1, 2, 3, 4};
  report.axes.push_back(axis);
  return report;
}

TEST(SizesText, SaysTheRuleTheExampleTheLayerAndThePattern) {
  SizesOptions options;
  options.near = 9;
  EXPECT_EQ(render_sizes_text(sample(), options, {.color = false, .width = 40}),
            "net   input [1, 3, 8]\n"
            "\n"
            "length all others as declared; declared 8\n"
            "  right    even sizes, from 4\n"
            "  another  odd sizes, from 3: 3 returns\n"
            "           4, 7 returns 8\n"
            "           `down` for 3: maps 3 and 4\n"
            "           alike to 2\n"
            "  raises   only 1 and 2\n"
            "           for 1: the kernel of `conv`\n"
            "           spans 3, the map has 1\n"
            "  strip    1 xx.o.o.o.o.o.o.o.o.o.o.o 24\n"
            "                     ^ 9\n"
            "  near     9 returns another size;\n"
            "           below: 8 (crop 1); above: 10\n"
            "           (pad 1: 0 before, 1 behind)\n"
            "\n"
            "o right   . returns another size   x raises\n"
            "proven for every size by formula; 4\n"
            "inputs run on LibTorch 2.13.0 (meta): no\n"
            "difference\n");
}

TEST(SizesText, ARangeIsCountedAndShownFromItsStart) {
  SizesOptions options;
  options.first = 5;
  options.last = 11;
  const std::string text = render_sizes_text(sample(), options, {});
  EXPECT_NE(text.find("right    even sizes, from 4; 3 of 5 to 11\n"), std::string::npos) << text;
  EXPECT_NE(text.find("strip    5 .o.o.o. 11\n"), std::string::npos) << text;
}

TEST(SizesText, WithoutAnExpectationASizeRunsOrRaises) {
  SizeReport report = sample();
  report.expects = false;
  report.axes[0].groups.erase(report.axes[0].groups.begin() + 1);
  report.axes[0].map.classes = {kRight};
  report.axes[0].near.reset();
  const std::string text = render_sizes_text(report, {}, {});
  EXPECT_NE(text.find("  runs     even sizes, from 4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("o runs   x raises\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("returns another"), std::string::npos) << text;
}

TEST(SizesText, WhatIsNotProvenIsNotClaimed) {
  SizeReport report = sample();
  report.axes[0].map.proven = false;
  report.axes[0].map.classes.clear();
  const std::string text = render_sizes_text(report, {}, {});
  EXPECT_NE(text.find("(seen from 1 to 2)"), std::string::npos) << text;
  EXPECT_NE(text.find("nothing is proven beyond"), std::string::npos) << text;
  EXPECT_EQ(text.find("proven for every size"), std::string::npos) << text;
}

TEST(SizesText, ControlCharactersOfASpecAreShownEscaped) {
  SizeReport report = sample();
  report.spec.name = "a\x1b[31m";
  report.axes[0].groups[2].message = "bad\x1b[31m";
  EXPECT_EQ(render_sizes_text(report, {}, {}).find('\x1b'), std::string::npos);
}

TEST(SizesJson, HoldsTheSameForPrograms) {
  SizesOptions options;
  options.near = 9;
  options.first = 5;
  options.last = 11;
  const auto json = nlohmann::json::parse(render_sizes_json({sample()}, options));
  EXPECT_EQ(json["sizes_version"], 1);
  EXPECT_EQ(json["libtorch"], "2.13.0");
  EXPECT_EQ(json["range"], (nlohmann::json{5, 11}));
  const auto& spec = json["specs"][0];
  EXPECT_EQ(spec["status"], "ok");
  EXPECT_EQ(spec["mixed_by"], nullptr);
  const auto& axis = spec["axes"][0];
  EXPECT_EQ(axis["small"], "xx");
  EXPECT_EQ(axis["classes"], "o.");
  EXPECT_EQ(axis["near"], (nlohmann::json{{"size", 9},
                                          {"outcome", "another_size"},
                                          {"below", 8},
                                          {"above", 10},
                                          {"crop", 1},
                                          {"pad", {0, 1}}}));
  EXPECT_EQ(axis["ran"], (nlohmann::json{1, 2, 3, 4}));
  EXPECT_EQ(
      axis["groups"][1],
      (nlohmann::json{{"outcome", "another_size"},
                      {"rule", "odd sizes, from 3"},
                      {"layer", "down"},
                      {"message", "maps 3 and 4 alike to 2"},
                      {"examples", {{{"size", 3}, {"returned", "4"}}, {{"size", 7}, {"returned", "8"}}}},
                      {"in_range", 4}}));
}

TEST(SizesJson, EveryReportMeetsTheSchema) {
  SizesOptions asked;
  asked.near = 9;
  asked.first = 5;
  asked.last = 11;
  SizeReport free = sample();
  free.axes[0].symbol = "L";
  free.axes[0].range = DeclaredRange{"L from 4", true, 0, 0, 5};
  SizeReport endless = sample();
  endless.axes[0].map.classes.clear();
  endless.axes[0].map.small.clear();
  SizeReport failed = sample();
  failed.axes.clear();
  failed.status = Status::error;
  failed.error = "no LibTorch here";
  Finding differs;
  differs.code = Code::X901;
  differs.message = "differs";
  failed.findings.push_back(std::move(differs));
  EXPECT_EQ(verdicts(std::string(sizes_schema()),
                     {render_sizes_json({sample(), free}, asked), render_sizes_json({endless, failed}, {}),
                      render_sizes_json({}, {})}),
            (std::vector<std::string>{"ok", "ok", "ok"}));
}

TEST(SizesJson, BytesThatAreNoUtf8DoNotStopIt) {
  SizeReport report = sample();
  report.spec.name = "\xff";
  EXPECT_EQ(nlohmann::json::parse(render_sizes_json({report}, {}))["specs"][0]["name"], "\xEF\xBF\xBD");
}

TEST(SizesPage, SaysTheSameAsTheText) {
  SizesOptions options;
  options.near = 9;
  const std::string page = render_sizes_html({sample()}, options);
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</body>\n</html>\n"));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  for (const char* const part :
       {"<h2>net.json</h2>", "input [1, 3, 8]",
        "<h3>length <span class=\"soft\">all others as declared; declared 8</span>",
        "<span class=\"ok\">right</span> even sizes, from 4",
        "<span class=\"warning\">returns another size</span> odd sizes, from 3: 3 returns 4, 7 returns 8"
        "<br><span class=\"soft\"><code>down</code> for 3: maps 3 and 4 alike to 2</span>",
        "<span class=\"error\">raises</span> only 1 and 2",
        "<span class=\"warning here\" title=\"9 returns another size\">.</span>",
        "9 returns another size; below: 8 (crop 1); above: 10 (pad 1: 0 before, 1 behind)",
        "4 inputs run on LibTorch 2.13.0 (meta): no difference"})
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
}

TEST(SizesPage, AsATableOfMarkdown) {
  SizesOptions options;
  options.near = 9;
  EXPECT_EQ(
      render_sizes_markdown({sample()}, options),
      "### shapedbg sizes: 1 network\n\n"
      "#### net.json: input \\[1, 3, 8\\]\n\n"
      "| axis | | sizes |\n|---|---|---|\n"
      "| **length** all others as declared; declared 8 | right | even sizes, from 4 |\n"
      "|  | another | odd sizes, from 3: 3 returns 4, 7 returns 8<br>`down` for 3: maps 3 and 4 alike to 2 "
      "|\n"
      "|  | raises | only 1 and 2<br>for 1: the kernel of `conv` spans 3, the map has 1 |\n"
      "|  | near | 9 returns another size; below: 8 (crop 1); above: 10 (pad 1: 0 before, 1 behind) |\n\n"
      "proven for every size by formula; 4 inputs run on LibTorch 2.13.0 (meta): no difference\n\n");
}

TEST(SizesPage, UserBytesAreNoMarkup) {
  SizeReport report = sample();
  report.source = Source("a<b>|c.json", "{}");
  report.axes[0].symbol = "<i>|";
  report.error = "no <script>";
  const std::string page = render_sizes_html({report}, {});
  EXPECT_EQ(page.find("<i>"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("a&lt;b&gt;|c.json"), std::string::npos);
  report.error.clear();
  EXPECT_NE(render_sizes_html({report}, {}).find("&lt;i&gt;| (length)"), std::string::npos);
  EXPECT_NE(render_sizes_markdown({report}, {}).find("**&lt;i>\\| (length)**"), std::string::npos);
}

}  // namespace
}  // namespace shapedbg
