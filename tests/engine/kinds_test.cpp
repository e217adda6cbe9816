// Every layer kind on every device: the shapes of the torch.nn documentation, the same with and without
// memory.
#include <set>

#include "infer/infer.h"
#include "networks.h"

namespace shapedbg {
namespace {

struct Case {
  const char* input;
  const char* layers;  // the last one is looked at
  const char* outcome;
};

constexpr const char* two_inputs = R"({"a": [2, 4, 6, 6], "b": [2, 4, 6, 6]})";

const Case cases[] = {
    // Convolutions
    {"[2, 4, 20]", R"({"type": "Conv1d", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1})",
     "[2, 6, 10]"},
    {"[4, 20]", R"({"type": "Conv1d", "out_channels": 6, "kernel_size": 3})", "[6, 18]"},
    {"[2, 4, 20, 30]",
     R"({"type": "Conv2d", "out_channels": 6, "kernel_size": [3, 5], "stride": [2, 1], "padding": [0, 2], "dilation": [2, 1], "groups": 2})",
     "[2, 6, 8, 30]"},
    {"[4, 20, 30]", R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "bias": false})",
     "[6, 18, 28]"},
    {"[1, 4, 20, 30]",
     R"({"type": "Conv2d", "out_channels": 6, "kernel_size": [4, 3], "dilation": [3, 2], "padding": "same"})",
     "[1, 6, 20, 30]"},
    {"[1, 4, 20, 30]", R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": "valid"})",
     "[1, 6, 18, 28]"},
    {"[1, 4, 20, 30]",
     R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 2, "padding_mode": "reflect"})",
     "[1, 6, 22, 32]"},
    {"[1, 4, 20, 30]",
     R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 2, "padding_mode": "circular"})",
     "[1, 6, 22, 32]"},
    {"[1, 4, 20, 30]",
     R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 2, "padding_mode": "replicate"})",
     "[1, 6, 22, 32]"},
    {"[1, 2, 9, 10, 11]", R"({"type": "Conv3d", "out_channels": 3, "kernel_size": 3, "stride": [1, 2, 3]})",
     "[1, 3, 7, 4, 3]"},
    {"[2, 4, 10]",
     R"({"type": "ConvTranspose1d", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1})",
     "[2, 6, 19]"},
    {"[1, 4, 12, 12]",
     R"({"type": "ConvTranspose2d", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": [1, 0]})",
     "[1, 6, 24, 23]"},
    {"[4, 12, 12]",
     R"({"type": "ConvTranspose2d", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2})",
     "[6, 23, 23]"},
    {"[1, 4, 5, 6, 7]", R"({"type": "ConvTranspose3d", "out_channels": 2, "kernel_size": 2, "stride": 2})",
     "[1, 2, 10, 12, 14]"},
    // Linear maps
    {"[2, 5, 8]", R"({"type": "Linear", "out_features": 3})", "[2, 5, 3]"},
    {"[8]", R"({"type": "Linear", "in_features": 8, "out_features": 3, "bias": false})", "[3]"},
    {R"({"a": [2, 5], "b": [2, 7]})",
     R"({"type": "Bilinear", "inputs": ["a", "b"], "in1_features": 5, "in2_features": 7, "out_features": 3})",
     "[2, 3]"},
    {"[2, 7]", R"({"type": "Embedding", "num_embeddings": 10, "embedding_dim": 3, "padding_idx": 0})",
     "[2, 7, 3]"},
    // Sequences
    {"[7, 2, 5]", R"({"type": "RNN", "hidden_size": 4, "nonlinearity": "relu"})", "[7, 2, 4] [1, 2, 4]"},
    {"[7, 5]", R"({"type": "GRU", "input_size": 5, "hidden_size": 4, "bidirectional": true})",
     "[7, 8] [2, 4]"},
    {"[2, 700, 5]",
     R"({"type": "LSTM", "hidden_size": 4, "num_layers": 2, "batch_first": true, "bidirectional": true, "proj_size": 3})",
     "[2, 700, 6] [4, 2, 3] [4, 2, 4]"},
    {R"({"x": [7, 2, 5], "h": [1, 2, 4], "c": [1, 2, 4]})",
     R"({"type": "LSTM", "inputs": ["x", "h", "c"], "hidden_size": 4})", "[7, 2, 4] [1, 2, 4] [1, 2, 4]"},
    {"[7, 2, 8]", R"({"type": "MultiheadAttention", "num_heads": 4})", "[7, 2, 8] [2, 7, 7]"},
    {R"({"q": [2, 7, 8], "k": [2, 9, 5], "v": [2, 9, 3]})",
     R"({"type": "MultiheadAttention", "inputs": ["q", "k", "v"], "num_heads": 2, "kdim": 5, "vdim": 3, "batch_first": true})",
     "[2, 7, 8] [2, 7, 9]"},
    {R"({"q": [2, 4, 7, 8], "k": [2, 4, 9, 8], "v": [2, 4, 9, 3]})",
     R"({"type": "ScaledDotProductAttention", "inputs": ["q", "k", "v"], "is_causal": true})",
     "[2, 4, 7, 3]"},
    {"[7, 2, 8]", R"({"type": "TransformerEncoderLayer", "nhead": 2, "dim_feedforward": 16})", "[7, 2, 8]"},
    {R"({"x": [2, 7, 8], "memory": [2, 9, 8]})",
     R"({"type": "TransformerDecoderLayer", "inputs": ["x", "memory"], "nhead": 2, "dim_feedforward": 16, "batch_first": true})",
     "[2, 7, 8]"},
    // Normalisation
    {"[2, 4]", R"({"type": "BatchNorm1d"})", "[2, 4]"},
    {"[2, 4, 9]", R"({"type": "BatchNorm1d", "num_features": 4})", "[2, 4, 9]"},
    {"[2, 4, 9, 8]", R"({"type": "BatchNorm2d", "affine": false})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "BatchNorm2d", "track_running_stats": false})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "BatchNorm3d"})", "[2, 4, 9, 8, 7]"},
    {"[2, 4, 9]", R"({"type": "InstanceNorm1d", "affine": true})", "[2, 4, 9]"},
    {"[2, 4, 9, 8]", R"({"type": "InstanceNorm2d"})", "[2, 4, 9, 8]"},
    {"[4, 9, 8]", R"({"type": "InstanceNorm2d"})", "[4, 9, 8]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "InstanceNorm3d", "track_running_stats": true})", "[2, 4, 9, 8, 7]"},
    {"[2, 4, 9, 8]", R"({"type": "GroupNorm", "num_groups": 2})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "LayerNorm", "normalized_shape": [9, 8]})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "RMSNorm", "normalized_shape": [9, 8]})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "LocalResponseNorm", "size": 3})", "[2, 4, 9, 8]"},
    // Pointwise
    {"[2, 4, 9]", R"({"type": "Identity"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Dropout"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Contiguous"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Dropout1d", "p": 0.25})", "[2, 4, 9]"},
    {"[2, 4, 9, 8]", R"({"type": "Dropout2d", "p": 0.25})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "Dropout3d"})", "[2, 4, 9, 8, 7]"},
    {"[2, 4, 9]", R"({"type": "AlphaDropout"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "FeatureAlphaDropout"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "ReLU", "inplace": true})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "ReLU6"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "LeakyReLU", "negative_slope": 0.2})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "RReLU"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "ELU"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "CELU"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "SELU"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "GELU"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "GELU", "approximate": "tanh"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "SiLU"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Mish"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Sigmoid"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "LogSigmoid"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Tanh"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Tanhshrink"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Softplus"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Softsign"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Softshrink"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Hardshrink"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Hardtanh"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Hardswish"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Hardsigmoid"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Threshold", "threshold": 0.1, "value": 2})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Exp"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Expm1"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Log"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Log1p"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Log2"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Sqrt"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Rsqrt"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Square"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Abs"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Neg"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Sign"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Reciprocal"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Sin"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Cos"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Erf"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Floor"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Ceil"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Round"})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Clamp", "min": 0, "max": 1.5})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Clamp", "max": 6})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "PReLU", "num_parameters": 4})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "PReLU"})", "[2, 4, 9]"},
    {"[2, 4, 10]", R"({"type": "GLU"})", "[2, 4, 5]"},
    {"[2, 4, 9]", R"({"type": "GLU", "dim": 1})", "[2, 2, 9]"},
    {"[2, 4, 9]", R"({"type": "Softmax", "dim": 1})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "LogSoftmax", "dim": -1})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Softmin", "dim": 0})", "[2, 4, 9]"},
    {"[2, 4, 9, 8]", R"({"type": "Softmax2d"})", "[2, 4, 9, 8]"},
    // Pools
    {"[2, 4, 64]", R"({"type": "MaxPool1d", "kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": true})",
     "[2, 4, 33]"},
    {"[4, 64]", R"({"type": "MaxPool1d", "kernel_size": 3})", "[4, 21]"},
    {"[2, 4, 64, 63]", R"({"type": "MaxPool2d", "kernel_size": 2})", "[2, 4, 32, 31]"},
    {"[2, 4, 64, 63]",
     R"({"type": "MaxPool2d", "kernel_size": 3, "stride": 2, "dilation": 2, "return_indices": true})",
     "[2, 4, 30, 30] [2, 4, 30, 30]"},
    {"[4, 9, 8, 7]", R"({"type": "MaxPool3d", "kernel_size": 2, "ceil_mode": true})", "[4, 5, 4, 4]"},
    {"[2, 4, 9, 8, 7]",
     R"({"type": "MaxPool3d", "kernel_size": [2, 3, 1], "stride": 2, "padding": [1, 1, 0]})",
     "[2, 4, 5, 4, 4]"},
    {"[2, 4, 9]", R"({"type": "AvgPool1d", "kernel_size": 2, "ceil_mode": true})", "[2, 4, 5]"},
    {"[2, 4, 9, 8]",
     R"({"type": "AvgPool2d", "kernel_size": [3, 2], "stride": 1, "padding": 1, "divisor_override": 3})",
     "[2, 4, 9, 9]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "AvgPool3d", "kernel_size": 3, "count_include_pad": false})",
     "[2, 4, 3, 2, 2]"},
    {"[2, 4, 9]", R"({"type": "LPPool1d", "norm_type": 2, "kernel_size": 2})", "[2, 4, 4]"},
    {"[2, 4, 9, 8]", R"({"type": "LPPool2d", "norm_type": 2, "kernel_size": [3, 2], "stride": 1})",
     "[2, 4, 7, 7]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "LPPool3d", "norm_type": 2, "kernel_size": 3})", "[2, 4, 3, 2, 2]"},
    {"[2, 4, 9]", R"({"type": "AdaptiveMaxPool1d", "output_size": 5})", "[2, 4, 5]"},
    {"[2, 4, 9, 8]", R"({"type": "AdaptiveMaxPool2d", "output_size": [5, null]})", "[2, 4, 5, 8]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "AdaptiveMaxPool3d", "output_size": 3})", "[2, 4, 3, 3, 3]"},
    {"[2, 4, 9]", R"({"type": "AdaptiveAvgPool1d", "output_size": 12})", "[2, 4, 12]"},
    {"[2, 4, 9, 8]", R"({"type": "AdaptiveAvgPool2d", "output_size": 1})", "[2, 4, 1, 1]"},
    {"[2, 4, 3, 9, 8]", R"({"type": "AdaptiveAvgPool2d", "output_size": 1})", "[2, 4, 3, 1, 1]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "AdaptiveAvgPool3d", "output_size": [null, 2, 3]})", "[2, 4, 9, 2, 3]"},
    {"[2, 4, 9]",
     R"({"name": "p", "type": "MaxPool1d", "kernel_size": 3}, {"type": "MaxUnpool1d", "kernel_size": 3, "indices": "p"})",
     "[2, 4, 9]"},
    {"[2, 4, 9, 8]",
     R"({"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"type": "MaxUnpool2d", "kernel_size": 2, "indices": "p", "size_like": "input"})",
     "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8, 7]",
     R"({"name": "p", "type": "MaxPool3d", "kernel_size": 2}, {"type": "MaxUnpool3d", "kernel_size": 2, "indices": "p", "output_size": [9, 8, 7]})",
     "[2, 4, 9, 8, 7]"},
    // Padding and resizing
    {"[2, 4, 9]", R"({"type": "ReflectionPad1d", "padding": [2, 3]})", "[2, 4, 14]"},
    {"[4, 9, 8]", R"({"type": "ReflectionPad2d", "padding": [1, 2, 3, 4]})", "[4, 16, 11]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "ReflectionPad3d", "padding": 1})", "[2, 4, 11, 10, 9]"},
    {"[2, 4, 9]", R"({"type": "ReplicationPad1d", "padding": 20})", "[2, 4, 49]"},
    {"[2, 4, 9, 8]", R"({"type": "ReplicationPad2d", "padding": 1})", "[2, 4, 11, 10]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "ReplicationPad3d", "padding": [1, 0, 0, 0, 0, 2]})", "[2, 4, 11, 8, 8]"},
    {"[2, 4, 9]", R"({"type": "ZeroPad1d", "padding": [0, 1]})", "[2, 4, 10]"},
    {"[2, 4, 9, 8]", R"({"type": "ZeroPad2d", "padding": [0, -1, 0, -2]})", "[2, 4, 7, 7]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "ZeroPad3d", "padding": 1})", "[2, 4, 11, 10, 9]"},
    {"[4, 9]", R"({"type": "CircularPad1d", "padding": [2, 3]})", "[4, 14]"},
    {"[2, 4, 9, 8]", R"({"type": "CircularPad2d", "padding": [1, 2, 3, 4]})", "[2, 4, 16, 11]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "CircularPad3d", "padding": 1})", "[2, 4, 11, 10, 9]"},
    {"[2, 4, 9]", R"({"type": "ConstantPad1d", "padding": 1, "value": 3.5})", "[2, 4, 11]"},
    {"[2, 4, 9, 8]", R"({"type": "ConstantPad2d", "padding": 1})", "[2, 4, 11, 10]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "ConstantPad3d", "padding": 1})", "[2, 4, 11, 10, 9]"},
    {"[2, 4, 9]", R"({"type": "Upsample", "scale_factor": 2})", "[2, 4, 18]"},
    {"[1, 1, 199]", R"({"type": "Upsample", "scale_factor": 4.0201005025125625})", "[1, 1, 799]"},
    {"[2, 4, 9, 8]", R"({"type": "Upsample", "size": [5, 20], "mode": "bilinear", "align_corners": true})",
     "[2, 4, 5, 20]"},
    {"[2, 4, 9, 8]", R"({"type": "Interpolate", "scale_factor": [2, 0.5], "mode": "area"})", "[2, 4, 18, 4]"},
    {"[2, 4, 9, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "nearest-exact"})", "[2, 4, 18, 16]"},
    {"[2, 4, 9, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "bicubic"})", "[2, 4, 18, 16]"},
    {"[2, 4, 9]", R"({"type": "Upsample", "size": 30, "mode": "linear"})", "[2, 4, 30]"},
    {"[2, 4, 9, 8, 7]", R"({"type": "Upsample", "scale_factor": 2, "mode": "trilinear"})",
     "[2, 4, 18, 16, 14]"},
    {"[2, 4, 9, 8]",
     R"({"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"type": "Upsample", "size_like": "input"})",
     "[2, 4, 9, 8]"},
    {"[2, 8, 3, 4]", R"({"type": "PixelShuffle", "upscale_factor": 2})", "[2, 2, 6, 8]"},
    {"[2, 2, 6, 8]", R"({"type": "PixelUnshuffle", "downscale_factor": 2})", "[2, 8, 3, 4]"},
    {"[2, 6, 5]", R"({"type": "ChannelShuffle", "groups": 3})", "[2, 6, 5]"},
    {"[2, 3, 10, 12]", R"({"type": "Unfold", "kernel_size": 3, "stride": 2, "padding": 1})", "[2, 27, 30]"},
    {"[2, 27, 30]",
     R"({"type": "Fold", "output_size": [10, 12], "kernel_size": 3, "stride": 2, "padding": 1})",
     "[2, 3, 10, 12]"},
    // Steps
    {"[2, 4, 9, 8]", R"({"type": "Flatten"})", "[2, 288]"},
    {"[2, 288]", R"({"type": "Unflatten", "dim": 1, "unflattened_size": [4, -1, 8]})", "[2, 4, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "Reshape", "shape": ["in[0]", -1, "in[3]//2"]})", "[2, 72, 4]"},
    {"[2, 4, 9, 8]", R"({"type": "Permute", "dims": [0, 2, 3, 1]})", "[2, 9, 8, 4]"},
    {"[2, 4, 9, 8]", R"({"type": "Transpose", "dim0": 1, "dim1": -1})", "[2, 8, 9, 4]"},
    {"[2, 1, 9, 1]", R"({"type": "Squeeze"})", "[2, 9]"},
    {"[2, 1, 9, 1]", R"({"type": "Squeeze", "dim": [-1, 0]})", "[2, 1, 9]"},
    {"[2, 9]", R"({"type": "Unsqueeze", "dim": 1})", "[2, 1, 9]"},
    {"[2, 4, 9, 8]", R"({"type": "Slice", "index": [[null, null], [1, 3], [-5, null, 2]]})", "[2, 2, 3, 8]"},
    {R"({"a": [2, 4, 9, 8], "b": [2, 1, 7, 12]})", R"({"type": "Slice", "inputs": "a", "size_like": "b"})",
     "[2, 4, 7, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "Crop", "size": [7, 6], "align": "center"})", "[2, 4, 7, 6]"},
    {"[2, 4, 9, 8]", R"({"type": "Pad", "padding": [1, 2, -1, 0]})", "[2, 4, 8, 11]"},
    {"[2, 4, 9, 8]", R"({"type": "Pad", "padding": [1, 2, 1, 0], "mode": "circular"})", "[2, 4, 10, 11]"},
    {"[2, 4, 9, 8]", R"({"type": "PadToMultiple", "multiple": 16})", "[2, 4, 16, 16]"},
    {"[2, 4, 9, 8]", R"({"type": "Mean", "dim": [2, 3]})", "[2, 4]"},
    {"[2, 4, 9, 8]", R"({"type": "Sum", "dim": [-1], "keepdim": true})", "[2, 4, 9, 1]"},
    {two_inputs, R"({"type": "Stack", "inputs": ["a", "b"], "dim": 1})", "[2, 2, 4, 6, 6]"},
    {two_inputs, R"({"type": "Concat", "inputs": ["a", "b"]})", "[2, 8, 6, 6]"},
    {two_inputs, R"({"type": "Add", "inputs": ["a", "b", "a"]})", "[2, 4, 6, 6]"},
    {R"({"a": [2, 4, 6, 6], "b": [4, 1, 6]})", R"({"type": "Sub", "inputs": ["a", "b"]})", "[2, 4, 6, 6]"},
    {two_inputs, R"({"type": "Mul", "inputs": ["a", "b"]})", "[2, 4, 6, 6]"},
    {two_inputs, R"({"type": "Div", "inputs": ["a", "b"]})", "[2, 4, 6, 6]"},
    {two_inputs, R"({"type": "Pow", "inputs": ["a", "b"]})", "[2, 4, 6, 6]"},
    {two_inputs, R"({"type": "Maximum", "inputs": ["a", "b"]})", "[2, 4, 6, 6]"},
    {two_inputs, R"({"type": "Minimum", "inputs": ["a", "b"]})", "[2, 4, 6, 6]"},
    {"[2, 4, 9]", R"({"type": "Add", "value": 1})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Sub", "value": 0.5})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Mul", "value": -2})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Div", "value": 255})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Pow", "value": 2})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Maximum", "value": 0})", "[2, 4, 9]"},
    {"[2, 4, 9]", R"({"type": "Minimum", "value": 6.5})", "[2, 4, 9]"},
    {R"({"a": [2, 1, 4, 3], "b": [5, 3, 6]})", R"({"type": "MatMul", "inputs": ["a", "b"]})", "[2, 5, 4, 6]"},
    {R"({"a": [3], "b": [5, 3, 6]})", R"({"type": "MatMul", "inputs": ["a", "b"]})", "[5, 6]"},
    {R"({"a": [5, 2, 3], "b": [3]})", R"({"type": "MatMul", "inputs": ["a", "b"]})", "[5, 2]"},
    {R"({"a": [3], "b": [3]})", R"({"type": "MatMul", "inputs": ["a", "b"]})", "[]"},
    {"[2, 4, 9, 8]", R"({"type": "Max", "dim": [2, 3]})", "[2, 4]"},
    {"[2, 4, 9, 8]", R"({"type": "Min", "dim": 1, "keepdim": true})", "[2, 1, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "Var", "dim": [1, -1]})", "[2, 9]"},
    {"[2, 4, 9, 8]", R"({"type": "Std", "dim": 0, "keepdim": true})", "[1, 4, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "LogSumExp", "dim": 1})", "[2, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "Norm", "dim": 1, "p": 1})", "[2, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "ArgMax", "dim": 1})", "[2, 9, 8]"},
    {"[2, 4, 9, 8]", R"({"type": "ArgMin", "dim": -1, "keepdim": true})", "[2, 4, 9, 1]"},
    {"[2, 7, 9]", R"({"type": "Split", "split_size_or_sections": 3, "dim": 1})",
     "[2, 3, 9] [2, 3, 9] [2, 1, 9]"},
    {"[2, 7, 9]", R"({"type": "Split", "split_size_or_sections": [6, 1], "dim": 1})", "[2, 6, 9] [2, 1, 9]"},
    {"[2, 3, 9]", R"({"type": "Unbind", "dim": 1})", "[2, 9] [2, 9] [2, 9]"},
    {"[2, 3, 9]", R"({"type": "Unbind"})", "[3, 9] [3, 9]"},
    {"[2, 3, 9]", R"({"type": "Select", "dim": 1, "index": -3})", "[2, 9]"},
    {"[1, 3, 1]", R"({"type": "Expand", "size": [4, 2, -1, 5]})", "[4, 2, 3, 5]"},
    {R"({"a": [1, 1, 8], "b": [2, 16, 8]})",
     R"({"type": "Expand", "inputs": ["a", "b"], "size": ["in[1][0]", -1, -1]})", "[2, 1, 8]"},
    {R"({"a": [2, 24], "b": [2, 4, 6]})",
     R"({"type": "Reshape", "inputs": ["a", "b"], "shape": ["in[1][0]", "in[1][1]", -1]})", "[2, 4, 6]"},
    {"[2, 3]", R"({"type": "Repeat", "repeats": [4, 1, 2]})", "[4, 2, 6]"},
    {"[2, 3]", R"({"type": "RepeatInterleave", "repeats": 4, "dim": 1})", "[2, 12]"},
    {"[2, 3, 4]", R"({"type": "Flip", "dims": [1, -1]})", "[2, 3, 4]"},
    {"[2, 3, 4]", R"({"type": "Roll", "shifts": [1, -2], "dims": [1, 2]})", "[2, 3, 4]"},
    {"[2, 3, 4]", R"({"type": "CumSum", "dim": 1})", "[2, 3, 4]"},
    {"[2, 3, 4]", R"({"type": "Parameter", "shape": [1, 3, 4]})", "[1, 3, 4]"},
    {"[2, 3, 4]",
     R"({"name": "p", "type": "Parameter", "shape": [3, 4]}, {"type": "Add", "inputs": ["input", "p"]})",
     "[2, 3, 4]"},
    // Tensors without axes
    {"[2, 3]", R"({"type": "Sum", "dim": [0, 1]}, {"type": "Softmax", "dim": 0})", "[]"},
    {"[2, 3]", R"({"type": "Sum", "dim": [0, 1]}, {"type": "Transpose", "dim0": 0, "dim1": -1})", "[]"},
    {"[2, 3]", R"({"type": "Max", "dim": [0, 1]}, {"type": "Squeeze", "dim": 0})", "[]"},
    {"[2, 3]", R"({"type": "Mean", "dim": [0, 1]}, {"type": "Mean", "dim": -1, "keepdim": true})", "[]"},
    {"[2, 3]", R"({"type": "Sum", "dim": [0, 1]}, {"type": "CumSum", "dim": 0})", "[]"},
    {"[2, 3]", R"({"type": "Sum", "dim": [0, 1]}, {"type": "Mul", "inputs": ["prev", "input"]})", "[2, 3]"},
    {"[2, 3]", R"({"type": "Sum", "dim": [0, 1]}, {"type": "Expand", "size": [2, 3]})", "[2, 3]"},
    {"[2, 7, 9]", R"({"type": "Custom", "output": []})", "[]"},
    {"[2, 7, 9]",
     R"({"type": "Custom", "output": ["in[0]", 5], "dtype": "int64"}, {"type": "Embedding", "num_embeddings": 3, "embedding_dim": 4})",
     "[2, 5, 4]"},
    {"[2, 7, 9]",
     R"({"type": "ArgMin", "dim": 2}, {"type": "Embedding", "num_embeddings": 3, "embedding_dim": 4})",
     "[2, 7, 4]"},
    {"[2, 7, 9]", R"({"type": "Chunk", "chunks": 3, "dim": 1})", "[2, 3, 9] [2, 3, 9] [2, 1, 9]"},
    {"[2, 7, 9]", R"({"type": "Custom", "output": ["in[0]", "in[2]*4"]})", "[2, 36]"},
    {"[2, 7, 9]", R"({"type": "Custom", "output": "same"})", "[2, 7, 9]"},
    {"[2, 7, 9]", R"({"type": "Custom", "outputs": [["in[0]", 5], ["in[1] - 1", 3]]})", "[2, 5] [6, 3]"},
};

