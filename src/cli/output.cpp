#include "cli/output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "cli/system_error.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

// Returns 0 or errno.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return 0;
}

std::string temporary_beside(const std::string& target) {
  return (fs::path(target).parent_path() / (".shapedbg-" + std::to_string(::getpid()) + "-XXXXXX")).string();
}

// A signal that ends the process waits until the temporary file is renamed or gone.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t ending;
    sigemptyset(&ending);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ}) sigaddset(&ending, signal);
    ::pthread_sigmask(SIG_BLOCK, &ending, &before_);
  }
  ~SignalsBlocked() {
    // A file that may not grow further is told by its errno.
    sigset_t grown;
    sigemptyset(&grown);
    sigaddset(&grown, SIGXFSZ);
    const timespec now{};
    while (::sigtimedwait(&grown, nullptr, &now) > 0) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

// Every link of `path` followed, the last one too where it points at nothing yet. Empty where links go round.
std::string followed(fs::path path) {
  std::error_code error;
  for (int links = 0; links < 40; ++links) {
    if (!fs::is_symlink(fs::symlink_status(path, error))) {
      const fs::path whole = fs::weakly_canonical(path, error);
      return whole.empty() ? path.string() : whole.string();
    }
    const fs::path to = fs::read_symlink(path, error);
    if (error) break;
    path = to.is_absolute() ? to : path.parent_path() / to;
  }
  return {};
}

constexpr const char* kAccessList = "system.posix_acl_access";

std::vector<std::string> attributes_of(int file) {
  std::vector<std::string> names;
  const ssize_t length = ::flistxattr(file, nullptr, 0);
  if (length <= 0) return names;
  std::string list(static_cast<std::size_t>(length), '\0');
  const ssize_t got = ::flistxattr(file, list.data(), list.size());
  for (std::size_t at = 0; got > 0 && at < static_cast<std::size_t>(got); at += names.back().size() + 1)
    names.emplace_back(list.c_str() + at);
  return names;
}

std::optional<std::string> attribute(int file, const std::string& name) {
  const ssize_t length = ::fgetxattr(file, name.c_str(), nullptr, 0);
  if (length < 0) return std::nullopt;
  std::string value(static_cast<std::size_t>(length), '\0');
  const ssize_t got = ::fgetxattr(file, name.c_str(), value.data(), value.size());
  if (got != length) return std::nullopt;
  return value;
}

// Gives `fresh` the mode, the owner, the access list and the extended attributes of `old`; false where one of
// them cannot be had. An access list that the folder gave to `fresh` goes.
bool like(int fresh, int old) {
  struct stat was {};
  struct stat is {};
  if (::fstat(old, &was) != 0 || ::fstat(fresh, &is) != 0) return false;
  if ((was.st_uid != is.st_uid || was.st_gid != is.st_gid) && ::fchown(fresh, was.st_uid, was.st_gid) != 0)
    return false;
  ::fremovexattr(fresh, kAccessList);
  if (::fchmod(fresh, was.st_mode & 07777u) != 0) return false;
  for (const std::string& name : attributes_of(old)) {
    const std::optional<std::string> value = attribute(old, name);
    if (!value) return false;
    if (::fsetxattr(fresh, name.c_str(), value->data(), value->size(), 0) != 0 &&
        attribute(fresh, name) != value)
      return false;
  }
  return true;
}

// The whole of a file, or nothing where it cannot be read.
std::optional<std::string> content_of(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string bytes;
  std::array<char, 1u << 16> buffer;
  ssize_t got = 0;
  while ((got = ::read(file, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(file);
  return got < 0 ? std::nullopt : std::optional(std::move(bytes));
}

}  // namespace

OutputFile::OutputFile(std::string path, const std::vector<std::string>& inputs) : path_(std::move(path)) {
  std::error_code ignored;
  target_ = followed(path_);
  if (target_.empty()) {
    error_ = problem(ELOOP);
    return;
  }
  if (target_.find('/') == std::string::npos) target_ = "./" + target_;

  struct stat status {};
  exists_ = ::stat(target_.c_str(), &status) == 0;
  if (exists_) {
    regular_ = S_ISREG(status.st_mode);
    if (S_ISDIR(status.st_mode)) error_ = problem(EISDIR);
    for (const std::string& input : inputs) {
      if (input != "-" && fs::equivalent(input, target_, ignored)) {
        error_ = "`" + path_ + "` is a spec to check and would be overwritten by --output";
      }
    }
    if (error_.empty() && ::access(target_.c_str(), W_OK) != 0) error_ = problem(errno);
  }
  if (!error_.empty() || !regular_) return;

  // The only proof that a file can be made in the folder.
  const SignalsBlocked blocked;
  std::string probe = temporary_beside(target_);
  const int file = ::mkstemp(probe.data());
  if (file < 0) {
    error_ = problem(errno);
    return;
  }
  ::close(file);
  ::unlink(probe.c_str());
}

std::string OutputFile::problem(int number) const {
  return "cannot write `" + path_ + "`: " + system_error(number);
}

std::string OutputFile::write(std::string_view text) const {
  if (regular_) return write_beside(text, nullptr);
  const int file = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return problem(errno);
  const int error = write_all(file, text);
  ::close(file);
  return error == 0 || error == EPIPE ? std::string() : problem(error);
}

std::string OutputFile::replace(std::string_view before, std::string_view text) const {
  if (!exists_) return problem(ENOENT);
  if (!regular_) return "cannot write `" + path_ + "`: not a regular file";
  return write_beside(text, &before);
}

bool OutputFile::still_holds(std::string_view before) const {
  const int file = ::open(target_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 1u << 16> buffer;
  bool same = true;
  ssize_t got = 0;
  while (same && (got = ::read(file, buffer.data(), buffer.size())) != 0) {
    if (got < 0 && errno == EINTR) continue;
    same = got > 0 && before.starts_with(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    if (same) before.remove_prefix(static_cast<std::size_t>(got));
  }
  ::close(file);
  return same && before.empty();
}

std::string OutputFile::write_beside(std::string_view text, const std::string_view* before) const {
  const SignalsBlocked blocked;
  std::string temporary = temporary_beside(target_);
  const int file = ::mkstemp(temporary.data());
  if (file < 0) return problem(errno);
  const int old = ::open(target_.c_str(), O_RDONLY | O_CLOEXEC);
  bool replaceable = true;
  int error = 0;
  if (old >= 0) {
    struct stat status {};
    replaceable = ::fstat(old, &status) == 0 && status.st_nlink == 1 && like(file, old);
    ::close(old);
  } else if (errno == ENOENT) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(file, 0666u & ~mask) != 0) error = errno;
  } else {
    error = errno;
  }
  if (error == 0 && replaceable) {
    error = write_all(file, text);
    // A source must survive a power failure; a report can be made again.
    if (before != nullptr && error == 0 && ::fsync(file) != 0 && errno != EINVAL) error = errno;
  }
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && before != nullptr && !still_holds(*before)) {
    ::unlink(temporary.c_str());
    return "cannot write `" + path_ + "`: it changed in the meantime";
  }
  if (error == 0 && !replaceable) return write_in_place(text, temporary);
  if (error == 0 && ::rename(temporary.c_str(), target_.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return problem(error);
}

// A file of several names (hard links), or whose owner or attributes no new file can have, keeps its inode.
// The old bytes stand in `copy` until the new ones are safe.
std::string OutputFile::write_in_place(std::string_view text, const std::string& copy) const {
  const std::optional<std::string> old = content_of(target_);
  int error = old ? 0 : errno;
  const auto put = [](const std::string& path, std::string_view bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return errno;
    int failed = write_all(file, bytes);
    if (failed == 0 && ::ftruncate(file, static_cast<off_t>(bytes.size())) != 0) failed = errno;
    if (failed == 0 && ::fsync(file) != 0 && errno != EINVAL) failed = errno;
    if (::close(file) != 0 && failed == 0) failed = errno;
    return failed;
  };
  if (error == 0) error = put(copy, *old);
  if (error != 0) {
    ::unlink(copy.c_str());
    return problem(error);
  }
  error = put(target_, text);
  if (error != 0 && put(target_, *old) != 0) return problem(error) + "; its old content is in `" + copy + "`";
  ::unlink(copy.c_str());
  return error == 0 ? std::string() : problem(error);
}

}  // namespace shapedbg
