#include "repair/repair.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/again.h"
#include "repair/cause.h"
#include "repair/judge/combine.h"
#include "repair/judge/ranking.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// Findings whose readers expect to be told why output_padding does not help.
bool asks_for_output_padding(Code code) {
  return code == Code::L201 || code == Code::L208 || code == Code::L213 || code == Code::R301 ||
         code == Code::R302 || code == Code::R303;
}

// One block, several uses, and each would need another output_padding.
void note_shared(const Spec& spec, const Plan& plan, Finding& finding) {
  if (plan.end != SearchEnd::found) return;
  for (const Fix& fix : finding.fixes)
    for (const Change& change : fix.changes)
      if (change.option == to_string(Opt::output_padding)) return;
  for (const Setting& setting : plan.settings) {
    const LayerSpec& layer = spec.layer(setting.layer);
    if (!layer.shared) continue;
    const auto axes = layer.axis_count();
    const std::vector<std::int64_t> padding(setting.to.begin(),
                                            setting.to.begin() + static_cast<std::ptrdiff_t>(axes));
    finding.notes.push_back("`" + layer.name + "` needs output_padding " + short_json(Value{padding}) +
                            ", other uses of its block another one: make it an argument of the block");
    return;
  }
}

// Nothing is offered: what would have run, and why it is no repair.
void note_other_networks(const std::vector<Judged>& found, Finding& finding) {
  if (!finding.fixes.empty()) return;
  for (const Judged& one : found) {
    if (!one.harm) continue;
    finding.notes.push_back("not offered: " + one.candidate.title +
                            "; it runs, but is another network: " + one.harm->text);
    return;
  }
}

// L220: a copy in the order of the axes, in front of the layer that LibTorch refuses. Shapes do not show
// whether it helps, only LibTorch does.
std::vector<Fix> laid_out(const Situation& s, const RightForAll& right, const Rerun& rerun, FixCode code) {
  std::vector<Candidate> copies;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& layer = s.spec.layers[i];
    const auto names = [&](const Related& r) { return r.layer == layer.name; };
    const bool meant = s.finding.layer == layer.name ||
                       std::any_of(s.finding.related.begin(), s.finding.related.end(), names);
    if (!meant || s.trace.layers[i].layout_refusal.empty()) continue;
    Candidate copy;
    copy.kind = FixKind::layout;
    copy.applicability = Applicability::safe;
    copy.title =
        "put a Contiguous in front of `" + layer.name + "`: it copies the tensor into the order of its axes";
    if (put_on_input(s, LayerId(i), "Contiguous", "", copy)) copies.push_back(std::move(copy));
  }
  return offered(ranked(s, std::move(copies), right), 1, Shaped{s.spec, s.trace}, rerun, code);
}

bool same_changes(const std::vector<Change>& a, const std::vector<Change>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Change& x, const Change& y) {
    return x.layer == y.layer && x.option == y.option && x.from == y.from && x.to == y.to;
  });
}

bool is_of_meaning(Code code) {
  return code == Code::W501 || code == Code::W506 || code == Code::W509 || code == Code::W511 ||
         code == Code::W512 || code == Code::W513 || code == Code::W514 || code == Code::W515 ||
         code == Code::W517 || code == Code::W518;
}

// W501, W506, W509, and W511 to W518: it runs, and has to go on doing so.
std::vector<Fix> meant(const Situation& s, const RightForAll& right, const Rerun& rerun, FixCode code) {
  std::vector<Candidate> all;
  if (holds(s.spec, s.trace)) {
    if (s.finding.code == Code::W501)
      suggest_unstretched(s, all);
    else if (s.finding.code == Code::W506)
      suggest_without_norms(s, all);
    else if (s.finding.code == Code::W509)
      suggest_one_answer(s, all);
    else if (s.finding.code == Code::W511)
      suggest_views(s, all);
    else
      suggest_meanings(s, all);
    if (s.finding.code == Code::W511 || s.finding.code == Code::W512 || s.finding.code == Code::W513 ||
        s.finding.code == Code::W515)
      suggest_orders(s, 0, all);
  }
  const std::size_t most = s.finding.code == Code::W506 ? 2 : 1;
  return offered(ranked(s, std::move(all), right), most, Shaped{s.spec, s.trace}, rerun, code);
}

}  // namespace

