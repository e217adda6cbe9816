#include "workspace/size_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/infer.h"
#include "infer/smallest.h"
#include "read/json/parse.h"
#include "workspace/declared_sizes.h"
#include "workspace/size_sample.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kAxisSteps = 400'000;       // shape rules for one axis: about a second
constexpr std::int64_t kAxisPlainSteps = 400'000;  // the same, one size after the other
constexpr std::int64_t kEvaluated = 1024;          // sizes looked at one by one where nothing can be proven

std::int64_t size_at(const Spec& spec, const FreeAxis& at) {
  return spec.input(at.input).shape[static_cast<std::size_t>(at.axis)];
}

class AxisReport {
 public:
  // `missed`: axes on which the declared shape already misses what is expected.
  AxisReport(const Spec& spec, const SizesOptions& options, const std::vector<int>& missed,
             std::int64_t steps, const PartitionBasis& basis, AxisSizes& report)
      : spec_(spec), options_(options), steps_(steps), basis_(basis), out_(report) {
    out_.missed = missed;
    ignored_ = ignored_axes(missed, out_.axes);
  }

  void fill() {
    out_.declared = size_at(spec_, out_.axes[0]);
    out_.map = size_map(spec_, VariedSize{out_.axes}, ignored_, steps_, &basis_);
    if (!out_.map.proven) {
      const int formless = out_.map.formless;
      const auto affordable = kAxisPlainSteps / (static_cast<std::int64_t>(spec_.layers.size()) + 1);
      const std::int64_t wanted = std::max({kEvaluated, 2 * std::min(out_.declared, kAxisPlainSteps),
                                            options_.last, options_.near.value_or(0)});
      out_.map = evaluated_sizes(spec_, out_.axes, ignored_,
                                 std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(affordable, 1)));
      out_.map.formless = formless;
    }
    group();
    if (options_.near && out_.map.knows(*options_.near)) out_.near = near(*options_.near);
    for (const FreeSize& free : spec_.free_sizes)
      if (free.name == out_.symbol) range(free);
  }

 private:
  void group() {
    // In words an unproven set is told as it seems to go on; its bounds are told with it.
    const SizeMap told = extrapolated(out_.map);
    std::map<std::pair<SizeOutcome, LayerId>, std::int64_t> found;  // and the smallest
    for (const SizePiece& piece : out_.map.pieces) {
      const auto [at, added] =
          found.try_emplace({piece.verdict.outcome, piece.verdict.layer}, piece.sizes.base);
      at->second = std::min(at->second, piece.sizes.base);
    }
    std::vector<std::pair<std::int64_t, SizeVerdict>> by_size;
    for (const auto& [key, smallest] : found) by_size.push_back({smallest, {key.first, key.second}});
    std::sort(by_size.begin(), by_size.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.second.outcome, a.first, a.second.layer) <
             std::tuple(b.second.outcome, b.first, b.second.layer);
    });
    std::map<Code, std::pair<std::size_t, std::set<LayerId>>> refusing;  // index into `reasons`, layers
    for (const auto& [smallest, verdict] : by_size) {
      SizeGroup group;
      group.outcome = verdict.outcome;
      if (!verdict.layer.is_none()) group.layer = spec_.layer(verdict.layer).name;
      in_words(
          told, [&, only = verdict](const SizeVerdict& v) { return v == only; }, group);
      examples(verdict, smallest, group);
      reason(smallest, verdict.layer, group);
      out_.groups.push_back(group);
      if (group.outcome != SizeOutcome::refused) {
        out_.reasons.push_back(std::move(group));
        continue;
      }
      const auto [at, added] = refusing.try_emplace(group.code, out_.reasons.size(), std::set<LayerId>{});
      at->second.second.insert(verdict.layer);
      if (added) {
        out_.reasons.push_back(std::move(group));
        continue;
      }
      out_.reasons[at->second.first].others.push_back(group.layer);
    }
    for (const auto& [code, of] : refusing) {
      SizeGroup& group = out_.reasons[of.first];
      if (group.others.empty()) continue;
      in_words(
          told,
          [&layers = of.second](const SizeVerdict& v) {
            return v.outcome == SizeOutcome::refused && layers.count(v.layer) > 0;
          },
          group);
    }
  }

  void in_words(const SizeMap& told, const SizeMap::Which& which, SizeGroup& group) const {
    group.rule = describe_sizes(told, which);
    if (!options_.has_range()) return;
    group.in_range = out_.map.count_to(options_.last, which) - out_.map.count_to(options_.first - 1, which);
  }

  Trace traced(std::int64_t n) const { return infer(spec_, inputs_with_size(spec_, out_.axes, n)); }

  // The smallest, and the nearest on each side of the declared size.
  void examples(const SizeVerdict& verdict, std::int64_t smallest, SizeGroup& group) const {
    const auto which = [&](const SizeVerdict& v) { return v == verdict; };
    std::set<std::int64_t> sizes{smallest};
    if (const auto below = out_.map.previous(out_.declared - 1, which)) sizes.insert(*below);
    if (const auto above = out_.map.next(out_.declared + 1, which)) sizes.insert(*above);
    for (const std::int64_t n : sizes) {
      group.examples.push_back({n, {}});
      if (verdict.outcome == SizeOutcome::refused) continue;
      if (const auto shape = returned_for(n, verdict.layer))
        group.examples.back().returned = returned_text(n, *shape);
    }
  }

  // What a layer returns for n; -1: the last one.
  std::optional<Shape> returned_for(std::int64_t n, LayerId layer) const {
    if (layer.is_none())
      if (auto proven = out_.map.returned_for(n)) return proven;
    const Trace trace = traced(n);
    const Shape* shape = layer.is_none() ? trace.result(spec_) : trace.output(spec_, {layer, 0});
    return shape == nullptr ? std::nullopt : std::optional(*shape);
  }

  // What comes back for n: the size alone where nothing else differs from what goes in.
  std::string returned_text(std::int64_t n, const Shape& shape) const {
    const Shape input = inputs_with_size(spec_, out_.axes, n)[0];
    const std::size_t first = first_spatial_axis(spec_);
    const auto at = static_cast<std::size_t>(out_.axes[0].axis);
    if (shape.size() != input.size() || out_.axes[0].input != 0 || at < first) return bracketed(shape);
    for (std::size_t axis = first; axis < shape.size(); ++axis) {
      const bool varied = std::find(out_.axes.begin(), out_.axes.end(),
                                    FreeAxis{0, static_cast<int>(axis)}) != out_.axes.end();
      if (varied ? shape[axis] != shape[at] : shape[axis] != input[axis]) return by_x(shape, first);
    }
    return std::to_string(shape[at]);
  }

  // Why n is not right.
  void reason(std::int64_t n, LayerId layer, SizeGroup& group) const {
    if (group.outcome == SizeOutcome::right) return;
    const Trace trace = traced(n);
    if (group.outcome == SizeOutcome::refused) {
      const auto& refusals = trace.row(layer).refusals;
      if (refusals.empty()) return;
      group.message = refusals[0].message;
      group.code = refusals[0].code;
      return;
    }
    // Where the sizes part: the layer that the diagnosis lays side by side with the wrong output.
    for (const Finding& finding : diagnose(with_size(spec_, out_.axes, n), trace)) {
      if (info(finding.code).id[0] != 'R') continue;
      const bool parted = !finding.related.empty() && !finding.related[0].layer.empty();
      group.layer = parted ? finding.related[0].layer : finding.layer;
      group.message = parted                  ? finding.related[0].message
                      : finding.label.empty() ? finding.message
                                              : finding.label;
      return;
    }
  }

  NearSizes near(std::int64_t n) const {
    return {n, out_.map.at(n).outcome, out_.map.previous(n, is_right), out_.map.next(n, is_right)};
  }

  void range(const FreeSize& free) {
    const SizeMap held = size_map(spec_, {out_.axes, declared_box(free)}, ignored_, kAxisSteps);
    if (!held.proven) return;
    DeclaredRange range;
    range.text = range_text(free);
    const auto any = [](const SizeVerdict&) { return true; };
    const auto fails = [](const SizeVerdict& v) { return !is_right(v); };
    range.endless = free.max == 0;
    range.count = held.count_to(limits::size, any);
    range.right = held.count_to(limits::size, is_right);
    range.failing = held.next(1, fails);
    out_.range = std::move(range);
  }

  const Spec& spec_;
  const SizesOptions& options_;
  std::int64_t steps_;
  const PartitionBasis& basis_;
  AxisSizes& out_;
  std::vector<int> ignored_;
};

