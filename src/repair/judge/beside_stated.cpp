// Rules of beside.h about what the network states elsewhere: other layers that are alike, the batch, the sum
// of a join, the size that went in.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "meaning/walk.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"

namespace shapedbg {

// Where all that the network states speaks for one repair, numbers that do the same are chance.
void beside_a_telling_one(std::vector<Judged>& judged) {
  const auto told = [](const Judged& one) { return sound(one) && one.candidate.telling; };
  if (std::none_of(judged.begin(), judged.end(), told)) return;
  // The axes that a call of the program names: a layer more that turns or joins them makes up for it.
  const bool axes = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return told(one) && one.cost.kind == FixKind::missing_axis && one.candidate.inserted == 0;
  });
  for (Judged& one : judged) {
    if (one.candidate.telling) continue;
    if (axes && one.cost.kind == FixKind::missing_axis && one.candidate.inserted > 0)
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    switch (one.cost.kind) {
      case FixKind::channels:
      case FixKind::partner:
      case FixKind::padded_input:
      case FixKind::size_like:
      case FixKind::window:
      case FixKind::stage:
      case FixKind::axis:
      case FixKind::pad_and_crop:
      case FixKind::fit:
      case FixKind::input_size:
        one.cost.doubt = Doubt::worst;
        break;
      case FixKind::fitted:
      case FixKind::output_padding:
      case FixKind::odd_one:
      case FixKind::missing_axis:
      case FixKind::input_order:
      case FixKind::layout:
      case FixKind::layer_kind:
      case FixKind::missing_concat:
      case FixKind::source:
      case FixKind::projection:
        break;
    }
  }
}

// A Chunk or Split that cut the batch for want of a `dim`, an Unbind that took it apart, or a Flatten that
// joined it: what it returned is no part of a sample, and no number beside it is wrong.
void beside_a_batch_kept_whole(const Situation& s, std::vector<Judged>& judged) {
  const auto keeps_batch = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || one.cost.parameters || changes.size() != 1) return false;
    const auto at = s.spec.find(changes[0].layer);
    if (!at) return false;
    const LayerSpec& layer = s.spec.layer(*at);
    const Family family = layer.info().family;
    // A Flatten that joins the batch to all behind it.
    if (family == Family::flatten && !layer.broken && sets(changes[0], Opt::start_dim))
      return layer.integer(Opt::start_dim) == 0 && layer.integer(Opt::end_dim) == -1 && changes[0].to == "1";
    if (!sets(changes[0], Opt::dim)) return false;
    const bool cuts = family == Family::chunk || family == Family::split || family == Family::unbind;
    return cuts && !layer.broken && layer.integer(Opt::dim) == 0 &&
           (!layer.find(Opt::dim)->written || family == Family::unbind);
  };
  if (std::none_of(judged.begin(), judged.end(), keeps_batch)) return;
  for (Judged& one : judged)
    if (!keeps_batch(one)) one.cost.doubt = Doubt::worst;
}

namespace {

// The last axis of what a layer gets is one of places: of a map that a convolution made.
bool of_a_map(const Situation& s, LayerId layer) {
  const Shapes& inputs = s.trace.row(layer).inputs;
  if (inputs.empty() || inputs[0].size() < 4 || s.spec.layer(layer).inputs.empty()) return false;
  const Ref made = before_pointwise(s.spec, s.spec.layer(layer).inputs[0]);
  return !made.is_input() && has_free_window(s.spec.layer(made.layer).info().family) &&
         s.spec.layer(made.layer).info().axes > 1;
}

}  // namespace

