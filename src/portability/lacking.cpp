// What a converter or a runtime has no layer for. Each row was seen to be refused, by every size that was
// tried.
#include <algorithm>
#include <span>

#include "net/facts.h"
#include "portability/rules.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

struct Lack {
  bool (*is)(const LayerView& view);
  std::string_view why;  // what is said of it, without a period
};

std::optional<There> first_of(const LayerView& view, std::span<const Lack> lacks) {
  const auto found =
      std::find_if(lacks.begin(), lacks.end(), [&](const Lack& lack) { return lack.is(view); });
  if (found == lacks.end()) return std::nullopt;
  return refused(std::string(found->why));
}

Family family(const LayerView& view) { return view.layer().info().family; }
bool is(const LayerView& view, LayerKind kind) { return view.layer().kind == kind; }
int axes(const LayerView& view) { return view.layer().info().axes; }
bool says(const LayerView& view, Opt opt, std::string_view word) { return view.layer().word(opt) == word; }
bool flag(const LayerView& view, Opt opt) { return view.layer().flag(opt); }
bool flag_or(const LayerView& view, Opt opt, bool otherwise) {
  return view.layer().find(opt) == nullptr ? otherwise : view.layer().flag(opt);
}
// Spatial axes of what goes in, whatever the kind: an Upsample has none of its own.
int axes_in(const LayerView& view) { return static_cast<int>(view.row().inputs[0].size()) - 2; }

bool any_axis(const LayerView& view, bool (*holds)(const Window& w)) {
  for (int i = 0; i < axes(view); ++i)
    if (holds(window_of(view.layer(), i))) return true;
  return false;
}

bool circular(const LayerView& view) {
  return is(view, LayerKind::CircularPad1d) || is(view, LayerKind::CircularPad2d) ||
         is(view, LayerKind::CircularPad3d) ||
         (family(view) == Family::conv && says(view, Opt::padding_mode, "circular"));
}

bool cuts_by_padding(const LayerView& view) {
  if (family(view) != Family::pad && family(view) != Family::free_pad) return false;
  const auto padding = view.layer().integers(Opt::padding);
  return std::any_of(padding.begin(), padding.end(), [](std::int64_t n) { return n < 0; });
}

bool adds_output_padding(const LayerView& view) {
  return family(view) == Family::conv_transpose &&
         any_axis(view, [](const Window& w) { return w.output_padding > 0; });
}

bool odd_resize(const LayerView& view) {
  return family(view) == Family::upsample &&
         (says(view, Opt::mode, "bicubic") || says(view, Opt::mode, "nearest-exact"));
}

bool fewer_chunks(const LayerView& view) {
  return is(view, LayerKind::Chunk) &&
         static_cast<std::int64_t>(view.row().outputs.size()) < view.layer().integer(Opt::chunks);
}

const Lack kCoreml[] = {
    {circular, "has no circular padding"},
    {cuts_by_padding, "takes no negative padding"},
    {[](const LayerView& v) { return adds_output_padding(v) && axes(v) == 3; },
     "takes output_padding for one and two axes"},
    {[](const LayerView& v) {
       return adds_output_padding(v) && !any_axis(v, [](const Window& w) { return w.before > 0; });
     },
     "ends in an error for output_padding where there is no padding"},
    {[](const LayerView& v) { return family(v) == Family::adaptive_pool && axes(v) == 3; },
     "has adaptive pools for one and two axes"},
    {[](const LayerView& v) {
       return family(v) == Family::max_pool && any_axis(v, [](const Window& w) { return w.d > 1; });
     },
     "has no dilation in a pool"},
    {[](const LayerView& v) {
       return is_pool(family(v)) && family(v) != Family::max_pool && axes(v) == 3 &&
              flag(v, Opt::ceil_mode) && flag_or(v, Opt::count_include_pad, true);
     },
     "has no ceil_mode for a mean over three axes"},
    {[](const LayerView& v) { return family(v) == Family::upsample && axes_in(v) == 3; },
     "resizes one and two axes"},
    {odd_resize, "has nearest and linear resizes"},
    {[](const LayerView& v) { return family(v) == Family::max_unpool; }, "can't be traced, which it wants"},
    {[](const LayerView& v) { return is(v, LayerKind::ChannelShuffle); },
     "has no ChannelShuffle: an Unflatten, a Transpose and a Flatten are one"},
    {fewer_chunks, "has no Chunk into more parts than there come out: a Split is one"},
    {[](const LayerView& v) { return is(v, LayerKind::RNN) && flag(v, Opt::bidirectional); },
     "has no plain RNN in both directions"},
    {[](const LayerView& v) {
       return is(v, LayerKind::CELU) || is(v, LayerKind::Hardshrink) || is(v, LayerKind::Softshrink) ||
              is(v, LayerKind::LogSigmoid);
     },
     "has no such activation"},
};

