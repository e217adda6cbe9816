// Completions of bash, zsh and fish. None of them needs anything but the shell.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/choice.h"
#include "cli/manual.h"

namespace shapedbg {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::vector<std::string> command_names(CLI::App& program) {
  std::vector<std::string> names;
  for (CLI::App* command : shown_commands(program)) names.push_back(command->get_name());
  return names;
}

// In single quotes.
std::string quoted(const std::string& text, const char* quote_within) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? quote_within : std::string(1, c);
  return result + "'";
}

// What a place without a dash takes; empty: files.
std::vector<std::string> words_of_places(CLI::App& command) {
  if (command.get_name() == "explain") return explained_words();
  for (CLI::Option* option : command.get_options())
    if (option->get_positional())
      if (auto words = choices_of(*option); !words.empty()) return words;
  return {};
}

// `check:--format) words='text json' ;;` for each option that takes one of some words.
std::string bash_values(CLI::App& command) {
  std::string text;
  for (CLI::Option* option : options_of(command)) {
    if (!takes_value(*option)) continue;
    std::vector<std::string> cases;
    for (const std::string& name : names_of(*option)) cases.push_back(command.get_name() + ":" + name);
    const std::vector<std::string> words = choices_of(*option);
    text += "    " + joined(cases, " | ") + ") " +
            (words.empty() ? "files=1" : "words='" + joined(words) + "'") + " ;;\n";
  }
  return text;
}

std::string zsh_option(CLI::Option& option) {
  const std::vector<std::string> names = names_of(option);
  std::string about = option.get_description();
  for (const char special : {'[', ']', ':'})
    for (std::size_t at = about.find(special); at != std::string::npos; at = about.find(special, at + 2))
      about.insert(at, "\\");
  std::string text;
  for (const std::string& name : names) {
    std::string entry = "*" + name + "[" + about + "]";
    if (takes_value(option)) {
      const std::vector<std::string> words = choices_of(option);
      entry += ":value:" + (words.empty() ? "_files" : "(" + joined(words) + ")");
    }
    text += " \\\n      " + quoted(entry, "'\\''");
  }
  return text;
}

}  // namespace

std::string bash_completion(CLI::App& program) {
  const std::vector<std::string> commands = command_names(program);
  std::string text =
      "# bash completion of shapedbg, made by `shapedbg manual bash`\n_shapedbg() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=check words= "
      "files= i\n"
      "  # bash takes `--format=json` apart.\n"
      "  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD - "
      "2]}; fi\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case ${COMP_WORDS[i]} in\n      " +
      joined(commands, " | ") +
      ") command=${COMP_WORDS[i]} && break ;;\n    esac\n  done\n  case $command:$before in\n";
  for (CLI::App* command : shown_commands(program)) text += bash_values(*command);
  text += "  esac\n  if [[ -z $words$files && $word == -* ]]; then\n    case $command in\n";
  for (CLI::App* command : shown_commands(program)) {
    std::vector<std::string> names;
    for (CLI::Option* option : options_of(*command))
      for (const std::string& name : names_of(*option)) names.push_back(name);
    text += "      " + command->get_name() + ") words='" + joined(names) + "' ;;\n";
  }
  text += "    esac\n  elif [[ -z $words$files ]]; then\n    case $command in\n";
  for (CLI::App* command : shown_commands(program))
    if (const auto words = words_of_places(*command); !words.empty())
      text += "      " + command->get_name() + ") words='" + joined(words) + "' ;;\n";
  text += "    esac\n    ((COMP_CWORD > 1)) || words='" + joined(commands) +
          " --help --version' files=1\n    [[ $words ]] || files=1\n  fi\n"
          "  COMPREPLY=()\n"
          "  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "  [[ -z $files ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\")\n"
          "}\ncomplete -o filenames -F _shapedbg shapedbg\n";
  return text;
}

std::string zsh_completion(CLI::App& program) {
  std::string text =
      "#compdef shapedbg\n# zsh completion of shapedbg, made by `shapedbg manual zsh`\n_shapedbg() {\n  "
      "local -a commands\n  commands=(\n";
  for (CLI::App* command : shown_commands(program)) {
    std::string about = command->get_description();
    std::replace(about.begin(), about.end(), ':', ',');
    text += "    " + quoted(command->get_name() + ":" + about, "'\\''") + "\n";
  }
  text +=
      "  )\n  local command=check word\n  for word in ${words[2,CURRENT-1]}; do\n    case $word in\n      " +
      joined(command_names(program), "|") +
      ") command=$word; break ;;\n    esac\n  done\n"
      "  if ((CURRENT == 2)) && [[ $words[CURRENT] != -* ]]; then\n    _describe command commands\n    "
      "_files\n    return\n  fi\n  case $command in\n";
  for (CLI::App* command : shown_commands(program)) {
    const std::vector<std::string> words = words_of_places(*command);
    text += "    " + command->get_name() + ") _arguments";
    for (CLI::Option* option : options_of(*command)) text += zsh_option(*option);
    text += " \\\n      '*:word:" + (words.empty() ? "_files" : "(" + joined(words) + ")") + "' ;;\n";
  }
  return text + "  esac\n}\n_shapedbg \"$@\"\n";
}

std::string fish_completion(CLI::App& program) {
  const std::string names = joined(command_names(program));
  std::string text = "# fish completion of shapedbg, made by `shapedbg manual fish`\n";
  for (CLI::App* command : shown_commands(program))
    text += "complete -c shapedbg -n 'not __fish_seen_subcommand_from " + names + "' -a " +
            command->get_name() + " -d " + quoted(command->get_description(), "\\'") + "\n";
  for (CLI::App* command : shown_commands(program)) {
    std::string when = "__fish_seen_subcommand_from " + command->get_name();
    if (command->get_name() == "check") when += "; or not __fish_seen_subcommand_from " + names;
    const std::string start = "complete -c shapedbg -n '" + when + "'";
    for (CLI::Option* option : options_of(*command)) {
      std::string line = start;
      for (const std::string& name : option->get_snames()) line += " -s " + name;
      for (const std::string& name : option->get_lnames()) line += " -l " + name;
      const std::vector<std::string> words = choices_of(*option);
      if (takes_value(*option)) line += words.empty() ? " -r" : " -xa '" + joined(words) + "'";
      text += line + " -d " + quoted(option->get_description(), "\\'") + "\n";
    }
    if (const auto words = words_of_places(*command); !words.empty())
      text += start + " -xa '" + joined(words) + "'\n";
  }
  return text;
}

}  // namespace shapedbg
