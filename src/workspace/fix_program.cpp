#include "workspace/fix_program.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "code/constructor.h"
#include "code/forward.h"
#include "net/move.h"
#include "read/json/parse.h"
#include "workspace/fix_arguments.h"
#include "workspace/fix_numbers.h"
#include "workspace/fix_trials.h"

namespace shapedbg {
namespace {

// The texts behind the edits, of the files that change; nothing where two edits touch each other.
std::vector<ChangedText> changed_texts(const ProgramEdits& edits, const std::vector<ProgramText>& programs) {
  std::map<std::string, std::vector<Edit>> by_file;
  for (const ProgramEdit& edit : edits.edits) by_file[edit.file].push_back(edit.edit);
  std::vector<ChangedText> changed;
  for (auto& [file, list] : by_file) {
    const auto program = std::find_if(programs.begin(), programs.end(),
                                      [&file = file](const ProgramText& one) { return one.file == file; });
    if (program == programs.end()) return {};
    std::optional<std::string> text = shapedbg::apply(program->text, std::move(list));
    if (!text) return {};
    changed.push_back({file, program->text, std::move(*text)});
  }
  return changed;
}

// Why the program, recorded again, is not what the fixed spec promised; empty where it is.
std::string not_closed(const Fixed& fixed, const Checked& again) {
  if (again.status == Status::error) return "the changed program cannot be checked";
  for (const AppliedFix& one : fixed.applied)
    for (const Finding& finding : again.findings)
      if (is_error(finding) && finding.code == one.code &&
          std::any_of(one.fix.changes.begin(), one.fix.changes.end(),
                      [&](const Change& change) { return change.layer == finding.layer; }))
        return "run again, the changed program still has: " + finding.message;
  if (count_errors(again.findings) > count_errors(fixed.result.findings))
    return "run again, the changed program has other faults than its spec: " + again.findings.front().message;
  return {};
}

class ProgramFixing {
 public:
  ProgramFixing(const std::string& name, const Imported& network, const FixOptions& options,
                const EngineSource& engine, const Program& program)
      : name_(name),
        network_(network),
        options_(options),
        engine_(engine),
        program_(program),
        programs_(network.programs),
        before_(parse(Source::of(name, network.made)).spec) {}

  ProgramEdits edits(const Spec& changed) const {
    ProgramEdits made = all_edits(changed);
    if (!made.edits.empty() && changed_texts(made, programs_).empty())
      return {{}, "two of its edits meet in one place"};
    return made;
  }

  ProgramEdits all_edits(const Spec& changed) const {
    return constructor_edits(before_, changed, network_.constructors, network_.forward);
  }

  FixedProgram on_spec(const FixOptions& options) const {
    FixedProgram result{fix(Source::of(name_, network_.made), options, engine_), {}};
    result.fixed.result.imported = true;
    if (result.fixed.first) result.fixed.first->imported = true;
    return result;
  }

  FixedProgram in_program() {
    FixOptions writable = options_;
    writable.keep_first = true;
    FixOptions all = options_;
    all.keep_first = true;
    std::optional<Spec> best;
    // A step more in forward is no way around a number that cannot be written.
    const auto is_best = [&](const Spec& changed) {
      if (!best) best = on_spec(all).fixed.result.spec;
      return same_network(changed, *best);
    };
    bool refused = false;
    std::vector<std::string> failed;  // what was written and did not do it, when the program ran again
    std::string why_failed;
    writable.refused = [&](const Spec& changed) {
      const ProgramEdits made = edits(changed);
      std::string why = made.why;
      if (why.empty() && std::find(failed.begin(), failed.end(), text_of(made)) != failed.end())
        why = why_failed;
      if (why.empty() && is_rewired(before_, changed) && !is_best(changed))
        why = "a better fix cannot be written";
      refused = refused || !why.empty();
      return why;
    };
    for (std::size_t tries = 0; tries < kMostTries; ++tries) {
      FixedProgram result = on_spec(writable);
      if (!result.fixed.changed()) {
        const bool done =
            count_errors(result.fixed.result.findings) == 0 && !options_.all && options_.pick == 0;
        if (done) return result;
        break;
      }
      // What comes to the same result is written only where the better fix is no number of the program.
      if (refused)
        if (FixedProgram better = by_a_number(on_spec(all)); !better.files.empty()) return better;
      const ProgramEdits made = edits(result.fixed.result.spec);
      if (FixedProgram outer = before_the_inner(result, made); !outer.files.empty()) return outer;
      failed.push_back(text_of(made));
      result = verified(std::move(result));
      if (result.fixed.error.empty()) return result;
      why_failed = result.fixed.error;
    }
    FixedProgram other = on_spec(all);
    if (!other.fixed.changed()) return further_out(other, [](const OuterTrial&) { return true; });
    other.why = edits(other.fixed.result.spec).why;
    // What one line makes is mended finding by finding: it can be written when all of it is.
    if (other.why.empty() && why_failed.empty()) {
      FixedProgram whole = verified(other);
      if (whole.fixed.error.empty()) return whole;
      why_failed = whole.fixed.error;
    }
    if (other.why.empty()) other.why = why_failed;
    FixedProgram better = by_a_number(std::move(other));
    if (better.files.empty())
      better = further_out(better, [](const OuterTrial& one) { return one.all && one.plain; });
    if (better.files.empty()) better = by_an_argument(std::move(better));
    if (better.files.empty()) better = further_out(better, [](const OuterTrial&) { return true; });
    if (better.files.empty() && options_.pick == 0)
      if (const std::size_t number = writable_fix(better.fixed); number > 0)
        better.why += "; fix " + std::to_string(number) + " can be: --pick " + std::to_string(number);
    return better;
  }

