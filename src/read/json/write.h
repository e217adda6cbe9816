// Moves written into the file that a network comes from, as edits that keep the author's formatting.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/move.h"
#include "read/json/rewrite.h"

namespace shapedbg {

// Where one move is written.
struct WrittenAt {
  Span place;                   // the layer, or the use of a block
  bool at_use = false;          // as an argument that the use of the block gives
  bool fresh_argument = false;  // which the block has not had yet
  bool for_others = false;      // in a place that stands for layers, too, of which no move speaks
};

struct Written {
  std::vector<Edit> edits;    // each once, though several moves may ask for it
  std::vector<WrittenAt> at;  // of each move
  // Whether the file says just what the moves do then. Else a piece of text stands for more than them: an
  // argument that other options take too, a block with further uses.
  bool exact = true;
};

// Nothing where the file does not allow one of the moves. `spec` is what `source` holds, `rewrite` its
// rewriter.
std::optional<Written> write(const Source& source, const Rewrite& rewrite, const Spec& spec,
                             const Moves& moves);

// The entry of a list of layers: `{"name": "crop", "type": "Crop", "inputs": "up", "size": 4}`.
// `inputs`: how it names what it takes, empty where that is the layer before.
std::string entry_text(const Spec& spec, const InsertLayer& layer, std::string_view name,
                       const std::vector<std::string>& inputs);

}  // namespace shapedbg
