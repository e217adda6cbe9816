// `shapedbg sizes`: which input sizes a network takes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/reports.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "workspace/size_report.h"

namespace shapedbg {
namespace {

struct SizesCommand {
  std::vector<std::string> specs;
  std::string range;
  std::optional<std::int64_t> near;
  ReportOptions report;
  std::string color = "auto";
  std::string device = "auto";
  SourceOptions from;
  Verbosity log;
};

// "64:512". False where it is not a range of sizes.
bool read_range(const std::string& typed, SizesOptions& options) {
  const char* const end = typed.data() + typed.size();
  const auto first = std::from_chars(typed.data(), end, options.first);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return false;
  const auto last = std::from_chars(first.ptr + 1, end, options.last);
  return last.ec == std::errc() && last.ptr == end && options.first >= 1 && options.last >= options.first &&
         options.last <= limits::size;
}

int run_sizes(const SizesCommand& command, Streams& streams) {
  if (command.specs.empty()) return fail(streams, "no spec is given; `shapedbg sizes --help` shows how");
  SizesOptions options;
  options.device = device_choice(command.device);
  options.near = command.near;
  if (!command.range.empty() && !read_range(command.range, options)) {
    return fail(streams, "--range: `" + command.range + "` is no range of sizes such as 64:512");
  }
  const ReportFiles files(command.report, ReportOf::sizes, command.specs);
  if (!files.error().empty()) return fail(streams, files.error());

  Log log(streams.err, command.log.level());
  SharedEngine engine(log);
  const bool terminal = files.to_stdout() && is_terminal(streams.out);
  std::vector<SizeReport> reports;
  int code = exit_clean;
  for (const std::string& path : command.specs) {
    Input input = read_network(path, streams.in, command.from);
    if (!input.error.empty()) {
      code = fail(streams, input.source.name() + ": " + input.error);
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    reports.push_back(size_report(std::move(input.source), options, std::ref(engine)));
    const SizeReport& report = reports.back();
    log.debug(report.source.name() + ": took " + milliseconds_since(start));
    if (report.status == Status::findings) code = std::max<int>(code, exit_findings);
    if (report.status == Status::error) code = fail(streams, report.source.name() + ": " + report.error);
  }
  const auto render = [&](const Format& format) {
    TextStyle style;
    style.color = wants_color(command.color, terminal);
    style.width = terminal_width(terminal);
    return format.sizes(reports, options, style);
  };
  // Nothing could be read: the old reports stay.
  if (reports.empty() && !files.to_stdout()) return code;
  return reports.empty() ? deliver(streams, render(files.format()), code)
                         : files.write(render, streams, code);
}

}  // namespace

Job add_sizes(CLI::App& app) {
  const auto options = std::make_shared<SizesCommand>();
  app.add_option("SPEC", options->specs, "spec files; - reads standard input");
  app.add_option("--range", options->range, "count the sizes from A to B, and show their pattern")
      ->type_name("A:B")
      ->take_last();
  app.add_option("--near", options->near, "the next right sizes around N, and the padding to get there")
      ->check(CLI::Range(std::int64_t{1}, limits::size).description(""))
      ->type_name("N")
      ->take_last();
  add_report_options(app, options->report, ReportOf::sizes);
  add_color_option(app, options->color);
  app.add_option(
         "--device", options->device,
         "auto and meta run a sample of sizes on LibTorch without memory, off answers by formula alone")
      ->check(one_of({"auto", "meta", "off"}))
      ->take_last();
  add_source_options(app, options->from);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_sizes(*options, streams); };
}

}  // namespace shapedbg
