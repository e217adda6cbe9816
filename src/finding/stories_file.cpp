// J0xx and S1xx: a file that is not JSON, or JSON that is not a spec.
#include "finding/story.h"

namespace shapedbg {
namespace {

constexpr Story kStories[] = {
    {Code::J001, "The bytes cannot be read as JSON; the caret stands at the first place where they go wrong.",
     "Nothing behind that place can be trusted, so no network is looked at.",
     "Mostly a comma too many or too few, or a bracket that is not closed, just before the caret. `//` "
     "comments are accepted.",
     "Always: the file could not be read before."},
    {Code::J002, "A byte sequence that is not UTF-8.", "JSON is UTF-8; another reader would see other names.",
     "Save the file as UTF-8.",
     "Where the text was in another encoding and is converted, not where bytes were damaged."},
    {Code::J003, "Objects and lists nested more than 64 deep.",
     "No network needs it, and a reader that follows such a file would use up its stack.",
     "Flatten the file: layers stand in one list, repeated parts in `blocks`.",
     "When the layers keep their order."},
    {Code::J004, "More bytes, or more layers, than the limits for a spec (16 MiB, 100,000 layers).",
     "The file is probably not a spec, or was generated without end.",
     "Write repeated parts once, as a block with `repeat`, or check one part at a time.",
     "When the parts are checked with the input shapes they really get."},
    {Code::J005, "An object that holds one key twice.",
     "JSON readers silently keep one of the values, and not all of them the same one.",
     "Remove one of the two.", "When both values are the same; otherwise the author has to choose."},
    {Code::S101,
     "JSON that describes no network: no object, or no `layers`, `encoder` or `decoder` with at least one "
     "layer.",
     "There is nothing to run.", "A spec needs `input` and either `layers` or `encoder` and `decoder`.",
     "Always: nothing ran before."},
    {Code::S102, "A key that neither the format nor the layer type knows; the nearest known key is named.",
     "A misspelt option that were ignored would leave its default in force: `strides` does not set `stride`.",
     "Write the key as torch::nn does, letter for letter. `shapedbg explain TYPE` lists the options of a "
     "type.",
     "When the nearest key is the one meant. It may change shapes, as the option now counts."},
    {Code::S103, "A `type` that is no layer type of the format; the nearest one is named.",
     "What the layer returns is not known, so nothing behind it can be checked.",
     "Use the name of torch::nn. A layer the format lacks is `Custom`: its output shape is stated instead of "
     "computed.",
     "When the nearest type is the one meant; with `Custom`, when the stated shape is what the real layer "
     "returns."},
    {Code::S104, "A value of another JSON type than its key takes, say a string where a number belongs.",
     "\"3\" is not 3; a guess could be wrong silently.",
     "Write the value in the type that the message names.", "Always, where the value itself stays the same."},
    {Code::S105, "A required key that is missing, such as `kernel_size` of a convolution.",
     "There is no default for it, in torch neither.", "Add the key.",
     "`in_channels`, `in_features` and their like are inferred and may stay out."},
    {Code::S106,
     "A name in `inputs`, `indices` or `size_like` that no layer and no input has; the nearest name is "
     "named.",
     "The layer would take an unknown tensor.",
     "Write the name of an earlier layer, `prev`, or `input`. Layers without a name are called by part and "
     "place: `encoder.0`.",
     "When the nearest name is the one meant."},
    {Code::S107, "Two layers or inputs of one name.", "A reference to it could mean either.",
     "Rename one, and the references to it.", "Always, once every reference has been looked at."},
    {Code::S108, "A layer that takes its own output or that of a later layer.",
     "Layers run in the order of the file; that output does not exist yet. Recurrence in time is no part of "
     "a spec.",
     "Move the layer behind what it takes, or take another tensor.",
     "Moving a layer is safe when nothing between the two places takes its output by `prev`."},
    {Code::S109, "A layer that takes fewer or more inputs than its type does.",
     "A convolution has one input; `Add`, `Mul` and `Concat` join several.",
     "List the right names in `inputs`; put a `Concat` or `Add` before a layer that takes one.",
     "Whether tensors are to be joined or added is the author's choice: `Concat` changes the number of "
     "channels."},
    {Code::S110, "A number outside of what its option allows: a stride of 0, a negative padding.",
     "LibTorch refuses it, or, with some versions, ends the process.",
     "Use a number in the range that the message names.",
     "It changes the layer, so its output shape is to be looked at again."},
    {Code::S111,
     "A per-axis list with another length than the layer has spatial axes, or a list of `each` with another "
     "length than there are passes.",
     "A Conv2d has two axes: height and width. Which of three numbers they should take is not clear; nor is "
     "what a third pass takes from two values.",
     "One number for all axes, or a list with one per axis, first axis first. In `each`, one value per pass "
     "in every list.",
     "When all numbers of the list are the same, one number means the same."},
    {Code::S112, "A reference to something that cannot stand there, such as `indices` that name no pool.",
     "Unpooling needs the places that a MaxPool of the same number of axes has kept.",
     "Name a layer of the kind the message asks for.",
     "When that layer is on the same level: it returned the size that unpooling gets."},
    {Code::S113, "A size expression that cannot be read, or that reads an input the layer does not have.",
     "Sizes are integers or expressions over the input's axes: \"in[2]*4\", \"(in[2] + 3)//2\", "
     "\"in[1][2]\".",
     "Use +, -, *, // and in[axis]; the second input is in[1][axis].",
     "Always: the layer could not be computed before."},
    {Code::S115,
     "An `expect` that no network can meet: a negative size, a scale of 0, a number of axes out of range.",
     "The finding it would lead to says nothing about the network.",
     "`\"input\"`, a shape with null for sizes that may be anything, `{\"scale\": 4}`, or null.",
     "Always: it changes no layer."},
    {Code::S116, "Two keys of which only one can hold, such as `layers` beside `encoder`.",
     "Which of them counts is not clear.", "Remove one of them.",
     "When the one removed was not the one meant."},
    {Code::S117, "A block that uses itself, or blocks nested deeper than any network needs.",
     "Written out, the network would never end.",
     "Use `repeat` for a block that stands several times in a row.",
     "Always: the network had no end before."},
    {Code::S118, "A block that no `use` names.", "It has not been run, so nothing is known about it.",
     "Use it or remove it.", "Always: it is no part of the network."},
    {Code::S119, "An entry of `ignore` that is no risk: an unknown code, or that of an error.",
     "A misspelt code would silence nothing; an error cannot be agreed away, the network does not run or "
     "returns the wrong shape.",
     "Write a code or name of a risk (W5xx); `shapedbg explain` lists them.", "Always: it changes no layer."},
    {Code::S121, "An entry of `sizes` whose name stands in no shape of an input.",
     "The network is checked at the numbers that stand there, not for the range: nothing is known about "
     "other "
     "sizes.",
     "Write the name in place of the number in `input`, or remove the entry.",
     "When the network was never meant to take other sizes."},
    {Code::S120, "An entry of `for` that is the name of no target.",
     "Nothing would be said about the runtime or framework that is meant.",
     "Write a name that `shapedbg check --help` lists behind `--for`.", "Always: it changes no layer."},
};

}  // namespace

std::span<const Story> file_stories() { return kStories; }

}  // namespace shapedbg
