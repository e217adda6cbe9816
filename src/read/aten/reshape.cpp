// The same elements in another shape, other orders of the axes, and what changes nothing.
#include <algorithm>
#include <array>
#include <numeric>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

bool as_is(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  mapping.alias(step, step["input"]);
  return true;
}

// A change of element type keeps the shape. Between integers and floating point it is a step of its own,
// which no layer kind says.
bool converted(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input)) return false;
  const std::string& to = mapping.result(step).dtype;
  if (holds_integers(mapping.tensor(input).dtype) == holds_integers(to)) {
    mapping.alias(step, input);
    return true;
  }
  if (!step.call().raised.empty() || !mapping.same_shape(step.call().outputs.at(0), input.tensor))
    return false;
  DraftLayer cast("Custom", {mapping.ref(input)});
  cast.set("label", std::string(cast_label) + to).set("output", "same");
  if (holds_integers(to)) cast.set("dtype", "int64");
  mapping.emit(step, std::move(cast));
  return true;
}

// view(B, h, w, -1) with a B of 1 that was lost by int(): the batch follows, where the last axis does not
// need to.
void give_batch(const Mapping& mapping, const Step& step, std::vector<DraftSize>& sizes) {
  if (mapping.runs() < 2 || sizes.size() < 3 || sizes.front() != DraftSize(1) ||
      sizes.back() != DraftSize(-1))
    return;
  const Runs last = mapping.runs_at(step.call().outputs.at(0), sizes.size() - 1);
  const std::vector<calls::Size>& taken = mapping.tensor(step["input"]).shape;
  if (!constant(last) || taken.empty() || runs_of(taken.back(), mapping.runs()) != last) return;
  if (taken.front().value == 1 && taken.front().others.empty()) return;
  for (const int input : mapping.program().inputs)
    if (const auto& shape = mapping.tensor(input).shape; shape.empty() || shape[0].value != 1) return;
  sizes.front() = -1;
  sizes.back() = last[0];
}

// The axis of a tensor that a step is given, which becomes one of its inputs.
DraftSize axis_of(std::vector<int>& inputs, int tensor, std::size_t axis) {
  auto at = std::find(inputs.begin(), inputs.end(), tensor);
  if (at == inputs.end()) at = inputs.insert(inputs.end(), tensor);
  const auto place = static_cast<std::size_t>(at - inputs.begin());
  return DraftSize((place == 0 ? "in[" : "in[" + std::to_string(place) + "][") + std::to_string(axis) + "]");
}

// The axis of a live tensor that a size was read from, by the recording.
struct Origin {
  int tensor = -1;
  std::size_t axis = 0;
};
std::optional<Origin> origin_of(const Mapping& mapping, const Value& asked) {
  if (!asked.formula.is_axis()) return std::nullopt;
  const calls::Formula::Node& node = asked.formula.nodes()[0];
  const Origin from{static_cast<int>(node.value), static_cast<std::size_t>(node.axis)};
  return mapping.live(from.tensor) ? std::optional(from) : std::nullopt;
}

// view(B, C, h, w): the tensor whose spatial sizes a map is given back, where one of them is another one in
// the other run. The rest are no numbers either, though both runs had the same.
std::optional<int> map_given_back(const Mapping& mapping, const std::vector<Value>& asked) {
  for (const Value& one : asked)
    if (const auto from = origin_of(mapping, one);
        from && from->axis >= 2 && !constant(mapping.runs_at(from->tensor, from->axis)))
      return from->tensor;
  return std::nullopt;
}

// A reshape to numbers that make no whole of what it takes: none of them follows from the others.
bool takes_another_count(const Mapping& mapping, const Step& step) {
  if (step.call().raised.empty()) return false;
  const auto count = [](const std::vector<calls::Size>& shape) {
    std::int64_t whole = 1;
    for (const calls::Size& size : shape)
      if (size.value < 0 || __builtin_mul_overflow(whole, size.value, &whole)) return std::int64_t{-1};
    return whole;
  };
  const std::int64_t made = count(mapping.result(step).shape);
  return made >= 0 && made != count(mapping.tensor(step["input"]).shape);
}

