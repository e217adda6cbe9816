// What the mirroring of single layers works with, and the ways up from a pool or a strided convolution.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mirror/mirror.h"
#include "net/facts.h"

namespace shapedbg {

using Numbers = std::vector<std::int64_t>;

inline std::string collapsed(const Numbers& values) {
  const bool one = !values.empty() &&
                   std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
  return one ? std::to_string(values.front()) : bracketed(values);
}

inline bool all_are(const Numbers& values, std::int64_t value) {
  return std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == value; });
}

// One entry of the list, on one line.
class LayerObject {
 public:
  LayerObject(const std::string& name, const std::string& type) {
    if (!name.empty()) append(head_, "name", to_json(Value(name)));
    append(head_, "type", to_json(Value(type)));
    name_ = name;
  }
  LayerObject& put(const std::string& key, const std::string& json) {
    append(options_, key, json);
    return *this;
  }
  LayerObject& put(const std::string& key, std::int64_t value) { return put(key, std::to_string(value)); }
  // Left out where every entry is the default.
  LayerObject& put(const std::string& key, const Numbers& values, std::int64_t fallback) {
    return all_are(values, fallback) ? *this : put(key, collapsed(values));
  }
  // JSON; the layer before where nothing is said.
  LayerObject& inputs(const std::string& json) {
    append(head_, "inputs", json);
    return *this;
  }
  const std::string& name() const { return name_; }
  std::string text() const { return "{" + head_ + (options_.empty() ? "" : ", " + options_) + "}"; }

 private:
  static void append(std::string& text, const std::string& key, const std::string& json) {
    text += (text.empty() ? "" : ", ") + to_json(Value(key)) + ": " + json;
  }
  std::string name_, head_, options_;
};

// A layer of the encoder and which of its inputs is followed.
struct PathLayer {
  LayerId layer{0};
  Ref in;
  int output = 0;  // which of its outputs goes on
};

// A tensor of the decoder.
struct MirrorTensor {
  std::string name;  // to refer to it by
  Shape shape;
  int object = -1;  // the entry of the list that returns it; -1: the last layer of the encoder
  bool lifted =
      false;  // came up from a smaller size in a branch, whose level is joined where the branch ends
};

inline bool has_weights(const LayerSpec& layer) { return facts(layer.kind).undone == Undone::by_weights; }

class MirrorWork {
 protected:
  MirrorWork(const Spec& spec, const Trace& trace, const MirrorOptions& options)
      : spec_(spec), trace_(trace), options_(options) {
    for (const LayerSpec& layer : spec.layers) names_.insert(layer.name);
    for (const InputSpec& input : spec.inputs) names_.insert(input.name);
    names_.insert({"input", "prev"});
    if (!options.every_size || spec.inputs.empty()) return;
    std::vector<Shape> inputs;
    for (const InputSpec& input : spec.inputs) inputs.push_back(input.shape);
    for (std::size_t axis = first_spatial_axis(spec); axis < inputs[0].size(); ++axis) inputs[0][axis] *= 2;
    larger_ = infer(spec, inputs);
  }

  // The way up from a pool or a strided convolution, in the style that was asked for where it fits.
  // `out` channels come out.
  void up(const PathLayer& item, std::int64_t out);
  void transposed(const PathLayer& item, std::int64_t out);
  // What ceil_mode adds, or a pool without gaps: the window whose transposed one reaches every size.
  void transposed_pool(const PathLayer& item, std::int64_t out);
  // stride, padding, output_padding or size_like, dilation of a transposed layer.
  void sized(LayerObject& object, const PathLayer& item, const std::vector<Window>& windows);
  // A convolution in front of or behind a resizing one: the window of a convolution, 3 of a pool; odd kernels
  // by number, even ones by `same`.
  LayerObject keeping(const std::string& name, const LayerSpec& one, std::int64_t in, std::int64_t out);
  void upsampled(const PathLayer& item, std::int64_t out);
  void shuffled(const PathLayer& item, std::int64_t out, std::int64_t r);
  // Joins the encoder's tensor `in`, on the way up from the layer called `name`; the input itself is what is
  // to be computed.
  void skip(Ref in, const std::string& name, int axes);
  // Where channels came out otherwise than `shape` has them (a skip was joined, a GLU halved them), weights
  // that lead there.
  void restore(const Shape& shape, const std::string& name);

  // Options that both ways share.
  static void shared(LayerObject& object, const LayerSpec& one, std::int64_t in, std::int64_t out) {
    const std::int64_t groups = std::gcd(one.integer(Opt::groups), std::gcd(in, out));
    if (groups != 1) object.put("groups", groups);
    if (!one.flag(Opt::bias)) object.put("bias", "false");
  }

  static bool keeps_size(const LayerSpec& one) {
    for (int i = 0; i < one.info().axes; ++i)
      if (window_of(one, i).net_kernel() != 1) return false;
    return true;
  }

