// Layers and fixes as lines of a PyTorch program. That Python and C++ take every one of them was tried
// with PyTorch itself; here the letters are pinned.
#include "code/code.h"

#include <gtest/gtest.h>

#include <string>

#include "code/lines.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

struct Written {
  Spec spec;
  Trace trace;
  std::string module(Language language, std::size_t i = 0) const {
    return module_code(spec.layers.at(i), trace.layers.at(i), language);
  }
};

Written network(const std::string& input, const std::string& layers) {
  Parsed parsed =
      parse(Source("t.json", "{\"input\": " + input + ", \"layers\": [" + layers + "], \"expect\": null}"));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  Trace trace = infer(parsed.spec);
  for (const LayerTrace& row : trace.layers)
    for (const Refusal& refusal : row.refusals) ADD_FAILURE() << refusal.message;
  return {std::move(parsed.spec), std::move(trace)};
}

std::string step(const Spec& spec, const Trace& trace, LayerId index, Language language) {
  return step_code(spec, trace, index, language, line_names(spec, language));
}

constexpr const char* kImage = "[1, 8, 24, 24]";

struct Module {
  const char* layer;
  const char* python;
  const char* cpp;
};

TEST(ModuleCode, WritesTorchsSignaturesWithoutDefaults) {
  const Module modules[] = {
      {R"({"type": "ConvTranspose2d", "in_channels": 8, "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1,
           "output_padding": 1, "dilation": 1, "bias": true})",
       "nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)",
       "torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(8, 4, "
       "3).stride(2).padding(1).output_padding(1))"},
      {R"({"type": "Conv2d", "out_channels": 4, "kernel_size": [3, 5], "stride": [2, 2], "padding": [0, 0],
           "bias": false})",
       "nn.Conv2d(8, 4, (3, 5), stride=2, bias=False)",
       "torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 4, {3, 5}).stride(2).bias(false))"},
      {R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": "same", "padding_mode": "reflect"})",
       "nn.Conv2d(8, 4, 3, padding=\"same\", padding_mode=\"reflect\")",
       "torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 4, 3))"},
      {R"({"type": "BatchNorm2d", "eps": 0.001})", "nn.BatchNorm2d(8, eps=0.001)",
       "torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(8).eps(0.001))"},
      {R"({"type": "GroupNorm", "num_groups": 2})", "nn.GroupNorm(2, 8)",
       "torch::nn::GroupNorm(torch::nn::GroupNormOptions(2, 8))"},
      {R"({"type": "MaxPool2d", "kernel_size": 2, "stride": [2, 2]})", "nn.MaxPool2d(2)",
       "torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2))"},
      {R"({"type": "MaxPool2d", "kernel_size": 3, "stride": 2, "ceil_mode": true, "return_indices": true})",
       "nn.MaxPool2d(3, stride=2, ceil_mode=True, return_indices=True)",
       "torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2).ceil_mode(true))"},
      {R"({"type": "AdaptiveAvgPool2d", "output_size": [null, 5]})", "nn.AdaptiveAvgPool2d((None, 5))",
       "torch::nn::AdaptiveAvgPool2d(torch::nn::AdaptiveAvgPool2dOptions({std::nullopt, 5}))"},
      {R"({"type": "AdaptiveMaxPool2d", "output_size": [null, null]})", "nn.AdaptiveMaxPool2d((None, None))",
       "torch::nn::AdaptiveMaxPool2d(torch::nn::AdaptiveMaxPool2dOptions({std::nullopt, std::nullopt}))"},
      {R"({"type": "Upsample", "scale_factor": 2, "mode": "nearest-exact", "align_corners": false})",
       "nn.Upsample(scale_factor=2, mode=\"nearest-exact\")", ""},
      {R"({"type": "Linear", "out_features": 7})", "nn.Linear(24, 7)",
       "torch::nn::Linear(torch::nn::LinearOptions(24, 7))"},
      {R"({"type": "LayerNorm", "normalized_shape": [24, 24]})", "nn.LayerNorm((24, 24))",
       "torch::nn::LayerNorm(torch::nn::LayerNormOptions({24, 24}))"},
      {R"({"type": "Upsample", "scale_factor": 2, "mode": "bilinear", "align_corners": false})",
       "nn.Upsample(scale_factor=2, mode=\"bilinear\", align_corners=False)",
       "torch::nn::Upsample(torch::nn::UpsampleOptions().scale_factor(std::vector<double>{2, 2})"
       ".mode(torch::kBilinear).align_corners(false))"},
      {R"({"type": "Softshrink", "lambda": 0.3})", "nn.Softshrink(lambd=0.3)",
       "torch::nn::Softshrink(torch::nn::SoftshrinkOptions().lambda(0.3))"},
      {R"({"type": "Softmax", "dim": 1})", "nn.Softmax(dim=1)",
       "torch::nn::Softmax(torch::nn::SoftmaxOptions(1))"},
      {R"({"type": "SiLU", "inplace": true})", "nn.SiLU(inplace=True)", "torch::nn::SiLU()"},
      {R"({"type": "Hardswish"})", "nn.Hardswish()", ""},
      {R"({"type": "ConstantPad2d", "padding": [1, 2, 3, 4], "value": 2.5})",
       "nn.ConstantPad2d((1, 2, 3, 4), 2.5)",
       "torch::nn::ConstantPad2d(torch::nn::ConstantPad2dOptions({1, 2, 3, 4}, 2.5))"},
      {R"({"type": "Unflatten", "dim": 1, "unflattened_size": [2, 4]})", "nn.Unflatten(1, (2, 4))",
       "torch::nn::Unflatten(torch::nn::UnflattenOptions(1, {2, 4}))"},
      {R"({"type": "Threshold", "threshold": 0.1, "value": 20})", "nn.Threshold(0.1, 20)",
       "torch::nn::Threshold(torch::nn::ThresholdOptions(0.1, 20))"},
      {R"({"type": "GELU", "approximate": "tanh"})", "nn.GELU(approximate=\"tanh\")",
       "torch::nn::GELU(torch::nn::GELUOptions().approximate(\"tanh\"))"},
  };
  for (const Module& module : modules) {
    const Written written = network(kImage, module.layer);
    EXPECT_EQ(written.module(Language::python), module.python) << module.layer;
    EXPECT_EQ(written.module(Language::cpp), module.cpp) << module.layer;
  }
}

