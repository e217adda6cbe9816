// `"source"` of a layer: where it stands in the program or graph that the spec was made from.
//
//   "source": {"made": "unet.py:31", "called": "unet.py:52", "module": "up1.up", "node": "conv_transpose2d"}
//   "source": "unet.py:31"    // the line that made it alone
#pragma once

#include <memory>
#include <string_view>

#include "net/layer_source.h"
#include "read/json/json.h"
#include "read/json/wording.h"

namespace shapedbg {

// Null, with findings, where nothing can be read.
std::shared_ptr<const LayerSource> read_source(const json::Document& document, const json::Node& node,
                                               std::string_view layer, Findings& findings,
                                               Suggestions& suggestions);

}  // namespace shapedbg
