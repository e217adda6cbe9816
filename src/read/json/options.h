// Option values: from a JSON node to a Value of the option's type, checked against its range.
#pragma once

#include <string_view>

#include "net/kinds.h"
#include "net/spec.h"
#include "read/json/json.h"
#include "read/json/wording.h"

namespace shapedbg {

// Reads the value of one option of any type but `reference`. On a wrong value reports it and returns
// false; `value` is then left as it was.
bool read_option(const json::Document& document, const json::Node& node, const KindInfo& kind,
                 const OptionInfo& option, std::string_view layer, Findings& findings,
                 Suggestions& suggestions, Value& value);

// Whether it is an integer from `min` to `max`.
inline bool is_integer(const json::Node& node, std::int64_t min, std::int64_t max) {
  return node.type == json::Type::number && node.integral && node.in_range && node.integer() >= min &&
         node.integer() <= max;
}
// Such an integer, or a finding that names `what`.
bool read_integer(const json::Document& document, const json::Node& node, std::string_view what,
                  std::int64_t min, std::int64_t max, std::string_view expected, std::string_view layer,
                  Findings& findings, std::int64_t& value);

}  // namespace shapedbg
