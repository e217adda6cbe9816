// Operators that change a shape: resize, pad, slice, reshape, join and split.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t most = INT64_C(2147483647);  // of an option of torch::nn

std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  if (axis < 0) axis += static_cast<std::int64_t>(rank);
  if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return {};
  return static_cast<std::size_t>(axis);
}

}  // namespace

// Another tensor, there already, whose last axes are `want` for every size: the one that the result meets in
// a merge first, then the network's inputs, then any.
std::optional<Ref> Importer::like(const Node& node, const SizeIds& want, TensorId self) {
  if (std::all_of(want.begin(), want.end(), [&](SizeId id) { return sizes_.fixed(id); })) return {};
  const auto fits = [&](TensorId id) {
    const SizeIds* sizes = id == self || id == no_tensor || !at(id).ref ? nullptr : shape(id);
    return sizes && sizes->size() == want.size() + 2 &&
           std::equal(want.begin(), want.end(), sizes->begin() + 2);
  };
  for (const int reader : at(output(node, 0)).readers) {
    const Node& next = model_.graph.nodes[static_cast<std::size_t>(reader)];
    for (std::size_t k = 0; k < next.inputs.size(); ++k)
      if (const TensorId id = input(next, k); fits(id)) return at(id).ref;
  }
  for (std::size_t id = 0; id < values_.size(); ++id)
    if (fits(static_cast<TensorId>(id))) return values_[id].ref;
  return {};
}

