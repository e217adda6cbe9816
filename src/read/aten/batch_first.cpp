#include "read/aten/batch_first.h"

#include <algorithm>

namespace shapedbg::aten {
namespace {

std::string_view module_of(const DraftLayer& layer) {
  return layer.source ? std::string_view(layer.source->module) : std::string_view();
}

// A Transpose of the first two axes within a module.
bool turns(const DraftLayer& layer, std::string_view module) {
  if (layer.type != "Transpose" || layer.inputs.size() != 1 || module_of(layer) != module) return false;
  const auto dim = [&](const char* option) {
    const DraftValue* value = layer.find(option);
    return value == nullptr || value->number() == nullptr ? -1 : *value->number();
  };
  return dim("dim0") + dim("dim1") == 1 && dim("dim0") * dim("dim1") == 0;
}

// Calls `visit` with every tensor that is read, and the layer that reads it; none for what is returned.
void visit_reads(Draft& draft, std::vector<Ref>& outputs, const auto& visit) {
  PerLayer<DraftLayer>& layers = draft.layers();
  for (LayerId i{0}; i < layers.end_id(); ++i) {
    for (Ref& ref : layers[i].inputs) visit(ref, i);
    for (auto& [key, value] : layers[i].options)
      if (Ref* ref = value.tensor()) visit(*ref, i);
  }
  for (Ref& ref : outputs) visit(ref, LayerId());
}

}  // namespace

void fold_batch_first(Draft& draft, std::vector<Ref>& outputs) {
  PerLayer<DraftLayer>& layers = draft.layers();
  const auto attends = [](const DraftLayer& layer) {
    return layer.type == "MultiheadAttention" && !module_of(layer).empty();
  };
  if (std::none_of(layers.begin(), layers.end(), attends)) return;
  PerLayer<int> readers(layers.size(), 0);
  PerLayer<LayerId> reader(layers.size(), LayerId());  // of the first output, the last one
  visit_reads(draft, outputs, [&](const Ref& ref, LayerId by) {
    if (ref.is_input() || ref.output != 0) return;
    ++readers[ref.layer];
    reader[ref.layer] = by;
  });
  PerLayer<LayerId> stands_for(layers.size(),
                               LayerId());  // of a step that turns a result back, the attention
  for (LayerId i{0}; i < layers.end_id(); ++i) {
    DraftLayer& attention = layers[i];
    const std::string_view module = module_of(attention);
    if (!attends(attention) || readers[i] != 1 || reader[i].is_none() || !turns(layers[reader[i]], module))
      continue;
    const bool turned = std::all_of(attention.inputs.begin(), attention.inputs.end(), [&](Ref ref) {
      return !ref.is_input() && ref.output == 0 && turns(layers[ref.layer], module);
    });
    if (!turned) continue;
    stands_for[reader[i]] = i;
    std::erase_if(attention.returned, [](const DraftLayer::Returned& one) { return one.output == 0; });
    const std::vector<DraftLayer::Returned>& turned_back = layers[reader[i]].returned;
    attention.returned.insert(attention.returned.end(), turned_back.begin(), turned_back.end());
    for (Ref& ref : attention.inputs) ref = layers[ref.layer].inputs[0];
    attention.set("batch_first", true);
  }
  visit_reads(draft, outputs, [&](Ref& ref, LayerId) {
    if (!ref.is_input() && ref.output == 0 && !stands_for[ref.layer].is_none())
      ref = {stands_for[ref.layer], 0};
  });
}

}  // namespace shapedbg::aten
