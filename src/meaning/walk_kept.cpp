// Layers that keep every axis: norms, activations, softmax; and when two layers return the same values.
#include <algorithm>

#include "meaning/walk.h"
#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

namespace {

std::uint64_t hash_of(const Value& value) {
  return std::visit(
      [](const auto& v) -> std::uint64_t {
        using V = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<V, bool> || std::is_same_v<V, std::int64_t>) {
          return mixed_hash(2, static_cast<std::uint64_t>(v));
        } else if constexpr (std::is_same_v<V, double>) {
          return mixed_hash(3, std::hash<double>{}(v));
        } else if constexpr (std::is_same_v<V, std::string>) {
          return mixed_hash(4, std::hash<std::string>{}(v));
        } else if constexpr (std::is_same_v<V, std::vector<std::int64_t>>) {
          std::uint64_t h = 5;
          for (const std::int64_t n : v) h = mixed_hash(h, static_cast<std::uint64_t>(n));
          return h;
        } else if constexpr (std::is_same_v<V, std::vector<double>>) {
          std::uint64_t h = 6;
          for (const double n : v) h = mixed_hash(h, std::hash<double>{}(n));
          return h;
        } else if constexpr (std::is_same_v<V, Ref>) {
          return mixed_hash(static_cast<std::uint64_t>(v.layer.number()) + 7,
                            static_cast<std::uint64_t>(v.output));
        } else {
          return 8;  // of a shape: what it comes to is hashed instead
        }
      },
      value);
}

// A layer whose result depends on more than its options and inputs: weights, chance, or what it does not say.
bool is_its_own(const LayerSpec& layer) {
  const FamilyFacts& is = facts(layer.kind);
  return !is.weights.empty() || is.effect == Effect::stated ||
         layer.info().option("p") != nullptr;  // Dropout
}

}  // namespace

std::uint64_t Walker::value_of(std::size_t i) const {
  if (!cuts_) return 0;
  const LayerSpec& one = layer(i);
  if (is_its_own(one)) return mixed_hash(UINT64_C(0x5bd1e995), i);
  std::uint64_t h = static_cast<std::uint64_t>(one.kind) + 100;
  for (const OptionValue& option : one.options) h = mixed_hash(h, hash_of(option.value));
  for (std::size_t k = 0; k < one.inputs.size(); ++k) h = mixed_hash(h, in(i, k).value);
  for (const std::int64_t n : out_shape(i)) h = mixed_hash(h, static_cast<std::uint64_t>(n));
  return h;
}

void Walker::kept(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const Family family = one.info().family;
  const auto rank = x.axis_count();
  if (family == Family::layer_norm && rank > 0) {
    reads_channels(i, x, rank - 1);
    normalised(i);
  }
  if (family == Family::group_norm && rank > 1) {
    std::int64_t values = in_shape(i)[1] / one.integer(Opt::num_groups);
    for (std::size_t k = 2; k < rank; ++k) values *= in_shape(i)[k] > 1 ? 2 : 1;
    if (values == 1)
      flaw(Flaw::constant, i, 1, "it normalises over one value: the result is the same whatever comes in");
  }
  if (family == Family::softmax && one.has(Opt::dim)) softmax(i);
  Tensor same = x;
  same.value = value_of(i);
  m_.outputs.push_back(same);
}

// Scores of places by other places, of which a small input has one. Scores by a learned tensor have one for
// good.
bool Walker::weighs_one_place(std::size_t i) const {
  constexpr int most_steps = 8;
  Ref at = layer(i).inputs[0];
  for (int step = 0; step < most_steps && !at.is_input(); ++step) {
    const LayerSpec& one = layer(at.layer);
    if (one.inputs.empty()) return false;
    const Family family = one.info().family;
    if (family == Family::matmul)
      return std::none_of(one.inputs.begin(), one.inputs.end(), [&](Ref ref) {
        return !ref.is_input() && layer(ref.layer).info().family == Family::parameter;
      });
    if (!keeps_shape(family) && family != Family::elementwise &&
        facts(one.kind).effect != Effect::reordered && family != Family::reshape)
      return false;
    at = one.inputs[0];
  }
  return false;
}

// Whether what layer `i` returns weighs something that is then summed over axis `k`: pieces of one sample
// that stand where samples do, nodes of a graph, rows of a memory.
bool Walker::is_summed_over(std::size_t i, std::size_t k) const {
  constexpr std::size_t most_steps = 16;
  auto at = LayerId(i);
  for (std::size_t j = i + 1; j < std::min(spec_.layers.size(), i + 1 + most_steps); ++j) {
    const LayerSpec& one = layer(j);
    const auto reads = std::find_if(one.inputs.begin(), one.inputs.end(),
                                    [&](Ref ref) { return !ref.is_input() && ref.layer == at; });
    if (one.broken || reads == one.inputs.end() || trace_.layers[j].outputs.empty()) continue;
    const auto input = static_cast<std::size_t>(reads - one.inputs.begin());
    const std::size_t rank = in_shape(j, input).size();
    const Family family = one.info().family;
    if (family == Family::matmul) return k + (input == 0 ? 1 : 2) == rank;
    if (family == Family::reduce) {
      const auto& dims = one.integers(Opt::dim);
      return std::any_of(dims.begin(), dims.end(),
                         [&](std::int64_t dim) { return wrapped_axis(dim, rank) == k; });
    }
    if (family == Family::transpose || family == Family::permute)
      k = axis_behind(j, k);
    else if (one.kind == LayerKind::Mul && one.inputs.size() == 2)
      k += out_shape(j).size() - rank;
    else if (family != Family::pointwise)
      return false;
    at = LayerId(j);
  }
  return false;
}

