// Parts of a tensor, and tensors joined: slices, selections, chunks, concatenations.
#include <algorithm>
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

std::optional<std::size_t> axis_of(const Mapping& mapping, const Value& input, std::int64_t dim) {
  const auto rank = static_cast<std::int64_t>(mapping.rank(input));
  if (dim < -rank || dim >= rank) return std::nullopt;
  return wrapped_axis(dim, static_cast<std::size_t>(rank));
}

// One axis of x[…]: a range, as the program wrote it.
struct Range {
  Value start;
  Value stop;
  std::int64_t step = 1;
};

constexpr std::int64_t kEnd = INT64_C(1) << 48;

bool open_start(const Value& value) {
  return value.is(Value::Kind::none) ||
         (value.is(Value::Kind::integer) && value.integer == 0 && value.others.empty());
}
bool open_stop(const Value& value) {
  return value.is(Value::Kind::none) || (value.is(Value::Kind::integer) && value.integer >= kEnd);
}

// The bound as a number; nothing where it hangs on sizes.
std::optional<std::int64_t> bound(const Mapping& mapping, const Value& value, bool start) {
  if (start ? open_start(value) : open_stop(value)) return SliceRange::open;
  if (!value.is(Value::Kind::integer) || !value.others.empty()) return std::nullopt;
  const bool computed = !value.formula.empty() && !value.formula.is_constant();
  if (computed && mapping.runs() == 1) return std::nullopt;
  return value.integer;
}

// x[..., :h, :w] with the sizes of an earlier tensor: Slice size_like, or Crop where both sides are cut.
bool slice_like(Mapping& mapping, const Step& step, const Value& input, const std::vector<Range>& ranges) {
  const std::size_t rank = ranges.size();
  if (rank < 3) return false;
  const int made = step.call().outputs.at(0);
  bool centred = true;
  bool front = true;
  for (std::size_t k = 0; k < rank; ++k) {
    const Range& range = ranges[k];
    if (range.step != 1) return false;
    if (k < 2) {
      if (!open_start(range.start) || !open_stop(range.stop)) return false;
      continue;
    }
    front = front && open_start(range.start);
    const Runs in = mapping.runs_at(input.tensor, k);
    const Runs out = mapping.runs_at(made, k);
    const Runs start =
        open_start(range.start) ? Runs(mapping.runs(), 0) : runs_of(range.start, mapping.runs());
    for (std::size_t run = 0; run < in.size(); ++run)
      centred = centred && start[run] == (in[run] - out[run]) / 2;
  }
  if (!front && !centred) return false;
  std::optional<int> like;
  for (const Range& range : ranges)
    for (const Value* value : {&range.stop, &range.start})
      for (const calls::Formula::Node& node : value->formula.nodes()) {
        const int tensor = static_cast<int>(node.value);
        if (like || node.op != calls::Formula::Op::axis || tensor == input.tensor || !mapping.live(tensor))
          continue;
        if (mapping.tensor(tensor).shape.size() != rank) continue;
        bool fits = true;
        for (std::size_t k = 2; fits && k < rank; ++k)
          fits = mapping.runs_at(tensor, k) == mapping.runs_at(made, k);
        if (fits) like = tensor;
      }
  if (!like) {
    std::vector<Runs> sizes;
    for (std::size_t k = 2; k < rank; ++k) sizes.push_back(mapping.runs_at(made, k));
    like = mapping.tensor_with(sizes, rank, 2, input.tensor, made);
  }
  if (!like) return false;
  DraftLayer layer(front ? "Slice" : "Crop", {mapping.ref(input)});
  layer.set("size_like", mapping.ref(*like));
  if (!front) layer.set("align", "center");
  mapping.emit(step, std::move(layer));
  return true;
}

