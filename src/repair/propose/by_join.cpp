// Joins that were never written: the Concat of each level whose layers are built for the skip and for what
// comes up together, and the axes that a vector needs to meet a map.
#include <algorithm>
#include <optional>
#include <set>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int most_joins = 8;

bool same_size(const Shape& a, const Shape& b) {
  return a.size() == b.size() && a.size() > 2 && a[0] == b[0] &&
         std::equal(a.begin() + 2, a.end(), b.begin() + 2);
}

// A tensor from the way down that has the size of what `layer` gets and just the channels that it lacks.
std::optional<Ref> missing_skip(const Spec& spec, const Trace& trace, int index,
                                const std::set<std::string>& used) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(index)];
  const LayerTrace& row = trace.layers[static_cast<std::size_t>(index)];
  const OptionValue* option = layer.find(Opt::in_channels);
  if (option == nullptr || !option->written || layer.inputs.size() != 1 || row.inputs.empty())
    return std::nullopt;
  const Shape& x = row.inputs[0];
  if (x.size() < 3) return std::nullopt;
  const std::int64_t missing = layer.integer(Opt::in_channels) - x[1];
  if (missing < 1) return std::nullopt;
  const std::vector<int> path = longest_path(spec, layer.inputs[0]);
  bool left_the_size = false;  // walking back: the bottleneck lies behind us
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const auto at = static_cast<std::size_t>(*it);
    const auto& outputs = trace.layers[at].outputs;
    if (outputs.empty()) return std::nullopt;
    if (!same_size(outputs[0], x))
      left_the_size = true;
    else if (left_the_size && outputs[0][1] == missing && used.count(spec.layers[at].name) == 0 &&
             !joined_already(spec, trace, layer.inputs[0], {*it, 0}))
      return Ref{*it, 0};
  }
  // The network's own input, as refinement networks take it again.
  const Ref start = path.empty() ? Ref{}
                    : spec.layers[static_cast<std::size_t>(path[0])].inputs.empty()
                        ? Ref{}
                        : spec.layers[static_cast<std::size_t>(path[0])].inputs[0];
  if (left_the_size && start.is_input() && !path.empty()) {
    const Shape& input = spec.inputs[static_cast<std::size_t>(start.input())].shape;
    if (same_size(input, x) && input[1] == missing) return start;
  }
  return std::nullopt;
}

// One Concat after the other, as long as the first layer that fails asks for one.
void join_levels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  Candidate candidate;
  candidate.kind = FixKind::missing_concat;
  candidate.places = 0;
  std::set<std::string> used;
  Spec spec = s.spec;
  Trace trace = s.trace;
  bool whole = false;
  while (candidate.places < most_joins) {
    const auto fault = first_fault(trace);
    if (!fault) {
      whole = holds(spec, trace);
      break;
    }
    const auto skip = missing_skip(spec, trace, *fault, used);
    if (!skip) break;
    const std::string name = spec.layers[static_cast<std::size_t>(*fault)].name;
    const auto index = s.spec.find(name);
    if (!index) return;
    const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(*index)];
    const std::string from = spec.name_of(*skip);
    const std::string main = s.spec.name_of(layer.inputs[0]);
    const auto concat =
        put_before(s, *index, "Concat",
                   R"(, "inputs": [)" + to_json(Value{from}) + ", " + to_json(Value{main}) + "]", candidate);
    if (!concat) return;
    const std::string_view written = s.rewrite.reference(layer, 0);
    if (!written.empty() && written != "prev")
      for (Edit& edit : s.rewrite.refer(layer, 0, *concat)) candidate.edits.push_back(std::move(edit));
    candidate.title += (candidate.places == 0 ? "join `" : ", and `") + from + "` and `" + main +
                       "` by a Concat in front of `" + name + "`";
    used.insert(from);
    ++candidate.places;
    auto changed = changed_by(s, candidate);
    if (!changed) return;
    spec = std::move(*changed);
    trace = infer(spec);
  }
  if (candidate.places == 0) return;
  (whole ? out : partial).push_back(std::move(candidate));
}

// What a vector needs to meet a map: its axes, of size 1, and where it is joined the size of the map.
struct Axes {
  std::size_t input = 0;
  std::string type;
  std::string options;
  Shape fresh;
  std::string expand;  // the options of an Expand behind it; empty where none is needed
};

