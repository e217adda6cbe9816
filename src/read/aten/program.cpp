#include "read/aten/program.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <numeric>
#include <set>
#include <utility>

#include "net/raised.h"
#include "read/aten/batch_first.h"
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

// Whether torch refused a call for what the sizes of its tensors do not tell: how they lie in memory, types,
// devices, a bias, or that it writes into the first of them.
bool refused_beyond_sizes(const Call& call, std::string_view op) {
  if (call.raised.empty() || op == "embedding") return false;  // integers that it needs are a rule
  constexpr std::string_view kWords[] = {
      "size and stride",           "dtype",        "scalar type", "same device", "not implemented for",
      "match the broadcast shape", "expected bias"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return call.raised.find(word) != std::string::npos; });
}

class ProgramMapper {
 public:
  ProgramMapper(const Program& program, std::size_t runs) : program_(program), mapping_(program, runs) {}

  Mapped run() {
    inputs();
    for (const Call& call : program_.calls) map(call);
    const std::vector<std::size_t> runs = known_runs();
    mapping_.note_returned(runs);
    program_.stopped.empty() ? outputs() : mapping_.emit_stop();
    Mapped mapped;
    for (const DraftLayer& layer : mapping_.draft().layers()) {
      const DraftValue* label = layer.type == "Custom" ? layer.find("label") : nullptr;  // JSON of its text
      if (label == nullptr) continue;
      const std::string quoted = label->json();
      if (quoted.starts_with("\"" + std::string(raises_label))) continue;  // is an error by itself
      ++mapped.custom;
      if (quoted.starts_with("\"" + std::string(cast_label))) continue;  // all of it is known
      ++mapped.operators[quoted.substr(1, quoted.size() - 2)];
    }
    const auto raised = std::find_if(program_.calls.begin(), program_.calls.end(),
                                     [](const Call& call) { return !call.raised.empty(); });
    if (raised != program_.calls.end()) {
      mapped.raised = static_cast<int>(raised - program_.calls.begin());
      mapped.raised_message = raised->raised;
    }
    mapped.guesses = std::move(mapping_.guesses);
    mapped.draft = std::move(mapping_.draft());
    mapped.draft.name = program_.name;
    for (const std::size_t run : runs) {
      std::vector<Shape>& shapes = mapped.ran_at.emplace_back();
      for (const int input : program_.inputs)
        if (!mapping_.tensor(input).shape.empty()) shapes.push_back(shape_in(mapping_.tensor(input), run));
    }
    return mapped;
  }

 private:
  // The recorded one, and the first other one: of a second recording, or of free sizes that the program
  // admits.
  std::vector<std::size_t> known_runs() const {
    for (std::size_t run = 1; run < mapping_.runs(); ++run)
      if (std::all_of(program_.inputs.begin(), program_.inputs.end(),
                      [&](int input) { return admitted(mapping_.tensor(input), run); }))
        return {0, run};
    return {0};
  }

  // No free size beyond its range.
  bool admitted(const Tensor& tensor, std::size_t run) const {
    return std::all_of(tensor.shape.begin(), tensor.shape.end(), [&](const calls::Size& size) {
      const auto& nodes = size.formula.nodes();
      if (nodes.size() != 1 || nodes[0].op != calls::Formula::Op::symbol)
        return size.others.empty() || program_.symbols.empty();
      const calls::Symbol& symbol = program_.symbols[static_cast<std::size_t>(nodes[0].value)];
      return symbol.max == 0 || at(size, run) <= symbol.max;
    });
  }

  void inputs() {
    for (const int input : program_.inputs) {
      const Tensor& tensor = mapping_.tensor(input);
      if (tensor.shape.empty()) continue;  // a number: the format has no shape for it
      std::vector<DraftSize> shape;
      std::vector<std::int64_t> traced;
      for (const calls::Size& size : tensor.shape) {
        shape.push_back(input_size(size));
        traced.push_back(std::max<std::int64_t>(size.value, 1));
      }
      const Ref ref = mapping_.draft().input(tensor.name, std::move(shape));
      mapping_.draft().runs_at(ref, std::move(traced));
      mapping_.bind_input(input, ref);
    }
  }

