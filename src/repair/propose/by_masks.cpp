// Masks of several sources, made by one layer, that are multiplied with the one code they were made of: the
// code is given to each of them, and the decoder takes each by itself.
#include <algorithm>
#include <optional>
#include <string>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The one layer that takes `ref`; -1 where there are several or none.
LayerId only_reader(const Spec& spec, Ref ref) {
  LayerId found;
  for (const LayerId i : ids(spec.layers)) {
    const auto& inputs = spec.layer(i).inputs;
    if (std::count(inputs.begin(), inputs.end(), ref) == 0) continue;
    if (!found.is_none()) return LayerId();
    found = i;
  }
  return found;
}

// The code goes back by the very windows that made it.
bool is_decoded(const Spec& spec, const LayerSpec& encoder, Ref product) {
  for (LayerId at = only_reader(spec, product); !at.is_none(); at = only_reader(spec, {at, 0})) {
    const LayerSpec& one = spec.layer(at);
    if (one.broken) return false;
    if (one.info().family == Family::conv_transpose)
      return !encoder.broken && encoder.info().family == Family::conv &&
             encoder.info().axes == one.info().axes &&
             one.axes(Opt::kernel_size) == encoder.axes(Opt::kernel_size) &&
             one.axes(Opt::stride) == encoder.axes(Opt::stride) && window_of(one, 0).s > 1;
    if (!keeps_shape(one.info().family)) return false;
  }
  return false;
}

// How many codes wide the masks are, where nothing else is unlike; 0 where that is no such number.
std::int64_t sources_of(const Shape& masks, const Shape& code) {
  constexpr std::int64_t most = 8;
  if (masks.size() != code.size() || masks.size() < 3 || code[1] < 2 || masks[1] % code[1] != 0) return 0;
  for (std::size_t k = 0; k < masks.size(); ++k)
    if (k != 1 && masks[k] != code[k]) return 0;
  const std::int64_t sources = masks[1] / code[1];
  return sources > 1 && sources <= most ? sources : 0;
}

}  // namespace

void suggest_masks(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.layer(*fault).kind != LayerKind::Mul) return;
  const LayerSpec& product = s.spec.layer(*fault);
  const auto& inputs = s.trace.row(*fault).inputs;
  if (inputs.size() != 2 || product.inputs.size() != 2) return;
  const std::size_t masks =
      inputs[0].size() > 1 && inputs[1].size() > 1 && inputs[0][1] > inputs[1][1] ? 0 : 1;
  const std::int64_t sources = sources_of(inputs[masks], inputs[1 - masks]);
  const Ref encoder = before_pointwise(s.spec, product.inputs[1 - masks]);
  if (sources == 0 || encoder.is_input() || !is_decoded(s.spec, s.spec.layer(encoder.layer), {*fault, 0}))
    return;
  const std::vector<LayerId> way = s.path_to(product.inputs[masks]);
  if (std::count(way.begin(), way.end(), encoder.layer) == 0) return;
  const Shape each{sources, inputs[1 - masks][1]};
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  const std::string parts = R"(, "dim": 1, "unflattened_size": )" + to_json(Value{each});
  if (!put_on_input(s, *fault, masks, "Unflatten", parts, candidate) ||
      !put_on_input(s, *fault, 1 - masks, "Unsqueeze", R"(, "dim": 1)", candidate) ||
      !put_on_input(s, only_reader(s.spec, {*fault, 0}), "Flatten", R"(, "start_dim": 0, "end_dim": 1)",
                    candidate))
    return;
  one_edit_each(candidate.edits);
  candidate.by_text = true;
  candidate.title =
      "take `" + s.spec.name_of(product.inputs[masks]) + "` apart into " + std::to_string(sources) +
      " masks by an Unflatten, give each of them `" + s.spec.name_of(product.inputs[1 - masks]) +
      "` by an Unsqueeze, and lay them into the batch behind `" + product.name + "` by a Flatten";
  sort_in(s, std::move(candidate), out, partial);
}

}  // namespace shapedbg
