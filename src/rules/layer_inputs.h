// What a layer reads: the tensors by which it and its references are named.
#pragma once

#include "net/spec.h"
#include "rules/rules.h"

namespace shapedbg {

// Whether layers of that kind can name tensors in their options; most cannot.
inline bool has_references(LayerKind kind) {
  constexpr std::uint8_t none = 255;
  return option_place(kind, Opt::size_like) != none || option_place(kind, Opt::indices) != none;
}

// Calls `visit` with every tensor that a layer reads: inputs, then references among its options.
template <class Visit>
void each_read(const LayerSpec& layer, Visit&& visit) {
  for (const Ref ref : layer.inputs) visit(ref);
  if (!has_references(layer.kind)) return;
  for (const Opt opt : {Opt::size_like, Opt::indices})
    if (const auto ref = layer.reference(opt)) visit(*ref);
}

// Fills `in` anew with the shapes that a layer reads, looked up by `find` (Ref -> const ShapeOf<N>*, null
// where unknown). False when one of them is unknown.
template <class N, class Find>
bool gather(const Spec& spec, const LayerSpec& layer, Find&& find, RuleInputs<N>& in) {
  in.inputs.clear();
  in.like = in.pool_input = in.pool_output = nullptr;
  in.pool = nullptr;
  for (const Ref ref : layer.inputs) {
    const ShapeOf<N>* shape = find(ref);
    if (shape == nullptr) return false;
    in.inputs.push_back(shape);
  }
  if (!has_references(layer.kind)) return true;
  if (const auto ref = layer.reference(Opt::size_like)) {
    in.like = find(*ref);
    if (in.like == nullptr) return false;
  }
  const auto indices = layer.reference(Opt::indices);
  if (indices && !indices->is_input()) {
    const LayerSpec& pool = spec.layer(indices->layer);
    in.pool = &pool;
    in.pool_output = find(Ref{indices->layer, 0});
    in.pool_input = pool.inputs.empty() ? nullptr : find(pool.inputs[0]);
    if (in.pool_output == nullptr || in.pool_input == nullptr) return false;
  }
  return true;
}

}  // namespace shapedbg
