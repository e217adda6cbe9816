// `shapedbg import`: a model of another kind as a spec, run before it is written.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"
#include "read/shorten.h"
#include "workspace/unlike_recorded.h"

namespace shapedbg {
namespace {

struct ImportCommand {
  std::string network;
  std::string output;
  std::string device = "auto";
  bool flat = false;
  SourceOptions from;
  Verbosity log;
};

int run_import(const ImportCommand& command, Streams& streams) {
  std::optional<OutputFile> file;
  if (!command.output.empty() && command.output != "-") {
    file.emplace(command.output, std::vector<std::string>{command.network});
    if (!file->error().empty()) return fail(streams, file->error());
  }
  Log log(streams.err, command.log.level());
  const Input input = read_network(command.network, streams.in, command.from);
  const std::string& name = input.source.name();
  if (!input.error.empty()) return fail(streams, name + ": " + input.error);
  if (!input.imported) {
    const std::string& bytes = input.source.bytes();
    const std::size_t first = bytes.find_first_not_of(" \t\r\n");
    const bool spec = first != std::string::npos && bytes[first] == '{';
    return fail(streams,
                name + (spec ? ": is a spec already"
                             : ": is no model that is known: .onnx, .pt2, Keras, print(model), or Python "
                               "as unet.py:UNet"));
  }
  for (const std::string& note : input.faults) log.warning(name + ": " + note);
  for (const std::string& note : input.notes) log.warning(name + ": " + note);

  SharedEngine shared(log);
  const std::string text = command.flat ? input.source.bytes() : shorten(input.source.bytes());
  const Checked checked = check(Source(name, text), device_choice(command.device), std::ref(shared));
  std::size_t errors = 0;
  for (const Finding& finding : checked.findings) {
    if (finding.code == Code::X902) return fail(streams, name + ": " + finding.message);
    errors += is_error(finding) ? 1 : 0;
  }
  if (const auto unlike = unlike_recorded(input.network, checked.spec))
    log.warning(name + ": " + unlike->message);
  if (!file) return deliver(streams, text, exit_clean);
  const std::string error = file->write(text);
  if (!error.empty()) return fail(streams, error);
  std::string said = command.output + ": " + std::to_string(checked.spec.layers.size()) + " layers";
  if (checked.returned) said += ", returns " + bracketed(*checked.returned);
  if (errors > 0)
    said += "; " + std::to_string(errors) + (errors == 1 ? " error" : " errors") + ", see `shapedbg check`";
  return deliver(streams, said + "\n", exit_clean);
}

}  // namespace

Job add_import(CLI::App& app) {
  const auto options = std::make_shared<ImportCommand>();
  app.add_option("NETWORK", options->network, "the model; - reads standard input")->required();
  add_output_option(app, options->output);
  app.add_flag("--flat", options->flat, "one entry a layer, without blocks for what repeats");
  add_device_option(app, options->device);
  add_source_options(app, options->from);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_import(*options, streams); };
}

}  // namespace shapedbg
