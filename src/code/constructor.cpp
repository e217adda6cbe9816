#include "code/constructor.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "code/code.h"
#include "net/move.h"
#include "net/option_text.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

// One number for a list of equal ones, and for whole ones of another type.
Value plain(const Value& value) {
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    const bool one = !list->empty() && std::equal(list->begin() + 1, list->end(), list->begin());
    return one ? Value{list->front()} : value;
  }
  return short_value(value);
}

bool same_value(const Value& a, const Value& b) {
  const Value x = plain(a);
  const Value y = plain(b);
  const auto* whole = std::get_if<std::int64_t>(&x);
  const auto* other = std::get_if<std::int64_t>(&y);
  if (whole != nullptr && std::holds_alternative<double>(y))
    return static_cast<double>(*whole) == std::get<double>(y);
  if (other != nullptr && std::holds_alternative<double>(x))
    return static_cast<double>(*other) == std::get<double>(x);
  return x == y;
}

// The value in Python; a tuple where there was one. Empty where it is no literal.
std::string in_python(const Value& value, const Value* before) {
  const Words words{Language::python};
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    const bool keep = before != nullptr && std::holds_alternative<std::vector<std::int64_t>>(*before);
    return keep ? words.list(*list) : words.collapsed(*list);
  }
  if (const auto* one = std::get_if<std::int64_t>(&value)) {
    const auto* list = before == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(before);
    if (list != nullptr) return words.list(std::vector<std::int64_t>(list->size(), *one));
    return words.size(*one);
  }
  if (const bool* flag = std::get_if<bool>(&value)) return words.flag(*flag);
  if (const double* number = std::get_if<double>(&value)) return words.number(*number);
  if (const std::string* word = std::get_if<std::string>(&value)) return words.quoted(*word);
  if (std::holds_alternative<std::monostate>(value)) return "None";
  return {};
}

class Writing {
 public:
  Writing(const Spec& before, const Spec& after, const std::vector<ConstructorCall>& calls)
      : before_(before), after_(after) {
    for (const ConstructorCall& call : calls) calls_.emplace(call.module, &call);
    for (std::size_t i = 0; i < before.layers.size(); ++i)
      if (const ConstructorCall* call = call_of(i)) made_by_[place(*call)].push_back(i);
  }

  ProgramEdits run() {
    if (!same_inputs()) return refused("it is the input that changes, which no line of the program says");
    if (before_.layers.size() != after_.layers.size()) return refused(kForward);
    for (std::size_t i = 0; i < before_.layers.size(); ++i) {
      std::string why = layer(i);
      if (!why.empty()) return refused(std::move(why));
    }
    return std::move(result_);
  }

 private:
  static constexpr const char* kForward = "it changes what forward does, not the arguments of a constructor";
  using Place = std::pair<std::string, std::size_t>;
  static Place place(const ConstructorCall& call) { return {call.file, call.span.begin}; }

  static ProgramEdits refused(std::string why) { return {{}, std::move(why)}; }

  const ConstructorCall* call_of(std::size_t index) const {
    const auto found = calls_.find(module_of(before_.layers[index]));
    return found == calls_.end() ? nullptr : found->second;
  }

  bool same_inputs() const {
    return std::equal(before_.inputs.begin(), before_.inputs.end(), after_.inputs.begin(),
                      after_.inputs.end(),
                      [](const InputSpec& a, const InputSpec& b) { return a.shape == b.shape; });
  }

  std::string layer(std::size_t index) {
    const LayerSpec& was = before_.layers[index];
    const LayerSpec& now = after_.layers[index];
    if (was.kind != now.kind || was.inputs != now.inputs || was.options.size() != now.options.size())
      return kForward;
    for (std::size_t k = 0; k < was.options.size(); ++k) {
      if (same_value(was.options[k].value, now.options[k].value)) continue;
      if (now.options[k].info->type == OptType::reference) return kForward;
      std::string why = option(index, k);
      if (!why.empty()) return why;
    }
    return {};
  }

  std::string option(std::size_t index, std::size_t k) {
    const LayerSpec& was = before_.layers[index];
    const std::string subject = "`" + was.name + "` ";
    const ConstructorCall* call = call_of(index);
    if (call == nullptr) return subject + "is made by no constructor: the change is one of a call in forward";
    if (!call->why.empty()) return "what makes " + subject + call->why;
    if (call->type != was.info().name) return subject + "is made as " + with_article(call->type);
    const OptionValue& now = after_.layers[index].options[k];
    // Whatever else comes from the same text has to change alike.
    std::set<std::string> modules;
    for (const std::size_t other : made_by_.at(place(*call))) {
      modules.insert(module_of(before_.layers[other]));
      if (!same_value(after_.layers[other].options[k].value, now.value))
        return "the line that makes " + subject + "makes `" + before_.layers[other].name +
               "` too, which stays as it is";
    }
    if (static_cast<std::size_t>(call->makes) > modules.size())
      return "the line that makes " + subject + "makes " + std::to_string(call->makes) +
             " modules, not all of them in the recorded run";
    return write(*call, was.options[k], now, subject);
  }

  std::string write(const ConstructorCall& call, const OptionValue& was, const OptionValue& now,
                    const std::string& subject) {
    const std::string name(to_string(now.info->opt));
    if (!written_.insert({place(call), name}).second) return {};
    const auto argument =
        std::find_if(call.arguments.begin(), call.arguments.end(),
                     [&](const ConstructorCall::Argument& one) { return one.name == name; });
    if (argument == call.arguments.end()) {
      if (!call.add) return "the call that makes " + subject + "ends with a parenthesis around a value";
      const std::string text = in_python(now.value, nullptr);
      if (text.empty()) return kForward;
      const bool first =
          std::none_of(result_.edits.begin(), result_.edits.end(), [&](const ProgramEdit& edit) {
            return edit.file == call.file && edit.edit.offset == *call.add && edit.edit.length == 0;
          });
      const std::string front = first ? call.front : std::string(", ");
      result_.edits.push_back({call.file, {*call.add, 0, front + name + "=" + text}});
      return {};
    }
    const std::string what = name + " of " + subject;
    if (!argument->value) return what + "is no number in the call that makes it";
    if (!same_value(*argument->value, was.value)) return what + "is not what its call says";
    const std::string text = in_python(now.value, &*argument->value);
    if (text.empty()) return kForward;
    result_.edits.push_back(
        {call.file, {argument->span.begin, argument->span.end - argument->span.begin, text}});
    return {};
  }

  const Spec& before_;
  const Spec& after_;
  std::map<std::string, const ConstructorCall*> calls_;
  std::map<Place, std::vector<std::size_t>> made_by_;  // layers, by the call that made them
  std::set<std::pair<Place, std::string>> written_;
  ProgramEdits result_;
};

}  // namespace

ProgramEdits constructor_edits(const Spec& before, const Spec& after,
                               const std::vector<ConstructorCall>& calls) {
  return Writing(before, after, calls).run();
}

}  // namespace shapedbg
