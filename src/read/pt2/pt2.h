// The reader of .pt2 files: what torch.export.save writes. The graph alone is read, never the weights, never
// a pickle.
#pragma once

#include <string>
#include <string_view>

#include "read/importer.h"

namespace shapedbg {

// By its path, which is not read as a whole.
Imported import_pt2(const std::string& path);
// The bytes of such a file.
Imported import_pt2_bytes(std::string_view bytes);

}  // namespace shapedbg
