#include "repair/judge/judge.h"

#include <algorithm>

#include "infer/again.h"
#include "infer/sizes.h"
#include "infer/smallest.h"
#include "net/facts.h"
#include "net/parameter.h"
#include "net/sharing.h"
#include "read/json/parse.h"
#include "repair/changed.h"
#include "repair/judge/sense.h"

namespace shapedbg {
namespace {

bool put_in(const Candidate& candidate, const std::string& name) {
  return std::any_of(candidate.changes.begin(), candidate.changes.end(),
                     [&](const Change& c) { return c.option == "layer" && c.layer == name; });
}

bool changes(const Candidate& candidate, const LayerSpec& layer, std::string_view option) {
  return std::any_of(candidate.changes.begin(), candidate.changes.end(),
                     [&](const Change& c) { return c.layer == layer.name && c.option == option; });
}

bool left_out(const Candidate& candidate, const LayerSpec& layer) {
  return candidate.removed > 0 &&
         std::any_of(candidate.changes.begin(), candidate.changes.end(), [&](const Change& c) {
           return c.option == "layer" && c.to == "null" && c.layer == layer.name;
         });
}

// The tensor of the old network that `ref` is, or is made of by layers put in.
Ref as_before(const Spec& after, const PerLayer<LayerId>& origin, Ref ref) {
  while (!ref.is_input()) {
    const auto at = ref.layer.place();
    if (!origin[at].is_none()) return {origin[at], ref.output};
    // A Concat put in stands for what flowed there before: its last input. Further inputs of what is no merge
    // only give sizes.
    const LayerSpec& put = after.layers[at];
    ref = put.inputs.empty() ? Ref{} : is_merge(put) ? put.inputs.back() : put.inputs.front();
  }
  return ref;
}

// What a reader of layers that are left out takes instead.
Ref past_left_out(const Spec& before, const Candidate& candidate, Ref ref) {
  while (!ref.is_input() && left_out(candidate, before.layer(ref.layer)))
    ref = before.layer(ref.layer).inputs[0];
  return ref;
}

// An edit that shifts a default name or stands between a layer and its `prev` would rewire the network.
bool wired_as_before(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin,
                     const Candidate& candidate) {
  const auto turns = [&](const LayerSpec& layer, Ref was, Ref is) {
    return std::any_of(candidate.turned.begin(), candidate.turned.end(), [&](const Turned& turned) {
      const LayerSpec& at = before.layer(turned.at);
      return (&layer == &at || same_use(layer, at)) && was == turned.present && is == turned.fresh;
    });
  };
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const LayerSpec& was = before.layer(origin[i]);
    const LayerSpec& is = after.layers[i];
    if (was.inputs.size() != is.inputs.size()) return false;
    for (std::size_t k = 0; k < is.inputs.size(); ++k) {
      const Ref now = as_before(after, origin, is.inputs[k]);
      if (now != past_left_out(before, candidate, was.inputs[k]) && !turns(was, was.inputs[k], now))
        return false;
    }
    for (const Opt opt : {Opt::indices, Opt::size_like}) {
      const auto old_ref = was.reference(opt);
      const auto new_ref = is.reference(opt);
      if (!old_ref || !new_ref || changes(candidate, was, to_string(opt))) continue;
      const Ref now = as_before(after, origin, *new_ref);
      if (now != past_left_out(before, candidate, *old_ref) && !turns(was, *old_ref, now)) return false;
    }
  }
  return true;
}

// The changes of a candidate, looked up by layer: one of all calls of a module has thousands.
class ChangesByLayer {
 public:
  explicit ChangesByLayer(const std::vector<Change>& changes) {
    for (const Change& change : changes) sorted_.push_back(&change);
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [](const Change* a, const Change* b) { return a->layer < b->layer; });
  }

  auto of(std::string_view layer) const {
    struct ByName {
      bool operator()(const Change* change, std::string_view name) const { return change->layer < name; }
      bool operator()(std::string_view name, const Change* change) const { return name < change->layer; }
    };
    return std::equal_range(sorted_.begin(), sorted_.end(), layer, ByName{});
  }

 private:
  std::vector<const Change*> sorted_ = {};
};