// x[:, :h, :w] of a map whose channels come last, with the sizes of an earlier tensor of either kind.
bool slice_last_like(Mapping& mapping, const Step& step, const Value& input,
                     const std::vector<Range>& ranges) {
  const std::size_t rank = ranges.size();
  if (rank < 3 || !open_stop(ranges[0].stop) || !open_stop(ranges[rank - 1].stop)) return false;
  for (const Range& range : ranges)
    if (range.step != 1 || !open_start(range.start)) return false;
  const int made = step.call().outputs.at(0);
  // Whether a tensor has the sizes, its channels `shift` axes in front of where ours are.
  const auto fits = [&](int tensor, std::size_t shift) {
    for (std::size_t k = 1; k + 1 < rank; ++k)
      if (mapping.runs_at(tensor, k + shift) != mapping.runs_at(made, k)) return false;
    return true;
  };
  for (const Range& range : ranges)
    for (const calls::Formula::Node& node : range.stop.formula.nodes()) {
      const int tensor = static_cast<int>(node.value);
      if (node.op != calls::Formula::Op::axis || tensor == input.tensor || !mapping.live(tensor) ||
          mapping.tensor(tensor).shape.size() != rank)
        continue;
      // Which of both it is, the axis that the program named says.
      const auto axis = static_cast<std::size_t>(&range - ranges.data());
      const std::size_t shift = static_cast<std::size_t>(node.axis) == axis ? 0 : 1;
      if (static_cast<std::size_t>(node.axis) != axis + shift || !fits(tensor, shift)) continue;
      DraftLayer layer("Slice", {mapping.channels_first(step, mapping.ref(input), rank)});
      layer.set("size_like",
                shift == 1 ? mapping.ref(tensor) : mapping.channels_first(step, mapping.ref(tensor), rank));
      mapping.emit_channels_last(step, std::move(layer), rank);
      return true;
    }
  return false;
}

// c of x[:x.shape[k] - c], counted from the end; 0 of x[:x.shape[k]].
std::optional<std::int64_t> from_end(const Value& stop, int input, std::size_t k) {
  using Op = calls::Formula::Op;
  const auto& nodes = stop.formula.nodes();
  if (nodes.empty()) return std::nullopt;
  const auto own = [&](const calls::Formula::Node& node) {
    return node.op == Op::axis && node.value == input && static_cast<std::size_t>(node.axis) == k;
  };
  const calls::Formula::Node& last = nodes.back();
  if (own(last)) return 0;
  if (last.op != Op::subtract || !own(nodes[static_cast<std::size_t>(last.left)])) return std::nullopt;
  const calls::Formula::Node& cut = nodes[static_cast<std::size_t>(last.right)];
  return cut.op == Op::constant && cut.value >= 0 ? std::optional(cut.value) : std::nullopt;
}

// How long x[..., start:stop] is, where it begins at a number and ends within x in every run.
std::optional<calls::Size> length_of(const Mapping& mapping, const Range& range, const Runs& made) {
  using calls::Formula;
  const bool front = open_start(range.start);
  if (!front && (!range.start.is(Value::Kind::integer) || range.start.integer < 0 ||
                 !range.start.others.empty() || !range.start.formula.empty()))
    return std::nullopt;
  const std::int64_t start = front ? 0 : range.start.integer;
  Runs length = runs_of(range.stop, mapping.runs());
  for (std::int64_t& size : length) size -= start;
  if (length != made) return std::nullopt;
  if (front) return calls::Size{range.stop.integer, range.stop.formula, range.stop.others};
  calls::Size size;
  size.value = length[0];
  if (!range.stop.others.empty()) size.others.assign(length.begin() + 1, length.end());
  if (!range.stop.formula.empty())
    size.formula = Formula::binary(Formula::Op::subtract, range.stop.formula, Formula::constant(start));
  return size;
}

// x[..., :h*2, :w*2] with sizes that no tensor has: what the program computed.
bool slice_custom(Mapping& mapping, const Step& step, const Value& input, const std::vector<Range>& ranges) {
  const int made = step.call().outputs.at(0);
  std::vector<int> inputs{input.tensor};
  std::vector<DraftSize> shape;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    const Range& range = ranges[k];
    if (range.step != 1) return false;
    if (open_start(range.start) && open_stop(range.stop)) {
      shape.emplace_back("in[" + std::to_string(k) + "]");
      continue;
    }
    if (open_stop(range.stop)) return false;
    const auto length = length_of(mapping, range, mapping.runs_at(made, k));
    auto size = length ? mapping.size_over(*length, std::nullopt, inputs) : std::nullopt;
    if (!size) return false;
    shape.push_back(std::move(*size));
  }
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

std::optional<std::vector<SliceRange>> numbers(const Mapping& mapping, int input,
                                               const std::vector<Range>& ranges) {
  std::vector<SliceRange> list;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    const Range& range = ranges[k];
    const auto start = bound(mapping, range.start, true);
    const auto cut = from_end(range.stop, input, k);
    const auto stop =
        cut ? std::optional(*cut == 0 ? SliceRange::open : -*cut) : bound(mapping, range.stop, false);
    if (!start || !stop) return std::nullopt;
    list.push_back({*start, *stop, range.step});
  }
  while (!list.empty() && list.back() == SliceRange{}) list.pop_back();
  return list;
}

