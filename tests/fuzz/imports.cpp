// The readers of foreign files, and what the commands do with what they give.
#include <algorithm>

#include "fuzz/promises.h"
#include "fuzz/target.h"
#include "read/aten/program.h"
#include "read/calls/calls.h"
#include "read/json/parse.h"
#include "read/keras/keras.h"
#include "read/onnx/onnx.h"
#include "read/printed/printed.h"
#include "read/pt2/graph.h"
#include "read/pt2/pt2.h"
#include "read/python/python.h"
#include "read/shorten.h"
#include "workspace/check.h"
#include "workspace/layer_shape.h"

namespace shapedbg::fuzz {
namespace {

// Networks beyond this are read, but neither shortened nor diagnosed: that is what the target of specs is
// for.
constexpr std::size_t kMostLayers = 60;

bool is_family(const Finding& finding, char family) {
  return info(finding.code).id.front() == family && info(finding.code).severity == Severity::error;
}

void is_sound(const Imported& imported) {
  for (const Finding& finding : imported.findings) {
    promise(is_family(finding, 'I') || info(finding.code).id.front() == 'I', "a reader's findings are I6xx",
            finding.message);
    promise(!finding.message.empty() && finding.message.find('\n') == std::string::npos,
            "a message is one line", finding.message);
  }
  promise(imported.usable() || !imported.findings.empty(), "no network without a reason", {});
  if (!imported.usable()) return;
  const Parsed parsed = parse(Source("imported.json", imported.spec()));
  for (const Finding& finding : parsed.findings)
    promise(!is_family(finding, 'J'), "what a reader makes is JSON", imported.spec());
  promise(parsed.spec.layers.size() == imported.layers || !parsed.usable, "the layers are counted",
          imported.spec());
  // Reading costs a millisecond, checking what was read a hundred times as much.
  const std::size_t die = digest(imported.spec());
  if (imported.layers > kMostLayers || die % 8 != 0) return;
  const std::string shorter = shorten(imported.spec());
  if (die % 32 != 0) return;
  Budget budget;
  budget.repairs = die % 256 == 0;
  std::vector<Checked> all;
  all.push_back(check(Source("imported.json", shorter), DeviceChoice::off, no_engine, {}, budget));
  all[0].imported = true;
  are_sound(all[0].findings, all[0].source);
  can_be_reported(std::move(all));
}

}  // namespace

void check_onnx(std::string_view file) {
  is_sound(read_onnx(file));
  if (digest(file) % 4 == 0) {
    OnnxOptions options;
    options.inputs = {{"", {1, 3, 40, 40}}};
    is_sound(read_onnx(file, options));
  }
}

void check_pt2(std::string_view file) {
  if (file.starts_with("PK") || file.empty()) return is_sound(import_pt2_bytes(file));
  pt2::Graph graph = pt2::read_graph(file);
  if (!graph.error.empty()) return;
  is_sound(aten::imported(aten::map_program(std::move(graph.program))));
}

void check_keras(std::string_view json) { is_sound(import_keras(json)); }

void check_printed(std::string_view text) {
  const bool told = digest(text) % 4 == 0;
  is_sound(import_printed(text, told ? Shape{1, 3, 32, 32} : Shape{}, layer_shape));
}

void check_calls(std::string_view lines) {
  calls::Recorded recorded = calls::read_calls(lines);
  Imported imported;
  read_constructors(lines, imported);
  read_trials(lines);
  if (!recorded.error.empty()) {
    promise(recorded.error.find('\n') == std::string::npos, "an error is one line", recorded.error);
    return;
  }
  if (recorded.runs.empty()) return;
  const calls::Program* second = recorded.runs.size() > 1 ? &recorded.runs[1] : nullptr;
  is_sound(aten::imported(aten::map_program(recorded.runs[0], second)));
}

}  // namespace shapedbg::fuzz
