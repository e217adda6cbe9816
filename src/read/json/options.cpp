#include "read/json/options.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "text/lower.h"

namespace shapedbg {
namespace {

// Reads one option of one layer.
class OptionReader {
 public:
  OptionReader(const json::Document& document, const KindInfo& kind, const OptionInfo& option,
               std::string_view layer, Findings& findings, Suggestions& suggestions)
      : document_(document),
        kind_(kind),
        option_(option),
        layer_(layer),
        findings_(findings),
        suggestions_(suggestions) {}

  bool read(const json::Node& node, Value& value) {
    // As None in torch: an option that may be absent may be written as null.
    if (node.type == json::Type::null && option_.type != OptType::axes_or_null && !option_.required &&
        std::holds_alternative<std::monostate>(option_.fallback)) {
      value = std::monostate{};
      return true;
    }
    switch (option_.type) {
      case OptType::integer:
        return one_integer(node, value);
      case OptType::axes:
      case OptType::axes_or_null:
      case OptType::pads:
        return axes(node, value);
      case OptType::axes_or_word:
        return node.type == json::Type::string ? word(node, value) : axes(node, value);
      case OptType::number:
      case OptType::axes_number:
        return numbers(node, value);
      case OptType::boolean:
        return boolean(node, value);
      case OptType::word:
        return word(node, value);
      case OptType::integers:
        return integers(node, value);
      case OptType::sizes:
        return sizes_or_word(node, value);
      case OptType::sizes_list:
        return sizes_list(node, value);
      case OptType::slices:
        return slices(node, value);
      case OptType::reference:
        break;
    }
    return false;
  }

 private:
  std::string name() const { return "`" + std::string(to_string(option_.opt)) + "`"; }

  // What the option takes, for "must be …".
  std::string expected() const {
    const bool per_axis = kind_.axes > 0;
    const std::string list = per_axis ? " or a list of " + std::to_string(kind_.axes) : " or a list";
    switch (option_.type) {
      case OptType::integer:
        return "an integer";
      case OptType::axes:
        return "an integer" + list;
      case OptType::axes_or_null:
        return "an integer, null" + list;
      case OptType::axes_or_word:
        return "an integer, a list of " + std::to_string(kind_.axes) + ", " + alternatives(option_.words);
      case OptType::pads:
        return "an integer or a list of " + std::to_string(2 * kind_.axes);
      case OptType::number:
        return "a number";
      case OptType::axes_number:
        return "a number" + list;
      case OptType::boolean:
        return "true or false";
      case OptType::word:
        return option_.words.empty() ? "a string" : alternatives(option_.words);
      case OptType::integers:
        return "a list of integers or one integer";
      case OptType::sizes:
        return std::string("a list of integers and size expressions") +
               (option_.words.empty() ? "" : " or " + alternatives(option_.words));
      case OptType::sizes_list:
        return "a list of shapes";
      case OptType::slices:
        return "a list of [start, stop] or [start, stop, step]";
      case OptType::reference:
        return "the name of a layer or input";
    }
    return "another value";
  }

  bool fail(Code code, const json::Node& node, std::string message) {
    findings_.add(code, std::move(message), document_.value(node), layer_);
    return false;
  }

  bool wrong_type(const json::Node& node, bool entry = false) {
    std::string message = (entry ? "an entry of " : "") + name() + " must be " +
                          (entry ? entry_expected() : expected()) + ", not " + described(node);
    return fail(Code::S104, node, std::move(message));
  }

  std::string entry_expected() const {
    switch (option_.type) {
      case OptType::axes_or_null:
        return "an integer or null";
      case OptType::number:
      case OptType::axes_number:
        return "a number";
      case OptType::sizes:
      case OptType::sizes_list:
        return "an integer or a size expression";
      case OptType::integer:
      case OptType::axes:
      case OptType::axes_or_word:
      case OptType::pads:
      case OptType::boolean:
      case OptType::word:
      case OptType::integers:
      case OptType::slices:
      case OptType::reference:
        break;
    }
    return "an integer";
  }

