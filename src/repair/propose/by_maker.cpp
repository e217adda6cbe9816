// The number of the layer that made what a view, a split or a product takes: as many features or channels as
// are stated there. And the axis of one place that a recurrent state keeps in front, where it meets vectors.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "net/sharing.h"
#include "repair/padding/question.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// Whether two counts are to each other as the places of two square maps: a map of another size was meant.
bool of_two_squares(std::int64_t a, std::int64_t b) {
  const std::int64_t common = std::gcd(a, b);
  const auto square = [](std::int64_t n) {
    const auto root = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(n))));
    return root * root == n;
  };
  return common > 0 && square(a / common) && square(b / common);
}

class Makers {
 public:
  Makers(const Situation& s, LayerId at, std::vector<Candidate>& out)
      : s_(s), layer_(s.spec.layer(at)), row_(s.trace.row(at)), at_(at), out_(out) {}

  void run() {
    for (const Ref ref : layer_.inputs) for_part(ref);
    if (layer_.broken || row_.inputs.size() != layer_.inputs.size() || layer_.inputs.empty()) return;
    const Family family = layer_.info().family;
    if (family == Family::reshape) for_view();
    if (family == Family::split) for_parts();
    if (family == Family::glu) for_a_gate();
    if (family == Family::matmul) for_product();
    if (family == Family::max_unpool) for_places();
    if (family == Family::concat) without_layers();
    if (family == Family::concat || family == Family::elementwise) without_an_axis();
    if (family == Family::elementwise) as_the_map();
    if (family == Family::elementwise) for_repeats();
  }

 private:
  const Shape& x(std::size_t k = 0) const { return row_.inputs[k]; }

