// `shapedbg explain stride`, `shapedbg explain expect`: options of layers, and keys of a spec.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "cli/pages.h"
#include "net/kinds.h"
#include "net/spec.h"
#include "net/words.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

struct Key {
  std::string_view word;
  std::string_view where;
  std::string_view meaning;
  std::string_view example;
};

constexpr Key keys[] = {
    {"input", "a spec",
     "the shape that goes in, with the batch axis; several inputs are an object of names and shapes",
     R"("input": [1, 3, 64, 64])"},
    {"sizes", "a spec",
     "free sizes of the inputs: the network is run at the smallest and held to all of them. Without `min` "
     "the smallest "
     "is the first that the layers can take",
     R"("input": [1, 3, "H", "W"], "sizes": {"H": {"min": 64, "max": 512, "multiple_of": 8}, "W": {}})"},
    {"min", "a free size in `sizes`",
     "the smallest size that has to work; without it the first that the layers can take",
     R"("sizes": {"H": {"min": 64}})"},
    {"max", "a free size in `sizes`", "the largest size that has to work; without it there is no bound",
     R"("sizes": {"H": {"max": 512}})"},
    {"multiple_of", "a free size in `sizes`", "only multiples of it have to work",
     R"("sizes": {"H": {"multiple_of": 8}})"},
    {"runs_at", "a spec",
     "other shapes of the inputs at which the network runs. Where it does, repairs for the sizes that it is "
     "given "
     "change no number of a layer; `--input` and importers write it",
     R"("input": [1, 3, 250, 250], "runs_at": [1, 3, 256, 256])"},
    {"encoder", "a spec",
     "the first of two lists of layers; with `decoder` behind it the input's size is expected back",
     R"("encoder": [{"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}])"},
    {"decoder", "a spec", "the second of two lists of layers",
     R"("decoder": [{"type": "ConvTranspose2d", …}])"},
    {"layers", "a spec, a Residual, a block with defaults",
     "one list of layers; each takes what the one before returns", R"("layers": [{"type": "ReLU"}])"},
    {"expect", "a spec, a layer",
     "the shape that must come out: \"input\", a shape with null for any size, {\"scale\": 4}, or null for "
     "nothing",
     R"("expect": [1, 10, null, null])"},
    {"scale", "`expect`",
     "the input's spatial sizes times a factor, rounded down; one for all axes or one for each",
     R"("expect": {"scale": [2, 0.5]})"},
    {"outputs", "a spec", "names of all tensors that the network returns, where they are several",
     R"("outputs": ["mask", "edges"])"},
    {"blocks", "a spec",
     "lists of layers that are written once and used by name; words that begin with `$` are their arguments, "
     "given as "
     "keys of the use",
     R"("blocks": {"double": [{"type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1}, {"type": "ReLU"}]}, "layers": [{"use": "double", "out": 64}])"},
    {"defaults", "a block", "values of arguments that a use may leave out",
     R"("blocks": {"down": {"defaults": {"k": 3}, "layers": […]}})"},
    {"use", "an entry of a list of layers", "puts the layers of a block there; other keys are its arguments",
     R"({"use": "double", "name": "enc1", "out": 64})"},
    {"repeat", "an entry of a list of layers", "runs it that many times, each behind the one before",
     R"({"type": "ReLU", "repeat": 3})"},
    {"each", "an entry of a list of layers", "runs it once for each value of its lists",
     R"({"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "each": {"dilation": [1, 2, 4]}})"},
    {"residual", "a list of layers, as the `type` of an entry",
     "adds what two lists of layers make of one input: `layers`, and `shortcut`, which is the input itself "
     "when left out",
     R"({"type": "Residual", "layers": [{"type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1}]})"},
    {"shortcut", "a Residual", "what the input goes through on the other way; nothing when left out",
     R"({"type": "Residual", "layers": […], "shortcut": [{"type": "Conv2d", "out_channels": 64, "kernel_size": 1}]})"},
    {"type", "a layer", "its layer type, as torch::nn names it; `shapedbg explain` lists all",
     R"({"type": "Conv2d", …})"},
    {"name", "a spec, a layer", "what reports and other layers call it; a layer without one is `encoder.0`",
     R"({"type": "ReLU", "name": "act"})"},
    {"inputs", "a layer, a use",
     "names of the tensors it takes, the layer before when left out: \"input\" is the network's input, "
     "\"prev\" the layer "
     "before, \"id:1\" the second output of `id`",
     R"({"type": "Concat", "inputs": ["prev", "enc1"]})"},
    {"ignore", "a spec, a layer", "risks (W5xx) that are meant", R"("ignore": ["W502"])"},
    {"description", "a spec, a layer", "words for people; nothing reads them",
     R"("description": "the bottleneck")"},
    {"source", "a layer", "where it stands in the program or file that the spec was made from",
     R"("source": {"made": "unet.py:31", "called": "unet.py:52"})"},
    {"$schema", "a spec", "names a schema for editors; `shapedbg schema spec` prints ours",
     R"("$schema": "spec.json")"}};

struct Use {
  std::string_view doc;
  std::vector<std::string_view> kinds;
};

// What kinds say of an option, kinds that say the same together.
std::vector<Use> uses_of(std::string_view word) {
  std::vector<Use> uses;
  for (const KindInfo& kind : all_kinds()) {
    const OptionInfo* option = kind.option(lower(word));
    if (option == nullptr) continue;
    auto use = std::find_if(uses.begin(), uses.end(), [&](const Use& one) { return one.doc == option->doc; });
    if (use == uses.end()) use = uses.insert(uses.end(), {option->doc, {}});
    use->kinds.push_back(kind.name);
  }
  return uses;
}

std::string listed(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

}  // namespace

std::optional<std::string> page_on_option(std::string_view word) {
  const std::vector<Use> uses = uses_of(word);
  if (uses.empty()) return std::nullopt;
  std::string text = lower(word) + "\n  an option of layers\n";
  for (const Use& use : uses) text += paragraph("means", use.doc) + paragraph("of", listed(use.kinds));
  return text;
}

std::optional<std::string> page_on_key(std::string_view word) {
  for (const Key& key : keys) {
    if (key.word != lower(word)) continue;
    return std::string(key.word) + "\n  a key of " + std::string(key.where) + "\n" +
           paragraph("means", key.meaning) + paragraph("example", key.example);
  }
  return std::nullopt;
}

std::optional<std::string> page_on_other_word(std::string_view word) {
  const auto page = [&](std::string_view from, std::string_view ours, std::optional<std::string> text) {
    if (!from.empty() && text)
      text = "`" + std::string(word) + "` is " + std::string(from) + "'s word for `" + std::string(ours) +
             "`\n\n" + *text;
    return text;
  };
  for (const KindInfo& kind : all_kinds())
    if (const auto meant = meant_option(kind, word)) {
      const std::string_view ours = to_string(meant->option->opt);
      return page(meant->from, ours, page_on_option(ours));
    }
  for (const KeyPlace place : {KeyPlace::layer, KeyPlace::spec})
    if (const auto meant = meant_key(place, word))
      return page(meant->from, meant->key, page_on_key(meant->key));
  if (const std::string_view advice = advice_on_option(word); !advice.empty())
    return "`" + std::string(word) + "`: " + std::string(advice) + "\n";
  return std::nullopt;
}

std::vector<std::string_view> explained_keys() {
  std::vector<std::string_view> words;
  for (const Key& key : keys) words.push_back(key.word);
  return words;
}

}  // namespace shapedbg
