// The reader of ONNX files (IR 3 and newer, operator sets 7 and newer): the graph as a spec of format 1. The
// file is mapped; weights, in it or beside it, are never read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/importer.h"

namespace shapedbg {

struct FreeRange {
  std::int64_t min = 64;
  std::int64_t multiple_of = 1;
};

struct OnnxOptions {
  // Shapes of inputs by name, in place of those that the file declares. "" names the first.
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> inputs;
  // Shapes at which the network is known to run, of inputs whose sizes the file leaves free.
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> runs_at = {};
  // Sizes that stay free: the smallest to declare, and what divides them all.
  FreeRange free;
};

// True of bytes (the first four do) that begin as an ONNX file does.
bool looks_like_onnx(std::string_view bytes);

// Never throws for any bytes; time and memory are bounded by the file's size. `bytes` are needed no longer
// than the call.
Imported read_onnx(std::string_view bytes, const OnnxOptions& options = {});

// Of a file that is mapped, so that its weights are not read. Where it cannot be opened the finding says why.
Imported read_onnx_file(const std::string& path, const OnnxOptions& options = {});

}  // namespace shapedbg
