#include "read/json/blocks.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

#include "net/expression.h"
#include "net/spec.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

// Names of blocks and arguments come back in the place of every layer made from them.
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kMostArguments = 256;
constexpr std::array<std::string_view, 8> kUseKeys{"use",    "name", "inputs", "expect",
                                                   "repeat", "each", "ignore", "description"};
constexpr std::array<std::string_view, 3> kBlockKeys{"layers", "defaults", "description"};

template <class Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The word behind the `$` at `at`; empty where none stands there.
std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  const std::string_view word = text.substr(at + 1, end - at - 1);
  const bool digit = !word.empty() && word.front() >= '0' && word.front() <= '9';
  return digit || word.size() > kLongestName ? std::string_view() : word;
}

// The value of an expression without axes; nothing where it leaves 64 bits or divides by 0.
std::optional<std::int64_t> evaluate(const Expression& expression) {
  std::vector<std::int64_t> values;
  for (const Expression::Node& node : expression.nodes()) {
    std::int64_t result = node.value;
    if (node.left >= 0) {
      const std::int64_t a = values[static_cast<std::size_t>(node.left)];
      const std::int64_t b = values[static_cast<std::size_t>(node.right)];
      bool overflow = false;
      switch (node.op) {
        case Expression::Op::add:
          overflow = __builtin_add_overflow(a, b, &result);
          break;
        case Expression::Op::subtract:
          overflow = __builtin_sub_overflow(a, b, &result);
          break;
        case Expression::Op::multiply:
          overflow = __builtin_mul_overflow(a, b, &result);
          break;
        case Expression::Op::floor_divide:
        case Expression::Op::constant:  // these two have no operands
        case Expression::Op::axis:
          overflow = b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min());
          if (!overflow) result = a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
      }
      if (overflow) return std::nullopt;
    }
    values.push_back(result);
  }
  return values.back();
}

bool has_axis(const Expression& expression) {
  return std::any_of(expression.nodes().begin(), expression.nodes().end(),
                     [](const Expression::Node& node) { return node.op == Expression::Op::axis; });
}

}  // namespace

Location entry_place(const json::Document& document, const json::Node& node) {
  for (const std::string_view key : {"name", "type", "use"})
    if (const json::Node* member = document.find(node, key)) return document.member(*member);
  return document.value(node);
}

Blocks::Blocks(json::Document& document, Findings& findings, Suggestions& suggestions)
    : document_(document), findings_(findings), suggestions_(suggestions) {
  scopes_.emplace_back().opened = true;
}

void Blocks::read(const json::Node& blocks) {
  if (blocks.type != json::Type::object) {
    findings_.add(Code::S104, "`blocks` must be an object of named lists of layers, not " + described(blocks),
                  document_.value(blocks));
    return;
  }
  for (const json::Node* member = document_.first(blocks); member; member = document_.next(*member))
    read_block(*member);
}

void Blocks::read_block(const json::Node& member) {
  const auto [place, added] = blocks_.emplace(member.key(), Block{});
  if (!added) return;  // a duplicate key, which is reported already
  names_.push_back(member.key());
  Block& block = place->second;
  block.name = member.key();
  block.node = &member;
  const auto wrong = [&](Code code, std::string message, Location where) {
    findings_.add(code, std::move(message), std::move(where));
    block.good = false;
  };
  if (member.key().empty() || member.key().size() > kLongestName)
    wrong(Code::S112, "the name of a block has 1 to " + std::to_string(kLongestName) + " letters",
          document_.key(member));
  const json::Node* layers = &member;
  if (member.type == json::Type::object) {
    layers = document_.find(member, "layers");
    block.defaults = document_.find(member, "defaults");
    for (const json::Node* part = document_.first(member); part; part = document_.next(*part)) {
      if (!contains(kBlockKeys, part->key()))
        findings_.add(Code::S102,
                      "a block has no key " + in_backticks(part->key()) +
                          suggestions_.nearest(part->key(), kBlockKeys, "key"),
                      document_.key(*part));
      if (part->key() == "description" && part->type != json::Type::string)
        findings_.add(Code::S104, "`description` must be a string, not " + described(*part),
                      document_.value(*part));
    }
    if (!layers) {
      wrong(Code::S105, "the block " + in_backticks(member.key()) + " needs `layers`", document_.key(member));
      return;
    }
  }
  if (layers->type != json::Type::array) {
    wrong(Code::S104,
          "a block must be a list of layers or an object with `layers`, not " + described(*layers),
          document_.value(*layers));
    return;
  }
  if (layers->count == 0)
    wrong(Code::S111, "the block " + in_backticks(member.key()) + " has no layers", document_.value(*layers));
  block.layers = layers;
  collect(*layers, block);
  if (block.defaults) read_defaults(block);
}

