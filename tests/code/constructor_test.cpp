// Options of layers written into the calls of a program.
#include "code/constructor.h"

#include <gtest/gtest.h>

#include "read/json/parse.h"

namespace shapedbg {
namespace {

const std::string kProgram = "self.up = nn.ConvTranspose2d(4, 3, (3, 3), stride=s, padding=1)";

Spec spec(const std::string& options) {
  const std::string text = R"({"input": [1, 4, 8, 8], "layers": [{"name": "up", "type": "ConvTranspose2d",
    "in_channels": 4, "out_channels": 3, )" +
                           options + "}]}";
  return parse(Source("net.json", text)).spec;
}

const std::string kOptions = R"("kernel_size": 3, "stride": 2, "padding": 1)";

ConstructorCall call() {
  const auto span = [](const std::string& word) {
    const std::size_t at = kProgram.find(word);
    return Span{at, at + word.size()};
  };
  ConstructorCall made{"up", "", "net.py", "ConvTranspose2d", {10, kProgram.size()}, {}, {}, {}, ", ", 1};
  made.arguments = {{"in_channels", {29, 30}, Value{std::int64_t{4}}},
                    {"out_channels", {32, 33}, Value{std::int64_t{3}}},
                    {"kernel_size", span("(3, 3)"), Value{std::vector<std::int64_t>{3, 3}}},
                    {"stride", {span("stride=s").end - 1, span("stride=s").end}, {}},
                    {"padding", {kProgram.size() - 2, kProgram.size() - 1}, Value{std::int64_t{1}}}};
  made.add = kProgram.size() - 1;
  return made;
}

// The program behind the change to `options`, or why there is none.
std::string written(const std::string& options, const ConstructorCall& made = call()) {
  const ProgramEdits result = constructor_edits(spec(kOptions), spec(options), {made});
  if (!result.why.empty()) {
    EXPECT_TRUE(result.edits.empty());
    return result.why;
  }
  std::vector<Edit> edits;
  for (const ProgramEdit& edit : result.edits) edits.push_back(edit.edit);
  return shapedbg::apply(kProgram, edits).value_or("they overlap");
}

TEST(ConstructorEdits, SetsWhatIsThereAndAddsWhatIsNot) {
  EXPECT_EQ(written(kOptions), kProgram);
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)"),
            "self.up = nn.ConvTranspose2d(4, 3, (3, 3), stride=s, padding=1, output_padding=1)");
  EXPECT_EQ(written(R"("kernel_size": 4, "stride": 2, "padding": [1, 2], "bias": false)"),
            "self.up = nn.ConvTranspose2d(4, 3, (4, 4), stride=s, padding=(1, 2), bias=False)");
  EXPECT_EQ(
      written(kOptions + R"(, "output_padding": [1, 0], "dilation": 2)"),
      "self.up = nn.ConvTranspose2d(4, 3, (3, 3), stride=s, padding=1, output_padding=(1, 0), dilation=2)");
}

TEST(ConstructorEdits, SayWhyTheyAreNone) {
  EXPECT_EQ(written(R"("kernel_size": 3, "stride": 4, "padding": 1)"),
            "stride of `up` is no number in the call that makes it");
  EXPECT_EQ(written(kOptions + R"(, "size_like": "input")"),
            "it changes what forward does, not the arguments of a constructor");
  ConstructorCall made = call();
  made.makes = 3;
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)", made),
            "the line that makes `up` makes 3 modules, not all of them in the recorded run");
  made = call();
  made.arguments.back().value = Value{std::int64_t{2}};
  EXPECT_EQ(written(R"("kernel_size": 3, "stride": 2, "padding": 0)", made),
            "padding of `up` is not what its call says");
  made = call();
  made.add.reset();
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)", made),
            "the call that makes `up` ends with a parenthesis around a value");
  made = call();
  made.type = "LazyConvTranspose2d";
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)", made), "`up` is made as a LazyConvTranspose2d");
  made = call();
  made.module = "other";
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)", made),
            "`up` is made by no constructor: the change is one of a call in forward");
}

