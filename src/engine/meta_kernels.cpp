// Shape-only kernels, written boxed: one body serves every version of an operator's schema. Checks that
// LibTorch makes before it comes to the kernel are not repeated; those that live in its CPU kernels are.
#include "engine/meta_kernels.h"

#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/native/Pool.h>
#include <ATen/native/im2col_shape_check.h>
#include <c10/core/WrapDimMinimal.h>
#include <torch/library.h>

#include <algorithm>

namespace shapedbg {
namespace {

using Stack = std::vector<c10::IValue>;
using Sizes = std::vector<std::int64_t>;
__extension__ using Wide = __int128;  // sizes up to 2^48 times strides up to 2^31

// The arguments of one call, replaced by its results.
class Call {
 public:
  Call(const c10::OperatorHandle& op, Stack* stack)
      : stack_(stack), first_(stack->size() - op.schema().arguments().size()) {}

  const c10::IValue& operator[](std::size_t i) const { return (*stack_)[first_ + i]; }
  at::Tensor tensor(std::size_t i) const { return (*this)[i].toTensor(); }
  Sizes list(std::size_t i) const { return (*this)[i].toIntVector(); }
  std::int64_t integer(std::size_t i) const { return (*this)[i].toInt(); }

  void returns(Stack results) {
    stack_->resize(first_);
    for (c10::IValue& result : results) stack_->push_back(std::move(result));
  }

