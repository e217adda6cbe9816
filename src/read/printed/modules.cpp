#include "read/printed/modules.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <vector>

#include "net/facts.h"
#include "read/printed/wiring.h"

namespace shapedbg::printed {
namespace {

// A Python literal as JSON: (1, 2) is [1, 2], True is true, 'same' is "same". Empty for None and for anything
// else. Equal numbers for all axes are one, but of a `list`.
std::string literal(std::string_view text, bool list) {
  if (text == "True") return "true";
  if (text == "False") return "false";
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front())
    return json_string(text.substr(1, text.size() - 2));
  if (text.size() >= 2 &&
      ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']'))) {
    std::vector<std::string> items;
    for (const auto& [name, item] : read_arguments(text.substr(1, text.size() - 2))) {
      items.push_back(item == "None" ? "null" : literal(item, list));
      if (items.back().empty()) return {};
    }
    const bool equal =
        std::all_of(items.begin(), items.end(), [&](const std::string& item) { return item == items[0]; });
    if (equal && !list && items.size() > 1 && items[0] != "null") return items[0];
    std::string all = "[";
    for (const std::string& item : items) all += (all.size() > 1 ? ", " : "") + item;
    return all + "]";
  }
  std::int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return std::to_string(whole);  // JSON knows no leading zeros
  double real = 0;
  if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc() && read.ptr == end) {
    DraftLayer layer;
    layer.set("x", real);
    return layer.find("x") ? layer.find("x")->json() : "";
  }
  // A word without its quotes, as `padding=same`.
  if (!text.empty() &&
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
    return json_string(text);
  return {};
}

std::size_t leaves(const Module& module) {
  std::size_t all = module.children.empty() ? 1 : 0;
  for (const Module& child : module.children) all += leaves(child);
  return all;
}

}  // namespace

bool is_list(std::string_view type) {
  return type == "Sequential" || type == "ModuleList" || type == "ModuleDict";
}

bool never_runs(const Module& module) {
  return module.name == "parametrizations" || module.type.starts_with("Parameter") ||
         module.type.ends_with("Loss") ||
         (is_list(module.type) && module.children.empty() && module.arguments.empty());
}

bool is_beside(std::string name) {
  bool beside = false;
  for (const std::string_view word : {"shortcut", "downsample", "skip", "residual", "res", "identity",
                                      "connection", "conv", "proj", "nin", "layer", "branch", "path", "_"})
    for (std::size_t at; (at = name.find(word)) != std::string::npos; name.erase(at, word.size()))
      beside = beside || word == "shortcut" || word == "downsample" || word == "skip" || word == "residual" ||
               word == "res" || word == "identity";
  return beside && name.empty();
}

int resizes(std::string_view type) {
  return type.ends_with("Upsample") ? 1 : type.ends_with("Downsample") ? -1 : 0;
}

bool is_gate(const Module& module) {
  const std::string& type = module.type;
  const bool named = type.find("SqueezeExcit") != std::string::npos || type == "SEModule" ||
                     type == "SELayer" || type == "SEBlock" || type == "SE" || type == "SEUnit";
  return named && !module.children.empty() && leaves(module) <= 8;
}

const KindInfo* kind_of(const Module& module) {
  if (const KindInfo* kind = find_kind(module.type)) return kind;
  const bool window = module.arguments.find("kernel_size=") != std::string::npos;
  const bool dense = module.arguments.starts_with("in_features=");
  const KindInfo* best = nullptr;
  for (const KindInfo& kind : all_kinds()) {
    const bool as_it = facts(kind.family).window != Sliding::none
                           ? window && !facts(kind.family).weights.empty()
                       : kind.family == Family::linear ? dense
                                                       : false;
    if (as_it && module.type.find(kind.name) != std::string::npos &&
        (!best || kind.name.size() > best->name.size()))
      best = &kind;
  }
  if (best || module.arguments.find("eps=") == std::string::npos) return best;
  if (module.type.find("BatchNorm") == std::string::npos) return nullptr;
  for (const std::string_view norm : {"BatchNorm1d", "BatchNorm2d", "BatchNorm3d"})
    if (module.type.find(norm.substr(norm.size() - 2)) != std::string::npos) best = find_kind(norm);
  return best;
}

const KindInfo* leaf_kind(const Module& module) {
  return module.children.empty() ? kind_of(module) : nullptr;
}

DraftLayer layer_of(const KindInfo& kind, const Module& module, const std::string& path) {
  DraftLayer layer(kind.name, {}, path);
  if (kind.family == Family::attention) {
    // It prints the layer behind it alone.
    layer.set("num_heads", 1);
    for (const Module& child : module.children)
      for (const auto& [name, value] : read_arguments(child.arguments))
        if (name == "in_features" && !literal(value, false).empty())
          layer.json("embed_dim", literal(value, false));
    return layer;
  }
  const auto unnamed = kind.options.first(static_cast<std::size_t>(facts(kind.family).printed_by_position));
  auto next = unnamed.begin();
  for (auto [name, value] : read_arguments(module.arguments)) {
    if (name.empty() && next != unnamed.end()) name = to_string((next++)->opt);
    if (name == "lambd") name = "lambda";
    const OptionInfo* option = kind.option(name);
    const bool list = option && (option->type == OptType::integers || option->type == OptType::sizes);
    const std::string json = literal(value, list);
    // What a lazy module knows only when it runs is printed as 0.
    if (json == "0" && module.type.starts_with("Lazy")) continue;
    if (!option || json.empty() || json == to_json(option->fallback)) continue;
    layer.json(name, json);
  }
  return layer;
}

bool is_layer(const Module& module) {
  return module.children.empty() || module.type == "MultiheadAttention" ||
         (kind_of(module) && !module.arguments.empty());
}

bool passes(const Module& module) {
  const KindInfo* kind = leaf_kind(module);
  return module.children.empty() && (!kind || kind->name == "Identity" || kind->name.starts_with("Dropout"));
}

bool drops(const Module& module) {
  if (!module.children.empty()) return drops(module.children.front());
  const KindInfo* kind = kind_of(module);
  return kind && kind->name.starts_with("Dropout");
}

bool pools_first(const Module& module) {
  if (module.children.empty()) {
    const KindInfo* kind = kind_of(module);
    return kind && kind->family == Family::adaptive_pool;
  }
  return pools_first(module.children.front());
}

bool asks_at_once(const Module& module) {
  if (is_layer(module)) {
    const KindInfo* kind = kind_of(module);
    return !passes(module) && !(kind && kind->family == Family::upsample) && resizes(module.type) <= 0;
  }
  for (const Module& child : module.children)
    if (!never_runs(child)) return asks_at_once(child);
  return false;
}

bool names_gate(std::string type) {
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type.find("glu") != std::string::npos || type.find("gated") != std::string::npos;
}

bool has_convolution(const Module& module) {
  return std::any_of(module.children.begin(), module.children.end(), [](const Module& child) {
    const KindInfo* kind = kind_of(child);
    return kind && kind->family == Family::conv && kind->axes > 1;
  });
}

const Module* lone_pool(const Module& module) {
  const Module* pool = nullptr;
  int others = 0;  // that may convolve
  if (is_list(module.type)) return nullptr;
  for (const Module& child : module.children) {
    const KindInfo* kind = leaf_kind(child);
    if ((kind && kind->family == Family::conv) || !child.children.empty()) ++others;
    if (!kind || !is_pool(kind->family)) continue;
    if (pool) return nullptr;
    pool = &child;
  }
  return others > 1 ? pool : nullptr;
}

}  // namespace shapedbg::printed
