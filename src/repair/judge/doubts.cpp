// Doubts about repairs beside others that stand for themselves; how they follow each other: at the end.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside.h"
#include "repair/judge/beside_rules.h"
#include "repair/judge/sense.h"

namespace shapedbg {
namespace {

// Layers that the diagnosis speaks of, and those of the levels that do not give back their size.
bool speaks_of(const Situation& s, const Candidate& candidate) {
  const auto named = [&](const std::string& name) {
    if (name == s.finding.layer) return true;
    // Whoever brings a map that is too small does what it should with the input it gets.
    if (s.finding.code == Code::L205 || s.finding.code == Code::L206) return false;
    return std::any_of(s.finding.related.begin(), s.finding.related.end(),
                       [&](const Related& related) { return related.layer == name; });
  };
  const std::vector<BrokenLevel> levels = broken_levels(s);
  return std::any_of(candidate.changes.begin(), candidate.changes.end(), [&](const Change& change) {
    const auto layer = s.spec.find(change.layer);
    return named(change.layer) ||
           (layer && std::any_of(levels.begin(), levels.end(),
                                 [&](const BrokenLevel& b) { return b.up == *layer || b.down == *layer; }));
  });
}

// Whether each size is at most a third larger than the other.
bool near(const Spec& a, const Spec& b) {
  for (std::size_t i = 0; i < std::min(a.inputs.size(), b.inputs.size()); ++i) {
    const Shape& x = a.inputs[i].shape;
    const Shape& y = b.inputs[i].shape;
    for (std::size_t k = 0; k < std::min(x.size(), y.size()); ++k)
      if (3 * x[k] > 4 * y[k] || 3 * y[k] > 4 * x[k]) return false;
  }
  return true;
}

// Where another input size would do, sizes went apart by rounding: no option is wrong, least of all one of
// a layer that has no part in it.
void doubt_elsewhere(const Situation& s, std::vector<Judged>& judged) {
  // Where ways meet, or a size is stated, a size far off says nothing about rounding.
  const auto by_rounding = [&](const Spec& fed) {
    const Shape* got = s.trace.result(s.spec);
    const bool stated =
        s.spec.expect && s.spec.expect->kind == Expect::Kind::shape && got != nullptr && got->size() > 2;
    return (s.finding.code != Code::L208 && !stated) || near(fed, s.spec);
  };
  const bool rounding = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.kind == FixKind::input_size && one.cost.doubt == Doubt::none && by_rounding(one.spec);
  });
  if (!rounding || s.finding.layer.empty()) return;
  for (Judged& one : judged) {
    const bool option = one.cost.kind == FixKind::window || one.cost.kind == FixKind::axis ||
                        one.cost.kind == FixKind::channels;
    const bool chosen =
        one.candidate.exchanges_axes || one.candidate.of_a_rate || one.candidate.spans_an_axis;
    if (option && !chosen && !speaks_of(s, one.candidate) && !becomes_like_others(s, one))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

// Where the network runs with an input of nearly the same size, its strides and factors fit each other: one
// that makes it return more or less for each place of the input, by a quarter, fits by chance.
void doubt_another_rate(const Situation& s, std::vector<Judged>& judged) {
  if (s.finding.code != Code::L208) return;
  const auto returns = [](const Judged& one, std::size_t k) {
    const Shape* result = one.trace.result(one.spec);
    const Shape& x = one.spec.inputs[0].shape;
    return result != nullptr && k < x.size() && result->size() == x.size() && x[k] >= 16
               ? static_cast<double>((*result)[k]) / static_cast<double>(x[k])
               : 0.0;
  };
  const auto fed = std::find_if(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.kind == FixKind::input_size && one.cost.doubt == Doubt::none && near(one.spec, s.spec);
  });
  if (fed == judged.end() || s.spec.inputs.empty()) return;
  for (Judged& one : judged) {
    if (one.cost.other_input || one.spec.inputs.empty()) continue;
    for (std::size_t k = 2; k < s.spec.inputs[0].shape.size(); ++k) {
      const double right = returns(*fed, k);
      const double now = returns(one, k);
      if (right > 0 && now > 0 && (4 * now >= 5 * right || 4 * right >= 5 * now))
        one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    }
  }
}

// Where numbers of the layers that trim the map would do, an input padded by what they trim only covers it
// up.
void doubt_padded_by_numbers(std::vector<Judged>& judged) {
  const bool numbers = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const bool number = one.cost.kind == FixKind::window || one.cost.kind == FixKind::stage;
    return number && one.cost.doubt == Doubt::none;
  });
  // Least of all where levels do not undo each other: no multiple cures that.
  const bool partner = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::partner && one.cost.doubt == Doubt::none;
  });
  for (Judged& one : judged) {
    const bool by_numbers = one.cost.kind == FixKind::pad_and_crop;
    const bool padded = by_numbers || one.cost.kind == FixKind::padded_input;
    if ((numbers && by_numbers && one.candidate.inserted == 1) || (partner && padded))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

// Where layers that are alike are changed alike, a number of one of them makes up for the others.
void doubt_one_of_twins(std::vector<Judged>& judged) {
  const auto same_option = [](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return std::all_of(changes.begin(), changes.end(), [&](const Change& c) {
      return c.option == changes[0].option && c.from == changes[0].from;
    });
  };
  for (const Judged& all : judged) {
    const auto& changes = all.candidate.changes;
    if (all.cost.kind != FixKind::window || all.cost.doubt != Doubt::none || changes.size() < 2 ||
        !same_option(all))
      continue;
    for (Judged& one : judged) {
      const auto& its = one.candidate.changes;
      const bool part = its.size() < changes.size() && one.cost.kind == FixKind::window &&
                        std::all_of(its.begin(), its.end(), [&](const Change& c) {
                          return std::any_of(changes.begin(), changes.end(), [&](const Change& d) {
                            return d.layer == c.layer && d.option == c.option && d.to != c.to;
                          });
                        });
      if (part) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    }
  }
}

// Where a stage is missing, a larger factor of another one only makes up for it. Where one stands that forgot
// its step, none is missing.
void doubt_beside_a_stage(const Situation& s, std::vector<Judged>& judged) {
  const bool forgot = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && becomes_a_step(s, one);
  });
  for (Judged& one : judged)
    if (forgot && one.cost.kind == FixKind::stage && one.candidate.inserted > 0)
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  const bool missing = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::stage && one.candidate.inserted > 0 && one.cost.doubt == Doubt::none;
  });
  for (Judged& one : judged)
    if (missing && one.cost.kind == FixKind::window && !becomes_like_others(s, one))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

