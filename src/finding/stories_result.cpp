// R3xx: runs, and returns another shape than wanted. C4xx: does so for some declared size. X9xx: a fault of
// shapedbg or around it.
#include "finding/story.h"

namespace shapedbg {
namespace {

constexpr Story kResultStories[] = {
    {Code::R301, "A network that is to return the size that went in, and returns another.",
     "A strided layer maps several sizes to one: floor((x + 2p - d(k-1) - 1)/s) + 1. Its transposed layer "
     "gets that one and returns (x-1)s - 2p + d(k-1) + 1, the smallest of them where both are mirrored. "
     "Nothing raises: a loss that broadcasts or a crop hides it.",
     "output_padding on the layer named, or `size_like` that names the tensor whose size is wanted. With "
     "several levels, the innermost wrong one first. Where the size comes back for no input near this one, "
     "an option is wrong, not the input: strides that do not undo each other are named first, then a layer "
     "that changes the size and that nothing undoes, then a pair whose kernel and padding do not agree.",
     "`size_like` is right for every size. output_padding is right for the sizes that the fix names. A "
     "changed kernel_size, stride or padding makes other weights or other values.",
     "input 24 -> `down` (k 3, s 2, p 1): floor((24 + 2 - 2 - 1)/2) + 1 = 12\n"
     "      12 -> `up`   (k 3, s 2, p 1): (12 - 1)*2 - 2 + 2 + 1 = 23, and 24 went in\n"
     "23 and 24 both become 12. output_padding 1 returns 24 - right for even sizes;\n"
     "an input of 23 needs 0. \"size_like\": \"input\" on `up` is right for both"},
    {Code::R302, "A network whose last layer returns another shape than `expect` states.",
     "What stands behind it, a loss, another network, a file format, was made for the stated shape.",
     "The layer named made the axis that differs: out_channels for channels; stride, padding or a missing "
     "layer for sizes. Or the expectation is wrong.",
     "Changing `expect` changes no layer; channels of the last layer touch nothing before it."},
    {Code::R303, "A layer that returns another shape than its own `expect` states.",
     "The author wrote down a size in the middle of the network, and a change before it broke it.",
     "As for the whole network, with the layers before this one.",
     "Later layers were made for the stated shape, so meeting it repairs them too."},
    {Code::C401,
     "A network that is right for the smallest size that `sizes` declares, and not for every other one.",
     "Strides map several sizes to one, so a network that gives one size back may silently return another "
     "for the next, or fail where two ways meet. The message names the smallest declared size that fails and "
     "what comes of it.",
     "`size_like` on the transposed layers, a PadToMultiple before the first layer with a Crop behind the "
     "last, or a `multiple_of` that the network is right for.",
     "A narrower `sizes` changes no layer, but the callers have to keep to it. `size_like` is right for "
     "every size.",
     "\"input\": [1, 3, \"H\", 64], \"sizes\": {\"H\": {\"min\": 64, \"max\": 512}}\n"
     "two strides of 2, each undone with output_padding 1: 65 returns 68;\n"
     "right for multiples of 4: {\"min\": 64, \"max\": 512, \"multiple_of\": 4}"},
    {Code::X901, "shapedbg's formula and LibTorch return different shapes for a layer.",
     "One of them is wrong, and it is shapedbg: the table shows LibTorch's shapes, but explanations and "
     "fixes rest on the formulas and are held back.",
     "Please report the layer and its input shape. Nothing in the spec has to change.",
     "Nothing is changed."},
    {Code::X902,
     "A network that could not be run for a reason outside of the spec: no LibTorch, no memory, no such "
     "device.",
     "Without a run the shapes are formulas only.",
     "`--device off` answers by formula, `--device meta` runs without memory; the message names what is "
     "missing.",
     "Both give the same shapes; neither runs the values."},
};

}  // namespace

std::span<const Story> result_stories() { return kResultStories; }

}  // namespace shapedbg
