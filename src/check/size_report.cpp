#include "check/size_report.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <tuple>
#include <utility>

#include "check/execute.h"
#include "diagnose/diagnose.h"
#include "shape/infer.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kSteps = 4'000'000;        // shape rules for one axis: about a second
constexpr std::int64_t kPlainSteps = 400'000;     // the same, one size after the other
constexpr std::int64_t kEvaluated = 1024;         // sizes looked at one by one where nothing can be proven
constexpr std::int64_t kRunLayers = 8'000;        // layers run on LibTorch for one axis
constexpr std::size_t kBoundaries = 10;
constexpr std::size_t kClasses = 12;
constexpr std::size_t kRandom = 4;

Spec with_size(Spec spec, const std::vector<int>& axes, std::int64_t n) {
  for (const int axis : axes) spec.inputs[0].shape[static_cast<std::size_t>(axis)] = n;
  return spec;
}

std::vector<std::int64_t> some_of(const std::vector<std::int64_t>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<std::int64_t> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(all[i * (all.size() - 1) / (most - 1)]);
  return some;
}

// How many of 1 to n are in the set.
std::int64_t count_to(const std::vector<bool>& classes, const std::vector<bool>& small, std::int64_t n) {
  const auto bound = static_cast<std::int64_t>(small.size());
  std::int64_t count = std::count(small.begin(), small.begin() + std::min(n, bound), true);
  if (n <= bound || classes.empty()) return count;
  const auto period = static_cast<std::int64_t>(classes.size());
  for (std::int64_t r = 0; r < period; ++r) {
    // Sizes of this class up to x: floor((x - r)/period) + 1, of which 0 is none.
    if (!classes[static_cast<std::size_t>(r)]) continue;
    count += floor_div(n - r, period) - floor_div(bound - r, period);
  }
  return count;
}

class AxisReport {
 public:
  // `missed`: axes on which the declared shape already misses what is expected.
  AxisReport(const Spec& spec, const SizesOptions& options, const std::vector<int>& missed, AxisSizes& report)
      : spec_(spec), options_(options), out_(report) {
    varied_.axes = report.axes;
    for (const int axis : missed)
      if (std::find(varied_.axes.begin(), varied_.axes.end(), axis) == varied_.axes.end()) varied_.ignored.push_back(axis);
  }

