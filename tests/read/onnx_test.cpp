// The reader of ONNX files, on files that tests/import/onnx/export.py made; what onnxruntime returned stands
// beside each.
#include "read/onnx/onnx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "read/json/parse.h"
#include "read/onnx/importer.h"
#include "read/onnx/model.h"
#include "read/same_tree.h"

namespace shapedbg {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

// SHAPEDBG_ONNX_FILES: another folder of .onnx files, each with its .shapes.json, to be measured by.
fs::path folder() {
  const char* other = std::getenv("SHAPEDBG_ONNX_FILES");
  return other != nullptr && *other != '\0' ? fs::path(other)
                                            : fs::path(SHAPEDBG_SOURCE_DIR) / "tests/import/onnx";
}
const fs::path kFolder = folder();

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> models() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".onnx") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

Json truth_of(fs::path model) { return Json::parse(bytes_of(model.replace_extension(".shapes.json"))); }

OnnxOptions inputs_of(const Json& truth) {
  OnnxOptions options;
  for (const auto& [name, shape] : truth["inputs"].items())
    options.inputs.emplace_back(name, shape.get<std::vector<std::int64_t>>());
  return options;
}

const Json* find(const Json& spec, std::string_view name) {
  for (const Json& layer : spec["layers"])
    if (layer["name"] == name) return &layer;
  return nullptr;
}

Json imported(const std::string& file, const OnnxOptions& options = {}) {
  const Imported result = read_onnx_file((kFolder / file).string(), options);
  EXPECT_TRUE(result.usable()) << file << (result.findings.empty() ? "" : ": " + result.findings[0].message);
  return result.usable() ? Json::parse(result.spec()) : Json::object({{"layers", Json::array()}});
}

TEST(Onnx, EveryTensorHasTheShapeThatOnnxruntimeReturned) {
  ASSERT_GE(models().size(), 16u);
  std::size_t compared = 0;
  std::size_t executed = 0;
  for (const fs::path& path : models()) {
    const std::string bytes = bytes_of(path);
    const Json truth = truth_of(path);
    executed += truth["shapes"].size();
    const OnnxOptions options = inputs_of(truth);
    onnx::Model model;
    ASSERT_EQ(onnx::read_model(bytes, model), "") << path;
    onnx::Importer importer(model, options);
    const Imported result = importer.run();
    ASSERT_TRUE(result.usable()) << path;
    for (const auto& value : importer.values()) {
      const auto wanted = truth["shapes"].find(std::string(value.name));
      if (wanted == truth["shapes"].end() || value.name.empty()) continue;
      ++compared;
      const auto id = static_cast<onnx::TensorId>(&value - importer.values().data());
      EXPECT_EQ(Json(importer.shape_of(id)), *wanted) << path.filename() << " " << value.name;
    }
  }
  EXPECT_EQ(compared, executed);
  EXPECT_GT(executed, 400u);
}

TEST(Onnx, TheSpecIsOneThatTheReaderOfSpecsTakes) {
  for (const fs::path& path : models()) {
    const Imported result = read_onnx_file(path.string(), inputs_of(truth_of(path)));
    ASSERT_TRUE(result.usable()) << path;
    EXPECT_TRUE(expect_same_tree(result.made)) << path;
    const Parsed parsed = parse(Source::of("spec", result.made));
    EXPECT_TRUE(parsed.usable) << path;
    EXPECT_TRUE(parsed.findings.empty()) << path << ": " << parsed.findings[0].message;
    EXPECT_EQ(parsed.spec.layers.size(), result.layers) << path;
  }
}

// Each axis of the input at another size than the file was made at.
OnnxOptions at(std::vector<std::int64_t> shape) {
  OnnxOptions options;
  options.inputs.emplace_back("", std::move(shape));
  return options;
}