  bool integer(const json::Node& node, std::int64_t& value, bool entry) {
    if (node.type == json::Type::null && option_.type == OptType::axes_or_null) {
      value = keep_size;
      return true;
    }
    if (node.type == json::Type::number && node.integral && node.in_range) {
      const std::int64_t written = node.integer();
      if (written >= option_.min && written <= option_.max) {
        value = written;
        return true;
      }
    }
    const std::string what = entry ? "an entry of " + name() : name();
    return read_integer(document_, node, what, option_.min, option_.max,
                        entry ? entry_expected() : expected(), layer_, findings_, value);
  }

  bool one_integer(const json::Node& node, Value& value) {
    std::int64_t read = 0;
    if (!integer(node, read, false)) return false;
    value = read;
    return true;
  }

  // All entries are looked at, so that each wrong one is reported.
  bool entries(const json::Node& list, std::vector<std::int64_t>& values) {
    bool good = true;
    for (const json::Node* entry = document_.first(list); entry; entry = document_.next(*entry)) {
      std::int64_t read = 0;
      good = integer(*entry, read, true) && good;
      values.push_back(read);
    }
    return good;
  }

  bool wrong_length(const json::Node& node, const std::string& wanted) {
    return fail(Code::S111, node,
                name() + " of " + std::string(kind_.name) + " takes " + wanted + ", not " + described(node));
  }

  bool axes(const json::Node& node, Value& value) {
    const bool pads = option_.type == OptType::pads;
    const auto wanted = static_cast<std::size_t>(pads ? 2 * kind_.axes : kind_.axes);
    if (node.type != json::Type::array) {
      std::int64_t read = 0;
      if (!integer(node, read, false)) return false;
      if (pads) {
        value = std::vector<std::int64_t>(wanted, read);
      } else {
        value = read;
      }
      return true;
    }
    if (node.count == 0 || (wanted > 0 && node.count != wanted))
      return wrong_length(node, "one integer or a list of " + std::to_string(wanted));
    std::vector<std::int64_t> values;
    if (!entries(node, values)) return false;
    value = std::move(values);
    return true;
  }

  bool integers(const json::Node& node, Value& value) {
    std::vector<std::int64_t> values;
    if (node.type == json::Type::array) {
      if (node.count == 0) return wrong_length(node, "at least one integer");
      if (!entries(node, values)) return false;
    } else {
      std::int64_t read = 0;
      if (!integer(node, read, false)) return false;
      values.push_back(read);
    }
    // F.pad: a start and an end for each axis.
    if (kind_.family == Family::free_pad && option_.opt == Opt::padding && values.size() % 2 != 0)
      return wrong_length(node, "two numbers for each axis");
    value = std::move(values);
    return true;
  }

  bool number(const json::Node& node, double& value, bool entry) {
    if (node.type != json::Type::number) return wrong_type(node, entry);
    const std::string what = (entry ? "an entry of " : "") + name();
    if (!std::isfinite(node.number()))
      return fail(Code::S110, node, what + " is beyond what a double holds: " + described(node));
    if (option_.type == OptType::axes_number && !(node.number() > 0))
      return fail(Code::S110, node, what + " must be greater than 0, not " + described(node));
    // min = max = 0 in the table: any number.
    if (option_.min < option_.max && option_.min != INT64_MIN &&
        (node.number() < static_cast<double>(option_.min) ||
         node.number() > static_cast<double>(option_.max)))
      return fail(Code::S110, node,
                  what + " must be from " + std::to_string(option_.min) + " to " +
                      std::to_string(option_.max) + ", not " + described(node));
    value = node.number();
    return true;
  }

  bool numbers(const json::Node& node, Value& value) {
    double read = 0;
    if (option_.type == OptType::number || node.type != json::Type::array) {
      if (!number(node, read, false)) return false;
      value = read;
      return true;
    }
    if (node.count == 0 || (kind_.axes > 0 && node.count != static_cast<std::size_t>(kind_.axes)))
      return wrong_length(node, kind_.axes > 0 ? "one number or a list of " + std::to_string(kind_.axes)
                                               : "at least one number");
    std::vector<double> values;
    bool good = true;
    for (const json::Node* entry = document_.first(node); entry; entry = document_.next(*entry)) {
      good = number(*entry, read, true) && good;
      values.push_back(read);
    }
    if (good) value = std::move(values);
    return good;
  }

