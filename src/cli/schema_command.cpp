// `shapedbg schema`: the contracts, of the JSON report that goes out and of the spec that comes in.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/run.h"
#include "report/json.h"
#include "spec/spec_schema.h"

namespace shapedbg {

Job add_schema(CLI::App& program) {
  CLI::App* command = program.add_subcommand("schema", "print a JSON Schema: of the JSON report, or of the spec format");
  const auto which = std::make_shared<std::string>("report");
  command->add_option("WHICH", *which, "report (the default) or spec")->check(one_of({"report", "spec"}));
  return [which](Streams& streams) {
    return deliver(streams, *which == "spec" ? spec_schema() : report_schema(), exit_clean);
  };
}

}  // namespace shapedbg
