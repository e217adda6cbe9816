// R301, R302, R303: everything runs, and the shape is not the one that was wanted. The rule names the
// first level whose up layer does not give back what its down layer took, and says in numbers why.
#include <algorithm>

#include "diagnose/rules.h"
#include "flow/consistent.h"
#include "flow/path.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

std::string n(std::int64_t v) { return std::to_string(v); }

// "[1, any, 25, 25]"
std::string wanted_text(const Shape& shape) {
  std::string s = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    s += (i > 0 ? ", " : "") + (shape[i] == Expect::any_size ? std::string("any") : n(shape[i]));
  return s + "]";
}

bool differs(const Shape& got, const Shape& want, std::size_t i) {
  return want[i] != Expect::any_size && got[i] != want[i];
}

// Spatial sizes alone where nothing else differs, whole shapes otherwise.
std::string describe(const Spec& spec, const Shape& got, const Shape& want, bool went_in,
                     const std::string& subject) {
  const std::size_t first = first_spatial_axis(spec);
  bool only_spatial = got.size() == want.size() && got.size() > first;
  for (std::size_t i = 0; only_spatial && i < want.size(); ++i) {
    if (i < first)
      only_spatial = !differs(got, want, i);
    else
      only_spatial = want[i] != Expect::any_size;
  }
  const std::string is = only_spatial ? by_x(got, first) : bracketed(got);
  const std::string should = only_spatial ? by_x(want, first) : wanted_text(want);
  return went_in ? subject + " is " + is + " where " + should + " went in"
                 : subject + " is " + is + ", expected " + should;
}

// Whether output_padding alone makes the up layer return what the down layer took: a longer kernel of its own
// may give the remainder back already.
bool owes(const Spec& spec, const Trace& trace, const Level& level, const Axis& axis) {
  const LayerSpec& up = spec.layer(level.up);
  const int own = own_axis(up, axis);
  if (own < 0) return false;
  const Window w = window_of(up, own);
  const std::int64_t x = step_of(trace, level.down, axis).out;
  const std::int64_t missing = step_of(trace, level.down, axis).in - ((x - 1) * w.s + w.net_kernel());
  return missing > 0 && missing < std::max(w.s, w.d);
}

// Why the up layer of a level does not return what the down layer took.
void explain_level(const Spec& spec, const Trace& trace, const Level& level, const Axis& axis, Finding& f) {
  const LayerSpec& down = spec.layer(level.down);
  const LayerSpec& up = spec.layer(level.up);
  const SizeStep taken = step_of(trace, level.down, axis);
  const SizeStep given = step_of(trace, level.up, axis);
  const std::string same = alike(spec, trace, level.down, axis);
  const Loss loss = loss_of(spec, trace, level.down, axis);
  const bool primary = f.layer == down.name;
  std::string message = same.empty() ? "took " + n(taken.in) + " and returned " + n(taken.out) : same;
  if (!same.empty() && up.info().family == Family::conv_transpose)
    message += ": the transposed layer cannot know which it was";
  if (!primary) f.related.push_back(related(down, std::move(message)));
  if (loss.remainder != 0) {
    const bool transposed = up.info().family == Family::conv_transpose;
    f.notes.push_back(loss.text + (transposed && owes(spec, trace, level, axis)
                                       ? "; output_padding of `" + up.name + "` has to give it back"
                                       : ""));
  }
  const int own_down = own_axis(down, axis);
  const int own_up = own_axis(up, axis);
  const bool windows = down.info().axes > 0 && up.info().axes > 0 && own_down >= 0 && own_up >= 0;
  if (windows && taken.out == given.in) {
    const Window a = window_of(down, own_down);
    const Window b = window_of(up, own_up);
    if (a.s != b.s) {
      f.notes.push_back("`" + down.name + "` has stride " + n(a.s) + ", `" + up.name + "` has " + n(b.s));
    } else if (a.net_kernel() != b.net_kernel()) {
      f.notes.push_back("the net kernels d(k-1) + 1 - 2p differ: " + n(a.net_kernel()) + " of `" + down.name +
                        "` and " + n(b.net_kernel()) + " of `" + up.name + "`");
    }
  }
}

