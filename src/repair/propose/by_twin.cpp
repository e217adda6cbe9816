// The same change on every twin: layers of two branches that should be alike, and a padding that a whole
// group of layers lacks (convolutions of one branch, strided ones, transposed ones, reflected or causal
// Pads).
#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>

#include "flow/path.h"
#include "flow/telling_inputs.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_twins = 64;

bool slides(const LayerSpec& layer) { return !layer.broken && has_free_window(layer.info().family); }

bool written_padding(const LayerSpec& layer) {
  const OptionValue* option = layer.find(Opt::padding);
  return option != nullptr && !std::holds_alternative<std::string>(option->value);
}

std::vector<std::int64_t> values_of(const LayerSpec& layer, Opt opt) {
  const auto all = layer.axes(opt);
  return {all.begin(), all.begin() + layer.info().axes};
}

class Twins {
 public:
  Twins(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out), trials_(s.trials()) {}

  void run() {
    if (const auto fault = first_fault(s_.trace))
      if (layer(*fault).inputs.size() > 1) branches_of(*fault);
    std::vector<LayerId> all;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) all.push_back(LayerId(i));
    groups(all);
    for (const LayerId i : all) like_siblings(i);
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  // The ways to two inputs of a merge that bring other sizes, without what they share.
  void branches_of(LayerId merge) {
    const auto& inputs = s_.trace.row(merge).inputs;
    const auto& refs = layer(merge).inputs;
    if (inputs.size() != refs.size()) return;
    const std::vector<std::size_t> told = telling_inputs(inputs);
    for (const std::size_t k : told) {
      for (const std::size_t m : told) {
        if (m <= k || inputs[k] == inputs[m]) continue;
        std::vector<LayerId> one = s_.path_to(refs[k]);
        std::vector<LayerId> other = s_.path_to(refs[m]);
        part(one, other);
        alike(one, other);
        alike(other, one);
        missing(merge, m, other, one);
        missing(merge, k, one, other);
        missing_at_the_end(merge, m, other, one);
        missing_at_the_end(merge, k, one, other);
        groups(one);
        groups(other);
      }
    }
  }