// A transposed layer takes the size of another tensor where it is called, by a name that is right for all
// that the call runs for.
TEST(ConstructorEdits, GiveTheSizeOfAnotherTensorByItsName) {
  const auto net = [](const std::string& a, const std::string& b) {
    const std::string up = R"("type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2)";
    return parse(Source("net.json",
                        R"({"input": {"x": [1, 4, 9, 9], "skip": [1, 4, 18, 18], "other": [1, 4, 36, 36]},
      "layers": [{"name": "a", "inputs": "x", )" +
                            up + a + R"(}, {"name": "b", )" + up + b + "}]}"))
        .spec;
  };
  const std::string text = "        x = up(x)";
  ForwardCall call{"a", "net.py", {12, 17}, {ForwardCall::Text{{15, 16}, true, "x"}}, {}, "torch", "F"};
  call.names = {{"x", 0, "", 0}, {"skips[0]", 1, "", 0}, {"skips[-1]", 1, "", 0}};
  ForwardCall again = call;
  again.layer = "b";
  again.names = {{"skips[1]", 2, "", 0}, {"skips[0]", 1, "", 0}, {"skips[-1]", 2, "", 0}};
  const Spec before = net("", "");
  const Spec after = net(R"(, "size_like": "skip")", R"(, "size_like": "other")");
  const ProgramEdits both = constructor_edits(before, after, {}, {call, again});
  ASSERT_EQ(both.edits.size(), 1u) << both.why;
  EXPECT_EQ(shapedbg::apply(text, {both.edits[0].edit}),
            "        x = up(x, output_size=skips[-1].shape[2:])");
  const ProgramEdits one = constructor_edits(before, net(R"(, "size_like": "skip")", ""), {}, {call, again});
  EXPECT_EQ(one.why,
            "the call in forward that would change runs for other layers, too, which stay as they are");
  again.names.pop_back();
  EXPECT_EQ(constructor_edits(before, after, {}, {call, again}).why,
            "it changes what forward does, not the arguments of a constructor");
}

// A factor gives way to the size of another tensor, also by the name of one that has that size at all sizes.
TEST(ConstructorEdits, GiveASizeInThePlaceOfAFactor) {
  const auto net = [](const std::string& size) {
    return parse(Source("net.json", R"({"input": {"x": [1, 4, 9, 9], "skip": [1, 4, 17, 17]}, "layers": [
      {"name": "side", "type": "Conv2d", "inputs": "skip", "out_channels": 2, "kernel_size": 1},
      {"name": "up", "type": "Upsample", "inputs": "x", )" +
                                        size + "}]}"))
        .spec;
  };
  const std::string text = "F.interpolate(x, scale_factor=2)";
  ConstructorCall step;
  step.step = true;
  step.module = "up";
  step.file = "net.py";
  step.type = "Upsample";
  step.span = {0, text.size()};
  step.arguments = {{"scale_factor", {text.size() - 2, text.size() - 1}, Value{std::int64_t{2}}}};
  step.arguments[0].keyword = text.find("scale_factor");
  ForwardCall call{"up", "net.py", step.span, {ForwardCall::Text{{14, 15}, true, "x"}}, {}, "torch", "F"};
  call.names = {{"x", 0, "", 0}, {"lats[0]", -1, "side", 0}};
  const Spec before = net(R"("scale_factor": 2)");
  const Spec after = net(R"("size_like": "skip")");
  const ProgramEdits edits = constructor_edits(before, after, {step}, {call});
  ASSERT_EQ(edits.edits.size(), 1u) << edits.why;
  EXPECT_EQ(shapedbg::apply(text, {edits.edits[0].edit}), "F.interpolate(x, size=lats[0].shape[2:])");
  step.arguments[0].keyword.reset();
  EXPECT_NE(constructor_edits(before, after, {step}, {call}).why, "");
}

TEST(ConstructorEdits, NameAnotherFunction) {
  const auto net =
      [](const std::string& type) {
        return parse(Source("net.json", R"({"input": {"x": [1, 4, 9, 9], "y": [1, 4, 9, 9]}, "layers": [
      {"name": "join", "type": ")" + type + R"(", "dim": 1, "inputs": ["x", "y"]}]})"))
            .spec;
      };
  ConstructorCall step;
  step.step = true;
  step.module = "join";
  step.file = "net.py";
  step.type = "Stack";
  step.span = {0, 25};
  step.name = {6, 11};
  const ProgramEdits edits = constructor_edits(net("Stack"), net("Concat"), {step});
  ASSERT_EQ(edits.edits.size(), 1u) << edits.why;
  EXPECT_EQ(edits.edits[0].edit.text, "cat");
}

// A keyword is added where a block hands it on, and only there.
TEST(ConstructorEdits, AddAKeywordThatIsHandedOn) {
  ConstructorCall made = call();
  made.listed = true;
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)", made),
            "what makes `up` takes its arguments from a list");
  made.takes = {"output_padding"};
  EXPECT_EQ(written(kOptions + R"(, "output_padding": 1)", made),
            "self.up = nn.ConvTranspose2d(4, 3, (3, 3), stride=s, padding=1, output_padding=1)");
}

// Where the call has a name, the text that it stands for is what changes, and all that takes it from there.
TEST(ConstructorEdits, FollowANameToItsText) {
  ConstructorCall made = call();
  made.arguments.back() = {"padding", {3, 4}, Value{std::int64_t{1}}, "other.py", 1, ""};
  const Spec before = spec(kOptions);
  const Spec after = spec(R"("kernel_size": 3, "stride": 2, "padding": 0)");
  const ProgramEdits result = constructor_edits(before, after, {made});
  ASSERT_EQ(result.edits.size(), 1u) << result.why;
  EXPECT_EQ(result.edits[0].file, "other.py");
  EXPECT_EQ(result.edits[0].edit.offset, 3u);
  EXPECT_EQ(result.edits[0].edit.text, "0");
  made.arguments.back().makes = 2;
  EXPECT_EQ(constructor_edits(before, after, {made}).why,
            "the line that says padding of `up` says it of 2 modules, not all of them in the recorded run");
  made.arguments.back() = {"padding", {3, 4}, {}, "", 0, "is `p`, which is also used in line 3"};
  EXPECT_EQ(constructor_edits(before, after, {made}).why,
            "padding of `up` is `p`, which is also used in line 3");
}