  void fill() {
    out_.declared = spec_.inputs[0].shape[static_cast<std::size_t>(out_.axes[0])];
    if (auto map = size_map(spec_, varied_, kSteps)) {
      out_.map = std::move(*map);
    } else {
      out_.proven = false;
      const auto affordable = kPlainSteps / (static_cast<std::int64_t>(spec_.layers.size()) + 1);
      const std::int64_t wanted =
          std::max({kEvaluated, 2 * std::min(out_.declared, kPlainSteps), options_.last, options_.near.value_or(0)});
      out_.map = evaluated_sizes(spec_, varied_, std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(affordable, 1)));
    }
    group();
    if (options_.near && out_.map.knows(*options_.near)) out_.near = near(*options_.near);
  }

 private:
  // The smallest size beyond which whole periods repeat what was seen.
  std::int64_t seen_all() const { return static_cast<std::int64_t>(out_.map.small.size()) + out_.map.period(); }

  void group() {
    const std::vector<int>& varied = varied_.axes;
    // In words an unproven set is told as it seems to go on; its bounds are told with it.
    const SizeMap told = extrapolated(out_.map);
    struct Found {
      std::vector<bool> classes;
      std::vector<bool> small;
      std::int64_t smallest = 0;
    };
    std::map<std::pair<SizeOutcome, int>, Found> found;
    const auto key = [](const SizeVerdict& v) { return std::pair{v.outcome, v.layer}; };
    for (std::int64_t n = 1; n <= seen_all(); ++n) {
      const bool is_new = found.try_emplace(key(out_.map.at(n))).second;
      if (is_new) found[key(out_.map.at(n))].smallest = n;
    }
    for (auto& [verdict, set] : found) {
      for (const SizeVerdict& v : out_.map.classes) set.classes.push_back(key(v) == verdict);
      for (const SizeVerdict& v : out_.map.small) set.small.push_back(key(v) == verdict);
      SizeGroup group;
      group.outcome = verdict.first;
      std::vector<bool> classes;
      std::vector<bool> small;
      for (const SizeVerdict& v : told.classes) classes.push_back(key(v) == verdict);
      for (const SizeVerdict& v : told.small) small.push_back(key(v) == verdict);
      group.rule = describe_sizes(std::move(classes), std::move(small));
      if (verdict.second >= 0) group.layer = spec_.layers[static_cast<std::size_t>(verdict.second)].name;
      if (options_.has_range()) {
        group.in_range = count_to(set.classes, set.small, options_.last) -
                         count_to(set.classes, set.small, options_.first - 1);
      }
      examples(varied, verdict.first, verdict.second, set.smallest, group);
      reason(varied, set.smallest, verdict.second, group);
      out_.groups.push_back(std::move(group));
    }
    std::stable_sort(out_.groups.begin(), out_.groups.end(), [](const SizeGroup& a, const SizeGroup& b) {
      return std::pair(a.outcome, a.examples[0].size) < std::pair(b.outcome, b.examples[0].size);
    });
  }

  void examples(const std::vector<int>& varied, SizeOutcome outcome, int layer, std::int64_t smallest,
                SizeGroup& group) const {
    std::set<std::int64_t> sizes{smallest};
    const SizeVerdict wanted{outcome, layer};
    const auto next = [&](std::int64_t step) {
      for (std::int64_t n = out_.declared + step, left = seen_all(); n > smallest && left > 0; n += step, --left) {
        if (!out_.map.knows(n)) return;
        if (out_.map.at(n) != wanted) continue;
        sizes.insert(n);
        return;
      }
    };
    next(-1);
    next(1);
    for (const std::int64_t n : sizes) {
      SizeExample example{n, {}};
      if (outcome != SizeOutcome::refused) {
        const Spec spec = with_size(spec_, varied, n);
        const Trace trace = infer(spec);
        const Shape* shape = layer >= 0 ? trace.output(spec, {layer, 0}) : trace.result(spec);
        if (shape != nullptr) example.returned = returned_text(spec, varied, *shape);
      }
      group.examples.push_back(std::move(example));
    }
  }

  // The size alone where nothing else differs from what goes in.
  std::string returned_text(const Spec& spec, const std::vector<int>& varied, const Shape& shape) const {
    const Shape& input = spec.inputs[0].shape;
    const std::size_t first = first_spatial_axis(spec);
    if (shape.size() != input.size()) return bracketed(shape);
    const std::int64_t size = shape[static_cast<std::size_t>(varied[0])];
    for (std::size_t axis = first; axis < shape.size(); ++axis) {
      const bool is_varied = std::find(varied.begin(), varied.end(), static_cast<int>(axis)) != varied.end();
      if (is_varied ? shape[axis] != size : shape[axis] != input[axis]) return by_x(shape, first);
    }
    return std::to_string(size);
  }

  void reason(const std::vector<int>& varied, std::int64_t n, int layer, SizeGroup& group) const {
    if (group.outcome == SizeOutcome::right) return;
    const Spec spec = with_size(spec_, varied, n);
    const Trace trace = infer(spec);
    if (group.outcome == SizeOutcome::refused) {
      const auto& refusals = trace.layers[static_cast<std::size_t>(layer)].refusals;
      if (!refusals.empty()) group.message = refusals[0].message;
      return;
    }
    // Where the sizes part: the layer that the diagnosis lays side by side with the wrong output.
    for (const Finding& finding : diagnose(spec, trace)) {
      if (info(finding.code).id[0] != 'R') continue;
      const bool parted = !finding.related.empty() && !finding.related[0].layer.empty();
      group.layer = parted ? finding.related[0].layer : finding.layer;
      group.message = parted ? finding.related[0].message : finding.message;
      return;
    }
  }

  NearSizes near(std::int64_t n) const {
    NearSizes result;
    result.size = n;
    const auto right = [&](std::int64_t size) {
      return out_.map.knows(size) && out_.map.at(size).outcome == SizeOutcome::right;
    };
    result.outcome = out_.map.at(n).outcome;
    const std::int64_t reach = std::max(seen_all(), std::int64_t{1});
    for (std::int64_t size = n, left = reach; size >= 1 && left >= 0 && !result.below; --size, --left)
      if (right(size)) result.below = size;
    // Below that, the small sizes.
    for (auto size = std::min(n, static_cast<std::int64_t>(out_.map.small.size())); size >= 1 && !result.below; --size)
      if (right(size)) result.below = size;
    for (std::int64_t size = n, left = reach; left >= 0 && !result.above; ++size, --left)
      if (right(size)) result.above = size;
    return result;
  }

  const Spec& spec_;
  const SizesOptions& options_;
  AxisSizes& out_;
  VariedAxes varied_;
};

