#include "repair/padding/search.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "repair/padding/bounds.h"
#include "text/cancel.h"

namespace shapedbg {
namespace {

// One way to choose output_padding up to some layer; the way back goes through `parent`.
struct Node {
  int parent = -1;
  int unknown = -1;
  PerAxis choice{};
};

struct State {
  std::vector<Shape> live;
  ChangeCost cost;
  int node = -1;
  // Orders equal costs: the rank of the way so far, then what the newest choice adds.
  std::size_t rank = 0;
  PerAxis change{};
  PerAxis choice{};

  bool better_than(const State& other) const {
    if (cost != other.cost) return cost < other.cost;
    return std::tie(rank, change, choice) < std::tie(other.rank, other.change, other.choice);
  }
};

struct LiveHash {
  std::size_t operator()(const std::vector<Shape>& live) const {
    std::size_t h = live.size();
    for (const Shape& shape : live) {
      h = h * 31 + shape.size();
      for (const std::int64_t size : shape)
        h = (h ^ (static_cast<std::size_t>(size) + (h << 6) + (h >> 2))) * UINT64_C(0x9E3779B97F4A7C15);
    }
    return h;
  }
};

class Program {
 public:
  Program(Question& question, const SearchLimits& limits) : q_(question), limits_(limits) {}

  // Stops behind `last` (-1: the whole network) without looking at expectations there.
  Searched run(LayerId last) {
    probe_ = last;
    if (last.is_none()) bounds_ = bounds_of(q_);
    plan(last);
    states_.assign(1, {});
    std::vector<OptionValue> saved;
    for (const Unknown& unknown : q_.unknowns) saved.push_back(*padding_of(unknown.layer));
    Searched searched = advance(last);
    for (std::size_t u = 0; u < saved.size(); ++u) *padding_of(q_.unknowns[u].layer) = saved[u];
    searched.steps = steps_;
    return searched;
  }

  // Sizes of the probed layer along the question's axis (the last one, where there are several).
  const std::set<std::int64_t>& probed() const { return probed_; }

 private:
  OptionValue* padding_of(LayerId layer) {
    for (OptionValue& option : q_.spec.layer(layer).options.edit())
      if (option.info->opt == Opt::output_padding) return &option;
    return nullptr;  // every transposed kind has it
  }

  // Which tensors are still read behind each layer.
  void plan(LayerId last) {
    const auto live_until = [&](Ref ref, std::size_t reader) {
      if (ref.is_input() || q_.depends[ref.layer] == 0) return;
      auto& uses = last_use_[key(ref)];
      uses = std::max(uses, reader);
    };
    reads_.resize(q_.spec.layers.size());
    for (std::size_t i = 0; i < q_.spec.layers.size(); ++i) {
      if (q_.depends[i] == 0 || (!last.is_none() && i > last.place())) continue;
      reads_[i] = reads(q_.spec, q_.spec.layers[i]);
      for (const Ref ref : reads_[i]) live_until(ref, i);
      for (const LevelGoal& goal : q_.levels[i]) live_until(goal.before, i);
    }
  }

  static std::int64_t key(Ref ref) {
    return static_cast<std::int64_t>(ref.layer.number()) * 65536 + ref.output;
  }

  Searched advance(LayerId last) {
    Searched searched;
    for (std::size_t i = 0; i < q_.spec.layers.size(); ++i) {
      if (!last.is_none() && i > last.place()) break;
      if (q_.depends[i] == 0) continue;
      if (!step(i)) {
        searched.end = SearchEnd::cut;
        return searched;
      }
      if (states_.empty()) {
        searched.stuck = LayerId(i);
        return searched;
      }
    }
    const auto best = std::min_element(states_.begin(), states_.end(),
                                       [](const State& a, const State& b) { return a.better_than(b); });
    searched.end = SearchEnd::found;
    searched.cost = best->cost;
    searched.choice.resize(q_.unknowns.size());
    for (int node = best->node; node >= 0; node = nodes_[static_cast<std::size_t>(node)].parent) {
      const Node& n = nodes_[static_cast<std::size_t>(node)];
      searched.choice[static_cast<std::size_t>(n.unknown)] = n.choice;
    }
    return searched;
  }

