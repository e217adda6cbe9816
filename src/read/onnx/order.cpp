// The nodes of a graph in an order in which each reads what ran before it.
#include <algorithm>
#include <span>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

bool Importer::order() { return name_makers() && name_readers() && sort(); }

// Each tensor is written by one node.
bool Importer::name_makers() {
  const std::vector<Node>& nodes = model_.graph.nodes;
  std::size_t reads = 0;
  for (const Node& node : nodes) reads += node.inputs.size();
  node_inputs_.reserve(reads);
  node_outputs_.reserve(nodes.size());
  input_begin_.reserve(nodes.size());
  output_begin_.reserve(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    input_begin_.push_back(node_inputs_.size());
    for (const std::string_view name : nodes[i].inputs) node_inputs_.push_back(tensor(name));
    output_begin_.push_back(node_outputs_.size());
    for (const std::string_view name : nodes[i].outputs) {
      const TensorId id = tensor(name);
      node_outputs_.push_back(id);
      if (id == no_tensor) continue;
      if (at(id).maker >= 0 || at(id).ref) {
        say(Code::I602, "two nodes write the tensor `" + std::string(name.substr(0, 200)) +
                            "`, so no one can tell which is read");
        return false;
      }
      at(id).maker = static_cast<int>(i);
    }
  }
  return true;
}

// Each tensor that is read is made, by a node or as an input or a weight.
bool Importer::name_readers() {
  const std::vector<Node>& nodes = model_.graph.nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t k = 0; k < nodes[i].inputs.size(); ++k) {
      const TensorId id = input(nodes[i], k);
      if (id == no_tensor) continue;
      at(id).readers.push_back(static_cast<int>(i));
      if (at(id).maker >= 0 || at(id).ref || at(id).parameter) continue;
      say(Code::I602, shown(nodes[i]) + " reads the tensor `" +
                          std::string(nodes[i].inputs[k].substr(0, 200)) +
                          "`, which nothing in the file makes");
      return false;
    }
  // A node in a branch waits for what decides between the branches.
  for (const std::string_view condition : model_.conditions) conditions_.push_back(tensor(condition));
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (int at = nodes[i].branch; at >= 0; at = model_.branches[static_cast<std::size_t>(at)].around)
      guarded_[condition_of(at)].push_back(static_cast<int>(i));
  return true;
}

bool Importer::sort() {
  const std::vector<Node>& nodes = model_.graph.nodes;
  std::vector<int> waiting(nodes.size(), 0);  // for the nodes that make its inputs
  bool sorted = true;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t k = 0; k < nodes[i].inputs.size(); ++k)
      if (const TensorId id = input(nodes[i], k); id != no_tensor) {
        sorted = sorted && at(id).maker < static_cast<int>(i);
        if (at(id).maker >= 0) ++waiting[i];
      }
  for (const auto& [condition, held] : guarded_)
    for (const int i : held) {
      sorted = sorted && at(condition).maker < i;
      if (at(condition).maker >= 0) ++waiting[static_cast<std::size_t>(i)];
    }
  order_.reserve(nodes.size());
  if (sorted) {
    for (std::size_t i = 0; i < nodes.size(); ++i) order_.push_back(static_cast<int>(i));
    return true;
  }
  std::vector<int> ready;
  for (std::size_t i = nodes.size(); i-- > 0;)
    if (waiting[i] == 0) ready.push_back(static_cast<int>(i));
  while (!ready.empty()) {
    const int next = ready.back();
    ready.pop_back();
    order_.push_back(next);
    const Node& node = nodes[static_cast<std::size_t>(next)];
    for (std::size_t k = 0; k < node.outputs.size(); ++k)
      if (const TensorId id = output(node, k); id != no_tensor) {
        const auto release = [&](std::span<const int> held) {
          for (const int reader : held)
            if (--waiting[static_cast<std::size_t>(reader)] == 0) ready.push_back(reader);
        };
        release(at(id).readers);
        if (const auto held = guarded_.find(id); held != guarded_.end()) release(held->second);
      }
  }
  if (order_.size() == nodes.size()) return true;
  const auto stuck = std::find_if(waiting.begin(), waiting.end(), [](int count) { return count > 0; });
  say(Code::I602,
      "the graph runs in a circle: " + shown(nodes[static_cast<std::size_t>(stuck - waiting.begin())]) +
          " waits for its own output");
  return false;
}

}  // namespace shapedbg::onnx
