// What runs and cannot be meant (W512 to W518): another axis of a softmax, Concat or recurrent layer, a
// Permute in front, axes of a Permute in another order, the cut that makes positions meet, the slice that was
// forgotten, a norm too many. Each is tried by the walk: what was wrong is not any more, and nothing else is.
#include <algorithm>
#include <numeric>
#include <optional>

#include "meaning/walk.h"
#include "repair/propose/orders.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int most_steps = 12;
constexpr std::size_t axes_of_a_map = 4;

bool is_about(Code code, Flaw flaw) {
  switch (flaw) {
    case Flaw::torn:
    case Flaw::mixed:
      return code == Code::W511;
    case Flaw::misread:
    case Flaw::layout:
      return code == Code::W512;
    case Flaw::crossed:
    case Flaw::turned:
      return code == Code::W513;
    case Flaw::drifting:
    case Flaw::shifted:
      return code == Code::W514;
    case Flaw::samples:
      return code == Code::W515;
    case Flaw::stretched:
      return code == Code::W516;
    case Flaw::constant:
      return code == Code::W517;
    case Flaw::twice:
    case Flaw::repeated:
      return code == Code::W518;
  }
  return false;
}

class Meant {
 public:
  Meant(const Situation& s, std::vector<Candidate>& out)
      : s_(s), out_(out), meaning_(walk_for_findings(s.spec, s.trace)) {}

  void run(LayerId index) {
    at_ = index;
    const LayerId end = s_.spec.layers.end_id();
    for (const Trouble& trouble : meaning_.troubles) {
      const bool here = std::min(trouble.layer, end - 1) == index && is_about(s_.finding.code, trouble.flaw);
      if (here && !wrong_) wrong_ = trouble;
    }
    if (!wrong_) return;
    const std::size_t known = out_.size();
    if (another_axis()) {
      if (wrong_->flaw == Flaw::constant && out_.size() == known) one_score();
      return;
    }
    batch_first();
    if (wrong_->flaw == Flaw::samples && !is_output()) one_axis_less();
    if (wrong_->flaw == Flaw::shifted) other_cuts();
    if (wrong_->flaw == Flaw::twice) other_slice();
    if (wrong_->flaw == Flaw::constant) without_norm();
    if (wrong_->flaw == Flaw::layout && !is_output() && without_move()) return;
    if (s_.finding.code == Code::W512 || s_.finding.code == Code::W513) other_orders();
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }
  const LayerTrace& row(LayerId i) const { return s_.trace.row(i); }
  bool is_output() const { return wrong_->layer == s_.spec.layers.end_id(); }

  // Whether what was wrong is right after `moves`, and nothing is wrong that was not before.
  bool clears(const Moves& moves) {
    const auto price = static_cast<std::int64_t>(s_.spec.layers.size());
    if (s_.steps < price) return false;
    s_.steps -= price;
    const auto moved = shapedbg::apply(s_.spec, moves);
    if (!moved) return false;
    const Trace trace = infer(moved->net);
    if (!holds(moved->net, trace)) return false;
    const LayerId end = s_.spec.layers.end_id();
    for (const Trouble& trouble : walk_for_findings(moved->net, trace).troubles) {
      const auto i = trouble.layer.place();
      const LayerId before = i < moved->origin.size() ? moved->origin[i] : end;
      const bool known =
          std::any_of(meaning_.troubles.begin(), meaning_.troubles.end(), [&](const Trouble& was) {
            return was.flaw == trouble.flaw && was.layer == before &&
                   !(was.layer == wrong_->layer && was.flaw == wrong_->flaw);
          });
      if (!known) return false;
    }
    return true;
  }

  bool offer(FixKind kind, std::string title, const Moves& moves, std::vector<Change> changes,
             int put_in = 0) {
    auto candidate = candidate_of(s_, kind, std::move(title), moves, std::move(changes), put_in);
    if (!candidate) return false;
    out_.push_back(std::move(*candidate));
    return true;
  }

  // Sets one option where that clears it.
  bool set(LayerId i, Opt opt, const Value& value) {
    const OptionValue* present = layer(i).find(opt);
    if (present == nullptr || present->value == value) return false;
    const Moves moves{SetOption{i, opt, value}};
    if (!clears(moves)) return false;
    const std::string text = to_json(value);
    return offer(FixKind::axis,
                 "set " + std::string(to_string(opt)) + " to " + text + " on `" + layer(i).name + "`", moves,
                 {{layer(i).name, std::string(to_string(opt)), to_json(present->value), text}});
  }

