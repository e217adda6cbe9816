// `shapedbg fix` on real files, by formula alone: --device off.
#include "cli/command_line.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/output.h"
#include "text/edit.h"
#include "workspace/fixing.h"

namespace shapedbg {
namespace {

const std::string kSeed =
    "// keep me\n"
    "{\"input\": [1, 1, 8, 8],   /* two   spaces */\n"
    "  \"encoder\": [{\"name\": \"down\", \"type\": \"Conv2d\", \"out_channels\": 2, \"kernel_size\": 3, "
    "\"stride\": 2, "
    "\"padding\": 1}],\n"
    "  \"decoder\": [\n"
    "\t{\"name\": \"up\", \"type\": \"ConvTranspose2d\", \"out_channels\": 1, \"kernel_size\": 3, "
    "\"stride\": 2, "
    "\"padding\": 1} // the last\n"
    "  ]}";  // no newline at the end
const std::string kBefore = "\"stride\": 2, \"padding\": 1} // the last";
const std::string kAfter = "\"stride\": 2, \"padding\": 1, \"output_padding\": 1} // the last";

std::string seed_fixed() {
  std::string bytes = kSeed;
  return bytes.replace(bytes.find(kBefore), kBefore.size(), kAfter);
}

constexpr const char* kSound =
    R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})";

Result call(std::vector<std::string> args, const std::string& input = {}) {
  args.insert(args.begin(), {"fix", "--device", "off", "--color", "never"});
  return run_line(args, input);
}

using FixCommand = InFolder;

TEST_F(FixCommand, ChangesOnlyTheEditedBytes) {
  const std::string spec = write("seed.json", kSeed);
  const Result result = call({spec});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(content(spec), seed_fixed());
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(
      result.out.starts_with(spec + ": set output_padding to 1 on `up`: returns [1, 1, 8, 8] (by formula); "))
      << result.out;
  EXPECT_TRUE(result.out.ends_with("\n" + spec + ": ok: returns [1, 1, 8, 8], as expected\n")) << result.out;
  EXPECT_EQ(files(), 1u) << "a temporary file was left behind";
}

TEST_F(FixCommand, KeepsCarriageReturnsAndAByteOrderMark) {
  std::string bytes = "\xEF\xBB\xBF" + kSeed;
  std::string expected = "\xEF\xBB\xBF" + seed_fixed();
  for (std::string* text : {&bytes, &expected})
    for (std::size_t at = 0; (at = text->find('\n', at)) != std::string::npos; at += 2)
      text->insert(at, "\r");
  const std::string spec = write("seed.json", bytes);
  EXPECT_EQ(call({spec}).code, 0);
  EXPECT_EQ(content(spec), expected);
}

TEST_F(FixCommand, ChangesNothingTheSecondTime) {
  const std::string spec = write("seed.json", kSeed);
  EXPECT_EQ(call({spec}).code, 0);
  const auto written = fs::last_write_time(spec);
  struct stat before {};
  ASSERT_EQ(::stat(spec.c_str(), &before), 0);
  const Result again = call({spec});
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(again.out, spec + ": ok: returns [1, 1, 8, 8], as expected\n");
  struct stat after {};
  ASSERT_EQ(::stat(spec.c_str(), &after), 0);
  EXPECT_EQ(after.st_ino, before.st_ino) << "the file was replaced by the same bytes";
  EXPECT_EQ(fs::last_write_time(spec), written);
}

