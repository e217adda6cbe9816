#include "repair/judge/beside.h"

#include <algorithm>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/unread.h"

namespace shapedbg {
namespace {

constexpr Opt window_options[] = {Opt::kernel_size, Opt::stride, Opt::padding, Opt::dilation};

bool sound(const Judged& one) { return one.cost.doubt == Doubt::none; }

// A layer that returned one size along an axis returns another, by a third or more.
bool changes_a_factor(const Situation& s, const Judged& one) {
  for (std::size_t i = 0; i < one.origin.size() && i < one.trace.layers.size(); ++i) {
    if (one.origin[i] < 0) continue;
    const auto& was = s.trace.layers[static_cast<std::size_t>(one.origin[i])];
    const auto& is = one.trace.layers[i];
    if (was.outputs.empty() || is.outputs.empty() || was.after_failure || !was.refusals.empty()) continue;
    const Shape& before = was.outputs[0];
    const Shape& after = is.outputs[0];
    for (std::size_t k = 2; before.size() == after.size() && k < after.size(); ++k)
      if (4 * before[k] < 3 * after[k] || 4 * after[k] < 3 * before[k]) return true;
  }
  return false;
}

void beside_the_right_tensor(const Situation& s, std::vector<Judged>& judged) {
  const bool rewired = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const bool another =
        one.cost.kind == FixKind::source || (one.cost.kind == FixKind::axis && !one.candidate.turned.empty());
    return another && sound(one) && !one.cost.parameters;
  });
  if (!rewired) return;
  for (Judged& one : judged) {
    const FixKind kind = one.cost.kind;
    const bool number = kind == FixKind::window || kind == FixKind::partner || kind == FixKind::size_like;
    const bool resized = kind == FixKind::stage && one.candidate.inserted > 0;
    if (kind == FixKind::fit || resized || (number && changes_a_factor(s, one)))
      one.cost.doubt = Doubt::worst;
  }
}

// Where a Slice makes a convolution causal.
void beside_a_chomp(std::vector<Judged>& judged) {
  const bool chomps = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const bool slice = std::any_of(
        one.candidate.changes.begin(), one.candidate.changes.end(),
        [](const Change& c) { return c.option == "index" || c.to.find("\"Slice\"") != std::string::npos; });
    return slice && sound(one) && (one.cost.kind == FixKind::fitted || one.cost.kind == FixKind::fit);
  });
  if (!chomps) return;
  for (Judged& one : judged) {
    const bool slices = std::any_of(
        one.candidate.changes.begin(), one.candidate.changes.end(),
        [](const Change& c) { return c.option == "index" || c.to.find("\"Slice\"") != std::string::npos; });
    const bool bends = one.cost.kind == FixKind::window || one.cost.kind == FixKind::fit ||
                       one.cost.kind == FixKind::size_like;
    if (bends && !slices) one.cost.doubt = Doubt::worst;
  }
}

// Right in front of a sum, or behind nothing but norms.
bool in_a_shortcut(const Spec& spec, int layer) {
  for (const LayerSpec& sum : spec.layers) {
    if (facts(sum.kind).merge != Merge::adds) continue;
    for (const Ref ref : sum.inputs)
      if (before_pointwise(spec, ref).layer == layer) return true;
  }
  return false;
}

void steps_of_one_place(const Situation& s, std::vector<Judged>& judged) {
  const bool other = std::any_of(judged.begin(), judged.end(), sound);
  for (Judged& one : judged) {
    const bool steps =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
          const auto layer = c.option == "stride" ? s.spec.find(c.layer) : std::nullopt;
          if (!layer) return false;
          const LayerSpec& conv = s.spec.layers[static_cast<std::size_t>(*layer)];
          if (conv.broken || conv.info().family != Family::conv || in_a_shortcut(s.spec, *layer))
            return false;
          const Window w = window_of(conv, 0);
          return w.k == 1 && w.s == 1 && c.to != "1";
        });
    if (steps && other) one.cost.doubt = Doubt::worst;
  }
}

void stretched_signal(const Situation& s, std::vector<Judged>& judged) {
  if (spatial_axes(s.spec).size() != 1) return;
  const bool numbers = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return sound(one) && !one.cost.other_input && one.cost.kind != FixKind::fit;
  });
  if (!numbers) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::fit && !one.origin.empty() && one.origin.back() < 0 &&
        one.spec.layers.back().info().family == Family::upsample)
      one.cost.doubt = Doubt::worst;
}