  // The one other axis that is right; of several none is certain.
  bool another_axis() {
    if (is_output()) return false;
    const OptionValue* dim = layer(at_).has(Opt::dim) ? layer(at_).find(Opt::dim) : nullptr;
    const auto* present = dim == nullptr ? nullptr : std::get_if<std::int64_t>(&dim->value);
    const Family family = layer(at_).info().family;
    if (present == nullptr || row(at_).inputs.empty() ||
        (family != Family::softmax && family != Family::concat) || wrong_->flaw == Flaw::shifted ||
        wrong_->flaw == Flaw::drifting)
      return false;
    const auto rank = static_cast<std::int64_t>(row(at_).inputs[0].size());
    std::vector<std::int64_t> right;
    for (std::int64_t k = 1; k < rank; ++k) {
      const bool one = row(at_).inputs[0][static_cast<std::size_t>(k)] == 1;
      if (k == (*present + rank) % rank || (family == Family::softmax && one)) continue;
      if (clears({SetOption{at_, Opt::dim, Value{k}}})) right.push_back(k);
    }
    if (family == Family::softmax && right.size() > 1) right = likeliest(std::move(right));
    if (right.size() != 1) return family == Family::softmax;
    return set(at_, Opt::dim, Value{*present < 0 ? right[0] - rank : right[0]});
  }

  // Of the axes of a softmax the one over which what it weighs is summed, the last one where a matrix product
  // takes it as rows, else the one that holds classes.
  std::vector<std::int64_t> likeliest(std::vector<std::int64_t> axes) const {
    const TensorMeaning& x = meaning_.of(layer(at_).inputs[0]);
    if (const auto summed = weighs_along(at_); summed && std::count(axes.begin(), axes.end(), *summed) > 0)
      return {*summed};
    const auto classes = [&](std::int64_t k) {
      const auto digits = meaning_.digits_of(meaning_.axis(x, static_cast<std::size_t>(k)));
      return !digits.empty() && std::all_of(digits.begin(), digits.end(), [&](const Digit& digit) {
        return meaning_.atom(digit).kind == AtomKind::channel;
      });
    };
    if (axes.back() + 1 == x.rank && is_summed_over(at_))
      axes = {axes.back()};
    else if (std::count_if(axes.begin(), axes.end(), classes) == 1)
      std::erase_if(axes, [&](std::int64_t k) { return !classes(k); });
    return axes;
  }

  // Whether a tensor is what layer `i` returns, scaled or with its axes turned, put in or dropped.
  bool is_made_of(Ref ref, LayerId i) const {
    for (int step = 0; step < most_steps && !ref.is_input(); ++step) {
      if (ref.layer == i) return true;
      const LayerSpec& one = layer(ref.layer);
      const Family family = one.info().family;
      const bool turns = family == Family::permute || family == Family::transpose ||
                         family == Family::squeeze || family == Family::unsqueeze;
      if (one.broken || one.inputs.size() != 1 || (family != Family::pointwise && !turns)) return false;
      ref = one.inputs[0];
    }
    return false;
  }

  // The axis of weights over which their product with what they weigh is summed; nothing where that is not
  // one axis.
  std::optional<std::int64_t> weighs_along(LayerId i) const {
    const TensorMeaning& weights = meaning_.of({i, 0});
    for (const LayerSpec& sum : s_.spec.layers) {
      if (sum.broken || sum.kind != LayerKind::Sum || sum.inputs[0].is_input()) continue;
      const LayerSpec& product = layer(sum.inputs[0].layer);
      const auto& dims = sum.integers(Opt::dim);
      if (product.broken || product.kind != LayerKind::Mul || dims.size() != 1) continue;
      for (const Ref ref : product.inputs) {
        if (!is_made_of(ref, i)) continue;
        const TensorMeaning& one = meaning_.of(ref);
        const std::int64_t at = dims[0] < 0 ? dims[0] + one.rank : dims[0];
        if (at < 0 || at >= one.rank) continue;
        const auto along = meaning_.digits_of(meaning_.axis(one, static_cast<std::size_t>(at)));
        std::vector<std::int64_t> same;
        for (int k = 0; k < weights.rank; ++k) {
          const auto digits = meaning_.digits_of(meaning_.axis(weights, static_cast<std::size_t>(k)));
          if (!digits.empty() && std::equal(digits.begin(), digits.end(), along.begin(), along.end()))
            same.push_back(k);
        }
        if (same.size() == 1) return same[0];
      }
    }
    return std::nullopt;
  }

