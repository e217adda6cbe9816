#include "spec/wording.h"

#include <algorithm>
#include <utility>

#include "spec/kinds.h"
#include "spec/spec.h"

namespace shapedbg {

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::size_t cut = std::min(text.size(), kShown);
  // Never in the middle of a code point.
  while (cut < text.size() && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0u) == 0x80u) --cut;
  std::string shown(text.substr(0, cut));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '`') c = ' ';
  return "`" + shown + (cut < text.size() ? "…`" : "`");
}

std::string described(const json::Node& node) {
  switch (node.type) {
    case json::Type::null:
      return "null";
    case json::Type::boolean:
      return node.flag ? "true" : "false";
    case json::Type::number:
      return node.text.size() <= 40 ? std::string(node.text) : std::string(node.text.substr(0, 40)) + "…";
    case json::Type::string:
      return "the string " + quoted(node.text);
    case json::Type::array:
      return node.count == 0 ? "an empty list" : "a list of " + std::to_string(node.count);
    case json::Type::object:
      return "an object";
  }
  return "a value";
}

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> list;
  while (!words.empty()) {
    const std::size_t bar = words.find('|');
    list.push_back(words.substr(0, bar));
    words = bar == std::string_view::npos ? std::string_view() : words.substr(bar + 1);
  }
  return list;
}

std::string alternatives(std::string_view words) {
  const std::vector<std::string_view> list = split(words);
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text += i + 1 == list.size() ? " or " : ", ";
    text += "`" + std::string(list[i]) + "`";
  }
  return text;
}

std::string Suggestions::nearest(std::string_view typed, std::span<const std::string_view> words,
                                 std::string_view what) {
  // A word has some 16 letters; the exact sum would cost as much as the search where it is refused.
  const std::size_t cost = words.size() * 16 * (typed.size() + 1);
  if (cost > budget_) return {};
  budget_ -= cost;
  const std::optional<std::string_view> word = shapedbg::nearest(typed, words);
  if (!word) return {};
  return "; the nearest known " + std::string(what) + " is " + quoted(*word);
}

Finding& Findings::add(Code code, std::string message, Location where, std::string_view layer) {
  Finding finding{code, std::move(message), std::string(layer), std::move(where), {}, {}, {}, {}};
  if (findings_.size() >= limits::findings) {
    ++left_out_;
    surplus_ = std::move(finding);
    return surplus_;
  }
  return findings_.emplace_back(std::move(finding));
}

std::vector<Finding> Findings::take(std::size_t left_out) {
  left_out_ += left_out;
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return a.where.span.begin < b.where.span.begin;
  });
  if (findings_.size() > limits::findings) {
    left_out_ += findings_.size() - limits::findings;
    findings_.resize(limits::findings, findings_.front());
  }
  if (left_out_ > 0)
    findings_.back().notes.push_back(std::to_string(left_out_) +
                                     " more findings of this file are not listed");
  return std::move(findings_);
}

}  // namespace shapedbg
