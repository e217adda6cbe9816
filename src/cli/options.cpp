#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/choice.h"
#include "cli/command.h"
#include "read/json/ignore.h"

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
