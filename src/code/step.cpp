// What forward writes for a layer: functional steps, and modules that are called with a size.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "code/code.h"
#include "code/function.h"

namespace shapedbg {
namespace {

class Step {
 public:
  Step(const Spec& spec, const Trace& trace, LayerId index, Language language, const CodeNames& names)
      : spec_(spec),
        trace_(trace),
        layer_(spec.layer(index)),
        index_(index),
        words_{language},
        names_(names) {
    const LayerTrace& row = trace.row(index);
    if (!row.inputs.empty()) in_ = row.inputs[0];
    for (const Ref& ref : layer_.inputs) operands_.push_back(name(ref));
  }

  std::string text() const {
    if (layer_.broken || (operands_.empty() && layer_.info().arity.max != 0)) return {};
    switch (layer_.info().family) {
      case Family::adaptive_pool:
        return adaptive_pool();
      case Family::conv:
        return pads_by_itself(layer_, words_.language) ? padded() : call({});
      case Family::conv_transpose:
        return transposed();
      case Family::max_unpool:
        return unpool();
      case Family::upsample:
        return interpolate();
      case Family::unflatten:
        return unflatten();
      case Family::reshape:
        return x() + ".reshape(" + sizes(Opt::shape, false) + ")";
      case Family::permute:
        return x() + ".permute(" + bare_or_list(layer_.integers(Opt::dims)) + ")";
      case Family::transpose:
        return x() + ".transpose(" + integer(Opt::dim0) + ", " + integer(Opt::dim1) + ")";
      case Family::squeeze:
        return x() + ".squeeze(" + (layer_.has(Opt::dim) ? dims() : "") + ")";
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
      case Family::stack:
        return joined("torch.stack", "torch::stack");
      case Family::concat:
        return joined("torch.cat", "torch::cat");
      case Family::reduce:
      case Family::elementwise:
      case Family::matmul:
      case Family::chunk:
      case Family::split:
      case Family::unbind:
      case Family::select:
      case Family::expand:
      case Family::repeat:
      case Family::along_axes:
      case Family::choice:
      case Family::grid_sample:
      case Family::gathering:
      case Family::signal:
        return function();
      case Family::parameter:
        return names_.module(index_);
      case Family::recurrent:
      case Family::attention:
      case Family::transformer_layer:
        return layer_.info().own.function ? function() : sequence();
      case Family::recurrent_cell:
        return cell();
      case Family::pad:
        return words_.python() || !layer_.info().name.starts_with("Circular") ? call({}) : circular();
      case Family::channel_shuffle:
        return words_.python() ? call({})
                               : "torch::channel_shuffle(" + x() + ", " + integer(Opt::groups) + ")";
      case Family::layer_norm:
        return words_.python() || layer_.kind != LayerKind::RMSNorm ? call({}) : rms_norm();
      case Family::custom:
        return custom();
      case Family::pointwise:
        return pointwise();
      case Family::linear:
      case Family::bilinear:
      case Family::embedding:
      case Family::batch_norm:
      case Family::instance_norm:
      case Family::group_norm:
      case Family::local_response_norm:
      case Family::softmax:
      case Family::prelu:
      case Family::glu:
      case Family::max_pool:
      case Family::avg_pool:
      case Family::lp_pool:
      case Family::pixel_shuffle:
      case Family::pixel_unshuffle:
      case Family::fold:
      case Family::unfold:
      case Family::flatten:
        return call({});
    }
    return {};
  }

 private:
  const std::string& x() const { return operands_.front(); }

  std::string adaptive_pool() const {
    const bool keeps = layer_.info().axes == 1 && layer_.integers(Opt::output_size) == std::vector{keep_size};
    return keeps ? x() : call({});
  }
  // A module where its sizes are numbers.
  std::string unflatten() const {
    if (!module_code(layer_, trace_.row(index_), words_.language).empty()) return call({});
    return x() + ".unflatten(" + integer(Opt::dim) + ", " + sizes(Opt::unflattened_size, true) + ")";
  }
  std::string pointwise() const {
    if (layer_.kind == LayerKind::Contiguous) return x() + ".contiguous()";
    if (layer_.info().own.function) return function();
    if (words_.python()) return call({});
    // LibTorch has no classes of these.
    if (layer_.kind == LayerKind::Dropout1d)
      return "torch::feature_dropout(" + x() + ", " + words_.number(layer_.number(Opt::p)) +
             ", is_training())";
    if (layer_.kind == LayerKind::Hardswish) return "torch::hardswish(" + x() + ")";
    if (layer_.kind == LayerKind::Hardsigmoid) return "torch::hardsigmoid(" + x() + ")";
    return call({});
  }
  std::string integer(Opt opt) const { return std::to_string(layer_.integer(opt)); }

