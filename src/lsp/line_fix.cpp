// Fixes as edits of Python: the arguments of the calls that made the layers.
#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "lsp/program.h"
#include "net/facts.h"
#include "read/json/parse.h"
#include "report/lines.h"
#include "text/lower.h"
#include "workspace/fixing.h"

namespace shapedbg::lsp {
namespace {

// The arguments of a call, each without the blanks around it; `end` is where the closing parenthesis stands.
struct Call {
  std::vector<Span> arguments;
  std::size_t end = 0;
};

// Behind a string of Python that begins at `at`.
std::size_t behind_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

// Nothing where it does not end, or holds a comment.
std::optional<Call> read_call(std::string_view text, std::size_t open) {
  Call call;
  int depth = 0;
  std::size_t begin = open + 1;
  const auto add = [&](std::size_t end) {
    std::size_t first = begin;
    while (first < end && std::isspace(static_cast<unsigned char>(text[first])) != 0) ++first;
    while (end > first && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0) --end;
    if (end > first) call.arguments.push_back({first, end});
  };
  for (std::size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') return std::nullopt;
    if (c == '"' || c == '\'') {
      i = behind_string(text, i) - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (--depth > 0) continue;
      add(i);
      call.end = i;
      return call;
    } else if (c == ',' && depth == 1) {
      add(i);
      begin = i + 1;
    }
  }
  return std::nullopt;
}

// The only call of the type's class on a line.
std::optional<Call> call_on(const Source& text, int line, std::string_view type) {
  const Span words = words_of(text, line);
  const std::string_view bytes = text.bytes();
  std::optional<Call> found;
  const std::string head = std::string(type) + "(";
  for (std::size_t at = bytes.find(head, words.begin); at < words.end; at = bytes.find(head, at + 1)) {
    if (at > 0 && is_word(bytes[at - 1])) continue;
    if (found) return std::nullopt;
    found = read_call(bytes, at + head.size() - 1);
    if (!found) return std::nullopt;
  }
  return found;
}

// `[1, 0]` as `(1, 0)`, `true` as `True`.
std::string python_value(const std::string& json) {
  if (json == "true") return "True";
  if (json == "false") return "False";
  if (json == "null") return "None";
  std::string text = json;
  if (text.starts_with('[') && text.ends_with(']') && text.find('"') == std::string::npos) {
    text.front() = '(';
    text.back() = ')';
  }
  return text;
}

// Whether the class's constructor takes the option under that name.
bool of_constructor(const KindInfo& kind, const OptionInfo& option) {
  if (facts(kind.family).spelled != Spelled::module || kind.own.function) return false;
  switch (option.type) {
    case OptType::integer:
    case OptType::axes:
    case OptType::axes_or_word:
    case OptType::pads:
    case OptType::number:
    case OptType::axes_number:
    case OptType::boolean:
    case OptType::word:
      return true;
    case OptType::axes_or_null:
    case OptType::integers:
    case OptType::sizes:
    case OptType::sizes_list:
    case OptType::slices:
    case OptType::reference:
      return false;
  }
  return false;
}

std::optional<Edit> set_argument(const Source& text, const Call& call, const KindInfo& kind,
                                 const OptionInfo& option, const std::string& value) {
  const std::string name(to_string(option.opt));
  std::size_t positional = 0;
  for (const Span argument : call.arguments) {
    const std::string_view words = text.slice(argument);
    if (words.starts_with('*')) return std::nullopt;  // who knows what it brings
    std::size_t end = 0;
    while (end < words.size() && is_word(words[end])) ++end;
    std::size_t equals = end;
    while (equals < words.size() && words[equals] == ' ') ++equals;
    const bool named = equals + 1 < words.size() && words[equals] == '=' && words[equals + 1] != '=';
    if (!named) {
      ++positional;
      continue;
    }
    if (words.substr(0, end) != name) continue;
    const std::size_t begin = argument.begin + equals + 1;
    return Edit{begin, argument.end - begin, value};
  }
  const auto index = static_cast<std::size_t>(&option - kind.options.data());
  const auto by_position =
      static_cast<std::size_t>(kind.own.by_position.value_or(facts(kind.family).by_position));
  if (index < positional) {
    if (index >= by_position) return std::nullopt;
    const Span argument = call.arguments[index];
    return Edit{argument.begin, argument.end - argument.begin, value};
  }
  const std::size_t end = call.arguments.empty() ? call.end : call.arguments.back().end;
  return Edit{end, 0, (call.arguments.empty() ? "" : ", ") + name + "=" + value};
}

// What one line has to say anew: by its number and the option.
using Wanted = std::map<std::pair<int, Opt>, std::string>;

// Where the repaired spec differs from the model's, where that is in the options of layers alone.
std::optional<Wanted> changes(const Program& program, const Spec& spec, const Spec& repaired) {
  if (spec.layers.size() != repaired.layers.size()) return std::nullopt;
  Wanted wanted;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& before = spec.layers[i];
    const LayerSpec& after = repaired.layers[i];
    if (before.kind != after.kind || before.inputs != after.inputs || before.name != after.name)
      return std::nullopt;
    for (std::size_t o = 0; o < before.options.size(); ++o) {
      const std::string value = to_json(repaired, after.options[o].value);
      if (to_json(spec, before.options[o].value) == value) continue;
      const int line = before.source ? line_here(before.source->made, *program.text) : 0;
      if (line == 0 || !of_constructor(before.info(), *before.options[o].info)) return std::nullopt;
      const auto [known, fresh] = wanted.emplace(std::pair(line, before.options[o].info->opt), value);
      if (!fresh && known->second != value) return std::nullopt;
    }
  }
  // A line makes all of its layers alike: the others would change, too.
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const int line = layer.source ? line_here(layer.source->made, *program.text) : 0;
    for (const auto& [place, value] : wanted)
      if (place.first == line && repaired.layers[i].find(place.second) &&
          to_json(repaired, repaired.layers[i].find(place.second)->value) != value)
        return std::nullopt;
  }
  return wanted;
}