TEST(Onnx, NumbersThatWereSizesAreOneFindingAboutTheFile) {
  const std::string file = (kFolder / "frozen.onnx").string();
  EXPECT_TRUE(read_onnx_file(file).findings.empty());
  EXPECT_TRUE(read_onnx_file(file, at({1, 3, 16, 16})).findings.empty());
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{1, 3, 24, 20}, {2, 3, 16, 16}, {3, 3, 32, 48}}) {
    const Imported result = read_onnx_file(file, at(shape));
    ASSERT_EQ(result.findings.size(), 1u) << shape[2];
    EXPECT_EQ(result.findings[0].code, Code::I606);
    EXPECT_NE(result.findings[0].message.find("`x` = 1x3x16x16"), std::string::npos)
        << result.findings[0].message;
    EXPECT_NE(result.findings[0].message.find("`tokens` (Reshape)"), std::string::npos)
        << result.findings[0].message;
  }
  // The layers follow: what comes out has the size of what goes in.
  const Json spec = imported("frozen.onnx", at({2, 3, 24, 20}));
  EXPECT_EQ((*find(spec, "tokens"))["shape"], Json({"in[0]", 4, "in[2]*in[3]"})) << spec;
  EXPECT_EQ((*find(spec, "map"))["shape"][1], 4) << spec;
  EXPECT_EQ((*find(spec, "up"))["size_like"], "x") << spec;  // as large as the skip for every size
  EXPECT_EQ((*find(spec, "spread"))["size_like"], "join") << spec;
}

TEST(Onnx, AFileThatDeclaresASizeAndHoldsNoneIsRight) {
  const Imported result = read_onnx_file((kFolder / "declared.onnx").string(), at({1, 3, 20, 24}));
  EXPECT_TRUE(result.findings.empty());
  ASSERT_EQ(result.guesses.size(), 1u);
  EXPECT_NE(result.guesses[0].find("declares `x` = 1x3x16x16"), std::string::npos) << result.guesses[0];
  EXPECT_TRUE(read_onnx_file((kFolder / "declared.onnx").string()).guesses.empty());
}

TEST(Onnx, WhereASizeCameFromIsKept) {
  // With free sizes: each upsampling follows its skip, whatever integer nodes say
  // it.
  for (const std::string file : {"unet_ts_free.onnx"}) {
    const Json spec = imported(file);
    std::vector<std::string> skips;
    for (const Json& layer : spec["layers"])
      if (layer["type"] == "Upsample") skips.push_back(layer.value("size_like", "none"));
    EXPECT_EQ(skips, (std::vector<std::string>{"enc2.2", "enc1.2"})) << file;
    EXPECT_EQ(spec["sizes"].size(), 2u) << file;
  }
  const Json cropped = imported("crop_to_skip.onnx");
  const Json* crop = find(cropped, "crop");
  ASSERT_NE(crop, nullptr);
  EXPECT_EQ((*crop)["type"], "Crop");
  EXPECT_EQ((*crop)["size_like"], "up");
  EXPECT_EQ((*crop)["align"], "center");
  EXPECT_EQ((*crop)["inputs"], "enc");
}

TEST(Onnx, NodesOfOneCallAreOneLayer) {
  for (const std::string file : {"autoencoder_dynamo.onnx", "autoencoder_ts.onnx"}) {
    const Json spec = imported(file);
    std::vector<std::string> types;
    for (const Json& layer : spec["layers"]) types.push_back(layer["type"]);
    EXPECT_EQ(types,
              (std::vector<std::string>{"Conv2d", "GroupNorm", "SiLU", "Conv2d", "SiLU", "ConvTranspose2d",
                                        "GroupNorm", "SiLU", "ConvTranspose2d", "Sigmoid"}))
        << file;
    const Json* norm = find(spec, "norm1");
    ASSERT_NE(norm, nullptr) << file;
    EXPECT_EQ((*norm)["num_groups"], 2);
    EXPECT_EQ((*norm)["num_channels"], 8);
  }
}

