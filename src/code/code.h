// A layer as its PyTorch program writes it, in Python and in C++. Text only: nothing of LibTorch is needed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

enum class Language : std::uint8_t { python, cpp };

// The module's constructor with positional arguments as in torch's signatures and without what is a
// default: "nn.ConvTranspose2d(256, 128, 3, stride=2)",
// "torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(256, 128, 3).stride(2))". Counts that
// the spec leaves out are those of `row`, the layer's row of a trace. Empty where the layer is no
// module in that language, or a count is unknown.
std::string module_code(const LayerSpec& layer, const LayerTrace& row, Language language);

// Who takes each tensor.
class Readers {
 public:
  explicit Readers(const Spec& spec);
  // True when the layer behind takes the tensor and nobody else does: a program calls it `x`.
  bool chained(Ref ref) const;
  // Something takes the tensor where a program's `x` is another one already.
  bool behind_the_chain(Ref ref) const;
  bool read(Ref tensor) const { return readers_.contains({tensor.layer, tensor.output}); }

 private:
  struct Use {
    LayerId first;  // the layers that take it, the network's end behind the last
    LayerId last;
  };
  const Spec& spec_;
  std::map<std::pair<LayerId, int>, Use> readers_;  // of output `second` of layer `first`
};
// LibTorch's C++ modules, unlike Python's, pad the wrong axes for `same` with another mode than zeros: the
// program pads by itself.
bool pads_by_itself(const LayerSpec& layer, Language language);
// Returns a list of tensors: a Chunk, a Custom with several outputs.
bool returns_several(const LayerSpec& layer);
// One of them: "parts[1]"; of an LSTM, which returns a tensor and a pair, "lstm[1][0]".
std::string one_of_several(const LayerSpec& layer, const std::string& result, int output, Language language);

// What a program calls its tensors and modules.
struct CodeNames {
  std::function<std::string(Ref tensor)> tensor;      // "x", "parts[1]"
  std::function<std::string(LayerId layer)> result;   // what it is assigned to: "x", "parts"
  std::function<std::string(LayerId layer)> module;   // "self.up"; "up" in C++
  std::function<std::string(LayerId layer)> indices;  // of a MaxPool: where its maxima were
};
// For lines of somebody else's program: tensors have the names of their layers, and along the chain `x`.
// An input that is called `x` and is read again later, when `x` is another tensor, is `kept_input` there.
// Holds on to the spec.
inline constexpr std::string_view kept_input = "x_in";
CodeNames line_names(const Spec& spec, Language language);

// Of layer `index`, what forward computes: "torch.cat([x, skip], dim=1)", "self.up(x)". Where forward
// takes a size: "self.up(x, output_size=skip.shape[2:])". A Custom step, of which only the shape is known,
// makes zeros of it. Empty where that cannot be said.
std::string step_code(const Spec& spec, const Trace& trace, LayerId index, Language language,
                      const CodeNames& names);

// A whole program: the network as an `nn.Module` class, or a `torch::nn::Module` in C++, and a main that runs
// it once on the declared input and prints the shape that comes out. `notes` stand above it as comments.
// `spec` has to run by formula; `error` is one line, empty where there is a text.
struct NetworkCode {
  std::string text;
  std::string error;
};
NetworkCode network_code(const Spec& spec, Language language, const std::vector<std::string>& notes = {});

// The layer's name as an identifier of both languages, "encoder_0", and as the place of a submodule in
// Python, "encoder[0]".
std::string identifier(std::string_view name);
std::string submodule(std::string_view name);

// Values as the language writes them.
struct Words {
  Language language;
  bool python() const { return language == Language::python; }
  std::string flag(bool value) const;
  std::string number(double value) const;
  std::string quoted(std::string_view text) const { return "\"" + std::string(text) + "\""; }
  std::string constant(std::string_view word) const;  // "reflect" or torch::kReflect
  // "(2, 1)", "(2,)" or "{2, 1}"; keep_size is None or std::nullopt.
  std::string list(const std::vector<std::int64_t>& values) const;
  // A number where all entries are one.
  std::string collapsed(const std::vector<std::int64_t>& values) const;
  std::string size(std::int64_t value) const;
};

}  // namespace shapedbg
