// A whole network as a program.
#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "code/code.h"
#include "code/function.h"
#include "net/parameter.h"
#include "net/sharing.h"
#include "rules/element_types.h"

namespace shapedbg {
namespace {

// Names that would hide something of torch's Module, or that the program uses itself.
constexpr std::array<std::string_view, 42> kTaken = {"self",
                                                     "torch",
                                                     "nn",
                                                     "F",
                                                     "std",
                                                     "main",
                                                     "x",
                                                     "train",
                                                     "eval",
                                                     "training",
                                                     "forward",
                                                     "to",
                                                     "type",
                                                     "apply",
                                                     "cpu",
                                                     "cuda",
                                                     "half",
                                                     "bfloat16",
                                                     "modules",
                                                     "children",
                                                     "parameters",
                                                     "buffers",
                                                     "name",
                                                     "named_modules",
                                                     "named_children",
                                                     "named_parameters",
                                                     "named_buffers",
                                                     "add_module",
                                                     "state_dict",
                                                     "load_state_dict",
                                                     "register_module",
                                                     "register_buffer",
                                                     "register_parameter",
                                                     "zero_grad",
                                                     "save",
                                                     "load",
                                                     "clone",
                                                     "is_training",
                                                     "compile",
                                                     "xpu",
                                                     "share_memory",
                                                     "requires_grad_"};

class Program {
 public:
  Program(const Spec& spec, Language language, const std::vector<std::string>& notes)
      : spec_(spec),
        python_(language == Language::python),
        language_(language),
        notes_(notes),
        readers_(spec_),
        first_(first_calls(spec_)) {}

  NetworkCode result() {
    for (LayerId i{0}; i < count(); ++i)
      if (layer(i).info().family == Family::max_pool && readers_.read({i, 1}))
        layer(i).set(Opt::return_indices, true);
    trace_ = infer(spec_);
    for (const LayerTrace& row : trace_.layers)
      if (!row.refusals.empty()) return {{}, row.refusals.front().message};
    name_all();
    if (!write_layers()) return {{}, error_};
    return {python_ ? python() : cpp(), {}};
  }

 private:
  LayerSpec& layer(LayerId index) { return spec_.layer(index); }
  const LayerSpec& layer(LayerId index) const { return spec_.layer(index); }
  LayerId count() const { return spec_.layers.end_id(); }
  static std::string fresh(const std::string& wanted, std::set<std::string>& taken) {
    std::string name = wanted;
    for (int number = 2; !taken.insert(name).second; ++number) name = wanted + "_" + std::to_string(number);
    return name;
  }

  void name_all() {
    std::set<std::string> taken(kTaken.begin(), kTaken.end());
    std::set<std::string> locals = taken;
    // In C++ a variable would hide the module of its name.
    std::set<std::string>& tensors = python_ ? locals : taken;
    for (LayerId i{0}; i < count(); ++i) {
      const bool tensor = layer(i).info().family == Family::parameter && !python_;
      const auto first = first_[i].place();
      codes_.push_back(tensor ? parameter_tensor(layer(i), language_)
                              : module_code(layer(i), trace_.row(i), language_));
      if (first < codes_.size() - 1 && codes_[first] == codes_.back())
        modules_.push_back(modules_[first]);  // one module, called again
      else
        modules_.push_back(codes_.back().empty() ? "" : fresh(identifier(layer(i).name), taken));
    }
    for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
      const Ref ref = Ref::of_input(i);
      inputs_.push_back(readers_.chained(ref) ? "x" : fresh(identifier(spec_.inputs[i].name), tensors));
    }
    for (LayerId i{0}; i < count(); ++i) {
      const std::string own = identifier(layer(i).name);
      const bool module = !codes_[i].empty();
      results_.push_back(readers_.chained({i, 0}) ? "x"
                                                  : fresh(module && !python_ ? own + "_out" : own, tensors));
      indices_.push_back(
          readers_.read({i, 1}) && !returns_several(layer(i)) ? fresh(own + "_indices", tensors) : "");
    }
  }

  std::string tensor(Ref ref) const {
    if (ref.is_input()) return inputs_[ref.input()];
    const auto i = ref.layer.place();
    if (returns_several(spec_.layers[i]))
      return one_of_several(spec_.layers[i], results_[i], ref.output, language_);
    return ref.output == 0 ? results_[i] : indices_[i];
  }

