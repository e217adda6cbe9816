#include "repair/mistakes.h"

#include <algorithm>
#include <utility>

#include "infer/again.h"
#include "net/facts.h"
#include "rules/layer_inputs.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_mistakes = 12;

// Whether the next layer that counts channels is built for those of `comes`, which go into `layer`.
bool takes_as_it_comes(const Spec& spec, const Trace& trace, LayerId layer, const Shape& comes) {
  PerLayer<char> carries(spec.layers.size(), 0);
  carries[layer] = 1;
  for (std::size_t i = layer.place() + 1; i < spec.layers.size(); ++i) {
    const LayerSpec& one = spec.layers[i];
    const bool reads = one.inputs.size() == 1 && !one.inputs[0].is_input() && one.inputs[0].output == 0 &&
                       carries[one.inputs[0].layer] != 0;
    if (!reads || one.broken) continue;
    for (const Opt opt : {Opt::in_features, Opt::input_size, Opt::embed_dim}) {
      const OptionValue* option = one.find(opt);
      if (option != nullptr && option->written) return !comes.empty() && one.integer(opt) == comes.back();
    }
    for (const Opt opt : {Opt::in_channels, Opt::num_features, Opt::num_channels}) {
      const OptionValue* option = one.find(opt);
      if (option != nullptr && option->written)
        return comes.size() > 1 && one.integer(opt) == comes[1] && !trace.layers[i].inputs.empty() &&
               comes.size() == trace.layers[i].inputs[0].size();
    }
    const FamilyFacts& is = facts(one.kind);
    const bool keeps =
        is.effect == Effect::kept || (is.effect == Effect::resized && is.window == Sliding::takes);
    carries[i] = keeps && is.weights.empty() ? 1 : 0;
  }
  return false;
}

std::size_t at_index(LayerId layer) { return layer.place(); }

bool about_counts(Code code) { return code == Code::L202 || code == Code::L203 || code == Code::L209; }

// A layer that takes what comes and returns `shape`: sizes that an input has are taken from there.
LayerSpec stand_in(const LayerSpec& layer, const LayerTrace& row, const Shape& shape) {
  LayerSpec custom = layer;
  custom.kind = LayerKind::Custom;
  custom.typed_as = info(LayerKind::Custom).name;
  custom.broken = false;
  custom.shared = false;  // what is set in its block does not reach it
  std::vector<OptionValue>& options = custom.options.edit();
  options.clear();
  for (const OptionInfo& option : custom.info().options)
    options.push_back({&option, option.fallback, false, layer.where});
  std::vector<Expression> sizes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::optional<Expression> taken;
    for (std::size_t k = 0; k < row.inputs.size() && !taken; ++k) {
      if (row.inputs[k].size() != shape.size() || row.inputs[k][axis] != shape[axis]) continue;
      const auto parsed = Expression::parse("in[" + std::to_string(k) + "][" + std::to_string(axis) + "]");
      if (const auto* expression = std::get_if<Expression>(&parsed)) taken = *expression;
    }
    sizes.push_back(taken ? std::move(*taken) : Expression(shape[axis]));
  }
  custom.set(Opt::output, Value{std::move(sizes)});
  return custom;
}

// Where a norm or an activation counts channels, what it is built for goes on.
Shape as_built(const LayerSpec& layer, Shape shape) {
  if (facts(layer.kind).effect != Effect::kept || shape.size() < 2) return shape;
  for (const Opt opt : {Opt::num_features, Opt::num_channels, Opt::num_parameters}) {
    const OptionValue* option = layer.find(opt);
    if (option == nullptr || !std::holds_alternative<std::int64_t>(option->value)) continue;
    const auto axes = layer.axis_count();
    const bool unbatched = facts(layer.kind).channels == Channels::before_axes && shape.size() == axes + 1;
    shape[unbatched ? 0 : 1] = std::get<std::int64_t>(option->value);
    break;
  }
  if (const OptionValue* option = layer.find(Opt::normalized_shape)) {
    const auto& sizes = std::get<std::vector<std::int64_t>>(option->value);
    if (sizes.size() <= shape.size()) std::copy(sizes.rbegin(), sizes.rend(), shape.rbegin());
  }
  return shape;
}

