// Calls of torch that become several layers, or layers with tensors beside them: what they return is the size
// that torch returns, at the recorded size and at another.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "import/recorded.h"
#include "infer/infer.h"
#include "rules/element_types.h"

namespace shapedbg {
namespace {

using namespace recorded;

struct Einsum {
  const char* equation;
  std::size_t products;  // MatMul layers
};

class Equations : public testing::TestWithParam<Einsum> {};

// The size of each letter, in the recorded run and in another.
Shape sizes(const std::string& letters, std::int64_t add) {
  Shape shape;
  for (const char letter : letters) shape.push_back(letter - 'a' + 2 + add * (letter % 3));
  return shape;
}

TEST_P(Equations, ReturnsTheSizesOfItsLetters) {
  const std::string equation = GetParam().equation;
  const std::size_t arrow = equation.find("->");
  const std::size_t comma = equation.find(',');
  std::vector<std::string> operands{equation.substr(0, std::min(comma, arrow))};
  if (comma != std::string::npos) operands.push_back(equation.substr(comma + 1, arrow - comma - 1));
  const std::string result = equation.substr(arrow + 2);
  std::string lines;
  std::string arguments = "\"" + equation + "\"";
  for (std::size_t i = 0; i < operands.size(); ++i) {
    lines += tensor(static_cast<int>(i), "input", sizes(operands[i], 0));
    arguments += R"(, {"t": )" + std::to_string(i) + "}";
  }
  lines += call("torch.functional.einsum", arguments, made(9, sizes(result, 0)));
  const Read one = read(run(1, lines, 9));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("MatMul"), GetParam().products) << one.text;
  for (const std::int64_t add : {0, 3}) {
    std::vector<Shape> inputs;
    for (const std::string& operand : operands) inputs.push_back(sizes(operand, add));
    EXPECT_EQ(one.returned(inputs), sizes(result, add)) << one.text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Einsum, Equations,
    testing::Values(Einsum{"bhid,bhjd->bhij", 1}, Einsum{"bhij,bhjd->bhid", 1}, Einsum{"bhdn,bhen->bhde", 1},
                    Einsum{"bchw,dc->bdhw", 1}, Einsum{"bd,bde->be", 1}, Einsum{"bhwc,bhwkc->bhwk", 1},
                    Einsum{"i,j->ij", 0}, Einsum{"bnc,bc->bnc", 0}, Einsum{"bchw,bdhw->bcd", 1},
                    Einsum{"bhi,bhj->hij", 1}, Einsum{"bijk,jk->bi", 1}, Einsum{"bchw->bhwc", 0},
                    Einsum{"bchw->bc", 0}, Einsum{"bxhd,byhd->bhxy", 1}, Einsum{"bij,bjk->bk", 1}));

TEST(Einsum, DotsStandForTheAxesThatAreNotNamed) {
  const std::string lines =
      tensor(0, "input", {2, 3, 4, 5}) + tensor(1, "parameter", {6, 5}) +
      call("torch.functional.einsum", R"("...d,ed->...e", {"t": 0}, {"t": 1})", made(2, {2, 3, 4, 6}));
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{7, 8, 9, 5}}), (Shape{7, 8, 9, 6})) << one.text;
}

TEST(Einsum, ThreeOperandsStateTheirSizes) {
  const std::string lines =
      tensor(0, "input", {2, 3}) + tensor(1, "input", {3, 4}) + tensor(2, "input", {4, 5}) +
      call("torch.functional.einsum", R"("ab,bc,cd->ad", {"t": 0}, {"t": 1}, {"t": 2})", made(3, {2, 5}));
  const Read one = read(run(1, lines, 3));
  EXPECT_EQ(one.custom, 1u);
  EXPECT_EQ(one.returned({{7, 3}, {3, 4}, {4, 9}}), (Shape{7, 9})) << one.text;
}

TEST(Aten, AClassTokenIsAParameterOfEveryBatch) {
  const auto lines = [](std::int64_t batch) {
    return tensor(0, "input", {batch, 4, 8}) + tensor(1, "constant", {batch, 1, 8}) +
           call("torch.cat", R"([{"t": 1}, {"t": 0}], 1)", made(2, {batch, 5, 8}));
  };
  const Read one = read(run(1, lines(1), 2) + run(2, lines(3), 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 9, 8}}), (Shape{5, 10, 8})) << one.text;
}

// Where they do not meet, the layer that fails is one of arithmetic, which every rule and repair knows.
TEST(Aten, LossesAreTheStepsInWhichTheirTensorsMeet) {
  const auto one_call = [](const std::string& loss, const std::string& more, const Shape& out) {
    return read(run(1,
                    tensor(0, "input", {2, 3, 8}) + tensor(1, "constant", {2, 3, 8}) +
                        call("torch.nn.functional." + loss, R"({"t": 0}, {"t": 1})" + more, made(2, out)),
                    2));
  };
  for (const char* loss : {"mse_loss", "l1_loss"}) {
    const Read mean = one_call(loss, "", {});
    EXPECT_EQ(mean.custom, 0u) << mean.text;
    EXPECT_EQ(mean.count("Sub"), 1u) << mean.text;
    EXPECT_EQ(mean.count("Mean"), 1u) << mean.text;
    EXPECT_EQ(mean.returned({{2, 3, 8}}), Shape{}) << mean.text;
  }
  const Read none = one_call("mse_loss", R"(, null, null, "none")", {2, 3, 8});
  EXPECT_EQ(none.returned({{2, 3, 8}}), (Shape{2, 3, 8})) << none.text;
  for (const char* loss : {"binary_cross_entropy", "binary_cross_entropy_with_logits"}) {
    const Read weighed = one_call(loss, "", {});
    EXPECT_EQ(weighed.count("Mul"), 1u) << weighed.text;
    EXPECT_EQ(weighed.returned({{2, 3, 8}}), Shape{}) << weighed.text;
  }
  for (const char* loss : {"smooth_l1_loss", "huber_loss"})
    EXPECT_EQ(one_call(loss, "", {}).count("Sub"), 1u) << loss;
}

// Python refuses two; a recording that has them is read to its end, and the call stays as it is.
TEST(Aten, AnIndexHasOneEllipsis) {
  const auto indexed = [](const std::string& index) {
    return read(run(1,
                    tensor(0, "input", {2, 3, 4, 5}) +
                        call("torch.Tensor.__getitem__", R"({"t": 0}, )" + index, made(1, {2, 3, 4})),
                    1));
  };
  const Read one = indexed(R"([{"other": "..."}, 0])");
  const Read two = indexed(R"([{"other": "..."}, {"other": "..."}, {"slice": [null, 2, null]}])");
  EXPECT_EQ(two.custom, 1u) << two.text;
  EXPECT_EQ(one.custom, 0u) << one.text;
}

TEST(Aten, DistancesAreTheStepsInWhichTheirFeaturesMeet) {
  const auto one_call = [](const std::string& call_of, const Shape& a, const Shape& b, const Shape& out) {
    return read(run(
        1,
        tensor(0, "input", a) + tensor(1, "input", b) + call(call_of, R"({"t": 0}, {"t": 1})", made(2, out)),
        2));
  };
  // Vectors and the codes of a book.
  const Read pairs = one_call("torch.functional.cdist", {64, 16}, {512, 16}, {64, 512});
  EXPECT_EQ(pairs.custom, 0u) << pairs.text;
  EXPECT_EQ(pairs.returned({{7, 16}, {5, 16}}), (Shape{7, 5})) << pairs.text;
  EXPECT_EQ(infer(pairs.spec, {{7, 16}, {5, 8}}).layers.back().refusals.size(), 1u) << pairs.text;
  const Read cosine = one_call("torch.cosine_similarity", {4, 16}, {4, 16}, {4});
  EXPECT_EQ(cosine.returned({{9, 16}, {9, 16}}), (Shape{9})) << cosine.text;
  const Read pairwise = one_call("torch.pairwise_distance", {4, 3, 16}, {4, 3, 16}, {4, 3});
  EXPECT_EQ(pairwise.custom, 0u) << pairwise.text;
  EXPECT_EQ(pairwise.returned({{9, 3, 16}, {9, 3, 16}}), (Shape{9, 3})) << pairwise.text;
}

