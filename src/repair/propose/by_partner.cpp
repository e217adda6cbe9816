// What `mirror` would write: a layer that goes up gets the numbers by which it undoes the layer that went
// down, on every level at once. With its own kernel where that will do, so that trained weights still fit.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "flow/path.h"
#include "infer/again.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_levels = 16;

using Sizes = std::vector<std::int64_t>;

struct Numbers {
  Sizes kernel, stride, padding, dilation, output_padding;
};

// Where the numbers of a layer that goes up come from.
enum class From : std::uint8_t { own_undilated, own, own_kernel, partner };
constexpr From all_sources[] = {From::own_undilated, From::own, From::own_kernel, From::partner};

bool pools(const LayerSpec& layer) {
  const Family family = layer.info().family;
  return family == Family::max_pool || family == Family::avg_pool || family == Family::lp_pool;
}

bool numeric_padding(const LayerSpec& layer) {
  const OptionValue* option = layer.find(Opt::padding);
  return option == nullptr || !std::holds_alternative<std::string>(option->value);
}

class Partners {
 public:
  Partners(const Situation& s, std::vector<Candidate>& out)
      : s_(s), out_(out), axes_(spatial_axes(s.spec)), trials_(s.trials()) {}

  void run() {
    if (axes_.empty() || s_.spec.layers.empty()) return;
    find_pairs();
    if (pairs_.empty() || pairs_.size() > most_levels) return;
    for (const bool keep : {true, false})
      if (auto sets = sets_for_all(keep)) propose(*sets);
    if (auto sets = padding_of_ups()) propose(*sets);
  }

 private:
  struct Pair {
    LayerId down;
    LayerId up;
  };

  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  bool steps(LayerId i) const {
    for (int a = 0; a < layer(i).info().axes; ++a)
      if (window_of(layer(i), a).s > 1) return true;
    return false;
  }
  bool trims(LayerId i) const {
    for (int a = 0; a < layer(i).info().axes; ++a)
      if (window_of(layer(i), a).net_kernel() > 1) return true;
    return false;
  }

  // Like parentheses: each layer that goes up undoes the nearest one in front that is not undone yet.
  void find_pairs() {
    std::vector<LayerId> open;
    for (const LayerId i : s_.path_to({s_.spec.layers.last_id(), 0})) {
      const LayerSpec& one = layer(i);
      if (one.broken) return pairs_.clear();
      const Family family = one.info().family;
      const bool own_axes = one.info().axes == static_cast<int>(axes_.size());
      if (family == Family::conv || pools(one)) {
        if (own_axes && numeric_padding(one) && (steps(i) || trims(i))) open.push_back(i);
        continue;
      }
      const bool up = family == Family::upsample || family == Family::max_unpool ||
                      (family == Family::conv_transpose && own_axes);
      if (!up) continue;
      const bool strides = family != Family::conv_transpose || steps(i);
      if (strides)
        while (!open.empty() && !steps(open.back())) open.pop_back();
      else if (open.empty() || steps(open.back()))
        continue;
      if (open.empty()) return;
      pairs_.push_back({open.back(), i});
      open.pop_back();
    }
  }

  static Sizes values_of(const LayerSpec& one, Opt opt) {
    const auto all = one.axes(opt);
    return {all.begin(), all.begin() + one.info().axes};
  }

