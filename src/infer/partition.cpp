#include "infer/partition.h"

#include <algorithm>
#include <map>
#include <utility>

#include "infer/infer.h"
#include "rules/element_types.h"
#include "rules/layer_inputs.h"
#include "size/form_arith.h"
#include "text/cancel.h"

namespace shapedbg {
namespace {

constexpr int kDeepest = 1'000;           // splits within splits
constexpr std::int64_t kOperations = 24;  // on forms, for each shape rule of the limit

class Partitioner {
 public:
  Partitioner(const Spec& spec, const std::vector<VariedSize>& varied, const std::vector<int>& ignored,
              std::int64_t limit)
      : spec_(spec),
        ignored_(ignored),
        left_(limit),
        arith_(digits_, limit * kOperations),
        first_spatial_(first_spatial_axis(spec)),
        outputs_(spec.layers.size()),
        wanted_(spec.layers.size(), 1),
        mistyped_(spec.layers.size()) {
    const ElementTypes types(spec);
    for (std::size_t i = 0; i < spec.layers.size(); ++i)
      mistyped_[i] = types.refusal(spec, LayerId(i)).has_value();
    for (const InputSpec& input : spec.inputs) inputs_.emplace_back(input.shape.begin(), input.shape.end());
    for (const VariedSize& one : varied) {
      Form size(one.sizes.base);
      for (const SizeBox::Digit& digit : one.sizes.digits) {
        size = arith_.add(size, arith_.mul(Form(digit.step), Form::of_digit(digits_.add(digit.count))));
        owners_.push_back(varied_.size());
      }
      for (const FreeAxis axis : one.axes)
        inputs_[static_cast<std::size_t>(axis.input)][static_cast<std::size_t>(axis.axis)] = size;
      varied_.push_back(std::move(size));
    }
  }

  Partition run() {
    const std::int64_t limit = left_;
    for (const LayerSpec& layer : spec_.layers) {
      each_read(layer, [this](Ref ref) {
        if (ref.is_input()) return;
        std::int64_t& wanted = wanted_[ref.layer];
        wanted = std::max<std::int64_t>(wanted, ref.output + 1);
      });
    }
    from_layer(0);
    result_.rules = limit - left_;
    return std::move(result_);
  }

 private:
  void from_layer(std::size_t i) {
    check_cancelled();
    RuleInputs<Form> in;
    for (; i < spec_.layers.size(); ++i) {
      const LayerSpec& layer = spec_.layers[i];
      const SizeVerdict refused{SizeOutcome::refused, LayerId(i)};
      if (--left_ < 0) return add({}, false);
      arith_.reset();
      const auto find = [this](Ref ref) { return output(ref); };
      if (layer.broken || mistyped_[i] || !gather<Form>(spec_, layer, find, in)) return add(refused);
      in.wanted = wanted_[i];
      RuleResult<Form> result = apply_rule(arith_, layer, in);
      if (result.refused) return add(refused);
      if (!arith_.ok()) return part(static_cast<int>(i), [this, i] { from_layer(i); });
      if (result.outputs.empty()) return add(refused);
      left_ -= static_cast<std::int64_t>(result.outputs.size()) - 1;
      outputs_[i] = std::move(result.outputs);
      if (varied_.size() > 1 && result_.mixed_by.is_none()) look_for_mixed(LayerId(i));
    }
    expectations();
  }

  const ShapeOf<Form>* output(Ref ref) const {
    if (ref.is_input()) {
      const auto i = ref.input();
      return i < inputs_.size() ? &inputs_[i] : nullptr;
    }
    const auto& outputs = outputs_[ref.layer];
    const auto at = static_cast<std::size_t>(ref.output);
    return at < outputs.size() ? &outputs[at] : nullptr;
  }

  void look_for_mixed(LayerId layer) {
    for (const ShapeOf<Form>& shape : outputs_[layer]) {
      for (const Form& size : shape) {
        std::optional<std::size_t> owner;
        if (size.is_constant() || !mixes(arith_.resolved(size), owner)) continue;
        result_.mixed_by = layer;
        return;
      }
    }
  }
  // Whether a resolved form depends on two of the varied sizes, `owner` being one of them if there is any.
  bool mixes(const Form& size, std::optional<std::size_t>& owner) {
    for (const Form::Term& term : size.terms) {
      for (const int digit : digits_of(term.product)) {
        if (digit == 0) break;
        if (const Remainder* remainder = digits_.remainder(digit)) {
          if (mixes(arith_.resolved(remainder->of), owner)) return true;
          continue;
        }
        const std::size_t one = owners_[static_cast<std::size_t>(digits_.origin(digit)) - 1];
        if (owner.value_or(one) != one) return true;
        owner = one;
      }
    }
    return false;
  }

  void expectations() {
    if (--left_ < 0) return add({}, false);
    arith_.reset();
    SizeVerdict verdict;
    for (std::size_t i = 0; i < spec_.layers.size() && verdict.outcome == SizeOutcome::right; ++i) {
      const auto& expect = spec_.layers[i].expect;
      if (expect && !met(*expect, outputs_[i].at(0))) verdict = {SizeOutcome::wrong, LayerId(i)};
    }
    if (verdict.outcome == SizeOutcome::right && spec_.expect && !spec_.layers.empty() &&
        !met(*spec_.expect, outputs_.back().at(0)))
      verdict.outcome = SizeOutcome::wrong;
    if (!arith_.ok()) return part(static_cast<int>(spec_.layers.size()), [this] { expectations(); });
    add(verdict);
  }

