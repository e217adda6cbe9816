// Axes that came into another order (W511 to W513): of all Permutes, Transposes and reshapes on the way the
// one change after which the least is out of order in the whole network.
#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "infer/again.h"
#include "meaning/walk.h"
#include "net/facts.h"
#include "repair/propose/orders.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// How much of a network is out of order: places among features that a layer with weights reads, pieces of
// axes, places in another order than in the input.
struct Disorder {
  std::size_t troubles = 0;
  std::int64_t reads = 0;
  std::int64_t pieces = 0;
  auto operator<=>(const Disorder&) const = default;
};

class Measure {
 public:
  Measure(const Spec& spec, const Meaning& meaning) : spec_(spec), m_(meaning) {}

  Disorder all() const {
    Disorder sum;
    sum.troubles = m_.troubles.size();
    for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
      const LayerSpec& one = spec_.layers[i];
      if (one.broken) continue;
      sum.reads += read_by(one);
      sum.pieces += pieces_of(m_.of({LayerId(i), 0}));
    }
    // What is returned has its places where the input has them.
    if (!spec_.layers.empty()) sum.reads += moved(m_.of({spec_.layers.last_id(), 0}));
    return sum;
  }

  // What a layer takes for features.
  std::int64_t read_by(const LayerSpec& one) const {
    if (one.inputs.empty()) return 0;
    const Channels channels = facts(one.kind).channels;
    const TensorMeaning& x = m_.of(one.inputs[0]);
    const auto axes = static_cast<int>(one.info().axes);
    const bool norm = one.info().family == Family::layer_norm;
    const bool attends = one.info().family == Family::attention;
    int axis = -1;
    if (channels == Channels::last || norm || attends)
      axis = x.rank - 1;
    else if (channels == Channels::before_axes)
      axis = x.rank - axes - 1;
    if (axis < 0 || axis >= x.rank) return 0;
    const auto digits = m_.digits_of(m_.axis(x, static_cast<std::size_t>(axis)));
    std::int64_t found = 0;
    for (std::size_t d = 0; d < digits.size(); ++d) {
      if (m_.atom(digits[d]).kind == AtomKind::position) found += 2;
      if (d > 0 && digits[d].atom == digits[d - 1].atom && digits[d].stride > digits[d - 1].stride) ++found;
    }
    // A part of what belongs together.
    if (digits.size() == 1 && m_.atom(digits[0]).kind == AtomKind::channel && !is_whole(digits[0], m_.atoms))
      ++found;
    return found;
  }

 private:
  int root_axis(const Digit& digit) const {
    const Atom& atom = m_.atom(digit);
    const Root* root = m_.root_of(atom);
    const bool place = atom.kind == AtomKind::position && root != nullptr && root->kind == Root::Kind::input;
    return place ? root->axis : -1;
  }

  std::int64_t moved(const TensorMeaning& out) const {
    if (m_.inputs.empty() || m_.inputs[0].rank != out.rank) return turned(out) ? 1 : 0;
    std::int64_t found = 0;
    for (int k = 0; k < out.rank; ++k) {
      const auto digits = m_.digits_of(m_.axis(out, static_cast<std::size_t>(k)));
      const int axis = digits.empty() ? -1 : root_axis(digits[0]);
      found += axis >= 0 && axis != k ? 1 : 0;
    }
    return found;
  }

  bool turned(const TensorMeaning& tensor) const {
    int last = -1;
    for (int k = 0; k < tensor.rank; ++k)
      for (const Digit& digit : m_.digits_of(m_.axis(tensor, static_cast<std::size_t>(k)))) {
        const int axis = root_axis(digit);
        if (axis < 0) continue;
        if (axis < last) return true;
        last = axis;
      }
    return false;
  }

  // Nothing stands in front of the samples.
  bool samples_first(const TensorMeaning& tensor) const {
    for (int k = 0; k < tensor.rank; ++k)
      for (const Digit& digit : m_.digits_of(m_.axis(tensor, static_cast<std::size_t>(k)))) {
        if (m_.atom(digit).kind == AtomKind::batch) return k == 0;
        if (k == 0) break;
      }
    return true;
  }

  std::int64_t pieces_of(const TensorMeaning& tensor) const {
    std::int64_t pieces = (turned(tensor) ? 1 : 0) + (samples_first(tensor) ? 0 : 1);
    for (int k = 0; k < tensor.rank; ++k) {
      const auto digits = m_.digits_of(m_.axis(tensor, static_cast<std::size_t>(k)));
      for (std::size_t d = 1; d < digits.size(); ++d) {
        const Digit& left = digits[d - 1];
        const Digit& right = digits[d];
        const bool apart = left.atom == right.atom && left.stride < right.stride;
        const bool within = m_.atom(left).kind == AtomKind::channel &&
                            m_.atom(right).kind == AtomKind::position && !is_whole(left, m_.atoms);
        pieces += apart || within ? 1 : 0;
      }
    }
    return pieces;
  }

  const Spec& spec_;
  const Meaning& m_;
};

