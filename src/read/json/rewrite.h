// Edits of a spec's structure that keep the author's formatting: layers put in, references turned to
// another tensor, single sizes of a shape. Options alone are set by set_option (spec.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/spec.h"
#include "read/json/json.h"

namespace shapedbg {

// Adds a member to an object that has no such key, as set_option() does for a layer.
std::vector<Edit> add_member(const Source& source, Span object, std::string_view key, std::string_view json);

// Every function returns no edits where it cannot do what it is asked for: the place holds something else
// than it would have to. What stands in a block is changed for all uses of the block. The source outlives
// this.
class Rewrite {
 public:
  explicit Rewrite(const Source& source);
  // Where it was read already.
  Rewrite(const Source& source, std::shared_ptr<const json::Document> document);

  // `"scale_factor": 2` becomes `"size_like": "skip"`.
  std::vector<Edit> replace_option(const LayerSpec& layer, Opt present, Opt fresh,
                                   std::string_view json) const;

  // Puts `object` (JSON of one entry) into the list of layers: before `layer`, at the front of the
  // network, behind its last entry. On a line of its own where its neighbour has one.
  std::vector<Edit> insert_before(const LayerSpec& layer, std::string_view object) const;
  std::vector<Edit> insert_first(std::string_view object) const;
  std::vector<Edit> append(std::string_view object) const;

  // Behind the last layer of the branch of the `Residual` whose sum `layer` is.
  std::vector<Edit> append_to_branch(const LayerSpec& sum, std::string_view object) const;
  // A `shortcut` of one layer for a `Residual` that has none.
  std::vector<Edit> add_shortcut(const LayerSpec& sum, std::string_view object) const;

  // What stands before the names of the list in which `layer` stands: "u1." within the use `u1` of a block,
  // empty in the network's own lists. Nothing where it cannot be told.
  std::optional<std::string> prefix(const LayerSpec& layer) const;
  // The author's name of the entry before `layer` in its list; empty where there is none.
  std::string_view name_before(const LayerSpec& layer) const;

  // An option of a layer that comes from a block, set for one use of the block alone: as the argument that it
  // takes there, or as a `fresh` one whose default is what the block says now.
  struct AtUse {
    std::vector<Edit> edits;
    bool fresh = false;
    bool passes = false;  // `each` of the use gives it, too
  };
  AtUse set_at_use(const LayerSpec& layer, Opt opt, std::string_view json) const;

  // How the block that a layer stands in takes a value from its uses.
  struct Argument {
    bool is_argument = false;     // else the value stands in the block itself
    Span block;                   // the block's value
    std::size_t occurrences = 0;  // of the argument in it, in expressions too
  };
  Argument argument(const LayerSpec& layer, Opt opt) const;
  Argument argument_named(const LayerSpec& layer, std::string_view word) const;
  // Whether the object of the layer itself has the option; `each` may give it instead.
  bool writes(const LayerSpec& layer, Opt opt) const;
  bool has_inputs(const LayerSpec& layer) const;

  // Takes the entry of a layer out of its list, where others are left in it.
  std::vector<Edit> remove(const LayerSpec& layer) const;

  // How `layer` refers to its input number `input`: the text, or empty where it takes the previous
  // output without saying so.
  std::string_view reference(const LayerSpec& layer, std::size_t input) const;
  // The same of all its inputs.
  std::vector<std::string_view> references(const LayerSpec& layer) const;
  std::vector<Edit> refer(const LayerSpec& layer, std::size_t input, std::string_view name) const;
  // The same where the reference is an argument of a block (`$skip`): what its use gives for it.
  std::vector<Edit> refer_at_use(const LayerSpec& layer, std::size_t input, std::string_view name) const;
  // Every entry of the network itself that takes `from` (an input's name) takes `to` instead.
  std::vector<Edit> redirect(std::string_view from, std::string_view to) const;

  // A free size that may be this one alone.
  std::vector<Edit> fix_free_size(const FreeSize& size, std::int64_t value) const;
  // What a free size says under `key` ("multiple_of"), replaced or added.
  std::vector<Edit> set_free_size(const FreeSize& size, std::string_view key, std::string_view json) const;

  // One size of a shape written as a list; `index` counts from its first entry.
  std::vector<Edit> set_size(const Location& shape, std::size_t index, std::int64_t size) const;
  std::vector<Edit> insert_size(const Location& shape, std::size_t index, std::int64_t size) const;

 private:
  const json::Node* free_size(const FreeSize& size) const;  // its object in `sizes`
  const json::Node* at(Span span) const;                    // the value with exactly that place
  // The object of a layer as an entry of a list of layers, and that list.
  struct Entry {
    const json::Node* list = nullptr;
    const json::Node* node = nullptr;
  };
  Entry entry(const LayerSpec& layer) const;
  bool own(const json::Node& list) const;  // of the network, not of a block or `Residual`
  const json::Node* use_around(Span span) const;
  const json::Node* block_around(Span span) const;
  std::vector<const json::Node*> lists() const;  // `layers`, or `encoder` and `decoder`
  const json::Node* child(const json::Node& node, std::size_t index) const;
  const json::Node* input_node(const LayerSpec& layer, std::size_t input) const;
  std::vector<Edit> append_to(const json::Node& list, std::string_view object) const;
  std::vector<Edit> insert(const json::Node& list, std::size_t index, std::string_view object) const;

  const Source& source_;
  std::shared_ptr<const json::Document> document_;
};

}  // namespace shapedbg
