// The ways to change a network, and what is left of it then. Pure: no byte, no file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// All moves of one list speak of the network before any of them: layers by their index there, tensors by
// their Ref there. Where a definition stands for several layers (a block used twice), each of them has a move
// of its own; whoever writes the moves down finds out which share one piece of text.

// The value as an author would write it: one integer may stand for all axes. monostate: not written any more.
struct SetOption {
  LayerId layer;
  Opt opt{};
  Value value;
  bool operator==(const SetOption&) const = default;
};

// The option `fresh` in place of `present`, whose member it takes over: size_like instead of scale_factor.
struct ReplaceOption {
  LayerId layer;
  Opt present{};
  Opt fresh{};
  Value value;
  bool operator==(const ReplaceOption&) const = default;
};

// An input of a layer.
struct Slot {
  LayerId layer;
  std::size_t input = 0;
  bool operator==(const Slot&) const = default;
};

struct InsertLayer {
  enum class Where : std::uint8_t {
    before,    // the layer `at`, in its list
    front,     // of the network
    end,       // of the network
    branch,    // behind the last layer of the branch of the Residual whose sum `at` is
    shortcut,  // the shortcut that this Residual has not yet
  };
  Where where = Where::before;
  LayerId at;
  LayerKind kind = LayerKind::Identity;
  std::string name;  // whole: "u1.crop"
  std::vector<Ref> inputs;
  std::vector<std::pair<Opt, Value>> options;  // those that are written, in this order
  std::vector<Slot> feeds;                     // what takes its output from then on
  bool operator==(const InsertLayer&) const = default;
};

// Who read the layer reads its first input then.
struct RemoveLayer {
  LayerId layer;
  bool operator==(const RemoveLayer&) const = default;
};

struct TakeInput {
  Slot slot;
  Ref from;
  bool operator==(const TakeInput&) const = default;
};

// A kind that takes the options that are written.
struct ChangeKind {
  LayerId layer;
  LayerKind kind = LayerKind::Identity;
  bool operator==(const ChangeKind&) const = default;
};

// One size of an input's shape, or, with `input` -1, of the shape that is expected of the network.
struct SetSize {
  int input = 0;
  std::size_t axis = 0;
  std::int64_t size = 0;
  bool operator==(const SetSize&) const = default;
};

// A new axis in front of the axis `axis`, else as SetSize.
struct InsertAxis {
  int input = 0;
  std::size_t axis = 0;
  std::int64_t size = 0;
  bool operator==(const InsertAxis&) const = default;
};

struct SetMultipleOf {
  std::size_t free_size = 0;
  std::int64_t multiple_of = 1;
  bool operator==(const SetMultipleOf&) const = default;
};

using Move = std::variant<SetOption, ReplaceOption, InsertLayer, RemoveLayer, TakeInput, ChangeKind, SetSize,
                          InsertAxis, SetMultipleOf>;
using Moves = std::vector<Move>;

struct Moved {
  Spec net;
  PerLayer<LayerId> origin;  // of each layer of `net`: which it was before; none: it was put in
};

// The network behind the moves; nothing where one of them is not possible: a value that the option does not
// take, a required option left out, a layer that would read a later one. Default names of layers
// (`layers.3`) stay what they were, though their place may be another one.
std::optional<Moved> apply(const Spec& net, const Moves& moves);

// Whether two networks are one: kinds, wiring, options, expectations, shapes. Names and places aside.
bool same_network(const Spec& a, const Spec& b);

// The value that an option has when `value` is written; nothing where it takes no such value. References
// are only looked at for their type.
std::optional<Value> written_value(const KindInfo& kind, const OptionInfo& option, const Value& value);

// One integer for a list of equal ones, as people write a window.
Value short_value(const Value& value);

}  // namespace shapedbg
