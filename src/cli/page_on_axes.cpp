// `shapedbg explain axes`. The example is walked when it is asked for.
#include "cli/pages.h"
#include "meaning/walk.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

// What each layer of a small network returns, axis by axis.
std::string worked() {
  const Parsed parsed = parse(Source("example", R"({"input": [1, 3, 32, 32], "layers": [
      {"name": "patch", "type": "Conv2d", "out_channels": 24, "kernel_size": 4, "stride": 4},
      {"name": "tokens", "type": "Flatten", "start_dim": 2},
      {"name": "map", "type": "Unflatten", "dim": 2, "unflattened_size": [8, 8]},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 4}]})"));
  const Trace trace = infer(parsed.spec);
  const Meaning meaning = walk(parsed.spec, trace);
  std::string text;
  for (std::size_t i = 0; i < parsed.spec.layers.size(); ++i) {
    const TensorMeaning& tensor = meaning.of({LayerId(i), 0});
    std::string axes = bracketed(trace.layers[i].outputs[0]) + " is ";
    for (std::size_t k = 0; k < static_cast<std::size_t>(tensor.rank); ++k) {
      const AxisMeaning& axis = meaning.axis(tensor, k);
      const std::string place = lies_at(parsed.spec, meaning, axis);
      axes += (k > 0 ? ", " : "") + made_of(parsed.spec, meaning, axis) +
              (place.empty() ? "" : " (" + place + ")");
    }
    text += paragraph(parsed.spec.layers[i].name, axes, kPageColumn);
  }
  return text;
}

}  // namespace

std::string page_on_axes() {
  std::string text =
      "axes\n  what an axis is made of, where a position lies, and what a repair may not change\n\n";
  text += paragraph(
      "axis",
      "an ordered product: of the batch, of channels (of the layer that made them) and of positions along "
      "an axis of an input. Flatten and Reshape join and cut them, Permute moves them: \"height / 4\" is "
      "every fourth row, \"height % 4\" the row within four.",
      kPageColumn);
  text += paragraph(
      "position",
      "\"every 4 from 3/2\": position i lies at 4i + 3/2 of the input. A window multiplies the step by its "
      "stride and begins d(k-1)/2 - p later; a transposed one divides; a resize by r keeps the centres.",
      kPageColumn);
  text += paragraph(
      "merge",
      "two tensors of one input meet where their positions differ by at most half of the coarsest step on "
      "their way, and no cut or pad lies between them that nothing makes good for. Sizes alone do not show "
      "it.",
      kPageColumn);
  text += paragraph(
      "moved",
      "tokens that were cut or padded, and what was rolled or turned over, are places of their own; back in "
      "their place they are what they were.",
      kPageColumn);
  text += paragraph(
      "unknown",
      "a Custom keeps an axis that it gives as in[k] at the same place, or all as \"same\"; of what it "
      "returns in numbers nothing is known, and nothing is said.",
      kPageColumn);
  text += "\nAn example, walked now:\n" + worked();
  text += "\nWhat runs and cannot be meant (W511 to W518; no repair that makes one is offered):\n";
  for (const FlawInfo& flaw : all_flaws()) text += paragraph(flaw.id, flaw.summary, kPageColumn);
  return text;
}

}  // namespace shapedbg
