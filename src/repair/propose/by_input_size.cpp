// Another input size: per axis the nearest smaller and larger one with which everything holds; or another
// size of one axis of a further input.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "infer/period.h"
#include "infer/sizes.h"
#include "repair/padding/question.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// Numbers that repeat the input's sizes mean "the size that went in".
bool repeats_input(const Spec& spec, std::size_t first) {
  if (!spec.expect || spec.expect->kind != Expect::Kind::shape) return false;
  const Shape& input = spec.inputs[0].shape;
  const Shape& want = spec.expect->shape;
  return want.size() == input.size() &&
         std::equal(want.begin() + static_cast<std::ptrdiff_t>(first), want.end(),
                    input.begin() + static_cast<std::ptrdiff_t>(first));
}

class InputSizes {
 public:
  InputSizes(const Situation& s, std::vector<Candidate>& out)
      : s_(s), out_(out), first_(first_spatial_axis(s.spec)), input_(s.spec.inputs[0].shape) {}

  void run() {
    if (first_ >= input_.size()) return;
    repeats_ = repeats_input(s_.spec, first_);
    if (!each_axis_by_itself()) one_axis_alone();
  }

  // The shapes at which the network is known to run, where those from `found` on are others.
  void run_known(std::ptrdiff_t found) {
    Candidate candidate;
    candidate.kind = FixKind::input_size;
    for (std::size_t k = 0; k < s_.spec.inputs.size(); ++k) {
      const InputSpec& input = s_.spec.inputs[k];
      const Shape& known = s_.spec.runs_at[k];
      if (known == input.shape || known.size() != input.shape.size()) continue;
      candidate.title += (candidate.title.empty() ? "feed " : " and ") +
                         (s_.spec.inputs.size() > 1 ? "`" + input.name + "` as " : "") + bracketed(known) +
                         ", with which it runs, instead of " + bracketed(input.shape);
      for (std::size_t i = 0; i < known.size(); ++i) {
        candidate.amount += std::abs(known[i] - input.shape[i]);
        if (known[i] != input.shape[i] &&
            !add_moves(s_, {SetSize{static_cast<int>(k), i, known[i]}}, candidate))
          return;
      }
      candidate.changes.push_back({input.name, "shape", bracketed(input.shape), bracketed(known)});
    }
    const bool there = std::any_of(out_.begin() + found, out_.end(), [&](const Candidate& one) {
      return std::equal(one.changes.begin(), one.changes.end(), candidate.changes.begin(),
                        candidate.changes.end(),
                        [](const Change& a, const Change& b) { return a.layer == b.layer && a.to == b.to; });
    });
    if (!candidate.changes.empty() && !there) out_.push_back(std::move(candidate));
  }

  // One size of another input: positions made for another map, a second image of another size.
  void run_others() {
    for (std::size_t k = 1; k < s_.spec.inputs.size(); ++k) {
      const InputSpec& input = s_.spec.inputs[k];
      if (suggest_batch_first(k) || suggest_as_another(k)) continue;
      for (std::size_t i = 0; i < input.shape.size(); ++i) {
        const std::int64_t n = input.shape[i];
        const Line line(*this, s_.spec, {{static_cast<int>(k), static_cast<int>(i)}});
        const auto below = n > 1 ? line.proven.previous(n - 1, is_right) : std::nullopt;
        const auto above = line.proven.next(n + 1, is_right);
        const std::int64_t less = below.value_or(0);
        const std::int64_t more = above.value_or(0);
        const bool take_more = more > 0 && (less == 0 || more - n <= n - less);
        const std::int64_t size = take_more ? more : less;
        if (!near(size, n)) continue;
        Shape fresh = input.shape;
        fresh[i] = size;
        suggest_other(k, fresh);
      }
    }
  }

 private:
  // A network with one size on some axes of its input, and what is proven of it.
  struct Line {
    Line(const InputSizes& sizes, Spec network, std::vector<FreeAxis> with)
        : spec(std::move(network)), axes(std::move(with)) {
      if (sizes.repeats_) follow_input(spec);
      proven = size_map(spec, {axes}, {}, sizes.s_.steps);
    }
    Spec spec;
    std::vector<FreeAxis> axes;
    SizeMap proven;
  };

  // The numbers of the windows on the way to a tensor.
  std::vector<Window> windows_to(Ref ref) const {
    std::vector<Window> found;
    for (const LayerId i : s_.path_to(ref)) {
      const LayerSpec& layer = s_.spec.layer(i);
      for (int axis = 0; axis < layer.info().axes && !layer.broken && has_free_window(layer.info().family);
           ++axis)
        found.push_back(window_of(layer, axis));
    }
    return found;
  }