TEST(Aten, ALossThatRefusesWhatBroadcastsStaysOne) {
  const Read one = read(run(
      1,
      tensor(0, "input", {2, 1}) + tensor(1, "constant", {2, 8}) +
          R"({"call": "torch.nn.functional.binary_cross_entropy", "args": [{"t": 0}, {"t": 1}], "out": [)" +
          made(2, {}) + R"(], "raised": "ValueError: Using a target size that is different"})" + "\n",
      2));
  EXPECT_EQ(one.count("Mul"), 0u) << one.text;
  EXPECT_NE(one.text.find("raises: ValueError"), std::string::npos) << one.text;
}

// What torch refuses and the layer of that name takes: other numbers of matrices, a sum that is written into
// the smaller tensor, more places than there are, a size that does not spread.
TEST(Aten, ACallThatWasRefusedIsNoLayerThatRuns) {
  const auto refused = [](const std::string& op, const std::string& arguments, const Shape& first,
                          const Shape& second, const Shape& out, const std::string& why) {
    const Read one = read(run(1,
                              tensor(0, "input", first) + tensor(1, "constant", second) + R"({"call": ")" +
                                  op + R"(", "args": [)" + arguments + R"(], "out": [)" + made(2, out) +
                                  R"(], "raised": "RuntimeError: )" + why + R"(", "assumed": true})" + "\n",
                              2));
    EXPECT_NE(one.text.find("raises: RuntimeError"), std::string::npos) << one.text;
  };
  const std::string two = R"({"t": 0}, {"t": 1})";
  refused("torch.bmm", two, {2, 3, 4}, {1, 4, 5}, {2, 3, 5}, "Expected size for first two dimensions");
  refused("torch.mm", two, {2, 3, 4}, {4, 5}, {2, 3, 5}, "self must be a matrix");
  refused("torch.Tensor.add_", two, {1, 4}, {3, 4}, {3, 4}, "doesn't match the broadcast shape [3, 4]");
  refused("torch.Tensor.expand", R"({"t": 0}, 2, 5, 4)", {2, 3, 4}, {1}, {2, 3, 4}, "The expanded size");
  refused("torch.narrow", R"({"t": 0}, 1, 2, 3)", {1, 3}, {1}, {1, 1}, "start (2) + length (3)");
  refused("torch.conv1d", R"({"t": 0}, {"t": 1}, {"t": 1})", {1, 3, 8}, {4, 3, 3}, {1, 4, 6},
          "Given weight of size [4, 3, 3], expected bias to be 1-dimensional with 4 elements");
  refused("torch.addmm", R"({"t": 1}, {"t": 0}, {"t": 1})", {2, 4}, {3}, {2, 5}, "The expanded size");
}

// Scores as diffusion models make them: what is added is of no matter.
TEST(Aten, AProductThatIsAddedAndScaledIsWhatItIs) {
  const std::string matrices =
      tensor(0, "input", {2, 3, 4}) + tensor(1, "parameter", {2, 4, 5}) + tensor(2, "constant", {2, 3, 5});
  const auto scores = [&](const std::string& named) {
    return read(run(1,
                    matrices +
                        R"({"call": "torch.baddbmm", "args": [{"t": 2}, {"t": 0}, {"t": 1}], "kwargs": {)" +
                        named + R"(}, "out": [)" + made(3, {2, 3, 5}) + "]}\n",
                    3));
  };
  const Read one = scores(R"("beta": 0, "alpha": 0.5)");
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("MatMul"), 1u) << one.text;
  EXPECT_EQ(one.count("Mul"), 1u) << one.text;
  EXPECT_EQ(one.count("Add"), 0u) << one.text;
  const Read added = scores("");
  EXPECT_EQ(added.count("Add"), 1u) << added.text;
  EXPECT_EQ(added.returned({{2, 3, 4}}), (Shape{2, 3, 5})) << added.text;
}

// CLIP's pool: the last Linear has another width, which the module has not.
TEST(Aten, AttentionWithALastLinearOfAnotherWidthReturnsThat) {
  std::string tensors = tensor(0, "input", {10, 2, 8});
  for (int i = 1; i <= 3; ++i) tensors += tensor(i, "parameter", {8, 8});
  tensors += tensor(4, "parameter", {24}) + tensor(5, "parameter", {3, 8}) + tensor(6, "parameter", {3});
  const Read one = read(
      run(1,
          tensors +
              call("torch.nn.functional.multi_head_attention_forward",
                   R"({"t": 0}, {"t": 0}, {"t": 0}, 8, 2, null, {"t": 4}, null, null, false, 0.0, {"t": 5}, )"
                   R"({"t": 6}, true, null, false, null, true, {"t": 1}, {"t": 2}, {"t": 3})",
                   made(7, {10, 2, 3})),
          7));
  EXPECT_EQ(one.returned({{10, 2, 8}}), (Shape{10, 2, 3})) << one.text;
}

// x.unflatten(2, (h, w)) with sizes of another tensor follows them.
TEST(Aten, AnUnflattenOfSizesThatATensorHasFollowsThem) {
  const Read one = read(
      run(1,
          tensor(0, "input", {2, 3, 4, 4}) + call("torch.flatten", R"({"t": 0}, 2)", made(1, {2, 3, 16})) +
              call("torch.Tensor.unflatten",
                   R"({"t": 1}, 2, [{"s": 4, "of": ["axis", 0, 2]}, {"s": 4, "of": ["axis", 0, 3]}])",
                   made(2, {2, 3, 4, 4})),
          2));
  EXPECT_EQ(one.returned({{1, 3, 5, 7}}), (Shape{1, 3, 5, 7})) << one.text;
}

// Behind a call that raised its input has a number of axes that was assumed: the numbers stay.
TEST(Aten, AnUnflattenOfAnAssumedTensorStaysOne) {
  const Read one = read(
      run(1,
          tensor(0, "input", {2, 4, 3, 8, 8}) + call("torch.relu", R"({"t": 0})", made(1, {1, 3, 8, 8})) +
              R"({"call": "torch.Tensor.unflatten", "args": [{"t": 1}, 0, [{"s": 2, "of": ["axis", 0, 0]}, )"
              R"({"s": 4, "of": ["axis", 0, 1]}]], "raised": "RuntimeError: no", "assumed": true, "out": [)" +
              made(2, {1, 3, 8, 8}) + "]}\n",
          2));
  EXPECT_EQ(one.count("Unflatten"), 1u) << one.text;
  EXPECT_EQ(one.custom, 0u) << one.text;
}

// F.pad of token numbers by a computed size makes token numbers.
TEST(Aten, ACustomOfAComputedPadReturnsTheIntegersThatItWasGiven) {
  const Read one = read(run(
      1,
      tensor(0, "input", {1, 9, 4}) + tensor(1, "input", {1, 6}, "int64") +
          R"({"call": "torch.nn.functional.pad", "args": [{"t": 1}, [0, {"s": 3, "of": ["-", ["axis", 0, 1], )"
          R"(["axis", 1, 1]]}]], "out": [{"t": 2, "shape": [1, 9], "dtype": "int64"}]})"
          "\n",
      2));
  EXPECT_NE(one.text.find(R"("dtype": "int64")"), std::string::npos) << one.text;
}

