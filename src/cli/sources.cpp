#include "cli/sources.h"

#include <CLI/CLI.hpp>

namespace shapedbg {

void add_source_options(CLI::App& command, SourceOptions& options) {
  const auto several = [&](const char* name, std::vector<std::string>& words, const char* help) {
    command.add_option(name, words, help)
        ->type_name("[NAME=]SIZES[:DTYPE]")
        ->allow_extra_args(false)
        ->take_all();
  };
  several("--input", options.inputs,
          "what goes into a model that is imported: 1,3,224,224, ids=2,77:int64; again for each input");
  several("--also", options.also, "the same at a second size: finds what a Python model computes from sizes");
  command.add_option("--call", options.call, "how the Python model is made: 'UNet(depth=4)'")
      ->type_name("CALL")
      ->take_last();
  command.add_option("--python", options.python, "the Python that has the model's torch")
      ->type_name("PROGRAM")
      ->take_last();
}

}  // namespace shapedbg