// A view that states all of its numbers: where whoever made what it takes can make as many, no number of the
// view is bent to what there is.
void view_beside_its_maker(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L211) return;
  const std::string& view = s.spec.layer(*fault).name;
  const auto& inputs = s.trace.row(*fault).inputs;
  // Features alone may be a square map of any side: only a whole multiple of them says more.
  const bool features = inputs.empty() || inputs[0].size() < 3;
  const auto multiple = [](const Change& c) {
    const std::int64_t was = std::strtoll(c.from.c_str(), nullptr, 10);
    const std::int64_t is = std::strtoll(c.to.c_str(), nullptr, 10);
    return was > 0 && is > 0 && (is % was == 0 || was % is == 0);
  };
  const bool made = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return (!features || (!changes.empty() && multiple(changes[0]))) && sound(one) &&
           one.cost.kind == FixKind::channels && changes.size() == 1 && sets_what_goes(changes[0]);
  });
  const auto option = s.spec.layer(*fault).find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  // Features that the view keeps as they are, all of them, and numbers that another input would fit.
  const bool kept = sizes != nullptr && !sizes->empty() && !inputs.empty() && !of_a_map(s, *fault) &&
                    sizes->back().is_constant() && sizes->back().constant() == inputs[0].back() &&
                    sizes->front().is_constant() && sizes->front().constant() > 0;
  const auto near = [&](const Judged& one) {
    for (std::size_t k = 0; k < std::min(one.spec.inputs.size(), s.spec.inputs.size()); ++k) {
      const Shape& is = one.spec.inputs[k].shape;
      const Shape& was = s.spec.inputs[k].shape;
      for (std::size_t a = 0; a < std::min(is.size(), was.size()); ++a)
        if (3 * is[a] > 4 * was[a] || 3 * was[a] > 4 * is[a]) return false;
    }
    return true;
  };
  const bool fed = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return sound(one) && one.cost.other_input && near(one);
  });
  for (Judged& one : judged) {
    const auto& changes = one.candidate.changes;
    const bool makes =
        changes.size() == 1 && one.cost.kind == FixKind::channels && sets_what_goes(changes[0]);
    if (makes && (kept || (fed && !multiple(changes[0]))))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
  if (kept || fed) return;
  for (Judged& one : judged) {
    const auto& changes = one.candidate.changes;
    if (!made || changes.size() != 1 || changes[0].layer != view) continue;
    if (sets(changes[0], Opt::shape)) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    // Channels of a map that are taken apart: as many parts as stated.
    if (sets(changes[0], Opt::unflattened_size) && !features) one.cost.doubt = Doubt::worst;
  }
}

// A mean or a sum that is told to drop its axis, and then fits: that axis of one place is not moved about.
void beside_a_dropped_axis(const Situation& s, std::vector<Judged>& judged) {
  const bool dropped = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return sound(one) && changes.size() == 1 && sets(changes[0], Opt::keepdim) && changes[0].to == "false" &&
           s.spec.find(changes[0].layer).has_value();
  });
  for (Judged& one : judged) {
    const auto& changes = one.candidate.changes;
    const bool moves = std::any_of(changes.begin(), changes.end(),
                                   [](const Change& c) { return puts_in(c, LayerKind::Permute); });
    if (dropped && (moves || one.cost.kind == FixKind::channels)) one.cost.doubt = Doubt::worst;
  }
}

// A reduction over another axis than was written: over the last one, as neighbours and places stand, where
// that does.
void reduced_along_the_last(std::vector<Judged>& judged) {
  const auto dim_of = [](const Judged& one) -> std::optional<std::size_t> {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || changes.size() != 1 || !sets(changes[0], Opt::dim)) return std::nullopt;
    const auto at = one.spec.find(changes[0].layer);
    if (!at || one.trace.layers.empty()) return std::nullopt;
    const LayerSpec& layer = one.spec.layer(*at);
    const OptionValue* dim = layer.find(Opt::dim);
    const auto* dims = dim == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&dim->value);
    const auto& inputs = one.trace.row(*at).inputs;
    if (layer.info().family != Family::reduce || dims == nullptr || dims->size() != 1 || inputs.empty())
      return std::nullopt;
    return inputs[0].size() - 1 - wrapped_axis((*dims)[0], inputs[0].size());
  };
  const bool last = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto from_the_end = dim_of(one);
    return from_the_end && *from_the_end == 0;
  });
  for (Judged& one : judged)
    if (const auto from_the_end = dim_of(one); last && from_the_end && *from_the_end > 0)
      one.cost.doubt = Doubt::nonsense;
}

