#include "engine/meta_results.h"

#include <type_traits>
#include <utility>

namespace shapedbg {
namespace {

// More than the layers of most networks; less than a megabyte.
constexpr std::size_t most_results = 1024;

template <class T>
void add(std::string& key, T number) {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
  key.append(reinterpret_cast<const char*>(&number), sizeof(T));
}

template <class List>
void add_list(std::string& key, const List& list) {
  add(key, list.size());
  for (const auto one : list) add(key, one);
}

// False for a value that is not kept.
bool add_value(std::string& key, const Value& value) {
  add(key, static_cast<char>(value.index()));
  if (std::holds_alternative<std::monostate>(value)) return true;
  if (const auto* flag = std::get_if<bool>(&value)) return add(key, *flag), true;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return add(key, *integer), true;
  if (const auto* number = std::get_if<double>(&value)) return add(key, *number), true;
  if (const auto* word = std::get_if<std::string>(&value)) return add_list(key, *word), true;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) return add_list(key, *list), true;
  if (const auto* list = std::get_if<std::vector<double>>(&value)) return add_list(key, *list), true;
  return false;
}

}  // namespace

std::string MetaResults::key_of(const Step& step) {
  if (step.like != nullptr || step.pool != nullptr || step.indices.defined()) return {};
  std::string key;
  key.reserve(256);
  add(key, step.layer.kind);
  add(key, step.wants_indices);
  for (const OptionValue& option : step.layer.options) {
    if (!add_value(key, option.value)) return {};
  }
  for (const at::Tensor& input : step.inputs) {
    if (!input.is_meta()) return {};
    add(key, input.scalar_type());
    add_list(key, input.sizes());
    add_list(key, input.strides());
  }
  return key;
}

std::optional<Tensors> MetaResults::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? std::nullopt : std::optional(found->second);
}

void MetaResults::keep(std::string key, const Tensors& outputs) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= most_results) known_.clear();
  known_.emplace(std::move(key), outputs);
}

}  // namespace shapedbg
