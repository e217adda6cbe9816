#include "infer/infer.h"
#include "infer/again.h"
#include "infer/outputs.h"
#include "net/facts.h"
#include "net/same_value.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>

#include "rules/element_types.h"
#include "rules/layer_inputs.h"
#include "text/cancel.h"

namespace shapedbg {

std::string_view to_string(RowSource source) {
  switch (source) {
    case RowSource::executed:
      return "executed";
    case RowSource::formula:
      return "formula";
    case RowSource::unknown:
      return "unknown";
  }
  return "unknown";
}

const Shape* Trace::output(const Spec& spec, Ref ref) const {
  if (ref.is_input()) {
    const std::size_t i = ref.input();
    return i < spec.inputs.size() ? &spec.inputs[i].shape : nullptr;
  }
  const std::size_t i = ref.layer.place();
  if (i >= layers.size()) return nullptr;
  const auto& outputs = layers[i].outputs;
  return static_cast<std::size_t>(ref.output) < outputs.size()
             ? &outputs[static_cast<std::size_t>(ref.output)]
             : nullptr;
}

const Shape* Trace::result(const Spec& spec) const {
  return spec.layers.empty() ? nullptr : output(spec, Ref{spec.layers.last_id(), 0});
}

std::int64_t outputs_in_all(const LayerSpec& layer, const LayerTrace& row) {
  const auto seen = static_cast<std::int64_t>(row.outputs.size());
  if (seen < most_outputs || row.inputs.empty() || !facts(layer.kind).splits) return seen;
  const auto rank = static_cast<std::int64_t>(row.inputs[0].size());
  const std::int64_t dim = layer.integer(Opt::dim);
  const std::int64_t axis = dim < 0 ? dim + rank : dim;
  if (axis < 0 || axis >= rank) return seen;
  const std::int64_t size = row.inputs[0][static_cast<std::size_t>(axis)];
  if (layer.kind == LayerKind::Unbind) return std::max(seen, size);
  const OptionValue* part = layer.find(Opt::split_size_or_sections);
  if (part == nullptr || !std::holds_alternative<std::int64_t>(part->value)) return seen;
  const std::int64_t places = std::get<std::int64_t>(part->value);
  return std::max(seen, size / places + (size % places != 0 ? 1 : 0));
}

namespace {

// A handful of sizes: asking memcmp costs more than they do.
bool same_shape(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k)
    if (a[k] != b[k]) return false;
  return true;
}

// What was returned there is what these inputs give, the options being the same.
bool answers(const LayerTrace& row, const RuleInputs<std::int64_t>& in) {
  return row.refusals.empty() && !row.outputs.empty() &&
         std::equal(row.inputs.begin(), row.inputs.end(), in.inputs.begin(), in.inputs.end(),
                    [](const Shape& a, const Shape* b) { return &a == b || same_shape(a, *b); });
}

// The rows of a network that this one is a changed copy of.
class Known {
 public:
  Known(const Spec& spec, const Trace& trace) : spec_(spec), trace_(trace) {}

  // The row of `layer`, at `index`, for the same inputs; null where it is not there, was refused, or reads
  // more than its inputs.
  const LayerTrace* row_of(const LayerSpec& layer, std::size_t index, const RuleInputs<std::int64_t>& in) {
    if (in.like != nullptr || in.pool != nullptr || layer.options.empty()) return nullptr;
    const auto at = place_of(layer, index);
    if (!at) return nullptr;
    const LayerTrace& row = trace_.layers[*at];
    return answers(row, in) ? &row : nullptr;
  }

 private:
  // Layers put in or left out shift those behind them, mostly by one or two.
  std::optional<std::size_t> place_of(const LayerSpec& layer, std::size_t index) {
    for (const std::ptrdiff_t step : {0, -1, 1, -2, 2}) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(index) + shift_ + step;
      if (at < 0 || at >= static_cast<std::ptrdiff_t>(trace_.layers.size())) continue;
      const LayerSpec& there = spec_.layers[static_cast<std::size_t>(at)];
      if (there.options.begin() != layer.options.begin() || there.kind != layer.kind || there.broken)
        continue;
      shift_ += step;
      return static_cast<std::size_t>(at);
    }
    return std::nullopt;
  }

  const Spec& spec_;
  const Trace& trace_;
  std::ptrdiff_t shift_ = 0;
};

constexpr std::size_t worth_a_table = 8;  // layers

// One kind with the same options: what it does follows from its inputs then.
bool behave_alike(const LayerSpec& a, const LayerSpec& b) {
  return a.kind == b.kind && !a.broken && !b.broken &&
         std::equal(a.options.begin(), a.options.end(), b.options.begin(), b.options.end(),
                    [](const OptionValue& x, const OptionValue& y) { return same_value(x.value, y.value); });
}

// The rows of one network so far: blocks repeat themselves, and what has the same options and gets the same
// shapes as an earlier layer is not asked again.
class Repeats {
 public:
  // `same`: of each layer, the first one with its kind and options, where that is known.
  Repeats(const Spec& spec, const Trace& trace, const std::vector<LayerId>* same)
      : spec_(spec), trace_(trace), same_(same) {
    if (spec.layers.size() < worth_a_table) return;
    first_.assign(std::bit_ceil(spec.layers.size()), LayerId());
    next_.assign(spec.layers.size(), LayerId());
  }

