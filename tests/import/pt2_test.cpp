// Exported programs: every node has the shape that it had when the program ran, at the exported size and at
// another. tests/import/export.py wrote the files.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "infer/infer.h"
#include "read/json/parse.h"
#include "read/pt2/cursor.h"
#include "read/pt2/frames.h"
#include "read/pt2/graph.h"
#include "read/pt2/pt2.h"
#include "read/pt2/srepr.h"
#include "read/same_tree.h"

namespace shapedbg::pt2_test {
namespace {

const std::string kFolder = std::string(SHAPEDBG_SOURCE_DIR) + "/tests/import/pt2/";

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}

class Exported : public testing::TestWithParam<const char*> {};

TEST_P(Exported, EveryNodeHasTheShapeThatItHad) {
  const std::string path = kFolder + GetParam();
  const Imported imported = import_pt2(path + ".pt2");
  ASSERT_TRUE(imported.usable()) << (imported.findings.empty() ? "" : imported.findings[0].message);
  EXPECT_TRUE(expect_same_tree(imported.made));
  const Parsed parsed = parse(Source("imported", imported.spec()));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message << "\n" << imported.spec();
  const nlohmann::json runs = nlohmann::json::parse(bytes_of(path + ".executed.json"));
  std::size_t compared = 0;
  for (const nlohmann::json& run : runs) {
    const Trace trace = infer(parsed.spec, {run.at("input").get<Shape>()});
    for (std::size_t i = 0; i < parsed.spec.layers.size(); ++i) {
      const LayerSpec& layer = parsed.spec.layers[i];
      ASSERT_TRUE(layer.source) << layer.name;
      if (!run.at("shapes").contains(layer.source->node)) continue;
      ++compared;
      ASSERT_FALSE(trace.layers[i].outputs.empty()) << layer.name << "\n" << imported.spec();
      EXPECT_EQ(trace.layers[i].outputs[0], run.at("shapes").at(layer.source->node).get<Shape>())
          << layer.name << " at " << run.at("input") << "\n"
          << imported.spec();
    }
  }
  EXPECT_GE(compared, 2 * parsed.spec.layers.size() * 3 / 4);
}

INSTANTIATE_TEST_SUITE_P(Pt2, Exported,
                         testing::Values("autoencoder", "autoencoder_free", "padded_unet", "resized",
                                         "tokens", "awkward"));

std::string refusal(const Imported& imported) {
  if (imported.usable() || imported.findings.empty()) return "usable";
  return std::string(info(imported.findings[0].code).id) + " " + imported.findings[0].message;
}

TEST(Pt2, SizesOfOtherTensorsAreFound) {
  const std::string unet = import_pt2(kFolder + "padded_unet.pt2").spec();
  EXPECT_NE(unet.find(R"("type": "PadToMultiple", "multiple": 4)"), std::string::npos) << unet;
  EXPECT_NE(unet.find(R"("type": "Slice", "size_like": "x")"), std::string::npos) << unet;
  const std::string resized = import_pt2(kFolder + "resized.pt2").spec();
  EXPECT_NE(resized.find(R"("size_like": "a", "mode": "bilinear")"), std::string::npos) << resized;
  EXPECT_NE(resized.find(R"("type": "Upsample", "size_like": "x")"), std::string::npos) << resized;
  EXPECT_NE(resized.find(R"("outputs": ["add", "mean"])"), std::string::npos) << resized;
}

TEST(Pt2, WhatHoldsNoGraphIsNamedWithTheWayOut) {
  const Imported decomposed = import_pt2(kFolder + "decomposed.pt2");
  EXPECT_EQ(refusal(decomposed), "I601 its graph is decomposed (`ATEN`), and layers cannot be told from it");
  ASSERT_EQ(decomposed.findings[0].notes.size(), 1u);
  EXPECT_NE(decomposed.findings[0].notes[0].find("before run_decompositions()"), std::string::npos);
  EXPECT_EQ(refusal(import_pt2(kFolder + "none.pt2")).substr(0, 4), "I602");
  EXPECT_EQ(refusal(import_pt2_bytes("")).substr(0, 4), "I602");
}

// What a later node makes is no constant of an earlier one.
TEST(Pt2, ANodeThatReadsWhatIsNotMadeYetIsRefused) {
  const std::string bytes = bytes_of(kFolder + "autoencoder.pt2");
  std::string json = bytes.substr(bytes.find("{\"graph_module\""));
  json.resize(json.rfind('}', json.find("PK\x03")) + 1);
  ASSERT_EQ(pt2::read_graph(json).error, "");
  const std::string reads = R"({"name": "input", "arg": {"as_tensor": {"name": "x"}})";
  const std::size_t at = json.find(reads);
  ASSERT_NE(at, std::string::npos);
  json.replace(at, reads.size(), R"({"name": "input", "arg": {"as_tensor": {"name": "relu"}})");
  EXPECT_EQ(pt2::read_graph(json).error, "a node reads `relu` in front of the node that makes it");
}

TEST(Pt2, DamagedFilesAreOneFinding) {
  const std::string whole = bytes_of(kFolder + "padded_unet.pt2");
  ASSERT_GT(whole.size(), 1000u);
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 40)
    EXPECT_FALSE(import_pt2_bytes(std::string_view(whole).substr(0, size)).usable());
  std::mt19937 dice(7);
  for (int i = 0; i < 150; ++i) {
    std::string bytes = whole;
    for (int k = 0; k < 8; ++k) bytes[dice() % bytes.size()] = static_cast<char>(dice());
    const Imported imported = import_pt2_bytes(bytes);
    EXPECT_TRUE(imported.usable() || imported.findings.size() == 1u);
  }
}

