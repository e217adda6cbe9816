// Fourier transforms; what reads places by their number: GridSample, Gather, TopK, Sort.
#include <algorithm>

#include "rules/counts.h"
#include "rules/rule_context.h"
#include "rules/size_expression.h"

namespace shapedbg {
namespace {

// The axes that `dim` names, each once.
template <class N>
bool transformed_axes(RuleContext<N>& c, std::vector<std::size_t>& axes) {
  for (const std::int64_t dim : c.layer.integers(Opt::dim)) {
    const int at = c.axis(dim, Opt::dim, c.rank());
    if (at < 0) return false;
    if (std::find(axes.begin(), axes.end(), static_cast<std::size_t>(at)) != axes.end()) {
      c.refuse_option(Code::L212, Opt::dim,
                      [&] { return "dim of " + c.name() + " names axis " + std::to_string(at) + " twice"; });
      return false;
    }
    axes.push_back(static_cast<std::size_t>(at));
  }
  return true;
}

template <class N>
bool positive(RuleContext<N>& c, N size, Opt opt) {
  if (!c.below(size, 1)) return true;
  c.refuse_option(Code::L206, opt, [&] { return c.name() + " would have a size of " + text(size); });
  return false;
}

template <class N>
void fourier(RuleContext<N>& c) {
  std::vector<std::size_t> axes;
  if (!transformed_axes(c, axes)) return;
  typename RuleContext<N>::S sizes;
  if (c.layer.has(Opt::n) &&
      !evaluate_all(c, std::get<std::vector<Expression>>(c.layer.find(Opt::n)->value), Opt::n, sizes))
    return;
  if (!sizes.empty() && sizes.size() != axes.size()) {
    c.refuse_option(Code::L212, Opt::n, [&] {
      return c.name() + " has " + std::to_string(sizes.size()) + " sizes in `n` for " +
             std::to_string(axes.size()) + " axes";
    });
    return;
  }
  typename RuleContext<N>::S out = c.x();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (!positive(c, sizes[i], Opt::n)) return;
    out[axes[i]] = sizes[i];
  }
  if (!axes.empty()) {
    N& last = out[axes.back()];
    if (c.layer.kind == LayerKind::RFFT) last = c.a.add(c.a.div_floor(last, 2), N(1));
    if (c.layer.kind == LayerKind::IRFFT && sizes.empty()) {
      last = c.a.mul(c.a.sub(last, N(1)), N(2));
      if (!positive(c, last, Opt::dim)) return;
    }
  }
  c.returns(std::move(out));
}

template <class N>
bool window_fits(RuleContext<N>& c) {
  const std::int64_t window = c.layer.integer(Opt::n_fft);
  const std::int64_t hop = hop_length(c.layer);
  const std::int64_t counting = c.layer.has(Opt::win_length) ? c.layer.integer(Opt::win_length) : window;
  if (hop >= 1 && counting <= window && (c.layer.kind == LayerKind::STFT || hop <= counting)) return true;
  const Opt opt = counting > window ? Opt::win_length : Opt::hop_length;
  c.refuse_option(Code::L206, c.layer.has(opt) ? opt : Opt::n_fft, [&] {
    return c.name() + " has windows of " + std::to_string(window) + " with " + std::to_string(counting) +
           " that count, " + std::to_string(hop) + " apart";
  });
  return false;
}

template <class N>
void windows_of(RuleContext<N>& c) {
  if (c.rank() != 1 && c.rank() != 2) {
    c.refuse(Code::L204, [&] {
      return c.name() + " (STFT) takes L or N,L and gets " + std::to_string(c.rank()) +
             " axes: " + text(c.x());
    });
    return;
  }
  if (!window_fits(c)) return;
  const std::int64_t window = c.layer.integer(Opt::n_fft);
  N length = c.x().back();
  const bool centred = c.layer.flag(Opt::center);
  const std::string_view mode = c.layer.word(Opt::padding_mode);
  // Reflection needs more than it mirrors; a circular pad as much.
  const std::int64_t most = mode == "reflect" ? window / 2 + 1 : mode == "circular" ? window / 2 : 1;
  if (centred && c.below(length, most)) {
    c.refuse_axis(Code::L207, c.rank() - 1, [&] {
      return c.name() + " pads " + std::to_string(window / 2) + " at each end by reflection and gets " +
             text(length);
    });
    return;
  }
  if (centred) length = c.a.add(length, N(window / 2 * 2));
  if (c.below(length, window)) {
    c.refuse_axis(Code::L205, c.rank() - 1, [&] {
      return c.name() + " has windows of " + std::to_string(window) + " and gets " + text(length);
    });
    return;
  }
  typename RuleContext<N>::S out = c.x();
  out.back() = N(c.layer.flag(Opt::onesided) ? window / 2 + 1 : window);
  out.push_back(c.a.add(c.a.div_floor(c.a.sub(length, N(window)), hop_length(c.layer)), N(1)));
  c.returns(std::move(out));
}

template <class N>
void signal_of(RuleContext<N>& c) {
  if (c.rank() != 2 && c.rank() != 3) {
    c.refuse(Code::L204, [&] {
      return c.name() + " (ISTFT) takes frequencies and windows, or N in front of them, and gets " +
             std::to_string(c.rank()) + " axes: " + text(c.x());
    });
    return;
  }
  if (!window_fits(c)) return;
  const std::int64_t window = c.layer.integer(Opt::n_fft);
  const std::int64_t rows = c.layer.flag(Opt::onesided) ? window / 2 + 1 : window;
  const std::size_t at = c.x().size() - 2;
  if (!c.same(c.x()[at], N(rows))) {
    c.refuse_axis(Code::L203, static_cast<int>(at), [&] {
      return c.name() + " has " + std::to_string(rows) + " frequencies and gets " + text(c.x()[at]);
    });
  }
  N length = c.a.add(c.a.mul(c.a.sub(c.x().back(), N(1)), N(hop_length(c.layer))), N(window));
  if (c.layer.flag(Opt::center)) length = c.a.sub(length, N(window / 2 * 2));
  if (c.layer.has(Opt::length)) {
    typename RuleContext<N>::S sizes;
    if (!evaluate_all(c, std::get<std::vector<Expression>>(c.layer.find(Opt::length)->value), Opt::length,
                      sizes))
      return;
    if (sizes.size() != 1) {
      c.refuse_option(Code::L212, Opt::length,
                      [&] { return "`length` of " + c.name() + " is a list of one size"; });
      return;
    }
    length = sizes[0];
  }
  if (!positive(c, length, c.layer.has(Opt::length) ? Opt::length : Opt::n_fft)) return;
  typename RuleContext<N>::S out(c.x().begin(), c.x().end() - 2);
  out.push_back(length);
  c.returns(std::move(out));
}

template <class N>
void viewed(RuleContext<N>& c) {
  typename RuleContext<N>::S out = c.x();
  if (c.layer.kind == LayerKind::ViewAsReal) {
    out.push_back(N(2));
    return c.returns(std::move(out));
  }
  if (out.empty() || !c.same(out.back(), N(2))) {
    c.refuse(Code::L204, [&] {
      return c.name() + " makes complex numbers of a last axis of 2, and gets " + text(c.x());
    });
    return;
  }
  out.pop_back();
  c.returns(std::move(out));
}

template <class N>
void gathered(RuleContext<N>& c) {
  const int at = c.axis_or_scalar(c.layer.integer(Opt::dim), Opt::dim);
  if (at < 0) return;
  if (c.rank(0) != c.rank(1)) {
    c.refuse(Code::L208, [&] {
      return c.name() + " takes an index with as many axes as its input, and gets " + text(c.x(0)) + " and " +
             text(c.x(1));
    });
    return;
  }
  for (std::size_t k = 0; k < c.x(1).size(); ++k) {
    if (k == static_cast<std::size_t>(at) || !c.a.less(c.x(0)[k], c.x(1)[k])) continue;
    c.refuse_axis(Code::L208, static_cast<int>(k), [&] {
      return "the index of " + c.name() + " has " + text(c.x(1)[k]) + " at axis " + std::to_string(k) +
             ", more than its input: " + text(c.x(0)[k]);
    });
    return;
  }
  c.returns(c.x(1));
}

}  // namespace

