// Kinds that pad, crop, slice or resize.
#include <algorithm>
#include <cmath>

#include "rules/counts.h"
#include "rules/rule_context.h"

namespace shapedbg {
namespace {

// Spatial axes behind N,C (or behind the first axis where there are only two).
template <class N>
std::size_t first_spatial(const RuleContext<N>& c) {
  return std::min<std::size_t>(2, c.x().size() - 1);
}

std::string axis_text(std::size_t axis) { return "axis " + std::to_string(axis); }

// Adds `before` + `after` to one axis as F.pad does in `mode`; refuses what that mode cannot do.
template <class N>
bool pad_axis(RuleContext<N>& c, typename RuleContext<N>::S& out, std::size_t axis, N before, N after,
              std::string_view mode, Opt opt) {
  const N x = out[axis];
  const auto too_large = [&](N pad) {
    c.refuse_option(
        Code::L207, opt,
        [&] {
          return "padding " + text(pad) + " of " + c.name() + " is too large for padding by " +
                 std::string(mode) + " on " + axis_text(axis) + " of size " + text(x);
        },
        static_cast<int>(axis));
  };
  for (const N& pad : {before, after}) {
    if (mode == "reflect" && !c.a.less(pad, x)) too_large(pad);
    if (mode == "circular" && c.a.less(x, pad)) too_large(pad);
  }
  // torch crops by the negative paddings first, and what is left must not be less than nothing.
  if (mode == "constant") {
    N left = x;
    for (const N& pad : {before, after})
      if (c.below(pad, 0)) left = c.a.add(left, pad);
    if (c.below(left, 0)) too_large(c.a.less(before, after) ? before : after);
  }
  out[axis] = c.a.add(x, c.a.add(before, after));
  if (!c.below(out[axis], 1)) return true;
  c.refuse_option(
      Code::L206, opt,
      [&] {
        return c.name() + " would leave " + text(out[axis]) + " of " + text(x) + " at " + axis_text(axis);
      },
      static_cast<int>(axis));
  return false;
}

// ReflectionPad and kin, and F.pad in the same modes, take 2-D/3-D, 3-D/4-D and 4-D/5-D tensors.
template <class N>
bool mode_takes_rank(RuleContext<N>& c, std::size_t padded_axes) {
  const std::size_t rank = c.x().size();
  if (rank == padded_axes + 1 || rank == padded_axes + 2) return true;
  c.refuse(Code::L204, [&] {
    return c.name() + " pads " + std::to_string(padded_axes) + " axes of a tensor with " +
           std::to_string(padded_axes + 1) + " or " + std::to_string(padded_axes + 2) + " axes, and gets " +
           text(c.x());
  });
  return false;
}

template <class N>
void pad_last_axes(RuleContext<N>& c, const std::vector<std::int64_t>& pads, std::string_view mode, Opt opt) {
  const std::size_t padded = pads.size() / 2;
  if (mode != "constant" && !mode_takes_rank(c, padded)) return;
  if (padded > c.x().size()) {
    c.refuse(Code::L204, [&] {
      return c.name() + " pads " + std::to_string(padded) + " axes and gets " + std::to_string(c.rank()) +
             ": " + text(c.x());
    });
    return;
  }
  typename RuleContext<N>::S out = c.x();
  bool clear = true;
  for (std::size_t i = 0; i < padded; ++i)
    clear &= pad_axis(c, out, out.size() - 1 - i, N(pads[2 * i]), N(pads[2 * i + 1]), mode, opt);
  if (clear) c.returns(std::move(out));
}

// How many of the given options a layer has; exactly one is right.
template <class N>
bool exactly_one(RuleContext<N>& c, std::initializer_list<Opt> options, const char* names) {
  int given = 0;
  for (const Opt opt : options) given += c.layer.has(opt) ? 1 : 0;
  if (given == 1) return true;
  const Code code = given == 0 ? Code::S105 : Code::L214;
  c.refuse(code, [&] { return c.name() + " takes exactly one of " + names; });
  return false;
}

}  // namespace

template <class N>
void pad_rule(RuleContext<N>& c) {
  const std::string_view type = c.layer.info().name;
  const std::string_view mode = type.starts_with("Reflection")    ? "reflect"
                                : type.starts_with("Replication") ? "replicate"
                                : type.starts_with("Circular")    ? "circular"
                                                                  : "constant";
  std::vector<std::int64_t> pads = c.layer.integers(Opt::padding);
  if (pads.size() == 1) pads.assign(2 * static_cast<std::size_t>(c.axes()), pads[0]);
  pad_last_axes(c, pads, mode, Opt::padding);
}
SHAPEDBG_INSTANTIATE(pad_rule)

template <class N>
void free_pad_rule(RuleContext<N>& c) {
  if (!exactly_one(c, {Opt::padding, Opt::size_like}, "padding, size_like")) return;
  const std::string_view mode = c.layer.word(Opt::mode);
  if (c.layer.has(Opt::padding)) {
    const auto& pads = c.layer.integers(Opt::padding);
    if (pads.size() % 2 != 0) {
      c.refuse_option(Code::S111, Opt::padding, [&] {
        return "padding of " + c.name() + " takes two numbers per axis, not " + std::to_string(pads.size());
      });
      return;
    }
    return pad_last_axes(c, pads, mode, Opt::padding);
  }
  // F.pad(x, [d//2, d - d//2]) with d the difference to that tensor.
  const auto& like = *c.in.like;
  if (!like_has_rank(c)) return;
  typename RuleContext<N>::S out = c.x();
  if (mode != "constant" && !mode_takes_rank(c, out.size() - first_spatial(c))) return;
  bool clear = true;
  for (std::size_t i = first_spatial(c); i < out.size(); ++i) {
    const N difference = c.a.sub(like[i], out[i]);
    // A mode of padding looks at each side; constant padding only at the sum.
    if (mode == "constant") {
      out[i] = like[i];
      continue;
    }
    const N before = c.a.div_floor(difference, 2);
    clear &= pad_axis(c, out, i, before, c.a.sub(difference, before), mode, Opt::size_like);
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(free_pad_rule)

template <class N>
void pad_to_multiple_rule(RuleContext<N>& c) {
  if (c.rank() < 2) {
    c.refuse(Code::L204, [&] { return c.name() + " pads spatial axes and gets " + text(c.x()); });
    return;
  }
  const auto& multiples = c.layer.integers(Opt::multiple);
  const std::size_t first = first_spatial(c);
  const std::size_t spatial = c.x().size() - first;
  if (multiples.size() != 1 && multiples.size() != spatial) {
    c.refuse_option(Code::S111, Opt::multiple, [&] {
      return "multiple of " + c.name() + " takes 1 number or " + std::to_string(spatial) + ", not " +
             std::to_string(multiples.size());
    });
    return;
  }
  const std::string_view mode = c.layer.word(Opt::mode);
  if (mode != "constant" && !mode_takes_rank(c, spatial)) return;
  typename RuleContext<N>::S out = c.x();
  bool clear = true;
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::int64_t m = multiples.size() == 1 ? multiples[0] : multiples[i];
    const N x = out[first + i];
    const N target = c.a.mul(c.a.div_floor(c.a.add(x, N(m - 1)), m), N(m));
    clear &= pad_axis(c, out, first + i, N(0), c.a.sub(target, x), mode, Opt::multiple);
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(pad_to_multiple_rule)

template <class N>
void crop_rule(RuleContext<N>& c) {
  if (!exactly_one(c, {Opt::size, Opt::size_like}, "size, size_like")) return;
  const Opt opt = c.layer.has(Opt::size) ? Opt::size : Opt::size_like;
  if (c.rank() < 2) {
    c.refuse(Code::L204, [&] { return c.name() + " crops spatial axes and gets " + text(c.x()); });
    return;
  }
  typename RuleContext<N>::S out = c.x();
  std::size_t first = first_spatial(c);
  std::vector<N> wanted;
  if (opt == Opt::size) {
    const auto& sizes = c.layer.integers(Opt::size);
    if (sizes.size() == 1 || sizes.size() == out.size() - 1) {
      // One number for every spatial axis; or all axes of an unbatched C,... tensor.
      if (sizes.size() != 1) first = 1;
      for (std::size_t i = first; i < out.size(); ++i)
        wanted.push_back(N(sizes.size() == 1 ? sizes[0] : sizes[i - 1]));
    } else if (sizes.size() == out.size() - first) {
      for (const std::int64_t size : sizes) wanted.push_back(N(size));
    } else {
      c.refuse_option(Code::S111, opt, [&] {
        return "size of " + c.name() + " takes 1 number or " + std::to_string(out.size() - first) + ", not " +
               std::to_string(sizes.size());
      });
      return;
    }
  } else {
    if (c.in.like->size() != out.size()) {
      c.refuse_option(Code::L204, opt, [&] {
        return "size_like of " + c.name() + " names " + text(*c.in.like) + ", its input is " + text(c.x());
      });
      return;
    }
    wanted.assign(c.in.like->begin() + static_cast<std::ptrdiff_t>(first), c.in.like->end());
  }
  bool clear = true;
  for (std::size_t i = first; i < out.size(); ++i) {
    const N want = wanted[i - first];
    if (c.a.less(out[i], want)) {
      c.refuse_option(
          Code::L218, opt,
          [&] {
            return c.name() + " crops " + axis_text(i) + " to " + text(want) + ", its input has only " +
                   text(out[i]);
          },
          static_cast<int>(i));
      clear = false;
    }
    out[i] = want;
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(crop_rule)

namespace {

// y[..., :n] with n the sizes of that tensor; what is shorter stays as it is.
template <class N>
void slice_like(RuleContext<N>& c) {
  const auto& like = *c.in.like;
  if (!like_has_rank(c)) return;
  typename RuleContext<N>::S out = c.x();
  for (std::size_t i = first_spatial(c); i < out.size(); ++i)
    if (c.a.less(like[i], out[i])) out[i] = like[i];
  c.returns(std::move(out));
}

}  // namespace

template <class N>
void slice_rule(RuleContext<N>& c) {
  if (!exactly_one(c, {Opt::index, Opt::size_like}, "index, size_like")) return;
  if (c.layer.has(Opt::size_like)) return slice_like(c);
  const auto& ranges = std::get<std::vector<SliceRange>>(c.layer.find(Opt::index)->value);
  if (ranges.size() > c.x().size()) {
    c.refuse_option(Code::L212, Opt::index, [&] {
      return c.name() + " slices " + std::to_string(ranges.size()) + " axes and gets " + text(c.x());
    });
    return;
  }
  typename RuleContext<N>::S out = c.x();
  bool clear = true;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const SliceRange& r = ranges[i];
    const N x = out[i];
    // A bound as Python reads it: negative counts from the end, then clamped to [0, x].
    const auto bound = [&](std::int64_t b) {
      const N at = b < 0 ? c.a.add(x, N(b)) : N(b);
      if (c.below(at, 0)) return N(0);
      return c.a.less(x, at) ? x : at;
    };
    const N start = r.start == SliceRange::open ? N(0) : bound(r.start);
    const N stop = r.stop == SliceRange::open ? x : bound(r.stop);
    out[i] = c.a.div_floor(c.a.add(c.a.sub(stop, start), N(r.step - 1)), r.step);
    if (c.below(out[i], 1)) {
      c.refuse_option(
          Code::L206, Opt::index,
          [&] { return c.name() + " leaves nothing of the " + text(x) + " at " + axis_text(i); },
          static_cast<int>(i));
      clear = false;
    }
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(slice_rule)

namespace {

// Whether the mode of an Upsample takes as many axes; says too where align_corners means nothing to it.
template <class N>
bool takes_rank(RuleContext<N>& c) {
  const std::string_view mode = c.layer.word(Opt::mode);
  const int spatial = c.rank() - 2;
  const int needed = mode == "linear"                          ? 1
                     : mode == "bilinear" || mode == "bicubic" ? 2
                     : mode == "trilinear"                     ? 3
                                                               : 0;
  if (spatial < 1 || spatial > 3 || (needed != 0 && spatial != needed)) {
    static const char* const kLayouts[] = {"N,C,L, N,C,H,W or N,C,D,H,W", "N,C,L", "N,C,H,W", "N,C,D,H,W"};
    c.refuse(Code::L204, [&] {
      return c.name() + " (" + c.type() + ", mode " + std::string(mode) + ") takes " + kLayouts[needed] +
             " and gets " + std::to_string(c.rank()) + " axes: " + text(c.x());
    });
    return false;
  }
  if (c.layer.has(Opt::align_corners) && (mode == "nearest" || mode == "area")) {
    c.refuse_option(Code::L214, Opt::align_corners, [&] {
      return "align_corners of " + c.name() + " has no meaning for mode " + std::string(mode);
    });
  }
  return true;
}

}  // namespace

template <class N>
void upsample_rule(RuleContext<N>& c) {
  if (!exactly_one(c, {Opt::size, Opt::scale_factor, Opt::size_like}, "size, scale_factor, size_like"))
    return;
  if (!takes_rank(c)) return;
  const int spatial = c.rank() - 2;
  const auto wrong_length = [&](Opt opt, std::size_t length) {
    c.refuse_option(Code::S111, opt, [&] {
      return std::string(to_string(opt)) + " of " + c.name() + " takes 1 number or " +
             std::to_string(spatial) + ", not " + std::to_string(length);
    });
  };
  const std::size_t n = static_cast<std::size_t>(spatial);
  typename RuleContext<N>::S out = c.x();
  if (c.layer.has(Opt::size)) {
    const auto& sizes = c.layer.integers(Opt::size);
    if (sizes.size() != 1 && sizes.size() != n) return wrong_length(Opt::size, sizes.size());
    for (std::size_t i = 0; i < n; ++i) out[2 + i] = N(sizes.size() == 1 ? sizes[0] : sizes[i]);
  } else if (c.layer.has(Opt::scale_factor)) {
    const Value& written = c.layer.find(Opt::scale_factor)->value;
    const auto* list = std::get_if<std::vector<double>>(&written);
    const std::vector<double> scales =
        list != nullptr ? *list : std::vector<double>{c.layer.number(Opt::scale_factor)};
    if (scales.size() != 1 && scales.size() != n) return wrong_length(Opt::scale_factor, scales.size());
    for (std::size_t i = 0; i < n; ++i)
      out[2 + i] = c.a.scale(out[2 + i], scales.size() == 1 ? scales[0] : scales[i]);
  } else {
    if (c.in.like->size() != c.x().size()) {
      c.refuse_option(Code::L204, Opt::size_like, [&] {
        return "size_like of " + c.name() + " names " + text(*c.in.like) + ", its input is " + text(c.x());
      });
      return;
    }
    for (std::size_t i = 0; i < n; ++i) out[2 + i] = (*c.in.like)[2 + i];
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!c.below(out[2 + i], 1)) continue;
    c.refuse_axis(Code::L206, static_cast<int>(2 + i), [&] {
      return c.name() + " would return a size of " + text(out[2 + i]) + " from " + text(c.x()[2 + i]) +
             " at " + axis_text(2 + i);
    });
    return;
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(upsample_rule)

template <class N>
void pixel_rule(RuleContext<N>& c) {
  const std::size_t rank = c.x().size();
  if (rank < 3) {
    c.refuse(Code::L204,
             [&] { return c.name() + " (" + c.type() + ") takes at least C,H,W and gets " + text(c.x()); });
    return;
  }
  const bool up = c.layer.find(Opt::upscale_factor) != nullptr;
  const Opt opt = up ? Opt::upscale_factor : Opt::downscale_factor;
  const std::int64_t r = c.layer.integer(opt);
  typename RuleContext<N>::S out = c.x();
  const auto indivisible = [&](const std::string& what, N size, std::int64_t by) {
    c.refuse_option(Code::L215, opt, [&] {
      return "the " + what + " " + text(size) + " that " + c.name() + " gets is not divisible by " +
             std::to_string(by);
    });
  };
  N& channels = out[rank - 3];
  if (up) {
    if (r > 1'000'000 || !c.a.divisible(channels, r * r)) {
      return indivisible("channel count", channels, r > 1'000'000 ? r : r * r);
    }
    channels = c.a.div_floor(channels, r * r);
    for (std::size_t i = rank - 2; i < rank; ++i) out[i] = c.a.mul(out[i], N(r));
  } else {
    for (std::size_t i = rank - 2; i < rank; ++i) {
      if (!c.a.divisible(out[i], r)) return indivisible(i == rank - 1 ? "width" : "height", out[i], r);
      out[i] = c.a.div_floor(out[i], r);
    }
    channels = c.a.mul(c.a.mul(channels, N(r)), N(r));
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(pixel_rule)

}  // namespace shapedbg
