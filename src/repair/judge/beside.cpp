#include "repair/judge/beside.h"
#include "repair/changed.h"

#include <algorithm>

#include "net/facts.h"
#include "repair/judge/beside_rules.h"

namespace shapedbg {

void doubt_at_a_vector(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.inputs.size() != 1) return;
  const Shape& x = s.spec.inputs[0].shape;
  const std::size_t first = first_spatial_axis(s.spec);
  const auto places = x.begin() + static_cast<std::ptrdiff_t>(std::min(first, x.size()));
  if (x.size() < 3 || places == x.end() ||
      std::any_of(places, x.end(), [](std::int64_t n) { return n != 1; }))
    return;
  // Of one place a stride makes no more, and output_padding adds places that hold the bias alone.
  const auto of_one_place = [&](const Change& change) {
    const auto layer = s.spec.find(change.layer);
    if (!layer || !sets_any(change, {Opt::stride, Opt::output_padding})) return false;
    const LayerSpec& up = s.spec.layer(*layer);
    return up.info().family == Family::conv_transpose && up.inputs.size() == 1 && up.inputs[0].is_input();
  };
  for (Judged& one : judged) {
    const bool padded = one.cost.kind == FixKind::padded_input || one.cost.kind == FixKind::pad_and_crop;
    const auto& changes = one.candidate.changes;
    if (padded || one.cost.other_input || std::any_of(changes.begin(), changes.end(), of_one_place))
      one.cost.doubt = Doubt::worst;
  }
}

void doubt_beside_better(const Situation& s, std::vector<Judged>& judged) {
  beside_the_right_tensor(s, judged);
  beside_a_chomp(judged);
  steps_of_one_place(s, judged);
  padded_beside_padding(s, judged);
  padded_beside_a_told_size(judged);
  later_of_two_steps(s, judged);
  map_for_a_vector(s, judged);
  beside_a_skip_that_is_cut(s, judged);
  beside_a_doubled_gate(s, judged);
  beside_a_like_stage(s, judged);
  beside_a_kernel_without_gaps(s, judged);
  beside_likes(s, judged);
  beside_a_like_pool(s, judged);
  beside_a_trimming_one(s, judged);
  beside_a_kept_map(s, judged);
  beside_another_reduction(s, judged);
  feed_of_other_features(s, judged);
  like_another_branch(s, judged);
  more_than_another(judged);
  inputs_unread(s, judged);
  beside_a_narrower_flatten(s, judged);
  beside_a_spanning_kernel(s, judged);
  beside_a_batch_axis(s, judged);
  beside_padded_rows(judged);
  view_beside_its_maker(s, judged);
  beside_a_dropped_axis(s, judged);
  reduced_along_the_last(judged);
  beside_a_telling_one(judged);
  beside_a_forgotten_stride(s, judged);
  kernel_for_a_rounding(s, judged);
  beside_joined_channels(s, judged);
  beside_an_odd_width(s, judged);
  beside_an_odd_term(s, judged);
  width_of_the_result(s, judged);
  beside_a_batch_kept_whole(s, judged);
  channels_for_a_product(s, judged);
  beside_a_whole_part(s, judged);
  width_that_others_read(s, judged);
  beside_a_doubling(s, judged);
  beside_the_map_that_was_flattened(s, judged);
  one_end_of_a_map(s, judged);
  another_shuffle(s, judged);
  channels_of_the_input(s, judged);
  feeds_a_rest(s, judged);
  unlike_its_likes(s, judged);
  beside_an_idle_turn(s, judged);
  beside_a_factor(s, judged);
  fits_beside_numbers(judged);
  further_apart_than_another(judged);
}

}  // namespace shapedbg
