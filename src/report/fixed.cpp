#include "report/fixed.h"

#include <algorithm>
#include <string_view>

#include "report/lines.h"
#include "report/printable.h"
#include "report/totals.h"

namespace shapedbg {
namespace {

constexpr std::string_view kStandardInput = "<stdin>";

// How more could be repaired, as a command; empty when it could not.
std::string more(const Fixed& fixed, const FixOptions& options) {
  const std::vector<Finding>& left = fixed.result.findings;
  const std::string& name = fixed.result.source.name();
  const std::string_view file = name == kStandardInput ? std::string_view("-") : std::string_view(name);
  const auto would = [&](bool all, bool unsafe) { return next_to_fix(left, all, unsafe).has_value(); };
  // What could still be applied and was not had been tried: it did not help.
  if (options.pick == 0 && would(options.all, options.unsafe)) return {};
  std::string words;
  if (would(options.all, options.unsafe)) {
    words = std::string(options.all ? "--all " : "") + (options.unsafe ? "--unsafe " : "");
  } else if (!options.all && would(true, options.unsafe)) {
    words = std::string("--all ") + (options.unsafe ? "--unsafe " : "");
  } else if (!options.unsafe && would(options.all, true)) {
    words = std::string(options.all ? "--all " : "") + "--unsafe ";
  } else {
    return {};
  }
  if (file == "-") return "shapedbg fix " + words + "-";
  return fix_command(file, words) + (fixed.result.how.empty() ? "" : " " + fixed.result.how);
}

}  // namespace

std::string render_fixed(const Fixed& fixed, const FixOptions& options, const TextStyle& style) {
  const Paint paint(style.color);
  const Checked& left = fixed.result;
  const std::string name = printable(left.source.name());
  std::string text;
  for (const AppliedFix& one : fixed.applied) text += name + ": " + printable(fix_text(one.fix)) + "\n";
  for (const Finding& finding : left.findings) {
    // `check` tells what is only to be known; here it would hide what is to be done.
    if (info(finding.code).severity != Severity::note) text += headline(left, finding, paint);
  }
  if (left.status == Status::ok) text += all_is_well(left, paint);
  if (left.status == Status::error) return text;
  if (const std::string command = more(fixed, options); !command.empty()) {
    text += "  " + paint.bold("try") + "   " + printable(command) + "\n";
  }
  return text;
}

std::string render_unwritten(const Fixed& fixed, const std::string& why, const TextStyle& style) {
  const Paint paint(style.color);
  std::string text;
  for (const AppliedFix& one : fixed.applied) {
    text += printable(fixed.result.source.name()) + ": " + printable(fix_text(one.fix)) + "\n";
    std::string head = "  " + paint.bold("code") + "  ";
    for (std::string_view code = one.fix.code.python; !code.empty();) {
      const std::string_view line = code.substr(0, code.find('\n'));
      text += head + printable(line) + "\n";
      head.assign(8, ' ');
      code.remove_prefix(std::min(line.size() + 1, code.size()));
    }
  }
  return text + "  " + paint.bold("note") + "  " + printable(why) + "\n";
}

}  // namespace shapedbg
