#include "cli/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <istream>
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

Input read_stream(std::istream& in) {
  const std::string name = "<stdin>";
  std::string bytes;
  errno = 0;
  while (in && bytes.size() < kMost) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(had + kChunk, kMost));
    in.read(bytes.data() + had, static_cast<std::streamsize>(bytes.size() - had));
    bytes.resize(had + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return unreadable(name, errno);
  return {Source(name, std::move(bytes)), {}};
}

}  // namespace

Input read_spec(const std::string& path, std::istream& in) {
  if (path == "-") return read_stream(in);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return unreadable(path, errno);
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
    if (got < 0 && error != EINTR) {
      ::close(file);
      return unreadable(path, error);
    }
  }
  ::close(file);
  return {Source(path, std::move(bytes)), {}};
}

Checked unreadable(Input input) {
  return {std::move(input.source), {}, {}, {}, {}, {}, {}, Status::error, std::move(input.error)};
}

}  // namespace shapedbg
