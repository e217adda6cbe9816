// Random layers for tensors of any shape: norms, activations, merges, splits and steps.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dag_signals.h"
#include "net/kinds.h"

namespace shapedbg {

class DagSteps : protected DagSignals {
 protected:
  using DagSignals::DagSignals;

  std::vector<Node> propose(bool wrong) {
    const Tensor x = pick();
    int axes = axes_of(x.shape);
    // Now and then a layer for another number of axes: unbatched by accident, or refused.
    if (wrong && dice_.one_in(12)) axes = static_cast<int>(dice_.between(1, 3));
    if (axes == 0) return flat(x, wrong);
    switch (dice_.between(0, 27)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return conv(x, axes, wrong);
      case 4:
      case 5:
        return transposed(x, axes, wrong);
      case 6:
      case 7:
        return pool(x, axes, wrong);
      case 8:
        return unpool(x, axes, wrong);
      case 9:
      case 10:
        return resize(x, axes, wrong);
      case 11:
        return shuffle(x, wrong);
      case 12:
        return pad(x, axes);
      case 13:
        return cut(x, axes, wrong);
      case 14:
        return norm(x, axes, wrong);
      case 15:
      case 16:
        return activation(x);
      case 17:
      case 18:
      case 19:
      case 20:
        return merge(x, wrong);
      case 21:
        return residual(x, axes, wrong);
      case 22:
        return chunk(x, wrong);
      case 23:
        return reorder(x, wrong);
      case 24:
        return embed(x, axes, wrong);
      case 25:
      case 26:
        return function(x, wrong);
      default:
        return flat(x, wrong);
    }
  }

  std::vector<Node> norm(const Tensor& x, int axes, bool wrong) {
    const std::int64_t c = x.shape[channel_axis(x.shape)] + (wrong && dice_.one_in(2) ? 1 : 0);
    switch (dice_.between(0, 4)) {
      case 0: {
        Node layer = node("BatchNorm" + digit(axes), x);
        if (dice_.one_in(2)) layer.put("num_features", c);
        return {layer};
      }
      case 1: {
        Node layer = node("InstanceNorm" + digit(axes), x);
        if (dice_.one_in(2)) layer.put("num_features", c);
        flag(layer, "affine");
        return {layer};
      }
      case 2: {
        Node layer = node("GroupNorm", x);
        layer.put("num_groups", wrong ? dice_.between(1, 3) : c % 2 == 0 ? 2 : 1);
        if (dice_.one_in(2)) layer.put("num_channels", c);
        return {layer};
      }
      case 3: {
        Node layer = node(of({"LayerNorm", "RMSNorm"}), x);
        const std::int64_t count = dice_.between(1, static_cast<std::int64_t>(x.shape.size()));
        std::vector<std::int64_t> sizes(x.shape.end() - count, x.shape.end());
        if (wrong && dice_.one_in(2)) sizes[0] += 1;
        return {layer.put("normalized_shape", list(sizes))};
      }
      default:
        return {node("LocalResponseNorm", x).put("size", dice_.between(1, 5))};
    }
  }

  std::vector<Node> activation(const Tensor& x) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    switch (dice_.between(0, 5)) {
      case 0:
        return {node("GLU", x).put("dim", dice_.between(-rank, rank - 1))};
      case 1:
        return {node(of({"Softmax", "LogSoftmax", "Softmin"}), x).put("dim", dice_.between(-rank, rank - 1))};
      case 2: {
        Node layer = node("PReLU", x);
        if (dice_.one_in(2) && rank > 1) layer.put("num_parameters", x.shape[1]);
        return {layer};
      }
      case 3:
        if (dice_.one_in(4)) return {node("Softmax2d", x)};
        if (dice_.one_in(3)) return {node("Clamp", x).put("min", 0)};
        return {node("Threshold", x).put("threshold", "0.1").put("value", 0)};
      default: {
        // Every kind that returns what it gets and needs no option.
        std::vector<std::string> kinds;
        for (const KindInfo& kind : all_kinds())
          if (kind.family == Family::pointwise && kind.kind != LayerKind::Threshold &&
              kind.kind != LayerKind::Clamp)
            kinds.emplace_back(kind.name);
        return {node(dice_.of(kinds), x)};
      }
    }
  }

