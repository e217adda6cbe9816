// From candidates to fixes: which are looked at, in what order they stand, how many are offered.
#pragma once

#include <functional>
#include <vector>

#include "repair/judge/judge.h"
#include "repair/padding/plan.h"

namespace shapedbg {

// A network of many layers is read, inferred and run for every fix: it gets fewer of them to choose from.
struct Effort {
  std::size_t fixes = 4;
  std::size_t judged = 40;
  std::int64_t steps = 60'000;
};
Effort effort_for(const Spec& spec);

// What can close a finding; the other findings are about options that have no better value.
struct Subject {
  bool sizes = false;
  bool channels = false;
};
Subject subject_of(Code code);

// Everything that the generators propose. `partial`: what puts channels right where something else is wrong
// too.
std::vector<Candidate> candidates(const Situation& s, const Subject& subject, const Plan& plan,
                                  std::vector<Candidate>& partial);
// Independent faults cannot all be closed by a few changes.
bool too_many_faults(const Spec& spec, const Trace& trace);

// The ones that hold, best first.
std::vector<Judged> ranked(const Situation& s, std::vector<Candidate> all, const RightForAll& right);

// One of each kind, then a second one that says something else: other channels, more sizes. Each was run, and
// `runs_elsewhere` is true of it. `declared`: see verified().
std::vector<Fix> offered(const std::vector<Judged>& judged, std::size_t most, const Shaped& declared,
                         const Rerun& rerun, FixCode code,
                         const std::function<bool(const Judged&)>& runs_elsewhere = {});

}  // namespace shapedbg
