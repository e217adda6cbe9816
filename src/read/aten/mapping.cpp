#include "read/aten/mapping.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "net/package.h"
#include "net/raised.h"

namespace shapedbg::aten {
namespace {

void visit_tensors(const Value& value, const auto& visit) {
  if (value.is(Value::Kind::tensor)) visit(value.tensor);
  for (const Value& item : value.items) visit_tensors(item, visit);
}

constexpr std::string_view kModules = "torch.nn.modules.";

// Classes of torch that make several calls each.
bool is_whole(std::string_view module_class) {
  for (const std::string_view part : {"MultiheadAttention", "Transformer", "LocalResponseNorm", "LPPool"})
    if (module_class.find(part) != std::string_view::npos) return false;
  return module_class.starts_with(kModules);
}

}  // namespace

Mapping::Mapping(const Program& program, std::size_t runs)
    : program_(program), runs_(runs), refs_(program.tensors.size()), readers_(program.tensors.size()) {
  for (const Call& call : program.calls)
    for (const calls::Argument& argument : call.arguments)
      visit_tensors(argument.value, [&](int tensor) { ++readers_[static_cast<std::size_t>(tensor)]; });
  visit_tensors(program.output, [&](int tensor) { ++readers_[static_cast<std::size_t>(tensor)]; });
}

void Mapping::note_returned(const std::vector<std::size_t>& runs) {
  const auto raised = std::find_if(program_.calls.begin(), program_.calls.end(),
                                   [](const Call& call) { return !call.raised.empty() || call.assumed; });
  const auto seen = static_cast<int>(raised - program_.calls.begin());
  for (std::size_t tensor = 0; tensor < refs_.size(); ++tensor) {
    const Tensor& made = program_.tensors[tensor];
    // What is gathered has no layer yet, or never needed one.
    const bool stands = refs_[tensor] && !gathered.contains(static_cast<int>(tensor));
    if (!stands || refs_[tensor]->is_input() || made.call < 0 || made.call >= seen) continue;
    DraftLayer::Returned returned{refs_[tensor]->output, {}};
    for (const std::size_t run : runs) returned.shapes.push_back(shape_in(made, run));
    std::vector<DraftLayer::Returned>& all = draft_.layers()[refs_[tensor]->layer].returned;
    if (std::find(all.begin(), all.end(), returned) == all.end()) all.push_back(std::move(returned));
  }
}

bool Mapping::has(std::string_view kind) { return find_kind(kind) != nullptr; }

std::vector<int> Mapping::live_inputs(const Step& step) const {
  std::vector<int> tensors;
  for (const calls::Argument& argument : step.call().arguments)
    visit_tensors(argument.value, [&](int tensor) {
      if (live(tensor)) tensors.push_back(tensor);
    });
  return tensors;
}

bool Mapping::same_shape(int a, int b) const {
  const std::size_t rank = tensor(a).shape.size();
  if (rank != tensor(b).shape.size()) return false;
  for (std::size_t k = 0; k < rank; ++k)
    if (runs_at(a, k) != runs_at(b, k)) return false;
  return true;
}

std::optional<int> Mapping::tensor_with(const std::vector<Runs>& sizes, std::size_t rank, std::size_t first,
                                        int but, int result) const {
  std::optional<int> best;
  const Call* merge = nullptr;  // of `result` with others
  for (const Call& call : program_.calls) {
    int tensors = 0;
    bool reads = false;
    for (const calls::Argument& argument : call.arguments)
      visit_tensors(argument.value, [&](int tensor) {
        reads = reads || tensor == result;
        tensors += live(tensor) ? 1 : 0;
      });
    if (!reads) continue;
    if (tensors > 0) merge = &call;
    break;
  }
  for (auto candidate = order_.rbegin(); candidate != order_.rend(); ++candidate) {
    if (*candidate == but || tensor(*candidate).shape.size() != rank) continue;
    bool fits = true;
    for (std::size_t k = 0; fits && k < sizes.size(); ++k) fits = runs_at(*candidate, first + k) == sizes[k];
    if (!fits) continue;
    if (!best) best = *candidate;
    bool merged = false;
    if (merge)
      for (const calls::Argument& argument : merge->arguments)
        visit_tensors(argument.value, [&](int tensor) { merged = merged || tensor == *candidate; });
    if (merged) return *candidate;
  }
  return best;
}

void Mapping::place(const Step& step, DraftLayer& layer) const {
  const Call& call = step.call();
  LayerSource& source = layer.from();
  if (call.module_class.starts_with(kModules)) source.made = call.made;  // else of a class around it
  source.called = call.called;
  source.module = call.module;
  source.node = call.node;
  const bool whole = is_whole(call.module_class) || layer.type == "MultiheadAttention";
  if (whole && !call.module.empty())
    layer.name = call.module;
  else
    layer.name = (call.module.empty() ? "" : call.module + ".") + step.op();
}

Ref Mapping::add(const Step& step, DraftLayer layer) {
  // What a package computes and leaves is its own affair. In one's own file a module's result that goes
  // nowhere, or two tensors that meet, are a skip that somebody forgot.
  const Call& call = step.call();
  const bool by_the_way =
      in_package(call.called) || (!is_whole(call.module_class) && layer.inputs.size() < 2);
  steps_.push_back(by_the_way && call.raised.empty() ? 1 : 0);
  return draft_.add(std::move(layer));
}

void Mapping::emit(const Step& step, DraftLayer layer) {
  place(step, layer);
  layer.call = static_cast<int>(&step.call() - program_.calls.data());
  const Ref ref = add(step, std::move(layer));
  int output = 0;
  for (const int tensor : step.call().outputs) {
    if (tensor >= 0) {
      bind(tensor, {ref.layer, output});
      order_.push_back(tensor);
    }
    ++output;
  }
}

Ref Mapping::emit_before(const Step& step, DraftLayer layer) {
  place(step, layer);
  layer.from().node.clear();
  layer.name += "." + layer.type;
  for (char& c : layer.name)
    if (c >= 'A' && c <= 'Z' && &c >= &layer.name[layer.name.size() - layer.type.size()])
      c = static_cast<char>(c - 'A' + 'a');
  return add(step, std::move(layer));
}

Ref Mapping::channels_first(const Step& step, Ref map, std::size_t rank) {
  std::vector<std::int64_t> dims{0, static_cast<std::int64_t>(rank) - 1};
  for (std::size_t k = 1; k + 1 < rank; ++k) dims.push_back(static_cast<std::int64_t>(k));
  DraftLayer turned("Permute", {map});
  turned.set("dims", dims);
  return emit_before(step, std::move(turned));
}

void Mapping::emit_channels_last(const Step& step, DraftLayer layer, std::size_t rank) {
  std::vector<std::int64_t> dims{0};
  for (std::size_t k = 2; k < rank; ++k) dims.push_back(static_cast<std::int64_t>(k));
  dims.push_back(1);
  DraftLayer back("Permute", {emit_before(step, std::move(layer))});
  back.set("dims", dims);
  emit(step, std::move(back));
}

void Mapping::alias(const Step& step, const Value& value) {
  for (const int tensor : step.call().outputs)
    if (tensor >= 0) bind(tensor, ref(value));
}

void Mapping::guess(std::string what) {
  if (std::find(guesses.begin(), guesses.end(), what) == guesses.end()) guesses.push_back(std::move(what));
}

std::optional<DraftSize> Mapping::size_over(const calls::Size& size, std::optional<std::size_t> axis,
                                            std::vector<int>& inputs, std::size_t first) const {
  const Expressions over(program_, runs_, inputs, first);
  auto own = over.known(size, axis);
  if (own && !(own->number() && (names_batch(size.formula) || size.value == 1))) return own;
  // The axes of one more tensor: those that the formula names, else what went into the network.
  std::vector<int> more;
  for (const calls::Formula::Node& node : size.formula.nodes())
    if (node.op == calls::Formula::Op::axis && live(static_cast<int>(node.value)))
      more.push_back(static_cast<int>(node.value));
  const std::size_t named = more.size();
  for (const int input : program_.inputs)
    if (live(input)) more.push_back(input);
  const auto wider = [&](std::size_t i) {
    std::vector<int> all = inputs;
    all.push_back(more[i]);
    return all;
  };
  for (std::size_t i = 0; i < named; ++i)
    if (auto found = Expressions(program_, runs_, wider(i), first).known(size, axis);
        found && !found->number()) {
      inputs.push_back(more[i]);
      return found;
    }
  if (own) return own;
  if (auto guessed = over.of(size, axis)) return guessed;
  for (std::size_t i = 0; i < more.size(); ++i)
    if (auto found = Expressions(program_, runs_, wider(i), first).of(size, axis)) {
      inputs.push_back(more[i]);
      return found;
    }
  return std::nullopt;
}

// The shape of a result, over the axes of `inputs`; tensors that it needs besides are added to them.
std::vector<DraftSize> Mapping::sizes_of(int output, std::vector<int>& inputs) {
  std::vector<DraftSize> sizes;
  const std::vector<calls::Size>& shape = tensor(output).shape;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    std::optional<DraftSize> found = size_over(shape[k], k, inputs);
    if (!found) {
      if (!shape[k].others.empty()) guess("the sizes of `" + draft_.name + "`");
      found = DraftSize(std::max<std::int64_t>(shape[k].value, 1));
    }
    sizes.push_back(std::move(*found));
  }
  return sizes;
}

