#include "engine/dummy.h"

#include <ATen/Functions.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <limits>
#include <new>
#include <string>

#include "engine/torch_version.h"

namespace shapedbg {
namespace {

// Asking the system costs a few microseconds; smaller tensors are not worth it.
constexpr std::size_t worth_asking = std::size_t{64} << 20;

std::size_t number_in(const char* path) {
  std::ifstream file(path);
  std::size_t value = std::numeric_limits<std::size_t>::max();
  if (!(file >> value)) return std::numeric_limits<std::size_t>::max();  // "max", or no such file
  return value;
}

std::size_t available_memory() {
  std::size_t available = std::numeric_limits<std::size_t>::max();
  std::ifstream meminfo("/proc/meminfo");
  for (std::string line; std::getline(meminfo, line);) {
    unsigned long long kilobytes = 0;
    if (std::sscanf(line.c_str(), "MemAvailable: %llu kB", &kilobytes) == 1)
      available = static_cast<std::size_t>(kilobytes) << 10;
  }
  // A container may have less than the machine.
  const std::size_t limit = number_in("/sys/fs/cgroup/memory.max");
  const std::size_t used = number_in("/sys/fs/cgroup/memory.current");
  if (limit != std::numeric_limits<std::size_t>::max() && used <= limit)
    available = std::min(available, limit - used);
  return available;
}

class GuardedAllocator final : public c10::Allocator {
 public:
  explicit GuardedAllocator(c10::Allocator* inner) : inner_(inner) {}
#if SHAPEDBG_TORCH_AT_LEAST(2, 2)
  c10::DataPtr allocate(std::size_t bytes) override {
    check(bytes);
    return inner_->allocate(bytes);
  }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    inner_->copy_data(to, from, count);
  }
#else
  c10::DataPtr allocate(std::size_t bytes) const override {
    check(bytes);
    return inner_->allocate(bytes);
  }
#endif
  c10::DeleterFnPtr raw_deleter() const override { return inner_->raw_deleter(); }

 private:
  static void check(std::size_t bytes) {
    if (bytes < worth_asking) return;
    // How much is free differs from run to run: a report says only that it was not enough.
    if (bytes > available_memory()) throw std::bad_alloc();
  }
  c10::Allocator* inner_;
};

}  // namespace

void guard_memory() {
  static const bool done = [] {
    // glibc raises this threshold by itself and then loses freed tensors to fragmentation: a chain of 16 MB
    // tensors held 900 MB. Fixed, each large tensor goes back to the system when it is freed.
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    // Never freed: tensors of static lifetime may ask for it to the end of the process.
    c10::SetCPUAllocator(new GuardedAllocator(c10::GetCPUAllocator()), /*priority=*/100);
    return true;
  }();
  static_cast<void>(done);
}

at::Tensor dummy_integers(const Shape& shape, at::Device device, std::uint64_t seed) {
  const auto options = at::TensorOptions().dtype(at::kLong);
  if (device.is_meta()) return at::empty(shape, options.device(device));
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const at::Tensor tensor = at::arange(count, options).add(static_cast<std::int64_t>(seed)).reshape(shape);
  return device.is_cpu() ? tensor : tensor.to(device);
}

at::Tensor dummy(const Shape& shape, at::Device device, std::uint64_t seed) {
  const auto options = at::TensorOptions().dtype(at::kFloat);
  if (device.is_meta()) return at::empty(shape, options.device(device));
  at::Tensor tensor = at::empty(shape, options.device(at::kCPU));
  float* data = tensor.data_ptr<float>();
  const std::int64_t count = tensor.numel();
  // Weyl sequence with a multiplicative mix: cheap, no state from one element to the next.
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint32_t x =
        static_cast<std::uint32_t>(i) * 0x9E3779B9U + static_cast<std::uint32_t>(seed) * 0x85EBCA6BU;
    x = (x ^ (x >> 15)) * 0x2C1B3C6DU;
    x ^= x >> 13;
    data[i] = static_cast<float>(static_cast<std::int32_t>(x)) * 0x1p-31F;
  }
  return device.is_cpu() ? tensor : tensor.to(device);
}

}  // namespace shapedbg
