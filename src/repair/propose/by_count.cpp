// Counts that the network states twice: in and out of one layer exchanged, the parts of a split that their
// readers are built for. And heads of keys and values that are fewer than those of the queries: each of them
// answers several.
#include <algorithm>
#include <optional>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

void offer(const Situation& s, const std::vector<Set>& sets, std::vector<Candidate>& out) {
  if (!s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::channels;
  candidate.telling = true;
  candidate.title = title_of(s.spec, sets);
  if (add_sets(s, sets, candidate)) out.push_back(std::move(candidate));
}

// Linear(768, 64) that gets 64: written the other way round.
void exchanged_counts(const Situation& s, LayerId at, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto taken = set_to_arriving(s.spec, s.trace, at);
  if (!taken || layer.broken) return;
  const bool linear = taken->opt == Opt::in_features;
  if (!linear && taken->opt != Opt::in_channels) return;
  const Opt made = linear ? Opt::out_features : Opt::out_channels;
  const auto* arriving = std::get_if<std::int64_t>(&taken->value);
  if (arriving == nullptr || !layer.has(made) || !layer.has(taken->opt)) return;
  if (layer.integer(made) != *arriving || layer.integer(taken->opt) == *arriving) return;
  // Another layer of its kind takes what arrives here, said or not, and returns as many: so does this one.
  const auto takes_as_many = [&](LayerId i) {
    const LayerSpec& other = s.spec.layer(i);
    if (other.has(taken->opt)) return other.integer(taken->opt) == *arriving;
    const Shapes& inputs = s.trace.row(i).inputs;
    const auto axis = inputs.empty() ? std::nullopt : axis_of_channels(other, inputs[0].size());
    return axis && inputs[0][*axis] == *arriving;
  };
  bool like_another = false;
  for (LayerId i{0}; i < s.spec.layers.end_id() && !like_another; ++i) {
    const LayerSpec& other = s.spec.layer(i);
    like_another = i != at && !other.broken && other.kind == layer.kind && other.has(made) &&
                   other.integer(made) == layer.integer(made) && takes_as_many(i);
  }
  // Nor does anything behind it ask for the other number where it takes whatever comes.
  const bool read = !s.trials().readers().of(at).empty();
  if ((like_another || read) && s.trials().close({*taken}, s.steps)) return;
  // The sum of a join is what people get wrong, whatever the layer returns.
  const Ref from =
      producer(s.spec, s.trace, layer.inputs[0], linear ? s.trace.row(at).inputs[0].size() - 1 : 1);
  const bool joined = !from.is_input() && facts(s.spec.layer(from.layer).kind).merge == Merge::joins;
  if (joined && s.trials().close({*taken}, s.steps)) return;
  offer(s, {*taken, {at, made, Value{layer.integer(taken->opt)}}}, out);
}

// A layer that states one number twice, for what it takes and what it returns, and gets another: both are to
// be that one, where what stands behind is built for it.
void square_counts(const Situation& s, LayerId at, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto taken = set_to_arriving(s.spec, s.trace, at);
  if (!taken || layer.broken || (taken->opt != Opt::in_features && taken->opt != Opt::in_channels)) return;
  const Opt made = taken->opt == Opt::in_features ? Opt::out_features : Opt::out_channels;
  const auto* arriving = std::get_if<std::int64_t>(&taken->value);
  if (arriving == nullptr || !layer.has(made) || layer.integer(made) != layer.integer(taken->opt)) return;
  if (s.trials().close({*taken}, s.steps)) return;  // what it returns is right
  offer(s, {*taken, {at, made, Value{*arriving}}}, out);
}

// A 1x1 convolution that mixes as many channels as it returns, square numbers of times as many as come: the
// map was to be squeezed in front of it.
void squeezed_in_front(const Situation& s, LayerId at, std::vector<Candidate>& out,
                       std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.broken || layer.kind != LayerKind::Conv2d || inputs.size() != 1 || inputs[0].size() != 4) return;
  const std::int64_t channels = layer.integer(Opt::in_channels);
  const Window w = window_of(layer, 0);
  if (channels != layer.integer(Opt::out_channels) || w.k != 1 || w.s != 1 || s.spec.expect) return;
  for (const std::int64_t by : {2, 3, 4}) {
    const Shape& x = inputs[0];
    if (x[1] * by * by != channels || x[2] % by != 0 || x[3] % by != 0) continue;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    if (!put_on_input(s, at, "PixelUnshuffle", R"(, "downscale_factor": )" + std::to_string(by), candidate))
      return;
    candidate.title = "put a PixelUnshuffle in front of `" + layer.name + "`: " + bracketed(x) + " becomes " +
                      bracketed({x[0], channels, x[2] / by, x[3] / by});
    sort_in(s, std::move(candidate), out, partial);
  }
}

// What the readers of one part of a split are built for; nothing where they do not say.
std::optional<std::int64_t> stated_by_readers(const Spec& spec, Ref part, std::size_t axis,
                                              std::size_t rank) {
  std::optional<std::int64_t> stated;
  for (const LayerSpec& reader : spec.layers) {
    if (reader.inputs.size() != 1 || reader.broken || before_pointwise(spec, reader.inputs[0]) != part)
      continue;
    const Family family = reader.info().family;
    const bool features = family == Family::linear && axis + 1 == rank;
    const bool channels = family == Family::conv && axis == 1;
    const Opt opt = features ? Opt::in_features : Opt::in_channels;
    if ((!features && !channels) || !reader.has(opt) || !reader.find(opt)->written) continue;
    if (stated && *stated != reader.integer(opt)) return std::nullopt;
    stated = reader.integer(opt);
  }
  return stated;
}

