// An input that a layer far behind asks for: the size whose tokens, latent or map fit a table of positions,
// or the table for the tokens that there are. Any input of the network, all its places together.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "flow/path.h"
#include "infer/period.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::int64_t most_tries = 48;
constexpr std::int64_t most_times = 16;  // as large

class FarInputs {
 public:
  FarInputs(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out) {}

  void run() {
    const auto fault = first_fault(s_.trace);
    if (!fault) return;
    if (s_.spec.inputs.size() > 1) read_only_here(*fault);
    // Where a size is stated: by another input that goes in as it is, or by a reshape.
    const LayerSpec& at = s_.spec.layer(*fault);
    const bool stated =
        at.info().family == Family::reshape || at.info().family == Family::unflatten ||
        std::any_of(at.inputs.begin(), at.inputs.end(), [](Ref ref) { return ref.is_input(); });
    for (std::size_t k = 0; stated && k < s_.spec.inputs.size(); ++k) all_places(k);
    const Code code = s_.trace.row(*fault).refusals[0].code;
    if (code == Code::L205 && s_.spec.inputs.size() == 1) large_enough();
  }

 private:
  bool would_hold_with(std::size_t input, const Shape& shape) {
    Spec changed = s_.spec;
    changed.inputs[input].shape = shape;
    return would_hold(s_, changed);
  }

  void propose(std::size_t input, const Shape& fresh, std::int64_t amount) {
    Candidate candidate;
    candidate.kind = FixKind::input_size;
    candidate.amount = amount;
    if (!feed(s_, input, fresh, candidate)) return;
    candidate.title = "feed `" + s_.spec.inputs[input].name + "` as " + bracketed(fresh) + " instead of " +
                      bracketed(s_.spec.inputs[input].shape);
    out_.push_back(std::move(candidate));
  }

  // An input that only the failing merge takes has the size of what it meets there.
  void read_only_here(LayerId merge) {
    const LayerSpec& layer = s_.spec.layer(merge);
    const auto& inputs = s_.trace.row(merge).inputs;
    if (layer.inputs.size() < 2 || inputs.size() != layer.inputs.size()) return;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      if (!layer.inputs[k].is_input()) continue;
      const Shape& other = inputs[k == 0 ? 1 : 0];
      if (other.size() != inputs[k].size()) continue;
      Shape fresh = inputs[k];
      int changed = 0;
      std::int64_t by = 0;
      for (std::size_t axis = 0; axis < fresh.size(); ++axis) {
        // What has one place is given to all of a map's.
        if (fresh[axis] == other[axis] || fresh[axis] == 1 || other[axis] == 1) continue;
        by += std::abs(fresh[axis] - other[axis]);
        fresh[axis] = other[axis];
        ++changed;
      }
      const auto input = layer.inputs[k].input();
      if (changed > 0 && would_hold_with(input, fresh)) propose(input, fresh, by);
    }
  }

  // The smallest map, up to so many times the present one, that no window is too large for. What is nearer
  // has been found before.
  void large_enough() {
    const Shape& shape = s_.spec.inputs[0].shape;
    const int axes = axes_of(0);
    if (axes < 1 || static_cast<int>(shape.size()) < axes + 1) return;
    const auto first = static_cast<std::ptrdiff_t>(shape.size()) - axes;
    const bool alike = std::equal(shape.begin() + first + 1, shape.end(), shape.begin() + first);
    const bool known = std::any_of(out_.begin(), out_.end(),
                                   [](const Candidate& one) { return one.kind == FixKind::input_size; });
    if (!alike || known) return;
    const std::int64_t n = shape.back();
    const auto with = [&](std::int64_t size) {
      Shape fresh = shape;
      std::fill(fresh.begin() + first, fresh.end(), size);
      return fresh;
    };
    std::int64_t small = n;
    std::int64_t large = 2 * n;
    while (large <= most_times * n && !would_hold_with(0, with(large))) {
      small = large;
      large *= 2;
    }
    if (large > most_times * n) return;
    while (large - small > 1) {
      const std::int64_t middle = small + (large - small) / 2;
      (would_hold_with(0, with(middle)) ? large : small) = middle;
    }
    propose(0, with(large), large - n);
  }

  // All spatial axes of one input scaled alike: 224x224 where 32x32 makes too few tokens.
  void all_places(std::size_t input) {
    const Shape& shape = s_.spec.inputs[input].shape;
    const int axes = axes_of(input);
    if (axes < 1 || static_cast<int>(shape.size()) < axes + 1) return;
    const std::size_t first = shape.size() - static_cast<std::size_t>(axes);
    const bool alike = std::equal(shape.begin() + static_cast<std::ptrdiff_t>(first) + 1, shape.end(),
                                  shape.begin() + static_cast<std::ptrdiff_t>(first));
    if (!alike || (axes == 1 && input == 0)) return;  // one axis alone is tried by its own generator
    // What changes each axis by itself has been found nearer by.
    const auto known = [&](const Candidate& one) {
      return one.kind == FixKind::input_size &&
             one.changes[0].layer == (input == 0 ? "input" : s_.spec.inputs[input].name);
    };
    if (std::any_of(out_.begin(), out_.end(), known)) return;
    const std::int64_t n = shape[first];
    const std::int64_t step = step_for(input);
    for (std::int64_t k = 1; k <= most_tries; ++k) {
      for (const std::int64_t way : {-1, 1}) {
        const std::int64_t base = way < 0 ? (n - 1) / step - (k - 1) : n / step + k;
        const std::int64_t size = base * step;
        if (size < 1 || size == n || size > most_times * n || most_times * size < n) continue;
        Shape fresh = shape;
        std::fill(fresh.begin() + static_cast<std::ptrdiff_t>(first), fresh.end(), size);
        if (!would_hold_with(input, fresh)) {
          if (s_.steps <= 0) return;
          continue;
        }
        propose(input, fresh, std::abs(size - n));
        return;
      }
    }
  }

  // Spatial axes that the layers give this input.
  int axes_of(std::size_t input) const {
    for (const LayerSpec& layer : s_.spec.layers)
      if (!layer.inputs.empty() && layer.inputs[0] == Ref::of_input(input) && layer.info().axes > 0)
        return layer.info().axes;
    return 0;
  }

  // The stride of what takes it, as far as layers in a row have one.
  std::int64_t step_for(std::size_t input) const {
    std::int64_t step = 1;
    Ref at = Ref::of_input(input);
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerSpec& layer = s_.spec.layers[i];
      if (layer.broken || layer.inputs.empty() || layer.inputs[0] != at) continue;
      at = {LayerId(i), 0};
      const Family family = layer.info().family;
      if (family != Family::conv && family != Family::max_pool && family != Family::avg_pool) continue;
      step *= std::max<std::int64_t>(window_of(layer, 0).s, 1);
      if (step > 1024) return 1024;
    }
    return step;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
};

}  // namespace

void suggest_far_inputs(const Situation& s, std::vector<Candidate>& out) { FarInputs(s, out).run(); }

}  // namespace shapedbg
