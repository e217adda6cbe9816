// The common form of a recorded program: the calls that a run made, in their order, with every tensor's
// shape. The recorder's output and the graph of a .pt2 are both brought into it; read/aten/ makes layers of
// it.
//
// Its JSON-lines form is what the recorder writes: one object a line, in the order in which things happened.
// A file may hold several runs of one model (at other input sizes); each starts with a `run` line.
//
//   {"run": 1, "name": "UNet", "torch": "2.13.0"}
//   {"tensor": 0, "role": "input", "name": "x", "shape": [1, 3, 572, 572], "dtype": "float32"}
//   {"tensor": 1, "role": "parameter", "name": "inc.0.weight", "shape": [64, 3, 3, 3], "dtype": "float32"}
//   {"call": "torch.conv2d", "args": [{"t": 0}, {"t": 1}, null, [1, 1]], "kwargs": {"groups": 1},
//    "out": [{"t": 2, "shape": [1, 64, 570, 570], "dtype": "float32"}],
//    "module": "inc.0", "class": "torch.nn.modules.conv.Conv2d",
//    "made": "unet.py:12", "called": "unet.py:40"}
//   {"call": "torch.cat", "args": [[{"t": 8}, {"t": 5}], 1], "out": [{"t": 9, "shape": […], "dtype": …}],
//    "called": "unet.py:52", "raised": "Sizes of tensors must match …", "assumed": true}
//   {"output": {"t": 9}}
//   {"stopped": "AssertionError: odd size", "at": "unet.py:60"}     // only where the run ended early
//
// - `role`: input, parameter, buffer or constant (a tensor that no input reaches). A tensor stands before its
//   first use; ids are numbers from 0 of one run, in any order. A call that writes into a tensor and returns
//   it gives the result a new id.
// - `call`: "torch.conv2d", "torch.nn.functional.interpolate", "torch.Tensor.view" as torch.overrides.
//   resolve_name() has it, "aten.conv2d.default" as an exported graph has it, or "operator.getitem". `args`
//   by position, `kwargs` by name; either may be left out.
// - `out`: the tensors that it returned, in order, nested lists and dicts flattened; shapes as executed.
// - `raised`: the call raised this (first line); `assumed`: its `out` is what the recorder went on with.
// - `module`, `class`: path and class of the innermost nn.Module around the call; `made`: the line outside of
//   torch that made that module, `called`: the innermost line outside of torch that called.
//   A place is "FILE:LINE".
// - `output`: what the model returned, nested as it was.
//
// Values:
//   null true 3 0.5 "same" [..]    as in Python; a float always has a fraction or an exponent: 2.0
//   {"t": 7}                       the tensor with that id
//   {"s": 36, "of": FORMULA}       an integer that was computed from sizes: its value in this run, and how
//   {"f": "inf"}                   inf, -inf, nan
//   {"slice": [START, STOP, STEP]} of x[…]; each a value
//   {"dict": {"key": VALUE}}
//   {"other": "torch.float32"}     anything else, as text; "..." for Ellipsis
// FORMULA:
//   3                              a number
//   ["axis", 5, 2]                 x.shape[2] of the tensor with id 5
//   ["symbol", "s0"]               a free size
//   ["+", A, B]  "-" "*" "/" (exact) "//" "%" "max" "min"
//   ["floor", A]  "ceil" "trunc" (int()) "neg"
// Sizes in `shape` of an input may be {"s": …} too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/layer_source.h"
#include "read/calls/formula.h"

namespace shapedbg::calls {

struct Size {
  std::int64_t value = 0;  // of the recorded run
  Formula formula;         // empty: a number in the program, or lost on the way
  // In the further runs of read/aten/samples.h, in their order; empty where it is the same in all of them.
  std::vector<std::int64_t> others;
};

struct Value {
  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,  // with a formula where it was computed from sizes
    number,
    text,
    tensor,
    list,
    slice,  // three items
    dict,   // items with keys
    other,  // its text
  };
  Kind kind = Kind::none;
  bool flag = false;
  std::int64_t integer = 0;
  double number = 0;
  int tensor = -1;  // index into Program::tensors
  Formula formula;
  std::vector<std::int64_t> others;  // of an integer, as Size::others
  std::string text;
  std::vector<Value> items;
  std::vector<std::string> keys;  // of a dict, one per item

  bool is(Kind wanted) const { return kind == wanted; }
  static Value of(std::int64_t integer);
  static Value of(int integer) { return of(std::int64_t{integer}); }
  static Value of(double number);
  static Value of(bool flag);
  static Value of(std::string text);
  static Value of_tensor(int tensor);
  static Value of(std::vector<Value> items);
};

enum class Role : std::uint8_t { input, parameter, buffer, constant, result };

struct Tensor {
  std::string name;   // of an input: the argument's; of a parameter: its path
  std::string dtype;  // "float32", "int64", as torch names it
  Role role = Role::result;
  std::vector<Size> shape;
  int call = -1;   // of a result: the call that made it,
  int output = 0;  // and which of its outputs it is
};

struct Argument {
  std::string name;  // empty: by position
  Value value;
};

struct Call {
  std::string op;
  std::vector<Argument> arguments;  // those by position first
  std::vector<int> outputs;         // indices into Program::tensors; -1 for what is no tensor
  std::string module;
  std::string module_class;
  SourceLine made;
  SourceLine called;
  std::string node;  // its name in the file's graph
  std::string raised;
  bool assumed = false;
};

// A free size of the program.
struct Symbol {
  std::string name;
  std::int64_t value = 0;  // in the recorded run
  std::int64_t min = 1;
  std::int64_t max = 0;  // 0: no bound
};

struct Program {
  std::string name;  // of the model
  std::string torch;
  std::vector<Symbol> symbols;
  std::vector<Tensor> tensors;
  std::vector<int> inputs;  // tensors, in the order of the arguments
  std::vector<Call> calls;
  Value output;
  std::string stopped;  // why the run ended early
  SourceLine stopped_at;
};

struct Recorded {
  std::vector<Program> runs;
  std::string error;  // one line with the number of the line of the text; empty where it could be read
};

// The JSON-lines form. Bounded; never throws for any bytes.
Recorded read_calls(std::string_view text);

}  // namespace shapedbg::calls
