// Two changes where no single one closes everything: two independent defects, a size that is wrong on two
// axes for two reasons, a layer changed and the features of a Linear behind it.
#pragma once

#include <vector>

#include "repair/judge/judge.h"
#include "repair/padding/plan.h"

namespace shapedbg {

// How far a network gets: less is worse.
struct Progress {
  std::size_t first = 0;  // the first layer that fails by itself; beyond the last where none does
  int right = 0;          // minus the sizes that are wrong there
  auto operator<=>(const Progress&) const = default;
};
Progress progress_of(const Spec& spec, const Trace& trace);

// The fixes for one finding, best first, none of them run.
std::vector<Judged> search_fixes(const Situation& s, const Plan& plan, const RightForAll& right,
                                 bool combine);

// Those of the candidates that put right one thing by itself: an axis, a join, a tensor, a level.
std::vector<Candidate> first_steps(const std::vector<Candidate>& all);
// Drops what closes everything or gets the network no further.
void keep_forward(const Situation& s, std::vector<Candidate>& candidates);

// Each of a few changes that help, `partial` among them, together with the best repair of what is wrong then.
std::vector<Candidate> combined(const Situation& s, std::vector<Candidate> partial, const RightForAll& right);

}  // namespace shapedbg
