#include "read/json/source.h"

#include <array>
#include <utility>

namespace shapedbg {
namespace {

constexpr std::array<std::string_view, 4> kPlaceKeys{"made", "called", "module", "node"};

}  // namespace

std::shared_ptr<const LayerSource> read_source(const json::Document& document, const json::Node& node,
                                               std::string_view layer, Findings& findings,
                                               Suggestions& suggestions) {
  LayerSource source;
  bool good = true;
  const auto text = [&](const json::Node& value, std::string_view what, std::string& into) {
    if (value.type == json::Type::string) {
      into = value.text();
      return;
    }
    good = false;
    findings.add(Code::S104, in_backticks(what) + " must be a string, not " + described(value),
                 document.value(value), layer);
  };
  const auto line = [&](const json::Node& value, std::string_view what, SourceLine& into) {
    std::string written;
    text(value, what, written);
    if (value.type != json::Type::string) return;
    into = SourceLine::read(written);
    if (!into.empty()) return;
    good = false;
    findings.add(Code::S110,
                 in_backticks(what) + " must be a line as \"unet.py:31\", not " + described(value),
                 document.value(value), layer);
  };
  if (node.type == json::Type::string) {
    line(node, "source", source.made);
  } else if (node.type != json::Type::object) {
    findings.add(Code::S104, "`source` must be an object or a line as \"unet.py:31\", not " + described(node),
                 document.value(node), layer);
    return nullptr;
  }
  for (const json::Node* member = node.type == json::Type::object ? document.first(node) : nullptr; member;
       member = document.next(*member)) {
    if (member->key() == "made") {
      line(*member, "made", source.made);
    } else if (member->key() == "called") {
      line(*member, "called", source.called);
    } else if (member->key() == "module") {
      text(*member, "module", source.module);
    } else if (member->key() == "node") {
      text(*member, "node", source.node);
    } else {
      findings.add(Code::S102,
                   "`source` has no key " + in_backticks(member->key()) +
                       suggestions.nearest(member->key(), kPlaceKeys, "key"),
                   document.key(*member), layer);
    }
  }
  if (!good || source.empty()) return nullptr;
  return std::make_shared<const LayerSource>(std::move(source));
}

}  // namespace shapedbg
