// Layers that regroup, reorder, drop, split or replace axes, and those that keep them.
#include <algorithm>

#include "meaning/walk.h"
#include "meaning/walker.h"

#include "net/facts.h"

namespace shapedbg {

bool takes_rows_for_channels(const Shape& from, const Shape& to) {
  return from.size() > 2 && to.size() == 2 && to[1] == from[1] && to[1] != from.back();
}

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
          return mixed_hash(static_cast<std::uint64_t>(v.layer) + 7, static_cast<std::uint64_t>(v.output));
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
  const auto rank = static_cast<std::size_t>(x.rank);
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
    const LayerSpec& one = layer(static_cast<std::size_t>(at.layer));
    if (one.inputs.empty()) return false;
    const Family family = one.info().family;
    if (family == Family::matmul)
      return std::none_of(one.inputs.begin(), one.inputs.end(), [&](Ref ref) {
        return !ref.is_input() &&
               layer(static_cast<std::size_t>(ref.layer)).info().family == Family::parameter;
      });
    if (!keeps_shape(family) && family != Family::elementwise &&
        facts(one.kind).effect != Effect::reordered && family != Family::reshape)
      return false;
    at = one.inputs[0];
  }
  return false;
}

// Classes are told apart at every position of a map, not the positions of one row by themselves.
void Walker::softmax(std::size_t i) {
  const Tensor& x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const std::size_t k = wrapped(layer(i).integer(Opt::dim), rank);
  if (k >= rank) return;
  if (is_batch(m_.axis(x, k))) return flaw(Flaw::samples, i, k, "it is taken over the samples of the batch");
  if (in_shape(i)[k] == 1 && !weighs_one_place(i))
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

// A LayerNorm over rows of a square image: the channels were meant, which come last behind a Permute.
void Walker::normalised(std::size_t i) {
  const Tensor& x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  if (rank < 4 || layer(i).integers(Opt::normalized_shape).size() != 1 || m_.channel_axis != 1) return;
  const std::vector<int> over = roots_in(m_.digits_of(m_.axis(x, rank - 1)));
  if (over.size() != 1) return;
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
    if (digits.empty()) continue;
    const Root* made = m_.root_of(m_.atom(digits.front()));
    const bool joined = m_.atom(digits.front()).kind == AtomKind::channel && made != nullptr &&
                        made->kind == Root::Kind::layer;
    if (joined || (m_.atom(digits.front()).learned && all_learned(m_.axis(x, k)))) channels = k;
  }
  if (square && channels < rank)
    flaw(Flaw::misread, i, rank - 1,
         "it normalises along " + made_of(spec_, m_, m_.axis(x, rank - 1)) + ", and its channels are axis " +
             std::to_string(channels));
}

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

// "height", "blocks of 4 of height", "the 4 within a block of height"
std::string Walker::spoken(const Digit& digit) {
  const std::int64_t size = m_.atom(digit).size;
  const std::string whole = made_of(spec_, m_, of_digits({Digit{digit.atom, 1, size}}));
  if (is_whole(digit, m_.atoms)) return whole;
  if (digit.stride == 1) return "the " + std::to_string(digit.size) + " within a block of " + whole;
  const std::string blocks = "blocks of " + std::to_string(digit.stride) + " of " + whole;
  return digit.stride * digit.size == size ? blocks : "some " + blocks;
}

void Walker::tell_mixed(std::size_t i, const Mixture& mixture) {
  const Atom& cut = m_.atom(mixture.second);
  const std::string rest =
      is_whole(mixture.first, m_.atoms) ? spoken({mixture.second.atom, 1, cut.size}) : std::string("both");
  flaw(Flaw::mixed, i, mixture.axis,
       "axis " + std::to_string(mixture.axis) + " of what it returns holds " + spoken(mixture.first) +
           " and " + spoken(mixture.second) + ", and other axes hold the rest of " + rest);
}

void Walker::tell_torn(std::size_t i, const Torn& torn) {
  std::string run;
  std::string names;
  for (std::size_t d = 0; d < torn.run.size(); ++d) {
    run += (d == 0 ? "" : ", ") + std::to_string(torn.run[d].size);
    names += (d == 0 ? "" : d + 1 == torn.run.size() ? " and " : ", ") + spoken(torn.run[d]);
  }
  std::string sizes;
  for (std::size_t k = torn.first_axis; k <= torn.last_axis; ++k)
    sizes += (sizes.empty() ? "" : ", ") + std::to_string(out_shape(i)[k]);
  flaw(Flaw::torn, i, torn.first_axis,
       "it cuts [" + run + "], " + names + ", into [" + sizes +
           "] as they lie in memory, and each piece mixes parts of " +
           (torn.run.size() == 2 ? "both" : "all"));
}

