// `shapedbg explain scale_factor`. The products are computed when it is asked for.
#include <cstdio>

#include "cli/pages.h"
#include "net/rounding.h"
#include "size/number.h"

namespace shapedbg {
namespace {

std::string written(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string worked(std::int64_t size, double factor) {
  const double product = static_cast<double>(size) * factor;
  const std::string by_hand = std::to_string(size) + " * " + written(factor, 6);
  return paragraph(by_hand,
                   "double precision " + written(product, 17) + ", LibTorch returns " +
                       std::to_string(scaled_size(size, factor)) + "; single precision " +
                       std::to_string(scaled_in_single(size, factor)) + "; with OpenVINO's margin " +
                       std::to_string(scaled_with_margin(size, factor)),
                   kPageColumn);
}

}  // namespace

std::string page_on_scale() {
  std::string text = "scale_factor\n  what a size times scale_factor comes to, in LibTorch and elsewhere\n\n";
  text +=
      paragraph("LibTorch",
                "floor(x * scale_factor), both as double precision numbers. A factor such as 0.7 is not 0.7 "
                "there but the nearest number of 53 binary digits, and the product is rounded once more: it "
                "may lie just below the integer that it is by hand, and is then rounded down to one less.",
                kPageColumn);
  text +=
      paragraph("elsewhere",
                "onnxruntime and ncnn take floor(f32(x) * f32(scale_factor)) in single precision, OpenVINO "
                "floor(x * (f32(scale_factor) + 1e-6)). The file that torch.onnx.export writes declares "
                "LibTorch's size, and holds the factor: a runtime returns its own.",
                kPageColumn);
  text += paragraph("exact", "Factors of few binary digits (2, 4, 0.5, 0.75, 1.25) are the same everywhere.",
                    kPageColumn);
  text +=
      paragraph("say instead",
                "`size`, or `size_like` for the size of another tensor: W519 names the layers that need it.",
                kPageColumn);
  text += "\nWorked examples, computed now:\n";
  for (const auto& [size, factor] :
       {std::pair<std::int64_t, double>{90, 0.7}, {100, 0.29}, {200, 0.29}, {100, 0.75}})
    text += worked(size, factor);
  return text;
}

}  // namespace shapedbg
