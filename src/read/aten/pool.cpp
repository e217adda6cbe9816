// Pools, and what puts back where a pool took.
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// The number of spatial axes, from the name: "max_pool2d" has 2.
std::size_t axes_of(const Step& step) {
  const std::size_t at = step.op().find_first_of("123");
  return at == std::string::npos ? 0 : static_cast<std::size_t>(step.op()[at] - '0');
}

std::string kind_of(std::string_view base, std::size_t axes) {
  return std::string(base) + std::to_string(axes) + "d";
}

// kernel_size, stride where it is another, padding, dilation, ceil_mode. False where one is not fixed.
bool set_window(DraftLayer& layer, const Step& step, std::size_t axes) {
  const auto kernel = fixed(step.integers("kernel_size"));
  if (!kernel || kernel->empty()) return false;
  const std::vector<std::int64_t> window = spread(*kernel, axes);
  layer.axes("kernel_size", window);
  const auto stride = fixed(step.integers("stride"));
  if (!stride) return false;
  if (!stride->empty() && spread(*stride, axes) != window) layer.axes("stride", spread(*stride, axes));
  for (const auto& [option, fallback] :
       {std::pair<std::string_view, std::int64_t>{"padding", 0}, {"dilation", 1}}) {
    const auto values = fixed(step.integers(option));
    if (!values) return false;
    if (!values->empty() && spread(*values, axes) != std::vector<std::int64_t>(axes, fallback))
      layer.axes(option, spread(*values, axes));
  }
  if (step.flag("ceil_mode")) layer.set("ceil_mode", true);
  return true;
}

bool max_pool(Mapping& mapping, const Step& step) {
  const std::size_t axes = axes_of(step);
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(kind_of("MaxPool", axes), {mapping.ref(step["input"])});
  if (!set_window(layer, step, axes)) return false;
  // The second output is the indices; an unpool finds them through its pool in any case.
  if (step.call().outputs.size() > 1) layer.set("return_indices", true);
  mapping.emit(step, std::move(layer));
  return true;
}

bool avg_pool(Mapping& mapping, const Step& step) {
  const std::size_t axes = axes_of(step);
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(kind_of("AvgPool", axes), {mapping.ref(step["input"])});
  if (!set_window(layer, step, axes)) return false;
  layer.drop("dilation");
  if (!step.flag("count_include_pad", true)) layer.set("count_include_pad", false);
  if (const auto divisor = step.integer("divisor_override"); divisor && axes > 1)
    layer.set("divisor_override", *divisor);
  mapping.emit(step, std::move(layer));
  return true;
}

bool lp_pool(Mapping& mapping, const Step& step) {
  const std::size_t axes = axes_of(step);
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(kind_of("LPPool", axes), {mapping.ref(step["input"])});
  layer.set("norm_type", step.number("norm_type", 2));
  if (!set_window(layer, step, axes)) return false;
  mapping.emit(step, std::move(layer));
  return true;
}

bool adaptive_pool(Mapping& mapping, const Step& step) {
  const std::size_t axes = axes_of(step);
  const Value& input = step["input"];
  if (!mapping.live(input) || mapping.rank(input) <= axes) return false;
  const bool average = step.op().find("avg") != std::string::npos;
  DraftLayer layer(kind_of(average ? "AdaptiveAvgPool" : "AdaptiveMaxPool", axes), {mapping.ref(input)});
  // None keeps the input's size, and so does that size itself.
  std::vector<Value> sizes = step["output_size"].is(Value::Kind::list)
                                 ? step["output_size"].items
                                 : std::vector<Value>(axes, step["output_size"]);
  if (sizes.size() != axes) return false;
  std::string text;
  bool equal = true;
  std::string first;
  for (std::size_t k = 0; k < axes; ++k) {
    const std::size_t axis = mapping.rank(input) - axes + k;
    std::string one = "null";
    if (sizes[k].is(Value::Kind::integer)) {
      const Runs runs = runs_of(sizes[k], mapping.runs());
      if (constant(runs))
        one = std::to_string(runs[0]);
      else if (runs != mapping.runs_at(input.tensor, axis))
        return false;
    }
    if (k == 0) first = one;
    equal = equal && one == first;
    text += (k > 0 ? ", " : "") + one;
  }
  layer.json("output_size", equal ? first : "[" + text + "]");
  if (step.call().outputs.size() > 1 && step.call().outputs[1] >= 0 &&
      mapping.readers(step.call().outputs[1]) > 0)
    return false;  // its indices are read
  mapping.emit(step, std::move(layer));
  return true;
}

// The layer whose second output the indices are.
std::optional<Ref> pool_of(Mapping& mapping, const Value& indices, std::string_view kind) {
  if (!mapping.live(indices)) return std::nullopt;
  const Ref ref = mapping.ref(indices);
  if (ref.is_input() || ref.output != 1) return std::nullopt;
  if (mapping.draft().layers()[ref.layer].type != kind) return std::nullopt;
  return Ref{ref.layer, 0};
}

