#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/choice.h"
#include "cli/command.h"
#include "read/json/ignore.h"
#include "read/json/targets.h"

namespace shapedbg {

void add_format_option(CLI::App& command, std::string& word, ReportOf of) {
  std::string help = "report: ";
  for (const Format& format : formats())
    if (takes(of, format)) help += std::string(format.name) + " (" + std::string(format.says) + "), ";
  help.resize(help.size() - 2);
  command.add_option("--format", word, help)->check(one_of(format_names(of)))->take_last();
}

void add_output_option(CLI::App& command, std::string& path) {
  command.add_option("-o,--output", path, "write the report to this file, all or nothing")->take_last();
}

void add_color_option(CLI::App& command, std::string& word) {
  command.add_option("--color", word, "auto, always, never")
      ->check(one_of({"auto", "always", "never"}))
      ->take_last();
}

void add_log_options(CLI::App& command, Verbosity& verbosity) {
  command.add_flag("-v,--verbose", verbosity.verbose,
                   "say on standard error what is done; twice: how long it took");
  command.add_flag("-q,--quiet", verbosity.quiet, "no logs on standard error");
}

void add_target_option(CLI::App& command, std::vector<std::string>& words) {
  std::string known;
  for (const TargetInfo& one : all_targets()) known += (known.empty() ? "" : ", ") + std::string(one.word);
  command.add_option("--for", words, "where else it is to run, several with commas: " + known)
      ->delimiter(',')
      ->allow_extra_args(false);
}

bool read_target_list(const std::vector<std::string>& words, std::vector<Target>& targets, Streams& streams) {
  for (const std::string& word : words) {
    const auto read = read_target(word);
    if (const auto* wrong = std::get_if<std::string>(&read)) {
      fail(streams, "--for: " + *wrong);
      return false;
    }
    targets.push_back(std::get<Target>(read));
  }
  return true;
}

void add_config_options(CLI::App& command, ConfigChoice& choice) {
  command
      .add_option("--config", choice.file,
                  "read this file, not the .shapedbg.toml of this folder or one above")
      ->type_name("FILE")
      ->take_last();
  command.add_flag("--no-config", choice.none, "read no .shapedbg.toml");
}

void add_ignore_option(CLI::App& command, std::string& words) {
  command.add_option("--ignore", words, "risks not to report, by code or name: W502,W504")->join(',');
}

bool read_ignored_list(const std::string& words, std::vector<Code>& codes, Streams& streams) {
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(',', begin), words.size());
    const auto read = read_ignored(std::string_view(words).substr(begin, end - begin));
    if (const auto* wrong = std::get_if<std::string>(&read)) {
      fail(streams, "--ignore: " + *wrong);
      return false;
    }
    codes.push_back(std::get<Code>(read));
    begin = end + 1;
  }
  return true;
}

}  // namespace shapedbg
