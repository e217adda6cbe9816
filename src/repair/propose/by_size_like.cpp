// The size that a layer has to return, taken from another tensor at forward time.
#include <algorithm>
#include <functional>
#include <optional>

#include "flow/meeting.h"
#include "flow/path.h"
#include "flow/telling_inputs.h"
#include "net/facts.h"
#include "net/readers.h"
#include "net/sharing.h"
#include "read/json/parse.h"
#include "repair/changed.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// A change of more layers than that is another design, not a repair.
constexpr std::size_t most_owed = 32;

struct Owed {
  LayerId layer;
  Ref size_of;
  bool operator==(const Owed&) const = default;
};

bool takes_size_like(const LayerSpec& layer) {
  return goes_up(layer.info().family) && layer.find(Opt::size_like) != nullptr && !layer.broken &&
         !layer.has(Opt::size_like);
}

bool same_sizes(const Shape& a, const Shape& b) {
  return a.size() == b.size() && a.size() > 2 && std::equal(a.begin() + 2, a.end(), b.begin() + 2);
}

// The tensor of the sizes `wanted` that the result of `up` is merged with, behind layers that keep its sizes.
std::optional<Ref> merged_with(const Situation& s, const ReaderIndex& readers, LayerId up,
                               const Shape& wanted) {
  std::optional<LayerId> reader = readers.only(up);
  while (reader && s.spec.layer(*reader).inputs.size() == 1) {
    const LayerTrace& row = s.trace.row(*reader);
    if (row.inputs.empty() || row.outputs.empty() || !same_sizes(row.inputs[0], row.outputs[0])) return {};
    reader = readers.only(*reader);
  }
  if (!reader) return std::nullopt;
  for (const Ref ref : s.spec.layer(*reader).inputs) {
    const Shape* other = s.trace.output(s.spec, ref);
    if ((ref.is_input() || ref.layer < up) && other != nullptr && same_sizes(*other, wanted)) return ref;
  }
  return std::nullopt;
}

// The size that layer `up` should return: what the layer that it undoes took. The skip that it meets has that
// size, too, and is the tensor that an author has at hand.
std::optional<Ref> owed_size(const Situation& s, const ReaderIndex& readers, const Level& level) {
  const LayerSpec& down = s.spec.layer(level.down);
  if (down.inputs.empty()) return std::nullopt;
  const Shape* wanted = s.trace.output(s.spec, down.inputs.front());
  const auto skip = wanted == nullptr ? std::nullopt : merged_with(s, readers, level.up, *wanted);
  return skip ? skip : down.inputs.front();
}

void add(std::vector<Owed>& all, const Owed& one) {
  for (const Owed& known : all)
    if (known.layer == one.layer) return;  // the first partner is the nearest
  all.push_back(one);
}

// An argument of the block by which `layer`'s use gives just that tensor to another layer: "$skip".
std::optional<std::string> argument_for(const Situation& s, const LayerSpec& layer, Ref ref) {
  for (const LayerSpec& other : s.spec.layers) {
    if (other.used_at.empty() || other.used_at.front().span != layer.used_at.front().span) continue;
    for (std::size_t k = 0; k < other.inputs.size(); ++k) {
      const std::string_view written = s.rewrite.reference(other, k);
      if (other.inputs[k] == ref && written.starts_with('$')) return std::string(written);
    }
  }
  return std::nullopt;
}

// What that argument stands for in the use that `layer` comes from.
std::optional<Ref> tensor_of(const Situation& s, const LayerSpec& layer, std::string_view word) {
  for (const LayerSpec& other : s.spec.layers) {
    if (other.used_at.empty() || other.used_at.front().span != layer.used_at.front().span) continue;
    for (std::size_t k = 0; k < other.inputs.size(); ++k)
      if (s.rewrite.reference(other, k) == word) return other.inputs[k];
  }
  return std::nullopt;
}

// The moves that give `layer` and its copies the size of a tensor, in place of `replaced` where that is
// written. False where the copies do not all say which tensor `word` is there.
bool move_copies(const Situation& s, const Owed& one, const std::optional<std::string>& word,
                 std::optional<Opt> replaced, const Candidate& candidate, Moves& moves) {
  bool exact = true;
  for (const LayerId copy : copies(s.spec, one.layer)) {
    std::optional<Ref> ref = one.size_of;
    if (copy != one.layer) ref = word ? tensor_of(s, s.spec.layer(copy), *word) : std::nullopt;
    exact = exact && ref;
    if (!ref) continue;
    Move fresh = replaced ? Move{ReplaceOption{copy, *replaced, Opt::size_like, Value{*ref}}}
                          : Move{SetOption{copy, Opt::size_like, Value{*ref}}};
    if (std::find(candidate.moves.begin(), candidate.moves.end(), fresh) == candidate.moves.end())
      moves.push_back(std::move(fresh));
  }
  return exact;
}