  // From the states before layer i to those behind it. False when the bound is hit.
  bool step(std::size_t i) {
    slots_after(i);
    next_.clear();
    index_.clear();
    const int u = q_.unknown_of[i];
    for (const State& state : states_) {
      const bool goes_on = u < 0 ? move(i, state, -1, {}) : choose(i, state, u);
      if (!goes_on) return false;
    }
    if (u >= 0) {
      // A total order of all ways so far, for the next layers to refer to by its rank.
      std::vector<std::size_t> order(next_.size());
      for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const State& x = next_[a];
        const State& y = next_[b];
        return std::tie(x.rank, x.change, x.choice) < std::tie(y.rank, y.change, y.choice);
      });
      std::vector<std::size_t> rank(next_.size());
      for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = k;
      for (std::size_t k = 0; k < next_.size(); ++k) {
        State& state = next_[k];
        nodes_.push_back({state.node, u, state.choice});
        state.node = static_cast<int>(nodes_.size()) - 1;
        state.rank = rank[k];
        state.change = state.choice = {};
      }
    }
    states_.swap(next_);
    slots_.swap(next_slots_);
    return true;
  }

  void slots_after(std::size_t i) {
    next_slots_.clear();
    kept_.clear();
    for (std::size_t k = 0; k < slots_.size(); ++k) {
      if (last_use_.at(key(slots_[k])) <= i) continue;
      next_slots_.push_back(slots_[k]);
      kept_.push_back(k);
    }
    made_ = 0;
    const LayerId layer(i);
    // Outputs that nobody reads are not kept.
    for (const auto& [tensor, use] : outputs_read(layer)) {
      next_slots_.push_back({layer, tensor});
      ++made_;
    }
  }

  std::vector<std::pair<int, std::size_t>> outputs_read(LayerId layer) const {
    std::vector<std::pair<int, std::size_t>> read;
    const std::int64_t first = key({layer, 0});
    for (auto it = last_use_.lower_bound(first); it != last_use_.end() && it->first < first + 65536; ++it)
      read.emplace_back(static_cast<int>(it->first - first), it->second);
    return read;
  }

  bool choose(std::size_t i, const State& state, int u) {
    const Unknown& unknown = q_.unknowns[static_cast<std::size_t>(u)];
    const std::size_t free_axes = q_.axis >= 0 ? 1 : q_.spec.layers[i].axis_count();
    PerAxis from{};
    PerAxis to{};
    if (limits_.only != nullptr) {
      from = to = (*limits_.only)[static_cast<std::size_t>(u)];
    } else {
      const Shape* into = shape_of(state, reads_[i].front());
      const int axes = q_.spec.layers[i].info().axes;
      for (std::size_t a = 0; a < free_axes; ++a) {
        to[a] = unknown.most[a];
        if (bounds_.empty() || into == nullptr || into->size() < static_cast<std::size_t>(axes) ||
            axes != q_.axes)
          continue;
        Window w = window_of(q_.spec.layers[i], static_cast<int>(a));
        w.output_padding = 0;
        const std::int64_t least =
            transposed_output(w, (*into)[into->size() - static_cast<std::size_t>(axes) + a]);
        from[a] = std::max<std::int64_t>(0, bounds_[i].least[a] - least);
        to[a] = std::min(to[a], bounds_[i].most[a] - least);
      }
    }
    for (std::size_t a = 0; a < free_axes; ++a)
      if (from[a] > to[a]) return true;
    PerAxis choice = from;
    while (true) {
      if (!move(i, state, u, choice)) return false;
      std::size_t a = 0;
      while (a < free_axes && choice[a] == to[a]) {
        choice[a] = from[a];
        ++a;
      }
      if (a == free_axes) return true;
      ++choice[a];
    }
  }

  const Shape* shape_of(const State& state, Ref ref) const {
    if (ref.is_input() || q_.depends[ref.layer] == 0) {
      const Shape& shape = q_.constant(ref);
      return shape.empty() ? nullptr : &shape;
    }
    for (std::size_t k = 0; k < slots_.size(); ++k)
      if (slots_[k] == ref) return &state.live[k];
    return nullptr;
  }

