// Random networks with any wiring, grown layer by layer on the shapes that the earlier layers return.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "samples.h"
#include "shape/infer.h"

namespace shapedbg {

// One entry of `layers`. Names of tensors are those of the spec: `l3`, `l3:1`, `input`.
struct Node {
  std::string name;
  std::string type;
  std::vector<std::pair<std::string, std::string>> options = {};  // key, JSON
  std::vector<std::string> inputs = {};
  std::string like = {};     // size_like
  std::string indices = {};  // of a MaxUnpool: its pool

  Node& put(const std::string& key, const std::string& json) {
    options.emplace_back(key, json);
    return *this;
  }
  Node& put(const std::string& key, std::int64_t value) { return put(key, std::to_string(value)); }
  Node& word(const std::string& key, const std::string& value) { return put(key, "\"" + value + "\""); }
};

struct Dag {
  std::vector<Shape> inputs;  // `input` and `other`
  std::vector<Node> nodes;
  std::string expect = {};  // JSON; empty: nothing
};

inline std::string layer_of(const std::string& tensor) { return tensor.substr(0, tensor.find(':')); }

inline std::string json_of(const Node& node, const std::string& previous) {
  std::string text = R"({"name": ")" + node.name + R"(", "type": ")" + node.type + "\"";
  // What takes the layer before need not say so.
  if (node.inputs.size() != 1 || node.inputs[0] != previous) {
    text += R"(, "inputs": [)";
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      text += (i > 0 ? ", \"" : "\"") + node.inputs[i] + "\"";
    text += "]";
  }
  for (const auto& [key, json] : node.options) text += ", \"" + key + "\": " + json;
  if (!node.indices.empty()) text += R"(, "indices": ")" + node.indices + "\"";
  if (!node.like.empty()) text += R"(, "size_like": ")" + node.like + "\"";
  return text + "}";
}

// A spec to paste into a file.
inline std::string json_of(const Dag& dag) {
  std::string text = R"({"input": )";
  if (dag.inputs.size() == 1)
    text += list(dag.inputs[0]);
  else
    text += R"({"input": )" + list(dag.inputs[0]) + R"(, "other": )" + list(dag.inputs[1]) + "}";
  text += R"(, "layers": [)";
  std::string previous = "input";
  for (std::size_t i = 0; i < dag.nodes.size(); ++i) {
    text += (i > 0 ? ",\n  " : "\n  ") + json_of(dag.nodes[i], previous);
    previous = dag.nodes[i].name;
  }
  return text + "\n]" + (dag.expect.empty() ? "" : ", \"expect\": " + dag.expect) + "}";
}

class RandomDags {
 public:
  explicit RandomDags(std::uint64_t seed) : dice_(seed) {}

  // About half of the networks run through; the others are refused somewhere, and go on beside it.
  Dag next() {
    dag_ = {};
    tensors_.clear();
    batched_ = !dice_.one_in(5);
    axes_ = static_cast<int>(dice_.one_in(5) ? 3 : dice_.between(1, 2));
    dag_.inputs.push_back(input());
    tensors_.push_back({"input", dag_.inputs[0]});
    if (dice_.one_in(6)) {
      Shape other = dag_.inputs[0];
      other[batched_ ? 1 : 0] = dice_.between(1, 4);
      if (dice_.one_in(3)) other.back() = dice_.between(4, 16);
      dag_.inputs.push_back(other);
      tensors_.push_back({"other", other});
    }
    const std::int64_t count = dice_.between(3, 16);
    const std::int64_t slip = dice_.one_in(2) ? dice_.between(1, count) : 0;
    refused_ = false;
    for (std::int64_t step = 1; step <= count; ++step) grow(slip != 0 && step >= slip && !refused_);
    return dag_;
  }

 private:
  struct Tensor {
    std::string name;
    Shape shape;
  };
  static constexpr std::int64_t kMostElements = 4000;

  Shape input() {
    Shape shape;
    if (batched_) shape.push_back(dice_.between(1, 2));
    shape.push_back(dice_.between(1, 4));
    const std::int64_t most = axes_ == 1 ? 40 : axes_ == 2 ? 16 : 8;
    for (int i = 0; i < axes_; ++i) shape.push_back(dice_.between(most / 3, most));
    return shape;
  }

