// One defect planted in each of many sound U-Nets: the first finding names it. SHAPEDBG_SEED and
// SHAPEDBG_COUNT choose other networks and more of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>

#include "diagnose/diagnose.h"
#include "flow/path.h"
#include "property/environment.h"
#include "random_unet.h"
#include "read/json/parse.h"

namespace shapedbg::planted_test {
namespace {

Spec read(const UNet& net) {
  Parsed parsed = parse(Source("unet.json", json_of(net.dag)));
  for (const Finding& finding : parsed.findings)
    ADD_FAILURE() << finding.message << " in\n" << json_of(net.dag);
  return std::move(parsed.spec);
}

std::vector<Finding> errors_of(const Spec& spec, const Trace& trace) {
  std::vector<Finding> findings = diagnose(spec, trace);
  std::erase_if(findings, [](const Finding& f) { return info(f.code).severity != Severity::error; });
  return findings;
}

// The strided layers of `candidates` that get a size which is no multiple of their stride: they lose the rest
// of it.
std::set<std::string> losing(const Spec& spec, const Trace& trace, const std::set<std::string>& candidates) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (candidates.count(spec.layers[i].name) == 0) continue;
    for (const Axis& axis : spatial_axes(spec))
      if (step_of(trace, LayerId(i), axis).in % resize_of(spec, trace, LayerId(i), axis).factor != 0)
        names.insert(spec.layers[i].name);
  }
  return names;
}

// The layer at fault and those with it.
std::set<std::string> names_in(const Finding& finding) {
  std::set<std::string> names{finding.layer};
  for (const Related& related : finding.related) names.insert(related.layer);
  return names;
}

bool any_named(const Finding& finding, const std::set<std::string>& wanted) {
  const std::set<std::string> names = names_in(finding);
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& name) { return names.count(name) > 0; });
}

std::string account(const Finding& finding) {
  std::string text = std::string(info(finding.code).id) + " " + finding.layer + ": " + finding.message;
  for (const Related& related : finding.related) text += "\n    " + related.layer + ": " + related.message;
  for (const std::string& note : finding.notes) text += "\n    note: " + note;
  return text;
}

TEST(Planted, SoundNetworksHaveNoFindings) {
  RandomUNets nets(from_environment("SHAPEDBG_SEED", 7));
  for (int i = 0; i < 100; ++i) {
    const UNet net = nets.next();
    const Spec spec = read(net);
    const std::vector<Finding> errors = errors_of(spec, infer(spec));
    ASSERT_TRUE(errors.empty()) << account(errors[0]) << "\n" << json_of(net.dag);
  }
}

TEST(Planted, TheFirstFindingNamesThePlantedDefect) {
  const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20240609);
  const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 1'600);
  const bool tell = std::getenv("SHAPEDBG_TELL") != nullptr;
  std::cout << "seed " << seed << ", " << count
            << " networks (SHAPEDBG_SEED, SHAPEDBG_COUNT; SHAPEDBG_TELL lists the misses)" << std::endl;
  RandomUNets nets(seed);
  Dice dice(seed + 1);
  struct Score {
    int planted = 0;
    int named = 0;           // anywhere in the first finding
    int first = 0;           // as the layer at fault
    std::size_t places = 0;  // layers that the finding names in all
  };
  std::map<Defect, Score> scores;
  Score all;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Defect defect = all_defects[i % all_defects.size()];
    // Many a change does no harm: other networks, until one fails.
    for (int tries = 0; tries < 200; ++tries) {
      UNet net = nets.next();
      std::set<std::string> wanted = plant(net, defect, dice);
      if (wanted.empty()) continue;
      const Spec spec = read(net);
      const Trace trace = infer(spec);
      const std::vector<Finding> errors = errors_of(spec, trace);
      if (errors.empty()) continue;
      if (defect == Defect::input_size) wanted = losing(spec, trace, wanted);
      const bool named = any_named(errors[0], wanted);
      const bool first = wanted.count(errors[0].layer) > 0;
      for (Score* score : {&scores[defect], &all}) {
        ++score->planted;
        score->named += named ? 1 : 0;
        score->first += first ? 1 : 0;
        score->places += names_in(errors[0]).size();
      }
      if (!named && tell) {
        std::cout << "missed " << name_of(defect) << ":";
        for (const std::string& name : wanted) std::cout << " " << name;
        std::cout << "\n  " << account(errors[0]) << "\n" << json_of(net.dag) << std::endl;
      }
      break;
    }
  }
  const auto print = [](const char* name, const Score& score) {
    std::cout << "  " << std::left << std::setw(16) << name << std::right << std::setw(5) << score.named
              << " of " << score.planted << " named, " << score.first
              << " as the layer at fault; a finding names " << std::fixed << std::setprecision(1)
              << static_cast<double>(score.places) / std::max(score.planted, 1) << " layers" << std::endl;
  };
  for (const auto& [defect, score] : scores) print(name_of(defect), score);
  print("all", all);
  ASSERT_EQ(scores.size(), all_defects.size());
  EXPECT_GE(all.planted, static_cast<int>(count * 95 / 100));
  EXPECT_GE(all.named * 100, all.planted * 95);
  // Naming everything would be no diagnosis.
  EXPECT_LE(all.places, static_cast<std::size_t>(all.planted) * 5);
  for (const auto& [defect, score] : scores)
    EXPECT_GE(score.named * 100, score.planted * 90) << name_of(defect);
}

}  // namespace
}  // namespace shapedbg::planted_test
