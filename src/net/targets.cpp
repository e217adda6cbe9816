#include "net/targets.h"

#include <algorithm>
#include <array>

#include "text/lower.h"

namespace shapedbg {
namespace {

constexpr std::array kTargets{
#define SHAPEDBG_TARGET(id, word, doc) TargetInfo{Target::id, word, doc},
#include "net/targets.def"
#undef SHAPEDBG_TARGET
};

}  // namespace

const TargetInfo& info(Target target) { return kTargets[static_cast<std::size_t>(target)]; }

std::span<const TargetInfo> all_targets() { return kTargets; }

const TargetInfo* find_target(std::string_view word) {
  for (const TargetInfo& one : kTargets)
    if (std::equal(word.begin(), word.end(), one.word.begin(), one.word.end(),
                   [](char a, char b) { return lower(a) == b; }))
      return &one;
  return nullptr;
}

}  // namespace shapedbg
