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
// An argument may hold "places", [{"file": "unet.py", "span": [90, 95], "makes": 3, "wide": true, "words":
// [["width", 64]], "texts": [["4 * width", 256]]}]: where other words can say it, what can be read there, and
// what the text there is with another number in it. "words" of a constructor are names that its arguments
// have. The second: `stride=step`, where `step` is a name of that text alone, and `out_channels=width`, where
// it is not. Spans are [begin, end) in bytes of the text. A line of another form is left out: nothing is
// written there.
#include <nlohmann/json.hpp>

#include "read/python/python.h"

namespace shapedbg {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Span> span_of(const Json& object) {
  const auto found = object.find("span");
  if (found == object.end() || !found->is_array() || found->size() != 2) return std::nullopt;
  if (!(*found)[0].is_number_unsigned() || !(*found)[1].is_number_unsigned()) return std::nullopt;
  const Span span{(*found)[0].get<std::size_t>(), (*found)[1].get<std::size_t>()};
  return span.begin <= span.end ? std::optional(span) : std::nullopt;
}

int count_of(const Json& object, int otherwise, const char* key = "makes") {
  const auto count = object.find(key);
  return count != object.end() && count->is_number_integer() ? count->get<int>() : otherwise;
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
    const auto wide = one.find("wide");
    place.wide = wide != one.end() && wide->is_boolean() && wide->get<bool>();
    place.axis = text_of(argument, "name").starts_with("shape[");
    place.words = says_of(one, "words");
    place.texts = says_of(one, "texts");
    places.push_back(std::move(place));
  }
  return places;
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
  call.type = text_of(json, "type");
  call.front = text_of(json, "front");
  call.makes = count_of(json, call.makes);
  call.here.words = says_of(json, "words");
  if (const auto add = json.find("add"); add != json.end() && add->is_number_unsigned())
    call.add = add->get<std::size_t>();
  for (const Json& one : *arguments) {
    if (!one.is_object()) return std::nullopt;
    const auto place = span_of(one);
    if (!place) return std::nullopt;
    ConstructorCall::Argument argument{text_of(one, "name"), *place, {},
                                       text_of(one, "file"), 0,      text_of(one, "why")};
    argument.makes = count_of(one, 0);
    argument.places = places_of(one);
    if (const auto value = one.find("value"); value != one.end()) argument.value = literal(*value);
    call.arguments.push_back(std::move(argument));
  }
  return call;
}

}  // namespace

void read_constructors(std::string_view recording, Imported& result) {
  while (!recording.empty()) {
    const std::string_view line = recording.substr(0, recording.find('\n'));
    recording.remove_prefix(std::min(line.size() + 1, recording.size()));
    const bool program = line.starts_with("{\"program\"");
    const bool number = line.starts_with("{\"number\"");
    if (!program && !number && !line.starts_with("{\"constructor\"")) continue;
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    if (program) {
      result.programs.push_back({text_of(json, "program"), text_of(json, "text")});
    } else if (number) {
      const auto span = span_of(json);
      if (span) result.numbers.push_back({text_of(json, "file"), *span, count_of(json, 0, "value")});
    } else if (auto call = call_of(json)) {
      result.constructors.push_back(std::move(*call));
    }
  }
}

}  // namespace shapedbg
