// The same elements on other axes, and axes repeated.
#include <algorithm>
#include <cmath>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

// The entries of a Reshape, over the axes that go in. `open`: the entry that is what is left.
std::optional<std::vector<DraftSize>> Importer::reshaped(const SizeIds& x, const SizeIds& target,
                                                         std::optional<std::size_t> open) {
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
      if (sizes_.size(target[i]) < 1) return {};
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
  return shape;
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
  target = thawed_reshape(node, x, target, open);
  if (open) {
    rest = sizes_.number(1);
    for (std::size_t i = 0; i < target.size(); ++i)
      if (i != *open) rest = sizes_.multiply(rest, target[i]);
    target[*open] = sizes_.divide(total, rest);
  }
  SizeId made = sizes_.number(1);
  for (const SizeId id : target) made = sizes_.multiply(made, id);
  note_misfit(total, sizes_.value(made));
  set_shape(node, 0, target);
  if (silent_) return true;
  if (target.empty()) return custom(node, {input(node, 0)});
  const auto shape = reshaped(x, target, open);
  if (!shape) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Reshape");
  step.sizes("shape", *shape);
  layer(node, std::move(step), input(node, 0), output(node, 0));
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
    layer(node, named(node, "Flatten"), input(node, 0), output(node, 0));
    return true;
  }
  if (silent_) return true;
  if (rank == 0) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Reshape");
  std::string product;
  for (std::size_t i = 0; i < *at_axis; ++i) product += (i > 0 ? "*in[" : "in[") + std::to_string(i) + "]";
  std::vector<DraftSize> shape{product.empty() ? DraftSize(1) : DraftSize(product), DraftSize(-1)};
  step.sizes("shape", shape);
  layer(node, std::move(step), input(node, 0), output(node, 0));
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
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::squeeze(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const auto chosen = named_axes(node);
  if (!chosen) return false;
  Integers axes = *chosen;
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
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::unsqueeze(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  SizeIds x = *in;
  const auto chosen = named_axes(node);
  if (!chosen) return false;
  Integers axes = *chosen;
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
    layer(node, std::move(step), from, to);
    from = to;
  }
  return true;
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
  layer(node, std::move(step), input(node, 0), output(node, 0));
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
  out = thawed_repeat(node, x, std::move(out));
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
  layer(node, std::move(step), input(node, 0), output(node, 0));
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
  const SizeIds before = out;
  out = thawed_repeat(node, *in, std::move(out));
  const bool follows = out != before;
  set_shape(node, 0, std::move(out));
  std::vector<DraftSize> repeats;
  for (const SizeId each : times) repeats.emplace_back(std::max<std::int64_t>(1, sizes_.size(each)));
  const bool numbers = !follows && std::all_of(times.begin(), times.end(), [&](SizeId id) {
    return sizes_.fixed(id) && sizes_.value(id) >= 1;
  });
  if (follows) return custom(node);
  if (!numbers || times.empty()) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Repeat");
  step.sizes("repeats", repeats);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

}  // namespace shapedbg::onnx
