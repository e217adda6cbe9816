#include "engine/engine.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>

#include "engine/dummy.h"
#include "engine/modules.h"
#include "engine/torch_version.h"
#include "rules/element_types.h"

namespace shapedbg {
namespace {

std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  return text.empty() ? "no reason given" : text;
}

// LibTorch warns on stderr where an option is merely unusual; only our own log goes there.
class Silence : public c10::WarningHandler {
 public:
#if SHAPEDBG_TORCH_AT_LEAST(2, 0)
  void process(const c10::Warning&) override {}
#else
  void process(const c10::SourceLocation&, const std::string&, const bool) override {}
#endif
};

#if SHAPEDBG_TORCH_AT_LEAST(2, 0)
using QuietGuard = c10::WarningUtils::WarningHandlerGuard;
#else
using QuietGuard = c10::Warning::WarningHandlerGuard;
#endif

constexpr const char* kNoMemory = "not enough memory";

// Memory that an allocator of LibTorch could not get: how much differs from run to run and says nothing about
// the network.
bool wants_memory(const std::string& message) {
  return message.find("DefaultCPUAllocator") != std::string::npos ||
         message.find("out of memory") != std::string::npos || message == kNoMemory;
}

// What the exception in flight has to say, on one line.
std::string reason() {
  try {
    throw;
  } catch (const c10::Error& error) {
    std::string line = first_line(error.what_without_backtrace());
    return wants_memory(line) ? kNoMemory : line;
  } catch (const std::bad_alloc&) {
    return kNoMemory;
  } catch (const std::exception& error) {
    return first_line(error.what());
  } catch (...) {
    return "an exception of unknown type";
  }
}

// One run of one spec.
class Walk {
 public:
  Walk(const Spec& spec, at::Device device, const std::vector<bool>& skip)
      : spec_(spec),
        device_(device),
        skip_(skip),
        inputs_(spec.inputs.size()),
        input_uses_(spec.inputs.size()),
        values_(spec.layers.size()),
        uses_(spec.layers.size()),
        wants_indices_(spec.layers.size()),
        types_(spec) {
    run_.layers.resize(spec.layers.size());
    for (const LayerSpec& layer : spec.layers) {
      for (const Ref& ref : layer.inputs) ++uses(ref);
      if (const std::optional<Ref> pool = reference(layer, Opt::indices);
          pool && known(*pool) && !pool->is_input()) {
        ++uses(*pool);
        wants_indices_[pool->layer] = true;
      }
    }
  }

  Run go(const std::stop_token& stop, std::int64_t limit) {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < spec_.layers.size() && run_.error.empty(); ++i) {
      if (limit > 0 && std::chrono::steady_clock::now() - start > std::chrono::milliseconds(limit))
        give_up("the run takes longer than " + std::to_string(limit) + " ms");
      if (stop.stop_requested()) run_.error = "the run was stopped";
      if (!run_.error.empty()) break;
      if (!(i < skip_.size() && skip_[i]) && !spec_.layers[i].broken) run_layer(i);
      release(spec_.layers[i]);
      if (uses_[i] == 0) values_[i].clear();
    }
    return std::move(run_);
  }

 private:
  void give_up(std::string why) {
    run_.error = std::move(why);
    run_.given_up = true;
  }

  static std::optional<Ref> reference(const LayerSpec& layer, Opt opt) {
    const OptionValue* option = layer.find(opt);
    const Ref* ref = option == nullptr ? nullptr : std::get_if<Ref>(&option->value);
    return ref == nullptr ? std::nullopt : std::optional<Ref>(*ref);
  }

  bool known(Ref ref) const {
    return ref.is_input() ? ref.input() < spec_.inputs.size() : ref.layer.place() < spec_.layers.size();
  }

  // How many layers have still to read the tensors of a layer or an input.
  std::size_t& uses(Ref ref) {
    return ref.is_input() ? input_uses_.at(ref.input()) : uses_.at(ref.layer.place());
  }

  void release(const LayerSpec& layer) {
    for (const Ref& ref : layer.inputs) release(ref);
    if (const std::optional<Ref> pool = reference(layer, Opt::indices);
        pool && known(*pool) && !pool->is_input())
      release(*pool);
  }

  void release(Ref ref) {
    if (--uses(ref) != 0) return;
    if (ref.is_input())
      inputs_[ref.input()].reset();
    else
      values_[ref.layer].clear();
  }

  // Undefined when the tensor is not there.
  at::Tensor tensor(Ref ref) {
    if (ref.is_input()) {
      const auto index = ref.input();
      at::Tensor& input = inputs_.at(index);
      if (!input.defined())
        input =
            (types_.is_integer(ref) ? dummy_integers : dummy)(spec_.inputs[index].shape, device_, index + 1);
      return input;
    }
    const Tensors& outputs = values_.at(ref.layer.place());
    const auto output = static_cast<std::size_t>(ref.output);
    return output < outputs.size() ? outputs[output] : at::Tensor();
  }

  const Shape* shape(Ref ref) const {
    if (!known(ref)) return nullptr;
    if (ref.is_input()) return &spec_.input(ref.input()).shape;
    const std::vector<Shape>& outputs = run_.layers[ref.layer].outputs;
    const auto output = static_cast<std::size_t>(ref.output);
    return output < outputs.size() ? &outputs[output] : nullptr;
  }

