// What a repair can do to the meaning of a network, one network each: before, where it is not, and after.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "read/json/parse.h"
#include "repair/judge/meaning.h"

namespace shapedbg {
namespace {

struct Case {
  Harm harm;
  const char* input;
  const char* before;  // layers, each with its name
  const char* after;
};

// clang-format off
const Case cases[] = {
  {Harm::torn, "[1, 3, 64, 64]",
   R"({"name": "c", "type": "Conv2d", "out_channels": 768, "kernel_size": 16, "stride": 16}, {"name": "f", "type": "Flatten", "start_dim": 2}, {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2})",
   R"({"name": "c", "type": "Conv2d", "out_channels": 768, "kernel_size": 16, "stride": 16}, {"name": "f", "type": "Flatten", "start_dim": 2}, {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "r", "type": "Reshape", "shape": ["in[0]", 3, 64, 64]})"},
  {Harm::mixed, "[1, 4, 8, 8]",
   R"({"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1})",
   R"({"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "r", "type": "Reshape", "shape": ["in[0]", 16, 2, 8]})"},
  {Harm::misread, "[2, 8, 20]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "n", "type": "LayerNorm", "normalized_shape": [8]})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "n", "type": "LayerNorm", "normalized_shape": [20]})"},
  {Harm::crossed, "[1, 3, 16, 16]",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "t", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "y", "type": "Add", "inputs": ["a", "t"]})",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "t", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "x", "type": "Transpose", "dim0": 2, "dim1": 3}, {"name": "y", "type": "Add", "inputs": ["a", "x"]})"},
  {Harm::drifting, "[1, 4, 64]",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 2, "stride": 2}, {"name": "s", "type": "Conv1d", "inputs": "input", "out_channels": 4, "kernel_size": 2, "stride": 2}, {"name": "y", "type": "Add", "inputs": ["a", "s"]})",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 2, "stride": 2}, {"name": "k", "type": "Slice", "inputs": "input", "index": [[null, null], [null, null], [16, 48]]}, {"name": "y", "type": "Add", "inputs": ["a", "k"]})"},
  {Harm::shifted, "[1, 4, 1000]",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv1d", "inputs": "input", "out_channels": 4, "kernel_size": 5}, {"name": "s", "type": "Slice", "inputs": "a", "index": [[null, null], [null, null], [2, 998]]}, {"name": "y", "type": "Add", "inputs": ["s", "b"]})",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv1d", "inputs": "input", "out_channels": 4, "kernel_size": 5}, {"name": "s", "type": "Slice", "inputs": "a", "index": [[null, null], [null, null], [4, null]]}, {"name": "y", "type": "Add", "inputs": ["s", "b"]})"},
  {Harm::samples, "[2, 3, 16, 16]",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "y", "type": "Concat", "inputs": ["a", "b"]})",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "y", "type": "Concat", "inputs": ["a", "b"], "dim": 0})"},
  {Harm::stretched, "[1, 3, 16, 16]",
   R"({"name": "p", "type": "Conv2d", "out_channels": 4, "kernel_size": 4, "stride": 4}, {"name": "q", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 4, "stride": 4}, {"name": "y", "type": "Add", "inputs": ["p", "q"]})",
   R"({"name": "p", "type": "Conv2d", "out_channels": 4, "kernel_size": 4, "stride": 4}, {"name": "q", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 16}, {"name": "y", "type": "Add", "inputs": ["p", "q"]})"},
  {Harm::constant, "[1, 8, 16, 16]",
   R"({"name": "c", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}, {"name": "s", "type": "Sigmoid"})",
   R"({"name": "c", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}, {"name": "n", "type": "GroupNorm", "num_groups": 1}, {"name": "s", "type": "Sigmoid"})"},
  {Harm::twice, "[1, 3, 16, 16]",
   R"({"name": "e", "type": "Slice", "index": [[null, null], [null, null], [0, null, 2]]}, {"name": "o", "type": "Slice", "inputs": "input", "index": [[null, null], [null, null], [1, null, 2]]}, {"name": "y", "type": "Concat", "inputs": ["e", "o"]})",
   R"({"name": "e", "type": "Slice", "index": [[null, null], [null, null], [0, null, 2]]}, {"name": "o", "type": "Slice", "inputs": "input", "index": [[null, null], [null, null], [0, null, 2]]}, {"name": "y", "type": "Concat", "inputs": ["e", "o"]})"},
  {Harm::layout, "[1, 3, 64]",
   R"({"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv1d", "out_channels": 64, "kernel_size": 3, "padding": 1})",
   R"({"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "b", "type": "Conv1d", "out_channels": 64, "kernel_size": 3, "padding": 1})"},
  {Harm::turned, "[1, 1, 4, 4]",
   R"({"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 2, "stride": 2})",
   R"({"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 2, "stride": 2}, {"name": "f", "type": "Flatten", "start_dim": 2}, {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "u", "type": "Unsqueeze", "dim": 1})"},
  {Harm::repeated, "[1, 3, 16, 16]",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "y", "type": "Concat", "inputs": ["a", "b"]})",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "y", "type": "Concat", "inputs": ["a", "b"], "dim": 2})"},
  {Harm::off_centre, "[1, 4, 64]",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 4}, {"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 4, "stride": 4}, {"name": "y", "type": "Add", "inputs": ["u", "input"]})",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 5, "stride": 4, "padding": 2}, {"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 4, "stride": 4}, {"name": "y", "type": "Add", "inputs": ["u", "input"]})"},
  {Harm::outside_block, "[1, 4, 64]",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1})",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 3})"},
  {Harm::inexact, "[1, 4, 16]",
   R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1})",
   R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 6, "stride": 2, "padding": 1})"},
  {Harm::takes_all, "[1, 4, 16]",
   R"({"name": "s", "type": "Slice", "index": [[null, null], [null, null], [4, null]]})",
   R"({"name": "s", "type": "Slice", "index": [[null, null], [null, null], [0, null]]})"},
  {Harm::resized_input, "[1, 3, 32, 32]",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1})",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "r", "type": "Upsample", "size": 40}, {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1})"},
  {Harm::unread, "[1, 3, 32, 32]",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "y", "type": "Add", "inputs": ["a", "b"]}, {"name": "z", "type": "Conv2d", "out_channels": 4, "kernel_size": 1})",
   R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "z", "type": "Conv2d", "inputs": "a", "out_channels": 4, "kernel_size": 1})"},
  {Harm::holes, "[1, 4, 16]",
   R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 2, "stride": 2})",
   R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 1, "stride": 2})"},
  {Harm::repeats_values, "[2, 8]",
   R"({"name": "a", "type": "Linear", "out_features": 8}, {"name": "b", "type": "Linear", "inputs": "input", "out_features": 8}, {"name": "y", "type": "Mul", "inputs": ["a", "b"]})",
   R"({"name": "a", "type": "Linear", "out_features": 8}, {"name": "b", "type": "Linear", "inputs": "input", "out_features": 1}, {"name": "y", "type": "Mul", "inputs": ["a", "b"]})"},
  {Harm::made_up, "[1, 4, 16]",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1})",
   R"({"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "p", "type": "Pad", "padding": [10, 10]}, {"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1})"},
  {Harm::of_no_map, "[2, 10]",
   R"({"name": "f", "type": "Linear", "out_features": 64}, {"name": "g", "type": "Unflatten", "dim": 1, "unflattened_size": [4, 4, 4]}, {"name": "c", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1})",
   R"({"name": "f", "type": "Linear", "out_features": 64}, {"name": "g", "type": "Unflatten", "dim": 1, "unflattened_size": [4, 4, 4]}, {"name": "c", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}, {"name": "r", "type": "Upsample", "size": 6})"},
  {Harm::forgotten_skip, "[1, 3, 16, 16]",
   R"({"name": "e", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"name": "m", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"name": "u", "type": "Upsample", "scale_factor": 2}, {"name": "d", "type": "Conv2d", "in_channels": 24, "out_channels": 8, "kernel_size": 3, "padding": 1})",
   R"({"name": "e", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"name": "m", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"name": "u", "type": "Upsample", "scale_factor": 2}, {"name": "d", "type": "Conv2d", "in_channels": 16, "out_channels": 8, "kernel_size": 3, "padding": 1})"},
  {Harm::other_axis, "[2, 3, 20]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "l", "type": "Linear", "in_features": 8, "out_features": 5})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"name": "l", "type": "Linear", "in_features": 20, "out_features": 5})"},
  {Harm::twin, "[2, 64]",
   R"({"name": "a", "type": "Linear", "in_features": 64, "out_features": 10}, {"name": "b", "type": "Linear", "in_features": 64, "out_features": 10})",
   R"({"name": "a", "type": "Linear", "in_features": 64, "out_features": 10}, {"name": "b", "type": "Linear", "in_features": 10, "out_features": 10})"},
  {Harm::depthwise, "[1, 8, 16]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1, "groups": 8})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1, "groups": 4})"},
  {Harm::unseen, "[1, 4, 2]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 7})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 7, "padding": 3})"},
  {Harm::blind, "[1, 4, 16]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 1})"},
  {Harm::skips, "[1, 4, 32]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1, "stride": 2})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1, "stride": 4})"},
  {Harm::thrown_away, "[1, 4, 32]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"name": "k", "type": "Crop", "size": 16})"},
  {Harm::warned, "[1, 4, 16]",
   R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 2, "dilation": 3, "padding": 1})",
   R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 2, "dilation": 3, "padding": 1, "output_padding": 1})"},
};
// clang-format on