  bool write_layers() {
    CodeNames names;
    names.tensor = [this](Ref ref) { return tensor(ref); };
    names.module = [this](LayerId i) { return (python_ ? "self." : "") + modules_[i]; };
    names.indices = [this](LayerId i) { return indices_[i]; };
    bool declared = std::find(inputs_.begin(), inputs_.end(), "x") != inputs_.end();
    Part part = Part::layers;
    for (LayerId i{0}; i < count(); ++i) {
      const LayerSpec& one = layer(i);
      const auto at = i.place();
      if (one.part != part) {
        part = one.part;
        heading_ = std::string(to_string(part));
      }
      const std::string& module = codes_[at];
      const std::string step = step_code(spec_, trace_, i, language_, names);
      if (step.empty()) {
        error_ = "`" + one.name + "` (" + std::string(one.info().name) + ") cannot be written as " +
                 (python_ ? "PyTorch" : "C++");
        return false;
      }
      if (!module.empty() && declared_.insert(modules_[at]).second) declare(one, modules_[at], module);
      call(one, at, step, declared);
    }
    return true;
  }

  void declare(const LayerSpec& one, const std::string& name, const std::string& module) {
    if (python_) {
      titled(modules_text_, modules_title_, "        ");
      modules_text_ += "        self." + name + " = " + module + "\n";
      return;
    }
    titled(modules_text_, modules_title_, "    ");
    if (one.info().family == Family::parameter) {
      modules_text_ += "    " + name + " = register_parameter(\"" + name + "\", " + module +
                       (is_learned(one) ? ");\n" : ", false);\n");
      members_ += "  torch::Tensor " + name + ";\n";
      return;
    }
    modules_text_ += "    " + name + " = register_module(\"" + name + "\", " + module + ");\n";
    members_ += "  torch::nn::" + std::string(one.info().name) + " " + name + "{nullptr};\n";
  }

  void call(const LayerSpec& one, std::size_t at, const std::string& step, bool& declared) {
    const std::string indent = python_ ? "        " : "    ";
    titled(forward_, forward_title_, indent);
    std::string comment;
    if (one.info().family == Family::custom) {
      const std::string_view label = one.has(Opt::label) ? one.word(Opt::label) : std::string_view(one.name);
      comment = (python_ ? "  # stands for " : "  // stands for ") + one_line(label);
    }
    const bool pool = one.info().family == Family::max_pool && one.flag(Opt::return_indices);
    const std::string& name = results_[at];
    const std::string& indices = indices_[at];
    const bool old = name == "x" && declared;
    declared = declared || name == "x";
    if (python_) {
      const std::string target = !pool ? name : name + ", " + (indices.empty() ? "_" : indices);
      if (target == step && comment.empty()) return;
      forward_ += indent + target + " = " + step + comment + "\n";
      return;
    }
    if (pool && !indices.empty()) {
      const std::string with = with_indices(step);
      if (old) {
        forward_ += indent + "torch::Tensor " + indices + ";\n";
        forward_ += indent + "std::tie(x, " + indices + ") = " + with + ";\n";
      } else {
        forward_ += indent + "auto [" + name + ", " + indices + "] = " + with + ";\n";
      }
      return;
    }
    if (old && name == step && comment.empty()) return;
    forward_ += indent +
                (old                    ? ""
                 : returns_several(one) ? "auto "
                                        : "torch::Tensor ") +
                name + " = " + step + ";" + comment + "\n";
  }
  static std::string with_indices(std::string step) {
    constexpr std::string_view plain = "->forward(";
    const std::size_t place = step.find(plain);
    return place == std::string::npos ? step : step.replace(place, plain.size(), "->forward_with_indices(");
  }

  void titled(std::string& text, std::string& title, const std::string& indent) const {
    if (heading_.empty() || heading_ == to_string(Part::layers) || title == heading_) return;
    title = heading_;
    text += indent + (python_ ? "# " : "// ") + heading_ + "\n";
  }

