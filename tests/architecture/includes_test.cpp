// The rooms under src/ include only what lies below them, and third-party headers stay where they are
// allowed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Lowest first: a room may include itself and what stands before it.
const std::vector<std::string> rooms = {"text",      "finding", "net",     "read",        "size",
                                        "rules",     "infer",   "meaning", "flow",        "engine",
                                        "diagnose",  "code",    "repair",  "portability", "mirror",
                                        "workspace", "report",  "lsp",     "cli"};

struct ThirdParty {
  std::string_view prefix;              // of the included path
  std::vector<std::string_view> rooms;  // that may include it
  bool headers;                         // in their headers too, not only in .cpp files
};
// The first that fits decides.
const std::vector<ThirdParty> third_parties = {
    // Names JSON without its code: what the protocol's features return, and what the files of a reader share.
    {"nlohmann/json_fwd.hpp", {"lsp", "read"}, true},
    {"nlohmann/", {"read", "report", "lsp"}, false},
    {"torch/", {"engine"}, true},
    {"ATen/", {"engine"}, true},
    {"c10/", {"engine"}, true},
    {"CLI/", {"cli"}, true},
    {"spdlog/", {"cli"}, true},
    {"toml++/", {"cli"}, false},
    {"fmt/", {}, false},
};
// What the rest of the program sees of the engine, the second of its file alone; its other headers belong to
// the module.
constexpr std::string_view engine_face = "engine/engine.h";
constexpr std::string_view engine_file = "engine/engine_file.h";

std::size_t height(std::string_view room) {
  return static_cast<std::size_t>(std::find(rooms.begin(), rooms.end(), room) - rooms.begin());
}

std::vector<std::string> included_paths(const std::string& text) {
  std::vector<std::string> paths;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const auto word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const auto open = line.find_first_of("<\"", word);
    const auto close = open == std::string::npos ? open : line.find_first_of(">\"", open + 1);
    if (close != std::string::npos) paths.push_back(line.substr(open + 1, close - open - 1));
  }
  return paths;
}

// What is wrong with the includes of `file` (a path under src/, "rules/rules.h"), one line each.
std::vector<std::string> violations(const std::string& file, const std::string& text) {
  const std::string room = file.substr(0, file.find('/'));
  const bool is_header = !file.ends_with(".cpp");
  std::vector<std::string> found;
  for (const std::string& path : included_paths(text)) {
    const std::string target = path.substr(0, path.find('/'));
    if (path.find('/') == std::string::npos) continue;  // the standard library
    if (height(target) < rooms.size()) {
      if (height(target) > height(room)) found.push_back(file + " includes " + path + ", which lies above");
      if (target == "engine" && room != "engine" && path != engine_face && path != engine_file) {
        found.push_back(file + " includes " + path + ", which belongs to the engine module");
      }
      continue;
    }
    for (const ThirdParty& third : third_parties) {
      if (!path.starts_with(third.prefix)) continue;
      const bool allowed = std::find(third.rooms.begin(), third.rooms.end(), room) != third.rooms.end();
      if (!allowed) found.push_back(file + " includes " + path + ", which is not for this room");
      if (allowed && is_header && !third.headers)
        found.push_back(file + " includes " + path + " in a header");
      break;
    }
    if (room == "engine" && (file == engine_face || file == engine_file) &&
        (target == "torch" || target == "ATen" || target == "c10")) {
      found.push_back(file + " includes " + path + ", but is read without LibTorch");
    }
  }
  return found;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> source_files() {
  const fs::path src = fs::path(SHAPEDBG_SOURCE_DIR) / "src";
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(src)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".cpp" || extension == ".h")
      files.push_back(fs::relative(entry.path(), src).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

using Lines = std::vector<std::string>;

TEST(Architecture, ReadsQuotedAndBracketedIncludes) {
  EXPECT_EQ(included_paths("#include <vector>\n  #  include \"a/b.h\"\n// #include <c/d.h>\nint include;\n"),
            (Lines{"vector", "a/b.h"}));
}

TEST(Architecture, AnIncludeThatPointsUpIsFound) {
  EXPECT_EQ(violations("text/a.cpp", "#include \"net/spec.h\"\n"),
            (Lines{"text/a.cpp includes net/spec.h, which lies above"}));
  EXPECT_EQ(violations("report/a.h", "#include \"cli/run.h\"\n"),
            (Lines{"report/a.h includes cli/run.h, which lies above"}));
  EXPECT_EQ(violations("cli/a.cpp", "#include \"text/source.h\"\n#include <map>\n"), Lines{});
}

TEST(Architecture, AThirdPartyHeaderOutsideOfItsRoomIsFound) {
  EXPECT_EQ(violations("rules/a.cpp", "#include <torch/torch.h>\n"),
            (Lines{"rules/a.cpp includes torch/torch.h, which is not for this room"}));
  EXPECT_EQ(violations("repair/a.cpp", "#include <nlohmann/json.hpp>\n"),
            (Lines{"repair/a.cpp includes nlohmann/json.hpp, which is not for this room"}));
  EXPECT_EQ(violations("read/a.h", "#include <nlohmann/json.hpp>\n"),
            (Lines{"read/a.h includes nlohmann/json.hpp in a header"}));
  EXPECT_EQ(violations("read/a.cpp", "#include <nlohmann/json.hpp>\n"), Lines{});
  EXPECT_EQ(violations("report/a.cpp", "#include <spdlog/spdlog.h>\n"),
            (Lines{"report/a.cpp includes spdlog/spdlog.h, which is not for this room"}));
}

TEST(Architecture, TheEngineShowsOneHeaderWithoutLibTorch) {
  EXPECT_EQ(violations("workspace/a.cpp", "#include \"engine/modules.h\"\n"),
            (Lines{"workspace/a.cpp includes engine/modules.h, which belongs to the engine module"}));
  EXPECT_EQ(violations("engine/engine.h", "#include <ATen/ATen.h>\n"),
            (Lines{"engine/engine.h includes ATen/ATen.h, but is read without LibTorch"}));
  EXPECT_EQ(violations("engine/modules.h", "#include <ATen/ATen.h>\n"), Lines{});
}

TEST(Architecture, EveryFolderUnderSrcIsARoom) {
  for (const std::string& file : source_files()) {
    if (file.find('/') == std::string::npos) {
      EXPECT_EQ(file, "main.cpp");
    } else {
      EXPECT_LT(height(file.substr(0, file.find('/'))), rooms.size()) << file;
      EXPECT_LE(std::count(file.begin(), file.end(), '/'), 2) << file;
    }
  }
}

TEST(Architecture, RoomsIncludeOnlyDownwards) {
  const Lines files = source_files();
  ASSERT_GT(files.size(), rooms.size());
  for (const std::string& file : files) {
    if (file.find('/') == std::string::npos) continue;
    for (const std::string& violation :
         violations(file, read(fs::path(SHAPEDBG_SOURCE_DIR) / "src" / file))) {
      ADD_FAILURE() << violation;
    }
  }
}

// The rooms are libraries of their own, and no compiler sees two of them at once: of two classes of one name
// the linker takes the functions of either, for both.
std::vector<std::string> classes_of(const std::string& text) {
  const std::regex opens("(?:inline )?namespace ([\\w:]*) ?\\{.*");
  const std::regex named("(?:struct|class|enum class|enum) (\\w+)(?: final)?(?: :[^;]*)? *\\{.*");
  std::vector<std::string> inside;
  std::vector<std::string> found;
  std::istringstream lines(text);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, opens)) {
      inside.push_back(match[1]);
    } else if (line.starts_with("}  // namespace") && !inside.empty()) {
      inside.pop_back();
    } else if (std::regex_match(line, match, named) &&
               std::find(inside.begin(), inside.end(), "") == inside.end()) {
      std::string name;
      for (const std::string& space : inside) name += space + "::";
      found.push_back(name + match[1].str());
    }
  }
  return found;
}

