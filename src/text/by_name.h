// Things looked up by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace shapedbg {

// A hash table without a block of memory for each entry, in the order in which they came. Names are not
// copied, and none is taken out again.
template <class T>
class ByName {
 public:
  struct Entry {
    std::string_view name;
    T value;
  };

  ByName() = default;
  ByName(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) add(entry.name, entry.value);
  }

  void reserve(std::size_t count) {
    entries_.reserve(count);
    if (2 * count > places_.size()) spread(2 * count);
  }
  std::size_t size() const { return entries_.size(); }
  std::span<const Entry> entries() const { return entries_; }

  // Null where there is none. Valid until one is added.
  T* find(std::string_view name) {
    const std::int32_t at = places_.empty() ? none : places_[place_of(name)];
    return at == none ? nullptr : &entries_[static_cast<std::size_t>(at)].value;
  }
  const T* find(std::string_view name) const { return const_cast<ByName*>(this)->find(name); }
  // What is there, or was put there now.
  std::pair<T*, bool> add(std::string_view name, T value) {
    if (2 * (entries_.size() + 1) > places_.size()) spread(4 * (entries_.size() + 1));
    std::int32_t& at = places_[place_of(name)];
    const bool fresh = at == none;
    if (fresh) {
      at = static_cast<std::int32_t>(entries_.size());
      entries_.push_back({name, std::move(value)});
    }
    return {&entries_[static_cast<std::size_t>(at)].value, fresh};
  }

 private:
  static constexpr std::int32_t none = -1;

  static std::uint64_t word_at(const char* bytes, std::size_t count) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, count);
    return word;
  }
  // Names are short: eight bytes at a time, the last ones again where fewer are left.
  static std::uint64_t hash(std::string_view name) {
    constexpr std::uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    const char* const bytes = name.data();
    const std::size_t size = name.size();
    std::uint64_t mixed = size * factor;
    const auto mix = [&](std::uint64_t word) {
      mixed = (mixed ^ word) * factor;
      mixed ^= mixed >> 29;
    };
    for (std::size_t at = 8; at < size; at += 8) mix(word_at(bytes + at - 8, 8));
    if (size >= 8)
      mix(word_at(bytes + size - 8, 8));
    else if (size >= 4)
      mix(word_at(bytes, 4) | word_at(bytes + size - 4, 4) << 32);
    else if (size > 0)
      mix(word_at(bytes, 1) | word_at(bytes + size / 2, 1) << 8 | word_at(bytes + size - 1, 1) << 16);
    return mixed * factor;
  }
  // Where the name is, or would be.
  std::size_t place_of(std::string_view name) const {
    const std::size_t last = places_.size() - 1;
    std::size_t place = static_cast<std::size_t>(hash(name) >> 32) & last;
    while (places_[place] != none && entries_[static_cast<std::size_t>(places_[place])].name != name)
      place = (place + 1) & last;
    return place;
  }
  void spread(std::size_t least) {
    std::size_t room = 16;
    while (room < least) room *= 2;
    places_.assign(room, none);
    for (std::size_t i = 0; i < entries_.size(); ++i)
      places_[place_of(entries_[i].name)] = static_cast<std::int32_t>(i);
  }

  std::vector<Entry> entries_;
  std::vector<std::int32_t> places_;  // of the entries, a power of two of them, half empty at least
};

}  // namespace shapedbg
