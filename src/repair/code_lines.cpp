#include "repair/code_lines.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "repair/code.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

struct Statements {
  std::string module;  // without what it is assigned to
  std::string step;
  bool own_step = false;  // the step says more than that the module is called
};

Statements statements(const Spec& spec, const Trace& trace, int index, Language language) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(index)];
  const LayerTrace& row = trace.layers[static_cast<std::size_t>(index)];
  Statements result;
  result.module = module_code(layer, row, language);
  result.step = step_code(spec, trace, index, language);
  const bool forward_size = layer.has(Opt::size_like) || layer.find(Opt::indices) != nullptr ||
                            (layer.info().family == Family::conv_transpose && layer.has(Opt::output_size));
  result.own_step = result.module.empty() || forward_size;
  return result;
}

// Where what stood at `offset` stands after the edits; an insertion there pushes it back.
std::size_t moved(std::size_t offset, const std::vector<Edit>& edits) {
  std::size_t at = offset;
  for (const Edit& edit : edits) {
    if (edit.offset + edit.length > offset) continue;
    at += edit.text.size();
    at -= edit.length;
  }
  return at;
}

// The n-th layer that is written at a place.
using Key = std::pair<std::size_t, int>;

std::vector<Key> keys(const Spec& spec, const std::vector<Edit>& edits) {
  std::map<std::size_t, int> seen;
  std::vector<Key> result;
  for (const LayerSpec& layer : spec.layers) {
    const std::size_t at = moved(layer.where.span.begin, edits);
    result.emplace_back(at, seen[at]++);
  }
  return result;
}

std::string lines(const Spec& before, const Spec& after, const std::vector<Edit>& edits, Language language) {
  const Trace old_trace = infer(before);
  const Trace new_trace = infer(after);
  std::map<Key, int> old_layers;
  const std::vector<Key> old_keys = keys(before, edits);
  for (std::size_t i = 0; i < old_keys.size(); ++i) old_layers[old_keys[i]] = static_cast<int>(i);
  const std::vector<Key> new_keys = keys(after, {});

  std::string text;
  std::set<std::pair<std::size_t, std::string>> told;
  const auto add = [&](std::size_t place, const std::string& statement, const std::string& target) {
    if (!told.insert({place, statement}).second) return;
    text += (text.empty() ? "" : "\n") + target + statement + (language == Language::cpp ? ";" : "");
  };
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    const int index = static_cast<int>(i);
    const LayerSpec& layer = after.layers[i];
    const Statements now = statements(after, new_trace, index, language);
    std::optional<Statements> was;
    if (const auto old = old_layers.find(new_keys[i]); old != old_layers.end())
      was = statements(before, old_trace, old->second, language);
    const std::size_t place = new_keys[i].first;
    if (!now.module.empty() && (!was || was->module != now.module)) {
      const std::string name = identifier(layer.name);
      if (language == Language::python) {
        add(place, now.module, "self." + submodule(layer.name) + " = ");
      } else {
        add(place, "register_module(\"" + name + "\", " + now.module + ")", name + " = ");
      }
    }
    const bool step = now.own_step || !was || was->own_step;
    if (step && !now.step.empty() && (!was || was->step != now.step))
      add(place, now.step,
          (language == Language::cpp && layer.info().family == Family::chunk ? "auto " : "") +
              result_name(after, index) + " = ");
  }
  return text;
}

}  // namespace

CodeLines code_lines(const Spec& before, const Spec& after, const std::vector<Edit>& edits) {
  return {lines(before, after, edits, Language::python), lines(before, after, edits, Language::cpp)};
}

void add_code(const Source& source, const Spec& spec, Finding& finding) {
  for (Fix& fix : finding.fixes) {
    if (fix.edits.empty()) continue;
    const std::optional<std::string> bytes = shapedbg::apply(source.bytes(), fix.edits);
    if (!bytes) continue;
    const Parsed parsed = parse(Source(source.name(), *bytes));
    if (parsed.usable) fix.code = code_lines(spec, parsed.spec, fix.edits);
  }
}

}  // namespace shapedbg
