// Integer tensors that hold sizes, computed before anything runs: Shape, Gather, Slice, Concat and what
// exporters write around them. Elements are sizes with their origin, so a result still tells which axis it
// came from.
#include <algorithm>
#include <cmath>
#include <functional>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

constexpr std::size_t most_elements = 256;

using Dims = std::vector<std::int64_t>;

struct Array {
  Dims dims;
  SizeIds data;
};

std::size_t elements(const Dims& dims) {
  std::size_t count = 1;
  for (const std::int64_t dim : dims) {
    if (dim < 0) return most_elements + 1;
    count *= static_cast<std::size_t>(dim);
    if (count > most_elements) return most_elements + 1;
  }
  return count;
}

// Calls `visit` with every position of `dims`, in order.
template <typename Visit>
void each_position(const Dims& dims, Visit visit) {
  const std::size_t count = elements(dims);
  Dims position(dims.size(), 0);
  for (std::size_t n = 0; n < count; ++n) {
    visit(position);
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      if (++position[axis] < dims[axis]) break;
      position[axis] = 0;
    }
  }
}

std::size_t offset(const Dims& dims, const Dims& position) {
  std::size_t at = 0;
  for (std::size_t axis = 0; axis < dims.size(); ++axis)
    at = at * static_cast<std::size_t>(dims[axis]) + static_cast<std::size_t>(position[axis]);
  return at;
}

// The element of `array` that stands at `position` of a larger shape it is broadcast to.
SizeId broadcast_at(const Array& array, const Dims& position) {
  Dims own(array.dims.size(), 0);
  const std::size_t skip = position.size() - own.size();
  for (std::size_t axis = 0; axis < own.size(); ++axis)
    own[axis] = array.dims[axis] == 1 ? 0 : position[skip + axis];
  return array.data[offset(array.dims, own)];
}

std::optional<Dims> broadcast_dims(const std::vector<Array>& arrays) {
  Dims out;
  for (const Array& array : arrays) {
    if (array.dims.size() > out.size()) out.insert(out.begin(), array.dims.size() - out.size(), 1);
    const std::size_t skip = out.size() - array.dims.size();
    for (std::size_t axis = 0; axis < array.dims.size(); ++axis) {
      std::int64_t& have = out[skip + axis];
      const std::int64_t dim = array.dims[axis];
      if (have == 1)
        have = dim;
      else if (dim != 1 && dim != have)
        return {};
    }
  }
  if (elements(out) > most_elements) return {};
  return out;
}

std::optional<Array> gathered(const Array& array, const Array& indices, const Dims& index_values,
                              std::int64_t axis) {
  const auto along = axis_of(axis, array.dims.size());
  if (!along) return {};
  Array out;
  out.dims.assign(array.dims.begin(), array.dims.begin() + static_cast<std::ptrdiff_t>(*along));
  out.dims.insert(out.dims.end(), indices.dims.begin(), indices.dims.end());
  out.dims.insert(out.dims.end(), array.dims.begin() + static_cast<std::ptrdiff_t>(*along) + 1,
                  array.dims.end());
  if (elements(out.dims) > most_elements) return {};
  bool good = true;
  each_position(out.dims, [&](const Dims& position) {
    const auto first = position.begin() + static_cast<std::ptrdiff_t>(*along);
    const auto last = first + static_cast<std::ptrdiff_t>(indices.dims.size());
    std::int64_t index = index_values[offset(indices.dims, Dims(first, last))];
    if (index < 0) index += array.dims[*along];
    if (index < 0 || index >= array.dims[*along]) {
      good = false;
      return;
    }
    Dims from(position.begin(), first);
    from.push_back(index);
    from.insert(from.end(), last, position.end());
    out.data.push_back(array.data[offset(array.dims, from)]);
  });
  if (!good) return {};
  return out;
}

