// Recurrent layers, attention and what reads places by their number, as layers of torch with the steps around
// them that turn ONNX's axes.
#include <algorithm>
#include <cmath>

#include "read/einsum.h"
#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

std::string_view recurrent_kind(std::string_view op) {
  return op == "RNN" ? "RNN" : op == "GRU" ? "GRU" : "LSTM";
}

}  // namespace

TensorId Importer::turned(const Node& node, DraftLayer step, TensorId from, SizeIds made, TensorId to) {
  if (to == no_tensor) to = temporary(std::move(made), at(from).type);
  layer(node, std::move(step), from, to);
  return to;
}

// The tensor of `joined` sizes, [length, batch, directions * hidden], that torch's exporters make of Y right
// behind the node, and nothing else reads: the layer returns it as it is, and the nodes in between are done.
// `no_tensor` where the file goes on otherwise.
TensorId Importer::joined_behind(const Node& node, bool both_ways, const SizeIds& joined) {
  const std::vector<Node>& nodes = model_.graph.nodes;
  const auto reader_of = [&](TensorId id, std::string_view op) {
    const int reader = only_reader(id);
    const auto i = static_cast<std::size_t>(std::max(reader, 0));
    return reader >= 0 && nodes[i].op == op && group_of_[i] < 0 && input(nodes[i], 0) == id ? reader : -1;
  };
  // The numbers of a step may come behind the node in the file.
  const auto with_numbers = [&](int index) -> const Node& {
    const Node& step = nodes[static_cast<std::size_t>(index)];
    const TensorId given = input(step, 1);
    if (given != no_tensor && at(given).maker >= 0)
      if (const Node& maker = nodes[static_cast<std::size_t>(at(given).maker)]; maker.op == "Constant")
        fold(maker);
    return step;
  };
  const auto done = [&](int index) -> TensorId {
    done_[static_cast<std::size_t>(index)] = 1;
    return output(nodes[static_cast<std::size_t>(index)], 0);
  };
  const TensorId out = output(node, 0);
  if (const int squeeze = both_ways ? -1 : reader_of(out, "Squeeze"); squeeze >= 0)
    return named_axes(with_numbers(squeeze)) == Integers{1} ? done(squeeze) : no_tensor;
  const int turn = reader_of(out, "Transpose");
  const int join = turn < 0 ? -1 : reader_of(output(nodes[static_cast<std::size_t>(turn)], 0), "Reshape");
  if (join < 0 || nodes[static_cast<std::size_t>(turn)].integers("perm") != Integers{0, 2, 1, 3})
    return no_tensor;
  const auto sizes = integers(with_numbers(join), 1);
  // Written out where no size of them is free.
  const bool all_fixed =
      std::all_of(joined.begin(), joined.end(), [&](SizeId id) { return sizes_.fixed(id); });
  Integers whole;
  for (const SizeId id : joined) whole.push_back(sizes_.size(id));
  if (sizes != Integers{0, 0, -1} && (!all_fixed || sizes != whole)) return no_tensor;
  done(turn);
  return done(join);
}

