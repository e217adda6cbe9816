// `shapedbg lsp`: the language server that editors start, on standard input and output.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/device.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/run.h"
#include "lsp/serve.h"

namespace shapedbg {
namespace {

struct LspCommand {
  std::string ignore;
  std::string device = "auto";
  std::string python;
  bool stdio = false;
  Verbosity log;
};

// The interpreter that has the user's torch: the one named, that of the active environment, or the system's.
std::string python_of(const LspCommand& command) {
  if (!command.python.empty()) return command.python;
  const char* environment = std::getenv("VIRTUAL_ENV");
  return environment != nullptr && *environment != '\0' ? std::string(environment) + "/bin/python"
                                                        : "python3";
}

int run_lsp(const LspCommand& command, Streams& streams) {
  lsp::ServerOptions options;
  options.device = device_choice(command.device);
  options.version = SHAPEDBG_VERSION;
  options.python = python_of(command);
  if (!read_ignored_list(command.ignore, options.ignored, streams)) return exit_failed;
  Log log(streams.err, command.log.level());
  SharedEngine shared(log);
  const auto write = [&](std::string_view bytes) { return emit(streams, bytes); };
  const int code = lsp::serve(streams.in, write, std::move(options), std::ref(shared));
  log.info(code == 0 ? "the client shut the server down" : "the client is gone");
  return code;
}

}  // namespace

Job add_lsp(CLI::App& program) {
  const auto options = std::make_shared<LspCommand>();
  CLI::App& app = *program.add_subcommand(
      "lsp", "the language server of specs, on standard input and output; editors start it");
  app.add_flag("--stdio", options->stdio, "what some clients add; there is no other way");
  app.add_option(
         "--python", options->python,
         "the interpreter with the torch of your models; default: of the active environment, or python3")
      ->take_last();
  add_ignore_option(app, options->ignore);
  add_device_option(app, options->device);
  add_log_options(app, options->log);
  return [options](Streams& streams) { return run_lsp(*options, streams); };
}

}  // namespace shapedbg
