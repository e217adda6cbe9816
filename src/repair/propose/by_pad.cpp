// A Pad that stands in front of every convolution of a kind but one: ReflectionPad2d in residual blocks,
// CircularPad1d on a ring.
#include <algorithm>
#include <optional>

#include "net/facts.h"
#include "net/parameter.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

bool is_pad(const LayerSpec& layer) {
  return layer.info().family == Family::pad || layer.info().family == Family::free_pad;
}

// The Pad right in front of a layer, null where there is none.
const LayerSpec* pad_before(const Spec& spec, const LayerSpec& layer) {
  if (layer.inputs.size() != 1 || layer.inputs[0].is_input()) return nullptr;
  const LayerSpec& before = spec.layer(layer.inputs[0].layer);
  return !before.broken && is_pad(before) ? &before : nullptr;
}

bool same_pad(const LayerSpec& a, const LayerSpec& b) {
  return a.kind == b.kind && a.find(Opt::padding) != nullptr && b.find(Opt::padding) != nullptr &&
         a.find(Opt::padding)->value == b.find(Opt::padding)->value;
}

bool same_window(const LayerSpec& a, const LayerSpec& b) {
  return !a.broken && !b.broken && a.kind == b.kind && a.axes(Opt::kernel_size) == b.axes(Opt::kernel_size) &&
         a.axes(Opt::stride) == b.axes(Opt::stride) && a.axes(Opt::padding) == b.axes(Opt::padding) &&
         a.axes(Opt::dilation) == b.axes(Opt::dilation);
}

// A Pad at one end alone, as people write it by hand for a stride.
bool one_sided(const LayerSpec& pad) {
  const OptionValue* option = pad.find(Opt::padding);
  const auto* sides = option == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&option->value);
  if (sides == nullptr || sides->size() < 2) return false;
  for (std::size_t i = 0; i + 1 < sides->size(); i += 2)
    if ((*sides)[i] != 0 || (*sides)[i + 1] < 1) return false;
  return true;
}

// The Pad that the layers like `layer` have in front of them, all of them and at least two; one where it
// stands for nothing else.
const LayerSpec* pad_of_twins(const Spec& spec, const LayerSpec& layer) {
  const LayerSpec* found = nullptr;
  int padded = 0;
  int bare = 0;
  for (const LayerSpec& other : spec.layers) {
    if (&other == &layer || !same_window(other, layer)) continue;
    const LayerSpec* pad = pad_before(spec, other);
    if (pad == nullptr) {
      ++bare;
      continue;
    }
    if (found != nullptr && !same_pad(*found, *pad)) return nullptr;
    found = pad;
    ++padded;
  }
  return bare == 0 && (padded > 1 || (padded == 1 && one_sided(*found))) ? found : nullptr;
}

// Convolutions of even kernels without stride that each lose one place: the odd kernel that their padding is
// for, in all of them.
void even_kernels(const Situation& s, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv) continue;
    std::vector<std::int64_t> kernel;
    for (int a = 0; a < layer.info().axes; ++a) {
      const Window w = window_of(layer, a);
      if (w.s != 1 || w.d != 1 || w.k % 2 != 0 || w.before != w.after || w.k != 2 * w.before + 2) break;
      kernel.push_back(w.k - 1);
    }
    if (std::ssize(kernel) == layer.info().axes) sets.push_back({i, Opt::kernel_size, Value{kernel}});
  }
  if (sets.size() < 2 || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  offer_as_one(s, sets, std::move(candidate), out);
}

// A kernel of several sizes with the padding of other axes: what keeps the map, axis by axis.
void padding_of_other_axes(const Situation& s, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv || layer.info().axes < 2) continue;
    std::vector<std::int64_t> padding;
    bool uneven = false;
    bool wrong = false;
    for (int a = 0; a < layer.info().axes; ++a) {
      const Window w = window_of(layer, a);
      if (w.s != 1 || w.reach() % 2 != 0 || w.before != w.after) break;
      padding.push_back(w.reach() / 2);
      uneven = uneven || w.k != window_of(layer, 0).k;
      wrong = wrong || w.before > padding.back();
    }
    if (std::ssize(padding) == layer.info().axes && uneven && wrong)
      sets.push_back({i, Opt::padding, Value{padding}});
  }
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.exchanges_axes = true;
  offer_as_one(s, sets, std::move(candidate), out);
}

// A Pad in front of a signal's convolution, on that side alone, as long as its window reaches: a causal one.
void causal_pads(const Situation& s, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv || layer.info().axes != 1) continue;
    const LayerSpec* pad = pad_before(s.spec, layer);
    const auto* sides = pad == nullptr || pad->find(Opt::padding) == nullptr
                            ? nullptr
                            : std::get_if<std::vector<std::int64_t>>(&pad->find(Opt::padding)->value);
    const Window w = window_of(layer, 0);
    const std::int64_t reach = w.reach();
    if (sides == nullptr || sides->size() != 2 || (*sides)[0] < 1 || (*sides)[1] != 0 || w.s != 1 ||
        w.before + w.after != 0 || (*sides)[0] == reach)
      continue;
    sets.push_back({layer.inputs[0].layer, Opt::padding, Value{Shape{reach, 0}}});
  }
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  offer_as_one(s, sets, std::move(candidate), out);
}

