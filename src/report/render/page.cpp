#include <algorithm>

#include "finding/counted.h"
#include "report/excerpt.h"
#include "report/lines.h"
#include "report/markup.h"
#include "report/printable.h"
#include "report/render/findings.h"
#include "report/render/page_parts.h"
#include "report/render/picture.h"
#include "report/table.h"
#include "workspace/size_report.h"

namespace shapedbg {
namespace {

std::string block(std::string_view text, std::string_view kind) {
  std::string result = "<pre class=\"" + std::string(kind) + "\" tabindex=\"0\">";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += (at == 0 ? "" : "\n") + markup_text(text.substr(at, end - at));
    at = end + 1;
  }
  return result + "</pre>\n";
}

// The line of the file with its marks.
std::string excerpt_block(const Source& source, const Location& where, char mark, const std::string& label) {
  const Excerpt cut = excerpt(source, where.span, 100);
  if (cut.line.empty()) return {};
  const std::string number = std::to_string(source.position(where.span.begin).line);
  const std::string blank(number.size(), ' ');
  return number + " | " + cut.line + "\n" + blank + " | " + std::string(cut.column, ' ') +
         std::string(cut.marks, mark) + "\n" + (label.empty() ? "" : blank + " | " + printable(label) + "\n");
}

std::string fix_list(const std::vector<Fix>& fixes) {
  if (fixes.empty()) return {};
  std::string text = "<ol>\n";
  for (const Fix& fix : fixes) {
    text += "<li>" + page_sentence(fix_text(fix));
    if (!fix.code.python.empty()) text += block(fix.code.python, "copy");
    text += "</li>\n";
  }
  return text + "</ol>\n";
}

std::string finding_text(const Checked& checked, const PlacedFinding& one, const std::string& anchor) {
  const Finding& finding = *one.finding;
  const CodeInfo& code = info(finding.code);
  const std::string severity(to_string(code.severity));
  std::string text =
      "<article id=\"" + anchor + "\">\n<h3><span class=\"" + severity + "\">" + severity + "</span> " +
      page_sentence(finding.message) + " <span class=\"soft\">" + std::string(code.id) + " " +
      std::string(code.name) + "</span></h3>\n<p class=\"soft\">" + markup_text(one.place.file) + ":" +
      std::to_string(one.place.begin.line) + ":" + std::to_string(one.place.begin.column) + "</p>\n";
  if (one.place.in_source && has_place(finding)) {
    std::string lines = excerpt_block(checked.source, finding.where, '^', finding.label);
    for (const Related& related : finding.related)
      lines += excerpt_block(checked.source, related.where, '-', related.message);
    if (!lines.empty()) text += block(lines, "file");
  } else {
    if (!finding.label.empty()) text += "<p><code>" + markup_text(finding.label) + "</code></p>\n";
    for (const Related& related : finding.related)
      text +=
          "<p><code>" + markup_text(related.layer) + "</code> " + page_sentence(related.message) + "</p>\n";
  }
  for (const std::string& note : finding.notes) text += "<p>" + page_sentence(note) + "</p>\n";
  return text + fix_list(finding.fixes) + "</article>\n";
}

std::string layer_table(const Checked& checked) {
  const Spec& spec = checked.spec;
  if (spec.layers.empty() || checked.trace.layers.size() != spec.layers.size()) return {};
  std::string rows;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const LayerTrace& trace = checked.trace.layers[i];
    const bool bad = std::any_of(checked.findings.begin(), checked.findings.end(),
                                 [&](const Finding& f) { return f.layer == layer.name && is_error(f); });
    const Cost cost = i < checked.costs.size() ? checked.costs[i] : Cost{};
    rows += std::string(bad ? "<tr class=\"bad\">" : "<tr>") + "<td>" + markup_text(layer.name) +
            "</td><td>" + markup_text(type_of(checked, layer)) + "</td><td>" +
            (trace.outputs.empty() ? "?" : shape_text(trace.outputs.front())) + "</td><td class=\"n\">" +
            thousands(cost.params) + "</td><td class=\"n\">" + thousands(cost.mult_adds) + "</td></tr>\n";
  }
  const NetworkCost sums = network_cost(checked);
  return "<details><summary>" + counted(static_cast<std::int64_t>(spec.layers.size()), "layer") + ", " +
         thousands(sums.params) + " parameters, " + thousands(sums.mult_adds) +
         " multiply-adds</summary>\n<div class=\"wide\" "
         "tabindex=\"0\"><table>\n<tr><th>layer</th><th>type</th>"
         "<th>output</th><th class=\"n\">params</th><th class=\"n\">mult-adds</th></tr>\n" +
         rows + "</table></div></details>\n";
}

