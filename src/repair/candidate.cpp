#include "repair/candidate.h"

#include <algorithm>
#include <optional>
#include <set>

#include "flow/path.h"
#include "read/json/parse.h"

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
  if (!s.spec.layers.empty()) refs.push_back({static_cast<int>(s.spec.layers.size()) - 1, 0});
  return refs;
}

}  // namespace

std::optional<int> first_fault(const Trace& trace) {
  const auto found = std::find_if(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return !row.refusals.empty() && !row.after_failure;
  });
  if (found == trace.layers.end()) return std::nullopt;
  return static_cast<int>(found - trace.layers.begin());
}

std::string with_article(std::string_view kind) {
  const bool vowel = !kind.empty() && std::string_view("AEIOU").find(kind.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(kind);
}

std::vector<BrokenLevel> broken_levels(const Situation& s) {
  std::vector<BrokenLevel> found;
  const std::vector<Axis> axes = spatial_axes(s.spec);
  for (const Ref end : ends(s)) {
    const std::vector<int> path = longest_path(s.spec, end);
    for (const Axis& axis : axes) {
      for (const Level& level : levels_on(s.spec, s.trace, path, axis)) {
        if (level.down < 0 || level.up < 0) continue;
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

std::vector<int> suspects(const Situation& s) {
  constexpr std::size_t most = 8;
  std::vector<int> found;
  const auto add = [&](int layer) {
    if (layer >= 0 && found.size() < most && std::count(found.begin(), found.end(), layer) == 0)
      found.push_back(layer);
  };
  if (const auto layer = s.spec.find(s.finding.layer)) add(*layer);
  for (const Related& related : s.finding.related)
    if (const auto layer = s.spec.find(related.layer)) add(*layer);
  for (const BrokenLevel& level : broken_levels(s)) {
    add(level.up);
    add(level.down);
  }
  // Where nothing is undone: the last layers that changed a size.
  const std::vector<Axis> axes = spatial_axes(s.spec);
  const Ref end{static_cast<int>(s.spec.layers.size()) - 1, 0};
  const std::vector<int> path = longest_path(s.spec, end);
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

bool would_hold(const Situation& s, const Spec& changed) { return runs_as_expected(changed, s.steps); }

std::string short_json(const Value& value) {
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    if (!list->empty() && std::equal(list->begin() + 1, list->end(), list->begin()))
      return std::to_string(list->front());
  }
  return to_json(value);
}

bool same_use(const LayerSpec& a, const LayerSpec& b) {
  return !a.used_at.empty() && !b.used_at.empty() && a.used_at.front().span == b.used_at.front().span;
}

std::string use_of(const Situation& s, const LayerSpec& layer) {
  const auto prefix = s.rewrite.prefix(layer);
  return !prefix || prefix->empty() ? layer.name : prefix->substr(0, prefix->size() - 1);
}

std::vector<std::pair<int, Opt>> sharers(const Spec& spec, int layer, Opt opt) {
  const LayerSpec& one = spec.layers[static_cast<std::size_t>(layer)];
  if (!one.shared) return {{layer, opt}};
  const OptionValue* option = one.find(opt);
  std::vector<std::pair<int, Opt>> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (!other.shared) continue;
    if (option == nullptr || !option->written) {
      if (other.where.span == one.where.span) all.emplace_back(static_cast<int>(i), opt);
      continue;
    }
    for (const OptionValue& value : other.options)
      if (value.written && value.where.span == option->where.span)
        all.emplace_back(static_cast<int>(i), value.info->opt);
  }
  return all;
}

namespace {

void add_edits(std::vector<Edit> edits, Candidate& candidate) {
  // Layers of one block share their bytes: the same edit once.
  for (Edit& edit : edits)
    if (std::find(candidate.edits.begin(), candidate.edits.end(), edit) == candidate.edits.end())
      candidate.edits.push_back(std::move(edit));
}

// One integer stands for all axes, but for a list of any length only for itself.
std::string json_for(const Situation& s, const OptionValue& option, const Value& value) {
  if (std::holds_alternative<Ref>(value)) return to_json(s.spec, value);
  return option.info->type == OptType::integers ? to_json(value) : short_json(value);
}

// Whether every layer that shares the place of `set` is to have its value.
bool all_agree(const Situation& s, const Set& set, const std::vector<Set>& sets) {
  for (const auto& [layer, opt] : sharers(s.spec, set.layer, set.opt)) {
    const bool agrees = std::any_of(sets.begin(), sets.end(), [&, l = layer, o = opt](const Set& other) {
      return other.layer == l && other.opt == o && short_json(other.value) == short_json(set.value);
    });
    if (!agrees) return false;
  }
  return true;
}

}  // namespace

bool add_sets(const Situation& s, const std::vector<Set>& sets, Candidate& candidate) {
  std::vector<Span> places;  // a block counts once, and so does a use
  const auto count = [&](Span place) {
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  for (const Set& set : sets) {
    const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(set.layer)];
    const OptionValue* option = layer.find(set.opt);
    if (option == nullptr) return false;
    const std::string json = json_for(s, *option, set.value);
    candidate.changes.push_back(
        {layer.name, std::string(to_string(set.opt)), to_json(s.spec, option->value), json});
    if (layer.shared && !all_agree(s, set, sets)) {
      const Rewrite::AtUse at_use = s.rewrite.set_at_use(layer, set.opt, json);
      if (!at_use.edits.empty()) {
        candidate.where = at_use.fresh
                              ? "as a new argument of the block, given at the use `" + use_of(s, layer) + "`"
                              : "at the use `" + use_of(s, layer) + "`";
        candidate.inserted_arguments += at_use.fresh ? 1 : 0;
        add_edits(at_use.edits, candidate);
        count(layer.used_at.front().span);
        continue;
      }
    } else if (layer.shared && candidate.where.empty()) {
      const auto all = sharers(s.spec, set.layer, set.opt);
      const bool one_use = std::all_of(all.begin(), all.end(), [&](const auto& other) {
        return same_use(layer, s.spec.layers[static_cast<std::size_t>(other.first)]);
      });
      if (!layer.used_at.empty())
        candidate.where =
            one_use ? "at the use `" + use_of(s, layer) + "`" : "in the block, for all its uses";
    }
    add_edits(set_option(s.source, layer, set.opt, json), candidate);
    count(layer.where.span);
  }
  candidate.places = static_cast<int>(places.size());
  return !candidate.edits.empty();
}

std::optional<std::string> put_before(const Situation& s, int index, const std::string& type,
                                      const std::string& options, Candidate& candidate, std::string base) {
  const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(index)];
  if (base.empty()) base = type;
  std::transform(base.begin(), base.end(), base.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
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
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& other = s.spec.layers[i];
    if (other.where.span != layer.where.span) continue;
    const auto prefix = s.rewrite.prefix(other);
    if (!prefix) return std::nullopt;
    candidate.changes.push_back({*prefix + name, "layer", "null", object});
  }
  add_edits(std::move(edits), candidate);
  ++candidate.inserted;
  return name;
}

bool put_on_input(const Situation& s, int index, const std::string& type, const std::string& options,
                  Candidate& candidate) {
  const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(index)];
  const std::string_view written = s.rewrite.reference(layer, 0);
  const bool named = !written.empty() && written != "prev";
  const std::string from = named ? R"(, "inputs": )" + to_json(Value{std::string(written)}) : "";
  const auto name = put_before(s, index, type, from + options, candidate);
  if (!name) return false;
  if (named) add_edits(s.rewrite.refer(layer, 0, *name), candidate);
  return true;
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

std::string title_of(const Spec& spec, Opt opt, const std::vector<std::pair<int, std::string>>& values) {
  constexpr std::size_t most = 4;
  const auto name = [&](std::size_t i) {
    return "`" + spec.layers[static_cast<std::size_t>(values[i].first)].name + "`";
  };
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
