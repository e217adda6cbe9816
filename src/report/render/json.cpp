#include "report/render/json.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "infer/outputs.h"
#include "report/axes.h"
#include "report/place.h"
#include "report/render/json_text.h"
#include "report/totals.h"
#include "text/diff.h"

namespace shapedbg {

// fix-1.schema.json
std::string_view fix_schema_root();

namespace {

using Json = nlohmann::ordered_json;

// Sizes that may be anything are null.
Json shape(const Shape& sizes) {
  Json result = Json::array();
  for (const std::int64_t size : sizes)
    result.push_back(size == Expect::any_size ? Json(nullptr) : Json(size));
  return result;
}

Json shape_or_null(const std::optional<Shape>& sizes) { return sizes ? shape(*sizes) : Json(nullptr); }

Json shapes(std::span<const Shape> all) {
  Json result = Json::array();
  for (const Shape& one : all) result.push_back(shape(one));
  return result;
}

// Null where an imported network says of no line that it stands there.
Json location(const Checked& checked, const std::string& layer, const Location& where) {
  const std::optional<SourcePlace> place = place_of(checked, layer, where);
  if (!place) return nullptr;
  const Position begin = place->source->position(place->span.begin);
  const Position end = place->source->position(place->span.end);
  Json result{{"pointer", where.pointer.str()},
              {"line", begin.line},
              {"column", begin.column},
              {"end_line", end.line},
              {"end_column", end.column}};
  if (checked.imported) result["file"] = place->source->name();
  return result;
}

// A change holds JSON text; what cannot be read as JSON is shown as it is.
Json value(const std::string& json_text) {
  Json parsed = Json::parse(json_text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? Json(json_text) : parsed;
}

// What the words of a fix say, as far as it is known.
void facts(const Fix& fix, Json& result) {
  if (!fix.sizes.empty()) result["sizes"] = Json::array();
  for (const RightSizesOfAxis& axis : fix.sizes) {
    result["sizes"].push_back({{"axis", axis.axis},
                               {"min", axis.min},
                               {"period", axis.period},
                               {"residues", axis.residues},
                               {"also", axis.also}});
  }
  if (!fix.weights_lost.empty()) result["weights_lost"] = fix.weights_lost;
  if (fix.extra_macs_percent > 0) result["extra_macs_percent"] = fix.extra_macs_percent;
  if (!fix.leaves_open.empty()) result["leaves_open"] = Json::array();
  for (const LeftOpen& open : fix.leaves_open)
    result["leaves_open"].push_back(
        {{"code", info(open.code).id}, {"layer", text_or_null<Json>(open.layer)}});
}

// Fixes of many changes, by their titles. Where many findings have one cause each has the same: written for
// each of them a report would grow with their square.
class LongFixes {
 public:
  struct Place {
    std::size_t finding = 0;
    std::size_t fix = 0;
  };
  // Where the same changes stand that `fix` makes, which is at `here`; nothing where they do not stand yet.
  std::optional<Place> before(const Fix& fix, Place here) {
    if (fix.changes.size() <= kLong) return std::nullopt;
    std::vector<Known>& known = known_[fix.title];
    // Equal bytes for equal layers: the changes are equal then.
    for (const Known& one : known)
      if (one.fix->changes.size() == fix.changes.size() && one.fix->edits == fix.edits &&
          one.fix->code.python == fix.code.python && one.fix->code.cpp == fix.code.cpp)
        return one.at;
    if (known.size() < kMost) known.push_back({&fix, here});
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kLong = 32;
  static constexpr std::size_t kMost = 8;
  struct Known {
    const Fix* fix;
    Place at;
  };
  std::map<std::string_view, std::vector<Known>> known_;
};

// `seen`: of a spec whose bytes the reader has; the edits of another one say nothing to anybody. `same`: the
// fix whose changes are meant.
Json fix(const Fix& fix, bool seen, const std::optional<LongFixes::Place>& same = {}) {
  Json result{{"title", fix.title},
              {"applicability", to_string(fix.applicability)},
              {"verified",
               {{"device", fix.verified.device.empty() ? "none" : fix.verified.device},
                {"output", shape(fix.verified.output)}}},
              {"right_for", text_or_null<Json>(fix.right_for)},
              {"changes", Json::array()},
              {"edits", Json::array()}};
  if (same) result["same_as"] = {{"finding", same->finding}, {"fix", same->fix}};
  if (!same && (!fix.code.python.empty() || !fix.code.cpp.empty())) {
    result["code"] = {{"python", text_or_null<Json>(fix.code.python)},
                      {"cpp", text_or_null<Json>(fix.code.cpp)}};
  }
  facts(fix, result);
  if (same) return result;
  for (const Change& change : fix.changes) {
    result["changes"].push_back({{"layer", change.layer},
                                 {"option", change.option},
                                 {"from", value(change.from)},
                                 {"to", value(change.to)}});
  }
  for (const Edit& edit : fix.edits) {
    if (!seen) break;
    result["edits"].push_back({{"offset", edit.offset}, {"length", edit.length}, {"text", edit.text}});
  }
  return result;
}

Json finding(const Checked& checked, const Finding& finding, std::size_t index, LongFixes& written) {
  const CodeInfo& code = info(finding.code);
  Json result{{"code", code.id},
              {"name", code.name},
              {"severity", to_string(code.severity)},
              {"message", finding.message},
              {"layer", text_or_null<Json>(finding.layer)},
              {"location", location(checked, finding.layer, finding.where)},
              {"label", text_or_null<Json>(finding.label)},
              {"related", Json::array()},
              {"notes", finding.notes},
              {"fixes", Json::array()}};
  for (const Related& related : finding.related) {
    result["related"].push_back({{"layer", text_or_null<Json>(related.layer)},
                                 {"location", location(checked, related.layer, related.where)},
                                 {"message", related.message}});
  }
  for (std::size_t k = 0; k < finding.fixes.size(); ++k) {
    const Fix& one = finding.fixes[k];
    result["fixes"].push_back(fix(one, !checked.imported, written.before(one, {index, k})));
  }
  return result;
}

Json findings(const Checked& checked) {
  Json result = Json::array();
  LongFixes written;
  for (std::size_t i = 0; i < checked.findings.size(); ++i)
    result.push_back(finding(checked, checked.findings[i], i, written));
  return result;
}

Json layer(const Checked& checked, const LayerSpec& spec, const LayerTrace& trace, const Cost& cost) {
  const bool known = trace.source != RowSource::unknown;
  Json result{{"name", spec.name},
              {"type", type_of(checked, spec)},
              {"part", to_string(spec.part)},
              {"inputs", shapes(trace.inputs)},
              {"outputs", shapes(trace.outputs)},
              {"source", to_string(trace.source)},
              {"params", known ? Json(cost.params) : Json(nullptr)},
              {"mult_adds", known ? Json(cost.mult_adds) : Json(nullptr)}};
  const std::int64_t all = outputs_in_all(spec, trace);
  if (all > static_cast<std::int64_t>(trace.outputs.size())) result["outputs_in_all"] = all;
  return result;
}

Json spec(const Checked& checked, bool axes) {
  Json result{{"file", checked.source.name()},
              {"name", checked.spec.name},
              {"status", to_string(checked.status)},
              {"device", checked.trace.device}};
  if (checked.status == Status::error) result["error"] = reason(checked);
  if (checked.known > 0) result["known"] = checked.known;
  result["inputs"] = Json::object();
  for (const InputSpec& input : checked.spec.inputs) result["inputs"][input.name] = shape(input.shape);
  result["output"] = shape_or_null(checked.returned);
  for (const Ref ref : checked.spec.outputs) {
    const Shape* made = checked.trace.output(checked.spec, ref);
    result["outputs"][checked.spec.name_of(ref)] = made == nullptr ? Json(nullptr) : shape(*made);
  }
  result["expected"] = shape_or_null(checked.expected);
  result["layers"] = Json::array();
  const std::size_t rows = std::min(checked.spec.layers.size(), checked.trace.layers.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const Cost cost = i < checked.costs.size() ? checked.costs[i] : Cost{};
    result["layers"].push_back(layer(checked, checked.spec.layers[i], checked.trace.layers[i], cost));
  }
  if (axes && rows == checked.spec.layers.size()) {
    const std::vector<std::vector<AxisText>> meanings = axis_texts(checked);
    for (std::size_t i = 0; i < rows; ++i) {
      if (meanings[i].empty()) continue;
      Json& list = result["layers"][i]["axes"] = Json::array();
      for (const AxisText& axis : meanings[i])
        list.push_back({{"made_of", axis.made_of}, {"lies_at", text_or_null<Json>(axis.lies_at)}});
    }
  }
  result["findings"] = findings(checked);
  return result;
}

Json fixed_file(const FixedFile& file) {
  const Fixed& fixed = file.fixed;
  const Checked& left = fixed.result;
  Json result{{"file", left.source.name()},
              {"status", file.error.empty() ? to_string(left.status) : to_string(Status::error)},
              {"error", text_or_null<Json>(file.error)},
              {"device", left.trace.device},
              {"written", file.written},
              {"output", shape_or_null(left.returned)},
              {"expected", shape_or_null(left.expected)},
              {"applied", Json::array()},
              {"diff", file.changed.empty() ? diff_of(fixed) : diff_of(file.changed)}};
  if (!file.why.empty()) result["no_diff"] = file.why;
  if (file.to_stdout) result["text"] = left.source.bytes();
  for (const AppliedFix& one : fixed.applied) {
    const CodeInfo& code = info(one.code);
    result["applied"].push_back(
        {{"code", code.id}, {"name", code.name}, {"fix", fix(one.fix, !left.imported)}});
  }
  result["findings"] = findings(left);
  return result;
}

std::string diff_of(const std::string& file, std::string_view before, std::string_view after) {
  // With the prefixes that git and `patch -p1` take off again; a place outside has no such name.
  const std::filesystem::path path = std::filesystem::path(file).lexically_normal();
  const bool inside = path.is_relative() && *path.begin() != ".." && file != "<stdin>";
  const std::string name = inside ? path.generic_string() : file;
  return unified_diff(inside ? "a/" + name : name, inside ? "b/" + name : name, before, after);
}

}  // namespace

std::string diff_of(const Fixed& fixed) {
  if (fixed.result.imported) return {};  // of a spec that nobody sees
  return diff_of(fixed.result.source.name(), fixed.before, fixed.result.source.bytes());
}

std::string diff_of(const std::vector<ChangedText>& files) {
  std::string text;
  for (const ChangedText& one : files) text += diff_of(one.file, one.before, one.after);
  return text;
}

std::string render_fix_json(const std::vector<FixedFile>& files) {
  Json report{{"fix_report_version", fix_report_version}, {"shapedbg", SHAPEDBG_VERSION}};
  Json list = Json::array();
  std::string libtorch;
  std::size_t written = 0, applied = 0, left = 0;
  for (const FixedFile& file : files) {
    list.push_back(fixed_file(file));
    if (libtorch.empty()) libtorch = file.fixed.result.trace.libtorch;
    written += file.written ? 1 : 0;
    applied += file.fixed.applied.size();
    left += static_cast<std::size_t>(
        std::count_if(file.fixed.result.findings.begin(), file.fixed.result.findings.end(), is_error));
  }
  report["libtorch"] = text_or_null<Json>(libtorch);
  report["files"] = std::move(list);
  report["summary"] = {
      {"files", files.size()}, {"written", written}, {"applied", applied}, {"errors_left", left}};
  return json_text(report, 2);
}

std::string fix_schema() {
  Json schema = Json::parse(fix_schema_root());
  const Json report = Json::parse(report_schema());
  for (const auto& [name, definition] : report.at("$defs").items())
    if (name != "spec" && name != "layer") schema["$defs"][name] = definition;
  return json_text(schema, 2);
}

namespace {

Json report_of(std::span<const Checked> specs, bool axes) {
  Json report{{"report_version", report_version},
              {"shapedbg", SHAPEDBG_VERSION},
              {"libtorch", text_or_null<Json>(libtorch_version(specs))},
              {"specs", Json::array()}};
  for (const Checked& checked : specs) report["specs"].push_back(spec(checked, axes));
  const Totals sums = totals(specs);
  report["summary"] = {
      {"specs", sums.specs}, {"errors", sums.errors}, {"warnings", sums.warnings}, {"fixable", sums.fixable}};
  return report;
}

}  // namespace

std::string render_json(const std::vector<Checked>& specs, bool axes) {
  return json_text(report_of(specs, axes), 2);
}

std::string render_json_line(const Checked& checked, bool axes) {
  return json_text(report_of({&checked, 1}, axes), -1);
}

}  // namespace shapedbg
