// The server on a pair of streams, as editors start it.
#pragma once

#include <functional>
#include <iosfwd>
#include <string_view>

#include "lsp/server.h"

namespace shapedbg::lsp {

// Runs until `exit`, or until the client is gone: `in` ends, or `write` says that nobody reads any more.
// Returns the exit code that the protocol asks for: 0 where the client shut the server down, else 1.
int serve(std::istream& in, const std::function<bool(std::string_view bytes)>& write, ServerOptions options,
          EngineSource engine);

}  // namespace shapedbg::lsp