  // What layer i gets there; nothing where some of it is unknown.
  std::optional<RuleInputs<std::int64_t>> inputs_of(std::size_t i, const State& state) const {
    const LayerSpec& layer = q_.spec.layers[i];
    RuleInputs<std::int64_t> in;
    std::size_t next_read = 0;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const Shape* shape = shape_of(state, reads_[i][next_read++]);
      if (shape == nullptr) return std::nullopt;
      in.inputs.push_back(shape);
    }
    if (layer.reference(Opt::size_like)) in.like = shape_of(state, reads_[i][next_read++]);
    if (next_read + 1 < reads_[i].size()) {
      in.pool = &q_.spec.layer(reads_[i][next_read + 1].layer);
      in.pool_input = shape_of(state, reads_[i][next_read]);
      in.pool_output = shape_of(state, reads_[i][next_read + 1]);
    }
    return in;
  }

  // Runs layer i behind one state. False when the bound is hit.
  bool move(std::size_t i, const State& state, int u, const PerAxis& choice) {
    check_cancelled();
    if (++steps_ > limits_.steps) return false;
    LayerSpec& layer = q_.spec.layers[i];
    State moved;
    moved.cost = state.cost;
    moved.node = state.node;
    moved.rank = state.rank;
    if (u >= 0) {
      const Unknown& unknown = q_.unknowns[static_cast<std::size_t>(u)];
      std::vector<std::int64_t> padding;
      for (int a = 0; a < layer.info().axes; ++a)
        padding.push_back(choice[q_.axis >= 0 ? 0 : static_cast<std::size_t>(a)]);
      padding_of(LayerId(i))->value = std::move(padding);
      for (std::size_t a = 0; a < choice.size(); ++a) {
        moved.change[a] = std::abs(choice[a] - unknown.present[a]);
        moved.cost.changes += moved.change[a] != 0 ? 1 : 0;
        moved.cost.amount += moved.change[a];
      }
      moved.choice = choice;
    }

    const std::optional<RuleInputs<std::int64_t>> in = inputs_of(i, state);
    if (!in) return true;
    RuleResult<std::int64_t> result = apply_rule(layer, *in);
    if (!result.refusals.empty() || result.outputs.empty()) return true;
    const Shape& out = result.outputs.front();
    if (probe_ == LayerId(i)) {
      probed_.insert(out.back());
    } else {
      if (layer.expect && !meets(out, expected_shape(q_.spec, *layer.expect))) return true;
      if (i + 1 == q_.spec.layers.size() && q_.spec.expect &&
          !meets(out, expected_shape(q_.spec, *q_.spec.expect)))
        return true;
    }
    moved.cost.levels += missed_levels(i, state, out);

    for (const std::size_t k : kept_) moved.live.push_back(state.live[k]);
    for (std::size_t k = next_slots_.size() - made_; k < next_slots_.size(); ++k) {
      const auto output = static_cast<std::size_t>(next_slots_[k].output);
      if (output >= result.outputs.size()) return true;
      moved.live.push_back(result.outputs[output]);
    }
    const auto [found, is_new] = index_.try_emplace(moved.live, next_.size());
    if (is_new) {
      next_.push_back(std::move(moved));
    } else if (moved.better_than(next_[found->second])) {
      next_[found->second] = std::move(moved);
    }
    return true;
  }

  std::int64_t missed_levels(std::size_t i, const State& state, const Shape& out) const {
    std::int64_t missed = 0;
    const auto axes = static_cast<std::size_t>(q_.axes);
    for (const LevelGoal& goal : q_.levels[i]) {
      const Shape* before = shape_of(state, goal.before);
      const auto at = static_cast<std::size_t>(goal.axis);
      if (before == nullptr || before->size() < axes || out.size() < axes ||
          (*before)[before->size() - axes + at] != out[out.size() - axes + at])
        ++missed;
    }
    return missed;
  }

  Question& q_;
  SearchLimits limits_;
  LayerId probe_;
  std::vector<SizeBounds> bounds_;  // empty while probing
  std::map<std::int64_t, std::size_t> last_use_;
  std::vector<std::vector<Ref>> reads_;
  std::vector<Ref> slots_;  // which tensors the states of this stage hold
  std::vector<Ref> next_slots_;
  std::vector<std::size_t> kept_;
  std::size_t made_ = 0;
  std::vector<State> states_;
  std::vector<State> next_;
  std::unordered_map<std::vector<Shape>, std::size_t, LiveHash> index_;
  std::vector<Node> nodes_;
  std::set<std::int64_t> probed_;
  std::int64_t steps_ = 0;
};

}  // namespace

Searched search(Question& question, const SearchLimits& limits) {
  return Program(question, limits).run(LayerId());
}

Reach reachable(Question& question, LayerId layer, const SearchLimits& limits) {
  Program program(question, limits);
  const Searched searched = program.run(layer);
  Reach reach;
  reach.end = searched.end;
  reach.stuck = searched.stuck;
  reach.sizes.assign(program.probed().begin(), program.probed().end());
  return reach;
}

}  // namespace shapedbg
