#include "diagnose/diagnose.h"

#include <algorithm>
#include <map>

#include "diagnose/rules.h"

namespace shapedbg {

bool independent(const LayerTrace& row, const Refusal& refusal) {
  if (!row.after_failure) return true;
  switch (refusal.code) {
    case Code::L201:
    case Code::L214:
    case Code::S105:
    case Code::S110:
    case Code::S111:
      return true;
    default:
      return false;
  }
}

namespace {

// Layers that are built for one wrong count of the same tensor, as the two heads of a VAE: one cause. Empty
// for refusals of which each stands for itself.
std::string common_cause(const LayerSpec& layer, const LayerTrace& row, const Refusal& refusal) {
  const bool count = refusal.code == Code::L203 || refusal.code == Code::L209;
  if (!count || !refusal.at_option || row.inputs.size() != 1 || layer.inputs.size() != 1) return {};
  const Ref from = layer.inputs[0];
  return std::string(info(refusal.code).id) + " " + std::to_string(from.layer.number()) + ":" +
         std::to_string(from.output) + " " + std::string(to_string(refusal.option)) + " " +
         to_json(layer.find(refusal.option)->value);
}

}  // namespace

std::vector<Finding> diagnose(const Spec& spec, const Trace& trace, std::vector<LayerId>* layers) {
  std::vector<Finding> findings;
  const auto stands_at = [&](LayerId layer) {
    if (layers != nullptr) layers->resize(findings.size(), layer);
  };
  std::map<std::string, std::size_t> causes;
  Meetings meetings(spec, trace);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    // Along several axes one cause is still one finding.
    std::vector<Code> seen;
    for (const Refusal& refusal : row.refusals) {
      if (!independent(row, refusal) || std::count(seen.begin(), seen.end(), refusal.code) > 0) continue;
      seen.push_back(refusal.code);
      const LayerId layer(i);
      if (const std::string cause = common_cause(spec.layers[i], row, refusal); !cause.empty()) {
        const auto [first, added] = causes.emplace(cause, findings.size());
        if (!added) {
          findings[first->second].related.push_back(
              related(spec.layers[i], "gets the same and is built for the same"));
          continue;
        }
      }
      findings.push_back(refusal.code == Code::L208 ? merge_mismatch(spec, trace, meetings, layer, refusal)
                                                    : refused_layer(spec, trace, layer, refusal));
      stands_at(layer);
    }
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (trace.layers[i].layout_refusal.empty()) continue;
    findings.push_back(memory_layout(spec, trace, LayerId(i)));
    stands_at(LayerId(i));
  }
  const auto returned = [&](std::size_t i) -> const Shape* {
    const LayerTrace& row = trace.layers[i];
    const bool sound = !row.after_failure && row.refusals.empty() && !row.outputs.empty();
    return sound ? &row.outputs[0] : nullptr;
  };
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const Shape* shape = returned(i);
    if (shape == nullptr) continue;
    const LayerId index(i);
    const bool last = i + 1 == spec.layers.size();
    if (layer.expect && !meets(*shape, expected_shape(spec, *layer.expect)))
      findings.push_back(wrong_output(spec, trace, index, *layer.expect, false));
    stands_at(index);
    if (last && spec.expect && !meets(*shape, expected_shape(spec, *spec.expect)))
      findings.push_back(wrong_output(spec, trace, index, *spec.expect, true));
    stands_at(index);
  }
  return findings;
}

std::vector<Finding> compare(const Spec& spec, const Trace& formula, const Trace& merged) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const LayerTrace& by_formula = formula.layers[i];
    const LayerTrace& row = merged.layers[i];
    const bool refused = !row.libtorch_refusal.empty();
    if (row.source != RowSource::executed && !refused) continue;
    Finding f;
    f.layer = layer.name;
    f.where = place_of(layer);
    if (refused && by_formula.refusals.empty()) {
      f.code = Code::L299;
      f.message = "LibTorch refuses `" + layer.name + "`, and shapedbg knows no rule that it breaks";
      f.notes = {"LibTorch: " + row.libtorch_refusal};
    } else if (!refused && !by_formula.refusals.empty()) {
      f.code = Code::X901;
      f.message = "LibTorch runs `" + layer.name +
                  "`, which shapedbg's rules refuse: " + by_formula.refusals[0].message;
    } else if (!refused && by_formula.outputs != row.outputs) {
      f.code = Code::X901;
      f.message = "shapedbg's formula and LibTorch disagree about `" + layer.name + "`";
      if (!by_formula.outputs.empty() && !row.outputs.empty())
        f.message += ": " + bracketed(by_formula.outputs[0]) + " and " + bracketed(row.outputs[0]);
    } else {
      continue;
    }
    findings.push_back(std::move(f));
    break;  // what follows a disagreement is its consequence
  }
  return findings;
}

