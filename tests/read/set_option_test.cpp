#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

// `object` as the only layer of a spec, with one option set; the object's bytes afterwards.
std::string set(const std::string& object, Opt opt, const std::string& json) {
  const std::string head = "{\"input\": [1, 3, 8, 8], \"layers\": [";
  const std::string tail = "]}\n";
  const Source source("f", head + object + tail);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.findings.empty()) << parsed.findings.front().message;
  const std::optional<std::string> after =
      shapedbg::apply(source.bytes(), set_option(source, parsed.spec.layers.at(0), opt, json));
  if (!after) return "edits that cannot be applied";
  const Parsed again = parse(Source("f", *after));
  EXPECT_TRUE(again.findings.empty()) << *after << again.findings.front().message;

  // The same spec, with just that option changed.
  const LayerSpec& before = parsed.spec.layers.at(0);
  const LayerSpec& now = again.spec.layers.at(0);
  EXPECT_EQ(now.name, before.name);
  EXPECT_EQ(now.kind, before.kind);
  for (std::size_t i = 0; i < before.options.size(); ++i) {
    if (before.options[i].info->opt == opt) {
      EXPECT_EQ(to_json(again.spec, now.options[i].value), json) << *after;
      EXPECT_TRUE(now.options[i].written);
    } else {
      EXPECT_EQ(now.options[i].value, before.options[i].value) << *after;
      EXPECT_EQ(now.options[i].written, before.options[i].written) << *after;
    }
  }
  return after->substr(head.size(), after->size() - head.size() - tail.size());
}

constexpr Opt kOp = Opt::output_padding;

TEST(SetOption, ReplacesTheValueAlone) {
  EXPECT_EQ(
      set(R"({"type": "ConvTranspose2d", "out_channels": 4, "output_padding" :  0 , "kernel_size": 3, "stride": 2})",
          kOp, "[1, 0]"),
      R"({"type": "ConvTranspose2d", "out_channels": 4, "output_padding" :  [1, 0] , "kernel_size": 3, "stride": 2})");
  EXPECT_EQ(
      set(R"({"type": "ConvTranspose2d", "out_channels": 4, "output_padding": [ 0, /* w */ 0 ], "kernel_size": 3})",
          kOp, "1"),
      R"({"type": "ConvTranspose2d", "out_channels": 4, "output_padding": 1, "kernel_size": 3})");
}

TEST(SetOption, AddsOnTheSameLineInItsStyle) {
  EXPECT_EQ(set(R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3})", kOp, "1"),
            R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "output_padding": 1})");
  EXPECT_EQ(set(R"({"type":"ConvTranspose2d","out_channels":4,"kernel_size":[3,3]})", kOp, "1"),
            R"({"type":"ConvTranspose2d","out_channels":4,"kernel_size":[3,3],"output_padding":1})");
  EXPECT_EQ(
      set(R"({ "type" : "ConvTranspose2d" , "out_channels" : 4 ,  "kernel_size" : 3 })", kOp, "1"),
      R"({ "type" : "ConvTranspose2d" , "out_channels" : 4 ,  "kernel_size" : 3,  "output_padding" : 1 })");
}

TEST(SetOption, AddsToAnObjectOfOneKey) {
  EXPECT_EQ(set(R"({"type": "ReLU"})", Opt::inplace, "true"), R"({"type": "ReLU", "inplace": true})");
  EXPECT_EQ(set(R"({"type":"ReLU"})", Opt::inplace, "true"), R"({"type":"ReLU","inplace":true})");
  EXPECT_EQ(set("{\n  \"type\": \"ReLU\"\n}", Opt::inplace, "true"),
            "{\n  \"type\": \"ReLU\",\n  \"inplace\": true\n}");
}

TEST(SetOption, AddsALineWhereEachMemberHasOne) {
  EXPECT_EQ(
      set("{\n    \"type\": \"ConvTranspose2d\",\n    \"out_channels\": 4,\n    \"kernel_size\": 3\n  }", kOp,
          "1"),
      "{\n    \"type\": \"ConvTranspose2d\",\n    \"out_channels\": 4,\n    \"kernel_size\": 3,\n    "
      "\"output_padding\": 1\n  }");
  EXPECT_EQ(
      set("{\r\n\t\"type\": \"ConvTranspose2d\",\r\n\t\"out_channels\": 4,\r\n\t\"kernel_size\": 3\r\n}", kOp,
          "1"),
      "{\r\n\t\"type\": \"ConvTranspose2d\",\r\n\t\"out_channels\": 4,\r\n\t\"kernel_size\": "
      "3,\r\n\t\"output_padding\": 1\r\n}");
  // The last value itself over several lines.
  EXPECT_EQ(set("{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": [\n    3,\n "
                "   3\n  ]\n}",
                kOp, "1"),
            "{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": [\n    3,\n    "
            "3\n  ],\n  \"output_padding\": 1\n}");
  // The brace on the last member's line.
  EXPECT_EQ(set("{\"type\": \"ConvTranspose2d\",\n \"out_channels\": 4,\n \"kernel_size\": 3 }", kOp, "1"),
            "{\"type\": \"ConvTranspose2d\",\n \"out_channels\": 4,\n \"kernel_size\": 3,\n "
            "\"output_padding\": 1 }");
}

TEST(SetOption, AddsToTheLastLineWhereLinesHoldSeveralMembers) {
  EXPECT_EQ(
      set("{\"type\": \"ConvTranspose2d\",\n \"out_channels\": 4, \"kernel_size\": 3}", kOp, "1"),
      "{\"type\": \"ConvTranspose2d\",\n \"out_channels\": 4, \"kernel_size\": 3, \"output_padding\": 1}");
}

TEST(SetOption, KeepsCommentsWhereTheyAre) {
  EXPECT_EQ(
      set("{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": 3  // odd\n}", kOp,
          "1"),
      "{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": 3,  // odd\n  "
      "\"output_padding\": 1\n}");
  EXPECT_EQ(set("{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": 3 /* odd "
                "*/\n  // end\n}",
                kOp, "1"),
            "{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": 3, /* odd */\n  "
            "\"output_padding\": 1\n  // end\n}");
  EXPECT_EQ(
      set("{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": 3 /* a\n b */ }",
          kOp, "1"),
      "{\n  \"type\": \"ConvTranspose2d\",\n  \"out_channels\": 4,\n  \"kernel_size\": 3,\n  "
      "\"output_padding\": 1 /* a\n b */ }");
  EXPECT_EQ(
      set("{\"type\": \"ConvTranspose2d\", \"out_channels\": 4, \"kernel_size\": 3 // odd\n}", kOp, "1"),
      "{\"type\": \"ConvTranspose2d\", \"out_channels\": 4, \"kernel_size\": 3, \"output_padding\": 1 // "
      "odd\n}");
  EXPECT_EQ(set("{\"type\": /* }, */ \"ReLU\"}", Opt::inplace, "true"),
            "{\"type\": /* }, */ \"ReLU\", \"inplace\": true}");
}

TEST(SetOption, BracesAndCommasWithinStringsAreNoStructure) {
  EXPECT_EQ(set(R"({"type": "ReLU", "name": "a}, \" // {"})", Opt::inplace, "true"),
            R"({"type": "ReLU", "name": "a}, \" // {", "inplace": true})");
}

TEST(SetOption, WritesReferencesAndWords) {
  EXPECT_EQ(
      set(R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3})", Opt::size_like, "\"input\""),
      R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "size_like": "input"})");
}

}  // namespace
}  // namespace shapedbg
