#include "workspace/layer_shape.h"

#include <utility>

#include "infer/infer.h"
#include "read/json/parse.h"

namespace shapedbg {

std::optional<Shape> layer_shape(const DraftLayer& layer, const std::vector<Shape>& inputs) {
  Draft draft;
  DraftLayer one = layer;
  one.name.clear();
  one.inputs.clear();
  for (const Shape& shape : inputs)
    one.inputs.push_back(draft.input("x", std::vector<DraftSize>(shape.begin(), shape.end())));
  for (const auto& [name, value] : one.options)
    if (value.tensor() != nullptr) return std::nullopt;
  draft.outputs = {draft.add(std::move(one))};
  const Parsed parsed = parse(Source::of("layer", draft.make()));
  if (!parsed.usable) return std::nullopt;
  const Trace trace = infer(parsed.spec);
  const Shape* shape = trace.result(parsed.spec);
  return shape && !shape->empty() ? std::optional<Shape>(*shape) : std::nullopt;
}

}  // namespace shapedbg
