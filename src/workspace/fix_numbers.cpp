#include "workspace/fix_numbers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "net/facts.h"
#include "net/parameter.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMostTrials = 6;

// The whole numbers of a text, in their order: "[-1, 128, 8, 8]".
std::vector<std::int64_t> numbers_in(const std::string& text) {
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    std::int64_t number = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && number < (1LL << 40); ++i)
      number = number * 10 + (text[i] - '0');
    numbers.push_back(number);
  }
  return numbers;
}

// What becomes of what, where the texts have as many numbers.
void add_pairs(const std::string& from, const std::string& to,
               std::vector<std::pair<std::int64_t, std::int64_t>>& pairs) {
  const std::vector<std::int64_t> was = numbers_in(from);
  const std::vector<std::int64_t> is = numbers_in(to);
  if (was.size() != is.size()) return;
  for (std::size_t i = 0; i < was.size(); ++i) {
    const std::pair pair(was[i], is[i]);
    if (was[i] != is[i] && std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);
  }
}

bool is_input(const Spec& spec, const std::string& name) {
  return std::any_of(spec.inputs.begin(), spec.inputs.end(),
                     [&](const InputSpec& input) { return input.name == name; });
}

}  // namespace

bool is_of_inputs(const Fix& fix, const Spec& spec) {
  return !fix.changes.empty() &&
         std::all_of(fix.changes.begin(), fix.changes.end(),
                     [&](const Change& change) { return is_input(spec, change.layer); });
}

std::vector<NumberTrial> number_trials(const Fix& fix, const std::vector<Finding>& findings, const Spec& spec,
                                       const std::vector<ProgramNumber>& numbers) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  if (!is_of_inputs(fix, spec))
    for (const Change& change : fix.changes) add_pairs(change.from, change.to, pairs);
  // The size that the network would take in place of the one that it gets may stand in the program.
  for (const Finding& finding : findings)
    for (const Fix& other : finding.fixes)
      for (const Change& change : other.changes)
        if (is_input(spec, change.layer)) add_pairs(change.to, change.from, pairs);
  std::vector<NumberTrial> trials;
  for (const auto& [from, to] : pairs)
    for (const ProgramNumber& number : numbers)
      if (number.value == from) trials.push_back({number, to});
  return trials.size() <= kMostTrials ? trials : std::vector<NumberTrial>{};
}

bool has_weights_of(const Spec& spec, const Spec& fixed) {
  return std::all_of(fixed.layers.begin(), fixed.layers.end(), [&](const LayerSpec& layer) {
    const auto at = spec.find(layer.name);
    const bool learned = layer.info().family != Family::parameter || is_learned(layer);
    if (!at || !learned) return true;
    const OptList& weights = facts(layer.kind).weights;
    const LayerSpec& now = spec.layer(*at);
    return now.kind == layer.kind &&
           std::all_of(layer.options.begin(), layer.options.end(), [&](const OptionValue& option) {
             const OptionValue* same = now.find(option.info->opt);
             return !weights.has(option.info->opt) ||
                    (same != nullptr && to_json(spec, same->value) == to_json(fixed, option.value));
           });
  });
}

}  // namespace shapedbg
