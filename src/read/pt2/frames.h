// What the metadata of a node says about the author's program.
#pragma once

#include <string_view>

#include "read/calls/calls.h"

namespace shapedbg::pt2 {

// The innermost line outside of torch of `stack_trace`, given with its JSON escapes. Empty where there is
// none.
SourceLine innermost_line(std::string_view raw);
// Path and class of the innermost module of `nn_module_stack`,
// "L__self__,,net.UNet;L__self__up,up,torch.nn.modules.conv.ConvTranspose2d".
void read_module(std::string_view raw, calls::Call& call);

}  // namespace shapedbg::pt2