// Whether a layer does more to an axis than multiply or divide it.
bool off_scale(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis) {
  const SizeStep step = step_of(trace, layer, axis);
  const Resize resize = resize_of(spec, trace, layer, axis);
  switch (resize.way) {
    case Resize::Way::down:
      return resize.factor == 0 || step.out * resize.factor != step.in;
    case Resize::Way::up:
      return resize.factor == 0 || step.in * resize.factor != step.out;
    case Resize::Way::none:
    case Resize::Way::either:
      break;
  }
  return step.in != step.out;
}

// The layer that turned a batch into another number of rows: where that is wrong, everything behind it is.
std::optional<LayerId> batch_changer(const Spec& spec, const Trace& trace, const Shape& got,
                                     const Shape& want) {
  if (want.empty() || got.empty() || !differs(got, want, 0)) return std::nullopt;
  const Shape* input = spec.inputs.empty() ? nullptr : &spec.inputs[0].shape;
  if (input == nullptr || input->empty() || input->front() != want[0] || first_spatial_axis(spec) < 2)
    return std::nullopt;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (spec.layers[i].info().family != Family::reshape || row.inputs.empty() || row.outputs.empty())
      continue;
    const Shape& x = row.inputs[0];
    const Shape& y = row.outputs[0];
    if (!x.empty() && !y.empty() && x[0] == want[0] && y[0] != want[0]) return LayerId(i);
  }
  return std::nullopt;
}

// The layer that took one sample of the batch, where the batch is expected.
std::optional<LayerId> sample_taker(const Spec& spec, const Trace& trace, Ref end, const Shape& got,
                                    const Shape& want) {
  if (want.empty() || got.empty() || !differs(got, want, 0) || want[0] < 2) return std::nullopt;
  for (const LayerId i : longest_path(spec, end)) {
    const LayerSpec& layer = spec.layer(i);
    const Shapes& x = trace.row(i).inputs;
    if (!layer.broken && layer.info().family == Family::select && !x.empty() && !x[0].empty() &&
        x[0][0] == want[0] && wrapped_axis(layer.integer(Opt::dim), x[0].size()) == 0)
      return i;
  }
  return std::nullopt;
}

// Where a way only goes up and misses: "from 50 to 12800 is 16*16 = 256 times, 13750 is 275 times". Empty
// where it goes down too, or by what is no whole number.
std::string times_up(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path, const Axis& axis,
                     std::int64_t got, std::int64_t want) {
  std::int64_t start = 0;
  std::int64_t product = 1;
  std::string factors;
  int count = 0;
  for (const LayerId i : path) {
    const SizeStep step = step_of(trace, i, axis);
    if (start == 0) start = step.in;
    const Resize r = resize_of(spec, trace, i, axis);
    if (r.way == Resize::Way::none) continue;
    if (r.way == Resize::Way::down || step.in == 0) return {};
    const std::int64_t factor = r.factor != 0 ? r.factor : step.out % step.in == 0 ? step.out / step.in : 0;
    if (factor == 0 || __builtin_mul_overflow(product, factor, &product)) return {};
    factors += (++count > 1 ? "*" : "") + n(factor);
  }
  if (count == 0 || start == 0 || got % start != 0 || got / start != product || got == want) return {};
  return "from " + n(start) + " to " + n(got) + " is " + (count > 1 ? factors + " = " : "") + n(product) +
         " times, " +
         (want % start == 0 ? n(want) + " is " + n(want / start) + " times"
                            : n(want) + " is no multiple of " + n(start));
}

// The reshape or Unflatten from whose map a way goes up by whole factors to `got`, where another map would
// make `want`: its size is that other one. Nothing where the factors are not all that happens to the size.
struct Seed {
  LayerId layer;
  std::int64_t meant = 0;
};
std::optional<Seed> seed_of(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path,
                            const Axis& axis, std::int64_t got, std::int64_t want) {
  std::int64_t size = got;
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const SizeStep step = step_of(trace, *it, axis);
    const Family family = spec.layer(*it).info().family;
    const bool grown = family == Family::conv_transpose && step.in == 1;
    if (family == Family::unflatten || family == Family::reshape || grown) {
      if (step.out != size || size < 1 || got % size != 0 || got == size || want % (got / size) != 0)
        return std::nullopt;
      const std::int64_t meant = want / (got / size);
      // A map of whole times the size is what one more stage would make.
      if (grown && meant % size == 0) return std::nullopt;
      return Seed{*it, meant};
    }
    if (step.in == 0 || step.out != size || step.out % step.in != 0) return std::nullopt;
    if (step.in != step.out && off_scale(spec, trace, *it, axis)) return std::nullopt;
    size = step.in;
  }
  return std::nullopt;
}

