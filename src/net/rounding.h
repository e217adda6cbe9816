// What a size times a floating-point factor comes to where it is not computed as torch does, in double
// (scaled_size in size/number.h). All are bounded by 2^60.
#pragma once

#include <cstdint>

namespace shapedbg {

// floor(f32(size) * f32(scale)): ONNX Runtime 1.32.0 and ncnn, for every size that was run.
std::int64_t scaled_in_single(std::int64_t size, double scale);
// floor(size * (f32(scale) + 1e-6)): OpenVINO 2026.4.1; the constant is fitted to 3,267 answers.
std::int64_t scaled_with_margin(std::int64_t size, double scale);

// The factor has so few binary digits that double and single precision give the same for any size in use.
bool is_exact_scale(double scale);
// Double and single precision, or double and the factor as its decimals say, part at that size.
bool parts_at_rounding(std::int64_t size, double scale);

}  // namespace shapedbg