  // The row of an earlier layer that answers for the layer `index`; null where none does: it may answer for
  // later ones then.
  const LayerTrace* row_of(std::size_t index, const RuleInputs<std::int64_t>& in) {
    if (first_.empty() || in.like != nullptr || in.pool != nullptr) return nullptr;
    const LayerSpec& layer = spec_.layers[index];
    LayerId& first = first_[hash(layer.kind, in) & (first_.size() - 1)];
    int looked_at = 0;
    for (LayerId at = first; !at.is_none() && looked_at < most; at = next_[at], ++looked_at) {
      const LayerTrace& row = trace_.row(at);
      if (answers(row, in) && alike(at.place(), index)) return &row;
    }
    next_[index] = first;
    first = LayerId(index);
    return nullptr;
  }

 private:
  static constexpr int most = 8;

  static std::size_t hash(LayerKind kind, const RuleInputs<std::int64_t>& in) {
    std::uint64_t mixed = static_cast<std::uint64_t>(kind) + 1;
    for (const Shape* shape : in.inputs) {
      std::uint64_t sizes = 0;
      for (const std::int64_t size : *shape) sizes = sizes * 31 + static_cast<std::uint64_t>(size);
      mixed = (mixed ^ sizes) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return mixed >> 32u;
  }
  bool alike(std::size_t a, std::size_t b) const {
    return same_ != nullptr ? (*same_)[a] == (*same_)[b] : behave_alike(spec_.layers[a], spec_.layers[b]);
  }

  const Spec& spec_;
  const Trace& trace_;
  const std::vector<LayerId>* same_;
  std::vector<LayerId> first_;  // by hash
  PerLayer<LayerId> next_;      // by layer, of the same hash
};

// What `layer` gets: most get all that one layer before them returns.
Shapes inputs_of(const LayerSpec& layer, const Trace& trace, const RuleInputs<std::int64_t>& in) {
  if (layer.inputs.size() == 1 && in.inputs.size() == 1 && !layer.inputs[0].is_input()) {
    const Shapes& before = trace.row(layer.inputs[0].layer).outputs;
    if (before.size() == 1) return before;
  }
  return Shapes(std::span<const Shape* const>(in.inputs));
}

// What is worked out once for many shapes of the inputs.
struct Once {
  const ElementTypes& types;
  const std::vector<LayerId>* same;  // as Repeats takes it
};

Trace inferred(const Spec& spec, const std::vector<Shape>& inputs, Known* known, const Once& once) {
  Trace trace;
  trace.layers.resize(spec.layers.size());
  const ElementTypes& types = once.types;
  const auto find = [&](Ref ref) -> const Shape* {
    if (ref.is_input()) {
      const std::size_t i = ref.input();
      return i < inputs.size() ? &inputs[i] : nullptr;
    }
    const auto& outputs = trace.row(ref.layer).outputs;
    const std::size_t at = static_cast<std::size_t>(ref.output);
    return at < outputs.size() ? &outputs[at] : nullptr;
  };
  Repeats repeats(spec, trace, once.same);
  RuleInputs<std::int64_t> in;
  bool any_failed = false;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    check_cancelled();
    const LayerSpec& layer = spec.layers[i];
    LayerTrace& row = trace.layers[i];
    if (i > 0) any_failed = any_failed || !trace.layers[i - 1].refusals.empty() || spec.layers[i - 1].broken;
    if (any_failed)
      each_read(layer, [&](Ref ref) {
        if (ref.is_input()) return;
        const LayerTrace& from = trace.row(ref.layer);
        row.after_failure |= from.after_failure || !from.refusals.empty() || spec.layer(ref.layer).broken;
      });
    if (!gather<std::int64_t>(spec, layer, find, in)) {
      // A part of a Chunk that does not exist is this layer's fault; any other gap is older.
      each_read(layer, [&](Ref ref) {
        if (ref.is_input() || find(ref) != nullptr) return;
        const LayerTrace& from = trace.row(ref.layer);
        if (from.outputs.empty()) return;
        const LayerSpec& whole = spec.layer(ref.layer);
        std::string message = "`" + layer.name + "` takes output " + std::to_string(ref.output) + " of `" +
                              whole.name + "`, which returns only " + std::to_string(from.outputs.size());
        if (facts(whole.kind).splits && whole.find(Opt::dim) != nullptr && !from.inputs.empty())
          message += ": it splits axis " + std::to_string(whole.integer(Opt::dim)) + " of " +
                     bracketed(from.inputs[0]);
        row.refusals.push_back({Code::L212, std::move(message), Opt{}, false, -1, -1});
      });
      continue;
    }
    const LayerTrace* as_before = known == nullptr ? nullptr : known->row_of(layer, i, in);
    if (as_before == nullptr && !layer.broken) as_before = repeats.row_of(i, in);
    row.inputs = as_before != nullptr ? as_before->inputs : inputs_of(layer, trace, in);
    if (layer.broken) continue;
    if (as_before != nullptr) {
      row.outputs = as_before->outputs;
    } else {
      RuleResult<std::int64_t> result = apply_rule(layer, in);
      row.outputs = std::move(result.outputs);
      row.refusals = std::move(result.refusals);
    }
    if (auto refusal = types.refusal(spec, LayerId(i))) row.refusals.push_back(std::move(*refusal));
    if (!row.outputs.empty()) row.source = RowSource::formula;
  }
  return trace;
}

