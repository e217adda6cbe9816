#include "read/json/entry_text.h"

#include "read/json/json.h"
#include "read/json/options.h"
#include "read/json/wording.h"

namespace shapedbg {
namespace {

void read_inputs(const json::Document& document, const json::Node& node, EntryText& entry) {
  entry.names_inputs = true;
  if (node.type != json::Type::array) {
    entry.inputs.emplace_back(node.text());
    return;
  }
  for (const json::Node* one = document.first(node); one != nullptr; one = document.next(*one))
    entry.inputs.emplace_back(one->text());
}

}  // namespace

std::optional<EntryText> read_entry(std::string_view object) {
  const Source source("", std::string(object));
  Findings findings;
  Suggestions suggestions;
  const json::Document document(source, findings.raw());
  if (document.empty() || document.root().type != json::Type::object) return std::nullopt;
  const json::Node* type = document.find(document.root(), "type");
  const KindInfo* kind = type == nullptr ? nullptr : find_kind(type->text());
  if (kind == nullptr) return std::nullopt;
  EntryText entry;
  entry.kind = kind->kind;
  for (const json::Node* member = document.first(document.root()); member != nullptr;
       member = document.next(*member)) {
    if (member->key() == "type") continue;
    if (member->key() == "name") {
      entry.name = member->text();
      continue;
    }
    if (member->key() == "inputs") {
      read_inputs(document, *member, entry);
      continue;
    }
    const OptionInfo* option = kind->option(member->key());
    if (option == nullptr) return std::nullopt;
    if (option->type == OptType::reference) {
      entry.references.emplace_back(option->opt, std::string(member->text()));
      continue;
    }
    Value value;
    if (!read_option(document, *member, *kind, *option, entry.name, findings, suggestions, value))
      return std::nullopt;
    entry.options.emplace_back(option->opt, std::move(value));
  }
  return entry;
}

}  // namespace shapedbg
