// Values that an option could have been meant to have: near what is written, and what follows from the
// sizes that do not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repair/candidate.h"

namespace shapedbg {

// Two numbers that should be equal: a size that is there, and the one that is wanted in its place.
struct Gap {
  std::int64_t have = 0;
  std::int64_t want = 0;
  bool operator==(const Gap&) const = default;
};
// Of the layers that fail by themselves and of every expectation that is missed; a few at most.
std::vector<Gap> gaps_of(const Situation& s);

// Options whose number is an axis.
bool names_axis(Opt opt);

struct Proposal {
  Value value;
  std::int64_t amount = 0;  // how far numbers move, and how surprising that is
};
// For an option that decides a size, an axis or a number of channels; nothing for others. All within the
// range that its kind allows, the nearest first, the present value not among them.
std::vector<Proposal> proposals(const LayerSpec& layer, const LayerTrace& row, const OptionValue& option,
                                const std::vector<Gap>& gaps);

// The options of a layer as its author wrote them, as the rest of its object behind the type, but for the
// channels or features that it takes. Nothing where one of them is another tensor.
std::optional<std::string> written_options(const Spec& spec, const LayerSpec& layer);

}  // namespace shapedbg
