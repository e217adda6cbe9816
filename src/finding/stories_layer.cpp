// L2xx: a layer that cannot be built or run.
#include "finding/story.h"

namespace shapedbg {
namespace {

constexpr Story kLayerStories[] = {
    {Code::L201, "output_padding that is neither smaller than the stride nor smaller than the dilation.",
     "output_padding chooses among the sizes that the stride maps to one; there are stride - 1 more of them. "
     "LibTorch's bound is output_padding < max(stride, dilation).",
     "Lower output_padding to at most stride - 1; a layer that shall double the size needs stride 2, not "
     "output_padding.",
     "When the size returned is the one wanted; the stride multiplies it.",
     "(12 - 1)*1 - 2*1 + 1*(3 - 1) + 1 + 1 = 13: with stride 1, output_padding 1 is refused"},
    {Code::L202, "in_channels or out_channels that `groups` does not divide.",
     "Every group convolves as many channels as every other.",
     "Change `groups` to a common divisor of both, or the channels to multiples of it.",
     "Changing groups keeps all shapes, not the number of weights."},
    {Code::L203, "A layer that is built for another number of channels or features than it gets.",
     "Its weights have the shape of the channels it was built for. The related place is the layer that made "
     "the others.",
     "Leave `in_channels` (num_features, …) out and it is inferred; or change out_channels of the layer "
     "before. Behind a Concat the channels of all inputs add up.",
     "Leaving it out is safe for a new network; trained weights of the other shape do not load any more.",
     "`cat` joins 64 and 64 channels: 128 for the next layer, not 64"},
    {Code::L204, "A tensor with another number of axes than the layer takes.",
     "A Conv2d takes N,C,H,W or C,H,W. One axis less is often a missing batch axis, two a Flatten too early; "
     "one more an Unsqueeze too many, or a Squeeze of an axis that is not 1, which drops nothing. The layer "
     "that gave the tensor its axes is named.",
     "Unsqueeze, Unflatten or Reshape before the layer, or the right number of axes of the type (Conv1d, 2d, "
     "3d).",
     "When the axes added are of size 1 or were flattened just before."},
    {Code::L205, "A kernel, dilation counted, that is larger than the padded map.",
     "Not one window fits. The map shrank on the way: the sizes along it are listed.",
     "A larger input, one level less, or padding. The first layer to shrink the map too much is seldom the "
     "one that raises.",
     "A larger input changes no layer; less levels and padding do.",
     "32, `pool1` 16, `pool2` 8, `pool3` 4: a kernel of 5 without padding does not fit into 4"},
    {Code::L206, "A layer whose output would have a size below 1.",
     "A tensor without elements is refused by some layers and builds of LibTorch and passed on by others, so "
     "the error shows elsewhere.",
     "A larger input, or less padding where a transposed layer crops: it returns (x-1)s - 2p + d(k-1) + 1.",
     "A larger input changes no layer."},
    {Code::L207,
     "Padding larger than the layer can take: over half of the kernel for a pool, as large as the map for "
     "reflection.",
     "A pool's window would lie in the padding alone; reflection has no more rows to mirror.",
     "A smaller padding, or zeros instead of reflection.",
     "It changes the size returned, or the values at the border."},
    {Code::L208,
     "The inputs of a Concat, Add or another merge that differ in an axis in which they have to be equal.",
     "The layer that raises is seldom the one to change. A stride or pool rounded a size down, its "
     "transposed layer returned another, and the skip still has the first. Both paths are shown with the "
     "size at each step. Where they start from inputs of different sizes that one size would join, those are "
     "told. Where the two fit for no input near this one, an option is wrong, not the input: the layers that "
     "keep them apart are named first, by their strides, else by what nothing undoes, else by kernel and "
     "padding.",
     "`\"size_like\": \"SKIP\"` on the layer that upsamples; output_padding on it; a Crop or Pad; or an "
     "input that is a multiple of all strides together.",
     "size_like is right for every input size. output_padding is right for the sizes that the fix names, "
     "mostly even or odd ones only.",
     "75 -> `pool3` floor((75 - 2)/2) + 1 = 37 -> `up1` (37 - 1)*2 + 2 = 74\n"
     "the skip from before `pool3` has 75, so `cat` gets 75 and 74\n"
     "74 and 75 both become 37: `up1` cannot know which it was\n"
     "\"size_like\" on `up1` asks for 75 there; an input of 72 or 80 never meets the question"},
    {Code::L209,
     "A Linear, a recurrent or an attention layer that gets another number of features than it is built for.",
     "It maps the last axis. Behind a Flatten that is channels times height times width, so it changes with "
     "the input size.",
     "Leave in_features out, or pool to a fixed size before the Flatten (AdaptiveAvgPool2d).",
     "Leaving it out is safe for this input size; only the pool makes it right for all.",
     "[1, 32, 8, 8] flattens to 32*8*8 = 2048 features\n"
     "in_features 1568 = 32*7*7 was built for inputs of 28x28, not 32x32"},
    {Code::L210,
     "Unpooling that gets a map of another size than its pool returned, or returns another than its pool "
     "took.",
     "The indices are places in the map that was pooled: in one of another size they mean other places or "
     "none.",
     "`\"size_like\": \"INPUT OF THE POOL\"` on the unpooling, and the same on the layers between that lost "
     "a size.",
     "size_like is right for every size."},
    {Code::L211, "A reshape, or unflatten, to another number of elements.",
     "The same elements in another shape have to be as many. A fixed shape fits one input size and one "
     "batch. Named are the layers that set the sizes it gets, behind transposes, too, and what a Flatten or "
     "Concat made of them.",
     "One -1 in the shape, or sizes computed from the input: \"in[0]\".",
     "-1 for the batch axis hides a wrong size (W509); -1 for channels or features shows it."},
    {Code::L212, "An axis, or an output such as `id:1`, that is not there.",
     "Axes count from 0, negative ones from the end: a tensor of 4 axes has -4 to 3.",
     "Use an axis in the range that the message names.",
     "When it is the axis meant; a layer before may have dropped one."},
    {Code::L213, "A size asked for by size_like or output_size that no output_padding gives.",
     "A transposed layer returns (x-1)s - 2p + d(k-1) + 1 + output_padding, with output_padding from 0 to s "
     "- 1: s sizes, and this one is not among them.",
     "Match the layer to the one it undoes: same stride, same d(k-1) + 1 - 2p. Or crop or pad to the size.",
     "With stride and net kernel equal, every size of the encoder can be reached; the weights have another "
     "shape where kernel_size changes.",
     "x = 12, s = 2, p = 1, k = 3: (12 - 1)*2 - 2 + 2 + 1 = 23, so 23 and 24 can be reached\n"
     "a size_like of 25 cannot: 25 becomes 13, not 12, under the mirrored layer"},
    {Code::L214, "Options of a layer that exclude each other, such as padding \"same\" with stride 2.",
     "LibTorch refuses to build the layer.", "Remove one of them; for stride 2, padding (k-1)/2 in numbers.",
     "When the shape returned stays the one wanted."},
    {Code::L215,
     "Channels, or a size, that are not divisible as the layer needs: by num_groups, by upscale_factor^2, by "
     "chunks.",
     "The layer divides them into equal parts.", "Change the layer before it to a multiple, or the divisor.",
     "num_groups keeps all shapes; the others change them."},
    {Code::L216, "A tensor or weight with more elements than LibTorch can address.",
     "Its sizes are computed in 64 bits and overflow, so what it would say is not to be trusted. A Linear "
     "behind a Flatten of a large map is the usual reason.",
     "Pool before the Flatten, or reduce features.",
     "It is another network; the one as written can run nowhere."},
    {Code::L217, "A normalisation without running statistics over a single value per channel.",
     "The variance of one value is 0 and its estimate undefined; LibTorch raises, in evaluation too.",
     "Leave the norm out there, use track_running_stats, or a LayerNorm or GroupNorm over several channels.",
     "Leaving it out keeps all shapes."},
    {Code::L218, "A crop to a size larger than its input.", "There is nothing to take the missing rows from.",
     "A Pad to that size, or a Crop of the other tensor: the larger of the two is cropped.",
     "When both sides of the merge are to have the smaller size."},
    {Code::L219,
     "Integers where a layer computes with floating point, such as the indices of a MaxPool, or floating "
     "point where an Embedding looks up integers.",
     "torch has no kernel for it and raises, wherever the layer stands.",
     "Take the layer's first output, `pool` in place of `pool:1`; give an Embedding an input of its own, or "
     "the indices of a pool.",
     "When the tensor taken instead is the one meant."},
    {Code::L220,
     "A layer that LibTorch runs on these sizes, but not as the tensor lies in memory: behind a Permute or "
     "Transpose the axes are exchanged and the numbers stay where they are.",
     "Some kernels (LocalResponseNorm over N,C,D,H,W, an unbatched MaxPool3d) only know the orders that "
     "torch makes by itself, and raise. The rest of the table ran on a copy in order.",
     "Put `.contiguous()` behind the layer that exchanges the axes; in a spec it is {\"type\": "
     "\"Contiguous\"}.",
     "Always: the copy holds the same numbers."},
    {Code::L299,
     "A layer that LibTorch refuses for a reason that shapedbg has no rule for, or that PyTorch refused when "
     "the "
     "network was recorded; what it says stands in the note or the message.",
     "LibTorch has the last word on what runs.",
     "As LibTorch's message says. Please report it too: a rule is missing.",
     "Run the check again after each change."},
};

}  // namespace

std::span<const Story> layer_stories() { return kLayerStories; }

}  // namespace shapedbg