 private:
  static constexpr std::size_t kMostTries = 3;   // each records the program again
  static constexpr std::size_t kMostTrials = 8;  // so does each of these
  static constexpr std::chrono::seconds kLongest{60};

  // The first fix, as --pick counts them, that can be written; 0 where none can.
  std::size_t writable_fix(const Fixed& fixed) const {
    if (!fixed.first) return 0;
    for (const Finding& finding : fixed.first->findings) {
      for (std::size_t i = 0; i < finding.fixes.size(); ++i) {
        if (!applicable(finding.fixes[i], /*unsafe=*/true)) continue;
        std::optional<std::string> text = shapedbg::apply(network_.spec(), finding.fixes[i].edits);
        if (!text) continue;
        const ProgramEdits made = edits(parse(Source(name_, std::move(*text))).spec);
        if (made.why.empty() && !made.edits.empty()) return i + 1;
      }
      if (!finding.fixes.empty()) break;
    }
    return 0;
  }

  static std::string text_of(const ProgramEdits& made) {
    std::string text;
    for (const auto& [file, edit] : made.edits)
      text += file + ":" + std::to_string(edit.offset) + "+" + std::to_string(edit.length) + edit.text + "\n";
    return text;
  }

  // With these texts the program was seen to run as it should.
  static FixedProgram written(FixedProgram result, Checked checked, std::vector<ChangedText> files) {
    result.fixed.result = std::move(checked);
    result.fixed.result.imported = true;
    result.files = std::move(files);
    result.why.clear();
    return result;
  }

  // One number that the program says for all layers that change; `other` where there is none that does it.
  FixedProgram by_a_number(FixedProgram other) const {
    if (other.fixed.applied.size() != 1) return other;
    const Fix& fix = other.fixed.applied.front().fix;
    const std::vector<Finding> findings =
        other.fixed.first ? other.fixed.first->findings : std::vector<Finding>();
    for (const NumberTrial& trial : number_trials(fix, findings, before_, network_.numbers)) {
      const Span& span = trial.number.span;
      const Edit edit{span.begin, span.end - span.begin, std::to_string(trial.value)};
      std::vector<ChangedText> files = changed_texts({{{trial.number.file, edit}}, {}}, programs_);
      if (files.empty()) continue;
      const Imported again = program_.record({{files.front().file, files.front().after}});
      if (!again.usable()) continue;
      Checked checked = check(Source::of(name_, again.made), options_.device, engine_, options_.ignored);
      // Where the fix is another input, the program is told the size of the one that comes.
      const bool same = is_of_inputs(fix, before_) || has_weights_of(checked.spec, other.fixed.result.spec);
      if (!not_closed(other.fixed, checked).empty() || count_errors(checked.findings) > 0 || !same) continue;
      return written(std::move(other), std::move(checked), std::move(files));
    }
    return other;
  }