std::optional<Array> joined(const std::vector<Array>& arrays, std::int64_t axis) {
  if (arrays.empty()) return {};
  const auto along = axis_of(axis, arrays[0].dims.size());
  if (!along) return {};
  Array out;
  out.dims = arrays[0].dims;
  out.dims[*along] = 0;
  for (const Array& array : arrays) {
    if (array.dims.size() != out.dims.size()) return {};
    for (std::size_t i = 0; i < out.dims.size(); ++i)
      if (i != *along && array.dims[i] != out.dims[i]) return {};
    out.dims[*along] += array.dims[*along];
  }
  if (elements(out.dims) > most_elements) return {};
  each_position(out.dims, [&](const Dims& position) {
    Dims from = position;
    for (const Array& array : arrays) {
      if (from[*along] < array.dims[*along]) {
        out.data.push_back(array.data[offset(array.dims, from)]);
        return;
      }
      from[*along] -= array.dims[*along];
    }
  });
  return out;
}

std::optional<Array> transposed(const Array& array, Dims order) {
  const std::size_t rank = array.dims.size();
  if (order.empty())
    for (std::size_t axis = rank; axis-- > 0;) order.push_back(static_cast<std::int64_t>(axis));
  if (order.size() != rank) return {};
  Array out;
  for (const std::int64_t axis : order) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return {};
    out.dims.push_back(array.dims[static_cast<std::size_t>(axis)]);
  }
  each_position(out.dims, [&](const Dims& position) {
    Dims from(rank, 0);
    for (std::size_t axis = 0; axis < rank; ++axis)
      from[static_cast<std::size_t>(order[axis])] = position[axis];
    out.data.push_back(array.data[offset(array.dims, from)]);
  });
  return out;
}

// As Python slices: bounds clamped, steps of either sign.
std::optional<Array> sliced(const Array& array, const Dims& starts, const Dims& ends, const Dims& axes,
                            const Dims& steps) {
  const std::size_t rank = array.dims.size();
  Dims first(rank, 0);
  Dims step(rank, 1);
  Array out;
  out.dims = array.dims;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const auto axis = axis_of(axes[k], rank);
    if (!axis || steps[k] == 0) return {};
    const std::int64_t size = array.dims[*axis];
    const auto bound = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
      return std::clamp(at < 0 ? at + size : at, low, high);
    };
    const bool forward = steps[k] > 0;
    const std::int64_t start = forward ? bound(starts[k], 0, size) : bound(starts[k], 0, size - 1);
    const std::int64_t end = forward ? bound(ends[k], 0, size) : bound(ends[k], -1, size - 1);
    const std::int64_t reach = forward ? end - start : start - end;
    const std::int64_t hop = forward ? steps[k] : -std::max<std::int64_t>(steps[k], -1'000'000);
    first[*axis] = start;
    step[*axis] = steps[k];
    out.dims[*axis] = reach <= 0 ? 0 : (reach - 1) / hop + 1;
  }
  each_position(out.dims, [&](const Dims& position) {
    Dims from(rank, 0);
    for (std::size_t axis = 0; axis < rank; ++axis) from[axis] = first[axis] + position[axis] * step[axis];
    out.data.push_back(array.data[offset(array.dims, from)]);
  });
  return out;
}

bool real(int type) { return type == float32 || type == float16 || type == float64 || type == 16; }

using Binary = std::function<double(double, double)>;

// An operator of two operands, lane by lane; nothing for others.
Binary binary(std::string_view op, bool reals) {
  if (op == "Div")
    return reals ? Binary([](double a, double b) { return a / b; })
                 : Binary([](double a, double b) { return b == 0 ? 0 : std::trunc(a / b); });
  if (op == "Mod") return [](double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); };
  if (op == "Pow") return [](double a, double b) { return std::pow(a, b); };
  if (op == "Min") return [](double a, double b) { return std::min(a, b); };
  if (op == "Max") return [](double a, double b) { return std::max(a, b); };
  if (op == "Equal") return [](double a, double b) { return a == b ? 1.0 : 0.0; };
  if (op == "Less") return [](double a, double b) { return a < b ? 1.0 : 0.0; };
  if (op == "Greater") return [](double a, double b) { return a > b ? 1.0 : 0.0; };
  if (op == "LessOrEqual") return [](double a, double b) { return a <= b ? 1.0 : 0.0; };
  if (op == "GreaterOrEqual") return [](double a, double b) { return a >= b ? 1.0 : 0.0; };
  if (op == "And") return [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; };
  if (op == "Or") return [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; };
  if (op == "Xor") return [](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; };
  return {};
}