std::vector<Judged> search_fixes(const Situation& s, const Plan& plan, const RightForAll& right,
                                 bool combine) {
  const Subject subject = subject_of(s.finding.code);
  std::vector<Candidate> partial;
  std::vector<Candidate> all = candidates(s, subject, plan, partial);
  std::vector<Candidate> first = combine ? first_steps(all) : std::vector<Candidate>{};
  std::vector<Judged> found = ranked(s, std::move(all), right);
  if (!combine || too_many_faults(s.spec, s.trace)) return found;
  const bool sensible = std::any_of(found.begin(), found.end(),
                                    [](const Judged& one) { return one.cost.doubt == Doubt::none; });
  if (sensible) return found;
  keep_forward(s, first);
  partial.insert(partial.begin(), std::make_move_iterator(first.begin()),
                 std::make_move_iterator(first.end()));
  std::vector<Judged> both = ranked(s, combined(s, std::move(partial), right), right);
  std::move(both.begin(), both.end(), std::back_inserter(found));
  std::stable_sort(found.begin(), found.end(),
                   [](const Judged& a, const Judged& b) { return (a.cost <=> b.cost) < 0; });
  return found;
}

struct Repairs::Shared {
  const Source& source;
  const Spec& spec;
  const Trace& trace;
  const Rerun& rerun;
  const RightForAll& right;
  FixCode code = FixCode::all;
  std::shared_ptr<const json::Document> document = {};
  std::optional<Rewrite> rewrite = {};
  std::optional<Plan> plan = {};
  std::optional<bool> runs_elsewhere = {};
  // Where so many layers fail that only output_padding is looked at, that is the same for each of them.
  struct Answer {
    Code code;
    std::vector<Fix> fixes;
    std::vector<std::string> notes;
  };
  std::vector<Answer> answers = {};

  // Changes that repairs of meaning offered, by the layer that they were told of.
  std::vector<std::pair<std::string, std::vector<Change>>> meant_before = {};
  void tell_once(Finding& finding, std::vector<Fix> fixes);

  // One of several mistakes, as a search looks at it.
  struct One {
    const Mistakes& mistakes;
    std::size_t kept = 0;
  };
  void repair(Finding& finding, const One* one);
  void together(std::vector<Finding>& found);
  void repair_together(std::vector<Finding>& found, const Mistakes& mistakes);
  void search(Finding& finding, const Situation& situation, const One* one);
  bool search_alone(Finding& finding, const One& one, std::vector<Judged> whole);
  std::vector<Fix> fixes(const std::vector<Judged>& judged) const {
    return offered(judged, effort_for(spec).fixes, Shaped{spec, trace}, rerun, code);
  }
};

Repairs::Repairs(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun,
                 const RightForAll& right, FixCode code, std::shared_ptr<const json::Document> document)
    : shared_(new Shared{source, spec, trace, rerun, right, code, std::move(document)}) {}
Repairs::~Repairs() = default;

