// Which generators look at a finding, and how much they may try.
#include <set>
#include <utility>

#include "repair/judge/ranking.h"
#include "repair/propose/parts_and_steps.h"
#include "repair/propose/suggest.h"

namespace shapedbg {

Effort effort_for(const Spec& spec) { return spec.layers.size() > 300 ? Effort{4, 10, 15'000} : Effort{}; }

Subject subject_of(Code code) {
  switch (code) {
    case Code::L201:
    case Code::L205:
    case Code::L206:
    case Code::L207:
    case Code::L213:
    case Code::L218:
      return {true, false};
    case Code::L204:
    case Code::L208:
    case Code::L209:
    case Code::L210:
    case Code::L211:
    case Code::L212:
    case Code::L214:
    case Code::L215:
    case Code::R301:
    case Code::R302:
    case Code::R303:
      return {true, true};
    case Code::L202:
    case Code::L203:
    case Code::L217:
      return {false, true};
    default:
      return {};
  }
}

bool too_many_faults(const Spec& spec, const Trace& trace) {
  constexpr std::size_t most_places = 8;
  constexpr std::size_t most_uses = 24;  // each of them is a finding of its own
  std::size_t faults = 0;
  std::set<std::pair<bool, std::size_t>> places;
  for (const LayerId i : ids(spec.layers)) {
    const LayerTrace& row = trace.row(i);
    if (row.refusals.empty() || row.after_failure) continue;
    ++faults;
    // What a block says once is one mistake, as often as it is used.
    const LayerSpec& layer = spec.layer(i);
    places.insert({layer.shared, layer.shared ? layer.where.span.begin : i.place()});
  }
  return places.size() > most_places || faults > most_uses;
}

namespace {

// What the tensors are and how they are wired: kinds, axes, counts.
void suggest_counts_and_axes(const Situation& s, std::vector<Candidate>& all,
                             std::vector<Candidate>& partial) {
  suggest_kinds(s, all);
  suggest_axes(s, all, partial);
  suggest_rank(s, all);
  suggest_frames(s, all, partial);
  suggest_steps(s, all);
  suggest_layouts(s, all, partial);
  suggest_joins(s, all, partial);
  suggest_skips(s, all);
  suggest_unread(s, all, partial);
  suggest_vectors(s, all, partial);
  suggest_states(s, all, partial);
  suggest_other_inputs(s, all, partial);
  suggest_meetings(s, all, partial);
  suggest_levels(s, all, partial);
  suggest_turned(s, all);
  suggest_transforms(s, all);
  suggest_masks(s, all, partial);
  suggest_patches(s, all);
  suggest_counts(s, all, partial);
  suggest_halves(s, all, partial);
  suggest_gates(s, all, partial);
  suggest_factors(s, all, partial);
  suggest_channels(s, all, partial);
  suggest_widths(s, all, partial);
  suggest_projection(s, all);
  suggest_makers(s, all);
  suggest_heads(s, all);
  suggest_shares(s, all);
  suggest_pooled(s, all, partial);
  suggest_repeats(s, all);
  suggest_rows(s, all);
  suggest_statements(s, all);
}

}  // namespace

std::vector<Candidate> candidates(const Situation& s, const Subject& subject, const Plan& plan,
                                  std::vector<Candidate>& partial) {
  std::vector<Candidate> all;
  if (subject.sizes) suggest_output_padding(s, plan, all);
  if (too_many_faults(s.spec, s.trace)) return all;
  suggest_likes(s, all);
  if (subject.channels) suggest_counts_and_axes(s, all, partial);
  suggest_spans(s, all, partial);
  suggest_words(s, all);
  suggest_arguments(s, all);
  suggest_maps(s, all, partial);
  suggest_rates(s, all);
  suggest_removals(s, all);
  // Single options first: trying one costs a few layers, trying an input size costs all of them.
  if (subject.sizes) {
    suggest_size_like(s, all);
    suggest_windows(s, all, partial);
    suggest_partners(s, all);
    suggest_twins(s, all);
    suggest_lines(s, all);
    suggest_stages(s, all);
    suggest_pads(s, all);
    suggest_shortcut_strides(s, all, partial);
    suggest_lengths(s, all);
    suggest_shortcuts(s, all);
    suggest_causal_pads(s, all);
  }
  suggest_options(s, all);
  if (subject.sizes) {
    suggest_sources(s, all, partial);
    suggest_chomps(s, all);
    suggest_even_ends(s, all);
    suggest_padded_input(s, all);
    suggest_centre_crops(s, all, partial);
    suggest_fits(s, all);
    suggest_input_sizes(s, all);
    suggest_far_inputs(s, all);
  }
  return all;
}

}  // namespace shapedbg
