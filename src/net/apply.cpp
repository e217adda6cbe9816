#include <algorithm>
#include <utility>

#include "net/move.h"
#include "net/outputs.h"

namespace shapedbg {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

class Application {
 public:
  Application(const Spec& net, const Moves& moves) : net_(net), moves_(moves) { result_.net = net; }

  std::optional<Moved> run() {
    const auto count = net_.layers.size();
    inserted_.resize(count + 1);
    removed_.assign(count, 0);
    for (const Move& move : moves_)
      if (!std::visit([&](const auto& one) { return perform(one); }, move)) return std::nullopt;
    if (!any_inserted_ && !any_removed_) {
      result_.origin.resize(count);
      for (std::size_t i = 0; i < count; ++i) result_.origin[i] = LayerId(i);
    } else if (!lay_out()) {
      return std::nullopt;
    }
    if (!in_order()) return std::nullopt;
    return std::move(result_);
  }

 private:
  bool known(LayerId layer) const { return net_.layers.has(layer); }
  bool known(Ref ref) const { return ref.is_input() ? ref.input() < net_.inputs.size() : known(ref.layer); }
  LayerSpec& layer(LayerId index) { return result_.net.layers[index]; }

  static OptionValue* option(LayerSpec& layer, Opt opt) {
    for (OptionValue& value : layer.options.edit())
      if (value.info->opt == opt) return &value;
    return nullptr;
  }

  // `indices` names a pool of as many axes, whatever its output.
  bool refers_well(const LayerSpec& layer, const OptionInfo& option, Value& value) const {
    auto* ref = std::get_if<Ref>(&value);
    if (ref == nullptr) return true;
    if (!known(*ref)) return false;
    if (option.opt != Opt::indices) return true;
    if (ref->is_input()) return false;
    const KindInfo& pool = net_.layers[ref->layer].info();
    ref->output = 0;
    return pool.family == Family::max_pool && pool.axes == layer.info().axes;
  }

  bool set(LayerSpec& layer, Opt opt, const Value& value) const {
    OptionValue* found = option(layer, opt);
    if (found == nullptr) return false;
    std::optional<Value> fresh = written_value(layer.info(), *found->info, value);
    if (!fresh || !refers_well(layer, *found->info, *fresh)) return false;
    found->value = std::move(*fresh);
    found->written = !std::holds_alternative<std::monostate>(found->value);
    return true;
  }

  bool perform(const SetOption& move) {
    if (!known(move.layer)) return false;
    // Arithmetic takes a number in place of its second input, not beside it.
    if (move.opt == Opt::value && layer(move.layer).info().family == Family::elementwise &&
        (layer(move.layer).inputs.size() != 1 || std::holds_alternative<std::monostate>(move.value)))
      return false;
    return set(layer(move.layer), move.opt, move.value);
  }

  bool perform(const ReplaceOption& move) {
    if (!known(move.layer)) return false;
    OptionValue* present = option(layer(move.layer), move.present);
    if (present == nullptr || present->info->required) return false;
    present->value = present->info->fallback;
    present->written = false;
    return set(layer(move.layer), move.fresh, move.value);
  }

  bool perform(const InsertLayer& move) {
    const auto place = index_of(move);
    if (!place || !std::all_of(move.inputs.begin(), move.inputs.end(), [&](Ref r) { return known(r); }))
      return false;
    for (const Slot& slot : move.feeds)
      if (!known(slot.layer) || slot.input >= net_.layers[slot.layer].inputs.size()) return false;
    inserted_[*place].push_back(&move);
    any_inserted_ = true;
    return true;
  }

  // The layer of the network before that it comes to stand in front of.
  std::optional<std::size_t> index_of(const InsertLayer& move) const {
    const std::size_t count = net_.layers.size();
    if (move.where == InsertLayer::Where::front) return std::size_t{0};
    if (move.where == InsertLayer::Where::end) return count;
    if (!known(move.at)) return std::nullopt;
    if (move.where != InsertLayer::Where::branch) return move.at.place();
    const std::vector<Ref>& sum = net_.layers[move.at].inputs;
    if (sum.empty() || sum[0].is_input()) return std::nullopt;
    return sum[0].layer.place() + 1;
  }

  bool perform(const RemoveLayer& move) {
    if (!known(move.layer) || net_.layers[move.layer].inputs.empty()) return false;
    // What it takes stands for its first output alone.
    for (const LayerSpec& reader : net_.layers)
      for (const Ref ref : reader.inputs)
        if (ref.layer == move.layer && ref.output != 0) return false;
    removed_[move.layer] = 1;
    any_removed_ = true;
    return true;
  }

