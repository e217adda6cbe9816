// `shapedbg watch`: checks again whatever changed.
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "cli/check.h"
#include "cli/collect.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/input.h"
#include "cli/run.h"
#include "cli/system_error.h"
#include "cli/terminal.h"
#include "read/json/told.h"
#include "read/python/python.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

// Written to by the handler of SIGINT and SIGTERM; the second signal ends the process as it would any other.
int stop_event = -1;
extern "C" void ask_to_stop(int) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t wrote = ::write(stop_event, &one, sizeof one);
}

class StopSignals {
 public:
  StopSignals() {
    stop_event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    ::sigaction(SIGINT, &action, &interrupt_);
    ::sigaction(SIGTERM, &action, &terminate_);
  }
  ~StopSignals() {
    ::sigaction(SIGINT, &interrupt_, nullptr);
    ::sigaction(SIGTERM, &terminate_, nullptr);
    ::close(stop_event);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction interrupt_ {};
  struct sigaction terminate_ {};
};

std::string plain(const fs::path& path) {
  std::error_code error;
  return fs::absolute(path, error).lexically_normal().string();
}

// The folder of `path`, or the nearest above it that there is: what is gone may come back.
std::string folder_above(const fs::path& path) {
  std::error_code error;
  fs::path folder = fs::path(plain(path)).parent_path();
  while (!fs::is_directory(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder.string();
}

class Watch {
 public:
  Watch(const CheckOptions& options, Streams& streams)
      : options_(options), streams_(streams), terminal_(is_terminal(streams.out)) {}
  ~Watch() {
    if (inotify_ >= 0) ::close(inotify_);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  int run() {
    if (std::any_of(options_.specs.begin(), options_.specs.end(), is_standard_input))
      return fail(streams_, "standard input cannot be watched");
    inotify_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (inotify_ < 0) return fail(streams_, "cannot watch: " + system_error(errno));
    const StopSignals signals;
    std::vector<std::string> changed;  // empty: everything
    int code = exit_clean;
    while (true) {
      // Before the check, so that no change during it is missed.
      if (const int error = look(); error != 0) return fail(streams_, "cannot watch: " + system_error(error));
      if (terminal_) emit(streams_, "\x1b[H\x1b[2J\x1b[3J");
      CheckOptions now = options_;
      if (!changed.empty()) now.specs = changed;
      code = run_check(now, streams_);
      if (streams_.out_error != 0 || !wait(changed)) return code;
    }
  }

 private:
  // Watches the folders of all that is checked. Returns 0 or errno.
  int look() {
    files_.clear();
    folders_.clear();
    const Config config = read_config(fs::current_path().string(), options_.config);
    if (!config.file.empty()) config_ = plain(config.file);
    const Collected all =
        collect(options_.specs.empty() ? config.paths : options_.specs, config.exclude, config.folder);
    std::set<std::string> watched;
    for (const FoundFile& file : all.files) {
      std::string path = file.path;
      if (!fs::exists(path) && names_python_model(path)) path = path.substr(0, path.rfind(':'));
      files_[plain(path)] = file;
      watched.insert(folder_above(path));
    }
    for (const std::string& folder : all.folders) {
      folders_.insert(plain(folder));
      watched.insert(plain(folder));
    }
    if (!config_.empty()) watched.insert(folder_above(config_));
    for (const std::string& folder : watched) {
      const int id = ::inotify_add_watch(
          inotify_, folder.c_str(),
          IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_ONLYDIR);
      if (id < 0 && errno != ENOENT && errno != EACCES) return errno;
      if (id >= 0) names_[id] = folder;
    }
    return 0;
  }

  // Until something that matters changed. False when the user has seen enough.
  bool wait(std::vector<std::string>& changed) {
    constexpr int kQuiet = 20;  // milliseconds without a further change: editors write in several steps
    std::set<std::string> specs;
    bool everything = false;
    while (true) {
      std::array<pollfd, 2> ready{{{inotify_, POLLIN, 0}, {stop_event, POLLIN, 0}}};
      const bool pending = everything || !specs.empty();
      const int count = ::poll(ready.data(), ready.size(), pending ? kQuiet : -1);
      if (count < 0 && errno != EINTR) return false;
      if ((ready[1].revents & POLLIN) != 0) return false;
      if (count == 0) break;
      if (count > 0) read_events(specs, everything);
    }
    changed.assign(specs.begin(), specs.end());
    if (everything) changed.clear();
    return true;
  }

  void read_events(std::set<std::string>& specs, bool& everything) {
    alignas(inotify_event) std::array<char, 1u << 14> buffer;
    ssize_t got = 0;
    while ((got = ::read(inotify_, buffer.data(), buffer.size())) > 0) {
      for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(got);) {
        inotify_event event;
        std::memcpy(&event, buffer.data() + at, sizeof event);
        const char* const name = buffer.data() + at + sizeof event;
        one(event, event.len > 0 ? name : "", specs, everything);
        at += sizeof event + event.len;
      }
    }
  }

  void one(const inotify_event& event, const std::string& name, std::set<std::string>& specs,
           bool& everything) const {
    const auto folder = names_.find(event.wd);
    if ((event.mask & (IN_Q_OVERFLOW | IN_DELETE_SELF)) != 0) everything = true;
    if (folder == names_.end() || name.empty()) return;
    const fs::path path = fs::path(folder->second) / name;
    const std::string whole = path.string();
    const bool written = (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
    const bool in_folder = folders_.contains(folder->second);
    if ((event.mask & IN_ISDIR) != 0) {
      everything = everything || in_folder || above_a_file(whole);
    } else if (whole == config_ || name == ".shapedbg.toml") {
      everything = everything || written;
    } else if (const auto file = files_.find(whole); file != files_.end()) {
      // What is gone is waited for: the report stays until it is back.
      if (written && worth_a_look(file->second)) specs.insert(file->second.path);
    } else if (in_folder && written && path.extension().string().size() > 1) {
      // A new file: whether it counts is found out with all others.
      const Collected now = collect({folder->second}, {}, {});
      everything = everything || std::any_of(now.files.begin(), now.files.end(), [&](const FoundFile& each) {
                     return each.path == whole && worth_a_look(each);
                   });
    }
  }

  bool above_a_file(const std::string& folder) const {
    const auto next = files_.lower_bound(folder + "/");
    return next != files_.end() && next->first.starts_with(folder + "/");
  }

  // Of what a folder holds only networks.
  bool worth_a_look(const FoundFile& file) const {
    if (!file.found || !file.path.ends_with(".json")) return true;
    const Input input = read_spec(file.path, streams_.in);
    return input.error.empty() && holds_spec(input.source.bytes());
  }

  const CheckOptions& options_;
  Streams& streams_;
  bool terminal_;
  int inotify_ = -1;
  std::map<int, std::string> names_;        // the folder that inotify has that number for
  std::map<std::string, FoundFile> files_;  // by their whole paths
  std::set<std::string> folders_;           // whole paths of those that are checked as folders
  std::string config_;
};

}  // namespace

Job add_watch(CLI::App& app) {
  const auto options = std::make_shared<CheckOptions>();
  add_check_options(app, *options);
  return [options](Streams& streams) { return Watch(*options, streams).run(); };
}

}  // namespace shapedbg