  // An argument of a call around that says more than what a fix changes, where the program that is run again
  // returns what that fix does; `other` where there is none that does it.
  FixedProgram by_an_argument(FixedProgram other) const {
    if (other.fixed.applied.size() != 1 || !other.fixed.first) return other;
    std::vector<const Fix*> fixes;
    for (const Finding& finding : other.fixed.first->findings)
      for (const Fix& fix : finding.fixes)
        if (is_error(finding) && applicable(fix, options_.unsafe) && fix.leaves_open.empty())
          fixes.push_back(&fix);
    for (const ArgumentTrial& trial : argument_trials(fixes, before_, network_.constructors)) {
      std::vector<ChangedText> files = changed_texts(trial.edits, programs_);
      std::vector<ProgramText> texts;
      for (const ChangedText& one : files) texts.push_back({one.file, one.after});
      const Imported again = files.empty() ? Imported{} : program_.record(texts);
      if (files.empty() || !again.usable()) continue;
      Checked checked = check(Source::of(name_, again.made), options_.device, engine_, options_.ignored);
      if (count_errors(checked.findings) > 0 || checked.spec.layers.size() != before_.layers.size() ||
          !checked.returned || *checked.returned != trial.fix->verified.output)
        continue;
      const Fix done = *trial.fix;  // a part of what is given away
      other.fixed.applied.front().fix = done;
      return written(std::move(other), std::move(checked), std::move(files));
    }
    return other;
  }

  // What changes a block for all who use it, says an argument in other words or changes forward gives way to
  // a number further out that only the layers at fault have from there. A number in a layer's own call that
  // is wrong for all that the call makes stands.
  FixedProgram before_the_inner(const FixedProgram& result, const ProgramEdits& made) {
    const auto& applied = result.fixed.applied;
    const bool safe = std::all_of(applied.begin(), applied.end(), [](const AppliedFix& one) {
      return one.fix.applicability == Applicability::safe;
    });
    if (safe || !(made.reworded || made.shared || made.in_forward)) return result;
    return further_out(result, [&](const OuterTrial& trial) {
      return trial.odd || (trial.all && (made.shared || (made.reworded && trial.plain)));
    });
  }

  // The program with the first of these changes further out with which it runs as it should; as it is where
  // there is none.
  template <class Taken>
  FixedProgram further_out(const FixedProgram& result, const Taken& taken) {
    const bool asked = options_.unsafe && options_.pick == 0 && !options_.all;
    if (!asked || !result.fixed.first) return result;
    if (count_errors(result.fixed.first->findings) == 0) return result;
    if (!first_) {
      first_ = result.fixed.first;
      trials_ = outer_trials(*first_, program_, programs_);
    }
    for (const OuterTrial& trial : trials_) {
      if (!taken(trial) || tried_.size() == kMostTrials || is_late()) continue;
      const ProgramEdits edits{{trial.edit}, {}};
      if (!tried_.insert(text_of(edits)).second) continue;
      std::vector<ChangedText> files = changed_texts(edits, programs_);
      if (files.empty()) continue;
      const Imported again = program_.record({{files.front().file, files.front().after}});
      if (!again.usable()) continue;
      Checked checked = check(Source::of(name_, again.made), options_.device, engine_, options_.ignored);
      if (!is_mended(checked, *first_, trial)) continue;
      FixedProgram done = result;
      done.fixed.applied = {{first_->findings.front().code, fix_of(trial, programs_)}};
      return written(std::move(done), std::move(checked), std::move(files));
    }
    return result;
  }

  bool is_late() const { return std::chrono::steady_clock::now() - start_ > kLongest; }

  FixedProgram verified(FixedProgram result) const {
    Fixed& fixed = result.fixed;
    std::vector<ChangedText> files = changed_texts(edits(fixed.result.spec), programs_);
    std::vector<ProgramText> texts;
    for (const ChangedText& one : files) texts.push_back({one.file, one.after});
    if (files.empty()) {
      fixed.error = "the change cannot be written: two of its edits meet in one place";
      return result;
    }
    const Imported again = program_.record(texts);
    if (!again.usable()) {
      fixed.error = "the changed program cannot be run: " +
                    (again.findings.empty() ? "it holds no network" : again.findings.front().message);
      return result;
    }
    Checked checked = check(Source::of(name_, again.made), options_.device, engine_, options_.ignored);
    fixed.error = not_closed(fixed, checked);
    if (!fixed.error.empty()) return result;
    fixed.result = std::move(checked);
    fixed.result.imported = true;
    result.files = std::move(files);
    return result;
  }

  const std::string& name_;
  const Imported& network_;
  const FixOptions& options_;
  const EngineSource& engine_;
  const Program& program_;
  std::vector<ProgramText> programs_;
  Spec before_;
  std::optional<Checked> first_;    // of the program as it is,
  std::vector<OuterTrial> trials_;  // which hold pointers into it
  std::set<std::string> tried_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

FixedProgram fix_program(const std::string& name, const Imported& network, const FixOptions& options,
                         const EngineSource& engine, const Program& program) {
  ProgramFixing fixing(name, network, options, engine, program);
  return program.record ? fixing.in_program() : fixing.on_spec(options);
}

}  // namespace shapedbg
