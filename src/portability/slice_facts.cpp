// Slices by pnnx, which drops those along an axis that it knows no number of.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "infer/sizes.h"
#include "portability/rules.h"

namespace shapedbg {
namespace {

bool cuts(const SliceRange& range) {
  return range.step != 1 || (range.start != SliceRange::open && range.start != 0) ||
         range.stop != SliceRange::open;
}

const std::vector<SliceRange>* ranges_of(const LayerView& view) {
  const OptionValue* index = view.layer().find(Opt::index);
  return index == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&index->value);
}

}  // namespace

std::vector<bool> free_axes(const LayerView& view) {
  const Shape& here = view.row().outputs[0];
  std::vector<bool> free(here.size(), false);
  constexpr std::int64_t kTried = 4;  // the first may be refused further up
  for (const FreeSize& size : view.spec.free_sizes)
    for (std::int64_t i = 1; i <= kTried; ++i) {
      const std::int64_t other = size.smallest() + i * size.multiple_of;
      if (size.max > 0 && other > size.max) break;
      const Trace trace = infer(view.spec, inputs_with_size(view.spec, size.axes, other));
      const LayerTrace& row = trace.row(view.index);
      if (row.outputs.empty() || row.outputs[0].size() != here.size()) continue;
      for (std::size_t axis = 0; axis < here.size(); ++axis)
        free[axis] = free[axis] || row.outputs[0][axis] != here[axis];
    }
  return free;
}

std::optional<There> free_slice_dropped(const LayerView& view) {
  const std::vector<SliceRange>* ranges = ranges_of(view);
  if (ranges == nullptr || view.spec.free_sizes.empty() || std::none_of(ranges->begin(), ranges->end(), cuts))
    return std::nullopt;
  const std::vector<bool> free = free_axes(view);
  std::vector<SliceRange> kept = *ranges;
  bool dropped = false;
  for (std::size_t axis = 0; axis < std::min(kept.size(), free.size()); ++axis) {
    if (!free[axis] || !cuts(kept[axis])) continue;
    kept[axis] = {};
    dropped = true;
  }
  if (!dropped) return std::nullopt;
  There there;
  there.stands.push_back({LayerKind::Slice, {{Opt::index, Value{std::move(kept)}}}});
  there.why = "the slice of a free size is dropped there";
  return there;
}

std::optional<There> stepped_slice_refused(const LayerView& view) {
  const std::vector<SliceRange>* ranges = ranges_of(view);
  const auto steps = [](const SliceRange& range) { return range.step != 1; };
  if (ranges == nullptr || std::none_of(ranges->begin(), ranges->end(), steps)) return std::nullopt;
  const std::vector<bool> free = free_axes(view);
  for (std::size_t axis = 0; axis < std::min(ranges->size(), free.size()); ++axis) {
    if (!steps((*ranges)[axis]) || free[axis]) continue;
    return refused("a slice has no step there");
  }
  return std::nullopt;
}

}  // namespace shapedbg