TEST(Onnx, ARecurrentCallOfSeveralLayersIsOneLayer) {
  const Json spec = imported("memory_dynamo.onnx");
  const Json* stacked = find(spec, "stacked");
  const Json* ways = find(spec, "ways");
  const Json* last = find(spec, "last");
  ASSERT_TRUE(stacked != nullptr && ways != nullptr && last != nullptr) << spec;
  EXPECT_EQ((*stacked)["type"], "LSTM");
  EXPECT_EQ((*stacked)["input_size"], 6);
  EXPECT_EQ((*stacked)["num_layers"], 2);
  EXPECT_EQ((*ways)["type"], "GRU");
  EXPECT_EQ((*ways)["num_layers"], 3);
  EXPECT_EQ((*ways)["bidirectional"], true);
  EXPECT_EQ((*ways)["bias"], false);
  EXPECT_EQ((*last)["type"], "LSTM");  // its states are read: the nodes are taken one by one
  EXPECT_FALSE(last->contains("num_layers"));
  // Nor is there anything between the layers where each is a node.
  for (const char* file : {"memory_dynamo.onnx", "memory_ts.onnx"}) {
    std::string types;
    const Json net = imported(file);
    for (const Json& layer : net["layers"]) types += std::string(layer["type"]) + " ";
    EXPECT_TRUE(types.starts_with("Conv1d Permute LSTM ")) << types;
    EXPECT_TRUE(types.ends_with("GRU LSTM Permute Slice Squeeze Unsqueeze Add ")) << types;
  }
  const Json audio = imported("audio_dynamo.onnx");
  ASSERT_NE(find(audio, "lstm"), nullptr);
  EXPECT_EQ((*find(audio, "lstm"))["type"], "LSTM");
}

TEST(Onnx, BlocksAreTakenApartAndPutTogetherByLayers) {
  const Json spec = imported("blocks_dynamo.onnx");
  const Json* apart = find(spec, "apart");
  const Json* together = find(spec, "together");
  const Json* attention = find(spec, "scaled_dot_product_attention");
  ASSERT_TRUE(apart != nullptr && together != nullptr && attention != nullptr) << spec;
  EXPECT_EQ((*apart)["type"], "Unfold");
  EXPECT_EQ((*apart)["kernel_size"], Json({4, 2}));
  EXPECT_EQ((*apart)["padding"], 1);
  EXPECT_EQ((*apart)["stride"], 2);
  EXPECT_EQ((*together)["type"], "Fold");
  EXPECT_EQ((*together)["output_size"], Json({8, 6}));
  EXPECT_EQ((*together)["kernel_size"], Json({4, 2}));
  EXPECT_EQ((*attention)["type"], "ScaledDotProductAttention");
}

TEST(Onnx, OneBoundAloneIsAClamp) {
  const Json spec = imported("bounded.onnx");
  const Json* least = find(spec, "least");
  const Json* upper = find(spec, "most");
  ASSERT_TRUE(least != nullptr && upper != nullptr) << spec;
  EXPECT_EQ((*least)["type"], "Clamp");
  EXPECT_TRUE(least->contains("min") && !least->contains("max")) << *least;
  EXPECT_EQ((*upper)["type"], "Clamp");
  EXPECT_TRUE(upper->contains("max") && !upper->contains("min")) << *upper;
}

TEST(Onnx, AnUnpoolTakesTheMaximaOfItsPool) {
  const Json spec = imported("unpool.onnx");
  for (const Json& layer : spec["layers"]) EXPECT_NE(layer["type"], "Custom") << layer;
  const Json* first = find(spec, "unpool1");
  const Json* second = find(spec, "unpool2");
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ((*first)["type"], "MaxUnpool2d");
  EXPECT_EQ((*first)["indices"], "pool1");
  EXPECT_EQ((*first)["size_like"], "enc");  // 15 rows: the window alone makes 14
  EXPECT_EQ((*second)["indices"], "pool2");
  EXPECT_FALSE(second->contains("size_like"));
}

TEST(Onnx, PadsAreOnnxsOwn) {
  const Json keras = imported("keras_same.onnx");
  // 33 → 17 with the odd pad at the end; 17 → 9 with the pad in front; x*2 with what is too much cut off.
  const Json* pad = find(keras, "model/conv2d/Conv2D.pad");
  ASSERT_NE(pad, nullptr);
  EXPECT_EQ((*pad)["padding"], Json::parse("[0, 1, 1, 1]"));
  const Json* pool = find(keras, "model/pool/MaxPool.pad");
  ASSERT_NE(pool, nullptr);
  EXPECT_EQ((*pool)["padding"], Json::parse("[1, 0, 1, 0]"));
  const Json* up = find(keras, "model/up/conv2d_transpose");
  ASSERT_NE(up, nullptr);
  EXPECT_EQ((*up)["padding"], 1);
  EXPECT_EQ((*up)["output_padding"], 1);
}