TEST(Aten, AttentionOfLearnedQueriesIsOneLayer) {
  const Read one = read(run(
      1,
      tensor(0, "input", {10, 2, 8}) + tensor(1, "parameter", {4, 2, 8}) + tensor(2, "parameter", {24, 8}) +
          tensor(3, "parameter", {24}) + tensor(4, "parameter", {8, 8}) + tensor(5, "parameter", {8}) +
          call("torch.nn.functional.multi_head_attention_forward",
               R"({"t": 1}, {"t": 0}, {"t": 0}, 8, 2, {"t": 2}, {"t": 3}, null, null, false, )"
               R"(0.0, {"t": 4}, {"t": 5}, true, null, false)",
               made(6, {4, 2, 8})),
      6));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("MultiheadAttention"), 1u) << one.text;
  EXPECT_EQ(one.returned({{12, 2, 8}}), (Shape{4, 2, 8})) << one.text;
}

// The module turns what it takes and returns, as its author asked for by batch_first: one layer. A step of
// forward that turns the same axes is the author's own.
TEST(Aten, AttentionThatTurnsItsTensorsIsBatchFirst) {
  const auto inside = [](std::string line) {
    const std::string_view module =
        R"(, "module": "attn", "class": "torch.nn.modules.activation.MultiheadAttention"})";
    return line.replace(line.rfind('}'), 1, module);
  };
  const std::string weights = tensor(2, "parameter", {24, 8}) + tensor(3, "parameter", {24}) +
                              tensor(4, "parameter", {8, 8}) + tensor(5, "parameter", {8});
  const std::string attention =
      call("torch.nn.functional.multi_head_attention_forward",
           R"({"t": 1}, {"t": 1}, {"t": 1}, 8, 2, {"t": 2}, {"t": 3}, null, null, false, )"
           R"(0.0, {"t": 4}, {"t": 5}, true, null, false)",
           made(6, {10, 2, 8}));
  const std::string turned = call("torch.Tensor.transpose", R"({"t": 0}, 1, 0)", made(1, {10, 2, 8}));
  const std::string back = call("torch.Tensor.transpose", R"({"t": 6}, 1, 0)", made(7, {2, 10, 8}));
  const std::string lines = tensor(0, "input", {2, 10, 8}) + weights;
  const Read one = read(run(1, lines + inside(turned) + inside(attention) + inside(back), 7));
  ASSERT_EQ(one.spec.layers.size(), 1u) << one.text;
  EXPECT_TRUE(one.spec.layers[0].flag(Opt::batch_first)) << one.text;
  EXPECT_EQ(one.returned({{3, 12, 8}}), (Shape{3, 12, 8})) << one.text;
  const Read own = read(run(1, lines + turned + inside(attention) + inside(back), 7));
  EXPECT_EQ(own.count("Transpose"), 2u) << own.text;
}

// F.interpolate(y, (w, h)) of a skip's sizes in the other order is not as large as the skip.
TEST(Aten, SizesInAnotherOrderAreNotThoseOfTheTensor) {
  const auto resized = [](const std::string& first, const std::string& second, const Shape& out) {
    return read(
        run(1,
            tensor(0, "input", {1, 4, 9, 12}) +
                call("torch.nn.functional.max_pool2d", R"({"t": 0}, 2)", made(1, {1, 4, 4, 6})) +
                call("torch.nn.functional.interpolate",
                     R"({"t": 1}, [)" + first + ", " + second + R"(], null, "nearest")", made(2, out)),
            2));
  };
  const std::string height = R"({"s": 9, "of": ["axis", 0, 2]})";
  const std::string width = R"({"s": 12, "of": ["axis", 0, 3]})";
  const Read right = resized(height, width, {1, 4, 9, 12});
  EXPECT_TRUE(right.spec.layers.back().has(Opt::size_like)) << right.text;
  const Read turned = resized(width, height, {1, 4, 12, 9});
  EXPECT_FALSE(turned.spec.layers.back().has(Opt::size_like)) << turned.text;
  EXPECT_EQ(turned.returned({{1, 4, 9, 12}}), (Shape{1, 4, 12, 9})) << turned.text;
}

TEST(Aten, NormalizeAndNormAreLayers) {
  const std::string lines =
      tensor(0, "input", {2, 3, 4}) +
      call("torch.nn.functional.normalize", R"({"t": 0}, 2.0, -1)", made(1, {2, 3, 4})) +
      call("torch.functional.norm", R"({"t": 1}, 2, 1, true)", made(2, {2, 1, 4})) +
      call("torch.linalg.vector_norm", R"({"t": 2}, 1, -1)", made(3, {2, 1}));
  const Read one = read(run(1, lines, 3));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 6, 7}}), (Shape{5, 1})) << one.text;
}

TEST(Aten, MaxAlongAnAxisReturnsValuesAndPlaces) {
  const std::string lines =
      tensor(0, "input", {2, 3, 4}) +
      call("torch.max", R"({"t": 0}, 1)", made(1, {2, 4}) + ", " + made(2, {2, 4}, "int64")) +
      call("torch.nn.functional.embedding", R"({"t": 2}, {"t": 3})", made(4, {2, 4, 8})) +
      call("torch.mul", R"({"t": 4}, 2.0)", made(5, {2, 4, 8}));
  const Read one = read(run(1, tensor(3, "parameter", {3, 8}) + lines, 5));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("ArgMax"), 1u) << one.text;
  EXPECT_EQ(one.returned({{5, 6, 7}}), (Shape{5, 7, 8})) << one.text;
}

TEST(Aten, AReshapeByTheNetworksInputTakesItsSizes) {
  const auto lines = [](std::int64_t height, std::int64_t width) {
    return tensor(0, "input", {1, 3, height, width}) +
           call("torch.Tensor.reshape", R"({"t": 0}, 1, 3, -1)", made(1, {1, 3, height * width})) +
           call("torch.Tensor.reshape",
                R"({"t": 1}, 1, 3, {"s": )" + std::to_string(height) + R"(, "of": ["axis", 0, 2]}, {"s": )" +
                    std::to_string(width) + R"(, "of": ["axis", 0, 3]})",
                made(2, {1, 3, height, width}));
  };
  const Read one = read(run(1, lines(4, 6), 2) + run(2, lines(8, 5), 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{1, 3, 7, 11}}), (Shape{1, 3, 7, 11})) << one.text;
}

// "{"s": 3, "of": …}" for F.pad.
std::string computed(std::int64_t value, const std::string& formula) {
  return R"({"s": )" + std::to_string(value) + R"(, "of": )" + formula + "}";
}

TEST(Aten, APadThatWasZeroIsStillAPadToAMultiple) {
  const std::string formula = R"(["%", ["-", 8, ["%", ["axis", 0, 2], 8]], 8])";
  const std::string lines =
      tensor(0, "input", {1, 3, 16, 5}) +
      call("torch.nn.functional.pad", R"({"t": 0}, [0, 0, 0, )" + computed(0, formula) + R"(], "reflect")",
           made(1, {1, 3, 16, 5}));
  const Read one = read(run(1, lines, 1));
  EXPECT_EQ(one.count("PadToMultiple"), 1u) << one.text;
  EXPECT_EQ(one.returned({{2, 3, 19, 7}}), (Shape{2, 3, 24, 7})) << one.text;
}

