// What forward writes for a layer: functional steps, and modules that are called with a size.
#include <algorithm>
#include <optional>

#include "repair/code.h"

namespace shapedbg {
namespace {

class Step {
 public:
  Step(const Spec& spec, const Trace& trace, int index, Language language)
      : spec_(spec), layer_(spec.layers[static_cast<std::size_t>(index)]), index_(index), words_{language} {
    const LayerTrace& row = trace.layers[static_cast<std::size_t>(index)];
    if (!row.inputs.empty()) in_ = row.inputs[0];
    for (const Ref& ref : layer_.inputs) operands_.push_back(name(ref));
  }

  std::string text() const {
    if (operands_.empty() || layer_.broken) return {};
    switch (layer_.info().family) {
      case Family::conv_transpose:
        return call(transposed_size());
      case Family::max_unpool:
        return unpool();
      case Family::upsample:
        return interpolate();
      case Family::unflatten:
        return x() + ".unflatten(" + integer(Opt::dim) + ", " + sizes(Opt::unflattened_size, true) + ")";
      case Family::reshape:
        return x() + ".reshape(" + sizes(Opt::shape, false) + ")";
      case Family::permute:
        return x() + ".permute(" + bare_or_list(layer_.integers(Opt::dims)) + ")";
      case Family::transpose:
        return x() + ".transpose(" + integer(Opt::dim0) + ", " + integer(Opt::dim1) + ")";
      case Family::squeeze:
        if (!layer_.has(Opt::dim)) return x() + ".squeeze()";
        return x() + ".squeeze(" + dims() + ")";
      case Family::unsqueeze:
        return x() + ".unsqueeze(" + integer(Opt::dim) + ")";
      case Family::slice:
        return slice();
      case Family::crop:
        return crop();
      case Family::free_pad:
        return pad(layer_.has(Opt::size_like) ? pads_like() : pads_written());
      case Family::pad_to_multiple:
        return pad(pads_to_multiple());
      case Family::reduce:
        return reduce();
      case Family::stack:
        return joined("torch.stack", "torch::stack");
      case Family::concat:
        return joined("torch.cat", "torch::cat");
      case Family::elementwise:
        return elementwise();
      case Family::chunk:
        return x() + ".chunk(" + integer(Opt::chunks) + ", " + (words_.python() ? "dim=" : "") +
               integer(Opt::dim) + ")";
      case Family::custom:
        return {};
      case Family::pointwise:
        if (!words_.python() && layer_.kind == LayerKind::Hardswish) return "torch::hardswish(" + x() + ")";
        if (!words_.python() && layer_.kind == LayerKind::Hardsigmoid)
          return "torch::hardsigmoid(" + x() + ")";
        return call({});
      default:
        return call({});
    }
  }

 private:
  const std::string& x() const { return operands_.front(); }
  std::string integer(Opt opt) const { return std::to_string(layer_.integer(opt)); }

  std::string name(Ref ref) const {
    const bool before =
        ref.output == 0 && (ref.is_input() ? index_ == 0 && ref.input() == 0 : ref.layer == index_ - 1);
    if (before) return ref.is_input() ? "x" : result_name(spec_, ref.layer);
    return identifier(spec_.name_of(ref));
  }

  // "skip.shape[2]" or "skip.size(2)".
  std::string size_of(const std::string& tensor, std::size_t axis) const {
    const std::string number = std::to_string(axis);
    return words_.python() ? tensor + ".shape[" + number + "]" : tensor + ".size(" + number + ")";
  }
  std::optional<std::string> like() const {
    const auto ref = layer_.reference(Opt::size_like);
    return ref ? std::optional(name(*ref)) : std::nullopt;
  }
  std::size_t first_spatial() const {
    if (layer_.info().axes > 0 && !in_.empty())
      return in_.size() - static_cast<std::size_t>(layer_.info().axes);
    return std::min<std::size_t>(2, in_.empty() ? 2 : in_.size() - 1);  // as the shape rules have it
  }
  std::string spatial_of(const std::string& tensor) const {
    const std::string first = std::to_string(first_spatial());
    return words_.python() ? tensor + ".shape[" + first + ":]" : tensor + ".sizes().slice(" + first + ")";
  }

