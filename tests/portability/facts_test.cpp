// The table of facts and that of targets, and how sizes are rounded.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "net/rounding.h"
#include "portability/facts.h"
#include "portability/spelled.h"
#include "size/number.h"

namespace shapedbg {
namespace {

TEST(Portability, AFactIsWhole) {
  std::set<std::string_view> ids;
  for (const Fact& fact : portability_facts()) {
    EXPECT_TRUE(ids.insert(fact.id).second) << fact.id;
    EXPECT_NE(fact.there == nullptr, fact.freezes == nullptr) << fact.id;
    EXPECT_EQ(fact.there == nullptr, fact.families.empty()) << fact.id;
    EXPECT_FALSE(fact.seen.empty()) << fact.id;
    EXPECT_EQ(info(fact.code).id[0], 'P') << fact.id;
    for (const Seen& seen : fact.seen) EXPECT_FALSE(seen.version.empty()) << fact.id;
    for (const std::string_view text : {fact.does, fact.rule, fact.shown}) {
      EXPECT_FALSE(text.empty()) << fact.id;
      EXPECT_NE(text.back(), '.') << fact.id;
    }
  }
}

// `--for` says nothing where nothing is known; a word that stands for nothing would be a promise.
TEST(Portability, EveryTargetHasAFact) {
  for (const TargetInfo& target : all_targets()) {
    bool known = false;
    for (const Fact& fact : portability_facts())
      for (const Seen& seen : fact.seen) known = known || seen.target == target.target;
    EXPECT_TRUE(known) << target.word;
  }
}

TEST(Portability, ALayerIsSaidElsewhere) {
  const KindInfo& up = info(LayerKind::ConvTranspose2d);
  for (const Target target : {Target::keras, Target::flax, Target::paddle, Target::mlx, Target::libtorch})
    EXPECT_FALSE(spelled(up, target).empty()) << info(target).word;
  EXPECT_TRUE(spelled(info(LayerKind::ReLU), Target::keras).empty());
  EXPECT_FALSE(spelled(info(LayerKind::Upsample), Target::mlx).empty());
}

// Paddle's "SAME", as findings/paddle-transposed-same-goes-by-the-remainder.sh saw it, by the rule that is
// said.
TEST(Portability, SameOfPaddle) {
  const auto same = [](std::int64_t x, std::int64_t s) { return x + s * (x - (x + s - 1) / s); };
  const std::vector<std::int64_t> by_two{8, 9, 12, 13, 16, 17};
  const std::vector<std::int64_t> by_three{10, 14, 18, 19, 23, 27};
  for (std::int64_t x = 4; x < 10; ++x) {
    EXPECT_EQ(same(x, 2), by_two[static_cast<std::size_t>(x - 4)]);
    EXPECT_EQ(same(x, 3), by_three[static_cast<std::size_t>(x - 4)]);
  }
  bool told = false;
  for (const auto& [label, said] : spelled(info(LayerKind::ConvTranspose2d), Target::paddle))
    told = told || said.find("x + s(x - ceil(x/s))") != std::string::npos;
  EXPECT_TRUE(told);
}

TEST(Portability, TargetsAreFoundByTheirWords) {
  ASSERT_NE(find_target("OnnxRuntime"), nullptr);
  EXPECT_EQ(find_target("OnnxRuntime")->target, Target::onnxruntime);
  EXPECT_EQ(find_target("onnxrun"), nullptr);
  EXPECT_EQ(find_target(""), nullptr);
}

TEST(Rounding, SingleAndDoubleAndTheMargin) {
  EXPECT_EQ(scaled_size(90, 0.7), 62);
  EXPECT_EQ(scaled_in_single(90, 0.7), 63);
  EXPECT_EQ(scaled_with_margin(90, 0.7), 63);
  EXPECT_EQ(scaled_size(100, 0.29), 28);
  EXPECT_EQ(scaled_in_single(100, 0.29), 29);
  EXPECT_TRUE(parts_at_rounding(90, 0.7));
  EXPECT_FALSE(parts_at_rounding(91, 0.7));
  for (const double factor : {0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0})
    for (std::int64_t n = 1; n < 5000; ++n) EXPECT_FALSE(parts_at_rounding(n, factor));
}

}  // namespace
}  // namespace shapedbg