// The sizes that a reshape gives, over the axes of what it takes; -1 for the one entry that follows from the
// others. Tensors that only give sizes are added to `inputs`. What nothing names is the number of the
// recording.
std::optional<std::vector<DraftSize>> new_shape(const Mapping& mapping, const Step& step,
                                                const std::vector<Value>& asked, std::vector<int>& inputs) {
  const std::vector<calls::Size>& made = mapping.result(step).shape;
  const Expressions own(mapping.program(), mapping.runs(), inputs);
  std::vector<DraftSize> sizes;
  std::vector<std::size_t> open;
  bool said = false;  // the author's own -1
  const auto whole = map_given_back(mapping, asked);
  for (std::size_t k = 0; k < made.size(); ++k) {
    const Value* wanted = asked.size() == made.size() ? &asked[k] : nullptr;
    if (wanted && wanted->integer == -1 && wanted->others.empty()) {
      said = true;
      sizes.emplace_back(-1);
      continue;
    }
    // Where the recording knows the origin, the argument does; the shape has the number in any case.
    calls::Size known = made[k];
    if (wanted && !wanted->formula.empty()) known.formula = wanted->formula;
    if (wanted && k > 0 && wanted->is(Value::Kind::integer) && wanted->integer == 1 &&
        wanted->others.empty() && wanted->formula.empty()) {
      sizes.emplace_back(1);  // the author's own 1, not the batch
      continue;
    }
    // A number of an exported program is one, whatever the shape that was computed from it says.
    const bool number = wanted && wanted->is(Value::Kind::integer) && wanted->integer == made[k].value;
    if (number && wanted->others.empty() && wanted->formula.empty() && !made[k].formula.empty()) {
      sizes.emplace_back(wanted->integer);
      continue;
    }
    const auto from = wanted ? origin_of(mapping, *wanted) : std::nullopt;
    if (from && whole == from->tensor && from->axis >= 2 && wanted->others.empty()) {
      sizes.push_back(axis_of(inputs, from->tensor, from->axis));
      continue;
    }
    const bool batch = names_batch(known.formula) || (known.value == 1 && !known.formula.empty());
    auto size = batch ? mapping.size_over(known, k, inputs) : own.known(known, k);
    if (!size) {
      open.push_back(k);
      sizes.emplace_back(-1);
      continue;
    }
    sizes.push_back(std::move(*size));
  }
  give_batch(mapping, step, sizes);
  const std::size_t follows = said || takes_another_count(mapping, step) ? 0 : 1;
  for (std::size_t i = 0; i < open.size() && open.size() - i > follows; ++i) {
    const std::size_t k = open[i];
    calls::Size size = made[k];
    if (asked.size() == made.size() && !asked[k].formula.empty()) size.formula = asked[k].formula;
    auto found = mapping.size_over(size, k, inputs);
    if (!found && !size.others.empty()) return std::nullopt;
    sizes[k] = found ? std::move(*found) : DraftSize(std::max<std::int64_t>(size.value, 1));
  }
  return sizes;
}

bool reshape_to(Mapping& mapping, const Step& step, const std::vector<Value>& asked) {
  if (mapping.result(step).shape.empty()) return false;
  std::vector<int> inputs{step["input"].tensor};
  auto sizes = new_shape(mapping, step, asked, inputs);
  if (!sizes) return false;
  DraftLayer layer("Reshape");
  for (const int one : inputs) layer.inputs.push_back(mapping.ref(one));
  layer.sizes("shape", *sizes);
  mapping.emit(step, std::move(layer));
  return true;
}

bool reshape(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  const std::vector<Value> asked = step.rest("shape");
  if (asked.empty() && step["shape"].is(Value::Kind::other))
    return converted(mapping, step);  // x.view(dtype)
  return reshape_to(mapping, step, asked);
}

