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
  auto* const here = reinterpret_cast<unsigned char*>(inside.get());
  madvise(here - reinterpret_cast<std::uintptr_t>(here) % block, block, MADV_HUGEPAGE);
#endif
}

}  // namespace shapedbg
