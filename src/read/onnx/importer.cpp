#include "read/onnx/importer.h"

#include <algorithm>
#include <cmath>

#include "net/rounding.h"

namespace shapedbg::onnx {
namespace {

constexpr std::int64_t small_tensor = 256;  // elements that are worth folding
constexpr std::size_t most_findings = 20;   // of one kind
constexpr std::size_t spec_axes = 8;        // that an input of a spec may have

}  // namespace

std::string shown(const Node& node) {
  std::string text = node.name.empty() ? "the node" : "`" + std::string(node.name.substr(0, 200)) + "`";
  text += " (";
  if (!node.domain.empty() && node.domain != "ai.onnx") text += std::string(node.domain.substr(0, 60)) + "::";
  return text + std::string(node.op.substr(0, 60)) + ")";
}

std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  if (axis < 0) axis += static_cast<std::int64_t>(rank);
  if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return {};
  return static_cast<std::size_t>(axis);
}

Importer::Importer(const Model& model, const OnnxOptions& options, bool thaw)
    : model_(model), options_(options), thaw_(thaw) {}

void Importer::say(Code code, std::string message, std::vector<std::string> notes) {
  Finding finding;
  finding.code = code;
  // Names are the file's bytes.
  finding.message = one_line(std::move(message));
  for (std::string& note : notes) finding.notes.push_back(one_line(std::move(note)));
  result_.findings.push_back(std::move(finding));
}

// ---- tensors
// ------------------------------------------------------------------------------------------------------

TensorId Importer::tensor(std::string_view name) {
  if (name.empty()) return no_tensor;
  const auto [found, fresh] = ids_.add(name, static_cast<TensorId>(values_.size()));
  if (fresh) values_.emplace_back().name = name;
  return *found;
}

TensorId Importer::temporary(SizeIds shape, int type) {
  Value& value = values_.emplace_back();
  value.type = type;
  value.shape = std::move(shape);
  return static_cast<TensorId>(values_.size() - 1);
}

const SizeIds* Importer::data(const Node& node, std::size_t index) const {
  const TensorId id = input(node, index);
  return id == no_tensor || !at(id).data ? nullptr : &*at(id).data;
}

std::optional<std::vector<std::int64_t>> Importer::integers(const Node& node, std::size_t index) const {
  const SizeIds* elements = data(node, index);
  if (!elements) return {};
  std::vector<std::int64_t> list;
  for (const SizeId id : *elements) list.push_back(sizes_.size(id));
  return list;
}

void Importer::set_shape(const Node& node, std::size_t index, SizeIds shape, int type) {
  const TensorId id = output(node, index);
  if (id == no_tensor || shape.size() > max_axes) return;
  for (const SizeId size : shape)
    if (sizes_.value(size) < 1) note_conflict(node);
  for (std::size_t axis = 2; thaw_ && axis < shape.size(); ++axis)
    if (SizeIds& same = sizes_when_made_[sizes_.declared(shape[axis])];
        !sizes_.fixed(shape[axis]) && same.size() < 4 &&
        std::find(same.begin(), same.end(), shape[axis]) == same.end())
      same.push_back(shape[axis]);
  at(id).shape = std::move(shape);
  if (type == undefined && has(node, 0)) type = at(input(node, 0)).type;
  at(id).type = type;
}

void Importer::note_conflict(const Node& node) {
  if (conflicts_++ == 0) conflict_ = shown(node);
}

std::vector<std::int64_t> Importer::shape_of(TensorId id) const {
  std::vector<std::int64_t> list;
  if (const SizeIds* sizes = shape(id))
    for (const SizeId size : *sizes) list.push_back(sizes_.size(size));
  return list;
}

bool Importer::known(TensorId id) const {
  return id != no_tensor && (at(id).ref || (at(id).parameter && at(id).shape));
}

