// Edits that keep the author's formatting.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "net/spec.h"
#include "read/json/json.h"
#include "read/json/parse.h"
#include "read/json/rewrite.h"

namespace shapedbg {
namespace {

bool only_blanks(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

// The members of one object as they stand on the page.
struct Members {
  std::size_t count = 0;
  std::size_t brace = 0;       // behind `{`
  Span last_key;               // with its quotes
  std::size_t value = 0;       // where the last value starts
  std::size_t end = 0;         // behind the last value
  std::size_t before_key = 0;  // behind the `,` or `{` before the last key
};

// `object` is valid JSON: it came out of the parser.
Members members_of(std::string_view bytes, Span object) {
  Members members;
  json::Scanner scanner(bytes.substr(0, object.end), object.begin);
  members.brace = scanner.token().end;
  members.before_key = members.brace;
  int depth = 0;
  bool key = true;
  for (Span token = scanner.token(); token.begin < token.end; token = scanner.token()) {
    const char c = bytes[token.begin];
    if (depth == 0) {
      if (c == '}') break;
      if (c == ',') {
        key = true;
        members.before_key = token.end;
        continue;
      }
      if (c == ':') continue;
      if (key) {
        members.last_key = token;
        ++members.count;
        key = false;
        continue;
      }
      members.value = token.begin;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth == 0) members.end = token.end;
  }
  return members;
}

// Where the line of `at` starts and ends, without its line ending.
Span line_around(std::string_view bytes, std::size_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : bytes.find_last_of("\r\n", at - 1);
  const std::size_t after = bytes.find_first_of("\r\n", at);
  return {before == std::string_view::npos ? 0 : before + 1,
          after == std::string_view::npos ? bytes.size() : after};
}

// The line ending that the file uses where `line` ends.
std::string_view line_ending(std::string_view bytes, std::size_t line_end) {
  if (line_end >= bytes.size()) return "\n";
  if (bytes[line_end] == '\n') return "\n";
  return line_end + 1 < bytes.size() && bytes[line_end + 1] == '\n' ? "\r\n" : "\r";
}

// End of the comment that closes the line of `at`, where the line holds nothing else behind `at`.
std::optional<std::size_t> trailing_comment(std::string_view bytes, std::size_t at, std::size_t line_end) {
  std::size_t end = at;
  while (end < line_end) {
    const char c = bytes[end];
    if (c == ' ' || c == '\t') {
      ++end;
    } else if (bytes.substr(end).starts_with("//")) {
      end = line_end;
    } else if (bytes.substr(end).starts_with("/*")) {
      const std::size_t close = bytes.find("*/", end + 2);
      if (close == std::string_view::npos || close + 2 > line_end) return std::nullopt;
      end = close + 2;
    } else {
      return std::nullopt;
    }
  }
  if (only_blanks(bytes.substr(at, line_end - at))) return std::nullopt;
  return line_end;
}

}  // namespace

std::vector<Edit> set_option(const Source& source, const LayerSpec& layer, Opt opt, std::string_view json) {
  if (const OptionValue* option = layer.find(opt); option && option->written)
    return {{option->where.span.begin, option->where.span.end - option->where.span.begin, std::string(json)}};
  return add_member(source, layer.where.span, to_string(opt), json);
}

std::vector<Edit> add_member(const Source& source, Span object, std::string_view key, std::string_view json) {
  const std::string_view bytes = source.bytes();
  const Members members = members_of(bytes, object);
  const std::string quoted_key = "\"" + std::string(key) + "\"";
  if (members.count == 0) return {{members.brace, 0, quoted_key + ": " + std::string(json)}};

  // `"a": 1`, `"a":1` or `"a" : 1`, as the last member has it.
  std::string_view colon = bytes.substr(members.last_key.end, members.value - members.last_key.end);
  if (colon.find_first_not_of(" \t:") != std::string_view::npos) colon = ": ";
  const std::string member = quoted_key + std::string(colon) + std::string(json);

  // A file may be one line: what stands before the key is looked at only as far as it is blank.
  std::size_t start = members.last_key.begin;
  while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '\t')) --start;
  const bool starts_line = start == 0 || bytes[start - 1] == '\n' || bytes[start - 1] == '\r';
  if (!starts_line || members.before_key > start) {
    // On one line. The gap between members is the one before the last key, where it is a gap.
    std::string_view gap = bytes.substr(members.before_key, members.last_key.begin - members.before_key);
    if (members.count == 1 || !only_blanks(gap)) gap = colon.find(' ') == std::string_view::npos ? "" : " ";
    return {{members.end, 0, "," + std::string(gap) + member}};
  }
  const Span key_line = line_around(bytes, members.last_key.begin);
  const std::string_view indent = bytes.substr(start, members.last_key.begin - start);
  // One member per line. A comment behind the last value belongs to it: the comma goes before it.
  const Span value_line = line_around(bytes, members.end);
  const std::string line = std::string(line_ending(bytes, key_line.end)) + std::string(indent) + member;
  if (const std::optional<std::size_t> comment_end = trailing_comment(bytes, members.end, value_line.end))
    return {{members.end, 0, ","}, {*comment_end, 0, line}};
  return {{members.end, 0, "," + line}};
}

}  // namespace shapedbg