  static std::string one_line(std::string_view text) {
    std::string result(text);
    std::replace_if(
        result.begin(), result.end(),
        [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0 || c == '\\'; }, ' ');
    return result;
  }
  // "residual-codec" is ResidualCodec.
  std::string class_name() const {
    std::string result;
    bool upper = true;
    for (const char c : spec_.name) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) == 0) {
        upper = true;
        continue;
      }
      result += upper ? static_cast<char>(std::toupper(byte)) : c;
      upper = false;
    }
    // A single letter could be one of the program's own names.
    return result.size() < 2 ? "Network" + result : identifier(result);
  }

  std::string comments() const {
    std::string text;
    for (const std::string& note : notes_) text += (python_ ? "# " : "// ") + one_line(note) + "\n";
    return text;
  }
  std::string joined(const std::string& before) const {
    std::string text;
    for (const std::string& input : inputs_) text += (text.empty() ? "" : ", ") + before + input;
    return text;
  }
  std::string samples() const {
    const auto sizes = [](const Shape& shape) {
      const std::string text = bracketed(shape);
      return text.substr(1, text.size() - 2);
    };
    std::string text;
    const ElementTypes types(spec_);
    for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
      const std::string shape = sizes(spec_.inputs[i].shape);
      const bool integer = types.is_integer(Ref::of_input(i));  // what an Embedding looks up
      text += text.empty() ? "" : ", ";
      if (python_)
        text += integer ? "torch.zeros(" + shape + ", dtype=torch.long)" : "torch.randn(" + shape + ")";
      else
        text += integer ? "torch::zeros({" + shape + "}, torch::kLong)" : "torch::randn({" + shape + "})";
    }
    return text;
  }

  // What the network returns: all that it says, else the last layer's output.
  bool several() const { return spec_.outputs.size() > 1; }
  std::string returned() const {
    if (!several()) return tensor({count() - 1, 0});
    std::string text;
    for (const Ref& ref : spec_.outputs) text += (text.empty() ? "" : ", ") + tensor(ref);
    return text;
  }

  std::string python() const {
    const std::string name = class_name();
    std::string text = comments() + "import torch\n";
    if (forward_.find("F.") != std::string::npos) text += "import torch.nn.functional as F\n";
    text += "from torch import nn\n\n\nclass " + name + "(nn.Module):\n";
    text += "    def __init__(self):\n        super().__init__()\n" + modules_text_;
    text += "\n    def forward(self, " + joined("") + "):\n" + forward_;
    text += "        return " + returned() + "\n";
    text += "\n\nif __name__ == \"__main__\":\n    net = " + name + "().eval()\n    with torch.no_grad():\n";
    const std::string call = "net(" + samples() + ")";
    if (several()) return text + "        for y in " + call + ":\n            print(tuple(y.shape))\n";
    return text + "        print(tuple(" + call + ".shape))\n";
  }

  std::string cpp() const {
    const std::string name = class_name();
    std::string text = comments() + "#include <torch/torch.h>\n\n#include <iostream>\n" +
                       (several() ? "#include <vector>\n\n" : "\n");
    text +=
        "struct " + name + "Impl : torch::nn::Module {\n  " + name + "Impl() {\n" + modules_text_ + "  }\n";
    text += "\n  " + std::string(several() ? "std::vector<torch::Tensor>" : "torch::Tensor") + " forward(" +
            joined("torch::Tensor ") + ") {\n" + forward_;
    text += "    return " + (several() ? "{" + returned() + "}" : returned()) + ";\n  }\n" +
            (members_.empty() ? "" : "\n" + members_) + "};\n";
    text += "TORCH_MODULE(" + name + ");\n";
    text += "\nint main() {\n  torch::NoGradGuard no_grad;\n  " + name + " net;\n  net->eval();\n";
    const std::string call = "net->forward(" + samples() + ")";
    if (several())
      return text + "  for (const torch::Tensor& y : " + call + ") std::cout << y.sizes() << std::endl;\n}\n";
    return text + "  std::cout << " + call + ".sizes() << std::endl;\n}\n";
  }

  Spec spec_;
  bool python_;
  Language language_;
  const std::vector<std::string>& notes_;
  Trace trace_;
  Readers readers_;
  PerLayer<LayerId> first_;                // by layer, the first call of its module
  PerLayer<std::string> codes_, modules_;  // constructors and names of modules; empty where there is none
  std::vector<std::string> inputs_;
  PerLayer<std::string> results_, indices_;
  std::set<std::string> declared_;  // modules
  std::string heading_, modules_title_, forward_title_;
  std::string modules_text_, members_, forward_;
  std::string error_;
};

}  // namespace

NetworkCode network_code(const Spec& spec, Language language, const std::vector<std::string>& notes) {
  if (spec.layers.empty()) return {{}, "there are no layers"};
  return Program(spec, language, notes).result();
}

}  // namespace shapedbg
