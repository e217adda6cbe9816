// Which tensors hold integers: indices of a MaxPool, and inputs that an Embedding looks up.
#pragma once

#include <optional>
#include <vector>

#include "net/spec.h"
#include "rules/rules.h"

namespace shapedbg {

// The element type of every tensor of a spec. An input is integer when an Embedding reads it, by itself or
// behind layers that keep the type; every other one is floating point, which is what dummy data are made of.
class ElementTypes {
 public:
  explicit ElementTypes(const Spec& spec);

  bool is_integer(Ref ref) const;
  // Why a layer cannot compute with the types it gets (L219). Nothing where it can, and behind a layer of
  // an unknown type.
  std::optional<Refusal> refusal(const Spec& spec, LayerId layer) const;
  // Where the type of a tensor comes from: the layer or input behind steps that keep the type.
  Ref origin(const Spec& spec, Ref ref) const;

 private:
  enum class Use { refused, keeps, makes_floating, makes_integer };
  static Use use_of(const LayerSpec& layer, bool wants_indices);

  std::vector<bool> inputs_;
  std::vector<bool> layers_;  // the first output
  std::vector<bool> pools_;   // whose second output are integers: places
  PerLayer<Use> uses_;        // what a layer does with integers
};

}  // namespace shapedbg