  // Whether a matrix product takes what a layer returns, as rows.
  bool is_summed_over(LayerId i) const {
    return std::any_of(s_.spec.layers.begin(), s_.spec.layers.end(), [&](const LayerSpec& one) {
      return !one.broken && one.info().family == Family::matmul && one.inputs[0] == Ref{i, 0};
    });
  }

  void batch_first() {
    if (wrong_->flaw != Flaw::samples || is_output()) return;
    if (layer(at_).find(Opt::batch_first) == nullptr || layer(at_).flag(Opt::batch_first)) return;
    set(at_, Opt::batch_first, Value{true});
  }

  // An input of a sum or product that lacks one axis of the other, so that its batch meets what stands behind
  // the other's: the axis is put in where it keeps the samples apart.
  void one_axis_less() {
    const LayerSpec& merge = layer(at_);
    const Shapes& inputs = row(at_).inputs;
    if (merge.shared || merge.info().family != Family::elementwise || inputs.size() != 2) return;
    const std::size_t k = inputs[0].size() < inputs[1].size() ? 0 : 1;
    const auto prefix = s_.rewrite.prefix(merge);
    if (!prefix || inputs[k].size() < 2 || inputs[k].size() + 1 != inputs[1 - k].size()) return;
    const std::string name = free_name(s_.spec, "unsqueeze");
    for (std::int64_t axis = 1; axis <= std::ssize(inputs[k]); ++axis) {
      const Moves moves{InsertLayer{InsertLayer::Where::before,
                                    at_,
                                    LayerKind::Unsqueeze,
                                    *prefix + name,
                                    {merge.inputs[k]},
                                    {{Opt::dim, Value{axis}}},
                                    {{at_, k}}}};
      if (!clears(moves)) continue;
      Shape fresh = inputs[k];
      fresh.insert(fresh.begin() + axis, 1);
      const std::string object =
          R"({"name": ")" + name + R"(", "type": "Unsqueeze", "dim": )" + std::to_string(axis) + "}";
      offer(FixKind::missing_axis,
            "put an Unsqueeze between `" + s_.spec.name_of(merge.inputs[k]) + "` and `" + merge.name +
                "`: " + bracketed(inputs[k]) + " becomes " + bracketed(fresh),
            moves, {{*prefix + name, "layer", "null", object}}, 1);
      return;
    }
  }

  // Leaves the layer out where that clears it.
  bool without_it(const char* reason = "") {
    if (!clears({RemoveLayer{at_}})) return false;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    if (!leave_out(s_, at_, candidate)) return false;
    candidate.title = "leave out `" + layer(at_).name + "`, " + with_article(layer(at_).info().name) + reason;
    out_.push_back(std::move(candidate));
    return true;
  }

  // The norm of one channel that is all that is returned.
  void without_norm() {
    const Family family = layer(at_).info().family;
    if (family == Family::group_norm || family == Family::instance_norm) without_it();
  }

  // A Pad that puts in front as much as it cuts behind, along channels.
  bool without_move() {
    const Family family = layer(at_).info().family;
    const bool pads = family == Family::pad || family == Family::free_pad;
    return pads && !row(at_).inputs.empty() && row(at_).inputs[0] == row(at_).outputs[0] && without_it();
  }

  // A softmax over one score says 1 whatever it is.
  void one_score() {
    const Shapes& x = row(at_).inputs;
    const bool single = !x.empty() && x[0].back() == 1;
    if (layer(at_).info().family == Family::softmax && single)
      without_it(": one score says enough, or takes a Sigmoid");
  }

  // The layers that a tensor comes from, up to one with several inputs.
  std::vector<LayerId> way_to(Ref ref) const {
    std::vector<LayerId> way;
    for (int step = 0; step < most_steps && !ref.is_input(); ++step) {
      way.push_back(ref.layer);
      if (layer(ref.layer).broken || layer(ref.layer).inputs.size() != 1) break;
      ref = layer(ref.layer).inputs[0];
    }
    return way;
  }

  // How far apart the tensors lie that meet there.
  static std::optional<Rational> apart(const Meaning& meaning, LayerId at, const Trouble& wrong) {
    for (const MeetingPlace& place : meaning.meetings)
      if (place.layer == at && place.axis == wrong.axis && place.input == wrong.input && place.equal_steps)
        return place.mean / place.step;
    return std::nullopt;
  }

