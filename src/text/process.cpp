#include "text/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "text/cancel.h"

extern char** environ;

namespace shapedbg {
namespace {

constexpr std::size_t kMostBytes = 256u << 20;  // that are read
constexpr std::chrono::milliseconds kLook{50};  // how often somebody may want no answer any more

}  // namespace

pid_t start_child(const std::vector<std::string>& words, int in, int out) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (in < 0) {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  }
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, words[0].c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error == 0 ? child : -1;
}

Waited read_child(int file, int seconds, std::string& text, int last) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const std::stop_token stop = current_stop();
  std::array<char, 1u << 16> buffer;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Waited::too_long;
    if (stop.stop_requested()) return Waited::cancelled;
    pollfd waits{file, POLLIN, 0};
    const auto look = stop.stop_possible() ? std::min(left, kLook) : left;
    const int ready = ::poll(&waits, 1, static_cast<int>(look.count()));
    if (ready < 0 && errno != EINTR) return Waited::unread;
    if (ready <= 0) continue;
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    if (got == 0) return Waited::ended;
    if (got < 0 && errno != EINTR) return Waited::unread;
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (last != no_last && !text.empty() && text.back() == static_cast<char>(last)) return Waited::ended;
    if (text.size() > kMostBytes) return Waited::too_large;
  }
}

Output run_child(const std::vector<std::string>& words, int seconds) {
  Output output;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    output.how = Waited::absent;
    return output;
  }
  const pid_t child = start_child(words, -1, ends[1]);
  ::close(ends[1]);
  if (child < 0) {
    output.how = Waited::absent;
  } else {
    output.how = read_child(ends[0], seconds, output.text);
    if (output.how != Waited::ended) ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    output.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  ::close(ends[0]);
  return output;
}

TemporaryFile::TemporaryFile(std::string_view text) {
  const char* folder = std::getenv("TMPDIR");
  std::string name = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/shapedbg-XXXXXX";
  const int file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return;
  path_ = std::move(name);
  while (!text.empty()) {
    const ssize_t put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  ::close(file);
  if (!text.empty()) remove();
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFile::~TemporaryFile() { remove(); }

void TemporaryFile::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace shapedbg
