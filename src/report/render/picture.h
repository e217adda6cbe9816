// A network as a picture: SVG without script, in light and dark.
#pragma once

#include <string>

#include "workspace/check.h"

namespace shapedbg {

// Down the left side while sizes fall, up the right side while they grow, skips across. A box holds layers of
// one size; of many the middle is folded. What a finding is about is marked, and a line leads from the cause
// to where it surfaces. `anchors`: prefix of the links to findings on the same page ("f1-" gives "#f1-2");
// empty: no links. Empty where the shapes are not known.
std::string render_picture(const Checked& checked, const std::string& anchors);

}  // namespace shapedbg
