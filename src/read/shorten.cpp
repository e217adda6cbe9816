#include "read/shorten.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/move.h"
#include "read/draft.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

// Beyond it the search would cost more than the text.
constexpr std::size_t kMostLayers = 20'000;
constexpr std::size_t kMostDepth = 12;  // of module paths

// The layers of one module, in a row.
struct Run {
  std::string module;
  std::size_t first = 0;
  std::size_t count = 0;
};

// On one line, as people write it: {"name": "up", "stride": [2, 1]}.
std::string on_one_line(const Json& json) {
  std::string text;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items())
      text += (text.empty() ? "" : ", ") + json_string(key) + ": " + on_one_line(value);
    return "{" + text + "}";
  }
  if (!json.is_array()) return json.is_string() ? json_string(json.get<std::string>()) : json.dump();
  for (const Json& item : json) text += (text.empty() ? "" : ", ") + on_one_line(item);
  return "[" + text + "]";
}

bool is_numeric(const Json& json) {
  if (!json.is_array()) return json.is_number();
  return !json.empty() &&
         std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_number(); });
}

class Shortener {
 public:
  explicit Shortener(Json spec) : spec_(std::move(spec)), layers_(spec_["layers"]) {}

  // Empty where nothing repeats.
  std::string run() {
    for (std::size_t i = 0; i < layers_.size(); ++i) index_.emplace(name(i), i);
    if (const auto inputs = spec_.find("input"); inputs != spec_.end() && inputs->is_object())
      for (const auto& [word, shape] : inputs->items()) outside_.insert(word);
    outside_.insert("input");
    find_runs();
    choose();
    if (blocks_.empty()) return {};
    return text();
  }

 private:
  std::string name(std::size_t i) const { return layers_[i]["name"].get<std::string>(); }