TEST_F(FixCommand, KeepsPermissions) {
  const std::string spec = write("seed.json", kSeed);
  for (const mode_t mode : {0640u, 0755u, 0600u}) {
    write("seed.json", kSeed);
    ASSERT_EQ(::chmod(spec.c_str(), mode), 0);
    EXPECT_EQ(call({spec}).code, 0);
    struct stat status {};
    ASSERT_EQ(::stat(spec.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777u, mode);
    EXPECT_EQ(content(spec), seed_fixed());
  }
}

TEST_F(FixCommand, KeepsExtendedAttributesAndTheAccessList) {
  const std::string spec = write("spec.json", kSeed);
  if (::setxattr(spec.c_str(), "user.author", "somebody", 8, 0) != 0)
    GTEST_SKIP() << "this file system keeps no extended attributes";
  // Version 2; u::rw-, u:12345:r--, g::r--, m::r--, o::---; each tag, permissions, id.
  const unsigned char list[] = {2,    0,    0,    0,    1,    0, 6, 0, 0xff, 0xff, 0xff, 0xff, 2,    0, 4, 0,
                                0x39, 0x30, 0,    0,    4,    0, 4, 0, 0xff, 0xff, 0xff, 0xff, 0x10, 0, 4, 0,
                                0xff, 0xff, 0xff, 0xff, 0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
  const bool has_list = ::setxattr(spec.c_str(), "system.posix_acl_access", list, sizeof list, 0) == 0;
  ASSERT_EQ(call({spec}).code, 0);
  EXPECT_EQ(content(spec), seed_fixed());
  std::array<char, 100> value{};
  ASSERT_EQ(::getxattr(spec.c_str(), "user.author", value.data(), value.size()), 8);
  EXPECT_EQ(std::string(value.data(), 8), "somebody");
  if (has_list) {
    ASSERT_EQ(::getxattr(spec.c_str(), "system.posix_acl_access", value.data(), value.size()),
              static_cast<ssize_t>(sizeof list));
    EXPECT_EQ(std::memcmp(value.data(), list, sizeof list), 0);
  }
}

TEST_F(FixCommand, KeepsHardLinks) {
  const std::string spec = write("spec.json", kSeed);
  fs::create_hard_link(spec, path("same.json"));
  ASSERT_EQ(call({spec}).code, 0);
  EXPECT_EQ(content(path("same.json")), seed_fixed());
  EXPECT_TRUE(fs::equivalent(spec, path("same.json")));
  EXPECT_EQ(files(), 2u);
}

TEST_F(FixCommand, FollowsSymbolicLinks) {
  fs::create_directory(path("real"));
  write("real/seed.json", kSeed);
  fs::create_symlink("real/seed.json", path("link.json"));
  EXPECT_EQ(call({path("link.json")}).code, 0);
  EXPECT_TRUE(fs::is_symlink(path("link.json")));
  EXPECT_EQ(content(path("real/seed.json")), seed_fixed());
}

TEST_F(FixCommand, RefusesAFileThatChangedInTheMeantime) {
  const std::string spec = write("seed.json", kSeed);
  const OutputFile file(spec, {});
  write("seed.json", kSeed + "\n");
  EXPECT_EQ(file.replace(kSeed, seed_fixed()), "cannot write `" + spec + "`: it changed in the meantime");
  EXPECT_EQ(content(spec), kSeed + "\n");
  write("seed.json", kSeed.substr(0, 40));
  EXPECT_NE(file.replace(kSeed, seed_fixed()), "");
  EXPECT_EQ(content(spec), kSeed.substr(0, 40));
  write("seed.json", "");
  EXPECT_NE(file.replace(kSeed, seed_fixed()), "");
  fs::remove(spec);
  EXPECT_NE(file.replace(kSeed, seed_fixed()), "");
  EXPECT_FALSE(fs::exists(spec));
  EXPECT_EQ(files(), 0u);
  write("seed.json", kSeed);
  EXPECT_EQ(file.replace(kSeed, seed_fixed()), "");
  EXPECT_EQ(content(spec), seed_fixed());
}

TEST_F(FixCommand, LeavesAFileAloneThatItMayNotReplace) {
  const std::string spec = write("seed.json", kSeed);
  ASSERT_EQ(::chmod(folder_.c_str(), 0555), 0);
  // Permissions do not stop root.
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const Result result = call({spec});
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err, "shapedbg: cannot write `" + spec + "`: permission denied\n");
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(content(spec), kSeed);
}

TEST_F(FixCommand, PrintsADiffAndWritesNothing) {
  const std::string spec = write("seed.json", kSeed);
  const Result result = call({"--diff", spec});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(content(spec), kSeed);
  const std::string tail = "  ]}\n\\ No newline at end of file\n";
  const std::size_t line = kSeed.find("\t{");
  const std::string old_line = kSeed.substr(line, kSeed.find('\n', line) - line);
  std::string new_line = old_line;
  new_line.replace(new_line.find(kBefore), kBefore.size(), kAfter);
  const std::size_t context = kSeed.find('\n') + 1;
  std::string lead;
  std::istringstream lines(kSeed.substr(context, line - context));
  for (std::string text; std::getline(lines, text);) lead += " " + text + "\n";
  EXPECT_EQ(result.out, "--- " + spec + "\n+++ " + spec + "\n@@ -2,5 +2,5 @@\n" + lead + "-" + old_line +
                            "\n+" + new_line + "\n " + tail);
  EXPECT_TRUE(contains(result.err, "set output_padding to 1 on `up`")) << result.err;
  EXPECT_EQ(call({"--diff", "-q", spec}).err, "");
}

TEST_F(FixCommand, PrintsADiffThatPatchApplies) {
  if (std::system("patch --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "there is no patch";
  const std::string spec = write("seed.json", kSeed);
  write("change.diff", call({"--diff", spec}).out);
  ASSERT_EQ(std::system(("patch -s '" + spec + "' < '" + path("change.diff") + "'").c_str()), 0);
  EXPECT_EQ(content(spec), seed_fixed());
}

TEST_F(FixCommand, PrintsADiffThatGitApplies) {
  if (std::system("git --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "there is no git";
  fs::create_directory(path("my nets"));
  std::string carriage = kSeed;
  for (std::size_t at = 0; (at = carriage.find('\n', at)) != std::string::npos; at += 2)
    carriage.insert(at, "\r");
  write("my nets/seed.json", kSeed);
  write("crlf.json", carriage);
  const std::string inside = "cd '" + folder_.string() + "' && ";
  ASSERT_EQ(
      std::system((inside + SHAPEDBG_BINARY " fix -q --device off --diff './my nets/seed.json' crlf.json "
                                            "> change.diff && git apply change.diff")
                      .c_str()),
      0);
  EXPECT_EQ(content(path("my nets/seed.json")), seed_fixed());
  call({path("crlf.json")});
  const std::string applied = content(path("crlf.json"));
  write("crlf.json", carriage);
  call({path("crlf.json")});
  EXPECT_EQ(applied, content(path("crlf.json")));
}

TEST_F(FixCommand, LeavesTheFileAloneWhereThereIsNoSpace) {
  const std::string spec = write("seed.json", kSeed);
  // A file may grow to nothing: the temporary one cannot be written.
  const std::string line =
      "bash -c \"ulimit -f 0; '" SHAPEDBG_BINARY "' fix --device off '" + spec + "' > /dev/null 2>&1\"";
  EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 2);
  EXPECT_EQ(content(spec), kSeed);
  EXPECT_EQ(files(), 1u);
  const std::string full =
      "'" SHAPEDBG_BINARY "' fix --device off - < '" + spec + "' > /dev/full 2> /dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(full.c_str())), 2);
}

TEST_F(FixCommand, LeavesOutIgnoredRisks) {
  const std::string spec = write("seed.json", kSeed);
  EXPECT_EQ(call({"--ignore", "R301", spec}).err.substr(0, 19), "shapedbg: --ignore:");
  EXPECT_EQ(content(spec), kSeed);
  EXPECT_EQ(call({"--ignore", "W504,only-multiples", spec}).code, 0);
  EXPECT_EQ(content(spec), seed_fixed());
  const auto codes = [&](const std::string& ignored) {
    std::vector<std::string> found;
    const auto report = nlohmann::json::parse(call({"--format", "json", "--ignore", ignored, spec}).out);
    for (const auto& finding : report["files"][0]["findings"]) found.push_back(finding["code"]);
    return found;
  };
  EXPECT_EQ(codes("W501"), (std::vector<std::string>{"W505", "W504"}));
  EXPECT_EQ(codes("W505"), (std::vector<std::string>{"W504"}));
}

TEST_F(FixCommand, TellsProgramsWhatItDid) {
  const std::string first = write("first.json", kSeed);
  const std::string missing = path("missing.json");
  const Result result = call({"--format", "json", first, missing, write("sound.json", kSound)});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(content(first), seed_fixed());
  const auto report = nlohmann::json::parse(result.out);
  ASSERT_EQ(report["files"].size(), 3u);
  const auto& fixed = report["files"][0];
  EXPECT_EQ(fixed["file"], first);
  EXPECT_EQ(fixed["status"], "ok");
  EXPECT_EQ(fixed["written"], true);
  EXPECT_EQ(fixed["output"], nlohmann::json::parse("[1, 1, 8, 8]"));
  ASSERT_EQ(fixed["applied"].size(), 1u);
  EXPECT_EQ(fixed["applied"][0]["code"], "R301");
  const auto& edit = fixed["applied"][0]["fix"]["edits"][0];
  EXPECT_EQ(shapedbg::apply(kSeed, {{edit["offset"], edit["length"], edit["text"]}}), seed_fixed());
  EXPECT_TRUE(contains(fixed["diff"], "+++ " + first)) << fixed["diff"];
  EXPECT_EQ(report["files"][1]["error"], "cannot read: no such file or directory");
  EXPECT_EQ(report["files"][2]["applied"].size(), 0u);
  EXPECT_EQ(report["files"][2]["diff"], "");
  EXPECT_EQ(report["summary"],
            nlohmann::json::parse(R"({"files": 3, "written": 1, "applied": 1, "errors_left": 0})"));

  const auto diff =
      nlohmann::json::parse(call({"--format", "json", "--diff", write("seed.json", kSeed)}).out);
  EXPECT_EQ(diff["files"][0]["written"], false);
  EXPECT_EQ(diff["files"][0]["status"], "ok");
  EXPECT_EQ(content(path("seed.json")), kSeed);
  const Result piped = call({"--format", "json", "-"}, kSeed);
  EXPECT_EQ(piped.err, "");
  EXPECT_EQ(nlohmann::json::parse(piped.out)["files"][0]["text"], seed_fixed());
}

TEST_F(FixCommand, PrintsNoDiffWhereNothingIsToDo) {
  const Result result = call({"--diff", write("sound.json", kSound)});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "");
}

TEST_F(FixCommand, FixesSeveralFilesEachByItself) {
  const std::string first = write("first.json", kSeed);
  const std::string bad = write("bad.json", "{\"input\": ");
  const std::string missing = path("missing.json");
  const std::string last = write("last.json", kSeed);
  const Result result = call({first, bad, missing, last, first});
  EXPECT_EQ(result.code, 2) << "the worst of them";
  EXPECT_EQ(content(first), seed_fixed());
  EXPECT_EQ(content(last), seed_fixed());
  EXPECT_EQ(content(bad), "{\"input\": ");
  EXPECT_TRUE(contains(result.out, bad + ":1:10: error: ")) << result.out;
  EXPECT_EQ(result.err, "shapedbg: " + missing + ": cannot read: no such file or directory\n");
  EXPECT_EQ(call({first, bad}).code, 1);
}

TEST_F(FixCommand, FixesStandardInputToStandardOutput) {
  const Result result = call({"-"}, kSeed);
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, seed_fixed());
  EXPECT_TRUE(contains(result.err, "<stdin>: set output_padding to 1 on `up`")) << result.err;
  const Result sound = call({"-", "-q"}, kSound);
  EXPECT_EQ(sound.out, kSound);
  EXPECT_EQ(sound.err, "");
  const Result mixed = call({"-", write("sound.json", kSound)}, kSeed);
  EXPECT_EQ(mixed.code, 2);
  EXPECT_EQ(mixed.out, "");
}

TEST_F(FixCommand, SaysWhatRemainsAndWritesNothing) {
  const std::string hopeless = R"({"input": [1, 1, 8, 8], "layers": [{"type": "Conf2d"}]})";
  const std::string spec = write("hopeless.json", hopeless);
  const Result result = call({spec});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(result.out.starts_with(spec + ":1:45: error: ")) << result.out;
  EXPECT_EQ(content(spec), hopeless);
}

TEST_F(FixCommand, AppliesUnsafeFixesOnlyWhenTold) {
  const Checked checked = check(Source("seed.json", kSeed), DeviceChoice::off, {});
  ASSERT_FALSE(checked.findings.empty());
  std::vector<Finding> findings = checked.findings;
  // With its safe fixes gone, the seed has what it needs for this.
  std::erase_if(findings[0].fixes, [](const Fix& fix) { return fix.applicability == Applicability::safe; });
  ASSERT_FALSE(findings[0].fixes.empty());
  EXPECT_EQ(next_to_fix(findings, false, false), std::nullopt);
  EXPECT_EQ(next_to_fix(findings, false, true), 0u);
}

TEST_F(FixCommand, ReachesAFixedPointOnEveryCase) {
  const fs::path cases = fs::path(SHAPEDBG_SOURCE_DIR) / "tests/cases";
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(cases)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name.ends_with(".report.json")) continue;
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{}, {"--all"}, {"--all", "--unsafe"}}) {
      const std::string spec = write("case.json", content(entry.path()));
      std::vector<std::string> args = options;
      args.push_back(spec);
      const int code = call(args).code;
      const std::string once = content(spec);
      EXPECT_EQ(call(args).code, code) << entry.path();
      EXPECT_EQ(content(spec), once) << entry.path();
    }
  }
}

