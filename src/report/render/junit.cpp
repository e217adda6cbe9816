#include "finding/counted.h"
#include "report/lines.h"
#include "report/markup.h"
#include "report/printable.h"
#include "report/render/findings.h"

namespace shapedbg {
namespace {

std::string details_of(const PlacedFinding& one) {
  std::string text = markup_text(concise_line(one).substr(0, concise_line(one).size() - 1)) + "\n";
  const Finding& finding = *one.finding;
  if (!finding.label.empty()) text += "  " + markup_text(finding.label) + "\n";
  for (const std::string& note : finding.notes) text += "  note  " + markup_text(note) + "\n";
  if (!finding.fixes.empty()) text += "  fix   " + markup_text(fix_text(finding.fixes.front())) + "\n";
  return text;
}

std::string test_case(const PlacedSpec& spec) {
  const std::string name = markup_text(spec.checked->source.name());
  std::string text =
      "    <testcase name=\"" + name + "\" classname=\"shapedbg\" file=\"" + markup_text(spec.path) + "\"";
  if (spec.checked->status == Status::error)
    return text + ">\n      <error message=\"" + markup_text(reason(*spec.checked)) +
           "\" type=\"not-checked\"/>\n    </testcase>\n";
  std::string errors;
  std::string others;
  const PlacedFinding* first = nullptr;
  std::size_t count = 0;
  for (const PlacedFinding& one : spec.findings) {
    const bool error = is_error(*one.finding);
    (error ? errors : others) += details_of(one);
    count += error ? 1 : 0;
    if (error && first == nullptr) first = &one;
  }
  if (errors.empty() && others.empty()) return text + "/>\n";
  text += ">\n";
  if (first != nullptr) {
    const std::string more =
        count > 1 ? " (and " + counted(static_cast<std::int64_t>(count - 1), "more error") + ")" : "";
    text += "      <failure message=\"" + markup_text(first->finding->message + more) + "\" type=\"" +
            std::string(info(first->finding->code).id) + "\">" + errors + "</failure>\n";
  }
  if (!others.empty()) text += "      <system-out>" + others + "</system-out>\n";
  return text + "    </testcase>\n";
}

}  // namespace

std::string render_junit(const Report& report) {
  std::size_t failures = 0;
  std::size_t errors = 0;
  for (const Checked& checked : report.specs()) {
    failures += checked.status == Status::findings ? 1 : 0;
    errors += checked.status == Status::error ? 1 : 0;
  }
  const std::string counts = " tests=\"" + std::to_string(report.specs().size() + report.skipped.size()) +
                             "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
                             std::to_string(errors) + "\" skipped=\"" +
                             std::to_string(report.skipped.size()) + "\"";
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"shapedbg\"" + counts +
                     ">\n  <testsuite name=\"shapedbg\"" + counts + ">\n";
  for (const PlacedSpec& spec : report.placed()) text += test_case(spec);
  for (const Skipped& file : report.skipped)
    text += "    <testcase name=\"" + markup_text(file.file) +
            "\" classname=\"shapedbg\">\n      <skipped message=\"" + markup_text(file.why) +
            "\"/>\n    </testcase>\n";
  return text + "  </testsuite>\n</testsuites>\n";
}

}  // namespace shapedbg
