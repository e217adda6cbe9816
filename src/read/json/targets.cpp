#include "read/json/targets.h"

#include <algorithm>

#include "net/kinds.h"

namespace shapedbg {

std::variant<Target, std::string> read_target(std::string_view word) {
  if (const TargetInfo* known = find_target(word)) return known->target;
  std::vector<std::string_view> words;
  for (const TargetInfo& one : all_targets()) words.push_back(one.word);
  std::string message = in_backticks(word) + " is no target";
  if (const auto near = nearest(word, words))
    return message + "; the nearest known is `" + std::string(*near) + "`";
  message += "; known are ";
  for (std::size_t i = 0; i < words.size(); ++i) message += (i > 0 ? ", " : "") + std::string(words[i]);
  return message;
}

std::vector<Target> read_targets(const json::Document& document, const json::Node& node, Findings& findings) {
  std::vector<Target> targets;
  const auto add = [&](const json::Node& entry) {
    if (entry.type != json::Type::string) {
      findings.add(Code::S104, "an entry of `for` must be the name of a target, not " + described(entry),
                   document.value(entry));
      return;
    }
    const auto read = read_target(entry.text());
    if (const auto* wrong = std::get_if<std::string>(&read))
      findings.add(Code::S120, *wrong, document.value(entry));
    else if (std::find(targets.begin(), targets.end(), std::get<Target>(read)) == targets.end())
      targets.push_back(std::get<Target>(read));
  };
  if (node.type != json::Type::array)
    add(node);
  else
    for (const json::Node* entry = document.first(node); entry; entry = document.next(*entry)) add(*entry);
  return targets;
}

}  // namespace shapedbg
