// Changes further out in a program than where a fix changes it: an argument of the block that makes the
// layer, an entry of a list, a default. Only the program that is run again shows what comes of them.
#pragma once

#include <vector>

#include "code/constructor.h"
#include "workspace/fix_program.h"

namespace shapedbg {

struct OuterTrial {
  ProgramEdit edit;
  const Fix* fix =
      nullptr;         // whose changes it makes; null: what the layer gets, or a number unlike all others
  bool all = false;    // it makes all of them
  bool plain = false;  // a number takes the place of a number
  bool odd = false;    // a number unlike all others
};

// The likeliest first, for the errors of a network as it is. `programs` gets the files that they change.
std::vector<OuterTrial> outer_trials(const Checked& checked, const Program& program,
                                     std::vector<ProgramText>& programs);

// Whether the program that was changed so runs: no error, no new warning, and it returns what it should.
bool is_mended(const Checked& again, const Checked& before, const OuterTrial& trial);

// The trial as a fix: its own where it has one.
Fix fix_of(const OuterTrial& trial, const std::vector<ProgramText>& programs);

}  // namespace shapedbg
