#include "text/distinct_edits.h"

#include <algorithm>
#include <utility>

namespace shapedbg {

void DistinctEdits::add(std::vector<Edit> more) {
  for (Edit& edit : more)
    if (!known(edit)) edits_.push_back(std::move(edit));
}

bool DistinctEdits::known(const Edit& edit) {
  constexpr std::size_t few = 16;  // are compared sooner than looked up
  if (edits_.size() <= few) return std::find(edits_.begin(), edits_.end(), edit) != edits_.end();
  for (; looked_up_ < edits_.size(); ++looked_up_) by_offset_.emplace(edits_[looked_up_].offset, looked_up_);
  const auto [begin, end] = by_offset_.equal_range(edit.offset);
  return std::any_of(begin, end, [&](const auto& entry) { return edits_[entry.second] == edit; });
}

}  // namespace shapedbg