// Y [length, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]; with `layout` the batch
// first.
bool Importer::recurrent(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* weight = shape(node, 1);
  const SizeIds* again = shape(node, 2);
  if (!in || in->size() != 3 || !again || again->size() != 3) return false;
  const bool batch_first = node.integer("layout", 0) != 0;
  const SizeIds x = *in;
  const SizeId directions = (*again)[0];
  // [directions, gates * hidden, hidden]; the last two exchanged where they are quantised
  // (DynamicQuantizeLSTM).
  const bool turned_weights = sizes_.size((*again)[1]) < sizes_.size((*again)[2]);
  const SizeId hidden = (*again)[turned_weights ? 1 : 2];
  const SizeId batch = x[batch_first ? 0 : 1];
  if (batch_first) {
    set_shape(node, 0, {batch, x[1], directions, hidden});
    for (const std::size_t k : {1U, 2U}) set_shape(node, k, {batch, directions, hidden});
  } else {
    set_shape(node, 0, {x[0], directions, batch, hidden});
    for (const std::size_t k : {1U, 2U}) set_shape(node, k, {directions, batch, hidden});
  }
  if (weight && weight->size() == 3) note_misfit(x[2], sizes_.value((*weight)[turned_weights ? 1 : 2]));
  if (silent_) return true;
  const std::int64_t ways = sizes_.size(directions);
  const std::int64_t features =
      weight && weight->size() == 3 ? sizes_.size((*weight)[turned_weights ? 1 : 2]) : 0;
  const std::int64_t width = sizes_.size(hidden);
  const bool plain = node.text("direction", "forward") != "reverse" && !has(node, 7) && !has(node, 4) &&
                     (ways == 1 || ways == 2) && width >= 1 && width <= most && features >= 1 &&
                     features <= most && at(input(node, 1)).parameter;
  if (!plain || batch_first) return custom(node, {input(node, 0)});
  std::vector<TensorId> taken{input(node, 0)};
  const std::size_t states = node.op == "LSTM" ? 2 : 1;
  for (std::size_t k = 0; k < states; ++k)
    if (const TensorId state = input(node, 5 + k); state != no_tensor && at(state).ref)
      taken.push_back(state);
  if (taken.size() != states + 1) taken.resize(1);  // of zeros, or of weights
  DraftLayer step = named(node, recurrent_kind(node.op));
  step.set("input_size", features).set("hidden_size", width);
  if (ways == 2) step.set("bidirectional", true);
  if (!has(node, 3)) step.set("bias", false);
  const SizeIds wide{x[0], x[1], sizes_.multiply(directions, hidden)};
  const TensorId behind = joined_behind(node, ways == 2, wide);
  const TensorId joined = behind != no_tensor ? behind : temporary(wide, at(taken[0]).type);
  std::vector<TensorId> made{joined};
  for (std::size_t k = 1; k <= states; ++k) made.push_back(output(node, k));
  layer(node, std::move(step), taken, made);
  if (output(node, 0) == no_tensor || behind != no_tensor) return true;
  if (ways == 1) {
    DraftLayer apart = named(node, "Unsqueeze");
    apart.set("dim", 1);
    turned(node, std::move(apart), joined, {}, output(node, 0));
    return true;
  }
  DraftLayer apart = named(node, "Unflatten");
  apart.set("dim", 2).sizes("unflattened_size", {DraftSize(ways), DraftSize(width)});
  const TensorId four = turned(node, std::move(apart), joined, {x[0], x[1], directions, hidden});
  DraftLayer order = named(node, "Permute");
  order.set("dims", Integers{0, 2, 1, 3});
  turned(node, std::move(order), four, {}, output(node, 0));
  return true;
}

// A tensor of [batch, length, heads * features] as [batch, heads, length, features].
TensorId Importer::headed(const Node& node, TensorId from, std::int64_t heads) {
  const SizeIds x = *shape(from);
  const SizeId count = sizes_.number(static_cast<double>(heads));
  const SizeId width = sizes_.divide(x[2], count);
  DraftLayer apart = named(node, "Unflatten");
  apart.set("dim", 2).sizes("unflattened_size", {DraftSize(heads), DraftSize(-1)});
  const TensorId four = turned(node, std::move(apart), from, {x[0], x[1], count, width});
  DraftLayer order = named(node, "Transpose");
  order.set("dim0", 1).set("dim1", 2);
  return turned(node, std::move(order), four, {x[0], count, x[1], width});
}

// Heads of keys and values that several heads of the query share.
TensorId Importer::shared_heads(const Node& node, TensorId from, std::int64_t times) {
  if (times == 1) return from;
  SizeIds x = *shape(from);
  x[1] = sizes_.multiply(x[1], sizes_.number(static_cast<double>(times)));
  DraftLayer again = named(node, "RepeatInterleave");
  again.set("repeats", times).set("dim", 1);
  return turned(node, std::move(again), from, x);
}