TEST(Onnx, OtherShapesAreTakenFromTheCaller) {
  const Json spec = imported("unet_ts_free.onnx", {.inputs = {{"x", {1, 3, 250, 250}}}, .free = {}});
  EXPECT_EQ(spec["input"]["x"], Json::parse("[1, 3, 250, 250]"));
  EXPECT_FALSE(spec.contains("sizes"));
  const auto refused = [](std::vector<std::pair<std::string, std::vector<std::int64_t>>> inputs) {
    const Imported result =
        read_onnx_file((kFolder / "unet_ts.onnx").string(), {.inputs = std::move(inputs), .free = {}});
    EXPECT_FALSE(result.usable());
    return result.findings.size() == 1 ? std::string(info(result.findings[0].code).id) : "none";
  };
  EXPECT_EQ(refused({{"y", {1, 3, 8, 8}}}), "I606");
  EXPECT_EQ(refused({{"x", {1, 3, 8}}}), "I606");
}

TEST(Onnx, OfABranchThatNoSizeDecidesTheFirstIsRead) {
  const Imported result = read_onnx_file((kFolder / "branch.onnx").string());
  ASSERT_TRUE(result.usable());
  const Json spec = Json::parse(result.spec());
  std::vector<std::string> types;
  for (const Json& layer : spec["layers"]) types.push_back(layer["type"]);
  EXPECT_EQ(types, (std::vector<std::string>{"Conv2d", "ReLU", "Conv2d"})) << spec;
  ASSERT_EQ(result.guesses.size(), 1u);
  EXPECT_EQ(result.guesses[0],
            "one condition (If) depends on more than sizes: what runs where it holds is read");
}

TEST(Onnx, ABranchThatSizesDecideIsTheOneThatRuns) {
  // Squeezed where the axis is 1, else as it is; within it another choice, with names that both sides have.
  using Types = std::vector<std::string>;
  const std::vector<std::pair<std::vector<std::int64_t>, Types>> runs{
      {{2, 3, 1}, {"Squeeze", "ReLU"}}, {{2, 3, 4}, {"ReLU"}}, {{5, 3, 4}, {"Flatten", "ReLU"}}};
  for (const auto& [shape, wanted] : runs) {
    const Imported result = read_onnx_file((kFolder / "chosen.onnx").string(), at(shape));
    ASSERT_TRUE(result.usable());
    EXPECT_TRUE(result.guesses.empty()) << result.guesses[0];
    Types types;
    const Json spec = Json::parse(result.spec());
    for (const Json& layer : spec["layers"]) types.push_back(layer["type"]);
    EXPECT_EQ(types, wanted) << result.spec();
  }
}

// ---- files that are none
// ------------------------------------------------------------------------------------------

TEST(Onnx, AFileThatEndsTooEarlyIsToldOrReadToItsEnd) {
  const std::string whole = bytes_of(kFolder / "unet_ts.onnx");
  ASSERT_TRUE(looks_like_onnx(whole));
  for (std::size_t length = 0; length < whole.size(); length += 1 + length / 64) {
    const Imported result = read_onnx(std::string_view(whole).substr(0, length));
    if (!result.usable()) {
      EXPECT_EQ(result.findings.size(), 1u) << length;
    }
    for (const Finding& finding : result.findings) EXPECT_EQ(finding.message.find('\n'), std::string::npos);
  }
  const Imported cut = read_onnx(std::string_view(whole).substr(0, whole.size() / 2));
  ASSERT_EQ(cut.findings.size(), 1u);
  EXPECT_EQ(cut.findings[0].code, Code::I602);
}

