#include "cli/system_error.h"

#include <cctype>
#include <system_error>

namespace shapedbg {

std::string system_error(int number) {
  if (number == 0) return "unknown error";
  std::string text = std::generic_category().message(number);
  // "Is a directory", but "RPC struct is bad" keeps its name.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  return text;
}

}  // namespace shapedbg