 private:
  Stack* stack_;
  std::size_t first_;
};

std::int64_t narrowed(Wide size) {
  TORCH_CHECK(size <= (Wide{1} << 62) && size >= -(Wide{1} << 62),
              "the output size does not fit into 64 bits");
  return static_cast<std::int64_t>(size);
}

void check_not_empty(const Sizes& sizes) {
  for (const std::int64_t size : sizes)
    TORCH_CHECK(size > 0, "Calculated output size: ", at::IntArrayRef(sizes), ". Output size is too small");
}

// An axis from the end: -1 is the last.
std::size_t axis(const Sizes& sizes, std::size_t from_end) { return sizes.size() - from_end; }

// relu, hardtanh and other operators that keep the shape of their first argument.
void same_shape(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  call.returns({at::empty_like(call.tensor(0))});
}

// prelu(self, weight): before 2.0 the check of the slopes lives in the CPU kernel.
void prelu(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const std::int64_t slopes = call.tensor(1).numel();
  const std::int64_t channels = self.dim() > 1 ? self.size(1) : 1;
  TORCH_CHECK(slopes == 1 || slopes == channels, "prelu has ", slopes, " slopes for ", channels, " channels");
  call.returns({at::empty_like(self)});
}

// channel_shuffle(self, groups)
void channel_shuffle(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  TORCH_CHECK(self.dim() > 2, "channel_shuffle expects input with > 2 dims, but got input with sizes ",
              self.sizes());
  TORCH_CHECK(self.size(1) % call.integer(1) == 0, "Number of channels must be divisible by groups. Got ",
              self.size(1), " channels and ", call.integer(1), " groups.");
  call.returns({at::empty_like(self)});
}

// log_sigmoid_forward returns a buffer too.
void same_shape_and_buffer(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  call.returns({at::empty_like(self), at::empty({0}, self.options())});
}

// abs(self, out)
void same_shape_out(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  at::Tensor out = call.tensor(1);
  out.resize_(call.tensor(0).sizes());
  call.returns({out});
}

// equal(self, other): attention asks whether query and key are one tensor, and computes the same shapes
// either way.
void equal(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  call.returns({call.tensor(0).sizes() == call.tensor(1).sizes()});
}

Sizes where_size(const Call& call) {
  const Sizes sizes = at::infer_size(call.tensor(1).sizes(), call.tensor(2).sizes());
  return at::infer_size(call.tensor(0).sizes(), sizes);
}
// where(condition, self, other) and where(condition, self, other, out)
void where(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  call.returns({at::empty(where_size(call), call.tensor(1).options())});
}
void where_out(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  at::Tensor out = call.tensor(3);
  out.resize_(where_size(call));
  call.returns({out});
}

// convolution_overrideable(input, weight, bias, stride, padding, dilation, transposed, output_padding,
// groups)
void convolution(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor input = call.tensor(0);
  const at::Tensor weight = call.tensor(1);
  const Sizes stride = call.list(3);
  const Sizes padding = call.list(4);
  const Sizes dilation = call.list(5);
  const bool transposed = call[6].toBool();
  const Sizes output_padding = call.list(7);
  const std::int64_t groups = call.integer(8);
  Sizes sizes{input.size(0), transposed ? weight.size(1) * groups : weight.size(0)};
  for (std::size_t i = 0; i < stride.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i + 2);
    const Wide x = input.size(at);
    const Wide span = Wide{dilation[i]} * (weight.size(at) - 1);
    if (!transposed) {
      sizes.push_back(narrowed((x + 2 * Wide{padding[i]} - span - 1) / stride[i] + 1));
      continue;
    }
    TORCH_CHECK(output_padding[i] < std::max(stride[i], dilation[i]),
                "output padding must be smaller than either stride or dilation, but got output_padding: ",
                output_padding[i], " stride: ", stride[i], " dilation: ", dilation[i]);
    sizes.push_back(narrowed((x - 1) * stride[i] - 2 * Wide{padding[i]} + span + output_padding[i] + 1));
  }
  check_not_empty(sizes);
  call.returns({at::empty(sizes, input.options())});
}

// native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)
void batch_norm(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor input = call.tensor(0);
  const std::int64_t saved = call[5].toBool() ? input.size(1) : 0;
  const auto options = input.options();
  call.returns({at::empty_like(input), at::empty({saved}, options), at::empty({saved}, options)});
}

// Which axes a list names. An absent list names every axis.
std::vector<bool> named_axes(const at::Tensor& self, const c10::IValue& dims) {
  std::vector<bool> named(static_cast<std::size_t>(self.dim()), dims.isNone());
  if (dims.isNone()) return named;
  named.resize(std::max<std::size_t>(named.size(), 1));  // dim 0 of a scalar
  for (const std::int64_t dim : dims.toIntVector()) {
    const std::int64_t axis = c10::maybe_wrap_dim(dim, self.dim());
    TORCH_CHECK(!named[static_cast<std::size_t>(axis)], "dim ", axis,
                " appears multiple times in the list of dims");
    named[static_cast<std::size_t>(axis)] = true;
  }
  named.resize(static_cast<std::size_t>(self.dim()));
  return named;
}

// The shape that is left by var.correction(self, dim?, correction, keepdim) and its like. An empty list
// reduces every axis, as in LibTorch.
Sizes reduced_sizes(const Call& call) {
  const at::Tensor self = call.tensor(0);
  const bool all = !call[1].isNone() && call.list(1).empty();
  const std::vector<bool> reduced = named_axes(self, all ? c10::IValue() : call[1]);
  const bool keep = call[3].toBool();
  Sizes sizes;
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    if (!reduced[i]) sizes.push_back(self.size(static_cast<std::int64_t>(i)));
    if (reduced[i] && keep) sizes.push_back(1);
  }
  return sizes;
}

// var.correction, std.correction
void var(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  call.returns({at::empty(reduced_sizes(call), call.tensor(0).options())});
}

// var_mean.correction
void var_mean(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const Sizes sizes = reduced_sizes(call);
  const auto options = call.tensor(0).options();
  call.returns({at::empty(sizes, options), at::empty(sizes, options)});
}

