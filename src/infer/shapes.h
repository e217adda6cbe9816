// The shapes that a layer got, or returned.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// Never changed in place. Copies share the shapes: traces are copied, and networks that hardly differ
// inferred again, far more often than one of them is another.
class Shapes {
 public:
  using value_type = Shape;
  using const_iterator = const Shape*;

  Shapes() = default;
  Shapes(std::vector<Shape> shapes) {  // NOLINT(google-explicit-constructor): the same thing
    fill(shapes.size(), [&](std::size_t i) -> Shape&& { return std::move(shapes[i]); });
  }
  Shapes(std::initializer_list<Shape> shapes) {
    fill(shapes.size(), [&](std::size_t i) -> const Shape& { return shapes.begin()[i]; });
  }
  // Copies of these, none of them null.
  explicit Shapes(std::span<const Shape* const> shapes) {
    fill(shapes.size(), [&](std::size_t i) -> const Shape& { return *shapes[i]; });
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Shape& operator[](std::size_t i) const { return shapes_[static_cast<std::ptrdiff_t>(i)]; }
  const Shape& front() const { return *begin(); }
  const Shape& back() const { return *(end() - 1); }
  const Shape* begin() const { return shapes_.get(); }
  const Shape* end() const { return begin() + size_; }
  void clear() { *this = Shapes(); }

  bool operator==(const Shapes& other) const {
    return begin() == other.begin() ? size_ == other.size_
                                    : std::equal(begin(), end(), other.begin(), other.end());
  }
  bool operator==(const std::vector<Shape>& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }

 private:
  template <class At>
  void fill(std::size_t count, At at) {
    if (count == 0) return;
    auto all =
        std::make_shared<Shape[]>(count);  // NOLINT(modernize-avoid-c-arrays): one block with its count
    for (std::size_t i = 0; i < count; ++i) all[static_cast<std::ptrdiff_t>(i)] = at(i);
    shapes_ = std::move(all);
    size_ = count;
  }

  std::shared_ptr<const Shape[]> shapes_;  // NOLINT(modernize-avoid-c-arrays)
  std::size_t size_ = 0;
};

}  // namespace shapedbg
