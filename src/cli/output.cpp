#include "cli/output.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

}  // namespace

OutputFile::OutputFile(std::string path, const std::vector<std::string>& inputs) : path_(std::move(path)) {
  std::error_code ignored;
  target_ = fs::weakly_canonical(path_, ignored).string();
  if (target_.empty()) target_ = path_;
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
  struct stat old {};
  const bool existed = ::stat(target_.c_str(), &old) == 0;
  std::string temporary = temporary_beside(target_);
  const int file = ::mkstemp(temporary.data());
  if (file < 0) return problem(errno);

  mode_t mode = old.st_mode & 07777u;
  if (existed) {
    // Best effort: only root may give a file away.
    if (::fchown(file, old.st_uid, old.st_gid) != 0) mode &= 0777u;
  } else {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    mode = 0666u & ~mask;
  }
  int error = write_all(file, text);
  if (error == 0 && ::fchmod(file, mode) != 0) error = errno;
  // A source must survive a power failure; a report can be made again.
  if (before != nullptr && error == 0 && ::fsync(file) != 0 && errno != EINVAL) error = errno;
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0 && before != nullptr && !still_holds(*before)) {
    ::unlink(temporary.c_str());
    return "cannot write `" + path_ + "`: it changed in the meantime";
  }
  if (error == 0 && ::rename(temporary.c_str(), target_.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return problem(error);
}

}  // namespace shapedbg