// Half of what a convolution reaches, last axis first and twice an axis; empty where that is no whole number.
Shape halves_of(const LayerSpec& layer) {
  Shape sides;
  for (int a = layer.info().axes; a-- > 0;) {
    const std::int64_t reach = window_of(layer, a).reach();
    if (reach % 2 != 0) return {};
    sides.insert(sides.end(), 2, reach / 2);
  }
  return sides;
}

// Where no convolution pads by itself and those that see more than one place have a Pad of one type in front
// of them: those of stride 1 that have none.
void pads_of_all(const Situation& s, std::vector<Candidate>& out) {
  constexpr std::size_t most = 8;
  std::vector<LayerId> bare;
  const LayerSpec* model = nullptr;
  int padded = 0;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv) continue;
    bool wide = false;
    for (int a = 0; a < layer.info().axes; ++a) {
      const Window w = window_of(layer, a);
      if (w.before + w.after != 0) return;
      wide = wide || w.reach() > 0;
    }
    if (!wide) continue;
    const LayerSpec* pad = pad_before(s.spec, layer);
    if (pad == nullptr) {
      if (halves_of(layer).empty() || window_of(layer, 0).s != 1) return;
      bare.push_back(i);
      continue;
    }
    if (pad->info().family != Family::pad || (model != nullptr && model->kind != pad->kind)) return;
    model = pad;
    ++padded;
  }
  if (padded < 2 || bare.size() < 2 || bare.size() > most) return;
  Candidate candidate;
  candidate.kind = FixKind::stage;
  candidate.telling = true;
  const std::string type(model->typed_as);
  for (const LayerId i : bare) {
    if (s.spec.layer(i).kind != s.spec.layer(bare[0]).kind ||
        !put_on_input(s, i, type, R"(, "padding": )" + short_json(Value{halves_of(s.spec.layer(i))}),
                      candidate))
      return;
    candidate.title += (candidate.title.empty() ? "put a " + type + " in front of `"
                        : i == bare.back()      ? "` and `"
                                                : "`, `") +
                       s.spec.layer(i).name;
  }
  candidate.title += "`, as in front of the other convolutions";
  candidate.places = 1;
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// A table of places meets one place less than it has, cut out of a signal by windows that overlap: the end of
// the signal is padded, so that its last places lie in as many windows as the others.
void pad_for_a_table(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.layer(*fault).info().family != Family::elementwise) return;
  const LayerSpec& sum = s.spec.layer(*fault);
  const auto& x = s.trace.row(*fault).inputs;
  if (x.size() != 2 || sum.inputs.size() != 2 || x[0].size() != 3 || x[1].size() != 3) return;
  for (const std::size_t k : {0u, 1u}) {
    const Ref table = sum.inputs[k];
    if (!is_parameter(s.spec, table)) continue;
    const std::vector<LayerId> path = s.path_to(sum.inputs[1 - k]);
    const auto cut = std::find_if(path.rbegin(), path.rend(), [&](LayerId i) {
      return !s.spec.layer(i).broken && s.spec.layer(i).info().family == Family::conv;
    });
    if (cut == path.rend() || s.spec.layer(*cut).info().axes != 1) continue;
    const LayerSpec& windows = s.spec.layer(*cut);
    const Window w = window_of(windows, 0);
    const Shapes& in = s.trace.row(*cut).inputs;
    if (w.s < 2 || w.k <= w.s || w.before + w.after != 0 || in.empty() || x[k][1] != x[1 - k][1] + 1)
      continue;
    const std::int64_t missing = (x[k][1] - 1) * w.s + w.reach() + 1 - in[0].back();
    Candidate candidate;
    candidate.kind = FixKind::stage;
    candidate.telling = true;
    if (missing < 1 || !put_on_input(s, *cut, "ReplicationPad1d",
                                     R"(, "padding": [0, )" + std::to_string(missing) + "]", candidate))
      continue;
    candidate.title = "put a ReplicationPad1d of " + std::to_string(missing) + " at the end in front of `" +
                      windows.name + "`: " + std::to_string(x[k][1]) + " windows, as many as `" +
                      s.spec.name_of(table) + "` has places";
    const auto changed = changed_by(s, candidate);
    if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
  }
}

}  // namespace

void suggest_pads(const Situation& s, std::vector<Candidate>& out) {
  causal_pads(s, out);
  pads_of_all(s, out);
  even_kernels(s, out);
  padding_of_other_axes(s, out);
  pad_for_a_table(s, out);
  constexpr int most = 2;
  int tried = 0;
  for (LayerId i{0}; i < s.spec.layers.end_id() && tried < most; ++i) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv || s.trials().reaching()[i] == 0) continue;
    const Window w = window_of(layer, 0);
    if (w.before + w.after != 0 || w.k < 2 || pad_before(s.spec, layer) != nullptr) continue;
    const LayerSpec* pad = pad_of_twins(s.spec, layer);
    const auto options = pad == nullptr ? std::nullopt : written_options(s.spec, *pad);
    if (!options) continue;
    ++tried;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    candidate.telling = true;
    if (!put_on_input(s, i, std::string(pad->typed_as), *options, candidate)) continue;
    candidate.title = "put a " + std::string(pad->typed_as) + " in front of `" + layer.name +
                      "`, as in front of the others like it";
    const auto changed = changed_by(s, candidate);
    if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
  }
}

}  // namespace shapedbg
