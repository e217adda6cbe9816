// What `shapedbg fix` is asked for, shared by the run that writes and the one that only tells.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "cli/input.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/reports.h"
#include "cli/sources.h"
#include "workspace/fix_program.h"

namespace shapedbg {

struct Streams;

struct FixCommand {
  std::vector<std::string> specs;
  bool check = false;
  bool diff = false;
  bool write = false;
  bool unsafe = false;
  bool all = false;
  int pick = 0;
  ReportOptions report;
  std::string ignore;
  std::string color = "auto";
  std::string device;  // empty: as the configuration says, else auto
  ConfigChoice config;
  SourceOptions from;
  Verbosity log;
};

FixOptions fix_options(const FixCommand& command, std::vector<Code> ignored);

// Why nothing can be said of what `fix` made: the wish could not be met, or the network not be run. Else "".
std::string failure_of(const Fixed& fixed);

// The network of `path` with what `fix` needs beside it: who makes the layers of a Python model, and where.
Input read_to_fix(const FixCommand& command, const std::string& path, std::istream& in);
// How the model in `path` is recorded again; of what is no Python model, nothing.
Program program_of(const FixCommand& command, const std::string& path, const Input& input, std::istream& in);

// `fix --check`: writes nothing, and reports the findings that `fix` would mend. The exit code is 1 where a
// file would change.
int run_fix_check(const FixCommand& command, const Config& config, const std::vector<Code>& ignored,
                  Streams& streams);

}  // namespace shapedbg
