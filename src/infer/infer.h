// Shapes of a whole spec by formula, and the trace that formulas and LibTorch fill together.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infer/shapes.h"
#include "net/spec.h"
#include "rules/rules.h"

namespace shapedbg {

// Who says what a layer returned.
enum class RowSource : std::uint8_t { executed, formula, unknown };
std::string_view to_string(RowSource source);

struct LayerTrace {
  Shapes inputs;   // empty where an input is unknown
  Shapes outputs;  // empty where unknown
  RowSource source = RowSource::unknown;
  std::vector<Refusal> refusals;  // by formula
  // What the formulas assumed behind an earlier failure; a refusal here may be its consequence.
  bool after_failure = false;
  std::string libtorch_refusal;  // LibTorch's first line; empty when it did not refuse
  std::string layout_refusal;    // the same, where it takes the input when that is contiguous
};

struct Trace {
  PerLayer<LayerTrace> layers;  // one per layer of the spec
  std::string device = "off";   // "cpu", "meta", "cuda", "off": who filled the executed rows
  std::string libtorch;         // version, empty when off

  // What became of layer `i` of the spec.
  const LayerTrace& row(LayerId i) const { return layers[i]; }
  LayerTrace& row(LayerId i) { return layers[i]; }

  const Shape* output(const Spec& spec, Ref ref) const;
  // Output of the last layer; null where unknown.
  const Shape* result(const Spec& spec) const;
};

// By formula alone. Goes on behind a refused layer as long as sizes are clear: a merge of unequal
// sizes goes on with the larger one.
Trace infer(const Spec& spec);
// The same for other input shapes than the spec's own (one per spec input).
Trace infer(const Spec& spec, const std::vector<Shape>& inputs);

// What one layer returns by its size rule, its inputs' shapes looked up by `tensor` (null where unknown).
// Neither outputs nor refusals where one is unknown or the layer is broken. Element types are not looked at,
// and refusals have no message: this is for trials.
RuleResult<std::int64_t> infer_layer(const Spec& spec, std::size_t layer,
                                     const std::function<const Shape*(Ref)>& tensor);

// Index of the first spatial axis of the first input: 2 for N,C,..., 1 where the first layer with
// spatial axes takes the input as unbatched C,....
std::size_t first_spatial_axis(const Spec& spec);

// Learned parameters and multiply-adds of one layer for the traced shapes (bias not counted as an
// add). A convolution does out positions * C_out * C_in/groups * k…; a transposed one in positions *
// C_in * C_out/groups * k…. Saturates at INT64_MAX.
struct Cost {
  std::int64_t params = 0;
  std::int64_t mult_adds = 0;
};
Cost cost_of(const LayerSpec& layer, const LayerTrace& trace);
// Of every layer; the parameters of a module that is called several times count at its first call.
std::vector<Cost> costs_of(const Spec& spec, const Trace& trace);

// The shape that `expect` stands for, Expect::any_size where every size is right.
Shape expected_shape(const Spec& spec, const Expect& expect);
// The same for another shape of the first input, of the same rank as the spec's own.
Shape expected_shape(const Spec& spec, const Expect& expect, const Shape& input);
// Ranks equal, and every size equal where the expected one is not any_size.
bool meets(const Shape& returned, const Shape& expected);

}  // namespace shapedbg
