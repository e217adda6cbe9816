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

// What a reference of the schema stands for, with the members that stand beside it.
nlohmann::json resolved(const nlohmann::json& schema, const nlohmann::json& property) {
  if (!property.contains("$ref")) return property;
  nlohmann::json target =
      schema.at(nlohmann::json::json_pointer(property["$ref"].get<std::string>().substr(1)));
  for (const auto& [key, value] : property.items())
    if (key != "$ref") target[key] = value;
  return target;
}

// Calls `look` with every property that the schema describes, and where it stands.
template <class Look>
void for_each_property(const nlohmann::json& schema, const nlohmann::json& part, const std::string& path,
                       Look look) {
  if (part.is_array() || part.is_object())
    for (const auto& [key, value] : part.items())
      if (key != "examples" && key != "default") for_each_property(schema, value, path + "/" + key, look);
  if (!part.is_object() || !part.contains("properties") || path.ends_with("/if")) return;
  for (const auto& [key, value] : part["properties"].items()) look(key, resolved(schema, value), path);
}

TEST(SpecSchema, DescribesEveryKeyWithAnExample) {
  const auto schema = nlohmann::json::parse(spec_schema());
  int count = 0;
  for_each_property(schema, schema, "",
                    [&](const std::string& key, const nlohmann::json& property, const std::string& path) {
                      ++count;
                      EXPECT_TRUE(property.contains("description")) << path << " " << key;
                      EXPECT_TRUE(property.contains("examples")) << path << " " << key;
                    });
  EXPECT_GT(count, 1000);
}

TEST(SpecSchema, TakesItsOwnExamples) {
  const auto schema = nlohmann::json::parse(spec_schema());
  const auto filled = [&](const nlohmann::json& part) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : part.at("properties").items()) {
      const nlohmann::json property = resolved(schema, value);
      // Which options it gives is the layer's own.
      if (key != "each") object[key] = property.at("examples").at(0);
    }
    return object;
  };
  std::vector<std::string> names;
  std::vector<std::string> specs;
  const auto add = [&](const std::string& name, const nlohmann::json& entry) {
    names.push_back(name);
    specs.push_back(nlohmann::json{{"input", {1, 3, 8, 8}}, {"layers", {entry}}}.dump());
  };
  for (const KindInfo& kind : all_kinds())
    add(std::string(kind.name), filled(schema["$defs"][std::string(kind.name)]));
  for (const char* entry : {"use", "Residual"}) add(entry, filled(schema["$defs"][entry]));
  nlohmann::json whole = filled(schema);
  names.push_back("spec");
  specs.push_back(whole.dump());
  const auto said = verdicts(spec_schema(), specs);
  for (std::size_t i = 0; i < specs.size(); ++i) EXPECT_EQ(said[i], "ok") << names[i] << " " << specs[i];
}

// Editors of the project's own specs read it from there: `shapedbg schema spec` writes it.
TEST(SpecSchema, TheFileInTheTreeIsTheProgramsOwn) {
  std::ifstream file(fs::path(SHAPEDBG_SOURCE_DIR) / "docs" / "shapedbg-spec-1.schema.json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_TRUE(text == spec_schema()) << "shapedbg schema spec > docs/shapedbg-spec-1.schema.json";
  for (const auto& entry : fs::directory_iterator(fs::path(SHAPEDBG_SOURCE_DIR) / "configs"))
    EXPECT_EQ(nlohmann::json::parse(plain(entry.path())).value("$schema", ""),
              "../docs/shapedbg-spec-1.schema.json")
        << entry.path();
}

}  // namespace
}  // namespace shapedbg
