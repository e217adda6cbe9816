// W503: a stride that ends before the map does. Zeros of the padding that no window covers are no loss,
// and a kernel smaller than its stride leaves rows out everywhere by design.
#include <algorithm>
#include <utility>

#include "diagnose/risks/risks.h"

namespace shapedbg {
namespace {

bool strides(const LayerSpec& layer) {
  const auto strides = layer.axes(Opt::stride);
  return std::any_of(strides.begin(), strides.end(), [](std::int64_t stride) { return stride > 1; });
}

// How many of the input's own rows lie behind the last window.
std::int64_t left_out(const RiskView& view, std::size_t i, const Axis& axis) {
  const std::optional<Window> w = dropping_window(view.spec, view.trace, LayerId(i), axis);
  if (!w || w->s < 2 || w->ceil_mode || w->d * (w->k - 1) + 1 < w->s) return 0;
  const std::int64_t in = step_of(view.trace, LayerId(i), axis).in;
  return std::max<std::int64_t>(0, floor_mod(in - w->net_kernel(), w->s) - w->after);
}

}  // namespace

// One finding for the whole network: axes that lose the same are said together.
void dropped_rows(const RiskView& view, std::vector<Finding>& findings) {
  std::vector<std::pair<std::string, std::vector<std::string>>> losses;  // with the axes that they are about
  std::vector<RiskPlace> places;
  std::vector<std::size_t> strided;
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i)
    if (strides(view.layer(i))) strided.push_back(i);
  for (const Axis& axis : spatial_axes(view.spec)) {
    std::vector<std::string> lost_by;
    for (const std::size_t i : strided) {
      const std::int64_t lost = left_out(view, i, axis);
      if (lost == 0 || !view.watches(i, Code::W503)) continue;
      const std::int64_t of = step_of(view.trace, LayerId(i), axis).in;
      lost_by.push_back("`" + view.layer(i).name + "` the last " + std::to_string(lost) + " of " +
                        std::to_string(of));
      places.push_back({i, size_formula(view.spec, view.trace, LayerId(i), axis)});
    }
    if (lost_by.empty()) continue;
    const std::string text = listed(lost_by);
    auto same =
        std::find_if(losses.begin(), losses.end(), [&](const auto& one) { return one.first == text; });
    if (same == losses.end()) same = losses.insert(same, {text, {}});
    same->second.emplace_back(name_of(axis));
  }
  if (losses.empty()) return;
  std::string message = "what fills no window is left out";
  for (std::size_t i = 0; i < losses.size(); ++i)
    message += (i > 0 ? "; along " : " along ") + listed(losses[i].second) + ": " + losses[i].first;
  // In the order of the network, whatever the axis.
  std::stable_sort(places.begin(), places.end(),
                   [](const RiskPlace& a, const RiskPlace& b) { return a.layer < b.layer; });
  findings.push_back(about(view, Code::W503, std::move(message), places));
  findings.back().notes = {
      "ceil_mode of a pool, padding, or an input that is a multiple of the strides keeps it"};
}

}  // namespace shapedbg
