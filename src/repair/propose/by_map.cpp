// Flatten, Linear, Linear, Unflatten are one thing: the map that the decoder starts from, the features in
// front of it and those that the encoder returns follow from each other. Also a vector that is to become a
// map again.
#include <algorithm>
#include <optional>
#include <set>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "infer/again.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_sets = 8;
constexpr std::int64_t most_side = 4096;

class Maps {
 public:
  Maps(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial) {}

  void run() {
    settle(s_.spec, {});
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerSpec& layer = s_.spec.layers[i];
      if (layer.broken ||
          (layer.info().family != Family::unflatten && layer.info().family != Family::reshape))
        continue;
      map_of(LayerId(i));
    }
    const auto fault = first_fault(s_.trace);
    if (!fault) return;
    vector_to_map(*fault);
    tokens_to_map(*fault);
    pooled_to_fit(*fault);
    as_it_was_flattened(*fault);
    as_it_was_taken_apart(*fault);
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  static Opt shape_option(const LayerSpec& layer) {
    return layer.info().family == Family::reshape ? Opt::shape : Opt::unflattened_size;
  }

  // Where channels and map stand in the sizes of an Unflatten of features or of a Reshape to N,C,...; nothing
  // where they are not all written.
  static std::optional<std::size_t> first_side(const LayerSpec& layer, const std::vector<Expression>& sizes) {
    const std::size_t first = layer.info().family == Family::reshape ? 2 : 1;
    if (sizes.size() <= first || sizes.size() > first + 3) return std::nullopt;
    for (std::size_t k = first - 1; k < sizes.size(); ++k)
      if (!sizes[k].is_constant() || sizes[k].constant() < 1) return std::nullopt;
    return first;
  }

