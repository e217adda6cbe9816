// W511: a reshape that cuts through rows, or joins the end of one axis and the beginning of another (A1, A2).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void scrambled_view(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W511, {Flaw::torn, Flaw::mixed}, "scrambles its elements",
               "a Permute in front of it brings the axes into the order that is meant", findings);
}

}  // namespace shapedbg
