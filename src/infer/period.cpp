#include "infer/period.h"

#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "infer/infer.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kLargest = INT64_C(1) << 24;  // beyond, no rule is evaluated anyway

// a*b and lcm(a, b), 0 (never of use again) when they grow too large.
std::int64_t product_of(std::int64_t a, std::int64_t b) {
  return a == 0 || b == 0 || a > kLargest / b ? 0 : a * b;
}
std::int64_t common_multiple(std::int64_t a, std::int64_t b) {
  return a == 0 || b == 0 ? 0 : product_of(a / std::gcd(a, b), b);
}

// Growth of a size per input size: num/den, reduced. num 0: a constant. den 0: out of hand.
struct Growth {
  std::int64_t num = 0;
  std::int64_t den = 1;

  Growth by(std::int64_t up, std::int64_t down) const {
    if (num == 0) return *this;
    std::int64_t n = product_of(num, up);
    std::int64_t d = product_of(den, down);
    // A numerator that is forgotten only makes the period longer.
    if (n == 0) n = 1;
    if (d == 0) return {n, 0};
    const std::int64_t g = std::gcd(n, d);
    return {n / g, d / g};
  }
  Growth plus(const Growth& other) const {
    if (num == 0) return other;
    if (other.num == 0) return *this;
    const std::int64_t d = common_multiple(den, other.den);
    if (d == 0) return {1, 0};
    return {1, d};
  }
};

class Walk {
 public:
  Walk(const Spec& spec, FreeAxis at)
      : spec_(spec), input_(static_cast<std::size_t>(at.input)), tensor_axis_(at.axis) {
    const auto first = static_cast<int>(first_spatial_axis(spec));
    axis_ = at.axis - first;
    for (const LayerSpec& layer : spec.layers) step(layer);
  }
  Periods result() const { return periods_; }

 private:
  Growth of(Ref ref) const {
    if (ref.is_input()) return ref.input() == input_ ? Growth{1, 1} : Growth{};
    return growth_[ref.layer];
  }

  // The option on this axis; where axes cannot be told apart, a common multiple of all.
  std::int64_t along(const LayerSpec& layer, Opt opt) const {
    const int axes = layer.info().axes;
    const auto values = layer.axes(opt);
    if (axis_ >= 0 && axis_ < axes) return values[static_cast<std::size_t>(axis_)];
    std::int64_t all = 1;
    for (int a = 0; a < axes; ++a) all = common_multiple(all, values[static_cast<std::size_t>(a)]);
    return all;
  }

  // Whether `dim` counts the axis in question, as far as no layer has moved it.
  bool on_axis(std::int64_t dim) const {
    return dim == tensor_axis_ ||
           dim + static_cast<std::int64_t>(spec_.input(input_).shape.size()) == tensor_axis_;
  }

  static std::int64_t divisors(const std::vector<Expression>& expressions, Effect effect) {
    std::int64_t product = 1;
    for (const Expression& expression : expressions) {
      if (expression.is_constant()) {
        // Reshape divides by its known sizes to find the -1.
        if (effect != Effect::stated && expression.constant() > 1)
          product = product_of(product, expression.constant());
        continue;
      }
      for (const Expression::Node& node : expression.nodes()) {
        if (node.op != Expression::Op::floor_divide) continue;
        const auto& right = expression.nodes()[static_cast<std::size_t>(node.right)];
        if (right.op == Expression::Op::constant && right.value > 1)
          product = product_of(product, right.value);
      }
    }
    return product;
  }

  static std::int64_t all_numbers(const LayerSpec& layer, Opt opt) {
    const OptionValue* option = layer.find(opt);
    if (option == nullptr) return 1;
    if (const auto* one = std::get_if<std::int64_t>(&option->value)) return std::max<std::int64_t>(*one, 1);
    std::int64_t all = 1;
    if (const auto* list = std::get_if<std::vector<std::int64_t>>(&option->value))
      for (const std::int64_t n : *list) all = common_multiple(all, std::max<std::int64_t>(n, 1));
    return all;
  }

  static void scaled(const LayerSpec& layer, std::int64_t& up, std::int64_t& down) {
    const OptionValue* scale = layer.find(Opt::scale_factor);
    if (scale == nullptr) return;
    std::vector<double> scales;
    if (const auto* one = std::get_if<double>(&scale->value)) scales.push_back(*one);
    if (const auto* list = std::get_if<std::vector<double>>(&scale->value)) scales = *list;
    for (const double s : scales) {
      // Several scales: what any of them divides by.
      if (const auto factor = dyadic(s)) {
        up = scales.size() == 1 ? factor->first : 1;
        down = common_multiple(down, factor->second);
      }
    }
  }

