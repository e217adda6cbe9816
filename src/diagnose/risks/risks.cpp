#include "diagnose/risks/risks.h"

#include <algorithm>

#include "diagnose/meaning/meaning.h"
#include "net/package.h"

namespace shapedbg {
namespace {

constexpr std::size_t kListed = 4;

using Rule = void (*)(const RiskView&, std::vector<Finding>&);
constexpr Rule kWarnings[] = {silent_broadcast,      batch_collapse,      single_value_norm,
                              excess_output_padding, product_at_rounding, refused_by_python,
                              unused_output};
constexpr Rule kNotes[] = {only_multiples, dropped_rows, bias_only_border, checkerboard, even_kernel_same};

}  // namespace

bool RiskView::watches(std::size_t i, Code code) const {
  const LayerSpec& one = layer(i);
  const LayerTrace& at = row(i);
  if (one.broken || at.after_failure || !at.refusals.empty() || at.inputs.empty() || at.outputs.empty())
    return false;
  // What a package computes on purpose, and cannot be changed by its user.
  const bool habit = code == Code::W501 || code == Code::W502 || code == Code::W509;
  if (habit && one.source && in_package(one.source->called)) return false;
  return std::find(one.ignore.begin(), one.ignore.end(), code) == one.ignore.end();
}

std::string listed(std::vector<std::string> items) {
  // "and 1 more" would be no shorter than the one.
  const std::size_t more = items.size() > kListed + 1 ? items.size() - kListed : 0;
  if (more > 0) {
    items.resize(kListed);
    items.push_back(std::to_string(more) + " more");
  }
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

std::string name_list(const RiskView& view, const std::vector<RiskPlace>& places) {
  std::vector<std::string> names;
  for (const RiskPlace& place : places) names.push_back("`" + view.layer(place.layer).name + "`");
  return listed(std::move(names));
}

Finding about(const RiskView& view, Code code, std::string message, const std::vector<RiskPlace>& places) {
  const LayerSpec& first = view.layer(places[0].layer);
  Finding f;
  f.code = code;
  f.message = std::move(message);
  f.layer = first.name;
  f.where = place_of(first);
  f.label = places[0].text;
  // The copies of a block stand at one place of the file.
  std::vector<Span> said{f.where.span};
  for (const RiskPlace& place : places) {
    const Related other = related(view.layer(place.layer), place.text);
    if (std::find(said.begin(), said.end(), other.where.span) != said.end()) continue;
    if (f.related.size() == kListed) break;
    said.push_back(other.where.span);
    f.related.push_back(other);
  }
  return f;
}

std::vector<Finding> shape_warnings(const Spec& spec, const Trace& trace) {
  const RiskView view{spec, trace};
  std::vector<Finding> findings;
  for (const Rule rule : kWarnings) rule(view, findings);
  return findings;
}

std::vector<Finding> risks(const Spec& spec, const Trace& trace, bool sound) {
  const RiskView view{spec, trace};
  std::vector<Finding> findings = shape_warnings(spec, trace);
  if (!sound) return findings;
  meaning_warnings(view, findings);
  for (const Rule rule : kNotes) rule(view, findings);
  return findings;
}

void drop_ignored(const Spec& spec, const std::vector<Code>& ignored, std::vector<Finding>& findings) {
  const auto holds = [](const std::vector<Code>& codes, Code code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  std::erase_if(findings,
                [&](const Finding& f) { return holds(spec.ignore, f.code) || holds(ignored, f.code); });
}

}  // namespace shapedbg