TEST_F(FixCommand, TakesTheFixThatIsPicked) {
  const Checked checked = check(Source("seed.json", kSeed), DeviceChoice::off, {});
  ASSERT_FALSE(checked.findings.empty());
  const std::vector<Fix>& fixes = checked.findings.front().fixes;
  ASSERT_GE(fixes.size(), 2u);
  for (std::size_t i = 0; i < fixes.size(); ++i) {
    if (fixes[i].edits.empty()) continue;
    const std::string spec = write("seed.json", kSeed);
    EXPECT_EQ(call({"--pick", std::to_string(i + 1), spec}).code, 0);
    EXPECT_EQ(content(spec), shapedbg::apply(kSeed, fixes[i].edits)) << i;
  }
  const std::string spec = write("seed.json", kSeed);
  const std::string beyond = std::to_string(fixes.size() + 1);
  const Result none = call({"--pick", beyond, spec});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "shapedbg: " + spec + ": there is no fix " + beyond +
                          " to pick: the first finding has " + std::to_string(fixes.size()) + "\n");
  EXPECT_EQ(content(spec), kSeed);
  EXPECT_EQ(call({"--pick", "0", spec}).code, 2);
  EXPECT_EQ(call({"--pick", "1", "--all", spec}).code, 2);
  EXPECT_EQ(call({"--pick", "1", write("sound.json", kSound)}).code, 0);
}

