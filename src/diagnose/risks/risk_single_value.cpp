// W506: a normalisation with one value to take mean and variance of. InstanceNorm on a 1x1 map, and GroupNorm
// on one value in all, raise in Python and return zeros in C++; BatchNorm on one value per channel raises
// while training.
#include <algorithm>

#include "diagnose/risks/risks.h"
#include "diagnose/rules.h"

namespace shapedbg {
namespace {

bool all_one(Shape::const_iterator from, Shape::const_iterator to) {
  return std::all_of(from, to, [](std::int64_t size) { return size == 1; });
}

}  // namespace

bool normalises_one_value(const LayerSpec& layer, const Shape& x) {
  const Family family = layer.info().family;
  const std::size_t axes = layer.axis_count();
  if (family == Family::instance_norm)
    return x.size() >= axes && all_one(x.end() - layer.info().axes, x.end());
  if (x.size() < 2 || !all_one(x.begin() + 2, x.end())) return false;
  return (family == Family::batch_norm && x[0] == 1) ||
         (family == Family::group_norm && x[1] == layer.integer(Opt::num_groups));
}

void single_value_norm(const RiskView& view, std::vector<Finding>& findings) {
  std::vector<RiskPlace> instance;
  std::vector<RiskPlace> batch;
  std::vector<RiskPlace> group;
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    const Family family = layer.info().family;
    if (family != Family::instance_norm && family != Family::batch_norm && family != Family::group_norm)
      continue;
    if (!view.watches(i, Code::W506)) continue;
    const Shape& x = view.row(i).inputs[0];
    if (!normalises_one_value(layer, x)) continue;
    std::vector<RiskPlace>& places = family == Family::instance_norm ? instance
                                     : family == Family::batch_norm  ? batch
                                                                     : group;
    places.push_back({i, "gets " + bracketed(x)});
  }
  const auto normalise = [](const std::vector<RiskPlace>& places) {
    return places.size() == 1 ? " normalises" : " normalise";
  };
  if (!instance.empty()) {
    Finding f = about(view, Code::W506,
                      name_list(view, instance) + normalise(instance) +
                          " a single value per channel: the result is 0, and Python raises",
                      instance);
    f.notes = {"leave the norm out where the map is 1x1, or stop one level earlier"};
    findings.push_back(std::move(f));
  }
  if (!group.empty()) {
    Finding f = about(view, Code::W506,
                      name_list(view, group) + normalise(group) +
                          " a single value per group: the result is 0, and Python raises with a batch of 1",
                      group);
    f.notes = {"take fewer groups, or leave the norm out where the map is 1x1"};
    findings.push_back(std::move(f));
  }
  if (!batch.empty()) {
    Finding f = about(view, Code::W506,
                      name_list(view, batch) + normalise(batch) +
                          " a single value per channel with a batch of 1: training raises, evaluation passes",
                      batch);
    f.notes = {"train with at least 2 per batch, the last one of an epoch too (`drop_last`)"};
    findings.push_back(std::move(f));
  }
}

}  // namespace shapedbg
