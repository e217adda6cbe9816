// padding, kernel_size, stride, dilation and ceil_mode of the layers where sizes went apart: small ranges
// around what is written, and the numbers by which a transposed layer undoes the layer that it mirrors.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "diagnose/path.h"
#include "repair/suggest.h"

namespace shapedbg {
namespace {

struct Trial {
  std::vector<Set> sets;
  int layers = 1;
  std::int64_t amount = 0;
};

bool has_window(const LayerSpec& layer) {
  if (layer.broken) return false;
  switch (layer.info().family) {
    case Family::conv:
    case Family::conv_transpose:
    case Family::max_pool:
    case Family::avg_pool:
    case Family::lp_pool:
      return true;
    default:
      return false;
  }
}

bool numeric(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  return option != nullptr && !std::holds_alternative<std::string>(option->value);
}

class Windows {
 public:
  Windows(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out) {}

  void run() {
    mirror_strides();
    for (const int layer : suspects(s_)) around(layer);
    // Only the best few are worth being read again from changed bytes.
    constexpr std::size_t most = 6;
    std::stable_sort(found_.begin(), found_.end(), [](const Candidate& a, const Candidate& b) {
      return std::pair(a.places, a.amount) < std::pair(b.places, b.amount);
    });
    for (std::size_t i = 0; i < std::min(most, found_.size()); ++i) out_.push_back(std::move(found_[i]));
  }

 private:
  const LayerSpec& layer(int index) const { return s_.spec.layers[static_cast<std::size_t>(index)]; }

  static std::vector<std::int64_t> values_of(const LayerSpec& layer, Opt opt) {
    const auto axes = layer.axes(opt);
    return {axes.begin(), axes.begin() + layer.info().axes};
  }

