// Layers put in and sizes changed, in the author's formatting.
#include "read/json/rewrite.h"
#include "read/json/parse.h"

#include <gtest/gtest.h>

namespace shapedbg {
namespace {

template <class Change>
std::string rewritten(const std::string& json, Change&& change) {
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.usable);
  const Rewrite rewrite(source);
  return shapedbg::apply(json, change(rewrite, parsed.spec)).value_or("overlap");
}

TEST(Rewrite, AppendsOnALineOfItsOwnWithTheFilesLineEnding) {
  EXPECT_EQ(rewritten("{\"input\": [1, 2],\r\n \"layers\": [\r\n  {\"type\": \"ReLU\"} // last\r\n ]}",
                      [](const Rewrite& r, const Spec&) { return r.append("{}"); }),
            "{\"input\": [1, 2],\r\n \"layers\": [\r\n  {\"type\": \"ReLU\"}, // last\r\n  {}\r\n ]}");
}

TEST(Rewrite, InlineListsStayInline) {
  const std::string json = R"({"input": [1, 2], "layers": [{"type": "ReLU"}, {"type": "Tanh"}]})";
  EXPECT_EQ(rewritten(json, [](const Rewrite& r, const Spec&) { return r.append("{}"); }),
            R"({"input": [1, 2], "layers": [{"type": "ReLU"}, {"type": "Tanh"}, {}]})");
  EXPECT_EQ(rewritten(json, [](const Rewrite& r, const Spec&) { return r.insert_first("{}"); }),
            R"({"input": [1, 2], "layers": [{}, {"type": "ReLU"}, {"type": "Tanh"}]})");
  EXPECT_EQ(
      rewritten(json, [](const Rewrite& r, const Spec& s) { return r.insert_before(s.layers[1], "{}"); }),
      R"({"input": [1, 2], "layers": [{"type": "ReLU"}, {}, {"type": "Tanh"}]})");
}

TEST(Rewrite, SizesOfAShapeWrittenOverSeveralLines) {
  const std::string json = "{\"input\": [\n  3,\n  64\n ], \"layers\": [{\"type\": \"ReLU\"}]}";
  EXPECT_EQ(
      rewritten(json, [](const Rewrite& r, const Spec& s) { return r.insert_size(s.inputs[0].where, 0, 1); }),
      "{\"input\": [\n  1,\n  3,\n  64\n ], \"layers\": [{\"type\": \"ReLU\"}]}");
  EXPECT_EQ(
      rewritten(json, [](const Rewrite& r, const Spec& s) { return r.set_size(s.inputs[0].where, 1, 65); }),
      "{\"input\": [\n  3,\n  65\n ], \"layers\": [{\"type\": \"ReLU\"}]}");
}

TEST(Rewrite, AnOptionGivesItsPlaceToAnother) {
  EXPECT_EQ(
      rewritten(
          R"({"input": [1, 2, 4], "layers": [{"type": "Upsample", "scale_factor":2, "mode": "nearest"}]})",
          [](const Rewrite& r, const Spec& s) {
            return r.replace_option(s.layers[0], Opt::scale_factor, Opt::size_like, "\"input\"");
          }),
      R"({"input": [1, 2, 4], "layers": [{"type": "Upsample", "size_like":"input", "mode": "nearest"}]})");
}

TEST(Rewrite, EveryReferenceToTheInputIsTurned) {
  EXPECT_EQ(
      rewritten(
          R"({"input": [1, 2, 4], "layers": [{"type": "Add", "inputs": ["input", "prev"]}, {"type": "Crop", "size_like": "input"}]})",
          [](const Rewrite& r, const Spec&) { return r.redirect("input", "pad"); }),
      R"({"input": [1, 2, 4], "layers": [{"type": "Add", "inputs": ["pad", "prev"]}, {"type": "Crop", "size_like": "pad"}]})");
}

TEST(Rewrite, WhatIsPutIntoABlockIsThereForAllItsUses) {
  EXPECT_EQ(
      rewritten(
          R"({"input": [1, 2], "blocks": {"b": [{"type": "ReLU"}]}, "layers": [{"use": "b"}, {"use": "b"}]})",
          [](const Rewrite& r, const Spec& s) {
            return r.insert_before(s.layers[1], R"({"type": "Tanh"})");
          }),
      R"({"input": [1, 2], "blocks": {"b": [{"type": "Tanh"}, {"type": "ReLU"}]}, "layers": [{"use": "b"}, {"use": "b"}]})");
}

}  // namespace
}  // namespace shapedbg