TEST(StepCode, WritesWhatForwardDoes) {
  const Module steps[] = {
      {R"({"type": "Crop", "size": 20})", "x[..., :20, :20]", "x.slice(2, 0, 20).slice(3, 0, 20)"},
      {R"({"type": "Crop", "size": [20, 18], "align": "center"})",
       "x.narrow(2, (x.shape[2] - 20) // 2, 20).narrow(3, (x.shape[3] - 18) // 2, 18)",
       "x.narrow(2, (x.size(2) - 20) / 2, 20).narrow(3, (x.size(3) - 18) / 2, 18)"},
      {R"({"type": "Pad", "padding": [0, 1, 0, 1]})", "F.pad(x, (0, 1, 0, 1))",
       "torch::nn::functional::pad(x, torch::nn::functional::PadFuncOptions({0, 1, 0, 1}))"},
      {R"({"type": "PadToMultiple", "multiple": 7, "mode": "reflect"})",
       "F.pad(x, (0, -x.shape[3] % 7, 0, -x.shape[2] % 7), mode=\"reflect\")",
       "torch::nn::functional::pad(x, torch::nn::functional::PadFuncOptions({0, (7 - x.size(3) % 7) % 7, 0, "
       "(7 - x.size(2) % 7) % 7}).mode(torch::kReflect))"},
      {R"({"type": "Slice", "index": [null, [0, 4], [null, -1, 2]]})", "x[:, 0:4, :-1:2]",
       "x.slice(1, 0, 4).slice(2, 0, -1, 2)"},
      {R"({"type": "Reshape", "shape": ["in[0]", "in[1]*4//2", -1]})",
       "x.reshape(x.shape[0], (x.shape[1] * 4) // 2, -1)", "x.reshape({x.size(0), (x.size(1) * 4) / 2, -1})"},
      {R"({"type": "Mean", "dim": [2, 3], "keepdim": true})", "x.mean(dim=(2, 3), keepdim=True)",
       "x.mean(torch::IntArrayRef({2, 3}), true)"},
      {R"({"type": "Chunk", "chunks": 2, "dim": 1})", "x.chunk(2, dim=1)", "x.chunk(2, 1)"},
      {R"({"type": "Hardswish"})", "self.layers[0](x)", "torch::hardswish(x)"},
      {R"({"name": "act", "type": "ReLU"})", "self.act(x)", "act->forward(x)"},
  };
  for (const Module& one : steps) {
    const Written written = network(kImage, one.layer);
    EXPECT_EQ(step(written.spec, written.trace, LayerId{0}, Language::python), one.python) << one.layer;
    EXPECT_EQ(step(written.spec, written.trace, LayerId{0}, Language::cpp), one.cpp) << one.layer;
  }
}