// Where height and width exchanged in one layer bring out what all the others are built for, their numbers
// are right, and nothing else is.
void doubt_beside_exchanged_axes(std::vector<Judged>& judged) {
  const auto exchanged = std::find_if(judged.begin(), judged.end(), [](const Judged& one) {
    return one.candidate.exchanges_axes && one.cost.doubt == Doubt::none;
  });
  if (exchanged == judged.end()) return;
  for (Judged& one : judged)
    if (!one.candidate.exchanges_axes) one.cost.doubt = Doubt::worst;
}

// A branch with a stride and a shortcut without one: the shortcut serves the branch. And where numbers let
// several layers keep their maps, nothing is padded around a branch.
void doubt_beside_a_shortcut(const Situation& s, std::vector<Judged>& judged) {
  if (s.finding.code != Code::L208) return;
  const auto only = [](const Judged& one, Opt opt) {
    return !one.candidate.changes.empty() &&
           std::all_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                       [&](const Change& c) { return sets(c, opt); });
  };
  const auto goes_flat = [&](const Judged& one) {
    return only(one, Opt::stride) &&
           std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                       [](const Change& c) { return c.to == "1" && c.from != "1"; });
  };
  const bool shortcut = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const bool steps = one.cost.kind == FixKind::projection || (only(one, Opt::stride) && !goes_flat(one));
    return one.cost.doubt == Doubt::none && steps;
  });
  // A projection that steps behind a pool that steps: one of the two is too many.
  const auto projects = [&](const Judged& one) {
    const auto at = s.spec.find(one.candidate.changes[0].layer);
    return at && !s.spec.layer(*at).broken && s.spec.layer(*at).info().family == Family::conv &&
           window_of(s.spec.layer(*at), 0).k == 1;
  };
  const bool several = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && only(one, Opt::padding) && one.candidate.changes.size() > 1;
  });
  for (Judged& one : judged) {
    const bool around = one.cost.kind == FixKind::fit && one.candidate.inserted > 0 &&
                        puts_in(one.candidate.changes[0], LayerKind::Pad);
    const bool flat = shortcut && goes_flat(one) && !(one.candidate.telling && projects(one));
    if (flat || (several && around)) one.cost.doubt = Doubt::worst;
  }
}

