// `fix` on the bytes of one file: check, apply a fix, check again, until nothing is left to apply.
// Returns data, prints nothing, writes no file.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "workspace/check.h"

namespace shapedbg {

struct FixOptions {
  DeviceChoice device = DeviceChoice::automatic;
  bool unsafe = false;             // fixes that change more than the author may want, too
  bool all = false;                // every finding, not only errors
  std::vector<Code> ignored = {};  // risks that are neither reported nor fixed
  std::size_t pick = 0;            // only this fix of the first finding that has any, from 1; 0: the best
  // Why a changed network cannot be written where it is to be written; empty: it can. Such fixes are left
  // out.
  std::function<std::string(const Spec& changed)> refused = {};
  bool keep_first = false;  // Fixed::first is wanted
};

struct AppliedFix {
  Code code;  // of the finding
  Fix fix;
};

struct Fixed {
  Checked result;                   // the last check: its source holds the bytes as they are to be
  std::string before;               // the bytes as they were given
  std::vector<AppliedFix> applied;  // in this order
  std::string error = {};           // why the wish could not be met (no such fix): one line; empty otherwise
  std::optional<Checked> first = {};  // the check of `before`, where keep_first asks for it

  bool changed() const { return result.source.bytes() != before; }
};

// To a fixed point: a second run on what it returns changes nothing. Each round applies one fix and
// checks the result; a fix that leaves more errors than there were, or leads back to bytes already
// seen, is dropped and the next one tried. `engine` is asked once a round.
Fixed fix(Source source, const FixOptions& options, const EngineSource& engine);

// Whether `fix` would apply it: it edits the file, and is safe or `unsafe` is asked for.
bool applicable(const Fix& fix, bool unsafe);

// Leaves the findings that `fix` has something for: those it takes up, with a fix that it would apply.
void keep_fixable(std::vector<Finding>& findings, bool all, bool unsafe);

// The finding that `fix` would start with, as an index, or nothing where it would do nothing: the
// first error that has an applicable fix; with `all` the first finding that has one.
std::optional<std::size_t> next_to_fix(const std::vector<Finding>& findings, bool all, bool unsafe);

}  // namespace shapedbg