std::string name_of_axis(std::size_t rank, std::size_t first, std::size_t axis) {
  const auto axes = static_cast<int>(rank - first);
  if (axis < first || axes > 3) return "axis " + std::to_string(axis);
  return std::string(axis_name(axes, static_cast<int>(axis - first)));
}

bool alike(const AxisSizes& a, const AxisSizes& b) {
  const auto key = [](const SizeGroup& g) { return std::tie(g.outcome, g.rule, g.layer); };
  return a.map == b.map && a.declared == b.declared &&
         std::equal(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end(),
                    [&](const SizeGroup& x, const SizeGroup& y) { return key(x) == key(y); });
}

// Axes of the output on which the declared shape misses what is expected; `runs`: whether it comes out at
// all.
std::vector<int> missed_axes(const Spec& spec, bool& runs) {
  const Trace declared = infer(spec);
  runs = std::all_of(declared.layers.begin(), declared.layers.end(),
                     [](const LayerTrace& row) { return row.refusals.empty() && !row.outputs.empty(); });
  std::vector<int> missed;
  if (!runs || !spec.expect || spec.layers.empty()) return missed;
  const Shape& returned = *declared.result(spec);
  const Shape expected = expected_shape(spec, *spec.expect);
  for (std::size_t axis = 0; axis < expected.size() && expected.size() == returned.size(); ++axis)
    if (expected[axis] != Expect::any_size && returned[axis] != expected[axis])
      missed.push_back(static_cast<int>(axis));
  return missed;
}

