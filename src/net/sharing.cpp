#include "net/sharing.h"

#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "net/facts.h"

namespace shapedbg {

bool same_use(const LayerSpec& a, const LayerSpec& b) {
  return !a.used_at.empty() && !b.used_at.empty() && a.used_at.front().span == b.used_at.front().span;
}

const std::string& module_of(const LayerSpec& layer) {
  const bool own = layer.source != nullptr && !layer.source->module.empty();
  return own ? layer.source->module : layer.name;
}

PerLayer<LayerId> first_calls(const Spec& spec) {
  PerLayer<LayerId> first(spec.layers.size());
  std::iota(first.begin(), first.end(), LayerId(0));
  // Most networks are not imported, and need no table of their names.
  std::unordered_map<std::string_view, LayerId> by_name;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.source == nullptr || layer.source->module.empty()) continue;
    if (by_name.empty())
      for (std::size_t k = 0; k < spec.layers.size(); ++k) by_name.emplace(spec.layers[k].name, LayerId(k));
    // A function's module is the one around it, which is no layer.
    const auto made = by_name.find(layer.source->module);
    if (made != by_name.end() && made->second < first[i] && spec.layer(made->second).kind == layer.kind)
      first[i] = made->second;
  }
  return first;
}

std::vector<LayerId> calls_of(const Spec& spec, LayerId layer) {
  // Asked for every option that a repair sets: one look at each layer, and none at names where there is one
  // call.
  const LayerSpec& one = spec.layer(layer);
  const std::string& module = module_of(one);
  const bool again = module != one.name;
  const auto made = again ? spec.find(module) : std::optional<LayerId>(layer);
  if (!made || *made > layer || spec.layer(*made).kind != one.kind) return {layer};
  std::vector<LayerId> calls{*made};
  for (std::size_t i = made->place() + 1; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (other.kind == one.kind && other.source != nullptr && other.source->module == module)
      calls.push_back(LayerId(i));
  }
  return calls;
}

namespace {

// A call of a function. The graphs of .pt2 and ONNX say of no module where it was made, and a line calls
// those of many blocks: what has trained weights is a module of its own.
bool is_step(const LayerSpec& layer) {
  return layer.source != nullptr && layer.source->made.empty() && !layer.source->called.empty() &&
         facts(layer.kind).weights.empty();
}

// The module around a step: the file says it, or the name that the step was given in it.
std::string_view around(const LayerSpec& step) {
  if (!step.source->module.empty()) return step.source->module;
  const std::string_view name = step.name;
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

}  // namespace

std::vector<LayerId> of_one_statement(const Spec& spec, LayerId layer) {
  const LayerSpec& one = spec.layer(layer);
  if (!is_step(one)) return {layer};
  std::vector<LayerId> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (is_step(other) && other.kind == one.kind && other.source->called == one.source->called &&
        around(other) == around(one))
      all.push_back(LayerId(i));
  }
  return all;
}

bool called_at_one_line(const LayerSpec& a, const LayerSpec& b) {
  return a.source != nullptr && b.source != nullptr && !a.source->called.empty() &&
         a.source->called == b.source->called;
}

std::vector<LayerId> copies(const Spec& spec, LayerId layer) {
  const LayerSpec& one = spec.layer(layer);
  if (!one.shared) return {layer};
  std::vector<LayerId> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (other.where.span == one.where.span && other.typed_as == one.typed_as) all.push_back(LayerId(i));
  }
  return all;
}

std::vector<std::pair<LayerId, Opt>> sharers(const Spec& spec, LayerId layer, Opt opt) {
  const LayerSpec& one = spec.layer(layer);
  if (!one.shared) return {{layer, opt}};
  const OptionValue* option = one.find(opt);
  std::vector<std::pair<LayerId, Opt>> all;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (!other.shared) continue;
    if (option == nullptr || !option->written) {
      if (other.where.span == one.where.span) all.emplace_back(LayerId(i), opt);
      continue;
    }
    for (const OptionValue& value : other.options)
      if (value.written && value.where.span == option->where.span)
        all.emplace_back(LayerId(i), value.info->opt);
  }
  return all;
}

}  // namespace shapedbg
