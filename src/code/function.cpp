// Functions of torch that forward calls on tensors: arithmetic, reductions, splits, repeats.
#include "code/function.h"

#include <algorithm>

#include "text/lower.h"

namespace shapedbg {
namespace {

class Function {
 public:
  Function(const LayerSpec& layer, const std::vector<std::string>& operands, const Words& words,
           const std::function<std::string(Opt)>& sizes)
      : layer_(layer), operands_(operands), words_(words), sizes_(sizes) {}

  std::string elementwise() const {
    const bool number = operands_.size() == 1;
    switch (layer_.kind) {
      case LayerKind::Pow:
        return x() + ".pow(" + second() + ")";
      case LayerKind::Maximum:
        return number ? clamped(Opt::value, true) : torch() + "maximum(" + x() + ", " + second() + ")";
      case LayerKind::Minimum:
        return number ? clamped(Opt::value, false) : torch() + "minimum(" + x() + ", " + second() + ")";
      default:
        break;
    }
    const char* sign = layer_.kind == LayerKind::Add   ? " + "
                       : layer_.kind == LayerKind::Sub ? " - "
                       : layer_.kind == LayerKind::Mul ? " * "
                                                       : " / ";
    if (number) return x() + sign + second();
    std::string text;
    for (const std::string& operand : operands_) text += (text.empty() ? "" : sign) + operand;
    return text;
  }

  std::string reduce() const {
    const auto& values = layer_.integers(Opt::dim);
    const bool keep = layer_.flag(Opt::keepdim);
    const bool norm = layer_.kind == LayerKind::Norm;
    const std::string call =
        norm ? (words_.python() ? "torch.linalg.vector_norm(" : "torch::linalg_vector_norm(") + x() + ", " +
                   words_.number(layer_.number(Opt::p)) + ", "
             : x() + "." + method() + "(";
    if (words_.python()) {
      const std::string dim = values.size() == 1 ? std::to_string(values[0]) : words_.list(values);
      return call + "dim=" + dim + (keep ? ", keepdim=True)" : ")");
    }
    const bool one = layer_.kind == LayerKind::ArgMax || layer_.kind == LayerKind::ArgMin;
    std::string text = call + (one && values.size() == 1 ? std::to_string(values[0])
                                                         : "torch::IntArrayRef(" + words_.list(values) + ")");
    const bool spread = layer_.kind == LayerKind::Var || layer_.kind == LayerKind::Std;
    if (spread) text += ", true";  // unbiased
    if (spread && !keep) text += ", false";
    return text + (keep ? ", true)" : ")");
  }

  std::string part() const {
    const std::string dim = (words_.python() ? "dim=" : "") + std::to_string(layer_.integer(Opt::dim));
    const Family family = layer_.info().family;
    if (family == Family::chunk)
      return x() + ".chunk(" + std::to_string(layer_.integer(Opt::chunks)) + ", " + dim + ")";
    if (family == Family::unbind) return x() + ".unbind(" + dim + ")";
    if (family == Family::select)
      return x() + ".select(" + std::to_string(layer_.integer(Opt::dim)) + ", " +
             std::to_string(layer_.integer(Opt::index)) + ")";
    const auto* sections =
        std::get_if<std::vector<std::int64_t>>(&layer_.find(Opt::split_size_or_sections)->value);
    if (sections == nullptr)
      return x() + ".split(" + std::to_string(layer_.integer(Opt::split_size_or_sections)) + ", " + dim + ")";
    return x() + (words_.python() ? ".split(" : ".split_with_sizes(") + words_.list(*sections) + ", " + dim +
           ")";
  }

  std::string repeated() const {
    switch (layer_.kind) {
      case LayerKind::Expand:
        return x() + ".expand(" + sizes_(Opt::size) + ")";
      case LayerKind::Repeat:
        return x() + ".repeat(" + sizes_(Opt::repeats) + ")";
      default:
        return x() + ".repeat_interleave(" + std::to_string(layer_.integer(Opt::repeats)) + ", " +
               (words_.python() ? "dim=" : "") + std::to_string(layer_.integer(Opt::dim)) + ")";
    }
  }

  std::string along_axes() const {
    switch (layer_.kind) {
      case LayerKind::Flip:
        return x() + ".flip(" + words_.list(layer_.integers(Opt::dims)) + ")";
      case LayerKind::Roll:
        return x() + ".roll(" + words_.list(layer_.integers(Opt::shifts)) + ", " +
               words_.list(layer_.integers(Opt::dims)) + ")";
      default:
        return x() + ".cumsum(" + std::to_string(layer_.integer(Opt::dim)) + ")";
    }
  }