void parts_of_a_split(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  LayerId at = fault;
  if (s.spec.layer(at).info().family != Family::split) {
    const LayerSpec& reader = s.spec.layer(at);
    if (reader.inputs.size() != 1) return;
    at = before_pointwise(s.spec, reader.inputs[0]).layer;
    if (at.is_none()) return;
  }
  const LayerSpec& split = s.spec.layer(at);
  const LayerTrace& row = s.trace.row(at);
  const OptionValue* option = split.broken ? nullptr : split.find(Opt::split_size_or_sections);
  const auto* parts = option == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&option->value);
  if (split.info().family != Family::split || parts == nullptr || parts->empty() || row.inputs.empty())
    return;
  const Shape& x = row.inputs[0];
  const std::size_t axis = wrapped_axis(split.integer(Opt::dim), x.size());
  if (axis >= x.size()) return;
  std::vector<std::int64_t> fresh = *parts;
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < fresh.size(); ++k) {
    const auto stated = stated_by_readers(s.spec, {at, static_cast<int>(k)}, axis, x.size());
    fresh[k] = stated.value_or(fresh[k]);
    if (__builtin_add_overflow(sum, fresh[k], &sum)) return;
  }
  if (sum == x[axis] && fresh != *parts)
    return offer(s, {{at, Opt::split_size_or_sections, Value{fresh}}}, out);
  // Nobody says how wide they are: equal parts stay equal.
  const auto count = static_cast<std::int64_t>(parts->size());
  const bool equal = std::equal(parts->begin() + 1, parts->end(), parts->begin());
  if (fresh != *parts || sum == x[axis] || !equal || x[axis] % count != 0) return;
  const std::vector<std::int64_t> shared(parts->size(), x[axis] / count);
  offer(s, {{at, Opt::split_size_or_sections, Value{shared}}}, out);
}

// [N, heads, L, C] of queries, fewer heads of keys or values: the inputs of a product or an attention that
// have fewer. Of an attention keys and values go together.
std::vector<std::size_t> fewer_heads(const LayerSpec& product, const LayerTrace& row) {
  const bool attends = product.kind == LayerKind::ScaledDotProductAttention;
  const std::size_t count = attends ? 3 : 2;
  if (product.broken || (!attends && product.info().family != Family::matmul) || row.inputs.size() < count)
    return {};
  for (std::size_t k = 0; k < count; ++k)
    if (row.inputs[k].size() != 4 || row.inputs[k][0] != row.inputs[0][0] || row.inputs[k][1] < 2) return {};
  const std::int64_t a = row.inputs[0][1];
  const std::int64_t b = row.inputs[1][1];
  if (a == b || (a % b != 0 && b % a != 0)) return {};
  if (attends)
    return row.inputs[2][1] == b && b < a ? std::vector<std::size_t>{1, 2} : std::vector<std::size_t>{};
  return {a < b ? 0U : 1U};
}

// Heads are repeated elsewhere in the network, by as many.
bool repeats_heads(const Spec& spec, std::int64_t times) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& layer) {
    return !layer.broken && layer.kind == LayerKind::RepeatInterleave && layer.integer(Opt::dim) == 1 &&
           layer.integer(Opt::repeats) == times;
  });
}

// Each product in front of which heads are fewer, one after the other. Where keys alone are fewer, or values,
// it is their number that is wrong.
void repeated_heads(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  constexpr int most = 4;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  std::vector<std::string> names;
  std::int64_t times = 0;
  Spec spec = s.spec;
  Trace trace = s.trace;
  while (candidate.inserted < most) {
    const auto fault = first_fault(trace);
    if (!fault) break;
    const LayerSpec& product = spec.layer(*fault);
    const LayerTrace& row = trace.row(*fault);
    const auto fewer = fewer_heads(product, row);
    const auto index = s.spec.find(product.name);
    if (fewer.empty() || !index) break;
    times = row.inputs[fewer[0] == 0 ? 1 : 0][1] / row.inputs[fewer[0]][1];
    for (const std::size_t k : fewer) {
      if (!put_on_input(s, *index, k, "RepeatInterleave",
                        R"(, "repeats": )" + std::to_string(times) + R"(, "dim": 1)", candidate))
        return;
      const std::string name = "`" + s.spec.name_of(s.spec.layer(*index).inputs[k]) + "`";
      if (std::count(names.begin(), names.end(), name) == 0) names.push_back(name);
    }
    if (fewer.size() > 1) {
      one_edit_each(candidate.edits);
      candidate.by_text = true;
    }
    auto changed = changed_by(s, candidate);
    if (!changed) return;
    spec = std::move(*changed);
    trace = infer(spec);
  }
  if (candidate.inserted == 0 || (candidate.inserted == 1 && !repeats_heads(s.spec, times))) return;
  candidate.title = "repeat each head of ";
  for (std::size_t i = 0; i < names.size(); ++i)
    candidate.title += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  candidate.title += " " + std::to_string(times) + " times by a RepeatInterleave";
  const bool whole = holds(spec, trace);
  candidate.places = 1;
  (whole ? out : partial).push_back(std::move(candidate));
}

}  // namespace

void suggest_counts(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  exchanged_counts(s, *fault, out);
  square_counts(s, *fault, out);
  squeezed_in_front(s, *fault, out, partial);
  parts_of_a_split(s, *fault, out);
  repeated_heads(s, out, partial);
}

}  // namespace shapedbg
