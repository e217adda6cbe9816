#include "read/json/expand.h"

#include <algorithm>
#include <array>
#include <utility>

#include "read/json/ignore.h"
#include "read/json/options.h"
#include "text/cancel.h"

namespace shapedbg {
namespace {

constexpr std::array<std::string_view, 11> kResidualKeys{"name",     "type",   "inputs",      "expect",
                                                         "repeat",   "each",   "description", "layers",
                                                         "shortcut", "ignore", "source"};
// What `each` cannot give: these belong to the entry, not to one of its passes.
constexpr std::array<std::string_view, 12> kEntryKeys{"name",   "type",     "use",    "inputs",
                                                      "expect", "repeat",   "each",   "description",
                                                      "layers", "shortcut", "ignore", "source"};
// Names come back in every layer below; a long one costs as many values as it has such pieces.
constexpr std::size_t kNamePiece = 32;

}  // namespace

void read_copy(const json::Document& document, const json::Node& node, const Scope& scope,
               std::string_view name, bool repeated, Findings& findings) {
  if (scope.caller == nullptr && !repeated) return findings.read_single();
  bool again = repeated || scope.block;
  for (const Scope* s = &scope; s && !again; s = s->caller) again = s->repeated;
  if (again)
    findings.read_copy(
        {std::string(name), scope.prefix, node.span, entry_place(document, node), &scope.used_at});
  else
    findings.read_single();
}

void add_too_large(const json::Document& document, const json::Node& node, bool layers, Findings& findings) {
  findings.read_single();
  findings.add(Code::J004,
               layers ? "the spec expands to more than " + std::to_string(limits::layers) + " layers"
                      : "the spec expands to more than " + std::to_string(Blocks::kMostValues) + " values",
               document.value(node));
}

std::optional<std::vector<Entry>> Expander::run(const std::vector<Item>& items) {
  list(items, blocks_.root());
  findings_.read_single();
  if (over_) return std::nullopt;
  return std::move(entries_);
}

void Expander::reading(const json::Node& node, const Scope& scope, const std::string& name, bool repeated) {
  read_copy(document_, node, scope, name, repeated, findings_);
}

bool Expander::full(std::size_t more) {
  const bool layers = entries_.size() + more > limits::layers;
  if (over_ || (!layers && !blocks_.exhausted())) return over_;
  over_ = true;
  add_too_large(document_, *outermost_, layers, findings_);
  return true;
}

Entry* Expander::push(const Item& item, const std::string& name, Scope& scope) {
  if (full()) return nullptr;
  Entry& entry = entries_.emplace_back();
  entry.node = item.node;
  entry.name = name;
  entry.part = item.part;
  entry.scope = &scope;
  return &entry;
}

void Expander::list(const json::Node& layers, Scope& scope, Part part) {
  std::vector<Item> items;
  for (const json::Node* node = document_.first(layers); node; node = document_.next(*node))
    items.push_back({node, part});
  list(items, scope);
}

// All names of a list are taken before the first reference is read, the author's before the default ones.
void Expander::list(const std::vector<Item>& items, Scope& scope) {
  scope.first = LayerId(entries_.size());
  std::vector<Names::Taken*> names(items.size(), nullptr);
  if (!scope.caller) entries_.reserve(items.size());
  if (!scope.caller) names_.expect(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].node->type != json::Type::object) continue;
    const json::Node* name = document_.find(*items[i].node, json::Word::name);
    if (!name) continue;
    reading(*items[i].node, scope, {}, false);
    const json::Node* given = blocks_.value(*name, scope, {});
    if (given) names[i] = names_.claim(*given, scope);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (names[i] == nullptr) {
      const std::string list = scope.caller ? scope.prefix : std::string(to_string(items[i].part)) + ".";
      names[i] = &names_.assign(list + std::to_string(items[i].node->index));
    }
    if (scope.caller) blocks_.spend(names[i]->first.size() / kNamePiece);
    if (full()) return;
  }
  for (std::size_t i = 0; i < items.size() && !over_; ++i) {
    if (!scope.caller) outermost_ = items[i].node;
    entry(items[i], *names[i], scope);
  }
}

