// `shapedbg check`: the main job on every file of the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "cli/command.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "report/render/json.h"
#include "report/render/text.h"
#include "report/totals.h"
#include "workspace/check.h"
#include "workspace/in_parallel.h"

namespace shapedbg {
namespace {

struct CheckOptions {
  std::vector<std::string> specs;
  std::string format = "text";
  std::string output;
  std::string color = "auto";
  std::string device = "auto";
  std::string ignore;
  std::vector<std::string> targets;
  bool axes = false;
  SourceOptions from;
  Verbosity log;
};

int exit_code(const Totals& sums) {
  if (sums.unchecked > 0) return exit_failed;
  return sums.with_findings > 0 ? exit_findings : exit_clean;
}

std::string render(const CheckOptions& options, const std::vector<Checked>& all, bool terminal) {
  if (options.format == "json") return render_json(all, options.axes);
  TextStyle style;
  style.color = wants_color(options.color, terminal);
  style.width = terminal_width(terminal);
  style.axes = options.axes;
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

// In the order of the files, several at a time where none of them may need much memory.
std::vector<Checked> check_all(std::vector<Input> inputs, const CheckOptions& options,
                               const std::vector<Code>& ignored, const std::vector<Target>& targets,
                               SharedEngine& engine, Log& log) {
  const DeviceChoice device = device_choice(options.device);
  const bool small =
      device == DeviceChoice::off || device == DeviceChoice::meta || device == DeviceChoice::automatic;
  constexpr std::size_t most = 8;
  const std::size_t workers =
      small ? std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most) : 1;
  std::vector<std::optional<Checked>> checked(inputs.size());
  std::vector<std::string> took(inputs.size());
  in_parallel(inputs.size(), workers, [&](std::size_t i) {
    if (!inputs[i].error.empty()) {
      checked[i] = unreadable(std::move(inputs[i]));
      return;
    }
    const auto start = std::chrono::steady_clock::now();
    const bool imported = inputs[i].imported;
    checked[i] = check(std::move(inputs[i].source), device, std::ref(engine), ignored, {}, targets);
    checked[i]->imported = imported;
    took[i] = milliseconds_since(start);
  });
  std::vector<Checked> all;
  all.reserve(checked.size());
  for (std::size_t i = 0; i < checked.size(); ++i) {
    all.push_back(std::move(*checked[i]));
    if (took[i].empty()) continue;
    const Checked& one = all.back();
    log.info(one.source.name() + ": " + std::string(to_string(one.status)) + ", device " + one.trace.device);
    log.debug(one.source.name() + ": took " + took[i]);
  }
  return all;
}

int run_check(const CheckOptions& options, Streams& streams) {
  if (options.specs.empty()) return fail(streams, "no spec is given; `shapedbg --help` shows how");
  std::vector<Code> ignored;
  if (!read_ignored_list(options.ignore, ignored, streams)) return exit_failed;
  std::vector<Target> targets;
  if (!read_target_list(options.targets, targets, streams)) return exit_failed;
  const bool to_file = !options.output.empty() && options.output != "-";
  std::optional<OutputFile> file;
  if (to_file) {
    file.emplace(options.output, options.specs);
    if (!file->error().empty()) return fail(streams, file->error());
  }

  Log log(streams.err, options.log.level());
  SharedEngine engine(log);
  std::vector<Input> inputs;
  inputs.reserve(options.specs.size());
  for (const std::string& path : options.specs) {
    inputs.push_back(read_network(path, streams.in, options.from));
    const Input& input = inputs.back();
    for (const std::string& note : input.notes)
      if (input.error.empty()) log.warning(input.source.name() + ": " + note);
    if (!input.error.empty())
      fail(streams, input.source.name() + ": " + input.error);
    else
      log.info("read " + input.source.name() + ", " + std::to_string(input.source.bytes().size()) + " bytes");
  }
  const std::vector<Checked> all = check_all(std::move(inputs), options, ignored, targets, engine, log);

  const int code = exit_code(totals(all));
  if (options.format == "json" || to_file) report_failures(all, streams);
  const auto was_read = [](const Checked& checked) { return checked.error.empty(); };
  if (to_file && std::none_of(all.begin(), all.end(), was_read)) return code;  // the old report stays
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
  app.add_option(
      "SPEC", options->specs,
      "spec files, .onnx, .pt2, the text of print(model), models as unet.py:UNet (runs its code); - reads "
      "standard input");
  add_format_option(app, options->format);
  add_output_option(app, options->output);
  add_color_option(app, options->color);
  add_device_option(app, options->device);
  add_ignore_option(app, options->ignore);
  add_target_option(app, options->targets);
  app.add_flag("--axes", options->axes, "what each axis is made of and where its positions lie");
  add_source_options(app, options->from);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_check(*options, streams); };
}

}  // namespace shapedbg