  // A cut or pad in front of the merge that takes as much on the other side, or on both: of all the one
  // behind which they lie nearest to each other.
  void other_cuts() {
    const auto by = apart(meaning_, wrong_->layer, *wrong_);
    if (!by || !by->known() || by->top() == 0) return;
    std::vector<LayerId> cuts;
    for (const Ref ref : layer(at_).inputs)
      for (const LayerId i : way_to(ref))
        if (std::count(cuts.begin(), cuts.end(), i) == 0) cuts.push_back(i);
    if (is_output()) cuts.push_back(at_);
    const std::int64_t whole = by->top() / by->bottom();
    const std::int64_t beyond = by->bottom() == 1 ? whole : whole + (by->top() < 0 ? -1 : 1);
    std::optional<Cut> best;
    for (const LayerId i : cuts) {
      if (layer(i).broken || row(i).inputs.empty()) continue;
      const Family family = layer(i).info().family;
      if (family == Family::crop && layer(i).find(Opt::align) != nullptr) {
        const bool centre = layer(i).word(Opt::align) == "center";
        if (set(i, Opt::align, Value{std::string(centre ? "start" : "center")})) return;
      }
      for (const std::int64_t n : {whole, -whole, beyond, -beyond})
        if (n != 0) nearer(cut_elsewhere(i, static_cast<std::size_t>(wrong_->axis), n), best);
    }
    if (!best) return;
    const auto* padding = std::get_if<std::vector<std::int64_t>>(&best->value);
    const bool idle = padding != nullptr && best->opt == Opt::padding &&
                      std::all_of(padding->begin(), padding->end(), [](std::int64_t n) { return n == 0; });
    Candidate candidate;
    candidate.kind = FixKind::axis;
    if (!idle || !leave_out(s_, best->layer, candidate)) {
      set(best->layer, best->opt, best->value);
      return;
    }
    candidate.title =
        "leave out `" + layer(best->layer).name + "`, " + with_article(layer(best->layer).info().name);
    out_.push_back(std::move(candidate));
  }

  struct Cut {
    LayerId layer;
    Opt opt{};
    Value value;
    Rational apart = {};
  };

  // Takes a cut that clears it, and brings the tensors nearer than `best` does.
  void nearer(std::optional<Cut> cut, std::optional<Cut>& best) {
    if (!cut) return;
    const Moves moves{SetOption{cut->layer, cut->opt, cut->value}};
    if (!clears(moves)) return;
    const auto moved = shapedbg::apply(s_.spec, moves);
    const auto left = apart(walk(moved->net, infer(moved->net)), wrong_->layer, *wrong_);
    cut->apart = left ? abs(*left) : Rational(0);
    if (!best || cut->apart < best->apart) best = std::move(cut);
  }

  std::optional<Cut> cut_elsewhere(LayerId i, std::size_t axis, std::int64_t by) const {
    const Family family = layer(i).info().family;
    const std::size_t rank = row(i).inputs[0].size();
    if (axis >= rank) return std::nullopt;
    if (family == Family::slice && layer(i).has(Opt::index)) {
      auto ranges = std::get<std::vector<SliceRange>>(layer(i).find(Opt::index)->value);
      if (axis >= ranges.size() || ranges[axis].step != 1) return std::nullopt;
      SliceRange& r = ranges[axis];
      const std::int64_t n = row(i).inputs[0][axis];
      const std::int64_t m = row(i).outputs[0][axis];
      const std::int64_t start = r.start == SliceRange::open ? 0 : r.start < 0 ? r.start + n : r.start;
      const std::int64_t now = start + by;
      if (now < 0 || now + m > n) return std::nullopt;
      r.start = now == 0 ? SliceRange::open : now;
      r.stop = now + m == n ? SliceRange::open : r.stop < 0 ? now + m - n : now + m;
      return Cut{i, Opt::index, Value{std::move(ranges)}};
    }
    const bool pads = family == Family::pad || family == Family::free_pad;
    if (!pads || !layer(i).has(Opt::padding)) return std::nullopt;
    std::vector<std::int64_t> padding = layer(i).integers(Opt::padding);
    if (padding.size() == 1) padding.assign(2 * static_cast<std::size_t>(layer(i).info().axes), padding[0]);
    const std::size_t front = 2 * (rank - 1 - axis);
    if (front + 1 >= padding.size()) return std::nullopt;
    padding[front] += by;
    padding[front + 1] -= by;
    return Cut{i, Opt::padding, Value{std::move(padding)}};
  }

