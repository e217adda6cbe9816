// Keras models, on files that tests/import/keras/export.py made; the shapes that each layer returned stand
// beside them.
#include "read/keras/keras.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "infer/infer.h"
#include "net/move.h"
#include "read/json/parse.h"
#include "read/same_tree.h"

namespace shapedbg {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const fs::path kFolder = fs::path(SHAPEDBG_SOURCE_DIR) / "tests/import/keras";

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What the last layer made of the Keras layer `name` returns, in Keras' order.
Shape returned(const Spec& spec, const Trace& trace, const std::string& name) {
  Shape shape;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const std::string& layer = spec.layers[i].name;
    if ((layer == name || layer.starts_with(name + ".")) && !trace.layers[i].outputs.empty())
      shape = trace.layers[i].outputs[0];
  }
  if (shape.size() >= 3) std::rotate(shape.begin() + 1, shape.begin() + 2, shape.end());
  return shape;
}

void compare(const Imported& imported, const std::string& name) {
  ASSERT_TRUE(imported.usable()) << name << ": " << imported.findings.at(0).message;
  const Parsed parsed = parse(Source(name, imported.spec()));
  ASSERT_TRUE(parsed.usable) << imported.spec();
  for (const Finding& finding : parsed.findings)
    EXPECT_NE(info(finding.code).severity, Severity::error) << name << ": " << finding.message;
  const Trace trace = infer(parsed.spec);
  for (std::size_t i = 0; i < trace.layers.size(); ++i)
    EXPECT_TRUE(trace.layers[i].refusals.empty()) << name << ": " << parsed.spec.layers[i].name;
  const Json truth = Json::parse(bytes_of(kFolder / (name + ".shapes.json")));
  ASSERT_GE(truth.size(), 3u) << name;
  for (const auto& [layer, shape] : truth.items())
    EXPECT_EQ(returned(parsed.spec, trace, layer), shape.get<Shape>()) << name << ": " << layer;
}

TEST(Keras, EveryLayerReturnsWhatTheModelReturned) {
  for (const std::string name : {"unet", "windows", "sound", "text"}) {
    const std::string text = bytes_of(kFolder / (name + ".json"));
    EXPECT_TRUE(looks_like_keras(text)) << name;
    compare(import_keras(text), name);
  }
}

// Sequences keep Keras' order between layers that have it, so the order of axes is not compared here; each
// layer is checked to take what it gets.
TEST(Keras, SequencesAndFunctionsReturnWhatTheModelReturned) {
  for (const std::string name : {"sequences", "functions", "two"}) {
    const Imported imported = import_keras(bytes_of(kFolder / (name + ".json")));
    ASSERT_TRUE(imported.usable()) << name << ": " << imported.findings.at(0).message;
    expect_same_tree(imported.made);
    const Parsed parsed = parse(Source(name, imported.spec()));
    EXPECT_TRUE(parsed.findings.empty()) << name << ": " << imported.spec();
    const Trace trace = infer(parsed.spec);
    for (std::size_t i = 0; i < trace.layers.size(); ++i)
      EXPECT_TRUE(trace.layers[i].refusals.empty()) << name << ": " << parsed.spec.layers[i].name;
    const Json truth = Json::parse(bytes_of(kFolder / (name + ".shapes.json")));
    ASSERT_GE(truth.size(), 8u) << name;
    for (const auto& [layer, shape] : truth.items()) {
      Shape expected = shape.get<Shape>();
      Shape made = returned(parsed.spec, trace, layer);
      std::sort(expected.begin(), expected.end());
      std::sort(made.begin(), made.end());
      EXPECT_EQ(made, expected) << name << ": " << layer;
    }
    // Only what is no layer of the spec: AdditiveAttention, ConvLSTM2D; EinsumDense.
    EXPECT_EQ(imported.custom, name == "sequences" ? 3u : name == "functions" ? 1u : 0u);
  }
}

