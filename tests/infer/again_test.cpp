#include "infer/again.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "net/move.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

const char* const kNetwork = R"({"input": [2, 3, 20, 24], "expect": "input", "layers": [
  {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
  {"name": "norm", "type": "BatchNorm2d", "num_features": 8},
  {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
  {"name": "unpool", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool"},
  {"name": "like", "type": "Upsample", "size_like": "down"},
  {"name": "both", "type": "Concat", "inputs": ["down", "like"]},
  {"name": "parts", "type": "Chunk", "chunks": 2, "dim": 1},
  {"name": "up", "type": "ConvTranspose2d", "inputs": "parts:1", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1}]})";

const char* const kFewLayers = R"({"input": [2, 3, 20, 24], "layers": [
  {"type": "Conv2d", "out_channels": 3, "kernel_size": 3}, {"type": "Conv2d", "out_channels": 3, "kernel_size": 3}]})";

Spec network() {
  Parsed parsed = parse(Source("net.json", kNetwork));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  return std::move(parsed.spec);
}

void expect_same(const Trace& a, const Trace& b, const std::string& what) {
  ASSERT_EQ(a.layers.size(), b.layers.size()) << what;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    EXPECT_EQ(a.layers[i].inputs, b.layers[i].inputs) << what << ", layer " << i;
    EXPECT_EQ(a.layers[i].outputs, b.layers[i].outputs) << what << ", layer " << i;
    EXPECT_EQ(a.layers[i].after_failure, b.layers[i].after_failure) << what << ", layer " << i;
    EXPECT_EQ(a.layers[i].source, b.layers[i].source) << what << ", layer " << i;
    ASSERT_EQ(a.layers[i].refusals.size(), b.layers[i].refusals.size()) << what << ", layer " << i;
    for (std::size_t k = 0; k < a.layers[i].refusals.size(); ++k)
      EXPECT_EQ(a.layers[i].refusals[k].message, b.layers[i].refusals[k].message) << what;
  }
}

TEST(InferAgain, SaysWhatInferenceSaysOfEachChangedOption) {
  const Spec spec = network();
  const Trace trace = infer(spec);
  int changed = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    for (const OptionValue& option : spec.layers[i].options) {
      std::vector<Value> others;
      if (const auto* one = std::get_if<std::int64_t>(&option.value))
        for (const std::int64_t step : {-1, 1, 2})
          if (*one + step >= option.info->min) others.emplace_back(*one + step);
      if (const auto* list = std::get_if<std::vector<std::int64_t>>(&option.value)) {
        std::vector<std::int64_t> more = *list;
        for (std::int64_t& entry : more) ++entry;
        others.emplace_back(more);
      }
      if (std::holds_alternative<bool>(option.value)) others.emplace_back(!std::get<bool>(option.value));
      for (const Value& other : others) {
        Spec copy = spec;
        copy.layers[i].set(option.info->opt, other);
        expect_same(
            infer_again(copy, spec, trace), infer(copy),
            copy.layers[i].name + "." + std::string(to_string(option.info->opt)) + " " + to_json(other));
        ++changed;
      }
    }
  }
  EXPECT_GT(changed, 40);
}

TEST(InferAgain, FindsLayersBehindOneThatIsPutInOrLeftOut) {
  const Spec spec = network();
  const Trace trace = infer(spec);
  InsertLayer relu;
  relu.at = LayerId{5};
  relu.kind = LayerKind::ReLU;
  relu.name = "relu";
  relu.inputs = {Ref{LayerId(4), 0}};
  relu.feeds = {Slot{LayerId(5), 1}};
  const auto more = apply(spec, {relu});
  ASSERT_TRUE(more);
  expect_same(infer_again(more->net, spec, trace), infer(more->net), "a ReLU more");
  // And back: the layers of the longer network stand one further on.
  expect_same(infer_again(spec, more->net, infer(more->net)), infer(spec), "a ReLU less");
}

TEST(InferAgain, DoesNotAskRulesAgain) {
  const Spec spec = network();
  Trace trace = infer(spec);
  trace.layers[0].outputs = {{2, 8, 5, 5}};
  EXPECT_EQ(infer_again(spec, spec, trace).layers[0].outputs[0], (Shape{2, 8, 5, 5}));
  // What gets another shape than there is asked.
  EXPECT_EQ(infer_again(spec, spec, trace).layers[2].outputs[0], (Shape{2, 8, 2, 2}));
}

TEST(Inference, SaysAtEachSizeWhatInferSaysThere) {
  for (const char* json : {kNetwork, kFewLayers}) {
    const Parsed parsed = parse(Source("net.json", json));
    ASSERT_TRUE(parsed.findings.empty());
    const Inference inference(parsed.spec);
    std::size_t refused = 0;
    for (std::int64_t height = 1; height < 30; ++height) {
      const std::vector<Shape> inputs = {{2, 3, height, 24}};
      const Trace there = infer(parsed.spec, inputs);
      expect_same(inference.at(inputs), there, "height " + std::to_string(height));
      for (const LayerTrace& row : there.layers) refused += row.refusals.size();
    }
    EXPECT_GT(refused, 0U);
  }
}

// Blocks that repeat themselves are not asked again; what differs in one number is.
TEST(Infer, SaysOfRepeatedBlocksWhatEachLayerSaysByItself) {
  std::string json = R"({"input": [2, 8, 40, 24], "layers": [)";
  for (int i = 0; i < 24; ++i) {
    const int padding = i % 5 == 3 ? 0 : 1;
    const std::string name = std::to_string(i);
    json += R"({"name": "c)" + name +
            R"(", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": )" +
            std::to_string(padding) + "},\n" + R"({"type": "ReLU"},)" + "\n";
    json +=
        R"({"name": "j)" + name + R"(", "type": "Concat", "inputs": ["prev", "c)" + name + R"("]},)" + "\n";
    json += R"({"type": "Chunk", "chunks": 2, "dim": )" + std::string(i % 7 == 6 ? "1" : "-3") + "}";
    json += i < 23 ? ",\n" : "]}";
  }
  const Parsed parsed = parse(Source("net.json", json));
  ASSERT_TRUE(parsed.findings.empty()) << parsed.findings[0].message;
  const Spec& spec = parsed.spec;
  const Trace trace = infer(spec);
  ASSERT_EQ(trace.layers.size(), 96U);
  std::set<std::int64_t> heights;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const auto alone = infer_layer(spec, i, [&](Ref ref) { return trace.output(spec, ref); });
    EXPECT_EQ(trace.layers[i].outputs, alone.outputs) << spec.layers[i].name;
    ASSERT_EQ(trace.layers[i].inputs.size(), spec.layers[i].inputs.size());
    for (std::size_t k = 0; k < spec.layers[i].inputs.size(); ++k)
      EXPECT_EQ(trace.layers[i].inputs[k], *trace.output(spec, spec.layers[i].inputs[k]))
          << spec.layers[i].name;
    heights.insert(trace.layers[i].outputs[0][2]);
  }
  EXPECT_EQ(heights.size(), 6U);
}

}  // namespace
}  // namespace shapedbg
