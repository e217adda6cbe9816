// Fourier transforms; choices between tensors by a mask; what reads places by their number. Complex numbers
// are held by their real parts: sizes are what counts here, and every other layer takes those.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>

#include "engine/modules.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

at::Scalar filled(const LayerSpec& layer) {
  if (!layer.has(Opt::value)) return {-INFINITY};
  const double value = layer.number(Opt::value);
  if (value == std::floor(value) && std::abs(value) < 9e15) return {static_cast<std::int64_t>(value)};
  return {value};
}

at::Tensor sampled(const Step& step) {
  const LayerSpec& layer = step.layer;
  const std::string_view mode = layer.word(Opt::mode);
  const std::string_view outside = layer.word(Opt::padding_mode);
  return at::grid_sampler(step.input(), step.inputs.at(1),
                          mode == "bilinear"  ? 0
                          : mode == "nearest" ? 1
                                              : 2,
                          outside == "zeros"    ? 0
                          : outside == "border" ? 1
                                                : 2,
                          layer.flag(Opt::align_corners));
}

// Its own sizes where LibTorch has no kernel without memory.
at::Tensor sized(const at::Tensor& like, Shape sizes) {
  for (const std::int64_t size : sizes)
    if (size < 1) throw Refused("would return a size of " + std::to_string(size));
  return at::empty(sizes, like.options().dtype(at::kFloat));
}

std::vector<std::int64_t> wrapped_axes(const Step& step) {
  std::vector<std::int64_t> axes = integer_list(step.layer, Opt::dim);
  std::vector<bool> seen(static_cast<std::size_t>(step.input().dim()));
  for (std::int64_t& axis : axes) {
    if (axis < 0) axis += step.input().dim();
    if (axis < 0 || axis >= step.input().dim()) throw Refused("`dim` names no axis of the input");
    if (seen[static_cast<std::size_t>(axis)]) throw Refused("`dim` names an axis twice");
    seen[static_cast<std::size_t>(axis)] = true;
  }
  return axes;
}

at::Tensor fourier(const Step& step) {
  const at::Tensor& x = step.input();
  const std::vector<std::int64_t> axes = wrapped_axes(step);
  const Shape sizes = step.layer.has(Opt::n) ? sizes_of(step, Opt::n) : Shape{};
  if (!sizes.empty() && sizes.size() != axes.size()) throw Refused("`n` has not one size for each axis");
  if (x.is_meta()) {
    Shape out = x.sizes().vec();
    for (std::size_t i = 0; i < sizes.size(); ++i) out[static_cast<std::size_t>(axes[i])] = sizes[i];
    for (const std::int64_t size : sizes)
      if (size < 1) throw Refused("`n` has a size of " + std::to_string(size));
    if (!axes.empty()) {
      std::int64_t& last = out[static_cast<std::size_t>(axes.back())];
      if (step.layer.kind == LayerKind::RFFT) last = last / 2 + 1;
      if (step.layer.kind == LayerKind::IRFFT && sizes.empty()) last = 2 * (last - 1);
    }
    return sized(x, out);
  }
  const auto n = sizes.empty() ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(sizes);
  const std::string_view word = step.layer.word(Opt::norm);
  // LibTorch before 2.7 has a string_view of its own.
  const c10::optional<c10::string_view> norm(c10::string_view(word.data(), word.size()));
  // Held by their real parts, and laid out alike on every device: a layer behind may refuse another layout on
  // the CPU alone.
  const LayerKind kind = step.layer.kind;
  if (kind == LayerKind::FFT) return at::real(at::fft_fftn(x, n, axes, norm)).contiguous();
  if (kind == LayerKind::IFFT) return at::real(at::fft_ifftn(x, n, axes, norm)).contiguous();
  if (kind == LayerKind::RFFT) return at::real(at::fft_rfftn(x, n, axes, norm)).contiguous();
  return at::fft_irfftn(x, n, axes, norm).contiguous();
}

struct Windows {
  explicit Windows(const LayerSpec& layer)
      : size(layer.integer(Opt::n_fft)),
        hop(hop_length(layer)),
        counting(layer.has(Opt::win_length) ? layer.integer(Opt::win_length) : size) {
    if (hop < 1 || counting > size || (layer.kind == LayerKind::ISTFT && hop > counting))
      throw Refused("windows of " + std::to_string(size) + ", " + std::to_string(hop) + " apart");
  }
  std::int64_t size;
  std::int64_t hop;
  std::int64_t counting;
};

