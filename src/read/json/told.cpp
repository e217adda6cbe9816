#include "read/json/told.h"

#include <algorithm>

namespace shapedbg {
namespace {

// The keys of the outermost object, each with the text from its value on; goes on past mistakes.
class Keys {
 public:
  explicit Keys(std::string_view text) : text_(text) {}

  template <class Each>
  void read(Each&& each) {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        const std::string_view word = string();
        const std::size_t colon = past_blanks(at_ + 1);
        if (depth_ == 1 && colon < text_.size() && text_[colon] == ':') {
          each(word, text_.substr(past_blanks(colon + 1)));
        }
      } else if (c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '{' || c == '[') {
        ++depth_;
      } else if (c == '}' || c == ']') {
        --depth_;
      }
    }
  }

 private:
  // Ends on the closing quote, or at the end of the line where there is none.
  std::string_view string() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin);
  }

  std::size_t past_blanks(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

struct SpecKeys {
  bool input = false;    // whatever its value
  bool more = false;     // an input that is a list or an object, blocks or expect
  bool encoder = false;  // these are lists
  bool decoder = false;
  bool layers = false;
  bool schema = false;  // ours
};

SpecKeys spec_keys(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  SpecKeys found;
  Keys(text).read([&](std::string_view key, std::string_view value) {
    const char first = value.empty() ? '\0' : value.front();
    // A tuple of Python where a list belongs is a mistake in a spec, and to be said.
    const bool list = first == '[' || first == '(';
    found.encoder = found.encoder || (key == "encoder" && list);
    found.decoder = found.decoder || (key == "decoder" && list);
    found.layers = found.layers || (key == "layers" && list);
    found.input = found.input || key == "input";
    found.more =
        found.more || (key == "input" && (list || first == '{')) || key == "blocks" || key == "expect";
    if (key == "$schema" && first == '"')
      found.schema = value.substr(0, value.find('"', 1)).find("shapedbg") != std::string_view::npos;
  });
  return found;
}

}  // namespace

bool holds_spec(std::string_view text) {
  const SpecKeys keys = spec_keys(text);
  return (keys.encoder && keys.decoder) || (keys.more && (keys.encoder || keys.decoder || keys.layers));
}

bool looks_like_spec(std::string_view text) {
  const SpecKeys keys = spec_keys(text);
  return keys.schema || (keys.input && (keys.encoder || keys.decoder || keys.layers));
}

}  // namespace shapedbg
