// The program as a function: what main() calls and what the tests call.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace shapedbg {

enum ExitCode : int {
  exit_clean = 0,
  exit_findings = 1,
  exit_failed = 2,  // could not do its job: bad option, unreadable file, no LibTorch, write failure
};

// Runs one command line (without the program's name) and returns its exit code. `out` gets the
// report and nothing else, `err` one-line errors and logs; both are flushed. Never throws.
int run(const std::vector<std::string>& args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace shapedbg
