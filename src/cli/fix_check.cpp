#include <algorithm>
#include <functional>
#include <optional>

#include "cli/collect.h"
#include "cli/command.h"
#include "cli/device.h"
#include "cli/fix.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "read/json/told.h"

namespace shapedbg {
namespace {

class FixCheck {
 public:
  FixCheck(const FixCommand& command, const Config& config, const std::vector<Code>& ignored,
           Streams& streams)
      : command_(command),
        config_(config),
        streams_(streams),
        log_(streams.err, command.log.level()),
        shared_(log_),
        engine_(std::ref(shared_)),
        options_(fix_options(command, ignored)) {
    options_.keep_first = true;
  }

  int run() {
    const Collected collected = collect(command_.specs, config_.exclude, config_.folder);
    std::vector<std::string> names = command_.specs;
    for (const FoundFile& file : collected.files) names.push_back(file.path);
    const ReportFiles files(command_.report, ReportOf::fix_check, names);
    if (!files.error().empty()) return fail(streams_, files.error());
    for (const std::string& error : collected.errors) broken(error);
    for (const FoundFile& file : collected.files) one(file);
    return report(files);
  }

 private:
  void one(const FoundFile& file) {
    const std::string path = is_standard_input(file.path) ? "-" : file.path;
    Input input = read_to_fix(command_, path, streams_.in);
    if (!input.error.empty()) {
      broken(input.source.name() + ": " + input.error);
      return;
    }
    if (file.found && !input.imported && !holds_spec(input.source.bytes())) {
      skipped_.push_back({file.path, "holds no network"});
      log_.info("skipped " + file.path + ": " + skipped_.back().why);
      return;
    }
    for (const std::string& note : input.notes) log_.warning(input.source.name() + ": " + note);
    Fixed fixed = input.imported ? fix_program(input.source.name(), input.network, options_, engine_,
                                               program_of(command_, path, input, streams_.in))
                                       .fixed
                                 : fix(input.source, options_, engine_);
    add_origin(input, {}, *fixed.first);
    const std::string error = failure_of(fixed);
    if (!error.empty()) {
      broken(input.source.name() + ": " + error);
      return;
    }
    ++seen_;
    // What has errors that `fix` knows nothing for is no matter of this report; `check` tells it.
    if (!fixed.changed() && fixed.first->status != Status::ok) return;
    if (fixed.changed()) ++changing_;
    keep_fixable(fixed.first->findings, options_.all, options_.unsafe);
    all_.push_back(std::move(*fixed.first));
  }

  void broken(const std::string& error) {
    fail(streams_, error);
    broken_ = true;
  }

  int report(const ReportFiles& files) {
    const int code = broken_ ? exit_failed : changing_ > 0 ? exit_findings : exit_clean;
    Report report(all_, report_paths());
    report.skipped = std::move(skipped_);
    const bool terminal = files.to_stdout() && is_terminal(streams_.out);
    report.text.color = wants_color(command_.color, terminal);
    report.text.width = terminal_width(terminal);
    report.text.tables = false;
    report.text.right_ones = false;
    const bool people = files.to_stdout() && files.format().name == "text";
    return files.write(
        [&](const Format& format) { return format.check(report) + (people ? last_line() : std::string()); },
        streams_, code);
  }

  std::string last_line() const {
    if (seen_ == 0 || command_.log.quiet) return {};
    const std::string of = " of " + std::to_string(seen_) + (seen_ == 1 ? " file" : " files");
    if (changing_ == 0) return "fix would change none" + of + "\n";
    return "\nfix would change " + std::to_string(changing_) + of + "\n";
  }

  const FixCommand& command_;
  const Config& config_;
  Streams& streams_;
  Log log_;
  SharedEngine shared_;
  EngineSource engine_;
  FixOptions options_;
  std::vector<Checked> all_;  // as the files are, with the findings that would be mended
  std::vector<Skipped> skipped_;
  std::size_t seen_ = 0;
  std::size_t changing_ = 0;
  bool broken_ = false;
};

}  // namespace

int run_fix_check(const FixCommand& command, const Config& config, const std::vector<Code>& ignored,
                  Streams& streams) {
  return FixCheck(command, config, ignored, streams).run();
}

}  // namespace shapedbg
