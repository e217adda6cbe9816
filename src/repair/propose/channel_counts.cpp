#include "repair/propose/channel_counts.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

// [N, C] as [N, C, 1, 1].
bool gets_axes_of_one(const LayerSpec& layer, const Shape& x, const Shape& y) {
  return layer.info().family == Family::reshape && x.size() == 2 && y.size() > 2 && x[0] == y[0] &&
         x[1] == y[1] && std::all_of(y.begin() + 2, y.end(), [](std::int64_t n) { return n == 1; });
}

// "[-1, 400]": the rows that are left when every row has 400 features.
bool counts_features(const LayerSpec& layer) {
  if (layer.broken || layer.info().family != Family::reshape) return false;
  const OptionValue* option = layer.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  return sizes != nullptr && sizes->size() == 2 && (*sizes)[1].is_constant() && (*sizes)[1].constant() > 0;
}

bool is_depthwise(const LayerSpec& layer, const LayerTrace& row) {
  if (layer.broken || layer.info().family != Family::conv || row.inputs.empty()) return false;
  const auto axis = axis_of_channels(layer, row.inputs[0].size());
  return axis && layer.integer(Opt::groups) > 1 && row.inputs[0][*axis] == layer.integer(Opt::groups);
}

bool sees_neighbours(const LayerSpec& layer) {
  for (std::size_t a = 0; a < layer.axis_count(); ++a)
    if (window_of(layer, static_cast<int>(a)).k > 1) return true;
  return false;
}

// A convolution that sees neighbours and whose groups do not divide its channels, among others that have as
// many groups as channels, or behind a 1x1 convolution that makes more channels for it: it was to have as
// many.
bool meant_depthwise(const Spec& spec, const Trace& trace, LayerId index) {
  const LayerSpec& layer = spec.layer(index);
  const LayerTrace& row = trace.row(index);
  if (layer.info().family != Family::conv || layer.inputs.size() != 1 || row.inputs.empty()) return false;
  const auto axis = axis_of_channels(layer, row.inputs[0].size());
  const std::int64_t groups = layer.integer(Opt::groups);
  if (!axis || groups < 2 || !sees_neighbours(layer)) return false;
  const std::int64_t channels = row.inputs[0][*axis];
  if (channels < 2 || channels % groups == 0 || layer.integer(Opt::out_channels) % channels != 0)
    return false;
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    if (LayerId(i) != index && is_depthwise(spec.layers[i], trace.layers[i])) return true;
  const Ref from = before_pointwise(spec, layer.inputs[0]);
  if (from.is_input()) return false;
  const LayerSpec& widens = spec.layer(from.layer);
  const auto& taken = trace.row(from.layer).inputs;
  if (widens.broken || widens.info().family != Family::conv || taken.empty() || taken[0].size() <= *axis)
    return false;
  return window_of(widens, 0).k == 1 && channels >= 2 * taken[0][*axis];
}

}  // namespace

bool about_channels(Code code) { return code == Code::L202 || code == Code::L203 || code == Code::L209; }

