// The corpus in a build without libFuzzer: every target on every file of its folders, and with `--mutations
// N` on N changes of each, the same ones every time.
//   fuzz_replay [--target NAME] [--mutations N] [--seed N] SOURCE-FOLDER
//   fuzz_replay --gather FOLDER SOURCE-FOLDER      the files of each target, for libFuzzer, in a folder of
//   its name
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "fuzz/mutate.h"
#include "fuzz/target.h"
#include "read/archive/archive.h"

using namespace shapedbg::fuzz;
namespace fs = std::filesystem;

namespace {

// Files that are in the tree for other reasons and serve here as well.
const std::map<std::string_view, std::vector<const char*>> kShared{
    {"spec",
     {"configs", "tests/cases/err", "tests/cases/fix", "tests/cases/ok", "tests/real/cases",
      "tests/real/networks"}},
    {"onnx", {"tests/import/onnx"}},
    {"pt2", {"tests/import/pt2"}},
    {"keras", {"tests/import/keras"}},
};

bool serves(const fs::path& path, std::string_view corpus) {
  const std::string name = path.filename().string();
  if (name.ends_with(".report.json") || name.ends_with(".shapes.json") || name.ends_with(".executed.json"))
    return false;
  if (corpus == "spec" || corpus == "keras") return name.ends_with(".json");
  return name.ends_with("." + std::string(corpus));
}

std::vector<fs::path> files_of(const fs::path& root, std::string_view corpus) {
  std::vector<fs::path> files;
  const fs::path own = root / "tests/fuzz/corpus" / corpus;
  if (fs::is_directory(own))
    for (const auto& entry : fs::directory_iterator(own)) files.push_back(entry.path());
  if (const auto shared = kShared.find(corpus); shared != kShared.end())
    for (const char* folder : shared->second)
      for (const auto& entry : fs::directory_iterator(root / folder))
        if (serves(entry.path(), corpus)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The graph within an exported program: changes of a zip end at its checksums.
std::string graph_of(const std::string& zip) {
  const shapedbg::Archive archive = shapedbg::Archive::of(zip);
  for (const auto& entry : archive.entries()) {
    std::string error;
    if (!entry.name.ends_with("models/model.json")) continue;
    if (const auto json = archive.read(entry, 1u << 20, error)) return *json;
  }
  return {};
}

struct Sample {
  std::string name;
  std::string bytes;
};

std::vector<Sample> inputs_of(const fs::path& root, const Target& target) {
  std::vector<Sample> inputs;
  for (const fs::path& path : files_of(root, target.corpus)) {
    inputs.push_back({path.string(), content(path)});
    if (target.name == "pt2" && inputs.back().bytes.starts_with("PK"))
      inputs.push_back({"the graph of " + path.string(), graph_of(inputs.back().bytes)});
  }
  return inputs;
}

void gather(const fs::path& root, const fs::path& into) {
  for (const Target& target : all_targets()) {
    if (!fs::is_directory(into / target.name)) continue;
    std::size_t number = 0;
    for (const Sample& input : inputs_of(root, target))
      if (input.bytes.size() <= target.longest)
        std::ofstream(into / target.name / std::to_string(number++), std::ios::binary) << input.bytes;
  }
}

struct Wish {
  std::string target;
  unsigned long mutations = 0;
  unsigned long seed = 1;
  fs::path gathered;
  fs::path root;
};

const char* running = "";  // the file at work, for whoever reads how a run ended
void say_running(int) {
  std::fprintf(stderr, "the input was %s or a change of it\n", running);
  std::_Exit(1);
}

unsigned long replay(const Target& target, const Wish& wish) {
  unsigned long runs = 0;
  const std::vector<Sample> inputs = inputs_of(wish.root, target);
  Random random(wish.seed);
  for (const auto& [name, bytes] : inputs) {
    running = name.c_str();
    const auto start = std::chrono::steady_clock::now();
    target.run(bytes);
    ++runs;
    for (unsigned long n = 0; n < wish.mutations && bytes.size() <= target.longest; ++n, ++runs) {
      const bool cross = random() % 8 == 0;
      target.run(cross ? crossed(bytes, inputs[random() % inputs.size()].bytes, target.longest, random)
                       : mutated(bytes, target.longest, random));
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (took.count() > 10 + 0.1 * static_cast<double>(wish.mutations))
      std::fprintf(stderr, "%s: %s took %.1f s\n", std::string(target.name).c_str(), running, took.count());
  }
  return runs;
}

}  // namespace

int main(int argc, char** argv) {
  Wish wish;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--target" && i + 1 < argc) {
      wish.target = argv[++i];
    } else if (word == "--mutations" && i + 1 < argc) {
      wish.mutations = std::strtoul(argv[++i], nullptr, 10);
    } else if (word == "--seed" && i + 1 < argc) {
      wish.seed = std::strtoul(argv[++i], nullptr, 10);
    } else if (word == "--gather" && i + 1 < argc) {
      wish.gathered = argv[++i];
    } else {
      wish.root = word;
    }
  }
  if (wish.root.empty() || (!wish.target.empty() && find_target(wish.target) == nullptr)) {
    std::fputs("fuzz_replay [--target NAME] [--mutations N] [--seed N] SOURCE-FOLDER\n", stderr);
    return 2;
  }
  if (!wish.gathered.empty()) {
    gather(wish.root, wish.gathered);
    return 0;
  }
  std::signal(SIGABRT, say_running);
  for (const Target& target : all_targets()) {
    if (!wish.target.empty() && target.name != wish.target) continue;
    const unsigned long runs = replay(target, wish);
    std::printf("%-8s %lu runs\n", std::string(target.name).c_str(), runs);
    if (runs == 0) return 1;  // a corpus that is gone
  }
}