std::string sizes(const Checked& checked) {
  if (checked.spec.layers.empty()) return {};
  SizesOptions options;
  options.device = DeviceChoice::off;
  const std::string axes = page_axes(size_report(checked.source, options, [] { return Opened{}; }), options);
  return axes.empty() ? axes : "<details open><summary>Sizes</summary>\n" + axes + "</details>\n";
}

std::string section(const PlacedSpec& spec, std::size_t number) {
  const Checked& checked = *spec.checked;
  const std::string anchor = "f" + std::to_string(number) + "-";
  const std::string_view colour = checked.status == Status::ok ? "ok" : "error";
  const std::string_view status = checked.status == Status::ok         ? "ok"
                                  : checked.status == Status::findings ? "with findings"
                                                                       : "not checked";
  std::string text = "<section>\n<h2>" + markup_text(checked.source.name()) + " <span class=\"" +
                     std::string(colour) + "\">" + std::string(status) + "</span></h2>\n";
  if (!spec.failure.empty())
    return text + "<p class=\"error\">" + page_sentence(spec.failure) + "</p>\n</section>\n";
  std::string how = checked.trace.device == "off" ? "formulas only" : "ran on " + checked.trace.device;
  if (!checked.trace.libtorch.empty()) how += ", LibTorch " + checked.trace.libtorch;
  text += "<p class=\"soft\">" + markup_text(checked.spec.name) +
          (checked.spec.name.empty() ? "" : " &middot; ") + markup_text(how) + "</p>\n";
  for (std::size_t i = 0; i < spec.findings.size(); ++i)
    text += finding_text(checked, spec.findings[i], anchor + std::to_string(i + 1));
  if (const std::string picture = render_picture(checked, anchor); !picture.empty())
    text += "<div class=\"wide\" tabindex=\"0\">\n" + picture + "</div>\n";
  return text + layer_table(checked) + sizes(checked) + "</section>\n";
}

}  // namespace

std::string render_html(const Report& report) {
  constexpr std::size_t kWhole = 8;
  const Totals sums = totals(report.specs());
  std::string text(page_head());
  text += "<h1>shapedbg: " + counted(static_cast<std::int64_t>(sums.specs), "spec") + ", " +
          std::to_string(sums.ok) + " ok, " + counted(static_cast<std::int64_t>(sums.errors), "error") +
          ", " + counted(static_cast<std::int64_t>(sums.warnings), "warning") + "</h1>\n";
  std::string right;
  std::size_t number = 0;
  for (const PlacedSpec& spec : report.placed()) {
    ++number;
    const bool brief = report.specs().size() > kWhole && spec.checked->status == Status::ok &&
                       std::all_of(spec.findings.begin(), spec.findings.end(), [](const PlacedFinding& one) {
                         return info(one.finding->code).severity == Severity::note;
                       });
    if (brief)
      right += "<li>" + markup_text(spec.checked->source.name()) + "</li>\n";
    else
      text += section(spec, number);
  }
  if (!right.empty()) text += "<section>\n<h2>Right</h2>\n<ul>\n" + right + "</ul>\n</section>\n";
  return text + std::string(page_end());
}

std::string render_svg(const Report& report) {
  for (const Checked& checked : report.specs())
    if (std::string picture = render_picture(checked, {}); !picture.empty()) return picture;
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>\n";
}

}  // namespace shapedbg
