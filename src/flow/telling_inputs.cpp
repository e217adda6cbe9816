#include "flow/telling_inputs.h"

#include <algorithm>

namespace shapedbg {

std::vector<std::size_t> telling_inputs(std::span<const Shape> inputs) {
  constexpr std::size_t few = 16;
  constexpr std::size_t most = 8;
  std::vector<std::size_t> told;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const bool known = inputs.size() > few &&
                       (told.size() == most || std::any_of(told.begin(), told.end(), [&](std::size_t t) {
                          return inputs[t] == inputs[k];
                        }));
    if (!known) told.push_back(k);
  }
  return told;
}

}  // namespace shapedbg
