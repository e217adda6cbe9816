#include "read/json/spec_schema.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "net/spec.h"
#include "read/json/parse.h"
#include "schema/validate.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

// The spec without its `//` comments, which JSON and its schemas do not know.
std::string plain(const fs::path& path) {
  std::ifstream in(path);
  return nlohmann::json::parse(in, nullptr, true, true).dump();
}

TEST(SpecSchema, AcceptsEverySpecOfTheProject) {
  std::vector<std::string> names;
  std::vector<std::string> specs;
  for (const char* folder :
       {"configs", "tests/real/cases", "tests/real/networks", "tests/cases/ok", "tests/cases/fix"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(SHAPEDBG_SOURCE_DIR) / folder)) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".json") || name.ends_with(".report.json")) continue;
      names.push_back(name);
      specs.push_back(plain(entry.path()));
    }
  }
  ASSERT_GT(specs.size(), 40u);
  const auto said = verdicts(spec_schema(), specs);
  for (std::size_t i = 0; i < specs.size(); ++i) EXPECT_EQ(said[i], "ok") << names[i];
}

TEST(SpecSchema, RefusesWhatTheParserRefuses) {
  const std::vector<std::string> specs{
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2D", "out_channels": 4, "kernel_size": 3}]})",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 0}]})",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": [3, 3, 3]}]})",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "kernel_size": 3}]})",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "strid": 2}]})",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Upsample", "scale_factor": 2, "mode": "nearst"}]})",
      R"({"input": [1, 3, 0, 8], "layers": [{"type": "ReLU"}]})",
      R"({"input": [1, 3, 8, 8]})",
      R"([1, 2])"};
  const auto said = verdicts(spec_schema(), specs);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    EXPECT_NE(said[i], "ok") << specs[i];
    EXPECT_FALSE(parse(Source("spec.json", specs[i])).findings.empty()) << specs[i];
  }
}

TEST(SpecSchema, KnowsEveryKindAndEveryOption) {
  const auto schema = nlohmann::json::parse(spec_schema());
  for (const KindInfo& kind : all_kinds()) {
    const auto& properties = schema.at("$defs").at(std::string(kind.name)).at("properties");
    for (const OptionInfo& option : kind.options)
      EXPECT_TRUE(properties.contains(std::string(to_string(option.opt))))
          << kind.name << " " << to_string(option.opt);
  }
}

}  // namespace
}  // namespace shapedbg
