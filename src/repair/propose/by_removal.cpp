// A layer that is one too many: a pool of a map that is used up, a norm whose channels do not divide, a pool
// or an Upsample that no other layer makes up for.
#include <algorithm>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/orders.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int most = 8;

// Without parameters, or a norm: what is left keeps its weights.
bool may_go(const LayerSpec& layer) {
  if (layer.broken) return false;
  const FamilyFacts& is = facts(layer.kind);
  const bool norm =
      is.effect == Effect::kept && is.channels != Channels::last && layer.find(Opt::eps) != nullptr;
  return is_pool(layer.info().family) || is.goes.by == Opt::scale_factor || norm;
}

// A pool like others in front of it.
bool one_of_several(const Spec& spec, LayerId index) {
  const LayerSpec& layer = spec.layer(index);
  return may_go(layer) && layer.find(Opt::kernel_size) != nullptr &&
         std::any_of(spec.layers.begin(), spec.layers.begin() + index.number(), [&](const LayerSpec& other) {
           return other.kind == layer.kind && other.axes(Opt::kernel_size) == layer.axes(Opt::kernel_size) &&
                  other.axes(Opt::stride) == layer.axes(Opt::stride);
         });
}

bool changes_size(const Trace& trace, std::size_t i) {
  const LayerTrace& row = trace.layers[i];
  return !row.inputs.empty() && !row.outputs.empty() && row.inputs[0] != row.outputs[0];
}

void without(const Situation& s, LayerId index, std::int64_t amount, std::vector<Candidate>& out) {
  Candidate candidate;
  candidate.kind = FixKind::stage;
  candidate.amount = amount;
  if (!leave_out(s, index, candidate)) return;
  const auto changed = changed_by(s, candidate);
  if (!changed || !holds(*changed, infer(*changed))) return;
  const LayerSpec& layer = s.spec.layer(index);
  candidate.title = "leave out `" + layer.name + "`, " + with_article(layer.info().name);
  out.push_back(std::move(candidate));
}

// A Flatten of tokens in front of a Linear that is built for the features of one of them.
void superfluous_flatten(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  const LayerSpec& linear = s.spec.layer(fault);
  if (linear.info().family != Family::linear || linear.inputs.size() != 1 || !linear.has(Opt::in_features))
    return;
  const Ref from = before_pointwise(s.spec, linear.inputs[0]);
  if (from.is_input()) return;
  const LayerSpec& flatten = s.spec.layer(from.layer);
  const auto& inputs = s.trace.row(from.layer).inputs;
  if (flatten.info().family != Family::flatten || inputs.empty() || inputs[0].size() < 3 ||
      inputs[0].back() != linear.integer(Opt::in_features))
    return;
  const Ref made = before_pointwise(s.spec, flatten.inputs[0]);
  if (made.is_input()) return;
  const LayerSpec& maker = s.spec.layer(made.layer);
  const bool features_last =
      facts(maker.kind).channels == Channels::last || maker.info().family == Family::embedding;
  if (features_last) without(s, from.layer, 0, out);
}

// The layer behind `at` that turns the axes next, as long as each layer on the way is the only one that reads
// the one before it.
std::optional<LayerId> next_turn(const Spec& spec, LayerId at) {
  for (int steps = 0; steps < 2 * most; ++steps) {
    LayerId reader;
    for (LayerId i = at + 1; i < spec.layers.end_id(); ++i) {
      const std::vector<Ref>& inputs = spec.layer(i).inputs;
      if (std::count(inputs.begin(), inputs.end(), Ref{at, 0}) == 0) continue;
      if (!reader.is_none() || inputs.size() != 1) return std::nullopt;
      reader = i;
    }
    if (reader.is_none() || spec.layer(reader).broken) return std::nullopt;
    if (facts(spec.layer(reader).kind).effect == Effect::reordered) return reader;
    at = reader;
  }
  return std::nullopt;
}

// Axes that are turned in front of a layer that takes them as they were, and turned back behind it.
void turned_and_back(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(fault);
  // What takes its features last may be turned for them, and count something else wrong.
  const Channels channels = facts(layer.kind).channels;
  if (channels != Channels::before_axes && channels != Channels::second) return;
  if (layer.inputs.size() != 1 || s.trace.row(fault).inputs.empty()) return;
  const std::size_t rank = s.trace.row(fault).inputs[0].size();
  const Ref turn = before_pointwise(s.spec, layer.inputs[0]);
  const auto back = next_turn(s.spec, fault);
  if (turn.is_input() || !back) return;
  const auto there = order_of(s.spec.layer(turn.layer), rank);
  const auto here = order_of(s.spec.layer(*back), rank);
  if (!there || !here || inverse_of(*there) != *here) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!leave_out(s, turn.layer, candidate) || !leave_out(s, *back, candidate)) return;
  candidate.by_text = true;
  candidate.places = 1;
  candidate.title = "leave out `" + s.spec.layer(turn.layer).name + "` and `" + s.spec.layer(*back).name +
                    "`: `" + layer.name + "` takes the axes as they are in front of them";
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// The layer that alone reads `at`, with `at` as its only input.
std::optional<LayerId> sole_reader(const Spec& spec, LayerId at) {
  std::optional<LayerId> reader;
  for (LayerId i = at + 1; i < spec.layers.end_id(); ++i) {
    const std::vector<Ref>& inputs = spec.layer(i).inputs;
    if (std::count(inputs.begin(), inputs.end(), Ref{at, 0}) == 0) continue;
    if (reader || inputs.size() != 1) return std::nullopt;
    reader = i;
  }
  return reader;
}

