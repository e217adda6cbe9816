// The formats of compilers, services and test runners, on checks made by hand. That their readers take them
// is told by the readers' own schemas; here stands what each has to hold.
#include "report/formats.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "report/baseline.h"
#include "report/render/findings.h"
#include "report/render/picture.h"
#include "report/samples.h"

namespace shapedbg {
namespace {

using Json = nlohmann::json;

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

std::size_t count(const std::string& whole, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = whole.find(part); at != std::string::npos; at = whole.find(part, at + 1)) ++found;
  return found;
}

std::string rendered(std::string_view name, const std::vector<Checked>& checked, ReportPaths paths = {}) {
  const Report report(checked, std::move(paths));
  return find_format(name)->check(report);
}

TEST(Formats, EachHasItsNameOnceAndIsOfSomeCommand) {
  std::set<std::string_view> names;
  for (const Format& format : formats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    EXPECT_NE(format.check, nullptr) << format.name;
    EXPECT_FALSE(format.says.empty()) << format.name;
    EXPECT_EQ(find_format(format.name), &format);
  }
  EXPECT_EQ(find_format("xml"), nullptr);
  EXPECT_EQ(format_names(ReportOf::fix), (std::vector<std::string>{"text", "json"}));
  EXPECT_EQ(format_names(ReportOf::sizes),
            (std::vector<std::string>{"text", "json", "jsonl", "markdown", "html"}));
}

TEST(Formats, AllTakeAFileThatCouldNotBeReadAndNothingAtAll) {
  for (const Format& format : formats()) {
    EXPECT_NO_THROW(rendered(format.name, {samples::unread("gone.json", "cannot read: no such file")}))
        << format.name;
    EXPECT_NO_THROW(rendered(format.name, {})) << format.name;
  }
}

TEST(Paths, AreSaidFromTheRootWhereTheyLieUnderIt) {
  const ReportPaths paths{"/repo", "/repo/ml"};
  EXPECT_EQ(from_root(paths, "a.json"), "ml/a.json");
  EXPECT_EQ(from_root(paths, "./x/../a.json"), "ml/a.json");
  EXPECT_EQ(from_root(paths, "../a.json"), "a.json");
  EXPECT_EQ(from_root(paths, "/repo/b/a.json"), "b/a.json");
  EXPECT_EQ(from_root(paths, "/else/a.json"), "/else/a.json");
  EXPECT_EQ(from_root(paths, "../../a.json"), "../../a.json");
  EXPECT_EQ(from_root(paths, "<stdin>"), "<stdin>");
  EXPECT_EQ(from_root({}, "./a.json"), "a.json");
}

TEST(Concise, IsALineAsCompilersPrint) {
  EXPECT_EQ(rendered("concise", {samples::seed()}),
            "configs/seed.json:8:6: error: the output is 23x23 where 24x24 went in (R301)\n");
  EXPECT_EQ(rendered("concise", {samples::unread("gone.json", "cannot read: no such file")}),
            "gone.json:1:1: error: cannot read: no such file\n");
  EXPECT_EQ(rendered("concise", {samples::sound()}), "");
}

TEST(GitHub, EscapesMessagesAndProperties) {
  Checked checked = samples::seed();
  checked.source = Source("a,b:50%.json", samples::kSeedText);
  checked.findings[0].message = "100% of `up`\nis wrong: a,b";
  const std::string text = rendered("github", {checked});
  EXPECT_TRUE(
      text.starts_with("::error file=a%2Cb%3A50%25.json,line=8,endLine=8,col=6,endColumn=18,"
                       "title=R301 reconstruction-mismatch::100%25 of `up`"))
      << text;
  EXPECT_TRUE(contains(text, "is wrong: a,b%0A(12 - 1)*2")) << text;
  EXPECT_EQ(count(text, "\n"), 1u) << text;
}

TEST(GitHub, SaysHowManyMoreThereAreThanItShows) {
  Checked ten = samples::seed();
  for (int i = 1; i < 10; ++i) ten.findings.push_back(ten.findings[0]);
  EXPECT_EQ(count(rendered("github", {ten}), "::error file"), 10u);
  Checked many = ten;
  for (int i = 0; i < 3; ++i) many.findings.push_back(many.findings[0]);
  const std::string text = rendered("github", {many});
  EXPECT_EQ(count(text, "::error file"), 9u) << text;
  EXPECT_TRUE(contains(text, "::error title=shapedbg::4 more errors are in the log of this step")) << text;
  EXPECT_EQ(count(text, "\n- configs/seed.json:8:6: error: "), 4u) << text;
}

TEST(GitHub, NoFileNameIsTakenForACommand) {
  Checked checked = samples::seed();
  checked.source = Source("::stop-commands::x##[add-mask]", samples::kSeedText);
  for (int i = 0; i < 12; ++i) checked.findings.push_back(checked.findings[0]);
  const std::string text = rendered("github", {checked});
  EXPECT_EQ(count(text, "\n::stop"), 0u) << text;
  EXPECT_TRUE(contains(text, "\n- ::stop-commands::x# #[add-mask]:8:6")) << text;
}

TEST(GitLab, HoldsWhatCodeQualityAsksFor) {
  const Json issues =
      Json::parse(rendered("gitlab", {samples::seed(), samples::sound()}, {"/repo", "/repo/ml"}));
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0]["check_name"], "R301");
  EXPECT_EQ(issues[0]["severity"], "major");
  EXPECT_EQ(issues[0]["location"]["path"], "ml/configs/seed.json");
  EXPECT_EQ(issues[0]["location"]["lines"]["begin"], 8);
  EXPECT_EQ(issues[0]["fingerprint"].get<std::string>().size(), 16u);
  EXPECT_EQ(rendered("gitlab", {}), "[]\n");
}

