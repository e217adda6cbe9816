#include "net/outputs.h"

#include "net/facts.h"

namespace shapedbg {

std::optional<int> output_count(const LayerSpec& layer) {
  const bool splits = facts(layer.kind).splits;
  if (layer.broken && (!find_kind(layer.typed_as) || layer.kind == LayerKind::Custom || splits))
    return std::nullopt;
  if (const OptionValue* outputs = layer.find(Opt::outputs)) {
    const auto* shapes = std::get_if<std::vector<std::vector<Expression>>>(&outputs->value);
    return shapes ? static_cast<int>(shapes->size()) : 1;
  }
  if (layer.info().own.outputs > 1) return layer.info().own.outputs;
  if (layer.info().family == Family::unbind) return std::nullopt;  // as many as the axis has places
  if (const OptionValue* parts = layer.find(Opt::split_size_or_sections)) {
    const auto* sections = std::get_if<std::vector<std::int64_t>>(&parts->value);
    return sections ? std::optional(static_cast<int>(sections->size())) : std::nullopt;
  }
  if (splits) return static_cast<int>(layer.integer(Opt::chunks));
  return layer.find(Opt::return_indices) != nullptr && layer.flag(Opt::return_indices) ? 2 : 1;
}

}  // namespace shapedbg
