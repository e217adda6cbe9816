// The vocabulary: every layer kind and its options, declared once. Parser, schema, `explain` and the tests
// read this table. What the family of a kind is stands in net/facts.h.
//
// To add a kind of a family that exists: a row in kinds.def (and its list of options in kinds.cpp, if no
// other kind has the same), and what builds it in engine/. README.md and CONTRIBUTING.md say what a new
// family needs.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "net/value.h"

namespace shapedbg {

// Families share one size rule; facts.def has a row for each. A kind is a family plus a number of spatial
// axes.
enum class Family : std::uint8_t {
#define SHAPEDBG_FAMILY(name, ...) name,
#include "net/facts.def"
#undef SHAPEDBG_FAMILY
};

enum class LayerKind : std::uint8_t {
#define SHAPEDBG_KIND(name, ...) name,
#include "net/kinds.def"
#undef SHAPEDBG_KIND
};

// Option names, torch::nn's letter for letter.
enum class Opt : std::uint8_t {
#define SHAPEDBG_OPT(name) name,
#include "net/options.def"
#undef SHAPEDBG_OPT
};
std::string_view to_string(Opt opt);

enum class OptType : std::uint8_t {
  integer,       // 3
  axes,          // 3 or [3, 3]: one entry per spatial axis
  axes_or_word,  // as axes, or one of `words` ("same", "valid")
  axes_or_null,  // as axes; null keeps the input's size (AdaptiveAvgPool)
  pads,          // 3 or two entries per axis, last axis first, as F.pad takes them
  number,        // 0.01
  axes_number,   // 2.5 or [2.5, 2]: one entry per spatial axis
  boolean,
  word,        // one of `words`
  integers,    // [1, 2] of any length, or one integer
  sizes,       // [1, -1, "in[2]*4"]: integers or expressions over the input's axes
  sizes_list,  // [[…], […]]: one shape per output
  slices,      // [[start, stop, step?], …], null = open
  reference,   // the name of a layer or input
};

struct OptionInfo {
  Opt opt;
  OptType type;
  bool required = false;
  // What a layer has that does not write the option. Absent: taken from the input
  // (in_channels), from another option (stride of a pool), or not there at all (size_like).
  Value fallback = {};
  std::int64_t min = INT64_MIN;  // for integers
  std::int64_t max = INT64_MAX;
  std::string_view words = {};  // "zeros|reflect|replicate|circular"
  std::string_view doc = {};    // one line, lower case, no final period
};

// How many inputs a kind takes.
struct Arity {
  int min = 1;
  int max = 1;  // -1: any number
};

// What a layer does with a tensor of integers.
enum class Integers : std::uint8_t {
  refused,            // "not implemented for 'Long'"
  kept,               // returns integers
  floats,             // returns floating point
  made,               // returns integers whatever it gets
  kept_with_indices,  // a pool: not the kernel for one axis that returns no indices
};

// Where a kind is unlike the rest of its family. Written behind the row in kinds.def, by name.
struct KindExtra {
  std::optional<Integers> integers = std::nullopt;
  std::optional<int> by_position = std::nullopt;  // see FamilyFacts
  bool python_only = false;                       // torch.nn has the class, torch::nn has not
  bool function = false;                          // no class of torch.nn
  int outputs = 1;                                // tensors that it always returns
};

struct KindInfo {
  LayerKind kind;
  std::string_view name;
  Family family;
  int axes = 0;  // spatial axes: 1 to 3; 0 where the kind does not fix them
  std::span<const OptionInfo> options;
  Arity arity;
  std::string_view doc;  // one line
  KindExtra own = {};

  const OptionInfo* option(std::string_view name) const;
  const OptionInfo* option(Opt opt) const;
};

namespace kinds_detail {
extern std::atomic<const KindInfo*> known;  // null until it is first asked for
const KindInfo* known_from_now_on();
}  // namespace kinds_detail
// Asked for more often than anything else.
inline const KindInfo& info(LayerKind kind) {
  const KindInfo* kinds = kinds_detail::known.load(std::memory_order_acquire);
  if (kinds == nullptr) [[unlikely]]
    kinds = kinds_detail::known_from_now_on();
  return kinds[static_cast<std::size_t>(kind)];
}
std::span<const KindInfo> all_kinds();

inline constexpr std::size_t option_count = 0
#define SHAPEDBG_OPT(name) +1
#include "net/options.def"
#undef SHAPEDBG_OPT
    ;
// Of each option its place in the list of a kind; 255: the kind has none such.
using OptionPlaces = std::array<std::uint8_t, option_count>;
namespace kinds_detail {
extern std::atomic<const OptionPlaces*> places;  // by kind; null until it is first asked for
const OptionPlaces* places_from_now_on();
}  // namespace kinds_detail
inline std::uint8_t option_place(LayerKind kind, Opt opt) {
  const OptionPlaces* places = kinds_detail::places.load(std::memory_order_acquire);
  if (places == nullptr) [[unlikely]]
    places = kinds_detail::places_from_now_on();
  return places[static_cast<std::size_t>(kind)][static_cast<std::size_t>(opt)];
}
// Case-sensitive, as torch writes it. "Interpolate" is Upsample.
const KindInfo* find_kind(std::string_view name);

// What to write for a module of torch.nn that is no kind: "`Conv2d` without `in_channels`". Empty for other
// words.
std::string_view instead_of(std::string_view type);

// The word of `words` nearest to `typed` by edit distance (case changes cost little), when it is
// near enough to be a slip.
std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> words);

}  // namespace shapedbg