bool Importer::resize(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const std::size_t rank = x.size();
  const bool old = node.op == "Upsample" || (model_.opset > 0 && model_.opset < 11);
  std::optional<SizeIds> scales;
  std::optional<SizeIds> wanted;
  if (const SizeIds* list = data(node, old ? 1 : 2); list && !list->empty()) scales = *list;
  if (const SizeIds* list = old ? nullptr : data(node, 3); list && !list->empty()) wanted = *list;
  if (const Attribute* list = node.find("scales"); list && !scales) {
    scales.emplace();
    for (const float scale : list->floats) scales->push_back(sizes_.number(static_cast<double>(scale)));
  }
  if (const Attribute* height = node.find("height_scale"); height && !scales && rank == 4) {
    const Attribute* width = node.find("width_scale");
    scales = SizeIds{sizes_.number(1), sizes_.number(1), sizes_.number(static_cast<double>(height->f)),
                     sizes_.number(static_cast<double>(width ? width->f : height->f))};
  }
  Integers axes = node.integers("axes");
  if (axes.empty()) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), 0);
  }
  const SizeIds* list = wanted ? &*wanted : scales ? &*scales : nullptr;
  if (!list || list->size() != axes.size()) return false;
  SizeIds out = x;
  std::vector<double> factors(rank, 1);
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = axis_of(axes[k], rank);
    if (!axis) return false;
    const SizeId given = (*list)[k];
    factors[*axis] = sizes_.value(given);
    // Exporters write batch and channels as the numbers of the example; Resize leaves them alone.
    const bool same = *axis < 2 && sizes_.fixed(given) && sizes_.value(given) == sizes_.value(x[*axis]);
    if (wanted)
      out[*axis] = same ? x[*axis] : given;
    else if (sizes_.fixed(given) && sizes_.value(given) == std::floor(sizes_.value(given)))
      out[*axis] = sizes_.value(given) == 1 ? x[*axis] : sizes_.multiply(x[*axis], given);
    else
      out[*axis] =
          sizes_.map(x[*axis], given, [](double size, double scale) { return std::floor(size * scale); });
  }
  const std::string_view policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (wanted && policy != "stretch") {
    double scale = policy == "not_larger" ? INFINITY : 0;
    for (const std::int64_t each : axes) {
      const auto axis = *axis_of(each, rank);
      const double one = sizes_.value(out[axis]) / std::max(1.0, sizes_.value(x[axis]));
      scale = policy == "not_larger" ? std::min(scale, one) : std::max(scale, one);
    }
    for (const std::int64_t each : axes) {
      const auto axis = *axis_of(each, rank);
      out[axis] = sizes_.number(std::round(scale * sizes_.value(x[axis])));
    }
  }
  set_shape(node, 0, out);
  if (silent_) return true;
  const std::string_view mode = node.text("mode", "nearest");
  const std::string_view corners = node.text("coordinate_transformation_mode", "half_pixel");
  const std::size_t spatial = rank - std::min<std::size_t>(rank, 2);
  const bool sayable = spatial >= 1 && spatial <= 3 && out[0] == x[0] && out[1] == x[1] &&
                       policy == "stretch" && corners != "tf_crop_and_resize" &&
                       !(mode == "cubic" && spatial != 2);
  if (!sayable) return custom(node);
  DraftLayer step = named(node, "Upsample");
  const SizeIds target(out.begin() + 2, out.end());
  const SizeIds from(x.begin() + 2, x.end());
  std::vector<double> factor;
  for (std::size_t i = 0; i < spatial; ++i) {
    const double times = sizes_.value(target[i]) / std::max(1.0, sizes_.value(from[i]));
    const SizeId scaled =
        sizes_.map(from[i], from[i], [&](double size, double) { return std::floor(size * times); });
    if (!sizes_.fixed(target[i]) && scaled == target[i]) factor.push_back(times);
  }
  if (!wanted) {
    for (std::size_t i = 0; i < spatial; ++i)
      if (!(factors[i + 2] > 0)) return custom(node);
    compare_with_runtime(node, from, {factors.begin() + 2, factors.end()});
    step.axes("scale_factor", std::vector<double>(factors.begin() + 2, factors.end()));
  } else if (factor.size() == spatial) {
    step.axes("scale_factor", factor);
  } else if (const auto partner = like(node, target, input(node, 0))) {
    step.set("size_like", *partner);
  } else if (std::any_of(target.begin(), target.end(), [&](SizeId id) { return !sizes_.fixed(id); })) {
    return custom(node, {input(node, 0)});
  } else {
    Integers size;
    for (const SizeId id : target) size.push_back(sizes_.size(id));
    if (std::any_of(size.begin(), size.end(), [](std::int64_t n) { return n < 1 || n > most; }))
      return custom(node);
    step.axes("size", size);
  }
  static constexpr std::string_view linear[] = {"linear", "bilinear", "trilinear"};
  const std::string_view torch_mode = mode == "linear"  ? linear[spatial - 1]
                                      : mode == "cubic" ? "bicubic"
                                                        : "nearest";
  step.set("mode", torch_mode);
  if (corners == "align_corners" && torch_mode != "nearest") step.set("align_corners", true);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::pad(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const std::size_t rank = x.size();
  SizeIds list;
  if (const SizeIds* given = data(node, 1))
    list = *given;
  else if (!has(node, 1))
    for (const char* key : {"pads", "paddings"})
      for (const std::int64_t each : node.integers(key))
        list.push_back(sizes_.number(static_cast<double>(each)));
  Integers axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (has(node, 3)) {
    const auto chosen = integers(node, 3);
    if (!chosen) return false;
    axes = *chosen;
  }
  if (list.size() != 2 * axes.size()) return false;
  SizeIds out = x;
  Integers flat(2 * rank, 0);  // F.pad's order
  bool fixed = true;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = axis_of(axes[k], rank);
    if (!axis) return false;
    const SizeId begin = list[k];
    const SizeId end = list[k + axes.size()];
    out[*axis] = sizes_.add(sizes_.add(out[*axis], begin), end);
    const std::size_t place = 2 * (rank - 1 - *axis);
    flat[place] = sizes_.size(begin);
    flat[place + 1] = sizes_.size(end);
    if (std::abs(flat[place]) > most || std::abs(flat[place + 1]) > most) return false;
    fixed = fixed && sizes_.fixed(begin) && sizes_.fixed(end);
  }
  set_shape(node, 0, out);
  if (silent_) return true;
  const std::string_view named_mode = node.text("mode", "constant");
  const std::string_view mode = named_mode == "edge"   ? "replicate"
                                : named_mode == "wrap" ? "circular"
                                                       : named_mode;
  if (mode != "constant" && mode != "reflect" && mode != "replicate" && mode != "circular")
    return custom(node, {input(node, 0)});
  const std::size_t spatial = rank < 2 ? 0 : rank - 2;
  while (flat.size() > 2 && flat[flat.size() - 1] == 0 && flat[flat.size() - 2] == 0)
    flat.resize(flat.size() - 2);
  DraftLayer step = named(node, "Pad");
  if (!fixed) {
    // What is padded depends on a size: up to another tensor's, or a step of its own.
    const SizeIds target(out.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, rank)),
                         out.end());
    const auto partner =
        rank > 2 && out[0] == x[0] && out[1] == x[1] ? like(node, target, input(node, 0)) : std::nullopt;
    if (!partner) return custom(node, {input(node, 0)});
    step.set("size_like", *partner);
  } else {
    if (mode != "constant" && flat.size() > 2 * spatial) return custom(node, {input(node, 0)});
    // Modes other than constant pad all spatial axes of a batch, or none.
    if (mode != "constant") flat.resize(2 * spatial, 0);
    step.set("padding", flat);
  }
  if (mode != "constant") step.set("mode", mode);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::slice(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  std::vector<SizeId> starts;
  std::vector<SizeId> ends;
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

bool Importer::ranged_slice(const Node& node, const std::vector<SizeId>& starts,
                            const std::vector<SizeId>& ends, const Integers& axes, const Integers& steps) {
  const SizeIds x = *shape(node, 0);
  const std::size_t rank = x.size();
  SizeIds out = x;
  std::vector<SliceRange> ranges(rank);
  bool sayable = true;
  bool spatial_stops = true;  // every range is [0, n) of a spatial axis
  bool centred = true;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const auto axis = axis_of(axes[k], rank);
    const std::int64_t step = steps[k];
    if (!axis || step == 0) return false;
    const SizeId size = x[*axis];
    const auto place = [&](SizeId bound) {
      return sizes_.map(bound, size, [&](double at, double n) {
        const double shifted = at < 0 ? at + n : at;
        return step > 0 ? std::clamp(shifted, 0.0, std::max(0.0, n))
                        : std::clamp(shifted, -1.0, std::max(0.0, n - 1));
      });
    };
    // "To the end" of a backward range is a number far below zero.
    const SizeId begin = place(starts[k]);
    const SizeId end =
        step < 0 && sizes_.value(ends[k]) < -sizes_.value(size) ? sizes_.number(-1) : place(ends[k]);
    const SizeId reach = step > 0 ? sizes_.subtract(end, begin) : sizes_.subtract(begin, end);
    const SizeId hop = sizes_.number(static_cast<double>(step > 0 ? step : -step));
    out[*axis] = sizes_.map(
        reach, hop, [](double n, double each) { return n <= 0 ? 0 : std::floor((n - 1) / each) + 1; });
    if (begin == sizes_.number(0) && step == 1) out[*axis] = end == size ? size : end;
    // As Python writes it: a number, counted from the end where that is the constant.
    SliceRange& range = ranges[*axis];
    range.step = step;
    const auto bound = [&](SizeId at, std::int64_t& value) {
      const SizeId behind = sizes_.subtract(at, size);
      if (sizes_.fixed(at))
        value = sizes_.size(at);
      else if (sizes_.fixed(behind) && sizes_.size(behind) < 0)
        value = sizes_.size(behind);
      else
        return false;
      return true;
    };
    if (step < 1) sayable = false;
    // As the file has it where it is a constant: what is clamped now need not be at another size.
    if (sizes_.fixed(starts[k]) && sizes_.value(starts[k]) != 0)
      range.start = sizes_.size(starts[k]);
    else if (begin != sizes_.number(0))
      sayable = bound(begin, range.start) && sayable;
    if (sizes_.fixed(ends[k])) {
      if (sizes_.size(ends[k]) < most) range.stop = sizes_.size(ends[k]);
    } else if (end != size) {
      sayable = bound(end, range.stop) && sayable;
    }
    spatial_stops = spatial_stops && *axis >= 2 && step == 1 && begin == sizes_.number(0);
    const SizeId half = sizes_.divide(sizes_.subtract(size, out[*axis]), sizes_.number(2));
    centred = centred && *axis >= 2 && step == 1 && half == begin;
  }
  const int type = at(input(node, 0)).type;
  set_shape(node, 0, out, type);
  if (silent_) return true;
  if (out == x && sayable) {
    at(output(node, 0)).ref = ref(input(node, 0));
    return true;
  }
  if (std::any_of(ranges.begin(), ranges.end(), [](const SliceRange& range) {
        return (range.start != SliceRange::open && std::abs(range.start) > most) || range.step > most;
      }))
    return custom(node, {input(node, 0)});
  if (sayable) {
    DraftLayer step = named(node, "Slice");
    while (!ranges.empty() && ranges.back() == SliceRange{}) ranges.pop_back();
    step.set("index", ranges);
    layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
    return true;
  }
  const SizeIds target(out.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, rank)), out.end());
  if (rank > 2 && (spatial_stops || centred))
    if (const auto partner = like(node, target, input(node, 0))) {
      DraftLayer step = named(node, spatial_stops ? "Slice" : "Crop");
      step.set("size_like", *partner);
      if (!spatial_stops) step.set("align", "center");
      layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
      return true;
    }
  return custom(node, {input(node, 0)});
}