void Expander::entry(const Item& item, Names::Taken& taken, Scope& scope) {
  check_cancelled();
  const std::string& name = taken.first;
  const auto bind = [&](Names::Taken& to) { to.second.layer = LayerId(entries_.size()) - 1; };
  const json::Node& node = *item.node;
  const Keys keys = keys_of(node);
  const bool repeated = keys.repeat || keys.each;
  const std::size_t first = entries_.size();
  reading(node, scope, name, repeated);
  std::vector<Column> columns;
  const std::optional<int> count = repeated ? passes(node, keys.repeat, keys.each, name, scope, columns) : 1;
  if (!count) fail(item, name, scope);
  for (int copy = 0; copy < count.value_or(0) && !over_; ++copy) {
    Names::Taken& own = repeated ? names_.assign(name + "." + std::to_string(copy)) : taken;
    if (columns.empty()) {
      one(item, keys, own.first, scope, copy, repeated);
    } else {
      const json::Node& passed = pass(node, columns);
      one({&passed, item.part}, keys_of(passed), own.first, scope, copy, repeated);
    }
    bind(own);
  }
  if (over_) return;
  bind(taken);
  reading(node, scope, name, repeated);
  if (keys.expect) expectation(*keys.expect, scope, name);
  if (!keys.ignore) return;
  const std::vector<Code> codes = read_ignore(document_, *keys.ignore, name, findings_);
  for (std::size_t i = first; i < entries_.size(); ++i) {
    std::vector<Code>& ignored = entries_[i].ignore;
    for (const Code code : codes)
      if (std::find(ignored.begin(), ignored.end(), code) == ignored.end()) ignored.push_back(code);
  }
}

std::optional<std::size_t> Expander::copies(const json::Node& repeat, const std::string& name,
                                            const Scope& scope) {
  std::int64_t count = 1;
  const json::Node* value = blocks_.value(repeat, scope, name);
  if (!value || !read_integer(document_, *value, "`repeat`", 1, static_cast<std::int64_t>(limits::layers),
                              "an integer", name, findings_, count))
    return std::nullopt;
  return static_cast<std::size_t>(count);
}

// Stands for an entry whose passes are not known.
void Expander::fail(const Item& item, const std::string& name, Scope& scope) {
  const bool starts = LayerId(entries_.size()) == scope.first;
  Entry* const layer = push(item, name, scope);
  if (layer == nullptr) return;
  layer->starts = starts;
  layer->failed = true;
}

// How often an entry runs: by `repeat`, and by the length of the lists of `each`.
std::optional<int> Expander::passes(const json::Node& node, const json::Node* repeat, const json::Node* each,
                                    const std::string& name, const Scope& scope,
                                    std::vector<Column>& columns) {
  const std::optional<std::size_t> written = repeat ? copies(*repeat, name, scope) : std::nullopt;
  std::size_t count = written.value_or(1);
  if (!each) return static_cast<int>(count);
  each = blocks_.value(*each, scope, name);
  if (!each) return std::nullopt;
  if (each->type != json::Type::object) {
    findings_.add(Code::S104,
                  "`each` must be an object of lists, one value per pass, not " + described(*each),
                  document_.value(*each), name);
    return std::nullopt;
  }
  if (each->count == 0)
    findings_.add(Code::S105, "`each` names no option and no argument", document_.value(*each), name);
  bool good = true;
  const json::Node* said = written ? repeat : nullptr;  // what the number of passes is known from
  for (const json::Node* list = document_.first(*each); list; list = document_.next(*list)) {
    if (!is_column(*list, node, name)) {
      good = false;
      continue;
    }
    if (!said) {
      said = list;
      count = list->count;
    }
    if (list->count == count) {
      columns.push_back({list, document_.first(*list)});
      continue;
    }
    Finding& finding =
        findings_.add(Code::S111,
                      "`each` gives " + in_backticks(list->key()) + " " + std::to_string(list->count) +
                          (list->count == 1 ? " value" : " values") + " for " + std::to_string(count) +
                          (count == 1 ? " pass" : " passes"),
                      document_.value(*list), name);
    finding.related.push_back({name, document_.member(*said), "says how many passes there are"});
    good = false;
  }
  if (!good) return std::nullopt;
  return static_cast<int>(std::min(count, limits::layers + 1));
}