  void stepped(const LayerSpec& layer, std::int64_t& down, std::int64_t& aside) const {
    const OptionValue* index = layer.find(Opt::index);
    const auto* ranges = index == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&index->value);
    for (std::size_t i = 0; ranges != nullptr && i < ranges->size(); ++i) {
      std::int64_t& product = on_axis(static_cast<std::int64_t>(i)) ? down : aside;
      product = product_of(product, std::max<std::int64_t>(std::abs((*ranges)[i].step), 1));
    }
  }

  static void transformed(const LayerSpec& layer, std::int64_t& up, std::int64_t& down) {
    if (layer.kind == LayerKind::RFFT) down = 2;
    if (layer.kind == LayerKind::IRFFT) up = 2;
    if (layer.kind == LayerKind::STFT) down = hop_length(layer);
    if (layer.kind == LayerKind::ISTFT) up = hop_length(layer);
  }

  // What a layer does to a size; 0 where that is not known.
  struct Factors {
    std::int64_t up = 1;
    std::int64_t down = 1;    // divides what comes out
    std::int64_t inside = 1;  // divides on the way, undone in the layer
    std::int64_t aside = 1;   // divides another axis, unless that one was moved here
    bool fixed = false;       // returns one size, whatever comes
  };

  // The factor along the axis; a window's stride, or one factor for all spatial axes.
  Factors factors_of(const LayerSpec& layer) const {
    Factors f;
    const FamilyFacts& fact = facts(layer.kind);
    if (fact.goes.by == Opt::scale_factor) {
      scaled(layer, f.up, f.down);
    } else if (fact.goes.by) {
      (fact.goes.way == Scale::Way::up ? f.up : f.down) =
          fact.goes.by == Opt::stride ? along(layer, Opt::stride) : layer.integer(*fact.goes.by);
    }
    switch (fact.divides) {
      case Divides::nothing:
        break;
      case Divides::by_stride:
        f.down = along(layer, Opt::stride);
        break;
      case Divides::by_multiple:
        f.inside = all_numbers(layer, Opt::multiple);
        break;
      case Divides::by_chunks:
        (on_axis(layer.integer(Opt::dim)) ? f.down : f.aside) = layer.integer(Opt::chunks);
        break;
      case Divides::by_two:
        (on_axis(layer.integer(Opt::dim)) ? f.down : f.aside) = 2;
        break;
      case Divides::centred:
        f.inside = 2;
        break;
      case Divides::by_steps:
        stepped(layer, f.down, f.aside);
        break;
      case Divides::by_hop:
        transformed(layer, f.up, f.down);
        [[fallthrough]];
      case Divides::expressions:
        for (const OptionValue& option : layer.options) {
          if (const auto* list = std::get_if<std::vector<Expression>>(&option.value))
            f.down = product_of(f.down, divisors(*list, fact.effect));
          if (const auto* lists = std::get_if<std::vector<std::vector<Expression>>>(&option.value))
            for (const auto& one : *lists) f.down = product_of(f.down, divisors(one, fact.effect));
        }
        break;
      case Divides::fixes_size:
        // Unless `null` keeps the input's.
        f.fixed = axis_ >= 0 && axis_ < layer.info().axes &&
                  layer.axes(Opt::output_size)[static_cast<std::size_t>(axis_)] != keep_size;
        break;
    }
    for (std::int64_t* one : {&f.down, &f.inside, &f.aside}) *one = *one < 1 ? 0 : *one;
    return f;
  }

  void step(const LayerSpec& layer) {
    Growth in;
    for (const Ref ref : layer.inputs) in = in.plus(of(ref));
    if (layer.inputs.size() == 1) in = of(layer.inputs[0]);
    Factors f = factors_of(layer);
    if (f.fixed) in = Growth{};
    if (const auto like = layer.reference(Opt::size_like)) {
      in = facts(layer.kind).divides == Divides::by_steps ? in.plus(of(*like)) : of(*like);
      f.up = f.down = 1;
    }
    const Growth within = in.by(1, f.inside);
    const Growth out = in.by(f.up, f.down);
    for (const Growth& growth : {within, out}) periods_.likely = common_multiple(periods_.likely, growth.den);
    periods_.safe = product_of(product_of(product_of(periods_.safe, f.down), f.inside), f.aside);
    growth_.push_back(out);
  }

  const Spec& spec_;
  std::size_t input_;
  int tensor_axis_;
  int axis_ = 0;
  PerLayer<Growth> growth_;
  Periods periods_;
};

}  // namespace

std::optional<std::pair<std::int64_t, std::int64_t>> dyadic(double scale) {
  double m = scale;
  std::int64_t divisor = 1;
  while (m != std::floor(m) && divisor < (INT64_C(1) << 16)) {
    m *= 2;
    divisor *= 2;
  }
  if (m != std::floor(m) || m < 1 || m > 1e9) return std::nullopt;
  return std::pair{static_cast<std::int64_t>(m), divisor};
}

Periods periods_of(const Spec& spec, FreeAxis at) {
  Periods periods = Walk(spec, at).result();
  // An expected scale, which is of the first input, divides too.
  const auto expects = [&](const Rare<Expect>& expect) {
    if (!expect || expect->kind != Expect::Kind::scale || at.input != 0) return;
    const auto factor =
        dyadic(expect->scale_of(static_cast<std::size_t>(at.axis), spec.inputs[0].shape.size()));
    if (!factor) return;
    periods.likely = common_multiple(periods.likely, factor->second);
    periods.safe = product_of(periods.safe, factor->second);
  };
  expects(spec.expect);
  for (const LayerSpec& layer : spec.layers) expects(layer.expect);
  return periods;
}

Periods periods_of(const Spec& spec, int axis) { return periods_of(spec, FreeAxis{0, axis}); }

}  // namespace shapedbg
