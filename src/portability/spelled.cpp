#include "portability/spelled.h"

namespace shapedbg {
namespace {

struct Row {
  Family family;
  Target target;
  std::string_view label;
  std::string_view text;
};

constexpr Row kRows[] = {
    {Family::conv, Target::keras, "name",
     "keras.layers.Conv1D, Conv2D, Conv3D(filters, kernel_size, strides, padding, dilation_rate=, groups=)"},
    {Family::conv, Target::keras, "padding",
     "\"valid\" is padding 0. \"same\" returns ceil(x/s) and puts the odd one at the end: torch's p = "
     "(k-1)/2 at both "
     "ends is a ZeroPadding2D(p) in front of \"valid\""},
    {Family::conv, Target::keras, "axes",
     "N, H, W, C unless data_format=\"channels_first\"; kernel (k, k, in/groups, out), torch (out, "
     "in/groups, k, k)"},
    {Family::conv_transpose, Target::keras, "name",
     "keras.layers.Conv1DTranspose, Conv2DTranspose, Conv3DTranspose(filters, kernel_size, strides, padding, "
     "output_padding=, dilation_rate=)"},
    {Family::conv_transpose, Target::keras, "padding",
     "\"valid\" is padding 0; \"same\" takes half the kernel from both sides, torch's p only where p = "
     "(k-1)/2. Any "
     "other p is \"valid\" with a Cropping2D(p) behind it"},
    {Family::conv_transpose, Target::keras, "output_padding",
     "None, the default, is not 0: \"same\" then returns x*s, \"valid\" (x-1)s + max(d(k-1) + 1, s). Give "
     "torch's "
     "number, 0 too; it has to be below the stride"},
    {Family::conv_transpose, Target::keras, "axes",
     "N, H, W, C unless data_format=\"channels_first\"; kernel (k, k, out, in), torch (in, out/groups, k, "
     "k)"},
    {Family::max_pool, Target::keras, "name",
     "keras.layers.MaxPooling1D, 2D, 3D(pool_size, strides, padding)"},
    {Family::max_pool, Target::keras, "padding",
     "\"valid\" is padding 0; \"same\" returns ceil(x/s). There is neither ceil_mode nor dilation"},
    {Family::avg_pool, Target::keras, "name",
     "keras.layers.AveragePooling1D, 2D, 3D(pool_size, strides, padding)"},
    {Family::avg_pool, Target::keras, "padding",
     "\"valid\" is padding 0; \"same\" returns ceil(x/s) and does not count the padding in the mean"},
    {Family::upsample, Target::keras, "name",
     "keras.layers.UpSampling1D, 2D, 3D(size): whole factors only. On TensorFlow the one with free sizes is "
     "exported with \"nearest\" and no other interpolation"},
    {Family::upsample, Target::mlx, "name", "mlx.nn.Upsample(scale_factor, mode, align_corners)"},
    {Family::upsample, Target::mlx, "places",
     "where x*scale_factor is not whole the size is torch's and the values lie elsewhere: half of what is "
     "cut "
     "off is missing at each end, in torch all of it at the end. With align_corners they are torch's"},
    {Family::conv_transpose, Target::flax, "name",
     "flax.nnx.ConvTranspose(in_features, out_features, kernel_size, strides, padding=, kernel_dilation=)"},
    {Family::conv_transpose, Target::flax, "padding",
     "counted on the widened input: torch's padding p and output_padding are the pair (d(k-1) - p, d(k-1) - "
     "p + "
     "output_padding) for each axis. \"SAME\" returns x*s, \"VALID\" (x-1)s + max(d(k-1) + 1, s)"},
    {Family::conv_transpose, Target::flax, "output_padding", "none: it is the longer end of padding"},
    {Family::conv_transpose, Target::flax, "axes",
     "N, H, W, C; kernel (k, k, in, out). Weights of torch are turned round along each spatial axis"},
    {Family::conv_transpose, Target::paddle, "name",
     "paddle.nn.Conv1DTranspose, Conv2DTranspose, Conv3DTranspose(in_channels, out_channels, kernel_size, "
     "stride, "
     "padding, output_padding, dilation=, groups=)"},
    {Family::conv_transpose, Target::paddle, "padding",
     "torch's number; \"SAME\" returns x + s(x - ceil(x/s)), whatever the kernel: x*s where s divides x, and "
     "2x - 1 of an odd x for s 2"},
    {Family::conv_transpose, Target::paddle, "output_padding", "torch's, but below the stride in any case"},
    {Family::conv_transpose, Target::paddle, "axes",
     "as in torch: N, C, H, W; weight (in, out/groups, k, k)"},
    {Family::conv_transpose, Target::mlx, "name",
     "mlx.nn.ConvTranspose1d, 2d, 3d(in_channels, out_channels, kernel_size, stride, padding, dilation, "
     "output_padding)"},
    {Family::conv_transpose, Target::mlx, "padding",
     "torch's number up to k - 1; beyond, the result is short by 2(p - (k-1))(s-1)"},
    {Family::conv_transpose, Target::mlx, "axes", "N, H, W, C"},
    {Family::conv_transpose, Target::libtorch, "name",
     "torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(in, out, k).stride(s).padding(p))"},
    {Family::conv_transpose, Target::libtorch, "output_padding",
     "as in Python; forward's output_size forgets the dilation: give output_padding where dilation is above "
     "1"},
    {Family::conv, Target::libtorch, "padding",
     "`torch::kSame` with a padding_mode other than zeros pads the axes in the wrong order: give the numbers "
     "where "
     "they differ between axes"},
};

}  // namespace

Spelling spelled(const KindInfo& kind, Target target) {
  Spelling all;
  for (const Row& row : kRows)
    if (row.family == kind.family && row.target == target) all.emplace_back(row.label, row.text);
  return all;
}

}  // namespace shapedbg