  // Adds one layer; tries some until one is as wanted.
  void grow(bool wrong) {
    for (int tries = 0; tries < 12; ++tries) {
      std::vector<Node> candidate = propose(wrong);
      if (candidate.empty()) continue;
      std::vector<Tensor> made;
      bool refused = false;
      bool good = true;
      for (std::size_t i = 0; good && i < candidate.size(); ++i) {
        const Outcome outcome = evaluate(candidate, i);
        refused |= outcome.refused;
        good = outcome.parsed && outcome.small && (!refused || wrong);
        // The indices of a pool are integers: no layer but an unpooling computes with them.
        const bool pool = candidate[i].type.rfind("MaxPool", 0) == 0;
        for (std::size_t k = 0;
             k < (pool ? std::min<std::size_t>(1, outcome.outputs.size()) : outcome.outputs.size()); ++k)
          made.push_back({candidate[i].name + (k == 0 ? "" : ":" + std::to_string(k)), outcome.outputs[k]});
      }
      // A wrong layer is waited for, but not for ever.
      if (!good || (wrong && !refused && tries < 8)) continue;
      refused_ |= refused;
      for (Node& node : candidate) dag_.nodes.push_back(std::move(node));
      if (!refused || dice_.one_in(3)) tensors_.insert(tensors_.end(), made.begin(), made.end());
      return;
    }
  }

  struct Outcome {
    bool parsed = false;
    bool refused = false;
    bool small = true;
    std::vector<Shape> outputs;
  };

  // The formulas' word on one new layer behind all that is there.
  Outcome evaluate(const std::vector<Node>& fresh, std::size_t index) const {
    Dag dag = dag_;
    dag.nodes.insert(dag.nodes.end(), fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(index) + 1);
    const Parsed parsed = parse(Source("dag.json", json_of(dag)));
    Outcome outcome;
    outcome.parsed = parsed.findings.empty();
    if (!outcome.parsed) return outcome;
    const Trace trace = infer(parsed.spec);
    const LayerTrace& row = trace.layers.back();
    // A Residual stands for several layers.
    std::size_t first = trace.layers.size();
    const std::string inside = fresh[index].name + ".";
    while (first > 0 && (parsed.spec.layers[first - 1].name == fresh[index].name ||
                         parsed.spec.layers[first - 1].name.compare(0, inside.size(), inside) == 0))
      --first;
    for (std::size_t i = first; i < trace.layers.size(); ++i) {
      outcome.refused |= !trace.layers[i].refusals.empty();
      for (const Shape& shape : trace.layers[i].outputs)
        outcome.small &= elements(shape) <= 2 * kMostElements;
    }
    outcome.outputs = row.outputs;
    return outcome;
  }

  static std::int64_t elements(const Shape& shape) {
    std::int64_t n = 1;
    for (const std::int64_t size : shape) n *= std::min<std::int64_t>(size, 1 << 20);
    return n;
  }

  // Spatial axes of a tensor: 0 where it is no map any more.
  int axes_of(const Shape& x) const {
    const int axes = static_cast<int>(x.size()) - (batched_ ? 2 : 1);
    return axes < 1 || axes > 3 ? 0 : axes;
  }
  std::size_t channel_axis(const Shape& x) const { return x.size() > 1 && batched_ ? 1 : 0; }

  // Mostly the newest tensor, often an older one.
  const Tensor& pick() {
    if (!dice_.one_in(3)) return tensors_.back();
    return tensors_[static_cast<std::size_t>(
        dice_.between(0, static_cast<std::int64_t>(tensors_.size()) - 1))];
  }

  std::string fresh_name(std::size_t ahead = 0) const {
    return "l" + std::to_string(dag_.nodes.size() + ahead);
  }
  Node node(const std::string& type, const Tensor& x) const { return Node{fresh_name(), type, {}, {x.name}}; }

  // One number, or one per axis.
  std::string per_axis(int axes, std::int64_t low, std::int64_t high) {
    if (!dice_.one_in(4)) return std::to_string(dice_.between(low, high));
    std::vector<std::int64_t> values;
    for (int i = 0; i < axes; ++i) values.push_back(dice_.between(low, high));
    return list(values);
  }
  std::string of(std::initializer_list<const char*> words) {
    return *(words.begin() + dice_.between(0, static_cast<std::int64_t>(words.size()) - 1));
  }
  void flag(Node& node, const char* key) {
    if (dice_.one_in(3)) node.put(key, dice_.one_in(2) ? "true" : "false");
  }
  std::string digit(int axes) const { return std::to_string(axes) + "d"; }

