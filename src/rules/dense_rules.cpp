// Kinds that look at channels or features and leave the other axes alone.
#include "rules/counts.h"

namespace shapedbg {

template <class N>
void linear_rule(RuleContext<N>& c) {
  if (!check_rank(c, c.rank() >= 1, "at least one axis")) return;
  check_count(c, Code::L209, Opt::in_features, c.x().back(), "feature");
  typename RuleContext<N>::S out = c.x();
  out.back() = N(c.layer.integer(Opt::out_features));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(linear_rule)

template <class N>
void bilinear_rule(RuleContext<N>& c) {
  if (!check_rank(c, c.rank(0) >= 1 && c.rank(1) == c.rank(0), "two inputs with the same number of axes"))
    return;
  check_count(c, Code::L209, Opt::in1_features, c.x(0).back(), "feature");
  check_count(c, Code::L209, Opt::in2_features, c.x(1).back(), "feature");
  for (std::size_t i = 0; i + 1 < c.x().size(); ++i) {
    if (c.same(c.x(0)[i], c.x(1)[i])) continue;
    c.refuse_axis(Code::L208, static_cast<int>(i), [&] {
      return "the inputs of " + c.name() + " differ at axis " + std::to_string(i) + ": " + text(c.x(0)[i]) +
             " and " + text(c.x(1)[i]);
    });
  }
  typename RuleContext<N>::S out = c.x();
  out.back() = N(c.layer.integer(Opt::out_features));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(bilinear_rule)

template <class N>
void embedding_rule(RuleContext<N>& c) {
  const std::int64_t rows = c.layer.integer(Opt::num_embeddings);
  if (c.layer.has(Opt::padding_idx)) {
    const std::int64_t at = c.layer.integer(Opt::padding_idx);
    if (at < -rows || at >= rows)
      c.refuse_option(Code::S110, Opt::padding_idx, [&] {
        return "`padding_idx` " + std::to_string(at) + " of " + c.name() +
               " is out of range: the embedding has " + std::to_string(rows) + " rows";
      });
  }
  typename RuleContext<N>::S out = c.x();
  out.push_back(N(c.layer.integer(Opt::embedding_dim)));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(embedding_rule)

template <class N>
void batch_norm_rule(RuleContext<N>& c) {
  static const char* const kLayouts[] = {"", "N,C or N,C,L", "N,C,H,W", "N,C,D,H,W"};
  const int axes = c.axes();
  if (!check_rank(c, c.rank() == axes + 2 || (axes == 1 && c.rank() == 2), kLayouts[axes])) return;
  // Without parameters and statistics nothing has num_features elements, and torch does not look.
  const bool tracks = c.layer.flag(Opt::track_running_stats);
  if (tracks || c.layer.flag(Opt::affine)) check_count(c, Code::L203, Opt::num_features, c.x()[1], "channel");
  if (!tracks) {
    // Statistics of the batch itself need more than one value per channel, also in eval mode.
    const N rest = c.product(c.x(), 2, c.x().size());
    if (c.same(c.a.mul(c.x()[0], rest), N(1))) {
      c.refuse(Code::L217, [&] {
        return c.name() + " without running statistics gets one value per channel: " + text(c.x());
      });
    }
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(batch_norm_rule)

template <class N>
void instance_norm_rule(RuleContext<N>& c) {
  static const char* const kLayouts[] = {"", "N,C,L or C,L", "N,C,H,W or C,H,W", "N,C,D,H,W or C,D,H,W"};
  const int axes = c.axes();
  if (!check_rank(c, c.rank() == axes + 1 || c.rank() == axes + 2, kLayouts[axes])) return;
  if (c.layer.flag(Opt::affine) || c.layer.flag(Opt::track_running_stats)) {
    check_count(c, Code::L203, Opt::num_features, c.x()[static_cast<std::size_t>(c.rank() - axes - 1)],
                "channel");
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(instance_norm_rule)

template <class N>
void group_norm_rule(RuleContext<N>& c) {
  if (!check_rank(c, c.rank() >= 2, "N,C and any further axes")) return;
  const std::int64_t groups = c.layer.integer(Opt::num_groups);
  const N channels = c.x()[1];
  if (c.layer.flag(Opt::affine)) check_count(c, Code::L203, Opt::num_channels, channels, "channel");
  if (!c.a.divisible(channels, groups)) {
    c.refuse_option(Code::L202, Opt::num_groups, [&] {
      return "the " + text(channels) + " channels of " + c.name() + " are not divisible by num_groups " +
             std::to_string(groups);
    });
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(group_norm_rule)

template <class N>
void layer_norm_rule(RuleContext<N>& c) {
  const auto& wanted = c.layer.integers(Opt::normalized_shape);
  bool fits = wanted.size() <= c.x().size();
  for (std::size_t i = 0; fits && i < wanted.size(); ++i)
    fits = c.same(c.x()[c.x().size() - wanted.size() + i], N(wanted[i]));
  if (!fits) {
    c.refuse_option(Code::L209, Opt::normalized_shape, [&] {
      return c.name() + " gets " + text(c.x()) + ", its normalized_shape is " + bracketed(wanted);
    });
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(layer_norm_rule)

template <class N>
void local_response_norm_rule(RuleContext<N>& c) {
  if (check_rank(c, c.rank() >= 3, "N,C and at least one further axis")) c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(local_response_norm_rule)

template <class N>
void softmax_rule(RuleContext<N>& c) {
  // Softmax2d is the one without `dim`: over the channels of a map.
  if (c.layer.find(Opt::dim) == nullptr) {
    if (!check_rank(c, c.rank() == 3 || c.rank() == 4, "N,C,H,W or C,H,W")) return;
  } else if (c.axis_or_scalar(c.layer.integer(Opt::dim), Opt::dim) < 0) {
    return;
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(softmax_rule)

template <class N>
void prelu_rule(RuleContext<N>& c) {
  if (c.layer.integer(Opt::num_parameters) != 1)
    check_count(c, Code::L203, Opt::num_parameters, c.rank() >= 2 ? c.x()[1] : N(1), "channel");
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(prelu_rule)

template <class N>
void channel_shuffle_rule(RuleContext<N>& c) {
  if (!check_rank(c, c.rank() >= 3, "N,C and at least one further axis")) return;
  const std::int64_t groups = c.layer.integer(Opt::groups);
  if (!c.a.divisible(c.x()[1], groups)) {
    c.refuse_option(Code::L202, Opt::groups, [&] {
      return "the " + text(c.x()[1]) + " channels of " + c.name() + " are not divisible by groups " +
             std::to_string(groups);
    });
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(channel_shuffle_rule)

template <class N>
void glu_rule(RuleContext<N>& c) {
  const int at = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank());
  if (at < 0) return;
  typename RuleContext<N>::S out = c.x();
  N& size = out[static_cast<std::size_t>(at)];
  if (!c.a.divisible(size, 2)) {
    c.refuse_option(Code::L215, Opt::dim, [&] {
      return c.name() + " halves axis " + std::to_string(at) + ", its size " + text(size) + " is odd";
    });
    return;
  }
  size = c.a.div_floor(size, 2);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(glu_rule)

}  // namespace shapedbg
