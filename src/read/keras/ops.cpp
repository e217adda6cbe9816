// The functions of keras.ops, as functional models keep them, and layers that prepare images.

#include <array>
#include <nlohmann/json.hpp>

#include "read/keras/config.h"

namespace shapedbg::keras {
namespace {

// Integers of a config's entry: one, or a list.
std::optional<std::vector<std::int64_t>> integers(const Call& call, const char* key) {
  const auto found = json_of(call.config).find(key);
  if (found == json_of(call.config).end()) return std::nullopt;
  std::vector<std::int64_t> list;
  const Json whole = found->is_array() ? *found : Json::array({*found});
  for (const Json& one : whole) {
    if (!one.is_number_integer() || one > kMostFeatures || one < -kMostFeatures) return std::nullopt;
    list.push_back(one.get<std::int64_t>());
  }
  return list;
}

std::optional<std::int64_t> integer(const Call& call, const char* key) {
  const auto list = integers(call, key);
  return list && list->size() == 1 ? std::optional(list->front()) : std::nullopt;
}

struct Picked {
  SliceRange range;
  std::int64_t place = SliceRange::open;
};

// As Python clamps a range.
std::int64_t length(const SliceRange& range, std::int64_t size) {
  const auto clamped = [&](std::int64_t at, std::int64_t open) {
    if (at == SliceRange::open) return open;
    return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
  };
  return std::max<std::int64_t>(
      (clamped(range.stop, size) - clamped(range.start, 0) + range.step - 1) / range.step, 0);
}

bool fits(std::vector<std::int64_t>& axes, std::size_t rank) {
  for (std::int64_t& axis : axes) {
    if (axis < 0) axis += static_cast<std::int64_t>(rank);
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return false;
  }
  return true;
}

}  // namespace

// Mean, Sum, Max and so on: over axes that stay as 1 where they stand, else in Keras' order.
std::optional<Tensor> Builder::reduced(const Call& call) {
  const std::size_t rank = call.x().shape.size();
  std::vector<std::int64_t> axes;
  if (const auto given = integers(call, "axis"))
    axes = *given;
  else
    for (std::size_t k = 0; k < rank; ++k) axes.push_back(static_cast<std::int64_t>(k));
  const bool keep = call.flag("keepdims", false);
  if (axes.empty() || !fits(axes, rank) || (!keep && axes.size() >= rank)) return std::nullopt;
  const Tensor x = keep ? call.x() : keras_order(call.x(), call.name);
  if (keep)
    for (std::int64_t& one : axes) one = axis(one, rank);
  Shape shape;
  for (std::size_t k = 0; k < rank; ++k) {
    const bool gone = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(k)) != axes.end();
    if (!gone || keep) shape.push_back(gone ? 1 : x.shape[k]);
  }
  static const std::map<std::string_view, std::string_view> kinds{
      {"Mean", "Mean"}, {"Sum", "Sum"}, {"Max", "Max"}, {"Amax", "Max"},           {"Min", "Min"},
      {"Amin", "Min"},  {"Var", "Var"}, {"Std", "Std"}, {"Logsumexp", "LogSumExp"}};
  DraftLayer layer(kinds.at(call.type), {x.ref}, call.name);
  layer.set("dim", axes);
  if (keep) layer.set("keepdim", true);
  const Tensor y = add(std::move(layer), std::move(shape));
  return keep ? y : torch_order(y, call.name);
}