  std::vector<Node> propose(bool wrong) {
    const Tensor x = pick();
    int axes = axes_of(x.shape);
    // Now and then a layer for another number of axes: unbatched by accident, or refused.
    if (wrong && dice_.one_in(12)) axes = static_cast<int>(dice_.between(1, 3));
    if (axes == 0) return flat(x, wrong);
    switch (dice_.between(0, 24)) {
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
      default:
        return flat(x, wrong);
    }
  }

  void channels(Node& layer, const Shape& x, int axes, bool wrong) {
    const std::size_t at =
        x.size() > static_cast<std::size_t>(axes) ? x.size() - static_cast<std::size_t>(axes) - 1 : 0;
    std::int64_t groups = 1;
    if (dice_.one_in(4)) {
      groups = wrong && dice_.one_in(3) ? dice_.between(2, 3) : x[at] % 2 == 0 ? 2 : x[at] <= 6 ? x[at] : 1;
      layer.put("groups", groups);
    }
    if (dice_.one_in(2))
      layer.put("in_channels", wrong && dice_.one_in(3) ? x[at] + dice_.between(-1, 2) : x[at]);
    layer.put("out_channels", wrong && dice_.one_in(6) ? dice_.between(1, 5) : groups * dice_.between(1, 3));
  }

  std::vector<Node> conv(const Tensor& x, int axes, bool wrong) {
    Node layer = node("Conv" + digit(axes), x);
    channels(layer, x.shape, axes, wrong);
    const std::int64_t k = dice_.between(1, wrong ? 9 : 5);
    layer.put("kernel_size", dice_.one_in(4) ? per_axis(axes, 1, 5) : std::to_string(k));
    if (dice_.one_in(8)) {
      layer.word("padding", of({"same", "valid"}));
      if (wrong) layer.put("stride", 2);
    } else {
      if (!dice_.one_in(3))
        layer.put("padding", dice_.one_in(4) ? per_axis(axes, 0, 3) : std::to_string(k / 2));
      if (dice_.one_in(2)) layer.put("stride", per_axis(axes, 1, 3));
    }
    if (dice_.one_in(6)) layer.put("dilation", per_axis(axes, 1, 3));
    if (dice_.one_in(6)) layer.word("padding_mode", of({"reflect", "replicate", "circular"}));
    return {layer};
  }

  std::vector<Node> transposed(const Tensor& x, int axes, bool wrong) {
    Node layer = node("ConvTranspose" + digit(axes), x);
    channels(layer, x.shape, axes, wrong);
    layer.put("kernel_size", per_axis(axes, 1, 4));
    if (!dice_.one_in(4)) layer.put("stride", per_axis(axes, 1, 3));
    if (dice_.one_in(2)) layer.put("padding", per_axis(axes, 0, wrong ? 4 : 2));
    if (dice_.one_in(6)) layer.put("dilation", per_axis(axes, 1, 3));
    if (dice_.one_in(4))
      layer.like = pick().name;
    else if (dice_.one_in(3))
      layer.put("output_padding", per_axis(axes, 0, wrong ? 3 : 1));
    return {layer};
  }

  std::vector<Node> pool(const Tensor& x, int axes, bool wrong) {
    if (dice_.one_in(6)) {
      Node layer = node(of({"AdaptiveAvgPool", "AdaptiveMaxPool"}) + digit(axes), x);
      return {layer.put("output_size", per_axis(axes, 1, 6))};
    }
    const std::string type = of({"MaxPool", "MaxPool", "MaxPool", "AvgPool", "AvgPool", "LPPool"});
    Node layer = node(type + digit(axes), x);
    if (type == "LPPool") layer.put("norm_type", 2);
    const std::int64_t k = dice_.between(1, wrong ? 8 : 3);
    layer.put("kernel_size", dice_.one_in(5) ? per_axis(axes, 1, 3) : std::to_string(k));
    if (dice_.one_in(2)) layer.put("stride", per_axis(axes, 1, 3));
    if (type != "LPPool" && dice_.one_in(3)) layer.put("padding", wrong ? dice_.between(0, 3) : k / 2);
    if (type == "MaxPool" && dice_.one_in(6)) layer.put("dilation", per_axis(axes, 1, 2));
    flag(layer, "ceil_mode");
    if (type == "MaxPool" && dice_.one_in(8)) layer.put("return_indices", "true");
    if (type == "AvgPool") flag(layer, "count_include_pad");
    return {layer};
  }

