// Functional steps that arrange, join and split tensors, and the stand-in for unknown layers.
#include <ATen/Functions.h>
#include <c10/core/WrapDimMinimal.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "engine/dummy.h"
#include "engine/modules.h"
#include "net/raised.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

std::int64_t checked(bool overflow, std::int64_t value) {
  if (overflow) throw Refused("a size expression leaves the range of 64 bits");
  return value;
}

// What an expression is worth on these inputs.
std::int64_t evaluate(const Expression& expression, const Tensors& inputs) {
  std::vector<std::int64_t> values;
  values.reserve(expression.nodes().size());
  for (const Expression::Node& node : expression.nodes()) {
    const auto operand = [&](int index) { return values.at(static_cast<std::size_t>(index)); };
    std::int64_t value = 0;
    switch (node.op) {
      case Expression::Op::constant:
        value = node.value;
        break;
      case Expression::Op::axis: {
        const auto index = static_cast<std::size_t>(node.input);
        if (index >= inputs.size()) throw Refused("there is no input " + std::to_string(node.input));
        const at::IntArrayRef sizes = inputs[index].sizes();
        const auto rank = static_cast<std::int64_t>(sizes.size());
        const std::int64_t axis = node.value < 0 ? node.value + rank : node.value;
        if (axis < 0 || axis >= rank)
          throw Refused("there is no axis " + std::to_string(node.value) + " in " + written(sizes));
        value = sizes[static_cast<std::size_t>(axis)];
        break;
      }
      case Expression::Op::add: {
        const bool overflow = __builtin_add_overflow(operand(node.left), operand(node.right), &value);
        value = checked(overflow, value);
        break;
      }
      case Expression::Op::subtract: {
        const bool overflow = __builtin_sub_overflow(operand(node.left), operand(node.right), &value);
        value = checked(overflow, value);
        break;
      }
      case Expression::Op::multiply: {
        const bool overflow = __builtin_mul_overflow(operand(node.left), operand(node.right), &value);
        value = checked(overflow, value);
        break;
      }
      case Expression::Op::floor_divide: {
        const std::int64_t a = operand(node.left);
        const std::int64_t b = operand(node.right);
        if (b == 0) throw Refused("a size expression divides by zero");
        value = checked(b == -1 && a == INT64_MIN, b == -1 ? 0 : a / b);
        if (b == -1)
          value = -a;
        else if (a % b != 0 && (a < 0) != (b < 0))
          --value;
        break;
      }
    }
    values.push_back(value);
  }
  return values.back();
}

Shape evaluate(const std::vector<Expression>& sizes, const Tensors& inputs) {
  Shape shape;
  for (const Expression& size : sizes) shape.push_back(evaluate(size, inputs));
  return shape;
}

at::Tensor unflatten(const Step& step) {
  const Shape sizes = sizes_of(step, Opt::unflattened_size);
  if (sizes.empty()) throw Refused("`unflattened_size` is empty");
  return build<nn::Unflatten>(nn::UnflattenOptions(step.layer.integer(Opt::dim), sizes))
      ->forward(step.input());
}

at::Tensor squeeze(const Step& step) {
  at::Tensor tensor = step.input();
  const std::vector<std::int64_t> dims = integer_list(step.layer, Opt::dim);
  if (dims.empty()) return tensor.squeeze();
  std::vector<std::int64_t> axes;
  for (const std::int64_t dim : dims) axes.push_back(c10::maybe_wrap_dim(dim, tensor.dim()));
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) throw Refused("`dim` names an axis twice");
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) tensor = tensor.squeeze(*axis);
  return tensor;
}

at::Tensor slice(const Step& step) {
  at::Tensor tensor = step.input();
  const OptionValue* option = step.layer.find(Opt::index);
  const auto* ranges = option == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&option->value);
  if ((ranges == nullptr) == (step.like == nullptr))
    throw Refused("takes exactly one of `index` and `size_like`");
  if (step.like != nullptr) {
    const Shape& like = like_of_same_rank(step);
    for (std::size_t axis = first_spatial(tensor); axis < like.size(); ++axis)
      tensor = tensor.slice(static_cast<std::int64_t>(axis), 0, like[axis]);
    return tensor;
  }
  if (static_cast<std::int64_t>(ranges->size()) > tensor.dim())
    throw Refused("`index` has " + std::to_string(ranges->size()) + " entries for an input of shape " +
                  written(tensor.sizes()));
  for (std::size_t axis = 0; axis < ranges->size(); ++axis) {
    const SliceRange& range = (*ranges)[axis];
    const std::int64_t start = range.start == SliceRange::open ? 0 : range.start;
    const std::int64_t stop = range.stop == SliceRange::open ? INT64_MAX : range.stop;
    tensor = tensor.slice(static_cast<std::int64_t>(axis), start, stop, range.step);
  }
  return tensor;
}

