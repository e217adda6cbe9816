// Pools and unpools.
#include <torch/nn/modules/pooling.h>

#include <algorithm>

#include "engine/modules.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

template <class Holder, std::size_t D>
Tensors max_pool(const Step& step) {
  const LayerSpec& layer = step.layer;
  nn::MaxPoolOptions<D> options(per_axis<D>(layer, Opt::kernel_size));
  options.stride(per_axis<D>(layer, Opt::stride))
      .padding(per_axis<D>(layer, Opt::padding))
      .dilation(per_axis<D>(layer, Opt::dilation))
      .ceil_mode(layer.flag(Opt::ceil_mode));
  Holder pool = build<Holder>(options);
  if (!step.wants_indices && !layer.flag(Opt::return_indices)) return {pool->forward(step.input())};
  auto [maxima, indices] = pool->forward_with_indices(step.input());
  return {maxima, indices};
}

template <class Holder, std::size_t D>
Tensors avg_pool(const Step& step) {
  const LayerSpec& layer = step.layer;
  nn::AvgPoolOptions<D> options(per_axis<D>(layer, Opt::kernel_size));
  options.stride(per_axis<D>(layer, Opt::stride))
      .padding(per_axis<D>(layer, Opt::padding))
      .ceil_mode(layer.flag(Opt::ceil_mode))
      .count_include_pad(layer.flag(Opt::count_include_pad));
  if constexpr (D > 1) {
    if (layer.has(Opt::divisor_override)) options.divisor_override(layer.integer(Opt::divisor_override));
  }
  return {build<Holder>(options)->forward(step.input())};
}

// Older versions have no LPPool3d: it is avg_pool3d of powers, as the newer one computes it.
at::Tensor lp_pool3d(const Step& step) {
  const LayerSpec& layer = step.layer;
  const double norm = layer.number(Opt::norm_type);
  const auto k = layer.axes(Opt::kernel_size);
  nn::AvgPool3dOptions options(per_axis<3>(layer, Opt::kernel_size));
  options.stride(per_axis<3>(layer, Opt::stride)).ceil_mode(layer.flag(Opt::ceil_mode));
  const at::Tensor mean = build<nn::AvgPool3d>(options)->forward(step.input().pow(norm));
  return (mean.sign() * mean.abs().relu()).mul(k[0] * k[1] * k[2]).pow(1 / norm);
}

template <class Holder, std::size_t D>
Tensors lp_pool(const Step& step) {
  const LayerSpec& layer = step.layer;
  nn::LPPoolOptions<D> options(layer.number(Opt::norm_type), per_axis<D>(layer, Opt::kernel_size));
  options.stride(per_axis<D>(layer, Opt::stride)).ceil_mode(layer.flag(Opt::ceil_mode));
  return {build<Holder>(options)->forward(step.input())};
}

template <std::size_t D>
torch::ExpandingArrayWithOptionalElem<D> sizes_or_null(const LayerSpec& layer) {
  const auto all = layer.axes(Opt::output_size);
  std::vector<c10::optional<std::int64_t>> sizes;
  for (std::size_t i = 0; i < D; ++i)
    sizes.push_back(all[i] == keep_size ? c10::optional<std::int64_t>()
                                        : c10::optional<std::int64_t>(all[i]));
  return torch::ExpandingArrayWithOptionalElem<D>(sizes);
}

template <class Holder, class Options, std::size_t D>
Tensors adaptive_pool(const Step& step) {
  return {build<Holder>(Options(sizes_or_null<D>(step.layer)))->forward(step.input())};
}

// The 1-D adaptive pools of LibTorch take no null; the input's size stands for it.
template <class Holder, class Options>
Tensors adaptive_pool1d(const Step& step) {
  const std::int64_t size = step.layer.axes(Opt::output_size)[0];
  if (size != keep_size) return {build<Holder>(Options(size))->forward(step.input())};
  const std::int64_t own = step.input().dim() == 0 ? 1 : step.input().size(-1);
  return {build<Holder>(Options(own))->forward(step.input())};
}

// The last place along one axis that the pool can name as a maximum. Written apart from the shape rules'
// last_pooled, as everything is that they are compared with.
std::int64_t last_named(const LayerSpec& pool, std::size_t axis, std::int64_t x, std::int64_t windows) {
  const std::int64_t k = pool.axes(Opt::kernel_size)[axis];
  const std::int64_t s = pool.axes(Opt::stride)[axis];
  const std::int64_t p = pool.axes(Opt::padding)[axis];
  const std::int64_t d = pool.axes(Opt::dilation)[axis];
  std::int64_t last = 0;
  // Only a window that hangs over an end of the map can differ from the last one, and only with gaps between
  // its elements. A dilation of thousands with a padding of thousands is not worth an exact answer.
  constexpr std::int64_t enough = 4096;
  for (std::int64_t i = windows - 1; i >= 0 && i >= windows - enough; --i) {
    const std::int64_t start = i * s - p;
    // LibTorch starts from the first place at or behind 0, even when it lies behind the map's end: a window
    // with no element in the map then names a place that the map does not have.
    const std::int64_t first = start >= 0 ? start : (d - (-start) % d) % d;
    last = std::max({last, first, start + std::min(k - 1, (x - 1 - start) / d) * d});
    if (start + d * (k - 1) < x) break;  // all inside: the ones before it end earlier
  }
  return last;
}

