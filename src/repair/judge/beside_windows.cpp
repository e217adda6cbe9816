// Rules of beside.h about numbers that decide sizes: kernels, padding, resizes (strides: beside_strides.cpp).
#include <algorithm>
#include <set>
#include <string_view>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"
#include "repair/judge/sense.h"

namespace shapedbg {
namespace {

constexpr Opt window_options[] = {Opt::kernel_size, Opt::stride, Opt::padding, Opt::dilation};

}  // namespace

bool same_windows(const LayerSpec& a, const LayerSpec& b) {
  return !a.broken && !b.broken && a.kind == b.kind && has_free_window(a.info().family) &&
         std::all_of(std::begin(window_options), std::end(window_options),
                     [&](Opt opt) { return a.axes(opt) == b.axes(opt); });
}

// Where a Pad in front of a convolution is made as long as its window reaches: what meets it stays, and so
// does the convolution.
void beside_a_causal_pad(std::vector<Judged>& judged) {
  const auto pads = [](const Judged& one) {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || one.cost.kind != FixKind::fitted || changes.size() != 1 || one.trace.layers.empty() ||
        !sets(changes[0], Opt::padding))
      return false;
    const auto at = one.spec.find(changes[0].layer);
    if (!at) return false;
    return std::any_of(one.spec.layers.begin(), one.spec.layers.end(), [&](const LayerSpec& conv) {
      if (conv.broken || conv.info().family != Family::conv || conv.info().axes != 1 ||
          conv.inputs[0] != Ref{*at, 0})
        return false;
      const Window w = window_of(conv, 0);
      const LayerTrace& row = one.trace.row(*at);
      return w.s == 1 && w.before == 0 && !row.inputs.empty() && !row.outputs.empty() &&
             row.outputs[0].back() - row.inputs[0].back() == w.reach();
    });
  };
  if (std::none_of(judged.begin(), judged.end(), pads)) return;
  for (Judged& one : judged) {
    const bool bends = one.cost.kind == FixKind::window || one.cost.kind == FixKind::fit;
    if (bends && !pads(one)) one.cost.doubt = Doubt::worst;
  }
}

// Where a Slice makes a convolution causal.
void beside_a_chomp(std::vector<Judged>& judged) {
  beside_a_causal_pad(judged);
  const bool chomps = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const bool slice =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                    [](const Change& c) { return sets(c, Opt::index) || puts_in(c, LayerKind::Slice); });
    return slice && sound(one) && (one.cost.kind == FixKind::fitted || one.cost.kind == FixKind::fit);
  });
  if (!chomps) return;
  for (Judged& one : judged) {
    const bool slices =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                    [](const Change& c) { return sets(c, Opt::index) || puts_in(c, LayerKind::Slice); });
    const bool bends = one.cost.kind == FixKind::window || one.cost.kind == FixKind::fit ||
                       one.cost.kind == FixKind::size_like;
    if (bends && !slices) one.cost.doubt = Doubt::worst;
  }
}

// Where padding lets a convolution keep its map, no zeros are put around what it returns, unless around a
// branch whose kernel is a plain one.
void padded_beside_padding(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const bool branch = fault && s.spec.layer(*fault).typed_as == "Residual";
  const bool padding = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return sound(one) && one.cost.kind == FixKind::window && !one.cost.parameters && !changes.empty() &&
           std::all_of(changes.begin(), changes.end(), [&](const Change& c) {
             const auto at = s.spec.find(c.layer);
             return sets(c, Opt::padding) && (!branch || (at && window_of(s.spec.layer(*at), 0).d > 1));
           });
  });
  for (Judged& one : judged) {
    const bool pads = padding && one.cost.kind == FixKind::fit && one.candidate.inserted > 0 &&
                      puts_in(one.candidate.changes[0], LayerKind::Pad);
    if (pads) one.cost.doubt = Doubt::worst;
  }
}

