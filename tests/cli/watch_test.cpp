// `shapedbg watch` as a process of its own: each report is waited for by reading, not by a clock.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr const char* kSound =
    R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})";
constexpr const char* kOther =
    R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 5, "kernel_size": 3}]})";
constexpr const char* kBroken =
    R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 13}]})";

class Watching : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "shapedbg-watch-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directories(folder_ / ".git");
    write("a.json", kSound);
  }
  void TearDown() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    if (out_ >= 0) ::close(out_);
    fs::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  void start(const std::vector<std::string>& args) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    std::vector<std::string> words = {"shapedbg", "watch", "--device", "off", "--format", "jsonl"};
    words.insert(words.end(), args.begin(), args.end());
    child_ = ::fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      ::dup2(ends[1], STDOUT_FILENO);
      if (::chdir(folder_.c_str()) == 0) ::execv(SHAPEDBG_BINARY, argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ends[0];
  }

  // The next line of the report; empty when the program has ended.
  std::string line() {
    while (text_.find('\n') == std::string::npos) {
      char buffer[4096];
      const ssize_t got = ::read(out_, buffer, sizeof buffer);
      if (got <= 0) return {};
      text_.append(buffer, static_cast<std::size_t>(got));
    }
    const std::string first = text_.substr(0, text_.find('\n'));
    text_.erase(0, first.size() + 1);
    return first;
  }

  int stop(int signal) {
    ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  fs::path folder_;
  pid_t child_ = -1;
  int out_ = -1;
  std::string text_;
};

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

TEST_F(Watching, ChecksAgainWhatIsWrittenAndLeavesWithTheLastCode) {
  start({"a.json"});
  EXPECT_TRUE(contains(line(), "\"output\":[1,4,6,6]"));
  write("a.json", kOther);
  EXPECT_TRUE(contains(line(), "\"output\":[1,5,6,6]"));
  write("a.json", kBroken);
  EXPECT_TRUE(contains(line(), "\"status\":\"findings\""));
  EXPECT_EQ(stop(SIGINT), 1);
}

TEST_F(Watching, AFileThatARenameReplacesIsNoticed) {
  start({"a.json"});
  ASSERT_FALSE(line().empty());
  write("a.json.new", kOther);
  fs::rename(folder_ / "a.json.new", folder_ / "a.json");
  EXPECT_TRUE(contains(line(), "\"output\":[1,5,6,6]"));
  EXPECT_EQ(stop(SIGTERM), 0);
}

TEST_F(Watching, AFileThatIsGoneIsWaitedFor) {
  start({"a.json"});
  ASSERT_FALSE(line().empty());
  fs::remove(folder_ / "a.json");
  write("a.json", kBroken);
  EXPECT_TRUE(contains(line(), "\"status\":\"findings\""));
  write("a.json", kSound);
  EXPECT_TRUE(contains(line(), "\"status\":\"ok\""));
  EXPECT_EQ(stop(SIGINT), 0);
}

TEST_F(Watching, AFolderShowsTheFileThatChanged) {
  fs::create_directories(folder_ / "models");
  write("models/a.json", kSound);
  write("models/b.json", kSound);
  start({"models"});
  EXPECT_TRUE(contains(line(), "models/a.json"));
  EXPECT_TRUE(contains(line(), "models/b.json"));
  write("models/package.json", "{}");  // no network: nothing happens
  write("models/b.json", kOther);
  const std::string changed = line();
  EXPECT_TRUE(contains(changed, "models/b.json")) << changed;
  EXPECT_TRUE(contains(changed, "\"output\":[1,5,6,6]")) << changed;
  EXPECT_EQ(stop(SIGINT), 0);
}

}  // namespace