  bool met(const Expect& expect, const ShapeOf<Form>& got) {
    const Shape plain = expected_shape(spec_, expect);
    if (plain.size() != got.size()) return false;
    for (std::size_t axis = 0; axis < got.size(); ++axis) {
      if (plain[axis] == Expect::any_size ||
          std::find(ignored_.begin(), ignored_.end(), static_cast<int>(axis)) != ignored_.end())
        continue;
      Form wanted(plain[axis]);
      if (expect.kind != Expect::Kind::shape) wanted = inputs_[0][axis];
      if (expect.kind == Expect::Kind::scale && axis >= first_spatial_)
        wanted = arith_.scale(wanted, expect.scale_of(axis, got.size()));
      if (!arith_.equal(got[axis], wanted)) return false;
    }
    return true;
  }

  // What was asked is undecided: asks it again in each block of the digit that it depends on.
  template <class Again>
  void part(int layer, Again&& again) {
    if (arith_.failed() || !arith_.split() || depth_ >= kDeepest || digits_.size() > Digits::most) {
      if (arith_.failed() && !arith_.spent() && result_.formless < 0) result_.formless = layer;
      return add({}, false);
    }
    const Split split = *arith_.split();
    ++depth_;
    for (const DigitBlock& block : split.blocks) {
      digits_.narrow(split.digit, block);
      again();
      digits_.undo();
    }
    --depth_;
  }

  void add(const SizeVerdict& verdict, bool known = true) {
    SizeClass one;
    one.verdict = verdict;
    one.known = known;
    Arith<Form> arith(digits_);  // also when the budget is spent
    for (std::size_t i = 0; i < varied_.size(); ++i) {
      const Form form = arith.resolved(varied_[i]);
      SizeBox& box = one.sizes.emplace_back(SizeBox{form.constant, {}});
      for (const Form::Term& term : form.terms) {
        const int digit = static_cast<int>(term.product >> 48);
        box.digits.push_back({term.factor, digits_.count(digit)});
        one.places.push_back({digit, i, term.factor, digits_.count(digit)});
      }
      box.simplify();
    }
    std::sort(one.places.begin(), one.places.end(),
              [](const SizeClass::Place& a, const SizeClass::Place& b) { return a.step > b.step; });
    if (known && verdict.outcome != SizeOutcome::refused && !outputs_.empty()) {
      one.returned.emplace();
      for (const Form& size : outputs_.back().at(0)) one.returned->push_back(arith.resolved(size));
      for (const Remainder& remainder : digits_.remainders()) {
        one.remainders.push_back(remainder);
        one.remainders.back().of = arith.resolved(remainder.of);
      }
      if (arith.failed()) one.returned.reset();
    }
    result_.classes.push_back(std::move(one));
  }

  const Spec& spec_;
  const std::vector<int>& ignored_;
  std::int64_t left_;
  Digits digits_;
  Arith<Form> arith_;
  std::size_t first_spatial_;
  int depth_ = 0;
  std::vector<ShapeOf<Form>> inputs_;
  std::vector<Form> varied_;
  std::vector<std::size_t> owners_;  // of the digits that the varied sizes began as: index of the size
  PerLayer<std::vector<ShapeOf<Form>>> outputs_;
  PerLayer<std::int64_t> wanted_;  // outputs of each layer that are read, at least one
  std::vector<bool> mistyped_;     // layers that refuse the element type they get, at every size
  Partition result_;
};

}  // namespace

std::optional<Shape> SizeClass::returned_for(const std::vector<std::int64_t>& members) const {
  if (!returned) return std::nullopt;
  std::vector<std::int64_t> rest;
  for (std::size_t i = 0; i < sizes.size(); ++i) rest.push_back(members[i] - sizes[i].base);
  std::map<int, std::int64_t> values;  // of the digits
  const auto value_of = [&](int digit) { return values.at(digit); };
  for (const Place& place : places) {
    const std::int64_t value = std::min(rest[place.varied] / place.step, place.count - 1);
    rest[place.varied] -= value * place.step;
    values[place.digit] = value;
  }
  for (const Remainder& remainder : remainders) {
    const auto of = remainder.of.value(value_of);
    if (!of) return std::nullopt;
    values[remainder.digit] = floor_mod(*of, remainder.modulus) / remainder.divisor;
  }
  Shape shape;
  for (const Form& form : *returned) {
    const auto size = form.value(value_of);
    if (!size) return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

bool Partition::complete() const {
  return std::all_of(classes.begin(), classes.end(), [](const SizeClass& c) { return c.known; });
}

bool Partition::all_right() const {
  return std::all_of(classes.begin(), classes.end(),
                     [](const SizeClass& c) { return c.known && c.verdict.outcome == SizeOutcome::right; });
}

Partition partition(const Spec& spec, const std::vector<VariedSize>& varied, const std::vector<int>& ignored,
                    std::int64_t limit) {
  return Partitioner(spec, varied, ignored, limit).run();
}

}  // namespace shapedbg
