// What the program is doing, for those who ask with -v. Goes to standard error by spdlog.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

namespace shapedbg {

class Log {
 public:
  // `verbosity` 0: warnings; 1 (-v): what is read and run; 2 (-vv): and how long it took; -1 (-q): nothing.
  Log(std::ostream& err, int verbosity);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void warning(const std::string& message);
  void info(const std::string& message);
  void debug(const std::string& message);

 private:
  struct Logger;
  std::unique_ptr<Logger> logger_;
};

}  // namespace shapedbg
