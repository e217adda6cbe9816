#include "cli/finding_text.h"

#include "net/targets.h"

namespace shapedbg {
namespace {

// "onnxruntime 1.32.0, ncnn 1.0.20261020"
std::string seen_on(const Fact& fact) {
  std::string text;
  for (const Seen& seen : fact.seen)
    text +=
        (text.empty() ? "" : ", ") + std::string(info(seen.target).word) + " " + std::string(seen.version);
  return text;
}

}  // namespace

std::string_view family_of(char letter) {
  switch (letter) {
    case 'J':
      return "the file is not JSON";
    case 'I':
      return "a file that cannot be imported, or a part of it";
    case 'S':
      return "the JSON is not a spec";
    case 'L':
      return "a layer cannot be built or run";
    case 'R':
      return "the network runs, but returns the wrong shape";
    case 'C':
      return "the network fails for some declared size";
    case 'W':
      return "a risk";
    case 'P':
      return "the network parts from PyTorch in a target of `--for`";
    default:
      return "a fault of shapedbg or its surroundings";
  }
}

std::string told(const Fact& fact) {
  std::string text = seen_on(fact) + ": " + std::string(fact.does) + "; " + std::string(fact.rule) + ".";
  if (!fact.repair.empty()) text += " Right in both: " + std::string(fact.repair) + ".";
  return text + " Shown by " + std::string(fact.shown) + ".";
}

}  // namespace shapedbg
