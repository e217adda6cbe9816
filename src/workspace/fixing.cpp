#include "workspace/fixing.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "read/json/parse.h"
#include "repair/changed.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

// Rounds in a row that leave as many errors as before: one repair may bring out the next problem, but
// not for ever.
constexpr int kMostStalled = 20;
// Candidates checked in one round; each costs a run of the network.
constexpr int kMostTries = 50;

// Errors of reading hide what is behind them: a file that can be read further may well have more of the
// others.
std::size_t reading_errors(const Checked& checked) {
  return static_cast<std::size_t>(
      std::count_if(checked.findings.begin(), checked.findings.end(), [](const Finding& finding) {
        const char family = info(finding.code).id.front();
        return is_error(finding) && (family == 'J' || family == 'S');
      }));
}

// The bytes from the last place on that is no JSON; none where all is. Behind it nothing may have been read.
std::size_t rest(const Checked& checked) {
  std::size_t last = checked.source.bytes().size();
  for (const Finding& finding : checked.findings)
    if (finding.code == Code::J001) last = finding.where.span.begin;
  return checked.source.bytes().size() - last;
}

bool worse(const Checked& now, const Checked& before) {
  if (rest(now) < rest(before)) return false;
  const std::size_t unread = reading_errors(before);
  if (reading_errors(now) != unread) return reading_errors(now) > unread;
  return count_errors(now.findings) > count_errors(before.findings);
}

bool fixable(const Finding& finding, bool all, bool unsafe) {
  if (!all && !is_error(finding)) return false;
  return std::any_of(finding.fixes.begin(), finding.fixes.end(),
                     [&](const Fix& fix) { return applicable(fix, unsafe); });
}

// What cannot be written gives way to what comes to the same result by the same thought: a safe fix, one that
// changes one of the same layers, or other counts for counts. Anything else is another network, and to be
// asked for (--pick).
bool stands_for(const Fix& fix, const Fix& refused) {
  if (fix.verified.output != refused.verified.output) return false;
  const auto changed_there = [&](const Change& change) {
    return std::any_of(refused.changes.begin(), refused.changes.end(),
                       [&](const Change& other) { return other.layer == change.layer; });
  };
  const auto all_counts = [](const Fix& one) {
    return std::all_of(one.changes.begin(), one.changes.end(), [](const Change& change) {
      return sets_what_comes(change) || sets_what_goes(change);
    });
  };
  return fix.applicability == Applicability::safe ||
         std::any_of(fix.changes.begin(), fix.changes.end(), changed_there) ||
         (all_counts(fix) && all_counts(refused));
}

class Fixing {
 public:
  Fixing(Source source, const FixOptions& options, const EngineSource& engine)
      : options_(options),
        engine_(engine),
        before_(source.bytes()),
        checked_(check(std::move(source), options.device, engine, options.ignored)) {
    seen_.insert(before_);
    if (options.keep_first) first_ = checked_;
  }

  Fixed run() {
    if (options_.pick > 0) {
      pick();
    } else {
      for (int stalled = 0; stalled < kMostStalled && checked_.status != Status::error;) {
        const std::size_t errors = count_errors(checked_.findings);
        const std::size_t unread = reading_errors(checked_);
        const std::size_t behind = rest(checked_);
        if (!round()) break;
        const bool further = count_errors(checked_.findings) < errors || reading_errors(checked_) < unread ||
                             rest(checked_) < behind;
        stalled = further ? 0 : stalled + 1;
      }
    }
    return {std::move(checked_), std::move(before_), std::move(applied_), std::move(error_),
            std::move(first_)};
  }

 private:
  // Applies the first fix that may be and that helps.
  bool round() {
    int tries = 0;
    for (const Finding& finding : checked_.findings) {
      if (!options_.all && !is_error(finding)) continue;
      const Fix* refused = nullptr;
      for (const Fix& fix : finding.fixes) {
        if (!applicable(fix, options_.unsafe)) continue;
        if (refused != nullptr && !stands_for(fix, *refused)) continue;
        if (++tries > kMostTries) return false;
        if (std::optional<Checked> next = attempt(fix)) {
          accept(finding, fix, std::move(*next));
          return true;
        }
        if (refused == nullptr && options_.refused && !refusal_.empty()) refused = &fix;
      }
    }
    return false;
  }

  void pick() {
    const auto finding = std::find_if(checked_.findings.begin(), checked_.findings.end(),
                                      [](const Finding& f) { return !f.fixes.empty(); });
    if (finding == checked_.findings.end()) {
      if (checked_.status == Status::findings) error_ = "no finding has a fix to pick";
      return;
    }
    const std::size_t count = finding->fixes.size();
    if (options_.pick > count) {
      error_ = "there is no fix " + std::to_string(options_.pick) + " to pick: the first finding has " +
               std::to_string(count);
      return;
    }
    const Fix& fix = finding->fixes[options_.pick - 1];
    const std::string number = "fix " + std::to_string(options_.pick);
    // Naming one fix by its number is consent to an unsafe one.
    if (!applicable(fix, /*unsafe=*/true)) {
      error_ = number + " is advice only: it edits nothing";
    } else if (std::optional<Checked> next = attempt(fix)) {
      accept(*finding, fix, std::move(*next));
    } else {
      error_ =
          number + " is not applied: " + (refusal_.empty() ? "it leaves more errors than before" : refusal_);
    }
  }

  std::optional<Checked> attempt(const Fix& fix) {
    std::optional<std::string> bytes = shapedbg::apply(checked_.source.bytes(), fix.edits);
    if (!bytes || seen_.contains(*bytes)) return std::nullopt;
    Source changed(checked_.source.name(), std::move(*bytes));
    if (options_.refused) {
      refusal_ = options_.refused(parse(changed).spec);
      if (!refusal_.empty()) return std::nullopt;
    }
    Checked next = check(std::move(changed), options_.device, engine_, options_.ignored);
    if (next.status == Status::error || worse(next, checked_)) return std::nullopt;
    return next;
  }

  void accept(const Finding& finding, const Fix& fix, Checked next) {
    applied_.push_back({finding.code, fix});
    seen_.insert(next.source.bytes());
    checked_ = std::move(next);
  }

  const FixOptions& options_;
  const EngineSource& engine_;
  std::string before_;
  Checked checked_;
  std::optional<Checked> first_;
  std::vector<AppliedFix> applied_;
  std::unordered_set<std::string> seen_;
  std::string error_;
  std::string refusal_;  // of the last fix that was tried
};

}  // namespace

bool applicable(const Fix& fix, bool unsafe) {
  if (fix.edits.empty() || fix.applicability == Applicability::display) return false;
  return unsafe || fix.applicability == Applicability::safe;
}

void keep_fixable(std::vector<Finding>& findings, bool all, bool unsafe) {
  std::erase_if(findings, [&](const Finding& finding) { return !fixable(finding, all, unsafe); });
}

std::optional<std::size_t> next_to_fix(const std::vector<Finding>& findings, bool all, bool unsafe) {
  for (std::size_t i = 0; i < findings.size(); ++i)
    if (fixable(findings[i], all, unsafe)) return i;
  return std::nullopt;
}

Fixed fix(Source source, const FixOptions& options, const EngineSource& engine) {
  return Fixing(std::move(source), options, engine).run();
}

}  // namespace shapedbg
