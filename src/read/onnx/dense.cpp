// Norms, activations, matrices, and what works element by element.
#include <algorithm>
#include <cmath>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

std::string_view activation_kind(std::string_view op) {
  static const ByName<std::string_view> kinds{{"Relu", "ReLU"},
                                              {"Sigmoid", "Sigmoid"},
                                              {"Tanh", "Tanh"},
                                              {"LeakyRelu", "LeakyReLU"},
                                              {"Elu", "ELU"},
                                              {"Selu", "SELU"},
                                              {"Celu", "CELU"},
                                              {"Gelu", "GELU"},
                                              {"Softplus", "Softplus"},
                                              {"Softsign", "Softsign"},
                                              {"HardSigmoid", "Hardsigmoid"},
                                              {"HardSwish", "Hardswish"},
                                              {"Mish", "Mish"},
                                              {"Dropout", "Dropout"},
                                              {"Swish", "SiLU"},
                                              {"Abs", "Abs"},
                                              {"Ceil", "Ceil"},
                                              {"Cos", "Cos"},
                                              {"Erf", "Erf"},
                                              {"Exp", "Exp"},
                                              {"Floor", "Floor"},
                                              {"Log", "Log"},
                                              {"Neg", "Neg"},
                                              {"Reciprocal", "Reciprocal"},
                                              {"Round", "Round"},
                                              {"Sign", "Sign"},
                                              {"Sin", "Sin"},
                                              {"Sqrt", "Sqrt"}};
  const std::string_view* const found = kinds.find(op);
  return found == nullptr ? std::string_view{} : *found;
}

std::string_view compared_kind(std::string_view op) {
  static const ByName<std::string_view> kinds{{"Equal", "Equal"},
                                              {"Less", "Less"},
                                              {"Greater", "Greater"},
                                              {"LessOrEqual", "LessEqual"},
                                              {"GreaterOrEqual", "GreaterEqual"},
                                              {"And", "LogicalAnd"},
                                              {"Or", "LogicalOr"},
                                              {"Xor", "NotEqual"}};
  const std::string_view* const found = kinds.find(op);
  return found == nullptr ? std::string_view{} : *found;
}

}  // namespace

bool Importer::logical_not(const Node& node) {
  if (!shape(node, 0)) return false;
  set_shape(node, 0, SizeIds(*shape(node, 0)), boolean);
  layer(node, named(node, "LogicalNot"), input(node, 0), output(node, 0));
  return true;
}

// A single number among its three tensors is the layer's value.
bool Importer::where(const Node& node, const std::vector<TensorId>& in) {
  if (silent_) return true;
  if (std::none_of(in.begin(), in.end(), [&](TensorId id) { return at(id).ref.has_value(); })) return true;
  const auto number = [&](TensorId id) -> std::optional<double> {
    const auto& elements = at(id).data;
    if (!at(id).parameter || !elements || elements->size() != 1) return {};
    return sizes_.value(elements->front());
  };
  const auto first = number(in[1]);
  const auto second = number(in[2]);
  const auto keeps = [&](TensorId left) {  // the number's own axes do not matter
    const auto wide = broadcast({in[0], left});
    return wide && *wide == *shape(output(node, 0));
  };
  const TensorId out = output(node, 0);
  if (first && !second && keeps(in[2]) && (std::isfinite(*first) || *first < 0)) {
    DraftLayer step = named(node, "MaskedFill");
    if (std::isfinite(*first)) step.set("value", *first);
    layer(node, std::move(step), {in[2], in[0]}, {out});
    return true;
  }
  if (second && !first && keeps(in[1]) && std::isfinite(*second)) {
    DraftLayer step = named(node, "Where");
    step.set("value", *second);
    layer(node, std::move(step), {in[0], in[1]}, {out});
    return true;
  }
  if (first && second) return custom(node);
  layer(node, named(node, "Where"), in, {out});
  return true;
}

