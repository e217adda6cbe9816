// Layers that sum over axes of their inputs: Linear and kin, MatMul, recurrent layers, attention.
#include <algorithm>

#include "meaning/walk.h"
#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

void Walker::dense(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const Shape& shape = out_shape(i);
  const std::size_t same = one.info().family == Family::embedding ? rank : rank - 1;
  if (one.info().family != Family::embedding) {
    if (rank == 0) return;
    reads_channels(i, x, rank - 1);
    reads_tokens(i, x, rank - 1);
    const auto digits = m_.digits_of(m_.axis(x, rank - 1));
    const Root* from = rank == 2 && digits.size() > 1 ? m_.root_of(m_.atom(digits[0])) : nullptr;
    if (from != nullptr && from->kind == Root::Kind::input && from->axis == 1) takes_places(i, 1);
    reads_samples(i, x, rank - 1);
  }
  for (std::size_t k = 0; k < same; ++k) keep(x, k);
  const bool of_places =
      one.info().family == Family::linear && !roots_in(m_.digits_of(m_.axis(x, rank - 1))).empty();
  put(features(shape.back(), static_cast<int>(i), true));
  if (of_places && shape.back() > 1) m_.atoms.back().of_places = true;
  finish(value_of(i));
}

// The axes in front of the last two, which run in step.
void Walker::meet_in_front(std::size_t i, std::size_t b) {
  const Tensor x = in(i, 0);
  const Tensor y = in(i, b);
  for (std::size_t back = 3; back <= static_cast<std::size_t>(std::min(x.rank, y.rank)); ++back) {
    const std::size_t k = x.axis_count() - back;
    const std::size_t l = static_cast<std::size_t>(y.rank) - back;
    const std::int64_t n = in_shape(i, 0)[k];
    if (n == in_shape(i, b)[l]) compare({i, k, b}, {x, k}, {y, l}, n);
  }
}

// Axis `k` of input `a` and axis `l` of input `b` are summed over together.
void Walker::contract(std::size_t i, std::size_t a, std::size_t k, std::size_t b, std::size_t l) {
  const std::int64_t n = in_shape(i, a)[k];
  if (n != in_shape(i, b)[l]) return;
  const AxisMeaning& one = m_.axis(in(i, a), k);
  const AxisMeaning& other = m_.axis(in(i, b), l);
  // Samples may be summed over as a whole, not parts of them beside something else.
  if (holds_samples(one) != holds_samples(other) && !is_batch(one) && !is_batch(other))
    return flaw(Flaw::samples, i, k,
                "it sums over " + made_of(spec_, m_, one) + " and " + made_of(spec_, m_, other),
                static_cast<int>(b));
  compare({i, k, b, a}, {in(i, a), k}, {in(i, b), l}, n);
}

// Places of one tensor meet learned features of another where scores are made: a query whose places and
// features were exchanged. Its features are left for rows, and nothing says which place each score is of.
void Walker::scores_features(std::size_t i, std::size_t a, std::size_t k, std::size_t b, std::size_t l) {
  const auto one = m_.digits_of(m_.axis(in(i, a), k));
  const auto other = m_.digits_of(m_.axis(in(i, b), l));
  const auto learned = [&](std::span<const Digit> digits) {
    return !digits.empty() && std::all_of(digits.begin(), digits.end(), [&](const Digit& digit) {
      return m_.atom(digit).kind == AtomKind::channel && m_.atom(digit).learned;
    });
  };
  // Places alone, or a part of the features and places behind it.
  const auto holds_places = [&](std::span<const Digit> digits) {
    if (!all_roots_in(digits).empty()) return true;
    return digits.size() > 1 && m_.atom(digits[0]).learned && !is_whole(digits[0], m_.atoms) &&
           !all_roots_in(digits.subspan(1)).empty();
  };
  if (!(holds_places(one) && learned(other)) && !(learned(one) && holds_places(other))) return;
  flaw(Flaw::crossed, i, k,
       "its scores sum over " + made_of(spec_, m_, m_.axis(in(i, a), k)) + " and " +
           made_of(spec_, m_, m_.axis(in(i, b), l)),
       static_cast<int>(b));
}

