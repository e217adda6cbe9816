// F.pad with numbers, up to the size of another tensor, or up to a multiple.
#include <algorithm>
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// How the spatial axes are padded: two sizes per axis, last axis first.
struct Padding {
  std::vector<Value> sizes;
  std::string mode;
  double value = 0;
};

void set_mode(DraftLayer& layer, const Padding& padding) {
  if (padding.mode != "constant") layer.set("mode", padding.mode);
  if (padding.mode == "constant" && padding.value != 0) layer.set("value", padding.value);
}

// Whether both spatial axes come out as those of an earlier tensor, split as Pad's size_like splits: the half
// in front rounded down.
std::optional<int> like(const Mapping& mapping, const Step& step, const Padding& padding, bool by_name) {
  const int input = step["input"].tensor;
  const int made = step.call().outputs.at(0);
  const std::size_t rank = mapping.tensor(input).shape.size();
  const std::size_t axes = padding.sizes.size() / 2;
  if (rank < 3 || axes != rank - 2) return std::nullopt;
  for (std::size_t k = 0; k < axes; ++k) {
    const Runs before = runs_of(padding.sizes[2 * k], mapping.runs());
    const Runs behind = runs_of(padding.sizes[2 * k + 1], mapping.runs());
    for (std::size_t run = 0; run < before.size(); ++run) {
      const std::int64_t all = before[run] + behind[run];
      if (before[run] != (all >= 0 ? all / 2 : (all - 1) / 2)) return std::nullopt;
    }
  }
  // A recording says whose size it was.
  for (const Value& size : padding.sizes)
    for (const calls::Formula::Node& node : size.formula.nodes()) {
      const int tensor = static_cast<int>(node.value);
      if (node.op != calls::Formula::Op::axis || tensor == input || !mapping.live(tensor)) continue;
      if (mapping.tensor(tensor).shape.size() != rank) continue;
      bool fits = true;
      for (std::size_t k = 2; fits && k < rank; ++k)
        fits = mapping.runs_at(tensor, k) == mapping.runs_at(made, k);
      if (fits) return tensor;
    }
  if (by_name || rank < axes) return std::nullopt;
  std::vector<Runs> sizes;
  for (std::size_t k = rank - axes; k < rank; ++k) sizes.push_back(mapping.runs_at(made, k));
  return mapping.tensor_with(sizes, rank, rank - axes, input, made);
}

// The multiple that an axis is padded to at its end; 1 where it is not padded.
std::optional<std::int64_t> multiple(const Runs& in, const Runs& before, const Runs& behind) {
  if (std::any_of(before.begin(), before.end(), [](std::int64_t size) { return size != 0; }))
    return std::nullopt;
  for (std::int64_t by = 1; by <= 4096; ++by) {
    bool fits = true;
    for (std::size_t run = 0; fits && run < in.size(); ++run)
      fits = (in[run] + by - 1) / by * by == in[run] + behind[run];
    if (fits) return by;
  }
  return std::nullopt;
}

// The same from the formula alone, (8 - h % 8) % 8, at many sizes of the one axis that it names.
std::optional<std::int64_t> multiple_of(const Mapping& mapping, int input, std::size_t axis,
                                        const Value& before, const Value& behind) {
  using Op = calls::Formula::Op;
  if (before.integer != 0 || !before.others.empty()) return std::nullopt;
  if (behind.formula.empty() || behind.formula.is_constant())
    return behind.integer == 0 && behind.others.empty() ? std::optional<std::int64_t>(1) : std::nullopt;
  const calls::Formula::Node* named = nullptr;
  for (const calls::Formula::Node& node : behind.formula.nodes()) {
    if (node.op == Op::symbol) return std::nullopt;
    if (node.op != Op::axis) continue;
    if (named && (named->value != node.value || named->axis != node.axis)) return std::nullopt;
    named = &node;
  }
  if (!named || mapping.runs_at(static_cast<int>(named->value), static_cast<std::size_t>(named->axis)) !=
                    mapping.runs_at(input, axis))
    return std::nullopt;
  const auto padded = [&](std::int64_t size) {
    return behind.formula.evaluate([&](const calls::Formula::Node& node) {
      return node.op == Op::axis ? std::optional(size) : std::nullopt;
    });
  };
  const auto first = padded(1);
  if (!first || *first < 0 || *first > 4095) return std::nullopt;
  const std::int64_t by = *first + 1;
  // 8 - h % 8 under `if h % 8` is the same: where 8 divides h, the run that pads is another one.
  for (std::int64_t size = 1; size <= 3 * by + 7; ++size)
    if (padded(size) != (by - size % by) % by && !(size % by == 0 && padded(size) == by && by > 1))
      return std::nullopt;
  return by;
}

