#include "read/onnx/lowered.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace shapedbg::onnx {
namespace {

// `op` as the operator `as` of the inputs `takes`; -1: no further one.
struct Lowering {
  std::string_view op;
  std::string_view as;
  std::array<int, 3> takes;
};

// Scales and zero points change no shape.
constexpr Lowering kOfOnnx[] = {
    {"QLinearConv", "Conv", {0, 3, 8}},
    {"ConvInteger", "Conv", {0, 1, -1}},
    {"QLinearMatMul", "MatMul", {0, 3, -1}},
    {"MatMulInteger", "MatMul", {0, 1, -1}},
    // onnxruntime's own, which stands in ONNX's domain
    {"SimplifiedLayerNormalization", "RMSNormalization", {0, 1, -1}},
};

constexpr Lowering kOfRuntime[] = {
    {"QLinearConv", "Conv", {0, 3, 8}},
    {"QLinearAdd", "Add", {0, 3, -1}},
    {"QLinearMul", "Mul", {0, 3, -1}},
    {"QLinearWhere", "Where", {0, 1, 4}},
    {"QLinearLeakyRelu", "LeakyRelu", {0, -1, -1}},
    {"QLinearSigmoid", "Sigmoid", {0, -1, -1}},
    {"QLinearSoftmax", "Softmax", {0, -1, -1}},
    {"QLinearAveragePool", "AveragePool", {0, -1, -1}},
    {"QLinearGlobalAveragePool", "GlobalAveragePool", {0, -1, -1}},
    {"QLinearReduceMean", "ReduceMean", {0, -1, -1}},
    {"QGemm", "Gemm", {0, 3, 6}},
    {"DynamicQuantizeMatMul", "MatMul", {0, 1, -1}},
    {"MatMulIntegerToFloat", "MatMul", {0, 1, -1}},
    {"FusedConv", "Conv", {0, 1, 2}},
    {"FusedGemm", "Gemm", {0, 1, 2}},
    {"Gelu", "Gelu", {0, -1, -1}},
    {"FastGelu", "Gelu", {0, -1, -1}},
    {"BiasGelu", "Gelu", {0, -1, -1}},
    {"GridSample", "GridSample", {0, 1, -1}},
    {"GatherND", "GatherND", {0, 1, -1}},
    {"Pad", "Pad", {0, 1, 2}},
    {"Range", "Range", {0, 1, 2}},
};

class Lower {
 public:
  explicit Lower(Model& model) : model_(model) {}

  void run() {
    std::vector<Node> nodes = std::exchange(model_.graph.nodes, {});
    model_.graph.nodes.reserve(nodes.size());
    for (Node& node : nodes) {
      const std::string_view op = node.op;
      if (lowered(node))
        ++model_.lowered[op];
      else
        model_.graph.nodes.push_back(std::move(node));
    }
  }

 private:
  // Puts what stands for `node`; false, and nothing put, where nothing does.
  bool lowered(const Node& node) {
    const bool runtime = node.domain == runtime_domain;
    if (!runtime && !node.domain.empty() && node.domain != "ai.onnx") return false;
    // Channels last: no operator of ONNX has that.
    if (node.integer("channels_last", 0) != 0) return false;
    if (runtime && node.op == "QLinearConcat") return joined(node);
    if (runtime && node.op == "DynamicQuantizeLSTM") return recurrent(node);
    if (runtime && node.op == "SkipLayerNormalization") return normalised(node, "LayerNormalization", 4);
    if (runtime && node.op == "SkipSimplifiedLayerNormalization")
      return normalised(node, "RMSNormalization", 3);
    const auto of = [&](const auto& table) {
      return std::find_if(std::begin(table), std::end(table),
                          [&](const Lowering& row) { return row.op == node.op; });
    };
    const Lowering* row = runtime ? of(kOfRuntime) : of(kOfOnnx);
    if (row == (runtime ? std::end(kOfRuntime) : std::end(kOfOnnx))) return false;
    Node plain = as(node, row->as);
    for (const int k : row->takes)
      if (k >= 0) plain.inputs.push_back(input(node, static_cast<std::size_t>(k)));
    while (!plain.inputs.empty() && plain.inputs.back().empty()) plain.inputs.pop_back();
    plain.outputs = node.outputs;
    put_activated(node, std::move(plain));
    return true;
  }