at::Tensor windows_of(const Step& step) {
  const Windows windows(step.layer);
  const LayerSpec& layer = step.layer;
  at::Tensor x = step.input();
  if (x.dim() != 1 && x.dim() != 2) throw Refused("takes L or N,L");
  if (layer.flag(Opt::center)) {
    const std::int64_t half = windows.size / 2;
    x = padded(x.dim() == 1 ? x.unsqueeze(0).unsqueeze(0) : x.unsqueeze(1), {half, half},
               layer.word(Opt::padding_mode));
    x = step.input().dim() == 1 ? x.squeeze(0).squeeze(0) : x.squeeze(1);
  }
  if (x.size(-1) < windows.size) throw Refused("has larger windows than its input");
  const bool half = layer.flag(Opt::onesided);
  const at::Tensor framed = x.unfold(-1, windows.size, windows.hop);
  if (x.is_meta()) {
    Shape out = framed.sizes().vec();
    out.back() = half ? windows.size / 2 + 1 : windows.size;
    std::swap(out[out.size() - 1], out[out.size() - 2]);
    return sized(x, out);
  }
  const at::Tensor made = half ? at::fft_rfft(framed) : at::fft_fft(framed);
  return at::real(made).transpose(-1, -2).contiguous();
}

at::Tensor signal_of(const Step& step) {
  const Windows windows(step.layer);
  const LayerSpec& layer = step.layer;
  const at::Tensor& x = step.input();
  if (x.dim() != 2 && x.dim() != 3) throw Refused("takes frequencies and windows");
  const std::int64_t rows = layer.flag(Opt::onesided) ? windows.size / 2 + 1 : windows.size;
  if (x.size(-2) != rows)
    throw Refused("has " + std::to_string(rows) + " frequencies and gets " + std::to_string(x.size(-2)));
  std::int64_t length = (x.size(-1) - 1) * windows.hop + windows.size;
  if (layer.flag(Opt::center)) length -= windows.size / 2 * 2;
  if (layer.has(Opt::length)) {
    const Shape sizes = sizes_of(step, Opt::length);
    if (sizes.size() != 1) throw Refused("`length` is a list of one size");
    length = sizes[0];
  }
  Shape out(x.sizes().begin(), x.sizes().end() - 2);
  out.push_back(length);
  return sized(x, out);
}

// Parts of complex numbers are floating point, whatever came in.
at::Tensor viewed(const Step& step) {
  const at::Tensor& given = step.input();
  const bool whole = c10::isIntegralType(given.scalar_type(), /*includeBool=*/true);
  const at::Tensor x = whole ? given.to(at::kFloat) : given;
  if (step.layer.kind == LayerKind::ViewAsReal) return at::stack({x, x}, -1);
  if (x.dim() == 0 || x.size(-1) != 2) throw Refused("makes complex numbers of a last axis of 2");
  return x.select(-1, 0).contiguous();
}

}  // namespace

at::Tensor run_choice(const Step& step) {
  if (step.layer.kind == LayerKind::GridSample) return sampled(step);
  const at::Tensor& x = step.input();
  if (step.layer.kind == LayerKind::MaskedFill)
    return at::where(step.inputs.at(1).to(at::kBool), filled(step.layer), x);
  if (step.inputs.size() == 2) return at::where(x.to(at::kBool), step.inputs[1], filled(step.layer));
  return at::where(x.to(at::kBool), step.inputs.at(1), step.inputs.at(2));
}

Tensors run_gathering(const Step& step) {
  const LayerSpec& layer = step.layer;
  const std::int64_t dim = layer.integer(Opt::dim);
  if (layer.kind == LayerKind::Gather)
    return {at::gather(step.input(), dim,
                       at::zeros_like(step.inputs.at(1), step.inputs[1].options().dtype(at::kLong)))};
  auto [values, places] = layer.kind == LayerKind::TopK ? at::topk(step.input(), layer.integer(Opt::k), dim)
                                                        : at::sort(step.input(), dim);
  return {values, places};
}

namespace {

constexpr Runner<at::Tensor> kSignals[] = {
    {LayerKind::FFT, fourier},       {LayerKind::IFFT, fourier},         {LayerKind::RFFT, fourier},
    {LayerKind::IRFFT, fourier},     {LayerKind::STFT, windows_of},      {LayerKind::ISTFT, signal_of},
    {LayerKind::ViewAsReal, viewed}, {LayerKind::ViewAsComplex, viewed},
};

}  // namespace

at::Tensor run_signal(const Step& step) { return run_by_kind<at::Tensor>(kSignals, step); }

}  // namespace shapedbg
