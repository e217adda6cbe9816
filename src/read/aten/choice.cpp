// Comparisons, choices by a mask, and what reads places by their number.
#include <cmath>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// A number: written, or a constant tensor without axes, whose value is of no interest.
std::optional<double> number_of(const Mapping& mapping, const Value& value) {
  if (value.is(Value::Kind::integer)) return static_cast<double>(value.integer);
  if (value.is(Value::Kind::number)) return value.number;
  if (value.is(Value::Kind::boolean)) return value.flag ? 1.0 : 0.0;
  if (value.is(Value::Kind::tensor) && !mapping.live(value) && mapping.tensor(value).shape.empty())
    return 1.0;
  return std::nullopt;
}

bool compared(Mapping& mapping, const Step& step, std::string_view kind) {
  const auto left = mapping.taken(step, step["input"]);
  if (!left) return false;
  const auto right = mapping.taken(step, step["other"]);
  if (right) {
    mapping.emit(step, DraftLayer(kind, {*left, *right}));
    return true;
  }
  const auto number = number_of(mapping, step["other"]);
  if (!number || !std::isfinite(*number) || !find_kind(kind)->option("value")) return false;
  DraftLayer layer(kind, {*left});
  layer.set("value", *number);
  mapping.emit(step, std::move(layer));
  return true;
}
bool equal(Mapping& mapping, const Step& step) { return compared(mapping, step, "Equal"); }
bool not_equal(Mapping& mapping, const Step& step) { return compared(mapping, step, "NotEqual"); }
bool less(Mapping& mapping, const Step& step) { return compared(mapping, step, "Less"); }
bool less_equal(Mapping& mapping, const Step& step) { return compared(mapping, step, "LessEqual"); }
bool greater(Mapping& mapping, const Step& step) { return compared(mapping, step, "Greater"); }
bool greater_equal(Mapping& mapping, const Step& step) { return compared(mapping, step, "GreaterEqual"); }
// `&` of integers is no matter of truth values.
bool of_truth(const Mapping& mapping, const Step& step) { return mapping.result(step).dtype == "bool"; }
bool both(Mapping& mapping, const Step& step) {
  return of_truth(mapping, step) && compared(mapping, step, "LogicalAnd");
}
bool either(Mapping& mapping, const Step& step) {
  return of_truth(mapping, step) && compared(mapping, step, "LogicalOr");
}
bool inverted(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"]) || !of_truth(mapping, step)) return false;
  mapping.emit(step, DraftLayer("LogicalNot", {mapping.ref(step["input"])}));
  return true;
}

bool filled(Mapping& mapping, const Step& step, Ref tensor, Ref mask, double value) {
  DraftLayer layer("MaskedFill", {tensor, mask});
  if (std::isfinite(value))
    layer.set("value", value);
  else if (value > 0 || std::isnan(value))
    return false;  // without a value it is minus infinity
  mapping.emit(step, std::move(layer));
  return true;
}

bool masked_fill(Mapping& mapping, const Step& step) {
  const auto number = number_of(mapping, step["value"]);
  if (!number) return false;
  const auto tensor = mapping.taken(step, step["input"]);
  const auto mask = tensor ? mapping.taken(step, step["mask"]) : std::nullopt;
  return mask && filled(mapping, step, *tensor, *mask, *number);
}

// where(condition, a, b); with a number in place of a or b.
bool where(Mapping& mapping, const Step& step) {
  const auto condition = mapping.taken(step, step["condition"]);
  if (!condition) return false;
  const Value& a = step["input"];
  const Value& b = step["other"];
  const auto number_a = number_of(mapping, a);
  const auto number_b = number_of(mapping, b);
  const auto first = number_a ? std::nullopt : mapping.taken(step, a);
  const auto second = number_b ? std::nullopt : mapping.taken(step, b);
  if (first && second) {
    mapping.emit(step, DraftLayer("Where", {*condition, *first, *second}));
    return true;
  }
  if (number_a && second) return filled(mapping, step, *second, *condition, *number_a);
  if (!first || !number_b) return false;
  if (std::isfinite(*number_b)) {
    DraftLayer layer("Where", {*condition, *first});
    layer.set("value", *number_b);
    mapping.emit(step, std::move(layer));
    return true;
  }
  if (!(*number_b < 0)) return false;
  const Ref otherwise = mapping.emit_before(step, DraftLayer("LogicalNot", {*condition}));
  return filled(mapping, step, *first, otherwise, *number_b);
}

