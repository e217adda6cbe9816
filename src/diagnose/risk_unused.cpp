// W502: a layer or a declared input that nothing reads. The last layer is the output; a layer with its
// own `expect` is one more.
#include "diagnose/risks.h"

namespace shapedbg {

void unused_output(const RiskView& view, std::vector<Finding>& findings) {
  const Spec& spec = view.spec;
  std::vector<bool> read(spec.layers.size());
  std::vector<bool> input_read(spec.inputs.size());
  const auto mark = [&](Ref ref) {
    if (!ref.is_input())
      read[static_cast<std::size_t>(ref.layer)] = true;
    else if (static_cast<std::size_t>(ref.input()) < input_read.size())
      input_read[static_cast<std::size_t>(ref.input())] = true;
  };
  for (const LayerSpec& layer : spec.layers) {
    for (const Ref ref : layer.inputs) mark(ref);
    for (const Opt opt : {Opt::size_like, Opt::indices})
      if (const auto ref = layer.reference(opt)) mark(*ref);
  }
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    if (input_read[i]) continue;
    const InputSpec& input = spec.inputs[i];
    Finding f;
    f.code = Code::W502;
    f.message = "no layer reads the input `" + input.name + "`";
    f.where = input.where;
    findings.push_back(std::move(f));
  }
  for (std::size_t i = 0; i + 1 < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (read[i] || layer.expect || !view.watches(i, Code::W502)) continue;
    Finding f;
    f.code = Code::W502;
    f.message = "no layer reads `" + layer.name + "`, which returns " + bracketed(view.row(i).outputs[0]);
    f.layer = layer.name;
    f.where = place_of(layer);
    f.related.push_back(related(spec.layers[i + 1], "takes `" + spec.name_of(spec.layers[i + 1].inputs.empty()
                                                                                 ? Ref{}
                                                                                 : spec.layers[i + 1].inputs[0]) +
                                                        "` instead"));
    f.notes = {"a skip that was to be joined, or a layer to leave out; an output of its own says so by `\"expect\"`"};
    findings.push_back(std::move(f));
  }
}

}  // namespace shapedbg