// The same for a map whose channels, the last axis, stay: `skip` sizes of them come first.
std::optional<std::vector<std::int64_t>> multiples(const Mapping& mapping, const Step& step,
                                                   const Padding& padding, std::size_t skip) {
  const int input = step["input"].tensor;
  const std::size_t rank = mapping.tensor(input).shape.size();
  const std::size_t axes = padding.sizes.size() / 2 - skip;
  std::vector<std::int64_t> list(axes);
  for (std::size_t k = 0; k < axes; ++k) {
    const Value& front = padding.sizes[2 * (k + skip)];
    const Value& end = padding.sizes[2 * (k + skip) + 1];
    const std::size_t at = rank - 1 - skip - k;
    const auto by = mapping.runs() < 3 ? multiple_of(mapping, input, at, front, end)
                                       : multiple(mapping.runs_at(input, at), runs_of(front, mapping.runs()),
                                                  runs_of(end, mapping.runs()));
    if (!by) return std::nullopt;
    list[axes - 1 - k] = *by;
  }
  return list;
}

bool is_nothing(const Value& size) {
  return size.integer == 0 && size.others.empty() && (size.formula.empty() || size.formula.is_constant());
}

bool to_multiple(Mapping& mapping, const Step& step, const Padding& padding) {
  const int input = step["input"].tensor;
  const std::size_t rank = mapping.tensor(input).shape.size();
  const std::size_t axes = padding.sizes.size() / 2;
  const bool last =
      rank > 2 && axes == rank - 1 && is_nothing(padding.sizes[0]) && is_nothing(padding.sizes[1]);
  if (rank < 3 || (axes != rank - 2 && !last)) return false;
  const auto found = multiples(mapping, step, padding, last ? 1 : 0);
  if (!found) return false;
  DraftLayer layer("PadToMultiple", {mapping.ref(input)});
  layer.axes("multiple", *found);
  set_mode(layer, padding);
  if (!last) {
    mapping.emit(step, std::move(layer));
    return true;
  }
  layer.inputs = {mapping.channels_first(step, mapping.ref(input), rank)};
  mapping.emit_channels_last(step, std::move(layer), rank);
  return true;
}

bool pad_like(Mapping& mapping, const Step& step, const Padding& padding, bool by_name) {
  const auto tensor = like(mapping, step, padding, by_name);
  if (!tensor) return false;
  DraftLayer layer("Pad", {mapping.ref(step["input"])});
  layer.set("size_like", mapping.ref(*tensor));
  set_mode(layer, padding);
  mapping.emit(step, std::move(layer));
  return true;
}

bool is_computed(const Value& size) { return !size.formula.empty() && !size.formula.is_constant(); }

// " + 3" or " + (in[1][2] - in[2])": what goes on at one side. Nothing where it is not known.
std::optional<std::string> added(const Mapping& mapping, const Value& size, std::vector<int>& inputs) {
  if (!is_computed(size)) {
    if (!size.others.empty()) return std::nullopt;
    return size.integer == 0 ? "" : " + (" + std::to_string(size.integer) + ")";
  }
  const auto found = mapping.size_over({size.integer, size.formula, size.others}, std::nullopt, inputs);
  if (!found || found->number()) return std::nullopt;
  std::string text = found->json();
  std::erase(text, '"');
  return " + (" + text + ")";
}