bool sets_parameters(const ChangesByLayer& changes, const LayerSpec& layer) {
  const auto [begin, end] = changes.of(layer.name);
  if (begin == end) return false;
  const OptList& weights = facts(layer.kind).weights;
  if (layer.info().family == Family::parameter && !is_learned(layer)) return false;
  return std::any_of(begin, end, [&](const Change* c) {
    // A convolution of another number of axes has a kernel of another shape; a norm keeps its vectors.
    if (c->option == "type" && weights.has(Opt::kernel_size)) return true;
    return std::any_of(weights.begin(), weights.end(), [&](Opt opt) { return c->option == to_string(opt); });
  });
}

bool goes_up(const Spec& spec) {
  return std::any_of(spec.layers.begin(), spec.layers.end(),
                     [](const LayerSpec& layer) { return goes_up(layer.info().family); });
}

// As candidate.h counts them.
int places_of(const Situation& s, const Candidate& candidate) {
  const int places = candidate.places + candidate.inserted_arguments;
  switch (candidate.kind) {
    case FixKind::output_padding:
      return s.finding.code == Code::L208 ? places : std::min(places, 2);
    case FixKind::padded_input:
      return goes_up(s.spec) ? places : places + candidate.inserted;
    case FixKind::pad_and_crop:
    case FixKind::fit:
      return places + candidate.inserted;
    default:
      return places;
  }
}

bool complete(const Trace& trace) {
  return std::all_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return row.refusals.empty() && !row.after_failure && !row.outputs.empty();
  });
}

std::ptrdiff_t refused_layouts(const Trace& trace) {
  return std::count_if(trace.layers.begin(), trace.layers.end(),
                       [](const LayerTrace& row) { return !row.layout_refusal.empty(); });
}

}  // namespace

std::optional<PerLayer<LayerId>> origins(const Spec& before, const Spec& after, const Candidate& candidate) {
  PerLayer<LayerId> origin;
  std::size_t next = 0;
  for (const LayerSpec& layer : after.layers) {
    if (candidate.inserted > 0 && put_in(candidate, layer.name)) {
      origin.push_back(LayerId());
      continue;
    }
    while (next < before.layers.size() && left_out(candidate, before.layers[next])) ++next;
    if (next == before.layers.size()) return std::nullopt;
    const LayerSpec& was = before.layers[next];
    if (was.kind != layer.kind && !changes(candidate, was, "type")) return std::nullopt;
    origin.push_back(LayerId(next++));
  }
  while (next < before.layers.size() && left_out(candidate, before.layers[next])) ++next;
  if (next != before.layers.size()) return std::nullopt;
  return origin;
}

const Spec& whole_of(const Situation& s) { return s.alone != nullptr ? s.alone->whole : s.spec; }

namespace {

// The network behind a candidate, and where its layers come from.
struct Changed {
  Spec spec;
  PerLayer<LayerId> origin;
};

std::optional<Changed> by_moves(const Situation& s, const Candidate& candidate) {
  std::optional<Moved> moved;
  PerLayer<LayerId> origin;
  const auto go_on = [&](const Moves& moves) {
    std::optional<Moved> next = shapedbg::apply(moved ? moved->net : s.spec, moves);
    if (!next) return false;
    if (!moved) {
      origin = next->origin;
    } else {
      std::vector<LayerId> whole;
      for (const LayerId at : next->origin) whole.push_back(at.is_none() ? LayerId() : origin[at]);
      origin = std::move(whole);
    }
    moved = std::move(next);
    return true;
  };
  for (const Moves& moves : candidate.before)
    if (!go_on(moves)) return std::nullopt;
  if (!go_on(candidate.moves)) return std::nullopt;
  return Changed{std::move(moved->net), std::move(origin)};
}

// A fix may leave what was found while reading, but not add to it.
std::optional<Spec> read_again(const Situation& s, const Candidate& candidate) {
  std::optional<std::string> bytes = shapedbg::apply(s.source.bytes(), candidate.edits);
  if (!bytes || candidate.edits.empty()) return std::nullopt;
  Parsed parsed = parse(Source(s.source.name(), std::move(*bytes)));
  if (!parsed.usable) return std::nullopt;
  if (!parsed.findings.empty() && parsed.findings.size() > parse(s.source).findings.size())
    return std::nullopt;
  take_sizes_of(parsed.spec, s.spec);
  return std::move(parsed.spec);
}

std::optional<Changed> by_bytes(const Situation& s, const Candidate& candidate) {
  std::optional<Spec> spec = read_again(s, candidate);
  if (!spec) return std::nullopt;
  auto origin = origins(whole_of(s), *spec, candidate);
  if (!origin || !wired_as_before(whole_of(s), *spec, *origin, candidate)) return std::nullopt;
  if (s.alone != nullptr) spec = s.alone->of(std::move(*spec), *origin);
  return Changed{std::move(*spec), std::move(*origin)};
}

// At the sizes at which the situation looks, as far as the candidate leaves them to it.
Spec as_looked_at(const Situation& s, const Candidate& candidate, Spec spec) {
  if (s.spec.free_sizes.empty()) return spec;
  const bool other_sizes = candidate.kind == FixKind::input_size;
  for (const FreeSize& size : spec.free_sizes)
    for (const FreeAxis& axis : size.axes)
      if (other_sizes)
        spec.inputs[static_cast<std::size_t>(axis.input)].shape[static_cast<std::size_t>(axis.axis)] =
            size.smallest();
  spec = for_other_sizes(std::move(spec));
  if (!other_sizes) take_shape_of(spec, s.spec);
  return spec;
}

}  // namespace

