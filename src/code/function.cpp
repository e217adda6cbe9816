// Functions of torch that forward calls on tensors: arithmetic, reductions, splits, repeats.
#include "code/function.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "rules/rules.h"
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
    if (layer_.kind == LayerKind::Pow) return x() + ".pow(" + second() + ")";
    if (layer_.kind == LayerKind::Maximum)
      return number ? clamped(Opt::value, true) : torch() + "maximum(" + x() + ", " + second() + ")";
    if (layer_.kind == LayerKind::Minimum)
      return number ? clamped(Opt::value, false) : torch() + "minimum(" + x() + ", " + second() + ")";
    if (layer_.kind == LayerKind::Complex) return torch() + "complex(" + x() + ", " + second() + ")";
    if (layer_.kind == LayerKind::LogicalAnd || layer_.kind == LayerKind::LogicalOr)
      return torch() + (layer_.kind == LayerKind::LogicalAnd ? "logical_and(" : "logical_or(") + x() + ", " +
             second() + ")";
    const std::string_view sign = operator_sign();
    // A comparison binds more loosely than what stands around it.
    if (layer_.info().own.integers == Integers::made) return "(" + x() + std::string(sign) + second() + ")";
    if (number) return x() + std::string(sign) + second();
    std::string text;
    for (const std::string& operand : operands_) text += std::string(text.empty() ? "" : sign) + operand;
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
    if (layer_.kind == LayerKind::Expand) return x() + ".expand(" + sizes_(Opt::size) + ")";
    if (layer_.kind == LayerKind::Repeat) return x() + ".repeat(" + sizes_(Opt::repeats) + ")";
    return x() + ".repeat_interleave(" + std::to_string(layer_.integer(Opt::repeats)) + ", " +
           (words_.python() ? "dim=" : "") + std::to_string(layer_.integer(Opt::dim)) + ")";
  }

  std::string along_axes() const {
    if (layer_.kind == LayerKind::Flip) return x() + ".flip(" + words_.list(layer_.integers(Opt::dims)) + ")";
    if (layer_.kind == LayerKind::Roll)
      return x() + ".roll(" + words_.list(layer_.integers(Opt::shifts)) + ", " +
             words_.list(layer_.integers(Opt::dims)) + ")";
    return x() + ".cumsum(" + std::to_string(layer_.integer(Opt::dim)) + ")";
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

  std::string choice() const {
    const std::string truth = words_.python() ? ".bool()" : ".to(torch::kBool)";
    if (layer_.kind == LayerKind::MaskedFill)
      return x() + ".masked_fill(" + operands_[1] + truth + ", " + filled() + ")";
    return torch() + "where(" + x() + truth + ", " + operands_[1] + ", " +
           (operands_.size() > 2 ? operands_[2] : words_.number(layer_.number(Opt::value))) + ")";
  }

  std::string grid_sample() const {
    const std::string_view mode = layer_.word(Opt::mode);
    const std::string_view outside = layer_.word(Opt::padding_mode);
    const std::string corners = words_.flag(layer_.flag(Opt::align_corners));
    if (words_.python())
      return "F.grid_sample(" + x() + ", " + operands_[1] + ", mode=" + words_.quoted(mode) +
             ", padding_mode=" + words_.quoted(outside) + ", align_corners=" + corners + ")";
    return "torch::grid_sampler(" + x() + ", " + operands_[1] + ", " +
           (mode == "bilinear"  ? "0"
            : mode == "nearest" ? "1"
                                : "2") +
           ", " +
           (outside == "zeros"    ? "0"
            : outside == "border" ? "1"
                                  : "2") +
           ", " + corners + ")";
  }

  std::string gathering() const {
    const std::string dim = std::to_string(layer_.integer(Opt::dim));
    if (layer_.kind == LayerKind::Gather)
      return x() + ".gather(" + dim + ", " + operands_[1] +
             (words_.python() ? ".long())" : ".to(torch::kLong))");
    if (layer_.kind == LayerKind::Sort) return x() + ".sort(" + dim + ")";
    return x() + ".topk(" + std::to_string(layer_.integer(Opt::k)) + ", " + dim + ")";
  }

  std::string signal() const {
    if (layer_.kind == LayerKind::ViewAsReal) return torch() + "view_as_real(" + x() + ")";
    if (layer_.kind == LayerKind::ViewAsComplex) return torch() + "view_as_complex(" + x() + ".contiguous())";
    if (layer_.kind == LayerKind::STFT || layer_.kind == LayerKind::ISTFT) return short_time();
    std::string name(layer_.info().name);
    name = lower(name) + "n(";
    const std::string_view norm = layer_.word(Opt::norm);
    const bool sized = layer_.has(Opt::n);
    if (words_.python())
      return "torch.fft." + name + x() + (sized ? ", s=(" + sizes_(Opt::n) + ",)" : "") +
             ", dim=" + words_.list(layer_.integers(Opt::dim)) +
             (norm == "backward" ? "" : ", norm=" + words_.quoted(norm)) + ")";
    return "torch::fft_" + name + x() + ", " +
           (sized ? "std::vector<int64_t>" + sizes_(Opt::n) : "c10::nullopt") + ", std::vector<int64_t>" +
           words_.list(layer_.integers(Opt::dim)) + ", " + words_.quoted(norm) + ")";
  }

  std::string matmul() const { return torch() + "matmul(" + x() + ", " + second() + ")"; }

 private:
  std::string_view operator_sign() const {
    static constexpr std::pair<LayerKind, std::string_view> signs[] = {
        {LayerKind::Add, " + "},        {LayerKind::Sub, " - "},       {LayerKind::Mul, " * "},
        {LayerKind::Equal, " == "},     {LayerKind::NotEqual, " != "}, {LayerKind::Less, " < "},
        {LayerKind::LessEqual, " <= "}, {LayerKind::Greater, " > "},   {LayerKind::GreaterEqual, " >= "},
        {LayerKind::Div, " / "},
    };
    const auto* sign = std::find_if(std::begin(signs), std::end(signs),
                                    [&](const auto& one) { return one.first == layer_.kind; });
    return sign == std::end(signs) ? std::string_view() : sign->second;
  }

  std::string filled() const {
    if (layer_.has(Opt::value)) return words_.number(layer_.number(Opt::value));
    return words_.python() ? "float(\"-inf\")" : "-INFINITY";
  }

  // torch.stft and torch.istft with the window of ones that they take where none is given.
  std::string short_time() const {
    const bool forth = layer_.kind == LayerKind::STFT;
    const auto number = [&](Opt opt) { return std::to_string(layer_.integer(opt)); };
    std::string text = torch() + (forth ? "stft(" : "istft(") + x() + ", " + number(Opt::n_fft);
    const std::string hop = std::to_string(hop_length(layer_));
    const std::string window = number(layer_.has(Opt::win_length) ? Opt::win_length : Opt::n_fft);
    const std::string center = words_.flag(layer_.flag(Opt::center));
    const std::string normalized = words_.flag(layer_.flag(Opt::normalized));
    const std::string onesided = words_.flag(layer_.flag(Opt::onesided));
    if (words_.python()) {
      text += ", hop_length=" + hop + ", win_length=" + window + ", window=torch.ones(" + window +
              ", device=" + x() + ".device), center=" + center;
      if (forth) text += ", pad_mode=" + words_.quoted(layer_.word(Opt::padding_mode));
      text += ", normalized=" + normalized + ", onesided=" + onesided;
      if (!forth && layer_.has(Opt::length)) text += ", length=" + sizes_(Opt::length);
      return text + (forth ? ", return_complex=True)" : ")");
    }
    text += ", " + hop + ", " + window + ", torch::ones({" + window + "}), " + center + ", ";
    if (forth) text += words_.quoted(layer_.word(Opt::padding_mode)) + ", ";
    text += normalized + ", " + onesided + ", ";
    if (forth) return text + "true)";
    return text +
           (layer_.has(Opt::length) ? "c10::optional<int64_t>" + sizes_(Opt::length) : "c10::nullopt") + ")";
  }

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
    if (layer_.kind == LayerKind::LogicalNot) return "logical_not";
    return lower(layer_.info().name);
  }

  const LayerSpec& layer_;
  const std::vector<std::string>& operands_;
  const Words& words_;
  const std::function<std::string(Opt)>& sizes_;
};