const Lack kExecutorch[] = {
    {[](const LayerView& v) {
       return axes(v) == 3 && (family(v) == Family::conv || family(v) == Family::conv_transpose);
     },
     "has convolutions of one and two axes"},
    {[](const LayerView& v) {
       return axes(v) == 3 && (family(v) == Family::max_pool || family(v) == Family::avg_pool);
     },
     "has pools of one and two axes"},
    {[](const LayerView& v) { return family(v) == Family::upsample && axes_in(v) != 2; },
     "resizes maps of two axes alone"},
    {odd_resize, "has nearest and bilinear resizes"},
    {[](const LayerView& v) { return is(v, LayerKind::AdaptiveMaxPool2d); }, "has no AdaptiveMaxPool"},
    {cuts_by_padding, "takes no negative padding"},
};

bool compares(const LayerView& view) {
  return is(view, LayerKind::Equal) || is(view, LayerKind::NotEqual) || is(view, LayerKind::Less) ||
         is(view, LayerKind::LessEqual) || is(view, LayerKind::Greater) || is(view, LayerKind::GreaterEqual);
}

// An Expand to free sizes of a tensor: Tensor.expand_as. Of one size alone it is a constant.
bool expands_like(const LayerView& view) {
  if (!is(view, LayerKind::Expand)) return false;
  const std::vector<bool> free = free_axes(view);
  // ncnn has no batch.
  if (free.empty() || std::find(free.begin() + 1, free.end(), true) == free.end()) return false;
  const std::vector<Expression>* sizes = view.layer().expressions(Opt::size);
  return sizes != nullptr && any_computed(*sizes);
}

const Lack kNcnn[] = {
    {[](const LayerView& v) {
       return family(v) == Family::max_pool && any_axis(v, [](const Window& w) { return w.d > 1; });
     },
     "has no dilation in a pool"},
    {[](const LayerView& v) { return is(v, LayerKind::LPPool1d) || is(v, LayerKind::LPPool2d); },
     "has no LPPool of one or two axes"},
    {[](const LayerView& v) { return is(v, LayerKind::AvgPool2d) && v.layer().has(Opt::divisor_override); },
     "has no divisor_override"},
    {[](const LayerView& v) { return is(v, LayerKind::Fold); }, "has no Fold"},
    {[](const LayerView& v) { return is(v, LayerKind::InstanceNorm1d); }, "has no InstanceNorm1d"},
    {[](const LayerView& v) {
       return is(v, LayerKind::RReLU) || is(v, LayerKind::Softmin) || is(v, LayerKind::Softsign) ||
              is(v, LayerKind::Tanhshrink) || is(v, LayerKind::Threshold) || is(v, LayerKind::Log2);
     },
     "has no such activation"},
    {[](const LayerView& v) {
       return is(v, LayerKind::Var) || is(v, LayerKind::Std) || is(v, LayerKind::ArgMax) ||
              is(v, LayerKind::ArgMin);
     },
     "has no such reduction"},
    {[](const LayerView& v) { return compares(v) || family(v) == Family::choice; },
     "has no comparisons and no choices by a mask"},
    {[](const LayerView& v) { return family(v) == Family::gathering; }, "has no TopK, Sort and Gather"},
    {[](const LayerView& v) {
       return is(v, LayerKind::RFFT) || is(v, LayerKind::Bilinear) || is(v, LayerKind::RepeatInterleave);
     },
     "has no such layer"},
    {expands_like, "has no Expand to the size of a tensor"},
    {[](const LayerView& v) {
       const bool makes = family(v) == Family::reshape || family(v) == Family::unflatten;
       return makes && v.row().outputs[0].size() > 5;
     },
     "has four axes behind that of the batch"},
    {[](const LayerView& v) { return family(v) == Family::stack && v.row().outputs[0].size() > 4; },
     "has no Stack of maps"},
};