std::optional<Tensor> Builder::shaped(const Call& call) {
  const Tensor x = keras_order(call.x(), call.name);
  const std::size_t rank = x.shape.size();
  Shape shape = x.shape;
  DraftLayer layer("Permute", {x.ref}, call.name);
  if (call.type == "Transpose") {
    auto axes = integers(call, "axes");
    if (!axes || axes->size() != rank || !fits(*axes, rank)) return std::nullopt;
    for (std::size_t k = 0; k < rank; ++k) shape[k] = x.shape[static_cast<std::size_t>((*axes)[k])];
    layer.set("dims", *axes);
  } else if (call.type == "Swapaxes") {
    const auto a = integer(call, "axis1");
    const auto b = integer(call, "axis2");
    std::vector<std::int64_t> axes;
    if (a && b) axes = {*a, *b};
    if (axes.empty() || !fits(axes, rank)) return std::nullopt;
    layer.type = "Transpose";
    layer.set("dim0", axes[0]).set("dim1", axes[1]);
    std::swap(shape[static_cast<std::size_t>(axes[0])], shape[static_cast<std::size_t>(axes[1])]);
  } else if (call.type == "ExpandDims") {
    const auto at = integer(call, "axis");
    std::vector<std::int64_t> axes;
    if (at) axes = {*at};
    if (axes.empty() || !fits(axes, rank + 1)) return std::nullopt;
    layer.type = "Unsqueeze";
    layer.set("dim", axes[0]);
    shape.insert(shape.begin() + axes[0], 1);
  } else {
    auto axes = integers(call, "axis");
    if (!axes || !fits(*axes, rank)) return std::nullopt;
    layer.type = "Squeeze";
    layer.set("dim", *axes);
    shape.clear();
    for (std::size_t k = 0; k < rank; ++k)
      if (x.shape[k] != 1 ||
          std::find(axes->begin(), axes->end(), static_cast<std::int64_t>(k)) == axes->end())
        shape.push_back(x.shape[k]);
  }
  return torch_order(add(std::move(layer), std::move(shape)), call.name);
}

std::optional<Tensor> Builder::reshaped(const Call& call) {
  auto sizes = integers(call, "newshape");
  if (!sizes || sizes->empty()) return std::nullopt;
  const Tensor x = keras_order(call.x(), call.name);
  const std::int64_t values = product(x.shape, 0);
  const std::int64_t known = product(*sizes, 0);
  Shape shape;
  for (const std::int64_t size : *sizes) shape.push_back(size > 0 ? size : values / known);
  DraftLayer layer("Reshape", {x.ref}, call.name);
  layer.set("shape", *sizes);
  return torch_order(add(std::move(layer), std::move(shape)), call.name);
}

std::optional<Tensor> Builder::multiplied(const Call& call) {
  if (call.inputs.size() != 2) return std::nullopt;
  std::vector<Tensor> sides;
  for (const bool second : {false, true}) {
    Tensor side = keras_order(call.inputs[second ? 1 : 0], call.name);
    if (side.shape.size() < 2) return std::nullopt;
    if (call.flag(second ? "transpose_b" : "transpose_a", false)) {
      DraftLayer turn("Transpose", {side.ref}, call.name + (second ? ".columns" : ".rows"));
      turn.set("dim0", -1).set("dim1", -2);
      std::swap(side.shape.back(), side.shape[side.shape.size() - 2]);
      side = add(std::move(turn), side.shape);
    }
    sides.push_back(std::move(side));
  }
  const Tensor& a = sides[0];
  const Tensor& b = sides[1];
  Shape shape = a.shape.size() >= b.shape.size() ? a.shape : b.shape;
  const Shape& fewer = a.shape.size() >= b.shape.size() ? b.shape : a.shape;
  for (std::size_t k = 2; k < fewer.size(); ++k) {
    std::int64_t& size = shape[shape.size() - 1 - k];
    size = std::max(size, fewer[fewer.size() - 1 - k]);
  }
  shape[shape.size() - 2] = a.shape[a.shape.size() - 2];
  shape.back() = b.shape.back();
  return torch_order(add(DraftLayer("MatMul", {a.ref, b.ref}, call.name), std::move(shape)), call.name);
}