TEST(ConstructorEdits, AParameterChangesByAxis) {
  const auto tensor = [](const std::string& shape) {
    const std::string text =
        R"({"input": [1, 4, 8], "layers": [{"name": "pos", "type": "Parameter", "shape": )" + shape +
        R"(, "inputs": []}, {"type": "Add", "inputs": ["input", "pos"]}]})";
    return parse(Source("net.json", text)).spec;
  };
  ConstructorCall made{"pos", "", "net.py", "Parameter", {0, 40}, {}, {}, {}, ", ", 1};
  made.arguments = {{"shape[0]", {10, 11}, Value{std::int64_t{1}}},
                    {"shape[1]", {13, 16}, Value{std::int64_t{3}}},
                    {"shape[2]", {18, 19}, {}}};
  const ProgramEdits result = constructor_edits(tensor("[1, 3, 8]"), tensor("[1, 4, 8]"), {made});
  ASSERT_EQ(result.edits.size(), 1u) << result.why;
  EXPECT_EQ(result.edits[0].edit.offset, 13u);
  EXPECT_EQ(result.edits[0].edit.length, 3u);
  EXPECT_EQ(result.edits[0].edit.text, "4");
  EXPECT_EQ(constructor_edits(tensor("[1, 4, 7]"), tensor("[1, 4, 8]"), {made}).why,
            "shape[2] of `pos` is no number in the call that makes it");
}

// A call in forward: entry by entry, and -1 in the place of a name.
TEST(ConstructorEdits, AStepChangesByEntry) {
  const auto view = [](const std::string& shape) {
    const std::string text =
        R"({"input": [2, 8, 4], "layers": [{"name": "view", "type": "Reshape", "shape": )" + shape + "}]}";
    return parse(Source("net.json", text)).spec;
  };
  ConstructorCall call{"view", "", "net.py", "Reshape", {0, 40}, {}, {}, {}, ", ", 1};
  call.step = true;
  call.arguments = {{"shape[0]", {10, 12}, Value{std::int64_t{-1}}},
                    {"shape[1]", {14, 20}, Value{std::int64_t{16}}},
                    {"shape[2]", {22, 26}, {}, "", 0, "is `size`, which is also used in line 3"}};
  call.arguments[2].places = {{"net.py", {22, 26}}};
  const ProgramEdits number = constructor_edits(view("[-1, 16, 2]"), view("[-1, 8, 2]"), {call});
  ASSERT_EQ(number.edits.size(), 1u) << number.why;
  EXPECT_EQ(number.edits[0].edit.offset, 14u);
  EXPECT_EQ(number.edits[0].edit.text, "8");
  const ProgramEdits open = constructor_edits(view("[2, 16, 2]"), view("[2, 16, -1]"), {call});
  ASSERT_EQ(open.edits.size(), 1u) << open.why;
  EXPECT_EQ(open.edits[0].edit.offset, 22u);
  EXPECT_EQ(open.edits[0].edit.text, "-1");
  EXPECT_EQ(constructor_edits(view("[-1, 16, 2]"), view("[-1, 16, 4]"), {call}).why,
            "shape[2] of `view` is `size`, which is also used in line 3");
  call.makes = 2;
  EXPECT_EQ(constructor_edits(view("[-1, 16, 2]"), view("[-1, 8, 2]"), {call}).why,
            "the line that calls `view` calls 2 layers, not all of them in the recorded run");
}

// One call in a loop: its layers change alike or not at all.
TEST(ConstructorEdits, ChangeAllLayersOfACallOrNone) {
  const auto two = [](const std::string& first, const std::string& second) {
    const std::string text = R"({"input": [1, 3, 8, 8], "layers": [{"name": "up", "type": "ConvTranspose2d",
      "out_channels": 3, "kernel_size": 3)" +
                             first + R"(}, {"name": "up2", "type": "ConvTranspose2d", "out_channels": 3,
      "kernel_size": 3)" + second +
                             "}]}";
    return parse(Source("net.json", text)).spec;
  };
  ConstructorCall made = call();
  made.makes = 2;
  ConstructorCall other = made;
  other.module = "up2";
  const Spec before = two("", "");
  const std::string dilated = R"(, "dilation": 2)";
  const ProgramEdits both = constructor_edits(before, two(dilated, dilated), {made, other});
  ASSERT_EQ(both.edits.size(), 1u) << both.why;
  EXPECT_EQ(both.edits[0].edit.text, ", dilation=2");
  EXPECT_EQ(constructor_edits(before, two(dilated, ""), {made, other}).why,
            "the line that makes `up` makes `up2` too, which stays as it is");
}

}  // namespace
}  // namespace shapedbg
