// The shapes that a spec states: what goes in and what is expected to come out.
#pragma once

#include <optional>
#include <string_view>

#include "net/spec.h"
#include "read/json/json.h"
#include "read/json/wording.h"

namespace shapedbg {

// The sizes that may be free, and which input it is that names them.
struct FreeNames {
  std::vector<FreeSize>& sizes;
  int input = 0;
};

// One input shape. Nothing, with findings, where it is none. A word in it is one of the free sizes, which
// learns the axis and gives its smallest size.
std::optional<Shape> read_shape(const json::Document& document, const json::Node& node, std::string_view name,
                                FreeNames free, Findings& findings, Suggestions& suggestions);

// "input", a shape with null for any size, {"scale": 2}, {"scale": [1, 0.5]} for an input of
// `rank` axes (0: not known), or null for nothing at all.
Rare<Expect> read_expect(const json::Document& document, const json::Node& node, std::string_view layer,
                         std::size_t rank, Findings& findings, Suggestions& suggestions);

}  // namespace shapedbg
