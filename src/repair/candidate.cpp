#include "repair/candidate.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <set>

#include "flow/meeting.h"
#include "flow/path.h"
#include "read/json/entry_text.h"
#include "read/json/write.h"
#include "text/distinct_edits.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

// The ends of the ways on which sizes may have gone apart: the output, and what failing merges take.
std::vector<Ref> ends(const Situation& s) {
  std::vector<Ref> refs;
  for (std::size_t i = 0; i < s.spec.layers.size() && refs.size() < 4; ++i) {
    const LayerTrace& row = s.trace.layers[i];
    if (row.refusals.empty() || row.after_failure) continue;
    for (const Ref ref : s.spec.layers[i].inputs) refs.push_back(ref);
  }
  if (!s.spec.layers.empty()) refs.push_back({s.spec.layers.last_id(), 0});
  return refs;
}

}  // namespace

std::optional<LayerId> first_fault(const Trace& trace) {
  const auto found = std::find_if(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return !row.refusals.empty() && !row.after_failure;
  });
  if (found == trace.layers.end()) return std::nullopt;
  return LayerId(found - trace.layers.begin());
}

std::optional<LayerId> failing_merge(const Spec& spec, const Trace& trace) {
  const auto fault = first_fault(trace);
  if (!fault) return std::nullopt;
  const LayerSpec& merge = spec.layer(*fault);
  const LayerTrace& row = trace.row(*fault);
  const bool differs = row.refusals[0].code == Code::L208 && row.inputs.size() == merge.inputs.size();
  return differs && is_merge(merge) ? fault : std::nullopt;
}

std::vector<BrokenLevel> broken_levels(const Situation& s) {
  std::vector<BrokenLevel> found;
  const std::vector<Axis> axes = spatial_axes(s.spec);
  for (const Ref end : ends(s)) {
    const std::vector<LayerId> path = s.path_to(end);
    for (const Axis& axis : axes) {
      for (const Level& level : levels_on(s.spec, s.trace, path, axis)) {
        if (level.down.is_none() || level.up.is_none()) continue;
        const std::int64_t before = step_of(s.trace, level.down, axis).in;
        const std::int64_t after = step_of(s.trace, level.up, axis).out;
        if (before == after || before == 0) continue;
        auto at = std::find_if(found.begin(), found.end(), [&](const BrokenLevel& b) {
          return b.down == level.down && b.up == level.up;
        });
        if (at == found.end()) at = found.insert(found.end(), BrokenLevel{level.down, level.up, {}});
        if (std::count(at->wrong.begin(), at->wrong.end(), axis.index) == 0) at->wrong.push_back(axis.index);
      }
    }
  }
  return found;
}

std::vector<LayerId> suspects(const Situation& s) {
  constexpr std::size_t most = 8;
  std::vector<LayerId> found;
  const auto add = [&](LayerId layer) {
    if (!layer.is_none() && found.size() < most && std::count(found.begin(), found.end(), layer) == 0)
      found.push_back(layer);
  };
  if (const auto layer = s.spec.find(s.finding.layer)) add(*layer);
  for (const Related& related : s.finding.related)
    if (const auto layer = s.spec.find(related.layer)) add(*layer);
  for (const BrokenLevel& level : broken_levels(s)) {
    add(level.up);
    add(level.down);
  }
  // All that changes a size on the ways that never meet, of which the finding names a few.
  const auto fault = first_fault(s.trace);
  const LayerId at = fault ? *fault : s.spec.layers.last_id();
  const auto meeting = s.spec.layers.empty() ? std::nullopt : meeting_at(s.spec, s.trace, at);
  for (const Axis& axis : meeting ? spatial_axes(s.spec) : std::vector<Axis>{})
    for (const auto* way : {&meeting->main, &meeting->skip})
      for (const LayerId i : *way)
        if (step_of(s.trace, i, axis).in != step_of(s.trace, i, axis).out) add(i);
  // Where nothing is undone: the last layers that changed a size.
  const std::vector<Axis> axes = spatial_axes(s.spec);
  const Ref end{s.spec.layers.last_id(), 0};
  const std::vector<LayerId> path = s.path_to(end);
  for (auto it = path.rbegin(); it != path.rend() && found.size() < 4; ++it)
    for (const Axis& axis : axes)
      if (step_of(s.trace, *it, axis).in != step_of(s.trace, *it, axis).out) add(*it);
  return found;
}

