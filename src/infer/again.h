// Inference of what was inferred before: a changed copy of a network, or the same one at other sizes.
#pragma once

#include <memory>
#include <vector>

#include "infer/infer.h"

namespace shapedbg {

// As infer(spec). A layer that shares its options with one of `like`, as copies do until they are edited, and
// that gets the same shapes returns what it returned there: its rule is not asked again. `trace` is what the
// formulas say of `like`; LibTorch's where the two agree.
Trace infer_again(const Spec& spec, const Spec& like, const Trace& trace);

// infer(spec, inputs) for many shapes of the inputs: element types, and which layers are alike, are worked
// out once. `spec` outlives it and does not change.
class Inference {
 public:
  explicit Inference(const Spec& spec);
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;
  ~Inference();
  Trace at(const std::vector<Shape>& inputs) const;

 private:
  struct Fixed;
  const Spec& spec_;
  std::unique_ptr<const Fixed> fixed_;
};

}  // namespace shapedbg
