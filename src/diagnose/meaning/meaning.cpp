#include "diagnose/meaning/meaning.h"

#include <algorithm>
#include <iterator>

#include "meaning/walk.h"

namespace shapedbg {
namespace {

using Rule = void (*)(const MeaningView&, std::vector<Finding>&);
constexpr Rule kRules[] = {scrambled_view, misread_axis,      crossed_axes,    shifted_merge,
                           mixed_samples,  repeated_position, constant_result, same_twice};

constexpr Code kCodes[] = {Code::W511, Code::W512, Code::W513, Code::W514,
                           Code::W515, Code::W516, Code::W517, Code::W518};

// Nobody asks where all of it is ignored.
bool is_asked_for(const RiskView& view) {
  const std::vector<Code>& ignored = view.spec.ignore;
  if (std::all_of(std::begin(kCodes), std::end(kCodes), [&](Code code) {
        return std::find(ignored.begin(), ignored.end(), code) != ignored.end();
      }))
    return false;
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i)
    if (std::any_of(std::begin(kCodes), std::end(kCodes), [&](Code code) { return view.watches(i, code); }))
      return true;
  return false;
}

bool rows_of_channels(const RiskView& view, std::size_t at) {
  return view.layer(at).info().family == Family::reshape &&
         takes_rows_for_channels(view.row(at).inputs[0], view.row(at).outputs[0]);
}

// A reshape that fixes the batch may scramble, too; and one that takes channels for rows only scrambles.
bool hides(const RiskView& view, const Finding& finding, std::size_t at) {
  if (finding.code == Code::W502) return false;
  if (finding.code != Code::W509) return true;
  const LayerTrace& row = view.row(at);
  if (row.inputs.empty() || row.outputs.empty() || row.inputs[0].empty() || row.outputs[0].empty())
    return true;
  return row.inputs[0][0] != row.outputs[0][0] && !rows_of_channels(view, at);
}

// A size of 1 that is repeated is all that is wrong there; an axis too many moves all others.
bool hides_itself_alone(const RiskView& view, const Finding& finding, std::size_t at) {
  const Shapes& inputs = view.row(at).inputs;
  return finding.code == Code::W501 && std::all_of(inputs.begin(), inputs.end(), [&](const Shape& shape) {
           return shape.size() == inputs[0].size();
         });
}

// Without what follows from another trouble, or is at a layer that a finding is already about.
std::vector<Trouble> causes(const RiskView& view, std::vector<Trouble> all,
                            const std::vector<Finding>& findings) {
  const std::size_t layers = view.spec.layers.size();
  PerLayer<char> tainted(layers + 1);
  PerLayer<char> told(layers + 1);
  for (const Finding& finding : findings)
    if (const auto layer = view.spec.find(finding.layer); layer && hides(view, finding, layer->place()))
      (hides_itself_alone(view, finding, layer->place()) ? told : tainted)[*layer] = 1;
  std::stable_sort(all.begin(), all.end(),
                   [](const Trouble& a, const Trouble& b) { return a.layer < b.layer; });
  std::vector<Trouble> kept;
  std::size_t next = 0;
  for (std::size_t i = 0; i <= layers; ++i) {
    bool behind = tainted[i] != 0;
    if (i < layers) {
      for (const Ref ref : view.layer(i).inputs)
        behind = behind || (!ref.is_input() && tainted[ref.layer] != 0);
    } else {
      behind = layers > 0 && tainted[layers - 1] != 0;
    }
    for (; next < all.size() && all[next].layer <= LayerId(i); ++next) {
      // What is repeated may lie in another place besides.
      const bool placed = all[next].flaw == Flaw::shifted || all[next].flaw == Flaw::drifting;
      if (behind || (told[i] != 0 && !placed)) continue;
      kept.push_back(std::move(all[next]));
      behind = true;
    }
    tainted[i] = behind ? 1 : 0;
  }
  return kept;
}

}  // namespace

std::size_t MeaningView::layer(const Trouble& trouble) const {
  return std::min(trouble.layer.place(), view.spec.layers.size() - 1);
}

void report_flaws(const MeaningView& all, Code code, std::initializer_list<Flaw> flaws,
                  const std::string& says, const std::string& note, std::vector<Finding>& findings) {
  for (const Trouble& trouble : all.troubles) {
    if (std::find(flaws.begin(), flaws.end(), trouble.flaw) == flaws.end()) continue;
    const std::size_t at = all.layer(trouble);
    if (!all.view.watches(at, code)) continue;
    const LayerSpec& layer = all.view.layer(at);
    const bool output = trouble.layer == all.view.spec.layers.end_id();
    Finding f;
    f.code = code;
    f.message = (output ? "the output" : "`" + layer.name + "`") + " " + says + ": " + trouble.text;
    f.layer = layer.name;
    f.where = place_of(layer);
    f.notes = {note};
    const auto input = static_cast<std::size_t>(std::max(trouble.input, 0));
    if (trouble.input >= 0 && !output && input < layer.inputs.size())
      f.related.push_back(related(all.view.spec, layer.inputs[input], "does not go with the others"));
    findings.push_back(std::move(f));
  }
}

void meaning_warnings(const RiskView& view, std::vector<Finding>& findings) {
  if (!is_asked_for(view)) return;
  Meaning meaning = walk_for_findings(view.spec, view.trace);
  if (meaning.troubles.empty()) return;
  const std::vector<Trouble> troubles = causes(view, std::move(meaning.troubles), findings);
  for (const Rule rule : kRules) rule({view, troubles}, findings);
  // Rows that belong together are meant; what is missing is the Permute.
  std::erase_if(findings, [&](const Finding& batch) {
    const auto at = view.spec.find(batch.layer);
    return batch.code == Code::W509 && at && rows_of_channels(view, at->place()) &&
           std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
             return other.code == Code::W511 && other.layer == batch.layer;
           });
  });
}

}  // namespace shapedbg
