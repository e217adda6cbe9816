// W504: a transposed layer whose windows overlap unevenly, so that some positions get more weights than
// their neighbours. Source: Odena, Dumoulin, Olah, "Deconvolution and Checkerboard Artifacts", Distill 2016.
#include <numeric>

#include "diagnose/risks/risks.h"

namespace shapedbg {
namespace {

// The taps j*d of a window fall on the stride's s phases; all phases get as many exactly when d and s
// have no common divisor and s divides k.
bool uneven(const Window& w) { return w.s > 1 && (w.k % w.s != 0 || std::gcd(w.d, w.s) != 1); }

std::string overlap(const Window& w) {
  // With a common divisor g only every g-th phase is reached.
  const std::int64_t g = std::gcd(w.d, w.s);
  const std::int64_t phases = w.s / g;
  const std::int64_t least = g > 1 ? 0 : w.k / phases;
  const std::int64_t most = (w.k + phases - 1) / phases;
  std::string text = "kernel_size " + std::to_string(w.k) + ", stride " + std::to_string(w.s) +
                     ": a position gets " + std::to_string(least) + (most == least + 1 ? " or " : " to ") +
                     std::to_string(most) + " weights";
  if (least == 0) text += ", where 0 only the bias";
  return text;
}

}  // namespace

void checkerboard(const RiskView& view, std::vector<Finding>& findings) {
  std::vector<RiskPlace> places;
  const std::vector<Axis> axes = spatial_axes(view.spec);
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    if (layer.info().family != Family::conv_transpose || !view.watches(i, Code::W504)) continue;
    const Shape& x = view.row(i).inputs[0];
    for (int own = 0; own < layer.info().axes; ++own) {
      const Window w = window_of(layer, own);
      const std::size_t at = x.size() - static_cast<std::size_t>(layer.info().axes - own);
      // Windows of a single position do not overlap.
      if (!uneven(w) || x[at] == 1) continue;
      places.push_back({i, overlap(w)});
      break;
    }
  }
  if (places.empty()) return;
  const bool one = places.size() == 1;
  Finding f = about(view, Code::W504,
                    (one ? "the windows of " : "the windows of each of ") + name_list(view, places) +
                        " overlap unevenly, which can show as a checkerboard",
                    places);
  f.notes = {
      "a kernel_size divisible by the stride (4 for 2), or Upsample and a convolution, spreads the weights "
      "evenly"};
  findings.push_back(std::move(f));
}

}  // namespace shapedbg
