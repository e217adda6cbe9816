#include "net/move.h"

#include <gtest/gtest.h>

#include <string>

#include "read/json/parse.h"
#include "read/json/write.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

const std::string kNet = R"({
  "input": [1, 3, 32, 32],
  "blocks": {"unit": [{"name": "conv", "type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1}, {"type": "ReLU"}]},
  "layers": [
    {"use": "unit", "name": "a", "out": 8},
    {"use": "unit", "name": "b", "out": 16},
    {"name": "head", "type": "Conv2d", "out_channels": 3, "kernel_size": 1}
  ]
})";

struct Net {
  Source source{"net.json", kNet};
  Spec spec = parse(source).spec;
  Rewrite rewrite{source};

  std::optional<Written> written(const Moves& moves) const { return write(source, rewrite, spec, moves); }
  std::string text(const Moves& moves) const {
    const auto edits = written(moves);
    return edits ? shapedbg::apply(source.bytes(), edits->edits).value_or("") : "";
  }
};

TEST(Move, AnOptionIsSetWithinItsRangeOnly) {
  const Net net;
  const auto moved = apply(net.spec, {SetOption{LayerId(4), Opt::kernel_size, Value{std::int64_t{3}}}});
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->net.layers[4].axes(Opt::kernel_size)[1], 3);
  EXPECT_FALSE(apply(net.spec, {SetOption{LayerId(4), Opt::kernel_size, Value{std::int64_t{0}}}}));
  EXPECT_FALSE(apply(net.spec, {SetOption{LayerId(4), Opt::kernel_size, Value{}}}));
  EXPECT_FALSE(apply(net.spec, {SetOption{LayerId(9), Opt::kernel_size, Value{std::int64_t{3}}}}));
}

TEST(Move, ALayerPutInMovesReferencesAndIsFollowed) {
  const Net net;
  const auto moved = apply(net.spec, {InsertLayer{InsertLayer::Where::before,
                                                  LayerId(4),
                                                  LayerKind::ReLU,
                                                  "act",
                                                  {{LayerId(3), 0}},
                                                  {},
                                                  {{LayerId(4), 0}}}});
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->origin,
            (std::vector<LayerId>{LayerId(0), LayerId(1), LayerId(2), LayerId(3), LayerId(), LayerId(4)}));
  EXPECT_EQ(moved->net.layers[5].inputs[0], (Ref{LayerId(4), 0}));
  EXPECT_EQ(moved->net.layers[4].inputs[0], (Ref{LayerId(3), 0}));
}

TEST(Move, WhoReadALayerThatIsRemovedReadsWhatItTook) {
  const Net net;
  const auto moved = apply(net.spec, {RemoveLayer{LayerId(1)}});
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->net.layers[1].inputs[0], (Ref{LayerId(0), 0}));
  EXPECT_EQ(moved->origin, (std::vector<LayerId>{LayerId(0), LayerId(2), LayerId(3), LayerId(4)}));
}

TEST(Move, ALayerCannotReadALaterOne) {
  const Net net;
  EXPECT_FALSE(apply(net.spec, {TakeInput{{LayerId(1), 0}, Ref{LayerId(3), 0}}}));
  EXPECT_TRUE(apply(net.spec, {TakeInput{{LayerId(4), 0}, Ref{LayerId(1), 0}}}));
}

TEST(Write, WhatAllUsesShareIsWrittenInTheBlock) {
  const Net net;
  const Value five{std::int64_t{5}};
  const Moves both{SetOption{LayerId(0), Opt::kernel_size, five},
                   SetOption{LayerId(2), Opt::kernel_size, five}};
  const auto written = net.written(both);
  ASSERT_TRUE(written && written->exact);
  EXPECT_EQ(written->edits.size(), 1u);
  EXPECT_NE(net.text(both).find("\"kernel_size\": 5, \"padding\""), std::string::npos);
}

TEST(Write, WhatOneUseHasAloneBecomesItsArgument) {
  const Net net;
  const Moves one{SetOption{LayerId(2), Opt::kernel_size, Value{std::int64_t{5}}}};
  const auto written = net.written(one);
  ASSERT_TRUE(written && written->exact);
  EXPECT_TRUE(written->at[0].fresh_argument);
  const Parsed again = parse(Source("net.json", net.text(one)));
  ASSERT_TRUE(again.findings.empty());
  EXPECT_EQ(again.spec.layers[0].axes(Opt::kernel_size)[0], 3);
  EXPECT_EQ(again.spec.layers[2].axes(Opt::kernel_size)[0], 5);
  EXPECT_TRUE(same_network(again.spec, apply(net.spec, one)->net));
}

TEST(Write, AMoveThatItsTextCannotSayAloneIsNotExact) {
  const Net net;
  const auto written = net.written({ChangeKind{LayerId(1), LayerKind::GELU}});  // the ReLU of both uses
  ASSERT_TRUE(written);
  EXPECT_FALSE(written->exact);
}

}  // namespace
}  // namespace shapedbg
