// The data that a network is run on.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>

#include "net/spec.h"

namespace shapedbg {

// A float tensor of that shape with numbers that look random and are the same in every run: MaxUnpool's
// checks depend on values, so zeros would hide errors. On meta nothing is allocated. Throws Refused when
// there is not enough memory.
at::Tensor dummy(const Shape& shape, at::Device device, std::uint64_t seed);
// Integers counted up from `seed`, for what an Embedding looks up.
at::Tensor dummy_integers(const Shape& shape, at::Device device, std::uint64_t seed);

// Makes LibTorch refuse a tensor that does not fit into the memory that is free, where the system would
// promise it and then kill the process. Once per process.
void guard_memory();

}  // namespace shapedbg
