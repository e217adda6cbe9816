// `shapedbg fix`: applies the fixes that `check` offers to the files of the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "check/fixing.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "report/fixed.h"
#include "report/totals.h"
#include "text/diff.h"

namespace shapedbg {
namespace {

struct FixCommand {
  std::vector<std::string> specs;
  bool diff = false;
  bool unsafe = false;
  bool all = false;
  int pick = 0;
  std::string color = "auto";
  std::string device = "auto";
  int verbose = 0;
  bool quiet = false;
};

// One run over all files: standard output gets the report, or the diff or bytes that were asked for; the
// report then goes to standard error.
class FixRun {
 public:
  FixRun(const FixCommand& command, Streams& streams)
      : command_(command),
        streams_(streams),
        log_(streams.err, command.quiet ? -1 : command.verbose),
        shared_(log_),
        engine_(std::ref(shared_)) {
    options_.device = device_choice(command.device);
    options_.unsafe = command.unsafe;
    options_.all = command.all;
    options_.pick = static_cast<std::size_t>(command.pick);
    const bool terminal = !report_aside(command) && is_terminal(streams.out);
    style_.color = wants_color(command.color, terminal);
  }

  int run() {
    for (const std::string& path : command_.specs) {
      const int code = one(path);
      worst_ = std::max(worst_, code);
      if (!streams_.out.good()) break;
    }
    return deliver(streams_, {}, worst_);
  }

 private:
  static bool report_aside(const FixCommand& command) {
    return command.diff || std::find(command.specs.begin(), command.specs.end(), "-") != command.specs.end();
  }

  int one(const std::string& path) {
    Input input = read_spec(path, streams_.in);
    if (!input.error.empty()) return fail(streams_, input.source.name() + ": " + input.error);
    log_.info("read " + input.source.name() + ", " + std::to_string(input.source.bytes().size()) + " bytes");
    const Fixed fixed = fix(std::move(input.source), options_, engine_);
    const Checked& left = fixed.result;
    log_.info(left.source.name() + ": applied " + std::to_string(fixed.applied.size()) + ", now " +
              std::string(to_string(left.status)));
    if (!fixed.error.empty()) return fail(streams_, left.source.name() + ": " + fixed.error);
    // What could not be run is not known to be right: the file stays as it is.
    if (left.status == Status::error) return fail(streams_, left.source.name() + ": " + reason(left));

    if (command_.diff) {
      streams_.out << unified_diff(left.source.name(), left.source.name(), fixed.before, left.source.bytes());
    } else if (path == "-") {
      streams_.out << left.source.bytes();
    } else if (fixed.changed()) {
      const OutputFile file(path, {});
      const std::string error =
          file.error().empty() ? file.replace(fixed.before, left.source.bytes()) : file.error();
      if (!error.empty()) return fail(streams_, error);
    }
    const std::string report = render_fixed(fixed, options_, style_);
    if (!report_aside(command_)) {
      streams_.out << report;
    } else if (!command_.quiet) {
      streams_.err << report;
    }
    return left.status == Status::ok ? exit_clean : exit_findings;
  }

  const FixCommand& command_;
  Streams& streams_;
  Log log_;
  SharedEngine shared_;
  EngineSource engine_;
  FixOptions options_;
  TextStyle style_;
  int worst_ = exit_clean;
};

int run_fix(const FixCommand& command, Streams& streams) {
  if (command.specs.empty()) return fail(streams, "no spec is given; `shapedbg fix --help` shows how");
  const auto standard_input = std::count(command.specs.begin(), command.specs.end(), "-");
  if (standard_input > 0 && command.specs.size() > 1) {
    return fail(streams, "`-` is fixed alone: its bytes go to standard output");
  }
  return FixRun(command, streams).run();
}

}  // namespace

Job add_fix(CLI::App& program) {
  const auto options = std::make_shared<FixCommand>();
  CLI::App& app = *program.add_subcommand(
      "fix",
      "apply what check offers: each fix is run before the file is rewritten, formatting and comments stay");
  app.add_option("SPEC", options->specs, "spec files; - fixes standard input to standard output");
  app.add_flag("--diff", options->diff, "print a unified diff and write nothing");
  app.add_flag("--all", options->all, "every finding, warnings too, also behind an error that has no fix");
  app.add_flag("--unsafe", options->unsafe, "also fixes that change more than the author may want");
  app.add_option("--pick", options->pick, "apply only the N-th fix of the first finding that has any")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->take_last()
      ->excludes("--all");
  app.add_option("--color", options->color, "auto, always, never")
      ->check(one_of({"auto", "always", "never"}))
      ->take_last();
  add_device_option(app, options->device);
  app.add_flag("-v,--verbose", options->verbose,
               "say on standard error what is done; twice: how long it took");
  app.add_flag("-q,--quiet", options->quiet, "no logs on standard error");
  return [options](Streams& streams) { return run_fix(*options, streams); };
}

}  // namespace shapedbg
