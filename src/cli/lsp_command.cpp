// `shapedbg lsp`: the language server that editors start, on standard input and output.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/device.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/run.h"
#include "lsp/serve.h"

namespace shapedbg {
namespace {

struct LspCommand {
  std::string ignore;
  std::string device;  // empty: as the project says, else auto
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

// What the command line says goes before what the file of the project says.
lsp::ProjectWishes wishes_of(const std::string& path, const std::string& device,
                             const std::vector<Code>& ignored) {
  namespace fs = std::filesystem;
  std::error_code none;
  const fs::path file = fs::absolute(path, none).lexically_normal();
  lsp::ProjectWishes wishes;
  wishes.ignored = ignored;
  const Config config = path.starts_with('/') ? read_config(file.parent_path().string(), {}) : Config();
  wishes.problem = config.error;
  wishes.device = device_choice(!device.empty() ? device : config.error.empty() ? config.device : "");
  if (!config.error.empty()) return wishes;
  wishes.ignored.insert(wishes.ignored.end(), config.ignore.begin(), config.ignore.end());
  for (const ConfigModel& model : config.models)
    if (fs::absolute(model.file, none).lexically_normal() == file)
      wishes.models.push_back({model.call, model.inputs});
  return wishes;
}

int run_lsp(const LspCommand& command, Streams& streams) {
  lsp::ServerOptions options;
  options.version = SHAPEDBG_VERSION;
  options.python = python_of(command);
  std::vector<Code> ignored;
  if (!read_ignored_list(command.ignore, ignored, streams)) return exit_failed;
  options.project = [&](const std::string& path) { return wishes_of(path, command.device, ignored); };
  Log log(streams.err, command.log.level());
  SharedEngine shared(log);
  const auto write = [&](std::string_view bytes) { return emit(streams, bytes); };
  const int code = lsp::serve(streams.in, write, std::move(options), std::ref(shared));
  log.info(code == 0 ? "the client shut the server down" : "the client is gone");
  return code;
}

}  // namespace

Job add_lsp(CLI::App& app) {
  const auto options = std::make_shared<LspCommand>();
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
