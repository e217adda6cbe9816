// Patterns of sizes that repeat: what holds for n = 1, 2, … one by one, then by n mod period.
#pragma once

#include <cstddef>
#include <vector>

namespace shapedbg {

// The shortest period of a repeating list.
template <class T>
std::size_t shortest_period(const std::vector<T>& list) {
  for (std::size_t p = 1; p < list.size(); ++p) {
    if (list.size() % p != 0) continue;
    bool repeats = true;
    for (std::size_t i = p; repeats && i < list.size(); ++i) repeats = list[i] == list[i - p];
    if (repeats) return p;
  }
  return list.size();
}

// Drops what follows from the rest: `classes` holds for n > small.size(), by n mod their number.
template <class T>
void shorten(std::vector<T>& classes, std::vector<T>& small) {
  classes.resize(shortest_period(classes));
  while (!small.empty() && small.back() == classes[small.size() % classes.size()]) small.pop_back();
}

}  // namespace shapedbg