Binary unary(std::string_view op) {
  if (op == "Floor") return [](double a, double) { return std::floor(a); };
  if (op == "Ceil") return [](double a, double) { return std::ceil(a); };
  if (op == "Round") return [](double a, double) { return std::nearbyint(a); };
  if (op == "Neg") return [](double a, double) { return -a; };
  if (op == "Abs") return [](double a, double) { return std::abs(a); };
  if (op == "Sqrt") return [](double a, double) { return std::sqrt(a); };
  if (op == "Reciprocal") return [](double a, double) { return 1 / a; };
  if (op == "Not") return [](double a, double) { return a == 0 ? 1.0 : 0.0; };
  if (op == "Sign") return [](double a, double) { return a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0; };
  return {};
}

// Elements that were computed, where they could be, and their type.
struct Folded {
  std::optional<Array> array;
  int type = undefined;
};

std::optional<Array> map(const std::vector<Array>& arrays,
                         const std::function<SizeId(const SizeIds&)>& function) {
  // An input that is left out has no number, not even one.
  const bool given = std::all_of(arrays.begin(), arrays.end(), [](const Array& array) {
    return array.data.size() == elements(array.dims);
  });
  const auto dims = broadcast_dims(arrays);
  if (!given || !dims) return {};
  Array out{*dims, {}};
  each_position(*dims, [&](const Dims& position) {
    SizeIds operands;
    for (const Array& array : arrays) operands.push_back(broadcast_at(array, position));
    out.data.push_back(function(operands));
  });
  return out;
}

// What works element by element; nothing for other operators.
std::optional<Folded> by_elements(Sizes& sizes, const Node& node, const std::vector<Array>& in, int type,
                                  int second_type) {
  const std::string_view op = node.op;
  if (op == "Identity") return Folded{in[0], type};
  if (op == "Cast") {
    const auto to = static_cast<int>(node.integer("to", float32));
    if (!real(type) || real(to)) return Folded{in[0], to};
    const auto whole = [&](const SizeIds& x) {
      return sizes.map(x[0], x[0], [](double a, double) { return std::trunc(a); });
    };
    return Folded{map({in[0]}, whole), to};
  }
  if (op == "Add" || op == "Sub" || op == "Mul" || op == "Sum") {
    const auto each = [&](const SizeIds& x) {
      SizeId sum = x[0];
      for (std::size_t i = 1; i < x.size(); ++i)
        sum = op == "Sub"   ? sizes.subtract(sum, x[i])
              : op == "Mul" ? sizes.multiply(sum, x[i])
                            : sizes.add(sum, x[i]);
      return sum;
    };
    return Folded{map(in, each), type};
  }
  if (op == "Div" && in.size() == 2 && !real(type)) {
    // Rounded to zero; down is the same where both are positive, and can be written.
    const auto each = [&](const SizeIds& x) {
      const SizeId down = sizes.divide(x[0], x[1]);
      const SizeId zero = sizes.map(x[0], x[1], binary("Div", false));
      return down == zero ? down : zero;
    };
    return Folded{map(in, each), type};
  }
  if (const Binary function = binary(op, real(type)); function && in.size() >= 2) {
    const bool compares =
        op == "Equal" || op == "Less" || op == "Greater" || op == "LessOrEqual" || op == "GreaterOrEqual";
    const auto each = [&](const SizeIds& x) {
      SizeId value = sizes.map(x[0], x[1], function);
      for (std::size_t i = 2; i < x.size(); ++i) value = sizes.map(value, x[i], function);
      return value;
    };
    return Folded{map(in, each), compares ? static_cast<int>(boolean) : type};
  }
  if (const Binary function = unary(op); function && in.size() == 1)
    return Folded{map(in, [&](const SizeIds& x) { return sizes.map(x[0], x[0], function); }), type};
  if (op == "Where" && in.size() == 3) {
    const auto each = [&](const SizeIds& x) { return sizes.value(x[0]) != 0 ? x[1] : x[2]; };
    return Folded{map(in, each), second_type};
  }
  if (op == "Clip" && in.size() == 3 && !node.inputs[1].empty() && !node.inputs[2].empty()) {
    const auto each = [&](const SizeIds& x) {
      return sizes.map(sizes.map(x[0], x[1], [](double a, double b) { return std::max(a, b); }), x[2],
                       [](double a, double b) { return std::min(a, b); });
    };
    return Folded{map(in, each), type};
  }
  return {};
}

