// Losses that compare two tensors element by element. Where these do not meet, the network returns another
// size than went in.
#include <algorithm>
#include <numeric>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

enum class Reduction { none, mean, sum };

// "mean" in Python, 1 in an exported program.
std::optional<Reduction> reduction_of(const Step& step) {
  if (step.given("size_average") || step.given("reduce") || step.given("weight")) return std::nullopt;
  if (!step.given("reduction")) return Reduction::mean;
  const std::string word = step.text("reduction");
  const std::int64_t number = step.integer("reduction").value_or(-1);
  if (word == "none" || number == 0) return Reduction::none;
  if (word == "mean" || number == 1) return Reduction::mean;
  if (word == "sum" || number == 2) return Reduction::sum;
  return std::nullopt;
}

// Some losses refuse what broadcasts, which no layer below does.
bool refused_alike(const Mapping& mapping, const Step& step) {
  const auto& a = mapping.tensor(step["input"]).shape;
  const auto& b = mapping.tensor(step["target"]).shape;
  if (step.call().raised.empty()) return false;
  for (std::size_t k = 1; k <= std::min(a.size(), b.size()); ++k) {
    const std::int64_t x = a[a.size() - k].value;
    const std::int64_t y = b[b.size() - k].value;
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}

// How a loss begins, as layers that say where its tensors meet, and how it goes on.
struct Form {
  std::string_view first;   // a layer of the prediction alone; empty: none
  std::string_view meets;   // Sub, or Mul where the target weighs the prediction
  std::string_view second;  // what follows for each element; empty: a Custom does all that follows
};

DraftLayer rest_of(const Form& form, Ref difference, std::string_view op) {
  if (form.second.empty()) {
    DraftLayer layer("Custom", {difference});
    layer.set("label", std::string(op));
    return layer;
  }
  DraftLayer layer(form.second, {difference});
  if (form.second == "Pow") layer.set("value", 2.0);
  return layer;
}

bool loss(Mapping& mapping, const Step& step, const Form& form) {
  const Value& prediction = step["input"];
  const Value& target = step["target"];
  const auto reduction = reduction_of(step);
  if (!reduction || !prediction.is(Value::Kind::tensor) || !target.is(Value::Kind::tensor)) return false;
  const std::size_t axes = std::max(mapping.rank(prediction), mapping.rank(target));
  if (axes == 0 || refused_alike(mapping, step)) return false;
  auto a = mapping.taken(step, prediction);
  const auto b = a ? mapping.taken(step, target) : std::nullopt;
  if (!b) return false;
  if (!form.first.empty()) a = mapping.emit_before(step, DraftLayer(form.first, {*a}));
  const Ref met = mapping.emit_before(step, DraftLayer(form.meets, {*a, *b}));
  DraftLayer each = rest_of(form, met, step.op());
  if (each.type == "Custom") {
    if (reduction == Reduction::none)
      each.set("output", "same");
    else
      each.sizes("output", {});
    mapping.emit(step, std::move(each));
    return true;
  }
  if (reduction == Reduction::none) {
    mapping.emit(step, std::move(each));
    return true;
  }
  std::vector<std::int64_t> all(axes);
  std::iota(all.begin(), all.end(), 0);
  DraftLayer whole(reduction == Reduction::sum ? "Sum" : "Mean",
                   {mapping.emit_before(step, std::move(each))});
  all.size() == 1 ? whole.set("dim", all[0]) : whole.set("dim", all);
  mapping.emit(step, std::move(whole));
  return true;
}

bool squares(Mapping& mapping, const Step& step) { return loss(mapping, step, {"", "Sub", "Pow"}); }
bool absolute(Mapping& mapping, const Step& step) { return loss(mapping, step, {"", "Sub", "Abs"}); }
bool difference(Mapping& mapping, const Step& step) { return loss(mapping, step, {"", "Sub", ""}); }
bool weighed(Mapping& mapping, const Step& step) { return loss(mapping, step, {"", "Mul", ""}); }
bool log_weighed(Mapping& mapping, const Step& step) { return loss(mapping, step, {"Log", "Mul", ""}); }

constexpr std::string_view kLoss = "input|self target size_average reduce reduction weight";
constexpr std::string_view kWeighed = "input|self target weight size_average reduce reduction";
constexpr Row kLossRows[] = {
    {"mse_loss", kLoss, squares},
    {"l1_loss", kLoss, absolute},
    {"smooth_l1_loss", "input|self target size_average reduce reduction beta weight", difference},
    {"huber_loss", "input|self target reduction delta weight", difference},
    {"binary_cross_entropy", kWeighed, log_weighed},
    {"binary_cross_entropy_with_logits", kWeighed, weighed},
};

}  // namespace

std::span<const Row> loss_rows() { return kLossRows; }

}  // namespace shapedbg::aten
