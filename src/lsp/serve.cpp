#include "lsp/serve.h"

#include <atomic>
#include <utility>

#include "lsp/framing.h"

namespace shapedbg::lsp {

int serve(std::istream& in, const std::function<bool(std::string_view bytes)>& write, ServerOptions options,
          EngineSource engine) {
  std::atomic<bool> gone = false;
  Server server(std::move(options), std::move(engine), [&](const std::string& message) {
    if (!gone && !write(framed(message))) gone = true;
  });
  while (!gone && !server.exit_code()) {
    const Framed next = read_message(in);
    if (next.frame == Frame::end) {
      if (!next.text.empty()) server.refuse(next.text);
      break;
    }
    if (next.frame == Frame::malformed) {
      server.refuse(next.text);
    } else {
      server.handle(next.text);
    }
  }
  return server.exit_code().value_or(server.shut_down() ? 0 : 1);
}

}  // namespace shapedbg::lsp