bool holds(const Spec& spec, const Trace& trace) {
  if (trace.layers.size() != spec.layers.size() || spec.layers.empty()) return false;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (!row.refusals.empty() || !row.libtorch_refusal.empty() || row.outputs.empty()) return false;
    const auto& expect = spec.layers[i].expect;
    if (expect && !meets(row.outputs[0], expected_shape(spec, *expect))) return false;
  }
  return !spec.expect || meets(*trace.result(spec), expected_shape(spec, *spec.expect));
}

Spec at_known_shapes(Spec spec) {
  for (std::size_t i = 0; i < std::min(spec.inputs.size(), spec.runs_at.size()); ++i)
    spec.inputs[i].shape = spec.runs_at[i];
  return spec;
}

bool runs_as_stated(const Spec& spec) {
  if (spec.runs_at.size() != spec.inputs.size()) return false;
  const Spec elsewhere = at_known_shapes(spec);
  return holds(elsewhere, infer(elsewhere));
}

bool would_hold(const Situation& s, const Spec& changed) { return runs_as_expected(changed, s.steps); }

std::string short_json(const Value& value) {
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    if (!list->empty() && std::equal(list->begin() + 1, list->end(), list->begin()))
      return std::to_string(list->front());
  }
  return to_json(value);
}

std::string in_words(const Spec& spec, const Set& set) {
  const OptionValue* option = spec.layer(set.layer).find(set.opt);
  const bool any_length = option != nullptr && option->info->type == OptType::integers;
  return any_length ? to_json(spec, set.value) : short_json(set.value);
}

std::string use_of(const Situation& s, const LayerSpec& layer) {
  const auto prefix = s.rewrite.prefix(layer);
  return !prefix || prefix->empty() ? layer.name : prefix->substr(0, prefix->size() - 1);
}

void add_edits(std::vector<Edit> edits, Candidate& candidate) {
  DistinctEdits(candidate.edits).add(std::move(edits));
}

namespace {

// One integer stands for all axes, but for a list of any length only for itself.
std::string json_for(const Situation& s, const OptionValue& option, const Value& value) {
  if (std::holds_alternative<Ref>(value)) return to_json(s.spec, value);
  return option.info->type == OptType::integers ? to_json(value) : short_json(value);
}

// What edits the moves do not tell of makes the text the only witness.
void check_told(Candidate& candidate) {
  if (candidate.edits.size() != candidate.told) candidate.by_text = true;
}

bool take_over(const Moves& moves, const Written& written, Candidate& candidate) {
  check_told(candidate);
  // Two axes in one place are two edits, though they are the same.
  if (candidate.edits.empty())
    candidate.edits = written.edits;
  else
    add_edits(written.edits, candidate);
  candidate.told = candidate.edits.size();
  candidate.by_text = candidate.by_text || !written.exact;
  candidate.moves.insert(candidate.moves.end(), moves.begin(), moves.end());
  return true;
}

// Where the options of a block are set, in words.
std::string where_of(const Situation& s, const LayerSpec& layer, Opt opt, LayerId index,
                     const WrittenAt& at) {
  if (at.fresh_argument) return "as a new argument of the block, given at the use `" + use_of(s, layer) + "`";
  if (at.at_use) return "at the use `" + use_of(s, layer) + "`";
  const auto all = sharers(s.spec, index, opt);
  const bool one_use = std::all_of(
      all.begin(), all.end(), [&](const auto& other) { return same_use(layer, s.spec.layer(other.first)); });
  return one_use ? "at the use `" + use_of(s, layer) + "`" : "in the block, for all its uses";
}

}  // namespace

bool add_moves(const Situation& s, const Moves& moves, Candidate& candidate) {
  const std::optional<Written> written = write(s.source, s.rewrite, s.spec, moves);
  return written && take_over(moves, *written, candidate);
}

std::optional<Candidate> candidate_of(const Situation& s, FixKind kind, std::string title, const Moves& moves,
                                      std::vector<Change> changes, int put_in) {
  Candidate candidate;
  candidate.kind = kind;
  candidate.title = std::move(title);
  candidate.changes = std::move(changes);
  candidate.inserted = put_in;
  return add_moves(s, moves, candidate) ? std::optional(std::move(candidate)) : std::nullopt;
}

