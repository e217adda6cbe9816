#include "net/words.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/lower.h"

namespace shapedbg {
namespace {

// Words are small letters without `_`. `{n}` in a type: the number of spatial axes at hand.
struct KindWord {
  std::string_view word;
  std::string_view kind;  // empty: there is no such type
  std::string_view from;
  std::string_view options;  // see MeantKind
  std::string_view advice;
};

// clang-format off
constexpr KindWord kKindWords[] = {
    {"dense", "Linear", "Keras", "", ""},
    {"convolution1d", "Conv1d", "Keras", "", ""},
    {"convolution2d", "Conv2d", "Keras", "", ""},
    {"convolution3d", "Conv3d", "Keras", "", ""},
    {"conv1dtranspose", "ConvTranspose1d", "Keras", "", ""},
    {"conv2dtranspose", "ConvTranspose2d", "Keras", "", ""},
    {"conv3dtranspose", "ConvTranspose3d", "Keras", "", ""},
    {"convolution1dtranspose", "ConvTranspose1d", "Keras", "", ""},
    {"convolution2dtranspose", "ConvTranspose2d", "Keras", "", ""},
    {"convolution3dtranspose", "ConvTranspose3d", "Keras", "", ""},
    {"maxpooling1d", "MaxPool1d", "Keras", "", ""},
    {"maxpooling2d", "MaxPool2d", "Keras", "", ""},
    {"maxpooling3d", "MaxPool3d", "Keras", "", ""},
    {"averagepooling1d", "AvgPool1d", "Keras", "", ""},
    {"averagepooling2d", "AvgPool2d", "Keras", "", ""},
    {"averagepooling3d", "AvgPool3d", "Keras", "", ""},
    {"globalaveragepooling1d", "AdaptiveAvgPool1d", "Keras", "\"output_size\": 1", ""},
    {"globalaveragepooling2d", "AdaptiveAvgPool2d", "Keras", "\"output_size\": 1", ""},
    {"globalaveragepooling3d", "AdaptiveAvgPool3d", "Keras", "\"output_size\": 1", ""},
    {"globalavgpool1d", "AdaptiveAvgPool1d", "Keras", "\"output_size\": 1", ""},
    {"globalavgpool2d", "AdaptiveAvgPool2d", "Keras", "\"output_size\": 1", ""},
    {"globalavgpool3d", "AdaptiveAvgPool3d", "Keras", "\"output_size\": 1", ""},
    {"globalmaxpooling1d", "AdaptiveMaxPool1d", "Keras", "\"output_size\": 1", ""},
    {"globalmaxpooling2d", "AdaptiveMaxPool2d", "Keras", "\"output_size\": 1", ""},
    {"globalmaxpooling3d", "AdaptiveMaxPool3d", "Keras", "\"output_size\": 1", ""},
    {"globalmaxpool1d", "AdaptiveMaxPool1d", "Keras", "\"output_size\": 1", ""},
    {"globalmaxpool2d", "AdaptiveMaxPool2d", "Keras", "\"output_size\": 1", ""},
    {"globalmaxpool3d", "AdaptiveMaxPool3d", "Keras", "\"output_size\": 1", ""},
    {"layernormalization", "LayerNorm", "Keras", "", ""},
    {"groupnormalization", "GroupNorm", "Keras", "", ""},
    {"rmsnormalization", "RMSNorm", "Keras", "", ""},
    {"upsampling1d", "Upsample", "Keras", "", ""},
    {"upsampling2d", "Upsample", "Keras", "", ""},
    {"upsampling3d", "Upsample", "Keras", "", ""},
    {"zeropadding1d", "ZeroPad1d", "Keras", "", ""},
    {"zeropadding2d", "ZeroPad2d", "Keras", "", ""},
    {"zeropadding3d", "ZeroPad3d", "Keras", "", ""},
    {"reflectionpadding1d", "ReflectionPad1d", "Keras", "", ""},
    {"reflectionpadding2d", "ReflectionPad2d", "Keras", "", ""},
    {"reflectionpadding3d", "ReflectionPad3d", "Keras", "", ""},
    {"cropping1d", "Crop", "Keras", "", ""},
    {"cropping2d", "Crop", "Keras", "", ""},
    {"cropping3d", "Crop", "Keras", "", ""},
    {"concatenate", "Concat", "Keras", "", ""},
    {"subtract", "Sub", "Keras", "", ""},
    {"multiply", "Mul", "Keras", "", ""},
    {"dot", "MatMul", "Keras", "", ""},
    {"thresholdedrelu", "Threshold", "Keras", "", ""},
    {"swish", "SiLU", "Keras", "", ""},
    {"exponential", "Exp", "Keras", "", ""},
    {"spatialdropout1d", "Dropout1d", "Keras", "", ""},
    {"spatialdropout2d", "Dropout2d", "Keras", "", ""},
    {"spatialdropout3d", "Dropout3d", "Keras", "", ""},
    {"gaussiandropout", "Dropout", "Keras", "", ""},
    {"activation", "", "Keras", "", "write the activation's own type, such as `ReLU`"},
    {"inputlayer", "", "Keras", "", "`input` of the spec says what goes in"},
    {"depthwiseconv1d", "", "Keras", "", "write a `Conv2d`, or its kin, with `groups` equal to its channels"},
    {"depthwiseconv2d", "", "Keras", "", "write a `Conv2d`, or its kin, with `groups` equal to its channels"},
    {"depthwiseconv3d", "", "Keras", "", "write a `Conv2d`, or its kin, with `groups` equal to its channels"},
    {"separableconv1d", "", "Keras", "", "write two convolutions: one with `groups` equal to its channels, one with kernel_size 1"},
    {"separableconv2d", "", "Keras", "", "write two convolutions: one with `groups` equal to its channels, one with kernel_size 1"},
    {"timedistributed", "", "Keras", "", "state what it returns as `Custom`: {\"type\": \"Custom\", \"label\": …, \"output\": …}"},
    {"bidirectional", "", "Keras", "", "state what it returns as `Custom`: {\"type\": \"Custom\", \"label\": …, \"output\": …}"},
    {"fusedbatchnorm", "BatchNorm{n}d", "TensorFlow", "", ""},
    {"fusedbatchnormv3", "BatchNorm{n}d", "TensorFlow", "", ""},
    {"concatv2", "Concat", "TensorFlow", "", ""},
    {"addv2", "Add", "TensorFlow", "", ""},
    {"addn", "Add", "TensorFlow", "", ""},
    {"maxpoolv2", "MaxPool{n}d", "TensorFlow", "", ""},
    {"padv2", "Pad", "TensorFlow", "", ""},
    {"mirrorpad", "ReflectionPad{n}d", "TensorFlow", "", ""},
    {"expanddims", "Unsqueeze", "TensorFlow", "", ""},
    {"spacetodepth", "PixelUnshuffle", "TensorFlow", "", ""},
    {"depthtospace", "PixelShuffle", "TensorFlow", "", ""},
    {"resizenearestneighbor", "Upsample", "TensorFlow", "", ""},
    {"resizebilinear", "Upsample", "TensorFlow", "\"mode\": \"bilinear\"", ""},
    {"resizebicubic", "Upsample", "TensorFlow", "\"mode\": \"bicubic\"", ""},
    {"reducemean", "Mean", "TensorFlow", "", ""},
    {"reducesum", "Sum", "TensorFlow", "", ""},
    {"reducemax", "Max", "TensorFlow", "", ""},
    {"reducemin", "Min", "TensorFlow", "", ""},
    {"reducevariance", "Var", "TensorFlow", "", ""},
    {"reducestd", "Std", "TensorFlow", "", ""},
    {"reducelogsumexp", "LogSumExp", "TensorFlow", "", ""},
    {"batchmatmul", "MatMul", "TensorFlow", "", ""},
    {"batchmatmulv2", "MatMul", "TensorFlow", "", ""},
    {"realdiv", "Div", "TensorFlow", "", ""},
    {"reversev2", "Flip", "TensorFlow", "", ""},
    {"clipbyvalue", "Clamp", "TensorFlow", "", ""},
    {"stridedslice", "Slice", "TensorFlow", "", ""},
    {"broadcastto", "Expand", "TensorFlow", "", ""},
    {"pack", "Stack", "TensorFlow", "", ""},
    {"unpack", "Unbind", "TensorFlow", "", ""},
    {"unstack", "Unbind", "TensorFlow", "", ""},
    {"biasadd", "", "TensorFlow", "", "a convolution or `Linear` has a bias by itself"},
    {"gemm", "Linear", "ONNX", "", ""},
    {"averagepool", "AvgPool{n}d", "ONNX", "", ""},
    {"globalaveragepool", "AdaptiveAvgPool{n}d", "ONNX", "\"output_size\": 1", ""},
    {"globalmaxpool", "AdaptiveMaxPool{n}d", "ONNX", "\"output_size\": 1", ""},
    {"batchnormalization", "BatchNorm{n}d", "ONNX", "", ""},
    {"instancenormalization", "InstanceNorm{n}d", "ONNX", "", ""},
    {"resize", "Upsample", "ONNX", "", ""},
    {"clip", "Clamp", "ONNX", "", ""},
    {"lrn", "LocalResponseNorm", "ONNX", "", ""},
    {"reducel2", "Norm", "ONNX", "", ""},
    {"shrink", "Softshrink", "ONNX", "", ""},
    {"affine", "Linear", "ONNX", "", ""},
    {"convolution", "Conv{n}d", "Caffe", "", ""},
    {"deconvolution", "ConvTranspose{n}d", "Caffe", "", ""},
    {"innerproduct", "Linear", "Caffe", "", ""},
    {"pooling", "MaxPool{n}d", "Caffe", "", ""},
    {"eltwise", "Add", "Caffe", "", ""},
    {"absval", "Abs", "Caffe", "", ""},
    {"bnll", "Softplus", "Caffe", "", ""},
    {"power", "Pow", "Caffe", "", ""},
    {"mvn", "InstanceNorm{n}d", "Caffe", "", ""},
    {"reduction", "Sum", "Caffe", "", ""},
    {"bn", "BatchNorm{n}d", "Caffe", "", ""},
    {"input", "", "Caffe", "", "`input` of the spec says what goes in"},
    {"data", "", "Caffe", "", "`input` of the spec says what goes in"},
    {"imagedata", "", "Caffe", "", "`input` of the spec says what goes in"},
    {"softmaxwithloss", "", "Caffe", "", "a loss is no part of the network; `expect` says what the network returns"},
    {"convolutional", "Conv{n}d", "darknet", "", ""},
    {"deconvolutional", "ConvTranspose{n}d", "darknet", "", ""},
    {"connected", "Linear", "darknet", "", ""},
    {"route", "Concat", "darknet", "", ""},
    {"shortcut", "Add", "darknet", "", ""},
    {"reorg", "PixelUnshuffle", "darknet", "", ""},
    {"logistic", "Sigmoid", "darknet", "", ""},
    {"leaky", "LeakyReLU", "darknet", "", ""},
    {"yolo", "", "darknet", "", "state what it returns as `Custom`: {\"type\": \"Custom\", \"label\": …, \"output\": …}"},
    {"region", "", "darknet", "", "state what it returns as `Custom`: {\"type\": \"Custom\", \"label\": …, \"output\": …}"},
    {"detection", "", "darknet", "", "state what it returns as `Custom`: {\"type\": \"Custom\", \"label\": …, \"output\": …}"},
    {"densegeneral", "Linear", "Flax", "", ""},
    {"embed", "Embedding", "Flax", "", ""},
    {"cat", "Concat", "PyTorch", "", ""},
    {"view", "Reshape", "PyTorch", "", ""},
    {"bmm", "MatMul", "PyTorch", "", ""},
    {"mm", "MatMul", "PyTorch", "", ""},
    {"tile", "Repeat", "PyTorch", "", ""},
    {"amax", "Max", "PyTorch", "", ""},
    {"amin", "Min", "PyTorch", "", ""},
    {"narrow", "Slice", "PyTorch", "", ""},
    {"swapaxes", "Transpose", "PyTorch", "", ""},
    {"swapdims", "Transpose", "PyTorch", "", ""},
    {"movedim", "Permute", "PyTorch", "", ""},
    {"moveaxis", "Permute", "PyTorch", "", ""},
    {"absolute", "Abs", "PyTorch", "", ""},
    {"negative", "Neg", "PyTorch", "", ""},
    {"divide", "Div", "PyTorch", "", ""},
    {"truedivide", "Div", "PyTorch", "", ""},
    {"hstack", "Concat", "PyTorch", "", ""},
    {"vstack", "Concat", "PyTorch", "", ""},
    {"tensorsplit", "Split", "PyTorch", "", ""},
    {"nativebatchnorm", "BatchNorm{n}d", "PyTorch", "", ""},
    {"deconv", "ConvTranspose{n}d", "another library", "", ""},
    {"deconv1d", "ConvTranspose1d", "another library", "", ""},
    {"deconv2d", "ConvTranspose2d", "another library", "", ""},
    {"deconv3d", "ConvTranspose3d", "another library", "", ""},
    {"deconvolution1d", "ConvTranspose1d", "another library", "", ""},
    {"deconvolution2d", "ConvTranspose2d", "another library", "", ""},
    {"deconvolution3d", "ConvTranspose3d", "another library", "", ""},
    {"transposedconv", "ConvTranspose{n}d", "another library", "", ""},
    {"transposedconv1d", "ConvTranspose1d", "another library", "", ""},
    {"transposedconv2d", "ConvTranspose2d", "another library", "", ""},
    {"transposedconv3d", "ConvTranspose3d", "another library", "", ""},
    {"transposeconv", "ConvTranspose{n}d", "another library", "", ""},
    {"transposeconv1d", "ConvTranspose1d", "another library", "", ""},
    {"transposeconv2d", "ConvTranspose2d", "another library", "", ""},
    {"transposeconv3d", "ConvTranspose3d", "another library", "", ""},
    {"conv1dtransposed", "ConvTranspose1d", "another library", "", ""},
    {"conv2dtransposed", "ConvTranspose2d", "another library", "", ""},
    {"conv3dtransposed", "ConvTranspose3d", "another library", "", ""},
    {"upconv", "ConvTranspose{n}d", "another library", "", ""},
    {"upconv2d", "ConvTranspose2d", "another library", "", ""},
    {"upconvolution", "ConvTranspose{n}d", "another library", "", ""},
    {"fractionallystridedconv2d", "ConvTranspose2d", "another library", "", ""},
    {"fc", "Linear", "another library", "", ""},
    {"fullyconnected", "Linear", "another library", "", ""},
    {"lrelu", "LeakyReLU", "another library", "", ""},
    {"skip", "Identity", "another library", "", ""},
    {"noop", "Identity", "another library", "", ""},
    {"passthrough", "Identity", "another library", "", ""},
    {"gap", "AdaptiveAvgPool{n}d", "another library", "\"output_size\": 1", ""},
    {"globalavgpool", "AdaptiveAvgPool{n}d", "another library", "\"output_size\": 1", ""},
    {"globalpool", "AdaptiveAvgPool{n}d", "another library", "\"output_size\": 1", ""},
    {"meanpool", "AvgPool{n}d", "another library", "", ""},
    {"meanpooling", "AvgPool{n}d", "another library", "", ""},
    {"maxpooling", "MaxPool{n}d", "another library", "", ""},
    {"averagepooling", "AvgPool{n}d", "another library", "", ""},
    {"avgpooling", "AvgPool{n}d", "another library", "", ""},
    {"avgpooling1d", "AvgPool1d", "another library", "", ""},
    {"avgpooling2d", "AvgPool2d", "another library", "", ""},
    {"avgpooling3d", "AvgPool3d", "another library", "", ""},
    {"unpool", "MaxUnpool{n}d", "another library", "", ""},
    {"unpooling", "MaxUnpool{n}d", "another library", "", ""},
    {"maxunpooling2d", "MaxUnpool2d", "another library", "", ""},
    {"zeropadding", "ZeroPad{n}d", "another library", "", ""},
    {"reflectpad", "ReflectionPad{n}d", "another library", "", ""},
    {"replicatepad", "ReplicationPad{n}d", "another library", "", ""},
    {"edgepad", "ReplicationPad{n}d", "another library", "", ""},
    {"localresponsenormalization", "LocalResponseNorm", "another library", "", ""},
    {"merge", "Concat", "another library", "", ""},
    {"join", "Concat", "another library", "", ""},
    {"plus", "Add", "another library", "", ""},
    {"subpixelconv", "PixelShuffle", "another library", "", ""},
    {"subpixel", "PixelShuffle", "another library", "", ""},
    {"rearrange", "Permute", "another library", "", ""},
    {"none", "Identity", "another library", "", ""},
    {"hswish", "Hardswish", "another library", "", ""},
    {"hsigmoid", "Hardsigmoid", "another library", "", ""},
    {"mha", "MultiheadAttention", "another library", "", ""},
    {"attention", "MultiheadAttention", "another library", "", ""},
    {"selfattention", "MultiheadAttention", "another library", "", ""},
    {"multiheadselfattention", "MultiheadAttention", "another library", "", ""},
    {"einsum", "", "another library", "", "write `MatMul` and `Permute`, or state what it returns as `Custom`"},
};

// A key may stand for several options: the first that the kind has.
struct OptionWord {
  std::string_view word;
  std::string_view options;  // "out_channels|out_features"
  std::string_view from;
};

constexpr OptionWord kOptionWords[] = {
    {"filters", "out_channels|out_features", "Keras"},
    {"units", "out_features|hidden_size", "Keras"},
    {"poolsize", "kernel_size", "Keras"},
    {"strides", "stride", "Keras"},
    {"dilationrate", "dilation", "Keras"},
    {"usebias", "bias", "Keras"},
    {"epsilon", "eps", "Keras"},
    {"rate", "p|dilation", "Keras"},
    {"inputdim", "num_embeddings|in_features", "Keras"},
    {"outputdim", "embedding_dim|out_features", "Keras"},
    {"targetshape", "shape", "Keras"},
    {"interpolation", "mode", "Keras"},
    {"keepdims", "keepdim", "Keras"},
    {"axis", "dim|dims", "Keras"},
    {"axes", "dim|dims", "Keras"},
    {"maxvalue", "max_val|max", "Keras"},
    {"minvalue", "min_val|min", "Keras"},
    {"center", "affine|elementwise_affine|scale_factor", "Keras"},
    {"scale", "affine|elementwise_affine|scale_factor", "Keras"},
    {"alpha", "negative_slope|alpha", "Keras"},
    {"outputpadding", "output_padding", "Keras"},
    {"features", "out_features|out_channels", "Flax"},
    {"featuregroupcount", "groups", "Flax"},
    {"kerneldilation", "dilation", "Flax"},
    {"rhsdilation", "dilation", "Flax"},
    {"windowshape", "kernel_size", "Flax"},
    {"windowstrides", "stride", "Flax"},
    {"dropoutrate", "p", "Flax"},
    {"numembeddings", "num_embeddings", "Flax"},
    {"numoutput", "out_channels|out_features", "Caffe"},
    {"pad", "padding", "Caffe"},
    {"pads", "padding", "Caffe"},
    {"kernel", "kernel_size", "Caffe"},
    {"group", "groups|num_groups", "Caffe"},
    {"biasterm", "bias", "Caffe"},
    {"dropoutratio", "p", "Caffe"},
    {"localsize", "size", "Caffe"},
    {"negativeslope", "negative_slope", "Caffe"},
    {"sliceaxis", "dim", "Caffe"},
    {"kernelshape", "kernel_size", "ONNX"},
    {"dilations", "dilation", "ONNX"},
    {"outputshape", "output_size|size|shape", "ONNX"},
    {"perm", "dims", "ONNX"},
    {"countincludepad", "count_include_pad", "ONNX"},
    {"blocksize", "upscale_factor|downscale_factor", "ONNX"},
    {"scales", "scale_factor", "ONNX"},
    {"numoutputs", "chunks", "ONNX"},
    {"outputs", "out_features", "darknet"},
    {"output", "out_features", "darknet"},
    {"size", "kernel_size", "darknet"},
    {"probability", "p", "darknet"},
    {"ksize", "kernel_size", "TensorFlow"},
    {"newshape", "shape", "TensorFlow"},
    {"multiples", "repeats", "TensorFlow"},
    {"numorsizesplits", "split_size_or_sections", "TensorFlow"},
    {"paddings", "padding", "TensorFlow"},
    {"clipvaluemin", "min", "TensorFlow"},
    {"clipvaluemax", "max", "TensorFlow"},
    {"in", "in_channels|in_features|num_features|num_channels", "another library"},
    {"out", "out_channels|out_features|num_features|num_channels|output_size", "another library"},
    {"inchannel", "in_channels|num_features|num_channels", "another library"},
    {"inplanes", "in_channels|num_features|num_channels", "another library"},
    {"inputchannels", "in_channels|num_features|num_channels", "another library"},
    {"inch", "in_channels|num_features|num_channels", "another library"},
    {"nin", "in_channels|num_features|num_channels", "another library"},
    {"cin", "in_channels|num_features|num_channels", "another library"},
    {"infilters", "in_channels|num_features|num_channels", "another library"},
    {"outchannel", "out_channels", "another library"},
    {"outplanes", "out_channels", "another library"},
    {"outputchannels", "out_channels", "another library"},
    {"outch", "out_channels", "another library"},
    {"nout", "out_channels", "another library"},
    {"cout", "out_channels", "another library"},
    {"outfilters", "out_channels", "another library"},
    {"numfilters", "out_channels", "another library"},
    {"nfilters", "out_channels", "another library"},
    {"nfilter", "out_channels", "another library"},
    {"numfilter", "out_channels", "another library"},
    {"channels", "num_features|num_channels|out_channels", "another library"},
    {"channel", "num_features|num_channels|out_channels", "another library"},
    {"numchannel", "num_features|num_channels|out_channels", "another library"},
    {"nchannels", "num_features|num_channels|out_channels", "another library"},
    {"planes", "num_features|num_channels|out_channels", "another library"},
    {"infeature", "in_features|in_channels", "another library"},
    {"indim", "in_features|in_channels", "another library"},
    {"inputfeatures", "in_features|in_channels", "another library"},
    {"insize", "in_features|in_channels", "another library"},
    {"inputsize", "in_features|in_channels", "another library"},
    {"infeats", "in_features|in_channels", "another library"},
    {"outfeature", "out_features|out_channels", "another library"},
    {"outdim", "out_features|out_channels", "another library"},
    {"outputfeatures", "out_features|out_channels", "another library"},
    {"hidden", "hidden_size|out_features|out_channels", "another library"},
    {"hiddensize", "hidden_size|out_features|out_channels", "another library"},
    {"hiddendim", "hidden_size|out_features|out_channels", "another library"},
    {"outfeats", "out_features|out_channels", "another library"},
    {"kernelsizes", "kernel_size", "another library"},
    {"kernelsz", "kernel_size", "another library"},
    {"ks", "kernel_size", "another library"},
    {"filtersize", "kernel_size", "another library"},
    {"filtershape", "kernel_size", "another library"},
    {"receptivefield", "kernel_size", "another library"},
    {"k", "kernel_size", "another library"},
    {"window", "kernel_size", "another library"},
    {"windowsize", "kernel_size", "another library"},
    {"step", "stride", "another library"},
    {"steps", "stride", "another library"},
    {"subsample", "stride", "another library"},
    {"s", "stride", "another library"},
    {"d", "dilation", "another library"},
    {"padsize", "padding", "another library"},
    {"padwidth", "padding", "another library"},
    {"bordermode", "padding", "another library"},
    {"border", "padding", "another library"},
    {"padmode", "padding_mode|mode", "another library"},
    {"paddingtype", "padding_mode|mode", "another library"},
    {"atrousrate", "dilation", "another library"},
    {"atrous", "dilation", "another library"},
    {"cardinality", "groups|num_groups", "another library"},
    {"ngroups", "groups|num_groups", "another library"},
    {"numgroup", "num_groups|groups", "another library"},
    {"groups", "num_groups", "another library"},
    {"b", "bias", "another library"},
    {"withbias", "bias", "another library"},
    {"hasbias", "bias", "another library"},
    {"outpad", "output_padding", "another library"},
    {"outputpad", "output_padding", "another library"},
    {"outpadding", "output_padding", "another library"},
    {"outputpads", "output_padding", "another library"},
    {"adj", "output_padding", "another library"},
    {"slope", "negative_slope", "another library"},
    {"leak", "negative_slope", "another library"},
    {"leakiness", "negative_slope", "another library"},
    {"dropprob", "p", "another library"},
    {"prob", "p", "another library"},
    {"drop", "p", "another library"},
    {"dropout", "p", "another library"},
    {"ratio", "p", "another library"},
    {"lambd", "lambda", "another library"},
    {"outshape", "output_size|size|shape", "another library"},
    {"outsize", "output_size|size|shape", "another library"},
    {"targetsize", "size|output_size", "another library"},
    {"newsize", "size|output_size", "another library"},
    {"factor", "scale_factor|upscale_factor", "another library"},
    {"scalefactors", "scale_factor|upscale_factor", "another library"},
    {"upscale", "scale_factor|upscale_factor", "another library"},
    {"downscale", "downscale_factor", "another library"},
    {"downfactor", "downscale_factor", "another library"},
    {"r", "upscale_factor|downscale_factor", "another library"},
    {"stride", "scale_factor|upscale_factor|downscale_factor", "another library"},
    {"method", "mode", "another library"},
    {"resizemode", "mode", "another library"},
    {"ceil", "ceil_mode", "another library"},
    {"ceiling", "ceil_mode", "another library"},
    {"includepad", "count_include_pad", "another library"},
    {"indices", "return_indices", "another library"},
    {"withindices", "return_indices", "another library"},
    {"vocabsize", "num_embeddings", "another library"},
    {"numclasses", "num_embeddings", "another library"},
    {"numwords", "num_embeddings", "another library"},
    {"vocab", "num_embeddings", "another library"},
    {"embeddim", "embedding_dim", "another library"},
    {"embedsize", "embedding_dim", "another library"},
    {"embeddingsize", "embedding_dim", "another library"},
    {"dimension", "embedding_dim", "another library"},
    {"paddingindex", "padding_idx", "another library"},
    {"padidx", "padding_idx", "another library"},
    {"startaxis", "start_dim", "another library"},
    {"start", "start_dim", "another library"},
    {"endaxis", "end_dim", "another library"},
    {"end", "end_dim", "another library"},
    {"dims", "dim", "another library"},
    {"dim", "dims", "another library"},
    {"order", "dims", "another library"},
    {"permutation", "dims", "another library"},
    {"axesorder", "dims", "another library"},
    {"axis0", "dim0", "another library"},
    {"dima", "dim0", "another library"},
    {"axis1", "dim1", "another library"},
    {"dimb", "dim1", "another library"},
    {"minval", "min", "another library"},
    {"maxval", "max", "another library"},
    {"low", "min_val|min", "another library"},
    {"lower", "min_val|min", "another library"},
    {"high", "max_val|max", "another library"},
    {"upper", "max_val|max", "another library"},
    {"numchunks", "chunks|split_size_or_sections", "another library"},
    {"nchunks", "chunks|split_size_or_sections", "another library"},
    {"sections", "chunks|split_size_or_sections", "another library"},
    {"numsplits", "chunks|split_size_or_sections", "another library"},
    {"nsplits", "chunks|split_size_or_sections", "another library"},
    {"splitsize", "split_size_or_sections", "another library"},
    {"splitsizes", "split_size_or_sections", "another library"},
    {"sizes", "split_size_or_sections", "another library"},
    {"shift", "shifts", "another library"},
    {"reps", "repeats", "another library"},
    {"times", "repeats", "another library"},
    {"ord", "p|norm_type", "another library"},
    {"norm", "p|norm_type", "another library"},
    {"shape", "normalized_shape|unflattened_size|output_size", "another library"},
    {"size", "shape|unflattened_size", "another library"},
    {"divisor", "multiple", "another library"},
    {"affine", "elementwise_affine", "another library"},
    {"learnable", "elementwise_affine", "another library"},
    {"elementwiseaffine", "affine", "another library"},
    {"index", "indices", "another library"},
    {"heads", "num_heads|nhead", "another library"},
    {"nheads", "num_heads|nhead", "another library"},
    {"nhead", "num_heads", "PyTorch"},
    {"numheads", "nhead", "PyTorch"},
    {"numattentionheads", "num_heads|nhead", "another library"},
    {"dmodel", "embed_dim", "PyTorch"},
    {"embeddim", "d_model", "PyTorch"},
    {"modeldim", "embed_dim|d_model", "another library"},
    {"dim", "embed_dim|d_model", "another library"},
    {"dimff", "dim_feedforward", "another library"},
    {"ffdim", "dim_feedforward", "another library"},
    {"dff", "dim_feedforward", "another library"},
    {"layers", "num_layers", "another library"},
    {"nlayers", "num_layers", "another library"},
    {"bidir", "bidirectional", "another library"},
};
struct KeyWord {
  std::string_view word;
  std::string_view key;
  std::string_view from;
};

constexpr KeyWord kSpecKeys[] = {
    {"input", "input", ""},
    {"inputshape", "input", "Keras"},
    {"batchinputshape", "input", "Keras"},
    {"inputsize", "input", "another library"},
    {"inputs", "input", ""},
    {"inshape", "input", "another library"},
    {"layers", "layers", ""},
    {"layer", "layers", "Caffe"},
    {"modules", "layers", "PyTorch"},
    {"nodes", "layers", "ONNX"},
    {"node", "layers", "ONNX"},
    {"net", "layers", "another library"},
    {"network", "layers", "another library"},
    {"model", "layers", "another library"},
    {"sequential", "layers", "another library"},
    {"encoder", "encoder", ""},
    {"decoder", "decoder", ""},
    {"expect", "expect", ""},
    {"expected", "expect", "another library"},
    {"expects", "expect", "another library"},
    {"expectedoutput", "expect", "another library"},
    {"outputshape", "expect", "another library"},
};

constexpr KeyWord kLayerKeys[] = {
    {"type", "type", ""},
    {"optype", "type", "ONNX"},
    {"classname", "type", "Keras"},
    {"op", "type", "TensorFlow"},
    {"kind", "type", "another library"},
    {"layertype", "type", "another library"},
    {"layer", "type", "another library"},
    {"module", "type", "another library"},
    {"cls", "type", "another library"},
    {"inputs", "inputs", ""},
    {"inboundnodes", "inputs", "Keras"},
    {"bottom", "inputs", "Caffe"},
    {"bottoms", "inputs", "Caffe"},
    {"input", "inputs", "another library"},
    {"from", "inputs", "darknet"},
    {"src", "inputs", "another library"},
    {"parents", "inputs", "another library"},
    {"name", "name", ""},
};

struct OptionAdvice {
  std::string_view word;
  std::string_view advice;
};

constexpr std::string_view kActivation = "an activation is a layer of its own behind this one: {\"type\": \"ReLU\"}";
constexpr std::string_view kNorm = "a norm is a layer of its own behind this one: {\"type\": \"BatchNorm2d\"}";
constexpr OptionAdvice kAdvice[] = {
    {"activation", kActivation},
    {"activationfn", kActivation},
    {"activationfunction", kActivation},
    {"act", kActivation},
    {"nonlinearity", kActivation},
    {"batchnormalize", kNorm},
    {"batchnormalization", kNorm},
    {"batchnorm", kNorm},
    {"usebn", kNorm},
    {"bn", kNorm},
    {"normalization", kNorm},
    {"returnsequences", "every step comes back here; the last is a `Select` behind it: {\"type\": \"Select\", \"dim\": 1, \"index\": -1}"},
    {"dataformat", "channels stand in front of the spatial axes here, as in PyTorch"},
    {"config", "options stand in the layer itself, beside its `type`"},
    {"params", "options stand in the layer itself, beside its `type`"},
    {"args", "options stand in the layer itself, by their names"},
    {"kwargs", "options stand in the layer itself, by their names"},
    {"options", "options stand in the layer itself, beside its `type`"},
    {"attributes", "options stand in the layer itself, beside its `type`"},
    {"convolutionparam", "options stand in the layer itself, beside its `type`"},
    {"poolingparam", "options stand in the layer itself, beside its `type`"},
    {"innerproductparam", "options stand in the layer itself, beside its `type`"},
};
// clang-format on

constexpr std::size_t kLongest = 64;  // of a word worth looking up

// "torch.nn.functional.conv_transpose2d" -> "convtranspose2d"
std::string plain(std::string_view word) {
  if (const std::size_t dot = word.find_last_of(".:"); dot != std::string_view::npos)
    word.remove_prefix(dot + 1);
  std::string text;
  for (const char c : word.substr(0, kLongest + 1)) {
    if (c == '_' || c == '-' || c == ' ') continue;
    text += lower(c);
  }
  return text;
}

std::string with_number(std::string_view name, int axes) {
  std::string text(name);
  if (const std::size_t at = text.find("{n}"); at != std::string::npos)
    text.replace(at, 3, std::to_string(axes));
  return text;
}

// torch's own types by their small letters.
const std::unordered_map<std::string, const KindInfo*>& kinds_by_letters() {
  static const std::unordered_map<std::string, const KindInfo*> all = [] {
    std::unordered_map<std::string, const KindInfo*> map;
    for (const KindInfo& kind : all_kinds()) map.emplace(plain(kind.name), &kind);
    map.emplace("interpolate", &info(LayerKind::Upsample));
    return map;
  }();
  return all;
}

const KindWord* known_word(const std::string& letters) {
  static const std::unordered_map<std::string_view, const KindWord*> all = [] {
    std::unordered_map<std::string_view, const KindWord*> map;
    for (const KindWord& word : kKindWords) map.emplace(word.word, &word);
    return map;
  }();
  const auto found = all.find(letters);
  return found == all.end() ? nullptr : found->second;
}

std::optional<MeantKind> meant_by(const std::string& letters, int axes) {
  const auto& kinds = kinds_by_letters();
  if (const auto own = kinds.find(letters); own != kinds.end()) return MeantKind{own->second, {}, {}};
  if (const KindWord* word = known_word(letters))
    return MeantKind{word->kind.empty() ? nullptr : find_kind(with_number(word->kind, axes)), word->from,
                     word->options, word->advice};
  // `Conv`, `MaxPool`: torch's name without the number.
  if (const auto own = kinds.find(letters + std::to_string(axes) + "d"); own != kinds.end())
    return MeantKind{own->second, {}, {}};
  return std::nullopt;
}

}  // namespace

std::optional<MeantKind> meant_kind(std::string_view word, int axes) {
  if (word.size() > 2 * kLongest) return std::nullopt;
  std::string letters = plain(word);
  if (letters.empty() || letters.size() > kLongest) return std::nullopt;
  if (auto meant = meant_by(letters, axes)) return meant;
  constexpr std::string_view layer = "layer";  // `DenseLayer`
  if (!letters.ends_with(layer) || letters.size() == layer.size()) return std::nullopt;
  letters.resize(letters.size() - layer.size());
  return meant_by(letters, axes);
}

std::optional<MeantOption> meant_option(const KindInfo& kind, std::string_view word) {
  if (word.size() > kLongest) return std::nullopt;
  const std::string letters = plain(word);
  for (const OptionInfo& option : kind.options)
    if (plain(to_string(option.opt)) == letters) return MeantOption{&option, {}};
  for (const OptionWord& known : kOptionWords) {
    if (known.word != letters) continue;
    for (std::string_view rest = known.options; !rest.empty();) {
      const std::size_t bar = std::min(rest.find('|'), rest.size());
      if (const OptionInfo* option = kind.option(rest.substr(0, bar))) return MeantOption{option, known.from};
      rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
  }
  return std::nullopt;
}

std::optional<MeantKey> meant_key(KeyPlace place, std::string_view word) {
  if (word.size() > kLongest) return std::nullopt;
  const std::string letters = plain(word);
  const auto look_up = [&](const auto& words) -> std::optional<MeantKey> {
    for (const KeyWord& known : words)
      if (known.word == letters) return MeantKey{known.key, known.from};
    return std::nullopt;
  };
  return place == KeyPlace::spec ? look_up(kSpecKeys) : look_up(kLayerKeys);
}

std::string_view advice_on_option(std::string_view word) {
  if (word.size() > kLongest) return {};
  const std::string letters = plain(word);
  for (const OptionAdvice& known : kAdvice)
    if (known.word == letters) return known.advice;
  return {};
}

const KindInfo& with_axes(const KindInfo& kind, int axes) {
  if (kind.axes == 0 || kind.axes == axes) return kind;
  std::string name(kind.name);
  if (name.size() < 2 || name.back() != 'd') return kind;
  name[name.size() - 2] = static_cast<char>('0' + axes);
  const KindInfo* sibling = find_kind(name);
  return sibling != nullptr ? *sibling : kind;
}

std::vector<KnownWord> all_known_words() {
  std::vector<KnownWord> all;
  for (const KindWord& word : kKindWords) all.push_back({word.word, false});
  for (const OptionWord& word : kOptionWords) all.push_back({word.word, true});
  return all;
}

}  // namespace shapedbg