// The archive was made in the same run as the JSON: its layers are numbered on.
TEST(Keras, AnArchiveIsReadAsItsConfig) {
  const std::string path = (kFolder / "unet.keras").string();
  EXPECT_TRUE(is_keras_archive(path));
  EXPECT_FALSE(is_keras_archive((kFolder / "unet.json").string()));
  const Imported imported = import_keras_archive(path);
  ASSERT_TRUE(imported.usable()) << imported.findings.at(0).message;
  const Spec one = parse(Source("archive", imported.spec())).spec;
  const Spec other = parse(Source("json", import_keras(bytes_of(kFolder / "unet.json")).spec())).spec;
  EXPECT_TRUE(same_network(one, other)) << imported.spec();
  EXPECT_EQ(*infer(one).result(one), (Shape{1, 2, 33, 48}));
  // As it comes through a pipe.
  const std::string bytes = bytes_of(path);
  EXPECT_TRUE(are_keras_archive(bytes));
  EXPECT_FALSE(are_keras_archive(bytes.substr(0, bytes.size() / 2)));
  EXPECT_EQ(import_keras_bytes(bytes).spec(), imported.spec());
}

// One encoder called for two inputs, and a Dense that is called three times: each has its weights once.
TEST(Keras, LayersThatAreCalledAgainCountTheirWeightsOnce) {
  const auto node = [](const std::string& layer, int call) {
    return Json{{"class_name", "__keras_tensor__"},
                {"config", {{"shape", {nullptr, 8}}, {"keras_history", {layer, call, 0}}}}};
  };
  const auto calls = [](const std::vector<Json>& given) {
    Json all = Json::array();
    for (const Json& one : given) all.push_back({{"args", Json::array({one})}, {"kwargs", Json::object()}});
    return all;
  };
  const auto input = [](const std::string& name) {
    return Json{{"class_name", "InputLayer"},
                {"config", {{"name", name}, {"batch_shape", {nullptr, 8}}}},
                {"name", name},
                {"inbound_nodes", Json::array()}};
  };
  const auto dense = [&](const std::string& name, const std::vector<Json>& given) {
    return Json{{"class_name", "Dense"},
                {"config", {{"name", name}, {"units", 8}}},
                {"name", name},
                {"inbound_nodes", calls(given)}};
  };
  const Json encoder{{"class_name", "Functional"},
                     {"name", "encoder"},
                     {"config",
                      {{"name", "encoder"},
                       {"layers", {input("x"), dense("inner", {node("x", 0)})}},
                       {"input_layers", {{"x", 0, 0}}},
                       {"output_layers", {{"inner", 0, 0}}}}},
                     {"inbound_nodes", calls({node("a", 0), node("b", 0)})}};
  const Json model{{"class_name", "Functional"},
                   {"config",
                    {{"name", "twins"},
                     {"layers",
                      {input("a"), input("b"), encoder,
                       dense("head", {node("encoder", 0), node("encoder", 1), node("head", 0)})}},
                     {"input_layers", {{"a", 0, 0}, {"b", 0, 0}}},
                     {"output_layers", {{"head", 1, 0}, {"head", 2, 0}}}}}};
  const Imported imported = import_keras(model.dump());
  ASSERT_TRUE(imported.usable()) << imported.findings.at(0).message;
  const Spec spec = parse(Source("twins.json", imported.spec())).spec;
  EXPECT_EQ(spec.layers.size(), 5U) << imported.spec();
  std::int64_t weights = 0;
  for (const Cost& cost : costs_of(spec, infer(spec))) weights += cost.params;
  EXPECT_EQ(weights, 2 * (8 * 8 + 8)) << imported.spec();
}