struct Read {
  Spec spec;
  Trace trace;
};

Read read(const Case& one, const char* layers) {
  const bool square = one.harm == Harm::turned;
  const std::string json = std::string(R"({"input": )") + one.input + R"(, "layers": [)" + layers + "]" +
                           (square ? R"(, "expect": "input"})" : "}");
  Parsed parsed = parse(Source("net.json", json));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message << "\n" << json;
  Trace trace = infer(parsed.spec);
  return {std::move(parsed.spec), std::move(trace)};
}

std::optional<Harmed> harm_of(const Case& one, const char* layers) {
  const Read before = read(one, one.before);
  const Read after = read(one, layers);
  PerLayer<LayerId> origin;
  for (const LayerSpec& layer : after.spec.layers)
    origin.push_back(before.spec.find(layer.name).value_or(LayerId()));
  return Before(before.spec, before.trace).harm_of(after.spec, after.trace, origin);
}

TEST(Harms, EachIsSeenWhereItIsAndNotBefore) {
  std::set<Harm> seen;
  for (const Case& one : cases) {
    const auto harm = harm_of(one, one.after);
    ASSERT_TRUE(harm) << info(one.harm).id;
    EXPECT_EQ(info(harm->harm).id, info(one.harm).id) << harm->text;
    EXPECT_FALSE(harm->text.empty());
    // A network that does not run is no repair of itself.
    const Read before = read(one, one.before);
    const bool runs = std::all_of(before.trace.layers.begin(), before.trace.layers.end(),
                                  [](const LayerTrace& row) { return row.refusals.empty(); });
    const auto none = runs ? harm_of(one, one.before) : std::nullopt;
    EXPECT_FALSE(none) << info(one.harm).id << ": " << none->text;
    seen.insert(one.harm);
  }
  for (const HarmInfo& harm : all_harms()) EXPECT_EQ(seen.count(harm.harm), 1u) << harm.id;
}

