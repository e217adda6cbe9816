#include "infer/smallest.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "infer/infer.h"

namespace shapedbg {
namespace {

enum class Runs : std::uint8_t { not_at_all, with_other_shapes, as_expected };

class Smallest {
 public:
  explicit Smallest(Spec& spec) : spec_(spec) {
    for (std::size_t i = 0; i < spec.free_sizes.size(); ++i)
      if (!spec.free_sizes[i].min_stated && !spec.free_sizes[i].axes.empty()) open_.push_back(i);
    for (const LayerSpec& layer : spec.layers) broken_ = broken_ || layer.broken;
  }

  void run() {
    if (open_.empty() || spec_.layers.empty()) return;
    const std::vector<std::int64_t> present = sizes();
    if (!alike() && !(open_.size() == 2 && pairs())) {
      put(present);
      return;
    }
    for (const std::size_t one : open_) alone(one);
    for (const std::size_t i : open_) size(i).min = value(i);
  }

 private:
  static constexpr std::int64_t most_sizes = 4096;

  FreeSize& size(std::size_t i) { return spec_.free_sizes[i]; }
  std::int64_t value(std::size_t i) {
    const FreeAxis& at = size(i).axes.front();
    return spec_.input(at.input).shape[static_cast<std::size_t>(at.axis)];
  }
  void put(std::size_t i, std::int64_t n) {
    for (const FreeAxis& at : size(i).axes)
      spec_.input(at.input).shape[static_cast<std::size_t>(at.axis)] = n;
  }
  std::vector<std::int64_t> sizes() {
    std::vector<std::int64_t> all;
    for (std::size_t i = 0; i < spec_.free_sizes.size(); ++i)
      all.push_back(size(i).axes.empty() ? 0 : value(i));
    return all;
  }
  void put(const std::vector<std::int64_t>& all) {
    for (std::size_t i = 0; i < all.size(); ++i) put(i, all[i]);
  }

  // The first multiple from n on; nothing beyond `max`.
  std::optional<std::int64_t> allowed(std::size_t i, std::int64_t n) {
    const std::int64_t m = size(i).multiple_of;
    const std::int64_t at = (n + m - 1) / m * m;
    return size(i).max > 0 && at > size(i).max ? std::nullopt : std::optional(at);
  }

  // Up to the first layer that is refused; as_expected where what comes out is what is expected.
  Runs tried() {
    if (steps_ <= 0) return Runs::not_at_all;
    PerLayer<std::vector<Shape>> outputs(spec_.layers.size());
    const auto find = [&](Ref ref) -> const Shape* {
      if (ref.is_input()) return &spec_.input(ref.input()).shape;
      const auto& from = outputs[ref.layer];
      const auto at = static_cast<std::size_t>(ref.output);
      return at < from.size() ? &from[at] : nullptr;
    };
    Runs runs = Runs::as_expected;
    const auto expect = [&](const Rare<Expect>& expected, const Shape& got) {
      if (expected && !meets(got, expected_shape(spec_, *expected))) runs = Runs::with_other_shapes;
    };
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      --steps_;
      RuleResult<std::int64_t> result = infer_layer(spec_, i, find);
      if (!result.refusals.empty() || (result.outputs.empty() && !broken_)) return Runs::not_at_all;
      outputs[i] = std::move(result.outputs);
      if (!outputs[i].empty()) expect(spec_.layers[i].expect, outputs[i][0]);
    }
    if (!outputs.back().empty()) expect(spec_.expect, outputs.back()[0]);
    return runs;
  }

  // All of them equal, as far as multiple_of allows.
  bool alike() {
    std::vector<std::int64_t> runs;
    std::int64_t after = 0;  // sizes looked at since one ran
    for (std::int64_t n = 1; n <= most_sizes && steps_ > 0 && after < most_sizes / 4; ++n) {
      std::int64_t step = most_sizes;
      bool inside = true;
      for (const std::size_t i : open_) {
        const auto at = allowed(i, n);
        inside = inside && at;
        if (!at) break;
        put(i, *at);
        step = std::min(step, *at);
      }
      if (!inside) break;
      const Runs how = tried();
      if (how == Runs::as_expected) return true;
      if (how == Runs::with_other_shapes && runs.empty()) runs = sizes();
      if (!runs.empty()) ++after;
      n = step;  // a smaller one would be rounded up to the same
    }
    if (runs.empty()) return false;
    put(runs);
    return true;
  }

  // Two that have to differ, as height and width in front of a Linear.
  bool pairs() {
    constexpr std::int64_t most = 64;
    for (std::int64_t a = 1; a <= most; ++a) {
      for (std::int64_t b = 1; b <= most && steps_ > 0; ++b) {
        const auto first = allowed(open_[0], a * size(open_[0]).multiple_of);
        const auto second = allowed(open_[1], b * size(open_[1]).multiple_of);
        if (!first || !second) break;
        put(open_[0], *first);
        put(open_[1], *second);
        if (tried() != Runs::not_at_all) return true;
      }
    }
    return false;
  }

  // As small as it can be with the others where they are.
  void alone(std::size_t i) {
    const std::int64_t found = value(i);
    const Runs best = tried();
    for (auto n = allowed(i, 1); n && *n < found && steps_ > 0; n = allowed(i, *n + 1)) {
      put(i, *n);
      if (tried() == best) return;
    }
    put(i, found);
  }

  Spec& spec_;
  std::vector<std::size_t> open_;   // free sizes without a stated min
  bool broken_ = false;             // what is behind a broken layer is unknown
  std::int64_t steps_ = 1'000'000;  // layers that may still be inferred
};

}  // namespace

void take_smallest_sizes(Spec& spec) { Smallest(spec).run(); }

void take_sizes_of(Spec& spec, const Spec& like) {
  if (spec.free_sizes.size() != like.free_sizes.size()) return;
  for (std::size_t i = 0; i < spec.free_sizes.size(); ++i) {
    FreeSize& size = spec.free_sizes[i];
    if (size.min_stated || like.free_sizes[i].min_stated) continue;
    size.min = like.free_sizes[i].min;
    for (const FreeAxis& at : size.axes)
      spec.input(at.input).shape[static_cast<std::size_t>(at.axis)] = size.smallest();
  }
}

void take_shape_of(Spec& spec, const Spec& like) {
  const Shape& shape = like.inputs[0].shape;
  if (spec.inputs[0].shape.size() == shape.size()) spec.inputs[0].shape = shape;
}

}  // namespace shapedbg
