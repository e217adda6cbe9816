// Repairs of networks that are written with blocks and Residuals: in the block where all its uses agree, at
// the use otherwise.
#include <gtest/gtest.h>

#include "repair/candidate.h"
#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::fixed;
using repaired::read;
using repaired::repair_as;
using repaired::title_of;

std::string of_blocks(int size) {
  return R"({"input": [1, 3, )" + std::to_string(size) + R"(], "blocks": {
    "down": [{"name": "c", "type": "Conv1d", "out_channels": "$out", "kernel_size": 3, "stride": 2, "padding": 1}],
    "up": [{"name": "t", "type": "ConvTranspose1d", "out_channels": "$out", "kernel_size": 3, "stride": 2, "padding": 1}]},
  "layers": [{"use": "down", "out": 8}, {"use": "down", "out": 8}, {"name": "u2", "use": "up", "out": 8},
             {"name": "u1", "use": "up", "out": 3}], "expect": "input"})";
}

// Every layer runs and everything expected holds once the first fix is in the file.
void expect_whole(const std::string& json, Code code) {
  const Spec spec = read(fixed(json, code));
  ASSERT_FALSE(spec.layers.empty()) << fixed(json, code);
  EXPECT_TRUE(holds(spec, infer(spec))) << fixed(json, code);
}

std::string with(const std::string& json, Code code, const std::string& start) {
  const Finding finding = repair_as(json, code);
  std::string titles;
  for (const Fix& fix : finding.fixes) {
    if (fix.title.starts_with(start)) return shapedbg::apply(json, fix.edits).value_or("overlap");
    titles += fix.title + "\n";
  }
  return "none of\n" + titles;
}

TEST(Blocks, AreEditedWhereAllUsesAgree) {
  const Finding finding = repair_as(of_blocks(100), Code::R301);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title,
            "set output_padding to 1 on `u2.t` and `u1.t`, in the block, for all its uses");
  EXPECT_EQ(finding.fixes[0].edits.size(), 1u);
  EXPECT_EQ(finding.fixes[0].applicability, Applicability::safe);
}

// What only one use needs becomes an argument, whose default is what the block said.
TEST(Blocks, GetAnArgumentWhereUsesDiffer) {
  const std::string net = of_blocks(102);
  EXPECT_EQ(title_of(net),
            "set output_padding to 1 on `u1.t`, as a new argument of the block, given at the use `u1`");
  const std::string text = fixed(net);
  EXPECT_NE(text.find(R"("up": {"defaults": {"output_padding": 0}, "layers": [{"name": "t",)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("padding": 1, "output_padding": "$output_padding"}]})"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"name": "u1", "use": "up", "out": 3, "output_padding": 1})"), std::string::npos)
      << text;
  expect_whole(net, Code::R301);
}

const char* const kDefaults = R"({"input": [1, 3, 48], "blocks": {
    "up": {"defaults": {"k": 4}, "layers": [
      {"name": "t", "type": "ConvTranspose1d", "out_channels": "$out", "kernel_size": "$k", "stride": 2, "padding": 1}]}},
  "layers": [{"type": "MaxPool1d", "kernel_size": 4}, {"use": "up", "name": "u2", "out": 16},
             {"use": "up", "name": "u1", "out": 3, "k": 3}], "expect": "input"})";

TEST(Blocks, AnArgumentIsSetWhereItIsGiven) {
  EXPECT_EQ(title_of(kDefaults), "set kernel_size to 4 on `u1.t`, at the use `u1`");
  EXPECT_NE(fixed(kDefaults).find(R"({"use": "up", "name": "u1", "out": 3, "k": 4})"), std::string::npos);
}

TEST(Blocks, AnArgumentIsGivenWhereTheDefaultIsWrongForOneUse) {
  const std::string net = R"({"input": [1, 3, 48], "blocks": {
    "up": {"defaults": {"k": 4}, "layers": [
      {"name": "t", "type": "ConvTranspose1d", "out_channels": "$out", "kernel_size": "$k", "stride": 2, "padding": 1}]}},
  "layers": [{"type": "MaxPool1d", "kernel_size": 4}, {"use": "up", "name": "u2", "out": 16},
             {"use": "up", "name": "u1", "out": 3}], "expect": [1, 3, 49]})";
  const std::string text = with(net, Code::R302, "set kernel_size to 5 on `u1.t`, at the use `u1`");
  EXPECT_NE(text.find(R"({"use": "up", "name": "u1", "out": 3, "k": 5})"), std::string::npos) << text;
}

