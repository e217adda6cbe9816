// What a statement of the author's program says, on all layers that it makes: the axis that it names,
// x.chunk(2, dim=1), where one other axis closes the network and no other does; the size of its parts.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "net/facts.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_statements = 48;
constexpr std::size_t most_layers = 64;  // of one statement
constexpr std::size_t most_axes = 6;

// Axes that the option may name: of the tensor that goes in, or of that which comes out with one more.
std::size_t axes_of(const LayerSpec& layer, const LayerTrace& row) {
  if (row.inputs.empty()) return 0;
  const bool one_more = layer.info().family == Family::unsqueeze || facts(layer.kind).merge == Merge::stacks;
  return row.inputs[0].size() + (one_more ? 1 : 0);
}

// The axis that an option names, alone.
std::optional<std::int64_t> named(const OptionValue& option) {
  if (!names_axis(option.info->opt)) return std::nullopt;
  if (const auto* one = std::get_if<std::int64_t>(&option.value)) return *one;
  const auto* list = std::get_if<std::vector<std::int64_t>>(&option.value);
  return list != nullptr && list->size() == 1 ? std::optional(list->front()) : std::nullopt;
}

// The option with another axis, counted from the same end.
Value with_axis(const OptionValue& option, std::int64_t present, std::size_t axis, std::size_t rank) {
  const auto from_front = static_cast<std::int64_t>(axis);
  const std::int64_t fresh = present < 0 ? from_front - static_cast<std::int64_t>(rank) : from_front;
  if (std::holds_alternative<std::int64_t>(option.value)) return Value{fresh};
  return Value{std::vector<std::int64_t>{fresh}};
}

void other_axis(const Situation& s, const std::vector<int>& statement, std::size_t k,
                std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(statement.front());
  const OptionValue& option = layer.options[k];
  const auto present = named(option);
  const std::size_t rank = axes_of(layer, s.trace.row(statement.front()));
  if (!present || rank < 2 || rank > most_axes || wrapped_axis(*present, rank) >= rank) return;
  std::vector<std::vector<Set>> closing;
  for (std::size_t axis = 0; axis < rank && closing.size() < 2; ++axis) {
    if (axis == wrapped_axis(*present, rank)) continue;
    std::vector<Set> sets;
    for (const int one : statement) {
      const OptionValue& its = s.spec.layer(one).options[k];
      const auto axis_of_it = named(its);
      const std::size_t its_rank = axes_of(s.spec.layer(one), s.trace.row(one));  // 0: not known yet
      if (!axis_of_it || (its_rank != rank && its_rank != 0)) return;
      sets.push_back({one, its.info->opt, with_axis(its, *axis_of_it, axis, rank)});
    }
    if (s.trials().close(sets, s.steps)) closing.push_back(std::move(sets));
  }
  if (closing.size() != 1) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.amount = 1;
  candidate.telling = true;
  candidate.title = title_of(s.spec, closing[0]);
  if (!add_sets(s, closing[0], candidate)) return;
  candidate.places = 1;
  out.push_back(std::move(candidate));
}

// The sections of a Split where they are alike; null where they are not.
const std::vector<std::int64_t>* equal_sections(const LayerSpec& layer) {
  const OptionValue* option = layer.find(Opt::split_size_or_sections);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&option->value);
  if (sizes == nullptr || sizes->size() < 2) return nullptr;
  const bool alike =
      std::all_of(sizes->begin(), sizes->end(), [&](auto size) { return size == sizes->front(); });
  return alike ? sizes : nullptr;
}

// Parts of one size that are not all of the axis: as many parts of another size are.
void other_size(const Situation& s, const std::vector<int>& statement, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  std::int64_t size = 0;  // of what gets nothing yet, that of the ones before
  for (const int one : statement) {
    const LayerTrace& row = s.trace.row(one);
    const auto* sizes = equal_sections(s.spec.layer(one));
    if (sizes == nullptr || (row.inputs.empty() && size == 0)) return;
    const auto parts = static_cast<std::int64_t>(sizes->size());
    if (!row.inputs.empty()) {
      const Shape& x = row.inputs[0];
      const std::size_t axis = wrapped_axis(s.spec.layer(one).integer(Opt::dim), x.size());
      if (axis >= x.size() || x[axis] % parts != 0 || x[axis] / parts == sizes->front()) return;
      size = x[axis] / parts;
    }
    sets.push_back({one, Opt::split_size_or_sections, Value{std::vector<std::int64_t>(sizes->size(), size)}});
  }
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::channels;
  candidate.amount = 1;
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return;
  candidate.places = 1;
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_statements(const Situation& s, std::vector<Candidate>& out) {
  // Calls of one line, whatever module they are in: its text is one.
  std::map<std::pair<std::string, LayerKind>, std::vector<int>> statements;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    const bool step = layer.source != nullptr && layer.source->made.empty() && !layer.source->called.empty();
    if (step && !layer.broken &&
        std::any_of(layer.options.begin(), layer.options.end(),
                    [](const OptionValue& option) { return named(option).has_value(); }))
      statements[{layer.source->called.text(), layer.kind}].push_back(static_cast<int>(i));
  }
  const std::vector<char>& reaching = s.trials().reaching();
  std::size_t looked_at = 0;
  for (const auto& [line, layers] : statements) {
    const bool reaches = std::any_of(layers.begin(), layers.end(),
                                     [&](int one) { return reaching[static_cast<std::size_t>(one)] != 0; });
    if (!reaches || layers.size() > most_layers) continue;
    if (++looked_at > most_statements) return;
    if (s.spec.layer(layers.front()).info().family == Family::split) other_size(s, layers, out);
    for (std::size_t k = 0; k < s.spec.layer(layers.front()).options.size(); ++k)
      other_axis(s, layers, k, out);
  }
}

}  // namespace shapedbg