// The product over one axis of each of two tensors, sample by sample.
std::optional<Tensor> Builder::dot(const Call& call) {
  auto axes = integers(call, "axes");
  if (call.inputs.size() != 2 || !axes || axes->empty() || axes->size() > 2) return std::nullopt;
  axes->resize(2, axes->front());
  std::vector<Tensor> sides;
  if (call.inputs[0].shape.size() == 2 && call.inputs[1].shape == call.inputs[0].shape) {
    const Shape& shape = call.inputs[0].shape;
    const Tensor product =
        add(DraftLayer("Mul", {call.inputs[0].ref, call.inputs[1].ref}, call.name + ".product"), shape);
    DraftLayer sum("Sum", {product.ref}, call.name);
    return add(std::move(sum.set("dim", std::vector<std::int64_t>{1}).set("keepdim", true)), {shape[0], 1});
  }
  for (std::size_t k = 0; k < 2; ++k) {
    Tensor side = keras_order(call.inputs[k], call.name);
    std::vector<std::int64_t> one{(*axes)[k]};
    if (side.shape.size() != 3 || !fits(one, 3) || one[0] == 0) return std::nullopt;
    // Rows times columns: the axis is the last of the first, the first of the second.
    if (one[0] != (k == 0 ? 2 : 1)) {
      DraftLayer turn("Transpose", {side.ref}, call.name + (k == 0 ? ".rows" : ".columns"));
      turn.set("dim0", 1).set("dim1", 2);
      side = add(std::move(turn), {side.shape[0], side.shape[2], side.shape[1]});
    }
    sides.push_back(side);
  }
  const Shape shape{sides[0].shape[0], sides[0].shape[1], sides[1].shape[2]};
  return torch_order(add(DraftLayer("MatMul", {sides[0].ref, sides[1].ref}, call.name), shape), call.name);
}

std::optional<Tensor> Builder::stacked(const Call& call) {
  const std::size_t rank = call.x().shape.size();
  std::vector<std::int64_t> axes{integer(call, "axis").value_or(0)};
  if (!fits(axes, rank + 1)) return std::nullopt;
  std::vector<Ref> refs;
  for (const Tensor& one : call.inputs) {
    if (one.shape.size() != rank) return std::nullopt;
    refs.push_back(keras_order(one, call.name).ref);
  }
  Shape shape = keras_order(call.x(), call.name).shape;
  shape.insert(shape.begin() + axes[0], static_cast<std::int64_t>(refs.size()));
  DraftLayer layer("Stack", std::move(refs), call.name);
  return torch_order(add(std::move(layer.set("dim", axes[0])), std::move(shape)), call.name);
}

namespace {

// A key of x[…]: a range, or a place of an axis that goes. None of what cannot be said.
std::optional<Picked> picked_by(const Json& key) {
  const auto bound = [](const Json& value, std::int64_t& number) {
    if (value.is_null()) return true;
    if (!value.is_number_integer() || value > kMostFeatures || value < -kMostFeatures) return false;
    number = value.get<std::int64_t>();
    return true;
  };
  Picked one;
  // Keras 2 writes the range itself.
  if (class_of(key) == "__slice__" || (key.is_object() && key.contains("start"))) {
    const Json config = class_of(key).empty() ? key : key.value("config", Json::object());
    if (!config.is_object() || !bound(config.value("start", Json()), one.range.start) ||
        !bound(config.value("stop", Json()), one.range.stop) ||
        !bound(config.value("step", Json()), one.range.step))
      return std::nullopt;
    return one.range.step > 0 ? std::optional(one) : std::nullopt;
  }
  if (!key.is_number_integer() || !bound(key, one.place)) return std::nullopt;
  return one;
}

}  // namespace

// x[:, 1:, ..., 0], in Keras' order.
std::optional<Tensor> Builder::item(const Call& call) {
  const Json none;
  const Json& arguments = call.arguments != nullptr ? json_of(call.arguments) : none;
  if (!arguments.is_array() || arguments.size() != 2) return std::nullopt;
  const Json keys = arguments[1].is_array() ? arguments[1] : Json::array({arguments[1]});
  const Tensor x = keras_order(call.x(), call.name);
  const std::size_t rank = x.shape.size();
  const auto rest = std::count_if(keys.begin(), keys.end(),
                                  [](const Json& key) { return class_of(key) == "__ellipsis__"; });
  if (rest > 1 || keys.size() - static_cast<std::size_t>(rest) > rank) return std::nullopt;
  std::vector<Picked> axes;
  for (const Json& key : keys) {
    if (class_of(key) == "__ellipsis__") {
      axes.resize(axes.size() + rank + 1 - keys.size());
      continue;
    }
    const auto one = picked_by(key);
    if (!one) return std::nullopt;
    axes.push_back(*one);
  }
  axes.resize(rank);
  std::vector<SliceRange> ranges;
  Shape shape;
  bool cuts = false;
  for (std::size_t k = 0; k < rank; ++k) {
    ranges.push_back(axes[k].range);
    cuts = cuts || axes[k].range != SliceRange{};
    shape.push_back(length(axes[k].range, x.shape[k]));
  }
  Tensor made = x;
  if (cuts) {
    DraftLayer slice("Slice", {x.ref}, call.name);
    made = add(std::move(slice.set("index", ranges)), shape);
  }
  for (std::size_t k = rank; k-- > 0;) {
    if (axes[k].place == SliceRange::open) continue;
    DraftLayer select("Select", {made.ref}, call.name + ".at");
    select.set("dim", static_cast<std::int64_t>(k)).set("index", axes[k].place);
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(k));
    made = add(std::move(select), shape);
  }
  return shape.empty() ? std::nullopt : std::optional(torch_order(made, call.name));
}

