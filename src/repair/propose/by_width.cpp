// A width that a whole block has: where what reaches a sum or a layer has too many channels, and its maker
// stands among residual sums, all that is built for that width is built for the other one together. An author
// does that by one argument of the block.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "infer/again.h"
#include "net/facts.h"
#include "net/sharing.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMostSets = 96;
constexpr int kMostBlocks = 8;

// The line of the author's program that made the layer; empty where it is not known.
std::string line_of(const LayerSpec& layer) {
  return layer.source == nullptr || layer.source->made.empty() ? std::string() : layer.source->made.text();
}

// All that has to change for one tensor to have another width.
class Width {
 public:
  Width(const Spec& spec, const Trace& trace, LayerId fault, std::int64_t was, std::int64_t wanted)
      : spec_(spec), trace_(trace), fault_(fault), was_(was), wanted_(wanted) {}

  // False where something on the way has a width of its own.
  bool widen(Ref ref) {
    todo_.push_back(ref);
    while (!todo_.empty()) {
      const Ref next = todo_.back();
      todo_.pop_back();
      if (!known_.insert({next.is_input() ? -1 : std::ptrdiff_t(next.layer.place()), next.output}).second)
        continue;
      if (next.is_input() || !makes(next) || !readers_of(next) || sets_.size() > kMostSets) return false;
    }
    return sums_ > 0;
  }

  const std::vector<Set>& sets() const { return sets_; }
  LayerId maker() const { return maker_; }

 private:
  const LayerSpec& layer(LayerId i) const { return spec_.layer(i); }

  void set(LayerId i, Opt opt) { set(i, opt, Value{wanted_}); }
  void set(LayerId i, Opt opt, Value value) {
    const LayerId first = calls_of(spec_, i).front();
    for (const Set& one : sets_)
      if (one.layer == first && one.opt == opt) return;
    sets_.push_back({first, opt, std::move(value)});
  }

  bool wide(const Shape& x, const LayerSpec& layer) const {
    const auto axis = axis_of_channels(layer, x.size());
    return axis && x[*axis] == was_;
  }

  // A norm, an activation: what goes in comes out. A norm counts it.
  bool kept(LayerId i) {
    const LayerSpec& one = layer(i);
    if (one.inputs.size() != 1) return false;
    if (const auto opt = taken_by(one)) {
      set(i, *opt);
      return groups(i);
    }
    return facts(one.kind).weights.empty();
  }

  // GroupNorm(dim // 16, dim): as many channels a group, where its line says so of other widths too.
  bool groups(LayerId i) {
    const LayerSpec& one = layer(i);
    if (one.info().family != Family::group_norm) return true;
    const std::int64_t count = one.integer(Opt::num_groups);
    const std::string line = line_of(one);
    bool other_width = false, same_count = false;
    for (const LayerSpec& other : spec_.layers) {
      if (line.empty() || other.kind != one.kind || line_of(other) != line) continue;
      if (other.integer(Opt::num_channels) == was_) continue;
      other_width = true;
      same_count = same_count || other.integer(Opt::num_groups) == count;
    }
    if (!other_width || same_count || was_ % count != 0) return wanted_ % count == 0;
    const std::int64_t each = was_ / count;
    if (wanted_ < each || wanted_ % each != 0) return false;
    set(i, Opt::num_groups, Value{wanted_ / each});
    return true;
  }

  // Its line makes layers that return as many channels as they take, of other widths, and none else.
  bool square(LayerId i) const {
    const LayerSpec& one = layer(i);
    const auto in = taken_by(one);
    const auto out = returned_by(one);
    const std::string line = line_of(one);
    if (!in || !out || line.empty() || one.integer(*in) != one.integer(*out)) return false;
    bool others = false;
    for (const LayerSpec& other : spec_.layers) {
      if (other.kind != one.kind || other.broken || line_of(other) != line) continue;
      if (other.integer(*in) != other.integer(*out)) return false;
      others = others || other.integer(*in) != was_;
    }
    return others;
  }
  bool adds(const LayerSpec& one) const {
    return one.info().family == Family::elementwise && one.inputs.size() == 2;
  }

