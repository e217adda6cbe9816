// W520: what LibTorch runs and PyTorch's Python refuses. Seen with PyTorch 2.13.0: torch.nn.functional looks
// at these by itself before it calls the library.
#include <cstdlib>
#include <string_view>

#include "diagnose/risks/risks.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

bool keeps_its_size(const OptionValue& output_size) {
  const auto* size = std::get_if<std::int64_t>(&output_size.value);
  const auto* list = std::get_if<std::vector<std::int64_t>>(&output_size.value);
  return (size != nullptr && *size == keep_size) || (list != nullptr && list->front() == keep_size);
}

// A MaxUnpool that returns a whole stride more or less than its own options give. LibTorch takes that bound,
// Python sizes within it alone.
bool unpools_to_the_bound(const LayerSpec& layer, const LayerTrace& row) {
  if (layer.info().family != Family::max_unpool || row.inputs.empty() || row.outputs.empty()) return false;
  const int axes = layer.info().axes;
  const Shape& in = row.inputs[0];
  const Shape& out = row.outputs[0];
  for (int k = 0; k < axes; ++k) {
    const auto from_end = static_cast<std::size_t>(axes - k);
    const Window window = window_of(layer, k);
    const std::int64_t natural = transposed_output(window, in[in.size() - from_end]);
    if (std::abs(out[out.size() - from_end] - natural) == window.s) return true;
  }
  return false;
}

// What Python says about the layer, as the end of a sentence; empty where it takes it.
std::string_view refused(const LayerSpec& layer, const LayerTrace& row) {
  const LayerKind kind = layer.kind;
  if (kind == LayerKind::Upsample && layer.word(Opt::mode) == "nearest-exact" &&
      layer.has(Opt::align_corners))
    return "has `align_corners`, which Python takes for modes that interpolate alone";
  if ((kind == LayerKind::AdaptiveAvgPool1d || kind == LayerKind::AdaptiveMaxPool1d) &&
      keeps_its_size(*layer.find(Opt::output_size)))
    return "has an `output_size` of null, which Python takes for 2 and 3 axes alone";
  if (unpools_to_the_bound(layer, row))
    return "returns a whole stride more or less than its own options give, and Python takes less than that "
           "alone";
  return {};
}

}  // namespace

void refused_by_python(const RiskView& view, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    if (!view.watches(i, Code::W520)) continue;
    const std::string_view why = refused(layer, view.row(i));
    if (why.empty()) continue;
    findings.push_back(about(view, Code::W520,
                             "`" + layer.name + "` " + std::string(why) + "; LibTorch runs it",
                             {{i, "gets " + bracketed(view.row(i).inputs[0])}}));
  }
}

}  // namespace shapedbg