std::optional<Ref> Mapping::constant(const Step& step, const Value& value) {
  if (!value.is(Value::Kind::tensor) || live(value)) return std::nullopt;
  if (const auto known = constants_.find(value.tensor); known != constants_.end()) return known->second;
  const Tensor& tensor = this->tensor(value);
  if (tensor.shape.empty()) return std::nullopt;
  std::vector<int> beside = live_inputs(step);
  std::vector<std::int64_t> shape;
  std::vector<DraftSize> whole;
  for (const calls::Size& size : tensor.shape) {
    if (size.value < 1) return std::nullopt;
    const bool computed = !size.formula.empty() && !size.formula.is_constant();
    shape.push_back(size.value);
    whole.emplace_back(-1);
    if (size.others.empty() && !computed) continue;
    auto found = size_over(size, std::nullopt, beside, 1);
    if (!found && !size.others.empty()) return std::nullopt;
    if (!found || found->number()) continue;
    shape.back() = 1;
    whole.back() = std::move(*found);
  }
  DraftLayer layer("Parameter");
  layer.set("shape", shape);
  if (tensor.role != calls::Role::parameter) layer.set("requires_grad", false);
  if (tensor.dtype == "int64" || tensor.dtype == "int32") layer.set("dtype", "int64");
  Ref ref = emit_before(step, std::move(layer));
  if (!tensor.name.empty()) draft_.layers().back().name = tensor.name;
  if (std::any_of(whole.begin(), whole.end(), [](const DraftSize& size) { return size != DraftSize(-1); })) {
    DraftLayer repeated("Expand", {ref});
    for (const int one : beside) repeated.inputs.push_back(this->ref(one));
    repeated.sizes("size", whole);
    ref = emit_before(step, std::move(repeated));
  }
  constants_.emplace(value.tensor, ref);
  return ref;
}

