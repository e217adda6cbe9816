// Layers that return another shape than the call that they were made of.
#include "workspace/unlike_recorded.h"

#include <gtest/gtest.h>

#include "import/recorded.h"

namespace shapedbg {
namespace {

using recorded::made;
using recorded::tensor;

// x through a convolution of stride 2, then a ReLU; `conv` and `relu` are what they are said to have
// returned, `more` is what else the convolution's call says.
std::string run(int number, const Shape& x, const Shape& conv, const Shape& relu, const std::string& more) {
  const std::string call = R"({"call": "torch.conv2d", "args": [{"t": 0}, {"t": 1}, null, [2, 2], [1, 1]], )"
                           R"("module": "conv", "class": "torch.nn.modules.conv.Conv2d", "out": [)" +
                           made(2, conv) + "]" + more + "}\n";
  const std::string lines = tensor(0, "input", x) + tensor(1, "parameter", {8, 3, 3, 3}) + call +
                            recorded::call("torch.relu", R"({"t": 2})", made(3, relu));
  return recorded::run(number, lines, 3);
}

Imported network_of(const std::string& runs) {
  const calls::Recorded read = calls::read_calls(runs);
  EXPECT_EQ(read.error, "");
  Imported network =
      aten::imported(aten::map_program(read.runs.at(0), read.runs.size() > 1 ? &read.runs.at(1) : nullptr));
  EXPECT_TRUE(network.usable());
  return network;
}

std::optional<Finding> unlike(const std::string& runs) {
  const Imported network = network_of(runs);
  const Parsed parsed = parse(Source::of("net", network.made));
  EXPECT_TRUE(parsed.usable);
  return unlike_recorded(network, parsed.spec);
}

std::optional<Finding> unlike(const Shape& conv, const Shape& relu, const std::string& more = "") {
  return unlike(run(1, {1, 3, 24, 24}, conv, relu, more));
}

TEST(UnlikeRecorded, NothingIsSaidOfWhatReturnsWhatItReturned) {
  EXPECT_FALSE(unlike({1, 8, 12, 12}, {1, 8, 12, 12}));
}

TEST(UnlikeRecorded, TheFirstLayerThatDiffersIsNamedWithBothShapes) {
  const auto finding = unlike({1, 8, 11, 12}, {1, 8, 11, 12});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->code, Code::I609);
  EXPECT_EQ(finding->layer, "conv");
  EXPECT_EQ(finding->message,
            "`conv` (Conv2d) returned [1, 8, 11, 12] where the network ran with "
            "[1, 3, 24, 24], and is read as one that returns [1, 8, 12, 12]");
}

TEST(UnlikeRecorded, AnotherNumberOfAxesIsAnotherShape) {
  const auto finding = unlike({1, 8, 12, 12}, {8, 12, 12});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->layer, "relu");
}

TEST(UnlikeRecorded, ASecondSizeIsHeldToItsOwnRun) {
  const std::string first = run(1, {1, 3, 24, 24}, {1, 8, 12, 12}, {1, 8, 12, 12}, "");
  EXPECT_FALSE(unlike(first + run(2, {1, 3, 48, 24}, {1, 8, 24, 12}, {1, 8, 24, 12}, "")));
  const auto finding = unlike(first + run(2, {1, 3, 48, 24}, {1, 8, 23, 12}, {1, 8, 23, 12}, ""));
  ASSERT_TRUE(finding);
  EXPECT_EQ(
      finding->message,
      "`conv` (Conv2d) returned [1, 8, 23, 12] where the network ran with [1, 3, 48, 24], and is read as "
      "one that returns [1, 8, 24, 12]");
}

TEST(RaisedUnseen, ARefusalThatNoRuleKnowsIsAnError) {
  const Shape half{1, 8, 12, 12};
  const Imported network =
      network_of(run(1, {1, 3, 24, 24}, half, half, R"(, "raised": "no such bias", "assumed": true)"));
  const Spec spec = parse(Source::of("net", network.made)).spec;
  const auto finding = raised_unseen(network, spec, {});
  ASSERT_TRUE(finding);
  EXPECT_TRUE(is_error(*finding));
  EXPECT_EQ(finding->layer, "conv");
  EXPECT_EQ(finding->message, "`conv` (Conv2d) raises in PyTorch: no such bias");
  // An error that is found says why.
  Finding error;
  error.code = Code::L203;
  EXPECT_FALSE(raised_unseen(network, spec, {error}));
  EXPECT_FALSE(raised_unseen(network_of(run(1, {1, 3, 24, 24}, half, half, "")), spec, {}));
}

TEST(UnlikeRecorded, BehindACallThatRaisedNothingIsKnown) {
  EXPECT_FALSE(unlike({1, 8, 11, 12}, {1, 8, 11, 12}, R"(, "raised": "no", "assumed": true)"));
}

}  // namespace
}  // namespace shapedbg
