#include "code/lines.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "code/code.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

struct Statements {
  std::string module;  // without what it is assigned to
  std::string step;
  bool own_step = false;  // the step says more than that the module is called
};

Statements statements(const Spec& spec, const Trace& trace, int index, Language language,
                      const CodeNames& names) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(index)];
  const LayerTrace& row = trace.layers[static_cast<std::size_t>(index)];
  Statements result;
  result.module = module_code(layer, row, language);
  result.step = step_code(spec, trace, index, language, names);
  const bool forward_size = layer.has(Opt::size_like) || layer.find(Opt::indices) != nullptr ||
                            (layer.info().family == Family::conv_transpose && layer.has(Opt::output_size));
  result.own_step = result.module.empty() || forward_size || pads_by_itself(layer, language);
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

// What the caller does to an input to give it another shape: an axis more, a border cut off or put around,
// and where much more than a border differs, another resolution. Empty where it is other data.
std::string reshaped(const std::string& x, const Shape& was, const Shape& now, Language language) {
  const Words words{language};
  if (now.size() == was.size() + 1) {
    std::size_t axis = 0;
    while (axis < was.size() && was[axis] == now[axis]) ++axis;
    if (now[axis] != 1 || !std::equal(was.begin() + static_cast<std::ptrdiff_t>(axis), was.end(),
                                      now.begin() + static_cast<std::ptrdiff_t>(axis) + 1))
      return {};
    return x + ".unsqueeze(" + std::to_string(axis) + ")";
  }
  std::size_t first = 0;
  while (first < was.size() && first < now.size() && was[first] == now[first]) ++first;
  if (now.size() != was.size() || first == was.size() || was.size() < 2) return {};
  if (first < std::min<std::size_t>(2, was.size() - 1)) return {};
  bool border = true;
  std::string pads;
  for (std::size_t axis = was.size(); axis-- > first;) {
    const std::int64_t more = now[axis] - was[axis];
    border = border && std::abs(more) * 8 <= was[axis];
    pads += std::string(pads.empty() ? "" : ", ") + "0, " + std::to_string(more);
  }
  if (!border && was.size() >= 3) {
    const std::vector<std::int64_t> sizes(now.begin() + 2, now.end());
    if (words.python()) return "F.interpolate(" + x + ", size=" + words.list(sizes) + ")";
    return "torch::nn::functional::interpolate(" + x +
           ", torch::nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>" + words.list(sizes) +
           "))";
  }
  const bool cut = std::equal(now.begin(), now.end(), was.begin(), std::less_equal<>());
  if (cut) {
    std::string text = x + (words.python() ? "[..." : "");
    for (std::size_t axis = first; axis < now.size(); ++axis) {
      const std::string size = std::to_string(now[axis]);
      text += words.python() ? ", :" + size : ".slice(" + std::to_string(axis) + ", 0, " + size + ")";
    }
    return text + (words.python() ? "]" : "");
  }
  if (words.python()) return "F.pad(" + x + ", (" + pads + "))";
  return "torch::nn::functional::pad(" + x + ", torch::nn::functional::PadFuncOptions({" + pads + "}))";
}

std::string lines(const Spec& before, const Spec& after, const std::vector<Edit>& edits, Language language) {
  const Trace old_trace = infer(before);
  const Trace new_trace = infer(after);
  const CodeNames old_names = line_names(before, language);
  const CodeNames new_names = line_names(after, language);
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
  for (std::size_t i = 0; i < after.inputs.size() && i < before.inputs.size(); ++i) {
    const std::string x = new_names.tensor(Ref::of_input(static_cast<int>(i)));
    const std::string statement = reshaped(x, before.inputs[i].shape, after.inputs[i].shape, language);
    if (!statement.empty()) add(after.inputs[i].where.span.begin, statement, x + " = ");
  }
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    const int index = static_cast<int>(i);
    const LayerSpec& layer = after.layers[i];
    const Statements now = statements(after, new_trace, index, language, new_names);
    std::optional<Statements> was;
    if (const auto old = old_layers.find(new_keys[i]); old != old_layers.end())
      was = statements(before, old_trace, old->second, language, old_names);
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
              new_names.result(index) + " = ");
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
