#include "report/totals.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace shapedbg {
namespace {

void add_to(std::int64_t& sum, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Totals totals(std::span<const Checked> specs) {
  Totals result;
  result.specs = specs.size();
  for (const Checked& checked : specs) {
    result.ok += checked.status == Status::ok;
    result.with_findings += checked.status == Status::findings;
    result.unchecked += checked.status == Status::error;
    result.known += checked.known;
    std::size_t errors = 0;
    for (const Finding& finding : checked.findings) {
      errors += is_error(finding);
      result.warnings += info(finding.code).severity == Severity::warning;
      result.fixable += std::any_of(finding.fixes.begin(), finding.fixes.end(), [](const Fix& fix) {
        return fix.applicability != Applicability::display && !fix.edits.empty();
      });
    }
    // An unreadable file has no finding: there is no place in it to point at.
    if (errors == 0 && checked.status == Status::error) errors = 1;
    result.errors += errors;
  }
  return result;
}

NetworkCost network_cost(const Checked& checked) {
  NetworkCost result;
  for (const Cost& cost : checked.costs) {
    add_to(result.params, cost.params);
    add_to(result.mult_adds, cost.mult_adds);
  }
  for (const LayerTrace& layer : checked.trace.layers) {
    if (layer.source == RowSource::unknown) result.complete = false;
  }
  return result;
}

std::string type_of(const Checked& checked, const LayerSpec& layer) {
  const std::string_view written = checked.source.slice(layer.type_place.span);
  const bool quoted = written.size() > 2 && written.front() == '"' && written.back() == '"';
  if (layer.broken && quoted) return std::string(written.substr(1, written.size() - 2));
  return std::string(layer.info().name);
}

std::string reason(const Checked& checked) {
  if (checked.status != Status::error) return {};
  if (!checked.error.empty()) return checked.error;
  for (const Finding& finding : checked.findings) {
    if (finding.code == Code::X902) return finding.message;
  }
  return checked.findings.empty() ? "the check could not be completed" : checked.findings.front().message;
}

std::string libtorch_version(std::span<const Checked> specs) {
  for (const Checked& checked : specs) {
    if (!checked.trace.libtorch.empty()) return checked.trace.libtorch;
  }
  return {};
}

}  // namespace shapedbg
