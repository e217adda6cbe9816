#include "net/content.h"

#include <gtest/gtest.h>

#include "read/json/parse.h"

namespace shapedbg {
namespace {

std::string content(const std::string& json, std::optional<FreeAxis> open = {}) {
  const Parsed parsed = parse(Source("net.json", json));
  EXPECT_TRUE(parsed.usable) << json;
  return content_of(parsed.spec, open);
}

std::string net(const std::string& size, const std::string& options, const std::string& rest = "") {
  return R"({"input": [1, 4, )" + size +
         R"(], "layers": [{"name": "a", "type": "Conv1d", "out_channels": 4, )" + options + "}" + rest + "]}";
}

TEST(Content, IsWhatDecidesAboutSizes) {
  const std::string one = content(net("16", R"("kernel_size": 3)"));
  EXPECT_EQ(one, content(R"({"input": [1, 4, 16], "name": "other",
    "layers": [{"type": "Conv1d", "kernel_size": 3, "stride": 1, "out_channels": 4}]})"));
  EXPECT_NE(one, content(net("18", R"("kernel_size": 3)")));
  EXPECT_NE(one, content(net("16", R"("kernel_size": 5)")));
  EXPECT_NE(one, content(net("16", R"("kernel_size": 3, "expect": [1, 4, 14])")));
  EXPECT_NE(one, content(net("16", R"("kernel_size": 3)", R"(, {"type": "ReLU"})")));
  const std::string read = R"(, {"name": "b", "type": "ReLU"}, {"type": "Add", "inputs": ["a", ")";
  EXPECT_NE(content(net("16", R"("kernel_size": 3)", read + R"(b"]})")),
            content(net("16", R"("kernel_size": 3)", read + R"(a"]})")));
}

TEST(Content, LeavesOutTheSizeOfAnOpenAxis) {
  const std::string options = R"("kernel_size": 3)";
  EXPECT_EQ(content(net("16", options), FreeAxis{0, 2}), content(net("18", options), FreeAxis{0, 2}));
  EXPECT_NE(content(net("16", options), FreeAxis{0, 1}), content(net("18", options), FreeAxis{0, 1}));
}

}  // namespace
}  // namespace shapedbg
