// An argument of a block that one use gives another value than the others: the value that they give, with all
// that the block computes of it.
#include <algorithm>

#include "net/sharing.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr Opt kArguments[] = {Opt::stride, Opt::kernel_size, Opt::dilation, Opt::padding};

// What the other uses of the block say for an option of a layer, without what it says itself.
std::vector<Value> values_elsewhere(const Spec& spec, LayerId index, Opt opt) {
  constexpr std::size_t most = 3;
  std::vector<Value> values;
  const OptionValue* mine = spec.layer(index).find(opt);
  for (const LayerId other : copies(spec, index)) {
    const OptionValue* its = spec.layer(other).find(opt);
    if (mine == nullptr || its == nullptr || its->value == mine->value || values.size() == most) continue;
    if (std::find(values.begin(), values.end(), its->value) == values.end()) values.push_back(its->value);
  }
  return values;
}

}  // namespace

void suggest_arguments(const Situation& s, std::vector<Candidate>& out) {
  // Each try reads the file anew.
  constexpr int most_tries = 48;
  constexpr std::size_t most_layers = 300;
  if (s.spec.layers.size() > most_layers) return;
  int tries = 0;
  for (const Opt opt : kArguments) {
    for (const LayerId i : ids(s.spec.layers)) {
      const LayerSpec& layer = s.spec.layer(i);
      if (layer.broken || !layer.shared || layer.used_at.empty() || s.trials().reaching()[i] == 0) continue;
      for (const Value& value : values_elsewhere(s.spec, i, opt)) {
        if (++tries > most_tries) return;
        const Set set{i, opt, value};
        Candidate candidate;
        candidate.kind = FixKind::window;
        candidate.title = title_of(s.spec, {set});
        if (!add_sets(s, {set}, candidate)) continue;
        candidate.by_text = true;
        const auto changed = changed_by(s, candidate);
        if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
      }
    }
  }
}

}  // namespace shapedbg
