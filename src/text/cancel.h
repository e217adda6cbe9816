// A question that is no longer wanted is given up wherever its answer stands: an editor asks again before the
// last answer is there.
#pragma once

#include <stop_token>

namespace shapedbg {

// Thrown by check_cancelled(). Whoever takes a Budget catches it: it never leaves a function that has one.
struct Cancelled {};

// While it lives, check_cancelled() on this thread looks at that token.
class Cancellable {
 public:
  explicit Cancellable(const std::stop_token& stop);
  Cancellable(const Cancellable&) = delete;
  Cancellable& operator=(const Cancellable&) = delete;
  ~Cancellable();

 private:
  const std::stop_token* before_;
};

// Called wherever work is done for each layer, size or value. Throws Cancelled.
void check_cancelled();

// What the thread's question can be stopped by.
std::stop_token current_stop();

}  // namespace shapedbg