// An input that is padded and not cropped back changes what the network returns, too: that is a second place,
// where one call of the author's program that is told a size at several levels leaves the result as it is.
void padded_beside_a_told_size(std::vector<Judged>& judged) {
  const auto told = [](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto levels = std::count_if(changes.begin(), changes.end(),
                                      [](const Change& change) { return sets(change, Opt::size_like); });
    return sound(one) && one.cost.kind == FixKind::size_like && one.cost.places < levels;
  };
  if (std::none_of(judged.begin(), judged.end(), told)) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::padded_input && one.candidate.inserted == 1)
      one.cost.places = std::max(one.cost.places, 2);
}

namespace {

// How many other layers of its kind have just its window.
int likes_of(const Spec& spec, LayerId index) {
  const LayerSpec& mine = spec.layer(index);
  if (mine.broken || !has_free_window(mine.info().family)) return -1;
  int likes = 0;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& other = spec.layer(i);
    if (i == index || other.broken || other.kind != mine.kind) continue;
    likes += same_windows(mine, other) ? 1 : 0;
  }
  return likes;
}

// The same with its output_padding.
int stages_like(const Spec& spec, LayerId index) {
  const LayerSpec& mine = spec.layer(index);
  int likes = 0;
  for (const LayerId i : ids(spec.layers))
    likes += i != index && same_windows(mine, spec.layer(i)) &&
                     mine.axes(Opt::output_padding) == spec.layer(i).axes(Opt::output_padding)
                 ? 1
                 : 0;
  return likes;
}

// Another convolution has its holes: they are meant.
bool dilated_like_another(const Spec& spec, LayerId index) {
  const LayerSpec& mine = spec.layer(index);
  if (mine.broken || mine.find(Opt::dilation) == nullptr) return false;
  const auto dilation = mine.axes(Opt::dilation);
  if (std::all_of(dilation.begin(), dilation.begin() + mine.info().axes, [](auto d) { return d == 1; }))
    return false;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& other = spec.layer(i);
    if (i != index && !other.broken && other.kind == mine.kind && other.axes(Opt::dilation) == dilation)
      return true;
  }
  return false;
}

}  // namespace

bool becomes_like_others(const Situation& s, const Judged& one) {
  const auto& changes = one.candidate.changes;
  if (one.harm || one.cost.kind != FixKind::window || changes.size() != 1) return false;
  const auto was = s.spec.find(changes[0].layer);
  const auto is = one.spec.find(changes[0].layer);
  if (!was || !is || (sets(one.candidate, Opt::dilation) && dilated_like_another(s.spec, *was))) return false;
  return likes_of(s.spec, *was) == 0 && likes_of(one.spec, *is) > 1;
}

bool becomes_a_step(const Situation& s, const Judged& one) {
  const auto& changes = one.candidate.changes;
  const bool plain = !one.harm && one.cost.kind == FixKind::window && one.candidate.inserted == 0;
  if (!plain || changes.empty() || !std::all_of(changes.begin(), changes.end(), [&](const Change& c) {
        return c.layer == changes[0].layer;
      }))
    return false;
  const auto was = s.spec.find(changes[0].layer);
  const auto is = one.spec.find(changes[0].layer);
  if (!was || !is || s.spec.layer(*was).broken || one.spec.layer(*is).broken ||
      s.spec.layer(*was).info().family != Family::conv_transpose)
    return false;
  return window_of(s.spec.layer(*was), 0).s == 1 && window_of(one.spec.layer(*is), 0).s > 1 &&
         likes_of(s.spec, *was) == 0 && stages_like(one.spec, *is) > 1;
}

namespace {

bool makes_one_of_its_own(const Judged& one) {
  return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& change) {
    const auto is = one.spec.find(change.layer);
    const int likes = is ? likes_of(one.spec, *is) : -1;
    return likes == 0 || likes == 1;  // the odd one itself, as it was
  });
}

}  // namespace

namespace {

// A convolution that steps over no place and adds as much as it trims.
bool keeps_its_map(const Spec& spec, const std::string& name) {
  const auto at = spec.find(name);
  if (!at || spec.layer(*at).broken || spec.layer(*at).info().family != Family::conv) return false;
  for (int axis = 0; axis < spec.layer(*at).info().axes; ++axis)
    if (const Window w = window_of(spec.layer(*at), axis); w.s != 1 || w.net_kernel() != 1) return false;
  return true;
}

}  // namespace

