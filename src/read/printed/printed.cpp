#include "read/printed/printed.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "net/facts.h"
#include "read/draft.h"
#include "read/printed/tree.h"

namespace shapedbg {
namespace {

using printed::Module;

constexpr std::size_t kMostLayers = limits::layers;
constexpr std::int64_t kGuessedSize = 64;

// A Python literal as JSON: (1, 2) is [1, 2], True is true, 'same' is "same". Empty for None and for anything
// else.
std::string literal(std::string_view text) {
  if (text == "True") return "true";
  if (text == "False") return "false";
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front())
    return json_string(text.substr(1, text.size() - 2));
  if (text.size() >= 2 &&
      ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']'))) {
    std::vector<std::string> items;
    for (const auto& [name, item] : printed::read_arguments(text.substr(1, text.size() - 2))) {
      items.push_back(item == "None" ? "null" : literal(item));
      if (items.back().empty()) return {};
    }
    const bool equal =
        std::all_of(items.begin(), items.end(), [&](const std::string& item) { return item == items[0]; });
    if (equal && items.size() > 1 && items[0] != "null") return items[0];
    std::string list = "[";
    for (const std::string& item : items) list += (list.size() > 1 ? ", " : "") + item;
    return list + "]";
  }
  std::int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return std::to_string(whole);  // JSON knows no leading zeros
  double real = 0;
  if (const auto read = std::from_chars(text.data(), end, real); read.ec == std::errc() && read.ptr == end) {
    DraftLayer layer;
    layer.set("x", real);
    return layer.find("x") ? std::get<std::string>(*layer.find("x")) : "";
  }
  return {};
}

class Printed {
 public:
  Printed(const Module& root, const Shape& input) : input_(input) {
    draft_.name = root.type;
    inputs(root);
    walk(root, "");
  }

  Imported result() {
    Imported imported;
    imported.layers = draft_.layers().size();
    imported.custom = custom_;
    const auto add = [&](Code code, std::string message) {
      Finding& finding = imported.findings.emplace_back();
      finding.code = code;
      finding.message = std::move(message);
    };
    if (imported.layers == 0 || too_many_) {
      add(too_many_ ? Code::I603 : Code::I601,
          too_many_ ? "the text stands for too many layers" : "the text holds no module that is a layer");
      return imported;
    }
    if (!guessed_.empty())
      imported.guesses.push_back(
          "the layers of " + guessed_ +
          " run one after another, in the order in which they were made: skips, sums and what "
          "`forward` does besides are not in the text");
    if (guessed_input_) imported.guesses.push_back("the input's shape, from the first layer");
    if (custom_ > 0)
      imported.guesses.push_back("modules that torch.nn does not have return the shape that they get: " +
                                 unknown_);
    for (const std::string& guess : imported.guesses) add(Code::I605, guess);
    imported.spec = draft_.write();
    return imported;
  }

 private:
  static const Module* first_leaf(const Module& module) {
    if (module.children.empty()) return find_kind(module.type) ? &module : nullptr;
    for (const Module& child : module.children)
      if (const Module* leaf = first_leaf(child)) return leaf;
    return nullptr;
  }

  void inputs(const Module& root) {
    std::vector<DraftSize> shape;
    for (const std::int64_t size : input_) shape.emplace_back(size);
    if (shape.empty()) {
      guessed_input_ = true;
      shape.emplace_back(1);
      const Module* first = first_leaf(root);
      const KindInfo* kind = first ? find_kind(first->type) : nullptr;
      std::int64_t channels = 3;
      if (first)
        for (const auto& [name, value] : printed::read_arguments(first->arguments))
          if (name.empty() || name == "in_features") {
            std::from_chars(value.data(), value.data() + value.size(), channels);
            break;
          }
      shape.emplace_back(std::max<std::int64_t>(channels, 1));
      for (int axis = 0; kind && axis < (kind->family == Family::linear ? 0 : std::max(kind->axes, 0));
           ++axis)
        shape.emplace_back(kGuessedSize);
    }
    last_ = draft_.input("input", std::move(shape));
  }

