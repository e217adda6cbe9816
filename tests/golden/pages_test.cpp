// docs/findings/CODE.md: what the tables say of a finding, and the shortest case of the tests that shows it.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/manual.h"
#include "finding/finding.h"
#include "golden/files.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Whether people can be shown it as it stands.
bool is_text(const std::string& bytes) {
  for (const char c : bytes)
    if (c != '\n' && (c < ' ' || c > '~')) return false;
  return true;
}

// The spec of the shortest case for each code.
std::map<std::string, fs::path> shortest_cases() {
  std::map<std::string, fs::path> cases;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator("tests/cases")) {
    std::string name = entry.path().generic_string();
    constexpr std::string_view ending = ".report.json";
    if (!name.ends_with(ending)) continue;
    const fs::path spec = name.substr(0, name.size() - ending.size()) + ".json";
    if (!is_text(golden::content(spec)) || fs::file_size(spec) > 2000) continue;
    const Json report = Json::parse(golden::content(entry.path()));
    for (const Json& finding : report["specs"][0]["findings"]) {
      fs::path& known = cases[finding["code"]];
      if (known.empty() || std::pair(fs::file_size(spec), spec) < std::pair(fs::file_size(known), known))
        known = spec;
    }
  }
  return cases;
}

std::string page(const CodeInfo& code, const std::map<std::string, fs::path>& cases) {
  std::string text = finding_page(code);
  if (const auto found = cases.find(std::string(code.id)); found != cases.end()) {
    fs::path said = found->second;
    text += "## Example\n\n```json\n" + golden::content(found->second) + "```\n\n```\n" +
            golden::content(said.replace_extension(".txt")) + "```\n\n";
  }
  text.pop_back();
  return text;
}

TEST(Pages, OneForEachFinding) {
  fs::current_path(SHAPEDBG_SOURCE_DIR);
  const auto cases = shortest_cases();
  EXPECT_GT(cases.size(), 50u);
  for (const CodeInfo& code : all_codes())
    golden::compare(fs::path("docs/findings") / (std::string(code.id) + ".md"), page(code, cases));
  for (const fs::directory_entry& entry : fs::directory_iterator("docs/findings"))
    EXPECT_NE(find_code(entry.path().stem().string()), nullptr) << entry.path() << " is about no finding";
}

}  // namespace
}  // namespace shapedbg
