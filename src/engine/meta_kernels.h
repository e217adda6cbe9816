// Shape-only kernels for operators that have none on the meta device. See meta.cpp.
#pragma once

namespace shapedbg {

// Registers each kernel that this LibTorch lacks, for the life of the process.
void register_meta_kernels();

}  // namespace shapedbg
