#include "report/render/text.h"

#include <algorithm>
#include <string_view>

#include "finding/counted.h"
#include "report/excerpt.h"
#include "report/lines.h"
#include "report/paint.h"
#include "report/place.h"
#include "report/printable.h"
#include "report/table.h"
#include "report/totals.h"
#include "workspace/fixing.h"

namespace shapedbg {
namespace {

std::string many(std::size_t count, std::string_view noun) {
  return counted(static_cast<std::int64_t>(count), noun);
}

class TextReport {
 public:
  explicit TextReport(const TextStyle& style)
      : paint_(style.color), width_(std::max<std::size_t>(style.width, 40)), style_(style) {}

  std::string take() { return std::move(text_); }

  void add(const Checked& checked) {
    if (!style_.right_ones && checked.status == Status::ok && nothing_to_say(checked)) return;
    const std::string table =
        style_.tables ? render_table(checked, paint_, style_.axes, style_.fold) : std::string();
    if (table.empty() && checked.findings.empty() && checked.status != Status::ok) return;
    separate();
    text_ += table;
    if (checked.status == Status::ok && style_.right_ones) {
      if (!table.empty()) separate();
      text_ += all_is_well(checked, paint_);
    }
    for (const Finding& one : checked.findings) {
      if (!text_.empty() && (!table.empty() || &one != &checked.findings.front())) separate();
      finding(checked, one);
    }
  }

  void add(const Totals& sums) {
    if (sums.specs < 2) return;
    separate();
    text_ += paint_.bold(std::to_string(sums.specs) + " specs:") + " " + std::to_string(sums.ok) + " ok";
    if (sums.with_findings > 0) text_ += ", " + std::to_string(sums.with_findings) + " with findings";
    if (sums.unchecked > 0) text_ += ", " + std::to_string(sums.unchecked) + " not checked";
    text_ += "; " + many(sums.errors, "error") + ", " + many(sums.warnings, "warning") + ", " +
             std::to_string(sums.fixable) + " fixable" +
             (sums.known > 0 ? ", " + std::to_string(sums.known) + " known" : "") + "\n";
  }

 private:
  // Notes alone are for whoever looks at the network.
  static bool nothing_to_say(const Checked& checked) {
    return std::all_of(checked.findings.begin(), checked.findings.end(),
                       [](const Finding& f) { return info(f.code).severity == Severity::note; });
  }

  void separate() {
    if (!text_.empty()) text_ += '\n';
  }

  // What is related to a finding, and how many layers of one line it is true of.
  struct Shown {
    std::string message;
    std::string layer;
    std::optional<SourcePlace> where;
    int times = 1;

    bool same_line(const Shown& other) const {
      return where && other.where && where->source == other.where->source &&
             where->span.begin == other.where->span.begin && where->span.end == other.where->span.end &&
             message == other.message && !message.empty();
    }
  };

  void finding(const Checked& checked, const Finding& finding) {
    const CodeInfo& about = info(finding.code);
    text_ += headline(checked, finding, paint_);

    std::optional<SourcePlace> place;
    if (has_place(finding)) place = place_of(checked, finding.layer, finding.where);
    std::size_t gutter = place ? digits(*place) : 1;
    // A note keeps to one place: its message says what the others have to do with it.
    const bool quiet = about.severity == Severity::note;
    std::vector<Shown> others;
    for (const Related& related : finding.related) {
      if (quiet) break;
      Shown shown{related.message, related.layer, place_of(checked, related.layer, related.where)};
      // Layers of one line of a program, as a loop makes them.
      if (!others.empty() && shown.same_line(others.back())) {
        ++others.back().times;
        continue;
      }
      if (shown.where) gutter = std::max(gutter, digits(*shown.where));
      others.push_back(std::move(shown));
    }
    if (place) {
      excerpt_lines(*place, gutter, '^', finding.label,
                    [&](std::string_view text) { return paint_.severity(about.severity, text); });
    } else if (checked.imported && !finding.label.empty()) {
      item("note", finding.layer.empty() ? finding.label : "`" + finding.layer + "`: " + finding.label);
    }
    for (const Shown& shown : others) {
      const std::string message =
          shown.message + (shown.times > 1 ? " (" + std::to_string(shown.times) + " times)" : "");
      if (shown.where) {
        excerpt_lines(*shown.where, gutter, '-', message,
                      [&](std::string_view text) { return paint_.related(text); });
      } else if (!message.empty()) {
        item("note", shown.layer.empty() ? message : "`" + shown.layer + "` " + message);
      }
    }
    for (const std::string& note : finding.notes) item("note", note);
    // Those that `fix --pick` counts have their number.
    const bool counted = &finding == first_with_fixes(checked.findings);
    for (std::size_t i = 0; i < finding.fixes.size(); ++i) {
      const Fix& fix = finding.fixes[i];
      item(i == 0 ? "fix" : counted ? "or " + std::to_string(i + 1) : "or", fix_text(fix));
      if (i == 0) code(fix.code.python);
    }
    suggestion(checked, finding);
  }