void blame_seed(const Spec& spec, const Trace& trace, const Seed& seed, const Axis& axis, std::int64_t want,
                Finding& f) {
  const LayerSpec& maker = spec.layer(seed.layer);
  f.layer = maker.name;
  f.where = place_of(maker);
  f.label = "makes " + n(step_of(trace, seed.layer, axis).out) + ", of " + n(seed.meant) +
            " the layers behind it would make " + n(want);
}

// The one stage on a way up that has another stride than all others of its kind and kernel, where theirs
// would make `want`.
std::optional<LayerId> odd_stage(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path,
                                 const Axis& axis, std::int64_t got, std::int64_t want) {
  if (got < 1 || want < 1) return std::nullopt;
  for (const LayerId i : path) {
    const LayerSpec& one = spec.layer(i);
    const Resize own = resize_of(spec, trace, i, axis);
    if (own.way != Resize::Way::up || one.info().family != Family::conv_transpose) continue;
    int siblings = 0;
    bool alike = true;
    for (const LayerId j : path) {
      const LayerSpec& other = spec.layer(j);
      if (j == i || other.kind != one.kind || other.axes(Opt::kernel_size) != one.axes(Opt::kernel_size))
        continue;
      ++siblings;
      const std::int64_t factor = resize_of(spec, trace, j, axis).factor;
      alike = alike && factor * got == own.factor * want;
    }
    if (siblings > 1 && alike && want != got) return i;
  }
  return std::nullopt;
}

// Whether a Flatten stands in front of the map that `seed` makes, and took a map of another size.
bool forgets_sizes(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path, const Seed& seed,
                   const Axis& axis) {
  std::int64_t last = 0;
  for (const LayerId i : path) {
    if (i >= seed.layer) return false;
    if (spec.layer(i).info().family == Family::flatten)
      return last != 0 && last != step_of(trace, seed.layer, axis).out;
    if (const SizeStep step = step_of(trace, i, axis); step.out != 0) last = step.out;
  }
  return false;
}

// Of a map that is grown from a vector, as a generator does, the axes behind the channels.
std::vector<Axis> axes_of(const Spec& spec, const std::vector<LayerId>& path, const Shape& got) {
  std::vector<Axis> axes = spatial_axes(spec);
  const int count = static_cast<int>(got.size()) - 2;
  const bool slides =
      std::any_of(path.begin(), path.end(), [&](LayerId i) { return spec.layer(i).info().axes == count; });
  if (!axes.empty() || count < 1 || !slides) return axes;
  for (int k = 0; k < count; ++k) axes.push_back({k, count, 0});
  return axes;
}

// All sizes are there, and the batch stands at another axis: nothing on the way made a wrong one.
bool batch_elsewhere(const Shape& got, const Shape& want) {
  return got.size() == want.size() && got.size() > 2 && got[0] != want[0] &&
         std::is_permutation(got.begin(), got.end(), want.begin());
}

// The finding as it grows, axis by axis.
class WrongOutput {
 public:
  WrongOutput(const Spec& spec, const Trace& trace, LayerId layer, const Expect& expect, bool whole_network)
      : spec_(spec),
        trace_(trace),
        layer_(layer),
        got_(trace.row(layer).outputs[0]),
        want_(expected_shape(spec, expect)),
        first_(first_spatial_axis(spec)),
        reconstruction_(gives_back_input()),
        whole_network_(whole_network) {}

  Finding run() {
    say_what_came();
    if (const auto dropper = got_.size() < want_.size() ? drops_the_batch() : std::nullopt) {
      blame_dropper(*dropper);
    } else if (got_.size() != want_.size()) {
      f_.label = "returns " + n(static_cast<std::int64_t>(got_.size())) + " axes";
    } else if (batch_elsewhere(got_, want_)) {
      f_.label = "returns the same axes in another order";
    } else if (const auto changer = batch_changer(spec_, trace_, got_, want_)) {
      blame_batch_changer(*changer);
    } else if (const auto taker = sample_taker(spec_, trace_, end(), got_, want_)) {
      blame_sample_taker(*taker);
    } else {
      path_ = longest_path(spec_, end());
      for (const Axis& axis : axes_of(spec_, path_, got_)) explain_axis(axis);
      explain_other_axes();
    }
    return std::move(f_);
  }

