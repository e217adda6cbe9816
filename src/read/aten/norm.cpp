// Normalisations and dropout.
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

std::string for_rank(std::string_view base, std::size_t rank) {
  return std::string(base) + (rank <= 3 ? "1d" : rank == 4 ? "2d" : "3d");
}

void set_eps(DraftLayer& layer, const Step& step) {
  if (const double eps = step.number("eps", 1e-5); eps != 1e-5) layer.set("eps", eps);
}

// Axis 1 of what it takes, or what the weight says.
std::optional<std::int64_t> features(const Mapping& mapping, const Step& step) {
  for (const std::string_view name : {"weight", "running_mean"})
    if (step[name].is(Value::Kind::tensor) && mapping.rank(step[name]) == 1)
      return mapping.tensor(step[name]).shape[0].value;
  return std::nullopt;
}

// A module that was made for other axes than those that come refuses them itself: it is what its class says.
std::string batch_norm_type(const Step& step, std::size_t rank) {
  const std::string& made = step.call().module_class;
  const std::string name = made.substr(made.rfind('.') + 1);
  const bool refused = !step.call().raised.empty() && name.starts_with("BatchNorm") && name.size() == 11;
  return refused ? name : for_rank("BatchNorm", rank);
}

bool batch_norm(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input) || mapping.rank(input) < 2 || mapping.rank(input) > 5 ||
      mapping.live(step["weight"]))
    return false;
  DraftLayer layer(batch_norm_type(step, mapping.rank(input)), {mapping.ref(input)});
  if (const auto count = features(mapping, step)) layer.set("num_features", *count);
  set_eps(layer, step);
  if (!step.given("weight")) layer.set("affine", false);
  if (!step.given("running_mean")) layer.set("track_running_stats", false);
  // It was run in evaluation, where a single value is normalised by what was learned.
  bool single = true;
  for (std::size_t k = 0; k < mapping.rank(input); ++k)
    single = single && (k == 1 || mapping.tensor(input).shape[k].value == 1);
  if (single && !step.flag("training", !step.given("running_mean"))) layer.ignore.push_back(Code::W506);
  mapping.emit(step, std::move(layer));
  return true;
}

bool instance_norm(Mapping& mapping, const Step& step) {
  const Value& input = step["input"];
  if (!mapping.live(input) || mapping.rank(input) < 2 || mapping.rank(input) > 5 ||
      mapping.live(step["weight"]))
    return false;
  DraftLayer layer(for_rank("InstanceNorm", mapping.rank(input)), {mapping.ref(input)});
  if (const auto count = features(mapping, step)) layer.set("num_features", *count);
  set_eps(layer, step);
  if (step.given("weight")) layer.set("affine", true);
  if (step.given("running_mean")) layer.set("track_running_stats", true);
  mapping.emit(step, std::move(layer));
  return true;
}

bool group_norm(Mapping& mapping, const Step& step) {
  const auto groups = step.integer("num_groups");
  if (!mapping.live(step["input"]) || !groups || mapping.live(step["weight"])) return false;
  DraftLayer layer("GroupNorm", {mapping.ref(step["input"])});
  layer.set("num_groups", *groups);
  if (const auto count = features(mapping, step)) layer.set("num_channels", *count);
  set_eps(layer, step);
  if (!step.given("weight")) layer.set("affine", false);
  mapping.emit(step, std::move(layer));
  return true;
}

bool norm_of_last(Mapping& mapping, const Step& step, std::string_view kind, double fallback) {
  const auto shape = fixed(step.integers("normalized_shape"));
  if (!mapping.live(step["input"]) || !shape || shape->empty() || mapping.live(step["weight"])) return false;
  DraftLayer layer(kind, {mapping.ref(step["input"])});
  layer.axes("normalized_shape", *shape);
  if (shape->size() > 1) layer.set("normalized_shape", *shape);
  if (const double eps = step.number("eps", fallback); eps != fallback) layer.set("eps", eps);
  if (!step.given("weight")) layer.set("elementwise_affine", false);
  mapping.emit(step, std::move(layer));
  return true;
}
bool layer_norm(Mapping& mapping, const Step& step) { return norm_of_last(mapping, step, "LayerNorm", 1e-5); }
bool rms_norm(Mapping& mapping, const Step& step) { return norm_of_last(mapping, step, "RMSNorm", -1); }

bool local_response_norm(Mapping& mapping, const Step& step) {
  const auto size = step.integer("size");
  if (!mapping.live(step["input"]) || !size) return false;
  DraftLayer layer("LocalResponseNorm", {mapping.ref(step["input"])});
  layer.set("size", *size);
  if (const double alpha = step.number("alpha", 1e-4); alpha != 1e-4) layer.set("alpha", alpha);
  if (const double beta = step.number("beta", 0.75); beta != 0.75) layer.set("beta", beta);
  if (const double k = step.number("k", 1); k != 1) layer.set("k", k);
  mapping.emit(step, std::move(layer));
  return true;
}

bool dropped(Mapping& mapping, const Step& step, std::string_view kind) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(kind, {mapping.ref(step["input"])});
  if (const double p = step.number("p", 0.5); p != 0.5 && p >= 0 && p <= 1) layer.set("p", p);
  mapping.emit(step, std::move(layer));
  return true;
}
bool dropout(Mapping& mapping, const Step& step) { return dropped(mapping, step, "Dropout"); }
bool alpha_dropout(Mapping& mapping, const Step& step) { return dropped(mapping, step, "AlphaDropout"); }
bool feature_alpha_dropout(Mapping& mapping, const Step& step) {
  return dropped(mapping, step, "FeatureAlphaDropout");
}
bool feature_dropout(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  const std::size_t rank = mapping.rank(step["input"]);
  return dropped(mapping, step, rank <= 3 ? "Dropout1d" : rank == 4 ? "Dropout2d" : "Dropout3d");
}

constexpr std::string_view kStatistics =
    "input running_mean running_var weight bias training|use_input_stats momentum eps";
constexpr std::string_view kDropout = "input|self p training|train inplace";
constexpr std::array<Row, 13> kNormRows{
    {{"batch_norm", kStatistics, batch_norm},
     {"instance_norm", kStatistics, instance_norm},
     {"group_norm", "input num_groups weight bias eps", group_norm},
     {"layer_norm", "input normalized_shape weight bias eps", layer_norm},
     {"rms_norm", "input normalized_shape weight eps", rms_norm},
     {"local_response_norm", "input size alpha beta k", local_response_norm},
     {"dropout", kDropout, dropout},
     {"dropout1d", kDropout, feature_dropout},
     {"dropout2d", kDropout, feature_dropout},
     {"dropout3d", kDropout, feature_dropout},
     {"feature_dropout", kDropout, feature_dropout},
     {"alpha_dropout", kDropout, alpha_dropout},
     {"feature_alpha_dropout", kDropout, feature_alpha_dropout}}};

}  // namespace

std::span<const Row> norm_rows() { return kNormRows; }

}  // namespace shapedbg::aten