// Torn runs that stand there whole are what they were; which ones.
std::vector<std::size_t> Walker::restore(const Shape& from, std::vector<AxisDigits>& axes) const {
  std::vector<std::size_t> restored;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    if (axes[k].size() != 1) continue;
    const int tear = m_.atom(axes[k][0]).tear;
    if (tear < 0 || m_.tears[static_cast<std::size_t>(tear)].run.empty()) continue;
    std::size_t end = k;
    std::int64_t product = 1;
    int last = -1;  // its parts follow each other as they were made
    while (end < axes.size() && (axes[end].empty() || (axes[end].size() == 1 && axes[end][0].atom > last &&
                                                       m_.atom(axes[end][0]).tear == tear))) {
      if (!axes[end].empty()) last = axes[end][0].atom;
      product *= from[end++];
    }
    std::int64_t whole = 1;
    for (const Digit& digit : m_.tears[static_cast<std::size_t>(tear)].run) whole *= digit.size;
    if (product != whole) continue;
    axes[k] = m_.tears[static_cast<std::size_t>(tear)].run;
    for (std::size_t other = k + 1; other < end; ++other) axes[other].clear();
    restored.push_back(static_cast<std::size_t>(tear));
    k = end - 1;
  }
  return restored;
}

// [Q, K+1] as [K+1, Q] behind a column put in front, and the first row cut off: scores by distance become
// scores by place (relative attention).
bool Walker::skews(std::size_t i) const {
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  const std::size_t rank = from.size();
  if (rank < 2 || to.size() != rank || layer(i).inputs[0].is_input() || to[rank - 2] != from[rank - 1] ||
      to[rank - 1] != from[rank - 2])
    return false;
  const auto before = static_cast<std::size_t>(layer(i).inputs[0].layer);
  const LayerSpec& column = layer(before);
  const Family family = column.info().family;
  const bool puts = (family == Family::pad || family == Family::free_pad || family == Family::concat) &&
                    !trace_.layers[before].inputs.empty() && !trace_.layers[before].inputs.back().empty() &&
                    trace_.layers[before].inputs.back().back() + 1 == from[rank - 1];
  return puts && std::any_of(spec_.layers.begin(), spec_.layers.end(), [&](const LayerSpec& cut) {
           if (cut.broken || cut.info().family != Family::slice || cut.inputs.empty() ||
               !cut.has(Opt::index) || cut.inputs[0].layer != static_cast<int>(i))
             return false;
           const auto* ranges = std::get_if<std::vector<SliceRange>>(&cut.find(Opt::index)->value);
           return ranges != nullptr && ranges->size() > rank - 2 && (*ranges)[rank - 2].start == 1;
         });
}

// The axes of a torn run: any factorisation of features of one learned layer, else not known.
void Walker::build_torn(std::size_t i, const Torn& torn, std::vector<AxisMeaning>& built) {
  const Shape& to = out_shape(i);
  int root = -1;
  bool learned = true;
  bool opaque = true;
  for (const Digit& digit : torn.run) {
    const Atom& atom = m_.atom(digit);
    if (atom.kind == AtomKind::batch) continue;
    opaque = opaque && atom.kind == AtomKind::unknown;
    learned = learned && atom.learned && (root < 0 || atom.root == root);
    root = atom.root;
  }
  int tear = -1;
  if (!opaque && !learned) {
    tear = static_cast<int>(m_.tears.size());
    if (!skews(i)) {
      m_.tears.push_back({torn.run, m_.troubles.size(), true});
      tell_torn(i, torn);
    } else {
      tear = -1;
    }
  }
  for (std::size_t k = torn.first_axis; k <= torn.last_axis; ++k)
    built[k] = !opaque && learned
                   ? of_atom({.kind = AtomKind::channel, .size = to[k], .root = root, .learned = true})
                   : unknown(to[k], tear);
}