TEST(StepCode, OfSequencesHasTheLayoutOfEachLanguage) {
  const char* const input = R"({"x": [2, 7, 8], "h": [1, 2, 4], "c": [1, 2, 4]})";
  const Module steps[] = {
      {R"({"name": "rnn", "type": "LSTM", "inputs": ["x", "h", "c"], "hidden_size": 4, "batch_first": true})",
       "self.rnn(x, (h, c))", "rnn->forward(x, std::make_tuple(h, c))"},
      {R"({"name": "attn", "type": "MultiheadAttention", "inputs": ["x"], "num_heads": 2})",
       "self.attn(x, x, x)", "attn->forward(x, x, x)"},
      {R"({"name": "attn", "type": "MultiheadAttention", "inputs": ["x"], "num_heads": 2, "batch_first": true})",
       "self.attn(x, x, x)",
       "[&] { auto all = attn->forward(x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1)); return "
       "std::make_tuple(std::get<0>(all).transpose(0, 1), std::get<1>(all)); }()"},
      {R"({"type": "ScaledDotProductAttention", "inputs": ["x", "x", "x"], "is_causal": true})",
       "F.scaled_dot_product_attention(x, x, x, is_causal=True)",
       "torch::scaled_dot_product_attention(x, x, x, {}, 0, true)"},
      {R"({"name": "enc", "type": "TransformerEncoderLayer", "inputs": ["x"], "nhead": 2, "batch_first": true})",
       "self.enc(x)", "enc->forward(x.transpose(0, 1)).transpose(0, 1)"},
      // LibTorch's class has no such option.
      {R"({"name": "enc", "type": "TransformerEncoderLayer", "inputs": ["x"], "nhead": 2, "norm_first": true})",
       "self.enc(x)", ""},
  };
  for (const Module& one : steps) {
    const Written written = network(input, one.layer);
    EXPECT_EQ(step(written.spec, written.trace, LayerId{0}, Language::python), one.python) << one.layer;
    EXPECT_EQ(step(written.spec, written.trace, LayerId{0}, Language::cpp), one.cpp) << one.layer;
  }
  const Written read = network(input, R"({"name": "rnn", "type": "LSTM", "inputs": ["x"], "hidden_size": 4},
    {"name": "last", "type": "Tanh", "inputs": ["rnn:2"]})");
  EXPECT_EQ(step(read.spec, read.trace, LayerId{1}, Language::python), "self.last(rnn[1][1])");
  EXPECT_EQ(step(read.spec, read.trace, LayerId{1}, Language::cpp),
            "last->forward(std::get<1>(std::get<1>(rnn_out)))");
}

