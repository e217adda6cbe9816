// Convolutions and pools. ONNX pads begin and end of an axis apart; torch::nn pads both alike, so where they
// differ a Pad stands in front. auto_pad is computed as the operator's text has it.
#include <algorithm>
#include <cmath>
#include <span>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

constexpr std::int64_t most_of_window = INT64_C(1) << 30;  // of any number of a window

using Numbers = std::span<const std::int64_t>;

bool all_within(Numbers list, std::int64_t low) {
  return std::all_of(list.begin(), list.end(),
                     [&](std::int64_t x) { return x >= low && x <= most_of_window; });
}

bool all_equal_to(Numbers list, std::int64_t value) {
  return std::all_of(list.begin(), list.end(), [&](std::int64_t x) { return x == value; });
}

std::string kind_of(std::string_view base, std::size_t axes) {
  std::string kind(base);
  kind += static_cast<char>('0' + axes);  // at most three
  kind += 'd';
  return kind;
}

// F.pad's order: last axis first, begin and end.
Integers as_pads(Numbers begin, Numbers end) {
  Integers list;
  for (std::size_t axis = begin.size(); axis-- > 0;) {
    list.push_back(begin[axis]);
    list.push_back(end[axis]);
  }
  return list;
}

}  // namespace

bool Importer::window(const Node& node, const SizeIds& shape, Numbers kernel, Window& window) {
  if (shape.size() < 3 || shape.size() > 5) return false;
  const std::size_t axes = shape.size() - 2;
  const auto take = [&](Numbers given, std::int64_t otherwise, PerAxis& list) {
    if (given.empty())
      list.assign(axes, otherwise);
    else if (given.size() == axes)
      list.assign(given.begin(), given.end());
    return list.size() == axes;
  };
  const Numbers pads = node.numbers("pads");
  const std::size_t both = pads.size() / 2;
  if (kernel.size() != axes || !take(kernel, 1, window.kernel) ||
      !take(node.numbers("strides"), 1, window.stride) ||
      !take(node.numbers("dilations"), 1, window.dilation) || pads.size() % 2 != 0 ||
      !take(pads.first(both), 0, window.begin) || !take(pads.last(both), 0, window.end) ||
      !all_within(window.kernel, 1) || !all_within(window.stride, 1) || !all_within(window.dilation, 1) ||
      !all_within(pads, -most_of_window))
    return false;
  window.auto_pad = node.text("auto_pad", "NOTSET");
  if (window.auto_pad == "VALID") {
    window.begin.assign(axes, 0);
    window.end.assign(axes, 0);
  }
  if (window.auto_pad.starts_with("SAME") && node.op != "ConvTranspose")
    for (std::size_t i = 0; i < axes; ++i) {
      const std::int64_t size = sizes_.size(shape[i + 2]);
      const std::int64_t stride = window.stride[i];
      if (size < 1 || size > (INT64_C(1) << 40)) return false;
      const std::int64_t out = (size + stride - 1) / stride;
      const std::int64_t extent = window.dilation[i] * (window.kernel[i] - 1) + 1;
      const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * stride + extent - size);
      const std::int64_t less = total / 2;
      window.begin[i] = window.auto_pad == "SAME_LOWER" ? total - less : less;
      window.end[i] = total - window.begin[i];
    }
  return true;
}

// (x + begin + end - extent) / stride + 1, rounded down, or up with a last window that begins inside the
// data.
SizeId Importer::slid(SizeId size, const Window& window, std::size_t axis, bool ceil) {
  if (window.auto_pad.starts_with("SAME")) {
    const SizeId more = sizes_.add(size, sizes_.number(static_cast<double>(window.stride[axis] - 1)));
    return window.stride[axis] == 1
               ? size
               : sizes_.divide(more, sizes_.number(static_cast<double>(window.stride[axis])));
  }
  const std::int64_t extent = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
  const auto stride = static_cast<double>(window.stride[axis]);
  const std::int64_t pads = window.begin[axis] + window.end[axis];
  if (!ceil && stride == 1 && pads - extent + 1 == 0) return size;
  const SizeId room =
      pads - extent == 0 ? size : sizes_.add(size, sizes_.number(static_cast<double>(pads - extent)));
  if (ceil) {
    const auto begin = static_cast<double>(window.begin[axis]);
    return sizes_.map(size, room, [=](double x, double left) {
      double out = std::ceil(left / stride) + 1;
      if ((out - 1) * stride >= x + begin) out -= 1;
      return out;
    });
  }
  const SizeId steps = stride == 1 ? room : sizes_.divide(room, sizes_.number(stride));
  return sizes_.add(steps, sizes_.number(1));
}

