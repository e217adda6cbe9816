// A network as its author wrote it, resolved: every name a reference, every option a value with its
// place in the file. Layers stand in the order in which they run; a layer reads only earlier ones.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "finding/finding.h"
#include "net/kinds.h"
#include "net/layer_source.h"
#include "net/rare.h"
#include "net/value.h"
#include "text/source.h"

namespace shapedbg {

using Shape = std::vector<std::int64_t>;  // sizes, in torch's order: N, C, then D, H, W

// Values in a tensor of these sizes, counted from axis `from` on; 0 where a size is not positive or the
// product too large.
inline std::int64_t elements(const Shape& shape, std::size_t from = 0) {
  std::int64_t n = 1;
  for (std::size_t i = from; i < shape.size(); ++i)
    if (shape[i] < 1 || __builtin_mul_overflow(n, shape[i], &n)) return 0;
  return n;
}

enum class Part : std::uint8_t { layers, encoder, decoder };
std::string_view to_string(Part part);

// An option of one layer: written by the author, or with the fallback of its kind.
struct OptionValue {
  const OptionInfo* info = nullptr;
  Value value;  // monostate: absent and without a fallback
  bool written = false;
  Location where;  // of the value; the layer's own location when not written
};

// What a network or layer is expected to return.
struct Expect {
  enum class Kind : std::uint8_t {
    input,  // spatial size and channels of the first input
    shape,  // `shape`, any_size where every size is right
    scale,  // the spatial size of the first input times `scale`, rounded down
  };
  static constexpr std::int64_t any_size = -1;
  Kind kind = Kind::input;
  Shape shape;
  std::vector<double> scale{1};  // one for all spatial axes, or one for each
  Location where;

  // Of the axis `axis` of an input with `rank` axes.
  double scale_of(std::size_t axis, std::size_t rank) const;
};

// The options of one layer. Copies of it share them until one of them is edited: repairs copy whole networks
// and change an option or two.
class OptionValues {
 public:
  std::size_t size() const { return values_ ? values_->size() : 0; }
  bool empty() const { return size() == 0; }
  const OptionValue* begin() const { return values_ ? values_->data() : nullptr; }
  const OptionValue* end() const { return begin() + size(); }
  const OptionValue& operator[](std::size_t i) const { return (*values_)[i]; }
  // This layer's own from then on. What was found in it before may be another layer's.
  std::vector<OptionValue>& edit();

 private:
  std::shared_ptr<std::vector<OptionValue>> values_;  // null: none
};

struct LayerSpec {
  LayerKind kind = LayerKind::Identity;
  std::string name;  // unique; `encoder.0` when the author gave none
  // What the author wrote as type: `Residual` for the Add that ends one. Where no kind has that name,
  // `kind` is Identity and `broken` is set.
  std::string typed_as;
  Part part = Part::layers;
  std::vector<Ref> inputs;
  OptionValues options;  // one per option of the kind, in the table's order
  Rare<Expect> expect;
  // An option was so wrong that the layer cannot be built; its finding is already there.
  bool broken = false;

  Location where;       // the whole object
  Location name_place;  // what a caret points at: "name": "…", or "type": "…" where there is no name
  Location type_place;  // the value of "type"
  // The uses of the blocks that the layer comes from, outermost last; empty where it stands in the
  // network itself.
  std::vector<Location> used_at;
  // Its JSON stands for several layers (a block used twice, `repeat`) or takes a value from an
  // argument: an edit there changes more than this layer.
  bool shared = false;
  std::vector<Code> ignore;  // risks (W5xx) that are meant here
  // Where it stands in the program or graph that the spec was made from; null where nothing is said.
  std::shared_ptr<const LayerSource> source;

