// W515: samples of the batch are mixed (A7).
#include "diagnose/meaning/meaning.h"

namespace shapedbg {

void mixed_samples(const MeaningView& view, std::vector<Finding>& findings) {
  report_flaws(view, Code::W515, {Flaw::samples}, "mixes samples of the batch",
               "channels are axis 1: one sample must not depend on another", findings);
}

}  // namespace shapedbg