bool told_by_moves(const Candidate& candidate) {
  return !candidate.by_text && !candidate.moves.empty() && candidate.told == candidate.edits.size();
}

std::optional<Spec> network_behind(const Situation& s, const Candidate& candidate) {
  if (!told_by_moves(candidate) && s.alone == nullptr) return read_again(s, candidate);
  auto changed = told_by_moves(candidate) ? by_moves(s, candidate) : by_bytes(s, candidate);
  return changed ? std::optional(std::move(changed->spec)) : std::nullopt;
}

namespace {

// An axis exchanged with itself: such a layer is there for nothing.
bool turns_nothing(const Spec& spec, const PerLayer<LayerId>& origin, const Spec& before) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& is = spec.layers[i];
    if (is.broken || origin[i].is_none() || is.info().family != Family::transpose) continue;
    const LayerSpec& was = before.layer(origin[i]);
    const auto idle = [](const LayerSpec& one) { return one.integer(Opt::dim0) == one.integer(Opt::dim1); };
    if (idle(is) && !was.broken && was.kind == is.kind && !idle(was)) return true;
  }
  return false;
}

bool pads_the_input(const Candidate& candidate) {
  return candidate.kind == FixKind::padded_input || candidate.kind == FixKind::pad_and_crop;
}

// The last layer whose options it sets; none where it does more.
LayerId last_touched(const Judged& judged) {
  LayerId last;
  const auto& changes = judged.candidate.changes;
  if (judged.candidate.inserted > 0 || judged.candidate.removed > 0 || !judged.candidate.before.empty())
    return last;
  for (const Change& change : changes) {
    const auto at =
        change.option == "layer" || change.option == "inputs" ? std::nullopt : judged.spec.find(change.layer);
    if (!at) return LayerId();
    last = last.is_none() ? *at : std::max(last, *at);
  }
  return last;
}

