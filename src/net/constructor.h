// Where an author's program makes the layers of a network: the calls of torch.nn's classes in its text,
// argument by argument, so that a change of an option can be written there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/value.h"
#include "text/source.h"

namespace shapedbg {

// A file of the program, as it was when it ran. Offsets below count its bytes.
struct ProgramText {
  std::string file;
  std::string text;
};

// A whole number that a program says once for many layers: an entry of a dict or a dataclass, a default.
struct ProgramNumber {
  std::string file;
  Span span;
  std::int64_t value = 0;
};

// An option of a layer that is to be another one, by its module; values are JSON text, as those of a fix.
struct WantedChange {
  std::string module;
  std::string option;
  std::string from;
  std::string to;
};
using WantedChanges = std::vector<WantedChange>;  // of one fix

// One change of a text further out (an argument of a block, an entry of a list, a default) by which an option
// of a layer would be another one; what else it changes shows when the program is run again.
struct ProgramTrial {
  int fix = -1;  // of those that were asked for, by its number; -1: a number unlike all others of its kind
  int explains = 0;    // so many changes of the fix
  bool all = false;    // these are all of them
  bool plain = false;  // a number takes the place of a number, or is given by a further keyword
  std::string file;
  Span span;
  std::string text;
};

// The likeliest first, and the files that they change.
struct ProgramTrials {
  std::vector<ProgramTrial> trials;
  std::vector<ProgramText> programs;
};

struct ConstructorCall {
  // What can be read at a place, or could be written there, and the number that it says: "2 * dim", 128.
  using Says = std::vector<std::pair<std::string, std::int64_t>>;

  // Where an argument can be said in other words: in the call itself, or in a call around it that hands it
  // on.
  struct Place {
    std::string file;
    Span span;
    int makes = 1;       // modules that take the argument from there
    bool wide = false;   // a number of channels or features, which any name may say
    bool axis = false;   // an axis of a Parameter
    Says words = {};     // names there, the nearest first
    int own = 0;         // so many of them stand in the argument itself
    Says texts = {};     // what stands there with one of its numbers changed
    bool among = false;  // what stands there says other arguments, too: the program has to run to show what
    // Nothing stands there yet, as the call leaves it at its default: what is put in front of it, ",
    // padding=".
    std::string front = {};
  };

  struct Argument {
    std::string name;  // "stride", also where it is given by its position; "shape[1]" of a Parameter
    Span span;
    // None where it is no literal and computed from none: a variable, an expression. A list stands for a
    // tuple too; None is a monostate.
    std::optional<Value> value;
    // Where the call has a name and the text that it stands for is elsewhere (a constant, a default, what the
    // caller gives): the file of `span`, and how many modules take this argument from there. Else empty, 0.
    std::string file = {};
    int makes = 0;
    std::string why = {};  // why there is no value, "is `width`, which is also used in line 9"; or empty
    std::vector<Place> places = {};  // the innermost first
    // In a call in forward: where the name begins that it is given by, and the whole text.
    std::optional<std::size_t> keyword = {};
    std::string text = {};
  };
  // The path of the module that it made, as LayerSource::module; of a step the layer.
  std::string module;
  std::string why;  // why nothing can be written into it, "stands in an installed package"; empty: it can
  std::string file;
  std::string type;  // "ConvTranspose2d"
  Span span;
  Span name = {};  // where the class or the function stands in it, if that is named there; else empty
  std::vector<Argument> arguments;
  std::optional<std::size_t> add;  // where a further keyword is put in,
  std::string front;               // and what stands before it: ", "
  int makes = 1;                   // modules that the call made, in all its runs
  // Where it stands among others, as in nn.Sequential(a, b): what another one in front of it is called by,
  // "nn.", and what stands between the two.
  std::string row = {}, between = {};
  Place here = {};  // what can be read at the call, for a further keyword
  // A call of a function in forward, `F.interpolate(x, scale_factor=2)`, and the options of its layer that it
  // can be given. `makes` counts its runs.
  bool step = false;
  std::vector<std::string> takes = {};
  // Not all of its arguments stand in the call: it hands on those of a call around it, Conv2d(*args,
  // **kwargs). `takes` are the keywords that are handed on from where one is added.
  bool listed = false;
};

// A recorded call in forward: of a module, self.up(x), of a function or an operator, a + b.
struct ForwardCall {
  struct Text {
    Span span;
    bool plain = false;  // a name, a call or a subscript: a method can be written behind it
    std::string text;
  };
  struct Name {
    std::string text;   // "skips[1]"
    int input = -1;     // what it stands for: an input of the network,
    std::string layer;  // or an output of a layer
    int output = 0;
  };
  // Of a size that a tensor has: "height", "sizes[-1 - i]"; axis -1: of all of them.
  struct SizeName : Name {
    int axis = -1;
  };
  std::string layer;
  std::string file;
  Span span;
  std::vector<std::optional<Text>> inputs;  // as the layer takes them; none where its text is not known
  std::vector<Name> names;                  // what else stands for a tensor there
  std::string torch, functional;            // what the file calls torch and torch.nn.functional; or empty
  // The layer is the first of several that run there, self.stem(x) of a Sequential: something can be put in
  // front of them.
  bool front = false;
  std::vector<SizeName> sizes = {};
  // The layer whose result it returns, where a method can be written behind it; and what is called there,
  // "self.up". Empty where that is not known.
  std::string returns = {}, called = {};
};

}  // namespace shapedbg