Folded filled(Sizes& sizes, const Node& node, const Array& in) {
  Array made;
  for (const SizeId id : in.data) made.dims.push_back(std::max<std::int64_t>(0, sizes.size(id)));
  const std::size_t count = elements(made.dims);
  if (count > most_elements) return {};
  double value = 0;
  int type = float32;
  if (const Attribute* attribute = node.find("value")) {
    Tensor tensor;
    if (!read_tensor(attribute->tensor, tensor)) return {};
    if (const auto list = tensor.values(1); list && !list->empty()) value = list->front();
    type = tensor.type;
  }
  made.data.assign(count, sizes.number(value));
  return {std::move(made), type};
}

// From one number to another, by steps.
std::optional<Array> counted(Sizes& sizes, const SizeIds& from, const SizeIds& limit, const SizeIds& delta) {
  if (from.size() != 1 || limit.size() != 1 || delta.size() != 1) return {};
  const double start = sizes.value(from.front());
  const double step = sizes.value(delta.front());
  const double count = step == 0 ? 0 : std::ceil((sizes.value(limit.front()) - start) / step);
  if (!(count >= 0) || count > static_cast<double>(most_elements)) return {};
  const auto entries = static_cast<std::int64_t>(count);
  Array list{{entries}, {}};
  for (std::int64_t i = 0; i < entries; ++i)
    list.data.push_back(sizes.number(start + static_cast<double>(i) * step));
  return list;
}

// Where elements are not 0.
std::optional<Array> places(Sizes& sizes, const Array& in) {
  if (in.dims.size() > 1) return {};
  Array list{{1, 0}, {}};
  for (std::size_t i = 0; i < in.data.size(); ++i)
    if (sizes.value(in.data[i]) != 0) list.data.push_back(sizes.number(static_cast<double>(i)));
  list.dims[1] = static_cast<std::int64_t>(list.data.size());
  return list;
}

std::optional<Array> repeated(const Array& in, const Dims& dims) {
  if (in.data.empty() || in.dims.size() > dims.size()) return {};
  Array list{dims, {}};
  each_position(dims, [&](const Dims& position) {
    Dims own(in.dims.size(), 0);
    const std::size_t skip = dims.size() - own.size();
    for (std::size_t axis = 0; axis < own.size(); ++axis) own[axis] = position[skip + axis] % in.dims[axis];
    list.data.push_back(in.data[offset(in.dims, own)]);
  });
  return list;
}

std::optional<SizeId> reduced(Sizes& sizes, std::string_view op, const SizeIds& list) {
  if (list.empty()) return {};
  if (op != "ReduceProd" && op != "ReduceSum" && op != "ReduceMax" && op != "ReduceMin") return {};
  SizeId value = list.front();
  for (std::size_t i = 1; i < list.size(); ++i)
    value = op == "ReduceProd"  ? sizes.multiply(value, list[i])
            : op == "ReduceSum" ? sizes.add(value, list[i])
            : op == "ReduceMax"
                ? sizes.map(value, list[i], [](double a, double b) { return std::max(a, b); })
                : sizes.map(value, list[i], [](double a, double b) { return std::min(a, b); });
  return value;
}

}  // namespace