  std::string of_elements() const {
    if (layer_.kind != LayerKind::Clamp) return torch() + method() + "(" + x() + ")";
    if (!layer_.has(Opt::max)) return clamped(Opt::min, true);
    if (!layer_.has(Opt::min)) return clamped(Opt::max, false);
    const std::string low = words_.number(layer_.number(Opt::min));
    const std::string high = words_.number(layer_.number(Opt::max));
    return words_.python() ? x() + ".clamp(min=" + low + ", max=" + high + ")"
                           : "torch::clamp(" + x() + ", " + low + ", " + high + ")";
  }

  std::string attention() const {
    const bool mask = operands_.size() > 3;
    std::string text = words_.python() ? "F." : "torch::";
    text += "scaled_dot_product_attention(" + operands_[0] + ", " + operands_[1] + ", " + operands_[2];
    const bool scaled = layer_.has(Opt::scale);
    const std::string scale = scaled ? words_.number(layer_.number(Opt::scale)) : "";
    const std::string dropped = words_.number(layer_.number(Opt::dropout_p));
    const bool causal = layer_.flag(Opt::is_causal);
    if (!words_.python())
      return text + ", " + (mask ? operands_[3] : "{}") + ", " + dropped + ", " + words_.flag(causal) +
             (scaled ? ", " + scale : "") + ")";
    if (mask) text += ", attn_mask=" + operands_[3];
    if (layer_.number(Opt::dropout_p) != 0) text += ", dropout_p=" + dropped;
    if (causal) text += ", is_causal=True";
    return text + (scaled ? ", scale=" + scale : "") + ")";
  }

  std::string matmul() const { return torch() + "matmul(" + x() + ", " + second() + ")"; }

 private:
  const std::string& x() const { return operands_.front(); }
  std::string second() const {
    return operands_.size() > 1 ? operands_[1] : words_.number(layer_.number(Opt::value));
  }
  std::string torch() const { return words_.python() ? "torch." : "torch::"; }
  std::string clamped(Opt opt, bool from_below) const {
    const std::string bound = words_.number(layer_.number(opt));
    if (words_.python()) return x() + (from_below ? ".clamp(min=" : ".clamp(max=") + bound + ")";
    return std::string("torch::clamp_") + (from_below ? "min(" : "max(") + x() + ", " + bound + ")";
  }
  // torch's name of the function: the kind's own in lower case.
  std::string method() const {
    if (layer_.kind == LayerKind::Max) return "amax";
    if (layer_.kind == LayerKind::Min) return "amin";
    return lower(layer_.info().name);
  }

  const LayerSpec& layer_;
  const std::vector<std::string>& operands_;
  const Words& words_;
  const std::function<std::string(Opt)>& sizes_;
};

}  // namespace

std::string function_code(const LayerSpec& layer, const std::vector<std::string>& operands,
                          const Words& words, const std::function<std::string(Opt)>& sizes) {
  const Function function(layer, operands, words, sizes);
  switch (layer.info().family) {
    case Family::elementwise:
      return function.elementwise();
    case Family::matmul:
      return function.matmul();
    case Family::reduce:
      return function.reduce();
    case Family::chunk:
    case Family::split:
    case Family::unbind:
    case Family::select:
      return function.part();
    case Family::expand:
    case Family::repeat:
      return function.repeated();
    case Family::along_axes:
      return function.along_axes();
    case Family::pointwise:
      return function.of_elements();
    case Family::attention:
      return function.attention();
    case Family::conv:
    case Family::conv_transpose:
    case Family::linear:
    case Family::bilinear:
    case Family::embedding:
    case Family::batch_norm:
    case Family::instance_norm:
    case Family::group_norm:
    case Family::layer_norm:
    case Family::local_response_norm:
    case Family::softmax:
    case Family::prelu:
    case Family::channel_shuffle:
    case Family::glu:
    case Family::max_pool:
    case Family::avg_pool:
    case Family::lp_pool:
    case Family::adaptive_pool:
    case Family::max_unpool:
    case Family::pad:
    case Family::upsample:
    case Family::pixel_shuffle:
    case Family::pixel_unshuffle:
    case Family::fold:
    case Family::unfold:
    case Family::flatten:
    case Family::unflatten:
    case Family::reshape:
    case Family::permute:
    case Family::transpose:
    case Family::squeeze:
    case Family::unsqueeze:
    case Family::slice:
    case Family::crop:
    case Family::free_pad:
    case Family::pad_to_multiple:
    case Family::stack:
    case Family::concat:
    case Family::recurrent:
    case Family::transformer_layer:
    case Family::parameter:
    case Family::custom:
      break;  // written as modules or as steps of their own
  }
  return {};
}

std::string parameter_tensor(const LayerSpec& layer, Language language) {
  const Words words{language};
  std::string sizes = words.list(layer.integers(Opt::shape));
  return (words.python() ? "torch.zeros(" : "torch::zeros(") + sizes + ")";
}

}  // namespace shapedbg
