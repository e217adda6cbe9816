#include "infer/partition.h"

#include <algorithm>
#include <map>
#include <utility>

#include "infer/infer.h"
#include "net/same_value.h"
#include "rules/element_types.h"
#include "rules/layer_inputs.h"
#include "size/form_arith.h"
#include "text/cancel.h"

namespace shapedbg {
namespace {

constexpr int kDeepest = 1'000;           // splits within splits
constexpr std::int64_t kOperations = 24;  // on forms, for each shape rule of the limit

// None where there is none, or where a layer reads more than its inputs. Of each kind the last few forms are
// looked at.
PerLayer<LayerId> twins(const Spec& spec) {
  constexpr std::size_t few = 8;
  std::vector<std::vector<LayerId>> known(all_kinds().size());
  PerLayer<LayerId> found(spec.layers.size());
  const auto alike = [](const LayerSpec& a, const LayerSpec& b) {
    return a.inputs.size() == b.inputs.size() && a.options.size() == b.options.size() &&
           std::equal(
               a.options.begin(), a.options.end(), b.options.begin(),
               [](const OptionValue& x, const OptionValue& y) { return same_value(x.value, y.value); });
  };
  for (const LayerId id : ids(spec.layers)) {
    const LayerSpec& layer = spec.layers[id];
    const bool refers =
        has_references(layer.kind) && (layer.reference(Opt::size_like) || layer.reference(Opt::indices));
    if (layer.broken || refers) continue;
    std::vector<LayerId>& last = known[static_cast<std::size_t>(layer.kind)];
    const auto twin = std::find_if(last.rbegin(), last.rend(),
                                   [&](LayerId other) { return alike(layer, spec.layers[other]); });
    if (twin != last.rend()) {
      found[id] = *twin;
      *twin = id;
      continue;
    }
    if (last.size() == few) last.erase(last.begin());
    last.push_back(id);
  }
  return found;
}

class Partitioner {
 public:
  Partitioner(const Spec& spec, const std::vector<VariedSize>& varied, const std::vector<int>& ignored,
              std::int64_t limit, const PartitionBasis::Found& basis)
      : spec_(spec),
        basis_(basis),
        ignored_(ignored),
        left_(limit),
        arith_(digits_, limit * kOperations),
        first_spatial_(first_spatial_axis(spec)),
        outputs_(spec.layers.size()),
        held_by_(spec.layers.size()) {
    for (const LayerId id : ids(spec.layers)) held_by_[id] = id;
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
      if (layer.broken || basis_.mistyped[i] || !gather<Form>(spec_, layer, find, in)) return add(refused);
      held_by_[i] = LayerId(i);
      if (is_as_its_twin(LayerId(i), in)) {
        held_by_[i] = held_by_[basis_.twins[i]];
        left_ -= static_cast<std::int64_t>(outputs_[held_by_[i]].size()) - 1;
        continue;
      }
      in.wanted = basis_.wanted[i];
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

  // Networks repeat themselves: a layer that gets what its twin got returns what that returned.
  bool is_as_its_twin(LayerId layer, const RuleInputs<Form>& in) const {
    const LayerId twin = basis_.twins[layer];
    if (twin.is_none() || basis_.wanted[twin] != basis_.wanted[layer]) return false;
    const std::vector<Ref>& got = spec_.layers[twin].inputs;
    for (std::size_t k = 0; k < in.inputs.size(); ++k) {
      const ShapeOf<Form>* const shape = output(got[k]);
      if (shape != in.inputs[k] && (shape == nullptr || *shape != *in.inputs[k])) return false;
    }
    return true;
  }

  const ShapeOf<Form>* output(Ref ref) const {
    if (ref.is_input()) {
      const auto i = ref.input();
      return i < inputs_.size() ? &inputs_[i] : nullptr;
    }
    const auto& outputs = outputs_of(ref.layer);
    const auto at = static_cast<std::size_t>(ref.output);
    return at < outputs.size() ? &outputs[at] : nullptr;
  }

  const std::vector<ShapeOf<Form>>& outputs_of(LayerId layer) const { return outputs_[held_by_[layer]]; }

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
      if (expect && !met(*expect, outputs_of(LayerId(i)).at(0))) verdict = {SizeOutcome::wrong, LayerId(i)};
    }
    if (verdict.outcome == SizeOutcome::right && spec_.expect && !spec_.layers.empty() &&
        !met(*spec_.expect, outputs_of(outputs_.last_id()).at(0)))
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
      for (const Form& size : outputs_of(outputs_.last_id()).at(0))
        one.returned->push_back(arith.resolved(size));
      for (const Remainder& remainder : digits_.remainders()) {
        one.remainders.push_back(remainder);
        one.remainders.back().of = arith.resolved(remainder.of);
      }
      if (arith.failed()) one.returned.reset();
    }
    result_.classes.push_back(std::move(one));
  }

  const Spec& spec_;
  const PartitionBasis::Found& basis_;
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
  PerLayer<LayerId>
      held_by_;  // at which place of `outputs_` its outputs are: its own, or that of one like it
  Partition result_;
};

}  // namespace

const PartitionBasis::Found& PartitionBasis::found() const {
  if (found_) return *found_;
  const ElementTypes types(spec_);
  found_.emplace();
  found_->wanted.assign(spec_.layers.size(), 1);
  for (const LayerId id : ids(spec_.layers)) {
    found_->mistyped.push_back(types.refusal(spec_, id).has_value());
    each_read(spec_.layers[id], [&](Ref ref) {
      if (ref.is_input()) return;
      std::int64_t& wanted = found_->wanted[ref.layer];
      wanted = std::max<std::int64_t>(wanted, ref.output + 1);
    });
  }
  found_->twins = twins(spec_);
  return *found_;
}

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
                    std::int64_t limit, const PartitionBasis* basis) {
  const PartitionBasis own(spec);
  return Partitioner(spec, varied, ignored, limit, (basis != nullptr ? *basis : own).found()).run();
}

}  // namespace shapedbg
