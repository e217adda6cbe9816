// JSON values as the text that reports hold.
#pragma once

#include <string>

namespace shapedbg {

// With a final newline, on one line where `indent` is negative. Bytes that are not UTF-8 become U+FFFD.
template <class Json>
std::string json_text(const Json& value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

// Text that is not there is null.
template <class Json>
Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace shapedbg