  // Undoes an earlier MaxPool, or one made for it with something between.
  std::vector<Node> unpool(const Tensor& x, int axes, bool wrong) {
    std::vector<const Node*> pools;
    for (const Node& old : dag_.nodes)
      if (old.type.rfind("MaxPool", 0) == 0) pools.push_back(&old);
    const auto undo = [&](const Node& pool, const Tensor& map, std::size_t ahead) {
      Node up{fresh_name(ahead), "MaxUnpool" + pool.type.substr(7), {}, {map.name}};
      up.indices = pool.name;
      for (const auto& [key, json] : pool.options)
        if (key == "kernel_size" || key == "stride" || key == "padding") up.put(key, json);
      if (dice_.one_in(2))
        up.like = pool.inputs[0];
      else if (wrong && dice_.one_in(2))
        up.like = pick().name;
      return up;
    };
    if (!pools.empty() && dice_.one_in(2)) {
      const Node& pool = *dice_.of(pools);
      std::vector<Tensor> maps;
      for (const Tensor& tensor : tensors_)
        if (tensor.name == pool.name) maps.push_back(tensor);
      for (const Tensor& tensor : tensors_)
        if (!maps.empty() && tensor.shape == maps[0].shape) maps.push_back(tensor);
      if (maps.empty() || (wrong && dice_.one_in(3))) maps = {x};
      return {undo(pool, dice_.of(maps), 0)};
    }
    Node down = node("MaxPool" + digit(axes), x);
    down.put("kernel_size", per_axis(axes, 1, 3));
    if (dice_.one_in(4)) down.put("stride", per_axis(axes, 1, 3));
    flag(down, "ceil_mode");
    Node between{fresh_name(1), of({"ReLU", "Tanh", "Identity"}), {}, {down.name}};
    return {down, between, undo(down, {between.name, {}}, 2)};
  }

  std::vector<Node> resize(const Tensor& x, int axes, bool wrong) {
    Node layer = node(of({"Upsample", "Upsample", "Interpolate"}), x);
    const std::string linear = axes == 1 ? "linear" : axes == 2 ? "bilinear" : "trilinear";
    const bool smooth = dice_.one_in(3);
    if (smooth) layer.word("mode", wrong && dice_.one_in(3) ? of({"linear", "bilinear", "bicubic"}) : linear);
    if (smooth) flag(layer, "align_corners");
    if (dice_.one_in(3))
      layer.like = pick().name;
    else if (dice_.one_in(3))
      layer.put("size", per_axis(axes, 1, 12));
    else
      layer.put("scale_factor", of({"2", "2", "2", "3", "1.5", "0.5", "0.75", "0.1"}));
    return {layer};
  }

  std::vector<Node> shuffle(const Tensor& x, bool wrong) {
    const bool up = dice_.one_in(2);
    const std::int64_t r = dice_.between(1, 3);
    const std::size_t rank = x.shape.size();
    // Half of the time what PixelShuffle needs is made for it.
    if (up && !wrong && rank >= 3 && axes_of(x.shape) == 2) {
      Node conv = node("Conv2d", x);
      conv.put("out_channels", r * r * dice_.between(1, 2)).put("kernel_size", 1);
      Node layer{fresh_name(1), "PixelShuffle", {}, {conv.name}};
      return {conv, layer.put("upscale_factor", r)};
    }
    Node layer = node(up ? "PixelShuffle" : "PixelUnshuffle", x);
    return {layer.put(up ? "upscale_factor" : "downscale_factor", r)};
  }