std::vector<Shape> shapes_of_inputs(const Spec& spec) {
  std::vector<Shape> inputs;
  for (const InputSpec& input : spec.inputs) inputs.push_back(input.shape);
  return inputs;
}

}  // namespace

Trace infer(const Spec& spec) { return infer(spec, shapes_of_inputs(spec)); }

Trace infer(const Spec& spec, const std::vector<Shape>& inputs) {
  return inferred(spec, inputs, nullptr, {ElementTypes(spec), nullptr});
}

Trace infer_again(const Spec& spec, const Spec& like, const Trace& trace) {
  if (trace.layers.size() != like.layers.size()) return infer(spec);
  Known known(like, trace);
  return inferred(spec, shapes_of_inputs(spec), &known, {ElementTypes(spec), nullptr});
}

struct Inference::Fixed {
  explicit Fixed(const Spec& spec) : types(spec) {
    constexpr std::size_t most = 16;  // of one kind
    if (spec.layers.size() < worth_a_table) return;
    std::vector<std::vector<LayerId>> firsts(all_kinds().size());
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      std::vector<LayerId>& known = firsts[static_cast<std::size_t>(spec.layers[i].kind)];
      const auto found = std::find_if(known.begin(), known.end(), [&](LayerId first) {
        return behave_alike(spec.layer(first), spec.layers[i]);
      });
      same.push_back(found == known.end() ? LayerId(i) : *found);
      if (found == known.end() && known.size() < most) known.push_back(LayerId(i));
    }
  }
  ElementTypes types;
  std::vector<LayerId> same;
};

Inference::Inference(const Spec& spec) : spec_(spec), fixed_(std::make_unique<const Fixed>(spec)) {}
Inference::~Inference() = default;

Trace Inference::at(const std::vector<Shape>& inputs) const {
  return inferred(spec_, inputs, nullptr, {fixed_->types, fixed_->same.empty() ? nullptr : &fixed_->same});
}

RuleResult<std::int64_t> infer_layer(const Spec& spec, std::size_t layer,
                                     const std::function<const Shape*(Ref)>& tensor) {
  // Its vector is grown once: trials ask thousands of times.
  thread_local RuleInputs<std::int64_t> in;
  in.quiet = true;
  check_cancelled();
  const LayerSpec& one = spec.layers[layer];
  if (one.broken || !gather(spec, one, tensor, in)) return {};
  return apply_rule(one, in);
}

std::size_t first_spatial_axis(const Spec& spec) {
  if (spec.inputs.empty()) return 2;
  const std::size_t rank = spec.inputs[0].shape.size();
  // The first layer with a fixed number of spatial axes that still sees the input's own axes.
  PerLayer<bool> sees;  // most networks begin with a layer that tells
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.inputs.empty()) continue;
    const Ref ref = layer.inputs[0];
    const bool here = ref.is_input() ? ref.input() == 0 : !sees.empty() && sees[ref.layer];
    if (!here) continue;
    if (layer.info().family == Family::fold)
      break;  // takes columns of blocks, and has two axes only behind it
    const std::size_t axes = layer.axis_count();
    const bool optional_axes = layer.info().family == Family::batch_norm;  // BatchNorm1d takes N,C too
    if (axes > 0 && !optional_axes && (rank == axes + 1 || rank == axes + 2)) return rank - axes;
    if (sees.empty()) sees.resize(spec.layers.size());
    sees[i] = keeps_shape(layer.info().family) || facts(layer.kind).axes_apart == Apart::from_third;
  }
  return std::min<std::size_t>(2, rank);
}

Shape expected_shape(const Spec& spec, const Expect& expect) {
  return expected_shape(spec, expect, spec.inputs.empty() ? Shape{} : spec.inputs[0].shape);
}

Shape expected_shape(const Spec& spec, const Expect& expect, const Shape& input) {
  switch (expect.kind) {
    case Expect::Kind::input:
      return input;
    case Expect::Kind::shape:
      return expect.shape;
    case Expect::Kind::scale:
      break;
  }
  Shape shape = input;
  const std::size_t first = first_spatial_axis(spec);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i >= first) {
      shape[i] = scaled_size(shape[i], expect.scale_of(i, shape.size()));
    } else if (i + 1 == first) {
      shape[i] = Expect::any_size;  // a scale says nothing about channels
    }
  }
  return shape;
}

bool meets(const Shape& returned, const Shape& expected) {
  return std::equal(
      returned.begin(), returned.end(), expected.begin(), expected.end(),
      [](std::int64_t got, std::int64_t want) { return want == Expect::any_size || got == want; });
}

}  // namespace shapedbg