// The layer built for the channels that come, where one number says so and it then runs.
std::optional<LayerSpec> built_for_what_comes(const LayerSpec& layer, const LayerTrace& row) {
  if (row.inputs.size() != 1 || row.refusals.size() != 1 || row.outputs.empty()) return std::nullopt;
  const Refusal& refusal = row.refusals[0];
  const bool option = refusal.option == Opt::in_channels || refusal.option == Opt::in_features ||
                      refusal.option == Opt::input_size;
  if (!refusal.at_option || !option) return std::nullopt;
  const Shape& x = row.inputs[0];
  const bool last = facts(layer.kind).channels == Channels::last;
  const auto axes = layer.axis_count();
  if (x.empty() || (!last && x.size() <= axes)) return std::nullopt;
  LayerSpec built = layer;
  built.set(refusal.option, Value{x[last ? x.size() - 1 : x.size() - axes - 1]});
  RuleInputs<std::int64_t> in;
  in.quiet = true;
  in.inputs.push_back(&x);
  if (layer.reference(Opt::size_like)) return std::nullopt;
  const auto result = apply_rule(built, in);
  return result.refusals.empty() && result.outputs == row.outputs ? std::optional(std::move(built))
                                                                  : std::nullopt;
}

bool unpooled(const Spec& spec, LayerId layer) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& other) {
    const auto ref = other.reference(Opt::indices);
    return ref && ref->layer == layer;
  });
}

// Whether the next layer that counts features takes them last: axis 1 of the sum `layer` then holds places.
bool features_come_last(const Spec& spec, LayerId layer, const LayerTrace& row) {
  if (row.inputs.empty() || std::any_of(row.inputs.begin(), row.inputs.end(), [&](const Shape& x) {
        return x.size() != 3 || x.back() != row.inputs[0].back();
      }))
    return false;
  PerLayer<char> carries(spec.layers.size(), 0);
  carries[at_index(layer)] = 1;
  for (std::size_t i = at_index(layer) + 1; i < spec.layers.size(); ++i) {
    const LayerSpec& one = spec.layers[i];
    const bool reads = std::any_of(one.inputs.begin(), one.inputs.end(), [&](Ref ref) {
      return !ref.is_input() && carries[at_index(ref.layer)] != 0;
    });
    if (!reads || one.broken) continue;
    if (facts(one.kind).channels != Channels::none) return facts(one.kind).channels == Channels::last;
    carries[i] = facts(one.kind).effect == Effect::kept || facts(one.kind).merge == Merge::adds ? 1 : 0;
  }
  return false;
}

bool levels_apart(const LayerTrace& row, int axis) {
  if (axis < 2) return false;
  const auto at = static_cast<std::size_t>(axis);
  for (const Shape& x : row.inputs)
    for (const Shape& y : row.inputs)
      if (at < x.size() && at < y.size() && 2 * x[at] > 3 * y[at]) return true;
  return false;
}

bool only_channels(const Shape& got, const Shape& want) {
  if (got.size() != want.size() || got.size() < 3) return false;
  for (std::size_t k = 0; k < got.size(); ++k)
    if (k != 1 && want[k] != Expect::any_size && got[k] != want[k]) return false;
  return true;
}

// What mixes sizes and channels: an uncertain one makes both uncertain behind it.
bool mixes_axes(const LayerSpec& layer) {
  switch (facts(layer.kind).effect) {
    case Effect::kept:
    case Effect::resized:
      return false;
    case Effect::reordered:
    case Effect::regrouped:
    case Effect::reranked:
    case Effect::stated:
      return true;
  }
  return true;
}

// Another kind and other options in its place.
void take_place(LayerSpec& layer, const LayerSpec& other) {
  layer.kind = other.kind;
  layer.typed_as = other.typed_as;
  layer.options = other.options;
  layer.broken = other.broken;
  layer.shared = other.shared;
}

// Nobody knows what a layer returns: it and all that reads it, directly or not, return some number, and
// nothing is expected of them. Those layers.
std::vector<LayerId> take_out(Spec& spec, LayerId layer) {
  std::vector<char> reads(spec.layers.size(), 0);
  reads[at_index(layer)] = 1;
  std::vector<LayerId> all;
  for (std::size_t i = at_index(layer); i < spec.layers.size(); ++i) {
    LayerSpec& one = spec.layers[i];
    each_read(one, [&](Ref ref) {
      if (!ref.is_input() && reads[at_index(ref.layer)] != 0) reads[i] = 1;
    });
    if (reads[i] == 0) continue;
    all.push_back(LayerId(i));
    take_place(one, stand_in(one, {}, {1}));
    one.expect.reset();
    if (i + 1 == spec.layers.size()) spec.expect.reset();
  }
  return all;
}

// Its channels follow from its own options, not from those that come.
bool builds_channels(const LayerSpec& layer) {
  // A stand-in for such a layer states them.
  const OptionValue* output = layer.kind == LayerKind::Custom ? layer.find(Opt::output) : nullptr;
  const auto* sizes = output == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&output->value);
  if (sizes != nullptr && sizes->size() > 2 && (*sizes)[1].is_constant()) return true;
  return facts(layer.kind).effect == Effect::resized && !facts(layer.kind).weights.empty();
}

