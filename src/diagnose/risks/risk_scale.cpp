// W519: a scale_factor whose product with a size lies so near to an integer that it depends on the
// arithmetic which size comes out. LibTorch computes in double, most runtimes in single precision.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "diagnose/risks/risks.h"
#include "flow/scale.h"
#include "infer/sizes.h"
#include "net/rounding.h"
#include "size/number.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kSteps = 20'000;  // layers that are inferred to look at other declared sizes
constexpr std::size_t kSizes = 6;        // that a note lists

// The first size of the layer's input that is rounded differently elsewhere, and its factor. Not of axes that
// are as in `but`.
struct Product {
  std::int64_t size = 0;
  double factor = 0;
};
std::optional<Product> parting(const LayerSpec& layer, const Shape& input, const Shape* but = nullptr) {
  const std::vector<double> factors = scale_factors(layer, input.size());
  for (std::size_t i = 0; i < factors.size(); ++i)
    if ((but == nullptr || (*but)[2 + i] != input[2 + i]) && parts_at_rounding(input[2 + i], factors[i]))
      return Product{input[2 + i], factors[i]};
  return std::nullopt;
}

bool inexact(const LayerSpec& layer, std::size_t rank) {
  const std::vector<double> factors = scale_factors(layer, rank);
  return std::any_of(factors.begin(), factors.end(), [](double factor) { return !is_exact_scale(factor); });
}

std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string short_number(double value) { return to_json(Value{value}); }

// What the layer gets where a free size is `n`; nothing where something before it is refused.
std::optional<Shape> input_at(const Spec& spec, const FreeSize& size, std::int64_t n, std::size_t layer) {
  const Trace trace = infer(spec, inputs_with_size(spec, size.axes, n));
  const LayerTrace& row = trace.layers[layer];
  if (row.after_failure || row.inputs.empty()) return std::nullopt;
  return row.inputs[0];
}

// The declared sizes at which a layer parts, as far as they are looked at.
struct Found {
  std::string text;  // "`H` = 100, 200 and 11 more, seen from 64 to 512"
  std::optional<Product> first;
};
Found among_declared(const RiskView& view, std::size_t layer) {
  Found found;
  Spec spec = view.spec;
  spec.layers.resize(layer + 1);
  spec.expect.reset();
  spec.outputs.clear();
  for (const FreeSize& size : spec.free_sizes) {
    std::int64_t steps = kSteps / static_cast<std::int64_t>(layer + 1) + 1;
    std::vector<std::int64_t> sizes;
    std::int64_t last = size.smallest();
    for (std::int64_t n = last; (size.max == 0 || n <= size.max) && steps-- > 0; n += size.multiple_of) {
      last = n;
      const auto input = input_at(spec, size, n, layer);
      const auto product =
          input ? parting(spec.layers[layer], *input, &view.row(layer).inputs[0]) : std::nullopt;
      if (!product) continue;
      if (!found.first) found.first = product;
      sizes.push_back(n);
    }
    if (sizes.empty()) continue;
    found.text += (found.text.empty() ? "" : "; ") + std::string("`") + size.name + "` = ";
    for (std::size_t i = 0; i < std::min(sizes.size(), kSizes); ++i)
      found.text += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
    if (sizes.size() > kSizes) found.text += " and " + std::to_string(sizes.size() - kSizes) + " more";
    found.text += ", looked at from " + std::to_string(size.smallest()) + " to " + std::to_string(last);
  }
  return found;
}

}  // namespace

void product_at_rounding(const RiskView& view, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    if (layer.info().family != Family::upsample || !view.watches(i, Code::W519)) continue;
    const Shape& input = view.row(i).inputs[0];
    if (!inexact(layer, input.size())) continue;
    std::optional<Product> product = parting(layer, input);
    Found others;
    if (!view.spec.free_sizes.empty()) others = among_declared(view, i);
    if (!product) product = others.first;
    if (!product) continue;
    const auto [size, factor] = *product;
    const double in_double = static_cast<double>(size) * factor;
    const std::int64_t here = scaled_size(size, factor);
    const std::int64_t there =
        here == scaled_in_single(size, factor) ? here + 1 : scaled_in_single(size, factor);
    const std::string text = std::to_string(size) + " * " + short_number(factor);
    Finding f =
        about(view, Code::W519,
              text + " of `" + layer.name + "` lies at the border between " +
                  std::to_string(std::min(here, there)) + " and " + std::to_string(std::max(here, there)),
              {{i, "LibTorch: floor(" + exact(in_double) + ") = " + std::to_string(here)}});
    f.notes.push_back(
        "LibTorch multiplies in double precision and returns " + std::to_string(here) +
        "; a runtime that multiplies in single precision returns " +
        std::to_string(scaled_in_single(size, factor)) +
        (scaled_in_single(size, factor) == here ? ", by hand it is " + std::to_string(there) : ""));
    if (!others.text.empty()) f.notes.push_back("so it is for " + others.text);
    f.notes.push_back(
        "`size` in place of scale_factor says which one is meant; factors such as 2 or 0.75 are "
        "exact");
    findings.push_back(std::move(f));
  }
}

}  // namespace shapedbg
