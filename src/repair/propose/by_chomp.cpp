// What a causal convolution returns too much: padded on both sides by all that its kernel reaches, it sees no
// place behind its own, and as many places at the end are to be cut off. And unpadded ones of even kernels,
// whose results meet what is longer: the last places of each belong together.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "diagnose/rules.h"
#include "flow/telling_inputs.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The axis along which two tensors of one rank differ; nothing where they differ along several, or none.
std::optional<std::size_t> only_difference(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] == b[k]) continue;
    if (found) return std::nullopt;
    found = k;
  }
  return found;
}

// "[null, null, [null, -3]]"
std::string cut_of(std::size_t rank, std::size_t axis, const std::string& range) {
  std::string index = "[";
  for (std::size_t k = 0; k < rank; ++k)
    index += std::string(k == 0 ? "" : ", ") + (k == axis ? range : std::string("null"));
  return index + "]";
}

// A convolution that is padded on both sides of an axis by all that it reaches there: of a signal, or of the
// rows of a map.
bool padded_for_causal(const LayerSpec& layer, std::int64_t surplus, std::size_t rank, std::size_t axis) {
  if (layer.broken || layer.info().family != Family::conv) return false;
  const auto axes = static_cast<std::size_t>(layer.info().axes);
  if (axes < 1 || rank != axes + 2 || axis < 2) return false;
  const Window w = window_of(layer, static_cast<int>(axis) - 2);
  return w.s == 1 && w.before == w.after && w.before == surplus && w.reach() == surplus;
}

// A convolution of one place, which leaves every size as it is.
bool mixes_channels_alone(const LayerSpec& layer) {
  if (layer.broken || layer.info().family != Family::conv || layer.inputs.size() != 1) return false;
  for (int a = 0; a < layer.info().axes; ++a)
    if (const Window w = window_of(layer, a); w.k != 1 || w.s != 1 || w.before + w.after != 0) return false;
  return true;
}

// Whether one of the same kernel is padded by half of that, or one of the same padding has a kernel for it,
// and keeps its map: the number of this one is a slip.
bool keeps_its_map(const Spec& spec, const LayerSpec& layer) {
  const Window mine = window_of(layer, 0);
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& other) {
    if (&other == &layer || other.broken || other.info().family != Family::conv || other.info().axes != 1)
      return false;
    const Window w = window_of(other, 0);
    return (w.k == mine.k || w.before == mine.before) && w.d == mine.d && w.s == 1 && w.before == w.after &&
           2 * w.before == w.reach();
  });
}

void behind_causal(const Situation& s, LayerId merge, std::size_t k, std::size_t other,
                   std::vector<Candidate>& out) {
  const LayerTrace& row = s.trace.row(merge);
  const auto axis = only_difference(row.inputs[k], row.inputs[other]);
  if (!axis) return;
  const std::int64_t surplus = row.inputs[k][*axis] - row.inputs[other][*axis];
  Produced place = produced(s.spec, s.trace, s.spec.layer(merge).inputs[k], *axis);
  while (!place.ref.is_input() && mixes_channels_alone(s.spec.layer(place.ref.layer)))
    place = produced(s.spec, s.trace, s.spec.layer(place.ref.layer).inputs[0], place.axis);
  if (surplus < 1 || place.ref.is_input()) return;
  const LayerSpec& conv = s.spec.layer(place.ref.layer);
  const std::size_t rank = s.trace.row(place.ref.layer).outputs[0].size();
  if (!padded_for_causal(conv, surplus, rank, place.axis)) return;
  if (conv.info().axes == 1 && keeps_its_map(s.spec, conv)) return;
  const auto reader = s.trials().readers().only(place.ref.layer);
  if (!reader) return;
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  const std::string options =
      R"(, "index": )" + cut_of(rank, place.axis, "[null, " + std::to_string(-surplus) + "]");
  const LayerSpec& takes = s.spec.layer(*reader);
  const auto input = static_cast<std::size_t>(std::find(takes.inputs.begin(), takes.inputs.end(), place.ref) -
                                              takes.inputs.begin());
  if (input == takes.inputs.size()) return;
  const bool put = is_merge(takes) ? put_on_input(s, *reader, input, "Slice", options, candidate)
                                   : put_on_input(s, *reader, "Slice", options, candidate);
  if (!put) return;
  candidate.title = "cut the last " + std::to_string(surplus) + " places of `" + conv.name +
                    "` off by a Slice: its padding of " + std::to_string(surplus) + " makes it causal";
  out.push_back(std::move(candidate));
}

