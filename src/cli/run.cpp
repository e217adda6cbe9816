#include "cli/run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <ostream>

#include "cli/command.h"
#include "cli/system_error.h"
#include "engine/engine_file.h"
#include "net/kinds.h"
#include "report/printable.h"

namespace shapedbg {
namespace {

constexpr const char* kDescription =
    "Runs a network's layers on LibTorch and says which one returns the wrong size, why, and what to change.";
constexpr const char* kFooter =
    "`shapedbg SPEC...` is short for `shapedbg check SPEC...`; `shapedbg check --help` lists its options.\n"
    "Exit codes: 0 clean, 1 findings, 2 could not do its job.";

struct Command {
  const char* name;
  const char* says;
  Job (*add)(CLI::App& command);
};
constexpr Command kCommands[] = {
    {"check", "run the networks of spec files and explain what is wrong", add_check},
    {"fix",
     "apply what check offers: each fix is run before the file is rewritten, formatting and comments stay",
     add_fix},
    {"mirror", "write the decoder that gives an encoder's input back, verified by a run", add_mirror},
    {"explain", "say what a finding, a layer type, an option or a key means, or how sizes come back",
     add_explain},
    {"sizes", "which input sizes run, return what is expected, return another size, or raise: for every size",
     add_sizes},
    {"schema", "print a JSON Schema: of the JSON reports, or of the spec format", add_schema},
    {"import",
     "the spec of a model: an .onnx, a .pt2, print(model), or Python as unet.py:UNet (runs its code)",
     add_import},
    {"lsp", "the language server of specs, on standard input and output; editors start it", add_lsp},
    {"watch", "check, and check again what changed, until Ctrl-C; the exit code is the last check's",
     add_watch},
    {"export", "write a network as it stands as a program that runs: a PyTorch class, or a LibTorch one",
     add_export},
    {"manual",
     "print what is made from the program's tables: man, bash, zsh, fish (completions), findings (Markdown)",
     add_manual},
};

bool is_command(const std::string& arg) {
  return std::any_of(std::begin(kCommands), std::end(kCommands),
                     [&](const Command& it) { return arg == it.name; });
}

// Whether these arguments can be the command's. The options of all of them take as long to declare as a small
// network takes to check, so the others stay without. `--help` has the names alone, the manual is about all.
bool may_ask(const CLI::App& program, const std::vector<std::string>& args, std::string_view name) {
  if (args.size() == 1 && program.get_option_no_throw(args.front()) != nullptr) return false;
  if (std::none_of(args.begin(), args.end(), is_command)) return name == "check";
  return args.front() == "manual" || !is_command(args.front()) || args.front() == name;
}

bool takes_value(const CLI::App& program, const std::string& arg) {
  for (const CLI::App* command : program.get_subcommands(nullptr)) {
    const CLI::Option* option = command->get_option_no_throw(arg);
    if (option != nullptr && option->get_items_expected_max() > 0) return true;
  }
  return false;
}

// Puts the command first. Options may stand before it, and `check` need not be written.
std::vector<std::string> with_command(const CLI::App& program, std::vector<std::string> args) {
  bool asks_program = false;  // --help, --version
  for (auto arg = args.begin(); arg != args.end() && *arg != "--"; ++arg) {
    if (arg->size() > 1 && arg->front() == '-') {
      asks_program = asks_program || program.get_option_no_throw(*arg) != nullptr;
      if (takes_value(program, *arg) && std::next(arg) != args.end()) ++arg;
      continue;
    }
    if (is_command(*arg)) {
      std::rotate(args.begin(), arg, arg + 1);
      return args;
    }
    break;
  }
  const bool only_asks = asks_program && args.size() == 1;
  if (!only_asks) args.insert(args.begin(), "check");
  return args;
}

// "unknown option `--fromat`; the nearest known option is `--format`"
std::string unknown_argument(const CLI::App& program, const std::string& argument) {
  if (argument.empty() || argument.front() != '-') return "unexpected argument `" + argument + "`";
  const std::string typed = argument.substr(0, argument.find('='));
  std::string message = "unknown option `" + typed + "`";
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> words(names.begin(), names.end());
  if (const auto near = nearest(typed, words))
    message += "; the nearest known option is `" + std::string(*near) + "`";
  return message;
}

// CLI11's own sentence as one of ours: one line, lower case.
std::string one_line(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (message.size() > 1 && message[0] >= 'A' && message[0] <= 'Z' && message[1] >= 'a' &&
      message[1] <= 'z') {
    message[0] = static_cast<char>(message[0] - 'A' + 'a');
  }
  return message;
}

// LibTorch is not opened for it: the engine's file says for which it was built.
std::string version_text() {
  const EngineFile engine = engine_file();
  std::string text = std::string("shapedbg ") + SHAPEDBG_VERSION + "\nLibTorch ";
  if (engine.path.empty()) {
    text += "none: " + printable(engine.error);
  } else {
    text += printable(engine.libtorch.empty() ? "unknown" : engine.libtorch) + ", engine " +
            printable(engine.path);
    if (!engine.shapedbg.empty() && engine.shapedbg != SHAPEDBG_VERSION)
      text += " of shapedbg " + printable(engine.shapedbg);
  }
  return text + "\nbuilt with " + SHAPEDBG_BUILD + "\n";
}

int dispatch(const std::vector<std::string>& args, Streams& streams) {
  CLI::App program(kDescription, "shapedbg");
  program.footer(kFooter);
  program.set_version_flag("--version", std::string("shapedbg ") + SHAPEDBG_VERSION,
                           "shapedbg's version, LibTorch's and the build's");
  program.require_subcommand(1);

  std::vector<std::pair<CLI::App*, Job>> commands;
  for (const Command& command : kCommands) {
    CLI::App* app = program.add_subcommand(command.name, command.says);
    if (command.add == add_manual) app->group("");  // not shown
    commands.emplace_back(app, may_ask(program, args, command.name) ? command.add(*app) : Job());
  }
  try {
    std::vector<std::string> reversed = with_command(program, args);
    std::reverse(reversed.begin(), reversed.end());  // CLI11 takes them from the back
    program.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return deliver(streams, program.help(), exit_clean);
  } catch (const CLI::CallForVersion&) {
    return deliver(streams, version_text(), exit_clean);
  } catch (const CLI::ExtrasError& error) {
    const std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
    return fail(streams,
                unknown.empty() ? one_line(error.what()) : unknown_argument(program, unknown.front()));
  } catch (const CLI::ParseError& error) {
    return fail(streams, one_line(error.what()));
  }
  for (const auto& [app, job] : commands)
    if (app->parsed()) return job(streams);
  return exit_failed;
}

}  // namespace

bool emit(Streams& streams, std::string_view text) {
  if (streams.out_error != 0) return false;
  errno = 0;
  streams.out.write(text.data(), static_cast<std::streamsize>(text.size()));
  streams.out.flush();
  if (streams.out.good()) return true;
  streams.out_error = errno != 0 ? errno : EIO;
  return false;
}

int deliver(Streams& streams, std::string_view text, int code) {
  if (emit(streams, text) || streams.out_error == EPIPE) return code;
  return fail(streams, "cannot write standard output: " + system_error(streams.out_error));
}

int fail(Streams& streams, std::string_view message) {
  streams.err << "shapedbg: " << printable(message) << std::endl;
  return exit_failed;
}

int run(const std::vector<std::string>& args, std::istream& in, std::ostream& out, std::ostream& err) {
  Streams streams{in, out, err};
  try {
    return dispatch(args, streams);
  } catch (const std::bad_alloc&) {
    return fail(streams, "out of memory");
  } catch (const std::exception& error) {
    return fail(streams, std::string("internal error: ") + error.what());
  }
}

}  // namespace shapedbg
