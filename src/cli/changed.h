// Which files git says have changed.
#pragma once

#include <string>

#include "cli/collect.h"

namespace shapedbg {

// Leaves the files that differ from `revision`, committed or not, and those that git does not know yet;
// standard input stays. A model "unet.py:UNet" is its file, one of a module "package.net:UNet" stays. Returns
// why git can't tell, in one line, or "".
std::string keep_changed(const std::string& revision, const std::string& root, Collected& collected);

}  // namespace shapedbg