std::int64_t hop_length(const LayerSpec& layer) {
  return layer.has(Opt::hop_length) ? layer.integer(Opt::hop_length) : layer.integer(Opt::n_fft) / 4;
}

template <class N>
void signal_rule(RuleContext<N>& c) {
  const LayerKind kind = c.layer.kind;
  if (kind == LayerKind::STFT) return windows_of(c);
  if (kind == LayerKind::ISTFT) return signal_of(c);
  if (kind == LayerKind::ViewAsReal || kind == LayerKind::ViewAsComplex) return viewed(c);
  fourier(c);
}
SHAPEDBG_INSTANTIATE(signal_rule)

template <class N>
void gathering_rule(RuleContext<N>& c) {
  if (c.layer.kind == LayerKind::Gather) return gathered(c);
  const int at = c.axis_or_scalar(c.layer.integer(Opt::dim), Opt::dim);
  if (at < 0) return;
  typename RuleContext<N>::S out = c.x();
  if (c.layer.kind == LayerKind::TopK) {
    const std::int64_t k = c.layer.integer(Opt::k);
    const N size = out.empty() ? N(1) : out[static_cast<std::size_t>(at)];
    if (c.below(size, k)) {
      c.refuse_option(
          Code::L212, Opt::k,
          [&] {
            return c.name() + " takes the " + std::to_string(k) + " largest of axis " + std::to_string(at) +
                   ", which has only " + text(size);
          },
          out.empty() ? -1 : at);
      return;
    }
    if (!out.empty()) out[static_cast<std::size_t>(at)] = N(k);
  }
  c.returns(out);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(gathering_rule)

template <class N>
void grid_sample_rule(RuleContext<N>& c) {
  const auto& x = c.x(0);
  const auto& grid = c.x(1);
  const bool flat = c.rank() == 4;
  if ((!flat && c.rank() != 5) || grid.size() != x.size() ||
      (!flat && c.layer.word(Opt::mode) == "bicubic")) {
    c.refuse(Code::L204, [&] {
      return c.name() + " (GridSample) takes N,C,H,W and a grid N,H,W,2" +
             (c.layer.word(Opt::mode) == "bicubic" ? std::string() : ", or N,C,D,H,W and N,D,H,W,3") +
             ", and gets " + text(x) + " and " + text(grid);
    });
    return;
  }
  if (!c.same(grid.back(), N(c.rank() - 2))) {
    c.refuse_axis(Code::L208, c.rank() - 1, [&] {
      return "the grid of " + c.name() + " has places of " + std::to_string(c.rank() - 2) +
             " numbers in its last axis, and gets " + text(grid.back());
    });
  }
  if (!c.same(grid.front(), x.front())) {
    c.refuse_axis(Code::L208, 0, [&] {
      return "the inputs of " + c.name() + " differ at axis 0: " + text(x.front()) + " and " +
             text(grid.front());
    });
  }
  typename RuleContext<N>::S out(x.begin(), x.begin() + 2);
  out.insert(out.end(), grid.begin() + 1, grid.end() - 1);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(grid_sample_rule)

}  // namespace shapedbg