TEST(Blocks, ADefaultIsSetWhereAllUsesTakeIt) {
  std::string net = kDefaults;
  net.replace(net.find(R"("k": 4)"), 6, R"("k": 3)");
  net.replace(net.find(R"(, "k": 3})", net.find("u1")), 9, "}");
  const std::string text = with(net, Code::R301, "set kernel_size to 4 on `u2.t` and `u1.t`, in the block");
  EXPECT_NE(text.find(R"("defaults": {"k": 4})"), std::string::npos) << text;
}

const char* const kMerge = R"({"input": [1, 3, 50], "blocks": {
    "up": [
      {"name": "t", "type": "ConvTranspose1d", "out_channels": "$out", "kernel_size": 2, "stride": 2},
      {"name": "cat", "type": "Concat", "inputs": ["$skip", "prev"]},
      {"name": "c", "type": "Conv1d", "out_channels": "$out", "kernel_size": 3, "padding": 1}]},
  "layers": [
    {"name": "e1", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "MaxPool1d", "kernel_size": 2},
    {"name": "e2", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "MaxPool1d", "kernel_size": 2},
    {"use": "up", "name": "u2", "out": 8, "skip": "e2"},
    {"use": "up", "name": "u1", "out": 8, "skip": "e1"}]})";

TEST(Blocks, ALayerIsPutInForEveryUse) {
  std::string net = kMerge;
  const std::string transposed =
      R"("ConvTranspose1d", "out_channels": "$out", "kernel_size": 2, "stride": 2})";
  net.replace(net.find(transposed), transposed.size(), R"("Upsample", "scale_factor": 2})");
  const std::string text = with(net, Code::L208, "pad `u2.t` to the size of `e2`");
  EXPECT_NE(
      text.find(
          "\n      {\"name\": \"pad\", \"type\": \"Pad\", \"inputs\": \"prev\", \"size_like\": \"$skip\"},\n"
          "      {\"name\": \"cat\", \"type\": \"Concat\", \"inputs\": [\"$skip\", \"prev\"]},"),
      std::string::npos)
      << text;
  const Spec spec = read(text);
  ASSERT_EQ(spec.layers.size(), 12u);
  EXPECT_TRUE(holds(spec, infer(spec)));
}

TEST(Blocks, TheSizeOfTheSkipComesByTheArgumentThatNamesIt) {
  const std::string text = with(kMerge, Code::L208, "set size_like to \"e2\" on `u2.t`, in the block");
  EXPECT_NE(text.find(R"("stride": 2, "size_like": "$skip"})"), std::string::npos) << text;
}

TEST(Residuals, AreEditedInside) {
  const std::string net = R"({"input": [1, 8, 32], "layers": [
  {"type": "Residual", "name": "r", "layers": [
    {"type": "Conv1d", "out_channels": 8, "kernel_size": 3}, {"type": "ReLU"}]}]})";
  EXPECT_EQ(title_of(net, Code::L208), "set padding to 1 on `r.0`");
  const std::string text = with(net, Code::L208, "pad the branch of `r`");
  EXPECT_NE(text.find(R"({"type": "ReLU"}, {"name": "pad", "type": "Pad", "size_like": "input"}]})"),
            std::string::npos)
      << text;
}

TEST(Residuals, GetTheShortcutThatIsMissing) {
  const std::string net = R"({"input": [1, 8, 32, 32], "layers": [
  {"type": "Residual", "name": "r", "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}, {"type": "ReLU"}]}]})";
  EXPECT_EQ(title_of(net, Code::L208),
            "give `r` a shortcut of kernel_size 1 that makes [1, 16, 16, 16] of [1, 8, 32, 32]");
  EXPECT_NE(
      fixed(net, Code::L208)
          .find(R"("shortcut": [{"type": "Conv2d", "out_channels": 16, "kernel_size": 1, "stride": 2}]})"),
      std::string::npos);
}

}  // namespace
}  // namespace shapedbg
