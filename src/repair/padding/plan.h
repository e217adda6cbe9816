// Which output_padding to set where: the decision, before any byte of the file is touched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repair/padding/question.h"
#include "repair/padding/search.h"

namespace shapedbg {

struct Setting {
  LayerId layer;
  PerAxis from{};
  PerAxis to{};
  bool operator==(const Setting&) const = default;
};

struct Plan {
  SearchEnd end = SearchEnd::none;
  std::vector<Setting> settings;  // in the order of the network; only layers that change
  // With `none`: why, one line each, numbers filled in. Empty when the reason is not output_padding's.
  std::vector<std::string> reasons;
};

// The smallest legal change of output_padding with which every layer runs and every declared
// expectation holds. "Smallest", in this order: axes that are right already are left alone (where axes
// are independent); ChangeCost; later layers before earlier ones.
Plan plan_output_padding(const Spec& spec, const Trace& trace);

// The output_padding with which `up` gives back L, the size that `down` got: (L + 2p - d(k-1) - 1) mod s.
// Exists for every L exactly when strides and net kernels are equal; nothing when they are not.
std::optional<std::int64_t> mirrored_output_padding(const Window& down, const Window& up, std::int64_t L);

}  // namespace shapedbg