// Where padding lets a convolution keep its map, no zeros are put around what it returns, unless around a
// branch whose kernel is a plain one.
void padded_beside_padding(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const bool branch = fault && s.spec.layers[static_cast<std::size_t>(*fault)].typed_as == "Residual";
  const bool padding = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return sound(one) && one.cost.kind == FixKind::window && !one.cost.parameters && !changes.empty() &&
           std::all_of(changes.begin(), changes.end(), [&](const Change& c) {
             const auto at = s.spec.find(c.layer);
             return c.option == "padding" &&
                    (!branch || (at && window_of(s.spec.layers[static_cast<std::size_t>(*at)], 0).d > 1));
           });
  });
  for (Judged& one : judged) {
    const bool pads = padding && one.cost.kind == FixKind::fit && one.candidate.inserted > 0 &&
                      one.candidate.changes[0].to.find("\"Pad\"") != std::string::npos;
    if (pads) one.cost.doubt = Doubt::worst;
  }
}

// Of two layers of a branch that step, the first does what the branch is to do.
void later_of_two_steps(const Situation& s, std::vector<Judged>& judged) {
  const auto unstepped = [&](const Judged& one) -> int {
    const auto& changes = one.candidate.changes;
    if (changes.size() != 1 || changes[0].option != "stride" || changes[0].to != "1") return -1;
    return s.spec.find(changes[0].layer).value_or(-1);
  };
  int last = -1;
  for (const Judged& one : judged)
    if (sound(one)) last = std::max(last, unstepped(one));
  for (Judged& one : judged)
    if (const int layer = unstepped(one); layer >= 0 && layer < last) one.cost.amount += 1;
}

// A vector that scales or shifts a map is made for the map, not the map for the vector.
void map_for_a_vector(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& merge = s.spec.layers[static_cast<std::size_t>(*fault)];
  const auto& inputs = s.trace.layers[static_cast<std::size_t>(*fault)].inputs;
  if (merge.info().family != Family::elementwise || inputs.size() != merge.inputs.size()) return;
  const auto is_vector = [](const Shape& x) {
    return x.size() > 2 && std::all_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n == 1; });
  };
  const auto map = std::find_if(inputs.begin(), inputs.end(),
                                [&](const Shape& x) { return x.size() > 2 && !is_vector(x); });
  if (map == inputs.end() || std::none_of(inputs.begin(), inputs.end(), is_vector)) return;
  const Ref from = producer(s.spec, s.trace, merge.inputs[static_cast<std::size_t>(map - inputs.begin())], 1);
  if (from.is_input()) return;
  const std::string& made = s.spec.layers[static_cast<std::size_t>(from.layer)].name;
  const auto changes_map = [&](const Judged& one) {
    return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                       [&](const Change& c) { return c.layer == made; });
  };
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::channels && changes_map(one)) one.cost.doubt = Doubt::worst;
}

// Where one layer of its kind and kernel, made like all the others, puts everything right and keeps all
// weights, no other layer is made anew.
void beside_an_odd_one(const Situation& s, std::vector<Judged>& judged) {
  const auto like_siblings = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || one.cost.kind != FixKind::window || one.cost.parameters || changes.empty())
      return false;
    const auto at = one.spec.find(changes[0].layer);
    const bool steps =
        std::any_of(changes.begin(), changes.end(), [](const Change& c) { return c.option == "stride"; });
    if (!at || !steps || std::any_of(changes.begin(), changes.end(), [&](const Change& c) {
          return c.layer != changes[0].layer;
        }))
      return false;
    const LayerSpec& mine = one.spec.layers[static_cast<std::size_t>(*at)];
    if (mine.broken || !has_free_window(mine.info().family)) return false;
    int alike = 0;
    int unlike = 0;
    for (const LayerSpec& other : s.spec.layers) {
      if (other.name == mine.name || other.broken || other.kind != mine.kind ||
          other.axes(Opt::kernel_size) != mine.axes(Opt::kernel_size))
        continue;
      const bool same = other.axes(Opt::stride) == mine.axes(Opt::stride) &&
                        other.axes(Opt::padding) == mine.axes(Opt::padding);
      ++(same ? alike : unlike);
    }
    return alike > 1 && unlike == 0;
  };
  if (std::none_of(judged.begin(), judged.end(), like_siblings)) return;
  for (Judged& one : judged)
    if (one.cost.parameters && one.cost.kind == FixKind::channels) one.cost.doubt = Doubt::worst;
}