std::optional<std::vector<Edit>> edits_of(const Program& program, const Checked& model, const Fix& fix) {
  const std::optional<std::string> bytes = shapedbg::apply(model.source.bytes(), fix.edits);
  if (!bytes) return std::nullopt;
  const Parsed repaired = parse(Source(model.source.name(), *bytes));
  if (!repaired.usable || repaired.spec.inputs.size() != model.spec.inputs.size()) return std::nullopt;
  for (std::size_t i = 0; i < model.spec.inputs.size(); ++i)
    if (repaired.spec.inputs[i].shape != model.spec.inputs[i].shape) return std::nullopt;
  const std::optional<Wanted> wanted = changes(program, model.spec, repaired.spec);
  if (!wanted || wanted->empty()) return std::nullopt;
  std::vector<Edit> edits;
  for (const auto& [place, value] : *wanted) {
    const int line = place.first;
    const Opt opt = place.second;
    const auto made = [&](const LayerSpec& one) {
      return one.source && line_here(one.source->made, *program.text) == line && one.find(opt);
    };
    const auto layer = std::find_if(model.spec.layers.begin(), model.spec.layers.end(), made);
    const KindInfo& kind = layer->info();
    const std::optional<Call> call = call_on(*program.text, line, kind.name);
    if (!call) return std::nullopt;
    auto edit = set_argument(*program.text, *call, kind, *kind.option(opt), python_value(value));
    if (!edit) return std::nullopt;
    edits.push_back(std::move(*edit));
  }
  return edits;
}

}  // namespace

std::vector<LineFix> line_fixes(const Program& program) {
  std::vector<LineFix> list;
  for (std::size_t i = 0; i < program.models.size(); ++i) {
    const Checked& model = program.models[i];
    for (const Finding& finding : model.findings) {
      for (const Fix& fix : finding.fixes) {
        if (!applicable(fix, /*unsafe=*/true)) continue;
        auto edits = edits_of(program, model, fix);
        if (!edits) continue;
        list.push_back({fix_text(fix), fix.applicability == Applicability::safe,
                        place_of(program, i, finding.layer, false), std::move(*edits)});
      }
    }
  }
  return list;
}

}  // namespace shapedbg::lsp
