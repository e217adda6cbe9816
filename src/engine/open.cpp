// Finds and opens the engine module. No LibTorch here: a program that runs no network never loads it.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "engine/engine.h"

namespace shapedbg {

std::string_view to_string(Device device) {
  switch (device) {
    case Device::cpu:
      return "cpu";
    case Device::meta:
      return "meta";
    case Device::cuda:
      return "cuda";
  }
  return "?";
}

namespace {

constexpr const char* module_name = "libshapedbg_engine.so";

std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

Opened open_module(const std::filesystem::path& path) {
  // Local: LibTorch brings its own copies of widely used libraries and must not meet ours.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* why = dlerror();
    return {nullptr,
            "cannot open the engine `" + path.string() + "`: " + one_line(why ? why : "no reason given")};
  }
  using Entry = Engine* (*)(int);
  const auto entry = reinterpret_cast<Entry>(dlsym(module, "shapedbg_engine"));
  if (entry == nullptr) return {nullptr, "`" + path.string() + "` is not an engine of shapedbg"};
  Engine* engine = entry(engine_abi);
  if (engine == nullptr)
    return {nullptr,
            "the engine `" + path.string() + "` is of another version, or its LibTorch does not start"};
  return {engine, {}};
}

Opened open_once() {
  namespace fs = std::filesystem;
  if (const char* wanted = std::getenv("SHAPEDBG_ENGINE"); wanted != nullptr && *wanted != '\0') {
    std::error_code missing;
    if (!fs::exists(wanted, missing))
      return {nullptr, "no engine at `" + std::string(wanted) + "`, which SHAPEDBG_ENGINE names"};
    return open_module(fs::absolute(wanted, missing));
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {nullptr, "cannot tell where the program lies: " + error.message()};
  const fs::path folder = program.parent_path();
  const fs::path candidates[] = {folder / module_name,
                                 folder.parent_path() / "lib" / "shapedbg" / module_name};
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate, error)) return open_module(candidate);
  return {nullptr, "no engine: looked for `" + candidates[0].string() + "` and `" + candidates[1].string() +
                       "`; SHAPEDBG_ENGINE may name another place"};
}

}  // namespace

Opened open_engine() {
  static const Opened opened = open_once();  // the first of several threads opens, the others wait
  return opened;
}

}  // namespace shapedbg
