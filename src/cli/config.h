// `.shapedbg.toml`: what a project wants of every check.
#pragma once

#include <string>
#include <vector>

#include "finding/finding.h"

namespace shapedbg {

// A Python model: `[[model]]`.
struct ConfigModel {
  std::string file;                 // a path from where the program runs
  std::string call;                 // "UNet(3, 2)"
  std::vector<std::string> inputs;  // as --input takes them
  std::vector<std::string> also;
  std::string expect;
};

struct Config {
  std::string file;                  // as it was found; empty where there is none
  std::string folder;                // absolute: paths and patterns start here
  std::vector<std::string> paths;    // what is checked where the command line names nothing
  std::vector<std::string> exclude;  // patterns of files that folders leave out
  std::vector<Code> ignore;          // of the risks of every check
  std::string device;                // empty where not said
  std::string fail_on;
  std::vector<ConfigModel> models;
  std::string baseline;  // a path from where the program runs
  std::string error;     // "dir/.shapedbg.toml:3:9: …"; empty where it could be read
};

// Which configuration counts: --config and --no-config.
struct ConfigChoice {
  std::string file;  // empty: found upwards
  bool none = false;
};

// The file in `folder` or in one above it, up to the root of the git repository, or up to / where there is
// none; the chosen one instead.
Config read_config(const std::string& folder, const ConfigChoice& choice);

// The text of such a file, which is called `file` and lies in `folder`. Never throws for any bytes.
Config parse_config(std::string file, std::string folder, const std::string& text);

}  // namespace shapedbg
