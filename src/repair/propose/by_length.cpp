// A signal that comes back from its windows: an inverse STFT returns whole windows unless it is told the
// length.
#include <cstdlib>
#include <set>
#include <utility>

#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// Lengths that the signal can have been meant to have: those of the inputs, and what is expected.
std::set<std::int64_t> lengths_of(const Spec& spec) {
  std::set<std::int64_t> lengths;
  for (const InputSpec& input : spec.inputs)
    if (!input.shape.empty()) lengths.insert(input.shape.back());
  if (spec.expect && !spec.expect->shape.empty() && spec.expect->shape.back() > 0)
    lengths.insert(spec.expect->shape.back());
  return lengths;
}

std::int64_t hop_of(const LayerSpec& layer) {
  return layer.has(Opt::hop_length) ? layer.integer(Opt::hop_length) : layer.integer(Opt::n_fft) / 4;
}

}  // namespace

void suggest_lengths(const Situation& s, std::vector<Candidate>& out) {
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    const Shapes& made = s.trace.layers[i].outputs;
    if (layer.kind != LayerKind::ISTFT || layer.broken || layer.has(Opt::length) || made.empty() ||
        made[0].empty())
      continue;
    for (const std::int64_t length : lengths_of(s.spec)) {
      // What the windows lose is less than a step of theirs; a whole frame is lost elsewhere.
      if (length == made[0].back() || std::abs(length - made[0].back()) >= hop_of(layer)) continue;
      std::vector<Expression> all;
      all.emplace_back(length);
      Set set{LayerId(i), Opt::length, Value{std::move(all)}};
      std::vector<Set> sets;
      sets.push_back(std::move(set));
      if (!s.trials().close(sets, s.steps)) continue;
      Candidate candidate;
      candidate.kind = FixKind::size_like;
      candidate.title = title_of(s.spec, sets);
      if (!add_sets(s, sets, candidate)) continue;
      candidate.places = 1;
      out.push_back(std::move(candidate));
    }
  }
}

}  // namespace shapedbg
