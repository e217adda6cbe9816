// What only a whole process can show: how it leaves, and what it loads.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

struct Ended {
  int code = -1;
  std::string out;
  std::string err;
};

// `command` is shell text in which $S is the program; run in a fresh folder that is left in $F.
class Process : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "shapedbg-process-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    ASSERT_TRUE(fs::exists(SHAPEDBG_BINARY)) << SHAPEDBG_BINARY;
    std::ofstream(folder_ / "sound.json")
        << R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})";
    std::ofstream(folder_ / "bad.json") << "{\"input\": ";
  }
  void TearDown() override { fs::remove_all(folder_); }

  Ended shell(const std::string& command) const {
    const std::string whole = "cd '" + folder_.string() + "' && S='" SHAPEDBG_BINARY "' && { " + command +
                              "; } > out.log 2> err.log";
    const int status = std::system(("bash -c \"" + escaped(whole) + "\"").c_str());
    Ended ended;
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    ended.out = content("out.log");
    ended.err = content("err.log");
    return ended;
  }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  std::string content(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

 private:
  static std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
      if (c == '"' || c == '$' || c == '\\' || c == '`') result += '\\';
      result += c;
    }
    return result;
  }
  fs::path folder_;
};

TEST_F(Process, LeavesWithTheExitCodeAndAllOutput) {
  const Ended sound = shell("$S sound.json");
  EXPECT_EQ(sound.code, 0) << sound.out << sound.err;
  EXPECT_TRUE(sound.out.ends_with("sound.json: ok: returns [1, 4, 6, 6]\n")) << sound.out;
  EXPECT_EQ(sound.err, "");
  EXPECT_EQ(shell("$S bad.json").code, 1);
  EXPECT_EQ(shell("$S none.json").code, 2);
  EXPECT_EQ(shell("$S - < sound.json").out.substr(0, 7), "<stdin>");
}

TEST_F(Process, KeepsItsExitCodeWhenNobodyReads) {
  // The reader is gone before the first byte is written: `true` ends, then the program starts.
  const std::pair<const char*, const char*> lines[] = {{"sound.json", "0\n"},
                                                       {"--help", "0\n"},
                                                       {"explain", "0\n"},
                                                       {"bad.json --format json", "1\n"},
                                                       {"fix --diff bad.json bad.json", "1\n"}};
  for (const auto& [args, code] : lines) {
    const Ended ended =
        shell("{ sleep 0.3; $S " + std::string(args) + "; echo $? > code; } | true; cat code");
    EXPECT_EQ(ended.out, code) << args;
    EXPECT_EQ(ended.err.find("shapedbg: "), std::string::npos) << ended.err;
  }
}

// LibTorch takes some hundred MB of address space to start: with less it ends the process where it likes.
TEST_F(Process, RunsOutOfMemoryInOneLine) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer takes terabytes of address space";
#endif
  for (int mb = 60; mb <= 500; mb += mb < 300 ? 120 : 20) {
    const Ended ended = shell("ulimit -v " + std::to_string(mb * 1024) + "; $S --device meta sound.json");
    EXPECT_LE(ended.code, 2) << mb << " MB: " << ended.err;
    if (ended.code == 2 && ended.out.empty()) {
      EXPECT_TRUE(ended.err.starts_with("shapedbg: ")) << mb << " MB: " << ended.err;
      EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << mb << " MB: " << ended.err;
    }
  }
}

TEST_F(Process, AFolderThatIsNoRepositoryIsToldWithoutTheOptionsOfGit) {
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "git is not installed";
  const Ended ended = shell("$S --device off --changed-since HEAD sound.json");
  EXPECT_EQ(ended.code, 2) << ended.err;
  EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 2) << ended.err;
  EXPECT_TRUE(ended.err.ends_with("shapedbg: --changed-since: git cannot say what changed since `HEAD`\n"))
      << ended.err;
}

TEST_F(Process, AFolderAsStandardInputCannotBeRead) {
  const Ended ended = shell("$S - < /");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.err, "shapedbg: <stdin>: cannot read: is a directory\n");
}

TEST_F(Process, NamesOfStandardInputAreNeverWrittenTo) {
  const std::string wrong =
      R"({"input": [1, 3, 24, 24], "encoder": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2,)"
      R"( "padding": 1}], "decoder": [{"type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3,)"
      R"( "stride": 2, "padding": 1}]})";
  for (const char* name : {"-", "/dev/stdin", "/proc/self/fd/0"}) {
    write("wrong.json", wrong);
    const Ended ended = shell("$S fix " + std::string(name) + " < wrong.json");
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_NE(ended.out.find("output_padding"), std::string::npos) << name;
    EXPECT_EQ(content("wrong.json"), wrong) << name;
  }
}

