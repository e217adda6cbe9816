// What people write in a file that is nearly JSON, put right: trailing commas, `#` comments, tuples, Python's
// words, strings in single quotes, commas and colons left out.
#pragma once

#include <string>
#include <vector>

#include "finding/finding.h"
#include "text/source.h"

namespace shapedbg::json {

struct Mended {
  std::string bytes;              // as many as before: what stands in them keeps its place
  std::vector<Finding> findings;  // J001, one for each, in the order of the file, each with its fix
};

// Goes on up to the first thing that is neither JSON nor one of these, and through no more than some hundred
// of them.
Mended mended(const Source& source);

}  // namespace shapedbg::json
