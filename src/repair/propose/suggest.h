// The generators: each proposes candidates of one kind, and promises nothing about them.
#pragma once

#include <optional>
#include <vector>

#include "repair/candidate.h"
#include "repair/padding/plan.h"

namespace shapedbg {

void suggest_output_padding(const Situation& s, const Plan& plan, std::vector<Candidate>& out);
void suggest_size_like(const Situation& s, std::vector<Candidate>& out);
void suggest_options(const Situation& s, std::vector<Candidate>& out);
// The same changes followed by the features that they ask for behind them; `partial`: those after which the
// network gets further than before, the furthest first.
void suggest_steps_forward(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
void suggest_windows(const Situation& s, std::vector<Candidate>& out);
// `partial`: what puts channels right where something else is wrong too.
void suggest_channels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// What sets a layer that gets other channels or features than it is built for to what arrives.
std::optional<Set> set_to_arriving(const Spec& spec, const Trace& trace, int layer);
// The same layer for another number of axes.
void suggest_kinds(const Situation& s, std::vector<Candidate>& out);
// Another level's tensor; `partial`: where something is wrong behind it, too.
void suggest_sources(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
void suggest_axes(const Situation& s, std::vector<Candidate>& out);
void suggest_rank(const Situation& s, std::vector<Candidate>& out);
void suggest_projection(const Situation& s, std::vector<Candidate>& out);
void suggest_fits(const Situation& s, std::vector<Candidate>& out);
void suggest_padded_input(const Situation& s, std::vector<Candidate>& out);
void suggest_input_sizes(const Situation& s, std::vector<Candidate>& out);

}  // namespace shapedbg