// Whether the one reader of what the call returns is a slice along another axis.
bool goes_on(const Mapping& mapping, const Step& step, std::size_t axis) {
  const int made = step.call().outputs.at(0);
  if (mapping.readers(made) != 1) return false;
  const auto& calls = mapping.program().calls;
  const auto from = static_cast<std::size_t>(mapping.tensor(made).call) + 1;
  for (std::size_t i = from; i < calls.size() && i < from + 8; ++i) {
    if (plain_name(calls[i].op) != "slice" || calls[i].arguments.empty()) continue;
    const Step next(calls[i], "slice", "input|self dim start end step");
    if (!next["input"].is(Value::Kind::tensor) || next["input"].tensor != made) continue;
    return next.integer("dim").value_or(0) != static_cast<std::int64_t>(axis) &&
           next.integer("step").value_or(1) == 1;
  }
  return false;
}

bool slice(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  const auto axis = axis_of(mapping, step["input"], step.integer("dim").value_or(0));
  const std::int64_t by = step.integer("step").value_or(1);
  if (!axis || by < 1 || step.call().outputs.at(0) < 0) return false;
  Mapping::Gathered whole{step["input"], {}};
  if (const auto found = mapping.gathered.find(step["input"].tensor); found != mapping.gathered.end())
    whole = found->second;
  whole.ranges.push_back({*axis, {step["start"], step["end"]}});
  if (by == 1 && goes_on(mapping, step, *axis)) {
    mapping.alias(step, whole.input);
    mapping.gathered[step.call().outputs[0]] = std::move(whole);
    return true;
  }
  const Value& input = whole.input;
  std::vector<Range> ranges(mapping.rank(input));
  for (const auto& [at, bounds] : whole.ranges) ranges[at] = {bounds[0], bounds[1], 1};
  ranges[*axis].step = by;
  const auto list = numbers(mapping, input.tensor, ranges);
  if (list && list->empty()) {
    mapping.alias(step, input);
    return true;
  }
  if (!list) {
    if (!slice_like(mapping, step, input, ranges) && !slice_last_like(mapping, step, input, ranges) &&
        !slice_custom(mapping, step, input, ranges))
      mapping.emit_custom(step, {input.tensor});
    return true;
  }
  DraftLayer layer("Slice", {mapping.ref(input)});
  layer.set("index", *list);
  mapping.emit(step, std::move(layer));
  return true;
}

bool narrow(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto dim = step.integer("dim");
  const auto start = fixed(step.integers("start"));
  const auto length = fixed(step.integers("length"));
  if (!mapping.live(input) || !dim || !start || !length || start->size() != 1 || length->size() != 1)
    return false;
  const auto axis = axis_of(mapping, input, *dim);
  std::int64_t stop = 0;
  if (!step.call().raised.empty()) return false;  // a Slice cuts short what is not there
  if (!axis || (*start)[0] < 0 || __builtin_add_overflow((*start)[0], (*length)[0], &stop)) return false;
  std::vector<SliceRange> ranges(*axis + 1);
  ranges[*axis] = {(*start)[0] == 0 ? SliceRange::open : (*start)[0], stop, 1};
  DraftLayer layer("Slice", {mapping.ref(input)});
  layer.set("index", ranges);
  mapping.emit(step, std::move(layer));
  return true;
}

// x[:, index]: the axis goes.
DraftLayer selected(Mapping& mapping, const Step& step, Ref from, std::int64_t dim, std::int64_t index) {
  if (Mapping::has("Select")) {
    DraftLayer layer("Select", {from});
    layer.set("dim", dim).set("index", index);
    return layer;
  }
  std::vector<SliceRange> ranges(static_cast<std::size_t>(dim) + 1);
  ranges.back() = {index, index == -1 ? SliceRange::open : index + 1, 1};
  DraftLayer cut("Slice", {from});
  cut.set("index", ranges);
  DraftLayer layer("Squeeze", {mapping.emit_before(step, std::move(cut))});
  layer.set("dim", dim);
  return layer;
}

