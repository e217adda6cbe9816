// What every axis of a network's tensors is made of and where its positions lie, and what of it cannot be
// meant.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "meaning/alignment.h"
#include "meaning/provenance.h"
#include "net/spec.h"

namespace shapedbg {

// What cannot be meant, though it runs. The letters are those of `shapedbg explain axes`.
enum class Flaw : std::uint8_t {
  torn,       // A1
  mixed,      // A2
  misread,    // A3
  crossed,    // A4
  drifting,   // A5
  shifted,    // A6
  samples,    // A7
  stretched,  // A8
  constant,   // A9
  twice,      // A10
  layout,     // A11
  turned,     // A12
  repeated,   // A13
};
struct FlawInfo {
  Flaw flaw;
  std::string_view id;       // "A1"
  std::string_view summary;  // one line, lower case, no final period
};
const FlawInfo& info(Flaw flaw);
std::span<const FlawInfo> all_flaws();

struct Trouble {
  Flaw flaw = Flaw::torn;
  LayerId layer;     // number of layers: the output of the network
  int axis = -1;     // of what the layer returns, or reads
  int input = -1;    // of a merge: the one that does not go with the others
  std::string text;  // what is wrong, with numbers: "rows and channels are taken together"
};

// What an atom descends from.
struct Root {
  enum class Kind : std::uint8_t { input, seed, layer } kind = Kind::layer;
  int index = -1;          // input of the spec, or layer
  int axis = -1;           // of the input
  bool symmetric = false;  // a padded window looks to both sides along it: nothing on it is causal
  bool frames = false;     // of a seed: it slides over the samples, which are frames of one clip, x[None]
  bool operator==(const Root&) const = default;
};

// Digits of an axis, and for a size of 1 the atom that it stands for.
struct AxisMeaning {
  int first = 0;  // into Meaning::digits
  int count = 0;
  int mark = -1;  // atom, or -1
};

struct TensorMeaning {
  int axes = 0;             // first one, into Meaning::axes
  int rank = -1;            // -1: not known
  std::uint64_t value = 0;  // equal numbers: equal values, in a network that slices; 0 in any other

  std::size_t axis_count() const { return static_cast<std::size_t>(rank); }  // where the rank is known
};

// Two tensors of one root that meet, along one axis.
struct MeetingPlace {
  static constexpr int all = -1;  // every input of a join lies in one place
  LayerId layer;                  // number of layers: the output meets the input
  int input = all;
  int axis = -1;
  bool equal_steps = false;
  Rational mean;  // of the differences in place
  Rational step;  // the coarser one's
  // Nothing lies between them: at most half a step.
  bool exact() const { return !(abs(mean) > step * Rational(1, 2)); }
};

// A run of elements whose axes no digits describe, until a later reshape restores both of its ends.
struct Tear {
  AxisDigits run;
  std::size_t trouble = 0;  // into Meaning::troubles
  bool flagged = false;
};

struct Meaning {
  std::vector<Atom> atoms;
  std::vector<Root> roots;
  std::vector<Alignment> places;
  std::vector<Digit> digits;
  std::vector<AxisMeaning> axes;
  std::vector<Tear> tears;
  std::vector<TensorMeaning> inputs;
  std::vector<TensorMeaning> outputs;  // of all layers, one behind the other
  std::vector<int> first_output;       // of each layer, and one more
  std::vector<Trouble> troubles;
  std::deque<MeetingPlace> meetings;  // grows without being copied: there are many in dense blocks
  int channel_axis = 1;               // of the first input

  const TensorMeaning& of(Ref ref) const;
  const AxisMeaning& axis(const TensorMeaning& tensor, std::size_t k) const {
    return axes[static_cast<std::size_t>(tensor.axes) + k];
  }
  std::span<const Digit> digits_of(const AxisMeaning& axis) const {
    return {digits.data() + axis.first, static_cast<std::size_t>(axis.count)};
  }
  const Atom& atom(const Digit& digit) const { return atoms[static_cast<std::size_t>(digit.atom)]; }
  const Root* root_of(const Atom& atom) const {
    return atom.root < 0 ? nullptr : &roots[static_cast<std::size_t>(atom.root)];
  }
};

namespace meaning_detail {
inline constexpr TensorMeaning not_there;
}
// A walk asks for every input of every layer, several times.
inline const TensorMeaning& Meaning::of(Ref ref) const {
  if (ref.is_input()) {
    const auto i = ref.input();
    return i < inputs.size() ? inputs[i] : meaning_detail::not_there;
  }
  const auto layer = ref.layer.place();
  if (layer + 1 >= first_output.size()) return meaning_detail::not_there;
  const int at = first_output[layer] + ref.output;
  return ref.output >= 0 && at < first_output[layer + 1] ? outputs[static_cast<std::size_t>(at)]
                                                         : meaning_detail::not_there;
}

// An axis read as positions.
struct Reading {
  enum class Kind : std::uint8_t {
    single,    // a size of 1
    place,     // positions of one root
    several,   // positions of several roots, one behind the other
    features,  // channels alone
    batch,     // samples among it
    unknown,
    broken,  // channels outside of or between positions, or fine before coarse
  } kind = Kind::single;
  int root = -1;
  Alignment place;
};
Reading read_positions(const Meaning& meaning, std::span<const Digit> digits);

// "`x` height, coarse 14", "batch", "features of `fc`"; and where the positions of an axis lie: "every 2,
// from 1/2".
std::string made_of(const Spec& spec, const Meaning& meaning, const AxisMeaning& axis);
std::string lies_at(const Spec& spec, const Meaning& meaning, const AxisMeaning& axis);

}  // namespace shapedbg
