// Upsampling by any name, and what moves channels into space.
#include <array>
#include <cmath>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// "bilinear" of "upsample_bilinear2d"; of F.interpolate its own `mode`.
std::string mode_of(const Step& step) {
  const std::string& op = step.op();
  if (op == "interpolate") return step.given("mode") ? step.text("mode") : "nearest";
  if (op.find("nearest_exact") != std::string::npos) return "nearest-exact";
  for (const std::string_view mode : {"bilinear", "bicubic", "trilinear", "nearest", "linear"})
    if (op.find(mode) != std::string::npos) return std::string(mode);
  return {};
}

std::vector<double> scales(const Value& value) {
  std::vector<double> list;
  const auto add = [&](const Value& one) {
    if (one.is(Value::Kind::number)) list.push_back(one.number);
    if (one.is(Value::Kind::integer)) list.push_back(static_cast<double>(one.integer));
  };
  add(value);
  for (const Value& item : value.items) add(item);
  return list;
}

// Whether floor(size * scale) is what came out, in every run.
bool scaled(const Mapping& mapping, int input, int made, const std::vector<double>& factors) {
  const std::size_t rank = mapping.tensor(input).shape.size();
  const std::size_t axes = rank - 2;
  for (std::size_t k = 0; k < axes; ++k) {
    const double by = factors.size() == 1 ? factors[0] : factors[k];
    const Runs in = mapping.runs_at(input, 2 + k);
    const Runs out = mapping.runs_at(made, 2 + k);
    for (std::size_t run = 0; run < in.size(); ++run)
      if (std::floor(static_cast<double>(in[run]) * by) != static_cast<double>(out[run])) return false;
  }
  return true;
}

// Sizes that are axes of tensors, and not the axes whose place they take.
bool takes_other_axes(const std::vector<Value>& wanted) {
  for (std::size_t k = 0; k < wanted.size() && wanted.size() > 1; ++k) {
    const calls::Formula& formula = wanted[k].formula;
    const bool whole = wanted[k].is(Value::Kind::integer);
    if (whole && formula.is_axis() && formula.nodes()[0].axis != static_cast<int>(2 + k)) return true;
  }
  return false;
}

// The same size behind the channels in every run.
bool same_places(const Mapping& mapping, int a, int b) {
  for (std::size_t k = 2; k < mapping.tensor(a).shape.size(); ++k)
    if (mapping.runs_at(a, k) != mapping.runs_at(b, k)) return false;
  return true;
}

// The size that was asked for: that of a tensor, a multiple of what comes in, or a number.
bool set_size(Mapping& mapping, const Step& step, DraftLayer& layer, const std::vector<Value>& wanted) {
  const int input = step["input"].tensor;
  const int made = step.call().outputs.at(0);
  const std::size_t rank = mapping.rank(step["input"]);
  const std::size_t axes = rank - 2;
  if (const auto numbers = fixed(wanted); numbers && !numbers->empty()) {
    bool own = true;  // what it has already
    for (std::size_t k = 0; k < axes; ++k)
      own = own && mapping.runs_at(input, 2 + k) == mapping.runs_at(made, 2 + k);
    const bool computed = !wanted[0].formula.empty() && !wanted[0].formula.is_constant();
    if (!computed || (mapping.runs() > 1 && !own)) {
      layer.set("size", numbers->size() == 1 ? spread(*numbers, axes) : *numbers);
      return true;
    }
  }
  // A recording says which tensor it was, and which of its axes: (w, h) is not its size.
  if (takes_other_axes(wanted)) {
    if (mapping.runs() > 1) return false;
    std::vector<std::int64_t> numbers;
    for (const Value& size : wanted) numbers.push_back(size.integer);
    layer.set("size", numbers);
    return true;
  }
  for (const Value& size : wanted)
    if (size.formula.is_axis()) {
      const int tensor = static_cast<int>(size.formula.nodes()[0].value);
      const bool live =
          tensor != input && mapping.live(tensor) && mapping.tensor(tensor).shape.size() == rank;
      if (live && same_places(mapping, tensor, made)) {
        layer.set("size_like", mapping.ref(tensor));
        return true;
      }
    }
  std::vector<Runs> sizes;
  for (std::size_t k = 0; k < axes; ++k) sizes.push_back(mapping.runs_at(made, 2 + k));
  std::vector<std::int64_t> factors;
  for (std::size_t k = 0; k < axes; ++k) {
    const Runs in = mapping.runs_at(input, 2 + k);
    if (in[0] > 0 && sizes[k][0] % in[0] == 0) factors.push_back(sizes[k][0] / in[0]);
  }
  const bool multiple =
      factors.size() == axes && scaled(mapping, input, made, {factors.begin(), factors.end()});
  // A skip that is twice as long has the size by chance only where the numbers say so.
  if (const auto like = mapping.tensor_with(sizes, rank, 2, input, made)) {
    layer.set("size_like", mapping.ref(*like));
    return true;
  }
  if (!multiple) return false;
  layer.axes("scale_factor", factors);
  return true;
}

