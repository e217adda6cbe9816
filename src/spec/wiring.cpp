#include "spec/wiring.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace shapedbg {

std::optional<int> output_count(const LayerSpec& layer) {
  if (layer.broken &&
      (!find_kind(layer.typed_as) || layer.kind == LayerKind::Custom || layer.kind == LayerKind::Chunk))
    return std::nullopt;
  switch (layer.info().family) {
    case Family::chunk:
      return static_cast<int>(layer.integer(Opt::chunks));
    case Family::max_pool:
      return layer.flag(Opt::return_indices) ? 2 : 1;
    case Family::custom: {
      const OptionValue* outputs = layer.find(Opt::outputs);
      const auto* shapes =
          outputs ? std::get_if<std::vector<std::vector<Expression>>>(&outputs->value) : nullptr;
      return shapes ? static_cast<int>(shapes->size()) : 1;
    }
    default:
      return 1;
  }
}

bool Names::check_name(const json::Node& node, std::string_view name, const Location& where,
                       std::string_view what) {
  std::string problem;
  if (name.empty()) {
    problem = "a name cannot be empty";
  } else if (name.find(':') != std::string_view::npos) {
    problem = "a name holds no `:`, which numbers the outputs of a layer";
  } else if (name == "prev") {
    problem = "`prev` is reserved for the layer before";
  } else if (name == "input" && what == "layer") {
    problem = "`input` is reserved for the first input of the network";
  } else if (const auto former = first_.find(std::string(name)); former != first_.end()) {
    Finding& finding = findings_.add(Code::S107, "the name " + quoted(name) + " is already taken", where,
                                     what == "layer" ? name : "");
    finding.related.push_back({std::string(name), document_.member(*former->second), "first used here"});
    return false;
  }
  if (!problem.empty()) {
    findings_.add(Code::S112, std::move(problem), where);
    return false;
  }
  first_.emplace(name, &node);
  return true;
}

void Names::add_input(const json::Node* key_of, std::string_view name) {
  const int index = next_input_++;
  if (index == 0) inputs_.emplace("input", 0);
  if (!key_of) return;
  if (name == "input" && index > 0) {
    findings_.add(Code::S112, "`input` always names the first input", document_.key(*key_of));
    return;
  }
  if (check_name(*key_of, name, document_.key(*key_of), "input")) inputs_.emplace(name, index);
}

std::string Names::claim(const json::Node& node, int layer) {
  const json::Node* name = document_.find(node, "name");
  if (!name) return {};
  if (name->type != json::Type::string) {
    findings_.add(Code::S104, "`name` must be a string, not " + described(*name), document_.value(*name));
    return {};
  }
  if (!check_name(*name, name->text, document_.member(*name), "layer")) return {};
  std::string claimed(name->text);
  layers_.emplace(claimed, layer);
  return claimed;
}

std::string Names::assign(const std::string& wanted, int layer) {
  std::string name = wanted;
  for (int number = 2; layers_.contains(name) || inputs_.contains(name); ++number)
    name = wanted + "_" + std::to_string(number);
  layers_.emplace(name, layer);
  return name;
}

std::optional<Ref> Names::base(std::string_view name, int layer) const {
  if (name == "prev") return layer == 0 ? Ref::of_input(0) : Ref{layer - 1, 0};
  const std::string key(name);
  if (const auto found = layers_.find(key); found != layers_.end()) return Ref{found->second, 0};
  if (const auto found = inputs_.find(key); found != inputs_.end()) return Ref::of_input(found->second);
  return std::nullopt;
}

std::optional<Ref> Names::unknown(const json::Node& reference, std::string_view typed,
                                  std::string_view layer_name) {
  if (known_.empty()) {
    for (const auto& [name, index] : inputs_) known_.push_back(name);
    for (const auto& [name, index] : layers_) known_.push_back(name);
    // Among equally near names the first in the alphabet, so that the answer does not hang on a hash.
    std::sort(known_.begin(), known_.end());
  }
  findings_.add(Code::S106,
                "there is no layer or input " + quoted(typed) + suggestions_.nearest(typed, known_, "name"),
                document_.value(reference), layer_name);
  return std::nullopt;
}

std::optional<Ref> Names::resolve(const Spec& spec, const json::Node& reference, int layer,
                                  std::string_view layer_name, bool indices) {
  if (reference.type != json::Type::string) {
    findings_.add(Code::S104, "a reference must be the name of a layer or input, not " + described(reference),
                  document_.value(reference), layer_name);
    return std::nullopt;
  }
  const std::string_view typed = reference.text;
  std::string_view name = typed;
  std::int64_t output = 0;
  if (const std::size_t colon = typed.rfind(':'); colon != std::string_view::npos) {
    name = typed.substr(0, colon);
    const char* end = typed.data() + typed.size();
    const auto [stop, code] = std::from_chars(typed.data() + colon + 1, end, output);
    if (code != std::errc() || stop != end || output < 0) {
      findings_.add(
          Code::S112,
          "the output in " + quoted(typed) + " must be a number from 0, as in `" + std::string(name) + ":1`",
          document_.value(reference), layer_name);
      return std::nullopt;
    }
  }
  std::optional<Ref> ref = base(name, layer);
  if (!ref) return unknown(reference, name, layer_name);
  if (!ref->is_input() && ref->layer >= layer) {
    const bool itself = ref->layer == layer;
    findings_.add(Code::S108,
                  itself ? quoted(name) + " cannot take its own output"
                         : quoted(name) + " runs after " + quoted(layer_name) +
                               ": a layer takes only what ran before it",
                  document_.value(reference), layer_name);
    return std::nullopt;
  }
  std::optional<int> count = 1;
  if (!ref->is_input()) {
    const LayerSpec& named = spec.layers[static_cast<std::size_t>(ref->layer)];
    count = output_count(named);
    if (indices && named.info().family == Family::max_pool) count = 2;
  }
  constexpr std::int64_t kMostOutputs = 4096;
  if (output >= (count ? *count : kMostOutputs)) {
    std::string message = quoted(name) + " returns " + std::to_string(count.value_or(0)) +
                          (count == 1 ? " tensor" : " tensors") + ": there is no `" + std::string(typed) +
                          "`";
    if (!ref->is_input() &&
        spec.layers[static_cast<std::size_t>(ref->layer)].info().family == Family::max_pool)
      message += "; `return_indices` adds the indices as the second";
    findings_.add(Code::S112, std::move(message), document_.value(reference), layer_name);
    return std::nullopt;
  }
  ref->output = static_cast<int>(output);
  return ref;
}

}  // namespace shapedbg
