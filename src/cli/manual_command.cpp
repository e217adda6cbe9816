// `shapedbg manual`: what is installed beside the program, from the tables that it holds. Not shown by
// --help.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/choice.h"
#include "cli/command.h"
#include "cli/manual.h"

namespace shapedbg {

Job add_manual(CLI::App& command) {
  const auto which = std::make_shared<std::string>("man");
  command.add_option("WHICH", *which, "man, bash, zsh, fish or findings")
      ->check(one_of({"man", "bash", "zsh", "fish", "findings"}));
  return [which, &command](Streams& streams) {
    CLI::App& program = *command.get_parent();
    const std::string text = *which == "bash"       ? bash_completion(program)
                             : *which == "zsh"      ? zsh_completion(program)
                             : *which == "fish"     ? fish_completion(program)
                             : *which == "findings" ? findings_page()
                                                    : man_page(program);
    return deliver(streams, text, 0);
  };
}

}  // namespace shapedbg