// Attention (opset 23): Q, K, V of 4 axes, or of 3 with the heads in the last.
bool Importer::attention(const Node& node) {
  const SizeIds* query = shape(node, 0);
  const SizeIds* value = shape(node, 2);
  const SizeIds* key = shape(node, 1);
  if (!query || !value || !key || query->size() != value->size() || query->size() != key->size())
    return false;
  const SizeIds q = *query;
  const SizeIds v = *value;
  const SizeIds k = *key;
  const bool flat = q.size() == 3;
  if (!flat && q.size() != 4) return false;
  const std::int64_t heads = flat ? node.integer("q_num_heads", 0) : sizes_.size(q[1]);
  const std::int64_t shared = flat ? node.integer("kv_num_heads", heads) : sizes_.size(v[1]);
  if (heads < 1 || shared < 1 || heads > most || heads % shared != 0) return false;
  SizeIds out = q;
  const SizeId each = sizes_.divide(v[2], sizes_.number(static_cast<double>(shared)));
  if (flat)
    out[2] = heads == shared ? v[2] : sizes_.multiply(each, sizes_.number(static_cast<double>(heads)));
  else
    out[3] = v[3];
  // All keys and values for the next call, and the scores.
  const SizeIds* past = shape(node, 4);
  const SizeIds* past_values = shape(node, 5);
  if ((has(node, 4) && (!past || past->size() != 4)) ||
      (has(node, 5) && (!past_values || past_values->size() != 4)))
    return false;
  const SizeId fresh = flat ? k[1] : k[2];
  const SizeId places = past ? sizes_.add((*past)[2], fresh) : fresh;
  const SizeId kept = sizes_.number(static_cast<double>(shared));
  const SizeId wide = flat ? sizes_.divide(k[2], kept) : k[3];
  const SizeId wide_values = flat ? each : v[3];
  bool alone = true;
  for (std::size_t i = 1; i < node.outputs.size(); ++i) alone = alone && output(node, i) == no_tensor;
  if (output(node, 1) != no_tensor) set_shape(node, 1, {q[0], kept, places, wide});
  if (output(node, 2) != no_tensor) set_shape(node, 2, {q[0], kept, places, wide_values});
  if (output(node, 3) != no_tensor)
    set_shape(node, 3, {q[0], sizes_.number(static_cast<double>(heads)), flat ? q[1] : q[2], places});
  set_shape(node, 0, out);
  if (silent_) return true;
  std::vector<TensorId> in{input(node, 0), input(node, 1), input(node, 2)};
  const bool running = std::all_of(in.begin(), in.end(), [&](TensorId id) { return at(id).ref.has_value(); });
  if (!alone || has(node, 4) || has(node, 5) || has(node, 6)) return custom(node);
  if (!running) return custom(node, in);
  if (flat)
    for (std::size_t i = 0; i < 3; ++i) in[i] = headed(node, in[i], i == 0 ? heads : shared);
  for (std::size_t i = 1; i < 3; ++i) in[i] = shared_heads(node, in[i], heads / shared);
  if (const TensorId mask = input(node, 3); mask != no_tensor && at(mask).ref) in.push_back(mask);
  DraftLayer step = named(node, "ScaledDotProductAttention");
  if (node.integer("is_causal", 0) != 0 && in.size() == 3) step.set("is_causal", true);
  if (!flat) {
    layer(node, std::move(step), in, {output(node, 0)});
    return true;
  }
  const SizeId count = sizes_.number(static_cast<double>(heads));
  const TensorId attended = temporary({q[0], count, q[1], each}, at(in[0]).type);
  layer(node, std::move(step), in, {attended});
  DraftLayer order = named(node, "Transpose");
  order.set("dim0", 1).set("dim1", 2);
  const TensorId apart = turned(node, std::move(order), attended, {q[0], q[1], count, each});
  DraftLayer join = named(node, "Flatten");
  join.set("start_dim", 2);
  turned(node, std::move(join), apart, {}, output(node, 0));
  return true;
}