  bool perform(const TakeInput& move) {
    if (!known(move.slot.layer) || !known(move.from)) return false;
    std::vector<Ref>& inputs = layer(move.slot.layer).inputs;
    if (move.slot.input >= inputs.size()) return false;
    inputs[move.slot.input] = move.from;
    return true;
  }

  bool perform(const ChangeKind& move) {
    if (!known(move.layer)) return false;
    LayerSpec& one = layer(move.layer);
    const OptionValues written = std::exchange(one.options, {});
    one.kind = move.kind;
    one.typed_as = info(move.kind).name;
    for (const OptionInfo& info : one.info().options)
      one.options.edit().push_back({&info, info.fallback, false, one.where});
    for (const OptionValue& value : written) {
      if (!value.written) continue;
      if (!set(one, value.info->opt, value.value)) return false;
      option(one, value.info->opt)->where = value.where;
    }
    return has_required(one) && takes(one.info().arity, one.inputs.size());
  }

  static bool takes(const Arity& arity, std::size_t inputs) {
    const auto count = static_cast<int>(inputs);
    return count >= arity.min && (arity.max < 0 || count <= arity.max);
  }

  static bool has_required(const LayerSpec& layer) {
    return std::all_of(layer.options.begin(), layer.options.end(),
                       [](const OptionValue& option) { return option.written || !option.info->required; });
  }

  Shape* shape_of(int input) {
    if (input >= 0)
      return at(input) < result_.net.inputs.size() ? &result_.net.inputs[at(input)].shape : nullptr;
    auto& expect = result_.net.expect;
    return expect && expect->kind == Expect::Kind::shape ? &expect->shape : nullptr;
  }

  bool perform(const SetSize& move) {
    Shape* shape = shape_of(move.input);
    if (shape == nullptr || move.axis >= shape->size() || move.size < 1 || move.size > limits::size)
      return false;
    (*shape)[move.axis] = move.size;
    return true;
  }

  bool perform(const InsertAxis& move) {
    Shape* shape = shape_of(move.input);
    if (shape == nullptr || move.axis >= shape->size() || move.size < 1 || move.size > limits::size)
      return false;
    shape->insert(shape->begin() + static_cast<std::ptrdiff_t>(move.axis), move.size);
    if (move.input < 0) return true;
    for (FreeSize& size : result_.net.free_sizes)
      for (FreeAxis& axis : size.axes)
        if (axis.input == move.input && axis.axis >= static_cast<int>(move.axis)) ++axis.axis;
    return true;
  }

  bool perform(const SetMultipleOf& move) {
    if (move.free_size >= net_.free_sizes.size() || move.multiple_of < 1) return false;
    FreeSize& size = result_.net.free_sizes[move.free_size];
    size.multiple_of = move.multiple_of;
    if (size.max > 0 && size.smallest() > size.max) return false;
    for (const FreeAxis& axis : size.axes)
      result_.net.inputs[at(axis.input)].shape[at(axis.axis)] = size.smallest();
    return true;
  }

  std::optional<LayerSpec> made(const InsertLayer& move) const {
    LayerSpec layer;
    layer.kind = move.kind;
    layer.typed_as = info(move.kind).name;
    layer.name = move.name;
    layer.inputs = move.inputs;
    if (known(move.at)) {
      const LayerSpec& beside = net_.layers[move.at];
      layer.part = beside.part;
      layer.used_at = beside.used_at;
      layer.shared = beside.shared;
    } else if (!net_.layers.empty()) {
      layer.part = (move.where == InsertLayer::Where::end ? net_.layers.back() : net_.layers.front()).part;
    }
    for (const OptionInfo& info : layer.info().options)
      layer.options.edit().push_back({&info, info.fallback, false, {}});
    for (const auto& [opt, value] : move.options)
      if (!set(layer, opt, value)) return std::nullopt;
    if (!has_required(layer) || !takes(layer.info().arity, layer.inputs.size())) return std::nullopt;
    return layer;
  }

  // The tensor of the network before that is read in place of `ref`: removed layers pass on what they took.
  Ref kept(Ref ref) const {
    while (!ref.is_input() && removed_[ref.layer] != 0) ref = net_.layers[ref.layer].inputs[0];
    return ref;
  }

  Ref renumbered(Ref ref) const {
    ref = kept(ref);
    return ref.is_input() ? ref : Ref{index_[ref.layer], ref.output};
  }

