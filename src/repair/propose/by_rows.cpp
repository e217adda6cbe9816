// What a view cuts into rows or windows, padded to whole ones.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

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
void padded_rows(const Situation& s, LayerId view, std::int64_t rows, std::int64_t missing,
                 const std::string& type, const std::string& options, std::vector<Candidate>& out) {
  Candidate candidate;
  candidate.kind = FixKind::padded_input;
  candidate.pads_to_rows = true;
  if (!put_on_input(s, view, type, options, candidate)) return;
  candidate.title = "pad by " + std::to_string(missing) + " to whole rows of " + std::to_string(rows) +
                    " in front of `" + s.spec.layer(view).name + "`";
  out.push_back(std::move(candidate));
}

// How a view cuts axes of its tensor into windows: [N, H, W, C] into [N, H//7, 7, W//7, 7, C].
struct Windows {
  struct Cut {
    std::size_t axis = 0;   // of what is cut
    std::size_t entry = 0;  // of the shape: how many windows
    std::int64_t size = 0;  // of one
  };
  std::vector<Cut> cuts;
};

// Axis for axis either kept or cut into as many windows as are whole; nothing where the view does anything
// else.
std::optional<Windows> windows_of(const std::vector<Expression>& sizes, const Shape& x) {
  Windows found;
  std::size_t entry = 0;
  for (std::size_t axis = 0; axis < x.size(); ++axis, ++entry) {
    if (entry >= sizes.size()) return std::nullopt;
    const Expression& one = sizes[entry];
    const bool kept = one.is_constant() ? one.constant() == x[axis] : one.nodes().size() == 1;
    if (kept) continue;
    if (entry + 1 >= sizes.size() || !sizes[entry + 1].is_constant()) return std::nullopt;
    const std::int64_t size = sizes[entry + 1].constant();
    if (size < 2 || x[axis] < size || (one.is_constant() && one.constant() != x[axis] / size))
      return std::nullopt;
    found.cuts.push_back({axis, entry, size});
    ++entry;
  }
  return entry == sizes.size() && !found.cuts.empty() ? std::optional(found) : std::nullopt;
}

// A map whose sides are no multiples of the windows that a view cuts it into: padded at its ends, and one
// window more where their number is stated.
void padded_windows(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  const LayerSpec& view = s.spec.layer(fault);
  const Shape& x = s.trace.row(fault).inputs[0];
  const OptionValue* option = view.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  const auto windows = sizes == nullptr ? std::nullopt : windows_of(*sizes, x);
  if (!windows) return;
  std::vector<std::int64_t> padding(2 * (x.size() - windows->cuts.front().axis), 0);
  std::vector<Expression> fresh = *sizes;
  Shape padded = x;
  for (const Windows::Cut& cut : windows->cuts) {
    const std::int64_t missing = (cut.size - x[cut.axis] % cut.size) % cut.size;
    padding[2 * (x.size() - 1 - cut.axis) + 1] = missing;
    padded[cut.axis] += missing;
    if (fresh[cut.entry].is_constant()) fresh[cut.entry] = Expression(padded[cut.axis] / cut.size);
  }
  if (padded == x) return;
  Candidate candidate;
  candidate.kind = FixKind::padded_input;
  candidate.pads_to_rows = true;
  const bool stated = fresh != *sizes;
  if (stated && !add_sets(s, {{fault, Opt::shape, Value{std::move(fresh)}}}, candidate)) return;
  if (!put_on_input(s, fault, "Pad", R"(, "padding": )" + to_json(Value{padding}), candidate)) return;
  candidate.places = 1;
  candidate.title = "pad " + bracketed(x) + " to " + bracketed(padded) + ", whole windows, in front of `" +
                    view.name + "`" + (stated ? ", and count them in its shape" : "");
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

}  // namespace

void suggest_rows(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& view = s.spec.layer(*fault);
  const LayerTrace& row = s.trace.row(*fault);
  if (row.refusals[0].code != Code::L211 || view.broken || view.info().family != Family::reshape ||
      row.inputs.size() != 1)
    return;
  if (row.inputs[0].size() > 3) padded_windows(s, *fault, out);
  if (row.inputs[0].size() != 3) return;
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
