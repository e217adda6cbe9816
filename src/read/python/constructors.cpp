// The lines of the recorder that say where the layers are made:
//
//   {"program": "unet.py", "text": "import torch\n…"}
//   {"constructor": "up", "file": "unet.py", "makes": 1, "type": "ConvTranspose2d", "span": [530, 617],
//    "arguments": [{"name": "stride", "span": [604, 605], "value": 2}, …], "add": 616, "front": ", "}
//   {"constructor": "mid", …, "arguments": [{"name": "stride", "file": "unet.py", "span": [20, 21], "value":
//   2,
//    "makes": 1}, {"name": "out_channels", "span": [90, 95], "why": "is `width`, which is also used in line
//    9"}]}
//   {"constructor": "pos", …, "type": "Parameter", "arguments": [{"name": "shape[1]", "span": [40, 43],
//   "value": 197}]}
//   {"number": "heads", "file": "unet.py", "span": [60, 61], "value": 8}
//   {"constructor": "dec.0", "file": "unet.py", "makes": 1, "why": "shares its line with other calls"}
//
//   {"step": 7, "file": "unet.py", "op": "torch.Tensor.view", "span": [40, 66], "makes": 1,
//    "arguments": [{"at": 1, "span": [47, 49], "value": -1}, {"at": 2, "span": [51, 65], "value": 400}, …]}
//
// A step is a recorded call, by its number, that stands in forward. Its arguments are said by their place (0
// is the tensor in front of a method) or by name; "item" is one of a list. An argument may hold "places",
// [{"file": "unet.py", "span": [90, 95], "makes": 3, "wide": true, "words":
// [["width", 64]], "texts": [["4 * width", 256]]}]: where other words can say it, what can be read there, and
// what the text there is with another number in it. "words" of a constructor are names that its arguments
// have. The second: `stride=step`, where `step` is a name of that text alone, and `out_channels=width`, where
// it is not.
//
//   {"trial": 0, "explains": 2, "all": true, "plain": true, "file": "unet.py", "span": [702, 703], "text":
//   "3"}
//
// A trial is a change of the program for the fix of that number. Spans are [begin, end) in bytes of the text.
// A line of another form is left out: nothing is written there.
#include <nlohmann/json.hpp>

#include "net/kinds.h"
#include "read/aten/program.h"
#include "read/python/python.h"

namespace shapedbg {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Span> span_of(const Json& object, const char* key = "span") {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->size() != 2) return std::nullopt;
  if (!(*found)[0].is_number_unsigned() || !(*found)[1].is_number_unsigned()) return std::nullopt;
  const Span span{(*found)[0].get<std::size_t>(), (*found)[1].get<std::size_t>()};
  return span.begin <= span.end ? std::optional(span) : std::nullopt;
}

int count_of(const Json& object, int otherwise, const char* key = "makes") {
  const auto count = object.find(key);
  return count != object.end() && count->is_number_integer() ? count->get<int>() : otherwise;
}

bool flag_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<Value> literal(const Json& json) {
  if (json.is_null()) return Value{};
  if (json.is_boolean()) return Value{json.get<bool>()};
  if (json.is_number_integer()) return Value{json.get<std::int64_t>()};
  if (json.is_number()) return Value{json.get<double>()};
  if (json.is_string()) return Value{json.get<std::string>()};
  if (!json.is_array()) return std::nullopt;
  std::vector<std::int64_t> whole;
  std::vector<double> numbers;
  for (const Json& item : json) {
    if (!item.is_number()) return std::nullopt;
    numbers.push_back(item.get<double>());
    if (item.is_number_integer()) whole.push_back(item.get<std::int64_t>());
  }
  if (whole.size() == numbers.size()) return Value{std::move(whole)};
  return Value{std::move(numbers)};
}

// [["dim", 64], …]; what has another form is left out.
ConstructorCall::Says says_of(const Json& object, const char* key) {
  ConstructorCall::Says says;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return says;
  for (const Json& one : *found)
    if (one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_number_integer())
      says.emplace_back(one[0].get<std::string>(), one[1].get<std::int64_t>());
  return says;
}

