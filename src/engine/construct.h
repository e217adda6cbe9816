// How modules are built cheaply, and on the meta device at all. See meta.cpp.
#pragma once

#include <c10/core/Device.h>

namespace shapedbg {

// Readies LibTorch once per process: the construction hook and the Meta kernels that it lacks. False
// when this LibTorch does not let us; meta runs are then not to be had, CPU runs are not affected.
bool prepare_meta();

// The device that CheapConstruction builds on, for the current thread.
void set_construction_device(c10::DeviceType device);

// While one lives, tensors that a module makes for itself land on the construction device, and random
// initialisation is replaced by a constant: shapes do not depend on weights, and kaiming_uniform of one
// large Linear takes longer than everything else.
class CheapConstruction {
 public:
  CheapConstruction();
  ~CheapConstruction();
  CheapConstruction(const CheapConstruction&) = delete;
  CheapConstruction& operator=(const CheapConstruction&) = delete;

 private:
  bool entered_;
};

}  // namespace shapedbg
