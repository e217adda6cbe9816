// measure ROUNDS LABEL COMMAND [LABEL COMMAND]…: runs each command once to warm up and then ROUNDS times, in
// turns, so that a slow spell of the machine hits all alike. Prints one line each: label, median ms, least
// ms, peak memory in MiB, exit code; separated by tabs. Plain words are run as they are; only where more
// stands there does /bin/sh read it, whose start of half a millisecond is then part of the time.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

extern char** environ;

namespace {

struct Sample {
  double milliseconds = 0;
  double mebibytes = 0;
  int exit_code = -1;
};

struct Measured {
  std::string label;
  std::string command;
  std::vector<double> milliseconds;
  double mebibytes = 0;
  int exit_code = 0;
};

// The words of a command; none where it takes a shell to read it.
std::vector<std::string> words_of(const std::string& command) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 /._-,:^+";
  std::vector<std::string> words;
  if (command.find_first_not_of(plain) != std::string::npos) return words;
  std::istringstream text(command);
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

Sample run_once(const std::string& command) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words = words_of(command);
  // `exec` keeps the shell out of the peak memory.
  if (words.empty()) words = {"/bin/sh", "-c", "exec " + command};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  Sample sample;
  pid_t child = 0;
  const auto start = std::chrono::steady_clock::now();
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  int status = 0;
  rusage usage{};
  if (failed == 0 && wait4(child, &status, 0, &usage) == child) {
    const auto end = std::chrono::steady_clock::now();
    sample.milliseconds = std::chrono::duration<double, std::milli>(end - start).count();
    sample.mebibytes = static_cast<double>(usage.ru_maxrss) / 1024.0;  // ru_maxrss is in KiB
    sample.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  posix_spawn_file_actions_destroy(&actions);
  return sample;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 0;
  if (rounds < 1 || argc < 4 || argc % 2 != 0) {
    std::fprintf(stderr, "usage: measure ROUNDS LABEL COMMAND [LABEL COMMAND]...\n");
    return 2;
  }
  std::vector<Measured> all;
  for (int i = 2; i + 1 < argc; i += 2) all.push_back({argv[i], argv[i + 1], {}, 0, 0});
  for (int round = -1; round < rounds; ++round) {
    for (Measured& one : all) {
      const Sample sample = run_once(one.command);
      one.exit_code = sample.exit_code;
      if (round < 0) continue;
      one.milliseconds.push_back(sample.milliseconds);
      one.mebibytes = std::max(one.mebibytes, sample.mebibytes);
    }
  }
  for (const Measured& one : all) {
    std::printf("%s\t%.2f\t%.2f\t%.1f\t%d\n", one.label.c_str(), median(one.milliseconds),
                *std::min_element(one.milliseconds.begin(), one.milliseconds.end()), one.mebibytes,
                one.exit_code);
  }
  return 0;
}
