// Shapes of operators that no layer kind stands for: each becomes a Custom with its shape by expressions.
#include <algorithm>
#include <cmath>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

bool Importer::gather_nd(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* index = shape(node, 1);
  if (!in || !index || index->empty()) return false;
  const auto batch = static_cast<std::size_t>(std::clamp<std::int64_t>(node.integer("batch_dims", 0), 0, 64));
  const std::int64_t deep = sizes_.size(index->back());
  if (deep < 0 || batch + static_cast<std::size_t>(deep) > in->size()) return false;
  SizeIds out(index->begin(), index->end() - 1);
  out.insert(out.end(), in->begin() + static_cast<std::ptrdiff_t>(batch + static_cast<std::size_t>(deep)),
             in->end());
  set_shape(node, 0, std::move(out));
  return custom(node);
}

bool Importer::one_hot(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* depth = data(node, 1);
  if (!in || !depth || depth->size() != 1) return false;
  const auto rank = static_cast<std::int64_t>(in->size());
  std::int64_t axis = node.integer("axis", -1);
  if (axis < 0) axis += rank + 1;
  if (axis < 0 || axis > rank) return false;
  SizeIds out = *in;
  out.insert(out.begin() + axis, depth->front());
  set_shape(node, 0, std::move(out), has(node, 2) ? at(input(node, 2)).type : static_cast<int>(float32));
  return custom(node, {input(node, 0)});
}

bool Importer::col2im(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* image = data(node, 1);
  const auto block = integers(node, 2);
  if (!in || !image || !block || in->size() != 3) return false;
  double area = 1;
  for (const std::int64_t size : *block) area *= static_cast<double>(size);
  if (!(area >= 1)) return false;
  SizeIds out{(*in)[0], sizes_.divide((*in)[1], sizes_.number(area))};
  out.insert(out.end(), image->begin(), image->end());
  set_shape(node, 0, std::move(out));
  if (silent_) return true;
  const auto size = integers(node, 1);
  Integers pads = node.integers("pads");
  Integers strides = node.integers("strides");
  Integers dilations = node.integers("dilations");
  if (pads.empty()) pads.assign(2 * image->size(), 0);
  if (strides.empty()) strides.assign(image->size(), 1);
  if (dilations.empty()) dilations.assign(image->size(), 1);
  const auto within = [](const Integers& list, std::int64_t least) {
    return std::all_of(list.begin(), list.end(), [&](std::int64_t n) { return n >= least && n <= most; });
  };
  const bool plain = size && size->size() == 2 && block->size() == 2 && strides.size() == 2 &&
                     dilations.size() == 2 && pads.size() == 4 && pads[0] == pads[2] && pads[1] == pads[3] &&
                     within(*size, 1) && within(*block, 1) && within(strides, 1) && within(dilations, 1) &&
                     within(pads, 0);
  if (!plain) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "Fold");
  step.axes("output_size", *size).axes("kernel_size", *block).axes("dilation", dilations);
  step.axes("padding", Integers{pads[0], pads[1]}).axes("stride", strides);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::constant_of_shape(const Node& node) {
  const SizeIds* given = data(node, 0);
  if (!given || given->size() > max_axes) return false;
  int type = float32;
  if (const Attribute* value = node.find("value")) {
    Tensor tensor;
    if (read_tensor(value->tensor, tensor)) type = tensor.type;
  }
  set_shape(node, 0, SizeIds(*given), type);
  at(output(node, 0)).parameter = true;
  return true;
}

bool Importer::range(const Node& node) {
  const SizeIds* start = data(node, 0);
  const SizeIds* limit = data(node, 1);
  const SizeIds* delta = data(node, 2);
  if (!start || !limit || !delta || start->size() != 1 || limit->size() != 1 || delta->size() != 1)
    return false;
  const SizeId length = sizes_.subtract(limit->front(), start->front());
  const SizeId step = delta->front();
  SizeId count = length;
  if (step != sizes_.number(1))
    count = sizes_.map(length, step, [](double n, double each) {
      return each == 0 ? 0 : std::max(0.0, std::ceil(n / each));
    });
  set_shape(node, 0, {count});
  at(output(node, 0)).parameter = true;
  return true;
}

// LinearAttention: as the value's, with the heads of the query; CausalConvWithState: as what goes in. The
// state behind is told by its past.
bool Importer::first_and_state(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->size() != 3) return false;
  SizeIds out = *in;
  const std::size_t past = 3;
  const SizeIds* state = shape(node, past);
  if (node.op == "LinearAttention") {
    const SizeIds* value = shape(node, 2);
    const std::int64_t heads = node.integer("q_num_heads", 0);
    const std::int64_t shared = node.integer("kv_num_heads", 0);
    if (!value || value->size() != 3 || heads < 1 || shared < 1) return false;
    out[2] = heads == shared
                 ? (*value)[2]
                 : sizes_.multiply(sizes_.divide((*value)[2], sizes_.number(static_cast<double>(shared))),
                                   sizes_.number(static_cast<double>(heads)));
  }
  if (output(node, 1) != no_tensor) {
    if (!state) return false;
    set_shape(node, 1, SizeIds(*state));
  }
  set_shape(node, 0, std::move(out));
  return custom(node);
}

