#include "repair/propose/orders.h"

#include <algorithm>
#include <numeric>

#include "net/facts.h"

namespace shapedbg {

std::pair<std::int64_t, std::int64_t> cost_of(const Order& order) {
  std::vector<std::int64_t> longest(order.size(), 1);
  std::int64_t best = 1, exchanged = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (order[j] < order[i])
        longest[i] = std::max(longest[i], longest[j] + 1);
      else
        ++exchanged;
    }
    best = std::max(best, longest[i]);
  }
  return {static_cast<std::int64_t>(order.size()) - best, exchanged};
}

std::vector<Order> orders_of(std::size_t rank, std::size_t samples) {
  constexpr std::size_t most_axes = 6;
  std::vector<Order> all;
  if (rank < 3 || rank > most_axes) return all;
  Order order(rank);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  const auto first = order.begin() + static_cast<std::ptrdiff_t>(std::min(samples, rank - 1));
  std::rotate(order.begin(), first, first + 1);
  if (samples > 0) all.push_back(order);
  while (std::next_permutation(order.begin() + 1, order.end())) all.push_back(order);
  std::stable_sort(all.begin(), all.end(),
                   [](const Order& a, const Order& b) { return cost_of(a) < cost_of(b); });
  return all;
}

Order inverse_of(const Order& order) {
  Order inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return inverse;
}

bool insert_permute(const Situation& s, LayerId at, std::size_t k, const std::string& name, Order order,
                    Moves& moves, std::vector<Change>& changes) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto prefix = s.rewrite.prefix(layer);
  if (!prefix || layer.shared || k >= layer.inputs.size()) return false;
  moves.emplace_back(InsertLayer{InsertLayer::Where::before,
                                 at,
                                 LayerKind::Permute,
                                 *prefix + name,
                                 {layer.inputs[k]},
                                 {{Opt::dims, Value{order}}},
                                 {{at, k}}});
  changes.push_back({*prefix + name, "layer", "null",
                     R"({"name": ")" + name + R"(", "type": "Permute", "dims": )" +
                         to_json(Value{std::move(order)}) + "}"});
  return true;
}

std::optional<Order> order_of(const LayerSpec& layer, std::size_t rank) {
  if (layer.broken || facts(layer.kind).effect != Effect::reordered) return std::nullopt;
  Order order(rank);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (layer.find(Opt::dims) != nullptr) {
    const auto& dims = layer.integers(Opt::dims);
    if (dims.size() != rank) return std::nullopt;
    for (std::size_t k = 0; k < rank; ++k) order[k] = static_cast<std::int64_t>(wrapped_axis(dims[k], rank));
  } else if (rank > 0) {
    std::swap(order[wrapped_axis(layer.integer(Opt::dim0), rank)],
              order[wrapped_axis(layer.integer(Opt::dim1), rank)]);
  }
  return order;
}

}  // namespace shapedbg
