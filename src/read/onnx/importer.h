// One graph on its way to a spec: every tensor gets its shape as ONNX defines it, integer tensors that hold
// sizes are folded, and every other node becomes a layer. Private to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "read/draft.h"
#include "read/onnx/model.h"
#include "read/onnx/onnx.h"
#include "read/onnx/sizes.h"
#include "text/by_name.h"

namespace shapedbg::onnx {

using Integers = std::vector<std::int64_t>;
using PerAxis = Few<std::int64_t, 3>;
inline constexpr std::int64_t most = INT64_C(2147483647);  // of an option of torch::nn

// The node as messages name it: its name, where it has one, and its operator.
std::string shown(const Node& node);

// Counted from the front; nothing where there is no such axis.
std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank);

using TensorId = std::int32_t;
inline constexpr TensorId no_tensor = -1;

// What is known of one tensor of the graph.
struct Value {
  std::string_view name;
  int type = undefined;
  bool parameter = false;        // depends on no input: a weight, or made of weights alone
  std::optional<SizeIds> shape;  // nothing while it is unknown
  std::optional<SizeIds> data;   // its elements, of small tensors that are known before anything runs
  std::optional<Ref> ref;        // the tensor of the draft
  Few<int, 2> readers;           // nodes that take it
  int maker = -1;                // the node that returns it
  bool returned = false;         // an output of the graph
  bool scale = false;            // of quantised numbers, found while the network runs
  bool guessed = false;          // nothing tells its shape, or that of what it is made of
};

class Importer {
 public:
  // `thaw`: numbers that are a size of the input at the file's own shape follow the shape that is asked for.
  Importer(const Model& model, const OnnxOptions& options, bool thaw = false);
  Imported run();

  // Sizes below 1, or merges that do not fit, at the sizes that were taken for what is free. Of use only
  // then.
  std::size_t conflicts() const { return conflicts_; }
  // Those, and layers that cannot take what they get, at a shape of the inputs other than the file's own.
  std::size_t misfits() const { return at_declared_ ? 0 : troubles(); }
  std::size_t troubles() const { return conflicts_ + misfits_; }
  std::size_t thawed() const { return frozen_.size(); }
  bool has_free_sizes() const { return !free_.empty(); }
  const std::string& conflict() const { return conflict_; }

  // For tests: which tensors of the file became which tensors of the spec.
  const std::vector<Value>& values() const { return values_; }
  std::vector<std::int64_t> shape_of(TensorId id) const;

 private:
  using Handler = bool (Importer::*)(const Node&);
  static const std::pair<std::string_view, Handler> kHandlers[];  // operators with a function of their own
  static const std::pair<std::string_view, Handler> kRuntimeHandlers[];  // the same of onnxruntime's
  static Handler handler_of(const Node& node);                           // null where none knows its operator

  // importer.cpp: the way through the graph
  bool declare();  // tensors, inputs; false where there is no way on
  bool declare_input(const ValueInfo& info, std::size_t index);
  void say_where_it_runs(const ValueInfo& info, Ref input);
  struct FreeAxisName {
    std::string name;
    std::int64_t value;
    std::size_t symbol;
  };
  FreeAxisName free_axis(const Dim& dim, std::size_t axis, const std::string& input);
  void set_constant(TensorId id, const Tensor& tensor);
  void visit(int index);
  void fallback(const Node& node);
  const ValueInfo* declared_of(TensorId id) const;
  void guess_on(const Node& node);
  void compare_declared(const Node& node);
  // A Resize by factors: whether onnxruntime, which rounds in single precision, returns what is declared.
  void compare_with_runtime(const Node& node, const SizeIds& from, const std::vector<double>& factors);
  void finish();
  void sweep();  // layers that reach no output
  void say(Code code, std::string message, std::vector<std::string> notes = {});

