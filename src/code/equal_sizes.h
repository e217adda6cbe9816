// Tensors that have the same size behind the channels whatever comes in: one may be named in the place of the
// other.
#pragma once

#include <vector>

#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

class EqualSizes {
 public:
  // Holds on to the spec. Nothing is computed before the first question.
  explicit EqualSizes(const Spec& spec) : spec_(spec) {}

  // Seen by formula at the sizes of the spec and at others.
  bool equal(Ref a, Ref b);
  // At the sizes of the spec.
  bool equal_there(Ref a, Ref b);

 private:
  struct Sample {
    std::vector<Shape> inputs;
    Trace trace;
  };

  void sample();
  const Shape* shape(const Sample& at, Ref ref) const;

  const Spec& spec_;
  std::vector<Sample> samples_;
};

}  // namespace shapedbg
