// Everything about running modules without memory. LibTorch has no public way to build a module on the
// meta device: module->to(kMeta) throws for every module with parameters. But it has unused dispatch keys
// above all others; a fallback on one of them sees every tensor that a module makes for itself and sends
// it elsewhere. And LibTorch's C++ side lacks Meta kernels that Python's torch adds; they are registered
// here, only where this LibTorch has none.
//
// The keys are not promised for ever. When the hook cannot be had, prepare_meta() says so and the CPU path
// goes on without it.
#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include "engine/construct.h"
#include "engine/meta_kernels.h"

namespace shapedbg {
namespace {

constexpr c10::DispatchKey hook = c10::DispatchKey::DeferredInit;
thread_local c10::DeviceType construction_device = c10::DeviceType::CPU;
bool hooked = false;

void construct(const c10::OperatorHandle& op, c10::DispatchKeySet, std::vector<c10::IValue>* stack) {
  const c10::impl::ExcludeDispatchKeyGuard below(hook);
  const c10::FunctionSchema& schema = op.schema();
  const auto& arguments = schema.arguments();
  const std::size_t first = stack->size() - arguments.size();
  if (schema.name() == "aten::uniform_" || schema.name() == "aten::normal_") {
    at::Tensor weights = (*stack)[first].toTensor();
    stack->resize(first);
    stack->emplace_back(weights.fill_(0.01));
    return;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].name() == "device") (*stack)[first + i] = c10::Device(construction_device);
  op.callBoxed(stack);
}

}  // namespace

bool prepare_meta() {
  static const bool ready = [] {
    try {
      // Kept for the life of the process: letting go of them would take the registrations back.
      static auto* const fallback = new torch::Library(torch::Library::IMPL, "_", hook, __FILE__, __LINE__);
      fallback->fallback(torch::CppFunction::makeFromBoxedFunction<&construct>());
      hooked = true;
      register_meta_kernels();
      return true;
    } catch (...) {
      return false;
    }
  }();
  return ready;
}

void set_construction_device(c10::DeviceType device) { construction_device = device; }

CheapConstruction::CheapConstruction() : entered_(hooked) {
  if (entered_) c10::impl::tls_set_dispatch_key_included(hook, true);
}

CheapConstruction::~CheapConstruction() {
  if (entered_) c10::impl::tls_set_dispatch_key_included(hook, false);
}

}  // namespace shapedbg