Ref Importer::ref(TensorId id) {
  Value& value = at(id);
  if (value.ref) return *value.ref;
  // A weight that a step takes as it is: a tensor of the network's own, so that its shape is checked. What
  // holds integers is one more input.
  // Numbers of eight bits and less are quantised weights.
  const bool quantised = value.type == uint8 || value.type == int8;
  const bool whole = !quantised && value.type != undefined && value.type != float32 &&
                     value.type != float16 && value.type != float64 && value.type != bfloat16 &&
                     value.type != boolean;
  const std::vector<std::int64_t> sizes = shape_of(id);
  const bool full = std::all_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size > 0; });
  if (!whole && full && !sizes.empty() && sizes.size() <= spec_axes) {
    DraftLayer own("Parameter", {}, value.name.substr(0, 200));
    own.set("shape", sizes).set("requires_grad", false);
    value.ref = draft_.add(std::move(own));
    return *value.ref;
  }
  std::vector<DraftSize> shape;
  if (value.shape)
    for (const SizeId size : *value.shape) shape.emplace_back(std::max<std::int64_t>(1, sizes_.size(size)));
  if (shape.empty()) shape.emplace_back(1);
  value.ref = draft_.input(std::string(value.name.substr(0, 200)), std::move(shape));
  return *value.ref;
}

// ---- what the file declares
// ---------------------------------------------------------------------------------------

bool Importer::declare_input(const ValueInfo& info, std::size_t index) {
  const TensorId id = tensor(info.name);
  Value& value = at(id);
  value.type = info.type;
  const std::string name(info.name.substr(0, 200));
  const std::vector<std::int64_t>* given = nullptr;
  for (const auto& [wanted, shape] : options_.inputs)
    if (wanted == info.name || (wanted.empty() && index == 0)) given = &shape;
  if (!info.tensor) {
    say(Code::I601, "the input `" + name + "` is no tensor",
        {"an ONNX sequence, map or optional has no size to check; export the network with tensors as "
         "inputs"});
    return false;
  }
  if (!given && !info.has_shape) {
    say(Code::I606, "the file does not say which shape the input `" + name + "` has",
        {"give one: --input " + name + "=1,3,224,224"});
    return false;
  }
  const std::size_t rank = given ? given->size() : info.shape.size();
  if (given && info.has_shape && rank != info.shape.size()) {
    say(Code::I606, "the input `" + name + "` has " + std::to_string(info.shape.size()) +
                        " axes in the file, --input gives " + std::to_string(rank));
    return false;
  }
  if (rank == 0) {  // a number: nothing of it is a size
    value.parameter = true;
    value.shape = SizeIds{};
    return true;
  }
  if (rank > spec_axes) {
    say(Code::I601, "the input `" + name + "` has " + std::to_string(rank) + " axes, a spec takes up to 8");
    return false;
  }
  SizeIds shape;
  std::vector<DraftSize> drafted;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const Dim dim = info.has_shape ? info.shape[axis] : Dim{};
    const std::int64_t size = given ? (*given)[axis] : dim.value;
    if (given && dim.value > 0 && size != dim.value) at_declared_ = false;
    const std::size_t symbol = 1 + index * spec_axes + axis;
    if (size > 0) {
      const auto now = static_cast<double>(size);
      shape.push_back(thaw_ ? sizes_.symbol(now, symbol, dim.value > 0 ? static_cast<double>(dim.value) : now)
                            : sizes_.symbol(now, symbol));
      drafted.emplace_back(size);
      continue;
    }
    const FreeAxisName free = free_axis(dim, axis, name);
    drafted.emplace_back(free.name);
    shape.push_back(sizes_.symbol(static_cast<double>(free.value), free.symbol));
  }
  value.shape = std::move(shape);
  value.ref = draft_.input(name, std::move(drafted));
  if (given) say_where_it_runs(info, *value.ref);
  return true;
}

// At the shape that the file declares, where that is one; else where it was seen to.
void Importer::say_where_it_runs(const ValueInfo& info, Ref input) {
  for (const auto& [name, shape] : options_.runs_at)
    if (name == info.name) return draft_.runs_at(input, shape);
  std::vector<std::int64_t> declared;
  for (const Dim& dim : info.shape) declared.push_back(dim.value);
  if (info.has_shape &&
      std::all_of(declared.begin(), declared.end(), [](std::int64_t size) { return size > 0; }))
    draft_.runs_at(input, std::move(declared));
}

