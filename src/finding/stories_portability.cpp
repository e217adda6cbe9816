// P7xx: what becomes of the network's sizes where it is to run (`--for`, `"for"`). The facts themselves stand
// in portability/facts.cpp.
#include "finding/story.h"

namespace shapedbg {
namespace {

constexpr Story kPortabilityStories[] = {
    {Code::P701,
     "A layer for which a target of `--for` returns another size than PyTorch, at the declared size or at "
     "one "
     "that a free size may have.",
     "Nothing is raised: the target rounds, pads or crops by a rule of its own, and the map that comes out "
     "is a "
     "row larger or smaller. It shows where two maps meet, or in the result.",
     "The fix that is offered, where one is: numbers by which both return the same size. `size` in place of "
     "scale_factor, another padding in place of ceil_mode.",
     "The size stays what PyTorch returned, for every declared size. Values at the border may change where a "
     "window moves.",
     "Upsample by 0.29 of 100x100: 28x28 in PyTorch, 29x29 in onnxruntime 1.32.0\n"
     "MaxPool2d k 2, s 2, p 1, ceil_mode on 3x3: 2x2 in PyTorch, 3x3 in ncnn"},
    {Code::P702,
     "A layer that PyTorch runs and a target of `--for` refuses, when the file is written, loaded or run.",
     "Targets check options by rules of their own, and exporters write what they then cannot run.",
     "The fix that is offered, where one is: other numbers for the same size.",
     "The size stays what it was, for every declared size.",
     "ConvTranspose2d k 3, s 2, d 3, output_padding 2: legal by its dilation\n"
     "onnxruntime 1.32.0 wants less than the stride"},
    {Code::P703,
     "A layer that follows the size of its input in PyTorch, and keeps numbers of the example in the "
     "exported "
     "network; only where the spec declares free sizes that part.",
     "An export runs the network once. What forward computes from sizes becomes constants then, in silence.",
     "Where all declared sizes take the same numbers, those numbers as options; else a network without the "
     "layer, or one export for each size.",
     "Options in place of a size at forward time return the same for the declared sizes, and another size "
     "elsewhere.",
     "AdaptiveAvgPool2d(3) exported from 6x6 has kernel and stride 2: 9x9 becomes 4x4"},
    {Code::P704,
     "A layer whose numbers, written one by one into a framework of `--for`, return another size there. A "
     "note: "
     "nobody is forced to write it so.",
     "The words are the same, the conventions are not: what `padding` counts, what output_padding is when "
     "left out, how a window that hangs over the border ends.",
     "What the note says to write; `shapedbg explain ConvTranspose2d --for keras` has the whole layer.",
     "Nothing in this network changes.",
     "ConvTranspose2d k 3, s 2, p 1 of 5 returns 9; Keras with padding \"same\" 10, with output_padding=0 9"},
};

}  // namespace

std::span<const Story> portability_stories() { return kPortabilityStories; }

}  // namespace shapedbg