// What no expert would do, though it runs.
Doubt doubt_of(const Situation& s, const Judged& judged) {
  const bool of_a_rate = judged.candidate.of_a_rate || judged.candidate.spans_an_axis;
  const PerLayer<LayerId>& origin = judged.origin;
  const bool loses = !of_a_rate && loses_its_window(s.spec, judged.spec, judged.trace, origin);
  const bool instead =
      !of_a_rate && !judged.candidate.telling && makes_up_for_another(s.spec, judged.spec, origin);
  // An axis that a line of the program names is another one on purpose.
  const bool named = judged.candidate.telling && judged.candidate.kind == FixKind::missing_axis &&
                     judged.candidate.inserted == 0;
  if (loses || instead || cuts_too_much(s.spec, judged.spec, s.trace, origin) ||
      runs_by_accident(judged.spec, judged.trace, s.trace, origin) ||
      (!judged.candidate.telling && joins_places(s.spec, s.trace, judged.spec, origin)) ||
      (!named && works_on_another_axis(s.spec, judged.spec, s.trace, judged.trace, origin)))
    return Doubt::worst;
  // Beside other mistakes a level may be one of them.
  // One number of channels has no part in sizes, nor have those that layers are built to take.
  const std::vector<Change>& changes = judged.candidate.changes;
  const bool taken = std::all_of(changes.begin(), changes.end(), sets_what_comes);
  const bool counts = judged.candidate.kind == FixKind::channels && (changes.size() == 1 || taken);
  // What fits sizes to each other by one line of the program, wherever it is used, is the author's own way.
  const bool fits = judged.candidate.kind == FixKind::fitted && changes.size() > 1;
  // Nor has the order of axes.
  const bool orders = judged.candidate.kind == FixKind::missing_axis ||
                      judged.candidate.kind == FixKind::input_order ||
                      judged.candidate.kind == FixKind::layout;
  // Levels that are trimmed on their way never return what they took.
  const bool sizes = !counts && !fits && !orders && !judged.candidate.trimmed;
  const bool makes_up = sizes && !pads_the_input(judged.candidate) &&
                        leaves_a_level(judged.spec, judged.trace, last_touched(judged)) &&
                        (s.alone == nullptr || !leaves_a_level(s.spec, s.trace));
  // Windows that a Slice cuts behind them do not keep their map, and are not meant to.
  const bool told = judged.candidate.telling;
  const bool spoils = !of_a_rate && !told && spoils_a_window(s.spec, judged.spec, origin);
  if (makes_up || spoils || fills_a_small_map(s.spec, judged.spec, s.trace, origin) ||
      (!told && breaks_a_kept_axis(s.spec, s.trace, judged.trace, origin)) ||
      splits_a_statement(s.spec, judged.spec, origin))
    return std::max(judged.candidate.doubt, Doubt::nonsense);
  return judged.candidate.doubt;
}

// The price: trained weights that no longer fit, and much more work. Weights of layers whose options say so,
// and of those that take another number of features now.
void add_price(const Situation& s, Judged& judged) {
  std::vector<std::string> changed;
  const PerLayer<LayerId> first = first_calls(judged.spec);
  const ChangesByLayer changes(judged.candidate.changes);
  std::int64_t work_before = 0;
  std::int64_t work_after = 0;
  Arith<std::int64_t> a;
  for (std::size_t i = 0; i < judged.spec.layers.size(); ++i) {
    const Cost after = cost_of(judged.spec.layers[i], judged.trace.layers[i]);
    work_after = a.add(work_after, std::min(after.mult_adds, huge_size));
    const LayerId old = judged.origin[i];
    if (old.is_none()) continue;
    const auto was = old.place();
    const LayerTrace& row = s.trace.layers[was];
    bool other_weights = sets_parameters(changes, s.spec.layers[was]);
    if (row.refusals.empty() && !row.after_failure && !row.outputs.empty()) {
      const Cost before = cost_of(s.spec.layers[was], row);
      work_before = a.add(work_before, std::min(before.mult_adds, huge_size));
      other_weights = other_weights || before.params != after.params;
    }
    if (other_weights && first[i] == LayerId(i)) changed.push_back(judged.spec.layers[i].name);
  }
  judged.cost.parameters = !changed.empty();
  if (!changed.empty()) {
    judged.right_for = "trained weights of `" + changed[0] + "`";
    if (changed.size() > 1) judged.right_for += " and " + std::to_string(changed.size() - 1) + " more";
    judged.right_for += " no longer fit";
    judged.facts.weights_lost = changed;
  }
  const bool more_work = pads_the_input(judged.candidate) || judged.candidate.kind == FixKind::window;
  if (more_work && a.ok() && complete(s.trace) && work_before > 0 &&
      work_after > work_before + work_before / 50) {
    const std::int64_t percent = (work_after - work_before) / std::max<std::int64_t>(work_before / 100, 1);
    judged.right_for +=
        std::string(judged.right_for.empty() ? "" : "; ") + std::to_string(percent) + "% more multiply-adds";
    judged.facts.extra_macs_percent = percent;
  }
}

}  // namespace

