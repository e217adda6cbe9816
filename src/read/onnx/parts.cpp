// Parts of a tensor, and tensors joined: Slice, Split, Gather, Concat.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

bool Importer::slice(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  SizeIds starts;
  SizeIds ends;
  Integers axes;
  Integers steps;
  if (node.inputs.size() > 1) {
    const SizeIds* first = data(node, 1);
    const SizeIds* last = data(node, 2);
    if (!first || !last) return false;
    starts = *first;
    ends = *last;
    if (has(node, 3)) {
      const auto chosen = integers(node, 3);
      if (!chosen) return false;
      axes = *chosen;
    }
    if (has(node, 4)) {
      const auto chosen = integers(node, 4);
      if (!chosen) return false;
      steps = *chosen;
    }
  } else {
    for (const std::int64_t each : node.integers("starts"))
      starts.push_back(sizes_.number(static_cast<double>(each)));
    for (const std::int64_t each : node.integers("ends"))
      ends.push_back(sizes_.number(static_cast<double>(each)));
    axes = node.integers("axes");
  }
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  steps.resize(steps.empty() ? starts.size() : steps.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return false;
  return ranged_slice(node, starts, ends, axes, steps);
}

void Importer::slice_axis(std::size_t axis, SizeId start, SizeId stop, std::int64_t step, Slicing& slicing) {
  const SizeId size = slicing.out[axis];
  const SizeId zero = sizes_.number(0);
  const auto place = [&](SizeId bound) {
    return sizes_.map(bound, size, [&](double at, double n) {
      const double shifted = at < 0 ? at + n : at;
      return step > 0 ? std::clamp(shifted, 0.0, std::max(0.0, n))
                      : std::clamp(shifted, -1.0, std::max(0.0, n - 1));
    });
  };
  // "To the end" of a backward range is a number far below zero.
  const SizeId begin = place(start);
  const SizeId end = step < 0 && sizes_.value(stop) < -sizes_.value(size) ? sizes_.number(-1) : place(stop);
  const SizeId reach = step > 0 ? sizes_.subtract(end, begin) : sizes_.subtract(begin, end);
  const SizeId hop = sizes_.number(static_cast<double>(step > 0 ? step : -step));
  SizeId& made = slicing.out[axis];
  made = sizes_.map(reach, hop,
                    [](double n, double each) { return n <= 0 ? 0 : std::floor((n - 1) / each) + 1; });
  if (begin == zero && step == 1) made = end == size ? size : end;
  SliceRange& range = slicing.ranges[axis];
  range.step = step;
  // A number, counted from the end where that is the constant.
  const auto bound = [&](SizeId at, std::int64_t& value) {
    const SizeId behind = sizes_.subtract(at, size);
    if (sizes_.fixed(at))
      value = sizes_.size(at);
    else if (sizes_.fixed(behind) && sizes_.size(behind) < 0)
      value = sizes_.size(behind);
    else
      slicing.sayable = false;
  };
  if (step < 1) slicing.sayable = false;
  // As the file has it where it is a constant: what is clamped now need not be at another size.
  if (sizes_.fixed(start) && sizes_.value(start) != 0)
    range.start = sizes_.size(start);
  else if (begin != zero)
    bound(begin, range.start);
  if (sizes_.fixed(stop)) {
    if (sizes_.size(stop) < most) range.stop = sizes_.size(stop);
  } else if (end != size) {
    bound(end, range.stop);
  }
  slicing.spatial_stops = slicing.spatial_stops && axis >= 2 && step == 1 && begin == zero;
  const SizeId half = sizes_.divide(sizes_.subtract(size, made), sizes_.number(2));
  slicing.centred = slicing.centred && axis >= 2 && step == 1 && half == begin;
}

bool Importer::ranged_slice(const Node& node, const SizeIds& starts, const SizeIds& ends,
                            const Integers& axes, const Integers& steps) {
  const SizeIds x = *shape(node, 0);
  const std::size_t rank = x.size();
  Slicing slicing{x, std::vector<SliceRange>(rank)};
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const auto axis = axis_of(axes[k], rank);
    if (!axis || steps[k] == 0) return false;
    slice_axis(*axis, starts[k], ends[k], steps[k], slicing);
  }
  SizeIds& out = slicing.out;
  if (auto thawed = slicing.spatial_stops && out != x ? thawed_map(node, x, out, false) : std::nullopt) {
    out = std::move(*thawed);
    slicing.sayable = false;
  }
  std::vector<SliceRange>& ranges = slicing.ranges;
  set_shape(node, 0, out, at(input(node, 0)).type);
  if (silent_) return true;
  if (out == x && slicing.sayable) {
    at(output(node, 0)).ref = ref(input(node, 0));
    return true;
  }
  if (std::any_of(ranges.begin(), ranges.end(), [](const SliceRange& range) {
        return (range.start != SliceRange::open && std::abs(range.start) > most) || range.step > most;
      }))
    return custom(node, {input(node, 0)});
  if (slicing.sayable) {
    DraftLayer step = named(node, "Slice");
    while (!ranges.empty() && ranges.back() == SliceRange{}) ranges.pop_back();
    step.set("index", ranges);
    layer(node, std::move(step), input(node, 0), output(node, 0));
    return true;
  }
  const SizeIds target(out.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, rank)), out.end());
  if (rank > 2 && (slicing.spatial_stops || slicing.centred))
    if (const auto partner = like(node, target, input(node, 0))) {
      DraftLayer step = named(node, slicing.spatial_stops ? "Slice" : "Crop");
      step.set("size_like", *partner);
      if (!slicing.spatial_stops) step.set("align", "center");
      layer(node, std::move(step), input(node, 0), output(node, 0));
      return true;
    }
  return custom(node, {input(node, 0)});
}

