// `shapedbg fix`: applies the fixes that `check` offers to the files of the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/device.h"
#include "cli/fix.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "read/python/python.h"
#include "read/python/worker.h"
#include "report/fixed.h"
#include "report/render/json.h"
#include "report/totals.h"
#include "workspace/fixing.h"

namespace shapedbg {
namespace {

// One run over all files: standard output gets the report, or the diff or bytes that were asked for; the
// report then goes to standard error. As JSON all of it is one document on standard output.
class FixRun {
 public:
  FixRun(const FixCommand& command, std::vector<Code> ignored, Streams& streams)
      : command_(command),
        streams_(streams),
        log_(streams.err, command.log.level()),
        shared_(log_),
        engine_(std::ref(shared_)),
        options_(fix_options(command, std::move(ignored))) {
    const bool terminal = !report_aside(command) && is_terminal(streams.out);
    style_.color = wants_color(command.color, terminal);
  }

  int run() {
    for (const std::string& path : command_.specs) {
      worst_ = std::max(worst_, one(is_standard_input(path) ? "-" : path));
      if (streams_.out_error != 0) break;
    }
    return deliver(streams_, json() ? render_fix_json(files_) : std::string(), worst_);
  }

 private:
  bool json() const { return command_.report.format == "json"; }
  static bool report_aside(const FixCommand& command) {
    return command.diff || std::any_of(command.specs.begin(), command.specs.end(), is_standard_input);
  }

  int one(const std::string& path) {
    Input input = read_to_fix(command_, path, streams_.in);
    if (!input.error.empty()) {
      const std::string error = input.error;
      return broken({{unreadable(std::move(input)), {}, {}, {}}, false, false, error});
    }
    if (input.imported) return program(path, input);
    if (!command_.from.inputs.empty())
      return broken(
          {{unreadable(std::move(input)), {}, {}, {}},
           false,
           false,
           "--input is for models that are imported: a spec that is fixed says itself what goes in"});
    log_.info("read " + input.source.name() + ", " + std::to_string(input.source.bytes().size()) + " bytes");
    FixedFile file{fix(std::move(input.source), options_, engine_)};
    const Fixed& fixed = file.fixed;
    const Checked& left = fixed.result;
    log_.info(left.source.name() + ": applied " + std::to_string(fixed.applied.size()) + ", now " +
              std::string(to_string(left.status)));
    // What could not be run is not known to be right: the file stays as it is.
    file.error = failure_of(file.fixed);
    if (!file.error.empty()) return broken(std::move(file));

    file.to_stdout = path == "-";
    const bool write = !command_.diff && !file.to_stdout && fixed.changed();
    if (write) {
      const OutputFile output(path, {});
      const std::string error =
          output.error().empty() ? output.replace(fixed.before, left.source.bytes()) : output.error();
      if (!error.empty()) {
        fail(streams_, error);
        file.error = error;
        files_.push_back(std::move(file));
        return exit_failed;
      }
      file.written = true;
    }
    const int code = left.status == Status::ok ? exit_clean : exit_findings;
    if (json()) {
      files_.push_back(std::move(file));
      return code;
    }
    if (command_.diff) {
      emit(streams_, diff_of(fixed));
    } else if (file.to_stdout) {
      emit(streams_, left.source.bytes());
    }
    const std::string report = render_fixed(fixed, options_, style_);
    if (!report_aside(command_)) {
      emit(streams_, report);
    } else if (!command_.log.quiet) {
      streams_.err << report;
    }
    return code;
  }

  // A network that was imported: what changes is its author's program, where that can be written.
  int program(const std::string& path, const Input& input) {
    for (const std::string& note : input.notes) log_.warning(input.source.name() + ": " + note);
    const bool python = !input.how.empty();
    FixedProgram made = fix_program(input.source.name(), input.network, options_, engine_,
                                    program_of(command_, path, input, streams_.in));
    FixedFile file{std::move(made.fixed)};
    file.changed = std::move(made.files);
    add_origin(input, file.changed, file.fixed.result);
    file.error = failure_of(file.fixed);
    if (!file.error.empty()) return broken(std::move(file));
    if (file.changed.empty() && file.fixed.changed()) {
      file.to_stdout = true;
      file.why = python ? "not written into the program: " + made.why
                        : input.from + " holds no lines that could be changed: change those of its program";
      return unwritten(std::move(file));
    }
    if (command_.write && !file.changed.empty()) {
      file.error = write_all(file.changed);
      if (!file.error.empty()) {
        fail(streams_, file.error);
        files_.push_back(std::move(file));
        return exit_failed;
      }
      file.written = true;
    }
    return written(std::move(file));
  }

  // All of the files or none. Returns an error or "".
  static std::string write_all(const std::vector<ChangedText>& changed) {
    std::vector<OutputFile> outputs;
    for (const ChangedText& one : changed) {
      outputs.emplace_back(one.file, std::vector<std::string>{});
      if (!outputs.back().error().empty()) return outputs.back().error();
    }
    for (std::size_t i = 0; i < changed.size(); ++i) {
      const std::string error = outputs[i].replace(changed[i].before, changed[i].after);
      if (error.empty()) continue;
      std::string also;
      while (i-- > 0)
        if (const std::string kept = outputs[i].replace(changed[i].after, changed[i].before); !kept.empty())
          also += "; " + kept;
      return error + also;
    }
    return {};
  }