  // "set stride to 2 and output_padding to 0 on `a` and `b`"
  std::string title(const Trial& trial) const {
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;  // what is set, on which layers
    for (std::size_t i = 0; i < trial.sets.size();) {
      const int on = trial.sets[i].layer;
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

  bool more_padding_than_map(const Trial& trial) const {
    for (const Set& set : trial.sets) {
      const auto* padding = std::get_if<std::vector<std::int64_t>>(&set.value);
      const auto& inputs = s_.trace.layers[static_cast<std::size_t>(set.layer)].inputs;
      if (set.opt != Opt::padding || padding == nullptr || inputs.empty()) continue;
      if (layer(set.layer).info().family == Family::conv_transpose) continue;
      const auto present = layer(set.layer).axes(Opt::padding);
      for (std::size_t a = 0; a < padding->size(); ++a) {
        const std::int64_t size = inputs[0][inputs[0].size() - padding->size() + a];
        if ((*padding)[a] > present[a] && 2 * (*padding)[a] >= size) return true;
      }
    }
    return false;
  }

  // True when it closes everything by formula.
  bool attempt(const Trial& trial) {
    const auto layers = static_cast<std::int64_t>(s_.spec.layers.size());
    if (s_.steps < layers) return false;
    Spec changed = s_.spec;
    for (const Set& set : trial.sets)
      set_value(changed.layers[static_cast<std::size_t>(set.layer)], set.opt, set.value);
    if (!would_hold(s_, changed)) return false;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.places = trial.layers;
    candidate.amount = trial.amount;
    candidate.title = title(trial);
    if (more_padding_than_map(trial)) candidate.doubt = Doubt::nonsense;
    if (!add_sets(s_, trial.sets, candidate)) return false;
    found_.push_back(std::move(candidate));
    return true;
  }

  // One option of one layer, on all axes or on one.
  void around(int index) {
    const LayerSpec& one = layer(index);
    if (!has_window(one)) return;
    struct Range {
      Opt opt;
      std::int64_t reach;
      std::int64_t least;
    };
    const Range ranges[] = {
        {Opt::padding, 3, 0}, {Opt::stride, 2, 1}, {Opt::kernel_size, 3, 1}, {Opt::dilation, 2, 1}};
    if (one.find(Opt::ceil_mode) != nullptr)
      attempt({{{index, Opt::ceil_mode, Value{!one.flag(Opt::ceil_mode)}}}, 1, 1});
    for (const Range& range : ranges) {
      if (!numeric(one, range.opt)) continue;
      const std::vector<std::int64_t> present = values_of(one, range.opt);
      // Where nobody thought of dilation, it would only tear holes into the kernel.
      const bool dilated = std::any_of(present.begin(), present.end(), [](std::int64_t d) { return d > 1; });
      if (range.opt == Opt::dilation && !dilated) continue;
      // Nearest values first; the first that fits is enough.
      bool closed = false;
      for (std::int64_t step = 1; step <= range.reach && !closed; ++step) {
        for (const std::int64_t by : {step, -step})
          closed = closed || shifted(index, range.opt, present, by, range.least);
      }
    }
    if (one.info().family == Family::conv_transpose) stride_with_padding(index);
  }

  bool shifted(int index, Opt opt, const std::vector<std::int64_t>& present, std::int64_t by,
               std::int64_t least) {
    std::vector<std::int64_t> all = present;
    bool legal = true;
    for (std::int64_t& value : all) legal = legal && (value += by) >= least;
    // A kernel counts as more surprising than a border: weights go with it.
    const std::int64_t amount = std::abs(by) + (opt == Opt::kernel_size ? 4 : opt == Opt::dilation ? 6 : 0);
    if (legal && attempt({{{index, opt, Value{all}}}, 1, amount})) return true;
    for (std::size_t a = 0; present.size() > 1 && a < present.size(); ++a) {
      std::vector<std::int64_t> single = present;
      if ((single[a] += by) >= least && attempt({{{index, opt, Value{single}}}, 1, amount + 1})) return true;
    }
    return false;
  }

  // A stride that makes the sizes fit, together with the output_padding that it allows.
  void stride_with_padding(int index) {
    const LayerSpec& one = layer(index);
    const std::vector<std::int64_t> present = values_of(one, Opt::stride);
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

  // As many transposed layers as layers that step, in mirrored order, but with other strides: each
  // gets the stride of its mirror image and the output_padding, padding or kernel that makes it fit.
  void mirror_strides() {
    const std::vector<Axis> axes = spatial_axes(s_.spec);
    if (axes.empty() || s_.spec.layers.empty()) return;
    const std::vector<int> path = longest_path(s_.spec, {static_cast<int>(s_.spec.layers.size()) - 1, 0});
    std::vector<int> downs;
    std::vector<std::pair<int, int>> pairs;  // down, up
    for (const int i : path) {
      const LayerSpec& one = layer(i);
      if (!has_window(one) || one.info().axes != static_cast<int>(axes.size())) continue;
      if (one.info().family != Family::conv_transpose) {
        if (!pairs.empty() && window_of(one, 0).s > 1) return;  // not one hourglass
        if (window_of(one, 0).s > 1) downs.push_back(i);
      } else {
        if (pairs.size() == downs.size()) return;
        pairs.emplace_back(downs[downs.size() - 1 - pairs.size()], i);
      }
    }
    if (pairs.empty() || pairs.size() != downs.size()) return;
    Trial trial;
    trial.layers = 0;
    for (const auto& [down, up] : pairs) {
      const LayerSpec& above = layer(up);
      std::vector<std::int64_t> stride, kernel, output_padding;
      for (int a = 0; a < above.info().axes; ++a) {
        const SizeStep taken = step_of(s_.trace, down, axes[static_cast<std::size_t>(a)]);
        Window w = window_of(above, a);
        if (taken.in == 0 || taken.out == 0) return;
        w.s = window_of(layer(down), a).s;
        // The present kernel where some output_padding fits, else the nearest that does.
        std::int64_t missing = taken.in - ((taken.out - 1) * w.s + w.net_kernel());
        while (missing < 0 && w.k > 1) {
          --w.k;
          missing += w.d;
        }
        while (missing >= w.s) {
          ++w.k;
          missing -= w.d;
        }
        if (missing < 0 || missing >= std::max(w.s, w.d)) return;
        stride.push_back(w.s);
        kernel.push_back(w.k);
        output_padding.push_back(missing);
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
  std::vector<Candidate> found_;
};

}  // namespace

void suggest_windows(const Situation& s, std::vector<Candidate>& out) { Windows(s, out).run(); }

}  // namespace shapedbg
