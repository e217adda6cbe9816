// A reshape that scrambles its elements (W511): a Permute in front of it, or the axes taken apart in the
// order in which they lie and a Permute behind. All reshapes that are written alike are changed alike, and
// one behind them that then scrambles, as the way back does, is changed too.
#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>

#include "meaning/walk.h"
#include "repair/propose/orders.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int most_views = 3;

class Views {
 public:
  Views(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out) {}

  void run(LayerId index) {
    const Meaning meaning = walk_for_findings(s_.spec, s_.trace);
    for (const Trouble& trouble : meaning.troubles) before_.push_back({trouble.flaw, trouble.layer});
    samples_ = samples_of(meaning, layer(index).inputs[0]);
    changed_ = {s_.spec, {}};
    changed_.origin.resize(s_.spec.layers.size());
    std::iota(changed_.origin.begin(), changed_.origin.end(), LayerId(0));
    std::optional<LayerId> at = index;
    for (int step = 0; at && step < most_views; ++step)
      if (!right_at(*at, at)) return;
    if (at || moves_.empty()) return;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.title = title_;
    candidate.changes = changes_;
    candidate.inserted = put_in_;
    if (add_moves(s_, moves_, candidate)) out_.push_back(std::move(candidate));
  }

 private:
  struct Known {
    Flaw flaw;
    LayerId layer;
  };

  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  // The axis that holds the samples and nothing else; the first where none is known to.
  static std::size_t samples_of(const Meaning& meaning, Ref ref) {
    const TensorMeaning& x = meaning.of(ref);
    for (std::size_t k = 0; k < x.axis_count(); ++k) {
      const auto digits = meaning.digits_of(meaning.axis(x, k));
      if (digits.size() == 1 && meaning.atom(digits[0]).kind == AtomKind::batch) return k;
    }
    return 0;
  }

  static const std::vector<Expression>* sizes_of(const LayerSpec& one) {
    const OptionValue* option = one.info().family == Family::reshape ? one.find(Opt::shape) : nullptr;
    return option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  }

  // Whether a layer takes what another one made, however far.
  bool comes_behind(LayerId index, LayerId other) const {
    PerLayer<char> reads(s_.spec.layers.size(), 0);
    for (std::size_t i = other.place() + 1; i <= index.place(); ++i)
      for (const Ref ref : s_.spec.layers[i].inputs)
        if (ref.layer == other || (!ref.is_input() && reads[ref.layer] != 0)) reads[i] = 1;
    return reads[index] != 0;
  }

  // The layer and those that are written as it is and scramble as it does.
  std::vector<LayerId> twins_of(LayerId index) const {
    std::vector<LayerId> all{index};
    const auto* sizes = sizes_of(layer(index));
    for (const Known& known : before_) {
      if (known.layer == index || known.layer >= s_.spec.layers.end_id()) continue;
      if (known.flaw != Flaw::torn && known.flaw != Flaw::mixed) continue;
      const auto* others = sizes_of(layer(known.layer));
      if (sizes != nullptr && others != nullptr && *sizes == *others &&
          std::count(all.begin(), all.end(), known.layer) == 0)
        all.push_back(known.layer);
    }
    // The same from each of them.
    std::sort(all.begin(), all.end());
    return all;
  }

  // Finds what puts `index` right; `next` is then the layer behind it that scrambles instead, if one does.
  bool right_at(LayerId index, std::optional<LayerId>& next) {
    const std::vector<LayerId> twins = twins_of(index);
    const Trace trace = infer(changed_.net);
    const auto now = std::find(changed_.origin.begin(), changed_.origin.end(), index);
    if (now == changed_.origin.end()) return false;
    const LayerTrace& row = trace.layers[static_cast<std::size_t>(now - changed_.origin.begin())];
    if (row.inputs.empty() || row.outputs.empty()) return false;
    const Shape x = row.inputs[0];
    const Shape y = row.outputs[0];
    std::optional<Found> best;
    for (const bool behind : {false, true}) {
      if (behind && sizes_of(layer(index)) == nullptr) continue;
      // Only what the first reshape takes has its samples elsewhere: last states have.
      const std::size_t samples = behind || !moves_.empty() ? 0 : samples_;
      for (const Order& order : orders_of(behind ? y.size() : x.size(), samples)) {
        auto found = tried(twins, behind, order);
        if (spent_) return false;
        if (found) std::get<0>(found->rank) = behind || !brings_about(x, order, y);
        if (found && (!best || found->rank < best->rank)) best = std::move(found);
      }
    }
    if (!best) return false;
    put_in_ += best->put_in;
    moves_.insert(moves_.end(), best->moves.begin(), best->moves.end());
    changes_.insert(changes_.end(), best->changes.begin(), best->changes.end());
    changed_ = std::move(best->moved);
    for (const Change& change : best->changes)
      if (change.option == "layer") named_before_.push_back(change.layer);
    next = best->next;
    tell(twins, best->behind, best->order, best->behind ? y : x);
    return true;
  }

