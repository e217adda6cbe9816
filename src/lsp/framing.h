// JSON-RPC messages in the frames of the language server protocol: header lines ("Content-Length: 42"), an
// empty line, and that many bytes of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace shapedbg::lsp {

enum class Frame : std::uint8_t {
  message,    // `text` is the body
  malformed,  // `text` says what is wrong; what follows can be read
  end,  // the client is gone, or what it sends cannot be read any more: `text` says why, if anything does
};
struct Framed {
  Frame frame = Frame::end;
  std::string text;
};

// Waits for the next message. Headers and bodies are bounded: a longer body is skipped.
Framed read_message(std::istream& in);
inline constexpr std::size_t longest_header = 8u << 10;
inline constexpr std::size_t longest_message = 64u << 20;

// `body` with its header.
std::string framed(std::string_view body);

}  // namespace shapedbg::lsp
