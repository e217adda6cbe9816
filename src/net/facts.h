// What a family of layers is: the columns of facts.def. Every room asks this table and none keeps a list of
// families of its own. The compiler names the column that a new row forgets (-Wmissing-field-initializers).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/kinds.h"

namespace shapedbg {

// What the family does to the axes of its (first) input.
enum class Effect : std::uint8_t {
  kept,       // the shape that goes in, whatever its sizes
  resized,    // the same axes with other sizes
  reordered,  // the same axes in another order
  regrouped,  // the same elements on other axes: Flatten, Reshape, Fold
  reranked,   // axes are added or dropped
  stated,     // whatever the layer says that it returns
};

// How it goes along a spatial axis of size x: a factor, and the option that holds it.
struct Scale {
  enum class Way : std::uint8_t { none, down, up, either };
  Way way = Way::none;
  std::optional<Opt> by;  // absent: only the sizes themselves tell

  constexpr bool may_go_up() const { return way == Way::up || way == Way::either; }
};
constexpr Scale stays{};
constexpr Scale down_by(Opt opt) { return {Scale::Way::down, opt}; }
constexpr Scale up_by(Opt opt) { return {Scale::Way::up, opt}; }
constexpr Scale either_by(Opt opt) { return {Scale::Way::either, opt}; }
constexpr Scale as_sizes_say{Scale::Way::either, std::nullopt};

enum class Sliding : std::uint8_t {
  none,
  takes,    // a window slides over the input: convolutions, pools
  puts,     // a window is put down for each element: transposed convolutions
  unpools,  // undoes the windows of a pool that it names
  blocks,   // windows become columns, or columns windows: Unfold, Fold
};

enum class Merge : std::uint8_t {
  none,
  joins,   // along one axis; every other size is equal
  adds,    // element by element, with broadcasting
  stacks,  // along a new axis; every size is equal
};

enum class Border : std::uint8_t {
  none,
  adds,          // rows and columns at the ends of an axis
  cuts,          // takes them away
  adds_or_cuts,  // by the sign of its numbers
};

// Where the channels (or features) stand that the layer counts.
enum class Channels : std::uint8_t {
  none,
  before_axes,  // in front of its own spatial axes: works without a batch axis
  second,       // axis 1
  last,
};

// Which layers treat every spatial axis by itself and keep the number and the order of the axes.
enum class Apart : std::uint8_t {
  never,
  own_axes,    // where the kind has as many spatial axes as the map
  always,      // whatever the map
  from_third,  // counts spatial axes from the third on, as N,C,… has them; lists have one entry for each
  last_two,    // a map of two axes
  beside_dim,  // where `dim` is no spatial axis
};

// What divides a size on its way through the layer, beside the factor that it goes down by: decides which
// input sizes behave alike (infer/period.cpp).
enum class Divides : std::uint8_t {
  nothing,
  by_stride,
  by_multiple,  // of `multiple`, undone in the layer
  by_chunks,    // along `dim`
  by_two,       // along `dim`
  centred,      // half of a difference on each side
  by_steps,     // of its ranges
  by_hop,       // of the windows of a Fourier transform, and what its expressions divide by
  expressions,  // what its expressions divide by
  fixes_size,   // returns a size of its own
};

// How it is written in PyTorch.
enum class Spelled : std::uint8_t { module, function };

// Its part in the decoder that undoes an encoder.
enum class Undone : std::uint8_t {
  as_is,       // stands in the mirror image as in the encoder: norms, activations
  spatially,   // between the layers with weights: pools, pads, crops
  by_weights,  // a layer with weights undoes it
  by_form,     // another layer gives the old shape back
  by_inputs,   // the inputs of a merge, or the outputs of a split, are followed apart
  not_at_all,
};

// A few options, in a constant table.
class OptList {
 public:
  constexpr OptList() = default;
  template <class... Opts>
  constexpr explicit OptList(Opt first, Opts... rest) : opts_{first, rest...}, count_(1 + sizeof...(rest)) {}

  constexpr const Opt* begin() const { return opts_.data(); }
  constexpr const Opt* end() const { return opts_.data() + count_; }
  constexpr bool empty() const { return count_ == 0; }
  constexpr bool has(Opt opt) const {
    for (const Opt one : *this)
      if (one == opt) return true;
    return false;
  }

 private:
  std::array<Opt, 8> opts_{};
  std::size_t count_ = 0;
};

struct FamilyFacts {
  Effect effect;
  Scale goes;
  Channels channels;
  Apart axes_apart;
  Integers integers;
  Undone undone;
  Spelled spelled;
  int by_position;           // how many of the kind's first options torch's constructor takes without a name
  std::string_view formula;  // what it returns. x in, k kernel_size, s stride, p padding, d dilation

  Sliding window = Sliding::none;
  Merge merge = Merge::none;
  Border border = Border::none;
  bool splits = false;    // returns several parts of its input
  bool composed = false;  // no operator of LibTorch's own: a refusal is ours, and there is nothing to ask
  Divides divides = Divides::nothing;
  OptList weights = {};         // options that give trained tensors their shape
  int printed_by_position = 0;  // how many of the kind's first options print(module) shows without a name
};

const FamilyFacts& facts(Family family);
const FamilyFacts& facts(LayerKind kind);

// Return the shape they get, whatever its sizes: activations, norms, dropout, ChannelShuffle.
inline bool keeps_shape(Family family) { return facts(family).effect == Effect::kept; }
// A window that has options of its own: convolutions, transposed ones and pools. Not MaxUnpool, which follows
// its pool.
inline bool has_free_window(Family family) {
  const Sliding window = facts(family).window;
  return window == Sliding::takes || window == Sliding::puts;
}
inline bool is_pool(Family family) {
  return facts(family).window == Sliding::takes && facts(family).weights.empty();
}
// May cut a map to the size of another: Crop, Slice, Pad.
inline bool may_cut(Family family) {
  return facts(family).border == Border::cuts || facts(family).border == Border::adds_or_cuts;
}
inline bool goes_up(Family family) {
  return facts(family).goes.may_go_up() && facts(family).goes.by.has_value();
}

}  // namespace shapedbg
