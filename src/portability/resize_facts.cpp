// Upsample elsewhere.
#include <algorithm>

#include "flow/scale.h"
#include "net/rounding.h"
#include "portability/rules.h"
#include "size/number.h"

namespace shapedbg {
namespace {

// The factor of each spatial axis; empty where it has none, or all are exact.
std::vector<double> inexact_factors(const LayerView& view) {
  std::vector<double> factors = scale_factors(view.layer(), view.row().inputs[0].size());
  for (const double factor : factors)
    if (!is_exact_scale(factor)) return factors;
  return {};
}

std::optional<There> scaled_by(const LayerView& view, std::int64_t (*scaled)(std::int64_t, double)) {
  const std::vector<double> factors = inexact_factors(view);
  if (factors.empty()) return std::nullopt;
  There there;
  there.evaluated = [scaled, factors](const Shape& input, const Shape& here) {
    Shape out = here;
    for (std::size_t i = 0; i < factors.size() && 2 + i < out.size(); ++i)
      out[2 + i] = scaled(input[2 + i], factors[i]);
    return out;
  };
  const std::int64_t x = view.row().inputs[0][2];
  there.why = std::to_string(x) + " * " + to_json(Value{factors[0]}) + " comes to " +
              std::to_string(scaled(x, factors[0])) + " there, " +
              std::to_string(scaled_size(x, factors[0])) + " in LibTorch";
  return there;
}

}  // namespace

std::optional<There> resized_in_single(const LayerView& view) { return scaled_by(view, scaled_in_single); }

std::optional<There> resized_with_margin(const LayerView& view) {
  return scaled_by(view, scaled_with_margin);
}

std::optional<There> three_axes_kept(const LayerView& view) {
  if (view.layer().has(Opt::size_like) || view.row().inputs[0].size() != 5) return std::nullopt;
  There there;
  there.stands.push_back({LayerKind::Identity, {}});
  there.why = "is left out for a map of three axes";
  return there;
}

std::optional<There> cut_as_in_example(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (!layer.has(Opt::size_like)) return std::nullopt;
  const auto cuts = [](const Shape& x, const Shape& y) {
    std::vector<bool> cut;
    for (std::size_t i = 0; i < x.size(); ++i) cut.push_back(y[i] < x[i]);
    return cut;
  };
  There there;
  const Shape x = view.row().inputs[0];
  const Shape y = view.row().outputs[0];
  there.evaluated = [cuts, example = cuts(x, y)](const Shape& input, const Shape& here) {
    return cuts(input, here) == example ? here : Shape{};
  };
  there.why = x == y ? "cuts nothing off for the example"
                     : "cuts " + by_x(x, 2) + " to " + by_x(y, 2) + " for the example";
  return there;
}

std::optional<There> cut_to_multiple(const LayerView& view) {
  There there;
  const std::vector<std::int64_t> multiples = view.layer().integers(Opt::multiple);
  there.evaluated = [multiples](const Shape& input, const Shape& here) {
    Shape out = here;
    const std::size_t first = std::min<std::size_t>(2, out.size() - 1);
    for (std::size_t i = first; i < out.size(); ++i) {
      const std::int64_t m = multiples.size() == 1 ? multiples[0] : multiples[i - first];
      out[i] = input[i] - input[i] % m;
    }
    return out;
  };
  there.why = "(-x) % " + std::to_string(multiples[0]) + " is below 0 there: what should pad cuts";
  return there;
}

std::optional<There> multiples_alone(const LayerView& view) {
  std::optional<There> there = cut_to_multiple(view);
  there->evaluated = [cut = std::move(there->evaluated)](const Shape& input, const Shape& here) {
    return cut(input, here) == input ? here : Shape{};
  };
  there->why = "(-x) % m is below 0 there where x is no multiple, which is refused";
  return there;
}

std::optional<There> computed_numbers(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (layer.info().family != Family::pad_to_multiple && !layer.has(Opt::size_like)) return std::nullopt;
  return refused("computes its numbers from sizes, for which there is no layer there");
}

std::vector<Moves> sizes_for_factor(const LayerView& view) {
  // A size is one number: right where none is free.
  if (!view.spec.free_sizes.empty()) return {};
  const Shape& y = view.row().outputs[0];
  const std::vector<std::int64_t> size(y.begin() + 2, y.end());
  return {{ReplaceOption{view.index, Opt::scale_factor, Opt::size, Value{size}}}};
}

}  // namespace shapedbg