// "max_pool2d" of MaxPool2d.
std::string in_snake_case(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool upper = std::isupper(static_cast<unsigned char>(name[i])) != 0;
    const bool starts =
        i > 0 && (std::islower(static_cast<unsigned char>(name[i - 1])) != 0 ||
                  (i + 1 < name.size() && std::islower(static_cast<unsigned char>(name[i + 1])) != 0));
    text += upper && starts ? "_" : "";
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
  }
  return text;
}

}  // namespace

std::string function_of(LayerKind kind) {
  constexpr std::array same_words{Family::max_pool,
                                  Family::avg_pool,
                                  Family::lp_pool,
                                  Family::adaptive_pool,
                                  Family::upsample,
                                  Family::pixel_shuffle,
                                  Family::softmax,
                                  Family::pixel_unshuffle,
                                  Family::glu,
                                  Family::flatten,
                                  Family::fold,
                                  Family::unfold,
                                  Family::channel_shuffle,
                                  Family::local_response_norm,
                                  Family::pointwise};
  const KindInfo& own = info(kind);
  if (own.own.function || std::find(same_words.begin(), same_words.end(), own.family) == same_words.end())
    return {};
  // Dropout drops by default there.
  if (own.option(Opt::p) != nullptr || kind == LayerKind::Identity || kind == LayerKind::RReLU) return {};
  if (kind == LayerKind::LogSigmoid) return "F.logsigmoid";
  if (own.family == Family::upsample) return "F.interpolate";
  std::string name(own.name);
  if (const std::size_t unit = name.find("LU"); unit != std::string::npos) name.replace(unit, 2, "lu");
  const bool torch = own.family == Family::flatten || kind == LayerKind::Sigmoid || kind == LayerKind::Tanh;
  return (torch ? "torch." : "F.") + in_snake_case(name);
}