bool Importer::reshape(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  SizeIds target;
  if (const SizeIds* given = data(node, 1))
    target = *given;
  else if (!has(node, 1))
    for (const std::int64_t each : node.integers("shape"))
      target.push_back(sizes_.number(static_cast<double>(each)));
  else
    return false;
  if (target.size() > max_axes) return false;
  const bool zero = node.integer("allowzero", 0) != 0;
  SizeId total = sizes_.number(1);
  for (const SizeId id : x) total = sizes_.multiply(total, id);
  SizeId rest = sizes_.number(1);
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const std::int64_t size = sizes_.size(target[i]);
    if (size == 0 && !zero) {
      if (i >= x.size()) return false;
      target[i] = x[i];
    }
    if (size == -1 && !open)
      open = i;
    else
      rest = sizes_.multiply(rest, target[i]);
  }
  if (open) target[*open] = sizes_.divide(total, rest);
  set_shape(node, 0, target);
  if (silent_) return true;
  if (target.empty()) return custom(node, {input(node, 0)});
  Sizes::Texts leaves;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!sizes_.fixed(x[i])) leaves.emplace_back(x[i], "in[" + std::to_string(i) + "]");
  std::vector<DraftSize> shape;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (open && *open == i) {
      shape.emplace_back(-1);
      continue;
    }
    // The same axis first: "in[0]" for the batch, even where another axis is as long.
    Sizes::Texts ordered = leaves;
    std::stable_partition(ordered.begin(), ordered.end(),
                          [&](const auto& leaf) { return i < x.size() && leaf.first == x[i]; });
    if (sizes_.fixed(target[i])) {
      if (sizes_.size(target[i]) < 1) return custom(node, {input(node, 0)});
      // An export at one batch has its number where the program followed the batch.
      const bool batch = i == 0 && !x.empty() && sizes_.size(x[0]) == sizes_.size(target[0]);
      shape.push_back(batch ? DraftSize("in[0]") : DraftSize(sizes_.size(target[i])));
    } else if (auto text = sizes_.text(target[i], ordered)) {
      shape.emplace_back(std::move(*text));
    } else if (!open) {
      open = i;  // all others are said, so it is what is left
      shape.emplace_back(-1);
    } else {
      shape.emplace_back(std::max<std::int64_t>(1, sizes_.size(target[i])));
    }
  }
  DraftLayer step = named(node, "Reshape");
  step.sizes("shape", shape);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::flatten(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const std::size_t rank = x.size();
  const std::int64_t axis = node.integer("axis", 1);
  const auto at_axis =
      axis == static_cast<std::int64_t>(rank) ? std::optional<std::size_t>(rank) : axis_of(axis, rank);
  if (!at_axis) return false;
  SizeId left = sizes_.number(1);
  SizeId right = left;
  for (std::size_t i = 0; i < rank; ++i)
    (i < *at_axis ? left : right) = sizes_.multiply(i < *at_axis ? left : right, x[i]);
  set_shape(node, 0, {left, right});
  if (*at_axis == 1 && rank > 1) {
    layer(node, named(node, "Flatten"), {input(node, 0)}, {output(node, 0)});
    return true;
  }
  if (silent_) return true;
  if (rank == 0) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Reshape");
  std::string product;
  for (std::size_t i = 0; i < *at_axis; ++i) product += (i > 0 ? "*in[" : "in[") + std::to_string(i) + "]";
  std::vector<DraftSize> shape{product.empty() ? DraftSize(1) : DraftSize(product), DraftSize(-1)};
  step.sizes("shape", shape);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::transpose(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  Integers order = node.integers("perm");
  if (order.empty())
    for (std::size_t axis = x.size(); axis-- > 0;) order.push_back(static_cast<std::int64_t>(axis));
  if (order.size() != x.size()) return false;
  SizeIds out;
  std::vector<char> seen(x.size(), 0);
  for (const std::int64_t each : order) {
    const auto axis = axis_of(each, x.size());
    if (!axis || seen[*axis]++ != 0) return false;
    out.push_back(x[*axis]);
  }
  set_shape(node, 0, std::move(out));
  if (x.empty()) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Permute");
  step.set("dims", order);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::squeeze(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  Integers axes = node.integers("axes");
  if (has(node, 1)) {
    const auto chosen = integers(node, 1);
    if (!chosen) return false;
    axes = *chosen;
  }
  std::vector<char> drop(x.size(), 0);
  if (axes.empty() && !has(node, 1))
    for (std::size_t i = 0; i < x.size(); ++i) drop[i] = sizes_.size(x[i]) == 1 ? 1 : 0;
  for (const std::int64_t each : axes) {
    const auto axis = axis_of(each, x.size());
    if (!axis) return false;
    drop[*axis] = 1;
  }
  SizeIds out;
  Integers dims;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (drop[i] == 0)
      out.push_back(x[i]);
    else
      dims.push_back(static_cast<std::int64_t>(i));
  set_shape(node, 0, out);
  if (silent_) return true;
  if (out.empty() || dims.empty()) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Squeeze");
  step.axes("dim", dims);
  if (dims.size() > 1) step.set("dim", dims);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::unsqueeze(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  SizeIds x = *in;
  Integers axes = node.integers("axes");
  if (has(node, 1)) {
    const auto chosen = integers(node, 1);
    if (!chosen) return false;
    axes = *chosen;
  }
  const std::size_t rank = x.size() + axes.size();
  if (rank > max_axes) return false;
  std::vector<std::size_t> places;
  for (const std::int64_t each : axes) {
    const auto axis = axis_of(each, rank);
    if (!axis || std::find(places.begin(), places.end(), *axis) != places.end()) return false;
    places.push_back(*axis);
  }
  std::sort(places.begin(), places.end());
  SizeIds out = x;
  for (const std::size_t place : places)
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), sizes_.number(1));
  set_shape(node, 0, out);
  if (silent_) return true;
  if (places.empty()) {
    alias(node);
    return true;
  }
  if (x.empty()) return custom(node, {input(node, 0)});
  TensorId from = input(node, 0);
  for (std::size_t k = 0; k < places.size(); ++k) {
    x.insert(x.begin() + static_cast<std::ptrdiff_t>(places[k]), sizes_.number(1));
    const TensorId to = k + 1 == places.size() ? output(node, 0) : temporary(x, at(from).type);
    DraftLayer step = named(node, "Unsqueeze");
    step.set("dim", static_cast<std::int64_t>(places[k]));
    layer(node, std::move(step), {from}, {to});
    from = to;
  }
  return true;
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
  if (silent_) return true;
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
    step.set("chunks", static_cast<std::int64_t>(count)).set("dim", static_cast<std::int64_t>(*axis));
    layer(node, std::move(step), {input(node, 0)}, outs);
    return true;
  }
  std::int64_t begin = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::int64_t length = lengths[k];
    if (length < 1) return custom(node, {input(node, 0)});
    std::vector<SliceRange> ranges(*axis + 1);
    if (begin > 0) ranges[*axis].start = begin;
    if (k + 1 < count) ranges[*axis].stop = begin + length;
    begin += length;
    if (output(node, k) == no_tensor) continue;
    DraftLayer step = named(node, "Slice");
    step.set("index", ranges);
    layer(node, std::move(step), {input(node, 0)}, {output(node, k)});
  }
  return true;
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
      layer(node, std::move(step), {input(node, 1)}, {output(node, 0)});
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
    layer(node, std::move(pick), {table}, {between});
    DraftLayer drop = named(node, "Squeeze");
    if (!drop.name.empty()) drop.name += ".squeeze";
    drop.set("dim", static_cast<std::int64_t>(*axis));
    layer(node, std::move(drop), {between}, {output(node, 0)});
    return true;
  }
  return custom(node);
}