// Whether only unpadded convolutions of stride 1 and even kernels stand between `ref` and what `start` is.
bool trimmed_by_even_kernels(const Spec& spec, Ref ref, Ref start) {
  bool even = false;
  while (ref != start) {
    if (ref.is_input()) return false;
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.broken || layer.inputs.size() != 1) return false;
    if (layer.info().family == Family::conv) {
      const Window w = window_of(layer, 0);
      if (layer.info().axes != 1 || w.s != 1 || w.before != 0 || w.after != 0) return false;
      even = even || w.k % 2 == 0;
    } else if (!keeps_shape(layer.info().family)) {
      return false;
    }
    ref = layer.inputs[0];
  }
  return even;
}

// Every tensor that `ref` is made of by one input each.
std::vector<Ref> chain_of(const Spec& spec, Ref ref) {
  std::vector<Ref> chain{ref};
  while (!ref.is_input() && spec.layer(ref.layer).inputs.size() == 1)
    chain.push_back(ref = spec.layer(ref.layer).inputs[0]);
  return chain;
}

// The last places of each longer input of a sum.
void ends_of_a_sum(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& sum = s.spec.layer(merge);
  const auto& inputs = s.trace.row(merge).inputs;
  std::size_t shortest = 0;
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    if (inputs[k].size() != 3 || inputs[0].size() != 3) return;
    if (inputs[k][2] < inputs[shortest][2]) shortest = k;
  }
  const std::vector<Ref> deepest = chain_of(s.spec, sum.inputs[shortest]);
  Candidate candidate;
  candidate.kind = FixKind::fit;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto axis = only_difference(inputs[k], inputs[shortest]);
    if (inputs[k] == inputs[shortest]) continue;
    if (!axis || *axis != 2) return;
    const std::vector<Ref> chain = chain_of(s.spec, sum.inputs[k]);
    const auto common = std::find_first_of(chain.begin(), chain.end(), deepest.begin(), deepest.end());
    if (common == chain.end() || !trimmed_by_even_kernels(s.spec, sum.inputs[shortest], *common)) return;
    if (common != chain.begin() && !trimmed_by_even_kernels(s.spec, sum.inputs[k], *common) &&
        !std::all_of(chain.begin(), common, [&](Ref ref) {
          const LayerSpec& one = s.spec.layer(ref.layer);
          return keeps_shape(one.info().family) ||
                 (one.info().family == Family::conv && window_of(one, 0).net_kernel() == 1);
        }))
      return;
    const std::int64_t surplus = inputs[k][2] - inputs[shortest][2];
    if (!put_on_input(s, merge, k, "Slice",
                      R"(, "index": )" + cut_of(3, 2, "[" + std::to_string(surplus) + ", null]"), candidate))
      return;
  }
  if (candidate.changes.empty()) return;
  candidate.places = 1;
  candidate.title = "take the last " + std::to_string(inputs[shortest][2]) +
                    " places of each longer input of `" + sum.name +
                    "`: what the kernels leave lies at the end";
  out.push_back(std::move(candidate));
}

// By how much a transposed convolution of a signal, which pads nothing, exceeds its stride; 0 for others.
std::int64_t surplus_of(const LayerSpec& layer) {
  if (layer.broken || layer.info().family != Family::conv_transpose || layer.info().axes != 1) return 0;
  const Window w = window_of(layer, 0);
  return w.before == 0 && w.after == 0 && w.output_padding == 0
             ? std::max<std::int64_t>(w.reach() + 1 - w.s, 0)
             : 0;
}

// Whether a Slice or Crop right behind a layer leaves just the surplus of its kernel out, at the end.
bool cut_behind(const Situation& s, LayerId layer) {
  const auto reader = s.trials().readers().only(layer);
  if (!reader) return false;
  const LayerSpec& cut = s.spec.layer(*reader);
  const LayerTrace& row = s.trace.row(*reader);
  if (cut.broken || cut.info().family != Family::slice || row.inputs.empty() || row.outputs.empty())
    return false;
  const OptionValue* index = cut.find(Opt::index);
  const auto* ranges = index == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&index->value);
  const Shape& x = row.inputs[0];
  const Shape& y = row.outputs[0];
  const bool at_the_end = ranges != nullptr && ranges->size() == 3 &&
                          (ranges->back().start == 0 || ranges->back().start == SliceRange::open);
  return at_the_end && x.size() == 3 && y.size() == 3 && x[2] - y[2] == surplus_of(s.spec.layer(layer));
}

