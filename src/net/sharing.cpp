#include "net/sharing.h"

namespace shapedbg {

bool same_use(const LayerSpec& a, const LayerSpec& b) {
  return !a.used_at.empty() && !b.used_at.empty() && a.used_at.front().span == b.used_at.front().span;
}

std::vector<int> copies(const Spec& spec, int layer) {
  const LayerSpec& one = spec.layer(layer);
  if (!one.shared) return {layer};
  std::vector<int> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (other.where.span == one.where.span && other.typed_as == one.typed_as)
      all.push_back(static_cast<int>(i));
  }
  return all;
}

std::vector<std::pair<int, Opt>> sharers(const Spec& spec, int layer, Opt opt) {
  const LayerSpec& one = spec.layer(layer);
  if (!one.shared) return {{layer, opt}};
  const OptionValue* option = one.find(opt);
  std::vector<std::pair<int, Opt>> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (!other.shared) continue;
    if (option == nullptr || !option->written) {
      if (other.where.span == one.where.span) all.emplace_back(static_cast<int>(i), opt);
      continue;
    }
    for (const OptionValue& value : other.options)
      if (value.written && value.where.span == option->where.span)
        all.emplace_back(static_cast<int>(i), value.info->opt);
  }
  return all;
}

}  // namespace shapedbg
