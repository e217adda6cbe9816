#include "read/aten/express.h"

#include <algorithm>
#include <array>

namespace shapedbg::aten {
namespace {

using calls::Formula;

// c for which `size` is axis*c in every run.
std::optional<std::int64_t> factor(const Runs& size, const Runs& axis) {
  if (axis[0] <= 0 || size[0] % axis[0] != 0) return std::nullopt;
  const std::int64_t times = size[0] / axis[0];
  for (std::size_t run = 0; run < size.size(); ++run) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(axis[run], times, &product) || product != size[run]) return std::nullopt;
  }
  return times;
}

// a for which `size` is (axis + a)//by in every run, the nearest to 0.
std::optional<std::int64_t> shift(const Runs& size, const Runs& axis, std::int64_t by) {
  std::int64_t low = INT64_MIN / 2;
  std::int64_t high = INT64_MAX / 2;
  for (std::size_t run = 0; run < size.size(); ++run) {
    std::int64_t first = 0;
    if (__builtin_mul_overflow(size[run], by, &first)) return std::nullopt;
    low = std::max(low, first - axis[run]);
    high = std::min(high, first - axis[run] + by - 1);
  }
  if (low > high) return std::nullopt;
  return low > 0 ? low : high < 0 ? high : 0;
}

std::string plus(const std::string& text, std::int64_t number) {
  if (number == 0) return text;
  return text + (number > 0 ? " + " : " - ") + std::to_string(std::abs(number));
}

std::optional<Runs> product(const Runs& a, const Runs& b) {
  Runs values(a.size());
  for (std::size_t run = 0; run < a.size(); ++run)
    if (__builtin_mul_overflow(a[run], b[run], &values[run])) return std::nullopt;
  return values;
}

}  // namespace

bool names_batch(const calls::Formula& formula) {
  return std::any_of(formula.nodes().begin(), formula.nodes().end(), [](const calls::Formula::Node& node) {
    return node.op == calls::Formula::Op::axis && node.axis == 0;
  });
}

Expressions::Expressions(const calls::Program& program, std::size_t runs, const std::vector<int>& inputs,
                         std::size_t first)
    : program_(program), runs_(runs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<calls::Size>& shape = program.tensors[static_cast<std::size_t>(inputs[i])].shape;
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const std::size_t place = i + first;
      Axis axis{place == 0 ? "in[" : "in[" + std::to_string(place) + "][",
                inputs[i],
                k,
                place,
                runs_of(shape[k], runs),
                false};
      axis.text += std::to_string(k) + "]";
      axis.fixed = constant(axis.runs);
      axes_.push_back(std::move(axis));
    }
  }
}

// Whether a recording says that a size of this value is another axis: of the same tensor, or of another one
// where height and width cannot be told apart by their values.
bool Expressions::says_another(const Formula& formula, const Axis& axis) const {
  if (!formula.is_axis()) return false;
  const Formula::Node& said = formula.nodes()[0];
  if (said.value == axis.tensor) return static_cast<std::size_t>(said.axis) != axis.axis;
  if (runs_ > 1 || axis.axis == 0 || axis.runs[0] == 1) return false;
  return std::any_of(axes_.begin(), axes_.end(), [&](const Axis& other) {
    return other.input == axis.input && other.axis != axis.axis && other.runs == axis.runs;
  });
}

