// The layers of Keras as layers of the spec.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "net/facts.h"
#include "net/kinds.h"
#include "read/keras/config.h"

namespace shapedbg::keras {
namespace {

constexpr std::int64_t kMostWindow = 1 << 20;

std::int64_t bounded(const Json& json, const std::string& what) {
  if (!json.is_number_integer() || json > kMostWindow * 1024 || json < -kMostWindow * 1024)
    throw Refused{Code::I602, what + " is no number that a layer could have"};
  return json.get<std::int64_t>();
}

std::string for_axes(std::string_view base, std::size_t axes) {
  return std::string(base) + std::to_string(axes) + "d";
}

std::int64_t extent(std::int64_t kernel, std::int64_t dilation) { return dilation * (kernel - 1) + 1; }

Shape with_channels(Shape shape, std::int64_t channels) {
  shape[1] = channels;
  return shape;
}

// F.pad's list: two numbers per axis, last axis first.
std::vector<std::int64_t> pad_list(const std::vector<std::pair<std::int64_t, std::int64_t>>& sides) {
  std::vector<std::int64_t> list;
  for (auto side = sides.rbegin(); side != sides.rend(); ++side)
    list.insert(list.end(), {side->first, side->second});
  return list;
}

// The axis that a norm goes along: the last one where none is said, none where there are several.
std::optional<std::int64_t> norm_axis(const Call& call) {
  const Json given = json_of(call.config).value("axis", Json(-1));
  const Json one = given.is_array() && given.size() == 1 ? given[0] : given;
  return one.is_number_integer() && one <= 8 && one >= -8 ? std::optional(one.get<std::int64_t>())
                                                          : std::nullopt;
}

}  // namespace

std::string class_of(const Json& json) {
  const auto found = json.is_object() ? json.find("class_name") : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t product(const std::vector<std::int64_t>& sizes, std::size_t from) {
  std::int64_t all = 1;
  for (std::size_t k = from; k < sizes.size(); ++k)
    if (sizes[k] > 0 && __builtin_mul_overflow(all, sizes[k], &all))
      throw Refused{Code::I603, "a size beyond any network"};
  return all;
}

bool Call::flag(const char* key, bool fallback) const {
  const auto found = json_of(config).find(key);
  return found != json_of(config).end() && found->is_boolean() ? found->get<bool>() : fallback;
}

double Call::number(const char* key, double fallback) const {
  const auto found = json_of(config).find(key);
  return found != json_of(config).end() && found->is_number() ? found->get<double>() : fallback;
}

std::int64_t Call::integer(const char* key) const {
  const auto found = json_of(config).find(key);
  if (found == json_of(config).end() || !found->is_number_integer())
    throw Refused{Code::I602, "`" + name + "` (" + type + ") has no `" + key + "`"};
  const std::int64_t value = bounded(*found, "`" + std::string(key) + "` of `" + name + "`");
  if (value < 1) throw Refused{Code::I602, "`" + std::string(key) + "` of `" + name + "` is below 1"};
  return value;
}

std::string Call::word(const char* key) const {
  const auto found = json_of(config).find(key);
  return found != json_of(config).end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::int64_t> Call::window(const char* key, std::size_t axes, std::int64_t fallback) const {
  const auto found = json_of(config).find(key);
  if (found == json_of(config).end() || found->is_null()) return std::vector<std::int64_t>(axes, fallback);
  std::vector<std::int64_t> list;
  const std::string what = "`" + std::string(key) + "` of `" + name + "`";
  if (found->is_array())
    for (const Json& one : *found) list.push_back(bounded(one, what));
  else
    list.assign(axes, bounded(*found, what));
  if (list.size() == 1) list.resize(axes, list[0]);
  if (list.size() != axes) throw Refused{Code::I602, what + " has not one number for each axis"};
  for (const std::int64_t value : list)
    if (value < 0 || value > kMostWindow) throw Refused{Code::I602, what + " is out of range"};
  return list;
}

std::int64_t Builder::axis(std::int64_t keras, std::size_t rank) const {
  const auto count = static_cast<std::int64_t>(rank);
  const std::int64_t at = keras < 0 ? keras + count : keras;
  if (at < 0 || at >= count) throw Refused{Code::I602, "axis " + std::to_string(keras) + " is not there"};
  if (!last_ || rank < 3 || at == 0) return at;
  return at == count - 1 ? 1 : at + 1;
}

namespace {

bool has_weights(std::string_view type) {
  const KindInfo* kind = find_kind(type);
  return kind != nullptr && !facts(kind->kind).weights.empty();
}

}  // namespace

Tensor Builder::add(DraftLayer layer, Shape shape) {
  for (std::int64_t& size : shape) {
    if (size > (INT64_C(1) << 40)) throw Refused{Code::I603, "a size beyond any network"};
    size = std::max<std::int64_t>(size, 1);  // what does not fit is the check's to find
  }
  if (draft_.layers().size() >= limits::layers) throw Refused{Code::I603, "more layers than a spec takes"};
  if (again_ && has_weights(layer.type)) layer.from().module = layer.name;
  return {draft_.add(std::move(layer)), std::move(shape)};
}

Tensor Builder::padded(const Call& call, const Tensor& x, const std::vector<std::int64_t>& extents,
                       const std::vector<std::int64_t>& stride, std::vector<std::int64_t>& own) {
  own.assign(x.axes(), 0);
  const std::string word = call.word("padding");
  std::vector<std::pair<std::int64_t, std::int64_t>> sides;
  Shape shape = x.shape;
  for (std::size_t k = 0; k < x.axes(); ++k) {
    const std::int64_t n = x.shape[k + 2];
    std::int64_t total = 0;
    if (word == "same")
      total = std::max<std::int64_t>(((n + stride[k] - 1) / stride[k] - 1) * stride[k] + extents[k] - n, 0);
    else if (word == "causal")
      total = extents[k] - 1;
    const std::int64_t begin = word == "causal" ? total : total / 2;
    sides.emplace_back(begin, total - begin);
    shape[k + 2] += total;
  }
  const bool even =
      std::all_of(sides.begin(), sides.end(), [](const auto& s) { return s.first == s.second; });
  if (even) {
    for (std::size_t k = 0; k < sides.size(); ++k) own[k] = sides[k].first;
    return x;
  }
  DraftLayer pad("Pad", {x.ref}, call.name + ".pad");
  pad.set("padding", pad_list(sides));
  return add(std::move(pad), std::move(shape));
}

Tensor Builder::window_layer(const Call& call, DraftLayer layer, const std::vector<std::int64_t>& kernel,
                             const std::vector<std::int64_t>& stride,
                             const std::vector<std::int64_t>& dilation, std::int64_t channels) {
  std::vector<std::int64_t> extents;
  for (std::size_t k = 0; k < kernel.size(); ++k) {
    if (kernel[k] < 1 || stride[k] < 1 || dilation[k] < 1)
      throw Refused{Code::I602, "a window of `" + call.name + "` is below 1"};
    extents.push_back(extent(kernel[k], dilation[k]));
  }
  std::vector<std::int64_t> own;
  const Tensor x = padded(call, call.x(), extents, stride, own);
  layer.inputs = {x.ref};
  layer.axes("kernel_size", kernel);
  const auto unlike = [](const std::vector<std::int64_t>& list, std::int64_t value) {
    return std::any_of(list.begin(), list.end(), [&](std::int64_t one) { return one != value; });
  };
  if (unlike(stride, 1) || call.type.find("Pool") != std::string::npos) layer.axes("stride", stride);
  if (unlike(own, 0)) layer.axes("padding", own);
  if (unlike(dilation, 1)) layer.axes("dilation", dilation);
  Shape shape = with_channels(x.shape, channels);
  for (std::size_t k = 0; k < kernel.size(); ++k)
    shape[k + 2] = (x.shape[k + 2] + 2 * own[k] - extents[k]) / stride[k] + 1;
  return add(std::move(layer), std::move(shape));
}

Tensor Builder::convolution(const Call& call) {
  const std::size_t axes = call.x().axes();
  const std::int64_t in = call.x().shape[1];
  const bool depthwise = call.type.starts_with("Depthwise");
  const std::int64_t out = depthwise ? in * call.integer("depth_multiplier") : call.integer("filters");
  const std::int64_t groups = depthwise                                 ? in
                              : json_of(call.config).contains("groups") ? call.integer("groups")
                                                                        : 1;
  DraftLayer layer(for_axes("Conv", axes), {}, call.name);
  layer.set("in_channels", in).set("out_channels", out);
  if (groups != 1) layer.set("groups", groups);
  if (!call.flag("use_bias", true)) layer.set("bias", false);
  const Tensor y = window_layer(call, std::move(layer), call.window("kernel_size", axes, 1),
                                call.window("strides", axes, 1), call.window("dilation_rate", axes, 1), out);
  return activated(call, y, "activation");
}

Tensor Builder::separable(const Call& call) {
  const std::size_t axes = call.x().axes();
  const std::int64_t in = call.x().shape[1];
  const std::int64_t middle = in * call.integer("depth_multiplier");
  DraftLayer depth(for_axes("Conv", axes), {}, call.name + ".depthwise");
  depth.set("in_channels", in).set("out_channels", middle).set("groups", in).set("bias", false);
  const Tensor y =
      window_layer(call, std::move(depth), call.window("kernel_size", axes, 1),
                   call.window("strides", axes, 1), call.window("dilation_rate", axes, 1), middle);
  DraftLayer point(for_axes("Conv", axes), {y.ref}, call.name);
  const std::int64_t out = call.integer("filters");
  point.set("in_channels", middle).set("out_channels", out).set("kernel_size", 1);
  if (!call.flag("use_bias", true)) point.set("bias", false);
  return activated(call, add(std::move(point), with_channels(y.shape, out)), "activation");
}

// Keras says what comes out: n*s with "same", n*s + max(k - s, 0) without, or what output_padding makes of
// it.
Tensor Builder::transposed(const Call& call) {
  const Tensor& x = call.x();
  const std::size_t axes = x.axes();
  const auto kernel = call.window("kernel_size", axes, 1);
  const auto stride = call.window("strides", axes, 1);
  const auto dilation = call.window("dilation_rate", axes, 1);
  const auto given = json_of(call.config).find("output_padding");
  const bool says = given != json_of(call.config).end() && !given->is_null();
  const auto extra = call.window("output_padding", axes, 0);
  const bool same = call.word("padding") == "same";
  const std::int64_t out = call.integer("filters");
  std::vector<std::int64_t> padding(axes, 0);
  std::vector<std::int64_t> output_padding(axes, 0);
  std::vector<std::pair<std::int64_t, std::int64_t>> crop(axes, {0, 0});
  Shape shape = with_channels(x.shape, out);
  bool cropped = false;
  for (std::size_t k = 0; k < axes; ++k) {
    const std::int64_t e = extent(std::max<std::int64_t>(kernel[k], 1), dilation[k]);
    const std::int64_t n = x.shape[k + 2];
    const std::int64_t whole = (n - 1) * stride[k] + e;  // without any padding
    const std::int64_t wanted = says   ? whole - (same ? 2 * (e / 2) : 0) + extra[k]
                                : same ? n * stride[k]
                                       : n * stride[k] + std::max<std::int64_t>(e - stride[k], 0);
    const std::int64_t surplus = whole - wanted;
    const std::int64_t room = std::max(stride[k], dilation[k]);
    padding[k] = surplus > 0 ? (surplus + 1) / 2 : 0;
    output_padding[k] = 2 * padding[k] - surplus;
    if (output_padding[k] >= room &&
        surplus > 0) {  // a stride of 1 has no output_padding to take the odd one
      padding[k] = surplus / 2;
      output_padding[k] = 0;
      crop[k].second = 2 * padding[k] - surplus;
      cropped = true;
    }
    shape[k + 2] = (n - 1) * stride[k] - 2 * padding[k] + e + output_padding[k];
  }
  DraftLayer layer(for_axes("ConvTranspose", axes), {x.ref}, call.name);
  layer.set("in_channels", x.shape[1]).set("out_channels", out).axes("kernel_size", kernel);
  const auto set = [&](const char* option, const std::vector<std::int64_t>& list, std::int64_t fallback) {
    if (std::any_of(list.begin(), list.end(), [&](std::int64_t one) { return one != fallback; }))
      layer.axes(option, list);
  };
  set("stride", stride, 1);
  set("padding", padding, 0);
  set("output_padding", output_padding, 0);
  set("dilation", dilation, 1);
  if (!call.flag("use_bias", true)) layer.set("bias", false);
  Tensor y = add(std::move(layer), std::move(shape));
  if (cropped) {
    DraftLayer cut("Pad", {y.ref}, call.name + ".crop");
    cut.set("padding", pad_list(crop));
    for (std::size_t k = 0; k < axes; ++k) y.shape[k + 2] += crop[k].second;
    y = add(std::move(cut), y.shape);
  }
  return activated(call, y, "activation");
}

// Of channels that stand last: a convolution of one place.
Tensor Builder::dense(const Call& call) {
  const Tensor& x = call.x();
  const std::int64_t out = call.integer("units");
  const bool bias = call.flag("use_bias", true);
  const bool everywhere = last_ && x.shape.size() >= 3 && x.shape.size() <= 5;
  if (last_ && x.shape.size() > 5) {
    const Tensor turned_back = keras_order(x, call.name);
    Shape wide = turned_back.shape;
    DraftLayer linear("Linear", {turned_back.ref}, call.name);
    linear.set("in_features", wide.back()).set("out_features", out);
    if (!bias) linear.set("bias", false);
    wide.back() = out;
    return activated(call, torch_order(add(std::move(linear), std::move(wide)), call.name), "activation");
  }
  DraftLayer layer(everywhere ? for_axes("Conv", x.axes()) : "Linear", {x.ref}, call.name);
  Shape shape = x.shape;
  if (everywhere) {
    layer.set("in_channels", x.shape[1]).set("out_channels", out).set("kernel_size", 1);
    shape[1] = out;
  } else {
    layer.set("in_features", x.shape.back()).set("out_features", out);
    shape.back() = out;
  }
  if (!bias) layer.set("bias", false);
  return activated(call, add(std::move(layer), std::move(shape)), "activation");
}

Tensor Builder::pool(const Call& call) {
  const std::size_t axes = call.x().axes();
  const bool max = call.type.starts_with("Max");
  const auto kernel = call.window("pool_size", axes, 2);
  const auto found = json_of(call.config).find("strides");
  const bool own = found != json_of(call.config).end() && !found->is_null();
  DraftLayer layer(for_axes(max ? "MaxPool" : "AvgPool", axes), {}, call.name);
  if (!max && call.word("padding") == "same") layer.set("count_include_pad", false);
  return window_layer(call, std::move(layer), kernel, own ? call.window("strides", axes, 1) : kernel,
                      std::vector<std::int64_t>(axes, 1), call.x().shape[1]);
}

Tensor Builder::global_pool(const Call& call) {
  const Tensor& x = call.x();
  const bool max = call.type.find("Max") != std::string::npos;
  const bool keep = call.flag("keepdims", false);
  DraftLayer layer(for_axes(max ? "AdaptiveMaxPool" : "AdaptiveAvgPool", x.axes()), {x.ref},
                   keep ? call.name : call.name + ".pool");
  layer.set("output_size", 1);
  Shape shape(x.shape.begin(), x.shape.begin() + 2);
  shape.resize(x.shape.size(), 1);
  const Tensor y = add(std::move(layer), shape);
  if (keep) return y;
  return add(DraftLayer("Flatten", {y.ref}, call.name), {shape[0], shape[1]});
}

Tensor Builder::norm(const Call& call) {
  const Tensor& x = call.x();
  const bool group = call.type == "GroupNormalization";
  const auto at = norm_axis(call);
  if (!at || axis(*at, x.shape.size()) != 1) return custom(call);
  DraftLayer layer(group ? "GroupNorm" : for_axes("BatchNorm", std::max<std::size_t>(x.axes(), 1)), {x.ref},
                   call.name);
  if (group) layer.set("num_groups", call.integer("groups"));
  layer.set(group ? "num_channels" : "num_features", x.shape[1]);
  if (const double eps = call.number("epsilon", 1e-3); eps > 0) layer.set("eps", eps);
  // Keras trains where torch refuses: a single value for each channel, of the batch of one that is assumed
  // here.
  if (!group && x.shape[0] == 1 &&
      std::all_of(x.shape.begin() + 2, x.shape.end(), [](std::int64_t size) { return size == 1; }))
    layer.ignore.push_back(Code::W506);
  return add(std::move(layer), x.shape);
}

// Of other axes than the last one, or all behind the samples: no layer of the spec.
Tensor Builder::layer_norm(const Call& call) {
  const auto along = norm_axis(call);
  if (!along || (*along != -1 && *along != static_cast<std::int64_t>(call.x().shape.size()) - 1))
    return custom(call);
  const Tensor x = keras_order(call.x(), call.name);
  DraftLayer layer("LayerNorm", {x.ref}, call.name);
  layer.set("normalized_shape", std::vector<std::int64_t>{x.shape.back()});
  return torch_order(add(std::move(layer), x.shape), call.name);
}

Tensor Builder::merge(const Call& call) {
  static const std::map<std::string_view, std::string_view> kinds{
      {"Add", "Add"},         {"Average", "Add"},     {"Subtract", "Sub"},      {"Multiply", "Mul"},
      {"Maximum", "Maximum"}, {"Minimum", "Minimum"}, {"Concatenate", "Concat"}};
  std::vector<Ref> refs;
  Shape shape = call.x().shape;
  for (const Tensor& one : call.inputs) refs.push_back(one.ref);
  const bool average = call.type == "Average";
  DraftLayer layer(kinds.at(call.type), std::move(refs), average ? call.name + ".sum" : call.name);
  if (call.type == "Concatenate") {
    const Json given = json_of(call.config).value("axis", Json(-1));
    const std::int64_t dim =
        axis(given.is_number_integer() ? bounded(given, "`axis` of `" + call.name + "`") : -1, shape.size());
    if (dim != 1) layer.set("dim", dim);
    const auto at = static_cast<std::size_t>(dim);
    for (std::size_t i = 1; i < call.inputs.size(); ++i)
      if (at < call.inputs[i].shape.size()) shape[at] += call.inputs[i].shape[at];
    return add(std::move(layer), std::move(shape));
  }
  for (const Tensor& one : call.inputs)
    for (std::size_t k = 0; k < shape.size() && k < one.shape.size(); ++k)
      shape[k] = std::max(shape[k], one.shape[k]);
  const Tensor sum = add(std::move(layer), shape);
  if (!average) return sum;
  DraftLayer mean("Mul", {sum.ref}, call.name);
  return add(std::move(mean.set("value", 1.0 / static_cast<double>(call.inputs.size()))), shape);
}

Tensor Builder::pads(const Call& call, std::int64_t sign) {
  const Tensor& x = call.x();
  const Json& given = json_of(call.config).value(sign > 0 ? "padding" : "cropping", Json());
  const std::string what = "the sides of `" + call.name + "`";
  const auto side = [&](const Json& json) {
    const std::int64_t value = bounded(json, what);
    if (value < 0 || value > kMostWindow) throw Refused{Code::I602, what + " are out of range"};
    return sign * value;
  };
  std::vector<std::pair<std::int64_t, std::int64_t>> sides;
  if (!given.is_array()) {
    sides.assign(x.axes(), {side(given), side(given)});
  } else if (x.axes() == 1 && given.size() == 2) {
    sides = {{side(given[0]), side(given[1])}};
  } else {
    for (const Json& one : given) {
      const bool pair = one.is_array() && one.size() == 2;
      sides.emplace_back(side(pair ? one[0] : one), side(pair ? one[1] : one));
    }
  }
  if (sides.size() != x.axes()) throw Refused{Code::I602, what + " are not two for each axis"};
  Shape shape = x.shape;
  for (std::size_t k = 0; k < sides.size(); ++k) shape[k + 2] += sides[k].first + sides[k].second;
  DraftLayer layer("Pad", {x.ref}, call.name);
  return add(std::move(layer.set("padding", pad_list(sides))), std::move(shape));
}

Tensor Builder::upsample(const Call& call) {
  const Tensor& x = call.x();
  const auto factor = call.window("size", x.axes(), 2);
  DraftLayer layer("Upsample", {x.ref}, call.name);
  layer.axes("scale_factor", factor);
  const std::string mode = call.word("interpolation");
  if (mode == "bilinear" && x.axes() == 2) layer.set("mode", "bilinear");
  if (mode == "bicubic" && x.axes() == 2) layer.set("mode", "bicubic");
  Shape shape = x.shape;
  for (std::size_t k = 0; k < factor.size(); ++k) shape[k + 2] *= factor[k];
  return add(std::move(layer), std::move(shape));
}

Tensor Builder::flatten(const Call& call) {
  const Shape& x = call.x().shape;
  return add(DraftLayer("Flatten", {call.x().ref}, call.name), {x[0], product(x, 1)});
}

Tensor Builder::reshape(const Call& call) {
  const Json& target = json_of(call.config).value("target_shape", Json::array());
  std::vector<std::int64_t> sizes;
  for (const Json& one : target) sizes.push_back(bounded(one, "`target_shape` of `" + call.name + "`"));
  const std::int64_t values = product(call.x().shape, 1);
  const std::int64_t known = product(sizes, 0);
  sizes = turned(std::move(sizes), false);
  std::vector<DraftSize> list{DraftSize("in[0]")};
  Shape shape{call.x().shape[0]};
  for (const std::int64_t size : sizes) {
    list.emplace_back(size);
    shape.push_back(size > 0 ? size : values / known);
  }
  DraftLayer layer("Reshape", {call.x().ref}, call.name);
  layer.sizes("shape", list);
  return add(std::move(layer), std::move(shape));
}

Tensor Builder::permute(const Call& call) {
  const Shape& x = call.x().shape;
  std::vector<std::int64_t> order{0};  // in Keras' axes
  for (const Json& one : json_of(call.config).value("dims", Json::array()))
    order.push_back(bounded(one, "`dims` of `" + call.name + "`"));
  if (order.size() != x.size()) throw Refused{Code::I602, "`dims` of `" + call.name + "` do not fit"};
  std::vector<std::int64_t> dims;
  Shape shape;
  for (const std::int64_t at : turned(order, true)) {
    if (at < 0 || at >= static_cast<std::int64_t>(x.size()))
      throw Refused{Code::I602, "`dims` of `" + call.name + "` do not fit"};
    dims.push_back(axis(at, x.size()));
    shape.push_back(x[static_cast<std::size_t>(dims.back())]);
  }
  DraftLayer layer("Permute", {call.x().ref}, call.name);
  return add(std::move(layer.set("dims", dims)), std::move(shape));
}

Tensor Builder::embedding(const Call& call) {
  const std::int64_t features = call.integer("output_dim");
  DraftLayer layer("Embedding", {call.x().ref}, call.name);
  layer.set("num_embeddings", call.integer("input_dim")).set("embedding_dim", features);
  Shape shape = call.x().shape;
  shape.push_back(features);
  return torch_order(add(std::move(layer), std::move(shape)), call.name);
}

Tensor Builder::custom(const Call& call) {
  ++unknown[call.type];
  DraftLayer layer("Custom", {}, call.name);
  for (const Tensor& one : call.inputs) layer.inputs.push_back(one.ref);
  layer.set("label", call.type);
  Shape shape;
  if (call.declared != nullptr)
    for (const Json& one : json_of(call.declared))
      shape.push_back(one.is_number_integer() ? bounded(one, "the shape of `" + call.name + "`") : -1);
  shape = turned(std::move(shape), true);
  const bool known = !shape.empty() &&
                     std::all_of(shape.begin() + 1, shape.end(), [](std::int64_t size) { return size > 0; });
  if (!known) {
    layer.set("output", "same");
    return add(std::move(layer), call.x().shape);
  }
  shape[0] = call.x().shape[0];
  std::vector<DraftSize> sizes{DraftSize(layer.inputs.size() == 1 ? "in[0]" : "in[0][0]")};
  sizes.insert(sizes.end(), shape.begin() + 1, shape.end());
  layer.sizes("output", sizes);
  return add(std::move(layer), std::move(shape));
}

Tensor Builder::activated(const Call& call, Tensor x, std::string_view key) {
  const auto found = json_of(call.config).find(key);
  if (found == json_of(call.config).end() || found->is_null()) return x;
  const Json* word = &*found;
  if (word->is_object() && word->contains("class_name")) word = &(*word)["class_name"];
  if (!word->is_string()) return x;
  const std::string name = word->get<std::string>();
  return activation(call, name, x, call.type == "Activation" ? call.name : call.name + "." + name);
}

Tensor Builder::activation(const Call& call, const std::string& word, const Tensor& x,
                           const std::string& name) {
  static const std::map<std::string_view, std::string_view> kinds{{"relu", "ReLU"},
                                                                  {"relu6", "ReLU6"},
                                                                  {"sigmoid", "Sigmoid"},
                                                                  {"tanh", "Tanh"},
                                                                  {"elu", "ELU"},
                                                                  {"selu", "SELU"},
                                                                  {"gelu", "GELU"},
                                                                  {"swish", "SiLU"},
                                                                  {"silu", "SiLU"},
                                                                  {"leaky_relu", "LeakyReLU"},
                                                                  {"softplus", "Softplus"},
                                                                  {"softsign", "Softsign"},
                                                                  {"exponential", "Exp"},
                                                                  {"mish", "Mish"},
                                                                  {"hard_sigmoid", "Hardsigmoid"},
                                                                  {"hard_silu", "Hardswish"},
                                                                  {"softmax", "Softmax"},
                                                                  {"log_softmax", "LogSoftmax"}};
  if (word == "linear") return x;
  const auto kind = kinds.find(word);
  if (kind == kinds.end()) {
    ++unknown[word];
    DraftLayer layer("Custom", {x.ref}, name);
    return add(std::move(layer.set("label", word).set("output", "same")), x.shape);
  }
  DraftLayer layer(kind->second, {x.ref}, name);
  if (word.ends_with("softmax")) {
    const bool own = call.type == "Softmax" && json_of(call.config).value("axis", Json()).is_number_integer();
    layer.set("dim", axis(own ? bounded(json_of(call.config)["axis"], "`axis`") : -1, x.shape.size()));
  }
  return add(std::move(layer), x.shape);
}

std::vector<Tensor> Builder::run_all(const Call& call) {
  if (call.inputs.empty()) throw Refused{Code::I602, "`" + call.name + "` takes no tensor"};
  again_ = call.again;
  std::optional<std::vector<Tensor>> made = call.function ? function(call) : over_sequences(call);
  if (made) return std::move(*made);
  return {run(call)};
}

void Builder::tidy() {
  draft_.sweep([&](LayerId layer) { return spare_.count(layer) == 0; });
}

Tensor Builder::run(const Call& call) {
  const std::string& type = call.type;
  const std::size_t axes = call.x().axes();
  const bool spatial = axes >= 1 && axes <= 3;
  const auto ends = [&](std::string_view end) {  // "Conv2D" for "Conv" where the tensor has two such axes
    return spatial && type == std::string(end) + std::to_string(axes) + "D";
  };
  if (ends("Conv") || ends("DepthwiseConv")) return convolution(call);
  if (ends("SeparableConv")) return separable(call);
  if (type == "Conv" + std::to_string(axes) + "DTranspose" && spatial) return transposed(call);
  if (ends("MaxPooling") || ends("AveragePooling")) return pool(call);
  if (ends("GlobalMaxPooling") || ends("GlobalAveragePooling")) return global_pool(call);
  if (ends("UpSampling")) return upsample(call);
  if (ends("ZeroPadding")) return pads(call, 1);
  if (ends("Cropping")) return pads(call, -1);
  if (type == "Dense") return dense(call);
  if (type == "Flatten" && call.x().shape.size() > 1) return flatten(call);
  if (type == "Reshape") return reshape(call);
  if (type == "Permute") return permute(call);
  if (type == "Embedding") return embedding(call);
  if ((type == "BatchNormalization" && call.x().shape.size() <= 5) || type == "GroupNormalization")
    return call.x().shape.size() > 1 ? norm(call) : custom(call);
  if (type == "LayerNormalization") return layer_norm(call);
  if (type == "Activation") return activated(call, call.x(), "activation");
  static const std::map<std::string_view, std::string_view> own{
      {"ReLU", "relu"}, {"LeakyReLU", "leaky_relu"}, {"ELU", "elu"}, {"Softmax", "softmax"}};
  if (const auto found = own.find(type); found != own.end())
    return activation(call, std::string(found->second), call.x(), call.name);
  if (type == "PReLU" && call.x().shape.size() > 1) {
    DraftLayer layer("PReLU", {call.x().ref}, call.name);
    return add(std::move(layer.set("num_parameters", call.x().shape[1])), call.x().shape);
  }
  static constexpr std::array<std::string_view, 7> merges{"Add",     "Average", "Subtract",   "Multiply",
                                                          "Maximum", "Minimum", "Concatenate"};
  if (std::find(merges.begin(), merges.end(), type) != merges.end()) return merge(call);
  if (type.find("Dropout") != std::string::npos)
    return add(DraftLayer("Dropout", {call.x().ref}, call.name), call.x().shape);
  static constexpr std::array<std::string_view, 6> nothing{
      "GaussianNoise", "ActivityRegularization", "Masking", "Rescaling", "Normalization", "Identity"};
  if (std::find(nothing.begin(), nothing.end(), type) != nothing.end()) return call.x();
  if (type == "Dot" || type == "EinsumDense")
    if (const auto made = type == "Dot" ? dot(call) : by_equation(call)) return *made;
  if (const auto made = prepared(call)) return *made;
  return custom(call);
}

}  // namespace shapedbg::keras
