// Random networks that work, with one number made wrong: a repair is found, closes everything when it is
// applied, changes nothing outside of its edits, and the second round has nothing left to do.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "diagnose/diagnose.h"
#include "repair/repaired.h"

namespace shapedbg {
namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int from(int least, int most) {
    return least + static_cast<int>(engine_() % static_cast<unsigned>(most - least + 1));
  }
  bool once_in(int n) { return from(1, n) == 1; }

 private:
  std::mt19937 engine_;
};

struct Layer {
  std::string type;
  std::string name;
  std::map<std::string, int> numbers;
  std::string inputs;  // JSON; empty: the previous output
};

struct Net {
  int size = 0;
  bool expects = false;
  std::vector<Layer> layers;
};

std::string json_of(const Net& net) {
  const std::string size = std::to_string(net.size);
  std::string json = "{\n  \"input\": [1, 3, " + size + ", " + size + "],\n  \"layers\": [\n";
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    const Layer& layer = net.layers[i];
    json += R"(    {"name": ")" + layer.name + R"(", "type": ")" + layer.type + "\"";
    for (const auto& [key, value] : layer.numbers) json += ", \"" + key + "\": " + std::to_string(value);
    if (!layer.inputs.empty()) json += ", \"inputs\": " + layer.inputs;
    json += i + 1 < net.layers.size() ? "},\n" : "}\n";
  }
  return json + "  ]" + (net.expects ? ",\n  \"expect\": \"input\"" : "") + "\n}\n";
}

// An hourglass: each level halves or thirds and is undone by its mirror image; skips join the levels.
Net hourglass(Random& random) {
  Net net;
  struct Level {
    int k, s, p, size, channels;
    std::string skip;
  };
  std::vector<Level> levels;
  net.size = random.from(24, 90);
  net.expects = true;
  int size = net.size;
  int channels = 3;
  std::string last = "input";
  const bool skips = random.once_in(2);
  const int depth = random.from(1, 3);
  const auto number = [](int i) { return std::to_string(i); };
  for (int i = 0; i < depth; ++i) {
    const int s = random.from(2, 3);
    const int k = random.from(s, s + 2);
    const int p = random.from(0, k / 2);
    const int down = (size + 2 * p - k) / s + 1;
    if (down < 2) break;
    levels.push_back({k, s, p, size, channels, last});
    const int out = random.from(1, 4) * 4;
    net.layers.push_back({"Conv2d",
                          "d" + number(i),
                          {{"in_channels", channels},
                           {"out_channels", out},
                           {"kernel_size", k},
                           {"stride", s},
                           {"padding", p}},
                          ""});
    last = "d" + number(i);
    channels = out;
    size = down;
    if (random.once_in(2)) {
      net.layers.push_back({"BatchNorm2d", "n" + number(i), {{"num_features", channels}}, ""});
      last = "n" + number(i);
    }
    if (random.once_in(2)) {
      net.layers.push_back({"ReLU", "r" + number(i), {}, ""});
      last = "r" + number(i);
    }
  }
  for (int i = static_cast<int>(levels.size()) - 1; i >= 0; --i) {
    const Level& level = levels[static_cast<std::size_t>(i)];
    const int op = (level.size + 2 * level.p - level.k) % level.s;
    Layer up{"ConvTranspose2d",
             "u" + number(i),
             {{"in_channels", channels},
              {"out_channels", level.channels},
              {"kernel_size", level.k},
              {"stride", level.s},
              {"padding", level.p}},
             ""};
    if (op != 0) up.numbers["output_padding"] = op;
    net.layers.push_back(up);
    channels = level.channels;
    if (!skips) continue;
    net.layers.push_back(
        {"Concat", "cat" + number(i), {}, R"([")" + level.skip + R"(", "u)" + number(i) + R"("])"});
    net.layers.push_back(
        {"Conv2d",
         "m" + number(i),
         {{"in_channels", 2 * channels}, {"out_channels", channels}, {"kernel_size", 3}, {"padding", 1}},
         ""});
  }
  return net;
}

// One number of one layer becomes another.
Net planted(Net net, Random& random) {
  static const char* const kOptions[] = {"output_padding", "padding",      "kernel_size", "in_channels",
                                         "num_features",   "out_channels", "stride"};
  for (int tries = 0; tries < 100; ++tries) {
    Layer& layer =
        net.layers[static_cast<std::size_t>(random.from(0, static_cast<int>(net.layers.size()) - 1))];
    const std::string option = kOptions[random.from(0, 6)];
    const bool can =
        layer.numbers.count(option) > 0 || (option == "output_padding" && layer.type == "ConvTranspose2d");
    if (!can) continue;
    int& value = layer.numbers[option];
    const int before = value;
    value += random.once_in(2) ? 1 : -1;
    if (value >= (option == "output_padding" || option == "padding" ? 0 : 1)) return net;
    value = before;
    if (option == "output_padding" && before == 0) layer.numbers.erase(option);
  }
  return net;
}

std::vector<Finding> errors_of(const std::string& bytes) {
  const Source source("net.json", bytes);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.usable && parsed.findings.empty()) << bytes;
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

TEST(Planted, OneWrongNumberIsRepaired) {
  Random random(20260);
  int broken = 0;
  int repaired = 0;
  int numbers = 0;  // by numbers of layers, as it was broken; not by what is put in or fed
  std::string missed;
  for (int round = 0; round < 600; ++round) {
    const Net net = hourglass(random);
    if (net.layers.empty()) continue;
    ASSERT_TRUE(errors_of(json_of(net)).empty()) << json_of(net);
    const std::string bytes = json_of(planted(net, random));
    const std::vector<Finding> errors = errors_of(bytes);
    if (errors.empty()) continue;
    ++broken;
    bool closed = false;
    for (const Finding& error : errors) {
      EXPECT_LE(error.fixes.size(), 4u);
      for (const Fix& fix : error.fixes) {
        const auto changed = shapedbg::apply(bytes, fix.edits);
        ASSERT_TRUE(changed.has_value());
        EXPECT_TRUE(errors_of(*changed).empty()) << fix.title << "\n" << *changed;
        closed = true;
      }
    }
    repaired += closed ? 1 : 0;
    bool by_number = false;
    for (const Finding& error : errors)
      for (const Fix& fix : error.fixes)
        by_number |= std::none_of(fix.changes.begin(), fix.changes.end(), [](const Change& c) {
          return c.option == "layer" || c.option == "shape" || c.option == "inputs";
        });
    numbers += by_number ? 1 : 0;
    if (!by_number && missed.size() < 4000) missed += bytes + errors[0].message + "\n";
  }
  EXPECT_GT(broken, 400);
  EXPECT_GE(repaired * 100, broken * 95) << repaired << " of " << broken << "\n" << missed;
  EXPECT_GE(numbers * 100, broken * 95) << numbers << " of " << broken << "\n" << missed;
  RecordProperty("repaired", std::to_string(repaired) + " of " + std::to_string(broken));
}

}  // namespace
}  // namespace shapedbg