TEST(Aten, WindowsOfAMapWhoseChannelsComeLastArePaddedAndCutBack) {
  const auto missing = [](int axis) {
    return R"(["%", ["-", 4, ["%", ["axis", 1, )" + std::to_string(axis) + R"(], 4]], 4])";
  };
  const std::string height = computed(8, R"(["axis", 1, 1])");
  const std::string width = computed(12, R"(["axis", 1, 2])");
  const std::string lines =
      tensor(0, "input", {1, 8, 12, 3}) + call("torch.relu", R"({"t": 0})", made(1, {1, 8, 12, 3})) +
      call("torch.nn.functional.pad",
           R"({"t": 1}, [0, 0, 0, )" + computed(0, missing(2)) + ", 0, " + computed(0, missing(1)) + "]",
           made(2, {1, 8, 12, 3})) +
      call("torch.sigmoid", R"({"t": 2})", made(3, {1, 8, 12, 3})) +
      call("torch.Tensor.__getitem__",
           R"({"t": 3}, [{"slice": [null, null, null]}, {"slice": [null, )" + height +
               R"(, null]}, {"slice": [null, )" + width + R"(, null]}])",
           made(4, {1, 8, 12, 3}));
  const Read one = read(run(1, lines, 4));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("PadToMultiple"), 1u) << one.text;
  const Trace trace = infer(one.spec, {{2, 9, 14, 3}});
  EXPECT_EQ(trace.layers.back().outputs[0], (Shape{2, 9, 14, 3})) << one.text;
  const auto padded = one.spec.find("sigmoid");
  ASSERT_TRUE(padded) << one.text;
  EXPECT_EQ(trace.layers[*padded].outputs[0], (Shape{2, 12, 16, 3})) << one.text;
}

TEST(Aten, APadToASkipIsOneAlsoWhereNothingWasMissing) {
  const std::string half = R"(["//", ["-", ["axis", 0, 2], ["axis", 1, 2]], 2])";
  const std::string rest = R"(["-", ["-", ["axis", 0, 2], ["axis", 1, 2]], )" + half + "]";
  const std::string lines =
      tensor(0, "input", {1, 3, 16}) + tensor(1, "input", {1, 3, 16}) +
      call("torch.nn.functional.pad", R"({"t": 1}, [)" + computed(0, half) + ", " + computed(0, rest) + "]",
           made(2, {1, 3, 16}));
  const Read one = read(run(1, lines, 2));
  EXPECT_NE(one.text.find(R"("size_like": "t0")"), std::string::npos) << one.text;
  EXPECT_EQ(one.returned({{2, 3, 19}, {2, 3, 12}}), (Shape{2, 3, 19})) << one.text;
}

TEST(Aten, ACutByAMultipleOfASizeIsNoSizeOfThatTensor) {
  const auto lines = [](std::int64_t height) {
    const std::string twice = computed(2 * height, R"(["*", ["axis", 0, 2], 2])");
    const std::string range = R"({"slice": [null, )" + twice + ", null]}";
    const std::string all = R"({"slice": [null, null, null]})";
    return tensor(0, "input", {1, 3, height, height}) + tensor(1, "input", {1, 3, 2 * height, 2 * height}) +
           call("torch.Tensor.__getitem__",
                R"({"t": 1}, [)" + all + ", " + all + ", " + range + ", " + range + "]",
                made(2, {1, 3, 2 * height, 2 * height}));
  };
  const Read one = read(run(1, lines(4), 2) + run(2, lines(6), 2));
  EXPECT_EQ(one.returned({{1, 3, 5, 5}, {1, 3, 16, 16}}), (Shape{1, 3, 10, 10})) << one.text;
}

TEST(Aten, NumbersOnTheLeftAreLayers) {
  const std::string lines =
      tensor(0, "input", {2, 3}) + tensor(1, "constant", {3}) +
      call("torch.Tensor.__rsub__", R"({"t": 0}, 1)", made(2, {2, 3})) +
      call("torch.Tensor.__rtruediv__", R"({"t": 2}, 2.5)", made(3, {2, 3})) +
      call("torch.max", R"({"t": 3}, {"t": 1})", made(4, {2, 3})) +
      call("torch.tensor_split", R"({"t": 4}, [1], 1)", made(5, {2, 1}) + ", " + made(6, {2, 2})) +
      call("torch.add", R"({"t": 5}, {"t": 6})", made(7, {2, 2}));
  const Read one = read(run(1, lines, 7));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 3}}), (Shape{5, 2})) << one.text;
}

TEST(Aten, NoiseOfTheSizesOfATensorFollowsIt) {
  const std::string lines = tensor(0, "input", {2, 3}) + R"({"tensor": 1, "role": "constant", "shape": [)" +
                            computed(2, R"(["axis", 0, 0])") + ", " + computed(3, R"(["axis", 0, 1])") +
                            R"(], "dtype": "float32"})" + "\n" +
                            call("torch.Tensor.mul", R"({"t": 1}, {"t": 0})", made(2, {2, 3}));
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 7}}), (Shape{5, 7})) << one.text;
}

// What the pool took need not be what the unpool takes.
TEST(Aten, AnUnpoolMayTakeFewerAxesThanItsPool) {
  const std::string lines =
      tensor(0, "input", {1, 4, 4, 4}) +
      call("torch.nn.functional.max_pool3d_with_indices", R"({"t": 0}, 2)",
           made(2, {1, 2, 2, 2}) + ", " + made(3, {1, 2, 2, 2})) +
      call("torch.sum", R"({"t": 0}, [1, 2, 3])", made(4, {1})) +
      call("torch.nn.functional.max_unpool3d", R"({"t": 4}, {"t": 3}, [2])", made(5, {1}));
  const Read one = read(run(1, lines, 5));
  EXPECT_EQ(one.custom, 1u) << one.text;
}

// A recording is a file: what a call returned may have any number of axes, or be no tensor.
TEST(Aten, WhatACallReturnedMayHaveAnyShape) {
  const std::pair<const char*, const char*> calls[] = {
      {"torch.nn.functional.interpolate", R"({"t": 0}, null, 2.0)"},
      {"torch.nn.functional.interpolate", R"({"t": 0}, [8, 8])"},
      {"torch.nn.functional.pad", R"({"t": 0}, [1, 1])"},
      {"torch.nn.functional.max_pool2d", R"({"t": 0}, 2)"},
      {"torch.conv2d", R"({"t": 0}, {"t": 1})"},
      {"torch.conv_transpose2d", R"({"t": 0}, {"t": 1})"},
      {"torch.Tensor.__getitem__", R"({"t": 0}, [{"other": "..."}, {"slice": [null, 3, null]}])"},
      {"torch.Tensor.expand", R"({"t": 0}, 2, 4, 4, 4)"},
      {"torch.Tensor.reshape", R"({"t": 0}, 1, -1)"},
      {"torch.tensor_split", R"({"t": 0}, [1], 1)"},
      {"torch.split", R"({"t": 0}, 9223372036854775807, 1)"},
      {"torch.max", R"({"t": 0}, 1)"},
      {"torch.argsort", R"({"t": 0}, 1)"},
      {"torch.sum", R"({"t": 0}, 1)"}};
  for (const auto& [op, arguments] : calls)
    for (const std::string& out : {made(2, {}), made(2, {1}), made(2, {1, 4, 8, 8, 1, 1}),
                                   "null, " + made(2, {1}), made(2, {1}) + ", null"}) {
      SCOPED_TRACE(std::string(op) + " " + out);
      const std::string lines =
          tensor(0, "input", {1, 4, 4, 4}) + tensor(1, "parameter", {4, 4, 1, 1}) + call(op, arguments, out);
      const calls::Recorded recorded = calls::read_calls(run(1, lines, 2));
      ASSERT_EQ(recorded.error, "");
      const Imported imported = aten::imported(aten::map_program(recorded.runs.at(0)));
      EXPECT_TRUE(imported.usable() || !imported.findings.empty());
    }
}

