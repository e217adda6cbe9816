#include "report/render/page_parts.h"

#include "report/markup.h"
#include "report/size_lines.h"

namespace shapedbg {
namespace {

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>shapedbg</title>\n<style>\n"
    ":root{--text:#1f2328;--soft:#656d76;--rule:#d0d7de;--back:#fff;--pane:#f6f8fa;--red:#cf222e;--amber:#"
    "9a6700;"
    "--green:#1a7f37;--blue:#0969da}\n"
    "@media (prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9198a1;--rule:#30363d;--back:#0d1117;"
    "--pane:#161b22;--red:#ff7b72;--amber:#d29922;--green:#3fb950;--blue:#58a6ff}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);margin:0 "
    "auto;max-width:64rem;"
    "padding:1rem}\n"
    "h1{font-size:1.4rem}h2{font-size:1.2rem;border-bottom:1px solid var(--rule);padding-bottom:.2rem;"
    "overflow-wrap:anywhere}h3{font-size:1rem;margin-bottom:.3rem;overflow-wrap:anywhere}\n"
    "a{color:var(--blue)}:focus-visible{outline:2px solid var(--blue);outline-offset:2px}\n"
    "code,pre,table,.strip{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}\n"
    "pre,.wide{overflow-x:auto}pre{background:var(--pane);border:1px solid var(--rule);border-radius:6px;"
    "padding:.6rem;margin:.4rem 0}pre.copy{user-select:all}\n"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.1rem .8rem .1rem 0;white-space:nowrap}"
    "td.n,th.n{text-align:right}tr.bad td{color:var(--red);font-weight:600}\n"
    ".error{color:var(--red)}.warning{color:var(--amber)}.note{color:var(--soft)}.ok{color:var(--green)}\n"
    ".soft{color:var(--soft)}article{border-left:3px solid var(--rule);padding-left:.8rem;margin:1rem 0}"
    "article:target{border-color:var(--blue)}\n"
    ".strip{display:flex;overflow-x:auto;gap:1px;margin:.4rem 0}.strip span{flex:0 0 1em;text-align:center;"
    "border-bottom:3px solid}.strip .here{font-weight:700;background:var(--pane)}\n"
    "@media print{body{max-width:none}details{display:block}a{color:inherit;text-decoration:none}"
    "section{break-before:page}section:first-of-type{break-before:avoid}svg{max-width:100%;height:auto}}\n"
    "</style>\n</head>\n<body>\n";

std::string_view colour_of(SizeOutcome outcome) {
  switch (outcome) {
    case SizeOutcome::right:
      return "ok";
    case SizeOutcome::wrong:
      return "warning";
    case SizeOutcome::refused:
      return "error";
  }
  return "error";
}

std::string_view says(SizeOutcome outcome, bool expects) {
  return outcome == SizeOutcome::wrong ? "returns another size" : outcome_word(outcome, expects);
}

// A cell for each size.
std::string strip_cells(const SizeStrip& strip, bool expects) {
  if (strip.outcomes.empty()) return {};
  std::string cells;
  std::int64_t n = strip.from;
  for (const SizeOutcome outcome : strip.outcomes) {
    cells += "<span class=\"" + std::string(colour_of(outcome)) + (n == strip.here ? " here" : "") +
             "\" title=\"" + std::to_string(n) + " " + std::string(says(outcome, expects)) + "\">" +
             outcome_mark(outcome) + "</span>";
    ++n;
  }
  const std::string first = std::to_string(strip.from), last = std::to_string(strip.last());
  return "<div class=\"strip\" role=\"img\" tabindex=\"0\" aria-label=\"sizes " + first + " to " + last +
         "\">" + first + "&nbsp;" + cells + "&nbsp;" + last + "</div>\n";
}

std::string items(const std::vector<SizeLine>& lines, bool expects) {
  std::string text;
  for (const SizeLine& one : lines) {
    const bool goes_on = one.label.empty() && !text.empty();
    if (goes_on) {
      text += "<br><span class=\"soft\">" + page_sentence(one.text) + "</span>";
      continue;
    }
    if (!text.empty()) text += "</li>\n";
    text += "<li>";
    if (one.outcome)
      text += "<span class=\"" + std::string(colour_of(*one.outcome)) + "\">" +
              std::string(says(*one.outcome, expects)) + "</span> ";
    else if (!one.label.empty())
      text += "<span class=\"soft\">" + std::string(one.label) + "</span> ";
    text += page_sentence(one.text);
  }
  return text.empty() ? text : "<ul>\n" + text + "</li>\n</ul>\n";
}

}  // namespace

std::string_view page_head() { return kHead; }
std::string_view page_end() { return "</body>\n</html>\n"; }

std::string page_sentence(std::string_view text) {
  std::string result;
  bool code = false;
  std::size_t begin = 0;
  for (std::size_t at = text.find('`'); at != std::string_view::npos; at = text.find('`', begin)) {
    if (!code && text.find('`', at + 1) == std::string_view::npos) break;
    result += markup_text(text.substr(begin, at - begin)) + (code ? "</code>" : "<code>");
    code = !code;
    begin = at + 1;
  }
  return result + markup_text(text.substr(begin));
}

std::string page_axes(const SizeReport& report, const SizesOptions& options) {
  constexpr std::int64_t kCells = 56;
  const SizeLines lines = size_lines(report, options, kCells);
  std::string text;
  for (const std::string& one : lines.head) text += "<p>" + page_sentence(one) + "</p>\n";
  for (const AxisLines& axis : lines.axes)
    text += "<h3>" + page_sentence(axis.who) + " <span class=\"soft\">" + page_sentence(axis.circumstances) +
            "</span></h3>\n" + items(axis.lines, report.expects) + strip_cells(axis.strip, report.expects) +
            items(axis.more, report.expects);
  for (const std::string& one : lines.closing) text += "<p class=\"soft\">" + page_sentence(one) + "</p>\n";
  return text;
}

}  // namespace shapedbg