Fix fix_of(Applicability applicability, std::vector<Edit> edits) {
  Fix fix;
  fix.applicability = applicability;
  fix.edits = std::move(edits);
  return fix;
}

Finding finding_of(Code code, std::vector<Fix> fixes) {
  Finding finding;
  finding.code = code;
  finding.fixes = std::move(fixes);
  return finding;
}

TEST(NextToFix, IsTheFirstErrorAndWithAllAnyFinding) {
  const std::vector<Edit> edits{{0, 0, " "}};
  const Fix safe = fix_of(Applicability::safe, edits);
  const Fix unsafe = fix_of(Applicability::unsafe, edits);
  const Fix advice = fix_of(Applicability::display, edits);
  const Fix empty = fix_of(Applicability::safe, {});
  EXPECT_EQ(next_to_fix({}, true, true), std::nullopt);
  // A warning in front of the first error is not the error.
  EXPECT_EQ(next_to_fix({finding_of(Code::W501, {safe}), finding_of(Code::L208, {safe})}, false, false), 1u);
  EXPECT_EQ(next_to_fix({finding_of(Code::W501, {safe}), finding_of(Code::L208, {safe})}, true, false), 0u);
  // Consequences are no findings: what stands behind an error without a fix is another mistake.
  EXPECT_EQ(next_to_fix({finding_of(Code::L208, {}), finding_of(Code::R301, {safe})}, false, false), 1u);
  EXPECT_EQ(next_to_fix({finding_of(Code::L208, {}), finding_of(Code::W501, {safe})}, false, false),
            std::nullopt);
  EXPECT_EQ(next_to_fix({finding_of(Code::L208, {}), finding_of(Code::R301, {safe})}, true, false), 1u);
  EXPECT_EQ(next_to_fix({finding_of(Code::R301, {unsafe})}, true, false), std::nullopt);
  EXPECT_EQ(next_to_fix({finding_of(Code::R301, {unsafe})}, false, true), 0u);
  EXPECT_EQ(next_to_fix({finding_of(Code::R301, {advice, empty})}, true, true), std::nullopt);
}

