// What the files of this folder share: the state of one mapping, and the call that is being mapped.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "read/aten/express.h"
#include "read/aten/samples.h"
#include "read/calls/calls.h"
#include "read/draft.h"

namespace shapedbg::aten {

using calls::Call;
using calls::Program;
using calls::Tensor;
using calls::Value;

// One call with its arguments by name.
class Step {
 public:
  // `signature`: the names of the arguments in their order, "input weight bias"; `input|self` are two names
  // of one.
  Step(const Call& call, std::string op, std::string_view signature);

  const Call& call() const { return call_; }
  const std::string& op() const {
    return op_;
  }  // "conv2d": no namespace, no overload, no trailing underscore
  // None where it was not given.
  const Value& operator[](std::string_view name) const;
  bool given(std::string_view name) const { return !(*this)[name].is(Value::Kind::none); }
  bool flag(std::string_view name, bool fallback = false) const;
  double number(std::string_view name, double fallback) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::string text(std::string_view name) const;
  // An integer, or a list of them, as a list; empty where it is neither.
  std::vector<Value> integers(std::string_view name) const;
  // What `view(2, -1)` and `view((2, -1))` have alike: from `name` on.
  std::vector<Value> rest(std::string_view name) const;

 private:
  const Call& call_;
  std::string op_;
  std::vector<std::vector<std::string_view>> names_;
};

// What a Custom that changes the element type alone is called: nothing about it is unknown.
inline constexpr std::string_view cast_label = "cast to ";

class Mapping {
 public:
  Mapping(const Program& program, std::size_t runs);

  const Program& program() const { return program_; }
  std::size_t runs() const { return runs_; }
  Draft& draft() { return draft_; }

  const Tensor& tensor(int index) const { return program_.tensors[static_cast<std::size_t>(index)]; }
  const Tensor& tensor(const Value& value) const { return tensor(value.tensor); }
  std::size_t rank(const Value& value) const { return tensor(value).shape.size(); }
  // The first output of the call.
  const Tensor& result(const Step& step) const { return tensor(step.call().outputs.front()); }
  // A tensor that depends on an input.
  bool live(const Value& value) const {
    return value.is(Value::Kind::tensor) && refs_[static_cast<std::size_t>(value.tensor)].has_value();
  }
  Ref ref(const Value& value) const { return *refs_[static_cast<std::size_t>(value.tensor)]; }
  Ref ref(int tensor) const { return *refs_[static_cast<std::size_t>(tensor)]; }
  bool live(int tensor) const { return refs_[static_cast<std::size_t>(tensor)].has_value(); }
  // The tensors of the call's arguments that depend on an input, in their order.
  std::vector<int> live_inputs(const Step& step) const;
  int readers(int tensor) const { return readers_[static_cast<std::size_t>(tensor)]; }

  // Whether format 1 has the kind.
  static bool has(std::string_view kind);
  // Of an axis that the tensor lacks kNoAxis: a recording may return whatever shape it says.
  static constexpr std::int64_t kNoAxis = -1;
  Runs runs_at(int tensor, std::size_t axis) const {
    const std::vector<calls::Size>& shape = this->tensor(tensor).shape;
    return axis < shape.size() ? runs_of(shape[axis], runs_) : Runs(runs_, kNoAxis);
  }
  // Whether two tensors have one shape in every run.
  bool same_shape(int a, int b) const;
  // An earlier tensor of the draft, other than `but`, whose axes from `first` on have these sizes in every
  // run: first one that is later merged with `result`, else the latest.
  std::optional<int> tensor_with(const std::vector<Runs>& sizes, std::size_t rank, std::size_t first, int but,
                                 int result) const;

