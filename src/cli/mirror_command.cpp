// `shapedbg mirror`: the decoder that fits an encoder, run before it is handed out.
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
#include "mirror/mirror.h"
#include "workspace/check.h"

namespace shapedbg {
namespace {

struct MirrorCommand {
  std::string spec;
  std::string style = "transposed";
  std::string skips = "none";
  bool every_size = false;
  std::string to = "spec";
  std::string output;
  std::string device = "auto";
  SourceOptions from;
  Verbosity log;
};

MirrorOptions options_of(const MirrorCommand& command) {
  MirrorOptions options;
  options.every_size = command.every_size;
  if (command.style == "upsample") options.style = MirrorStyle::upsample;
  if (command.style == "pixelshuffle") options.style = MirrorStyle::pixelshuffle;
  if (command.style == "unpool") options.style = MirrorStyle::unpool;
  if (command.skips == "concat") options.skips = MirrorSkips::concat;
  if (command.skips == "add") options.skips = MirrorSkips::add;
  return options;
}

// The whole network in the words that were asked for, or why it cannot be said in them.
NetworkCode written(const Mirrored& made, const std::string& to) {
  if (to == "spec") return {made.text, {}};
  const std::string shape = bracketed(made.spec.inputs[0].shape);
  std::string note =
      (made.spec.name.empty() ? "" : made.spec.name + ": ") + "takes " + shape + " and gives it back";
  if (!made.sizes.empty()) note += "; right for " + made.sizes;
  return network_code(made.spec, to == "python" ? Language::python : Language::cpp, {note});
}

int run_mirror(const MirrorCommand& command, Streams& streams) {
  Log log(streams.err, command.log.level());
  std::optional<OutputFile> file;
  if (!command.output.empty()) {
    file.emplace(command.output, std::vector<std::string>{command.spec});
    if (!file->error().empty()) return fail(streams, file->error());
  }
  const Input input = read_network(command.spec, streams.in, command.from);
  const std::string& name = input.source.name();
  if (!input.error.empty()) return fail(streams, name + ": " + input.error);
  Mirrored made = mirror(input.source, options_of(command));
  const auto refused = [&](const std::string& why) {
    fail(streams, name + ": " + why);
    return exit_findings;
  };
  if (!made.error.empty()) return refused(made.error);

  SharedEngine shared(log);
  const Checked checked = check(Source(name, made.text), device_choice(command.device), std::ref(shared));
  for (const Finding& finding : checked.findings) {
    const std::string what = name + ": the mirror image does not hold: " + finding.message;
    if (finding.code == Code::X902) return fail(streams, what);
    if (is_error(finding)) return refused(what.substr(name.size() + 2));
  }
  const NetworkCode result = written(made, command.to);
  if (!result.error.empty()) return refused(result.error);
  log.info(name + ": ran on " + checked.trace.device +
           (made.sizes.empty() ? "" : ", right for " + made.sizes));

  if (!file) return deliver(streams, result.text, exit_clean);
  const std::string error = file->write(result.text);
  if (!error.empty()) return fail(streams, error);
  const std::string sizes = made.sizes.empty() ? "" : "; right for " + made.sizes;
  return deliver(streams,
                 command.output + ": returns " + bracketed(*checked.returned) + " (" +
                     (checked.trace.device == "off" ? "by formula" : "ran on " + checked.trace.device) + ")" +
                     sizes + "\n",
                 exit_clean);
}

}  // namespace

Job add_mirror(CLI::App& app) {
  const auto options = std::make_shared<MirrorCommand>();
  app.add_option("SPEC", options->spec, "spec file with an encoder or layers; - reads standard input")
      ->required();
  app.add_option("--style", options->style,
                 "what undoes pools and strided convolutions: transposed, upsample, pixelshuffle, unpool")
      ->check(one_of({"transposed", "upsample", "pixelshuffle", "unpool"}))
      ->take_last();
  app.add_option("--skips", options->skips, "join the encoder's tensor at each level: none, concat, add")
      ->check(one_of({"none", "concat", "add"}))
      ->take_last();
  app.add_flag("--every-size", options->every_size, "right for every input size from a stated one, proven");
  app.add_option("--to", options->to, "what to write: spec, python (a PyTorch class), cpp (a LibTorch one)")
      ->check(one_of({"spec", "python", "cpp"}))
      ->take_last();
  app.add_option("-o,--output", options->output, "write it to FILE, all or nothing")
      ->type_name("FILE")
      ->take_last();
  add_device_option(app, options->device);
  add_source_options(app, options->from);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_mirror(*options, streams); };
}

}  // namespace shapedbg
