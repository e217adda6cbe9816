// Unpadded convolutions trim the map on every level, and a skip is larger than what comes up: as U-Net does,
// each skip is cropped to its centre.
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int most_merges = 8;

// Convolutions that trim the map, and none of them for padding that is too narrow.
bool trims(const Spec& spec) {
  bool any = false;
  for (const LayerSpec& layer : spec.layers) {
    if (layer.broken || layer.info().family != Family::conv) continue;
    const Window w = window_of(layer, 0);
    if (w.s != 1 || w.net_kernel() <= 1) continue;
    if (w.before + w.after > 0) return false;
    any = true;
  }
  return any;
}

bool at_least(const Shape& a, const Shape& b) {
  if (a.size() != b.size() || a.size() < 3) return false;
  for (std::size_t i = 2; i < a.size(); ++i)
    if (a[i] < b[i]) return false;
  return true;
}

// The input of a merge that came over the shorter way, where it is larger than the other on every axis.
std::optional<std::size_t> larger_skip(const Spec& spec, const Trace& trace, LayerId merge) {
  const LayerSpec& layer = spec.layer(merge);
  const LayerTrace& row = trace.row(merge);
  if (row.refusals[0].code != Code::L208 || layer.inputs.size() != 2 || row.inputs.size() != 2)
    return std::nullopt;
  const bool second = longest_path(spec, layer.inputs[1]).size() < longest_path(spec, layer.inputs[0]).size();
  const std::size_t skip = second ? 1 : 0;
  if (!at_least(row.inputs[skip], row.inputs[1 - skip])) return std::nullopt;
  return skip;
}

}  // namespace

void suggest_centre_crops(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto start = first_fault(s.trace);
  if (!start || !trims(s.spec)) return;
  Candidate candidate;
  candidate.kind = FixKind::fit;
  int merges = 0;
  std::string first;
  Spec spec = s.spec;
  Trace trace = s.trace;
  bool whole = false;
  while (merges < most_merges) {
    const auto fault = first_fault(trace);
    if (!fault) {
      whole = holds(spec, trace);
      break;
    }
    const auto skip = larger_skip(spec, trace, *fault);
    if (!skip) break;
    const auto index = s.spec.find(spec.layer(*fault).name);
    if (!index) return;
    const LayerSpec& layer = s.spec.layer(*index);
    const std::string like = to_json(Value{s.spec.name_of(layer.inputs[1 - *skip])});
    if (!put_on_input(s, *index, *skip, "Crop", R"(, "size_like": )" + like + R"(, "align": "center")",
                      candidate))
      return;
    const std::string what = "`" + s.spec.name_of(layer.inputs[*skip]) + "` to the centre that `" +
                             s.spec.name_of(layer.inputs[1 - *skip]) + "` covers, in front of `" +
                             layer.name + "`";
    first += (merges == 0 ? "crop " : ", and ") + what;
    ++merges;
    auto changed = changed_by(s, candidate);
    if (!changed) return;
    spec = std::move(*changed);
    trace = infer(spec);
  }
  if (merges < 2) return;  // one alone is cropped by its own generator
  candidate.title = first;
  candidate.places = merges;
  candidate.trimmed = true;
  (whole ? out : partial).push_back(std::move(candidate));
}

}  // namespace shapedbg
