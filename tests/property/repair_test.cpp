// The offered change of output_padding is the smallest that brute force finds, under the order that
// repair/plan.h documents; where brute force finds none, none is offered.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <tuple>

#include "engine/engine.h"
#include "flow/path.h"
#include "read/json/parse.h"
#include "repair/padding/plan.h"
#include "repair/repair.h"

namespace shapedbg::repair_test {
namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int upto(int most) { return static_cast<int>(engine_() % static_cast<unsigned>(most + 1)); }
  int from(int least, int most) { return least + upto(most - least); }
  bool once_in(int n) { return upto(n - 1) == 0; }

 private:
  std::mt19937 engine_;
};

enum class Step { conv, pool, transposed, relu, skip };

// One layer with its numbers per axis.
struct Piece {
  Step step = Step::relu;
  bool written = false;  // output_padding stands in the spec
  int k[2]{}, s[2]{}, p[2]{}, d[2]{}, op[2]{};
};

struct Net {
  int axes = 1;
  int input[2]{};
  int expect[2]{};  // 0: the input's size
  std::vector<Piece> pieces;
};

// The network with all axes (axis -1), or as a 1-D network along one of them.
std::string json_of(const Net& net, int axis) {
  const int axes = axis < 0 ? net.axes : 1;
  const auto list = [&](const int* values) {
    if (axis >= 0) return std::to_string(values[axis]);
    if (net.axes == 1) return std::to_string(values[0]);
    return "[" + std::to_string(values[0]) + ", " + std::to_string(values[1]) + "]";
  };
  const auto shape = [&](const int* values) {
    if (axis >= 0) return "[1, 1, " + std::to_string(values[axis]) + "]";
    if (net.axes == 1) return "[1, 1, " + std::to_string(values[0]) + "]";
    return "[1, 1, " + std::to_string(values[0]) + ", " + std::to_string(values[1]) + "]";
  };
  const std::string dims = std::to_string(axes) + "d";
  std::string json = R"({"input": )" + shape(net.input) + R"(, "layers": [)";
  bool first = true;
  for (const Piece& piece : net.pieces) {
    if (!first) json += ", ";
    first = false;
    const std::string window = R"(, "kernel_size": )" + list(piece.k) + R"(, "stride": )" + list(piece.s) +
                               R"(, "padding": )" + list(piece.p);
    switch (piece.step) {
      case Step::conv:
        json += R"({"type": "Conv)" + dims + R"(", "out_channels": 1)" + window + R"(, "dilation": )" +
                list(piece.d) + "}";
        break;
      case Step::pool:
        json += R"({"type": "MaxPool)" + dims + "\"" + window + "}";
        break;
      case Step::transposed:
        json += R"({"type": "ConvTranspose)" + dims + R"(", "out_channels": 1)" + window +
                R"(, "dilation": )" + list(piece.d) +
                (piece.written ? R"(, "output_padding": )" + list(piece.op) : "") + "}";
        break;
      case Step::relu:
        json += R"({"type": "ReLU"})";
        break;
      case Step::skip:
        json += R"({"type": "Concat", "inputs": ["prev", "input"]})";
        break;
    }
  }
  json += "]";
  int wanted[2];
  for (int a = 0; a < 2; ++a) wanted[a] = net.expect[a] != 0 ? net.expect[a] : net.input[a];
  std::string sizes = shape(wanted);
  return json + R"(, "expect": [1, null)" + sizes.substr(5) + "}";
}

Piece random_piece(Random& random, Step step) {
  Piece piece;
  piece.step = step;
  piece.written = random.once_in(2);
  for (int a = 0; a < 2; ++a) {
    piece.k[a] = random.from(1, 5);
    piece.s[a] = random.from(1, step == Step::transposed ? 3 : 4);
    piece.p[a] = random.upto(piece.k[a] / 2);
    piece.d[a] = step == Step::pool || !random.once_in(4) ? 1 : random.from(1, 3);
    // Out of range now and then.
    piece.op[a] = random.upto(std::max(piece.s[a], piece.d[a]) - (random.once_in(6) ? 0 : 1));
  }
  return piece;
}

