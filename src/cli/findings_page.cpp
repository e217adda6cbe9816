// docs/findings.md: every finding in the words of `explain`, as one page with an anchor for each, and each by
// itself.
#include <string_view>

#include "cli/finding_text.h"
#include "cli/manual.h"
#include "finding/finding.h"
#include "finding/story.h"
#include "portability/facts.h"

namespace shapedbg {
namespace {

std::string section(std::string_view title, std::string_view text) {
  return text.empty() ? std::string() : "**" + std::string(title) + "** " + std::string(text) + "\n\n";
}

std::string story_of(const CodeInfo& code) {
  const Story& of = story(code.code);
  const std::string id(code.id);
  std::string text = std::string(to_string(code.severity)) + ": " + std::string(code.summary) + ".\n\n";
  text += section("Finds.", of.finds) + section("Why.", of.why) + section("Repair.", of.repair) +
          section("Safe.", of.safe);
  for (const Fact& fact : portability_facts())
    if (fact.code == code.code) text += "- " + told(fact) + "\n";
  if (text.back() == '\n' && text[text.size() - 2] != '\n') text += "\n";
  if (id.front() == 'W')
    text += section("Ignore.",
                    "`--ignore " + id + "`, or `\"ignore\": [\"" + id + "\"]` in the spec or on a layer.");
  if (!of.example.empty()) text += "```\n" + std::string(of.example) + "\n```\n\n";
  return text;
}

}  // namespace

std::string finding_page(const CodeInfo& code) {
  const char family = code.id.front();
  return "# " + std::string(code.id) + " " + std::string(code.name) + "\n\n" + std::string(1, family) + ": " +
         std::string(family_of(family)) + ". [All findings](../findings.md#" + std::string(code.id) +
         ")\n\n" + story_of(code);
}

std::string findings_page() {
  std::string text =
      "# Findings\n\nMade by `shapedbg manual findings`; `shapedbg explain CODE` says the same. Each has a "
      "page "
      "with an example. Codes are never renumbered.\n\n";
  char family = 0;
  for (const CodeInfo& code : all_codes()) {
    if (code.id.front() != family) {
      family = code.id.front();
      text += "## " + std::string(1, family) + ": " + std::string(family_of(family)) + "\n\n";
    }
    const std::string id(code.id);
    text += "### [" + id + "](findings/" + id + ".md) " + std::string(code.name) + "\n\n<a id=\"" + id +
            "\"></a>" + story_of(code);
  }
  text.pop_back();
  return text;
}

}  // namespace shapedbg
