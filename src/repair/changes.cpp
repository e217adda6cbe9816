// What generators put together beside single options: layers on any input, references turned, other inputs.
#include <algorithm>
#include <utility>

#include "infer/sizes.h"
#include "infer/smallest.h"
#include "read/json/parse.h"
#include "repair/candidate.h"
#include "repair/judge/judge.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

// In the network's own lists, where names mean what reports call them.
bool at_top(const Situation& s, const LayerSpec& layer) {
  const auto prefix = s.rewrite.prefix(layer);
  return !layer.shared && prefix && prefix->empty();
}

std::string fresh_name(const Situation& s, const std::string& type, const Candidate& candidate) {
  const std::string base = lower(type);
  std::string name = free_name(s.spec, base);
  const auto taken = [&] {
    return std::any_of(candidate.changes.begin(), candidate.changes.end(),
                       [&](const Change& c) { return c.option == "layer" && c.layer == name; });
  };
  for (int number = 2; taken(); ++number) name = free_name(s.spec, base + "_" + std::to_string(number));
  return name;
}

std::string object_of(const std::string& name, const std::string& type, const std::string& options) {
  return R"({"name": ")" + name + R"(", "type": ")" + type + "\"" + options + "}";
}

}  // namespace

bool put_on_input(const Situation& s, LayerId index, std::size_t input, const std::string& type,
                  const std::string& options, Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(index);
  if (layer.inputs.size() == 1) return put_on_input(s, index, type, options, candidate);
  if (input >= layer.inputs.size()) return false;
  const bool top = at_top(s, layer);
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::string_view written = s.rewrite.reference(layer, i);
    // Within a block tensors are called as the block calls them.
    if (written.empty() || (!top && (written == "prev" || !s.rewrite.prefix(layer)))) return false;
  }
  const std::string from = to_json(
      Value{top ? s.spec.name_of(layer.inputs[input]) : std::string(s.rewrite.reference(layer, input))});
  const auto name = put_before(s, index, type, R"(, "inputs": )" + from + options, candidate);
  if (!name) return false;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    // `prev` means the layer put in from now on.
    if (i != input && s.rewrite.reference(layer, i) != "prev") continue;
    std::vector<Edit> edits = s.rewrite.refer(layer, i, i == input ? *name : s.spec.name_of(layer.inputs[i]));
    if (edits.empty()) return false;
    add_edits(std::move(edits), candidate);
  }
  return true;
}

bool put_last(const Situation& s, const std::string& type, const std::string& options, Candidate& candidate) {
  const std::string name = fresh_name(s, type, candidate);
  const std::string object = object_of(name, type, options);
  std::vector<Edit> edits = s.rewrite.append(object);
  if (edits.empty()) return false;
  add_edits(std::move(edits), candidate);
  candidate.changes.push_back({name, "layer", "null", object});
  ++candidate.inserted;
  return true;
}

bool put_first(const Situation& s, const std::string& type, const std::string& options,
               Candidate& candidate) {
  if (s.spec.inputs.empty()) return false;
  const std::string name = fresh_name(s, type, candidate);
  const std::string object = object_of(name, type, options);
  std::vector<Edit> edits = s.rewrite.insert_first(object);
  if (edits.empty()) return false;
  add_edits(std::move(edits), candidate);
  add_edits(s.rewrite.redirect(s.spec.inputs[0].name, name), candidate);
  candidate.changes.push_back({name, "layer", "null", object});
  ++candidate.inserted;
  return true;
}

namespace {

// Whether a reader of a layer does not name it.
bool read_as_before(const Situation& s, LayerId index) {
  if (index + 1 == s.spec.layers.end_id()) return true;
  for (const LayerSpec& other : s.spec.layers)
    for (std::size_t k = 0; k < other.inputs.size(); ++k)
      if (other.inputs[k].layer == index) {
        const std::string_view written = s.rewrite.reference(other, k);
        if (written.empty() || written == "prev") return true;
      }
  return false;
}

}  // namespace

bool leave_out(const Situation& s, LayerId index, Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(index);
  if (!at_top(s, layer) || layer.inputs.size() != 1) return false;
  const std::string_view written = s.rewrite.reference(layer, 0);
  const bool by_name = !written.empty() && written != "prev";
  // Who takes what stands before it would take another tensor then.
  if (by_name && layer.inputs[0] != Ref{index - 1, 0} && read_as_before(s, index)) return false;
  std::vector<Edit> edits = s.rewrite.remove(layer);
  if (edits.empty()) return false;
  add_edits(std::move(edits), candidate);
  // Who names the input of the network goes on taking it.
  std::vector<Edit> turned = s.rewrite.redirect(layer.name, s.spec.name_of(layer.inputs[0]));
  const std::string named = to_json(Value{layer.name});
  std::erase_if(turned,
                [&](const Edit& edit) { return s.source.bytes().substr(edit.offset, edit.length) != named; });
  add_edits(std::move(turned), candidate);
  candidate.changes.push_back({layer.name, "layer", std::string(s.source.slice(layer.where.span)), "null"});
  ++candidate.removed;
  return true;
}

