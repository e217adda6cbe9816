// The command line as users type it, without LibTorch: --device off, or nothing to run at all.
#include "cli/command_line.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "finding/finding.h"
#include "net/kinds.h"
#include "report/render/json.h"
#include "schema/validate.h"

namespace shapedbg::run_test {
namespace {

using Json = nlohmann::json;

constexpr const char* kSound =
    R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})";
constexpr const char* kSeed = R"({"input": [1, 1, 8, 8],
  "encoder": [{"type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}],
  "decoder": [{"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}]})";

Result call(const std::vector<std::string>& args, const std::string& input = {}) {
  return run_line(args, input);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

using CommandLine = InFolder;

TEST_F(CommandLine, TellsItsVersionAndHelp) {
  const Result version = call({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.starts_with("shapedbg " SHAPEDBG_VERSION "\nLibTorch ")) << version.out;
  EXPECT_NE(version.out.find("\nbuilt with "), std::string::npos) << version.out;
  EXPECT_EQ(version.err, "");
  const Result help = call({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* word : {"check", "mirror", "explain", "schema", "--version", "Exit codes"}) {
    EXPECT_TRUE(contains(help.out, word)) << word;
  }
  for (const auto& args : std::vector<std::vector<std::string>>{{"check", "--help"}, {"--help", "check"}}) {
    const Result check = call(args);
    EXPECT_EQ(check.code, 0);
    for (const char* word : {"--format", "--output", "--color", "--device", "--verbose", "--quiet"}) {
      EXPECT_TRUE(contains(check.out, word)) << word;
    }
  }
}

TEST_F(CommandLine, AnswersBadOptionsInOneLine) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "no spec is given"},
      {{"check"}, "no spec is given"},
      {{"--format", "json"}, "no spec is given"},
      {{"x.json", "--fromat", "json"}, "unknown option `--fromat`; the nearest known option is `--format`"},
      {{"x.json", "--fromat=json"}, "unknown option `--fromat`; the nearest known option is `--format`"},
      {{"x.json", "-z"}, "unknown option `-z`"},
      {{"x.json", "--format", "xml"}, "`xml` is not one of text, json"},
      {{"x.json", "--ignore", "W590"},
       "`W590` is no risk that could be ignored; the nearest known risk is `W510`"},
      {{"x.json", "--ignore", "W502,checkerbord"}, "the nearest known risk is `checkerboard`"},
      {{"x.json", "--ignore", "R301"}, "`R301` cannot be ignored: only risks can, the codes W5xx"},
      {{"x.json", "--device", "gpu"}, "`gpu` is not one of auto, cpu, meta, cuda, off"},
      {{"x.json", "--output"}, "--output"},
      {{"schema", "extra"}, "`extra` is not one of report, fix, sizes, spec"},
      {{"explain", "R999"}, "`R999` is neither a finding nor a layer type"},
      {{"explain", "Comv2d"}, "the nearest known word is `Conv2d`"},
      {{"explain", "strid"}, "the nearest known word is `stride`"},
  };
  for (const auto& [args, message] : cases) {
    const Result result = call(args);
    EXPECT_EQ(result.code, 2) << message;
    EXPECT_EQ(result.out, "") << message;
    EXPECT_EQ(lines(result.err), 1u) << result.err;
    EXPECT_TRUE(result.err.starts_with("shapedbg: ")) << result.err;
    EXPECT_TRUE(contains(result.err, message)) << result.err;
  }
}

TEST_F(CommandLine, ChecksWithOrWithoutTheCommandsName) {
  const std::string spec = write("sound.json", kSound);
  const std::string text = call({"check", spec, "--device", "off"}).out;
  EXPECT_TRUE(contains(text, "ok: returns [1, 4, 6, 6]")) << text;
  EXPECT_EQ(call({spec, "--device", "off"}).out, text);
  EXPECT_EQ(call({"--device", "off", spec}).out, text);
  EXPECT_EQ(call({"--device=off", spec}).out, text);
  EXPECT_EQ(call({"--device", "off", "check", spec}).out, text);
  EXPECT_EQ(call({"-v", "check", spec, "--device", "off"}).out, text);
  EXPECT_EQ(call({"--device", "off", "--", spec}).out, text);
}

TEST_F(CommandLine, SaysByItsExitCodeWhatItFound) {
  const std::string sound = write("sound.json", kSound);
  const std::string seed = write("seed.json", kSeed);
  const std::string broken = write("broken.json", "{");
  const std::string missing = path("missing.json");
  const auto code = [](std::vector<std::string> args) {
    args.insert(args.end(), {"--device", "off"});
    return call(args).code;
  };
  EXPECT_EQ(code({sound}), 0);
  EXPECT_EQ(code({seed}), 1);
  EXPECT_EQ(code({broken}), 1);
  EXPECT_EQ(code({missing}), 2);
  EXPECT_EQ(code({sound, seed}), 1);
  EXPECT_EQ(code({seed, missing, sound}), 2);
}

TEST_F(CommandLine, AnswersUnreadableFilesInOneLineAndGoesOn) {
  const std::string sound = write("sound.json", kSound);
  const Result result = call({path("no.json"), path("none/no.json"), sound, "--device", "off"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err, "shapedbg: " + path("no.json") + ": cannot read: no such file or directory\n" +
                            "shapedbg: " + path("none/no.json") +
                            ": cannot read: no such file or directory\n");
  EXPECT_TRUE(contains(result.out, "ok: returns [1, 4, 6, 6]"));
  EXPECT_TRUE(contains(result.out, "3 specs: 1 ok, 2 not checked; 2 errors, 0 warnings, 0 fixable\n"))
      << result.out;

  if (::geteuid() != 0) {
    ::chmod(sound.c_str(), 0);
    EXPECT_TRUE(contains(call({sound}).err, "cannot read: permission denied"));
  }
}

TEST_F(CommandLine, ListsUnreadableFilesInTheJsonReport) {
  const Result result = call({path("no.json"), "--format", "json"});
  EXPECT_EQ(result.code, 2);
  const Json report = Json::parse(result.out);
  EXPECT_EQ(report["specs"][0]["status"], "error");
  EXPECT_EQ(report["specs"][0]["error"], "cannot read: no such file or directory");
}

TEST_F(CommandLine, ReadsStandardInput) {
  const Result result = call({"-", "--device", "off", "--format", "json"}, kSeed);
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(Json::parse(result.out)["specs"][0]["file"], "<stdin>");
  EXPECT_EQ(call({"-"}, "").code, 1);
}

TEST_F(CommandLine, NeverReadsMoreThanASpecMayHold) {
  const Result zeros = call({"/dev/zero", "--format", "json"});
  EXPECT_EQ(zeros.code, 1);
  const Json report = Json::parse(zeros.out);
  EXPECT_EQ(report["specs"][0]["findings"][0]["name"], "too-large");
  const Result brackets = call({"-"}, std::string(50u << 20, '['));
  EXPECT_EQ(brackets.code, 1);
  EXPECT_LT(brackets.out.size(), 2000u);
}

TEST_F(CommandLine, WritesControlCharactersOfFileNamesEscaped) {
  const Result result = call({path("\x1b[31mred\nx")});
  EXPECT_FALSE(contains(result.err, "\x1b"));
  EXPECT_EQ(lines(result.err), 1u);
}

TEST_F(CommandLine, WritesTheReportToAFileAsItWouldPrintIt) {
  const std::string seed = write("seed.json", kSeed);
  const std::string printed = call({seed, "--device", "off"}).out;
  const Result result = call({seed, "--device", "off", "--output", path("report.txt")});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(content(path("report.txt")), printed);
  EXPECT_EQ(files(), 2u);
  EXPECT_EQ(call({seed, "--device", "off", "-o", "-"}).out, printed);
}

TEST_F(CommandLine, KeepsPermissionsAndLinksOfTheOutputFile) {
  const std::string spec = write("sound.json", kSound);
  write("old.txt", "old");
  ::chmod(path("old.txt").c_str(), 0640);
  fs::create_symlink("old.txt", path("link.txt"));
  EXPECT_EQ(call({spec, "--device", "off", "-o", path("link.txt")}).code, 0);
  EXPECT_TRUE(fs::is_symlink(path("link.txt")));
  EXPECT_TRUE(contains(content(path("old.txt")), "ok: returns"));
  struct stat status {};
  ASSERT_EQ(::stat(path("old.txt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0640u);

  const mode_t before = ::umask(027);
  EXPECT_EQ(call({spec, "--device", "off", "-o", path("new.txt")}).code, 0);
  ::umask(before);
  ASSERT_EQ(::stat(path("new.txt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0640u);
  EXPECT_EQ(files(), 4u);
}

TEST_F(CommandLine, AnUnreadableSpecLeavesTheOldReport) {
  const std::string report = write("report.txt", "the last report\n");
  EXPECT_EQ(run_line({"check", path("none.json"), "--output", report}).code, exit_failed);
  EXPECT_EQ(run_line({"sizes", path("none.json"), "--output", report}).code, exit_failed);
  EXPECT_EQ(content(report), "the last report\n");
}

TEST_F(CommandLine, AnOutputLinkThatPointsAtNothingStaysALink) {
  const std::string spec = write("sound.json", kSound);
  fs::create_symlink("not/yet.txt", path("link.txt"));
  fs::create_directory(path("not"));
  EXPECT_EQ(run_line({"check", "--device", "off", spec, "--output", path("link.txt")}).code, exit_clean);
  EXPECT_TRUE(fs::is_symlink(path("link.txt")));
  EXPECT_NE(content(path("not/yet.txt")), "");
  fs::create_symlink("round.txt", path("round.txt"));
  EXPECT_EQ(run_line({"check", "--device", "off", spec, "--output", path("round.txt")}).code, exit_failed);
}

TEST_F(CommandLine, RefusesABadOutputBeforeAnyWork) {
  const std::string spec = write("sound.json", kSound);
  // The missing spec would be reported too, had the work begun.
  const Result no_folder = call({path("no.json"), "-o", path("no/report.txt")});
  EXPECT_EQ(no_folder.code, 2);
  EXPECT_EQ(no_folder.err,
            "shapedbg: cannot write `" + path("no/report.txt") + "`: no such file or directory\n");
  const Result folder = call({spec, "-o", folder_.string()});
  EXPECT_EQ(folder.code, 2);
  EXPECT_TRUE(contains(folder.err, "is a directory")) << folder.err;
  const Result itself = call({spec, "-o", spec});
  EXPECT_EQ(itself.code, 2);
  EXPECT_TRUE(contains(itself.err, "would be overwritten")) << itself.err;
  EXPECT_EQ(content(spec), kSound);
  EXPECT_EQ(files(), 1u);
}

TEST_F(CommandLine, LeavesTheOldReportWhenTheNewOneCannotBeWritten) {
  const std::string spec = write("sound.json", kSound);
  const Result full = call({spec, "--device", "off", "-o", "/dev/full"});
  EXPECT_EQ(full.code, 2);
  EXPECT_EQ(full.err, "shapedbg: cannot write `/dev/full`: no space left on device\n");
  EXPECT_EQ(call({spec, "--device", "off", "-o", "/dev/null"}).code, 0);
}

TEST_F(CommandLine, ColoursOnlyWhereItIsWanted) {
  const std::string spec = write("sound.json", kSound);
  EXPECT_FALSE(contains(call({spec, "--device", "off"}).out, "\x1b["));
  EXPECT_FALSE(contains(call({spec, "--device", "off", "--color", "never"}).out, "\x1b["));
  EXPECT_TRUE(contains(call({spec, "--device", "off", "--color", "always"}).out, "\x1b["));
  EXPECT_FALSE(
      contains(call({spec, "--device", "off", "--color", "always", "--format", "json"}).out, "\x1b["));
}

TEST_F(CommandLine, CutsLinesToTheColumnsOfTheEnvironment) {
  const std::string spec =
      write("wide.json", std::string(R"({"input": [1, 3, 8, 8], "unknown_key_of_some_length": )") + "[" +
                             std::string(300, ' ') + "],\n \"layers\": []}");
  setenv("COLUMNS", "60", 1);
  const std::string narrow = call({spec}).out;
  unsetenv("COLUMNS");
  const std::string wide = call({spec}).out;
  const auto longest_excerpt = [](const std::string& text) {
    std::size_t longest = 0;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) {
      if (contains(line, " | ")) longest = std::max(longest, line.size());
    }
    return longest;
  };
  EXPECT_EQ(longest_excerpt(narrow), 60u) << narrow;
  EXPECT_EQ(longest_excerpt(wide), 100u) << wide;
}

TEST_F(CommandLine, LogsOnStandardErrorOnlyWhenAsked) {
  const std::string spec = write("sound.json", kSound);
  const Result silent = call({spec, "--device", "off"});
  EXPECT_EQ(silent.err, "");
  const Result verbose = call({spec, "--device", "off", "-v"});
  EXPECT_EQ(verbose.out, silent.out);
  EXPECT_TRUE(contains(verbose.err, "shapedbg: info: read " + spec)) << verbose.err;
  EXPECT_FALSE(contains(verbose.err, " ms")) << verbose.err;
  EXPECT_TRUE(contains(call({spec, "--device", "off", "-vv"}).err, " ms"));
  EXPECT_EQ(call({spec, "--device", "off", "-v", "-q"}).err, "");
}

// A stream whose reader has gone, or whose disk is full.
class Refusing : public std::streambuf {
 public:
  explicit Refusing(int error) : error_(error) {}

 private:
  int_type overflow(int_type) override { return fail(); }
  std::streamsize xsputn(const char*, std::streamsize) override { return fail(), 0; }
  int_type fail() {
    errno = error_;
    return traits_type::eof();
  }
  int error_;
};

TEST_F(CommandLine, KeepsItsExitCodeOnAClosedPipeAndFailsOnAFullDisk) {
  const std::string seed = write("seed.json", kSeed);
  const std::vector<std::pair<std::vector<std::string>, int>> lines{
      {{seed, "--device", "off"}, exit_findings}, {{"--help"}, exit_clean}, {{"schema"}, exit_clean}};
  for (const auto& [args, code] : lines) {
    std::istringstream in;
    std::ostringstream err;
    Refusing closed(EPIPE);
    std::ostream to_closed(&closed);
    EXPECT_EQ(run(args, in, to_closed, err), code);
    EXPECT_EQ(err.str(), "");
    Refusing full(ENOSPC);
    std::ostream to_full(&full);
    EXPECT_EQ(run(args, in, to_full, err), 2);
    EXPECT_EQ(err.str(), "shapedbg: cannot write standard output: no space left on device\n");
  }
}

TEST_F(CommandLine, PrintsTheSchemaOfItsReports) {
  const Result result = call({"schema"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, report_schema());
  EXPECT_EQ(Json::parse(result.out)["properties"]["report_version"]["const"], report_version);
  EXPECT_EQ(result.out, content(SHAPEDBG_SOURCE_DIR "/src/report/report-1.schema.json"));
}

TEST_F(CommandLine, PrintsTheSchemaOfTheSizesReportAndMeetsIt) {
  const std::string schema = call({"schema", "sizes"}).out;
  EXPECT_EQ(schema, content(SHAPEDBG_SOURCE_DIR "/src/report/sizes-1.schema.json"));
  const std::string seed = SHAPEDBG_SOURCE_DIR "/configs/seed.json";
  const std::string report =
      call({"sizes", seed, "--device", "off", "--format", "json", "--near", "25", "--range", "2:30"}).out;
  EXPECT_EQ(verdicts(schema, {report}), std::vector<std::string>{"ok"}) << report;
}

// What the page says about its examples is what `sizes` finds for them.
TEST_F(CommandLine, ThePageOfFindingsIsTheOneOfTheTables) {
  std::ifstream file(std::filesystem::path(SHAPEDBG_SOURCE_DIR) / "docs" / "findings.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(text == call({"manual", "findings"}).out) << "shapedbg manual findings > docs/findings.md";
  for (const CodeInfo& code : all_codes())
    EXPECT_NE(text.find("<a id=\"" + std::string(code.id) + "\">"), std::string::npos) << code.id;
}

TEST_F(CommandLine, ManualAndCompletionsHoldEveryOption) {
  for (const char* which : {"man", "bash", "zsh", "fish"}) {
    std::string text = call({"manual", which}).out;
    text.erase(std::remove(text.begin(), text.end(), '\\'), text.end());
    for (const char* word : {"--baseline", "--unsafe", "--stdin-filename"})
      EXPECT_NE(text.find(which == std::string("fish") ? std::string(word).substr(2) : word),
                std::string::npos)
          << which << " " << word;
    EXPECT_EQ(text.find("manual findings"), std::string::npos) << which;
  }
  EXPECT_EQ(call({"--help"}).out.find("manual"), std::string::npos);
}

TEST_F(CommandLine, ExplainsSizesOnExamplesThatAreComputed) {
  // Lines are broken by width: words are compared.
  std::istringstream words(call({"explain", "sizes"}).out);
  std::string page;
  for (std::string word; words >> word;) page += word + " ";
  EXPECT_TRUE(contains(call({"explain"}).out, "  sizes "));
  for (const char* said :
       {"the sizes 23 to 24 all become 12", "the stride drops 0 on 23, 1 on 24",
        "output_padding 0: right for odd sizes", "output_padding 1: right for even sizes, from 2",
        "c' > c by 1", "size_like \"input\": right for every size"})
    EXPECT_TRUE(contains(page, said)) << said << "\n" << page;
}

TEST_F(CommandLine, RisksAreReportedWithoutFailingAndCanBeIgnored) {
  const std::string spec = write("risky.json", R"({"input": [1, 3, 9, 9], "layers": [
    {"name": "skip", "type": "ReLU"}, {"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "inputs": "input"}]})");
  const auto report = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args{"check", spec, "--device", "off", "--format", "json"};
    args.insert(args.end(), more.begin(), more.end());
    const Result result = call(args);
    EXPECT_EQ(result.code, 0) << result.err;
    return Json::parse(result.out);
  };
  const auto codes = [](const Json& json) {
    std::string text;
    for (const Json& finding : json["specs"][0]["findings"]) text += finding["code"].get<std::string>() + " ";
    return text;
  };
  const Json all = report({});
  EXPECT_EQ(codes(all), "W502 W503 ");
  EXPECT_EQ(all["specs"][0]["status"], "ok");
  EXPECT_EQ(all["summary"]["errors"], 0);
  EXPECT_EQ(all["summary"]["warnings"], 1);  // a note is no warning
  EXPECT_EQ(codes(report({"--ignore", "W502"})), "W503 ");
  EXPECT_EQ(codes(report({"--ignore", "w502,dropped-rows"})), "");
  EXPECT_EQ(codes(report({"--ignore=W502", "--ignore", "W503"})), "");
  EXPECT_EQ(codes(report({"--ignore", "W501"})), "W502 W503 ");
}

TEST_F(CommandLine, ExplainsEveryFindingAndEveryLayerType) {
  const std::string all = call({"explain"}).out;
  for (const CodeInfo& code : all_codes()) {
    const Result by_id = call({"explain", std::string(code.id)});
    EXPECT_EQ(by_id.code, 0) << code.id;
    EXPECT_TRUE(contains(by_id.out, std::string(code.summary))) << by_id.out;
    EXPECT_EQ(call({"explain", std::string(code.name)}).out, by_id.out);
    EXPECT_TRUE(contains(all, std::string(code.name)));
    for (const char* part : {"\n  finds ", "\n  why ", "\n  repair ", "\n  safe "})
      EXPECT_TRUE(contains(by_id.out, part)) << by_id.out;
    EXPECT_EQ(contains(by_id.out, "`--ignore " + std::string(code.id) + "`"), code.id.front() == 'W')
        << by_id.out;
  }
  for (const KindInfo& kind : all_kinds()) {
    const Result result = call({"explain", std::string(kind.name)});
    EXPECT_EQ(result.code, 0) << kind.name;
    for (const OptionInfo& option : kind.options) {
      EXPECT_TRUE(contains(result.out, std::string(to_string(option.opt)))) << kind.name;
      EXPECT_TRUE(contains(result.out, std::string(option.doc))) << kind.name;
    }
    EXPECT_TRUE(contains(all, "  " + std::string(kind.name) + " "));
    EXPECT_TRUE(contains(result.out, "\n  returns  ")) << result.out;
    EXPECT_TRUE(contains(result.out, kind.options.empty() ? "\n  no options\n" : "\n  options\n"))
        << result.out;
  }
  EXPECT_TRUE(contains(call({"explain", "ConvTranspose2d"}).out,
                       "(x-1)s - 2p + d(k-1) + output_padding + 1, where 0 <="));
  EXPECT_EQ(call({"explain", "r301"}).code, 0);
}

TEST_F(CommandLine, ExplainsOptionsKeysAndOtherWordsInAnyCase) {
  const auto explained = [&](const std::string& word) {
    const Result result = call({"explain", word});
    EXPECT_EQ(result.code, 0) << word << result.err;
    return result.out;
  };
  for (const KindInfo& kind : all_kinds())
    for (const OptionInfo& option : kind.options) {
      const std::string page = explained(std::string(to_string(option.opt)));
      EXPECT_TRUE(contains(page, std::string(option.doc).substr(0, 20)))
          << kind.name << " " << to_string(option.opt);
    }
  EXPECT_TRUE(contains(explained("STRIDE"), "step of the window"));
  EXPECT_TRUE(contains(explained("Expect"), "a key of a spec, a layer"));
  EXPECT_TRUE(contains(explained("blocks"), "a key of a spec"));
  EXPECT_EQ(explained("relu"), explained("ReLU"));
  EXPECT_EQ(explained("Conv2D"), explained("Conv2d"));
  EXPECT_TRUE(contains(explained("Dense"), "`Dense` is Keras's word for `Linear`"));
  EXPECT_TRUE(contains(explained("Activation"), "write the activation's own type"));
  EXPECT_TRUE(contains(explained("filters"), "`filters` is Keras's word for `out_channels`"));
  EXPECT_TRUE(contains(explained("op_type"), "`op_type` is ONNX's word for `type`"));
  EXPECT_TRUE(contains(explained("batch_normalize"), "a norm is a layer of its own"));
  EXPECT_TRUE(contains(explained("Residual"), "adds what two lists of layers make"));
  // An option and a layer type: both.
  EXPECT_TRUE(contains(explained("threshold"), "an option of layers"));
  EXPECT_TRUE(contains(explained("threshold"), "x where it is above the threshold"));
  EXPECT_TRUE(explained("sizes").starts_with("sizes\n  which sizes come back"));
}

}  // namespace
}  // namespace shapedbg::run_test
