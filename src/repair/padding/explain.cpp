#include "repair/padding/explain.h"
#include "flow/path.h"

#include <algorithm>

#include "repair/padding/search.h"

namespace shapedbg {
namespace {

// Names in a sentence: "`a`, `b` and `c`", the rest counted.
std::string names(const std::vector<std::string>& all) {
  constexpr std::size_t most = 3;
  std::string text;
  const std::size_t shown = std::min(most, all.size());
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == all.size() ? " and " : ", ";
    text += "`" + all[i] + "`";
  }
  if (all.size() > shown) text += " and " + std::to_string(all.size() - shown) + " more";
  return text;
}

// "12", "12 or 13", "12 to 30", "12 to 30 in steps of 3".
std::string range(const std::vector<std::int64_t>& sizes) {
  const std::string first = std::to_string(sizes.front());
  const std::string last = std::to_string(sizes.back());
  if (sizes.size() == 1) return first;
  if (sizes.size() == 2) return first + " or " + last;
  const std::int64_t step = sizes[1] - sizes[0];
  for (std::size_t i = 2; i < sizes.size(); ++i)
    if (sizes[i] - sizes[i - 1] != step) return "some sizes from " + first + " to " + last;
  return first + " to " + last + (step > 1 ? " in steps of " + std::to_string(step) : "");
}

class Explanation {
 public:
  Explanation(const Spec& spec, const Trace& trace, Question& q) : spec_(spec), trace_(trace), q_(q) {
    axis_ = std::string(axis_name(q.axes, q.axis));
  }

  std::vector<std::string> lines() {
    const auto last = spec_.layers.last_id();
    if (q_.depends.back() == 0) return {};
    const Reach reach = reachable(q_, last);
    if (reach.end == SearchEnd::cut) return {};
    if (reach.end == SearchEnd::found) {
      // The question's own expectations: about its axis alone.
      const LayerSpec& output = q_.spec.layers.back();
      const bool said = q_.spec.expect && missed(reach.sizes, output, *q_.spec.expect);
      if (!said && output.expect) missed(reach.sizes, output, *output.expect);
    } else if (!reach.stuck.is_none()) {
      stuck(reach.stuck);
    }
    if (!lines_.empty()) net_kernels();
    return std::move(lines_);
  }

 private:
  // The transposed layers that can add at all along this axis, and how much.
  std::string adders() const {
    std::vector<std::string> idle;
    std::string able;
    for (const Unknown& unknown : q_.unknowns) {
      const std::string& name = spec_.layer(unknown.layer).name;
      if (unknown.most[0] == 0) {
        idle.push_back(name);
      } else if (able.size() < 60) {
        able += (able.empty() ? "" : ", ") +
                ("`" + name + "` can add at most " + std::to_string(unknown.most[0]));
      }
    }
    if (!able.empty()) return able + ": output_padding must be smaller than stride or dilation";
    return names(idle) +
           " can add nothing: output_padding must be smaller than stride or dilation, and both are 1";
  }

  bool missed(const std::vector<std::int64_t>& sizes, const LayerSpec& layer, const Expect& expect) {
    const Shape wanted = expected_shape(q_.spec, expect);
    if (wanted.empty() || sizes.empty()) return false;
    const std::int64_t want = wanted.back();
    if (want == Expect::any_size || std::binary_search(sizes.begin(), sizes.end(), want)) return false;
    const std::string whose = "the " + axis_ + " of `" + layer.name + "`";
    if (want < sizes.front()) {
      lines_.push_back("output_padding can only add: with the smallest everywhere " + whose + " is " +
                       std::to_string(sizes.front()) + ", expected is " + std::to_string(want));
    } else if (want > sizes.back()) {
      lines_.push_back("with the largest output_padding everywhere " + whose + " is " +
                       std::to_string(sizes.back()) + ", expected is " + std::to_string(want) + "; " +
                       adders());
    } else {
      lines_.push_back("output_padding can make " + whose + " " + range(sizes) + ", not " +
                       std::to_string(want));
    }
    return true;
  }

