// Constructors of torch.nn and torch::nn.
#include <algorithm>
#include <optional>

#include "code/code.h"
#include "code/function.h"

#include "net/facts.h"
#include "net/parameter.h"

namespace shapedbg {
namespace {

// The arguments that torch's signature wants first and that are given without a name.
std::vector<Opt> positional(const LayerSpec& layer, Language language) {
  const KindInfo& kind = layer.info();
  const auto count = static_cast<std::size_t>(kind.own.by_position.value_or(facts(kind.family).by_position));
  std::vector<Opt> first;
  for (std::size_t i = 0; i < std::min(count, kind.options.size()); ++i) first.push_back(kind.options[i].opt);
  // Python's readers expect `dim=1`; the C++ options have no other constructor.
  if (language == Language::python && first == std::vector{Opt::dim}) first.clear();
  return first;
}

bool numbers_alone(const LayerSpec& layer, Opt opt) {
  const std::vector<Expression>* sizes = layer.expressions(opt);
  return sizes != nullptr && !any_computed(*sizes);
}

// Whether the layer is an object of a class of torch.nn.
bool is_module(const LayerSpec& layer, Language language) {
  const KindInfo& kind = layer.info();
  if (facts(kind.family).spelled == Spelled::function || kind.own.function) return false;
  if (kind.own.python_only && language != Language::python) return false;
  // What a constructor cannot be told: a size that is known at forward time alone.
  if (layer.find(Opt::unflattened_size) != nullptr) return numbers_alone(layer, Opt::unflattened_size);
  // null on the only axis does nothing, and torch takes it for several axes alone
  if (kind.family == Family::adaptive_pool)
    return kind.axes > 1 || layer.integers(Opt::output_size) != std::vector{keep_size};
  if (kind.family == Family::upsample) {
    if (layer.has(Opt::size_like)) return false;
    const std::string_view mode = layer.word(Opt::mode);
    return language == Language::python || (mode != "area" && mode != "nearest-exact");
  }
  return true;
}

// Options of the format that no constructor of that language takes.
bool is_foreign(const LayerSpec& layer, Opt opt, Language language) {
  const Family family = layer.info().family;
  if (opt == Opt::size_like || opt == Opt::indices) return true;
  if (opt == Opt::output_size) return family == Family::conv_transpose || family == Family::max_unpool;
  // LibTorch lets it pass where it means nothing, and Python does not.
  if (opt == Opt::align_corners && layer.word(Opt::mode) == "nearest-exact") return true;
  if (language == Language::python) return false;
  if (pads_by_itself(layer, language) && (opt == Opt::padding || opt == Opt::padding_mode)) return true;
  if (opt == Opt::return_indices) return true;
  // What LibTorch's classes lack.
  if (family == Family::attention && (opt == Opt::batch_first || opt == Opt::kdim || opt == Opt::vdim))
    return true;
  if (family == Family::transformer_layer)
    return opt == Opt::batch_first || opt == Opt::norm_first || opt == Opt::layer_norm_eps ||
           opt == Opt::bias;
  return opt == Opt::inplace && (layer.kind == LayerKind::SiLU || layer.kind == LayerKind::Mish);
}

std::optional<std::int64_t> count_of(const LayerSpec& layer, const LayerTrace& row, Opt opt) {
  if (row.inputs.empty()) return std::nullopt;
  const std::size_t which = opt == Opt::in2_features ? 1 : 0;
  if (which >= row.inputs.size()) return std::nullopt;
  const Shape& x = row.inputs[which];
  const auto axes = layer.axis_count();
  std::size_t from_end = 0;
  switch (opt) {
    case Opt::in_features:
    case Opt::in1_features:
    case Opt::in2_features:
    case Opt::input_size:
    case Opt::embed_dim:
    case Opt::d_model:
      from_end = 1;
      break;
    case Opt::in_channels:
      from_end = axes + 1;
      break;
    case Opt::num_features:
      if (layer.info().family == Family::instance_norm) {
        from_end = axes + 1;
        break;
      }
      [[fallthrough]];
    case Opt::num_channels:
      from_end = x.size() < 2 ? 0 : x.size() - 1;
      break;
    default:
      return std::nullopt;
  }
  if (from_end == 0 || from_end > x.size()) return std::nullopt;
  const std::int64_t count = x[x.size() - from_end];
  return count > 0 ? std::optional(count) : std::nullopt;
}

// A list of equal numbers as that number, to compare 1, [1, 1] and 1.0.
Value simplest(const Value& value) {
  const auto equal = [](const auto& list) {
    return !list.empty() && std::adjacent_find(list.begin(), list.end(), std::not_equal_to<>()) == list.end();
  };
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value); list && equal(*list))
    return static_cast<double>(list->front());
  if (const auto* list = std::get_if<std::vector<double>>(&value); list && equal(*list)) return list->front();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  return value;
}