namespace {

bool sensible(const Judged& one) { return one.cost.doubt == Doubt::none; }

// The size that the network returns whatever it gets: fed that, all that is wrong is right.
bool feeds_the_result(const Judged& one) {
  const Situation& s = *one.situation;
  if (s.runs_elsewhere) return false;  // it does, with one that is known from the start
  const Shape* was = s.trace.result(s.spec);
  const Shape* is = one.trace.result(one.spec);
  if (!sensible(one) || !one.cost.other_input || one.candidate.changes.size() != 1 || was == nullptr ||
      is == nullptr || *was != *is || s.spec.inputs.size() != 1)
    return false;
  const auto first = static_cast<std::ptrdiff_t>(first_spatial_axis(one.spec));
  const Shape& fed = one.spec.inputs[0].shape;
  return fed != s.spec.inputs[0].shape && fed.size() == is->size() && std::ssize(fed) > first &&
         std::equal(fed.begin() + first, fed.end(), is->begin() + first);
}

// The error at `layer` in a network where nothing else is wrong.
std::optional<Finding> only_error(const Spec& spec, const Trace& trace, LayerId layer) {
  std::vector<LayerId> layers;
  std::vector<Finding> found = diagnose(spec, trace, &layers);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (layers[i] == layer && is_error(found[i])) return std::move(found[i]);
  return std::nullopt;
}

bool closes(const Finding& finding, const std::string& layer) {
  if (finding.fixes.empty()) return false;
  const std::vector<LeftOpen>& open = finding.fixes[0].leaves_open;
  return std::none_of(open.begin(), open.end(), [&](const LeftOpen& left) { return left.layer == layer; });
}

}  // namespace

// False, and nothing offered, where no sensible fix closes that mistake alone.
bool Repairs::Shared::search_alone(Finding& finding, const One& one, std::vector<Judged> whole) {
  const Spec part = one.mistakes.with_only(one.kept, spec);
  const Trace its_trace = infer_again(part, spec, trace);
  if (Mistakes(part, its_trace).all().size() != 1) return false;
  const auto error = only_error(part, its_trace, one.mistakes.all()[one.kept].layer);
  if (!error) return false;
  const Subject subject = subject_of(error->code);
  if (!subject.sizes && !subject.channels) return false;
  std::int64_t steps = effort_for(spec).steps;
  const Alone alone{spec, one.mistakes, one.kept};
  const Situation situation{source,   part,  its_trace, *error,
                            *rewrite, steps, &alone,    runs_elsewhere.value_or(false)};
  const Plan its_plan = subject.sizes ? plan_output_padding(part, its_trace) : Plan{};
  std::vector<Judged> judged = search_fixes(situation, its_plan, right, true);
  // Several layers agree on another input then: the numbers of this one are right.
  const bool fed = std::any_of(whole.begin(), whole.end(), feeds_the_result);
  std::erase_if(judged, [&](const Judged& j) { return !sensible(j) || (fed && j.cost.parameters); });
  if (fed) {
    std::erase_if(whole, [](const Judged& j) { return !feeds_the_result(j); });
    finding.fixes = offered(whole, 1, Shaped{spec, trace}, rerun, code);
    whole.clear();
  }
  std::vector<Fix> alone_fixes = fixes(judged);
  std::move(alone_fixes.begin(), alone_fixes.end(), std::back_inserter(finding.fixes));
  if (finding.fixes.empty()) return false;
  // Behind them what closes everything, another input most often.
  std::erase_if(whole, [](const Judged& j) { return !sensible(j); });
  const std::size_t most = effort_for(spec).fixes;
  if (finding.fixes.size() >= most || whole.empty()) return true;
  for (Fix& fix : offered(whole, most - finding.fixes.size(), Shaped{spec, trace}, rerun, code)) {
    const bool there = std::any_of(finding.fixes.begin(), finding.fixes.end(), [&](const Fix& known) {
      return same_changes(known.changes, fix.changes);
    });
    if (there) continue;
    fix.applicability = std::max(fix.applicability, Applicability::unsafe);
    finding.fixes.push_back(std::move(fix));
  }
  return true;
}

