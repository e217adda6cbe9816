// Orders of the axes of a tensor, and a Permute that brings them about.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "repair/candidate.h"

namespace shapedbg {

using Order = std::vector<std::int64_t>;

// Axes that have to be lifted out and put in elsewhere; then the pairs that stand in the other order.
std::pair<std::int64_t, std::int64_t> cost_of(const Order& order);

// Every order but the present one that has axis `samples`, the batch, in front, the simplest first. None of a
// tensor of fewer than three axes, or of more than six.
std::vector<Order> orders_of(std::size_t rank, std::size_t samples = 0);

Order inverse_of(const Order& order);

// A Permute called `name` on input `k` of a layer, as a move and as what is told of it. False where the file
// does not allow it.
bool insert_permute(const Situation& s, LayerId at, std::size_t k, const std::string& name, Order order,
                    Moves& moves, std::vector<Change>& changes);

// The order in which a layer that only reorders axes takes them from a tensor of so many.
std::optional<Order> order_of(const LayerSpec& layer, std::size_t rank);

}  // namespace shapedbg
