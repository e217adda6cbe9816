// Reductions over axes, and steps along one.
#include <array>
#include <numeric>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

bool reduced(Mapping& mapping, const Step& step, std::string_view kind) {
  const Value& input = step["input"];
  if (!mapping.live(input) || !Mapping::has(kind)) return false;
  auto dims = fixed(step.integers("dim"));
  if (!dims) return false;
  const bool all = dims->empty();
  if (all) {
    // Over everything: one number. A shape without axes is said where the axes stay only.
    if (!step.flag("keepdim")) return false;
    dims->resize(mapping.rank(input));
    std::iota(dims->begin(), dims->end(), 0);
  }
  if (mapping.result(step).shape.empty()) return false;
  DraftLayer layer(kind, {mapping.ref(input)});
  dims->size() == 1 ? layer.set("dim", (*dims)[0]) : layer.set("dim", *dims);
  if (step.flag("keepdim")) layer.set("keepdim", true);
  mapping.emit(step, std::move(layer));
  return true;
}
bool mean(Mapping& mapping, const Step& step) { return reduced(mapping, step, "Mean"); }
bool sum(Mapping& mapping, const Step& step) { return reduced(mapping, step, "Sum"); }
bool amax(Mapping& mapping, const Step& step) { return reduced(mapping, step, "Max"); }
bool amin(Mapping& mapping, const Step& step) { return reduced(mapping, step, "Min"); }
bool var(Mapping& mapping, const Step& step) { return reduced(mapping, step, "Var"); }
bool deviation(Mapping& mapping, const Step& step) { return reduced(mapping, step, "Std"); }
bool logsumexp(Mapping& mapping, const Step& step) { return reduced(mapping, step, "LogSumExp"); }
bool argmax(Mapping& mapping, const Step& step) { return reduced(mapping, step, "ArgMax"); }
bool argmin(Mapping& mapping, const Step& step) { return reduced(mapping, step, "ArgMin"); }

bool along(Mapping& mapping, const Step& step, std::string_view kind) {
  const auto dims = fixed(step.integers("dims"));
  if (!mapping.live(step["input"]) || !Mapping::has(kind) || !dims || dims->empty()) return false;
  DraftLayer layer(kind, {mapping.ref(step["input"])});
  if (kind == "CumSum")
    layer.set("dim", (*dims)[0]);
  else
    layer.set("dims", *dims);
  if (kind == "Roll") {
    const auto shifts = fixed(step.integers("shifts"));
    if (!shifts || shifts->size() != dims->size()) return false;
    layer.set("shifts", *shifts);
  }
  mapping.emit(step, std::move(layer));
  return true;
}
bool flip(Mapping& mapping, const Step& step) { return along(mapping, step, "Flip"); }
bool roll(Mapping& mapping, const Step& step) { return along(mapping, step, "Roll"); }
bool cumsum(Mapping& mapping, const Step& step) { return along(mapping, step, "CumSum"); }

constexpr std::string_view kReduce = "input|self dim|axis keepdim dtype";
constexpr Row kRows[] = {
    {"mean", kReduce, mean},
    {"sum", kReduce, sum},
    {"amax", kReduce, amax},
    {"amin", kReduce, amin},
    {"logsumexp", kReduce, logsumexp},
    {"argmax", kReduce, argmax},
    {"argmin", kReduce, argmin},
    {"var", "input|self dim|axis unbiased|correction keepdim", var},
    {"std", "input|self dim|axis unbiased|correction keepdim", deviation},
    {"flip", "input|self dims", flip},
    {"roll", "input|self shifts dims", roll},
    {"cumsum", "input|self dims|dim dtype", cumsum},
};

}  // namespace

std::span<const Row> reduce_rows() { return kRows; }

}  // namespace shapedbg::aten