TEST_F(Process, AnEngineThatIsCutOffIsOneLine) {
  const std::string engine =
      fs::path(SHAPEDBG_BINARY).parent_path().parent_path() / "lib/shapedbg/libshapedbg_engine.so";
  for (const char* size : {"40000", "100", "0"}) {
    const Ended ended = shell("head -c " + std::string(size) + " " + engine +
                              " > cut.so; SHAPEDBG_ENGINE=cut.so $S --format json sound.json");
    EXPECT_EQ(ended.code, 2) << size;
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    EXPECT_NE(ended.err.find("is cut off"), std::string::npos) << ended.err;
  }
}

TEST_F(Process, AWorkingDirectoryThatIsGoneIsOneLine) {
  const Ended ended = shell(
      "mkdir gone; cp sound.json /tmp/shapedbg-sound-$$.json; cd gone; rmdir ../gone; "
      "$S --format json /tmp/shapedbg-sound-$$.json; code=$?; rm /tmp/shapedbg-sound-$$.json; exit $code");
  EXPECT_EQ(ended.code, 2) << ended.err;
  EXPECT_EQ(ended.err, "shapedbg: the working directory is gone; LibTorch does not start without one\n");
}

TEST_F(Process, FailsOnAFullDisk) {
  for (const char* args : {"sound.json", "--version", "schema"}) {
    const Ended ended = shell("$S " + std::string(args) + " > /dev/full");
    EXPECT_EQ(ended.code, 2) << args;
    EXPECT_EQ(ended.err, "shapedbg: cannot write standard output: no space left on device\n") << args;
  }
}

TEST_F(Process, LoadsLibTorchOnlyToRunANetwork) {
  // SHAPEDBG_ENGINE names a module that cannot be opened: whoever touches it fails.
  const std::string without = "SHAPEDBG_ENGINE=/nonexistent/engine.so $S ";
  for (const char* args : {"--help", "--version", "schema", "explain R301", "sound.json --device off"}) {
    EXPECT_EQ(shell(without + args).code, 0) << args;
  }
  EXPECT_EQ(shell(without + "bad.json").code, 1);
}

TEST_F(Process, SaysInOneLineThatThereIsNoLibTorch) {
  const std::string without = "SHAPEDBG_ENGINE=/nonexistent/engine.so $S ";
  const Ended text = shell(without + "sound.json");
  EXPECT_EQ(text.code, 2);
  EXPECT_NE(text.out.find("/nonexistent/engine.so"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("--device off"), std::string::npos) << text.out;
  const Ended json = shell(without + "sound.json sound.json --format json");
  EXPECT_EQ(json.code, 2);
  EXPECT_EQ(std::count(json.err.begin(), json.err.end(), '\n'), 1) << json.err;
  EXPECT_NE(json.err.find("/nonexistent/engine.so"), std::string::npos) << json.err;
  EXPECT_NE(json.out.find("\"status\": \"error\""), std::string::npos);
}

TEST_F(Process, AnEngineSaysForWhichLibTorchItWasBuilt) {
  const std::string other =
      "printf '%099d\\nshapedbg-engine: 9.9.9, LibTorch 8.8.8\\n' 1 > other.so; "
      "SHAPEDBG_ENGINE=$PWD/other.so $S ";
  const Ended refused = shell(other + "sound.json --device meta --format concise");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("built with shapedbg 9.9.9 for LibTorch 8.8.8"), std::string::npos)
      << refused.err;
  const Ended version = shell(other + "--version");
  EXPECT_EQ(version.code, 0);
  EXPECT_NE(version.out.find("LibTorch 8.8.8, engine "), std::string::npos) << version.out;
  EXPECT_NE(version.out.find(" of shapedbg 9.9.9\n"), std::string::npos) << version.out;
}

TEST_F(Process, LeavesNoTemporaryFileWhenItIsEnded) {
  const Ended ended = shell("sleep 5 | timeout -s TERM 0.5 $S - -o report.txt; ls -A | grep -c shapedbg-");
  EXPECT_EQ(ended.out, "0\n");
}

}  // namespace
