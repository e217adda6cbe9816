// Finds and opens the engine module. No LibTorch here: a program that runs no network never loads it.
#include <dlfcn.h>
#include <elf.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

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

// Whether every part of the file that is mapped into memory lies in it: of one cut off the system notices
// only when it is read, and ends the process.
bool is_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  Elf64_Ehdr head{};
  if (error || !file.read(reinterpret_cast<char*>(&head), sizeof head)) return false;
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64)
    return true;  // the loader says what it is
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part{};
    file.seekg(static_cast<std::streamoff>(head.e_phoff + i * sizeof part));
    if (!file.read(reinterpret_cast<char*>(&part), sizeof part)) return false;
    if (part.p_offset > size || part.p_filesz > size - part.p_offset) return false;
  }
  return true;
}

Opened open_module(const std::filesystem::path& path) {
  if (!is_whole(path))
    return {nullptr, "the engine `" + path.string() + "` is cut off; build or install it again"};
  // The math library in LibTorch looks for its parts from there and ends the process where it cannot.
  std::error_code gone;
  const std::filesystem::path here = std::filesystem::current_path(gone);
  if (gone || here.empty())
    return {nullptr, "the working directory is gone; LibTorch does not start without one"};
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