Net random_chain(Random& random) {
  Net net;
  net.axes = random.from(1, 2);
  for (int a = 0; a < 2; ++a) {
    net.input[a] = random.from(3, 40);
    if (random.once_in(3)) net.expect[a] = random.from(1, 60);
  }
  const int layers = random.from(1, 6);
  for (int i = 0; i < layers; ++i) {
    static constexpr Step kSteps[] = {Step::conv, Step::pool, Step::transposed, Step::transposed, Step::relu};
    net.pieces.push_back(random_piece(random, kSteps[random.upto(4)]));
  }
  return net;
}

// Up to three strided layers and their mirror images, with slips.
Net random_mirror(Random& random) {
  Net net;
  net.axes = random.from(1, 2);
  for (int a = 0; a < 2; ++a) net.input[a] = random.from(10, 80);
  const int levels = random.from(1, 3);
  for (int i = 0; i < levels; ++i) {
    net.pieces.push_back(random_piece(random, random.once_in(4) ? Step::pool : Step::conv));
    if (random.once_in(3)) net.pieces.push_back(random_piece(random, Step::relu));
  }
  std::vector<Piece> ups;
  for (std::size_t i = net.pieces.size(); i-- > 0;) {
    if (net.pieces[i].step == Step::relu) continue;
    Piece up = random.once_in(5) ? random_piece(random, Step::transposed) : net.pieces[i];
    up.step = Step::transposed;
    for (int a = 0; a < 2; ++a)
      up.op[a] = random.upto(std::max(up.s[a], up.d[a]) - (random.once_in(8) ? 0 : 1));
    ups.push_back(up);
  }
  net.pieces.insert(net.pieces.end(), ups.begin(), ups.end());
  if (random.once_in(4)) net.pieces.push_back({.step = Step::skip});
  return net;
}

Spec read(const std::string& json) {
  Parsed parsed = parse(Source("net.json", json));
  EXPECT_TRUE(parsed.usable && parsed.findings.empty()) << json;
  return std::move(parsed.spec);
}

bool everything_holds(const Spec& spec, const Trace& trace) {
  for (const LayerTrace& row : trace.layers)
    if (!row.refusals.empty() || row.outputs.empty()) return false;
  return meets(*trace.result(spec), expected_shape(spec, *spec.expect));
}

std::int64_t& padding_of(Spec& spec, int layer) {
  for (OptionValue& option : spec.layers[static_cast<std::size_t>(layer)].options.edit()) {
    if (option.info->opt != Opt::output_padding) continue;
    if (auto* list = std::get_if<std::vector<std::int64_t>>(&option.value)) return list->at(0);
    return std::get<std::int64_t>(option.value);
  }
  throw std::logic_error("no output_padding");
}