bool select(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto dim = step.integer("dim");
  const auto index = fixed(step.integers("index"));
  if (!mapping.live(input) || !dim || !index || index->size() != 1 || mapping.rank(input) < 2) return false;
  const auto axis = axis_of(mapping, input, *dim);
  if (!axis) return false;
  mapping.emit(step,
               selected(mapping, step, mapping.ref(input), static_cast<std::int64_t>(*axis), (*index)[0]));
  return true;
}

// x[a, b, …] of Python: ranges, numbers, None and `...`.
struct Index {
  std::vector<Range> ranges;                                 // by axis
  std::vector<std::pair<std::int64_t, std::int64_t>> picks;  // axis and number
  std::vector<std::int64_t> fresh;                           // where None adds an axis, in the result
};

std::optional<Index> read_index(const Mapping& mapping, const Value& input, const Value& written) {
  const std::vector<Value> items =
      written.is(Value::Kind::list) ? written.items : std::vector<Value>{written};
  std::size_t taken = 0;
  for (const Value& item : items)
    taken += item.is(Value::Kind::slice) || item.is(Value::Kind::integer) ? 1 : 0;
  if (taken > mapping.rank(input)) return std::nullopt;
  Index index;
  index.ranges.resize(mapping.rank(input));
  std::size_t axis = 0;
  std::int64_t result = 0;
  bool rest = false;  // one `...` stands for all axes that nothing else takes
  for (const Value& item : items) {
    if (item.is(Value::Kind::none)) {
      index.fresh.push_back(result++);
    } else if (item.is(Value::Kind::other) && (item.text == "..." || item.text == "Ellipsis")) {
      if (rest) return std::nullopt;
      rest = true;
      result += static_cast<std::int64_t>(mapping.rank(input) - taken);
      axis += mapping.rank(input) - taken;
    } else if (item.is(Value::Kind::integer)) {
      if (!item.others.empty()) return std::nullopt;
      index.picks.emplace_back(static_cast<std::int64_t>(axis++), item.integer);
    } else if (item.is(Value::Kind::slice) && item.items.size() == 3) {
      const Value& step = item.items[2];
      if (!step.is(Value::Kind::none) && (!step.is(Value::Kind::integer) || step.integer < 1))
        return std::nullopt;
      index.ranges[axis++] = {item.items[0], item.items[1], step.is(Value::Kind::none) ? 1 : step.integer};
      ++result;
    } else {
      return std::nullopt;
    }
  }
  return index;
}

bool getitem(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input) || step.call().outputs.empty() || step.call().outputs[0] < 0) return false;
  auto index = read_index(mapping, input, step["index"]);
  if (!index || mapping.result(step).shape.empty()) return false;
  const auto list = numbers(mapping, input.tensor, index->ranges);
  if (!list)
    return index->picks.empty() && index->fresh.empty() &&
           (slice_like(mapping, step, input, index->ranges) ||
            slice_last_like(mapping, step, input, index->ranges) ||
            slice_custom(mapping, step, input, index->ranges));
  // One layer after another; the last of them is the call's own.
  std::vector<DraftLayer> layers;
  if (!list->empty()) layers.push_back(std::move(DraftLayer("Slice").set("index", *list)));
  std::int64_t gone = 0;
  Ref from = mapping.ref(input);
  const auto push = [&](DraftLayer layer) {
    if (!layers.empty()) {
      layers.back().inputs = {from};
      from = mapping.emit_before(step, std::move(layers.back()));
      layers.pop_back();
    }
    layers.push_back(std::move(layer));
  };
  for (const auto& [axis, number] : index->picks) {
    DraftLayer none("Identity");
    if (!layers.empty()) {
      layers.back().inputs = {from};
      from = mapping.emit_before(step, std::move(layers.back()));
      layers.pop_back();
    }
    layers.push_back(selected(mapping, step, from, axis - gone++, number));
    from = layers.back().inputs[0];
  }
  for (const std::int64_t axis : index->fresh) push(std::move(DraftLayer("Unsqueeze").set("dim", axis)));
  if (layers.empty()) {
    mapping.alias(step, input);
    return true;
  }
  layers.back().inputs = {from};
  mapping.emit(step, std::move(layers.back()));
  return true;
}

bool chunk(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto count = step.integer("chunks");
  const std::int64_t dim = step.integer("dim").value_or(0);
  if (!mapping.live(input) || !count || static_cast<std::size_t>(*count) != step.call().outputs.size())
    return false;
  DraftLayer layer("Chunk", {mapping.ref(input)});
  layer.set("chunks", *count);
  if (dim != 0) layer.set("dim", dim);
  mapping.emit(step, std::move(layer));
  return true;
}