TEST(Cursor, ReadsAndSkips) {
  pt2::Cursor cursor(
      R"( {"a": [1, {"b": "]}\""}, null], "c": "x\u00e4\n\ud83d\ude00", "d": -7, "e": 1e3, "f": true} )");
  std::string text;
  std::int64_t number = 0;
  double real = 0;
  bool flag = false;
  cursor.object([&](std::string_view key) {
    if (key == "c")
      text = cursor.string();
    else if (key == "d")
      number = cursor.integer();
    else if (key == "e")
      real = cursor.number();
    else if (key == "f")
      flag = cursor.boolean();
    else
      cursor.skip();
  });
  EXPECT_TRUE(cursor.good());
  EXPECT_EQ(text, "x\u00e4\n\U0001F600");
  EXPECT_EQ(number, -7);
  EXPECT_EQ(real, 1000);
  EXPECT_TRUE(flag);
  for (const char* bad : {"{", "{\"a\"", "{\"a\":}", "{\"a\": 1,}", "{\"a\": [1}", "{\"a\": \"x"}) {
    pt2::Cursor broken(bad);
    broken.object([&](std::string_view) { broken.skip(); });
    EXPECT_FALSE(broken.good()) << bad;
  }
}

std::optional<std::int64_t> computed(const char* text, std::int64_t size) {
  return pt2::read_srepr(text, [](std::string_view) { return 0; }).evaluate([&](const auto&) {
    return std::optional(size);
  });
}

TEST(Srepr, IsReadAsSympyWritesIt) {
  const std::string s = "Symbol('s53', positive=True, integer=True)";
  EXPECT_EQ(computed(("FloorDiv(" + s + ", Integer(2))").c_str(), 37), 18);
  EXPECT_EQ(computed(("Add(Mul(Integer(2), " + s + ", " + s + "), Integer(-1))").c_str(), 3), 17);
  EXPECT_EQ(computed(("Mul(Rational(1, 2), " + s + ")").c_str(), 6), 3);
  EXPECT_EQ(computed(("Mod(" + s + ", Integer(4))").c_str(), 7), 3);
  EXPECT_EQ(computed(("Max(Integer(9), Pow(" + s + ", Integer(2)))").c_str(), 2), 9);
  EXPECT_EQ(computed(("CeilToInt(IntTrueDiv(" + s + ", Integer(4)))").c_str(), 7), 2);
  for (const char* bad :
       {"", "Add(", "Zeta(Integer(1))", "Integer(x)", "Add(Integer(1)) x", "Integer(99999999999999999999)"})
    EXPECT_EQ(computed(bad, 1), std::nullopt) << bad;
  EXPECT_EQ(computed(std::string(100'000, '(').c_str(), 1), std::nullopt);
}

TEST(Frames, TheInnermostLineOfTheAuthor) {
  EXPECT_EQ(
      pt2::innermost_line(
          R"(File \"net.py\", line 3, in forward\n    a(x)\n  File \"lib/torch/nn/modules/conv.py\", line 565, in forward)")
          .text(),
      "net.py:3");
  EXPECT_TRUE(pt2::innermost_line("File").empty());
  EXPECT_TRUE(pt2::innermost_line(R"(File \"torch/nn/functional.py\", line 1, in f)").empty());
  calls::Call call;
  pt2::read_module("L__self__,,net.UNet;L__self__up,up@1,torch.nn.modules.conv.Conv2d", call);
  EXPECT_EQ(call.module, "up");
  EXPECT_EQ(call.module_class, "torch.nn.modules.conv.Conv2d");
}

}  // namespace
}  // namespace shapedbg::pt2_test