// dot(self, tensor)
void dot(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const at::Tensor other = call.tensor(1);
  TORCH_CHECK(self.dim() == 1 && other.dim() == 1, "1D tensors expected, but got ", self.dim(), "D and ",
              other.dim(), "D tensors");
  TORCH_CHECK(self.scalar_type() == other.scalar_type(),
              "dot : expected both vectors to have same dtype, but found ", self.scalar_type(), " and ",
              other.scalar_type());
  TORCH_CHECK(self.numel() == other.numel(), "inconsistent tensor size, expected tensor [", self.numel(),
              "] and src [", other.numel(), "] to have the same number of elements, but got ", self.numel(),
              " and ", other.numel(), " elements respectively");
  call.returns({at::empty({}, self.options())});
}

// flip(self, dims)
void flip(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  named_axes(self, call[1]);
  call.returns({at::empty_like(self)});
}

// roll(self, shifts, dims). An axis may be named twice.
void roll(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const Sizes shifts = call.list(1);
  const Sizes dims = call.list(2);
  TORCH_CHECK(!shifts.empty(), "`shifts` required");
  TORCH_CHECK(shifts.size() == dims.size() || (dims.empty() && shifts.size() == 1),
              "shifts and dimensions must align. shifts: ", shifts.size(), ", dims:", dims.size());
  for (const std::int64_t dim : dims) c10::maybe_wrap_dim(dim, self.dim());
  call.returns({at::empty_like(self)});
}

// reflection_pad2d(self, padding)
void reflection_pad2d(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const Sizes padding = call.list(1);
  TORCH_CHECK(self.dim() == 3 || self.dim() == 4,
              "Expected 3D or 4D (batch mode) tensor with non-zero dimensions, but got: ", self.sizes());
  Sizes sizes = self.sizes().vec();
  for (std::size_t i = 0; i < 2; ++i) {
    std::int64_t& size = sizes[axis(sizes, i + 1)];
    const std::int64_t before = padding[2 * i];
    const std::int64_t after = padding[2 * i + 1];
    TORCH_CHECK(before < size && after < size,
                "Padding size should be less than the corresponding input dimension, but got: padding (",
                before, ", ", after, ") at dimension ", axis(sizes, i + 1), " of input ", self.sizes());
    size += before + after;
  }
  check_not_empty(sizes);
  call.returns({at::empty(sizes, self.options())});
}

// _adaptive_avg_pool2d/3d(self, output_size)
void adaptive_avg_pool(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const Sizes output = call.list(1);
  const auto axes = static_cast<std::int64_t>(output.size());
  TORCH_CHECK(self.dim() == axes + 1 || self.dim() == axes + 2, "Expected ", axes + 1, "D or ", axes + 2,
              "D tensor, but got ", self.sizes());
  Sizes sizes = self.sizes().vec();
  std::copy(output.begin(), output.end(), sizes.end() - axes);
  call.returns({at::empty(sizes, self.options())});
}

// max_pool3d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)
void max_pool3d(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const auto expanded = [](Sizes list) {
    if (list.size() == 1) list.resize(3, list[0]);
    return list;
  };
  const Sizes k = expanded(call.list(1));
  const Sizes s = call.list(2).empty() ? k : expanded(call.list(2));
  const Sizes p = expanded(call.list(3));
  const Sizes d = expanded(call.list(4));
  TORCH_CHECK(self.dim() == 4 || self.dim() == 5,
              "non-empty 4D or 5D (batch mode) tensor expected for input");
  // C,D,H,W with C innermost looks like a batch of images with the channels last.
  TORCH_CHECK(self.suggest_memory_format() != at::MemoryFormat::ChannelsLast,
              "Unsupported memory format. Supports only ChannelsLast3d, Contiguous");
  const Sizes from = self.sizes().vec();
  Sizes sizes = from;
  for (std::size_t i = 0; i < 3; ++i)
    sizes[axis(sizes, 3 - i)] = at::native::pooling_output_shape<std::int64_t>(
        from[axis(from, 3 - i)], k[i], p[i], s[i], d[i], call[5].toBool());
  const auto n = [](std::int64_t value) { return static_cast<int>(value); };
  at::native::pool3d_shape_check(
      self, from[axis(from, 4)], n(k[0]), n(k[1]), n(k[2]), n(s[0]), n(s[1]), n(s[2]), n(p[0]), n(p[1]),
      n(p[2]), n(d[0]), n(d[1]), n(d[2]), from[axis(from, 3)], from[axis(from, 2)], from[axis(from, 1)],
      sizes[axis(sizes, 3)], sizes[axis(sizes, 2)], sizes[axis(sizes, 1)], "max_pool3d_with_indices");
  call.returns({at::empty(sizes, self.options()), at::empty(sizes, self.options().dtype(at::kLong))});
}