  // A number, or a free size where the exported program declares its range: s, or 8*s. A symbol without one
  // was made by the exporter, which promises nothing.
  DraftSize input_size(const calls::Size& size) {
    DraftSize number(std::max<std::int64_t>(size.value, 1));
    using Op = calls::Formula::Op;
    const auto& nodes = size.formula.nodes();
    std::int64_t factor = 1;
    std::size_t index = program_.symbols.size();
    for (const calls::Formula::Node& node : nodes) {
      if (node.op == Op::symbol && index == program_.symbols.size())
        index = static_cast<std::size_t>(node.value);
      else if (node.op == Op::constant && factor == 1)
        factor = node.value;
      else if (node.op != Op::multiply)
        return number;
    }
    if (index >= program_.symbols.size() || factor < 1 || factor > limits::size) return number;
    const calls::Symbol& symbol = program_.symbols[index];
    if (symbol.max == 0 || symbol.max > limits::size / factor || symbol.min > symbol.max) return number;
    std::string name;
    for (const char c : symbol.name)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return number;
    if (factor > 1) name += "_" + std::to_string(factor);
    const DraftFreeSize range{symbol.min * factor, symbol.max * factor, factor};
    if (declared_.insert(name).second) mapping_.draft().free_size(name, range);
    return DraftSize(name);
  }

  void map(const Call& call) {
    const std::string op = plain_name(call.op);
    if (call.outputs.empty() || is_structure(op)) return;
    const Row* row = find_row(op);
    const Step step(call, op, row ? row->signature : "input|self");
    // What no input reaches is a constant: a weight that weight_norm computes, positions, masks. One that
    // could not be made stops the program all the same: positions behind the end of their table.
    if (mapping_.live_inputs(step).empty()) {
      const bool raised = !call.raised.empty() && !program_.inputs.empty();
      if (raised && !(op == "embedding" && row != nullptr && row->map(mapping_, step)))
        mapping_.emit_custom(step, std::vector<int>{program_.inputs[0]});
      return;
    }
    // x[..., n:] of an axis of n: nothing, which format 1 has no size for and no cat waits for.
    if (is_empty(call)) return;
    // The rows ask what the first output is.
    const bool mapped = row && call.outputs[0] >= 0 && !refused_beyond_sizes(call, op);
    const std::size_t before = mapping_.draft().layers().size();
    const bool done = mapped && row->map(mapping_, step);
    // A call that was refused is no call that changes nothing.
    if (done && (call.raised.empty() || mapping_.draft().layers().size() != before)) return;
    mapping_.emit_custom(step);
  }

  // No element in any run.
  bool is_empty(const Call& call) const {
    return std::all_of(call.outputs.begin(), call.outputs.end(), [&](int tensor) {
      if (tensor < 0) return true;
      const std::vector<calls::Size>& shape = mapping_.tensor(tensor).shape;
      return std::any_of(shape.begin(), shape.end(), [](const calls::Size& size) {
        return size.value == 0 && std::all_of(size.others.begin(), size.others.end(),
                                              [](std::int64_t other) { return other == 0; });
      });
    });
  }

  // Format 1 returns what its last layer returns.
  void outputs() {
    Draft& draft = mapping_.draft();
    std::vector<int> tensors;
    collect(program_.output, tensors);
    std::vector<Ref> refs;
    for (const int tensor : tensors)
      if (mapping_.live(tensor)) refs.push_back(mapping_.ref(tensor));
    if (refs.empty() || draft.layers().empty()) return;
    fold_batch_first(draft, refs);
    // What forward computes by the way and nobody takes, such as the deviation beside a mean.
    draft.outputs = refs;
    draft.sweep([this](LayerId layer) { return !mapping_.is_step(layer); });
    refs = std::exchange(draft.outputs, {});
    const LayerId last = draft.layers().last_id();
    if (last.is_none()) return;
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
    PerLayer<DraftLayer>& layers = draft.layers();
    const Ref moved = refs[0];
    if (moved.is_input() || moved.output != 0) return false;
    const auto reads = [&](const DraftLayer& layer) {
      bool found = std::any_of(layer.inputs.begin(), layer.inputs.end(),
                               [&](Ref ref) { return ref.layer == moved.layer; });
      for (const auto& [key, value] : layer.options)
        if (const Ref* ref = value.tensor()) found = found || ref->layer == moved.layer;
      return found;
    };
    if (std::any_of(layers.begin(), layers.end(), reads)) return false;
    const auto at = moved.layer.place();
    std::rotate(layers.begin() + moved.layer.number(), layers.begin() + moved.layer.number() + 1,
                layers.end());
    const auto renumber = [&](Ref& ref) {
      if (ref.is_input()) return;
      if (ref.layer == moved.layer)
        ref.layer = layers.last_id();
      else if (ref.layer > moved.layer)
        --ref.layer;
    };
    for (std::size_t i = at; i < layers.size(); ++i) {
      for (Ref& ref : layers[i].inputs) renumber(ref);
      for (auto& [key, value] : layers[i].options)
        if (Ref* ref = value.tensor()) renumber(*ref);
    }
    for (Ref& ref : refs) renumber(ref);
    return true;
  }