bool Importer::concat(const Node& node) {
  std::vector<TensorId> in;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const TensorId id = input(node, k);
    if (id == no_tensor || !shape(id)) return false;
    // Nothing joined to something is that.
    const std::vector<std::int64_t> sizes = shape_of(id);
    if (std::find(sizes.begin(), sizes.end(), 0) == sizes.end() || node.inputs.size() == 1) in.push_back(id);
  }
  if (in.empty()) in.push_back(input(node, 0));
  if (in[0] == no_tensor) return false;
  SizeIds out = *shape(in[0]);
  const auto axis = axis_of(node.integer("axis", 1), out.size());
  if (!axis) return false;
  for (std::size_t k = 1; k < in.size(); ++k) {
    const SizeIds sizes = *shape(in[k]);
    if (sizes.size() != out.size()) return false;
    out[*axis] = sizes_.add(out[*axis], sizes[*axis]);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (i != *axis && sizes_.size(out[i]) != sizes_.size(sizes[i])) note_conflict(node);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (i != *axis && sizes_.fixed(out[i]) && sizes_.size(out[i]) == sizes_.size(sizes[i]))
        out[i] = sizes[i];
  }
  set_shape(node, 0, std::move(out));
  if (silent_) return true;
  if (in.size() == 1) {
    at(output(node, 0)).ref = ref(in[0]);
    return true;
  }
  DraftLayer step = named(node, "Concat");
  step.set("dim", static_cast<std::int64_t>(*axis));
  layer(node, std::move(step), in, {output(node, 0)});
  return true;
}

// Chunk where the parts are what it makes, else a Slice for each.
bool Importer::split_layers(const Node& node, std::size_t axis, SizeId size, const SizeIds& parts) {
  const std::size_t count = parts.size();
  std::vector<std::int64_t> lengths;
  for (const SizeId id : parts) lengths.push_back(sizes_.size(id));
  const std::int64_t total = sizes_.size(size);
  const std::int64_t each = (total + static_cast<std::int64_t>(count) - 1) / static_cast<std::int64_t>(count);
  bool even = count <= 4096 && total > 0;
  std::int64_t left = total;
  for (const std::int64_t length : lengths) {
    even = even && length == std::min(each, left) && length > 0;
    left -= length;
  }
  if (even) {
    std::vector<TensorId> outs;
    for (std::size_t k = 0; k < count; ++k) outs.push_back(output(node, k));
    DraftLayer step = named(node, "Chunk");
    step.set("chunks", static_cast<std::int64_t>(count)).set("dim", static_cast<std::int64_t>(axis));
    layer(node, std::move(step), {input(node, 0)}, outs);
    return true;
  }
  std::int64_t begin = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::int64_t length = lengths[k];
    if (length < 1) return custom(node, {input(node, 0)});
    std::vector<SliceRange> ranges(axis + 1);
    if (begin > 0) ranges[axis].start = begin;
    if (k + 1 < count) ranges[axis].stop = begin + length;
    begin += length;
    if (output(node, k) == no_tensor) continue;
    DraftLayer step = named(node, "Slice");
    step.set("index", ranges);
    layer(node, std::move(step), input(node, 0), output(node, k));
  }
  return true;
}

