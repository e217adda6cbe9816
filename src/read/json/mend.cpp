#include "read/json/mend.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "read/json/wording.h"
#include "text/cancel.h"

namespace shapedbg::json {
namespace {

class Mending {
 public:
  explicit Mending(const Source& source) : text_(source.bytes()), at_(source.line_start(1)) {
    result_.bytes = text_;
  }

  Mended run() {
    while (result_.findings.size() < most && skip_blank() && at_ < text_.size()) {
      check_cancelled();
      if (!token()) break;
    }
    return std::move(result_);
  }

 private:
  static constexpr std::size_t most = 200;

  // What has to come next within a container.
  enum class Next : std::uint8_t { key, colon, value, comma };
  struct Container {
    char open = '[';
    std::size_t at = 0;
    Next next = Next::value;
  };

  void say(Span place, std::string message, std::string title, Span replaced, std::string text) {
    Finding finding{Code::J001, std::move(message), {}, {place, {}}, {}, {}, {}, {}};
    offer_text(finding, replaced, std::move(text), std::move(title));
    result_.findings.push_back(std::move(finding));
  }
  void blank(Span span) {
    std::fill(result_.bytes.begin() + static_cast<std::ptrdiff_t>(span.begin),
              result_.bytes.begin() + static_cast<std::ptrdiff_t>(span.end), ' ');
  }
  std::size_t line_end(std::size_t from) const {
    return std::min(text_.find_first_of("\r\n", from), text_.size());
  }

