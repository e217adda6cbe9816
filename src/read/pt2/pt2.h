// The reader of .pt2 files: what torch.export.save writes. The graph alone is read, never the weights, never
// a pickle.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/spec.h"
#include "read/importer.h"

namespace shapedbg {

// Sizes in place of those that the file was exported at: one for each input that is meant, by its name, or in
// their order where the name is empty.
using InputShapes = std::vector<std::pair<std::string, Shape>>;

// By its path, which is not read as a whole.
Imported import_pt2(const std::string& path, const InputShapes& inputs = {});
// The bytes of such a file.
Imported import_pt2_bytes(std::string_view bytes, const InputShapes& inputs = {});

}  // namespace shapedbg
