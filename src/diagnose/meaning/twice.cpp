// W518: a merge of the same values, cut out twice or laid end to end (A10, A13).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void same_twice(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W518, {Flaw::twice, Flaw::repeated}, "takes the same twice",
               "one of them should be another part, or the merge should join along channels", findings);
}

}  // namespace shapedbg
