// What goes into a call of forward, written into its author's text.
#include "code/forward.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "code/constructor.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

// y = self.up(self.down(x))
// return self.out(y + x)
const std::string kForward = "y = self.up(self.down(x)); return self.out(y + x)";

ForwardCall::Text text(const std::string& words, bool plain = true, std::size_t from = 0) {
  const std::size_t at = kForward.find(words, from);
  return {{at, at + words.size()}, plain, words};
}

ForwardCall call(const std::string& layer, const std::string& words,
                 std::vector<std::optional<ForwardCall::Text>> inputs) {
  ForwardCall made;
  made.layer = layer;
  made.file = "net.py";
  made.span = text(words).span;
  made.inputs = std::move(inputs);
  made.names = {{"x", 0, "", 0}};
  made.torch = "torch";
  made.functional = "F";
  return made;
}

std::vector<ForwardCall> calls() {
  const std::size_t sum = kForward.find("y + x");
  return {call("down", "self.down(x)", {text("x", true, kForward.find("down(x"))}),
          call("up", "self.up(self.down(x))", {text("self.down(x)")}),
          call("add", "y + x", {text("y", true, sum), text("x", true, sum)}),
          call("out", "self.out(y + x)", {text("y + x", false)})};
}

Spec spec(const std::string& up, const std::string& add, const std::string& out) {
  const std::string network = R"({"input": [1, 4, 9], "layers": [
    {"name": "down", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1},)" +
                              up + add + out + "]}";
  return parse(Source("net.json", network)).spec;
}

const std::string kUp =
    R"({"name": "up", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1},)";
const std::string kAdd = R"({"name": "add", "type": "Add", "inputs": ["up", "input"]},)";
const std::string kOut = R"({"name": "out", "type": "Conv1d", "out_channels": 2, "kernel_size": 1})";

std::string written(const Spec& after, const std::vector<ForwardCall>& known) {
  const ProgramEdits result = constructor_edits(spec(kUp, kAdd, kOut), after, {}, known);
  if (!result.why.empty()) return result.why;
  std::vector<Edit> edits;
  for (const ProgramEdit& edit : result.edits) edits.push_back(edit.edit);
  return shapedbg::apply(kForward, edits).value_or("they overlap");
}

TEST(ForwardEdits, AStepThatIsPutInStandsAroundWhatItTakes) {
  const std::string sliced = R"({"name": "cut", "type": "Slice", "index": [null, null, [null, 8]]},)";
  EXPECT_EQ(written(spec(sliced + kUp, kAdd, kOut), calls()),
            "y = self.up(self.down(x)[:, :, :8]); return self.out(y + x)");
  // What is no name is put in parentheses, and a function is called by the name that the file has for it.
  std::vector<ForwardCall> other = calls();
  for (ForwardCall& one : other) one.functional = "functional";
  EXPECT_EQ(
      written(spec(kUp, kAdd, R"({"name": "pool", "type": "MaxPool1d", "kernel_size": 2},)" + kOut), other),
      "y = self.up(self.down(x)); return self.out(functional.max_pool1d((y + x), 2))");
  for (ForwardCall& one : other) one.functional = one.torch = "";
  EXPECT_NE(
      written(spec(kUp, kAdd, R"({"name": "pool", "type": "MaxPool1d", "kernel_size": 2},)" + kOut), other)
          .find("no call is known"),
      std::string::npos);
}

TEST(ForwardEdits, ATensorIsTakenByItsName) {
  EXPECT_EQ(written(spec(kUp, R"({"name": "add", "type": "Add", "inputs": ["up", "down"]},)", kOut), calls())
                    .find("no call is known") != std::string::npos,
            true);
  std::vector<ForwardCall> named = calls();
  named[2].names.push_back({"skips[0]", -1, "down", 0});
  EXPECT_EQ(written(spec(kUp, R"({"name": "add", "type": "Add", "inputs": ["up", "down"]},)", kOut), named),
            "y = self.up(self.down(x)); return self.out(y + skips[0])");
  const std::string cat = R"({"name": "cat", "type": "Concat", "inputs": ["add", "input"]},)";
  EXPECT_EQ(written(spec(kUp, kAdd, cat + kOut), named),
            "y = self.up(self.down(x)); return self.out(torch.cat([(y + x), x], dim=1))");
}

