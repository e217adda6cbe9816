// A spec in the making, for readers of foreign files: inputs, layers and references by id, no names to care
// for. make() gives the text of format 1, laid out as a person would.
//
//   Draft draft;
//   draft.name = "unet";
//   const Ref x = draft.input("x", {1, 3, "H", "W"});
//   draft.free_size("H", {.min = 16});
//   DraftLayer conv("Conv2d", {x}, "inc.conv");
//   conv.set("out_channels", 64).axes("kernel_size", {3, 3}).axes("padding", {1, 1});
//   const Ref y = draft.add(std::move(conv));
//   draft.outputs = {y};
//
// Options are named as in format 1. Nothing is checked here: parse() does that, as for any spec.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/layer_source.h"
#include "net/rare.h"
#include "net/spec.h"
#include "net/value.h"
#include "text/source.h"

namespace shapedbg {

// A size: a number, the name of a free size (of inputs), or an expression ("in[2]*4", of options).
class DraftSize {
 public:
  DraftSize(std::int64_t number) : value_(number) {}                      // NOLINT: shapes read as lists
  DraftSize(int number) : value_(std::int64_t{number}) {}                 // NOLINT
  DraftSize(std::string expression) : value_(std::move(expression)) {}    // NOLINT
  DraftSize(const char* expression) : value_(std::string(expression)) {}  // NOLINT

  std::string json() const;
  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const std::string* expression() const { return std::get_if<std::string>(&value_); }
  bool operator==(const DraftSize&) const = default;

 private:
  std::variant<std::int64_t, std::string> value_;
};

// The value of an option: a whole number, true or false, other JSON text, or a tensor that is named when the
// spec is written.
class DraftValue {
 public:
  DraftValue(std::int64_t number) : value_(number) {}         // NOLINT(google-explicit-constructor)
  DraftValue(std::same_as<bool> auto flag) : value_(flag) {}  // NOLINT(google-explicit-constructor)
  DraftValue(std::string json) : value_(std::move(json)) {}   // NOLINT(google-explicit-constructor)
  DraftValue(Ref tensor) : value_(tensor) {}                  // NOLINT(google-explicit-constructor)

  const std::int64_t* number() const { return std::get_if<std::int64_t>(&value_); }
  const bool* flag() const { return std::get_if<bool>(&value_); }
  Ref* tensor() { return std::get_if<Ref>(&value_); }
  const Ref* tensor() const { return std::get_if<Ref>(&value_); }
  // Of what is no tensor.
  std::string json() const {
    if (const std::int64_t* whole = number()) return std::to_string(*whole);
    if (const bool* given = flag()) return *given ? "true" : "false";
    return std::get<std::string>(value_);
  }
  const std::string* text() const { return std::get_if<std::string>(&value_); }  // where it is held as JSON

 private:
  std::variant<std::int64_t, bool, std::string, Ref> value_;
};

struct DraftLayer {
  std::string type;         // a kind of format 1
  std::vector<Ref> inputs;  // left out of the text where it is the layer before, as the format allows
  std::string name;         // wished for: made legal and unique when written; empty: after the type
  std::vector<std::pair<std::string, DraftValue>> options;  // in this order
  std::string expect;                                       // JSON; empty for none
  std::string description;
  std::vector<Code> ignore;
  Rare<LayerSource> source;  // nothing where nothing is said
  int call = -1;             // of a recorded program: the call that it is
  // Of a recorded program: what its outputs were in each run that is known. An output that several calls
  // returned may stand here more than once.
  struct Returned {
    int output = 0;
    std::vector<std::vector<std::int64_t>> shapes;  // by run
    bool operator==(const Returned&) const = default;
  };
  std::vector<Returned> returned = {};

  DraftLayer() = default;
  explicit DraftLayer(std::string_view kind, std::vector<Ref> takes = {}, std::string_view wished = {})
      : type(kind), inputs(std::move(takes)), name(wished) {}

