// The objects of a spec's text by what they are, whatever the reader makes of them.
#pragma once

#include <optional>
#include <string_view>

#include "net/kinds.h"
#include "read/json/json.h"
#include "read/json/key_docs.h"

namespace shapedbg::lsp {

// What an object of the tree is, by the keys that lead to it; nothing for `each`, `defaults` and what has
// keys of the author's own (`blocks`, `sizes`, named inputs).
std::optional<KeysOf> object_kind(const json::Document& tree, const json::Node& object);
// Whether a node stands in a list of layers.
bool is_entry(const json::Document& tree, const json::Node& node);
// The object around a node; null for the root.
const json::Node* parent_of(const json::Document& tree, const json::Node& node);
// The entry that holds a node (or is it); null outside of the lists of layers.
const json::Node* entry_around(const json::Document& tree, const json::Node& node);
// The kind that the entry's `type` names; null for uses, `Residual` and words that are none.
const KindInfo* kind_of(const json::Document& tree, const json::Node& entry);
// The text of a string member, empty where there is none.
std::string_view text_of(const json::Document& tree, const json::Node& object, std::string_view key);

// Between the quotes of a string or key.
Span inside(Span quoted);

}  // namespace shapedbg::lsp
