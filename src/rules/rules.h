// What each layer returns: torch's size formulas, written once over the number type of Arith<N>.
// Sources: the "Shape" sections of the torch.nn documentation, checked against LibTorch in the tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "finding/finding.h"
#include "net/spec.h"
#include "size/form.h"
#include "size/number.h"

namespace shapedbg {

template <>
class Arith<Form>;  // form_arith.h

template <class N>
using ShapeOf = std::vector<N>;

// A reason why LibTorch would not build or run a layer on these inputs.
struct Refusal {
  Code code = Code::L299;
  std::string message;  // one line, lower case, no final period; numbers filled in
  Opt option{};         // the option to point at
  bool at_option = false;
  int axis = -1;   // tensor axis, -1: none
  int input = -1;  // which of the layer's inputs, -1: none
};

template <class N>
struct RuleResult {
  // One shape per output. Where the layer is refused but its output is clear all the same (a wrong
  // channel count does not change the size), the shape it would have; else empty.
  std::vector<ShapeOf<N>> outputs;
  std::vector<Refusal> refusals;
  bool refused = false;  // before anything was undecided: see Arith<N>::ok()
};

// A layer that takes an axis apart returns one tensor for each part; those behind are not looked at.
inline constexpr std::int64_t most_outputs = 4096;

// What a layer gets: the shapes of its inputs, in order, and what its references name.
template <class N>
struct RuleInputs {
  std::vector<const ShapeOf<N>*> inputs;
  const ShapeOf<N>* like = nullptr;  // the tensor that `size_like` names
  const LayerSpec* pool = nullptr;   // the pool that `indices` names, what it got and returned
  const ShapeOf<N>* pool_input = nullptr;
  const ShapeOf<N>* pool_output = nullptr;
  bool quiet = false;               // refusals need no message: nobody will read it
  std::int64_t wanted = INT64_MAX;  // how many outputs, at least; the rest may be left out
};

// Torch's shape rule for `layer`. Never throws. For N = int64_t refusals are complete: none exactly
// when LibTorch accepts. For N = Form messages stay empty, and of the result only `refused` holds unless
// arith.ok().
template <class N>
RuleResult<N> apply_rule(Arith<N>& arith, const LayerSpec& layer, const RuleInputs<N>& in);

extern template RuleResult<std::int64_t> apply_rule(Arith<std::int64_t>&, const LayerSpec&,
                                                    const RuleInputs<std::int64_t>&);
extern template RuleResult<Form> apply_rule(Arith<Form>&, const LayerSpec&, const RuleInputs<Form>&);

// The result for plain sizes.
inline RuleResult<std::int64_t> apply_rule(const LayerSpec& layer, const RuleInputs<std::int64_t>& in) {
  Arith<std::int64_t> arith;
  return apply_rule(arith, layer, in);
}

// "length"; "height", "width"; "depth", "height", "width" of a kind with 1, 2, 3 spatial axes.
std::string_view axis_name(int axes, int axis);

// Window arithmetic along one axis: k kernel_size, s stride, p padding per side, d dilation.
struct Window {
  std::int64_t k = 1;
  std::int64_t s = 1;
  std::int64_t before = 0;  // padding at the start
  std::int64_t after = 0;   // padding at the end; differs from `before` for "same" with an even kernel
  std::int64_t d = 1;
  bool ceil_mode = false;
  std::int64_t output_padding = 0;

  // d(k-1): from the first place that it looks at to the last.
  std::int64_t reach() const { return d * (k - 1); }
  // d(k-1) + 1 - 2p: how much smaller the valid input is than n*s + (1 - s).
  std::int64_t net_kernel() const { return d * (k - 1) + 1 - before - after; }
};

// The largest place along one axis that a pool over x can take a value from (0-based).
std::int64_t last_pooled(const Window& w, std::int64_t x);

// The window of a conv, transposed conv, pool or unpool along one spatial axis (0 = first).
Window window_of(const LayerSpec& layer, int axis);

// Between two windows of an STFT or ISTFT: n_fft // 4 where nothing is said.
std::int64_t hop_length(const LayerSpec& layer);

// floor((x + 2p - d(k-1) - 1)/s) + 1; with ceil_mode rounded up, less the window that would start in
// the right padding.
std::int64_t window_output(const Window& w, std::int64_t x);
// (x-1)s - 2p + d(k-1) + op + 1
std::int64_t transposed_output(const Window& w, std::int64_t x);

// Inverse: every input size from `first` to `last` gives n. Empty (first > last) when none does.
struct SizeRange {
  std::int64_t first = 1;
  std::int64_t last = 0;
  bool empty() const { return first > last; }
  bool operator==(const SizeRange&) const = default;
};
SizeRange window_inputs(const Window& w, std::int64_t n);
// What a transposed convolution can be made to return for x by output_padding alone.
SizeRange transposed_reach(const Window& w, std::int64_t x);

}  // namespace shapedbg
