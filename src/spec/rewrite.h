// Edits of a spec's structure that keep the author's formatting: layers put in, references turned to
// another tensor, single sizes of a shape. Options alone are set by set_option (spec.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/json.h"
#include "spec/spec.h"

namespace shapedbg {

// Every function returns no edits where it cannot do what it is asked for: the layer stands in a block
// or `Residual`, the place holds something else than a plain number. The source outlives this.
class Rewrite {
 public:
  explicit Rewrite(const Source& source);

  // `"scale_factor": 2` becomes `"size_like": "skip"`.
  std::vector<Edit> replace_option(const LayerSpec& layer, Opt present, Opt fresh,
                                   std::string_view json) const;

  // Puts `object` (JSON of one entry) into the list of layers: before `layer`, at the front of the
  // network, behind its last entry. On a line of its own where its neighbour has one.
  std::vector<Edit> insert_before(const LayerSpec& layer, std::string_view object) const;
  std::vector<Edit> insert_first(std::string_view object) const;
  std::vector<Edit> append(std::string_view object) const;

  // How `layer` refers to its input number `input`: the text, or empty where it takes the previous
  // output without saying so.
  std::string_view reference(const LayerSpec& layer, std::size_t input) const;
  std::vector<Edit> refer(const LayerSpec& layer, std::size_t input, std::string_view name) const;
  // Every entry of the network itself that takes `from` (an input's name) takes `to` instead.
  std::vector<Edit> redirect(std::string_view from, std::string_view to) const;

  // One size of a shape written as a list; `index` counts from its first entry.
  std::vector<Edit> set_size(const Location& shape, std::size_t index, std::int64_t size) const;
  std::vector<Edit> insert_size(const Location& shape, std::size_t index, std::int64_t size) const;

 private:
  const json::Node* at(Span span) const;                  // the value with exactly that place
  const json::Node* entry(const LayerSpec& layer) const;  // of the network's own lists
  std::vector<const json::Node*> lists() const;           // `layers`, or `encoder` and `decoder`
  const json::Node* child(const json::Node& node, std::size_t index) const;
  const json::Node* input_node(const LayerSpec& layer, std::size_t input) const;
  std::vector<Edit> insert(const json::Node& list, std::size_t index, std::string_view object) const;

  const Source& source_;
  std::vector<Finding> findings_;
  json::Document document_;
};

}  // namespace shapedbg
