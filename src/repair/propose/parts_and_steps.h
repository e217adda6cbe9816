// Generators about a tensor that holds two things side by side, and about the steps of a sequence.
#pragma once

#include <vector>

#include "repair/candidate.h"

namespace shapedbg {

// A Chunk in front of filter and gate, or of a code that was returned with its variance.
void suggest_halves(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// One step of a sequence where one was expected, a code repeated for each of them, numbers of tokens without
// the axis of one place behind them.
void suggest_steps(const Situation& s, std::vector<Candidate>& out);

}  // namespace shapedbg