Importer::FreeAxisName Importer::free_axis(const Dim& dim, std::size_t axis, const std::string& input) {
  // A name of the format: a word. One name is one size, on all inputs.
  std::string name;
  for (const char c : dim.param.substr(0, 60))
    name += (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ? c : '_';
  if (name.find_first_not_of('_') == std::string::npos) name = input + "_" + std::to_string(axis);
  for (char& c : name)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) c = '_';
  if (name[0] >= '0' && name[0] <= '9') name.insert(name.begin(), 'n');
  for (const FreeAxisName& known : free_)
    if (known.name == name) return known;
  const FreeRange range = axis == 0 ? FreeRange{1, 1} : options_.free;
  FreeAxisName made{name, range.min, 1000 + free_.size()};
  draft_.free_size(name, {.min = range.min, .max = 0, .multiple_of = range.multiple_of});
  free_.push_back(made);
  return made;
}

bool Importer::declare() {
  const Graph& graph = model_.graph;
  for (const Tensor& initializer : graph.initializers) {
    const TensorId id = tensor(initializer.name);
    if (id == no_tensor) continue;
    set_constant(id, initializer);
  }
  std::size_t index = 0;
  for (const ValueInfo& info : graph.inputs) {
    const TensorId id = tensor(info.name);
    if (id == no_tensor || at(id).parameter || at(id).ref) continue;
    if (!declare_input(info, index++)) return false;
  }
  for (const auto& [name, shape] : options_.inputs) {
    const bool found = (name.empty() && index > 0) ||
                       std::any_of(graph.inputs.begin(), graph.inputs.end(),
                                   [&wished = name](const ValueInfo& info) { return info.name == wished; });
    if (found) continue;
    std::string list;
    for (const ValueInfo& info : graph.inputs)
      if (const TensorId id = tensor(info.name); id != no_tensor && at(id).ref && list.size() < 300)
        list += (list.empty() ? "`" : ", `") + std::string(info.name.substr(0, 100)) + "`";
    say(Code::I606, "the network has no input `" + name.substr(0, 100) + "`",
        {list.empty() ? "it has none" : "its inputs are " + list});
    return false;
  }
  for (const ValueInfo& info : graph.values)
    if (info.has_shape) declared_.emplace(tensor(info.name), &info);
  for (const ValueInfo& info : graph.outputs) {
    const TensorId id = tensor(info.name);
    if (id == no_tensor) continue;
    at(id).returned = true;
    if (info.has_shape) declared_.emplace(id, &info);
  }
  declared_.erase(no_tensor);
  return true;
}

void Importer::set_constant(TensorId id, const Tensor& tensor) {
  Value& value = at(id);
  value.parameter = true;
  value.type = tensor.type;
  SizeIds shape;
  for (const std::int64_t dim : tensor.dims)
    shape.push_back(sizes_.number(static_cast<double>(std::max<std::int64_t>(0, dim))));
  value.shape = std::move(shape);
  if (const auto elements = tensor.values(small_tensor)) {
    SizeIds list;
    for (const double element : *elements) list.push_back(sizes_.number(element));
    value.data = std::move(list);
  }
}

// ---- the way through the graph
// ------------------------------------------------------------------------------------

Imported Importer::run() {
  const Graph& graph = model_.graph;
  values_.reserve(graph.nodes.size() + graph.initializers.size() + graph.inputs.size() + 1);
  ids_.reserve(values_.capacity());
  draft_.layers().reserve(graph.nodes.size());
  if (!declare() || !order()) return std::move(result_);
  draft_.name = std::string(model_.graph.name.substr(0, 200));
  done_.assign(model_.graph.nodes.size(), 0);
  find_groups();
  for (const int index : order_) visit(index);
  finish();
  return std::move(result_);
}

void Importer::visit(int index) {
  const auto i = static_cast<std::size_t>(index);
  const Node& node = model_.graph.nodes[i];
  if (!runs(node.branch) || fold(node)) return;
  const int group_index = group_of_[i];
  const std::vector<int>* nodes =
      group_index >= 0 ? &groups_[static_cast<std::size_t>(group_index)].nodes : nullptr;
  const auto run = [&](const Node& each) {
    const Handler handler = handler_of(each);
    if (handler == nullptr || !(this->*handler)(each))
      fallback(each);
    else
      compare_declared(each);
    guess_on(each);
  };
  const bool stands_elsewhere = done_[i] != 0;
  silent_ = nodes != nullptr || stands_elsewhere;
  run(node);
  silent_ = false;
  if (!nodes || nodes->back() != index) return;
  if (group(node, *nodes)) return;
  for (const int each : *nodes)  // no kind after all: one layer for each node
    if (const Node& again = model_.graph.nodes[static_cast<std::size_t>(each)]; !fold(again)) run(again);
}