// max_unpool2d(self, indices, output_size), max_unpool3d(self, indices, output_size, stride, padding)
void max_unpool(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const at::Tensor indices = call.tensor(1);
  const Sizes output = call.list(2);
  const auto axes = static_cast<std::int64_t>(output.size());
  TORCH_CHECK(self.dim() == axes + 1 || self.dim() == axes + 2, "Input to max_unpooling", axes,
              "d should be a ", axes + 1, "d or ", axes + 2, "d Tensor, but got ", self.sizes());
  TORCH_CHECK(self.sizes() == indices.sizes(),
              "Expected shape of indices to be same as that of the input tensor (", self.sizes(),
              ") but got indices tensor with shape: ", indices.sizes());
  Sizes sizes = self.sizes().vec();
  std::copy(output.begin(), output.end(), sizes.end() - axes);
  call.returns({at::empty(sizes, self.options())});
}

// index_select(self, dim, index): what an embedding is made of.
void index_select(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  Sizes sizes = self.sizes().vec();
  const std::int64_t dim = call.integer(1);
  TORCH_CHECK(call.tensor(2).dim() <= 1, "index_select(): Index is supposed to be a vector");
  sizes.at(static_cast<std::size_t>(dim < 0 ? dim + self.dim() : dim)) = call.tensor(2).numel();
  call.returns({at::empty(sizes, self.options())});
}

// im2col(self, kernel_size, dilation, padding, stride)
void im2col(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const Sizes k = call.list(1);
  const Sizes d = call.list(2);
  const Sizes p = call.list(3);
  const Sizes s = call.list(4);
  at::native::im2col_shape_check(self, at::Tensor(), k[0], k[1], d[0], d[1], p[0], p[1], s[0], s[1]);
  Wide places = 1;
  for (std::size_t i = 0; i < 2; ++i)
    places *= (self.size(static_cast<std::int64_t>(i) - 2) + 2 * p[i] - (d[i] * (k[i] - 1) + 1)) / s[i] + 1;
  Sizes sizes{narrowed(Wide{self.size(-3)} * k[0] * k[1]), narrowed(places)};
  if (self.dim() == 4) sizes.insert(sizes.begin(), self.size(0));
  call.returns({at::empty(sizes, self.options())});
}

// col2im(self, output_size, kernel_size, dilation, padding, stride)
void col2im(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor self = call.tensor(0);
  const Sizes output = call.list(1);
  const Sizes k = call.list(2);
  const Sizes d = call.list(3);
  const Sizes p = call.list(4);
  const Sizes s = call.list(5);
  at::native::col2im_shape_check(self, at::Tensor(), output[0], output[1], k[0], k[1], d[0], d[1], p[0], p[1],
                                 s[0], s[1]);
  Sizes sizes{self.size(-2) / (k[0] * k[1]), output[0], output[1]};
  if (self.dim() == 3) sizes.insert(sizes.begin(), self.size(0));
  call.returns({at::empty(sizes, self.options())});
}

