// I6xx: a file that cannot be imported, or a part of it.
#include "finding/story.h"

namespace shapedbg {
namespace {

constexpr Story kImportStories[] = {
    {Code::I601,
     "A file that holds no network as its author wrote it: a decomposed graph, a compiled package, "
     "TorchScript, "
     "weights alone, or something else altogether.",
     "The layers can no longer be told, so neither can the one at fault.",
     "The message names what to save instead; for PyTorch that is torch.export.save of the graph as it was "
     "exported, "
     "before run_decompositions().",
     "Always: nothing was read before."},
    {Code::I602,
     "A file that ends too early, whose parts contradict each other, or that lacks what the others name.",
     "What is left could be another network than the one that was saved.", "Save or copy the file again.",
     "Always: nothing was read before."},
    {Code::I603,
     "A file with more bytes, layers, values or nesting than any network needs, or one that unpacks to many "
     "times its "
     "size.",
     "Reading it could take all memory; such files are mostly made to do that, or by a loop without an end.",
     "Export one part of the network, or the network without its loop over time steps.",
     "When the parts are checked with the input shapes they really get."},
    {Code::I604,
     "Operators of the file that no layer kind stands for, counted. Each is a Custom layer that returns what "
     "it returned "
     "when the file was made, by a rule for other sizes where one follows from the file.",
     "A Custom is taken at its word: its own size rule is not checked against LibTorch.",
     "Nothing is to be done where its sizes are right. Else write its `output` in the imported spec.",
     "When the rule is the operator's own."},
    {Code::I605,
     "What the file does not say and shapedbg assumed: how layers are wired, an input's size, a default.",
     "The network that is checked may be another one than the author's.",
     "Read the imported spec where the note says, or import from a source that has it: the Python class, or "
     "what "
     "torch.export.save writes.",
     "When the assumption is the author's meaning."},
    {Code::I606,
     "`--input` names an input that the network does not have, or gives one a shape that it cannot take: "
     "another number of axes, or another size than an ONNX file or a program of torch.export was exported "
     "at, "
     "whose sizes stand in it as numbers, in a Reshape or as what a Resize makes.",
     "The network would be checked for something it was not made for; onnxruntime stops in the first node "
     "that holds such a number, and torch refuses any other size, whatever the program would do.",
     "Give each input by its name, `--input x=1,3,64,64`; the message lists those of the network. A file "
     "that "
     "is fixed to a size is exported anew: with `dynamic_shapes` of torch.onnx.export, with `dynamo=False` "
     "its `dynamic_axes`; tf2onnx takes `--inputs x:0[1,-1,-1,3]`.",
     "When the file is to run at its own size alone: check it without `--input`.",
     "`--input 1,3,96,128` for a file exported at 64x64 that reshapes to 1x256x16: 256 was 16 times 16"},
    {Code::I607, "The file states a shape for a tensor, and the operators before it give another one.",
     "A runtime allocates what its operators return, warns, or stops; a program that trusts the statement "
     "breaks.",
     "Export the network anew, or run onnx.shape_inference on it without the old value_info. An exporter "
     "that wrote "
     "it has a fault worth reporting.",
     "When nothing reads the statement."},
    {Code::I608,
     "A Resize by factors whose product with a size lies next to an integer: the file declares the size that "
     "torch returned, onnxruntime computes in single precision and returns another one.",
     "The exporter ran the network in PyTorch and wrote down what it saw; the runtime does not read that. "
     "What "
     "follows gets a map of another size.",
     "`size` in place of scale_factor before the export, or a factor that is exact.",
     "`size` with the declared number changes nothing in PyTorch.",
     "Resize of 100 by 0.29: the file declares 28, onnxruntime 1.32.0 returns 29"},
    {Code::I609,
     "The program was run, or exported with what it returned, and the layer that was made of one of its "
     "calls "
     "returns another shape at the same input.",
     "The call is read wrongly. What is said of this layer and of those behind it is about another network "
     "than the program's own.",
     "Nothing in the program: the fault is in how it is read here, and worth a report with the call's line. "
     "`shapedbg import` writes the spec, in which the layer can be set right by hand.",
     "When no layer behind it matters to what is asked."},
    {Code::I610,
     "A call of the program raised when it was recorded, and the layer that was made of it runs by all that "
     "is "
     "known here.",
     "The network raises, whatever its shapes say: the reason is one that shapes do not tell, or a rule that "
     "is "
     "missing here.",
     "The message is PyTorch's own; the line of the call is named with it.",
     "When the program catches what the call raises and goes another way."},
};

}  // namespace

std::span<const Story> import_stories() { return kImportStories; }

}  // namespace shapedbg
