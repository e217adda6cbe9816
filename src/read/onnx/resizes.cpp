// Resize and Pad: the sizes of maps, and tensors that tell them.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

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

// What the node asks for: sizes, or factors, along which axes. Nothing where it is not known.
std::optional<Importer::Resizing> Importer::resizing(const Node& node, std::size_t rank) {
  const bool old = node.op == "Upsample" || (model_.opset > 0 && model_.opset < 11);
  Resizing asked;
  std::optional<SizeIds> scales;
  if (const SizeIds* list = data(node, old ? 1 : 2); list && !list->empty()) scales = *list;
  if (const SizeIds* list = old ? nullptr : data(node, 3); list && !list->empty()) {
    asked.to_sizes = true;
    asked.list = *list;
  }
  if (const Attribute* list = node.find("scales"); list && !scales) {
    scales.emplace();
    for (const float scale : list->floats) scales->push_back(sizes_.number(static_cast<double>(scale)));
  }
  if (const Attribute* height = node.find("height_scale"); height && !scales && rank == 4) {
    const Attribute* width = node.find("width_scale");
    scales = SizeIds{sizes_.number(1), sizes_.number(1), sizes_.number(static_cast<double>(height->f)),
                     sizes_.number(static_cast<double>(width ? width->f : height->f))};
  }
  if (!asked.to_sizes) {
    if (!scales) return {};
    asked.list = *scales;
  }
  asked.axes = node.integers("axes");
  if (asked.axes.empty()) {
    asked.axes.resize(rank);
    std::iota(asked.axes.begin(), asked.axes.end(), 0);
  }
  if (asked.list.size() != asked.axes.size()) return {};
  for (std::int64_t& axis : asked.axes) {
    const auto found = axis_of(axis, rank);
    if (!found) return {};
    axis = static_cast<std::int64_t>(*found);
  }
  asked.factors.assign(rank, 1);
  for (std::size_t k = 0; k < asked.axes.size(); ++k)
    asked.factors[static_cast<std::size_t>(asked.axes[k])] = sizes_.value(asked.list[k]);
  return asked;
}

SizeIds Importer::resized(const SizeIds& x, const Resizing& asked, std::string_view policy) {
  SizeIds out = x;
  for (std::size_t k = 0; k < asked.axes.size(); ++k) {
    const auto axis = static_cast<std::size_t>(asked.axes[k]);
    const SizeId given = asked.list[k];
    // Exporters write batch and channels as the numbers of the example; Resize leaves them alone.
    const bool same = axis < 2 && sizes_.fixed(given) &&
                      (sizes_.value(given) == sizes_.value(x[axis]) ||
                       (thaw_ && sizes_.declared(given) == sizes_.declared(x[axis])));
    if (asked.to_sizes)
      out[axis] = same ? x[axis] : given;
    else if (sizes_.fixed(given) && sizes_.value(given) == std::floor(sizes_.value(given)))
      out[axis] = sizes_.value(given) == 1 ? x[axis] : sizes_.multiply(x[axis], given);
    else
      out[axis] =
          sizes_.map(x[axis], given, [](double size, double scale) { return std::floor(size * scale); });
  }
  if (!asked.to_sizes || policy == "stretch") return out;
  double scale = policy == "not_larger" ? INFINITY : 0;
  for (const std::int64_t each : asked.axes) {
    const auto axis = static_cast<std::size_t>(each);
    const double one = sizes_.value(out[axis]) / std::max(1.0, sizes_.value(x[axis]));
    scale = policy == "not_larger" ? std::min(scale, one) : std::max(scale, one);
  }
  for (const std::int64_t each : asked.axes) {
    const auto axis = static_cast<std::size_t>(each);
    out[axis] = sizes_.number(std::round(scale * sizes_.value(x[axis])));
  }
  return out;
}