  std::string name(Ref ref) const { return names_.tensor(ref); }

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
    if (layer_.info().axes > 0 && !in_.empty()) return in_.size() - layer_.axis_count();
    return std::min<std::size_t>(2, in_.empty() ? 2 : in_.size() - 1);  // as the shape rules have it
  }
  // The last `axes` sizes of the tensor that `size_like` names, which may have other axes in front.
  std::size_t first_like(std::size_t axes) const {
    const auto ref = layer_.reference(Opt::size_like);
    const Shape* shape = ref ? trace_.output(spec_, *ref) : nullptr;
    return shape == nullptr || shape->size() < axes ? first_spatial() : shape->size() - axes;
  }
  std::string spatial_of(const std::string& tensor) const {
    const std::string first = std::to_string(first_like(in_.size() - first_spatial()));
    return words_.python() ? tensor + ".shape[" + first + ":]" : tensor + ".sizes().slice(" + first + ")";
  }

  // States of an LSTM are a pair; attention to itself takes its input three times.
  std::string sequence() const {
    const Family family = layer_.info().family;
    std::vector<std::string> arguments = operands_;
    if (family == Family::attention) arguments.resize(3, operands_.back());
    const std::string before = words_.python() ? "" : layout(true);
    for (std::string& argument : arguments) argument += before;
    if (layer_.kind == LayerKind::LSTM && arguments.size() == 3)
      arguments = {arguments[0],
                   (words_.python() ? "(" : "std::make_tuple(") + arguments[1] + ", " + arguments[2] + ")"};
    std::string text = names_.module(index_) + (words_.python() ? "(" : "->forward(");
    for (std::size_t i = 0; i < arguments.size(); ++i) text += (i > 0 ? ", " : "") + arguments[i];
    text += ")";
    if (words_.python()) return text;
    // LibTorch's classes have no norm_first, and take key and value of one width alone.
    const bool lacking = (layer_.find(Opt::norm_first) != nullptr && layer_.flag(Opt::norm_first)) ||
                         layer_.has(Opt::kdim) || layer_.has(Opt::vdim);
    return lacking ? std::string() : with_layout_of_python(text);
  }

  // States of an LSTMCell are a pair; LibTorch's classes take N,features alone.
  std::string cell() const {
    if (!words_.python() && in_.size() == 1) return lone_cell();
    std::string states = operands_.size() > 1 ? operands_[1] : std::string();
    if (operands_.size() > 2)
      states = (words_.python() ? "(" : "std::make_tuple(") + states + ", " + operands_[2] + ")";
    return names_.module(index_) + (words_.python() ? "(" : "->forward(") + x() +
           (states.empty() ? "" : ", " + states) + ")";
  }

  // One sample without its axis, in C++.
  std::string lone_cell() const {
    const auto row = [](const std::string& tensor) { return tensor + ".unsqueeze(0)"; };
    std::string states = operands_.size() > 1 ? ", " + row(operands_[1]) : std::string();
    if (operands_.size() > 2)
      states = ", std::make_tuple(" + row(operands_[1]) + ", " + row(operands_[2]) + ")";
    const std::string call = names_.module(index_) + "->forward(" + row(x()) + states + ")";
    if (layer_.kind != LayerKind::LSTMCell) return call + ".squeeze(0)";
    return "[&] { auto all = " + call +
           "; return std::make_tuple(std::get<0>(all).squeeze(0), std::get<1>(all).squeeze(0)); }()";
  }

  // LibTorch's classes know L,N,features: what brings a tensor there, and back. Recurrent ones also know
  // `batch_first`.
  std::string layout(bool to_libtorch) const {
    if (in_.size() == 2) return to_libtorch ? ".unsqueeze(1)" : ".squeeze(1)";
    const bool knows = layer_.info().family == Family::recurrent;
    return layer_.flag(Opt::batch_first) && !knows ? ".transpose(0, 1)" : "";
  }
  std::string with_layout_of_python(const std::string& call) const {
    const std::string back = layout(false);
    if (back.empty() || layer_.info().own.outputs == 1) return call + back;
    const auto part = [](const std::string& of, int k) {
      return "std::get<" + std::to_string(k) + ">(" + of + ")";
    };
    std::string second = part("all", 1);
    if (layer_.kind == LayerKind::LSTM)
      second = "std::make_tuple(" + part(second, 0) + back + ", " + part(second, 1) + back + ")";
    else if (layer_.info().family == Family::recurrent)
      second += back;
    else if (in_.size() == 2)
      second += ".squeeze(0)";  // the weights: N, L, S
    return "[&] { auto all = " + call + "; return std::make_tuple(" + part("all", 0) + back + ", " + second +
           "); }()";
  }