  // Leaves out of both ways what they share; they are in running order.
  static void part(std::vector<LayerId>& one, std::vector<LayerId>& other) {
    std::vector<LayerId> left, right;
    std::set_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(left));
    std::set_difference(other.begin(), other.end(), one.begin(), one.end(), std::back_inserter(right));
    one = std::move(left);
    other = std::move(right);
  }

  // The one layer without weights that `model` has and `branch`, alike in all other kinds, has not: put in
  // there. `input` is where the merge takes the branch.
  void missing(LayerId merge, std::size_t input, const std::vector<LayerId>& branch,
               const std::vector<LayerId>& model) {
    if (model.size() != branch.size() + 1 || branch.empty() || model.size() > most_twins) return;
    std::size_t at = 0;
    while (at < branch.size() && layer(branch[at]).kind == layer(model[at]).kind) ++at;
    for (std::size_t k = at; k < branch.size(); ++k)
      if (layer(branch[k]).kind != layer(model[k + 1]).kind) return;
    const LayerSpec& lacks = layer(model[at]);
    const auto options = written_options(s_.spec, lacks);
    if (!options || lacks.inputs.size() != 1 || lacks.info().family == Family::adaptive_pool ||
        !facts(lacks.kind).weights.empty())
      return;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    const std::string type(lacks.typed_as);
    const bool behind = at == branch.size();
    if (behind ? !put_on_input(s_, merge, input, type, *options, candidate)
               : !put_on_input(s_, branch[at], type, *options, candidate))
      return;
    const auto changed = changed_by(s_, candidate);
    if (!changed || !holds(*changed, infer(*changed))) return;
    candidate.title = "put " + with_article(type) + " like `" + lacks.name + "` in front of `" +
                      layer(behind ? merge : branch[at]).name + "`, as the other branch has it";
    out_.push_back(std::move(candidate));
  }

  // How many layers at the end of a way only lay its elements out anew.
  std::size_t views_at_the_end(const std::vector<LayerId>& way) const {
    const auto end = std::find_if(way.rbegin(), way.rend(), [&](LayerId i) {
      const Effect effect = facts(layer(i).kind).effect;
      return layer(i).inputs.size() != 1 || (effect != Effect::regrouped && effect != Effect::reordered);
    });
    return static_cast<std::size_t>(end - way.rbegin());
  }

  // Both ways end in a layer of one kind, behind which one of them lays its elements out anew and the other
  // does so in part or not at all: heads whose maps become rows of boxes.
  void missing_at_the_end(LayerId merge, std::size_t input, const std::vector<LayerId>& branch,
                          const std::vector<LayerId>& model) {
    const std::size_t wanted = views_at_the_end(model);
    const std::size_t there = views_at_the_end(branch);
    const bool known = wanted == there + 1 && branch.size() + 1 == model.size();  // missing() looks at that
    if (wanted <= there || wanted >= model.size() || there >= branch.size() || known) return;
    const LayerSpec& head = layer(model[model.size() - wanted - 1]);
    const LayerSpec& other = layer(branch[branch.size() - there - 1]);
    const bool alike = head.kind == other.kind && !head.broken && !other.broken && slides(head) &&
                       head.axes(Opt::kernel_size) == other.axes(Opt::kernel_size);
    const auto views = model.end() - static_cast<std::ptrdiff_t>(wanted);
    for (std::size_t k = 0; k < there && alike; ++k)
      if (layer(branch[branch.size() - there + k]).kind != layer(views[static_cast<std::ptrdiff_t>(k)]).kind)
        return;
    if (alike)
      lay_out(merge, input, {views + static_cast<std::ptrdiff_t>(there), model.end()}, branch.back());
  }

  // Layers like `views`, one behind the other, on an input of a merge.
  void lay_out(LayerId merge, std::size_t input, const std::vector<LayerId>& views, LayerId behind) {
    Candidate candidate;
    candidate.kind = FixKind::stage;
    candidate.telling = true;
    std::vector<PutIn> row;
    for (const LayerId i : views) {
      const auto options = written_options(s_.spec, layer(i));
      if (!options) return;
      row.push_back({std::string(layer(i).typed_as), *options});
      candidate.title += (candidate.title.empty() ? "put " : " and ") + with_article(row.back().type) +
                         " like `" + layer(i).name + "`";
    }
    if (!put_in_a_row(s_, merge, input, row, candidate)) return;
    candidate.title += " between `" + layer(behind).name + "` and `" + layer(merge).name + "`";
    const auto changed = changed_by(s_, candidate);
    if (changed && holds(*changed, infer(*changed))) out_.push_back(std::move(candidate));
  }

  // Gives layers of `branch` the options of their twins in `model`: same kind, in the same order.
  void alike(const std::vector<LayerId>& branch, const std::vector<LayerId>& model) {
    std::vector<Set> sets;
    std::size_t from = 0;
    std::int64_t padded_less = 0;
    for (const LayerId i : branch) {
      if (!slides(layer(i))) continue;
      const auto twin =
          std::find_if(model.begin() + static_cast<std::ptrdiff_t>(from), model.end(),
                       [&](LayerId m) { return slides(layer(m)) && layer(m).kind == layer(i).kind; });
      if (twin == model.end()) break;
      from = static_cast<std::size_t>(twin - model.begin()) + 1;
      for (const Opt opt : {Opt::padding, Opt::stride, Opt::dilation, Opt::output_padding, Opt::kernel_size,
                            Opt::ceil_mode}) {
        const OptionValue* mine = layer(i).find(opt);
        const OptionValue* other = layer(*twin).find(opt);
        if (mine == nullptr || other == nullptr || mine->value == other->value) continue;
        if (opt == Opt::padding && written_padding(layer(i)) && written_padding(layer(*twin)) &&
            values_of(layer(i), opt) == values_of(layer(*twin), opt))
          continue;
        if (opt == Opt::padding && written_padding(layer(i)) && written_padding(layer(*twin)) &&
            values_of(layer(i), opt)[0] > values_of(layer(*twin), opt)[0])
          ++padded_less;
        sets.push_back({i, opt, other->value});
      }
    }
    // A padding is forgotten more often than it is one too many, and a number of one axis alone is a slip.
    padded_less += uneven(sets);
    propose(sets, 4 * padded_less);
    // Of several differences one may be all there is to it.
    if (sets.size() > 1)
      for (const Set& set : sets) propose({set}, 1 + 4 * padded_less);
  }

  // In how many of `sets` the axes have more numbers among them than they had.
  std::int64_t uneven(const std::vector<Set>& sets) const {
    const auto numbers = [](std::vector<std::int64_t> all) {
      std::sort(all.begin(), all.end());
      return std::unique(all.begin(), all.end()) - all.begin();
    };
    return std::count_if(sets.begin(), sets.end(), [&](const Set& set) {
      const auto* fresh = std::get_if<std::vector<std::int64_t>>(&set.value);
      if (fresh == nullptr || std::ssize(*fresh) != layer(set.layer).info().axes) return false;
      const OptionValue* was = layer(set.layer).find(set.opt);
      return !std::holds_alternative<std::string>(was->value) &&
             numbers(*fresh) > numbers(values_of(layer(set.layer), set.opt));
    });
  }

  // The one stage up of its kind and kernel that steps, pads or dilates otherwise than all the others.
  void like_siblings(LayerId index) {
    const LayerSpec& odd = layer(index);
    if (!slides(odd) || odd.info().family != Family::conv_transpose) return;
    const LayerSpec* model = nullptr;
    int siblings = 0;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerSpec& other = s_.spec.layers[i];
      if (LayerId(i) == index || !slides(other) || other.kind != odd.kind ||
          other.axes(Opt::kernel_size) != odd.axes(Opt::kernel_size))
        continue;
      if (model != nullptr && !differences(index, *model, other).empty()) return;
      model = &other;
      ++siblings;
    }
    if (siblings < 2 || odd.axes(Opt::stride) == model->axes(Opt::stride)) return;
    propose(differences(index, odd, *model), 1, true);
  }

  // What would have to be set on layer `index` where `one` is unlike `other`.
  static std::vector<Set> differences(LayerId index, const LayerSpec& one, const LayerSpec& other) {
    std::vector<Set> sets;
    for (const Opt opt : {Opt::stride, Opt::padding, Opt::output_padding, Opt::dilation}) {
      const OptionValue* mine = one.find(opt);
      const OptionValue* its = other.find(opt);
      if (mine != nullptr && its != nullptr && mine->value != its->value)
        sets.push_back({index, opt, its->value});
    }
    return sets;
  }

  using Rule = std::function<std::optional<Value>(const LayerSpec&)>;

  // Convolutions of stride 1 that do not keep the map, elsewhere: it is meant to be trimmed.
  bool trimmed_elsewhere(const std::vector<LayerId>& among) const {
    PerLayer<char> inside(s_.spec.layers.size(), 0);
    for (const LayerId i : among) inside[i] = 1;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i)
      if (inside[i] == 0 && keeping(s_.spec.layers[i], Family::conv, false) && !padded_in_front(i))
        return true;
    return false;
  }

  // A Pad right in front of it does what its own padding would.
  bool padded_in_front(std::size_t at) const {
    const std::vector<Ref>& inputs = s_.spec.layers[at].inputs;
    if (inputs.size() != 1 || inputs[0].is_input()) return false;
    const Border border = facts(layer(inputs[0].layer).kind).border;
    return border == Border::adds || border == Border::adds_or_cuts;
  }

  void groups(const std::vector<LayerId>& among) {
    if (trimmed_elsewhere(among)) return;
    // Convolutions of stride 1 keep the map.
    apply(among, [](const LayerSpec& one) { return keeping(one, Family::conv, false); });
    // Strided ones with half their kernel.
    apply(among, [](const LayerSpec& one) { return keeping(one, Family::conv, true); });
    apply(among, [](const LayerSpec& one) {
      auto padding = keeping(one, Family::conv, true);
      return padding ? padding : keeping(one, Family::conv, false);
    });
    // Transposed ones multiply exactly, those of stride 1 keep the map.
    apply(among, exact);
    exact_rates(among);
    in_front(among);
  }

  // padding = d(k-1)/2, where that is whole; nothing where it is so already.
  static std::optional<Value> keeping(const LayerSpec& one, Family family, bool strided) {
    if (one.broken || one.info().family != family || !written_padding(one)) return std::nullopt;
    std::vector<std::int64_t> padding;
    bool steps = false;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      steps = steps || w.s > 1;
      // An even kernel of a strided layer: k = s + 2p.
      const std::int64_t reach = w.s > 1 && (w.k - w.s) % 2 == 0 && w.d == 1 ? w.k - w.s : w.reach();
      if (reach < 0 || (reach % 2 != 0 && w.s == 1)) return std::nullopt;
      padding.push_back(w.s > 1 && w.k % 2 == 1 ? w.reach() / 2 : reach / 2);
    }
    const std::vector<std::int64_t> present = values_of(one, Opt::padding);
    if (steps != strided || present == padding) return std::nullopt;
    // Whoever pads a strided layer has thought of it.
    if (strided && std::any_of(present.begin(), present.end(), [](std::int64_t p) { return p != 0; }))
      return std::nullopt;
    return Value{padding};
  }

  static std::optional<Value> exact(const LayerSpec& one) {
    if (one.broken || one.info().family != Family::conv_transpose) return std::nullopt;
    std::vector<std::int64_t> padding;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      const std::int64_t over = w.reach() + 1 + w.output_padding - w.s;
      if (over < 0 || over % 2 != 0) return std::nullopt;
      padding.push_back(over / 2);
    }
    if (values_of(one, Opt::padding) == padding) return std::nullopt;
    return Value{padding};
  }

  // A kernel that is longer than the stride by an odd number: half of that, rounded up, is padding, and the
  // output_padding gives the one too many back. The weights stay.
  void exact_rates(const std::vector<LayerId>& among) {
    // What undoes another layer has to fit that one.
    for (const LayerSpec& one : s_.spec.layers)
      for (int a = 0; a < one.info().axes && slides(one) && one.info().family != Family::conv_transpose; ++a)
        if (window_of(one, a).s > 1) return;
    std::vector<Set> sets;
    for (const LayerId i : among) {
      const LayerSpec& one = layer(i);
      if (one.broken || one.info().family != Family::conv_transpose) continue;
      std::vector<std::int64_t> padding, output_padding;
      bool odd = false;
      for (int a = 0; a < one.info().axes; ++a) {
        const Window w = window_of(one, a);
        const std::int64_t over = w.reach() + 1 - w.s;
        const bool exact = over - 2 * w.before + w.output_padding == 0;
        if (over < 0) return;
        padding.push_back(exact ? w.before : (over + 1) / 2);
        output_padding.push_back(exact ? w.output_padding : over % 2);
        odd = odd || (!exact && over % 2 != 0 && w.s > 1);
      }
      if (!odd) continue;
      if (values_of(one, Opt::padding) != padding) sets.push_back({i, Opt::padding, Value{padding}});
      if (values_of(one, Opt::output_padding) != output_padding)
        sets.push_back({i, Opt::output_padding, Value{output_padding}});
    }
    if (sets.size() > 1) propose(sets, 1, true);
  }

  // Pads right in front of convolutions: as wide as these reach, on one side alone where they are causal.
  void in_front(const std::vector<LayerId>& among) {
    std::vector<Set> sets;
    for (const LayerId i : among) {
      const LayerSpec& conv = layer(i);
      if (conv.broken || conv.info().family != Family::conv || conv.inputs.empty() ||
          conv.inputs[0].is_input())
        continue;
      const LayerId at = conv.inputs[0].layer;
      const LayerSpec& pad = layer(at);
      const bool pads =
          !pad.broken && (pad.info().family == Family::pad || pad.info().family == Family::free_pad);
      const OptionValue* option = pad.find(Opt::padding);
      if (!pads || option == nullptr) continue;
      const auto* list = std::get_if<std::vector<std::int64_t>>(&option->value);
      const auto* one = std::get_if<std::int64_t>(&option->value);
      const auto axes = conv.axis_count();
      std::vector<std::int64_t> present = list != nullptr ? *list : std::vector<std::int64_t>{};
      if (one != nullptr) present.assign(2 * axes, *one);
      if (present.size() != 2 * axes) continue;
      std::vector<std::int64_t> fresh = present;
      for (std::size_t a = 0; a < axes; ++a) {
        const Window w = window_of(conv, conv.info().axes - 1 - static_cast<int>(a));
        const std::int64_t reach = w.reach() - w.before - w.after;
        if (w.s != 1 || reach < 0) return;
        const bool causal = present[2 * a + 1] == 0 && present[2 * a] > 0;
        fresh[2 * a] = causal ? reach : reach / 2;
        fresh[2 * a + 1] = causal ? 0 : reach - reach / 2;
      }
      if (fresh != present) sets.push_back({at, Opt::padding, Value{fresh}});
    }
    if (sets.size() > 1) propose(sets, 0, true);
  }

  void apply(const std::vector<LayerId>& among, const Rule& rule) {
    std::vector<Set> sets;
    for (const LayerId i : among)
      if (auto value = rule(layer(i))) sets.push_back({i, Opt::padding, std::move(*value)});
    if (sets.size() < 2) return;  // single ones are tried anyway
    for (const std::vector<Set>& alike : by_value(sets))
      if (alike.size() < sets.size() && trials_.close(alike, s_.steps)) return propose(alike, 1, true);
    propose(sets, 1, true);
  }

  // Those that lack the same: where these alone do, the others are meant as they are. Few groups, or none.
  static std::vector<std::vector<Set>> by_value(const std::vector<Set>& sets) {
    constexpr std::size_t most_groups = 4;
    std::vector<std::vector<Set>> groups;
    for (const Set& set : sets) {
      const auto same = std::find_if(groups.begin(), groups.end(),
                                     [&](const auto& group) { return group.front().value == set.value; });
      if (same != groups.end())
        same->push_back(set);
      else
        groups.push_back({set});
      if (groups.size() > most_groups) return {};
    }
    return groups;
  }

  static std::string common_value(const std::vector<Set>& sets) {
    const bool same = std::all_of(sets.begin(), sets.end(),
                                  [&](const Set& set) { return set.value == sets.front().value; });
    return same ? " to " + short_json(sets.front().value) : "";
  }

  // `one_thought`: each layer is right by itself afterwards, not only their sum.
  void propose(const std::vector<Set>& sets, std::int64_t amount, bool one_thought = false) {
    if (sets.empty() || sets.size() > most_twins || !trials_.close(sets, s_.steps)) return;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.amount = amount;
    candidate.title = title_of(s_.spec, sets);
    if (!add_sets(s_, sets, candidate)) return;
    // by_window.cpp has better words for them.
    const bool trim = std::all_of(sets.begin(), sets.end(), [&](const Set& set) {
      return layer(set.layer).info().family == Family::conv && window_of(layer(set.layer), 0).s == 1 &&
             window_of(layer(set.layer), 0).net_kernel() > 1;
    });
    if (trim && sets.size() > 3)
      candidate.title = "set padding" + common_value(sets) + " on all " + std::to_string(sets.size()) +
                        " convolutions that trim the map, so that they keep its size";
    if (one_thought) candidate.places = 1;
    candidate.places = std::min(candidate.places, 2);
    out_.push_back(std::move(candidate));
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Trials& trials_;
};

}  // namespace

void suggest_twins(const Situation& s, std::vector<Candidate>& out) { Twins(s, out).run(); }

}  // namespace shapedbg