TEST(StepCode, NamesTheOtherTensors) {
  const Written net = network(kImage, R"(
      {"name": "skip", "type": "Identity"},
      {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "unpool", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "skip"},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1,
       "inputs": "pool", "size_like": "skip"},
      {"name": "cat", "type": "Concat", "inputs": ["up", "skip"]},
      {"name": "sum", "type": "Add", "inputs": ["prev", "cat"]},
      {"name": "cut", "type": "Slice", "size_like": "skip"})");
  const auto python = [&](LayerId i) { return step(net.spec, net.trace, i, Language::python); };
  const auto cpp = [&](LayerId i) { return step(net.spec, net.trace, i, Language::cpp); };
  // Two read what `pool` returns: it has a name of its own.
  EXPECT_EQ(python(LayerId{2}), "self.unpool(pool, pool_indices, output_size=skip.shape[2:])");
  EXPECT_EQ(cpp(LayerId{2}), "unpool->forward(pool_out, pool_indices, skip_out.sizes().vec())");
  EXPECT_EQ(python(LayerId{3}), "self.up(pool, output_size=skip.shape[2:])");
  EXPECT_EQ(cpp(LayerId{3}), "up->forward(pool_out, skip_out.sizes().slice(2))");
  EXPECT_EQ(python(LayerId{4}), "torch.cat([x, skip], dim=1)");
  EXPECT_EQ(cpp(LayerId{4}), "torch::cat({x, skip_out}, 1)");
  EXPECT_EQ(python(LayerId{6}), "x[..., :skip.shape[2], :skip.shape[3]]");
  EXPECT_EQ(cpp(LayerId{6}), "x.slice(2, 0, skip_out.size(2)).slice(3, 0, skip_out.size(3))");
  EXPECT_EQ(line_names(net.spec, Language::cpp).result(LayerId(0)), "skip_out");
  EXPECT_EQ(line_names(net.spec, Language::python).result(LayerId(5)), "x");
}

TEST(StepCode, DoesByHandWhatLibTorchsForwardGetsWrong) {
  const Written net =
      network(kImage, R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3,
      "padding": 1, "stride": 2, "dilation": 2, "output_size": [50, 50]})");
  EXPECT_EQ(step(net.spec, net.trace, LayerId{0}, Language::python), "self.up(x, output_size=(50, 50))");
  EXPECT_EQ(
      step(net.spec, net.trace, LayerId{0}, Language::cpp),
      "torch::conv_transpose2d(x, up->weight, up->bias, {2, 2}, {1, 1}, {50 - (x.size(2) - 1) * 2 - 3, 50 - "
      "(x.size(3) - 1) * 2 - 3}, 1, {2, 2})");
}

TEST(StepCode, PadsByItselfWhatLibTorchPadsWrong) {
  const Written net =
      network(kImage, R"({"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": [3, 4],
      "padding": "same", "padding_mode": "circular"})");
  EXPECT_EQ(net.module(Language::cpp), "torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 4, {3, 4}))");
  EXPECT_EQ(step(net.spec, net.trace, LayerId{0}, Language::cpp),
            "conv->forward(torch::nn::functional::pad(x, torch::nn::functional::PadFuncOptions({1, 2, 1, "
            "1}).mode(torch::kCircular)))");
  EXPECT_EQ(step(net.spec, net.trace, LayerId{0}, Language::python), "self.conv(x)");
}

TEST(StepCode, OfACustomStepIsZerosOfItsShape) {
  const Written net =
      network("[2, 8, 6]", R"({"name": "lstm", "type": "Custom", "label": "LSTM", "output": "same"},
      {"type": "Custom", "output": ["in[0]", 4, "in[2]//2"]})");
  EXPECT_EQ(step(net.spec, net.trace, LayerId{0}, Language::python), "x");
  EXPECT_EQ(step(net.spec, net.trace, LayerId{1}, Language::python),
            "x.new_zeros((x.shape[0], 4, x.shape[2] // 2))");
  EXPECT_EQ(step(net.spec, net.trace, LayerId{1}, Language::cpp),
            "x.new_zeros({x.size(0), 4, x.size(2) / 2})");
}