  // Joins `x` with tensors that fit, or with any where the layer is to be wrong.
  std::vector<Node> merge(const Tensor& x, bool wrong) {
    const bool concat = dice_.one_in(2);
    const std::int64_t rank = static_cast<std::int64_t>(x.shape.size());
    std::int64_t dim =
        dice_.one_in(5) ? dice_.between(-rank, rank - 1) : static_cast<std::int64_t>(channel_axis(x.shape));
    const std::size_t at = static_cast<std::size_t>(dim < 0 ? dim + rank : dim);
    std::vector<std::string> fitting;
    for (const Tensor& other : tensors_) {
      bool fits = other.shape.size() == x.shape.size();
      for (std::size_t i = 0; fits && i < x.shape.size(); ++i)
        fits = other.shape[i] == x.shape[i] || (concat ? i == at : (other.shape[i] == 1 || x.shape[i] == 1));
      if (fits != wrong) fitting.push_back(other.name);
    }
    std::vector<std::string> inputs{x.name};
    for (std::int64_t more = dice_.one_in(4) ? 2 : 1; more > 0 && !fitting.empty(); --more)
      inputs.push_back(dice_.of(fitting));
    // Nothing else fits: a branch of two layers from the same place.
    if (inputs.size() == 1 || (inputs[1] == x.name && dice_.one_in(2))) {
      Node branch{fresh_name(), of({"Tanh", "Sigmoid", "Identity"}), {}, {x.name}};
      Node join{fresh_name(1), of({"Add", "Mul", "Sub", "Div"}), {}, {x.name, branch.name}};
      return {branch, join};
    }
    if (dice_.one_in(3)) std::reverse(inputs.begin(), inputs.end());
    if (dice_.one_in(12))
      return {Node{fresh_name(), "Stack", {{"dim", std::to_string(dice_.between(-rank, rank))}}, inputs}};
    if (!concat)
      return {Node{fresh_name(),
                   inputs.size() == 2 ? of({"Add", "Mul", "Sub", "Div"}) : of({"Add", "Mul"}),
                   {},
                   inputs}};
    Node join{fresh_name(), "Concat", {}, inputs};
    if (dim != 1 || dice_.one_in(2)) join.put("dim", dim);
    return {join};
  }

  std::vector<Node> chunk(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    const std::int64_t dim =
        dice_.one_in(2) ? static_cast<std::int64_t>(channel_axis(x.shape)) : dice_.between(-rank, rank - 1);
    const std::int64_t chunks = dice_.between(1, 4);
    Node layer = node("Chunk", x);
    layer.put("chunks", chunks).put("dim", dim);
    if (!dice_.one_in(2)) return {layer};
    const std::int64_t part = wrong ? dice_.between(0, 4) : chunks - 1;
    Node taker{fresh_name(1),
               of({"ReLU", "Sigmoid", "Identity"}),
               {},
               {layer.name + (part == 0 ? "" : ":" + std::to_string(part))}};
    return {layer, taker};
  }

  std::vector<Node> reorder(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    switch (dice_.between(0, 3)) {
      case 0: {
        std::vector<std::int64_t> dims;
        for (std::int64_t i = 0; i < rank; ++i) dims.push_back(i);
        for (std::size_t i = dims.size(); i-- > 1;)
          std::swap(dims[i], dims[static_cast<std::size_t>(dice_.between(0, static_cast<std::int64_t>(i)))]);
        if (wrong) dims.pop_back();
        if (dims.empty()) dims.push_back(0);
        return {node("Permute", x).put("dims", list(dims))};
      }
      case 1:
        return {node("Transpose", x)
                    .put("dim0", dice_.between(-rank, rank - 1))
                    .put("dim1", dice_.between(-rank, rank - (wrong ? 0 : 1)))};
      case 2:
        return {node("Unsqueeze", x).put("dim", dice_.between(-rank - 1, rank))};
      default: {
        Node layer = node("Squeeze", x);
        if (dice_.one_in(2))
          layer.put("dim", "[" + std::to_string(dice_.between(-rank, rank - (wrong ? 0 : 1))) + "]");
        return {layer};
      }
    }
  }