void Blocks::read_defaults(Block& block) {
  if (block.defaults->type != json::Type::object) {
    findings_.add(Code::S104,
                  "`defaults` must be an object of argument values, not " + described(*block.defaults),
                  document_.value(*block.defaults));
    block.defaults = nullptr;
    block.good = false;
    return;
  }
  for (const json::Node* value = document_.first(*block.defaults); value; value = document_.next(*value)) {
    if (contains(block.arguments, value->key())) continue;
    findings_.add(Code::S102,
                  "the block " + in_backticks(block.name) + " never takes `$" +
                      std::string(value->key().substr(0, 40)) + "`" +
                      suggestions_.nearest(value->key(), block.arguments, "argument"),
                  document_.key(*value));
  }
}

// Whether an argument stands in `node`.
bool Blocks::collect(const json::Node& node, Block& block) {
  bool found = false;
  if (node.type == json::Type::string) {
    found = node.text().find('$') != std::string_view::npos && node.key() != "description" &&
            collect_words(node, block);
  } else {
    for (const json::Node* child = document_.first(node); child; child = document_.next(*child))
      found = collect(*child, block) || found;
  }
  if (found) dollars_.insert(&node);
  return found;
}

bool Blocks::collect_words(const json::Node& node, Block& block) {
  for (std::size_t at = node.text().find('$'); at != std::string_view::npos;
       at = node.text().find('$', at + 1)) {
    const std::string_view word = word_at(node.text(), at);
    if (word.empty()) {
      findings_.add(Code::S113,
                    "behind `$` in " + in_backticks(node.text()) + " the name of an argument must stand",
                    document_.value(node));
      block.good = false;
    } else if (contains(kUseKeys, word) || word == "type") {
      findings_.add(Code::S112,
                    "`$" + std::string(word) + "` cannot be an argument: " + in_backticks(word) +
                        " has its own meaning in a use",
                    document_.value(node));
      block.good = false;
    } else if (block.good && !contains(block.arguments, word)) {
      block.arguments.push_back(word);
      if (block.arguments.size() <= kMostArguments) continue;
      findings_.add(Code::S111,
                    "the block " + in_backticks(block.name) + " takes more than " +
                        std::to_string(kMostArguments) + " arguments",
                    document_.value(node));
      block.good = false;
    }
  }
  return true;
}

void Blocks::report_unused() {
  for (const auto& [name, block] : blocks_)
    if (!block.used)
      findings_.add(Code::S118, "the block " + in_backticks(name) + " is never used, and so not checked",
                    document_.key(*block.node));
}

Scope& Blocks::open(Scope& caller, const json::Node& node, std::string name) {
  Scope& scope = scopes_.emplace_back();
  scope.id = static_cast<int>(scopes_.size()) - 1;
  scope.around = scope.caller = &caller;
  scope.block = caller.block;
  scope.node = &node;
  scope.name = std::move(name);
  scope.prefix = scope.name + ".";
  scope.depth = caller.depth + 1;
  scope.used_at = caller.used_at;
  return scope;
}

// "a -> b -> a".
std::string Blocks::chain(const Block& block, const Scope& caller) const {
  std::vector<std::string_view> names{block.name};
  for (const Scope* scope = &caller; scope; scope = scope->caller) {
    if (!scope->definition) continue;
    names.push_back(scope->definition->name);
    if (scope->definition == &block) break;
  }
  std::string text;
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    text += (text.empty() ? "" : " -> ") + in_backticks(*name);
  return text;
}

