#include "cli/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "report/printable.h"

namespace shapedbg {

struct Log::Logger {
  explicit Logger(std::ostream& err)
      : spdlog("shapedbg", std::make_shared<spdlog::sinks::ostream_sink_mt>(err, /*force_flush=*/true)) {}
  spdlog::logger spdlog;
};

Log::Log(std::ostream& err, int verbosity) : logger_(std::make_unique<Logger>(err)) {
  logger_->spdlog.set_pattern("%n: %l: %v");
  logger_->spdlog.set_level(verbosity < 0    ? spdlog::level::off
                            : verbosity == 0 ? spdlog::level::warn
                            : verbosity == 1 ? spdlog::level::info
                                             : spdlog::level::debug);
}

Log::~Log() = default;

void Log::warning(const std::string& message) { logger_->spdlog.warn("{}", printable(message)); }
void Log::info(const std::string& message) { logger_->spdlog.info("{}", printable(message)); }
void Log::debug(const std::string& message) { logger_->spdlog.debug("{}", printable(message)); }

}  // namespace shapedbg
