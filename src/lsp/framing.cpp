#include "lsp/framing.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <istream>
#include <optional>

namespace shapedbg::lsp {
namespace {

// Behind which nothing is skipped: nobody sends so much.
constexpr std::size_t kMostSkipped = std::size_t{1} << 30;

// One header line without its end; nothing at the end of the stream and where it is too long.
std::optional<std::string> header_line(std::istream& in, std::size_t& room, bool& too_long) {
  std::string line;
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (room-- == 0) {
      too_long = true;
      return std::nullopt;
    }
    if (c == '\n') {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return line;
    }
    line += static_cast<char>(c);
  }
  return std::nullopt;
}

bool same_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}

std::optional<std::size_t> number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::size_t value = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Framed read_message(std::istream& in) {
  std::size_t room = longest_header;
  bool too_long = false;
  std::optional<std::size_t> length;
  std::string problem;
  for (bool first = true;; first = false) {
    const std::optional<std::string> line = header_line(in, room, too_long);
    if (!line) return {Frame::end, too_long ? "the header of a message is too long" : ""};
    if (line->empty()) {
      if (first) continue;  // a line too much behind the last body
      break;
    }
    const std::size_t colon = line->find(':');
    if (colon == std::string::npos) {
      problem = "a header line without a colon";
    } else if (same_word(std::string_view(*line).substr(0, colon), "content-length")) {
      length = number(std::string_view(*line).substr(colon + 1));
      if (!length) problem = "Content-Length is no number";
    }
  }
  if (!length) return {Frame::malformed, problem.empty() ? "a message without Content-Length" : problem};
  if (*length > longest_message) {
    if (*length > kMostSkipped) return {Frame::end, "a message is too long"};
    in.ignore(static_cast<std::streamsize>(*length));
    return {Frame::malformed, "a message of " + std::to_string(*length) + " bytes is too long"};
  }
  std::string body(*length, '\0');
  in.read(body.data(), static_cast<std::streamsize>(body.size()));
  if (static_cast<std::size_t>(in.gcount()) < body.size()) return {Frame::end, ""};
  if (!problem.empty()) return {Frame::malformed, problem};
  return {Frame::message, std::move(body)};
}

std::string framed(std::string_view body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace shapedbg::lsp