  void map_of(LayerId index) {
    const OptionValue* option = layer(index).find(shape_option(layer(index)));
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr) return;
    const auto first = first_side(layer(index), *sizes);
    if (!first) return;
    exchanged_sides(index, *sizes, *first);
    std::vector<std::vector<std::int64_t>> maps;
    const std::size_t axes = sizes->size() - *first;
    if (const Shape* flat = flattened_before(index); flat != nullptr && flat->size() == axes + 2)
      maps.emplace_back(flat->begin() + 2, flat->end());
    if (auto wanted = map_for_output(index, *sizes, *first)) maps.push_back(std::move(*wanted));
    for (const auto& map : maps) {
      std::vector<Expression> fresh = *sizes;
      for (std::size_t a = 0; a < axes; ++a) fresh[*first + a] = Expression(map[a]);
      if (fresh == *sizes) continue;
      Spec changed = s_.spec;
      const Set set{index, shape_option(layer(index)), Value{std::move(fresh)}};
      changed.layer(index).set(set.opt, set.value);
      settle(std::move(changed), {set});
    }
  }

  static bool turned(const Shape& a, const Shape& b) {
    return a.size() == 4 && b.size() == 4 && a[2] != a[3] && a[2] == b[3] && a[3] == b[2];
  }

  // What is returned, or meets something, has height and width in the other order.
  bool sides_are_turned() const {
    if (const auto fault = first_fault(s_.trace)) {
      const auto& inputs = s_.trace.row(*fault).inputs;
      return inputs.size() == 2 && turned(inputs[0], inputs[1]);
    }
    const Shape* got = s_.trace.result(s_.spec);
    return s_.spec.expect && got != nullptr && turned(*got, expected_shape(s_.spec, *s_.spec.expect));
  }

  // Height and width of a map that is not square, written in the other order.
  void exchanged_sides(LayerId index, const std::vector<Expression>& sizes, std::size_t first) {
    if (sizes.size() != first + 2 || sizes[first] == sizes[first + 1] || !sides_are_turned()) return;
    std::vector<Expression> fresh = sizes;
    std::swap(fresh[first], fresh[first + 1]);
    const std::vector<Set> sets{{index, shape_option(layer(index)), Value{std::move(fresh)}}};
    if (!s_.trials().close(sets, s_.steps)) return;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.exchanges_axes = true;
    candidate.title = title_of(s_.spec, sets);
    if (add_sets(s_, sets, candidate)) out_.push_back(std::move(candidate));
  }

  // The map that the last Flatten in front took.
  const Shape* flattened_before(LayerId index) const {
    for (LayerId i = index; i-- > LayerId{0};) {
      const LayerTrace& row = s_.trace.row(i);
      if (row.inputs.empty()) continue;
      const bool flattens =
          layer(i).info().family == Family::flatten ||
          (layer(i).info().family == Family::reshape && !row.outputs.empty() && row.outputs[0].size() == 2);
      if (flattens && row.inputs[0].size() > 2) return &row.inputs[0];
    }
    return nullptr;
  }

  // The sides from which the layers behind make what is expected, axis by axis.
  std::optional<std::vector<std::int64_t>> map_for_output(LayerId index, const std::vector<Expression>& sizes,
                                                          std::size_t first) {
    const LayerTrace& row = s_.trace.row(index);
    const Shape* got = s_.trace.result(s_.spec);
    if (!s_.spec.expect || got == nullptr || row.outputs.empty()) return std::nullopt;
    const Shape want = expected_shape(s_.spec, *s_.spec.expect);
    const std::size_t axes = sizes.size() - first;
    if (want.size() != axes + 2 || got->size() != want.size() || row.outputs[0].size() != want.size())
      return std::nullopt;
    std::vector<std::int64_t> map;
    for (std::size_t a = 0; a < axes; ++a) {
      const std::int64_t side = sizes[first + a].constant();
      if (want[a + 2] == Expect::any_size || (*got)[a + 2] == want[a + 2]) {
        map.push_back(side);
        continue;
      }
      const auto found = side_for(index, a, want[a + 2], side);
      if (!found) return std::nullopt;
      map.push_back(*found);
    }
    return map;
  }

  // Sizes grow with the map: halved until it fits.
  std::optional<std::int64_t> side_for(LayerId index, std::size_t axis, std::int64_t want,
                                       std::int64_t side) {
    std::int64_t low = 1;
    std::int64_t high = std::min(most_side, std::max<std::int64_t>(4 * side, want + 64));
    while (low <= high) {
      const std::int64_t middle = low + (high - low) / 2;
      const auto got = output_for(index, axis, middle);
      if (!got) {
        low = middle + 1;  // too small a map for the layers behind
        continue;
      }
      if (*got == want) return middle;
      if (*got < want)
        low = middle + 1;
      else
        high = middle - 1;
    }
    return std::nullopt;
  }

  std::optional<std::int64_t> output_for(LayerId index, std::size_t axis, std::int64_t side) {
    const std::int64_t layers = s_.spec.layers.end_id() - index;
    if (s_.steps < layers) return std::nullopt;
    s_.steps -= layers;
    Shape start = s_.trace.row(index).outputs[0];
    start[axis + 2] = side;
    PerLayer<Shapes> made(s_.spec.layers.size());
    for (std::size_t i = 0; i < index.place(); ++i) made[i] = s_.trace.layers[i].outputs;
    made[index] = {start};
    const auto find = [&](Ref ref) -> const Shape* {
      if (ref.is_input()) return &s_.spec.inputs[ref.input()].shape;
      const auto& outputs = made[ref.layer];
      return static_cast<std::size_t>(ref.output) < outputs.size()
                 ? &outputs[static_cast<std::size_t>(ref.output)]
                 : nullptr;
    };
    for (std::size_t i = index.place() + 1; i < s_.spec.layers.size(); ++i) {
      RuleResult<std::int64_t> result = infer_layer(s_.spec, i, find);
      if (!result.refusals.empty() || result.outputs.empty()) return std::nullopt;
      made[i] = std::move(result.outputs);
    }
    const Shape& out = made.back()[0];
    return axis + 2 < out.size() ? std::optional(out[axis + 2]) : std::nullopt;
  }

  // Every layer of features is set to what arrives or what the next one is built for, until all holds.
  void settle(Spec changed, std::vector<Set> sets) {
    const auto layers = static_cast<std::int64_t>(changed.layers.size());
    while (true) {
      if (s_.steps < layers) return;
      s_.steps -= layers;
      const Trace trace = infer_again(changed, s_.spec, s_.trace);
      if (holds(changed, trace)) break;
      const auto fault = first_fault(trace);
      if (!fault || sets.size() == most_sets) return;
      auto next = features_for(changed, trace, *fault);
      if (!next) return;
      for (const Set& set : sets)
        if (set.layer == next->layer && set.opt == next->opt) return;
      changed.layer(next->layer).set(next->opt, next->value);
      sets.push_back(std::move(*next));
    }
    if (sets.size() < 2) return;  // one number alone is tried elsewhere
    std::stable_sort(sets.begin(), sets.end(), [](const Set& a, const Set& b) { return a.layer < b.layer; });
    Candidate candidate;
    candidate.kind = FixKind::channels;
    candidate.title = title_of(s_.spec, sets);
    if (!add_sets(s_, sets, candidate)) return;
    candidate.places = 1;  // the ends of one thing
    out_.push_back(std::move(candidate));
  }

  // A Linear takes the features of a flattened map; one in front of a reshape returns those of its shape.
  static std::optional<Set> features_for(const Spec& spec, const Trace& trace, LayerId index) {
    const LayerSpec& at = spec.layer(index);
    const LayerTrace& row = trace.row(index);
    if (row.inputs.empty() || row.inputs[0].empty()) return std::nullopt;
    if (at.info().family == Family::linear &&
        (row.refusals[0].code == Code::L203 || row.refusals[0].code == Code::L209))
      return set_to_arriving(spec, trace, index);
    if (row.refusals[0].code != Code::L211 || at.broken) return std::nullopt;
    const OptionValue* option = at.find(shape_option(at));
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr || row.inputs[0].size() != 2) return std::nullopt;
    std::int64_t features = 1;
    for (std::size_t k = at.info().family == Family::reshape ? 1 : 0; k < sizes->size(); ++k)
      if (!(*sizes)[k].is_constant() || (*sizes)[k].constant() < 1 ||
          __builtin_mul_overflow(features, (*sizes)[k].constant(), &features))
        return std::nullopt;
    const Ref from = producer(spec, trace, at.inputs[0], 1);
    if (from.is_input() || spec.layer(from.layer).info().family != Family::linear) return std::nullopt;
    return Set{from.layer, Opt::out_features, Value{features}};
  }

  // A code of features in front of a layer that takes a map: it becomes the map that was flattened before,
  // and the Linear in front returns that many.
  void vector_to_map(LayerId index) {
    const LayerSpec& one = layer(index);
    const LayerTrace& row = s_.trace.row(index);
    if (one.info().axes == 0 || one.inputs.size() != 1 || row.inputs.empty() || row.inputs[0].size() != 2)
      return;
    const auto rank = one.axis_count() + 2;
    const Shape* flat = flattened_before(index);
    if (flat == nullptr || flat->size() != rank) return;
    Shape map(flat->begin() + 1, flat->end());
    if (const OptionValue* in = one.find(Opt::in_channels); in != nullptr && in->written)
      map[0] = one.integer(Opt::in_channels);
    const std::int64_t features = elements(map, 0);
    const Ref from = producer(s_.spec, s_.trace, one.inputs[0], 1);
    if (features < 1 || features == row.inputs[0][1] || from.is_input() ||
        layer(from.layer).info().family != Family::linear)
      return;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.amount = 2;
    if (!add_sets(s_, {{from.layer, Opt::out_features, Value{features}}}, candidate)) return;
    if (!put_on_input(s_, index, "Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{map}),
                      candidate))
      return;
    candidate.title = "set out_features to " + std::to_string(features) + " on `" + layer(from.layer).name +
                      "`, and put an Unflatten to " + bracketed(map) + " in front of `" + one.name + "`";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // Tokens for a layer that takes a map: turned, and taken apart into the places that they were flattened
  // from.
  void tokens_to_map(LayerId index) {
    const LayerSpec& one = layer(index);
    const LayerTrace& row = s_.trace.row(index);
    const auto axes = one.axis_count();
    if (one.broken || axes < 2 || one.inputs.size() != 1 || row.inputs.empty() || row.inputs[0].size() != 3)
      return;
    const Shape& x = row.inputs[0];
    const Shape* flat = flattened_before(index);
    if (flat == nullptr || flat->size() != axes + 2 || (*flat)[0] != x[0] || elements(*flat, 2) != x[1])
      return;
    if (!one.has(Opt::in_channels) || one.integer(Opt::in_channels) != x[2]) return;
    const Shape places(flat->begin() + 2, flat->end());
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    if (!put_on_input(s_, index, "Transpose", R"(, "dim0": 1, "dim1": 2)", candidate)) return;
    const std::string turned = candidate.changes.back().layer;
    const auto map = put_before(s_, index, "Unflatten",
                                R"(, "inputs": )" + to_json(Value{turned}) +
                                    R"(, "dim": 2, "unflattened_size": )" + to_json(Value{places}),
                                candidate);
    const std::string_view written = s_.rewrite.reference(one, 0);
    if (!map || (!written.empty() && written != "prev" && !refer_to(s_, index, 0, *map, true, candidate)))
      return;
    one_edit_each(candidate.edits);
    candidate.by_text = true;
    Shape fresh = *flat;
    fresh[1] = x[2];
    candidate.title = "put a Transpose and an Unflatten in front of `" + one.name + "`: " + bracketed(x) +
                      " becomes " + bracketed(fresh);
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // A Linear built for the map of another image size: pooled to that size, its weights fit any image.
  void pooled_to_fit(LayerId index) {
    const LayerSpec& linear = layer(index);
    const LayerTrace& row = s_.trace.row(index);
    if (linear.info().family != Family::linear || !linear.has(Opt::in_features) || row.inputs.empty() ||
        linear.inputs[0].is_input())
      return;
    LayerId at = linear.inputs[0].layer;  // over a Dropout
    while (keeps_shape(layer(at).info().family) && layer(at).inputs.size() == 1 &&
           !layer(at).inputs[0].is_input())
      at = layer(at).inputs[0].layer;
    const LayerTrace& flat = s_.trace.row(at);
    if (layer(at).info().family != Family::flatten || flat.inputs.empty() || flat.inputs[0].size() < 3)
      return;
    const Shape& x = flat.inputs[0];
    const auto axes = x.size() - 2;
    const std::int64_t features = linear.integer(Opt::in_features);
    if (axes > 3 || x[1] < 1 || features % x[1] != 0) return;
    std::int64_t side = 1;
    const auto power = [&] {
      std::int64_t n = 1;
      for (std::size_t a = 0; a < axes; ++a) n *= side;
      return n;
    };
    while (side < 512 && power() < features / x[1]) ++side;
    if (power() != features / x[1]) return;
    Candidate candidate;
    // As many features as channels: the mean of the map was meant.
    candidate.kind = side == 1 ? FixKind::missing_axis : FixKind::size_like;
    const std::string type = "AdaptiveAvgPool" + std::to_string(axes) + "d";
    if (!put_on_input(s_, at, type, R"(, "output_size": )" + std::to_string(side), candidate)) return;
    candidate.title = "put an " + type + " with output_size " + std::to_string(side) + " in front of `" +
                      layer(at).name + "`: `" + linear.name + "` is built for that map";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // An Unflatten of tokens gets the map that they were: the axes of a tensor in front that hold as many.
  void as_it_was_flattened(LayerId index) {
    const LayerSpec& one = layer(index);
    const LayerTrace& row = s_.trace.row(index);
    const OptionValue* option =
        one.broken || one.info().family != Family::unflatten ? nullptr : one.find(Opt::unflattened_size);
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr || sizes->size() < 2 || row.inputs.empty()) return;
    const auto rank = static_cast<std::int64_t>(row.inputs[0].size());
    const std::int64_t dim = one.integer(Opt::dim) < 0 ? one.integer(Opt::dim) + rank : one.integer(Opt::dim);
    if (dim < 0 || dim >= rank) return;
    const std::int64_t whole = row.inputs[0][static_cast<std::size_t>(dim)];
    for (LayerId i = index; i-- > LayerId{0};) {
      const LayerTrace& before = s_.trace.row(i);
      if (layer(i).info().family != Family::flatten || before.inputs.empty()) continue;
      const Shape& x = before.inputs[0];
      if (x.size() < sizes->size()) continue;
      const Shape map(x.end() - static_cast<std::ptrdiff_t>(sizes->size()), x.end());
      if (elements(map, 0) != whole) continue;
      std::vector<Expression> fresh;
      for (const std::int64_t size : map) fresh.emplace_back(size);
      const Set set{index, Opt::unflattened_size, Value{std::move(fresh)}};
      Spec changed = s_.spec;
      changed.layer(index).set(set.opt, set.value);
      const bool whole_network = would_hold(s_, changed);
      Candidate candidate;
      candidate.kind = FixKind::window;
      candidate.title = title_of(s_.spec, {set});
      if (add_sets(s_, {set}, candidate)) (whole_network ? out_ : partial_).push_back(std::move(candidate));
      return;
    }
  }

  // A Reshape that puts windows or patches back gets the axes that they were made from: those of the tensor
  // of as many axes in front that holds as much.
  void as_it_was_taken_apart(LayerId index) {
    const LayerSpec& one = layer(index);
    const LayerTrace& row = s_.trace.row(index);
    const OptionValue* option =
        one.broken || one.info().family != Family::reshape ? nullptr : one.find(Opt::shape);
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr || sizes->size() < 5 || row.inputs.empty()) return;
    const std::int64_t whole = elements(row.inputs[0], 0);
    for (LayerId i = index; i-- > LayerId{0};) {
      const LayerTrace& before = s_.trace.row(i);
      if (before.outputs.empty() || before.outputs[0].size() != sizes->size()) continue;
      const Shape& apart = before.outputs[0];
      if (elements(apart, 0) != whole) continue;
      // In front as written, and what changes are numbers.
      std::vector<Expression> fresh = *sizes;
      bool numbers = true;
      for (std::size_t k = 0; k < fresh.size(); ++k) {
        if (fresh[k].is_constant() && fresh[k].constant() > 0) fresh[k] = Expression(apart[k]);
        numbers = numbers && (fresh[k].is_constant() || k == 0);
      }
      if (!numbers || fresh == *sizes || fresh.back() != sizes->back()) continue;
      const std::vector<Set> sets{{index, Opt::shape, Value{std::move(fresh)}}};
      if (!s_.trials().close(sets, s_.steps)) continue;
      Candidate candidate;
      candidate.kind = FixKind::channels;
      candidate.telling = true;
      candidate.title = title_of(s_.spec, sets);
      if (add_sets(s_, sets, candidate)) out_.push_back(std::move(candidate));
      return;
    }
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
};

}  // namespace

void suggest_maps(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  Maps(s, out, partial).run();
}

}  // namespace shapedbg
