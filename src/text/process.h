// Processes of other programs, and files that go with whoever made them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

// How the wait for a process ended.
enum class Waited : std::uint8_t {
  ended,      // by itself
  absent,     // it could not be started
  too_long,   // the time was up
  cancelled,  // the thread's question (text/cancel.h) was stopped
  too_large,  // it wrote more than anybody reads
  unread,     // its output could not be read
};

// What a program wrote, and how it ended.
struct Output {
  std::string text;
  Waited how = Waited::ended;
  bool succeeded = false;  // with exit code 0
};

// Starts a process in a group of its own; its standard output is `out`, its standard input `in`, or nothing
// where that is -1. Returns -1 where it can't be started. Both files stay open here.
pid_t start_child(const std::vector<std::string>& words, int in, int out);

// Appends what is written to `file` up to its end, or up to and with the first `last`.
inline constexpr int no_last = -1;
Waited read_child(int file, int seconds, std::string& text, int last = no_last);

// Runs a program to its end. Whatever it started ends with it where it was not waited for.
Output run_child(const std::vector<std::string>& words, int seconds);

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
