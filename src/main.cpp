#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/last_words.h"
#include "cli/run.h"

namespace {

// A check takes memory in many small pieces and is over soon: asking the system for more at a time, and
// giving nothing back in between, is a fifth of its time.
void keep_memory() {
#ifdef __GLIBC__
  constexpr int mebibyte = 1 << 20;
  mallopt(M_TOP_PAD, 4 * mebibyte);
  mallopt(M_TRIM_THRESHOLD, 64 * mebibyte);
  mallopt(M_MMAP_THRESHOLD, 4 * mebibyte);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is seen as a failed write
  shapedbg::end_in_one_line();
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int code = shapedbg::run(args, std::cin, std::cout, std::cerr);
  // All is flushed. LibTorch's own way out costs time and has nothing to save.
  std::quick_exit(code);
}
