// Joins that were never written: the Concat of each level whose layers are built for the skip and for what
// comes up together.
#include <algorithm>
#include <optional>
#include <set>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/skips.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int most_joins = 8;

// A merge behind `index` takes `skip` as it is: what was to be joined is there.
bool meets_behind(const Spec& spec, LayerId index, Ref skip) {
  PerLayer<char> behind(spec.layers.size(), 0);
  behind[index] = 1;
  for (std::size_t i = index.place() + 1; i < spec.layers.size(); ++i) {
    const LayerSpec& one = spec.layers[i];
    const bool reached = std::any_of(one.inputs.begin(), one.inputs.end(),
                                     [&](Ref ref) { return !ref.is_input() && behind[ref.layer] != 0; });
    if (!reached) continue;
    if (is_merge(one) && std::count(one.inputs.begin(), one.inputs.end(), skip) > 0) return true;
    behind[i] = 1;
  }
  return false;
}

// A tensor from the way down that has the size of what `layer` gets and just the channels that it lacks.
std::optional<Ref> missing_skip(const Spec& spec, const Trace& trace, LayerId index,
                                const std::set<std::string>& used) {
  const LayerSpec& layer = spec.layer(index);
  const LayerTrace& row = trace.row(index);
  const OptionValue* option = layer.find(Opt::in_channels);
  if (option == nullptr || !option->written || layer.inputs.size() != 1 || row.inputs.empty())
    return std::nullopt;
  const Shape& x = row.inputs[0];
  if (x.size() < 3) return std::nullopt;
  const std::int64_t missing = layer.integer(Opt::in_channels) - x[1];
  if (missing < 1 || !right_behind_a_step_up(spec, trace, index) || likes_go_without(spec, trace, index))
    return std::nullopt;
  const std::vector<LayerId> path = longest_path(spec, layer.inputs[0]);
  const SkipOnTheWay way = skip_on_the_way(spec, trace, path, layer.inputs[0], x, missing, [&](LayerId at) {
    return used.count(spec.layer(at).name) == 0 && !meets_behind(spec, index, {at, 0});
  });
  if (way.skip) return way.skip;
  // The network's own input, as refinement networks take it again.
  const Ref start = path.empty()                         ? Ref{}
                    : spec.layer(path[0]).inputs.empty() ? Ref{}
                                                         : spec.layer(path[0]).inputs[0];
  if (way.left_the_size && start.is_input() && !path.empty()) {
    const Shape& input = spec.inputs[start.input()].shape;
    if (same_places(input, x) && input[1] == missing && !meets_behind(spec, index, start) &&
        !joined_already(spec, trace, layer.inputs[0], start))
      return start;
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
    const std::string name = spec.layer(*fault).name;
    const auto index = s.spec.find(name);
    if (!index) return;
    const LayerSpec& layer = s.spec.layer(*index);
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

}  // namespace

void suggest_joins(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const Code code = s.trace.row(*fault).refusals[0].code;
  if (code == Code::L203) join_levels(s, out, partial);
}

}  // namespace shapedbg
