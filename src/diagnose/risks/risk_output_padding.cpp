// W507: output_padding beyond what a stride can have dropped. It gives back rows that the mirrored layer
// did not use, at most stride - 1 of them.
// W510: rows behind the last window. (x-1)s + d(k-1) + 1 - p rows of the output are reached, so the last
// output_padding - p hold nothing but the bias.
#include "diagnose/risks/risks.h"
#include "flow/path.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

std::string n(std::int64_t v) { return std::to_string(v); }

// The smallest excess of `up` over what `down` can have lost along an axis, 0 where there is none.
std::string beyond_mirror(const RiskView& view, const Level& level, const Axis& axis) {
  const LayerSpec& down = view.layer(level.down.place());
  const LayerSpec& up = view.layer(level.up.place());
  const int a = own_axis(down, axis);
  const int b = own_axis(up, axis);
  if (facts(down.kind).window != Sliding::takes || up.info().family != Family::conv_transpose || a < 0 ||
      b < 0)
    return {};
  const Window lost = window_of(down, a);
  const Window given = window_of(up, b);
  const SizeStep taken = step_of(view.trace, level.down, axis);
  const SizeStep back = step_of(view.trace, level.up, axis);
  if (lost.s != given.s || lost.ceil_mode || taken.out != back.in) return {};
  const SizeRange range = window_inputs(lost, taken.out);
  if (range.empty() || given.output_padding == 0 || back.out <= range.last) return {};
  return "returns " + n(back.out) + ", and `" + down.name + "` takes at most " + n(range.last) + " to " +
         n(taken.out);
}

}  // namespace

void excess_output_padding(const RiskView& view, std::vector<Finding>& findings) {
  std::vector<bool> said(view.spec.layers.size());
  const auto add = [&](std::size_t i, std::string message, std::string label) {
    const LayerSpec& layer = view.layer(i);
    if (said[i]) return;
    said[i] = true;
    Finding f;
    f.code = Code::W507;
    f.message = std::move(message);
    f.layer = layer.name;
    f.where = place_of(layer, Opt::output_padding);
    f.label = std::move(label);
    findings.push_back(std::move(f));
  };
  const auto chosen = [&](std::size_t i) {
    const LayerSpec& layer = view.layer(i);
    return layer.info().family == Family::conv_transpose && view.watches(i, Code::W507) &&
           !layer.has(Opt::size_like) && !layer.has(Opt::output_size);
  };
  bool any = false;
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    if (!chosen(i)) continue;
    any = true;
    for (int own = 0; own < view.layer(i).info().axes; ++own) {
      const Window w = window_of(view.layer(i), own);
      if (w.output_padding < w.s) continue;
      add(i,
          "output_padding " + n(w.output_padding) + " of `" + view.layer(i).name +
              "` is legal only through dilation " + n(w.d) + ": stride " + n(w.s) + " drops at most " +
              n(w.s - 1),
          "not below stride " + n(w.s));
    }
  }
  // Where an expectation holds, later layers make up for it.
  if (!any || view.spec.expect) return;
  for (const Axis& axis : spatial_axes(view.spec)) {
    for (const Level& level : mirrored_levels(view.spec, view.trace, axis.index)) {
      const std::size_t i = level.up.place();
      if (!chosen(i) || !view.watches(level.down.place(), Code::W507)) continue;
      std::string label = beyond_mirror(view, level, axis);
      if (label.empty()) continue;
      const bool before = said[i];
      add(i,
          "output_padding of `" + view.layer(i).name + "` is larger than anything `" +
              view.layer(level.down.place()).name + "` can have dropped",
          std::move(label));
      if (!before)
        findings.back().related.push_back(
            related(view.layer(level.down.place()), alike(view.spec, view.trace, level.down, axis)));
    }
  }
}

void bias_only_border(const RiskView& view, std::vector<Finding>& findings) {
  std::vector<RiskPlace> places;
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    if (layer.info().family != Family::conv_transpose || !view.watches(i, Code::W510)) continue;
    const Shape& x = view.row(i).inputs[0];
    const Shape& y = view.row(i).outputs[0];
    const std::size_t axes = layer.axis_count();
    for (std::size_t own = 0; own < axes; ++own) {
      Window w = window_of(layer, static_cast<int>(own));
      w.output_padding = 0;  // what size_like or output_size chose is seen in the size
      const std::int64_t added = y[y.size() - axes + own] - transposed_output(w, x[x.size() - axes + own]);
      if (added <= w.before) continue;
      places.push_back({i, "output_padding " + n(added) + ", padding " + n(w.before) + ": the last " +
                               n(added - w.before) + " of " + n(y[y.size() - axes + own]) + " along " +
                               std::string(axis_name(static_cast<int>(axes), static_cast<int>(own)))});
      break;
    }
  }
  if (places.empty()) return;
  Finding f =
      about(view, Code::W510,
            "the border of " + name_list(view, places) + " holds nothing but the bias: no window reaches it",
            places);
  f.notes = {
      "a larger kernel_size and padding, or padding of the result by `Pad`, fills it with more than a "
      "constant"};
  findings.push_back(std::move(f));
}

}  // namespace shapedbg