std::vector<ConstructorCall::Place> places_of(const Json& argument) {
  std::vector<ConstructorCall::Place> places;
  const auto found = argument.find("places");
  if (found == argument.end() || !found->is_array()) return places;
  for (const Json& one : *found) {
    const auto span = one.is_object() ? span_of(one) : std::nullopt;
    if (!span) break;
    ConstructorCall::Place place{text_of(one, "file"), *span};
    place.makes = count_of(one, 1);
    place.own = count_of(one, 0, "own");
    place.wide = flag_of(one, "wide");
    place.axis = text_of(argument, "name").starts_with("shape[");
    place.words = says_of(one, "words");
    place.texts = says_of(one, "texts");
    place.front = text_of(one, "front");
    place.among = flag_of(one, "among");
    places.push_back(std::move(place));
  }
  return places;
}

ConstructorCall::Argument argument_of(const Json& one, Span place) {
  ConstructorCall::Argument argument{text_of(one, "name"), place, {}, text_of(one, "file"), count_of(one, 0),
                                     text_of(one, "why")};
  argument.places = places_of(one);
  argument.text = text_of(one, "text");
  if (const auto value = one.find("value"); value != one.end()) argument.value = literal(*value);
  // A keyword ends in front of its value; what says otherwise is no place to write to.
  if (const int keyword = count_of(one, -1, "keyword");
      keyword >= 0 && argument.file.empty() && static_cast<std::size_t>(keyword) < place.begin)
    argument.keyword = static_cast<std::size_t>(keyword);
  return argument;
}

bool takes_list(const OptionInfo& option) {
  return option.type == OptType::integers || option.type == OptType::sizes;
}

// The options of a layer type that a function's arguments are, in their order: of `dim|axis` the one that it
// has; empty where it has none.
std::vector<std::string> options_of(std::string_view signature, const KindInfo& kind) {
  std::vector<std::string> options;
  while (!signature.empty()) {
    const std::string_view words = signature.substr(0, signature.find(' '));
    signature.remove_prefix(std::min(words.size() + 1, signature.size()));
    std::string& option = options.emplace_back();
    for (std::string_view rest = words; !rest.empty();) {
      const std::string_view word = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      const std::string_view own = word == "pad" ? "padding" : word == "sizes" ? "unflattened_size" : word;
      if (option.empty() && kind.option(own) != nullptr) option = own;
    }
  }
  return options;
}

// Whether a function calls its argument what the option is called: F.pad says `pad` where a Pad has
// `padding`.
bool is_a_word_of(std::string_view signature, std::string_view option) {
  while (!signature.empty()) {
    const std::size_t end = signature.find_first_of(" |");
    if (signature.substr(0, end) == option) return true;
    signature.remove_prefix(end == std::string_view::npos ? signature.size() : end + 1);
  }
  return false;
}

// The option that an argument of a step says, "shape[1]" where it is one entry of it; empty: none.
std::string option_said(const Json& one, const std::vector<std::string>& options, bool spread) {
  std::string option = text_of(one, "name");
  if (option == "pad") option = "padding";
  int item = count_of(one, -1, "item");
  if (const int at = count_of(one, -1, "at"); at >= 0) {
    if (options.empty()) return {};
    // view(2, -1): what stands there from the last argument on.
    const int last = static_cast<int>(options.size()) - 1;
    if (at >= last && spread && item < 0 && !one.contains("list")) item = at - last;
    option = options[static_cast<std::size_t>(std::min(at, last))];
    if (at > last && item != at - last) return {};
  }
  return option.empty() || item < 0 ? option : option + "[" + std::to_string(item) + "]";
}