  // What meets came through the same windows: nothing but the inputs can differ.
  bool branches_alike() const {
    const auto fault = first_fault(s_.trace);
    if (!fault || !is_merge(s_.spec.layer(*fault))) return false;
    const std::vector<Ref>& inputs = s_.spec.layer(*fault).inputs;
    const auto same = [](const Window& a, const Window& b) {
      return a.k == b.k && a.s == b.s && a.d == b.d && a.before == b.before && a.after == b.after;
    };
    const std::vector<Window> first = windows_to(inputs[0]);
    return std::all_of(inputs.begin(), inputs.end(), [&](Ref ref) {
      const std::vector<Window> other = windows_to(ref);
      return std::equal(first.begin(), first.end(), other.begin(), other.end(), same);
    });
  }

  // [T, N, C] beside another input of N samples: its batch stands first there, too. As many steps as samples
  // would be chance.
  bool suggest_batch_first(std::size_t k) const {
    const Shape& own = s_.spec.inputs[k].shape;
    const Shape& first = s_.spec.inputs[0].shape;
    if (own.size() < 3 || first.size() < 2 || own[0] == first[0] || own[1] != first[0]) return false;
    Shape fresh = own;
    std::swap(fresh[0], fresh[1]);
    Spec changed = s_.spec;
    changed.inputs[k].shape = fresh;
    if (!would_hold(s_, changed)) return false;
    Candidate candidate;
    candidate.kind = FixKind::input_order;
    if (!feed(s_, k, fresh, candidate)) return false;
    candidate.title = "feed `" + s_.spec.inputs[k].name + "` as " + bracketed(fresh) +
                      ", its batch first as in `" + s_.spec.inputs[0].name + "`";
    out_.push_back(std::move(candidate));
    return true;
  }

  // Where it closes, an input is as large as another one with as many axes: several see one scene.
  bool suggest_as_another(std::size_t k) const {
    const Shape& own = s_.spec.inputs[k].shape;
    for (const InputSpec& other : s_.spec.inputs) {
      if (other.shape.size() != own.size() || own.size() <= first_) continue;
      const auto from = static_cast<std::ptrdiff_t>(first_);
      Shape fresh(own.begin(), own.begin() + from);
      fresh.insert(fresh.end(), other.shape.begin() + from, other.shape.end());
      Spec changed = s_.spec;
      changed.inputs[k].shape = fresh;
      if (fresh == own || !would_hold(s_, changed)) continue;
      suggest_other(k, fresh, branches_alike());
      return true;
    }
    return false;
  }

  // Where axes do not depend on each other, each that is wrong is put right: the network is looked at with
  // what its layers do along that axis on all of them.
  bool each_axis_by_itself() {
    std::vector<FreeAxis> spatial;
    for (std::size_t i = first_; i < input_.size(); ++i) spatial.push_back({0, static_cast<int>(i)});
    Shape smaller = input_;
    Shape larger = input_;
    bool has_smaller = true;
    bool has_larger = true;
    for (std::size_t i = first_; i < input_.size(); ++i) {
      Line cube(*this, along_axis(s_.spec, input_.size() - first_, i - first_), spatial);
      const std::int64_t n = input_[i];
      if (legal(cube, n)) continue;
      const auto [below, above] = around(cube, i);
      has_smaller &= below.has_value();
      has_larger &= above.has_value();
      smaller[i] = below.value_or(n);
      larger[i] = above.value_or(n);
    }
    return take(has_smaller ? smaller : input_, has_larger ? larger : input_);
  }

  // Where they do (a Squeeze of the height, a Flatten), one of them may do, all others as they are.
  void one_axis_alone() {
    for (std::size_t i = first_; i < input_.size(); ++i) {
      Line line(*this, s_.spec, {{0, static_cast<int>(i)}});
      const auto [below, above] = around(line, i);
      Shape smaller = input_;
      Shape larger = input_;
      smaller[i] = below.value_or(input_[i]);
      larger[i] = above.value_or(input_[i]);
      if (take(smaller, larger)) return;
    }
  }

  // The nearest smaller and larger size of axis i.
  std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> around(Line& line,
                                                                             std::size_t i) const {
    const std::int64_t m = periods_of(line.spec, static_cast<int>(i)).likely;
    return {nearest(line, input_[i], -1, m), nearest(line, input_[i], 1, m)};
  }

  // Suggests the nearer one that is right; the input's own shape is none.
  bool take(const Shape& smaller, const Shape& larger) {
    const bool below = smaller != input_ && right(smaller);
    const bool above = larger != input_ && right(larger);
    if (!below && !above) return false;
    const bool take_larger = above && (!below || distance(larger) <= distance(smaller));
    suggest(take_larger ? larger : smaller, below && above ? &(take_larger ? smaller : larger) : nullptr);
    return true;
  }

  static void follow_input(Spec& spec) {
    spec.expect->kind = Expect::Kind::scale;
    spec.expect->scale = {1};
  }

  std::int64_t distance(const Shape& shape) const {
    std::int64_t sum = 0;
    for (std::size_t i = first_; i < shape.size(); ++i) sum += std::abs(shape[i] - input_[i]);
    return sum;
  }

