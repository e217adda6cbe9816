#include "code/lines.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "code/code.h"
#include "code/function.h"
#include "net/facts.h"
#include "net/parameter.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

struct Statements {
  std::string module;  // without what it is assigned to
  std::string step;
  bool own_step = false;  // the step says more than that the module is called
};

// Whether an imported layer is a call of a function in its author's forward: F.max_pool2d(x, 2).
bool is_a_function_there(const LayerSpec& layer) {
  if (layer.broken || !layer.source || layer.source->called.empty() || !layer.source->made.empty())
    return false;
  std::string name = layer.name.substr(layer.name.rfind('.') + 1);
  const std::size_t count = name.find_last_not_of("0123456789");
  if (count != std::string::npos && count + 1 < name.size() && name[count] == '_') name.resize(count);
  const std::string function = function_of(layer.kind);
  if (layer.info().family == Family::upsample && name.starts_with("upsample_")) return true;
  return !name.empty() && function.ends_with("." + name);
}

Statements statements(const Shaped& network, LayerId index, Language language, const CodeNames& names) {
  const auto& [spec, trace] = network;
  const LayerSpec& layer = spec.layer(index);
  const LayerTrace& row = trace.row(index);
  Statements result;
  result.module = module_code(layer, row, language);
  result.step = step_code(spec, trace, index, language, names);
  const bool forward_size = layer.has(Opt::size_like) || layer.find(Opt::indices) != nullptr ||
                            (layer.info().family == Family::conv_transpose && layer.has(Opt::output_size));
  if (language == Language::python && is_a_function_there(layer)) {
    result.step = function_call(layer, row, names.tensor(layer.inputs[0]));
    result.module.clear();
  }
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

// A layer of the network behind the edits: where it is written, and the layer that was written there before
// them (-1: none).
struct Place {
  std::size_t at = 0;
  LayerId was;
};

// Without a name the place of the type stands for it.
bool is_named(const LayerSpec& layer) { return layer.name_place.span.end != layer.type_place.span.end; }

PerLayer<Place> places(const Spec& before, const Spec& after, const std::vector<Edit>& edits) {
  // Nothing was put in or left out: no need to look where it stands now.
  const auto same_name = [](const LayerSpec& a, const LayerSpec& b) { return a.name == b.name; };
  if (std::equal(before.layers.begin(), before.layers.end(), after.layers.begin(), after.layers.end(),
                 same_name)) {
    PerLayer<Place> same;
    for (std::size_t i = 0; i < after.layers.size(); ++i)
      same.push_back({after.layers[i].where.span.begin, LayerId(i)});
    return same;
  }
  std::map<std::pair<std::size_t, int>, LayerId> old;  // the n-th layer that is written at a place
  std::map<std::size_t, int> seen;
  for (std::size_t i = 0; i < before.layers.size(); ++i) {
    const std::size_t from = before.layers[i].where.span.begin;
    // What was left out stands nowhere; the layer behind it has moved to its place.
    if (std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
          return edit.text.empty() && edit.offset <= from && from < edit.offset + edit.length;
        }))
      continue;
    const std::size_t at = moved(from, edits);
    old[{at, seen[at]++}] = LayerId(i);
  }
  std::map<std::string_view, LayerId> by_name;
  for (std::size_t i = 0; i < before.layers.size(); ++i)
    if (is_named(before.layers[i])) by_name.emplace(before.layers[i].name, LayerId(i));
  seen.clear();
  PerLayer<Place> result;
  for (const LayerSpec& layer : after.layers) {
    const std::size_t at = layer.where.span.begin;
    const auto there = old.find({at, seen[at]++});
    LayerId was = there == old.end() ? LayerId() : there->second;
    // One edit may cover many layers; what the author named is known by that.
    if (is_named(layer)) {
      const auto same = by_name.find(layer.name);
      was = same == by_name.end() ? LayerId() : same->second;
    }
    result.push_back({at, was});
  }
  return result;
}