// Where numbers, or the tensor that was meant, close everything and keep all weights, no map is resized to
// fit and nothing is cut off or put on at the end.
void doubt_fits_beside_numbers(const Situation& s, std::vector<Judged>& judged) {
  const auto keeps_weights = [](const Judged& one) {
    const FixKind kind = one.cost.kind;
    const bool number = kind == FixKind::window || kind == FixKind::source || kind == FixKind::stage ||
                        kind == FixKind::partner;
    return number && one.cost.doubt == Doubt::none && !one.cost.parameters;
  };
  if (std::none_of(judged.begin(), judged.end(), keeps_weights)) return;
  for (Judged& one : judged) {
    if (one.cost.kind == FixKind::output_padding &&
        (one.cost.doubt != Doubt::none || multiplies_no_longer(s.spec, one.spec, one.origin)))
      one.cost.doubt = Doubt::worst;
    if (one.cost.kind != FixKind::fit) continue;
    const bool resizes = std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                                     [](const Change& c) { return puts_in(c, LayerKind::Upsample); });
    if (resizes || (!one.origin.empty() && one.origin.back().is_none())) one.cost.doubt = Doubt::worst;
  }
}

// Where convolutions trim the map, and are told to keep it or skips are cut to their centre, a tensor
// stretched to the size of a skip no longer lies where the skip does.
void doubt_stretched_to_a_skip(std::vector<Judged>& judged) {
  const auto only = [](const Judged& one, const auto& is) {
    return !one.candidate.changes.empty() &&
           std::all_of(one.candidate.changes.begin(), one.candidate.changes.end(), is);
  };
  const bool trimmed = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const bool kept = one.candidate.changes.size() > 2 &&
                      only(one, [](const Change& c) { return sets(c, Opt::padding) && c.from == "0"; });
    const bool cut = only(one, [](const Change& c) { return c.to.find("\"center\"") != std::string::npos; });
    return one.cost.doubt == Doubt::none && (kept || cut);
  });
  for (Judged& one : judged)
    if (trimmed && one.cost.kind == FixKind::size_like) one.cost.doubt = Doubt::worst;
}

// A product of sizes that has to be a number comes out by chance where a window becomes a strange one or one
// side of a square is changed.
void doubt_products_by_chance(const Situation& s, std::vector<Judged>& judged) {
  const Code code = s.finding.code;
  const Shape* got = s.trace.result(s.spec);
  const Shape want = s.spec.expect ? expected_shape(s.spec, *s.spec.expect) : Shape{};
  const bool batch = (code == Code::R301 || code == Code::R302) && got != nullptr && !got->empty() &&
                     !want.empty() && want[0] != Expect::any_size && want[0] != got->front();
  if (code != Code::L209 && code != Code::L203 && code != Code::L211 && !batch) return;
  const auto square = [](const Spec& spec) {
    const Shape& x = spec.inputs[0].shape;
    const std::size_t first = first_spatial_axis(spec);
    return x.size() > first + 1 && std::equal(x.begin() + static_cast<std::ptrdiff_t>(first) + 1, x.end(),
                                              x.begin() + static_cast<std::ptrdiff_t>(first));
  };
  if (s.spec.inputs.empty()) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::window && one.cost.doubt != Doubt::none) one.cost.doubt = Doubt::worst;
  if (!square(s.spec)) return;
  for (Judged& one : judged)
    if (one.cost.other_input && !square(one.spec)) one.cost.doubt = Doubt::worst;
}

// Another input where numbers would do and keep all weights: not one twice as large or more, or half or less,
// and not one of several that have one size.
void doubt_far_feed(const Situation& s, std::vector<Judged>& judged) {
  // A map that is too small may be twice as large.
  const bool small = s.finding.code == Code::L205 || s.finding.code == Code::L206;
  const bool numbers = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && !one.cost.other_input && (!small || !one.cost.parameters);
  });
  const std::int64_t least = small ? 0 : 1;
  const auto far = [&](const Spec& fed) {
    for (std::size_t i = 0; i < fed.inputs.size(); ++i) {
      const Shape& was = s.spec.inputs[i].shape;
      const Shape& is = fed.inputs[i].shape;
      for (std::size_t k = 0; k < std::min(was.size(), is.size()); ++k)
        if (is[k] > 2 * was[k] - least || 2 * is[k] < was[k] + least) return true;
    }
    return false;
  };
  const auto one_of_several = [&](const Spec& fed) {
    for (std::size_t i = 1; i < fed.inputs.size(); ++i)
      if (s.spec.inputs[i].shape == s.spec.inputs[0].shape && fed.inputs[i].shape != fed.inputs[0].shape)
        return true;
    return false;
  };
  for (Judged& one : judged) {
    if (!one.cost.other_input || one.spec.inputs.size() != s.spec.inputs.size() || one.candidate.telling)
      continue;
    if ((numbers && far(one.spec)) || one_of_several(one.spec)) one.cost.doubt = Doubt::worst;
  }
}

