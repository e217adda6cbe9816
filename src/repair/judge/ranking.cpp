#include "repair/judge/ranking.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <tuple>
#include <utility>

#include "repair/judge/beside.h"
#include "repair/judge/elsewhere.h"

namespace shapedbg {

namespace {

// What makes another network of it is behind whatever does not, and never safe.
void judge_meaning(const Before& before, Judged& judged) {
  judged.harm = before.harm_of(judged.spec, judged.trace, judged.origin);
  judged.own_doubt = judged.cost.doubt;
  if (judged.cost.parameters)
    judged.candidate.applicability = std::max(judged.candidate.applicability, Applicability::unsafe);
  if (!judged.harm) return;
  judged.cost.harmed = true;
  judged.cost.doubt = std::max(judged.cost.doubt, info(judged.harm->harm).doubt);
  judged.candidate.applicability = std::max(judged.candidate.applicability, Applicability::unsafe);
  judged.right_for +=
      std::string(judged.right_for.empty() ? "" : "; ") + "another network: " + judged.harm->text;
}

void forgive(Judged& one) {
  const std::string said = "another network: " + one.harm->text;
  if (const std::size_t at = one.right_for.find(said); at != std::string::npos)
    one.right_for.erase(at < 2 ? at : at - 2);
  one.harm.reset();
  one.cost.harmed = false;
  one.cost.doubt = one.own_doubt;
}

// Each convolution reads more than half of its places.
bool reads_most(const Spec& spec) {
  return std::all_of(spec.layers.begin(), spec.layers.end(), [](const LayerSpec& layer) {
    if (layer.broken || layer.info().family != Family::conv) return true;
    for (int axis = 0; axis < layer.info().axes; ++axis)
      if (const Window w = window_of(layer, axis); 2 * (w.reach() + 1) <= w.s) return false;
    return true;
  });
}

// A count that is set right shows what the layers behind do, which nobody saw before. Where no repair is
// without that, it is the network's own. And a stride that the other branch tells may be wider than its
// kernel where no other number is the one.
void forgive_what_was_there(std::vector<Judged>& judged) {
  const auto better = [](const Judged& one) { return !one.harm && one.own_doubt == Doubt::none; };
  const auto better_here = [&](const Judged& one) { return better(one) && !one.cost.other_input; };
  const bool any = std::any_of(judged.begin(), judged.end(), better);
  const bool any_here = std::any_of(judged.begin(), judged.end(), better_here);
  for (Judged& one : judged) {
    if (!one.harm) continue;
    const bool was_there = one.harm->behind && one.cost.kind == FixKind::channels;
    const bool wide = one.harm->harm == Harm::skips && one.candidate.telling && reads_most(one.spec);
    if ((was_there && !any) || (wide && !any_here)) forgive(one);
  }
}

// How many of one kind are looked at closely: sizes decide between them.
std::ptrdiff_t most_of(FixKind kind, const Spec& spec) {
  switch (kind) {
    case FixKind::window:
      return spec.layers.size() > 300 ? 2 : 5;
    case FixKind::size_like:
    case FixKind::channels:
    case FixKind::missing_axis:
      return 2;
    default:
      return 1;
  }
}

// Behind an output_padding that is right for some sizes comes what is right for more of them.
void put_most_right_second(std::vector<Judged>& kept) {
  if (kept.empty() || kept[0].cost.kind != FixKind::output_padding) return;
  auto most = kept.end();
  for (auto it = kept.begin() + 1; it != kept.end(); ++it) {
    if (it->cost.kind != FixKind::size_like || it->cost.doubt != Doubt::none) continue;
    if (most == kept.end() || it->cost.wrong_share < most->cost.wrong_share) most = it;
  }
  if (most != kept.end() && most->cost.wrong_share < kept[0].cost.wrong_share)
    std::rotate(kept.begin() + 1, most, most + 1);
}

// Where some of the options that it sets are right for as many sizes alone, the others are not needed.
void doubt_more_than_needed(std::vector<Judged>& kept) {
  const auto among = [](const Change& one, const std::vector<Change>& all) {
    return std::any_of(all.begin(), all.end(), [&](const Change& c) {
      return c.layer == one.layer && c.option == one.option && c.to == one.to;
    });
  };
  const auto sets_options = [](const Judged& one) {
    return one.candidate.inserted == 0 && one.candidate.removed == 0;
  };
  for (Judged& more : kept) {
    const auto& changes = more.candidate.changes;
    if (!sets_options(more)) continue;
    const bool needless = std::any_of(kept.begin(), kept.end(), [&](const Judged& less) {
      const auto& its = less.candidate.changes;
      return sets_options(less) && its.size() < changes.size() && less.cost.doubt == Doubt::none &&
             !less.harm && less.cost.fails_elsewhere <= more.cost.fails_elsewhere &&
             less.cost.wrong_share <= more.cost.wrong_share &&
             std::all_of(its.begin(), its.end(), [&](const Change& c) { return among(c, changes); });
    });
    if (needless) more.cost.doubt = std::max(more.cost.doubt, Doubt::nonsense);
  }
}

// What an output_padding does for as many sizes needs no tensor of the way down.
void put_output_padding_first(std::vector<Judged>& kept) {
  if (kept.empty() || kept[0].cost.kind != FixKind::size_like) return;
  const auto number = std::find_if(kept.begin(), kept.end(), [&](const Judged& one) {
    return one.cost.kind == FixKind::output_padding && one.cost.doubt == Doubt::none && !one.harm &&
           one.cost.fails_elsewhere == kept[0].cost.fails_elsewhere &&
           one.cost.wrong_share <= kept[0].cost.wrong_share;
  });
  if (number != kept.end()) std::rotate(kept.begin(), number, number + 1);
}

}  // namespace

std::vector<Judged> ranked(const Situation& s, std::vector<Candidate> all, const RightForAll& right) {
  drop_changes_of_layers(s, all);
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.places, a.kind, a.amount) < std::tuple(b.places, b.kind, b.amount);
  });
  // Reading the file again costs more than anything else here.
  const Effort effort = effort_for(s.spec);
  // A network that runs with another input is held against what it does there.
  const Spec running = s.runs_elsewhere ? at_known_shapes(s.spec) : Spec{};
  const Trace its_trace = s.runs_elsewhere ? infer(running) : Trace{};
  const Before before(s.runs_elsewhere ? running : s.spec, s.runs_elsewhere ? its_trace : s.trace);
  std::vector<Judged> judged;
  std::size_t sensible = 0;
  std::vector<std::vector<Edit>> known;  // several generators may come to one edit
  for (std::size_t i = 0; i < std::min(effort.judged, all.size()); ++i) {
    std::vector<Edit> edits = all[i].edits;
    std::stable_sort(edits.begin(), edits.end(),
                     [](const Edit& a, const Edit& b) { return a.offset < b.offset; });
    if (std::count(known.begin(), known.end(), edits) > 0) continue;
    known.push_back(std::move(edits));
    std::optional<Judged> one = judge(s, std::move(all[i]));
    if (!one) continue;
    judge_meaning(before, *one);
    // Ten traces of a large network would be most of what the program holds.
    if (effort.judged < 40) one->trace = {};
    sensible += one->cost.doubt == Doubt::none ? 1 : 0;
    judged.push_back(std::move(*one));
    if (effort.judged < 40 && sensible == effort.fixes) break;
  }
  forgive_what_was_there(judged);
  doubt_beside_others(s, judged);
  const auto better = [](const Judged& a, const Judged& b) { return (a.cost <=> b.cost) < 0; };
  std::stable_sort(judged.begin(), judged.end(), better);
  std::vector<Judged> kept;
  for (Judged& one : judged) {
    constexpr std::size_t most_weighed = 10;
    const auto same = std::count_if(kept.begin(), kept.end(),
                                    [&](const Judged& k) { return k.cost.kind == one.cost.kind; });
    const bool full = kept.size() == most_weighed && one.cost.kind != FixKind::output_padding;
    if (same >= most_of(one.cost.kind, s.spec) || full) continue;
    // What else is wrong would be taken for right.
    if (s.alone != nullptr) {
      kept.push_back(std::move(one));
      continue;
    }
    weigh(s, one);
    if (right && !s.spec.free_sizes.empty() && !right(one.spec)) {
      one.cost.fails_elsewhere = true;
      one.candidate.applicability = std::max(one.candidate.applicability, Applicability::unsafe);
      one.right_for += std::string(one.right_for.empty() ? "" : "; ") + "not for every declared size";
      one.facts.leaves_open.push_back({Code::C401, {}});
    }
    kept.push_back(std::move(one));
  }
  doubt_more_than_needed(kept);
  std::stable_sort(kept.begin(), kept.end(), better);
  put_output_padding_first(kept);
  put_most_right_second(kept);
  return kept;
}