Location place_of(const LayerSpec& layer) { return layer.name_place; }

Location place_of(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  return option != nullptr && option->written ? option->where : place_of(layer);
}

Related related(const LayerSpec& layer, std::string message) {
  return {layer.name, place_of(layer), std::move(message)};
}

Related related(const Spec& spec, Ref ref, std::string message) {
  if (!ref.is_input()) return related(spec.layer(ref.layer), std::move(message));
  return {"", spec.input(ref.input()).where, std::move(message)};
}

void blame(const Spec& spec, const Trace& trace, const Suspects& suspects, const Axis& axis, Finding& f) {
  // More names than these are no diagnosis.
  const std::size_t most = suspects.certain ? 2 : 3;
  const std::size_t named = std::min(suspects.layers.size(), most);
  for (std::size_t k = 0; k < named; ++k) {
    const LayerId i = suspects.layers[k];
    const LayerSpec& layer = spec.layer(i);
    std::string text = size_formula(spec, trace, i, axis);
    const SizeStep step = step_of(trace, i, axis);
    if (text.empty()) text = "makes " + std::to_string(step.out);
    if (step.in != 0 && text.starts_with("makes ")) text += " of " + std::to_string(step.in);
    if (layer.name != f.layer && (k > 0 || suspects.uneven)) {
      f.related.push_back(related(layer, std::move(text)));
      continue;
    }
    f.layer = layer.name;
    f.where = place_of(layer);
    f.label = std::move(text);
  }
  f.message += ": " + suspects.story;
  if (!suspects.certain && !suspects.uneven && named > 1) {
    std::string one_of;
    for (std::size_t k = 0; k < named; ++k)
      one_of += (k == 0           ? "`"
                 : k + 1 == named ? " and `"
                                  : ", `") +
                spec.layer(suspects.layers[k]).name + "`";
    f.notes.insert(f.notes.begin(), "one of " + one_of + " is at fault, as far as their numbers tell");
  }
  f.notes.insert(f.notes.begin(),
                 "the " + std::string(name_of(axis)) +
                     " fits for no size of the input near this one: an option is wrong, not the input");
}

std::string sizes_along(const Spec& spec, const Trace& trace, Ref end, const Axis& axis) {
  // Long networks: the last steps are the ones that matter.
  constexpr std::size_t most = 12;
  std::vector<std::string> steps;
  const auto add = [&](const std::string& name, std::int64_t size) {
    steps.push_back(name + " " + std::to_string(size));
  };
  const std::vector<LayerId> path = longest_path(spec, end);
  std::int64_t size = 0;
  Ref start = end;
  if (!path.empty())
    start = spec.layer(path[0]).inputs.empty() ? Ref{path[0], 0} : spec.layer(path[0]).inputs[0];
  if (const Shape* shape = trace.output(spec, start))
    if (const auto at = axis.in(*shape)) {
      size = (*shape)[*at];
      add("`" + spec.name_of(start) + "`", size);
    }
  for (const LayerId i : path) {
    const std::int64_t out = step_of(trace, i, axis).out;
    if (out == 0 || out == size) continue;
    size = out;
    add("`" + spec.layer(i).name + "`", size);
  }
  std::string text;
  const std::size_t from = steps.size() > most ? steps.size() - most : 0;
  if (from > 0) text = "..., ";
  for (std::size_t i = from; i < steps.size(); ++i) text += (i > from ? ", " : "") + steps[i];
  return text;
}

}  // namespace shapedbg