bool Importer::same(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds copy = *in;
  for (std::size_t k = 0; k < node.outputs.size(); ++k)
    if (output(node, k) != no_tensor) set_shape(node, k, copy);
  // What it is scattered from, indexed or scaled by reaches it, too.
  std::vector<TensorId> taken{input(node, 0)};
  for (std::size_t k = 1; k < node.inputs.size(); ++k)
    if (const TensorId id = input(node, k); id != no_tensor && at(id).ref && id != taken[0])
      taken.push_back(id);
  return custom(node, std::move(taken));
}

bool Importer::identity(const Node& node) {
  if (!shape(node, 0)) return false;
  alias(node);
  return true;
}

bool Importer::cast(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const auto real = [](int type) {
    return type == float32 || type == float16 || type == float64 || type == 16;
  };
  const auto to = node.op == "CastLike" && has(node, 1) ? at(input(node, 1)).type
                                                        : static_cast<int>(node.integer("to", float32));
  const int from = at(input(node, 0)).type;
  // Half or double, int or bool: torch's layers here compute alike.
  if (real(from) == real(to)) {
    alias(node);
    at(output(node, 0)).type = to;
    return true;
  }
  set_shape(node, 0, SizeIds(*in), to);
  return custom(node, {input(node, 0)});
}

// To fewer bits and back: torch's layers here compute with the numbers themselves. A scale and a zero point
// found on the way are single numbers.
bool Importer::quantize(const Node& node) {
  if (!shape(node, 0)) return false;
  alias(node);
  if (const TensorId id = output(node, 0); id != no_tensor) {
    at(id).type = float32;
    at(id).data.reset();  // they are other numbers
  }
  for (std::size_t k = 1; k < node.outputs.size(); ++k) {
    set_shape(node, k, {}, float32);
    if (const TensorId id = output(node, k); id != no_tensor) at(id).scale = true;
  }
  return true;
}

// A product with a scale that is found while the network runs undoes what found it.
bool Importer::scaled_back(const Node& node, const std::vector<TensorId>& in) {
  if (node.op != "Mul" || in.size() != 2 || (!at(in[0]).scale && !at(in[1]).scale)) return false;
  const TensorId other = at(in[0]).scale ? in[1] : in[0];
  const TensorId out = output(node, 0);
  if (out == no_tensor) return true;
  if (at(other).scale || at(other).parameter)
    at(out).scale = true;
  else if (!silent_)
    at(out).ref = ref(other);
  return true;
}

bool Importer::activation(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds copy = *in;
  for (std::size_t k = 0; k < node.outputs.size(); ++k)
    if (output(node, k) != no_tensor) set_shape(node, k, copy);
  if (node.outputs.size() > 1 && output(node, 1) != no_tensor && !at(output(node, 1)).readers.empty())
    return custom(node, {input(node, 0)});
  const Attribute* const alpha = node.find("alpha");
  // x * sigmoid(alpha * x): torch has it for 1 alone.
  if (node.op == "Swish" && alpha && alpha->f != 1) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, activation_kind(node.op));
  if (alpha && std::isfinite(alpha->f)) {
    const double value = std::round(static_cast<double>(alpha->f) * 1e6) / 1e6;
    if (node.op == "LeakyRelu") step.set("negative_slope", value);
    if ((node.op == "Elu" || node.op == "Celu") && value != 1) step.set("alpha", value);
  }
  if (node.op == "Gelu" && node.text("approximate", "none") == "tanh") step.set("approximate", "tanh");
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::batch_norm(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->size() < 2) return false;
  const std::size_t rank = in->size();
  const SizeIds copy = *in;
  set_shape(node, 0, copy);
  const SizeIds channels{copy[1]};
  for (std::size_t k = 1; k < node.outputs.size(); ++k)
    if (output(node, k) != no_tensor) set_shape(node, k, channels);
  if (rank > 5) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "BatchNorm" + std::to_string(rank <= 3 ? 1 : rank - 2) + "d");
  // What it is built for is told by its scale, not by what comes in.
  const TensorId scale = input(node, 1);
  const std::vector<std::int64_t> features =
      scale == no_tensor ? std::vector<std::int64_t>{} : shape_of(scale);
  const std::int64_t count = features.size() == 1 ? features[0] : sizes_.size(copy[1]);
  if (count < 1 || count > most) return false;
  step.set("num_features", count);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::instance_norm(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->size() < 2) return false;
  const std::size_t rank = in->size();
  const SizeIds copy = *in;
  set_shape(node, 0, copy);
  const TensorId scale = input(node, 1);
  const std::vector<std::int64_t> features =
      scale == no_tensor ? std::vector<std::int64_t>{} : shape_of(scale);
  const std::int64_t count = features.size() == 1 ? features[0] : sizes_.size(copy[1]);
  if (rank < 3 || rank > 5 || count < 1 || count > most) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "InstanceNorm" + std::to_string(rank - 2) + "d");
  step.set("num_features", count).set("affine", true);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

