#include "read/json/free_sizes.h"

#include <algorithm>
#include <array>
#include <string>

#include "read/json/options.h"

namespace shapedbg {
namespace {

constexpr std::array<std::string_view, 3> kKeys{"min", "max", "multiple_of"};

FreeSize read_one(const json::Document& document, const json::Node& node, Findings& findings,
                  Suggestions& suggestions) {
  FreeSize size;
  size.name = node.key();
  size.where = document.key(node);
  const std::string what = in_backticks(node.key());
  if (node.type != json::Type::object) {
    findings.add(Code::S104,
                 "the free size " + what + " must be an object such as {\"min\": 64}, not " + described(node),
                 document.value(node));
    return size;
  }
  FreeSize read = size;
  bool good = true;
  for (const json::Node* member = document.first(node); member; member = document.next(*member)) {
    if (std::find(kKeys.begin(), kKeys.end(), member->key()) == kKeys.end()) {
      findings.add(Code::S102,
                   "a free size has no key " + in_backticks(member->key()) +
                       suggestions.nearest(member->key(), kKeys, "key"),
                   document.key(*member));
      continue;
    }
    if (member->key() == "min") read.min_stated = true;
    std::int64_t& number = member->key() == "min"   ? read.min
                           : member->key() == "max" ? read.max
                                                    : read.multiple_of;
    good = read_integer(document, *member, in_backticks(member->key()) + " of " + what, 1, limits::size,
                        "an integer", {}, findings, number) &&
           good;
  }
  if (!good) return size;
  if (read.smallest() > (read.max == 0 ? limits::size : read.max)) {
    findings.add(Code::S110,
                 "no value of " + what + " is allowed: there is no " +
                     (read.multiple_of == 1 ? "size" : "multiple of " + std::to_string(read.multiple_of)) +
                     " from " + std::to_string(read.min) + " to " +
                     std::to_string(read.max == 0 ? limits::size : read.max),
                 document.key(node));
    return size;
  }
  return read;
}

}  // namespace

std::vector<FreeSize> read_free_sizes(const json::Document& document, const json::Node& node,
                                      Findings& findings, Suggestions& suggestions) {
  std::vector<FreeSize> sizes;
  if (node.type != json::Type::object) {
    findings.add(Code::S104,
                 "`sizes` must be an object such as {\"H\": {\"min\": 64}}, not " + described(node),
                 document.value(node));
    return sizes;
  }
  for (const json::Node* member = document.first(node); member; member = document.next(*member))
    sizes.push_back(read_one(document, *member, findings, suggestions));
  return sizes;
}

}  // namespace shapedbg