  static bool brings_about(const Shape& x, const Order& order, const Shape& y) {
    return std::equal(order.begin(), order.end(), y.begin(), y.end(), [&](std::int64_t axis, std::int64_t n) {
      return x[static_cast<std::size_t>(axis)] == n;
    });
  }

  // An order that puts layers right.
  struct Found {
    bool behind = false;
    Order order;
    Moves moves = {};
    std::vector<Change> changes = {};
    int put_in = 0;
    Moved moved = {};
    std::optional<LayerId> next = {};  // the layer behind that scrambles then
    // Sizes that are only exchanged are what the Permute brings about. Then the fewest pieces: whole axes are
    // meant before parts of them. Then in front of the reshape, and the simplest order.
    std::tuple<bool, std::size_t, bool, std::pair<std::int64_t, std::int64_t>> rank = {};
  };

  std::optional<Found> tried(const std::vector<LayerId>& twins, bool behind, const Order& order) {
    Found found{behind, order};
    named_ = named_before_;
    for (const LayerId twin : twins)
      if (!(behind ? taken_apart(twin, order, found.moves, found.changes, found.put_in)
                   : permuted(twin, order, found.moves, found.changes, found.put_in)))
        return std::nullopt;
    if (!improves(twins, found)) return std::nullopt;
    return found;
  }

  std::string fresh_name() const {
    const auto taken = [&](const std::string& name) {
      return std::any_of(named_.begin(), named_.end(), [&](const std::string& n) { return n == name; });
    };
    std::string name = free_name(s_.spec, "permute");
    for (int number = 2; taken(name); ++number)
      name = free_name(s_.spec, "permute_" + std::to_string(number));
    named_.push_back(name);
    return name;
  }

  // A Permute on input `k` of a layer.
  bool insert(LayerId at, std::size_t k, Order order, Moves& more, std::vector<Change>& changes,
              int& put_in) const {
    if (!insert_permute(s_, at, k, fresh_name(), std::move(order), more, changes)) return false;
    ++put_in;
    return true;
  }

  bool permuted(LayerId at, const Order& order, Moves& more, std::vector<Change>& changes,
                int& put_in) const {
    return insert(at, 0, order, more, changes, put_in);
  }

