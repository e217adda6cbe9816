#include "text/cancel.h"

namespace shapedbg {
namespace {

thread_local const std::stop_token* current = nullptr;

}  // namespace

Cancellable::Cancellable(const std::stop_token& stop) : before_(current) {
  current = stop.stop_possible() ? &stop : nullptr;
}

Cancellable::~Cancellable() { current = before_; }

void check_cancelled() {
  if (current != nullptr && current->stop_requested()) throw Cancelled{};
}

std::stop_token current_stop() { return current == nullptr ? std::stop_token() : *current; }

}  // namespace shapedbg
