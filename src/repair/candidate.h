// One way to repair a network, as moves on it; and what a repair has to be to be offered.
//
// Generators (suggest.h) only propose. judge.h applies the moves, infers every shape, holds every constraint
// against it (each merge, each declared expect, the output), and has it run. What is offered is read again
// from the changed bytes, which have to say just that. What is
// left is ordered by one cost, the first difference decides:
//   1. never nonsense before sense. A repair makes no sense to an expert when
//      - it leaves a level behind that does not give back its size: the layer that undoes a
//        downsampling (or a Crop or Pad right behind it) returns another size than went into it. A
//        change elsewhere then only makes up for it in the sum;
//      - or it sets an output_padding of half the stride or more, and more than padding, on a transposed
//        layer that undoes no downsampling, unless that makes it multiply sizes exactly (net kernel +
//        output_padding = stride). No weight reaches beyond padding: such columns hold the bias alone;
//      - or, on several layers, an output_padding larger than padding: level upon level of such columns;
//      - or it spoils a window (sense.h): padding beyond half a kernel, where border windows see more
//        padding than map; a kernel shorter than its stride; a stride that no other layer of the network
//        has (but where all are chosen together for the rate that is expected), a square kernel made uneven,
//        a pool over one value; a transposed layer that throws away the border of what it computed;
//      - or it changes an option of a layer that the diagnosis does not speak of, where another input size
//        would do: sizes then went apart by rounding, and no option is wrong;
//      - or it pads a window until it fits a map that is too small for it, where no layer of its kind pads;
//      - or it gives a layer the count of another axis, where the features that it is built for are there and
//        an axis has to be moved or flattened;
//      - or a Reshape that kept the channels keeps them no longer;
//      - or it pads the input by what layers trim, where numbers of these layers would do;
//      - or it changes one of several steps that one statement of the author's program makes;
//      - or it crops or pads across a whole level, sizes twice as large or more, or resizes by more than four
//        where values are thrown away;
//      - or, worst, a Pad of it takes away where it took nothing, or changes an axis by a third;
//      - or, worst, it puts zeros around a result, or what runs then was not meant to: a merge that stretches
//        a size of 1, rows made of parts of a sample.
//      PadToMultiple in front with a Crop behind always makes sense: all that is returned was computed.
//   2. what works for every size that the spec declares, then what works for the declared input before
//      another input
//   3. fewest places: layers changed, and twice each Crop or Pad put in, as it changes code, not a number;
//   but
//      once where PadToMultiple makes the input of a network that goes down and up again divide: nothing
//      within it changes. Where nothing merges, output_padding on several levels counts twice at most: one
//      thought
//   4. least surprising kind, in the order of FixKind
//   5. right for the most input sizes, as far as proven
//   6. no change of parameters, so that trained weights still load
//   7. the smallest change of numbers
// A fix behind an unsafe one is never safe: nobody applies the second best unasked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "finding/finding.h"
#include "flow/path.h"
#include "infer/infer.h"
#include "net/move.h"
#include "net/option_text.h"
#include "net/sharing.h"
#include "read/json/rewrite.h"
#include "repair/mistakes.h"
#include "repair/trials.h"