bool grid_sample(Mapping& mapping, const Step& step) {
  const auto input = mapping.taken(step, step["input"]);
  const auto grid = input ? mapping.taken(step, step["grid"]) : std::nullopt;
  if (!grid) return false;
  constexpr std::string_view modes[] = {"bilinear", "nearest", "bicubic"};
  constexpr std::string_view outside[] = {"zeros", "border", "reflection"};
  // aten has the words as numbers.
  const auto word = [&](std::string_view name, const auto& words) {
    const auto place = step.integer(name);
    if (place) return *place >= 0 && *place < 3 ? std::string(words[*place]) : std::string();
    return step.given(name) ? step.text(name) : std::string(words[0]);
  };
  const std::string mode = word("mode", modes);
  const std::string border = word("padding_mode", outside);
  if (mode.empty() || border.empty()) return false;
  DraftLayer layer("GridSample", {*input, *grid});
  if (mode != modes[0]) layer.set("mode", mode);
  if (border != outside[0]) layer.set("padding_mode", border);
  if (step.flag("align_corners")) layer.set("align_corners", true);
  mapping.emit(step, std::move(layer));
  return true;
}

bool gather(Mapping& mapping, const Step& step) {
  const auto dim = step.integer("dim");
  const auto input = mapping.taken(step, step["input"]);
  const auto index = input ? mapping.taken(step, step["index"]) : std::nullopt;
  if (!dim || !index || mapping.rank(step["input"]) != mapping.rank(step["index"])) return false;
  DraftLayer layer("Gather", {*input, *index});
  layer.set("dim", *dim);
  mapping.emit(step, std::move(layer));
  return true;
}

bool ordered(Mapping& mapping, const Step& step, std::string_view kind, int output) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(kind, {mapping.ref(step["input"])});
  if (kind == "TopK") {
    const Value& k = step["k"];
    if (!k.is(Value::Kind::integer) || !k.others.empty() || k.integer < 1) return false;
    layer.set("k", k.integer);
  }
  if (const auto dim = step.integer("dim"); dim && *dim != -1) layer.set("dim", *dim);
  if (output == 0) {
    mapping.emit(step, std::move(layer));
    return true;
  }
  const Ref sorted = mapping.emit_before(step, std::move(layer));
  mapping.bind(step.call().outputs.at(0), {sorted.layer, output});
  return true;
}
bool topk(Mapping& mapping, const Step& step) { return ordered(mapping, step, "TopK", 0); }
bool sort(Mapping& mapping, const Step& step) { return ordered(mapping, step, "Sort", 0); }
bool argsort(Mapping& mapping, const Step& step) { return ordered(mapping, step, "Sort", 1); }

constexpr std::string_view kTwoTensors = "input|self other";
constexpr Row kChoiceRows[] = {
    {"eq", kTwoTensors, equal},
    {"ne", kTwoTensors, not_equal},
    {"not_equal", kTwoTensors, not_equal},
    {"lt", kTwoTensors, less},
    {"less", kTwoTensors, less},
    {"le", kTwoTensors, less_equal},
    {"less_equal", kTwoTensors, less_equal},
    {"gt", kTwoTensors, greater},
    {"greater", kTwoTensors, greater},
    {"ge", kTwoTensors, greater_equal},
    {"greater_equal", kTwoTensors, greater_equal},
    {"logical_and", kTwoTensors, both},
    {"logical_or", kTwoTensors, either},
    {"bitwise_and", kTwoTensors, both},
    {"bitwise_or", kTwoTensors, either},
    {"logical_not", "input|self", inverted},
    {"bitwise_not", "input|self", inverted},
    {"masked_fill", "input|self mask value", masked_fill},
    {"where", "condition input|self other", where},
    {"grid_sample", "input grid mode padding_mode align_corners", grid_sample},
    {"grid_sampler", "input grid mode|interpolation_mode padding_mode align_corners", grid_sample},
    {"grid_sampler_2d", "input grid mode|interpolation_mode padding_mode align_corners", grid_sample},
    {"grid_sampler_3d", "input grid mode|interpolation_mode padding_mode align_corners", grid_sample},
    {"gather", "input|self dim index", gather},
    {"topk", "input|self k dim largest sorted", topk},
    {"sort", "input|self dim descending stable", sort},
    {"argsort", "input|self dim descending stable", argsort},
};

}  // namespace

std::span<const Row> choice_rows() { return kChoiceRows; }

}  // namespace shapedbg::aten
