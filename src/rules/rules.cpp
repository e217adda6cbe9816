#include "rules/rules.h"

#include <limits>

#include "rules/rule_context.h"

namespace shapedbg {
namespace {

// One case for each row of facts.def.
template <class N>
void dispatch(RuleContext<N>& c) {
  switch (c.layer.info().family) {
#define SHAPEDBG_FAMILY(name, rule, ...) \
  case Family::name:                     \
    return rule(c);
#include "net/facts.def"
#undef SHAPEDBG_FAMILY
  }
}

// A tensor's bytes are counted in 64 bits.
constexpr std::int64_t kMostElements = INT64_C(1) << 60;

void check_addressable(RuleContext<std::int64_t>& c) {
  for (const Shape& shape : c.result.outputs) {
    Arith<std::int64_t> a;
    std::int64_t n = 1;
    for (const std::int64_t size : shape) n = a.mul(n, size);
    if (a.ok() && n < kMostElements) continue;
    c.refuse(Code::L216, [&] {
      return c.name() + " would return " + bracketed(shape) + ", more than LibTorch can address";
    });
    c.result.outputs.clear();
    return;
  }
}

}  // namespace

template <class N>
RuleResult<N> apply_rule(Arith<N>& arith, const LayerSpec& layer, const RuleInputs<N>& in) {
  RuleContext<N> c{arith, layer, in};
  dispatch(c);
  if constexpr (RuleContext<N>::speaks) {
    if (!arith.ok() && c.result.refusals.empty()) {
      c.result.outputs.clear();
      c.refuse(Code::L216, [&] { return "a size in " + c.name() + " is larger than LibTorch can address"; });
    }
    check_addressable(c);
  }
  return std::move(c.result);
}

template RuleResult<std::int64_t> apply_rule(Arith<std::int64_t>&, const LayerSpec&,
                                             const RuleInputs<std::int64_t>&);
template RuleResult<Form> apply_rule(Arith<Form>&, const LayerSpec&, const RuleInputs<Form>&);

std::string_view axis_name(int axes, int axis) {
  static constexpr std::string_view kNames[] = {"depth", "height", "width"};
  if (axes == 1) return "length";
  return kNames[3 - axes + axis];
}

Window window_of(const LayerSpec& layer, int axis) {
  const std::size_t i = static_cast<std::size_t>(axis);
  const auto entry = [&](const OptionValue* option, std::int64_t absent) {
    if (option == nullptr) return absent;
    if (const auto* one = std::get_if<std::int64_t>(&option->value)) return *one;
    const auto* list = std::get_if<std::vector<std::int64_t>>(&option->value);
    return list != nullptr && i < list->size() ? (*list)[i] : 0;
  };
  // As LayerSpec::find(); asked for each axis of each layer, again and again.
  const OptionValue* options = layer.options.begin();
  const std::size_t count = layer.options.size();
  const auto find = [&](Opt opt) {
    const std::size_t place = option_place(layer.kind, opt);
    return place < count ? options + place : nullptr;
  };
  Window w;
  w.k = entry(find(Opt::kernel_size), 1);
  // A pool without a stride steps by its kernel.
  const OptionValue* stride = find(Opt::stride);
  const bool by_kernel = stride != nullptr && std::holds_alternative<std::monostate>(stride->value);
  w.s = by_kernel ? w.k : entry(stride, 1);
  w.d = entry(find(Opt::dilation), 1);
  const OptionValue* padding = find(Opt::padding);
  w.before = w.after = entry(padding, 0);
  const auto* word = padding == nullptr ? nullptr : std::get_if<std::string>(&padding->value);
  if (word != nullptr && *word == "same") {
    // As torch splits it: the odd one goes to the end.
    const std::int64_t total = w.reach();
    w.before = total / 2;
    w.after = total - total / 2;
  }
  w.output_padding = entry(find(Opt::output_padding), 0);
  const OptionValue* ceil_mode = find(Opt::ceil_mode);
  const auto* ceils = ceil_mode == nullptr ? nullptr : std::get_if<bool>(&ceil_mode->value);
  w.ceil_mode = ceils != nullptr && *ceils;
  return w;
}

}  // namespace shapedbg