// Axes that are turned right in front of a layer that takes them as they were: nothing between the two cares
// for their order.
void turned_in_vain(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  LayerId at = fault;
  do {
    const LayerSpec& layer = s.spec.layer(at);
    if (layer.broken || layer.inputs.size() != 1 || layer.inputs[0].is_input()) return;
    const LayerId before = layer.inputs[0].layer;
    if (sole_reader(s.spec, before) != at) return;
    at = before;
  } while (s.spec.layer(at).info().family == Family::pointwise);
  const LayerSpec& turn = s.spec.layer(at);
  if (turn.broken || facts(turn.kind).effect != Effect::reordered) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (!leave_out(s, at, candidate)) return;
  const auto changed = changed_by(s, candidate);
  if (!changed || !holds(*changed, infer(*changed))) return;
  candidate.title = "leave out `" + turn.name + "`: `" + s.spec.layer(fault).name +
                    "` takes the axes as they are in front of it";
  out.push_back(std::move(candidate));
}

// A batch of two where a norm takes mean and variance over a batch of one.
void two_samples(const Situation& s, std::vector<Candidate>& out) {
  if (s.spec.inputs.size() != 1 || s.spec.inputs[0].shape.empty() || s.spec.inputs[0].shape[0] != 1) return;
  Shape fresh = s.spec.inputs[0].shape;
  fresh[0] = 2;
  Candidate candidate;
  candidate.kind = FixKind::input_size;
  candidate.amount = 1;
  candidate.telling = true;
  if (!feed(s, 0, fresh, candidate)) return;
  candidate.title = "feed 2 samples at a time: " + bracketed(fresh);
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_without_norms(const Situation& s, std::vector<Candidate>& out) {
  const auto named = s.spec.find(s.finding.layer);
  if (!named) return;
  Candidate candidate;
  candidate.kind = FixKind::stage;
  std::string names;
  const Family family = s.spec.layer(*named).info().family;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    const LayerTrace& row = s.trace.row(i);
    if (layer.broken || layer.info().family != family || row.inputs.empty() ||
        !normalises_one_value(layer, row.inputs[0]))
      continue;
    if (candidate.removed == most || !leave_out(s, i, candidate)) return;
    names += (names.empty() ? "`" : ", `") + layer.name + "`";
  }
  if (candidate.removed == 0) return;
  candidate.places = 1;
  candidate.by_text = candidate.removed > 1;
  candidate.telling = true;
  candidate.title =
      "leave out " + names + (candidate.removed > 1 ? ", norms" : ", a norm") + " over one value";
  out.push_back(std::move(candidate));
  if (family == Family::batch_norm) two_samples(s, out);
}

void suggest_removals(const Situation& s, std::vector<Candidate>& out) {
  if (const auto fault = first_fault(s.trace)) {
    const Code code = s.trace.row(*fault).refusals[0].code;
    const LayerSpec& layer = s.spec.layer(*fault);
    if (code == Code::L209) superfluous_flatten(s, *fault, out);
    if (code == Code::L203) turned_and_back(s, *fault, out);
    if (code == Code::L203 || code == Code::L209) turned_in_vain(s, *fault, out);
    const bool used_up = code == Code::L205 && one_of_several(s.spec, *fault);
    const bool no_groups = code == Code::L202 && layer.info().family == Family::group_norm;
    if (used_up || no_groups) without(s, *fault, 1, out);
    return;
  }
  const Shape* got = s.trace.result(s.spec);
  if (!s.spec.expect || got == nullptr) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  if (want.size() != got->size() || want.size() < 3) return;
  // A whole factor too large or too small, on every axis.
  for (std::size_t a = 2; a < want.size(); ++a) {
    if (want[a] == Expect::any_size || (*got)[a] < 1) continue;
    const std::int64_t large = std::max(want[a], (*got)[a]);
    const std::int64_t small = std::min(want[a], (*got)[a]);
    if (small < 1 || large < 2 * small) return;
  }
  int tried = 0;
  for (std::size_t i = s.spec.layers.size(); i-- > 0 && tried < most;) {
    const LayerSpec& layer = s.spec.layers[i];
    const bool resizes =
        may_go(layer) && changes_size(s.trace, i) && layer.info().family != Family::batch_norm;
    if (resizes) without(s, LayerId(i), 2 + tried++, out);
  }
}

}  // namespace shapedbg
