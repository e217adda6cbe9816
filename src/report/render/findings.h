// The formats of compilers, services and test runners: one file each, all of them pure functions of the
// report.
#pragma once

#include <string>
#include <string_view>

#include "report/report.h"

namespace shapedbg {

// One line a finding, as compilers print: "configs/seed.json:11:6: error: the output is … (R301)".
std::string render_concise(const Report& report);
// Such a line, with its end.
std::string concise_line(const PlacedFinding& finding);

// Workflow commands of GitHub Actions, which marks the lines of a pull request:
// "::error file=…,line=…,col=…,title=…::…". GitHub shows 10 errors, 10 warnings and 10 notices of a step;
// where there are more, the last of a kind says how many, and the others are lines of the log.
std::string render_github(const Report& report);

// A list of Code Quality issues for GitLab's merge requests.
std::string render_gitlab(const Report& report);

// SARIF 2.1.0 (OASIS): rules with the stories of the codes, related places, the ways into a merge as code
// flows, fixes as replacements, fingerprints; paths from the root. Columns count code points.
std::string render_sarif(const Report& report);

// One test case a spec; a failure where it has errors, an error where it could not be checked. Files of a
// folder that hold no network are skipped cases.
std::string render_junit(const Report& report);

// For the summary of a CI step or a comment: GitHub's Markdown, at most about 500 KB.
std::string render_markdown(const Report& report);

// One page that needs nothing beside itself, no script and no network: of each file the picture, the table,
// the findings with their fixes, and which sizes are right, by formula. Of many files only those with
// findings, the others in a list.
std::string render_html(const Report& report);

// The picture of the first network that has one; an empty picture where none has.
std::string render_svg(const Report& report);

}  // namespace shapedbg