using FixCheckCommand = InFolder;

TEST_F(FixCheckCommand, WritesNothingAndReportsWhatWouldBeMended) {
  const std::string spec = write("seed.json", kSeed);
  const Result result = call({"--check", spec});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_EQ(content(spec), kSeed);
  EXPECT_TRUE(contains(result.out, "(R301 reconstruction-mismatch)")) << result.out;
  EXPECT_TRUE(contains(result.out, "  fix   set output_padding to 1 on `up`")) << result.out;
  EXPECT_TRUE(result.out.ends_with("\nfix would change 1 of 1 file\n")) << result.out;
  EXPECT_EQ(call({spec}).code, 0);
  const Result mended = call({"--check", spec});
  EXPECT_EQ(mended.code, 0);
  EXPECT_EQ(mended.out, "fix would change none of 1 file\n");
}

TEST_F(FixCheckCommand, TakesFoldersAndPassesByWhatHoldsNoNetwork) {
  write("seed.json", kSeed);
  write("sound.json", kSound);
  write("package.json", R"({"name": "x", "layers": 3})");
  const Result result = call({"--check", "-v", folder_.string()});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_TRUE(result.out.ends_with("\nfix would change 1 of 2 files\n")) << result.out;
  EXPECT_TRUE(contains(result.err, "package.json: holds no network")) << result.err;
}

