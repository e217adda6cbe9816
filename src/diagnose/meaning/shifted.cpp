// W514: a merge of tensors whose positions do not lie in the same places (A5, A6).
#include <algorithm>
#include <iterator>

#include "diagnose/meaning/meaning.h"
#include "net/facts.h"

namespace shapedbg {

void shifted_merge(const MeaningView& view, std::vector<Finding>& findings) {
  // What a Pad moves needs no merge to be off its place.
  std::vector<Trouble> merges = view.troubles;
  std::vector<Trouble> pads;
  const auto at_a_pad = [&](const Trouble& trouble) {
    if (trouble.layer == view.view.spec.layers.end_id()) return false;
    return facts(view.view.layer(view.layer(trouble)).kind).border != Border::none;
  };
  std::copy_if(merges.begin(), merges.end(), std::back_inserter(pads), at_a_pad);
  std::erase_if(merges, at_a_pad);
  report_flaws({view.view, merges}, Code::W514, {Flaw::drifting, Flaw::shifted},
               "brings together what does not lie in the same place",
               "cut or pad on the other side, or on both; where it is meant, ignore W514", findings);
  report_flaws({view.view, pads}, Code::W514, {Flaw::drifting, Flaw::shifted}, "moves its map off its place",
               "pad both axes alike; where it is meant, ignore W514", findings);
}

}  // namespace shapedbg
