// A tensor taken from the wrong level: another layer's name in one place, of a merge's inputs or of the pool
// whose indices are unpooled.
#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "flow/telling_inputs.h"
#include "net/facts.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

class Sources {
 public:
  Sources(const Situation& s, LayerId at, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial), at_(at), changed_(s.spec) {}

  void run() {
    if (is_merge(layer(at_))) {
      for (const std::size_t k : telling_inputs(row(at_).inputs)) {
        other_inputs(k);
        one_level_up(k);
      }
    } else if (layer(at_).reference(Opt::indices)) {
      other_pools();
    }
  }

  void run_for_channels() { skip_of_its_level(); }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }
  const LayerTrace& row(LayerId i) const { return s_.trace.row(i); }

  // What layer `i` returned; null where it failed or has several outputs.
  const Shape* returned(LayerId i) const {
    const LayerTrace& one = row(i);
    return one.refusals.empty() && !one.after_failure && one.outputs.size() == 1 ? &one.outputs[0] : nullptr;
  }

  static bool same_size(const Shape& a, const Shape& b) {
    return a.size() == b.size() && a.size() > 2 && std::equal(a.begin() + 2, a.end(), b.begin() + 2);
  }

  // Layers that `ref` is made of without a change of size: what takes part already.
  void mark_level(Ref ref, PerLayer<char>& level) const {
    while (!ref.is_input() && level[ref.layer] == 0) {
      level[ref.layer] = 1;
      const LayerTrace& one = row(ref.layer);
      if (one.inputs.empty() || one.outputs.empty() || !same_size(one.inputs[0], one.outputs[0])) return;
      ref = layer(ref.layer).inputs[0];
    }
  }

  // How many layers of the kind that `counts` says take it.
  std::ptrdiff_t takers(const std::function<bool(const LayerSpec&)>& counts) const {
    return std::count_if(s_.spec.layers.begin(), s_.spec.layers.end(), counts);
  }
  std::ptrdiff_t merges_of(Ref ref) const {
    return takers([&](const LayerSpec& one) {
      return is_merge(one) && std::count(one.inputs.begin(), one.inputs.end(), ref) > 0;
    });
  }
  std::ptrdiff_t concats_of(Ref ref) const {
    return takers([&](const LayerSpec& one) {
      return !one.broken && one.info().family == Family::concat &&
             std::count(one.inputs.begin(), one.inputs.end(), ref) > 0;
    });
  }
  std::ptrdiff_t readers_of(Ref ref) const {
    return takers(
        [&](const LayerSpec& one) { return std::count(one.inputs.begin(), one.inputs.end(), ref) > 0; });
  }

  // A layer that makes the map smaller takes it: the last of its level.
  bool goes_down_from(LayerId i) const {
    const Shape& x = row(i).outputs[0];
    for (const LayerId r : s_.trials().readers().of(i)) {
      const auto& inputs = layer(r).inputs;
      if (std::count(inputs.begin(), inputs.end(), Ref{i, 0}) == 0) continue;
      const LayerTrace& one = row(r);
      if (one.outputs.size() != 1 || !same_rank(one.outputs[0], x)) continue;
      bool smaller = false;
      for (std::size_t k = 2; k < x.size(); ++k) {
        if (one.outputs[0][k] > x[k]) return false;
        smaller = smaller || one.outputs[0][k] < x[k];
      }
      if (smaller) return true;
    }
    return false;
  }
  static bool same_rank(const Shape& a, const Shape& b) { return a.size() == b.size() && a.size() > 2; }

  std::ptrdiff_t unpoolings_of(Ref ref) const {
    return takers([&](const LayerSpec& one) { return one.reference(Opt::indices) == ref; });
  }

  // One tensor taken twice and another one never: it is taken from the wrong level.
  static FixKind kind_of(std::ptrdiff_t takers_of_present) {
    return takers_of_present > 1 ? FixKind::source : FixKind::axis;
  }

  void other_inputs(std::size_t k) {
    const LayerSpec& merge = layer(at_);
    const Shapes& inputs = row(at_).inputs;
    const Ref present = merge.inputs[k];
    // What the layer before returns was meant, and so was the network's own input.
    if (inputs.size() != merge.inputs.size() || present.is_input() || present.layer == at_ - 1) return;
    const Shape& other = inputs[k == 0 ? 1 : 0];
    PerLayer<char> level(s_.spec.layers.size(), 0);
    for (std::size_t i = 0; i < merge.inputs.size(); ++i)
      if (i != k) mark_level(merge.inputs[i], level);
    int found = 0;
    for (LayerId i = at_; i-- > LayerId{0} && found < kMost;) {
      const Shape* x = returned(i);
      if (x == nullptr || level[i] != 0 || i == present.layer || !same_size(*x, other)) continue;
      // Of the same kind, and of as many channels as what is taken now or as what it meets; or the last of
      // its size on the way down; or what was made of it and nobody reads.
      const bool alike =
          layer(i).kind == layer(present.layer).kind && ((*x)[1] == inputs[k][1] || (*x)[1] == other[1]);
      const bool other_activation = layer(i).kind != layer(present.layer).kind &&
                                    keeps_shape(layer(i).info().family) &&
                                    keeps_shape(layer(present.layer).info().family);
      const bool made_of_it = readers_of({i, 0}) == 0 && same_rank(*x, inputs[k]) &&
                              (*x)[1] == inputs[k][1] && layer(i).inputs.size() == 1 &&
                              layer(i).inputs[0] == present;
      if (!alike && !made_of_it && (other_activation || !goes_down_from(i) || !same_rank(*x, inputs[k])))
        continue;
      const Ref fresh{i, 0};
      const std::string from = s_.spec.name_of(present);
      Candidate candidate;
      candidate.amount = found++;  // of several in a row the last, which goes down from there
      if (!turn(at_, k, fresh, candidate)) return;
      const std::ptrdiff_t taken = merges_of(fresh);
      if (taken == 0) {
        candidate.kind = made_of_it ? FixKind::source
                         : alike    ? kind_of(merges_of(present))
                                    : kind_of(readers_of(present));
        candidate.title = "take `" + layer(i).name + "` instead of `" + from + "` in `" + merge.name + "`";
        propose(std::move(candidate));
      } else if (const auto there = place_of(fresh);
                 there && present.layer < there->first && taken == 1 && merges_of(present) == 1) {
        candidate.kind = FixKind::source;
        candidate.places = 2;
        candidate.title = "exchange `" + from + "` in `" + merge.name + "` and `" + layer(i).name + "` in `" +
                          layer(there->first).name + "`";
        if (turn(there->first, there->second, present, candidate)) propose(std::move(candidate));
        restore(there->first);
      }
      restore(at_);
    }
  }

  // What the map was before it was last made smaller on its way to `ref`; nothing where that is the input.
  std::optional<Ref> level_above(Ref ref) const {
    while (!ref.is_input()) {
      const LayerTrace& one = row(ref.layer);
      if (layer(ref.layer).inputs.empty() || one.inputs.empty() || one.outputs.empty() ||
          !same_rank(one.inputs[0], one.outputs[0]))
        return std::nullopt;
      ref = layer(ref.layer).inputs[0];
      if (same_size(one.inputs[0], one.outputs[0])) continue;
      bool smaller = true;
      for (std::size_t k = 2; k < one.inputs[0].size(); ++k)
        smaller = smaller && one.outputs[0][k] <= one.inputs[0][k];
      return smaller && !ref.is_input() ? std::optional(ref) : std::nullopt;
    }
    return std::nullopt;
  }

  // A merge behind `at` that is like it and takes `ref` in the same place.
  LayerId like_behind(LayerId at, std::size_t k, Ref ref) const {
    for (LayerId i = at + 1; i < s_.spec.layers.end_id(); ++i) {
      const LayerSpec& one = layer(i);
      if (one.kind == layer(at).kind && k < one.inputs.size() && one.inputs[k] == ref) return i;
    }
    return {};
  }

  // Each skip is taken one level too deep: merge by merge the tensor from before the map was made smaller.
  void one_level_up(std::size_t k) {
    constexpr std::size_t most_levels = 16;
    Candidate candidate;
    candidate.kind = FixKind::source;
    candidate.telling = true;
    std::vector<LayerId> turned;
    LayerId at = at_;
    while (!at.is_none() && turned.size() < most_levels) {
      const Ref present = layer(at).inputs[k];
      const auto fresh = level_above(present);
      if (!fresh || present.layer == at - 1) break;
      turned.push_back(at);
      if (!turn(at, k, *fresh, candidate)) break;
      candidate.title += std::string(candidate.title.empty() ? "take `" : ", and `") +
                         s_.spec.name_of(*fresh) + "` instead of `" + s_.spec.name_of(present) + "` in `" +
                         layer(at).name + "`";
      at = like_behind(at, k, *fresh);
    }
    if (at.is_none() && turned.size() > 1 && would_hold(s_, changed_)) {
      candidate.places = 1;
      candidate.title += ": each is taken one level too deep";
      out_.push_back(std::move(candidate));
    }
    for (const LayerId merge : turned) restore(merge);
  }

  // The merge, and its input, that takes `ref`.
  std::optional<std::pair<LayerId, std::size_t>> place_of(Ref ref) const {
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerSpec& one = s_.spec.layers[i];
      const auto at = std::find(one.inputs.begin(), one.inputs.end(), ref);
      if (is_merge(one) && at != one.inputs.end() && LayerId(i) != at_)
        return std::pair(LayerId(i), static_cast<std::size_t>(at - one.inputs.begin()));
    }
    return std::nullopt;
  }

  // The Pad or resize that gave `ref` the size of `skip`; none where it came in its own.
  LayerId fitted_to(Ref skip, Ref ref) const {
    if (ref.is_input() || layer(ref.layer).inputs.empty()) return {};
    return layer(ref.layer).reference(Opt::size_like) == skip ? ref.layer : LayerId();
  }

  // Channels that do not fit behind a Concat, because it takes the skip of another level too: a Pad or a
  // resize to the size of that one hides what it is. The skip of this level, which no Concat takes, has what
  // is missing, and the size that came up.
  void skip_of_its_level() {
    const LayerSpec& reader = layer(at_);
    const auto taken = reader.broken || reader.inputs.size() != 1 ? std::nullopt : taken_by(reader);
    const Ref joined = taken ? before_pointwise(s_.spec, reader.inputs[0]) : Ref{};
    if (!taken || joined.is_input() || layer(joined.layer).info().family != Family::concat) return;
    const LayerId merge = joined.layer;
    const Shapes& inputs = row(merge).inputs;
    const Shapes& made = row(merge).outputs;
    if (inputs.size() != 2 || layer(merge).inputs.size() != 2 || made.empty() || made[0].size() < 3) return;
    const std::int64_t missing = reader.integer(*taken) - made[0][1];
    for (const std::size_t k : {0u, 1u}) {
      const Ref present = layer(merge).inputs[k];
      const LayerId fitted = fitted_to(present, layer(merge).inputs[1 - k]);
      if (present.is_input() || concats_of(present) < 2 || missing == 0) continue;
      const Shape& size =
          fitted.is_none() || row(fitted).inputs.empty() ? inputs[1 - k] : row(fitted).inputs[0];
      const auto fits = [&](LayerId i, bool alike) {
        const Shape* x = returned(i);
        return x != nullptr && same_size(*x, size) && (*x)[1] == inputs[k][1] + missing &&
               concats_of({i, 0}) == 0 && (alike ? made_alike(i, present.layer) : goes_down_from(i));
      };
      for (const bool alike : {true, false})
        for (LayerId i = merge; i-- > LayerId{0};)
          if (fits(i, alike)) return take_in_place(merge, k, {i, 0}, fitted);
    }
  }

  // Of one kind, and on the way down layers of the same kinds take them: the ends of two levels.
  bool made_alike(LayerId a, LayerId b) const {
    return layer(a).kind == layer(b).kind && read_by(a) == read_by(b);
  }
  std::vector<LayerKind> read_by(LayerId i) const {
    std::vector<LayerKind> kinds;
    for (const LayerId r : s_.trials().readers().of(i)) {
      const LayerSpec& one = layer(r);
      const bool skip = one.broken || one.info().family == Family::concat ||
                        std::count(one.inputs.begin(), one.inputs.end(), Ref{i, 0}) == 0 ||
                        one.reference(Opt::size_like).has_value();
      if (!skip) kinds.push_back(one.kind);
    }
    std::sort(kinds.begin(), kinds.end());
    return kinds;
  }

  void take_in_place(LayerId merge, std::size_t k, Ref fresh, LayerId fitted) {
    Candidate candidate;
    candidate.kind = FixKind::source;
    candidate.title = "take `" + s_.spec.name_of(fresh) + "` instead of `" +
                      s_.spec.name_of(layer(merge).inputs[k]) + "` in `" + layer(merge).name + "`";
    bool written = turn(merge, k, fresh, candidate);
    if (written && !fitted.is_none()) {
      const Moves moves{SetOption{fitted, Opt::size_like, Value{fresh}}};
      written = add_moves(s_, moves, candidate);
      changed_.layer(fitted).set(Opt::size_like, Value{fresh});
    }
    if (written && would_hold(s_, changed_)) out_.push_back(std::move(candidate));
    restore(merge);
    if (!fitted.is_none()) changed_.layer(fitted).options = layer(fitted).options;
  }

  // Lets input `k` of a merge be `fresh`, in the file and in changed_. False where it is not written so.
  bool turn(LayerId at, std::size_t k, Ref fresh, Candidate& candidate) {
    const LayerSpec& merge = layer(at);
    const Ref present = merge.inputs[k];
    const std::string to = s_.spec.name_of(fresh);
    const bool argument = s_.rewrite.reference(merge, k).starts_with('$');
    if (!add_moves(s_, {TakeInput{{at, k}, fresh}}, candidate)) return false;
    if (argument)
      candidate.where = candidate.where.empty() ? "at the use `" + use_of(s_, merge) + "`" : "at their uses";
    candidate.turned.push_back({at, present, fresh});
    candidate.changes.push_back(
        {merge.name, "inputs", to_json(Value{s_.spec.name_of(present)}), to_json(Value{to})});
    changed_.layer(at).inputs[k] = fresh;
    return true;
  }

  void restore(LayerId at) { changed_.layer(at).inputs = layer(at).inputs; }

  void other_pools() {
    const LayerSpec& unpool = layer(at_);
    const Ref present = *unpool.reference(Opt::indices);
    if (present.is_input() || row(at_).inputs.empty()) return;
    int found = 0;
    for (LayerId i = at_; i-- > LayerId{0} && found < kMost;) {
      // A pool that says so returns the places, too.
      const bool ran = row(i).refusals.empty() && !row(i).after_failure && !row(i).outputs.empty();
      const Shape* x = ran ? &row(i).outputs[0] : nullptr;
      const Ref fresh{i, 0};
      if (x == nullptr || i == present.layer || layer(i).kind != layer(present.layer).kind ||
          *x != row(at_).inputs[0])
        continue;
      std::vector<Set> sets{{at_, Opt::indices, Value{fresh}}};
      const std::ptrdiff_t taken = unpoolings_of(fresh);
      const auto there =
          std::find_if(s_.spec.layers.begin(), s_.spec.layers.end(),
                       [&](const LayerSpec& one) { return one.reference(Opt::indices) == fresh; });
      Candidate candidate;
      candidate.kind = taken > 0 ? FixKind::source : kind_of(unpoolings_of(present));
      candidate.amount = found++;
      const std::string from = s_.spec.name_of(present);
      if (taken == 0) {
        candidate.title =
            "take the indices of `" + layer(i).name + "` instead of `" + from + "` in `" + unpool.name + "`";
      } else if (taken == 1 && unpoolings_of(present) == 1) {
        candidate.title = "exchange the indices of `" + from + "` in `" + unpool.name + "` and of `" +
                          layer(i).name + "` in `" + there->name + "`";
        Set& back = sets.emplace_back();
        back.layer = LayerId(there - s_.spec.layers.begin());
        back.opt = Opt::indices;
        back.value = Value{present};
      } else {
        continue;
      }
      if (!add_sets(s_, sets, candidate)) return;
      for (const Set& set : sets) changed_.layer(set.layer).set(set.opt, set.value);
      propose(std::move(candidate));
      for (const Set& set : sets) changed_.layer(set.layer).options = layer(set.layer).options;
    }
  }

  void propose(Candidate candidate) {
    (would_hold(s_, changed_) ? out_ : partial_).push_back(std::move(candidate));
  }

  static constexpr int kMost = 3;  // sources for one place
  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  LayerId at_;
  Spec changed_;
};

}  // namespace

void suggest_sources(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  if (const auto fault = first_fault(s.trace)) Sources(s, *fault, out, partial).run();
}

void suggest_skips(const Situation& s, std::vector<Candidate>& out) {
  std::vector<Candidate> none;
  if (const auto fault = first_fault(s.trace)) Sources(s, *fault, out, none).run_for_channels();
}

}  // namespace shapedbg
