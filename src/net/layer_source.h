// Where a layer comes from that was imported: in the author's program, or in the graph of a file.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace shapedbg {

// A line of a program; lines count from 1. Written "models/unet.py:31".
struct SourceLine {
  std::string file;
  int line = 0;

  bool empty() const { return file.empty(); }
  bool operator==(const SourceLine&) const = default;

  std::string text() const { return file + ":" + std::to_string(line); }
  // Empty where `text` is no "FILE:LINE".
  static SourceLine read(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return {};
    SourceLine place{std::string(text.substr(0, colon)), 0};
    const char* end = text.data() + text.size();
    const auto [stop, code] = std::from_chars(text.data() + colon + 1, end, place.line);
    if (code != std::errc() || stop != end || place.line < 1) return {};
    return place;
  }
};

struct LayerSource {
  SourceLine made;     // the line that made the module: `self.up = nn.ConvTranspose2d(…)`
  SourceLine called;   // the line that called it, or the function: `x = self.up(x)`
  std::string module;  // the module's path in the model, `decoder.up1`; empty where it is the layer's name
  std::string node;    // the name of the node in the file's graph

  bool empty() const { return made.empty() && called.empty() && module.empty() && node.empty(); }
  bool operator==(const LayerSource&) const = default;
};

}  // namespace shapedbg