TensorId Importer::padded(const Node& node, TensorId in, Window& window, double value) {
  SizeIds shape = *at(in).shape;
  for (std::size_t i = 0; i < window.begin.size(); ++i)
    shape[i + 2] =
        sizes_.add(shape[i + 2], sizes_.number(static_cast<double>(window.begin[i] + window.end[i])));
  const TensorId out = temporary(std::move(shape), at(in).type);
  DraftLayer step = named(node, "Pad");
  if (!step.name.empty()) step.name += ".pad";
  step.set("padding", as_pads(window.begin, window.end));
  if (value != 0) step.set("value", value);
  layer(node, std::move(step), in, out);
  window.begin.assign(window.begin.size(), 0);
  window.end = window.begin;
  return out;
}

bool Importer::filter_of(const Node& node, Filter& read) {
  const SizeIds* in_shape = shape(node, 0);
  const TensorId weight = input(node, 1);
  if (!in_shape || !shape(weight) || !at(weight).parameter) return false;
  read.in_shape = *in_shape;
  read.groups = node.integer("group", 1);
  WeightShape& filter = read.filter;
  for (const SizeId size : *shape(weight)) filter.push_back(sizes_.size(size));
  if (filter.size() != read.in_shape.size() || filter.size() < 3) return false;
  if (!window(node, read.in_shape, Numbers(filter).subspan(2), read.window)) return false;
  return read.groups >= 1 && read.groups <= most_of_window && filter[0] >= 1 && filter[1] >= 1 &&
         filter[1] <= most_of_window / read.groups && filter[0] <= most_of_window;
}

SizeIds Importer::convolved(const Filter& read) {
  SizeIds out{read.in_shape[0], sizes_.number(static_cast<double>(read.filter[0]))};
  for (std::size_t i = 0; i < read.window.kernel.size(); ++i)
    out.push_back(slid(read.in_shape[i + 2], read.window, i, false));
  return out;
}

bool Importer::conv(const Node& node) {
  Filter read;
  if (!filter_of(node, read)) return false;
  auto& [in_shape, filter, groups, window] = read;
  const std::size_t axes = window.kernel.size();
  note_misfit(in_shape[1], static_cast<double>(filter[1] * groups));
  set_shape(node, 0, convolved(read));
  DraftLayer step = named(node, kind_of("Conv", axes));
  TensorId in = input(node, 0);
  const bool same = window.auto_pad == "SAME_UPPER" && all_equal_to(window.stride, 1);
  if (!same && (window.begin != window.end || !all_within(window.begin, 0))) in = padded(node, in, window, 0);
  step.set("in_channels", filter[1] * groups)
      .set("out_channels", filter[0])
      .axes("kernel_size", window.kernel);
  if (!all_equal_to(window.stride, 1)) step.axes("stride", window.stride);
  if (same)
    step.set("padding", "same");
  else if (!all_equal_to(window.begin, 0))
    step.axes("padding", window.begin);
  if (!all_equal_to(window.dilation, 1)) step.axes("dilation", window.dilation);
  if (groups != 1) step.set("groups", groups);
  if (!has(node, 2)) step.set("bias", false);
  layer(node, std::move(step), in, output(node, 0));
  return true;
}

