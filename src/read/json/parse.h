// The reader of specs (format 1): bytes to a Spec with the place of everything that was written.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "finding/finding.h"
#include "net/spec.h"
#include "net/targets.h"
#include "read/json/json.h"
#include "text/edit.h"
#include "text/source.h"

namespace shapedbg {

struct Parsed {
  Spec spec;                      // as much as could be understood
  std::vector<Finding> findings;  // J0xx and S1xx, in the order of the file
  std::vector<Target> targets;    // where else it is to run, each once
  // False when the findings leave no network to look at (not JSON, no layers, no input).
  bool usable = false;
};

// Never throws for any bytes. Depth, size and number of layers are bounded (see limits below).
Parsed parse(const Source& source);

// The same for who edits the file afterwards: with its values and their places. The source outlives them and
// does not move.
struct ParsedFile {
  Parsed parsed;
  std::shared_ptr<const json::Document> document;
};
ParsedFile parse_file(const Source& source);

// Edits that set an option of a layer to `json` text, keeping the author's formatting: replaces the
// value, or adds the key after the last one of the object in the style of its neighbours.
std::vector<Edit> set_option(const Source& source, const LayerSpec& layer, Opt opt, std::string_view json);

}  // namespace shapedbg