  // False at a comment that does not end.
  bool skip_blank() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else if (text_.compare(at_, 2, "//") == 0) {
        at_ = line_end(at_);
      } else if (text_.compare(at_, 2, "/*") == 0) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string::npos) return false;
        at_ = end + 2;
      } else if (c == '#') {
        const std::size_t end = line_end(at_);
        say({at_, at_ + 1}, "`#` starts no comment here: comments start with `//`", "write `//`",
            {at_, at_ + 1}, "//");
        blank({at_, end});
        at_ = end;
      } else {
        return true;
      }
    }
    return true;
  }

  // One token from at_ on; false where mending ends.
  bool token() {
    switch (text_[at_]) {
      case '{':
      case '[':
      case '(':
        return open();
      case '}':
      case ']':
      case ')':
        return close();
      case ',':
        return comma();
      case ':':
        if (open_.empty() || open_.back().next != Next::colon) return false;
        open_.back().next = Next::value;
        behind_ = ++at_;
        return true;
      case '"':
        return quoted_string();
      case '\'':
        return single_quoted();
      default:
        return word();
    }
  }

  bool open() {
    if (!before_value({at_, at_ + 1}) || open_.size() > 64) return false;
    const char c = text_[at_];
    if (c == '(') result_.bytes[at_] = '[';
    open_.push_back({c, at_, c == '{' ? Next::key : Next::value});
    comma_ = std::string::npos;
    behind_ = ++at_;
    return true;
  }

  bool close() {
    const char c = text_[at_];
    const char opening = c == '}' ? '{' : c == ']' ? '[' : '(';
    if (open_.empty() || open_.back().open != opening) return false;
    if (comma_ != std::string::npos) {
      say({comma_, comma_ + 1}, "a comma stands before the closing `" + std::string(1, c) + "`",
          "leave out the comma", {comma_, comma_ + 1}, "");
      blank({comma_, comma_ + 1});
      comma_ = std::string::npos;
    }
    const Span whole{open_.back().at, at_ + 1};
    if (c == ')') {
      result_.bytes[at_] = ']';
      std::string list = "[" + text_.substr(whole.begin + 1, whole.end - whole.begin - 2) + "]";
      if (const std::size_t last = list.find_last_not_of(" ]");
          last != std::string::npos && list[last] == ',')
        list.erase(last, 1);
      say(whole, "a tuple is written as a list", "write " + in_backticks(list), whole, list);
    }
    open_.pop_back();
    behind_ = ++at_;
    return value_ended();
  }

  bool comma() {
    if (open_.empty()) return false;
    if (open_.back().next == Next::comma) {
      open_.back().next = open_.back().open == '{' ? Next::key : Next::value;
      comma_ = at_;
    } else if (comma_ != std::string::npos) {
      const bool key = open_.back().open == '{';
      say({at_, at_ + 1},
          key ? "expected a key in double quotes after `,`, found `,`"
              : "expected a value after `,`, found `,`",
          "leave out one comma", {at_, at_ + 1}, "");
      blank({at_, at_ + 1});
    } else {
      return false;
    }
    behind_ = ++at_;
    return true;
  }

  bool quoted_string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"' && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size() || text_[end] != '"') return false;
    return string({at_, end + 1});
  }

  bool single_quoted() {
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string::npos) return false;
    const std::string inside = text_.substr(at_ + 1, end - at_ - 1);
    if (inside.find_first_of("\"\\\r\n\t") != std::string::npos) return false;
    const Span span{at_, end + 1};
    if (!string(span)) return false;
    result_.bytes[span.begin] = result_.bytes[end] = '"';
    say(span, "JSON strings stand in double quotes, not in single ones", "write \"" + inside + "\"", span,
        "\"" + inside + "\"");
    return true;
  }

  bool string(Span span) {
    if (!open_.empty() && open_.back().open == '{' && open_.back().next == Next::comma &&
        !missing(span, ',', Next::key))
      return false;
    if (!open_.empty() && open_.back().next == Next::key) {
      open_.back().next = Next::colon;
      comma_ = std::string::npos;
      behind_ = at_ = span.end;
      return true;
    }
    if (!before_value(span)) return false;
    behind_ = at_ = span.end;
    return value_ended();
  }

  // A number or a word.
  bool word() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,:[]{}()\"'#/", at_), text_.size());
    const Span span{at_, end};
    const std::string text = text_.substr(at_, end - at_);
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> python{
        {{"None", "null"}, {"True", "true"}, {"False", "false"}}};
    const auto other =
        std::find_if(python.begin(), python.end(), [&](const auto& pair) { return pair.first == text; });
    const bool number = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    if (!number && text != "null" && text != "true" && text != "false" && other == python.end()) return false;
    if (!before_value(span)) return false;
    if (other != python.end()) {
      const std::string fresh(other->second);
      std::copy(fresh.begin(), fresh.end(), result_.bytes.begin() + static_cast<std::ptrdiff_t>(at_));
      say(span, in_backticks(text) + " is Python: JSON has " + in_backticks(fresh),
          "write " + in_backticks(fresh), span, fresh);
    }
    behind_ = at_ = end;
    return value_ended();
  }

  // Whether a value may stand here, with what is missing in front of it put in.
  bool before_value(Span value) {
    if (open_.empty()) return !ended_;
    Container& inside = open_.back();
    if (inside.next == Next::colon && !missing(value, ':', Next::value)) return false;
    if (inside.next == Next::comma && inside.open != '{' && !missing(value, ',', Next::value)) return false;
    if (inside.next != Next::value) return false;
    comma_ = std::string::npos;
    return true;
  }

  bool value_ended() {
    comma_ = std::string::npos;
    if (open_.empty()) return ended_ = true;
    open_.back().next = Next::comma;
    return true;
  }

  // Puts a comma or colon where there is room for it, behind the token before.
  bool missing(Span found, char separator, Next next) {
    if (behind_ >= found.begin || std::string_view(" \t\r\n").find(text_[behind_]) == std::string_view::npos)
      return false;
    const std::string closing = open_.back().open == '{' ? "`}`" : open_.back().open == '[' ? "`]`" : "`)`";
    const std::string token = text_.substr(found.begin, found.end - found.begin);
    const std::string shown = (token.front() == '"' ? "the string " : "") + in_backticks(token);
    say(found,
        separator == ':' ? "expected `:` after the key, found " + shown
                         : "expected `,` or " + closing + " after the value, found " + shown,
        separator == ':' ? "put in a colon" : "put in a comma", {behind_, behind_},
        std::string(1, separator));
    result_.bytes[behind_] = separator;
    open_.back().next = next;
    return true;
  }

  const std::string& text_;
  std::size_t at_;
  Mended result_;
  std::vector<Container> open_;
  std::size_t comma_ = std::string::npos;  // the comma behind which nothing stands yet
  std::size_t behind_ = 0;                 // the end of the token before
  bool ended_ = false;
};

}  // namespace

Mended mended(const Source& source) { return Mending(source).run(); }

}  // namespace shapedbg::json
