// A changed network written into the program that made it: the numbers of the constructors of its layers.
#pragma once

#include <string>
#include <vector>

#include "net/constructor.h"
#include "net/spec.h"
#include "text/edit.h"

namespace shapedbg {

struct ProgramEdit {
  std::string file;
  Edit edit;
};

struct ProgramEdits {
  std::vector<ProgramEdit> edits;
  std::string why;          // why the change cannot be written there: one line; the edits are empty then
  bool reworded = false;    // an argument is said in other words,
  bool shared = false;      // also of layers that stay as they are
  bool in_forward = false;  // a call in forward changes
};

// What makes `after` of `before` in the text of the program: values that stand there as literals, in a call
// or behind a name that says nothing else; an argument in other words (wording.h), where they say it of every
// layer that takes it from there; keywords that the call does not have yet; and what goes into a call of
// forward (forward.h). Whatever else changes (a number that no word there says) is why nothing is written.
// `calls`: of the layers of `before`, by their modules.
ProgramEdits constructor_edits(const Spec& before, const Spec& after,
                               const std::vector<ConstructorCall>& calls,
                               const std::vector<ForwardCall>& forward = {});

}  // namespace shapedbg
