#include "code/equal_sizes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace shapedbg {
namespace {

// What every axis behind the channels is made larger by: no two of the sizes leave the same rest at a stride
// that networks have.
constexpr std::int64_t kMore[] = {0, 1, 3, 6, 29};

bool as_large(const Shape* a, const Shape* b) {
  return a != nullptr && b != nullptr && a->size() > 2 && a->size() == b->size() &&
         std::equal(a->begin() + 2, a->end(), b->begin() + 2);
}

}  // namespace

void EqualSizes::sample() {
  if (!traces_.empty()) return;
  for (const std::int64_t more : kMore) {
    std::vector<Shape> inputs;
    for (const InputSpec& input : spec_.inputs) {
      inputs.push_back(input.shape);
      Shape& shape = inputs.back();
      // Each axis by another number, so that height is not taken for width.
      for (std::size_t axis = 2; axis < shape.size(); ++axis)
        if (more > 0) shape[axis] += more + static_cast<std::int64_t>(axis - 2) * 32;
    }
    traces_.push_back(infer(spec_, inputs));
  }
}

bool EqualSizes::equal(Ref a, Ref b) {
  sample();
  return std::all_of(traces_.begin(), traces_.end(), [&](const Trace& trace) {
    return as_large(trace.output(spec_, a), trace.output(spec_, b));
  });
}

bool EqualSizes::equal_there(Ref a, Ref b) {
  sample();
  return as_large(traces_.front().output(spec_, a), traces_.front().output(spec_, b));
}

}  // namespace shapedbg
