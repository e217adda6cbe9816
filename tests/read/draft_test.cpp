// Drafts: names, references and layout of the text, and that it reads back as what was meant.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>

#include "read/draft.h"
#include "read/json/parse.h"
#include "read/json/tree_writer.h"
#include "read/same_tree.h"

namespace shapedbg::draft_test {
namespace {

Draft small() {
  Draft draft;
  draft.name = "small";
  const Ref x = draft.input("x", {1, 3, "H", "W"});
  draft.free_size("H", {.min = 16, .max = 64, .multiple_of = 2});
  draft.free_size("W", {});
  DraftLayer conv("Conv2d", {x}, "enc.conv");
  conv.set("out_channels", 8).axes("kernel_size", std::vector<std::int64_t>{3, 3});
  conv.axes("padding", std::vector<std::int64_t>{1, 0}).set("bias", false);
  conv.source = LayerSource{{"net.py", 12}, {"net.py", 40}, "enc.conv", "conv2d"};
  const Ref y = draft.add(std::move(conv));
  const Ref z = draft.add(DraftLayer("ReLU", {y}, "enc.conv"));
  DraftLayer up("Upsample", {z});
  up.set("size_like", x).set("mode", "nearest");
  const Ref big = draft.add(std::move(up));
  draft.add(DraftLayer("Concat", {big, x}, "a:b"));
  draft.outputs = {{LayerId(3), 0}, y};
  return draft;
}

TEST(Draft, IsWrittenAsAPersonWould) {
  EXPECT_EQ(small().write(), R"({
  "name": "small",
  "input": {"x": [1, 3, "H", "W"]},
  "sizes": {"H": {"min": 16, "max": 64, "multiple_of": 2}, "W": {}},
  "outputs": ["a_b", "enc.conv"],
  "layers": [
    {"name": "enc.conv", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": [1, 0], "bias": false, "source": {"made": "net.py:12", "called": "net.py:40", "node": "conv2d"}},
    {"name": "enc.conv_2", "type": "ReLU"},
    {"name": "upsample", "type": "Upsample", "size_like": "x", "mode": "nearest"},
    {"name": "a_b", "type": "Concat", "inputs": ["upsample", "x"]}
  ]
}
)");
}

TEST(Draft, ReadsBackAsWhatWasMeant) {
  const Source source("draft", small().write());
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.findings.empty());
  const Spec& spec = parsed.spec;
  ASSERT_EQ(spec.layers.size(), 4u);
  ASSERT_TRUE(spec.layers[0].source);
  EXPECT_EQ(*spec.layers[0].source, (LayerSource{{"net.py", 12}, {"net.py", 40}, "", "conv2d"}));
  EXPECT_FALSE(spec.layers[1].source);
  EXPECT_EQ(spec.layers[2].reference(Opt::size_like), Ref::of_input(0));
  EXPECT_EQ(spec.outputs, (std::vector<Ref>{{LayerId(3), 0}, {LayerId(0), 0}}));
}

TEST(Draft, ComesWithTheTreeOfItsText) {
  EXPECT_TRUE(expect_same_tree(small().make()));
  Draft draft;
  draft.name = "größe";
  draft.description = "all of it";
  draft.expect = R"({"scale": [1, 0.5]})";
  draft.ignore = {Code::W502, Code::W503};
  const Ref x = draft.input("ein gang", {1, 3, "H"});
  const Ref y = draft.input("other", {1, 3, 8});
  draft.runs_at(y, {1, 3, 16});
  draft.free_size("H", {.min = 2});
  DraftLayer slice("Slice", {x});
  slice.set("ranges", std::vector<SliceRange>{{}, {0, SliceRange::open, 2}, {-4, -1, 1}});
  slice.expect = "null";
  slice.ignore = {Code::W502};
  const Ref cut = draft.add(std::move(slice));
  DraftLayer custom("Custom", {cut, y});
  custom.set("label", "any").sizes_list("outputs", {{1, "in[0][1]*2"}, {4}}).set("p", 0.125).set("q", -3);
  const Ref two = draft.add(std::move(custom));
  draft.add(DraftLayer("ReLU", {{two.layer, 1}}));
  draft.outputs = {two};
  EXPECT_TRUE(expect_same_tree(draft.make()));
  EXPECT_TRUE(expect_same_tree(Draft().make()));
}

// What needs a second look is read from the text.
TEST(Draft, GoesWithoutATreeWhereItsTextIsOutOfTheOrdinary) {
  Draft quoted = small();
  quoted.description = "a \"word\"";
  EXPECT_FALSE(expect_same_tree(quoted.make()));
  Draft twice = small();
  twice.free_size("H", {});
  EXPECT_FALSE(expect_same_tree(twice.make()));
  Draft broken = small();
  broken.layers()[1].json("inplace", "tru");
  EXPECT_FALSE(expect_same_tree(broken.make()));
  Draft huge = small();
  huge.layers()[1].json("size", "123456789012345678901");
  EXPECT_FALSE(expect_same_tree(huge.make()));
  Draft many;
  for (int i = 0; i < 30; ++i) many.input("x", {1});
  EXPECT_FALSE(expect_same_tree(many.make()));
}

// A value that the tree gives up at, first in its container or not, leaves the text as it would be without
// it.
TEST(Draft, StaysJsonBehindWhatIsOutOfTheOrdinary) {
  for (const std::string odd : {"[1, 4539628424389459968, -1]", "123456789012345678901234567890", "1e400",
                                "\"\xC3\xA9\"", "[[[1, 99999999999999999999]], 2]"}) {
    json::TreeWriter out(100, 10);
    out.open(json::Type::object);
    out.key("a");
    out.open(json::Type::array);
    out.value(odd);
    out.value(odd);
    out.integer(7);
    out.close();
    out.key("b");
    out.open(json::Type::object);
    out.key("c");
    out.value(odd);
    out.key("d");
    out.value("true");
    out.close();
    out.close();
    EXPECT_EQ(std::move(out).finish("\n")->bytes,
              "{\"a\": [" + odd + ", " + odd + ", 7], \"b\": {\"c\": " + odd + ", \"d\": true}}\n");
  }
}

TEST(Draft, SaysWhereElseItRuns) {
  const auto text = [](std::vector<DraftSize> given) {
    Draft draft;
    draft.runs_at(draft.input("x", std::move(given)), {1, 3, 64});
    draft.add(DraftLayer("ReLU"));
    return draft.write();
  };
  EXPECT_NE(text({1, 3, 60}).find(R"("runs_at": {"x": [1, 3, 64]})"), std::string::npos);
  EXPECT_EQ(text({1, 3, 64}).find("runs_at"), std::string::npos);
  EXPECT_EQ(text({1, 3, "L"}).find("runs_at"), std::string::npos);
}

TEST(Draft, NamesOfAnyBytesBecomeLegal) {
  Draft draft;
  const Ref a = draft.input("prev", {2});
  const Ref b = draft.input("input", {2});
  draft.add(DraftLayer("Add", {a, b}, "prev"));
  draft.add(DraftLayer("ReLU", {{LayerId(0), 0}}, "\xff\n\"\\\xe2\x82"));
  draft.add(DraftLayer("ReLU", {{LayerId(1), 0}}, "prev"));
  const Source source("draft", draft.write());
  EXPECT_TRUE(parse(source).findings.empty()) << source.bytes();
  EXPECT_EQ(json_string("a\xff\x01\"\\\u00e4"), "\"a\uFFFD\\u0001\\\"\\\\\u00e4\"");
}

TEST(Draft, NumbersThatJsonCannotSayAreLeftOut) {
  DraftLayer layer("Hardtanh");
  layer.set("min_val", 0.0).set("max_val", HUGE_VAL).set("inplace", true).set("min_val", 0.25);
  EXPECT_EQ(layer.options.size(), 2u);
  EXPECT_EQ(layer.find("min_val")->json(), "0.25");
  EXPECT_FALSE(layer.find("max_val"));
}

std::vector<std::string> findings_of(const std::string& source) {
  const Source text(
      "f", R"({"input": [1, 4], "layers": [{"name": "a", "type": "ReLU", "source": )" + source + "}]}");
  std::vector<std::string> lines;
  for (const Finding& finding : parse(text).findings)
    lines.push_back(std::string(info(finding.code).id) + " " + finding.message);
  return lines;
}

TEST(LayerSourceKey, WhatItCannotBeIsNamed) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(findings_of(R"("a/b.py:3")"), Lines{});
  EXPECT_EQ(findings_of("{}"), Lines{});
  EXPECT_EQ(findings_of("3"), Lines{"S104 `source` must be an object or a line as \"unet.py:31\", not 3"});
  EXPECT_EQ(findings_of(R"({"made": "b.py:0"})"),
            Lines{"S110 `made` must be a line as \"unet.py:31\", not the string `b.py:0`"});
  EXPECT_EQ(findings_of(R"({"module": 1})"), Lines{"S104 `module` must be a string, not 1"});
  EXPECT_EQ(findings_of(R"({"mad": "b.py:1"})"),
            Lines{"S102 `source` has no key `mad`; the nearest known key is `made`"});
}

TEST(OutputsKey, NamesTensors) {
  const auto first = [](const std::string& outputs) {
    const Source text("f", R"({"input": [1, 4], "outputs": )" + outputs +
                               R"(, "layers": [{"name": "a", "type": "ReLU"}]})");
    const Parsed parsed = parse(text);
    return parsed.findings.empty() ? std::string() : parsed.findings[0].message;
  };
  EXPECT_EQ(first(R"(["a", "input"])"), "");
  EXPECT_EQ(first(R"("a")"), "`outputs` must be a list of names, not the string `a`");
  EXPECT_EQ(first(R"(["b"])"), "there is no layer or input `b`; the nearest known name is `a`");
  EXPECT_EQ(first(R"(["a:1"])"), "`a` returns 1 tensor: there is no `a:1`");
}

}  // namespace
}  // namespace shapedbg::draft_test