// A skip that is cut, or a map that is padded, by more than a few places lost no rows to rounding. Where no
// convolution trims the map, a number that keeps all weights is what is wrong.
void doubt_cut_skip(const Situation& s, std::vector<Judged>& judged) {
  const bool trims = std::any_of(s.spec.layers.begin(), s.spec.layers.end(), [](const LayerSpec& layer) {
    if (layer.broken || layer.info().family != Family::conv) return false;
    const Window w = window_of(layer, 0);
    return w.s == 1 && w.net_kernel() > 1;
  });
  const auto strides = [](const Judged& one) {
    return std::count_if(one.candidate.changes.begin(), one.candidate.changes.end(),
                         [](const Change& c) { return sets(c, Opt::stride); });
  };
  const bool rates = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && (one.candidate.of_a_rate || strides(one) > 1);
  });
  const bool number =
      rates || std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
        return one.cost.kind == FixKind::window && one.cost.doubt == Doubt::none && !one.cost.parameters;
      });
  if (trims || !number) return;
  for (Judged& one : judged)
    if (rates && one.cost.other_input) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  for (Judged& one : judged) {
    // Of large networks not every trace is kept.
    for (std::size_t i = 0; i < one.trace.layers.size() && one.cost.kind == FixKind::fit; ++i) {
      const LayerTrace& row = one.trace.layers[i];
      if (!one.origin[i].is_none() || row.inputs.empty() || row.outputs.empty()) continue;
      for (std::size_t k = 0; k < std::min(row.inputs[0].size(), row.outputs[0].size()); ++k)
        if (16 * std::abs(row.inputs[0][k] - row.outputs[0][k]) > row.inputs[0][k])
          one.cost.doubt = Doubt::worst;
    }
  }
}

// A Pad that adds along one axis and cuts along another: height and width were exchanged, nothing was lost.
void doubt_padded_and_cut(std::vector<Judged>& judged) {
  for (Judged& one : judged) {
    for (std::size_t i = 0; i < one.trace.layers.size() && one.cost.kind == FixKind::fit; ++i) {
      const LayerTrace& row = one.trace.layers[i];
      if (!one.origin[i].is_none() || row.inputs.empty() || row.outputs.empty()) continue;
      const Shape& was = row.inputs[0];
      const Shape& is = row.outputs[0];
      bool adds = false;
      bool cuts = false;
      for (std::size_t k = 0; k < std::min(was.size(), is.size()); ++k) {
        adds = adds || is[k] > was[k];
        cuts = cuts || is[k] < was[k];
      }
      if (adds && cuts && one.spec.layers[i].info().family == Family::free_pad) one.cost.doubt = Doubt::worst;
    }
  }
}

}  // namespace

void doubt_beside_others(const Situation& s, std::vector<Judged>& judged) {
  doubt_sums_over_the_batch(s, judged);
  doubt_batch(s, judged);
  doubt_turned(s, judged);
  doubt_at_a_vector(s, judged);
  doubt_elsewhere(s, judged);
  doubt_another_rate(s, judged);
  doubt_padded_by_numbers(judged);
  doubt_one_of_twins(judged);
  beside_the_common_factor(s, judged);
  doubt_beside_a_stage(s, judged);
  doubt_beside_exchanged_axes(judged);
  doubt_another_count(s, judged);
  doubt_behind_shuffles(s, judged);
  doubt_other_widths(s, judged);
  doubt_beside_a_shortcut(s, judged);
  doubt_for_a_norm(s, judged);
  doubt_fits_beside_numbers(s, judged);
  doubt_stretched_to_a_skip(judged);
  doubt_products_by_chance(s, judged);
  doubt_far_feed(s, judged);
  doubt_cut_skip(s, judged);
  doubt_padded_and_cut(judged);
  doubt_beside_a_count(s, judged);
  doubt_chance(s, judged);
  doubt_beside_better(s, judged);
  doubt_bent_counts(s, judged);
  doubt_computed_constants(s, judged);
}

}  // namespace shapedbg