  // Whoever set axis `axis` of input `k` sets it to `fresh`.
  void make(std::size_t k, std::size_t axis, std::int64_t fresh, std::int64_t amount) {
    const Produced place = produced(s_.spec, s_.trace, layer_.inputs[k], axis);
    if (place.ref.is_input() || fresh < 1) return;
    const LayerSpec& maker = s_.spec.layer(place.ref.layer);
    if (maker.broken) return;
    for (const Opt opt : {Opt::out_features, Opt::out_channels, Opt::embedding_dim}) {
      if (!maker.has(opt)) continue;
      std::vector<Set> sets{{place.ref.layer, opt, Value{fresh}}};
      norms_behind(place.ref.layer, maker.integer(opt), fresh, sets);
      offer(sets, amount);
      return;
    }
    const OptionValue* shape = maker.inputs.empty() ? maker.find(Opt::shape) : nullptr;
    const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&shape->value);
    if (sizes == nullptr || place.axis >= sizes->size()) return;
    std::vector<std::int64_t> table = *sizes;
    table[place.axis] = fresh;
    const Set set{place.ref.layer, Opt::shape, Value{table}};
    // The weights of an Embedding, as a codebook that vectors are compared with: its rows are what it
    // returns.
    for (std::size_t i = 0; i < s_.spec.layers.size() && sizes->size() == 2; ++i) {
      const LayerSpec& one = s_.spec.layers[i];
      if (one.broken || !one.has(Opt::embedding_dim) ||
          one.integer(Opt::embedding_dim) != (*sizes)[place.axis] ||
          one.integer(Opt::num_embeddings) != (*sizes)[1 - place.axis])
        continue;
      const LayerId index(i);
      offer({{index, Opt::embedding_dim, Value{fresh}}, set}, amount);
      return;
    }
    offer({set}, amount);
  }

  // Norms right behind the maker count what it returns.
  void norms_behind(LayerId maker, std::int64_t was, std::int64_t fresh, std::vector<Set>& sets) const {
    LayerId last = maker;
    for (LayerId i = maker + 1; i < s_.spec.layers.end_id(); ++i) {
      const LayerSpec& one = s_.spec.layer(i);
      if (one.broken || one.inputs.size() != 1 || one.inputs[0] != Ref{last, 0}) continue;
      if (!keeps_shape(one.info().family)) return;
      for (const Opt opt : {Opt::num_features, Opt::num_channels})
        if (one.find(opt) != nullptr && one.integer(opt) == was) sets.push_back({i, opt, Value{fresh}});
      last = i;
    }
  }

  void offer(const std::vector<Set>& sets, std::int64_t amount) {
    std::vector<Set> everywhere;  // a module that is called several times
    for (const Set& set : sets)
      for (const LayerId call : calls_of(s_.spec, set.layer))
        everywhere.push_back({call, set.opt, set.value});
    if (!s_.trials().close(everywhere, s_.steps)) return;
    Candidate candidate;
    candidate.kind = FixKind::channels;
    candidate.amount = amount;
    candidate.title = title_of(s_.spec, sets);
    if (!add_sets(s_, sets, candidate)) return;
    candidate.places = 1;  // one thought
    out_.push_back(std::move(candidate));
  }

  // What a gate cannot halve was counted behind the gate: twice as many are made in front of it.
  void for_a_gate() {
    const std::size_t axis = wrapped_axis(layer_.integer(Opt::dim), x().size());
    if (axis > 0 && axis < x().size() && x()[axis] % 2 != 0 && x()[axis] > 1 && x()[axis] < (1 << 20))
      make(0, axis, 2 * x()[axis], 0);
  }

  // A view that states all of its numbers but the batch: a whole multiple, or a whole part, of what arrives.
  void for_view() {
    const OptionValue* option = layer_.find(Opt::shape);
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr || sizes->size() < 2 || x().size() < 2) return;
    std::int64_t wanted = 1;
    std::int64_t present = 1;
    for (std::size_t k = 1; k < sizes->size(); ++k)
      if (!(*sizes)[k].is_constant() || (*sizes)[k].constant() < 1 ||
          __builtin_mul_overflow(wanted, (*sizes)[k].constant(), &wanted))
        return;
    for (std::size_t k = 1; k < x().size(); ++k)
      if (x()[k] < 1 || __builtin_mul_overflow(present, x()[k], &present)) return;
    if (wanted == present) return;
    const bool whole = wanted % present == 0 || present % wanted == 0;
    for (const std::size_t axis : {x().size() - 1, std::size_t{1}}) {
      std::int64_t fresh = 0;
      if (__builtin_mul_overflow(x()[axis], wanted, &fresh) || fresh % present != 0) continue;
      // Else the features that the view states last have to be in it whole, as classes of each anchor of each
      // place are.
      const std::int64_t last = sizes->back().constant();
      const std::int64_t places = present / x()[axis];
      const bool classes =
          places > 1 && last > 1 && (*sizes)[1].constant() % places == 0 && !of_two_squares(wanted, present);
      if (whole || (classes && fresh / present % last == 0)) make(0, axis, fresh / present, 0);
    }
  }

  // A part that a split of equal ones does not have: as many as are read, of the size that it states.
  void for_part(Ref ref) {
    if (ref.is_input() || s_.spec.layer(ref.layer).info().family != Family::split) return;
    const LayerTrace& cut = s_.trace.row(ref.layer);
    if (cut.inputs.empty() || ref.output < std::ssize(cut.outputs)) return;
    const LayerSpec& split = s_.spec.layer(ref.layer);
    const OptionValue* option = split.broken ? nullptr : split.find(Opt::split_size_or_sections);
    const auto* size = option == nullptr ? nullptr : std::get_if<std::int64_t>(&option->value);
    std::int64_t parts = 0;
    for (const LayerSpec& one : s_.spec.layers)
      for (const Ref other : reads(s_.spec, one))
        if (other.layer == ref.layer) parts = std::max<std::int64_t>(parts, other.output + 1);
    std::int64_t whole = 0;
    if (size == nullptr || __builtin_mul_overflow(parts, *size, &whole)) return;
    const std::size_t axis = wrapped_axis(split.integer(Opt::dim), cut.inputs[0].size());
    if (axis == 0 || axis >= cut.inputs[0].size()) return;
    Makers(s_, ref.layer, out_).make(0, axis, whole, 0);
    for_parts_of_its_line(ref.layer, parts);
  }

  // The same wherever that line of the program splits, as in each cell of a stack.
  void for_parts_of_its_line(LayerId at, std::int64_t parts) {
    const LayerSpec& split = s_.spec.layer(at);
    const Ref first = before_pointwise(s_.spec, split.inputs[0]);
    if (first.is_input() || split.source == nullptr || split.source->called.empty()) return;
    const LayerSpec& maker = s_.spec.layer(first.layer);
    if (maker.broken || maker.source == nullptr || maker.source->made.empty()) return;
    const Opt opt = maker.has(Opt::out_features) ? Opt::out_features : Opt::out_channels;
    const PerLayer<LayerId> calls = first_calls(s_.spec);
    std::vector<Set> sets;
    for (const LayerSpec& one : s_.spec.layers) {
      if (one.broken || one.kind != split.kind || one.source == nullptr || one.inputs.size() != 1 ||
          one.source->called != split.source->called)
        continue;
      const Ref from = before_pointwise(s_.spec, one.inputs[0]);
      const OptionValue* option = one.find(Opt::split_size_or_sections);
      const auto* size = option == nullptr ? nullptr : std::get_if<std::int64_t>(&option->value);
      std::int64_t whole = 0;
      if (from.is_input() || size == nullptr || __builtin_mul_overflow(parts, *size, &whole)) return;
      const LayerSpec& its = s_.spec.layer(from.layer);
      if (its.broken || its.kind != maker.kind || its.source == nullptr || !its.has(opt) ||
          its.source->made != maker.source->made)
        return;
      if (calls[from.layer] == from.layer) sets.push_back({from.layer, opt, Value{whole}});
    }
    if (sets.size() > 1) offer(sets, 0);
  }

  // As many as the parts are together.
  void for_parts() {
    const OptionValue* option = layer_.find(Opt::split_size_or_sections);
    const auto* parts = option == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&option->value);
    if (parts == nullptr || !layer_.has(Opt::dim)) return;
    std::int64_t sum = 0;
    for (const std::int64_t part : *parts)
      if (__builtin_add_overflow(sum, part, &sum)) return;
    const std::size_t axis = wrapped_axis(layer_.integer(Opt::dim), x().size());
    if (axis > 0 && axis < x().size()) make(0, axis, sum, 0);
  }

  // The columns of one factor are the rows of the other.
  void for_product() {
    if (row_.inputs.size() != 2 || x(0).size() < 2 || x(1).size() < 2) return;
    const std::size_t columns = x(0).size() - 1;
    const std::size_t rows = x(1).size() - 2;
    // A transpose of the second factor was forgotten, and no count is wrong.
    if (x(0)[columns] == x(1)[rows + 1]) return;
    make(0, columns, x(1)[rows], 1);
    make(1, rows, x(0)[columns], 0);
  }

  // A number of repeats that the program states, where what is repeated meets a tensor of another length.
  void for_repeats() {
    if (row_.inputs.size() != 2 || x(0).size() != x(1).size()) return;
    for (const std::size_t k : {0u, 1u})
      for (std::size_t axis = 1; axis < x(k).size(); ++axis) {
        if (x(k)[axis] == x(1 - k)[axis]) continue;
        const Produced place = produced(s_.spec, s_.trace, layer_.inputs[k], axis);
        if (place.ref.is_input()) continue;
        const LayerSpec& maker = s_.spec.layer(place.ref.layer);
        const Shapes& taken = s_.trace.row(place.ref.layer).inputs;
        if (maker.broken || taken.empty() || taken[0].size() <= place.axis || taken[0][place.axis] != 1)
          continue;
        for (const Opt opt : {Opt::repeats, Opt::size}) {
          const OptionValue* option = maker.find(opt);
          if (option == nullptr || !option->written) continue;
          if (const auto fresh = with_number(option->value, place.axis, taken[0].size(), x(1 - k)[axis]))
            offer({{place.ref.layer, opt, *fresh}}, 0);
        }
      }
  }

  // A list of one number for each of `rank` axes with another number for `axis`; nothing where it is no such
  // list, or no number stands there.
  static std::optional<Value> with_number(const Value& value, std::size_t axis, std::size_t rank,
                                          std::int64_t fresh) {
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value)) {
      if (numbers->size() != rank || (*numbers)[axis] < 2) return std::nullopt;
      std::vector<std::int64_t> list = *numbers;
      list[axis] = fresh;
      return Value{list};
    }
    const auto* sizes = std::get_if<std::vector<Expression>>(&value);
    if (sizes == nullptr || sizes->size() != rank || !(*sizes)[axis].is_constant() ||
        (*sizes)[axis].constant() < 2)
      return std::nullopt;
    std::vector<Expression> list = *sizes;
    list[axis] = Expression(fresh);
    return Value{list};
  }

  // As many channels as the pool had whose places are used.
  void for_places() {
    const auto pool = layer_.reference(Opt::indices);
    const Shape* places = pool ? s_.trace.output(s_.spec, *pool) : nullptr;
    if (places != nullptr && places->size() == x().size() && x().size() > 2 && (*places)[1] != x()[1])
      make(0, 1, (*places)[1], 0);
  }

  // [layers, N, C] beside [N, C]: the state of the last layer.
  bool last_layer(std::size_t k, const Shape& other) {
    const Ref ref = layer_.inputs[k];
    if (ref.is_input() || ref.output < 1 || x(k).size() != other.size() + 1 || x(k)[1] != other[0])
      return false;
    const LayerSpec& made = s_.spec.layer(ref.layer);
    if (made.broken || made.info().family != Family::recurrent || !made.has(Opt::num_layers) ||
        made.integer(Opt::num_layers) != x(k)[0] || x(k)[0] < 2)
      return false;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    if (!put_on_input(s_, at_, k, "Select", R"(, "dim": 0, "index": -1)", candidate)) return false;
    candidate.title = "put a Select of the last layer between `" + s_.spec.name_of(ref) + "` and `" +
                      layer_.name + "`: " + bracketed(x(k)) + " becomes " +
                      bracketed(Shape(x(k).begin() + 1, x(k).end()));
    out_.push_back(std::move(candidate));
    return true;
  }

  // [1, N, C] of a recurrent layer of one layer beside [N, C].
  void without_layers() {
    for (std::size_t k = 0; k < row_.inputs.size(); ++k) {
      const Shape& other = x(k == 0 ? 1 % row_.inputs.size() : 0);
      if (last_layer(k, other)) continue;
      if (x(k).size() != other.size() + 1 || other.size() < 2 || x(k)[0] != 1 || x(k)[1] != other[0] ||
          other[0] == 1)
        continue;
      Candidate candidate;
      candidate.kind = FixKind::missing_axis;
      if (!put_on_input(s_, at_, k, "Squeeze", R"(, "dim": 0)", candidate)) continue;
      candidate.title = "put a Squeeze between `" + s_.spec.name_of(layer_.inputs[k]) + "` and `" +
                        layer_.name + "`: " + bracketed(x(k)) + " becomes " +
                        bracketed(Shape(x(k).begin() + 1, x(k).end()));
      out_.push_back(std::move(candidate));
    }
  }

  // [N, 1, C] beside [N, D]: the axis of one place is left out.
  void without_an_axis() {
    if (row_.inputs.size() != 2) return;
    for (const std::size_t k : {0u, 1u}) {
      const Shape& other = x(1 - k);
      if (x(k).size() != other.size() + 1 || other.size() != 2 || x(k)[0] != other[0]) continue;
      for (std::size_t axis = 1; axis < x(k).size(); ++axis) {
        if (x(k)[axis] != 1) continue;
        Candidate candidate;
        candidate.kind = FixKind::missing_axis;
        Shape fresh = x(k);
        fresh.erase(fresh.begin() + static_cast<std::ptrdiff_t>(axis));
        if (!put_on_input(s_, at_, k, "Squeeze", R"(, "dim": )" + std::to_string(axis), candidate)) continue;
        candidate.title = "put a Squeeze between `" + s_.spec.name_of(layer_.inputs[k]) + "` and `" +
                          layer_.name + "`: " + bracketed(x(k)) + " becomes " + bracketed(fresh);
        const auto changed = changed_by(s_, candidate);
        if (changed && holds(*changed, infer(*changed))) out_.push_back(std::move(candidate));
        break;
      }
    }
  }

  // [N, H*W, C] added to [N, C, H, W]: tokens that were a map, turned and taken apart again.
  void as_the_map() {
    if (row_.inputs.size() != 2) return;
    for (const std::size_t k : {0u, 1u}) {
      const Shape& map = x(1 - k);
      if (x(k).size() != 3 || map.size() < 4 || x(k)[0] != map[0]) continue;
      std::int64_t places = 1;
      for (std::size_t a = 2; a < map.size(); ++a)
        if (__builtin_mul_overflow(places, map[a], &places)) return;
      if (x(k)[1] != places || x(k)[2] != map[1] || places == map[1]) continue;
      const std::string tokens = s_.spec.name_of(layer_.inputs[k]);
      Candidate candidate;
      candidate.kind = FixKind::missing_axis;
      const auto name =
          put_before(s_, at_, "Transpose",
                     R"(, "inputs": )" + to_json(Value{tokens}) + R"(, "dim0": 1, "dim1": 2)", candidate);
      if (!name) return;
      const auto whole =
          put_before(s_, at_, "Unflatten",
                     R"(, "inputs": )" + to_json(Value{*name}) + R"(, "dim": 2, "unflattened_size": )" +
                         to_json(Value{Shape(map.begin() + 2, map.end())}),
                     candidate);
      if (!whole || !refer_to(s_, at_, k, *whole, true, candidate)) return;
      one_edit_each(candidate.edits);
      candidate.by_text = true;
      candidate.title = "put a Transpose and an Unflatten between `" + tokens + "` and `" + layer_.name +
                        "`: " + bracketed(x(k)) + " becomes " + bracketed(map);
      const auto changed = changed_by(s_, candidate);
      if (changed && holds(*changed, infer(*changed))) out_.push_back(std::move(candidate));
    }
  }

  const Situation& s_;
  const LayerSpec& layer_;
  const LayerTrace& row_;
  LayerId at_;
  std::vector<Candidate>& out_;
};

}  // namespace

void suggest_makers(const Situation& s, std::vector<Candidate>& out) {
  if (const auto fault = first_fault(s.trace)) Makers(s, *fault, out).run();
}

}  // namespace shapedbg
