#include "net/words.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/lower.h"

namespace shapedbg {
namespace {

// Words are small letters without `_`. `{n}` in a type: the number of spatial axes at hand.
struct KindWord {
  std::string_view word;
  std::string_view kind;  // empty: there is no such type
  std::string_view from;
  std::string_view options;  // see MeantKind
  std::string_view advice;
};

// clang-format off
constexpr KindWord kKindWords[] = {
#define SHAPEDBG_KIND_WORD(word, kind, from, options, advice) {word, kind, from, options, advice},
#include "net/kind_words.def"
#undef SHAPEDBG_KIND_WORD
};

// A key may stand for several options: the first that the kind has.
struct OptionWord {
  std::string_view word;
  std::string_view options;  // "out_channels|out_features"
  std::string_view from;
};

constexpr OptionWord kOptionWords[] = {
#define SHAPEDBG_OPTION_WORD(word, options, from) {word, options, from},
#include "net/option_words.def"
#undef SHAPEDBG_OPTION_WORD
};
struct KeyWord {
  std::string_view word;
  std::string_view key;
  std::string_view from;
};

constexpr KeyWord kSpecKeys[] = {
    {"input", "input", ""},
    {"inputshape", "input", "Keras"},
    {"batchinputshape", "input", "Keras"},
    {"inputsize", "input", "another library"},
    {"inputs", "input", ""},
    {"inshape", "input", "another library"},
    {"layers", "layers", ""},
    {"layer", "layers", "Caffe"},
    {"modules", "layers", "PyTorch"},
    {"nodes", "layers", "ONNX"},
    {"node", "layers", "ONNX"},
    {"net", "layers", "another library"},
    {"network", "layers", "another library"},
    {"model", "layers", "another library"},
    {"sequential", "layers", "another library"},
    {"encoder", "encoder", ""},
    {"decoder", "decoder", ""},
    {"expect", "expect", ""},
    {"expected", "expect", "another library"},
    {"expects", "expect", "another library"},
    {"expectedoutput", "expect", "another library"},
    {"outputshape", "expect", "another library"},
};

constexpr KeyWord kLayerKeys[] = {
    {"type", "type", ""},
    {"optype", "type", "ONNX"},
    {"classname", "type", "Keras"},
    {"op", "type", "TensorFlow"},
    {"kind", "type", "another library"},
    {"layertype", "type", "another library"},
    {"layer", "type", "another library"},
    {"module", "type", "another library"},
    {"cls", "type", "another library"},
    {"inputs", "inputs", ""},
    {"inboundnodes", "inputs", "Keras"},
    {"bottom", "inputs", "Caffe"},
    {"bottoms", "inputs", "Caffe"},
    {"input", "inputs", "another library"},
    {"from", "inputs", "darknet"},
    {"src", "inputs", "another library"},
    {"parents", "inputs", "another library"},
    {"name", "name", ""},
};

struct OptionAdvice {
  std::string_view word;
  std::string_view advice;
};

constexpr std::string_view kActivation = "an activation is a layer of its own behind this one: {\"type\": \"ReLU\"}";
constexpr std::string_view kNorm = "a norm is a layer of its own behind this one: {\"type\": \"BatchNorm2d\"}";
constexpr std::string_view kBeside = "options stand in the layer itself, beside its `type`";
constexpr OptionAdvice kAdvice[] = {
    {"activation", kActivation},
    {"activationfn", kActivation},
    {"activationfunction", kActivation},
    {"act", kActivation},
    {"nonlinearity", kActivation},
    {"batchnormalize", kNorm},
    {"batchnormalization", kNorm},
    {"batchnorm", kNorm},
    {"usebn", kNorm},
    {"bn", kNorm},
    {"normalization", kNorm},
    {"returnsequences", "every step comes back here; the last is a `Select` behind it: {\"type\": \"Select\", \"dim\": 1, \"index\": -1}"},
    {"dataformat", "channels stand in front of the spatial axes here, as in PyTorch"},
    {"config", kBeside},
    {"params", kBeside},
    {"args", kBeside},
    {"kwargs", kBeside},
    {"options", kBeside},
    {"attributes", kBeside},
    {"convolutionparam", kBeside},
    {"poolingparam", kBeside},
    {"innerproductparam", kBeside},
};
// clang-format on

constexpr std::size_t kLongest = 64;  // of a word worth looking up

// "torch.nn.functional.conv_transpose2d" -> "convtranspose2d"
std::string plain(std::string_view word) {
  if (const std::size_t dot = word.find_last_of(".:"); dot != std::string_view::npos)
    word.remove_prefix(dot + 1);
  std::string text;
  for (const char c : word.substr(0, kLongest + 1)) {
    if (c == '_' || c == '-' || c == ' ') continue;
    text += lower(c);
  }
  return text;
}

std::string with_number(std::string_view name, int axes) {
  std::string text(name);
  if (const std::size_t at = text.find("{n}"); at != std::string::npos)
    text.replace(at, 3, std::to_string(axes));
  return text;
}

// torch's own types by their small letters.
const std::unordered_map<std::string, const KindInfo*>& kinds_by_letters() {
  static const std::unordered_map<std::string, const KindInfo*> all = [] {
    std::unordered_map<std::string, const KindInfo*> map;
    for (const KindInfo& kind : all_kinds()) map.emplace(plain(kind.name), &kind);
    map.emplace("interpolate", &info(LayerKind::Upsample));
    return map;
  }();
  return all;
}

const KindWord* known_word(const std::string& letters) {
  static const std::unordered_map<std::string_view, const KindWord*> all = [] {
    std::unordered_map<std::string_view, const KindWord*> map;
    for (const KindWord& word : kKindWords) map.emplace(word.word, &word);
    return map;
  }();
  const auto found = all.find(letters);
  return found == all.end() ? nullptr : found->second;
}

std::optional<MeantKind> meant_by(const std::string& letters, int axes) {
  const auto& kinds = kinds_by_letters();
  if (const auto own = kinds.find(letters); own != kinds.end()) return MeantKind{own->second, {}, {}};
  if (const KindWord* word = known_word(letters))
    return MeantKind{word->kind.empty() ? nullptr : find_kind(with_number(word->kind, axes)), word->from,
                     word->options, word->advice};
  // `Conv`, `MaxPool`: torch's name without the number.
  if (const auto own = kinds.find(letters + std::to_string(axes) + "d"); own != kinds.end())
    return MeantKind{own->second, {}, {}};
  return std::nullopt;
}

}  // namespace

std::optional<MeantKind> meant_kind(std::string_view word, int axes) {
  if (word.size() > 2 * kLongest) return std::nullopt;
  std::string letters = plain(word);
  if (letters.empty() || letters.size() > kLongest) return std::nullopt;
  if (auto meant = meant_by(letters, axes)) return meant;
  constexpr std::string_view layer = "layer";  // `DenseLayer`
  if (!letters.ends_with(layer) || letters.size() == layer.size()) return std::nullopt;
  letters.resize(letters.size() - layer.size());
  return meant_by(letters, axes);
}

std::optional<MeantOption> meant_option(const KindInfo& kind, std::string_view word) {
  if (word.size() > kLongest) return std::nullopt;
  const std::string letters = plain(word);
  for (const OptionInfo& option : kind.options)
    if (plain(to_string(option.opt)) == letters) return MeantOption{&option, {}};
  for (const OptionWord& known : kOptionWords) {
    if (known.word != letters) continue;
    for (std::string_view rest = known.options; !rest.empty();) {
      const std::size_t bar = std::min(rest.find('|'), rest.size());
      if (const OptionInfo* option = kind.option(rest.substr(0, bar))) return MeantOption{option, known.from};
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
  }
  return std::nullopt;
}

std::optional<MeantKey> meant_key(KeyPlace place, std::string_view word) {
  if (word.size() > kLongest) return std::nullopt;
  const std::string letters = plain(word);
  const auto look_up = [&](const auto& words) -> std::optional<MeantKey> {
    for (const KeyWord& known : words)
      if (known.word == letters) return MeantKey{known.key, known.from};
    return std::nullopt;
  };
  return place == KeyPlace::spec ? look_up(kSpecKeys) : look_up(kLayerKeys);
}

std::string_view advice_on_option(std::string_view word) {
  if (word.size() > kLongest) return {};
  const std::string letters = plain(word);
  for (const OptionAdvice& known : kAdvice)
    if (known.word == letters) return known.advice;
  return {};
}

bool holds_options(std::string_view word) { return advice_on_option(word) == kBeside; }

const KindInfo& with_axes(const KindInfo& kind, int axes) {
  if (kind.axes == 0 || kind.axes == axes) return kind;
  std::string name(kind.name);
  if (name.size() < 2 || name.back() != 'd') return kind;
  name[name.size() - 2] = static_cast<char>('0' + axes);
  const KindInfo* sibling = find_kind(name);
  return sibling != nullptr ? *sibling : kind;
}

std::vector<KnownWord> all_known_words() {
  std::vector<KnownWord> all;
  for (const KindWord& word : kKindWords) all.push_back({word.word, false});
  for (const OptionWord& word : kOptionWords) all.push_back({word.word, true});
  return all;
}

}  // namespace shapedbg
