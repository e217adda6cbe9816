#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "cli/last_words.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is seen as a failed write
  shapedbg::end_in_one_line();
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int code = shapedbg::run(args, std::cin, std::cout, std::cerr);
  // All is flushed. LibTorch's own way out costs time and has nothing to save.
  std::quick_exit(code);
}
