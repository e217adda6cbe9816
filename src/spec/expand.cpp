#include "spec/expand.h"

#include <algorithm>
#include <array>
#include <utility>

#include "spec/ignore.h"
#include "spec/options.h"

namespace shapedbg {
namespace {

constexpr std::array<std::string_view, 9> kResidualKeys{"name",        "type",   "inputs",   "expect", "repeat",
                                                        "description", "layers", "shortcut", "ignore"};
// Names come back in every layer below; a long one costs as many values as it has such pieces.
constexpr std::size_t kNamePiece = 32;

}  // namespace

std::optional<Copy> copy_of(const json::Document& document, const json::Node& node, const Scope& scope,
                            const std::string& name, bool repeated) {
  bool again = repeated || scope.block;
  for (const Scope* s = &scope; s && !again; s = s->caller) again = s->repeated;
  if (!again) return std::nullopt;
  return Copy{name, scope.prefix, node.span, entry_place(document, node), &scope.used_at};
}

void add_too_large(const json::Document& document, const json::Node& node, bool layers, Findings& findings) {
  findings.read_copy({});
  findings.add(Code::J004,
               layers ? "the spec expands to more than " + std::to_string(limits::layers) + " layers"
                      : "the spec expands to more than " + std::to_string(Blocks::kMostValues) + " values",
               document.value(node));
}

std::optional<std::vector<Entry>> Expander::run(const std::vector<Item>& items) {
  list(items, blocks_.root());
  findings_.read_copy({});
  if (over_) return std::nullopt;
  return std::move(entries_);
}

void Expander::reading(const json::Node& node, const Scope& scope, const std::string& name, bool repeated) {
  findings_.read_copy(copy_of(document_, node, scope, name, repeated));
}

bool Expander::full(std::size_t more) {
  const bool layers = entries_.size() + more > limits::layers;
  if (over_ || (!layers && !blocks_.exhausted())) return over_;
  over_ = true;
  add_too_large(document_, *outermost_, layers, findings_);
  return true;
}

bool Expander::push(Entry entry) {
  if (full()) return false;
  entries_.push_back(std::move(entry));
  return true;
}

void Expander::list(const json::Node& layers, Scope& scope, Part part) {
  std::vector<Item> items;
  for (const json::Node* node = document_.first(layers); node; node = document_.next(*node))
    items.push_back({node, part});
  list(items, scope);
}

// All names of a list are taken before the first reference is read, the author's before the default ones.
void Expander::list(const std::vector<Item>& items, Scope& scope) {
  scope.first = static_cast<int>(entries_.size());
  std::vector<std::string> names(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].node->type != json::Type::object) continue;
    const json::Node* name = document_.find(*items[i].node, "name");
    if (!name) continue;
    reading(*items[i].node, scope, {}, false);
    const json::Node* given = blocks_.value(*name, scope, {});
    if (given) names[i] = names_.claim(*given, scope);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string list_name = scope.caller ? scope.prefix : std::string(to_string(items[i].part)) + ".";
    if (names[i].empty()) names[i] = names_.assign(list_name + std::to_string(items[i].node->index));
    if (scope.caller) blocks_.spend(names[i].size() / kNamePiece);
    if (full()) return;
  }
  for (std::size_t i = 0; i < items.size() && !over_; ++i) {
    if (!scope.caller) outermost_ = items[i].node;
    entry(items[i], names[i], scope);
  }
}

void Expander::entry(const Item& item, const std::string& name, Scope& scope) {
  const json::Node& node = *item.node;
  const json::Node* repeat = node.type == json::Type::object ? document_.find(node, "repeat") : nullptr;
  const std::size_t first = entries_.size();
  reading(node, scope, name, repeat != nullptr);
  const int count = repeat ? copies(*repeat, name, scope) : 1;
  for (int copy = 0; copy < count && !over_; ++copy) {
    const std::string own = repeat ? names_.assign(name + "." + std::to_string(copy)) : name;
    one(item, own, scope, copy, repeat != nullptr);
    names_.bind(own, static_cast<int>(entries_.size()) - 1);
  }
  if (over_) return;
  names_.bind(name, static_cast<int>(entries_.size()) - 1);
  reading(node, scope, name, repeat != nullptr);
  if (node.type != json::Type::object) return;
  if (const json::Node* expect = document_.find(node, "expect")) expectation(*expect, scope, name);
  const json::Node* ignore = document_.find(node, "ignore");
  if (!ignore) return;
  const std::vector<Code> codes = read_ignore(document_, *ignore, name, findings_);
  for (std::size_t i = first; i < entries_.size(); ++i) {
    std::vector<Code>& ignored = entries_[i].ignore;
    for (const Code code : codes)
      if (std::find(ignored.begin(), ignored.end(), code) == ignored.end()) ignored.push_back(code);
  }
}

