#include "finding/finding.h"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace shapedbg {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "error";
}

std::size_t count_errors(const std::vector<Finding>& findings) {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), is_error));
}

std::string_view to_string(Applicability applicability) {
  switch (applicability) {
    case Applicability::safe:
      return "safe";
    case Applicability::unsafe:
      return "unsafe";
    case Applicability::display:
      return "display";
  }
  return "display";
}

const std::vector<CodeInfo>& all_codes() {
  static const std::vector<CodeInfo> codes{
#define SHAPEDBG_CODE(code, name, severity, summary) {Code::code, #code, name, Severity::severity, summary},
#include "finding/codes.def"
#undef SHAPEDBG_CODE
  };
  return codes;
}

const CodeInfo& info(Code code) { return all_codes()[static_cast<std::size_t>(code)]; }

const CodeInfo* find_code(std::string_view word) {
  for (const CodeInfo& code : all_codes()) {
    const bool same =
        std::equal(word.begin(), word.end(), code.id.begin(), code.id.end(),
                   [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
    if (same || word == code.name) return &code;
  }
  return nullptr;
}

std::string by_x(const std::vector<std::int64_t>& sizes, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < sizes.size(); ++i) {
    if (i > first) text += 'x';
    text += std::to_string(sizes[i]);
  }
  return text;
}

std::string bracketed(const std::vector<std::int64_t>& sizes) {
  std::string text = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(sizes[i]);
  }
  return text + "]";
}

}  // namespace shapedbg