  // Tensors
  TensorId tensor(std::string_view name);
  TensorId temporary(SizeIds shape, int type = float32);
  std::size_t place_of(const Node& node) const {
    return static_cast<std::size_t>(&node - model_.graph.nodes.data());
  }
  TensorId input(const Node& node, std::size_t index) const {
    return index < node.inputs.size() ? node_inputs_[input_begin_[place_of(node)] + index] : no_tensor;
  }
  TensorId output(const Node& node, std::size_t index) const {
    return index < node.outputs.size() ? node_outputs_[output_begin_[place_of(node)] + index] : no_tensor;
  }
  bool has(const Node& node, std::size_t index) const { return input(node, index) != no_tensor; }
  Value& at(TensorId id) { return values_[static_cast<std::size_t>(id)]; }
  const Value& at(TensorId id) const { return values_[static_cast<std::size_t>(id)]; }
  const SizeIds* shape(TensorId id) const {
    return id == no_tensor || !at(id).shape ? nullptr : &*at(id).shape;
  }
  const SizeIds* shape(const Node& node, std::size_t index) const { return shape(input(node, index)); }
  const SizeIds* data(const Node& node, std::size_t index) const;
  // Integers that are the same whatever goes in; nothing where they are not known.
  std::optional<std::vector<std::int64_t>> integers(const Node& node, std::size_t index) const;
  // The axes that a node names: its second input, in older files an attribute; nothing where that input's
  // numbers are not known.
  std::optional<std::vector<std::int64_t>> named_axes(const Node& node) const {
    return has(node, 1) ? integers(node, 1) : std::optional(node.integers("axes"));
  }
  void note_conflict(const Node& node);
  // `got` against what the node's weights or numbers want.
  void note_misfit(SizeId got, double wanted) { misfits_ += sizes_.value(got) != wanted ? 1 : 0; }
  void set_shape(const Node& node, std::size_t index, SizeIds shape, int type = undefined);
  // The tensor of the draft, as a layer takes it. A parameter becomes one when it is asked for.
  Ref ref(TensorId id);
  bool known(TensorId id) const;  // it has a ref, or is a parameter

  // Layers
  // Adds the layer of `node` that makes `out` of `in`. The layer's options are set already.
  void layer(const Node& node, DraftLayer&& layer, const std::vector<TensorId>& in,
             const std::vector<TensorId>& out);
  void layer(const Node& node, DraftLayer&& layer, TensorId in, TensorId out);  // most have one of each
  // A step that no kind stands for: its shape by expressions over its inputs.
  bool custom(const Node& node, std::vector<TensorId> in = {});
  void custom_of(const Node& node, std::string_view label, std::vector<TensorId> in,
                 const std::vector<TensorId>& out);
  std::vector<DraftSize> expressed(const SizeIds& shape, const std::vector<TensorId>& in);
  DraftLayer named(const Node& node, std::string_view kind) const;
  void alias(const Node& node);  // returns what it gets

  // names.cpp
  std::string path_of(const Node& node) const;
  LayerSource source_of(const Node& node) const;

  // order.cpp
  bool order();  // false where there is no order
  bool name_makers();
  bool name_readers();
  bool sort();

  // choices.cpp
  TensorId condition_of(int branch) const;
  bool runs(int branch);  // not the one that is not taken
  bool holds(TensorId condition);
  bool choose(const Node& node);

  // fold.cpp
  bool fold(const Node& node);
  bool fold_values(const Node& node);
  bool fold_weights(const Node& node);
  std::optional<std::array<Integers, 4>> fold_slice(const Node& node) const;
  bool fold_moves(const Node& node);
  bool fold_split(const Node& node, const SizeIds& elements, int type);
  bool shape_by_rule(const Node& node);  // the operator's own handler, which says nothing
  // Gives a tensor its elements; false where their number is not that of `dims`.
  bool hold(TensorId id, const Integers& dims, SizeIds elements, int type);

  // aten.cpp: nodes of one call
  void find_groups();
  bool can_group(std::string_view call, const std::vector<int>& nodes) const;
  bool attends(const std::vector<TensorId>& in, TensorId out) const;
  bool recurrent_group(const std::vector<int>& members, const std::vector<std::string_view>& arguments,
                       TensorId in, TensorId out);
  void opaque_group(const Node& last, const std::vector<std::string_view>& arguments, std::string_view name,
                    const std::vector<TensorId>& in);
  bool group_options(const std::function<Integers(std::size_t)>& argument, std::string_view name,
                     std::string_view keywords, const SizeIds& x, DraftLayer& step);
  bool group(const Node& last, const std::vector<int>& nodes);
  bool pattern(const Node& last, std::string_view kind, const std::vector<int>& nodes);
  std::vector<int> norm_of_groups(int index) const;
  std::vector<int> product_with_sigmoid(int index) const;
  bool of_weights(TensorId id, int depth = 0) const;
  int only_reader(TensorId id) const;