int Expander::copies(const json::Node& repeat, const std::string& name, const Scope& scope) {
  std::int64_t count = 1;
  const json::Node* value = blocks_.value(repeat, scope, name);
  if (value)
    read_integer(document_, *value, "`repeat`", 1, static_cast<std::int64_t>(limits::layers), "an integer",
                 name, findings_, count);
  return static_cast<int>(count);
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
  finding.related.push_back({last.name, document_.key(*last.expect), "the other one"});
}

void Expander::one(const Item& item, const std::string& name, Scope& scope, int copy, bool repeated) {
  const json::Node& node = *item.node;
  const bool starts = static_cast<int>(entries_.size()) == scope.first;
  Entry layer;
  layer.node = &node;
  layer.name = name;
  layer.part = item.part;
  layer.scope = &scope;
  layer.starts = starts;
  layer.copy = copy;
  layer.repeated = repeated;
  if (scope.caller || repeated) blocks_.spend(blocks_.size(node) + name.size() / kNamePiece);
  if (node.type == json::Type::object) {
    reading(node, scope, name, repeated);
    const bool is_use = document_.find(node, "use");
    if (is_use || is_residual(node, scope, name)) {
      if (full()) return;
      if (is_use ? use(item, name, scope, copy, starts) : residual(item, name, scope, copy, starts)) return;
      layer.failed = true;
    }
  }
  push(std::move(layer));
}

bool Expander::is_residual(const json::Node& node, const Scope& scope, const std::string& name) {
  const json::Node* type = document_.find(node, "type");
  // A wrong expression is reported where the layer's type is read.
  if (!type || type->type != json::Type::string) return false;
  if (blocks_.depends(*type)) type = blocks_.value(*type, scope, name);
  return type && type->type == json::Type::string && type->text == "Residual";
}

bool Expander::use(const Item& item, const std::string& name, Scope& scope, int copy, bool starts) {
  Scope* inner = blocks_.use(*item.node, name, scope);
  if (!inner) return false;
  inner->copy = copy;
  inner->repeated = document_.find(*item.node, "repeat") != nullptr;
  inner->starts = starts;
  if (full(blocks_.least_layers(*inner->definition))) return true;
  list(*inner->definition->layers, *inner, item.part);
  return true;
}

void Expander::residual_keys(const json::Node& node, const std::string& name) {
  for (const json::Node* member = document_.first(node); member; member = document_.next(*member))
    if (std::find(kResidualKeys.begin(), kResidualKeys.end(), member->key) == kResidualKeys.end())
      findings_.add(Code::S102,
                    "`Residual` has no option " + quoted(member->key) +
                        suggestions_.nearest(member->key, kResidualKeys, "key"),
                    document_.key(*member), name);
}

bool Expander::residual(const Item& item, const std::string& name, Scope& scope, int copy, bool starts) {
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
      wrong(Code::S104, quoted(list->key) + " must be a list of layers, not " + described(*list), *list);
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
    inner.repeated = document_.find(node, "repeat") != nullptr;
    inner.starts = starts;
    list(layers_of, inner, item.part);
    return inner;
  };
  Entry sum;
  sum.residual = &branch(*layers, name);
  sum.branch = static_cast<int>(entries_.size()) - 1;
  if (shortcut && shortcut->count > 0 && !over_) {
    Scope& inner = branch(*shortcut, names_.assign(name + ".shortcut"));
    inner.twin = sum.residual;
    sum.shortcut = static_cast<int>(entries_.size()) - 1;
    names_.bind(inner.name, sum.shortcut);
  }
  sum.node = &node;
  sum.name = name;
  sum.part = item.part;
  sum.scope = &scope;
  sum.copy = copy;
  sum.repeated = document_.find(node, "repeat") != nullptr;
  push(std::move(sum));
  return true;
}

}  // namespace shapedbg
