// Factors that belong together: the strides of transposed convolutions whose product has to be another one
// where two branches meet, and the channels that a PixelShuffle takes apart.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

class Rates {
 public:
  Rates(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out), trials_(s.trials()) {}

  // The branch that comes up by a whole factor too much or too little.
  void at_merge(LayerId merge) {
    const LayerSpec& layer = s_.spec.layer(merge);
    const auto& inputs = s_.trace.row(merge).inputs;
    if (inputs.size() != layer.inputs.size()) return;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const Shape& x = inputs[k];
      const Shape& other = inputs[k == 0 ? 1 : 0];
      if (x.size() != other.size()) continue;
      std::optional<std::size_t> wrong;
      int count = 0;
      for (std::size_t axis = 2; axis < x.size(); ++axis)
        if (x[axis] != other[axis]) wrong = axis, ++count;
      // By anything else sizes went apart for another reason, unless the branches come from two inputs.
      const bool factor = wrong && x[*wrong] > 0 && other[*wrong] > 0 &&
                          (x[*wrong] % other[*wrong] == 0 || other[*wrong] % x[*wrong] == 0 ||
                           start_of(layer.inputs[k]) != start_of(layer.inputs[k == 0 ? 1 : 0]));
      if (count == 1 && factor) branch(layer.inputs[k], x.size() - *wrong, x[*wrong], other[*wrong]);
    }
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  Ref start_of(Ref end) const {
    const std::vector<LayerId> path = s_.path_to(end);
    if (path.empty()) return end;
    const auto& inputs = layer(path.front()).inputs;
    return inputs.empty() ? end : inputs[0];
  }

  // `back`: the axis counted from the end.
  void branch(Ref end, std::size_t back, std::int64_t have, std::int64_t want) {
    std::vector<LayerId> ups;
    std::vector<std::int64_t> present;
    std::int64_t product = 1;
    for (const LayerId i : s_.path_to(end)) {
      const LayerSpec& one = layer(i);
      if (one.broken || one.info().family != Family::conv_transpose) continue;
      const int axis = one.info().axes - static_cast<int>(back);
      if (axis < 0) continue;
      const Window w = window_of(one, axis);
      if (w.s == 1) continue;
      if (w.d != 1 || w.net_kernel() + w.output_padding != w.s) return;  // not an exact factor
      ups.push_back(i);
      present.push_back(w.s);
      product *= w.s;
      if (product > 1'000'000) return;
    }
    if (ups.empty() || product * want % have != 0) return;
    const std::vector<std::int64_t> fresh = nearest_factors(product * want / have, present);
    if (fresh.empty()) return;
    std::vector<Set> sets;
    std::int64_t amount = 0;
    for (std::size_t n = 0; n < ups.size(); ++n) {
      if (fresh[n] == present[n]) continue;
      const LayerSpec& one = layer(ups[n]);
      const auto at = one.axis_count() - back;
      const Window w = window_of(one, static_cast<int>(at));
      std::int64_t kernel = w.k % w.s == 0 ? w.k / w.s * fresh[n] : std::max(w.k + fresh[n] - w.s, fresh[n]);
      kernel += (kernel - fresh[n]) % 2;
      const auto put = [&](Opt opt, std::int64_t value) {
        const auto all = one.axes(opt);
        std::vector<std::int64_t> values(all.begin(), all.begin() + one.info().axes);
        if (values[at] == value) return;
        values[at] = value;
        sets.push_back({ups[n], opt, Value{values}});
      };
      put(Opt::stride, fresh[n]);
      put(Opt::kernel_size, kernel);
      put(Opt::padding, (kernel - fresh[n]) / 2);
      put(Opt::output_padding, 0);
      amount += std::abs(fresh[n] - present[n]);
    }
    if (!trials_.close(sets, s_.steps)) return;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.amount = amount;
    candidate.of_a_rate = true;
    candidate.title = title_of(s_.spec, sets);
    if (!add_sets(s_, sets, candidate)) return;
    candidate.places = 1;
    out_.push_back(std::move(candidate));
  }