  const Program& program_;
  Mapping mapping_;
  std::set<std::string> declared_;  // free sizes
};

// A second size is given since the model runs there.
void note_where_it_ran(const Program& second, Draft& draft) {
  std::size_t at = 0;
  for (const int input : second.inputs) {
    const Tensor& tensor = second.tensors[static_cast<std::size_t>(input)];
    if (tensor.shape.empty() || at == draft.input_count()) continue;
    std::vector<std::int64_t> shape;
    for (const calls::Size& size : tensor.shape) shape.push_back(std::max<std::int64_t>(size.value, 1));
    draft.runs_at(Ref::of_input(static_cast<int>(at++)), std::move(shape));
  }
}

}  // namespace

Mapped map_program(Program program, const Program* second) {
  std::size_t runs = sample_symbols(program);
  bool alike = true;
  if (second && runs == 1) {
    runs = sample_second(program, *second);
    alike = runs > 1;
  }
  Mapped mapped = ProgramMapper(program, runs).run();
  if (second) note_where_it_ran(*second, mapped.draft);
  if (!alike)
    mapped.guesses.push_back(
        "the two recorded sizes made different calls: the network's control flow depends on the input's "
        "size");
  return mapped;
}

std::string_view signature_of(std::string_view op) {
  const Row* row = find_row(plain_name(op));
  return row == nullptr ? std::string_view() : row->signature;
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
  if (!mapped.operators.empty()) {
    std::vector<std::pair<int, std::string>> counts;
    int unknown = 0;
    for (const auto& [op, count] : mapped.operators) {
      counts.emplace_back(-count, op);
      unknown += count;
    }
    std::sort(counts.begin(), counts.end());
    std::string list;
    for (std::size_t i = 0; i < counts.size() && i < 8; ++i) {
      list += (i > 0 ? ", " : "") + std::string("`") + counts[i].second + "`";
      if (counts[i].first < -1) list += " " + std::to_string(-counts[i].first) + " times";
    }
    if (counts.size() > 8) list += " and " + std::to_string(counts.size() - 8) + " more";
    Finding& finding = result.findings.emplace_back();
    finding.code = Code::I604;
    finding.message = one_line((unknown == 1 ? "one layer is" : std::to_string(unknown) + " layers are") +
                               std::string(" kept as Custom: ") + list);
  }
  result.made = mapped.draft.make();
  if (mapped.raised >= 0) result.raised = {mapped.raised_message, {}};
  for (const std::vector<Shape>& inputs : mapped.ran_at) result.runs.push_back({inputs, {}});
  const std::vector<std::string> names = mapped.draft.names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const DraftLayer& layer = mapped.draft.layers()[i];
    for (const DraftLayer::Returned& returned : layer.returned)
      for (std::size_t run = 0; run < returned.shapes.size(); ++run)
        result.runs[run].returned.push_back({names[i], returned.output, returned.shapes[run]});
    if (layer.call < 0) continue;
    const auto call = static_cast<std::size_t>(layer.call);
    if (result.called.size() <= call) result.called.resize(call + 1);
    result.called[call] = {names[i], layer.type};
    if (layer.call == mapped.raised) result.raised->layer = names[i];
  }
  return result;
}

}  // namespace shapedbg::aten
