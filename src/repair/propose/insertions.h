// Several layers put in at one place of the file.
#pragma once

#include <vector>

#include "text/edit.h"

namespace shapedbg {

// What is put in at one place, one behind the other, is one edit: whoever applies them need not know the
// order.
void one_edit_each(std::vector<Edit>& edits);

}  // namespace shapedbg