  // The module's own forward.
  std::string call(const std::optional<std::string>& more) const {
    if (more && more->empty()) return {};
    std::string text =
        words_.python() ? "self." + submodule(layer_.name) + "(" : identifier(layer_.name) + "->forward(";
    for (std::size_t i = 0; i < operands_.size(); ++i) text += (i > 0 ? ", " : "") + operands_[i];
    return text + more.value_or("") + ")";
  }
  std::string output_size(const std::string& size) const {
    return words_.python() ? ", output_size=" + size : ", " + size;
  }
  std::optional<std::string> transposed_size() const {
    const auto tensor = like();
    if (!tensor && !layer_.has(Opt::output_size)) return std::nullopt;
    // LibTorch's C++ forward forgets dilation when it is given a size.
    if (!words_.python()) {
      for (const std::int64_t dilation : layer_.axes(Opt::dilation))
        if (dilation > 1) return std::string();
    }
    if (tensor) return output_size(spatial_of(*tensor));
    return output_size(vector(layer_.integers(Opt::output_size)));
  }
  std::string vector(const std::vector<std::int64_t>& values) const {
    return words_.python() ? words_.list(values) : "std::vector<int64_t>" + words_.list(values);
  }
  std::string unpool() const {
    const auto indices = layer_.reference(Opt::indices);
    if (!indices || indices->is_input()) return {};
    std::string more = ", " + identifier(spec_.name_of({indices->layer, 0})) + "_indices";
    if (const auto tensor = like()) {
      // In C++ it has to be the full size, of which only the spatial part is looked at.
      more += output_size(words_.python() ? spatial_of(*tensor) : *tensor + ".sizes().vec()");
    } else if (layer_.has(Opt::output_size)) {
      const auto& size = layer_.integers(Opt::output_size);
      const bool full = words_.python() || size.size() != static_cast<std::size_t>(layer_.info().axes);
      const std::string numbers = words_.list(size).substr(1);
      more += output_size(full ? vector(size)
                               : "std::vector<int64_t>{" + size_of(x(), 0) + ", " + size_of(x(), 1) + ", " +
                                     numbers);
    }
    return call(more);
  }

  std::string interpolate() const {
    const auto tensor = like();
    const std::string_view mode = layer_.word(Opt::mode);
    if (!tensor && (words_.python() || (mode != "area" && mode != "nearest-exact"))) return call({});
    std::string options;
    const auto add = [&](const std::string& key, const std::string& value) {
      options += words_.python() ? ", " + key + "=" + value : "." + key + "(" + value + ")";
    };
    if (in_.size() < 3) return {};
    if (tensor) {
      add("size", spatial_of(*tensor) + (words_.python() ? "" : ".vec()"));
    } else if (layer_.has(Opt::size)) {
      std::vector<std::int64_t> sizes = layer_.integers(Opt::size);
      if (sizes.size() == 1) sizes.resize(in_.size() - 2, sizes[0]);
      add("size", vector(sizes));
    } else {
      const auto* list = std::get_if<std::vector<double>>(&layer_.find(Opt::scale_factor)->value);
      std::string scales;
      for (std::size_t i = 0; i < in_.size() - 2; ++i) {
        const double scale =
            list == nullptr ? layer_.number(Opt::scale_factor) : (*list)[list->size() == 1 ? 0 : i];
        scales += (i > 0 ? ", " : "") + words_.number(scale);
      }
      add("scale_factor", "std::vector<double>{" + scales + "}");
    }
    if (mode != "nearest" || !words_.python()) add("mode", words_.constant(mode));
    if (layer_.has(Opt::align_corners)) add("align_corners", words_.flag(layer_.flag(Opt::align_corners)));
    if (words_.python()) return "F.interpolate(" + x() + options + ")";
    return "torch::nn::functional::interpolate(" + x() + ", torch::nn::functional::InterpolateFuncOptions()" +
           options + ")";
  }

