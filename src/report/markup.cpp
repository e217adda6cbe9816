#include "report/markup.h"

#include <algorithm>

#include "report/printable.h"

namespace shapedbg {

std::string markup_text(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

std::string markdown_text(std::string_view text) {
  std::string line = printable(text);
  const bool balanced = std::count(line.begin(), line.end(), '`') % 2 == 0;
  std::string result;
  bool code = false;
  for (const char c : line) {
    if (c == '`' && balanced) {
      code = !code;
      result += c;
    } else if (c == '|' || (!code && std::string_view("\\`*_[]~#").find(c) != std::string_view::npos)) {
      result += '\\';
      result += c;
    } else if (!code && c == '<') {
      result += "&lt;";
    } else if (!code && c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace shapedbg