  // A FusedConv adds its input Z, and it and a FusedGemm end in an activation.
  void put_activated(const Node& node, Node plain) {
    const bool fused = node.op == "FusedConv" || node.op == "FusedGemm";
    const std::string_view activation = fused ? node.text("activation", "") : std::string_view{};
    const std::string_view added = node.op == "FusedConv" ? input(node, 3) : std::string_view{};
    const NodeTensors outputs = plain.outputs;
    if (!added.empty()) {
      plain.outputs = {between(node, "conv")};
      Node sum = as(node, "Add");
      sum.inputs = {plain.outputs[0], added};
      put(std::move(plain));
      plain = std::move(sum);
    }
    if (activation.empty()) {
      plain.outputs = outputs;
      return put(std::move(plain));
    }
    plain.outputs = {between(node, "sum")};
    Node last = as(node, activation);
    last.attributes = parameters(node, activation);
    last.inputs = plain.outputs;
    last.outputs = outputs;
    put(std::move(plain));
    put(std::move(last));
  }

  // "activation_params" by the names that the activation has for them.
  static std::vector<Attribute> parameters(const Node& node, std::string_view activation) {
    const Attribute* given = node.find("activation_params");
    const auto named = [&](std::initializer_list<std::string_view> names) {
      std::vector<Attribute> list;
      for (const std::string_view name : names) {
        if (given == nullptr || list.size() >= given->floats.size()) break;
        Attribute one;
        one.name = name;
        one.f = given->floats[list.size()];
        list.push_back(std::move(one));
      }
      return list;
    };
    if (activation == "Clip") return named({"min", "max"});
    return named({"alpha", "beta"});
  }

  // Y_scale, Y_zero_point, then each part with its own two.
  bool joined(const Node& node) {
    if (node.inputs.size() < 5) return false;
    Node plain = as(node, "Concat");
    for (std::size_t k = 2; k < node.inputs.size(); k += 3) plain.inputs.push_back(node.inputs[k]);
    plain.outputs = node.outputs;
    put(std::move(plain));
    return true;
  }

  // The inputs of an LSTM, then the scales of its weights. These are turned; Importer::recurrent() knows
  // them.
  bool recurrent(const Node& node) {
    constexpr std::size_t of_lstm = 8;
    Node plain = as(node, "LSTM");
    for (std::size_t k = 0; k < of_lstm; ++k) plain.inputs.push_back(input(node, k));
    plain.outputs = node.outputs;
    put(std::move(plain));
    return true;
  }

  // input + skip + bias, which may be an output of its own (number 3), normalised.
  bool normalised(const Node& node, std::string_view norm, std::size_t bias) {
    if (node.inputs.size() < 3 || node.outputs.empty()) return false;
    const bool biased = !input(node, bias).empty();
    const std::string_view kept = node.outputs.size() > 3 ? node.outputs[3] : std::string_view{};
    const std::string_view whole = kept.empty() ? between(node, "sum") : kept;
    Node sum = as(node, "Add");
    sum.inputs = {input(node, 0), input(node, 1)};
    sum.outputs = {biased ? between(node, "skip") : whole};
    Node shifted = as(node, "Add");
    shifted.inputs = {sum.outputs[0], input(node, bias)};
    shifted.outputs = {whole};
    put(std::move(sum));
    if (biased) put(std::move(shifted));
    Node last = as(node, norm);
    last.inputs = {whole, input(node, 2)};
    if (norm == "LayerNormalization" && !input(node, 3).empty()) last.inputs.push_back(input(node, 3));
    last.outputs = {node.outputs[0]};
    put(std::move(last));
    return true;
  }

  static Node as(const Node& node, std::string_view op) {
    Node plain = node;
    plain.op = op;
    plain.domain = {};
    plain.inputs.clear();
    plain.outputs.clear();
    return plain;
  }
  static std::string_view input(const Node& node, std::size_t k) {
    return k < node.inputs.size() ? node.inputs[k] : std::string_view{};
  }
  // The name of a tensor that the file does not have.
  std::string_view between(const Node& node, std::string_view what) {
    const std::string_view end = node.outputs.empty() ? std::string_view{} : node.outputs[0];
    return model_.made.emplace_back(std::string(end) + " (" + std::string(what) + ")");
  }
  void put(Node node) { model_.graph.nodes.push_back(std::move(node)); }

  Model& model_;
};

}  // namespace

void lower(Model& model) {
  const auto concerned = [](const Node& node) {
    if (node.domain == runtime_domain) return true;
    return (node.domain.empty() || node.domain == "ai.onnx") &&
           std::any_of(std::begin(kOfOnnx), std::end(kOfOnnx),
                       [&](const Lowering& row) { return row.op == node.op; });
  };
  const std::vector<Node>& nodes = model.graph.nodes;
  if (std::any_of(nodes.begin(), nodes.end(), concerned)) Lower(model).run();
}

}  // namespace shapedbg::onnx