  const KindInfo& info() const { return shapedbg::info(kind); }
  // The spatial axes that its kind has; 0 where that is not fixed.
  std::size_t axis_count() const { return static_cast<std::size_t>(info().axes); }
  const OptionValue* find(Opt opt) const;
  // True when the option has a value, written or fallback.
  bool has(Opt opt) const;
  // The value of an option that the kind has and whose type fits; the caller knows both.
  std::int64_t integer(Opt opt) const;
  bool flag(Opt opt) const;
  double number(Opt opt) const;
  std::string_view word(Opt opt) const;
  const std::vector<std::int64_t>& integers(Opt opt) const;
  std::optional<Ref> reference(Opt opt) const;
  // The sizes of a Reshape and kin; null where the option is absent or holds something else.
  const std::vector<Expression>* expressions(Opt opt) const;
  // One entry per spatial axis, a scalar repeated; entries beyond the kind's axes are 0. An absent
  // `stride` of a pool is its kernel_size. A word ("same", "valid") gives zeros.
  std::array<std::int64_t, 3> axes(Opt opt) const;
  // Gives an option of the kind a value, as if it had been written.
  void set(Opt opt, Value value);
};

// Shape rules ask for options more often than for anything else.
inline const OptionValue* LayerSpec::find(Opt opt) const {
  const std::size_t place = option_place(kind, opt);
  return place < options.size() ? &options[place] : nullptr;
}

inline bool LayerSpec::has(Opt opt) const {
  const OptionValue* option = find(opt);
  return option && !std::holds_alternative<std::monostate>(option->value);
}

inline std::int64_t LayerSpec::integer(Opt opt) const {
  const OptionValue* option = find(opt);
  const auto* value = option ? std::get_if<std::int64_t>(&option->value) : nullptr;
  return value ? *value : 0;
}

inline bool LayerSpec::flag(Opt opt) const {
  const OptionValue* option = find(opt);
  const auto* value = option ? std::get_if<bool>(&option->value) : nullptr;
  return value && *value;
}

inline std::optional<Ref> LayerSpec::reference(Opt opt) const {
  const OptionValue* option = find(opt);
  const auto* value = option ? std::get_if<Ref>(&option->value) : nullptr;
  return value ? std::optional<Ref>(*value) : std::nullopt;
}

inline const std::vector<Expression>* LayerSpec::expressions(Opt opt) const {
  const OptionValue* option = find(opt);
  return option ? std::get_if<std::vector<Expression>>(&option->value) : nullptr;
}

struct InputSpec {
  std::string name;  // the author's; "input" where there is only a shape. `input` names the first in any case
  Shape shape;
  Location where;
};

// One axis of one input.
struct FreeAxis {
  int input = 0;
  int axis = 0;
  bool operator==(const FreeAxis&) const = default;
};

// A size that the author left free: `multiple_of` divides it, `min` <= it <= `max`.
struct FreeSize {
  std::string name;
  std::int64_t min = 1;  // where none is stated: see infer/smallest.h
  bool min_stated = false;
  std::int64_t max = 0;  // 0: no bound
  std::int64_t multiple_of = 1;
  std::vector<FreeAxis> axes;  // where the shapes of the inputs hold smallest()
  Location where;              // its entry in `sizes`

  std::int64_t smallest() const { return (min + multiple_of - 1) / multiple_of * multiple_of; }
};

struct Spec {
  std::string name;
  std::vector<InputSpec> inputs;
  std::vector<FreeSize> free_sizes;
  // Where the author says so, the shapes of all inputs at which the network runs, which are not those that it
  // is given here.
  std::vector<Shape> runs_at;
  PerLayer<LayerSpec> layers;
  // What the author expects of the last layer's output; absent when nothing is expected.
  Rare<Expect> expect;
  // Everything that the network returns, in its order, where the author says so; empty: the last layer's
  // output. `expect` is about the last layer in any case.
  std::vector<Ref> outputs;
  bool has_parts = false;    // written as encoder + decoder
  std::vector<Code> ignore;  // risks (W5xx) that are meant in the whole network

  // Index of the layer with that name; looks at every layer.
  std::optional<LayerId> find(std::string_view name) const;
  // Layer `i`, as Ref::layer names them.
  const LayerSpec& layer(LayerId i) const { return layers[i]; }
  LayerSpec& layer(LayerId i) { return layers[i]; }
  // Input `i`, as Ref::input() counts them.
  const InputSpec& input(std::integral auto i) const { return inputs[static_cast<std::size_t>(i)]; }
  InputSpec& input(std::integral auto i) { return inputs[static_cast<std::size_t>(i)]; }
  // What reports call a tensor: `up`, `pool:1`, `input`.
  std::string name_of(Ref ref) const;
};

// Takes several tensors and makes one of them: Add, Concat, Stack and kin. Not one that is given a single
// input.
bool is_merge(const LayerSpec& layer);

namespace limits {
inline constexpr std::size_t file_bytes = 16u << 20;
inline constexpr std::size_t depth = 64;
inline constexpr std::size_t layers = 100'000;
inline constexpr int block_depth = 16;                  // blocks within blocks
inline constexpr std::size_t findings = 10'000;         // of one file; the rest is counted
inline constexpr std::int64_t size = INT64_C(1) << 48;  // of one axis
}  // namespace limits

// Adds where the blocks are used that `layer` comes from, to a finding about it. Each only once.
void add_uses(Finding& finding, const LayerSpec& layer);
void add_uses(Finding& finding, const std::vector<Location>& used_at);

// The JSON text of an option's value: `1`, `[1, 0]`, `"same"`; `null` when absent. A Ref has a name
// only within its spec.
std::string to_json(const Value& value);
std::string to_json(const Spec& spec, const Value& value);

}  // namespace shapedbg
