#include "read/json/wiring.h"

#include "net/facts.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace shapedbg {

namespace {

// `prev:1`, `input:2`.
bool numbered(std::string_view name, std::string_view word) {
  return name.size() > word.size() && name.starts_with(word) && name[word.size()] == ':';
}

// The number behind the colon of `pool:1`; nothing where it is none from 0 on.
std::optional<std::int64_t> output_number(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  return code == std::errc() && stop == end && number >= 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

Names::Taken& Names::kept(std::string name) {
  if (Taken** const known = by_name_.find(name)) return **known;
  Taken& taken = names_.emplace_back(std::move(name), Named());
  by_name_.add(taken.first, &taken);
  return taken;
}

Names::Taken* Names::take_name(const json::Node& node, std::string_view name, Place place,
                               std::string_view what, std::string full) {
  std::string problem;
  if (name.empty()) {
    problem = "a name cannot be empty";
  } else if (numbered(name, "prev") || numbered(name, "input")) {
    problem =
        in_backticks(name) + " is reserved: `:` numbers the outputs of a layer and the inputs of a block";
  } else if (name == "prev") {
    problem = "`prev` is reserved for the layer before";
  } else if (name == "input" && what == "layer") {
    problem = "`input` is reserved for the first input of the network";
  }
  if (!problem.empty()) {
    findings_.add(Code::S112, std::move(problem), (document_.*place)(node));
    return nullptr;
  }
  Taken& taken = kept(std::move(full));
  Named& meaning = taken.second;
  if (meaning.first != nullptr) {
    Finding& finding =
        findings_.add(Code::S107, "the name " + in_backticks(taken.first) + " is already taken",
                      (document_.*place)(node), what == "layer" ? std::string_view(taken.first) : "");
    finding.related.push_back({taken.first, document_.member(*meaning.first), "first used here"});
    return nullptr;
  }
  if (!meaning.is_layer) {
    meaning.first = &node;
    return &taken;
  }
  findings_.add(Code::S107,
                "the name " + in_backticks(taken.first) + " is already taken by another layer's default name",
                (document_.*place)(node), taken.first);
  return nullptr;
}

void Names::add_input(const json::Node* key_of, std::string_view name) {
  const int index = next_input_++;
  if (index == 0) kept("input").second.input = 0;
  if (!key_of) return;
  if (name == "input" && index > 0) {
    findings_.add(Code::S112, "`input` always names the first input", document_.key(*key_of));
    return;
  }
  Taken* const taken = take_name(*key_of, name, &json::Document::key, "input", std::string(name));
  if (taken != nullptr && !taken->second.input) taken->second.input = index;
}

Names::Taken* Names::claim(const json::Node& name, Scope& scope) {
  if (name.type != json::Type::string) {
    findings_.add(Code::S104, "`name` must be a string, not " + described(name), document_.value(name));
    return nullptr;
  }
  const std::string_view text = name.text();
  std::string full;
  full.reserve(scope.prefix.size() + text.size());
  full.append(scope.prefix).append(text);
  Taken* const taken = take_name(name, text, &json::Document::member, "layer", std::move(full));
  if (taken == nullptr) return nullptr;
  taken->second.is_layer = true;
  if (scope.caller) scope.locals.push_back(text);
  return taken;
}

Names::Taken& Names::assign(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 2;; ++number) {
    Taken& taken = kept(std::move(name));
    if (!taken.second.is_layer && !taken.second.input) {
      taken.second.is_layer = true;
      return taken;
    }
    name = wanted + "_" + std::to_string(number);
  }
}

std::optional<Ref> Names::base(std::string_view name, const Spot& spot) const {
  if (name == "prev") return spot.previous;
  for (const Scope* scope = spot.scope; scope; scope = scope->around) {
    const Taken* const* const found =
        scope->prefix.empty() ? by_name_.find(name) : by_name_.find(scope->prefix + std::string(name));
    if (found != nullptr && (*found)->second.is_layer) return Ref{(*found)->second.layer, 0};
  }
  const Taken* const* const found = by_name_.find(name);
  return found != nullptr && (*found)->second.input ? std::optional(Ref::of_input(*(*found)->second.input))
                                                    : std::nullopt;
}

// `input`, `input:1` within a block or Residual.
std::optional<Ref> Names::taken_by_block(const json::Node& reference, std::string_view output,
                                         const Spot& spot) {
  const std::vector<Ref>& inputs = spot.scope->inputs;
  std::size_t index = 0;
  if (!output.empty()) {
    const char* end = output.data() + output.size();
    const auto [stop, code] = std::from_chars(output.data(), end, index);
    if (code != std::errc() || stop != end) index = inputs.size();
  }
  if (index < inputs.size()) {
    spot.scope->taken[index] = true;
    return inputs[index];
  }
  findings_.add(Code::S112,
                "`" + spot.scope->name.substr(0, 40) + "` takes " + std::to_string(inputs.size()) +
                    (inputs.size() == 1 ? " input" : " inputs") + ": there is no " +
                    in_backticks(reference.text()),
                document_.value(reference), spot.name);
  return std::nullopt;
}

std::optional<Ref> Names::unknown(const json::Node& reference, std::string_view typed, const Spot& spot) {
  std::string near;
  for (const Scope* scope = spot.scope; scope && near.empty(); scope = scope->around)
    near = suggestions_.nearest(typed, scope->locals, "name");
  if (known_.empty()) {
    for (const auto& [name, named] : names_)
      if (named.is_layer || named.input) known_.push_back(name);
    // Among equally near names the first in the alphabet, so that the answer does not hang on a hash.
    std::sort(known_.begin(), known_.end());
  }
  if (near.empty()) near = suggestions_.nearest(typed, known_, "name");
  findings_.add(Code::S106, "there is no layer or input " + in_backticks(typed) + near,
                document_.value(reference), spot.name);
  return std::nullopt;
}

std::optional<Ref> Names::resolve(const Spec& spec, const json::Node& reference, const Spot& spot,
                                  bool indices) {
  if (reference.type != json::Type::string) {
    findings_.add(Code::S104, "a reference must be the name of a layer or input, not " + described(reference),
                  document_.value(reference), spot.name);
    return std::nullopt;
  }
  const std::string_view typed = reference.text();
  const std::size_t colon = typed.rfind(':');
  const bool has_colon = colon != std::string_view::npos;
  if (spot.scope->caller && typed.substr(0, colon) == "input")
    return taken_by_block(reference, has_colon ? typed.substr(colon + 1) : std::string_view(), spot);
  // A name may hold a `:` itself; the whole of what is written goes first.
  std::optional<Ref> ref = base(typed, spot);
  std::string_view name = typed;
  std::int64_t output = 0;
  if (!ref && has_colon) {
    name = typed.substr(0, colon);
    const std::optional<std::int64_t> number = output_number(typed.substr(colon + 1));
    ref = base(name, spot);
    if (!number) {
      // `conv:relu` is a slip in a name, `conv:` and `conv:-1` are slips in a number.
      if (!ref) return unknown(reference, typed, spot);
      findings_.add(Code::S112,
                    "the output in " + in_backticks(typed) + " must be a number from 0, as in `" +
                        std::string(name) + ":1`",
                    document_.value(reference), spot.name);
      return std::nullopt;
    }
    output = *number;
  }
  if (!ref) return unknown(reference, name, spot);
  if (!runs_before(*ref, name, reference, spot) ||
      !has_output(spec, *ref, output, name, reference, spot, indices))
    return std::nullopt;
  ref->output = static_cast<int>(output);
  return ref;
}

bool Names::runs_before(Ref ref, std::string_view name, const json::Node& reference, const Spot& spot) {
  if (ref.is_input() || ref.layer < spot.layer) return true;
  findings_.add(Code::S108,
                ref.layer == spot.layer ? in_backticks(name) + " cannot take its own output"
                                        : in_backticks(name) + " runs after " + in_backticks(spot.name) +
                                              ": a layer takes only what ran before it",
                document_.value(reference), spot.name);
  return false;
}

bool Names::has_output(const Spec& spec, Ref ref, std::int64_t output, std::string_view name,
                       const json::Node& reference, const Spot& spot, bool indices) {
  constexpr std::int64_t kMostOutputs = 4096;
  const LayerSpec* named = ref.is_input() ? nullptr : &spec.layer(ref.layer);
  const bool pool = named != nullptr && named->info().family == Family::max_pool;
  std::optional<int> count = 1;
  if (named != nullptr) count = output_count(*named);
  if (pool && indices) count = 2;
  if (output < (count ? *count : kMostOutputs)) return true;
  const std::string typed = "`" + std::string(reference.text()) + "`";
  std::string message = count ? in_backticks(name) + " returns " + std::to_string(*count) +
                                    (*count == 1 ? " tensor" : " tensors") + ": there is no " + typed
                              : typed + " cannot be named: of the tensors of " + in_backticks(name) +
                                    " the first " + std::to_string(kMostOutputs) + " alone are looked at";
  if (pool) message += "; `return_indices` adds the indices as the second";
  findings_.add(Code::S112, std::move(message), document_.value(reference), spot.name);
  return false;
}

}  // namespace shapedbg