  // windows.cpp
  struct Window {
    PerAxis kernel, stride, dilation, begin, end;
    std::string_view auto_pad;
  };
  bool window(const Node& node, const SizeIds& shape, std::span<const std::int64_t> kernel, Window& window);
  // The weights of a convolution, transposed or not; false where they are not known or no layer has them.
  using WeightShape = Few<std::int64_t, 5>;
  struct Filter {
    SizeIds in_shape;
    WeightShape filter;
    std::int64_t groups = 1;
    Window window;
  };
  bool filter_of(const Node& node, Filter& read);
  SizeIds convolved(const Filter& read);  // the map that it makes
  SizeId slid(SizeId size, const Window& window, std::size_t axis, bool ceil);
  TensorId padded(const Node& node, TensorId in, Window& window, double value);
  bool pool(const Node& node, std::string_view kind);
  bool conv(const Node& node);
  struct Pads {
    PerAxis padding, cut_begin, cut_end;  // of torch's layer, and of a crop behind it
  };
  bool pads_for_size(const SizeIds& in_shape, std::span<const std::int64_t> wanted, Window& window,
                     PerAxis& extra);
  static Pads even_pads(const Window& window, PerAxis& extra);
  bool conv_transpose(const Node& node);
  bool max_pool(const Node& node);
  bool only_unpooled(const Node& pool) const;
  bool max_unpool(const Node& node);
  bool average_pool(const Node& node);
  bool lp_pool(const Node& node);
  bool global_average_pool(const Node& node);
  bool global_max_pool(const Node& node);
  bool global_pool(const Node& node, std::string_view kind);

  // dense.cpp: norms, activations, matrices, element by element
  bool batch_norm(const Node& node);
  bool instance_norm(const Node& node);
  bool layer_norm(const Node& node);
  bool rms_norm(const Node& node);
  bool group_norm(const Node& node);
  bool lrn(const Node& node);
  bool activation(const Node& node);
  bool same(const Node& node);
  bool identity(const Node& node);
  bool cast(const Node& node);
  bool quantize(const Node& node);
  bool scaled_back(const Node& node, const std::vector<TensorId>& in);
  bool softmax(const Node& node);
  bool clip(const Node& node);
  bool prelu(const Node& node);
  bool gemm(const Node& node);
  bool matmul(const Node& node);
  bool elementwise(const Node& node);
  bool logical_not(const Node& node);
  bool where(const Node& node, const std::vector<TensorId>& in);
  bool with_parameter(const Node& node, std::string_view kind, TensorId tensor, TensorId parameter);
  bool linear(const Node& node, TensorId in, TensorId weight, std::int64_t in_features,
              std::int64_t out_features, bool bias, TensorId out);
  std::optional<SizeIds> broadcast(const std::vector<TensorId>& in);
  bool trivial_parameter(TensorId parameter, TensorId other) const;

  // resizes.cpp, parts.cpp, reshapes.cpp, reductions.cpp: what changes a shape
  struct Resizing {
    bool to_sizes = false;  // `list` holds sizes, not factors
    bool thawed = false;    // they were numbers
    SizeIds list;
    Integers axes;                // counted from the front
    std::vector<double> factors;  // of every axis
  };
  std::optional<Resizing> resizing(const Node& node, std::size_t rank);
  SizeIds resized(const SizeIds& x, const Resizing& asked, std::string_view policy);
  bool aimed(const Node& node, const SizeIds& x, const SizeIds& out, const Resizing& asked, DraftLayer& step);
  bool resize(const Node& node);
  struct Padding {
    SizeIds list;
    Integers axes;
  };
  std::optional<Padding> padding(const Node& node, std::size_t rank);
  bool padded_step(const Node& node, const SizeIds& x, const SizeIds& out, Integers flat, bool fixed);
  bool pad(const Node& node);
  bool slice(const Node& node);
  std::optional<std::vector<DraftSize>> reshaped(const SizeIds& x, const SizeIds& target,
                                                 std::optional<std::size_t> open);
  bool reshape(const Node& node);
  bool flatten(const Node& node);
  bool transpose(const Node& node);
  bool squeeze(const Node& node);
  bool unsqueeze(const Node& node);
  bool concat(const Node& node);
  bool split(const Node& node);
  bool gather(const Node& node);
  bool reduce(const Node& node);
  bool arg_reduce(const Node& node);
  bool shuffled(const Node& node, bool back);
  bool depth_to_space(const Node& node);
  bool space_to_depth(const Node& node);
  bool expand(const Node& node);
  bool tile(const Node& node);
  std::optional<Ref> like(const Node& node, const SizeIds& want, TensorId self);
  struct Slicing {
    SizeIds out;
    std::vector<SliceRange> ranges;  // as Python writes them
    bool sayable = true;             // by them
    bool spatial_stops = true;       // every range is [0, n) of a spatial axis
    bool centred = true;
  };
  void slice_axis(std::size_t axis, SizeId start, SizeId stop, std::int64_t step, Slicing& slicing);
  bool ranged_slice(const Node& node, const SizeIds& starts, const SizeIds& ends, const Integers& axes,
                    const Integers& steps);
  bool split_layers(const Node& node, std::size_t axis, SizeId size, const SizeIds& parts);

