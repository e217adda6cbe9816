#include "read/json/key_docs.h"

#include <vector>

namespace shapedbg {
namespace {

constexpr KeyDoc kName{"name",
                       "the name that other layers and reports call it by; unique; `encoder.0` when left out",
                       "\"down1\""};
constexpr KeyDoc kDescription{"description", "for people; it changes nothing", "\"halves the map\""};
constexpr KeyDoc kInputs{
    "inputs",
    "names of the tensors that it takes, one or a list; the layer before when left out. "
    "`input` is what goes in, `prev` the layer before, `pool:1` the second output of `pool`",
    "[\"skip1\", \"up1\"]"};
constexpr KeyDoc kLayerExpect{"expect",
                              "what it must return: a shape with null for any size, `input`, or a scale",
                              "[1, 64, null, null]"};
constexpr KeyDoc kRepeat{"repeat", "runs the entry that often, each time on the output of the one before",
                         "3"};
constexpr KeyDoc kEach{
    "each",
    "runs the entry once for each value in these lists, which give an option or an argument of "
    "a block pass by pass; all are as long as each other",
    "{\"dilation\": [1, 3, 9]}"};
constexpr KeyDoc kIgnore{"ignore", "risks (W5xx) that are meant here and not reported", "[\"W502\"]"};
constexpr KeyDoc kSource{
    "source", "where the layer stands in the program or file that the spec was made from", "\"unet.py:31\""};

// What every entry has beside its own keys.
std::vector<KeyDoc> with_common(std::vector<KeyDoc> keys) {
  keys.insert(keys.end(), {kName, kInputs, kLayerExpect, kRepeat, kEach, kIgnore, kDescription});
  return keys;
}

const std::vector<KeyDoc> kSpec{
    {"$schema", "the JSON Schema that editors complete and check with; `shapedbg schema spec` prints it",
     "\"shapedbg-spec-1.schema.json\""},
    {"name", "what reports call the network", "\"unet\""},
    {"description", "for people; it changes nothing", "\"a U-Net for road maps\""},
    {"input",
     "the shape that goes in, with the batch axis, or several by name. A word in place of a number is a "
     "free size, whose range stands in `sizes`",
     "[1, 3, 64, 64]"},
    {"sizes", "the free sizes of the inputs, by name: the network is held to all of them",
     "{\"H\": {\"min\": 64, \"max\": 512, \"multiple_of\": 8}}"},
    {"runs_at",
     "other shapes of the inputs at which the network runs: where it does, repairs change no number of a "
     "layer for the "
     "sizes that it is given",
     "[1, 3, 256, 256]"},
    {"encoder", "the first of the two lists of layers", "[{\"type\": \"ReLU\"}]"},
    {"decoder", "the second of the two lists; it follows the encoder", "[{\"type\": \"Sigmoid\"}]"},
    {"layers", "all layers in one list, in place of `encoder` and `decoder`", "[{\"type\": \"ReLU\"}]"},
    {"blocks", "lists of layers that are written once and put in with `use`; `$` words in them are arguments",
     "{\"conv\": [{\"type\": \"Conv2d\", \"out_channels\": \"$out\", \"kernel_size\": 3}]}"},
    {"expect",
     "what must come out: `input` (the size and the channels that went in; the default with encoder and "
     "decoder), a shape with null for any size, a scale, or null for nothing",
     "\"input\""},
    {"outputs", "names of all tensors that the network returns, where they are several",
     "[\"mask\", \"edges\"]"},
    kIgnore,
    {"for", "where else the network is to run: what parts from PyTorch there is reported (P7xx)",
     "[\"onnxruntime\", \"openvino\"]"},
};
const std::vector<KeyDoc> kLayer = with_common(
    {{"type", "the layer's type, as in torch::nn; it decides which options there are", "\"Conv2d\""},
     kSource});
const std::vector<KeyDoc> kUse =
    with_common({{"use", "the block whose layers are put in; its arguments are keys beside this one",
                  "\"double_conv\""}});
const std::vector<KeyDoc> kResidual = with_common(
    {{"type", "`Residual` adds what two lists of layers make of one input", "\"Residual\""},
     {"layers", "the branch", "[{\"type\": \"ReLU\"}]"},
     {"shortcut", "what the other way does; the input itself when left out", "[{\"type\": \"Identity\"}]"},
     kSource});
const std::vector<KeyDoc> kBlock{
    {"layers", "the layers of the block", "[{\"type\": \"ReLU\"}]"},
    {"defaults", "values of arguments that a use need not give", "{\"kernel\": 3}"},
    kDescription};
const std::vector<KeyDoc> kFreeSize{{"min", "the smallest size; 1 when left out", "64"},
                                    {"max", "the largest size; without bound when left out", "512"},
                                    {"multiple_of", "what divides every size; 1 when left out", "8"}};
const std::vector<KeyDoc> kSourceKeys{{"made", "the line that made the module", "\"unet.py:31\""},
                                      {"called", "the line that called it", "\"unet.py:52\""},
                                      {"module", "the module's path in the model", "\"decoder.up1\""},
                                      {"node", "the node's name in the file's graph", "\"conv2d_3\""}};
const std::vector<KeyDoc> kExpect{
    {"scale", "the spatial size of the first input times this, one number or one for each axis", "[2, 2]"}};

}  // namespace

std::span<const KeyDoc> key_docs(KeysOf object) {
  switch (object) {
    case KeysOf::spec:
      return kSpec;
    case KeysOf::layer:
      return kLayer;
    case KeysOf::use:
      return kUse;
    case KeysOf::residual:
      return kResidual;
    case KeysOf::block:
      return kBlock;
    case KeysOf::free_size:
      return kFreeSize;
    case KeysOf::source:
      return kSourceKeys;
    case KeysOf::expect:
      return kExpect;
  }
  return {};
}

const KeyDoc* find_key(KeysOf object, std::string_view key) {
  for (const KeyDoc& one : key_docs(object))
    if (one.key == key) return &one;
  return nullptr;
}

}  // namespace shapedbg