  void run_layer(std::size_t index) {
    const LayerSpec& layer = spec_.layers[index];
    Step step(layer);
    try {
      for (const Ref& ref : layer.inputs) {
        step.inputs.push_back(tensor(ref));
        if (!step.inputs.back().defined()) return;
      }
    } catch (...) {
      const std::string why = reason();
      give_up("the input cannot be made: " + why);
      run_.given_up = why == kNoMemory;
      return;
    }
    const bool reads = layer.info().arity.max != 0;
    if (reads && step.inputs.empty()) return;
    if (const std::optional<Ref> like = reference(layer, Opt::size_like)) {
      step.like = shape(*like);
      if (step.like == nullptr) return;
    }
    if (const std::optional<Ref> pool = reference(layer, Opt::indices);
        pool && known(*pool) && !pool->is_input()) {
      step.indices = tensor({pool->layer, 1});
      if (!step.indices.defined()) return;
      step.pool = &spec_.layer(pool->layer);
      step.pool_input = step.pool->inputs.empty() ? nullptr : shape(step.pool->inputs.front());
    }
    step.wants_indices = wants_indices_[index];

    LayerRun& result = run_.layers[index];
    try {
      check_types(index);
      Tensors outputs = reads ? run(step, result) : make_parameter(layer, device_);
      std::vector<Shape> shapes;
      for (const at::Tensor& output : outputs) shapes.push_back(output.sizes().vec());
      for (const Shape& one : shapes)
        if (std::find(one.begin(), one.end(), 0) != one.end())
          throw Refused("the output would be empty: " + bracketed(one));
      // Indices that only a MaxUnpool reads are no output of the layer.
      if (step.wants_indices && !layer.flag(Opt::return_indices)) shapes.resize(1);
      result.outputs = std::move(shapes);
      result.executed = layer.kind != LayerKind::Custom;
      values_[index] = std::move(outputs);
    } catch (...) {
      result.refusal = reason();
      if (result.refusal == kNoMemory) give_up(std::string(kNoMemory) + " to run `" + layer.name + "`");
    }
  }

  // Kernels without memory, and those of other versions, do not look at the type of their elements as those
  // of the CPU do.
  void check_types(std::size_t index) const {
    if (device_.is_cpu() && SHAPEDBG_TORCH_AT_LEAST(2, 13)) return;
    if (const std::optional<Refusal> refusal = types_.refusal(spec_, LayerId(index)))
      throw Refused(refusal->message);
  }

  // Some kernels refuse what a Permute leaves in memory and take the same tensor laid out in order. Shapes do
  // not depend on that, so the run goes on, and the refusal is kept beside it.
  static Tensors run(Step& step, LayerRun& result) {
    try {
      return run_step(step);
    } catch (...) {
      std::string refusal = reason();
      const bool ordered = std::all_of(step.inputs.begin(), step.inputs.end(),
                                       [](const at::Tensor& input) { return input.is_contiguous(); });
      if (ordered) throw;
      for (at::Tensor& input : step.inputs) input = input.contiguous();
      try {
        Tensors outputs = run_step(step);
        result.layout_refusal = std::move(refusal);
        return outputs;
      } catch (...) {
      }
      throw;
    }
  }

  const Spec& spec_;
  at::Device device_;
  const std::vector<bool>& skip_;
  std::vector<at::Tensor> inputs_;
  std::vector<std::size_t> input_uses_;
  PerLayer<Tensors> values_;
  std::vector<std::size_t> uses_;
  PerLayer<bool> wants_indices_;
  ElementTypes types_;
  Run run_;
};

class LibTorch final : public Engine {
 public:
  LibTorch() {
    guard_memory();
    meta_ = prepare_meta();
  }

  std::string version() const override { return TORCH_VERSION; }
  bool has_cuda() const override {
    // What runs on a GPU is a library of its own beside the one that is linked: whoever asks for it waits for
    // it.
    static const bool loaded = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr ||
                               dlopen("libtorch_hip.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
    return loaded && at::hasCUDA();
  }

  using Engine::run;
  Run run(const Spec& spec, Device device, const std::vector<bool>& skip, const std::stop_token& stop,
          std::int64_t limit) override {
    Run failed;
    failed.layers.resize(spec.layers.size());
    try {
      if (device == Device::cuda && !has_cuda())
        failed.error = "LibTorch " + version() + " has no CUDA here";
      else if (device == Device::meta && !meta_)
        failed.error = "LibTorch " + version() + " does not let modules be built on the meta device";
      if (!failed.error.empty()) return failed;

      Silence silence;
      const QuietGuard quiet(&silence);
      // Starting the thread pool takes longer than most networks; the setting belongs to the thread.
      thread_local const bool one_thread = (at::set_num_threads(1), true);
      static_cast<void>(one_thread);
      const c10::InferenceMode inference;
      const at::Device on = device == Device::meta   ? at::kMeta
                            : device == Device::cuda ? at::kCUDA
                                                     : at::kCPU;
      set_construction_device(on.type());
      return Walk(spec, on, skip).go(stop, limit);
    } catch (...) {
      failed.error = reason();
      failed.given_up = failed.error == kNoMemory;
      return failed;
    }
  }

 private:
  bool meta_ = false;
};

}  // namespace

// Read by a program that does not open the module, or cannot (engine_file.h).
[[gnu::used]] static constexpr char engine_mark[] =
    "shapedbg-engine: " SHAPEDBG_VERSION ", LibTorch " TORCH_VERSION "\n";

extern "C" __attribute__((visibility("default"))) Engine* shapedbg_engine(int abi) {
  if (abi != engine_abi) return nullptr;
  try {
    // Lives to the end of the process, as LibTorch does.
    static Engine* const engine = new LibTorch;
    return engine;
  } catch (...) {
    return nullptr;
  }
}

}  // namespace shapedbg
