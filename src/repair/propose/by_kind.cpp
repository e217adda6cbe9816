// A layer written for another number of axes than the tensor has: BatchNorm2d behind a Linear, Conv1d on
// images. The kind of the same family for the axes that arrive, and of its neighbours that fail likewise.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/judge/judge.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The kind that `layer` is for a tensor of so many axes: N,C and the spatial ones, N,C alone for BatchNorm1d.
std::optional<LayerKind> kind_for(const LayerSpec& layer, std::size_t rank) {
  const KindInfo& present = layer.info();
  if (present.axes == 0 || rank < 2) return std::nullopt;
  const bool features = present.family == Family::batch_norm && rank == 2;
  const int axes = features ? 1 : static_cast<int>(rank) - 2;
  const std::string_view stem = present.name.substr(0, present.name.find_last_not_of("0123456789d") + 1);
  for (const KindInfo& kind : all_kinds())
    if (kind.family == present.family && kind.axes == axes && kind.kind != present.kind &&
        kind.name.starts_with(stem) && kind.name.size() == present.name.size())
      return kind.kind;
  return std::nullopt;
}

// The first layer that fails by itself, where its number of axes is why.
std::optional<std::size_t> wrong_rank(const Spec& spec, const Trace& trace) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (row.refusals.empty()) continue;
    const bool rank = row.refusals[0].code == Code::L204 && !row.inputs.empty();
    return rank ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

bool is_norm(const LayerSpec& layer) {
  return layer.info().family == Family::batch_norm || layer.info().family == Family::instance_norm;
}

