// Findings that a project knows and lives with: only what is new counts.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "report/report.h"

namespace shapedbg {

struct Baseline {
  std::set<std::string, std::less<>> fingerprints;
  std::string error;  // "3:9: …" or a sentence; empty where it could be read
};

Baseline read_baseline(std::string_view text);

// All errors and warnings of the report, as JSON that can be read in a review: a line each.
std::string render_baseline(const Report& report);

// Takes what the baseline has out of `checked`, counts it as known, and calls it ok where no error is left.
void drop_known(const Baseline& baseline, const ReportPaths& paths, Checked& checked);

}  // namespace shapedbg