bool add_text(const Moves& moves, std::vector<Edit> edits, Candidate& candidate) {
  if (edits.empty()) return false;
  return take_over(moves, {std::move(edits), {}, true}, candidate);
}

namespace {

// An option of a module is set for every call of it.
std::vector<Set> for_all_calls(const Spec& spec, const std::vector<Set>& sets) {
  std::vector<Set> all = sets;
  std::set<std::pair<LayerId, Opt>> known;
  for (const Set& set : sets) known.emplace(set.layer, set.opt);
  for (const Set& set : sets)
    for (const LayerId call : calls_of(spec, set.layer))
      if (known.emplace(call, set.opt).second) all.push_back({call, set.opt, set.value});
  return all;
}

}  // namespace

bool add_sets(const Situation& s, const std::vector<Set>& of_modules, Candidate& candidate) {
  const std::vector<Set> sets = for_all_calls(s.spec, of_modules);
  Moves moves;
  std::vector<Change> changes;
  for (const Set& set : sets) {
    const LayerSpec& layer = s.spec.layer(set.layer);
    const OptionValue* option = layer.find(set.opt);
    if (option == nullptr) return false;
    changes.push_back({layer.name, std::string(to_string(set.opt)), to_json(s.spec, option->value),
                       json_for(s, *option, set.value)});
    const bool list = option->info->type == OptType::integers;
    moves.emplace_back(SetOption{set.layer, set.opt, list ? set.value : short_value(set.value)});
  }
  const std::optional<Written> written = write(s.source, s.rewrite, s.spec, moves);
  if (!written) return false;
  candidate.changes.insert(candidate.changes.end(), changes.begin(), changes.end());
  std::set<std::pair<std::size_t, std::size_t>> places;  // a block counts once, and so does a use
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const WrittenAt& at = written->at[i];
    places.emplace(at.place.begin, at.place.end);
    const LayerSpec& layer = s.spec.layer(sets[i].layer);
    candidate.inserted_arguments += at.fresh_argument ? 1 : 0;
    if (at.at_use || (layer.shared && !at.for_others && !layer.used_at.empty() && candidate.where.empty()))
      candidate.where = where_of(s, layer, sets[i].opt, sets[i].layer, at);
  }
  candidate.places = static_cast<int>(places.size()) - static_cast<int>(sets.size() - of_modules.size());
  candidate.places = std::max(candidate.places, 1);
  if (of_modules.size() == 1 && sets.size() > 1 && candidate.where.empty())
    candidate.where = "for all " + std::to_string(sets.size()) + " calls of it";
  return take_over(moves, *written, candidate);
}

namespace {

// The tensor that `name` means where `layer` stands, if that can be told: what it takes itself under that
// name, else a layer or an input of the network.
std::optional<Ref> meant(const Situation& s, const LayerSpec& layer, std::string_view name) {
  const std::vector<std::string_view> texts = s.rewrite.references(layer);
  for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
    const std::string_view written = texts[k];
    if (written == name || (name == "prev" && k == 0 && !s.rewrite.has_inputs(layer))) return layer.inputs[k];
  }
  const auto prefix = s.rewrite.prefix(layer);
  if (name == "prev" || !prefix || name.starts_with('$')) return std::nullopt;
  Ref ref;
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos)
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), ref.output);
  const std::string plain(name.substr(0, colon));
  for (std::string scope = *prefix;;) {
    if (const auto found = s.spec.find(scope + plain)) {
      ref.layer = *found;
      return ref;
    }
    if (scope.empty()) break;
    scope.pop_back();
    scope.resize(scope.rfind('.') == std::string::npos ? 0 : scope.rfind('.') + 1);
  }
  for (std::size_t i = 0; i < s.spec.inputs.size(); ++i)
    if (s.spec.inputs[i].name == plain || (i == 0 && plain == "input" && prefix->empty()))
      return Ref::of_input(i);
  return std::nullopt;
}