TEST(Onnx, FlippedBitsNeverCrash) {
  for (const char* file : {"pads_ts.onnx", "vit_dynamo.onnx", "crop_to_skip.onnx", "old_opset.onnx"}) {
    const std::string whole = bytes_of(kFolder / file);
    std::uint64_t state = 88172645463325252ULL;
    const auto dice = [&](std::size_t n) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      return static_cast<std::size_t>(state % n);
    };
    for (int round = 0; round < 100; ++round) {
      std::string bytes = whole;
      for (std::size_t flips = 1 + dice(4); flips > 0; --flips)
        bytes[dice(bytes.size())] =
            static_cast<char>(static_cast<unsigned char>(bytes[dice(bytes.size())]) ^ (1U << dice(8)));
      const Imported result = read_onnx(bytes);
      if (result.usable()) {
        parse(Source("spec", result.spec()));
      } else {
        EXPECT_FALSE(result.findings.empty());
      }
    }
  }
}

// Messages by hand: a tag, a length, the bytes.
std::string field(int number, const std::string& bytes) {
  std::string text(1, static_cast<char>(number << 3 | 2));
  for (std::size_t rest = bytes.size();; rest >>= 7) {
    text += static_cast<char>(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return text + bytes;
}
std::string number(int field_number, int value) {
  return {static_cast<char>(field_number << 3), static_cast<char>(value)};
}
std::string node(const std::string& op, const std::string& in, const std::string& out) {
  return field(1, field(1, in) + field(2, out) + field(3, op + "_of_" + in) + field(4, op));
}
std::string input(const std::string& name, const std::vector<int>& shape) {
  std::string dims;
  for (const int size : shape) dims += field(1, number(1, size));
  return field(11, field(1, name) + field(2, field(1, number(1, 1) + field(2, dims))));
}
std::string model(const std::string& graph) {
  return number(1, 8) + field(7, graph) + field(8, number(2, 17));
}

TEST(Onnx, GraphsThatCannotBeAreNamed) {
  const auto said = [](const std::string& graph) {
    const Imported result = read_onnx(model(graph));
    EXPECT_FALSE(result.usable());
    return result.findings.empty()
               ? ""
               : std::string(info(result.findings[0].code).id) + " " + result.findings[0].message;
  };
  const std::string x = input("x", {1, 3, 8, 8});
  EXPECT_EQ(said(x), "I601 this ONNX file holds no nodes");
  EXPECT_EQ(said(x + node("Relu", "b", "a") + node("Relu", "a", "b")),
            "I602 the graph runs in a circle: `Relu_of_b` (Relu) waits for its own output");
  EXPECT_EQ(said(x + node("Relu", "nowhere", "a")),
            "I602 `Relu_of_nowhere` (Relu) reads the tensor `nowhere`, which nothing in the file makes");
  EXPECT_EQ(said(x + node("Relu", "x", "a") + node("Tanh", "x", "a")),
            "I602 two nodes write the tensor `a`, so no one can tell which is read");
  EXPECT_EQ(read_onnx("").findings.at(0).message, "the file is empty");
  EXPECT_EQ(read_onnx_file("/nowhere/at/all.onnx").findings.at(0).message,
            "cannot read: No such file or directory");
}

TEST(Onnx, AStepOfNothingIsNoNumber) {
  for (const std::string op : {"Add", "Neg", "Where", "Concat", "Equal"}) {
    const Imported result = read_onnx(model(input("x", {1, 3, 8, 8}) + node(op, "", "a") +
                                            node("Relu", "x", "b") + field(12, field(1, "b"))));
    ASSERT_TRUE(result.usable()) << op;
    EXPECT_EQ(Json::parse(result.spec())["layers"].size(), 1u) << op << result.spec();
  }
}

TEST(Onnx, KeysWithoutAxesAreNone) {
  const std::string attention =
      field(1, field(1, "x") + field(1, "k") + field(2, "a") + field(4, "MultiHeadAttention") +
                   field(5, field(1, "num_heads") + number(3, 2)) + field(7, "com.microsoft"));
  const std::string scalar = field(5, field(8, "k") + number(2, 1));
  const Imported result =
      read_onnx(model(input("x", {1, 4, 8}) + attention + scalar + field(12, field(1, "a"))));
  ASSERT_TRUE(result.usable());
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].code, Code::I604);
}