bool flatten(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input) || mapping.rank(input) == 0) return false;
  DraftLayer layer("Flatten", {mapping.ref(input)});
  layer.set("start_dim", step.integer("start_dim").value_or(0));
  if (const std::int64_t end = step.integer("end_dim").value_or(-1); end != -1) layer.set("end_dim", end);
  if (layer.find("start_dim")->json() == "1") layer.drop("start_dim");
  mapping.emit(step, std::move(layer));
  return true;
}

// x.unflatten(2, (h, w)), of sizes that a tensor has: a Reshape, whose other axes stay.
bool unflatten_computed(Mapping& mapping, const Step& step, std::int64_t dim,
                        const std::vector<Value>& parts) {
  const Value& input = step["input"];
  const std::vector<calls::Size>& taken = mapping.tensor(input).shape;
  const auto rank = static_cast<std::int64_t>(taken.size());
  if (dim < -rank || dim >= rank) return false;
  const auto cut = static_cast<std::size_t>(dim < 0 ? dim + rank : dim);
  std::vector<Value> asked;
  for (std::size_t axis = 0; axis < taken.size(); ++axis) {
    if (axis == cut) {
      asked.insert(asked.end(), parts.begin(), parts.end());
      continue;
    }
    asked.push_back(Value::of(taken[axis].value));
    asked.back().others = taken[axis].others;
    asked.back().formula = calls::Formula::axis(input.tensor, static_cast<int>(axis));
  }
  return asked.size() == mapping.result(step).shape.size() && reshape_to(mapping, step, asked);
}

bool unflatten(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto dim = step.integer("dim");
  const std::vector<Value> parts = step.integers("sizes");
  if (!mapping.live(input) || !dim || parts.empty()) return false;
  const auto sizes = fixed(parts);
  const bool computed = std::any_of(parts.begin(), parts.end(), [](const Value& part) {
    return !part.formula.empty() && !part.formula.is_constant();
  });
  if ((computed || !sizes) && unflatten_computed(mapping, step, *dim, parts)) return true;
  // Behind a call that raised, what it takes may have another number of axes than it would: the numbers stay.
  if (!sizes || sizes->empty()) return false;
  DraftLayer layer("Unflatten", {mapping.ref(input)});
  layer.set("dim", *dim).set("unflattened_size", *sizes);
  mapping.emit(step, std::move(layer));
  return true;
}

bool permute(Mapping& mapping, const Step& step) {
  const auto dims = fixed(step.rest("dims"));
  if (!mapping.live(step["input"]) || !dims || dims->empty()) return false;
  DraftLayer layer("Permute", {mapping.ref(step["input"])});
  layer.set("dims", *dims);
  mapping.emit(step, std::move(layer));
  return true;
}

bool transpose(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input)) return false;
  // .t(), .T, .mT name no axes: the last two.
  const auto rank = static_cast<std::int64_t>(mapping.rank(input));
  const std::int64_t first = step.integer("dim0").value_or(rank - 2);
  const std::int64_t second = step.integer("dim1").value_or(rank - 1);
  if (rank < 2) return as_is(mapping, step);
  DraftLayer layer("Transpose", {mapping.ref(input)});
  layer.set("dim0", first).set("dim1", second);
  mapping.emit(step, std::move(layer));
  return true;
}

bool movedim(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  auto from = fixed(step.integers("source"));
  auto to = fixed(step.integers("destination"));
  if (!mapping.live(input) || !from || !to || from->size() != to->size() || from->empty()) return false;
  const auto rank = static_cast<std::int64_t>(mapping.rank(input));
  std::vector<std::int64_t> dims(static_cast<std::size_t>(rank), -1);
  std::vector<bool> used(static_cast<std::size_t>(rank));
  for (std::size_t i = 0; i < from->size(); ++i) {
    const std::int64_t source = (*from)[i] < 0 ? (*from)[i] + rank : (*from)[i];
    const std::int64_t target = (*to)[i] < 0 ? (*to)[i] + rank : (*to)[i];
    if (source < 0 || source >= rank || target < 0 || target >= rank) return false;
    dims[static_cast<std::size_t>(target)] = source;
    used[static_cast<std::size_t>(source)] = true;
  }
  std::int64_t next = 0;
  for (std::int64_t& dim : dims) {
    if (dim >= 0) continue;
    while (next < rank && used[static_cast<std::size_t>(next)]) ++next;
    dim = next++;
  }
  DraftLayer layer("Permute", {mapping.ref(input)});
  layer.set("dims", dims);
  mapping.emit(step, std::move(layer));
  return true;
}

