// What the answer to one question may cost. A value, handed down with the question.
#pragma once

#include <stop_token>

#include "code/lines.h"

namespace shapedbg {

struct Budget {
  // Where a stop is requested, the question ends at the next layer that is looked at: within some
  // milliseconds, unless LibTorch is at work on one layer for real.
  std::stop_token stop = {};
  // Findings without their fixes: what an editor shows first.
  bool repairs = true;
  // Code that nobody is going to read is not written.
  FixCode code = FixCode::all;
};

// What a question that was stopped says in place of an answer.
inline constexpr const char* cancelled_text = "the question was cancelled";

}  // namespace shapedbg
