// Recorded programs in their JSON-lines form, and the formulas of their sizes.
#include <gtest/gtest.h>

#include <random>

#include "read/calls/calls.h"

namespace shapedbg::calls {
namespace {

const std::string kStart = R"({"run": 1, "name": "Net", "torch": "2.13.0"}
{"tensor": 10, "role": "input", "name": "x", "shape": [1, 3, {"s": 32, "of": ["symbol", "h"]}, 32], "dtype": "float32"}
{"tensor": 7, "role": "parameter", "name": "w", "shape": [8, 3, 3, 3], "dtype": "float32"}
)";

TEST(Calls, ARunIsRead) {
  const Recorded recorded = read_calls(kStart + R"(
{"call": "torch.conv2d", "args": [{"t": 10}, {"t": 7}, null, [1, 1.5, true, "same", {"f": "-inf"}]], "kwargs": {"groups": {"s": 16, "of": ["//", ["axis", 10, 2], 2]}}, "out": [{"t": 0, "shape": [1, 8, 30, 30], "dtype": "float32"}, null], "module": "c", "class": "torch.nn.modules.conv.Conv2d", "made": "n.py:3", "called": "n.py:9", "raised": "no", "assumed": true}
{"call": "torch.Tensor.__getitem__", "args": [{"t": 0}, [{"other": "..."}, {"slice": [null, -1, null]}]], "later": 1}
{"later": {}}
{"output": {"dict": {"y": {"t": 0}}}}
{"stopped": "AssertionError", "at": "n.py:11"}
)");
  ASSERT_EQ(recorded.error, "");
  ASSERT_EQ(recorded.runs.size(), 1u);
  const Program& program = recorded.runs[0];
  EXPECT_EQ(program.name, "Net");
  EXPECT_EQ(program.inputs, std::vector<int>{0});
  EXPECT_EQ(program.symbols.at(0).name, "h");
  EXPECT_EQ(program.tensors.at(0).shape.at(2).value, 32);
  ASSERT_EQ(program.calls.size(), 2u);
  const Call& conv = program.calls[0];
  EXPECT_EQ(conv.arguments.at(1).value.tensor, 1);
  EXPECT_EQ(conv.arguments.at(3).value.items.at(1).number, 1.5);
  EXPECT_EQ(conv.arguments.at(4).name, "groups");
  const Formula half = Formula::binary(Formula::Op::floor_divide, Formula::axis(0, 2), Formula::constant(2));
  EXPECT_EQ(conv.arguments.at(4).value.formula, half);
  EXPECT_EQ(conv.outputs, (std::vector<int>{2, -1}));
  EXPECT_EQ(conv.made.text(), "n.py:3");
  EXPECT_TRUE(conv.assumed);
  EXPECT_EQ(program.calls[1].arguments[1].value.items[1].items[1].integer, -1);
  EXPECT_EQ(program.output.items.at(0).tensor, 2);
  EXPECT_EQ(program.stopped_at.line, 11);
}

TEST(Calls, WhatIsNoRecordingIsNamedByItsLine) {
  EXPECT_EQ(read_calls("").error, "no run is recorded");
  EXPECT_EQ(read_calls("x").error, "line 1: no JSON object");
  EXPECT_EQ(read_calls("{}").error, "line 1: the first line has no `run`");
  EXPECT_EQ(read_calls(kStart + R"({"output": {"t": 3}})").error,
            "line 4: there is no tensor 3 before this line");
  EXPECT_EQ(read_calls(kStart + R"({"tensor": 7, "shape": []})").error, "line 4: tensor 7 is made twice");
  EXPECT_EQ(read_calls(kStart + R"({"tensor": 8, "shape": [-1]})").error, "line 4: `shape` holds no size");
  EXPECT_EQ(read_calls(kStart + R"({"output": {"s": 1, "of": ["+", 2]}})").error, "");
  EXPECT_EQ(read_calls(kStart + "{\"output\": " + std::string(100'000, '[')).error,
            "line 4: values are nested too deep");
}

TEST(Calls, AnyBytesAreAnErrorOrARun) {
  const std::string whole =
      kStart + R"({"call": "torch.cat", "args": [[{"t": 10}]], "out": [{"t": 1, "shape": [2]}]})";
  std::mt19937 dice(1);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = whole.substr(0, dice() % (whole.size() + 1));
    for (int k = 0; k < 3 && !bytes.empty(); ++k) bytes[dice() % bytes.size()] = static_cast<char>(dice());
    const Recorded recorded = read_calls(bytes);
    EXPECT_EQ(recorded.error.empty(), !recorded.runs.empty());
  }
}

TEST(Formula, ComputesAsPythonDoes) {
  using Op = Formula::Op;
  const Formula h = Formula::axis(0, 2);
  const auto at = [&](const Formula& formula, std::int64_t size) {
    return formula.evaluate([&](const Formula::Node&) { return std::optional(size); });
  };
  const Formula sixteen = Formula::constant(16);
  // ceil(h / 16) * 16 - h
  const Formula pad = Formula::binary(
      Op::subtract,
      Formula::binary(Op::multiply, Formula::unary(Op::ceil, Formula::binary(Op::divide, h, sixteen)),
                      sixteen),
      h);
  EXPECT_EQ(at(pad, 17), 15);
  EXPECT_EQ(at(pad, 32), 0);
  // (8 - h % 8) % 8, and Python's signs
  const Formula eight = Formula::constant(8);
  const Formula rest = Formula::binary(
      Op::modulo, Formula::binary(Op::subtract, eight, Formula::binary(Op::modulo, h, eight)), eight);
  EXPECT_EQ(at(rest, 13), 3);
  EXPECT_EQ(at(Formula::binary(Op::floor_divide, Formula::unary(Op::negate, h), Formula::constant(2)), 7),
            -4);
  EXPECT_EQ(at(Formula::binary(Op::modulo, Formula::unary(Op::negate, h), Formula::constant(2)), 7), 1);
  EXPECT_EQ(at(Formula::unary(Op::truncate, Formula::binary(Op::divide, Formula::unary(Op::negate, h),
                                                            Formula::constant(2))),
               7),
            -3);
  EXPECT_EQ(at(Formula::binary(Op::divide, h, Formula::constant(2)), 7), std::nullopt);
  EXPECT_EQ(at(Formula::binary(Op::divide, h, Formula::constant(0)), 7), std::nullopt);
  EXPECT_EQ(at(Formula::binary(Op::multiply, h, h), INT64_MAX), std::nullopt);
  EXPECT_EQ(at(Formula::binary(Op::max, h, eight), 7), 8);
  EXPECT_EQ(at(Formula(), 7), std::nullopt);
}

}  // namespace
}  // namespace shapedbg::calls