std::optional<DraftSize> Expressions::exact(const Runs& size, const Formula& formula,
                                            std::optional<std::size_t> wanted) const {
  if (wanted)
    for (const Axis& axis : axes_)
      if (axis.input == 0 && axis.axis == *wanted && axis.runs == size && !says_another(formula, axis))
        return DraftSize(axis.text);
  // A recording says itself which axis it was.
  if (formula.is_axis())
    for (const Axis& axis : axes_)
      if (axis.tensor == formula.nodes()[0].value &&
          axis.axis == static_cast<std::size_t>(formula.nodes()[0].axis))
        return DraftSize(axis.text);
  const bool computed = !formula.empty() && !formula.is_constant();
  if (constant(size) && (runs_ > 1 || !computed)) {
    // A size of the batch is one, also where both recordings had the same batch.
    if (computed && (names_batch(formula) || size[0] == 1))
      if (auto text = by_formula(formula, size)) return DraftSize(*text);
    if (size[0] >= 1) return DraftSize(size[0]);
    const auto text = computed ? by_formula(formula, size) : std::nullopt;  // nothing to pad, in these runs
    return text ? std::optional(DraftSize(*text)) : std::nullopt;
  }
  if (computed)
    if (auto text = by_formula(formula, size); text && runs_ == 1) return DraftSize(*text);
  if (runs_ == 1) return std::nullopt;
  // With a batch of 1 a flattened first axis is as long as many another; and what is twice some axis may be
  // as long as this one, where a cut took nothing off.
  const bool inner = runs_ == 2 && computed && !names_batch(formula);
  if (!(runs_ == 2 && computed && !formula.is_axis()))
    for (const Axis& axis : axes_)
      if (axis.runs == size && !(inner && axis.axis == 0)) return DraftSize(axis.text);
  // Two recordings agree with many a guess; what the program computed is none.
  if (runs_ == 2 && computed)
    if (auto text = by_formula(formula, size)) return DraftSize(*text);
  return std::nullopt;
}

std::optional<DraftSize> Expressions::guess(const Runs& size, const Formula& formula,
                                            std::optional<std::size_t> wanted) const {
  if (runs_ == 1 || constant(size)) return std::nullopt;
  for (const Axis& axis : axes_)
    if (axis.runs == size) return DraftSize(axis.text);
  if (auto text = one_axis(size, wanted)) return DraftSize(*text);
  if (auto text = two_axes(size)) return DraftSize(*text);
  if (auto text = three_axes(size)) return DraftSize(*text);
  if (auto text = by_formula(formula, size)) return DraftSize(*text);
  return std::nullopt;
}

// The axes that change, the likelier first: the one in the same place. Never the number of samples for
// another axis: two runs agree with some multiple of any number, and something added to it.
std::vector<const Expressions::Axis*> Expressions::in_order(std::optional<std::size_t> wanted) const {
  std::vector<const Axis*> list;
  const auto samples = [&](const Axis& axis) {
    const auto& shape = program_.tensors[static_cast<std::size_t>(axis.tensor)].shape;
    return axis.axis == 0 && shape.size() > 2 && !(wanted && *wanted == 0);
  };
  for (const Axis& axis : axes_)
    if (!axis.fixed && !samples(axis)) list.push_back(&axis);
  const auto rank = [&](const Axis* axis) {
    return wanted && axis->input == 0 && axis->axis == *wanted ? 0 : axis->axis == 0 ? 2 : 1;
  };
  std::stable_sort(list.begin(), list.end(), [&](const Axis* a, const Axis* b) { return rank(a) < rank(b); });
  return list;
}

