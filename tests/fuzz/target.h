// What is fuzzed: functions of bytes that end the process where a promise is broken. The same table serves
// libFuzzer (libfuzzer.cpp) and the replay of the corpus in any build (replay.cpp).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace shapedbg::fuzz {

enum class Bytes : std::uint8_t { tokens, lines, binary };  // how the mutator sees an input

struct Target {
  std::string_view name;
  std::string_view corpus;  // the folder under corpus/ that it shares with others
  Bytes bytes;
  std::size_t longest;  // inputs are cut there: what is longer is slower and finds no more
  void (*run)(std::string_view bytes);
};

std::span<const Target> all_targets();
// Null where there is none of that name.
const Target* find_target(std::string_view name);

void check_network(std::string_view spec);   // read, infer, diagnose, repair, every report
void check_portable(std::string_view spec);  // the same for every target that a network may be meant for
void check_fix(std::string_view spec);       // every edit, and fix to its fixed point
void check_sizes(std::string_view spec);
void check_mirror(std::string_view spec);
void check_export(std::string_view spec);
void check_onnx(std::string_view file);
void check_pt2(std::string_view file);  // the zip, or the graph of one
void check_keras(std::string_view json);
void check_printed(std::string_view text);
void check_calls(std::string_view lines);  // what the recorder of Python models writes
void check_config(std::string_view toml);
void check_lsp(std::string_view lines);  // a message a line

// A number that depends on the bytes alone: options of a run are taken from it.
std::size_t digest(std::string_view bytes);

}  // namespace shapedbg::fuzz
