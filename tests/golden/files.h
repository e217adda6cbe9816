// Expected files, which SHAPEDBG_UPDATE_GOLDEN=1 rewrites.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace shapedbg::golden {

inline std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline bool updating() {
  const char* update = std::getenv("SHAPEDBG_UPDATE_GOLDEN");
  return update != nullptr && std::string(update) == "1";
}

inline void compare(const std::filesystem::path& expected, const std::string& actual) {
  if (updating()) {
    std::ofstream(expected) << actual;
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(expected))
      << expected << " is missing: run with SHAPEDBG_UPDATE_GOLDEN=1 and review it";
  EXPECT_EQ(content(expected), actual)
      << expected << "\nwhere this is meant, run with SHAPEDBG_UPDATE_GOLDEN=1";
}

}  // namespace shapedbg::golden