// Where one number gives a layer the window that several others have, no window is made that none has, and
// nothing is taken from elsewhere for it.
void beside_likes(const Situation& s, std::vector<Judged>& judged) {
  const auto like = std::find_if(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && becomes_like_others(s, one);
  });
  if (like == judged.end()) return;
  const std::string layer = like->candidate.changes[0].layer;
  // What a padding alone lost, or a kernel that kept no map as it is, no other size was rounded away.
  const bool padded = sets(like->candidate, Opt::padding) ||
                      (sets(like->candidate, Opt::kernel_size) && keeps_its_map(like->spec, layer));
  for (Judged& one : judged) {
    const bool source = (one.cost.kind == FixKind::source && one.candidate.inserted == 0) ||
                        (padded && one.cost.kind == FixKind::size_like);
    const bool window = one.cost.kind == FixKind::window || one.cost.kind == FixKind::partner;
    const auto& changes = one.candidate.changes;
    const bool more = window && changes.size() > 1 && changes[0].layer == layer;
    if (source || more || (window && makes_one_of_its_own(one)))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    // Nor is anything put around it or cut off.
    if (padded && one.cost.kind == FixKind::fit) one.cost.doubt = Doubt::worst;
  }
}

// A transposed convolution that is told all that several others say, by its output_padding alone, gets no
// other kernel for it, and what it meets is neither cut nor padded.
void beside_a_like_stage(const Situation& s, std::vector<Judged>& judged) {
  const auto becomes_a_stage = [&](const Judged& one) {
    const Moves& moves = one.candidate.moves;
    const auto* set = moves.size() == 1 ? std::get_if<SetOption>(&moves[0]) : nullptr;
    if (set == nullptr || set->opt != Opt::output_padding || !sound(one)) return LayerId();
    const auto now = one.spec.find(s.spec.layer(set->layer).name);
    return now && likes_of(s.spec, set->layer) > 1 && stages_like(one.spec, *now) > 1 ? set->layer
                                                                                      : LayerId();
  };
  LayerId stage;
  for (const Judged& one : judged)
    if (stage.is_none()) stage = becomes_a_stage(one);
  if (stage.is_none()) return;
  for (Judged& one : judged) {
    if (one.cost.kind == FixKind::fit && s.finding.code == Code::L208) one.cost.doubt = Doubt::worst;
    for (const Move& move : one.candidate.moves)
      if (const auto* set = std::get_if<SetOption>(&move);
          set != nullptr && set->layer == stage && set->opt == Opt::kernel_size)
        one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

namespace {

// Whether a transposed convolution leaves places that no input reaches.
bool makes_gaps(const LayerSpec& layer) {
  if (layer.broken || layer.info().family != Family::conv_transpose) return false;
  for (int a = 0; a < layer.info().axes; ++a)
    if (leaves_gaps(window_of(layer, a))) return true;
  return false;
}

}  // namespace

// A transposed convolution whose kernel is shorter than its stride, and which fits with one that is not, is
// given no size by other means.
void beside_a_kernel_without_gaps(const Situation& s, std::vector<Judged>& judged) {
  if (std::none_of(s.spec.layers.begin(), s.spec.layers.end(), makes_gaps)) return;
  std::set<LayerId> covered;
  // By name: a layer that is put in moves the numbers of those behind it.
  const auto each_set = [&](const Judged& one, const auto& visit) {
    for (const Change& change : one.candidate.changes) {
      const auto was = s.spec.find(change.layer);
      const auto now = one.spec.find(change.layer);
      if (was && now && makes_gaps(s.spec.layer(*was))) visit(*was, *now);
    }
  };
  for (const Judged& one : judged)
    if (sound(one))
      each_set(one, [&](LayerId at, LayerId now) {
        if (!makes_gaps(one.spec.layer(now))) covered.insert(at);
      });
  for (Judged& one : judged)
    each_set(one, [&](LayerId at, LayerId now) {
      if (covered.contains(at) && makes_gaps(one.spec.layer(now)))
        one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    });
}

// A pool that becomes one that another pool is, by its padding or its kernel, is not told to round up.
void beside_a_like_pool(const Situation& s, std::vector<Judged>& judged) {
  const auto pool_of = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto at = sound(one) && changes.size() == 1 ? s.spec.find(changes[0].layer) : std::nullopt;
    return at && !s.spec.layer(*at).broken && is_pool(s.spec.layer(*at).info().family) ? *at : LayerId();
  };
  std::set<LayerId> alike;
  for (const Judged& one : judged) {
    const LayerId at = sets(one.candidate, Opt::ceil_mode) ? LayerId() : pool_of(one);
    const auto now = at.is_none() ? std::nullopt : one.spec.find(s.spec.layer(at).name);
    if (now && likes_of(s.spec, at) == 0 && likes_of(one.spec, *now) > 0) alike.insert(at);
  }
  for (Judged& one : judged)
    if (sets(one.candidate, Opt::ceil_mode) && alike.count(pool_of(one)) > 0)
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

namespace {

// A convolution without stride that trims its map, with no Pad right in front of it.
bool trims(const Spec& spec, const LayerSpec& layer) {
  if (layer.broken || layer.info().family != Family::conv || layer.inputs.size() != 1) return false;
  if (!layer.inputs[0].is_input() && facts(spec.layer(layer.inputs[0].layer).kind).border != Border::none)
    return false;
  for (int a = 0; a < layer.info().axes; ++a)
    if (const Window w = window_of(layer, a); w.s == 1 && w.net_kernel() > 1) return true;
  return false;
}

}  // namespace

// Where the one convolution that trims its map is padded to keep it, no size was rounded away that a resize
// would have to follow.
void beside_a_trimming_one(const Situation& s, std::vector<Judged>& judged) {
  LayerId trimming;
  for (const LayerId i : ids(s.spec.layers)) {
    if (!trims(s.spec, s.spec.layer(i))) continue;
    if (!trimming.is_none()) return;
    trimming = i;
  }
  if (trimming.is_none()) return;
  const std::string& name = s.spec.layer(trimming).name;
  const bool padded = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto now = one.spec.find(name);
    return sound(one) && changes.size() == 1 && changes[0].layer == name &&
           sets(one.candidate, Opt::padding) && now && !trims(one.spec, one.spec.layer(*now));
  });
  for (Judged& one : judged)
    if (padded && one.cost.kind == FixKind::size_like)
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

// Where padding lets a dilated convolution keep its map, its dilation and its kernel are what was meant.
void beside_a_kept_map(const Situation& s, std::vector<Judged>& judged) {
  std::set<std::string_view> kept;
  for (const Judged& one : judged) {
    for (const Change& change : one.candidate.changes) {
      if (!sound(one) || !sets(change, Opt::padding)) continue;
      const auto was = s.spec.find(change.layer);
      const auto is = one.spec.find(change.layer);
      if (!was || !is) continue;
      const LayerSpec& conv = one.spec.layer(*is);
      if (conv.broken || conv.info().family != Family::conv) continue;
      bool keeps = true;
      for (int a = 0; a < conv.info().axes; ++a) {
        const Window w = window_of(conv, a);
        keeps = keeps && w.s == 1 && w.d > 1 && w.before == w.after && 2 * w.before == w.reach();
      }
      if (keeps) kept.insert(change.layer);
    }
  }
  for (Judged& one : judged) {
    const bool bends =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
          return sets_any(c, {Opt::dilation, Opt::kernel_size}) && kept.count(c.layer) > 0;
        });
    if (bends) one.cost.doubt = Doubt::worst;
  }
}