// The other uses of the block of `layer` get theirs by the same word.
void add_other_uses(const Situation& s, const LayerSpec& layer, const std::string& word,
                    Candidate& candidate) {
  for (const LayerSpec& other : s.spec.layers) {
    const bool known = std::any_of(candidate.changes.begin(), candidate.changes.end(), [&](const Change& c) {
      return c.layer == other.name && sets(c, Opt::size_like);
    });
    if (other.where.span != layer.where.span || known) continue;
    if (const auto ref = tensor_of(s, other, word))
      candidate.changes.push_back({other.name, "size_like", "null", to_json(Value{s.spec.name_of(*ref)})});
  }
}

// How many calls of the author's program change. Where the ways never meet, whatever the input, a number is
// wrong, and each of them makes up for it.
int places_in_program(const Spec& spec, const Trace& trace, const std::vector<Owed>& owed) {
  int places = 0;
  for (auto one = owed.begin(); one != owed.end(); ++one)
    places += std::none_of(owed.begin(), one, [&](const Owed& before) {
      return called_at_one_line(spec.layer(before.layer), spec.layer(one->layer));
    });
  const auto fault = first_fault(trace);
  if (places == static_cast<int>(owed.size()) || !fault) return places;
  Meetings meetings(spec, trace);
  for (const Axis& axis : spatial_axes(spec))
    if (meetings.never_met(*fault, axis)) return static_cast<int>(owed.size());
  return places;
}

void suggest(const Situation& s, std::vector<Owed> owed, std::vector<Candidate>& out) {
  if (owed.empty() || owed.size() > most_owed) return;
  std::sort(owed.begin(), owed.end(), [](const Owed& a, const Owed& b) { return a.layer < b.layer; });
  Candidate candidate;
  candidate.kind = FixKind::size_like;
  candidate.places = places_in_program(s.spec, s.trace, owed);
  // An unpooling needs that size, whatever it is; elsewhere it is another call at forward time.
  candidate.applicability = Applicability::safe;
  std::vector<std::pair<LayerId, std::string>> values;
  std::vector<Set> sets;
  for (const Owed& one : owed) {
    const LayerSpec& layer = s.spec.layer(one.layer);
    const std::string name = to_json(Value{s.spec.name_of(one.size_of)});
    const auto word = layer.used_at.empty() ? std::nullopt : argument_for(s, layer, one.size_of);
    const std::string json = word ? to_json(Value{*word}) : name;
    values.emplace_back(one.layer, name);
    if (word) candidate.where = "in the block, for all its uses";
    if (layer.info().family != Family::max_unpool) candidate.applicability = Applicability::unsafe;
    std::vector<Edit> edits;
    std::optional<Opt> replaced;
    for (const Opt present : {Opt::scale_factor, Opt::size, Opt::output_size}) {
      const OptionValue* option = layer.find(present);
      if (option == nullptr || !option->written) continue;
      edits = s.rewrite.replace_option(layer, present, Opt::size_like, json);
      if (!edits.empty()) replaced = present;
      candidate.changes.push_back(
          {layer.name, std::string(to_string(present)), to_json(s.spec, option->value), "null"});
      break;
    }
    if (edits.empty() && layer.shared && !word) {
      sets.push_back({one.layer, Opt::size_like, Value{one.size_of}});
      continue;
    }
    if (edits.empty()) edits = set_option(s.source, layer, Opt::size_like, json);
    const auto told = layer.reference(Opt::size_like);
    candidate.changes.push_back(
        {layer.name, "size_like", told ? to_json(Value{s.spec.name_of(*told)}) : "null", name});
    Moves moves;
    const bool exact = move_copies(s, one, word, replaced, candidate, moves);
    if (word) add_other_uses(s, layer, *word, candidate);
    add_text(moves, std::move(edits), candidate);
    candidate.by_text = candidate.by_text || !exact;
  }
  candidate.title = title_of(s.spec, Opt::size_like, values);
  if (!sets.empty() && !add_sets(s, sets, candidate)) return;
  out.push_back(std::move(candidate));
}

// The tensor that the pool took whose indices an unpooling uses: the only size that they fit.
std::optional<Ref> pooled_size(const Spec& spec, const LayerSpec& layer) {
  const auto pool = layer.reference(Opt::indices);
  if (!pool || pool->is_input()) return std::nullopt;
  const LayerSpec& from = spec.layer(pool->layer);
  if (from.inputs.empty()) return std::nullopt;
  return from.inputs.front();
}

// Every unpooling that is told another size, or guesses one.
std::vector<Owed> wrong_unpools(const Situation& s) {
  std::vector<Owed> owed;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    if (layer.broken || layer.info().family != Family::max_unpool) continue;
    const auto wanted = pooled_size(s.spec, layer);
    const Shape* taken = wanted ? s.trace.output(s.spec, *wanted) : nullptr;
    if (taken == nullptr) continue;
    const auto told = layer.reference(Opt::size_like);
    const Shape* present = told ? s.trace.output(s.spec, *told) : nullptr;
    const auto& made = s.trace.layers[i].outputs;
    const bool right = told ? present != nullptr && same_sizes(*present, *taken)
                            : !made.empty() && same_sizes(made[0], *taken);
    if (!right) owed.push_back({LayerId(i), *wanted});
  }
  return owed;
}

