// `sizes`: what the free sizes of an input may be.
#pragma once

#include <vector>

#include "net/spec.h"
#include "read/json/json.h"
#include "read/json/wording.h"

namespace shapedbg {

// {"H": {"min": 64, "max": 512, "multiple_of": 8}, …}: `min` and `multiple_of` are 1 and `max` is no bound
// where they are left out. A size that could not be read has a finding and takes any size.
std::vector<FreeSize> read_free_sizes(const json::Document& document, const json::Node& node,
                                      Findings& findings, Suggestions& suggestions);

}  // namespace shapedbg
