// Which layers of a meeting explain why its sizes never fit.
#include <algorithm>
#include <map>

#include "flow/consistent.h"
#include "flow/meeting.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

using Way = Scale::Way;

std::string n(std::int64_t v) { return std::to_string(v); }

// A layer of a way that changes the size, or has options that would.
struct Step {
  LayerId layer;
  Resize resize;
  SizeStep size;

  bool strided() const { return resize.way != Way::none; }
  std::int64_t change() const { return size.out - size.in; }
};

// What the strides of a way make of a size: up/down. 0 where a factor is not fixed.
struct Factor {
  std::int64_t down = 1;
  std::int64_t up = 1;
};

Factor factor_of(const std::vector<Step>& way) {
  constexpr std::int64_t most = 1 << 20;
  Factor f;
  for (const Step& step : way) {
    if (step.resize.way == Way::down) f.down *= step.resize.factor;
    if (step.resize.way == Way::up) f.up *= step.resize.factor;
    if (std::max(f.down, f.up) > most) return Factor{0, 0};
  }
  return f;
}

// Steps without a stride that no other one of the way takes back, as a cut behind the padding of a causal
// convolution does: those are left out where anything stays open.
std::vector<Step> not_undone(const std::vector<Step>& way) {
  std::vector<LayerId> undone;
  std::vector<Step> open;
  std::vector<Step> all;
  // A Pad belongs to the window right behind it, whatever was left open in front.
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    if (way[i].strided() || way[i + 1].strided() || way[i].change() < 1 ||
        way[i].change() != -way[i + 1].change())
      continue;
    undone.push_back(way[i].layer);
    undone.push_back(way[i + 1].layer);
    ++i;
  }
  const auto is_undone = [&](const Step& step) {
    return std::find(undone.begin(), undone.end(), step.layer) != undone.end();
  };
  for (const Step& step : way) {
    if (step.strided()) continue;
    all.push_back(step);
    if (is_undone(step)) continue;
    if (!open.empty() && step.change() != 0 && step.change() == -open.back().change()) {
      undone.push_back(open.back().layer);
      undone.push_back(step.layer);
      open.pop_back();
    } else {
      open.push_back(step);
    }
  }
  if (!open.empty()) std::erase_if(all, is_undone);
  return all;
}

// What states a size says more than what only passes one on.
bool states_size(const LayerSpec& layer) {
  const Family family = layer.info().family;
  return family == Family::unflatten || family == Family::reshape || family == Family::adaptive_pool ||
         (family == Family::upsample && layer.has(Opt::size));
}

bool counts_features(const LayerSpec& layer) {
  const Family family = layer.info().family;
  return family == Family::flatten || family == Family::linear;
}

class Search {
 public:
  Search(const Spec& spec, const Trace& trace, const Meeting& meeting, const Axis& axis)
      : spec_(spec),
        trace_(trace),
        meeting_(meeting),
        axis_(axis),
        main_(steps(meeting.main)),
        skip_(steps(meeting.skip)) {}

  std::optional<Suspects> run() {
    blame_strides();
    blame_changes();
    for (const Step& step : skip_) add(step.layer);
    for (const Step& step : main_) add(step.layer);
    if (suspects_.layers.empty()) return std::nullopt;
    if (counts_features(spec_.layer(suspects_.layers[0])))
      std::stable_partition(suspects_.layers.begin(), suspects_.layers.end(),
                            [&](LayerId i) { return states_size(spec_.layer(i)); });
    if (suspects_.story.empty()) blame_pairs();
    return std::move(suspects_);
  }

 private:
  std::vector<Step> steps(const std::vector<LayerId>& layers) const;
  void add(LayerId layer);
  std::string name(LayerId layer) const { return "`" + spec_.layer(layer).name + "`"; }
  std::string makes(const Step& step) const {
    return name(step.layer) + " makes " + n(step.size.out) + " of " + n(step.size.in);
  }
  bool strange(LayerId layer) const { return !self_consistent(spec_, layer, axis_); }

  void blame_strides();
  std::map<std::int64_t, int> factors_of_the_network() const;
  std::vector<Step> strides_rarest_first(std::map<std::int64_t, int>& common) const;
  std::optional<LayerId> one_too_many(const std::vector<Step>& all, std::int64_t up, std::int64_t down) const;
  bool goes_up_as_often_as_down() const;
  std::ptrdiff_t twins_without_stride(const LayerSpec& layer) const;
  bool from_two_inputs() const;
  void tell_strides(bool extra);
  void add_missing_strides(bool goes_down);
  void blame_changes();
  void blame_pairs();