// Whether what a MatMul returns becomes the weights of a softmax.
bool Walker::becomes_weights(std::size_t i) const {
  constexpr std::size_t most_steps = 12;
  auto at = LayerId(i);
  for (std::size_t j = i + 1; j < std::min(spec_.layers.size(), i + 1 + most_steps); ++j) {
    const LayerSpec& one = layer(j);
    if (one.broken || std::none_of(one.inputs.begin(), one.inputs.end(),
                                   [&](Ref ref) { return !ref.is_input() && ref.layer == at; }))
      continue;
    const Family family = one.info().family;
    if (family == Family::softmax) return true;
    if (family != Family::pointwise && family != Family::elementwise && family != Family::choice)
      return false;
    at = LayerId(j);
  }
  return false;
}

// Whether a tensor is what a MatMul returned, scaled, masked or viewed.
bool Walker::are_scores(Ref at) const {
  constexpr int most_steps = 6;
  for (int step = 0; step < most_steps && !at.is_input(); ++step) {
    const LayerSpec& one = layer(at.layer);
    const Family family = one.info().family;
    if (one.broken || one.inputs.empty()) return false;
    if (family == Family::matmul) return true;
    // Heads that a Linear mixes, one count for another.
    const auto j = at.layer.place();
    const bool mixes = family == Family::linear && in_shape(j) == out_shape(j);
    if (family != Family::pointwise && family != Family::elementwise && family != Family::reshape &&
        family != Family::choice && facts(one.kind).effect != Effect::reordered && !mixes)
      return false;
    at = one.inputs[0];
  }
  return false;
}

// Whether axis `k` of an input is what a layer made for each place of another tensor, weights by a softmax
// over it: they need no scores.
bool Walker::are_weights(std::size_t i, std::size_t input, std::size_t k) const {
  constexpr int most_steps = 4;
  const auto digits = m_.digits_of(m_.axis(in(i, input), k));
  if (digits.size() != 1 || !m_.atom(digits[0]).learned) return false;
  Ref at = layer(i).inputs[input];
  for (int step = 0; step < most_steps && !at.is_input(); ++step) {
    const LayerSpec& one = layer(at.layer);
    const Family family = one.info().family;
    if (one.broken || one.inputs.size() != 1) return false;
    if (family == Family::softmax)
      return one.has(Opt::dim) && !are_scores(one.inputs[0]) &&
             wrapped_axis(one.integer(Opt::dim), out_shape(at.layer.place()).size()) == k;
    if (family != Family::pointwise) return false;
    at = one.inputs[0];
  }
  return false;
}

// Whether a tensor is what a softmax returned, its axes turned or put in.
bool Walker::comes_from_softmax(Ref at) const {
  constexpr int most_steps = 4;
  for (int step = 0; step < most_steps && !at.is_input(); ++step) {
    const LayerSpec& one = layer(at.layer);
    if (one.broken || one.inputs.empty()) return false;
    if (one.info().family == Family::softmax) return true;
    if (one.info().family != Family::pointwise && facts(one.kind).effect != Effect::reordered) return false;
    at = one.inputs[0];
  }
  return false;
}

// Whether weights share 1 over places of an input, or over the features that made their rows, and are summed
// over axis `k`. Weights times weights are summed over what one of them is of.
bool Walker::shares_elsewhere(std::size_t softmax, std::size_t over, std::size_t k, Ref weighed) const {
  const auto along = m_.digits_of(m_.axis(in(softmax), over));
  const auto rank = static_cast<std::size_t>(in(softmax).rank);
  const bool known = !along.empty() && std::none_of(along.begin(), along.end(), [&](const Digit& digit) {
    return m_.atom(digit).kind == AtomKind::unknown;
  });
  if (!known) return false;
  if (!roots_in(along).empty() && !comes_from_softmax(weighed)) return true;
  return all_learned(m_.axis(in(softmax), over)) && all_learned(m_.axis(in(softmax), k)) &&
         over + 2 == rank && k + 1 == rank;
}

