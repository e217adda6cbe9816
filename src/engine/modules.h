// From a layer of the spec to LibTorch: a real torch::nn module where torch::nn has one, the functional
// form where it does not. Only files of this folder may include this header: it pulls LibTorch in.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/enum.h>
#include <torch/expanding_array.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/construct.h"
#include "net/spec.h"

namespace shapedbg {

using Tensors = std::vector<at::Tensor>;

// A refusal in our own words: something that LibTorch would crash on, get wrong or decide by data.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A layer with all it needs to run.
struct Step {
  explicit Step(const LayerSpec& of) : layer(of) {}

  const LayerSpec& layer;
  Tensors inputs;
  const Shape* like = nullptr;        // of the tensor that `size_like` names
  at::Tensor indices;                 // MaxUnpool: where the maxima of the pool were
  const LayerSpec* pool = nullptr;    // MaxUnpool: that pool
  const Shape* pool_input = nullptr;  // MaxUnpool: what the pool got
  bool wants_indices = false;         // MaxPool: some MaxUnpool reads its indices

  const at::Tensor& input() const { return inputs.front(); }
};

// Builds and runs the layer; one tensor per output. Throws c10::Error, Refused or std::exception.
Tensors run_step(const Step& step);

// The families, one file per group. Each handles the kinds of the families it is called with.
at::Tensor run_conv(const Step& step);
Tensors run_pool(const Step& step);
at::Tensor run_norm(const Step& step);
at::Tensor run_activation(const Step& step);
at::Tensor run_dense(const Step& step);
at::Tensor run_resize(const Step& step);
Tensors run_shape_step(const Step& step);
at::Tensor run_arithmetic(const Step& step);  // elementwise, reduce
at::Tensor run_function(const Step& step);    // of single elements, where torch::nn has no module
Tensors run_broadcast(const Step& step);
Tensors run_sequence(const Step& step);   // recurrent layers, attention
at::Tensor run_choice(const Step& step);  // Where, MaskedFill, GridSample
Tensors run_gathering(const Step& step);
at::Tensor run_signal(const Step& step);
// A tensor that no layer computes.
Tensors make_parameter(const LayerSpec& layer, at::Device device);

// The value of a `sizes` option, however it was written.
Shape sizes_of(const Step& step, Opt opt);

// Readers of options in the forms that LibTorch takes.
// "padding" as a list, one entry when the author wrote a number. Empty when absent.
std::vector<std::int64_t> integer_list(const LayerSpec& layer, Opt opt);
std::vector<double> number_list(const LayerSpec& layer, Opt opt);

// F::pad of the last sides.size()/2 axes, last axis first. `mode` in F.pad's words; "zeros" is constant 0.
at::Tensor padded(const at::Tensor& input, std::vector<std::int64_t> sides, std::string_view mode,
                  double value = 0);
// Calls `set` with torch's word for a padding mode; for "zeros" and "constant", which are torch's defaults,
// not.
template <class Set>
void set_padding_mode(std::string_view mode, Set&& set) {
  if (mode == "reflect") set(torch::kReflect);
  if (mode == "replicate") set(torch::kReplicate);
  if (mode == "circular") set(torch::kCircular);
}
// Null unless the value is a word.
const std::string* word_of(const LayerSpec& layer, Opt opt);
// The size that the layer is told to return along its last `axes` axes, by size_like or output_size
// (spatial or full). Empty when the layer has neither. Throws Refused when it does not fit.
std::vector<std::int64_t> wanted_size(const Step& step, int axes);
// The first spatial axis of a tensor whose layer does not fix their number: behind N,C, or behind the first
// axis where there are only two.
std::size_t first_spatial(const at::Tensor& input);
// The shape that `size_like` names. Throws Refused when it has not the input's number of axes.
const Shape& like_of_same_rank(const Step& step);
// Size of the channel axis of a tensor with `axes` spatial axes: axis 1, or axis 0 when unbatched.
std::int64_t channels(const at::Tensor& input, int axes);
// The number that `opt` gives, else the size of the last axis of that input; 1 where it has no axes.
std::int64_t features(const Step& step, Opt opt, std::size_t input = 0);

// An option's number for each spatial axis, as torch::nn's options take them.
template <std::size_t D>
torch::ExpandingArray<D> per_axis(const LayerSpec& layer, Opt opt) {
  const auto all = layer.axes(opt);
  return torch::ExpandingArray<D>(at::IntArrayRef(all.data(), D));
}

// "[1, 3, 24, 24]"
std::string written(at::IntArrayRef sizes);

// A row of the table of a file: what runs a layer type.
template <class Result>
struct Runner {
  LayerKind kind;
  Result (*run)(const Step& step);
};
// Null where the table has no such layer type.
template <class Result>
const Runner<Result>* runner_of(std::span<const Runner<Result>> table, LayerKind kind) {
  for (const Runner<Result>& row : table)
    if (row.kind == kind) return &row;
  return nullptr;
}
// Throws Refused where the table has no such layer type: the row of its family in facts.def names another
// function then.
template <class Result>
Result run_by_kind(std::span<const Runner<Result>> table, const Step& step) {
  const Runner<Result>* row = runner_of(table, step.layer.kind);
  if (row == nullptr) throw Refused("no layer `" + std::string(step.layer.info().name) + "`");
  return row->run(step);
}

// Builds a module on the device in use without filling its weights, ready to run.
template <class Holder, class... Arguments>
Holder build(Arguments&&... arguments) {
  const CheapConstruction cheap;
  Holder module(std::forward<Arguments>(arguments)...);
  module->eval();
  return module;
}

}  // namespace shapedbg
