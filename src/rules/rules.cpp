#include "rules/rules.h"

#include <limits>

#include "rules/rule_context.h"

namespace shapedbg {
namespace {

template <class N>
void dispatch(RuleContext<N>& c) {
  switch (c.layer.info().family) {
    case Family::conv:
      return conv_rule(c);
    case Family::conv_transpose:
      return conv_transpose_rule(c);
    case Family::linear:
      return linear_rule(c);
    case Family::bilinear:
      return bilinear_rule(c);
    case Family::embedding:
      return embedding_rule(c);
    case Family::batch_norm:
      return batch_norm_rule(c);
    case Family::instance_norm:
      return instance_norm_rule(c);
    case Family::group_norm:
      return group_norm_rule(c);
    case Family::layer_norm:
      return layer_norm_rule(c);
    case Family::pointwise:
      return c.returns(c.x());
    case Family::local_response_norm:
    case Family::softmax:
    case Family::prelu:
    case Family::channel_shuffle:
    case Family::glu:
      return channelwise_rule(c);
    case Family::max_pool:
    case Family::avg_pool:
    case Family::lp_pool:
      return pool_rule(c);
    case Family::adaptive_pool:
      return adaptive_pool_rule(c);
    case Family::max_unpool:
      return max_unpool_rule(c);
    case Family::pad:
      return pad_rule(c);
    case Family::upsample:
      return upsample_rule(c);
    case Family::pixel_shuffle:
    case Family::pixel_unshuffle:
      return pixel_rule(c);
    case Family::fold:
      return fold_rule(c);
    case Family::unfold:
      return unfold_rule(c);
    case Family::flatten:
      return flatten_rule(c);
    case Family::unflatten:
      return unflatten_rule(c);
    case Family::reshape:
      return reshape_rule(c);
    case Family::permute:
    case Family::transpose:
    case Family::squeeze:
    case Family::unsqueeze:
      return reorder_rule(c);
    case Family::slice:
      return slice_rule(c);
    case Family::crop:
      return crop_rule(c);
    case Family::free_pad:
      return free_pad_rule(c);
    case Family::pad_to_multiple:
      return pad_to_multiple_rule(c);
    case Family::reduce:
      return reduce_rule(c);
    case Family::stack:
    case Family::concat:
      return join_rule(c);
    case Family::elementwise:
      return elementwise_rule(c);
    case Family::chunk:
      return chunk_rule(c);
    case Family::custom:
      return custom_rule(c);
  }
}

// A tensor's bytes are counted in 64 bits.
constexpr std::int64_t kMostElements = INT64_C(1) << 60;

void check_addressable(RuleContext<std::int64_t>& c) {
  for (const Shape& shape : c.result.outputs) {
    Arith<std::int64_t> a;
    std::int64_t n = 1;
    for (const std::int64_t size : shape) n = a.mul(n, size);
    if (a.ok() && n < kMostElements) continue;
    c.refuse(Code::L216, [&] {
      return c.name() + " would return " + bracketed(shape) + ", more than LibTorch can address";
    });
    c.result.outputs.clear();
    return;
  }
}

}  // namespace

template <class N>
RuleResult<N> apply_rule(Arith<N>& arith, const LayerSpec& layer, const RuleInputs<N>& in) {
  RuleContext<N> c{arith, layer, in};
  dispatch(c);
  if constexpr (RuleContext<N>::speaks) {
    if (!arith.ok() && c.result.refusals.empty()) {
      c.result.outputs.clear();
      c.refuse(Code::L216, [&] { return "a size in " + c.name() + " is larger than LibTorch can address"; });
    }
    check_addressable(c);
  }
  return std::move(c.result);
}

template RuleResult<std::int64_t> apply_rule(Arith<std::int64_t>&, const LayerSpec&,
                                             const RuleInputs<std::int64_t>&);
template RuleResult<Form> apply_rule(Arith<Form>&, const LayerSpec&, const RuleInputs<Form>&);

std::string_view axis_name(int axes, int axis) {
  static constexpr std::string_view kNames[] = {"depth", "height", "width"};
  if (axes == 1) return "length";
  return kNames[3 - axes + axis];
}

Window window_of(const LayerSpec& layer, int axis) {
  const std::size_t i = static_cast<std::size_t>(axis);
  const auto entry = [&](const OptionValue* option, std::int64_t absent) {
    if (option == nullptr) return absent;
    if (const auto* one = std::get_if<std::int64_t>(&option->value)) return *one;
    const auto* list = std::get_if<std::vector<std::int64_t>>(&option->value);
    return list != nullptr && i < list->size() ? (*list)[i] : 0;
  };
  Window w;
  w.k = entry(layer.find(Opt::kernel_size), 1);
  // A pool without a stride steps by its kernel.
  const OptionValue* stride = layer.find(Opt::stride);
  const bool by_kernel = stride != nullptr && std::holds_alternative<std::monostate>(stride->value);
  w.s = by_kernel ? w.k : entry(stride, 1);
  w.d = entry(layer.find(Opt::dilation), 1);
  const OptionValue* padding = layer.find(Opt::padding);
  w.before = w.after = entry(padding, 0);
  const auto* word = padding == nullptr ? nullptr : std::get_if<std::string>(&padding->value);
  if (word != nullptr && *word == "same") {
    // As torch splits it: the odd one goes to the end.
    const std::int64_t total = w.d * (w.k - 1);
    w.before = total / 2;
    w.after = total - total / 2;
  }
  w.output_padding = entry(layer.find(Opt::output_padding), 0);
  w.ceil_mode = layer.flag(Opt::ceil_mode);
  return w;
}

}  // namespace shapedbg