// The softmax that a tensor is, its axes turned, put in or regrouped; none where it is none.
LayerId Walker::softmax_behind(Ref at) const {
  constexpr int most_steps = 6;
  for (int step = 0; step < most_steps && !at.is_input() && at.output == 0; ++step) {
    const LayerSpec& one = layer(at.layer);
    const Family family = one.info().family;
    if (one.broken || one.inputs.size() != 1) return {};
    if (family == Family::softmax) return one.has(Opt::dim) ? at.layer : LayerId();
    const Effect effect = facts(one.kind).effect;
    if (family != Family::pointwise && family != Family::unsqueeze && family != Family::squeeze &&
        effect != Effect::reordered && effect != Effect::regrouped)
      return {};
    at = one.inputs[0];
  }
  return {};
}

// Weights times values, summed over the axes of `drop`: weights that share 1 over places, and are summed over
// something else.
void Walker::sums_weighed(std::size_t i, const std::vector<char>& drop) {
  const Ref product = layer(i).inputs[0];
  if (product.is_input()) return;
  const std::size_t j = product.layer.place();
  if (layer(j).broken || layer(j).kind != LayerKind::Mul || layer(j).inputs.size() != 2) return;
  for (std::size_t input = 0; input < 2; ++input) {
    const LayerId softmax = softmax_behind(layer(j).inputs[input]);
    const Tensor& weights = in(j, input);
    if (softmax.is_none() || weights.axis_count() != drop.size()) continue;
    const std::size_t s = softmax.place();
    const std::size_t over = wrapped_axis(layer(s).integer(Opt::dim), in(s).axis_count());
    const auto along = m_.digits_of(m_.axis(in(s), over));
    if (all_roots_in(along).empty()) continue;
    bool sums = false;
    bool shares = false;
    for (std::size_t k = 0; k < drop.size(); ++k) {
      if (drop[k] == 0) continue;
      for (const Digit& digit : m_.digits_of(m_.axis(weights, k))) {
        sums = true;
        shares = shares || std::any_of(along.begin(), along.end(),
                                       [&](const Digit& of) { return of.atom == digit.atom; });
      }
    }
    if (sums && !shares)
      return flaw(Flaw::misread, s, over,
                  "it is taken over axis " + std::to_string(over) + ", and `" + layer(i).name +
                      "` sums what it weighs over another one: the weights of a sum do not add up to 1");
  }
}

// Whether weights that a layer made for each place are told apart over the places, or over another piece of
// that layer's features than the one that is summed over.
bool Walker::made_for_each(std::size_t softmax, std::size_t over, std::size_t k) const {
  const auto along = m_.digits_of(m_.axis(in(softmax), over));
  const auto summed = m_.digits_of(m_.axis(in(softmax), k));
  if (summed.size() != 1 || !m_.atom(summed[0]).learned || is_whole(summed[0], m_.atoms)) return false;
  return !roots_in(along).empty() || (along.size() == 1 && along[0].atom == summed[0].atom);
}