  bool legal(Line& line, std::int64_t n) const {
    if (const auto verdict = line.proven.verdict(n)) {
      // It takes the steps of a trial: how far is searched must not hang on what can be proven.
      const bool to_the_end = verdict->layer.is_none();
      s_.steps -=
          to_the_end ? static_cast<std::int64_t>(line.spec.layers.size()) : verdict->layer.number() + 1;
      return s_.steps >= 0 && is_right(*verdict);
    }
    for (const FreeAxis& at : line.axes)
      line.spec.inputs[static_cast<std::size_t>(at.input)].shape[static_cast<std::size_t>(at.axis)] = n;
    return would_hold(s_, line.spec);
  }

  // Data of quite another size is no advice.
  static bool near(std::int64_t size, std::int64_t n) { return size > 0 && size <= 8 * n && n <= 8 * size; }

  // People take multiples of the total stride; where none fits, every size is tried.
  std::optional<std::int64_t> nearest(Line& line, std::int64_t n, std::int64_t way, std::int64_t m) const {
    const auto layers = static_cast<std::int64_t>(line.spec.layers.size());
    const std::int64_t most = std::clamp<std::int64_t>(4'000 / layers, 64, 256);  // steps of one kind
    const std::int64_t step = m > 1 ? m : 8;
    const auto multiples = [&]() -> std::optional<std::int64_t> {
      std::int64_t at = way < 0 ? n / step * step : (n + step - 1) / step * step;
      for (std::int64_t k = 0; k < most && at > 0 && near(at, n); ++k, at += way * step)
        if (at != n && legal(line, at)) return at;
      return std::nullopt;
    };
    // Multiples that lie far apart are no better than any size.
    const bool dense = m > 1 && m <= n;
    if (dense)
      if (const auto at = multiples()) return at;
    const std::int64_t reach = std::min<std::int64_t>(std::max(most, 4 * m + most), 600);
    for (std::int64_t k = 1; k <= reach && near(n + way * k, n); ++k)
      if (legal(line, n + way * k)) return n + way * k;
    // Nothing divides the size: one far off is still a round number.
    if (!dense)
      if (const auto at = multiples()) return at;
    const auto far = way < 0 ? (n > 1 ? line.proven.previous(n - 1, is_right) : std::nullopt)
                             : line.proven.next(n + 1, is_right);
    return far && near(*far, n) && legal(line, *far) ? far : std::nullopt;
  }

  bool right(const Shape& shape) const {
    Spec changed = s_.spec;
    if (repeats_) follow_input(changed);
    changed.inputs[0].shape = shape;
    return would_hold(s_, changed);
  }

  void suggest(const Shape& shape, const Shape* other) const {
    Candidate candidate;
    candidate.kind = FixKind::input_size;
    candidate.amount = distance(shape);
    candidate.title = "feed " + by_x(shape, first_) + " instead of " + by_x(input_, first_);
    if (other != nullptr)
      candidate.title += " (a " + std::string(distance_sign(*other) < 0 ? "smaller" : "larger") +
                         " one that fits is " + by_x(*other, first_) + ")";
    for (std::size_t i = first_; i < shape.size(); ++i) {
      if (shape[i] == input_[i]) continue;
      if (!add_moves(s_, {SetSize{0, i, shape[i]}}, candidate)) return;
      if (repeats_) add_moves(s_, {SetSize{-1, i, shape[i]}}, candidate);
    }
    candidate.changes.push_back({"input", "shape", bracketed(input_), bracketed(shape)});
    out_.push_back(std::move(candidate));
  }

  void suggest_other(std::size_t k, const Shape& fresh, bool telling = false) const {
    const InputSpec& input = s_.spec.inputs[k];
    Candidate candidate;
    candidate.kind = FixKind::input_size;
    candidate.telling = telling;
    candidate.title =
        "feed `" + input.name + "` as " + bracketed(fresh) + " instead of " + bracketed(input.shape);
    for (std::size_t axis = 0; axis < fresh.size(); ++axis) {
      if (fresh[axis] == input.shape[axis]) continue;
      candidate.amount += std::abs(fresh[axis] - input.shape[axis]);
      if (!add_moves(s_, {SetSize{static_cast<int>(k), axis, fresh[axis]}}, candidate)) return;
    }
    candidate.changes.push_back({input.name, "shape", bracketed(input.shape), bracketed(fresh)});
    out_.push_back(std::move(candidate));
  }

  int distance_sign(const Shape& shape) const {
    for (std::size_t i = first_; i < shape.size(); ++i)
      if (shape[i] != input_[i]) return shape[i] < input_[i] ? -1 : 1;
    return 0;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::size_t first_ = 0;
  Shape input_;
  bool repeats_ = false;
};

}  // namespace

void suggest_input_sizes(const Situation& s, std::vector<Candidate>& out) {
  if (s.spec.inputs.empty()) return;
  InputSizes sizes(s, out);
  const auto before = std::ssize(out);
  sizes.run();
  sizes.run_others();
  if (s.runs_elsewhere) sizes.run_known(before);
}

}  // namespace shapedbg
