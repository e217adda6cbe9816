// What Trials says of a change equals what inference says of the whole network, written anew and read again.
#include "repair/trials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "../property/random_dag.h"
#include "read/json/parse.h"
#include "repair/candidate.h"

namespace shapedbg::trials_test {
namespace {

// Trials does not look at element types.
bool mistyped(const Trace& trace) {
  return std::any_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return std::any_of(row.refusals.begin(), row.refusals.end(),
                       [](const Refusal& refusal) { return refusal.code == Code::L219; });
  });
}

// A network that was read, and what the formulas say of it.
struct Read {
  Source source;
  Spec spec;
  Trace trace;
};

std::optional<Read> read(const std::string& json) {
  Source source("net.json", json);
  Parsed parsed = parse(source);
  if (!parsed.usable || !parsed.findings.empty() || parsed.spec.layers.empty()) return std::nullopt;
  Trace trace = infer(parsed.spec);
  if (mistyped(trace)) return std::nullopt;
  return Read{std::move(source), std::move(parsed.spec), std::move(trace)};
}

// Another value of an option: a number near the present one, one entry of a list, the other flag.
std::optional<Value> another(Dice& dice, const OptionValue& option) {
  if (const auto* flag = std::get_if<bool>(&option.value)) return Value{!*flag};
  if (const auto* number = std::get_if<std::int64_t>(&option.value))
    return Value{*number + dice.of<std::int64_t>({-2, -1, 1, 2})};
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&option.value); list && !list->empty()) {
    std::vector<std::int64_t> other = *list;
    other[static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(other.size()) - 1))] +=
        dice.of<std::int64_t>({-1, 1});
    return Value{std::move(other)};
  }
  if (option.info->type == OptType::axes) return Value{dice.between(1, 3)};  // the stride of a pool
  return std::nullopt;
}

std::optional<Set> random_set(Dice& dice, const Spec& spec) {
  const std::int64_t layer = dice.between(0, static_cast<std::int64_t>(spec.layers.size()) - 1);
  const OptionValues& all = spec.layers[static_cast<std::size_t>(layer)].options;
  const std::vector<OptionValue> options(all.begin(), all.end());
  if (options.empty()) return std::nullopt;
  const OptionValue& option = dice.of(options);
  std::optional<Value> value = another(dice, option);
  if (!value) return std::nullopt;
  return Set{LayerId(layer), option.info->opt, std::move(*value)};
}

// The whole file with the options written into it; nothing where it cannot be read then.
std::optional<Read> rewritten(const Read& network, const std::vector<Set>& sets) {
  std::vector<Edit> edits;
  for (const Set& set : sets) {
    const LayerSpec& layer = network.spec.layers[set.layer];
    for (Edit& edit : set_option(network.source, layer, set.opt, to_json(network.spec, set.value)))
      edits.push_back(std::move(edit));
  }
  const std::optional<std::string> bytes = shapedbg::apply(network.source.bytes(), edits);
  return bytes ? read(*bytes) : std::nullopt;
}

// One or two layers changed; now and then just what takes the network back to what it was.
std::vector<Set> random_sets(Dice& dice, const Spec& spec, const Set& back) {
  std::vector<Set> sets;
  if (dice.one_in(4)) sets.push_back(back);
  for (std::int64_t more = dice.between(sets.empty() ? 1 : 0, 2); more > 0; --more) {
    std::optional<Set> set = random_set(dice, spec);
    const auto same_layer = [&](const Set& known) { return known.layer == set->layer; };
    if (set && std::none_of(sets.begin(), sets.end(), same_layer)) sets.push_back(std::move(*set));
  }
  return sets;
}

TEST(Trials, SaysWhatInferenceSaysOfTheNetworkWrittenAnew) {
  Dice dice(20260);
  RandomDags dags(712);
  int compared = 0;
  int closed = 0;
  int beside = 0;
  for (int net = 0; net < 400; ++net) {
    Dag dag = dags.next();
    std::optional<Read> sound = read(json_of(dag));
    if (!sound) continue;
    // What it returns is expected of it, so that a change behind which everything runs may still miss.
    if (const Shape* result = sound->trace.result(sound->spec)) {
      dag.expect = bracketed(*result);
      sound = read(json_of(dag));
      ASSERT_TRUE(sound) << json_of(dag);
    }
    const std::optional<Set> slip = random_set(dice, sound->spec);
    const std::optional<Read> network = slip ? rewritten(*sound, {*slip}) : std::nullopt;
    if (!network) continue;
    const Value was = sound->spec.layers[slip->layer].find(slip->opt)->value;
    Trials trials(network->spec, network->trace);
    const bool holds_already = holds(network->spec, network->trace);
    // One Trials for all of them: each leaves it as it was.
    for (int change = 0; change < 25; ++change) {
      const std::vector<Set> sets = random_sets(dice, network->spec, {slip->layer, slip->opt, was});
      const std::optional<Read> changed = sets.empty() ? std::nullopt : rewritten(*network, sets);
      if (!changed) continue;
      const bool truth = holds(changed->spec, changed->trace);
      std::int64_t steps = std::numeric_limits<std::int64_t>::max();
      ASSERT_EQ(trials.close(sets, steps), truth) << changed->source.bytes();
      ASSERT_EQ(runs_as_expected(changed->spec, steps), truth) << changed->source.bytes();
      ++compared;
      closed += truth && !holds_already ? 1 : 0;
      const bool reaches = std::any_of(sets.begin(), sets.end(),
                                       [&](const Set& set) { return trials.reaching()[set.layer] != 0; });
      if (holds_already || reaches) continue;
      ASSERT_FALSE(truth) << changed->source.bytes();
      ++beside;
    }
  }
  EXPECT_GT(compared, 2000);
  EXPECT_GT(closed, 100);
  EXPECT_GT(beside, 100);
}

TEST(Trials, AskTheUnpoolThoughItsPoolReturnsTheSameSize) {
  const std::optional<Read> network = read(R"({"input": [1, 1, 9], "expect": [1, 1, 8], "layers": [
    {"name": "pool", "type": "MaxPool1d", "kernel_size": 3, "stride": 2},
    {"type": "MaxUnpool1d", "kernel_size": 2, "stride": 2, "indices": "pool"}]})");
  ASSERT_TRUE(network);
  ASSERT_FALSE(holds(network->spec, network->trace));
  Trials trials(network->spec, network->trace);
  std::int64_t steps = 100;
  EXPECT_TRUE(trials.close({{LayerId(0), Opt::kernel_size, Value{std::int64_t{2}}}}, steps));
}

TEST(Trials, TakeAStepForEachLayerThatAChangeReaches) {
  const std::optional<Read> network = read(R"({"input": [1, 1, 9], "expect": "input", "layers": [
    {"type": "ReLU"}, {"type": "ReLU"},
    {"type": "Conv1d", "out_channels": 1, "kernel_size": 3},
    {"type": "Conv1d", "out_channels": 1, "kernel_size": 1}]})");
  ASSERT_TRUE(network);
  Trials trials(network->spec, network->trace);
  const std::vector<Set> sets{{LayerId(2), Opt::padding, Value{std::int64_t{1}}}};
  std::int64_t enough = 2;
  EXPECT_TRUE(trials.close(sets, enough));
  EXPECT_EQ(enough, 0);
  std::int64_t few = 1;
  EXPECT_FALSE(trials.close(sets, few));
}

}  // namespace
}  // namespace shapedbg::trials_test