// Whether two layers have the same statements: one name and one kind, the same options, and tensors of the
// same names and shapes.
bool alike(const Shaped& one, const CodeNames& names, LayerId i, const Shaped& other,
           const CodeNames& other_names, LayerId k) {
  const LayerSpec& a = one.spec.layer(i);
  const LayerSpec& b = other.spec.layer(k);
  const LayerTrace& x = one.trace.row(i);
  const LayerTrace& y = other.trace.row(k);
  if (a.kind != b.kind || a.name != b.name || x.inputs != y.inputs || x.outputs != y.outputs) return false;
  const auto same_tensor = [&](Ref p, Ref q) {
    const Shape* first = one.trace.output(one.spec, p);
    const Shape* second = other.trace.output(other.spec, q);
    const bool same_shape = first == nullptr || second == nullptr ? first == second : *first == *second;
    return same_shape && names.tensor(p) == other_names.tensor(q);
  };
  const auto same_value = [&](const OptionValue& p, const OptionValue& q) {
    const Ref* first = std::get_if<Ref>(&p.value);
    const Ref* second = std::get_if<Ref>(&q.value);
    if (first == nullptr || second == nullptr) return p.value == q.value;
    // `indices` names a pool and takes its second output.
    const bool second_output = p.info->opt == Opt::indices;
    return second_output ? same_tensor({first->layer, 1}, {second->layer, 1}) : same_tensor(*first, *second);
  };
  return std::equal(a.inputs.begin(), a.inputs.end(), b.inputs.begin(), b.inputs.end(), same_tensor) &&
         std::equal(a.options.begin(), a.options.end(), b.options.begin(), b.options.end(), same_value);
}