// What the file declares of a tensor, or of what is made of it element by element; null where that is not all
// numbers.
const ValueInfo* Importer::declared_of(TensorId id) const {
  constexpr int most_steps = 8;
  for (int step = 0; step < most_steps && id != no_tensor; ++step) {
    if (const auto declared = declared_.find(id); declared != declared_.end()) {
      const std::vector<Dim>& dims = declared->second->shape;
      const bool told = std::all_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.value > 0; });
      return told ? declared->second : nullptr;
    }
    TensorId next = no_tensor;
    for (const int reader : at(id).readers) {
      const Node& node = model_.graph.nodes[static_cast<std::size_t>(reader)];
      const Handler handler = handler_of(node);
      const bool keeps = handler == &Importer::activation || handler == &Importer::identity;
      if (keeps && input(node, 0) == id) next = output(node, 0);
    }
    id = next;
  }
  return nullptr;
}

void Importer::fallback(const Node& node) {
  // Its own words on what it returns are all there is.
  std::vector<TensorId> out;
  bool stated = true;
  for (std::size_t k = 0; k < node.outputs.size(); ++k) {
    const TensorId id = output(node, k);
    if (id == no_tensor) continue;
    out.push_back(id);
    if (at(id).shape) continue;
    if (const ValueInfo* declared = declared_of(id)) {
      SizeIds sizes;
      for (const Dim& dim : declared->shape) sizes.push_back(sizes_.number(static_cast<double>(dim.value)));
      at(id).shape = std::move(sizes);
      at(id).type = declared->type;
      continue;
    }
    stated = false;
    at(id).guessed = guesses_ = true;
    const SizeIds* first = shape(node, 0);
    at(id).shape = first ? *first : SizeIds{sizes_.number(1)};
    at(id).type = float32;
  }
  if (out.empty() || silent_) return;
  const std::string op =
      (node.domain.empty() || node.domain == "ai.onnx" ? "" : std::string(node.domain.substr(0, 60)) + "::") +
      std::string(node.op.substr(0, 60));
  ++(stated ? stated_ : opaque_)[op];
  std::vector<TensorId> in;
  for (std::size_t k = 0; k < node.inputs.size(); ++k)
    if (const TensorId id = input(node, k); id != no_tensor && at(id).ref) in.push_back(id);
  custom_of(node, op, in, out);
}

// What is made of a guess is one.
void Importer::guess_on(const Node& node) {
  if (!guesses_) return;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const TensorId in = input(node, k);
    if (in == no_tensor || !at(in).guessed) continue;
    for (std::size_t out = 0; out < node.outputs.size(); ++out)
      if (const TensorId id = output(node, out); id != no_tensor) at(id).guessed = true;
    return;
  }
}

void Importer::compare_declared(const Node& node) {
  if (!at_declared_) return;
  for (std::size_t k = 0; guesses_ && k < node.inputs.size(); ++k)
    if (const TensorId in = input(node, k); in != no_tensor && at(in).guessed) return;
  for (std::size_t k = 0; k < node.outputs.size(); ++k) {
    const TensorId id = output(node, k);
    const auto declared = declared_.find(id);
    if (id == no_tensor || declared == declared_.end() || !at(id).shape || as_in_runtime_.contains(id))
      continue;
    const std::vector<Dim>& dims = declared->second->shape;
    const std::vector<std::int64_t> ours = shape_of(id);
    bool differs = dims.size() != ours.size();
    std::vector<std::int64_t> theirs;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      const std::int64_t size = dims[axis].value > 0 || axis >= ours.size() ? dims[axis].value : ours[axis];
      theirs.push_back(size);
      differs = differs || size != ours[axis];
    }
    if (!differs || ++contradictions_ > most_findings) continue;
    say(Code::I607, shown(node) + " returns " + bracketed(ours) + ", the file declares " + bracketed(theirs),
        {"a runtime returns what the operators give, whatever is declared; export the network anew"});
  }
}

