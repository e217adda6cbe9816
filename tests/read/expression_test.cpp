#include "net/expression.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <variant>

namespace shapedbg {
namespace {

std::string read(std::string_view text) {
  const auto parsed = Expression::parse(text);
  if (const auto* error = std::get_if<std::string>(&parsed)) return "error: " + *error;
  return to_string(std::get<Expression>(parsed));
}

// The value over the inputs {{10, 20, 30}, {7, 8}}.
std::int64_t value(std::string_view text) {
  const auto parsed = Expression::parse(text);
  const auto* expression = std::get_if<Expression>(&parsed);
  if (!expression) return std::numeric_limits<std::int64_t>::min();
  const std::vector<std::vector<std::int64_t>> inputs{{10, 20, 30}, {7, 8}};
  std::vector<std::int64_t> values;
  for (const Expression::Node& node : expression->nodes()) {
    const auto at = [&](int i) { return values[static_cast<std::size_t>(i)]; };
    switch (node.op) {
      case Expression::Op::constant:
        values.push_back(node.value);
        break;
      case Expression::Op::axis: {
        const auto& sizes = inputs[static_cast<std::size_t>(node.input)];
        const auto axis = node.value < 0 ? node.value + static_cast<std::int64_t>(sizes.size()) : node.value;
        values.push_back(sizes[static_cast<std::size_t>(axis)]);
        break;
      }
      case Expression::Op::add:
        values.push_back(at(node.left) + at(node.right));
        break;
      case Expression::Op::subtract:
        values.push_back(at(node.left) - at(node.right));
        break;
      case Expression::Op::multiply:
        values.push_back(at(node.left) * at(node.right));
        break;
      case Expression::Op::floor_divide:
        values.push_back(at(node.left) / at(node.right));
        break;
    }
  }
  return values.back();
}

TEST(Expression, BindsAsArithmeticDoes) {
  EXPECT_EQ(value("2+3*4"), 14);
  EXPECT_EQ(value("(2+3)*4"), 20);
  EXPECT_EQ(value("20-5-3"), 12);
  EXPECT_EQ(value("100//7//2"), 7);
  EXPECT_EQ(value("100//(7//2)"), 33);
  EXPECT_EQ(value("-3+5"), 2);
  EXPECT_EQ(value("--3"), 3);
  EXPECT_EQ(value("4*-2"), -8);
  EXPECT_EQ(value("-(2+3)"), -5);
}

TEST(Expression, ReadsTheAxesOfEveryInput) {
  EXPECT_EQ(value("in[2]*4"), 120);
  EXPECT_EQ(value("in[2]//8"), 3);
  EXPECT_EQ(value("(in[2] + 3)//2"), 16);
  EXPECT_EQ(value("size(0)"), 10);
  EXPECT_EQ(value("in[-1]"), 30);
  EXPECT_EQ(value("in[1][0] + in[0][1]"), 27);
  EXPECT_EQ(value(" in [ 1 ] [ -1 ] "), 8);
}

TEST(Expression, AConstantIsAConstant) {
  const auto parsed = Expression::parse(" -1 ");
  ASSERT_TRUE(std::holds_alternative<Expression>(parsed));
  EXPECT_TRUE(std::get<Expression>(parsed).is_constant());
  EXPECT_EQ(std::get<Expression>(parsed).constant(), -1);
  EXPECT_FALSE(std::get<Expression>(Expression::parse("in[0]")).is_constant());
}

TEST(Expression, IsWrittenAsItIsRead) {
  for (const char* text :
       {"(in[2] + 3)//2", "in[1][0]*4 - 1", "1 - (2 - 3)", "in[0]//(2*3)", "2*(-3)", "0 - in[1]"})
    EXPECT_EQ(read(text), text);
}

TEST(Expression, SaysWhatIsWrong) {
  EXPECT_EQ(read(""), "error: expected a number, `in[axis]` or `(`, found the end");
  EXPECT_EQ(read("in[0]*"), "error: expected a number, `in[axis]` or `(`, found the end");
  EXPECT_EQ(read("in[0]/2"), "error: sizes are divided with `//`, which rounds down");
  EXPECT_EQ(read("in[0]//0"), "error: division by 0");
  EXPECT_EQ(read("(1"), "error: expected `)`, found the end");
  EXPECT_EQ(read("1 2"), "error: unexpected `2`");
  EXPECT_EQ(read("in"), "error: expected `[`, found the end");
  EXPECT_EQ(read("in[x]"), "error: expected a number, found `x]`");
  EXPECT_EQ(read("in[99]"), "error: no axis 99");
  EXPECT_EQ(read("in[-1][0]"), "error: no input -1");
  EXPECT_EQ(read("99999999999999999999"), "error: the number `99999999999999999999` is too large");
}

TEST(Expression, DepthAndLengthAreBounded) {
  EXPECT_EQ(read(std::string(40, '(') + "1" + std::string(40, ')')), "error: nested deeper than 32 levels");
  EXPECT_EQ(read(std::string(1000, '1')), "error: an expression holds at most 256 characters");
  EXPECT_EQ(value(std::string(250, '-') + "1"), 1);
}

}  // namespace
}  // namespace shapedbg
