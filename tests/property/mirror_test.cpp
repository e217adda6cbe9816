// Random encoders and their mirror images: the declared size comes back, and with every_size each one from
// the stated minimum on. SHAPEDBG_SEED and SHAPEDBG_COUNT choose other encoders and more of them.
#include "mirror/mirror.h"

#include <cstdlib>
#include <iostream>

#include "../engine/networks.h"
#include "infer/sizes.h"
#include "property/environment.h"
#include "random_encoder.h"

namespace shapedbg {
namespace {

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