namespace shapedbg {

enum class FixKind : std::uint8_t {  // least surprising first
  fitted,  // the numbers of a Crop, Pad or Slice that stand there only to make sizes meet
  output_padding,
  odd_one,         // the number that all layers like it have
  missing_axis,    // a batch or channel axis, a Flatten
  input_order,     // the input with its axes in the order that the layers take
  layout,          // the same tensor in the order of its axes
  layer_kind,      // the same layer for another number of axes: BatchNorm1d for BatchNorm2d
  missing_concat,  // a skip of just the channels that are missing
  source,          // a tensor that no merge takes instead of one that two take, or two exchanged
  projection,      // a 1x1 convolution in a shortcut
  channels,        // channels, features or groups
  partner,         // the numbers by which a layer undoes the one that went down
  padded_input,    // PadToMultiple in front, a Crop behind where a size is expected
  size_like,       // the size of another tensor, at forward time
  window,          // a number that decides a size: padding, kernel_size, stride, scale_factor, shape, ...
  stage,           // one more stage like its neighbours
  axis,            // the axis or the tensor that a layer works on
  pad_and_crop,    // Pad by numbers in front, Crop behind
  fit,             // Crop or Pad in front of a merge or at the end
  input_size,
};

// Layer `at`, and what comes from the same use, takes `fresh` where it took `present`.
struct Turned {
  LayerId at;
  Ref present;
  Ref fresh;
};

enum class Doubt : std::uint8_t { none, nonsense, worst };

struct Candidate {
  FixKind kind = FixKind::output_padding;
  std::string title;
  std::string where = {};  // behind the title: "in the block, for every use of it"; empty for a plain layer
  std::vector<Change> changes;
  // What it does to the network of the situation; `before` was done to it in this order first, and each list
  // speaks of what the one before left.
  Moves moves = {};
  std::vector<Moves> before = {};
  std::vector<Edit> edits;  // the same in the file
  // The file then says more than the moves (an argument that other options take): only the changed bytes show
  // what the network is.
  bool by_text = false;
  std::size_t told = 0;  // so many of the edits are what the moves do; where there are more, as by_text
  Applicability applicability = Applicability::unsafe;
  int places = 1;
  std::int64_t amount = 0;     // how far numbers move
  int inserted = 0;            // layers put in
  int removed = 0;             // layers left out
  int inserted_arguments = 0;  // of blocks
  std::vector<Turned> turned = {};
  bool exchanges_axes = false;  // numbers of height and width, of one layer
  bool of_a_rate = false;       // strides chosen together: none of them has to occur elsewhere
  bool spans_an_axis = false;   // a kernel made as long as the axis that it is to use up
  bool trimmed = false;         // crops the skips of a network whose convolutions trim each level
  bool pads_to_rows = false;    // what a view cuts into rows is padded to whole rows
  bool telling = false;  // all that the network states speaks for it: numbers that do the same are chance
  // Makes no sense for a reason that only the generator knows.
  Doubt doubt = Doubt::none;
};

// One mistake of several, looked at as if the others were not there: the network of the situation is the
// whole one without them.
struct Alone {
  const Spec& whole;
  const Mistakes& mistakes;
  std::size_t kept = 0;

  // The same of a changed whole, whose layers were `origin` in it.
  Spec of(Spec changed, const PerLayer<LayerId>& origin) const {
    return mistakes.with_only(kept, std::move(changed), origin);
  }
};

// What there is to repair. Everything in it outlives the search.
struct Situation {
  const Source& source;
  // Where sizes are free, at one of them: not always the smallest, which stands in the file.
  const Spec& spec;
  const Trace& trace;
  const Finding& finding;
  const Rewrite& rewrite;
  // Layers whose shapes may still be inferred while looking for candidates; bounds the time.
  std::int64_t& steps;
  const Alone* alone = nullptr;  // null: all that is wrong is to be closed
  // It runs at the sizes of `runs_at`: no number of a layer is wrong, the size that is given is another one.
  bool runs_elsewhere = false;
  mutable std::shared_ptr<Trials> tried = nullptr;
  mutable std::shared_ptr<Paths> paths = nullptr;

  // One for all who propose options.
  Trials& trials() const {
    if (!tried) tried = std::make_shared<Trials>(spec, trace);
    return *tried;
  }