// True when the node is done with: its outputs are values, no layer.
bool Importer::fold(const Node& node) {
  if (!node.domain.empty() && node.domain != "ai.onnx") return fold_weights(node);
  if (node.op == "Constant") {
    const TensorId out = output(node, 0);
    if (out == no_tensor || node.attributes.empty()) return true;
    const Attribute& value = node.attributes.front();
    Tensor constant;
    if (!value.tensor.empty()) {
      if (read_tensor(value.tensor, constant)) set_constant(out, constant);
      return true;
    }
    constant.type = value.name.starts_with("value_float") ? float32 : int64;
    SizeIds list;
    for (const std::int64_t i : value.ints) list.push_back(sizes_.number(static_cast<double>(i)));
    for (const float f : value.floats) list.push_back(sizes_.number(static_cast<double>(f)));
    const bool scalar = value.name == "value_int" || value.name == "value_float";
    if (scalar)
      list = {sizes_.number(value.name == "value_int" ? static_cast<double>(value.i)
                                                      : static_cast<double>(value.f))};
    else
      constant.dims = {static_cast<std::int64_t>(list.size())};
    set_constant(out, constant);
    if (list.size() <= most_elements) at(out).data = std::move(list);
    return true;
  }
  if (node.op == "Shape" && shape(node, 0)) {
    const SizeIds sizes = *shape(node, 0);
    const auto rank = static_cast<std::int64_t>(sizes.size());
    const auto bound = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const std::int64_t first = bound(node.integer("start", 0));
    const std::int64_t last = std::max(first, bound(node.integer("end", rank)));
    const TensorId out = output(node, 0);
    if (out == no_tensor) return true;
    at(out).data = SizeIds(sizes.begin() + first, sizes.begin() + last);
    at(out).shape = SizeIds{sizes_.number(static_cast<double>(last - first))};
    at(out).type = int64;
    at(out).parameter = true;
    return true;
  }
  return fold_values(node) || fold_weights(node);
}

// What is made of weights alone runs once, when the network is loaded: only its shape matters.
bool Importer::fold_weights(const Node& node) {
  bool any = false;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const TensorId id = input(node, k);
    if (id == no_tensor) continue;
    if (!at(id).parameter) return false;
    any = true;
  }
  if (!any && node.op != "RandomNormal" && node.op != "RandomUniform") return false;
  if (!shape_by_rule(node)) {
    const bool before = silent_;
    silent_ = true;
    fallback(node);
    silent_ = before;
  }
  for (std::size_t k = 0; k < node.outputs.size(); ++k)
    if (const TensorId id = output(node, k); id != no_tensor) at(id).parameter = true;
  return true;
}

bool Importer::fold_values(const Node& node) {
  std::vector<Array> in;
  int type = undefined;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const TensorId id = input(node, k);
    if (id == no_tensor) {
      in.emplace_back();
      continue;
    }
    if (!at(id).data || !at(id).shape || !at(id).parameter) return false;
    in.push_back({shape_of(id), *at(id).data});
    if (elements(in.back().dims) != in.back().data.size()) return false;
    if (type == undefined) type = at(id).type;
  }
  if (in.empty()) return false;
  const auto ints = [&](std::size_t k) {
    Dims list;
    if (k < in.size())
      for (const SizeId id : in[k].data) list.push_back(sizes_.size(id));
    return list;
  };
  // A choice that another size of the input would make otherwise is the declared size's choice alone.
  const auto result = [&](std::optional<Array> array, int result_type) {
    const TensorId out = output(node, 0);
    if (!array || out == no_tensor || array->data.size() > most_elements) return array.has_value();
    SizeIds sizes;
    for (const std::int64_t dim : array->dims) sizes.push_back(sizes_.number(static_cast<double>(dim)));
    Value& value = at(out);
    value.shape = std::move(sizes);
    value.data = std::move(array->data);
    value.type = result_type;
    value.parameter = true;
    return true;
  };
  const std::string_view op = node.op;
  const int second_type = has(node, 1) ? at(input(node, 1)).type : type;
  if (auto folded = by_elements(sizes_, node, in, type, second_type))
    return result(std::move(folded->array), folded->type);
  if (op == "Gather" && in.size() == 2)
    return result(gathered(in[0], in[1], ints(1), node.integer("axis", 0)), type);
  if (op == "Concat") return result(joined(in, node.integer("axis", 0)), type);
  if (op == "Transpose") return result(transposed(in[0], node.integers("perm")), type);
  if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze" || op == "ConstantOfShape" ||
      op == "Range" || op == "Expand" || op == "Tile" || op == "Size" || op == "Slice" || op == "Split" ||
      op.starts_with("Reduce") || op == "NonZero")
    return fold_moves(node);
  return false;
}