TEST(Aten, ABatchOfOneIsTheBatch) {
  const auto lines = [](std::int64_t tokens) {
    return tensor(0, "input", {1, tokens, 12}) +
           call("torch.Tensor.view", R"({"t": 0}, -1, 12)", made(1, {tokens, 12})) +
           call("torch.addmm", R"({"t": 9}, {"t": 1}, {"t": 8})", made(2, {tokens, 24})) +
           call("torch.Tensor.view",
                R"({"t": 2}, {"s": 1, "of": ["axis", 0, 0]}, {"s": )" + std::to_string(tokens) +
                    R"(, "of": ["axis", 0, 1]}, 24)",
                made(3, {1, tokens, 24}));
  };
  const std::string weights = tensor(8, "parameter", {12, 24}) + tensor(9, "parameter", {24});
  const Read one = read(run(1, weights + lines(7), 3) + run(2, weights + lines(11), 3));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{3, 5, 12}}), (Shape{3, 5, 24})) << one.text;
}

TEST(Aten, AnEmptyCacheIsNoInputOfACat) {
  const std::string lines = tensor(0, "input", {2, 4, 5, 8}) + tensor(1, "constant", {0}) +
                            call("torch.cat", R"([{"t": 1}, {"t": 0}], -2)", made(2, {2, 4, 5, 8})) +
                            call("torch.mul", R"({"t": 2}, 2.0)", made(3, {2, 4, 5, 8}));
  const Read one = read(run(1, lines, 3));
  EXPECT_EQ(one.spec.layers.size(), 1u) << one.text;
}

TEST(Aten, HeadsThatServeSeveralQueriesAreRepeated) {
  const std::string lines =
      tensor(0, "input", {2, 8, 5, 4}) + tensor(1, "input", {2, 2, 7, 4}) +
      R"({"call": "torch.nn.functional.scaled_dot_product_attention", "args": [{"t": 0}, {"t": 1}, {"t": 1}], )" +
      R"("kwargs": {"enable_gqa": true}, "out": [)" + made(2, {2, 8, 5, 4}) + "]}\n";
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{3, 8, 6, 4}, {3, 2, 9, 4}}), (Shape{3, 8, 6, 4})) << one.text;
}

TEST(Aten, RepeatsAreLayers) {
  const std::string lines = tensor(0, "input", {2, 3}) +
                            call("torch.Tensor.repeat", R"({"t": 0}, 4, 1, 2)", made(1, {4, 2, 6})) +
                            call("torch.repeat_interleave", R"({"t": 1}, 3, 1)", made(2, {4, 6, 6}));
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 7}}), (Shape{4, 15, 14})) << one.text;
}

TEST(Aten, ATensorThatOnlyGivesSizesLeavesIntegersIntegers) {
  const auto lines = [](std::int64_t tokens) {
    return tensor(0, "input", {1, tokens, 12}) + tensor(8, "parameter", {12, 4}) +
           call("torch.Tensor.view", R"({"t": 0}, -1, 12)", made(1, {tokens, 12})) +
           call("torch.argmax", R"({"t": 1}, -1)", made(2, {tokens}, "int64")) +
           call("torch.Tensor.view",
                R"({"t": 2}, {"s": 1, "of": ["axis", 0, 0]}, {"s": )" + std::to_string(tokens) +
                    R"(, "of": ["axis", 0, 1]})",
                made(3, {1, tokens}, "int64")) +
           call("torch.nn.functional.embedding", R"({"t": 3}, {"t": 8})", made(4, {1, tokens, 4}));
  };
  const Read one = read(run(1, lines(7), 4) + run(2, lines(11), 4));
  EXPECT_FALSE(ElementTypes(one.spec).refusal(one.spec, one.spec.layers.last_id())) << one.text;
  EXPECT_EQ(one.returned({{3, 5, 12}}), (Shape{3, 5, 4})) << one.text;
}

TEST(Aten, IntegersStayIntegersInAStepOfItsOwn) {
  const std::string lines =
      tensor(0, "input", {2, 3}) + call("torch.Tensor.long", R"({"t": 0})", made(1, {2, 3}, "int64")) +
      call("torch.Tensor.long", R"({"t": 1})", made(2, {2, 3}, "int64")) +
      call("torch.nn.functional.embedding", R"({"t": 2}, {"t": 3})", made(4, {2, 3, 8}));
  const Read one = read(run(1, tensor(3, "parameter", {9, 8}) + lines, 4));
  EXPECT_EQ(one.custom, 1u) << one.text;
  EXPECT_NE(one.text.find(R"("dtype": "int64")"), std::string::npos) << one.text;
}

TEST(Aten, ACastIsNoUnknownOperator) {
  const std::string lines = R"({"run": 1, "name": "M", "torch": "2.13.0"})"
                            "\n" +
                            tensor(0, "input", {2, 3}, "uint8") +
                            call("torch.Tensor.float", R"({"t": 0})", made(1, {2, 3})) +
                            call("torch.special.never_heard_of", R"({"t": 1})", made(2, {2, 3})) +
                            R"({"output": {"t": 2}})"
                            "\n";
  const calls::Recorded recorded = calls::read_calls(lines);
  const Imported imported = aten::imported(aten::map_program(recorded.runs.at(0)));
  ASSERT_EQ(imported.findings.size(), 1u);
  EXPECT_EQ(imported.findings[0].message, "one layer is kept as Custom: `never_heard_of`");
  EXPECT_EQ(imported.custom, 2u);
  EXPECT_NE(imported.spec().find("cast to float32"), std::string::npos) << imported.spec();
}

TEST(Aten, AChoiceByAMaskIsALayer) {
  const std::string lines =
      tensor(0, "input", {2, 3, 4}) +
      call("torch.Tensor.__gt__", R"({"t": 0}, 0.5)", made(1, {2, 3, 4}, "bool")) +
      call("torch.Tensor.__invert__", R"({"t": 1})", made(2, {2, 3, 4}, "bool")) +
      call("torch.Tensor.masked_fill", R"({"t": 0}, {"t": 2}, {"f": "-inf"})", made(3, {2, 3, 4})) +
      call("torch.where", R"({"t": 1}, {"t": 3}, {"t": 0})", made(4, {2, 3, 4})) +
      call("torch.where", R"({"t": 1}, {"t": 4}, 0.0)", made(5, {2, 3, 4})) +
      call("torch.where", R"({"t": 1}, -1.0, {"t": 5})", made(6, {2, 3, 4}));
  const Read one = read(run(1, lines, 6));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("MaskedFill"), 2u) << one.text;
  EXPECT_EQ(one.count("Where"), 2u) << one.text;
  EXPECT_EQ(one.returned({{5, 6, 7}}), (Shape{5, 6, 7})) << one.text;
}

TEST(Aten, AMaskOfIntegersIsNoTruth) {
  const std::string lines = tensor(0, "input", {2, 3}, "int64") +
                            call("torch.Tensor.__and__", R"({"t": 0}, 7)", made(1, {2, 3}, "int64"));
  EXPECT_EQ(read(run(1, lines, 1)).custom, 1u);
}

TEST(Aten, AGridTellsWhereItIsRead) {
  const std::string lines = tensor(0, "input", {2, 3, 8, 8}) + tensor(1, "input", {2, 5, 6, 2}) +
                            call("torch.nn.functional.grid_sample",
                                 R"({"t": 0}, {"t": 1}, "bilinear", "border", false)", made(2, {2, 3, 5, 6}));
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{1, 4, 9, 9}, {1, 7, 11, 2}}), (Shape{1, 4, 7, 11})) << one.text;
}

