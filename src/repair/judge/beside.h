// What is no repair beside a better one: doubts that come of comparing candidates.
#pragma once

#include <vector>

#include "repair/judge/judge.h"

namespace shapedbg {

// A vector given as a map of one place: another size of it is no repair, nor is what is padded to one.
void doubt_at_a_vector(const Situation& s, std::vector<Judged>& judged);

// Where a tensor of another level, or a tensor's own size, is what was meant, no factor is bent to the wrong
// one. Where a causal convolution is to be cut, its kernel stays. No convolution of one place steps, but in a
// shortcut.
void doubt_beside_better(const Situation& s, std::vector<Judged>& judged);

// What the program computes is given no other size, beside what changes a layer.
void doubt_computed_constants(const Situation& s, std::vector<Judged>& judged);
// Repairs that turn axes where the author's own order is meant (doubt_turned.cpp).
void doubt_turned(const Situation& s, std::vector<Judged>& judged);

// All of these, and the rules of doubts.cpp between them, in the one order that they are made for.
void doubt_beside_others(const Situation& s, std::vector<Judged>& judged);

}  // namespace shapedbg
