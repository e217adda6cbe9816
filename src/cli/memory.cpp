#include "cli/memory.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace shapedbg {

void keep_memory() {
#ifdef __GLIBC__
  constexpr int mebibyte = 1 << 20;
  mallopt(M_TOP_PAD, 4 * mebibyte);
  mallopt(M_TRIM_THRESHOLD, 64 * mebibyte);
  mallopt(M_MMAP_THRESHOLD, 4 * mebibyte);
#endif
}

}  // namespace shapedbg