bool is_default(const LayerSpec& layer, const OptionValue& option) {
  if (std::holds_alternative<std::monostate>(option.value)) return true;
  Value usual = option.info->fallback;
  // Pools step by their window; in Fold and Unfold the step is 1 as usual.
  if (option.info->opt == Opt::stride && std::holds_alternative<std::monostate>(usual))
    usual = layer.find(Opt::kernel_size)->value;
  return simplest(usual) == simplest(option.value);
}

// A vector for C++: LibTorch's Upsample wants one entry per axis.
template <class Number>
std::string vector_code(const char* type, std::vector<Number> values, std::size_t axes, const Words& words) {
  if (values.size() == 1) values.resize(axes, values.front());
  std::string text = std::string("std::vector<") + type + ">{";
  for (std::size_t i = 0; i < values.size(); ++i)
    text += (i > 0 ? ", " : "") + words.number(static_cast<double>(values[i]));
  return text + "}";
}

std::string value_code(const LayerSpec& layer, const LayerTrace& row, const OptionValue& option,
                       const Words& words) {
  const Opt opt = option.info->opt;
  const Value& value = option.value;
  if (layer.info().family == Family::upsample && !words.python() &&
      (opt == Opt::size || opt == Opt::scale_factor)) {
    if (row.inputs.empty() || row.inputs[0].size() < 3) return {};
    const std::size_t axes = row.inputs[0].size() - 2;
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
      return vector_code("int64_t", *list, axes, words);
    if (const auto* list = std::get_if<std::vector<double>>(&value))
      return vector_code("double", *list, axes, words);
    return vector_code("double", std::vector<double>{layer.number(opt)}, axes, words);
  }
  if (const auto* flag = std::get_if<bool>(&value)) return words.flag(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    // One number per axis is what torch makes of it, but a shape is a list in C++.
    if (option.info->type == OptType::integers && !words.python()) return words.list({*integer});
    return words.size(*integer);
  }
  if (const auto* number = std::get_if<double>(&value)) return words.number(*number);
  if (const auto* word = std::get_if<std::string>(&value))
    return opt == Opt::approximate ? words.quoted(*word) : words.constant(*word);
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    // A single None would stand for no size at all.
    if (option.info->type == OptType::axes_or_null && list->front() == keep_size) return words.list(*list);
    if (option.info->type != OptType::integers) return words.collapsed(*list);
    return words.python() && list->size() == 1 ? words.size(list->front()) : words.list(*list);
  }
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    std::string text = "(";
    for (std::size_t i = 0; i < list->size(); ++i) text += (i > 0 ? ", " : "") + words.number((*list)[i]);
    return text + (list->size() == 1 ? ",)" : ")");
  }
  if (const auto* sizes = std::get_if<std::vector<Expression>>(&value)) {
    std::vector<std::int64_t> numbers;
    for (const Expression& size : *sizes) numbers.push_back(size.constant());
    return words.list(numbers);
  }
  return {};
}

}  // namespace

bool pads_by_itself(const LayerSpec& layer, Language language) {
  return language == Language::cpp && layer.info().family == Family::conv &&
         layer.word(Opt::padding) == "same" && layer.word(Opt::padding_mode) != "zeros";
}

std::string module_code(const LayerSpec& layer, const LayerTrace& row, Language language) {
  if (layer.broken || !is_module(layer, language)) return {};
  if (layer.info().family == Family::parameter)
    return "nn.Parameter(" + parameter_tensor(layer, language) +
           (is_learned(layer) ? ")" : ", requires_grad=False)");
  const Words words{language};
  const std::vector<Opt> first = positional(layer, language);
  std::string arguments;
  for (const Opt opt : first) {
    const OptionValue* option = layer.find(opt);
    std::string text;
    if (option != nullptr && layer.has(opt)) {
      text = value_code(layer, row, *option, words);
    } else if (const auto count = count_of(layer, row, opt)) {
      text = std::to_string(*count);
    }
    if (text.empty()) return {};
    arguments += (arguments.empty() ? "" : ", ") + text;
  }
  const std::string name(layer.info().name);
  std::string chained;
  for (const OptionValue& option : layer.options) {
    const Opt opt = option.info->opt;
    if (std::find(first.begin(), first.end(), opt) != first.end() || is_foreign(layer, opt, language) ||
        is_default(layer, option)) {
      continue;
    }
    const std::string text = value_code(layer, row, option, words);
    if (text.empty()) return {};
    if (words.python()) {
      // Python keeps `lambda` for itself.
      const std::string key = opt == Opt::lambda ? "lambd" : std::string(to_string(opt));
      arguments += (arguments.empty() ? "" : ", ") + key + "=" + text;
    } else {
      chained += "." + std::string(to_string(opt)) + "(" + text + ")";
    }
  }
  if (words.python()) return "nn." + name + "(" + arguments + ")";
  const std::string type = "torch::nn::" + name;
  if (arguments.empty() && chained.empty()) return type + "()";
  return type + "(" + type + "Options(" + arguments + ")" + chained + ")";
}

}  // namespace shapedbg