  // Its change was written, is shown, or there is none.
  int written(FixedFile file) {
    const Checked& left = file.fixed.result;
    const bool shown = !file.written && !file.changed.empty();
    const int code = left.status == Status::ok && !shown ? exit_clean : exit_findings;
    if (!json()) {
      const std::string report = render_fixed(file.fixed, options_, style_);
      if (shown) emit(streams_, diff_of(file.changed));
      if (shown && !command_.log.quiet) {
        streams_.err << report;
        if (!command_.write && !command_.diff) streams_.err << "  nothing is written; --write writes it\n";
      }
      if (!shown) emit(streams_, report);
    } else {
      files_.push_back(std::move(file));
    }
    return code;
  }

  // The lines for people on standard error, the spec with the change on standard output.
  int unwritten(FixedFile file) {
    if (!json()) {
      emit(streams_, file.fixed.result.source.bytes());
      if (!command_.log.quiet)
        streams_.err << render_unwritten(
            file.fixed, file.why + "; its spec with the change stands on standard output", style_);
    } else {
      files_.push_back(std::move(file));
    }
    return exit_findings;
  }

  int broken(FixedFile file) {
    fail(streams_, file.fixed.result.source.name() + ": " + file.error);
    files_.push_back(std::move(file));
    return exit_failed;
  }

  const FixCommand& command_;
  Streams& streams_;
  Log log_;
  SharedEngine shared_;
  EngineSource engine_;
  FixOptions options_;
  TextStyle style_;
  std::vector<FixedFile> files_;  // for the JSON report
  int worst_ = exit_clean;
};

int run_fix(FixCommand command, Streams& streams) {
  const Config config = read_config(report_paths().working, command.config);
  if (!config.error.empty()) return fail(streams, config.error);
  if (command.device.empty()) command.device = config.device.empty() ? "auto" : config.device;
  command.from.worker = std::make_shared<PythonWorker>(command.from.python);
  // What is only told may be the whole project; what is written is named.
  if (command.specs.empty() && command.check) command.specs = config.paths;
  if (command.specs.empty()) return fail(streams, "no spec is given; `shapedbg fix --help` shows how");
  const auto standard_input = std::count_if(command.specs.begin(), command.specs.end(), is_standard_input);
  if (standard_input > 0 && command.specs.size() > 1) {
    return fail(streams, "`-` is fixed alone: its bytes go to standard output");
  }
  std::vector<Code> ignored = config.ignore;
  if (!read_ignored_list(command.ignore, ignored, streams)) return exit_failed;
  if (command.check) return run_fix_check(command, config, ignored, streams);
  if (const Format* format = find_format(command.report.format); !takes(ReportOf::fix, *format))
    return fail(streams, "--format " + command.report.format + " goes with --check");
  return FixRun(command, std::move(ignored), streams).run();
}

}  // namespace

FixOptions fix_options(const FixCommand& command, std::vector<Code> ignored) {
  FixOptions options;
  options.device = device_choice(command.device);
  options.unsafe = command.unsafe;
  options.all = command.all;
  options.pick = static_cast<std::size_t>(command.pick);
  options.ignored = std::move(ignored);
  return options;
}

std::string failure_of(const Fixed& fixed) {
  if (!fixed.error.empty()) return fixed.error;
  return fixed.result.status == Status::error ? reason(fixed.result) : std::string();
}

Input read_to_fix(const FixCommand& command, const std::string& path, std::istream& in) {
  SourceOptions from = command.from;
  from.constructors = true;
  return read_network(path, in, from);
}

Program program_of(const FixCommand& command, const std::string& path, const Input& input, std::istream& in) {
  if (input.how.empty()) return {};
  Program program;
  program.record = [&command, path, &in](const std::vector<ProgramText>& changed) {
    SourceOptions from = command.from;
    from.changed = changed;
    return read_network(path, in, from).network;
  };
  program.trials = [&command, path](const std::vector<WantedChanges>& fixes) {
    PythonOptions options{command.from.python, command.from.call, {}, {}};
    options.worker = command.from.worker.get();
    return program_trials(path, options, fixes);
  };
  return program;
}

Job add_fix(CLI::App& app) {
  const auto options = std::make_shared<FixCommand>();
  app.add_option(
      "SPEC", options->specs,
      "spec files; - fixes standard input to standard output; a Python model as unet.py:UNet gets a diff");
  CLI::Option* check = app.add_flag(
      "--check", options->check,
      "write nothing: report what would be mended, exit code 1 where a file would change; also for folders");
  app.add_flag("--diff", options->diff, "print a unified diff and write nothing")->excludes(check);
  app.add_flag("--write", options->write, "write the change into the files of a Python model, too")
      ->excludes(check);
  app.add_flag("--all", options->all, "every finding, warnings too");
  app.add_flag("--unsafe", options->unsafe, "also fixes that change more than the author may want");
  app.add_option("--pick", options->pick, "apply only the N-th fix of the first finding that has any")
      ->check(CLI::Range(1, 1000).description(""))
      ->type_name("N")
      ->take_last()
      ->excludes("--all");
  add_report_options(app, options->report, ReportOf::fix_check);
  app.get_option("--format")->description("report: text, json; with --check every format of check");
  for (const char* name : {"--output", "--report"}) app.get_option(name)->needs("--check");
  add_config_options(app, options->config);
  add_ignore_option(app, options->ignore);
  add_color_option(app, options->color);
  add_device_option(app, options->device);
  add_source_options(app, options->from);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_fix(*options, streams); };
}

}  // namespace shapedbg