TEST(Names, AreIdentifiersOfBothLanguages) {
  EXPECT_EQ(identifier("up"), "up");
  EXPECT_EQ(identifier("encoder.0"), "encoder_0");
  EXPECT_EQ(identifier("2nd conv"), "_2nd_conv");
  EXPECT_EQ(identifier("lambda"), "lambda_");
  EXPECT_EQ(identifier("d\xC3\xA9j\xC3\xA0"), "d__j__");
  EXPECT_EQ(identifier("pool:1"), "pool_1");
  EXPECT_EQ(submodule("encoder.0"), "encoder[0]");
  EXPECT_EQ(submodule("up1.conv.2"), "up1.conv[2]");
  EXPECT_EQ(submodule("x\n.y"), "x_.y");
}

// Every kind says something in both languages, as a module or as a step.
TEST(Code, KnowsEveryKind) {
  for (const KindInfo& kind : all_kinds()) {
    LayerSpec layer;
    layer.kind = kind.kind;
    layer.name = "layer";
    layer.inputs.assign(
        static_cast<std::size_t>(std::min(std::max(kind.arity.min, 1), std::max(kind.arity.max, 1))),
        Ref::of_input(0));
    for (const OptionInfo& option : kind.options) {
      OptionValue value;
      value.info = &option;
      value.value = option.fallback;
      if (option.required && option.type == OptType::number) value.value = 2.0;
      if (option.required && (option.type == OptType::integer || option.type == OptType::axes))
        value.value = std::int64_t{2};
      if (option.required &&
          (option.type == OptType::pads || option.type == OptType::integers ||
           option.type == OptType::axes_or_null || option.opt == Opt::size || option.opt == Opt::padding))
        value.value = std::vector<std::int64_t>{1, 2};
      if (option.type == OptType::sizes && option.required)
        value.value = std::vector<Expression>{Expression(2), Expression(4)};
      if (option.type == OptType::slices) value.value = std::vector<SliceRange>{{1, 2, 1}};
      if (option.type == OptType::reference && option.required) value.value = Ref{LayerId(0), 0};
      if (kind.family == Family::crop && option.opt == Opt::size)
        value.value = std::vector<std::int64_t>{2, 2};
      if (kind.family == Family::free_pad && option.opt == Opt::padding)
        value.value = std::vector<std::int64_t>{1, 2};
      if (kind.family == Family::upsample && option.opt == Opt::scale_factor) value.value = 2.0;
      layer.options.edit().push_back(std::move(value));
    }
    Spec spec;
    spec.inputs.push_back({"input", {1, 8, 6, 6}, {}});
    spec.layers.push_back(layer);
    Trace trace;
    trace.layers.emplace_back();
    trace.layers[0].inputs = std::vector<Shape>(layer.inputs.size(), Shape{1, 8, 6, 6});
    for (const Language language : {Language::python, Language::cpp}) {
      const std::string module = module_code(layer, trace.layers[0], language);
      const std::string text = step(spec, trace, LayerId{0}, language);
      EXPECT_NE(text, "") << kind.name;
      EXPECT_EQ(text.find("()->"), std::string::npos) << text;
      if (!module.empty()) {
        EXPECT_NE(module.find(std::string(kind.name) + "("), std::string::npos) << module;
      }
    }
  }
}

