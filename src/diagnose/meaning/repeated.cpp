// W516: one position that a convolution made of several stands for all of them in a merge (A8).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void repeated_position(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(
      view, Code::W516, {Flaw::stretched}, "repeats one position",
      "a smaller kernel_size, or a stride, keeps one position for each; a pool says that one is meant",
      findings);
}

}  // namespace shapedbg