std::optional<std::vector<Tensor>> Builder::parts(const Call& call) {
  const std::size_t rank = call.x().shape.size();
  const auto at = integer(call, "axis");
  // numpy counts the places to cut at, TensorFlow the sizes.
  const bool numpy = json_of(call.config).contains("indices_or_sections");
  const auto places = integers(call, numpy ? "indices_or_sections" : "sizes");
  std::vector<std::int64_t> axes{at.value_or(0)};
  if (!places || places->empty() || !fits(axes, rank)) return std::nullopt;
  const std::int64_t dim = axis(axes[0], rank);
  const std::int64_t size = call.x().shape[static_cast<std::size_t>(dim)];
  std::vector<std::int64_t> sizes;
  if (json_of(call.config).contains("sizes") && json_of(call.config)["sizes"].is_array()) {
    sizes = *places;
    for (const std::int64_t one : sizes)
      if (one < 1 || one > size) return std::nullopt;
  } else if (!json_of(call.config)[numpy ? "indices_or_sections" : "sizes"].is_array()) {
    const std::int64_t count = places->front();
    if (count < 1 || count > kMostParts || size % count != 0) return std::nullopt;
    sizes.assign(static_cast<std::size_t>(count), size / count);
  } else {
    std::int64_t from = 0;
    for (const std::int64_t place : *places) {
      if (place <= from || place >= size) return std::nullopt;
      sizes.push_back(place - from);
      from = place;
    }
    sizes.push_back(size - from);
  }
  DraftLayer layer("Split", {call.x().ref}, call.name);
  layer.set("split_size_or_sections", sizes).set("dim", dim);
  Shape shape = call.x().shape;
  shape[static_cast<std::size_t>(dim)] = sizes[0];
  const Tensor first = add(std::move(layer), shape);
  std::vector<Tensor> all;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    shape[static_cast<std::size_t>(dim)] = sizes[k];
    all.push_back({Ref{first.ref.layer, static_cast<int>(k)}, shape});
  }
  return all;
}