Scope* Blocks::use(const json::Node& node, const std::string& name, Scope& caller) {
  const json::Node& written = *document_.find(node, "use");
  const json::Node* word = value(written, caller, name);
  if (!word) return nullptr;
  if (word->type != json::Type::string) {
    findings_.add(Code::S104, "`use` must be the name of a block, not " + described(*word),
                  document_.value(*word), name);
    return nullptr;
  }
  const auto found = blocks_.find(word->text());
  if (found == blocks_.end()) {
    findings_.add(Code::S106,
                  "there is no block " + in_backticks(word->text()) +
                      suggestions_.nearest(word->text(), names_, "block"),
                  document_.value(*word), name);
    return nullptr;
  }
  Block& block = found->second;
  block.used = true;
  if (!block.good) return nullptr;
  for (const Scope* scope = &caller; scope; scope = scope->caller) {
    if (scope->definition != &block) continue;
    findings_.add(Code::S117,
                  "the block " + in_backticks(block.name) + " uses itself: " + chain(block, caller),
                  document_.value(*word), name);
    return nullptr;
  }
  if (caller.depth >= limits::block_depth) {
    findings_.add(Code::S117,
                  "blocks are nested deeper than " + std::to_string(limits::block_depth) + " levels",
                  document_.value(*word), name);
    return nullptr;
  }
  Scope& scope = open(caller, node, name);
  scope.around = &root();
  scope.block = &scope;
  scope.definition = &block;
  scope.used_at.insert(scope.used_at.begin(), entry_place(document_, node));
  bool good = give(node, name, scope);
  for (const std::string_view argument : block.arguments) {
    if (document_.find(node, argument) || (block.defaults && document_.find(*block.defaults, argument)))
      continue;
    good = false;
    Finding& finding = findings_.add(
        Code::S105, "the block " + in_backticks(block.name) + " needs `" + std::string(argument) + "`",
        document_.member(written), name);
    finding.related.push_back({{}, document_.key(*block.node), "the block stands here"});
  }
  return good ? &scope : nullptr;
}

// The arguments of a use: its other keys, then the defaults. False where one has no value.
bool Blocks::give(const json::Node& node, const std::string& name, Scope& scope) {
  const Block& block = *scope.definition;
  bool good = true;
  for (const json::Node* member = document_.first(node); member; member = document_.next(*member)) {
    if (contains(kUseKeys, member->key())) continue;
    if (member->key() == "type") {
      findings_.add(Code::S116, "`use` and `type` exclude each other", document_.key(*member), name);
      continue;
    }
    if (!contains(block.arguments, member->key())) {
      findings_.add(Code::S102,
                    "the block " + in_backticks(block.name) + " has no argument " +
                        in_backticks(member->key()) +
                        suggestions_.nearest(member->key(), block.arguments, "argument"),
                    document_.key(*member), name);
      continue;
    }
    const json::Node* given = value(*member, *scope.caller, name);
    if (!given) {
      good = false;
      continue;
    }
    // What an outer use handed on keeps the place where it was written.
    json::Copied& kept = document_.copy(*given);
    if (kept.names < 0) kept.names = scope.id;
    scope.arguments.emplace_back(member->key(), &kept);
  }
  if (!block.defaults) return good;
  for (const json::Node* member = document_.first(*block.defaults); member; member = document_.next(*member))
    if (!document_.find(node, member->key())) scope.arguments.emplace_back(member->key(), member);
  return good;
}

const json::Node* Blocks::argument(std::string_view word, const Scope& scope) const {
  for (const auto& [name, value] : scope.arguments)
    if (name == word) return value;
  return nullptr;
}

const json::Node* Blocks::value(const json::Node& node, const Scope& scope, std::string_view layer) {
  if (!scope.block || !depends(node)) return &node;
  if (node.type == json::Type::string) return text_value(node, *scope.block, layer);
  std::vector<const json::Node*> children;
  bool good = true;
  for (const json::Node* child = document_.first(node); child; child = document_.next(*child)) {
    children.push_back(value(*child, scope, layer));
    good = good && children.back();
  }
  if (!good) return nullptr;
  spend(children.size());
  return &document_.copy(node, children);
}

const json::Node& Blocks::member(const json::Node& list, const json::Node& element) {
  json::Copied& member = document_.copy(element);
  document_.set_key(member, list);
  // What an argument handed on keeps the place where it was written.
  if (member.names < 0) member.names = list.scope();
  if (depends(element)) dollars_.insert(&member);
  return member;
}

const json::Node& Blocks::pass(const json::Node& node, const std::vector<const json::Node*>& members) {
  std::vector<const json::Node*> children;
  for (const json::Node* child = document_.first(node); child; child = document_.next(*child))
    if (child->key() != "repeat" && child->key() != "each") children.push_back(child);
  children.insert(children.end(), members.begin(), members.end());
  spend(children.size() + members.size());
  const json::Node& copy = document_.copy(node, children);
  const json::Node* made = document_.first(copy);
  for (const json::Node* child : children) {
    if (depends(*child)) {
      dollars_.insert(made);
      dollars_.insert(&copy);
    }
    made = document_.next(*made);
  }
  return copy;
}

