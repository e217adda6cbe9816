// One option of one layer, whatever its kind: padding, kernel_size, stride, dilation and ceil_mode, the size
// or factor of a resize, the bounds of a slice, the entries of a reshape, an axis, a number of channels. The
// layers that the diagnosis is about first, then those in front of the place that fails, the nearest first.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "diagnose/rules.h"
#include "infer/again.h"
#include "net/facts.h"
#include "repair/judge/combine.h"
#include "repair/judge/ranking.h"
#include "repair/padding/question.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

FixKind kind_of(Opt opt) {
  switch (opt) {
    case Opt::out_channels:
    case Opt::out_features:
    case Opt::in1_features:
    case Opt::in2_features:
    case Opt::groups:
    case Opt::num_groups:
    case Opt::num_heads:
    case Opt::nhead:
    case Opt::hidden_size:
    case Opt::bidirectional:
    case Opt::num_parameters:
      return FixKind::channels;
    case Opt::dims:
    case Opt::keepdim:
      return FixKind::axis;
    default:
      return names_axis(opt) ? FixKind::axis : FixKind::window;
  }
}

constexpr std::size_t most_of_one_line = 16;

class Options {
 public:
  // With `partial`, what helps without closing everything goes there.
  Options(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>* partial = nullptr,
          std::size_t most_partial = 0)
      : s_(s),
        out_(out),
        partial_(partial),
        most_partial_(most_partial),
        trials_(s.trials()),
        changed_(s.spec),
        gaps_(gaps_of(s)),
        windows_(windows_of(s.spec)) {}

  void run() {
    const std::vector<LayerId> first = suspects(s_);
    const PerLayer<char>& reaches = trials_.reaching();
    for (const LayerId layer : first)
      if (reaches[layer] != 0) around(layer, 0);
    for (std::size_t i = s_.spec.layers.size(); i-- > 0 && steps_ > 0;)
      if (reaches[i] != 0 && std::count(first.begin(), first.end(), LayerId(i)) == 0) around(LayerId(i), 1);
    // Only the best few are worth being read again from changed bytes.
    constexpr std::size_t most = 8;
    const auto key = [](const Candidate& c) { return std::pair(c.kind != FixKind::fitted, c.amount); };
    std::stable_sort(found_.begin(), found_.end(),
                     [&](const Candidate& a, const Candidate& b) { return key(a) < key(b); });
    const std::size_t before = out_.size();
    for (std::size_t i = 0; i < found_.size() && out_.size() < before + most; ++i) {
      // Each member of a block comes to the same edit.
      const auto own = out_.begin() + static_cast<std::ptrdiff_t>(before);
      const bool known =
          std::any_of(own, out_.end(), [&](const Candidate& c) { return c.edits == found_[i].edits; });
      if (!known) out_.push_back(std::move(found_[i]));
    }
    if (partial_ == nullptr) return;
    std::stable_sort(helps_.begin(), helps_.end(), [](const Helpful& a, const Helpful& b) {
      return a.reached != b.reached ? a.reached > b.reached : a.amount < b.amount;
    });
    for (const Helpful& one : helps_) {
      if (partial_->size() >= most_partial_) break;
      if (auto candidate = made_of(one)) partial_->push_back(std::move(*candidate));
    }
  }

 private:
  const LayerSpec& layer(LayerId index) const { return s_.spec.layer(index); }

  using Members = std::vector<std::pair<LayerId, Opt>>;

