// The tree of modules that `print(model)` shows.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shapedbg::printed {

struct Module {
  std::string name;       // "conv1"; "0-3" for several alike
  std::string type;       // "Conv2d"
  int times = 1;          // "(0-3): 4 x Block("
  std::string arguments;  // "3, 64, kernel_size=(7, 7)"
  std::vector<Module> children;
};

struct Tree {
  Module root;
  std::string error;  // one line with its number; empty where the text could be read
};

// Prompts (`>>> `), indentation before the whole, and lines in front of the tree are left out.
Tree read_tree(std::string_view text);

// The arguments: with a name, or with an empty one by position. None of a text beyond 1,024 bytes.
std::vector<std::pair<std::string, std::string>> read_arguments(std::string_view text);

}  // namespace shapedbg::printed