// Weights sum up to 1 over what they weigh: a softmax of scores over another axis than the one that is summed
// over. What else is done to it (divided by its sum, multiplied) is left alone.
void Walker::weighs(std::size_t i, std::size_t input, std::size_t contracted) {
  constexpr int most_steps = 8;
  Ref at = layer(i).inputs[input];
  std::size_t k = contracted;
  for (int step = 0; step < most_steps && !at.is_input() && at.output == 0; ++step) {
    const auto j = at.layer.place();
    const LayerSpec& one = layer(j);
    const Family family = one.info().family;
    const bool views = family == Family::reshape || family == Family::flatten || family == Family::unflatten;
    const auto rank = out_shape(j).size();
    // Heads that a learned matrix mixes: the axes in front of the last stay.
    const bool mixes =
        family == Family::matmul && k + 1 < rank && in_shape(j).size() == rank && is_parameter(one.inputs[1]);
    if (one.broken || (one.inputs.size() != 1 && !views && !mixes)) return;
    if (family == Family::softmax) {
      const std::size_t over = one.has(Opt::dim) ? wrapped_axis(one.integer(Opt::dim), rank) : k;
      const Ref scores = one.inputs[0];
      if (over == k || over >= rank || scores.is_input()) return;
      const bool made = !are_scores(scores) && layer(scores.layer).info().family != Family::elementwise;
      if (made && !made_for_each(j, over, k)) return;
      // Slots compete for places; the places of one sequence do not.
      const std::vector<int> one_root = roots_in(m_.digits_of(m_.axis(in(j), over)));
      const bool in_front = over + 2 < rank && in_shape(j)[over] > 1;
      const auto along = m_.digits_of(m_.axis(in(j), over));
      const auto summed = m_.digits_of(m_.axis(in(j), k));
      const bool same =
          !along.empty() && std::equal(along.begin(), along.end(), summed.begin(), summed.end());
      const bool itself = same || (!one_root.empty() && one_root == roots_in(summed));
      if (made || in_front || itself || shares_elsewhere(j, over, k, layer(i).inputs[1 - input]))
        flaw(Flaw::misread, j, over,
             "it is taken over axis " + std::to_string(over) + ", and `" + layer(i).name +
                 "` sums over axis " + std::to_string(k) + ": the weights of a sum do not add up to 1");
      return;
    }
    if (family == Family::transpose || family == Family::permute) {
      std::vector<std::size_t> from(rank);
      for (std::size_t d = 0; d < rank; ++d) from[d] = d;
      if (family == Family::permute)
        for (std::size_t d = 0; d < rank; ++d) from[d] = wrapped_axis(one.integers(Opt::dims)[d], rank);
      else
        std::swap(from[wrapped_axis(one.integer(Opt::dim0), rank)],
                  from[wrapped_axis(one.integer(Opt::dim1), rank)]);
      k = from[k];
    } else if (views) {
      // Heads are taken out of the batch and put back; what is summed over stays, counted from the end.
      const Shape& from = in_shape(j);
      const std::size_t back = rank - k;
      if (back > from.size() || !std::equal(from.end() - static_cast<std::ptrdiff_t>(back), from.end(),
                                            out_shape(j).end() - static_cast<std::ptrdiff_t>(back)))
        return;
      k = from.size() - back;
    } else if (family != Family::pointwise && !mixes) {
      return;
    }
    at = one.inputs[0];
  }
}

// A learned tensor, whatever axes were put in or turned.
bool Walker::is_parameter(Ref at) const {
  constexpr int most_steps = 4;
  for (int step = 0; step < most_steps && !at.is_input(); ++step) {
    const LayerSpec& one = layer(at.layer);
    if (one.info().family == Family::parameter) return true;
    if (one.broken || one.inputs.empty() || facts(one.kind).effect != Effect::reordered) return false;
    at = one.inputs[0];
  }
  return false;
}

// Whether axis `k` of values holds the heads that their last axis is a part of: what comes of them is theirs.
bool Walker::is_head_of(const Tensor& values, std::size_t k) const {
  const auto heads = m_.digits_of(m_.axis(values, k));
  const auto last = m_.digits_of(m_.axis(values, static_cast<std::size_t>(values.rank) - 1));
  return heads.size() == 1 && last.size() == 1 && heads[0].atom == last[0].atom &&
         m_.atom(heads[0]).kind == AtomKind::channel;
}