// LayerNormalization and RMSNormalization: the axes from `axis` on.
bool Importer::layer_norm(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds copy = *in;
  const auto rank = static_cast<std::int64_t>(copy.size());
  std::int64_t axis = node.integer("axis", -1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return false;
  set_shape(node, 0, copy);
  SizeIds statistics = copy;
  for (std::int64_t i = axis; i < rank; ++i) statistics[static_cast<std::size_t>(i)] = sizes_.number(1);
  for (std::size_t k = 1; k < node.outputs.size(); ++k)
    if (output(node, k) != no_tensor) set_shape(node, k, statistics);
  std::vector<std::int64_t> normalized;
  const TensorId scale = input(node, 1);
  const std::vector<std::int64_t> weight = scale == no_tensor ? std::vector<std::int64_t>{} : shape_of(scale);
  for (std::int64_t i = axis; i < rank; ++i)
    normalized.push_back(sizes_.size(copy[static_cast<std::size_t>(i)]));
  if (weight.size() == normalized.size()) normalized = weight;
  if (std::any_of(normalized.begin(), normalized.end(), [](std::int64_t x) { return x < 1 || x > most; }))
    return false;
  DraftLayer step = named(node, node.op == "RMSNormalization" ? "RMSNorm" : "LayerNorm");
  step.axes("normalized_shape", normalized.size() == 1 ? normalized : std::vector<std::int64_t>{});
  step.set("normalized_shape", normalized);
  if (node.op == "LayerNormalization" && !has(node, 1)) step.set("elementwise_affine", false);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}
bool Importer::rms_norm(const Node& node) { return layer_norm(node); }

bool Importer::group_norm(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->size() < 2) return false;
  const SizeIds copy = *in;
  set_shape(node, 0, copy);
  const std::int64_t groups = node.integer("num_groups", 0);
  const std::int64_t channels = sizes_.size(copy[1]);
  if (groups < 1 || groups > most || channels < 1 || channels > most) return false;
  DraftLayer step = named(node, "GroupNorm");
  step.set("num_groups", groups).set("num_channels", channels);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::lrn(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const std::int64_t size = node.integer("size", 0);
  if (!in || in->size() < 3 || size < 1 || size > most) return in && same(node);
  set_shape(node, 0, SizeIds(*in));
  DraftLayer step = named(node, "LocalResponseNorm");
  step.set("size", size);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::softmax(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds copy = *in;
  const auto rank = static_cast<std::int64_t>(copy.size());
  set_shape(node, 0, copy);
  const bool old = model_.opset > 0 && model_.opset < 13;
  const std::int64_t axis = node.integer("axis", old ? 1 : -1);
  // Before opset 13 all axes from `axis` on are one, which no layer of torch says.
  const bool last = axis == -1 || axis == rank - 1;
  if (rank == 0 || axis < -rank || axis >= rank || (old && !last)) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, node.op == "LogSoftmax" ? "LogSoftmax" : "Softmax");
  step.set("dim", axis);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::clip(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  set_shape(node, 0, SizeIds(*in));
  std::optional<double> low;
  std::optional<double> high;
  if (const Attribute* bound = node.find("min")) low = static_cast<double>(bound->f);
  if (const Attribute* bound = node.find("max")) high = static_cast<double>(bound->f);
  if (const SizeIds* bound = data(node, 1); bound && bound->size() == 1) low = sizes_.value(bound->front());
  if (const SizeIds* bound = data(node, 2); bound && bound->size() == 1) high = sizes_.value(bound->front());
  // A bound that is not given, or infinite, bounds nothing; one that something computes is not known.
  const auto open = [&](std::size_t at, const std::optional<double>& bound) {
    return bound ? std::isinf(*bound) : !has(node, at);
  };
  if (open(1, low) != open(2, high)) {
    const std::optional<double>& bound = open(1, low) ? high : low;
    if (!bound || !std::isfinite(*bound)) return custom(node, {input(node, 0)});
    DraftLayer step = named(node, "Clamp");
    step.set(open(1, low) ? "max" : "min", *bound);
    layer(node, std::move(step), input(node, 0), output(node, 0));
    return true;
  }
  if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high) || *low >= *high)
    return custom(node, {input(node, 0)});
  const bool six = *low == 0 && *high == 6;
  DraftLayer step = named(node, six ? "ReLU6" : "Hardtanh");
  if (!six) step.set("min_val", *low).set("max_val", *high);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::prelu(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds copy = *in;
  set_shape(node, 0, copy);
  std::int64_t slopes = 1;
  const TensorId slope = input(node, 1);
  if (slope == no_tensor || !at(slope).parameter || !shape(slope)) return custom(node);
  for (const std::int64_t size : shape_of(slope))
    if (size < 1 || __builtin_mul_overflow(slopes, size, &slopes)) return custom(node, {input(node, 0)});
  const bool fits = slopes == 1 || (copy.size() > 1 && slopes == sizes_.size(copy[1]));
  if (!fits || slopes > most) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "PReLU");
  if (slopes > 1) step.set("num_parameters", slopes);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

// ---- matrices
// -----------------------------------------------------------------------------------------------------

bool Importer::linear(const Node& node, TensorId in, TensorId weight, std::int64_t in_features,
                      std::int64_t out_features, bool bias, TensorId out) {
  static_cast<void>(weight);
  if (const SizeIds* got = shape(in); got && !got->empty())
    note_misfit(got->back(), static_cast<double>(in_features));
  if (in_features < 1 || out_features < 1 || in_features > most || out_features > most) return false;
  DraftLayer step = named(node, "Linear");
  step.set("in_features", in_features).set("out_features", out_features);
  if (!bias) step.set("bias", false);
  layer(node, std::move(step), in, out);
  return true;
}

bool Importer::gemm(const Node& node) {
  const SizeIds* left = shape(node, 0);
  const SizeIds* right = shape(node, 1);
  if (!left || !right || left->size() != 2 || right->size() != 2) return false;
  const bool turned = node.integer("transA", 0) != 0;
  const bool turned_b = node.integer("transB", 0) != 0;
  const SizeIds a = *left;
  const SizeIds b = *right;
  set_shape(node, 0, {a[turned ? 1 : 0], b[turned_b ? 0 : 1]});
  if (turned || !at(input(node, 1)).parameter || at(input(node, 0)).parameter) return custom(node);
  return linear(node, input(node, 0), input(node, 1), sizes_.size(b[turned_b ? 1 : 0]),
                sizes_.size(b[turned_b ? 0 : 1]), has(node, 2), output(node, 0)) ||
         custom(node);
}

bool Importer::matmul(const Node& node) {
  const SizeIds* left = shape(node, 0);
  const SizeIds* right = shape(node, 1);
  if (!left || !right || left->empty() || right->empty()) return false;
  const SizeIds a = *left;
  const SizeIds b = *right;
  const TensorId weight = input(node, 1);
  const TensorId out = output(node, 0);
  if (out == no_tensor) return true;
  if (at(weight).parameter && b.size() == 2 && !at(input(node, 0)).parameter) {
    SizeIds made = a;
    made.back() = b[1];
    set_shape(node, 0, std::move(made));
    // An Add of a vector behind it is the layer's bias.
    TensorId end = out;
    if (!silent_ && at(out).readers.size() == 1 && !at(out).returned) {
      const auto next = static_cast<std::size_t>(at(out).readers[0]);
      const Node& add = model_.graph.nodes[next];
      if (add.op == "Add" && add.inputs.size() == 2 && group_of_[next] < 0) {
        const TensorId other = input(add, input(add, 0) == out ? 1 : 0);
        if (other != no_tensor && other != out && at(other).parameter && at(other).shape &&
            at(other).shape->size() == 1 && shape_of(other)[0] == sizes_.size(b[1]) &&
            output(add, 0) != no_tensor) {
          end = output(add, 0);
          done_[next] = 1;
        }
      }
    }
    return linear(node, input(node, 0), weight, sizes_.size(b[0]), sizes_.size(b[1]), end != out, end) ||
           custom(node);
  }
  SizeIds made;
  const std::size_t rank = std::max(a.size(), b.size());
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    const std::size_t from_a = rank - a.size();
    const std::size_t from_b = rank - b.size();
    const bool has_a = i >= from_a && a.size() > 2;
    const bool has_b = i >= from_b && b.size() > 2;
    const SizeId one = has_a ? a[i - from_a] : sizes_.number(1);
    const SizeId two = has_b ? b[i - from_b] : sizes_.number(1);
    made.push_back(sizes_.size(one) == 1 && (!has_a || sizes_.fixed(one) || sizes_.size(two) != 1) ? two
                                                                                                   : one);
  }
  if (a.size() > 1) made.push_back(a[a.size() - 2]);
  if (b.size() > 1) made.push_back(b.back());
  set_shape(node, 0, std::move(made));
  note_misfit(a.back(), sizes_.value(b[b.size() < 2 ? 0 : b.size() - 2]));
  if (a.size() < 2 || b.size() < 2) return custom(node, {input(node, 0), input(node, 1)});
  layer(node, named(node, "MatMul"), {input(node, 0), input(node, 1)}, {out});
  return true;
}