std::optional<Judged> judge(const Situation& s, Candidate candidate) {
  auto behind = !told_by_moves(candidate) ? by_bytes(s, candidate) : by_moves(s, candidate);
  if (!behind) return std::nullopt;
  Spec spec = as_looked_at(s, candidate, std::move(behind->spec));
  if (looks_past_the_map(s.spec, spec, behind->origin) || turns_nothing(spec, behind->origin, s.spec))
    return std::nullopt;
  Trace trace = infer_again(spec, s.spec, s.trace);
  if (!holds(spec, trace)) return std::nullopt;

  Judged judged{std::move(candidate), std::move(spec), std::move(trace), {}, {}, {}, &s};
  judged.origin = std::move(behind->origin);
  judged.cost.doubt = doubt_of(s, judged);
  judged.cost.other_input = judged.candidate.kind == FixKind::input_size;
  judged.cost.places = places_of(s, judged.candidate);
  judged.cost.kind = judged.candidate.kind;
  judged.cost.amount = judged.candidate.amount;
  add_price(s, judged);
  return judged;
}

namespace {

// Empty where some axis has no short rule.
std::vector<RightSizesOfAxis> as_facts(const RightSizes& sizes) {
  constexpr std::size_t longest = 256;
  std::vector<RightSizesOfAxis> facts;
  for (const SizeRule& rule : sizes.rules) {
    RightSizesOfAxis fact;
    fact.axis = rule.axis;
    fact.period = rule.period();
    for (std::size_t i = 0; i < rule.small.size(); ++i)
      if (rule.small[i] == SizeOutcome::right) fact.also.push_back(static_cast<std::int64_t>(i) + 1);
    for (std::size_t r = 0; r < rule.classes.size(); ++r)
      if (rule.classes[r] == SizeOutcome::right) fact.residues.push_back(static_cast<std::int64_t>(r));
    if (fact.also.size() > longest || fact.residues.size() > longest) return {};
    fact.min = static_cast<std::int64_t>(rule.small.size()) + 1;
    for (std::int64_t n = fact.min; n < fact.min + fact.period && !fact.residues.empty(); ++n) {
      if (rule.at(n) != SizeOutcome::right) continue;
      fact.min = n;
      break;
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

// Where the result is expected to have certain sizes, next to no other input is right, and what tells numbers
// apart is for how many its tensors meet. Else the same as with the result.
double wrong_within(const Spec& spec, double wrong_share, std::int64_t limit) {
  if (!spec.expect || wrong_share < 1 ||
      std::none_of(spec.layers.begin(), spec.layers.end(),
                   [](const LayerSpec& one) { return is_merge(one); }))
    return wrong_share;
  Spec within = spec;
  within.expect.reset();
  return 1 - right_sizes(within, limit).share;
}

}  // namespace

void weigh(const Situation& s, Judged& judged) {
  // The proof may take as long as everything else together; a network of thousands of layers has less of it.
  const std::int64_t limit = s.spec.layers.size() > 300 ? 20'000 : 100'000;
  const RightSizes sizes = right_sizes(judged.spec, limit);
  judged.cost.wrong_share = 1 - sizes.share;
  judged.cost.wrong_within = wrong_within(judged.spec, judged.cost.wrong_share, limit);
  judged.facts.sizes = as_facts(sizes);
  if (sizes.text.empty()) return;
  // "only 28" reads better behind the verb. Of an input without height, where no window slides, it is a
  // number of features.
  const bool only = sizes.text.starts_with("only ");
  const bool windows = std::any_of(judged.spec.layers.begin(), judged.spec.layers.end(),
                                   [](const LayerSpec& layer) { return layer.info().axes > 0; });
  const bool map = !judged.spec.inputs.empty() && judged.spec.inputs[0].shape.size() > 3;
  if (only && !windows && !map) return;
  const std::string text = only ? "right only for " + sizes.text.substr(5) : "right for " + sizes.text;
  judged.right_for = judged.right_for.empty() ? text : text + "; " + judged.right_for;
}

namespace {

// The code of what the file says then, at the sizes that it declares.
CodeLines code_of(const Candidate& candidate, const Spec& changed, const Trace& trace, const Shaped& declared,
                  FixCode wanted) {
  if (wanted == FixCode::none) return {};
  const bool cpp = wanted == FixCode::all;
  if (declared.spec.free_sizes.empty() || candidate.kind == FixKind::input_size)
    return code_lines(declared, {changed, trace}, candidate.edits, cpp);
  Spec spec = changed;
  take_shape_of(spec, declared.spec);
  return code_lines(declared, {spec, infer(spec)}, candidate.edits, cpp);
}

// What is still wrong in the whole network once one of its mistakes is repaired: nothing where that mistake
// is not gone, or another one has come.
std::optional<std::vector<LeftOpen>> left_open(const Judged& one, const Spec& changed, const Trace& trace) {
  const Alone& alone = *one.situation->alone;
  const std::vector<Mistake>& before = alone.mistakes.all();
  std::vector<LeftOpen> left;
  const Mistakes now(changed, trace);
  for (const Mistake& mistake : now.all()) {
    const LayerId was = one.origin[mistake.layer];
    const bool known = std::any_of(before.begin(), before.end(), [&](const Mistake& m) {
      return m.layer == was && m.expectation == mistake.expectation;
    });
    const Mistake& closed = before[alone.kept];
    if (was.is_none() || !known || (was == closed.layer && mistake.expectation == closed.expectation))
      return std::nullopt;
    left.push_back({mistake.code, changed.layer(mistake.layer).name});
  }
  return left;
}

std::string next_in_words(const std::vector<LeftOpen>& left) {
  std::string text =
      "closes this; next: `" + left[0].layer + "` (" + std::string(info(left[0].code).id) + ")";
  if (left.size() > 1) text += " and " + std::to_string(left.size() - 1) + " more";
  return text;
}

// The changed file, which has to say what the moves do, and how layers without a name are called then.
std::optional<Spec> as_written(const Judged& one) {
  const Situation& s = *one.situation;
  if (!told_by_moves(one.candidate) && s.alone == nullptr) return one.spec;
  std::optional<Spec> spec = read_again(s, one.candidate);
  if (!spec || one.origin.size() != spec->layers.size()) return std::nullopt;
  spec = as_looked_at(s, one.candidate, std::move(*spec));
  const bool agree = same_network(s.alone != nullptr ? s.alone->of(*spec, one.origin) : *spec, one.spec);
  return agree ? spec : std::nullopt;
}

// The run is that of the formulas, as far as LibTorch went.
bool runs_as_judged(const Judged& one, const Spec& spec, const Trace& trace) {
  if (one.situation->alone == nullptr && !holds(spec, trace)) return false;
  const bool known = one.situation->alone == nullptr && !one.trace.layers.empty();
  Trace inferred;
  if (!known) inferred = infer(spec);
  const Trace& by_formula = known ? one.trace : inferred;
  for (std::size_t i = 0; i < trace.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (row.outputs != by_formula.layers[i].outputs) return false;
    if (!row.libtorch_refusal.empty() && by_formula.layers[i].refusals.empty()) return false;
  }
  return true;
}

}  // namespace

std::optional<Fix> verified(const Judged& judged, const Shaped& declared, const Rerun& rerun, FixCode code) {
  const std::optional<Spec> spec = as_written(judged);
  if (!spec) return std::nullopt;
  const Trace trace = rerun(*spec);
  if (!runs_as_judged(judged, *spec, trace)) return std::nullopt;
  // Shapes do not show what LibTorch refuses for its place in memory.
  const auto left = refused_layouts(trace);
  const auto before = refused_layouts(declared.trace);
  if (left > before || (left == before && judged.cost.kind == FixKind::layout)) return std::nullopt;
  Fix fix = judged.facts;
  fix.right_for = judged.right_for;
  if (judged.situation->alone != nullptr) {
    std::optional<std::vector<LeftOpen>> open = left_open(judged, *spec, trace);
    if (!open) return std::nullopt;
    if (!open->empty())
      fix.right_for = next_in_words(*open) + (fix.right_for.empty() ? "" : "; ") + fix.right_for;
    fix.leaves_open = std::move(*open);
  }
  fix.title = judged.candidate.title;
  if (!judged.candidate.where.empty()) fix.title += ", " + judged.candidate.where;
  fix.applicability = judged.candidate.applicability;
  fix.changes = judged.candidate.changes;
  fix.edits = judged.candidate.edits;
  fix.verified.device = trace.device;
  const LayerTrace& end = trace.layers.back();
  const bool ran = !end.after_failure && end.refusals.empty();
  if (const Shape* result = trace.result(*spec); result != nullptr && ran) fix.verified.output = *result;
  fix.code = code_of(judged.candidate, *spec, trace, declared, code);
  return fix;
}

}  // namespace shapedbg
