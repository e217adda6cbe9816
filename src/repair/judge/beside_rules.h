// The rules that doubt_beside_better (beside.h) applies in its order. Each doubts repairs beside a sound one
// that shows what was meant; its reason stands where it is defined.
#pragma once

#include <string>
#include <vector>

#include "repair/judge/judge.h"

namespace shapedbg {

inline bool sound(const Judged& one) { return one.cost.doubt == Doubt::none; }
// The Flatten that what layer `fault` gets comes straight from; null where it is another layer.
const LayerSpec* flatten_before(const Situation& s, LayerId fault);
// Whether a repair sets the number of channels or features that layer `fault` takes.
bool counts_arriving(const Situation& s, LayerId fault, const Judged& one);

// Whether any layer but those two states a number of channels or features that is `width`.
bool states_elsewhere(const Spec& spec, std::int64_t width, LayerId maker, LayerId taker);

// The same kernel, stride, padding and dilation, of one kind.
bool same_windows(const LayerSpec& a, const LayerSpec& b);
// A window that no other layer has becomes one that several have, by one number.
bool becomes_like_others(const Situation& s, const Judged& one);

// A transposed convolution that stands still where several others step becomes, in all its numbers, one of
// these.
bool becomes_a_step(const Situation& s, const Judged& one);

void beside_the_right_tensor(const Situation& s, std::vector<Judged>& judged);
void beside_a_chomp(std::vector<Judged>& judged);
void steps_of_one_place(const Situation& s, std::vector<Judged>& judged);
void beside_a_like_pool(const Situation& s, std::vector<Judged>& judged);
void beside_a_trimming_one(const Situation& s, std::vector<Judged>& judged);
void beside_likes(const Situation& s, std::vector<Judged>& judged);
void padded_beside_padding(const Situation& s, std::vector<Judged>& judged);
void padded_beside_a_told_size(std::vector<Judged>& judged);
void later_of_two_steps(const Situation& s, std::vector<Judged>& judged);
void map_for_a_vector(const Situation& s, std::vector<Judged>& judged);
void beside_a_kept_map(const Situation& s, std::vector<Judged>& judged);
void beside_another_reduction(const Situation& s, std::vector<Judged>& judged);
void feed_of_other_features(const Situation& s, std::vector<Judged>& judged);
void like_another_branch(const Situation& s, std::vector<Judged>& judged);
void more_than_another(std::vector<Judged>& judged);
void inputs_unread(const Situation& s, std::vector<Judged>& judged);
void beside_a_narrower_flatten(const Situation& s, std::vector<Judged>& judged);
void beside_a_spanning_kernel(const Situation& s, std::vector<Judged>& judged);
void beside_a_batch_axis(const Situation& s, std::vector<Judged>& judged);
void beside_padded_rows(std::vector<Judged>& judged);
void beside_a_telling_one(std::vector<Judged>& judged);
void beside_a_forgotten_stride(const Situation& s, std::vector<Judged>& judged);
void kernel_for_a_rounding(const Situation& s, std::vector<Judged>& judged);
void beside_joined_channels(const Situation& s, std::vector<Judged>& judged);
void beside_an_odd_width(const Situation& s, std::vector<Judged>& judged);
void beside_an_odd_term(const Situation& s, std::vector<Judged>& judged);
void width_of_the_result(const Situation& s, std::vector<Judged>& judged);
void beside_a_batch_kept_whole(const Situation& s, std::vector<Judged>& judged);
void view_beside_its_maker(const Situation& s, std::vector<Judged>& judged);
void beside_a_dropped_axis(const Situation& s, std::vector<Judged>& judged);
void reduced_along_the_last(std::vector<Judged>& judged);
void beside_the_common_factor(const Situation& s, std::vector<Judged>& judged);
void beside_a_skip_that_is_cut(const Situation& s, std::vector<Judged>& judged);
void beside_a_doubled_gate(const Situation& s, std::vector<Judged>& judged);
void beside_a_kernel_without_gaps(const Situation& s, std::vector<Judged>& judged);
void beside_a_like_stage(const Situation& s, std::vector<Judged>& judged);
void further_apart_than_another(std::vector<Judged>& judged);
void channels_for_a_product(const Situation& s, std::vector<Judged>& judged);
void beside_a_whole_part(const Situation& s, std::vector<Judged>& judged);
void width_that_others_read(const Situation& s, std::vector<Judged>& judged);
void beside_a_doubling(const Situation& s, std::vector<Judged>& judged);
void beside_the_map_that_was_flattened(const Situation& s, std::vector<Judged>& judged);
void one_end_of_a_map(const Situation& s, std::vector<Judged>& judged);
void channels_of_the_input(const Situation& s, std::vector<Judged>& judged);
void another_shuffle(const Situation& s, std::vector<Judged>& judged);
void beside_an_idle_turn(const Situation& s, std::vector<Judged>& judged);
void beside_a_factor(const Situation& s, std::vector<Judged>& judged);
void fits_beside_numbers(std::vector<Judged>& judged);
void feeds_a_rest(const Situation& s, std::vector<Judged>& judged);
void unlike_its_likes(const Situation& s, std::vector<Judged>& judged);

// Of the list in doubts.cpp those about counts (doubt_counts.cpp).
void doubt_another_count(const Situation& s, std::vector<Judged>& judged);
void doubt_behind_shuffles(const Situation& s, std::vector<Judged>& judged);
void doubt_other_widths(const Situation& s, std::vector<Judged>& judged);
void doubt_for_a_norm(const Situation& s, std::vector<Judged>& judged);
void doubt_beside_a_count(const Situation& s, std::vector<Judged>& judged);
void doubt_bent_counts(const Situation& s, std::vector<Judged>& judged);
void doubt_batch(const Situation& s, std::vector<Judged>& judged);
void doubt_chance(const Situation& s, std::vector<Judged>& judged);
void doubt_sums_over_the_batch(const Situation& s, std::vector<Judged>& judged);

}  // namespace shapedbg
