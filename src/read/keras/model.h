// What the files of this folder share: a model in the making.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "read/draft.h"
#include "read/importer.h"

namespace shapedbg::keras {

inline constexpr std::int64_t kMostFeatures = INT64_C(1) << 30;
inline constexpr std::int64_t kMostParts = 4096;

// Why there is no model: thrown by this folder, caught by import_keras().
struct Refused {
  Code code;
  std::string message;
};

// A tensor with its shape in torch's order.
struct Tensor {
  Ref ref;
  Shape shape;
  std::size_t axes() const { return shape.size() < 2 ? 0 : shape.size() - 2; }
};

// One call of a layer.
struct Call {
  std::string type;    // "Conv2D"
  const void* config;  // nlohmann's JSON of its options, which no header names
  std::string name;
  std::vector<Tensor> inputs;
  bool function = false;                // of keras.ops, no layer
  std::optional<double> constant = {};  // the number among its arguments
  bool constant_first = false;
  const void* arguments = nullptr;  // the JSON of them all, where the file has it
  const void* declared = nullptr;   // the same of the shape that the file says it returns, in Keras' order

  const Tensor& x() const { return inputs[0]; }
  bool flag(const char* key, bool fallback) const;
  double number(const char* key, double fallback) const;
  std::int64_t integer(const char* key) const;  // refused where it is none
  std::string word(const char* key) const;
  // One number per axis, one for all repeated; `fallback` where the key is null or missing.
  std::vector<std::int64_t> window(const char* key, std::size_t axes, std::int64_t fallback) const;
};

class Builder {
 public:
  explicit Builder(bool channels_last) : last_(channels_last) {}

  Draft& draft() { return draft_; }
  bool channels_last() const { return last_; }
  // Keras' axis, with the batch, as torch's.
  std::int64_t axis(std::int64_t keras, std::size_t rank) const;
  // A shape in Keras' order, with or without the batch in front, in torch's.
  template <typename List>
  List turned(List sizes, bool batch) const {
    const std::size_t first = batch ? 1 : 0;
    if (last_ && sizes.size() >= first + 2)
      std::rotate(sizes.begin() + static_cast<std::ptrdiff_t>(first), sizes.end() - 1, sizes.end());
    return sizes;
  }

  // What a call returns: several tensors of a recurrent layer with its states, or of a Split.
  std::vector<Tensor> run_all(const Call& call);
  Tensor run(const Call& call);
  // What is no layer of the spec: of the shape that the file says, else of the one that goes in.
  Tensor custom(const Call& call);
  // Takes out the turns of axes and the last states that nothing reads.
  void tidy();
  Tensor add(DraftLayer layer, Shape shape);
  std::map<std::string, int> unknown;  // classes that became a Custom
  bool second_bias = false;            // a recurrent layer has the two biases of torch's

 private:
  Tensor convolution(const Call& call);
  Tensor separable(const Call& call);
  Tensor transposed(const Call& call);
  Tensor dense(const Call& call);
  Tensor pool(const Call& call);
  Tensor global_pool(const Call& call);
  Tensor norm(const Call& call);
  Tensor layer_norm(const Call& call);
  Tensor merge(const Call& call);
  Tensor pads(const Call& call, std::int64_t sign);
  Tensor upsample(const Call& call);
  Tensor reshape(const Call& call);
  Tensor permute(const Call& call);
  Tensor embedding(const Call& call);
  Tensor custom_of(const Call& call, Shape shape);  // of a shape that is known here
  // The axes as Keras orders them (N, …, C), and back.
  Tensor keras_order(const Tensor& x, const std::string& name);
  Tensor torch_order(const Tensor& x, const std::string& name);
  // sequences.cpp; none of what is no such layer
  std::optional<std::vector<Tensor>> over_sequences(const Call& call);
  std::vector<Tensor> recurrent(const Call& call, const std::string& kind, const std::string* merge);
  std::vector<Tensor> merged_halves(const Call& call, const Tensor& both, const std::string& merge);
  std::vector<Tensor> bidirectional(const Call& call);
  std::vector<Tensor> at_each_step(const Call& call);
  Tensor repeat_vector(const Call& call);
  Tensor multi_head(const Call& call);
  Tensor dot_attention(const Call& call);
  Tensor conv_lstm(const Call& call);
  // ops.cpp; none where it cannot be said
  std::optional<std::vector<Tensor>> function(const Call& call);
  std::optional<std::vector<Tensor>> parts(const Call& call);
  std::optional<Tensor> elementwise(const Call& call);
  std::optional<Tensor> reduced(const Call& call);
  std::optional<Tensor> shaped(const Call& call);
  std::optional<Tensor> reshaped(const Call& call);
  std::optional<Tensor> multiplied(const Call& call);
  std::optional<Tensor> dot(const Call& call);
  std::optional<Tensor> stacked(const Call& call);
  std::optional<Tensor> item(const Call& call);
  std::optional<Tensor> rearranged(const Call& call);
  std::optional<Tensor> prepared(const Call& call);
  std::optional<Tensor> by_equation(const Call& call);
  Tensor flatten(const Call& call);
  // `x` behind the activation that a layer has inside, or that it is.
  Tensor activated(const Call& call, Tensor x, std::string_view key);
  Tensor activation(const Call& call, const std::string& word, const Tensor& x, const std::string& name);
  // `x` with the pads that "same" asks for, where torch's layer cannot take them as its own: those are
  // returned in `own`.
  Tensor padded(const Call& call, const Tensor& x, const std::vector<std::int64_t>& extent,
                const std::vector<std::int64_t>& stride, std::vector<std::int64_t>& own);
  Tensor window_layer(const Call& call, DraftLayer layer, const std::vector<std::int64_t>& kernel,
                      const std::vector<std::int64_t>& stride, const std::vector<std::int64_t>& dilation,
                      std::int64_t channels);

  bool last_;
  Draft draft_;
  std::map<LayerId, Tensor> twins_;  // of a layer that turned axes back: the tensor before it
  std::map<std::pair<LayerId, int>, Tensor> in_keras_order_;  // by the layer and output that were turned
  std::set<LayerId> spare_;  // layers that are made in case something reads them
};

}  // namespace shapedbg::keras