  // frozen.cpp: numbers that an exporter wrote where the program had a size
  SizeIds thawed_reshape(const Node& node, const SizeIds& x, const SizeIds& target,
                         std::optional<std::size_t> open);
  std::vector<std::vector<std::pair<SizeId, int>>> thawing(const SizeIds& x, const SizeIds& target,
                                                           std::optional<std::size_t> open);
  std::optional<SizeIds> met_later(const Node& node, const SizeIds& want, std::size_t rank);
  SizeIds thawed_repeat(const Node& node, const SizeIds& x, SizeIds out);
  std::optional<SizeIds> thawed_map(const Node& node, const SizeIds& x, const SizeIds& out, bool scales);
  void froze(const Node& node, const SizeIds& numbers, const SizeIds& sizes);
  void say_frozen();

  // sequence.cpp, signal.cpp: one node as several layers
  // A step of `node` that takes `from` and makes `to`; a tensor of the shape `made` where `to` is none.
  TensorId turned(const Node& node, DraftLayer step, TensorId from, SizeIds made, TensorId to = no_tensor);
  TensorId headed(const Node& node, TensorId from, std::int64_t heads);
  TensorId shared_heads(const Node& node, TensorId from, std::int64_t times);
  TensorId joined_behind(const Node& node, bool both_ways, const SizeIds& joined);
  bool recurrent(const Node& node);
  bool attention(const Node& node);
  bool einsum(const Node& node);
  bool grid_sample(const Node& node);
  bool gather_elements(const Node& node);
  bool top_k(const Node& node);
  bool stft(const Node& node);
  bool dft(const Node& node);

  // contrib.cpp: operators of onnxruntime that no other stands for
  bool fused_matmul(const Node& node);
  bool packed_matmul(const Node& node);
  bool split_gelu(const Node& node);
  bool present(const Node& node, std::size_t past, SizeId length, SizeIds each, bool both);
  bool projected_attention(const Node& node);
  bool heads_attention(const Node& node);
  bool shared_attention(const Node& node);
  bool embedded_tokens(const Node& node);

  // others.cpp: shapes of operators that no kind stands for
  bool gather_nd(const Node& node);
  bool one_hot(const Node& node);
  bool col2im(const Node& node);
  bool first_and_state(const Node& node);
  bool center_crop_pad(const Node& node);
  bool roi_align(const Node& node);
  bool scalar(const Node& node);
  bool deform_conv(const Node& node);
  bool affine_grid(const Node& node);
  bool loop(const Node& node);
  bool constant_of_shape(const Node& node);
  bool range(const Node& node);
  bool shape_op(const Node& node);
  bool random_like(const Node& node);

  const Model& model_;
  const OnnxOptions& options_;
  Sizes sizes_;
  Draft draft_;
  Imported result_;
  std::vector<Value> values_;
  ByName<TensorId> ids_;
  std::vector<std::int32_t> node_inputs_;  // TensorIds of all nodes, one after the other
  std::vector<std::size_t> input_begin_;
  std::vector<std::int32_t> node_outputs_;
  std::vector<std::size_t> output_begin_;
  std::unordered_map<TensorId, const ValueInfo*> declared_;
  std::set<TensorId> undecided_;      // conditions of branches that depend on more than sizes
  std::set<TensorId> as_in_runtime_;  // declared as onnxruntime rounds them, not as torch does
  std::vector<int> order_;
  std::vector<TensorId> conditions_;                        // of Model::conditions
  std::unordered_map<TensorId, std::vector<int>> guarded_;  // nodes in branches, by what decides
  std::vector<char> done_;                                  // of nodes: another layer stands for it
  std::vector<int> group_of_;                               // of nodes: index into groups_, or -1
  struct Group {
    std::vector<int> nodes;
    std::string_view pattern;  // the kind that the nodes make; empty where their call tells it
  };
  std::vector<Group> groups_;
  std::size_t conflicts_ = 0;                  // sizes that do not fit together, at the inputs' shapes
  bool guesses_ = false;                       // some tensor's shape is a guess
  bool silent_ = false;                        // shapes only: the node's call becomes one layer at its end
  bool at_declared_ = true;                    // the inputs have the shapes that the file declares
  std::map<std::string, std::size_t> opaque_;  // operators without a kind, without a known shape
  std::map<std::string, std::size_t> stated_;  // the same where the file declares the shape
  std::vector<std::string> deviations_;        // where a runtime's sizes are not torch's
  std::size_t contradictions_ = 0;             // declared shapes that are not what the operators give
  const bool thaw_;
  std::size_t misfits_ = 0;
  std::size_t effort_ = 0;                               // spent on such numbers
  std::set<std::size_t> frozen_;                         // nodes that hold such numbers
  std::string first_frozen_;                             // the first of them, in words
  std::unordered_map<double, SizeIds> sizes_when_made_;  // sizes of maps by what they were then
  std::vector<FreeAxisName> free_;
  std::string conflict_;  // the first, in words
};

}  // namespace shapedbg::onnx