const Lack kOlderExporter[] = {
    {[](const LayerView& v) { return is(v, LayerKind::RMSNorm); }, "has no RMSNorm"},
    {[](const LayerView& v) { return is(v, LayerKind::ChannelShuffle); },
     "has no ChannelShuffle: an Unflatten, a Transpose and a Flatten are one"},
    {[](const LayerView& v) {
       return is(v, LayerKind::Threshold) &&
              !(v.layer().number(Opt::threshold) == 0 && v.layer().number(Opt::value) == 0);
     },
     "has no Threshold but that of a ReLU"},
    {[](const LayerView& v) { return family(v) == Family::upsample && says(v, Opt::mode, "nearest-exact"); },
     "has no nearest-exact"},
};

const Lack kOnnx2torch[] = {
    {[](const LayerView& v) { return family(v) == Family::recurrent; }, "has no recurrent layers"},
    {[](const LayerView& v) {
       return family(v) == Family::conv && says(v, Opt::padding, "same") &&
              any_axis(v, [](const Window& w) { return w.reach() % 2 != 0; });
     },
     "has no padding that differs at the two ends"},
};

const Lack kLitert[] = {
    {[](const LayerView& v) { return is(v, LayerKind::ConvTranspose3d); },
     "has no transposed convolution of three axes"},
    {[](const LayerView& v) { return is(v, LayerKind::AdaptiveMaxPool2d); }, "has no AdaptiveMaxPool"},
    {[](const LayerView& v) { return is(v, LayerKind::Fold); }, "has no Fold"},
    {[](const LayerView& v) { return is(v, LayerKind::TopK) || is(v, LayerKind::Sort); },
     "has no order of elements"},
    {[](const LayerView& v) { return is(v, LayerKind::RReLU) || is(v, LayerKind::Bilinear); },
     "has no such layer"},
};

const Lack kOpencv[] = {
    {[](const LayerView& v) { return family(v) == Family::max_unpool; }, "has no MaxUnpool"},
    {[](const LayerView& v) { return family(v) == Family::upsample && axes_in(v) != 2; },
     "resizes maps of two axes alone"},
};

const Lack kTvm[] = {
    {[](const LayerView& v) { return family(v) == Family::max_unpool; }, "has no MaxPool with indices"},
    {[](const LayerView& v) { return is(v, LayerKind::Fold); }, "has no Fold"},
    {[](const LayerView& v) { return is(v, LayerKind::LSTM) || is(v, LayerKind::GRU); },
     "has no LSTM and no GRU"},
    {[](const LayerView& v) { return is(v, LayerKind::CELU); }, "has no such activation"},
};

const Lack kTract[] = {{[](const LayerView& v) { return is(v, LayerKind::Fold); }, "has no Fold"}};

const Lack kWrapping[] = {{circular, "has no Pad that wraps around"}};

}  // namespace

std::optional<There> not_in_executorch(const LayerView& view) { return first_of(view, kExecutorch); }

std::optional<There> not_by_the_older_exporter(const LayerView& view) {
  return first_of(view, kOlderExporter);
}

std::optional<There> not_in_onnx2torch(const LayerView& view) { return first_of(view, kOnnx2torch); }

std::optional<There> not_in_litert(const LayerView& view) { return first_of(view, kLitert); }

std::optional<There> not_in_ncnn(const LayerView& view) { return first_of(view, kNcnn); }

std::optional<There> not_in_opencv(const LayerView& view) { return first_of(view, kOpencv); }

std::optional<There> not_in_tvm(const LayerView& view) { return first_of(view, kTvm); }

std::optional<There> not_in_tract(const LayerView& view) { return first_of(view, kTract); }

std::optional<There> no_wrapping_pad(const LayerView& view) { return first_of(view, kWrapping); }

std::optional<There> not_in_coreml(const LayerView& view) { return first_of(view, kCoreml); }

std::optional<There> length_of_the_example(const LayerView& view) {
  const bool pool = is(view, LayerKind::MaxPool1d) && !flag(view, Opt::return_indices);
  if (!pool && family(view) != Family::recurrent) return std::nullopt;
  const std::size_t rank = view.row().inputs[0].size();
  const std::size_t axis = pool ? rank - 1 : rank == 3 && flag(view, Opt::batch_first) ? 1 : 0;
  const std::int64_t length = view.row().inputs[0][axis];
  There there;
  there.evaluated = [axis, length](const Shape& input, const Shape& here) {
    return input[axis] == length ? here : Shape{};
  };
  there.why = "is held to the length " + std::to_string(length) + " of the example";
  return there;
}

std::optional<There> unrolled_for_the_example(const LayerView& view) {
  if (is(view, LayerKind::LSTM) || is(view, LayerKind::GRU)) return std::nullopt;
  return length_of_the_example(view);
}

}  // namespace shapedbg
