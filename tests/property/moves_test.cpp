// Moves on the model and the same moves written into the file and read again come to one network.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "dice.h"
#include "net/move.h"
#include "net/sharing.h"
#include "random_texts.h"
#include "read/json/parse.h"
#include "read/json/write.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

// A network of blocks: arguments with and without defaults, expressions of them, blocks within blocks,
// repeated layers and uses, `each`, Residuals with and without a shortcut.
class RandomBlocks {
 public:
  explicit RandomBlocks(std::uint64_t seed) : dice_(seed) {}

  std::string next() {
    std::string layers;
    const auto add = [&](const std::string& text) {
      layers += (layers.empty() ? "\n    {" : ",\n    {") + text + "}";
    };
    const std::int64_t count = dice_.between(2, 7);
    add(R"("name": "stem", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1)");
    for (std::int64_t i = 0; i < count; ++i) add(entry(i));
    // A block that nothing uses is a finding.
    add(R"("use": "wide", "out": 8)");
    add(R"("use": "hole")");
    add(R"("use": "join", "skip": "stem")");
    add(R"("use": "pair", "n": 8)");
    return std::string(R"({"input": [1, 8, 32, 32],)") + "\n  \"blocks\": {\n    \"unit\": " +
           R"([{"name": "conv", "type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1},)" +
           (dice_.one_in(2) ? R"( {"type": "BatchNorm2d", "num_features": "$out"},)"
                            : R"( {"type": "BatchNorm2d"},)") +
           R"( {"type": "ReLU"}],)" + "\n    \"wide\": " +
           R"([{"type": "Conv2d", "out_channels": "$out*2", "kernel_size": 1}, {"name": "back", "type": "Conv2d", )" +
           R"("out_channels": "$out", "kernel_size": 1}],)" +
           "\n    \"hole\": " + R"({"defaults": {"dilation": 1}, "layers": )" +
           R"([{"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": "$dilation", "dilation": )" +
           R"("$dilation"}]},)" + "\n    \"join\": " +
           R"([{"name": "cat", "type": "Concat", "inputs": ["input", "$skip"]}, {"name": "fuse", "type": "Conv2d", )" +
           R"("out_channels": 8, "kernel_size": 1}],)" + "\n    \"pair\": " +
           R"([{"use": "unit", "name": "a", "out": "$n"}, {"use": "unit", "name": "b", "out": "$n", "repeat": 2}])" +
           "\n  },\n  \"layers\": [" + layers + "\n  ]}\n";
  }

 private:
  std::string entry(std::int64_t i) {
    const std::string name = "\"name\": \"e" + std::to_string(i) + "\", ";
    const std::string maybe = dice_.one_in(2) ? name : "";
    switch (dice_.between(0, 9)) {
      case 0:
        return maybe + R"("use": "unit", "out": 8)";
      case 1:
        return maybe + R"("use": "wide", "out": 8)";
      case 2:
        return maybe + R"("use": "hole")" + (dice_.one_in(2) ? R"(, "dilation": 2)" : "");
      case 3:
        return maybe + R"("use": "hole", "each": {"dilation": [1, 2]})";
      case 4:
        return maybe + R"("use": "join", "skip": "stem")";
      case 5:
        return maybe + R"("use": "pair", "n": 8)";
      case 6:
        return maybe +
               R"("type": "Residual", "layers": [{"type": "Conv2d", "out_channels": 8, "kernel_size": 3, )" +
               R"("padding": 1}, {"type": "ReLU"}])" +
               (dice_.one_in(3) ? R"(, "shortcut": [{"type": "Conv2d", "out_channels": 8, "kernel_size": 1}])"
                                : "");
      case 7:
        return maybe + R"("type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, "repeat": 2)";
      case 8:
        return maybe +
               R"("type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, "inputs": "stem")";
      default:
        return maybe + R"("type": "ReLU")";
    }
  }

  Dice dice_;
};

class RandomMoves {
 public:
  RandomMoves(const Spec& spec, std::uint64_t seed) : spec_(spec), dice_(seed) {}

  Moves next() {
    switch (dice_.between(0, 10)) {
      case 0:
      case 1:
      case 2:
        return options();
      case 3:
      case 4:
        return inserted();
      case 5:
        return residual();
      case 6:
        return {RemoveLayer{any()}};
      case 7:
        return taken();
      case 8:
        return kinds();
      case 9:
        return ends();
      default:
        return sizes();
    }
  }

 private:
  LayerId any() { return LayerId(dice_.between(0, std::ssize(spec_.layers) - 1)); }
  const LayerSpec& layer(LayerId i) const { return spec_.layer(i); }

  // One option of a layer; of all that share its text, of its use, or of it alone.
  Moves options() {
    const LayerId at = any();
    const auto& all = layer(at).options;
    if (all.empty()) return {};
    const OptionInfo& info = *all[static_cast<std::size_t>(dice_.between(0, std::ssize(all) - 1))].info;
    Value value;
    switch (info.type) {
      case OptType::integer:
        value = dice_.between(-1, 12);
        break;
      case OptType::integers:
        value = std::vector<std::int64_t>{dice_.between(0, 3), dice_.between(0, 3)};
        break;
      case OptType::boolean:
        value = dice_.one_in(2);
        break;
      case OptType::number:
        value = 0.25;
        break;
      case OptType::reference:
        value = Ref{any(), 0};
        break;
      case OptType::word:
        value = std::string("zeros");
        break;
      default:
        if (dice_.one_in(3))
          value = std::vector<std::int64_t>{dice_.between(0, 5), dice_.between(0, 5)};
        else
          value = dice_.between(-1, 5);
        break;
    }
    const auto far = dice_.between(0, 2);
    Moves moves;
    for (const auto& [other, opt] : sharers(spec_, at, info.opt)) {
      if (far == 0 || (far == 1 && same_use(layer(other), layer(at))) || other == at)
        moves.emplace_back(SetOption{other, opt, short_value(value)});
    }
    return moves;
  }