bool Importer::center_crop_pad(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* wanted = data(node, 1);
  if (!in || !wanted) return false;
  SizeIds out = *in;
  Integers axes = node.integers("axes");
  if (axes.empty())
    for (std::size_t i = 0; i < out.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (axes.size() != wanted->size()) return false;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = axis_of(axes[k], out.size());
    if (!axis) return false;
    out[*axis] = (*wanted)[k];
  }
  set_shape(node, 0, std::move(out));
  return custom(node, {input(node, 0)});
}

bool Importer::roi_align(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* rois = shape(node, 1);
  if (!in || in->size() != 4 || !rois || rois->empty()) return false;
  const auto size = [&](const char* key) {
    return sizes_.number(static_cast<double>(std::max<std::int64_t>(1, node.integer(key, 1))));
  };
  set_shape(node, 0, {rois->front(), (*in)[1], size("output_height"), size("output_width")});
  return custom(node);
}

// A convolution whose window takes each place from elsewhere: its shape is a convolution's.
bool Importer::deform_conv(const Node& node) {
  Filter read;
  if (!filter_of(node, read)) return false;
  set_shape(node, 0, convolved(read));
  return custom(node);
}

// For each place of the size [N, C, H, W] where it lies in the other image.
bool Importer::affine_grid(const Node& node) {
  const SizeIds* wanted = data(node, 1);
  if (!wanted || (wanted->size() != 4 && wanted->size() != 5)) return false;
  SizeIds out{wanted->front()};
  out.insert(out.end(), wanted->begin() + 2, wanted->end());
  out.push_back(sizes_.number(static_cast<double>(wanted->size() - 2)));
  set_shape(node, 0, std::move(out));
  return custom(node);
}

// A Loop or Scan is one step. What it carries from round to round keeps its shape, as far as anyone can tell;
// what it collects has the length of what it scans, or of a number of rounds that is known, and the shape
// that its body declares.
bool Importer::loop(const Node& node) {
  const bool scans = node.op == "Scan";
  const Attribute* body = node.find("body");
  const std::size_t in_front = scans ? 0 : 2;  // the number of rounds, the condition
  const auto scanned =
      static_cast<std::size_t>(scans ? std::max<std::int64_t>(0, node.integer("num_scan_inputs", 0)) : 0);
  if (node.inputs.size() < in_front + scanned) return false;
  const std::size_t states = node.inputs.size() - in_front - scanned;
  std::optional<SizeId> length;
  if (scans && node.integers("scan_input_axes").empty()) {
    if (const SizeIds* first = shape(node, states); first && !first->empty()) length = first->front();
  } else if (const SizeIds* rounds = data(node, 0);
             !scans && rounds && rounds->size() == 1 && !has(node, 1)) {
    length = rounds->front();
  }
  Graph inner;
  std::string why;
  const bool read =
      body && node.integers("scan_output_axes").empty() && read_graph(body->subgraph, inner, why);
  bool all = true;
  for (std::size_t k = 0; k < node.outputs.size(); ++k) {
    if (output(node, k) == no_tensor) continue;
    const std::size_t at_body = k + (scans ? 0 : 1);
    if (const SizeIds* state = k < states ? shape(node, in_front + k) : nullptr) {
      set_shape(node, k, SizeIds(*state), at(input(node, in_front + k)).type);
    } else if (k >= states && length && read && at_body < inner.outputs.size() &&
               inner.outputs[at_body].has_shape) {
      const std::vector<Dim>& each = inner.outputs[at_body].shape;
      SizeIds made{*length};
      for (const Dim& dim : each) made.push_back(sizes_.number(static_cast<double>(dim.value)));
      const bool told = std::all_of(each.begin(), each.end(), [](const Dim& dim) { return dim.value > 0; });
      if (told) set_shape(node, k, std::move(made), inner.outputs[at_body].type);
      all = all && told;
    } else {
      all = false;
    }
  }
  return all && custom(node);
}

// A loss: one number, unless it is left for each element.
bool Importer::scalar(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* target = shape(node, 1);
  if (!in || !target) return false;
  set_shape(node, 0, node.text("reduction", "mean") == "none" ? SizeIds(*target) : SizeIds{});
  if (output(node, 1) != no_tensor) set_shape(node, 1, SizeIds(*in));
  return custom(node);
}

// Random tensors, and Shape, Size: values that nothing runs for.
bool Importer::random_like(const Node& node) {
  const std::vector<std::int64_t> given = node.integers("shape");
  if (node.inputs.empty() && !given.empty()) {
    SizeIds out;
    for (const std::int64_t size : given) out.push_back(sizes_.number(static_cast<double>(size)));
    set_shape(node, 0, std::move(out), float32);
    return true;
  }
  return same(node);
}

bool Importer::shape_op(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  SizeId product = sizes_.number(1);
  for (const SizeId size : *in) product = sizes_.multiply(product, size);
  const TensorId out = output(node, 0);
  if (out == no_tensor) return true;
  at(out).shape = SizeIds{};
  at(out).data = SizeIds{product};
  at(out).type = int64;
  at(out).parameter = true;
  return true;
}

}  // namespace shapedbg::onnx