// What one node of a formula computes, on its own.
calls::Formula computed_at(const calls::Formula& formula, int node) {
  using calls::Formula;
  const Formula::Node& at = formula.nodes()[static_cast<std::size_t>(node)];
  if (at.op == Formula::Op::constant) return Formula::constant(at.value);
  if (at.op == Formula::Op::symbol) return Formula::symbol(at.value);
  if (at.op == Formula::Op::axis) return Formula::axis(at.value, at.axis);
  const Formula left = computed_at(formula, at.left);
  return at.right < 0 ? Formula::unary(at.op, left)
                      : Formula::binary(at.op, left, computed_at(formula, at.right));
}

// How long an axis becomes, where a program cuts what is missing in two: d//2 in front and d - d//2 behind.
std::optional<calls::Size> padded_whole(const Mapping& mapping, int input, std::size_t axis,
                                        const Value& before, const Value& behind) {
  using calls::Formula;
  if (!is_computed(before) || !is_computed(behind)) return std::nullopt;
  const Formula::Node& last = behind.formula.nodes().back();
  if (last.op != Formula::Op::subtract || behind.formula.nodes().size() > 400) return std::nullopt;
  const Formula missing = computed_at(behind.formula, last.left);
  for (std::int64_t size = 8; size <= 600; size += 37) {
    const auto at = [&](const Formula& side) {
      return side.evaluate([&](const Formula::Node& node) {
        return node.op == Formula::Op::axis ? std::optional(size + std::int64_t{5} * node.axis)
                                            : std::nullopt;
      });
    };
    const auto front = at(before.formula);
    const auto end = at(behind.formula);
    if (!front || !end || at(missing) != *front + *end) return std::nullopt;
  }
  Runs sizes = mapping.runs_at(input, axis);
  const Runs in_front = runs_of(before, mapping.runs());
  const Runs at_end = runs_of(behind, mapping.runs());
  for (std::size_t run = 0; run < sizes.size(); ++run) sizes[run] += in_front[run] + at_end[run];
  calls::Size whole;
  whole.value = sizes[0];
  whole.others.assign(sizes.begin() + 1, sizes.end());
  whole.formula = Formula::binary(Formula::Op::add, Formula::axis(input, static_cast<int>(axis)), missing);
  // Up to a length: that is all there is to say.
  const Formula::Node& end = missing.nodes().back();
  if (end.op == Formula::Op::subtract) {
    const Formula::Node& from = missing.nodes()[static_cast<std::size_t>(end.right)];
    if (from.op == Formula::Op::axis &&
        mapping.runs_at(static_cast<int>(from.value), static_cast<std::size_t>(from.axis)) ==
            mapping.runs_at(input, axis))
      whole.formula = computed_at(missing, end.left);
  }
  return whole;
}

