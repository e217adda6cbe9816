#include "lsp/names.h"

#include <algorithm>
#include <cctype>

#include "lsp/tree.h"
#include "read/json/blocks.h"
#include "text/lower.h"

namespace shapedbg::lsp {
namespace {

// A string whose text is what stands between its quotes: parts of it have places.
bool plain(const json::Node& node) {
  return node.type == json::Type::string && node.span.end - node.span.begin == node.text().size() + 2;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Keys of a use that are no arguments of its block.
bool own_key(std::string_view key) { return find_key(KeysOf::use, key) != nullptr; }

}  // namespace

NameTable::NameTable(const json::Document& tree) : tree_(tree) {
  const json::Node& root = tree.root();
  if (root.type != json::Type::object) return;
  std::vector<const json::Node*> lists;
  for (const char* key : {"layers", "encoder", "decoder"})
    if (const json::Node* list = tree.find(root, key)) lists.push_back(list);
  add_inputs(root);
  open(lists, -1, {});
  add_blocks(root);
  find_passed();
  for (std::size_t scope = 0; scope < scopes_.size(); ++scope) references(static_cast<int>(scope));
  if (const json::Node* outputs = tree.find(root, "outputs")) take_list(*outputs, 0);
}

int NameTable::add(Name::Kind kind, std::string_view text, Span given, Span whole) {
  names_.push_back({kind, std::string(text), given, whole, {}});
  return static_cast<int>(names_.size()) - 1;
}

void NameTable::add_inputs(const json::Node& root) {
  if (const json::Node* sizes = tree_.find(root, "sizes"); sizes && sizes->type == json::Type::object)
    for (const json::Node* size = tree_.first(*sizes); size; size = tree_.next(*size))
      sizes_.emplace(size->key(),
                     add(Name::Kind::size, size->key(), inside(size->key_span), tree_.member(*size).span));
  const json::Node* input = tree_.find(root, "input");
  if (!input) return;
  const auto shape = [&](const json::Node& list) {
    for (const json::Node* size = tree_.first(list); size; size = tree_.next(*size))
      if (const auto found = sizes_.find(size->text());
          size->type == json::Type::string && found != sizes_.end())
        names_[static_cast<std::size_t>(found->second)].taken.push_back(inside(size->span));
  };
  if (input->type != json::Type::object) {
    const int index = add(Name::Kind::unnamed, "input", input->key_span, tree_.member(*input).span);
    inputs_.emplace("input", index);
    return shape(*input);
  }
  for (const json::Node* one = tree_.first(*input); one; one = tree_.next(*one)) {
    const int index = add(Name::Kind::input, one->key(), inside(one->key_span), tree_.member(*one).span);
    inputs_.emplace(one->key(), index);
    shape(*one);
  }
  // `input` names the first in any case, by a word that no renaming changes.
  if (const json::Node* first = tree_.first(*input); first && !inputs_.contains("input"))
    inputs_.emplace("input",
                    add(Name::Kind::unnamed, "input", inside(first->key_span), tree_.member(*first).span));
}

void NameTable::add_blocks(const json::Node& root) {
  const json::Node* blocks = tree_.find(root, "blocks");
  if (!blocks || blocks->type != json::Type::object) return;
  for (const json::Node* block = tree_.first(*blocks); block; block = tree_.next(*block)) {
    blocks_.emplace(block->key(),
                    add(Name::Kind::block, block->key(), inside(block->key_span), tree_.member(*block).span));
    const json::Node* list = block->type == json::Type::object ? tree_.find(*block, "layers") : block;
    std::vector<const json::Node*> lists;
    if (list) lists.push_back(list);
    block_scopes_.emplace(block->key(), open(lists, 0, std::string(block->key())));
    find_arguments(*block, block->key());
  }
}

// One scope, and those of the Residuals in it.
int NameTable::open(const std::vector<const json::Node*>& lists, int around, std::string block) {
  const int index = static_cast<int>(scopes_.size());
  scopes_.push_back({around, {}, std::move(block), {}, lists});
  for (const json::Node* list : lists) {
    if (list->type != json::Type::array) continue;
    Span& span = scopes_[static_cast<std::size_t>(index)].span;
    const Span all = list->span;
    span = span.end == 0 ? all : Span{std::min(span.begin, all.begin), std::max(span.end, all.end)};
    for (const json::Node* entry = tree_.first(*list); entry; entry = tree_.next(*entry)) {
      if (entry->type != json::Type::object) continue;
      const json::Node* name = tree_.find(*entry, "name");
      if (name && plain(*name)) {
        const int named = add(Name::Kind::layer, name->text(), inside(name->span), entry->span);
        scopes_[static_cast<std::size_t>(index)].entries.emplace(name->text(), named);
        of_entry_[entry] = named;
        entry_of_[named] = entry;
      } else {
        of_entry_[entry] = add(Name::Kind::unnamed, {}, entry_place(tree_, *entry).span, entry->span);
      }
      if (text_of(tree_, *entry, "type") != "Residual") continue;
      Inner inner;
      const std::string of = scopes_[static_cast<std::size_t>(index)].block;
      if (const json::Node* branch = tree_.find(*entry, "layers")) inner.layers = open({branch}, index, of);
      if (const json::Node* branch = tree_.find(*entry, "shortcut"))
        inner.shortcut = open({branch}, index, of);
      inner_[entry] = inner;
    }
  }
  return index;
}

void NameTable::find_arguments(const json::Node& block, std::string_view name) {
  if (const json::Node* defaults = block.type == json::Type::object ? tree_.find(block, "defaults") : nullptr)
    for (const json::Node* one = tree_.first(*defaults); one; one = tree_.next(*one))
      arguments_.emplace(std::pair(name, one->key()), add(Name::Kind::argument, one->key(),
                                                          inside(one->key_span), tree_.member(*one).span));
  dollar_words(block, name);
}

void NameTable::dollar_words(const json::Node& node, std::string_view block) {
  for (const json::Node* child = tree_.first(node); child; child = tree_.next(*child))
    dollar_words(*child, block);
  if (!plain(node)) return;
  for (std::size_t at = node.text().find('$'); at != std::string_view::npos;
       at = node.text().find('$', at + 1)) {
    std::size_t end = at + 1;
    while (end < node.text().size() && is_word(node.text()[end])) ++end;
    if (end == at + 1) continue;
    const std::string_view word = node.text().substr(at + 1, end - at - 1);
    const Span span{node.span.begin + 1 + at + 1, node.span.begin + 1 + end};
    const auto [found, fresh] = arguments_.emplace(std::pair(block, word), -1);
    if (fresh) {
      found->second = add(Name::Kind::argument, word, span, node.span);
    } else {
      names_[static_cast<std::size_t>(found->second)].taken.push_back(span);
    }
  }
}

bool NameTable::names_tensor(std::string_view block, std::string_view argument) const {
  return tensors_.contains({block, argument});
}

// Which arguments are names of tensors: those that stand where a reference does, here or in a block that they
// are passed on to.
void NameTable::find_passed() {
  constexpr int kMostBlocksDeep = 16;
  std::size_t known = 0;
  for (int round = 0; round < kMostBlocksDeep; ++round) {
    for (const Scope& scope : scopes_) {
      if (scope.block.empty()) continue;
      const auto block = blocks_.find(scope.block);
      const auto mark = [&](const json::Node& node) {
        if (node.type == json::Type::string && node.text().starts_with('$'))
          tensors_.emplace(block->first, node.text().substr(1));
      };
      const auto mark_all = [&](const json::Node& node) {
        mark(node);
        for (const json::Node* one = tree_.first(node); one; one = tree_.next(*one)) mark(*one);
      };
      for (const json::Node* list : scope.lists)
        for (const json::Node* entry = tree_.first(*list); entry; entry = tree_.next(*entry)) {
          if (entry->type != json::Type::object) continue;
          if (const json::Node* inputs = tree_.find(*entry, "inputs")) mark_all(*inputs);
          const KindInfo* kind = kind_of(tree_, *entry);
          const std::string_view used = text_of(tree_, *entry, "use");
          for (const json::Node* one = tree_.first(*entry); one; one = tree_.next(*one)) {
            const OptionInfo* option = kind ? kind->option(one->key()) : nullptr;
            const bool passed = !used.empty() && names_tensor(used, one->key());
            if (passed || (option && option->type == OptType::reference)) mark(*one);
          }
        }
    }
    if (tensors_.size() == known) return;
    known = tensors_.size();
  }
}

void NameTable::references(int scope) {
  // A scope's lists are the tree's: they stay where they are while names are added.
  const std::vector<const json::Node*> lists = scopes_[static_cast<std::size_t>(scope)].lists;
  for (const json::Node* list : lists)
    for (const json::Node* entry = list->type == json::Type::array ? tree_.first(*list) : nullptr; entry;
         entry = tree_.next(*entry))
      if (entry->type == json::Type::object) references(*entry, scope);
}

void NameTable::references(const json::Node& entry, int scope) {
  if (const json::Node* inputs = tree_.find(entry, "inputs")) take_list(*inputs, scope);
  if (tree_.find(entry, "use")) return use(entry, scope);
  const KindInfo* kind = kind_of(tree_, entry);
  if (!kind) return;
  const auto options = [&](const json::Node& object) {
    for (const json::Node* one = tree_.first(object); one; one = tree_.next(*one))
      if (const OptionInfo* option = kind->option(one->key()); option && option->type == OptType::reference)
        take_list(*one, scope);
  };
  options(entry);
  if (const json::Node* each = tree_.find(entry, "each")) options(*each);
}

void NameTable::use(const json::Node& entry, int scope) {
  const json::Node& block = *tree_.find(entry, "use");
  const auto found = blocks_.find(block.text());
  if (!plain(block) || found == blocks_.end()) return;
  names_[static_cast<std::size_t>(found->second)].taken.push_back(inside(block.span));
  const auto arguments = [&](const json::Node& object) {
    for (const json::Node* one = tree_.first(object); one; one = tree_.next(*one)) {
      if (own_key(one->key())) continue;
      if (const auto argument = arguments_.find({found->first, one->key()}); argument != arguments_.end())
        names_[static_cast<std::size_t>(argument->second)].taken.push_back(inside(one->key_span));
      if (names_tensor(found->first, one->key())) take_list(*one, scope);
    }
  };
  arguments(entry);
  if (const json::Node* each = tree_.find(entry, "each"); each && each->type == json::Type::object)
    arguments(*each);
}

void NameTable::take_list(const json::Node& value, int scope) {
  if (value.type == json::Type::string) return take(value, scope);
  if (value.type != json::Type::array) return;
  for (const json::Node* one = tree_.first(value); one; one = tree_.next(*one)) take(*one, scope);
}

void NameTable::take(const json::Node& text, int scope) {
  if (!plain(text)) return;
  std::vector<std::pair<int, Span>> found;
  const std::size_t at = text.span.begin + 1;
  const std::size_t colon = text.text().rfind(':');
  if (!resolve(text.text(), at, scope, found) && colon != std::string_view::npos)
    resolve(text.text().substr(0, colon), at, scope, found);
  for (const auto& [name, span] : found) names_[static_cast<std::size_t>(name)].taken.push_back(span);
}

// As Names::resolve() of the reader: the scope's own names, those around it, the inputs.
bool NameTable::resolve(std::string_view text, std::size_t at, int scope,
                        std::vector<std::pair<int, Span>>& found) {
  if (text == "input" && scope > 0) return false;  // what the block takes
  for (int s = scope; s >= 0; s = scopes_[static_cast<std::size_t>(s)].around)
    if (within(text, at, s, found)) return true;
  if (const auto input = inputs_.find(text); input != inputs_.end()) {
    found.emplace_back(input->second, Span{at, at + text.size()});
    return true;
  }
  return unnamed(text, at, found);
}

bool NameTable::within(std::string_view text, std::size_t at, int scope,
                       std::vector<std::pair<int, Span>>& found) {
  const Scope& here = scopes_[static_cast<std::size_t>(scope)];
  if (const auto whole = here.entries.find(text); whole != here.entries.end()) {
    found.emplace_back(whole->second, Span{at, at + text.size()});
    return true;
  }
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot + 1)) {
    const auto head = here.entries.find(text.substr(0, dot));
    if (head == here.entries.end()) continue;
    const std::size_t known = found.size();
    found.emplace_back(head->second, Span{at, at + dot});
    std::string_view rest = text.substr(dot + 1);
    std::size_t rest_at = at + dot + 1;
    const json::Node* entry = entry_of_.at(head->second);
    const auto skip = [&](std::size_t length) {
      rest.remove_prefix(length);
      rest_at += length;
    };
    // The number of a pass of `repeat`.
    if (const std::size_t next = rest.find('.');
        (tree_.find(*entry, "repeat") || tree_.find(*entry, "each")) && all_digits(rest.substr(0, next)))
      skip(next == std::string_view::npos ? rest.size() : next + 1);
    int inner = -1;
    if (const std::string_view used = text_of(tree_, *entry, "use"); !used.empty()) {
      if (const auto block = block_scopes_.find(used); block != block_scopes_.end()) inner = block->second;
    } else if (const auto branches = inner_.find(entry); branches != inner_.end()) {
      inner = branches->second.layers;
      if (rest.starts_with("shortcut.") && branches->second.shortcut >= 0) {
        inner = branches->second.shortcut;
        skip(9);
      }
    }
    if (rest.empty() || all_digits(rest) || (inner >= 0 && within(rest, rest_at, inner, found))) return true;
    found.resize(known);
  }
  return false;
}

