#include "cli/last_words.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include "cli/run.h"

namespace shapedbg {
namespace {

// Takes no memory: there may be none.
void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void last_words() noexcept {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    say("shapedbg: internal error\n");
  } catch (const std::bad_alloc&) {
    say("shapedbg: out of memory\n");
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    say("shapedbg: internal error: ");
    say(what.substr(0, what.find('\n')));
    say("\n");
  } catch (...) {
    say("shapedbg: internal error\n");
  }
  std::_Exit(exit_failed);
}

}  // namespace

void end_in_one_line() { std::set_terminate(last_words); }

}  // namespace shapedbg
