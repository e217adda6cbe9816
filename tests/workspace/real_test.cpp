// Public networks and cases that people posted, held against what their own code returned.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "real/real.h"
#include "workspace/check.h"

namespace shapedbg::real_test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

using real::bytes_of;
using real::truth;

std::vector<fs::path> specs(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(real::folder / folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

Checked check_bytes(const std::string& name, std::string bytes, DeviceChoice device) {
  return check(Source(name, std::move(bytes)), device, open_engine);
}

std::string say(const Checked& c) {
  std::string text;
  for (const Finding& f : c.findings)
    text += std::string(info(f.code).id) + " " + f.layer + ": " + f.message + "\n";
  return text;
}

class Networks : public testing::TestWithParam<DeviceChoice> {};

TEST_P(Networks, EveryLayerReturnsWhatTheOriginalCodeReturned) {
  const json expected = truth("networks.truth.json");
  const auto paths = specs("networks");
  ASSERT_EQ(paths.size(), expected.size());
  std::size_t layers = 0;
  for (const fs::path& path : paths) {
    const std::string name = path.stem();
    const Checked c = check_bytes(name, bytes_of(path), GetParam());
    EXPECT_EQ(c.status, Status::ok) << name << "\n" << say(c);
    const json& rows = expected.at(name).at("layers");
    for (std::size_t i = 0; i < c.spec.layers.size(); ++i) {
      const LayerSpec& layer = c.spec.layers[i];
      ASSERT_TRUE(rows.contains(layer.name)) << name << " " << layer.name;
      const json& want = rows.at(layer.name);
      const bool several = !want.empty() && want[0].is_array();
      EXPECT_EQ(c.trace.layers[i].outputs,
                several ? want.get<std::vector<Shape>>() : std::vector<Shape>{want.get<Shape>()})
          << name << " " << layer.name;
      const bool runs = GetParam() != DeviceChoice::off && layer.kind != LayerKind::Custom;
      EXPECT_EQ(c.trace.layers[i].source, runs ? RowSource::executed : RowSource::formula)
          << name << " " << layer.name;
      ++layers;
    }
  }
  EXPECT_GT(layers, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Devices, Networks,
                         testing::Values(DeviceChoice::cpu, DeviceChoice::meta, DeviceChoice::off),
                         [](const auto& device) {
                           return device.param == DeviceChoice::cpu    ? "cpu"
                                  : device.param == DeviceChoice::meta ? "meta"
                                                                       : "off";
                         });

// The specs count channels as posted, the recorded runs may have divided them: rank and spatial
// sizes are compared.
bool same_sizes(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return false;
  return a.size() < 3 || std::equal(a.begin() + 2, a.end(), b.begin() + 2);
}

TEST(Cases, TheOutcomeIsTheRecordedOneAndTheCauseIsNamed) {
  const json expected = truth("cases.truth.json");
  for (const fs::path& path : specs("cases")) {
    const std::string name = path.stem();
    const json& want = expected.at(name);
    for (const DeviceChoice device : {DeviceChoice::cpu, DeviceChoice::meta, DeviceChoice::off}) {
      const Checked c = check_bytes(name, bytes_of(path), device);
      bool runs = true;
      std::set<std::string> named;
      for (const Finding& f : c.findings) {
        const char family = info(f.code).id[0];
        EXPECT_NE(family, 'X') << name << "\n" << say(c);
        if (family == 'W') continue;  // a risk neither stops a network nor names the cause of a failure
        if (family != 'R') runs = false;
        named.insert(f.layer);
        for (const Related& r : f.related) named.insert(r.layer);
      }
      // Nobody has to read the spec to repair the program: every fix has its lines.
      for (const Finding& f : c.findings) {
        for (const Fix& fix : f.fixes) {
          EXPECT_NE(fix.code.python, "") << name << ": " << fix.title;
          EXPECT_NE(fix.code.cpp, "") << name << ": " << fix.title;
        }
      }
      EXPECT_EQ(runs, want.at("runs").get<bool>()) << name << "\n" << say(c);
      // LibTorch's C++ forward(x, output_size) returns a wrong size for this unbatched input; shapedbg
      // computes output_padding itself and returns what was asked for.
      if (name == "pytorch-75889") {
        EXPECT_EQ(c.status, Status::ok);
        continue;
      }
      if (want.at("runs").get<bool>()) {
        ASSERT_TRUE(c.returned.has_value()) << name;
        EXPECT_TRUE(same_sizes(*c.returned, want.at("output").get<Shape>()))
            << name << " " << bracketed(*c.returned);
      }
      EXPECT_EQ(c.status, Status::findings) << name;
      if (!want.at("root_cause").is_null()) {
        // A layer's name, or an index into the posted lines; entry names keep their number.
        const json& root = want.at("root_cause");
        const std::string cause =
            root.is_string() ? root.get<std::string>() : "l" + std::to_string(root.get<int>());
        EXPECT_EQ(named.count(cause), 1u) << name << " does not name " << cause << "\n" << say(c);
      }
      if (!want.at("op_solution").is_null()) {
        bool offered = false;
        for (const Finding& f : c.findings)
          for (const Fix& fix : f.fixes)
            for (const Change& change : fix.changes) offered |= change.option == "output_padding";
        EXPECT_TRUE(offered) << name << ": no output_padding offered";
      }
    }
  }
}

// Networks whose flat spec holds a size only of one input (a Custom output, an Unflatten) are left to
// what their spec can say.
TEST(Networks, AnOutputPaddingRepairIsFoundWhereSearchFoundOne) {
  const json expected = truth("networks.truth.json");
  int found = 0;
  for (const auto& [name, entry] : expected.items()) {
    const json& repair = entry.at("output_padding_repair");
    if (repair.is_null() || !repair.contains("found_by_search") || name == "dac_24khz") continue;
    for (const json& one : repair.at("found_by_search")) {
      json spec = json::parse(bytes_of(real::folder / "networks" / (name + ".json")));
      for (std::size_t i = 2; i < spec.at("input").size(); ++i)
        spec["input"][i] = spec["expect"][i] = one.at("size");
      const Checked c = check_bytes(name, spec.dump(), DeviceChoice::meta);
      const std::string at = name + " at " + one.at("size").dump();
      EXPECT_EQ(c.status, Status::findings) << at;
      std::size_t changes = 0;
      for (const Finding& f : c.findings)
        for (const Fix& fix : f.fixes)
          if (changes == 0 && fix.changes[0].option == "output_padding") changes = fix.changes.size();
      if (one.at("set").is_null()) {
        EXPECT_EQ(changes, 0u) << at;
        continue;
      }
      ++found;
      EXPECT_GE(changes, 1u) << at << "\n" << say(c);
      EXPECT_LE(changes, one.at("set").size()) << at;
    }
  }
  EXPECT_GE(found, 18);
}

}  // namespace
}  // namespace shapedbg::real_test
