// Whole runs by data: tests/cases/{ok,err,fix}/NAME.json is a spec, NAME.txt and NAME.report.json are
// what the program says about it. SHAPEDBG_UPDATE_GOLDEN=1 rewrites the expected files; the change is
// then reviewed like any other.
//   ok   exit code 0
//   err  findings, exit code 1
//   fix  findings of which the first offered fixes, applied, leave nothing to find
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "cli/run.h"
#include "finding/finding.h"
#include "golden/files.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const fs::path kCases = "tests/cases";

using golden::compare;
using golden::content;
using golden::updating;

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

Result check(const std::string& spec, const std::string& format, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int code = run({"check", spec, "--format", format, "--color", "never"}, in, out, err);
  return {code, out.str(), err.str()};
}

// One golden for every LibTorch: its version and what it says in its own words are not ours.
std::string normalised(std::string text) {
  text = std::regex_replace(text, std::regex("LibTorch [0-9]+\\.[0-9]+[0-9.]*\\S*"), "LibTorch VERSION");
  text = std::regex_replace(text, std::regex("(\"libtorch\": )\"[^\"]*\""), "$1\"VERSION\"");
  text = std::regex_replace(text, std::regex("( note  LibTorch: )[^\\n]*"), "$1...");
  return std::regex_replace(text, std::regex(R"-(("LibTorch: )(\\.|[^"\\])*")-"), "$1...\"");
}

bool is_report(const fs::path& path) { return path.filename().string().ends_with(".report.json"); }

std::vector<std::string> cases() {
  fs::current_path(SHAPEDBG_SOURCE_DIR);
  std::vector<std::string> result;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kCases)) {
    if (entry.path().extension() == ".json" && !is_report(entry.path())) {
      result.push_back(entry.path().generic_string());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    fs::current_path(SHAPEDBG_SOURCE_DIR);  // reports name files as they were given
    unsetenv("COLUMNS");
    unsetenv("NO_COLOR");
  }
  std::string folder() const { return fs::path(GetParam()).parent_path().filename().string(); }
};

TEST_P(Golden, SaysWhatItShould) {
  const fs::path spec = GetParam();
  const Result text = check(spec.string(), "text");
  const Result json = check(spec.string(), "json");
  ASSERT_EQ(text.err + json.err, "");
  // Before anything is rewritten: an expected file never records a run that failed.
  ASSERT_EQ(text.code, folder() == "ok" ? 0 : 1) << text.out;
  ASSERT_EQ(json.code, text.code);
  compare(fs::path(spec).replace_extension(".txt"), normalised(text.out));
  compare(fs::path(spec).replace_extension(".report.json"), normalised(json.out));
}

// Applies the best fix of the first finding that has one, as often as it takes.
TEST_P(Golden, IsSoundOnceItsFixesAreApplied) {
  if (folder() != "fix") return;
  std::string bytes = content(GetParam());
  for (int round = 0; round < 8; ++round) {
    const Result result = check("-", "json", bytes);
    const Json report = Json::parse(result.out);
    if (result.code == 0) {
      EXPECT_GT(round, 0) << "nothing to fix";
      return;
    }
    std::vector<Edit> edits;
    Json expected;
    for (const Json& finding : report["specs"][0]["findings"]) {
      if (finding["fixes"].empty()) continue;
      for (const Json& edit : finding["fixes"][0]["edits"]) {
        edits.push_back({edit["offset"], edit["length"], edit["text"]});
      }
      break;
    }
    ASSERT_FALSE(edits.empty()) << "nothing is offered for\n" << check("-", "text", bytes).out;
    const std::optional<std::string> edited = shapedbg::apply(bytes, edits);
    ASSERT_TRUE(edited.has_value());
    bytes = *edited;
  }
  FAIL() << "the fixes do not come to an end:\n" << bytes;
}

std::string case_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = fs::path(info.param).lexically_relative(kCases).replace_extension().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases()), case_name);

TEST(GoldenFiles, BelongToASpec) {
  if (updating()) return;  // the cases write them only after this
  fs::current_path(SHAPEDBG_SOURCE_DIR);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kCases)) {
    if (!entry.is_regular_file()) continue;
    std::string stem = entry.path().generic_string();
    for (const char* ending : {".report.json", ".json", ".txt"}) {
      if (stem.ends_with(ending)) {
        stem.resize(stem.size() - std::string(ending).size());
        break;
      }
    }
    for (const char* ending : {".json", ".txt", ".report.json"})
      EXPECT_TRUE(fs::exists(stem + ending)) << stem + ending;
  }
}

// Codes without a case, and why there can be none among small files.
const std::map<Code, std::string> kWithoutCase = {
    {Code::J004, "a file of 16 MB"},
    {Code::S115, "nothing says it any more: such numbers are S104 and S110"},
    {Code::L220, "LibTorch's own: some versions take such a layout (tests/workspace asks the one in use)"},
    {Code::L299, "LibTorch's own: what it refuses beyond our rules differs between its versions"},
    {Code::X901, "a bug of ours: the tests of the engine plant one"},
    {Code::X902, "surroundings: no LibTorch, no memory (tests/cli)"},
    {Code::I601, "a file that is imported: tests/import, tests/read"},
    {Code::I602, "a file that is imported: tests/import, tests/read"},
    {Code::I603, "a file that is imported: tests/import, tests/read"},
    {Code::I604, "a file that is imported: tests/import, tests/read"},
    {Code::I605, "a file that is imported: tests/import, tests/read"},
    {Code::I606, "a file that is imported: tests/import, tests/read"},
    {Code::I607, "a file that is imported: tests/import, tests/read"},
    {Code::I609, "a fault of the importer: tests/workspace/unlike_recorded_test.cpp"},
    {Code::I610, "a fault of the importer: tests/workspace/unlike_recorded_test.cpp"},
    {Code::I608, "a file that is imported: tests/import"},
    {Code::W511, "silent bugs: tests/meaning"},
    {Code::W512, "silent bugs: tests/meaning"},
    {Code::W513, "silent bugs: tests/meaning"},
    {Code::W514, "silent bugs: tests/meaning"},
    {Code::W515, "silent bugs: tests/meaning"},
    {Code::W516, "silent bugs: tests/meaning"},
    {Code::W517, "silent bugs: tests/meaning"},
    {Code::W518, "silent bugs: tests/meaning"},
};

TEST(GoldenFiles, ShowEveryCode) {
  if (updating()) return;
  fs::current_path(SHAPEDBG_SOURCE_DIR);
  std::set<std::string> shown;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kCases)) {
    if (!is_report(entry.path())) continue;
    const Json report = Json::parse(content(entry.path()));
    for (const Json& spec : report["specs"])
      for (const Json& finding : spec["findings"]) shown.insert(finding["code"]);
  }
  for (const CodeInfo& code : all_codes()) {
    const std::string id(code.id);
    if (kWithoutCase.contains(code.code)) continue;
    EXPECT_TRUE(shown.contains(id)) << id << " has no case in " << kCases
                                    << " and stands not among kWithoutCase";
  }
}

}  // namespace
}  // namespace shapedbg