// [N, C] at a sum or product with [N, C, H, W], [C] with any of them; [N, C] joined to a map along the
// channels. In a block the number of channels may be another one at each use.
std::optional<Axes> axes_to_meet(const LayerSpec& layer, const LayerTrace& row, bool in_block) {
  const std::vector<Shape>& inputs = row.inputs;
  const bool joins = facts(layer.kind).merge == Merge::joins && layer.integer(Opt::dim) == 1;
  if ((layer.info().family != Family::elementwise && !joins) || inputs.size() != layer.inputs.size())
    return std::nullopt;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Shape& v = inputs[k];
    const auto map =
        std::find_if(inputs.begin(), inputs.end(), [&](const Shape& x) { return x.size() > v.size(); });
    if (map == inputs.end() || v.empty() || v.size() > 2) continue;
    const Shape& x = *map;
    const std::int64_t channels = v.back();
    const bool batched = v.size() == 2;
    if (batched && v[0] != x[0]) continue;
    if (joins && (!batched || x.size() < 3)) continue;
    const bool last = !joins && x.back() == channels && x.size() == 3 && (x[1] != channels);
    Axes axes{k, {}, {}, {}, {}};
    if (last && batched) {  // tokens: one vector for all of them
      axes.type = "Unsqueeze";
      axes.options = R"(, "dim": 1)";
      axes.fresh = {v[0], 1, channels};
    } else if (batched && x.size() == 3) {
      axes.type = "Unsqueeze";
      axes.options = R"(, "dim": 2)";
      axes.fresh = {v[0], channels, 1};
    } else if (!last) {
      Shape sizes{in_block && batched ? -1 : channels};
      sizes.resize(x.size() - 1, 1);
      axes.type = batched ? "Unflatten" : "Reshape";
      axes.options = std::string(batched ? R"(, "dim": 1, "unflattened_size": )" : R"(, "shape": )") +
                     to_json(Value{sizes});
      sizes[0] = channels;
      axes.fresh = sizes;
      if (batched) axes.fresh.insert(axes.fresh.begin(), v[0]);
    } else {
      continue;
    }
    if (joins && std::any_of(x.begin() + 2, x.end(), [](std::int64_t size) { return size != 1; })) {
      Shape whole(x.size(), -1);
      std::copy(x.begin() + 2, x.end(), whole.begin() + 2);
      axes.expand = R"(, "size": )" + to_json(Value{whole});
      std::copy(x.begin() + 2, x.end(), axes.fresh.begin() + 2);
    }
    return axes;
  }
  return std::nullopt;
}

bool put_axes(const Situation& s, int merge, const Axes& axes, Candidate& candidate) {
  const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(merge)];
  if (axes.expand.empty()) return put_on_input(s, merge, axes.input, axes.type, axes.options, candidate);
  for (std::size_t i = 0; i < layer.inputs.size(); ++i)
    if (const std::string_view written = s.rewrite.reference(layer, i); written.empty() || written == "prev")
      return false;
  const std::string from(s.rewrite.reference(layer, axes.input));
  const auto first =
      put_before(s, merge, axes.type, R"(, "inputs": )" + to_json(Value{from}) + axes.options, candidate);
  if (!first) return false;
  const auto second =
      put_before(s, merge, "Expand", R"(, "inputs": )" + to_json(Value{*first}) + axes.expand, candidate);
  return second && refer_to(s, merge, axes.input, *second, true, candidate);
}

// One vector after the other, as long as the first layer that fails is where one meets a map.
void unsqueeze_vectors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  Spec spec = s.spec;
  Trace trace = s.trace;
  bool whole = false;
  int put = 0;
  while (put < most_joins) {
    const auto fault = first_fault(trace);
    if (!fault) {
      whole = holds(spec, trace);
      break;
    }
    const auto at = static_cast<std::size_t>(*fault);
    const auto index = s.spec.find(spec.layers[at].name);
    if (!index) break;
    const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(*index)];
    const auto axes = axes_to_meet(layer, trace.layers[at], !layer.used_at.empty());
    if (!axes) break;
    Candidate more = candidate;
    if (!put_axes(s, *index, *axes, more)) break;
    const auto changed = changed_by(s, more);
    if (!changed) break;
    more.title += (put == 0 ? "put " : ", and put ") + with_article(axes->type) +
                  (axes->expand.empty() ? "" : " and an Expand") + " between `" +
                  s.spec.name_of(layer.inputs[axes->input]) + "` and `" + layer.name +
                  "`: " + bracketed(trace.layers[at].inputs[axes->input]) + " becomes " +
                  bracketed(axes->fresh);
    more.places = ++put;
    candidate = std::move(more);
    spec = *changed;
    trace = infer(spec);
  }
  if (put > 0) (whole ? out : partial).push_back(std::move(candidate));
}

}  // namespace

void suggest_joins(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const Code code = s.trace.layers[static_cast<std::size_t>(*fault)].refusals[0].code;
  if (code == Code::L203) join_levels(s, out, partial);
  if (code == Code::L208 || code == Code::L204 || code == Code::L209) unsqueeze_vectors(s, out, partial);
}

}  // namespace shapedbg