  void around(LayerId index, std::int64_t elsewhere) {
    const LayerSpec& one = layer(index);
    if (one.broken) return;
    for (const OptionValue& option : one.options) {
      const Opt opt = option.info->opt;
      // Where nobody thought of dilation, it would only tear holes into the kernel.
      if (opt == Opt::dilation && !option.written) continue;
      std::vector<Proposal> all = proposals(one, s_.trace.row(index), option, gaps_);
      if (opt == Opt::kernel_size) as_partner(index, all);
      as_likes(index, opt, all);
      if (all.empty()) continue;
      // What stands in a block is changed for all its uses, or for this use alone.
      Members group = sharers(s_.spec, index, opt);
      // Where one mistake is looked at alone, others of the block may stand in for theirs without its
      // options.
      std::erase_if(group,
                    [&](const auto& member) { return layer(member.first).find(member.second) == nullptr; });
      Members here;
      for (const auto& member : group)
        if (member.first == index || same_use(layer(member.first), one)) here.push_back(member);
      const Span place = option.written ? option.where.span : one.where.span;
      const bool known = one.shared && !tried_.insert({place.begin, opt}).second;
      // One line of a program that makes several layers says it of all of them.
      const Members line = group.size() == 1 ? of_one_line(index, option) : Members{};
      int closed = 0;
      for (const Proposal& proposal : all) {
        bool closes = !known && attempt(index, opt, group, proposal, elsewhere);
        if (!closes && here.size() < group.size())
          closes = attempt(index, opt, here, proposal, elsewhere + 1);
        if (!closes && line.size() > 1) closes = attempt(index, opt, line, proposal, elsewhere + 1);
        closed += closes ? 1 : 0;
        if (closed == 2) break;  // further ones are further away
      }
    }
  }

  // The number that several layers have which are alike in all else of their window: the odd one among them
  // may be a slip.
  void as_likes(LayerId index, Opt opt, std::vector<Proposal>& all) const {
    const LayerSpec& one = layer(index);
    const auto which =
        static_cast<std::size_t>(std::find(kWindow.begin(), kWindow.end(), opt) - kWindow.begin());
    if (which == kWindow.size() || !has_free_window(one.info().family)) return;
    const WindowNumbers mine = numbers_of(one);
    for (const Alike& alike : windows_) {
      WindowNumbers same = alike.numbers;
      same[which] = mine[which];
      if (alike.count < 2 || alike.kind != one.kind || same != mine || alike.numbers == mine) continue;
      const auto axes = one.axis_count();
      const PerAxis& its = alike.numbers[which];
      std::int64_t amount = 0;
      for (std::size_t a = 0; a < axes; ++a) amount += std::abs(its[a] - mine[which][a]);
      Proposal fresh{Value{std::vector<std::int64_t>(its.begin(), its.begin() + one.info().axes)},
                     amount / 4};
      std::erase_if(all, [&](const Proposal& p) { return p.value == fresh.value; });
      all.insert(all.begin(), std::move(fresh));
    }
  }

  static constexpr std::array kWindow{Opt::kernel_size, Opt::stride, Opt::padding, Opt::dilation};
  using WindowNumbers = std::array<PerAxis, kWindow.size()>;
  // The windows that there are, and how many layers have each: few, however many layers there are.
  struct Alike {
    LayerKind kind;
    WindowNumbers numbers;
    int count;
  };

  static WindowNumbers numbers_of(const LayerSpec& layer) {
    WindowNumbers numbers{};
    for (std::size_t i = 0; i < kWindow.size(); ++i) numbers[i] = layer.axes(kWindow[i]);
    return numbers;
  }

  static std::vector<Alike> windows_of(const Spec& spec) {
    constexpr std::size_t most = 64;
    std::vector<Alike> windows;
    for (const LayerSpec& one : spec.layers) {
      if (one.broken || !has_free_window(one.info().family)) continue;
      WindowNumbers numbers = numbers_of(one);
      const auto known = std::find_if(windows.begin(), windows.end(), [&](const Alike& alike) {
        return alike.kind == one.kind && alike.numbers == numbers;
      });
      if (known != windows.end())
        ++known->count;
      else if (windows.size() < most)
        windows.push_back({one.kind, numbers, 1});
    }
    return windows;
  }

  // The same line of the author's program makes both modules, or takes both steps.
  static bool same_line(const LayerSpec& a, const LayerSpec& b) {
    if (a.source == nullptr || b.source == nullptr) return false;
    const bool step = a.source->made.empty();
    if (step != b.source->made.empty()) return false;
    return step ? !a.source->called.empty() && a.source->called.text() == b.source->called.text()
                : a.source->made.text() == b.source->made.text();
  }