TEST(Aten, WhatIsReadByPlacesIsALayer) {
  const std::string lines =
      tensor(0, "input", {2, 9}) +
      call("torch.topk", R"({"t": 0}, 4, -1)", made(1, {2, 4}) + ", " + made(2, {2, 4}, "int64")) +
      call("torch.argsort", R"({"t": 1}, 1)", made(3, {2, 4}, "int64")) +
      call("torch.gather", R"({"t": 0}, 1, {"t": 3})", made(4, {2, 4}));
  const Read one = read(run(1, lines, 4));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 30}}), (Shape{5, 4})) << one.text;
}

TEST(Aten, AFourierTransformAndBack) {
  const std::string lines =
      tensor(0, "input", {2, 3, 8, 10}) +
      call("torch.fft.rfft2", R"({"t": 0})", made(1, {2, 3, 8, 6}, "complex64")) +
      call("torch.view_as_real", R"({"t": 1})", made(2, {2, 3, 8, 6, 2})) +
      call("torch.view_as_complex", R"({"t": 2})", made(3, {2, 3, 8, 6}, "complex64")) +
      R"({"call": "torch.fft.irfft2", "args": [{"t": 3}], "kwargs": {"s": [{"s": 8, "of": ["axis", 0, 2]}, )"
      R"({"s": 10, "of": ["axis", 0, 3]}]}, "out": [)" +
      made(4, {2, 3, 8, 10}) + "]}\n";
  const Read one = read(run(1, lines, 4));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{1, 3, 7, 13}}), (Shape{1, 3, 7, 13})) << one.text;
}

TEST(Aten, ASpectrogramAndBack) {
  const std::string lines =
      tensor(0, "input", {2, 4000}) +
      call("torch.stft", R"({"t": 0}, 256, 64, 256, null, true, "reflect", false, null, true)",
           made(1, {2, 129, 63}, "complex64")) +
      R"({"call": "torch.istft", "args": [{"t": 1}, 256, 64], "kwargs": {"length": {"s": 4000, "of": ["axis", 0, 1]}}, )"
      R"("out": [)" +
      made(2, {2, 4000}) + "]}\n";
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{3, 5001}}), (Shape{3, 5001})) << one.text;
  const Trace trace = infer(one.spec, {{3, 5001}});
  EXPECT_EQ(trace.layers[0].outputs[0], (Shape{3, 129, 79}));
}

TEST(Aten, ALengthAndWhatErfLeavesAreNoCustoms) {
  const std::string lines =
      tensor(0, "input", {2, 3, 4}) +
      call("aten.linalg_vector_norm.default", R"({"t": 0}, 2, [-1], true)", made(1, {2, 3, 1})) +
      call("torch.div", R"({"t": 0}, {"t": 1})", made(2, {2, 3, 4})) +
      call("torch.erfc", R"({"t": 2})", made(3, {2, 3, 4}));
  const Read one = read(run(1, lines, 3));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.count("Norm"), 1u) << one.text;
  EXPECT_EQ(one.count("Erf"), 1u) << one.text;
  EXPECT_EQ(one.returned({{5, 6, 7}}), (Shape{5, 6, 7})) << one.text;
}

TEST(Aten, AReductionOverEverythingIsANumber) {
  const std::string lines = tensor(0, "input", {2, 3, 4}) + call("torch.max", R"({"t": 0})", made(1, {})) +
                            call("torch.div", R"({"t": 0}, {"t": 1})", made(2, {2, 3, 4}));
  const Read one = read(run(1, lines, 2));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{5, 6, 7}}), (Shape{5, 6, 7})) << one.text;
}

TEST(Aten, APadUnderACheckOfTheRemainderIsAPadToAMultiple) {
  const std::string lines =
      tensor(0, "input", {1, 1, 4096}) +
      call("torch.nn.functional.pad",
           R"({"t": 0}, [0, {"s": 2, "of": ["-", 3, ["%", ["axis", 0, 2], 3]]}], "reflect")",
           made(1, {1, 1, 4098}));
  const Read one = read(run(1, lines, 1));
  EXPECT_EQ(one.count("PadToMultiple"), 1u) << one.text;
  EXPECT_EQ(one.returned({{1, 1, 99}}), (Shape{1, 1, 99})) << one.text;
  EXPECT_EQ(one.returned({{1, 1, 100}}), (Shape{1, 1, 102})) << one.text;
}

// Up to a length that strided layers and their transposed ones give back, cut in two; the same in both runs.
TEST(Aten, APadToAValidLengthIsNoNumber) {
  std::string length = R"(["axis", 0, 2])";
  for (int level = 0; level < 3; ++level)
    length = R"(["+", ["ceil", ["/", ["-", )" + length + R"(, 8], 4]], 1])";
  for (int level = 0; level < 3; ++level) length = R"(["+", ["*", ["-", )" + length + R"(, 1], 4], 8])";
  const std::string all = R"(["-", )" + length + R"(, ["axis", 0, 2]])";
  const std::string half = R"(["//", )" + all + ", 2]";
  const std::string rest = R"(["-", )" + all + ", " + half + "]";
  const auto lines = [&](std::int64_t in) {
    return tensor(0, "input", {1, 3, in}) +
           call("torch.nn.functional.pad",
                R"({"t": 0}, [)" + computed(2, half) + ", " + computed(2, rest) + "]",
                made(1, {1, 3, in + 4}));
  };
  const Read one = read(run(1, lines(336), 1) + run(2, lines(400), 1));
  EXPECT_EQ(one.returned({{1, 3, 336}}), (Shape{1, 3, 340})) << one.text;
  EXPECT_EQ(one.returned({{2, 3, 341}}), (Shape{2, 3, 404})) << one.text;
}

TEST(Aten, AnIntegerOfAProductKeepsItsRule) {
  const std::string lines =
      tensor(0, "input", {1, 3, 50}) +
      call(
          "torch.Tensor.__getitem__",
          R"({"t": 0}, [{"other": "..."}, {"slice": [null, {"s": 25, "of": ["trunc", ["*", ["axis", 0, 2], ["/", 1, 2]]]}, null]}])",
          made(1, {1, 3, 25}));
  const Read one = read(run(1, lines, 1));
  EXPECT_EQ(one.returned({{1, 3, 61}}), (Shape{1, 3, 30})) << one.text;
}

TEST(Aten, AMapGivenBackHasTheSizesOfItsTensor) {
  const auto size = [](std::int64_t value, int axis) {
    return R"({"s": )" + std::to_string(value) + R"(, "of": ["axis", 0, )" + std::to_string(axis) + "]}";
  };
  const auto lines = [&](std::int64_t height) {
    return tensor(0, "input", {1, 4, height, 6}) +
           call("torch.flatten", R"({"t": 0}, 2)", made(1, {1, 4, height * 6})) +
           call("torch.Tensor.view",
                R"({"t": 1}, )" + size(1, 0) + ", " + size(4, 1) + ", " + size(height, 2) + ", " + size(6, 3),
                made(2, {1, 4, height, 6}));
  };
  const Read one = read(run(1, lines(5), 2) + run(2, lines(9), 2));
  EXPECT_EQ(one.returned({{2, 4, 7, 11}}), (Shape{2, 4, 7, 11})) << one.text;
}

TEST(Aten, PartsOfSizesThatFollowTheInputAreLayers) {
  const auto lines = [](std::int64_t batch, std::int64_t frames) {
    const auto axis = [](std::int64_t value, int of) {
      return R"({"s": )" + std::to_string(value) + R"(, "of": ["axis", 0, )" + std::to_string(of) + "]}";
    };
    return tensor(0, "input", {batch, 4, frames}) +
           call("torch.cat", R"([{"t": 0}, {"t": 0}], 0)", made(1, {2 * batch, 4, frames})) +
           call("torch.Tensor.split", R"({"t": 1}, )" + axis(batch, 0),
                made(2, {batch, 4, frames}) + ", " + made(3, {batch, 4, frames})) +
           call("torch.Tensor.split",
                R"({"t": 3}, [1, {"s": )" + std::to_string(frames - 1) +
                    R"(, "of": ["-", ["axis", 0, 2], 1]}], 2)",
                made(4, {batch, 4, 1}) + ", " + made(5, {batch, 4, frames - 1}));
  };
  const Read one = read(run(1, lines(1, 8), 5) + run(2, lines(2, 12), 5));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{3, 4, 20}}), (Shape{3, 4, 19})) << one.text;
}

