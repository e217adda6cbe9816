// `shapedbg schema`: the contracts, of the JSON reports that go out and of the spec that comes in.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/run.h"
#include "read/json/spec_schema.h"
#include "report/render/json.h"
#include "report/render/sizes_json.h"

namespace shapedbg {

Job add_schema(CLI::App& command) {
  const auto which = std::make_shared<std::string>("report");
  command
      .add_option("WHICH", *which, "report (of check, the default), fix (of fix), sizes (of sizes), or spec")
      ->check(one_of({"report", "fix", "sizes", "spec"}));
  return [which](Streams& streams) {
    const std::string schema = *which == "spec"    ? std::string(spec_schema())
                               : *which == "fix"   ? fix_schema()
                               : *which == "sizes" ? std::string(sizes_schema())
                                                   : std::string(report_schema());
    return deliver(streams, schema, exit_clean);
  };
}

}  // namespace shapedbg
