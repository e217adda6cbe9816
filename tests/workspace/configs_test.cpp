// Every file in configs/ is run: the examples that users start from.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "workspace/check.h"
#include "workspace/size_report.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> configs() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(SHAPEDBG_SOURCE_DIR) / "configs"))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream s;
  s << in.rdbuf();
  return s.str();
}

// The ones that show a fault, and the layer that is to be changed.
const std::map<std::string, std::string> kFaults{{"seed", "up"}, {"codec_short", "up5"}, {"dac", "up5.conv"}};

TEST(Configs, EachRunsOnLibTorchAndReturnsWhatItPromises) {
  std::size_t faults = 0;
  for (const fs::path& path : configs()) {
    const std::string name = path.stem();
    const std::string bytes = bytes_of(path);
    EXPECT_TRUE(bytes.starts_with("//")) << name << " says nothing about what it shows";
    const Checked checked = check(Source(name, bytes), DeviceChoice::automatic, open_engine);
    ASSERT_EQ(checked.trace.layers.size(), checked.spec.layers.size()) << name;
    for (std::size_t i = 0; i < checked.spec.layers.size(); ++i) {
      const LayerSpec& layer = checked.spec.layers[i];
      EXPECT_EQ(checked.trace.layers[i].source,
                layer.kind == LayerKind::Custom ? RowSource::formula : RowSource::executed)
          << name << " " << layer.name;
    }
    const auto fault = kFaults.find(name);
    std::vector<std::string> errors;
    for (const Finding& finding : checked.findings)
      if (info(finding.code).severity == Severity::error) errors.push_back(finding.layer);
    if (fault == kFaults.end()) {
      EXPECT_TRUE(errors.empty()) << name << " " << checked.findings[0].message;
      EXPECT_TRUE(checked.spec.expect) << name << " promises nothing";
      continue;
    }
    ++faults;
    EXPECT_EQ(errors, std::vector<std::string>{fault->second}) << name;
  }
  EXPECT_EQ(faults, kFaults.size());
}

// No formula of a network that people start from may leave the rule of its sizes open.
TEST(Configs, TheRightSizesOfEachAreKnown) {
  for (const fs::path& path : configs()) {
    SizesOptions options;
    options.device = DeviceChoice::off;
    const SizeReport report = size_report(Source(path.stem(), bytes_of(path)), options, open_engine);
    ASSERT_EQ(report.status, Status::ok) << path;
    ASSERT_FALSE(report.axes.empty()) << path;
    EXPECT_NE(report.axes[0].groups[0].rule, "") << path;
    EXPECT_TRUE(report.axes.back().map.proven) << path;
  }
}

}  // namespace
}  // namespace shapedbg
