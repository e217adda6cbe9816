// Which layer: an index that cannot be taken for a size, an axis or the number of an input, and lists that
// hold one thing for each layer.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace shapedbg {

// A layer of a network, counted from 0 in running order. The default is none of them. As with iterators, one
// step behind the last is an id as well: of the network's output.
class LayerId {
 public:
  constexpr LayerId() = default;
  template <std::integral Count>
  requires(!std::same_as<Count, bool>) constexpr explicit LayerId(Count number)
      : number_(static_cast<int>(number)) {}

  constexpr bool is_none() const { return number_ < 0; }
  constexpr int number() const { return number_; }
  // In a list of one thing for each layer.
  constexpr std::size_t place() const { return static_cast<std::size_t>(number_); }

  constexpr auto operator<=>(const LayerId&) const = default;
  constexpr LayerId& operator++() {
    ++number_;
    return *this;
  }
  constexpr LayerId& operator--() {
    --number_;
    return *this;
  }
  constexpr LayerId operator++(int) { return LayerId(number_++); }
  constexpr LayerId operator--(int) { return LayerId(number_--); }
  constexpr LayerId& operator+=(int steps) {
    number_ += steps;
    return *this;
  }
  friend constexpr LayerId operator+(LayerId id, int steps) { return LayerId(id.number_ + steps); }
  friend constexpr LayerId operator-(LayerId id, int steps) { return LayerId(id.number_ - steps); }
  friend constexpr int operator-(LayerId a, LayerId b) { return a.number_ - b.number_; }

 private:
  int number_ = -1;
};

// One T for each layer.
template <class T>
class PerLayer : public std::vector<T> {
 public:
  using std::vector<T>::vector;
  using std::vector<T>::operator[];
  // Only of one that is given up: a reference to a list of layers never hides a copy.
  PerLayer(std::vector<T>&& all) : std::vector<T>(std::move(all)) {}  // NOLINT(google-explicit-constructor)

  decltype(auto) operator[](LayerId id) { return std::vector<T>::operator[](id.place()); }
  decltype(auto) operator[](LayerId id) const { return std::vector<T>::operator[](id.place()); }
  // The first id behind them.
  LayerId end_id() const { return LayerId(this->size()); }
  // None where there are no layers.
  LayerId last_id() const { return end_id() - 1; }
  bool has(LayerId id) const { return id.place() < this->size(); }
};

// `for (const LayerId id : ids(spec.layers))`
class LayerIds {
 public:
  class Iterator {
   public:
    constexpr explicit Iterator(LayerId at) : at_(at) {}
    constexpr LayerId operator*() const { return at_; }
    constexpr Iterator& operator++() {
      ++at_;
      return *this;
    }
    constexpr bool operator==(const Iterator&) const = default;

   private:
    LayerId at_;
  };

  constexpr LayerIds(LayerId from, LayerId to) : from_(from), to_(to) {}
  constexpr Iterator begin() const { return Iterator(from_); }
  constexpr Iterator end() const { return Iterator(to_); }

 private:
  LayerId from_;
  LayerId to_;
};

template <class T>
LayerIds ids(const PerLayer<T>& all) {
  return {LayerId{0}, all.end_id()};
}

}  // namespace shapedbg

template <>
struct std::hash<shapedbg::LayerId> {
  std::size_t operator()(shapedbg::LayerId id) const noexcept { return std::hash<int>{}(id.number()); }
};