bool Importer::grid_sample(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* grid = shape(node, 1);
  if (!in || !grid || in->size() < 3 || grid->size() != in->size()) return false;
  const std::size_t rank = in->size();
  SizeIds out{(*in)[0], (*in)[1]};
  out.insert(out.end(), grid->begin() + 1, grid->end() - 1);
  set_shape(node, 0, std::move(out));
  std::string_view mode = node.text("mode", "linear");
  mode = mode == "linear" || mode == "bilinear" ? "bilinear"
         : mode == "cubic" || mode == "bicubic" ? "bicubic"
                                                : "nearest";
  const std::string_view outside = node.text("padding_mode", "zeros");
  if (rank > 5 || rank < 4 || (mode == "bicubic" && rank != 4)) return custom(node);
  DraftLayer step = named(node, "GridSample");
  if (mode != "bilinear") step.set("mode", mode);
  if (outside == "border" || outside == "reflection") step.set("padding_mode", outside);
  if (node.integer("align_corners", 0) != 0) step.set("align_corners", true);
  layer(node, std::move(step), {input(node, 0), input(node, 1)}, {output(node, 0)});
  return true;
}

bool Importer::gather_elements(const Node& node) {
  const SizeIds* in = shape(node, 0);
  const SizeIds* index = shape(node, 1);
  if (!in || !index) return false;
  const bool fits = index->size() == in->size() && !in->empty();
  set_shape(node, 0, SizeIds(*index));
  if (!fits || !at(input(node, 1)).ref) return custom(node);
  DraftLayer step = named(node, "Gather");
  step.set("dim", node.integer("axis", 0));
  layer(node, std::move(step), {input(node, 0), input(node, 1)}, {output(node, 0)});
  return true;
}

bool Importer::top_k(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const auto axis = axis_of(node.integer("axis", -1), in->size());
  if (!axis) return false;
  SizeIds out = *in;
  SizeId count = -1;
  if (const SizeIds* given = data(node, 1); given && given->size() == 1)
    count = given->front();
  else if (node.find("k"))
    count = sizes_.number(static_cast<double>(node.integer("k", 1)));
  if (count < 0) return false;
  out[*axis] = count;
  set_shape(node, 0, out);
  set_shape(node, 1, std::move(out), int64);
  const std::int64_t largest = sizes_.size(count);
  if (!sizes_.fixed(count) || largest < 1 || largest > most) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, "TopK");
  step.set("k", largest).set("dim", static_cast<std::int64_t>(*axis));
  layer(node, std::move(step), {input(node, 0)}, {output(node, 0), output(node, 1)});
  return true;
}

bool Importer::einsum(const Node& node) {
  std::vector<TensorId> in;
  std::vector<std::size_t> ranks;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    if (!shape(node, k)) return false;
    in.push_back(input(node, k));
    ranks.push_back(shape(node, k)->size());
  }
  std::string text(node.text("equation", "").substr(0, 1000));
  if (text.find("->") == std::string::npos) text += "->" + einsum::implied(text);
  const auto equation = einsum::read_equation(text, ranks);
  if (!equation || in.empty()) return false;
  SizeIds out;
  for (const char letter : equation->result) {
    SizeId size = -1;
    for (std::size_t k = 0; k < in.size(); ++k)
      if (const std::size_t axis = equation->operands[k].find(letter); axis != std::string::npos) {
        const SizeId mine = (*shape(in[k]))[axis];
        if (size < 0 || sizes_.size(size) == 1) size = mine;
      }
    out.push_back(size);
  }
  set_shape(node, 0, std::move(out));
  if (silent_) return true;
  const bool running = std::all_of(in.begin(), in.end(), [&](TensorId id) { return known(id); });
  if (!running || in.size() > 2) return custom(node);
  if (in.size() == 1 && equation->operands[0] == equation->result) {
    alias(node);
    return true;
  }
  const einsum::EinsumSteps steps{[&](DraftLayer step) {
                                    DraftLayer made = named(node, step.type);
                                    step.name = made.name;
                                    step.source = made.source;
                                    return draft_.add(std::move(step));
                                  },
                                  [&](DraftLayer step) {
                                    DraftLayer made = named(node, step.type);
                                    step.name = made.name;
                                    step.source = made.source;
                                    at(output(node, 0)).ref = draft_.add(std::move(step));
                                  }};
  if (in.size() == 2)
    einsum::multiply(steps, ref(in[0]), ref(in[1]), *equation);
  else
    einsum::rearrange(steps, ref(in[0]), *equation);
  return true;
}

}  // namespace shapedbg::onnx
