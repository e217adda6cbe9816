// `shapedbg export`: a network, as it stands, as a program that runs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"
#include "code/code.h"

namespace shapedbg {
namespace {

struct ExportCommand {
  std::string network;
  std::string to = "python";
  std::string output;
  std::string device = "auto";
  SourceOptions from;
  Verbosity log;
};

// "unet: takes [1, 3, 64, 64], returns [1, 2, 64, 64]"
std::string title(const Checked& checked) {
  std::string text = checked.spec.name.empty() ? "takes " : checked.spec.name + ": takes ";
  for (const InputSpec& input : checked.spec.inputs)
    text += (&input == &checked.spec.inputs.front() ? "" : " and ") + bracketed(input.shape);
  return checked.returned ? text + ", returns " + bracketed(*checked.returned) : text;
}

int run_export(const ExportCommand& command, Streams& streams) {
  Log log(streams.err, command.log.level());
  std::optional<OutputFile> file;
  if (!command.output.empty() && command.output != "-") {
    file.emplace(command.output, std::vector<std::string>{command.network});
    if (!file->error().empty()) return fail(streams, file->error());
  }
  const Input input = read_network(command.network, streams.in, command.from);
  const std::string& name = input.source.name();
  if (!input.error.empty()) return fail(streams, name + ": " + input.error);
  for (const std::string& note : input.faults) log.warning(name + ": " + note);
  for (const std::string& note : input.notes) log.warning(name + ": " + note);

  SharedEngine shared(log);
  const Checked checked =
      check(Source(name, input.source.bytes()), device_choice(command.device), std::ref(shared));
  if (checked.status == Status::error) return fail(streams, name + ": " + checked.findings.front().message);
  // A network that returns another size than is wanted is a program all the same; one that raises is none.
  for (const Finding& finding : checked.findings) {
    const std::string_view code = info(finding.code).id;
    if (info(finding.code).severity != Severity::error || code.front() == 'R' || code.front() == 'C')
      continue;
    fail(streams, name + ": does not run: " + finding.message + " (" + std::string(code) +
                      "); `shapedbg check` says more");
    return exit_findings;
  }
  const Language language = command.to == "python" ? Language::python : Language::cpp;
  const NetworkCode result = network_code(checked.spec, language, {title(checked)});
  if (!result.error.empty()) {
    fail(streams, name + ": " + result.error);
    return exit_findings;
  }
  if (!file) return deliver(streams, result.text, exit_clean);
  const std::string error = file->write(result.text);
  if (!error.empty()) return fail(streams, error);
  return deliver(streams, command.output + ": " + title(checked) + "\n", exit_clean);
}

}  // namespace

Job add_export(CLI::App& app) {
  const auto options = std::make_shared<ExportCommand>();
  app.add_option("NETWORK", options->network, "a spec, or a model of another kind; - reads standard input")
      ->required();
  app.add_option("--to", options->to, "python (a PyTorch class) or cpp (a LibTorch one)")
      ->check(one_of({"python", "cpp"}))
      ->take_last();
  app.add_option("-o,--output", options->output, "write it to FILE, all or nothing")
      ->type_name("FILE")
      ->take_last();
  add_device_option(app, options->device);
  add_source_options(app, options->from);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_export(*options, streams); };
}

}  // namespace shapedbg