// Factors, the size of another tensor, or numbers. False where none of them says it.
bool Importer::aimed(const Node& node, const SizeIds& x, const SizeIds& out, const Resizing& asked,
                     DraftLayer& step) {
  const SizeIds target(out.begin() + 2, out.end());
  const SizeIds from(x.begin() + 2, x.end());
  if (!asked.to_sizes) {
    const std::vector<double> factors(asked.factors.begin() + 2, asked.factors.end());
    for (const double factor : factors)
      if (!(factor > 0)) return false;
    compare_with_runtime(node, from, factors);
    step.axes("scale_factor", factors);
    return true;
  }
  // A program that had sizes there had them of the map that the result meets.
  if (const auto partner = asked.thawed ? like(node, target, input(node, 0)) : std::nullopt) {
    step.set("size_like", *partner);
    return true;
  }
  std::vector<double> factors;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const double times = sizes_.value(target[i]) / std::max(1.0, sizes_.value(from[i]));
    const SizeId scaled =
        sizes_.map(from[i], from[i], [&](double size, double) { return std::floor(size * times); });
    if (!sizes_.fixed(target[i]) && scaled == target[i]) factors.push_back(times);
  }
  if (factors.size() == target.size()) {
    step.axes("scale_factor", factors);
    return true;
  }
  if (const auto partner = like(node, target, input(node, 0))) {
    step.set("size_like", *partner);
    return true;
  }
  Integers size;
  for (const SizeId id : target) {
    size.push_back(sizes_.size(id));
    if (!sizes_.fixed(id) || size.back() < 1 || size.back() > most) return false;
  }
  step.axes("size", size);
  return true;
}

bool Importer::resize(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const std::size_t rank = x.size();
  auto asked = resizing(node, rank);
  if (!asked) return false;
  const std::string_view policy = node.text("keep_aspect_ratio_policy", "stretch");
  SizeIds out = resized(x, *asked, policy);
  if (auto thawed = asked->to_sizes ? thawed_map(node, x, out, true) : std::nullopt) {
    out = std::move(*thawed);
    asked->thawed = true;
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
  if (!aimed(node, x, out, *asked, step)) return custom(node, {input(node, 0)});
  static constexpr std::string_view linear[] = {"linear", "bilinear", "trilinear"};
  const std::string_view torch_mode = mode == "linear"  ? linear[spatial - 1]
                                      : mode == "cubic" ? "bicubic"
                                                        : "nearest";
  step.set("mode", torch_mode);
  if (corners == "align_corners" && torch_mode != "nearest") step.set("align_corners", true);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

// The pads of each axis: begins, then ends.
std::optional<Importer::Padding> Importer::padding(const Node& node, std::size_t rank) {
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
    if (!chosen) return {};
    axes = *chosen;
  }
  if (list.size() != 2 * axes.size()) return {};
  return Padding{std::move(list), std::move(axes)};
}

// `flat`: in F.pad's order, of every axis.
bool Importer::padded_step(const Node& node, const SizeIds& x, const SizeIds& out, Integers flat,
                           bool fixed) {
  const std::size_t rank = x.size();
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
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::pad(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const std::size_t rank = x.size();
  const auto asked = padding(node, rank);
  if (!asked) return false;
  SizeIds out = x;
  Integers flat(2 * rank, 0);  // F.pad's order
  bool fixed = true;
  for (std::size_t k = 0; k < asked->axes.size(); ++k) {
    const auto axis = axis_of(asked->axes[k], rank);
    if (!axis) return false;
    const SizeId begin = asked->list[k];
    const SizeId end = asked->list[k + asked->axes.size()];
    out[*axis] = sizes_.add(sizes_.add(out[*axis], begin), end);
    const std::size_t place = 2 * (rank - 1 - *axis);
    flat[place] = sizes_.size(begin);
    flat[place + 1] = sizes_.size(end);
    if (std::abs(flat[place]) > most || std::abs(flat[place + 1]) > most) return false;
    fixed = fixed && sizes_.fixed(begin) && sizes_.fixed(end);
  }
  if (auto thawed = out == x ? std::nullopt : thawed_map(node, x, out, false)) {
    out = std::move(*thawed);
    fixed = false;
  }
  set_shape(node, 0, out);
  return silent_ || padded_step(node, x, out, std::move(flat), fixed);
}

}  // namespace shapedbg::onnx
