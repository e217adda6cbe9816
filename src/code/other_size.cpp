#include "code/other_size.h"

#include <algorithm>
#include <variant>

#include "code/code.h"
#include "code/forward.h"

namespace shapedbg {
namespace {

const ConstructorCall::Argument* given(const ConstructorCall& call, std::string_view name) {
  const auto found = std::find_if(call.arguments.begin(), call.arguments.end(),
                                  [&](const ConstructorCall::Argument& one) { return one.name == name; });
  return found == call.arguments.end() ? nullptr : &*found;
}

}  // namespace

OtherSizes::OtherSizes(const Spec& before, const Spec& after, const std::vector<ForwardCall>& forward,
                       const std::vector<ConstructorCall>& calls)
    : before_(before), after_(after), equal_(after) {
  for (const ForwardCall& call : forward) forward_.emplace(call.layer, &call);
  for (const ConstructorCall& call : calls)
    if (call.step) steps_.emplace(call.module, &call);
}

bool OtherSizes::say(std::size_t layer, const OptionValue& now) {
  const LayerSpec& was = before_.layers[layer];
  const auto found = forward_.find(was.name);
  if (now.info->opt != Opt::size_like || found == forward_.end()) return false;
  const ForwardCall& call = *found->second;
  Text text;
  Place at;
  const auto step = steps_.find(was.name);
  text.unpools = before_.layers[layer].info().family == Family::max_unpool;
  const bool asked =
      step != steps_.end() ? of_a_function(*step->second, text, at) : of_a_module(layer, call, text, at);
  if (!asked) return false;
  text.names = names_of(std::get<Ref>(now.value), call, /*everywhere=*/true, text.resizes);
  text.call = &call;
  return put(at, std::move(text));
}

bool OtherSizes::of_a_function(const ConstructorCall& call, Text& text, Place& at) {
  if (text.unpools) {
    text.front = call.front + "output_size=";
    text.runs = call.makes;
    at = {call.file, call.add.value_or(0)};
    return call.add.has_value() && given(call, "output_size") == nullptr;
  }
  const auto* size = given(call, "size");
  const auto* said = size != nullptr ? size : given(call, "scale_factor");
  if (said == nullptr || said->makes > 0 || (size == nullptr && !said->keyword)) return false;
  const std::size_t begin = size != nullptr ? size->span.begin : *said->keyword;
  if (size == nullptr) text.front = "size=";
  text.length = said->span.end - begin;
  text.runs = call.makes;
  text.resizes = true;
  at = {call.file, begin};
  return true;
}

bool OtherSizes::of_a_module(std::size_t layer, const ForwardCall& call, Text& text, Place& at) {
  if (call.inputs.empty() || !call.inputs.back()) return false;
  text.runs = runs_of(call);
  const Family family = before_.layers[layer].info().family;
  if (family == Family::upsample) {
    text.length = call.span.end - call.span.begin;
    text.resizes = true;
    at = {call.file, call.span.begin};
    return interpolates(layer, call, text);
  }
  text.front = ", output_size=";
  at = {call.file, call.inputs.back()->span.end};
  return family == Family::conv_transpose || family == Family::max_unpool;
}

// What stands in the place of a module's call.
bool OtherSizes::interpolates(std::size_t layer, const ForwardCall& call, Text& text) {
  constexpr std::string_view size = "\1.shape[2:]";
  if (!trace_) trace_ = infer(after_);
  const Ref taken = after_.layers[layer].inputs[0];
  CodeNames names;
  names.tensor = [&](Ref ref) { return ref == taken ? call.inputs[0]->text : "\1"; };
  names.result = [](LayerId) { return std::string("x"); };
  names.module = [](LayerId) { return std::string(); };
  names.indices = names.result;
  const auto written =
      in_names_of_file(step_code(after_, *trace_, LayerId(layer), Language::python, names), call);
  const std::size_t at = written ? written->find(size) : std::string::npos;
  if (at == std::string::npos) return false;
  text.front = written->substr(0, at);
  text.back = written->substr(at + size.size());
  return true;
}

bool OtherSizes::put(const Place& at, Text text) {
  Text& all = texts_.try_emplace(at, text).first->second;
  if (all.front != text.front || all.back != text.back) return false;
  keep_names(all, text.names);
  all.layers.insert(text.call->layer);
  return !all.names.empty();
}

void OtherSizes::keep_names(Text& all, const std::vector<std::string>& names) {
  std::erase_if(all.names, [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) == names.end();
  });
}

ProgramEdits OtherSizes::write() {
  ProgramEdits result;
  for (auto& [at, text] : texts_) {
    if (text.resizes || text.unpools) as_large_elsewhere(text);
    if (static_cast<int>(text.layers.size()) < text.runs || text.names.empty())
      return {{}, "the call in forward that would change runs for other layers, too, which stay as they are"};
    result.edits.push_back({at.first, {at.second, text.length, text.front + text.names.front() + text.back}});
  }
  return result;
}

// In the other runs of a resize the name has to stand for a tensor of the size that is returned there.
void OtherSizes::as_large_elsewhere(Text& all) {
  for (const auto& [layer, call] : forward_) {
    if (call->file != all.call->file || call->span != all.call->span || all.layers.contains(call->layer))
      continue;
    const auto index = before_.find(layer);
    if (!index) return;
    keep_names(all, names_of(Ref{*index, 0}, *call, /*everywhere=*/false, all.resizes));
    all.layers.insert(call->layer);
  }
}

int OtherSizes::runs_of(const ForwardCall& call) const {
  return static_cast<int>(std::count_if(forward_.begin(), forward_.end(), [&](const auto& one) {
    return one.second->file == call.file && one.second->span == call.span;
  }));
}

// What says the size of a tensor at a call, and behind it that of what is as large as that, whatever comes in
// or at the sizes of the network. `spatial`: a resize takes no sizes of samples and channels.
std::vector<std::string> OtherSizes::names_of(Ref ref, const ForwardCall& call, bool everywhere,
                                              bool spatial) {
  std::vector<std::string> names, others;
  const auto say = [&](const ForwardCall::Name& name, const std::string& behind) {
    const auto layer = name.input < 0 ? before_.find(name.layer) : std::nullopt;
    if (name.input < 0 && !layer) return;
    const Ref stands_for = layer ? Ref{*layer, name.output} : Ref::of_input(name.input);
    if (stands_for == ref)
      names.push_back(name.text + behind);
    else if (everywhere ? equal_.equal(stands_for, ref) : equal_.equal_there(stands_for, ref))
      others.push_back(name.text + behind);
  };
  for (const ForwardCall::SizeName& name : call.sizes)
    if (name.axis < 0 && !spatial) say(name, "");
  for (const ForwardCall::Name& name : call.names) say(name, ".shape[2:]");
  for (const ForwardCall::SizeName& name : call.sizes)
    if (name.axis < 0 && spatial) say(name, "[2:]");
  names.insert(names.end(), others.begin(), others.end());
  return names;
}

}  // namespace shapedbg