// A function of each value, or of a tensor and a number.
std::optional<Tensor> Builder::elementwise(const Call& call) {
  static const std::map<std::string_view, std::string_view> kinds{{"Relu", "ReLU"},
                                                                  {"Relu6", "ReLU6"},
                                                                  {"Sigmoid", "Sigmoid"},
                                                                  {"Tanh", "Tanh"},
                                                                  {"Gelu", "GELU"},
                                                                  {"Silu", "SiLU"},
                                                                  {"Elu", "ELU"},
                                                                  {"Selu", "SELU"},
                                                                  {"LeakyRelu", "LeakyReLU"},
                                                                  {"Softplus", "Softplus"},
                                                                  {"Softsign", "Softsign"},
                                                                  {"HardSigmoid", "Hardsigmoid"},
                                                                  {"HardSilu", "Hardswish"},
                                                                  {"Mish", "Mish"},
                                                                  {"Exp", "Exp"},
                                                                  {"Expm1", "Expm1"},
                                                                  {"Log", "Log"},
                                                                  {"Log1p", "Log1p"},
                                                                  {"Log2", "Log2"},
                                                                  {"Sqrt", "Sqrt"},
                                                                  {"Rsqrt", "Rsqrt"},
                                                                  {"Square", "Square"},
                                                                  {"Absolute", "Abs"},
                                                                  {"Abs", "Abs"},
                                                                  {"Negative", "Neg"},
                                                                  {"Sign", "Sign"},
                                                                  {"Reciprocal", "Reciprocal"},
                                                                  {"Sin", "Sin"},
                                                                  {"Cos", "Cos"},
                                                                  {"Erf", "Erf"},
                                                                  {"Floor", "Floor"},
                                                                  {"Ceil", "Ceil"},
                                                                  {"Round", "Round"},
                                                                  {"StopGradient", "Identity"},
                                                                  {"Identity", "Identity"}};
  if (const auto kind = kinds.find(call.type); kind != kinds.end())
    return add(DraftLayer(kind->second, {call.x().ref}, call.name), call.x().shape);
  static const std::map<std::string_view, std::string_view> two{
      {"Add", "Add"},        {"Subtract", "Sub"},    {"Multiply", "Mul"},    {"Divide", "Div"},
      {"TrueDivide", "Div"}, {"Maximum", "Maximum"}, {"Minimum", "Minimum"}, {"Power", "Pow"}};
  const auto kind = two.find(call.type);
  if (kind == two.end()) return std::nullopt;
  if (call.inputs.size() > 1) {
    // Sizes meet from the last axis of Keras' order.
    const std::size_t rank = call.x().shape.size();
    const bool ranked = std::all_of(call.inputs.begin(), call.inputs.end(),
                                    [&](const Tensor& one) { return one.shape.size() == rank; });
    std::vector<Ref> refs;
    Shape shape;
    for (const Tensor& one : call.inputs) {
      const Tensor x = ranked ? one : keras_order(one, call.name);
      refs.push_back(x.ref);
      Shape& larger = shape;
      Shape other = x.shape;
      if (other.size() > larger.size()) std::swap(other, larger);
      for (std::size_t k = 0; k < other.size(); ++k) {
        std::int64_t& size = larger[larger.size() - 1 - k];
        size = std::max(size, other[other.size() - 1 - k]);
      }
    }
    const Tensor made = add(DraftLayer(kind->second, std::move(refs), call.name), std::move(shape));
    return ranked ? made : torch_order(made, call.name);
  }
  if (!call.constant) return add(DraftLayer("Identity", {call.x().ref}, call.name), call.x().shape);
  // A number less a tensor, or by it.
  const bool less = call.constant_first && kind->second == "Sub";
  if (less || (call.constant_first && kind->second == "Div")) {
    DraftLayer turned(less ? "Neg" : "Reciprocal", {call.x().ref},
                      call.name + (less ? ".minus" : ".reciprocal"));
    DraftLayer layer(less ? "Add" : "Mul", {add(std::move(turned), call.x().shape).ref}, call.name);
    return add(std::move(layer.set("value", *call.constant)), call.x().shape);
  }
  if (kind->second == "Maximum" || kind->second == "Minimum" ||
      (call.constant_first && kind->second == "Pow"))
    return custom_of(call, call.x().shape);
  DraftLayer layer(kind->second, {call.x().ref}, call.name);
  return add(std::move(layer.set("value", *call.constant)), call.x().shape);
}

std::optional<std::vector<Tensor>> Builder::function(const Call& call) {
  const std::string& type = call.type;
  const auto one = [](std::optional<Tensor> made) {
    return made ? std::optional<std::vector<Tensor>>({*made}) : std::nullopt;
  };
  if (type == "Split") return parts(call);
  if (type == "DepthToSpace" || type == "SpaceToDepth" || type == "Pad") return one(rearranged(call));
  if (type == "Resizing") return one(prepared(call));
  if (type == "GetItem") return one(item(call));
  if (type == "Stack") return one(stacked(call));
  if (type == "Matmul") return one(multiplied(call));
  if (type == "Reshape") return one(reshaped(call));
  if (type == "Transpose" || type == "Swapaxes" || type == "ExpandDims" || type == "Squeeze")
    return one(shaped(call));
  for (const std::string_view reduce :
       {"Mean", "Sum", "Max", "Amax", "Min", "Amin", "Var", "Std", "Logsumexp"})
    if (type == reduce) return one(reduced(call));
  return one(elementwise(call));
}

