// Folders, patterns, `.shapedbg.toml`, baselines and several reports at once, all by formula.
#include <nlohmann/json.hpp>

#include "cli/collect.h"
#include "cli/command_line.h"
#include "cli/config.h"
#include "read/json/told.h"

namespace shapedbg::folders_test {
namespace {

using Json = nlohmann::json;

constexpr const char* kSound =
    R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})";
constexpr const char* kSeed = R"({"input": [1, 1, 8, 8],
  "encoder": [{"type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}],
  "decoder": [{"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}]})";

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Folders : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    before_ = fs::current_path();
    fs::create_directories(folder_ / ".git");
    fs::create_directories(folder_ / "models" / "deep");
    fs::current_path(folder_);
  }
  void TearDown() override {
    fs::current_path(before_);
    InFolder::TearDown();
  }
  static Result check(std::vector<std::string> args, const std::string& input = {}) {
    args.insert(args.begin(), {"check", "--device", "off"});
    return run_line(args, input);
  }
  fs::path before_;
};

TEST_F(Folders, ContentTellsWhichJsonIsASpec) {
  EXPECT_TRUE(holds_spec(kSound));
  EXPECT_TRUE(holds_spec(kSeed));
  EXPECT_TRUE(holds_spec("// a comment with \"{\n{\"input\": [1], \"layers\": [{\"type\": "));
  EXPECT_TRUE(holds_spec("\xef\xbb\xbf{\"encoder\":[],\"decoder\":[]}"));
  EXPECT_TRUE(holds_spec("{\"name\": \"not closed\n\"input\": [1], \"layers\": []}"));
  EXPECT_FALSE(holds_spec(R"({"name": "p", "version": "1.0", "dependencies": {"layers": [], "input": []}})"));
  EXPECT_FALSE(holds_spec(R"({"encoder": {"hidden": 3}, "decoder": {"hidden": 3}})"));
  EXPECT_FALSE(holds_spec(R"({"layers": [{"ty": 4}], "v": "5.5"})"));
  EXPECT_FALSE(holds_spec(R"([{"input": [1], "layers": []}])"));
  EXPECT_FALSE(holds_spec(""));
}

TEST_F(Folders, MoreThanCanBeMeantIsOneError) {
  for (int i = 0; i < 10; ++i) {
    fs::create_directories(folder_ / "models" / std::to_string(i));
    write("models/" + std::to_string(i) + "/net.json", kSound);
  }
  write("sound.json", kSound);
  // Ten, `deep` and `models` itself.
  EXPECT_EQ(collect({"models"}, {}, {}, 12).files.size(), 10U);
  for (const char* typed : {"models", "models/**"}) {
    const Collected many = collect({"sound.json", typed, "sound.json"}, {}, {}, 11);
    EXPECT_TRUE(many.files.empty());
    ASSERT_EQ(many.errors.size(), 1U);
    EXPECT_EQ(many.errors[0],
              std::string(typed) +
                  ": more than 11 folders; name some further in, or leave some out with `exclude`");
  }
}

TEST_F(Folders, OnlyWhatChangedSinceARevision) {
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "git is not installed";
  fs::remove_all(folder_ / ".git");
  write("models/sound.json", kSound);
  write("models/deep/seed.json", kSeed);
  ASSERT_EQ(std::system("git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -qm one"),
            0);
  const auto named = [](const Result& result, const char* file) {
    return result.out.find(file) != std::string::npos;
  };
  const Result none = check({"--changed-since", "HEAD", "models"});
  EXPECT_EQ(none.code, 0) << none.err;
  EXPECT_FALSE(named(none, "sound.json") || named(none, "seed.json")) << none.out;
  write("models/sound.json", std::string(kSound) + "\n");
  const Result one = check({"--changed-since", "HEAD", "models"});
  EXPECT_EQ(one.code, 0);
  EXPECT_TRUE(named(one, "models/sound.json")) << one.out;
  EXPECT_FALSE(named(one, "seed.json")) << one.out;
  write("models/new.json", kSeed);
  const Result fresh = check({"--changed-since", "HEAD", "models"});
  EXPECT_EQ(fresh.code, 1);
  EXPECT_TRUE(named(fresh, "models/new.json")) << fresh.out;
  for (const char* wrong : {"no-such-revision", "--all"})
    EXPECT_EQ(check({"--changed-since", wrong, "models"}).code, 2) << wrong;
}

TEST_F(Folders, PatternsGoBySegments) {
  EXPECT_TRUE(matches("models/*.json", "models/a.json"));
  EXPECT_FALSE(matches("models/*.json", "models/deep/a.json"));
  EXPECT_TRUE(matches("models/**/*.json", "models/a.json"));
  EXPECT_TRUE(matches("models/**/*.json", "./models/x/y/a.json"));
  EXPECT_TRUE(matches("**", "a/b"));
  EXPECT_FALSE(matches("/a/*", "a/b"));
  EXPECT_FALSE(matches("**/a/**/b", "x/a/y/c"));
  std::string many;
  for (int i = 0; i < 40; ++i) many += "**/a/";
  std::string path;
  for (int i = 0; i < 2'000; ++i) path += "a/";
  EXPECT_FALSE(matches(many + "b", path + "c"));
}

TEST_F(Folders, AFolderStandsForTheNetworksInIt) {
  write("models/b.json", kSeed);
  write("models/deep/a.json", kSound);
  write("models/package.json", R"({"name": "p", "version": "1.0.0"})");
  fs::create_directories(folder_ / "models" / "node_modules");
  write("models/node_modules/c.json", kSeed);
  const Result result = check({"models", "-v", "--format", "concise"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_EQ(lines(result.out), 1u) << result.out;
  EXPECT_TRUE(result.out.starts_with("models/b.json:3:")) << result.out;
  EXPECT_TRUE(contains(result.err, "skipped models/package.json: holds no network")) << result.err;
  EXPECT_TRUE(contains(result.err, "read models/deep/a.json")) << result.err;
  EXPECT_FALSE(contains(result.err, "node_modules")) << result.err;
  const Json one = Json::parse(check({"models/**/[ab].json", "--format", "json"}).out);
  EXPECT_EQ(one["summary"]["specs"], 2);
  EXPECT_EQ(one["specs"][0]["file"], "models/b.json");
}

TEST_F(Folders, AFileThatClaimsToBeANetworkIsNotPassedBy) {
  write("models/a.json", kSound);
  write("models/torn.onnx", "not an ONNX file");
  const Result result = check({"models", "--format", "concise"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(result.out.starts_with("models/torn.onnx:1:1: error: ")) << result.out;
  EXPECT_EQ(check({"models/torn.onnx", "--networks-only", "--format", "concise"}).code, 1);
}

// A spec in other words is one, and its mistakes are said.
TEST_F(Folders, ASpecWithATupleIsNotPassedBy) {
  write("models/a.json", R"({"input": (1, 3, 32, 32), # as in Python
  "layers": [{"type": "ReLU"},]})");
  const Result result = check({"models", "--format", "concise"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(result.out.starts_with("models/a.json:1:")) << result.out << result.err;
}

TEST_F(Folders, TheOrderIsThatOfTheNamesHoweverManyWork) {
  for (int i = 0; i < 40; ++i) write("models/" + std::to_string(i) + ".json", i % 3 == 0 ? kSeed : kSound);
  for (const char* format : {"text", "json", "jsonl", "sarif"}) {
    const Result alone = check({"models", "--jobs", "1", "--format", format});
    EXPECT_EQ(check({"models", "--jobs", "7", "--format", format}).out, alone.out) << format;
    EXPECT_EQ(alone.code, 1);
  }
  EXPECT_EQ(lines(check({"models", "--format", "jsonl"}).out), 40u);
}

TEST_F(Folders, OfManyFilesTheTextShowsWhatIsWrong) {
  for (int i = 0; i < 200; ++i) write("models/" + std::to_string(i) + ".json", i == 7 ? kSeed : kSound);
  const Result result = check({"models"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(result.out.starts_with("models/7.json:3:")) << result.out;
  EXPECT_TRUE(contains(result.out, "\n200 specs: 199 ok, 1 with findings; 1 error,")) << result.out;
  EXPECT_LT(lines(result.out), 40u) << result.out;
  EXPECT_GT(lines(check({"models", "--tables"}).out), 1'000u);
}

TEST_F(Folders, QuietSaysNothingOfWhatIsRight) {
  write("a.json", kSound);
  EXPECT_EQ(check({"a.json", "-q"}).out, "");
  EXPECT_TRUE(contains(check({"a.json"}).out, "a.json: ok"));
}

TEST_F(Folders, WhatCannotBeReadIsOneLineAndTheRestIsChecked) {
  write("models/a.json", kSound);
  const Result none = check({"models", "none/*.json", "--format", "concise"});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err, "shapedbg: no file matches `none/*.json`\n");
  fs::create_directories(folder_ / "empty");
  const Result empty = check({"empty"});
  EXPECT_EQ(empty.code, 2);
  EXPECT_EQ(empty.err, "shapedbg: no network was found\n");
  if (geteuid() == 0) return;  // who may read everything cannot be kept out
  fs::permissions(folder_ / "empty", fs::perms::none);
  const Result closed = check({"models", "empty", "--format", "concise"});
  fs::permissions(folder_ / "empty", fs::perms::owner_all);
  EXPECT_EQ(closed.code, 2);
  EXPECT_EQ(closed.err, "shapedbg: empty: cannot read the folder: permission denied\n");
}

TEST_F(Folders, TheConfigurationIsFoundUpwards) {
  write("models/a.json", kSeed);
  write("models/deep/b.json", kSeed);
  write(".shapedbg.toml",
        "paths = [\"models\"]\nexclude = [\"models/deep\"]\ndevice = \"off\"\nfail-on = \"never\"\n");
  const Result here = run_line({"check", "--format", "concise"});
  EXPECT_EQ(here.code, 0) << here.err;
  EXPECT_TRUE(here.out.starts_with("models/a.json:")) << here.out;
  EXPECT_EQ(lines(here.out), 1u);
  fs::current_path(folder_ / "models" / "deep");
  EXPECT_TRUE(run_line({"check", "--format", "concise"}).out.starts_with("../a.json:"));
  EXPECT_EQ(run_line({"check", "--fail-on", "error", "-q"}).code, 1);
  EXPECT_EQ(run_line({"check", "--no-config"}).code, 2);
  // The repository ends here: what lies above is another's.
  fs::create_directories(folder_ / "models" / "deep" / ".git");
  EXPECT_EQ(run_line({"check"}).code, 2);
}

TEST_F(Folders, TheConfigurationNamesModels) {
  const Config config = parse_config(
      "x.toml", folder_.string(),
      "[[model]]\nfile = \"nets/unet.py\"\ncall = \"UNet(3)\"\ninput = [\"1,3,8,8\"]\nexpect = \"input\"\n"
      "[[model]]\nfile = \"/b.py\"\ncall = \"B()\"\ninput = [\"1\", \"ids=2:int64\"]\nalso = [\"2\"]\n");
  ASSERT_EQ(config.error, "");
  ASSERT_EQ(config.models.size(), 2u);
  EXPECT_EQ(fs::absolute(config.models[0].file).lexically_normal(), folder_ / "nets/unet.py");
  EXPECT_EQ(config.models[0].call, "UNet(3)");
  EXPECT_EQ(config.models[0].inputs, (std::vector<std::string>{"1,3,8,8"}));
  EXPECT_EQ(config.models[0].expect, "input");
  EXPECT_EQ(config.models[1].inputs, (std::vector<std::string>{"1", "ids=2:int64"}));
  EXPECT_EQ(config.models[1].also, (std::vector<std::string>{"2"}));
}

// With them alone there is something to check: here a model that no Python can make.
TEST_F(Folders, ModelsOfTheConfigurationAreChecked) {
  write(".shapedbg.toml", "[[model]]\nfile = \"none.py\"\ncall = \"Net()\"\ninput = [\"1,3\"]\n");
  const Result result = check({});
  EXPECT_NE(result.code, 0);
  EXPECT_TRUE(contains(result.out + result.err, "none.py")) << result.out << result.err;
  EXPECT_FALSE(contains(result.err, "no spec is given")) << result.err;
}

TEST_F(Folders, ABrokenConfigurationIsOneLineWithItsPlace) {
  write("a.json", kSound);
  const std::pair<const char*, const char*> cases[] = {
      {"paths = [\n", "shapedbg: .shapedbg.toml:"},
      {"path = []\n", "shapedbg: .shapedbg.toml:1:1: unknown key `path`; the nearest known key is `paths`\n"},
      {"\ndevice = \"gpu\"\n",
       "shapedbg: .shapedbg.toml:2:10: `gpu` is not one of auto, cpu, meta, cuda, off\n"},
      {"paths = [1]\n", "shapedbg: .shapedbg.toml:1:10: `paths` takes a list of strings\n"},
      {"model = 3\n", "shapedbg: .shapedbg.toml:1:9: a model is a table: [[model]]\n"},
      {"[[model]]\nfile = \"a.py\"\n", "shapedbg: .shapedbg.toml:1:1: a model says its `call`\n"},
      {"[[model]]\ncalls = \"A()\"\n",
       "shapedbg: .shapedbg.toml:2:1: unknown key `calls`; the nearest known key is `call`\n"},
      {"[[model]]\ninput = \"1\"\n", "shapedbg: .shapedbg.toml:2:9: `input` takes a list of strings\n"},
      {"ignore = [\"W502\", \"C401\"]\n",
       "shapedbg: .shapedbg.toml:1:19: `C401` cannot be ignored: only risks can, the codes W5xx\n"},
      {"ignore = \"W502\"\n", "shapedbg: .shapedbg.toml:1:10: `ignore` takes a list of strings\n"},
      {"x = \"\xff\"\n", "shapedbg: .shapedbg.toml:1:"},
  };
  for (const auto& [text, said] : cases) {
    write(".shapedbg.toml", text);
    const Result result = check({"a.json"});
    EXPECT_EQ(result.code, 2) << text;
    EXPECT_TRUE(result.err.starts_with(said)) << result.err;
    EXPECT_EQ(lines(result.err), 1u) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

TEST_F(Folders, FailOnSaysWhatIsAFailure) {
  const std::string risky = write("w.json", R"({"input": [1, 3, 8, 8], "layers": [
    {"type": "Conv2d", "name": "lost", "out_channels": 4, "kernel_size": 3},
    {"type": "Conv2d", "inputs": ["input"], "out_channels": 4, "kernel_size": 3}]})");
  EXPECT_TRUE(contains(check({risky, "--format", "concise"}).out, ": warning: "));
  EXPECT_EQ(check({risky}).code, 0);
  EXPECT_EQ(check({risky, "--fail-on", "warning"}).code, 1);
  const std::string seed = write("s.json", kSeed);
  EXPECT_EQ(check({seed, "--fail-on", "never"}).code, 0);
  EXPECT_EQ(check({"gone.json", "--fail-on", "never"}).code, 2);
}

TEST_F(Folders, ABaselineKnowsWhatWasThere) {
  const std::string seed = write("s.json", kSeed);
  const Result written = check({seed, "--baseline", "base.json", "--write-baseline"});
  EXPECT_EQ(written.code, 0) << written.err;
  EXPECT_EQ(written.out, "base.json: 1 error and 0 warnings are known from now on\n");
  EXPECT_EQ(check({seed, "--baseline", "base.json"}).code, 0);
  write("s.json", "\n\n" + std::string(kSeed));
  EXPECT_EQ(check({seed, "--baseline", "base.json"}).code, 0);
  write("t.json", kSeed);
  const Result other = check({"s.json", "t.json", "--baseline", "base.json", "--format", "concise"});
  EXPECT_EQ(other.code, 1);
  EXPECT_TRUE(other.out.starts_with("t.json:")) << other.out;
  EXPECT_EQ(check({seed, "--write-baseline"}).code, 2);
  const Result gone = check({seed, "--baseline", "gone.json"});
  EXPECT_EQ(gone.code, 2);
  EXPECT_EQ(gone.err, "shapedbg: gone.json: cannot read: no such file or directory\n");
  const std::string before = content("base.json");
  EXPECT_EQ(check({"gone.json", "--baseline", "base.json", "--write-baseline"}).code, 2);
  EXPECT_EQ(content("base.json"), before);
}

TEST_F(Folders, SeveralReportsAreWrittenAtOnce) {
  const std::string seed = write("s.json", kSeed);
  const Result result =
      check({seed, "--format", "concise", "--report", "sarif=out.sarif", "--report", "junit=out.xml"});
  EXPECT_EQ(result.code, 1) << result.err;
  EXPECT_EQ(lines(result.out), 1u);
  EXPECT_EQ(Json::parse(content("out.sarif"))["version"], "2.1.0");
  EXPECT_TRUE(content("out.xml").starts_with("<?xml"));
}

TEST_F(Folders, AnOptionThatComesAgainTakesOneWordEachTime) {
  const std::string seed = write("s.json", kSeed);
  EXPECT_EQ(check({"--report", "junit=out.xml", seed}).code, 1);
  // The file is not taken for a second shape: the network is run at the one that is given.
  EXPECT_TRUE(contains(check({"--input", "1,3,8,8", seed}).out, "input [1, 3, 8, 8]"));
}

// Positions for 4x4 patches of 16: the convolution that makes them is right, as it is at the size of the
// file.
TEST_F(Folders, AnotherInputChangesNoLayerOfANetworkThatRuns) {
  const std::string vit = write("vit.json", R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "proj", "type": "Conv2d", "out_channels": 8, "kernel_size": 16, "stride": 16},
    {"name": "pos", "type": "Parameter", "shape": [1, 8, 4, 4]},
    {"type": "Add", "inputs": ["proj", "pos"]}], "expect": null
})");
  const std::string out = check({"--input", "1,3,58,58", vit}).out;
  EXPECT_TRUE(contains(out, "feed 64x64 instead of 58x58")) << out;
  EXPECT_FALSE(contains(out, "set padding")) << out;
}

TEST_F(Folders, AReportThatCannotBeWrittenIsSaidBeforeAnyWork) {
  const std::string seed = write("s.json", kSeed);
  const std::pair<std::string, std::string> cases[] = {
      {"sarif=none/out.sarif", "shapedbg: cannot write `none/out.sarif`: no such file or directory\n"},
      {"sarif", "shapedbg: --report: `sarif` is no FORMAT=FILE such as json=report.json\n"},
      {"xml=a", "shapedbg: --report: `xml` is not one of text, json, jsonl, "},
      {"json=s.json", "shapedbg: `s.json` is a spec to check and would be overwritten"},
  };
  for (const auto& [report, said] : cases) {
    const Result result = check({seed, "--report", "json=first.json", "--report", report});
    EXPECT_EQ(result.code, 2) << report;
    EXPECT_TRUE(result.err.starts_with(said)) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(fs::exists("first.json"));
  }
  EXPECT_TRUE(contains(check({seed, "--report", "json=a", "--report", "sarif=a"}).err, "two reports"));
  EXPECT_EQ(content("s.json"), kSeed);
}

TEST_F(Folders, StandardInputHasTheNameItIsGiven) {
  const Result result = check({"-", "--stdin-filename", "models/x.json", "--format", "concise"}, kSeed);
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(result.out.starts_with("models/x.json:3:")) << result.out;
}

TEST_F(Folders, NetworksOnlyPassesByAllElse) {
  write("package.json", R"({"name": "p"})");
  const std::string seed = write("s.json", kSeed);
  EXPECT_EQ(check({"package.json", "--networks-only", "--format", "concise"}).code, 0);
  EXPECT_EQ(check({"package.json", seed, "--networks-only", "--format", "concise"}).code, 1);
  EXPECT_EQ(check({"package.json"}).code, 1);
}

// A program of which no class is named is no broken JSON: the message names what it has.
TEST_F(Folders, APythonFileIsGivenWithItsModel) {
  const std::string file = write("nets.py",
                                 "import torch\nclass Sizes:\n  x = 1\nclass Down(nn.Module):\n"
                                 "  pass\nclass Up(pl.LightningModule): pass\n# class No(Module)\n");
  for (const std::string command : {"check", "sizes", "fix", "import", "export", "mirror"}) {
    const Result result = run_line({command, file});
    EXPECT_EQ(result.code, exit_failed) << command;
    EXPECT_NE(result.err.find("with the name of its model: " + file + ":Up; it also has Down (I601"),
              std::string::npos)
        << command << ": " << result.err;
  }
  const std::string bare = write("bare.py", "x = 1\n");
  EXPECT_NE(run_line({"check", bare, "--input", "1,3,8,8"}).err.find("its model: " + bare + ":NAME (I601"),
            std::string::npos);
  const std::string plain = write("plain.py", "class A:\n  x = 1\nclass B(A):\n  y = 1\n");
  EXPECT_NE(run_line({"check", plain}).err.find(plain + ":B; it also has A (I601"), std::string::npos);
  EXPECT_EQ(check({"nets.py", "--networks-only", "--format", "concise"}).code, 0);
}

TEST_F(Folders, SizesWritesItsReportsToo) {
  const std::string sound = write("a.json", kSound);
  const Result result =
      run_line({"sizes", "--device", "off", sound, sound, "--format", "jsonl", "--report", "json=r.json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines(result.out), 2u);
  EXPECT_EQ(Json::parse(content("r.json"))["specs"].size(), 2u);
}

}  // namespace
}  // namespace shapedbg::folders_test
