#include "net/kinds.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "net/sequence_options.h"
#include "net/step_options.h"
#include "text/by_name.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kMax = INT64_C(2147483647);  // LibTorch narrows kernel options to int

const Value kTrue{true};
const Value kFalse{false};
Value number(double x) { return Value{x}; }
Value integer(std::int64_t x) { return Value{x}; }
Value text(const char* x) { return Value{std::string(x)}; }

// Options that several kinds share.
const OptionInfo kKernel{Opt::kernel_size, OptType::axes, true, {}, 1, kMax, {}, "size of the window"};
const OptionInfo kStride{Opt::stride, OptType::axes, false, integer(1), 1, kMax, {}, "step of the window"};
const OptionInfo kPoolStride{
    Opt::stride, OptType::axes, false, {}, 1, kMax, {}, "step of the window; kernel_size when left out"};
const OptionInfo kPadding{Opt::padding, OptType::axes, false, integer(0), 0, kMax, {}, "added to both sides"};
const OptionInfo kDilation{
    Opt::dilation, OptType::axes, false, integer(1), 1, kMax, {}, "distance between the window's elements"};
const OptionInfo kInplace{Opt::inplace, OptType::boolean, false, kFalse, 0, 0, {}, "writes into its input"};
const OptionInfo kCeil{
    Opt::ceil_mode, OptType::boolean, false, kFalse, 0, 0, {}, "rounds the output size up"};
const OptionInfo kBias{Opt::bias, OptType::boolean, false, kTrue, 0, 0, {}, "adds a learned bias"};
const OptionInfo kGroups{Opt::groups, OptType::integer,
                         false,       integer(1),
                         1,           kMax,
                         {},          "blocks of channels that do not see each other"};
const OptionInfo kEps{Opt::eps, OptType::number, false, number(1e-5), 0, 0, {}, "added to the variance"};
const OptionInfo kSizeLike{
    Opt::size_like, OptType::reference, false, {}, 0, 0, {}, "takes the size of that tensor at forward time"};
const OptionInfo kIn{Opt::in_channels,
                     OptType::integer,
                     false,
                     {},
                     1,
                     kMax,
                     {},
                     "channels of the input; inferred when left out"};
const OptionInfo kOut{Opt::out_channels, OptType::integer, true, {}, 1, kMax, {}, "channels of the output"};
const OptionInfo kNumFeatures{
    Opt::num_features, OptType::integer, false, {}, 1, kMax, {}, "channels; inferred when left out"};
const OptionInfo kDimRequired{
    Opt::dim, OptType::integer, true, {}, -64, 64, {}, "the axis; negative counts from the end"};

