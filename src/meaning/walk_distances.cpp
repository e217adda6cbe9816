// Tensors that are compared at several distances: cost volumes, correlations of neighbours.
#include <algorithm>
#include <array>
#include <map>

#include "meaning/walker.h"

namespace shapedbg {

// One comparison looks where another one has looked, moves the tensor that all others leave where it is, or
// is the only one that looks along two axes.
void Walker::tell_odd_distance(std::span<const Compared> family) {
  constexpr std::size_t several = 3;
  const auto at_home = [](const std::vector<std::int64_t>& by) {
    return std::all_of(by.begin(), by.end(), [](std::int64_t n) { return n == 0; });
  };
  std::map<std::array<std::vector<std::int64_t>, 2>, std::size_t> looked;  // where, and the layer that did
  for (const Compared& one : family) looked.emplace(one.by, one.layer);
  if (family.size() < several || looked.size() + 1 < several) return;
  for (const Compared& one : family) {
    const std::size_t first = looked.at(one.by);
    if (first == one.layer) continue;
    return flaw(Flaw::twice, one.layer, 0,
                "it compares at the distance at which `" + layer(first).name + "` does; each of the " +
                    std::to_string(family.size()) + " has one of its own",
                1);
  }
  for (std::size_t back = 0; back < family[0].between.size(); ++back) {
    const auto moves = [&](const Compared& one) { return one.between[back] != 0; };
    if (std::count_if(family.begin(), family.end(), moves) != 1) continue;
    const Compared& odd = *std::find_if(family.begin(), family.end(), moves);
    for (std::size_t along = 0; along < odd.between.size(); ++along) {
      const auto looks = [&](const Compared& one) { return one.between[along] != 0; };
      if (along == back || !looks(odd) || std::count_if(family.begin(), family.end(), looks) < 2) continue;
      const std::size_t last = odd.between.size() - 1;
      return flaw(Flaw::shifted, odd.layer, last - back,
                  "it looks along axis " + std::to_string(last - along) +
                      ", as others like it do, and along axis " + std::to_string(last - back),
                  1);
    }
  }
  for (std::size_t side = 0; family.size() > several && side < 2; ++side) {
    const auto moves = [&](const Compared& one) { return !at_home(one.by[side]); };
    if (std::count_if(family.begin(), family.end(), moves) != 1) continue;
    const Compared& odd = *std::find_if(family.begin(), family.end(), moves);
    const auto axis =
        std::find_if(odd.by[side].rbegin(), odd.by[side].rend(), [](std::int64_t n) { return n != 0; });
    return flaw(Flaw::shifted, odd.layer, static_cast<std::size_t>(axis - odd.by[side].rbegin()),
                "it moves `" + spec_.name_of(copied_from(layer(odd.layer).inputs[side]).home) + "`, which " +
                    std::to_string(family.size() - 1) + " others like it leave where it is",
                static_cast<int>(side));
  }
}

// Two tensors that are compared at several distances, as a cost volume does: each distance is looked at once,
// and the one of the two that stays where it is stays there.
void Walker::compares_at_distances() {
  if (!moves_) return;
  std::map<std::array<int, 4>, std::vector<Compared>> all;
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& one = layer(i);
    if (one.broken || one.inputs.size() != 2 ||
        (one.kind != LayerKind::Mul && one.kind != LayerKind::Sub && one.kind != LayerKind::Concat))
      continue;
    Copy a = copied_from(one.inputs[0]);
    Copy b = copied_from(one.inputs[1]);
    if (a.home == b.home || in(i, 0).rank != in(i, 1).rank || in(i, 0).rank < 1) continue;
    a.by.resize(in(i).axis_count());
    b.by.resize(in(i).axis_count());
    Compared is{i, {a.by, b.by}, a.by};
    for (std::size_t k = 0; k < b.by.size(); ++k) is.between[k] -= b.by[k];
    all[{a.home.layer.number(), a.home.output, b.home.layer.number(), b.home.output}].push_back(
        std::move(is));
  }
  for (const auto& [homes, family] : all) tell_odd_distance(family);
}

}  // namespace shapedbg