  std::string expression(const Expression& size, std::size_t node) const {
    const Expression::Node& at = size.nodes()[node];
    const auto operand = [&](int index) {
      const auto i = static_cast<std::size_t>(index);
      const std::string text = expression(size, i);
      const bool leaf =
          size.nodes()[i].op == Expression::Op::constant || size.nodes()[i].op == Expression::Op::axis;
      return leaf ? text : "(" + text + ")";
    };
    switch (at.op) {
      case Expression::Op::constant:
        return std::to_string(at.value);
      case Expression::Op::axis: {
        const std::string axis = std::to_string(at.value);
        const auto input = static_cast<std::size_t>(at.input);
        const std::string& tensor = input < operands_.size() ? operands_[input] : x();
        return words_.python() ? tensor + ".shape[" + axis + "]" : tensor + ".size(" + axis + ")";
      }
      case Expression::Op::add:
        return operand(at.left) + " + " + operand(at.right);
      case Expression::Op::subtract:
        return operand(at.left) + " - " + operand(at.right);
      case Expression::Op::multiply:
        return operand(at.left) + " * " + operand(at.right);
      case Expression::Op::floor_divide:
        return operand(at.left) + (words_.python() ? " // " : " / ") + operand(at.right);
    }
    return {};
  }
  std::string sizes(Opt opt, bool as_list) const {
    const auto* list = std::get_if<std::vector<Expression>>(&layer_.find(opt)->value);
    if (list == nullptr) return {};
    std::string text;
    for (const Expression& size : *list)
      text += (text.empty() ? "" : ", ") + expression(size, size.nodes().size() - 1);
    if (!words_.python()) return "{" + text + "}";
    return as_list ? "(" + text + (list->size() == 1 ? ",)" : ")") : text;
  }
  std::string bare_or_list(const std::vector<std::int64_t>& values) const {
    if (!words_.python()) return words_.list(values);
    std::string text;
    for (const std::int64_t value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
    return text;
  }
  std::string dims() const {
    const auto& values = layer_.integers(Opt::dim);
    if (values.size() == 1) return std::to_string(values[0]);
    return words_.python() ? words_.list(values) : "torch::IntArrayRef(" + words_.list(values) + ")";
  }

  std::string slice() const {
    const auto* ranges = std::get_if<std::vector<SliceRange>>(&layer_.find(Opt::index)->value);
    if (ranges == nullptr) return {};
    const auto bound = [](std::int64_t value, const char* open) {
      return value == SliceRange::open ? std::string(open) : std::to_string(value);
    };
    std::string text = x();
    if (words_.python()) {
      text += "[";
      for (std::size_t i = 0; i < ranges->size(); ++i) {
        const SliceRange& range = (*ranges)[i];
        text += (i > 0 ? ", " : "") + bound(range.start, "") + ":" + bound(range.stop, "");
        if (range.step != 1) text += ":" + std::to_string(range.step);
      }
      return text + "]";
    }
    for (std::size_t i = 0; i < ranges->size(); ++i) {
      const SliceRange& range = (*ranges)[i];
      if (range == SliceRange{}) continue;
      text += ".slice(" + std::to_string(i) + ", " + bound(range.start, "0");
      if (range.stop != SliceRange::open || range.step != 1) text += ", " + bound(range.stop, "std::nullopt");
      if (range.step != 1) text += ", " + std::to_string(range.step);
      text += ")";
    }
    return text;
  }

  std::string crop() const {
    const auto tensor = like();
    const std::vector<std::int64_t> written =
        tensor ? std::vector<std::int64_t>() : layer_.integers(Opt::size);
    if (in_.empty() || (!tensor && written.empty())) return {};
    // One number for every spatial axis, or one for each of the last axes.
    const std::size_t first =
        written.size() > 1 ? in_.size() - std::min(written.size(), in_.size()) : first_spatial();
    const bool center = layer_.word(Opt::align) == "center";
    std::string text = x();
    std::string python = x() + "[...";
    for (std::size_t axis = first; axis < in_.size(); ++axis) {
      const std::string wanted =
          tensor ? size_of(*tensor, axis)
                 : std::to_string(written.size() == 1 ? written[0] : written[axis - first]);
      const std::string number = std::to_string(axis);
      python += ", :" + wanted;
      if (center) {
        const std::string rest =
            "(" + size_of(x(), axis) + " - " + wanted + ")" + (words_.python() ? " // 2" : " / 2");
        text += ".narrow(" + number + ", " + rest + ", " + wanted + ")";
      } else {
        text += ".slice(" + number + ", 0, " + wanted + ")";
      }
    }
    return words_.python() && !center ? python + "]" : text;
  }

  // Per padded axis, last axis first: what stands before and behind it.
  using Pads = std::vector<std::string>;
  Pads pads_written() const {
    Pads pads;
    for (const std::int64_t pad : layer_.integers(Opt::padding)) pads.push_back(std::to_string(pad));
    return pads;
  }
  Pads pads_like() const {
    Pads pads;
    const auto tensor = like();
    for (std::size_t axis = in_.size(); tensor && axis-- > first_spatial();) {
      const std::string difference = size_of(*tensor, axis) + " - " + size_of(x(), axis);
      // The half is rounded down, also where it crops.
      const std::string half = words_.python() ? " // 2" : " >> 1";
      pads.push_back("(" + difference + ")" + half);
      pads.push_back("(" + difference + " + 1)" + half);
    }
    return pads;
  }
  Pads pads_to_multiple() const {
    Pads pads;
    const auto& multiples = layer_.integers(Opt::multiple);
    for (std::size_t axis = in_.size(); axis-- > first_spatial();) {
      const std::size_t spatial = axis - first_spatial();
      if (multiples.empty() || (multiples.size() > 1 && spatial >= multiples.size())) return {};
      const std::string multiple = std::to_string(multiples.size() == 1 ? multiples[0] : multiples[spatial]);
      const std::string size = size_of(x(), axis);
      pads.emplace_back("0");
      pads.push_back(words_.python() ? "-" + size + " % " + multiple
                                     : "(" + multiple + " - " + size + " % " + multiple + ") % " + multiple);
    }
    return pads;
  }
  std::string pad(const Pads& pads) const {
    if (pads.empty()) return {};
    std::string list;
    for (const std::string& one : pads) list += (list.empty() ? "" : ", ") + one;
    const std::string_view mode = layer_.word(Opt::mode);
    const bool plain = mode == "constant";
    const double value = layer_.number(Opt::value);
    if (words_.python()) {
      std::string text = "F.pad(" + x() + ", (" + list + ")";
      if (!plain) text += ", mode=" + words_.constant(mode);
      if (plain && value != 0) text += ", value=" + words_.number(value);
      return text + ")";
    }
    std::string text =
        "torch::nn::functional::pad(" + x() + ", torch::nn::functional::PadFuncOptions({" + list + "})";
    if (!plain) text += ".mode(" + words_.constant(mode) + ")";
    if (plain && value != 0) text += ".value(" + words_.number(value) + ")";
    return text + ")";
  }

  std::string reduce() const {
    const std::string method = layer_.kind == LayerKind::Mean ? ".mean(" : ".sum(";
    const auto& values = layer_.integers(Opt::dim);
    const bool keep = layer_.flag(Opt::keepdim);
    if (words_.python()) {
      const std::string dim = values.size() == 1 ? std::to_string(values[0]) : words_.list(values);
      return x() + method + "dim=" + dim + (keep ? ", keepdim=True)" : ")");
    }
    return x() + method + "torch::IntArrayRef(" + words_.list(values) + ")" + (keep ? ", true)" : ")");
  }
  std::string joined(const char* python, const char* cpp) const {
    std::string text = words_.python() ? std::string(python) + "([" : std::string(cpp) + "({";
    for (std::size_t i = 0; i < operands_.size(); ++i) text += (i > 0 ? ", " : "") + operands_[i];
    return text + (words_.python() ? "], dim=" : "}, ") + integer(Opt::dim) + ")";
  }
  std::string elementwise() const {
    const char* sign = layer_.kind == LayerKind::Add   ? " + "
                       : layer_.kind == LayerKind::Sub ? " - "
                       : layer_.kind == LayerKind::Mul ? " * "
                                                       : " / ";
    std::string text;
    for (const std::string& operand : operands_) text += (text.empty() ? "" : sign) + operand;
    return text;
  }

  const Spec& spec_;
  const LayerSpec& layer_;
  int index_;
  Words words_;
  Shape in_;  // of the first input; empty where unknown
  std::vector<std::string> operands_;
};

}  // namespace

std::string result_name(const Spec& spec, int index) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(index)];
  if (layer.info().family == Family::chunk || layer.inputs.empty()) return identifier(layer.name);
  const Ref ref = layer.inputs.front();
  const bool chained =
      ref.output == 0 && (ref.is_input() ? index == 0 && ref.input() == 0 : ref.layer == index - 1);
  return chained ? "x" : identifier(layer.name);
}

std::string step_code(const Spec& spec, const Trace& trace, int index, Language language) {
  return Step(spec, trace, index, language).text();
}

}  // namespace shapedbg
