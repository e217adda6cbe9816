#include "text/much_memory.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace shapedbg {

void expect_much_memory() {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t block =
      32U << 20;  // mimalloc takes its memory in such blocks, each at a multiple of its size
  constexpr std::uintptr_t large_page = 2U << 20;
  constexpr std::size_t own_place = 1U
                                    << 20;  // of this size something gets a place behind all that is in use
  thread_local std::unique_ptr<std::byte[]> passed_by;
  if (passed_by != nullptr) return;
  const auto place = [](const auto& inside) { return reinterpret_cast<std::uintptr_t>(inside.get()); };
  std::unique_ptr<std::byte[]> behind(new std::byte[own_place]);
  madvise(behind.get() - place(behind) % block, block, MADV_HUGEPAGE);
  // A large page of which a part is in use stays many small ones: what is left of it is never touched.
  const std::uintptr_t left = large_page - place(behind) % large_page;
  behind.reset();
  passed_by.reset(new std::byte[left]);
#endif
}

}  // namespace shapedbg