// Parts that begin at `places` along an axis, each up to the next one: a slice for each that is read.
bool sliced(Mapping& mapping, const Step& step, std::size_t axis, const std::vector<std::int64_t>& places) {
  const std::vector<int>& made = step.call().outputs;
  std::vector<Ref> parts;
  for (std::size_t i = 0; i < made.size(); ++i) {
    std::vector<SliceRange> ranges(axis + 1);
    ranges.back() = {i == 0 ? SliceRange::open : places[i],
                     i + 1 == places.size() ? SliceRange::open : places[i + 1], 1};
    DraftLayer layer("Slice", {mapping.ref(step["input"])});
    layer.set("index", ranges);
    if (i + 1 < made.size())
      parts.push_back(mapping.emit_before(step, std::move(layer)));
    else
      mapping.emit(step, std::move(layer));
  }
  parts.push_back({mapping.draft().layers().last_id(), 0});
  for (std::size_t k = 0; k < parts.size(); ++k)
    if (made[k] >= 0) mapping.bind(made[k], parts[k]);
  return true;
}

// x.split((1, n - 1), dim): parts of which only the last one's size hangs on other sizes.
bool split_off(Mapping& mapping, const Step& step, std::size_t axis) {
  std::vector<Value> sizes = step.integers("split_size");
  if (sizes.size() < 2 || sizes.size() != step.call().outputs.size()) return false;
  sizes.pop_back();
  const auto first = fixed(sizes);
  if (!first) return false;
  std::vector<std::int64_t> places{0};
  for (const std::int64_t size : *first) {
    if (size < 1) return false;
    places.push_back(places.back() + size);
  }
  return sliced(mapping, step, axis, places);
}

// Whether all parts are of one size, in each run.
bool even(const Mapping& mapping, const Step& step, const Runs& whole, std::size_t axis) {
  const std::vector<int>& made = step.call().outputs;
  const auto parts = static_cast<std::int64_t>(made.size());
  return std::all_of(made.begin(), made.end(), [&](int tensor) {
    if (tensor < 0) return false;
    const Runs part = mapping.runs_at(tensor, axis);
    for (std::size_t run = 0; run < whole.size(); ++run)
      if (part[run] * parts != whole[run]) return false;
    return true;
  });
}

// a, b = x.split(2), where there are more parts: as if the two were asked for, of which not all is made.
bool takes_fewer(const Step& step) {
  return step.call().raised.find("too many values") != std::string::npos && step.call().outputs.size() > 1;
}

bool split(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto sizes = fixed(step.integers("split_size"));
  const std::int64_t dim = step.integer("dim").value_or(0);
  if (!mapping.live(input) || step.call().outputs.empty()) return false;
  const auto axis = axis_of(mapping, input, dim);
  if (!axis) return false;
  const auto parts = static_cast<std::int64_t>(step.call().outputs.size());
  const Runs whole = mapping.runs_at(input.tensor, *axis);
  // Sections that were refused are what they are.
  const bool refused = !step.call().raised.empty() && step["split_size"].is(Value::Kind::list);
  if (!refused && (constant(whole) || !sizes) && even(mapping, step, whole, *axis)) {
    DraftLayer layer("Chunk", {mapping.ref(input)});
    layer.set("chunks", parts);
    if (dim != 0) layer.set("dim", dim);
    mapping.emit(step, std::move(layer));
    return true;
  }
  if (!sizes) return split_off(mapping, step, *axis);
  if (sizes->empty() || !Mapping::has("Split")) return false;
  DraftLayer layer("Split", {mapping.ref(input)});
  if (step["split_size"].is(Value::Kind::list))
    layer.set("split_size_or_sections", *sizes);
  else if (takes_fewer(step))
    layer.set("split_size_or_sections",
              std::vector<std::int64_t>(static_cast<std::size_t>(parts), (*sizes)[0]));
  else
    layer.set("split_size_or_sections", (*sizes)[0]);
  if (dim != 0) layer.set("dim", dim);
  mapping.emit(step, std::move(layer));
  return true;
}