// Where axis `k` of what goes into a Permute or Transpose stands behind it.
std::size_t Walker::axis_behind(std::size_t i, std::size_t k) const {
  const LayerSpec& one = layer(i);
  const std::size_t rank = in_shape(i).size();
  if (one.info().family == Family::permute) {
    const auto& dims = one.integers(Opt::dims);
    for (std::size_t d = 0; d < dims.size(); ++d)
      if (wrapped_axis(dims[d], rank) == k) return d;
    return k;
  }
  const std::size_t a = wrapped_axis(one.integer(Opt::dim0), rank);
  const std::size_t b = wrapped_axis(one.integer(Opt::dim1), rank);
  return k == a ? b : k == b ? a : k;
}

// Classes are told apart at every position of a map, not the positions of one row by themselves.
void Walker::softmax(std::size_t i) {
  const Tensor& x = in(i);
  const auto rank = x.axis_count();
  const std::size_t k = wrapped_axis(layer(i).integer(Opt::dim), rank);
  if (k >= rank) return;
  if (is_batch(m_.axis(x, k)) || (batch_is_first_ && holds_samples(m_.axis(x, k)))) {
    if (is_summed_over(i, k)) return;
    return flaw(Flaw::samples, i, k, "it is taken over the samples of the batch");
  }
  if (in_shape(i)[k] == 1 && !weighs_one_place(i) && !is_left_of_many(m_.axis(x, k)))
    return flaw(Flaw::constant, i, k,
                "it is taken over axis " + std::to_string(k) + " of size 1: every value becomes 1");
  const std::vector<int> over = roots_in(m_.digits_of(m_.axis(x, k)));
  if (over.size() != 1 || !reaches_output(i)) return;
  bool classes = false;
  bool another = false;
  for (std::size_t d = 0; d < rank; ++d) {
    const auto digits = m_.digits_of(m_.axis(x, d));
    const std::vector<int> roots = roots_in(digits);
    another = another || (roots.size() == 1 && roots != over);
    classes = classes || (!digits.empty() && digits.front().size > 1 && m_.atom(digits.front()).learned &&
                          all_learned(m_.axis(x, d)));
  }
  if (classes && (another || layer(i).kind == LayerKind::LogSoftmax))
    flaw(Flaw::misread, i, k,
         "it is taken over " + made_of(spec_, m_, m_.axis(x, k)) +
             ": its places share 1 between them, not the classes of a place");
}

bool Walker::holds_features(const AxisMeaning& axis) const {
  const auto digits = m_.digits_of(axis);
  if (digits.empty()) return false;
  const Root* made = m_.root_of(m_.atom(digits.front()));
  const bool joined =
      m_.atom(digits.front()).kind == AtomKind::channel && made != nullptr && made->kind == Root::Kind::layer;
  return joined || (m_.atom(digits.front()).learned && all_learned(axis));
}

// A LayerNorm over tokens of which there are as many as features: the features were meant.
void Walker::normalises_tokens(std::size_t i) {
  const Tensor& x = in(i);
  const auto rank = x.axis_count();
  const std::size_t k = rank - 2;
  const std::int64_t tokens = in_shape(i)[rank - 1];
  bool features = in_shape(i)[k] == tokens && holds_features(m_.axis(x, k));
  // A class token may stand beside what were to be the tokens.
  for (const Part& part : parts_of(m_.axis(x, k).mark))
    features = features || (part.size == tokens && holds_features(part.axis));
  if (!features) return;
  flaw(Flaw::misread, i, rank - 1,
       "it normalises along " + made_of(spec_, m_, m_.axis(x, rank - 1)) + ", and its channels are axis " +
           std::to_string(k));
}

// A LayerNorm over rows of a square image: the channels were meant, which come last behind a Permute.
void Walker::normalised(std::size_t i) {
  const Tensor& x = in(i);
  const auto rank = x.axis_count();
  if (rank < 3 || layer(i).integers(Opt::normalized_shape).size() != 1 || m_.channel_axis != 1) return;
  const std::vector<int> over = all_roots_in(m_.digits_of(m_.axis(x, rank - 1)));
  if (over.size() > 1 || (rank == 3 && over.size() == 1)) return normalises_tokens(i);
  if (rank < 4 || over.size() != 1 || m_.roots[static_cast<std::size_t>(over[0])].kind != Root::Kind::input)
    return;
  const Root& row = m_.roots[static_cast<std::size_t>(over[0])];
  const Shape& shape = shapes_[static_cast<std::size_t>(row.index)];
  bool square = false;
  std::size_t channels = rank;
  for (std::size_t k = 1; k + 1 < rank; ++k) {
    const auto digits = m_.digits_of(m_.axis(x, k));
    const std::vector<int> beside = roots_in(digits);
    if (beside.size() == 1 && beside != over) {
      const Root& other = m_.roots[static_cast<std::size_t>(beside[0])];
      square = square || (other.index == row.index && shape[static_cast<std::size_t>(row.axis)] ==
                                                          shape[static_cast<std::size_t>(other.axis)]);
    }
    if (holds_features(m_.axis(x, k))) channels = k;
  }
  if (square && channels < rank)
    flaw(Flaw::misread, i, rank - 1,
         "it normalises along " + made_of(spec_, m_, m_.axis(x, rank - 1)) + ", and its channels are axis " +
             std::to_string(channels));
}

}  // namespace shapedbg
