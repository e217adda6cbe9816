// Which function knows an operator.
#include "read/onnx/importer.h"
#include "read/onnx/lowered.h"

namespace shapedbg::onnx {
namespace {

// Functions of single elements that have a layer here.
constexpr std::string_view kActivations[] = {
    "Relu",        "Sigmoid",   "Tanh", "LeakyRelu",  "Elu",   "Selu", "Celu", "Gelu", "Softplus", "Softsign",
    "HardSigmoid", "HardSwish", "Mish", "Dropout",    "Swish", "Abs",  "Ceil", "Cos",  "Erf",      "Exp",
    "Floor",       "Log",       "Neg",  "Reciprocal", "Round", "Sign", "Sin",  "Sqrt"};
// Of several tensors, element by element, with broadcasting.
constexpr std::string_view kElementwise[] = {
    "Add",   "Sub",      "Mul",        "Div",       "Sum",         "Mean",           "Pow", "Mod", "Min",
    "Max",   "Equal",    "Less",       "Greater",   "LessOrEqual", "GreaterOrEqual", "And", "Or",  "Xor",
    "Where", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor"};
constexpr std::string_view kReductions[] = {"ReduceMean",      "ReduceSum",      "ReduceMax", "ReduceMin",
                                            "ReduceProd",      "ReduceL1",       "ReduceL2",  "ReduceLogSum",
                                            "ReduceLogSumExp", "ReduceSumSquare"};
// Return the shape they get, and have no layer here.
constexpr std::string_view kSame[] = {"Acos",
                                      "Acosh",
                                      "Asin",
                                      "Asinh",
                                      "Atan",
                                      "Atanh",
                                      "Cosh",
                                      "IsNaN",
                                      "IsInf",
                                      "Sinh",
                                      "Tan",
                                      "CumSum",
                                      "Trilu",
                                      "ThresholdedRelu",
                                      "Hardmax",
                                      "Bernoulli",
                                      "RandomNormalLike",
                                      "RandomUniformLike",
                                      "ScatterND",
                                      "ScatterElements",
                                      "Scatter",
                                      "TensorScatter",
                                      "Shrink",
                                      "LpNormalization",
                                      "MeanVarianceNormalization",
                                      "BitwiseNot",
                                      "EyeLike",
                                      "BitCast",
                                      "CumProd",
                                      "RotaryEmbedding",
                                      "ReverseSequence"};
// The same of onnxruntime's own domain.
constexpr std::string_view kRuntimeSame[] = {"BiasAdd",   "BiasSoftmax",   "BiasDropout",    "QuickGelu",
                                             "GroupNorm", "SkipGroupNorm", "ComplexMul",     "ComplexMulConj",
                                             "Inverse",   "Trilu",         "RotaryEmbedding"};

}  // namespace

const std::pair<std::string_view, Importer::Handler> Importer::kHandlers[] = {
    {"Conv", &Importer::conv},
    {"ConvTranspose", &Importer::conv_transpose},
    {"MaxPool", &Importer::max_pool},
    {"MaxUnpool", &Importer::max_unpool},
    {"AveragePool", &Importer::average_pool},
    {"LpPool", &Importer::lp_pool},
    {"GlobalAveragePool", &Importer::global_average_pool},
    {"GlobalMaxPool", &Importer::global_max_pool},
    {"BatchNormalization", &Importer::batch_norm},
    {"InstanceNormalization", &Importer::instance_norm},
    {"LayerNormalization", &Importer::layer_norm},
    {"RMSNormalization", &Importer::rms_norm},
    {"GroupNormalization", &Importer::group_norm},
    {"LRN", &Importer::lrn},
    {"Softmax", &Importer::softmax},
    {"LogSoftmax", &Importer::softmax},
    {"Clip", &Importer::clip},
    {"PRelu", &Importer::prelu},
    {"Gemm", &Importer::gemm},
    {"MatMul", &Importer::matmul},
    {"Identity", &Importer::identity},
    {"Cast", &Importer::cast},
    {"CastLike", &Importer::cast},
    {"Resize", &Importer::resize},
    {"Upsample", &Importer::resize},
    {"Pad", &Importer::pad},
    {"Slice", &Importer::slice},
    {"Reshape", &Importer::reshape},
    {"Flatten", &Importer::flatten},
    {"Transpose", &Importer::transpose},
    {"Squeeze", &Importer::squeeze},
    {"Unsqueeze", &Importer::unsqueeze},
    {"Concat", &Importer::concat},
    {"Split", &Importer::split},
    {"Gather", &Importer::gather},
    {"ArgMax", &Importer::arg_reduce},
    {"ArgMin", &Importer::arg_reduce},
    {"DepthToSpace", &Importer::depth_to_space},
    {"SpaceToDepth", &Importer::space_to_depth},
    {"Expand", &Importer::expand},
    {"Tile", &Importer::tile},
    {"SwiGLU", &Importer::same},
    {"Not", &Importer::logical_not},
    {"Einsum", &Importer::einsum},
    {"GatherND", &Importer::gather_nd},
    {"GatherElements", &Importer::gather_elements},
    {"OneHot", &Importer::one_hot},
    {"TopK", &Importer::top_k},
    {"LSTM", &Importer::recurrent},
    {"GRU", &Importer::recurrent},
    {"RNN", &Importer::recurrent},
    {"GridSample", &Importer::grid_sample},
    {"Col2Im", &Importer::col2im},
    {"STFT", &Importer::stft},
    {"DFT", &Importer::dft},
    {"LinearAttention", &Importer::first_and_state},
    {"CausalConvWithState", &Importer::first_and_state},
    {"CenterCropPad", &Importer::center_crop_pad},
    {"RoiAlign", &Importer::roi_align},
    {"NegativeLogLikelihoodLoss", &Importer::scalar},
    {"SoftmaxCrossEntropyLoss", &Importer::scalar},
    {"GlobalLpPool", &Importer::global_average_pool},
    {"ConstantOfShape", &Importer::constant_of_shape},
    {"Range", &Importer::range},
    {"RandomNormal", &Importer::random_like},
    {"RandomUniform", &Importer::random_like},
    {"Size", &Importer::shape_op},
    {"Attention", &Importer::attention},
    {"If", &Importer::choose},
    {"Loop", &Importer::loop},
    {"Scan", &Importer::loop},
    {"DeformConv", &Importer::deform_conv},
    {"AffineGrid", &Importer::affine_grid},
    {"QuantizeLinear", &Importer::quantize},
    {"DequantizeLinear", &Importer::quantize},
    {"DynamicQuantizeLinear", &Importer::quantize},
};

const std::pair<std::string_view, Importer::Handler> Importer::kRuntimeHandlers[] = {
    {"QuantizeLinear", &Importer::quantize},
    {"DequantizeLinear", &Importer::quantize},
    {"FusedMatMul", &Importer::fused_matmul},
    {"TransposeMatMul", &Importer::fused_matmul},
    {"MatMulNBits", &Importer::packed_matmul},
    {"BiasSplitGelu", &Importer::split_gelu},
    {"Attention", &Importer::projected_attention},
    {"QAttention", &Importer::projected_attention},
    {"MultiHeadAttention", &Importer::heads_attention},
    {"GroupQueryAttention", &Importer::shared_attention},
    {"EmbedLayerNormalization", &Importer::embedded_tokens},
};

Importer::Handler Importer::handler_of(const Node& node) {
  using Table = ByName<Handler>;
  const auto of_rows = [](std::span<const std::pair<std::string_view, Handler>> rows) {
    Table map;
    map.reserve(2 * rows.size());
    for (const auto& [op, handler] : rows) map.add(op, handler);
    return map;
  };
  const auto add = [](Table& map, std::span<const std::string_view> ops, Handler handler) {
    for (const std::string_view op : ops) map.add(op, handler);
  };
  static const Table of_onnx = [&] {
    Table map = of_rows(kHandlers);
    add(map, kActivations, &Importer::activation);
    add(map, kElementwise, &Importer::elementwise);
    add(map, kReductions, &Importer::reduce);
    add(map, kSame, &Importer::same);
    return map;
  }();
  static const Table of_runtime = [&] {
    Table map = of_rows(kRuntimeHandlers);
    add(map, kRuntimeSame, &Importer::same);
    return map;
  }();
  const bool runtime = node.domain == runtime_domain;
  if (!runtime && !node.domain.empty() && node.domain != "ai.onnx") return nullptr;
  const Table& table = runtime ? of_runtime : of_onnx;
  const Handler* const found = table.find(node.op);
  return found == nullptr ? nullptr : *found;
}

}  // namespace shapedbg::onnx