TEST(NetworkCode, IsAProgramThatRunsTheNetworkOnce) {
  const Written net = network(kImage, R"(
      {"name": "conv", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "parts", "type": "Chunk", "chunks": 2, "dim": 1},
      {"name": "act", "type": "SiLU", "inputs": "parts:1"},
      {"name": "train", "type": "Concat", "inputs": ["parts", "act"]},
      {"name": "unpool", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "conv"},
      {"name": "state", "type": "Custom", "label": "a cell", "output": "same"},
      {"type": "Sub", "inputs": ["prev", "conv"]})");
  const NetworkCode python = network_code(net.spec, Language::python, {"right for even sizes"});
  EXPECT_EQ(python.error, "");
  EXPECT_EQ(python.text, R"(# right for even sizes
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.act = nn.SiLU()
        self.unpool = nn.MaxUnpool2d(2)

    def forward(self, x):
        conv = self.conv(x)
        x, pool_indices = self.pool(conv)
        parts = x.chunk(2, dim=1)
        x = self.act(parts[1])
        x = torch.cat([parts[0], x], dim=1)
        x = self.unpool(x, pool_indices, output_size=conv.shape[2:])
        x = x  # stands for a cell
        x = x - conv
        return x


if __name__ == "__main__":
    net = Network().eval()
    with torch.no_grad():
        print(tuple(net(torch.randn(1, 8, 24, 24)).shape))
)");
  const NetworkCode cpp = network_code(net.spec, Language::cpp);
  EXPECT_EQ(cpp.text, R"(#include <torch/torch.h>

#include <iostream>

struct NetworkImpl : torch::nn::Module {
  NetworkImpl() {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 8, 3).padding(1)));
    pool = register_module("pool", torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2)));
    act = register_module("act", torch::nn::SiLU());
    unpool = register_module("unpool", torch::nn::MaxUnpool2d(torch::nn::MaxUnpool2dOptions(2)));
  }

  torch::Tensor forward(torch::Tensor x) {
    torch::Tensor conv_out = conv->forward(x);
    torch::Tensor pool_indices;
    std::tie(x, pool_indices) = pool->forward_with_indices(conv_out);
    auto parts = x.chunk(2, 1);
    x = act->forward(parts[1]);
    x = torch::cat({parts[0], x}, 1);
    x = unpool->forward(x, pool_indices, conv_out.sizes().vec());
    x = x;  // stands for a cell
    x = x - conv_out;
    return x;
  }

  torch::nn::Conv2d conv{nullptr};
  torch::nn::MaxPool2d pool{nullptr};
  torch::nn::SiLU act{nullptr};
  torch::nn::MaxUnpool2d unpool{nullptr};
};
TORCH_MODULE(Network);

int main() {
  torch::NoGradGuard no_grad;
  Network net;
  net->eval();
  std::cout << net->forward(torch::randn({1, 8, 24, 24})).sizes() << std::endl;
}
)");
}

TEST(NetworkCode, NamesNeitherHideEachOtherNorTorchs) {
  Written net = network(R"({"x": [1, 4, 8], "input.2": [1, 4, 8]})", R"(
      {"name": "train", "type": "Conv1d", "out_channels": 4, "kernel_size": 1},
      {"name": "a-b", "type": "Conv1d", "out_channels": 4, "kernel_size": 1},
      {"name": "a_b", "type": "ReLU"},
      {"name": "sum", "type": "Add", "inputs": ["train", "a_b", "input.2"]})");
  net.spec.name = "f";
  const std::string text = network_code(net.spec, Language::python).text;
  EXPECT_NE(text.find("class NetworkF(nn.Module)"), std::string::npos) << text;
  EXPECT_NE(text.find("def forward(self, x_2, input_2):"), std::string::npos) << text;
  EXPECT_NE(text.find("train_2 = self.train_2(x_2)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("x = self.a_b_2(x)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("x = train_2 + x + input_2\n"), std::string::npos) << text;
}

// What a fix changes, from the bytes before and after it.
CodeLines changed(const std::string& before, const std::vector<Edit>& edits) {
  const std::optional<std::string> after = shapedbg::apply(before, edits);
  EXPECT_TRUE(after);
  const Spec old = parse(Source("t.json", before)).spec;
  const Spec fresh = parse(Source("t.json", *after)).spec;
  return code_lines({old, infer(old)}, {fresh, infer(fresh)}, edits);
}

const std::string kNet = R"({"input": [1, 8, 24, 24], "layers": [
  {"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
  {"name": "last", "type": "Conv2d", "out_channels": 8, "kernel_size": 1}]})";