namespace options {
using namespace ::shapedbg::options;
const std::vector<OptionInfo> none{};
const std::vector<OptionInfo> conv{
    kIn,
    kOut,
    kKernel,
    kStride,
    {Opt::padding, OptType::axes_or_word, false, integer(0), 0, kMax, "same|valid",
     "added to both sides, or `same` to keep the size at stride 1"},
    kDilation,
    kGroups,
    kBias,
    {Opt::padding_mode, OptType::word, false, text("zeros"), 0, 0, "zeros|reflect|replicate|circular",
     "what the padding holds"}};
const std::vector<OptionInfo> conv_transpose{
    kIn,
    kOut,
    kKernel,
    kStride,
    {Opt::padding, OptType::axes, false, integer(0), 0, kMax, {}, "taken from both sides of the output"},
    {Opt::output_padding,
     OptType::axes,
     false,
     integer(0),
     0,
     kMax,
     {},
     "added to the end of the output; smaller than stride or dilation"},
    kDilation,
    kGroups,
    kBias,
    {Opt::padding_mode, OptType::word, false, text("zeros"), 0, 0, "zeros", "what the padding holds"},
    {Opt::output_size,
     OptType::integers,
     false,
     {},
     1,
     kMax,
     {},
     "forward-time size, spatial or full: decides output_padding"},
    kSizeLike};
const std::vector<OptionInfo> linear{
    {Opt::in_features,
     OptType::integer,
     false,
     {},
     1,
     kMax,
     {},
     "size of the last axis; inferred when left out"},
    {Opt::out_features, OptType::integer, true, {}, 1, kMax, {}, "size of the last axis of the output"},
    kBias};
const std::vector<OptionInfo> bilinear{
    {Opt::in1_features, OptType::integer, false, {}, 1, kMax, {}, "size of the last axis of the first input"},
    {Opt::in2_features,
     OptType::integer,
     false,
     {},
     1,
     kMax,
     {},
     "size of the last axis of the second input"},
    {Opt::out_features, OptType::integer, true, {}, 1, kMax, {}, "size of the last axis of the output"},
    kBias};
const std::vector<OptionInfo> embedding{
    {Opt::num_embeddings,
     OptType::integer,
     true,
     {},
     1,
     kMax,
     {},
     "rows of the table: the integers are below it"},
    {Opt::embedding_dim,
     OptType::integer,
     true,
     {},
     1,
     kMax,
     {},
     "size of a row, the last axis of the output"},
    {Opt::padding_idx,
     OptType::integer,
     false,
     {},
     -kMax,
     kMax,
     {},
     "the row that is not learned; negative counts from the end"},
    {Opt::max_norm, OptType::number, false, {}, 0, 0, {}, "rows are scaled down to this norm"},
    {Opt::norm_type, OptType::number, false, number(2.0), 0, 0, {}, "the power of that norm"},
    {Opt::scale_grad_by_freq,
     OptType::boolean,
     false,
     kFalse,
     0,
     0,
     {},
     "scales gradients by how often a row is used"},
    {Opt::sparse, OptType::boolean, false, kFalse, 0, 0, {}, "sparse gradients"}};
const std::vector<OptionInfo> batch_norm{
    kNumFeatures,
    kEps,
    {Opt::momentum,
     OptType::number,
     false,
     number(0.1),
     0,
     0,
     {},
     "weight of the newest batch in the running statistics"},
    {Opt::affine, OptType::boolean, false, kTrue, 0, 0, {}, "learns a scale and a shift"},
    {Opt::track_running_stats, OptType::boolean, false, kTrue, 0, 0, {}, "keeps running statistics"}};
const std::vector<OptionInfo> instance_norm{
    kNumFeatures,
    kEps,
    {Opt::momentum,
     OptType::number,
     false,
     number(0.1),
     0,
     0,
     {},
     "weight of the newest batch in the running statistics"},
    {Opt::affine, OptType::boolean, false, kFalse, 0, 0, {}, "learns a scale and a shift"},
    {Opt::track_running_stats, OptType::boolean, false, kFalse, 0, 0, {}, "keeps running statistics"}};
const std::vector<OptionInfo> group_norm{
    {Opt::num_groups, OptType::integer, true, {}, 1, kMax, {}, "number of groups"},
    {Opt::num_channels, OptType::integer, false, {}, 1, kMax, {}, "channels; inferred when left out"},
    kEps,
    {Opt::affine, OptType::boolean, false, kTrue, 0, 0, {}, "learns a scale and a shift"}};
const std::vector<OptionInfo> layer_norm{
    {Opt::normalized_shape, OptType::integers, true, {}, 1, kMax, {}, "sizes of the last axes"},
    kEps,
    {Opt::elementwise_affine, OptType::boolean, false, kTrue, 0, 0, {}, "learns a scale and a shift"}};
const std::vector<OptionInfo> rms_norm{
    {Opt::normalized_shape, OptType::integers, true, {}, 1, kMax, {}, "sizes of the last axes"},
    {Opt::eps,
     OptType::number,
     false,
     {},
     0,
     0,
     {},
     "added to the mean square; the smallest step of float when left out"},
    {Opt::elementwise_affine, OptType::boolean, false, kTrue, 0, 0, {}, "learns a scale"}};
const std::vector<OptionInfo> local_response_norm{
    {Opt::size, OptType::integer, true, {}, 1, kMax, {}, "number of neighbouring channels"},
    {Opt::alpha, OptType::number, false, number(1e-4), 0, 0, {}, "factor"},
    {Opt::beta, OptType::number, false, number(0.75), 0, 0, {}, "exponent"},
    {Opt::k, OptType::number, false, number(1.0), 0, 0, {}, "added constant"}};
const std::vector<OptionInfo> dropout{{Opt::p, OptType::number, false, number(0.5), 0, 1, {}, "probability"},
                                      kInplace};
const std::vector<OptionInfo> inplace{kInplace};
const std::vector<OptionInfo> leaky_relu{
    {Opt::negative_slope, OptType::number, false, number(0.01), 0, 0, {}, "slope below 0"}, kInplace};
const std::vector<OptionInfo> rrelu{
    {Opt::lower, OptType::number, false, number(1.0 / 8), 0, 0, {}, "smallest slope"},
    {Opt::upper, OptType::number, false, number(1.0 / 3), 0, 0, {}, "largest slope"},
    kInplace};
const std::vector<OptionInfo> elu{
    {Opt::alpha, OptType::number, false, number(1.0), 0, 0, {}, "scale below 0"}, kInplace};
const std::vector<OptionInfo> gelu{
    {Opt::approximate, OptType::word, false, text("none"), 0, 0, "none|tanh", "exact, or by tanh"}};
const std::vector<OptionInfo> softplus{
    {Opt::beta, OptType::number, false, number(1.0), 0, 0, {}, "sharpness"},
    {Opt::threshold, OptType::number, false, number(20.0), 0, 0, {}, "linear above"}};
const std::vector<OptionInfo> shrink{{Opt::lambda, OptType::number, false, number(0.5), 0, 0, {}, "width"}};
const std::vector<OptionInfo> hardtanh{
    {Opt::min_val, OptType::number, false, number(-1.0), 0, 0, {}, "smallest value"},
    {Opt::max_val, OptType::number, false, number(1.0), 0, 0, {}, "largest value"},
    kInplace};
const std::vector<OptionInfo> threshold{
    {Opt::threshold, OptType::number, true, {}, 0, 0, {}, "where to cut"},
    {Opt::value, OptType::number, true, {}, 0, 0, {}, "what stands below"},
    kInplace};
const std::vector<OptionInfo> prelu{
    {Opt::num_parameters, OptType::integer, false, integer(1), 1, kMax, {}, "1, or one slope per channel"},
    {Opt::init, OptType::number, false, number(0.25), 0, 0, {}, "first slope"}};
const std::vector<OptionInfo> glu{
    {Opt::dim, OptType::integer, false, integer(-1), -64, 64, {}, "the axis to halve"}};
const std::vector<OptionInfo> dim_required{kDimRequired};
const std::vector<OptionInfo> max_pool{
    kKernel,
    kPoolStride,
    kPadding,
    kDilation,
    kCeil,
    {Opt::return_indices,
     OptType::boolean,
     false,
     kFalse,
     0,
     0,
     {},
     "also returns where the maxima were; MaxUnpool finds them through `indices` in any case"}};
const std::vector<OptionInfo> avg_pool1d{
    kKernel,
    kPoolStride,
    kPadding,
    kCeil,
    {Opt::count_include_pad, OptType::boolean, false, kTrue, 0, 0, {}, "counts padding in the mean"}};
const std::vector<OptionInfo> avg_pool{
    kKernel,
    kPoolStride,
    kPadding,
    kCeil,
    {Opt::count_include_pad, OptType::boolean, false, kTrue, 0, 0, {}, "counts padding in the mean"},
    {Opt::divisor_override,
     OptType::integer,
     false,
     {},
     1,
     kMax,
     {},
     "divides by this instead of the window's size"}};
const std::vector<OptionInfo> lp_pool{
    {Opt::norm_type, OptType::number, true, {}, 0, 0, {}, "the power"}, kKernel, kPoolStride, kCeil};
const std::vector<OptionInfo> adaptive_pool{{Opt::output_size,
                                             OptType::axes_or_null,
                                             true,
                                             {},
                                             1,
                                             kMax,
                                             {},
                                             "size to return; null keeps the input's"}};
const std::vector<OptionInfo> max_unpool{
    kKernel,
    kPoolStride,
    kPadding,
    {Opt::indices, OptType::reference, true, {}, 0, 0, {}, "the MaxPool whose maxima are put back"},
    {Opt::output_size, OptType::integers, false, {}, 1, kMax, {}, "forward-time size, spatial or full"},
    kSizeLike};
const std::vector<OptionInfo> pad{
    {Opt::padding, OptType::pads, true, {}, -kMax, kMax, {}, "one number, or two per axis, last axis first"}};
const std::vector<OptionInfo> constant_pad{
    {Opt::padding, OptType::pads, true, {}, -kMax, kMax, {}, "one number, or two per axis, last axis first"},
    {Opt::value, OptType::number, false, number(0.0), 0, 0, {}, "what the padding holds"}};
const std::vector<OptionInfo> upsample{
    {Opt::size, OptType::integers, false, {}, 1, kMax, {}, "size to return"},
    {Opt::scale_factor,
     OptType::axes_number,
     false,
     {},
     0,
     0,
     {},
     "floor(x * scale_factor) in double precision"},
    {Opt::mode, OptType::word, false, text("nearest"), 0, 0,
     "nearest|linear|bilinear|bicubic|trilinear|area|nearest-exact", "how values are found"},
    {Opt::align_corners, OptType::boolean, false, {}, 0, 0, {}, "aligns the corner pixels"},
    kSizeLike};
const std::vector<OptionInfo> pixel_shuffle{
    {Opt::upscale_factor, OptType::integer, true, {}, 1, kMax, {}, "the factor r"}};
const std::vector<OptionInfo> pixel_unshuffle{
    {Opt::downscale_factor, OptType::integer, true, {}, 1, kMax, {}, "the factor r"}};
const std::vector<OptionInfo> channel_shuffle{kGroups};
const std::vector<OptionInfo> fold{
    {Opt::output_size, OptType::axes, true, {}, 1, kMax, {}, "size of the image"},
    kKernel,
    kDilation,
    kPadding,
    kStride};
const std::vector<OptionInfo> unfold{kKernel, kDilation, kPadding, kStride};
const std::vector<OptionInfo> flatten{
    {Opt::start_dim, OptType::integer, false, integer(1), -64, 64, {}, "first axis to join"},
    {Opt::end_dim, OptType::integer, false, integer(-1), -64, 64, {}, "last axis to join"}};
const std::vector<OptionInfo> unflatten{
    kDimRequired,
    {Opt::unflattened_size, OptType::sizes, true, {}, -1, kMax, {}, "sizes of the new axes; one may be -1"}};
const std::vector<OptionInfo> reshape{
    {Opt::shape, OptType::sizes, true, {}, -1, kMax, {}, "the full shape; one entry may be -1"}};
const std::vector<OptionInfo> permute{
    {Opt::dims, OptType::integers, true, {}, -64, 64, {}, "the old axis for each new one"}};
const std::vector<OptionInfo> transpose{
    {Opt::dim0, OptType::integer, true, {}, -64, 64, {}, "one axis"},
    {Opt::dim1, OptType::integer, true, {}, -64, 64, {}, "the other axis"}};
const std::vector<OptionInfo> squeeze{{Opt::dim,
                                       OptType::integers,
                                       false,
                                       {},
                                       -64,
                                       64,
                                       {},
                                       "axes to drop where their size is 1; all when left out"}};
const std::vector<OptionInfo> slice{
    {Opt::index,
     OptType::slices,
     false,
     {},
     0,
     0,
     {},
     "[start, stop, step] per axis; null is open, negative counts from the end"},
    {Opt::size_like,
     OptType::reference,
     false,
     {},
     0,
     0,
     {},
     "stops each spatial axis at the size of that tensor, as y[..., :n]: what is shorter stays"}};
const std::vector<OptionInfo> crop{
    {Opt::size, OptType::integers, false, {}, 1, kMax, {}, "spatial size to keep"},
    kSizeLike,
    {Opt::align, OptType::word, false, text("start"), 0, 0, "start|center", "which part to keep"}};
const std::vector<OptionInfo> free_pad{
    {Opt::padding,
     OptType::integers,
     false,
     {},
     -kMax,
     kMax,
     {},
     "two numbers per axis, last axis first; negative crops"},
    {Opt::mode, OptType::word, false, text("constant"), 0, 0, "constant|reflect|replicate|circular",
     "what the padding holds"},
    {Opt::value, OptType::number, false, number(0.0), 0, 0, {}, "what constant padding holds"},
    kSizeLike};
const std::vector<OptionInfo> pad_to_multiple{
    {Opt::multiple, OptType::integers, true, {}, 1, kMax, {}, "one number, or one per spatial axis"},
    {Opt::mode, OptType::word, false, text("constant"), 0, 0, "constant|reflect|replicate|circular",
     "what the padding holds"},
    {Opt::value, OptType::number, false, number(0.0), 0, 0, {}, "what constant padding holds"}};
const std::vector<OptionInfo> reduce{
    {Opt::dim, OptType::integers, true, {}, -64, 64, {}, "axes to reduce"},
    {Opt::keepdim, OptType::boolean, false, kFalse, 0, 0, {}, "keeps them as size 1"}};
const std::vector<OptionInfo> stack{
    {Opt::dim, OptType::integer, false, integer(0), -64, 64, {}, "where the new axis stands"}};
const std::vector<OptionInfo> concat{
    {Opt::dim, OptType::integer, false, integer(1), -64, 64, {}, "the axis to join along"}};
const std::vector<OptionInfo> chunk{
    {Opt::chunks, OptType::integer, true, {}, 1, 4096, {}, "number of parts"},
    {Opt::dim, OptType::integer, false, integer(0), -64, 64, {}, "the axis to split"}};
const std::vector<OptionInfo> custom{
    {Opt::label,
     OptType::word,
     false,
     {},
     0,
     0,
     {},
     "what the layer is, for people; `raises: …` for what PyTorch refused when it was recorded"},
    {Opt::output,
     OptType::sizes,
     false,
     {},
     1,
     kMax,
     "same",
     "the shape it returns, as [\"in[0]\", \"in[1]*2\"], or `same`; this or `outputs` is required"},
    {Opt::dtype, OptType::word, false, text("float32"), 0, 0, "float32|int64", "what its outputs hold"},
    {Opt::outputs,
     OptType::sizes_list,
     false,
     {},
     1,
     kMax,
     {},
     "the shapes it returns when there are several"}};
}  // namespace options

