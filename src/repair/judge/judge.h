// Whether a candidate is a repair, how good it is, and the run that shows it.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "code/lines.h"
#include "repair/candidate.h"
#include "repair/judge/meaning.h"
#include "repair/repair.h"

namespace shapedbg {

// The order of candidate.h; less is better.
struct RepairCost {
  bool harmed = false;  // another network: judge/meaning.h
  Doubt doubt = Doubt::none;
  bool fails_elsewhere = false;  // at another declared size
  bool other_input = false;
  int places = 0;
  FixKind kind{};
  double wrong_share = 1;   // of the input sizes; 1 where nothing is proven
  double wrong_within = 1;  // the same without what is expected of the result
  bool parameters = false;
  std::int64_t amount = 0;
  auto operator<=>(const RepairCost&) const = default;
};

struct Judged {
  Candidate candidate;
  Spec spec;    // the changed network
  Trace trace;  // by formula; of a large network it is dropped once it is judged, and inferred again
  RepairCost cost;
  Fix facts = {};  // what is known of it as a fix: sizes, weights_lost, extra_macs_percent, leaves_open
  std::string right_for;  // "right for even sizes, from 2", and the price
  const Situation* situation = nullptr;
  PerLayer<LayerId> origin = {};    // of each layer, which it was before, or none
  std::optional<Harmed> harm = {};  // why it is another network
  Doubt own_doubt = Doubt::none;    // without that
};

// Whether its moves say all that its edits do; else only the changed bytes show what the network is.
bool told_by_moves(const Candidate& candidate);

// The network that a candidate makes of the situation's, nothing where it is none.
std::optional<Spec> network_behind(const Situation& s, const Candidate& candidate);

// Applies the moves (or reads the changed bytes, where only they tell) and infers; nothing when some
// constraint does not hold, or when the edit turned a reference to another tensor. Sizes are not looked at
// yet.
std::optional<Judged> judge(const Situation& s, Candidate candidate);

// For which sizes it is right, and what it costs to have it.
void weigh(const Situation& s, Judged& judged);

// Reads it from the changed bytes and runs it; nothing when these are another network, or when the run does
// not agree. `declared`: the network as it stands in the file, which the
// code of the fix begins with; `code`: how much of that is wanted of this one.
std::optional<Fix> verified(const Judged& judged, const Shaped& declared, const Rerun& rerun, FixCode code);

}  // namespace shapedbg