namespace {

// By which a layer that goes down or up changes every axis; 0 where that is no one factor, or 1.
std::int64_t factor_of(const LayerSpec& layer) {
  if (layer.broken) return 0;
  if (layer.info().family == Family::upsample) {
    if (!layer.has(Opt::scale_factor)) return 0;
    const auto* list = std::get_if<std::vector<double>>(&layer.find(Opt::scale_factor)->value);
    const std::vector<double> factors =
        list != nullptr ? *list : std::vector{layer.number(Opt::scale_factor)};
    if (factors.empty()) return 0;
    const auto whole = static_cast<std::int64_t>(factors[0]);
    const bool one = std::all_of(factors.begin(), factors.end(),
                                 [&](double f) { return f == static_cast<double>(whole); });
    return one && whole > 1 ? whole : 0;
  }
  if (!has_free_window(layer.info().family)) return 0;
  const std::int64_t stride = window_of(layer, 0).s;
  for (int a = 1; a < layer.info().axes; ++a)
    if (window_of(layer, a).s != stride) return 0;
  return stride > 1 ? stride : 0;
}

bool resizes(const LayerSpec& layer) {
  if (layer.broken) return false;
  if (layer.info().family == Family::upsample) return true;
  if (!has_free_window(layer.info().family)) return false;
  for (int a = 0; a < layer.info().axes; ++a)
    if (window_of(layer, a).s > 1) return true;
  return false;
}

// The factor that all layers which go down or up have, but for the one at `except`; 0 where there is none.
std::int64_t common_factor(const Spec& spec, LayerId except) {
  std::int64_t common = 0;
  int counted = 0;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& layer = spec.layer(i);
    if (i == except || !resizes(layer)) continue;
    const std::int64_t factor = factor_of(layer);
    if (factor == 0 || (common != 0 && factor != common)) return 0;
    common = factor;
    ++counted;
  }
  return counted > 2 ? common : 0;
}

}  // namespace

// Where one layer goes down or up by another number than all the others, and fits with theirs, it is the
// odd one.
void beside_the_common_factor(const Situation& s, std::vector<Judged>& judged) {
  const auto common = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || one.cost.parameters || changes.size() != 1 || one.candidate.inserted > 0 ||
        !sets_any(changes[0], {Opt::stride, Opt::scale_factor}))
      return false;
    const auto at = s.spec.find(changes[0].layer);
    const auto now = one.spec.find(changes[0].layer);
    if (!at || !now || factor_of(s.spec.layer(*at)) == 0) return false;
    const std::int64_t factor = common_factor(s.spec, *at);
    return factor != 0 && factor_of(one.spec.layer(*now)) == factor;
  };
  if (std::none_of(judged.begin(), judged.end(), common)) return;
  for (Judged& one : judged) {
    const FixKind kind = one.cost.kind;
    const bool bends = kind == FixKind::window || kind == FixKind::size_like || kind == FixKind::partner ||
                       kind == FixKind::output_padding || kind == FixKind::fit || kind == FixKind::stage ||
                       one.cost.other_input;
    if (!bends || common(one)) continue;
    const bool another = sets_any(one.candidate.changes[0], {Opt::stride, Opt::scale_factor});
    one.cost.doubt = another ? Doubt::worst : std::max(one.cost.doubt, Doubt::nonsense);
  }
}

namespace {

// How far the places lie apart that meet, in steps: all meetings together, the output's with the input, too.
Rational apart(const Judged& one) {
  Rational sum = 0;
  for (const MeetingPlace& meeting : walk(one.spec, one.trace).meetings)
    if (meeting.equal_steps) sum = sum + abs(meeting.mean) / meeting.step;
  return sum;
}

bool all_exact(const Judged& one) {
  const Meaning meaning = walk(one.spec, one.trace);
  return !meaning.meetings.empty() &&
         std::all_of(meaning.meetings.begin(), meaning.meetings.end(),
                     [](const MeetingPlace& m) { return m.equal_steps && m.exact(); });
}

}  // namespace

// Of two numbers for one option the one that lets what meets lie in one place, not the nearer to what is
// written. And what leaves places apart is none beside a number that brings all of them together.
void further_apart_than_another(std::vector<Judged>& judged) {
  const auto one_number = [](const Judged& one) {
    return sound(one) && one.cost.kind == FixKind::window && one.candidate.changes.size() == 1 &&
           one.candidate.inserted == 0 && !one.trace.layers.empty();
  };
  const auto same_option = [](const Judged& a, const Judged& b) {
    const Change& x = a.candidate.changes[0];
    const Change& y = b.candidate.changes[0];
    return x.layer == y.layer && x.option == y.option && x.to != y.to;
  };
  bool exact = false;
  for (Judged& one : judged) {
    if (!one_number(one)) continue;
    exact = exact || (!one.cost.parameters && all_exact(one));
    for (const Judged& other : judged) {
      if (!one_number(other) || !same_option(one, other)) continue;
      if (Rational(1, 8) < apart(one) - apart(other)) one.cost.doubt = Doubt::nonsense;
      break;
    }
  }
  if (!exact) return;
  for (Judged& one : judged) {
    const bool makes_up = one.cost.kind == FixKind::output_padding ||
                          (one.cost.kind == FixKind::fit && one.candidate.inserted == 1);
    if (makes_up && sound(one) && !one.trace.layers.empty() && !all_exact(one))
      one.cost.doubt = Doubt::nonsense;
  }
}

}  // namespace shapedbg