  // The module's own forward.
  std::string call(const std::optional<std::string>& more) const {
    if (more && more->empty()) return {};
    std::string text = names_.module(index_) + (words_.python() ? "(" : "->forward(");
    for (std::size_t i = 0; i < operands_.size(); ++i) text += (i > 0 ? ", " : "") + operands_[i];
    return text + more.value_or("") + ")";
  }
  std::string padded() const {
    std::string pads;
    for (int i = layer_.info().axes; i-- > 0;) {
      const Window w = window_of(layer_, i);
      pads += (pads.empty() ? "" : ", ") + std::to_string(w.before) + ", " + std::to_string(w.after);
    }
    return names_.module(index_) + "->forward(torch::nn::functional::pad(" + x() +
           ", torch::nn::functional::PadFuncOptions({" + pads + "}).mode(" +
           words_.constant(layer_.word(Opt::padding_mode)) + ")))";
  }
  std::string output_size(const std::string& size) const {
    return words_.python() ? ", output_size=" + size : ", " + size;
  }
  // What `output_size` says of the kind's spatial axes; empty where it is not there.
  std::vector<std::int64_t> written_size() const {
    if (!layer_.has(Opt::output_size)) return {};
    const auto& all = layer_.integers(Opt::output_size);
    return {all.end() - std::min<std::ptrdiff_t>(std::ssize(all), layer_.info().axes), all.end()};
  }
  std::string transposed() const {
    const auto tensor = like();
    if (!tensor && !layer_.has(Opt::output_size)) return call({});
    const auto axes = layer_.axis_count();
    const std::vector<std::int64_t> written = written_size();
    if (!words_.python()) {
      // LibTorch's forward forgets dilation when it is given a size, and takes a wrong one of an unbatched
      // input.
      bool forgets = in_.size() != axes + 2;
      for (const std::int64_t dilation : layer_.axes(Opt::dilation)) forgets = forgets || dilation > 1;
      if (forgets) return transposed_by_hand(tensor);
    }
    if (tensor) return call(output_size(spatial_of(*tensor)));
    return call(output_size(vector(written)));
  }
  // The function behind the module with the output_padding that leads to the size.
  std::string transposed_by_hand(const std::optional<std::string>& tensor) const {
    const auto axes = layer_.axis_count();
    if (in_.size() <= axes) return {};
    const std::vector<std::int64_t> written = written_size();
    const std::size_t first = first_like(axes);
    std::string rest;
    for (std::size_t i = 0; i < axes; ++i) {
      Window w = window_of(layer_, static_cast<int>(i));
      w.output_padding = 0;
      const std::string wanted = tensor ? size_of(*tensor, first + i) : std::to_string(written[i]);
      const std::int64_t fixed = transposed_output(w, 1);
      rest += (i > 0 ? ", " : "") + wanted + " - (" + size_of(x(), in_.size() - axes + i) + " - 1) * " +
              std::to_string(w.s) + (fixed < 0 ? " + " : " - ") + std::to_string(std::abs(fixed));
    }
    const auto numbers = [&](Opt opt) {
      const auto all = layer_.axes(opt);
      return words_.list({all.begin(), all.begin() + layer_.info().axes});
    };
    const std::string module = names_.module(index_);
    return "torch::conv_transpose" + std::to_string(axes) + "d(" + x() + ", " + module + "->weight, " +
           module + "->bias, " + numbers(Opt::stride) + ", " + numbers(Opt::padding) + ", {" + rest + "}, " +
           std::to_string(layer_.integer(Opt::groups)) + ", " + numbers(Opt::dilation) + ")";
  }
  std::string vector(const std::vector<std::int64_t>& values) const {
    return words_.python() ? words_.list(values) : "std::vector<int64_t>" + words_.list(values);
  }
  std::string unpool() const {
    const auto indices = layer_.reference(Opt::indices);
    if (!indices || indices->is_input()) return {};
    std::string more = ", " + names_.indices(indices->layer);
    const auto axes = layer_.axis_count();
    const auto tensor = like();
    if (!tensor && !layer_.has(Opt::output_size)) return call(more);
    const std::vector<std::int64_t> written = written_size();
    if (words_.python()) {
      return call(more + output_size(tensor ? spatial_of(*tensor) : vector(written)));
    }
    // In C++ it has to be a batch's full size, of which only the spatial part is looked at.
    if (tensor && first_like(axes) == 2) return call(more + output_size(*tensor + ".sizes().vec()"));
    std::string sizes = "1, 1";
    for (std::size_t i = 0; i < axes; ++i)
      sizes += ", " + (tensor ? size_of(*tensor, first_like(axes) + i) : std::to_string(written[i]));
    return call(more + output_size("std::vector<int64_t>{" + sizes + "}"));
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
    if (layer_.has(Opt::align_corners) && mode != "nearest-exact")
      add("align_corners", words_.flag(layer_.flag(Opt::align_corners)));
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
    const std::vector<Expression>* list = layer_.expressions(opt);
    return list == nullptr ? std::string() : sizes(*list, as_list);
  }
  std::string sizes(const std::vector<Expression>& list, bool as_list) const {
    std::string text;
    for (const Expression& size : list)
      text += (text.empty() ? "" : ", ") + expression(size, size.nodes().size() - 1);
    if (!words_.python()) return "{" + text + "}";
    return as_list ? "(" + text + (list.size() == 1 ? ",)" : ")") : text;
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

  std::string function() const {
    return function_code(layer_, operands_, words_, [this](Opt opt) { return sizes(opt, false); });
  }

  std::string slice() const {
    if (const auto tensor = like()) return slice_like(*tensor);
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

  std::string slice_like(const std::string& tensor) const {
    if (in_.empty()) return {};
    std::string python = x() + "[...";
    std::string text = x();
    for (std::size_t axis = first_spatial(); axis < in_.size(); ++axis) {
      python += ", :" + size_of(tensor, axis);
      text += ".slice(" + std::to_string(axis) + ", 0, " + size_of(tensor, axis) + ")";
    }
    return words_.python() ? python + "]" : text;
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

  // C++ has no module for these two.
  std::string circular() const {
    std::vector<std::int64_t> pads = layer_.integers(Opt::padding);
    if (pads.size() == 1) pads.assign(2 * layer_.axis_count(), pads[0]);
    return "torch::nn::functional::pad(" + x() + ", torch::nn::functional::PadFuncOptions(" +
           words_.list(pads) + ").mode(torch::kCircular))";
  }
  std::string rms_norm() const {
    // The scale as it is before training: no module holds it.
    const std::string shape = words_.list(layer_.integers(Opt::normalized_shape));
    const std::string scale = layer_.flag(Opt::elementwise_affine) ? "torch::ones(" + shape + ")" : "{}";
    const std::string eps = layer_.has(Opt::eps) ? words_.number(layer_.number(Opt::eps)) : "std::nullopt";
    return "torch::rms_norm(" + x() + ", " + shape + ", " + scale + ", " + eps + ")";
  }

  // Nothing is known but the shape: zeros of it. Of several outputs a tuple of them.
  std::string custom() const {
    const auto zeros = [&](const std::vector<Expression>& shape) {
      return x() + ".new_zeros(" + sizes(shape, true) + ")";
    };
    if (layer_.has(Opt::outputs)) {
      const auto* several =
          std::get_if<std::vector<std::vector<Expression>>>(&layer_.find(Opt::outputs)->value);
      if (several == nullptr) return {};
      std::string text;
      for (const auto& shape : *several) text += (text.empty() ? "" : ", ") + zeros(shape);
      if (!words_.python()) return "std::vector<torch::Tensor>{" + text + "}";
      return "(" + text + (several->size() == 1 ? ",)" : ")");
    }
    const std::vector<Expression>* shape = layer_.expressions(Opt::output);
    return shape == nullptr ? x() : zeros(*shape);
  }

  std::string joined(const char* python, const char* cpp) const {
    std::string text = words_.python() ? std::string(python) + "([" : std::string(cpp) + "({";
    for (std::size_t i = 0; i < operands_.size(); ++i) text += (i > 0 ? ", " : "") + operands_[i];
    return text + (words_.python() ? "], dim=" : "}, ") + integer(Opt::dim) + ")";
  }

  const Spec& spec_;
  const Trace& trace_;
  const LayerSpec& layer_;
  LayerId index_;
  Words words_;
  const CodeNames& names_;
  Shape in_;  // of the first input; empty where unknown
  std::vector<std::string> operands_;
};

}  // namespace

std::string step_code(const Spec& spec, const Trace& trace, LayerId index, Language language,
                      const CodeNames& names) {
  return Step(spec, trace, index, language, names).text();
}

}  // namespace shapedbg