// Where the places of a tensor come from: in front of everything that keeps them, as far as `enough` asks.
Ref with_the_same_places(const Situation& s, Ref ref, const std::function<bool(Ref)>& enough) {
  while (!ref.is_input() && !enough(ref)) {
    const LayerSpec& layer = s.spec.layer(ref.layer);
    const LayerTrace& row = s.trace.row(ref.layer);
    if (layer.broken || layer.inputs.empty() || row.inputs.empty() || row.outputs.empty() ||
        ref.output != 0 || !same_sizes(row.inputs[0], row.outputs[0]))
      break;
    ref = layer.inputs[0];
  }
  return ref;
}

// The layer in front of a merge that takes its size from a tensor, and from another one than it meets there.
void another_size(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& merge = s.spec.layer(*fault);
  const LayerTrace& row = s.trace.row(*fault);
  if (row.refusals[0].code != Code::L208 || row.inputs.size() != merge.inputs.size()) return;
  const std::vector<std::size_t> told = telling_inputs(row.inputs);
  for (const std::size_t k : told) {
    const auto stated = [&](Ref ref) { return s.spec.layer(ref.layer).has(Opt::size_like); };
    const Ref from = with_the_same_places(s, merge.inputs[k], stated);
    if (from.is_input()) continue;
    const LayerSpec& layer = s.spec.layer(from.layer);
    if (layer.broken || !layer.has(Opt::size_like) || layer.info().family == Family::max_unpool) continue;
    for (const std::size_t other : told) {
      const Ref like =
          with_the_same_places(s, merge.inputs[other], [&](Ref ref) { return ref.layer < from.layer; });
      if (other == k || like.layer >= from.layer || same_sizes(row.inputs[k], row.inputs[other])) continue;
      const std::size_t before = out.size();
      suggest(s, {{from.layer, like}}, out);
      for (std::size_t i = before; i < out.size(); ++i) out[i].kind = FixKind::source;
    }
  }
}

// The levels of the network whose size could be told, with those of `broken` first.
std::vector<Owed> all_levels(const Situation& s, const ReaderIndex& readers, std::vector<Owed> broken) {
  const std::size_t axes = spatial_axes(s.spec).size();
  for (std::size_t axis = 0; axis < axes; ++axis) {
    for (const Level& level : mirrored_levels(s.spec, s.trace, static_cast<int>(axis))) {
      if (level.down.is_none() || level.up.is_none() || !takes_size_like(s.spec.layer(level.up))) continue;
      if (const auto ref = owed_size(s, readers, level)) add(broken, {level.up, *ref});
    }
  }
  return broken;
}

// What one call in a loop of the author's program asks for is asked for at each level that it runs for.
std::vector<Owed> at_whole_lines(const Spec& spec, std::vector<Owed> owed, const std::vector<Owed>& all) {
  const std::vector<Owed> asked = owed;
  for (const Owed& one : all)
    if (std::any_of(asked.begin(), asked.end(), [&](const Owed& other) {
          return called_at_one_line(spec.layer(one.layer), spec.layer(other.layer));
        }))
      add(owed, one);
  return owed;
}

}  // namespace

void suggest_size_like(const Situation& s, std::vector<Candidate>& out) {
  const ReaderIndex readers(s.spec);
  std::vector<Owed> broken;
  for (const BrokenLevel& level : broken_levels(s)) {
    if (!takes_size_like(s.spec.layer(level.up))) continue;
    if (const auto ref = owed_size(s, readers, {level.down, level.up})) add(broken, {level.up, *ref});
  }
  const std::vector<Owed> all = all_levels(s, readers, broken);
  const auto ask = [&](const std::vector<Owed>& owed) { suggest(s, at_whole_lines(s.spec, owed, all), out); };
  // One level may be all there is to it: what is behind it went wrong in its wake.
  if (broken.size() > 1) ask({broken.front()});
  ask(broken);
  if (all != broken) ask(all);
  const std::vector<Owed> unpools = wrong_unpools(s);
  if (unpools != broken && unpools != all) suggest(s, unpools, out);

  another_size(s, out);
  // At a merge without a level: the nearest layer behind which sizes could be told.
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& merge = s.spec.layers[i];
    const LayerTrace& row = s.trace.layers[i];
    if (row.refusals.empty() || row.after_failure || row.refusals[0].code != Code::L208) continue;
    const std::vector<std::size_t> told = telling_inputs(row.inputs);
    for (const std::size_t k : told) {
      const std::vector<LayerId> path = s.path_to(merge.inputs[k]);
      for (auto it = path.rbegin(); it != path.rend(); ++it) {
        if (!takes_size_like(s.spec.layer(*it))) continue;
        for (const std::size_t other : told)
          if (other != k && merge.inputs[other].layer < *it) ask({{*it, merge.inputs[other]}});
        break;
      }
    }
    break;
  }
}

}  // namespace shapedbg