  // The sizes in the order in which the elements lie, and the order that is wanted in front of each reader.
  bool taken_apart(LayerId at, const Order& order, Moves& more, std::vector<Change>& changes,
                   int& put_in) const {
    const std::vector<Expression>& sizes = *sizes_of(layer(at));
    if (sizes.size() != order.size() || layer(at).shared) return false;
    std::vector<Expression> fresh;
    for (const std::int64_t axis : order) fresh.push_back(sizes[static_cast<std::size_t>(axis)]);
    changes.push_back({layer(at).name, "shape", to_json(Value{sizes}), to_json(Value{fresh})});
    more.emplace_back(SetOption{at, Opt::shape, Value{std::move(fresh)}});
    int readers = 0;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i)
      for (std::size_t k = 0; k < s_.spec.layers[i].inputs.size(); ++k)
        if (s_.spec.layers[i].inputs[k] == Ref{at, 0}) {
          ++readers;
          if (!insert(LayerId(i), k, inverse_of(order), more, changes, put_in)) return false;
        }
    return readers > 0;
  }

  // Whether nothing is wrong at `layers` any more, nor elsewhere that was right before, but for a reshape
  // behind them, which is `next` then.
  bool improves(const std::vector<LayerId>& layers, Found& found) {
    const auto price = static_cast<std::int64_t>(s_.spec.layers.size());
    if (s_.steps < price) {
      spent_ = true;
      return false;
    }
    s_.steps -= price;
    Moves all = moves_;
    all.insert(all.end(), found.moves.begin(), found.moves.end());
    auto moved = shapedbg::apply(s_.spec, all);
    if (!moved) return false;
    const Trace trace = infer(moved->net);
    if (!holds(moved->net, trace)) return false;
    const Meaning meaning = walk_for_findings(moved->net, trace);
    const LayerId end = s_.spec.layers.end_id();
    std::vector<Known> now_wrong;  // by the layers before
    for (const Trouble& trouble : meaning.troubles) {
      const auto at = trouble.layer.place();
      now_wrong.push_back({trouble.flaw, at < moved->origin.size() ? moved->origin[at] : end});
      const Known& last = now_wrong.back();
      const bool scrambles = last.flaw == Flaw::torn || last.flaw == Flaw::mixed;
      if (scrambles && last.layer < end && comes_behind(last.layer, layers.front()) &&
          (!found.next || last.layer < *found.next))
        found.next = last.layer;
    }
    for (const Known& wrong : now_wrong) {
      if (std::count(layers.begin(), layers.end(), wrong.layer) > 0) return false;
      if (wrong.layer != end && !comes_behind(wrong.layer, layers.front())) {
        // Elsewhere it was so before.
        if (std::none_of(before_.begin(), before_.end(),
                         [&](const Known& k) { return k.flaw == wrong.flaw && k.layer == wrong.layer; }))
          return false;
        continue;
      }
      // Behind a reshape that scrambles all follows from it.
      const bool follows = found.next && (wrong.layer == end || wrong.layer == *found.next ||
                                          comes_behind(wrong.layer, *found.next));
      if (!follows) return false;
    }
    const auto now = std::find(moved->origin.begin(), moved->origin.end(), layers.front());
    if (now == moved->origin.end()) return false;
    const TensorMeaning& made = meaning.of({LayerId(now - moved->origin.begin()), 0});
    found.rank = {true, pieces_of(meaning, made), found.behind, cost_of(found.order)};
    found.moved = std::move(*moved);
    return true;
  }

  // Into how much a tensor falls apart: its digits, and more where an axis of places alone lacks the coarse
  // part of them, or where places of two axes stand in another order than in the input.
  static std::size_t pieces_of(const Meaning& meaning, const TensorMeaning& made) {
    std::size_t pieces = 0;
    int last = -1;
    for (int k = 0; k < made.rank; ++k) {
      const auto digits = meaning.digits_of(meaning.axis(made, static_cast<std::size_t>(k)));
      pieces += digits.size();
      if (digits.empty() || meaning.atom(digits.front()).kind != AtomKind::position) continue;
      const Atom& atom = meaning.atom(digits.front());
      if (digits.front().stride * digits.front().size != atom.size) ++pieces;
      const Root* root = meaning.root_of(atom);
      if (root == nullptr) continue;
      if (root->axis < last) ++pieces;
      last = std::max(last, root->axis);
    }
    return pieces;
  }

  void tell(const std::vector<LayerId>& twins, bool behind, const Order& order, const Shape& shape) {
    std::string names;
    for (std::size_t i = 0; i < twins.size(); ++i)
      names += (i == 0 ? "`" : i + 1 == twins.size() ? " and `" : ", `") + layer(twins[i]).name + "`";
    Shape fresh;
    for (const std::int64_t axis : order) fresh.push_back(shape[static_cast<std::size_t>(axis)]);
    title_ += title_.empty() ? "" : ", and ";
    if (behind)
      title_ += "let " + names + " make " + bracketed(fresh) + ", and put a Permute behind: it becomes " +
                bracketed(shape);
    else
      title_ +=
          "put a Permute in front of " + names + ": " + bracketed(shape) + " becomes " + bracketed(fresh);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Known> before_;
  Moved changed_;
  Moves moves_;
  std::vector<Change> changes_;
  std::string title_;
  int put_in_ = 0;
  bool spent_ = false;
  std::size_t samples_ = 0;                 // the axis that they are in what the reshape takes
  mutable std::vector<std::string> named_;  // of layers put in by what is tried
  std::vector<std::string> named_before_;
};

}  // namespace

void suggest_views(const Situation& s, std::vector<Candidate>& out) {
  if (const auto index = s.spec.find(s.finding.layer)) Views(s, out).run(*index);
}

}  // namespace shapedbg
