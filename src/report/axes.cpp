#include "report/axes.h"

#include "meaning/walk.h"

namespace shapedbg {

std::vector<std::vector<AxisText>> axis_texts(const Checked& checked) {
  const Meaning meaning = walk(checked.spec, checked.trace);
  std::vector<std::vector<AxisText>> texts(checked.spec.layers.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const TensorMeaning& tensor = meaning.of({LayerId(i), 0});
    for (int k = 0; k < tensor.rank; ++k) {
      const AxisMeaning& axis = meaning.axis(tensor, static_cast<std::size_t>(k));
      texts[i].push_back({made_of(checked.spec, meaning, axis), lies_at(checked.spec, meaning, axis)});
    }
  }
  return texts;
}

std::string axes_cell(const std::vector<AxisText>& axes) {
  std::string text;
  for (const AxisText& axis : axes) {
    text += (text.empty() ? "" : " | ") + axis.made_of;
    if (!axis.lies_at.empty() && axis.lies_at != "every 1") text += ", " + axis.lies_at;
  }
  return text;
}

}  // namespace shapedbg