// Rows of the first, columns of the second; the axes in front are those of the one that has them all.
void Walker::matmul(std::size_t i) {
  const Tensor a = in(i, 0);
  const Tensor b = in(i, 1);
  const Shape& to = out_shape(i);
  const auto rank = static_cast<std::size_t>(std::max(a.rank, b.rank));
  if (a.rank < 2 || b.rank < 2 || to.size() != rank) return;
  const auto row = static_cast<std::size_t>(a.rank) - 1;
  const auto column = static_cast<std::size_t>(b.rank) - 2;
  meet_in_front(i, 1);
  if (!are_weights(i, 0, row)) contract(i, 0, row, 1, column);
  if (becomes_weights(i)) scores_features(i, 0, row, 1, column);
  weighs(i, 0, row);
  weighs(i, 1, column);
  const bool first = static_cast<std::size_t>(a.rank) == rank;
  const Tensor& larger = first ? a : b;
  const Shape& from = in_shape(i, first ? 0 : 1);
  for (std::size_t k = 0; k + 2 < rank; ++k) {
    if (static_cast<std::size_t>(b.rank) == rank && is_head_of(b, k))
      keep(b, k);
    else if (from[k] == to[k])
      keep(larger, k);
    else
      put(unknown(to[k]));
  }
  keep(a, row - 1);
  // A learned matrix is what a Linear has.
  if (is_parameter(layer(i).inputs[1]))
    put(features(to.back(), static_cast<int>(i), true));
  else
    keep(b, column + 1);
  finish(value_of(i));
}

// Whether the features are the places of one axis of an input, and the samples hold another axis of it: an
// image or clip taken apart by rows, whose channels were meant for features.
bool Walker::beside_another_axis(const Tensor& x) const {
  const std::vector<int> features = roots_in(m_.digits_of(m_.axis(x, x.axis_count() - 1)));
  if (features.size() != 1) return false;
  const Root& one = m_.roots[static_cast<std::size_t>(features[0])];
  for (const Digit& digit : m_.digits_of(m_.axis(x, 0))) {
    const Root* other = m_.root_of(m_.atom(digit));
    if (m_.atom(digit).kind == AtomKind::position && other != nullptr && other->kind == Root::Kind::input &&
        other->index == one.index && other->axis != one.axis)
      return true;
  }
  return false;
}

// [N, features, places] that was turned to [N, places, features]: what a layer takes that has its samples
// first.
bool Walker::brings_features_last(const Tensor& x) const {
  if (x.rank != 3) return false;
  const auto along = m_.digits_of(m_.axis(x, 1));
  const auto last = m_.digits_of(m_.axis(x, 2));
  const std::vector<int> places = roots_in(along);
  if (places.size() != 1 || along.size() != 1 || last.size() != 1) return false;
  const Root& place = m_.roots[static_cast<std::size_t>(places[0])];
  const Root* features = m_.root_of(m_.atom(last[0]));
  return features != nullptr && features->kind == Root::Kind::input && features->index == place.index &&
         features->axis < place.axis;
}

// Whether the places of a layer are samples and something else, where axis 0 is known to hold samples; places
// that were put behind them are samples, too, to what runs along another axis.
bool Walker::runs_along_samples(std::size_t i, const Tensor& x, std::size_t places) const {
  const auto along = m_.digits_of(m_.axis(x, places));
  const auto samples = [&](const Digit& digit) { return m_.atom(digit).kind == AtomKind::batch; };
  if (along.size() < 2) return false;
  if (batch_is_first_) return std::any_of(along.begin(), along.end(), samples);
  return places == 0 && layer(i).info().family == Family::recurrent && samples(along[0]) &&
         m_.atom(along[1]).kind == AtomKind::position && !roots_in(m_.digits_of(m_.axis(x, 1))).empty();
}

void Walker::places_are_samples(std::size_t i, std::size_t places) {
  const bool named = in(i).rank == 3 && places == 0;
  flaw(Flaw::samples, i, places,
       "its places are axis " + std::to_string(places) + ", which holds the samples of the batch" +
           (named ? "; N,L,features is `batch_first`" : ""));
}