class Axes {
 public:
  Axes(SizeReport& report, const SizesOptions& options)
      : report_(report), options_(options), rank_(report.spec.inputs[0].shape.size()) {
    missed_ = missed_axes(report.spec, report.declared_runs);
    // A channel count that is wrong is wrong for every size.
    first_ = std::min(first_spatial_axis(report.spec), rank_ - 1);
    std::erase_if(missed_, [&](int axis) { return axis < static_cast<int>(first_); });
  }

  void judge() {
    const Spec& spec = report_.spec;
    for (const FreeSize& free : spec.free_sizes) {
      AxisSizes one;
      one.symbol = free.name;
      one.axes = free.axes;
      for (const FreeAxis& at : free.axes) one.names.push_back(name_of(at));
      fill(std::move(one));
    }
    std::vector<FreeAxis> spatial;
    bool all_named = true;  // by one free size
    for (std::size_t axis = first_; axis < rank_; ++axis) {
      const FreeAxis at{0, static_cast<int>(axis)};
      spatial.push_back(at);
      const FreeSize* free = named(at);
      all_named &= free != nullptr && free == named(spatial[0]);
      if (free != nullptr) continue;
      AxisSizes one;
      one.names = {name_of(at)};
      one.axes = {at};
      fill(std::move(one));
    }
    if (report_.axes.size() > 1) {
      std::vector<VariedSize> each;
      for (const AxisSizes& one : report_.axes) each.push_back({one.axes});
      const SizesTogether together = sizes_together(spec, std::move(each), steps_);
      report_.independent = together.independent;
      if (!together.mixed_by.is_none()) report_.mixed_by = spec.layer(together.mixed_by).name;
      if (!report_.independent && right_only_together()) report_.independent = false;
    }
    const std::vector<AxisSizes> alone = std::move(report_.axes);
    report_.axes.clear();
    for (const AxisSizes& one : alone) merge(one);
    if (spatial.size() < 2 || all_named) return;
    AxisSizes together;
    together.together = true;
    for (const FreeAxis& at : spatial) {
      together.names.push_back(name_of(at));
      for (const FreeAxis& one : axes_of_one_size(spec, at))
        if (std::find(together.axes.begin(), together.axes.end(), one) == together.axes.end())
          together.axes.push_back(one);
    }
    fill(std::move(together));
  }