// A call in forward; nothing where it is no layer of its own.
std::optional<ConstructorCall> step_of(const Json& json, const std::vector<Imported::CalledLayer>& called) {
  const int index = count_of(json, -1, "step");
  const auto span = span_of(json);
  const auto arguments = json.find("arguments");
  if (index < 0 || static_cast<std::size_t>(index) >= called.size() || !span || arguments == json.end() ||
      !arguments->is_array())
    return std::nullopt;
  const auto& [layer, type] = called[static_cast<std::size_t>(index)];
  const KindInfo* kind = find_kind(type);
  if (layer.empty() || kind == nullptr) return std::nullopt;
  ConstructorCall call;
  call.step = true;
  call.module = layer;
  call.type = type;
  call.file = text_of(json, "file");
  call.span = *span;
  call.name = span_of(json, "class").value_or(Span{});
  call.front = text_of(json, "front");
  call.makes = count_of(json, call.makes);
  if (const auto add = json.find("add"); add != json.end() && add->is_number_unsigned())
    call.add = add->get<std::size_t>();
  const std::string_view signature = aten::signature_of(text_of(json, "op"));
  const std::vector<std::string> options = options_of(signature, *kind);
  for (const std::string& option : options)
    if (!option.empty() && is_a_word_of(signature, option)) call.takes.push_back(option);
  // The last argument takes the rest where it is a list and numbers stand there.
  const bool spread =
      !options.empty() && !options.back().empty() && takes_list(*kind->option(options.back()));
  for (const Json& one : *arguments) {
    const auto place = one.is_object() ? span_of(one) : std::nullopt;
    if (!place) return std::nullopt;
    ConstructorCall::Argument argument = argument_of(one, *place);
    argument.name = option_said(one, options, spread);
    for (ConstructorCall::Place& words : argument.places) words.axis = false;
    if (!argument.name.empty()) call.arguments.push_back(std::move(argument));
  }
  return call;
}

std::optional<ConstructorCall> call_of(const Json& json) {
  ConstructorCall call;
  call.module = text_of(json, "constructor");
  call.file = text_of(json, "file");
  call.why = text_of(json, "why");
  if (!call.why.empty()) return call;
  const auto span = span_of(json);
  const auto arguments = json.find("arguments");
  if (!span || arguments == json.end() || !arguments->is_array()) return std::nullopt;
  call.span = *span;
  call.name = span_of(json, "class").value_or(Span{});
  call.type = text_of(json, "type");
  call.front = text_of(json, "front");
  call.makes = count_of(json, call.makes);
  call.here.words = says_of(json, "words");
  if (const auto takes = json.find("takes"); takes != json.end() && takes->is_array()) {
    call.listed = true;
    for (const Json& one : *takes)
      if (one.is_string()) call.takes.push_back(one.get<std::string>());
  }
  call.row = text_of(json, "row");
  call.between = text_of(json, "between");
  if (const auto add = json.find("add"); add != json.end() && add->is_number_unsigned())
    call.add = add->get<std::size_t>();
  for (const Json& one : *arguments) {
    if (!one.is_object()) return std::nullopt;
    const auto place = span_of(one);
    if (!place) return std::nullopt;
    call.arguments.push_back(argument_of(one, *place));
  }
  return call;
}

