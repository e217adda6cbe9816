// Numbers of several options or layers together: by which a transposed layer undoes the layer that it
// mirrors, and the padding with which convolutions keep the map.
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

struct Trial {
  std::vector<Set> sets;
  int layers = 1;
  std::int64_t amount = 0;
};

bool has_window(const LayerSpec& layer) { return !layer.broken && has_free_window(layer.info().family); }

bool numeric(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  return option != nullptr && !std::holds_alternative<std::string>(option->value);
}

class Windows {
 public:
  Windows(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out), trials_(s.trials()) {}

  void run(std::vector<Candidate>& partial) {
    // A kernel wider than its map says nothing about the other axis.
    const bool confirmed = s_.finding.code != Code::L205 && s_.finding.code != Code::L206;
    for (std::size_t i = 0; i < s_.spec.layers.size() && confirmed; ++i)
      if (trials_.reaching()[i] != 0) exchanged_axes(LayerId(i));
    mirror_strides();
    same_padding();
    mirrored_padding();
    strides_of_a_rate();
    for (const LayerId one : suspects(s_)) {
      const Family family = layer(one).info().family;
      if (!has_window(layer(one))) continue;
      if (family == Family::conv_transpose) stride_with_padding(one);
      if (family == Family::conv_transpose || family == Family::conv) kernel_with_padding(one);
      if (family == Family::conv) over_the_whole_map(one);
    }
    // Only the best few are worth being read again from changed bytes.
    constexpr std::size_t most = 6;
    std::stable_sort(found_.begin(), found_.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair(a.places, a.amount) < std::pair(b.places, b.amount);
    });
    for (std::size_t i = 0; i < std::min(most, found_.size()); ++i) out_.push_back(std::move(found_[i]));
    kept_then_scaled(partial);
  }

 private:
  const LayerSpec& layer(LayerId index) const { return s_.spec.layer(index); }

  static std::vector<std::int64_t> values_of(const LayerSpec& layer, Opt opt) {
    const auto axes = layer.axes(opt);
    return {axes.begin(), axes.begin() + layer.info().axes};
  }

  // "set stride to 2 and output_padding to 0 on `a` and `b`"
  std::string title(const Trial& trial) const {
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;  // what is set, on which layers
    for (std::size_t i = 0; i < trial.sets.size();) {
      const LayerId on = trial.sets[i].layer;
      std::string what;
      for (; i < trial.sets.size() && trial.sets[i].layer == on; ++i)
        what += (what.empty()                                                  ? ""
                 : i + 1 == trial.sets.size() || trial.sets[i + 1].layer != on ? " and "
                                                                               : ", ") +
                std::string(to_string(trial.sets[i].opt)) + " to " + short_json(trial.sets[i].value);
      auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == what; });
      if (group == groups.end()) group = groups.insert(groups.end(), {what, {}});
      group->second.push_back("`" + layer(on).name + "`");
    }
    if (groups.size() > 3)
      return "set stride and output_padding of " + std::to_string(trial.layers) +
             " layers so that they undo the layers that they mirror";
    std::string text = "set ";
    for (std::size_t g = 0; g < groups.size(); ++g) {
      text += (g > 0 ? ", " : "") + groups[g].first + " on ";
      const auto& names = groups[g].second;
      for (std::size_t n = 0; n < names.size(); ++n)
        text += (n == 0 ? "" : n + 1 == names.size() ? " and " : ", ") + names[n];
    }
    return text;
  }

  // True when it closes everything by formula.
  bool attempt(const Trial& trial) {
    if (!trials_.close(trial.sets, s_.steps)) return false;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.amount = trial.amount;
    candidate.title = title(trial);
    if (!add_sets(s_, trial.sets, candidate)) return false;
    found_.push_back(std::move(candidate));
    return true;
  }

  // Where neither closes it alone: an even kernel that has to keep its map, a transposed one beyond its
  // stride.
  void kernel_with_padding(LayerId index) {
    const LayerSpec& one = layer(index);
    const auto kernel = values_of(one, Opt::kernel_size);
    const auto padding = values_of(one, Opt::padding);
    const std::int64_t k = kernel[0];
    const std::int64_t p = padding[0];
    if (!numeric(one, Opt::padding) || std::count(kernel.begin(), kernel.end(), k) != std::ssize(kernel) ||
        std::count(padding.begin(), padding.end(), p) != std::ssize(padding))
      return;
    const auto all = [&](std::int64_t n) { return Value{std::vector<std::int64_t>(kernel.size(), n)}; };
    const auto closes = [&](const std::vector<Set>& sets) { return trials_.close(sets, pair_steps_); };
    for (const std::int64_t by : {-1, 1, -2, 2}) {
      const std::int64_t fresh = k + by;
      if (fresh < 1 || closes({{index, Opt::kernel_size, all(fresh)}})) continue;
      for (std::int64_t pad = std::max<std::int64_t>(p - 2, 0); pad <= std::min(p + 2, fresh / 2); ++pad) {
        if (pad == p || closes({{index, Opt::padding, all(pad)}})) continue;
        // Checkerboards come from kernels that the stride does not divide.
        const bool uneven = one.info().family == Family::conv_transpose && fresh % window_of(one, 0).s != 0;
        const std::vector<Set> both{{index, Opt::kernel_size, all(fresh)}, {index, Opt::padding, all(pad)}};
        if (!closes(both)) continue;
        attempt({both, 1, 8 + 2 * std::abs(by) + 2 * std::abs(pad - p) + (uneven ? 4 : 0)});
      }
    }
  }

  // A generator goes up by the product of its strides: where another whole number is wanted, as a vocoder's
  // hop, the nearest strides with that product, each with the kernel and padding by which it multiplies
  // exactly.
  void strides_of_a_rate() {
    const std::vector<Axis> axes = spatial_axes(s_.spec);
    const Shape* got = s_.trace.result(s_.spec);
    if (axes.size() != 1 || got == nullptr || !s_.spec.expect) return;
    const Shape wanted = expected_shape(s_.spec, *s_.spec.expect);
    const std::int64_t in = s_.spec.inputs[0].shape.back();
    if (wanted.size() != got->size() || in < 1 || wanted.back() <= in || wanted.back() % in != 0) return;
    std::vector<LayerId> ups;
    std::vector<std::int64_t> present;
    for (const LayerId i : s_.path_to({s_.spec.layers.last_id(), 0})) {
      const SizeStep step = step_of(s_.trace, i, axes[0]);
      if (step.in == step.out) continue;
      if (layer(i).broken || layer(i).info().family != Family::conv_transpose) return;
      const Window w = window_of(layer(i), 0);
      if (w.d != 1 || step.in * w.s != step.out) return;
      ups.push_back(i);
      present.push_back(w.s);
    }
    const std::vector<std::int64_t> fresh = nearest_factors(wanted.back() / in, present);
    if (fresh.empty()) return;
    Trial trial;
    trial.layers = 0;
    for (std::size_t n = 0; n < ups.size(); ++n) {
      if (fresh[n] == present[n]) continue;
      const Window w = window_of(layer(ups[n]), 0);
      std::int64_t kernel = w.k % w.s == 0 ? w.k / w.s * fresh[n] : std::max(w.k + fresh[n] - w.s, fresh[n]);
      kernel += (kernel - fresh[n]) % 2;
      const auto put = [&](Opt opt, std::int64_t value) {
        if (values_of(layer(ups[n]), opt)[0] != value)
          trial.sets.push_back({ups[n], opt, Value{std::vector<std::int64_t>{value}}});
      };
      put(Opt::stride, fresh[n]);
      put(Opt::kernel_size, kernel);
      put(Opt::padding, (kernel - fresh[n]) / 2);
      put(Opt::output_padding, 0);
      ++trial.layers;
      trial.amount += std::abs(fresh[n] - present[n]);
    }
    if (attempt(trial)) found_.back().of_a_rate = true;
  }

  // As many factors of `product`, none of them 1 and falling or equal as the present ones do, the least apart
  // from these. Empty where there are none, or too many to try.
  static std::vector<std::int64_t> nearest_factors(std::int64_t product,
                                                   const std::vector<std::int64_t>& present) {
    std::vector<std::int64_t> best, now;
    std::int64_t least = INT64_MAX;
    int tries = 100'000;
    const auto next = [&](const auto& self, std::int64_t rest, std::int64_t apart) -> void {
      if (apart >= least || --tries < 0) return;
      const std::size_t at = now.size();
      if (at == present.size()) {
        if (rest == 1) best = now, least = apart;
        return;
      }
      for (std::int64_t f = 2; f <= std::min<std::int64_t>(rest, 64); ++f) {
        if (rest % f != 0) continue;
        if (at > 0 && present[at] <= present[at - 1] && f > now.back()) continue;
        now.push_back(f);
        self(self, rest / f, apart + std::abs(f - present[at]));
        now.pop_back();
      }
    };
    if (present.size() > 1 && present.size() <= 8) next(next, product, 0);
    return tries < 0 ? std::vector<std::int64_t>{} : best;
  }

  // One window over all that is left of the map, as the last layer of a discriminator has it.
  void over_the_whole_map(LayerId index) {
    constexpr std::int64_t most = 32;  // nobody convolves more at once
    const LayerSpec& one = layer(index);
    const LayerTrace& row = s_.trace.row(index);
    const auto axes = one.info().axes;
    if (!numeric(one, Opt::padding) || row.inputs.empty() || std::ssize(row.inputs[0]) < axes) return;
    const std::vector<std::int64_t> map(row.inputs[0].end() - axes, row.inputs[0].end());
    const std::vector<std::int64_t> kernel = values_of(one, Opt::kernel_size);
    Trial trial;
    for (std::size_t a = 0; a < map.size(); ++a) {
      if (map[a] < 1 || map[a] > most || window_of(one, static_cast<int>(a)).d != 1) return;
      trial.amount += std::abs(map[a] - kernel[a]);
    }
    if (kernel != map) trial.sets.push_back({index, Opt::kernel_size, Value{map}});
    const std::vector<std::int64_t> none(map.size(), 0);
    if (values_of(one, Opt::padding) != none) trial.sets.push_back({index, Opt::padding, Value{none}});
    if (trial.sets.size() == 2) attempt(trial);  // one alone is tried anyway
  }

  // One upsampling too many: with stride 1 and the nearest odd kernel the layer keeps the size.
  void one_too_many(LayerId index) {
    const LayerSpec& one = layer(index);
    std::vector<std::int64_t> kernel, padding;
    bool stepped = false;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      stepped = stepped || w.s > 1;
      if (w.d != 1) return;
      kernel.push_back(w.k % 2 == 0 ? w.k - 1 : w.k);
      padding.push_back((kernel.back() - 1) / 2);
    }
    if (!stepped) return;
    const std::vector<std::int64_t> ones(kernel.size(), 1);
    Trial trial{{{index, Opt::stride, Value{ones}}}, 1, 8};
    const auto put = [&](Opt opt, std::vector<std::int64_t> fresh) {
      if (values_of(one, opt) != fresh) trial.sets.push_back({index, opt, Value{std::move(fresh)}});
    };
    put(Opt::kernel_size, std::move(kernel));
    put(Opt::padding, std::move(padding));
    put(Opt::output_padding, std::vector<std::int64_t>(ones.size(), 0));
    attempt(trial);
  }

  // A stride that makes the sizes fit, together with the output_padding that it allows.
  void stride_with_padding(LayerId index) {
    const LayerSpec& one = layer(index);
    const std::vector<std::int64_t> present = values_of(one, Opt::stride);
    if (s_.finding.code == Code::R301 || s_.finding.code == Code::R302 || s_.finding.code == Code::R303)
      one_too_many(index);
    for (const std::int64_t stride : {2, 3, 4}) {
      if (std::count(present.begin(), present.end(), stride) == static_cast<std::ptrdiff_t>(present.size()))
        continue;
      for (std::int64_t op = 0; op < stride; ++op) {
        const auto axes = present.size();
        if (attempt({{{index, Opt::stride, Value{std::vector<std::int64_t>(axes, stride)}},
                      {index, Opt::output_padding, Value{std::vector<std::int64_t>(axes, op)}}},
                     1,
                     3 + op}))
          return;
      }
    }
  }

  // The padding with which a convolution of stride 1 that shrinks the map keeps it; nothing for an even
  // kernel.
  std::optional<std::vector<std::int64_t>> keeping_padding(LayerId index) const {
    const LayerSpec& one = layer(index);
    if (!shrinks(index)) return std::nullopt;
    std::vector<std::int64_t> padding;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      const std::int64_t spread = w.reach();
      if (spread % 2 != 0) return std::nullopt;
      padding.push_back(spread / 2);
    }
    return padding;
  }

  bool shrinks(LayerId index) const {
    const LayerSpec& one = layer(index);
    if (one.broken || one.info().family != Family::conv || !numeric(one, Opt::padding)) return false;
    bool less = false;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      if (w.s != 1 || w.net_kernel() < 1) return false;
      less = less || w.net_kernel() > 1;
    }
    return less;
  }

  void pad_all(const std::vector<Set>& sets, const std::string& title) {
    constexpr std::size_t most_layers = 64;
    if (sets.size() < 2 || sets.size() > most_layers) return;  // single ones are tried anyway
    Trial trial{sets, static_cast<int>(sets.size()), static_cast<std::int64_t>(sets.size())};
    if (!attempt(trial) || sets.size() < 4) return;
    const bool same = std::all_of(sets.begin(), sets.end(),
                                  [&](const Set& set) { return set.value == sets.front().value; });
    found_.back().title = "set padding" + (same ? " to " + short_json(sets.front().value) : std::string()) +
                          " on " + title.substr(0, title.find('#')) + std::to_string(sets.size()) +
                          title.substr(title.find('#') + 1);
  }

  // The axis along which a kernel is longer than along all others; nothing of a square one.
  static std::optional<std::ptrdiff_t> longest_side(const LayerSpec& one) {
    if (one.broken || one.find(Opt::kernel_size) == nullptr) return std::nullopt;
    const auto kernel = one.axes(Opt::kernel_size);
    const auto end = kernel.begin() + one.info().axes;
    const auto most = std::max_element(kernel.begin(), end);
    return std::count(kernel.begin(), end, *most) == 1 ? std::optional(most - kernel.begin()) : std::nullopt;
  }

  // Kernels of its kind that are longer along one axis are longer along the same one: it lies as it should.
  bool lies_as_others(LayerId index) const {
    const auto mine = longest_side(layer(index));
    int alike = 0;
    for (LayerId i{0}; mine && i < s_.spec.layers.end_id(); ++i) {
      if (i == index || layer(i).kind != layer(index).kind) continue;
      const auto its = longest_side(layer(i));
      if (its && its != mine) return false;
      alike += its ? 1 : 0;
    }
    return alike > 0;
  }

  // Axes taken for each other: (1, 22) where (22, 1) was meant, in all that the layer says of them, or in one
  // of its options.
  void exchanged_axes(LayerId index) {
    const LayerSpec& one = layer(index);
    if (one.broken || one.info().axes < 2 || lies_as_others(index)) return;
    std::vector<std::size_t> order(one.axis_count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    while (std::next_permutation(order.begin(), order.end()))
      if (in_order(index, order)) return;
  }

  // True where all options in that order close it.
  bool in_order(LayerId index, const std::vector<std::size_t>& order) {
    // Of a layer and the one that undoes it, it is the latter that gives way.
    Trial all{{}, 1, goes_up(layer(index).info().family) ? 0 : 1};
    for (const OptionValue& option : layer(index).options) {
      if (!option.written) continue;
      Value fresh = option.value;
      const auto turn = [&](auto& list) {
        if (list.size() != order.size()) return false;
        const auto was = list;
        for (std::size_t a = 0; a < order.size(); ++a) list[a] = was[order[a]];
        return list != was;
      };
      auto* numbers = std::get_if<std::vector<std::int64_t>>(&fresh);
      auto* factors = std::get_if<std::vector<double>>(&fresh);
      const bool turned = numbers != nullptr ? turn(*numbers) : factors != nullptr && turn(*factors);
      const bool per_axis = option.info->opt != Opt::dims && option.info->opt != Opt::normalized_shape;
      if (turned && per_axis) all.sets.push_back({index, option.info->opt, std::move(fresh)});
    }
    if (all.sets.empty()) return false;
    if (attempt(all)) {
      found_.back().exchanges_axes = true;
      return true;
    }
    for (const Set& set : all.sets)
      if (all.sets.size() > 1 && attempt({{set}, 1, 2})) found_.back().exchanges_axes = true;
    return false;
  }

  // A result that is a whole number of times what is wanted, or of which that is, once the convolutions that
  // trim the map keep it: that is one mistake, and a stage too many or too few is another.
  void kept_then_scaled(std::vector<Candidate>& partial) {
    const Shape* got = s_.trace.result(s_.spec);
    if (!s_.spec.expect || got == nullptr || got->size() < 3 || first_fault(s_.trace)) return;
    const Shape want = expected_shape(s_.spec, *s_.spec.expect);
    std::vector<Set> sets;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i)
      if (auto padding = keeping_padding(LayerId(i)))
        sets.push_back({LayerId(i), Opt::padding, Value{std::move(*padding)}});
    const auto layers = static_cast<std::int64_t>(s_.spec.layers.size());
    if (sets.empty() || sets.size() > 4 || want.size() != got->size() || s_.steps < layers) return;
    Spec changed = s_.spec;
    for (const Set& set : sets) changed.layer(set.layer).set(set.opt, set.value);
    s_.steps -= layers;
    const Trace trace = infer(changed);
    const Shape* kept = trace.result(changed);
    if (kept == nullptr || kept->size() != want.size()) return;
    for (std::size_t k = 2; k < want.size(); ++k) {
      const std::int64_t most = std::max((*kept)[k], want[k]);
      const std::int64_t least = std::min((*kept)[k], want[k]);
      if (want[k] != Expect::any_size && (least < 2 || most % least != 0)) return;
    }
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.amount = 1;
    candidate.title = title({sets, static_cast<int>(sets.size()), 1});
    if (add_sets(s_, sets, candidate)) partial.push_back(std::move(candidate));
  }

  // What people mean by padding "same": every convolution that trims the map keeps it instead.
  void same_padding() {
    std::vector<Set> sets;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerId index(i);
      if (auto padding = keeping_padding(index))
        sets.push_back({index, Opt::padding, Value{std::move(*padding)}});
    }
    pad_all(sets, "all # convolutions that trim the map, so that they keep its size");
  }

  // Unpadded convolutions on the way down trim the map. Those on the way up, with padding d(k-1) less that of
  // their mirror image, give it back: what a transposed convolution of stride 1 does.
  void mirrored_padding() {
    if (s_.spec.layers.empty()) return;
    std::vector<Set> sets;
    bool up = false;
    for (const LayerId i : s_.path_to({s_.spec.layers.last_id(), 0})) {
      up = up || goes_up(layer(i).info().family);
      if (!up || !shrinks(i)) continue;
      std::vector<std::int64_t> padding;
      for (int a = 0; a < layer(i).info().axes; ++a) {
        const Window w = window_of(layer(i), a);
        padding.push_back(w.reach() - w.before);
      }
      sets.push_back({i, Opt::padding, Value{std::move(padding)}});
    }
    pad_all(sets, "the # convolutions on the way up, so that they give back what those on the way down trim");
  }

  // The layers that step on the longest way, each with the transposed layer that is its mirror image: down,
  // up. Empty where it is not one hourglass.
  std::vector<std::pair<LayerId, LayerId>> hourglass(int axes) const {
    std::vector<LayerId> downs;
    std::vector<std::pair<LayerId, LayerId>> pairs;
    for (const LayerId i : s_.path_to({s_.spec.layers.last_id(), 0})) {
      const LayerSpec& one = layer(i);
      if (!has_window(one) || one.info().axes != axes) continue;
      if (one.info().family != Family::conv_transpose) {
        bool steps = false;
        for (int a = 0; a < one.info().axes; ++a) steps = steps || window_of(one, a).s > 1;
        if (!pairs.empty() && steps) return {};
        if (steps) downs.push_back(i);
      } else {
        if (pairs.size() == downs.size()) return {};
        pairs.emplace_back(downs[downs.size() - 1 - pairs.size()], i);
      }
    }
    if (pairs.size() != downs.size()) return {};
    return pairs;
  }

  // The window of `above` with the stride of `down` that gives back along an axis what that one took: the
  // present kernel where some output_padding fits, else the nearest that does.
  std::optional<Window> undoing(LayerId down, const LayerSpec& above, int a, const Axis& axis) const {
    const SizeStep taken = step_of(s_.trace, down, axis);
    if (taken.in == 0 || taken.out == 0) return std::nullopt;
    Window w = window_of(above, a);
    w.s = window_of(layer(down), a).s;
    std::int64_t missing = taken.in - ((taken.out - 1) * w.s + w.net_kernel());
    while (missing < 0 && w.k > 1) {
      --w.k;
      missing += w.d;
    }
    while (missing >= w.s) {
      ++w.k;
      missing -= w.d;
    }
    if (missing < 0 || missing >= std::max(w.s, w.d)) return std::nullopt;
    w.output_padding = missing;
    return w;
  }

  // As many transposed layers as layers that step, in mirrored order, but with other strides: each
  // gets the stride of its mirror image and the output_padding, padding or kernel that makes it fit.
  void mirror_strides() {
    const std::vector<Axis> axes = spatial_axes(s_.spec);
    if (axes.empty() || s_.spec.layers.empty()) return;
    Trial trial;
    trial.layers = 0;
    for (const auto& pair : hourglass(static_cast<int>(axes.size()))) {
      const LayerId up = pair.second;
      const LayerSpec& above = layer(up);
      std::vector<std::int64_t> stride, kernel, output_padding;
      for (int a = 0; a < above.info().axes; ++a) {
        const auto fitted = undoing(pair.first, above, a, axes[static_cast<std::size_t>(a)]);
        if (!fitted) return;
        stride.push_back(fitted->s);
        kernel.push_back(fitted->k);
        output_padding.push_back(fitted->output_padding);
      }
      const auto set = [&](Opt opt, std::vector<std::int64_t> fresh) {
        if (values_of(above, opt) == fresh) return;
        for (std::size_t a = 0; a < fresh.size(); ++a)
          trial.amount += std::abs(fresh[a] - values_of(above, opt)[a]);
        trial.sets.push_back({up, opt, Value{std::move(fresh)}});
      };
      const std::size_t before = trial.sets.size();
      set(Opt::stride, std::move(stride));
      set(Opt::kernel_size, std::move(kernel));
      set(Opt::output_padding, std::move(output_padding));
      trial.layers += trial.sets.size() > before ? 1 : 0;
    }
    const bool only_padding = std::all_of(trial.sets.begin(), trial.sets.end(),
                                          [](const Set& set) { return set.opt == Opt::output_padding; });
    if (!only_padding && trial.layers <= 8) attempt(trial);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Trials& trials_;
  std::int64_t pair_steps_ = s_.steps / 4;  // what the rest still needs is not theirs
  std::vector<Candidate> found_;
};

}  // namespace

void suggest_windows(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  Windows(s, out).run(partial);
}

}  // namespace shapedbg