// Where padding lets a dilated convolution keep its map, its dilation and its kernel are what was meant.
void beside_a_kept_map(const Situation& s, std::vector<Judged>& judged) {
  std::vector<std::string> kept;
  for (const Judged& one : judged) {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || changes.size() != 1 || changes[0].option != "padding") continue;
    const auto was = s.spec.find(changes[0].layer);
    const auto is = one.spec.find(changes[0].layer);
    if (!was || !is) continue;
    const LayerSpec& conv = one.spec.layers[static_cast<std::size_t>(*is)];
    if (conv.broken || conv.info().family != Family::conv) continue;
    bool keeps = true;
    for (int a = 0; a < conv.info().axes; ++a) {
      const Window w = window_of(conv, a);
      keeps = keeps && w.s == 1 && w.d > 1 && w.before == w.after && 2 * w.before == w.d * (w.k - 1);
    }
    if (keeps) kept.push_back(changes[0].layer);
  }
  for (Judged& one : judged) {
    const bool bends =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
          return (c.option == "dilation" || c.option == "kernel_size") &&
                 std::count(kept.begin(), kept.end(), c.layer) > 0;
        });
    if (bends) one.cost.doubt = Doubt::worst;
  }
}

// Where a reshape holds what arrives by other numbers, nobody feeds half or twice the map.
void feed_beside_a_shape(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.layers[static_cast<std::size_t>(*fault)].refusals[0].code != Code::L211) return;
  const bool shape = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return sound(one) && !one.cost.other_input && !one.cost.parameters;
  });
  for (Judged& one : judged) {
    if (!shape || !one.cost.other_input || one.spec.inputs.empty() || s.spec.inputs.empty()) continue;
    const Shape& was = s.spec.inputs[0].shape;
    const Shape& is = one.spec.inputs[0].shape;
    for (std::size_t k = 0; k < std::min(was.size(), is.size()); ++k)
      if (is[k] >= 2 * was[k] || 2 * is[k] <= was[k]) one.cost.doubt = Doubt::worst;
  }
}

bool same_windows(const LayerSpec& a, const LayerSpec& b) {
  return !a.broken && !b.broken && a.kind == b.kind && has_free_window(a.info().family) &&
         std::all_of(std::begin(window_options), std::end(window_options),
                     [&](Opt opt) { return a.axes(opt) == b.axes(opt); });
}

// Where branches meet and the one at fault becomes what another one is, number for number, that is what was
// meant, whatever becomes of the size that both have.
void like_another_branch(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.layers[static_cast<std::size_t>(*fault)].refusals[0].code != Code::L208) return;
  const LayerSpec& merge = s.spec.layers[static_cast<std::size_t>(*fault)];
  std::vector<std::string> branches;
  for (const Ref input : merge.inputs)
    if (const Ref from = before_pointwise(s.spec, input); !from.is_input())
      branches.push_back(s.spec.layers[static_cast<std::size_t>(from.layer)].name);
  const auto becomes_one = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto own = one.spec.find(changes[0].layer);
    if (one.harm || changes.size() != 1 || one.cost.kind != FixKind::window || !own ||
        changes[0].layer != s.finding.layer ||
        std::count(branches.begin(), branches.end(), changes[0].layer) == 0)
      return false;
    return std::any_of(branches.begin(), branches.end(), [&](const std::string& name) {
      const auto other = name == changes[0].layer ? std::nullopt : one.spec.find(name);
      return other && same_windows(one.spec.layers[static_cast<std::size_t>(*own)],
                                   one.spec.layers[static_cast<std::size_t>(*other)]);
    });
  };
  for (Judged& one : judged) {
    if (!becomes_one(one)) continue;
    if (one.cost.doubt == Doubt::nonsense) one.cost.doubt = Doubt::none;
    for (Judged& fed : judged)
      if (fed.cost.other_input && sound(one)) fed.cost.doubt = std::max(fed.cost.doubt, Doubt::nonsense);
  }
}