std::string fingerprint(const Checked& checked) {
  const std::vector<Checked> all = {checked};
  return Report(all, {}).placed().at(0).findings.at(0).fingerprint;
}

TEST(Fingerprints, StayWhereLinesMoveAndPartWhatIsNotAlike) {
  const Checked here = samples::seed();
  Checked moved = here;
  moved.source = Source("configs/seed.json", "\n\n\n" + samples::kSeedText);
  moved.findings[0].where.span.begin += 3;
  moved.findings[0].where.span.end += 3;
  moved.findings[0].where.pointer = "/decoder/7/name";
  EXPECT_EQ(fingerprint(here), fingerprint(moved));
  Checked other = here;
  other.findings[0].code = Code::R302;
  EXPECT_NE(fingerprint(here), fingerprint(other));
  other = here;
  other.findings[0].layer = "down";
  EXPECT_NE(fingerprint(here), fingerprint(other));
  other = here;
  other.source = Source("configs/other.json", samples::kSeedText);
  EXPECT_NE(fingerprint(here), fingerprint(other));
  Checked twice = here;
  twice.findings.push_back(twice.findings[0]);
  const std::vector<Checked> all = {twice};
  const Report report(all, {});
  EXPECT_NE(report.placed()[0].findings[0].fingerprint, report.placed()[0].findings[1].fingerprint);
}

TEST(Sarif, HoldsRulesPlacesFixesAndFingerprints) {
  const Json log = Json::parse(rendered("sarif", {samples::seed()}, {"/repo", "/repo/ml dir"}));
  EXPECT_EQ(log["version"], "2.1.0");
  const Json& run = log["runs"][0];
  EXPECT_EQ(run["columnKind"], "unicodeCodePoints");
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], true);
  const Json& rule = run["tool"]["driver"]["rules"][0];
  EXPECT_EQ(rule["id"], "R301");
  EXPECT_FALSE(rule["help"]["text"].get<std::string>().empty());
  ASSERT_EQ(run["results"].size(), 1u);
  const Json& result = run["results"][0];
  EXPECT_EQ(result["ruleIndex"], 0);
  EXPECT_EQ(result["level"], "error");
  const Json& physical = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(physical["artifactLocation"]["uri"], "ml%20dir/configs/seed.json");
  EXPECT_EQ(physical["artifactLocation"]["uriBaseId"], "SRCROOT");
  EXPECT_EQ(physical["region"],
            (Json{{"startLine", 8}, {"startColumn", 6}, {"endLine", 8}, {"endColumn", 18}}));
  EXPECT_EQ(result["relatedLocations"][0]["id"], 1);
  EXPECT_EQ(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 5);
  const Json& change = result["fixes"][0]["artifactChanges"][0]["replacements"][0];
  EXPECT_EQ(change["insertedContent"]["text"], ", \"output_padding\": 1");
  EXPECT_EQ(change["deletedRegion"]["startColumn"], change["deletedRegion"]["endColumn"]);
  EXPECT_EQ(result["partialFingerprints"]["shapedbgFinding/v1"].get<std::string>().size(), 16u);
}