// The entry `text` put in front of the layer `index`, named `name`.
std::optional<InsertLayer> as_move(const Situation& s, LayerId index, const EntryText& text,
                                   std::string name) {
  const LayerSpec& layer = s.spec.layer(index);
  InsertLayer move{InsertLayer::Where::before, index, text.kind, std::move(name), {}, text.options, {}};
  const std::vector<std::string> previous{"prev"};
  for (const std::string& input : text.names_inputs ? text.inputs : previous) {
    const auto ref = meant(s, layer, input);
    if (!ref) return std::nullopt;
    move.inputs.push_back(*ref);
  }
  for (const auto& [opt, reference] : text.references) {
    const auto ref = meant(s, layer, reference);
    if (!ref) return std::nullopt;
    move.options.emplace_back(opt, Value{*ref});
  }
  // What takes the layer before takes the new one.
  const std::vector<std::string_view> texts = s.rewrite.references(layer);
  for (std::size_t k = 0; k < layer.inputs.size(); ++k)
    if (texts[k] == "prev" || (k == 0 && !s.rewrite.has_inputs(layer))) move.feeds.push_back({index, k});
  return move;
}

}  // namespace

bool put_at_end(const Situation& s, const std::string& name, const std::string& object,
                Candidate& candidate) {
  const std::optional<EntryText> text = read_entry(object);
  InsertLayer move{InsertLayer::Where::end, LayerId(), {}, name, {}, {}, {}};
  move.inputs = {Ref{s.spec.layers.last_id(), 0}};
  bool told = text && !text->names_inputs;
  if (told) {
    move.kind = text->kind;
    move.options = text->options;
    for (const auto& [opt, reference] : text->references) {
      told = told && reference == "input";
      move.options.emplace_back(opt, Value{Ref::of_input(0)});
    }
  }
  if (!add_text({move}, s.rewrite.append(object), candidate)) return false;
  candidate.by_text = candidate.by_text || !told;
  candidate.changes.push_back({name, "layer", "null", object});
  ++candidate.inserted;
  return true;
}

bool put_in_front(const Situation& s, const std::string& name, const std::string& object,
                  Candidate& candidate) {
  const std::optional<EntryText> text = read_entry(object);
  const Ref input = Ref::of_input(0);
  InsertLayer move{InsertLayer::Where::front, LayerId(), {}, name, {input}, {}, {}};
  bool told = text && !text->names_inputs && text->references.empty();
  if (told) {
    move.kind = text->kind;
    move.options = text->options;
  }
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      if (layer.inputs[k] != input) continue;
      move.feeds.push_back({LayerId(i), k});
      // Within a block the name of the input still means the input.
      told = told && (layer.used_at.empty() || s.rewrite.reference(layer, k) != s.spec.inputs[0].name);
    }
    for (const OptionValue& option : layer.options) told = told && option.value != Value{input};
  }
  std::vector<Edit> edits = s.rewrite.insert_first(object);
  if (edits.empty()) return false;
  for (Edit& edit : s.rewrite.redirect(s.spec.inputs[0].name, name)) edits.push_back(std::move(edit));
  add_text({move}, std::move(edits), candidate);
  candidate.by_text = candidate.by_text || !told;
  candidate.changes.push_back({name, "layer", "null", object});
  ++candidate.inserted;
  return true;
}

std::optional<std::string> put_before(const Situation& s, LayerId index, const std::string& type,
                                      const std::string& options, Candidate& candidate, std::string base) {
  const LayerSpec& layer = s.spec.layer(index);
  if (base.empty()) base = type;
  base = lower(base);
  std::string name = free_name(s.spec, base);
  const auto taken = [&] {
    return std::any_of(candidate.changes.begin(), candidate.changes.end(), [&](const Change& c) {
      return c.option == "layer" && (c.layer == name || c.layer.ends_with("." + name));
    });
  };
  for (int number = 2; taken(); ++number) name = free_name(s.spec, base + "_" + std::to_string(number));
  const std::string object = R"({"name": ")" + name + R"(", "type": ")" + type + "\"" + options + "}";
  std::vector<Edit> edits = s.rewrite.insert_before(layer, object);
  if (edits.empty()) return std::nullopt;
  check_told(candidate);
  const std::optional<EntryText> text = read_entry(object);
  // Behind another layer put in there it takes that one, which no Ref of the present network names.
  const bool behind = options.find("\"inputs\"") == std::string::npos &&
                      std::any_of(candidate.moves.begin(), candidate.moves.end(), [&](const Move& move) {
                        const auto* put = std::get_if<InsertLayer>(&move);
                        return put != nullptr && put->where == InsertLayer::Where::before && put->at == index;
                      });
  if (behind) candidate.by_text = true;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& other = s.spec.layers[i];
    if (other.where.span != layer.where.span) continue;
    const auto prefix = s.rewrite.prefix(other);
    if (!prefix) return std::nullopt;
    candidate.changes.push_back({*prefix + name, "layer", "null", object});
    auto move = text ? as_move(s, LayerId(i), *text, *prefix + name) : std::nullopt;
    if (move)
      candidate.moves.emplace_back(std::move(*move));
    else
      candidate.by_text = true;
  }
  add_edits(std::move(edits), candidate);
  candidate.told = candidate.edits.size();
  ++candidate.inserted;
  return name;
}

