// The first fix where one line of the program is wrong in all layers that it makes, and where broadcasting
// or a tensor of the same size hides it.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::offers;
using repaired::titles_of;

// x = x[:, :, :-1] behind a transposed convolution that makes both axes one larger.
TEST(Lines, ACutThatForgetsAnAxisIsMendedAtEachUse) {
  std::string down, up;
  const auto name = [](const char* what, int i) { return what + std::to_string(i); };
  for (int i = 1; i <= 2; ++i)
    down += R"({"name": ")" + name("e", i) + R"(", "type": "Conv2d", "out_channels": 4, "kernel_size": 3,
      "padding": 1}, {"name": ")" +
            name("p", i) + R"(", "type": "AvgPool2d", "kernel_size": 2}, )";
  for (int i = 2; i >= 1; --i)
    up +=
        std::string(i == 2 ? "" : ", ") + R"({"name": ")" + name("u", i) +
        R"(", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2,
          "source": {"made": "net.py:8", "called": "net.py:20"}}, {"name": ")" +
        name("cut", i) +
        R"(", "type": "Slice", "index": [null, null, [null, -1]], "source": {"called": "net.py:16"}}, {"name": ")" +
        name("cat", i) + R"(", "type": "Concat", "inputs": [")" + name("cut", i) + R"(", ")" + name("e", i) +
        R"("], "source": {"called": "net.py:22"}})";
  EXPECT_EQ(first_of(R"({"input": [1, 4, 16, 32], "layers": [)" + down + up + "]}"),
            "set index to [[null, null], [null, null], [null, -1], [null, -1]] on `cut2` and `cut1`");
}

// Upsample(scale_factor=i + 1) on maps that halve from level to level.
TEST(Lines, EachLevelOfAPyramidIsResizedByItsOwnFactor) {
  std::string layers =
      R"({"name": "c0", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1})";
  std::string resizes, inputs;
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    if (i > 0)
      layers += R"(, {"name": "c)" + n + R"(", "type": "Conv2d", "out_channels": 4, "kernel_size": 3,
        "stride": 2, "padding": 1})";
    resizes += R"(, {"name": "up)" + n + R"(", "type": "Upsample", "inputs": "c)" + n +
               R"(", "scale_factor": )" + std::to_string(i + 1) +
               R"(, "source": {"made": "net.py:8", "called": "net.py:20"}})";
    inputs += (i == 0 ? "\"up" : ", \"up") + n + "\"";
  }
  EXPECT_EQ(first_of(R"({"input": [1, 3, 64, 64], "layers": [)" + layers + resizes +
                     R"(, {"name": "cat", "type": "Concat", "inputs": [)" + inputs + "]}]}"),
            "set scale_factor to 4 on `up2`, scale_factor to 8 on `up3`");
}

// skips[-1 - i] for skips[-2 - i]: within a level the last tensor is what goes down, not one like it.
TEST(Lines, SkipsThatAreTakenOneLevelTooDeep) {
  const auto conv = [](const std::string& name, int channels) {
    return R"({"name": ")" + name + R"(", "type": "Conv2d", "out_channels": )" + std::to_string(channels) +
           R"(, "kernel_size": 3, "padding": 1}, {"name": ")" + name + R"(r", "type": "ReLU"}, )";
  };
  const auto level = [&](const std::string& n, int channels) {
    return conv("a" + n, channels) + conv("b" + n, channels);
  };
  const std::string pool = R"({"type": "MaxPool2d", "kernel_size": 2}, )";
  const std::string up = R"({"type": "Upsample", "scale_factor": 2}, )";
  EXPECT_EQ(
      first_of(R"({"input": [1, 3, 32, 32], "layers": [)" + level("1", 8) + pool + level("2", 16) + pool +
               level("3", 32) + up + conv("u2", 16) +
               R"({"name": "cat2", "type": "Concat", "inputs": ["b3r", "u2r"]}, )" + conv("d2", 16) + up +
               conv("u1", 8) + R"({"name": "cat1", "type": "Concat", "inputs": ["b2r", "u1r"]}]})"),
      "take `b2r` instead of `b3r` in `cat2`, and `b1r` instead of `b2r` in `cat1`: each is taken one "
      "level too deep");
}

// Gates of two recurrent cells that one line makes: a fourth part of one place would be broadcast.
TEST(Lines, ThePartsOfASplitAreWholeInEachCell) {
  const auto cell = [](const std::string& n, int size, int whole) {
    const std::string call = R"("source": {"called": "net.py:12"}})";
    const std::string at = "c" + n;
    const auto act = [&](const std::string& name, const std::string& type, const std::string& part) {
      return R"(, {"name": ")" + at + name + R"(", "type": ")" + type + R"(", "inputs": ")" + at + "split" +
             part + R"("})";
    };
    return R"({"name": ")" + at + R"(conv", "type": "Conv2d", "out_channels": )" + std::to_string(whole) +
           R"(, "kernel_size": 3, "padding": 1, "source": {"made": "net.py:8", "called": "net.py:11"}}, {"name": ")" +
           at + R"(split", "type": "Split", "dim": 1, "split_size_or_sections": )" + std::to_string(size) +
           ", " + call + act("i", "Sigmoid", "") + act("f", "Sigmoid", ":1") + act("o", "Sigmoid", ":2") +
           act("g", "Tanh", ":3") + R"(, {"name": ")" + at + R"(ig", "type": "Mul", "inputs": [")" + at +
           R"(i", ")" + at + R"(g"]}, {"name": ")" + at + R"(fo", "type": "Mul", "inputs": [")" + at +
           R"(f", ")" + at + R"(o"]}, {"name": ")" + at + R"(h", "type": "Add", "inputs": [")" + at +
           R"(ig", ")" + at + R"(fo"]})";
  };
  const std::string json =
      R"({"input": [1, 4, 16, 16], "layers": [)" + cell("1", 8, 24) + ", " + cell("2", 6, 18) + "]}";
  EXPECT_EQ(first_of(json), "set out_channels to 32 on `c1conv`, out_channels to 24 on `c2conv`");
  EXPECT_FALSE(offers(json, "to 25")) << testing::PrintToString(titles_of(json));
}

// Three residual blocks: in the last one the sum is one wide and stretches to the wrong number.
TEST(Lines, AStretchedOneIsMendedWithItsLine) {
  const auto block = [](const std::string& n, const std::string& in, int takes, int width) {
    const std::string counts = R"(", "in_features": )" + std::to_string(takes) + R"(, "out_features": )";
    return R"({"name": "dense)" + n + R"(", "type": "Linear", "inputs": ")" + in + counts +
           std::to_string(width) +
           R"(, "source": {"made": "net.py:5", "called": "net.py:9"}}, {"name": "skip)" + n +
           R"(", "type": "Linear", "inputs": ")" + in + counts +
           R"(64, "source": {"made": "net.py:6", "called": "net.py:9"}}, {"name": "add)" + n +
           R"(", "type": "Add", "inputs": ["dense)" + n + R"(", "skip)" + n +
           R"("], "source": {"called": "net.py:9"}}, )";
  };
  EXPECT_EQ(first_of(R"({"input": [4, 48], "layers": [)" + block("1", "input", 48, 32) +
                     block("2", "add1", 32, 24) + block("3", "add2", 24, 1) +
                     R"({"name": "end", "type": "Sigmoid", "inputs": "add3"}]})"),
            "set out_features to 32 on `skip1`, out_features to 24 on `skip2`, out_features to 1 on `skip3`");
}

}  // namespace
}  // namespace shapedbg