// What `b` gets was unknown before: that says nothing of the author's `b`.
TEST(CodeLines, ALayerBehindTheFaultDoesNotChangeWithIt) {
  const std::string net = R"({"input": [1, 3, 24, 24], "layers": [
    {"name": "to_map", "type": "Reshape", "shape": [1, 3, 24, 25]},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 3}], "expect": null})";
  const std::size_t at = net.find("25");
  EXPECT_EQ(changed(net, {{at, 2, "24"}}).python, "x = x.reshape(1, 3, 24, 24)");
}

// A function in its author's forward is no module there: neither is what is pasted.
TEST(CodeLines, AFunctionThatIsCalledIsACall) {
  const std::string net = R"({"input": [1, 3, 24, 24], "layers": [
    {"name": "net.interpolate_2", "type": "Upsample", "scale_factor": 2, "source": {"called": "a.py:3", "module": "net"}},
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "source": {"called": "a.py:4", "made": "a.py:1"}},
    {"name": "flatten", "type": "Flatten", "source": {"called": "a.py:5"}}], "expect": null})";
  const auto text = [&](const std::string& from, const std::string& to) {
    return changed(net, {{net.find(from), from.size(), to}}).python;
  };
  EXPECT_EQ(text("\"scale_factor\": 2", "\"scale_factor\": 4"), "x = F.interpolate(x, scale_factor=4)");
  EXPECT_EQ(text("\"kernel_size\": 2", "\"kernel_size\": 4"), "self.pool = nn.MaxPool2d(4)");
  EXPECT_EQ(text("\"Flatten\"", "\"Flatten\", \"start_dim\": 2"), "x = torch.flatten(x, 2)");
}

// A statement for several modules, as in a loop: who has none there is told where it stands again.
TEST(CodeLines, AModuleThatStandsSeveralTimesNamesItsCopies) {
  const std::string once =
      R"({"input": [1, 8, 24, 24], "layers": [{"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "repeat": )";
  const auto text = [&](const std::string& times) {
    const std::string net = once + times + "}], \"expect\": null}";
    return changed(net, {{net.find("3, \"repeat\""), 1, "3, \"padding\": 1"}}).python;
  };
  const std::string made = "self.c[0] = nn.Conv2d(8, 8, 3, padding=1)";
  EXPECT_EQ(text("1"), "self.c[0] = nn.Conv2d(8, 8, 3, padding=1)");
  EXPECT_EQ(text("2"), made + "  # and self.c[1]");
  EXPECT_EQ(text("3"), made + "  # and self.c[1] and self.c[2]");
  EXPECT_EQ(text("5"), made + "  # and self.c[1] to self.c[4]");
}

TEST(CodeLines, TellAModuleThatChanges) {
  const std::size_t at = kNet.find("},", kNet.find("\"up\""));
  const CodeLines code = changed(kNet, {{at, 0, ", \"output_padding\": 1"}});
  EXPECT_EQ(code.python, "self.up = nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1)");
  EXPECT_EQ(
      code.cpp,
      "up = register_module(\"up\", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(16, 8, 3)"
      ".stride(2).padding(1).output_padding(1)));");
}

TEST(CodeLines, TellAForwardThatChanges) {
  const std::size_t at = kNet.find("},", kNet.find("\"up\""));
  const CodeLines code = changed(kNet, {{at, 0, ", \"size_like\": \"input\""}});
  EXPECT_EQ(code.python, "x = self.up(x, output_size=input.shape[2:])");
  EXPECT_EQ(code.cpp, "x = up->forward(x, input.sizes().slice(2));");
}

