// Independent work on the machine's processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace shapedbg {

// Calls `work(i)` for each i below `count`, on up to `workers` threads, in no order. What one of them throws
// is thrown again when all are done; no further work is begun then.
template <class Work>
void in_parallel(std::size_t count, std::size_t workers, Work&& work) {
  std::atomic<std::size_t> next = 0;
  std::exception_ptr problem;
  std::mutex guard;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(guard);
        if (!problem) problem = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> threads;
  try {
    for (std::size_t i = 1; i < std::min(workers, count); ++i) threads.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads are to be had: those that run do the work.
  }
  run();
  threads.clear();
  if (problem) std::rethrow_exception(problem);
}

}  // namespace shapedbg
