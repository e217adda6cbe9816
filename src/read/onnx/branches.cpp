#include "read/onnx/branches.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace shapedbg::onnx {
namespace {

constexpr int most_depth = 8;

class Inline {
 public:
  explicit Inline(Model& model) : model_(model) {}

  void run() {
    Graph& graph = model_.graph;
    for (const ValueInfo& info : graph.inputs) taken_.insert(info.name);
    for (const Tensor& tensor : graph.initializers) taken_.insert(tensor.name);
    for (const Node& node : graph.nodes) taken_.insert(node.outputs.begin(), node.outputs.end());
    std::vector<Node> nodes = std::exchange(graph.nodes, {});
    for (Node& node : nodes) put(std::move(node), -1, nullptr, 0);
  }

 private:
  // Names of a branch that are others in the whole; then those of what holds it.
  struct Scope {
    const Scope* around = nullptr;
    std::unordered_map<std::string_view, std::string_view> names = {};

    std::string_view of(std::string_view name) const {
      for (const Scope* at = this; at != nullptr; at = at->around)
        if (const auto found = at->names.find(name); found != at->names.end()) return found->second;
      return name;
    }
  };

  void put(Node node, int branch, const Scope* scope, int depth) {
    if (scope != nullptr)
      for (auto* names : {&node.inputs, &node.outputs})
        for (std::string_view& name : *names) name = scope->of(name);
    node.branch = branch;
    if (depth < most_depth && chooses(node)) put_branches(node, scope, depth);
    model_.graph.nodes.push_back(std::move(node));
  }

  static bool chooses(const Node& node) {
    return node.op == "If" && (node.domain.empty() || node.domain == "ai.onnx") && node.inputs.size() == 1;
  }

  // Puts both, and lets `node` choose among their outputs.
  void put_branches(Node& node, const Scope* scope, int depth) {
    std::array<Graph, 2> graphs;
    for (std::size_t side = 0; side < 2; ++side) {
      const Attribute* held = node.find(side == 0 ? "then_branch" : "else_branch");
      std::string why;
      if (held == nullptr || !read_graph(held->subgraph, graphs[side], why) ||
          graphs[side].outputs.size() != node.outputs.size())
        return;
    }
    if (model_.graph.nodes.size() + graphs[0].nodes.size() + graphs[1].nodes.size() > max_nodes) return;
    const int choice = static_cast<int>(model_.conditions.size());
    model_.conditions.push_back(node.inputs[0]);
    for (std::size_t side = 0; side < 2; ++side) {
      const int branch = static_cast<int>(model_.branches.size());
      model_.branches.push_back({node.branch, choice, side == 0});
      Scope inner{scope};
      take_in(graphs[side], inner);
      for (Node& one : graphs[side].nodes) put(std::move(one), branch, &inner, depth + 1);
      for (const ValueInfo& output : graphs[side].outputs) node.inputs.push_back(inner.of(output.name));
    }
  }

  // Names, weights and declared shapes.
  void take_in(Graph& graph, Scope& scope) {
    const auto name = [&](std::string_view given) {
      if (!given.empty() && !taken_.insert(given).second) {
        const std::string_view fresh = free_name(given);
        scope.names.emplace(given, fresh);
        taken_.insert(fresh);
      }
    };
    for (const Tensor& tensor : graph.initializers) name(tensor.name);
    for (const Node& node : graph.nodes)
      for (const std::string_view output : node.outputs) name(output);
    for (Tensor& tensor : graph.initializers) {
      tensor.name = scope.of(tensor.name);
      model_.graph.initializers.push_back(std::move(tensor));
    }
    for (auto* infos : {&graph.values, &graph.outputs})
      for (ValueInfo info : *infos) {
        info.name = scope.of(info.name);
        model_.graph.values.push_back(std::move(info));
      }
  }

  std::string_view free_name(std::string_view given) {
    for (int k = 2;; ++k) {
      std::string name = std::string(given) + " (" + std::to_string(k) + ")";
      if (!taken_.contains(name)) return model_.made.emplace_back(std::move(name));
    }
  }

  Model& model_;
  std::unordered_set<std::string_view> taken_;
};

}  // namespace

void inline_branches(Model& model) {
  const std::vector<Node>& nodes = model.graph.nodes;
  if (std::any_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.op == "If"; }))
    Inline(model).run();
}

}  // namespace shapedbg::onnx