TEST(Sarif, SaysWhatCouldNotBeChecked) {
  const Json log =
      Json::parse(rendered("sarif", {samples::unread("gone.json", "cannot read: no such file")}));
  const Json& invocation = log["runs"][0]["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], false);
  EXPECT_EQ(invocation["toolExecutionNotifications"][0]["message"]["text"], "cannot read: no such file");
  EXPECT_TRUE(log["runs"][0]["results"].empty());
}

// An Add of the input's convolution and of what went down and up.
Checked merge() {
  Checked checked = samples::seed();
  LayerSpec add;
  add.name = "sum";
  add.kind = LayerKind::Add;
  add.inputs = {{LayerId(0), 0}, {LayerId(2), 0}};
  checked.spec.layers[0].inputs = {Ref::of_input(0)};
  checked.spec.layers[1].inputs = {{LayerId(0), 0}};
  samples::add_layer(checked, "down2", LayerKind::MaxPool2d, Part::decoder, {1, 128, 23, 23},
                     {1, 128, 11, 11}, {});
  checked.spec.layers[2].inputs = {{LayerId(1), 0}};
  checked.spec.layers.push_back(add);
  LayerTrace row;
  row.inputs = {{1, 256, 12, 12}, {1, 128, 11, 11}};
  checked.trace.layers.push_back(row);
  checked.costs.push_back({});
  checked.findings[0].code = Code::L208;
  checked.findings[0].layer = "sum";
  return checked;
}

TEST(Sarif, TellsTheWaysIntoAMerge) {
  const Json log = Json::parse(rendered("sarif", {merge()}));
  const Json& flows = log["runs"][0]["results"][0]["codeFlows"];
  ASSERT_EQ(flows.size(), 1u) << log.dump(1);
  ASSERT_EQ(flows[0]["threadFlows"].size(), 2u);
  for (const Json& thread : flows[0]["threadFlows"]) {
    const Json& last = thread["locations"].back()["location"];
    EXPECT_EQ(last["logicalLocations"][0]["name"], "sum");
    EXPECT_EQ(last["message"]["text"], "`sum` gets [1, 256, 12, 12] and [1, 128, 11, 11]");
  }
  EXPECT_GT(flows[0]["threadFlows"][0]["locations"].size(), flows[0]["threadFlows"][1]["locations"].size());
}

TEST(Imported, AFindingStandsOnTheAuthorsLineWhereItLiesUnderTheRoot) {
  Checked checked = samples::seed();
  checked.imported = true;
  checked.source = Source("unet.py:UNet", samples::kSeedText);
  const auto from = [](const std::string& file) {
    LayerSource source;
    source.made = {file, 31};
    return std::make_shared<const LayerSource>(source);
  };
  checked.spec.layers[1].source = from("models/unet.py");
  EXPECT_TRUE(rendered("concise", {checked}).starts_with("models/unet.py:31:1: error: "));
  const Json log = Json::parse(rendered("sarif", {checked}));
  const Json& result = log["runs"][0]["results"][0];
  EXPECT_EQ(result["locations"][0]["physicalLocation"]["region"], (Json{{"startLine", 31}}));
  EXPECT_FALSE(result.contains("fixes"));  // the edits are of a spec that no file holds
  // Where the line can be read, the words in it.
  checked.files.emplace(
      "models/unet.py",
      Source("models/unet.py", std::string(30, '\n') + "    self.up = nn.ConvTranspose2d(2, 1)  # x\n"));
  EXPECT_TRUE(rendered("concise", {checked}).starts_with("models/unet.py:31:15: error: "));
  checked.files.clear();
  checked.spec.layers[1].source = from("/elsewhere/unet.py");
  EXPECT_TRUE(rendered("concise", {checked}).starts_with("unet.py:1:1: error: "));
  // A model that itself lies outside was recorded here: its lines are known, and called as it was.
  const ReportPaths within{"/elsewhere/here", "/elsewhere/here"};
  checked.source = Source("../unet.py:UNet", samples::kSeedText);
  EXPECT_TRUE(rendered("concise", {checked}, within).starts_with("../unet.py:31:1: error: "));
  checked.source = Source("/elsewhere/unet.py:UNet", samples::kSeedText);
  EXPECT_TRUE(rendered("concise", {checked}, within).starts_with("/elsewhere/unet.py:31:1: error: "));
  checked.source = Source("../unet.pt2", samples::kSeedText);
  EXPECT_TRUE(rendered("concise", {checked}, within).starts_with("../unet.pt2:1:1: error: "));
}

TEST(JUnit, HasACaseForEachSpecAndNamesWhatWasSkipped) {
  const std::vector<Checked> all = {samples::seed(), samples::sound(),
                                    samples::unread("<gone>.json", "cannot read: \"no\" & such")};
  Report report(all, {});
  report.skipped.push_back({"package.json", "holds no network"});
  const std::string text = render_junit(report);
  EXPECT_TRUE(
      contains(text, "<testsuite name=\"shapedbg\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">"))
      << text;
  EXPECT_EQ(count(text, "<testcase "), 4u);
  EXPECT_EQ(count(text, "<failure message=\"the output is 23x23 where 24x24 went in\" type=\"R301\">"), 1u);
  EXPECT_TRUE(contains(text, "<error message=\"cannot read: &quot;no&quot; &amp; such\"")) << text;
  EXPECT_TRUE(contains(text, "name=\"&lt;gone&gt;.json\"")) << text;
  EXPECT_TRUE(contains(text, "<skipped message=\"holds no network\"/>")) << text;
}

TEST(Markdown, EscapesWhatWouldBeMarkupButNotCode) {
  Checked checked = samples::seed();
  checked.findings[0].message = "`a_b|c` is *not* <b> | x_y";
  const std::string text = rendered("markdown", {checked});
  EXPECT_TRUE(
      contains(text, "| configs/seed.json:8:6 | error R301 | `a_b\\|c` is \\*not\\* &lt;b> \\| x\\_y | "))
      << text;
  EXPECT_TRUE(contains(text, "```python\nself.up = nn.ConvTranspose2d(")) << text;
}

TEST(Markdown, StaysBelowTheLimitOfASummary) {
  Checked checked = samples::seed();
  for (int i = 0; i < 9'999; ++i) checked.findings.push_back(checked.findings[0]);
  const std::string text = rendered("markdown", {checked});
  EXPECT_LT(text.size(), 600'000u);
  EXPECT_TRUE(contains(text, " findings have no details here.\n"));
}

TEST(Lines, OfJsonAreDocumentsOfTheirOwn) {
  const std::string text = rendered("jsonl", {samples::seed(), samples::sound()});
  ASSERT_EQ(count(text, "\n"), 2u);
  const Json first = Json::parse(text.substr(0, text.find('\n')));
  EXPECT_EQ(first["report_version"], 1);
  EXPECT_EQ(first["specs"].size(), 1u);
  EXPECT_EQ(first["summary"]["errors"], 1);
}

TEST(Baselines, LeaveOutWhatTheyKnow) {
  const std::vector<Checked> all = {samples::seed()};
  const Baseline baseline = read_baseline(render_baseline(Report(all, {})));
  EXPECT_EQ(baseline.error, "");
  EXPECT_EQ(baseline.fingerprints.size(), 1u);
  Checked same = samples::seed();
  drop_known(baseline, {}, same);
  EXPECT_TRUE(same.findings.empty());
  EXPECT_EQ(same.known, 1u);
  EXPECT_EQ(same.status, Status::ok);
  EXPECT_TRUE(contains(rendered("text", {same}), "configs/seed.json: ok: nothing new; 1 finding known\n"));
  Checked another = samples::seed();
  another.findings[0].layer = "down";
  drop_known(baseline, {}, another);
  EXPECT_EQ(another.status, Status::findings);
  EXPECT_EQ(another.known, 0u);
}

TEST(Baselines, ThatAreNoneAreRefused) {
  EXPECT_EQ(read_baseline("{").error, "is not JSON; --write-baseline writes it");
  EXPECT_EQ(read_baseline("[]").error, "holds no baseline; --write-baseline writes one");
  EXPECT_EQ(read_baseline(R"({"baseline_version": 1, "findings": [1]})").error,
            "an entry has no `fingerprint`; --write-baseline writes them");
  EXPECT_EQ(read_baseline(R"({"baseline_version": 1, "findings": []})").error, "");
  EXPECT_NE(read_baseline(R"({"baseline_version": "1", "findings": []})").error, "");
}

TEST(Text, LeavesOutTablesAndRightOnesWhereThatIsAsked) {
  const std::vector<Checked> all = {samples::seed(), samples::sound()};
  Report report(all, {});
  report.text.tables = false;
  report.text.right_ones = false;
  const std::string text = find_format("text")->check(report);
  EXPECT_TRUE(text.starts_with("configs/seed.json:8:6: error: ")) << text;
  EXPECT_FALSE(contains(text, "params")) << text;
  EXPECT_FALSE(contains(text, ": ok:")) << text;
  EXPECT_TRUE(text.ends_with("2 specs: 1 ok, 1 with findings; 1 error, 0 warnings, 1 fixable\n")) << text;
}

TEST(Picture, MarksTheCauseAndLinksTheOtherPlace) {
  const std::string svg = render_picture(samples::seed(), "f1-");
  EXPECT_TRUE(svg.starts_with("<svg ")) << svg;
  EXPECT_EQ(count(svg, "<rect class=\"bad\""), 1u);
  EXPECT_EQ(count(svg, "<rect class=\"far\""), 1u);
  EXPECT_EQ(count(svg, "<path class=\"cause\""), 1u);
  EXPECT_EQ(count(svg, "<a href=\"#f1-1\">"), 2u);
  EXPECT_TRUE(contains(svg, "returns [1, 128, 23, 23], expected [1, 128, 24, 24]")) << svg;
  EXPECT_EQ(count(render_picture(samples::sound(), ""), "class=\"bad\""), 0u);
  EXPECT_EQ(count(render_picture(samples::seed(), ""), "<a "), 0u);
}

TEST(Picture, FoldsWhatIsLong) {
  Checked checked = samples::sound();
  for (int i = 0; i < 1'000; ++i)
    samples::add_layer(checked, "r" + std::to_string(i), LayerKind::ReLU, Part::decoder, {1, 128, 24, 24},
                       {1, 128, 24, 24}, {});
  const std::string svg = render_picture(checked, "");
  EXPECT_TRUE(contains(svg, "more layers")) << svg;
  EXPECT_LT(svg.size(), 20'000u);
}

TEST(Page, NeedsNothingBesideItselfAndEscapesNames) {
  Checked checked = samples::seed();
  checked.findings[0].message = "<script>alert(1)</script> & `x`";
  checked.spec.layers[0].name = "<img src=x>";
  const std::string page = rendered("html", {checked});
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_FALSE(contains(page, "<script"));
  EXPECT_FALSE(contains(page, "<img"));
  EXPECT_FALSE(contains(page, "src=\""));
  EXPECT_EQ(count(page, "http"), count(page, "http://www.w3.org/2000/svg"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <code>x</code>")) << page;
  EXPECT_TRUE(contains(page, "id=\"f1-1\""));
  // Every link leads to a place on the page.
  for (std::size_t at = page.find("href=\"#"); at != std::string::npos; at = page.find("href=\"#", at + 1)) {
    const std::string target = page.substr(at + 7, page.find('"', at + 7) - at - 7);
    EXPECT_EQ(count(page, "id=\"" + target + "\""), 1u) << target;
  }
  EXPECT_TRUE(contains(page, "prefers-color-scheme:dark"));
}

}  // namespace
}  // namespace shapedbg
