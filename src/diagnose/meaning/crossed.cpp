// W513: different axes of one input meet, or the output has them in another order (A4, A12).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void crossed_axes(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W513, {Flaw::crossed, Flaw::turned}, "mixes up axes",
               "a Permute (or Transpose) is missing, or names the wrong axes", findings);
}

}  // namespace shapedbg
