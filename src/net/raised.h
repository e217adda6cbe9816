// What a recording found to fail.
#pragma once

#include <optional>
#include <string_view>

#include "net/spec.h"

namespace shapedbg {

inline constexpr std::string_view raises_label = "raises: ";

// What a Custom that stands for a call, or for the end of a run, raised when it was recorded.
inline std::optional<std::string_view> raised_by(const LayerSpec& layer) {
  if (layer.kind != LayerKind::Custom || !layer.has(Opt::label)) return std::nullopt;
  std::string_view label = layer.word(Opt::label);
  if (!label.starts_with(raises_label)) return std::nullopt;
  label.remove_prefix(raises_label.size());
  return label;
}

}  // namespace shapedbg