// The pads follow from the size: what is too much is cut off, at the end first with SAME_UPPER.
bool Importer::pads_for_size(const SizeIds& in_shape, Numbers wanted, Window& window, PerAxis& extra) {
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const std::int64_t size = sizes_.size(in_shape[i + 2]);
    if (size < 1 || size > most_of_window) return false;
    const std::int64_t want = wanted.empty() ? size * window.stride[i] : wanted[i];
    if (want < 1 || want > (most_of_window << 20)) return false;
    std::int64_t total =
        window.stride[i] * (size - 1) + extra[i] + window.dilation[i] * (window.kernel[i] - 1) + 1 - want;
    if (total < 0) {
      extra[i] -= total;
      total = 0;
    }
    const std::int64_t less = total / 2;
    window.begin[i] = window.auto_pad == "SAME_UPPER" ? less : total - less;
    window.end[i] = total - window.begin[i];
  }
  return true;
}

// Pads that differ: where the beginning loses more, the end's surplus is what output_padding gives; else a
// crop.
Importer::Pads Importer::even_pads(const Window& window, PerAxis& extra) {
  const std::size_t axes = window.kernel.size();
  Pads pads{PerAxis(axes), PerAxis(axes), PerAxis(axes)};
  for (std::size_t i = 0; i < axes; ++i) {
    pads.padding[i] = std::max<std::int64_t>(0, std::min(window.begin[i], window.end[i]));
    const std::int64_t surplus = window.begin[i] - window.end[i];
    const std::int64_t bound = std::max(window.stride[i], window.dilation[i]);
    if (surplus > 0 && window.end[i] >= 0 && surplus + extra[i] < bound) {
      pads.padding[i] = window.begin[i];
      extra[i] += surplus;
    } else {
      pads.cut_begin[i] = pads.padding[i] - window.begin[i];
      pads.cut_end[i] = pads.padding[i] - window.end[i];
    }
    if (extra[i] >= bound) {  // torch allows less: the rest is padded on
      pads.cut_end[i] += extra[i] - (bound - 1);
      extra[i] = bound - 1;
    }
  }
  return pads;
}

bool Importer::conv_transpose(const Node& node) {
  Filter read;
  if (!filter_of(node, read)) return false;
  auto& [in_shape, filter, groups, window] = read;
  const std::size_t axes = window.kernel.size();
  const Numbers given = node.numbers("output_padding");
  PerAxis extra(given.begin(), given.end());
  if (extra.empty()) extra.assign(axes, 0);
  Numbers wanted = node.numbers("output_shape");
  if (wanted.size() > axes) wanted = wanted.last(axes);
  if (extra.size() != axes || (!wanted.empty() && wanted.size() != axes) || !all_within(extra, 0))
    return false;
  if ((!wanted.empty() || window.auto_pad.starts_with("SAME")) &&
      !pads_for_size(in_shape, wanted, window, extra))
    return false;
  const Pads pads = even_pads(window, extra);
  SizeIds made{in_shape[0], sizes_.number(static_cast<double>(filter[1] * groups))};
  SizeIds out = made;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t rest =
        -window.stride[i] - 2 * pads.padding[i] + window.dilation[i] * (window.kernel[i] - 1) + extra[i] + 1;
    const SizeId times =
        sizes_.multiply(in_shape[i + 2], sizes_.number(static_cast<double>(window.stride[i])));
    made.push_back(rest == 0 ? times : sizes_.add(times, sizes_.number(static_cast<double>(rest))));
    out.push_back(
        sizes_.add(made.back(), sizes_.number(static_cast<double>(pads.cut_begin[i] + pads.cut_end[i]))));
  }
  set_shape(node, 0, std::move(out));
  const bool crops = !all_equal_to(pads.cut_begin, 0) || !all_equal_to(pads.cut_end, 0);
  const TensorId inner = crops ? temporary(std::move(made)) : output(node, 0);
  DraftLayer step = named(node, kind_of("ConvTranspose", axes));
  DraftLayer crop = named(node, "Pad");
  step.set("in_channels", filter[0])
      .set("out_channels", filter[1] * groups)
      .axes("kernel_size", window.kernel);
  if (!all_equal_to(window.stride, 1)) step.axes("stride", window.stride);
  if (!all_equal_to(pads.padding, 0)) step.axes("padding", pads.padding);
  if (!all_equal_to(extra, 0)) step.axes("output_padding", extra);
  if (!all_equal_to(window.dilation, 1)) step.axes("dilation", window.dilation);
  if (groups != 1) step.set("groups", groups);
  if (!has(node, 2)) step.set("bias", false);
  layer(node, std::move(step), input(node, 0), inner);
  if (!crops) return true;
  if (!crop.name.empty()) crop.name += ".crop";
  crop.set("padding", as_pads(pads.cut_begin, pads.cut_end));
  layer(node, std::move(crop), inner, output(node, 0));
  return true;
}

