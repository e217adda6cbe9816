// Whatever the bytes, the parser answers: no crash, places within the file, a spec that later stages
// can walk without looking twice.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

// The type that later stages may rely on where a layer is not broken.
bool fits(const OptionValue& option) {
  const Value& value = option.value;
  const auto in_range = [&](std::int64_t n) { return n >= option.info->min && n <= option.info->max; };
  if (std::holds_alternative<std::monostate>(value)) return !option.info->required;
  switch (option.info->type) {
    case OptType::integer:
      return std::holds_alternative<std::int64_t>(value) && in_range(std::get<std::int64_t>(value));
    case OptType::axes:
    case OptType::axes_or_word:
    case OptType::axes_or_null:
    case OptType::pads:
    case OptType::integers: {
      if (option.info->type == OptType::axes_or_word && std::holds_alternative<std::string>(value))
        return true;
      const auto* scalar = std::get_if<std::int64_t>(&value);
      const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
      const bool null = option.info->type == OptType::axes_or_null;
      const auto good = [&](std::int64_t n) { return in_range(n) || (null && n == keep_size); };
      if (scalar) return good(*scalar);
      return list && !list->empty() && std::all_of(list->begin(), list->end(), good);
    }
    case OptType::number:
      return std::holds_alternative<double>(value);
    case OptType::axes_number:
      return std::holds_alternative<double>(value) || std::holds_alternative<std::vector<double>>(value);
    case OptType::boolean:
      return std::holds_alternative<bool>(value);
    case OptType::word:
      return std::holds_alternative<std::string>(value);
    case OptType::sizes:
      return std::holds_alternative<std::vector<Expression>>(value) ||
             std::holds_alternative<std::string>(value);
    case OptType::sizes_list:
      return std::holds_alternative<std::vector<std::vector<Expression>>>(value);
    case OptType::slices:
      return std::holds_alternative<std::vector<SliceRange>>(value);
    case OptType::reference:
      return std::holds_alternative<Ref>(value);
  }
  return false;
}

void check(const std::string& bytes) {
  const Source source("f", bytes);
  const Parsed parsed = parse(source);
  const auto within = [&](const Location& where) {
    return where.span.begin <= where.span.end && where.span.end <= bytes.size();
  };
  std::size_t last = 0;
  for (const Finding& finding : parsed.findings) {
    ASSERT_TRUE(within(finding.where)) << finding.message << "\n" << bytes;
    ASSERT_GE(finding.where.span.begin, last) << "not in the order of the file\n" << bytes;
    last = finding.where.span.begin;
    for (const Related& related : finding.related) ASSERT_TRUE(within(related.where)) << bytes;
    ASSERT_FALSE(finding.message.empty());
    ASSERT_NE(finding.message.back(), '.') << finding.message;
    ASSERT_EQ(finding.message.find_first_of("\r\n\t"), std::string::npos) << finding.message;
    ASSERT_EQ(Source("m", finding.message).first_invalid_utf8(), std::string::npos) << finding.message;
  }
  ASSERT_TRUE(parsed.usable || !parsed.findings.empty()) << "nothing to run and nothing to say\n" << bytes;
  const Spec& spec = parsed.spec;
  if (parsed.usable) {
    ASSERT_FALSE(spec.layers.empty()) << bytes;
    ASSERT_FALSE(spec.inputs.empty()) << bytes;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    names.push_back(layer.name);
    ASSERT_TRUE(within(layer.where) && within(layer.name_place) && within(layer.type_place)) << bytes;
    ASSERT_FALSE(layer.broken && parsed.findings.empty()) << bytes;
    ASSERT_FALSE(layer.inputs.empty()) << bytes;
    ASSERT_EQ(layer.options.size(), layer.broken && layer.options.empty() ? 0 : layer.info().options.size());
    for (const Ref& ref : layer.inputs) ASSERT_LT(ref.layer, LayerId(i)) << bytes;
    if (layer.broken) continue;
    const Arity arity = layer.info().arity;
    ASSERT_GE(static_cast<int>(layer.inputs.size()), arity.min) << bytes;
    ASSERT_TRUE(arity.max < 0 || static_cast<int>(layer.inputs.size()) <= arity.max) << bytes;
    for (const OptionValue& option : layer.options) {
      ASSERT_TRUE(fits(option)) << to_string(option.info->opt) << " " << to_json(option.value) << "\n"
                                << bytes;
      ASSERT_TRUE(within(option.where));
      const auto* ref = std::get_if<Ref>(&option.value);
      ASSERT_TRUE(!ref || ref->layer < LayerId(i)) << bytes;
    }
  }
  std::sort(names.begin(), names.end());
  ASSERT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << bytes;
}

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> list{
      R"({"name": "a", "input": [1, 128, 24, 24], // c
  "encoder": [{"name": "down", "type": "Conv2d", "out_channels": 256, "kernel_size": 3, "stride": [2, 2], "padding": "same"}, {"type": "ReLU"}],
  "decoder": [{"name": "up", "type": "ConvTranspose2d", "out_channels": 128, "kernel_size": 3, "stride": 2, "size_like": "down"}],
  "expect": {"scale": 1.5}})",
      R"({"input": {"image": [1, 4, 8, 8], "label": [1]}, "layers": [
  {"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
  {"type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool:1", "inputs": "pool"},
  {"type": "Chunk", "chunks": 2, "name": "c"}, {"type": "Add", "inputs": ["c", "c:1"], "expect": [1, null, 8, 8]},
  {"type": "Reshape", "shape": [-1, "in[1]*(in[2] - 3)//2"]}, {"type": "Slice", "index": [null, [0, -1, 2]]},
  {"type": "Custom", "outputs": [[1, 2], ["in[0]"]]}, {"type": "Pad", "padding": [1, 2, 3, -4]}, {"type": "Upsample", "scale_factor": [2, 0.5]}]})",
      R"({"input": [1, 4, 8, 8], "blocks": {"b": [{"name": "c", "type": "Conv2d", "out_channels": "$out*2", "kernel_size": ["$k", 1]},
  {"type": "Residual", "layers": [{"use": "d", "in": "c", "repeat": "$n"}], "shortcut": [{"type": "ReLU"}]}],
  "d": {"defaults": {"act": "ReLU"}, "layers": [{"type": "$act", "inputs": "$in"}, {"type": "Add", "inputs": ["prev", "input"]}]}},
  "layers": [{"use": "b", "name": "u", "out": 4, "k": 1, "n": 2, "expect": [1, null]}, {"use": "d", "in": "u.c", "act": "Tanh"},
  {"name": "r", "type": "ELU", "each": {"alpha": [1, 2]}, "inputs": "u"}, {"use": "d", "in": "prev"}]})",
  };
  return list;
}