bool squeeze(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input)) return false;
  const auto dims = fixed(step.integers("dim"));
  if (!dims) return false;
  if (mapping.result(step).shape.empty()) return false;
  DraftLayer layer("Squeeze", {mapping.ref(input)});
  if (!dims->empty()) dims->size() == 1 ? layer.set("dim", (*dims)[0]) : layer.set("dim", *dims);
  mapping.emit(step, std::move(layer));
  return true;
}

bool unsqueeze(Mapping& mapping, const Step& step) {
  const auto dim = step.integer("dim");
  if (!mapping.live(step["input"]) || !dim) return false;
  DraftLayer layer("Unsqueeze", {mapping.ref(step["input"])});
  layer.set("dim", *dim);
  mapping.emit(step, std::move(layer));
  return true;
}

// Repeats axes of size 1: nothing at all where the shape stays.
bool expand(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input) || mapping.result(step).shape.empty()) return false;
  if (mapping.same_shape(input.tensor, step.call().outputs.at(0))) return as_is(mapping, step);
  if (!Mapping::has("Expand")) return false;
  std::vector<int> inputs{input.tensor};
  const std::vector<Value> asked = step.rest("size");
  const std::vector<calls::Size>& made = mapping.result(step).shape;
  const std::size_t more = made.size() - std::min(made.size(), mapping.rank(input));
  std::vector<DraftSize> sizes;
  for (std::size_t k = 0; k < made.size(); ++k) {
    if (k >= more && runs_of(made[k], mapping.runs()) == mapping.runs_at(input.tensor, k - more)) {
      sizes.emplace_back(-1);
      continue;
    }
    if (mapping.live(step["other"])) {
      sizes.push_back(axis_of(inputs, step["other"].tensor, k));
      continue;
    }
    calls::Size known = made[k];
    if (asked.size() == made.size() && !asked[k].formula.empty()) known.formula = asked[k].formula;
    auto size = mapping.size_over(known, std::nullopt, inputs);
    if (!size) return false;
    sizes.push_back(std::move(*size));
  }
  DraftLayer layer("Expand");
  for (const int one : inputs) layer.inputs.push_back(mapping.ref(one));
  layer.sizes("size", sizes);
  mapping.emit(step, std::move(layer));
  return true;
}

// The whole tensor several times along its axes.
bool repeat(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const std::vector<Value> times = step.rest("repeats");
  if (!mapping.live(input) || times.size() < mapping.rank(input) || times.empty()) return false;
  std::vector<int> inputs{input.tensor};
  std::vector<DraftSize> sizes;
  for (const Value& value : times) {
    auto size = mapping.size_over({value.integer, value.formula, value.others}, std::nullopt, inputs);
    if (!size) return false;
    sizes.push_back(std::move(*size));
  }
  DraftLayer layer("Repeat");
  for (const int one : inputs) layer.inputs.push_back(mapping.ref(one));
  layer.sizes("repeats", sizes);
  mapping.emit(step, std::move(layer));
  return true;
}