// Where the input is called `x` as the tensors of the chain are, `x.shape` further down is another tensor's.
TEST(CodeLines, KeepAnInputThatIsCalledX) {
  std::string net = kNet;
  net.replace(net.find("\"input\": ") + 9, 0, "{\"x\": ");
  net.insert(net.find(']', net.find("\"x\": ")) + 1, "}");
  const std::size_t at = net.find("},", net.find("\"up\""));
  const CodeLines code = changed(net, {{at, 0, ", \"size_like\": \"x\""}});
  EXPECT_EQ(code.python, "x_in = x  # first in forward\nx = self.up(x, output_size=x_in.shape[2:])");
  EXPECT_EQ(code.cpp, "auto x_in = x;  // first in forward\nx = up->forward(x, x_in.sizes().slice(2));");
}

TEST(CodeLines, TellWhatTheInputBecomes) {
  const auto fed = [](const std::string& from, const std::string& to) {
    const std::string net = R"({"input": )" + from + R"(, "layers": [{"type": "ReLU"}], "expect": null})";
    return changed(net, {{net.find(from), from.size(), to}});
  };
  EXPECT_EQ(fed("[1, 3, 362, 529]", "[1, 3, 360, 528]").python, "x = x[..., :360, :528]");
  EXPECT_EQ(fed("[1, 3, 362, 529]", "[1, 3, 362, 528]").cpp, "x = x.slice(3, 0, 528);");
  EXPECT_EQ(fed("[1, 3, 25, 25]", "[1, 3, 26, 24]").python, "x = F.pad(x, (0, -1, 0, 1))");
  EXPECT_EQ(fed("[1, 3, 32, 32]", "[1, 3, 64, 64]").python, "x = F.interpolate(x, size=(64, 64))");
  EXPECT_EQ(fed("[1, 3, 32]", "[1, 3, 64]").cpp,
            "x = torch::nn::functional::interpolate(x, "
            "torch::nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>{64}));");
  EXPECT_EQ(fed("[3, 64, 64]", "[1, 3, 64, 64]").python, "x = x.unsqueeze(0)");
  EXPECT_EQ(fed("[4, 32, 32]", "[4, 1, 32, 32]").cpp, "x = x.unsqueeze(1);");
  // Other channels are other data.
  EXPECT_EQ(fed("[1, 3, 32, 32]", "[1, 4, 32, 32]").python, "");
}

TEST(CodeLines, TellANewLayerAndNotTheOthersThatItMoves) {
  const std::size_t at = kNet.find("{\"name\": \"last\"");
  const CodeLines code =
      changed(kNet, {{at, 0, "{\"name\": \"fit\", \"type\": \"Pad\", \"padding\": [0, 1, 0, 1]},\n  "}});
  EXPECT_EQ(code.python, "x = F.pad(x, (0, 1, 0, 1))");
  const std::size_t front = kNet.find("{\"type\": \"Conv2d\"");
  // The first layer becomes layers.1 and stays what it is.
  EXPECT_EQ(
      changed(kNet, {{front, 0, "{\"name\": \"fit\", \"type\": \"Pad\", \"padding\": [0, 1, 0, 1]},\n  "}})
          .python,
      "x = F.pad(x, (0, 1, 0, 1))");
}

TEST(CodeLines, TellCountsThatFollowFromAChange) {
  const std::size_t at = kNet.find("8", kNet.find("\"out_channels\"", kNet.find("\"up\"")));
  const CodeLines code = changed(kNet, {{at, 1, "12"}});
  EXPECT_EQ(code.python,
            "self.up = nn.ConvTranspose2d(16, 12, 3, stride=2, padding=1)\nself.last = nn.Conv2d(12, 8, 1)");
}

}  // namespace
}  // namespace shapedbg
