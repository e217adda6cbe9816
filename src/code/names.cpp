// How names and values of a spec are written in Python and C++.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <memory>

#include "code/code.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// The keywords of Python and of C++.
constexpr std::string_view kReserved[] = {
    "False",        "None",    "True",       "alignas",   "alignof",   "and",          "and_eq",
    "as",           "asm",     "assert",     "async",     "auto",      "await",        "bitand",
    "bitor",        "bool",    "break",      "case",      "catch",     "char",         "char16_t",
    "char32_t",     "char8_t", "class",      "co_await",  "co_return", "co_yield",     "compl",
    "concept",      "const",   "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",     "def",     "default",    "del",       "delete",    "do",           "double",
    "dynamic_cast", "elif",    "else",       "enum",      "except",    "explicit",     "export",
    "extern",       "false",   "finally",    "float",     "for",       "friend",       "from",
    "global",       "goto",    "if",         "import",    "in",        "inline",       "int",
    "is",           "lambda",  "long",       "mutable",   "namespace", "new",          "noexcept",
    "nonlocal",     "not",     "not_eq",     "nullptr",   "operator",  "or",           "or_eq",
    "pass",         "private", "protected",  "public",    "raise",     "register",     "reinterpret_cast",
    "requires",     "return",  "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast",  "struct",  "switch",     "template",  "this",      "thread_local", "throw",
    "true",         "try",     "typedef",    "typeid",    "typename",  "union",        "unsigned",
    "using",        "virtual", "void",       "volatile",  "wchar_t",   "while",        "with",
    "xor",          "xor_eq",  "yield"};
static_assert(std::is_sorted(std::begin(kReserved), std::end(kReserved)));

bool is_number(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

}  // namespace

std::string identifier(std::string_view name) {
  std::string result;
  for (const char c : name) result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  if (result.empty() || std::isdigit(static_cast<unsigned char>(result[0])) != 0) result.insert(0, 1, '_');
  if (std::binary_search(std::begin(kReserved), std::end(kReserved), std::string_view(result))) result += '_';
  return result;
}

std::string submodule(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view part = name.substr(0, dot);
    if (is_number(part) && !result.empty()) {
      result += "[" + std::string(part) + "]";
    } else {
      result += (result.empty() ? "" : ".") + identifier(part);
    }
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return result.empty() ? "_" : result;
}

std::string Words::flag(bool value) const {
  if (python()) return value ? "True" : "False";
  return value ? "true" : "false";
}

std::string Words::number(double value) const {
  std::array<char, 32> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

std::string Words::constant(std::string_view word) const {
  if (python()) return quoted(word);
  if (word == "relu") return "torch::kReLU";
  if (word == "gelu") return "torch::kGELU";
  // "nearest-exact" is kNearestExact.
  std::string name = "torch::k";
  bool upper = true;
  for (const char c : word) {
    if (c == '-' || c == '_') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return name;
}

std::string Words::size(std::int64_t value) const {
  if (value == keep_size) return python() ? "None" : "std::nullopt";
  return std::to_string(value);
}

std::string Words::list(const std::vector<std::int64_t>& values) const {
  std::string text = python() ? "(" : "{";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i > 0 ? ", " : "") + size(values[i]);
  if (python() && values.size() == 1) text += ",";
  return text + (python() ? ")" : "}");
}

std::string Words::collapsed(const std::vector<std::int64_t>& values) const {
  const bool one = !values.empty() &&
                   std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
  return one ? size(values.front()) : list(values);
}

bool returns_several(const LayerSpec& layer) {
  return facts(layer.kind).splits || layer.info().own.outputs > 1 ||
         (layer.info().family == Family::custom && layer.has(Opt::outputs));
}

std::string one_of_several(const LayerSpec& layer, const std::string& result, int output, Language language) {
  const auto part = [&](const std::string& of, int k) {
    const std::string place = std::to_string(k);
    const bool tuple = language == Language::cpp && layer.info().own.outputs > 1;
    return tuple ? "std::get<" + place + ">(" + of + ")" : of + "[" + place + "]";
  };
  if (layer.kind == LayerKind::LSTM && output > 0) return part(part(result, 1), output - 1);
  return part(result, output);
}

Readers::Readers(const Spec& spec) : spec_(spec) {
  const auto read = [&](Ref ref, std::size_t reader) {
    const LayerId at(reader);
    readers_.try_emplace({ref.layer, ref.output}, Use{at, at}).first->second.last = at;
  };
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    for (const Ref& ref : layer.inputs) read(ref, i);
    if (const auto like = layer.reference(Opt::size_like)) read(*like, i);
    if (const auto pool = layer.reference(Opt::indices)) read({pool->layer, 1}, i);
  }
  for (const Ref& ref : spec.outputs) read(ref, spec.layers.size());
}

bool Readers::chained(Ref ref) const {
  if (ref.is_input() ? spec_.inputs.size() > 1 : returns_several(spec_.layer(ref.layer))) return false;
  const LayerId next = ref.is_input() ? LayerId{0} : ref.layer + 1;
  const auto found = readers_.find({ref.layer, ref.output});
  if (found == readers_.end()) return next == spec_.layers.end_id();
  return found->second.first == next && found->second.last == next;
}

bool Readers::behind_the_chain(Ref ref) const {
  const auto found = readers_.find({ref.layer, ref.output});
  if (found == readers_.end()) return false;
  for (LayerId i{0}; i < found->second.last && i < spec_.layers.end_id(); ++i)
    if (chained({i, 0})) return true;
  return false;
}

CodeNames line_names(const Spec& spec, Language language) {
  const auto readers = std::make_shared<Readers>(spec);
  const auto layer = [&spec](LayerId index) -> const LayerSpec& { return spec.layer(index); };
  CodeNames names;
  std::vector<std::string> inputs;
  for (int i = 0; i < std::ssize(spec.inputs); ++i) {
    const Ref ref = Ref::of_input(i);
    const std::string name = readers->chained(ref) ? "x" : identifier(spec.input(i).name);
    const bool kept = name == "x" && !readers->chained(ref) && readers->behind_the_chain(ref);
    inputs.push_back(kept ? std::string(kept_input) : name);
  }
  // A result is named wherever it is read, hundreds of times in a dense network: each name is made once.
  const auto known = std::make_shared<std::vector<std::string>>(spec.layers.size());
  names.result = [=](LayerId index) {
    std::string& name = known->at(index.place());
    if (!name.empty()) return name;
    if (readers->chained({index, 0})) return name = "x";
    // In C++ a variable would hide the module of its name.
    const bool hides = language == Language::cpp && facts(layer(index).kind).merge != Merge::joins &&
                       facts(layer(index).kind).merge != Merge::adds;
    return name = identifier(layer(index).name) + (hides ? "_out" : "");
  };
  names.indices = [=](LayerId index) { return identifier(layer(index).name) + "_indices"; };
  names.tensor = [=](Ref ref) {
    if (ref.is_input()) return inputs[ref.input()];
    if (returns_several(layer(ref.layer)))
      return one_of_several(layer(ref.layer), names.result(ref.layer), ref.output, language);
    return ref.output == 0 ? names.result(ref.layer) : names.indices(ref.layer);
  };
  names.module = [=](LayerId index) {
    return language == Language::python ? "self." + submodule(layer(index).name)
                                        : identifier(layer(index).name);
  };
  return names;
}

}  // namespace shapedbg