// Where branches meet and the one at fault becomes what another one is, number for number, that is what was
// meant, whatever becomes of the size that both have.
void like_another_branch(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  const LayerSpec& merge = s.spec.layer(*fault);
  std::vector<std::string> branches;
  for (const Ref input : merge.inputs)
    if (const Ref from = before_pointwise(s.spec, input); !from.is_input())
      branches.push_back(s.spec.layer(from.layer).name);
  const auto becomes_one = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto own = one.spec.find(changes[0].layer);
    if (one.harm || changes.size() != 1 || one.cost.kind != FixKind::window || !own ||
        changes[0].layer != s.finding.layer ||
        std::count(branches.begin(), branches.end(), changes[0].layer) == 0)
      return false;
    return std::any_of(branches.begin(), branches.end(), [&](const std::string& name) {
      const auto other = name == changes[0].layer ? std::nullopt : one.spec.find(name);
      return other && same_windows(one.spec.layer(*own), one.spec.layer(*other));
    });
  };
  for (Judged& one : judged) {
    if (!becomes_one(one)) continue;
    if (one.cost.doubt == Doubt::nonsense) one.cost.doubt = Doubt::none;
    for (Judged& fed : judged)
      if (fed.cost.other_input && sound(one)) fed.cost.doubt = std::max(fed.cost.doubt, Doubt::nonsense);
  }
}