// What the project says of its checks counts for `fix` as well.
TEST_F(FixCheckCommand, ReadsTheConfiguration) {
  const std::string first = write("a.json", kSeed);
  const std::string second = write("b.json", kSeed);
  const std::string config = write(".shapedbg.toml", "paths = [\"*.json\"]\nexclude = [\"b.json\"]\n");
  const Result result = call({"--check", "--config", config});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_TRUE(result.out.ends_with("\nfix would change 1 of 1 file\n")) << result.out;
  EXPECT_EQ(call({"--config", config}).code, 2);  // what is written is named
  EXPECT_EQ(call({"--no-config", second}).code, 0);
  const std::string wrong = write("wrong.toml", "ignore = [\"W999\"]\n");
  EXPECT_EQ(call({"--config", wrong, first}).code, 2);
}

// An error that nothing mends is no matter of `fix --check`.
TEST_F(FixCheckCommand, LeavesOutWhatFixWouldLeave) {
  const std::string unmendable = write(
      "rgb.json", R"({"input": [1, 3, 8, 8], "layers": [{"name": "c", "type": "Custom", "output": [7, 5]}],
                      "expect": [1, 9, 9]})");
  const Result result = call({"--check", "--format", "concise", unmendable});
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_EQ(result.out, "");
}

TEST_F(FixCheckCommand, WritesEveryFormatOfCheck) {
  const std::string spec = write("seed.json", kSeed);
  const std::string sarif = path("out.sarif");
  const Result result = call({"--check", "--format", "concise", "--report", "sarif=" + sarif, spec});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_TRUE(contains(result.out, "seed.json:5:3: error: ")) << result.out;
  const nlohmann::json report = nlohmann::json::parse(content(sarif));
  const nlohmann::json& found = report["runs"][0]["results"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["ruleId"], "R301");
  EXPECT_FALSE(found[0]["fixes"].empty());
}

TEST_F(FixCheckCommand, SaysWhatGoesWithItAlone) {
  const std::string spec = write("seed.json", kSeed);
  const Result format = call({"--format", "sarif", spec});
  EXPECT_EQ(format.code, 2);
  EXPECT_EQ(format.err, "shapedbg: --format sarif goes with --check\n");
  EXPECT_EQ(call({"--report", "json=" + path("x.json"), spec}).code, 2);
  EXPECT_EQ(call({"--check", "--diff", spec}).code, 2);
  EXPECT_EQ(call({"--check", path("none.json")}).code, 2);
  EXPECT_EQ(content(spec), kSeed);
}

}  // namespace
}  // namespace shapedbg
