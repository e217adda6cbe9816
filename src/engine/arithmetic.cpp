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

// Truth values are held as integers: every layer behind takes those as it takes truth values, or refuses
// both.
template <class Other>
at::Tensor compared(LayerKind kind, const at::Tensor& a, const Other& b) {
  switch (kind) {
    case LayerKind::Equal:
      return at::eq(a, b).to(at::kLong);
    case LayerKind::NotEqual:
      return at::ne(a, b).to(at::kLong);
    case LayerKind::Less:
      return at::lt(a, b).to(at::kLong);
    case LayerKind::LessEqual:
      return at::le(a, b).to(at::kLong);
    case LayerKind::Greater:
      return at::gt(a, b).to(at::kLong);
    default:
      return at::ge(a, b).to(at::kLong);
  }
}

at::Tensor with_number(const Step& step) {
  const at::Tensor& x = step.input();
  const at::Scalar value = scalar(step.layer.number(Opt::value));
  switch (step.layer.kind) {
    case LayerKind::Add:
      return x + value;
    case LayerKind::Sub:
      return x - value;
    case LayerKind::Mul:
      return x * value;
    case LayerKind::Div:
      return x / value;
    case LayerKind::Pow:  // torch has no negative powers of integers
      return step.layer.number(Opt::value) < 0 ? at::pow(x, step.layer.number(Opt::value))
                                               : at::pow(x, value);
    case LayerKind::Maximum:
      return at::clamp_min(x, value);
    case LayerKind::Minimum:
      return at::clamp_max(x, value);
    default:
      return compared(step.layer.kind, x, value);
  }
}

at::Tensor joined(LayerKind kind, const at::Tensor& a, const at::Tensor& b) {
  switch (kind) {
    case LayerKind::Add:
      return a + b;
    case LayerKind::Sub:
      return a - b;
    case LayerKind::Mul:
      return a * b;
    case LayerKind::Div:
      return a / b;
    case LayerKind::Pow:
      return at::pow(a, b);
    case LayerKind::Maximum:
      return at::maximum(a, b);
    case LayerKind::Minimum:
      return at::minimum(a, b);
    case LayerKind::Complex:  // held by its real part
      return a + b;
    case LayerKind::LogicalAnd:
      return at::ne(a, 0).to(at::kLong) * at::ne(b, 0).to(at::kLong);
    case LayerKind::LogicalOr:
      return at::ne(a, 0).to(at::kLong) + at::ne(b, 0).to(at::kLong);
    default:
      return compared(kind, a, b);
  }
}

at::Tensor reduced(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& x = step.input();
  const std::vector<std::int64_t> dims = integer_list(layer, Opt::dim);
  const bool keep = layer.flag(Opt::keepdim);
  switch (layer.kind) {
    case LayerKind::Mean:
      return x.mean(dims, keep);
    case LayerKind::Sum:
      return x.sum(dims, keep);
    case LayerKind::Max:
      return x.amax(dims, keep);
    case LayerKind::Min:
      return x.amin(dims, keep);
    case LayerKind::Var:
      return x.var(dims, /*unbiased=*/true, keep);
    case LayerKind::Std:
      return x.std(dims, /*unbiased=*/true, keep);
    case LayerKind::LogSumExp:
      return x.logsumexp(dims, keep);
    case LayerKind::Norm:
      return at::linalg_vector_norm(x, layer.number(Opt::p), dims, keep);
    default:
      if (dims.size() != 1) throw Refused("`dim` takes 1 axis, not " + std::to_string(dims.size()));
      return layer.kind == LayerKind::ArgMax ? x.argmax(dims[0], keep) : x.argmin(dims[0], keep);
  }
}

}  // namespace

at::Tensor run_arithmetic(const Step& step) {
  if (step.layer.info().family == Family::reduce) return reduced(step);
  if (step.inputs.size() == 1) {
    if (!step.layer.has(Opt::value)) throw Refused("takes a second input or `value`");
    return with_number(step);
  }
  at::Tensor result = step.input();
  for (std::size_t i = 1; i < step.inputs.size(); ++i)
    result = joined(step.layer.kind, result, step.inputs[i]);
  return result;
}

at::Tensor run_function(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& x = step.input();
  switch (layer.kind) {
    case LayerKind::Exp:
      return at::exp(x);
    case LayerKind::Expm1:
      return at::expm1(x);
    case LayerKind::Log:
      return at::log(x);
    case LayerKind::Log1p:
      return at::log1p(x);
    case LayerKind::Log2:
      return at::log2(x);
    case LayerKind::Sqrt:
      return at::sqrt(x);
    case LayerKind::Rsqrt:
      return at::rsqrt(x);
    case LayerKind::Square:
      return at::square(x);
    case LayerKind::Abs:
      return at::abs(x);
    case LayerKind::Neg:
      return at::neg(x);
    case LayerKind::Sign:
      return at::sign(x);
    case LayerKind::Reciprocal:
      return at::reciprocal(x);
    case LayerKind::Sin:
      return at::sin(x);
    case LayerKind::Cos:
      return at::cos(x);
    case LayerKind::Erf:
      return at::erf(x);
    case LayerKind::Floor:
      return at::floor(x);
    case LayerKind::Ceil:
      return at::ceil(x);
    case LayerKind::Round:
      return at::round(x);
    case LayerKind::LogicalNot:
      return at::eq(x, 0).to(at::kLong);
    case LayerKind::Real:  // of what is held by its real part
    case LayerKind::Imag:
    case LayerKind::Conj:
      return x;
    case LayerKind::Angle:
      return at::angle(x.is_floating_point() ? x : x.to(at::kFloat));
    case LayerKind::Clamp: {
      const auto bound = [&](Opt opt) {
        return layer.has(opt) ? c10::optional<at::Scalar>(scalar(layer.number(opt)))
                              : c10::optional<at::Scalar>();
      };
      return at::clamp(x, bound(Opt::min), bound(Opt::max));
    }
    default:
      throw Refused("no activation `" + std::string(layer.info().name) + "`");
  }
}

}  // namespace shapedbg