  void renumber(LayerSpec& layer) const {
    for (Ref& ref : layer.inputs) ref = renumbered(ref);
    for (std::size_t k = 0; k < layer.options.size(); ++k)
      if (const auto* ref = std::get_if<Ref>(&layer.options[k].value))
        layer.options.edit()[k].value = renumbered(*ref);
  }

  // Puts what is inserted between the layers, leaves out what is removed, and renumbers every reference.
  bool lay_out() {
    const std::size_t count = net_.layers.size();
    index_.assign(count, LayerId());
    LayerId next{0};
    for (std::size_t i = 0; i <= count; ++i) {
      next += static_cast<int>(inserted_[i].size());
      if (i < count && removed_[i] == 0) index_[i] = next++;
    }
    std::vector<LayerSpec> old = std::move(result_.net.layers);
    PerLayer<LayerSpec> layers;
    layers.reserve(next.place());
    std::vector<std::pair<Slot, LayerId>> fed;
    for (std::size_t i = 0; i <= count; ++i) {
      for (const InsertLayer* move : inserted_[i]) {
        std::optional<LayerSpec> one = made(*move);
        if (!one) return false;
        renumber(*one);
        for (const Slot& slot : move->feeds) fed.emplace_back(slot, layers.end_id());
        layers.push_back(std::move(*one));
        result_.origin.push_back(LayerId());
      }
      if (i == count || removed_[i] != 0) continue;
      renumber(old[i]);
      layers.push_back(std::move(old[i]));
      result_.origin.push_back(LayerId(i));
    }
    for (const auto& [slot, from] : fed) {
      if (removed_[slot.layer] != 0) return false;
      layers[index_[slot.layer]].inputs[slot.input] = {from, 0};
    }
    result_.net.layers = std::move(layers);
    for (Ref& ref : result_.net.outputs) ref = renumbered(ref);
    return !result_.net.layers.empty();
  }

  // A layer reads only what ran before it, and returned that many tensors.
  bool in_order() const {
    const PerLayer<LayerSpec>& layers = result_.net.layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto sound = [&](Ref ref) {
        if (ref.is_input()) return true;
        if (ref.layer.place() >= i) return false;
        return ref.output == 0 || ref.output < output_count(layers[ref.layer]).value_or(ref.output + 1);
      };
      if (!std::all_of(layers[i].inputs.begin(), layers[i].inputs.end(), sound)) return false;
      for (const OptionValue& option : layers[i].options)
        if (const auto* ref = std::get_if<Ref>(&option.value); ref != nullptr && !sound(*ref)) return false;
    }
    return true;
  }

  const Spec& net_;
  const Moves& moves_;
  Moved result_;
  std::vector<std::vector<const InsertLayer*>> inserted_;  // in front of each layer, and at the end
  PerLayer<char> removed_;
  PerLayer<LayerId> index_;  // of each layer before: where it stands then
  bool any_inserted_ = false;
  bool any_removed_ = false;
};

bool same_expectation(const Rare<Expect>& a, const Rare<Expect>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  if (a->kind != b->kind) return false;
  return (a->kind != Expect::Kind::shape || a->shape == b->shape) &&
         (a->kind != Expect::Kind::scale || a->scale == b->scale);
}

bool same_layer(const LayerSpec& a, const LayerSpec& b) {
  return a.kind == b.kind && a.part == b.part && a.inputs == b.inputs && a.broken == b.broken &&
         same_expectation(a.expect, b.expect) &&
         std::equal(a.options.begin(), a.options.end(), b.options.begin(), b.options.end(),
                    [](const OptionValue& x, const OptionValue& y) { return x.value == y.value; });
}

}  // namespace

bool same_network(const Spec& a, const Spec& b) {
  return std::equal(a.inputs.begin(), a.inputs.end(), b.inputs.begin(), b.inputs.end(),
                    [](const InputSpec& x, const InputSpec& y) { return x.shape == y.shape; }) &&
         std::equal(a.free_sizes.begin(), a.free_sizes.end(), b.free_sizes.begin(), b.free_sizes.end(),
                    [](const FreeSize& x, const FreeSize& y) {
                      return x.min_stated == y.min_stated && (!x.min_stated || x.min == y.min) &&
                             x.max == y.max && x.multiple_of == y.multiple_of && x.axes == y.axes;
                    }) &&
         same_expectation(a.expect, b.expect) &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(), same_layer);
}

std::optional<Moved> apply(const Spec& net, const Moves& moves) { return Application(net, moves).run(); }

}  // namespace shapedbg
