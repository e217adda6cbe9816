#include "portability/facts.h"

#include <algorithm>

#include "portability/rules.h"

namespace shapedbg {

std::int64_t LayerView::in(int axis) const {
  const Shape& x = row().inputs[0];
  return x[x.size() - static_cast<std::size_t>(layer().info().axes) + static_cast<std::size_t>(axis)];
}

std::int64_t LayerView::out(int axis) const {
  const Shape& y = row().outputs[0];
  return y[y.size() - static_cast<std::size_t>(layer().info().axes) + static_cast<std::size_t>(axis)];
}

namespace {

// Where a target lacks layers of many families.
const std::vector<Family> kEveryFamily{
#define SHAPEDBG_FAMILY(name, ...) Family::name,
#include "net/facts.def"
#undef SHAPEDBG_FAMILY
};

}  // namespace

const std::vector<Fact>& portability_facts() {
  static const std::vector<Fact> facts{
      {.id = "resize-in-single",
       .code = Code::P701,
       .families = {Family::upsample},
       .there = resized_in_single,
       .seen = {{Target::onnxruntime, "1.32.0"},
                {Target::ncnn, "1.0.20261020"},
                {Target::coreml, "9.0"},
                {Target::opencv, "5.0.0.93"}},
       .does = "multiplies size and scale_factor in single precision, torch in double",
       .rule = "floor(f32(x) * f32(scale_factor))",
       .repair = "say `size`, or a factor that is exact, such as 0.75",
       .shown =
           "findings/onnxruntime-resize-one-more.sh; every size of 6,534 in onnxruntime; in coremltools 40 "
           "that tell it from a margin",
       .moves = sizes_for_factor},
      {.id = "resize-with-margin",
       .code = Code::P701,
       .families = {Family::upsample},
       .there = resized_with_margin,
       .seen = {{Target::openvino, "2026.4.1"}},
       .does = "adds a margin to the factor before it rounds down",
       .rule = "floor(x * (f32(scale_factor) + 1e-6))",
       .repair = "say `size`, or a factor that is exact, such as 0.75",
       .shown = "3,267 sizes, to which the constant is fitted",
       .moves = sizes_for_factor},
      {.id = "resize-of-three-axes",
       .code = Code::P701,
       .families = {Family::upsample},
       .there = three_axes_kept,
       .seen = {{Target::ncnn, "1.0.20261020"}},
       .does = "leaves a map of three axes as it is where it is to be resized",
       .rule = "x",
       .repair = "a ConvTranspose3d, or one resize for each pair of axes",
       .shown = "an Upsample of N,C,D,H,W through pnnx"},
      {.id = "ceil-mode-keeps-the-last-window",
       .code = Code::P701,
       .families = {Family::max_pool, Family::avg_pool, Family::lp_pool},
       .there = last_window_kept,
       .seen = {{Target::ncnn, "1.0.20261020"}, {Target::paddle, "3.3.1"}, {Target::opencv, "5.0.0.93"}},
       .does = "keeps the window that would start in the padding at the end, which torch drops",
       .rule = "ceil((x + 2p - d(k-1) - 1)/s) + 1; torch one less where (out - 1)s >= x + p",
       .repair = {},
       .shown = "findings/openvino-ceil-mode-keeps-the-last-window.sh; 415 sizes",
       .moves = without_ceil_mode},
      {.id = "maximum-keeps-the-last-window",
       .code = Code::P701,
       .families = {Family::max_pool},
       .there = last_window_of_maximum_kept,
       .seen = {{Target::openvino, "2026.4.1"}},
       .does = "keeps the window of a MaxPool that would start in the padding at the end, which torch drops",
       .rule = "ceil((x + 2p - d(k-1) - 1)/s) + 1; torch one less where (out - 1)s >= x + p",
       .repair = {},
       .shown = "findings/openvino-ceil-mode-keeps-the-last-window.sh; 415 sizes",
       .moves = without_ceil_mode},
      {.id = "ceil-mode-of-short-kernels",
       .code = Code::P701,
       .families = {Family::max_pool, Family::avg_pool, Family::lp_pool},
       .there = last_window_without_padding_kept,
       .seen = {{Target::coreml, "9.0"}},
       .does = "keeps the window that would start behind the map, which torch drops",
       .rule = "ceil((x - d(k-1) - 1)/s) + 1; torch one less where (out - 1)s >= x",
       .repair = {},
       .shown = "a MaxPool2d with kernel 1 and stride 3 on 5",
       .moves = without_ceil_mode},
      {.id = "ceil-mode-guard",
       .code = Code::P703,
       .families = {Family::max_pool, Family::avg_pool, Family::lp_pool},
       .there = last_window_as_in_example,
       .seen = {{Target::exported, "of torch 2.13.0"}, {Target::executorch, "1.5.1"}},
       .does =
           "remembers whether the example dropped the last window of a ceil_mode pool, and refuses sizes for "
           "which it is otherwise",
       .rule = "raises where (out - 1)s >= x + p holds for x and not for the example, or the other way round",
       .repair = "export without ceil_mode, from an input padded for it",
       .shown = "findings/exported-ceil-mode-remembers-its-example.sh",
       .moves = without_ceil_mode},
      {.id = "cut-as-in-example",
       .code = Code::P703,
       .families = {Family::slice, Family::crop},
       .there = cut_as_in_example,
       .seen = {{Target::exported, "of torch 2.13.0"}},
       .does = "remembers whether the example was cut along each axis, and refuses sizes for which it is "
               "otherwise",
       .rule = "raises where y < x holds and not for the example, or the other way round",
       .repair =
           "export from a size of the class that will come, or a Pad in front so that every size is cut",
       .shown = "findings/exported-slice-remembers-its-example.sh"},
      {.id = "remainder-of-a-negative-size",
       .code = Code::P701,
       .families = {Family::pad_to_multiple},
       .there = cut_to_multiple,
       .seen = {{Target::tract, "0.23.9"}},
       .does = "takes the remainder of a negative number as C does: what F.pad gets from (-x) % m, as "
               "PyTorch programs "
               "write it, is below 0, and cuts or ends the process",
       .rule = "x - x mod m; torch x + (-x) mod m",
       .repair = "write (m - x % m) % m",
       .shown = "configs/encodec.json at 24001 and 24003: 24000 for 24320"},
      {.id = "negative-padding-refused",
       .code = Code::P702,
       .families = {Family::pad_to_multiple},
       .there = multiples_alone,
       .seen = {{Target::executorch, "1.5.1"}},
       .does =
           "takes the remainder of a negative number as C does: what F.pad gets from (-x) % m, as PyTorch "
           "programs write it, is below 0, which is refused",
       .rule = "refuses to run where x mod m is not 0",
       .repair = "write (m - x % m) % m",
       .shown = "findings/executorch-remainder-of-a-negative-size.sh; configs/codec_residual.json and "
                "configs/encodec.json"},
      {.id = "numbers-computed-from-sizes",
       .code = Code::P703,
       .families = {Family::pad_to_multiple, Family::crop, Family::free_pad},
       .there = computed_numbers,
       .seen = {{Target::ncnn, "1.0.20261020"}},
       .does = "has no layer for what pnnx makes of numbers that are computed from free sizes "
               "(pnnx.Expression, narrow)",
       .rule = "refuses to load",
       .repair = "pad or crop outside of the network, or convert for one size alone",
       .shown =
           "configs/encodec.json, configs/deep_image_prior.json and configs/unet_padded.json converted for "
           "two sizes"},
      {.id = "example-of-one",
       .code = Code::P703,
       .families = {},
       .there = nullptr,
       .seen = {{Target::exported, "of torch 2.13.0"}, {Target::executorch, "1.5.1"}},
       .does = "takes a size that is 1 in the example for fixed, though it is left free",
       .rule = "raises for every size but 1",
       .repair = "export from an example of 2 or more",
       .shown = "a DCGAN generator exported from a map of 1x1, run on 2x2",
       .freezes = [](const FreeSize& size) { return size.smallest() == 1 && size.max != 1; }},
      {.id = "adaptive-pool-keeps-its-kernel",
       .code = Code::P703,
       .families = {Family::adaptive_pool},
       .there = adaptive_kernel_kept,
       .seen = {{Target::onnx, "of torch 2.13.0"}, {Target::onnx_torchscript, "of torch 2.13.0"},
                {Target::onnxruntime, "1.32.0"},
                {Target::openvino, "2026.4.1"}},
       .does =
           "has the kernel and the stride of the example, which torch's exporter wrote, where output_size "
           "divides the example's size",
       .rule = "floor(x/e) with e = example/output_size, for ever",
       .repair = "output_size 1, which is a mean of any size; or one export for each size",
       .shown = "findings/exported-adaptive-pool-keeps-its-kernel.sh"},
      {.id = "output-padding-of-the-stride",
       .code = Code::P702,
       .families = {Family::conv_transpose},
       .there = output_padding_of_the_stride,
       .seen = {{Target::onnxruntime, "1.32.0"}, {Target::tvm, "0.27.0.post1"}, {Target::paddle, "3.3.1"}},
       .does = "wants output_padding below the stride; torch takes it below the dilation, too",
       .rule = "refuses output_padding >= s",
       .repair = {},
       .shown = "findings/onnxruntime-refuses-output-padding-of-the-stride.sh",
       .moves = less_output_padding},
      {.id = "output-size-of-the-example",
       .code = Code::P703,
       .families = {Family::conv_transpose},
       .there = output_padding_of_the_example,
       .seen = {{Target::trace, "of torch 2.13.0"},
                {Target::ncnn, "1.0.20261020"},
                {Target::onnx, "of torch 2.13.0, by the older exporter; the newer one raises"},
                {Target::onnx_torchscript, "of torch 2.13.0"},
                {Target::tract, "0.23.9, by the older exporter of torch; the newer one raises"}},
       .does = "keeps the output_padding that output_size came to for the example",
       .rule = "(x-1)s - 2p + k + e, with e = n - ((m-1)s - 2p + k) for the example's m in and n out",
       .repair = "one output_padding where all declared sizes take the same, or torch.export",
       .shown = "findings/jit-trace-keeps-the-output-padding.sh; 560 sizes",
       .moves = output_padding_for_size_like},
      {.id = "unpool-is-not-traced",
       .code = Code::P702,
       .families = {Family::max_unpool},
       .there = unpool_refused,
       .seen = {{Target::trace, "of torch 2.13.0"},
                {Target::onnx_torchscript, "of torch 2.13.0"},
                {Target::ncnn, "1.0.20261020"},
                {Target::tract, "0.23.9, by the older exporter of torch"},
                {Target::onnx2torch, "1.5.15, by the older exporter of torch"}},
       .does = "raises TypeError for any MaxUnpool",
       .rule = "refuses",
       .repair = "torch.export, which takes it",
       .shown = "findings/jit-trace-refuses-max-unpool.sh; configs/segnet.json"},
      {.id = "coreml-output-padding",
       .code = Code::P701,
       .families = {Family::conv_transpose},
       .there = coreml_output_padding,
       .seen = {{Target::coreml, "9.0"}},
       .does =
           "takes output_padding from padding, and where there is too little of it pads the input instead",
       .rule = "(x-1)s - 2p + d(k-1) + 1 + (output_padding - p)(s - 1), where output_padding > p",
       .repair = "output_padding up to padding; or without it, and a Pad behind",
       .shown = "findings/coremltools-output-padding-beyond-padding.sh; 20 layers of one and two axes"},
      {.id = "not-in-coreml",
       .code = Code::P702,
       .families = kEveryFamily,
       .there = not_in_coreml,
       .seen = {{Target::coreml, "9.0"}},
       .does = "has no way to convert some layers",
       .rule =
           "refuses circular and negative padding; three axes in an adaptive pool, a resize, a transposed "
           "convolution with output_padding, or a mean with ceil_mode; dilated pools; bicubic and "
           "nearest-exact; output_padding where there is no padding; MaxUnpool, ChannelShuffle, Chunk into "
           "more parts than come out, an RNN in both directions, CELU, Hardshrink, Softshrink, LogSigmoid",
       .repair = {},
       .shown = "each of 261 layers converted from torch.jit.trace at four sizes"},
      {.id = "not-in-opencv",
       .code = Code::P702,
       .families = kEveryFamily,
       .there = not_in_opencv,
       .seen = {{Target::opencv, "5.0.0.93"}},
       .does = "has no way to run some layers",
       .rule = "refuses a resize of one or three axes, and MaxUnpool",
       .repair = {},
       .shown = "Upsample and MaxUnpool of one, two and three axes, each at four sizes"},
      {.id = "not-in-executorch",
       .code = Code::P702,
       .families = kEveryFamily,
       .there = not_in_executorch,
       .seen = {{Target::executorch, "1.5.1"}},
       .does = "exports and lowers layers that its portable kernels then refuse",
       .rule = "refuses convolutions, MaxPool, AvgPool and resizes of three axes, a resize of one axis, "
               "bicubic and "
               "nearest-exact, AdaptiveMaxPool, negative padding",
       .repair = {},
       .shown = "findings/executorch-convolution-of-three-axes.sh; 30 kinds of layers at four sizes each"},
      {.id = "length-of-the-example",
       .code = Code::P703,
       .families = {Family::max_pool, Family::recurrent},
       .there = length_of_the_example,
       .seen = {{Target::exported, "of torch 2.13.0"}, {Target::executorch, "1.5.1"}},
       .does =
           "holds a MaxPool1d and the recurrent layers to the length of the example, though it is left free",
       .rule = "refuses every other length, or the export itself where the length is marked as dynamic",
       .repair = "AvgPool1d, or a MaxPool1d that returns its indices; one export for each length",
       .shown = "findings/exported-max-pool-1d-has-a-fixed-length.sh, "
                "findings/exported-recurrent-layer-has-a-fixed-length.sh"},
      {.id = "unrolled-for-the-example",
       .code = Code::P703,
       .families = {Family::max_pool, Family::recurrent},
       .there = unrolled_for_the_example,
       .seen = {{Target::onnx, "of torch 2.13.0"}, {Target::onnx_torchscript, "of torch 2.13.0"}},
       .does =
           "can't leave free the length of a MaxPool1d or of a plain RNN, which is unrolled; LSTM and GRU "
           "follow it",
       .rule = "refuses to export, or has one step for each position of the example",
       .repair = "AvgPool1d, or a MaxPool1d that returns its indices; a GRU for the RNN",
       .shown = "findings/exported-max-pool-1d-has-a-fixed-length.sh, "
                "findings/exported-recurrent-layer-has-a-fixed-length.sh"},
      {.id = "cpp-pads-the-other-axis",
       .code = Code::P701,
       .families = {Family::conv},
       .there = cpp_same_exchanged,
       .seen = {{Target::libtorch, "2.13.0"}},
       .does = "exchanges the axes of padding `same` in another mode than zeros",
       .rule = "x + d'(k'-1) - d(k-1), with k' and d' of the axis at the other end",
       .repair = {},
       .shown = "a Conv2d with kernel (3, 5), dilation (1, 2), reflect on 9x9 returns 15x3",
       .moves = numbers_for_same},
      {.id = "cpp-output-size-without-dilation",
       .code = Code::P701,
       .families = {Family::conv_transpose},
       .there = cpp_output_size,
       .seen = {{Target::libtorch, "2.13.0"}},
       .does = "forgets the dilation where it makes output_padding of output_size",
       .rule = "output_size + (d-1)(k-1), for output_size from (x-1)s - 2p + k to s - 1 more",
       .repair = {},
       .shown = "a ConvTranspose2d k 3, s 2, p 1, d 2 on 5: 12 for 10, and an error for 11",
       .moves = output_padding_for_size_like},
      {.id = "mlx-cuts-large-padding",
       .code = Code::P701,
       .families = {Family::conv_transpose},
       .there = mlx_padding,
       .seen = {{Target::mlx, "0.32.4"}},
       .does = "is short where padding is larger than kernel_size - 1",
       .rule = "(x-1)s - 2p + k - 2(p - (k-1))(s-1)",
       .repair = "padding k - 1 and a slice of what is too much",
       .shown = "a transposed convolution k 3, s 2, p 3 on 5: 3 for 5"},
      {.id = "keras-transposed",
       .code = Code::P704,
       .families = {Family::conv_transpose},
       .there = keras_transposed,
       .seen = {{Target::keras, "3.15.1"}},
       .does = "returns x*s for padding \"same\" and (x-1)s + max(d(k-1) + 1, s) for \"valid\" where "
               "output_padding is None",
       .rule = "with a number (x-1)s + d(k-1) + 1 - 2q + output_padding, q 0 for \"valid\" and half the "
               "kernel for "
               "\"same\"",
       .repair =
           "give output_padding as a number, 0 too; a padding that is neither is a Cropping behind \"valid\"",
       .shown = "k 3, s 2, same on 5: 10 with None, 9 with 0"},
      {.id = "lax-transposed",
       .code = Code::P704,
       .families = {Family::conv_transpose},
       .there = lax_transposed,
       .seen = {{Target::flax, "0.12.8"}},
       .does = "counts padding on the widened input: torch's p is d(k-1) - p there",
       .rule = "padding (a, b) gives (x-1)s - d(k-1) + 1 + a + b; \"SAME\" x*s; \"VALID\" (x-1)s + "
               "max(d(k-1) + 1, s)",
       .repair = "padding (d(k-1) - p, d(k-1) - p + output_padding)",
       .shown = "k 4, s 2, p 1 on 5: 8, torch 10"},
  };
  return facts;
}

}  // namespace shapedbg