// ---- element by element
// -------------------------------------------------------------------------------------------

std::optional<SizeIds> Importer::broadcast(const std::vector<TensorId>& in) {
  SizeIds out;
  for (const TensorId id : in) {
    const SizeIds* sizes = shape(id);
    if (!sizes) return {};
    if (sizes->size() > out.size()) out.insert(out.begin(), sizes->size() - out.size(), sizes_.number(1));
    const std::size_t skip = out.size() - sizes->size();
    for (std::size_t i = 0; i < sizes->size(); ++i) {
      SizeId& have = out[skip + i];
      // An axis that is not always 1 is the one that says the size.
      if (sizes_.size(have) == 1 && (sizes_.size((*sizes)[i]) != 1 || sizes_.fixed(have))) have = (*sizes)[i];
    }
  }
  return out;
}

// It cannot stretch or break anything at another size: no axes, or axes of 1 beside channels that are a
// constant.
bool Importer::trivial_parameter(TensorId parameter, TensorId other) const {
  const SizeIds* sizes = shape(parameter);
  const SizeIds* against = shape(other);
  if (!sizes || !against || sizes->size() > against->size()) return false;
  const std::size_t skip = against->size() - sizes->size();
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    const std::int64_t size = sizes_.size((*sizes)[i]);
    if (size == 1) continue;
    const SizeId have = (*against)[skip + i];
    if (!sizes_.fixed(have) || sizes_.size(have) != size) return false;
  }
  return true;
}

