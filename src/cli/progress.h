// How far a long run has come: one line on standard error, only where that is a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <mutex>

namespace shapedbg {

class ProgressLine {
 public:
  // Says nothing in the first second, then at most ten times a second.
  ProgressLine(std::ostream& err, std::size_t total, bool shown);
  ~ProgressLine();  // takes the line away
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // One more is done; any thread.
  void step();

 private:
  std::ostream& err_;
  std::size_t total_;
  bool shown_;
  std::mutex guard_;
  std::size_t done_ = 0;
  bool written_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace shapedbg