  // Functions of torch: products, parts, repeats, numbers.
  std::vector<Node> function(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    if (rank == 0) return {node("Expand", x).put("size", list({2, 3}))};
    const std::int64_t dim = dice_.between(-rank, rank - (wrong ? 0 : 1));
    const std::int64_t size = x.shape[static_cast<std::size_t>(dice_.between(0, rank - 1))];
    if (rank >= 2 && dice_.one_in(4)) return sequence(x, wrong);
    switch (dice_.between(0, 14)) {
      case 12:
        return choose(x, wrong);
      case 13:
        return look_up(x, wrong);
      case 14:
        return transform(x, wrong);
      case 0:
        return {node(of({"Add", "Sub", "Mul", "Div", "Pow", "Maximum", "Minimum"}), x).put("value", 2)};
      case 1: {
        // Attention without a layer for it: x times itself, transposed.
        if (rank < 2) return {Node{fresh_name(), "MatMul", {}, {x.name, x.name}}};
        Node turned{fresh_name(), "Transpose", {{"dim0", "-1"}, {"dim1", "-2"}}, {x.name}};
        return {turned, Node{fresh_name(1), "MatMul", {}, {x.name, wrong ? pick().name : turned.name}}};
      }
      case 2: {
        Node layer = node("Split", x).put("split_size_or_sections", dice_.between(1, 8)).put("dim", dim);
        Node taker{fresh_name(1), "Tanh", {}, {layer.name + (dice_.one_in(2) ? ":1" : "")}};
        return {layer, taker};
      }
      case 3: {
        const std::int64_t first = std::max<std::int64_t>(1, size / 2);
        return {node("Split", x)
                    .put("split_size_or_sections",
                         size == 1 ? list({1}) : list({first, size - first + (wrong ? 1 : 0)}))
                    .put("dim", dim)};
      }
      case 4: {
        Node layer = node("Unbind", x).put("dim", dim);
        Node taker{fresh_name(1), "Tanh", {}, {layer.name + (dice_.one_in(2) ? ":1" : "")}};
        return {layer, taker};
      }
      case 5:
        return {node("Select", x).put("dim", dim).put("index", dice_.between(-2, wrong ? 9 : 0))};
      case 6: {
        std::vector<std::int64_t> sizes = x.shape;
        for (std::int64_t& one : sizes)
          if (one == 1 || wrong)
            one = dice_.between(1, 3);
          else if (dice_.one_in(2))
            one = -1;
        if (rank < 5 && dice_.one_in(3)) sizes.insert(sizes.begin(), 2);
        return {node("Expand", x).put("size", list(sizes))};
      }
      case 7:
        return {node("RepeatInterleave", x).put("repeats", dice_.between(1, 2)).put("dim", dim)};
      case 8: {
        std::vector<std::int64_t> times;
        for (std::int64_t i = wrong ? 1 : 0; i < rank; ++i) times.push_back(dice_.between(1, 2));
        if (times.empty()) times.push_back(1);
        return {node("Repeat", x).put("repeats", list(times))};
      }
      case 9:
        if (dice_.one_in(3)) return {node("Flip", x).put("dims", list({dim}))};
        if (dice_.one_in(2)) return {node("CumSum", x).put("dim", dim)};
        return {node("Roll", x).put("shifts", 2).put("dims", dim)};
      case 10: {
        Node layer = node(of({"Max", "Min", "Std", "Var", "Norm", "LogSumExp", "ArgMax", "ArgMin"}), x)
                         .put("dim", dim);
        flag(layer, "keepdim");
        return {layer};
      }
      default: {
        // A table of positions.
        Node table{fresh_name(), "Parameter", {{"shape", list({x.shape.back() + (wrong ? 1 : 0)})}}, {}};
        return {table, Node{fresh_name(1), "Add", {}, {x.name, table.name}}};
      }
    }
  }

  // Recurrent layers and attention, over whatever two or three axes there are.
  std::vector<Node> sequence(const Tensor& x, bool wrong) {
    const std::int64_t wide = x.shape.back();
    const std::int64_t heads = wrong ? dice_.between(1, 3) : wide % 3 == 0 ? 3 : wide % 2 == 0 ? 2 : 1;
    const bool first = dice_.one_in(3);
    const auto put = [&](Node layer) {
      if (first) layer.put("batch_first", "true");
      return layer;
    };
    const auto taken = [&](const Node& layer) {
      return Node{fresh_name(1), "Tanh", {}, {layer.name + (dice_.one_in(3) ? ":1" : "")}};
    };
    if (x.shape.size() < 3 && !x.shape.empty() && dice_.one_in(4)) {
      Node layer = node(of({"RNNCell", "LSTMCell", "GRUCell"}), x).put("hidden_size", dice_.between(1, 4));
      if (wrong) layer.put("input_size", wide + dice_.between(0, 1));
      return {layer};
    }
    if (x.shape.size() > 3 || dice_.one_in(3)) {
      const std::string other = wrong ? pick().name : x.name;
      return {Node{fresh_name(), "ScaledDotProductAttention", {}, {x.name, other, other}}};
    }
    switch (dice_.between(0, 3)) {
      case 0: {
        Node layer = put(node(of({"RNN", "LSTM", "GRU"}), x)).put("hidden_size", dice_.between(1, 4));
        if (wrong) layer.put("input_size", wide + dice_.between(0, 1));
        if (dice_.one_in(3)) layer.put("bidirectional", "true");
        return {layer, taken(layer)};
      }
      case 1: {
        Node layer = put(node("MultiheadAttention", x)).put("num_heads", heads);
        return {layer, taken(layer)};
      }
      case 2:
        return {put(node("TransformerEncoderLayer", x)).put("nhead", heads).put("dim_feedforward", 8)};
      default: {
        Node layer{fresh_name(), "TransformerDecoderLayer", {}, {x.name, wrong ? pick().name : x.name}};
        return {put(layer.put("nhead", heads).put("dim_feedforward", 8))};
      }
    }
  }

