// A file written all or nothing: whatever happens, it holds its old content or the whole new one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

class OutputFile {
 public:
  // Finds out, before any work is done, whether `path` can be written: error() says why not. A path
  // that is one of `inputs` is refused.
  OutputFile(std::string path, const std::vector<std::string>& inputs);

  const std::string& error() const { return error_; }

  // Writes a temporary file beside FILE and renames it over FILE, with FILE's mode, owner, access list and
  // extended attributes. A FILE of several hard links, or whose owner or attributes cannot be given to
  // another file, is written in place, its old bytes kept beside it until that is done. What is no regular
  // file (a pipe, /dev/null) is written directly. Returns an error or "".
  std::string write(std::string_view text) const;

  // The same for a regular file that was read before: refused when it no longer holds `before`, looked
  // at right before the rename. Returns an error or "".
  std::string replace(std::string_view before, std::string_view text) const;

 private:
  std::string write_beside(std::string_view text, const std::string_view* before) const;
  std::string write_in_place(std::string_view text, const std::string& copy) const;
  bool still_holds(std::string_view before) const;
  std::string problem(int number) const;

  std::string path_;    // as the user typed it
  std::string target_;  // with symbolic links followed: a link stays a link
  std::string error_;
  bool regular_ = true;
  bool exists_ = false;
};

}  // namespace shapedbg
