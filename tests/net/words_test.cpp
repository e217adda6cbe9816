// Words of other libraries: each names something that exists, and the number of axes is that at hand.
#include "net/words.h"

#include <gtest/gtest.h>

#include <string>

#include "net/option_text.h"

namespace shapedbg {
namespace {

std::string kind_of(std::string_view word, int axes) {
  const auto meant = meant_kind(word, axes);
  return !meant ? "" : meant->kind == nullptr ? "advice" : std::string(meant->kind->name);
}

std::string option_of(LayerKind kind, std::string_view word) {
  const auto meant = meant_option(info(kind), word);
  return meant ? std::string(to_string(meant->option->opt)) : "";
}

TEST(Words, AreManyMoreThanTwoHundred) { EXPECT_GE(all_known_words().size(), 380u); }

TEST(Words, NameTheTypeForTheAxesAtHand) {
  EXPECT_EQ(kind_of("Conv2D", 1), "Conv2d");
  EXPECT_EQ(kind_of("nn.Conv2d", 1), "Conv2d");
  EXPECT_EQ(kind_of("torch.nn.functional.conv2d", 1), "Conv2d");
  EXPECT_EQ(kind_of("torch.nn.functional.conv_transpose3d", 2), "ConvTranspose3d");
  EXPECT_EQ(kind_of("tf.keras.layers.Conv2DTranspose", 3), "ConvTranspose2d");
  EXPECT_EQ(kind_of("nn::Linear", 2), "Linear");
  EXPECT_EQ(kind_of("relu", 2), "ReLU");
  EXPECT_EQ(kind_of("Dense", 2), "Linear");
  EXPECT_EQ(kind_of("DenseLayer", 2), "Linear");
  EXPECT_EQ(kind_of("Deconv2d", 1), "ConvTranspose2d");
  for (int axes = 1; axes <= 3; ++axes) {
    const std::string d = std::to_string(axes) + "d";
    EXPECT_EQ(kind_of("Conv", axes), "Conv" + d);
    EXPECT_EQ(kind_of("Deconvolution", axes), "ConvTranspose" + d);
    EXPECT_EQ(kind_of("BatchNormalization", axes), "BatchNorm" + d);
    EXPECT_EQ(kind_of("batch_norm", axes), "BatchNorm" + d);
    EXPECT_EQ(kind_of("MaxPool", axes), "MaxPool" + d);
    EXPECT_EQ(with_axes(info(LayerKind::Conv1d), axes).name, "Conv" + d);
  }
  EXPECT_EQ(meant_kind("GlobalAveragePooling2D", 2)->options, "\"output_size\": 1");
  EXPECT_EQ(meant_kind("Dense", 2)->from, "Keras");
  EXPECT_EQ(meant_kind("relu", 2)->from, "");
  EXPECT_EQ(kind_of("Activation", 2), "advice");
  EXPECT_EQ(kind_of("Foo", 2), "");
  EXPECT_EQ(kind_of("", 2), "");
  EXPECT_EQ(kind_of("torch.nn.", 2), "");
  EXPECT_EQ(kind_of(std::string(100'000, 'x'), 2), "");
  EXPECT_EQ(&with_axes(info(LayerKind::ReLU), 2), &info(LayerKind::ReLU));
}

TEST(Words, NameTheOptionThatTheTypeHas) {
  EXPECT_EQ(option_of(LayerKind::Conv2d, "filters"), "out_channels");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "kernel"), "kernel_size");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "strides"), "stride");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "pad"), "padding");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "in"), "in_channels");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "out"), "out_channels");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "outChannels"), "out_channels");
  EXPECT_EQ(option_of(LayerKind::Linear, "units"), "out_features");
  EXPECT_EQ(option_of(LayerKind::Linear, "in"), "in_features");
  EXPECT_EQ(option_of(LayerKind::Linear, "out"), "out_features");
  EXPECT_EQ(option_of(LayerKind::Concat, "axis"), "dim");
  EXPECT_EQ(option_of(LayerKind::LeakyReLU, "alpha"), "negative_slope");
  EXPECT_EQ(option_of(LayerKind::Dropout, "rate"), "p");
  EXPECT_EQ(option_of(LayerKind::Conv2d, "rate"), "dilation");
  EXPECT_EQ(option_of(LayerKind::ReLU, "filters"), "");
  EXPECT_EQ(option_of(LayerKind::Conv2d, ""), "");
}

TEST(Words, AKeyIsThatOfAnotherLibraryInAnySpelling) {
  const auto key = [](KeyPlace place, std::string_view word) {
    const auto meant = meant_key(place, word);
    return meant ? std::string(meant->from) + ":" + std::string(meant->key) : std::string();
  };
  EXPECT_EQ(key(KeyPlace::layer, "op_type"), "ONNX:type");
  EXPECT_EQ(key(KeyPlace::layer, "opType"), "ONNX:type");
  EXPECT_EQ(key(KeyPlace::layer, "Inputs"), ":inputs");
  EXPECT_EQ(key(KeyPlace::layer, "input_shape"), "");
  EXPECT_EQ(key(KeyPlace::spec, "input_shape"), "Keras:input");
  EXPECT_EQ(key(KeyPlace::spec, "Layers"), ":layers");
  EXPECT_EQ(key(KeyPlace::spec, "output"), "");
}

TEST(Words, TypesAreSpokenOf) {
  EXPECT_EQ(with_article("Unflatten"), "an Unflatten");
  EXPECT_EQ(with_article("AvgPool2d"), "an AvgPool2d");
  EXPECT_EQ(with_article("LSTM"), "an LSTM");
  EXPECT_EQ(with_article("LPPool1d"), "an LPPool1d");
  EXPECT_EQ(with_article("Linear"), "a Linear");
  EXPECT_EQ(with_article("Permute"), "a Permute");
}

// A word that stands for nothing helps nobody.
TEST(Words, EachStandsForSomething) {
  for (const KnownWord& word : all_known_words()) {
    if (!word.option) {
      for (int axes = 1; axes <= 3; ++axes) EXPECT_NE(kind_of(word.word, axes), "") << word.word;
      const auto meant = meant_kind(word.word, 2);
      ASSERT_TRUE(meant);
      EXPECT_EQ(meant->kind == nullptr, !meant->advice.empty()) << word.word;
      EXPECT_EQ(find_kind(word.word), nullptr) << word.word << " is a type by itself";
      continue;
    }
    bool taken = false;
    for (const KindInfo& kind : all_kinds()) taken = taken || option_of(kind.kind, word.word) != "";
    EXPECT_TRUE(taken) << word.word;
  }
}

}  // namespace
}  // namespace shapedbg
