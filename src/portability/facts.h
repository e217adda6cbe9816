// The table of facts: what a target does with a layer's sizes, the version on which it was seen, and how that
// was shown. A row without a run behind it does not go in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "finding/finding.h"
#include "infer/infer.h"
#include "net/move.h"
#include "net/spec.h"
#include "net/targets.h"

namespace shapedbg {

// A layer at the declared size.
struct LayerView {
  const Spec& spec;
  const Trace& trace;
  LayerId index{0};

  const LayerSpec& layer() const { return spec.layer(index); }
  const LayerTrace& row() const { return trace.row(index); }
  // Size that goes in along the layer's own spatial axis `axis`.
  std::int64_t in(int axis) const;
  std::int64_t out(int axis) const;
};

using Options = std::vector<std::pair<Opt, Value>>;

// What the target makes of one layer, in one of three ways.
struct There {
  // Layers of torch that return what the target returns, one behind the other; the first takes what the layer
  // takes. They refuse where the target refuses. So the target's rule is proven as any rule is.
  struct Stand {
    LayerKind kind = LayerKind::Identity;
    Options options;
  };
  std::vector<Stand> stands = {};
  // Or what it returns of an input for which PyTorch returns `here`, where no layer of torch has the rule;
  // empty where it refuses. Asked size by size.
  std::function<Shape(const Shape& input, const Shape& here)> evaluated = {};
  // Or nothing that runs, whatever the size.
  bool refused = false;

  // Where sizes part it raises in place of returning another one.
  bool raises = false;

  std::string why;  // the target's rule with this layer's numbers, without a period
};

struct Seen {
  Target target;
  std::string_view version;  // "1.32.0"
};

struct Fact {
  std::string_view id;  // "resize-in-single"
  Code code;
  std::vector<Family> families;  // whose layers may be concerned
  // Nothing where the layer is not concerned. Null for a fact about an input. Whether sizes part is asked
  // afterwards.
  std::optional<There> (*there)(const LayerView& view);
  std::vector<Seen> seen;
  std::string_view does;  // one sentence without its period
  std::string_view
      rule;  // exactly, by letters as in `explain`: x in, k kernel_size, s stride, p padding, d dilation
  std::string_view repair;  // the same; empty where the fixes say it all
  std::string_view shown;   // how: "findings/NAME.sh", or what was run
  // Options for the same layer by which both may return the same size, best first: tried one after another.
  std::vector<Moves> (*moves)(const LayerView& view) = nullptr;

  // Of a fact about an input: whether a free size is held to what it is in the example.
  bool (*freezes)(const FreeSize& size) = nullptr;

  bool concerns(Family family) const {
    return std::find(families.begin(), families.end(), family) != families.end();
  }
};
const std::vector<Fact>& portability_facts();

}  // namespace shapedbg
