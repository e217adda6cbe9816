#include "report/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/totals.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// Sizes that may be anything are null.
Json shape(const Shape& sizes) {
  Json result = Json::array();
  for (const std::int64_t size : sizes)
    result.push_back(size == Expect::any_size ? Json(nullptr) : Json(size));
  return result;
}

Json shape_or_null(const std::optional<Shape>& sizes) { return sizes ? shape(*sizes) : Json(nullptr); }

Json shapes(const std::vector<Shape>& all) {
  Json result = Json::array();
  for (const Shape& one : all) result.push_back(shape(one));
  return result;
}

Json location(const Source& source, const Location& where) {
  const Position begin = source.position(where.span.begin);
  const Position end = source.position(where.span.end);
  return {{"pointer", where.pointer},
          {"line", begin.line},
          {"column", begin.column},
          {"end_line", end.line},
          {"end_column", end.column}};
}

// A change holds JSON text; what cannot be read as JSON is shown as it is.
Json value(const std::string& json_text) {
  Json parsed = Json::parse(json_text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? Json(json_text) : parsed;
}

Json fix(const Fix& fix) {
  Json result{{"title", fix.title},
              {"applicability", to_string(fix.applicability)},
              {"verified", {{"device", fix.verified.device}, {"output", shape(fix.verified.output)}}},
              {"right_for", text_or_null(fix.right_for)},
              {"changes", Json::array()},
              {"edits", Json::array()}};
  if (!fix.code.python.empty() || !fix.code.cpp.empty()) {
    result["code"] = {{"python", text_or_null(fix.code.python)}, {"cpp", text_or_null(fix.code.cpp)}};
  }
  for (const Change& change : fix.changes) {
    result["changes"].push_back({{"layer", change.layer},
                                 {"option", change.option},
                                 {"from", value(change.from)},
                                 {"to", value(change.to)}});
  }
  for (const Edit& edit : fix.edits) {
    result["edits"].push_back({{"offset", edit.offset}, {"length", edit.length}, {"text", edit.text}});
  }
  return result;
}

Json finding(const Source& source, const Finding& finding) {
  const CodeInfo& code = info(finding.code);
  Json result{{"code", code.id},
              {"name", code.name},
              {"severity", to_string(code.severity)},
              {"message", finding.message},
              {"layer", text_or_null(finding.layer)},
              {"location", location(source, finding.where)},
              {"label", text_or_null(finding.label)},
              {"related", Json::array()},
              {"notes", finding.notes},
              {"fixes", Json::array()}};
  for (const Related& related : finding.related) {
    result["related"].push_back({{"layer", text_or_null(related.layer)},
                                 {"location", location(source, related.where)},
                                 {"message", related.message}});
  }
  for (const Fix& one : finding.fixes) result["fixes"].push_back(fix(one));
  return result;
}

Json layer(const Checked& checked, const LayerSpec& spec, const LayerTrace& trace, const Cost& cost) {
  const bool known = trace.source != RowSource::unknown;
  return {{"name", spec.name},
          {"type", type_of(checked, spec)},
          {"part", to_string(spec.part)},
          {"inputs", shapes(trace.inputs)},
          {"outputs", shapes(trace.outputs)},
          {"source", to_string(trace.source)},
          {"params", known ? Json(cost.params) : Json(nullptr)},
          {"mult_adds", known ? Json(cost.mult_adds) : Json(nullptr)}};
}

Json spec(const Checked& checked) {
  Json result{{"file", checked.source.name()},
              {"name", checked.spec.name},
              {"status", to_string(checked.status)},
              {"device", checked.trace.device}};
  if (checked.status == Status::error) result["error"] = reason(checked);
  result["inputs"] = Json::object();
  for (const InputSpec& input : checked.spec.inputs) result["inputs"][input.name] = shape(input.shape);
  result["output"] = shape_or_null(checked.returned);
  result["expected"] = shape_or_null(checked.expected);
  result["layers"] = Json::array();
  const std::size_t rows = std::min(checked.spec.layers.size(), checked.trace.layers.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const Cost cost = i < checked.costs.size() ? checked.costs[i] : Cost{};
    result["layers"].push_back(layer(checked, checked.spec.layers[i], checked.trace.layers[i], cost));
  }
  result["findings"] = Json::array();
  for (const Finding& one : checked.findings) result["findings"].push_back(finding(checked.source, one));
  return result;
}

}  // namespace

std::string render_json(const std::vector<Checked>& specs) {
  Json report{{"report_version", report_version},
              {"shapedbg", SHAPEDBG_VERSION},
              {"libtorch", text_or_null(libtorch_version(specs))},
              {"specs", Json::array()}};
  for (const Checked& checked : specs) report["specs"].push_back(spec(checked));
  const Totals sums = totals(specs);
  report["summary"] = {
      {"specs", sums.specs}, {"errors", sums.errors}, {"warnings", sums.warnings}, {"fixable", sums.fixable}};
  return report.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shapedbg