bool interpolate(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input) || mapping.rank(input) < 3 || mapping.rank(input) > 5 ||
      mapping.result(step).shape.size() != mapping.rank(input))
    return false;
  const std::string mode = mode_of(step);
  DraftLayer layer("Upsample", {mapping.ref(input)});
  const std::vector<double> factors = scales(step["scale_factor"]);
  const std::vector<Value> wanted = step.integers("size");
  const bool by_scale = !factors.empty() &&
                        (factors.size() == 1 || factors.size() == mapping.rank(input) - 2) &&
                        scaled(mapping, input.tensor, step.call().outputs.at(0), factors);
  if (by_scale)
    layer.axes("scale_factor", factors);
  else if (!set_size(mapping, step, layer, wanted))
    return false;
  if (mode != "nearest" && !mode.empty()) layer.set("mode", mode);
  if (step.flag("align_corners")) layer.set("align_corners", true);
  mapping.emit(step, std::move(layer));
  return true;
}

bool shuffled(Mapping& mapping, const Step& step, std::string_view kind, std::string_view option) {
  const auto value = step.integer(option);
  if (!mapping.live(step["input"]) || !value) return false;
  DraftLayer layer(kind, {mapping.ref(step["input"])});
  layer.set(option, *value);
  mapping.emit(step, std::move(layer));
  return true;
}
bool pixel_shuffle(Mapping& mapping, const Step& step) {
  return shuffled(mapping, step, "PixelShuffle", "upscale_factor");
}
bool pixel_unshuffle(Mapping& mapping, const Step& step) {
  return shuffled(mapping, step, "PixelUnshuffle", "downscale_factor");
}
bool channel_shuffle(Mapping& mapping, const Step& step) {
  return shuffled(mapping, step, "ChannelShuffle", "groups");
}

// A fold to the size that another tensor had, which no Fold of one size says.
bool fold_to_computed(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const auto kernel = fixed(step.integers("kernel_size"));
  std::vector<Value> asked = step.integers("output_size");
  if (!kernel || kernel->empty() || asked.empty() || mapping.rank(input) < 2 || mapping.rank(input) > 3)
    return false;
  if (asked.size() == 1) asked.push_back(asked[0]);
  const std::size_t channels = mapping.rank(input) - 2;
  std::int64_t window = 1;
  for (const std::int64_t size : spread(*kernel, 2))
    if (size < 1 || __builtin_mul_overflow(window, size, &window)) return false;
  std::vector<int> inputs{input.tensor};
  std::vector<DraftSize> shape;
  if (channels == 1) shape.emplace_back("in[0]");
  shape.emplace_back("in[" + std::to_string(channels) + "]//" + std::to_string(window));
  for (const Value& size : asked) {
    auto found = mapping.size_over({size.integer, size.formula, size.others}, std::nullopt, inputs);
    if (!found) return false;
    shape.push_back(std::move(*found));
  }
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

// Fold and Unfold: im2col, col2im.
bool blocks(Mapping& mapping, const Step& step, bool fold) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(fold ? "Fold" : "Unfold", {mapping.ref(step["input"])});
  for (const std::string_view option : {"output_size", "kernel_size", "dilation", "padding", "stride"}) {
    if (!step.given(option)) continue;
    const std::vector<Value> given = step.integers(option);
    const auto values = fixed(given);
    const bool computed = std::any_of(given.begin(), given.end(), [](const Value& size) {
      return !size.formula.empty() && !size.formula.is_constant();
    });
    if (fold && option == "output_size" && (computed || !values)) return fold_to_computed(mapping, step);
    if (!values || values->empty()) return false;
    layer.axes(option, spread(*values, 2));
  }
  mapping.emit(step, std::move(layer));
  return true;
}
bool fold(Mapping& mapping, const Step& step) { return blocks(mapping, step, true); }
bool unfold(Mapping& mapping, const Step& step) {
  // Tensor.unfold(dimension, size, step) is another function.
  if (!step.call().op.starts_with("torch.nn.functional") && !step.call().op.starts_with("aten.im2col"))
    return false;
  return blocks(mapping, step, false);
}

constexpr std::string_view kUpsample =
    "input|self size|output_size align_corners scale_factor|scale_factors mode";
constexpr Row kResizeRows[] = {
    {"interpolate", "input size scale_factor mode align_corners recompute_scale_factor antialias",
     interpolate},
    {"upsample_nearest1d", "input|self size|output_size scale_factor|scale_factors", interpolate},
    {"upsample_nearest2d", "input|self size|output_size scale_factor|scale_factors", interpolate},
    {"upsample_nearest3d", "input|self size|output_size scale_factor|scale_factors", interpolate},
    {"_upsample_nearest_exact1d", "input|self size|output_size scale_factor|scale_factors", interpolate},
    {"_upsample_nearest_exact2d", "input|self size|output_size scale_factor|scale_factors", interpolate},
    {"_upsample_nearest_exact3d", "input|self size|output_size scale_factor|scale_factors", interpolate},
    {"upsample_linear1d", kUpsample, interpolate},
    {"upsample_bilinear2d", kUpsample, interpolate},
    {"upsample_bicubic2d", kUpsample, interpolate},
    {"upsample_trilinear3d", kUpsample, interpolate},
    {"pixel_shuffle", "input|self upscale_factor", pixel_shuffle},
    {"pixel_unshuffle", "input|self downscale_factor", pixel_unshuffle},
    {"channel_shuffle", "input|self groups", channel_shuffle},
    {"native_channel_shuffle", "input|self groups", channel_shuffle},
    {"im2col", "input|self kernel_size dilation padding stride", unfold},
    {"unfold", "input|self kernel_size dilation padding stride", unfold},
    {"col2im", "input|self output_size kernel_size dilation padding stride", fold},
    {"fold", "input|self output_size kernel_size dilation padding stride", fold}};

}  // namespace

std::span<const Row> resize_rows() { return kResizeRows; }

}  // namespace shapedbg::aten
