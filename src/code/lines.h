// A fix as lines of a PyTorch program, since the spec is seldom the source.
#pragma once

#include "finding/finding.h"
#include "spec/spec.h"
#include "text/source.h"

namespace shapedbg {

// The statements of `after` that `before` lacks or writes otherwise, in the order of the network:
// "self.up = nn.ConvTranspose2d(…)" where the module changes, "x = …" where forward does. Layers are
// matched by their place in the file, which `edits` moves. A layer written once that runs several times
// is told once.
CodeLines code_lines(const Spec& before, const Spec& after, const std::vector<Edit>& edits);

// Fills in the code of every fix that edits `source`, from which `spec` was parsed.
void add_code(const Source& source, const Spec& spec, Finding& finding);

}  // namespace shapedbg
