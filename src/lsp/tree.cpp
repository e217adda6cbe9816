#include "lsp/tree.h"

namespace shapedbg::lsp {
namespace {

// The list of layers, or the block as an object, by the way down to it.
enum class Holder : std::uint8_t { none, layers, blocks, block, sizes };

Holder holder_of(const json::Document& tree, const json::Node& node) {
  const json::Node* parent = parent_of(tree, node);
  if (!parent) return Holder::none;
  const json::Node* above = parent_of(tree, *parent);
  const bool of_root = above == nullptr;
  if (node.type == json::Type::array) {
    if (of_root)
      return node.key() == "layers" || node.key() == "encoder" || node.key() == "decoder" ? Holder::layers
                                                                                          : Holder::none;
    if (holder_of(tree, *parent) == Holder::blocks) return Holder::layers;
    if (holder_of(tree, *parent) == Holder::block)
      return node.key() == "layers" ? Holder::layers : Holder::none;
    const bool branch = node.key() == "layers" || node.key() == "shortcut";
    return branch && is_entry(tree, *parent) ? Holder::layers : Holder::none;
  }
  if (node.type != json::Type::object) return Holder::none;
  if (of_root && node.key() == "blocks") return Holder::blocks;
  if (of_root && node.key() == "sizes") return Holder::sizes;
  return holder_of(tree, *parent) == Holder::blocks ? Holder::block : Holder::none;
}

}  // namespace

const json::Node* parent_of(const json::Document& tree, const json::Node& node) { return tree.parent(node); }

bool is_entry(const json::Document& tree, const json::Node& node) {
  if (node.type != json::Type::object) return false;
  const json::Node* list = parent_of(tree, node);
  return list && list->type == json::Type::array && holder_of(tree, *list) == Holder::layers;
}

std::optional<KeysOf> object_kind(const json::Document& tree, const json::Node& object) {
  if (object.type != json::Type::object) return std::nullopt;
  const json::Node* parent = parent_of(tree, object);
  if (!parent) return KeysOf::spec;
  if (is_entry(tree, object)) {
    if (tree.find(object, "use")) return KeysOf::use;
    return text_of(tree, object, "type") == "Residual" ? KeysOf::residual : KeysOf::layer;
  }
  if (holder_of(tree, object) == Holder::block) return KeysOf::block;
  if (holder_of(tree, *parent) == Holder::sizes) return KeysOf::free_size;
  const bool in_entry = is_entry(tree, *parent);
  if (object.key() == "source" && in_entry) return KeysOf::source;
  if (object.key() == "expect" && (in_entry || !parent_of(tree, *parent))) return KeysOf::expect;
  return std::nullopt;
}

const json::Node* entry_around(const json::Document& tree, const json::Node& node) {
  for (const json::Node* at = &node; at; at = parent_of(tree, *at))
    if (is_entry(tree, *at)) return at;
  return nullptr;
}

const KindInfo* kind_of(const json::Document& tree, const json::Node& entry) {
  const std::string_view type = text_of(tree, entry, "type");
  return type.empty() ? nullptr : find_kind(type);
}

std::string_view text_of(const json::Document& tree, const json::Node& object, std::string_view key) {
  const json::Node* member = tree.find(object, key);
  return member && member->type == json::Type::string ? member->text() : std::string_view();
}

Span inside(Span quoted) { return {quoted.begin + 1, quoted.end - 1}; }

}  // namespace shapedbg::lsp
