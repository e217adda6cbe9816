// For what is about to build something large.
#pragma once

namespace shapedbg {

// Asks the system for large pages where this thread's allocator works: a thousand pages that are taken one by
// one cost a third of the time of reading a network of 2,000 layers. Some systems give them unasked. A hint
// alone, and for small files not worth the memory.
void expect_much_memory();

}  // namespace shapedbg
