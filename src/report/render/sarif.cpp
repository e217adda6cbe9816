#include <cctype>
#include <map>
#include <optional>

#include "finding/story.h"
#include "flow/meeting.h"
#include "report/lines.h"
#include "report/render/findings.h"
#include "report/render/json_writer.h"

namespace shapedbg {
namespace {

// RFC 3986: a path as a URI reference.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("/-._~").find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += '%';
      uri += kHex[byte >> 4];
      uri += kHex[byte & 15];
    }
  }
  return uri;
}

// The merge that the finding is about.
std::optional<LayerId> merge_of(const Spec& spec, const Finding& finding) {
  const auto merge = [&](const std::string& name) -> std::optional<LayerId> {
    const auto at = name.empty() ? std::nullopt : spec.find(name);
    return at && is_merge(spec.layer(*at)) ? at : std::nullopt;
  };
  if (const auto at = merge(finding.layer)) return at;
  for (const Related& related : finding.related)
    if (const auto at = merge(related.layer)) return at;
  return std::nullopt;
}

// "`down` returns [1, 8, 12, 12]"; of the merge what it gets.
std::string step_text(const LayerSpec& layer, const LayerTrace& row, bool is_the_merge) {
  std::string says = "`" + layer.name + "`";
  if (!is_the_merge)
    return says +
           (row.outputs.empty() ? " returns nothing that is known" : " returns " + bracketed(row.outputs[0]));
  says += " gets";
  for (std::size_t k = 0; k < row.inputs.size(); ++k)
    says += (k == 0 ? " " : " and ") + bracketed(row.inputs[k]);
  return says;
}

class Sarif {
 public:
  explicit Sarif(const Report& report) : report_(report) {}

  std::string write() {
    const bool done = totals(report_.specs()).unchecked == 0;
    json_.object().field("version", "2.1.0").key("runs").array().object();
    rules();
    json_.key("invocations").array().object().key("executionSuccessful").json(done ? "true" : "false");
    notifications();
    json_.end_object().end_array();
    json_.key("originalUriBaseIds").object().key("SRCROOT").object();
    message("description", "the root of the repository");
    json_.end_object().end_object();
    json_.field("columnKind", "unicodeCodePoints").key("results").array();
    for (const PlacedSpec& spec : report_.placed())
      for (const PlacedFinding& one : spec.findings) result(spec, one);
    json_.newline().end_array().end_object().end_array().end_object();
    return json_.take() + "\n";
  }

 private:
  void message(std::string_view name, std::string_view text) {
    json_.key(name).object().field("text", text).end_object();
  }

  void artifact(const std::string& path) {
    json_.key("artifactLocation").object().field("uri", uri_of(path));
    if (!path.starts_with('/')) json_.field("uriBaseId", "SRCROOT");
    json_.end_object();
  }

  void region(std::string_view name, const Position& begin, const Position& end) {
    json_.key(name).object().field("startLine", begin.line).field("startColumn", begin.column);
    json_.field("endLine", end.line).field("endColumn", end.column).end_object();
  }

  // The members of a location, whose object is open.
  void location(const Place& place, const std::string& layer) {
    json_.key("physicalLocation").object();
    artifact(place.path);
    if (place.in_source)
      region("region", place.begin, place.end);
    else
      json_.key("region").object().field("startLine", place.begin.line).end_object();
    json_.end_object();
    if (layer.empty()) return;
    json_.key("logicalLocations").array().object().field("name", layer).field("kind", "object");
    json_.end_object().end_array();
  }

  // What `explain` says about each code of this report.
  void rules() {
    for (const PlacedSpec& spec : report_.placed())
      for (const PlacedFinding& one : spec.findings) rules_.emplace(one.finding->code, 0);
    json_.key("tool").object().key("driver").object().field("name", "shapedbg");
    json_.field("version", SHAPEDBG_VERSION).field("semanticVersion", SHAPEDBG_VERSION).key("rules").array();
    std::size_t index = 0;
    for (auto& [code, at] : rules_) {
      at = index++;
      rule(info(code));
    }
    json_.newline().end_array().end_object().end_object();
  }

