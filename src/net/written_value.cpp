// Values as an author may write them, and what an option makes of them: the ranges of the tables in
// kinds.cpp.
#include <algorithm>
#include <cmath>
#include <string_view>

#include "net/move.h"

namespace shapedbg {
namespace {

using WholeNumbers = std::vector<std::int64_t>;

bool in_range(const OptionInfo& option, std::int64_t value) {
  if (value == keep_size && option.type == OptType::axes_or_null) return true;
  return value >= option.min && value <= option.max;
}

bool is_one_of(std::string_view words, std::string_view word) {
  if (words.empty()) return true;
  while (!words.empty()) {
    const std::size_t end = words.find('|');
    if (words.substr(0, end) == word) return true;
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return false;
}

std::optional<Value> word(const OptionInfo& option, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || !is_one_of(option.words, *text)) return std::nullopt;
  return value;
}

std::optional<Value> axes(const KindInfo& kind, const OptionInfo& option, const Value& value) {
  const auto count = static_cast<std::size_t>(kind.axes);
  const bool pads = option.type == OptType::pads;
  if (const auto* one = std::get_if<std::int64_t>(&value)) {
    if (!in_range(option, *one)) return std::nullopt;
    return pads ? Value{WholeNumbers(2 * count, *one)} : value;
  }
  const auto* list = std::get_if<WholeNumbers>(&value);
  if (list == nullptr || list->empty()) return std::nullopt;
  if (count > 0 && list->size() != (pads ? 2 * count : count)) return std::nullopt;
  if (!std::all_of(list->begin(), list->end(), [&](std::int64_t n) { return in_range(option, n); }))
    return std::nullopt;
  return value;
}

std::optional<Value> integers(const KindInfo& kind, const OptionInfo& option, const Value& value) {
  WholeNumbers list;
  if (const auto* one = std::get_if<std::int64_t>(&value)) {
    list = {*one};
  } else if (const auto* many = std::get_if<WholeNumbers>(&value)) {
    list = *many;
  }
  const bool pairs = kind.family == Family::free_pad && option.opt == Opt::padding;
  if (list.empty() || (pairs && list.size() % 2 != 0)) return std::nullopt;
  if (!std::all_of(list.begin(), list.end(), [&](std::int64_t n) { return in_range(option, n); }))
    return std::nullopt;
  return Value{std::move(list)};
}

bool good_number(const OptionInfo& option, double number) {
  if (!std::isfinite(number) || (option.type == OptType::axes_number && !(number > 0))) return false;
  const bool bounded = option.min < option.max && option.min != INT64_MIN;
  return !bounded || (number >= static_cast<double>(option.min) && number <= static_cast<double>(option.max));
}

std::optional<Value> numbers(const KindInfo& kind, const OptionInfo& option, const Value& value) {
  std::vector<double> list;
  bool single = false;
  if (const auto* real = std::get_if<double>(&value)) {
    list = {*real};
    single = true;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    list = {static_cast<double>(*whole)};
    single = true;
  } else if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    list = *reals;
  } else if (const auto* wholes = std::get_if<WholeNumbers>(&value)) {
    list.assign(wholes->begin(), wholes->end());
  }
  if (list.empty() || (!single && option.type == OptType::number)) return std::nullopt;
  if (!single && kind.axes > 0 && list.size() != static_cast<std::size_t>(kind.axes)) return std::nullopt;
  if (!std::all_of(list.begin(), list.end(), [&](double n) { return good_number(option, n); }))
    return std::nullopt;
  return single ? Value{list.front()} : Value{std::move(list)};
}

std::optional<Value> sizes(const KindInfo& kind, const OptionInfo& option, const Value& value) {
  if (std::holds_alternative<std::string>(value))
    return option.words.empty() ? std::nullopt : word(option, value);
  std::vector<Expression> list;
  if (const auto* written = std::get_if<std::vector<Expression>>(&value)) {
    list = *written;
  } else if (const auto* plain = std::get_if<WholeNumbers>(&value)) {
    for (const std::int64_t n : *plain) list.emplace_back(n);
  } else {
    return std::nullopt;
  }
  int open = 0;
  for (const Expression& size : list) {
    if (!size.is_constant()) continue;
    const std::int64_t n = size.constant();
    if (!in_range(option, n) || (option.min < 0 && n == 0)) return std::nullopt;
    open += n == -1 && kind.family != Family::expand ? 1 : 0;  // Expand keeps as many as it likes
  }
  if (open > 1 || (list.empty() && kind.family == Family::unflatten)) return std::nullopt;
  return Value{std::move(list)};
}

template <class T>
std::optional<Value> only(const Value& value) {
  return std::holds_alternative<T>(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Value> written_value(const KindInfo& kind, const OptionInfo& option, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    const bool may_be_absent = !option.required && std::holds_alternative<std::monostate>(option.fallback);
    return may_be_absent ? std::optional(value) : std::nullopt;
  }
  switch (option.type) {
    case OptType::integer: {
      const auto* one = std::get_if<std::int64_t>(&value);
      return one != nullptr && in_range(option, *one) ? std::optional(value) : std::nullopt;
    }
    case OptType::axes_or_word:
      if (std::holds_alternative<std::string>(value)) return word(option, value);
      return axes(kind, option, value);
    case OptType::axes:
    case OptType::axes_or_null:
    case OptType::pads:
      return axes(kind, option, value);
    case OptType::number:
    case OptType::axes_number:
      return numbers(kind, option, value);
    case OptType::boolean:
      return only<bool>(value);
    case OptType::word:
      return word(option, value);
    case OptType::integers:
      return integers(kind, option, value);
    case OptType::sizes:
      return sizes(kind, option, value);
    case OptType::sizes_list:
      return only<std::vector<std::vector<Expression>>>(value);
    case OptType::slices:
      return only<std::vector<SliceRange>>(value);
    case OptType::reference:
      return only<Ref>(value);
  }
  return std::nullopt;
}

Value short_value(const Value& value) {
  const auto* list = std::get_if<WholeNumbers>(&value);
  if (list == nullptr || list->empty() || !std::equal(list->begin() + 1, list->end(), list->begin()))
    return value;
  return list->front();
}

}  // namespace shapedbg