// For a 1-D network: the best choice, one per transposed layer; nothing where there is none.
std::optional<std::vector<std::int64_t>> brute_force(Spec spec) {
  const Trace present = infer(spec);
  const std::vector<Level> levels = mirrored_levels(spec, present, 0);
  PerLayer<int> layers;
  std::vector<std::int64_t> as_is;
  std::vector<std::int64_t> count;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.kind != LayerKind::ConvTranspose1d) continue;
    layers.push_back(static_cast<int>(i));
    as_is.push_back(layer.axes(Opt::output_padding)[0]);
    count.push_back(std::max(layer.axes(Opt::stride)[0], layer.axes(Opt::dilation)[0]));
  }
  if (everything_holds(spec, present)) return as_is;
  if (layers.empty()) return std::nullopt;
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t,
                         std::vector<std::pair<std::int64_t, std::int64_t>>>;
  std::optional<Key> best;
  std::vector<std::int64_t> best_choice;
  std::vector<std::int64_t> choice(layers.size(), 0);
  while (true) {
    for (std::size_t u = 0; u < layers.size(); ++u) padding_of(spec, layers[u]) = choice[u];
    const Trace trace = infer(spec);
    if (everything_holds(spec, trace)) {
      Key key;
      for (const Level& level : levels) {
        const LayerSpec& up = spec.layers[level.up];
        if (up.kind != LayerKind::ConvTranspose1d) continue;
        const Shape* before = trace.output(spec, spec.layers[level.down].inputs[0]);
        if ((*before)[2] != trace.layers[level.up].outputs[0][2]) ++std::get<0>(key);
      }
      for (std::size_t u = 0; u < layers.size(); ++u) {
        const std::int64_t change = std::abs(choice[u] - as_is[u]);
        std::get<1>(key) += change != 0 ? 1 : 0;
        std::get<2>(key) += change;
        std::get<3>(key).emplace_back(change, choice[u]);
      }
      if (!best || key < *best) {
        best = key;
        best_choice = choice;
      }
    }
    std::size_t u = 0;
    while (u < layers.size() && ++choice[u] == count[u]) choice[u++] = 0;
    if (u == layers.size()) break;
  }
  if (!best) return std::nullopt;
  return best_choice;
}

struct Tally {
  int found = 0;
  int none = 0;
};

// `json`, and the same network along each of its axes.
void compare(const std::string& json, const std::vector<std::string>& along, Tally& tally) {
  const Spec spec = read(json);
  const Plan plan = plan_output_padding(spec, infer(spec));
  std::vector<std::vector<std::int64_t>> wanted;
  for (const std::string& axis : along) {
    const auto best = brute_force(read(axis));
    if (!best) {
      ++tally.none;
      EXPECT_EQ(plan.end, SearchEnd::none) << json;
      return;
    }
    wanted.push_back(*best);
  }
  bool changes = false;
  std::size_t u = 0;
  std::vector<Setting> settings;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (spec.layers[i].info().family != Family::conv_transpose) continue;
    Setting setting;
    setting.layer = LayerId(i);
    setting.from = spec.layers[i].axes(Opt::output_padding);
    for (std::size_t a = 0; a < along.size(); ++a) setting.to[a] = wanted[a][u];
    if (setting.from != setting.to) settings.push_back(setting);
    changes = changes || setting.from != setting.to;
    ++u;
  }
  if (!changes) return;  // nothing is wrong
  ++tally.found;
  ASSERT_EQ(plan.end, SearchEnd::found) << json;
  EXPECT_EQ(plan.settings, settings) << json;
}

void compare(const Net& net, Tally& tally) {
  std::vector<std::string> along;
  for (int a = 0; a < net.axes; ++a) along.push_back(json_of(net, a));
  compare(json_of(net, -1), along, tally);
}

// Two levels with merges on two axes, each with its own strides, kernels and output_padding.
class Merging {
 public:
  explicit Merging(Random& random) : adds_(random.upto(1) == 0) {
    for (int a = 0; a < 2; ++a) {
      sizes_.push_back(random.from(9, 40));
      for (int level = 0; level < 2; ++level) {
        const int s = random.from(1, 3);
        const int k = s + random.upto(2);
        stride_.push_back(s);
        kernel_.push_back(k);
        output_padding_.push_back(random.upto(s - 1));
      }
    }
  }

