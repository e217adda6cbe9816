// The per-layer table of the text report.
#pragma once

#include <string>

#include "report/paint.h"
#include "report/render/text.h"
#include "workspace/check.h"

namespace shapedbg {

// The header line (name, inputs, what ran) and one row per layer, with the rows marked at which
// findings aim; ends with a newline. Empty when there is no network to show.
// `axes`: a column more, what each axis of the first output is made of (axes.h). `fold`: see fold.h.
std::string render_table(const Checked& checked, const Paint& paint, bool axes = false,
                         TableFold fold = TableFold::full);

// "[1, any, 24, 24]": Expect::any_size spelled out.
std::string shape_text(const Shape& shape);

}  // namespace shapedbg