  // As many factors of `product`, each at least 1, the least apart from the present ones, the later ones
  // changed first.
  static std::vector<std::int64_t> nearest_factors(std::int64_t product,
                                                   const std::vector<std::int64_t>& present) {
    std::vector<std::int64_t> best, now;
    std::int64_t least = INT64_MAX;
    int tries = 20'000;
    const auto next = [&](const auto& self, std::int64_t rest, std::int64_t apart) -> void {
      if (apart >= least || --tries < 0) return;
      const std::size_t at = now.size();
      if (at == present.size()) {
        if (rest == 1) best = now, least = apart;
        return;
      }
      // The present one first, so that of equals the early layers stay.
      std::vector<std::int64_t> factors;
      for (std::int64_t f = 2; f <= std::min<std::int64_t>(rest, 64); ++f)
        if (rest % f == 0) factors.push_back(f);
      std::stable_sort(factors.begin(), factors.end(), [&](std::int64_t a, std::int64_t b) {
        return std::abs(a - present[at]) < std::abs(b - present[at]);
      });
      for (const std::int64_t f : factors) {
        now.push_back(f);
        self(self, rest / f, apart + std::abs(f - present[at]) + (f == present[at] ? 0 : 1));
        now.pop_back();
      }
    };
    if (present.size() <= 8) next(next, product, 0);
    return tries < 0 ? std::vector<std::int64_t>{} : best;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Trials& trials_;
};

// Another factor of a PixelShuffle, with the channels that it takes apart: where the result is wanted larger
// or smaller by just that.
void shuffled_further(const Situation& s, LayerId index, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(index);
  const LayerTrace& row = s.trace.row(index);
  const Shape* got = s.trace.result(s.spec);
  if (layer.broken || layer.info().family != Family::pixel_shuffle || row.inputs.empty() || !s.spec.expect ||
      got == nullptr || first_fault(s.trace))
    return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  const std::int64_t r = layer.integer(Opt::upscale_factor);
  if (want.size() != got->size() || want.size() < 4 || want.back() < 1 || r < 1 || r > 64) return;
  const std::int64_t fresh = r * want.back() / std::max<std::int64_t>(got->back(), 1);
  if (fresh < 1 || fresh > 64 || fresh == r || fresh * got->back() != r * want.back()) return;
  const Shape& x = row.inputs[0];
  const Ref from = producer(s.spec, s.trace, layer.inputs[0], x.size() - 3);
  if (from.is_input() || x[x.size() - 3] % (r * r) != 0) return;
  const LayerSpec& made = s.spec.layer(from.layer);
  if (made.find(Opt::out_channels) == nullptr) return;
  const std::int64_t channels = x[x.size() - 3] / (r * r) * fresh * fresh;
  const std::vector<Set> sets{{index, Opt::upscale_factor, Value{fresh}},
                              {from.layer, Opt::out_channels, Value{channels}}};
  if (!s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.amount = std::abs(fresh - r);
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return;
  candidate.places = 1;  // one thought
  out.push_back(std::move(candidate));
}

// C*r^2 channels in front of a PixelShuffle: as many as what stands behind it takes, or as the input has.
void shuffled(const Situation& s, LayerId index, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(index);
  const LayerTrace& row = s.trace.row(index);
  if (layer.broken || layer.info().family != Family::pixel_shuffle || row.inputs.empty()) return;
  const Shape& x = row.inputs[0];
  if (x.size() < 3) return;
  const std::int64_t r = layer.integer(Opt::upscale_factor);
  if (r < 2 || r > 64) return;
  const Ref from = producer(s.spec, s.trace, layer.inputs[0], x.size() - 3);
  if (from.is_input() || s.spec.layer(from.layer).find(Opt::out_channels) == nullptr) return;
  std::vector<std::int64_t> counts;
  const auto take = [&](std::int64_t count) {
    if (count > 0 && std::count(counts.begin(), counts.end(), count) == 0) counts.push_back(count);
  };
  for (const LayerSpec& reader : s.spec.layers) {
    const OptionValue* option = reader.find(Opt::in_channels);
    if (!reader.inputs.empty() && reader.inputs[0] == Ref{index, 0} && option != nullptr && option->written)
      take(reader.integer(Opt::in_channels));
  }
  if (s.spec.expect && index + 1 == s.spec.layers.end_id()) {
    const Shape want = expected_shape(s.spec, *s.spec.expect);
    if (want.size() == x.size()) take(want[want.size() - 3]);
  }
  // Written for another factor.
  for (std::int64_t other = 2; other < r; ++other)
    if (x[x.size() - 3] % (other * other) == 0) take(x[x.size() - 3] / (other * other));
  take(x[x.size() - 3]);
  for (const std::int64_t count : counts) {
    std::int64_t channels = 0;
    if (__builtin_mul_overflow(count, r * r, &channels) || channels > 1'000'000) continue;
    Spec changed = s.spec;
    const Set set{from.layer, Opt::out_channels, Value{channels}};
    changed.layer(from.layer).set(set.opt, set.value);
    if (!would_hold(s, changed)) continue;
    Candidate candidate;
    candidate.kind = FixKind::channels;
    candidate.amount = 0;
    candidate.title = title_of(s.spec, {set});
    if (add_sets(s, {set}, candidate)) out.push_back(std::move(candidate));
    return;
  }
}

// Counts of several layers as one thought. False where they do not close it.
bool count_together(const Situation& s, const std::vector<Set>& sets, std::vector<Candidate>& out) {
  if (!s.trials().close(sets, s.steps)) return false;
  Candidate candidate;
  candidate.kind = FixKind::channels;
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return false;
  candidate.places = 1;
  out.push_back(std::move(candidate));
  return true;
}

// Convolutions in front of PixelShuffles that return too little for what each layer behind takes: all at
// once.
void shuffled_alike(const Situation& s, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& reader = s.spec.layers[i];
    const OptionValue* taken = reader.broken ? nullptr : reader.find(Opt::in_channels);
    if (taken == nullptr || !taken->written || reader.inputs.empty()) continue;
    const Ref shuffle = before_pointwise(s.spec, reader.inputs[0]);
    if (shuffle.is_input()) continue;
    const LayerSpec& layer = s.spec.layer(shuffle.layer);
    const Shapes& inputs = s.trace.row(shuffle.layer).inputs;
    if (layer.broken || layer.info().family != Family::pixel_shuffle ||
        layer.find(Opt::upscale_factor) == nullptr || inputs.empty() || inputs[0].size() < 3)
      continue;
    const std::int64_t r = layer.integer(Opt::upscale_factor);
    const Ref from = producer(s.spec, s.trace, layer.inputs[0], inputs[0].size() - 3);
    std::int64_t channels = 0;
    if (r < 2 || r > 64 || from.is_input() || !s.spec.layer(from.layer).has(Opt::out_channels) ||
        __builtin_mul_overflow(reader.integer(Opt::in_channels), r * r, &channels) || channels > 1'000'000)
      continue;
    if (s.spec.layer(from.layer).integer(Opt::out_channels) == channels) continue;
    Set set{from.layer, Opt::out_channels, {}};
    set.value = channels;
    sets.push_back(std::move(set));
  }
  if (!sets.empty() && sets.size() <= 8) count_together(s, sets, out);
}

// A factor that one statement forgets, or all of them do: C*r channels, or C, in front of each PixelShuffle
// by r where it takes C*r^2.
void shuffled_too_little(const Situation& s, std::vector<Candidate>& out) {
  struct Fed {
    LayerId maker;
    std::int64_t factor;
  };
  std::vector<Fed> all;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::pixel_shuffle || layer.inputs.size() != 1 ||
        layer.find(Opt::upscale_factor) == nullptr)
      continue;
    const std::int64_t r = layer.integer(Opt::upscale_factor);
    const Ref from = before_pointwise(s.spec, layer.inputs[0]);  // behind the fault no shapes are known
    if (r < 2 || r > 16 || from.is_input() || !s.spec.layer(from.layer).has(Opt::out_channels)) continue;
    all.push_back({from.layer, r});
  }
  if (all.size() < 2 || all.size() > 16) return;
  const auto line_of = [&](LayerId at) {
    const LayerSpec& maker = s.spec.layer(at);
    return maker.source == nullptr ? SourceLine() : maker.source->made;
  };
  std::vector<SourceLine> lines{SourceLine()};  // all of them, then those of each line
  for (const Fed& one : all)
    if (const SourceLine line = line_of(one.maker); std::count(lines.begin(), lines.end(), line) == 0)
      lines.push_back(line);
  for (const bool twice : {false, true}) {
    for (const SourceLine& line : lines) {
      std::vector<Set> sets;
      for (const Fed& one : all) {
        if (!line.empty() && !(line_of(one.maker) == line)) continue;
        const std::int64_t was = s.spec.layer(one.maker).integer(Opt::out_channels);
        const std::int64_t by = twice ? one.factor * one.factor : one.factor;
        if (was < 1 || was > 1'000'000) return;
        sets.push_back({one.maker, Opt::out_channels, Value{was * by}});
      }
      if (sets.size() > 1 && count_together(s, sets, out)) return;
    }
  }
}

}  // namespace

void suggest_rates(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  for (std::size_t i = 0; i < s.spec.layers.size() && !fault; ++i) shuffled_further(s, LayerId(i), out);
  if (!fault) return;
  if (s.spec.layer(*fault).inputs.size() > 1) Rates(s, out).at_merge(*fault);
  shuffled(s, *fault, out);
  const std::size_t known = out.size();
  shuffled_alike(s, out);
  if (out.size() == known) shuffled_too_little(s, out);
}

}  // namespace shapedbg