  // No choice gets past this layer.
  void stuck(LayerId index) {
    const LayerSpec& layer = q_.spec.layer(index);
    std::vector<std::string> sides;
    bool changeable = false;
    for (const Ref ref : layer.inputs) {
      const std::string name = "`" + spec_.name_of(ref) + "`";
      if (ref.is_input() || q_.depends[ref.layer] == 0) {
        const Shape& shape = q_.constant(ref);
        if (!shape.empty()) sides.push_back(name + " has " + std::to_string(shape.back()));
        continue;
      }
      const Reach reach = reachable(q_, ref.layer);
      if (reach.end != SearchEnd::found) return;
      sides.push_back(name + " can have " + range(reach.sizes));
      changeable = true;
    }
    const Reach own = reachable(q_, index);
    if (own.end == SearchEnd::found && layer.expect) {
      missed(own.sizes, layer, *layer.expect);
      return;
    }
    if (!changeable || sides.empty()) return;
    std::string text;
    for (const std::string& side : sides) text += (text.empty() ? "" : ", ") + side;
    if (sides.size() > 1) {
      lines_.push_back("no output_padding makes the inputs of `" + layer.name + "` agree along the " + axis_ +
                       ": " + text);
    } else {
      lines_.push_back("`" + layer.name + "` takes no " + axis_ + " that output_padding can give: " + text);
    }
  }

  // Whether the two are as far from the ends of the longest way: one mirrors the other. Levels are matched by
  // what they do to sizes alone, so that two that go down may be undone by one.
  bool mirrored(const Level& level) const {
    const Axis axis = spatial_axes(spec_)[static_cast<std::size_t>(q_.axis)];
    std::vector<LayerId> downs, ups;
    for (const LayerId i : longest_path(spec_, {spec_.layers.last_id(), 0})) {
      const Resize::Way way = resize_of(spec_, trace_, i, axis).way;
      if (way == Resize::Way::down) downs.push_back(i);
      if (way == Resize::Way::up) ups.push_back(i);
    }
    const auto down = std::find(downs.begin(), downs.end(), level.down) - downs.begin();
    const auto up = std::find(ups.begin(), ups.end(), level.up) - ups.begin();
    return downs.size() == ups.size() && down + up + 1 == std::ssize(ups);
  }

  // Levels that output_padding cannot undo for every size.
  void net_kernels() {
    int said = 0;
    for (const Level& level : mirrored_levels(spec_, trace_, q_.axis)) {
      if (level.down.is_none() || level.up.is_none() || said == 2) continue;
      const LayerSpec& down = spec_.layer(level.down);
      const LayerSpec& up = spec_.layer(level.up);
      if (up.info().family != Family::conv_transpose || up.info().axes != q_.axes ||
          down.info().axes != q_.axes)
        continue;
      const Window d = window_of(down, q_.axis);
      const Window u = window_of(up, q_.axis);
      if (d.s != u.s && !mirrored(level)) continue;
      if (d.s != u.s) {
        lines_.push_back("`" + up.name + "` has stride " + std::to_string(u.s) + " where its mirror image `" +
                         down.name + "` has " + std::to_string(d.s));
        ++said;
      } else if (d.net_kernel() != u.net_kernel()) {
        lines_.push_back("net kernels d(k-1) + 1 - 2p differ: " + std::to_string(u.net_kernel()) + " of `" +
                         up.name + "`, " + std::to_string(d.net_kernel()) + " of `" + down.name + "`; `" +
                         up.name +
                         (u.net_kernel() > d.net_kernel() ? "` returns too much for the smallest sizes"
                                                          : "` returns too little for the largest sizes"));
        ++said;
      }
    }
  }

  const Spec& spec_;
  const Trace& trace_;
  Question& q_;
  std::string axis_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> why_none(const Spec& spec, const Trace& trace, Question& question) {
  return Explanation(spec, trace, question).lines();
}

}  // namespace shapedbg