 private:
  Ref end() const { return {layer_, 0}; }
  bool gives_back_input() const;
  void say_what_came();
  void blame_batch_changer(LayerId changer);
  void blame_sample_taker(LayerId taker);
  std::optional<LayerId> drops_the_batch() const;
  void blame_dropper(LayerId dropper);
  void explain_axis(const Axis& axis);
  bool blame_forgotten_size(const Axis& axis, std::size_t at);
  bool blame_meeting(const Axis& axis, const Level* broken);
  void blame_levels(const std::vector<Level>& levels, std::size_t broken, const Axis& axis);
  void blame_last_change(const Axis& axis, std::size_t at);
  std::optional<LayerId> last_change(const Axis& axis) const;
  void blame_layer(LayerId layer, const Axis& axis);
  void note_way(const Axis& axis);
  void explain_other_axes();
  bool gives_back(const Level& level, const Axis& axis) const {
    return step_of(trace_, level.down, axis).in == step_of(trace_, level.up, axis).out;
  }

  const Spec& spec_;
  const Trace& trace_;
  const LayerId layer_;
  const Shape& got_;
  const Shape want_;
  const std::size_t first_;    // spatial axis
  const bool reconstruction_;  // the spatial sizes of the input are wanted back
  const bool whole_network_;
  std::vector<LayerId> path_;
  Finding f_;
  bool named_ = false;                  // a layer is blamed
  std::vector<std::size_t> explained_;  // axes of what was returned
};

bool WrongOutput::gives_back_input() const {
  const Shape input = spec_.inputs.empty() ? Shape{} : spec_.inputs[0].shape;
  if (want_.size() != input.size() || want_.size() <= first_) return false;
  const auto first = static_cast<std::ptrdiff_t>(first_);
  return std::equal(want_.begin() + first, want_.end(), input.begin() + first);
}

void WrongOutput::say_what_came() {
  const LayerSpec& layer = spec_.layer(layer_);
  f_.code = !whole_network_ ? Code::R303 : reconstruction_ ? Code::R301 : Code::R302;
  f_.message = describe(spec_, got_, want_, whole_network_ && reconstruction_,
                        whole_network_ ? "the output" : "the output of `" + layer.name + "`");
  f_.layer = layer.name;
  f_.where = place_of(layer);
}

void WrongOutput::blame_batch_changer(LayerId changer) {
  const LayerSpec& reshape = spec_.layer(changer);
  const LayerTrace& row = trace_.row(changer);
  f_.message += ": `" + reshape.name + "` makes a batch of " + n(want_[0]) + " into " + n(row.outputs[0][0]);
  if (changer != layer_)
    f_.related.push_back(
        related(spec_.layer(layer_), "returns " + n(got_[0]) + " at axis 0, expected " + n(want_[0])));
  const Shape& x = row.inputs[0];
  if (x.size() > 1) {
    const Ref from = producer(spec_, trace_, reshape.inputs[0], x.size() - 1);
    f_.notes.push_back("each of the " + n(x[0]) + " samples that `" + reshape.name + "` gets is " +
                       by_x(x, 1) + ", by `" + spec_.name_of(from) + "`");
  }
  f_.layer = reshape.name;
  f_.where = place_of(reshape, Opt::shape);
  f_.label = "makes " + bracketed(row.outputs[0]) + " of " + bracketed(row.inputs[0]);
  f_.notes.push_back(
      "a first size of -1 takes whatever the other sizes leave over, and parts of a sample become rows");
}

void WrongOutput::blame_sample_taker(LayerId taker) {
  const LayerSpec& select = spec_.layer(taker);
  f_.message += ": `" + select.name + "` takes one of the " + n(want_[0]) + " samples of the batch";
  if (taker != layer_)
    f_.related.push_back(
        related(spec_.layer(layer_), "returns " + n(got_[0]) + " at axis 0, expected " + n(want_[0])));
  f_.layer = select.name;
  f_.where = place_of(select, Opt::dim);
  f_.label =
      "makes " + bracketed(trace_.row(taker).outputs[0]) + " of " + bracketed(trace_.row(taker).inputs[0]);
}

