// The smallest legal change that makes a network return what is expected, run before it is offered.
// What is never offered first, because no expert would do it, and the order of the rest: candidate.h.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "code/lines.h"
#include "finding/finding.h"
#include "infer/infer.h"
#include "net/spec.h"
#include "read/json/json.h"

namespace shapedbg {

// Runs a changed spec on whatever device the check ran on and merges formulas in. Repairs are
// offered only when this agrees.
using Rerun = std::function<Trace(const Spec&)>;

// Whether a network is right for every size that its spec declares.
using RightForAll = std::function<bool(const Spec&)>;

// Repairs of the findings of one network. What they share is worked out once; everything given outlives this.
// `document`: what was read of the source; without it the source is read once more.
class Repairs {
 public:
  Repairs(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun,
          const RightForAll& right, FixCode code = FixCode::all,
          std::shared_ptr<const json::Document> document = nullptr);
  Repairs(const Repairs&) = delete;
  Repairs& operator=(const Repairs&) = delete;
  ~Repairs();
  // As repair() below.
  void repair(Finding& finding);
  // All that diagnose() found, with the layers that it gives. Mistakes that have nothing to do with each
  // other are repaired each by itself where no single change closes them all; a fix then says what it leaves
  // open. Adds what stands behind a layer that cannot run, is wrong whatever is done about that, and is not
  // closed by a first fix.
  void repair(std::vector<Finding>& found, std::vector<LayerId> layers);

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

// Adds to `finding.fixes` (best first) what closes it, and to `finding.notes` why nothing can where
// that is proven. A fix meets every constraint: every layer runs, every declared expect holds.
// Where sizes are free, what breaks another declared size than the one that was run stands behind the rest.
void repair(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun, Finding& finding,
            const RightForAll& right = {});

// The same for a network that is right at its own size and fails at another that it declares (C401): only
// what is right for all of them, run at the smallest size that fails, at the next one and at the borders.
void repair_for_sizes(const Source& source, const Spec& spec, const Rerun& rerun, const RightForAll& right,
                      Finding& finding, FixCode code = FixCode::all);

}  // namespace shapedbg