// A Stack where tensors were to be joined: what takes the result wants one axis less, and as many channels as
// they have together.
void joined_instead(const Situation& s, std::vector<Candidate>& out) {
  const auto at = wrong_rank(s.spec, s.trace);
  if (!at || s.spec.layers[*at].inputs.size() != 1) return;
  Ref from = s.spec.layers[*at].inputs[0];
  while (!from.is_input() && keeps_shape(s.spec.layer(from.layer).info().family) &&
         s.spec.layer(from.layer).inputs.size() == 1)
    from = s.spec.layer(from.layer).inputs[0];
  if (from.is_input()) return;
  const LayerSpec& stack = s.spec.layer(from.layer);
  if (stack.broken || facts(stack.kind).merge != Merge::stacks) return;
  Candidate candidate;
  candidate.kind = FixKind::layer_kind;
  Moves moves;
  for (const LayerId copy : copies(s.spec, from.layer))
    moves.emplace_back(ChangeKind{copy, LayerKind::Concat});
  if (!add_moves(s, moves, candidate)) return;
  candidate.changes.push_back(
      {stack.name, "type", to_json(Value{stack.typed_as}), to_json(Value{std::string("Concat")})});
  candidate.title = "make `" + stack.name + "` a Concat";
  const auto changed = network_behind(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// The other way round: what takes the result wants one axis more, and as many channels as tensors are joined.
void stacked_instead(const Situation& s, std::vector<Candidate>& out) {
  const auto at = first_fault(s.trace);
  if (!at || s.spec.layer(*at).inputs.size() != 1) return;
  const LayerSpec& taker = s.spec.layer(*at);
  const Ref from = before_pointwise(s.spec, taker.inputs[0]);
  if (from.is_input() || taker.broken || !taker.has(Opt::in_channels)) return;
  const LayerSpec& join = s.spec.layer(from.layer);
  const Shapes& joined = s.trace.row(from.layer).inputs;
  const auto wanted = taker.axis_count() + 2;
  if (join.broken || facts(join.kind).merge != Merge::joins || joined.size() != join.inputs.size()) return;
  if (join.inputs.size() < 2 || std::ssize(join.inputs) != taker.integer(Opt::in_channels)) return;
  if (std::any_of(joined.begin(), joined.end(),
                  [&](const Shape& x) { return x != joined[0] || x.size() + 1 != wanted; }))
    return;
  Candidate candidate;
  candidate.kind = FixKind::layer_kind;
  candidate.telling = true;
  Moves moves;
  for (const LayerId copy : copies(s.spec, from.layer)) {
    moves.emplace_back(ChangeKind{copy, LayerKind::Stack});
    moves.emplace_back(SetOption{copy, Opt::dim, Value{std::int64_t{1}}});
  }
  if (!add_moves(s, moves, candidate)) return;
  candidate.changes.push_back(
      {join.name, "type", to_json(Value{join.typed_as}), to_json(Value{std::string("Stack")})});
  candidate.changes.push_back({join.name, "dim", to_json(join.find(Opt::dim)->value), "1"});
  candidate.title = "make `" + join.name + "` a Stack along dim 1: " + std::to_string(join.inputs.size()) +
                    " channels for `" + taker.name + "`";
  const auto changed = network_behind(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// A resize whose mode is of another number of axes: the one of the same family for those that arrive.
void mode_for_the_map(const Situation& s, std::vector<Candidate>& out) {
  const auto at = wrong_rank(s.spec, s.trace);
  if (!at) return;
  const LayerSpec& layer = s.spec.layers[*at];
  const std::size_t rank = s.trace.layers[*at].inputs[0].size();
  if (layer.broken || layer.info().family != Family::upsample || rank < 3 || rank > 5) return;
  constexpr std::array<std::string_view, 3> linear{"linear", "bilinear", "trilinear"};
  const auto& present = std::get<std::string>(layer.find(Opt::mode)->value);
  if (std::find(linear.begin(), linear.end(), present) == linear.end()) return;
  const Set set{LayerId(*at), Opt::mode, Value{std::string(linear[rank - 3])}};
  Candidate candidate;
  candidate.kind = FixKind::layer_kind;
  candidate.title = title_of(s.spec, {set});
  if (!add_sets(s, {set}, candidate)) return;
  const auto changed = network_behind(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// A Squeeze of an axis that has several places drops nothing: the axis was to be used up in front of it, and
// the layers behind are right for what it should return.
bool behind_an_idle_squeeze(const Spec& spec, const Trace& trace, const LayerSpec& layer) {
  if (layer.inputs.size() != 1) return false;
  const Ref from = before_pointwise(spec, layer.inputs[0]);
  if (from.is_input() || spec.layer(from.layer).broken) return false;
  const LayerSpec& squeeze = spec.layer(from.layer);
  const LayerTrace& row = trace.row(from.layer);
  return squeeze.info().family == Family::squeeze && squeeze.has(Opt::dim) && !row.outputs.empty() &&
         row.inputs == row.outputs;
}

}  // namespace

void suggest_kinds(const Situation& s, std::vector<Candidate>& out) {
  joined_instead(s, out);
  stacked_instead(s, out);
  mode_for_the_map(s, out);
  constexpr int most = 8;
  Candidate candidate;
  candidate.kind = FixKind::layer_kind;
  candidate.applicability = Applicability::safe;
  Spec now = s.spec;
  Trace trace = s.trace;
  std::vector<std::string> named;
  for (int round = 0; round < most; ++round) {
    const std::optional<std::size_t> at = wrong_rank(now, trace);
    if (!at) break;
    const LayerSpec& layer = s.spec.layers[*at];
    const auto kind = kind_for(layer, trace.layers[*at].inputs[0].size());
    if (!kind || behind_an_idle_squeeze(now, trace, layer)) return;
    const std::string fresh = to_json(Value{std::string(info(*kind).name)});
    const std::size_t edits = candidate.edits.size();
    Moves moves;
    for (const LayerId copy : copies(s.spec, LayerId(*at))) moves.emplace_back(ChangeKind{copy, *kind});
    if (!add_moves(s, moves, candidate) || candidate.edits.size() == edits) return;
    candidate.changes.push_back({layer.name, "type", to_json(Value{layer.typed_as}), fresh});
    const std::string_view name = info(*kind).name;
    named.push_back("`" + layer.name + "` " + with_article(name));
    // The same weights, and no other layer can be meant.
    if (!is_norm(layer)) candidate.applicability = Applicability::unsafe;
    if (layer.shared && !layer.used_at.empty()) candidate.where = "in the block, for all its uses";
    auto changed = network_behind(s, candidate);
    if (!changed || changed->layers.size() != s.spec.layers.size()) return;
    now = std::move(*changed);
    trace = infer(now);
  }
  if (candidate.edits.empty()) return;
  candidate.places = static_cast<int>(candidate.edits.size());
  candidate.title = "make " + named[0];
  for (std::size_t i = 1; i < named.size(); ++i)
    candidate.title += (i + 1 == named.size() ? " and " : ", ") + named[i];
  out.push_back(std::move(candidate));
}

}  // namespace shapedbg
