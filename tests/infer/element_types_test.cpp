// Which tensors hold integers, and who cannot compute with them.
#include "rules/element_types.h"

#include <gtest/gtest.h>

#include "infer/infer.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

// The refusals of every layer, or the type of the last one and of every input.
std::string types(const std::string& input, const std::string& layers) {
  const Parsed parsed = parse(Source("net.json", "{\"input\": " + input + ", \"layers\": [" + layers + "]}"));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  std::string text;
  for (const LayerTrace& row : infer(parsed.spec).layers)
    for (const Refusal& refusal : row.refusals)
      text += std::string(info(refusal.code).id) + " " + refusal.message + "\n";
  if (!text.empty()) return text;
  const ElementTypes found(parsed.spec);
  for (std::size_t i = 0; i < parsed.spec.inputs.size(); ++i)
    text += found.is_integer(Ref::of_input(i)) ? "integer " : "floating ";
  return text + "-> " + (found.is_integer(Ref{parsed.spec.layers.last_id(), 0}) ? "integer" : "floating");
}

constexpr const char* kEmbed =
    R"({"name": "emb", "type": "Embedding", "num_embeddings": 10, "embedding_dim": 4)";

TEST(ElementTypes, AnInputIsIntegerWhereAnEmbeddingReadsIt) {
  EXPECT_EQ(types("[2, 7]", std::string(kEmbed) + "}"), "integer -> floating");
  EXPECT_EQ(types("[2, 7]", R"({"type": "ReLU"})"), "floating -> floating");
  EXPECT_EQ(types(R"({"image": [2, 1, 7], "label": [2]})", std::string(kEmbed) + R"(, "inputs": "label"})"),
            "floating integer -> floating");
  // Behind what keeps the type.
  EXPECT_EQ(types("[2, 7, 1]", R"({"type": "Flatten"}, {"type": "Slice", "index": [null, [0, 3]]}, )" +
                                   std::string(kEmbed) + "}"),
            "integer -> floating");
}

TEST(ElementTypes, StepsKeepIntegersAndSomeLayersMakeThemFloating) {
  const std::string pool =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true}, )";
  const auto behind = [&](const std::string& layer) { return types("[1, 4, 8, 8]", pool + layer); };
  EXPECT_EQ(behind(R"({"type": "Reshape", "inputs": "pool:1", "shape": [-1]})"), "floating -> integer");
  EXPECT_EQ(behind(R"({"type": "Add", "inputs": ["pool:1", "pool:1"]})"), "floating -> integer");
  EXPECT_EQ(behind(R"({"type": "Add", "inputs": ["pool:1", "pool"]})"), "floating -> floating");
  EXPECT_EQ(behind(R"({"type": "Sigmoid", "inputs": "pool:1"})"), "floating -> floating");
  EXPECT_EQ(behind(R"({"type": "Pow", "inputs": "pool:1", "value": 2})"), "floating -> integer");
  EXPECT_EQ(behind(R"({"type": "Pow", "inputs": "pool:1", "value": 0.5})"), "floating -> floating");
  EXPECT_EQ(behind(R"({"type": "Pow", "inputs": "pool:1", "value": -1})"), "floating -> floating");
  EXPECT_EQ(behind(std::string(kEmbed) + R"(, "inputs": "pool:1"})"), "floating -> floating");
}

TEST(ElementTypes, WhoCannotComputeWithThemIsSaid) {
  const std::string pool =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true}, )";
  EXPECT_EQ(
      types(
          "[1, 4, 8, 8]",
          pool +
              R"({"name": "c", "type": "Conv2d", "inputs": "pool:1", "out_channels": 4, "kernel_size": 1})"),
      "L219 `c` (Conv2d) computes with floating point and gets integers from `pool:1`\n");
  EXPECT_EQ(types("[1, 4, 8, 8]", pool + R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 1})"),
            "floating -> floating");
  EXPECT_EQ(types("[1, 4, 8]", R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 1}, )" +
                                   std::string(kEmbed) + "}"),
            "L219 `emb` (Embedding) looks up integers and gets floating point from `c`\n");
  // One input for both.
  EXPECT_EQ(types("[1, 4, 8]", R"({"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 1}, )" +
                                   std::string(kEmbed) + R"(, "inputs": "input"})"),
            "L219 `c` (Conv1d) computes with floating point and gets integers from `input`\n");
}

TEST(ElementTypes, APaddingIndexIsARowOfTheTable) {
  EXPECT_EQ(types("[2, 7]", std::string(kEmbed) + R"(, "padding_idx": -10})"), "integer -> floating");
  EXPECT_EQ(types("[2, 7]", std::string(kEmbed) + R"(, "padding_idx": 10})"),
            "S110 `padding_idx` 10 of `emb` is out of range: the embedding has 10 rows\n");
}

}  // namespace
}  // namespace shapedbg