  // The layer of the call: gets its name and source, and returns the call's outputs.
  void emit(const Step& step, DraftLayer layer);
  // A layer on the way to the one of the call; returns its output.
  Ref emit_before(const Step& step, DraftLayer layer);
  // A map whose channels come last, as the layers that pad and cut take it; and such a layer, whose result
  // goes back.
  Ref channels_first(const Step& step, Ref map, std::size_t rank);
  void emit_channels_last(const Step& step, DraftLayer layer, std::size_t rank);
  // A learned tensor or constant beside an activation: a Parameter, repeated where its sizes follow those of
  // what else the call takes. Nothing where it has no axes, or sizes of no known origin.
  std::optional<Ref> constant(const Step& step, const Value& value);
  // A tensor that a call takes: one that depends on an input, or a constant as above.
  std::optional<Ref> taken(const Step& step, const Value& value) {
    return live(value) ? std::optional(ref(value)) : constant(step, value);
  }
  // The expression of a size over the axes of `inputs`; where they do not have it, of one tensor more, which
  // is added to them. `axis` and `first` as for Expressions.
  std::optional<DraftSize> size_over(const calls::Size& size, std::optional<std::size_t> axis,
                                     std::vector<int>& inputs, std::size_t first = 0) const;
  // The call returns what `value` is: no layer.
  void alias(const Step& step, const Value& value);
  // A Custom that returns what the call returned, by expressions over what it takes where they are found.
  void emit_custom(const Step& step) { emit_custom(step, live_inputs(step)); }
  void emit_custom(const Step& step, std::vector<int> inputs);
  // A Custom whose sizes are known by what the call is: `shapes` over the axes of `inputs`, one per output.
  void emit_custom(const Step& step, const std::vector<int>& inputs,
                   std::vector<std::vector<DraftSize>> shapes);
  // Whether a call made something, and nothing but integers.
  bool all_integers(const std::vector<int>& made) const;
  // Where the run ended early, by an exception that no call of torch raised: a layer that says so.
  void emit_stop();
  void guess(std::string what);

  // Tells each layer what the tensors were in `runs` that it stands for: of the calls in front of the first
  // one that raised, as all of these were seen. Once all calls are mapped.
  void note_returned(const std::vector<std::size_t>& runs);

  // What map_program() reads at the end.
  std::vector<std::string> guesses;

  // A step of forward itself that takes one tensor: no module of the model.
  bool is_step(LayerId layer) const { return steps_[layer] != 0; }

  // Nothing where the call returned no tensor there.
  void bind(int tensor, Ref ref) {
    if (tensor >= 0) refs_[static_cast<std::size_t>(tensor)] = ref;
  }
  void bind_input(int tensor, Ref ref) {
    bind(tensor, ref);
    order_.push_back(tensor);
  }

  // x[..., :h, :w] is a slice an axis in an exported graph. Those of one expression are gathered here, by the
  // tensor that the last of them returned, until the whole is one layer.
  struct Gathered {
    Value input;
    std::vector<std::pair<std::size_t, std::array<Value, 2>>> ranges;  // axis, start and stop; step 1
  };
  std::map<int, Gathered> gathered;

 private:
  void place(const Step& step, DraftLayer& layer) const;
  Ref add(const Step& step, DraftLayer layer);
  static std::string label_of(std::string_view op, std::string_view raised);
  std::vector<DraftSize> sizes_of(int output, std::vector<int>& inputs);

  const Program& program_;
  std::size_t runs_;
  Draft draft_;
  std::vector<std::optional<Ref>> refs_;  // by tensor
  std::map<int, Ref> constants_;          // the same for what no input reaches
  std::vector<int> readers_;              // calls that read it
  std::vector<int> order_;                // live tensors, latest last
  PerLayer<char> steps_;                  // by layer of the draft
};

// A call that a file of this folder maps.
struct Row {
  std::string_view op;                              // "conv2d"
  std::string_view signature;                       // in torch's order
  bool (*map)(Mapping& mapping, const Step& step);  // false: not this one, after all
};

std::span<const Row> conv_rows();
std::span<const Row> norm_rows();
std::span<const Row> pool_rows();
std::span<const Row> activation_rows();
std::span<const Row> resize_rows();
std::span<const Row> pad_rows();
std::span<const Row> reshape_rows();
std::span<const Row> split_rows();
std::span<const Row> arithmetic_rows();
std::span<const Row> einsum_rows();
std::span<const Row> loss_rows();
std::span<const Row> distance_rows();
std::span<const Row> reduce_rows();
std::span<const Row> sequence_rows();
std::span<const Row> choice_rows();
std::span<const Row> signal_rows();

// The row of an operator; null where there is none.
const Row* find_row(std::string_view op);
// "aten.add_.Tensor" and "torch.Tensor.__iadd__" are "add".
std::string plain_name(std::string_view op);

// Whether tensors of a type hold integers or truth values.
bool holds_integers(std::string_view dtype);
// The integers of a list, where all of them are the same in every run.
std::optional<std::vector<std::int64_t>> fixed(const std::vector<Value>& values);
// `values` for `axes` axes: one for all is repeated.
std::vector<std::int64_t> spread(std::vector<std::int64_t> values, std::size_t axes);

}  // namespace shapedbg::aten
