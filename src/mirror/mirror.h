// From an encoder the decoder that gives the input back. Layers are reversed and channels mirrored; where a
// layer loses part of the size, its mirror image is told the size: for the declared input as a number, or as
// the encoder's own tensor, which is right for every size.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "infer/infer.h"
#include "net/spec.h"
#include "text/source.h"

namespace shapedbg {

// What stands for a pool or a strided convolution.
enum class MirrorStyle : std::uint8_t {
  transposed,    // ConvTranspose with the window of the layer
  upsample,      // Upsample and a convolution that keeps the size
  pixelshuffle,  // a convolution to r^2 times the channels and PixelShuffle; else as transposed
  unpool,        // MaxUnpool with the indices of a MaxPool; else as transposed
};
enum class MirrorSkips : std::uint8_t { none, concat, add };

struct MirrorOptions {
  MirrorStyle style = MirrorStyle::transposed;
  MirrorSkips skips = MirrorSkips::none;
  bool every_size = false;
};

struct Mirrored {
  std::string text;   // the whole spec: the author's bytes up to the decoder, which is new
  Spec spec;          // of `text`
  Trace trace;        // by formula
  std::string sizes;  // proven: "every size from 3"; empty where nothing is
  std::string error;  // why there is none: one line; empty otherwise
};

// By formula: what it returns was parsed again and gives back the input's shape, with `every_size` every size
// that the encoder takes from the stated one on. An existing decoder is replaced; `layers` alone are the
// encoder.
Mirrored mirror(const Source& source, const MirrorOptions& options);

// The layers alone, as JSON objects. `spec` holds the encoder; what stands in its decoder is not looked at.
struct MirroredLayers {
  std::vector<std::string> objects;
  std::string error;
};
MirroredLayers mirrored_layers(const Spec& spec, const Trace& trace, const MirrorOptions& options);

}  // namespace shapedbg