at::Tensor crop(const Step& step) {
  at::Tensor tensor = step.input();
  std::vector<std::int64_t> size = integer_list(step.layer, Opt::size);
  if (size.empty() == (step.like == nullptr)) throw Refused("takes exactly one of `size` and `size_like`");
  if (tensor.dim() < 2)
    throw Refused("an input of shape " + written(tensor.sizes()) + " has no spatial axes");
  const auto rank = static_cast<std::size_t>(tensor.dim());
  std::size_t first = first_spatial(tensor);
  if (step.like != nullptr)
    size.assign(like_of_same_rank(step).begin() + static_cast<std::ptrdiff_t>(first), step.like->end());
  else if (size.size() == 1)
    size.resize(rank - first, size[0]);
  else if (size.size() == rank - 1)  // an unbatched tensor: all but the channels
    first = 1;
  else if (size.size() != rank - first)
    throw Refused("`size` has " + std::to_string(size.size()) + " entries where 1 or " +
                  std::to_string(rank - first) + " are needed");
  const bool center = step.layer.word(Opt::align) == "center";
  for (std::size_t i = 0; i < size.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(first + i);
    const std::int64_t extra = tensor.size(axis) - size[i];
    if (extra < 0)
      throw Refused("cannot crop axis " + std::to_string(axis) + " of " + written(tensor.sizes()) + " to " +
                    std::to_string(size[i]));
    tensor = tensor.narrow(axis, center ? extra / 2 : 0, size[i]);
  }
  return tensor;
}

Tensors custom(const Step& step) {
  if (const auto raised = raised_by(step.layer)) throw Refused(std::string(*raised));
  std::vector<Shape> shapes;
  const OptionValue* outputs = step.layer.find(Opt::outputs);
  const auto* lists =
      outputs == nullptr ? nullptr : std::get_if<std::vector<std::vector<Expression>>>(&outputs->value);
  if (lists != nullptr) {
    for (const std::vector<Expression>& list : *lists) shapes.push_back(evaluate(list, step.inputs));
  } else {
    const std::vector<Expression>* list = step.layer.expressions(Opt::output);
    shapes.push_back(list == nullptr ? step.input().sizes().vec() : evaluate(*list, step.inputs));
  }
  Tensors tensors;
  for (const Shape& shape : shapes) {
    for (const std::int64_t size : shape)
      if (size < 1) throw Refused("the declared output would be " + bracketed(shape));
    const bool integers = step.layer.word(Opt::dtype) == "int64";
    tensors.push_back((integers ? dummy_integers : dummy)(shape, step.input().device(), tensors.size() + 1));
  }
  return tensors;
}

}  // namespace

Shape sizes_of(const Step& step, Opt opt) {
  const OptionValue* option = step.layer.find(opt);
  if (option != nullptr)
    if (const auto* list = std::get_if<std::vector<Expression>>(&option->value))
      return evaluate(*list, step.inputs);
  return integer_list(step.layer, opt);
}

namespace {

constexpr Runner<Tensors> kShapeSteps[] = {
    {LayerKind::Flatten,
     [](const Step& step) -> Tensors {
       return Tensors{build<nn::Flatten>(nn::FlattenOptions()
                                             .start_dim(step.layer.integer(Opt::start_dim))
                                             .end_dim(step.layer.integer(Opt::end_dim)))
                          ->forward(step.input())};
     }},
    {LayerKind::Unflatten, [](const Step& step) -> Tensors { return Tensors{unflatten(step)}; }},
    {LayerKind::Reshape,
     [](const Step& step) -> Tensors { return Tensors{step.input().reshape(sizes_of(step, Opt::shape))}; }},
    {LayerKind::Permute,
     [](const Step& step) -> Tensors {
       return Tensors{step.input().permute(integer_list(step.layer, Opt::dims))};
     }},
    {LayerKind::Transpose,
     [](const Step& step) -> Tensors {
       return Tensors{step.input().transpose(step.layer.integer(Opt::dim0), step.layer.integer(Opt::dim1))};
     }},
    {LayerKind::Squeeze, [](const Step& step) -> Tensors { return Tensors{squeeze(step)}; }},
    {LayerKind::Unsqueeze,
     [](const Step& step) -> Tensors {
       return Tensors{step.input().unsqueeze(step.layer.integer(Opt::dim))};
     }},
    {LayerKind::Slice, [](const Step& step) -> Tensors { return Tensors{slice(step)}; }},
    {LayerKind::Crop, [](const Step& step) -> Tensors { return Tensors{crop(step)}; }},
    {LayerKind::Stack,
     [](const Step& step) -> Tensors {
       return Tensors{at::stack(step.inputs, step.layer.integer(Opt::dim))};
     }},
    {LayerKind::Concat,
     [](const Step& step) -> Tensors { return Tensors{at::cat(step.inputs, step.layer.integer(Opt::dim))}; }},
    {LayerKind::Chunk,
     [](const Step& step) -> Tensors {
       return step.input().chunk(step.layer.integer(Opt::chunks), step.layer.integer(Opt::dim));
     }},
    {LayerKind::Custom, custom},
};

}  // namespace

Tensors run_shape_step(const Step& step) { return run_by_kind<Tensors>(kShapeSteps, step); }

}  // namespace shapedbg
