// The Python that waits, played by a shell script: it is the process that is tested here, not what it
// records.
#include "read/python/worker.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stop_token>
#include <string>
#include <thread>

#include "text/cancel.h"

namespace shapedbg {
namespace {

// A program that does `answer` for each request; $line is the request, $out the file that it names.
class Script {
 public:
  explicit Script(const std::string& answer) {
    std::string name = "/tmp/shapedbg-worker-XXXXXX";
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << "#!/bin/sh\nwhile read -r line; do\n"
                         << "out=$(printf '%s' \"$line\" | sed 's/.*\"out\":\"\\([^\"]*\\)\".*/\\1/')\n"
                         << answer << "\ndone\n";
    ::chmod(path_.c_str(), 0700);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  ~Script() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(PythonWorker, AnswersWithoutANewProcess) {
  const Script script("echo \"$$ $line\" >\"$out\"; echo 'done 0'");
  PythonWorker worker(script.path());
  const Ended first = worker.record({"unet.py:UNet", "--input", "1,3,64,64"}, 20);
  EXPECT_EQ(first.error, "");
  EXPECT_TRUE(first.succeeded);
  EXPECT_NE(first.text.find(R"("words":["unet.py:UNet","--input","1,3,64,64"])"), std::string::npos)
      << first.text;
  const Ended second = worker.record({"unet.py:UNet"}, 20);
  EXPECT_EQ(second.text.substr(0, second.text.find(' ')), first.text.substr(0, first.text.find(' ')));
}

TEST(PythonWorker, AFailureIsNotASuccess) {
  const Script script("echo '{\"failed\": \"name\"}' >\"$out\"; echo 'done 2'");
  PythonWorker worker(script.path());
  const Ended ended = worker.record({"unet.py:UNet"}, 20);
  EXPECT_EQ(ended.error, "");
  EXPECT_FALSE(ended.succeeded);
  EXPECT_EQ(ended.text, "{\"failed\": \"name\"}\n");
}

TEST(PythonWorker, OneThatDiesIsStartedAgain) {
  const Script script("echo $$ >\"$out\"; echo 'done 0'; exit 0");
  PythonWorker worker(script.path());
  const Ended first = worker.record({"unet.py:UNet"}, 20);
  EXPECT_TRUE(first.succeeded);
  // It may notice with the next request or with the one behind it.
  Ended again = worker.record({"unet.py:UNet"}, 20);
  if (!again.succeeded) again = worker.record({"unet.py:UNet"}, 20);
  EXPECT_TRUE(again.succeeded);
  EXPECT_NE(again.text, first.text);
}

TEST(PythonWorker, TheTimeIsBounded) {
  const Script script("sleep 60");
  PythonWorker worker(script.path());
  const Ended ended = worker.record({"unet.py:UNet"}, 1);
  EXPECT_EQ(ended.error, "the model took longer than 1 s and was stopped");
}

TEST(PythonWorker, IsCancelledFromAnotherThread) {
  const Script script("sleep 60");
  PythonWorker worker(script.path());
  std::stop_source stop;
  const auto start = std::chrono::steady_clock::now();
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  const std::stop_token token = stop.get_token();
  const Cancellable question(token);
  const Ended ended = worker.record({"unet.py:UNet"}, 60);
  later.join();
  EXPECT_EQ(ended.error, "the recording was cancelled");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(PythonWorker, AProgramThatIsNotThere) {
  PythonWorker worker("/nowhere/python3");
  EXPECT_EQ(
      worker.record({"unet.py:UNet"}, 5).error,
      "`/nowhere/python3` cannot be run: no such program, or not executable; --python names another one");
}

}  // namespace
}  // namespace shapedbg