  // -1: both axes.
  std::string json(int axis) const {
    const std::string d = axis < 0 ? "2d" : "1d";
    const auto at = [&](const std::vector<int>& numbers, std::size_t level) {
      const auto number = [&](std::size_t a) { return std::to_string(numbers[2 * a + level]); };
      return axis < 0 ? "[" + number(0) + ", " + number(1) + "]" : number(static_cast<std::size_t>(axis));
    };
    const auto layer = [&](const std::string& name, const std::string& type, std::size_t level, bool up) {
      return R"({"name": ")" + name + R"(", "type": ")" + type + d +
             R"(", "out_channels": 2, "kernel_size": )" + at(kernel_, level) + R"(, "stride": )" +
             at(stride_, level) + (up ? R"(, "output_padding": )" + at(output_padding_, level) : "") + "}, ";
    };
    const std::string merge = adds_ ? "Add" : "Concat";
    const auto size = [&](std::size_t a) { return std::to_string(sizes_[a]); };
    return R"({"input": [1, 2, )" +
           (axis < 0 ? size(0) + ", " + size(1) : size(static_cast<std::size_t>(axis))) +
           R"(], "layers": [)" + layer("d1", "Conv", 0, false) + layer("d2", "Conv", 1, false) +
           layer("u2", "ConvTranspose", 1, true) + R"({"name": "m2", "type": ")" + merge +
           R"(", "inputs": ["d1", "u2"]}, )" + layer("u1", "ConvTranspose", 0, true) +
           R"({"name": "m1", "type": ")" + merge + R"(", "inputs": ["input", "u1"]}, {"type": "Conv)" + d +
           R"(", "out_channels": 2, "kernel_size": 1}], "expect": "input"})";
  }

 private:
  bool adds_;
  std::vector<int> sizes_, stride_, kernel_, output_padding_;  // the last three by axis, then level
};

// Expects a size that some choice returns, so that many chains can be repaired.
void expect_a_reachable_size(Random& random, Net& net) {
  for (int a = 0; a < net.axes; ++a) {
    Spec spec = read(json_of(net, a));
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      const LayerSpec& layer = spec.layers[i];
      if (layer.kind != LayerKind::ConvTranspose1d) continue;
      const std::int64_t count = std::max(layer.axes(Opt::stride)[0], layer.axes(Opt::dilation)[0]);
      padding_of(spec, static_cast<int>(i)) = random.upto(static_cast<int>(count) - 1);
    }
    const Trace trace = infer(spec);
    if (const Shape* result = trace.result(spec)) net.expect[a] = static_cast<int>((*result)[2]);
  }
}

TEST(RepairProperty, ChainsEqualBruteForce) {
  Random random(31415);
  Tally tally;
  for (int i = 0; i < 5000 && !HasFailure(); ++i) {
    Net net = random_chain(random);
    if (i % 2 == 0) expect_a_reachable_size(random, net);
    compare(net, tally);
  }
  EXPECT_GT(tally.found, 200);
  EXPECT_GT(tally.none, 1000);
}

TEST(RepairProperty, MirroredNetsEqualBruteForce) {
  Random random(27182);
  Tally tally;
  for (int i = 0; i < 3000 && !HasFailure(); ++i) compare(random_mirror(random), tally);
  EXPECT_GT(tally.found, 1000);
  EXPECT_GT(tally.none, 300);
}

TEST(RepairProperty, MergesOfTwoAxesEqualBruteForce) {
  Random random(16180);
  Tally tally;
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    const Merging net(random);
    compare(net.json(-1), {net.json(0), net.json(1)}, tally);
  }
  EXPECT_GT(tally.found, 300);
  EXPECT_GT(tally.none, 100);
}

// Changes that only set output_padding.
bool sets_output_padding(const Fix& fix) {
  return !fix.changes.empty() &&
         std::all_of(fix.changes.begin(), fix.changes.end(),
                     [](const Change& change) { return change.option == "output_padding"; });
}

bool offers_output_padding(const Finding& finding) {
  return std::any_of(finding.fixes.begin(), finding.fixes.end(), sets_output_padding);
}

// What the plan found would make up for a number that is wrong elsewhere: that number is mended in its place.
bool mends_a_number(const Finding& finding) {
  return !finding.fixes.empty() && std::any_of(finding.fixes[0].changes.begin(),
                                               finding.fixes[0].changes.end(), [](const Change& change) {
                                                 return change.option == "stride" ||
                                                        change.option == "padding" ||
                                                        change.option == "kernel_size";
                                               });
}

