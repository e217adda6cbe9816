// Padding, resampling, pixel shuffles, fold and unfold.
#include <ATen/Functions.h>
#include <torch/nn/functional/padding.h>
#include <torch/nn/functional/upsampling.h>
#include <torch/nn/modules/fold.h>
#include <torch/nn/modules/padding.h>
#include <torch/nn/modules/pixelshuffle.h>
#include <torch/nn/modules/upsampling.h>

#include "engine/modules.h"

namespace shapedbg {

at::Tensor padded(const at::Tensor& input, std::vector<std::int64_t> sides, std::string_view mode,
                  double value) {
  // Before 2.0 circular padding takes batched tensors alone.
  const bool alone = mode == "circular" && input.dim() == static_cast<std::int64_t>(sides.size() / 2 + 1);
  torch::nn::functional::PadFuncOptions options(std::move(sides));
  set_padding_mode(mode, [&](const auto& word) { options.mode(word); });
  if (mode == "constant") options.value(value);
  if (alone) return torch::nn::functional::pad(input.unsqueeze(0), options).squeeze(0);
  return torch::nn::functional::pad(input, options);
}

namespace {

namespace nn = torch::nn;
namespace F = torch::nn::functional;

// Two paddings per axis, last axis first, as F.pad takes them; one number stands for all of them.
template <std::size_t D>
torch::ExpandingArray<2 * D> sides(const LayerSpec& layer) {
  const std::vector<std::int64_t> padding = integer_list(layer, Opt::padding);
  if (padding.size() == 1) return torch::ExpandingArray<2 * D>(padding[0]);
  if (padding.size() != 2 * D)
    throw Refused("`padding` has " + std::to_string(padding.size()) + " entries where " +
                  std::to_string(2 * D) + " are needed");
  return torch::ExpandingArray<2 * D>(padding);
}

template <class Holder, class Options, std::size_t D>
at::Tensor pad(const Step& step) {
  return build<Holder>(Options(sides<D>(step.layer)))->forward(step.input());
}

// Older versions have ZeroPad2d alone; the module is a constant pad with zeros in all of them.
template <std::size_t D>
at::Tensor zero_pad(const Step& step) {
  const torch::ExpandingArray<2 * D> padding = sides<D>(step.layer);
  return at::constant_pad_nd(step.input(), at::IntArrayRef(padding->data(), 2 * D), 0);
}

template <class Holder, class Options, std::size_t D>
at::Tensor constant_pad(const Step& step) {
  return build<Holder>(Options(sides<D>(step.layer), step.layer.number(Opt::value)))->forward(step.input());
}

// torch::nn has no circular pad; Python's modules are F.pad.
template <std::size_t D>
at::Tensor circular_pad(const Step& step) {
  const torch::ExpandingArray<2 * D> padding = sides<D>(step.layer);
  const auto rank = static_cast<std::size_t>(step.input().dim());
  if (rank != D + 1 && rank != D + 2)
    throw Refused("expected a tensor of " + std::to_string(D + 1) + " or " + std::to_string(D + 2) +
                  " axes, but got " + written(step.input().sizes()));
  return padded(step.input(), {padding->begin(), padding->end()}, "circular");
}

// As torch.nn.ChannelShuffle: the channel axis is the second one, there is no unbatched form.
at::Tensor channel_shuffle(const Step& step) {
  return at::channel_shuffle(step.input(), step.layer.integer(Opt::groups));
}

at::Tensor pad_with(const Step& step, std::vector<std::int64_t> padding) {
  return padded(step.input(), std::move(padding), step.layer.word(Opt::mode), step.layer.number(Opt::value));
}

std::int64_t floor_half(std::int64_t n) { return (n - (n < 0 ? 1 : 0)) / 2; }

at::Tensor free_pad(const Step& step) {
  const std::vector<std::int64_t> padding = integer_list(step.layer, Opt::padding);
  if (step.like == nullptr) return pad_with(step, padding);
  if (!padding.empty()) throw Refused("takes `padding` or `size_like`, not both");
  // To the size of another tensor: half in front, the rest behind, as U-Nets do it.
  const at::Tensor& input = step.input();
  const Shape& like = like_of_same_rank(step);
  std::vector<std::int64_t> sides;
  for (std::size_t axis = like.size(); axis-- > first_spatial(input);) {
    const std::int64_t missing = like[axis] - input.size(static_cast<std::int64_t>(axis));
    sides.push_back(floor_half(missing));
    sides.push_back(missing - floor_half(missing));
  }
  return pad_with(step, std::move(sides));
}

at::Tensor pad_to_multiple(const Step& step) {
  const at::Tensor& input = step.input();
  const std::vector<std::int64_t> multiples = integer_list(step.layer, Opt::multiple);
  if (input.dim() < 2) throw Refused("an input of shape " + written(input.sizes()) + " has no spatial axes");
  const std::size_t first = first_spatial(input);
  const std::size_t spatial = static_cast<std::size_t>(input.dim()) - first;
  if (multiples.size() != 1 && multiples.size() != spatial)
    throw Refused("`multiple` has " + std::to_string(multiples.size()) + " entries where 1 or " +
                  std::to_string(spatial) + " are needed");
  std::vector<std::int64_t> padding;
  for (std::size_t i = spatial; i-- > 0;) {
    const std::int64_t multiple = multiples.size() == 1 ? multiples[0] : multiples[i];
    padding.push_back(0);
    padding.push_back((multiple - input.size(static_cast<std::int64_t>(first + i)) % multiple) % multiple);
  }
  return pad_with(step, std::move(padding));
}

template <class Options>
Options& set_mode(Options& options, std::string_view mode) {
  if (mode == "linear") options.mode(torch::kLinear);
  if (mode == "bilinear") options.mode(torch::kBilinear);
  if (mode == "bicubic") options.mode(torch::kBicubic);
  if (mode == "trilinear") options.mode(torch::kTrilinear);
  return options;
}

at::Tensor upsample(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& input = step.input();
  const auto spatial = static_cast<std::size_t>(std::max<std::int64_t>(input.dim() - 2, 0));
  std::vector<std::int64_t> size = integer_list(layer, Opt::size);
  std::vector<double> scale = number_list(layer, Opt::scale_factor);
  if (size.empty() + scale.empty() + (step.like == nullptr) != 2)
    throw Refused("takes exactly one of `size`, `scale_factor` and `size_like`");
  if (spatial == 0) throw Refused("an input of shape " + written(input.sizes()) + " has no spatial axes");
  if (step.like != nullptr) size.assign(like_of_same_rank(step).begin() + 2, step.like->end());
  if (size.size() == 1) size.resize(spatial, size[0]);
  if (scale.size() == 1) scale.resize(spatial, scale[0]);

  const std::string_view mode = layer.word(Opt::mode);
  const auto fill = [&](auto& options) {
    if (!size.empty()) options.size(size);
    if (!scale.empty()) options.scale_factor(scale);
    if (layer.has(Opt::align_corners)) options.align_corners(layer.flag(Opt::align_corners));
    set_mode(options, mode);
  };
  // torch::nn::Upsample knows neither of these two.
  if (mode == "area" || mode == "nearest-exact") {
    F::InterpolateFuncOptions options;
    fill(options);
    if (mode == "area")
      options.mode(torch::kArea);
    else
      options.mode(torch::kNearestExact);
    return F::interpolate(input, options);
  }
  nn::UpsampleOptions options;
  fill(options);
  return build<nn::Upsample>(options)->forward(input);
}

at::Tensor fold(const Step& step) {
  const LayerSpec& layer = step.layer;
  nn::FoldOptions options(per_axis<2>(layer, Opt::output_size), per_axis<2>(layer, Opt::kernel_size));
  options.dilation(per_axis<2>(layer, Opt::dilation))
      .padding(per_axis<2>(layer, Opt::padding))
      .stride(per_axis<2>(layer, Opt::stride));
  return build<nn::Fold>(options)->forward(step.input());
}

at::Tensor unfold(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& input = step.input();
  // The C++ module wants a batch axis; the operator below it, and Python's module, do without.
  if (input.dim() == 3) {
    const auto list = [&](Opt opt) {
      const auto all = layer.axes(opt);
      return std::vector<std::int64_t>(all.begin(), all.begin() + 2);
    };
    return at::im2col(input, list(Opt::kernel_size), list(Opt::dilation), list(Opt::padding),
                      list(Opt::stride));
  }
  nn::UnfoldOptions options(per_axis<2>(layer, Opt::kernel_size));
  options.dilation(per_axis<2>(layer, Opt::dilation))
      .padding(per_axis<2>(layer, Opt::padding))
      .stride(per_axis<2>(layer, Opt::stride));
  return build<nn::Unfold>(options)->forward(input);
}

// The kernels of a cpu know two orders in memory, which meta does not look at: five axes with the channels
// innermost are refused there.
at::Tensor shuffled(const Step& step, const at::Tensor& result) {
  const at::MemoryFormat format = step.input().suggest_memory_format();
  TORCH_CHECK(format == at::MemoryFormat::Contiguous || format == at::MemoryFormat::ChannelsLast,
              "Unsupported memory format. Supports only ChannelsLast, Contiguous");
  return result;
}

constexpr Runner<at::Tensor> kResizes[] = {
    {LayerKind::ReflectionPad1d, pad<nn::ReflectionPad1d, nn::ReflectionPad1dOptions, 1>},
    {LayerKind::ReflectionPad2d, pad<nn::ReflectionPad2d, nn::ReflectionPad2dOptions, 2>},
    {LayerKind::ReflectionPad3d, pad<nn::ReflectionPad3d, nn::ReflectionPad3dOptions, 3>},
    {LayerKind::ReplicationPad1d, pad<nn::ReplicationPad1d, nn::ReplicationPad1dOptions, 1>},
    {LayerKind::ReplicationPad2d, pad<nn::ReplicationPad2d, nn::ReplicationPad2dOptions, 2>},
    {LayerKind::ReplicationPad3d, pad<nn::ReplicationPad3d, nn::ReplicationPad3dOptions, 3>},
    {LayerKind::ZeroPad1d, zero_pad<1>},
    {LayerKind::ZeroPad2d, pad<nn::ZeroPad2d, nn::ZeroPad2dOptions, 2>},
    {LayerKind::ZeroPad3d, zero_pad<3>},
    {LayerKind::CircularPad1d, circular_pad<1>},
    {LayerKind::CircularPad2d, circular_pad<2>},
    {LayerKind::CircularPad3d, circular_pad<3>},
    {LayerKind::ConstantPad1d, constant_pad<nn::ConstantPad1d, nn::ConstantPad1dOptions, 1>},
    {LayerKind::ConstantPad2d, constant_pad<nn::ConstantPad2d, nn::ConstantPad2dOptions, 2>},
    {LayerKind::ConstantPad3d, constant_pad<nn::ConstantPad3d, nn::ConstantPad3dOptions, 3>},
    {LayerKind::Pad, free_pad},
    {LayerKind::PadToMultiple, pad_to_multiple},
    {LayerKind::Upsample, upsample},
    {LayerKind::PixelShuffle,
     [](const Step& step) -> at::Tensor {
       const nn::PixelShuffleOptions options(step.layer.integer(Opt::upscale_factor));
       return shuffled(step, build<nn::PixelShuffle>(options)->forward(step.input()));
     }},
    {LayerKind::PixelUnshuffle,
     [](const Step& step) -> at::Tensor {
       const nn::PixelUnshuffleOptions options(step.layer.integer(Opt::downscale_factor));
       return shuffled(step, build<nn::PixelUnshuffle>(options)->forward(step.input()));
     }},
    {LayerKind::ChannelShuffle, channel_shuffle},
    {LayerKind::Fold, fold},
    {LayerKind::Unfold, unfold},
};

}  // namespace

at::Tensor run_resize(const Step& step) { return run_by_kind<at::Tensor>(kResizes, step); }

}  // namespace shapedbg
