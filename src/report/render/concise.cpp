#include "report/printable.h"
#include "report/render/findings.h"

namespace shapedbg {

std::string concise_line(const PlacedFinding& one) {
  const CodeInfo& code = info(one.finding->code);
  const Position& at = one.place.begin;
  return printable(one.place.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
         std::string(to_string(code.severity)) + ": " + printable(one.finding->message) + " (" +
         std::string(code.id) + ")\n";
}

std::string render_concise(const Report& report) {
  std::string text;
  for (const PlacedSpec& spec : report.placed()) {
    if (!spec.failure.empty())
      text += printable(spec.checked->source.name()) + ":1:1: error: " + printable(spec.failure) + "\n";
    for (const PlacedFinding& finding : spec.findings) text += concise_line(finding);
  }
  return text;
}

}  // namespace shapedbg
