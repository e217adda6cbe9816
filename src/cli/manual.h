// What is made from the same tables as --help and explain: the manual page, completions of shells, the page
// of findings.
#pragma once

#include <string>
#include <vector>

#include "finding/finding.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace shapedbg {

// A manual page of section 1, in man's macros.
std::string man_page(CLI::App& program);

std::string bash_completion(CLI::App& program);
std::string zsh_completion(CLI::App& program);
std::string fish_completion(CLI::App& program);

// Every finding with its story as Markdown, an anchor each: docs/findings.md.
std::string findings_page();
// One of them as a page of its own: docs/findings/CODE.md, where an example of the tests follows.
std::string finding_page(const CodeInfo& code);

// What completions and the manual share.
std::vector<CLI::App*> shown_commands(CLI::App& program);  // without those that --help hides
std::vector<CLI::Option*> options_of(CLI::App& command);   // without the places of arguments
std::vector<std::string> names_of(CLI::Option& option);    // "-o", "--output"
bool takes_value(CLI::Option& option);
std::vector<std::string> explained_words();  // codes, names and layer types

}  // namespace shapedbg
