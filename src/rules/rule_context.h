// What every shape rule works with: the layer, its input shapes, the arithmetic, and the result.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "finding/counted.h"
#include "net/facts.h"
#include "rules/rules.h"
#include "size/form_arith.h"

namespace shapedbg {

template <class N>
struct RuleContext {
  using S = ShapeOf<N>;
  static constexpr bool speaks = std::is_same_v<N, std::int64_t>;  // messages are for real sizes only

  Arith<N>& a;
  const LayerSpec& layer;
  const RuleInputs<N>& in;
  RuleResult<N> result = {};

  const S& x(std::size_t i = 0) const { return *in.inputs[i]; }
  int rank(std::size_t i = 0) const { return static_cast<int>(x(i).size()); }
  int axes() const { return layer.info().axes; }
  std::string name() const { return "`" + layer.name + "`"; }
  std::string type() const { return std::string(layer.info().name); }

  bool same(const N& p, const N& q) { return a.equal(p, q); }
  bool below(const N& p, std::int64_t bound) { return a.less(p, N(bound)); }

  // `message` is a callable, so that no text is built where nobody reads it.
  template <class F>
  void refuse(Code code, F&& message) {
    add(code, std::forward<F>(message), Opt{}, false, -1);
  }
  template <class F>
  void refuse_option(Code code, Opt option, F&& message, int axis = -1) {
    add(code, std::forward<F>(message), option, true, axis);
  }
  template <class F>
  void refuse_axis(Code code, int axis, F&& message) {
    add(code, std::forward<F>(message), Opt{}, false, axis);
  }
  void returns(S shape) { result.outputs.push_back(std::move(shape)); }

  // Wraps a negative axis; refuses and gives -1 where the tensor (of `rank_` axes) has no such axis.
  int axis(std::int64_t dim, Opt option, int rank_) {
    if (dim < -rank_ || dim >= rank_) {
      refuse_option(Code::L212, option, [&] {
        return "`" + std::string(to_string(option)) + "` " + std::to_string(dim) + " of " + name() +
               " is no axis of a tensor with " + std::to_string(rank_) + " axes";
      });
      return -1;
    }
    return static_cast<int>(dim < 0 ? dim + rank_ : dim);
  }

  // As `axis` of the first input, for what torch also does to a tensor without axes: 0 and -1 name it as a
  // whole. -1 where refused.
  int axis_or_scalar(std::int64_t dim, Opt option) { return axis(dim, option, std::max(rank(), 1)); }

  N product(const S& shape, std::size_t from, std::size_t to) {
    N p(1);
    for (std::size_t i = from; i < to; ++i) p = a.mul(p, shape[i]);
    return p;
  }

 private:
  template <class F>
  void add(Code code, F&& message, Opt option, bool at_option, int axis) {
    result.refused |= a.ok();
    Refusal r;
    r.code = code;
    if constexpr (speaks)
      if (!in.quiet) r.message = message();
    r.option = option;
    r.at_option = at_option;
    r.axis = axis;
    result.refusals.push_back(std::move(r));
  }
};

// Text for messages: "24" of a size, "[1, 3, 24, 24]" of a shape.
inline std::string text(std::int64_t size) { return std::to_string(size); }
inline std::string text(const Form&) { return {}; }
inline std::string text(const Shape& shape) { return bracketed(shape); }
inline std::string text(const ShapeOf<Form>&) { return {}; }
inline std::string counted(const Form&, std::string_view) { return {}; }

// The rules that facts.def names; each is instantiated for int64_t and Form. Several families may share one.
#define SHAPEDBG_FAMILY(name, rule, ...) \
  template <class N>                     \
  void rule(RuleContext<N>& c);
#include "net/facts.def"
#undef SHAPEDBG_FAMILY

#define SHAPEDBG_INSTANTIATE(rule)                  \
  template void rule(RuleContext<std::int64_t>& c); \
  template void rule(RuleContext<Form>& c);

}  // namespace shapedbg