// A kernel that spans its whole axis, as it is to, leaves the features that the layer behind is built for.
void beside_a_spanning_kernel(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const bool spans = std::any_of(judged.begin(), judged.end(),
                                 [](const Judged& one) { return sound(one) && one.candidate.spans_an_axis; });
  for (Judged& one : judged)
    if (fault && spans && counts_arriving(s, *fault, one)) one.cost.doubt = Doubt::worst;
}

namespace {

// It undoes a convolution of the same windows for the sizes that this one divides into without a rest.
bool mirrors_another(const Spec& spec, const LayerSpec& up) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& down) {
    if (down.broken || down.info().family != Family::conv || down.info().axes != up.info().axes) return false;
    for (int a = 0; a < up.info().axes; ++a) {
      const Window w = window_of(up, a);
      const Window d = window_of(down, a);
      if (w.output_padding != 0 || w.k != d.k || w.s != d.s || w.before != d.before || w.d != d.d)
        return false;
    }
    return true;
  });
}

}  // namespace

// A transposed convolution that multiplies sizes exactly: with another kernel it makes up for what another
// layer rounds or trims. Where padding, another tensor's size or a number of that layer does it, its weights
// are right.
void kernel_for_a_rounding(const Situation& s, std::vector<Judged>& judged) {
  const bool kept = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const FixKind kind = one.cost.kind;
    const bool sizes = kind == FixKind::padded_input || kind == FixKind::size_like || kind == FixKind::window;
    return sizes && sound(one) && !one.cost.parameters;
  });
  if (!kept) return;
  const auto exact = [](const LayerSpec& layer) {
    for (int a = 0; a < layer.info().axes; ++a)
      if (const Window w = window_of(layer, a); w.net_kernel() + w.output_padding != w.s) return false;
    return true;
  };
  for (Judged& one : judged) {
    for (const Change& change : one.candidate.changes) {
      const auto at = sets(change, Opt::kernel_size) ? s.spec.find(change.layer) : std::nullopt;
      const auto now = at ? one.spec.find(change.layer) : std::nullopt;
      if (!now || s.spec.layer(*at).broken || s.spec.layer(*at).info().family != Family::conv_transpose)
        continue;
      const LayerSpec& is = one.spec.layer(*now);
      if (exact(s.spec.layer(*at)) && !exact(is) && !mirrors_another(one.spec, is))
        one.cost.doubt = Doubt::worst;
    }
  }
}

// A window that several layers have stays one of them where another number closes: a stride or kernel of its
// own is no repair.
void unlike_its_likes(const Situation& s, std::vector<Judged>& judged) {
  const auto unlike = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    if (one.cost.kind != FixKind::window || changes.size() != 1 ||
        !sets_any(changes[0], {Opt::stride, Opt::kernel_size}))
      return false;
    const auto was = s.spec.find(changes[0].layer);
    const auto is = one.spec.find(changes[0].layer);
    // The kernel of a layer that goes up follows the sizes of its level alone.
    const bool follows = was && sets(changes[0], Opt::kernel_size) &&
                         s.spec.layer(*was).info().family == Family::conv_transpose;
    return was && is && !follows && likes_of(s.spec, *was) > 1 && likes_of(one.spec, *is) == 0;
  };
  const bool other = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return sound(one) && !one.cost.other_input && !one.cost.parameters && one.candidate.inserted == 0 &&
           !unlike(one);
  });
  for (Judged& one : judged)
    if (other && unlike(one)) one.cost.doubt = Doubt::worst;
}

}  // namespace shapedbg
