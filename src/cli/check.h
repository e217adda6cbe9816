// The check of all files of a command line, for `check` and for `watch`.
#pragma once

#include <string>
#include <vector>

#include "cli/log.h"
#include "cli/options.h"
#include "cli/reports.h"
#include "cli/sources.h"

namespace CLI {
class App;
}

namespace shapedbg {

struct Streams;
class SharedEngine;

struct CheckOptions {
  std::vector<std::string> specs;
  ReportOptions report;
  std::string color = "auto";
  std::string device;  // empty: as the configuration says, else auto
  std::vector<std::string> targets;
  std::string ignore;   // besides what the configuration ignores
  std::string fail_on;  // error, warning, never; empty: as the configuration says, else error
  std::string baseline;
  bool write_baseline = false;
  ConfigChoice config;
  std::string stdin_filename;
  std::string changed_since;   // a revision of git; empty: all files
  int jobs = 0;                // 0: the cores
  bool networks_only = false;  // files of the command line that hold none are passed by as well
  bool axes = false;
  bool tables = false;
  std::string table;  // full, folded, none; empty: folded where there are many layers
  bool no_fixes = false;
  SourceOptions from;
  Verbosity log;
};

void add_check_options(CLI::App& app, CheckOptions& options);

// Checks once. Returns an ExitCode.
int run_check(const CheckOptions& options, Streams& streams);

}  // namespace shapedbg