void Importer::compare_with_runtime(const Node& node, const SizeIds& from,
                                    const std::vector<double>& factors) {
  const TensorId id = output(node, 0);
  const auto declared = declared_.find(id);
  if (!at_declared_ || declared == declared_.end() || declared->second->shape.size() != from.size() + 2)
    return;
  bool as_there = true;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t said = declared->second->shape[i + 2].value;
    const std::int64_t in = sizes_.size(from[i]);
    const std::int64_t there = scaled_in_single(in, factors[i]);
    if (said == there) continue;
    as_there = false;
    // What torch would not return either is said as a false declaration.
    const auto here = static_cast<std::int64_t>(std::floor(static_cast<double>(in) * factors[i]));
    if (said != here || ++contradictions_ > most_findings) continue;
    say(Code::I608,
        shown(node) + " makes " + std::to_string(said) + " of " + std::to_string(in) +
            " as the file declares, and " + std::to_string(there) + " in onnxruntime",
        {"onnxruntime 1.32.0 multiplies size and factor in single precision; torch, whose exporter declared "
         "the shape, in double",
         "`size` in place of scale_factor before the export says which one is meant"});
    break;
  }
  if (as_there) as_in_runtime_.insert(id);
}

void Importer::finish() {
  for (const ValueInfo& info : model_.graph.outputs)
    if (const TensorId id = tensor(info.name); id != no_tensor && at(id).ref)
      draft_.outputs.push_back(*at(id).ref);
  sweep();
  if (draft_.layers().empty() && !draft_.outputs.empty() && draft_.outputs[0].is_input()) {
    // A network of Identity and Dropout alone.
    draft_.outputs = {draft_.add(DraftLayer("Identity", {draft_.outputs[0]}, "identity"))};
  }
  result_.layers = draft_.layers().size();
  for (const DraftLayer& layer : draft_.layers()) result_.custom += layer.type == "Custom" ? 1 : 0;
  if (draft_.layers().empty()) {
    say(Code::I601, "nothing in the graph is computed from an input: it holds no layers");
    return;
  }
  const auto counted = [](const auto& operators) {
    std::string list;
    for (const auto& [op, count] : operators) {
      if (list.size() > 400) return list + ", …";
      list += (list.empty() ? "" : ", ") + std::string(op) +
              (count > 1 ? " (" + std::to_string(count) + ")" : "");
    }
    return list;
  };
  if (!opaque_.empty())
    say(Code::I604, "nothing tells what these operators return: " + counted(opaque_),
        {"each is taken to return the shape of its first input; write its `output` into the spec (shapedbg "
         "import)"});
  if (!stated_.empty())
    result_.guesses.push_back("the shapes that the file declares are taken for " + counted(stated_));
  if (const std::size_t open = undecided_.size(); open > 0)
    result_.guesses.push_back(
        (open == 1 ? "one condition (If) depends" : std::to_string(open) + " conditions (If) depend") +
        std::string(" on more than sizes: what runs where ") + (open == 1 ? "it holds" : "they hold") +
        " is read");
  if (!model_.lowered.empty())
    result_.guesses.push_back("layers of the same shapes stand for " + counted(model_.lowered));
  if (!at_declared_) say_frozen();
  for (std::string& deviation : deviations_) result_.guesses.push_back(std::move(deviation));
  result_.made = draft_.make();
}

void Importer::sweep() {
  if (draft_.outputs.empty()) return;
  const PerLayer<LayerId> moved = draft_.sweep([](LayerId) { return false; });
  for (Value& value : values_)
    if (value.ref && !value.ref->is_input()) {
      value.ref->layer = moved[value.ref->layer];
      if (value.ref->layer.is_none()) value.ref.reset();
    }
}

// ---- layers
// -------------------------------------------------------------------------------------------------------

DraftLayer Importer::named(const Node& node, std::string_view kind) const {
  DraftLayer layer(kind);
  layer.name = path_of(node);
  if (LayerSource source = source_of(node); !source.empty()) layer.source = std::move(source);
  return layer;
}

