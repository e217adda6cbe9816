#include "report/lines.h"

#include <algorithm>
#include <cctype>

#include "finding/counted.h"
#include "report/place.h"
#include "report/printable.h"
#include "report/table.h"

namespace shapedbg {

namespace {

// "`p3` [1, 8, 32, 32], `p4` [1, 8, 16, 16]": all that a network returns; empty where that is one tensor of
// the last layer, or not all of it is known.
std::string all_outputs(const Checked& checked) {
  constexpr std::size_t most = 8;
  const std::vector<Ref>& outputs = checked.spec.outputs;
  const Ref last{checked.spec.layers.last_id(), 0};
  if (outputs.empty() || (outputs.size() == 1 && outputs[0] == last)) return {};
  std::string text;
  for (std::size_t k = 0; k < std::min(most, outputs.size()); ++k) {
    const Shape* shape = checked.trace.output(checked.spec, outputs[k]);
    if (shape == nullptr) return {};
    text += std::string(k > 0 ? ", `" : "`") + checked.spec.name_of(outputs[k]) + "` " + shape_text(*shape);
  }
  if (outputs.size() > most) text += " and " + std::to_string(outputs.size() - most) + " more";
  return printable(text);
}

}  // namespace

std::string all_is_well(const Checked& checked, const Paint& paint) {
  std::string line = printable(checked.source.name()) + ": " + paint.good("ok") + ": ";
  const std::string sizes = checked.right_for.empty()
                                ? "\n"
                                : "; right for every declared size, " + printable(checked.right_for) + "\n";
  if (checked.known > 0)
    return line + "nothing new; " + counted(static_cast<std::int64_t>(checked.known), "finding") + " known\n";
  if (!checked.returned) return line + "every layer fits the next" + sizes;
  const std::string all = checked.expected ? std::string() : all_outputs(checked);
  line += "returns " + (all.empty() ? shape_text(*checked.returned) : all);
  return line + (checked.expected ? ", as expected" : "") + sizes;
}

bool has_place(const Finding& finding) {
  const bool ours = info(finding.code).id.front() == 'X';
  return !(ours && finding.where.span == Span{} && finding.where.pointer.empty());
}

namespace {

std::string headline(std::string place, const Position* at, const Finding& finding, const Paint& paint) {
  const CodeInfo& code = info(finding.code);
  place = printable(place);
  if (at != nullptr) place += ":" + std::to_string(at->line) + ":" + std::to_string(at->column);
  return paint.bold(place + ":") + " " + paint.severity(code.severity, to_string(code.severity)) + ": " +
         paint.bold(printable(finding.message)) + " " +
         paint.dim("(" + std::string(code.id) + " " + std::string(code.name) + ")") + "\n";
}

}  // namespace

std::string headline(const Source& source, const Finding& finding, const Paint& paint) {
  const Position at = source.position(finding.where.span.begin);
  return headline(source.name(), has_place(finding) ? &at : nullptr, finding, paint);
}

std::string headline(const Checked& checked, const Finding& finding, const Paint& paint) {
  if (!checked.imported) return headline(checked.source, finding, paint);
  const std::optional<SourcePlace> place = place_of(checked, finding.layer, finding.where);
  if (!place) return headline(checked.source.name(), nullptr, finding, paint);
  const Position at = place->source->position(place->span.begin);
  return headline(place->source->name(), &at, finding, paint);
}

std::string fix_text(const Fix& fix) {
  std::string text = fix.title;
  if (!fix.verified.output.empty()) {
    text += ": returns " + shape_text(fix.verified.output);
    text += fix.verified.device == "off" ? " (by formula)" : " (ran on " + fix.verified.device + ")";
  }
  if (!fix.right_for.empty()) text += "; " + fix.right_for;
  if (fix.applicability == Applicability::unsafe) text += " (unsafe)";
  return text;
}

std::string shell_word(std::string_view text) {
  std::string name(text);
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("/._-+=:,@%").find(c) != std::string_view::npos;
  });
  if (plain) return name;
  std::string quoted = "'";
  for (const char c : name) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string fix_command(std::string_view file, std::string_view options) {
  return "shapedbg fix " + std::string(options) +
         shell_word((file.starts_with('-') ? "./" : "") + std::string(file));
}

}  // namespace shapedbg
