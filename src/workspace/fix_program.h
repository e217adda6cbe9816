// `fix` on a network that was imported from its author's program: the same fixes, written into the program's
// own text. Returns data, prints nothing, writes no file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "read/importer.h"
#include "workspace/fixing.h"

namespace shapedbg {

struct ChangedText {
  std::string file;
  std::string before;
  std::string after;
};

struct FixedProgram {
  // What was applied, and the check of what the changed program is recorded as; where nothing could be
  // written there, of the spec.
  Fixed fixed;
  std::vector<ChangedText> files;  // empty where nothing is to be written
  // There is a fix, and why it is not written into the program: one line. `fixed` has it applied to the spec.
  std::string why = {};
};

// The program, where it is at hand.
struct Program {
  // Records it again as if its files held these texts.
  std::function<Imported(const std::vector<ProgramText>& changed)> record;
  // What would make the changes of fixes further out in it: program_trials() of read/python/python.h.
  std::function<ProgramTrials(const std::vector<WantedChanges>& fixes)> trials;
};

// Applies only what can be written into the program (code/constructor.h) and, run again, is seen to have
// closed what it was for. Where nothing can, the spec's own best fix is applied and `why` says what is in the
// way. Without a program it always is so; `why` is for the caller to say then.
FixedProgram fix_program(const std::string& name, const Imported& network, const FixOptions& options,
                         const EngineSource& engine, const Program& program);

}  // namespace shapedbg
