#include "report/fixed.h"

#include <gtest/gtest.h>

#include "report/samples.h"

namespace shapedbg {
namespace {

Fixed untouched() { return {samples::seed(), samples::kSeedText, {}}; }

std::string text(const Fixed& fixed, const FixOptions& options = {}) {
  return render_fixed(fixed, options, {});
}

const std::string kHeadline =
    "configs/seed.json:8:6: error: the output is 23x23 where 24x24 went in (R301 reconstruction-mismatch)\n";

TEST(FixedReport, TellsEachAppliedFixAndThatAllIsWell) {
  Fixed fixed{samples::sound(), samples::kSeedText, {}};
  const Fix fix = samples::seed().findings[0].fixes[0];
  fixed.applied = {{Code::R301, fix}, {Code::R301, fix}};
  const std::string line =
      "configs/seed.json: set output_padding to 1 on `up`: returns [1, 128, 24, 24] (ran on cpu); right for "
      "even sizes\n";
  EXPECT_EQ(text(fixed), line + line + "configs/seed.json: ok: returns [1, 128, 24, 24], as expected\n");
}

TEST(FixedReport, TellsWhatRemainsInOneLineEach) {
  Fixed fixed = untouched();
  fixed.result.findings[0].fixes.clear();
  fixed.result.findings.push_back(fixed.result.findings[0]);
  EXPECT_EQ(text(fixed), kHeadline + kHeadline);
}

TEST(FixedReport, KeepsWarningsAndLeavesOutNotes) {
  Fixed fixed{samples::sound(), samples::kSeedText, {}};
  Finding finding;
  finding.code = Code::W501;
  finding.message = "stretches";
  finding.where = {{0, 1}, "/"};
  fixed.result.findings = {finding};
  EXPECT_EQ(text(fixed),
            "configs/seed.json:1:1: warning: stretches (W501 silent-broadcast)\n"
            "configs/seed.json: ok: returns [1, 128, 24, 24], as expected\n");
  for (const CodeInfo& code : all_codes()) {
    if (code.severity != Severity::note) continue;
    fixed.result.findings[0].code = code.code;
    EXPECT_EQ(text(fixed), "configs/seed.json: ok: returns [1, 128, 24, 24], as expected\n");
  }
}

TEST(FixedReport, SaysHowToGoOn) {
  Fixed fixed = untouched();
  fixed.result.findings[0].fixes[0].applicability = Applicability::unsafe;
  EXPECT_EQ(text(fixed), kHeadline + "  try   shapedbg fix --unsafe configs/seed.json\n");
  EXPECT_EQ(text(fixed, {.unsafe = true}), kHeadline) << "that was tried already";
  fixed = untouched();
  fixed.result.findings.insert(fixed.result.findings.begin(), fixed.result.findings[0]);
  fixed.result.findings[0].fixes.clear();
  // `fix` goes on behind an error without a fix by itself: what is left was tried.
  EXPECT_EQ(text(fixed), kHeadline + kHeadline);
  EXPECT_EQ(text(fixed, {.all = true}), kHeadline + kHeadline);
  EXPECT_EQ(text(untouched(), {.pick = 1}), kHeadline + "  try   shapedbg fix configs/seed.json\n");
}

TEST(FixedReport, EscapesWhatAFileNameHolds) {
  Fixed fixed{samples::sound(), samples::kSeedText, {}};
  fixed.result.source = Source("a\x1b[2J.json", samples::kSeedText);
  EXPECT_EQ(text(fixed), "a\\x1b[2J.json: ok: returns [1, 128, 24, 24], as expected\n");
}

}  // namespace
}  // namespace shapedbg