  // Each sets one option, in place of what it had, and returns the layer.
  DraftLayer& set(std::string_view option, std::int64_t value);
  DraftLayer& set(std::string_view option, int value) { return set(option, std::int64_t{value}); }
  DraftLayer& set(std::string_view option, bool value);
  DraftLayer& set(std::string_view option, double value);  // infinite or NaN: the option is left out
  DraftLayer& set(std::string_view option, std::string_view word);
  DraftLayer& set(std::string_view option, const char* word) { return set(option, std::string_view(word)); }
  DraftLayer& set(std::string_view option, Ref tensor);  // size_like, indices
  DraftLayer& set(std::string_view option, std::span<const std::int64_t> list);
  DraftLayer& set(std::string_view option, const std::vector<double>& list);
  DraftLayer& set(std::string_view option, const std::vector<SliceRange>& ranges);
  // One number per axis, as a single one where all are equal.
  DraftLayer& axes(std::string_view option, std::span<const std::int64_t> list);
  DraftLayer& axes(std::string_view option, const std::vector<double>& list);
  DraftLayer& sizes(std::string_view option, const std::vector<DraftSize>& list);
  DraftLayer& sizes_list(std::string_view option, const std::vector<std::vector<DraftSize>>& lists);
  DraftLayer& json(std::string_view option, std::string text);  // any other value
  DraftLayer& drop(std::string_view option);
  DraftLayer& give(std::string_view option, DraftValue value);
  const DraftValue* find(std::string_view option) const;
  // Its source, to be filled in.
  LayerSource& from() {
    if (!source) source = LayerSource();
    return *source;
  }
};

struct DraftFreeSize {
  std::int64_t min = 1;
  std::int64_t max = 0;  // 0: no bound
  std::int64_t multiple_of = 1;
};

class Draft {
 public:
  std::string name;
  std::string description;
  std::string expect;        // JSON of the network's `expect`; empty: the key is left out
  std::vector<Ref> outputs;  // what the network returns, in its order; empty: the last layer's output
  std::vector<Code> ignore;  // in the whole network

  // The tensor of a further input. Names are made legal and unique; the spec has the bare shape where there
  // is one input called "input" or nothing.
  Ref input(std::string_view wished, std::vector<DraftSize> shape);
  // The shape of an input at which the network is known to run. It is written where the input has another one
  // then, without a free size.
  void runs_at(Ref input, std::vector<std::int64_t> shape);
  void free_size(std::string_view size, DraftFreeSize range);
  // The first output of the new layer; {ref.layer, 1} is its second.
  Ref add(DraftLayer&& layer);

  // Takes out the layers that nothing reads and the network does not return, as often as there are some, save
  // those that `keep` names by their index. Returns for each layer its new index, -1 where it went.
  std::vector<LayerId> sweep(const std::function<bool(LayerId)>& keep);

  PerLayer<DraftLayer>& layers() { return layers_; }
  const PerLayer<DraftLayer>& layers() const { return layers_; }
  std::size_t input_count() const { return inputs_.size(); }
  const std::string& input_name(std::size_t index) const { return inputs_[index].name; }
  const std::vector<DraftSize>& input_shape(std::size_t index) const { return inputs_[index].shape; }
  void resize_input(std::size_t index, std::vector<DraftSize> shape) {
    inputs_[index].shape = std::move(shape);
  }

  // The names that the layers have in the text.
  std::vector<std::string> names() const;
  // The text of the spec, with its tree. UTF-8 whatever the names hold; deterministic.
  std::shared_ptr<const MadeText> make() const;
  std::string write() const { return make()->bytes; }

 private:
  struct Input {
    std::string name;
    std::vector<DraftSize> shape;
    std::vector<std::int64_t> runs_at = {};  // empty: not said
  };
  friend class DraftWriter;
  std::vector<Input> inputs_;
  std::vector<std::pair<std::string, DraftFreeSize>> free_sizes_;
  PerLayer<DraftLayer> layers_;
};

// `text` as a JSON string with its quotes; bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace shapedbg
