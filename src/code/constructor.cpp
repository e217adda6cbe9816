#include "code/constructor.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "code/code.h"
#include "code/forward.h"
#include "code/function.h"
#include "code/other_size.h"
#include "code/wording.h"
#include "net/facts.h"
#include "net/move.h"
#include "net/option_text.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

// The entries of a list of whole numbers; nothing in the place of an expression. Empty where it is none.
std::vector<std::optional<std::int64_t>> entries(const Value& value) {
  std::vector<std::optional<std::int64_t>> found;
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&value))
    found.assign(whole->begin(), whole->end());
  if (const auto* one = std::get_if<std::int64_t>(&value)) found.emplace_back(*one);
  if (const auto* sizes = std::get_if<std::vector<Expression>>(&value))
    for (const Expression& size : *sizes)
      found.push_back(size.is_constant() ? std::optional(size.constant()) : std::nullopt);
  return found;
}

// One number for a list of equal ones, and for whole ones of another type.
Value plain(const Value& value) {
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    const bool one = !list->empty() && std::equal(list->begin() + 1, list->end(), list->begin());
    return one ? Value{list->front()} : value;
  }
  if (const auto* sizes = std::get_if<std::vector<Expression>>(&value);
      sizes != nullptr && !any_computed(*sizes)) {
    std::vector<std::int64_t> whole;
    for (const Expression& size : *sizes) whole.push_back(size.constant());
    return short_value(Value{std::move(whole)});
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
std::string in_python(const Value& said, const Value* before) {
  const Words words{Language::python};
  const bool other = std::holds_alternative<std::vector<double>>(said) ||
                     std::holds_alternative<std::vector<Expression>>(said);
  const Value value = other ? plain(said) : said;
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
  Writing(const Spec& before, const Spec& after, const std::vector<ConstructorCall>& calls,
          const std::vector<ForwardCall>& forward)
      : before_(before), after_(after), sizes_(before, after, forward, calls) {
    for (const ConstructorCall& call : calls) (call.step ? steps_ : calls_).emplace(call.module, &call);
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
    ProgramEdits sizes = sizes_.write();
    if (!sizes.why.empty()) return refused(std::move(sizes.why));
    for (ProgramEdit& edit : sizes.edits) put(std::move(edit));
    return std::move(result_);
  }

 private:
  static constexpr const char* kForward = "it changes what forward does, not the arguments of a constructor";
  using Place = std::pair<std::string, std::size_t>;
  // Of a chain of methods all calls begin at one place, and each ends at its own.
  static Place place(const ConstructorCall& call) {
    return {call.file, call.step ? call.span.end : call.span.begin};
  }

  static ProgramEdits refused(std::string why) { return {{}, std::move(why)}; }

  // A Parameter is in no module of its own: its path is its name. So is a step of forward.
  const ConstructorCall* call_of(std::size_t index) const {
    const LayerSpec& layer = before_.layers[index];
    if (const auto step = steps_.find(layer.name); step != steps_.end()) return step->second;
    const bool own = layer.info().family == Family::parameter;
    const auto found = calls_.find(own ? layer.name : module_of(layer));
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
    if (was.inputs != now.inputs || was.options.size() != now.options.size()) return kForward;
    if (was.kind != now.kind) return another_class(index);
    for (std::size_t k = 0; k < was.options.size(); ++k) {
      if (same_value(was.options[k].value, now.options[k].value)) continue;
      if (gives_way(was, now, k)) continue;
      const bool reference = now.options[k].info->type == OptType::reference;
      std::string why = reference ? size_of_another(index, k) : option(index, k);
      if (!why.empty()) return why;
    }
    return {};
  }

  std::string size_of_another(std::size_t index, std::size_t k) {
    result_.in_forward = true;
    return sizes_.say(index, after_.layers[index].options[k]) ? "" : kForward;
  }

  // A factor or a size of its own, where the layer is told the size of another tensor. A module that is
  // called no more keeps its constructor.
  static bool gives_way(const LayerSpec& was, const LayerSpec& now, std::size_t k) {
    const Opt opt = was.options[k].info->opt;
    return (opt == Opt::scale_factor || opt == Opt::size) && !was.has(Opt::size_like) &&
           now.has(Opt::size_like) && !now.options[k].written;
  }

  // nn.BatchNorm2d(8) becomes nn.BatchNorm3d(8), where that is right for all that the call makes.
  std::string another_class(std::size_t index) {
    const LayerSpec& was = before_.layers[index];
    const LayerSpec& now = after_.layers[index];
    const ConstructorCall* call = call_of(index);
    const bool named = call != nullptr && call->why.empty() && call->type == was.info().name &&
                       call->name.begin < call->name.end;
    const bool same = std::equal(was.options.begin(), was.options.end(), now.options.begin(),
                                 [](const OptionValue& a, const OptionValue& b) {
                                   return a.info->opt == b.info->opt && same_value(a.value, b.value);
                                 });
    const std::string text = named ? named_there(*call, was.kind, now.kind) : std::string();
    if (!same || text.empty()) return kForward;
    std::set<std::string> modules;
    for (const std::size_t other : made_by_.at(place(*call))) {
      if (!same_kind(other, index)) continue;
      if (after_.layers[other].kind != now.kind)
        return "the line that makes `" + was.name + "` makes `" + before_.layers[other].name +
               "` too, which stays as it is";
      modules.insert(call_of(other)->module);
    }
    if (static_cast<std::size_t>(call->makes) > modules.size())
      return "the line that makes `" + was.name + "` makes " + std::to_string(call->makes) +
             " modules, not all of them in the recorded run";
    put({call->file, {call->name.begin, call->name.end - call->name.begin, text}});
    return {};
  }

  // What a call of one kind calls another one of the same arguments: "BatchNorm3d", of a function "cat" in
  // the place of "stack". Empty where it is none.
  static std::string named_there(const ConstructorCall& call, LayerKind was, LayerKind now) {
    const bool family = info(was).family == info(now).family;
    if (!call.step) return family ? std::string(info(now).name) : std::string();
    const bool merges = (was == LayerKind::Stack && now == LayerKind::Concat) ||
                        (was == LayerKind::Concat && now == LayerKind::Stack);
    if (merges) return now == LayerKind::Stack ? "stack" : "cat";
    const std::string text = family ? function_of(now) : std::string();
    return text.substr(text.find('.') + 1);
  }

  std::string option(std::size_t index, std::size_t k) {
    const LayerSpec& was = before_.layers[index];
    const std::string subject = "`" + was.name + "` ";
    const ConstructorCall* call = call_of(index);
    if (call == nullptr) return subject + "is made by no constructor: the change is one of a call in forward";
    if (!call->why.empty()) return "what makes " + subject + call->why;
    if (call->type != was.info().name) return subject + "is made as " + with_article(call->type);
    const Change change{index, k, *call, subject};
    result_.in_forward = result_.in_forward || call->step;
    return was.info().family == Family::parameter && !call->step ? shape(change) : write(change);
  }

  // An option of a layer that changes, and the call that made the layer.
  struct Change {
    std::size_t layer;
    std::size_t option;
    const ConstructorCall& call;
    std::string subject;  // "`up` "
  };
  const OptionValue& was(const Change& change) const {
    return before_.layers[change.layer].options[change.option];
  }
  const OptionValue& now(const Change& change) const {
    return after_.layers[change.layer].options[change.option];
  }

  // Not so the steps that a module takes besides, as the transposes around an attention.
  bool same_kind(std::size_t a, std::size_t b) const {
    return before_.layers[a].kind == before_.layers[b].kind;
  }

  static const ConstructorCall::Argument* argument_of(const ConstructorCall& call, const std::string& name) {
    const auto found = std::find_if(call.arguments.begin(), call.arguments.end(),
                                    [&](const ConstructorCall::Argument& one) { return one.name == name; });
    return found == call.arguments.end() ? nullptr : &*found;
  }

  // Whatever else comes from the same text has to change alike. `name`: the argument; without one of that
  // name it is put into the call, which says it of all that the call makes.
  std::string alike(const Change& change, const std::string& name) const {
    const auto* argument = argument_of(change.call, name);
    const bool elsewhere = argument != nullptr && argument->makes > 0;
    const std::string makes_it = change.call.step ? "calls " : "makes ";
    const std::string line = elsewhere ? "the line that says " + name + " of " : "the line that " + makes_it;
    std::set<std::string> modules;
    for (const std::size_t other : made_by_.at(place(change.call))) {
      if (!same_kind(other, change.layer)) continue;
      if (elsewhere) {
        const auto* its = argument_of(*call_of(other), name);
        if (its == nullptr || its->file != argument->file || its->span.begin != argument->span.begin)
          continue;
      }
      const LayerSpec& layer = before_.layers[other];
      modules.insert(call_of(other)->module);
      if (!same_value(after_.layers[other].options[change.option].value, now(change).value))
        return line + change.subject + (elsewhere ? "says it of `" : makes_it + "`") + layer.name +
               "` too, which stays as it is";
    }
    const int makes = elsewhere ? argument->makes : change.call.makes;
    if (static_cast<std::size_t>(makes) > modules.size())
      return line + change.subject + (elsewhere ? "says it of " : makes_it) + std::to_string(makes) +
             (change.call.step ? " layers" : " modules") + ", not all of them in the recorded run";
    return {};
  }

  std::string write(const Change& change) {
    const std::string name(to_string(now(change).info->opt));
    if (change.call.step && argument_of(change.call, name + "[0]") != nullptr) return by_entry(change, name);
    return set(change, name, was(change).value, now(change).value);
  }

  // Of a list that stands in a call of forward, view(-1, 400), the entries that change.
  std::string by_entry(const Change& change, const std::string& name) {
    const auto old = entries(was(change).value);
    const auto value = entries(now(change).value);
    if (old.size() != value.size()) return kForward;
    const auto* computed = std::get_if<std::vector<Expression>>(&was(change).value);
    const auto* then = std::get_if<std::vector<Expression>>(&now(change).value);
    const auto kept = [&](std::size_t from, std::size_t to) {
      const bool same = computed == nullptr || then == nullptr || (*computed)[from] == (*then)[to];
      return old[from] == value[to] && same;
    };
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (kept(i, i)) continue;
      const std::string entry = name + "[" + std::to_string(i) + "]";
      const auto other = change_places(change, name, old.size(), i, kept);
      if (other) {
        std::string why = alike(change, entry);
        if (!why.empty()) return why;
        if (written_.insert({place(change.call), entry}).second)
          put({change.call.file,
               {argument_of(change.call, entry)->span.begin, length_of(*argument_of(change.call, entry)),
                *other}});
        continue;
      }
      if (!value[i] || argument_of(change.call, entry) == nullptr) return kForward;
      if (*value[i] == -1 && left_open(change, entry, i)) continue;
      if (!old[i]) return kForward;
      std::string why = set(change, entry, Value{*old[i]}, Value{*value[i]});
      if (!why.empty()) return why;
    }
    return {};
  }

  static std::size_t length_of(const ConstructorCall::Argument& argument) {
    return argument.span.end - argument.span.begin;
  }

  // view(b, t, c * f) becomes view(b, c * f, t): the text of the entry that comes to stand at `to`.
  template <class Kept>
  static std::optional<std::string> change_places(const Change& change, const std::string& name,
                                                  std::size_t count, std::size_t to, const Kept& kept) {
    const auto at = [&](std::size_t i) {
      return argument_of(change.call, name + "[" + std::to_string(i) + "]");
    };
    if (at(to) == nullptr || at(to)->makes > 0) return std::nullopt;
    std::optional<std::string> found;
    for (std::size_t from = 0; from < count; ++from) {
      if (kept(from, from) || !kept(from, to) || at(from) == nullptr || at(from)->text.empty()) continue;
      if (found) return std::nullopt;
      found = at(from)->text;
    }
    return found;
  }

  // Writes -1 for an entry that a name or an expression says, where it is open in all that the call makes.
  bool left_open(const Change& change, const std::string& entry, std::size_t index) {
    const auto* argument = argument_of(change.call, entry);
    if (argument->places.empty()) return false;
    const std::vector<std::size_t>& all = made_by_.at(place(change.call));
    if (static_cast<int>(all.size()) != change.call.makes) return false;
    for (const std::size_t other : all) {
      const auto then = entries(after_.layers[other].options[change.option].value);
      if (!same_kind(other, change.layer) || index >= then.size() || then[index] != -1) return false;
    }
    if (written_.insert({place(change.call), entry}).second) {
      const ConstructorCall::Place& there = argument->places.front();
      result_.edits.push_back({there.file, {there.span.begin, there.span.end - there.span.begin, "-1"}});
    }
    return true;
  }

  // Of a Parameter, the axes that change.
  std::string shape(const Change& change) {
    const auto* old = std::get_if<std::vector<std::int64_t>>(&was(change).value);
    const auto* value = std::get_if<std::vector<std::int64_t>>(&now(change).value);
    if (old == nullptr || value == nullptr || old->size() != value->size()) return kForward;
    for (std::size_t axis = 0; axis < old->size(); ++axis) {
      if ((*old)[axis] == (*value)[axis]) continue;
      const std::string name = "shape[" + std::to_string(axis) + "]";
      if (argument_of(change.call, name) == nullptr) return kForward;
      std::string why = set(change, name, Value{(*old)[axis]}, Value{(*value)[axis]});
      if (!why.empty()) return why;
    }
    return {};
  }

  std::string set(const Change& change, const std::string& name, const Value& old, const Value& value) {
    std::string why = alike(change, name);
    const auto* argument = argument_of(change.call, name);
    if (why.empty() && argument != nullptr) why = no_number(change, *argument, old);
    if (!why.empty()) return in_other_words(change, name) ? std::string() : why;
    const bool elsewhere = argument != nullptr && argument->makes > 0;
    const Place text = elsewhere ? Place{argument->file, argument->span.begin} : place(change.call);
    if (!written_.insert({text, name}).second) return {};
    return argument == nullptr ? add(change, name) : replace(change, *argument, value);
  }

  static bool takes(const ConstructorCall& call, const std::string& name) {
    return std::find(call.takes.begin(), call.takes.end(), name) != call.takes.end();
  }

  std::string add(const Change& change, const std::string& name) {
    const ConstructorCall& call = change.call;
    if (call.step && !takes(call, name)) return kForward;
    if (call.listed && !takes(call, name))
      return "what makes " + change.subject + "takes its arguments from a list";
    if (!call.add) return "the call that makes " + change.subject + "ends with a parenthesis around a value";
    const std::string text = in_python(now(change).value, nullptr);
    if (text.empty()) return kForward;
    const bool first = std::none_of(result_.edits.begin(), result_.edits.end(), [&](const ProgramEdit& edit) {
      return edit.file == call.file && edit.edit.offset == *call.add && edit.edit.length == 0;
    });
    const std::string front = first ? call.front : std::string(", ");
    result_.edits.push_back({call.file, {*call.add, 0, front + name + "=" + text}});
    return {};
  }

  // Why no number can be written in the place of what the argument says.
  static std::string no_number(const Change& change, const ConstructorCall::Argument& argument,
                               const Value& old) {
    const std::string what = argument.name + " of " + change.subject;
    if (!argument.value && !argument.why.empty()) return what + argument.why;
    if (!argument.value) return what + "is no number in the call that makes it";
    return same_value(*argument.value, old) ? std::string() : what + "is not what its call says";
  }

  // What the argument of a layer has to say, as one whole number; nothing where it is none.
  std::optional<std::int64_t> wanted(std::size_t layer, std::size_t option, const std::string& name) const {
    const Value value = plain(after_.layers[layer].options[option].value);
    if (const std::size_t bracket = name.find('['); bracket != std::string::npos) {
      const auto list = entries(after_.layers[layer].options[option].value);
      const auto axis = static_cast<std::size_t>(std::stoul(name.substr(bracket + 1)));
      return axis < list.size() ? list[axis] : std::nullopt;
    }
    const auto* whole = std::get_if<std::int64_t>(&value);
    return whole == nullptr ? std::nullopt : std::optional(*whole);
  }

  // The argument of all layers that take it from the `depth`-th place of `change`'s; empty where what comes
  // from there is not known whole.
  // `stays`: whether it is what it was for one of them.
  std::vector<Wanted> all_from(const Change& change, const std::string& name, std::size_t depth,
                               bool& stays) const {
    const ConstructorCall::Place& place = argument_of(change.call, name)->places[depth];
    std::vector<Wanted> all;
    std::set<std::string> modules;
    for (const auto& [made, layers] : made_by_)
      for (const std::size_t other : layers) {
        const ConstructorCall& call = *call_of(other);
        const auto* its = argument_of(call, name);
        if (its == nullptr || !same_kind(other, change.layer) || its->places.size() <= depth ||
            its->places[depth].file != place.file || its->places[depth].span.begin != place.span.begin ||
            call.type != change.call.type)
          continue;
        const auto number = wanted(other, change.option, name);
        if (!number) return {};
        if (modules.insert(call.module).second) all.push_back({&its->places[depth], *number});
        stays = stays || same_value(before_.layers[other].options[change.option].value,
                                    after_.layers[other].options[change.option].value);
      }
    return static_cast<int>(modules.size()) == place.makes ? all : std::vector<Wanted>{};
  }

  // Writes other words for the argument into the innermost place from where they say it of all that take it.
  bool in_other_words(const Change& change, const std::string& name) {
    const auto* argument = argument_of(change.call, name);
    if (argument == nullptr) return add_a_name(change, name);
    for (std::size_t depth = 0; depth < argument->places.size(); ++depth) {
      const ConstructorCall::Place& place = argument->places[depth];
      if (place.among) break;
      const Place text{place.file, place.span.begin};
      if (written_.contains({text, name})) return true;
      bool stays = false;
      const std::vector<Wanted> all = all_from(change, name, depth, stays);
      std::string words = in_words(all, name, behind_a_concat(change.layer));
      if (words.empty() && !place.front.empty()) words = one_number(all);
      if (words.empty()) continue;
      written_.insert({text, name});
      const auto& texts = place.texts;  // where one number of the text changes, the words are as they were
      const bool number =
          std::any_of(texts.begin(), texts.end(), [&](const auto& one) { return one.first == words; });
      in_words_too(stays, number);
      put({place.file, {place.span.begin, place.span.end - place.span.begin, place.front + words}});
      return true;
    }
    return false;
  }

  void in_words_too(bool stays, bool number) {
    result_.reworded = result_.reworded || !number;
    result_.shared = result_.shared || stays;
  }

  // Whether what a layer takes was put together of several tensors, whatever was done to it since.
  bool behind_a_concat(std::size_t index) const {
    constexpr int most_steps = 16;
    const LayerSpec* layer = &before_.layers[index];
    for (int step = 0; step < most_steps; ++step) {
      if (layer->broken || layer->inputs.empty() || layer->inputs[0].is_input()) return false;
      layer = &before_.layer(layer->inputs[0].layer);
      if (facts(layer->kind).merge == Merge::joins) return true;
      const Effect effect = facts(layer->kind).effect;
      if (effect != Effect::kept && effect != Effect::regrouped && effect != Effect::reordered) return false;
    }
    return false;
  }

  // The number that all of them have to say; empty where they differ.
  static std::string one_number(const std::vector<Wanted>& all) {
    const bool same = !all.empty() && std::all_of(all.begin(), all.end(), [&](const Wanted& one) {
      return one.number == all.front().number;
    });
    return same ? std::to_string(all.front().number) : std::string();
  }

  // A text that says several arguments is changed once.
  void put(ProgramEdit fresh) {
    const bool there = std::any_of(result_.edits.begin(), result_.edits.end(), [&](const ProgramEdit& one) {
      return one.file == fresh.file && one.edit.offset == fresh.edit.offset &&
             one.edit.length == fresh.edit.length && one.edit.text == fresh.edit.text;
    });
    if (!there) result_.edits.push_back(std::move(fresh));
  }

  // A further keyword that names at the call say of each layer that it makes: stride=stride.
  bool add_a_name(const Change& change, const std::string& name) {
    const ConstructorCall& call = change.call;
    if (!call.add || (call.listed && !takes(call, name))) return false;
    if (written_.contains({place(call), name})) return true;
    std::vector<Wanted> all;
    std::set<std::string> modules;
    bool stays = false;
    for (const std::size_t other : made_by_.at(place(call))) {
      if (!same_kind(other, change.layer)) continue;
      const ConstructorCall& its = *call_of(other);
      const auto number = wanted(other, change.option, name);
      if (!number) return false;
      if (modules.insert(its.module).second) all.push_back({&its.here, *number});
      stays = stays || same_value(before_.layers[other].options[change.option].value,
                                  after_.layers[other].options[change.option].value);
    }
    if (static_cast<int>(modules.size()) != call.makes) return false;
    const std::string words = in_words(all, name);
    if (words.empty()) return false;
    written_.insert({place(call), name});
    in_words_too(stays, /*number=*/false);
    result_.edits.push_back({call.file, {*call.add, 0, call.front + name + "=" + words}});
    return true;
  }

  // The text that stands there with another number in it: 64 * 3 of 64 * 2.
  static std::string as_computed(const ConstructorCall::Argument& argument, const Value& value) {
    const Value number = plain(value);
    const auto* whole = std::get_if<std::int64_t>(&number);
    for (const ConstructorCall::Place& place : argument.places) {
      if (whole == nullptr || place.span != argument.span ||
          (!argument.file.empty() && argument.file != place.file))
        continue;
      for (const auto& [text, says] : place.texts)
        if (says == *whole) return text;
    }
    return {};
  }

  std::string replace(const Change& change, const ConstructorCall::Argument& argument, const Value& value) {
    std::string text = as_computed(argument, value);
    if (text.empty()) text = in_python(value, &*argument.value);
    if (text.empty()) return kForward;
    const std::string& file = argument.file.empty() ? change.call.file : argument.file;
    put({file, {argument.span.begin, argument.span.end - argument.span.begin, text}});
    return {};
  }

  const Spec& before_;
  const Spec& after_;
  std::map<std::string, const ConstructorCall*> calls_;
  std::map<std::string, const ConstructorCall*> steps_;  // by the layer
  std::map<Place, std::vector<std::size_t>> made_by_;    // layers, by the call that made them
  std::set<std::pair<Place, std::string>> written_;      // by the text, and the argument in it
  OtherSizes sizes_;
  ProgramEdits result_;
};

}  // namespace

ProgramEdits constructor_edits(const Spec& before, const Spec& after,
                               const std::vector<ConstructorCall>& calls,
                               const std::vector<ForwardCall>& forward) {
  const bool rows =
      std::any_of(calls.begin(), calls.end(), [](const ConstructorCall& call) { return !call.row.empty(); });
  if (!is_rewired(before, after) || (forward.empty() && !rows))
    return Writing(before, after, calls, forward).run();
  ForwardEdits steps = forward_edits(before, after, forward, calls);
  if (!steps.why.empty()) return {{}, std::move(steps.why)};
  ProgramEdits rest = Writing(before, steps.rest, calls, forward).run();
  if (rest.why.empty()) rest.edits.insert(rest.edits.end(), steps.edits.begin(), steps.edits.end());
  rest.in_forward = true;
  return rest;
}

}  // namespace shapedbg
