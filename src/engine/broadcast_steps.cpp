// Steps that take an axis apart, broadcast and repeat; the matrix product; a tensor of its own.
#include <ATen/Functions.h>
#include <c10/core/WrapDimMinimal.h>

#include <algorithm>

#include "engine/dummy.h"
#include "engine/modules.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

// What lies behind the parts that are looked at is cut off: a view for each place of a long axis takes
// minutes.
at::Tensor cut(const at::Tensor& x, std::int64_t dim, std::int64_t part) {
  if (x.dim() == 0) return x;
  const std::int64_t most = most_outputs * std::min<std::int64_t>(part, INT64_C(1) << 40);
  return x.size(dim) <= most ? x : x.narrow(dim, 0, most);
}

Tensors split(const Step& step) {
  const std::int64_t dim = step.layer.integer(Opt::dim);
  const Value& value = step.layer.find(Opt::split_size_or_sections)->value;
  if (const auto* part = std::get_if<std::int64_t>(&value))
    return cut(step.input(), dim, *part).split(*part, dim);
  return step.input().split_with_sizes(integer_list(step.layer, Opt::split_size_or_sections), dim);
}

at::Tensor repeat_interleave(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& x = step.input();
  // repeat_interleave of a number is a gather of that many indices on some devices, and views here.
  const std::int64_t dim = c10::maybe_wrap_dim(layer.integer(Opt::dim), x.dim(), /*wrap_scalar=*/false);
  std::vector<std::int64_t> sizes = x.sizes().vec();
  sizes.insert(sizes.begin() + dim + 1, layer.integer(Opt::repeats));
  return x.unsqueeze(dim + 1).expand(sizes).flatten(dim, dim + 1);
}

}  // namespace

Tensors run_broadcast(const Step& step) {
  const LayerSpec& layer = step.layer;
  switch (layer.kind) {
    case LayerKind::Split:
      return split(step);
    case LayerKind::Unbind:
      return cut(step.input(), layer.integer(Opt::dim), 1).unbind(layer.integer(Opt::dim));
    case LayerKind::Select:
      return {step.input().select(layer.integer(Opt::dim), layer.integer(Opt::index))};
    case LayerKind::Expand:
      return {step.input().expand(sizes_of(step, Opt::size))};
    case LayerKind::Repeat:
      return {step.input().repeat(sizes_of(step, Opt::repeats))};
    case LayerKind::RepeatInterleave:
      return {repeat_interleave(step)};
    case LayerKind::Flip:
      return {step.input().flip(integer_list(layer, Opt::dims))};
    case LayerKind::Roll:
      return {step.input().roll(integer_list(layer, Opt::shifts), integer_list(layer, Opt::dims))};
    case LayerKind::CumSum:
      return {step.input().cumsum(layer.integer(Opt::dim))};
    case LayerKind::MatMul:
      return {at::matmul(step.input(), step.inputs.at(1))};
    default:
      throw Refused("no step `" + std::string(layer.info().name) + "`");
  }
}

Tensors make_parameter(const LayerSpec& layer, at::Device device) {
  const bool integers = layer.word(Opt::dtype) == "int64";
  return {(integers ? dummy_integers : dummy)(integer_list(layer, Opt::shape), device, 1)};
}

}  // namespace shapedbg
