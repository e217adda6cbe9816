// An ONNX file as it is written: the messages of onnx.proto that tell sizes. All views look into the file's
// bytes; data of weights is never touched. Field numbers have not changed since IR 3.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/few.h"

namespace shapedbg::onnx {

// TensorProto.DataType, as far as anything depends on it.
enum ElementType : int {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  int32 = 6,
  int64 = 7,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  bfloat16 = 16
};

struct Tensor {
  std::string_view name;
  std::vector<std::int64_t> dims;
  int type = undefined;
  bool external = false;    // its data lies in another file
  std::string_view raw;     // raw_data
  std::string_view packed;  // the list of the field that its type uses, of numbers that are written packed
  std::uint32_t packed_field = 0;
  std::vector<std::uint64_t> loose;  // the same, not packed

  // Product of dims; nothing where it leaves 64 bits or a size is negative.
  std::optional<std::int64_t> elements() const;
  // The elements, where there are at most `limit` and the file holds them.
  std::optional<std::vector<double>> values(std::int64_t limit) const;
};

struct Attribute {
  std::string_view name;
  std::int64_t i = 0;
  float f = 0;
  std::string_view s;
  std::vector<std::int64_t> ints;
  std::vector<float> floats;
  std::string_view tensor;    // TensorProto
  bool graph = false;         // holds a subgraph
  std::string_view subgraph;  // GraphProto
};

// One axis of a declared shape: a number, a name (free), or neither (unknown).
struct Dim {
  std::int64_t value = -1;
  std::string_view param;
};

struct ValueInfo {
  std::string_view name;
  int type = undefined;
  bool tensor = true;  // false: a sequence, a map, an optional
  bool has_shape = false;
  std::vector<Dim> shape;
};

using NodeTensors = Few<std::string_view, 3>;

struct Node {
  std::string_view name;
  std::string_view op;
  std::string_view domain;
  NodeTensors inputs;  // "" where an optional one is left out
  NodeTensors outputs;
  std::vector<Attribute> attributes;
  std::string_view fx_node;  // torch's exporter: the ATen call that the node comes from
  std::string_view scopes;   // ['', 'encoder', 'encoder.conv1', 'conv2d']
  std::string_view classes;  // ['Net', 'Encoder', 'torch.nn.modules.conv.Conv2d', 'aten.conv2d.default']
  std::string_view stack;    // Python's stack at the call
  int branch = -1;           // into Model::branches; -1: it runs in any case

  const Attribute* find(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  std::string_view text(std::string_view name, std::string_view otherwise) const;
  std::span<const std::int64_t> numbers(std::string_view name) const;  // empty where it is left out
  std::vector<std::int64_t> integers(std::string_view name) const;     // the same as a list
};

struct Graph {
  std::string_view name;
  std::vector<Node> nodes;
  std::vector<Tensor> initializers;
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::vector<ValueInfo> values;
};

// One of the two ways of an If (branches.h).
struct Branch {
  int around = -1;    // the branch that holds the If
  int choice = -1;    // into Model::conditions
  bool then = false;  // what runs where the condition holds
};

struct Model {
  std::int64_t ir_version = 0;
  std::string_view producer;
  std::int64_t opset = 0;  // of the default domain; 0 where none is named
  Graph graph;
  std::size_t functions = 0;
  std::vector<std::pair<std::string_view, std::string_view>> function_names;  // domain, name
  std::map<std::string_view, std::size_t> lowered;  // operators that others stand for (lowered.h), counted
  std::vector<Branch> branches;
  std::vector<std::string_view> conditions;  // tensors
  std::deque<std::string> made;              // names of tensors between those
};

inline constexpr std::size_t max_nodes = 400'000;
inline constexpr std::size_t max_axes = 64;

// Why the bytes are no model, in one line; empty where they are one.
std::string read_model(std::string_view bytes, Model& model);
bool read_tensor(std::string_view message, Tensor& tensor);
bool read_graph(std::string_view message, Graph& graph, std::string& why);

// True of bytes that begin as an ONNX file does.
bool looks_like_model(std::string_view bytes);

}  // namespace shapedbg::onnx
