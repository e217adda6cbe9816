// Kinds that slide a window: convolutions, pools, unpooling, fold and unfold.
#include <algorithm>
#include <optional>

#include "rules/rule_context.h"

namespace shapedbg {
namespace {

// The layout that a kind with n spatial axes takes: "N,C,H,W or C,H,W".
std::string layouts(int axes) {
  static const char* const spatial[] = {"", "L", "H,W", "D,H,W"};
  return std::string("N,C,") + spatial[axes] + " or C," + spatial[axes];
}

// Refuses ranks other than axes + 1 and axes + 2. Gives the channel axis, or -1.
template <class N>
int channel_axis(RuleContext<N>& c) {
  const int axes = c.axes();
  if (c.rank() == axes + 1 || c.rank() == axes + 2) return c.rank() - axes - 1;
  c.refuse(Code::L204, [&] {
    return c.name() + " (" + c.type() + ") takes " + layouts(axes) + " and gets " + std::to_string(c.rank()) +
           " axes: " + text(c.x());
  });
  return -1;
}

template <class N>
N window_size(Arith<N>& a, const Window& w, N x) {
  const std::int64_t more = w.before + w.after - w.reach();
  if (!w.ceil_mode && w.s == 1) return a.add(x, N(more));
  const N room = a.add(x, N(more - 1));
  if (!w.ceil_mode) return a.add(a.div_floor(room, w.s), N(1));
  N out = a.add(a.div_floor(a.add(room, N(w.s - 1)), w.s), N(1));
  // The last window must start inside the map or its left padding.
  if (!a.less(a.mul(a.sub(out, N(1)), N(w.s)), a.add(x, N(w.before)))) out = a.sub(out, N(1));
  return out;
}

template <class N>
N transposed_size(Arith<N>& a, const Window& w, N x) {
  return a.add(a.mul(a.sub(x, N(1)), N(w.s)), N(w.net_kernel() + w.output_padding));
}

// The largest place along one axis that a pool over x can name as a maximum. That is in the last window,
// unless gaps between its elements let a window before it reach further at the map's end.
template <class N>
N last_pooled_size(Arith<N>& a, const Window& w, N x) {
  constexpr int enough = 4096;  // windows that hang over the end: a bound for absurd paddings
  const auto larger = [&](N p, N q) { return a.less(p, q) ? q : p; };
  N last(0);
  N start = a.sub(a.mul(a.sub(window_size(a, w, x), N(1)), N(w.s)), N(w.before));
  for (int i = 0; i < enough && a.ok() && !a.less(start, N(-w.before)); ++i) {
    // torch begins at the first element at or behind 0, even one behind the map's end.
    N first = start;
    if (a.less(start, N(0))) first = a.sub(start, a.mul(a.div_floor(start, w.d), N(w.d)));
    const N room = a.sub(a.sub(x, N(1)), start);
    const N steps = a.less(N(w.reach()), room) ? N(w.k - 1) : a.div_floor(room, w.d);
    last = larger(larger(last, first), a.add(start, a.mul(steps, N(w.d))));
    if (a.less(a.add(start, N(w.reach())), x)) break;  // all inside: those before it end earlier
    start = a.sub(start, N(w.s));
  }
  return last;
}

std::string by_x_of(const Shape& shape, int first) { return by_x(shape, static_cast<std::size_t>(first)); }
std::string by_x_of(const ShapeOf<Form>&, int) { return {}; }

// The declared channel count, or the input's where it was left out; refuses when they differ.
template <class N>
N declared_channels(RuleContext<N>& c, Opt opt, N got) {
  if (!c.layer.has(opt)) return got;
  const std::int64_t want = c.layer.integer(opt);
  if (!c.same(got, N(want))) {
    c.refuse_option(Code::L203, opt, [&] {
      return c.name() + " gets " + counted(got, "channel") + ", its " + std::string(to_string(opt)) + " is " +
             std::to_string(want);
    });
  }
  return N(want);
}

template <class N>
void check_groups(RuleContext<N>& c, N in_channels) {
  const std::int64_t groups = c.layer.integer(Opt::groups);
  if (groups == 1) return;
  if (!c.a.divisible(in_channels, groups)) {
    c.refuse_option(Code::L202, Opt::groups, [&] {
      return "the " + text(in_channels) + " input channels of " + c.name() + " are not divisible by groups " +
             std::to_string(groups);
    });
  }
  const std::int64_t out = c.layer.integer(Opt::out_channels);
  if (out % groups != 0) {
    c.refuse_option(Code::L202, Opt::groups, [&] {
      return "the " + std::to_string(out) + " out_channels of " + c.name() + " are not divisible by groups " +
             std::to_string(groups);
    });
  }
}

// A kernel that spans more than the padded map. True when it fits.
template <class N>
bool check_fit(RuleContext<N>& c, const Window& w, N x, int axis) {
  const std::int64_t span = w.reach() + 1;
  if (!c.a.less(x, N(span - w.before - w.after))) return true;
  c.refuse_option(
      Code::L205, Opt::kernel_size,
      [&] {
        std::string s = "the kernel of " + c.name() + " covers " + std::to_string(span) + " along the " +
                        std::string(axis_name(c.axes(), axis)) + ", the map has only " + text(x);
        if (w.before + w.after > 0) s += ", with padding " + text(c.a.add(x, N(w.before + w.after)));
        return s;
      },
      axis);
  return false;
}

// Weights and tensors are addressed by 64-bit byte counts.
template <class N>
void check_weight(RuleContext<N>& c, N in_channels) {
  if constexpr (RuleContext<N>::speaks) {
    Arith<std::int64_t> a;
    std::int64_t n = a.mul(in_channels, c.layer.integer(Opt::out_channels));
    const auto k = c.layer.axes(Opt::kernel_size);
    for (int i = 0; i < c.axes(); ++i) n = a.mul(n, k[static_cast<std::size_t>(i)]);
    if (!a.ok()) {
      c.refuse_option(Code::L216, Opt::kernel_size, [&] {
        return "the weight of " + c.name() + " has more elements than LibTorch can address";
      });
    }
  }
}

// What convolutions of both directions begin with: the channel axis, its groups and the weight. -1 where
// refused.
template <class N>
int convolved_axis(RuleContext<N>& c) {
  const int axis = channel_axis(c);
  if (axis < 0) return axis;
  const N in = declared_channels(c, Opt::in_channels, c.x()[static_cast<std::size_t>(axis)]);
  check_groups(c, in);
  check_weight(c, in);
  return axis;
}

}  // namespace

std::int64_t window_output(const Window& w, std::int64_t x) {
  Arith<std::int64_t> a;
  return window_size(a, w, x);
}

std::int64_t transposed_output(const Window& w, std::int64_t x) {
  Arith<std::int64_t> a;
  return transposed_size(a, w, x);
}

std::int64_t last_pooled(const Window& w, std::int64_t x) {
  Arith<std::int64_t> a;
  return last_pooled_size(a, w, x);
}

SizeRange window_inputs(const Window& w, std::int64_t n) {
  // Without ceil_mode: (n-1)s + c .. ns + c - 1 with c the net kernel. ceil_mode shifts the range
  // down by s - 1 and drops the sizes whose last window would start in the right padding.
  if (n < 1) return {};
  const std::int64_t c = w.net_kernel();
  SizeRange range{(n - 1) * w.s + c, n * w.s + c - 1};
  if (w.ceil_mode) {
    // The formula is monotone, so its ends are found from a generous bracket.
    range = {range.first - w.s, range.last + w.s};
  }
  range.first = std::max<std::int64_t>(range.first, 1);
  while (!range.empty() && window_output(w, range.first) != n) ++range.first;
  while (!range.empty() && window_output(w, range.last) != n) --range.last;
  return range;
}

SizeRange transposed_reach(const Window& w, std::int64_t x) {
  Window least = w;
  least.output_padding = 0;
  const std::int64_t first = transposed_output(least, x);
  return {std::max<std::int64_t>(first, 1), first + std::max(w.s, w.d) - 1};
}

template <class N>
void conv_rule(RuleContext<N>& c) {
  const int ch = convolved_axis(c);
  if (ch < 0) return;
  const auto at = [&](int i) { return static_cast<std::size_t>(ch + 1 + i); };

  const std::string_view mode = c.layer.word(Opt::padding_mode);
  const bool same = c.layer.word(Opt::padding) == "same";
  const auto channels = c.x().begin() + ch;
  typename RuleContext<N>::S out;
  out.reserve(c.x().size());
  out.assign(c.x().begin(), channels);
  out.push_back(N(c.layer.integer(Opt::out_channels)));
  bool clear = true;
  for (int i = 0; i < c.axes(); ++i) {
    const Window w = window_of(c.layer, i);
    const N& x = c.x()[at(i)];
    if (same && w.s != 1) {
      c.refuse_option(
          Code::L214, Opt::padding, [&] { return "padding `same` of " + c.name() + " needs stride 1"; }, i);
    }
    const std::int64_t pad = std::max(w.before, w.after);
    if ((mode == "reflect" && pad > 0 && !c.a.less(N(pad), x)) ||
        (mode == "circular" && pad > 0 && c.a.less(x, N(pad)))) {
      c.refuse_option(
          Code::L207, Opt::padding,
          [&] {
            return "padding " + std::to_string(pad) + " of " + c.name() + " is too large for padding_mode " +
                   std::string(mode) + " on a " + std::string(axis_name(c.axes(), i)) + " of " + text(x);
          },
          i);
    }
    if (!check_fit(c, w, x, i)) clear = false;
    out.push_back(window_size(c.a, w, x));
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(conv_rule)

namespace {

// The size that is asked for at forward time, which replaces output_padding; empty where none is. Nothing
// where it cannot be read as one.
template <class N>
std::optional<std::vector<N>> asked_for(RuleContext<N>& c) {
  std::vector<N> wanted;
  if (c.layer.has(Opt::output_size)) {
    const auto& sizes = c.layer.integers(Opt::output_size);
    const std::size_t spatial = static_cast<std::size_t>(c.axes());
    if (sizes.size() != spatial && sizes.size() != c.x().size()) {
      c.refuse_option(Code::S111, Opt::output_size, [&] {
        return "output_size of " + c.name() + " takes " + std::to_string(spatial) + " spatial sizes or all " +
               std::to_string(c.rank()) + ", not " + std::to_string(sizes.size());
      });
      return std::nullopt;
    }
    for (std::size_t i = sizes.size() - spatial; i < sizes.size(); ++i) wanted.push_back(N(sizes[i]));
  } else if (c.in.like != nullptr) {
    if (c.in.like->size() < static_cast<std::size_t>(c.axes())) {
      c.refuse_option(Code::L204, Opt::size_like, [&] {
        return "size_like of " + c.name() + " names a tensor without spatial axes: " + text(*c.in.like);
      });
      return std::nullopt;
    }
    wanted.assign(c.in.like->end() - c.axes(), c.in.like->end());
  }
  return wanted;
}

// Whether a transposed convolution can return `want` for x along an axis.
template <class N>
void check_reach(RuleContext<N>& c, Window w, const N& x, const N& want, int axis) {
  w.output_padding = 0;
  const N least = transposed_size(c.a, w, x);
  const N most = c.a.add(least, N(w.s - 1));
  if (!c.a.less(want, least) && !c.a.less(most, want)) return;
  c.refuse_option(
      Code::L213, c.layer.has(Opt::output_size) ? Opt::output_size : Opt::size_like,
      [&] {
        return c.name() + " is asked for a " + std::string(axis_name(c.axes(), axis)) + " of " + text(want) +
               ", from " + text(x) + " it can return " + text(least) + (w.s > 1 ? " to " + text(most) : "");
      },
      axis);
}

}  // namespace

template <class N>
void conv_transpose_rule(RuleContext<N>& c) {
  const int ch = convolved_axis(c);
  if (ch < 0) return;
  const auto at = [&](int i) { return static_cast<std::size_t>(ch + 1 + i); };
  const std::optional<std::vector<N>> wanted = asked_for(c);
  if (!wanted) return;

  typename RuleContext<N>::S out = c.x();
  out[static_cast<std::size_t>(ch)] = N(c.layer.integer(Opt::out_channels));
  bool clear = true;
  for (int i = 0; i < c.axes(); ++i) {
    const Window w = window_of(c.layer, i);
    const N x = c.x()[at(i)];
    if (!wanted->empty()) {
      out[at(i)] = (*wanted)[static_cast<std::size_t>(i)];
      check_reach(c, w, x, out[at(i)], i);
      continue;
    }
    if (w.output_padding >= std::max(w.s, w.d)) {
      c.refuse_option(
          Code::L201, Opt::output_padding,
          [&] {
            return "output_padding " + std::to_string(w.output_padding) + " of " + c.name() +
                   " must be smaller than stride " + std::to_string(w.s) + " or dilation " +
                   std::to_string(w.d);
          },
          i);
    }
    out[at(i)] = transposed_size(c.a, w, x);
    if (c.below(out[at(i)], 1)) {
      c.refuse_axis(Code::L206, i, [&] {
        return c.name() + " would return a " + std::string(axis_name(c.axes(), i)) + " of " +
               text(out[at(i)]) + " from " + text(x);
      });
      clear = false;
    }
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(conv_transpose_rule)

template <class N>
void pool_rule(RuleContext<N>& c) {
  const int ch = channel_axis(c);
  if (ch < 0) return;
  // These two want a whole window inside the map, whatever the padding and ceil_mode.
  const bool whole_window = c.layer.kind == LayerKind::AvgPool3d || c.layer.kind == LayerKind::LPPool3d;
  typename RuleContext<N>::S out = c.x();
  bool clear = true;
  for (int i = 0; i < c.axes(); ++i) {
    const Window w = window_of(c.layer, i);
    const std::size_t at = static_cast<std::size_t>(ch + 1 + i);
    if (w.before > w.k / 2) {  // of the bare kernel, whatever the dilation
      c.refuse_option(
          Code::L207, Opt::padding,
          [&] {
            return "padding " + std::to_string(w.before) + " of " + c.name() +
                   " is more than half of its kernel_size " + std::to_string(w.k);
          },
          i);
    }
    const N size = window_size(c.a, w, c.x()[at]);
    if (c.below(size, 1)) {
      check_fit(c, w, c.x()[at], i);
      clear = false;
    } else if (whole_window && c.below(c.x()[at], w.k)) {
      check_fit(c, {.k = w.k}, c.x()[at], i);
    }
    out[at] = size;
  }
  if (!clear) return;
  c.returns(out);
  if (c.layer.info().family == Family::max_pool && c.layer.flag(Opt::return_indices))
    c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(pool_rule)

template <class N>
void adaptive_pool_rule(RuleContext<N>& c) {
  typename RuleContext<N>::S out = c.x();
  const auto sizes = c.layer.axes(Opt::output_size);
  // LibTorch makes a mean of the last axes where one value of each is asked for, whatever stands in front.
  const bool mean =
      c.layer.kind == LayerKind::AdaptiveAvgPool2d || c.layer.kind == LayerKind::AdaptiveAvgPool3d;
  if (mean && c.rank() > c.axes() &&
      std::all_of(sizes.begin(), sizes.begin() + c.axes(), [](std::int64_t size) { return size == 1; })) {
    std::fill(out.end() - c.axes(), out.end(), N(1));
    return c.returns(std::move(out));
  }
  const int ch = channel_axis(c);
  if (ch < 0) return;
  for (int i = 0; i < c.axes(); ++i) {
    if (sizes[static_cast<std::size_t>(i)] != keep_size)
      out[static_cast<std::size_t>(ch + 1 + i)] = N(sizes[static_cast<std::size_t>(i)]);
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(adaptive_pool_rule)

namespace {

// Indices count through the plane that was pooled: one beyond the output's plane is refused, and whether it
// occurs depends on the data. `first`: the first spatial axis.
template <class N>
void check_indices(RuleContext<N>& c, const ShapeOf<N>& out, int first) {
  const auto at = [&](int i) { return static_cast<std::size_t>(first + i); };
  bool same_plane = true;
  std::vector<N> last;
  for (int i = 0; i < c.axes(); ++i) {
    const N size = (*c.in.pool_input)[at(i)];
    last.push_back(last_pooled_size(c.a, window_of(*c.in.pool, i), size));
    same_plane = same_plane && c.same(size, out[at(i)]) && c.a.less(last.back(), size);
  }
  if (same_plane) return;
  N largest(0);
  N plane(1);
  for (int i = 0; i < c.axes(); ++i) {
    largest = c.a.add(c.a.mul(largest, (*c.in.pool_input)[at(i)]), last[static_cast<std::size_t>(i)]);
    plane = c.a.mul(plane, out[at(i)]);
  }
  if (c.a.less(largest, plane)) return;
  const Opt wrong = c.layer.has(Opt::output_size) ? Opt::output_size : Opt::indices;
  c.refuse_option(Code::L210, wrong, [&] {
    return c.name() + " returns " + by_x_of(out, first) + " where the pool took " +
           by_x_of(*c.in.pool_input, first) + ": an index can be " + text(largest) + ", the output has " +
           text(plane) + " places";
  });
}

// Whether the indices have the shape of the input; refused where they have not.
template <class N>
bool indices_fit(RuleContext<N>& c) {
  if (c.in.pool_output == nullptr) return true;
  const auto& indices = *c.in.pool_output;
  bool fit = indices.size() == c.x().size();
  for (std::size_t i = 0; fit && i < c.x().size(); ++i) fit = c.same(indices[i], c.x()[i]);
  if (!fit)
    c.refuse_option(Code::L210, Opt::indices, [&] {
      return c.name() + " gets " + text(c.x()) + " and indices of shape " + text(indices);
    });
  return fit;
}

// The spatial sizes that output_size or size_like asks for; empty where neither does. Nothing where that is
// refused.
template <class N>
std::optional<std::vector<N>> unpooled_sizes(RuleContext<N>& c) {
  const auto axes = static_cast<std::size_t>(c.axes());
  if (c.layer.has(Opt::output_size)) {
    const auto& sizes = c.layer.integers(Opt::output_size);
    if (sizes.size() >= axes) return std::vector<N>(sizes.end() - c.axes(), sizes.end());
    c.refuse_option(Code::S111, Opt::output_size, [&] {
      return "output_size of " + c.name() + " takes " + std::to_string(c.axes()) + " spatial sizes or all " +
             std::to_string(c.rank());
    });
    return std::nullopt;
  }
  if (c.in.like != nullptr && c.in.like->size() >= axes)
    return std::vector<N>(c.in.like->end() - c.axes(), c.in.like->end());
  return std::vector<N>();
}

// Less than a stride from the size that comes by itself: that is all a pool can have taken.
template <class N>
void check_unpooled(RuleContext<N>& c, int axis, const N& in, const N& natural, const N& wanted) {
  const N s(window_of(c.layer, axis).s);
  const N least = c.a.sub(natural, s);
  const N most = c.a.add(natural, s);
  if (!c.a.less(wanted, least) && !c.a.less(most, wanted)) return;
  c.refuse_option(
      Code::L213, c.layer.has(Opt::output_size) ? Opt::output_size : Opt::size_like,
      [&] {
        return c.name() + " is asked for a " + std::string(axis_name(c.axes(), axis)) + " of " +
               text(wanted) + ", from " + text(in) + " it can return " + text(least) + " to " + text(most);
      },
      axis);
}

}  // namespace

template <class N>
void max_unpool_rule(RuleContext<N>& c) {
  const int ch = channel_axis(c);
  if (ch < 0) return;
  const bool fits = indices_fit(c);
  const std::optional<std::vector<N>> wanted = unpooled_sizes(c);
  if (!wanted) return;
  typename RuleContext<N>::S out = c.x();
  bool clear = true;
  for (int i = 0; i < c.axes(); ++i) {
    const auto at = static_cast<std::size_t>(ch + 1 + i);
    // (n-1)s - 2p + k
    const N natural = transposed_size(c.a, window_of(c.layer, i), c.x()[at]);
    out[at] = wanted->empty() ? natural : (*wanted)[static_cast<std::size_t>(i)];
    if (!wanted->empty()) check_unpooled(c, i, c.x()[at], natural, out[at]);
    if (!c.below(out[at], 1)) continue;
    c.refuse_axis(Code::L206, i, [&] {
      return c.name() + " would return a " + std::string(axis_name(c.axes(), i)) + " of " + text(out[at]);
    });
    clear = false;
  }
  if (!clear) return;
  if (fits && c.in.pool_input != nullptr && c.in.pool_input->size() == c.x().size())
    check_indices(c, out, ch + 1);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(max_unpool_rule)

template <class N>
void unfold_rule(RuleContext<N>& c) {
  const int ch = channel_axis(c);
  if (ch < 0) return;
  N channels = c.x()[static_cast<std::size_t>(ch)];
  N blocks(1);
  for (int i = 0; i < c.axes(); ++i) {
    const Window w = window_of(c.layer, i);
    const N x = c.x()[static_cast<std::size_t>(ch + 1 + i)];
    if (!check_fit(c, w, x, i)) return;
    blocks = c.a.mul(blocks, window_size(c.a, w, x));
    channels = c.a.mul(channels, N(w.k));
  }
  typename RuleContext<N>::S out;
  if (ch == 1) out.push_back(c.x()[0]);
  out.push_back(channels);
  out.push_back(blocks);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(unfold_rule)

template <class N>
void fold_rule(RuleContext<N>& c) {
  if (c.rank() != 2 && c.rank() != 3) {
    c.refuse(Code::L204, [&] {
      return c.name() + " (Fold) takes N,C*k,L or C*k,L and gets " + std::to_string(c.rank()) +
             " axes: " + text(c.x());
    });
    return;
  }
  const std::size_t ch = static_cast<std::size_t>(c.rank() - 2);
  const auto sizes = c.layer.axes(Opt::output_size);
  std::int64_t kernel = 1;
  std::int64_t blocks = 1;
  for (int i = 0; i < 2; ++i) {
    const Window w = window_of(c.layer, i);
    if (!check_fit(c, w, N(sizes[static_cast<std::size_t>(i)]), i)) return;
    blocks *= window_output(w, sizes[static_cast<std::size_t>(i)]);
    kernel *= w.k;
  }
  if (!c.same(c.x()[ch + 1], N(blocks))) {
    c.refuse_option(Code::L211, Opt::output_size, [&] {
      return c.name() + " gets " + text(c.x()[ch + 1]) + " blocks, its output_size has " +
             std::to_string(blocks);
    });
  }
  if (!c.a.divisible(c.x()[ch], kernel)) {
    c.refuse_option(Code::L215, Opt::kernel_size, [&] {
      return "the " + text(c.x()[ch]) + " channels of " + c.name() + " are not divisible by the " +
             std::to_string(kernel) + " places of its kernel";
    });
    return;
  }
  typename RuleContext<N>::S out;
  if (ch == 1) out.push_back(c.x()[0]);
  out.push_back(c.a.div_floor(c.x()[ch], kernel));
  out.push_back(N(sizes[0]));
  out.push_back(N(sizes[1]));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(fold_rule)

}  // namespace shapedbg