void Repairs::Shared::search(Finding& finding, const Situation& situation, const One* one) {
  Plan none;
  const Plan& found = subject_of(finding.code).sizes ? *plan : none;
  const bool apart = one != nullptr && one->mistakes.others(one->kept);
  std::vector<Judged> judged = search_fixes(situation, found, right, !apart);
  if (one != nullptr) {
    // Where it runs with another input, that is the one thing that is wrong.
    const bool whole = std::any_of(judged.begin(), judged.end(), [&](const Judged& j) {
      return sensible(j) && (situation.runs_elsewhere || !j.cost.other_input);
    });
    if (!whole && search_alone(finding, *one, judged)) return;
    situation.steps = effort_for(spec).steps;
    if (!whole && apart) judged = search_fixes(situation, found, right, true);
  }
  // A copy of the network that nobody asks any more, when the changed file is about to be read.
  situation.tried.reset();
  finding.fixes = fixes(judged);
  note_other_networks(judged, finding);
  note_shared(spec, found, finding);
  if (!finding.fixes.empty()) return;
  finding.notes.push_back(
      too_many_faults(spec, trace)
          ? "so many layers fail by themselves that no repair was searched for"
          : "no repair was found: no option, step or input size that was tried closes this");
}

void Repairs::repair(Finding& finding) { shared_->repair(finding, nullptr); }

namespace {

// What both change stands in the same line of the author's program, change by change.
bool of_the_same_lines(const Spec& spec, const Fix& a, const Fix& b) {
  const auto line = [&](const Change& change) -> std::string {
    const auto at = spec.find(change.layer);
    const LayerSource* source = at ? spec.layer(*at).source.get() : nullptr;
    if (source == nullptr) return {};
    return source->made.empty() ? source->called.text() : source->made.text();
  };
  return a.changes.size() == b.changes.size() &&
         std::equal(
             a.changes.begin(), a.changes.end(), b.changes.begin(), [&](const Change& x, const Change& y) {
               return x.layer != y.layer && x.option == y.option && !line(x).empty() && line(x) == line(y);
             });
}

}  // namespace

// Faults of one kind, each closed alone by the same lines of the author's program: that is one mistake, and
// one fix of all of them stands first.
void Repairs::Shared::together(std::vector<Finding>& found) {
  std::vector<std::size_t> alike;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!is_error(found[i])) continue;
    if (found[i].fixes.empty() || found[i].fixes[0].leaves_open.empty()) return;
    if (!alike.empty() && (found[i].code != found[alike[0]].code ||
                           !of_the_same_lines(spec, found[alike[0]].fixes[0], found[i].fixes[0])))
      return;
    alike.push_back(i);
  }
  if (alike.size() < 2) return;
  Candidate all;
  all.kind = FixKind::channels;
  all.by_text = true;
  all.telling = true;
  for (const std::size_t i : alike) {
    const Fix& one = found[i].fixes[0];
    if (one.edits.empty()) return;
    all.title += (all.title.empty() ? "" : ", and ") + one.title;
    all.changes.insert(all.changes.end(), one.changes.begin(), one.changes.end());
    all.edits.insert(all.edits.end(), one.edits.begin(), one.edits.end());
  }
  std::int64_t steps = effort_for(spec).steps;
  const Situation situation{source,   spec,  trace,   found[alike[0]],
                            *rewrite, steps, nullptr, runs_elsewhere.value_or(false)};
  std::vector<Judged> judged = ranked(situation, {std::move(all)}, right);
  std::erase_if(judged, [](const Judged& one) { return !sensible(one); });
  const std::vector<Fix> fixed = fixes(judged);
  if (fixed.empty()) return;
  for (const std::size_t i : alike) found[i].fixes.insert(found[i].fixes.begin(), fixed.front());
}

void Repairs::repair(std::vector<Finding>& found, std::vector<LayerId> layers) {
  Shared& s = *shared_;
  layers.resize(found.size());
  std::optional<Mistakes> mistakes;
  if (!found.empty() && !too_many_faults(s.spec, s.trace)) mistakes.emplace(s.spec, s.trace);
  const bool several = mistakes && mistakes->all().size() > 1;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto kept = several ? mistakes->at(layers[i]) : std::nullopt;
    const Shared::One one{*mistakes, kept.value_or(0)};
    s.repair(found[i], kept ? &one : nullptr);
  }
  if (several) s.repair_together(found, *mistakes);
  for (Finding& finding : found)
    if (is_error(finding)) stand_at_the_first_fix(s.spec, s.trace, finding);
}