const Json& list_of(const Json& object, const char* key) {
  static const Json none = Json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

// ["skip", 3, 0]: output 0 of call 3, input 0 where there is a -1; `count` entries, numbers all but the
// first.
std::optional<ForwardCall::Name> name_of(const Json& one, std::size_t count,
                                         const std::vector<Imported::CalledLayer>& called) {
  if (!one.is_array() || one.size() != count || !one[0].is_string() ||
      !std::all_of(one.begin() + 1, one.end(), [](const Json& number) { return number.is_number_integer(); }))
    return std::nullopt;
  ForwardCall::Name name;
  name.text = one[0].get<std::string>();
  const int made = one[1].get<int>();
  if (made < 0) name.input = -1 - made;
  if (made >= 0 && static_cast<std::size_t>(made) < called.size())
    name.layer = called[static_cast<std::size_t>(made)].name;
  name.output = one[2].get<int>();
  return name.input >= 0 || !name.layer.empty() ? std::optional(std::move(name)) : std::nullopt;
}

// {"forward": 7, "file": "unet.py", "span": [40, 66], "inputs": [[50, 51, true, "x"], null], "names":
// [["skip", 3, 0], ["x", -1, 0]], "sizes": [["b", -1, 0, 0], ["size", 3, 0, -1]], "returns": 8, "of":
// "self.up", "torch": "torch", "functional": "F"}; "front": true where further layers run in the call. Of a
// size the last number is its axis, -1 of all.
std::optional<ForwardCall> forward_of(const Json& json, const std::vector<Imported::CalledLayer>& called) {
  const int index = count_of(json, -1, "forward");
  const auto span = span_of(json);
  const auto inputs = json.find("inputs");
  if (index < 0 || static_cast<std::size_t>(index) >= called.size() || !span || inputs == json.end() ||
      !inputs->is_array() || called[static_cast<std::size_t>(index)].name.empty())
    return std::nullopt;
  ForwardCall call;
  call.layer = called[static_cast<std::size_t>(index)].name;
  call.file = text_of(json, "file");
  call.span = *span;
  call.torch = text_of(json, "torch");
  call.functional = text_of(json, "functional");
  call.front = json.value("front", Json()) == true;
  for (const Json& one : *inputs) {
    const bool known = one.is_array() && one.size() == 4 && one[0].is_number_unsigned() &&
                       one[1].is_number_unsigned() && one[2].is_boolean() && one[3].is_string();
    std::optional<ForwardCall::Text> text;
    if (known)
      text = {{one[0].get<std::size_t>(), one[1].get<std::size_t>()},
              one[2].get<bool>(),
              one[3].get<std::string>()};
    if (text && text->span.begin > text->span.end) return std::nullopt;
    call.inputs.push_back(std::move(text));
  }
  for (const Json& one : list_of(json, "names"))
    if (auto name = name_of(one, 3, called)) call.names.push_back(std::move(*name));
  for (const Json& one : list_of(json, "sizes"))
    if (auto name = name_of(one, 4, called)) call.sizes.push_back({std::move(*name), one[3].get<int>()});
  if (const int returns = count_of(json, -1, "returns");
      returns >= 0 && static_cast<std::size_t>(returns) < called.size())
    call.returns = called[static_cast<std::size_t>(returns)].name;
  call.called = text_of(json, "of");
  return call;
}

}  // namespace

void read_constructors(std::string_view recording, Imported& result) {
  while (!recording.empty()) {
    const std::string_view line = recording.substr(0, recording.find('\n'));
    recording.remove_prefix(std::min(line.size() + 1, recording.size()));
    const bool program = line.starts_with("{\"program\"");
    const bool number = line.starts_with("{\"number\"");
    const bool step = line.starts_with("{\"step\"");
    const bool forward = line.starts_with("{\"forward\"");
    if (!program && !number && !step && !forward && !line.starts_with("{\"constructor\"")) continue;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    if (program) {
      result.programs.push_back({text_of(json, "program"), text_of(json, "text")});
    } else if (number) {
      const auto span = span_of(json);
      if (span) result.numbers.push_back({text_of(json, "file"), *span, count_of(json, 0, "value")});
    } else if (forward) {
      if (auto call = forward_of(json, result.called)) result.forward.push_back(std::move(*call));
    } else if (step) {
      if (auto call = step_of(json, result.called)) result.constructors.push_back(std::move(*call));
    } else if (auto call = call_of(json)) {
      result.constructors.push_back(std::move(*call));
    }
  }
}

ProgramTrials read_trials(std::string_view recording) {
  ProgramTrials result;
  while (!recording.empty()) {
    const std::string_view line = recording.substr(0, recording.find('\n'));
    recording.remove_prefix(std::min(line.size() + 1, recording.size()));
    const bool program = line.starts_with("{\"program\"");
    if (!program && !line.starts_with("{\"trial\"")) continue;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    if (program) {
      result.programs.push_back({text_of(json, "program"), text_of(json, "text")});
    } else if (const auto span = span_of(json)) {
      result.trials.push_back({count_of(json, -1, "trial"), count_of(json, 0, "explains"),
                               flag_of(json, "all"), flag_of(json, "plain"), text_of(json, "file"), *span,
                               text_of(json, "text")});
    }
  }
  return result;
}

}  // namespace shapedbg
