#include "read/aten/program.h"

#include <algorithm>
#include <numeric>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// Calls that make no tensor that the network returns: checks, sizes, and what only a compiler reads.
bool is_structure(const std::string& op) {
  return op.starts_with("_assert") || op.starts_with("sym_") || op == "item" || op == "_local_scalar_dense" ||
         op == "size" || op == "dim" || op == "is_floating_point";
}

void collect(const Value& value, std::vector<int>& tensors) {
  if (value.is(Value::Kind::tensor)) tensors.push_back(value.tensor);
  for (const Value& item : value.items) collect(item, tensors);
}

class ProgramMapper {
 public:
  ProgramMapper(const Program& program, std::size_t runs) : program_(program), mapping_(program, runs) {}

  Mapped run() {
    inputs();
    for (const Call& call : program_.calls) map(call);
    outputs();
    Mapped mapped;
    mapped.custom = mapping_.custom;
    mapped.operators = std::move(mapping_.operators);
    mapped.guesses = std::move(mapping_.guesses);
    mapped.draft = std::move(mapping_.draft());
    mapped.draft.name = program_.name;
    return mapped;
  }

 private:
  void inputs() {
    for (const int input : program_.inputs) {
      const Tensor& tensor = mapping_.tensor(input);
      if (tensor.shape.empty()) continue;  // a number: the format has no shape for it
      std::vector<DraftSize> shape;
      for (const calls::Size& size : tensor.shape) shape.emplace_back(std::max<std::int64_t>(size.value, 1));
      mapping_.bind_input(input, mapping_.draft().input(tensor.name, std::move(shape)));
    }
  }

  void map(const Call& call) {
    const std::string op = plain_name(call.op);
    if (call.outputs.empty() || is_structure(op)) return;
    const Row* row = find_row(op);
    const Step step(call, op, row ? row->signature : "input|self");
    // What no input reaches is a constant: a weight that weight_norm computes, positions, masks.
    if (mapping_.live_inputs(step).empty()) return;
    if (row && row->map(mapping_, step)) return;
    mapping_.emit_custom(step);
  }

  // Format 1 returns what its last layer returns.
  void outputs() {
    Draft& draft = mapping_.draft();
    std::vector<int> tensors;
    collect(program_.output, tensors);
    std::vector<Ref> refs;
    for (const int tensor : tensors)
      if (mapping_.live(tensor)) refs.push_back(mapping_.ref(tensor));
    const int last = static_cast<int>(draft.layers().size()) - 1;
    if (refs.empty() || last < 0) return;
    const bool ends = std::any_of(refs.begin(), refs.end(), [&](Ref ref) { return ref == Ref{last, 0}; });
    if (!ends && !move_to_end(refs)) {
      DraftLayer end("Identity", {refs[0]}, "output");
      refs[0] = draft.add(std::move(end));
    }
    draft.outputs = refs;
  }

  // The first output's layer behind all others, where none of them reads it.
  bool move_to_end(std::vector<Ref>& refs) {
    Draft& draft = mapping_.draft();
    std::vector<DraftLayer>& layers = draft.layers();
    const Ref moved = refs[0];
    if (moved.is_input() || moved.output != 0) return false;
    const auto reads = [&](const DraftLayer& layer) {
      bool found = std::any_of(layer.inputs.begin(), layer.inputs.end(),
                               [&](Ref ref) { return ref.layer == moved.layer; });
      for (const auto& [key, value] : layer.options)
        if (const Ref* ref = std::get_if<Ref>(&value)) found = found || ref->layer == moved.layer;
      return found;
    };
    if (std::any_of(layers.begin(), layers.end(), reads)) return false;
    const auto at = static_cast<std::size_t>(moved.layer);
    std::rotate(layers.begin() + moved.layer, layers.begin() + moved.layer + 1, layers.end());
    const auto renumber = [&](Ref& ref) {
      if (ref.is_input()) return;
      if (ref.layer == moved.layer)
        ref.layer = static_cast<int>(layers.size()) - 1;
      else if (ref.layer > moved.layer)
        --ref.layer;
    };
    for (std::size_t i = at; i < layers.size(); ++i) {
      for (Ref& ref : layers[i].inputs) renumber(ref);
      for (auto& [key, value] : layers[i].options)
        if (Ref* ref = std::get_if<Ref>(&value)) renumber(*ref);
    }
    for (Ref& ref : refs) renumber(ref);
    return true;
  }

  const Program& program_;
  Mapping mapping_;
};

}  // namespace

Mapped map_program(Program program, const Program* second) {
  std::size_t runs = sample_symbols(program);
  bool alike = true;
  if (second && runs == 1) {
    runs = sample_second(program, *second);
    alike = runs > 1;
  }
  Mapped mapped = ProgramMapper(program, runs).run();
  if (!alike)
    mapped.guesses.push_back(
        "the two recorded sizes made different calls: the network's control flow depends on the input's "
        "size");
  return mapped;
}

Imported imported(const Mapped& mapped) {
  Imported result;
  result.layers = mapped.draft.layers().size();
  result.custom = mapped.custom;
  result.guesses = mapped.guesses;
  if (result.layers == 0) {
    Finding& finding = result.findings.emplace_back();
    finding.code = Code::I601;
    finding.message = "the program makes nothing of its inputs: there is no layer to check";
    return result;
  }
  if (mapped.custom > 0) {
    std::vector<std::pair<int, std::string>> counts;
    for (const auto& [op, count] : mapped.operators) counts.emplace_back(-count, op);
    std::sort(counts.begin(), counts.end());
    std::string list;
    for (std::size_t i = 0; i < counts.size() && i < 8; ++i) {
      list += (i > 0 ? ", " : "") + std::string("`") + counts[i].second + "`";
      if (counts[i].first < -1) list += " " + std::to_string(-counts[i].first) + " times";
    }
    if (counts.size() > 8) list += " and " + std::to_string(counts.size() - 8) + " more";
    Finding& finding = result.findings.emplace_back();
    finding.code = Code::I604;
    finding.message = (mapped.custom == 1 ? "one layer is" : std::to_string(mapped.custom) + " layers are") +
                      std::string(" kept as Custom: ") + list;
  }
  result.spec = mapped.draft.write();
  return result;
}

}  // namespace shapedbg::aten
