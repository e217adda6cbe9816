// Layers that sum over axes of their inputs: Linear and kin, MatMul, recurrent layers, attention.
#include <algorithm>

#include "meaning/walk.h"
#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

void Walker::dense(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const Shape& shape = out_shape(i);
  const std::size_t same = one.info().family == Family::embedding ? rank : rank - 1;
  if (one.info().family != Family::embedding) {
    if (rank == 0) return;
    reads_channels(i, x, rank - 1);
    reads_samples(i, x, rank - 1);
  }
  for (std::size_t k = 0; k < same; ++k) keep(x, k);
  put(features(shape.back(), static_cast<int>(i), true));
  finish(value_of(i));
}

// The axes in front of the last two, which run in step.
void Walker::meet_in_front(std::size_t i, std::size_t b) {
  const Tensor x = in(i, 0);
  const Tensor y = in(i, b);
  for (std::size_t back = 3; back <= static_cast<std::size_t>(std::min(x.rank, y.rank)); ++back) {
    const std::size_t k = static_cast<std::size_t>(x.rank) - back;
    const std::size_t l = static_cast<std::size_t>(y.rank) - back;
    const std::int64_t n = in_shape(i, 0)[k];
    if (n == in_shape(i, b)[l]) compare(i, b, k, {x, k}, {y, l}, n);
  }
}

// Axis `k` of input `a` and axis `l` of input `b` are summed over together.
void Walker::contract(std::size_t i, std::size_t a, std::size_t k, std::size_t b, std::size_t l) {
  const std::int64_t n = in_shape(i, a)[k];
  if (n == in_shape(i, b)[l]) compare(i, b, k, {in(i, a), k}, {in(i, b), l}, n);
}

// Weights sum up to 1 over what they weigh: a softmax of scores over another axis than the one that is summed
// over. What else is done to it (divided by its sum, multiplied) is left alone.
void Walker::weighs(std::size_t i, std::size_t input, std::size_t contracted) {
  constexpr int most_steps = 8;
  Ref at = layer(i).inputs[input];
  std::size_t k = contracted;
  for (int step = 0; step < most_steps && !at.is_input() && at.output == 0; ++step) {
    const auto j = static_cast<std::size_t>(at.layer);
    const LayerSpec& one = layer(j);
    if (one.broken || one.inputs.size() != 1) return;
    const Family family = one.info().family;
    const auto rank = out_shape(j).size();
    if (family == Family::softmax) {
      const std::size_t over = one.has(Opt::dim) ? wrapped_axis(one.integer(Opt::dim), rank) : k;
      const Ref scores = one.inputs[0];
      if (over == k || over >= rank || scores.is_input()) return;
      if (layer(static_cast<std::size_t>(scores.layer)).info().family != Family::matmul &&
          layer(static_cast<std::size_t>(scores.layer)).info().family != Family::elementwise)
        return;
      // Slots compete for places; the places of one sequence do not.
      const std::vector<int> one_root = roots_in(m_.digits_of(m_.axis(in(j), over)));
      const bool in_front = over + 2 < rank && in_shape(j)[over] > 1;
      const bool itself = !one_root.empty() && one_root == roots_in(m_.digits_of(m_.axis(in(j), k)));
      if (in_front || itself)
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
    } else if (family != Family::pointwise) {
      return;
    }
    at = one.inputs[0];
  }
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
  contract(i, 0, row, 1, column);
  weighs(i, 0, row);
  weighs(i, 1, column);
  const bool first = static_cast<std::size_t>(a.rank) == rank;
  const Tensor& larger = first ? a : b;
  const Shape& from = in_shape(i, first ? 0 : 1);
  for (std::size_t k = 0; k + 2 < rank; ++k) {
    if (from[k] == to[k])
      keep(larger, k);
    else
      put(unknown(to[k]));
  }
  keep(a, row - 1);
  keep(b, column + 1);
  finish(value_of(i));
}

// Places look at each other along one axis; every sample by itself. The last axis is new features.
void Walker::sequence(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  if (rank < 2 || out_shape(i).size() != rank) return;
  const bool free = one.find(Opt::batch_first) == nullptr;
  const std::size_t places = free ? rank - 2 : rank == 3 && one.flag(Opt::batch_first) ? 1 : 0;
  const bool axis_0 = is_batch(m_.axis(x, 0));
  if (places == 1 && axis_0) batch_is_first_ = true;
  if (is_batch(m_.axis(x, places)) && in_shape(i)[places] > 1 && (free || batch_is_first_))
    flaw(Flaw::samples, i, places,
         free ? "its places are the samples of the batch"
              : "its places are axis " + std::to_string(places) + ", which holds the samples of the batch" +
                    (rank == 3 && places == 0 ? "; N,L,features is `batch_first`" : ""));
  if (!free) {
    reads_channels(i, x, rank - 1);
    reads_samples(i, x, rank - 1);
    const auto along = m_.digits_of(m_.axis(x, places));
    const bool channels = !along.empty() && is_whole(along.front(), m_.atoms) && along.size() == 1 &&
                          m_.atom(along.front()).learned;
    if (one.info().family == Family::recurrent && rank == 3 && channels &&
        !roots_in(m_.digits_of(m_.axis(x, rank - 1))).empty())
      flaw(Flaw::layout, i, places,
           "it runs along " + made_of(spec_, m_, m_.axis(x, places)) + ", and its features are " +
               made_of(spec_, m_, m_.axis(x, rank - 1)));
  } else if (in(i, 1).rank == x.rank && in(i, 2).rank == x.rank) {
    meet_in_front(i, 1);
    meet_in_front(i, 2);
    contract(i, 0, rank - 1, 1, rank - 1);
    contract(i, 1, rank - 2, 2, rank - 2);
  }
  for (std::size_t k = 0; k + 1 < rank; ++k) {
    if (in_shape(i)[k] == out_shape(i)[k])
      keep(x, k);
    else
      put(unknown(out_shape(i)[k]));
  }
  if (free && in(i, 2).rank > 0)
    keep(in(i, 2), static_cast<std::size_t>(in(i, 2).rank) - 1);
  else
    put(features(out_shape(i).back(), static_cast<int>(i), true));
  finish(value_of(i));
}

}  // namespace shapedbg
