// Options that several commands declare alike. What they are bound to has to outlive the parsing.
#pragma once

#include <string>
#include <vector>

#include "cli/config.h"
#include "finding/finding.h"
#include "net/targets.h"
#include "report/formats.h"

namespace CLI {
class App;
}

namespace shapedbg {

struct Streams;

void add_format_option(CLI::App& command, std::string& word, ReportOf of);
void add_output_option(CLI::App& command, std::string& path);
void add_color_option(CLI::App& command, std::string& word);

struct Verbosity {
  int verbose = 0;
  bool quiet = false;
  int level() const { return quiet ? -1 : verbose; }  // as Log takes it
};
void add_log_options(CLI::App& command, Verbosity& verbosity);

// Where else the network is to run, of any number of uses: "onnxruntime,ncnn". False, and said, where one is
// unknown.
void add_target_option(CLI::App& command, std::vector<std::string>& words);
bool read_target_list(const std::vector<std::string>& words, std::vector<Target>& targets, Streams& streams);

void add_config_options(CLI::App& command, ConfigChoice& choice);

void add_ignore_option(CLI::App& command, std::string& words);
// Puts the codes of "W502,checkerboard" behind `codes`. False, and said, where one of them cannot be ignored.
bool read_ignored_list(const std::string& words, std::vector<Code>& codes, Streams& streams);

}  // namespace shapedbg