// LibTorch looks at the values: an index outside of the output is an error only when a maximum happens to
// lie there. A network that works for some images only is refused here, for every device alike.
template <std::size_t D>
void check_indices(const Step& step, const std::vector<std::int64_t>& output) {
  if (step.pool == nullptr || step.pool_input == nullptr || step.pool_input->size() < D) return;
  const at::IntArrayRef from = at::IntArrayRef(*step.pool_input).slice(step.pool_input->size() - D);
  std::int64_t index = 0;
  std::int64_t places = 1;
  for (std::size_t i = 0; i < D; ++i) {
    const std::int64_t windows =
        step.indices.size(static_cast<std::int64_t>(i) - static_cast<std::int64_t>(D));
    index = index * from[i] + last_named(*step.pool, i, from[i], windows);
    places *= output[i];
  }
  if (index >= places)
    throw Refused("the indices of `" + step.pool->name + "` go up to " + std::to_string(index) + " on " +
                  written(from) + ", but an output of " + written(output) + " has only " +
                  std::to_string(places) + " places");
}

template <class Holder, std::size_t D>
Tensors max_unpool(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& input = step.input();
  if (!step.indices.defined()) throw Refused("the indices of the pool are not there");
  nn::MaxUnpoolOptions<D> options(per_axis<D>(layer, Opt::kernel_size));
  options.stride(per_axis<D>(layer, Opt::stride)).padding(per_axis<D>(layer, Opt::padding));
  std::vector<std::int64_t> size = wanted_size(step, D);
  if (size.empty() && input.dim() >= static_cast<std::int64_t>(D)) {
    const auto k = layer.axes(Opt::kernel_size);
    const auto s = layer.axes(Opt::stride);
    const auto p = layer.axes(Opt::padding);
    for (std::size_t i = 0; i < D; ++i) {
      const std::int64_t n = input.size(static_cast<std::int64_t>(i) - static_cast<std::int64_t>(D));
      size.push_back((n - 1) * s[i] - 2 * p[i] + k[i]);
    }
  }
  if (size.size() != D) throw Refused("an input of shape " + written(input.sizes()) + " has too few axes");
  for (const std::int64_t one : size)
    if (one < 1) throw Refused("the output would be " + written(size));
  // LibTorch wants N and C in front and does not look at them.
  std::vector<std::int64_t> full{1, 1};
  full.insert(full.end(), size.begin(), size.end());
  const bool fits = input.sizes() == step.indices.sizes();
  if (fits) check_indices<D>(step, size);
  auto unpool = build<Holder>(options);
  const auto unbatched = static_cast<std::int64_t>(D) + 1;
  if (input.dim() != unbatched || step.indices.dim() != unbatched)
    return {unpool->forward(input, step.indices, full)};
  // Before 2.0 the module reads its sizes as if a batch axis were always there.
  return {unpool->forward(input.unsqueeze(0), step.indices.unsqueeze(0), full).squeeze(0)};
}

constexpr Runner<Tensors> kPools[] = {
    {LayerKind::MaxPool1d, max_pool<nn::MaxPool1d, 1>},
    {LayerKind::MaxPool2d, max_pool<nn::MaxPool2d, 2>},
    {LayerKind::MaxPool3d, max_pool<nn::MaxPool3d, 3>},
    {LayerKind::AvgPool1d, avg_pool<nn::AvgPool1d, 1>},
    {LayerKind::AvgPool2d, avg_pool<nn::AvgPool2d, 2>},
    {LayerKind::AvgPool3d, avg_pool<nn::AvgPool3d, 3>},
    {LayerKind::LPPool1d, lp_pool<nn::LPPool1d, 1>},
    {LayerKind::LPPool2d, lp_pool<nn::LPPool2d, 2>},
    {LayerKind::LPPool3d, [](const Step& step) -> Tensors { return Tensors{lp_pool3d(step)}; }},
    {LayerKind::AdaptiveMaxPool1d, adaptive_pool1d<nn::AdaptiveMaxPool1d, nn::AdaptiveMaxPool1dOptions>},
    {LayerKind::AdaptiveMaxPool2d, adaptive_pool<nn::AdaptiveMaxPool2d, nn::AdaptiveMaxPool2dOptions, 2>},
    {LayerKind::AdaptiveMaxPool3d, adaptive_pool<nn::AdaptiveMaxPool3d, nn::AdaptiveMaxPool3dOptions, 3>},
    {LayerKind::AdaptiveAvgPool1d, adaptive_pool1d<nn::AdaptiveAvgPool1d, nn::AdaptiveAvgPool1dOptions>},
    {LayerKind::AdaptiveAvgPool2d, adaptive_pool<nn::AdaptiveAvgPool2d, nn::AdaptiveAvgPool2dOptions, 2>},
    {LayerKind::AdaptiveAvgPool3d, adaptive_pool<nn::AdaptiveAvgPool3d, nn::AdaptiveAvgPool3dOptions, 3>},
    {LayerKind::MaxUnpool1d, max_unpool<nn::MaxUnpool1d, 1>},
    {LayerKind::MaxUnpool2d, max_unpool<nn::MaxUnpool2d, 2>},
    {LayerKind::MaxUnpool3d, max_unpool<nn::MaxUnpool3d, 3>},
};

}  // namespace

Tensors run_pool(const Step& step) { return run_by_kind<Tensors>(kPools, step); }

}  // namespace shapedbg