  static bool in_order(const Module& module) { return module.type == "Sequential"; }

  void walk(const Module& module, const std::string& path) {
    if (too_many_) return;
    if (module.children.empty()) return leaf(module, path);
    if (!in_order(module) && module.children.size() > 1 &&
        guessed_.find("`" + module.type + "`") == std::string::npos && guessed_.size() < 200)
      guessed_ += (guessed_.empty() ? "`" : ", `") + module.type + "`";
    for (const Module& child : module.children) {
      for (int copy = 0; copy < child.times && !too_many_; ++copy) {
        std::string name = child.name;
        // "(0-3): 4 x Block(": the first of them is 0.
        if (child.times > 1) {
          int first = 0;
          std::from_chars(name.data(), name.data() + name.size(), first);
          name = std::to_string(first + copy);
        }
        walk(child, path.empty() ? name : path + "." + name);
      }
    }
  }

  void leaf(const Module& module, const std::string& path) {
    if (draft_.layers().size() >= kMostLayers) {
      too_many_ = true;
      return;
    }
    const KindInfo* kind = find_kind(module.type);
    DraftLayer layer(kind ? kind->name : "Custom", {last_}, path);
    if (!kind) {
      layer.set("label", module.type).set("output", "same");
      ++custom_;
      if (unknown_.find("`" + module.type + "`") == std::string::npos && unknown_.size() < 200)
        unknown_ += (unknown_.empty() ? "`" : ", `") + module.type + "`";
    } else {
      options(*kind, module, layer);
    }
    last_ = draft_.add(std::move(layer));
    if (kind && kind->family == Family::max_pool) pools_.emplace_back(kind->axes, last_);
  }

  void options(const KindInfo& kind, const Module& module, DraftLayer& layer) {
    const auto unnamed = kind.options.first(static_cast<std::size_t>(facts(kind.family).printed_by_position));
    auto next = unnamed.begin();
    for (auto [name, value] : printed::read_arguments(module.arguments)) {
      if (name.empty() && next != unnamed.end()) name = to_string((next++)->opt);
      if (name == "lambd") name = "lambda";
      const OptionInfo* option = kind.option(name);
      const std::string json = literal(value);
      if (!option || json.empty() || json == to_json(option->fallback)) continue;
      layer.json(name, json);
    }
    // torch prints a bias only where it is off, and an unpool knows nothing of its pool.
    if (kind.family == Family::max_unpool)
      for (std::size_t i = pools_.size(); i-- > 0;)
        if (pools_[i].first == kind.axes) {
          layer.set("indices", pools_[i].second);
          pools_.erase(pools_.begin() + static_cast<std::ptrdiff_t>(i));
          break;
        }
  }

  const Shape& input_;
  Draft draft_;
  Ref last_;
  std::vector<std::pair<int, Ref>> pools_;  // spatial axes, and the pool whose indices nothing took yet
  std::string guessed_;
  std::string unknown_;
  std::size_t custom_ = 0;
  bool guessed_input_ = false;
  bool too_many_ = false;
};

}  // namespace

bool looks_printed(std::string_view text) {
  const printed::Tree tree = printed::read_tree(text.substr(0, std::size_t{64} << 10));
  return !tree.root.type.empty() && (!tree.root.children.empty() || find_kind(tree.root.type));
}

Imported import_printed(std::string_view text, const Shape& input) {
  const printed::Tree tree = printed::read_tree(text);
  if (!tree.error.empty()) {
    Imported imported;
    Finding& finding = imported.findings.emplace_back();
    finding.code = tree.root.type.empty() ? Code::I601 : Code::I602;
    finding.message = "no tree of modules as print(model) shows it: " + tree.error;
    return imported;
  }
  return Printed(tree.root, input).result();
}

}  // namespace shapedbg