// Places look at each other along one axis; every sample by itself. The last axis is new features.
void Walker::sequence(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  if (rank < 2 || out_shape(i).size() != rank) return;
  const bool free = one.find(Opt::batch_first) == nullptr;
  const std::size_t places = free ? rank - 2 : rank == 3 && one.flag(Opt::batch_first) ? 1 : 0;
  const bool axis_0 = is_batch(m_.axis(x, 0));
  if ((places == 1 || (!free && brings_features_last(x))) && axis_0) has_samples_first(x);
  if (!free && runs_along_samples(i, x, places))
    flaw(Flaw::samples, i, places,
         "its places are axis " + std::to_string(places) + ", " + made_of(spec_, m_, m_.axis(x, places)) +
             ", which holds samples of the batch; N,L,features is `batch_first`");
  if (is_batch(m_.axis(x, places)) && in_shape(i)[places] > 1) {
    if (free)
      flaw(Flaw::samples, i, places, "its places are the samples of the batch");
    else if (batch_is_first_)
      places_are_samples(i, places);
    else
      along_samples_.push_back({i, places, atom_of(m_.axis(x, places))});
  } else if (!free && !batch_is_first_) {
    // Samples with something else behind them, if a later layer tells that they are samples.
    for (const Digit& digit : m_.digits_of(m_.axis(x, places)))
      if (m_.atom(digit).kind == AtomKind::batch) along_samples_.push_back({i, places, digit.atom});
  }
  if (!free) {
    reads_channels(i, x, rank - 1);
    reads_samples(i, x, rank - 1);
    const auto along = m_.digits_of(m_.axis(x, places));
    const bool channels = !along.empty() && is_whole(along.front(), m_.atoms) && along.size() == 1 &&
                          m_.atom(along.front()).learned;
    if (rank == 3 && channels && (one.info().family == Family::recurrent || beside_another_axis(x)) &&
        !roots_in(m_.digits_of(m_.axis(x, rank - 1))).empty())
      flaw(Flaw::layout, i, places,
           "it runs along " + made_of(spec_, m_, m_.axis(x, places)) + ", and its features are " +
               made_of(spec_, m_, m_.axis(x, rank - 1)));
  } else if (in(i, 1).rank == x.rank && in(i, 2).rank == x.rank) {
    meet_in_front(i, 1);
    meet_in_front(i, 2);
    contract(i, 0, rank - 1, 1, rank - 1);
    contract(i, 1, rank - 2, 2, rank - 2);
    scores_features(i, 0, rank - 1, 1, rank - 1);
    scores_features(i, 1, rank - 2, 2, rank - 2);
  }
  for (std::size_t k = 0; k + 1 < rank; ++k) {
    if (free && k + 2 < rank && in(i, 2).rank == x.rank && is_head_of(in(i, 2), k))
      keep(in(i, 2), k);
    else if (in_shape(i)[k] == out_shape(i)[k])
      keep(x, k);
    else
      put(unknown(out_shape(i)[k]));
  }
  if (free && in(i, 2).rank > 0)
    keep(in(i, 2), static_cast<std::size_t>(in(i, 2).rank) - 1);
  else
    put(features(out_shape(i).back(), static_cast<int>(i), true));
  finish(value_of(i));
  if (one.info().family == Family::recurrent && rank == 3) last_states(i, 1 - places);
}

// What a recurrent layer returns behind its places: [layers and directions, N, features], also where samples
// are first in what it takes; `samples` is their axis there.
void Walker::last_states(std::size_t i, std::size_t samples) {
  for (std::size_t output = 1; output < trace_.layers[i].outputs.size(); ++output) {
    const Shape& state = out_shape(i, output);
    if (state.size() != 3) return;
    put(unknown(state[0]));
    keep(in(i), samples);
    put(features(state[2], static_cast<int>(i), true));
    finish(mixed_hash(mixed_hash(UINT64_C(0x2545f491), i), output));
  }
}

}  // namespace shapedbg
