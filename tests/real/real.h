// The networks and cases of this folder, and what their own code returned.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace shapedbg::real {

inline const std::filesystem::path folder = std::filesystem::path(SHAPEDBG_SOURCE_DIR) / "tests" / "real";

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

// "cases.truth.json"
inline nlohmann::json truth(const std::string& file) {
  return nlohmann::json::parse(bytes_of(folder / file));
}

}  // namespace shapedbg::real
