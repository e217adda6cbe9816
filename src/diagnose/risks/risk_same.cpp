// W508: padding "same" around an even kernel. One more zero stands at the end than at the start, so the
// map moves by half a step per layer, and LibTorch pads a copy of the input.
#include "diagnose/risks/risks.h"

namespace shapedbg {

void even_kernel_same(const RiskView& view, std::vector<Finding>& findings) {
  std::vector<RiskPlace> places;
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    if (layer.info().family != Family::conv || layer.word(Opt::padding) != "same" ||
        !view.watches(i, Code::W508))
      continue;
    for (int own = 0; own < layer.info().axes; ++own) {
      const Window w = window_of(layer, own);
      if (w.before == w.after) continue;
      places.push_back({i, "a kernel over " + std::to_string(w.reach() + 1) + " is padded by " +
                               std::to_string(w.before) + " before and " + std::to_string(w.after) +
                               " after"});
      break;
    }
  }
  if (places.empty()) return;
  Finding f = about(view, Code::W508,
                    "padding `same` of " + name_list(view, places) +
                        " is not symmetric: each shifts the map by half a step",
                    places);
  f.notes = {"an odd kernel_size pads alike on both sides"};
  findings.push_back(std::move(f));
}

}  // namespace shapedbg