TEST(Onnx, NodesOutOfOrderAreSorted) {
  const Imported result = read_onnx(model(input("x", {1, 3, 8, 8}) + node("Tanh", "a", "b") +
                                          node("Relu", "x", "a") + field(12, field(1, "b"))));
  ASSERT_TRUE(result.usable());
  const Json spec = Json::parse(result.spec());
  EXPECT_EQ(spec["layers"][0]["type"], "ReLU");
  EXPECT_EQ(spec["layers"][1]["type"], "Tanh");
}

TEST(Onnx, OperatorsThatNobodyKnowsAreCounted) {
  const Imported result = read_onnx(model(input("x", {1, 3, 8, 8}) + node("Frobnicate", "x", "a") +
                                          node("Frobnicate", "a", "b") + field(12, field(1, "b"))));
  ASSERT_TRUE(result.usable());
  EXPECT_EQ(result.custom, 2u);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].code, Code::I604);
  EXPECT_EQ(result.findings[0].message, "nothing tells what these operators return: Frobnicate (2)");
}

TEST(Onnx, MessagesAreOneLineWhateverNamesHold) {
  const Imported result = read_onnx(
      model(input("x", {1, 3, 8, 8}) + node("Frob\nnicate\x1b", "x", "a") + field(12, field(1, "a"))));
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].message, "nothing tells what these operators return: Frob nicate ");
}

// torch's SiLU has no such factor.
TEST(Onnx, ASwishOfAnotherSlopeIsNoSiLU) {
  const auto read = [](const std::string& alpha) {
    const std::string swish = field(1, field(1, "x") + field(2, "a") + field(4, "Swish") +
                                           field(5, field(1, "alpha") + "\x15" + alpha + "\xa0\x01\x01"));
    const Imported result = read_onnx(model(input("x", {1, 3, 8, 8}) + swish + field(12, field(1, "a"))));
    EXPECT_TRUE(result.usable());
    return result.spec();
  };
  const std::string one("\0\0\x80\x3f", 4);
  const std::string two("\0\0\0\x40", 4);
  EXPECT_NE(read(one).find("SiLU"), std::string::npos);
  EXPECT_EQ(read(two).find("SiLU"), std::string::npos);
  EXPECT_NE(read(two).find("Custom"), std::string::npos);
}

TEST(Onnx, AShapeThatTheOperatorsDoNotReturnIsToldAsDeclaredFalsely) {
  std::string dims;
  for (const int size : {1, 3, 9, 9}) dims += field(1, number(1, size));
  const std::string declared = field(13, field(1, "a") + field(2, field(1, number(1, 1) + field(2, dims))));
  const Imported result = read_onnx(model(input("x", {1, 3, 8, 8}) + node("Relu", "x", "a") +
                                          node("Tanh", "a", "b") + declared + field(12, field(1, "b"))));
  ASSERT_TRUE(result.usable());
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].code, Code::I607);
  EXPECT_EQ(result.findings[0].message,
            "`Relu_of_x` (Relu) returns [1, 3, 8, 8], the file declares [1, 3, 9, 9]");
}

std::string declared(int field_number, const std::string& name, const std::vector<int>& shape) {
  std::string dims;
  for (const int size : shape) dims += field(1, number(1, size));
  return field(field_number, field(1, name) + field(2, field(1, number(1, 1) + field(2, dims))));
}

TEST(Onnx, WhatIsMadeOfAGuessContradictsNothing) {
  const Imported result = read_onnx(model(input("x", {1, 3, 8, 8}) + node("Frobnicate", "x", "a") +
                                          node("GlobalAveragePool", "a", "b") + node("Sigmoid", "b", "c") +
                                          declared(12, "c", {1, 7, 1, 1})));
  ASSERT_TRUE(result.usable());
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].code, Code::I604);
}

