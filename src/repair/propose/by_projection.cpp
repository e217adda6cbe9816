// The 1x1 convolution that a shortcut needs around layers that step or change the number of channels.
#include <algorithm>
#include <optional>

#include "flow/meeting.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// By how much `way` goes down along the axis; nothing where it goes up, or by no fixed factor.
std::optional<std::int64_t> factor_down(const Situation& s, const std::vector<int>& way, const Axis& axis) {
  std::int64_t factor = 1;
  for (const int i : way) {
    const Resize resize = resize_of(s.spec, s.trace, i, axis);
    if (resize.way == Resize::Way::up || (resize.way == Resize::Way::down && resize.factor < 1))
      return std::nullopt;
    if (resize.way == Resize::Way::down) factor *= resize.factor;
    if (factor > 64) return std::nullopt;
  }
  return factor;
}

void project(const Situation& s, int merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layers[static_cast<std::size_t>(merge)];
  const LayerTrace& row = s.trace.layers[static_cast<std::size_t>(merge)];
  // A product scales what is there: neither of its factors is a shortcut.
  if (layer.kind != LayerKind::Add || row.inputs.size() != 2) return;
  const std::optional<Meeting> meeting = meeting_at(s.spec, s.trace, merge);
  if (!meeting || meeting->main.empty()) return;
  // Ways from two inputs are branches, no way and its shortcut.
  const auto start = [&](const std::vector<int>& way) {
    const auto& inputs = s.spec.layers[static_cast<std::size_t>(way.front())].inputs;
    return inputs.empty() ? Ref{} : inputs[0];
  };
  if (!meeting->skip.empty() && start(meeting->skip) != start(meeting->main)) return;
  const std::size_t k = layer.inputs[0] == Ref{meeting->main.back(), 0} ? 1 : 0;
  // A shortcut that has its convolution lacks a number, no further layer.
  if (const Ref skip = layer.inputs[k]; !skip.is_input()) {
    const LayerSpec& last = s.spec.layers[static_cast<std::size_t>(skip.layer)];
    const bool own = meeting->skip.size() == 1 && meeting->skip[0] == skip.layer;
    if (own && last.info().family == Family::conv && window_of(last, 0).k == 1) return;
  }
  // A way with windows of its own is a branch.
  if (std::any_of(meeting->skip.begin(), meeting->skip.end(), [&](int i) {
        const LayerSpec& one = s.spec.layers[static_cast<std::size_t>(i)];
        return !one.broken && one.info().family == Family::conv && window_of(one, 0).k > 1;
      }))
    return;
  const Shape& x = row.inputs[k];
  const Shape& want = row.inputs[1 - k];
  const std::vector<Axis> axes = spatial_axes(s.spec);
  if (x.size() != want.size() || x.size() != axes.size() + 2 || x[0] != want[0]) return;
  std::vector<std::int64_t> stride;
  for (const Axis& axis : axes) {
    const auto main = factor_down(s, meeting->main, axis);
    const auto skip = factor_down(s, meeting->skip, axis);
    if (!main || !skip || *main % *skip != 0) return;
    stride.push_back(*main / *skip);
    const std::size_t at = stride.size() + 1;
    if ((x[at] - 1) / stride.back() + 1 != want[at]) return;
  }
  const bool steps = std::any_of(stride.begin(), stride.end(), [](std::int64_t f) { return f > 1; });
  if (!steps && x[1] == want[1]) return;

  Candidate candidate;
  candidate.kind = FixKind::projection;
  const std::string from = s.spec.name_of(layer.inputs[k]);
  const std::string written = short_json(Value{stride});
  const std::string options = R"(, "inputs": )" + to_json(Value{from}) + R"(, "out_channels": )" +
                              std::to_string(want[1]) + R"(, "kernel_size": 1)" +
                              (steps ? R"(, "stride": )" + written : "");
  candidate.title = "put a convolution of kernel_size 1" +
                    (steps ? " and stride " + written : std::string()) + " to " + std::to_string(want[1]) +
                    " channels into the shortcut from `" + from + "` to `" + layer.name + "`";
  const auto name =
      put_before(s, merge, "Conv" + std::to_string(axes.size()) + "d", options, candidate, "shortcut");
  if (!name) return;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::string_view reference = s.rewrite.reference(layer, i);
    if (reference.empty()) return;
    if (i != k && reference != "prev") continue;
    refer_to(s, merge, i, i == k ? *name : s.spec.name_of(layer.inputs[i]), i == k, candidate);
  }
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_projection(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerTrace& row = s.trace.layers[static_cast<std::size_t>(*fault)];
  if (row.refusals[0].code == Code::L208) project(s, *fault, out);
}

}  // namespace shapedbg
