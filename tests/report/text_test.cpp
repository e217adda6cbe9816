#include "report/render/text.h"

#include <gtest/gtest.h>

#include "report/printable.h"
#include "report/samples.h"

namespace shapedbg::text_test {
namespace {

using samples::place;

std::string text(const Checked& checked, std::size_t width = 100) {
  return render_text({checked}, {false, width});
}

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

TEST(TextReport, ShowsTheSeedCaseAtAGlance) {
  EXPECT_EQ(
      text(samples::seed()),
      "autoencoder   input [1, 128, 24, 24]   cpu, LibTorch 2.13.0\n"
      "\n"
      "  layer    type              output              params\n"
      "  encoder\n"
      "    down   Conv2d            [1, 256, 12, 12]   295,168\n"
      "  decoder\n"
      "    up     ConvTranspose2d   [1, 128, 23, 23]   295,040   <- expected [1, 128, 24, 24]\n"
      "  total                                         590,208   84,934,656 mult-adds\n"
      "\n"
      "configs/seed.json:8:6: error: the output is 23x23 where 24x24 went in (R301 reconstruction-mismatch)\n"
      "  8 | {\"name\": \"up\", \"type\": \"ConvTranspose2d\", \"in_channels\": ... 3, \"stride\": 2, "
      "\"padding\": 1}\n"
      "    |  ^^^^^^^^^^^^ (12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 = 23\n"
      "  5 | {\"name\": \"down\", \"type\": \"Conv2d\", \"in_channels\": 128, ... 3, \"stride\": 2, "
      "\"padding\": 1}\n"
      "    |  -------------- maps 23 and 24 alike to 12: the transposed layer cannot know which it was\n"
      "  fix   set output_padding to 1 on `up`: returns [1, 128, 24, 24] (ran on cpu); right for even "
      "sizes\n"
      "  code  self.up = nn.ConvTranspose2d(256, 128, 3, stride=2, padding=1, output_padding=1)\n"
      "  try   shapedbg fix configs/seed.json\n");
}

// Layers that a loop makes on one line say one thing once.
TEST(TextReport, SaysOnceWhatIsTrueOfOneLineSeveralTimes) {
  Checked checked = samples::seed();
  std::vector<Related>& related = checked.findings[0].related;
  related = {related[0], related[0], related[0]};
  related[1].layer = "another";
  const std::string shown = text(checked);
  EXPECT_TRUE(contains(shown, "cannot know which it was (3 times)\n")) << shown;
  EXPECT_FALSE(contains(shown, "which it was\n")) << shown;
  related[2].message = "another";
  EXPECT_TRUE(contains(text(checked), "which it was (2 times)\n")) << text(checked);
}

// What is to be pasted is shown whole; only of what nobody pastes by hand the first lines alone.
TEST(TextReport, ShowsTheLinesOfCodeThatChange) {
  Checked checked = samples::seed();
  checked.findings[0].fixes[0].code.python = "a = 1\nb = 2\nc = 3";
  EXPECT_TRUE(contains(text(checked), "\n  code  a = 1\n        b = 2\n        c = 3\n  try "))
      << text(checked);
  std::string& python = checked.findings[0].fixes[0].code.python;
  for (int i = 4; i <= 16; ++i) python += "\nx" + std::to_string(i) + " = " + std::to_string(i);
  EXPECT_TRUE(contains(text(checked), "        x16 = 16\n  try ")) << text(checked);
  python += "\nd = 4\ne = 5";
  EXPECT_TRUE(contains(text(checked), "        x16 = 16\n        ... and 2 lines more\n  try "))
      << text(checked);
  checked.findings[0].fixes[0].code.python.clear();
  EXPECT_FALSE(contains(text(checked), "  code"));
}

TEST(TextReport, AdvisesFixOnlyWhereItWouldDoSomething) {
  const auto advice = [](const Checked& checked) {
    const std::string report = text(checked);
    const std::size_t at = report.find("  try   ");
    return at == std::string::npos ? "" : report.substr(at + 8, report.find('\n', at) - at - 8);
  };
  Checked checked = samples::seed();
  EXPECT_EQ(advice(checked), "shapedbg fix configs/seed.json");
  checked.findings[0].fixes[0].applicability = Applicability::unsafe;
  EXPECT_EQ(advice(checked), "shapedbg fix --unsafe configs/seed.json");
  checked.findings[0].fixes[0].applicability = Applicability::display;
  EXPECT_EQ(advice(checked), "");
  checked = samples::seed();
  checked.findings[0].fixes[0].edits.clear();
  EXPECT_EQ(advice(checked), "");
  // Behind an error that nothing repairs: `fix` goes on to it by itself.
  checked = samples::seed();
  checked.findings.insert(checked.findings.begin(), checked.findings[0]);
  checked.findings[0].fixes.clear();
  EXPECT_EQ(advice(checked), "shapedbg fix configs/seed.json");
  // Standard input is nothing to rewrite.
  checked = samples::seed();
  checked.source = Source("<stdin>", samples::kSeedText);
  EXPECT_EQ(advice(checked), "");
  checked.source = Source("it's a spec.json", samples::kSeedText);
  EXPECT_EQ(advice(checked), "shapedbg fix 'it'\\''s a spec.json'");
  checked.source = Source("-x.json", samples::kSeedText);
  EXPECT_EQ(advice(checked), "shapedbg fix ./-x.json");
}

TEST(TextReport, SaysInOneLineThatAllIsWell) {
  EXPECT_TRUE(
      text(samples::sound()).ends_with("\n\nconfigs/seed.json: ok: returns [1, 128, 24, 24], as expected\n"));
  Checked nothing_expected = samples::sound();
  nothing_expected.expected.reset();
  EXPECT_TRUE(text(nothing_expected).ends_with("\nconfigs/seed.json: ok: returns [1, 128, 24, 24]\n"));
}

TEST(TextReport, NamesAllThatANetworkReturns) {
  Checked pyramid = samples::sound();
  pyramid.expected.reset();
  pyramid.spec.outputs = {{LayerId(0), 0}, {LayerId(1), 0}};
  pyramid.trace.layers[0].outputs = {{1, 256, 12, 12}};
  EXPECT_TRUE(text(pyramid).ends_with(": ok: returns `down` [1, 256, 12, 12], `up` [1, 128, 24, 24]\n"))
      << text(pyramid);
  pyramid.spec.outputs = {{LayerId(1), 0}};
  EXPECT_TRUE(text(pyramid).ends_with(": ok: returns [1, 128, 24, 24]\n"));
  // The last layer need not be among them.
  pyramid.spec.outputs = {{LayerId(0), 0}};
  EXPECT_TRUE(text(pyramid).ends_with(": ok: returns `down` [1, 256, 12, 12]\n"));
  pyramid.spec.outputs.assign(11, Ref{LayerId(0), 0});
  EXPECT_TRUE(text(pyramid).ends_with(" and 3 more\n")) << text(pyramid);
}

TEST(TextReport, SpellsOutSizesThatMayBeAnything) {
  Checked checked = samples::seed();
  checked.expected = Shape{1, Expect::any_size, 24, 24};
  EXPECT_TRUE(contains(text(checked), "<- expected [1, any, 24, 24]\n"));
}

TEST(TextReport, MarksRowsThatLibTorchDidNotRun) {
  Checked checked = samples::seed();
  checked.findings[0].code = Code::L203;
  checked.findings[0].layer = "down";
  checked.trace.layers[0].source = RowSource::formula;
  checked.trace.layers[1].source = RowSource::unknown;
  checked.trace.layers[1].outputs.clear();
  const std::string report = text(checked);
  EXPECT_TRUE(contains(
      report,
      "    down   Conv2d            [1, 256, 12, 12]   295,168   formula   <- L203 channel-mismatch\n"
      "  decoder\n"
      "    up     ConvTranspose2d   ?                        ?   ?\n"))
      << report;
  EXPECT_TRUE(contains(report, "  formula: computed, LibTorch did not run this layer; ?: not known\n"))
      << report;
  EXPECT_TRUE(contains(report, " mult-adds, without the rows that are not known\n")) << report;
}

TEST(TextReport, NeedsNoLegendWhereNothingRan) {
  Checked checked = samples::sound();
  checked.trace.device = "off";
  checked.trace.libtorch.clear();
  for (LayerTrace& layer : checked.trace.layers) layer.source = RowSource::formula;
  const std::string report = text(checked);
  EXPECT_TRUE(report.starts_with("autoencoder   input [1, 128, 24, 24]   formulas only\n")) << report;
  EXPECT_FALSE(contains(report, "formula:")) << report;
}

TEST(TextReport, ShowsEveryLayerOfALongNetwork) {
  Checked checked = samples::sound();
  for (int i = 0; i < 3000; ++i) {
    samples::add_layer(checked, "act" + std::to_string(i), LayerKind::ReLU, Part::decoder, {1, 128, 24, 24},
                       {1, 128, 24, 24}, {});
  }
  const std::string report = text(checked);
  for (int i = 0; i < 3000; ++i) EXPECT_TRUE(contains(report, "    act" + std::to_string(i) + " ")) << i;
}

TEST(TextReport, ColoursOnlyWhenAskedAndNeverChangesTheWords) {
  const Checked checked = samples::seed();
  EXPECT_FALSE(contains(text(checked), "\x1b"));
  std::string colored = render_text({checked}, {true, 100});
  EXPECT_TRUE(contains(colored, "\x1b[1;31merror\x1b[0m"));
  for (std::size_t at = 0; (at = colored.find('\x1b', at)) != std::string::npos;) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  EXPECT_EQ(colored, text(checked));
}

TEST(TextReport, LetsNoTerminalEscapeThrough) {
  const std::string evil = "a\x1b[2Jb\x07\xC2\x9B\xE2\x80\xAE\xFFz";
  Checked checked = samples::seed();
  checked.source = Source("dir/" + evil + ".json", "\"" + evil + "\"\r\n");
  checked.spec.name = evil;
  checked.spec.inputs[0].name = evil;
  checked.spec.layers[0].name = evil;
  Finding& finding = checked.findings[0];
  finding.message = finding.label = evil;
  finding.where = {{0, 4}, ""};
  finding.related[0].message = evil;
  finding.related[0].where = {{1, 4}, ""};
  finding.notes.push_back(evil);
  finding.fixes[0].title = finding.fixes[0].right_for = evil;
  const std::string report = text(checked);
  for (const char c : report) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
    EXPECT_NE(c, '\x7f');
  }
  EXPECT_FALSE(contains(report, "\xC2\x9B"));
  EXPECT_FALSE(contains(report, "\xE2\x80\xAE"));
  EXPECT_FALSE(contains(report, "\xFF"));
  EXPECT_TRUE(contains(report, "a\\x1b[2Jb\\x07\\x9b\\u{202e}\\xffz")) << report;
}

TEST(TextReport, ShowsNoNetworkWhereTheFileHoldsNone) {
  Source source("bad.json", "{\"input\": [1,\n");
  Finding finding;
  finding.code = Code::J001;
  finding.message = "the file ends inside of a list";
  finding.where = {{source.bytes().size(), source.bytes().size()}, ""};
  EXPECT_EQ(text(samples::only(source, finding)),
            "bad.json:2:1: error: the file ends inside of a list (J001 not-json)\n"
            "  2 |\n"
            "    | ^\n");
}

TEST(TextReport, PointsAtNothingWhenTheFaultIsNotInTheFile) {
  Checked checked = samples::sound();
  checked.status = Status::error;
  Finding finding;
  finding.code = Code::X902;
  finding.message = "LibTorch cannot be opened";
  finding.notes.push_back("`--device off` answers by the formulas alone");
  checked.findings = {finding};
  EXPECT_TRUE(
      text(checked).ends_with("\n\nconfigs/seed.json: error: LibTorch cannot be opened (X902 run-failed)\n"
                              "  note  `--device off` answers by the formulas alone\n"))
      << text(checked);
}

TEST(TextReport, PutsALongLabelBelowTheMarksAndWrapsIt) {
  Checked checked = samples::seed();
  checked.findings[0].related.clear();
  checked.findings[0].fixes.clear();
  const std::string report = text(checked, 44);
  EXPECT_TRUE(contains(report,
                       "  8 | {\"name\": \"up\", \"type\": ...padding\": 1}\n"
                       "    |  ^^^^^^^^^^^^\n"
                       "    | (12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 =\n"
                       "    | 23\n"))
      << report;
}

TEST(TextReport, WrapsNotesUnderThemselvesButNotWhatLibTorchSaid) {
  Checked checked = samples::seed();
  checked.findings[0].notes = {"one two three four five six seven eight nine ten",
                               "LibTorch: one two three four five six seven eight nine ten"};
  const std::string report = text(checked, 40);
  EXPECT_TRUE(contains(report,
                       "  note  one two three four five six\n"
                       "        seven eight nine ten\n"
                       "  note  LibTorch: one two three four five six seven eight nine ten\n"))
      << report;
}

TEST(TextReport, OffersFurtherFixesUnderTheFirst) {
  Checked checked = samples::seed();
  Fix other;
  other.title = "set kernel_size to 4 on `up`";
  other.verified = {"meta", {1, 128, 24, 24}};
  other.applicability = Applicability::unsafe;
  checked.findings[0].fixes.push_back(other);
  EXPECT_TRUE(
      text(checked, 200)
          .ends_with("  or 2  set kernel_size to 4 on `up`: returns [1, 128, 24, 24] (ran on meta) (unsafe)\n"
                     "  try   shapedbg fix configs/seed.json   # --pick 2 takes the second\n"));
  // --pick counts those of the first finding that has any.
  checked.findings.push_back(checked.findings[0]);
  EXPECT_TRUE(
      text(checked, 200)
          .ends_with(
              "  or    set kernel_size to 4 on `up`: returns [1, 128, 24, 24] (ran on meta) (unsafe)\n"));
}

TEST(TextReport, CountsWhenThereAreSeveralSpecs) {
  const std::string report =
      render_text({samples::seed(), samples::sound(), samples::unread("x.json", "cannot read: no")}, {});
  EXPECT_TRUE(report.ends_with(
      "\n\n3 specs: 1 ok, 1 with findings, 1 not checked; 2 errors, 0 warnings, 1 fixable\n"))
      << report;
  EXPECT_FALSE(contains(render_text({samples::seed()}, {}), "specs:"));
}

TEST(TextReport, AlignsGuttersOfLinesWithDifferentNumbersOfDigits) {
  std::string bytes;
  for (int i = 1; i <= 12; ++i) bytes += "line" + std::to_string(i) + "\n";
  const Source source("a.json", bytes);
  Finding finding;
  finding.code = Code::S107;
  finding.message = "twice";
  finding.where = place(source, "line12");
  finding.related.push_back({"", place(source, "line2"), "first here"});
  EXPECT_EQ(text(samples::only(source, finding)),
            "a.json:12:1: error: twice (S107 duplicate-name)\n"
            "  12 | line12\n"
            "     | ^^^^^^\n"
            "   2 | line2\n"
            "     | ----- first here\n");
}

TEST(Printable, GroupsDigits) {
  EXPECT_EQ(thousands(0), "0");
  EXPECT_EQ(thousands(999), "999");
  EXPECT_EQ(thousands(1000), "1,000");
  EXPECT_EQ(thousands(1234567), "1,234,567");
  EXPECT_EQ(thousands(-1234567), "-1,234,567");
  EXPECT_EQ(thousands(-123), "-123");
  EXPECT_EQ(thousands(INT64_MAX), "9,223,372,036,854,775,807");
}

TEST(Printable, ShortensInTheMiddleAndCountsCodePoints) {
  EXPECT_EQ(shortened("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shortened("abcdefghijk", 10), "abcd...ijk");
  EXPECT_EQ(shortened("äöüäöüäöüäö", 10), "äöüä...üäö");
  EXPECT_LE(columns(shortened("\x1b\x1b\x1b\x1b\x1b\x1b", 12)), 12u);
}

TEST(Printable, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(printable("\xC0\x80"), "\\xc0\\x80");           // overlong
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(printable("\xE2\x82"), "\\xe2\\x82");           // truncated
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xE2\x82\xAC"), "€");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

// A stem, `blocks` times a convolution and a ReLU alike, and a head of two layers.
Checked deep(int blocks) {
  Checked checked{Source("deep.json", "{}"), {}, {}, {}, {}, {}, {}, Status::ok, {}};
  checked.spec.name = "deep";
  checked.trace.device = "off";
  const Shape x{1, 8, 4, 4};
  const auto add = [&](const std::string& name, LayerKind kind, std::int64_t params) {
    samples::add_layer(checked, name, kind, Part::layers, x, x, {params, 0}, RowSource::formula);
  };
  add("stem", LayerKind::Conv2d, 10);
  for (int i = 0; i < blocks; ++i) {
    add("body." + std::to_string(i) + ".conv", LayerKind::Conv2d, 100);
    add("body." + std::to_string(i) + ".relu", LayerKind::ReLU, 0);
  }
  add("head.a", LayerKind::Conv2d, 1);
  add("head.b", LayerKind::Conv2d, 2);
  return checked;
}

std::string folded(const Checked& checked, TableFold fold) {
  TextStyle style;
  style.fold = fold;
  const std::string report = render_text({checked}, style);
  return report.substr(0, report.find("  total"));
}

TEST(TextReport, FoldsWhatBelongsTogetherInALargeNetwork) {
  const Checked checked = deep(30);
  EXPECT_EQ(folded(checked, TableFold::automatic),
            "deep   formulas only\n\n"
            "  layer                type            output         params\n"
            "  stem                 Conv2d          [1, 8, 4, 4]       10\n"
            "  body.0 ... body.29   30 x 2 layers   [1, 8, 4, 4]    3,000\n"
            "  head                 2 layers        [1, 8, 4, 4]        3\n");
  EXPECT_EQ(folded(checked, TableFold::automatic), folded(checked, TableFold::folded));
  EXPECT_TRUE(contains(folded(checked, TableFold::full), "\n  body.7.relu "));
  EXPECT_TRUE(contains(text(checked), "  folded: 63 layers; `--table full` shows each\n"));
  EXPECT_TRUE(contains(folded(deep(5), TableFold::automatic), "\n  body.4.relu "));
  EXPECT_FALSE(contains(text(deep(5)), "folded"));
}

TEST(TextReport, NeverFoldsAwayALayerWithAFinding) {
  Checked checked = deep(30);
  Finding& finding = checked.findings.emplace_back();
  finding.code = Code::W502;
  finding.layer = "body.7.conv";
  finding.message = "m";
  const std::string table = folded(checked, TableFold::automatic);
  EXPECT_TRUE(contains(table, "\n  body.0 ... body.6 "));
  EXPECT_TRUE(contains(table, "\n  body.7.conv "));
  EXPECT_TRUE(contains(table, "<- W502 unused-output\n  body.7.relu "));
  EXPECT_TRUE(contains(table, "\n  body.8 ... body.29 ")) << table;
}

}  // namespace
}  // namespace shapedbg::text_test