// [B, C, H, W] as rows of C, though they are made of places: in front of a codebook, a loss or a Linear.
std::optional<Mixture> Walker::rows_for_channels(std::size_t i, const std::vector<AxisDigits>& axes,
                                                 const Regrouped& result) const {
  if (!takes_rows_for_channels(in_shape(i), out_shape(i))) return std::nullopt;
  const auto is = [&](AtomKind kind) {
    return [this, kind](const Digit& digit) { return m_.atom(digit).kind == kind; };
  };
  const auto find = [](const AxisDigits& digits, const auto& wanted) {
    return std::find_if(digits.begin(), digits.end(), wanted);
  };
  const auto channels = find(axes[1], is(AtomKind::channel));
  if (channels == axes[1].end() || axes[1].size() != 1) return std::nullopt;
  if (find(result.axes[1], is(AtomKind::channel)) != result.axes[1].end()) return std::nullopt;
  const auto places = find(result.axes[0], is(AtomKind::position));
  if (places == result.axes[0].end()) return std::nullopt;
  return Mixture{0, *channels, *places};
}

void Walker::regrouped(std::size_t i) {
  const Tensor x = in(i);
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  std::vector<AxisDigits> axes;
  for (std::size_t k = 0; k < from.size(); ++k) {
    const auto digits = m_.digits_of(m_.axis(x, k));
    axes.emplace_back(digits.begin(), digits.end());
  }
  const std::vector<std::size_t> restored = restore(from, axes);
  Regrouped result = regroup(axes, to, m_.atoms);
  if (result.torn.empty())
    for (const std::size_t tear : restored) m_.tears[tear].flagged = false;
  if (result.torn.empty() && result.mixed.empty())
    if (auto rows = rows_for_channels(i, axes, result)) result.mixed.push_back(*rows);
  for (const Mixture& mixture : result.mixed) tell_mixed(i, mixture);
  std::vector<AxisMeaning> built(to.size());
  for (std::size_t k = 0; k < to.size(); ++k) built[k] = of_digits(result.axes[k]);
  for (const Torn& torn : result.torn) build_torn(i, torn, built);
  // Sizes of 1 at both ends stay what they were.
  for (std::size_t k = 0; k < std::min(from.size(), to.size()) && from[k] == to[k]; ++k)
    if (to[k] == 1) built[k] = m_.axis(x, k);
  for (std::size_t back = 1;
       back <= std::min(from.size(), to.size()) && from[from.size() - back] == to[to.size() - back]; ++back) {
    const AxisMeaning& was = m_.axis(x, from.size() - back);
    if (to[to.size() - back] == 1 && !is_batch(was)) built[to.size() - back] = was;
  }
  building_ = std::move(built);
  finish(value_of(i));
}

void Walker::reordered(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  if (one.find(Opt::dims) != nullptr) {
    for (const std::int64_t dim : one.integers(Opt::dims)) keep(x, wrapped(dim, rank));
  } else if (one.find(Opt::dim0) != nullptr) {
    for (std::size_t k = 0; k < rank; ++k) keep(x, k);
    std::swap(building_[wrapped(one.integer(Opt::dim0), rank)],
              building_[wrapped(one.integer(Opt::dim1), rank)]);
  } else if (one.info().family == Family::unsqueeze) {
    for (std::size_t k = 0; k < rank; ++k) keep(x, k);
    building_.insert(
        building_.begin() + static_cast<std::ptrdiff_t>(wrapped(one.integer(Opt::dim), rank + 1)),
        AxisMeaning{});
  } else {
    std::vector<char> drop(rank, one.has(Opt::dim) ? 0 : 1);
    if (one.has(Opt::dim))
      for (const std::int64_t dim : one.integers(Opt::dim)) drop[wrapped(dim, rank)] = 1;
    for (std::size_t k = 0; k < rank; ++k)
      if (drop[k] == 0 || in_shape(i)[k] != 1) keep(x, k);
  }
  if (building_.size() == out_shape(i).size()) finish(value_of(i));
}

void Walker::reduced(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const auto& dims = one.integers(Opt::dim);
  std::vector<char> drop(rank, dims.empty() ? 1 : 0);
  for (const std::int64_t dim : dims) drop[wrapped(dim, rank)] = 1;
  for (std::size_t k = 0; k < rank; ++k) {
    if (drop[k] == 0)
      keep(x, k);
    else if (one.flag(Opt::keepdim))
      put({});
  }
  finish(value_of(i));
}

