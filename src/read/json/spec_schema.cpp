#include "read/json/spec_schema.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "net/option_text.h"
#include "net/spec.h"
#include "net/targets.h"
#include "read/json/key_docs.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

Json refer_to(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

// What editors show of a key, in front of what it has to be.
Json documented(const Json& schema, std::string_view doc, std::string_view example) {
  Json examples = Json::array();
  examples.push_back(Json::parse(example));
  Json result{{"description", std::string(doc)}, {"examples", std::move(examples)}};
  result.update(schema);
  return result;
}
Json documented(const Json& schema, const KeyDoc& key) { return documented(schema, key.doc, key.example); }

// Schemas that stand in many places, each written once.
class Shared {
 public:
  Json operator()(const std::string& name, const Json& schema) {
    std::string& known = names_[schema.dump()];
    if (known.empty()) {
      const int number = ++numbers_[name];
      known = number == 1 ? name : name + "." + std::to_string(number);
      definitions_[known] = schema;
    }
    return refer_to(known);
  }
  const Json& definitions() const { return definitions_; }

 private:
  std::map<std::string, std::string> names_;  // by the text
  std::map<std::string, int> numbers_;
  Json definitions_ = Json::object();
};

Json words_of(std::string_view words) {
  Json list = Json::array();
  while (!words.empty()) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    list.push_back(std::string(words.substr(0, bar)));
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
  return list;
}

Json any_of(std::initializer_list<Json> choices) { return {{"anyOf", Json(choices)}}; }

Json integer(const OptionInfo& option) {
  Json schema{{"type", "integer"}};
  if (option.min != INT64_MIN) schema["minimum"] = option.min;
  if (option.max != INT64_MAX) schema["maximum"] = option.max;
  return schema;
}

Json list_of(Json items, int length) {
  Json schema{{"type", "array"}, {"items", std::move(items)}};
  if (length > 0) {
    schema["minItems"] = length;
    schema["maxItems"] = length;
  }
  return schema;
}

// An option of a layer inside a block, or an entry of its list, may be one of the block's arguments: "$out".
Json or_argument(Json schema) { return any_of({std::move(schema), refer_to("argument")}); }

Json value_schema(const OptionInfo& option, int axes) {
  const Json one = integer(option);
  const Json item = or_argument(one);
  switch (option.type) {
    case OptType::integer:
      return one;
    case OptType::axes:
      return any_of({one, list_of(item, axes)});
    case OptType::axes_or_word:
      return any_of({one, list_of(item, axes), Json{{"enum", words_of(option.words)}}});
    case OptType::axes_or_null: {
      const Json open = any_of({one, Json{{"type", "null"}}});
      return any_of({open, list_of(or_argument(open), axes)});
    }
    case OptType::pads:
      return any_of({one, list_of(item, 2 * axes)});
    case OptType::number: {
      Json schema{{"type", "number"}};
      if (option.min < option.max && option.max != INT64_MAX) {
        schema["minimum"] = option.min;
        schema["maximum"] = option.max;
      }
      return schema;
    }
    case OptType::axes_number: {
      const Json number{{"type", "number"}, {"exclusiveMinimum", 0}};
      return any_of({number, list_of(or_argument(number), 0)});
    }
    case OptType::boolean:
      return {{"type", "boolean"}};
    case OptType::word:
      return option.words.empty() ? Json{{"type", "string"}} : Json{{"enum", words_of(option.words)}};
    case OptType::integers:
      return any_of({one, list_of(item, 0)});
    case OptType::sizes: {
      const Json sizes = list_of(refer_to("size"), 0);
      return option.words.empty() ? sizes : any_of({sizes, Json{{"enum", words_of(option.words)}}});
    }
    case OptType::sizes_list:
      return list_of(list_of(refer_to("size"), 0), 0);
    case OptType::slices:
      return list_of(refer_to("slice"), 0);
    case OptType::reference:
      return {{"type", "string"}};
  }
  return Json::object();
}

// `each`: a list with one value per pass for every option or argument in it.
Json columns() {
  Json list = list_of(Json::object(), 0);
  list["minItems"] = 1;
  return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", or_argument(std::move(list))}};
}

// The keys that an entry of that kind has beside its options, or beside the arguments of its block.
Json entry_properties(KeysOf entry, Shared& shared) {
  const Json text{{"type", "string"}};
  const std::map<std::string_view, Json> schemas{
      {"name", text},
      {"use", text},
      {"description", text},
      {"inputs", any_of({text, list_of(text, 0)})},
      {"expect", refer_to("expect")},
      {"repeat", or_argument({{"type", "integer"}, {"minimum", 1}})},
      {"each", or_argument(columns())},
      {"ignore", list_of(text, 0)},
      {"layers", refer_to("layers")},
      {"shortcut", refer_to("layers")},
      {"source", refer_to("source")}};
  Json properties = Json::object();
  for (const KeyDoc& key : key_docs(entry))
    if (const auto known = schemas.find(key.key); known != schemas.end())
      properties[std::string(key.key)] =
          shared("key." + std::string(key.key), documented(known->second, key));
  return properties;
}

// The same for an object that is no entry.
Json documented_keys(KeysOf object, const std::map<std::string_view, Json>& schemas) {
  Json properties = Json::object();
  for (const KeyDoc& key : key_docs(object))
    properties[std::string(key.key)] = documented(schemas.at(key.key), key);
  return properties;
}

// A value that the option takes, as editors show it.
std::string example_of(const OptionInfo& option, int axes) {
  if (!std::holds_alternative<std::monostate>(option.fallback)) return to_json(option.fallback);
  if (!option.words.empty()) return "\"" + std::string(option.words.substr(0, option.words.find('|'))) + "\"";
  const bool bounded = option.min < option.max;
  const std::string one = std::to_string(bounded ? std::clamp<std::int64_t>(2, option.min, option.max) : 2);
  switch (option.type) {
    case OptType::integer:
    case OptType::axes:
    case OptType::axes_or_word:
    case OptType::axes_or_null:
    case OptType::number:
    case OptType::axes_number:
      return one;
    case OptType::word:
      return "\"gate\"";
    case OptType::pads: {
      std::string list = "[" + one;
      for (int i = 1; i < 2 * std::max(axes, 1); ++i) list += ", " + one;
      return list + "]";
    }
    case OptType::boolean:
      return "true";
    case OptType::integers:
      return "[" + one + "]";
    case OptType::sizes:
      return "[1, \"in[1]*2\"]";
    case OptType::sizes_list:
      return "[[1, \"in[1]\"]]";
    case OptType::slices:
      return "[[0, null]]";
    case OptType::reference:
      return "\"skip1\"";
  }
  return one;
}

// Where else the network is to run.
Json target_schema() {
  Json words = Json::array();
  for (const TargetInfo& one : all_targets()) words.push_back(one.word);
  return {{"type", "string"}, {"enum", std::move(words)}};
}

// Where a layer stands in the program that the spec was made from.
Json source_schema() {
  const Json text{{"type", "string"}};
  const Json place{{"type", "string"}, {"pattern", ":[1-9][0-9]*$"}};
  return any_of(
      {place, Json{{"type", "object"},
                   {"properties",
                    documented_keys(KeysOf::source,
                                    {{"made", place}, {"called", place}, {"module", text}, {"node", text}})},
                   {"additionalProperties", false}}});
}

Json layer_schema(const KindInfo& kind, Shared& shared) {
  Json properties{{"type", documented({{"const", std::string(kind.name)}}, kind.doc,
                                      "\"" + std::string(kind.name) + "\"")}};
  properties.update(entry_properties(KeysOf::layer, shared));
  Json required = Json::array();
  Json names = Json::array();
  for (const OptionInfo& option : kind.options) {
    const std::string name(to_string(option.opt));
    Json schema = or_argument(value_schema(option, kind.axes));
    schema = documented(schema, std::string(option.doc) + " (" + presence_text(option) + ")",
                        example_of(option, kind.axes));
    if (!std::holds_alternative<std::monostate>(option.fallback))
      schema["default"] = Json::parse(to_json(option.fallback), nullptr, false);
    properties[name] = shared("option." + name, schema);
    if (option.required) required.push_back(name);
    names.push_back(name);
  }
  Json each = columns();
  each["propertyNames"] = {{"enum", std::move(names)}};
  properties["each"] =
      shared("key.each", documented(or_argument(std::move(each)), *find_key(KeysOf::layer, "each")));
  Json schema{{"description", std::string(kind.doc)},
              {"properties", std::move(properties)},
              {"required", {"type"}},
              {"additionalProperties", false}};
  // What `each` gives need not stand in the layer itself.
  if (!required.empty()) schema["anyOf"] = {{{"required", std::move(required)}}, {{"required", {"each"}}}};
  return schema;
}

// What the parts of a spec share.
Json common_definitions() {
  const Json positive{{"type", "number"}, {"exclusiveMinimum", 0}};
  const Json size{{"type", "integer"}, {"minimum", 1}};
  return {
      {"layers", list_of(refer_to("entry"), 0)},
      {"size", any_of({Json{{"type", "integer"}}, Json{{"type", "string"}}})},
      {"slice",
       any_of(
           {Json{{"type", "array"}, {"items", or_argument({{"type", {"integer", "null"}}})}, {"maxItems", 3}},
            Json{{"type", "null"}}})},
      {"argument", {{"type", "string"}, {"pattern", "\\$"}}},
      {"expect",
       any_of({Json{{"enum", {"input", nullptr}}},
               list_of({{"type", {"integer", "null"}}, {"minimum", 1}}, 0),
               Json{{"type", "object"},
                    {"properties",
                     documented_keys(KeysOf::expect, {{"scale", any_of({positive, list_of(positive, 0)})}})},
                    {"required", {"scale"}},
                    {"additionalProperties", false}}})},
      {"shape",
       {{"type", "array"}, {"items", {{"type", {"integer", "string"}}, {"minimum", 1}}}, {"minItems", 1}}},
      {"source", source_schema()},
      {"free_size",
       {{"type", "object"},
        {"properties",
         documented_keys(KeysOf::free_size, {{"min", size}, {"max", size}, {"multiple_of", size}})},
        {"additionalProperties", false}}}};
}

// A definition for every layer type, and `entry`, which is one of them.
void add_layers(Shared& shared, Json& definitions) {
  Json names = Json::array();
  Json branches = Json::array();
  const auto branch = [&](const std::string& name, const char* type) {
    branches.push_back({{"if", {{"properties", {{"type", {{"const", type}}}}}, {"required", {"type"}}}},
                        {"then", refer_to(name)}});
  };
  for (const KindInfo& kind : all_kinds()) {
    const std::string name(kind.name);
    names.push_back(name);
    definitions[name] = layer_schema(kind, shared);
    branch(name, name.c_str());
  }
  names.push_back("Interpolate");
  Json interpolate = definitions["Upsample"];
  interpolate["properties"]["type"]["const"] = "Interpolate";
  definitions["Interpolate"] = std::move(interpolate);
  branch("Interpolate", "Interpolate");

  names.push_back("Residual");
  Json residual{{"type", documented({{"const", "Residual"}}, *find_key(KeysOf::residual, "type"))}};
  residual.update(entry_properties(KeysOf::residual, shared));
  definitions["Residual"] = {{"description", "the sum of what two lists of layers make of one input"},
                             {"properties", std::move(residual)},
                             {"required", {"type", "layers"}},
                             {"additionalProperties", false}};
  branch("Residual", "Residual");

  // A use gives the block's arguments as keys of their own.
  Json use = entry_properties(KeysOf::use, shared);
  definitions["use"] = {
      {"description", "the layers of a block"}, {"properties", std::move(use)}, {"required", {"use"}}};
  definitions["entry"] = {
      {"type", "object"},
      {"if", {{"required", {"use"}}}},
      {"then", refer_to("use")},
      {"else",
       {{"properties",
         {{"type", documented(any_of({Json{{"enum", std::move(names)}}, refer_to("argument")}),
                              *find_key(KeysOf::layer, "type"))}}},
        {"required", {"type"}},
        {"allOf", std::move(branches)}}}};
}

Json block_schema() {
  const Json text{{"type", "string"}};
  return any_of({refer_to("layers"),
                 Json{{"type", "object"},
                      {"properties", documented_keys(KeysOf::block, {{"layers", refer_to("layers")},
                                                                     {"defaults", {{"type", "object"}}},
                                                                     {"description", text}})},
                      {"required", {"layers"}},
                      {"additionalProperties", false}}});
}

}  // namespace

