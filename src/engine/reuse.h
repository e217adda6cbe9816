// Modules that run again. On the meta device a module has no weights to hold, and building one takes longer
// than running it: one that was built with the same options before, on this thread, is taken once more.
#pragma once

#include <torch/expanding_array.h>

#include <cstddef>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "engine/modules.h"

namespace shapedbg {

// What a module is built with, as bytes.
class ModuleKey {
 public:
  template <class... Numbers>
  explicit ModuleKey(Numbers... numbers) {
    (add(numbers), ...);
  }
  template <class Number>
  ModuleKey& add(Number number) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  template <std::size_t D>
  ModuleKey& add(const torch::ExpandingArray<D>& array) {
    bytes_.append(reinterpret_cast<const char*>(array->data()), D * sizeof((*array)[0]));
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// build<Holder>(options), or what that gave before for the same `key`, which holds all that the options say.
template <class Holder, class Options>
Holder built_or_reused(const Step& step, ModuleKey key, Options&& options) {
  if (!step.input().is_meta()) return build<Holder>(std::forward<Options>(options));
  constexpr std::size_t most = 1024;
  thread_local std::unordered_map<std::string, Holder> all;
  std::string bytes = key.take();
  if (const auto known = all.find(bytes); known != all.end()) return known->second;
  if (all.size() >= most) all.clear();
  return all.emplace(std::move(bytes), build<Holder>(std::forward<Options>(options))).first->second;
}

}  // namespace shapedbg
