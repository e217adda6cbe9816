// Random encoders and their mirror images: the declared size comes back, and with every_size each one from
// the stated minimum on. SHAPEDBG_SEED and SHAPEDBG_COUNT choose other encoders and more of them.
#include "repair/mirror.h"

#include <cstdlib>
#include <iostream>

#include "../engine/networks.h"
#include "samples.h"
#include "shape/sizes.h"

namespace shapedbg {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? fallback : std::strtoull(text, nullptr, 10);
}

// 1 to 8 layers that run on their input, one after the other.
class Encoders {
 public:
  explicit Encoders(std::uint64_t seed) : dice_(seed) {}

  std::string next(bool every_size) {
    axes_ = static_cast<int>(dice_.one_in(5) ? 3 : dice_.between(1, 2));
    every_size_ = every_size;
    Shape input{dice_.between(1, 2), 2 * dice_.between(1, 3)};
    for (int i = 0; i < axes_; ++i) input.push_back(dice_.between(axes_ == 3 ? 9 : 12, axes_ == 3 ? 20 : 60));
    const std::string head = "{\"input\": " + list(input) + ", \"encoder\": [";
    std::string layers;
    Shape x = input;
    const std::int64_t wanted = dice_.between(1, 8);
    for (int tries = 0, count = 0; count < wanted && tries < 60; ++tries) {
      const std::string one = layer(x);
      const std::string longer = layers + (count > 0 ? ",\n  " : "\n  ") + one;
      const Parsed parsed = parse(Source("encoder.json", head + longer + "\n]}"));
      if (!parsed.usable || !parsed.findings.empty()) {
        ADD_FAILURE() << head + longer;
        break;
      }
      const Trace trace = infer(parsed.spec);
      if (!trace.layers.back().refusals.empty() || trace.layers.back().outputs.empty()) continue;
      x = trace.layers.back().outputs[0];
      layers = longer;
      ++count;
    }
    return head + layers + "\n]}";
  }

 private:
  std::string with_axes(const char* base) const { return base + std::to_string(axes_) + "d"; }
  // One number, or one for each axis.
  std::string axes(std::int64_t low, std::int64_t high) {
    if (!dice_.one_in(3)) return std::to_string(dice_.between(low, high));
    std::vector<std::int64_t> values;
    for (int i = 0; i < axes_; ++i) values.push_back(dice_.between(low, high));
    return list(values);
  }

  std::string layer(const Shape& x) {
    std::string text = any(x);
    if (dice_.one_in(2)) text.insert(1, "\"name\": \"l" + std::to_string(names_++) + "\", ");
    return text;
  }

  std::string any(const Shape& x) {
    switch (dice_.between(0, every_size_ ? 13 : 14)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: {
        LayerText conv(with_axes("Conv"));
        const std::int64_t groups = x[1] % 2 == 0 && dice_.one_in(4) ? 2 : 1;
        conv.put("out_channels", 2 * dice_.between(1, 4)).put("kernel_size", axes(1, 5));
        if (dice_.one_in(2)) {
          conv.put("stride", axes(1, 4));
        } else if (dice_.one_in(4)) {
          conv.word("padding", dice_.one_in(2) ? "same" : "valid");
          return conv.done();
        }
        conv.put("padding", axes(0, 3)).put("dilation", axes(1, 3));
        if (groups > 1) conv.put("groups", groups);
        if (dice_.one_in(3)) conv.put("bias", "false");
        if (dice_.one_in(6))
          conv.word("padding_mode", dice_.of<std::string>({"reflect", "replicate", "circular"}));
        return conv.done();
      }
      case 5:
      case 6: {
        LayerText pool(with_axes("MaxPool"));
        pool.put("kernel_size", axes(1, 4));
        if (dice_.one_in(2)) pool.put("stride", axes(1, 4));
        if (dice_.one_in(3)) pool.put("padding", axes(0, 2));
        if (dice_.one_in(4)) pool.put("dilation", axes(1, 2));
        if (dice_.one_in(3)) pool.put("ceil_mode", "true");
        return pool.done();
      }
      case 7: {
        LayerText pool(with_axes("AvgPool"));
        pool.put("kernel_size", axes(1, 4));
        if (dice_.one_in(2)) pool.put("stride", axes(1, 4));
        if (dice_.one_in(3)) pool.put("padding", axes(0, 2));
        if (dice_.one_in(3)) pool.put("ceil_mode", "true");
        return pool.done();
      }
      case 8:
        return LayerText(dice_.of<std::string>({"ReLU", "GELU", "Tanh", "PReLU", "Dropout"})).done();
      case 9:
      case 10:
        return LayerText(with_axes("BatchNorm")).put("num_features", x[1]).done();
      case 11:
        return LayerText("GroupNorm").put("num_groups", 2).put("num_channels", x[1]).done();
      case 12: {
        std::vector<std::int64_t> pads;
        for (int i = 0; i < 2 * axes_; ++i) pads.push_back(dice_.between(0, 2));
        const auto type = dice_.of<std::string>({"ReflectionPad", "ReplicationPad", "ZeroPad"});
        return LayerText(with_axes(type.c_str())).put("padding", list(pads)).done();
      }
      case 13:
        // (A Crop refuses some sizes for good.)
        if (!every_size_ && dice_.one_in(3)) return LayerText("Crop").put("size_like", "\"input\"").done();
        return LayerText("PadToMultiple").put("multiple", dice_.between(2, 4)).done();
      default:
        if (axes_ != 2) return LayerText("Upsample").put("scale_factor", 2).done();
        return LayerText("PixelUnshuffle").put("downscale_factor", 2).done();
    }
  }