bool max_unpool(Mapping& mapping, const Step& step) {
  const std::size_t axes = axes_of(step);
  const Value& input = step["input"];
  const auto pool = pool_of(mapping, step["indices"], kind_of("MaxPool", axes));
  if (!mapping.live(input) || !pool || mapping.rank(input) <= axes) return false;
  DraftLayer layer(kind_of("MaxUnpool", axes), {mapping.ref(input)});
  if (step.given("kernel_size")) {
    if (!set_window(layer, step, axes)) return false;
    layer.drop("dilation");
  } else {
    // aten has the size alone: the window is the pool's.
    for (const std::string_view option : {"kernel_size", "stride", "padding"})
      if (const DraftValue* value = mapping.draft().layers()[pool->layer].find(option))
        layer.give(option, *value);
  }
  layer.set("indices", *pool);
  const int made = step.call().outputs.at(0);
  const std::size_t rank = mapping.rank(input);
  std::vector<Runs> sizes;
  for (std::size_t k = rank - axes; k < rank; ++k) sizes.push_back(mapping.runs_at(made, k));
  // What the pool took has the size, mostly; then it stands for it at every size.
  const std::vector<Ref>& took = mapping.draft().layers()[pool->layer].inputs;
  const auto like = mapping.tensor_with(sizes, rank, rank - axes, input.tensor, made);
  bool plain = true;  // kernel and stride alone give the size
  const auto stride = step.given("kernel_size") ? fixed(step.integers("stride")) : std::nullopt;
  const auto kernel = fixed(step.integers("kernel_size"));
  for (std::size_t k = 0; k < axes; ++k) {
    const std::int64_t window = kernel && !kernel->empty() ? spread(*kernel, axes)[k] : 0;
    const std::int64_t by = stride && !stride->empty() ? spread(*stride, axes)[k] : window;
    const Runs in = mapping.runs_at(input.tensor, rank - axes + k);
    for (std::size_t run = 0; run < in.size(); ++run)
      plain = plain && window > 0 && (in[run] - 1) * by + window == sizes[k][run];
  }
  if (!plain) {
    for (int tensor = 0; tensor < static_cast<int>(mapping.program().tensors.size()); ++tensor)
      if (!took.empty() && mapping.live(tensor) && mapping.ref(tensor) == took[0]) {
        bool fits = mapping.tensor(tensor).shape.size() == rank;
        for (std::size_t k = 0; fits && k < axes; ++k)
          fits = mapping.runs_at(tensor, rank - axes + k) == sizes[k];
        if (fits) layer.set("size_like", took[0]);
        break;
      }
    if (!layer.find("size_like")) {
      if (!like) return false;
      layer.set("size_like", mapping.ref(*like));
    }
  }
  mapping.emit(step, std::move(layer));
  return true;
}

constexpr std::string_view kMax = "input|self kernel_size stride padding dilation ceil_mode return_indices";
constexpr std::string_view kAvg =
    "input|self kernel_size stride padding ceil_mode count_include_pad divisor_override";
constexpr std::string_view kLp = "input|self norm_type kernel_size stride ceil_mode";
constexpr std::string_view kAdaptive = "input|self output_size return_indices";
constexpr std::string_view kUnpool = "input|self indices kernel_size stride padding output_size";
constexpr std::array<Row, 24> kPoolRows{{{"max_pool1d", kMax, max_pool},
                                         {"max_pool2d", kMax, max_pool},
                                         {"max_pool3d", kMax, max_pool},
                                         {"max_pool1d_with_indices", kMax, max_pool},
                                         {"max_pool2d_with_indices", kMax, max_pool},
                                         {"max_pool3d_with_indices", kMax, max_pool},
                                         {"avg_pool1d", kAvg, avg_pool},
                                         {"avg_pool2d", kAvg, avg_pool},
                                         {"avg_pool3d", kAvg, avg_pool},
                                         {"lp_pool1d", kLp, lp_pool},
                                         {"lp_pool2d", kLp, lp_pool},
                                         {"lp_pool3d", kLp, lp_pool},
                                         {"adaptive_avg_pool1d", kAdaptive, adaptive_pool},
                                         {"adaptive_avg_pool2d", kAdaptive, adaptive_pool},
                                         {"adaptive_avg_pool3d", kAdaptive, adaptive_pool},
                                         {"adaptive_max_pool1d", kAdaptive, adaptive_pool},
                                         {"adaptive_max_pool2d", kAdaptive, adaptive_pool},
                                         {"adaptive_max_pool3d", kAdaptive, adaptive_pool},
                                         {"adaptive_max_pool1d_with_indices", kAdaptive, adaptive_pool},
                                         {"adaptive_max_pool2d_with_indices", kAdaptive, adaptive_pool},
                                         {"adaptive_max_pool3d_with_indices", kAdaptive, adaptive_pool},
                                         {"max_unpool1d", kUnpool, max_unpool},
                                         {"max_unpool2d", kUnpool, max_unpool},
                                         {"max_unpool3d", kUnpool, max_unpool}}};

}  // namespace

std::span<const Row> pool_rows() { return kPoolRows; }

}  // namespace shapedbg::aten
