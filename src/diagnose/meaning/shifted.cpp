// W514: a merge of tensors whose positions do not lie in the same places (A5, A6).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void shifted_merge(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W514, {Flaw::drifting, Flaw::shifted},
               "brings together what does not lie in the same place",
               "cut or pad on the other side, or on both; where it is meant, ignore W514", findings);
}

}  // namespace shapedbg
