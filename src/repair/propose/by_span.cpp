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

// How many elements a row has that a view cuts a signal into: the product of the numbers behind the entry
// that is left open, which is not the first. Nothing where it is no such view.
std::optional<std::int64_t> row_length(const LayerSpec& view) {
  const OptionValue* shape = view.find(Opt::shape);
  const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&shape->value);
  if (sizes == nullptr) return std::nullopt;
  std::optional<std::int64_t> length;
  for (std::size_t k = 0; k < sizes->size(); ++k) {
    const bool constant = (*sizes)[k].is_constant();
    const std::int64_t n = constant ? (*sizes)[k].constant() : 0;
    if (constant && n == -1 && k > 0 && !length)
      length = 1;
    else if (length && (n < 1 || __builtin_mul_overflow(*length, n, &*length)))
      return std::nullopt;
  }
  return length;
}

// Option `opt` of a layer with another number along `axis`.
Set along(const LayerSpec& layer, int index, Opt opt, int axis, std::int64_t value) {
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
void uses_up(const Situation& s, int linear, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(linear);
  if (layer.info().family != Family::linear || layer.inputs.size() != 1 || !layer.has(Opt::in_features))
    return;
  const std::vector<int> path = s.path_to(layer.inputs[0]);
  for (const int i : path) {
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
    if (longer < 0 || !others || x.size() < static_cast<std::size_t>(conv.info().axes)) continue;
    const std::int64_t in = x[x.size() - static_cast<std::size_t>(conv.info().axes - longer)];
    if (in == window_of(conv, longer).k) continue;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.spans_an_axis = true;
    offer(s, {along(conv, i, Opt::kernel_size, longer, in)}, std::move(candidate), out);
  }
}

// A patch embedding whose kernel is its stride: both by the factor that the levels behind it go up too far.
void larger_patches(const Situation& s, int merge, std::vector<Candidate>& out) {
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
    for (const int i : s.path_to(layer.inputs[k])) {
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
void kept_branch(const Situation& s, int merge, std::vector<Candidate>& partial) {
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
void pools_all(const Situation& s, int pool, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(pool);
  const LayerTrace& row = s.trace.row(pool);
  const auto axes = static_cast<std::size_t>(layer.info().axes);
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
  if (!ends || !smaller) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.spans_an_axis = true;
  offer(s, {{pool, Opt::kernel_size, Value{map}}}, std::move(candidate), out);
}

// The places of the map that a layer with windows takes; empty where that is not known.
std::vector<std::int64_t> map_of(const Situation& s, int index) {
  const Shapes& inputs = s.trace.row(index).inputs;
  const auto axes = static_cast<std::size_t>(s.spec.layer(index).info().axes);
  if (inputs.empty() || inputs[0].size() <= axes || axes == 0) return {};
  return {inputs[0].end() - static_cast<std::ptrdiff_t>(axes), inputs[0].end()};
}

// Pools over all of their maps, each as long as its own, and some of another length: those as well.
void pools_like_others(const Situation& s, std::vector<Candidate>& out) {
  constexpr std::size_t most = 8;
  std::vector<Set> sets;
  const LayerSpec* model = nullptr;
  int spanning = 0;
  for (int i = 0; i < std::ssize(s.spec.layers); ++i) {
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
  if (spanning < 2 || sets.empty() || sets.size() > most || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.spans_an_axis = true;
  offer_as_one(s, sets, std::move(candidate), out);
}

// Filters over words that are wider than the words' features: as many features as the filters are wide, or
// filters as wide as there are.
void filters_over_words(const Situation& s, int fault, std::vector<Candidate>& out) {
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
  for (int i = fault; i < std::ssize(s.spec.layers); ++i) {
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

namespace {

std::int64_t product_behind(const std::vector<Expression>& sizes, std::size_t from) {
  std::int64_t product = 1;
  for (std::size_t k = from; k < sizes.size(); ++k)
    if (!sizes[k].is_constant() || sizes[k].constant() < 1 ||
        __builtin_mul_overflow(product, sizes[k].constant(), &product))
      return 0;
  return product;
}

// A view of [N, L, C] into rows of several of the L places: how many.
std::int64_t places_in_a_row(const LayerSpec& view, const Shape& x) {
  const OptionValue* option = view.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr || sizes->size() < 3 || x[1] < 2 || x[2] < 1) return 0;
  const Expression& count = (*sizes)[1];
  if (count.is_constant() && count.constant() != -1) return 0;
  const std::int64_t row = product_behind(*sizes, 2);
  return row % x[2] == 0 ? row / x[2] : 0;
}

// What is cut into rows has to be padded to whole ones: `missing` places, by a layer with `options`.
void padded_rows(const Situation& s, int view, std::int64_t rows, std::int64_t missing,
                 const std::string& type, const std::string& options, std::vector<Candidate>& out) {
  Candidate candidate;
  candidate.kind = FixKind::padded_input;
  candidate.pads_to_rows = true;
  if (!put_on_input(s, view, type, options, candidate)) return;
  candidate.title = "pad by " + std::to_string(missing) + " to whole rows of " + std::to_string(rows) +
                    " in front of `" + s.spec.layer(view).name + "`";
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_rows(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& view = s.spec.layer(*fault);
  const LayerTrace& row = s.trace.row(*fault);
  if (row.refusals[0].code != Code::L211 || view.broken || view.info().family != Family::reshape ||
      row.inputs.size() != 1 || row.inputs[0].size() != 3)
    return;
  const Shape& x = row.inputs[0];
  if (const std::int64_t places = places_in_a_row(view, x);
      places > 1 && places <= x[1] && x[1] % places != 0) {
    const std::int64_t missing = places - x[1] % places;
    padded_rows(s, *fault, places, missing, "Pad",
                R"(, "padding": [0, 0, 0, )" + std::to_string(missing) + "]", out);
    return;
  }
  const std::int64_t rows = row_length(view).value_or(0);  // of a signal of one channel
  if (x[1] != 1 || rows < 2 || rows > x[2] || x[2] % rows == 0) return;
  padded_rows(s, *fault, rows, rows - x[2] % rows, "PadToMultiple",
              R"(, "multiple": )" + std::to_string(rows), out);
}

}  // namespace shapedbg