  bool boolean(const json::Node& node, Value& value) {
    if (node.type != json::Type::boolean) return wrong_type(node);
    value = node.flag();
    return true;
  }

  bool word(const json::Node& node, Value& value) {
    if (node.type != json::Type::string) return wrong_type(node);
    const std::vector<std::string_view> words = split(option_.words);
    if (words.empty() || std::find(words.begin(), words.end(), node.text()) != words.end()) {
      value = std::string(node.text());
      return true;
    }
    // TensorFlow's "SAME" is no other word.
    const std::string letters = lower(node.text());
    const auto same = std::find(words.begin(), words.end(), letters);
    const auto near = same != words.end() ? std::optional(*same) : suggestions_.nearest(node.text(), words);
    Finding& finding =
        findings_.add(Code::S110,
                      name() + " must be " + expected() + ", not " + in_backticks(node.text()) +
                          (near ? nearest_text("word", *near) : ""),
                      document_.value(node), layer_);
    // Where one word alone is allowed, it is that, whatever was meant.
    if (words.size() == 1 && same == words.end()) {
      if (node.origin() < 0) offer_word(finding, node.span, words[0], Applicability::unsafe);
      value = std::string(words[0]);
      return true;
    }
    if (same == words.end()) return false;
    if (node.origin() < 0) offer_word(finding, node.span, *near);
    value = std::string(*near);
    return true;
  }

  bool size(const json::Node& node, Expression& size) {
    if (node.type == json::Type::string) {
      std::variant<Expression, std::string> parsed = Expression::parse(node.text());
      if (const std::string* error = std::get_if<std::string>(&parsed))
        return fail(Code::S113, node,
                    "the size expression " + in_backticks(node.text()) + " cannot be read: " + *error);
      size = std::get<Expression>(std::move(parsed));
      if (!size.is_constant()) return true;
      if (size.constant() < option_.min || size.constant() > option_.max ||
          (option_.min < 0 && size.constant() == 0))
        return fail(Code::S110, node,
                    "an entry of " + name() + " must be " + size_range() + ", not " +
                        std::to_string(size.constant()));
      return true;
    }
    if (node.type != json::Type::number || !node.integral) return wrong_type(node, true);
    // 0 stands between -1 and the sizes, and is neither.
    if (!node.in_range || node.integer() < option_.min || node.integer() > option_.max ||
        (option_.min < 0 && node.integer() == 0))
      return fail(Code::S110, node,
                  "an entry of " + name() + " must be " + size_range() + ", not " + described(node));
    size = Expression(node.integer());
    return true;
  }

  std::string size_range() const {
    const std::string range = "from 1 to " + std::to_string(option_.max);
    return option_.min < 0 ? range + ", or -1" : range;
  }

  bool sizes(const json::Node& node, std::vector<Expression>& list) {
    if (node.type != json::Type::array) return wrong_type(node);
    bool good = true;
    const json::Node* free = nullptr;
    for (const json::Node* entry = document_.first(node); entry; entry = document_.next(*entry)) {
      Expression read;
      if (!size(*entry, read)) {
        good = false;
      } else if (read.is_constant() && read.constant() == -1) {
        if (free && kind_.family != Family::expand) {
          Finding& finding =
              findings_.add(Code::S110, name() + " holds -1 twice: only one entry can follow from the rest",
                            document_.value(*entry), layer_);
          finding.related.push_back({std::string(layer_), document_.value(*free), "the first -1"});
          good = false;
        }
        free = entry;
      }
      list.push_back(std::move(read));
    }
    return good;
  }

  bool sizes_or_word(const json::Node& node, Value& value) {
    if (node.type == json::Type::string && !option_.words.empty()) return word(node, value);
    std::vector<Expression> list;
    if (!sizes(node, list)) return false;
    if (list.empty() && (kind_.family == Family::unflatten || kind_.family == Family::expand))
      return wrong_length(node, "at least one size");
    value = std::move(list);
    return true;
  }