void Walker::stacked(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const std::size_t at = wrapped(layer(i).integer(Opt::dim), rank + 1);
  for (std::size_t k = 0; k <= rank; ++k) {
    if (k == at) put(features(out_shape(i)[k], static_cast<int>(i), false));
    if (k < rank) keep(x, k);
  }
  finish(value_of(i));
}

void Walker::parts(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const std::size_t at = wrapped(layer(i).integer(Opt::dim), rank);
  std::int64_t start = 0;
  for (std::size_t output = 0; output < trace_.layers[i].outputs.size(); ++output) {
    const std::int64_t n = out_shape(i, output)[at];
    for (std::size_t k = 0; k < rank; ++k)
      k == at&& n != in_shape(i)[k] ? put(part(i, x, k, n, start, 1)) : keep(x, k);
    start += n;
    finish(mixed_hash(value_of(i), output));
  }
}

void Walker::taken_apart(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const std::size_t at = wrapped(layer(i).integer(Opt::dim), rank);
  for (std::size_t output = 0; output < trace_.layers[i].outputs.size(); ++output) {
    for (std::size_t k = 0; k < rank; ++k)
      if (k != at) keep(x, k);
    finish(mixed_hash(value_of(i), output));
  }
}

// A transformed axis holds frequencies, which come from every position; the others are what they were.
void Walker::transformed(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const Shape& to = out_shape(i);
  const LayerKind kind = layer(i).kind;
  std::size_t kept = std::min(rank, to.size());
  if (kind == LayerKind::STFT) kept = rank - 1;
  if (kind == LayerKind::ISTFT) kept = rank - 2;
  std::vector<char> changed(to.size());
  if (layer(i).find(Opt::dim) != nullptr)
    for (const std::int64_t dim : layer(i).integers(Opt::dim)) changed[wrapped(dim, rank)] = 1;
  for (std::size_t k = 0; k < to.size(); ++k) {
    if (k < kept && changed[k] == 0)
      keep(x, k);
    else
      put(unknown(to[k]));
  }
  finish(value_of(i));
}

// Axes that keep their size are what they were; a repeated one is not known.
void Walker::repeated(std::size_t i) {
  const Tensor x = in(i);
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  const std::size_t added = to.size() - std::min(to.size(), from.size());
  for (std::size_t k = 0; k < to.size(); ++k) {
    if (k >= added && from[k - added] == to[k])
      keep(x, k - added);
    else
      put(unknown(to[k]));
  }
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
      const std::size_t over = one.has(Opt::dim) ? wrapped(one.integer(Opt::dim), rank) : k;
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
        for (std::size_t d = 0; d < rank; ++d) from[d] = wrapped(one.integers(Opt::dims)[d], rank);
      else
        std::swap(from[wrapped(one.integer(Opt::dim0), rank)], from[wrapped(one.integer(Opt::dim1), rank)]);
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

void Walker::custom(std::size_t i) {
  const LayerSpec& one = layer(i);
  const auto same_axis = [&](const Expression& size, std::size_t k, std::size_t& input) {
    if (size.nodes().size() != 1 || size.nodes()[0].op != Expression::Op::axis) return false;
    input = static_cast<std::size_t>(size.nodes()[0].input);
    if (input >= one.inputs.size() || in(i, input).rank < 0) return false;
    return wrapped(size.nodes()[0].value, static_cast<std::size_t>(in(i, input).rank)) == k;
  };
  const auto declared = [&](const std::vector<Expression>& sizes, const Shape& shape) {
    for (std::size_t k = 0; k < shape.size(); ++k) {
      std::size_t input = 0;
      if (k < sizes.size() && same_axis(sizes[k], k, input))
        keep(in(i, input), k);
      else
        put(unknown(shape[k]));
    }
    finish(mixed_hash(value_of(i), m_.outputs.size()));
  };
  if (one.has(Opt::outputs)) {
    const auto& all = std::get<std::vector<std::vector<Expression>>>(one.find(Opt::outputs)->value);
    for (std::size_t k = 0; k < std::min(all.size(), trace_.layers[i].outputs.size()); ++k)
      declared(all[k], out_shape(i, k));
    return;
  }
  const OptionValue* output = one.find(Opt::output);
  if (const auto* sizes = output == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&output->value))
    return declared(*sizes, out_shape(i));
  Tensor same = in(i);
  same.value = value_of(i);
  m_.outputs.push_back(same);
}

}  // namespace shapedbg