  // A sum whose other input is one value, or one for each channel, takes part as far as it is as wide.
  bool sum(LayerId i) {
    ++sums_;
    const auto& inputs = trace_.row(i).inputs;
    const LayerSpec& one = layer(i);
    if (inputs.size() != one.inputs.size()) return false;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (elements(inputs[k], 0) == 1) continue;
      if (one.inputs[k].is_input()) return false;
      todo_.push_back(one.inputs[k]);
    }
    return true;
  }

  bool makes(Ref ref) {
    const LayerSpec& one = layer(ref.layer);
    if (one.broken || ref.output != 0 || ref.layer == fault_ || !sound(ref.layer)) return false;
    if (const auto opt = returned_by(one)) {
      if (one.integer(*opt) != was_) return false;
      if (maker_.is_none() || ref.layer < maker_) maker_ = ref.layer;
      set(ref.layer, *opt);
      return depthwise(ref.layer) && (!square(ref.layer) || from(one.inputs[0]));
    }
    if (one.kind == LayerKind::Parameter) return table(ref.layer);
    if (adds(one)) return sum(ref.layer);
    return passes(ref.layer) && from(one.inputs[0]);
  }

  bool from(Ref ref) {
    todo_.push_back(ref);
    return true;
  }

  // [1, C, 1] of a learned scale.
  bool table(LayerId i) {
    const OptionValue* option = layer(i).find(Opt::shape);
    const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&option->value);
    if (sizes == nullptr || std::count(sizes->begin(), sizes->end(), was_) != 1) return false;
    std::vector<std::int64_t> fresh = *sizes;
    std::replace(fresh.begin(), fresh.end(), was_, wanted_);
    set(i, Opt::shape, Value{std::move(fresh)});
    return true;
  }

  bool depthwise(LayerId i) {
    const LayerSpec& one = layer(i);
    if (one.find(Opt::groups) == nullptr || one.integer(Opt::groups) == 1) return true;
    if (one.integer(Opt::groups) != was_ || one.integer(Opt::in_channels) != was_) return false;
    set(i, Opt::groups);
    set(i, Opt::in_channels);
    return from(one.inputs[0]);
  }

  bool sound(LayerId i) const {
    const LayerTrace& row = trace_.row(i);
    return row.refusals.empty() && !row.outputs.empty();
  }

  // Layers that leave the channels as they are.
  bool passes(LayerId i) {
    const LayerSpec& one = layer(i);
    const FamilyFacts& is = facts(one.kind);
    if (one.broken || one.inputs.size() != 1 || is.splits) return false;
    if (is.effect == Effect::kept) return kept(i);
    const auto& inputs = trace_.row(i).inputs;
    const auto& outputs = trace_.row(i).outputs;
    return is.effect == Effect::resized && is.weights.empty() && is.merge == Merge::none && !inputs.empty() &&
           !outputs.empty() && inputs[0].size() == outputs[0].size() && inputs[0].size() > 2 &&
           inputs[0][1] == outputs[0][1];
  }

  bool readers_of(Ref ref) {
    for (LayerId i{0}; i < spec_.layers.end_id(); ++i) {
      const LayerSpec& one = layer(i);
      if (std::find(one.inputs.begin(), one.inputs.end(), ref) == one.inputs.end()) continue;
      if (!reads(i)) return false;
    }
    return true;
  }

  bool reads(LayerId i) {
    const LayerSpec& one = layer(i);
    if (i == fault_ || !trace_.row(i).refusals.empty()) return true;  // here it meets what it is to be
    if (one.broken) return false;
    if (returned_by(one) && taken_by(one)) {
      if (trace_.row(i).inputs.empty() || !wide(trace_.row(i).inputs[0], one)) return false;
      set(i, *taken_by(one));
      const bool grouped = one.find(Opt::groups) != nullptr && one.integer(Opt::groups) > 1;
      return !(grouped || square(i)) || from({i, 0});
    }
    return (adds(one) || passes(i)) && from({i, 0});
  }

  const Spec& spec_;
  const Trace& trace_;
  LayerId fault_;
  std::int64_t was_, wanted_;
  LayerId maker_;
  int sums_ = 0;
  std::vector<Set> sets_;
  std::vector<Ref> todo_;
  std::set<std::pair<std::ptrdiff_t, int>> known_;
};