TEST(Fuzz, RandomBytesAreAnswered) {
  std::mt19937 random(1);
  for (int round = 0; round < 4000; ++round) {
    std::string bytes(random() % 200, ' ');
    const bool json_like = round % 2 == 0;
    constexpr std::string_view alphabet = "{}[]\",:0123456789.-+eEtruefalsn \n\r/*\\u";
    for (char& c : bytes)
      c = json_like ? alphabet[random() % alphabet.size()] : static_cast<char>(random() % 256);
    check(bytes);
    if (HasFatalFailure()) return;
  }
}

TEST(Fuzz, MutatedSpecsAreAnswered) {
  static const std::vector<std::string> tokens{"{",
                                               "}",
                                               "[",
                                               "]",
                                               ",",
                                               ":",
                                               "\"",
                                               "null",
                                               "true",
                                               "-1",
                                               "0",
                                               "1e999",
                                               "99999999999999999999",
                                               "3.0",
                                               "\"same\"",
                                               "\"prev\"",
                                               "\"input\"",
                                               "\"c:1\"",
                                               "\"in[1][0]\"",
                                               "\"type\"",
                                               "\"name\"",
                                               "\"Custom\"",
                                               "\"Chunk\"",
                                               "\"Residual\"",
                                               "\"use\"",
                                               "\"b\"",
                                               "\"d\"",
                                               "\"repeat\"",
                                               "\"each\"",
                                               "\"layers\"",
                                               "\"shortcut\"",
                                               "\"input:1\"",
                                               "\"$out\"",
                                               "\"$in//$k\"",
                                               "\"$\"",
                                               "{}",
                                               "[]",
                                               "//",
                                               "/*",
                                               "\\",
                                               "\n",
                                               "\xEF\xBB\xBF",
                                               "\xFF",
                                               std::string(1, '\0'),
                                               "{\"type\": \"ReLU\"},",
                                               "\"Conv2D\"",
                                               "\"up\"",
                                               "2147483648"};
  std::mt19937 random(2);
  std::size_t usable = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seeds()[random() % seeds().size()];
    for (unsigned n = 1 + random() % 3; n > 0; --n) {
      const std::size_t at = random() % (bytes.size() + 1);
      const std::size_t length = std::min<std::size_t>(random() % 12, bytes.size() - at);
      switch (random() % 5) {
        case 0:
          bytes.erase(at, length);
          break;
        case 1:
          bytes.insert(at, tokens[random() % tokens.size()]);
          break;
        case 2: {  // a whole value, so that many results stay JSON
          const std::size_t from = bytes.find_first_of("0123456789\"", at);
          if (from == std::string::npos) break;
          std::size_t to = bytes[from] == '"' ? bytes.find('"', from + 1)
                                              : bytes.find_first_not_of("0123456789.", from) - 1;
          if (to >= bytes.size()) break;
          bytes.replace(from, to + 1 - from, tokens[random() % tokens.size()]);
          break;
        }
        case 3:
          bytes.insert(at, bytes.substr(at, length));
          break;
        default:
          if (at < bytes.size()) bytes[at] = static_cast<char>(random() % 256);
      }
    }
    check(bytes);
    if (HasFatalFailure()) return;
    usable += parse(Source("f", bytes)).usable ? 1 : 0;
  }
  EXPECT_GT(usable, 1000u) << "mutations that never leave a spec test only the JSON parser";
}

