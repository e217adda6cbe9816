// Networks that are right and look odd.
#pragma once

namespace shapedbg {

struct Idiom {
  const char* name;
  const char* text;
};

inline const Idiom idioms[] = {
    {"channels cut out, moved along time and joined again", R"({"input": [2, 8, 8, 6, 6], "layers": [
      {"type": "Slice", "name": "a", "index": [null, [1, null], [null, 2]]},
      {"type": "Pad", "name": "f", "padding": [0, 0, 0, 0, 0, 0, 0, 1]},
      {"type": "Slice", "name": "b", "inputs": "input", "index": [null, [null, -1], [2, 4]]},
      {"type": "Pad", "name": "g", "padding": [0, 0, 0, 0, 0, 0, 1, 0]},
      {"type": "Slice", "name": "c", "inputs": "input", "index": [null, null, [4, null]]},
      {"type": "Concat", "inputs": ["f", "g", "c"], "dim": 2}, {"type": "Reshape", "shape": ["in[0]*8", 8, 6, 6]},
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Reshape", "name": "y", "shape": ["in[0]//8", 8, 8, 6, 6]}, {"type": "Add", "inputs": ["y", "input"]}]})"},
    {"weights of a context and of a question, multiplied",
     R"({"input": {"c": [2, 12, 8], "q": [2, 7, 8]}, "layers": [
      {"type": "Transpose", "name": "qt", "inputs": "q", "dim0": 1, "dim1": 2},
      {"type": "MatMul", "name": "s", "inputs": ["c", "qt"]}, {"type": "Softmax", "name": "s1", "dim": 2},
      {"type": "Softmax", "name": "s2", "inputs": "s", "dim": 1}, {"type": "Transpose", "name": "s2t", "dim0": 1, "dim1": 2},
      {"type": "MatMul", "name": "a", "inputs": ["s1", "q"]}, {"type": "MatMul", "name": "ss", "inputs": ["s1", "s2t"]},
      {"type": "MatMul", "name": "b", "inputs": ["ss", "c"]}, {"type": "Concat", "inputs": ["c", "a", "b"], "dim": -1},
      {"type": "Linear", "out_features": 8}]})"},
    {"samples of a map and of a skip joined, and taken apart again", R"({"input": [2, 16, 8], "layers": [
      {"type": "Linear", "name": "a", "out_features": 8}, {"type": "Concat", "inputs": ["a", "input"], "dim": 0},
      {"type": "Linear", "out_features": 8}, {"type": "Reshape", "shape": [2, "in[0]//2", 16, 8]},
      {"type": "Permute", "dims": [1, 0, 2, 3]}, {"type": "Reshape", "name": "kv", "shape": ["in[0]", -1, 8]},
      {"type": "Linear", "name": "q", "inputs": "input", "out_features": 8},
      {"type": "ScaledDotProductAttention", "inputs": ["q", "kv", "kv"]}]})"},
    {"profiles along rows and along columns, stacked", R"({"input": [2, 3, 16, 16], "layers": [
      {"type": "Conv2d", "name": "h", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"type": "Sum", "name": "x", "dim": [2]}, {"type": "Sum", "name": "y", "inputs": "h", "dim": [3]},
      {"type": "Stack", "inputs": ["x", "y"], "dim": 3}]})"},
    {"tokens and patches mixed by Linear layers", R"({"input": [2, 3, 32, 32], "layers": [
      {"type": "Conv2d", "out_channels": 16, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "start_dim": 2},
      {"type": "Transpose", "name": "t", "dim0": 1, "dim1": 2}, {"type": "LayerNorm", "normalized_shape": 16},
      {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Linear", "out_features": 64}, {"type": "GELU"},
      {"type": "Linear", "out_features": 16}, {"type": "Transpose", "name": "y", "dim0": 1, "dim1": 2},
      {"type": "Add", "inputs": ["t", "y"]}]})"},
    {"a causal convolution that is padded at both ends and cut at one", R"({"input": [4, 16, 100],
      "blocks": {"t": [{"type": "Residual", "layers": [
        {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": "$d*2", "dilation": "$d"},
        {"type": "Pad", "padding": [0, "$d*-2"]}, {"type": "ReLU"}]}]},
      "layers": [{"use": "t", "name": "l", "each": {"d": [1, 2, 4]}}]})"},
    {"causal convolutions behind one that looks to both sides", R"({"input": [4, 16, 100],
      "blocks": {"t": [{"type": "Residual", "layers": [
        {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": "$d*2", "dilation": "$d"},
        {"type": "Slice", "index": [null, null, [null, "$d*-2"]]}, {"type": "ELU"},
        {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": "$d*2", "dilation": "$d"},
        {"type": "Slice", "index": [null, null, [null, "$d*-2"]]}]}]},
      "layers": [{"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": 1},
        {"use": "t", "name": "l", "each": {"d": [1, 2, 4]}}]})"},
    {"the frames of one clip as samples of 2-D layers and places of 3-D ones",
     R"({"input": [4, 8, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"type": "Unsqueeze", "dim": 0},
      {"type": "Permute", "name": "clip", "dims": [0, 2, 1, 3, 4]},
      {"type": "Conv3d", "name": "time", "out_channels": 8, "kernel_size": [3, 1, 1], "padding": [1, 0, 0]},
      {"type": "Add", "inputs": ["clip", "time"]}, {"type": "Permute", "dims": [0, 2, 1, 3, 4]},
      {"type": "Reshape", "shape": [-1, "in[2]", "in[3]", "in[4]"]},
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}], "expect": "input"})"},
    {"features last in the first input, read behind a layer of the other input",
     R"({"input": {"mel": [2, 10, 16], "noise": [2, 8, 10]}, "layers": [
      {"type": "Conv1d", "name": "pre", "inputs": "noise", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Conv1d", "name": "main", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Transpose", "inputs": "mel", "dim0": 1, "dim1": 2},
      {"type": "Conv1d", "name": "by", "out_channels": 8, "kernel_size": 5, "padding": 2},
      {"type": "Mul", "inputs": ["main", "by"]}]})"},
    {"a long spectrogram laid under itself in patches", R"({"input": [2, 1, 512, 32], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 4, 128, 32]}, {"type": "Permute", "dims": [0, 1, 3, 2]},
      {"type": "Reshape", "shape": ["in[0]", 1, 128, 128]},
      {"type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 4}, {"type": "Flatten", "start_dim": 2},
      {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "LayerNorm", "normalized_shape": 16}]})"},
    {"a mean over rows and columns in any order", R"({"input": [2, 3, 32, 16], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Reshape", "shape": ["in[0]", 8, 8, 4, 16]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4]},
      {"type": "Reshape", "shape": ["in[0]", 8, 4, 128]}, {"type": "Flatten", "start_dim": 2},
      {"type": "AdaptiveAvgPool1d", "output_size": 1}, {"type": "Flatten"}, {"type": "Linear", "out_features": 4}]})"},
    {"the same cut by a negative Pad", R"({"input": [4, 16, 100],
      "blocks": {"t": [{"type": "Residual", "layers": [
        {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": "$d*2", "dilation": "$d"},
        {"type": "Pad", "padding": [0, "$d*-2"]}, {"type": "ELU"},
        {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": "$d*2", "dilation": "$d"},
        {"type": "Pad", "padding": [0, "$d*-2"]}]}]},
      "layers": [{"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": 1},
        {"use": "t", "name": "l", "each": {"d": [1, 2, 4]}}]})"},
    {"windows of a rolled map, rolled back", R"({"input": [2, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 16, "kernel_size": 1}, {"type": "Permute", "name": "last", "dims": [0, 2, 3, 1]},
      {"type": "LayerNorm", "normalized_shape": 16}, {"type": "Roll", "shifts": [-2, -2], "dims": [1, 2]},
      {"type": "Reshape", "shape": ["in[0]", 4, 4, 4, 4, 16]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
      {"type": "Reshape", "name": "win", "shape": ["in[0]*16", 16, 16]},
      {"type": "Linear", "name": "q", "out_features": 16}, {"type": "Linear", "name": "k", "inputs": "win", "out_features": 16},
      {"type": "Linear", "name": "v", "inputs": "win", "out_features": 16},
      {"type": "ScaledDotProductAttention", "inputs": ["q", "k", "v"]},
      {"type": "Reshape", "shape": ["in[0]//16", 4, 4, 4, 4, 16]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
      {"type": "Reshape", "shape": ["in[0]", 16, 16, 16]}, {"type": "Roll", "name": "back", "shifts": [2, 2], "dims": [1, 2]},
      {"type": "Add", "inputs": ["back", "last"]}, {"type": "Permute", "dims": [0, 3, 1, 2]},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": "input"})"},
    {"an image beside itself moved to all sides", R"({"input": [2, 3, 32, 32], "layers": [
      {"type": "Pad", "name": "r", "padding": [1, -1, 0, 0]}, {"type": "Pad", "name": "l", "inputs": "input", "padding": [-1, 1, 0, 0]},
      {"type": "Pad", "name": "d", "inputs": "input", "padding": [0, 0, 1, -1]}, {"type": "Pad", "name": "u", "inputs": "input", "padding": [0, 0, -1, 1]},
      {"type": "Concat", "inputs": ["input", "r", "l", "d", "u"], "dim": 1},
      {"type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 4}]})"},
    {"a pool and a convolution of even windows", R"({"input": [2, 8, 1, 500], "layers": [
      {"type": "Conv2d", "name": "c", "out_channels": 8, "kernel_size": [1, 12], "padding": "same"},
      {"type": "MaxPool2d", "inputs": "input", "kernel_size": [1, 12], "stride": 1, "padding": [0, 6]},
      {"type": "Slice", "name": "p", "size_like": "c"}, {"type": "Concat", "name": "concat", "inputs": ["c", "p"], "dim": 1},
      {"type": "Conv2d", "name": "c2", "out_channels": 8, "kernel_size": [1, 12], "padding": "same"},
      {"type": "MaxPool2d", "inputs": "concat", "kernel_size": [1, 12], "stride": 1, "padding": [0, 6]},
      {"type": "Slice", "name": "p2", "size_like": "c2"}, {"type": "Concat", "inputs": ["c2", "p2"], "dim": 1}]})"},
    {"a recurrent layer backwards, turned over twice", R"({"input": [2, 8, 50], "layers": [
      {"type": "Permute", "name": "x", "dims": [0, 2, 1]}, {"type": "Flip", "dims": [1]},
      {"type": "GRU", "hidden_size": 8, "batch_first": true}, {"type": "Flip", "name": "back", "dims": [1]},
      {"type": "Add", "inputs": ["back", "x"]}]})"},
    {"a sum with a rolled copy of itself", R"({"input": [2, 8, 20, 20], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Roll", "name": "r", "shifts": [1], "dims": [2]}, {"type": "Sub", "inputs": ["x", "r"]}]})"},
    {"a map sampled where a flow says", R"({"input": [2, 3, 24, 24], "layers": [
      {"type": "Conv2d", "name": "f", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Conv2d", "out_channels": 2, "kernel_size": 3, "padding": 1}, {"type": "Permute", "dims": [0, 2, 3, 1]},
      {"type": "Tanh", "name": "grid"}, {"type": "GridSample", "name": "warped", "inputs": ["f", "grid"]},
      {"type": "Concat", "inputs": ["f", "warped"], "dim": 1},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": "input"})"},
    {"a class token put in front of patches and taken off", R"({"input": [2, 3, 64, 64], "layers": [
      {"type": "Conv2d", "name": "patch", "out_channels": 64, "kernel_size": 8, "stride": 8},
      {"type": "Flatten", "start_dim": 2}, {"type": "Permute", "name": "tok", "dims": [0, 2, 1]},
      {"type": "Parameter", "name": "cls", "inputs": [], "shape": [1, 1, 64]},
      {"type": "Expand", "name": "c", "inputs": ["cls", "tok"], "size": ["in[1][0]", -1, -1]},
      {"type": "Concat", "inputs": ["c", "tok"], "dim": 1}, {"type": "LayerNorm", "normalized_shape": 64},
      {"type": "MultiheadAttention", "num_heads": 4, "batch_first": true},
      {"type": "Slice", "index": [null, [1, null]]}, {"type": "Permute", "dims": [0, 2, 1]},
      {"type": "Reshape", "name": "map", "shape": ["in[0]", 64, 8, 8]},
      {"type": "Add", "inputs": ["map", "patch"]}]})"},
    {"neighbouring tokens of a map added", R"({"input": [2, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 32, "kernel_size": 4, "stride": 4}, {"type": "Flatten", "start_dim": 2},
      {"type": "Permute", "name": "tok", "dims": [0, 2, 1]}, {"type": "Slice", "name": "a", "index": [null, [1, null]]},
      {"type": "Slice", "name": "b", "inputs": "tok", "index": [null, [null, -1]]}, {"type": "Add", "inputs": ["a", "b"]}]})"},
    {"scores that a Linear makes for every place", R"({"input": [2, 16, 12], "layers": [
      {"type": "Permute", "name": "x", "dims": [0, 2, 1]}, {"type": "Linear", "name": "s", "out_features": 12},
      {"type": "Softmax", "name": "w", "dim": -1}, {"type": "MatMul", "inputs": ["w", "x"]}]})"},
    {"channels and strips of one image in axis 0", R"({"input": [1, 3, 16, 16], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 8, "kernel_size": 1},
      {"type": "Reshape", "shape": [64, 2, 8, 2]}, {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "Reshape", "shape": [1, 8, 64, 4]}, {"type": "Transpose", "dim0": 1, "dim1": 3},
      {"type": "Linear", "out_features": 8}]})"},
    {"attention along time, space in the batch", R"({"input": [2, 3, 16, 16, 16], "layers": [
      {"type": "Conv3d", "name": "x", "out_channels": 16, "kernel_size": [1, 4, 4], "stride": [1, 4, 4]},
      {"type": "Permute", "dims": [0, 3, 4, 2, 1]}, {"type": "Reshape", "shape": ["in[0]*16", 16, 16]},
      {"type": "MultiheadAttention", "num_heads": 4, "batch_first": true},
      {"type": "Reshape", "shape": ["in[0]//16", 4, 4, 16, 16]}, {"type": "Permute", "name": "t", "dims": [0, 4, 3, 1, 2]},
      {"type": "Add", "inputs": ["t", "x"]}]})"},
    {"chunks of a sequence, within and across", R"({"input": [2, 1, 512], "layers": [
      {"type": "Conv1d", "name": "enc", "out_channels": 16, "kernel_size": 2, "stride": 2},
      {"type": "Reshape", "name": "c", "shape": ["in[0]", 16, 16, 16]}, {"type": "Permute", "dims": [0, 3, 2, 1]},
      {"type": "Reshape", "shape": ["in[0]*16", 16, 16]}, {"type": "LSTM", "hidden_size": 16, "batch_first": true},
      {"type": "Reshape", "shape": ["in[0]//16", 16, 16, 16]}, {"type": "Permute", "name": "p", "dims": [0, 3, 2, 1]},
      {"type": "Add", "inputs": ["p", "c"]}, {"type": "Reshape", "name": "m", "shape": ["in[0]", 16, 256]},
      {"type": "Mul", "inputs": ["m", "enc"]},
      {"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2}], "expect": "input"})"},
    {"heads and back", R"({"input": [2, 196, 384], "layers": [
      {"type": "Linear", "name": "q", "out_features": 384},
      {"type": "Reshape", "shape": ["in[0]", 196, 6, 64]}, {"type": "Permute", "dims": [0, 2, 1, 3]},
      {"type": "Softmax", "dim": -1},
      {"type": "Permute", "dims": [0, 2, 1, 3]}, {"type": "Reshape", "shape": ["in[0]", 196, 384]},
      {"type": "Linear", "out_features": 384}], "expect": "input"})"},
    {"windows and their way back", R"({"input": [1, 3, 56, 56], "layers": [
      {"type": "Conv2d", "name": "stem", "out_channels": 96, "kernel_size": 1},
      {"type": "Permute", "name": "p", "dims": [0, 2, 3, 1]},
      {"type": "Reshape", "shape": ["in[0]", 8, 7, 8, 7, 96]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
      {"type": "Reshape", "shape": ["in[0]*64", 49, 96]}, {"type": "Linear", "out_features": 96},
      {"type": "Reshape", "shape": ["in[0]//64", 8, 8, 7, 7, 96]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
      {"type": "Reshape", "name": "back", "shape": ["in[0]", 56, 56, 96]},
      {"type": "Add", "inputs": ["back", "p"]}, {"type": "Permute", "dims": [0, 3, 1, 2]},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": "input"})"},
    {"patches by reshape and permute", R"({"input": [1, 3, 224, 224], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 3, 14, 16, 14, 16]}, {"type": "Permute", "dims": [0, 2, 4, 3, 5, 1]},
      {"type": "Reshape", "shape": ["in[0]", 196, 768]}, {"type": "Linear", "out_features": 768},
      {"type": "Reshape", "shape": ["in[0]", 14, 14, 16, 16, 3]}, {"type": "Permute", "dims": [0, 5, 1, 3, 2, 4]},
      {"type": "Reshape", "shape": ["in[0]", 3, 224, 224]}], "expect": "input"})"},
    {"patches by unfold and fold", R"({"input": [1, 3, 32, 32], "layers": [
      {"type": "Unfold", "kernel_size": 4, "stride": 4}, {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "Linear", "out_features": 48}, {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "Fold", "output_size": 32, "kernel_size": 4, "stride": 4}], "expect": "input"})"},
    {"a convolution to tokens and back", R"({"input": [1, 3, 64, 64], "layers": [
      {"type": "Conv2d", "out_channels": 32, "kernel_size": 16, "stride": 16},
      {"type": "Flatten", "start_dim": 2}, {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "LayerNorm", "normalized_shape": [32]}, {"type": "Linear", "out_features": 32},
      {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Unflatten", "dim": 2, "unflattened_size": [4, 4]},
      {"type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 16, "stride": 16}], "expect": "input"})"},
    {"patch merging by four slices", R"({"input": [1, 3, 32, 32], "layers": [
      {"type": "Conv2d", "name": "e", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Permute", "name": "p", "dims": [0, 2, 3, 1]},
      {"type": "Slice", "name": "a", "inputs": ["p"], "index": [[null, null], [0, null, 2], [0, null, 2]]},
      {"type": "Slice", "name": "b", "inputs": ["p"], "index": [[null, null], [1, null, 2], [0, null, 2]]},
      {"type": "Slice", "name": "c", "inputs": ["p"], "index": [[null, null], [0, null, 2], [1, null, 2]]},
      {"type": "Slice", "name": "d", "inputs": ["p"], "index": [[null, null], [1, null, 2], [1, null, 2]]},
      {"type": "Concat", "inputs": ["a", "b", "c", "d"], "dim": -1}, {"type": "Linear", "out_features": 16},
      {"type": "Permute", "dims": [0, 3, 1, 2]}, {"type": "PixelShuffle", "upscale_factor": 2},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 1}], "expect": "input"})"},
    {"channel shuffle by hand", R"({"input": [1, 8, 16, 16], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 2, 4, 16, 16]}, {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "Reshape", "shape": ["in[0]", 8, 16, 16]},
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}], "expect": "input"})"},
    {"pixel shuffle by hand", R"({"input": [1, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 12, "kernel_size": 3, "padding": 1},
      {"type": "Reshape", "shape": ["in[0]", 3, 2, 2, 16, 16]}, {"type": "Permute", "dims": [0, 1, 4, 2, 5, 3]},
      {"type": "Reshape", "shape": ["in[0]", 3, 32, 32]}], "expect": {"scale": 2}})"},
    {"frames in the batch", R"({"input": [1, 5, 3, 16, 16], "layers": [
      {"type": "Reshape", "shape": ["in[0]*in[1]", 3, 16, 16]},
      {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1},
      {"type": "Reshape", "shape": ["in[0]//5", 5, 3, 16, 16]}], "expect": "input"})"},
    {"sub-pixel in time", R"({"input": [1, 8, 100], "layers": [
      {"type": "Conv1d", "out_channels": 8, "kernel_size": 4, "stride": 4},
      {"type": "Conv1d", "out_channels": 32, "kernel_size": 3, "padding": 1},
      {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Reshape", "shape": ["in[0]", 100, 8]},
      {"type": "Transpose", "dim0": 1, "dim1": 2}], "expect": "input"})"},
    {"frames stacked into features", R"({"input": [1, 100, 8], "layers": [
      {"type": "Linear", "out_features": 8}, {"type": "Reshape", "shape": ["in[0]", 25, 32]},
      {"type": "Linear", "out_features": 64}]})"},
    {"a mixer", R"({"input": [1, 3, 32, 32], "layers": [
      {"type": "Conv2d", "name": "stem", "out_channels": 24, "kernel_size": 4, "stride": 4},
      {"type": "Flatten", "name": "t", "start_dim": 2}, {"type": "Linear", "out_features": 32}, {"type": "GELU"},
      {"type": "Linear", "name": "m", "out_features": 64}, {"type": "Add", "name": "s", "inputs": ["t", "m"]},
      {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Linear", "out_features": 24}]})"},
    {"a mixer of k1 convolutions over tokens", R"({"input": [1, 64, 24], "layers": [
      {"type": "Linear", "name": "t", "out_features": 24},
      {"type": "Conv1d", "out_channels": 128, "kernel_size": 1}, {"type": "GELU"},
      {"type": "Conv1d", "name": "m", "out_channels": 64, "kernel_size": 1}, {"type": "Add", "inputs": ["t", "m"]}]})"},
    {"convolution over channels", R"({"input": [1, 16, 8, 8], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 16, "kernel_size": 3, "padding": 1},
      {"type": "AdaptiveAvgPool2d", "output_size": 1}, {"type": "Squeeze", "dim": 3},
      {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "Conv1d", "out_channels": 1, "kernel_size": 3, "padding": 1}, {"type": "Sigmoid"},
      {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Unsqueeze", "name": "w", "dim": 3},
      {"type": "Mul", "inputs": ["x", "w"]}], "expect": "input"})"},
    {"siamese, halves apart again", R"({"input": {"a": [1, 3, 16, 16], "b": [1, 3, 16, 16]}, "layers": [
      {"type": "Concat", "inputs": ["a", "b"], "dim": 0},
      {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"type": "Chunk", "name": "h", "chunks": 2, "dim": 0},
      {"type": "Concat", "inputs": ["h", "h:1"], "dim": 1},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 1}], "expect": "input"})"},
    {"time-major output", R"({"input": [1, 80, 64], "layers": [
      {"type": "Conv1d", "out_channels": 32, "kernel_size": 3, "padding": 1},
      {"type": "Permute", "dims": [2, 0, 1]}, {"type": "Linear", "out_features": 29}]})"},
    {"slices of a volume as channels", R"({"input": [1, 1, 16, 32, 32], "layers": [
      {"type": "Squeeze", "dim": 1}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"type": "Unsqueeze", "dim": 1}],
      "expect": "input"})"},
    {"a code without a map, and any factorisation", R"({"input": [1, 3, 32, 32], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4}, {"type": "Flatten"},
      {"type": "Linear", "out_features": 16}, {"type": "Linear", "out_features": 360},
      {"type": "Unflatten", "dim": 1, "unflattened_size": [40, 3, 3]},
      {"type": "Reshape", "shape": ["in[0]", 8, 5, 9]}]})"},
    {"group normalisation by hand", R"({"input": [1, 8, 16, 16], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 2, -1]}, {"type": "LayerNorm", "normalized_shape": [1024]},
      {"type": "Reshape", "shape": ["in[0]", 8, 16, 16]},
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}], "expect": "input"})"},
    {"channels last", R"({"input": [1, 32, 32, 3], "layers": [
      {"type": "Permute", "dims": [0, 3, 1, 2]}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}, {"type": "Permute", "dims": [0, 2, 3, 1]}],
      "expect": "input"})"},
    {"a gate of one value, pooled", R"({"input": [1, 8, 16, 16], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "AdaptiveAvgPool2d", "output_size": 1}, {"type": "Conv2d", "name": "g", "out_channels": 8, "kernel_size": 1},
      {"type": "Mul", "inputs": ["x", "g"]}], "expect": "input"})"},
    {"torn and restored", R"({"input": [1, 6, 4, 5], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 8, 15]}, {"type": "ReLU"}, {"type": "Reshape", "shape": ["in[0]", 6, 4, 5]}],
      "expect": "input"})"},
    {"pyramid pooling", R"({"input": [1, 8, 12, 12], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "AdaptiveAvgPool2d", "output_size": 1}, {"type": "Conv2d", "out_channels": 2, "kernel_size": 1},
      {"type": "Upsample", "name": "p1", "size": 12, "mode": "bilinear"},
      {"type": "AdaptiveAvgPool2d", "inputs": ["x"], "output_size": 3}, {"type": "Conv2d", "out_channels": 2, "kernel_size": 1},
      {"type": "Upsample", "name": "p3", "size": 12, "mode": "bilinear"},
      {"type": "Concat", "inputs": ["x", "p1", "p3"]},
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 1}], "expect": "input"})"},
    {"a temporal shift", R"({"input": [1, 4, 8, 6], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 1}, {"type": "Split", "name": "s", "split_size_or_sections": [2, 2, 4], "dim": 1},
      {"type": "Pad", "name": "p", "inputs": ["s"], "padding": [0, 0, 0, 1]},
      {"type": "Slice", "name": "a", "index": [[null, null], [null, null], [1, null]]},
      {"type": "Concat", "inputs": ["a", "s:1", "s:2"]}, {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}],
      "expect": "input"})"},
    {"squeezed channels split, changed and put back", R"({"input": [1, 2, 8, 8], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 2, 4, 2, 4, 2]}, {"type": "Permute", "dims": [0, 1, 3, 5, 2, 4]},
      {"type": "Reshape", "shape": ["in[0]", 8, 4, 4]}, {"type": "Chunk", "name": "c", "chunks": 2, "dim": 1},
      {"type": "Conv2d", "name": "t", "inputs": ["c"], "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"type": "Add", "name": "y", "inputs": ["c:1", "t"]}, {"type": "Concat", "inputs": ["c", "y"]},
      {"type": "Reshape", "shape": ["in[0]", 2, 2, 2, 4, 4]}, {"type": "Permute", "dims": [0, 1, 4, 2, 5, 3]},
      {"type": "Reshape", "shape": ["in[0]", 2, 8, 8]}], "expect": "input"})"},
    {"pyramid pooling between corners", R"({"input": [1, 8, 28, 28], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "AdaptiveAvgPool2d", "output_size": 1},
      {"type": "Upsample", "name": "p1", "size": 28, "mode": "bilinear", "align_corners": true},
      {"type": "AdaptiveAvgPool2d", "inputs": ["x"], "output_size": 2},
      {"type": "Upsample", "name": "p2", "size": 28, "mode": "bilinear", "align_corners": true},
      {"type": "Concat", "inputs": ["x", "p1", "p2"]}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 1}],
      "expect": "input"})"},
    {"an unpadded way down and up", R"({"input": [1, 1, 28, 28], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2},
      {"type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 4, "stride": 2},
      {"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3}], "expect": "input"})"},
    {"floors at three levels, one pad on both sides", R"({"input": [1, 3, 39, 39], "layers": [
      {"type": "Conv2d", "name": "e", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "MaxPool2d", "kernel_size": 2},
      {"type": "MaxPool2d", "kernel_size": 2}, {"type": "MaxPool2d", "kernel_size": 2}, {"type": "Upsample", "scale_factor": 8},
      {"type": "Pad", "name": "u", "size_like": "e"}, {"type": "Concat", "inputs": ["e", "u"]},
      {"type": "Conv2d", "out_channels": 3, "kernel_size": 1}], "expect": "input"})"},
    {"slots that compete for places", R"({"input": [1, 10, 8], "layers": [
      {"type": "Linear", "name": "k", "out_features": 8}, {"type": "Parameter", "name": "slots", "shape": [1, 4, 8]},
      {"type": "Transpose", "name": "kt", "inputs": ["k"], "dim0": 1, "dim1": 2},
      {"type": "MatMul", "inputs": ["slots", "kt"]}, {"type": "Softmax", "name": "w", "dim": 1},
      {"type": "MatMul", "inputs": ["w", "k"]}]})"},
    {"residual vectors of clusters", R"({"input": [1, 3, 8, 8], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"type": "Conv2d", "out_channels": 5, "kernel_size": 1},
      {"type": "Flatten", "start_dim": 2}, {"type": "Softmax", "name": "a", "dim": 1},
      {"type": "Flatten", "name": "f", "inputs": ["x"], "start_dim": 2}, {"type": "Transpose", "name": "ft", "dim0": 1, "dim1": 2},
      {"type": "MatMul", "inputs": ["a", "ft"]}]})"},
    {"a difference of neighbours", R"({"input": [1, 4, 32], "layers": [
      {"type": "Conv1d", "name": "x", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"type": "Pad", "padding": [1, 0]}, {"type": "Slice", "name": "before", "index": [null, null, [null, -1]]},
      {"type": "Sub", "inputs": ["x", "before"]}, {"type": "Conv1d", "out_channels": 4, "kernel_size": 1}]})"},
    {"attention on a map of one patch", R"({"input": [1, 8, 4, 4], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4}, {"type": "Flatten", "start_dim": 2},
      {"type": "Transpose", "name": "x", "dim0": 1, "dim1": 2}, {"type": "Linear", "name": "q", "out_features": 8},
      {"type": "Linear", "inputs": ["x"], "out_features": 8}, {"type": "Transpose", "name": "k", "dim0": 1, "dim1": 2},
      {"type": "MatMul", "inputs": ["q", "k"]}, {"type": "Softmax", "name": "w", "dim": -1},
      {"type": "MatMul", "inputs": ["w", "x"]}]})"},
    {"relative positions made absolute", R"({"input": [2, 8, 7, 13], "layers": [
      {"type": "Pad", "padding": [0, 1]}, {"type": "Flatten", "start_dim": 2},
      {"type": "Pad", "padding": [0, 6]}, {"type": "Reshape", "shape": ["in[0]", 8, 8, 13]},
      {"type": "Slice", "index": [null, null, [null, 7], [6, null]]}]})"},
    {"relative positions made absolute where the rows divide the columns", R"({"input": [2, 6, 8], "layers": [
      {"type": "Linear", "name": "q", "out_features": 8},
      {"type": "Parameter", "name": "far", "shape": [8, 11]}, {"type": "MatMul", "inputs": ["q", "far"]},
      {"type": "Pad", "padding": [1, 0]}, {"type": "Reshape", "shape": ["in[0]", 12, 6]},
      {"type": "Slice", "index": [null, [1, null]]}, {"type": "Reshape", "shape": ["in[0]", 6, 11]},
      {"type": "Slice", "index": [null, null, [null, 6]]}]})"},
    {"each block beside the one before", R"({"input": [2, 24, 8], "layers": [
      {"type": "Linear", "out_features": 8}, {"type": "Reshape", "name": "q", "shape": ["in[0]", 6, 4, 8]},
      {"type": "Linear", "inputs": "input", "out_features": 8}, {"type": "Reshape", "name": "k", "shape": ["in[0]", 6, 4, 8]},
      {"type": "Pad", "name": "before", "padding": [0, 0, 0, 0, 1, -1]}, {"type": "Concat", "name": "both", "inputs": ["before", "k"], "dim": 2},
      {"type": "Transpose", "name": "t", "dim0": 2, "dim1": 3}, {"type": "MatMul", "inputs": ["q", "t"]},
      {"type": "Softmax", "name": "w", "dim": -1}, {"type": "MatMul", "inputs": ["w", "both"]},
      {"type": "Reshape", "name": "y", "shape": ["in[0]", 24, 8]}, {"type": "Add", "inputs": ["input", "y"]}]})"},
    {"a difference of frames beside the later one", R"({"input": [2, 3, 9, 8, 8], "layers": [
      {"type": "Slice", "name": "now", "index": [null, null, [1, null]]},
      {"type": "Slice", "name": "before", "inputs": "input", "index": [null, null, [null, -1]]}, {"type": "Sub", "inputs": ["now", "before"]},
      {"type": "Conv3d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "Pad", "name": "d", "padding": [0, 0, 0, 0, 1, 0]},
      {"type": "Conv3d", "name": "x", "inputs": "input", "out_channels": 4, "kernel_size": 1}, {"type": "Add", "inputs": ["x", "d"]}]})"},
    {"one view beside the other at several distances",
     R"({"input": {"left": [2, 3, 12, 16], "right": [2, 3, 12, 16]}, "layers": [
      {"type": "Conv2d", "name": "a", "inputs": "left", "out_channels": 6, "kernel_size": 3, "padding": 1},
      {"type": "Conv2d", "name": "b", "inputs": "right", "out_channels": 6, "kernel_size": 3, "padding": 1},
      {"type": "Concat", "name": "c0", "inputs": ["a", "b"]}, {"type": "Pad", "name": "b2", "inputs": "b", "padding": [2, -2]},
      {"type": "Concat", "name": "c2", "inputs": ["a", "b2"]}, {"type": "Stack", "inputs": ["c0", "c2"], "dim": 2},
      {"type": "Conv3d", "out_channels": 1, "kernel_size": 3, "padding": 1}]})"},
    {"frames beside the next ones", R"({"input": [2, 3, 6, 12, 12], "layers": [
      {"type": "Conv3d", "name": "f", "out_channels": 8, "kernel_size": [1, 3, 3], "padding": [0, 1, 1]},
      {"type": "Slice", "name": "a", "index": [null, null, [null, -1]]},
      {"type": "Slice", "name": "b", "inputs": "f", "index": [null, null, [1, null]]},
      {"type": "Sub", "name": "d", "inputs": ["b", "a"]}, {"type": "Concat", "inputs": ["a", "b", "d"]},
      {"type": "Conv3d", "out_channels": 4, "kernel_size": 1}]})"},
    {"what is told of places ahead, times these places", R"({"input": [2, 10, 8], "layers": [
      {"type": "GRU", "name": "c", "input_size": 8, "hidden_size": 8, "batch_first": true},
      {"type": "Slice", "index": [null, [null, -2]]}, {"type": "Linear", "name": "p", "out_features": 8},
      {"type": "Slice", "name": "q", "inputs": "input", "index": [null, [2, null]]}, {"type": "Mul", "inputs": ["p", "q"]},
      {"type": "Sum", "dim": [2]}]})"},
    {"two samples far apart, each by weights of its own", R"({"input": [2, 4, 48], "layers": [
      {"type": "Slice", "index": [null, null, [null, -8]]}, {"type": "Conv1d", "name": "l", "out_channels": 8, "kernel_size": 1},
      {"type": "Slice", "inputs": "input", "index": [null, null, [8, null]]}, {"type": "Conv1d", "name": "r", "out_channels": 8, "kernel_size": 1},
      {"type": "Add", "inputs": ["l", "r"]}, {"type": "Conv1d", "out_channels": 8, "kernel_size": 1}]})"},
    {"a window summed place by place", R"({"input": [2, 8, 32], "layers": [
      {"type": "Pad", "name": "before", "padding": [4, -4]}, {"type": "Conv1d", "name": "l", "out_channels": 8, "kernel_size": 1},
      {"type": "Pad", "name": "behind", "inputs": "input", "padding": [-4, 4]}, {"type": "Conv1d", "name": "r", "out_channels": 8, "kernel_size": 1},
      {"type": "Conv1d", "name": "m", "inputs": "input", "out_channels": 8, "kernel_size": 1},
      {"type": "Add", "inputs": ["m", "l", "r"]}]})"},
    {"rows above beside what lies to the left", R"({"input": [2, 3, 10, 10], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": [1, 3], "padding": [0, 1]}, {"type": "Pad", "name": "above", "padding": [0, 0, 1, -1]},
      {"type": "Pad", "inputs": "input", "padding": [0, 0, 1, 0]}, {"type": "Conv2d", "out_channels": 8, "kernel_size": [2, 1]},
      {"type": "Pad", "name": "left", "padding": [1, -1, 0, 0]}, {"type": "Add", "inputs": ["above", "left"]}]})"},
    {"clips with their frames in front", R"({"input": [5, 2, 3, 12, 12], "layers": [
      {"type": "Flatten", "start_dim": 0, "end_dim": 1}, {"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1},
      {"type": "Flatten"}, {"type": "Unflatten", "dim": 0, "unflattened_size": [5, -1]},
      {"type": "GRU", "name": "g", "input_size": 216, "hidden_size": 10}, {"type": "Select", "dim": 0, "index": -1},
      {"type": "Linear", "out_features": 4}]})"},
    {"weights of the pieces of one sample", R"({"input": [9, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, {"type": "Mean", "name": "h", "dim": [2, 3]},
      {"type": "Linear", "out_features": 1}, {"type": "Softmax", "name": "a", "dim": 0}, {"type": "Mul", "inputs": ["h", "a"]},
      {"type": "Sum", "dim": [0], "keepdim": true}, {"type": "Linear", "out_features": 2}]})"},
    {"nodes of one graph", R"({"input": {"x": [11, 6], "mask": [11, 11]}, "layers": [
      {"type": "Linear", "name": "h", "inputs": "x", "out_features": 8}, {"type": "Linear", "name": "a", "out_features": 1},
      {"type": "Linear", "inputs": "h", "out_features": 1}, {"type": "Transpose", "name": "b", "dim0": 0, "dim1": 1},
      {"type": "Add", "name": "e", "inputs": ["a", "b"]}, {"type": "Add", "inputs": ["e", "mask"]}, {"type": "Softmax", "name": "w", "dim": 1},
      {"type": "MatMul", "inputs": ["w", "h"]}]})"},
    {"a gate of a window over all", R"({"input": [2, 8, 8, 8], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 8, "groups": 8}, {"type": "Sigmoid", "name": "g"},
      {"type": "Mul", "inputs": ["input", "g"]}]})"},
    {"a map grown from one place", R"({"input": [2, 1, 28, 28], "expect": "input", "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
      {"type": "Conv2d", "out_channels": 6, "kernel_size": 14}, {"type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 14, "stride": 2},
      {"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1}]})"},
    {"weights of the patches of a small map, of which there is one", R"({"input": [1, 8, 4, 4], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"type": "Unfold", "kernel_size": 2, "stride": 2}, {"type": "Reshape", "name": "x", "shape": ["in[0]", 8, 4, -1]},
      {"type": "Conv2d", "out_channels": 1, "kernel_size": 1}, {"type": "Softmax", "name": "w", "dim": -1},
      {"type": "Mul", "inputs": ["x", "w"]}, {"type": "Sum", "dim": [3], "keepdim": true}]})"},
    {"frames beside those around them, cut from one that is padded", R"({"input": [2, 8, 20], "layers": [
      {"type": "Pad", "name": "p", "padding": [1, 1]}, {"type": "Slice", "name": "a", "index": [null, null, [0, 20]]},
      {"type": "Slice", "name": "b", "inputs": "p", "index": [null, null, [1, 21]]},
      {"type": "Slice", "name": "c", "inputs": "p", "index": [null, null, [2, 22]]},
      {"type": "Concat", "inputs": ["a", "b", "c"]}, {"type": "Conv1d", "out_channels": 6, "kernel_size": 1}]})"},
    {"a window that looks ahead", R"({"input": [2, 6, 24], "layers": [
      {"type": "Pad", "padding": [0, 3]}, {"type": "Conv1d", "name": "y", "out_channels": 6, "kernel_size": 4, "groups": 6},
      {"type": "Add", "inputs": ["y", "input"]}]})"},
    {"patches of an image with its channels last", R"({"input": [2, 12, 12, 3], "layers": [
      {"type": "Reshape", "shape": ["in[0]", 3, 4, 3, 4, 3]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
      {"type": "Flatten", "start_dim": 3}, {"type": "Linear", "out_features": 16}, {"type": "Flatten", "start_dim": 1, "end_dim": 2},
      {"type": "Linear", "out_features": 48}, {"type": "Reshape", "shape": ["in[0]", 3, 3, 4, 4, 3]},
      {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]}, {"type": "Reshape", "shape": ["in[0]", 12, 12, 3]}]})"},
};

}  // namespace shapedbg