bool turn_input(const Situation& s, LayerId index, std::size_t input, Ref fresh, Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(index);
  if (!at_top(s, layer) || input >= layer.inputs.size()) return false;
  const std::string to = to_json(Value{s.spec.name_of(fresh)});
  std::vector<Edit> edits;
  if (!s.rewrite.reference(layer, input).empty())
    edits = s.rewrite.refer(layer, input, s.spec.name_of(fresh));
  else if (layer.inputs.size() == 1)
    edits = add_member(s.source, layer.where.span, "inputs", to);
  if (edits.empty()) return false;
  add_edits(std::move(edits), candidate);
  candidate.turned.push_back({index, layer.inputs[input], fresh});
  candidate.changes.push_back(
      {layer.name, "inputs", to_json(Value{s.spec.name_of(layer.inputs[input])}), to});
  return true;
}

bool feed(const Situation& s, std::size_t index, const Shape& fresh, Candidate& candidate) {
  const InputSpec& input = s.spec.inputs[index];
  if (fresh.size() != input.shape.size() || fresh == input.shape) return false;
  for (std::size_t axis = 0; axis < fresh.size(); ++axis) {
    if (fresh[axis] == input.shape[axis]) continue;
    std::vector<Edit> edits = s.rewrite.set_size(input.where, axis, fresh[axis]);
    if (edits.empty()) return false;
    add_edits(std::move(edits), candidate);
  }
  candidate.changes.push_back({input.name, "shape", bracketed(input.shape), bracketed(fresh)});
  return true;
}

std::optional<Spec> changed_by(const Situation& s, const Candidate& candidate) {
  const auto layers = static_cast<std::int64_t>(s.spec.layers.size());
  if (s.steps < layers) return std::nullopt;
  s.steps -= layers;
  // Where the moves say all, nothing has to be read again.
  if (told_by_moves(candidate)) {
    auto changed = network_behind(s, candidate);
    if (changed && !s.spec.free_sizes.empty()) {
      changed = for_other_sizes(std::move(*changed));
      take_shape_of(*changed, s.spec);
    }
    return changed;
  }
  std::optional<std::string> bytes = shapedbg::apply(s.source.bytes(), candidate.edits);
  if (!bytes || candidate.edits.empty()) return std::nullopt;
  Parsed parsed = parse(Source(s.source.name(), std::move(*bytes)));
  if (!parsed.usable) return std::nullopt;
  take_sizes_of(parsed.spec, s.spec);
  if (!s.spec.free_sizes.empty()) {
    parsed.spec = for_other_sizes(std::move(parsed.spec));
    take_shape_of(parsed.spec, s.spec);
  }
  if (s.alone == nullptr) return std::move(parsed.spec);
  const auto origin = origins(s.alone->whole, parsed.spec, candidate);
  return origin ? std::optional(s.alone->of(std::move(parsed.spec), *origin)) : std::nullopt;
}

void sort_in(const Situation& s, Candidate candidate, std::vector<Candidate>& out,
             std::vector<Candidate>& partial) {
  const auto changed = changed_by(s, candidate);
  if (!changed) return;
  (holds(*changed, infer(*changed)) ? out : partial).push_back(std::move(candidate));
}

std::string title_of(const Spec& spec, const std::vector<Set>& sets) {
  constexpr std::size_t most = 3;
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;  // what is set, on which layers
  for (std::size_t i = 0; i < sets.size();) {
    const LayerId on = sets[i].layer;
    std::string what;
    for (; i < sets.size() && sets[i].layer == on; ++i) {
      const bool last = i + 1 == sets.size() || sets[i + 1].layer != on;
      what += (what.empty() ? ""
               : last       ? " and "
                            : ", ") +
              std::string(to_string(sets[i].opt)) + " to " + in_words(spec, sets[i]);
    }
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == what; });
    if (group == groups.end()) group = groups.insert(groups.end(), {what, {}});
    group->second.push_back("`" + spec.layer(on).name + "`");
  }
  std::string text = "set ";
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (g == most) return text + " and more on " + std::to_string(groups.size() - g) + " other layers";
    text += (g > 0 ? ", " : "") + groups[g].first + " on ";
    const auto& names = groups[g].second;
    if (names.size() > 4) {
      text += std::to_string(names.size()) + " layers, " + names.front() + " to " + names.back();
      continue;
    }
    for (std::size_t n = 0; n < names.size(); ++n)
      text += (n == 0 ? "" : n + 1 == names.size() ? " and " : ", ") + names[n];
  }
  return text;
}

void offer_as_one(const Situation& s, const std::vector<Set>& sets, Candidate candidate,
                  std::vector<Candidate>& out) {
  candidate.telling = true;
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return;
  candidate.places = 1;
  out.push_back(std::move(candidate));
}

}  // namespace shapedbg
