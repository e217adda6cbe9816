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
// network gets further than before, the furthest first, until there are `most_partial` of them.
void suggest_steps_forward(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial,
                           std::size_t most_partial);
// `partial`: the padding that convolutions lack, where a stage too many or too few is left then.
void suggest_windows(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// `partial`: what puts channels right where something else is wrong too.
void suggest_channels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The places cut off that padding for a causal convolution leaves at the end.
void suggest_chomps(const Situation& s, std::vector<Candidate>& out);
// The last place cut off that even kernels padded by half of them add.
void suggest_even_ends(const Situation& s, std::vector<Candidate>& out);
// The same layer for another number of axes.
void suggest_kinds(const Situation& s, std::vector<Candidate>& out);
// Another level's tensor; `partial`: where something is wrong behind it, too.
void suggest_sources(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The skip of its own level for a Concat that takes the one of another level, too.
void suggest_skips(const Situation& s, std::vector<Candidate>& out);
// `partial`: a batch axis, where another count behind it is wrong, too.
void suggest_axes(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
void suggest_rank(const Situation& s, std::vector<Candidate>& out);
void suggest_projection(const Situation& s, std::vector<Candidate>& out);
void suggest_fits(const Situation& s, std::vector<Candidate>& out);
void suggest_padded_input(const Situation& s, std::vector<Candidate>& out);
void suggest_input_sizes(const Situation& s, std::vector<Candidate>& out);
// What `mirror` would write, on all levels.
void suggest_partners(const Situation& s, std::vector<Candidate>& out);
// The same change on every twin.
void suggest_twins(const Situation& s, std::vector<Candidate>& out);
// Flatten, Linear and Unflatten as one thing.
void suggest_maps(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// A Concat on each level that lacks one.
void suggest_joins(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The axes that a vector needs to meet a map.
void suggest_vectors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The state of a recurrent layer, where its readers take it for rows of features.
void suggest_states(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// A matrix product with its factors exchanged, or one of them transposed.
void suggest_factors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// A Permute for a reshape that scrambles its elements.
void suggest_views(const Situation& s, std::vector<Candidate>& out);
// A Squeeze for a vector whose axis of one place stretches what it meets.
void suggest_unstretched(const Situation& s, std::vector<Candidate>& out);
// A norm over one value, left out; or more samples for it.
void suggest_without_norms(const Situation& s, std::vector<Candidate>& out);
// What else runs and cannot be meant: another axis, a Permute, another cut.
void suggest_meanings(const Situation& s, std::vector<Candidate>& out);
// Another order of axes somewhere on the way, in place of what stands in `out` from `known` on where less is
// out of order then.
void suggest_orders(const Situation& s, std::size_t known, std::vector<Candidate>& out);
// A vector repeated along the axis that it was given, where the result is expected as long.
void suggest_repeats(const Situation& s, std::vector<Candidate>& out);
// A map averaged where it is joined to a vector, for a layer that counts both.
void suggest_pooled(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// Frames in the batch, taken out of it again.
void suggest_frames(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// What a view cuts into rows, padded to whole rows.
void suggest_rows(const Situation& s, std::vector<Candidate>& out);
// A kernel as long as the axis that it is to use up; a patch as large as the levels behind it undo;
// `partial`: the padding of the one branch that does not keep its map.
void suggest_spans(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The number of whoever made what a view, a split or a product takes.
void suggest_makers(const Situation& s, std::vector<Candidate>& out);
// One answer for each sample where a view has one for each place (W509).
void suggest_one_answer(const Situation& s, std::vector<Candidate>& out);
// The makers of what is cut on its way to a merge, all that the network asks for.
void suggest_shares(const Situation& s, std::vector<Candidate>& out);
// A number of heads that divides the features.
void suggest_heads(const Situation& s, std::vector<Candidate>& out);
// The number, or the step in front, that all layers like one have.
void suggest_likes(const Situation& s, std::vector<Candidate>& out);
// The value of an argument that the other uses of a block give.
void suggest_arguments(const Situation& s, std::vector<Candidate>& out);
// A number of a block that follows an argument of it.
void suggest_words(const Situation& s, std::vector<Candidate>& out);
// An input that nothing reads, in the place of what the failing layer takes or joined to it.
void suggest_unread(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// Counts that the network states twice, and heads that answer several queries.
void suggest_counts(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// What is missing in front of a merge, told by its other inputs or by the other merges.
void suggest_meetings(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// Axes that were turned and not turned back; the numbers of a Fourier transform that another one undoes.
void suggest_turned(const Situation& s, std::vector<Candidate>& out);
void suggest_transforms(const Situation& s, std::vector<Candidate>& out);
// What is missing where levels meet: a resize, one more stride.
void suggest_levels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// What a layer takes beside its tensor: places of a sampler, a table of queries, a first state.
void suggest_other_inputs(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The stride of a branch around which a shortcut steps.
void suggest_shortcut_strides(const Situation& s, std::vector<Candidate>& out,
                              std::vector<Candidate>& partial);
// Masks of several sources beside one code; patches put together on another grid.
void suggest_masks(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
void suggest_patches(const Situation& s, std::vector<Candidate>& out);
// A vector or a table that meets a map with another count.
void suggest_gates(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// All counts of a block with residual sums, where what it returns has another width than is taken.
void suggest_widths(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The order of the input's axes; a branch that starts from the layer before it.
void suggest_layouts(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// The axis that one statement of the author's program names.
void suggest_statements(const Situation& s, std::vector<Candidate>& out);
// A cut or a factor that one line of the program states, on all layers that it makes.
void suggest_lines(const Situation& s, std::vector<Candidate>& out);
// A Pad that every convolution of a kind has in front of it but one.
void suggest_pads(const Situation& s, std::vector<Candidate>& out);
// The length that an inverse STFT has to return.
void suggest_lengths(const Situation& s, std::vector<Candidate>& out);
// The strides of its branch, in each shortcut that lacks them.
void suggest_shortcuts(const Situation& s, std::vector<Candidate>& out);
// All pads of causal convolutions, each as wide as its convolution needs.
void suggest_causal_pads(const Situation& s, std::vector<Candidate>& out);
// One more stage like its neighbours.
void suggest_stages(const Situation& s, std::vector<Candidate>& out);
// Each larger skip of an unpadded network cropped to its centre.
void suggest_centre_crops(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial);
// A layer that is one too many.
void suggest_removals(const Situation& s, std::vector<Candidate>& out);
// Inputs that a layer far behind asks for.
void suggest_far_inputs(const Situation& s, std::vector<Candidate>& out);
// Factors that belong together, of strides and of channels.
void suggest_rates(const Situation& s, std::vector<Candidate>& out);

}  // namespace shapedbg
