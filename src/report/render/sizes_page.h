// Which sizes a network takes, as a page and as Markdown.
#pragma once

#include <string>
#include <vector>

#include "workspace/size_report.h"

namespace shapedbg {

// One page that needs nothing beside itself: of each file its axes with their rules and strips.
std::string render_sizes_html(const std::vector<SizeReport>& reports, const SizesOptions& options);

// For a summary or a comment: of each file a table of axes, outcomes and sizes.
std::string render_sizes_markdown(const std::vector<SizeReport>& reports, const SizesOptions& options);

}  // namespace shapedbg
