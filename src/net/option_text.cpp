#include "net/option_text.h"

#include <algorithm>
#include <array>

#include "net/spec.h"

namespace shapedbg {

std::string with_article(std::string_view kind) {
  // Letters that are spoken with a vowel in front.
  constexpr std::array<std::string_view, 4> spelled{"LSTM", "LPPool", "RNN", "RMSNorm"};
  const bool vowel =
      (!kind.empty() && std::string_view("AEIOU").find(kind.front()) != std::string_view::npos) ||
      std::any_of(spelled.begin(), spelled.end(),
                  [&](std::string_view letters) { return kind.starts_with(letters); });
  return (vowel ? "an " : "a ") + std::string(kind);
}

std::string_view type_text(OptType type) {
  switch (type) {
    case OptType::integer:
      return "integer";
    case OptType::axes:
      return "integer or one per axis";
    case OptType::axes_or_word:
      return "integer, one per axis, or word";
    case OptType::axes_or_null:
      return "integer or one per axis; null";
    case OptType::pads:
      return "integer or two per axis";
    case OptType::number:
      return "number";
    case OptType::axes_number:
      return "number or one per axis";
    case OptType::boolean:
      return "true or false";
    case OptType::word:
      return "word";
    case OptType::integers:
      return "list of integers";
    case OptType::sizes:
      return "list of sizes";
    case OptType::sizes_list:
      return "list of shapes";
    case OptType::slices:
      return "list of ranges";
    case OptType::reference:
      return "name of a layer";
  }
  return {};
}

std::string presence_text(const OptionInfo& option) {
  if (option.required) return "required";
  return std::holds_alternative<std::monostate>(option.fallback) ? "optional"
                                                                 : "default " + to_json(option.fallback);
}

std::string range_text(const OptionInfo& option) {
  if (!option.words.empty()) {
    std::string words(option.words);
    for (std::size_t at = 0; (at = words.find('|', at)) != std::string::npos;) words.replace(at, 1, ", ");
    return words;
  }
  const bool bounded = option.min < option.max && option.min != INT64_MIN;
  constexpr std::int64_t unbounded = INT64_C(2147483647);  // as far as LibTorch goes
  if (!bounded) return {};
  if (option.min <= -unbounded) return {};
  if (option.max >= unbounded) return "from " + std::to_string(option.min);
  return std::to_string(option.min) + " to " + std::to_string(option.max);
}

}  // namespace shapedbg
