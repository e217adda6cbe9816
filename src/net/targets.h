// Where else a network is to run than in PyTorch. What each of them does with a layer's sizes stands in
// portability/facts.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace shapedbg {

enum class Target : std::uint8_t {
#define SHAPEDBG_TARGET(id, word, doc) id,
#include "net/targets.def"
#undef SHAPEDBG_TARGET
};

struct TargetInfo {
  Target target;
  std::string_view word;  // "onnxruntime"
  std::string_view doc;   // one line, without a period
};
const TargetInfo& info(Target target);
std::span<const TargetInfo> all_targets();
// By its word, in any case. Null where there is none.
const TargetInfo* find_target(std::string_view word);

}  // namespace shapedbg
