#include "cli/progress.h"

#include <ostream>

namespace shapedbg {

ProgressLine::ProgressLine(std::ostream& err, std::size_t total, bool shown)
    : err_(err),
      total_(total),
      shown_(shown),
      next_(std::chrono::steady_clock::now() + std::chrono::seconds(1)) {}

ProgressLine::~ProgressLine() {
  if (written_) err_ << "\r\x1b[K" << std::flush;
}

void ProgressLine::step() {
  if (!shown_) return;
  const std::lock_guard lock(guard_);
  ++done_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  written_ = true;
  err_ << "\r" << done_ << " of " << total_ << " checked" << std::flush;
}

}  // namespace shapedbg