bool Importer::pool(const Node& node, std::string_view kind) {
  const SizeIds* data_shape = shape(node, 0);
  if (!data_shape) return false;
  const SizeIds in_shape = *data_shape;
  Window window;
  if (!this->window(node, in_shape, node.numbers("kernel_shape"), window)) return false;
  const std::size_t axes = window.kernel.size();
  const bool ceil = node.integer("ceil_mode", 0) != 0 && !window.auto_pad.starts_with("SAME");
  SizeIds out{in_shape[0], in_shape[1]};
  for (std::size_t i = 0; i < axes; ++i) {
    out.push_back(slid(in_shape[i + 2], window, i, ceil));
    const SizeId always =
        ceil ? sizes_.map(
                   in_shape[i + 2], in_shape[i + 2],
                   [&](double x, double) {
                     const double extent =
                         static_cast<double>(window.dilation[i] * (window.kernel[i] - 1) + 1);
                     return std::ceil((x + static_cast<double>(window.begin[i] + window.end[i]) - extent) /
                                      static_cast<double>(window.stride[i])) +
                            1;
                   })
             : out.back();
    if (ceil && sizes_.size(always) != sizes_.size(out.back()) && !silent_ && deviations_.size() < 5)
      deviations_.push_back("the last window of `" + std::string(node.name.substr(0, 200)) +
                            "` (ceil_mode) would begin in the padding: torch and onnxruntime leave it out, "
                            "the text of the operator "
                            "does not before opset 22");
  }
  const bool second = node.outputs.size() > 1 && output(node, 1) != no_tensor;
  if (second) set_shape(node, 1, out, int64);
  set_shape(node, 0, std::move(out));
  if (second && !silent_ && !only_unpooled(node)) return custom(node);
  if (kind == "AvgPool" && !all_equal_to(window.dilation, 1)) return custom(node);
  TensorId in = input(node, 0);
  bool apart = window.begin != window.end;
  for (std::size_t i = 0; i < axes; ++i)
    apart = apart || 2 * window.begin[i] > window.kernel[i] || window.begin[i] < 0;
  if (kind == "LPPool") apart = apart || !all_equal_to(window.begin, 0);
  // The maxima of a padded map lie elsewhere than those of the map.
  const bool places = second && !at(output(node, 1)).readers.empty();
  if (places && apart && !silent_) return custom(node);
  DraftLayer step = named(node, kind_of(kind, axes));
  if (kind == "LPPool") {
    if (!all_equal_to(window.dilation, 1)) return custom(node);
    step.set("norm_type", std::max<std::int64_t>(1, node.integer("p", 2)));
  }
  // A pad in front of a maximum holds what loses; torch has no word for minus infinity there.
  if (apart && (!all_equal_to(window.begin, 0) || !all_equal_to(window.end, 0)))
    in = padded(node, in, window, kind == "MaxPool" ? -3.4e38 : 0);
  step.axes("kernel_size", window.kernel).axes("stride", window.stride);
  if (!all_equal_to(window.begin, 0)) step.axes("padding", window.begin);
  if (kind == "MaxPool" && !all_equal_to(window.dilation, 1)) step.axes("dilation", window.dilation);
  if (ceil) step.set("ceil_mode", true);
  if (kind == "AvgPool" && node.integer("count_include_pad", 0) == 0 && !all_equal_to(window.begin, 0))
    step.set("count_include_pad", false);
  if (places) step.set("return_indices", true);
  layer(node, std::move(step), {in}, {output(node, 0), places ? output(node, 1) : no_tensor});
  return true;
}

