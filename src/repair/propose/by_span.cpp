// Numbers that follow from a whole axis: a kernel that is to use up all of it (all electrodes, all bands), a
// patch that the levels behind it undo, and what a view cuts into rows, which has to be whole rows.
#include <algorithm>
#include <optional>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// Option `opt` of a layer with another number along `axis`.
Set along(const LayerSpec& layer, LayerId index, Opt opt, int axis, std::int64_t value) {
  const auto all = layer.axes(opt);
  std::vector<std::int64_t> values(all.begin(), all.begin() + layer.info().axes);
  values[static_cast<std::size_t>(axis)] = value;
  return {index, opt, Value{values}};
}

void offer(const Situation& s, const std::vector<Set>& sets, Candidate candidate,
           std::vector<Candidate>& out) {
  if (!s.trials().close(sets, s.steps)) return;
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return;
  candidate.places = 1;
  out.push_back(std::move(candidate));
}

// The map that a Flatten in front of layer `linear` takes has one axis too long: its features are as many
// times too many. A convolution of one place on every other axis was to use that axis up.
void uses_up(const Situation& s, LayerId linear, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(linear);
  if (layer.info().family != Family::linear || layer.inputs.size() != 1 || !layer.has(Opt::in_features))
    return;
  const std::vector<LayerId> path = s.path_to(layer.inputs[0]);
  for (const LayerId i : path) {
    const LayerSpec& conv = s.spec.layer(i);
    const LayerTrace& row = s.trace.row(i);
    if (conv.broken || conv.info().family != Family::conv || row.inputs.empty() || conv.info().axes < 2)
      continue;
    int longer = -1;
    bool others = true;
    for (int a = 0; a < conv.info().axes; ++a) {
      const Window w = window_of(conv, a);
      if (w.k == 1) continue;
      others = others && longer < 0 && w.s == 1 && w.d == 1 && w.before == 0 && w.after == 0;
      longer = a;
    }
    const Shape& x = row.inputs[0];
    if (longer < 0 || !others || x.size() < conv.axis_count()) continue;
    const std::int64_t in = x[x.size() - static_cast<std::size_t>(conv.info().axes - longer)];
    if (in == window_of(conv, longer).k) continue;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.spans_an_axis = true;
    offer(s, {along(conv, i, Opt::kernel_size, longer, in)}, std::move(candidate), out);
  }
}

// A patch embedding whose kernel is its stride: both by the factor that the levels behind it go up too far.
void larger_patches(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& inputs = s.trace.row(merge).inputs;
  if (inputs.size() != 2 || inputs[0].size() != inputs[1].size() || inputs[0].size() < 3) return;
  for (const std::size_t k : {0u, 1u}) {
    std::int64_t factor = 0;
    bool one = true;
    for (std::size_t axis = 2; axis < inputs[k].size(); ++axis) {
      const std::int64_t small = inputs[1 - k][axis];
      one = one && small > 0 && inputs[k][axis] % small == 0 &&
            (factor == 0 || factor == inputs[k][axis] / small);
      if (one) factor = inputs[k][axis] / small;
    }
    if (!one || factor < 2 || factor > 8) continue;
    for (const LayerId i : s.path_to(layer.inputs[k])) {
      const LayerSpec& conv = s.spec.layer(i);
      if (conv.broken || conv.info().family != Family::conv) continue;
      std::vector<std::int64_t> kernel, stride;
      for (int a = 0; a < conv.info().axes; ++a) {
        const Window w = window_of(conv, a);
        if (w.k != w.s || w.s < 4 || w.d != 1 || w.before + w.after != 0) break;
        kernel.push_back(w.k * factor);
        stride.push_back(w.s * factor);
      }
      if (static_cast<int>(kernel.size()) != conv.info().axes) continue;
      Candidate candidate;
      candidate.kind = FixKind::window;
      candidate.of_a_rate = true;
      offer(s, {{i, Opt::kernel_size, Value{kernel}}, {i, Opt::stride, Value{stride}}}, std::move(candidate),
            out);
    }
  }
}

// The one branch of several that does not keep the map, by a convolution without stride right in front of the
// merge: with the padding that keeps it, something else may still be wrong behind.
void kept_branch(const Situation& s, LayerId merge, std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& inputs = s.trace.row(merge).inputs;
  if (inputs.size() < 3 || inputs.size() != layer.inputs.size()) return;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Ref from = before_pointwise(s.spec, layer.inputs[k]);
    if (from.is_input()) continue;
    const LayerSpec& conv = s.spec.layer(from.layer);
    if (conv.broken || conv.info().family != Family::conv) continue;
    std::vector<std::int64_t> padding;
    bool keeps = true;
    for (int a = 0; a < conv.info().axes; ++a) {
      const Window w = window_of(conv, a);
      if (w.s != 1 || w.reach() % 2 != 0 || w.before != w.after) break;
      padding.push_back(w.reach() / 2);
      keeps = keeps && w.before == padding.back();
    }
    if (keeps || static_cast<int>(padding.size()) != conv.info().axes) continue;
    const std::vector<Set> sets{{from.layer, Opt::padding, Value{padding}}};
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.title = title_of(s.spec, sets);
    if (add_sets(s, sets, candidate)) partial.push_back(std::move(candidate));
  }
}