// x.repeat_interleave(frames, dim): as often as another tensor is long.
bool repeated_by_sizes(Mapping& mapping, const Step& step, std::int64_t dim) {
  const Value& input = step["input"];
  const Value& repeats = step["repeats"];
  const auto rank = static_cast<std::int64_t>(mapping.rank(input));
  if (dim < -rank || dim >= rank) return false;
  std::vector<int> inputs{input.tensor};
  const auto times =
      mapping.size_over({repeats.integer, repeats.formula, repeats.others}, std::nullopt, inputs);
  const std::string* text = times ? times->expression() : nullptr;
  if (text == nullptr) return false;
  std::vector<DraftSize> shape;
  for (std::int64_t k = 0; k < rank; ++k) {
    const std::string own = "in[" + std::to_string(k) + "]";
    shape.emplace_back(k == (dim < 0 ? dim + rank : dim) ? own + "*(" + *text + ")" : own);
  }
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

bool repeat_interleave(Mapping& mapping, const Step& step) {
  const auto times = step.integer("repeats");
  const auto dim = step.integer("dim");
  if (!mapping.live(step["input"]) || !times || !dim || *times < 1) return false;
  const Value& repeats = step["repeats"];
  if (!repeats.others.empty() || !(repeats.formula.empty() || repeats.formula.is_constant()))
    return repeated_by_sizes(mapping, step, *dim);
  DraftLayer layer("RepeatInterleave", {mapping.ref(step["input"])});
  layer.set("repeats", *times).set("dim", *dim);
  mapping.emit(step, std::move(layer));
  return true;
}

constexpr std::string_view kOneTensor = "input|self";
constexpr Row kReshapeRows[] = {
    {"view", "input|self shape|size", reshape},
    {"reshape", "input|self shape|size", reshape},
    {"_unsafe_view", "input|self shape|size", reshape},
    {"view_as", "input|self other", reshape},
    {"reshape_as", "input|self other", reshape},
    {"flatten", "input|self start_dim end_dim", flatten},
    {"unflatten", "input|self dim sizes", unflatten},
    {"permute", "input|self dims", permute},
    {"transpose", "input|self dim0 dim1", transpose},
    {"swapaxes", "input|self dim0|axis0 dim1|axis1", transpose},
    {"swapdims", "input|self dim0 dim1", transpose},
    {"t", kOneTensor, transpose},
    {"mT", kOneTensor, transpose},
    {"T", kOneTensor, transpose},
    {"movedim", "input|self source destination", movedim},
    {"moveaxis", "input|self source destination", movedim},
    {"squeeze", "input|self dim", squeeze},
    {"unsqueeze", "input|self dim", unsqueeze},
    {"expand", "input|self size", expand},
    {"expand_as", "input|self other", expand},
    {"broadcast_to", "input|self size", expand},
    {"repeat", "input|self repeats", repeat},
    {"tile", "input|self repeats|dims", repeat},
    {"repeat_interleave", "input|self repeats dim", repeat_interleave},
    {"alias", kOneTensor, as_is},
    {"detach", kOneTensor, as_is},
    {"lift_fresh_copy", kOneTensor, as_is},
    {"lift_fresh", kOneTensor, as_is},
    {"clone", kOneTensor, as_is},
    {"requires_grad", kOneTensor, as_is},
    // To fewer bits and back: the layers compute with the numbers themselves.
    {"quantize_per_tensor", kOneTensor, as_is},
    {"dequantize_per_tensor", kOneTensor, as_is},
    {"quantize_per_channel", kOneTensor, as_is},
    {"dequantize_per_channel", kOneTensor, as_is},
    {"quantize_per_token", kOneTensor, as_is},
    {"dequantize_per_token", kOneTensor, as_is},
    {"quantize_affine", kOneTensor, as_is},
    {"dequantize_affine", kOneTensor, as_is},
    {"fake_quantize_per_tensor_affine", kOneTensor, as_is},
    {"fake_quantize_per_channel_affine", kOneTensor, as_is},
    {"cuda", kOneTensor, as_is},
    {"cpu", kOneTensor, as_is},
    {"to", kOneTensor, converted},
    {"_to_copy", kOneTensor, converted},
    {"type_as", kOneTensor, converted},
    {"as_tensor", "input|self|data", converted},
    {"type", kOneTensor, converted},
    {"float", kOneTensor, converted},
    {"double", kOneTensor, converted},
    {"half", kOneTensor, converted},
    {"long", kOneTensor, converted},
    {"int", kOneTensor, converted},
    {"short", kOneTensor, converted},
    {"byte", kOneTensor, converted},
    {"bool", kOneTensor, converted},
    {"bfloat16", kOneTensor, converted},
};

}  // namespace

std::span<const Row> reshape_rows() { return kReshapeRows; }

}  // namespace shapedbg::aten
