#include "read/python/python.h"

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
#include <nlohmann/json.hpp>
#include <utility>

#include "read/aten/program.h"
#include "read/calls/calls.h"
#include "text/cancel.h"

extern char** environ;

namespace shapedbg {
namespace {

constexpr std::size_t kMostBytes = 256u << 20;  // of a recording
constexpr std::chrono::milliseconds kLook{50};  // how often somebody may want no answer any more

Imported failed(Code code, std::string message) {
  Imported result;
  Finding finding;
  finding.code = code;
  finding.message = std::move(message);
  result.findings.push_back(std::move(finding));
  return result;
}

// What the child wrote to its standard output, and how it ended.
struct Ended {
  std::string text;
  std::string error;  // one line; empty where it ended by itself
  int status = 0;
};

pid_t start(const std::vector<std::string>& words, int out, int& error) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  pid_t child = -1;
  error = ::posix_spawnp(&child, words[0].c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error == 0 ? child : -1;
}

// Reads to the end of the child's output; says why it was not waited for.
std::string read_all(int file, int seconds, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const std::stop_token stop = current_stop();
  std::array<char, 1u << 16> buffer;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return "the model took longer than " + std::to_string(seconds) + " s and was stopped";
    if (stop.stop_requested()) return "the recording was cancelled";
    pollfd waits{file, POLLIN, 0};
    const auto look = stop.stop_possible() ? std::min(left, kLook) : left;
    const int ready = ::poll(&waits, 1, static_cast<int>(look.count()));
    if (ready < 0 && errno != EINTR) return "the recording could not be read";
    if (ready <= 0) continue;
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    if (got == 0) return {};
    if (got < 0 && errno != EINTR) return "the recording could not be read";
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kMostBytes) return "the recording is larger than any network needs";
  }
}

Ended run(const std::vector<std::string>& words, int seconds) {
  Ended ended;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    ended.error = "no pipe to the recorder can be made";
    return ended;
  }
  int error = 0;
  const pid_t child = start(words, ends[1], error);
  ::close(ends[1]);
  if (child < 0) {
    ended.error =
        "`" + words[0] + "` cannot be run: no such program, or not executable; --python names another one";
  } else {
    ended.error = read_all(ends[0], seconds, ended.text);
    if (!ended.error.empty()) ::kill(-child, SIGKILL);
    while (::waitpid(child, &ended.status, 0) < 0 && errno == EINTR) continue;
  }
  ::close(ends[0]);
  return ended;
}

// The line {"failed": PHASE, "message": …, "at": "FILE:LINE"}, as one sentence; empty where there is none.
std::string failure_in(const std::string& text) {
  const std::size_t at = text.starts_with("{\"failed\"") ? 0 : text.find("\n{\"failed\"");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + (text[at] == '\n' ? 1 : 0);
  const std::string line = text.substr(begin, text.find('\n', begin) - begin);
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("message") || !json["message"].is_string())
    return "the recorder failed";
  std::string said = json["message"].get<std::string>();
  std::replace(said.begin(), said.end(), '\n', ' ');
  if (json.contains("at") && json["at"].is_string() && !json["at"].get<std::string>().empty())
    said += " (" + json["at"].get<std::string>() + ")";
  return said;
}

// Bytes in a file that goes with this object. Its path is empty where it could not be written.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    const char* folder = std::getenv("TMPDIR");
    std::string name =
        std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/shapedbg-XXXXXX";
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
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { remove(); }

  const std::string& path() const { return path_; }

 private:
  void remove() {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_.clear();
  }
  std::string path_;
};

}  // namespace

bool names_python_model(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto word = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.'; };
  const std::string_view name = text.substr(colon + 1);
  if (!letter(name[0]) || !std::all_of(name.begin(), name.end(), word)) return false;
  const std::string_view from = text.substr(0, colon);
  return from.ends_with(".py") || (letter(from[0]) && std::all_of(from.begin(), from.end(), word));
}

Imported import_python(const std::string& target, const PythonOptions& options) {
  std::vector<std::string> words{options.python, "-B", "-c", std::string(recorder_program()), target};
  if (!options.call.empty()) words.insert(words.end(), {"--call", options.call});
  if (options.constructors) words.emplace_back("--constructors");
  std::vector<TemporaryFile> texts;
  for (const ProgramText& one : options.changed) {
    texts.emplace_back(one.text);
    if (texts.back().path().empty()) return failed(Code::I601, "no temporary file can be written");
    words.insert(words.end(), {"--changed", one.file, texts.back().path()});
  }
  for (const std::string& input : options.inputs) words.insert(words.end(), {"--input", input});
  for (const std::string& input : options.also) words.insert(words.end(), {"--also", input});
  const Ended ended = run(words, options.seconds);
  if (!ended.error.empty()) return failed(Code::I601, ended.error);
  if (std::string why = failure_in(ended.text); !why.empty()) return failed(Code::I601, std::move(why));
  if (!WIFEXITED(ended.status) || WEXITSTATUS(ended.status) != 0)
    return failed(Code::I601, "Python ended without a recording; what it said stands on standard error");
  const calls::Recorded recorded = calls::read_calls(ended.text);
  if (!recorded.error.empty() || recorded.runs.empty())
    return failed(Code::I602, "the recording cannot be read: " +
                                  (recorded.error.empty() ? "it is empty" : recorded.error));
  Imported result = aten::imported(
      aten::map_program(recorded.runs[0], recorded.runs.size() > 1 ? &recorded.runs[1] : nullptr));
  if (options.constructors) read_constructors(ended.text, result);
  return result;
}

}  // namespace shapedbg
