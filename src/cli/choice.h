// An option that takes one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace shapedbg {

// "`jsno` is not one of text, json"
inline CLI::Validator one_of(std::vector<std::string> words) {
  std::string listed;
  for (const std::string& word : words) listed += (listed.empty() ? "" : ", ") + word;
  return CLI::Validator(
      [words = std::move(words), listed](const std::string& typed) {
        if (std::find(words.begin(), words.end(), typed) != words.end()) return std::string();
        return "`" + typed + "` is not one of " + listed;
      },
      "");
}

}  // namespace shapedbg
