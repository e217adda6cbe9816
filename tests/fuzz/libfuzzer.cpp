// The targets under libFuzzer: `fuzz --target=NAME [LIBFUZZER OPTIONS] FOLDERS`.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "fuzz/mutate.h"
#include "fuzz/target.h"

using namespace shapedbg::fuzz;

namespace {

const Target* chosen = nullptr;

std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

std::size_t store(const std::string& text, std::uint8_t* data, std::size_t most) {
  const std::size_t size = std::min(text.size(), most);
  std::memcpy(data, text.data(), size);
  return size;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// libFuzzer passes by what starts with two dashes.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    const std::string_view word = (*argv)[i];
    if (word.starts_with("--target=")) chosen = find_target(word.substr(9));
  }
  if (chosen != nullptr) return 0;
  std::fputs("fuzz --target=NAME [OPTIONS] FOLDERS; the targets are", stderr);
  for (const Target& target : all_targets()) std::fprintf(stderr, " %s", std::string(target.name).c_str());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size <= chosen->longest) chosen->run(view(data, size));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  Random random(seed);
  if (chosen->bytes == Bytes::binary || random() % 8 == 0) return LLVMFuzzerMutate(data, size, most);
  return store(mutated(view(data, size), most, random), data, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size,
                                                 std::uint8_t* out, std::size_t most, unsigned seed) {
  Random random(seed);
  return store(crossed(view(one, one_size), view(other, other_size), most, random), out, most);
}
