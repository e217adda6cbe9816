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

constexpr Runner<Tensors> kBroadcasts[] = {
    {LayerKind::Split, split},
    {LayerKind::Unbind,
     [](const Step& step) -> Tensors {
       return cut(step.input(), step.layer.integer(Opt::dim), 1).unbind(step.layer.integer(Opt::dim));
     }},
    {LayerKind::Select,
     [](const Step& step) -> Tensors {
       return Tensors{step.input().select(step.layer.integer(Opt::dim), step.layer.integer(Opt::index))};
     }},
    {LayerKind::Expand,
     [](const Step& step) -> Tensors { return Tensors{step.input().expand(sizes_of(step, Opt::size))}; }},
    {LayerKind::Repeat,
     [](const Step& step) -> Tensors { return Tensors{step.input().repeat(sizes_of(step, Opt::repeats))}; }},
    {LayerKind::RepeatInterleave,
     [](const Step& step) -> Tensors { return Tensors{repeat_interleave(step)}; }},
    {LayerKind::Flip,
     [](const Step& step) -> Tensors {
       return Tensors{step.input().flip(integer_list(step.layer, Opt::dims))};
     }},
    {LayerKind::Roll,
     [](const Step& step) -> Tensors {
       return Tensors{
           step.input().roll(integer_list(step.layer, Opt::shifts), integer_list(step.layer, Opt::dims))};
     }},
    {LayerKind::CumSum,
     [](const Step& step) -> Tensors { return Tensors{step.input().cumsum(step.layer.integer(Opt::dim))}; }},
    {LayerKind::MatMul,
     [](const Step& step) -> Tensors { return Tensors{at::matmul(step.input(), step.inputs.at(1))}; }},
};

}  // namespace

Tensors run_broadcast(const Step& step) { return run_by_kind<Tensors>(kBroadcasts, step); }

Tensors make_parameter(const LayerSpec& layer, at::Device device) {
  const bool integers = layer.word(Opt::dtype) == "int64";
  return {(integers ? dummy_integers : dummy)(integer_list(layer, Opt::shape), device, 1)};
}

}  // namespace shapedbg
