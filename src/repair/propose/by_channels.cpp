// Channels and features: what a layer is built for set to what arrives, what a layer returns set to what
// is wanted behind it, and the skip that was never joined.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include "diagnose/rules.h"
#include "infer/again.h"
#include "net/facts.h"
#include "net/sharing.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/skips.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_layers = 8;
constexpr std::size_t most_of_lines = 64;

// Of a merge that broadcasts, the axis of input `k` that stands at `axis` of the result.
std::optional<std::size_t> own_axis(const LayerTrace& row, std::size_t k, std::size_t axis) {
  std::size_t rank = 0;
  for (const Shape& x : row.inputs) rank = std::max(rank, x.size());
  const std::size_t missing = rank - row.inputs[k].size();
  return axis < rank && axis >= missing ? std::optional(axis - missing) : std::nullopt;
}

class ByChannels {
 public:
  ByChannels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial) {}

  void run() {
    settle(s_.spec, {}, Applicability::safe);
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerTrace& row = s_.trace.layers[i];
      if (row.refusals.empty() || row.after_failure || row.inputs.empty()) continue;
      const LayerId index(i);
      if (about_channels(row.refusals[0].code)) {
        if (layer(index).has(Opt::kdim) || layer(index).has(Opt::vdim)) context(index);
        from_producer(index);
        from_skip(index);
      } else if (row.refusals[0].code == Code::L208 && layer(index).info().family == Family::attention) {
        context(index);
      } else if (row.refusals[0].code == Code::L208) {
        equal_inputs(index, row.refusals[0]);
      } else if (row.refusals[0].code == Code::L211) {
        enough_features(index);
      }
      break;  // behind it shapes are assumed
    }
    expected_channels();
    kept_batch();
  }

 private:
  const LayerSpec& layer(LayerId index) const { return s_.spec.layer(index); }

  // As add_sets() writes it.
  static void set_for_all_calls(Spec& changed, const Set& set) {
    for (const LayerId call : calls_of(changed, set.layer)) changed.layer(call).set(set.opt, set.value);
  }

  // Layers that one line of the author's program makes are one, and so are the uses of a block.
  std::size_t lines_of(const std::vector<Set>& sets) const {
    std::set<std::string> lines;
    for (const Set& set : sets) {
      const LayerSpec& one = layer(set.layer);
      const bool known = one.source != nullptr && !one.source->made.empty();
      lines.insert(known        ? one.source->made.text()
                   : one.shared ? std::to_string(one.where.span.begin)
                                : one.name);
    }
    return lines.size();
  }

  // Sets every layer that still refuses its channels to what arrives, as far as that goes.
  void settle(Spec changed, std::vector<Set> sets, Applicability applicability) {
    const auto layers = static_cast<std::int64_t>(changed.layers.size());
    bool whole = false;
    while (true) {
      if (s_.steps < layers) return;
      s_.steps -= layers;
      const Trace trace = infer_again(changed, s_.spec, s_.trace);
      whole = holds(changed, trace);
      std::optional<Set> next;
      if (whole) next = stretched_at_its_line(changed, trace, sets);
      if (whole && !next) break;
      for (std::size_t i = 0; i < changed.layers.size() && !next; ++i) {
        const LayerTrace& row = trace.layers[i];
        if (row.refusals.empty() || row.after_failure) continue;
        const bool reshape = row.refusals[0].code == Code::L211;
        const bool meet = row.refusals[0].code == Code::L208;
        if (meet) next = same_number_again(changed, trace, LayerId(i), sets);
        if (meet && !next) next = as_at_its_line(changed, trace, LayerId(i), sets);
        if (!reshape && !about_channels(row.refusals[0].code)) break;
        if (!reshape) next = as_made_at_that_line(changed, trace, LayerId(i), sets);
        if (next) break;
        next = reshape ? set_to_features(changed, trace, LayerId(i))
                       : set_to_arriving(changed, trace, LayerId(i));
        if (!next) return;
      }
      if (!next) break;  // what is left is not about channels
      if (lines_of(sets) == most_layers || sets.size() == most_of_lines) return;
      for (const Set& set : sets)
        if (set.layer == next->layer && set.opt == next->opt) return;
      set_for_all_calls(changed, *next);
      sets.push_back(std::move(*next));
    }
    if (sets.empty() || (alone_ && sets.size() > 1)) return;
    Candidate candidate;
    candidate.kind = FixKind::channels;
    candidate.applicability = applicability;
    const bool one_layer =
        std::all_of(sets.begin(), sets.end(), [&](const Set& set) { return set.layer == sets[0].layer; });
    const std::string between = one_layer ? " and " : ", ";
    if (sets.size() > most_layers) candidate.title = title_of(s_.spec, sets);
    for (std::size_t i = 0; i < sets.size() && sets.size() <= most_layers; ++i) {
      const Set& set = sets[i];
      candidate.title += (candidate.title.empty() ? "set " : between) + std::string(to_string(set.opt)) +
                         " to " + to_json(set.value) +
                         (one_layer && &set != &sets.back() ? "" : " on `" + layer(set.layer).name + "`");
    }
    if (add_sets(s_, sets, candidate)) (whole ? out_ : partial_).push_back(std::move(candidate));
  }

  // A layer returns the very number that one of `sets` replaced, and what it meets has the new one: a count
  // that is stated twice, as of tokens that are mixed and meet the tokens again.
  std::optional<Set> same_number_again(const Spec& changed, const Trace& trace, LayerId index,
                                       const std::vector<Set>& sets) const {
    const LayerSpec& merge = changed.layer(index);
    const LayerTrace& row = trace.row(index);
    if (row.refusals[0].axis < 0 || row.inputs.size() != 2 || merge.inputs.size() != 2) return std::nullopt;
    const auto axis = static_cast<std::size_t>(row.refusals[0].axis);
    for (const std::size_t k : {0u, 1u}) {
      const Shape& x = row.inputs[k];
      const Shape& other = row.inputs[1 - k];
      const Ref from = producer(changed, trace, merge.inputs[k], axis);
      if (axis >= x.size() || axis >= other.size() || from.is_input()) continue;
      const auto opt = returned_by(layer(from.layer));
      if (!opt || layer(from.layer).integer(*opt) != x[axis]) continue;
      for (const Set& set : sets) {
        const auto* fresh = std::get_if<std::int64_t>(&set.value);
        const auto& taken = trace.row(set.layer).inputs;
        // Where another axis has that number, it is the axis that is wrong.
        const std::int64_t was = layer(set.layer).integer(set.opt);
        const bool other_axis = taken.empty() || std::count(taken[0].begin(), taken[0].end(), was) > 0;
        if (set.opt == Opt::out_channels || set.opt == Opt::out_features || other_axis) continue;
        if (fresh != nullptr && *fresh == other[axis] && was == x[axis])
          return Set{from.layer, *opt, Value{other[axis]}};
      }
    }
    return std::nullopt;
  }

  // The same line of the program in another of its blocks, where what its own layer makes is as far off.
  std::optional<Set> as_at_its_line(const Spec& changed, const Trace& trace, LayerId index,
                                    const std::vector<Set>& sets) const {
    if (!meeting_ || sets.empty()) return std::nullopt;
    const LayerSpec& first = layer(meeting_->first);
    const LayerSpec& merge = changed.layer(index);
    const LayerTrace& row = trace.row(index);
    const std::size_t k = meeting_->second;
    if (first.source == nullptr || merge.source == nullptr || first.source->called.empty() ||
        first.source->called.text() != merge.source->called.text() || merge.kind != first.kind)
      return std::nullopt;
    if (row.refusals[0].axis < 0 || row.inputs.size() != 2 || merge.inputs.size() != 2) return std::nullopt;
    const auto axis = static_cast<std::size_t>(row.refusals[0].axis);
    if (axis >= row.inputs[k].size() || axis >= row.inputs[1 - k].size()) return std::nullopt;
    const auto [place, parts] = made_whole(changed, trace, merge.inputs[k], axis);
    if (place.ref.is_input()) return std::nullopt;
    const LayerSpec& maker = changed.layer(place.ref.layer);
    const LayerSpec& its = layer(sets[0].layer);
    if (maker.source == nullptr || its.source == nullptr || its.source->made.empty() ||
        maker.source->made.text() != its.source->made.text() || maker.find(sets[0].opt) == nullptr)
      return std::nullopt;
    std::int64_t wanted = 0;
    if (__builtin_mul_overflow(row.inputs[1 - k][axis], parts, &wanted)) return std::nullopt;
    return Set{place.ref.layer, sets[0].opt, Value{wanted}};
  }

  // The same line of the program in another of its blocks, where a size of 1 is stretched to the number that
  // was wrong, and nobody noticed.
  std::optional<Set> stretched_at_its_line(const Spec& changed, const Trace& trace,
                                           const std::vector<Set>& sets) const {
    if (!meeting_ || sets.empty()) return std::nullopt;
    const auto [at, k] = *meeting_;
    const LayerSpec& first = layer(at);
    const LayerSpec& its = layer(sets[0].layer);
    if (first.source == nullptr || first.source->called.empty() || its.source == nullptr ||
        its.source->made.empty() || first.inputs.size() != 2 || returned_by(its) != sets[0].opt)
      return std::nullopt;
    const std::int64_t was = its.integer(sets[0].opt);
    const std::size_t back =
        trace.row(at).outputs[0].size() - static_cast<std::size_t>(s_.trace.row(at).refusals[0].axis);
    for (const LayerId i : ids(changed.layers)) {
      const LayerSpec& merge = changed.layer(i);
      const Shapes& inputs = trace.row(i).inputs;
      if (merge.kind != first.kind || merge.source == nullptr || inputs.size() != 2 ||
          merge.source->called != first.source->called)
        continue;
      const Shape& x = inputs[k];
      const Shape& other = inputs[1 - k];
      if (x.size() < back || other.size() < back || was < 2 || x[x.size() - back] != was ||
          other[other.size() - back] != 1)
        continue;
      const auto [place, parts] = made_whole(changed, trace, merge.inputs[k], x.size() - back);
      if (place.ref.is_input() || parts != 1) continue;
      const LayerSpec& maker = changed.layer(place.ref.layer);
      if (maker.source != nullptr && maker.source->made == its.source->made &&
          returned_by(maker) == sets[0].opt)
        return Set{place.ref.layer, sets[0].opt, Value{INT64_C(1)}};
    }
    return std::nullopt;
  }

  // What a layer gets comes from the line of the program whose layer was the first to be set: each of them
  // returns what is taken behind it.
  std::optional<Set> as_made_at_that_line(const Spec& changed, const Trace& trace, LayerId index,
                                          const std::vector<Set>& sets) const {
    const LayerSpec& asks = changed.layer(index);
    const LayerTrace& row = trace.row(index);
    const auto opt = taken_by(asks);
    const auto axis = row.inputs.empty() ? std::nullopt : axis_of_channels(asks, row.inputs[0].size());
    if (sets.empty() || !opt || !axis) return std::nullopt;
    const LayerSpec& first = layer(sets[0].layer);
    if (returned_by(first) != sets[0].opt || first.source == nullptr || first.source->made.empty())
      return std::nullopt;
    const auto [place, parts] = made_whole(changed, trace, asks.inputs[0], *axis);
    const Ref from = place.ref;
    if (from.is_input() || changed.layer(from.layer).kind != first.kind) return std::nullopt;
    const LayerSpec& maker = changed.layer(from.layer);
    const bool known = std::any_of(sets.begin(), sets.end(), [&](const Set& set) {
      return changed.layer(set.layer).name == maker.name;
    });
    std::int64_t wanted = 0;
    if (known || maker.source == nullptr || maker.source->made != first.source->made ||
        __builtin_mul_overflow(asks.integer(*opt), parts, &wanted) || maker.integer(sets[0].opt) == wanted)
      return std::nullopt;
    return Set{from.layer, sets[0].opt, Value{wanted}};
  }

  // What stands at `axis` of `ref` made `wanted` where it is made.
  void make(Ref ref, std::size_t axis, std::int64_t wanted, Applicability applicability) {
    const auto [place, parts] = made_whole(s_.spec, s_.trace, ref, axis);
    const Ref from = place.ref;
    if (from.is_input() || __builtin_mul_overflow(wanted, parts, &wanted)) return;
    const auto opt = returned_by(layer(from.layer));
    if (!opt || layer(from.layer).integer(*opt) == wanted || wanted < 1) return;
    if (s_.steps < static_cast<std::int64_t>(s_.spec.layers.size())) return;
    Spec changed = s_.spec;
    const Set set{from.layer, *opt, Value{wanted}};
    set_for_all_calls(changed, set);
    settle(std::move(changed), {set}, applicability);
  }

  void from_producer(LayerId index) {
    const Shape& x = s_.trace.row(index).inputs[0];
    // A norm is set as easily as what it norms: only where that one number is all that is wrong.
    alone_ = true;
    if (const auto width = width_of_norm(layer(index)); width && !x.empty())
      make(layer(index).inputs[0], x.size() - 1, *width, Applicability::unsafe);
    alone_ = false;
    const auto opt = taken_by(layer(index));
    const auto axis = axis_of_channels(layer(index), x.size());
    if (opt && axis) make(layer(index).inputs[0], *axis, layer(index).integer(*opt), Applicability::unsafe);
  }

  // Keys and values of other features than the query's.
  void context(LayerId index) {
    const auto& inputs = s_.trace.row(index).inputs;
    Spec changed = s_.spec;
    std::vector<Set> sets;
    for (const auto& [opt, input] :
         {std::pair(Opt::kdim, std::size_t{1}), std::pair(Opt::vdim, std::size_t{2})}) {
      const Shape& x = inputs[std::min(input, inputs.size() - 1)];
      if (layer(index).find(opt) == nullptr || x.empty()) return;
      sets.push_back({index, opt, Value{x.back()}});
      changed.layer(index).set(opt, sets.back().value);
    }
    settle(std::move(changed), std::move(sets), Applicability::unsafe);
  }

  void equal_inputs(LayerId index, const Refusal& refusal) {
    const LayerTrace& row = s_.trace.row(index);
    if (refusal.axis < 0) return;
    const auto axis = static_cast<std::size_t>(refusal.axis);
    std::vector<std::int64_t> sizes;  // that the inputs have there, each once
    for (std::size_t k = 0; k < row.inputs.size(); ++k)
      if (const auto at = own_axis(row, k, axis);
          at && std::find(sizes.begin(), sizes.end(), row.inputs[k][*at]) == sizes.end())
        sizes.push_back(row.inputs[k][*at]);
    for (std::size_t k = 0; k < row.inputs.size(); ++k)
      for (const std::int64_t size : sizes) {
        const auto at = own_axis(row, k, axis);
        if (!at || row.inputs[k][*at] == size) continue;
        meeting_ = {index, k};
        make(layer(index).inputs[k], *at, size, Applicability::unsafe);
        meeting_.reset();
      }
    for (std::size_t k = 0; k < row.inputs.size() && sizes.size() == 2; ++k)
      if (const auto at = own_axis(row, k, axis))
        as_wide_as(index, k, *at, row.inputs[k][*at] == sizes[0] ? sizes[1] : sizes[0]);
  }

  // A learned vector for each of a few classes, which is added or multiplied, as wide as what it meets.
  void as_wide_as(LayerId index, std::size_t k, std::size_t axis, std::int64_t wanted) {
    const Ref from = before_pointwise(s_.spec, layer(index).inputs[k]);
    if (from.is_input() || layer(from.layer).info().family != Family::embedding || wanted < 2) return;
    if (axis + 1 != s_.trace.row(index).inputs[k].size()) return;
    if (s_.steps < static_cast<std::int64_t>(s_.spec.layers.size())) return;
    Spec changed = s_.spec;
    const Set set{from.layer, Opt::embedding_dim, Value{wanted}};
    set_for_all_calls(changed, set);
    settle(std::move(changed), {set}, Applicability::unsafe);
  }

  // A reshape or Unflatten for another number of features than arrive: the layer in front returns that many.
  void enough_features(LayerId index) {
    const LayerTrace& row = s_.trace.row(index);
    const Shape& x = row.inputs[0];
    const Opt opt = layer(index).info().family == Family::unflatten ? Opt::unflattened_size : Opt::shape;
    const OptionValue* option = layer(index).find(opt);
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
    if (sizes == nullptr || sizes->empty() || x.empty()) return;
    if (opt == Opt::unflattened_size) {
      const std::size_t axis = wrapped_axis(layer(index).integer(Opt::dim), x.size());
      if (const auto wanted = product_of(*sizes, 0, x); wanted && axis < x.size())
        make(layer(index).inputs[0], axis, *wanted, Applicability::safe);
      return;
    }
    // The sizes in front, taken apart or not, are those of the tensor; the rest is its last axis.
    std::int64_t front = 1;
    for (std::size_t k = 0; k + 1 < x.size(); ++k)
      if (x[k] < 1 || __builtin_mul_overflow(front, x[k], &front)) return;
    std::int64_t product = 1;
    for (std::size_t k = 0; k < sizes->size() && product < front; ++k) {
      const auto size =
          k == 0 && (*sizes)[0] == Expression(-1) ? std::optional(x[0]) : size_of((*sizes)[k], x);
      if (!size || __builtin_mul_overflow(product, *size, &product)) return;
      const auto wanted = product == front ? product_of(*sizes, k + 1, x) : std::nullopt;
      const Ref from = producer(s_.spec, s_.trace, layer(index).inputs[0], x.size() - 1);
      const bool features =
          !from.is_input() && (x.size() == 2 || facts(layer(from.layer).kind).channels == Channels::last);
      if (wanted && features && k + 1 < sizes->size())
        make(layer(index).inputs[0], x.size() - 1, *wanted, Applicability::safe);
    }
    if (front == 1 && x.size() == 2)
      if (const auto wanted = product_of(*sizes, 1, x))
        make(layer(index).inputs[0], 1, *wanted, Applicability::safe);
    if (x.size() == 2) other_map(index, x[1]);
    if (x.size() == 3) map_of_tokens(index, x);
    if (x.size() == 3) without_first_token(index, x);
  }

  // A size that is a number, or one of the tensor's own.
  static std::optional<std::int64_t> size_of(const Expression& size, const Shape& x) {
    const Expression::Node& node = size.nodes().back();
    if (size.is_constant() && node.value > 0) return node.value;
    if (size.nodes().size() != 1 || node.op != Expression::Op::axis || node.input != 0) return std::nullopt;
    const std::int64_t axis = node.value < 0 ? node.value + std::ssize(x) : node.value;
    return axis >= 0 && axis < std::ssize(x) ? std::optional(x[static_cast<std::size_t>(axis)])
                                             : std::nullopt;
  }

  static std::optional<std::int64_t> product_of(const std::vector<Expression>& sizes, std::size_t from,
                                                const Shape& x) {
    std::int64_t product = 1;
    for (std::size_t k = from; k < sizes.size(); ++k) {
      const auto size = size_of(sizes[k], x);
      if (!size || __builtin_mul_overflow(product, *size, &product)) return std::nullopt;
    }
    return product;
  }

  // One token more than the grid has places, the class token in front: it is left out.
  void without_first_token(LayerId index, const Shape& x) {
    const auto& sizes = std::get<std::vector<Expression>>(layer(index).find(Opt::shape)->value);
    std::int64_t places = 1;
    for (std::size_t k = 1; k < sizes.size() && places < x[1] - 1; ++k) {
      const auto size = size_of(sizes[k], x);
      if (!size || __builtin_mul_overflow(places, *size, &places)) return;
    }
    if (places < 4 || places != x[1] - 1) return;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    if (!put_on_input(s_, index, "Slice", R"(, "index": [null, [1, null]])", candidate)) return;
    candidate.title = "put a Slice in front of `" + layer(index).name +
                      "` that leaves the first token out: " + bracketed(x) + " becomes " +
                      bracketed({x[0], x[1] - 1, x[2]});
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // [B, C, L] or [B, L, C] as a map of other places than there are: those that a map had before, else a
  // square.
  void map_of_tokens(LayerId index, const Shape& x) {
    const OptionValue* option = layer(index).find(Opt::shape);
    if (option == nullptr) return;
    auto sizes = std::get<std::vector<Expression>>(option->value);
    if (sizes.size() != 4) return;
    for (const bool first : {true, false}) {
      const std::size_t channels = first ? 1 : 3;
      const std::size_t from = first ? 2 : 1;
      const std::int64_t places = first ? x[2] : x[1];
      const auto written = size_of(sizes[channels], x);
      if (!written || *written != (first ? x[1] : x[2]) || !sizes[from].is_constant() ||
          !sizes[from + 1].is_constant())
        continue;
      std::pair<std::int64_t, std::int64_t> map{0, 0};
      for (LayerId i = index; i-- > LayerId{0} && map.first == 0;) {
        const auto& outputs = s_.trace.row(i).outputs;
        if (!outputs.empty() && outputs[0].size() == 4 && outputs[0][2] * outputs[0][3] == places)
          map = {outputs[0][2], outputs[0][3]};
      }
      const Shape& input = s_.spec.inputs.empty() ? x : s_.spec.inputs[0].shape;
      if (map.first == 0 && input.size() == 4 && input[2] * input[3] == places) map = {input[2], input[3]};
      if (map.first == 0) continue;
      sizes[from] = Expression(map.first);
      sizes[from + 1] = Expression(map.second);
      Spec changed = s_.spec;
      const Set set{index, Opt::shape, Value{std::move(sizes)}};
      changed.layer(index).set(set.opt, set.value);
      return settle(std::move(changed), {set}, Applicability::safe);
    }
  }

  // Or the shape holds as many features as arrive: of a square map, another side.
  void other_map(LayerId index, std::int64_t features) {
    auto sizes = std::get<std::vector<Expression>>(layer(index).find(Opt::shape)->value);
    const bool numbers = std::all_of(sizes.begin(), sizes.end(), [](const Expression& size) {
      return size.is_constant() && (size.constant() > 0 || size.constant() == -1);
    });
    if (!numbers || sizes.size() < 4 || sizes[1].constant() < 1 || features % sizes[1].constant() != 0)
      return;
    const std::int64_t places = features / sizes[1].constant();
    const auto axes = static_cast<double>(sizes.size() - 2);
    const auto side =
        static_cast<std::int64_t>(std::llround(std::pow(static_cast<double>(places), 1 / axes)));
    std::int64_t product = 1;
    for (std::size_t k = 2; k < sizes.size(); ++k) {
      if (sizes[k] != sizes[2] || product > places) return;
      product *= side;
    }
    if (product != places) return;
    for (std::size_t k = 2; k < sizes.size(); ++k) sizes[k] = Expression(side);
    Spec changed = s_.spec;
    const Set set{index, Opt::shape, Value{std::move(sizes)}};
    changed.layer(index).set(set.opt, set.value);
    settle(std::move(changed), {set}, Applicability::safe);
  }

  // A reshape that turns parts of a sample into further rows: told the features that one sample has.
  void kept_batch() {
    if (!s_.spec.expect || s_.spec.layers.empty()) return;
    const Shape* got = s_.trace.result(s_.spec);
    const Shape want = expected_shape(s_.spec, *s_.spec.expect);
    if (got == nullptr || got->empty() || want.empty() || want[0] == Expect::any_size ||
        want[0] == got->front())
      return;
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerTrace& row = s_.trace.layers[i];
      if (row.inputs.empty() || row.outputs.empty() || row.inputs[0].empty() || row.outputs[0].empty())
        return;
      if (row.inputs[0][0] == row.outputs[0][0]) continue;
      const std::optional<Set> set = set_to_features(s_.spec, s_.trace, LayerId(i));
      if (!set) return;
      Spec changed = s_.spec;
      changed.layers[i].set(set->opt, set->value);
      settle(std::move(changed), {*set}, Applicability::safe);
      return;
    }
  }

  // The network's expectation of anything but sizes.
  void expected_channels() {
    if (!s_.spec.expect || s_.spec.layers.empty()) return;
    const Shape* got = s_.trace.result(s_.spec);
    const Shape want = expected_shape(s_.spec, *s_.spec.expect);
    if (got == nullptr || got->size() != want.size()) return;
    for (std::size_t k = 0; k < want.size(); ++k)
      if (want[k] != Expect::any_size && want[k] != (*got)[k])
        make({s_.spec.layers.last_id(), 0}, k, want[k], Applicability::safe);
  }

  // A tensor of the same size in front of the bottleneck that has just the missing channels.
  void from_skip(LayerId index) {
    const LayerSpec& one = layer(index);
    const Shape& x = s_.trace.row(index).inputs[0];
    const auto opt = taken_by(one);
    const auto axis = axis_of_channels(one, x.size());
    if (!opt || !axis || *axis != 1 || x.size() < 3) return;
    const std::int64_t missing = one.integer(*opt) - x[*axis];
    if (missing < 1 || !right_behind_a_step_up(s_.spec, s_.trace, index) ||
        likes_go_without(s_.spec, s_.trace, index))
      return;
    const auto any = [](LayerId) { return true; };
    const SkipOnTheWay way =
        skip_on_the_way(s_.spec, s_.trace, s_.path_to(one.inputs[0]), one.inputs[0], x, missing, any);
    if (way.skip) join(index, *way.skip);
  }

  void join(LayerId index, Ref skip) {
    const LayerSpec& one = layer(index);
    Candidate candidate;
    candidate.kind = FixKind::missing_concat;
    const auto name = put_before(s_, index, "Concat",
                                 R"(, "inputs": [)" + to_json(Value{s_.spec.name_of(skip)}) + ", " +
                                     to_json(Value{s_.spec.name_of(one.inputs[0])}) + "]",
                                 candidate);
    if (!name) return;
    candidate.title = "join `" + s_.spec.name_of(skip) + "` and `" + s_.spec.name_of(one.inputs[0]) +
                      "` by a Concat in front of `" + one.name + "`";
    const std::string_view written = s_.rewrite.reference(one, 0);
    if (!written.empty() && written != "prev") refer_to(s_, index, 0, *name, true, candidate);
    out_.push_back(std::move(candidate));
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  bool alone_ = false;                                      // a single number is looked for
  std::optional<std::pair<LayerId, std::size_t>> meeting_;  // the merge, and its input that is made equal
};

}  // namespace

void suggest_channels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  ByChannels(s, out, partial).run();
}

}  // namespace shapedbg
