// A list that mostly holds a handful: up to `N` items stand in the list itself, more of them in memory of
// their own. Only for what is copied byte by byte.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

namespace shapedbg {

template <class T, std::size_t N>
class Few {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T> && N > 0);

 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using reference = T&;
  using const_reference = const T&;
  using iterator = T*;
  using const_iterator = const T*;

  Few() {}  // NOLINT(modernize-use-equals-default): the room stays as it is
  explicit Few(std::size_t count, const T& value = T()) { assign(count, value); }
  Few(std::initializer_list<T> items) { assign(items.begin(), items.end()); }
  template <std::forward_iterator It>
  Few(It first, It last) {
    assign(first, last);
  }
  Few(const Few& other) { assign(other.begin(), other.end()); }
  Few(Few&& other) noexcept { take(other); }
  Few& operator=(const Few& other) {
    if (this != &other) assign(other.begin(), other.end());
    return *this;
  }
  Few& operator=(Few&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~Few() { drop(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return room_ == N ? here() : there_; }
  const T* data() const { return room_ == N ? here() : there_; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  auto rbegin() const { return std::make_reverse_iterator(end()); }
  auto rend() const { return std::make_reverse_iterator(begin()); }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void clear() { size_ = 0; }
  void reserve(std::size_t count) { room_for(count); }
  void push_back(T item) {
    T* const items = room_for(size_ + std::size_t{1});
    items[size_++] = item;
  }
  void pop_back() { --size_; }
  void resize(std::size_t count, const T& value = T()) {
    if (count > size_) insert(end(), count - size_, value);
    size_ = static_cast<std::uint32_t>(count);
  }
  void assign(std::size_t count, T value) {
    std::fill_n(room_for(count), count, value);
    size_ = static_cast<std::uint32_t>(count);
  }
  template <std::forward_iterator It>
  void assign(It first, It last) {
    const auto count = static_cast<std::size_t>(std::distance(first, last));
    std::copy(first, last, room_for(count));
    size_ = static_cast<std::uint32_t>(count);
  }
  T* insert(const T* place, T item) { return insert(place, std::size_t{1}, item); }
  T* insert(const T* place, std::size_t count, T item) {
    T* const gap = open(place, count);
    std::fill_n(gap, count, item);
    return gap;
  }
  // Items of another list.
  template <std::forward_iterator It>
  T* insert(const T* place, It first, It last) {
    T* const gap = open(place, static_cast<std::size_t>(std::distance(first, last)));
    std::copy(first, last, gap);
    return gap;
  }
  T* erase(const T* place) { return erase(place, place + 1); }
  T* erase(const T* first, const T* last) {
    T* const gap = begin() + (first - begin());
    std::copy(last, static_cast<const T*>(end()), gap);
    size_ -= static_cast<std::uint32_t>(last - first);
    return gap;
  }

  friend bool operator==(const Few& a, const Few& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  T* here() { return reinterpret_cast<T*>(inside_); }
  const T* here() const { return reinterpret_cast<const T*>(inside_); }
  // Where `count` items find room; those that are there come along.
  T* room_for(std::size_t count) {
    if (count <= room_) return data();
    const std::size_t room = std::max(count, std::size_t{2} * room_);
    T* const larger = std::allocator<T>().allocate(room);
    std::copy(begin(), end(), larger);
    drop();
    there_ = larger;
    room_ = static_cast<std::uint32_t>(room);
    return larger;
  }
  // Room for `count` items in front of `place`.
  T* open(const T* place, std::size_t count) {
    const std::ptrdiff_t at = place - begin();
    T* const gap = room_for(size_ + count) + at;
    std::copy_backward(gap, gap + (size_ - at), gap + (size_ - at) + count);
    size_ += static_cast<std::uint32_t>(count);
    return gap;
  }
  void drop() {
    if (room_ != N) std::allocator<T>().deallocate(there_, room_);
  }
  // All that the other one has. What stands there is left as it is.
  void take(Few& other) {
    if (other.room_ == N)
      std::memcpy(inside_, other.inside_, other.size_ * sizeof(T));
    else
      there_ = other.there_;
    size_ = std::exchange(other.size_, 0);
    room_ = std::exchange(other.room_, static_cast<std::uint32_t>(N));
  }

  std::uint32_t size_ = 0;
  std::uint32_t room_ = N;
  union {
    alignas(T) std::byte inside_[N * sizeof(T)];
    T* there_;
  };
};

}  // namespace shapedbg