  void find_runs() {
    std::unordered_map<std::string, Run> runs;
    std::vector<std::string> order;
    std::set<std::string> broken;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const std::string full = name(i);
      std::size_t depth = 0;
      for (std::size_t dot = full.find('.'); dot != std::string::npos && depth < kMostDepth;
           dot = full.find('.', dot + 1), ++depth) {
        const std::string module = full.substr(0, dot);
        const auto [found, fresh] = runs.emplace(module, Run{module, i, 0});
        if (fresh) order.push_back(module);
        Run& at = found->second;
        if (at.first + at.count != i) broken.insert(module);
        ++at.count;
      }
    }
    for (const std::string& module : order) {
      const Run& at = runs[module];
      // One whose name is a layer's own cannot be a use.
      if (at.count > 1 && !broken.contains(module) && !index_.contains(module))
        alike_[form(at)].push_back(at);
    }
  }

  // The layer that a text names, and what stands behind its name: ":1"; npos where it names none.
  std::pair<std::size_t, std::string> named(const std::string& text) const {
    const std::string head = text.substr(0, text.find(':'));
    const auto found = index_.find(head);
    if (found == index_.end()) return {std::string::npos, {}};
    return {found->second, text.substr(head.size())};
  }

  bool inside(const Run& run, std::size_t i) const { return i >= run.first && i - run.first < run.count; }

  // What a reference is in a block: the name within it, or empty where it comes from outside.
  std::string within(const Run& run, const std::string& reference) const {
    const auto [at, output] = named(reference);
    if (at == std::string::npos || !inside(run, at)) return {};
    return name(at).substr(run.module.size() + 1) + output;
  }

  bool is_reference(const std::string& key, const Json& value) const {
    if (key == "name" || key == "type" || key == "source" || key == "description" || !value.is_string())
      return false;
    const std::string text = value.get<std::string>();
    return named(text).first != std::string::npos || outside_.contains(text);
  }

  // Everything of a module's layers that does not differ between two of one kind.
  std::string form(const Run& run) const {
    std::string text;
    for (std::size_t k = 0; k < run.count; ++k) {
      const Json& layer = layers_[run.first + k];
      text += "\n" + name(run.first + k).substr(run.module.size());
      for (const auto& [key, value] : layer.items()) {
        if (key == "name" || key == "source" || (key == "inputs" && k == 0)) continue;
        text += " " + key + "=";
        if (is_numeric(value) && key != "expect") continue;
        text += value.is_array() ? list_form(run, key, value) : one_form(run, key, value);
      }
      if (k == 0)
        text += layer.contains("inputs") && layer["inputs"].is_array()
                    ? list_form(run, "inputs", layer["inputs"])
                    : "";
    }
    return text;
  }
  std::string one_form(const Run& run, const std::string& key, const Json& value) const {
    if (!is_reference(key, value)) return value.dump();
    const std::string own = within(run, value.get<std::string>());
    return own.empty() ? "$" : "@" + own;
  }
  std::string list_form(const Run& run, const std::string& key, const Json& list) const {
    std::string text = "[";
    for (const Json& value : list) text += one_form(run, key, value) + ",";
    return text + "]";
  }

  void choose() {
    std::vector<const std::vector<Run>*> groups;
    for (const auto& [form, runs] : alike_)
      if (runs.size() > 1) groups.push_back(&runs);
    const auto saved = [](const std::vector<Run>& runs) { return (runs.size() - 1) * (runs[0].count - 1); };
    std::stable_sort(groups.begin(), groups.end(), [&](const auto* a, const auto* b) {
      if (saved(*a) != saved(*b)) return saved(*a) > saved(*b);
      return a->front().first < b->front().first;
    });
    taken_.assign(layers_.size(), 0);
    for (const std::vector<Run>* runs : groups) {
      std::vector<Run> free;
      for (const Run& run : *runs) {
        const auto begin = taken_.begin() + static_cast<std::ptrdiff_t>(run.first);
        if (std::none_of(begin, begin + static_cast<std::ptrdiff_t>(run.count),
                         [](char t) { return t != 0; }))
          free.push_back(run);
      }
      if (free.size() < 2 || saved(free) < 3) continue;
      for (const Run& run : free)
        std::fill_n(taken_.begin() + static_cast<std::ptrdiff_t>(run.first), run.count, char{1});
      make_block(free);
    }
  }

  // The arguments of a block: one for all values that change alike from use to use.
  struct Arguments {
    std::map<std::string, std::string> by_values;
    std::set<std::string> names;
    std::vector<Json> uses;  // per use, its arguments

    std::string of(const std::string& wished, const std::vector<Json>& values) {
      std::string all;
      for (const Json& value : values) all += value.dump() + ";";
      const auto [found, fresh] = by_values.emplace(all, "");
      if (!fresh) return "$" + found->second;
      std::string unique = wished;
      for (int number = 2; !names.insert(unique).second; ++number) unique = wished + std::to_string(number);
      found->second = unique;
      for (std::size_t u = 0; u < uses.size(); ++u) uses[u][unique] = values[u];
      return "$" + unique;
    }
  };

  static std::string word_for(const std::string& key) {
    if (key == "out_channels" || key == "out_features") return "out";
    if (key == "in_channels" || key == "in_features") return "in";
    if (key == "num_features" || key == "num_channels") return "channels";
    return key == "kernel_size" ? "kernel" : key;
  }

  // The value of a key in all uses, as the block says it.
  Json value_in(const std::vector<Run>& runs, const std::string& key, const std::vector<Json>& values,
                Arguments& arguments) {
    const bool same =
        std::all_of(values.begin(), values.end(), [&](const Json& v) { return v == values[0]; });
    if (values[0].is_string() && is_reference(key, values[0])) {
      const std::string own = within(runs[0], values[0].get<std::string>());
      if (!own.empty()) return own;
      return arguments.of("x", values);
    }
    if (same) return values[0];
    if (is_numeric(values[0])) return arguments.of(word_for(key), values);
    Json list = Json::array();  // of references
    for (std::size_t at = 0; at < values[0].size(); ++at) {
      std::vector<Json> column;
      for (const Json& value : values) column.push_back(value[at]);
      list.push_back(value_in(runs, key, column, arguments));
    }
    return list;
  }

  // What the first layer of a module takes; null where that is the layer before it.
  Json taken_by_first(const Run& run) const {
    const Json& layer = layers_[run.first];
    if (layer.contains("inputs")) return layer["inputs"];
    return run.first == 0 ? Json("input") : Json(name(run.first - 1));
  }

  void make_block(const std::vector<Run>& runs) {
    Arguments arguments;
    arguments.uses.assign(runs.size(), Json::object());
    Json block = Json::array();
    for (std::size_t k = 0; k < runs[0].count; ++k) {
      const Json& first = layers_[runs[0].first + k];
      Json entry = Json::object();
      const std::string own = name(runs[0].first + k).substr(runs[0].module.size() + 1);
      if (own != std::to_string(k)) entry["name"] = own;
      std::vector<std::string> keys;
      for (const auto& [key, value] : first.items())
        if (key != "name" && key != "inputs") keys.push_back(key);
      const auto with_inputs = [&](const Run& run) { return layers_[run.first + k].contains("inputs"); };
      if (std::any_of(runs.begin(), runs.end(), with_inputs)) keys.insert(keys.begin() + 1, "inputs");
      for (const std::string& key : keys) {
        std::vector<Json> values;
        for (const Run& run : runs) {
          const Json& layer = layers_[run.first + k];
          values.push_back(key == "inputs" && k == 0 ? taken_by_first(run) : layer.value(key, Json()));
        }
        if (key == "source") {  // lines that all uses come from
          if (std::all_of(values.begin(), values.end(), [&](const Json& v) { return v == values[0]; }))
            entry[key] = values[0];
        } else {
          entry[key] = value_in(runs, key, values, arguments);
        }
      }
      block.push_back(std::move(entry));
    }
    const std::string word = block_name(runs);
    for (std::size_t u = 0; u < runs.size(); ++u) {
      Json use{{"use", word}, {"name", runs[u].module}};
      use.update(arguments.uses[u]);
      uses_.emplace(runs[u].first, std::make_pair(runs[u].count, std::move(use)));
    }
    blocks_.emplace_back(word, std::move(block));
  }

  // What the last words of the modules have in common: "layer" of layer1 and layer2, else "block".
  std::string block_name(const std::vector<Run>& runs) {
    std::string common;
    for (const Run& run : runs) {
      std::string word = run.module.substr(run.module.rfind('.') + 1);
      word.resize(std::min(word.find_first_of("0123456789"), word.size()));
      if (&run == &runs[0]) common = word;
      const auto differs = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
      common.erase(differs.first, common.end());
    }
    while (!common.empty() && common.back() == '_') common.pop_back();
    if (common.size() < 2) common = "block";
    std::string unique = common;
    for (int number = 2; !names_.insert(unique).second; ++number) unique = common + std::to_string(number);
    return unique;
  }

  // Uses in a row that differ in nothing but the number behind their name.
  void join_repeats(std::vector<Json>& entries) const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].contains("use")) continue;
      const std::string full = entries[i]["name"].get<std::string>();
      const std::size_t dot = full.rfind('.');
      if (dot == std::string::npos || full.substr(dot) != ".0") continue;
      std::size_t count = 1;
      while (i + count < entries.size()) {
        Json wanted = entries[i];
        wanted["name"] = full.substr(0, dot + 1) + std::to_string(count);
        if (entries[i + count] != wanted) break;
        ++count;
      }
      const std::string whole = full.substr(0, dot);
      if (count < 2 || index_.contains(whole)) continue;
      entries[i]["name"] = whole;
      entries[i]["repeat"] = count;
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    entries.begin() + static_cast<std::ptrdiff_t>(i + count));
    }
  }

  std::string text() {
    std::vector<Json> entries;
    for (std::size_t i = 0; i < layers_.size();) {
      const auto use = uses_.find(i);
      entries.push_back(use == uses_.end() ? layers_[i] : use->second.second);
      i += use == uses_.end() ? 1 : use->second.first;
    }
    join_repeats(entries);
    std::string out;
    const auto member = [&](const std::string& key, const std::string& value) {
      out += (out.empty() ? "{\n  " : ",\n  ") + json_string(key) + ": " + value;
    };
    for (const auto& [key, value] : spec_.items()) {
      if (key != "layers") {
        member(key, on_one_line(value));
        continue;
      }
      std::string all;
      for (const auto& [word, block] : blocks_) {
        all += (all.empty() ? "{\n    " : ",\n    ") + json_string(word) + ": [";
        for (const Json& entry : block)
          all += (&entry == &block.front() ? "\n      " : ",\n      ") + on_one_line(entry);
        all += "\n    ]";
      }
      member("blocks", all + "\n  }");
      all = "[";
      for (const Json& entry : entries)
        all += (&entry == &entries.front() ? "\n    " : ",\n    ") + on_one_line(entry);
      member(key, all + "\n  ]");
    }
    return out + "\n}\n";
  }

  Json spec_;
  const Json& layers_;
  std::unordered_map<std::string, std::size_t> index_;
  std::set<std::string> outside_;                  // names of inputs
  std::map<std::string, std::vector<Run>> alike_;  // by their form
  std::vector<char> taken_;                        // by layer: stands in a block
  std::vector<std::pair<std::string, Json>> blocks_;
  std::set<std::string> names_;                               // of blocks
  std::map<std::size_t, std::pair<std::size_t, Json>> uses_;  // by the first layer: how many, and the use
};

bool same_names(const Spec& a, const Spec& b) {
  return a.outputs == b.outputs && std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(),
                                              b.layers.end(), [](const LayerSpec& x, const LayerSpec& y) {
                                                return x.name == y.name && x.ignore == y.ignore;
                                              });
}

}  // namespace

std::string shorten(const std::string& spec) {
  Json json = Json::parse(spec, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("layers") || json["layers"].size() > kMostLayers) return spec;
  const std::string text = Shortener(std::move(json)).run();
  if (text.empty()) return spec;
  const Parsed flat = parse(Source("flat", spec));
  const Parsed brief = parse(Source("short", text));
  const bool same = flat.usable && brief.usable && flat.findings.size() == brief.findings.size() &&
                    same_network(flat.spec, brief.spec) && same_names(flat.spec, brief.spec);
  return same ? text : spec;
}

}  // namespace shapedbg