  // The modules that one line makes, or the steps that it takes, with the same value: once for each, told by
  // the first of them.
  Members of_one_line(LayerId index, const OptionValue& option) const {
    const LayerSpec& one = layer(index);
    Members found;
    for (LayerId i{0}; i < s_.spec.layers.end_id() && found.size() <= most_of_one_line; ++i) {
      const LayerSpec& other = layer(i);
      if (!same_line(one, other) || other.kind != one.kind || other.broken) continue;
      if (calls_of(s_.spec, i).front() != i) continue;
      const OptionValue* its = other.find(option.info->opt);
      if (its == nullptr || its->value != option.value) continue;
      if (found.empty() && i != index) return {};
      found.emplace_back(i, option.info->opt);
    }
    if (found.size() > most_of_one_line) found.clear();
    return found;
  }

  // The kernel of the layer that it undoes, or is undone by, with the same stride.
  void as_partner(LayerId index, std::vector<Proposal>& all) const {
    const LayerSpec& one = layer(index);
    const bool up = one.info().family == Family::conv_transpose;
    if (!up && one.info().family != Family::conv) return;
    for (int a = 0; a < one.info().axes; ++a)
      if (window_of(one, a).s == 1) return;
    for (const Level& level : mirrored_levels(s_.spec, s_.trace, 0)) {
      const LayerId partner = level.up == index ? level.down : level.down == index ? level.up : LayerId();
      if (partner.is_none() || layer(partner).broken || layer(partner).info().axes != one.info().axes)
        continue;
      const Family family = layer(partner).info().family;
      if (family != (up ? Family::conv : Family::conv_transpose)) continue;
      std::vector<std::int64_t> kernel;
      std::int64_t amount = 0;
      for (int a = 0; a < one.info().axes; ++a) {
        const Window mine = window_of(one, a);
        const Window its = window_of(layer(partner), a);
        if (mine.s != its.s) return;
        kernel.push_back(its.k);
        amount += std::abs(its.k - mine.k);
      }
      const Value value{kernel};
      const bool known =
          std::any_of(all.begin(), all.end(), [&](const Proposal& p) { return p.value == value; });
      if (amount > 0 && !known) all.push_back({value, amount});
      return;
    }
  }

  // A Crop, Pad or Slice whose result a failing layer takes, or which ends a network of another size.
  bool fits_alone(LayerId index) const {
    if (!may_cut(layer(index).info().family)) return false;
    while (true) {
      if (index + 1 == s_.spec.layers.end_id()) return true;
      std::vector<LayerId> readers;
      for (const LayerId i : s_.trials().readers().of(index)) {
        const LayerTrace& row = s_.trace.row(i);
        const auto& inputs = layer(i).inputs;
        if (std::count(inputs.begin(), inputs.end(), Ref{index, 0}) == 0) continue;
        if (!row.refusals.empty() && !row.after_failure && inputs.size() > 1) return true;
        if (readers.empty() || readers.back() != i) readers.push_back(i);
      }
      // Through activations and norms.
      if (readers.size() != 1 || !keeps_shape(layer(readers[0]).info().family) || is_merge(layer(readers[0])))
        return false;
      index = readers[0];
    }
  }

  static bool same_numbers(const OptionValue& a, const OptionValue& b) {
    const auto numbers = [](const OptionValue& option) {
      const auto* list = std::get_if<std::vector<std::int64_t>>(&option.value);
      const auto* one = std::get_if<std::int64_t>(&option.value);
      if (one != nullptr) return std::vector<std::int64_t>{*one};
      if (list == nullptr) return std::vector<std::int64_t>{};
      const bool alike = !list->empty() && std::equal(list->begin() + 1, list->end(), list->begin());
      return alike ? std::vector<std::int64_t>{list->front()} : *list;
    };
    return a.info->opt == b.info->opt || numbers(a) == numbers(b);
  }

