#include "portability/portability.h"

#include <algorithm>
#include <utility>

#include "diagnose/rules.h"
#include "portability/facts.h"
#include "portability/fixes.h"
#include "portability/parting.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kFactSteps = 60'000;  // shape rules for all facts together: some 15 ms
constexpr std::size_t kRelated = 4;

struct Concerned {
  LayerId layer;
  There there;
  Parting parting;
};

bool runs(const LayerSpec& layer, const LayerTrace& row) {
  return !layer.broken && !row.after_failure && row.refusals.empty() && !row.inputs.empty() &&
         !row.outputs.empty();
}

// Those of the targets that a fact speaks of: "onnxruntime and openvino".
std::vector<Seen> asked_for(const Fact& fact, const std::vector<Target>& targets) {
  std::vector<Seen> seen;
  for (const Seen& one : fact.seen)
    if (std::find(targets.begin(), targets.end(), one.target) != targets.end()) seen.push_back(one);
  return seen;
}

std::string names(const std::vector<Seen>& seen, bool versions) {
  std::string text;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (i > 0) text += i + 1 == seen.size() ? " and " : ", ";
    text += info(seen[i].target).word;
    if (versions) text += " " + std::string(seen[i].version);
  }
  return text;
}

// "62x62", or the whole shape where more than the spatial sizes part.
std::string shown(const Shape& shape, const Shape& other) {
  const bool spatial =
      shape.size() > 2 && shape.size() == other.size() && shape[0] == other[0] && shape[1] == other[1];
  return spatial ? by_x(shape, 2) : bracketed(shape);
}

// One cause: the same layers part from the same targets in the same way, by one fact or by several.
struct Cause {
  Code code;
  std::vector<Concerned> all;
  std::vector<const Fact*> facts;
  std::vector<std::vector<Seen>> seen;  // of each fact

  bool alike(Code other, const std::vector<Concerned>& others) const {
    const Parting& a = all.front().parting;
    const Parting& b = others.front().parting;
    return code == other && all.size() == others.size() && all.front().layer == others.front().layer &&
           a.input == b.input && a.here == b.here && a.there == b.there && a.at == b.at;
  }
  std::string targets() const {
    std::vector<Seen> whole;
    for (const auto& some : seen) whole.insert(whole.end(), some.begin(), some.end());
    return names(whole, false);
  }
};

std::string message(const Cause& cause, const std::string& layer) {
  const Parting& parting = cause.all.front().parting;
  const std::string of = parting.input.size() > 2 ? by_x(parting.input, 2) : bracketed(parting.input);
  const std::string at = parting.at.empty() ? "" : parting.at + " ";
  if (parting.there.empty())
    return at + "`" + layer + "` is refused in " + cause.targets() + ", where PyTorch makes " +
           (parting.here.size() > 2 ? by_x(parting.here, 2) : bracketed(parting.here)) + " of " + of;
  const std::string returns = cause.code == Code::P704 ? " would return " : " returns ";
  return at + "`" + layer + "`" + returns + shown(parting.there, parting.here) + " in " + cause.targets() +
         ", " + shown(parting.here, parting.there) + " in PyTorch, of " + of;
}

void add_notes(const Fact& fact, const std::vector<Seen>& seen, Finding& f) {
  f.notes.push_back("seen on " + names(seen, true) + ": " + std::string(fact.does) + "; " +
                    std::string(fact.rule));
}

Finding finding_of(const Spec& spec, const Cause& cause) {
  const std::vector<Concerned>& all = cause.all;
  const Concerned& first = all.front();
  const LayerSpec& layer = spec.layer(first.layer);
  Finding f;
  f.code = cause.code;
  f.layer = layer.name;
  f.where = place_of(layer);
  f.message = message(cause, layer.name);
  f.label = first.there.why;
  for (std::size_t i = 1; i < std::min(all.size(), kRelated + 1); ++i)
    f.related.push_back(related(spec.layer(all[i].layer), all[i].there.why));
  if (all.size() > kRelated + 1)
    f.notes.push_back("so it is with " + std::to_string(all.size() - kRelated - 1) + " more layers");
  for (std::size_t i = 0; i < cause.facts.size(); ++i) add_notes(*cause.facts[i], cause.seen[i], f);
  if (!first.parting.sizes.empty()) f.notes.push_back("they part for " + first.parting.sizes);
  if (!cause.facts[0]->repair.empty())
    f.notes.push_back("right in both: " + std::string(cause.facts[0]->repair));
  return f;
}

// A fact about an input: of each free size that the export holds to what it is in the example.
void frozen_inputs(const Spec& spec, const Fact& fact, const std::vector<Seen>& seen,
                   std::vector<Finding>& findings) {
  for (const FreeSize& size : spec.free_sizes) {
    if (!fact.freezes(size)) continue;
    Finding f;
    f.code = fact.code;
    f.where = size.where;
    f.message = "`" + size.name + "` is " + std::to_string(size.smallest()) +
                " in the example, and refused in " + names(seen, false) + " where it is another size";
    add_notes(fact, seen, f);
    f.notes.push_back("right in both: " + std::string(fact.repair));
    findings.push_back(std::move(f));
  }
}

std::vector<Concerned> concerned(const Spec& spec, const Trace& trace, const Fact& fact,
                                 std::int64_t& steps) {
  std::vector<Concerned> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (!fact.concerns(spec.layers[i].info().family) || !runs(spec.layers[i], trace.layers[i])) continue;
    const LayerView view{spec, trace, LayerId(i)};
    std::optional<There> there = fact.there(view);
    if (!there) continue;
    std::optional<Parting> parts = parting(view, *there, steps);
    if (parts) all.push_back({LayerId(i), std::move(*there), std::move(*parts)});
  }
  return all;
}

}  // namespace

std::vector<Finding> portability(const Source& source, const Spec& spec, const Trace& trace,
                                 const std::vector<Target>& targets, const Rerun& rerun,
                                 const RightForAll& right) {
  std::vector<Finding> findings;
  std::vector<Cause> causes;
  std::int64_t steps = kFactSteps;
  for (const Fact& fact : portability_facts()) {
    std::vector<Seen> seen = asked_for(fact, targets);
    // What an export freezes shows only where another size may come.
    if (seen.empty() || (fact.code == Code::P703 && spec.free_sizes.empty())) continue;
    if (fact.freezes != nullptr) {
      frozen_inputs(spec, fact, seen, findings);
      continue;
    }
    std::vector<Concerned> all = concerned(spec, trace, fact, steps);
    if (all.empty()) continue;
    const auto known = std::find_if(causes.begin(), causes.end(),
                                    [&](const Cause& cause) { return cause.alike(fact.code, all); });
    Cause& cause =
        known != causes.end() ? *known : causes.emplace_back(Cause{fact.code, std::move(all), {}, {}});
    cause.facts.push_back(&fact);
    cause.seen.push_back(std::move(seen));
  }
  std::stable_sort(causes.begin(), causes.end(),
                   [](const Cause& a, const Cause& b) { return a.all.front().layer < b.all.front().layer; });
  for (const Cause& cause : causes) {
    Finding finding = finding_of(spec, cause);
    if (info(cause.code).severity == Severity::error)
      add_fixes({source, spec, trace, rerun, right}, cause.facts, cause.all.front().layer, finding);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace shapedbg