  const Spec& spec_;
  const Trace& trace_;
  const Meeting& meeting_;
  const Axis& axis_;
  const std::vector<Step> main_;
  const std::vector<Step> skip_;
  Suspects suspects_;
};

std::vector<Step> Search::steps(const std::vector<LayerId>& layers) const {
  std::vector<Step> result;
  std::int64_t last = 0;  // behind a Flatten the size in front of it
  for (const LayerId i : layers) {
    if (is_merge(spec_.layer(i))) continue;
    Step step{i, resize_of(spec_, trace_, i, axis_), step_of(trace_, i, axis_)};
    if (step.size.in == 0 && step.size.out != 0) step.size.in = last;
    last = step.size.out != 0 ? step.size.out : step.size.in != 0 ? step.size.in : last;
    const bool known = step.size.in != 0 && step.size.out != 0;
    if (step.strided() || (known && step.size.in != step.size.out)) result.push_back(step);
  }
  return result;
}

void Search::add(LayerId layer) {
  std::vector<LayerId>& layers = suspects_.layers;
  if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
}

// Strides of the two ways that do not undo each other.
void Search::blame_strides() {
  const Factor a = factor_of(main_);
  const Factor b = factor_of(skip_);
  const bool fixed = a.down * a.up * b.down * b.up != 0;
  if (!fixed || a.up * b.down == a.down * b.up) return;
  std::map<std::int64_t, int> common = factors_of_the_network();
  const std::vector<Step> all = strides_rarest_first(common);
  const std::optional<LayerId> extra = one_too_many(all, a.up * b.down, a.down * b.up);
  // Where one factor is as common as another, any of them may be the wrong one.
  const bool rare = all.size() > 1 && common[all[0].resize.factor] < common[all.back().resize.factor];
  suspects_.certain = extra || all.size() == 1 || rare || (!all.empty() && strange(all[0].layer));
  if (extra) add(*extra);
  for (const Step& step : all) add(step.layer);
  tell_strides(extra.has_value());
}

// How many layers of the network have each factor.
std::map<std::int64_t, int> Search::factors_of_the_network() const {
  std::map<std::int64_t, int> common;
  for (const LayerId i : ids(spec_.layers))
    if (const Resize r = resize_of(spec_, trace_, i, axis_); r.way != Way::none) ++common[r.factor];
  return common;
}

// The stride that the rest of the network uses is the one meant: the layer with another stands out. One whose
// numbers neither divide nor multiply stands out more.
std::vector<Step> Search::strides_rarest_first(std::map<std::int64_t, int>& common) const {
  std::vector<Step> all;
  for (const auto* way : {&main_, &skip_})
    std::copy_if(way->begin(), way->end(), std::back_inserter(all),
                 [](const Step& step) { return step.strided(); });
  std::stable_sort(all.begin(), all.end(), [&](const Step& x, const Step& y) {
    return common[x.resize.factor] < common[y.resize.factor];
  });
  std::stable_partition(all.begin(), all.end(), [&](const Step& x) { return strange(x.layer); });
  return all;
}

// The layer without whose stride the ways would agree: a convolution where others of its kind have none.
// The factors of the ways are `up` and `down` in all.
std::optional<LayerId> Search::one_too_many(const std::vector<Step>& all, std::int64_t up,
                                            std::int64_t down) const {
  if (goes_up_as_often_as_down()) return std::nullopt;
  std::optional<LayerId> found;
  std::ptrdiff_t most = 0;
  for (const Step& step : all) {
    const LayerSpec& layer = spec_.layer(step.layer);
    const bool on_main =
        std::any_of(main_.begin(), main_.end(), [&](const Step& s) { return s.layer == step.layer; });
    const bool downward = step.resize.way == Way::down;
    const std::int64_t own = std::max<std::int64_t>(step.resize.factor, 1);
    const std::int64_t rest_up = downward == on_main ? up : up / own;
    const std::int64_t rest_down = downward == on_main ? down / own : down;
    if (rest_up != rest_down || layer.find(Opt::stride) == nullptr) continue;
    const std::ptrdiff_t twins = twins_without_stride(layer);
    if (twins > most) {
      most = twins;
      found = step.layer;
    }
  }
  return found;
}

// As many layers go up as down, or none goes up: then a way starts from the wrong level.
bool Search::goes_up_as_often_as_down() const {
  int downs = 0;
  int ups = 0;
  for (const LayerId i : ids(spec_.layers)) {
    const Way way = resize_of(spec_, trace_, i, axis_).way;
    downs += way == Way::down ? 1 : 0;
    ups += way == Way::up ? 1 : 0;
  }
  return downs == ups || ups == 0;
}