// (in + a)//b*b: cut to multiples of b, padded to them, or to the next one. Two sizes would agree with some b
// and a of any kind.
std::optional<std::string> Expressions::multiples(const Runs& size, const Axis& axis) {
  for (std::int64_t by = 2; by <= 64; ++by) {
    for (const std::int64_t add : {std::int64_t{0}, by - 1, by}) {
      bool good = true;
      for (std::size_t run = 0; good && run < size.size(); ++run)
        good = (axis.runs[run] + add) / by * by == size[run];
      if (!good) continue;
      const std::string sum = plus(axis.text, add);
      return (add == 0 ? sum : "(" + sum + ")") + "//" + std::to_string(by) + "*" + std::to_string(by);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Expressions::one_axis(const Runs& size, std::optional<std::size_t> wanted) const {
  for (const Axis& axis : axes_) {
    if (axis.fixed) continue;
    if (const auto times = factor(size, axis.runs)) return axis.text + "*" + std::to_string(*times);
  }
  for (const Axis* one : in_order(wanted)) {
    const Axis& axis = *one;
    // (in + a)//b, b from the run where it shows best, then its neighbours.
    const std::int64_t guess =
        size.back() > 0 ? std::max<std::int64_t>(1, axis.runs.back() / size.back()) : 1;
    for (const std::int64_t by : {guess, guess + 1, guess + 2}) {
      const auto add = shift(size, axis.runs, by);
      if (!add) continue;
      const std::string sum = plus(axis.text, *add);
      if (by == 1) return sum;
      return (*add == 0 ? sum : "(" + sum + ")") + "//" + std::to_string(by);
    }
    // in*a + b
    const std::int64_t over = axis.runs[1] - axis.runs[0];
    if (over != 0 && (size[1] - size[0]) % over == 0) {
      const std::int64_t times = (size[1] - size[0]) / over;
      const std::int64_t add = size[0] - times * axis.runs[0];
      bool good = times > 1;
      for (std::size_t run = 0; good && run < size.size(); ++run)
        good = times * axis.runs[run] + add == size[run];
      if (good) return plus(axis.text + "*" + std::to_string(times), add);
    }
    if (auto text = multiples(size, axis)) return text;
  }
  return std::nullopt;
}

std::optional<std::string> Expressions::two_axes(const Runs& size) const {
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    for (std::size_t k = i + 1; k < axes_.size(); ++k) {
      const Axis& a = axes_[i];
      const Axis& b = axes_[k];
      if (a.fixed && b.fixed) continue;
      const std::string text = a.text + "*" + b.text;
      const std::optional<Runs> both = product(a.runs, b.runs);
      if (!both) continue;
      if (*both == size) return text;
      if (a.fixed || b.fixed) continue;
      if (const auto times = factor(size, *both)) return text + "*" + std::to_string(*times);
      if (const auto parts = factor(*both, size)) return text + "//" + std::to_string(*parts);
      // The two are one behind the other: a concatenation.
      Runs rest = size;
      for (std::size_t run = 0; run < rest.size(); ++run) rest[run] -= a.runs[run] + b.runs[run];
      if (constant(rest)) return plus(a.text + " + " + b.text, rest[0]);
      // a*b + c: tokens of a map and those of a class
      rest = size;
      for (std::size_t run = 0; run < rest.size(); ++run) rest[run] -= (*both)[run];
      if (constant(rest)) return plus(text, rest[0]);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Expressions::three_axes(const Runs& size) const {
  for (std::size_t i = 0; i < axes_.size(); ++i)
    for (std::size_t k = i + 1; k < axes_.size(); ++k)
      for (std::size_t l = k + 1; l < axes_.size(); ++l) {
        const std::optional<Runs> two = product(axes_[i].runs, axes_[k].runs);
        const std::optional<Runs> three = two ? product(*two, axes_[l].runs) : std::nullopt;
        if (!three || constant(*three)) continue;
        const std::string text = axes_[i].text + "*" + axes_[k].text + "*" + axes_[l].text;
        if (*three == size) return text;
        if (const auto times = factor(size, *three)) return text + "*" + std::to_string(*times);
        if (const auto parts = factor(*three, size)) return text + "//" + std::to_string(*parts);
      }
  return std::nullopt;
}

// The axis of an input that is the symbol by itself.
std::optional<std::string> Expressions::symbol(std::int64_t index) const {
  for (const Axis& axis : axes_) {
    const Formula& formula = program_.tensors[static_cast<std::size_t>(axis.tensor)].shape[axis.axis].formula;
    if (formula.nodes().size() == 1 && formula.nodes()[0].op == Formula::Op::symbol &&
        formula.nodes()[0].value == index)
      return axis.text;
  }
  return std::nullopt;
}

namespace {

// A formula on its way to a text: what stands for each node so far.
class Written {
 public:
  using Op = Formula::Op;
  explicit Written(const Formula& formula) : nodes_(formula.nodes()) {}

  // The text of the next node, whose leaves are given.
  std::optional<std::string> next(const Formula::Node& node) const {
    switch (node.op) {
      case Op::add:
        return two(node, " + ");
      case Op::subtract:
        return two(node, " - ");
      case Op::multiply:
        return two(node, "*");
      case Op::floor_divide:
        return two(node, "//");
      case Op::divide:
        return "/";  // only within a rounding, which reads the operands itself
      case Op::modulo:
        return operand(node.left) + " - " + operand(node.left) + "//" + operand(node.right) + "*" +
               operand(node.right);
      case Op::negate:
        return "0 - " + operand(node.left);
      case Op::floor:
      case Op::truncate:
        return rounded(node, false);
      case Op::ceil:
        return rounded(node, true);
      case Op::constant:
      case Op::symbol:
      case Op::axis:
      case Op::max:
      case Op::min:
        break;
    }
    return std::nullopt;
  }
  void add(std::string text) { texts_.push_back(std::move(text)); }
  const std::string& last() const { return texts_.back(); }

  // Whether every quotient is rounded: by itself, or after it was multiplied.
  bool whole() const {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].op == Op::divide && !rounds(i, true)) return false;
    return true;
  }

 private:
  const Formula::Node& at(int index) const { return nodes_[static_cast<std::size_t>(index)]; }

  std::string operand(int index) const {
    const Op op = at(index).op;
    const std::string& text = texts_[static_cast<std::size_t>(index)];
    const bool plain = op == Op::axis || op == Op::symbol || (op == Op::constant && at(index).value >= 0);
    return plain ? text : "(" + text + ")";
  }
  std::string two(const Formula::Node& node, const char* op) const {
    return operand(node.left) + op + operand(node.right);
  }

  // a/b, x*(a/b) or (a/b)*x, up or down.
  std::string rounded(const Formula::Node& node, bool up) const {
    const Formula::Node& of = at(node.left);
    std::string over;
    std::string by;
    if (of.op == Op::divide) {
      over = operand(of.left);
      by = operand(of.right);
    } else if (of.op == Op::multiply && (at(of.left).op == Op::divide) != (at(of.right).op == Op::divide)) {
      const bool right = at(of.right).op == Op::divide;
      const Formula::Node& quotient = at(right ? of.right : of.left);
      over = "(" + operand(right ? of.left : of.right) + "*" + operand(quotient.left) + ")";
      by = operand(quotient.right);
    } else {
      return texts_[static_cast<std::size_t>(node.left)];
    }
    return up ? "(" + over + " + " + by + " - 1)//" + by : over + "//" + by;
  }

  bool rounds(std::size_t index, bool through_product) const {
    bool found = false;
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const Formula::Node& reader = nodes_[k];
      if (reader.left != static_cast<int>(index) && reader.right != static_cast<int>(index)) continue;
      const bool rounding = reader.op == Op::floor || reader.op == Op::ceil || reader.op == Op::truncate;
      if (!rounding && !(through_product && reader.op == Op::multiply && rounds(k, false))) return false;
      found = true;
    }
    return found;
  }

  const std::vector<Formula::Node>& nodes_;
  std::vector<std::string> texts_;
};

}  // namespace

// Whether it gives the size in every run. A number in it may be one of the first run alone: the length of a
// constant that the model made to measure.
bool Expressions::holds(const Formula& formula, const Runs& size) const {
  for (std::size_t run = 0; run < size.size(); ++run) {
    const auto value = formula.evaluate([&](const Formula::Node& node) -> std::optional<std::int64_t> {
      if (node.op != Formula::Op::axis) return std::nullopt;
      const auto& shape = program_.tensors[static_cast<std::size_t>(node.value)].shape;
      const auto axis = static_cast<std::size_t>(node.axis);
      return axis < shape.size() ? std::optional(runs_of(shape[axis], runs_)[run]) : std::nullopt;
    });
    if (value && *value != size[run]) return false;
  }
  return true;
}

// The formula itself, where all of its leaves are axes of the inputs.
std::optional<std::string> Expressions::by_formula(const Formula& formula, const Runs& size) const {
  using Op = Formula::Op;
  if (formula.empty() || formula.nodes().size() > 128 || !holds(formula, size)) return std::nullopt;
  Written written(formula);
  for (const Formula::Node& node : formula.nodes()) {
    std::optional<std::string> text = written.next(node);
    if (node.op == Op::constant) text = std::to_string(node.value);
    if (node.op == Op::symbol) text = symbol(node.value);
    if (node.op == Op::axis)
      for (const Axis& axis : axes_)
        if (!text && axis.tensor == node.value && axis.axis == static_cast<std::size_t>(node.axis))
          text = axis.text;
    if (!text || text->size() > 400) return std::nullopt;
    written.add(std::move(*text));
  }
  if (!written.whole()) return std::nullopt;
  return written.last();
}

}  // namespace shapedbg::aten
