// W512: a layer that reads an axis as something that it is not (A3, A11).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void misread_axis(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W512, {Flaw::misread, Flaw::layout}, "reads an axis as what it is not",
               "a Permute or Reshape in front of it gives each axis one meaning", findings);
}

}  // namespace shapedbg
