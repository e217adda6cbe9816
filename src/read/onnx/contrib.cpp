// Operators of onnxruntime's own domain that no operator of ONNX stands for.
// Source of their shapes: onnxruntime/docs/ContribOperators.md.
#include <algorithm>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

constexpr std::int64_t most_of_count = INT64_C(1) << 40;  // heads, features

bool counts(std::int64_t n) { return n >= 1 && n <= most_of_count; }

}  // namespace

// A MatMul of matrices that may be turned first.
bool Importer::fused_matmul(const Node& node) {
  const SizeIds* left = shape(node, 0);
  const SizeIds* right = shape(node, 1);
  if (!left || !right || left->size() < 2 || right->size() < 2) return false;
  if (node.integer("transBatchA", 0) != 0 || node.integer("transBatchB", 0) != 0) return false;
  SizeIds a = *left;
  SizeIds b = *right;
  const bool turned_a = node.integer("transA", 0) != 0;
  const bool turned_b = node.integer("transB", 0) != 0;
  if (turned_a) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (turned_b) std::swap(b[b.size() - 1], b[b.size() - 2]);
  const auto batch = [](const SizeIds& x) { return SizeIds(x.begin(), x.end() - 2); };
  const auto out = broadcast({temporary(batch(a)), temporary(batch(b))});
  if (!out) return false;
  SizeIds made = *out;
  made.push_back(a[a.size() - 2]);
  made.push_back(b.back());
  set_shape(node, 0, std::move(made));
  if (silent_) return true;
  if (!at(input(node, 0)).ref || !at(input(node, 1)).ref) return custom(node);
  const auto turn = [&](TensorId from, SizeIds to) {
    DraftLayer step = named(node, "Transpose");
    step.set("dim0", -2).set("dim1", -1);
    return turned(node, std::move(step), from, std::move(to));
  };
  const TensorId one = turned_a ? turn(input(node, 0), a) : input(node, 0);
  const TensorId other = turned_b ? turn(input(node, 1), b) : input(node, 1);
  layer(node, named(node, "MatMul"), {one, other}, {output(node, 0)});
  return true;
}

// Weights of a few bits, packed in blocks: K and N say what they were.
bool Importer::packed_matmul(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const std::int64_t from = node.integer("K", 0);
  const std::int64_t to = node.integer("N", 0);
  if (!in || in->empty() || !counts(from) || !counts(to)) return false;
  SizeIds out = *in;
  out.back() = sizes_.number(static_cast<double>(to));
  set_shape(node, 0, std::move(out));
  const std::size_t bias = 5;
  return linear(node, input(node, 0), input(node, 1), from, to, has(node, bias), output(node, 0)) ||
         custom(node, {input(node, 0)});
}

bool Importer::split_gelu(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in || in->empty()) return false;
  SizeIds out = *in;
  out.back() = sizes_.divide(out.back(), sizes_.number(2));
  set_shape(node, 0, std::move(out));
  return custom(node, {input(node, 0)});
}

// Keys and values that the next call takes: `length` places behind those of input `past`. `each`: the shape
// of one with its places at axis 2; `both`: keys and values are one tensor of one more axis.
bool Importer::present(const Node& node, std::size_t past, SizeId length, SizeIds each, bool both) {
  if (has(node, past)) {
    const SizeIds* before = shape(node, past);
    const std::size_t axis = both ? 3 : 2;
    if (!before || before->size() != axis + 2) return false;
    each[2] = sizes_.add((*before)[axis], length);
  }
  if (both) each.insert(each.begin(), sizes_.number(2));
  for (const std::size_t k : {std::size_t{1}, std::size_t{2}})
    if (output(node, k) != no_tensor) set_shape(node, k, each);
  return true;
}

// Attention with its projection: the weights of queries, keys and values stand side by side.
bool Importer::projected_attention(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* weight = shape(node, 1);
  const std::int64_t heads = node.integer("num_heads", 0);
  const Integers widths = node.integers("qkv_hidden_sizes");
  if (!in || in->size() != 3 || !weight || weight->size() != 2 || !counts(heads)) return false;
  const SizeId third = sizes_.divide((*weight)[1], sizes_.number(3));
  SizeIds out = *in;
  out[2] = widths.size() == 3 && counts(widths[2]) ? sizes_.number(static_cast<double>(widths[2])) : third;
  const SizeId count = sizes_.number(static_cast<double>(heads));
  const std::size_t past = node.op == "QAttention" ? 8 : 4;
  if (output(node, 1) != no_tensor &&
      !present(node, past, out[1], {out[0], count, out[1], sizes_.divide(out[2], count)}, true))
    return false;
  set_shape(node, 0, std::move(out));
  return custom(node);
}

// Queries [batch, length, features], or with keys and values packed beside each other in five axes.
bool Importer::heads_attention(const Node& node) {
  const SizeIds* query = shape(node, 0);
  const std::int64_t heads = node.integer("num_heads", 0);
  if (!query || !counts(heads)) return false;
  const SizeId count = sizes_.number(static_cast<double>(heads));
  SizeIds out;
  const SizeIds* value = shape(node, 2);
  if (query->size() == 5) {
    out = {(*query)[0], (*query)[1], sizes_.multiply((*query)[2], (*query)[4])};
  } else if (query->size() == 3) {
    out = *query;
    if (value && value->size() == 3) out[2] = (*value)[2];
    if (value && value->size() == 4) out[2] = sizes_.multiply((*value)[1], (*value)[3]);
  } else {
    return false;
  }
  const SizeIds* key = shape(node, 1);
  if (key && key->size() < 3) return false;
  const SizeId length = !key ? out[1] : (*key)[key->size() == 4 ? 2 : 1];
  const std::size_t past = 6;
  if (node.outputs.size() > 1 &&
      !present(node, past, length, {out[0], count, length, sizes_.divide(out[2], count)}, false))
    return false;
  if (output(node, 3) != no_tensor) return false;
  set_shape(node, 0, std::move(out));
  return custom(node);
}

// Fewer heads of keys and values than of queries; all three may be packed into the queries.
bool Importer::shared_attention(const Node& node) {
  const SizeIds* query = shape(node, 0);
  const std::int64_t heads = node.integer("num_heads", 0);
  const std::int64_t shared = node.integer("kv_num_heads", 0);
  if (!query || query->size() != 3 || !counts(heads) || !counts(shared)) return false;
  const bool packed = !has(node, 1);
  const SizeId in_all = sizes_.number(static_cast<double>(packed ? heads + 2 * shared : heads));
  const SizeId each = sizes_.divide((*query)[2], in_all);
  SizeIds out = *query;
  out[2] = sizes_.multiply(each, sizes_.number(static_cast<double>(heads)));
  const std::size_t past = 3;
  if (!present(node, past, out[1], {out[0], sizes_.number(static_cast<double>(shared)), out[1], each},
               false) ||
      output(node, 3) != no_tensor)
    return false;
  set_shape(node, 0, std::move(out));
  return custom(node);
}

// Words, their places and segments, added and normalised; and how many words each sample has.
bool Importer::embedded_tokens(const Node& node) {
  const SizeIds* words = shape(node, 0);
  const SizeIds* table = shape(node, 2);
  if (!words || words->size() != 2 || !table || table->size() != 2) return false;
  const SizeIds out{(*words)[0], (*words)[1], (*table)[1]};
  set_shape(node, 0, out, float32);
  if (output(node, 1) != no_tensor) set_shape(node, 1, {out[0]});
  if (output(node, 2) != no_tensor) set_shape(node, 2, out, float32);
  return custom(node);
}

}  // namespace shapedbg::onnx