// grid_sampler_2d(input, grid, …), grid_sampler_3d
void grid_sampler(const c10::OperatorHandle& op, c10::DispatchKeySet, Stack* stack) {
  Call call(op, stack);
  const at::Tensor input = call.tensor(0);
  const Sizes grid = call.tensor(1).sizes().vec();
  const std::int64_t rank = input.dim();
  TORCH_CHECK(grid.size() == static_cast<std::size_t>(rank) && (rank == 4 || rank == 5) &&
                  grid.back() == rank - 2 && grid.front() == input.size(0),
              "grid_sampler(): expected N,C,H,W and a grid N,H,W,2, or one spatial axis more, but got ",
              input.sizes(), " and ", at::IntArrayRef(grid));
  TORCH_CHECK(rank == 4 || call.integer(2) != 2,
              "grid_sampler(): bicubic interpolation only supports 4D input");
  Sizes sizes{input.size(0), input.size(1)};
  sizes.insert(sizes.end(), grid.begin() + 1, grid.end() - 1);
  call.returns({at::empty(sizes, input.options())});
}

using Kernel = void(const c10::OperatorHandle&, c10::DispatchKeySet, Stack*);

// `always`: the operator has a default that throws.
template <Kernel* kernel>
void add(torch::Library& library, const char* name, const char* overload = "", bool always = false) {
  const std::string full = std::string("aten::") + name;
  const auto op = c10::Dispatcher::singleton().findSchema({full, overload});
  if (!op.has_value() || op->hasKernelForDispatchKey(c10::DispatchKey::Meta)) return;
  // An operator made of others runs on meta as it is.
  if (!always && (op->hasKernelForDispatchKey(c10::DispatchKey::CompositeExplicitAutograd) ||
                  op->hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd)))
    return;
  const std::string registered = *overload == '\0' ? full : full + "." + overload;
  library.impl(registered.c_str(), torch::CppFunction::makeFromBoxedFunction<kernel>());
}

}  // namespace

void register_meta_kernels() {
  // Kept for the life of the process: letting go of it would take the registrations back.
  static auto* const library =
      new torch::Library(torch::Library::IMPL, "aten", c10::DispatchKey::Meta, __FILE__, __LINE__);
  add<&convolution>(*library, "convolution_overrideable", "", true);
  add<&batch_norm>(*library, "native_batch_norm");
  add<&var>(*library, "var", "correction");
  add<&var>(*library, "std", "correction");
  add<&var_mean>(*library, "var_mean", "correction");
  add<&dot>(*library, "dot");
  add<&flip>(*library, "flip");
  add<&roll>(*library, "roll");
  add<&same_shape>(*library, "relu");
  add<&same_shape>(*library, "hardtanh");
  add<&same_shape>(*library, "hardswish");
  add<&prelu>(*library, "prelu");
  add<&same_shape>(*library, "_prelu_kernel");
  add<&same_shape>(*library, "rrelu_with_noise");
  add<&same_shape>(*library, "abs");
  add<&same_shape_out>(*library, "abs", "out");
  add<&same_shape_and_buffer>(*library, "log_sigmoid_forward");
  add<&reflection_pad2d>(*library, "reflection_pad2d");
  add<&adaptive_avg_pool>(*library, "_adaptive_avg_pool2d");
  add<&adaptive_avg_pool>(*library, "_adaptive_avg_pool3d");
  add<&max_pool3d>(*library, "max_pool3d_with_indices");
  add<&max_unpool>(*library, "max_unpool2d");
  add<&max_unpool>(*library, "max_unpool3d");
  add<&channel_shuffle>(*library, "channel_shuffle");
  add<&index_select>(*library, "index_select");
  add<&equal>(*library, "equal");
  add<&where>(*library, "where", "self");
  add<&where_out>(*library, "where", "self_out");
  add<&im2col>(*library, "im2col");
  add<&grid_sampler>(*library, "grid_sampler_2d");
  add<&grid_sampler>(*library, "grid_sampler_3d");
  add<&same_shape>(*library, "angle");
  add<&col2im>(*library, "col2im");
}

}  // namespace shapedbg
