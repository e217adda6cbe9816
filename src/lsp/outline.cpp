#include "lsp/outline.h"

#include <algorithm>
#include <functional>

#include "lsp/tree.h"
#include "read/json/blocks.h"

namespace shapedbg::lsp {
namespace {

// What the last layer of an entry returns, each time that it runs.
std::string returned(const Picture& picture, const json::Node& entry) {
  if (!picture.usable()) return {};
  const bool use = picture.document().find(entry, "use") != nullptr;
  return returned_text(picture.checked(), use ? picture.ends_of_use(entry) : picture.layers_of(entry));
}

class Outline {
 public:
  explicit Outline(const Picture& picture) : picture_(picture), tree_(picture.document()) {}

  std::vector<Symbol> run() const {
    std::vector<Symbol> list;
    if (tree_.empty() || tree_.root().type != json::Type::object) return list;
    for (const json::Node* member = tree_.first(tree_.root()); member; member = tree_.next(*member)) {
      if (member->key() == "input") {
        list.push_back(of_member(*member, Symbol::Kind::input));
        if (picture_.usable()) list.back().detail = bracketed(picture_.spec().inputs.front().shape);
      } else if (member->key() == "encoder" || member->key() == "decoder" || member->key() == "layers") {
        list.push_back(of_member(*member, Symbol::Kind::list));
        list.back().inside = entries(*member);
      } else if (member->key() == "blocks") {
        list.push_back(of_member(*member, Symbol::Kind::list));
        for (const json::Node* block = tree_.first(*member); block; block = tree_.next(*block)) {
          list.back().inside.push_back(of_member(*block, Symbol::Kind::block));
          const json::Node* layers = block->type == json::Type::object ? tree_.find(*block, "layers") : block;
          if (layers) list.back().inside.back().inside = entries(*layers);
        }
      }
    }
    return list;
  }

 private:
  Symbol of_member(const json::Node& member, Symbol::Kind kind) const {
    return {kind, std::string(member.key()), {}, tree_.member(member).span, member.key_span, {}};
  }

  std::vector<Symbol> entries(const json::Node& layers) const {
    std::vector<Symbol> list;
    if (layers.type != json::Type::array) return list;
    for (const json::Node* entry = tree_.first(layers); entry; entry = tree_.next(*entry)) {
      if (entry->type != json::Type::object) continue;
      const std::string used(text_of(tree_, *entry, "use"));
      const std::string type(used.empty() ? text_of(tree_, *entry, "type") : used);
      const std::string name(text_of(tree_, *entry, "name"));
      Symbol symbol;
      symbol.kind = used.empty() ? Symbol::Kind::layer : Symbol::Kind::use;
      // Clients refuse symbols without a name.
      symbol.name = !name.empty() ? name : !type.empty() ? type : std::to_string(entry->index);
      symbol.whole = entry->span;
      symbol.selected = entry_place(tree_, *entry).span;
      const std::string shape = returned(picture_, *entry);
      symbol.detail = type + (shape.empty() || type.empty() ? "" : " ") + shape;
      for (const char* key : {"layers", "shortcut"})
        if (const json::Node* branch = tree_.find(*entry, key); branch && type == "Residual")
          for (Symbol& inner : entries(*branch)) symbol.inside.push_back(std::move(inner));
      list.push_back(std::move(symbol));
    }
    return list;
  }

  const Picture& picture_;
  const json::Document& tree_;
};

// Behind the comma and the comment that follow an entry, where nothing else does.
std::size_t hint_place(const Source& text, std::size_t end) {
  const std::string& bytes = text.bytes();
  const std::size_t line = text.position(end).line;
  const std::size_t line_end = text.line_start(line) + text.line(line).size();
  std::size_t at = end;
  while (at < line_end && (bytes[at] == ' ' || bytes[at] == ',' || bytes[at] == '\t')) ++at;
  const bool comment = at + 1 < line_end && bytes[at] == '/' && bytes[at + 1] == '/';
  return at == line_end || comment ? line_end : end;
}

}  // namespace

std::vector<Symbol> symbols(const Picture& picture) { return Outline(picture).run(); }

std::vector<Span> foldings(const Source& text) {
  std::vector<Span> folds;
  std::vector<std::size_t> open;
  json::Scanner scanner(text.bytes());
  for (Span token = scanner.token(); token.end > token.begin; token = scanner.token()) {
    const char c = text.bytes()[token.begin];
    if (c == '{' || c == '[') open.push_back(token.begin);
    if ((c != '}' && c != ']') || open.empty()) continue;
    const Span span{open.back(), token.end};
    open.pop_back();
    if (text.position(span.begin).line < text.position(span.end).line) folds.push_back(span);
  }
  std::sort(folds.begin(), folds.end(), [](Span a, Span b) { return a.begin < b.begin; });
  return folds;
}

std::vector<Hint> hints(const Picture& picture, Span range) {
  std::vector<Hint> list;
  const json::Document& tree = picture.document();
  if (tree.empty() || !picture.usable()) return list;
  const std::string ran = picture.checked().trace.device;
  const std::function<void(const json::Node&)> visit = [&](const json::Node& node) {
    if (node.span.end < range.begin || node.span.begin > range.end) return;
    for (const json::Node* child = tree.first(node); child; child = tree.next(*child)) visit(*child);
    if (node.span.end > range.end || !is_entry(tree, node)) return;
    std::string shape = returned(picture, node);
    if (shape.empty()) return;
    list.push_back({hint_place(picture.text(), node.span.end), std::move(shape),
                    ran == "off" ? "what it returns, by formula" : "what it returned on " + ran});
  };
  visit(tree.root());
  return list;
}

std::vector<Lens> lenses(const Picture& picture) {
  std::vector<Lens> list;
  const json::Document& tree = picture.document();
  if (tree.empty() || tree.root().type != json::Type::object) return list;
  if (const json::Node* input = tree.find(tree.root(), "input"))
    if (const std::string& sizes = picture.right_sizes(); !sizes.empty())
      list.push_back({input->key_span, "right for " + sizes});
  for (const Name& name : picture.names().names())
    if (name.kind == Name::Kind::block)
      list.push_back(
          {name.given, std::to_string(name.taken.size()) + (name.taken.size() == 1 ? " use" : " uses")});
  return list;
}

}  // namespace shapedbg::lsp
