#include "portability/parting.h"

#include <algorithm>
#include <utility>

#include "infer/sizes.h"

namespace shapedbg {
namespace {

// The network up to the layer, with what the target makes of it beside, and a layer that refuses where the
// two are not of one shape. So a question about two programs is one about the sizes of a single network.
struct Beside {
  Spec spec;
  LayerId layer;  // PyTorch's; what stands behind it is the target's
};

bool append(Spec& spec, LayerKind kind, std::vector<Ref> inputs, Options options) {
  InsertLayer move;
  move.where = InsertLayer::Where::end;
  move.kind = kind;
  move.name = "there " + std::to_string(spec.layers.size());
  move.inputs = std::move(inputs);
  move.options = std::move(options);
  auto moved = apply(spec, {std::move(move)});
  if (!moved) return false;
  spec = std::move(moved->net);
  return true;
}

Spec up_to(const Spec& whole, LayerId layer) {
  Spec spec = whole;
  spec.layers.resize(layer.place() + 1);
  spec.expect.reset();
  spec.outputs.clear();
  for (LayerSpec& one : spec.layers) one.expect.reset();
  return spec;
}

std::optional<Beside> beside(const LayerView& view, const There& there) {
  Beside both{up_to(view.spec, view.index), view.index};
  std::vector<Ref> inputs = view.layer().inputs;
  for (const There::Stand& stand : there.stands) {
    if (!append(both.spec, stand.kind, inputs, stand.options)) return std::nullopt;
    inputs = {Ref{both.spec.layers.last_id(), 0}};
  }
  if (!append(both.spec, LayerKind::Stack, {Ref{view.index, 0}, inputs[0]}, {})) return std::nullopt;
  return both;
}

// What both return for one size; nothing where they agree or PyTorch itself refuses.
std::optional<Parting> compared(const Beside& both, const Spec& at) {
  const Trace trace = infer(at);
  const auto index = both.layer.place();
  const LayerTrace& here = trace.layers[index];
  if (here.after_failure || !here.refusals.empty() || here.outputs.empty() || here.inputs.empty())
    return std::nullopt;
  Parting result{.input = here.inputs[0], .here = here.outputs[0], .there = {}, .at = {}, .sizes = {}};
  for (std::size_t i = index + 1; i + 1 < trace.layers.size(); ++i)
    if (!trace.layers[i].refusals.empty()) return result;
  const LayerTrace& last = trace.layers[trace.layers.size() - 2];
  if (last.outputs.empty() || last.outputs[0] == result.here) return std::nullopt;
  result.there = last.outputs[0];
  return result;
}

std::string of_size(const FreeSize& size, std::int64_t n) {
  return "for `" + size.name + "` = " + std::to_string(n);
}

void add_sizes(Parting& parting, const std::string& text) {
  parting.sizes += (parting.sizes.empty() ? "" : "; ") + text;
}

// One of the free sizes, the others at their smallest: proven for all, or looked at one by one.
void along(const Beside& both, const FreeSize& size, std::int64_t& steps, std::optional<Parting>& found) {
  const SizeMap map =
      size_map(both.spec, {size.axes, SizeBox::from(size.smallest(), size.multiple_of)}, {}, steps);
  const SizeMap::Which parts = [&](const SizeVerdict& verdict) {
    return verdict.outcome == SizeOutcome::refused && verdict.layer > both.layer;
  };
  const auto first = map.next(1, parts);
  if (!first || (size.max > 0 && *first > size.max)) return;
  if (!found) {
    found = compared(both, with_size(both.spec, size.axes, *first));
    if (!found) return;
    found->at = of_size(size, *first);
  }
  add_sizes(*found, "`" + size.name + "`: " + describe_sizes(map, parts) +
                        (map.proven ? ", proven for every size" : ", as far as could be proven"));
}

std::optional<Parting> parting_of_stands(const LayerView& view, const There& there, std::int64_t& steps) {
  const auto both = beside(view, there);
  if (!both) return std::nullopt;
  std::optional<Parting> found = compared(*both, both->spec);
  for (const FreeSize& size : view.spec.free_sizes) along(*both, size, steps, found);
  steps -= static_cast<std::int64_t>(both->spec.layers.size());
  return found;
}

// The same where the target's rule is a function of the shapes. `but`: axes that are as in it are not looked
// at.
std::optional<Parting> evaluated_apart(const LayerTrace& row, const There& there, const Shape* but) {
  if (row.after_failure || !row.refusals.empty() || row.outputs.empty() || row.inputs.empty())
    return std::nullopt;
  Parting result{.input = row.inputs[0], .here = row.outputs[0], .there = {}, .at = {}, .sizes = {}};
  result.there = there.evaluated(result.input, result.here);
  bool parts = result.there.empty();
  for (std::size_t i = 0; i < result.there.size(); ++i)
    parts |= result.there[i] != result.here[i] && (but == nullptr || (*but)[i] != result.input[i]);
  if (!parts) return std::nullopt;
  return result;
}

std::optional<Parting> parting_of_shapes(const LayerView& view, const There& there, std::int64_t& steps) {
  constexpr std::size_t kListed = 6;
  std::optional<Parting> found = evaluated_apart(view.row(), there, nullptr);
  const Shape* declared = &view.row().inputs[0];
  const Spec spec = view.spec.free_sizes.empty() ? Spec{} : up_to(view.spec, view.index);
  for (const FreeSize& size : spec.free_sizes) {
    std::vector<std::int64_t> sizes;
    std::int64_t last = size.smallest();
    for (std::int64_t n = last; (size.max == 0 || n <= size.max) && steps > 0; n += size.multiple_of) {
      last = n;
      steps -= static_cast<std::int64_t>(spec.layers.size());
      const Trace trace = infer(spec, inputs_with_size(spec, size.axes, n));
      auto one = evaluated_apart(trace.layers.back(), there, declared);
      if (!one) continue;
      sizes.push_back(n);
      if (found) continue;
      found = std::move(one);
      found->at = of_size(size, n);
    }
    if (sizes.empty()) continue;
    std::string text = "`" + size.name + "` = ";
    for (std::size_t i = 0; i < std::min(sizes.size(), kListed); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
    if (sizes.size() > kListed) text += " and " + std::to_string(sizes.size() - kListed) + " more";
    add_sizes(*found,
              text + ", looked at from " + std::to_string(size.smallest()) + " to " + std::to_string(last));
  }
  return found;
}

}  // namespace

std::optional<Parting> parting(const LayerView& view, const There& there, std::int64_t& steps) {
  if (steps <= 0) return std::nullopt;
  if (there.refused)
    return Parting{
        .input = view.row().inputs[0], .here = view.row().outputs[0], .there = {}, .at = {}, .sizes = {}};
  std::optional<Parting> found =
      there.evaluated ? parting_of_shapes(view, there, steps) : parting_of_stands(view, there, steps);
  if (found && there.raises) found->there.clear();
  return found;
}

}  // namespace shapedbg
