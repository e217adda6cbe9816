#include "repair/judge/elsewhere.h"

#include <algorithm>

#include "net/facts.h"

namespace shapedbg {
namespace {

// A number by which a layer of a network that runs is what it is. Sizes that stand in a layer are not: they
// are those of one input.
bool is_of_the_layer(const LayerSpec& layer, Opt opt) {
  switch (opt) {
    case Opt::padding:
      return layer.info().family != Family::free_pad;
    case Opt::kernel_size:
    case Opt::stride:
    case Opt::dilation:
    case Opt::scale_factor:
    case Opt::upscale_factor:
    case Opt::downscale_factor:
    case Opt::dim:
    case Opt::dim0:
    case Opt::dim1:
    case Opt::dims:
    case Opt::start_dim:
    case Opt::end_dim:
    case Opt::groups:
    case Opt::num_groups:
    case Opt::num_heads:
    case Opt::embed_dim:
    case Opt::input_size:
    case Opt::hidden_size:
      return true;
    default:  // of options, which are no families or kinds
      return false;
  }
}

bool changes_a_layer(const Spec& spec, const Moves& moves) {
  return std::any_of(moves.begin(), moves.end(), [&](const Move& move) {
    // A step before may have put layers in.
    if (const auto* set = std::get_if<SetOption>(&move))
      return set->layer < spec.layers.end_id() && is_of_the_layer(spec.layer(set->layer), set->opt);
    return std::holds_alternative<ChangeKind>(move) || std::holds_alternative<RemoveLayer>(move) ||
           std::holds_alternative<TakeInput>(move);
  });
}

}  // namespace

void drop_changes_of_layers(const Situation& s, std::vector<Candidate>& all) {
  if (!s.runs_elsewhere) return;
  std::erase_if(all, [&](const Candidate& one) {
    return one.kind == FixKind::stage || one.kind == FixKind::projection ||
           changes_a_layer(s.spec, one.moves) ||
           std::any_of(one.before.begin(), one.before.end(),
                       [&](const Moves& moves) { return changes_a_layer(s.spec, moves); });
  });
}

}  // namespace shapedbg