TEST(Fuzz, EveryTruncationIsAnswered) {
  for (const std::string& seed : seeds()) {
    for (std::size_t length = 0; length <= seed.size(); ++length) {
      check(seed.substr(0, length));
      if (HasFatalFailure()) return;
    }
  }
}

// Megabytes made to be slow. The bound is far above what they take, and far below what anything
// quadratic would.
TEST(Fuzz, HostileFilesTakeBoundedTime) {
  const auto repeated = [](const std::string& head, const std::string& part, const std::string& tail) {
    std::string bytes = head;
    bytes.reserve(limits::file_bytes);
    while (bytes.size() + part.size() + tail.size() < limits::file_bytes / 4) bytes += part;
    return bytes + tail;
  };
  std::string many_names = "{\"input\": [1], \"layers\": [{\"type\": \"ReLU\"}";
  for (int i = 0; i < 40'000; ++i)
    many_names +=
        ",{\"type\": \"Rel" + std::to_string(i) + "\", \"inputs\": \"nosuch" + std::to_string(i) + "\"}";
  std::string many_keys = "{\"input\": [1], \"layers\": [{\"type\": \"Conv2d\"";
  for (int i = 0; i < 200'000; ++i) many_keys += ",\"strid" + std::to_string(i) + "\":0";
  // Blocks that stand for far more than they hold: layers, names, values, arguments.
  std::string laughs = "{\"input\": [1], \"blocks\": {\"b0\": [{\"type\": \"ReLU\"}]";
  for (int i = 1; i < 15; ++i) {
    laughs += ", \"b" + std::to_string(i) + "\": [";
    for (int j = 0; j < 10; ++j)
      laughs += std::string(j ? ", " : "") + "{\"use\": \"b" + std::to_string(i - 1) + "\"}";
    laughs += "]";
  }
  const std::string many = std::string("1") + [] {
    std::string ones;
    for (int i = 0; i < 50'000; ++i) ones += ",1";
    return ones;
  }();
  const std::string block =
      "{\"input\":[1],\"blocks\":{\"b\":[{\"type\":\"Reshape\",\"shape\":\"$s\",\"repeat\":90000}]},";
  const std::vector<std::string> files{
      laughs + "}, \"layers\": [{\"use\": \"b14\"}]}",
      block + "\"layers\":[{\"use\":\"b\",\"s\":[" + many + "]}]}",
      block + "\"layers\":[{\"use\":\"b\",\"s\":[2],\"name\":\"" + std::string(1'000'000, 'x') + "\"}]}",
      "{\"input\":[1],\"layers\":[{\"type\":\"Reshape\",\"repeat\":90000,\"shape\":[" + many + "]}]}",
      "{\"input\":[1],\"layers\":[{\"type\":\"Conv2d\",\"repeat\":100000}]}",
      repeated("{\"input\":[1],\"layers\":[{\"type\":\"Conv2d\",\"each\":{\"stride\":[", "1,", "1]}}]}"),
      repeated("{\"input\":[1],\"layers\":[{\"use\":\"b\",\"repeat\":100000}],\"blocks\":{\"b\":[",
               "{\"type\":\"Conv2d\",\"out_channels\":\"$x\",\"inputs\":\"y\"},", "0]}}"),
      repeated("", "[", ""),
      repeated("", "{\"a\":", ""),
      repeated("[", "1,", "1]"),
      repeated("{", "\"a\":1,", "\"a\":1}"),
      repeated("\"", "\\u20ac", "\""),
      repeated("", "/**/", "{}"),
      repeated("{\"input\":[1],\"layers\":[", "{\"type\":\"X\"},", "0]}"),
      repeated("{\"input\":[1],\"layers\":[", "{\"name\":\"a\",\"type\":\"ReLU\"},", "0]}"),
      repeated("[", "1e999,", "1e999]"),
      repeated("{\"input\":[", "\"H\",", "1]}"),
      many_names + "]}",
      many_keys + "}]}",
  };
  for (const std::string& bytes : files) {
    const Source source("f", bytes);
    const Parsed parsed = parse(source);
    EXPECT_FALSE(parsed.findings.empty());
    for (const Finding& finding : parsed.findings)
      EXPECT_GE(source.position(finding.where.span.begin).column, 1u);
  }
}

}  // namespace
}  // namespace shapedbg
