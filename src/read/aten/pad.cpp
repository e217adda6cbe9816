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
std::optional<int> like(const Mapping& mapping, const Step& step, const Padding& padding) {
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

bool to_multiple(Mapping& mapping, const Step& step, const Padding& padding) {
  const int input = step["input"].tensor;
  const std::size_t rank = mapping.tensor(input).shape.size();
  const std::size_t axes = padding.sizes.size() / 2;
  if (rank < 3 || axes != rank - 2 || mapping.runs() < 3) return false;
  std::vector<std::int64_t> multiples(axes);
  for (std::size_t k = 0; k < axes; ++k) {
    const Runs before = runs_of(padding.sizes[2 * k], mapping.runs());
    const Runs behind = runs_of(padding.sizes[2 * k + 1], mapping.runs());
    const auto by = multiple(mapping.runs_at(input, rank - 1 - k), before, behind);
    if (!by) return false;
    multiples[axes - 1 - k] = *by;
  }
  DraftLayer layer("PadToMultiple", {mapping.ref(input)});
  layer.axes("multiple", multiples);
  set_mode(layer, padding);
  mapping.emit(step, std::move(layer));
  return true;
}

bool pad_by(Mapping& mapping, const Step& step, const Padding& padding) {
  if (!mapping.live(step["input"]) || padding.sizes.empty() || padding.sizes.size() % 2 != 0) return false;
  if (const auto numbers = fixed(padding.sizes)) {
    bool computed = false;
    for (const Value& size : padding.sizes)
      computed = computed || !(size.formula.empty() || size.formula.is_constant());
    if (!computed || mapping.runs() > 1) {
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
  }
  if (to_multiple(mapping, step, padding)) return true;
  const auto tensor = like(mapping, step, padding);
  if (!tensor) return false;
  DraftLayer layer("Pad", {mapping.ref(step["input"])});
  layer.set("size_like", mapping.ref(*tensor));
  set_mode(layer, padding);
  mapping.emit(step, std::move(layer));
  return true;
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
constexpr std::array<Row, 8> kRows{{{"pad", "input|self pad mode value", pad},
                                    {"constant_pad_nd", kPad, constant_pad},
                                    {"reflection_pad1d", kPad, reflection_pad},
                                    {"reflection_pad2d", kPad, reflection_pad},
                                    {"reflection_pad3d", kPad, reflection_pad},
                                    {"replication_pad1d", kPad, replication_pad},
                                    {"replication_pad2d", kPad, replication_pad},
                                    {"replication_pad3d", kPad, replication_pad}}};

}  // namespace

std::span<const Row> pad_rows() { return kRows; }

}  // namespace shapedbg::aten
