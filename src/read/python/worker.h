// A Python that has imported torch and waits: each recording is a fork of it, so the user's own files are
// read anew and the second of `import torch` is paid once.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <vector>

#include "text/process.h"

namespace shapedbg {

// What a recording run wrote, and how it ended.
struct Ended {
  std::string text;
  std::string error;       // one line; empty where it ended by itself
  bool succeeded = false;  // with exit code 0
};

// Why a recording by that Python was not waited for, in one line; empty where it was.
std::string not_waited_for(Waited how, const std::string& python, int seconds);

class PythonWorker {
 public:
  explicit PythonWorker(std::string python);
  PythonWorker(const PythonWorker&) = delete;
  PythonWorker& operator=(const PythonWorker&) = delete;
  // Ends the process and what it started.
  ~PythonWorker();

  // The recorder with these words of its command line. From any thread, one recording at a time. What isn't
  // waited for ends the process; the next call starts another one.
  Ended record(const std::vector<std::string>& words, int seconds);

 private:
  bool start();
  void end();

  std::string python_;
  std::mutex one_;
  pid_t child_ = -1;
  int socket_ = -1;
};

}  // namespace shapedbg