// One tensor and a weight that cannot break it: a number as the layer's value, else a Parameter. `number - x`
// and `number / x` are two layers.
bool Importer::with_parameter(const Node& node, std::string_view kind, TensorId tensor, TensorId parameter) {
  const bool front = input(node, 0) == parameter;
  const auto& data = at(parameter).data;
  if (!data || data->size() != 1) {
    layer(node, named(node, kind), {input(node, 0), input(node, 1)}, {output(node, 0)});
    return true;
  }
  const double value = sizes_.value(data->front());
  if (!std::isfinite(value) || (kind == "Pow" && front)) return custom(node, {tensor});
  TensorId from = tensor;
  if (front && (kind == "Sub" || kind == "Div")) {
    const bool sub = kind == "Sub";
    from = temporary(*shape(tensor), at(tensor).type);
    DraftLayer turned = named(node, sub ? "Neg" : "Reciprocal");
    if (!turned.name.empty()) turned.name += sub ? ".neg" : ".reciprocal";
    layer(node, std::move(turned), tensor, from);
    kind = sub ? "Add" : "Mul";
  }
  DraftLayer step = named(node, kind);
  step.set("value", value);
  layer(node, std::move(step), from, output(node, 0));
  return true;
}

bool Importer::elementwise(const Node& node) {
  std::vector<TensorId> in;
  for (std::size_t k = 0; k < node.inputs.size(); ++k)
    if (const TensorId id = input(node, k); id != no_tensor) in.push_back(id);
  if (in.empty()) return false;
  const auto out = broadcast(in);
  if (!out) return false;
  for (const TensorId id : in)
    for (std::size_t i = 0; i < shape(id)->size(); ++i) {
      const std::int64_t size = sizes_.size((*shape(id))[i]);
      if (size != 1 && size != sizes_.size((*out)[out->size() - shape(id)->size() + i])) note_conflict(node);
    }
  const std::string_view op = node.op;
  const bool compares = op == "Equal" || op == "Less" || op == "Greater" || op == "LessOrEqual" ||
                        op == "GreaterOrEqual" || op == "And" || op == "Or" || op == "Xor";
  set_shape(node, 0, *out,
            compares                         ? static_cast<int>(boolean)
            : op == "Where" && in.size() > 1 ? at(in[1]).type
                                             : undefined);
  if (scaled_back(node, in)) return true;
  if (op == "Where" && in.size() == 3) return where(node, in);
  const bool two = in.size() == 2;
  const std::string_view kind = op == "Add" || op == "Sum" ? "Add"
                                : op == "Mul"              ? "Mul"
                                : op == "Sub" && two       ? "Sub"
                                : op == "Div" && two       ? "Div"
                                : op == "Pow" && two       ? "Pow"
                                : op == "Max" && two       ? "Maximum"
                                : op == "Min" && two       ? "Minimum"
                                                           : compared_kind(op);
  std::vector<TensorId> running;
  for (const TensorId id : in)
    if (!at(id).parameter) running.push_back(id);
  if (silent_ || running.empty()) return true;
  // Integers to compare with, as one_hot has them, are no tensor that the network computes.
  if (compares && std::any_of(in.begin(), in.end(), [&](TensorId id) {
        return at(id).parameter && at(id).type != float32 && !shape(id)->empty();
      }))
    return custom(node, std::move(running));
  // Weights that no size can make wrong are left out: a scale per channel, a number.
  std::vector<TensorId> taken;
  for (const TensorId id : in)
    if (!at(id).parameter || !trivial_parameter(id, running[0])) taken.push_back(id);
  if (kind.empty() || taken.size() == 1) {
    if (taken.size() == 1 && kind == "Add" && op == "Sum") {
      at(output(node, 0)).ref = ref(taken[0]);
      return true;
    }
    if (compares && (taken.size() == 1 ? input(node, 0) != taken[0] : true))
      return custom(node, std::move(taken));
    if (two && !kind.empty()) return with_parameter(node, kind, taken[0], in[in[0] == taken[0] ? 1 : 0]);
    return custom(node, std::move(taken));
  }
  if (two && taken.size() != 2) return custom(node, std::move(taken));
  layer(node, named(node, kind), taken, {output(node, 0)});
  return true;
}

}  // namespace shapedbg::onnx
