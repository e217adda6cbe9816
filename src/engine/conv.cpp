// Convolutions and transposed convolutions.
// Tensor.h first: padding.h of 1.13 does not include what it uses.
#include <ATen/core/Tensor.h>

#include <torch/nn/functional/padding.h>
#include <torch/nn/modules/conv.h>

#include "engine/modules.h"
#include "engine/reuse.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

std::int64_t in_channels(const Step& step, int axes) {
  return step.layer.has(Opt::in_channels) ? step.layer.integer(Opt::in_channels)
                                          : channels(step.input(), axes);
}

template <std::size_t D, class Options>
ModuleKey key_of(const Options& options) {
  ModuleKey key(options.in_channels(), options.out_channels(), options.groups(), options.bias(),
                options.padding_mode().index());
  key.add(options.kernel_size()).add(options.stride()).add(options.dilation());
  return key;
}

// The padding that keeps the size at stride 1; its odd element goes to the end, as in Python's torch.
template <std::size_t D>
at::Tensor pad_same(const Step& step, std::string_view mode) {
  const auto k = step.layer.axes(Opt::kernel_size);
  const auto d = step.layer.axes(Opt::dilation);
  const auto s = step.layer.axes(Opt::stride);
  std::vector<std::int64_t> sides;
  for (std::size_t i = D; i-- > 0;) {
    if (s[i] != 1) throw Refused("padding `same` is not supported for strided convolutions");
    const std::int64_t total = d[i] * (k[i] - 1);
    sides.push_back(total / 2);
    sides.push_back(total - total / 2);
  }
  return padded(step.input(), std::move(sides), mode);
}

template <class Holder, std::size_t D>
at::Tensor conv(const Step& step) {
  const LayerSpec& layer = step.layer;
  nn::ConvOptions<D> options(in_channels(step, D), layer.integer(Opt::out_channels),
                             per_axis<D>(layer, Opt::kernel_size));
  options.stride(per_axis<D>(layer, Opt::stride))
      .dilation(per_axis<D>(layer, Opt::dilation))
      .groups(layer.integer(Opt::groups))
      .bias(layer.flag(Opt::bias));
  const std::string_view mode = layer.word(Opt::padding_mode);
  const std::string* word = word_of(layer, Opt::padding);
  // LibTorch's C++ modules, unlike Python's, pad the wrong axes for `same` in these modes.
  if (word != nullptr && *word == "same" && mode != "zeros") {
    return build<Holder>(options.padding(0))->forward(pad_same<D>(step, mode));
  }
  if (word == nullptr)
    options.padding(per_axis<D>(layer, Opt::padding));
  else if (*word == "same")
    options.padding(torch::kSame);
  else
    options.padding(torch::kValid);
  set_padding_mode(mode, [&](const auto& torch_word) { options.padding_mode(torch_word); });
  ModuleKey key = key_of<D>(options);
  key.add(options.padding().index());
  if (word == nullptr) key.add(per_axis<D>(layer, Opt::padding));
  auto module = built_or_reused<Holder>(step, std::move(key), options);
  // Before 2.0 the module pads circularly only where there is a batch axis.
  if (mode == "circular" && step.input().dim() == static_cast<std::int64_t>(D) + 1)
    return module->forward(step.input().unsqueeze(0)).squeeze(0);
  return module->forward(step.input());
}

// LibTorch's forward(x, output_size) ignores dilation and returns a wrong size for unbatched inputs;
// the output_padding that a wanted size needs is computed here, as Python's torch does.
template <std::size_t D>
torch::ExpandingArray<D> output_padding(const Step& step) {
  const LayerSpec& layer = step.layer;
  const std::vector<std::int64_t> wanted = wanted_size(step, D);
  if (wanted.empty()) return per_axis<D>(layer, Opt::output_padding);
  const auto k = layer.axes(Opt::kernel_size);
  const auto s = layer.axes(Opt::stride);
  const auto p = layer.axes(Opt::padding);
  const auto d = layer.axes(Opt::dilation);
  const at::Tensor& input = step.input();
  std::array<std::int64_t, D> paddings{};
  if (input.dim() != D + 1 && input.dim() != D + 2)
    return at::IntArrayRef(paddings);  // LibTorch refuses the rank
  for (std::size_t i = 0; i < D; ++i) {
    const std::int64_t n = input.size(input.dim() - static_cast<std::int64_t>(D - i));
    const std::int64_t shortest = (n - 1) * s[i] - 2 * p[i] + d[i] * (k[i] - 1) + 1;
    const std::int64_t longest = shortest + s[i] - 1;
    paddings[i] = wanted[i] - shortest;
    if (wanted[i] < shortest || wanted[i] > longest)
      throw Refused("requested an output size of " + std::to_string(wanted[i]) + " on spatial axis " +
                    std::to_string(i) + ", but valid sizes range from " + std::to_string(shortest) + " to " +
                    std::to_string(longest) + " for an input of size " + std::to_string(n));
  }
  return at::IntArrayRef(paddings);
}

template <class Holder, std::size_t D>
at::Tensor conv_transpose(const Step& step) {
  const LayerSpec& layer = step.layer;
  nn::ConvTransposeOptions<D> options(in_channels(step, D), layer.integer(Opt::out_channels),
                                      per_axis<D>(layer, Opt::kernel_size));
  options.stride(per_axis<D>(layer, Opt::stride))
      .padding(per_axis<D>(layer, Opt::padding))
      .output_padding(output_padding<D>(step))
      .dilation(per_axis<D>(layer, Opt::dilation))
      .groups(layer.integer(Opt::groups))
      .bias(layer.flag(Opt::bias));
  ModuleKey key = key_of<D>(options);
  key.add(options.padding()).add(options.output_padding());
  return built_or_reused<Holder>(step, std::move(key), options)->forward(step.input());
}

constexpr Runner<at::Tensor> kConvolutions[] = {
    {LayerKind::Conv1d, conv<nn::Conv1d, 1>},
    {LayerKind::Conv2d, conv<nn::Conv2d, 2>},
    {LayerKind::Conv3d, conv<nn::Conv3d, 3>},
    {LayerKind::ConvTranspose1d, conv_transpose<nn::ConvTranspose1d, 1>},
    {LayerKind::ConvTranspose2d, conv_transpose<nn::ConvTranspose2d, 2>},
    {LayerKind::ConvTranspose3d, conv_transpose<nn::ConvTranspose3d, 3>},
};

}  // namespace

// The kernels of a cpu keep the channels innermost in memory where they get them so; meta forgets it.
at::Tensor run_conv(const Step& step) {
  at::Tensor result = run_by_kind<at::Tensor>(kConvolutions, step);
  if (!result.is_meta() || result.dim() != step.input().dim()) return result;
  const at::MemoryFormat format = step.input().suggest_memory_format();
  const bool innermost =
      format == at::MemoryFormat::ChannelsLast || format == at::MemoryFormat::ChannelsLast3d;
  return innermost ? result.contiguous(format) : result;
}

}  // namespace shapedbg