// Whoever does all that another repair does, and more, does too much.
void more_than_another(std::vector<Judged>& judged) {
  const auto same = [](const Change& a, const Change& b) {
    return a.layer == b.layer && a.option == b.option && a.to == b.to;
  };
  for (Judged& more : judged) {
    const auto& all = more.candidate.changes;
    const bool too_much =
        sound(more) && more.cost.kind == FixKind::window &&
        std::any_of(judged.begin(), judged.end(), [&](const Judged& less) {
          const auto& some = less.candidate.changes;
          return sound(less) && less.cost.kind == FixKind::window && some.size() < all.size() &&
                 std::all_of(some.begin(), some.end(), [&](const Change& c) {
                   return std::any_of(all.begin(), all.end(), [&](const Change& d) { return same(c, d); });
                 });
        });
    if (too_much) more.cost.doubt = Doubt::nonsense;
  }
}

// Where every input of the network is read behind a repair, none that leaves one unread is meant.
void inputs_unread(const Situation& s, std::vector<Judged>& judged) {
  const std::size_t before = unread_inputs(s.spec).size();
  if (before == 0) return;
  const auto left = [](const Judged& one) { return unread_inputs(one.spec).size(); };
  const bool reads = std::any_of(judged.begin(), judged.end(),
                                 [&](const Judged& one) { return sound(one) && left(one) < before; });
  for (Judged& one : judged)
    if (reads && left(one) >= before) one.cost.doubt = Doubt::worst;
}

bool puts_in(const Judged& one, std::string_view type) {
  return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
    return c.option == "layer" && c.to.find("\"" + std::string(type) + "\"") != std::string::npos;
  });
}

// A resize that was forgotten in front of a merge: layers that go down are meant to, and nothing is fed, cut
// or padded for it. And a map is never made smaller by a resize where something else would do.
void beside_a_resize(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.layers[static_cast<std::size_t>(*fault)].refusals[0].code != Code::L208) return;
  const bool stage = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return sound(one) && one.cost.kind == FixKind::stage && one.candidate.inserted > 0;
  });
  for (Judged& one : judged) {
    const bool flat =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                    [](const Change& c) { return c.option == "stride" && c.to == "1" && c.from != "1"; });
    const bool shrinks = one.cost.kind == FixKind::fit && puts_in(one, "Upsample");
    if (stage && (flat || one.cost.other_input || shrinks)) one.cost.doubt = Doubt::worst;
  }
}

}  // namespace

void doubt_at_a_vector(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.inputs.size() != 1) return;
  const Shape& x = s.spec.inputs[0].shape;
  const std::size_t first = first_spatial_axis(s.spec);
  const auto places = x.begin() + static_cast<std::ptrdiff_t>(std::min(first, x.size()));
  if (x.size() < 3 || places == x.end() ||
      std::any_of(places, x.end(), [](std::int64_t n) { return n != 1; }))
    return;
  // Of one place a stride makes no more, and output_padding adds places that hold the bias alone.
  const auto of_one_place = [&](const Change& change) {
    const auto layer = s.spec.find(change.layer);
    if (!layer || (change.option != "stride" && change.option != "output_padding")) return false;
    const LayerSpec& up = s.spec.layers[static_cast<std::size_t>(*layer)];
    return up.info().family == Family::conv_transpose && up.inputs.size() == 1 && up.inputs[0].is_input();
  };
  for (Judged& one : judged) {
    const bool padded = one.cost.kind == FixKind::padded_input || one.cost.kind == FixKind::pad_and_crop;
    const auto& changes = one.candidate.changes;
    if (padded || one.cost.other_input || std::any_of(changes.begin(), changes.end(), of_one_place))
      one.cost.doubt = Doubt::worst;
  }
}

void doubt_beside_better(const Situation& s, std::vector<Judged>& judged) {
  beside_the_right_tensor(s, judged);
  beside_a_chomp(judged);
  steps_of_one_place(s, judged);
  stretched_signal(s, judged);
  padded_beside_padding(s, judged);
  later_of_two_steps(s, judged);
  map_for_a_vector(s, judged);
  beside_an_odd_one(s, judged);
  beside_a_kept_map(s, judged);
  feed_beside_a_shape(s, judged);
  like_another_branch(s, judged);
  more_than_another(judged);
  inputs_unread(s, judged);
  beside_a_resize(s, judged);
}

}  // namespace shapedbg
