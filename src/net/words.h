// Words of other libraries for what is a layer type or an option here: `Dense`, `conv2d_transpose`,
// `filters`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/kinds.h"

namespace shapedbg {

// What an author meant with a word that is no layer type.
struct MeantKind {
  const KindInfo* kind = nullptr;  // null where there is no such type: `advice` says what to write
  std::string_view from;           // whose word it is: "Keras"; empty where it only is spelt otherwise
  std::string_view options;        // what has to stand beside it, as JSON: `"output_size": 1`; may be empty
  std::string_view advice = {};
};

// `axes` (1 to 3): the number of spatial axes where the word does not say it, as `Conv`. Letter case, `_` and
// what stands in front of a dot (`nn.`, `torch.nn.functional.`) do not matter. Nothing for words that are not
// known.
std::optional<MeantKind> meant_kind(std::string_view word, int axes);

// What an author meant with a key that is no option of the kind.
struct MeantOption {
  const OptionInfo* option = nullptr;
  std::string_view from;  // as above
};
std::optional<MeantOption> meant_option(const KindInfo& kind, std::string_view word);

// What an author meant with a key that is neither a key nor an option of the object it stands in.
enum class KeyPlace : std::uint8_t { spec, layer };
struct MeantKey {
  std::string_view key;   // "input", "type"
  std::string_view from;  // as above
};
std::optional<MeantKey> meant_key(KeyPlace place, std::string_view word);

// What to do where a layer here has nothing of the kind: `activation`, `batch_normalize`; may be empty.
std::string_view advice_on_option(std::string_view word);

// Whether files of other tools keep the options of a layer in an object of this name: `config`, `params`.
bool holds_options(std::string_view word);

// The same kind for another number of spatial axes, or the kind itself where it has no such siblings.
const KindInfo& with_axes(const KindInfo& kind, int axes);

// The words of the tables, beside other spellings of torch's own; small letters without `_`.
struct KnownWord {
  std::string_view word;
  bool option = false;  // else a layer type
};
std::vector<KnownWord> all_known_words();

}  // namespace shapedbg
