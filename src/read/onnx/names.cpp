// What a node is called: the module's path where the exporter kept it, else the node's own name.
#include <algorithm>
#include <array>
#include <charconv>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

constexpr std::size_t longest_name = 200;

// The entries of Python's ['', 'encoder', 'encoder.conv1'].
std::vector<std::string_view> entries(std::string_view list) {
  std::vector<std::string_view> found;
  for (std::size_t at = 0; found.size() < 64;) {
    const std::size_t open = list.find_first_of("'\"", at);
    if (open == std::string_view::npos) break;
    const std::size_t close = list.find(list[open], open + 1);
    if (close == std::string_view::npos) break;
    found.push_back(list.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return found;
}

// "/encoder/layer1/layer1.0/conv1/Conv": the modules, without the container that its child repeats.
std::vector<std::string_view> modules(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < path.size() && parts.size() < 64;) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  if (!parts.empty()) parts.pop_back();
  return parts;
}

// Steps of a forward(), which are no modules of their own.
bool functional(std::string_view op) {
  static constexpr std::array<std::string_view, 30> names{
      "Concat",  "Add",       "Sub", "Mul",  "Div",    "Reshape", "Transpose", "Slice", "Split", "Gather",
      "Squeeze", "Unsqueeze", "Pad", "Cast", "Expand", "Sum",     "Where",     "Pow",   "Sqrt",  "Einsum",
      "Tile",    "Exp",       "Log", "Neg",  "Abs",    "Min",     "Max",       "Shape", "Not",   "Flatten"};
  return std::find(names.begin(), names.end(), op) != names.end() || op.starts_with("Reduce");
}

std::string lower(std::string_view word) {
  std::string text(word.substr(0, 60));
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

std::string Importer::path_of(const Node& node) const {
  // A weight lies in the module that owns it, also where the exporter fused a norm into it.
  if (const TensorId weight = input(node, 1); weight != no_tensor && at(weight).parameter) {
    const std::string_view name = at(weight).name;
    constexpr std::string_view suffix = ".weight";
    if (name.ends_with(suffix) && name.size() > suffix.size() && name.size() < longest_name &&
        name.find(':') == std::string_view::npos)
      return std::string(name.substr(0, name.size() - suffix.size()));
  }
  if (!node.scopes.empty()) {
    const std::vector<std::string_view> scopes = entries(node.scopes);
    const std::vector<std::string_view> classes = entries(node.classes);
    if (!scopes.empty()) {
      const std::string_view call = scopes.back();
      const std::string_view module = scopes.size() > 1 ? scopes[scopes.size() - 2] : std::string_view{};
      const bool own_module = classes.size() > 1 &&
                              classes[classes.size() - 2].starts_with("torch.nn.modules.") &&
                              !classes[classes.size() - 2].ends_with(".Sequential");
      std::string path(module.substr(0, longest_name));
      if (!own_module || path.empty()) {
        if (!path.empty()) path += ".";
        path += std::string(call.substr(0, longest_name));
      }
      return path;
    }
  }
  const std::string_view name = node.name.substr(0, longest_name);
  if (!name.starts_with("/")) return name.empty() ? lower(node.op) : std::string(name);
  std::string path;
  std::string_view last;
  for (const std::string_view part : modules(name)) {
    if (!last.empty() && part.size() > last.size() && part.starts_with(last) && part[last.size()] == '.')
      path.resize(path.size() - last.size());
    else if (!path.empty())
      path += ".";
    path += part;
    last = part;
  }
  if (path.empty()) return lower(node.op);
  return functional(node.op) ? path + "." + lower(node.op) : path;
}

LayerSource Importer::source_of(const Node& node) const {
  LayerSource source;
  source.node = std::string(node.name.substr(0, longest_name));
  // The innermost line of the author: File "models/unet.py", line 31, in forward.
  std::string_view stack = node.stack;
  for (std::size_t at = 0; at < stack.size();) {
    const std::size_t end = std::min(stack.find('\n', at), stack.size());
    const std::string_view line = stack.substr(at, end - at);
    at = end + 1;
    const std::size_t open = line.find("File \"");
    const std::size_t close = open == std::string_view::npos ? open : line.find("\", line ", open + 6);
    if (close == std::string_view::npos) continue;
    const std::string_view file = line.substr(open + 6, close - open - 6);
    if (file.find("torch/nn/") != std::string_view::npos || file.find("torch/_") != std::string_view::npos ||
        file.find("torch/functional.py") != std::string_view::npos || file.size() > 400)
      continue;
    int number = 0;
    const std::string_view rest = line.substr(close + 8);
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (number > 0) source.called = {std::string(file), number};
  }
  return source;
}

}  // namespace shapedbg::onnx
