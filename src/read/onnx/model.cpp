#include "read/onnx/model.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "read/onnx/branches.h"
#include "read/onnx/lowered.h"
#include "read/onnx/wire.h"
#include "text/much_memory.h"

namespace shapedbg::onnx {
namespace {

// Adds the number or numbers of a repeated integer field, written packed or one by one.
bool add_integers(const Wire& field, std::vector<std::int64_t>& list) {
  constexpr std::size_t usual = 4;
  if (field.type() == Wire::varint) {
    if (list.empty()) list.reserve(usual);
    list.push_back(field.integer());
    return true;
  }
  for (std::string_view rest = field.bytes(); !rest.empty();) {
    std::uint64_t value = 0;
    if (!Wire::take_varint(rest, value)) return false;
    list.push_back(static_cast<std::int64_t>(value));
  }
  return true;
}

void add_floats(const Wire& field, std::vector<float>& list) {
  if (field.type() == Wire::fixed32) return list.push_back(field.real());
  for (std::string_view rest = field.bytes(); rest.size() >= 4; rest.remove_prefix(4)) {
    float value = 0;
    std::memcpy(&value, rest.data(), 4);
    list.push_back(value);
  }
}

bool read_attribute(std::string_view message, Attribute& attribute) {
  Wire field(message);
  while (field.next()) {
    switch (field.number()) {
      case 1:
        attribute.name = field.bytes();
        break;
      case 2:
        attribute.f = field.real();
        break;
      case 3:
        attribute.i = field.integer();
        break;
      case 4:
        attribute.s = field.bytes();
        break;
      case 5:
        attribute.tensor = field.bytes();
        break;
      case 6:
        attribute.subgraph = field.bytes();
        attribute.graph = true;
        break;
      case 11:
        attribute.graph = true;
        break;
      case 7:
        add_floats(field, attribute.floats);
        break;
      case 8:
        if (!add_integers(field, attribute.ints)) return false;
        break;
      default:
        break;
    }
  }
  return !field.broken();
}

bool read_metadata(std::string_view message, Node& node) {
  std::string_view key;
  std::string_view value;
  Wire field(message);
  while (field.next()) {
    if (field.number() == 1) key = field.bytes();
    if (field.number() == 2) value = field.bytes();
  }
  constexpr std::string_view ours = "pkg.torch.onnx.";
  if (key.starts_with(ours)) {
    key.remove_prefix(ours.size());
    if (key == "fx_node") node.fx_node = value;
    if (key == "name_scopes") node.scopes = value;
    if (key == "class_hierarchy") node.classes = value;
    if (key == "stack_trace") node.stack = value;
  }
  return !field.broken();
}

bool read_node(std::string_view message, Node& node) {
  constexpr std::size_t usual_attributes = 2;
  Wire field(message);
  while (field.next()) {
    bool good = true;
    switch (field.number()) {
      case 1:
        node.inputs.push_back(field.bytes());
        break;
      case 2:
        node.outputs.push_back(field.bytes());
        break;
      case 3:
        node.name = field.bytes();
        break;
      case 4:
        node.op = field.bytes();
        break;
      case 5:
        if (node.attributes.empty()) node.attributes.reserve(usual_attributes);
        good = read_attribute(field.bytes(), node.attributes.emplace_back());
        break;
      case 7:
        node.domain = field.bytes();
        break;
      case 9:
        good = read_metadata(field.bytes(), node);
        break;
      default:
        break;
    }
    if (!good) return false;
  }
  return !field.broken();
}

bool read_dim(std::string_view message, Dim& dim) {
  Wire field(message);
  while (field.next()) {
    if (field.number() == 1) dim.value = field.integer();
    if (field.number() == 2) dim.param = field.bytes();
  }
  return !field.broken();
}

bool read_shape(std::string_view message, ValueInfo& info) {
  info.has_shape = true;
  Wire field(message);
  while (field.next())
    if (field.number() == 1 &&
        (info.shape.size() > max_axes || !read_dim(field.bytes(), info.shape.emplace_back())))
      return false;
  return !field.broken();
}

bool read_type(std::string_view message, ValueInfo& info) {
  Wire type(message);
  while (type.next()) {
    if (type.number() != 1) {
      info.tensor = info.tensor && type.number() == 6;  // 6: a denotation
      continue;
    }
    Wire field(type.bytes());
    while (field.next()) {
      if (field.number() == 1) info.type = static_cast<int>(field.integer() & 0xFF);
      if (field.number() == 2 && !read_shape(field.bytes(), info)) return false;
    }
    if (field.broken()) return false;
  }
  return !type.broken();
}

bool read_value_info(std::string_view message, ValueInfo& info) {
  Wire field(message);
  while (field.next()) {
    if (field.number() == 1) info.name = field.bytes();
    if (field.number() == 2 && !read_type(field.bytes(), info)) return false;
  }
  return !field.broken();
}

// The size of an element in raw_data, and how it is read. 0: of no use for sizes.
std::size_t width(int type) {
  switch (type) {
    case 2:
    case 3:
    case boolean:
      return 1;
    case 4:
    case 5:
    case float16:
    case 16:
      return 2;
    case float32:
    case int32:
    case 12:
      return 4;
    case int64:
    case float64:
    case 13:
      return 8;
    default:
      return 0;
  }
}

template <typename T>
double as(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

double half(const char* bytes) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, bytes, 2);
  const int exponent = (bits >> 10) & 31;
  const double fraction = bits & 1023;
  const double size = exponent == 0    ? std::ldexp(fraction, -24)
                      : exponent == 31 ? std::numeric_limits<double>::infinity()
                                       : std::ldexp(1024 + fraction, exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

double element(int type, const char* bytes) {
  switch (type) {
    case 2:
    case boolean:
      return as<std::uint8_t>(bytes);
    case 3:
      return as<std::int8_t>(bytes);
    case 4:
      return as<std::uint16_t>(bytes);
    case 5:
      return as<std::int16_t>(bytes);
    case float16:
      return half(bytes);
    case 16: {
      std::uint16_t bits = 0;
      std::memcpy(&bits, bytes, 2);
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
    case float32:
      return as<float>(bytes);
    case int32:
      return as<std::int32_t>(bytes);
    case 12:
      return as<std::uint32_t>(bytes);
    case float64:
      return as<double>(bytes);
    case 13:
      return as<std::uint64_t>(bytes);
    default:
      return as<std::int64_t>(bytes);
  }
}

}  // namespace

std::optional<std::int64_t> Tensor::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(product, dim, &product)) return {};
  return product;
}

std::optional<std::vector<double>> Tensor::values(std::int64_t limit) const {
  const std::optional<std::int64_t> count = elements();
  if (!count || *count > limit || external) return {};
  const auto size = static_cast<std::size_t>(*count);
  std::vector<double> list;
  if (const std::size_t each = width(type); each > 0 && size > 0 && raw.size() == size * each)
    for (std::size_t i = 0; i < size; ++i) list.push_back(element(type, raw.data() + i * each));
  else if (packed_field == 4 || packed_field == 10)
    for (std::size_t at = 0, step = packed_field == 4 ? 4 : 8; at + step <= packed.size(); at += step)
      list.push_back(element(step == 4 ? float32 : float64, packed.data() + at));
  else if (!packed.empty())
    for (std::string_view rest = packed; !rest.empty() && list.size() <= size;) {
      std::uint64_t value = 0;
      if (!Wire::take_varint(rest, value)) return {};
      list.push_back(static_cast<double>(static_cast<std::int64_t>(value)));
    }
  else
    for (const std::uint64_t bits : loose)
      list.push_back(packed_field == 0 && type == float32
                         ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                     : type == float64 ? std::bit_cast<double>(bits)
                                       : static_cast<double>(static_cast<std::int64_t>(bits)));
  if (list.size() != size) return {};
  return list;
}

const Attribute* Node::find(std::string_view wanted) const {
  for (const Attribute& attribute : attributes)
    if (attribute.name == wanted) return &attribute;
  return nullptr;
}
std::int64_t Node::integer(std::string_view wanted, std::int64_t otherwise) const {
  const Attribute* attribute = find(wanted);
  return attribute ? attribute->i : otherwise;
}
std::string_view Node::text(std::string_view wanted, std::string_view otherwise) const {
  const Attribute* attribute = find(wanted);
  return attribute ? attribute->s : otherwise;
}
std::span<const std::int64_t> Node::numbers(std::string_view wanted) const {
  const Attribute* attribute = find(wanted);
  return attribute ? std::span<const std::int64_t>(attribute->ints) : std::span<const std::int64_t>();
}
std::vector<std::int64_t> Node::integers(std::string_view wanted) const {
  const auto list = numbers(wanted);
  return {list.begin(), list.end()};
}

bool read_tensor(std::string_view message, Tensor& tensor) {
  Wire field(message);
  while (field.next()) {
    switch (field.number()) {
      case 1:
        if (!add_integers(field, tensor.dims) || tensor.dims.size() > max_axes) return false;
        break;
      case 2:
        tensor.type = static_cast<int>(field.integer() & 0xFF);
        break;
      case 8:
        tensor.name = field.bytes();
        break;
      case 9:
        tensor.raw = field.bytes();
        break;
      case 13:
        tensor.external = true;
        break;
      case 14:
        tensor.external = tensor.external || field.integer() == 1;
        break;
      case 4:
      case 5:
      case 7:
      case 10:
      case 11:
        if (field.type() == Wire::length_delimited) {
          tensor.packed = field.bytes();
          tensor.packed_field = field.number();
        } else if (tensor.loose.size() < 1024) {
          tensor.loose.push_back(field.bits());
        }
        break;
      default:
        break;
    }
  }
  return !field.broken();
}

// Room for what a graph holds: nodes are large, and a list that grows is moved again and again.
void reserve_for(std::string_view message, Graph& graph) {
  std::size_t nodes = 0;
  std::size_t initializers = 0;
  std::size_t values = 0;
  for (Wire field(message); field.next();) {
    nodes += field.number() == 1 ? 1 : 0;
    initializers += field.number() == 5 ? 1 : 0;
    values += field.number() == 13 ? 1 : 0;
  }
  constexpr std::size_t many = 500;
  if (nodes > many) expect_much_memory();
  graph.nodes.reserve(std::min(nodes, max_nodes));
  graph.initializers.reserve(std::min(initializers, max_nodes));
  graph.values.reserve(std::min(values, max_nodes));
}

bool read_graph(std::string_view message, Graph& graph, std::string& why) {
  reserve_for(message, graph);
  Wire field(message);
  while (field.next()) {
    bool good = true;
    switch (field.number()) {
      case 1:
        if (graph.nodes.size() == max_nodes) {
          why = "the graph has more than " + std::to_string(max_nodes) + " nodes";
          return false;
        }
        good = read_node(field.bytes(), graph.nodes.emplace_back());
        break;
      case 2:
        graph.name = field.bytes();
        break;
      case 5:
        good = read_tensor(field.bytes(), graph.initializers.emplace_back());
        break;
      case 11:
        good = read_value_info(field.bytes(), graph.inputs.emplace_back());
        break;
      case 12:
        good = read_value_info(field.bytes(), graph.outputs.emplace_back());
        break;
      case 13:
        good = read_value_info(field.bytes(), graph.values.emplace_back());
        break;
      case 15: {  // a sparse initializer: its values' name, its dims
        Tensor& tensor = graph.initializers.emplace_back();
        Wire sparse(field.bytes());
        Tensor values;
        while (sparse.next()) {
          if (sparse.number() == 1) good = read_tensor(sparse.bytes(), values);
          if (sparse.number() == 3 && !add_integers(sparse, tensor.dims)) good = false;
        }
        tensor.name = values.name;
        tensor.type = values.type;
        tensor.external = true;
        good = good && !sparse.broken();
        break;
      }
      default:
        break;
    }
    if (!good) return false;
  }
  return !field.broken();
}

std::string read_model(std::string_view bytes, Model& model) {
  std::string why;
  Wire field(bytes);
  bool graph = false;
  while (field.next() && why.empty()) {
    switch (field.number()) {
      case 1:
        model.ir_version = field.integer();
        break;
      case 2:
        model.producer = field.bytes();
        break;
      case 7:
        if (!read_graph(field.bytes(), model.graph, why) && why.empty())
          why = "a part of its graph is no message of ONNX: the file is damaged";
        graph = true;
        break;
      case 8: {
        std::string_view domain;
        std::int64_t version = 0;
        Wire entry(field.bytes());
        while (entry.next()) {
          if (entry.number() == 1) domain = entry.bytes();
          if (entry.number() == 2) version = entry.integer();
        }
        if (domain.empty() || domain == "ai.onnx") model.opset = version;
        break;
      }
      case 25: {
        ++model.functions;
        std::string_view name;
        std::string_view domain;
        Wire entry(field.bytes());
        while (entry.next()) {
          if (entry.number() == 1) name = entry.bytes();
          if (entry.number() == 10) domain = entry.bytes();
        }
        model.function_names.emplace_back(domain, name);
        break;
      }
      default:
        break;
    }
  }
  if (!why.empty()) return why;
  if (field.broken()) {
    const std::size_t at = bytes.size() - field.rest().size();
    return "the file ends or breaks inside a message, at byte " + std::to_string(at) + " of " +
           std::to_string(bytes.size());
  }
  if (!graph) return "it holds no graph";
  inline_branches(model);
  lower(model);
  return {};
}

bool looks_like_model(std::string_view bytes) {
  // ir_version comes first, then what stands before the graph or the graph itself.
  if (bytes.size() < 4 || bytes[0] != 0x08 || bytes[1] < 1 || bytes[1] > 99) return false;
  const auto second = static_cast<unsigned char>(bytes[2]);
  constexpr std::array<unsigned char, 8> known{0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72};
  for (const unsigned char key : known)
    if (second == key) return true;
  return false;
}

}  // namespace shapedbg::onnx
