#include "cli/collect.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "cli/system_error.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kEndings = {".json", ".jsonc", ".onnx", ".pt2"};
constexpr int kDeepest = 100;  // folders in folders

bool passed_by(const fs::path& folder) {
  const std::string name = folder.filename().string();
  std::error_code ignored;
  return name.starts_with('.') || name == "node_modules" || name == "__pycache__" ||
         fs::exists(folder / "pyvenv.cfg", ignored);
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.push_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

// Greedy with one point of return, the last `**`: linear in the product of both lengths.
bool matches(const std::vector<std::string_view>& pattern, const std::vector<std::string_view>& path) {
  std::size_t p = 0;
  std::size_t at = 0;
  std::size_t star = pattern.size();
  std::size_t resume = 0;
  while (at < path.size()) {
    if (p < pattern.size() && pattern[p] == "**") {
      star = p++;
      resume = at;
    } else if (p < pattern.size() &&
               ::fnmatch(std::string(pattern[p]).c_str(), std::string(path[at]).c_str(), 0) == 0) {
      ++p;
      ++at;
    } else if (star < pattern.size()) {
      p = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == "**") ++p;
  return p == pattern.size();
}

bool is_pattern(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

class Walk {
 public:
  Walk(const std::vector<std::string>& exclude, const std::string& base, std::size_t most, Collected& result)
      : exclude_(exclude), base_(base), most_(most), result_(result) {}

  bool full() const { return result_.folders.size() > most_; }

  void typed(const std::string& text) {
    take(text);
    if (!full()) return;
    result_.errors = {text + ": more than " + std::to_string(most_) +
                      " folders; name some further in, or leave some out with `exclude`"};
    result_.files.clear();
  }

 private:
  void take(const std::string& text) {
    std::error_code error;
    const fs::file_status status = fs::status(text, error);
    if (fs::is_directory(status)) {
      folder(text, {}, 0);
    } else if (!fs::exists(status) && is_pattern(text)) {
      pattern(text);
    } else {
      add(text, false);
    }
  }

  void add(const std::string& path, bool found) {
    if (path == "-" || seen_.insert(fs::path(path).lexically_normal().string()).second)
      result_.files.push_back({path, found});
  }

  bool excluded(const fs::path& path) const {
    if (exclude_.empty()) return false;
    std::error_code error;
    const fs::path whole = fs::absolute(path, error).lexically_normal();
    const std::string inside = whole.lexically_relative(base_).generic_string();
    return std::any_of(exclude_.begin(), exclude_.end(), [&](const std::string& one) {
      return shapedbg::matches(one, inside) || shapedbg::matches(one + "/**", inside);
    });
  }

  void pattern(const std::string& text) {
    // The folders in front of the first wildcard are named.
    fs::path start;
    for (const fs::path& part : fs::path(text)) {
      if (is_pattern(part.string())) break;
      start /= part;
    }
    const std::size_t before = result_.files.size();
    std::error_code error;
    const fs::path from = start.empty() ? fs::path(".") : start;
    if (fs::is_directory(from, error)) folder(from, text, 0);
    if (result_.files.size() == before) result_.errors.push_back("no file matches `" + text + "`");
  }

  // `wanted`: the pattern that files meet; empty: the endings of networks.
  void folder(const fs::path& path, const std::string& wanted, int depth) {
    std::error_code error;
    fs::directory_iterator entries(path, error);
    if (error || depth > kDeepest) {
      const std::string why = error ? system_error(error.value()) : "too many folders in each other";
      result_.errors.push_back(path.string() + ": cannot read the folder: " + why);
      return;
    }
    result_.folders.push_back(path.string());
    std::vector<fs::directory_entry> sorted;
    for (const auto end = fs::directory_iterator(); entries != end; entries.increment(error)) {
      if (error) break;
      sorted.push_back(*entries);
    }
    std::sort(sorted.begin(), sorted.end());
    for (const fs::directory_entry& entry : sorted) {
      if (full()) return;
      const fs::path& at = entry.path();
      const std::string name = path == "." ? at.filename().string() : at.string();
      if (entry.is_directory(error)) {
        if (!entry.is_symlink(error) && !passed_by(at) && !excluded(at)) folder(name, wanted, depth + 1);
      } else if (entry.is_regular_file(error)) {
        const bool taken = wanted.empty() ? std::find(kEndings.begin(), kEndings.end(),
                                                      at.extension().string()) != kEndings.end()
                                          : shapedbg::matches(wanted, name);
        if (taken && !excluded(at)) add(name, true);
      }
    }
  }

  const std::vector<std::string>& exclude_;
  const std::string& base_;
  const std::size_t most_;
  Collected& result_;
  std::set<std::string> seen_;
};

}  // namespace

bool matches(std::string_view pattern, std::string_view path) {
  return pattern.starts_with('/') == path.starts_with('/') && matches(segments(pattern), segments(path));
}

Collected collect(const std::vector<std::string>& typed, const std::vector<std::string>& exclude,
                  const std::string& base, std::size_t most) {
  Collected result;
  Walk walk(exclude, base, most, result);
  for (const std::string& text : typed) {
    walk.typed(text);
    if (walk.full()) break;
  }
  return result;
}

}  // namespace shapedbg
