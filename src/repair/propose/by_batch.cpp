// A view that makes samples of places: [8, 1, 5, 5] as [-1, 1].
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {

// One answer for each place, where the view says one for each sample: the mean of its places, which is right
// for maps of every size.
void suggest_one_answer(const Situation& s, std::vector<Candidate>& out) {
  const auto index = s.spec.find(s.finding.layer);
  if (!index || s.spec.layer(*index).broken || s.spec.layer(*index).info().family != Family::reshape) return;
  const LayerTrace& row = s.trace.row(*index);
  if (row.inputs.empty() || row.outputs.empty() || row.outputs[0].empty()) return;
  const Shape& x = row.inputs[0];
  if (x.size() < 3 || x.size() > 5) return;
  const std::int64_t places = elements(x, 2);
  if (places < 2 || elements(x) == 0 || row.outputs[0][0] != x[0] * places) return;
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  const std::string type = "AdaptiveAvgPool" + std::to_string(x.size() - 2) + "d";
  if (!put_on_input(s, *index, type, R"(, "output_size": 1)", candidate)) return;
  candidate.title = "put an " + type + " with output_size 1 in front of `" + s.spec.layer(*index).name +
                    "`: the mean of the " + std::to_string(places) + " places of each sample";
  out.push_back(std::move(candidate));
}

}  // namespace shapedbg