class Ordered {
 public:
  Ordered(const Situation& s, std::vector<Candidate>& out)
      : s_(s), out_(out), meaning_(walk_for_findings(s.spec, s.trace)) {}

  // Takes the place of what stands in `out` from `known` on where it leaves less out of order.
  void run(LayerId index, std::size_t known) {
    at_ = index;
    end_ = s_.spec.layers.end_id();
    if (!is_known(known)) return;
    for (std::size_t k = 0; k < layer(at_).inputs.size() && !is_output(); ++k) put_in_front(at_, k);
    for (const LayerId i : way()) {
      turned(i);
      sizes_exchanged(i);
      // In front of a Permute another one is the same one with other axes.
      const Family family = layer(i).info().family;
      if (family != Family::permute && family != Family::transpose) put_in_front(i, 0);
      if (!moves_axes(layer(i))) put_behind(layer(i).inputs[0]);
    }
    if (!best_ || !best_->candidate) return;
    out_.resize(known);
    out_.push_back(std::move(*best_->candidate));
  }

 private:
  // Fewest troubles, and fewest places read as features. Then a Permute that brings about what a view was to
  // bring about, or a Transpose that is left out. Then least out of order, and how far axes are turned.
  using Rank =
      std::tuple<std::size_t, std::int64_t, bool, std::int64_t, std::pair<std::int64_t, std::int64_t>>;
  static Rank rank_of(const Disorder& disorder, bool meant, std::pair<std::int64_t, std::int64_t> turned) {
    return {disorder.troubles, disorder.reads, !meant, disorder.pieces, turned};
  }
  struct Best {
    Rank rank;
    std::optional<Candidate> candidate;  // none: what was known
  };

  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }
  const LayerTrace& row(LayerId i) const { return s_.trace.row(i); }
  bool is_output() const {
    return std::all_of(meaning_.troubles.begin(), meaning_.troubles.end(),
                       [&](const Trouble& trouble) { return trouble.layer == end_; });
  }

  // What other generators found, as the one to be better than. False where nothing is wrong here.
  bool is_known(std::size_t known) {
    if (meaning_.troubles.empty()) return false;
    for (std::size_t k = known; k < out_.size(); ++k) {
      const auto changed = changed_by(s_, out_[k]);
      if (!changed) continue;
      const Trace trace = infer(*changed);
      const std::int64_t far = 1 + std::max(out_[k].inserted, 1);
      const Rank rank = rank_of(Measure(*changed, walk_for_findings(*changed, trace)).all(), false, {far, 0});
      if (!best_ || rank < best_->rank) best_ = Best{rank, std::nullopt};
    }
    return true;
  }

  // Layers that the tensors come from, nearest first, that put axes into an order or read places as features.
  std::vector<LayerId> way() const {
    constexpr std::size_t most_seen = 40;
    constexpr std::size_t most = 10;
    const Measure measure(s_.spec, meaning_);
    std::vector<LayerId> all;
    std::vector<LayerId> next{at_};
    std::set<LayerId> seen{at_};
    for (std::size_t n = 0; n < next.size() && n < most_seen && all.size() < most; ++n) {
      const LayerSpec& one = layer(next[n]);
      if (one.broken) continue;
      if (moves_axes(one) || measure.read_by(one) > 0) all.push_back(next[n]);
      for (const Ref ref : one.inputs)
        if (!ref.is_input() && seen.insert(ref.layer).second) next.push_back(ref.layer);
    }
    return all;
  }

  static bool moves_axes(const LayerSpec& one) {
    const Family family = one.info().family;
    return family == Family::permute || family == Family::transpose || family == Family::reshape ||
           family == Family::unflatten || family == Family::flatten;
  }

  // A Transpose right in front of what is wrong, which takes that back where it is left out.
  bool is_lone_transpose(LayerId i, std::size_t input) const {
    const Ref from = layer(i).inputs[input];
    return i == at_ && !from.is_input() && layer(from.layer).info().family == Family::transpose;
  }

  // Whether a view of the same sizes in another order gets these from that order of the axes.
  bool exchanges(LayerId i, const Order& order) const {
    if (layer(i).info().family != Family::reshape || row(i).outputs.empty()) return false;
    const Shape& from = row(i).inputs[0];
    const Shape& to = row(i).outputs[0];
    return from != to &&
           std::equal(order.begin(), order.end(), to.begin(), to.end(),
                      [&](std::int64_t k, std::int64_t n) { return from[static_cast<std::size_t>(k)] == n; });
  }

  // How much is out of order behind `moves`; nothing where something breaks, or is wrong that was not.
  std::optional<Disorder> behind(const Moves& moves) {
    const auto price = static_cast<std::int64_t>(s_.spec.layers.size());
    if (s_.steps < price) return std::nullopt;
    s_.steps -= price;
    const auto moved = shapedbg::apply(s_.spec, moves);
    if (!moved) return std::nullopt;
    const Trace trace = infer_again(moved->net, s_.spec, s_.trace);
    if (!holds(moved->net, trace)) return std::nullopt;
    const Shape* was = s_.trace.result(s_.spec);
    const Shape* is = trace.result(moved->net);
    if (was == nullptr || is == nullptr || *was != *is) return std::nullopt;
    const Meaning meaning = walk_for_findings(moved->net, trace);
    for (const Trouble& trouble : meaning.troubles) {
      const auto i = trouble.layer.place();
      const LayerId before = i < moved->origin.size() ? moved->origin[i] : end_;
      if (before == at_ ||
          std::none_of(meaning_.troubles.begin(), meaning_.troubles.end(),
                       [&](const Trouble& t) { return t.flaw == trouble.flaw && t.layer == before; }))
        return std::nullopt;
    }
    return Measure(moved->net, meaning).all();
  }

  bool offer(const Moves& moves, std::string title, std::vector<Change> changes, FixKind kind, int put_in,
             std::pair<std::int64_t, std::int64_t> turned, bool meant = false) {
    const auto disorder = behind(moves);
    if (!disorder) return false;
    const Rank rank = rank_of(*disorder, meant, turned);
    if (best_ && !(rank < best_->rank)) return false;
    auto candidate = candidate_of(s_, kind, std::move(title), moves, std::move(changes), put_in);
    if (!candidate) return false;
    best_ = Best{rank, std::move(candidate)};
    return true;
  }

  void set(LayerId i, Opt opt, const Value& value, std::pair<std::int64_t, std::int64_t> by) {
    const OptionValue* present = layer(i).find(opt);
    if (present == nullptr || present->value == value) return;
    const std::string text = to_json(value);
    offer({SetOption{i, opt, value}},
          "set " + std::string(to_string(opt)) + " to " + text + " on `" + layer(i).name + "`",
          {{layer(i).name, std::string(to_string(opt)), to_json(present->value), text}}, FixKind::axis, 0,
          by);
  }

  void turned(LayerId i) {
    const LayerSpec& one = layer(i);
    if (one.shared || row(i).inputs.empty()) return;
    const auto rank = static_cast<std::int64_t>(row(i).inputs[0].size());
    if (one.info().family == Family::permute) {
      const std::vector<std::int64_t>& present = one.integers(Opt::dims);
      const bool samples_moved = !present.empty() && present[0] != 0;
      Order whole(present.size());
      std::iota(whole.begin(), whole.end(), std::int64_t{0});
      for (const Order& order : orders_of(present.size())) {
        Order fresh;
        for (const std::int64_t k : order) fresh.push_back(present[static_cast<std::size_t>(k)]);
        if (fresh != whole) set(i, Opt::dims, Value{std::move(fresh)}, cost_of(order));
        if (samples_moved) set(i, Opt::dims, Value{order}, cost_of(order));
      }
    } else if (one.info().family == Family::transpose) {
      const std::int64_t a = (one.integer(Opt::dim0) + rank) % rank;
      const std::int64_t b = (one.integer(Opt::dim1) + rank) % rank;
      for (std::int64_t k = 1; k < rank; ++k) {
        if (k == a || k == b) continue;
        if (b != 0) set(i, Opt::dim0, Value{k}, {1, 1});
        if (a != 0) set(i, Opt::dim1, Value{k}, {1, 1});
      }
    }
  }

  // What a Permute in front of a layer and another one that stands there come to.
  std::optional<Order> both_as_one(Ref from, const Order& order) const {
    if (from.is_input()) return std::nullopt;
    const LayerSpec& one = layer(from.layer);
    const Family family = one.info().family;
    if ((family != Family::permute && family != Family::transpose) || one.shared ||
        readers_of(from).size() > 1)
      return std::nullopt;
    const Order present = order_of(one, order.size());
    Order both;
    for (const std::int64_t k : order) both.push_back(present[static_cast<std::size_t>(k)]);
    return both;
  }

  static Order order_of(const LayerSpec& one, std::size_t rank) {
    const auto axes = static_cast<std::int64_t>(rank);
    Order present(rank);
    std::iota(present.begin(), present.end(), std::int64_t{0});
    if (one.info().family == Family::permute) {
      for (std::size_t k = 0; k < rank; ++k) present[k] = (one.integers(Opt::dims)[k] + axes) % axes;
    } else {
      std::swap(present[static_cast<std::size_t>((one.integer(Opt::dim0) + axes) % axes)],
                present[static_cast<std::size_t>((one.integer(Opt::dim1) + axes) % axes)]);
    }
    return present;
  }

  // The Permute that stands there with other axes, or none, in place of two.
  void simpler(Ref from, const Order& both) {
    const LayerSpec& one = layer(from.layer);
    const Family family = one.info().family;
    Candidate candidate;
    candidate.kind = FixKind::axis;
    if (std::is_sorted(both.begin(), both.end())) {
      if (!leave_out(s_, from.layer, candidate)) return;
      candidate.title = "leave out `" + one.name + "`, " + with_article(one.info().name);
    } else {
      if (family != Family::permute) return;
      const Value value{both};
      if (!add_moves(s_, {SetOption{from.layer, Opt::dims, value}}, candidate)) return;
      candidate.title = "set dims to " + to_json(value) + " on `" + one.name + "`";
      candidate.changes = {{one.name, "dims", to_json(one.find(Opt::dims)->value), to_json(value)}};
    }
    best_->candidate = std::move(candidate);
  }

  std::vector<Slot> readers_of(Ref ref) const {
    std::vector<Slot> readers;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i)
      for (std::size_t k = 0; k < s_.spec.layers[i].inputs.size(); ++k)
        if (s_.spec.layers[i].inputs[k] == ref) readers.push_back({LayerId(i), k});
    return readers;
  }

  // Two sizes of a reshape in each other's place.
  void sizes_exchanged(LayerId i) {
    const LayerSpec& one = layer(i);
    const Opt opt = one.info().family == Family::unflatten ? Opt::unflattened_size : Opt::shape;
    const OptionValue* option = one.find(opt);
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr || one.shared) return;
    const std::size_t first = opt == Opt::shape ? 1 : 0;
    for (std::size_t a = first; a < sizes->size(); ++a)
      for (std::size_t b = a + 1; b < sizes->size(); ++b) {
        if ((*sizes)[a] == (*sizes)[b]) continue;
        std::vector<Expression> fresh = *sizes;
        std::swap(fresh[a], fresh[b]);
        set(i, opt, Value{std::move(fresh)}, {1, static_cast<std::int64_t>(b - a)});
      }
  }

  void put_in_front(LayerId i, std::size_t input) {
    if (row(i).inputs.size() <= input) return;
    const std::string name = free_name(s_.spec, "permute");
    const Shape& shape = row(i).inputs[input];
    for (const Order& order : orders_of(shape.size())) {
      Moves moves;
      std::vector<Change> changes;
      if (!insert_permute(s_, i, input, name, order, moves, changes)) return;
      const auto both = both_as_one(layer(i).inputs[input], order);
      // Nobody puts in a Permute that is not needed, as likely as one is forgotten.
      auto cost = cost_of(order);
      const bool undone = both && std::is_sorted(both->begin(), both->end());
      if (undone) ++cost.first;
      const bool better =
          offer(moves, "put a Permute in front of `" + layer(i).name + "`: " + becomes(shape, order),
                std::move(changes), FixKind::missing_axis, 1, cost,
                (undone && is_lone_transpose(i, input)) || (input == 0 && exchanges(i, order)));
      if (better && both) simpler(layer(i).inputs[input], *both);
    }
  }

  // In front of all that read a tensor.
  void put_behind(Ref ref) {
    const Shape* shape = ref.is_input() ? &s_.spec.input(ref.input()).shape : s_.trace.output(s_.spec, ref);
    const std::vector<Slot> readers = readers_of(ref);
    if (shape == nullptr || readers.size() < 2) return;
    const std::string name = free_name(s_.spec, "permute");
    for (const Order& order : orders_of(shape->size())) {
      Moves moves;
      std::vector<Change> changes;
      if (!insert_permute(s_, readers[0].layer, readers[0].input, name, order, moves, changes)) return;
      std::get<InsertLayer>(moves[0]).feeds = readers;
      offer(moves, "put a Permute behind `" + s_.spec.name_of(ref) + "`: " + becomes(*shape, order),
            std::move(changes), FixKind::missing_axis, 1, cost_of(order));
    }
  }

  static std::string becomes(const Shape& shape, const Order& order) {
    Shape fresh;
    for (const std::int64_t axis : order) fresh.push_back(shape[static_cast<std::size_t>(axis)]);
    return bracketed(shape) + " becomes " + bracketed(fresh);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Meaning meaning_;
  std::optional<Best> best_;
  LayerId at_;
  LayerId end_{0};
};

}  // namespace

void suggest_orders(const Situation& s, std::size_t known, std::vector<Candidate>& out) {
  if (const auto index = s.spec.find(s.finding.layer)) Ordered(s, out).run(*index, known);
}

}  // namespace shapedbg