// Starts, ends, axes and steps of a Slice of numbers.
std::optional<std::array<Integers, 4>> Importer::fold_slice(const Node& node) const {
  const bool attributes = node.inputs.size() == 1;
  if (!attributes && (!has(node, 1) || !has(node, 2))) return {};
  std::array<Integers, 4> part;
  auto& [starts, ends, axes, steps] = part;
  starts = attributes ? node.integers("starts") : *integers(node, 1);
  ends = attributes ? node.integers("ends") : *integers(node, 2);
  if (attributes)
    axes = node.integers("axes");
  else if (has(node, 3))
    axes = *integers(node, 3);
  if (has(node, 4)) steps = *integers(node, 4);
  if (axes.empty())
    for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  steps.resize(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size()) return {};
  return part;
}

bool Importer::hold(TensorId id, const Integers& dims, SizeIds elements_of, int type) {
  if (elements_of.size() != elements(dims)) return false;
  SizeIds sizes;
  for (const std::int64_t dim : dims) sizes.push_back(sizes_.number(static_cast<double>(dim)));
  Value& value = at(id);
  value.shape = std::move(sizes);
  value.data = std::move(elements_of);
  value.type = type;
  value.parameter = true;
  return true;
}

bool Importer::shape_by_rule(const Node& node) {
  const bool before = silent_;
  silent_ = true;
  const Handler handler = handler_of(node);
  const bool shaped = handler != nullptr && (this->*handler)(node);
  silent_ = before;
  return shaped;
}

// Numbers along one axis, in the parts whose shapes the outputs have.
bool Importer::fold_split(const Node& node, const SizeIds& elements_of, int type) {
  auto begin = elements_of.begin();
  for (std::size_t k = 0; k < node.outputs.size(); ++k) {
    const TensorId part = output(node, k);
    if (part == no_tensor) return false;
    const Integers size = shape_of(part);
    if (size.size() != 1 || size[0] < 0 || size[0] > elements_of.end() - begin) return false;
    hold(part, size, SizeIds(begin, begin + size[0]), type);
    begin += size[0];
  }
  return true;
}

// Those that change the shape: the handler says the shape, the elements are put there.
bool Importer::fold_moves(const Node& node) {
  const std::string_view op = node.op;
  const TensorId out = output(node, 0);
  if (out == no_tensor) return true;
  const TensorId first = input(node, 0);
  const Array in{shape_of(first), *at(first).data};
  const int type = at(first).type;
  const auto keep = [&](std::optional<Array> array, int result_type) {
    return array && hold(out, array->dims, std::move(array->data), result_type);
  };
  if (op == "Slice") {
    const auto part = fold_slice(node);
    return part && keep(sliced(in, (*part)[0], (*part)[1], (*part)[2], (*part)[3]), type);
  }
  if (op == "Size") return hold(out, {}, {sizes_.number(static_cast<double>(in.data.size()))}, int64);
  if (op == "ConstantOfShape") {
    Folded made = filled(sizes_, node, in);
    return keep(std::move(made.array), made.type);
  }
  if (op == "NonZero") return keep(places(sizes_, in), int64);
  if (op == "Range") {
    const SizeIds* limit = data(node, 1);
    const SizeIds* delta = data(node, 2);
    return limit && delta && keep(counted(sizes_, in.data, *limit, *delta), type);
  }
  if (!shape_by_rule(node) || !at(out).shape) return false;
  const Dims dims = shape_of(out);
  if (elements(dims) > most_elements) return false;
  if (op == "Split") return in.dims.size() == 1 && fold_split(node, in.data, type);
  if (op == "Expand" || op == "Tile") return keep(repeated(in, dims), type);
  if (op.starts_with("Reduce")) {
    const auto value = elements(dims) == 1 ? reduced(sizes_, op, in.data) : std::nullopt;
    return value && hold(out, dims, {*value}, type);
  }
  return hold(out, dims, in.data, type);
}

}  // namespace shapedbg::onnx