// A pool that averages all that is left, for a smaller map than it was written for.
void pools_all(const Situation& s, LayerId pool, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(pool);
  const LayerTrace& row = s.trace.row(pool);
  const auto axes = layer.axis_count();
  if (layer.broken || !is_pool(layer.info().family) || row.inputs.empty() || row.inputs[0].size() < axes ||
      axes == 0)
    return;
  const bool ends = std::any_of(s.spec.layers.begin(), s.spec.layers.end(), [&](const LayerSpec& reader) {
    return !reader.inputs.empty() && before_pointwise(s.spec, reader.inputs[0]) == Ref{pool, 0} &&
           reader.info().family == Family::flatten;
  });
  const std::vector<std::int64_t> map(row.inputs[0].end() - static_cast<std::ptrdiff_t>(axes),
                                      row.inputs[0].end());
  bool smaller = true;
  for (std::size_t a = 0; a < axes; ++a)
    smaller = smaller && map[a] <= window_of(layer, static_cast<int>(a)).k;
  // Over a single place there is nothing to pool.
  const bool one_place = std::all_of(map.begin(), map.end(), [](std::int64_t n) { return n == 1; });
  if (!ends || !smaller || one_place) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.spans_an_axis = true;
  offer(s, {{pool, Opt::kernel_size, Value{map}}}, std::move(candidate), out);
}

// The places of the map that a layer with windows takes; empty where that is not known.
std::vector<std::int64_t> map_of(const Situation& s, LayerId index) {
  const Shapes& inputs = s.trace.row(index).inputs;
  const auto axes = static_cast<std::size_t>(s.spec.layer(index).info().axes);
  if (inputs.empty() || inputs[0].size() <= axes || axes == 0) return {};
  return {inputs[0].end() - static_cast<std::ptrdiff_t>(axes), inputs[0].end()};
}

// Pools over all of their maps, each as long as its own, and some of another length: those as well.
void pools_like_others(const Situation& s, std::vector<Candidate>& out) {
  constexpr std::size_t most_pools = 8;
  std::vector<Set> sets;
  const LayerSpec* model = nullptr;
  int spanning = 0;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& pool = s.spec.layer(i);
    if (pool.broken || !is_pool(pool.info().family) || pool.find(Opt::kernel_size) == nullptr) continue;
    if (model != nullptr && model->kind != pool.kind) return;
    model = &pool;
    const auto kernel = pool.axes(Opt::kernel_size);
    const std::vector<std::int64_t> map = map_of(s, i);
    if (map.empty() || std::count(map.begin(), map.end(), 1) > 0) return;
    if (std::equal(map.begin(), map.end(), kernel.begin()))
      ++spanning;
    else
      sets.push_back({i, Opt::kernel_size, Value{map}});
  }
  if (spanning < 2 || sets.empty() || sets.size() > most_pools || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.spans_an_axis = true;
  offer_as_one(s, sets, std::move(candidate), out);
}

// Filters over words that are wider than the words' features: as many features as the filters are wide, or
// filters as wide as there are.
void filters_over_words(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  const LayerSpec& first = s.spec.layer(fault);
  if (first.broken || first.info().family != Family::conv || first.info().axes < 2 || first.inputs.empty())
    return;
  const int last = first.info().axes - 1;
  const std::vector<std::int64_t> map = map_of(s, fault);
  const std::int64_t wide = window_of(first, last).k;
  if (map.empty() || wide <= map.back()) return;
  const Ref words = producer(s.spec, s.trace, first.inputs[0], s.trace.row(fault).inputs[0].size() - 1);
  if (words.is_input() || s.spec.layer(words.layer).info().family != Family::embedding) return;
  std::vector<Set> sets;
  for (LayerId i = fault; i < s.spec.layers.end_id(); ++i) {
    const LayerSpec& other = s.spec.layer(i);
    const Window w = other.broken || other.kind != first.kind ? Window{} : window_of(other, last);
    if (w.k == wide && map_of(s, i).size() == map.size() && map_of(s, i).back() == map.back())
      sets.push_back(along(other, i, Opt::kernel_size, last, map.back()));
  }
  Candidate candidate;
  candidate.kind = FixKind::channels;
  offer(s, {{words.layer, Opt::embedding_dim, Value{wide}}}, candidate, out);
  candidate.kind = FixKind::window;
  candidate.spans_an_axis = true;
  offer(s, sets, std::move(candidate), out);
}

}  // namespace

void suggest_spans(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const Code code = s.trace.row(*fault).refusals[0].code;
  if (code == Code::L209) uses_up(s, *fault, out);
  if (code == Code::L205) pools_all(s, *fault, out);
  if (code == Code::L205) filters_over_words(s, *fault, out);
  if (code == Code::L205 || code == Code::L208) pools_like_others(s, out);
  if (code != Code::L208) return;
  larger_patches(s, *fault, out);
  kept_branch(s, *fault, partial);
}

}  // namespace shapedbg
