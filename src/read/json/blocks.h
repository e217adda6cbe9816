// Blocks: layers written once and used often.
//
//   "blocks": {
//     "double_conv": [
//       {"name": "conv", "type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1}, {"type":
//       "ReLU"},
//       {"type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1}, {"type": "ReLU"}],
//     "down": {"defaults": {"factor": 2}, "layers": [
//       {"type": "MaxPool2d", "kernel_size": "$factor"}, {"use": "double_conv", "out": "$out"}]}
//   }
//   {"use": "down", "name": "enc1", "out": 64}
//
// A block is a list of layers, or an object with `layers` and `defaults`. Its arguments are the `$`
// words in it; a use gives them as keys, what has a default may be left out. "$out" stands for any
// JSON value; in a longer string ("$out*2", "in[1]//$factor") it stands for an integer in a size
// expression, and what holds no axis becomes a number. A name given as an argument means what it means
// where the use stands.
//
// The layers of the use `enc1` are called `enc1.conv`, `enc1.1`, …; `enc1` is what the last of them
// returns. Inside, a name means the layer of the same block first, then one of the spec; `prev` of the
// first layer and `input` are what the use takes (its `inputs`, else the layer before it), `input:1` is
// the second of its `inputs`. `expect` on a use is about what it returns.
//
// `repeat` on a layer, a use or a Residual runs it that often, each copy on the output of the one
// before (in place of the first of its `inputs`): `name.0`, `name.1`, …; `name` is the last one.
// `each` gives a layer's options or a use's arguments pass by pass, in lists of one length:
// {"use": "unit", "channels": 32, "repeat": 3, "each": {"dilation": [1, 3, 9]}}. Their length is the
// number of passes, so `repeat` may stay out; where it is written, it must say the same.
//
// {"type": "Residual", "name": "res", "layers": […], "shortcut": […]} adds what the two lists make of
// one input; without `shortcut`, or with an empty one, that is the input itself. The layers are
// `res.0`, … and `res.shortcut.0`, …, the sum is `res`; inside, `input` is what the Residual takes.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "read/json/json.h"
#include "read/json/scope.h"
#include "read/json/wording.h"

namespace shapedbg {

struct Block {
  std::string_view name;
  const json::Node* node = nullptr;         // its value in `blocks`
  const json::Node* layers = nullptr;       // the list; null where it has none
  const json::Node* defaults = nullptr;     // an object, or null
  std::vector<std::string_view> arguments;  // every `$` word, in the order of the file
  bool good = true;
  bool used = false;
  std::size_t least = 0;  // layers that it stands for at least; 0: not counted yet
};

// What a caret points at: the name of an entry, else the key that says what it is.
Location entry_place(const json::Document& document, const json::Node& node);

// The blocks of one spec and the values of their arguments.
class Blocks {
 public:
  Blocks(json::Document& document, Findings& findings, Suggestions& suggestions);

  void read(const json::Node& blocks);
  // A finding for each block that nothing uses.
  void report_unused();

  Scope& root() { return scopes_.front(); }
  // A new list of layers within `caller`.
  Scope& open(Scope& caller, const json::Node& node, std::string name);
  Scope& scope(int id) { return scopes_[static_cast<std::size_t>(id)]; }

  // The scope of a use with its arguments. Null, with findings, where the use cannot be expanded.
  Scope* use(const json::Node& node, const std::string& name, Scope& caller);

  // `node` with its arguments filled in, which is `node` itself where it holds none. Null, with a
  // finding, where an expression cannot be evaluated.
  const json::Node* value(const json::Node& node, const Scope& scope, std::string_view layer);
  // `node` with `members` instead of its members `repeat` and `each`.
  const json::Node& pass(const json::Node& node, const std::vector<const json::Node*>& members);
  // `element` of the list `list` as a member called as the list is.
  const json::Node& member(const json::Node& list, const json::Node& element);
  // Whether the value of a node depends on an argument.
  bool depends(const json::Node& node) const { return dollars_.contains(&node); }

  // Counts what expansion costs, in JSON values; false from the point on where that is more than a
  // file may hold. Small files can stand for networks without end.
  bool spend(std::size_t values);
  bool exhausted() const { return spent_ > kMostValues; }
  // How many layers a block stands for at least, counted without expanding it; at most one more than
  // limits::layers.
  std::size_t least_layers(const Block& block) { return least_layers(blocks_.find(block.name)->second, 0); }
  // The values in `node`, itself included.
  std::size_t size(const json::Node& node);
  static constexpr std::size_t kMostValues = 2'000'000;

 private:
  void read_block(const json::Node& member);
  void read_defaults(Block& block);
  std::size_t least_layers(Block& block, int depth);
  std::size_t least_layers(const json::Node& list, int depth);
  bool collect(const json::Node& node, Block& block);
  bool collect_words(const json::Node& node, Block& block);
  bool give(const json::Node& node, const std::string& name, Scope& scope);
  std::string chain(const Block& block, const Scope& caller) const;
  const json::Node* argument(std::string_view word, const Scope& scope) const;
  const json::Node* text_value(const json::Node& node, const Scope& scope, std::string_view layer);
  const json::Node* expression(const json::Node& node, const Scope& scope, std::string_view layer);

  json::Document& document_;
  Findings& findings_;
  Suggestions& suggestions_;
  std::map<std::string_view, Block> blocks_;
  std::vector<std::string_view> names_;
  std::deque<Scope> scopes_;
  std::unordered_set<const json::Node*> dollars_;  // nodes with an argument in them
  std::unordered_map<int, std::size_t> sizes_;     // by the first child, which copies share
  std::size_t spent_ = 0;
};

}  // namespace shapedbg
