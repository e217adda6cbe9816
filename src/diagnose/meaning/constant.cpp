// W517: a softmax over one value, or a norm that is the output of one channel (A9).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void constant_result(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W517, {Flaw::constant}, "returns a constant",
               "leave it out, or let it work on another axis", findings);
}

}  // namespace shapedbg