TEST(Aten, WhatIsRepeatedBySizesOfOthersFollowsThem) {
  const auto lines = [](std::int64_t frames) {
    const std::string count = R"({"s": )" + std::to_string(frames) + R"(, "of": ["axis", 0, 1]})";
    return tensor(0, "input", {1, frames, 8}) + tensor(1, "input", {1, 5}) +
           R"({"call": "torch.Tensor.repeat_interleave", "args": [{"t": 1}, )" + count +
           R"(], "kwargs": {"dim": 0}, "out": [)" + made(2, {frames, 5}) + "]}\n" +
           call("torch.Tensor.sum", R"({"t": 2}, 1)", made(3, {frames})) +
           call("torch.outer", R"({"t": 3}, {"t": 9})", made(4, {frames, 7}));
  };
  const std::string table = tensor(9, "constant", {7});
  const Read one = read(run(1, table + lines(4), 4) + run(2, table + lines(6), 4));
  EXPECT_EQ(one.custom, 1u) << one.text;
  EXPECT_EQ(one.returned({{2, 5, 8}, {2, 5}}), (Shape{10, 7})) << one.text;
}

TEST(Aten, ATableOfIntegersMayBeLookedUp) {
  const std::string lines =
      tensor(0, "input", {2, 6}, "int64") + tensor(1, "buffer", {2, 9}, "int64") +
      tensor(8, "parameter", {3, 4}) +
      call("torch.gather", R"({"t": 1}, 1, {"t": 0})", made(2, {2, 6}, "int64")) +
      call("torch.nn.functional.embedding", R"({"t": 2}, {"t": 8})", made(3, {2, 6, 4}));
  const Read one = read(run(1, lines, 3));
  for (std::size_t i = 0; i < one.spec.layers.size(); ++i)
    EXPECT_FALSE(ElementTypes(one.spec).refusal(one.spec, LayerId(i))) << one.text;
}

// The last call's result is read by nobody.
TEST(Aten, WhatAPackageLeavesIsNoLayerAndWhatOnesOwnFileLeavesIsOne) {
  const auto lines = [](const std::string& file, const std::string& more) {
    return tensor(0, "input", {2, 6}) + call("torch.exp", R"({"t": 0})", made(1, {2, 6})) +
           R"({"call": "torch.relu", "args": [{"t": 0}], "out": [)" + made(2, {2, 6}) +
           R"(], "module": "act", "class": "torch.nn.modules.activation.ReLU", "called": ")" + file +
           R"(:3")" + more + "}\n";
  };
  EXPECT_EQ(read(run(1, lines("lib/site-packages/nets/unet.py", ""), 1)).count("ReLU"), 0u);
  EXPECT_EQ(read(run(1, lines("nets/unet.py", ""), 1)).count("ReLU"), 1u);
  EXPECT_EQ(read(run(1, lines("lib/site-packages/nets/unet.py", R"(, "raised": "no", "assumed": true)"), 1))
                .count("ReLU"),
            1u);
}

TEST(Aten, WhatTorchRefusedIsRefusedThoughNoRuleKnowsIt) {
  const auto lines = [](const std::string& raised) {
    return tensor(0, "input", {2, 6}) + R"({"call": "lib.odd", "args": [{"t": 0}], "out": [)" +
           made(1, {2, 6}) + "]" + raised + "}\n" + call("torch.relu", R"({"t": 1})", made(2, {2, 6}));
  };
  const auto refusals = [](const Read& one) { return infer(one.spec).layers.at(0).refusals; };
  EXPECT_TRUE(refusals(read(run(1, lines(""), 2))).empty());
  const Read one = read(run(1, lines(R"(, "raised": "RuntimeError: no", "assumed": true)"), 2));
  ASSERT_EQ(refusals(one).size(), 1u) << one.text;
  EXPECT_EQ(refusals(one)[0].code, Code::L299);
  EXPECT_EQ(refusals(one)[0].message, "`odd` raised when it was recorded: RuntimeError: no");
  EXPECT_EQ(one.returned({{2, 6}}), (Shape{2, 6})) << one.text;
}

TEST(Aten, AViewOfWhatLiesInAnotherOrderIsRefused) {
  const std::string lines =
      tensor(0, "input", {2, 6, 4}) +
      call("torch.Tensor.transpose", R"({"t": 0}, 1, 2)", made(1, {2, 4, 6})) +
      R"({"call": "torch.Tensor.view", "args": [{"t": 1}, 2, 24], "out": [)" + made(2, {2, 24}) +
      R"(], "raised": "RuntimeError: view size is not compatible with input tensor's size and stride", "assumed": true})" +
      "\n";
  const Read one = read(run(1, lines, 2));
  ASSERT_EQ(one.spec.layers.size(), 2u) << one.text;
  EXPECT_EQ(infer(one.spec).layers[1].refusals.size(), 1u) << one.text;
}

TEST(Aten, ASecondSizeIsOneAtWhichTheModelRuns) {
  const auto recorded = [&](int number, std::int64_t length) {
    const Shape shape{1, 3, length};
    return run(number, tensor(0, "input", shape) + call("torch.relu", R"({"t": 0})", made(1, shape)), 1);
  };
  EXPECT_TRUE(read(recorded(1, 30)).spec.runs_at.empty());
  EXPECT_EQ(read(recorded(1, 30) + recorded(2, 32)).spec.runs_at, (std::vector<Shape>{{1, 3, 32}}));
}

TEST(Aten, ARunThatEndedEarlyIsNoNetworkThatRuns) {
  const Read one = read(R"({"run": 1, "name": "M", "torch": "2.13.0"})"
                        "\n" +
                        tensor(0, "input", {2, 6}) + call("torch.relu", R"({"t": 0})", made(1, {2, 6})) +
                        R"({"stopped": "AssertionError: odd size", "at": "unet.py:60"})" + "\n");
  ASSERT_EQ(one.spec.layers.size(), 2u) << one.text;
  EXPECT_EQ(one.custom, 0u);
  const Trace trace = infer(one.spec);
  ASSERT_EQ(trace.layers[1].refusals.size(), 1u) << one.text;
  EXPECT_EQ(trace.layers[1].refusals[0].message,
            "`forward` raised when it was recorded: AssertionError: odd size");
  ASSERT_TRUE(one.spec.layers[1].source);
  EXPECT_EQ(one.spec.layers[1].source->called.text(), "unet.py:60");
}