TEST(ForwardEdits, AxesOfOneEntryAreAnIndex) {
  const std::string axes = R"({"name": "axes", "type": "Unflatten", "dim": 1, "unflattened_size": [4, 1, 1],
    "inputs": "input"},)";
  const std::string add = R"({"name": "add", "type": "Add", "inputs": ["up", "axes"]},)";
  EXPECT_EQ(written(spec(kUp, axes + add, kOut), calls()),
            "y = self.up(self.down(x)); return self.out(y + x[:, :, None, None])");
}

// A list's item has another number in each run of a loop, and by one count it is right in all of them.
TEST(ForwardEdits, ATensorIsTakenByANameThatIsRightInAllRuns) {
  const auto net = [](const std::string& a, const std::string& b) {
    return parse(Source("net.json", R"({"input": {"x": [1, 4, 9], "y": [1, 4, 9], "z": [1, 4, 9]}, "layers": [
      {"name": "a", "type": "Add", "inputs": [")" +
                                        a + R"(", "x"]},
      {"name": "b", "type": "Add", "inputs": [")" +
                                        b + R"(", "a"]}]})"))
        .spec;
  };
  const auto run = [](const std::string& layer, std::vector<ForwardCall::Name> names) {
    ForwardCall made;
    made.layer = layer;
    made.file = "net.py";
    made.span = {4, 16};
    made.inputs = {ForwardCall::Text{{4, 12}, true, "skips[i]"}, ForwardCall::Text{{15, 16}, true, "x"}};
    made.names = std::move(names);
    return made;
  };
  const ForwardCall a =
      run("a", {{"skips[i]", 1, "", 0}, {"skips[1]", 2, "", 0}, {"skips[-1 - i]", 2, "", 0}});
  ForwardCall b = run("b", {{"skips[i]", 2, "", 0}, {"skips[0]", 1, "", 0}, {"skips[-1 - i]", 1, "", 0}});
  const ForwardEdits both = forward_edits(net("y", "z"), net("z", "y"), {a, b});
  ASSERT_EQ(both.edits.size(), 1u) << both.why;
  EXPECT_EQ(both.edits[0].edit.text, "skips[-1 - i]");
  // Where one of the runs stays, the name has to be right there.
  EXPECT_NE(forward_edits(net("y", "z"), net("z", "z"), {a, b}).why, "");
  b.names.back().input = 2;
  EXPECT_EQ(forward_edits(net("y", "z"), net("z", "z"), {a, b}).edits.size(), 1u);
}

TEST(ForwardEdits, NothingIsLeftOutWhereFurtherLayersRun) {
  std::vector<ForwardCall> known = calls();
  known[1].front = true;
  EXPECT_NE(written(spec("", R"({"name": "add", "type": "Add", "inputs": ["down", "input"]},)", kOut), known)
                .find("no call is known"),
            std::string::npos);
}

TEST(ForwardEdits, ACallIsLeftOut) {
  EXPECT_EQ(
      written(spec("", R"({"name": "add", "type": "Add", "inputs": ["down", "input"]},)", kOut), calls()),
      "y = self.down(x); return self.out(y + x)");
}

TEST(ForwardEdits, ACallThatRunsForOthersStays) {
  std::vector<ForwardCall> known = calls();
  known.push_back(known[1]);
  known.back().layer = "other";
  EXPECT_NE(written(spec("", R"({"name": "add", "type": "Add", "inputs": ["down", "input"]},)", kOut), known)
                .find("runs for other layers"),
            std::string::npos);
}

TEST(ForwardEdits, AModuleIsPutIntoARow) {
  const auto net = [](const std::string& between) {
    return parse(Source("net.json", R"({"input": [2, 4, 8], "layers": [{"name": "a", "type": "ReLU"},)" +
                                        between +
                                        R"({"name": "head.0", "type": "Linear", "out_features": 2}]})"))
        .spec;
  };
  ConstructorCall made;
  made.module = "head.0";
  made.file = "net.py";
  made.type = "Linear";
  made.span = {40, 56};
  made.row = "nn.";
  made.between = ", ";
  const Spec after = net(R"({"name": "flatten", "type": "Flatten"},)");
  const ForwardEdits put = forward_edits(net(""), after, {}, {made});
  EXPECT_EQ(put.why, "");
  ASSERT_EQ(put.edits.size(), 1u);
  EXPECT_EQ(put.edits[0].edit.offset, 40u);
  EXPECT_EQ(put.edits[0].edit.length, 0u);
  EXPECT_EQ(put.edits[0].edit.text, "nn.Flatten(), ");
  made.makes = 2;  // and what the other one is in stays as it is
  EXPECT_NE(forward_edits(net(""), after, {}, {made}).why, "");
}

}  // namespace
}  // namespace shapedbg
