// W503: a stride that ends before the map does. Zeros of the padding that no window covers are no loss,
// and a kernel smaller than its stride leaves rows out everywhere by design.
#include <algorithm>

#include "diagnose/risks.h"

namespace shapedbg {
namespace {

// How many of the input's own rows lie behind the last window.
std::int64_t left_out(const RiskView& view, std::size_t i, const Axis& axis) {
  const LayerSpec& layer = view.layer(i);
  const int own = own_axis(layer, axis);
  const SizeStep step = step_of(view.trace, static_cast<int>(i), axis);
  if (own < 0 || step.in == 0 || step.out == 0) return 0;
  const Window w = window_of(layer, own);
  if (w.s < 2 || w.ceil_mode || w.d * (w.k - 1) + 1 < w.s) return 0;
  return std::max<std::int64_t>(0, floor_mod(step.in - w.net_kernel(), w.s) - w.after);
}

}  // namespace

void dropped_rows(const RiskView& view, std::vector<Finding>& findings) {
  std::size_t first = findings.size();
  std::vector<std::vector<std::string>> axes_of;
  for (const Axis& axis : spatial_axes(view.spec)) {
    std::vector<Place> places;
    std::vector<std::string> losses;
    for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
      const Family family = view.layer(i).info().family;
      const bool strided = family == Family::conv || family == Family::max_pool || family == Family::avg_pool ||
                           family == Family::lp_pool;
      if (!strided || !view.watches(i, Code::W503)) continue;
      const std::int64_t lost = left_out(view, i, axis);
      if (lost == 0) continue;
      const std::int64_t of = step_of(view.trace, static_cast<int>(i), axis).in;
      losses.push_back("`" + view.layer(i).name + "` the last " + std::to_string(lost) + " of " + std::to_string(of));
      places.push_back({i, size_formula(view.spec, view.trace, static_cast<int>(i), axis)});
    }
    if (places.empty()) continue;
    const std::string message = listed(std::move(losses));
    // The same along the next axis is the same finding.
    const std::string name(name_of(axis));
    if (findings.size() > first && findings.back().message == message) {
      axes_of.back().push_back(name);
      continue;
    }
    findings.push_back(about(view, Code::W503, message, places));
    axes_of.push_back({name});
  }
  for (const std::vector<std::string>& axes : axes_of) {
    Finding& f = findings[first++];
    f.message = "what fills no window is left out along " + listed(axes) + ": " + f.message;
    f.notes = {"ceil_mode of a pool, padding, or an input that is a multiple of the strides keeps it"};
  }
}

}  // namespace shapedbg
