// Finds and opens the engine module. No LibTorch here: a program that runs no network never loads it.
#include <dlfcn.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "engine/engine.h"
#include "engine/engine_file.h"

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

namespace fs = std::filesystem;

// Where the module is looked for, and what the file says: its mark is "shapedbg-engine: VERSION, LibTorch
// VERSION\n".
EngineFile found_module() {
  std::error_code error;
  if (const char* wanted = std::getenv("SHAPEDBG_ENGINE"); wanted != nullptr && *wanted != '\0') {
    if (fs::exists(wanted, error)) return {fs::absolute(wanted, error).string(), {}, {}, {}};
    return {{}, "no engine at `" + std::string(wanted) + "`, which SHAPEDBG_ENGINE names", {}, {}};
  }
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return {{}, "cannot tell where the program lies: " + error.message(), {}, {}};
  const fs::path folder = program.parent_path();
  const fs::path candidates[] = {folder / module_name,
                                 folder.parent_path() / "lib" / "shapedbg" / module_name};
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate, error)) return {candidate.string(), {}, {}, {}};
  return {{},
          "no engine: looked for `" + candidates[0].string() + "` and `" + candidates[1].string() +
              "`; SHAPEDBG_ENGINE may name another place",
          {},
          {}};
}

// "shapedbg 0.1.0 for LibTorch 2.13.0", where the file says so.
std::string built_for(const EngineFile& file) {
  return file.libtorch.empty() ? std::string()
                               : ", built with shapedbg " + file.shapedbg + " for LibTorch " + file.libtorch;
}

Opened open_module(const EngineFile& file) {
  const std::string& path = file.path;
  if (!is_whole(path)) return {nullptr, "the engine `" + path + "` is cut off; build or install it again"};
  // The math library in LibTorch looks for its parts from there and ends the process where it cannot.
  std::error_code gone;
  const fs::path here = fs::current_path(gone);
  if (gone || here.empty())
    return {nullptr, "the working directory is gone; LibTorch does not start without one"};
  // Local: LibTorch brings its own copies of widely used libraries and must not meet ours. Lazy: most of its
  // functions are never called, and finding them all takes a tenth of opening it. The engine itself is linked
  // to ask for all of its own at once, so that another LibTorch than it was built for is refused here.
  void* module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (module == nullptr) {
    const char* why = dlerror();
    return {nullptr, "cannot open the engine `" + path + "`" + built_for(file) + ": " +
                         one_line(why ? why : "no reason given")};
  }
  using Entry = Engine* (*)(int);
  const auto entry = reinterpret_cast<Entry>(dlsym(module, "shapedbg_engine"));
  if (entry == nullptr) return {nullptr, "`" + path + "` is not an engine of shapedbg"};
  Engine* engine = entry(engine_abi);
  if (engine == nullptr)
    return {nullptr,
            "the engine `" + path + "`" + built_for(file) +
                ", is of another build than this program, or its LibTorch does not start; build both again"};
  return {engine, {}};
}

Opened open_once() {
  const EngineFile file = engine_file();
  return file.path.empty() ? Opened{nullptr, file.error} : open_module(file);
}

}  // namespace

EngineFile engine_file() {
  EngineFile file = found_module();
  if (file.path.empty()) return file;
  std::ifstream stream(file.path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  constexpr std::string_view mark = "shapedbg-engine: ";
  constexpr std::string_view between = ", LibTorch ";
  const std::size_t at = bytes.find(mark);
  if (at == std::string::npos) return file;
  const std::string line =
      bytes.substr(at + mark.size(), std::min<std::size_t>(bytes.find('\n', at) - at - mark.size(), 100));
  const std::size_t comma = line.find(between);
  if (comma == std::string::npos) return file;
  file.shapedbg = line.substr(0, comma);
  file.libtorch = line.substr(comma + between.size());
  return file;
}

Opened open_engine() {
  static const Opened opened = open_once();  // the first of several threads opens, the others wait
  return opened;
}

}  // namespace shapedbg