// What a Custom is called. A call that torch refuses and no rule here knows is one that fails all the same.
std::string Mapping::label_of(std::string_view op, std::string_view raised) {
  constexpr std::size_t most = 300;
  return raised.empty() ? std::string(op) : std::string(raises_label).append(raised.substr(0, most));
}

void Mapping::emit_stop() {
  if (order_.empty()) return;
  DraftLayer layer("Custom", {ref(order_.back())}, "forward");
  layer.set("label", label_of({}, program_.stopped)).set("output", "same");
  layer.from().called = program_.stopped_at;
  steps_.push_back(0);
  draft_.add(std::move(layer));
  // What the rest of the run would have read is not known.
  draft_.ignore.push_back(Code::W502);
}

bool Mapping::all_integers(const std::vector<int>& made) const {
  return !made.empty() &&
         std::all_of(made.begin(), made.end(), [this](int one) { return holds_integers(tensor(one).dtype); });
}

void Mapping::emit_custom(const Step& step, std::vector<int> inputs) {
  const Call& call = step.call();
  DraftLayer layer("Custom");
  layer.set("label", label_of(step.op(), step.call().raised));
  std::vector<std::vector<DraftSize>> shapes;
  std::vector<int> made;
  for (const int tensor : call.outputs)
    if (tensor >= 0) made.push_back(tensor);
  if (made.empty()) return;
  if (all_integers(made)) layer.set("dtype", "int64");
  const bool same = made.size() == 1 && same_shape(made[0], inputs[0]);
  if (!same)
    for (const int tensor : made) shapes.push_back(sizes_of(tensor, inputs));
  if (same)
    layer.set("output", "same");
  else if (shapes.size() == 1)
    layer.sizes("output", shapes[0]);
  else
    layer.sizes_list("outputs", shapes);
  for (const int input : inputs) layer.inputs.push_back(ref(input));
  place(step, layer);
  const Ref ref = add(step, std::move(layer));
  for (std::size_t i = 0; i < made.size(); ++i) {
    bind(made[i], {ref.layer, static_cast<int>(i)});
    order_.push_back(made[i]);
  }
}

void Mapping::emit_custom(const Step& step, const std::vector<int>& inputs,
                          std::vector<std::vector<DraftSize>> shapes) {
  DraftLayer layer("Custom");
  layer.set("label", label_of(step.op(), step.call().raised));
  std::vector<int> made;
  for (const int tensor : step.call().outputs)
    if (tensor >= 0) made.push_back(tensor);
  if (all_integers(made)) layer.set("dtype", "int64");
  if (shapes.size() == 1)
    layer.sizes("output", shapes[0]);
  else
    layer.sizes_list("outputs", shapes);
  for (const int input : inputs) layer.inputs.push_back(ref(input));
  emit(step, std::move(layer));
}

bool holds_integers(std::string_view dtype) {
  return dtype.find("int") != std::string_view::npos || dtype == "bool";
}

const Row* find_row(std::string_view op) {
  static const std::unordered_map<std::string_view, const Row*> rows = [] {
    std::unordered_map<std::string_view, const Row*> all;
    for (const auto& group :
         {conv_rows(), norm_rows(), pool_rows(), activation_rows(), resize_rows(), pad_rows(), reshape_rows(),
          split_rows(), arithmetic_rows(), einsum_rows(), loss_rows(), distance_rows(), reduce_rows(),
          sequence_rows(), choice_rows(), signal_rows()})
      for (const Row& row : group) all.emplace(row.op, &row);
    return all;
  }();
  const auto found = rows.find(op);
  return found == rows.end() ? nullptr : found->second;
}

}  // namespace shapedbg::aten
