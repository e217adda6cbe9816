#include "report/render/sizes_json.h"

#include <nlohmann/json.hpp>
#include <span>

#include "report/render/json_text.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(const std::optional<std::int64_t>& n) { return n ? Json(*n) : Json(nullptr); }

std::string_view word(SizeOutcome outcome) {
  switch (outcome) {
    case SizeOutcome::right:
      return "right";
    case SizeOutcome::wrong:
      return "another_size";
    case SizeOutcome::refused:
      return "raises";
  }
  return "raises";
}

std::string marks(const std::vector<SizeVerdict>& verdicts) {
  std::string text;
  for (const SizeVerdict& verdict : verdicts) {
    text += verdict.outcome == SizeOutcome::right ? 'o' : verdict.outcome == SizeOutcome::wrong ? '.' : 'x';
  }
  return text;
}

// base + the sum of step*d with d from 0 to count - 1; count null: no end.
Json set(const SizeBox& box) {
  Json digits = Json::array();
  for (const auto& [step, count] : box.digits)
    digits.push_back({{"step", step}, {"count", count == unbounded ? Json(nullptr) : Json(count)}});
  return {{"base", box.base}, {"digits", digits}};
}

Json group(const SizeGroup& group, const SizesOptions& options) {
  Json result{{"outcome", word(group.outcome)},
              {"rule", group.rule},
              {"layer", text_or_null<Json>(group.layer)},
              {"message", text_or_null<Json>(group.message)},
              {"examples", Json::array()}};
  for (const SizeExample& example : group.examples)
    result["examples"].push_back(
        {{"size", example.size}, {"returned", text_or_null<Json>(example.returned)}});
  if (options.has_range()) result["in_range"] = group.in_range;
  return result;
}

Json near_json(const NearSizes& near) {
  Json result{{"size", near.size},
              {"outcome", word(near.outcome)},
              {"below", number_or_null(near.below)},
              {"above", number_or_null(near.above)}};
  const std::int64_t pad = near.above ? *near.above - near.size : 0;
  result["crop"] = near.below ? Json(near.size - *near.below) : Json(nullptr);
  result["pad"] = near.above ? Json{pad / 2, pad - pad / 2} : Json(nullptr);
  return result;
}

Json axis(const SizeReport& report, const AxisSizes& axis, const SizesOptions& options) {
  Json axes = Json::array();
  for (const FreeAxis& at : axis.axes)
    axes.push_back({{"input", report.spec.input(at.input).name}, {"axis", at.axis}});
  Json result{{"names", axis.names},
              {"free_size", text_or_null<Json>(axis.symbol)},
              {"axes", axes},
              {"together", axis.together},
              {"declared", axis.declared},
              {"proven", axis.map.proven},
              {"groups", Json::array()}};
  const bool pattern = axis.map.is_pattern();
  result["small"] = pattern ? Json(marks(axis.map.small)) : Json(nullptr);
  result["classes"] = pattern ? Json(marks(axis.map.classes)) : Json(nullptr);
  if (!pattern) {
    result["sets"] = Json::array();
    for (const SizePiece& piece : axis.map.pieces) {
      Json one = set(piece.sizes);
      one["outcome"] = word(piece.verdict.outcome);
      result["sets"].push_back(std::move(one));
    }
  }
  if (axis.range) {
    result["range"] = {{"text", axis.range->text},
                       {"count", axis.range->endless ? Json(nullptr) : Json(axis.range->count)},
                       {"right", axis.range->endless ? Json(nullptr) : Json(axis.range->right)},
                       {"all_right", !axis.range->failing.has_value()},
                       {"failing", number_or_null(axis.range->failing)}};
  }
  for (const SizeGroup& one : axis.groups) result["groups"].push_back(group(one, options));
  if (axis.near) result["near"] = near_json(*axis.near);
  result["ran"] = axis.ran;
  return result;
}

Json one(const SizeReport& report, const SizesOptions& options) {
  Json result{
      {"file", report.source.name()}, {"name", report.spec.name}, {"status", to_string(report.status)}};
  if (!report.error.empty()) result["error"] = report.error;
  result["device"] = report.device;
  result["expects"] = report.expects;
  result["independent"] = report.independent ? Json(*report.independent) : Json(nullptr);
  result["mixed_by"] = text_or_null<Json>(report.mixed_by);
  result["axes"] = Json::array();
  for (const AxisSizes& each : report.axes) result["axes"].push_back(axis(report, each, options));
  result["findings"] = Json::array();
  for (const Finding& finding : report.findings) {
    const Position at = report.source.position(finding.where.span.begin);
    result["findings"].push_back({{"code", info(finding.code).id},
                                  {"severity", to_string(info(finding.code).severity)},
                                  {"message", finding.message},
                                  {"layer", text_or_null<Json>(finding.layer)},
                                  {"line", at.line},
                                  {"column", at.column},
                                  {"notes", finding.notes}});
  }
  return result;
}

Json document(std::span<const SizeReport> reports, const SizesOptions& options) {
  Json libtorch = nullptr;
  for (const SizeReport& report : reports)
    if (!report.libtorch.empty()) libtorch = report.libtorch;
  Json all{{"sizes_version", sizes_version}, {"shapedbg", SHAPEDBG_VERSION}, {"libtorch", libtorch}};
  all["range"] = options.has_range() ? Json{options.first, options.last} : Json(nullptr);
  all["specs"] = Json::array();
  for (const SizeReport& report : reports) all["specs"].push_back(one(report, options));
  return all;
}

}  // namespace

std::string render_sizes_json(const std::vector<SizeReport>& reports, const SizesOptions& options) {
  return json_text(document(reports, options), 2);
}

std::string render_sizes_jsonl(const std::vector<SizeReport>& reports, const SizesOptions& options) {
  std::string text;
  for (const SizeReport& report : reports) text += json_text(document({&report, 1}, options), -1);
  return text;
}

}  // namespace shapedbg