const std::vector<KindInfo>& table() {
  static const std::vector<KindInfo> kinds{
#define SHAPEDBG_KIND(name, family, axes, list, min_inputs, max_inputs, doc, ...) \
  {LayerKind::name,          #name, Family::family,        axes, options::list,   \
   {min_inputs, max_inputs}, doc,   KindExtra{__VA_ARGS__}},
#include "net/kinds.def"
#undef SHAPEDBG_KIND
  };
  return kinds;
}

constexpr std::string_view kOptNames[] = {
#define SHAPEDBG_OPT(name) #name,
#include "net/options.def"
#undef SHAPEDBG_OPT
};

}  // namespace

std::string_view to_string(Opt opt) { return kOptNames[static_cast<std::size_t>(opt)]; }

const OptionInfo* KindInfo::option(std::string_view wanted) const {
  for (const OptionInfo& option : options)
    if (to_string(option.opt) == wanted) return &option;
  return nullptr;
}
const OptionInfo* KindInfo::option(Opt wanted) const {
  for (const OptionInfo& option : options)
    if (option.opt == wanted) return &option;
  return nullptr;
}

constinit std::atomic<const KindInfo*> kinds_detail::known = nullptr;

// Apart from info(), which needs no guard then but one comparison.
[[gnu::noinline, gnu::cold]] const KindInfo* kinds_detail::known_from_now_on() {
  const KindInfo* const kinds = table().data();
  known.store(kinds, std::memory_order_release);
  return kinds;
}

