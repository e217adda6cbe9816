// nn.MultiheadAttention(batch_first=True) as its author has it: in torch it turns what it takes and what it
// returns, and calls a function that knows L,N,features alone.
#pragma once

#include <vector>

#include "read/draft.h"

namespace shapedbg::aten {

// Makes each attention whose tensors are turned by the module itself one layer with `batch_first`. The steps
// that turned them are left unread, for sweep(). `outputs`: what the network returns.
void fold_batch_first(Draft& draft, std::vector<Ref>& outputs);

}  // namespace shapedbg::aten
