#include "cli/manual.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "finding/finding.h"
#include "net/kinds.h"

namespace shapedbg {
namespace {

// Text of roff: what begins a line with a dot, a backslash and a dash mean something else there.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
      result += c;
    }
  }
  return result;
}

std::string argument_of(CLI::Option& option) {
  if (!takes_value(option)) return {};
  const std::string type = option.get_type_name();
  return type == "TEXT" || type.empty() ? "WORD" : type;
}

std::string option_entry(CLI::Option& option) {
  std::string names;
  for (const std::string& name : names_of(option))
    names += (names.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
  const std::string argument = argument_of(option);
  if (!argument.empty()) names += " \\fI" + roff(argument) + "\\fR";
  return ".TP\n" + names + "\n" + roff(option.get_description()) + "\n";
}

std::string command_entry(CLI::App& command) {
  std::string arguments;
  std::string places;
  for (CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true);
    const bool several = option->get_items_expected_max() > 1;
    const std::string shown = "\\fI" + roff(name) + "\\fR" + (several ? "..." : "");
    arguments += option->get_required() ? " " + shown : " [" + shown + "]";
    places += ".TP\n\\fI" + roff(name) + "\\fR\n" + roff(option->get_description()) + "\n";
  }
  std::string text = ".SS shapedbg " + roff(command.get_name()) + " [options]" + arguments + "\n" +
                     roff(command.get_description()) + ".\n" + places;
  for (CLI::Option* option : options_of(command)) text += option_entry(*option);
  return text;
}

}  // namespace

std::vector<CLI::App*> shown_commands(CLI::App& program) {
  return program.get_subcommands([](CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<CLI::Option*> options_of(CLI::App& command) {
  return command.get_options(
      [](CLI::Option* option) { return option->nonpositional() && !option->get_group().empty(); });
}

std::vector<std::string> names_of(CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool takes_value(CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::vector<std::string> explained_words() {
  std::vector<std::string> words{"sizes", "axes"};
  for (const CodeInfo& code : all_codes()) {
    words.emplace_back(code.id);
    words.emplace_back(code.name);
  }
  for (const KindInfo& kind : all_kinds()) words.emplace_back(kind.name);
  return words;
}

std::string man_page(CLI::App& program) {
  std::string text =
      ".TH SHAPEDBG 1 \"\" \"shapedbg " SHAPEDBG_VERSION
      "\" \"User Commands\"\n.SH NAME\nshapedbg \\- debugs the tensor shapes of encoder\\-decoder networks\n"
      ".SH SYNOPSIS\n.B shapedbg\n[\\fIcommand\\fR] [\\fIoptions\\fR] \\fISPEC\\fR...\n.SH DESCRIPTION\n";
  text += roff(program.get_description()) +
          "\n.PP\nWithout a command it is \\fBshapedbg check\\fR.\n.SH COMMANDS\n";
  for (CLI::App* command : shown_commands(program)) text += command_entry(*command);
  text += ".SH OPTIONS\n";
  for (CLI::Option* option : options_of(program)) text += option_entry(*option);
  text +=
      ".SH EXIT STATUS\n.TP\n0\nclean\n.TP\n1\nfindings\n.TP\n2\ncould not do its job: bad option, "
      "unreadable file, no LibTorch\n"
      ".SH ENVIRONMENT\n.TP\n\\fBSHAPEDBG_ENGINE\\fR\nthe engine to open, in place of the one that was "
      "installed\n"
      ".TP\n\\fBNO_COLOR\\fR\nno colours\n.TP\n\\fBCOLUMNS\\fR\nthe width of the text report\n"
      ".SH FILES\n.TP\n\\fI.shapedbg.toml\\fR\nwhat a project wants of every check, in the folder or one "
      "above it\n";
  return text;
}

}  // namespace shapedbg
