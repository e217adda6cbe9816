#include "flow/scale.h"

namespace shapedbg {

std::vector<double> scale_factors(const LayerSpec& layer, std::size_t rank) {
  if (layer.info().family != Family::upsample || !layer.has(Opt::scale_factor)) return {};
  const auto* list = std::get_if<std::vector<double>>(&layer.find(Opt::scale_factor)->value);
  std::vector<double> factors =
      list != nullptr ? *list : std::vector<double>{layer.number(Opt::scale_factor)};
  if (factors.size() == 1 && rank > 2) factors.resize(rank - 2, factors[0]);
  return factors;
}

}  // namespace shapedbg
