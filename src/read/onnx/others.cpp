// Shapes of operators that no layer kind stands for: each becomes a Custom with its shape by expressions.
#include <algorithm>
#include <cmath>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

bool Importer::einsum(const Node& node) {
  std::string equation;
  for (const char c : node.text("equation", ""))
    if (c != ' ') equation += c;
  if (equation.size() > 1000) return false;
  const std::size_t arrow = equation.find("->");
  std::map<std::string, SizeId> letters;  // "..." stands for one letter here: its axes
  SizeIds rest;
  std::string order;  // letters in the order of the alphabet that appear once, where no result is written
  std::map<char, int> seen;
  std::size_t begin = 0;
  const std::string left = equation.substr(0, arrow);
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const std::size_t end = std::min(left.find(',', begin), left.size());
    if (begin > left.size() || !shape(node, k)) return false;
    const std::string term = left.substr(begin, end - begin);
    begin = end + 1;
    const SizeIds x = *shape(node, k);
    const std::size_t dots = term.find("...");
    const std::size_t named_axes = dots == std::string::npos ? term.size() : term.size() - 3;
    if (named_axes > x.size() || (dots == std::string::npos && named_axes != x.size())) return false;
    std::size_t axis = 0;
    for (std::size_t i = 0; i < term.size(); ++i) {
      if (i == dots) {
        SizeIds here;
        for (std::size_t n = x.size() - named_axes; n > 0; --n) here.push_back(x[axis++]);
        if (here.size() > rest.size()) rest = std::move(here);
        i += 2;
        continue;
      }
      ++seen[term[i]];
      const auto [found, fresh] = letters.try_emplace(std::string(1, term[i]), x[axis]);
      if (!fresh && sizes_.size(found->second) == 1) found->second = x[axis];
      ++axis;
    }
  }
  std::string right;
  if (arrow != std::string::npos) {
    right = equation.substr(arrow + 2);
  } else {
    for (const auto& [letter, count] : seen)
      if (count == 1) right += letter;
    if (!rest.empty()) right.insert(0, "...");
  }
  SizeIds out;
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (right.compare(i, 3, "...") == 0) {
      out.insert(out.end(), rest.begin(), rest.end());
      i += 2;
      continue;
    }
    const auto found = letters.find(std::string(1, right[i]));
    if (found == letters.end()) return false;
    out.push_back(found->second);
  }
  set_shape(node, 0, std::move(out));
  return custom(node);
}

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