TEST(Onnx, WhatIsDeclaredBehindActivationsIsKnown) {
  const Imported result =
      read_onnx(model(input("x", {1, 3, 8, 8}) + node("Frobnicate", "x", "a") + node("Relu", "a", "b") +
                      node("Identity", "b", "c") + node("Tanh", "c", "d") + declared(12, "d", {1, 7, 4, 4})));
  ASSERT_TRUE(result.usable());
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(Json::parse(result.spec())["layers"][0]["output"], Json({1, 7, 4, 4})) << result.spec();
}

TEST(Onnx, QuantisedNetworksAreTheLayersThatTheyWere) {
  const Json spec = imported("quantised.onnx");
  EXPECT_EQ(spec["layers"].size(), 9u) << spec;
  for (const Json& layer : spec["layers"]) EXPECT_NE(layer["type"], "Custom") << layer;
  EXPECT_EQ((*find(spec, "conv2"))["in_channels"], 16);
  const Imported result = read_onnx_file((kFolder / "quantised.onnx").string());
  ASSERT_EQ(result.guesses.size(), 1u);
  EXPECT_TRUE(result.guesses[0].starts_with("layers of the same shapes stand for ConvInteger, "))
      << result.guesses[0];
}

TEST(Onnx, WhatFreeSizesFitIsWhereTheNetworkRuns) {
  // Upsampled to its skip by a factor: it takes multiples of 8 alone, which the file does not say.
  const std::string file = "down_and_up.onnx";
  EXPECT_FALSE(imported(file, at({1, 3, 64, 40})).contains("runs_at"));
  EXPECT_EQ(imported(file, at({1, 3, 50, 41}))["runs_at"]["x"], Json({1, 3, 56, 48}));
}

TEST(Onnx, IntegersToCompareWithAreNoInput) {
  const Json spec = imported("one_hot.onnx");
  EXPECT_EQ(spec["input"].size(), 1u) << spec;
  EXPECT_EQ((*find(spec, "hit"))["type"], "Custom");
  EXPECT_EQ((*find(spec, "table"))["type"], "Linear");
}

TEST(Onnx, FusedStepsAreLayersOfTheirOwn) {
  const Json spec = imported("fused.onnx");
  std::vector<std::string> types;
  for (const Json& layer : spec["layers"])
    if (const std::string name = layer["name"]; name.starts_with("conv") || name.starts_with("skip"))
      types.push_back(layer["type"]);
  EXPECT_EQ(types, (std::vector<std::string>{"Conv2d", "LeakyReLU", "Conv2d", "Add", "ReLU", "Add", "Add",
                                             "LayerNorm", "Add", "RMSNorm"}));
}

// An Upsample of 100x100 by 0.29 whose output is declared as size x size.
Imported upsampled(int size) {
  std::string scales;
  for (const float scale : {1.0F, 1.0F, 0.29F, 0.29F}) {
    char bytes[sizeof scale];
    std::memcpy(bytes, &scale, sizeof scale);
    scales.append(bytes, sizeof scale);
  }
  const std::string attribute = field(1, "scales") + field(7, scales) + std::string{'\xa0', '\x01', '\x06'};
  std::string dims;
  for (const int each : {1, 3, size, size}) dims += field(1, number(1, each));
  const std::string output = field(12, field(1, "b") + field(2, field(1, number(1, 1) + field(2, dims))));
  return read_onnx(model(
      input("x", {1, 3, 100, 100}) +
      field(1, field(1, "x") + field(2, "b") + field(3, "up") + field(4, "Upsample") + field(5, attribute)) +
      output));
}

TEST(Onnx, AShapeThatOnnxruntimeDoesNotReturnIsTold) {
  const Imported declared = upsampled(28);
  ASSERT_TRUE(declared.usable());
  ASSERT_EQ(declared.findings.size(), 1u);
  EXPECT_EQ(declared.findings[0].code, Code::I608);
  EXPECT_EQ(declared.findings[0].message,
            "`up` (Upsample) makes 28 of 100 as the file declares, and 29 in onnxruntime");
  EXPECT_TRUE(upsampled(29).findings.empty());  // torch's older exporter: what the runtime returns
  ASSERT_EQ(upsampled(30).findings.size(), 1u);
  EXPECT_EQ(upsampled(30).findings[0].code, Code::I607);
}

}  // namespace
}  // namespace shapedbg
