// Which files a command line means: files, folders and patterns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

struct FoundFile {
  std::string path;
  bool found = false;  // in a folder or by a pattern: checked only if it holds a network
};

struct Collected {
  std::vector<FoundFile> files;  // in the order of the command line, those of a folder in that of their names
  std::vector<std::string> folders;  // that were looked through
  std::vector<std::string> errors;   // "models: cannot read the folder: permission denied"
};

// How many folders are looked through: a project with its data has fewer, a disk more.
inline constexpr std::size_t kMostFolders = 50000;

// A folder stands for the .json, .jsonc, .onnx and .pt2 files in it and below it; hidden folders,
// node_modules,
// __pycache__ and Python environments are passed by, links to folders not followed. What is no file but holds
// `*`,
// `?` or `[` is a pattern; `**` stands for any folders. `exclude`: patterns, from `base`, of what is left out
// of folders and patterns. A file is taken once. Of more than `most` folders it is an error, and the result
// holds no file.
Collected collect(const std::vector<std::string>& typed, const std::vector<std::string>& exclude,
                  const std::string& base, std::size_t most = kMostFolders);

// Whether `path` meets `pattern` segment by segment; `**` stands for any number of segments.
bool matches(std::string_view pattern, std::string_view path);

}  // namespace shapedbg