std::string function_call(const LayerSpec& layer, const LayerTrace& row, const std::string& x) {
  const std::string function = layer.broken ? std::string() : function_of(layer.kind);
  if (function.empty()) return {};
  if (layer.info().family == Family::flatten) {  // begins with the first axis where nothing is said
    const std::int64_t end = layer.integer(Opt::end_dim);
    return function + "(" + x + ", " + std::to_string(layer.integer(Opt::start_dim)) +
           (end == -1 ? "" : ", " + std::to_string(end)) + ")";
  }
  const std::string module = module_code(layer, row, Language::python);
  if (module.empty()) return {};
  const std::string arguments = module.substr(module.find('(') + 1);
  return function + "(" + x + (arguments == ")" ? "" : ", ") + arguments;
}

std::string function_code(const LayerSpec& layer, const std::vector<std::string>& operands,
                          const Words& words, const std::function<std::string(Opt)>& sizes) {
  using Write = std::string (Function::*)() const;
  static constexpr std::pair<Family, Write> table[] = {
      {Family::elementwise, &Function::elementwise},
      {Family::matmul, &Function::matmul},
      {Family::reduce, &Function::reduce},
      {Family::chunk, &Function::part},
      {Family::split, &Function::part},
      {Family::unbind, &Function::part},
      {Family::select, &Function::part},
      {Family::expand, &Function::repeated},
      {Family::repeat, &Function::repeated},
      {Family::along_axes, &Function::along_axes},
      {Family::choice, &Function::choice},
      {Family::grid_sample, &Function::grid_sample},
      {Family::gathering, &Function::gathering},
      {Family::signal, &Function::signal},
      {Family::pointwise, &Function::of_elements},
      {Family::attention, &Function::attention},
  };
  const auto* row = std::find_if(std::begin(table), std::end(table),
                                 [&](const auto& one) { return one.first == layer.info().family; });
  if (row == std::end(table)) return {};  // written as modules, or as steps of their own
  return (Function(layer, operands, words, sizes).*row->second)();
}

std::string parameter_tensor(const LayerSpec& layer, Language language) {
  const Words words{language};
  std::string sizes = words.list(layer.integers(Opt::shape));
  const bool integers = layer.word(Opt::dtype) == "int64";
  if (words.python()) return "torch.zeros(" + sizes + (integers ? ", dtype=torch.int64)" : ")");
  return "torch::zeros(" + sizes + (integers ? ", torch::kInt64)" : ")");
}

}  // namespace shapedbg
