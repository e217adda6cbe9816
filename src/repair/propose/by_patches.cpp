// Patches that are put together on another grid than they were taken from: the reshape that states the grid,
// and those behind it that state the picture.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "infer/again.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

using Grid = std::pair<std::int64_t, std::int64_t>;

// All sizes of a Reshape, the first aside, as numbers.
std::optional<Shape> stated_sizes(const LayerSpec& layer) {
  const OptionValue* option =
      layer.broken || layer.info().family != Family::reshape ? nullptr : layer.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr || sizes->size() < 2) return std::nullopt;
  Shape all{0};
  for (std::size_t k = 1; k < sizes->size(); ++k) {
    if (!(*sizes)[k].is_constant() || (*sizes)[k].constant() < 1) return std::nullopt;
    all.push_back((*sizes)[k].constant());
  }
  return all;
}

// Sizes with another number in each place where they are unlike `fresh`.
Set with_sizes(const LayerSpec& layer, LayerId index, const Shape& fresh) {
  auto sizes = std::get<std::vector<Expression>>(layer.find(Opt::shape)->value);
  for (std::size_t k = 1; k < sizes.size(); ++k) sizes[k] = Expression(fresh[k]);
  return {index, Opt::shape, Value{std::move(sizes)}};
}

class Patches {
 public:
  Patches(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out) {}

  void run(LayerId fault) {
    const LayerSpec& view = s_.spec.layer(fault);
    const auto& inputs = s_.trace.row(fault).inputs;
    const auto sizes = stated_sizes(view);
    if (!sizes || sizes->size() < 5 || inputs.empty() || inputs[0].size() != 3) return;
    // [N, rows, columns, a patch]: the patch has the features of one token.
    const Shape& x = inputs[0];
    std::int64_t patch = 1;
    for (std::size_t k = 3; k < sizes->size(); ++k) patch *= (*sizes)[k];
    const auto grid = grid_of(fault, x[1]);
    if (patch != x[2] || !grid) return;
    was_ = {(*sizes)[1], (*sizes)[2]};
    is_ = *grid;
    Shape fresh = *sizes;
    fresh[1] = is_.first;
    fresh[2] = is_.second;
    sets_ = {with_sizes(view, fault, fresh)};
    changed_ = s_.spec;
    changed_.layer(fault).set(Opt::shape, sets_[0].value);
    settle();
  }

 private:
  // The map in front that has as many places as there are patches; else a square one.
  std::optional<Grid> grid_of(LayerId fault, std::int64_t patches) const {
    for (LayerId i = fault; i-- > LayerId{0};) {
      const auto& outputs = s_.trace.row(i).outputs;
      if (outputs.empty() || outputs[0].size() != 4) continue;
      const Shape& map = outputs[0];
      for (const std::size_t k : {2u, 1u})
        if (map[k] * map[k + 1] == patches) return Grid{map[k], map[k + 1]};
    }
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(patches))));
    return side * side == patches ? std::optional(Grid{side, side}) : std::nullopt;
  }

  // Whether a size that was made with the old grid is this one with the new.
  bool grown(std::int64_t was, std::int64_t is) const {
    return was == is || is * was_.first == was * is_.first || is * was_.second == was * is_.second;
  }

  // Neighbouring axes of `x`, from `axis` on, laid together so that each is what the sizes from `k` on state,
  // by the new grid.
  bool regrouped(const Shape& x, std::size_t axis, const Shape& sizes, std::size_t k, Shape& fresh) const {
    if (k == sizes.size()) return axis == x.size();
    std::int64_t product = 1;
    for (std::size_t end = axis; end < x.size(); ++end) {
      product *= x[end];
      if (!grown(sizes[k], product)) continue;
      fresh[k] = product;
      if (regrouped(x, end + 1, sizes, k + 1, fresh)) return true;
    }
    return false;
  }

  void settle() {
    constexpr std::size_t most = 4;
    while (sets_.size() <= most) {
      const auto layers = static_cast<std::int64_t>(changed_.layers.size());
      if (s_.steps < layers) return;
      s_.steps -= layers;
      const Trace trace = infer_again(changed_, s_.spec, s_.trace);
      if (holds(changed_, trace)) return propose();
      const auto fault = first_fault(trace);
      if (!fault || trace.row(*fault).inputs.empty()) return;
      const LayerSpec& view = changed_.layer(*fault);
      const auto sizes = stated_sizes(view);
      if (!sizes || sets_.back().layer == *fault) return;
      Shape fresh = *sizes;
      if (!regrouped(trace.row(*fault).inputs[0], 1, *sizes, 1, fresh)) return;
      sets_.push_back(with_sizes(view, *fault, fresh));
      changed_.layer(*fault).set(Opt::shape, sets_.back().value);
    }
  }

  void propose() {
    Candidate candidate;
    candidate.kind = FixKind::channels;
    offer_as_one(s_, sets_, std::move(candidate), out_);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  Grid was_;
  Grid is_;
  Spec changed_ = {};
  std::vector<Set> sets_ = {};
};

}  // namespace

void suggest_patches(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (fault && s.trace.row(*fault).refusals[0].code == Code::L211) Patches(s, out).run(*fault);
}

}  // namespace shapedbg