// A Squeeze of all axes of one place, which takes that of the batch with it where that is one sample.
std::optional<LayerId> WrongOutput::drops_the_batch() const {
  if (want_.empty() || want_[0] != 1) return std::nullopt;
  for (const LayerId i : longest_path(spec_, end())) {
    const LayerSpec& layer = spec_.layer(i);
    const Shapes& x = trace_.row(i).inputs;
    if (!layer.broken && layer.info().family == Family::squeeze && !layer.has(Opt::dim) && !x.empty() &&
        x[0].size() > 1 && x[0][0] == 1)
      return i;
  }
  return std::nullopt;
}

void WrongOutput::blame_dropper(LayerId dropper) {
  const LayerSpec& layer = spec_.layer(dropper);
  const std::string text = "makes " + bracketed(trace_.row(dropper).outputs[0]) + " of " +
                           bracketed(trace_.row(dropper).inputs[0]);
  f_.message += ": `" + layer.name + "` drops the batch of one sample with all other axes of one place";
  if (dropper != layer_)
    f_.related.push_back(
        related(spec_.layer(layer_), "returns " + bracketed(got_) + ", expected " + wanted_text(want_)));
  f_.layer = layer.name;
  f_.where = place_of(layer);
  f_.label = text;
}

// The first story that fits is told; of a further axis only what is new.
void WrongOutput::explain_axis(const Axis& axis) {
  const auto at = axis.in(got_);
  if (!at || !differs(got_, want_, *at)) return;
  explained_.push_back(*at);
  const std::vector<Level> levels = levels_on(spec_, trace_, path_, axis);
  const auto broken = std::find_if(levels.begin(), levels.end(),
                                   [&](const Level& level) { return !gives_back(level, axis); });
  const bool found = broken != levels.end();
  if (reconstruction_ && whole_network_ && !named_) {
    if (blame_forgotten_size(axis, *at)) return;
    if (blame_meeting(axis, found ? &*broken : nullptr)) return;
  }
  if (found && reconstruction_) {
    if (!named_) blame_levels(levels, static_cast<std::size_t>(broken - levels.begin()), axis);
    return;
  }
  // No level to blame: the last layer that changed the size, and the way that the size took.
  if (!named_) blame_last_change(axis, *at);
  note_way(axis);
  const std::string times = times_up(spec_, trace_, path_, axis, got_[*at], want_[*at]);
  if (!times.empty()) f_.notes.push_back(times);
}

// Behind a code nobody remembers the size that went in: the map that it becomes has to have it.
bool WrongOutput::blame_forgotten_size(const Axis& axis, std::size_t at) {
  const auto seed = seed_of(spec_, trace_, path_, axis, got_[at], want_[at]);
  if (!seed || !forgets_sizes(spec_, trace_, path_, *seed, axis)) return false;
  named_ = true;
  blame_seed(spec_, trace_, *seed, axis, want_[at], f_);
  note_way(axis);
  return true;
}

// Options that fit for no size explain more than a level that this size happens to break.
bool WrongOutput::blame_meeting(const Axis& axis, const Level* broken) {
  const auto meeting = never_met(spec_, trace_, layer_, axis);
  const auto suspects = meeting ? suspects_of(spec_, trace_, *meeting, axis) : std::nullopt;
  if (!suspects) return false;
  const LayerId first = suspects->layers[0];
  const bool known = broken != nullptr && (suspects->pairs || first == broken->down || first == broken->up);
  if (known) return false;
  named_ = true;
  // What stays named is the last layer that makes something of its input.
  if (const Ref made = before_pointwise(spec_, end()); !made.is_input()) {
    f_.layer = spec_.layer(made.layer).name;
    f_.where = place_of(spec_.layer(made.layer));
  }
  blame(spec_, trace_, *suspects, axis, f_);
  return true;
}