  Moves inserted() {
    const LayerId at = any();
    Moves moves;
    for (const LayerId copy : copies(spec_, at)) {
      const LayerSpec& one = layer(copy);
      const std::size_t dot = one.name.rfind('.');
      const std::string prefix =
          dot == std::string::npos || one.used_at.empty() ? "" : one.name.substr(0, dot + 1);
      InsertLayer move{InsertLayer::Where::before,
                       copy,
                       LayerKind::Conv2d,
                       prefix + "fresh",
                       {one.inputs[0]},
                       {},
                       {{copy, 0}}};
      move.options = {{Opt::out_channels, Value{std::int64_t{8}}},
                      {Opt::kernel_size, Value{std::vector<std::int64_t>{3, 1}}}};
      moves.emplace_back(std::move(move));
    }
    return moves;
  }

  Moves residual() {
    for (LayerId at = any(); at < spec_.layers.end_id(); ++at) {
      if (layer(at).typed_as != "Residual") continue;
      const bool branch = dice_.one_in(2);
      const std::size_t slot = branch ? 0 : 1;
      const std::string name = layer(at).name + (branch ? ".fresh" : ".shortcut.0");
      return {InsertLayer{branch ? InsertLayer::Where::branch : InsertLayer::Where::shortcut,
                          at,
                          LayerKind::ReLU,
                          name,
                          {layer(at).inputs[slot]},
                          {},
                          {{at, slot}}}};
    }
    return {};
  }

  Moves taken() {
    const LayerId at = any();
    const auto k = static_cast<std::size_t>(dice_.between(0, std::ssize(layer(at).inputs) - 1));
    return {TakeInput{{at, k}, Ref{any(), 0}}};
  }

  Moves kinds() {
    const LayerId at = any();
    const LayerKind kind = dice_.one_in(2) ? LayerKind::GELU : LayerKind::BatchNorm1d;
    Moves moves;
    for (const LayerId copy : copies(spec_, at)) moves.emplace_back(ChangeKind{copy, kind});
    return moves;
  }

  Moves ends() {
    const Ref last{spec_.layers.last_id(), 0};
    if (dice_.one_in(2))
      return {InsertLayer{InsertLayer::Where::end, LayerId(), LayerKind::ReLU, "fresh", {last}, {}, {}}};
    InsertLayer move{
        InsertLayer::Where::front, LayerId(), LayerKind::ReLU, "fresh", {Ref::of_input(0)}, {}, {}};
    for (std::size_t i = 0; i < spec_.layers.size(); ++i)
      for (std::size_t k = 0; k < spec_.layers[i].inputs.size(); ++k)
        if (spec_.layers[i].inputs[k] == Ref::of_input(0)) move.feeds.push_back({LayerId(i), k});
    return {move};
  }

  Moves sizes() {
    const auto axis = static_cast<std::size_t>(dice_.between(0, std::ssize(spec_.inputs[0].shape) - 1));
    if (dice_.one_in(2)) return {SetSize{0, axis, dice_.between(1, 64)}};
    return {InsertAxis{0, axis, 1}};
  }

  const Spec& spec_;
  Dice dice_;
};

struct Tally {
  int written = 0;
  int exact = 0;
};

void hold(const std::string& text, std::uint64_t seed, Tally& tally) {
  const Source source("net.json", text);
  const Parsed before = parse(source);
  ASSERT_TRUE(before.usable && before.findings.empty()) << text << before.findings[0].message;
  const Rewrite rewrite(source);
  RandomMoves random(before.spec, seed);
  for (int i = 0; i < 4; ++i) {
    const Moves moves = random.next();
    if (moves.empty()) continue;
    const std::optional<Written> written = write(source, rewrite, before.spec, moves);
    if (!written) continue;
    ++tally.written;
    if (!written->exact) continue;
    const std::optional<std::string> bytes = shapedbg::apply(source.bytes(), written->edits);
    ASSERT_TRUE(bytes) << text;
    const Parsed after = parse(Source("net.json", *bytes));
    const std::optional<Moved> moved = shapedbg::apply(before.spec, moves);
    const bool sound = after.usable && after.findings.empty();
    ASSERT_EQ(moved.has_value(), sound) << "move " << moves[0].index() << " of " << moves.size() << "\n"
                                        << text << *bytes << (sound ? "" : after.findings[0].message);
    if (!moved) continue;
    ++tally.exact;
    ASSERT_TRUE(same_network(moved->net, after.spec))
        << "move " << moves[0].index() << " of " << moves.size() << "\n"
        << text << *bytes;
  }
}

std::uint64_t rounds(std::uint64_t usual) {
  const char* wanted = std::getenv("SHAPEDBG_PROPERTY_ROUNDS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

TEST(Moves, AreWhatTheirTextSaysInNetworksOfBlocks) {
  Tally tally;
  const std::uint64_t count = rounds(3000);
  for (std::uint64_t seed = 0; seed < count && !HasFatalFailure(); ++seed)
    hold(RandomBlocks(seed).next(), seed, tally);
  EXPECT_GT(tally.exact, static_cast<int>(count));
}

TEST(Moves, AreWhatTheirTextSays) {
  Tally tally;
  const std::uint64_t count = rounds(2000);
  RandomTexts texts(7);
  for (std::uint64_t seed = 0; seed < count && !HasFatalFailure(); ++seed) hold(texts.next(), seed, tally);
  EXPECT_GT(tally.exact, static_cast<int>(count));
}

}  // namespace
}  // namespace shapedbg
