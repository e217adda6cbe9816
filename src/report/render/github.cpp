#include <algorithm>
#include <array>

#include "finding/counted.h"
#include "report/lines.h"
#include "report/printable.h"
#include "report/render/findings.h"

namespace shapedbg {
namespace {

// GitHub Actions, "Workflow commands": %, CR and LF in a message; also `:` and `,` in a property.
std::string escaped(std::string_view text, bool property) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '%':
        result += "%25";
        break;
      case '\r':
        result += "%0D";
        break;
      case '\n':
        result += "%0A";
        break;
      case ':':
        result += property ? "%3A" : ":";
        break;
      case ',':
        result += property ? "%2C" : ",";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string_view command_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "notice";
  }
  return "error";
}

// What the annotation says below its title: the arithmetic, the notes, the best fix with its code.
std::string message_of(const Finding& finding) {
  std::string text = printable(finding.message);
  if (!finding.label.empty()) text += "\n" + printable(finding.label);
  for (const std::string& note : finding.notes) text += "\n" + printable(note);
  if (finding.fixes.empty()) return text;
  const Fix& fix = finding.fixes.front();
  text += "\nfix: " + printable(fix_text(fix));
  for (std::size_t at = 0; at < fix.code.python.size();) {
    const std::size_t end = std::min(fix.code.python.find('\n', at), fix.code.python.size());
    text += "\n" + printable(fix.code.python.substr(at, end - at));
    at = end + 1;
  }
  return text;
}

std::string annotation(const PlacedFinding& one) {
  const CodeInfo& code = info(one.finding->code);
  std::string text = "::" + std::string(command_of(code.severity)) +
                     " file=" + escaped(one.place.path, true) +
                     ",line=" + std::to_string(one.place.begin.line);
  if (one.place.in_source) {
    text +=
        ",endLine=" + std::to_string(one.place.end.line) + ",col=" + std::to_string(one.place.begin.column);
    // GitHub takes columns of one line alone.
    if (one.place.end.line == one.place.begin.line)
      text += ",endColumn=" + std::to_string(one.place.end.column);
  }
  text += ",title=" + escaped(std::string(code.id) + " " + std::string(code.name), true);
  return text + "::" + escaped(message_of(*one.finding), false) + "\n";
}

// A line of the log that no runner takes for a command, whatever its file is called.
std::string log_line(std::string line) {
  for (std::size_t at = line.find("##["); at != std::string::npos; at = line.find("##[", at))
    line.replace(at, 3, "# #[");
  return "- " + line;
}

constexpr std::size_t kShown = 10;  // of a kind, in one step

}  // namespace

std::string render_github(const Report& report) {
  constexpr std::array kinds = {Severity::error, Severity::warning, Severity::note};
  std::string text;
  std::string rest;
  for (const Severity kind : kinds) {
    std::size_t all = 0;
    for (const PlacedSpec& spec : report.placed()) {
      all += kind == Severity::error && !spec.failure.empty() ? 1 : 0;
      for (const PlacedFinding& one : spec.findings) all += info(one.finding->code).severity == kind ? 1 : 0;
    }
    const std::size_t room = all > kShown ? kShown - 1 : all;
    std::size_t shown = 0;
    for (const PlacedSpec& spec : report.placed()) {
      if (kind == Severity::error && !spec.failure.empty()) {
        const std::string why = printable(spec.failure);
        if (shown++ < room)
          text += "::error file=" + escaped(spec.path, true) + ",title=not checked::" + escaped(why, false) +
                  "\n";
        else
          rest += log_line(printable(spec.checked->source.name()) + ": error: " + why + "\n");
      }
      for (const PlacedFinding& one : spec.findings) {
        if (info(one.finding->code).severity != kind) continue;
        if (shown++ < room)
          text += annotation(one);
        else
          rest += log_line(concise_line(one));
      }
    }
    if (all > room)
      text += "::" + std::string(command_of(kind)) + " title=shapedbg::" +
              counted(static_cast<std::int64_t>(all - room), "more " + std::string(command_of(kind))) +
              (all - room == 1 ? " is" : " are") + " in the log of this step; GitHub shows 10 of a kind\n";
  }
  return text + rest;
}

}  // namespace shapedbg
