// The commands that take a spec, by formula: LibTorch is neither instrumented nor ours.
#include <algorithm>

#include "code/code.h"
#include "fuzz/promises.h"
#include "fuzz/target.h"
#include "infer/infer.h"
#include "mirror/mirror.h"
#include "read/json/parse.h"
#include "report/formats.h"
#include "report/render/json.h"
#include "report/render/text.h"
#include "workspace/fixing.h"
#include "workspace/size_report.h"

namespace shapedbg::fuzz {
namespace {

Source source_of(std::string_view bytes) { return Source("net.json", std::string(bytes)); }

std::size_t errors_of(const std::vector<Finding>& findings) {
  return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return info(finding.code).severity == Severity::error;
  }));
}

}  // namespace

void check_network(std::string_view spec) {
  Checked checked = check(source_of(spec), DeviceChoice::off, no_engine);
  are_sound(checked.findings, checked.source);
  promise((checked.status == Status::findings) == (errors_of(checked.findings) > 0),
          "the status says whether something was found", to_string(checked.status));
  std::vector<Checked> all;
  all.push_back(std::move(checked));
  TextStyle axes;
  axes.axes = true;
  axes.width = 40 + digest(spec) % 80;
  is_printable(render_text(all, axes), "the text with axes");
  is_json(render_json(all, /*axes=*/true), "the report with axes");
  can_be_reported(std::move(all));
}

void check_portable(std::string_view spec) {
  std::vector<shapedbg::Target> everywhere;
  for (const TargetInfo& one : shapedbg::all_targets()) everywhere.push_back(one.target);
  Checked checked = check(source_of(spec), DeviceChoice::off, no_engine, {}, {}, everywhere);
  are_sound(checked.findings, checked.source);
  std::vector<Checked> all;
  all.push_back(std::move(checked));
  is_printable(render_text(all, {}), "the text for all targets");
}

void check_fix(std::string_view spec) {
  const std::size_t options = digest(spec);
  FixOptions fixing;
  fixing.device = DeviceChoice::off;
  fixing.unsafe = (options & 1) != 0;
  fixing.all = (options & 2) != 0;
  FixedFile file{fix(source_of(spec), fixing, no_engine)};
  are_sound(file.fixed.result.findings, file.fixed.result.source);
  is_json(render_fix_json({file}), "the report of fix");
  if (!file.fixed.changed()) return;
  const Fixed again = fix(file.fixed.result.source, fixing, no_engine);
  promise(!again.changed(), "fix on what it wrote changes nothing",
          file.fixed.result.source.bytes() + "\n----\n" + again.result.source.bytes());
}

void check_sizes(std::string_view spec) {
  const std::size_t options = digest(spec);
  SizesOptions sizes;
  sizes.device = DeviceChoice::off;
  if ((options & 1) != 0) sizes.near = static_cast<std::int64_t>(options / 8 % 600);
  if ((options & 2) != 0) {
    sizes.first = 1;
    sizes.last = 512;
  }
  std::vector<SizeReport> reports;
  reports.push_back(size_report(source_of(spec), sizes, no_engine));
  are_sound(reports[0].findings, reports[0].source);
  for (const Format& format : formats()) {
    if (format.sizes == nullptr) continue;
    const std::string text = format.sizes(reports, sizes, {});
    if (format.name == "json") {
      is_json(text, "the report of sizes");
    } else if (format.name == "text") {
      is_printable(text, "the text of sizes");
    }
  }
}

void check_mirror(std::string_view spec) {
  const std::size_t options = digest(spec);
  MirrorOptions mirrored;
  mirrored.style = static_cast<MirrorStyle>(options % 4);
  mirrored.skips = static_cast<MirrorSkips>(options / 4 % 3);
  mirrored.every_size = options / 12 % 2 == 1;
  const Mirrored result = mirror(source_of(spec), mirrored);
  promise(result.error.empty() != result.text.empty(), "mirror has a network or says why", result.error);
  if (!result.error.empty()) return;
  const Source text("mirrored.json", result.text);
  const Parsed parsed = parse(text);
  promise(parsed.usable && errors_of(parsed.findings) == 0, "what mirror writes is a spec", result.text);
}

void check_export(std::string_view spec) {
  const Source source = source_of(spec);
  const Parsed parsed = parse(source);
  if (!parsed.usable || errors_of(parsed.findings) > 0) return;
  for (const Language language : {Language::python, Language::cpp}) {
    const NetworkCode code = network_code(parsed.spec, language, {"a note"});
    promise(code.error.empty() != code.text.empty(), "export has a program or says why", code.error);
    is_printable(code.text, "the program");
  }
}

}  // namespace shapedbg::fuzz
