// What only makes sizes meet (sense.h): channels that are joined along places.
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/judge/sense.h"

namespace shapedbg {
namespace {

// What a layer states that it takes, and whether it says so at all.
std::optional<std::int64_t> counted_by(const LayerSpec& layer) {
  for (const Opt opt : {Opt::in_channels, Opt::in_features, Opt::num_features, Opt::num_channels})
    if (!layer.broken && layer.find(opt) != nullptr && layer.find(opt)->written && layer.has(opt))
      return layer.integer(opt);
  return std::nullopt;
}

// Something behind the Concat counts the channels that it joined, or convolves what they were joined to.
bool channels_are_read(const Spec& spec, LayerId join, std::size_t axis, std::int64_t sum, std::size_t rank) {
  for (LayerId i = join + 1; i < spec.layers.end_id(); ++i) {
    const LayerSpec& reader = spec.layer(i);
    const Channels at = facts(reader.kind).channels;
    if (at == Channels::none || reader.broken || reader.inputs.size() != 1) continue;
    if (before_pointwise(spec, reader.inputs[0]) != Ref{join, 0} && reader.inputs[0] != Ref{join, 0})
      continue;
    const auto stated = counted_by(reader);
    if (axis != (at == Channels::last ? rank - 1 : 1)) continue;
    if (stated ? *stated == sum : reader.info().family == Family::conv) return true;
  }
  return false;
}

}  // namespace

bool joins_places(const Spec& before, const Trace& was, const Spec& after, const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    const LayerSpec& is = after.layers[i];
    if (origin[i].is_none() || is.broken || is.info().family != Family::concat) continue;
    const LayerSpec& old = before.layer(origin[i]);
    const Shapes& inputs = was.row(origin[i]).inputs;
    if (old.broken || old.kind != is.kind || inputs.empty() || old.integer(Opt::dim) == is.integer(Opt::dim))
      continue;
    const std::size_t rank = inputs[0].size();
    const std::size_t axis = wrapped_axis(old.integer(Opt::dim), rank);
    if (rank < 3 || axis == wrapped_axis(is.integer(Opt::dim), rank)) continue;
    std::int64_t sum = 0;
    for (const Shape& x : inputs) sum += axis < x.size() ? x[axis] : 0;
    if (channels_are_read(after, LayerId(i), axis, sum, rank)) return true;
  }
  return false;
}

}  // namespace shapedbg
