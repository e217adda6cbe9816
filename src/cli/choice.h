// An option that takes one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shapedbg {

// "`jsno` is not one of text, json"
inline CLI::Validator one_of(std::vector<std::string> words) {
  std::string listed;
  for (const std::string& word : words) listed += (listed.empty() ? "" : ", ") + word;
  CLI::Validator validator(
      [words = std::move(words), listed](const std::string& typed) {
        if (std::find(words.begin(), words.end(), typed) != words.end()) return std::string();
        return "`" + typed + "` is not one of " + listed;
      },
      "");
  validator.name("one of " + listed);  // where choices_of() finds them
  return validator;
}

// The words of an option that takes one of a few; empty for others.
inline std::vector<std::string> choices_of(CLI::Option& option) {
  std::vector<std::string> words;
  try {
    const std::string name = option.get_validator(0)->get_name();
    constexpr std::string_view head = "one of ";
    if (!name.starts_with(head)) return {};
    for (std::size_t begin = head.size(); begin < name.size();) {
      const std::size_t end = std::min(name.find(", ", begin), name.size());
      words.push_back(name.substr(begin, end - begin));
      begin = end + 2;
    }
  } catch (const CLI::OptionNotFound&) {  // it has no validator
  }
  return words;
}

}  // namespace shapedbg