  // Of slices that step alike the one part that none of them takes.
  void other_slice() {
    const LayerSpec& merge = layer(at_);
    const auto input = static_cast<std::size_t>(std::max(wrong_->input, 0));
    std::vector<std::vector<SliceRange>> taken;
    LayerId twice;
    for (std::size_t k = 0; k < merge.inputs.size(); ++k) {
      const Ref ref = merge.inputs[k];
      if (ref.is_input() || layer(ref.layer).info().family != Family::slice ||
          !layer(ref.layer).has(Opt::index))
        return;
      if (k == input) twice = ref.layer;
      taken.push_back(std::get<std::vector<SliceRange>>(layer(ref.layer).find(Opt::index)->value));
    }
    if (twice.is_none()) return;
    const std::vector<SliceRange> steps =
        std::get<std::vector<SliceRange>>(layer(twice).find(Opt::index)->value);
    std::vector<std::vector<SliceRange>> parts{steps};
    for (std::size_t axis = 0; axis < steps.size(); ++axis) {
      if (steps[axis].step < 2 || steps[axis].step > 4) continue;
      std::vector<std::vector<SliceRange>> more;
      for (const auto& part : parts)
        for (std::int64_t start = 0; start < steps[axis].step; ++start) {
          more.push_back(part);
          more.back()[axis].start = start;
        }
      parts = std::move(more);
    }
    const auto is_taken = [&](const std::vector<SliceRange>& part) {
      return std::any_of(taken.begin(), taken.end(), [&](std::vector<SliceRange> other) {
        for (SliceRange& r : other)
          if (r.step > 1 && r.start == SliceRange::open) r.start = 0;
        return other == part;
      });
    };
    std::erase_if(parts, is_taken);
    if (parts.size() == 1) set(twice, Opt::index, Value{std::move(parts[0])});
  }

  // The axes of a Permute or Transpose in front in another order; else a Permute on what is read, and one
  // back behind it where that is needed.
  void other_orders() {
    const std::size_t input = static_cast<std::size_t>(std::max(wrong_->input, 0));
    if (input >= layer(at_).inputs.size()) return;
    for (const LayerId i : is_output() ? way_to({at_, 0}) : way_to(layer(at_).inputs[input]))
      if (reordered(i)) return;
    if (is_output() || row(at_).inputs.size() <= input) return;
    const std::string name = free_name(s_.spec, "permute");
    for (const Order& order : orders_of(row(at_).inputs[input].size())) {
      Moves moves;
      std::vector<Change> changes;
      if (!insert_permute(s_, at_, input, name, order, moves, changes)) return;
      std::string title = "put a Permute in front of `" + layer(at_).name + "`";
      int put_in = 1;
      if (!clears(moves)) {
        if (wrong_->flaw == Flaw::crossed || !back_behind(order, moves, changes, put_in) || !clears(moves))
          continue;
        title += " and one back behind it";
      }
      if (offer(FixKind::missing_axis, std::move(title), moves, std::move(changes), put_in)) return;
    }
  }

  bool back_behind(const Order& order, Moves& moves, std::vector<Change>& changes, int& put_in) const {
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i)
      for (std::size_t k = 0; k < s_.spec.layers[i].inputs.size(); ++k)
        if (s_.spec.layers[i].inputs[k] == Ref{at_, 0}) {
          const std::string name = free_name(s_.spec, "permute_" + std::to_string(++put_in));
          if (!insert_permute(s_, LayerId(i), k, name, inverse_of(order), moves, changes)) return false;
        }
    return put_in > 1;
  }

  bool reordered(LayerId i) {
    const LayerSpec& one = layer(i);
    if (one.broken || one.shared || row(i).inputs.empty() || one.info().family != Family::permute)
      return false;
    const std::vector<std::int64_t>& present = one.integers(Opt::dims);
    if (present.size() != row(i).inputs[0].size() || present.empty() || present[0] != 0) return false;
    for (const Order& order : orders_of(present.size())) {
      Order fresh;
      for (const std::int64_t k : order) fresh.push_back(present[static_cast<std::size_t>(k)]);
      // Nobody takes axes to pieces for a Permute that does nothing.
      if (fresh.size() > axes_of_a_map && std::is_sorted(fresh.begin(), fresh.end())) continue;
      if (set(i, Opt::dims, Value{std::move(fresh)})) return true;
    }
    return false;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Meaning meaning_;
  std::optional<Trouble> wrong_;
  LayerId at_;
};

}  // namespace

void suggest_meanings(const Situation& s, std::vector<Candidate>& out) {
  if (const auto index = s.spec.find(s.finding.layer)) Meant(s, out).run(*index);
}

}  // namespace shapedbg
