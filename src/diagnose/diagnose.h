// From a trace to findings: one rule per file, each a function of Spec and Trace alone.
#pragma once

#include <vector>

#include "finding/finding.h"
#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

// The causes in a trace, most important first: what refuses a layer, then what returns a wrong
// shape, then risks. Consequences of a cause are not reported again.
// `layers`, where it is given, gets for each of them the layer that cannot run or returns the wrong shape.
std::vector<Finding> diagnose(const Spec& spec, const Trace& trace, std::vector<LayerId>* layers = nullptr);

// Findings for a spec whose trace disagrees with itself: formula against LibTorch (X901, L299).
// `formula` is the trace before LibTorch's shapes went in.
std::vector<Finding> compare(const Spec& spec, const Trace& formula, const Trace& merged);

// W5xx, warnings before notes: what runs and may all the same not be meant. For specs that could be
// read as a whole. Notes only where `sound`, when nothing is wrong: they can wait for the errors. What
// a layer ignores is left out. A few ms at most, most of them for W505.
std::vector<Finding> risks(const Spec& spec, const Trace& trace, bool sound);
// The warnings among them that sizes alone tell, whatever each layer's meaning.
std::vector<Finding> shape_warnings(const Spec& spec, const Trace& trace);
// Takes out what the spec as a whole or its caller ignores.
void drop_ignored(const Spec& spec, const std::vector<Code>& ignored, std::vector<Finding>& findings);

}  // namespace shapedbg
