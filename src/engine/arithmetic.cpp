// Arithmetic: of several tensors, of one with a number, over axes; functions of single elements that
// torch::nn has no module for.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>

#include "engine/modules.h"

namespace shapedbg {
namespace {

// As Python's number: 2 is an integer, 2.5 is not.
at::Scalar scalar(double value) {
  if (value == std::floor(value) && std::abs(value) < 9e15) return {static_cast<std::int64_t>(value)};
  return {value};
}

using One = const at::Tensor&;
using Number = const at::Scalar&;
using Dims = const std::vector<std::int64_t>&;
using Layer = const LayerSpec&;

// Truth values are held as integers: every layer behind takes those as it takes truth values, or refuses
// both.
at::Tensor held(const at::Tensor& truth) { return truth.to(at::kLong); }

// What is made of two tensors, and of a tensor and a number; null where there is no such layer.
struct Operation {
  LayerKind kind;
  at::Tensor (*of_two)(One a, One b);
  at::Tensor (*with_number)(One x, Number value);
};
constexpr Operation kOperations[] = {
    {LayerKind::Add, [](One a, One b) { return a + b; }, [](One x, Number v) { return x + v; }},
    {LayerKind::Sub, [](One a, One b) { return a - b; }, [](One x, Number v) { return x - v; }},
    {LayerKind::Mul, [](One a, One b) { return a * b; }, [](One x, Number v) { return x * v; }},
    {LayerKind::Div, [](One a, One b) { return a / b; }, [](One x, Number v) { return x / v; }},
    {LayerKind::Pow, [](One a, One b) { return at::pow(a, b); },
     // torch has no negative powers of integers
     [](One x, Number v) { return v.toDouble() < 0 ? at::pow(x, v.toDouble()) : at::pow(x, v); }},
    {LayerKind::Maximum, [](One a, One b) { return at::maximum(a, b); },
     [](One x, Number v) { return at::clamp_min(x, v); }},
    {LayerKind::Minimum, [](One a, One b) { return at::minimum(a, b); },
     [](One x, Number v) { return at::clamp_max(x, v); }},
    {LayerKind::Equal, [](One a, One b) { return held(at::eq(a, b)); },
     [](One x, Number v) { return held(at::eq(x, v)); }},
    {LayerKind::NotEqual, [](One a, One b) { return held(at::ne(a, b)); },
     [](One x, Number v) { return held(at::ne(x, v)); }},
    {LayerKind::Less, [](One a, One b) { return held(at::lt(a, b)); },
     [](One x, Number v) { return held(at::lt(x, v)); }},
    {LayerKind::LessEqual, [](One a, One b) { return held(at::le(a, b)); },
     [](One x, Number v) { return held(at::le(x, v)); }},
    {LayerKind::Greater, [](One a, One b) { return held(at::gt(a, b)); },
     [](One x, Number v) { return held(at::gt(x, v)); }},
    {LayerKind::GreaterEqual, [](One a, One b) { return held(at::ge(a, b)); },
     [](One x, Number v) { return held(at::ge(x, v)); }},
    // A complex number is held by its real part, which is floating point whatever came in.
    {LayerKind::Complex,
     [](One a, One b) {
       const at::Tensor sum = a + b;
       return c10::isIntegralType(sum.scalar_type(), /*includeBool=*/true) ? sum.to(at::kFloat) : sum;
     },
     nullptr},
    {LayerKind::LogicalAnd, [](One a, One b) { return held(at::ne(a, 0)) * held(at::ne(b, 0)); }, nullptr},
    {LayerKind::LogicalOr, [](One a, One b) { return held(at::ne(a, 0)) + held(at::ne(b, 0)); }, nullptr},
};

const Operation& operation_of(const LayerSpec& layer) {
  for (const Operation& one : kOperations)
    if (one.kind == layer.kind) return one;
  throw Refused("no layer `" + std::string(layer.info().name) + "`");
}

struct Reduction {
  LayerKind kind;
  at::Tensor (*over)(One x, Dims dims, bool keep, Layer layer);
};

std::int64_t only(Dims dims) {
  if (dims.size() != 1) throw Refused("`dim` takes 1 axis, not " + std::to_string(dims.size()));
  return dims[0];
}

constexpr Reduction kReductions[] = {
    {LayerKind::Mean, [](One x, Dims dims, bool keep, Layer) { return x.mean(dims, keep); }},
    {LayerKind::Sum, [](One x, Dims dims, bool keep, Layer) { return x.sum(dims, keep); }},
    {LayerKind::Max, [](One x, Dims dims, bool keep, Layer) { return x.amax(dims, keep); }},
    {LayerKind::Min, [](One x, Dims dims, bool keep, Layer) { return x.amin(dims, keep); }},
    {LayerKind::Var, [](One x, Dims dims, bool keep, Layer) { return x.var(dims, /*unbiased=*/true, keep); }},
    {LayerKind::Std, [](One x, Dims dims, bool keep, Layer) { return x.std(dims, /*unbiased=*/true, keep); }},
    {LayerKind::LogSumExp, [](One x, Dims dims, bool keep, Layer) { return x.logsumexp(dims, keep); }},
    {LayerKind::Norm,
     [](One x, Dims dims, bool keep, Layer layer) {
       return at::linalg_vector_norm(x, layer.number(Opt::p), dims, keep);
     }},
    {LayerKind::ArgMax, [](One x, Dims dims, bool keep, Layer) { return x.argmax(only(dims), keep); }},
    {LayerKind::ArgMin, [](One x, Dims dims, bool keep, Layer) { return x.argmin(only(dims), keep); }},
};

at::Tensor reduced(const Step& step) {
  for (const Reduction& one : kReductions)
    if (one.kind == step.layer.kind)
      return one.over(step.input(), integer_list(step.layer, Opt::dim), step.layer.flag(Opt::keepdim),
                      step.layer);
  throw Refused("no reduction `" + std::string(step.layer.info().name) + "`");
}

template <at::Tensor (*function)(One)>
at::Tensor of_element(const Step& step) {
  return function(step.input());
}

at::Tensor input_itself(const Step& step) { return step.input(); }

}  // namespace

at::Tensor run_arithmetic(const Step& step) {
  if (step.layer.info().family == Family::reduce) return reduced(step);
  if (step.inputs.size() == 1) {
    if (!step.layer.has(Opt::value)) throw Refused("takes a second input or `value`");
    const Operation& operation = operation_of(step.layer);
    if (operation.with_number == nullptr) throw Refused("takes a second input");
    return operation.with_number(step.input(), scalar(step.layer.number(Opt::value)));
  }
  const Operation& operation = operation_of(step.layer);
  at::Tensor result = step.input();
  for (std::size_t i = 1; i < step.inputs.size(); ++i) result = operation.of_two(result, step.inputs[i]);
  return result;
}

namespace {

constexpr Runner<at::Tensor> kFunctions[] = {
    {LayerKind::Exp, of_element<at::exp>},
    {LayerKind::Expm1, of_element<at::expm1>},
    {LayerKind::Log, of_element<at::log>},
    {LayerKind::Log1p, of_element<at::log1p>},
    {LayerKind::Log2, of_element<at::log2>},
    {LayerKind::Sqrt, of_element<at::sqrt>},
    {LayerKind::Rsqrt, of_element<at::rsqrt>},
    {LayerKind::Square, of_element<at::square>},
    {LayerKind::Abs, of_element<at::abs>},
    {LayerKind::Neg, of_element<at::neg>},
    {LayerKind::Sign, of_element<at::sign>},
    {LayerKind::Reciprocal, of_element<at::reciprocal>},
    {LayerKind::Sin, of_element<at::sin>},
    {LayerKind::Cos, of_element<at::cos>},
    {LayerKind::Erf, of_element<at::erf>},
    {LayerKind::Floor, of_element<at::floor>},
    {LayerKind::Ceil, of_element<at::ceil>},
    {LayerKind::Round, of_element<at::round>},
    {LayerKind::LogicalNot,
     [](const Step& step) -> at::Tensor { return at::eq(step.input(), 0).to(at::kLong); }},
    // A complex number is held by its real part.
    {LayerKind::Real, input_itself},
    {LayerKind::Imag, input_itself},
    {LayerKind::Conj, input_itself},
    {LayerKind::Angle,
     [](const Step& step) -> at::Tensor {
       return at::angle(step.input().is_floating_point() ? step.input() : step.input().to(at::kFloat));
     }},
    {LayerKind::Clamp,
     [](const Step& step) -> at::Tensor {
       const auto bound = [&](Opt opt) {
         return step.layer.has(opt) ? c10::optional<at::Scalar>(scalar(step.layer.number(opt)))
                                    : c10::optional<at::Scalar>();
       };
       return at::clamp(step.input(), bound(Opt::min), bound(Opt::max));
     }},
};

}  // namespace

at::Tensor run_function(const Step& step) { return run_by_kind<at::Tensor>(kFunctions, step); }

}  // namespace shapedbg