// A tensor whose width does not fit at a layer, and what it would have to be.
struct Misfit {
  LayerId layer;
  Ref ref;
  std::int64_t was = 0, wanted = 0;
};

std::vector<Misfit> misfits(const Spec& spec, const Trace& trace) {
  const auto fault = first_fault(trace);
  if (!fault) return {};
  const LayerSpec& one = spec.layer(*fault);
  const LayerTrace& row = trace.row(*fault);
  const Refusal& refusal = row.refusals[0];
  if (row.inputs.empty() || row.inputs.size() != one.inputs.size()) return {};
  if (about_channels(refusal.code)) {
    const auto opt = taken_by(one);
    const auto axis = axis_of_channels(one, row.inputs[0].size());
    if (!opt || !axis) return {};
    return {{*fault, one.inputs[0], row.inputs[0][*axis], one.integer(*opt)}};
  }
  if (refusal.code != Code::L208 || refusal.axis < 0 || row.inputs.size() != 2) return {};
  const auto axis = static_cast<std::size_t>(refusal.axis);
  const Shape& a = row.inputs[0];
  const Shape& b = row.inputs[1];
  if (a.size() != b.size() || axis >= a.size() || a[axis] == b[axis]) return {};
  return {{*fault, one.inputs[0], a[axis], b[axis]}, {*fault, one.inputs[1], b[axis], a[axis]}};
}

class Blocks {
 public:
  Blocks(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial) {}

  // The block of one misfit, and each further one whose maker the same line of the program makes.
  void run(const Misfit& first) {
    Spec changed = s_.spec;
    std::vector<Set> sets;
    std::vector<LayerId> makers;
    std::vector<Misfit> next{first};
    Trace trace = s_.trace;
    bool whole = false;
    while (!whole && static_cast<int>(makers.size()) < kMostBlocks) {
      std::optional<Width> fits;
      for (const Misfit& one : next) {
        if (one.was < 2 || one.wanted < 2) continue;
        Width width(changed, trace, one.layer, one.was, one.wanted);
        if (width.widen(one.ref) && is_next(makers, width.maker())) {
          fits.emplace(width);
          break;
        }
      }
      const auto layers = static_cast<std::int64_t>(changed.layers.size());
      if (!fits || s_.steps < layers || sets.size() > kMostSets) break;
      s_.steps -= layers;
      makers.push_back(fits->maker());
      for (const Set& set : fits->sets()) {
        for (const LayerId call : calls_of(changed, set.layer)) changed.layer(call).set(set.opt, set.value);
        sets.push_back(set);
      }
      trace = infer_again(changed, s_.spec, s_.trace);
      whole = holds(changed, trace);
      next = misfits(changed, trace);
    }
    if (makers.empty()) return;
    propose(makers, sets, whole);
  }

 private:
  bool is_next(const std::vector<LayerId>& makers, LayerId maker) const {
    if (makers.empty()) return true;
    const std::string line = line_of(s_.spec.layer(makers.front()));
    return !line.empty() && line == line_of(s_.spec.layer(maker)) &&
           std::find(makers.begin(), makers.end(), maker) == makers.end();
  }

  void propose(const std::vector<LayerId>& makers, const std::vector<Set>& sets, bool whole) {
    Candidate candidate;
    candidate.kind = FixKind::channels;
    for (const LayerId maker : makers)
      for (const Set& set : sets)
        if (set.layer == maker && set.opt == returned_by(s_.spec.layer(maker)))
          candidate.title += (candidate.title.empty() ? "set " : ", ") + std::string(to_string(set.opt)) +
                             " to " + to_json(set.value) + " on `" + s_.spec.layer(maker).name + "`";
    candidate.title += ", and all that is as wide in its block";
    if (candidate.title.front() == ',' || !add_sets(s_, sets, candidate)) return;
    candidate.places = static_cast<int>(makers.size());
    (whole ? out_ : partial_).push_back(std::move(candidate));
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
};

}  // namespace

void suggest_widths(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  for (const Misfit& one : misfits(s.spec, s.trace)) Blocks(s, out, partial).run(one);
}

}  // namespace shapedbg