// The sizes to be run: where the answer changes, one of each residue class up to a limit, a few at random.
std::vector<std::int64_t> sample(const AxisSizes& axis, std::size_t layers) {
  const SizeMap& map = axis.map;
  const auto bound = static_cast<std::int64_t>(map.small.size());
  std::vector<std::int64_t> edges;
  const std::int64_t end = map.classes.empty() ? bound : bound + 1;
  for (std::int64_t n = 2; n <= end; ++n) {
    if (map.at(n) == map.at(n - 1) && n != end) continue;
    edges.push_back(n - 1);
    edges.push_back(n);
  }
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  std::vector<std::int64_t> classes;
  for (std::int64_t i = 1; i <= map.period(); ++i) classes.push_back(bound + i);
  std::set<std::int64_t> sizes{1, std::min<std::int64_t>(axis.declared, INT64_C(1) << 20)};
  if (!map.knows(axis.declared)) sizes.erase(axis.declared);
  for (const std::int64_t n : some_of(edges, kBoundaries)) sizes.insert(n);
  for (const std::int64_t n : some_of(classes, kClasses)) sizes.insert(n);
  std::mt19937_64 random(20260);  // the same sizes each time
  const std::int64_t span = map.classes.empty() ? bound : bound + 3 * map.period();
  for (std::size_t i = 0; i < kRandom; ++i)
    sizes.insert(1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span)));
  const auto most = std::max<std::int64_t>(4, kRunLayers / static_cast<std::int64_t>(layers + 1));
  return some_of({sizes.begin(), sizes.end()}, static_cast<std::size_t>(most));
}

// Runs the sample on meta. What LibTorch answers otherwise than the formulas becomes a finding.
bool run_sample(SizeReport& report, AxisSizes& axis, Engine& engine) {
  const std::size_t known = report.findings.size();
  for (const int alone : axis.together ? std::vector<int>{axis.axes[0]} : axis.axes) {
    const std::vector<int> varied = axis.together ? axis.axes : std::vector<int>{alone};
    for (const std::int64_t n : sample(axis, report.spec.layers.size())) {
      const Spec spec = with_size(report.spec, varied, n);
      const Trace formula = infer(spec);
      Run run = run_on(engine, spec, formula, Device::meta);
      if (!run.error.empty()) {
        report.error = std::move(run.error);
        return false;
      }
      const Trace trace = merged(spec, formula, std::move(run), engine, Device::meta);
      for (Finding& finding : compare(spec, formula, trace)) {
        finding.notes.push_back("for the input " + bracketed(spec.inputs[0].shape));
        report.findings.push_back(std::move(finding));
      }
      if (alone == axis.axes[0]) axis.ran.push_back(n);
      // One difference is enough to be reported.
      if (report.findings.size() > known) return true;
    }
  }
  return true;
}

// The first layer one of whose output sizes depends on two spatial axes of the input, though none of
// its inputs does: where a Flatten or Reshape makes one size of several.
std::string mixing_layer(const Spec& spec, const std::vector<int>& axes) {
  const Trace plain = infer(spec);
  std::vector<Trace> varied;
  for (const int axis : axes)
    varied.push_back(infer(with_size(spec, {axis}, 2 * spec.inputs[0].shape[static_cast<std::size_t>(axis)])));
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    for (std::size_t o = 0; o < plain.layers[i].outputs.size(); ++o) {
      const Shape& shape = plain.layers[i].outputs[o];
      for (std::size_t d = 0; d < shape.size(); ++d) {
        int depends = 0;
        for (const Trace& trace : varied) {
          const auto& outputs = trace.layers[i].outputs;
          depends += o < outputs.size() && d < outputs[o].size() && outputs[o][d] != shape[d] ? 1 : 0;
        }
        if (depends > 1) return spec.layers[i].name;
      }
    }
  }
  return {};
}

