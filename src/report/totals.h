// Sums over a whole run, the same in every format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "workspace/check.h"

namespace shapedbg {

struct Totals {
  std::size_t specs = 0;
  std::size_t ok = 0;
  std::size_t with_findings = 0;
  std::size_t unchecked = 0;  // status error
  std::size_t errors = 0;     // findings of that severity, and every spec that could not be checked
  std::size_t warnings = 0;
  std::size_t fixable = 0;  // findings with a fix that edits the file
  std::size_t known = 0;    // left out, as a baseline has them
};
Totals totals(std::span<const Checked> specs);

// Of one network, over the layers whose shapes are known; saturates at INT64_MAX.
struct NetworkCost {
  std::int64_t params = 0;
  std::int64_t mult_adds = 0;
  bool complete = true;  // false when a layer's shapes are unknown
};
NetworkCost network_cost(const Checked& checked);

// The layer's type; of one that the format does not know, as its author wrote it.
std::string type_of(const Checked& checked, const LayerSpec& layer);

// One line: why the job could not be done. Empty unless the status is error.
std::string reason(const Checked& checked);

// LibTorch's version, empty when nothing ran.
std::string libtorch_version(std::span<const Checked> specs);

}  // namespace shapedbg
