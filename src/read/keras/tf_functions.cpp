// Functions of TensorFlow in a model of Keras 2 (TFOpLambda, SlicingOpLambda), as the functions of keras.ops
// that they became.
#include <array>
#include <nlohmann/json.hpp>

#include "read/keras/config.h"

namespace shapedbg::keras {
namespace {

struct Row {
  std::string_view function;  // its last word
  std::string_view type;
  std::array<std::pair<std::string_view, std::string_view>, 2> options = {};  // theirs, ours
};

constexpr std::array kFunctions{
    Row{"reduce_mean", "Mean", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"reduce_sum", "Sum", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"reduce_max", "Max", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"reduce_min", "Min", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"reduce_std", "Std", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"reduce_variance", "Var", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"mean", "Mean", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"sum", "Sum", {{{"axis", "axis"}, {"keepdims", "keepdims"}}}},
    Row{"concat", "Concatenate", {{{"axis", "axis"}}}},
    Row{"concatenate", "Concatenate", {{{"axis", "axis"}}}},
    Row{"stack", "Stack", {{{"axis", "axis"}}}},
    Row{"reshape", "Reshape", {{{"shape", "newshape"}}}},
    Row{"transpose", "Transpose", {{{"perm", "axes"}}}},
    Row{"permute_dimensions", "Transpose", {{{"pattern", "axes"}}}},
    Row{"matmul", "Matmul", {{{"transpose_a", "transpose_a"}, {"transpose_b", "transpose_b"}}}},
    Row{"softmax", "Softmax", {{{"axis", "axis"}}}},
    Row{"split", "Split", {{{"num_or_size_splits", "sizes"}, {"axis", "axis"}}}},
    Row{"expand_dims", "ExpandDims", {{{"axis", "axis"}}}},
    Row{"squeeze", "Squeeze", {{{"axis", "axis"}}}},
    Row{"depth_to_space", "DepthToSpace", {{{"block_size", "block_size"}}}},
    Row{"space_to_depth", "SpaceToDepth", {{{"block_size", "block_size"}}}},
    Row{"resize", "Resizing", {{{"size", "size"}, {"method", "interpolation"}}}},
    Row{"pad", "Pad", {{{"paddings", "pad_width"}}}},
    Row{"getitem", "GetItem"},
    Row{"add", "Add"},
    Row{"subtract", "Subtract"},
    Row{"sub", "Subtract"},
    Row{"multiply", "Multiply"},
    Row{"mul", "Multiply"},
    Row{"truediv", "Divide"},
    Row{"divide", "Divide"},
    Row{"maximum", "Maximum"},
    Row{"minimum", "Minimum"},
    Row{"pow", "Power"},
    Row{"relu", "Relu"},
    Row{"relu6", "Relu6"},
    Row{"sigmoid", "Sigmoid"},
    Row{"tanh", "Tanh"},
    Row{"gelu", "Gelu"},
    Row{"silu", "Silu"},
    Row{"swish", "Silu"},
    Row{"elu", "Elu"},
    Row{"selu", "Selu"},
    Row{"leaky_relu", "LeakyRelu"},
    Row{"softplus", "Softplus"},
    Row{"softsign", "Softsign"},
    Row{"exp", "Exp"},
    Row{"log", "Log"},
    Row{"sqrt", "Sqrt"},
    Row{"rsqrt", "Rsqrt"},
    Row{"square", "Square"},
    Row{"abs", "Abs"},
    Row{"negative", "Negative"},
    Row{"sign", "Sign"},
    Row{"sin", "Sin"},
    Row{"cos", "Cos"},
    Row{"erf", "Erf"},
    Row{"floor", "Floor"},
    Row{"ceil", "Ceil"},
    Row{"round", "Round"},
    Row{"stop_gradient", "StopGradient"},
    Row{"identity", "Identity"},
    Row{"cast", "Identity"}};

}  // namespace

std::optional<std::string> function_of_tensorflow(const std::string& function, const Json& named,
                                                  Json& config) {
  const std::string_view word = std::string_view(function).substr(function.rfind('.') + 1);
  const auto row = std::find_if(kFunctions.begin(), kFunctions.end(),
                                [&](const Row& one) { return one.function == word; });
  if (row == kFunctions.end()) return std::nullopt;
  config = Json::object();
  for (const auto& [theirs, ours] : row->options)
    if (!theirs.empty() && named.is_object() && named.contains(theirs) &&
        !named[std::string(theirs)].is_null())
      config[std::string(ours)] = named[std::string(theirs)];
  if (row->type == "Resizing" && config.contains("size") && config["size"].is_array() &&
      config["size"].size() == 2) {
    config["height"] = config["size"][0];
    config["width"] = config["size"][1];
  }
  return std::string(row->type);
}

}  // namespace shapedbg::keras
