#include "rules/element_types.h"

#include <algorithm>

namespace shapedbg {
namespace {

bool is_pool_indices(const Spec& spec, Ref ref) {
  return !ref.is_input() && ref.output == 1 &&
         spec.layers[static_cast<std::size_t>(ref.layer)].info().family == Family::max_pool;
}

}  // namespace

// As LibTorch 2.13 on the CPU: a kernel either has integers or raises "not implemented for 'Long'".
ElementTypes::Use ElementTypes::use_of(const LayerSpec& layer, bool wants_indices) const {
  switch (layer.info().family) {
    case Family::avg_pool:
    case Family::pad:
    case Family::pixel_shuffle:
    case Family::pixel_unshuffle:
    case Family::channel_shuffle:
    case Family::flatten:
    case Family::unflatten:
    case Family::reshape:
    case Family::permute:
    case Family::transpose:
    case Family::squeeze:
    case Family::unsqueeze:
    case Family::slice:
    case Family::crop:
    case Family::free_pad:
    case Family::pad_to_multiple:
    case Family::stack:
    case Family::concat:
    case Family::chunk:
      return Use::keeps;
    case Family::max_pool:
      // Without indices torch takes a kernel of its own for one axis, which has no integers.
      return layer.info().axes > 1 || wants_indices || layer.flag(Opt::return_indices) ? Use::keeps
                                                                                       : Use::refused;
    case Family::reduce:
      return layer.kind == LayerKind::Sum ? Use::keeps : Use::refused;
    case Family::elementwise:
      return layer.kind == LayerKind::Div ? Use::makes_floating : Use::keeps;
    case Family::local_response_norm:
    case Family::lp_pool:
    case Family::custom:
    case Family::embedding:
      return Use::makes_floating;
    case Family::pointwise:
      break;
    default:
      return Use::refused;
  }
  switch (layer.kind) {
    case LayerKind::Identity:
    case LayerKind::Contiguous:
    case LayerKind::Dropout:
    case LayerKind::Dropout1d:
    case LayerKind::Dropout2d:
    case LayerKind::Dropout3d:
    case LayerKind::AlphaDropout:
    case LayerKind::FeatureAlphaDropout:
    case LayerKind::ReLU:
    case LayerKind::ReLU6:
    case LayerKind::Hardtanh:
    case LayerKind::Threshold:
      return Use::keeps;
    case LayerKind::Sigmoid:
    case LayerKind::Tanh:
    case LayerKind::Tanhshrink:
    case LayerKind::Softsign:
      return Use::makes_floating;
    default:
      return Use::refused;
  }
}

ElementTypes::ElementTypes(const Spec& spec)
    : inputs_(spec.inputs.size()),
      layers_(spec.layers.size()),
      pools_(spec.layers.size()),
      uses_(spec.layers.size()) {
  std::vector<bool> wants_indices(spec.layers.size());
  for (const LayerSpec& layer : spec.layers)
    if (const auto pool = layer.reference(Opt::indices); pool && !pool->is_input())
      wants_indices[static_cast<std::size_t>(pool->layer)] = true;
  // From the last layer to the first: which tensors end in an Embedding without a change of type.
  std::vector<bool> looked_up(spec.layers.size());
  const auto mark = [&](Ref ref) {
    if (ref.is_input())
      inputs_[static_cast<std::size_t>(ref.input())] = true;
    else if (!is_pool_indices(spec, ref))
      looked_up[static_cast<std::size_t>(ref.layer)] = true;
  };
  for (std::size_t i = spec.layers.size(); i-- > 0;) {
    const LayerSpec& layer = spec.layers[i];
    uses_[i] = layer.broken ? Use::makes_floating : use_of(layer, wants_indices[i]);
    if (layer.broken) continue;
    if (layer.info().family == Family::embedding || (looked_up[i] && uses_[i] == Use::keeps))
      std::for_each(layer.inputs.begin(), layer.inputs.end(), mark);
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    pools_[i] = layer.info().family == Family::max_pool;
    layers_[i] = uses_[i] == Use::keeps && std::all_of(layer.inputs.begin(), layer.inputs.end(),
                                                       [&](Ref ref) { return is_integer(ref); });
  }
}

bool ElementTypes::is_integer(Ref ref) const {
  if (ref.is_input()) return inputs_[static_cast<std::size_t>(ref.input())];
  const auto i = static_cast<std::size_t>(ref.layer);
  return layers_[i] || (ref.output == 1 && pools_[i]);
}

Ref ElementTypes::origin(const Spec& spec, Ref ref) const {
  while (!ref.is_input() && !is_pool_indices(spec, ref)) {
    const auto i = static_cast<std::size_t>(ref.layer);
    if (uses_[i] != Use::keeps || spec.layers[i].inputs.empty()) break;
    ref = spec.layers[i].inputs[0];
  }
  return ref;
}

std::optional<Refusal> ElementTypes::refusal(const Spec& spec, int index) const {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(index)];
  if (layer.broken) return std::nullopt;
  const auto called = [&] { return "`" + layer.name + "` (" + std::string(layer.info().name) + ")"; };
  if (layer.info().family == Family::embedding) {
    if (is_integer(layer.inputs.front())) return std::nullopt;
    return Refusal{Code::L219,
                   called() + " looks up integers and gets floating point from `" +
                       spec.name_of(layer.inputs.front()) + "`",
                   Opt{},
                   false,
                   -1,
                   -1};
  }
  if (uses_[static_cast<std::size_t>(index)] != Use::refused) return std::nullopt;
  for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
    const Ref ref = layer.inputs[k];
    if (!is_integer(ref)) continue;
    return Refusal{
        Code::L219,
        called() + " computes with floating point and gets integers from `" + spec.name_of(ref) + "`",
        Opt{},
        false,
        -1,
        static_cast<int>(k)};
  }
  return std::nullopt;
}

}  // namespace shapedbg