// The level `broken` and those behind it that have a remainder to give back.
void WrongOutput::blame_levels(const std::vector<Level>& levels, std::size_t broken, const Axis& axis) {
  named_ = true;
  const Level& level = levels[broken];
  // Where the layer that goes up just multiplies, the numbers of the other one are strange.
  const bool down = self_consistent(spec_, level.up, axis) && !self_consistent(spec_, level.down, axis);
  const LayerId odd = down ? level.down : level.up;
  blame_layer(odd, axis);
  if (f_.label.empty()) f_.label = "returns " + n(step_of(trace_, odd, axis).out);
  if (down) f_.related.push_back(related(spec_.layer(level.up), size_formula(spec_, trace_, level.up, axis)));
  explain_level(spec_, trace_, level, axis, f_);
  for (std::size_t k = broken + 1; k < levels.size(); ++k)
    if (!gives_back(levels[k], axis) && loss_of(spec_, trace_, levels[k].down, axis).remainder != 0)
      explain_level(spec_, trace_, levels[k], axis, f_);
}

void WrongOutput::blame_last_change(const Axis& axis, std::size_t at) {
  named_ = true;
  if (const auto odd = odd_stage(spec_, trace_, path_, axis, got_[at], want_[at])) {
    blame_layer(*odd, axis);
  } else if (const auto seed = seed_of(spec_, trace_, path_, axis, got_[at], want_[at])) {
    blame_seed(spec_, trace_, *seed, axis, want_[at], f_);
  } else if (const auto last = last_change(axis)) {
    const SizeStep step = step_of(trace_, *last, axis);
    blame_layer(*last, axis);
    if (f_.label.empty()) f_.label = "makes " + n(step.out) + " of " + n(step.in);
  }
}

// The last layer on the way that changed the size, best one that did not just scale it.
std::optional<LayerId> WrongOutput::last_change(const Axis& axis) const {
  const auto resizes = [&](LayerId one) {
    const SizeStep step = step_of(trace_, one, axis);
    return step.in != 0 && step.out != 0 && step.in != step.out;
  };
  // Out of a single place any size is made, and meant; but not by a pad.
  const auto grown = [&](LayerId one) {
    return step_of(trace_, one, axis).in == 1 && facts(spec_.layer(one).kind).border == Border::none;
  };
  auto last = std::find_if(path_.rbegin(), path_.rend(), [&](LayerId one) {
    return resizes(one) && !grown(one) && off_scale(spec_, trace_, one, axis);
  });
  if (last == path_.rend()) last = std::find_if(path_.rbegin(), path_.rend(), resizes);
  return last == path_.rend() ? std::nullopt : std::optional(*last);
}

void WrongOutput::blame_layer(LayerId layer, const Axis& axis) {
  f_.layer = spec_.layer(layer).name;
  f_.where = place_of(spec_.layer(layer));
  f_.label = size_formula(spec_, trace_, layer, axis);
}

void WrongOutput::note_way(const Axis& axis) {
  f_.notes.push_back("the " + std::string(name_of(axis)) +
                     " on the way: " + sizes_along(spec_, trace_, end(), axis));
}

// Channels and whatever else is no spatial axis.
void WrongOutput::explain_other_axes() {
  for (std::size_t k = 0; k < want_.size(); ++k) {
    if (!differs(got_, want_, k) || std::count(explained_.begin(), explained_.end(), k) > 0) continue;
    const Ref from = producer(spec_, trace_, end(), k);
    const std::string what = k + 1 == first_ ? (got_.size() > first_ ? "channels" : "features")
                                             : "at axis " + n(static_cast<std::int64_t>(k));
    const std::string message = "returns " + n(got_[k]) + " " + what + ", expected " + n(want_[k]);
    if (!named_ && !from.is_input()) {
      named_ = true;
      const LayerSpec& maker = spec_.layer(from.layer);
      f_.layer = maker.name;
      f_.where =
          maker.find(Opt::out_channels) != nullptr ? place_of(maker, Opt::out_channels) : place_of(maker);
      f_.label = message;
    } else {
      f_.related.push_back(related(spec_, from, message));
    }
  }
}

}  // namespace

Finding wrong_output(const Spec& spec, const Trace& trace, LayerId i, const Expect& expect,
                     bool whole_network) {
  return WrongOutput(spec, trace, i, expect, whole_network).run();
}

}  // namespace shapedbg