bool refer_to(const Situation& s, LayerId index, std::size_t input, std::string_view now, bool fresh,
              Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(index);
  std::vector<Edit> edits = s.rewrite.refer(layer, input, now);
  if (edits.empty()) return false;
  check_told(candidate);
  add_edits(std::move(edits), candidate);
  candidate.told = candidate.edits.size();
  const std::vector<LayerId> all = copies(s.spec, index);
  for (Move& move : candidate.moves) {
    auto* put = std::get_if<InsertLayer>(&move);
    if (put == nullptr || std::find(all.begin(), all.end(), put->at) == all.end()) continue;
    std::erase(put->feeds, Slot{put->at, input});
    if (fresh) put->feeds.push_back({put->at, input});
  }
  return true;
}

bool put_on_input(const Situation& s, LayerId index, const std::string& type, const std::string& options,
                  Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(index);
  const std::string_view written = s.rewrite.reference(layer, 0);
  const bool named = !written.empty() && written != "prev";
  const std::string from = named ? R"(, "inputs": )" + to_json(Value{std::string(written)}) : "";
  const auto name = put_before(s, index, type, from + options, candidate);
  if (!name) return false;
  if (named) refer_to(s, index, 0, *name, true, candidate);
  return true;
}

bool lacks_a_batch(const Spec& spec) {
  if (spec.inputs.empty()) return false;
  for (const LayerSpec& layer : spec.layers)
    if (layer.info().axes > 0 && !layer.inputs.empty())
      return layer.inputs[0] == Ref::of_input(0) && facts(layer.kind).weights.has(Opt::kernel_size) &&
             spec.inputs[0].shape.size() == layer.axis_count() + 1;
  return false;
}

std::string free_name(const Spec& spec, const std::string& base) {
  const auto taken = [&](const std::string& name) {
    if (name == "input" || name == "prev" || spec.find(name)) return true;
    // Within a block or Residual a layer of that name would be meant.
    if (std::any_of(spec.layers.begin(), spec.layers.end(),
                    [&](const LayerSpec& layer) { return layer.name.ends_with("." + name); }))
      return true;
    return std::any_of(spec.inputs.begin(), spec.inputs.end(),
                       [&](const InputSpec& input) { return input.name == name; });
  };
  std::string name = base;
  for (int number = 2; taken(name); ++number) name = base + "_" + std::to_string(number);
  return name;
}

std::string title_of(const Spec& spec, Opt opt, const std::vector<std::pair<LayerId, std::string>>& values) {
  constexpr std::size_t most = 4;
  const auto name = [&](std::size_t i) { return "`" + spec.layer(values[i].first).name + "`"; };
  const std::string option(to_string(opt));
  if (values.size() > most) {
    return "set " + option + " on " + std::to_string(values.size()) + " layers, " + name(0) + " to " +
           name(values.size() - 1);
  }
  const bool same = std::all_of(values.begin(), values.end(),
                                [&](const auto& value) { return value.second == values[0].second; });
  std::string title = "set " + option + " to ";
  if (same) title += values[0].second + " on ";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) title += i + 1 == values.size() ? " and " : ", ";
    title += same ? name(i) : values[i].second + " on " + name(i);
  }
  return title;
}

}  // namespace shapedbg