bool Expander::is_column(const json::Node& list, const json::Node& node, const std::string& name) {
  if (std::find(kEntryKeys.begin(), kEntryKeys.end(), list.key()) != kEntryKeys.end()) {
    findings_.add(
        Code::S112,
        in_backticks(list.key()) +
            " cannot change from pass to pass: `each` gives options of a layer or arguments of a use",
        document_.key(list), name);
    return false;
  }
  if (list.type != json::Type::array) {
    findings_.add(Code::S104,
                  in_backticks(list.key()) + " in `each` must be a list with one value per pass, not " +
                      described(list),
                  document_.value(list), name);
    return false;
  }
  if (list.count == 0) {
    findings_.add(Code::S111, in_backticks(list.key()) + " in `each` needs at least one value",
                  document_.value(list), name);
    return false;
  }
  if (const json::Node* plain = document_.find(node, list.key())) {
    Finding& finding =
        findings_.add(Code::S116, in_backticks(list.key()) + " stands twice: here and in the entry itself",
                      document_.key(list), name);
    finding.related.push_back({name, document_.key(*plain), "the other one"});
    return false;
  }
  return true;
}

// The entry as it is in its next pass: with the values of that pass as members of its own.
const json::Node& Expander::pass(const json::Node& node, std::vector<Column>& columns) {
  std::vector<const json::Node*> members;
  for (Column& column : columns) {
    members.push_back(&blocks_.member(*column.list, *column.next));
    column.next = document_.next(*column.next);
  }
  return blocks_.pass(node, members);
}

// What an entry should return is what its last layer should.
void Expander::expectation(const json::Node& expect, Scope& scope, std::string_view name) {
  Entry& last = entries_.back();
  if (!last.expect) {
    last.expect = &expect;
    last.expect_scope = &scope;
    return;
  }
  Finding& finding =
      findings_.add(Code::S116, "`expect` is written twice for one output: here and on the last layer inside",
                    document_.key(expect), name);
  finding.related.push_back({std::string(last.name), document_.key(*last.expect), "the other one"});
}

Expander::Keys Expander::keys_of(const json::Node& node) const {
  Keys keys;
  if (node.type != json::Type::object) return keys;
  const auto keep = [](const json::Node*& known, const json::Node& member) {
    if (known == nullptr) known = &member;
  };
  for (const json::Node* member = document_.first(node); member; member = document_.next(*member)) {
    switch (member->word) {
      case json::Word::use:
        keep(keys.use, *member);
        break;
      case json::Word::type:
        keep(keys.type, *member);
        break;
      case json::Word::repeat:
        keep(keys.repeat, *member);
        break;
      case json::Word::each:
        keep(keys.each, *member);
        break;
      case json::Word::expect:
        keep(keys.expect, *member);
        break;
      case json::Word::ignore:
        keep(keys.ignore, *member);
        break;
      case json::Word::none:
      case json::Word::name:
      case json::Word::inputs:
      case json::Word::description:
      case json::Word::source:
        break;
    }
  }
  return keys;
}

void Expander::one(const Item& item, const Keys& keys, const std::string& name, Scope& scope, int copy,
                   bool repeated) {
  const json::Node& node = *item.node;
  const bool starts = LayerId(entries_.size()) == scope.first;
  bool failed = false;
  if (scope.caller || repeated) blocks_.spend(blocks_.size(node) + name.size() / kNamePiece);
  if (node.type == json::Type::object) {
    reading(node, scope, name, repeated);
    const bool is_use = keys.use != nullptr;
    if (is_use || is_residual(keys.type, scope, name)) {
      if (full()) return;
      if (is_use ? use(item, name, scope, copy, repeated, starts)
                 : residual(item, name, scope, copy, repeated, starts))
        return;
      failed = true;
    }
  }
  Entry* const layer = push(item, name, scope);
  if (layer == nullptr) return;
  layer->starts = starts;
  layer->copy = copy;
  layer->repeated = repeated;
  layer->failed = failed;
}