  Dice dice_;
  int axes_ = 2;
  int names_ = 0;
  bool every_size_ = false;
};

MirrorOptions options_of(Dice& dice, bool every_size) {
  MirrorOptions options;
  options.style = static_cast<MirrorStyle>(dice.between(0, 3));
  options.skips = static_cast<MirrorSkips>(dice.between(0, 2));
  options.every_size = every_size;
  return options;
}

std::string told(const MirrorOptions& options) {
  return " (style " + std::to_string(static_cast<int>(options.style)) + ", skips " +
         std::to_string(static_cast<int>(options.skips)) + ")";
}

TEST(MirrorProperty, TheDeclaredSizeComesBack) {
  const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20240607);
  const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 2'000);
  Encoders encoders(seed);
  Dice dice(seed + 1);
  std::uint64_t layers = 0;
  for (std::uint64_t i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const std::string json = encoders.next(false);
    const MirrorOptions options = options_of(dice, false);
    const Mirrored made = mirror(Source("encoder.json", json), options);
    // An encoder of activations alone has nothing to undo.
    if (made.error == "the encoder has no layer that needs a mirror image") continue;
    ASSERT_EQ(made.error, "") << json << told(options);
    ASSERT_EQ(*infer(made.spec).result(made.spec), made.spec.inputs[0].shape) << made.text << told(options);
    layers += made.spec.layers.size();
    if (i % 10 == 0) {
      ASSERT_EQ(outcome(run(made.spec, Device::meta)), bracketed(made.spec.inputs[0].shape)) << made.text;
    }
  }
  std::cout << count << " encoders, " << layers << " layers with their mirror images" << std::endl;
  EXPECT_GT(layers, count * 4);
}

TEST(MirrorProperty, EverySizeFromTheStatedMinimumComesBack) {
  const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20240608);
  const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 2'000) / 4;
  Encoders encoders(seed);
  Dice dice(seed + 1);
  std::uint64_t proven = 0;
  std::uint64_t evaluated = 0;
  std::uint64_t ran = 0;
  for (std::uint64_t i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const std::string json = encoders.next(true);
    const MirrorOptions options = options_of(dice, true);
    const Mirrored made = mirror(Source("encoder.json", json), options);
    if (made.error == "the encoder has no layer that needs a mirror image") continue;
    ASSERT_EQ(made.error, "") << json << told(options);
    for (std::size_t axis = 2; axis < made.spec.inputs[0].shape.size(); ++axis) {
      const auto rule = size_rule(made.spec, static_cast<int>(axis), 2'000'000);
      ASSERT_TRUE(rule) << made.text;
      ASSERT_EQ(rule->period(), 1) << made.text;
      const auto least = static_cast<std::int64_t>(rule->small.size()) + 1;
      for (std::int64_t n = least; n <= 4'096; ++n) ASSERT_EQ(rule->at(n), SizeOutcome::right) << made.text;
      ++proven;
      Spec spec = made.spec;
      std::vector<std::int64_t> sizes;
      for (std::int64_t n = least; n < least + 24; ++n) sizes.push_back(n);
      for (int more = 0; more < 8; ++more) sizes.push_back(dice.between(least, 4'096));
      for (const std::int64_t n : sizes) {
        spec.inputs[0].shape[axis] = n;
        const Trace trace = infer(spec);
        for (const LayerTrace& row : trace.layers)
          ASSERT_TRUE(row.refusals.empty())
              << n << " on axis " << axis << ": " << row.refusals[0].message << made.text;
        ASSERT_EQ(*trace.result(spec), spec.inputs[0].shape) << made.text;
        ++evaluated;
        if (i % 20 == 0 && ran < 400) {
          ASSERT_EQ(outcome(run(spec, Device::meta)), bracketed(spec.inputs[0].shape)) << made.text;
          ++ran;
        }
      }
    }
  }
  std::cout << proven << " axes proven, " << evaluated << " sizes evaluated, " << ran << " run on LibTorch"
            << std::endl;
  EXPECT_GT(proven, count);
  EXPECT_GT(ran, 100U);
}

}  // namespace
}  // namespace shapedbg