bool Importer::gather_elements(const Node& node) {
  const SizeIds* index = shape(node, 1);
  if (!index) return false;
  set_shape(node, 0, SizeIds(*index));
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

bool Importer::top_k(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const auto rank = static_cast<std::int64_t>(in->size());
  std::int64_t axis = node.integer("axis", -1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return false;
  SizeIds out = *in;
  if (const SizeIds* count = data(node, 1); count && count->size() == 1)
    out[static_cast<std::size_t>(axis)] = count->front();
  else if (node.find("k"))
    out[static_cast<std::size_t>(axis)] = sizes_.number(static_cast<double>(node.integer("k", 1)));
  else
    return false;
  set_shape(node, 0, out);
  set_shape(node, 1, std::move(out), int64);
  return custom(node, {input(node, 0)});
}

// LSTM, GRU, RNN: Y [length, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden].
bool Importer::recurrent(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* weight = shape(node, 2);
  if (!in || in->size() != 3 || !weight || weight->size() != 3) return false;
  const bool batch_first = node.integer("layout", 0) != 0;
  const SizeIds x = *in;
  const SizeId directions = (*weight)[0];
  const SizeId hidden = weight->back();
  const SizeId batch = x[batch_first ? 0 : 1];
  if (batch_first) {
    set_shape(node, 0, {batch, x[1], directions, hidden});
    for (const std::size_t k : {1U, 2U}) set_shape(node, k, {batch, directions, hidden});
  } else {
    set_shape(node, 0, {x[0], directions, batch, hidden});
    for (const std::size_t k : {1U, 2U}) set_shape(node, k, {directions, batch, hidden});
  }
  return custom(node, {input(node, 0)});
}

bool Importer::grid_sample(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* grid = shape(node, 1);
  if (!in || !grid || in->size() < 3 || grid->size() != in->size()) return false;
  SizeIds out{(*in)[0], (*in)[1]};
  out.insert(out.end(), grid->begin() + 1, grid->end() - 1);
  set_shape(node, 0, std::move(out));
  return custom(node);
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
  return custom(node, {input(node, 0)});
}

// [batch, signal, 1 or 2] → [batch, frames, frequencies, 2].
bool Importer::stft(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* step = data(node, 1);
  if (!in || in->size() < 2 || !step || step->size() != 1) return false;
  SizeId length = -1;
  if (const SizeIds* given = data(node, 3); given && given->size() == 1)
    length = given->front();
  else if (const SizeIds* window_shape = shape(node, 2); window_shape && window_shape->size() == 1)
    length = window_shape->front();
  if (length < 0) return false;
  const SizeIds x = *in;
  const SizeId one = sizes_.number(1);
  const SizeId frames = sizes_.add(sizes_.divide(sizes_.subtract(x[1], length), step->front()), one);
  const SizeId frequencies =
      node.integer("onesided", 1) != 0 ? sizes_.add(sizes_.divide(length, sizes_.number(2)), one) : length;
  set_shape(node, 0, {x[0], frames, frequencies, sizes_.number(2)});
  return custom(node, {input(node, 0)});
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

// Attention (opset 23): Q, K, V of 4 axes, or of 3 with the heads in the last.
bool Importer::attention(const Node& node) {
  const SizeIds* query = shape(node, 0);
  const SizeIds* value = shape(node, 2);
  if (!query || !value || query->size() != value->size()) return false;
  SizeIds out = *query;
  if (query->size() == 4) {
    out[3] = (*value)[3];
  } else if (query->size() == 3) {
    const std::int64_t heads = node.integer("q_num_heads", 1);
    const std::int64_t value_heads = node.integer("kv_num_heads", heads);
    if (value_heads < 1 || heads < 1) return false;
    out[2] =
        heads == value_heads
            ? (*value)[2]
            : sizes_.multiply(sizes_.divide((*value)[2], sizes_.number(static_cast<double>(value_heads))),
                              sizes_.number(static_cast<double>(heads)));
  } else {
    return false;
  }
  for (std::size_t k = 1; k < node.outputs.size(); ++k)
    if (output(node, k) != no_tensor) return false;
  set_shape(node, 0, std::move(out));
  return custom(node, {input(node, 0), input(node, 1), input(node, 2)});
}

const std::unordered_map<std::string_view, Importer::Handler>& Importer::handlers() {
  static const std::unordered_map<std::string_view, Handler> table = [] {
    std::unordered_map<std::string_view, Handler> map{{"Conv", &Importer::conv},
                                                      {"ConvTranspose", &Importer::conv_transpose},
                                                      {"MaxPool", &Importer::max_pool},
                                                      {"AveragePool", &Importer::average_pool},
                                                      {"LpPool", &Importer::lp_pool},
                                                      {"GlobalAveragePool", &Importer::global_average_pool},
                                                      {"GlobalMaxPool", &Importer::global_max_pool},
                                                      {"BatchNormalization", &Importer::batch_norm},
                                                      {"InstanceNormalization", &Importer::instance_norm},
                                                      {"LayerNormalization", &Importer::layer_norm},
                                                      {"RMSNormalization", &Importer::rms_norm},
                                                      {"GroupNormalization", &Importer::group_norm},
                                                      {"LRN", &Importer::lrn},
                                                      {"Softmax", &Importer::softmax},
                                                      {"LogSoftmax", &Importer::softmax},
                                                      {"Clip", &Importer::clip},
                                                      {"PRelu", &Importer::prelu},
                                                      {"Gemm", &Importer::gemm},
                                                      {"MatMul", &Importer::matmul},
                                                      {"Identity", &Importer::identity},
                                                      {"Cast", &Importer::cast},
                                                      {"CastLike", &Importer::cast},
                                                      {"Resize", &Importer::resize},
                                                      {"Upsample", &Importer::resize},
                                                      {"Pad", &Importer::pad},
                                                      {"Slice", &Importer::slice},
                                                      {"Reshape", &Importer::reshape},
                                                      {"Flatten", &Importer::flatten},
                                                      {"Transpose", &Importer::transpose},
                                                      {"Squeeze", &Importer::squeeze},
                                                      {"Unsqueeze", &Importer::unsqueeze},
                                                      {"Concat", &Importer::concat},
                                                      {"Split", &Importer::split},
                                                      {"Gather", &Importer::gather},
                                                      {"ArgMax", &Importer::arg_reduce},
                                                      {"ArgMin", &Importer::arg_reduce},
                                                      {"DepthToSpace", &Importer::depth_to_space},
                                                      {"SpaceToDepth", &Importer::space_to_depth},
                                                      {"Expand", &Importer::expand},
                                                      {"Tile", &Importer::tile},
                                                      {"Einsum", &Importer::einsum},
                                                      {"GatherND", &Importer::gather_nd},
                                                      {"GatherElements", &Importer::gather_elements},
                                                      {"OneHot", &Importer::one_hot},
                                                      {"TopK", &Importer::top_k},
                                                      {"LSTM", &Importer::recurrent},
                                                      {"GRU", &Importer::recurrent},
                                                      {"RNN", &Importer::recurrent},
                                                      {"GridSample", &Importer::grid_sample},
                                                      {"Col2Im", &Importer::col2im},
                                                      {"STFT", &Importer::stft},
                                                      {"ConstantOfShape", &Importer::constant_of_shape},
                                                      {"Range", &Importer::range},
                                                      {"RandomNormal", &Importer::random_like},
                                                      {"RandomUniform", &Importer::random_like},
                                                      {"Size", &Importer::shape_op},
                                                      {"Attention", &Importer::attention}};
    for (const std::string_view op :
         {"Relu",  "Sigmoid",  "Tanh",       "LeakyRelu",   "Elu",       "Selu", "Celu",
          "Gelu",  "Softplus", "Softsign",   "HardSigmoid", "HardSwish", "Mish", "Dropout",
          "Swish", "Abs",      "Ceil",       "Cos",         "Erf",       "Exp",  "Floor",
          "Log",   "Neg",      "Reciprocal", "Round",       "Sign",      "Sin",  "Sqrt"})
      map.emplace(op, &Importer::activation);
    for (const std::string_view op : {"Add",        "Sub",       "Mul",       "Div",         "Sum",
                                      "Mean",       "Pow",       "Mod",       "Min",         "Max",
                                      "Equal",      "Less",      "Greater",   "LessOrEqual", "GreaterOrEqual",
                                      "And",        "Or",        "Xor",       "Where",       "BitShift",
                                      "BitwiseAnd", "BitwiseOr", "BitwiseXor"})
      map.emplace(op, &Importer::elementwise);
    for (const std::string_view op :
         {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
          "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"})
      map.emplace(op, &Importer::reduce);
    for (const std::string_view op : {"Acos",
                                      "Acosh",
                                      "Asin",
                                      "Asinh",
                                      "Atan",
                                      "Atanh",
                                      "Cosh",
                                      "IsNaN",
                                      "IsInf",
                                      "Not",
                                      "Sinh",
                                      "Tan",
                                      "CumSum",
                                      "QuantizeLinear",
                                      "DequantizeLinear",
                                      "Trilu",
                                      "ThresholdedRelu",
                                      "Hardmax",
                                      "Bernoulli",
                                      "RandomNormalLike",
                                      "RandomUniformLike",
                                      "ScatterND",
                                      "ScatterElements",
                                      "Scatter",
                                      "TensorScatter",
                                      "Shrink",
                                      "LpNormalization",
                                      "MeanVarianceNormalization",
                                      "BitwiseNot",
                                      "EyeLike",
                                      "ReverseSequence"})
      map.emplace(op, &Importer::same);
    return map;
  }();
  return table;
}

}  // namespace shapedbg::onnx