std::ptrdiff_t Search::twins_without_stride(const LayerSpec& layer) const {
  return std::count_if(spec_.layers.begin(), spec_.layers.end(), [&](const LayerSpec& other) {
    return !other.broken && other.kind == layer.kind &&
           other.axes(Opt::kernel_size) == layer.axes(Opt::kernel_size) &&
           other.axes(Opt::stride) != layer.axes(Opt::stride) && other.axes(Opt::stride)[0] == 1;
  });
}

// Ways that start from two inputs of the network start where they should.
bool Search::from_two_inputs() const {
  if (meeting_.main.empty() || meeting_.skip.empty()) return false;
  const auto& one = spec_.layer(meeting_.main.front()).inputs;
  const auto& other = spec_.layer(meeting_.skip.front()).inputs;
  return !one.empty() && !other.empty() && one[0].is_input() && other[0].is_input() && one[0] != other[0];
}

void Search::tell_strides(bool extra) {
  std::string downs;
  std::string ups;
  int more = 0;  // layers that go down than up
  for (const Step& step : main_) {
    if (!step.strided()) continue;
    const bool down = step.resize.way == Way::down;
    more += down ? 1 : -1;
    std::string& list = down ? downs : ups;
    if (!list.empty()) list += ", ";
    list += name(step.layer) + " by " + n(step.resize.factor);
  }
  // At the end of a network that goes up once more than down no other way starts anywhere: a stage is one too
  // many.
  const bool stage_too_many = more < 0 && !is_merge(spec_.layer(meeting_.layer));
  suspects_.uneven = more != 0 && !extra && !from_two_inputs() && !stage_too_many;
  suspects_.story =
      "down " + (downs.empty() ? "by no layer" : downs) + ", up " + (ups.empty() ? "by no layer" : ups);
  add_missing_strides(!downs.empty());
}

// One side has no stride at all: the layer that should have one stands next to the parting or the merge.
void Search::add_missing_strides(bool goes_down) {
  if (!goes_down) {
    for (const LayerId i : meeting_.main) {
      const LayerSpec& layer = spec_.layer(i);
      if (!has_window(spec_, i, axis_)) continue;
      // A convolution over single places mixes channels; nobody takes sizes down with it.
      const auto own = static_cast<std::size_t>(own_axis(layer, axis_));
      if (layer.info().family == Family::conv && layer.axes(Opt::kernel_size)[own] == 1) continue;
      add(i);
      break;
    }
  }
  // A way beside it that goes through a window and no stride, as a projected shortcut does.
  if (goes_down && std::none_of(skip_.begin(), skip_.end(), [](const Step& step) { return step.strided(); }))
    for (const LayerId i : meeting_.skip)
      if (has_window(spec_, i, axis_)) add(i);
  // Layers that are there to go up or down, and do neither.
  for (const LayerId i : meeting_.main) {
    const LayerSpec& layer = spec_.layer(i);
    // Pools, and what can go up; a plain convolution need not resize anything.
    const bool resizes = is_pool(layer.info().family) || goes_up(layer.info().family);
    if (resizes && resize_of(spec_, trace_, i, axis_).way == Way::none) add(i);
  }
}

// Layers that change the size by themselves; what one adds the next may take away again.
void Search::blame_changes() {
  constexpr int most_told = 3;
  std::int64_t change = 0;
  for (const Step& step : main_)
    if (!step.strided()) change += step.change();
  const bool untold = change != 0 && suspects_.story.empty();
  int told = 0;
  for (const Step& step : not_undone(main_)) {
    add(step.layer);
    const std::int64_t own = step.change();
    if (!untold || own == 0 || (own > 0) != (change > 0) || ++told > most_told) continue;
    suspects_.story += (told > 1 ? ", " : "") + makes(step);
  }
  if (told == 0) return;
  if (told > most_told) suspects_.story += " and " + n(told - most_told) + " more";
  suspects_.story += ", and nothing undoes that";
  suspects_.certain = told == 1;
}

// Of layers that should undo each other the one that is no plain division or multiplication.
void Search::blame_pairs() {
  std::stable_partition(suspects_.layers.begin(), suspects_.layers.end(),
                        [&](LayerId i) { return strange(i); });
  suspects_.pairs = true;
  suspects_.certain = strange(suspects_.layers[0]);
  for (const auto* way : {&main_, &skip_})
    for (const Step& step : *way) suspects_.story += (suspects_.story.empty() ? "" : ", ") + makes(step);
}

}  // namespace

std::optional<Suspects> suspects_of(const Spec& spec, const Trace& trace, const Meeting& meeting,
                                    const Axis& axis) {
  return Search(spec, trace, meeting, axis).run();
}

}  // namespace shapedbg