bool meets_its_own(const Spec& spec, std::size_t i, const LayerTrace& row) {
  const auto& expect = spec.layers[i].expect;
  return row.outputs.empty() || !expect || meets(row.outputs[0], expected_shape(spec, *expect));
}

}  // namespace

Mistakes::Mistakes(const Spec& spec, const Trace& trace) {
  constexpr int most_rounds = 6;
  if (trace.layers.size() != spec.layers.size()) return;
  Spec healed = spec;
  Trace inferred;
  const Trace* now = &trace;
  unsure_.resize(spec.layers.size());
  for (int round = 0; round < most_rounds; ++round) {
    const std::size_t known = all_.size();
    look(healed, *now);
    if (all_.size() == known || all_.size() > most_mistakes) break;
    inferred = infer_again(healed, spec, trace);
    now = &inferred;
  }
  expectations(healed, *now, trace);
}

void Mistakes::look(Spec& healed, const Trace& trace) {
  const bool hidden = !all_.empty();
  std::vector<Unsure>& unsure = guessed_;
  unsure.assign(healed.layers.size(), {});
  const std::size_t known = all_.size();
  std::vector<char> behind(healed.layers.size(), 0);  // what fails now: the next look tells more
  for (std::size_t i = 0; i < healed.layers.size(); ++i) {
    const LayerSpec& layer = healed.layers[i];
    Unsure& here = unsure[i];
    each_read(layer, [&](Ref ref) {
      if (ref.is_input()) return;
      behind[i] |= behind[at_index(ref.layer)];
      here.channels |= unsure[at_index(ref.layer)].channels;
      here.sizes |= unsure[at_index(ref.layer)].sizes;
    });
    if (mixes_axes(layer) && healed_.count(LayerId(i)) == 0 && (here.channels || here.sizes))
      here = {true, true};
    const LayerTrace& row = trace.layers[i];
    if (!row.refusals.empty() && !row.after_failure && behind[i] == 0 && all_.size() <= most_mistakes) {
      behind[i] = 1;
      const Code code = row.refusals[0].code;
      const bool certain = !here.channels && (!here.sizes || about_counts(code) || code == Code::L204);
      all_.push_back({LayerId(i), code, hidden, certain, false});
    }
    here.channels = (here.channels && !builds_channels(layer)) || unsure_[i].channels;
    here.sizes = here.sizes || unsure_[i].sizes;
  }
  for (std::size_t k = known; k < all_.size(); ++k) heal(healed, trace, all_[k].layer);
}

void Mistakes::heal(Spec& healed, const Trace& trace, LayerId layer) {
  LayerSpec& one = healed.layers[at_index(layer)];
  const LayerTrace& row = trace.layers[at_index(layer)];
  Unsure& unsure = unsure_[at_index(layer)];
  if (row.outputs.size() > 1)
    if (auto built = built_for_what_comes(one, row)) {
      take_place(one, *built);
      healed_.emplace(layer, one);
      return;
    }
  if (row.outputs.size() != 1 || unpooled(healed, layer)) {
    unknown_.push_back(layer);
    for (const LayerId unknown : take_out(healed, layer)) unsure_[at_index(unknown)] = {true, true};
    return;
  }
  const auto axes = one.axis_count();
  const bool unbatched = axes > 0 && !row.inputs.empty() && row.inputs[0].size() == axes + 1;
  // A batch axis may be missing, or another axis stand in its place: then all is different.
  if (unbatched) unsure = {true, true};
  // Where nobody knows whether it is one, it takes whatever comes.
  const auto known = at(layer);
  const auto stands_in = [&](const LayerSpec& other) {
    take_place(one, other);
    healed_.emplace(layer, one);
  };
  if (known && all_[*known].certain)
    if (const auto built = built_for_what_comes(one, row)) return stands_in(*built);
  // A norm that the next layer does not agree with is what is wrong, not the channels that come; nor is its
  // number of axes.
  const bool kept = facts(one.kind).effect == Effect::kept && !row.inputs.empty();
  const bool agreed = kept && takes_as_it_comes(healed, trace, layer, row.inputs[0]);
  const bool other_kind = kept && row.refusals.size() == 1 && row.refusals[0].code == Code::L204 &&
                          !unbatched && row.inputs[0].size() > 2;
  if (agreed || other_kind) return stands_in(stand_in(one, row, row.inputs[0]));
  // The way past a branch has the size that the sum is to have.
  const bool residual = one.typed_as == "Residual" && row.inputs.size() == 2 && row.refusals.size() == 1 &&
                        row.refusals[0].code == Code::L208 && row.refusals[0].axis > 1;
  if (residual) return stands_in(stand_in(one, row, row.inputs[1]));
  const Shape returned = as_built(one, row.outputs[0]);
  for (const Refusal& refusal : row.refusals) {
    const bool counts = about_counts(refusal.code);
    const bool along_channels =
        refusal.code == Code::L208 && refusal.axis == 1 && !features_come_last(healed, layer, row);
    unsure.channels |= counts ? facts(one.kind).effect == Effect::kept : along_channels || refusal.axis < 0;
    unsure.sizes |= !counts && !along_channels;
    // Joined from another level, it may be another tensor that was meant.
    unsure.channels |= refusal.code == Code::L208 && levels_apart(row, refusal.axis) &&
                       !takes_as_it_comes(healed, trace, layer, returned);
  }
  stands_in(stand_in(one, row, returned));
}

