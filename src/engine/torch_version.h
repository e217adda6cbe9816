// LibTorch 1.13 is the oldest supported; where newer ones differ, ask here.
#pragma once

#include <torch/version.h>

#define SHAPEDBG_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))