bool Expander::is_residual(const json::Node* type, const Scope& scope, const std::string& name) {
  // A wrong expression is reported where the layer's type is read.
  if (!type || type->type != json::Type::string) return false;
  if (blocks_.depends(*type)) type = blocks_.value(*type, scope, name);
  return type && type->type == json::Type::string && type->text() == "Residual";
}

bool Expander::use(const Item& item, const std::string& name, Scope& scope, int copy, bool repeated,
                   bool starts) {
  Scope* inner = blocks_.use(*item.node, name, scope);
  if (!inner) return false;
  inner->copy = copy;
  inner->repeated = repeated;
  inner->starts = starts;
  if (full(blocks_.least_layers(*inner->definition))) return true;
  list(*inner->definition->layers, *inner, item.part);
  return true;
}

void Expander::residual_keys(const json::Node& node, const std::string& name) {
  for (const json::Node* member = document_.first(node); member; member = document_.next(*member))
    if (std::find(kResidualKeys.begin(), kResidualKeys.end(), member->key()) == kResidualKeys.end())
      findings_.add(Code::S102,
                    "`Residual` has no option " + in_backticks(member->key()) +
                        suggestions_.nearest(member->key(), kResidualKeys, "key"),
                    document_.key(*member), name);
}

bool Expander::residual(const Item& item, const std::string& name, Scope& scope, int copy, bool repeated,
                        bool starts) {
  const json::Node& node = *item.node;
  residual_keys(node, name);
  const json::Node* layers = document_.find(node, "layers");
  const json::Node* shortcut = document_.find(node, "shortcut");
  bool good = layers != nullptr;
  const auto wrong = [&](Code code, std::string message, const json::Node& at) {
    findings_.add(code, std::move(message), document_.value(at), name);
    good = false;
  };
  if (!layers)
    findings_.add(Code::S105, "`Residual` needs `layers`, the list of its branch",
                  entry_place(document_, node), name);
  for (const json::Node* list : {layers, shortcut})
    if (list && list->type != json::Type::array)
      wrong(Code::S104, in_backticks(list->key()) + " must be a list of layers, not " + described(*list),
            *list);
  if (good && layers->count == 0)
    wrong(Code::S111, "`layers` of `Residual` needs at least one layer", *layers);
  if (scope.depth >= limits::block_depth) {
    findings_.add(Code::S117,
                  "layers are nested deeper than " + std::to_string(limits::block_depth) + " levels",
                  entry_place(document_, node), name);
    good = false;
  }
  if (!good) return false;

  const auto branch = [&](const json::Node& layers_of, std::string branch_name) -> Scope& {
    Scope& inner = blocks_.open(scope, node, std::move(branch_name));
    inner.copy = copy;
    inner.repeated = repeated;
    inner.starts = starts;
    list(layers_of, inner, item.part);
    return inner;
  };
  Scope& main = branch(*layers, name);
  const LayerId main_end = LayerId(entries_.size()) - 1;
  LayerId shortcut_end;
  if (shortcut && shortcut->count > 0 && !over_) {
    Names::Taken& taken = names_.assign(name + ".shortcut");
    branch(*shortcut, taken.first).twin = &main;
    shortcut_end = taken.second.layer = LayerId(entries_.size()) - 1;
  }
  Entry* const sum = push(item, name, scope);
  if (sum == nullptr) return true;
  sum->residual = &main;
  sum->branch = main_end;
  sum->shortcut = shortcut_end;
  sum->copy = copy;
  sum->repeated = repeated;
  return true;
}

}  // namespace shapedbg