  static Numbers axes_of(const LayerSpec& one, Opt opt) {
    const auto all = one.axes(opt);
    return {all.begin(), all.begin() + one.info().axes};
  }
  static Numbers spatial_of(const Shape& shape, int axes) {
    return {shape.end() - std::min<std::ptrdiff_t>(axes, std::ssize(shape)), shape.end()};
  }
  static std::int64_t channels(const Shape& shape, const LayerSpec& one) {
    return shape[shape.size() - one.axis_count() - 1];
  }
  static std::string kind(const char* base, int axes) { return base + std::to_string(axes) + "d"; }

  const Shape& in_of(const PathLayer& item) const { return *trace_.output(spec_, item.in); }
  const Shape& out_of(const PathLayer& item) const {
    return trace_.row(item.layer).outputs[static_cast<std::size_t>(item.output)];
  }
  // Sizes of what the layer took, in numbers. Where every size is to come back, the one that grows with the
  // input is -1.
  std::string sizes_of(const PathLayer& item, std::size_t first, std::size_t last) const {
    const Shape& x = in_of(item);
    Numbers sizes(x.begin() + static_cast<std::ptrdiff_t>(first),
                  x.begin() + static_cast<std::ptrdiff_t>(last));
    const Shape* larger = larger_ ? larger_->output(spec_, item.in) : nullptr;
    if (larger == nullptr || larger->size() != x.size()) return bracketed(sizes);
    std::vector<std::size_t> growing;
    for (std::size_t i = first; i < last; ++i)
      if (x[i] != (*larger)[i]) growing.push_back(i - first);
    if (growing.size() == 1) sizes[growing[0]] = -1;
    return bracketed(sizes);
  }
  std::string like(Ref ref) const { return to_json(Value(ref.is_input() ? "input" : spec_.name_of(ref))); }

  // The layer's own name with `_` for the dots of blocks; empty where the author gave none.
  static std::string plain(const LayerSpec& one) {
    std::string name = one.name;
    const std::string part = std::string(to_string(one.part)) + ".";
    if (name.starts_with(part) && name.find_first_not_of("0123456789", part.size()) == std::string::npos)
      return {};
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
  }
  std::string name_up(const LayerSpec& one) {
    const std::string name = plain(one);
    return name.empty() ? name : fresh(name + "_up");
  }
  std::string with(const std::string& name, const char* suffix) {
    return name.empty() ? name : fresh(name + suffix);
  }
  std::string fresh(const std::string& wanted) {
    std::string name = wanted;
    for (int number = 2; !names_.insert(name).second; ++number) name = wanted + "_" + std::to_string(number);
    return name;
  }

  // Appends what makes `shape` of the tensor that the work is at, and goes on with what it returns.
  void add(LayerObject object, Shape shape, bool weights = false) {
    if (at_.object != static_cast<int>(objects_.size()) - 1) object.inputs(to_json(Value(at_.name)));
    append(object, std::move(shape));
    weights_ = weights_ || weights;
  }
  // The same for an entry that says itself what it takes.
  void append(const LayerObject& object, Shape shape) {
    const bool lifted = at_.lifted;
    const auto index = static_cast<int>(objects_.size());
    objects_.push_back(object.text());
    at_ = {object.name().empty() ? "decoder." + std::to_string(index) : object.name(), std::move(shape),
           index, lifted};
  }
  // How an entry that is appended next refers to a tensor.
  std::string reference(const MirrorTensor& tensor) const {
    return tensor.object == static_cast<int>(objects_.size()) - 1 ? "\"prev\"" : to_json(Value(tensor.name));
  }
  // The shape that a layer took, with those axes of the work's tensor that differ from what the layer
  // returned.
  Shape carried(const PathLayer& item) const {
    Shape shape = in_of(item);
    const Shape& out = out_of(item);
    for (std::size_t i = 0; i < shape.size() && shape.size() == out.size() && i < at_.shape.size(); ++i)
      if (at_.shape[i] != out[i]) shape[i] = at_.shape[i];
    return shape;
  }
  // `shape` with `count` channels in front of so many axes.
  static Shape with_channels(Shape shape, int axes, std::int64_t count) {
    shape[shape.size() - static_cast<std::size_t>(axes) - 1] = count;
    return shape;
  }
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }
  bool refuse(const LayerSpec& one, const std::string& why) {
    return fail("`" + one.name + "` (" + std::string(one.info().name) + ") cannot be mirrored: " + why);
  }

  const Spec& spec_;
  const Trace& trace_;
  const MirrorOptions& options_;
  std::set<std::string> names_;
  std::vector<std::string> objects_;
  MirrorTensor at_;
  bool in_branch_ = false;  // of a Residual and its like: levels are joined where it ends
  std::string error_;
  bool weights_ = false;         // a layer with weights is already there
  std::optional<Trace> larger_;  // of an input of twice the size, where every size is to come back
};

}  // namespace shapedbg