  static std::size_t digits(const SourcePlace& place) {
    return std::to_string(place.source->position(place.span.begin).line).size();
  }

  // "  8 | the line" and under it the marks with their message: beside them, or below where the
  // terminal is too narrow.
  template <class Colour>
  void excerpt_lines(const SourcePlace& place, std::size_t gutter, char mark, const std::string& message,
                     const Colour& colour) {
    const auto& [where, span] = place;
    const Source& source = *where;
    const std::size_t room = width_ - (2 + gutter + 3);
    const Excerpt cut = excerpt(source, span, room);
    const std::string number = std::to_string(source.position(span.begin).line);
    text_ += "  " + std::string(gutter - number.size(), ' ') + paint_.gutter(number + " |");
    text_ += (cut.line.empty() ? "" : " ") + cut.line + "\n";

    const std::string blank = "  " + std::string(gutter + 1, ' ') + paint_.gutter("|") + " ";
    text_ += blank + std::string(cut.column, ' ');
    const std::string marks(cut.marks, mark);
    const std::size_t behind = cut.column + cut.marks + 1;
    if (message.empty() || behind + columns(printable(message)) <= room) {
      text_ += colour(marks + (message.empty() ? "" : " " + printable(message))) + "\n";
      return;
    }
    text_ += colour(marks) + "\n";
    constexpr std::size_t kReadable = 40;
    const std::size_t column = cut.column + kReadable <= room ? cut.column : 0;
    for (const std::string& line : wrapped(message, room - column)) {
      text_ += blank + std::string(column, ' ') + colour(line) + "\n";
    }
  }

  // The best fix in PyTorch, to be pasted; of very many lines the first.
  void code(const std::string& python) {
    constexpr std::size_t kMost = 16;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < python.size() && lines < kMost; ++lines) {
      const std::size_t end = std::min(python.find('\n', at), python.size());
      const std::string line = printable(python.substr(at, end - at));
      text_ += (lines == 0 ? "  " + paint_.bold("code") + "  " : "        ") + line + "\n";
      at = end + 1;
    }
    const auto left = static_cast<std::size_t>(std::count(python.begin(), python.end(), '\n')) + 1 - lines;
    if (!python.empty() && left > 0) text_ += "        ... and " + many(left, "line") + " more\n";
  }

  // How to have the file repaired, where that would be done.
  void suggestion(const Checked& checked, const Finding& finding) {
    const std::vector<Finding>& all = checked.findings;
    const auto index = static_cast<std::size_t>(&finding - all.data());
    if (checked.source.name() == "<stdin>" || (checked.imported && checked.how.empty())) return;
    for (const std::string_view words : {"", "--all ", "--unsafe ", "--all --unsafe "}) {
      const auto next = next_to_fix(all, words.find("--all") != std::string_view::npos,
                                    words.find("--unsafe") != std::string_view::npos);
      if (!next) continue;
      if (*next != index) return;
      const bool several = &finding == first_with_fixes(all) && finding.fixes.size() > 1;
      std::string command = fix_command(checked.source.name(), words);
      if (!checked.how.empty()) command += " " + checked.how;
      text_ += "  " + paint_.bold("try") + "   " + printable(command) +
               (several ? "   # --pick 2 takes the second" : "") + "\n";
      return;
    }
  }

  static const Finding* first_with_fixes(const std::vector<Finding>& findings) {
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return !finding.fixes.empty(); });
    return found == findings.end() ? nullptr : &*found;
  }

  // "  note  text", wrapped under itself. What LibTorch said stays in one line, to be searched for.
  void item(std::string_view label, const std::string& message) {
    constexpr std::size_t kIndent = 8;
    const std::size_t room = message.starts_with("LibTorch") ? std::string::npos : width_ - kIndent;
    std::string head = "  " + paint_.bold(label) + std::string(kIndent - 2 - label.size(), ' ');
    for (const std::string& line : wrapped(message, room)) {
      text_ += head + line + "\n";
      head.assign(kIndent, ' ');
    }
  }

  Paint paint_;
  std::size_t width_;
  TextStyle style_;
  std::string text_;
};

}  // namespace

std::string render_text(const std::vector<Checked>& specs, const TextStyle& style) {
  TextReport report(style);
  for (const Checked& checked : specs) report.add(checked);
  report.add(totals(specs));
  return report.take();
}

}  // namespace shapedbg
