// A kind of a family that exists is its row in kinds.def and nothing else: made_up.def adds three rows to
// this program's table, and the rooms that were built without them know the new kinds.
#include <gtest/gtest.h>

#include "code/code.h"
#include "infer/infer.h"
#include "mirror/mirror.h"
#include "net/facts.h"
#include "read/json/parse.h"
#include "read/json/spec_schema.h"

namespace shapedbg {
namespace {

const std::string kLayers =
    R"({"name": "conv", "type": "MadeUpConv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
{"name": "act", "type": "MadeUpActivation", "negative_slope": 0.2},
{"name": "pool", "type": "MadeUpPool2d", "kernel_size": 2})";

struct Network {
  Source source{"net.json", R"({"input": [1, 3, 32, 32], "encoder": [)" + kLayers + "]}"};
  Parsed parsed = parse(source);
  Trace trace = infer(parsed.spec);
};

TEST(MadeUpKind, IsReadByItsName) {
  const Network network;
  EXPECT_TRUE(network.parsed.findings.empty());
  ASSERT_EQ(network.parsed.spec.layers.size(), 3u);
  EXPECT_EQ(network.parsed.spec.layers[0].kind, LayerKind::MadeUpConv2d);
  EXPECT_EQ(network.parsed.spec.layers[1].number(Opt::negative_slope), 0.2);
  ASSERT_NE(find_kind("MadeUpPool2d"), nullptr);
}

TEST(MadeUpKind, HasTheRuleOfItsFamily) {
  const Network network;
  EXPECT_EQ(network.trace.layers[0].outputs, (std::vector<Shape>{{1, 8, 16, 16}}));
  EXPECT_EQ(network.trace.layers[1].outputs, (std::vector<Shape>{{1, 8, 16, 16}}));
  EXPECT_EQ(network.trace.layers[2].outputs, (std::vector<Shape>{{1, 8, 8, 8}}));
  EXPECT_TRUE(keeps_shape(info(LayerKind::MadeUpActivation).family));
}

TEST(MadeUpKind, HasTheCostOfItsFamily) {
  const Network network;
  const Cost cost = cost_of(network.parsed.spec.layers[0], network.trace.layers[0]);
  EXPECT_EQ(cost.params, 8 * 3 * 9 + 8);
  EXPECT_EQ(cost.mult_adds, 16 * 16 * 8 * 3 * 9);
}

TEST(MadeUpKind, IsDocumentedAndInTheSchema) {
  EXPECT_EQ(info(LayerKind::MadeUpConv2d).doc, "a convolution that nobody wrote");
  EXPECT_EQ(facts(LayerKind::MadeUpConv2d).formula, facts(LayerKind::Conv2d).formula);
  for (const char* name : {"MadeUpActivation", "MadeUpConv2d", "MadeUpPool2d"})
    EXPECT_NE(spec_schema().find(std::string("\"") + name + "\""), std::string::npos) << name;
}

TEST(MadeUpKind, IsWrittenAsCode) {
  const Network network;
  const auto code = [&](std::size_t i, Language language) {
    return module_code(network.parsed.spec.layers[i], network.trace.layers[i], language);
  };
  EXPECT_EQ(code(0, Language::python), "nn.MadeUpConv2d(3, 8, 3, stride=2, padding=1)");
  EXPECT_EQ(code(1, Language::python), "nn.MadeUpActivation(negative_slope=0.2)");
  EXPECT_EQ(code(1, Language::cpp), "") << "its row says that Python alone has it";
}

TEST(MadeUpKind, HasAMirrorImage) {
  const Network network;
  const MirroredLayers mirrored = mirrored_layers(network.parsed.spec, network.trace, {});
  EXPECT_EQ(mirrored.error, "");
  ASSERT_EQ(mirrored.objects.size(), 3u);
  EXPECT_NE(mirrored.objects[0].find("ConvTranspose2d"), std::string::npos) << mirrored.objects[0];
  EXPECT_NE(mirrored.objects[1].find(R"("type": "MadeUpActivation", "negative_slope": 0.2)"),
            std::string::npos)
      << mirrored.objects[1];
  EXPECT_NE(mirrored.objects[2].find("ConvTranspose2d"), std::string::npos) << mirrored.objects[2];
}

}  // namespace
}  // namespace shapedbg
