// Networks whose code computes a pad, a crop or a size from what goes in, written by hand in configs/ with
// the words of the format for that, and held against what the original code did: every layer's shape, and
// what it made of every size that was tried.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "infer/infer.h"
#include "read/json/parse.h"
#include "real/real.h"
#include "workspace/size_report.h"

namespace shapedbg {
namespace {

using nlohmann::json;

std::string bytes_of(const std::string& file) {
  return real::bytes_of(std::filesystem::path(SHAPEDBG_SOURCE_DIR) / file);
}

struct Rewritten {
  const char* network;  // in tests/real
  const char* config;
  const char* rule;  // of the right sizes, the same on every spatial axis
};

// Nothing is left out: of the fourteen recorded networks these seven compute sizes at forward time, the
// flat specs of the other seven say all of it (sizes_test.cpp).
constexpr Rewritten kRewritten[] = {
    {"milesial_unet", "unet_padded", "every size from 16"},
    {"nafnet_sidd_w32", "nafnet", "every size"},
    {"deep_image_prior_skip", "deep_image_prior", "every size"},
    {"encodec_seanet_noncausal_notrim", "encodec", "multiples of 320, from 320"},
    {"hifigan_v1", "hifigan", "every size"},
    {"monai_dynunet_3d_aniso", "dynunet_3d", "multiples of 16, from 16"},
    // Its padding is 8 or more for 312 of 320 lengths: the last 8 come back short.
    {"dac_24khz", "dac", "n mod 320 = 1 to 312"},
};

// The steps that were rewritten: what computes a size stands in other places and under other names.
bool computes_a_size(const LayerSpec& layer) {
  switch (layer.info().family) {
    case Family::pad:
    case Family::free_pad:
    case Family::pad_to_multiple:
    case Family::crop:
    case Family::slice:
      return true;
    case Family::custom:
      return layer.word(Opt::label) == "slice";
    default:
      return false;
  }
}

struct Row {
  std::string layer;
  LayerKind kind;
  Shapes outputs;
  std::int64_t params;
};

std::vector<Row> rows(const Spec& spec) {
  const Trace trace = infer(spec);
  std::vector<Row> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    if (!computes_a_size(spec.layers[i]))
      all.push_back({spec.layers[i].name, spec.layers[i].kind, trace.layers[i].outputs,
                     cost_of(spec.layers[i], trace.layers[i]).params});
  return all;
}

Spec spec_of(const std::string& file) {
  const Parsed parsed = parse(Source(file, bytes_of(file)));
  EXPECT_TRUE(parsed.findings.empty()) << file << ": " << parsed.findings[0].message;
  return parsed.spec;
}

void put_size(Spec& spec, std::int64_t size) {
  Shape& shape = spec.inputs[0].shape;
  std::fill(shape.begin() + 2, shape.end(), size);
}

TEST(Rewritten, EveryLayerReturnsWhatTheOriginalOneReturned) {
  const json truth = real::truth("networks.truth.json");
  std::size_t compared = 0;
  for (const Rewritten& one : kRewritten) {
    const Spec flat = spec_of(std::string("tests/real/networks/") + one.network + ".json");
    const Spec spec = spec_of(std::string("configs/") + one.config + ".json");
    ASSERT_EQ(spec.inputs[0].shape, flat.inputs[0].shape) << one.config;
    const std::vector<Row> want = rows(flat);
    const std::vector<Row> got = rows(spec);
    ASSERT_EQ(got.size(), want.size()) << one.config;
    const json& recorded = truth.at(one.network).at("layers");
    for (std::size_t i = 0; i < want.size(); ++i) {
      const std::string pair = std::string(one.config) + ": " + got[i].layer + " for " + want[i].layer;
      EXPECT_EQ(info(got[i].kind).name, info(want[i].kind).name) << pair;
      EXPECT_EQ(got[i].outputs, want[i].outputs) << pair;
      EXPECT_EQ(got[i].params, want[i].params) << pair;
      const json& shape = recorded.at(want[i].layer);
      const bool several = !shape.empty() && shape[0].is_array();
      EXPECT_EQ(got[i].outputs,
                several ? shape.get<std::vector<Shape>>() : std::vector<Shape>{shape.get<Shape>()})
          << pair;
      ++compared;
    }
  }
  EXPECT_GT(compared, 700u);
}

struct Recorded {
  SizeOutcome outcome;
  Shape returned;  // the spatial sizes; empty where it raises
};

std::map<std::int64_t, Recorded> recorded_sizes(const json& sizes, const Spec& spec) {
  std::map<std::int64_t, Recorded> all;
  const auto axes = spec.inputs[0].shape.size() - 2;
  const auto returns = [&](std::int64_t size, std::int64_t returned, SizeOutcome outcome) {
    all[size] = {outcome, Shape(axes, returned)};
  };
  for (const std::int64_t n : real::sizes_in(sizes.value("returns_expected_size", "")))
    returns(
        n,
        spec.expect->kind == Expect::Kind::scale ? n * static_cast<std::int64_t>(spec.expect->scale[0]) : n,
        SizeOutcome::right);
  for (const json& pair : sizes.value("returns_another_size", json::array()))
    returns(pair[0], pair[1], SizeOutcome::wrong);
  // Nothing was promised of these; the spec states what its three strides make of each axis.
  for (const json& pair : sizes.value("in_to_out", json::array()))
    all[pair[0]] = {SizeOutcome::right, pair[1].get<Shape>()};
  for (const json& raised : sizes.value("raises", json::array()))
    for (const std::int64_t n : real::sizes_in(raised.at("sizes"))) all[n] = {SizeOutcome::refused, {}};
  return all;
}

TEST(Rewritten, EachTestedSizeDoesWhatItDidInTheOriginalCode) {
  const json truth = real::truth("networks.truth.json");
  const Opened engine = open_engine();
  ASSERT_NE(engine.engine, nullptr) << engine.error;
  std::size_t compared = 0;
  for (const Rewritten& one : kRewritten) {
    const std::string file = std::string("configs/") + one.config + ".json";
    SizesOptions options;
    options.device = DeviceChoice::off;
    const SizeReport report = size_report(Source(file, bytes_of(file)), options, open_engine);
    ASSERT_EQ(report.status, Status::ok) << file;
    const AxisSizes& axis = report.axes.back();
    EXPECT_TRUE(axis.map.proven) << file;
    ASSERT_FALSE(axis.groups.empty()) << file;
    EXPECT_EQ(axis.groups[0].rule, one.rule) << file;

    Spec spec = spec_of(file);
    const auto recorded = recorded_sizes(truth.at(one.network).at("sizes"), spec);
    ASSERT_GE(recorded.size(), 5u) << file;
    for (const auto& [size, want] : recorded) {
      const std::string at = file + " at " + std::to_string(size);
      EXPECT_EQ(static_cast<int>(axis.map.at(size).outcome), static_cast<int>(want.outcome)) << at;
      put_size(spec, size);
      const auto run = engine.engine->run(spec, Device::meta, std::vector<bool>(spec.layers.size()));
      const bool runs = std::all_of(run.layers.begin(), run.layers.end(),
                                    [](const LayerRun& layer) { return layer.refusal.empty(); });
      EXPECT_EQ(runs, want.outcome != SizeOutcome::refused) << at;
      ++compared;
      if (!runs || run.layers.back().outputs.empty()) continue;
      const Shape& returned = run.layers.back().outputs[0];
      EXPECT_EQ(Shape(returned.begin() + 2, returned.end()), want.returned) << at;
    }
  }
  EXPECT_GE(compared, 175u);
}

}  // namespace
}  // namespace shapedbg