  // As longest_path().
  std::vector<LayerId> path_to(Ref end) const {
    if (!paths) paths = std::make_shared<Paths>(spec);
    return paths->to(end);
  }
};

// The layers that the diagnosis is about, and those of the levels that do not give back their size.
std::vector<LayerId> suspects(const Situation& s);

// A level whose `up` does not return what its `down` took, on the spatial axes of `wrong`.
struct BrokenLevel {
  LayerId down;
  LayerId up;
  std::vector<int> wrong;  // spatial axes of the first input
};
std::vector<BrokenLevel> broken_levels(const Situation& s);

// The first layer that fails by itself, not for one before it.
std::optional<LayerId> first_fault(const Trace& trace);
// The same where it is a merge whose inputs do not fit each other.
std::optional<LayerId> failing_merge(const Spec& spec, const Trace& trace);

// The one input goes into a layer of as many axes and channels alone: LibTorch takes it for one sample.
bool lacks_a_batch(const Spec& spec);

// Every layer runs by formula, every expectation holds. would_hold takes its steps from `s`; false when they
// are spent.
bool holds(const Spec& spec, const Trace& trace);
// Fed with the shapes of `runs_at`, where there are some.
Spec at_known_shapes(Spec spec);
// Whether it does all of that at the shapes of `runs_at`.
bool runs_as_stated(const Spec& spec);
bool would_hold(const Situation& s, const Spec& changed);

// "u1" of the layer `u1.conv`.
std::string use_of(const Situation& s, const LayerSpec& layer);
// Adds moves to a candidate, written into the file. False, and nothing added, where it does not allow them.
bool add_moves(const Situation& s, const Moves& moves, Candidate& candidate);
// One that does just `moves`, and puts in `put_in` layers; nothing where the file does not allow it.
std::optional<Candidate> candidate_of(const Situation& s, FixKind kind, std::string title, const Moves& moves,
                                      std::vector<Change> changes, int put_in = 0);
// Edits that stand for themselves, each once: layers of one block share their bytes.
void add_edits(std::vector<Edit> edits, Candidate& candidate);
// The same where the edits are known already. False where there are none.
bool add_text(const Moves& moves, std::vector<Edit> edits, Candidate& candidate);
// Puts `object`, the JSON of a layer called `name`, behind the last layer of the network; or in front, where
// all that took the first input takes it instead. False where the file does not allow it.
bool put_at_end(const Situation& s, const std::string& name, const std::string& object, Candidate& candidate);
bool put_in_front(const Situation& s, const std::string& name, const std::string& object,
                  Candidate& candidate);
// A candidate that sets options of layers: one change and its edits each.
// Edits the block where all that share a place get the same value, else the argument of the use that differs.
// Sets `places`. Nothing when two of them cannot be edited together.
bool add_sets(const Situation& s, const std::vector<Set>& sets, Candidate& candidate);
// Puts a layer before another one, in each use of its block: `options` are the rest of its object, from the
// key behind `type` on, `base` what it is called. Its name, or nothing where the file does not allow it.
std::optional<std::string> put_before(const Situation& s, LayerId layer, const std::string& type,
                                      const std::string& options, Candidate& candidate,
                                      std::string base = {});
// Puts a layer between a layer and its first input, whether that is named or what stands before. False where
// the file does not allow it.
bool put_on_input(const Situation& s, LayerId layer, const std::string& type, const std::string& options,
                  Candidate& candidate);
// Lets input `input` of a layer be named `now`, which is the layer that put_before() put in front of it
// (`fresh`), or what it took before. False where the file does not say what it takes.
bool refer_to(const Situation& s, LayerId layer, std::size_t input, std::string_view now, bool fresh,
              Candidate& candidate);
// The same for any input of a layer that names all of them, as a merge does.
bool put_on_input(const Situation& s, LayerId layer, std::size_t input, const std::string& type,
                  const std::string& options, Candidate& candidate);
// Puts a layer behind everything, or in front of everything that takes the first input.
bool put_last(const Situation& s, const std::string& type, const std::string& options, Candidate& candidate);
bool put_first(const Situation& s, const std::string& type, const std::string& options, Candidate& candidate);
// Leaves a layer out that takes what stands before it: its readers take that instead.
bool leave_out(const Situation& s, LayerId layer, Candidate& candidate);
// Lets input `input` of a layer be another tensor. False where the file does not allow it.
bool turn_input(const Situation& s, LayerId layer, std::size_t input, Ref fresh, Candidate& candidate);
// Another shape of the same rank for input number `input` of the network.
bool feed(const Situation& s, std::size_t input, const Shape& fresh, Candidate& candidate);
// The whole network that the file holds, of which the situation's may be a part.
const Spec& whole_of(const Situation& s);
// Old layers by their place in the changed network, -1 for those put in; nothing when they do not match.
std::optional<PerLayer<LayerId>> origins(const Spec& before, const Spec& after, const Candidate& candidate);
// The network as it would be after a candidate; nothing where it cannot be read. Takes a step for each layer.
std::optional<Spec> changed_by(const Situation& s, const Candidate& candidate);
// Puts a candidate to `out` where all holds behind it, else to `partial`: a step on the way. One that cannot
// be applied is dropped.
void sort_in(const Situation& s, Candidate candidate, std::vector<Candidate>& out,
             std::vector<Candidate>& partial);

// "set padding to 1 and output_padding to 0 on `u2` and `u1`"
std::string title_of(const Spec& spec, const std::vector<Set>& sets);
// Offers numbers that the author's own pattern asks for: all of them are one thought. `candidate` says of
// which kind.
void offer_as_one(const Situation& s, const std::vector<Set>& sets, Candidate candidate,
                  std::vector<Candidate>& out);

// "[2, 1]" or "2" where all entries are equal.
std::string short_json(const Value& value);

// The value of a change in a title: one number for equal ones, but for a list of any length.
std::string in_words(const Spec& spec, const Set& set);

// A name that no layer or input has: `base`, or `base` with a number.
std::string free_name(const Spec& spec, const std::string& base);

// "set output_padding to [1, 0] on `up1` and 0 on `up2`"; of many the first and the last.
std::string title_of(const Spec& spec, Opt opt, const std::vector<std::pair<LayerId, std::string>>& values);

}  // namespace shapedbg