// What one line of the program says for several of them, and what stands hidden behind others.
void Repairs::Shared::repair_together(std::vector<Finding>& found, const Mistakes& mistakes) {
  together(found);
  for (std::size_t k = 0; k < mistakes.all().size(); ++k) {
    const Mistake& hidden = mistakes.all()[k];
    const std::string& layer = spec.layer(hidden.layer).name;
    const bool closed = std::any_of(found.begin(), found.end(),
                                    [&](const Finding& finding) { return closes(finding, layer); });
    if (!hidden.hidden || !hidden.certain || closed) continue;
    const Spec part = mistakes.with_only(k, spec);
    auto finding = only_error(part, infer(part), hidden.layer);
    if (!finding) continue;
    const Shared::One one{mistakes, k};
    repair(*finding, &one);
    found.push_back(std::move(*finding));
  }
}

void Repairs::Shared::repair(Finding& finding, const One* one) {
  if (trace.layers.size() != spec.layers.size() || spec.layers.empty()) return;
  const Subject subject = subject_of(finding.code);
  const bool layout = finding.code == Code::L220;
  const bool meaning = is_of_meaning(finding.code);
  if (!layout && !meaning && !subject.sizes && !subject.channels) return;
  if (!rewrite) {
    document ? rewrite.emplace(source, document) : rewrite.emplace(source);
  }
  std::int64_t steps = effort_for(spec).steps;
  if (!runs_elsewhere) runs_elsewhere = runs_as_stated(spec);
  const Situation situation{source, spec, trace, finding, *rewrite, steps, nullptr, *runs_elsewhere};
  if (layout) finding.fixes = laid_out(situation, right, rerun, code);
  if (meaning) tell_once(finding, meant(situation, right, rerun, code));
  if (!subject.sizes && !subject.channels) return;
  if (subject.sizes && !plan) plan = plan_output_padding(spec, trace);
  const bool planned = subject.sizes && plan->end == SearchEnd::found;
  if (subject.sizes && !planned && asks_for_output_padding(finding.code))
    finding.notes.insert(finding.notes.end(), plan->reasons.begin(), plan->reasons.end());
  // Nothing is wrong with the sizes, and no other finding asks.
  if (planned && plan->settings.empty() && holds(spec, trace)) return;
  if (!too_many_faults(spec, trace)) {
    search(finding, situation, one);
    return;
  }
  auto known = std::find_if(answers.begin(), answers.end(),
                            [&](const Answer& answer) { return answer.code == finding.code; });
  if (known == answers.end()) {
    const std::size_t notes = finding.notes.size();
    search(finding, situation, nullptr);
    answers.push_back({finding.code,
                       finding.fixes,
                       {finding.notes.begin() + static_cast<std::ptrdiff_t>(notes), finding.notes.end()}});
    return;
  }
  finding.fixes = known->fixes;
  finding.notes.insert(finding.notes.end(), known->notes.begin(), known->notes.end());
}

// Twins that scramble alike are put right together: the first of them says how.
void Repairs::Shared::tell_once(Finding& finding, std::vector<Fix> fixes) {
  for (Fix& fix : fixes) {
    const auto same = std::find_if(meant_before.begin(), meant_before.end(), [&](const auto& other) {
      return same_changes(other.second, fix.changes);
    });
    if (same != meant_before.end()) {
      finding.notes.push_back("the fix of `" + same->first + "` puts this right, too");
      continue;
    }
    meant_before.emplace_back(finding.layer, fix.changes);
    finding.fixes.push_back(std::move(fix));
  }
}

void repair(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun, Finding& finding,
            const RightForAll& right) {
  Repairs(source, spec, trace, rerun, right).repair(finding);
}

}  // namespace shapedbg