bool Importer::reduce(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  Integers axes = node.integers("axes");
  if (has(node, 1)) {
    const auto chosen = integers(node, 1);
    if (!chosen) return false;
    axes = *chosen;
  }
  const bool keep = node.integer("keepdims", 1) != 0;
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) return same(node);
  if (axes.empty()) {
    axes.resize(x.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  std::vector<char> gone(x.size(), 0);
  for (const std::int64_t each : axes) {
    const auto axis = axis_of(each, x.size());
    if (!axis) return false;
    gone[*axis] = 1;
  }
  SizeIds out;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (gone[i] == 0)
      out.push_back(x[i]);
    else if (keep)
      out.push_back(sizes_.number(1));
  set_shape(node, 0, out);
  if (silent_) return true;
  const std::string_view kind = node.op == "ReduceMean" ? "Mean" : node.op == "ReduceSum" ? "Sum" : "";
  if (kind.empty() || out.empty()) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, kind);
  step.set("dim", axes);
  if (keep) step.set("keepdim", true);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::arg_reduce(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const auto axis = axis_of(node.integer("axis", 0), x.size());
  if (!axis) return false;
  SizeIds out = x;
  if (node.integer("keepdims", 1) != 0)
    out[*axis] = sizes_.number(1);
  else
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(*axis));
  set_shape(node, 0, std::move(out), int64);
  return custom(node, {input(node, 0)});
}

