#include "report/place.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace shapedbg {
namespace {

bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }

// The end of the code of a line of Python: a comment and spaces are none.
std::size_t code_end(std::string_view line) {
  char quote = '\0';
  std::size_t end = line.size();
  for (std::size_t i = 0; i < line.size() && end == line.size(); ++i) {
    if (quote != '\0') {
      if (line[i] == '\\')
        ++i;
      else if (line[i] == quote)
        quote = '\0';
    } else if (line[i] == '"' || line[i] == '\'') {
      quote = line[i];
    } else if (line[i] == '#') {
      end = i;
    }
  }
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  return end;
}

// `type(…)` in the line, with what stands before its name (`nn.`) and as far as it reaches; the whole code
// where there is not exactly one.
Span call_of(std::string_view line, std::string_view type) {
  const std::size_t end = code_end(line);
  const Span whole{std::min(line.find_first_not_of(" \t"), end), end};
  if (type.empty()) return whole;
  const std::string call = std::string(type) + "(";
  const std::size_t at = line.substr(0, end).find(call);
  if (at == std::string_view::npos || line.substr(0, end).find(call, at + 1) != std::string_view::npos)
    return whole;
  Span span{at, end};
  while (span.begin > 0 && in_name(line[span.begin - 1])) --span.begin;
  int depth = 0;
  for (std::size_t i = at + type.size(); i < end; ++i) {
    depth += line[i] == '(' ? 1 : line[i] == ')' ? -1 : 0;
    if (depth > 0) continue;
    span.end = i + 1;
    break;
  }
  return span;
}

std::optional<SourcePlace> line_of(const Checked& checked, const SourceLine& line, std::string_view type) {
  const auto file = checked.files.find(line.file);
  if (line.empty() || file == checked.files.end()) return std::nullopt;
  const Source& source = file->second;
  const std::string_view text = source.line(static_cast<std::size_t>(line.line));
  const Span local = call_of(text, type);
  if (local.begin >= local.end) return std::nullopt;
  const std::size_t start = source.line_start(static_cast<std::size_t>(line.line));
  return SourcePlace{&source, {start + local.begin, start + local.end}};
}

}  // namespace

std::optional<SourcePlace> place_of(const Checked& checked, const std::string& layer, const Location& where) {
  if (!checked.imported) return SourcePlace{&checked.source, where.span};
  const auto index = checked.spec.find(layer);
  if (!index) return std::nullopt;
  const LayerSpec& at = checked.spec.layer(*index);
  if (at.source == nullptr) return std::nullopt;
  if (auto made = line_of(checked, at.source->made, at.info().name)) return made;
  return line_of(checked, at.source->called, {});
}

}  // namespace shapedbg