  // Layers for tensors of any rank: the tail of a classifier, the middle of a VAE, and the way back to maps.
  std::vector<Node> flat(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    if (rank == 0) return {node("Unsqueeze", x).put("dim", 0)};
    switch (dice_.between(0, 11)) {
      case 10:
      case 11:
        return function(x, wrong);
      case 0: {
        Node layer = node("Flatten", x);
        if (dice_.one_in(2)) layer.put("start_dim", dice_.between(0, rank - (wrong ? 0 : 1)));
        return {layer};
      }
      case 1:
      case 2: {
        Node layer = node("Linear", x);
        if (dice_.one_in(2)) layer.put("in_features", x.shape.back() + (wrong ? dice_.between(0, 2) : 0));
        return {layer.put("out_features", dice_.between(1, 12))};
      }
      case 3: {
        const std::int64_t axis = dice_.between(0, rank - 1);
        const std::int64_t size = x.shape[static_cast<std::size_t>(axis)];
        const std::int64_t by = size % 3 == 0 ? 3 : size % 2 == 0 ? 2 : 1;
        Node layer = node("Unflatten", x);
        return {layer.put("dim", axis)
                    .put("unflattened_size", list({by, wrong ? size / by + dice_.between(0, 1) : -1}))};
      }
      case 4: {
        // A map again.
        std::int64_t left = elements(x.shape);
        std::vector<std::int64_t> shape;
        if (batched_) shape.push_back(x.shape[0]);
        if (batched_) left /= std::max<std::int64_t>(1, x.shape[0]);
        const std::int64_t by = left % 4 == 0 ? 4 : left % 3 == 0 ? 3 : 1;
        shape.push_back(by);
        left /= by;
        const std::int64_t side = left % 2 == 0 ? 2 : 1;
        if (dice_.one_in(2)) shape.push_back(side);
        shape.push_back(wrong && dice_.one_in(2) ? left + 1 : -1);
        return {node("Reshape", x).put("shape", list(shape))};
      }
      case 5: {
        Node layer = node(of({"Mean", "Sum"}), x);
        layer.put("dim", "[" + std::to_string(dice_.between(-rank, rank - (wrong ? 0 : 1))) + "]");
        flag(layer, "keepdim");
        return {layer};
      }
      case 6:
        return {Node{fresh_name(), "Bilinear", {}, {x.name, wrong ? pick().name : x.name}}.put(
            "out_features", dice_.between(1, 4))};
      case 7:
        return {
            node("Custom", x).put("output", dice_.one_in(2) ? "\"same\"" : R"(["in[0]", "in[-1]*2 + 1"])")};
      case 8:
        return norm(x, std::max(1, axes_of(x.shape)), wrong);
      default:
        return dice_.one_in(2) ? activation(x) : merge(x, wrong);
    }
  }

  // What an Embedding looks up: an input of labels, the places of a pool, or, wrongly, any tensor.
  std::vector<Node> embed(const Tensor& x, int axes, bool wrong) {
    const auto table = [&](const std::string& name, std::string from) {
      Node layer{name, "Embedding", {}, {std::move(from)}};
      layer.put("num_embeddings", 4000).put("embedding_dim", dice_.between(1, 4));
      if (dice_.one_in(3)) layer.put("padding_idx", wrong && dice_.one_in(2) ? 4000 : 0);
      return layer;
    };
    if (wrong) return {table(fresh_name(), x.name)};
    if (!dag_.label.empty() && dice_.one_in(2)) return {table(fresh_name(), "label")};
    Node pool = node("MaxPool" + digit(std::max(1, axes)), x);
    pool.put("kernel_size", 2).put("return_indices", "true");
    return {pool, table(fresh_name(1), pool.name + ":1")};
  }
};

}  // namespace shapedbg
