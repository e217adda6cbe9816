#include "rules/element_types.h"
#include "net/facts.h"
#include "rules/layer_inputs.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace shapedbg {
namespace {

// The second output of a MaxPool, TopK or Sort: where the elements of the first one were.
bool tells_places(const LayerSpec& layer) {
  return layer.info().family == Family::max_pool || layer.info().family == Family::gathering;
}

bool is_places(const Spec& spec, Ref ref) {
  return !ref.is_input() && ref.output == 1 && tells_places(spec.layer(ref.layer));
}

// The inputs whose elements a layer returns; of the others it takes sizes alone.
std::span<const Ref> elements_of(const LayerSpec& layer) {
  const Family family = layer.info().family;
  const bool first_alone = family == Family::reshape || family == Family::expand ||
                           family == Family::repeat || family == Family::gathering ||
                           family == Family::signal || layer.kind == LayerKind::MaskedFill;
  if (layer.kind == LayerKind::Where && !layer.inputs.empty()) return std::span(layer.inputs).subspan(1);
  return std::span(layer.inputs)
      .first(first_alone ? std::min<std::size_t>(layer.inputs.size(), 1) : layer.inputs.size());
}

}  // namespace

// As LibTorch 2.13 on the CPU: a kernel either has integers or raises "not implemented for 'Long'".
ElementTypes::Use ElementTypes::use_of(const LayerSpec& layer, bool wants_indices) {
  const KindInfo& kind = layer.info();
  // As with Python's numbers: 2 is an integer, 2.5 is not.
  const auto whole = [&](Opt opt) { return layer.number(opt) == std::floor(layer.number(opt)); };
  const Integers integers = kind.own.integers.value_or(facts(kind.family).integers);
  const bool with_number = kind.family == Family::elementwise || kind.family == Family::choice;
  if (layer.kind == LayerKind::MaskedFill && !layer.has(Opt::value)) return Use::makes_floating;
  if (with_number && integers != Integers::made && layer.has(Opt::value) &&
      (!whole(Opt::value) || (layer.kind == LayerKind::Pow && layer.number(Opt::value) < 0)))
    return Use::makes_floating;
  if (layer.kind == LayerKind::Clamp && (!whole(Opt::min) || !whole(Opt::max))) return Use::makes_floating;
  if (layer.word(Opt::dtype) == "int64") return Use::makes_integer;
  switch (integers) {
    case Integers::refused:
      return Use::refused;
    case Integers::kept:
      return Use::keeps;
    case Integers::floats:
      return Use::makes_floating;
    case Integers::made:
      return Use::makes_integer;
    case Integers::kept_with_indices:
      // Without indices torch takes a kernel of its own for one axis, which has no integers.
      return kind.axes > 1 || wants_indices || layer.flag(Opt::return_indices) ? Use::keeps : Use::refused;
  }
  return Use::refused;
}

ElementTypes::ElementTypes(const Spec& spec)
    : inputs_(spec.inputs.size()),
      layers_(spec.layers.size()),
      pools_(spec.layers.size()),
      uses_(spec.layers.size()) {
  PerLayer<bool> wants_indices(spec.layers.size());
  for (const LayerSpec& layer : spec.layers) {
    if (!has_references(layer.kind)) continue;
    if (const auto pool = layer.reference(Opt::indices); pool && !pool->is_input())
      wants_indices[pool->layer] = true;
  }
  // From the last layer to the first: which tensors end in an Embedding without a change of type.
  PerLayer<bool> looked_up(spec.layers.size());
  const auto mark = [&](Ref ref) {
    if (ref.is_input())
      inputs_[ref.input()] = true;
    else if (!is_places(spec, ref))
      looked_up[ref.layer] = true;
  };
  for (std::size_t i = spec.layers.size(); i-- > 0;) {
    const LayerSpec& layer = spec.layers[i];
    uses_[i] = layer.broken ? Use::makes_floating : use_of(layer, wants_indices[i]);
    if (layer.broken) continue;
    if (layer.info().family == Family::embedding || (looked_up[i] && uses_[i] == Use::keeps))
      for (const Ref ref : elements_of(layer)) mark(ref);
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (tells_places(layer)) pools_[i] = true;
    const auto all_integers = [&](std::span<const Ref> elements) {
      return std::all_of(elements.begin(), elements.end(), [&](Ref ref) { return is_integer(ref); });
    };
    if (uses_[i] == Use::makes_integer || (uses_[i] == Use::keeps && all_integers(elements_of(layer))))
      layers_[i] = true;
  }
}

bool ElementTypes::is_integer(Ref ref) const {
  if (ref.is_input()) return inputs_[ref.input()];
  const auto i = ref.layer.place();
  return layers_[i] || (ref.output == 1 && pools_[i]);
}

Ref ElementTypes::origin(const Spec& spec, Ref ref) const {
  while (!ref.is_input() && !is_places(spec, ref)) {
    const auto i = ref.layer.place();
    if (uses_[i] != Use::keeps || spec.layers[i].inputs.empty()) break;
    ref = spec.layers[i].inputs[0];
  }
  return ref;
}

std::optional<Refusal> ElementTypes::refusal(const Spec& spec, LayerId index) const {
  const LayerSpec& layer = spec.layer(index);
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
  if (layer.info().family == Family::matmul &&
      is_integer(layer.inputs.front()) != is_integer(layer.inputs.back()))
    return Refusal{Code::L219, called() + " multiplies integers by floating point, which torch does not",
                   Opt{},      false,
                   -1,         -1};
  if (uses_[index] != Use::refused) return std::nullopt;
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
