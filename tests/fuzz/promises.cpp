#include "fuzz/promises.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "read/json/parse.h"
#include "report/formats.h"
#include "text/edit.h"

namespace shapedbg::fuzz {
namespace {

// The code point at `at`, which is moved behind it; -1 where the bytes are no UTF-8.
long next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at++]);
  if (byte < 0x80) return byte;
  const int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
  if (more == 0 || at + static_cast<std::size_t>(more) > text.size()) return -1;
  long point = byte & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<unsigned char>(text[at++]);
    if ((next & 0xc0) != 0x80) return -1;
    point = point << 6 | (next & 0x3f);
  }
  return point;
}

bool reorders(long point) {
  return point == 0x61c || point == 0x200e || point == 0x200f || (point >= 0x202a && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

bool is_reading(const Finding& finding) {
  const char family = info(finding.code).id.front();
  return family == 'J' && info(finding.code).severity == Severity::error;
}

void edits_apply(const Fix& fix, const Source& source, bool was_read) {
  if (fix.edits.empty()) return;
  for (const Edit& edit : fix.edits)
    promise(edit.offset <= source.bytes().size() && edit.length <= source.bytes().size() - edit.offset,
            "an edit lies in the file", fix.title);
  const auto changed = shapedbg::apply(source.bytes(), fix.edits);
  promise(changed.has_value(), "the edits of a fix apply", fix.title);
  if (!was_read) return;
  const Parsed parsed = parse(Source(source.name(), *changed));
  promise(std::none_of(parsed.findings.begin(), parsed.findings.end(), is_reading),
          "a file that was JSON is JSON behind a fix", fix.title + "\n" + *changed);
}

bool holds_json(const Format& format) {
  return format.name == "json" || format.name == "gitlab" || format.name == "sarif";
}

}  // namespace

void broken(const std::string& promise, std::string_view evidence) {
  std::fprintf(stderr, "BROKEN: %s\n%.*s\n", promise.c_str(), static_cast<int>(evidence.size()),
               evidence.data());
  std::abort();
}

void is_printable(std::string_view text, const char* which) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const long point = next_code_point(text, at);
    const bool control = (point < 0x20 && point != '\n') || (point >= 0x7f && point < 0xa0);
    if (!control && !reorders(point)) continue;
    const std::string_view line = text.substr(begin > 60 ? begin - 60 : 0, 120);
    broken(std::string(which) + " holds U+" + std::to_string(point) + " (decimal)", line);
  }
}

void is_json(std::string_view text, const char* which) {
  if (!nlohmann::json::accept(text)) broken(std::string(which) + " is no JSON", text);
}

void are_sound(const std::vector<Finding>& findings, const Source& source) {
  const auto within = [&](const Location& where) {
    return where.span.begin <= where.span.end && where.span.end <= source.bytes().size();
  };
  const bool was_read = std::none_of(findings.begin(), findings.end(), is_reading);
  for (const Finding& finding : findings) {
    promise(!finding.message.empty(), "a finding says something", info(finding.code).id);
    promise(within(finding.where), "a place lies in the file", finding.message);
    for (const Related& related : finding.related)
      promise(within(related.where), "a related place lies in the file", related.message);
    for (const Fix& fix : finding.fixes) edits_apply(fix, source, was_read);
  }
}

void can_be_reported(std::vector<Checked> checked) {
  Report report(checked, {"/root", "/root"});
  // The page looks which sizes are right: up to a second, and twenty under a sanitizer.
  const bool page = !checked.empty() && digest(checked[0].source.bytes()) % 64 == 0;
  for (const Format& format : formats()) {
    if (format.name == "html" && !page) continue;
    const std::string text = format.check(report);
    const std::string name(format.name);
    if (holds_json(format)) {
      is_json(text, name.c_str());
    } else if (name == "jsonl") {
      for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        is_json(std::string_view(text).substr(begin, end - begin), "a line of jsonl");
        begin = end + 1;
      }
    } else {
      is_printable(text, name.c_str());
    }
  }
}

Opened no_engine() { return {nullptr, "the formulas alone are fuzzed"}; }

}  // namespace shapedbg::fuzz
