#include "read/python/worker.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "read/python/python.h"

namespace shapedbg {
namespace {

// Not by write(): a worker that has died is no reason to die.
bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

}  // namespace

std::string not_waited_for(Waited how, const std::string& python, int seconds) {
  switch (how) {
    case Waited::ended:
      return {};
    case Waited::absent:
      return "`" + python + "` cannot be run: no such program, or not executable; --python names another one";
    case Waited::too_long:
      return "the model took longer than " + std::to_string(seconds) + " s and was stopped";
    case Waited::cancelled:
      return "the recording was cancelled";
    case Waited::too_large:
      return "the recording is larger than any network needs";
    case Waited::unread:
      return "the recording could not be read";
  }
  return {};
}

PythonWorker::PythonWorker(std::string python) : python_(std::move(python)) {}

PythonWorker::~PythonWorker() { end(); }

bool PythonWorker::start() {
  if (child_ >= 0) return true;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  std::vector<std::string> words = recorder_command(python_);
  words.emplace_back("--serve");
  child_ = start_child(words, ends[1], ends[1]);
  ::close(ends[1]);
  if (child_ < 0) {
    ::close(ends[0]);
    return false;
  }
  socket_ = ends[0];
  return true;
}

void PythonWorker::end() {
  if (child_ >= 0) {
    ::kill(-child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  if (socket_ >= 0) ::close(socket_);
  child_ = -1;
  socket_ = -1;
}

Ended PythonWorker::record(const std::vector<std::string>& words, int seconds) {
  const std::lock_guard lock(one_);
  Ended ended;
  const TemporaryFile out{std::string_view()};
  if (out.path().empty()) {
    ended.error = "no temporary file can be written";
    return ended;
  }
  if (!start()) {
    ended.error = not_waited_for(Waited::absent, python_, seconds);
    return ended;
  }
  const nlohmann::json request{{"words", words}, {"out", out.path()}};
  const std::string line = request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::string reply;
  if (send_all(socket_, line))
    ended.error = not_waited_for(read_child(socket_, seconds, reply, '\n'), python_, seconds);
  if (!ended.error.empty() || reply.empty() || reply.back() != '\n') {
    end();
    return ended;
  }
  std::ifstream file(out.path(), std::ios::binary);
  ended.text.assign(std::istreambuf_iterator<char>(file), {});
  ended.succeeded = reply == "done 0\n";
  return ended;
}

}  // namespace shapedbg
