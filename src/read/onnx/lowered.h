// Operators of quantised models and of onnxruntime's own domain, said in operators of ONNX that take and
// return the same shapes.
#pragma once

#include "read/onnx/model.h"

namespace shapedbg::onnx {

// Replaces nodes of `model`: a QLinearConv by the Conv of its data and weights, a SkipLayerNormalization by
// an Add and a LayerNormalization. Counts them in `model.lowered`. What is not known stays as it is. Source:
// onnx/docs/Operators.md and onnxruntime/docs/ContribOperators.md.
void lower(Model& model);

// The domain of onnxruntime's own operators.
inline constexpr std::string_view runtime_domain = "com.microsoft";

}  // namespace shapedbg::onnx
