#include "read/json/ignore.h"

#include <algorithm>

#include "net/kinds.h"

namespace shapedbg {
namespace {

bool is_risk(const CodeInfo& code) { return code.id.front() == 'W'; }

}  // namespace

std::variant<Code, std::string> read_ignored(std::string_view word) {
  if (const CodeInfo* code = find_code(word)) {
    if (is_risk(*code)) return code->code;
    return in_backticks(word) + " cannot be ignored: only risks can, the codes W5xx";
  }
  std::vector<std::string_view> words;
  for (const CodeInfo& code : all_codes()) {
    if (!is_risk(code)) continue;
    words.push_back(code.id);
    words.push_back(code.name);
  }
  std::string message = in_backticks(word) + " is no risk that could be ignored";
  if (const auto near = nearest(word, words))
    message += "; the nearest known risk is `" + std::string(*near) + "`";
  return message;
}

std::vector<Code> read_ignore(const json::Document& document, const json::Node& list, std::string_view layer,
                              Findings& findings) {
  std::vector<Code> codes;
  if (list.type != json::Type::array) {
    findings.add(Code::S104, "`ignore` must be a list of risks such as [\"W502\"], not " + described(list),
                 document.value(list), layer);
    return codes;
  }
  for (const json::Node* entry = document.first(list); entry; entry = document.next(*entry)) {
    if (entry->type != json::Type::string) {
      findings.add(Code::S104, "an entry of `ignore` must be the code of a risk, not " + described(*entry),
                   document.value(*entry), layer);
      continue;
    }
    const auto read = read_ignored(entry->text());
    if (const auto* wrong = std::get_if<std::string>(&read))
      findings.add(Code::S119, *wrong, document.value(*entry), layer);
    else if (std::find(codes.begin(), codes.end(), std::get<Code>(read)) == codes.end())
      codes.push_back(std::get<Code>(read));
  }
  return codes;
}

}  // namespace shapedbg
