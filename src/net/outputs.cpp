#include "net/outputs.h"

namespace shapedbg {

std::optional<int> output_count(const LayerSpec& layer) {
  if (layer.broken &&
      (!find_kind(layer.typed_as) || layer.kind == LayerKind::Custom || layer.kind == LayerKind::Chunk))
    return std::nullopt;
  switch (layer.info().family) {
    case Family::chunk:
      return static_cast<int>(layer.integer(Opt::chunks));
    case Family::max_pool:
      return layer.flag(Opt::return_indices) ? 2 : 1;
    case Family::custom: {
      const OptionValue* outputs = layer.find(Opt::outputs);
      const auto* shapes =
          outputs ? std::get_if<std::vector<std::vector<Expression>>>(&outputs->value) : nullptr;
      return shapes ? static_cast<int>(shapes->size()) : 1;
    }
    default:
      return 1;
  }
}

}  // namespace shapedbg
