#include "read/pt2/frames.h"

#include <charconv>
#include <string>

#include "read/pt2/cursor.h"

namespace shapedbg::pt2 {
namespace {

// Files of torch itself: what calls what in them is not the author's.
bool is_torch(std::string_view file) {
  for (const std::string_view folder :
       {"torch/nn/", "torch/_", "torch/fx/", "torch/utils/", "torch/export/", "torch/autograd/",
        "torch/functional.py", "torch/overrides.py", "torch/tensor.py", "torch/amp/", "torch/jit/"}) {
    const std::size_t at = file.rfind(folder);
    if (at == 0 || (at != std::string_view::npos && file[at - 1] == '/')) return true;
  }
  return file.starts_with("<");
}

}  // namespace

// The text is File "a.py", line 3, in forward, outermost first; in the JSON its quotes are \".
SourceLine innermost_line(std::string_view raw) {
  constexpr std::string_view start = "File \\\"";
  constexpr std::string_view middle = "\\\", line ";
  std::size_t end = raw.size();
  while (true) {
    const std::size_t at = raw.substr(0, end).rfind(start);
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + start.size();
    const std::size_t close = raw.find(middle, begin);
    const std::string_view file = raw.substr(begin, close == std::string_view::npos ? 0 : close - begin);
    SourceLine place;
    if (!file.empty() && !is_torch(file)) {
      const char* digits = raw.data() + close + middle.size();
      std::from_chars(digits, raw.data() + raw.size(), place.line);
      if (place.line > 0) {
        place.file = Cursor::decoded(file);
        return place;
      }
    }
    if (at == 0) return {};
    end = at;
  }
}

void read_module(std::string_view raw, calls::Call& call) {
  const std::size_t semicolon = raw.rfind(';');
  const std::string_view last = semicolon == std::string_view::npos ? raw : raw.substr(semicolon + 1);
  const std::size_t first = last.find(',');
  const std::size_t second = first == std::string_view::npos ? first : last.find(',', first + 1);
  if (second == std::string_view::npos) return;
  std::string path = Cursor::decoded(last.substr(first + 1, second - first - 1));
  if (path.starts_with("_empty_nn_module_stack")) return;
  if (path.starts_with("L['self']")) path.erase(0, path.starts_with("L['self'].") ? 10 : 9);
  // A second call of the same module is "up@1".
  if (const std::size_t at = path.rfind('@'); at != std::string::npos) path.erase(at);
  call.module = std::move(path);
  call.module_class = Cursor::decoded(last.substr(second + 1));
}

}  // namespace shapedbg::pt2
