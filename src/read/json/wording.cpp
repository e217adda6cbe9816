#include "read/json/wording.h"

#include <algorithm>
#include <utility>

#include "net/kinds.h"
#include "net/spec.h"

namespace shapedbg {

std::string in_backticks(std::string_view text) {
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
      return node.flag() ? "true" : "false";
    case json::Type::number:
      return node.text().size() <= 40 ? std::string(node.text())
                                      : std::string(node.text().substr(0, 40)) + "…";
    case json::Type::string:
      return "the string " + in_backticks(node.text());
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

std::string nearest_text(std::string_view what, std::string_view word) {
  return "; the nearest known " + std::string(what) + " is " + in_backticks(word);
}

std::string word_text(std::string_view from, std::string_view what, std::string_view word) {
  return from.empty() ? nearest_text(what, word)
                      : ", which is " + std::string(from) + "'s word for " + in_backticks(word);
}

void offer_text(Finding& finding, Span place, std::string text, std::string title,
                Applicability applicability) {
  Fix fix;
  fix.title = std::move(title);
  fix.applicability = applicability;
  fix.edits = {{place.begin, place.end - place.begin, std::move(text)}};
  finding.fixes.push_back(std::move(fix));
}

void offer_word(Finding& finding, Span place, std::string_view word, Applicability applicability) {
  offer_text(finding, place, to_json(Value{std::string(word)}), "write " + in_backticks(word), applicability);
}

std::string Suggestions::nearest(std::string_view typed, std::span<const std::string_view> words,
                                 std::string_view what) {
  const auto word = nearest(typed, words);
  return word ? nearest_text(what, *word) : std::string();
}

std::optional<std::string_view> Suggestions::nearest(std::string_view typed,
                                                     std::span<const std::string_view> words) {
  // A word has some 16 letters; the exact sum would cost as much as the search where it is refused.
  const std::size_t cost = words.size() * 16 * (typed.size() + 1);
  if (cost > budget_) return {};
  budget_ -= cost;
  return shapedbg::nearest(typed, words);
}

Finding& Findings::add(Code code, std::string message, Location where, std::string_view layer) {
  Finding finding{code, std::move(message), std::string(layer), std::move(where), {}, {}, {}, {}};
  const bool full = findings_.size() >= limits::findings;
  if (full) ++left_out_;
  if (full || seen_in_another_copy(finding)) {
    surplus_ = std::move(finding);
    return surplus_;
  }
  if (copy_) {
    const Span at = finding.where.span;
    if (at.begin < copy_->text.begin || at.end > copy_->text.end)
      finding.related.push_back({finding.layer, copy_->place, "taken here"});
    add_uses(finding, *copy_->used_at);
  }
  return findings_.emplace_back(std::move(finding));
}

bool Findings::seen_in_another_copy(const Finding& finding) {
  if (!copy_) return false;
  // The message without what differs from copy to copy: the names before a `.`, and the nearest name.
  const std::string_view message =
      std::string_view(finding.message).substr(0, finding.message.find("; the nearest known"));
  std::string key = std::to_string(static_cast<int>(finding.code)) + " " +
                    std::to_string(finding.where.span.begin) + " " + std::to_string(finding.where.span.end) +
                    " ";
  constexpr std::size_t kCompared = 39;  // of a quoted name
  const std::string_view layer = std::string_view(copy_->layer).substr(0, kCompared);
  const std::string_view prefix = copy_->prefix.substr(0, kCompared);
  for (std::size_t at = 0; at < message.size(); ++at) {
    key += message[at];
    if (message[at] != '`') continue;
    const std::string_view rest = message.substr(at + 1);
    if (!layer.empty() && rest.starts_with(layer)) {
      at += layer.size();
    } else if (rest.starts_with(prefix)) {
      at += prefix.size();
    }
  }
  const auto [former, added] = of_copies_.emplace(std::move(key), findings_.size());
  if (!added) ++repeated_[former->second];
  return !added;
}

std::vector<Finding> Findings::take(std::size_t left_out) {
  left_out_ += left_out;
  for (const auto& [index, times] : repeated_)
    findings_[index].notes.push_back("the same in " + std::to_string(times) +
                                     (times == 1 ? " more layer" : " more layers") + " made from this text");
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
