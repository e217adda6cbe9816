#include "text/much_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <memory>

namespace shapedbg {

void expect_much_memory() {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t block =
      32U << 20;  // mimalloc takes its memory in such blocks, each at a multiple of its size
  const auto inside = std::make_unique<std::uint64_t>();
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(inside.get()) / block * block;
  madvise(reinterpret_cast<void*>(begin), block, MADV_HUGEPAGE);
#endif
}

}  // namespace shapedbg