// What no Pad says: each axis and what the program computed for its two sides.
bool pad_custom(Mapping& mapping, const Step& step, const Padding& padding) {
  std::vector<int> inputs{step["input"].tensor};
  const std::size_t rank = mapping.rank(step["input"]);
  if (padding.sizes.size() > 2 * rank) return false;
  std::vector<DraftSize> shape;
  for (std::size_t k = 0; k < rank; ++k) {
    std::string text = "in[" + std::to_string(k) + "]";
    const std::size_t at = 2 * (rank - 1 - k);
    if (at + 1 < padding.sizes.size())
      if (const auto whole = padded_whole(mapping, inputs[0], k, padding.sizes[at], padding.sizes[at + 1])) {
        auto found = mapping.size_over(*whole, std::nullopt, inputs);
        if (!found || found->number()) return false;
        shape.push_back(std::move(*found));
        continue;
      }
    for (std::size_t side = at; side < at + 2 && side < padding.sizes.size(); ++side) {
      const auto term = added(mapping, padding.sizes[side], inputs);
      if (!term) return false;
      text += *term;
    }
    if (text.size() > 250) return false;
    shape.emplace_back(std::move(text));
  }
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

// A size that the program computed and that is one number for every size of the axis that it names: what is
// missing to a whole number of steps of 1.
void settle(Value& size) {
  if (!is_computed(size) || !size.others.empty()) return;
  for (std::int64_t axis = 8; axis <= 600; axis += 37) {
    const auto value = size.formula.evaluate([&](const calls::Formula::Node& node) {
      return node.op == calls::Formula::Op::axis ? std::optional(axis) : std::nullopt;
    });
    if (value != size.integer) return;
  }
  const auto& nodes = size.formula.nodes();
  const auto other = std::find_if(nodes.begin(), nodes.end(), [&](const calls::Formula::Node& node) {
    return node.op == calls::Formula::Op::axis &&
           std::any_of(nodes.begin(), nodes.end(), [&](const calls::Formula::Node& two) {
             return two.op == node.op && (two.value != node.value || two.axis != node.axis);
           });
  });
  if (other == nodes.end()) size.formula = {};
}

bool pad_by(Mapping& mapping, const Step& step, Padding padding) {
  if (!mapping.live(step["input"]) || padding.sizes.empty() || padding.sizes.size() % 2 != 0) return false;
  std::for_each(padding.sizes.begin(), padding.sizes.end(), settle);
  const bool computed = std::any_of(padding.sizes.begin(), padding.sizes.end(), is_computed);
  // What the program computed, also where it was the same in all runs: nothing to pad.
  if (computed && (to_multiple(mapping, step, padding) || pad_like(mapping, step, padding, true)))
    return true;
  const auto numbers = fixed(padding.sizes);
  if (numbers && computed && mapping.runs() < 3 && pad_custom(mapping, step, padding)) return true;
  if (numbers && (!computed || mapping.runs() > 1)) {
    const bool none =
        std::all_of(numbers->begin(), numbers->end(), [](std::int64_t size) { return size == 0; });
    DraftLayer layer(none ? "Identity" : "Pad", {mapping.ref(step["input"])});
    if (!none) {
      layer.set("padding", *numbers);
      set_mode(layer, padding);
    }
    mapping.emit(step, std::move(layer));
    return true;
  }
  return pad_like(mapping, step, padding, false) || pad_custom(mapping, step, padding);
}

bool pad(Mapping& mapping, const Step& step) {
  Padding padding{step.integers("pad"), step.text("mode"), step.number("value", 0)};
  if (padding.mode.empty()) padding.mode = "constant";
  return pad_by(mapping, step, padding);
}

bool pad_as(Mapping& mapping, const Step& step, std::string_view mode) {
  return pad_by(mapping, step, {step.integers("pad"), std::string(mode), step.number("value", 0)});
}
bool constant_pad(Mapping& mapping, const Step& step) { return pad_as(mapping, step, "constant"); }
bool reflection_pad(Mapping& mapping, const Step& step) { return pad_as(mapping, step, "reflect"); }
bool replication_pad(Mapping& mapping, const Step& step) { return pad_as(mapping, step, "replicate"); }

constexpr std::string_view kPad = "input|self pad|padding value";
constexpr std::array<Row, 8> kPadRows{{{"pad", "input|self pad mode value", pad},
                                       {"constant_pad_nd", kPad, constant_pad},
                                       {"reflection_pad1d", kPad, reflection_pad},
                                       {"reflection_pad2d", kPad, reflection_pad},
                                       {"reflection_pad3d", kPad, reflection_pad},
                                       {"replication_pad1d", kPad, replication_pad},
                                       {"replication_pad2d", kPad, replication_pad},
                                       {"replication_pad3d", kPad, replication_pad}}};

}  // namespace

std::span<const Row> pad_rows() { return kPadRows; }

}  // namespace shapedbg::aten