TEST(Kinds, ReturnTheDocumentedShapesOnCpu) {
  for (const Case& one : cases) {
    const auto result = run(network(one.input, one.layers), Device::cpu);
    EXPECT_EQ(outcome(result), one.outcome)
        << one.input << " " << one.layers << " " << result.layers.back().refusal;
  }
}

TEST(Kinds, ReturnTheSameWithoutMemory) {
  for (const Case& one : cases) {
    const auto result = run(network(one.input, one.layers), Device::meta);
    EXPECT_EQ(outcome(result), one.outcome)
        << one.input << " " << one.layers << " " << result.layers.back().refusal;
  }
}

TEST(Kinds, ReturnTheSameByFormula) {
  for (const Case& one : cases) {
    const Trace trace = infer(network(one.input, one.layers));
    std::string text;
    for (const Shape& shape : trace.layers.back().outputs)
      text += (text.empty() ? "" : " ") + bracketed(shape);
    EXPECT_EQ(text, one.outcome) << one.input << " " << one.layers;
    EXPECT_TRUE(trace.layers.back().refusals.empty()) << one.layers;
  }
}

TEST(Kinds, AreAllTriedHere) {
  std::set<LayerKind> tried;
  for (const Case& one : cases)
    for (const LayerSpec& layer : network(one.input, one.layers).layers) tried.insert(layer.kind);
  for (const KindInfo& kind : all_kinds()) EXPECT_TRUE(tried.count(kind.kind)) << kind.name;
}

TEST(Kinds, AreExecutedUnlessTheirOutputIsDeclared) {
  for (const Case& one : cases) {
    const Spec spec = network(one.input, one.layers);
    const auto result = run(spec, Device::cpu);
    EXPECT_EQ(result.layers.back().executed, spec.layers.back().kind != LayerKind::Custom) << one.layers;
  }
}

}  // namespace
}  // namespace shapedbg
