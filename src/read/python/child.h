// Processes of other programs: the user's Python, git.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

// What a recording run wrote, and how it ended.
struct Ended {
  std::string text;
  std::string error;       // one line; empty where it ended by itself
  bool succeeded = false;  // with exit code 0
};

// Starts a process in a group of its own; its standard output is `out`, its standard input `in`, or nothing
// where that is -1. Returns -1 where it can't be started. Both files stay open here.
pid_t start_child(const std::vector<std::string>& words, int in, int out);

// Appends what is written to `file` up to its end, or up to and with the first `last`. Says in one line why
// it was not waited for: the time, the thread's question (text/cancel.h) that is stopped, or too many bytes.
inline constexpr int no_last = -1;
std::string read_child(int file, int seconds, std::string& text, int last = no_last);

// Runs a program to its end. Whatever it started ends with it where it was not waited for.
Ended run_child(const std::vector<std::string>& words, int seconds);

// One line for a program that can't be started.
std::string cannot_run(const std::string& program);

// Bytes in a file that goes with this object. Its path is empty where it could not be written.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  const std::string& path() const { return path_; }

 private:
  void remove();
  std::string path_;
};

}  // namespace shapedbg
