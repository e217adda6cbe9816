// What the axes of each layer's output are made of, and where their positions lie (meaning/).
#pragma once

#include <string>
#include <vector>

#include "workspace/check.h"

namespace shapedbg {

struct AxisText {
  std::string made_of;  // "channels of `e1`"
  std::string lies_at;  // "every 2 from 1/2"; empty where it is no axis of positions
};

// Of the first output of each layer, axis by axis; empty where it is not known.
std::vector<std::vector<AxisText>> axis_texts(const Checked& checked);

// "batch | channels of `e1` | height, every 2 | width, every 2"; empty where it is not known.
std::string axes_cell(const std::vector<AxisText>& axes);

}  // namespace shapedbg