void Importer::layer(const Node& node, DraftLayer&& layer, const std::vector<TensorId>& in,
                     const std::vector<TensorId>& out) {
  if (silent_) return;
  static_cast<void>(node);
  layer.inputs.clear();
  layer.inputs.reserve(in.size());
  for (const TensorId id : in) layer.inputs.push_back(ref(id));
  const Ref made = draft_.add(std::move(layer));
  for (std::size_t k = 0; k < out.size(); ++k)
    if (out[k] != no_tensor) at(out[k]).ref = Ref{made.layer, static_cast<int>(k)};
}

void Importer::layer(const Node& node, DraftLayer&& layer, TensorId in, TensorId out) {
  if (silent_) return;
  static_cast<void>(node);
  layer.inputs.assign(1, ref(in));
  const Ref made = draft_.add(std::move(layer));
  if (out != no_tensor) at(out).ref = made;
}

void Importer::alias(const Node& node) {
  const TensorId in = input(node, 0);
  const TensorId out = output(node, 0);
  if (in == no_tensor || out == no_tensor) return;
  at(out).shape = at(in).shape;
  at(out).data = at(in).data;
  at(out).type = at(in).type;
  if (!silent_ && known(in)) at(out).ref = ref(in);
}

std::vector<DraftSize> Importer::expressed(const SizeIds& shape, const std::vector<TensorId>& in) {
  std::vector<DraftSize> list;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (sizes_.fixed(shape[axis])) {
      list.emplace_back(std::max<std::int64_t>(1, sizes_.size(shape[axis])));
      continue;
    }
    // The same axis of the inputs first, then any.
    Sizes::Texts leaves;
    for (const bool here : {true, false})
      for (std::size_t k = 0; k < in.size(); ++k) {
        const SizeIds* sizes = this->shape(in[k]);
        for (std::size_t i = 0; sizes && i < sizes->size(); ++i)
          if ((i == axis) == here && !sizes_.fixed((*sizes)[i]))
            leaves.emplace_back((*sizes)[i],
                                in.size() == 1 ? "in[" + std::to_string(i) + "]"
                                               : "in[" + std::to_string(k) + "][" + std::to_string(i) + "]");
      }
    if (auto text = sizes_.text(shape[axis], leaves))
      list.emplace_back(std::move(*text));
    else
      list.emplace_back(std::max<std::int64_t>(1, sizes_.size(shape[axis])));
  }
  return list;
}

void Importer::custom_of(const Node& node, std::string_view label, std::vector<TensorId> in,
                         const std::vector<TensorId>& out) {
  if (silent_) return;
  if (in.empty())  // made of nothing that runs: it stands behind the first input
    for (std::size_t i = 0; i < values_.size() && in.empty(); ++i)
      if (values_[i].ref && values_[i].ref->is_input()) in.push_back(static_cast<TensorId>(i));
  if (in.empty()) return;
  DraftLayer step = named(node, "Custom");
  step.set("label", label);
  if (out.size() == 1) {
    const SizeIds& made = *at(out[0]).shape;
    if (at(in[0]).shape == made)
      step.set("output", "same");
    else if (made.empty())
      step.json("output", "[]");  // a number
    else
      step.sizes("output", expressed(made, in));
  } else {
    std::vector<std::vector<DraftSize>> lists;
    for (const TensorId id : out) {
      lists.push_back(expressed(*at(id).shape, in));
    }
    step.sizes_list("outputs", lists);
  }
  layer(node, std::move(step), in, out);
}

bool Importer::custom(const Node& node, std::vector<TensorId> in) {
  if (in.empty())
    for (std::size_t k = 0; k < node.inputs.size(); ++k)
      if (const TensorId id = input(node, k); id != no_tensor && at(id).ref) in.push_back(id);
  std::vector<TensorId> out;
  for (std::size_t k = 0; k < node.outputs.size(); ++k)
    if (const TensorId id = output(node, k); id != no_tensor) {
      if (!at(id).shape) return false;
      out.push_back(id);
    }
  custom_of(node, node.op, std::move(in), out);
  return true;
}

}  // namespace shapedbg::onnx