const json::Node* Blocks::text_value(const json::Node& node, const Scope& scope, std::string_view layer) {
  if (node.text().front() != '$' || word_at(node.text(), 0).size() + 1 != node.text().size())
    return expression(node, scope, layer);
  const json::Node* given = argument(node.text().substr(1), scope);
  if (!given) return nullptr;
  spend(size(*given));
  json::Copied& copy = document_.copy(*given);
  document_.set_key(copy, node);
  copy.index = node.index;
  return &copy;
}

const json::Node* Blocks::expression(const json::Node& node, const Scope& scope, std::string_view layer) {
  const auto wrong = [&](Code code, const std::string& problem) {
    findings_.add(code, "the expression " + in_backticks(node.text()) + " " + problem, document_.value(node),
                  layer);
    return nullptr;
  };
  std::string text;
  for (std::size_t at = 0; at < node.text().size();) {
    if (node.text()[at] != '$') {
      text += node.text()[at++];
      continue;
    }
    const std::string_view word = word_at(node.text(), at);
    const json::Node* given = argument(word, scope);
    if (!given) return nullptr;
    if (given->type != json::Type::number || !given->integral || !given->in_range)
      return wrong(Code::S104, "needs an integer for `$" + std::string(word) + "`, not " + described(*given));
    const std::string number = std::to_string(given->integer());
    text += given->integer() < 0 ? "(" + number + ")" : number;
    at += word.size() + 1;
  }
  const std::variant<Expression, std::string> parsed = Expression::parse(text);
  if (const std::string* error = std::get_if<std::string>(&parsed))
    return wrong(Code::S113, "cannot be read: " + *error);
  const auto& read = std::get<Expression>(parsed);
  json::Copied& result = document_.copy(node);
  spend(1 + text.size() / 32);
  if (has_axis(read)) {
    document_.set_text(result, std::move(text));
    return &result;
  }
  const std::optional<std::int64_t> number = evaluate(read);
  if (!number) return wrong(Code::S113, "has no value within 64 bits");
  document_.set_number(result, *number);
  return &result;
}

bool Blocks::spend(std::size_t values) {
  spent_ = std::min(spent_ + std::min(values, kMostValues), kMostValues + 1);
  return !exhausted();
}

std::size_t Blocks::least_layers(Block& block, int depth) {
  if (depth > limits::block_depth) return 1;
  if (block.least == 0) {
    block.least = 1;  // what a use of itself stands for: a finding
    block.least = least_layers(*block.layers, depth);
  }
  return block.least;
}

std::size_t Blocks::least_layers(const json::Node& layers_of, int depth) {
  constexpr std::size_t kEnough = limits::layers + 1;
  std::size_t sum = 0;
  for (const json::Node* entry = document_.first(layers_of); entry; entry = document_.next(*entry)) {
    std::size_t layers = 1;
    if (const json::Node* use = document_.find(*entry, "use")) {
      const auto found = use->type == json::Type::string ? blocks_.find(use->text()) : blocks_.end();
      if (found != blocks_.end() && found->second.good) layers = least_layers(found->second, depth + 1);
    } else if (const json::Node* branch = document_.find(*entry, "layers"); branch && branch->count > 0) {
      layers += least_layers(*branch, depth + 1);
    }
    const json::Node* repeat = document_.find(*entry, "repeat");
    const json::Node* each = document_.find(*entry, "each");
    const json::Node* list = each ? document_.first(*each) : nullptr;
    if (repeat && repeat->integral && repeat->in_range && repeat->integer() > 0)
      layers *= std::min(static_cast<std::size_t>(repeat->integer()), kEnough);
    else if (!repeat && list && list->type == json::Type::array && list->count > 0)
      layers *= std::min<std::size_t>(list->count, kEnough);
    sum = std::min(sum + std::min(layers, kEnough), kEnough);
  }
  return sum;
}

std::size_t Blocks::size(const json::Node& node) {
  if (node.first < 0) return 1;
  const auto known = sizes_.find(node.first);
  if (known != sizes_.end()) return known->second;
  std::size_t sum = 1;
  for (const json::Node* child = document_.first(node); child; child = document_.next(*child))
    sum += size(*child);
  sizes_.emplace(node.first, sum);
  return sum;
}

}  // namespace shapedbg
