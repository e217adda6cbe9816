#include "cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <utility>

#include "cli/system_error.h"
#include "net/spec.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMost = limits::file_bytes + 1;
constexpr std::size_t kChunk = 64u << 10;

Input unreadable(const std::string& name, int number) {
  return {Source(name, {}), "cannot read: " + system_error(number)};
}

constexpr const char* kStandardInput = "<stdin>";

Input read_stream(std::istream& in) {
  std::string bytes;
  errno = 0;
  while (in && bytes.size() < kMost) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(had + kChunk, kMost));
    in.read(bytes.data() + had, static_cast<std::streamsize>(bytes.size() - had));
    bytes.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return unreadable(kStandardInput, errno);
  return {Source(kStandardInput, std::move(bytes)), {}};
}

// Reads to the end, or to one byte behind what a spec may hold.
Input read_file(const std::string& name, int file) {
  struct stat status {};
  std::string bytes;
  // A file in one piece, with room for the read that meets its end.
  const bool sized = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  bytes.reserve(sized ? std::min(static_cast<std::size_t>(status.st_size) + 1, kMost) : kChunk);
  while (bytes.size() < kMost) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(had < bytes.capacity() ? bytes.capacity() : had + kChunk, kMost));
    const ssize_t got = ::read(file, bytes.data() + had, bytes.size() - had);
    const int error = errno;
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    if (got < 0 && error != EINTR) return unreadable(name, error);
  }
  return {Source(name, std::move(bytes)), {}};
}

}  // namespace

bool is_standard_input(const std::string& path) {
  return path == "-" || path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0";
}

Input read_spec(const std::string& path, std::istream& in) {
  // A stream tells no error of the system (a folder as standard input reads as empty), its file does.
  if (is_standard_input(path))
    return &in == &std::cin ? read_file(kStandardInput, STDIN_FILENO) : read_stream(in);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(path, errno);
  Input input = read_file(path, file);
  ::close(file);
  return input;
}

Checked unreadable(Input input) {
  return {std::move(input.source), {}, {}, {}, {}, {}, {}, Status::error, std::move(input.error)};
}

}  // namespace shapedbg