// What is offered is an edit of the bytes: read again it meets everything, and repairing it again
// finds nothing to change.
TEST(RepairProperty, OfferedEditsMeetEverything) {
  Random random(16180);
  int offered = 0;
  for (int i = 0; i < 600 && !HasFailure(); ++i) {
    const Net net = i % 2 == 0 ? random_chain(random) : random_mirror(random);
    const Source source("net.json", json_of(net, -1));
    const Parsed parsed = parse(source);
    const Trace trace = infer(parsed.spec);
    if (everything_holds(parsed.spec, trace)) continue;
    Finding finding;
    finding.code = Code::R302;
    repair(
        source, parsed.spec, trace, [](const Spec& spec) { return infer(spec); }, finding);
    const Plan plan = plan_output_padding(parsed.spec, trace);
    const bool possible = plan.end == SearchEnd::found;
    if (possible) {
      EXPECT_TRUE(offers_output_padding(finding)) << source.bytes();
    }
    for (const Fix& fix : finding.fixes) {
      ++offered;
      if (sets_output_padding(fix)) {
        EXPECT_TRUE(possible) << fix.title << "\n" << source.bytes();
      }
      const auto bytes = shapedbg::apply(source.bytes(), fix.edits);
      ASSERT_TRUE(bytes);
      const Spec changed = read(*bytes);
      EXPECT_TRUE(everything_holds(changed, infer(changed))) << *bytes;
      EXPECT_TRUE(plan_output_padding(changed, infer(changed)).settings.empty()) << *bytes;
    }
  }
  EXPECT_GT(offered, 100);
}

// A sample through LibTorch, on meta and for real.
TEST(RepairProperty, OfferedFixesRunOnLibTorch) {
  const Opened opened = open_engine();
  ASSERT_NE(opened.engine, nullptr) << opened.error;
  Random random(14142);
  int offered = 0;
  for (int i = 0; i < 400 && !HasFailure(); ++i) {
    const Source source("net.json", json_of(i % 2 == 0 ? random_chain(random) : random_mirror(random), -1));
    const Parsed parsed = parse(source);
    const Trace trace = infer(parsed.spec);
    if (everything_holds(parsed.spec, trace)) continue;
    const Device device = i % 4 < 2 ? Device::meta : Device::cpu;
    const Rerun rerun = [&](const Spec& spec) {
      Trace ran = infer(spec);
      const auto run = opened.engine->run(spec, device, std::vector<bool>(spec.layers.size(), false));
      EXPECT_EQ(run.error, "");
      for (std::size_t k = 0; k < run.layers.size(); ++k) {
        ran.layers[k].outputs = run.layers[k].outputs;
        ran.layers[k].libtorch_refusal = run.layers[k].refusal;
        ran.layers[k].source = run.layers[k].executed ? RowSource::executed : RowSource::unknown;
      }
      ran.device = std::string(to_string(device));
      return ran;
    };
    Finding finding;
    finding.code = Code::R302;
    repair(source, parsed.spec, trace, rerun, finding);
    // LibTorch agrees with the formulas: what the plan found is offered.
    const bool possible = plan_output_padding(parsed.spec, trace).end == SearchEnd::found;
    if (possible) {
      EXPECT_TRUE(offers_output_padding(finding) || mends_a_number(finding)) << source.bytes();
    }
    for (const Fix& fix : finding.fixes) {
      ++offered;
      if (sets_output_padding(fix)) {
        EXPECT_TRUE(possible) << fix.title << "\n" << source.bytes();
      }
      EXPECT_EQ(fix.verified.device, to_string(device));
    }
  }
  EXPECT_GT(offered, 60);
}

}  // namespace
}  // namespace shapedbg::repair_test