// Whether the places of a pool's maxima go to MaxUnpool alone: no other layer can take them.
bool Importer::only_unpooled(const Node& pool) const {
  const Value& places = at(output(pool, 1));
  return !places.returned && std::all_of(places.readers.begin(), places.readers.end(), [&](int reader) {
    const Node& node = model_.graph.nodes[static_cast<std::size_t>(reader)];
    return node.op == "MaxUnpool" && node.domain.empty() && input(node, 1) == output(pool, 1);
  });
}

// The layer where its indices are a MaxPool's of the file, which then stands for them.
bool Importer::max_unpool(const Node& node) {
  const SizeIds* data_shape = shape(node, 0);
  if (!data_shape) return false;
  const SizeIds in_shape = *data_shape;
  Window window;
  if (!this->window(node, in_shape, node.numbers("kernel_shape"), window)) return false;
  const std::size_t axes = window.kernel.size();
  const SizeIds* wanted = has(node, 2) ? data(node, 2) : nullptr;
  if (has(node, 2) && (wanted == nullptr || wanted->size() != axes + 2)) return false;
  SizeIds out{in_shape[0], in_shape[1]};
  bool natural = true;
  for (std::size_t i = 0; i < axes; ++i) {
    const auto stride = static_cast<double>(window.stride[i]);
    const std::int64_t more = window.kernel[i] - window.begin[i] - window.end[i] - window.stride[i];
    const SizeId steps =
        stride == 1 ? in_shape[i + 2] : sizes_.multiply(in_shape[i + 2], sizes_.number(stride));
    const SizeId made = more == 0 ? steps : sizes_.add(steps, sizes_.number(static_cast<double>(more)));
    out.push_back(wanted != nullptr ? (*wanted)[i + 2] : made);
    natural = natural && out.back() == made;
  }
  set_shape(node, 0, out);
  const std::optional<Ref> indices = at(input(node, 1)).ref;
  if (silent_ || !indices || indices->is_input() || indices->output != 1 || window.begin != window.end)
    return custom(node);
  const DraftLayer& pool = draft_.layers()[indices->layer];
  if (pool.type != kind_of("MaxPool", axes) || pool.inputs.empty()) return custom(node);
  DraftLayer step = named(node, kind_of("MaxUnpool", axes));
  step.axes("kernel_size", window.kernel).axes("stride", window.stride);
  if (!all_equal_to(window.begin, 0)) step.axes("padding", window.begin);
  if (!natural) {
    const Node& pooled = model_.graph.nodes[static_cast<std::size_t>(at(input(node, 1)).maker)];
    const SizeIds* took = shape(pooled, 0);
    if (took != nullptr && std::equal(took->begin() + 2, took->end(), out.begin() + 2, out.end())) {
      step.set("size_like", pool.inputs[0]);
    } else if (std::all_of(out.begin() + 2, out.end(), [&](SizeId size) { return sizes_.fixed(size); })) {
      Integers sizes;
      for (std::size_t i = 2; i < out.size(); ++i) sizes.push_back(sizes_.size(out[i]));
      step.axes("output_size", sizes);
    } else {
      return custom(node);
    }
  }
  step.set("indices", Ref{indices->layer, 0});
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::max_pool(const Node& node) { return pool(node, "MaxPool"); }
bool Importer::average_pool(const Node& node) { return pool(node, "AvgPool"); }
bool Importer::lp_pool(const Node& node) {
  const SizeIds* in = shape(node, 0);
  return in && in->size() <= 5 && pool(node, "LPPool");
}

bool Importer::global_pool(const Node& node, std::string_view kind) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->size() < 3) return false;
  SizeIds out(in->size(), sizes_.number(1));
  out[0] = (*in)[0];
  out[1] = (*in)[1];
  const std::size_t axes = in->size() - 2;
  set_shape(node, 0, std::move(out));
  if (axes > 3) return custom(node);
  DraftLayer step = named(node, kind_of(kind, axes));
  step.set("output_size", 1);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}
bool Importer::global_average_pool(const Node& node) { return global_pool(node, "AdaptiveAvgPool"); }
bool Importer::global_max_pool(const Node& node) { return global_pool(node, "AdaptiveMaxPool"); }

}  // namespace shapedbg::onnx