// DepthToSpace, or with `back` SpaceToDepth.
bool Importer::shuffled(const Node& node, bool back) {
  const SizeIds* in = shape(node, 0);
  const std::int64_t block = node.integer("blocksize", 0);
  if (!in || in->size() != 4 || block < 1 || block > 65535) return false;
  const SizeIds x = *in;
  const SizeId factor = sizes_.number(static_cast<double>(block));
  const SizeId square = sizes_.multiply(factor, factor);
  const auto spatial = [&](SizeId size) {
    return back ? sizes_.divide(size, factor) : sizes_.multiply(size, factor);
  };
  set_shape(node, 0,
            {x[0], back ? sizes_.multiply(x[1], square) : sizes_.divide(x[1], square), spatial(x[2]),
             spatial(x[3])});
  DraftLayer step = named(node, back ? "PixelUnshuffle" : "PixelShuffle");
  step.set(back ? "downscale_factor" : "upscale_factor", block);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::depth_to_space(const Node& node) { return shuffled(node, false); }
bool Importer::space_to_depth(const Node& node) { return shuffled(node, true); }

bool Importer::expand(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* given = data(node, 1);
  if (!in || !given || given->size() > max_axes) return false;
  SizeIds x = *in;
  SizeIds out = *given;
  if (x.size() > out.size()) out.insert(out.begin(), x.size() - out.size(), sizes_.number(1));
  const std::size_t skip = out.size() - x.size();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (sizes_.size(out[skip + i]) == 1) out[skip + i] = x[i];
  set_shape(node, 0, out);
  if (silent_) return true;
  if (out == x && at(input(node, 0)).ref) {
    alias(node);
    return true;
  }
  // Numbers, or sizes of the tensor itself: what an Expand says. Sizes of others stay expressions.
  std::vector<DraftSize> sizes;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i >= skip && out[i] == x[i - skip])
      sizes.emplace_back(-1);
    else if (sizes_.fixed(out[i]) && sizes_.size(out[i]) >= 1)
      sizes.emplace_back(sizes_.size(out[i]));
    else
      return custom(node);
  }
  if (!at(input(node, 0)).ref) return custom(node);
  DraftLayer step = named(node, "Expand");
  step.sizes("size", sizes);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

bool Importer::tile(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* given = data(node, 1);
  if (!in || !given || given->size() != in->size()) return false;
  SizeIds out = *in;
  const SizeIds times = *given;
  for (std::size_t i = 0; i < out.size(); ++i)
    if (sizes_.value(times[i]) != 1 || !sizes_.fixed(times[i])) out[i] = sizes_.multiply(out[i], times[i]);
  set_shape(node, 0, std::move(out));
  std::vector<DraftSize> repeats;
  for (const SizeId each : times) repeats.emplace_back(std::max<std::int64_t>(1, sizes_.size(each)));
  const bool numbers = std::all_of(times.begin(), times.end(),
                                   [&](SizeId id) { return sizes_.fixed(id) && sizes_.value(id) >= 1; });
  if (!numbers || times.empty()) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Repeat");
  step.sizes("repeats", repeats);
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0)});
  return true;
}

}  // namespace shapedbg::onnx