  static bool in_range(const OptionValue& option, const Value& value) {
    const auto fits = [&](std::int64_t n) {
      return (n >= option.info->min && n <= option.info->max) || n == keep_size;
    };
    if (const auto* one = std::get_if<std::int64_t>(&value)) return fits(*one);
    const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
    return list == nullptr || std::all_of(list->begin(), list->end(), fits);
  }

  // The value as another option holds it; nothing where it cannot mean the same there.
  static std::optional<Value> value_for(const OptionValue& option, const OptionInfo& from,
                                        const Value& value) {
    if (option.info->type == from.type) return value;
    const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
    if (list != nullptr && (list->empty() || !std::equal(list->begin() + 1, list->end(), list->begin())))
      return std::nullopt;
    if (list == nullptr && !std::holds_alternative<std::int64_t>(value)) return std::nullopt;
    return Value{list != nullptr ? list->front() : std::get<std::int64_t>(value)};
  }

  bool attempt(LayerId index, Opt opt, const Members& members, const Proposal& proposal,
               std::int64_t elsewhere) {
    std::vector<Set> sets;
    bool possible = true;
    for (const auto& [at, its] : members) {
      if (layer(at).find(its) == nullptr) return false;
      const OptionValue& option = *layer(at).find(its);
      const auto value = value_for(option, *layer(index).find(opt)->info, proposal.value);
      // An argument that stands for other numbers there is part of an expression (by_word.cpp).
      possible = possible && value.has_value() && same_numbers(option, *layer(index).find(opt)) &&
                 in_range(option, *value);
      if (!possible) return false;
      sets.push_back({at, its, *value});
    }
    const bool closes = partial_ == nullptr ? trials_.close(sets, steps_) : follow(sets);
    const Progress reached = reached_;
    const bool helps = partial_ != nullptr && !closes && reached > start_;
    if (!closes && !helps) return false;
    Helpful one{reached,         index,         opt, proposal.value, 2 * proposal.amount + elsewhere,
                std::move(sets), members.size()};
    if (!closes) {
      helps_.push_back(std::move(one));
      return false;
    }
    std::optional<Candidate> candidate = made_of(one);
    if (!candidate) return false;
    found_.push_back(std::move(*candidate));
    return true;
  }

  // A value that helps. Most of those that do not close everything are never looked at again: they are
  // written only then.
  struct Helpful {
    Progress reached;
    LayerId index;
    Opt opt = {};
    Value value;
    std::int64_t amount = 0;  // of equal distances the one nearer to the fault
    std::vector<Set> sets;
    std::size_t own = 0;  // so many of `sets` are of the option; further ones follow from it
  };

  // Nothing where the file does not allow it.
  std::optional<Candidate> made_of(const Helpful& one) const {
    Candidate candidate;
    candidate.kind = fits_alone(one.index) ? FixKind::fitted : kind_of(one.opt);
    candidate.amount = one.amount;
    std::vector<std::pair<LayerId, std::string>> named;
    for (const Set& set : one.sets)
      if (set.opt == one.opt) named.emplace_back(set.layer, in_words(s_.spec, set));
    candidate.title = title_of(s_.spec, one.opt, named);
    if (one.opt == Opt::padding && more_padding_than_map(one.index, one.value))
      candidate.doubt = Doubt::nonsense;
    for (std::size_t k = one.own; k < one.sets.size(); ++k) {
      const Set& behind = one.sets[k];
      candidate.title +=
          ", " + title_of(s_.spec, behind.opt, {{behind.layer, in_words(s_.spec, behind)}}).substr(4);
    }
    if (!add_sets(s_, one.sets, candidate)) return std::nullopt;
    return candidate;
  }

  // Runs the changed network by formula; where features no longer fit behind the change, they are set to what
  // arrives, and that is part of it. How far it gets is reached_.
  bool follow(std::vector<Set>& sets) {
    for (const Set& set : sets) changed_.layer(set.layer).set(set.opt, set.value);
    const bool closes = closes_behind(sets);
    for (const Set& set : sets) changed_.layer(set.layer).options = layer(set.layer).options;
    return closes;
  }

