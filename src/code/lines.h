// A fix as lines of a PyTorch program, since the spec is seldom the source.
#pragma once

#include <cstdint>

#include "finding/finding.h"
#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

// A network and the shapes in it.
struct Shaped {
  const Spec& spec;
  const Trace& trace;
};

// Which fixes of a finding are told as code, and in which language: what no report shows is not written.
enum class FixCode : std::uint8_t { none, first_in_python, all };

// The statements of `after` that `before` lacks or writes otherwise, in the order of the network:
// "self.up = nn.ConvTranspose2d(…)" where the module changes, "x = …" where forward does. Layers are
// matched by their place in the file, which `edits` moves. A layer written once that runs several times
// is told once. Without `cpp` in Python alone.
CodeLines code_lines(const Shaped& before, const Shaped& after, const std::vector<Edit>& edits,
                     bool cpp = true);

}  // namespace shapedbg