  void rule(const CodeInfo& code) {
    const Story& about = story(code.code);
    std::string plain = std::string(about.why) + "\n\nRepair: " + std::string(about.repair);
    std::string marked = std::string(about.why) + "\n\n**Repair.** " + std::string(about.repair);
    if (!about.safe.empty()) {
      plain += "\n\nSafe: " + std::string(about.safe);
      marked += "\n\n**Safe.** " + std::string(about.safe);
    }
    if (!about.example.empty()) {
      plain += "\n\n" + std::string(about.example);
      marked += "\n\n```\n" + std::string(about.example) + "\n```";
    }
    json_.newline().object().field("id", code.id).field("name", code.name);
    message("shortDescription", code.summary);
    message("fullDescription", about.finds);
    json_.key("help").object().field("text", plain).field("markdown", marked).end_object();
    json_.key("defaultConfiguration")
        .object()
        .field("level", to_string(code.severity))
        .end_object()
        .end_object();
  }

  void notifications() {
    bool any = false;
    for (const PlacedSpec& spec : report_.placed()) {
      if (spec.failure.empty()) continue;
      if (!any) json_.key("toolExecutionNotifications").array();
      any = true;
      json_.object().field("level", "error");
      message("message", spec.failure);
      json_.key("locations").array().object().key("physicalLocation").object();
      artifact(spec.path);
      json_.end_object().end_object().end_array().end_object();
    }
    if (any) json_.end_array();
  }

  void result(const PlacedSpec& spec, const PlacedFinding& one) {
    const Finding& finding = *one.finding;
    const CodeInfo& code = info(finding.code);
    std::string text = finding.message;
    if (!finding.label.empty()) text += "\n" + finding.label;
    for (const std::string& note : finding.notes) text += "\n" + note;
    json_.newline().object().field("ruleId", code.id).field("ruleIndex", rules_.at(finding.code));
    json_.field("level", to_string(code.severity));
    message("message", text);
    json_.key("locations").array().object();
    location(one.place, finding.layer);
    json_.end_object().end_array();
    json_.key("partialFingerprints").object().field("shapedbgFinding/v1", one.fingerprint).end_object();
    related(one);
    code_flows(*spec.checked, finding);
    fixes(spec, finding);
    json_.end_object();
  }

  void related(const PlacedFinding& one) {
    const std::vector<Related>& all = one.finding->related;
    if (all.empty()) return;
    json_.key("relatedLocations").array();
    for (std::size_t i = 0; i < all.size(); ++i) {
      json_.object().field("id", i + 1);
      location(one.related[i], all[i].layer);
      message("message", all[i].message);
      json_.end_object();
    }
    json_.end_array();
  }

  // Each way from the tensor that both know into the merge, with the shape that every layer returned.
  void code_flows(const Checked& checked, const Finding& finding) {
    const Spec& spec = checked.spec;
    if (info(finding.code).severity != Severity::error || spec.layers.size() != checked.trace.layers.size())
      return;
    const auto merge = merge_of(spec, finding);
    const auto meeting = merge ? meeting_at(spec, checked.trace, *merge) : std::nullopt;
    if (!meeting) return;
    json_.key("codeFlows").array().object();
    message("message", "the ways into `" + spec.layer(*merge).name + "`");
    json_.key("threadFlows").array();
    for (std::vector<LayerId> way : {meeting->main, meeting->skip}) {
      if (way.empty() || way.back() != *merge) way.push_back(*merge);
      json_.object().key("locations").array();
      for (const LayerId i : way) {
        const LayerSpec& layer = spec.layer(i);
        json_.object().key("location").object();
        location(place_of(checked, report_.paths(), layer.name_place, layer.name), layer.name);
        message("message", step_text(layer, checked.trace.row(i), i == *merge));
        json_.end_object().end_object();
      }
      json_.end_array().end_object();
    }
    json_.end_array().end_object().end_array();
  }

  void fixes(const PlacedSpec& spec, const Finding& finding) {
    if (spec.checked->imported) return;  // the edits are of a spec that no file holds
    bool any = false;
    for (const Fix& fix : finding.fixes) {
      if (fix.edits.empty()) continue;
      if (!any) json_.key("fixes").array();
      any = true;
      json_.object();
      message("description", fix_text(fix));
      json_.key("artifactChanges").array().object();
      artifact(spec.path);
      json_.key("replacements").array();
      const Source& source = spec.checked->source;
      for (const Edit& edit : fix.edits) {
        json_.object();
        region("deletedRegion", source.position(edit.offset), source.position(edit.offset + edit.length));
        message("insertedContent", edit.text);
        json_.end_object();
      }
      json_.end_array().end_object().end_array();
      json_.key("properties").object().field("applicability", to_string(fix.applicability));
      json_.end_object().end_object();
    }
    if (any) json_.end_array();
  }

  const Report& report_;
  JsonWriter json_;
  std::map<Code, std::size_t> rules_;  // and where they stand
};

}  // namespace

std::string render_sarif(const Report& report) { return Sarif(report).write(); }

}  // namespace shapedbg