// Frames of a square video through a 2-D convolution and back, recorded once.
TEST(Aten, HeightAndWidthOfASquareAreToldApartByWhatWasRead) {
  const auto axis = [](int tensor, int at, int value) {
    return R"({"s": )" + std::to_string(value) + R"(, "of": ["axis", )" + std::to_string(tensor) + ", " +
           std::to_string(at) + "]}";
  };
  const std::string frames = R"({"s": 3, "of": ["*", ["axis", 0, 0], ["axis", 0, 2]]})";
  const Read one = read(run(
      1,
      tensor(0, "input", {1, 4, 3, 8, 8}) +
          call("torch.Tensor.permute", R"({"t": 0}, 0, 2, 1, 3, 4)", made(1, {1, 3, 4, 8, 8})) +
          call("torch.Tensor.reshape",
               R"({"t": 1}, )" + frames + ", " + axis(0, 1, 4) + ", " + axis(0, 3, 8) + ", " + axis(0, 4, 8),
               made(2, {3, 4, 8, 8})) +
          call("torch.nn.functional.avg_pool2d", R"({"t": 2}, 2)", made(3, {3, 4, 4, 4})) +
          call("torch.Tensor.reshape",
               R"({"t": 3}, )" + axis(0, 0, 1) + ", " + axis(0, 2, 3) + ", " + axis(3, 1, 4) + ", " +
                   axis(3, 2, 4) + ", " + axis(3, 3, 4),
               made(4, {1, 3, 4, 4, 4})),
      4));
  EXPECT_EQ(one.custom, 0u) << one.text;
  EXPECT_EQ(one.returned({{1, 4, 3, 8, 8}}), (Shape{1, 3, 4, 4, 4})) << one.text;
  EXPECT_EQ(one.returned({{2, 4, 5, 8, 12}}), (Shape{2, 5, 4, 4, 6})) << one.text;
}

// z[..., 2:2 + ceil(t / 4)]: frames from the second on, as many as the recording says.
TEST(Aten, ASliceThatBeginsLaterIsAsLongAsTheProgramComputed) {
  const auto lines = [](std::int64_t length) {
    const std::int64_t frames = (length + 3) / 4;
    const std::string stop =
        R"({"s": )" + std::to_string(2 + frames) + R"(, "of": ["+", 2, ["ceil", ["/", ["axis", 0, 2], 4]]]})";
    return tensor(0, "input", {1, 3, length}) +
           call("torch.nn.functional.pad", R"({"t": 0}, [20, 20])", made(1, {1, 3, length + 40})) +
           call("torch.Tensor.__getitem__",
                R"({"t": 1}, [{"other": "..."}, {"slice": [2, )" + stop + R"(, null]}])",
                made(2, {1, 3, frames}));
  };
  for (const bool twice : {false, true}) {
    const Read one = read(run(1, lines(40), 2) + (twice ? run(2, lines(65), 2) : ""));
    for (const std::int64_t length : {40, 65, 51})
      EXPECT_EQ(one.returned({{2, 3, length}}), (Shape{2, 3, (length + 3) / 4})) << one.text;
  }
}

// What two recordings leave open is guessed from the axis in its place, never from the batch.
TEST(Aten, ACutOfUnknownLengthIsNoMatterOfTheBatch) {
  const auto lines = [](std::int64_t batch, std::int64_t length) {
    return tensor(0, "input", {batch, 1, length}) +
           call("torch.Tensor.unknown", R"({"t": 0})", made(1, {batch, 1, length - 12}));
  };
  const Read one = read(run(1, lines(2, 100), 1) + run(2, lines(4, 160), 1));
  EXPECT_EQ(one.returned({{3, 1, 111}}), (Shape{3, 1, 99})) << one.text;
}

// scores.view(batch // windows, windows, …), with the windows of a mask that the model made for this size.
TEST(Aten, AFormulaThatASecondRecordingContradictsIsNotTaken) {
  const auto lines = [](std::int64_t windows) {
    const std::string batch = R"({"s": 1, "of": ["//", ["axis", 0, 0], )" + std::to_string(windows) + "]}";
    return tensor(0, "input", {windows, 2, 16}) +
           call("torch.Tensor.view", R"({"t": 0}, )" + batch + ", " + std::to_string(windows) + ", 2, 16",
                made(1, {1, windows, 2, 16}));
  };
  const Read one = read(run(1, lines(64), 1) + run(2, lines(192), 1));
  EXPECT_EQ(one.returned({{140, 2, 16}}), (Shape{1, 140, 2, 16})) << one.text;
}

// The low frequencies of a spectrum of zeros: as many zeros as the program made, at every length.
TEST(Aten, WhatIsWrittenIntoZerosHasTheSizesOfTheZeros) {
  const auto lines = [](std::int64_t batch, std::int64_t length) {
    const auto size = [](std::int64_t value, const std::string& of) {
      return R"({"s": )" + std::to_string(value) + R"(, "of": )" + of + "}";
    };
    const std::string half = size(length / 2 + 1, R"(["+", ["//", ["axis", 0, 2], 2], 1])");
    return tensor(0, "input", {batch, 3, length}) +
           call(
               "torch.Tensor.__getitem__",
               R"({"t": 0}, [{"slice": [null, null, null]}, {"slice": [null, null, null]}, {"slice": [null, 4, null]}])",
               made(1, {batch, 3, 4})) +
           R"({"tensor": 2, "role": "constant", "shape": [)" + size(batch, R"(["axis", 0, 0])") + ", 3, " +
           half + R"(], "dtype": "float32"})" + "\n" +
           call("torch.Tensor.__setitem__",
                R"({"t": 2}, [{"other": "..."}, {"slice": [null, 4, null]}], {"t": 1})",
                made(3, {batch, 3, length / 2 + 1}));
  };
  for (const bool twice : {false, true}) {
    const Read one = read(run(1, lines(1, 32), 3) + (twice ? run(2, lines(2, 48), 3) : ""));
    EXPECT_EQ(one.returned({{5, 3, 37}}), (Shape{5, 3, 19})) << one.text;
  }
}

// Overlapping chunks and back: the frames that a fold returns are those that were cut, at every length.
TEST(Aten, AFoldToTheSizeOfAnotherTensorFollowsIt) {
  const auto lines = [](std::int64_t frames) {
    const std::int64_t chunks = (frames + 2 * 10 - 10) / 5 + 1;
    const std::string size = R"({"s": )" + std::to_string(frames) + R"(, "of": ["axis", 0, 2]})";
    return tensor(0, "input", {1, 4, frames}) +
           call("torch.Tensor.unsqueeze", R"({"t": 0}, -1)", made(1, {1, 4, frames, 1})) +
           call("torch.nn.functional.unfold", R"({"t": 1}, [10, 1], 1, [10, 0], [5, 1])",
                made(2, {1, 40, chunks})) +
           call("torch.nn.functional.fold", R"({"t": 2}, [)" + size + R"(, 1], [10, 1], 1, [10, 0], [5, 1])",
                made(3, {1, 4, frames, 1}));
  };
  for (const bool twice : {false, true}) {
    const Read one = read(run(1, lines(24), 3) + (twice ? run(2, lines(31), 3) : ""));
    for (const std::int64_t frames : {24, 31, 39})
      EXPECT_EQ(one.returned({{2, 4, frames}}), (Shape{2, 4, frames, 1})) << one.text;
  }
}

TEST(Aten, ARecurrentLayerThatRaisedIsALayer) {
  const std::string lines =
      tensor(0, "input", {2, 5, 32}) + tensor(1, "parameter", {64, 24}) + tensor(2, "parameter", {64, 16}) +
      R"({"call": "torch.lstm", "args": [{"t": 0}, [], [{"t": 1}, {"t": 2}], false, 1, 0.0, false, false, true], "out": [)" +
      made(3, {2, 5, 16}) + ", " + made(4, {1, 2, 16}) + ", " + made(5, {1, 2, 16}) +
      R"(], "raised": "RuntimeError: Expected 24, got 32", "assumed": true})" + "\n" +
      call("torch.relu", R"({"t": 3})", made(6, {2, 5, 16}));
  const Read one = read(run(1, lines, 6));
  EXPECT_EQ(one.count("LSTM"), 1u) << one.text;
  EXPECT_EQ(infer(one.spec).layers.at(0).refusals.size(), 1u) << one.text;
}

}  // namespace
}  // namespace shapedbg