// Where axes do not meet, the same size on all of them is refused, or wrong, exactly where it is on one.
bool follows(const SizeMap& together, const std::vector<const SizeMap*>& alone) {
  std::int64_t last = static_cast<std::int64_t>(together.small.size()) + together.period();
  for (const SizeMap* map : alone) {
    last = std::max(last, static_cast<std::int64_t>(map->small.size()) + map->period());
  }
  last = std::min<std::int64_t>(2 * last, 200'000);
  for (std::int64_t n = 1; n <= last; ++n) {
    if (!together.knows(n)) return true;
    bool all_right = true;
    for (const SizeMap* map : alone) {
      if (!map->knows(n)) return true;
      all_right &= map->at(n).outcome == SizeOutcome::right;
    }
    if ((together.at(n).outcome == SizeOutcome::right) != all_right) return false;
  }
  return true;
}

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

void judge_axes(SizeReport& report, const SizesOptions& options) {
  const Spec& spec = report.spec;
  const std::size_t rank = spec.inputs[0].shape.size();
  // A network without spatial axes has its features.
  const std::size_t first = std::min(first_spatial_axis(spec), rank - 1);
  std::vector<int> missed;
  const Trace declared = infer(spec);
  report.declared_runs = std::all_of(declared.layers.begin(), declared.layers.end(), [](const LayerTrace& row) {
    return row.refusals.empty() && !row.outputs.empty();
  });
  if (report.declared_runs && spec.expect && !spec.layers.empty()) {
    const Shape& returned = *declared.result(spec);
    const Shape expected = expected_shape(spec, *spec.expect);
    for (std::size_t axis = first; axis < rank && expected.size() == rank && returned.size() == rank; ++axis) {
      if (expected[axis] != Expect::any_size && returned[axis] != expected[axis]) missed.push_back(static_cast<int>(axis));
    }
  }
  std::vector<AxisSizes> all;
  std::vector<int> spatial;
  for (std::size_t axis = first; axis < rank; ++axis) {
    AxisSizes& one = all.emplace_back();
    one.names = {name_of_axis(rank, first_spatial_axis(spec), axis)};
    one.axes = {static_cast<int>(axis)};
    spatial.push_back(static_cast<int>(axis));
    AxisReport(spec, options, missed, one).fill();
  }
  if (spatial.size() > 1) {
    AxisSizes together;
    together.together = true;
    together.axes = spatial;
    std::vector<const SizeMap*> alone;
    for (const AxisSizes& one : all) {
      together.names.push_back(one.names[0]);
      alone.push_back(&one.map);
    }
    AxisReport(spec, options, missed, together).fill();
    report.mixed_by = mixing_layer(spec, spatial);
    report.independent = report.declared_runs && report.mixed_by.empty() && follows(together.map, alone);
    all.push_back(std::move(together));
  }
  for (AxisSizes& one : all) {
    const auto same = std::find_if(report.axes.begin(), report.axes.end(), [&](const AxisSizes& before) {
      return !one.together && !before.together && alike(before, one);
    });
    if (same == report.axes.end()) {
      report.axes.push_back(std::move(one));
      continue;
    }
    same->names.push_back(one.names[0]);
    same->axes.push_back(one.axes[0]);
  }
}

}  // namespace

SizeReport size_report(Source source, const SizesOptions& options, const EngineSource& engine_source) {
  Parsed parsed = parse(source);
  SizeReport report{.source = std::move(source),
                    .spec = std::move(parsed.spec),
                    .axes = {},
                    .mixed_by = {},
                    .findings = std::move(parsed.findings)};
  const bool broken = std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& f) {
    return info(f.code).severity == Severity::error;
  });
  if (!parsed.usable || broken || report.spec.inputs.empty() || report.spec.inputs[0].shape.empty()) {
    report.status = Status::findings;
    return report;
  }
  report.spec = for_other_sizes(std::move(report.spec));
  report.expects = report.spec.expect.has_value();
  for (const LayerSpec& layer : report.spec.layers) report.expects |= layer.expect.has_value();
  judge_axes(report, options);
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
