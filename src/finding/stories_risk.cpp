// W5xx: runs, and may all the same not be what its author wants.
#include "finding/story.h"

namespace shapedbg {
namespace {

constexpr Story kRiskStories[] = {
    {Code::W501,
     "An Add or Sub that repeats an input of size 1 along an axis of the other, and any merge that stretches "
     "both sides.",
     "An axis of size 1 fits every size, so a tensor of a wrong shape passes without an error: one channel "
     "onto 64, a map of 1x1 onto 8x8. Gates (a Mul with one smaller side), vectors per channel, and axes "
     "made 1 by a Mean, an adaptive pool, Unsqueeze or Reshape are meant and not reported.",
     "Give the input the shape of the other, or say that it is meant.",
     "A convolution to the right number of channels makes another network; saying that it is meant changes "
     "nothing.",
     "Add of [1, 64, 8, 8] and [1, 1, 8, 8] returns [1, 64, 8, 8]: the one channel is added 64 times"},
    {Code::W502,
     "A layer whose output no other layer takes, or an input that nothing takes. The last layer, and a layer "
     "with its own `expect`, are outputs.",
     "It costs time and memory, and is mostly a skip that was forgotten: a Concat or Add that should name it "
     "in `inputs`.",
     "Name it in `inputs` of the layer that should take it, remove it, or give it an `\"expect\"` where it "
     "is one more output.",
     "Removing it changes no other shape."},
    {Code::W503,
     "A strided convolution or pool whose last window ends before the map does. Rows of padding do not "
     "count, nor does a kernel smaller than its stride.",
     "The rows (columns, values) behind the last window influence nothing. The decoder has to invent them, "
     "or the output is smaller than the input.",
     "ceil_mode of a pool, more padding, or an input that is a multiple of the strides (PadToMultiple).",
     "PadToMultiple keeps all layers as they are; ceil_mode and padding change the sizes behind.",
     "a pool with k 2, s 2 on 75 rows: 37 windows cover 74, the last row is left out"},
    {Code::W504, "A transposed convolution whose stride is above 1 and does not divide its kernel_size.",
     "Neighbouring output positions then get different numbers of weights, which shows as a regular pattern, "
     "most of all early in training (Odena et al., Distill 2016).",
     "A kernel_size divisible by the stride (4 for 2), or Upsample and a convolution.",
     "Other weights: only before training. k 4, s 2, p 1 doubles the size exactly, as k 3, s 2, p 1 with "
     "output_padding 1 does.",
     "k 3, s 2: positions get 1 or 2 weights per axis, 1, 2 or 4 on a map"},
    {Code::W505,
     "A network that runs, and returns what is expected, only for some residue classes of the input size, "
     "proven for all sizes.",
     "The declared size is among them, so nothing shows until another image comes. The nearest larger size "
     "that fails is tried, and the layer named where it does.",
     "PadToMultiple at the start and a Crop at the end, or `size_like` on the layers that upsample.",
     "Both leave the result for the sizes that were right as it is.",
     "four pools of 2: 128 -> 64 -> 32 -> 16 -> 8 and back; 129 -> 64, and the skip has 129 where 128 comes "
     "back"},
    {Code::W506,
     "An InstanceNorm on a map of 1x1, or a BatchNorm that gets one value per channel at a batch of 1.",
     "A single value less its mean is 0: the layer erases what it gets. Python raises for InstanceNorm "
     "always and for BatchNorm while training; C++ passes the first in silence.",
     "Leave the norm out at the bottleneck, stop one level earlier, or train with 2 or more per batch.",
     "Leaving the norm out keeps all shapes."},
    {Code::W507,
     "output_padding of at least the stride, legal only through a dilation, or a size larger than any that "
     "the mirrored layer can have taken.",
     "output_padding gives back rows that a stride has dropped, at most stride - 1. What is beyond comes "
     "from nowhere.",
     "Lower it to stride - 1 or less; use padding or another kernel_size where the size is still too small.",
     "When the size returned is then the one wanted."},
    {Code::W508, "padding \"same\" around a kernel over an even number of positions, dilation counted.",
     "The zeros cannot be split evenly: one more stands at the end, so every such layer shifts the map by "
     "half a step against its input, and against a skip. LibTorch also copies the input to pad it.",
     "An odd kernel_size.", "Other weights: only before training. All sizes stay."},
    {Code::W509,
     "A Reshape with constants that changes or fixes the batch axis, a Flatten from axis 0, or a Squeeze "
     "that drops a batch of 1.",
     "Sizes that belong to channels or space move into the batch, or the network runs for one batch size "
     "alone, and with a batch of 1 nothing raises. A fold that is undone later, or is computed "
     "(\"in[0]*in[1]\"), is meant and not reported.",
     "\"in[0]\" as the first size; start_dim 1; `dim` of Squeeze; the mean of a map's places where there is "
     "to "
     "be one answer for each sample.",
     "For the declared input the result stays the same where the batch was kept; where it was not, later "
     "layers see another shape.",
     "[4, 1, 56, 28] reshaped to [-1, 784] is [8, 784]: 8 results for 4 images"},
    {Code::W510,
     "A transposed convolution that adds more rows than its padding crops, by output_padding, size_like or "
     "output_size.",
     "No window reaches the last output_padding - padding rows: they hold the bias, whatever the input was.",
     "kernel_size larger by 2 and padding by 1 where the weights are still free; else accept a constant "
     "border of that width, or crop or pad the map.",
     "Other weights: only before training.",
     "k 2, s 2, p 0 on 37 reaches 74 rows; output_padding 1 makes 75, of which the last is bias alone"},
    {Code::W511,
     "A Reshape, Flatten or Unflatten whose new sizes cut through a run of elements that belong together, or "
     "that puts "
     "the end of one axis and the beginning of another into one, or that takes two sizes which a Reshape "
     "just "
     "made of one axis the other way round. Heads, windows, patches, frames in the "
     "batch and any "
     "factorisation of learned features are meant and not reported.",
     "The number of elements is right, so it runs: rows of tokens become rows of pixels, and no later layer "
     "can undo "
     "it. The network trains, badly.",
     "Reshape so that every old axis stays whole or is split, Permute, then Reshape to what is wanted.",
     "Weights behind it were trained on scrambled data: they fit, and have to be trained anew.",
     "[1, 196, 768] to [1, 3, 224, 224]: [1, 14, 14, 16, 16, 3], Permute [0, 5, 1, 3, 2, 4], [1, 3, 224, "
     "224]"},
    {Code::W512,
     "A window that slides over an axis with channels between its positions, or over channels while its "
     "channels are "
     "positions; a layer whose features are parts of positions, with the others in another axis; a softmax "
     "of "
     "scores over another axis than the one that is summed over, by a MatMul or as a product, or over places "
     "where classes are told apart; a LayerNorm along the rows of a square image, or over tokens of which "
     "there are as many as "
     "features; pieces of features read as rows and columns; an attention along the channels of a map that "
     "was taken apart by rows; a Pad that moves channels, not places.",
     "Neighbours along such an axis are no neighbours in the input; weights that should add up to 1 do not.",
     "Permute in front of the layer, or the other `dim`.",
     "All sizes can stay; the weights learned something else.",
     "[1, 64, 8] with 64 positions: Conv1d of 64 channels slides over the 8 features"},
    {Code::W513,
     "A merge where height meets width (of two inputs, too), windows what lies in them, or positions meet "
     "channels "
     "of the same input; scores that sum over places of the queries and features of the keys; an output that "
     "is to be "
     "the input and has its axes in another order, or a map of a square image that comes out columns first.",
     "On square inputs, or where sizes happen to agree, nothing raises.",
     "The Permute or Transpose that is missing.", "All sizes stay where the axes have one size.",
     "x + x.transpose(2, 3) of a map of 16x16"},
    {Code::W514,
     "An Add, Concat or output whose tensors descend from the same positions and lie further apart than half "
     "of the "
     "coarsest step on their way, on average; or nearer, by a cut or pad that no window and no other cut "
     "makes good for; or whose steps differ. Causal layers, whose windows end at one position, are meant "
     "where "
     "no window along that axis looks to both sides, and so is a Concat of channels of one tensor that were "
     "shifted. Tokens of a map lie in one row: cut or padded they meet others, and cut into rows they are "
     "no map. What was rolled has to be rolled back.",
     "The skip then brings details of another place. Sizes do not show it: a crop of 8 at the start and one "
     "of 4 on both "
     "sides leave the same size.",
     "Crop or pad on the side that the other way loses.", "All sizes stay.",
     "a kernel of 5 without padding begins 2 places in: a skip cut from 4 on is 2 places off"},
    {Code::W515,
     "A Concat along the batch that no Chunk or Slice takes apart again, a softmax over it, a merge of the "
     "batch with another axis, a recurrent layer or attention along it where any other layer takes axis 0 "
     "for samples, or where one place along axis 1, or the mean of all, is taken behind it; a MatMul that "
     "sums over parts of samples, an output over whose axes samples are spread. Looked at with a batch of 7, "
     "where the spec takes one.",
     "With a batch of 1 nothing shows; with more, one result depends on another image.",
     "The axis that is meant: dim 1 joins channels; `batch_first` where samples come first.",
     "For a batch of 1 a Concat then returns another shape."},
    {Code::W516,
     "A merge that stretches one position that a convolution made of several. Pooled, reduced and given "
     "sizes of 1 are "
     "meant.",
     "Every place then gets the same value, that of the one window.",
     "The kernel_size and stride that leave a position for each.", "Other weights: only before training."},
    {Code::W517,
     "A Softmax over an axis of size 1, or a GroupNorm or InstanceNorm of one channel that is the output.",
     "The softmax is 1 everywhere; the normalised output has mean 0 and deviation 1 whatever came in.",
     "The axis that is meant, or leave the norm out at the output.", "Leaving it out keeps all sizes."},
    {Code::W518,
     "A Concat, Add, Sub or Div of two layers that return the same values, one of them a Slice or Roll; a "
     "Concat that lays the same positions of an input end to end; two tensors that are compared twice at one "
     "distance among several; pieces of an axis that make up its size and overlap. x + x of one layer is "
     "meant.",
     "Even rows twice are the right size, and the odd ones are lost.",
     "The other part: [1, null, 2] beside [0, null, 2].", "All sizes stay."},
    {Code::W519,
     "A scale_factor whose product with a size, declared or of a free size, lies so near to an integer that "
     "the arithmetic decides what is left when it is rounded down.",
     "LibTorch multiplies in double precision; 90 * 0.7 is 62.99999999999999 there, and 63 in single "
     "precision, in which most runtimes compute. A network that merges this map then fails after its export.",
     "`size`, or `size_like` where a tensor has that size; or a factor that is exact, such as 0.75 or 2.",
     "`size` with the number that LibTorch returns changes no value for that input.",
     "90 * 0.7: floor(62.99999999999999) = 62 in LibTorch, 63 in onnxruntime 1.32.0"},
    {Code::W520,
     "An Upsample of mode nearest-exact with align_corners, an AdaptiveAvgPool1d or AdaptiveMaxPool1d "
     "whose output_size is null, and a MaxUnpool that returns a whole stride more or less than its own "
     "options "
     "give.",
     "Networks are run by the C++ library here. torch.nn of Python looks at some options itself and raises "
     "where the library goes on, so that the same network stops there.",
     "Leave align_corners out; leave out a pool that keeps the size; let a MaxUnpool return the size that "
     "its pool took.",
     "The first two change no value: align_corners means nothing to nearest-exact, and a pool to its own "
     "size "
     "returns what it gets."},
};

}  // namespace

std::span<const Story> risk_stories() { return kRiskStories; }

}  // namespace shapedbg