std::optional<std::size_t> axis_of_channels(const LayerSpec& layer, std::size_t rank) {
  const auto axes = layer.axis_count();
  switch (facts(layer.kind).channels) {
    case Channels::none:
      return std::nullopt;
    case Channels::before_axes:
      return rank > axes ? std::optional(rank - axes - 1) : std::nullopt;
    case Channels::second:
      return rank > 1 ? std::optional<std::size_t>(1) : std::nullopt;
    case Channels::last:
      return rank > 0 ? std::optional(rank - 1) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Opt> taken_by(const LayerSpec& layer) {
  for (const Opt opt : {Opt::in_channels, Opt::in_features, Opt::input_size, Opt::num_features,
                        Opt::num_channels, Opt::num_parameters, Opt::embed_dim, Opt::d_model}) {
    const OptionValue* option = layer.find(opt);
    if (option != nullptr && option->written) return opt;
  }
  return std::nullopt;
}

std::optional<std::int64_t> width_of_norm(const LayerSpec& layer) {
  const OptionValue* shape = layer.find(Opt::normalized_shape);
  const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&shape->value);
  return sizes != nullptr && sizes->size() == 1 ? std::optional(sizes->front()) : std::nullopt;
}

std::optional<Opt> divides_by(const LayerSpec& layer) {
  for (const Opt opt : {Opt::num_groups, Opt::groups, Opt::num_heads, Opt::nhead})
    if (layer.find(opt) != nullptr) return opt;
  return std::nullopt;
}

std::optional<Opt> returned_by(const LayerSpec& layer) {
  for (const Opt opt : {Opt::out_channels, Opt::out_features, Opt::embedding_dim})
    if (layer.find(opt) != nullptr) return opt;
  return std::nullopt;
}

std::pair<Produced, std::int64_t> made_whole(const Spec& spec, const Trace& trace, Ref ref,
                                             std::size_t axis) {
  Produced place = produced(spec, trace, ref, axis);
  std::int64_t parts = 1;
  while (!place.ref.is_input() && parts < 64) {
    const LayerSpec& layer = spec.layer(place.ref.layer);
    const auto& taken = trace.row(place.ref.layer).inputs;
    if (layer.broken || layer.inputs.empty() || taken.empty()) break;
    if (layer.info().family == Family::chunk &&
        place.axis == wrapped_axis(layer.integer(Opt::dim), taken[0].size()))
      parts *= layer.integer(Opt::chunks);
    else if (layer.info().family == Family::glu &&
             place.axis == wrapped_axis(layer.integer(Opt::dim), taken[0].size()))
      parts *= 2;
    else if (!gets_axes_of_one(layer, taken[0], trace.row(place.ref.layer).outputs[0]) || place.axis != 1)
      break;
    place = produced(spec, trace, layer.inputs[0], place.axis);
  }
  return {place, parts};
}

std::optional<Set> set_to_features(const Spec& spec, const Trace& trace, LayerId index) {
  const LayerSpec& layer = spec.layer(index);
  const LayerTrace& row = trace.row(index);
  if (!counts_features(layer) || row.inputs.empty() || row.inputs[0].size() < 2) return std::nullopt;
  const std::int64_t features = elements(row.inputs[0], 1);
  auto sizes = std::get<std::vector<Expression>>(layer.find(Opt::shape)->value);
  if (features < 1 || sizes[1].constant() == features) return std::nullopt;
  sizes[1] = Expression(features);
  return Set{index, Opt::shape, Value{std::move(sizes)}};
}

std::optional<Set> set_to_arriving(const Spec& spec, const Trace& trace, LayerId index) {
  const LayerSpec& layer = spec.layer(index);
  const LayerTrace& row = trace.row(index);
  if (row.inputs.empty() || row.refusals.empty() || !about_channels(row.refusals[0].code))
    return std::nullopt;
  const Shape& x = row.inputs[0];
  const auto axis = axis_of_channels(layer, x.size());
  if (!axis) return std::nullopt;
  // Channels that do not arrive as written come first: groups may divide them then.
  const bool groups = std::all_of(row.refusals.begin(), row.refusals.end(),
                                  [](const Refusal& r) { return r.code == Code::L202; });
  if (groups) {
    const std::optional<Opt> divides = divides_by(layer);
    if (!divides) return std::nullopt;
    const Opt opt = *divides;
    std::int64_t common = x[*axis];
    if (opt == Opt::groups && meant_depthwise(spec, trace, index)) return Set{index, opt, Value{common}};
    // A depthwise convolution stays one: each channel makes as many.
    if (layer.find(Opt::out_channels) != nullptr && common > 1 && layer.integer(opt) == common) {
      const std::int64_t each = std::max<std::int64_t>(layer.integer(Opt::out_channels) / common, 1);
      return Set{index, Opt::out_channels, Value{each * common}};
    }
    if (layer.info().family == Family::group_norm && common < 2)
      return std::nullopt;  // nothing to normalise by
    if (layer.find(Opt::out_channels) != nullptr) common = std::gcd(common, layer.integer(Opt::out_channels));
    std::int64_t best = std::min(common, layer.integer(opt));
    while (best > 1 && common % best != 0) --best;
    if (best < 1 || best == layer.integer(opt)) return std::nullopt;
    return Set{index, opt, Value{best}};
  }
  const auto opt = taken_by(layer);
  if (!opt || layer.integer(*opt) == x[*axis]) return std::nullopt;
  return Set{index, *opt, Value{x[*axis]}};
}

}  // namespace shapedbg