// A transposed convolution whose surplus is not cut off at its end, as that of all others like it is.
void ends_of_twins(const Situation& s, std::vector<Candidate>& out) {
  int alike = 0;
  std::vector<LayerId> uncut;
  for (const LayerId i : ids(s.spec.layers)) {
    if (surplus_of(s.spec.layer(i)) == 0) continue;
    if (cut_behind(s, i))
      ++alike;
    else
      uncut.push_back(i);
  }
  if (alike == 0 || uncut.size() != 1) return;
  const LayerSpec& layer = s.spec.layer(uncut[0]);
  const std::int64_t surplus = surplus_of(layer);
  const std::string options = R"(, "index": )" + cut_of(3, 2, "[null, " + std::to_string(-surplus) + "]");
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  candidate.telling = true;
  const auto reader = s.trials().readers().only(uncut[0]);
  const bool last = uncut[0] + 1 == s.spec.layers.end_id();
  if (!last && !reader) return;
  if (last ? !put_last(s, "Slice", options, candidate)
           : !put_on_input(s, *reader, "Slice", options, candidate))
    return;
  candidate.title = "cut the last " + std::to_string(surplus) + " places of `" + layer.name +
                    "` off by a Slice, as behind the other transposed convolutions";
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// Whether a convolution of a signal keeps its map, padded by half of what it reaches.
bool looks_both_ways(const LayerSpec& layer) {
  const Window w = window_of(layer, 0);
  return w.reach() > 0 && w.s == 1 && 2 * w.before == w.reach() && w.before == w.after;
}

// All convolutions of signals that are padded on both sides by all that they reach, none of which is cut:
// each is to be, as they are padded for looking back.
void all_causal(const Situation& s, std::vector<Candidate>& out) {
  constexpr std::size_t most = 64;
  std::vector<LayerId> padded;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv || layer.info().axes != 1) continue;
    if (looks_both_ways(layer)) return;
    const Window w = window_of(layer, 0);
    if (w.s == 1 && w.reach() > 0 && w.before == w.reach() && w.after == w.reach()) padded.push_back(i);
  }
  if (padded.size() < 2 || padded.size() > most) return;
  std::map<LayerId, std::vector<Slot>> readers;
  for (const LayerId i : ids(s.spec.layers))
    for (std::size_t k = 0; k < s.spec.layer(i).inputs.size(); ++k)
      if (const Ref ref = s.spec.layer(i).inputs[k]; !ref.is_input()) readers[ref.layer].push_back({i, k});
  Moves moves;
  std::vector<Change> changes;
  std::string names;
  for (const LayerId i : padded) {
    const LayerSpec& conv = s.spec.layer(i);
    const std::vector<Slot>& its = readers[i];
    const auto& outputs = s.trace.row(i).outputs;
    if (its.empty() || outputs.empty() || outputs[0].size() != 3) return;
    if (s.spec.layer(its[0].layer).info().family == Family::slice) return;
    const LayerSpec& reader = s.spec.layer(its[0].layer);
    const auto prefix = s.rewrite.prefix(reader);
    if (!prefix) return;
    std::vector<SliceRange> ranges(3);
    ranges.back().stop = -window_of(conv, 0).reach();
    std::string name = *prefix + free_name(s.spec, "cut");
    if (!moves.empty()) name += "_" + std::to_string(moves.size() + 1);
    changes.push_back(
        {name, "layer", "null", R"({"type": "Slice", "index": )" + to_json(Value{ranges}) + "}"});
    moves.emplace_back(InsertLayer{InsertLayer::Where::before,
                                   its[0].layer,
                                   LayerKind::Slice,
                                   std::move(name),
                                   {Ref{i, 0}},
                                   {{Opt::index, Value{std::move(ranges)}}},
                                   its});
    names += (i == padded.front() ? "`" : i == padded.back() ? " and `" : ", `") + conv.name + "`";
  }
  const int put_in = static_cast<int>(moves.size());
  auto candidate = candidate_of(s, FixKind::fitted,
                                "cut the padding of " + names + " off at the end: each looks back alone",
                                moves, std::move(changes), put_in);
  if (!candidate) return;
  candidate->places = 1;
  candidate->telling = true;
  const auto changed = changed_by(s, *candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(*candidate));
}

// A convolution of a signal that is padded alike on both sides, and the Slice `x[:, :, :-n]` behind it.
struct Chomp {
  LayerId conv;
  LayerId slice;
  Window window;
  std::vector<SliceRange> ranges;

