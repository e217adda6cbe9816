#include "cli/sources.h"

#include <CLI/CLI.hpp>

#include "report/lines.h"

namespace shapedbg {

std::string words_of(const SourceOptions& options) {
  std::string text;
  const auto add = [&](const char* name, const std::string& value) {
    text += (text.empty() ? "" : " ") + std::string(name) + " " + shell_word(value);
  };
  for (const std::string& input : options.inputs) add("--input", input);
  for (const std::string& input : options.also) add("--also", input);
  if (!options.expect.empty()) add("--expect", options.expect);
  if (!options.call.empty()) add("--call", options.call);
  if (options.python != SourceOptions{}.python) add("--python", options.python);
  return text;
}

void add_source_options(CLI::App& command, SourceOptions& options) {
  const auto several = [&](const char* name, std::vector<std::string>& words, const char* help) {
    command.add_option(name, words, help)
        ->type_name("[NAME=]SIZES[:DTYPE]")
        ->allow_extra_args(false)
        ->take_all();
  };
  several(
      "--input", options.inputs,
      "what goes in: 1,3,224,224, ids=2,77:int64; again for each input; of a spec, in place of what it says");
  several("--also", options.also, "the same at a second size: finds what a Python model computes from sizes");
  command
      .add_option("--expect", options.expect,
                  "what an imported model must return: input (its size and channels), or 1,*,64,64")
      ->type_name("SIZES")
      ->take_last();
  command.add_option("--call", options.call, "how the Python model is made: 'UNet(depth=4)'")
      ->type_name("CALL")
      ->take_last();
  command.add_option("--python", options.python, "the Python that has the model's torch")
      ->type_name("PROGRAM")
      ->take_last();
}

}  // namespace shapedbg
