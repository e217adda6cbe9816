// Spec files into memory, never more of one than a spec may hold.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/sources.h"
#include "workspace/check.h"

namespace shapedbg {

struct Input {
  Source source;                        // no bytes when it could not be read
  std::string error;                    // "cannot read: no such file or directory"; empty when it was read
  bool imported = false;                // `source` holds the spec that was made of it
  std::vector<std::string> notes = {};  // what the import found or had to guess, one line each
};

// `-` and the other names of standard input. Such a "file" is never written to.
bool is_standard_input(const std::string& path);

// Reads `path`, or `in` when it is standard input (called "<stdin>" in reports). Stops one byte behind
// limits::file_bytes: the parser then says that the file is too large.
Input read_spec(const std::string& path, std::istream& in);

// The same for a network of any kind: a spec, an .onnx or .pt2 file, the text of print(model), a Python model
// (`unet.py:UNet`, whose code is run). What is no spec is imported.
Input read_network(const std::string& path, std::istream& in, const SourceOptions& options);

// The check of a file that could not be read.
Checked unreadable(Input input);

}  // namespace shapedbg