// `encoder.0`: an entry of the network's own lists by its number.
bool NameTable::unnamed(std::string_view text, std::size_t at, std::vector<std::pair<int, Span>>& found) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || !all_digits(text.substr(dot + 1))) return false;
  for (const json::Node* list : scopes_.front().lists) {
    if (list->key() != text.substr(0, dot)) continue;
    for (const json::Node* entry = tree_.first(*list); entry; entry = tree_.next(*entry))
      if (std::to_string(entry->index) == text.substr(dot + 1) && of_entry_.contains(entry)) {
        found.emplace_back(of_entry_[entry], Span{at, at + text.size()});
        return true;
      }
  }
  return false;
}

std::optional<NameTable::Found> NameTable::at(std::size_t offset) const {
  const auto holds = [&](Span span) { return span.begin <= offset && offset <= span.end; };
  for (const Name& name : names_) {
    if (name.kind != Name::Kind::unnamed && holds(name.given)) return Found{&name, name.given};
    for (const Span span : name.taken)
      if (holds(span)) return Found{&name, span};
  }
  return std::nullopt;
}

std::vector<std::string> NameTable::visible_from(std::size_t offset) const {
  std::vector<std::string> list;
  int innermost = scopes_.empty() ? -1 : 0;
  for (std::size_t s = 0; s < scopes_.size(); ++s) {
    const auto& lists = scopes_[s].lists;
    if (s > 0 && std::any_of(lists.begin(), lists.end(), [&](const json::Node* one) {
          return one->span.begin < offset && offset <= one->span.end;
        }))
      innermost = static_cast<int>(s);
  }
  const std::string block =
      innermost < 0 ? std::string() : scopes_[static_cast<std::size_t>(innermost)].block;
  for (int s = innermost; s >= 0; s = scopes_[static_cast<std::size_t>(s)].around) {
    std::vector<const Name*> before;
    for (const auto& [text, index] : scopes_[static_cast<std::size_t>(s)].entries) {
      const Name& name = names_[static_cast<std::size_t>(index)];
      // A block runs where it is used: all of the network's names may stand before it.
      if (name.whole.end <= offset || (!block.empty() && s == 0)) before.push_back(&name);
    }
    std::sort(before.begin(), before.end(),
              [](const Name* a, const Name* b) { return a->given.begin > b->given.begin; });
    for (const Name* name : before) list.push_back(name->text);
  }
  for (const std::string& argument : arguments_of(block)) list.push_back("$" + argument);
  for (const auto& [text, index] : inputs_) list.emplace_back(text);
  list.emplace_back("prev");
  return list;
}

std::vector<std::string> NameTable::arguments_of(std::string_view block) const {
  std::vector<std::string> list;
  if (block.empty()) return list;
  for (const auto& [key, index] : arguments_)
    if (key.first == block) list.emplace_back(key.second);
  return list;
}

std::vector<std::string> NameTable::blocks() const {
  std::vector<std::string> list;
  for (const auto& [name, index] : blocks_) list.emplace_back(name);
  return list;
}

}  // namespace shapedbg::lsp