// Of strides and kernels, with sizes that divide and that do not: what Keras' documentation says comes out.
TEST(Keras, SameAndTransposedAreAsKerasSays) {
  for (const std::string padding : {"same", "valid"})
    for (std::int64_t kernel = 1; kernel <= 6; ++kernel)
      for (std::int64_t stride = 1; stride <= 4; ++stride)
        for (std::int64_t size = 6; size <= 9; ++size)
          for (const std::string type : {"Conv1D", "Conv1DTranspose", "MaxPooling1D"}) {
            const Json config{{"name", "a"},           {"batch_shape", {nullptr, size, 2}},
                              {"filters", 2},          {"kernel_size", {kernel}},
                              {"pool_size", {kernel}}, {"strides", {stride}},
                              {"padding", padding}};
            const Json model{{"class_name", "Sequential"},
                             {"config", {{"layers", {{{"class_name", type}, {"config", config}}}}}}};
            const Imported imported = import_keras(model.dump());
            ASSERT_TRUE(imported.usable()) << imported.findings.at(0).message;
            const Spec spec = parse(Source("t.json", imported.spec())).spec;
            const Trace trace = infer(spec);
            const bool same = padding == "same";
            const std::int64_t wanted =
                type == "Conv1DTranspose"
                    ? size * stride + (same ? 0 : std::max<std::int64_t>(kernel - stride, 0))
                : same ? (size + stride - 1) / stride
                       : (size - kernel) / stride + 1;
            ASSERT_NE(trace.result(spec), nullptr) << imported.spec();
            EXPECT_EQ(trace.result(spec)->at(2), wanted) << imported.spec();
          }
}

TEST(Keras, WhatIsNoModelIsOneFinding) {
  const auto code = [](const std::string& text, std::vector<std::pair<std::string, Shape>> inputs = {}) {
    const Imported imported = import_keras(text, inputs);
    EXPECT_FALSE(imported.usable());
    return imported.findings.size() == 1 ? imported.findings[0].code : Code::X901;
  };
  EXPECT_EQ(code(R"({"class_name": "Functional")"), Code::I602);
  EXPECT_EQ(code(R"({"class_name": "MyNet", "config": {}})"), Code::I601);
  EXPECT_EQ(code(R"({"class_name": "Functional", "config": {"layers": [], "output_layers": [["a", 0, 0]]}})"),
            Code::I602);
  const std::string open = R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense",
    "config": {"name": "d", "units": 3, "batch_shape": [null, null, 4]}}]}})";
  EXPECT_EQ(code(open), Code::I606);
  EXPECT_EQ(code(open, {{"", {1, 4}}}), Code::I606);
  EXPECT_TRUE(import_keras(open, {{"", {1, 5, 4}}}).usable());
  std::string deep = R"({"class_name": )";
  for (int i = 0; i < 5000; ++i) deep += "[";
  EXPECT_EQ(code(deep), Code::I603);
  for (int i = 0; i < 5000; ++i) deep += "]";
  EXPECT_EQ(code(deep + "}"), Code::I603);
  EXPECT_EQ(code(R"({"class_name": "Sequential", "config": {"layers": [{"class_name": "Conv1D", "config":
    {"name": "c", "filters": 3, "kernel_size": 0, "batch_shape": [null, 8, 4]}}]}})"),
            Code::I602);
}

// Any bytes end in a spec or a finding.
TEST(Keras, DamagedFilesEndInAFinding) {
  const std::string text = bytes_of(kFolder / "windows.json");
  for (std::size_t cut = 0; cut < text.size(); cut += 97) {
    const Imported imported = import_keras(text.substr(0, cut));
    EXPECT_TRUE(imported.usable() || !imported.findings.empty());
  }
  for (std::size_t at = 1; at < text.size(); at += 31)
    for (const char c : {'0', '9', '-', '"', ']', '{'}) {
      std::string changed = text;
      changed[at] = c;
      const Imported imported = import_keras(changed);
      EXPECT_TRUE(imported.usable() || !imported.findings.empty()) << at;
    }
}

}  // namespace
}  // namespace shapedbg
