#include "cli/changed.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

#include "cli/input.h"
#include "read/python/python.h"
#include "text/process.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

constexpr int kSeconds = 60;

fs::path real_path(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  return error ? path : real;
}

// What git lists, as real paths. False where it fails: it has said why itself.
bool add_listed(std::vector<std::string> words, const std::string& root, std::set<fs::path>& files) {
  words.insert(words.begin(), {"git", "-C", root});
  const Output output = run_child(words, kSeconds);
  if (output.how != Waited::ended || !output.succeeded) return false;
  std::string_view left = output.text;
  while (!left.empty()) {
    const std::string_view name = left.substr(0, left.find('\0'));
    files.insert(real_path(fs::path(root) / name));
    left.remove_prefix(std::min(left.size(), name.size() + 1));
  }
  return true;
}

}  // namespace

std::string keep_changed(const std::string& revision, const std::string& root, Collected& collected) {
  if (revision.empty() || revision[0] == '-') return "`" + revision + "` is no revision";
  std::set<fs::path> changed;
  // Elsewhere `git diff` compares files that are not its own, and prints all its options.
  std::set<fs::path> ignored;
  if (!add_listed({"rev-parse", "--git-dir"}, root, ignored) ||
      !add_listed({"diff", "--name-only", "--no-relative", "-z", revision, "--"}, root, changed) ||
      !add_listed({"ls-files", "--others", "--exclude-standard", "-z"}, root, changed))
    return "git cannot say what changed since `" + revision + "`";
  const auto same = [&](const FoundFile& file) {
    if (is_standard_input(file.path)) return false;
    std::string path = file.path;
    if (names_python_model(path)) {
      path.resize(path.rfind(':'));
      if (!path.ends_with(".py")) return false;
    }
    return !changed.contains(real_path(path));
  };
  std::erase_if(collected.files, same);
  return {};
}

}  // namespace shapedbg