  std::vector<Node> pad(const Tensor& x, int axes) {
    if (dice_.one_in(3)) {
      Node layer = node("PadToMultiple", x);
      layer.put("multiple", dice_.one_in(2) ? dice_.between(1, 8) : 4);
      if (dice_.one_in(3)) layer.word("mode", of({"reflect", "replicate", "circular"}));
      return {layer};
    }
    std::vector<std::int64_t> pads;
    if (dice_.one_in(2)) {
      Node layer = node(of({"ReflectionPad", "ReplicationPad", "ZeroPad", "ConstantPad"}) + digit(axes), x);
      for (int i = 0; i < 2 * axes; ++i) pads.push_back(dice_.between(-1, 3));
      return {layer.put("padding", dice_.one_in(2) ? list(pads) : std::to_string(pads[0]))};
    }
    Node layer = node("Pad", x);
    if (dice_.one_in(4)) {
      layer.like = pick().name;
      return {layer};
    }
    const std::int64_t count = dice_.one_in(3) ? dice_.between(1, axes) : axes;
    for (std::int64_t i = 0; i < 2 * count; ++i) pads.push_back(dice_.between(-1, 3));
    layer.put("padding", list(pads));
    if (dice_.one_in(3)) layer.word("mode", of({"reflect", "replicate", "circular"}));
    return {layer};
  }

  std::vector<Node> cut(const Tensor& x, int axes, bool wrong) {
    if (dice_.one_in(2)) {
      Node layer = node("Crop", x);
      if (dice_.one_in(2))
        layer.like = pick().name;
      else
        layer.put("size", per_axis(axes, 1, wrong ? 14 : 5));
      if (dice_.one_in(2)) layer.word("align", "center");
      return {layer};
    }
    Node layer = node("Slice", x);
    if (dice_.one_in(4)) {
      layer.like = pick().name;
      return {layer};
    }
    std::string index;
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      const bool open = i + 1 < x.shape.size() - static_cast<std::size_t>(axes) + 1 || dice_.one_in(2);
      const std::int64_t start = open ? 0 : dice_.between(-6, 3);
      index += std::string(i == 0 ? "[" : ", [") + (start == 0 ? "null" : std::to_string(start)) + ", " +
               (open || dice_.one_in(2) ? "null" : std::to_string(dice_.between(-3, 12))) +
               (dice_.one_in(3) ? ", " + std::to_string(dice_.between(1, 3)) : "") + "]";
    }
    return {layer.put("index", "[" + index + "]")};
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
        Node layer = node("LayerNorm", x);
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
        return {node(of({"Dropout", "Dropout2d", "AlphaDropout"}), x).put("p", "0.1")};
      default:
        return {node(of({"ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "Tanh",
                         "Softplus", "Hardtanh", "Hardswish", "Hardsigmoid", "LogSigmoid", "Identity"}),
                     x)};
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

  std::vector<Node> residual(const Tensor& x, int axes, bool wrong) {
    const std::int64_t c = x.shape[channel_axis(x.shape)];
    const std::int64_t out = dice_.one_in(2) ? c : dice_.between(1, 4);
    const std::int64_t stride = dice_.one_in(4) ? 2 : 1;
    const auto conv = [&](std::int64_t k, std::int64_t s, std::int64_t p) {
      return R"({"type": "Conv)" + digit(axes) + R"(", "out_channels": )" + std::to_string(out) +
             R"(, "kernel_size": )" + std::to_string(k) + R"(, "stride": )" + std::to_string(s) +
             R"(, "padding": )" + std::to_string(p) + "}";
    };
    const std::int64_t p = wrong && dice_.one_in(2) ? 0 : 1;
    Node layer = node("Residual", x);
    layer.put("layers", "[" + conv(3, stride, p) + R"(, {"type": "ReLU"}, )" + conv(3, 1, 1) + "]");
    if (out != c || stride != 1 || dice_.one_in(3)) {
      if (!wrong || dice_.one_in(2)) layer.put("shortcut", "[" + conv(1, stride, 0) + "]");
    }
    return {layer};
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

  // Layers for tensors of any rank: the tail of a classifier, the middle of a VAE, and the way back to maps.
  std::vector<Node> flat(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    if (rank == 0) return {node("Unsqueeze", x).put("dim", 0)};
    switch (dice_.between(0, 7)) {
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
        return norm(x, std::max(1, axes_of(x.shape)), wrong);
      default:
        return dice_.one_in(2) ? activation(x) : merge(x, wrong);
    }
  }

  Dice dice_;
  Dag dag_;
  std::vector<Tensor> tensors_;
  bool batched_ = true;
  int axes_ = 2;
  bool refused_ = false;
};

}  // namespace shapedbg
