#include "repair/propose/skips.h"

#include <algorithm>

#include "flow/path.h"
#include "repair/propose/unread.h"

namespace shapedbg {
namespace {

// Another level: a few places less are none.
bool much_smaller(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return true;
  for (std::size_t k = 2; k < a.size(); ++k)
    if (4 * a[k] < 3 * b[k]) return true;
  return false;
}

}  // namespace

bool same_places(const Shape& a, const Shape& b) {
  return a.size() == b.size() && a.size() > 2 && a[0] == b[0] &&
         std::equal(a.begin() + 2, a.end(), b.begin() + 2);
}

bool likes_go_without(const Spec& spec, const Trace& trace, LayerId index) {
  const LayerSpec& layer = spec.layer(index);
  if (layer.source == nullptr || layer.source->made.empty()) return false;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& like = spec.layers[i];
    const LayerTrace& row = trace.layers[i];
    const bool runs = row.refusals.empty() && !row.after_failure && !row.outputs.empty();
    if (i == index || like.broken || like.kind != layer.kind || !runs || like.inputs.size() != 1 ||
        like.source == nullptr || like.source->made != layer.source->made)
      continue;
    if (right_behind_a_step_up(spec, trace, i)) return true;
  }
  return false;
}

SkipOnTheWay skip_on_the_way(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path,
                             Ref taken, const Shape& x, std::int64_t missing,
                             const std::function<bool(LayerId)>& may) {
  SkipOnTheWay found;
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const auto& outputs = trace.row(*it).outputs;
    if (outputs.empty()) return {};
    if (!same_places(outputs[0], x)) {
      found.left_the_size = found.left_the_size || much_smaller(outputs[0], x);
    } else if (found.left_the_size && outputs[0][1] == missing && may(*it) &&
               !belongs_elsewhere(spec, taken, *it) && !joined_already(spec, trace, taken, {*it, 0})) {
      found.skip = Ref{*it, 0};
      return found;
    }
  }
  return found;
}

}  // namespace shapedbg
