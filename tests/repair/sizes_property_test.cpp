// A proven size rule says for every size what plain evaluation says for that size.
#include <gtest/gtest.h>

#include <random>

#include "infer/sizes.h"
#include "repair/repaired.h"

namespace shapedbg {
namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int upto(int most) { return static_cast<int>(engine_() % static_cast<unsigned>(most + 1)); }
  int from(int least, int most) { return least + upto(most - least); }

 private:
  std::mt19937 engine_;
};

std::string window(Random& random, bool dilation) {
  const int k = random.from(1, 5);
  std::string text = R"("kernel_size": )" + std::to_string(k) + R"(, "stride": )" +
                     std::to_string(random.from(1, 4)) + R"(, "padding": )" +
                     std::to_string(random.upto(k / 2));
  if (dilation) text += R"(, "dilation": )" + std::to_string(random.from(1, 3));
  return text;
}

std::string layer(Random& random, int index) {
  switch (random.upto(10)) {
    case 0:
    case 1:
      return R"({"type": "Conv1d", "out_channels": 1, )" + window(random, true) + "}";
    case 2:
      return R"({"type": "MaxPool1d", )" + window(random, false) +
             (random.upto(1) != 0 ? R"(, "ceil_mode": true})" : "}");
    case 3:
      return R"({"type": "AvgPool1d", )" + window(random, false) + "}";
    case 4:
    case 5:
    case 6:
      return R"({"type": "ConvTranspose1d", "out_channels": 1, )" + window(random, true) + "}";
    case 7:
      return R"({"type": "ConvTranspose1d", "out_channels": 1, "size_like": "input", )" +
             window(random, false) + "}";
    case 8:
      return R"({"type": "PadToMultiple", "multiple": )" + std::to_string(random.from(2, 5)) + "}";
    case 9:
      return R"({"type": "Upsample", "scale_factor": )" + std::string(random.upto(1) != 0 ? "2" : "1.5") +
             "}";
    default:
      return index > 0
                 ? R"({"type": "Concat", "dim": 1, "inputs": ["prev", "input"]}, {"type": "Conv1d", "out_channels": 1, "kernel_size": 1})"
                 : R"({"type": "ReLU"})";
  }
}

SizeOutcome plainly(Spec spec, std::int64_t n) {
  spec.inputs[0].shape[2] = n;
  const Trace trace = infer(spec);
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    if (!trace.layers[i].refusals.empty() || trace.layers[i].outputs.empty()) return SizeOutcome::refused;
  return !spec.expect || meets(*trace.result(spec), expected_shape(spec, *spec.expect)) ? SizeOutcome::right
                                                                                        : SizeOutcome::wrong;
}

TEST(SizesProperty, EqualsPlainEvaluation) {
  Random random(20240607);
  int proven = 0;
  for (int net = 0; net < 3000; ++net) {
    std::string json = R"({"input": [1, 1, 64], "layers": [)";
    const int layers = random.from(1, 6);
    for (int i = 0; i < layers; ++i) json += (i > 0 ? ", " : "") + layer(random, i);
    static const char* const kExpect[] = {R"("input")", "null", R"([1, 1, 12])", R"({"scale": 2})",
                                          R"({"scale": 0.25})"};
    json += R"(], "expect": )" + std::string(kExpect[random.upto(4)]) + "}";
    const Spec spec = repaired::read(json);
    ASSERT_FALSE(spec.layers.empty()) << json;
    const auto rule = size_rule(spec, 2, 30'000);
    if (!rule) continue;
    ++proven;
    const std::int64_t last = static_cast<std::int64_t>(rule->small.size()) + 3 * rule->period() + 20;
    for (std::int64_t n = 1; n <= last; ++n) {
      ASSERT_EQ(static_cast<int>(rule->at(n)), static_cast<int>(plainly(spec, n)))
          << n << " of " << describe(*rule) << "\n"
          << json;
    }
  }
  EXPECT_GT(proven, 2500);
}

}  // namespace
}  // namespace shapedbg
