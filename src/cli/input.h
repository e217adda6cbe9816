// Spec files into memory, never more of one than a spec may hold.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/sources.h"
#include "read/importer.h"
#include "workspace/check.h"
#include "workspace/fix_program.h"

namespace shapedbg {

struct Input {
  Source source;                        // no bytes when it could not be read
  std::string error;                    // "cannot read: no such file or directory"; empty when it was read
  bool no_network = false;              // it was read, and holds none as it was named
  bool imported = false;                // `source` holds the spec that was made of it
  std::vector<std::string> notes = {};  // what the import found or had to guess, one line each
  std::vector<std::string> faults =
      {};                 // of the file itself, for certain; a check has them among its findings
  std::string from = {};  // "an .onnx"; of a Python model "a Python model"
  std::string how = {};   // of a Python model: the options it is imported with, as words
  Imported network = {};  // what was imported, with its spec
};

// `-` and the other names of standard input. Such a "file" is never written to.
bool is_standard_input(const std::string& path);

// Reads `path`, or `in` when it is standard input (called "<stdin>" in reports). Stops one byte behind
// limits::file_bytes: the parser then says that the file is too large.
Input read_spec(const std::string& path, std::istream& in);

// The same for a network of any kind: a spec, an .onnx or .pt2 file, the text of print(model), a Python model
// (`unet.py:UNet`, whose code is run). What is no spec is imported.
Input read_network(const std::string& path, std::istream& in, const SourceOptions& options);

// Says of a check where its network comes from: the files that its layers name are read, those of `changed`
// as they are to be.
void add_origin(const Input& input, const std::vector<ChangedText>& changed, Checked& checked);

// The check of a file that could not be read.
Checked unreadable(Input input);

}  // namespace shapedbg