namespace {

// Neither what goes in nor what comes out, nor tensors in front of a merge alone.
bool changes_the_network(FixKind kind) {
  return kind != FixKind::padded_input && kind != FixKind::pad_and_crop && kind != FixKind::fit &&
         kind != FixKind::input_size;
}

// What is doubtful, and yet shows what else would close: the exact search, and one number of one layer.
bool may_be_looked_at(const Judged& one) {
  if (one.cost.kind == FixKind::output_padding) return true;
  return one.cost.kind == FixKind::window && (!one.cost.parameters || one.candidate.changes.size() == 1);
}

// Beside a fix of the same kind: other channels, another layer, more sizes; but no weights are thrown away
// for what a number beside them does.
bool says_more(const Judged& one, const Judged& beside) {
  if (one.cost.kind == FixKind::channels) return true;
  if (one.cost.parameters && !beside.cost.parameters) return false;
  const bool elsewhere = one.candidate.changes[0].layer != beside.candidate.changes[0].layer;
  if (one.cost.kind == FixKind::window && elsewhere) return true;
  return one.cost.wrong_share < beside.cost.wrong_share;
}

}  // namespace

std::vector<Fix> offered(const std::vector<Judged>& judged, std::size_t most, const Shaped& declared,
                         const Rerun& rerun, FixCode code,
                         const std::function<bool(const Judged&)>& runs_elsewhere) {
  std::vector<Fix> fixes;
  const bool sensible = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.doubt == Doubt::none && (!one.cost.other_input || one.candidate.telling);
  });
  // Beside what changes the network where it is wrong nothing doubtful is worth a look.
  const bool number = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.doubt == Doubt::none && !one.cost.other_input && changes_the_network(one.cost.kind);
  });
  std::vector<const Judged*> taken;
  // What the exact search found is always among them, however doubtful: the last place is kept for it.
  const auto padding = std::find_if(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::output_padding;
  });
  for (const bool first : {true, false}) {
    for (const Judged& one : judged) {
      if (fixes.size() == most) break;
      if (std::count(taken.begin(), taken.end(), &one) > 0) continue;
      const bool last = first && fixes.size() + 1 == most && padding != judged.end();
      if (last && &one != &*padding && std::count(taken.begin(), taken.end(), &*padding) == 0) continue;
      const auto same = std::find_if(taken.begin(), taken.end(),
                                     [&](const Judged* t) { return t->cost.kind == one.cost.kind; });
      if (first && same != taken.end()) continue;
      if (!first && (same == taken.end() || one.cost.doubt != Doubt::none || !says_more(one, **same)))
        continue;
      // Another network is no repair of this one; nor are values made up around a map, where numbers would
      // do.
      const bool makes_up = one.cost.doubt == Doubt::worst || one.cost.kind == FixKind::pad_and_crop ||
                            one.cost.kind == FixKind::fit || (number && !may_be_looked_at(one));
      if (one.harm || (one.cost.doubt != Doubt::none && makes_up && sensible)) continue;
      if (runs_elsewhere && !runs_elsewhere(one)) continue;
      const FixCode its_code = code == FixCode::all || fixes.empty() ? code : FixCode::none;
      if (std::optional<Fix> fix = verified(one, declared, rerun, its_code)) {
        fixes.push_back(std::move(*fix));
        taken.push_back(&one);
      }
    }
  }
  bool safe = true;
  for (Fix& fix : fixes) {
    safe = safe && fix.applicability == Applicability::safe;
    if (!safe && fix.applicability == Applicability::safe) fix.applicability = Applicability::unsafe;
  }
  return fixes;
}

}  // namespace shapedbg
