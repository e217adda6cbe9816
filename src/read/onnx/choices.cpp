// Which of the two branches of an If runs (branches.h).
#include "read/onnx/importer.h"

namespace shapedbg::onnx {

TensorId Importer::condition_of(int branch) const {
  return conditions_[static_cast<std::size_t>(model_.branches[static_cast<std::size_t>(branch)].choice)];
}

bool Importer::runs(int branch) {
  if (branch < 0) return true;
  const Branch& at = model_.branches[static_cast<std::size_t>(branch)];
  return runs(at.around) && holds(condition_of(branch)) == at.then;
}

// Of a condition that no size decides, the branch for where it holds is read.
bool Importer::holds(TensorId condition) {
  const auto& data = at(condition).data;
  if (data && data->size() == 1) return sizes_.value(data->front()) != 0;
  undecided_.insert(condition);
  return true;
}

// An If whose branches stand in front of it: its outputs are those of one of them.
bool Importer::choose(const Node& node) {
  const std::size_t count = node.outputs.size();
  if (node.inputs.size() != 1 + 2 * count) return false;
  const TensorId condition = input(node, 0);
  const std::size_t first = holds(condition) ? 1 : 1 + count;
  for (std::size_t k = 0; k < count; ++k) {
    const TensorId from = input(node, first + k);
    const TensorId to = output(node, k);
    if (to == no_tensor) continue;
    if (from == no_tensor || !at(from).shape) return false;
    Value& made = at(to);
    made.shape = at(from).shape;
    made.data = at(from).data;
    made.type = at(from).type;
    made.parameter = at(from).parameter;
    if (!silent_ && at(from).ref) made.ref = at(from).ref;
    if (undecided_.contains(condition)) made.guessed = guesses_ = true;
  }
  return true;
}

}  // namespace shapedbg::onnx