  static Numbers numbers_of(const LayerSpec& one) {
    Numbers n;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      n.kernel.push_back(w.k);
      n.stride.push_back(w.s);
      n.padding.push_back(w.before);
      n.dilation.push_back(w.d);
      n.output_padding.push_back(w.output_padding);
    }
    return n;
  }

  // The padding and output_padding with which a window makes `want` of `x`: the present padding where it will
  // do, else the least output_padding. `fixed`: no other padding.
  static bool solve(Numbers& n, std::size_t a, std::int64_t x, std::int64_t want, bool fixed) {
    const std::int64_t reach = n.dilation[a] * (n.kernel[a] - 1);
    const auto needed = [&](std::int64_t p) { return want - ((x - 1) * n.stride[a] - 2 * p + reach + 1); };
    const auto legal = [&](std::int64_t op) { return op >= 0 && op < std::max(n.stride[a], n.dilation[a]); };
    if (legal(needed(n.padding[a]))) {
      n.output_padding[a] = needed(n.padding[a]);
      return true;
    }
    if (fixed) return false;
    for (std::int64_t p = 0; p <= reach; ++p) {
      if (!legal(needed(p))) continue;
      n.padding[a] = p;
      n.output_padding[a] = needed(p);
      return true;
    }
    return false;
  }

  std::optional<Numbers> numbers_for(From from, const Pair& pair, const Sizes& x, const Sizes& want) const {
    Numbers n = numbers_of(layer(pair.up));
    const Numbers partner = numbers_of(layer(pair.down));
    switch (from) {
      case From::own:
        break;
      case From::own_undilated:
        if (n.dilation == partner.dilation) return std::nullopt;
        n.dilation = partner.dilation;
        break;
      case From::own_kernel:
        if (n.stride == partner.stride) return std::nullopt;
        n.stride = partner.stride;
        break;
      case From::partner:
        n.kernel = partner.kernel;
        n.stride = partner.stride;
        n.padding = partner.padding;
        n.dilation = partner.dilation;
        break;
    }
    for (std::size_t a = 0; a < x.size(); ++a) {
      if (n.dilation[a] * (n.kernel[a] - 1) + 1 < n.stride[a]) return std::nullopt;  // holes
      // Windows that undo each other lose by rounding alone: that is no fault of their padding.
      const auto axis = static_cast<int>(a);
      const Window down = window_of(layer(pair.down), axis);
      const Window up = window_of(layer(pair.up), axis);
      const bool exact = up.s == down.s && up.net_kernel() >= down.net_kernel() &&
                         up.net_kernel() < down.net_kernel() + down.s;
      if (!solve(n, a, x[a], want[a], from == From::partner || (from == From::own && exact)))
        return std::nullopt;
    }
    return n;
  }

  std::vector<Set> sets_of(LayerId up, const Numbers& n) const {
    std::vector<Set> sets;
    const Numbers present = numbers_of(layer(up));
    const auto put = [&](Opt opt, const Sizes& now, const Sizes& was) {
      if (now != was) sets.push_back({up, opt, Value{now}});
    };
    put(Opt::kernel_size, n.kernel, present.kernel);
    put(Opt::stride, n.stride, present.stride);
    put(Opt::padding, n.padding, present.padding);
    put(Opt::dilation, n.dilation, present.dilation);
    put(Opt::output_padding, n.output_padding, present.output_padding);
    return sets;
  }

  // The fewest numbers; a kernel counts for three, as its weights go with it.
  static std::size_t price(const std::vector<Set>& sets) {
    std::size_t sum = sets.size();
    for (const Set& set : sets) sum += set.opt == Opt::kernel_size ? 2 : 0;
    return sum;
  }

  std::optional<std::vector<Set>> sets_for(const Pair& pair, const Sizes& x, const Sizes& want,
                                           bool keep) const {
    const LayerSpec& up = layer(pair.up);
    if (up.info().family == Family::upsample) return factor_for(pair.up, x, want);
    if (up.info().family == Family::max_unpool) {
      std::vector<Set> sets;
      for (const Opt opt : {Opt::kernel_size, Opt::stride, Opt::padding})
        if (pools(layer(pair.down)) && values_of(up, opt) != values_of(layer(pair.down), opt))
          sets.push_back({pair.up, opt, Value{values_of(layer(pair.down), opt)}});
      return sets;
    }
    std::optional<std::vector<Set>> best;
    for (const From from : all_sources) {
      if (!keep && from != From::partner) continue;
      const auto numbers = numbers_for(from, pair, x, want);
      if (!numbers) continue;
      std::vector<Set> sets = sets_of(pair.up, *numbers);
      if (!best || price(sets) < price(*best)) best = std::move(sets);
    }
    return best;
  }

  // One factor for each axis, where they are whole.
  std::optional<std::vector<Set>> factor_for(LayerId up, const Sizes& x, const Sizes& want) const {
    if (!layer(up).has(Opt::scale_factor)) return std::nullopt;
    std::vector<double> factors;
    for (std::size_t a = 0; a < x.size(); ++a) {
      if (want[a] % x[a] != 0) return std::nullopt;
      const std::int64_t factor = want[a] / x[a];
      factors.push_back(static_cast<double>(factor));
    }
    const bool one = std::equal(factors.begin() + 1, factors.end(), factors.begin());
    return std::vector<Set>{{up, Opt::scale_factor, one ? Value{factors[0]} : Value{factors}}};
  }

  // Level by level, from the innermost on: what a layer gets follows from the repaired ones in front.
  std::optional<std::vector<Set>> sets_for_all(bool keep) {
    std::vector<Set> all;
    Spec now = s_.spec;
    for (const Pair& pair : pairs_) {
      const auto layers = static_cast<std::int64_t>(now.layers.size());
      if (s_.steps < layers) return std::nullopt;
      s_.steps -= layers;
      const Trace trace = infer_again(now, s_.spec, s_.trace);
      Sizes x, want;
      bool right = true;
      for (const Axis& axis : axes_) {
        const SizeStep step = step_of(trace, pair.up, axis);
        x.push_back(step.in);
        want.push_back(step_of(s_.trace, pair.down, axis).in);
        if (x.back() < 1 || want.back() < 1) return std::nullopt;
        right = right && step.out == want.back();
      }
      if (right && keep) continue;
      const auto sets = sets_for(pair, x, want, keep);
      if (!sets) return std::nullopt;
      for (const Set& set : *sets) {
        now.layer(set.layer).set(set.opt, set.value);
        all.push_back(set);
      }
    }
    return all;
  }

  // The other way round: layers that go down with the padding of those that undo them.
  std::optional<std::vector<Set>> padding_of_ups() const {
    std::vector<Set> sets;
    for (const Pair& pair : pairs_) {
      const LayerSpec& down = layer(pair.down);
      if (down.info().family != Family::conv || layer(pair.up).info().family != Family::conv_transpose)
        return std::nullopt;
      const Numbers below = numbers_of(down);
      const Numbers above = numbers_of(layer(pair.up));
      if (below.kernel != above.kernel || below.stride != above.stride || below.dilation != above.dilation)
        return std::nullopt;
      if (below.padding != above.padding) sets.push_back({pair.down, Opt::padding, Value{above.padding}});
    }
    return sets;
  }

  void propose(const std::vector<Set>& sets) {
    const bool only_output_padding =
        std::all_of(sets.begin(), sets.end(), [](const Set& set) { return set.opt == Opt::output_padding; });
    if (only_output_padding || !trials_.close(sets, s_.steps)) return;
    Candidate candidate;
    const bool weights =
        std::any_of(sets.begin(), sets.end(), [](const Set& set) { return set.opt == Opt::kernel_size; });
    candidate.kind = weights ? FixKind::window : FixKind::partner;
    candidate.amount = 2 * static_cast<std::int64_t>(price(sets));
    candidate.title = title_of(s_.spec, sets);
    if (!add_sets(s_, sets, candidate)) return;
    // One thought, however many levels have it.
    candidate.places = std::min(candidate.places, 2);
    out_.push_back(std::move(candidate));
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Axis> axes_;
  Trials& trials_;
  std::vector<Pair> pairs_;
};

}  // namespace

void suggest_partners(const Situation& s, std::vector<Candidate>& out) { Partners(s, out).run(); }

}  // namespace shapedbg
