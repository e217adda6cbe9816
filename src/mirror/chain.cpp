#include "mirror/chain.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// What parts the chain into stretches: layers with weights, and those that give the tensor another form.
bool is_barrier(const LayerSpec& layer) {
  const Undone undone = facts(layer.kind).undone;
  return undone != Undone::as_is && undone != Undone::spatially;
}

}  // namespace

void MirrorChain::walk(const std::vector<PathLayer>& path, bool fed, bool branch) {
  path_ = &path;
  std::vector<Range> between;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_barrier(layer(i))) continue;
    between.push_back({begin, i});
    begin = i + 1;
  }
  between.push_back({begin, path.size()});
  in_branch_ = branch;
  if (branch) {
    in_branch(between, fed);
  } else {
    in_trunk(between, fed);
  }
  in_branch_ = false;
}

// Between two barriers: first what acts on the mirrored weights, in the encoder's order, then what undoes
// pools and pads. The latent is not normalised twice, and nothing acts on what is returned.
void MirrorChain::in_trunk(const std::vector<Range>& between, bool fed) {
  bool gated = false;
  for (std::size_t i = between.size(); i-- > 0 && error_.empty();) {
    const Range range = between[i];
    bool inner = fed;
    for (std::size_t place = 0; place < range.begin; ++place) inner = inner || has_weights(layer(place));
    const bool before = weights_;
    if (before && inner) runs(range, gated);
    undo_spatial(range);
    if (!before && weights_ && inner) runs(range, false);
    if (i == 0 || !error_.empty()) return;
    const Range next = between[i - 1];
    bool applied = fed;
    for (std::size_t place = 0; place < next.begin; ++place) applied = applied || has_weights(layer(place));
    gated = barrier(next.end, applied ? next : Range{});
  }
}

// What leads in its encoder leads in its mirror image, and what comes last comes last.
void MirrorChain::in_branch(const std::vector<Range>& between, bool fed) {
  const bool first = fed && weights_ && between.size() > 1;
  if (first) runs(between.front(), false);
  bool gated = false;
  for (std::size_t i = between.size(); i-- > 0 && error_.empty();) {
    if (i > 0 && i + 1 < between.size()) runs(between[i], gated);
    undo_spatial(between[i]);
    if (i == 0) break;
    Range next = between[i - 1];
    if (i == 1) next = fed ? between.back() : Range{};
    gated = barrier(between[i - 1].end, next);
  }
  if (fed && between.size() > 1 && error_.empty()) runs(between.back(), gated);
}

void MirrorChain::runs(Range range, bool gated) {
  for (std::size_t i = range.begin; i < range.end && error_.empty(); ++i) {
    const LayerSpec& one = layer(i);
    const PathLayer& item = (*path_)[i];
    if (facts(one.kind).undone != Undone::as_is || one.kind == LayerKind::Identity) continue;
    const bool gate = one.info().family == Family::glu;
    if (gate && !gated) continue;
    if (one.info().family == Family::custom && (one.inputs.size() > 1 || at_.shape != out_of(item))) continue;
    // Counts are those of the tensor that the mirror image gets.
    const Shape& x = in_of(item);
    const auto count = [&](std::size_t axis) { return axis < at_.shape.size() ? at_.shape[axis] : 0; };
    const std::size_t channel = channel_axis(i);
    LayerObject object(name_up(one), std::string(one.info().name));
    for (const OptionValue& option : one.options) {
      if (!option.written) continue;
      Value value = option.value;
      switch (option.info->opt) {
        case Opt::normalized_shape: {
          const std::size_t last = one.integers(Opt::normalized_shape).size();
          if (last > at_.shape.size())
            return void(refuse(one, "it spans more axes than its mirror image gets"));
          value = Numbers(at_.shape.end() - static_cast<std::ptrdiff_t>(last), at_.shape.end());
          break;
        }
        case Opt::num_features:
        case Opt::num_channels:
          value =
              count(facts(one.kind).channels == Channels::before_axes ? x.size() - one.axis_count() - 1 : 1);
          break;
        case Opt::num_groups:
          value = std::gcd(one.integer(Opt::num_groups), count(1));
          break;
        case Opt::num_parameters:
          if (one.integer(Opt::num_parameters) > 1) value = count(1);
          break;
        default:
          break;
      }
      object.put(std::string(to_string(option.info->opt)), to_json(spec_, value));
    }
    Shape shape = at_.shape;
    if (gate) shape[channel] /= 2;
    add(object, std::move(shape));
  }
}

void MirrorChain::undo_spatial(Range range) {
  for (std::size_t i = range.end; i-- > range.begin && error_.empty();) {
    const LayerSpec& one = layer(i);
    const PathLayer& item = (*path_)[i];
    const std::size_t rank = in_of(item).size();
    if (facts(one.kind).divides == Divides::by_two || facts(one.kind).divides == Divides::by_chunks) {
      if (wrapped_axis(one.integer(Opt::dim), rank) != channel_axis(i))
        refuse(one, "it takes a part of an axis that is no channel");
    } else if (one.info().family == Family::custom) {
      if (in_of(item) != out_of(item)) refuse(one, "only the shape that it returns is known");
    } else if (facts(one.kind).undone == Undone::spatially) {
      spatial(item);
    }
  }
}

std::size_t MirrorChain::channel_axis(std::size_t place) const {
  const Shape& x = in_of((*path_)[place]);
  while (place-- > 0) {
    const LayerSpec& one = layer(place);
    if (one.info().family == Family::linear) return x.size() - 1;
    const auto axes = one.axis_count();
    if (has_weights(one) && axes < x.size()) return x.size() - axes - 1;
    if (is_barrier(one)) break;  // another form of the tensor
  }
  return std::min<std::size_t>(1, x.size() - 1);
}

bool MirrorChain::barrier(std::size_t place, Range next) {
  const LayerSpec& one = layer(place);
  const PathLayer& item = (*path_)[place];
  if (!has_weights(one)) {
    restore(out_of(item), plain(one));
    if (error_.empty()) form(item);
    return false;
  }
  const Shape& x = in_of(item);
  std::int64_t out = one.info().family == Family::linear ? x.back() : channels(x, one);
  const std::int64_t plain_out = out;
  for (std::size_t i = next.begin; i < next.end; ++i)
    if (layer(i).info().family == Family::glu) out *= 2;
  weights(item, out);
  // A skip that was joined there is not for the gate to cut.
  if (out != plain_out && one.info().family != Family::linear)
    restore(with_channels(x, one.info().axes, out), plain(one));
  return true;
}

}  // namespace shapedbg