  bool closes_behind(std::vector<Set>& sets) {
    constexpr int most = 3;
    reached_ = {};
    for (int round = 0; round <= most; ++round) {
      const auto layers = static_cast<std::int64_t>(changed_.layers.size());
      if (steps_ < layers) return false;
      steps_ -= layers;
      const Trace trace = infer_again(changed_, s_.spec, s_.trace);
      if (holds(changed_, trace)) return true;
      reached_ = progress_of(changed_, trace);
      if (reached_.first >= changed_.layers.size() || reached_ > start_) return false;
      const LayerId at = LayerId(reached_.first);
      auto next = set_to_arriving(changed_, trace, at);
      if (!next) next = made_for_shape(trace, at);
      if (!next) return false;
      LayerSpec& behind = changed_.layer(next->layer);
      if (behind.find(next->opt) == nullptr) return false;
      behind.set(next->opt, next->value);
      sets.push_back(*next);
    }
    return false;
  }

  // A Linear in front of a reshape makes as many features as the shape holds.
  std::optional<Set> made_for_shape(const Trace& trace, LayerId index) const {
    const LayerSpec& one = changed_.layer(index);
    const LayerTrace& row = trace.row(index);
    if (row.refusals.empty() || row.refusals[0].code != Code::L211 || row.inputs.empty()) return std::nullopt;
    std::int64_t features = 1;
    for (const Opt opt : {Opt::shape, Opt::unflattened_size}) {
      const OptionValue* option = one.find(opt);
      const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
      for (std::size_t k = opt == Opt::shape ? 1 : 0; sizes != nullptr && k < sizes->size(); ++k)
        if (!(*sizes)[k].is_constant() || (*sizes)[k].constant() < 1 ||
            __builtin_mul_overflow(features, (*sizes)[k].constant(), &features))
          return std::nullopt;
    }
    const Ref from = producer(changed_, trace, one.inputs[0], row.inputs[0].size() - 1);
    if (from.is_input() || layer(from.layer).info().family != Family::linear) return std::nullopt;
    return Set{from.layer, Opt::out_features, Value{features}};
  }

  bool more_padding_than_map(LayerId index, const Value& value) const {
    const auto* padding = std::get_if<std::vector<std::int64_t>>(&value);
    const auto& inputs = s_.trace.row(index).inputs;
    const FamilyFacts& is = facts(layer(index).kind);
    if (padding == nullptr || inputs.empty() || is.window == Sliding::puts || is.border != Border::none)
      return false;
    const auto present = layer(index).axes(Opt::padding);
    for (std::size_t a = 0; a < padding->size() && padding->size() <= inputs[0].size(); ++a) {
      const std::int64_t size = inputs[0][inputs[0].size() - padding->size() + a];
      const Window w = window_of(layer(index), static_cast<int>(a));
      const bool keeps = w.s == 1 && 2 * (*padding)[a] == w.reach() && (*padding)[a] < size;
      if ((*padding)[a] > present[a] && 2 * (*padding)[a] >= size && !keeps) return true;
    }
    return false;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>* partial_;
  std::size_t most_partial_;
  // A trial infers less than the other generators do: it has steps of its own.
  std::int64_t steps_ = effort_for(s_.spec).steps;
  Trials& trials_;
  Spec changed_;  // what follow() changes, as written between its calls
  std::vector<Gap> gaps_;
  const std::vector<Alike> windows_;
  std::set<std::pair<std::size_t, Opt>> tried_;  // places that several layers share
  std::vector<Candidate> found_;
  Progress start_ = progress_of(s_.spec, s_.trace);
  Progress reached_;
  std::vector<Helpful> helps_;
};

}  // namespace

void suggest_options(const Situation& s, std::vector<Candidate>& out) { Options(s, out).run(); }

void suggest_steps_forward(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial,
                           std::size_t most_partial) {
  Options(s, out, &partial, most_partial).run();
}

}  // namespace shapedbg
