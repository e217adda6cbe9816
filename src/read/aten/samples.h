// What every size of a program is in further runs: of other free sizes, or of a second recording. Two sizes
// that are equal in all of them are the same size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "read/calls/calls.h"

namespace shapedbg::aten {

// The size in run `run`; 0 is the recorded one.
std::int64_t at(const calls::Size& size, std::size_t run);
std::int64_t at(const calls::Value& value, std::size_t run);

// The sizes of one place in all runs.
using Runs = std::vector<std::int64_t>;
template <typename Sized>
Runs runs_of(const Sized& sized, std::size_t runs) {
  Runs values;
  for (std::size_t run = 0; run < runs; ++run) values.push_back(at(sized, run));
  return values;
}
bool constant(const Runs& runs);

// The shape of a tensor in one run.
std::vector<std::int64_t> shape_in(const calls::Tensor& tensor, std::size_t run);

// Fills `others` from the formulas over the program's symbols, at sizes of our own choosing. Returns the
// number of runs, the recorded one included: 1 where nothing is free.
std::size_t sample_symbols(calls::Program& program);
// Fills `others` from `second`, the same program recorded at another input size. 1, with nothing filled in,
// where it made other calls: its control flow depends on the size.
std::size_t sample_second(calls::Program& program, const calls::Program& second);

}  // namespace shapedbg::aten
