// A module's name is written into programs: into Python by torch.export, into TorchScript by a trace that is
// saved. add_module, and with it ModuleDict, take any name, keywords too.
#include <algorithm>
#include <iterator>
#include <string>

#include "infer/infer.h"
#include "net/facts.h"
#include "portability/rules.h"

namespace shapedbg {
namespace {

constexpr std::string_view kPython[] = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
static_assert(std::is_sorted(std::begin(kPython), std::end(kPython)));

// Fewer: TorchScript has no `try`, for one, and reads it as a name. Found by saving and loading each.
constexpr std::string_view kTorchScript[] = {
    "False",    "None", "NoneType", "True", "and",  "as",    "assert", "break", "class",
    "continue", "def",  "del",      "elif", "else", "for",   "global", "if",    "import",
    "in",       "is",   "not",      "or",   "pass", "raise", "return", "while", "with"};
static_assert(std::is_sorted(std::begin(kTorchScript), std::end(kTorchScript)));

// The first part of the module's path that is one of `words`: "global" of `branches.global.conv`. Empty where
// there is none, and where the layer is no module of a program: in a spec a name is a name.
template <std::size_t N>
std::string_view keyword_of(const LayerView& view, const std::string_view (&words)[N]) {
  const LayerSource* source = view.layer().source.get();
  if (source == nullptr || source->made.empty()) return {};
  std::string_view path = source->module.empty() ? view.layer().name : std::string_view(source->module);
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('.'));
    if (std::binary_search(std::begin(words), std::end(words), part)) return part;
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return {};
}

// A module without tensors leaves no name in the program.
bool has_tensors(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  return cost_of(layer, view.row()).params > 0 ||
         (layer.find(Opt::track_running_stats) != nullptr && layer.flag(Opt::track_running_stats));
}

std::optional<There> refused_for(std::string_view word) {
  if (word.empty()) return std::nullopt;
  return refused("`" + std::string(word) + "` is a keyword there");
}

}  // namespace

std::optional<There> python_keyword(const LayerView& view) {
  return has_tensors(view) ? refused_for(keyword_of(view, kPython)) : std::nullopt;
}

std::optional<There> torchscript_keyword(const LayerView& view) {
  return refused_for(keyword_of(view, kTorchScript));
}

}  // namespace shapedbg