// Blocks of channels as blocks of places, and back; zeros around a map.
std::optional<Tensor> Builder::rearranged(const Call& call) {
  Shape shape = call.x().shape;
  if (!last_ || shape.size() < 3) return std::nullopt;
  if (call.type == "Pad") {
    const Json& sides = json_of(call.config).value("pad_width", Json());
    if (!sides.is_array() || sides.size() != shape.size()) return std::nullopt;
    std::vector<std::int64_t> padding;
    for (std::size_t k = sides.size(); k-- > 0;) {
      const Json& side = sides[k];
      if (!side.is_array() || side.size() != 2) return std::nullopt;
      for (const Json& one : side)
        if (!one.is_number_integer() || one < 0 || one > kMostParts) return std::nullopt;
      const bool none = side[0] == 0 && side[1] == 0;
      if ((k == 0 || k + 1 == sides.size()) && !none) return std::nullopt;
      if (k == 0 || k + 1 == sides.size()) continue;
      padding.insert(padding.end(), {side[0].get<std::int64_t>(), side[1].get<std::int64_t>()});
      shape[k + 1] += padding[padding.size() - 2] + padding.back();
    }
    DraftLayer layer("Pad", {call.x().ref}, call.name);
    return add(std::move(layer.set("padding", padding)), std::move(shape));
  }
  const auto block = integer(call, "block_size");
  const bool up = call.type == "DepthToSpace";
  if (!block || *block < 1 || *block > kMostParts || shape.size() != 4) return std::nullopt;
  DraftLayer layer(up ? "PixelShuffle" : "PixelUnshuffle", {call.x().ref}, call.name);
  layer.set(up ? "upscale_factor" : "downscale_factor", *block);
  shape[1] = up ? shape[1] / (*block * *block) : shape[1] * *block * *block;
  for (const std::size_t k : {std::size_t{2}, std::size_t{3}})
    shape[k] = up ? shape[k] * *block : shape[k] / *block;
  return add(std::move(layer), std::move(shape));
}

// Layers that turn, colour or cut images while a model is trained, or before it.
std::optional<Tensor> Builder::prepared(const Call& call) {
  const bool image = call.x().shape.size() == 4;
  const bool cuts = call.type == "CenterCrop" || call.type == "RandomCrop";
  static constexpr std::array<std::string_view, 16> changes{
      "RandomFlip",          "RandomRotation",    "RandomZoom",      "RandomTranslation",
      "RandomContrast",      "RandomBrightness",  "RandomShear",     "RandomHue",
      "RandomSaturation",    "RandomSharpness",   "RandomGrayscale", "RandomInvert",
      "RandomPosterization", "RandomColorJitter", "RandomErasing",   "RandomGaussianBlur"};
  if (std::find(changes.begin(), changes.end(), call.type) != changes.end()) return call.x();
  if (!image || (!cuts && call.type != "Resizing")) return std::nullopt;
  const std::vector<std::int64_t> size{call.integer("height"), call.integer("width")};
  DraftLayer layer(cuts ? "Crop" : "Upsample", {call.x().ref}, call.name);
  layer.set("size", size);
  if (cuts) layer.set("align", "center");
  if (!cuts && call.word("interpolation") == "bilinear") layer.set("mode", "bilinear");
  return add(std::move(layer), {call.x().shape[0], call.x().shape[1], size[0], size[1]});
}

// A product by an equation, as "abc,cd->abd": sizes of letters that come in are known, others are said.
std::optional<Tensor> Builder::by_equation(const Call& call) {
  const std::string equation = call.word("equation");
  const std::size_t comma = equation.find(',');
  const std::size_t arrow = equation.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || equation.find('.') != std::string::npos)
    return std::nullopt;
  const std::string in = equation.substr(0, comma);
  const std::string out = equation.substr(arrow + 2);
  const Shape& x = call.x().shape;
  if (in.size() != x.size() || out.size() < 2) return std::nullopt;
  const Json said = json_of(call.config).value("output_shape", Json());
  Shape shape;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::size_t from = in.find(out[k]);
    const Json one = said.is_array() ? (k > 0 && k - 1 < said.size() ? said[k - 1] : Json()) : said;
    if (from != std::string::npos)
      shape.push_back(x[static_cast<std::size_t>(axis(static_cast<std::int64_t>(from), x.size()))]);
    else if (one.is_number_integer() && one > 0 && one < kMostFeatures)
      shape.push_back(one.get<std::int64_t>());
    else
      return std::nullopt;
  }
  return custom_of(call, turned(shape, true));
}

}  // namespace shapedbg::keras