bool Importer::split(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || node.outputs.empty()) return false;
  const SizeIds x = *in;
  const auto axis = axis_of(node.integer("axis", 0), x.size());
  if (!axis) return false;
  const std::size_t count = node.outputs.size();
  SizeIds parts;
  if (const SizeIds* given = data(node, 1))
    parts = *given;
  else if (has(node, 1))
    return false;
  else
    for (const std::int64_t each : node.integers("split"))
      parts.push_back(sizes_.number(static_cast<double>(each)));
  const SizeId size = x[*axis];
  const bool equal = parts.empty();
  if (equal) {
    const auto pieces = static_cast<double>(count);
    const SizeId each = sizes_.map(size, size, [&](double n, double) { return std::ceil(n / pieces); });
    for (std::size_t k = 0; k + 1 < count; ++k) parts.push_back(each);
    parts.push_back(sizes_.map(size, each, [&](double n, double one) { return n - one * (pieces - 1); }));
    if (sizes_.size(size) % static_cast<std::int64_t>(count) == 0 && !sizes_.fixed(size)) {
      const SizeId exact = sizes_.divide(size, sizes_.number(pieces));
      parts.assign(count, exact);
    }
  }
  if (parts.size() != count) return false;
  for (std::size_t k = 0; k < count; ++k) {
    SizeIds out = x;
    out[*axis] = parts[k];
    set_shape(node, k, std::move(out));
  }
  return silent_ || split_layers(node, *axis, size, parts);
}

bool Importer::gather(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* indices = shape(node, 1);
  if (!in || !indices) return false;
  const SizeIds x = *in;
  const SizeIds index = *indices;
  const auto axis = axis_of(node.integer("axis", 0), x.size());
  if (!axis) return false;
  SizeIds out(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(*axis));
  out.insert(out.end(), index.begin(), index.end());
  out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, x.end());
  if (out.size() > max_axes) return false;
  set_shape(node, 0, out);
  if (silent_) return true;
  const TensorId table = input(node, 0);
  if (at(table).parameter && *axis == 0 && x.size() == 2 && !at(input(node, 1)).parameter &&
      at(input(node, 1)).ref) {
    const std::int64_t rows = sizes_.size(x[0]);
    const std::int64_t width = sizes_.size(x[1]);
    if (rows >= 1 && rows <= most && width >= 1 && width <= most) {
      DraftLayer step = named(node, "Embedding");
      step.set("num_embeddings", rows).set("embedding_dim", width);
      layer(node, std::move(step), input(node, 1), output(node, 0));
      return true;
    }
  }
  const SizeIds* values = data(node, 1);
  if (!at(table).parameter && index.empty() && values && values->size() == 1 &&
      sizes_.fixed(values->front()) && x.size() > 1) {
    const std::int64_t at_index = sizes_.size(values->front());
    if (std::abs(at_index) > most) return custom(node);
    std::vector<SliceRange> ranges(*axis + 1);
    if (at_index != 0) ranges[*axis].start = at_index;
    if (at_index != -1) ranges[*axis].stop = at_index + 1;
    SizeIds one = x;
    one[*axis] = sizes_.number(1);
    const TensorId between = temporary(std::move(one), at(table).type);
    DraftLayer pick = named(node, "Slice");
    pick.set("index", ranges);
    layer(node, std::move(pick), table, between);
    DraftLayer drop = named(node, "Squeeze");
    if (!drop.name.empty()) drop.name += ".squeeze";
    drop.set("dim", static_cast<std::int64_t>(*axis));
    layer(node, std::move(drop), between, output(node, 0));
    return true;
  }
  return custom(node);
}

}  // namespace shapedbg::onnx
