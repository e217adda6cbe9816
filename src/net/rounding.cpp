#include "net/rounding.h"

#include <cmath>

namespace shapedbg {
namespace {

std::int64_t bounded_floor(double value) {
  constexpr std::int64_t kHuge = INT64_C(1) << 60;
  const double out = std::floor(value);
  return out < static_cast<double>(kHuge) ? static_cast<std::int64_t>(out) : kHuge;
}

}  // namespace

std::int64_t scaled_in_single(std::int64_t size, double scale) {
  const float product = static_cast<float>(size) * static_cast<float>(scale);
  return bounded_floor(static_cast<double>(product));
}

std::int64_t scaled_with_margin(std::int64_t size, double scale) {
  constexpr double kMargin = 1e-6;
  const double factor = static_cast<double>(static_cast<float>(scale)) + kMargin;
  return bounded_floor(static_cast<double>(size) * factor);
}

bool is_exact_scale(double scale) {
  constexpr double kParts = 1024;  // products with sizes below 2^14 then fit single precision
  const double parts = scale * kParts;
  return parts == std::floor(parts) && parts < kParts * kParts;
}

bool parts_at_rounding(std::int64_t size, double scale) {
  if (is_exact_scale(scale)) return false;
  constexpr double kDecimals = 1e-12;  // a factor as people write it has fewer digits
  const double product = static_cast<double>(size) * scale;
  const std::int64_t here = bounded_floor(product);
  return here != scaled_in_single(size, scale) || here != bounded_floor(product + product * kDecimals);
}

}  // namespace shapedbg