void Mistakes::expectations(const Spec& healed, const Trace& trace, const Trace& first) {
  for (std::size_t i = 0; i < healed.layers.size() && all_.size() <= most_mistakes; ++i) {
    const LayerTrace& row = trace.layers[i];
    const bool last = i + 1 == healed.layers.size();
    const bool result = !last || row.outputs.empty() || !healed.expect ||
                        meets(row.outputs[0], expected_shape(healed, *healed.expect));
    if (!row.refusals.empty() || (meets_its_own(healed, i, row) && result)) continue;
    const bool hidden = first.layers[i].after_failure || !first.layers[i].refusals.empty();
    // What was found before may be why: sizes are then those of a guess. Of channels it says nothing.
    const bool by_channels =
        !result && last && only_channels(row.outputs[0], expected_shape(healed, *healed.expect));
    const bool certain = !guessed_[i].channels && (!guessed_[i].sizes || by_channels);
    const Code code = result                                       ? Code::R303
                      : healed.expect->kind == Expect::Kind::input ? Code::R301
                                                                   : Code::R302;
    all_.push_back({LayerId(i), code, hidden, certain, true});
  }
}

bool Mistakes::others(std::size_t kept) const {
  for (std::size_t k = 0; k < all_.size(); ++k)
    if (k != kept && all_[k].certain) return true;
  return false;
}

std::optional<std::size_t> Mistakes::at(LayerId layer) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const Mistake& one) { return one.layer == layer; });
  if (found == all_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all_.begin());
}

Spec Mistakes::with_only(std::size_t kept, Spec spec, const PerLayer<LayerId>& origin) const {
  const Mistake spared = kept < all_.size() ? all_[kept] : Mistake{};
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    LayerSpec& layer = spec.layers[i];
    for (const Mistake& one : all_) {
      if (one.layer != origin[i] || one.layer.is_none()) continue;
      if (one.expectation && !(spared.expectation && spared.layer == one.layer)) {
        layer.expect.reset();
        if (i + 1 == spec.layers.size()) spec.expect.reset();
      }
      if (one.expectation || (!spared.expectation && spared.layer == one.layer)) continue;
      if (const auto healed = healed_.find(one.layer); healed != healed_.end())
        take_place(layer, healed->second);
    }
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const bool unknown = std::count(unknown_.begin(), unknown_.end(), origin[i]) > 0;
    if (unknown && !origin[i].is_none() && (spared.expectation || origin[i] != spared.layer))
      take_out(spec, LayerId(i));
  }
  return spec;
}

Spec Mistakes::with_only(std::size_t kept, const Spec& spec) const {
  PerLayer<LayerId> same(spec.layers.size());
  for (std::size_t i = 0; i < same.size(); ++i) same[i] = LayerId(i);
  return with_only(kept, spec, same);
}

Mistakes Mistakes::moved(const PerLayer<LayerId>& origin) const {
  Mistakes fresh;
  const auto now = [&](LayerId layer) {
    const auto at = std::find(origin.begin(), origin.end(), layer);
    return at == origin.end() ? LayerId() : LayerId(at - origin.begin());
  };
  for (Mistake one : all_) {
    one.layer = now(one.layer);
    fresh.all_.push_back(one);
  }
  for (const auto& [layer, healed] : healed_)
    if (const LayerId at = now(layer); !at.is_none()) fresh.healed_.emplace(at, healed);
  for (const LayerId layer : unknown_)
    if (const LayerId at = now(layer); !at.is_none()) fresh.unknown_.push_back(at);
  return fresh;
}

}  // namespace shapedbg