  std::int64_t cut() const { return -ranges.back().stop; }
  std::vector<SliceRange> cut_by(std::int64_t n) const {
    std::vector<SliceRange> all = ranges;
    all.back().stop = -n;
    return all;
  }
};

std::vector<Chomp> chomps_of(const Situation& s) {
  std::vector<Chomp> found;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& conv = s.spec.layer(i);
    if (conv.broken || conv.info().family != Family::conv || conv.info().axes != 1) continue;
    const Window w = window_of(conv, 0);
    const auto reader = s.trials().readers().only(i);
    if (w.s != 1 || w.before != w.after || w.before < 1 || !reader) continue;
    const OptionValue* index = s.spec.layer(*reader).find(Opt::index);
    const auto* ranges = index == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&index->value);
    if (ranges == nullptr || ranges->size() != 3 || (*ranges)[0] != SliceRange{} ||
        (*ranges)[1] != SliceRange{} || ranges->back().step != 1 || ranges->back().stop >= 0 ||
        ranges->back().stop == SliceRange::open ||
        (ranges->back().start != 0 && ranges->back().start != SliceRange::open))
      continue;
    found.push_back({i, *reader, w, *ranges});
  }
  return found;
}

// The kernel of another convolution that is padded, dilated and cut just so and reaches as far as its
// padding; 0 where there is none.
std::int64_t kernel_of_another(const std::vector<Chomp>& all, const Chomp& mine) {
  for (const Chomp& other : all) {
    const Window& w = other.window;
    if (other.conv != mine.conv && w.d == mine.window.d && w.before == mine.window.before &&
        w.before == w.reach() && other.cut() == mine.cut())
      return w.k;
  }
  return 0;
}

void offer_chomps(const Situation& s, const std::vector<Set>& sets, FixKind kind,
                  std::vector<Candidate>& out) {
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = kind;
  offer_as_one(s, sets, std::move(candidate), out);
}

// Cut by their padding, but do not reach so far: one number was meant for both, all that the kernel reaches.
// Where others of that padding do, it is the kernel that is a slip.
void cut_by_the_padding(const Situation& s, const std::vector<Chomp>& all, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  std::vector<Set> kernels;
  for (const Chomp& one : all) {
    const Window& w = one.window;
    if (w.before == w.reach() || one.cut() != w.before) continue;
    if (const std::int64_t kernel = kernel_of_another(all, one)) {
      kernels.push_back({one.conv, Opt::kernel_size, Value{std::vector<std::int64_t>{kernel}}});
      continue;
    }
    sets.push_back({one.conv, Opt::padding, Value{std::vector<std::int64_t>{w.reach()}}});
    sets.push_back({one.slice, Opt::index, Value{one.cut_by(w.reach())}});
  }
  if (kernels.empty())
    offer_chomps(s, sets, FixKind::fitted, out);
  else
    offer_chomps(s, kernels, FixKind::window, out);
}

// Cut by all that they reach, and padded by less or more.
void padded_for_their_cut(const Situation& s, const std::vector<Chomp>& all, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (const Chomp& one : all)
    if (one.cut() == one.window.reach() && one.window.before != one.window.reach())
      sets.push_back({one.conv, Opt::padding, Value{std::vector<std::int64_t>{one.window.reach()}}});
  offer_chomps(s, sets, FixKind::window, out);
}

// Padded by all that they reach, and cut by less or more than that padding adds at the end: each cut is to
// make its convolution causal.
void ends_of_causal(const Situation& s, const std::vector<Chomp>& all, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (const Chomp& one : all)
    if (one.window.before == one.window.reach() && one.cut() != one.window.before)
      sets.push_back({one.slice, Opt::index, Value{one.cut_by(one.window.before)}});
  offer_chomps(s, sets, FixKind::fitted, out);
}

}  // namespace

void suggest_chomps(const Situation& s, std::vector<Candidate>& out) {
  ends_of_twins(s, out);
  all_causal(s, out);
  const std::vector<Chomp> all = chomps_of(s);
  ends_of_causal(s, all, out);
  cut_by_the_padding(s, all, out);
  padded_for_their_cut(s, all, out);
  const auto fault = failing_merge(s.spec, s.trace);
  if (!fault) return;
  const LayerTrace& row = s.trace.row(*fault);
  const std::vector<std::size_t> told = telling_inputs(row.inputs);
  for (const std::size_t k : told)
    for (const std::size_t other : told)
      if (other != k) behind_causal(s, *fault, k, other, out);
  ends_of_a_sum(s, *fault, out);
}

}  // namespace shapedbg
