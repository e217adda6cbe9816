#include "read/json/ignore.h"

#include <gtest/gtest.h>

#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

std::string refused(std::string_view word) {
  const auto read = read_ignored(word);
  return std::holds_alternative<Code>(read) ? "taken" : std::get<std::string>(read);
}

TEST(Ignore, RisksAreTakenByCodeAndByName) {
  EXPECT_EQ(std::get<Code>(read_ignored("W502")), Code::W502);
  EXPECT_EQ(std::get<Code>(read_ignored("w502")), Code::W502);
  EXPECT_EQ(std::get<Code>(read_ignored("checkerboard")), Code::W504);
}

TEST(Ignore, ErrorsAndUnknownCodesAreRefusedWithAReason) {
  EXPECT_EQ(refused("R301"), "`R301` cannot be ignored: only risks can, the codes W5xx");
  EXPECT_EQ(refused("S118"), "`S118` cannot be ignored: only risks can, the codes W5xx");
  EXPECT_EQ(refused("checkerbord"),
            "`checkerbord` is no risk that could be ignored; the nearest known risk is `checkerboard`");
  EXPECT_EQ(refused(""), "`` is no risk that could be ignored");
}

TEST(Ignore, StandsInTheSpecOnALayerAndOnWhatHoldsLayers) {
  const Parsed parsed = parse(Source("net.json", R"({"input": [1, 4, 8, 8], "ignore": ["W502", "W502"],
    "blocks": {"two": {"layers": [{"type": "ReLU", "ignore": ["W501"]}, {"type": "ReLU"}]}},
    "layers": [{"type": "ReLU", "ignore": ["W504"]}, {"use": "two", "ignore": ["W509", "W501"]}, {"type": "ReLU"}]})"));
  ASSERT_TRUE(parsed.findings.empty()) << parsed.findings[0].message;
  using Codes = std::vector<Code>;
  EXPECT_EQ(parsed.spec.ignore, Codes{Code::W502});
  ASSERT_EQ(parsed.spec.layers.size(), 4u);
  EXPECT_EQ(parsed.spec.layers[0].ignore, Codes{Code::W504});
  EXPECT_EQ(parsed.spec.layers[1].ignore, (Codes{Code::W501, Code::W509}));
  EXPECT_EQ(parsed.spec.layers[2].ignore, (Codes{Code::W509, Code::W501}));
  EXPECT_EQ(parsed.spec.layers[3].ignore, Codes{});
}

TEST(Ignore, AWrongEntryIsAFindingWhereItStands) {
  const Parsed parsed = parse(Source("net.json", R"({"input": [1, 4], "ignore": "W502",
    "layers": [{"type": "ReLU", "ignore": ["W5O2", 3]}]})"));
  ASSERT_EQ(parsed.findings.size(), 3u);
  EXPECT_EQ(info(parsed.findings[0].code).id, "S104");
  EXPECT_EQ(parsed.findings[0].message,
            "`ignore` must be a list of risks such as [\"W502\"], not the string `W502`");
  EXPECT_EQ(parsed.findings[1].message,
            "`W5O2` is no risk that could be ignored; the nearest known risk is `W502`");
  EXPECT_EQ(parsed.findings[1].where.pointer, "/layers/0/ignore/0");
  EXPECT_EQ(info(parsed.findings[1].code).id, "S119");
  EXPECT_EQ(parsed.findings[2].where.pointer, "/layers/0/ignore/1");
}

}  // namespace
}  // namespace shapedbg
