#include "repair/trials.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace shapedbg {
namespace {

// What the first output of each layer has to meet.
std::vector<std::vector<Shape>> expectations(const Spec& spec) {
  std::vector<std::vector<Shape>> all(spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    if (const auto& expect = spec.layers[i].expect) all[i].push_back(expected_shape(spec, *expect));
  if (spec.expect && !all.empty()) all.back().push_back(expected_shape(spec, *spec.expect));
  return all;
}

bool all_met(std::span<const Shape> outputs, std::span<const Shape> expected) {
  return !outputs.empty() && std::all_of(expected.begin(), expected.end(),
                                         [&](const Shape& shape) { return meets(outputs[0], shape); });
}

const Shape* output_of(std::span<const Shape> outputs, Ref ref) {
  const auto at = static_cast<std::size_t>(ref.output);
  return at < outputs.size() ? &outputs[at] : nullptr;
}

// A layer is one step; one that takes hundreds of tensors is as much work as several.
std::int64_t price(const LayerSpec& layer) { return 1 + static_cast<std::int64_t>(layer.inputs.size() / 64); }

const Shape* input_of(const Spec& spec, Ref ref) {
  const auto at = ref.input();
  return at < spec.inputs.size() ? &spec.inputs[at].shape : nullptr;
}

}  // namespace

Trials::Trials(const Spec& spec, const Trace& trace)
    : spec_(spec),
      trace_(trace),
      changed_(spec),
      readers_(spec),
      expected_(expectations(spec)),
      reaching_(spec.layers.size(), 0),
      fresh_(spec.layers.size()),
      differs_(spec.layers.size(), 0),
      waits_(spec.layers.size(), 0) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (!row.refusals.empty() || !all_met(row.outputs, expected_[i])) failing_.push_back(LayerId(i));
  }
  if (failing_.empty()) return;
  reaching_[failing_.front()] = 1;
  for (std::size_t i = failing_.front().place() + 1; i-- > 0;) {
    if (reaching_[i] == 0) continue;
    for (const Ref ref : reads(spec, spec.layers[i]))
      if (!ref.is_input()) reaching_[ref.layer] = 1;
  }
}

bool Trials::close(const std::vector<Set>& sets, std::int64_t& steps) {
  if (steps <= 0) return false;
  std::vector<Value> present;
  for (const Set& set : sets) {
    LayerSpec& layer = changed_.layer(set.layer);
    const OptionValue* option = layer.find(set.opt);
    present.push_back(option != nullptr ? option->value : Value{});
    layer.set(set.opt, set.value);
    await(set.layer);
  }
  const bool closes = spread(sets, steps);
  for (std::size_t k = sets.size(); k-- > 0;)
    changed_.layer(sets[k].layer).set(sets[k].opt, std::move(present[k]));
  while (!waiting_.empty()) {
    waits_[waiting_.top()] = 0;
    waiting_.pop();
  }
  for (const LayerId layer : changed_rows_) differs_[layer] = 0;
  changed_rows_.clear();
  return closes;
}

void Trials::await(LayerId layer) {
  char& waits = waits_[layer];
  if (waits != 0) return;
  waits = 1;
  waiting_.push(layer);
}

bool Trials::spread(const std::vector<Set>& sets, std::int64_t& steps) {
  const auto find = [&](Ref ref) {
    if (ref.is_input()) return input_of(spec_, ref);
    const auto at = ref.layer.place();
    return differs_[at] != 0 ? output_of(fresh_[at], ref) : output_of(trace_.layers[at].outputs, ref);
  };
  auto failing = failing_.begin();
  while (!waiting_.empty()) {
    const LayerId layer = waiting_.top();
    // The change does not reach a layer that fails.
    if (failing != failing_.end() && *failing < layer) return false;
    if (failing != failing_.end() && *failing == layer) ++failing;
    waiting_.pop();
    const auto at = layer.place();
    waits_[at] = 0;
    steps -= price(changed_.layers[at]);
    if (steps < 0) return false;
    RuleResult<std::int64_t> result = infer_layer(changed_, at, find);
    if (!result.refusals.empty() || !all_met(result.outputs, expected_[at])) return false;
    // What unpools looks at the options of its pool too.
    const bool pool =
        spec_.layers[at].info().family == Family::max_pool &&
        std::any_of(sets.begin(), sets.end(), [&](const Set& set) { return set.layer == layer; });
    if (!pool && trace_.layers[at].outputs == result.outputs) continue;
    fresh_[at] = std::move(result.outputs);
    differs_[at] = 1;
    changed_rows_.push_back(layer);
    for (const LayerId reader : readers_.of(layer)) await(reader);
  }
  return failing == failing_.end();
}

namespace {

// Whether the first output of layer `i` is what is expected of the layer, and of the network behind the last.
bool as_expected(const Spec& spec, std::size_t i, std::span<const Shape> outputs) {
  if (outputs.empty()) return false;
  const auto meets_it = [&](const Rare<Expect>& expect) {
    return !expect || meets(outputs[0], expected_shape(spec, *expect));
  };
  return meets_it(spec.layers[i].expect) && (i + 1 < spec.layers.size() || meets_it(spec.expect));
}

}  // namespace

bool runs_as_expected(const Spec& spec, std::int64_t& steps) {
  // Grows with what runs: most changes fail after a few layers.
  std::vector<std::vector<Shape>> outputs;
  const auto find = [&](Ref ref) -> const Shape* {
    if (ref.is_input()) return input_of(spec, ref);
    const auto at = ref.layer.place();
    return at < outputs.size() ? output_of(outputs[at], ref) : nullptr;  // null: a layer that comes later
  };
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    steps -= price(spec.layers[i]);
    if (steps < 0) return false;
    RuleResult<std::int64_t> result = infer_layer(spec, i, find);
    if (!result.refusals.empty() || !as_expected(spec, i, result.outputs)) return false;
    outputs.push_back(std::move(result.outputs));
  }
  return !spec.layers.empty();
}

}  // namespace shapedbg