// What did not run before shows nothing of how it broadcasts: one place that a split leaves over, a number
// that is put right at one use of a line and stretched at the other.
// clang-format off
const Case hidden[] = {
  {Harm::repeats_values, "[1, 4, 16]",
   R"({"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 1}, {"name": "s", "type": "Split", "split_size_or_sections": 8, "dim": 1}, {"name": "y", "type": "Mul", "inputs": ["s", "s:1"]})",
   R"({"name": "c", "type": "Conv1d", "out_channels": 9, "kernel_size": 1}, {"name": "s", "type": "Split", "split_size_or_sections": 8, "dim": 1}, {"name": "y", "type": "Mul", "inputs": ["s", "s:1"]})"},
  {Harm::repeats_values, "[2, 8]",
   R"({"name": "a", "type": "Linear", "out_features": 4}, {"name": "b", "type": "Linear", "inputs": "input", "out_features": 6}, {"name": "y", "type": "Add", "inputs": ["a", "b"], "source": {"called": "net.py:9"}}, {"name": "c", "type": "Linear", "out_features": 1}, {"name": "d", "type": "Linear", "inputs": "y", "out_features": 6}, {"name": "z", "type": "Add", "inputs": ["c", "d"], "source": {"called": "net.py:9"}})",
   R"({"name": "a", "type": "Linear", "out_features": 4}, {"name": "b", "type": "Linear", "inputs": "input", "out_features": 4}, {"name": "y", "type": "Add", "inputs": ["a", "b"], "source": {"called": "net.py:9"}}, {"name": "c", "type": "Linear", "out_features": 1}, {"name": "d", "type": "Linear", "inputs": "y", "out_features": 6}, {"name": "z", "type": "Add", "inputs": ["c", "d"], "source": {"called": "net.py:9"}})"},
};
// clang-format on

TEST(Harms, WhatIsBroadcastWhereNothingRanBefore) {
  for (const Case& one : hidden) {
    const auto harm = harm_of(one, one.after);
    ASSERT_TRUE(harm) << one.after;
    EXPECT_EQ(info(harm->harm).id, info(one.harm).id) << harm->text;
  }
}

TEST(Harms, EachSaysOfItselfWhatItIs) {
  std::size_t at = 0;
  for (const HarmInfo& harm : all_harms()) {
    EXPECT_EQ(static_cast<std::size_t>(harm.harm), at++) << harm.id;
    EXPECT_FALSE(harm.summary.empty()) << harm.id;
    EXPECT_NE(harm.doubt, Doubt::none) << harm.id;
  }
}

}  // namespace
}  // namespace shapedbg
