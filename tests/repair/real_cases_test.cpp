// Every case that people posted gets a repair that works, and one of the kind that was accepted there.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "diagnose/diagnose.h"
#include "read/json/parse.h"
#include "real/real.h"
#include "repair/repaired.h"

namespace shapedbg {
namespace {

using nlohmann::json;

const json& truth() {
  static const json all = real::truth("cases.truth.json");
  return all;
}

std::string bytes_of_case(const std::string& name) {
  return real::bytes_of(real::folder / "cases" / (name + ".json"));
}

std::vector<Finding> repaired_findings(const std::string& bytes) {
  const Source source("case.json", bytes);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.usable);
  const Trace trace = infer(parsed.spec);
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  std::vector<Finding> errors;
  for (Finding& finding : diagnose(parsed.spec, trace)) {
    if (info(finding.code).severity != Severity::error) continue;
    repair(source, parsed.spec, trace, rerun, finding);
    errors.push_back(std::move(finding));
  }
  return errors;
}

// What kind of answer a fix is, in the words of the truth.
std::set<std::string> kinds_of(const Fix& fix) {
  std::set<std::string> kinds;
  for (const Change& change : fix.changes) {
    const std::string& o = change.option;
    if (o == "output_padding") kinds.insert("output_padding");
    if (o == "size_like" || o == "output_size") kinds.insert("output_size argument");
    if (o == "padding" || o == "kernel_size" || o == "stride" || o == "ceil_mode")
      kinds.insert("padding/kernel/stride change");
    if (o == "in_features" || o == "out_features") kinds.insert("flatten/linear in_features");
    if (o == "in_channels" || o == "out_channels") kinds.insert("channels");
    // Another tensor brings other channels: "the 256 channels of the ASPP".
    if (o == "inputs") kinds.insert("channels");
    // A network of several inputs names the one that is fed.
    if (o == "shape" && (change.layer == "input" || fix.title.starts_with("feed `" + change.layer + "`")))
      kinds.insert(std::count(change.from.begin(), change.from.end(), ',') ==
                           std::count(change.to.begin(), change.to.end(), ',')
                       ? "input size/crop/pad/resize"
                       : "channels");
    if (o != "layer") continue;
    const auto puts_in = [&](const char* kind) { return change.to.find(kind) != std::string::npos; };
    if (puts_in("Unsqueeze") || puts_in("Concat") || puts_in("Permute")) kinds.insert("channels");
    if (puts_in("Crop") || puts_in("Pad") || puts_in("Upsample")) kinds.insert("input size/crop/pad/resize");
    if (puts_in("Flatten")) kinds.insert("flatten/linear in_features");
  }
  return kinds;
}

class Cases : public testing::TestWithParam<std::string> {};

// The layer that was forgotten, not the weights of the one behind the join.
TEST(Case, ADecoderThatJoinsPastTheAsppTakesTheAspp) {
  const std::vector<Finding> findings = repaired_findings(bytes_of_case("deeplabv3-2"));
  ASSERT_EQ(findings.size(), 1u);
  ASSERT_FALSE(findings[0].fixes.empty());
  EXPECT_TRUE(findings[0].fixes[0].title.starts_with("take `aspp` instead of `layer4` in `up`"))
      << findings[0].fixes[0].title;
}

TEST_P(Cases, GetsAFixThatWorksAndOneOfTheAcceptedKind) {
  const std::string bytes = bytes_of_case(GetParam());
  const json& known = truth().at(GetParam());
  const std::vector<Finding> findings = repaired_findings(bytes);
  ASSERT_FALSE(findings.empty());
  std::set<std::string> kinds;
  for (const Finding& finding : findings) {
    ASSERT_FALSE(finding.fixes.empty()) << finding.message;
    EXPECT_LE(finding.fixes.size(), 4u);
    for (const Fix& fix : finding.fixes) {
      // Once more from the bytes, by nothing of the repair's own.
      const auto changed = shapedbg::apply(bytes, fix.edits);
      ASSERT_TRUE(changed.has_value()) << fix.title;
      const Parsed parsed = parse(Source("fixed.json", *changed));
      ASSERT_TRUE(parsed.usable) << fix.title;
      EXPECT_TRUE(parsed.findings.empty()) << fix.title;
      const Trace trace = infer(parsed.spec);
      for (const Finding& left : diagnose(parsed.spec, trace))
        EXPECT_NE(info(left.code).severity, Severity::error) << fix.title << ": " << left.message;
      ASSERT_NE(trace.result(parsed.spec), nullptr);
      EXPECT_EQ(fix.verified.output, *trace.result(parsed.spec)) << fix.title;
      EXPECT_FALSE(fix.changes.empty()) << fix.title;
      kinds.merge(kinds_of(fix));
      // The target as it was posted, unless the repair is to feed another size.
      const bool other_input = fix.changes[0].option == "shape";
      if (known.at("target").is_null() || other_input) continue;
      const auto& want = known.at("target");
      for (std::size_t i = 2; i < want.size(); ++i) {
        EXPECT_EQ(fix.verified.output.at(i), want[i].get<std::int64_t>()) << fix.title;
      }
    }
  }
  const auto kind = known.at("fix_kind").get<std::string>();
  EXPECT_EQ(kinds.count(kind), 1u) << "no fix of the kind " << kind;
}

std::vector<std::string> failing() {
  std::vector<std::string> names;
  for (const auto& [name, entry] : truth().items())
    if (name != "pytorch-75889")
      names.push_back(name);  // runs here: shapedbg takes output_size as it was meant
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, Cases, testing::ValuesIn(failing()), [](const auto& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

std::string first_title(const std::string& name) {
  const std::vector<Finding> findings = repaired_findings(bytes_of_case(name));
  return findings.empty() || findings[0].fixes.empty() ? "" : findings[0].fixes[0].title;
}

TEST(RealCases, TheFirstFixIsTheExperts) {
  EXPECT_EQ(first_title("so-convt-24-23"), "set output_padding to 1 on `l1`");
  EXPECT_EQ(first_title("flux-829"), "set output_padding to 1 on `l2`");
  EXPECT_EQ(first_title("lasagne-668"), "set output_padding to 2 on `l1`");
  EXPECT_EQ(first_title("forum-157836"), "set output_padding to [0, 1] on `l6`");
  EXPECT_EQ(first_title("keras-14158"), "set output_padding to 0 on `l5`, `l6` and `l7`");
  EXPECT_EQ(first_title("pytorch-580"), "set size_like to \"l1\" on `l3`");
  EXPECT_EQ(first_title("detectron-121"), "set size_like to \"input\" on `l2`");
  EXPECT_EQ(first_title("diffusers-3630"), "set size_like to \"l3\" on `l6`");
  EXPECT_EQ(first_title("keras-378"), "set size_like to \"input\" on `l1`");
  EXPECT_EQ(first_title("so-ae-255-69"), "set stride to 2 and output_padding to 0 on `l8` and `l10`");
  EXPECT_EQ(first_title("mmpretrain-867"), "set in_features to 131072 on `l6`");
  EXPECT_EQ(first_title("worldmodels-47"), "give the input a batch axis: [1, 3, 64, 64]");
  EXPECT_EQ(first_title("pytorch-11762"),
            "put an Unsqueeze with dim 1 in front: [64, 32, 32] becomes [64, 1, 32, 32]");
}

TEST(RealCases, TheFirstFixIsNeverNonsense) {
  EXPECT_EQ(first_title("flownetpytorch-11"), "pad the input to multiples of 64 in front");
  EXPECT_EQ(first_title("mobilesegmentation-13"), "pad the input to multiples of 32 in front");
  EXPECT_EQ(first_title("psmnet-245"), "set output_padding to [1, 0, 1] on `l2`");
  EXPECT_EQ(first_title("dac-37"), "set output_padding to 1 on `l6`");
  EXPECT_EQ(first_title("deeplab-126"), "set padding to 2 on `l1`");
  EXPECT_EQ(first_title("glasses-236"), "set ceil_mode to true on `l3`");
  EXPECT_EQ(first_title("jvanvugt-5"),
            "set padding to 1 on all 10 convolutions that trim the map, so that they keep its size");
  EXPECT_EQ(first_title("pytorch-14349"), "set padding to 6 on `l7` and `l9`");
  EXPECT_EQ(first_title("pytorch-38640"),
            "set size_like to \"l4\" on `l6`, \"l2\" on `l8` and \"l0\" on `l10`");
  EXPECT_EQ(first_title("tfunet-279"), "crop `l10` to the size of `l14` in front of `l15`");
  EXPECT_EQ(first_title("discogan-17"), "feed 64x64 instead of 256x256");
  EXPECT_EQ(first_title("vaal-21"), "feed 32x32 instead of 224x224");
  EXPECT_EQ(first_title("examples-486-discriminator"), "set kernel_size to 2 on `l4`");
  EXPECT_EQ(first_title("felixmohr-7"), "set out_features to 49 on `l2`");
  EXPECT_EQ(first_title("hpascc-38"), "set shape to [-1, 1024] on `l4`, in_features to 1024 on `l5`");
  EXPECT_EQ(first_title("mmsegmentation-858"), "set in_channels to 48 on `l4`");
}

// 278 frames of hop 256 cannot become 71334 samples; output_padding 5 of stride 8 would invent them.
TEST(RealCases, ACodecIsPaddedAndCroppedNotStretched) {
  const std::vector<Finding> findings = repaired_findings(bytes_of_case("hifigan-33"));
  ASSERT_EQ(findings.size(), 1u);
  ASSERT_GE(findings[0].fixes.size(), 2u);
  EXPECT_EQ(findings[0].fixes[0].title, "pad the input to 279 in front and crop the output back");
  bool stretched = false;
  for (std::size_t i = 1; i < findings[0].fixes.size(); ++i) {
    const Fix& fix = findings[0].fixes[i];
    if (fix.changes[0].option != "output_padding") continue;
    stretched = true;
    EXPECT_EQ(fix.applicability, Applicability::unsafe);
  }
  EXPECT_TRUE(stretched);
}

// Large networks are looked at with fewer candidates and without their traces: the same cases, far behind.
TEST(RealCases, EachIsRepairedBehindHundredsOfLayersToo) {
  std::string many;
  for (int i = 0; i < 301; ++i) many += R"({"type": "Identity"}, )";
  for (const auto& [name, expected] : truth().items()) {
    std::string bytes = bytes_of_case(name);
    const bool wrong = !repaired_findings(bytes).empty();
    const std::size_t list = std::min(bytes.find("\"layers\": ["), bytes.find("\"encoder\": ["));
    ASSERT_NE(list, std::string::npos) << name;
    bytes.insert(bytes.find('[', list) + 1, many);
    const Parsed parsed = parse(Source("case.json", bytes));
    if (!parsed.usable) continue;  // a name by place, which stands further behind now
    EXPECT_EQ(!repaired_findings(bytes).empty(), wrong) << name;
  }
}

}  // namespace
}  // namespace shapedbg
