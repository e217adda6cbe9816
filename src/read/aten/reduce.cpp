// Reductions over axes, and steps along one.
#include <array>
#include <cmath>
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
    dims->resize(mapping.rank(input));  // over everything: one number
    std::iota(dims->begin(), dims->end(), 0);
  }
  if (dims->empty() || (all && (kind == "ArgMax" || kind == "ArgMin"))) return false;
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

// x.max(dim) returns the values and where they are.
bool extreme(Mapping& mapping, const Step& step, std::string_view kind, std::string_view place) {
  const Value& other = step["dim"];
  if (other.is(Value::Kind::tensor)) {
    std::vector<Ref> two;
    for (const Value* one : {&step["input"], &other}) {
      const auto ref = mapping.taken(step, *one);
      if (!ref) return false;
      two.push_back(*ref);
    }
    mapping.emit(step, DraftLayer(kind == "Max" ? "Maximum" : "Minimum", two));
    return true;
  }
  const std::vector<int>& made = step.call().outputs;
  const auto dim = step.integer("dim");
  if (!step.given("dim") && made.size() == 1) return reduced(mapping, step, kind);
  if (!mapping.live(step["input"]) || !dim || made.size() != 2 || made[0] < 0 || made[1] < 0) return false;
  const auto layer = [&](std::string_view type) {
    DraftLayer one(type, {mapping.ref(step["input"])});
    one.set("dim", *dim);
    if (step.flag("keepdim")) one.set("keepdim", true);
    return one;
  };
  if (mapping.readers(made[1]) == 0) {
    mapping.emit(step, layer(kind));
    return true;
  }
  const Ref where = mapping.emit_before(step, layer(place));
  mapping.emit(step, layer(kind));
  mapping.bind(made[1], where);
  return true;
}
bool largest(Mapping& mapping, const Step& step) { return extreme(mapping, step, "Max", "ArgMax"); }
bool smallest(Mapping& mapping, const Step& step) { return extreme(mapping, step, "Min", "ArgMin"); }

// torch.norm(x, p, dim), torch.linalg.vector_norm(x, ord, dim).
bool norm(Mapping& mapping, const Step& step) {
  auto dims = fixed(step.integers("dim"));
  if (!mapping.live(step["input"]) || !dims) return false;
  if (dims->empty()) {
    dims->resize(mapping.rank(step["input"]));
    std::iota(dims->begin(), dims->end(), 0);
  }
  if (dims->empty()) return false;
  const double power = step.number("p", 2);
  if (!std::isfinite(power)) return false;
  DraftLayer layer("Norm", {mapping.ref(step["input"])});
  dims->size() == 1 ? layer.set("dim", (*dims)[0]) : layer.set("dim", *dims);
  if (step.flag("keepdim")) layer.set("keepdim", true);
  if (power != 2) layer.set("p", power);
  mapping.emit(step, std::move(layer));
  return true;
}

// F.normalize: x / max(|x|, eps).
bool normalize(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  const double power = step.number("p", 2);
  if (!mapping.live(input) || !std::isfinite(power)) return false;
  auto dims = fixed(step.integers("dim"));
  if (!dims) return false;
  if (dims->empty()) dims = {1};
  DraftLayer length("Norm", {mapping.ref(input)});
  dims->size() == 1 ? length.set("dim", (*dims)[0]) : length.set("dim", *dims);
  length.set("keepdim", true);
  if (power != 2) length.set("p", power);
  DraftLayer least("Clamp", {mapping.emit_before(step, std::move(length))});
  least.set("min", step.number("eps", 1e-12));
  const Ref by = mapping.emit_before(step, std::move(least));
  mapping.emit(step, DraftLayer("Div", {mapping.ref(input), by}));
  return true;
}

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

constexpr std::string_view kReduce = "input|self dim|axis keepdim|keepdims dtype";
constexpr Row kReduceRows[] = {
    {"mean", kReduce, mean},
    {"sum", kReduce, sum},
    {"amax", kReduce, amax},
    {"amin", kReduce, amin},
    {"logsumexp", kReduce, logsumexp},
    {"argmax", kReduce, argmax},
    {"argmin", kReduce, argmin},
    {"var", "input|self dim|axis unbiased|correction keepdim|keepdims", var},
    {"std", "input|self dim|axis unbiased|correction keepdim|keepdims", deviation},
    {"max", "input|self dim|axis|other keepdim|keepdims", largest},
    {"min", "input|self dim|axis|other keepdim|keepdims", smallest},
    {"norm", "input|self p dim|axis keepdim|keepdims", norm},
    {"vector_norm", "input|self|x p|ord dim|axis keepdim|keepdims", norm},
    {"linalg_vector_norm", "input|self p|ord dim keepdim dtype", norm},
    {"normalize", "input p dim eps", normalize},
    {"flip", "input|self dims", flip},
    {"roll", "input|self shifts dims", roll},
    {"cumsum", "input|self dims|dim dtype", cumsum},
};

}  // namespace

std::span<const Row> reduce_rows() { return kReduceRows; }

}  // namespace shapedbg::aten