// x.tensor_split((1, 4), dim): a slice for each part.
bool tensor_split(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto places = fixed(step.integers("indices"));
  if (!mapping.live(input) || !step["indices"].is(Value::Kind::list) || !places || places->empty())
    return false;
  const auto axis = axis_of(mapping, input, step.integer("dim").value_or(0));
  const std::vector<int>& made = step.call().outputs;
  if (!axis || made.size() != places->size() + 1) return false;
  if (std::any_of(places->begin(), places->end(), [](std::int64_t place) { return place < 1; })) return false;
  std::vector<std::int64_t> begins{0};
  begins.insert(begins.end(), places->begin(), places->end());
  return sliced(mapping, step, *axis, begins);
}

bool unbind(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"]) || mapping.rank(step["input"]) < 2) return false;
  const auto axis = axis_of(mapping, step["input"], step.integer("dim").value_or(0));
  if (!axis) return false;
  if (!Mapping::has("Unbind")) {
    std::vector<DraftSize> shape;
    for (std::size_t k = 0; k < mapping.rank(step["input"]); ++k)
      if (k != *axis) shape.emplace_back("in[" + std::to_string(k) + "]");
    mapping.emit_custom(step, {step["input"].tensor}, std::vector(step.call().outputs.size(), shape));
    return true;
  }
  DraftLayer layer("Unbind", {mapping.ref(step["input"])});
  if (const std::int64_t dim = step.integer("dim").value_or(0); dim != 0) layer.set("dim", dim);
  mapping.emit(step, std::move(layer));
  return true;
}

bool joined(Mapping& mapping, const Step& step, std::string_view kind, std::int64_t fallback) {
  std::vector<Ref> inputs;
  const auto empty = [&](const Value& item) {  // a cache that holds nothing yet
    if (kind != "Concat" || !item.is(Value::Kind::tensor) || mapping.live(item)) return false;
    const std::vector<calls::Size>& shape = mapping.tensor(item).shape;
    return std::any_of(shape.begin(), shape.end(), [](const calls::Size& size) { return size.value == 0; });
  };
  std::vector<Value> items = step["tensors"].items;
  std::erase_if(items, empty);
  if (kind == "Concat" && items.size() == 1 && mapping.live(items[0])) {
    mapping.alias(step, items[0]);
    return true;
  }
  for (const Value& item : items) {
    const auto ref = mapping.taken(step, item);
    if (!ref) return false;
    inputs.push_back(*ref);
  }
  if (inputs.empty()) return false;
  DraftLayer layer(kind, inputs);
  if (const std::int64_t dim = step.integer("dim").value_or(0); dim != fallback) layer.set("dim", dim);
  mapping.emit(step, std::move(layer));
  return true;
}
bool cat(Mapping& mapping, const Step& step) { return joined(mapping, step, "Concat", 1); }
bool stack(Mapping& mapping, const Step& step) { return joined(mapping, step, "Stack", 0); }

// out = zeros(sizes that were computed); out[…] = x: the whole has the sizes that it was made with.
bool written(Mapping& mapping, const Step& step) {
  const Value& target = step["input"];
  std::vector<int> inputs = mapping.live_inputs(step);
  if (!target.is(Value::Kind::tensor) || mapping.live(target) || inputs.empty()) return false;
  const std::vector<calls::Size>& sizes = mapping.tensor(target).shape;
  if (std::none_of(sizes.begin(), sizes.end(), [](const calls::Size& size) {
        return !size.formula.empty() && !size.formula.is_constant();
      }))
    return false;
  std::vector<DraftSize> shape;
  for (const calls::Size& size : sizes) {
    auto found = mapping.size_over(size, std::nullopt, inputs);
    if (!found) return false;
    shape.push_back(std::move(*found));
  }
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

constexpr std::string_view kTensors = "tensors dim|axis";
constexpr Row kSplitRows[] = {
    {"slice", "input|self dim start end step", slice},
    {"narrow", "input|self dim start length", narrow},
    {"select", "input|self dim index", select},
    {"getitem", "input|self index", getitem},
    {"setitem", "input|self index value", written},
    {"chunk", "input|self chunks dim", chunk},
    {"split", "input|self|tensor split_size|split_size_or_sections|split_sizes dim", split},
    {"split_with_sizes", "input|self split_size|split_sizes dim", split},
    {"unbind", "input|self dim", unbind},
    {"tensor_split", "input|self indices|indices_or_sections|tensor_indices_or_sections dim", tensor_split},
    {"cat", kTensors, cat},
    {"concat", kTensors, cat},
    {"concatenate", kTensors, cat},
    {"stack", kTensors, stack},
};

}  // namespace

std::span<const Row> split_rows() { return kSplitRows; }

}  // namespace shapedbg::aten
