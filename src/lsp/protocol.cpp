#include "lsp/protocol.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace shapedbg::lsp {
namespace {

int severity_number(Severity severity) {
  switch (severity) {
    case Severity::error:
      return 1;
    case Severity::warning:
      return 2;
    case Severity::note:
      return 3;
  }
  return 1;
}

// Editors show one text: what is wrong, the numbers, then the notes and what repairs it.
std::string message_of(const Finding& finding) {
  std::string text = finding.message;
  if (!finding.label.empty()) text += "\n" + finding.label;
  for (const std::string& note : finding.notes) text += "\nnote: " + note;
  return text;
}

// A place of no bytes is shown on the character behind it, one in an empty file at its start.
Span visible(const Source& source, Span span) {
  if (span.end > span.begin || span.begin >= source.bytes().size()) return span;
  return {span.begin, span.begin + 1};
}

Json diagnostic(const Picture& picture, const std::string& uri, const Positions& positions,
                const Finding& finding) {
  Json result = finding_head(finding);
  result["range"] = range_json(positions, visible(picture.text(), finding.where.span));
  Json related = Json::array();
  for (const Related& one : finding.related) {
    related.push_back(
        {{"location",
          {{"uri", uri}, {"range", range_json(positions, visible(picture.text(), one.where.span))}}},
         {"message", one.message}});
  }
  if (!related.empty()) result["relatedInformation"] = std::move(related);
  const bool ran = picture.stage() != Stage::formula;
  result["data"]["ran_on"] = ran ? picture.checked().trace.device : "off";
  return result;
}

}  // namespace

Json member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

Json place_json(Place place) { return {{"line", place.line}, {"character", place.character}}; }

Json range_json(const Positions& positions, Span span) {
  return {{"start", place_json(positions.place(span.begin))}, {"end", place_json(positions.place(span.end))}};
}

Place read_place(const Json& json) {
  return {json.at("line").get<std::size_t>(), json.at("character").get<std::size_t>()};
}

Json finding_head(const Finding& finding) {
  const CodeInfo& code = info(finding.code);
  Json result{{"severity", severity_number(code.severity)},
              {"code", code.id},
              {"source", "shapedbg"},
              {"message", message_of(finding)},
              {"data", {{"name", code.name}}}};
  if (finding.code == Code::W502) result["tags"] = Json::array({1});  // unnecessary: shown faded
  return result;
}

Json diagnostics_json(const Picture& picture, const std::string& uri, const Positions& positions) {
  Json list = Json::array();
  const std::vector<Finding>& findings = picture.checked().findings;
  for (const Finding& finding : findings) {
    if (list.size() == most_diagnostics) {
      list.push_back(
          {{"range", range_json(positions, {})},
           {"severity", severity_number(Severity::note)},
           {"source", "shapedbg"},
           {"message", std::to_string(findings.size() - list.size()) + " more findings are not shown"}});
      break;
    }
    if (finding.code != Code::X902) list.push_back(diagnostic(picture, uri, positions, finding));
  }
  return list;
}

Json edit_json(const std::string& uri, const Positions& positions, const std::vector<Edit>& edits) {
  Json list = Json::array();
  for (const Edit& edit : edits)
    list.push_back(
        {{"range", range_json(positions, {edit.offset, edit.offset + edit.length})}, {"newText", edit.text}});
  return {{"changes", {{uri, std::move(list)}}}};
}

}  // namespace shapedbg::lsp