 private:
  // Whether all sizes made twice or three times as large are right, though one of them alone is not where
  // the declared ones are.
  bool right_only_together() const {
    if (!is_right(evaluated(report_.spec, {}, {}, 0))) return false;
    for (const std::int64_t factor : {2, 3}) {
      Spec larger = report_.spec;
      bool alone = true;
      for (const AxisSizes& one : report_.axes) {
        larger = with_size(std::move(larger), one.axes, factor * one.declared);
        const auto verdict = one.map.verdict(factor * one.declared);
        alone = alone && (!verdict || is_right(*verdict));
      }
      if (!alone && is_right(evaluated(larger, {}, {}, 0))) return true;
    }
    return false;
  }

  const FreeSize* named(const FreeAxis& at) const {
    for (const FreeSize& free : report_.spec.free_sizes)
      if (std::find(free.axes.begin(), free.axes.end(), at) != free.axes.end()) return &free;
    return nullptr;
  }

  std::string name_of(const FreeAxis& at) const {
    const Spec& spec = report_.spec;
    const auto input = static_cast<std::size_t>(at.input);
    if (input > 0) return "axis " + std::to_string(at.axis) + " of `" + spec.inputs[input].name + "`";
    const std::size_t first = first_spatial_axis(spec);
    if (at.axis == 0 && first == 2) return "batch";
    if (at.axis + 1 == static_cast<int>(first) && rank_ > first) return "channels";
    return name_of_axis(rank_, first, static_cast<std::size_t>(at.axis));
  }

  void fill(AxisSizes axis) {
    report_.axes.push_back(std::move(axis));
    AxisReport(report_.spec, options_, missed_, steps_, basis_, report_.axes.back()).fill();
    // What has too many classes on one axis will hardly have few on the next.
    if (!report_.axes.back().map.proven) steps_ = kAxisSteps / 8;
  }

  void merge(const AxisSizes& one) {
    const auto same = std::find_if(report_.axes.begin(), report_.axes.end(), [&](const AxisSizes& before) {
      return one.symbol.empty() && before.symbol.empty() && alike(before, one);
    });
    if (same == report_.axes.end()) {
      report_.axes.push_back(one);
      return;
    }
    same->names.push_back(one.names[0]);
    same->axes.push_back(one.axes[0]);
  }

  SizeReport& report_;
  const SizesOptions& options_;
  std::size_t rank_;
  std::size_t first_ = 0;
  PartitionBasis basis_{report_.spec};
  std::int64_t steps_ = kAxisSteps;  // for the next axis
  std::vector<int> missed_;
};

}  // namespace

std::vector<int> ignored_axes(const std::vector<int>& missed, const std::vector<FreeAxis>& varied) {
  std::vector<int> ignored;
  for (const int axis : missed)
    if (std::find(varied.begin(), varied.end(), FreeAxis{0, axis}) == varied.end()) ignored.push_back(axis);
  return ignored;
}

SizeReport size_report(Source source, const SizesOptions& options, const EngineSource& engine_source) {
  Parsed parsed = parse(source);
  SizeReport report{.source = std::move(source),
                    .spec = std::move(parsed.spec),
                    .axes = {},
                    .mixed_by = {},
                    .independent = {},
                    .findings = std::move(parsed.findings)};
  const bool broken = std::any_of(report.findings.begin(), report.findings.end(), is_error);
  if (!parsed.usable || broken || report.spec.inputs.empty() || report.spec.inputs[0].shape.empty()) {
    report.status = Status::findings;
    return report;
  }
  take_smallest_sizes(report.spec);
  report.spec = for_other_sizes(std::move(report.spec));
  report.expects = report.spec.expect.has_value();
  for (const LayerSpec& layer : report.spec.layers) report.expects |= layer.expect.has_value();
  Axes(report, options).judge();
  if (options.device == DeviceChoice::off) return report;

  const Opened opened = engine_source();
  report.error = opened.error;
  if (opened.engine == nullptr) {
    report.status = Status::error;
    return report;
  }
  report.device = to_string(Device::meta);
  report.libtorch = opened.engine->version();
  const std::size_t known = report.findings.size();
  for (AxisSizes& axis : report.axes) {
    if (report.status == Status::error || report.findings.size() > known) break;
    if (!run_sample(report, axis, *opened.engine)) report.status = Status::error;
  }
  if (report.status == Status::ok && report.findings.size() > known) report.status = Status::findings;
  return report;
}

}  // namespace shapedbg