std::string spec_schema() {
  const Json text{{"type", "string"}};
  Shared shared;
  Json definitions = common_definitions();
  add_layers(shared, definitions);
  definitions.update(shared.definitions());
  const Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "shapedbg spec, format 1"},
      {"type", "object"},
      {"properties",
       documented_keys(
           KeysOf::spec,
           {{"$schema", text},
            {"name", text},
            {"description", text},
            {"input", any_of({refer_to("shape"), Json{{"type", "object"},
                                                      {"additionalProperties", refer_to("shape")},
                                                      {"minProperties", 1}}})},
            {"runs_at", any_of({refer_to("shape"), Json{{"type", "object"},
                                                        {"additionalProperties", refer_to("shape")},
                                                        {"minProperties", 1}}})},
            {"encoder", refer_to("layers")},
            {"decoder", refer_to("layers")},
            {"layers", refer_to("layers")},
            {"blocks", {{"type", "object"}, {"additionalProperties", block_schema()}}},
            {"expect", refer_to("expect")},
            {"sizes", {{"type", "object"}, {"additionalProperties", refer_to("free_size")}}},
            {"outputs", list_of(text, 0)},
            {"ignore", list_of(text, 0)},
            {"for", any_of({target_schema(), list_of(target_schema(), 0)})}})},
      {"required", {"input"}},
      {"anyOf", {{{"required", {"layers"}}}, {{"required", {"encoder"}}}, {{"required", {"decoder"}}}}},
      {"additionalProperties", false},
      {"$defs", std::move(definitions)}};
  return schema.dump(2) + "\n";
}

}  // namespace shapedbg
