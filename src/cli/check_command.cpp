// `shapedbg check`: the main job on every file of the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "check/check.h"
#include "cli/choice.h"
#include "cli/command.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "report/json.h"
#include "report/text.h"
#include "report/totals.h"
#include "spec/ignore.h"

namespace shapedbg {
namespace {

struct CheckOptions {
  std::vector<std::string> specs;
  std::string format = "text";
  std::string output;
  std::string color = "auto";
  std::string device = "auto";
  std::string ignore;
  int verbose = 0;
  bool quiet = false;
};

Checked unreadable(Input input) {
  return {std::move(input.source), {}, {}, {}, {}, {}, {}, Status::error, std::move(input.error)};
}

int exit_code(const Totals& sums) {
  if (sums.unchecked > 0) return exit_failed;
  return sums.with_findings > 0 ? exit_findings : exit_clean;
}

std::string render(const CheckOptions& options, const std::vector<Checked>& all, bool terminal) {
  if (options.format == "json") return render_json(all);
  TextStyle style;
  style.color = wants_color(options.color, terminal);
  style.width = terminal_width(terminal);
  return render_text(all, style);
}

// The text report on standard output says itself why a network could not be run; elsewhere nobody
// would see it.
void report_failures(const std::vector<Checked>& all, Streams& streams) {
  std::set<std::string> said;
  for (const Checked& checked : all) {
    if (checked.status != Status::error || !checked.error.empty()) continue;
    if (said.insert(reason(checked)).second) fail(streams, reason(checked));
  }
}

// The codes of "W502,checkerboard". False, and said, where one of them cannot be ignored.
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

int run_check(const CheckOptions& options, Streams& streams) {
  if (options.specs.empty()) return fail(streams, "no spec is given; `shapedbg --help` shows how");
  std::vector<Code> ignored;
  if (!read_ignored_list(options.ignore, ignored, streams)) return exit_failed;
  const bool to_file = !options.output.empty() && options.output != "-";
  std::optional<OutputFile> file;
  if (to_file) {
    file.emplace(options.output, options.specs);
    if (!file->error().empty()) return fail(streams, file->error());
  }

  Log log(streams.err, options.quiet ? -1 : options.verbose);
  SharedEngine engine(log);
  std::vector<Checked> all;
  all.reserve(options.specs.size());
  for (const std::string& path : options.specs) {
    Input input = read_spec(path, streams.in);
    if (!input.error.empty()) {
      fail(streams, input.source.name() + ": " + input.error);
      all.push_back(unreadable(std::move(input)));
      continue;
    }
    log.info("read " + input.source.name() + ", " + std::to_string(input.source.bytes().size()) + " bytes");
    const auto start = std::chrono::steady_clock::now();
    all.push_back(check(std::move(input.source), device_choice(options.device), std::ref(engine), ignored));
    const Checked& checked = all.back();
    log.info(checked.source.name() + ": " + std::string(to_string(checked.status)) + ", device " +
             checked.trace.device);
    log.debug(checked.source.name() + ": took " + milliseconds_since(start));
  }

  const int code = exit_code(totals(all));
  if (options.format == "json" || to_file) report_failures(all, streams);
  const std::string text = render(options, all, !to_file && is_terminal(streams.out));
  if (!to_file) return deliver(streams, text, code);
  const std::string error = file->write(text);
  return error.empty() ? code : fail(streams, error);
}

}  // namespace

Job add_check(CLI::App& program) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App& app =
      *program.add_subcommand("check", "run the networks of spec files and explain what is wrong");
  app.add_option("SPEC", options->specs, "spec files; - reads standard input");
  app.add_option("--format", options->format, "report for people or for programs: text, json")
      ->check(one_of({"text", "json"}))
      ->take_last();
  app.add_option("-o,--output", options->output, "write the report to this file, all or nothing")
      ->take_last();
  app.add_option("--color", options->color, "auto, always, never")
      ->check(one_of({"auto", "always", "never"}))
      ->take_last();
  add_device_option(app, options->device);
  app.add_option("--ignore", options->ignore, "risks not to report, by code or name: W502,W504")
      ->join(',');
  app.add_flag("-v,--verbose", options->verbose,
               "say on standard error what is done; twice: how long it took");
  app.add_flag("-q,--quiet", options->quiet, "no logs on standard error");
  return [options](Streams& streams) { return run_check(*options, streams); };
}

}  // namespace shapedbg
