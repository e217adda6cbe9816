#include "read/json/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "read/json/options.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMostAxes = 8;

// `scale` of an `expect`: a number for all spatial axes, or a list with one for each.
std::optional<std::vector<double>> read_scale(const json::Document& document, const json::Node& node,
                                              std::string_view layer, std::size_t rank, Findings& findings) {
  const auto wrong = [&](Code code, const json::Node& at, const std::string& message) {
    findings.add(code, message + described(at), document.value(at), layer);
    return std::nullopt;
  };
  const bool list = node.type == json::Type::array;
  // Without the batch and channel axes; of an unbatched input without the channels alone.
  if (list && (node.count == 0 || node.count > kMostAxes ||
               (rank != 0 && node.count + 2 != rank && node.count + 1 != rank))) {
    const std::string axes = rank > 2 ? ", " + std::to_string(rank - 2) : "";
    return wrong(Code::S111, node, "`scale` takes a number, or one per spatial axis" + axes + ", not ");
  }
  std::vector<double> scales;
  for (const json::Node* one = list ? document.first(node) : &node; one;
       one = list ? document.next(*one) : nullptr) {
    if (one->type != json::Type::number)
      return wrong(Code::S104, *one, "`scale` must be a number or a list of numbers, not ");
    if (!std::isfinite(one->number()) || !(one->number() > 0) ||
        one->number() > static_cast<double>(limits::size))
      return wrong(Code::S110, *one,
                   "`scale` must be greater than 0 and at most " + std::to_string(limits::size) + ", not ");
    scales.push_back(one->number());
  }
  return scales;
}

}  // namespace

std::optional<Shape> read_shape(const json::Document& document, const json::Node& node, std::string_view name,
                                FreeNames free, Findings& findings, Suggestions& suggestions) {
  const std::string what = in_backticks(name);
  if (node.type != json::Type::array) {
    findings.add(Code::S104, what + " must be a list of sizes with the batch axis, not " + described(node),
                 document.value(node));
    return std::nullopt;
  }
  if (node.count == 0 || node.count > kMostAxes) {
    findings.add(Code::S111,
                 what + " takes 1 to " + std::to_string(kMostAxes) + " sizes, not " + described(node),
                 document.value(node));
    return std::nullopt;
  }
  Shape shape;
  bool good = true;
  for (const json::Node* size = document.first(node); size; size = document.next(*size)) {
    if (size->type == json::Type::string) {
      std::vector<FreeSize>& sizes = free.sizes;
      const auto known =
          std::find_if(sizes.begin(), sizes.end(), [&](const FreeSize& f) { return f.name == size->text(); });
      if (known == sizes.end()) {
        std::vector<std::string_view> names;
        for (const FreeSize& one : sizes) names.push_back(one.name);
        std::string near = suggestions.nearest(size->text(), names, "size");
        if (near.empty())
          near = ": add \"sizes\": {" + to_json(std::string(size->text())) + ": {\"min\": 64}}";
        findings.add(Code::S106, "`sizes` does not name the free size " + in_backticks(size->text()) + near,
                     document.value(*size));
        good = false;
        continue;
      }
      known->axes.push_back({free.input, static_cast<int>(shape.size())});
      shape.push_back(known->smallest());
      continue;
    }
    std::int64_t read = 0;
    if (size->type == json::Type::null || (size->type == json::Type::number && size->integer() == -1)) {
      findings.add(Code::S110,
                   "a size of " + what + " is a number or a name, not " + described(*size) +
                       ": write 1, or \"N\" and \"sizes\": {\"N\": {\"min\": 1}} where it may be any",
                   document.value(*size));
      good = false;
      continue;
    }
    good = read_integer(document, *size, "a size of " + what, 1, limits::size, "an integer", {}, findings,
                        read) &&
           good;
    shape.push_back(read);
  }
  return good ? std::optional<Shape>(shape) : std::nullopt;
}

Rare<Expect> read_expect(const json::Document& document, const json::Node& node, std::string_view layer,
                         std::size_t rank, Findings& findings, Suggestions& suggestions) {
  Expect expect;
  expect.where = document.value(node);
  const auto wrong = [&](Code code, const json::Node& at, std::string message) {
    findings.add(code, std::move(message), document.value(at), layer);
    return std::nullopt;
  };
  if (node.type == json::Type::null) return std::nullopt;
  if (node.type == json::Type::string && node.text() == "input") return expect;
  if (node.type == json::Type::string) {
    constexpr std::array<std::string_view, 1> words{"input"};
    return wrong(Code::S110, node,
                 "`expect` must be `input`, a shape or {\"scale\": number}, not " +
                     in_backticks(node.text()) + suggestions.nearest(node.text(), words, "word"));
  }
  if (node.type == json::Type::object) {
    const json::Node* scale = document.find(node, "scale");
    for (const json::Node* member = document.first(node); member; member = document.next(*member)) {
      if (member->key() == "scale") continue;
      constexpr std::array<std::string_view, 1> words{"scale"};
      findings.add(Code::S102,
                   "`expect` has no key " + in_backticks(member->key()) +
                       suggestions.nearest(member->key(), words, "key"),
                   document.key(*member), layer);
    }
    if (!scale) return wrong(Code::S105, node, "`expect` as an object needs `scale`");
    std::optional<std::vector<double>> scales = read_scale(document, *scale, layer, rank, findings);
    if (!scales) return std::nullopt;
    expect.kind = Expect::Kind::scale;
    expect.scale = std::move(*scales);
    return expect;
  }
  if (node.type != json::Type::array)
    return wrong(Code::S104, node,
                 "`expect` must be `input`, a shape, {\"scale\": number} or null, not " + described(node));
  if (node.count > kMostAxes)
    return wrong(Code::S111, node,
                 "`expect` takes at most " + std::to_string(kMostAxes) + " sizes, not " + described(node));
  expect.kind = Expect::Kind::shape;
  bool good = true;
  for (const json::Node* size = document.first(node); size; size = document.next(*size)) {
    std::int64_t read = Expect::any_size;
    if (size->type != json::Type::null)
      good = read_integer(document, *size, "a size of `expect`", 1, limits::size, "an integer or null", layer,
                          findings, read) &&
             good;
    expect.shape.push_back(read);
  }
  return good ? Rare<Expect>(expect) : std::nullopt;
}

}  // namespace shapedbg
