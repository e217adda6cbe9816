// The networks and cases of this folder, and what their own code returned.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

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

// Sizes as the truth lists them: "64, 127, 192..384 step 64 (…)"
inline std::vector<std::int64_t> sizes_in(std::string text) {
  text = text.substr(0, text.find(" ("));
  std::vector<std::int64_t> sizes;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dots = part.find("..");
    const auto by = part.find(" step ");
    const std::int64_t first = std::stoll(part);
    const std::int64_t last = dots == std::string::npos ? first : std::stoll(part.substr(dots + 2));
    const std::int64_t step = by == std::string::npos ? 1 : std::stoll(part.substr(by + 6));
    for (std::int64_t n = first; n <= last; n += step) sizes.push_back(n);
  }
  return sizes;
}

}  // namespace shapedbg::real
