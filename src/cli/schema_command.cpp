// `shapedbg schema`: the contract of the JSON report.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/run.h"
#include "report/json.h"

namespace shapedbg {

Job add_schema(CLI::App& program) {
  program.add_subcommand("schema", "print the JSON Schema of the JSON report");
  return [](Streams& streams) { return deliver(streams, report_schema(), exit_clean); };
}

}  // namespace shapedbg
