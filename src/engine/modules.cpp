#include "engine/modules.h"

#include <algorithm>

namespace shapedbg {

std::string written(at::IntArrayRef sizes) { return bracketed(sizes.vec()); }

std::vector<std::int64_t> integer_list(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  if (option == nullptr) return {};
  if (const auto* one = std::get_if<std::int64_t>(&option->value)) return {*one};
  if (const auto* many = std::get_if<std::vector<std::int64_t>>(&option->value)) return *many;
  return {};
}

std::vector<double> number_list(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  if (option == nullptr) return {};
  if (const auto* one = std::get_if<double>(&option->value)) return {*one};
  if (const auto* many = std::get_if<std::vector<double>>(&option->value)) return *many;
  std::vector<double> numbers;
  for (const std::int64_t integer : integer_list(layer, opt)) numbers.push_back(static_cast<double>(integer));
  return numbers;
}

const std::string* word_of(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  return option == nullptr ? nullptr : std::get_if<std::string>(&option->value);
}

std::vector<std::int64_t> wanted_size(const Step& step, int axes) {
  const auto spatial = static_cast<std::size_t>(axes);
  std::vector<std::int64_t> size = integer_list(step.layer, Opt::output_size);
  if (size.empty() && step.like != nullptr) {
    if (step.like->size() < spatial)
      throw Refused("`size_like` names a tensor without spatial axes: " + bracketed(*step.like));
    return {step.like->end() - axes, step.like->end()};
  }
  const auto rank = static_cast<std::size_t>(step.input().dim());
  if (!size.empty() && size.size() != spatial && size.size() != rank)
    throw Refused("`output_size` has " + std::to_string(size.size()) + " entries where " +
                  std::to_string(spatial) + " or " + std::to_string(rank) + " are needed");
  if (size.size() > spatial) size.erase(size.begin(), size.end() - axes);
  return size;
}

std::size_t first_spatial(const at::Tensor& input) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(input.dim() - 1, 0, 2));
}

const Shape& like_of_same_rank(const Step& step) {
  if (step.like->size() != static_cast<std::size_t>(step.input().dim()))
    throw Refused("`size_like` names a tensor of shape " + bracketed(*step.like) + ", the input has shape " +
                  written(step.input().sizes()));
  return *step.like;
}

std::int64_t channels(const at::Tensor& input, int axes) {
  if (input.dim() == 0) return 1;
  const std::int64_t axis = std::clamp<std::int64_t>(input.dim() - axes - 1, 0, 1);
  return std::max<std::int64_t>(input.size(axis), 1);
}

std::int64_t features(const Step& step, Opt opt, std::size_t input) {
  if (step.layer.has(opt)) return step.layer.integer(opt);
  const at::Tensor& tensor = step.inputs.at(input);
  return tensor.dim() == 0 ? 1 : tensor.size(-1);
}

namespace {

Tensors all_of(at::Tensor one) { return {std::move(one)}; }
Tensors all_of(Tensors several) { return several; }

}  // namespace

// One case for each row of facts.def.
Tensors run_step(const Step& step) {
  switch (step.layer.info().family) {
#define SHAPEDBG_FAMILY(name, rule, cost, run, ...) \
  case Family::name:                                \
    return all_of(run(step));
#include "net/facts.def"
#undef SHAPEDBG_FAMILY
  }
  throw Refused("no module for layer type `" + std::string(step.layer.info().name) + "`");
}

}  // namespace shapedbg
