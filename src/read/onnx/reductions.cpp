// What takes axes away by a function of their elements.
#include <algorithm>
#include <numeric>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {

bool Importer::reduce(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const auto chosen = named_axes(node);
  if (!chosen) return false;
  Integers axes = *chosen;
  const bool keep = node.integer("keepdims", 1) != 0;
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) return same(node);
  if (axes.empty()) {
    axes.resize(x.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  std::vector<char> gone(x.size(), 0);
  for (const std::int64_t each : axes) {
    const auto axis = axis_of(each, x.size());
    if (!axis) return false;
    gone[*axis] = 1;
  }
  SizeIds out;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (gone[i] == 0)
      out.push_back(x[i]);
    else if (keep)
      out.push_back(sizes_.number(1));
  set_shape(node, 0, out);
  if (silent_) return true;
  static const std::unordered_map<std::string_view, std::string_view> kinds{
      {"ReduceMean", "Mean"}, {"ReduceSum", "Sum"}, {"ReduceMax", "Max"},
      {"ReduceMin", "Min"},   {"ReduceL2", "Norm"}, {"ReduceLogSumExp", "LogSumExp"},
      {"ReduceL1", "Norm"}};
  const auto found = kinds.find(node.op);
  if (found == kinds.end() || axes.empty()) return custom(node, {input(node, 0)});
  DraftLayer step = named(node, found->second);
  if (node.op == "ReduceL1") step.set("p", 1.0);
  step.set("dim", axes);
  if (keep) step.set("keepdim", true);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

bool Importer::arg_reduce(const Node& node) {
  const SizeIds* in = shape(node, 0);
  if (!in) return false;
  const SizeIds x = *in;
  const auto axis = axis_of(node.integer("axis", 0), x.size());
  if (!axis) return false;
  SizeIds out = x;
  if (node.integer("keepdims", 1) != 0)
    out[*axis] = sizes_.number(1);
  else
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(*axis));
  set_shape(node, 0, std::move(out), int64);
  DraftLayer step = named(node, node.op);
  step.set("dim", static_cast<std::int64_t>(*axis));
  if (node.integer("keepdims", 1) != 0) step.set("keepdim", true);
  layer(node, std::move(step), input(node, 0), output(node, 0));
  return true;
}

}  // namespace shapedbg::onnx