  bool sizes_list(const json::Node& node, Value& value) {
    if (node.type != json::Type::array) return wrong_type(node);
    if (node.count == 0) return wrong_length(node, "at least one shape");
    std::vector<std::vector<Expression>> shapes;
    bool good = true;
    for (const json::Node* entry = document_.first(node); entry; entry = document_.next(*entry))
      good = sizes(*entry, shapes.emplace_back()) && good;
    if (good) value = std::move(shapes);
    return good;
  }

  bool slice(const json::Node& node, SliceRange& range) {
    if (node.type == json::Type::null) return true;  // the whole axis
    if (node.type != json::Type::array)
      return fail(Code::S104, node,
                  "an entry of " + name() + " must be [start, stop], [start, stop, step] or null, not " +
                      described(node));
    if (node.count < 2 || node.count > 3)
      return fail(
          Code::S111, node,
          "an entry of " + name() + " must be [start, stop] or [start, stop, step], not " + described(node));
    bool good = true;
    for (const json::Node* bound = document_.first(node); bound; bound = document_.next(*bound)) {
      if (bound->type == json::Type::null) continue;
      std::int64_t read = 0;
      const bool step = bound->index == 2;
      const std::string what = (step                ? "the step of "
                                : bound->index == 0 ? "the start of "
                                                    : "the stop of ") +
                               name();
      if (!read_integer(document_, *bound, what, step ? 1 : -limits::size, limits::size, "an integer or null",
                        layer_, findings_, read)) {
        good = false;
        continue;
      }
      (step ? range.step : bound->index == 0 ? range.start : range.stop) = read;
    }
    return good;
  }

  bool slices(const json::Node& node, Value& value) {
    if (node.type != json::Type::array) return wrong_type(node);
    if (node.count == 0) return wrong_length(node, "at least one range");
    std::vector<SliceRange> ranges;
    bool good = true;
    for (const json::Node* entry = document_.first(node); entry; entry = document_.next(*entry))
      good = slice(*entry, ranges.emplace_back()) && good;
    if (good) value = std::move(ranges);
    return good;
  }

  const json::Document& document_;
  const KindInfo& kind_;
  const OptionInfo& option_;
  std::string_view layer_;
  Findings& findings_;
  Suggestions& suggestions_;
};

// The integer that an author wrote as 3.0, which is a float for torch too, or as "3"; else empty.
std::string written_as(const json::Node& node) {
  if (node.type == json::Type::number && node.in_range && std::abs(node.number()) < 9e15 &&
      node.number() == std::floor(node.number()))
    return std::to_string(static_cast<std::int64_t>(node.number()));
  const std::string_view text = node.type == json::Type::string ? node.text() : std::string_view();
  const bool digits = !text.empty() && text.size() < 16 && (text[0] != '0' || text.size() == 1) &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? std::string(text) : std::string();
}

}  // namespace

bool read_integer(const json::Document& document, const json::Node& node, std::string_view what,
                  std::int64_t min, std::int64_t max, std::string_view expected, std::string_view layer,
                  Findings& findings, std::int64_t& value) {
  if (is_integer(node, min, max)) {
    value = node.integer();
    return true;
  }
  // 1e400 is no double either: too large is the nearer truth.
  const bool infinite = node.type == json::Type::number && !node.integral && !node.in_range;
  if ((node.type != json::Type::number || !node.integral) && !infinite) {
    std::string message =
        std::string(what) + " must be " + std::string(expected) + ", not " + described(node);
    const std::string meant = written_as(node);
    if (!meant.empty()) message += ": write " + meant;
    Finding& finding = findings.add(Code::S104, std::move(message), document.value(node), layer);
    if (!meant.empty() && node.origin() < 0) offer_text(finding, node.span, meant, "write " + meant);
    return false;
  }
  findings.add(Code::S110,
               std::string(what) + " must be from " + std::to_string(min) + " to " + std::to_string(max) +
                   ", not " + described(node),
               document.value(node), layer);
  return false;
}

bool read_option(const json::Document& document, const json::Node& node, const KindInfo& kind,
                 const OptionInfo& option, std::string_view layer, Findings& findings,
                 Suggestions& suggestions, Value& value) {
  return OptionReader(document, kind, option, layer, findings, suggestions).read(node, value);
}

}  // namespace shapedbg