// One kind and the same options, whatever tensors they name.
bool same_numbers(const LayerSpec& a, const LayerSpec& b) {
  return a.kind == b.kind && std::equal(a.options.begin(), a.options.end(), b.options.begin(),
                                        b.options.end(), [](const OptionValue& p, const OptionValue& q) {
                                          return std::holds_alternative<Ref>(p.value) || p.value == q.value;
                                        });
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

// Whether a layer takes another tensor than before: of another layer, or of one that was put in.
bool takes_another(const Spec& before, LayerId old, const Spec& after, LayerId now,
                   const PerLayer<Place>& placed) {
  const auto& was = before.layer(old).inputs;
  const auto& is = after.layer(now).inputs;
  return !std::equal(was.begin(), was.end(), is.begin(), is.end(), [&](Ref a, Ref b) {
    return b.is_input() ? a == b : placed[b.layer].was == a.layer && a.output == b.output;
  });
}

// Writes the statements of one program that differ between two networks.
class Lines {
 public:
  Lines(const Shaped& before, const Shaped& after, const PerLayer<Place>& placed, Language language)
      : before_(before),
        after_(after),
        placed_(placed),
        language_(language),
        old_names_(line_names(before.spec, language)),
        new_names_(line_names(after.spec, language)),
        first_(first_calls(after.spec)) {}

  std::string text() {
    for (std::size_t i = 0; i < after_.spec.inputs.size() && i < before_.spec.inputs.size(); ++i) input(i);
    const std::size_t start = text_.size();
    for (std::size_t i = 0; i < after_.spec.layers.size(); ++i) layer(i);
    // A layer that is left out has no statement any more: where nothing else is said, a comment names it.
    if (text_.empty()) removed();
    name_copies();
    keep_input(start);
    return std::move(text_);
  }

 private:
  // What stands in a block is one statement, whatever use of it runs.
  void add(std::size_t place, const std::string& statement, const std::string& target,
           const std::string& module = {}, const std::string& copy = {}) {
    std::string common = statement;
    const std::size_t at = module.empty() ? std::string::npos : common.find(module);
    if (at != std::string::npos) common.replace(at, module.size(), "*");
    const auto [told, first] = told_.try_emplace({place, common});
    if (!first) {
      if (!copy.empty()) told->second.names.push_back(copy);
      return;
    }
    text_ += (text_.empty() ? "" : "\n") + target + statement + (language_ == Language::cpp ? ";" : "");
    told->second.end = text_.size();
  }

  // The names of the other modules that a statement makes: whoever has no loop there writes it for each of
  // them.
  void name_copies() {
    std::vector<const Told*> with_names;
    for (const auto& [key, told] : told_)
      if (!told.names.empty()) with_names.push_back(&told);
    std::sort(with_names.begin(), with_names.end(),
              [](const Told* a, const Told* b) { return a->end > b->end; });
    for (const Told* told : with_names) {
      const std::vector<std::string>& names = told->names;
      std::string text = language_ == Language::python ? "  # and " : "  // and ";
      if (names.size() > 2) {
        text += names.front() + " to " + names.back();
      } else {
        text += names.front() + (names.size() > 1 ? " and " + names.back() : "");
      }
      text_.insert(told->end, text);
    }
  }

  // The first statement of forward, where another one reads the input after `x` has become another tensor.
  void keep_input(std::size_t start) {
    if (text_.find(kept_input, start) == std::string::npos) return;
    const bool python = language_ == Language::python;
    const std::string kept = (python ? "" : "auto ") + std::string(kept_input) +
                             (python ? " = x  #" : " = x;  //") + " first in forward";
    text_.insert(start, start == 0 ? kept + "\n" : "\n" + kept);
  }

  void input(std::size_t i) {
    const InputSpec& now = after_.spec.inputs[i];
    std::string x = new_names_.tensor(Ref::of_input(i));
    if (x == kept_input) x = "x";  // before anything reads it
    const std::string statement = reshaped(x, before_.spec.inputs[i].shape, now.shape, language_);
    if (!statement.empty()) add(now.where.span.begin, statement, x + " = ");
  }

  void layer(std::size_t i) {
    const LayerId index(i);
    const auto [place, old] = placed_[i];
    if (!old.is_none() && alike(before_, old_names_, old, after_, new_names_, index)) return;
    const LayerSpec& layer = after_.spec.layers[i];
    const Statements now = statements(after_, index, language_, new_names_);
    std::optional<Statements> was;
    if (!old.is_none()) was = statements(before_, old, language_, old_names_);
    // What could not be written before, as the counts that arrive were unknown, is no change of the layer.
    const bool unknown = was && was->module.empty() && before_.trace.row(old).inputs.empty() &&
                         same_numbers(before_.spec.layer(old), layer);
    if (!now.module.empty() && !unknown && (!was || was->module != now.module))
      module(index, place, now.module);
    const bool step = now.own_step || !was || was->own_step ||
                      takes_another(before_.spec, old, after_.spec, index, placed_);
    if (step && !now.step.empty() && (!was || was->step != now.step))
      add(place, now.step,
          (language_ == Language::cpp && returns_several(layer) ? "auto " : "") + new_names_.result(index) +
              " = ",
          new_names_.module(index));
  }

  // The statement that makes a layer's module: said where the module is called first.
  void module(LayerId index, std::size_t place, const std::string& made) {
    if (first_[index] != index) return;
    const LayerSpec& layer = after_.spec.layer(index);
    if (is_weight_of_a_layer(layer)) return;
    if (is_unnamed_constant(layer)) {
      const Shapes& outputs = after_.trace.row(index).outputs;
      if (!outputs.empty())
        add(place, layer.source->called.text() + " has to take a constant of " + bracketed(outputs[0]),
            language_ == Language::python ? "# " : "// ");
    } else if (language_ == Language::python) {
      // A Parameter is in no module of its own.
      const bool alone = layer.info().family == Family::parameter;
      const std::string target = "self." + submodule(alone ? layer.name : module_of(layer));
      add(place, made, target + " = ", {}, target);
    } else {
      const std::string name = identifier(layer.name);
      add(place, "register_module(\"" + name + "\", " + made + ")", name + " = ", {}, name);
    }
  }

  // `codebook.weight` is made with `codebook`.
  bool is_weight_of_a_layer(const LayerSpec& layer) const {
    const std::size_t dot = layer.name.rfind('.');
    return layer.info().family == Family::parameter && dot != std::string::npos &&
           after_.spec.find(layer.name.substr(0, dot)).has_value();
  }

  void removed() {
    for (const LayerSpec& layer : before_.spec.layers) {
      if (after_.spec.find(layer.name)) continue;
      text_ += text_.empty() ? "" : "\n";
      // A step of forward() is no module.
      const bool step = facts(layer.kind).spelled == Spelled::function || layer.info().own.function;
      if (step && !layer.inputs.empty()) {
        const std::string reader = before_.spec.name_of(layer.inputs[0]);
        text_ += std::string(language_ == Language::python ? "# " : "// ") + "take `" + reader +
                 "` in place of `" + layer.name + "`";
        continue;
      }
      text_ += language_ == Language::python ? "# remove self." + submodule(layer.name)
                                             : "// remove " + identifier(layer.name);
    }
  }

  const Shaped& before_;
  const Shaped& after_;
  const PerLayer<Place>& placed_;
  const Language language_;
  const CodeNames old_names_;
  const CodeNames new_names_;
  const PerLayer<LayerId> first_;
  struct Told {
    std::size_t end = 0;             // of the statement in the text
    std::vector<std::string> names;  // of the modules that it makes beside the first
  };
  std::map<std::pair<std::size_t, std::string>, Told> told_;
  std::string text_;
};

}  // namespace

CodeLines code_lines(const Shaped& before, const Shaped& after, const std::vector<Edit>& edits, bool cpp) {
  const PerLayer<Place> placed = places(before.spec, after.spec, edits);
  // A layer without a name is called after its place, which one put in in front of it shifts: in the author's
  // program it keeps the name that it has.
  Spec named = after.spec;
  for (std::size_t i = 0; i < named.layers.size(); ++i)
    if (!placed[i].was.is_none()) named.layers[i].name = before.spec.layer(placed[i].was).name;
  const Shaped now{named, after.trace};
  return {Lines(before, now, placed, Language::python).text(),
          cpp ? Lines(before, now, placed, Language::cpp).text() : std::string()};
}

}  // namespace shapedbg
