// A changed network written into the calls of its author's forward: what goes into a layer is wrapped,
// self.up(x) becomes self.up(F.pad(x, (0, 1))), exchanged for another tensor, or a call is left out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/constructor.h"
#include "net/constructor.h"
#include "net/spec.h"

namespace shapedbg {

struct ForwardEdits {
  std::vector<ProgramEdit> edits;
  std::string why;  // why what changes cannot be written: one line; empty where it can
  // `before` with what else changes in it: options and kinds.
  Spec rest;
};

// Whether layers were put in or left out, or take other inputs.
bool is_rewired(const Spec& before, const Spec& after);

// `torch.` and `F.` of a text as the author's file calls them; nothing where it has no name for them.
std::optional<std::string> in_names_of_file(std::string_view text, const ForwardCall& call);

// What puts in and leaves out layers of `before`, and gives layers other inputs, so that it is `after`.
// `made`: of their modules; where one stands in a row, nn.Sequential(a, b), another is put in front of it
// there.
ForwardEdits forward_edits(const Spec& before, const Spec& after, const std::vector<ForwardCall>& calls,
                           const std::vector<ConstructorCall>& made = {});

}  // namespace shapedbg