std::span<const KindInfo> all_kinds() { return table(); }

const KindInfo* find_kind(std::string_view name) {
  static const ByName<const KindInfo*> by_name = [] {
    ByName<const KindInfo*> kinds;
    kinds.reserve(table().size() + 1);
    for (const KindInfo& kind : table()) kinds.add(kind.name, &kind);
    kinds.add("Interpolate", &info(LayerKind::Upsample));
    return kinds;
  }();
  const KindInfo* const* const found = by_name.find(name);
  return found == nullptr ? nullptr : *found;
}

std::string_view instead_of(std::string_view type) {
  static constexpr std::string_view kCustom =
      "state what it returns as `Custom`: {\"type\": \"Custom\", \"label\": …, \"output\": …}";
  static constexpr std::string_view kLazy = "write the type without `Lazy`; its input size may stay out";
  static constexpr std::string_view kList = "layers stand in a list, or in a block";
  static constexpr std::string_view kLoss =
      "a loss is no part of the network; `expect` says what the network returns";
  static constexpr std::pair<std::string_view, std::string_view> kExact[] = {
      {"UpsamplingNearest2d", "it is `Upsample`"},
      {"UpsamplingBilinear2d", "it is `Upsample` with \"mode\": \"bilinear\" and \"align_corners\": true"},
      {"SyncBatchNorm", "its shapes are those of `BatchNorm2d`"},
      {"Sequential", kList},
      {"ModuleList", kList},
      {"ModuleDict", kList},
      {"Module", kList}};
  for (const auto& [name, advice] : kExact)
    if (name == type) return advice;
  // What returns other shapes for data or state that a spec does not hold.
  static constexpr std::string_view kOthers[] = {
      "Transformer",         "TransformerEncoder",         "TransformerDecoder", "EmbeddingBag",
      "FractionalMaxPool2d", "FractionalMaxPool3d",        "CrossMapLRN2d",      "CosineSimilarity",
      "PairwiseDistance",    "AdaptiveLogSoftmaxWithLoss", "ParameterList",      "ParameterDict"};
  if (std::find(std::begin(kOthers), std::end(kOthers), type) != std::end(kOthers)) return kCustom;
  if (type.starts_with("Lazy") && find_kind(type.substr(4)) != nullptr) return kLazy;
  return type.ends_with("Loss") ? kLoss : std::string_view();
}

std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> words) {
  // Twice the Levenshtein distance, so that a wrong letter case can cost less than a wrong letter.
  // Typed names are cut: nobody misspells a name of a hundred letters, and the table is quadratic.
  if (typed.empty() || typed.size() > 64) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_cost = 0;
  for (const std::string_view word : words) {
    std::vector<std::size_t> row(word.size() + 1);
    for (std::size_t j = 0; j <= word.size(); ++j) row[j] = 2 * j;
    for (std::size_t i = 1; i <= typed.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = 2 * i;
      for (std::size_t j = 1; j <= word.size(); ++j) {
        const char a = typed[i - 1];
        const char b = word[j - 1];
        const std::size_t change = a == b ? 0 : lower(a) == lower(b) ? 1 : 2;
        const std::size_t next = std::min({diagonal + change, row[j] + 2, row[j - 1] + 2});
        diagonal = row[j];
        row[j] = next;
      }
    }
    const std::size_t cost = row[word.size()];
    const std::size_t limit = std::max(std::max(typed.size(), word.size()) * 2 / 3, std::size_t{3});
    if (cost <= limit && (!best || cost < best_cost)) {
      best = word;
      best_cost = cost;
    }
  }
  return best;
}

}  // namespace shapedbg