TEST(Architecture, NoTwoClassesHaveOneName) {
  const std::string text =
      "namespace a {\nnamespace {\nstruct In {\n};\n}  // namespace\nclass Out final : B {\n";
  EXPECT_EQ(classes_of(text), std::vector<std::string>{"a::Out"});
  std::map<std::string, std::string> known;
  for (const std::string& file : source_files())
    for (const std::string& name : classes_of(read(fs::path(SHAPEDBG_SOURCE_DIR) / "src" / file))) {
      const auto [there, fresh] = known.emplace(name, file);
      EXPECT_TRUE(fresh) << name << " is defined in " << there->second << " and in " << file;
    }
  EXPECT_GT(known.size(), 200u);
}

TEST(Architecture, MainIsThin) {
  const std::string text = read(fs::path(SHAPEDBG_SOURCE_DIR) / "src" / "main.cpp");
  EXPECT_FALSE(text.empty());
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 25);
}

// The cases of a switch over families or layer types are all written, or the facts are asked: the compiler
// then names what a new one lacks. What holds for some of them alone is a table.
std::string with_default(const std::string& text) {
  const std::regex head("switch \\([^\n]*(family|layer\\.kind|kind\\(\\))\\) \\{");
  for (std::sregex_iterator at(text.begin(), text.end(), head), end; at != end; ++at) {
    int depth = 1;
    const auto open = static_cast<std::size_t>(at->position() + at->length());
    for (std::size_t i = open; i < text.size() && depth > 0; ++i) {
      if (text[i] == '{') ++depth;
      if (text[i] == '}') --depth;
      if (depth == 1 && text.compare(i, 8, "default:") == 0) return at->str();
    }
  }
  return {};
}

TEST(Rooms, NoSwitchOverFamiliesHasADefault) {
  EXPECT_NE(with_default("switch (layer.info().family) {\n  case a: { f(); }\n  default:\n}"), "");
  EXPECT_EQ(with_default("switch (layer.info().family) {\n  case a:\n}\nswitch (code) {\n  default:\n}"), "");
  const fs::path src = fs::path(SHAPEDBG_SOURCE_DIR) / "src";
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(src)) {
    const std::string file = entry.path().lexically_relative(src).generic_string();
    if (entry.path().extension() != ".cpp") continue;
    EXPECT_EQ(with_default(read(entry.path())), "") << file;
  }
}

}  // namespace
