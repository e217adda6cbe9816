// A network as a list of layers that can be changed and written as a spec.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dice.h"

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
  Shape label = {};           // a further input, of integers
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
  // An input that no Embedding looks up is no input of labels.
  const bool labelled = std::any_of(dag.nodes.begin(), dag.nodes.end(), [](const Node& node) {
    return std::find(node.inputs.begin(), node.inputs.end(), "label") != node.inputs.end();
  });
  if (dag.inputs.size() == 1 && !labelled) {
    text += list(dag.inputs[0]);
  } else {
    text += R"({"input": )" + list(dag.inputs[0]);
    if (dag.inputs.size() > 1) text += R"(, "other": )" + list(dag.inputs[1]);
    if (labelled) text += R"(, "label": )" + list(dag.label);
    text += "}";
  }
  text += R"(, "layers": [)";
  std::string previous = "input";
  for (std::size_t i = 0; i < dag.nodes.size(); ++i) {
    text += (i > 0 ? ",\n  " : "\n  ") + json_of(dag.nodes[i], previous);
    previous = dag.nodes[i].name;
  }
  return text + "\n]" + (dag.expect.empty() ? "" : ", \"expect\": " + dag.expect) + "}";
}

}  // namespace shapedbg
