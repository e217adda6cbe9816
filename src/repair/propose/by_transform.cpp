// A Fourier transform of windows, or the cutting of a map into blocks, and what undoes it state the same
// numbers.
#include <utility>
#include <vector>

#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The transform in front that it undoes: the nearest.
const LayerSpec* undone_by(const Spec& spec, LayerId inverse, LayerKind transform) {
  for (LayerId i = inverse; i-- > LayerId{0};)
    if (!spec.layer(i).broken && spec.layer(i).kind == transform) return &spec.layer(i);
  return nullptr;
}

// A quarter of the window where it is left out.
std::int64_t hop_of(const LayerSpec& transform) {
  return transform.has(Opt::hop_length) ? transform.integer(Opt::hop_length)
                                        : transform.integer(Opt::n_fft) / 4;
}

// What has to be set on the inverse, layer `at`, to state the numbers of the transform.
std::vector<Set> numbers_of(const LayerSpec& inverse, const LayerSpec& transform, LayerId at) {
  std::vector<Set> sets;
  const auto put = [&](Opt opt, Value value) {
    Set set{at, opt, std::move(value)};
    sets.push_back(std::move(set));
  };
  if (inverse.integer(Opt::n_fft) != transform.integer(Opt::n_fft))
    put(Opt::n_fft, Value{transform.integer(Opt::n_fft)});
  if (hop_of(inverse) != hop_of(transform)) put(Opt::hop_length, Value{hop_of(transform)});
  if (inverse.flag(Opt::center) != transform.flag(Opt::center))
    put(Opt::center, Value{transform.flag(Opt::center)});
  return sets;
}

// The same of a Fold and the Unfold that cut what it puts together.
std::vector<Set> blocks_of(const LayerSpec& inverse, const LayerSpec& transform, LayerId at) {
  std::vector<Set> sets;
  for (const Opt opt : {Opt::kernel_size, Opt::stride, Opt::padding, Opt::dilation}) {
    const auto mine = inverse.axes(opt);
    const auto its = transform.axes(opt);
    if (mine == its) continue;
    Set set{at, opt, Value{std::vector<std::int64_t>(its.begin(), its.begin() + inverse.info().axes)}};
    sets.push_back(std::move(set));
  }
  return sets;
}

// An inverse of real numbers takes an even last axis for granted: the sizes that its transform took.
void sizes_that_went_in(const Situation& s, LayerId at, std::vector<Candidate>& out) {
  const LayerSpec& inverse = s.spec.layer(at);
  if (inverse.broken || inverse.kind != LayerKind::IRFFT || inverse.has(Opt::n)) return;
  const LayerSpec* transform = undone_by(s.spec, at, LayerKind::RFFT);
  if (transform == nullptr || transform->has(Opt::n)) return;
  const Shapes& taken = s.trace.row(LayerId(transform - s.spec.layers.data())).inputs;
  const auto& axes = transform->integers(Opt::dim);
  if (taken.empty() || axes.size() != inverse.integers(Opt::dim).size()) return;
  std::vector<Expression> sizes;
  for (const std::int64_t axis : axes) sizes.emplace_back(taken[0][wrapped_axis(axis, taken[0].size())]);
  std::vector<Set> sets;
  Set set{at, Opt::n, Value{std::move(sizes)}};
  sets.push_back(std::move(set));
  if (!s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::partner;
  candidate.telling = true;
  candidate.title = title_of(s.spec, sets) + ", the sizes that `" + transform->name + "` took";
  if (add_sets(s, sets, candidate)) out.push_back(std::move(candidate));
}

}  // namespace

void suggest_transforms(const Situation& s, std::vector<Candidate>& out) {
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& inverse = s.spec.layer(i);
    const bool folds = inverse.kind == LayerKind::Fold;
    sizes_that_went_in(s, i, out);
    if (inverse.broken || (!folds && inverse.kind != LayerKind::ISTFT)) continue;
    const LayerSpec* transform = undone_by(s.spec, i, folds ? LayerKind::Unfold : LayerKind::STFT);
    if (transform == nullptr) continue;
    const std::vector<Set> sets =
        folds ? blocks_of(inverse, *transform, i) : numbers_of(inverse, *transform, i);
    if (sets.empty() || !s.trials().close(sets, s.steps)) continue;
    Candidate candidate;
    candidate.kind = FixKind::partner;
    candidate.telling = true;
    candidate.title = title_of(s.spec, sets) + ", as `" + transform->name + "` has";
    if (add_sets(s, sets, candidate)) out.push_back(std::move(candidate));
  }
}

}  // namespace shapedbg
