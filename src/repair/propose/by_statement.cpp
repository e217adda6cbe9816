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
constexpr std::size_t most_of_one_statement = 64;
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

// Offers what is set on all that a statement makes, as what its author meant to write there.
void offer(const Situation& s, const std::vector<Set>& sets, std::vector<Candidate>& out) {
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  offer_as_one(s, sets, std::move(candidate), out);
}

void other_axis(const Situation& s, const std::vector<LayerId>& statement, std::size_t k,
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
    for (const LayerId one : statement) {
      const OptionValue& its = s.spec.layer(one).options[k];
      const auto axis_of_it = named(its);
      const std::size_t its_rank = axes_of(s.spec.layer(one), s.trace.row(one));  // 0: not known yet
      if (!axis_of_it || (its_rank != rank && its_rank != 0)) return;
      sets.push_back({one, its.info->opt, with_axis(its, *axis_of_it, axis, rank)});
    }
    if (s.trials().close(sets, s.steps)) closing.push_back(std::move(sets));
  }
  if (closing.size() == 1) offer(s, closing[0], out);
}

int inversions(const std::vector<std::int64_t>& order) {
  int count = 0;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t k = i + 1; k < order.size(); ++k) count += order[i] > order[k] ? 1 : 0;
  return count;
}

// Another order of the axes behind the batch: of several that close the network the one that turns least.
void other_order(const Situation& s, const std::vector<LayerId>& statement, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(statement.front());
  const auto dims = layer.integers(Opt::dims);
  std::vector<std::int64_t> order(dims.begin(), dims.end());
  const std::vector<std::int64_t> present = order;
  if (order.size() < 3 || order.size() > most_axes - 1 || order[0] != 0) return;
  std::sort(order.begin(), order.end());
  if (order.back() != static_cast<std::int64_t>(order.size()) - 1) return;
  std::vector<std::vector<Set>> closing;
  std::vector<int> turned;
  do {
    if (order == present) continue;
    std::vector<Set> sets;
    for (const LayerId one : statement) {
      if (s.spec.layer(one).find(Opt::dims)->value != layer.find(Opt::dims)->value) return;
      sets.push_back({one, Opt::dims, Value{order}});
    }
    if (!s.trials().close(sets, s.steps)) continue;
    closing.push_back(std::move(sets));
    turned.push_back(inversions(order));
  } while (std::next_permutation(order.begin() + 1, order.end()));
  if (closing.empty()) return;
  const auto least = std::min_element(turned.begin(), turned.end());
  if (std::count(turned.begin(), turned.end(), *least) == 1)
    offer(s, closing[static_cast<std::size_t>(least - turned.begin())], out);
}

// Two other axes behind the batch that are exchanged.
void other_exchange(const Situation& s, const std::vector<LayerId>& statement, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(statement.front());
  const auto rank = static_cast<std::int64_t>(axes_of(layer, s.trace.row(statement.front())));
  if (rank < 3 || rank > static_cast<std::int64_t>(most_axes)) return;
  std::vector<std::vector<Set>> closing;
  for (std::int64_t a = 1; a < rank && closing.size() < 2; ++a)
    for (std::int64_t b = a + 1; b < rank; ++b) {
      std::vector<Set> sets;
      for (const LayerId one : statement) {
        const LayerSpec& its = s.spec.layer(one);
        if (its.integer(Opt::dim0) != layer.integer(Opt::dim0) ||
            its.integer(Opt::dim1) != layer.integer(Opt::dim1))
          return;
        if (its.integer(Opt::dim0) != a) sets.push_back({one, Opt::dim0, Value{a}});
        if (its.integer(Opt::dim1) != b) sets.push_back({one, Opt::dim1, Value{b}});
      }
      if (!sets.empty() && s.trials().close(sets, s.steps)) closing.push_back(std::move(sets));
    }
  if (closing.size() == 1) offer(s, closing[0], out);
}

// view(32, -1) with the batch of another day, view(-1, 32, 16) of 64 * 16 values a sample: the numbers with
// which each sample is one again.
void one_for_each_sample(const Situation& s, LayerId at, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(at);
  const LayerTrace& row = s.trace.row(at);
  const OptionValue* option = layer.find(Opt::shape);
  const auto* shape = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (shape == nullptr || shape->size() < 2 || any_computed(*shape) || row.inputs.empty()) return;
  const Shape& x = row.inputs[0];
  const std::int64_t values = x.size() < 2 ? 0 : elements(x, 1);
  const std::int64_t first = (*shape)[0].constant();
  if (values < 1 || (first != -1 && (shape->size() > 2 || (*shape)[1].constant() != -1)) || first == x[0])
    return;
  std::int64_t rest = 1;
  for (std::size_t k = 1; k < shape->size(); ++k)
    if ((*shape)[k].constant() == 0 || __builtin_mul_overflow(rest, (*shape)[k].constant(), &rest)) return;
  std::vector<std::vector<Set>> closing;
  for (std::size_t k = 1; k < shape->size() && rest != values; ++k) {
    const std::int64_t others = rest / (*shape)[k].constant();
    if (others == 0 || values % others != 0 || (others < 0 && shape->size() > 2)) continue;
    std::vector<Expression> fresh = *shape;
    fresh[0] = Expression(-1);
    fresh[k] = Expression(values / others);
    std::vector<Set> sets{{at, Opt::shape, Value{std::move(fresh)}}};
    if (s.trials().close(sets, s.steps)) closing.push_back(std::move(sets));
  }
  if (closing.size() == 1) offer(s, closing[0], out);
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
void other_size(const Situation& s, const std::vector<LayerId>& statement, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  std::int64_t size = 0;  // of what gets nothing yet, that of the ones before
  for (const LayerId one : statement) {
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
  std::map<std::pair<std::string, LayerKind>, std::vector<LayerId>> statements;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    const bool step = layer.source != nullptr && layer.source->made.empty() && !layer.source->called.empty();
    const bool lays_out = layer.kind == LayerKind::Permute || layer.kind == LayerKind::Reshape;
    if (step && !layer.broken &&
        (lays_out || std::any_of(layer.options.begin(), layer.options.end(),
                                 [](const OptionValue& option) { return named(option).has_value(); })))
      statements[{layer.source->called.text(), layer.kind}].push_back(LayerId(i));
  }
  const PerLayer<char>& reaching = s.trials().reaching();
  std::size_t looked_at = 0;
  for (const auto& [line, layers] : statements) {
    const bool reaches =
        std::any_of(layers.begin(), layers.end(), [&](LayerId one) { return reaching[one] != 0; });
    if (!reaches || layers.size() > most_of_one_statement) continue;
    if (++looked_at > most_statements) return;
    if (s.spec.layer(layers.front()).info().family == Family::split) other_size(s, layers, out);
    const LayerKind kind = line.second;
    if (kind == LayerKind::Permute) other_order(s, layers, out);
    if (kind == LayerKind::Transpose) other_exchange(s, layers, out);
    if (kind == LayerKind::Reshape && layers.size() == 1) one_for_each_sample(s, layers.front(), out);
    if (kind == LayerKind::Permute || kind == LayerKind::Transpose || kind == LayerKind::Reshape) continue;
    for (std::size_t k = 0; k < s.spec.layer(layers.front()).options.size(); ++k)
      other_axis(s, layers, k, out);
  }
}

}  // namespace shapedbg
