#include "read/json/spec_schema.h"

#include <nlohmann/json.hpp>

#include "net/spec.h"
#include "net/targets.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

Json ref(const char* name) { return {{"$ref", std::string("#/$defs/") + name}}; }

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
Json or_argument(Json schema) { return any_of({std::move(schema), ref("argument")}); }

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
      const Json sizes = list_of(ref("size"), 0);
      return option.words.empty() ? sizes : any_of({sizes, Json{{"enum", words_of(option.words)}}});
    }
    case OptType::sizes_list:
      return list_of(list_of(ref("size"), 0), 0);
    case OptType::slices:
      return list_of(ref("slice"), 0);
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

Json entry_properties() {
  return {{"name", {{"type", "string"}}},
          {"description", {{"type", "string"}}},
          {"inputs", any_of({Json{{"type", "string"}}, list_of({{"type", "string"}}, 0)})},
          {"expect", ref("expect")},
          {"repeat", or_argument({{"type", "integer"}, {"minimum", 1}})},
          {"each", or_argument(columns())},
          {"ignore", list_of({{"type", "string"}}, 0)}};
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
                   {"properties", {{"made", place}, {"called", place}, {"module", text}, {"node", text}}},
                   {"additionalProperties", false}}});
}

Json layer_schema(const KindInfo& kind) {
  Json properties{{"type", {{"const", std::string(kind.name)}}}};
  properties.update(entry_properties());
  properties["source"] = ref("source");
  Json required = Json::array();
  Json names = Json::array();
  for (const OptionInfo& option : kind.options) {
    const std::string name(to_string(option.opt));
    Json schema = or_argument(value_schema(option, kind.axes));
    schema["description"] = std::string(option.doc);
    if (!std::holds_alternative<std::monostate>(option.fallback))
      schema["default"] = Json::parse(to_json(option.fallback), nullptr, false);
    properties[name] = std::move(schema);
    if (option.required) required.push_back(name);
    names.push_back(name);
  }
  Json each = columns();
  each["propertyNames"] = {{"enum", std::move(names)}};
  properties["each"] = or_argument(std::move(each));
  Json schema{{"description", std::string(kind.doc)},
              {"properties", std::move(properties)},
              {"required", {"type"}},
              {"additionalProperties", false}};
  // What `each` gives need not stand in the layer itself.
  if (!required.empty()) schema["anyOf"] = {{{"required", std::move(required)}}, {{"required", {"each"}}}};
  return schema;
}

}  // namespace

std::string spec_schema() {
  const Json positive{{"type", "number"}, {"exclusiveMinimum", 0}};
  Json names = Json::array();
  Json branches = Json::array();
  Json definitions{
      {"layers", list_of(ref("entry"), 0)},
      {"size", any_of({Json{{"type", "integer"}}, Json{{"type", "string"}}})},
      {"slice",
       any_of(
           {Json{{"type", "array"}, {"items", or_argument({{"type", {"integer", "null"}}})}, {"maxItems", 3}},
            Json{{"type", "null"}}})},
      {"argument", {{"type", "string"}, {"pattern", "\\$"}}},
      {"expect", any_of({Json{{"enum", {"input", nullptr}}},
                         list_of({{"type", {"integer", "null"}}, {"minimum", 1}}, 0),
                         Json{{"type", "object"},
                              {"properties", {{"scale", any_of({positive, list_of(positive, 0)})}}},
                              {"required", {"scale"}},
                              {"additionalProperties", false}}})},
      {"shape",
       {{"type", "array"}, {"items", {{"type", {"integer", "string"}}, {"minimum", 1}}}, {"minItems", 1}}},
      {"source", source_schema()},
      {"free_size",
       {{"type", "object"},
        {"properties",
         {{"min", {{"type", "integer"}, {"minimum", 1}}},
          {"max", {{"type", "integer"}, {"minimum", 1}}},
          {"multiple_of", {{"type", "integer"}, {"minimum", 1}}}}},
        {"additionalProperties", false}}}};
  const auto branch = [&](const std::string& name, const char* type) {
    branches.push_back({{"if", {{"properties", {{"type", {{"const", type}}}}}, {"required", {"type"}}}},
                        {"then", ref(name.c_str())}});
  };
  for (const KindInfo& kind : all_kinds()) {
    const std::string name(kind.name);
    names.push_back(name);
    definitions[name] = layer_schema(kind);
    branch(name, name.c_str());
  }
  names.push_back("Interpolate");
  Json interpolate = definitions["Upsample"];
  interpolate["properties"]["type"] = {{"const", "Interpolate"}};
  definitions["Interpolate"] = std::move(interpolate);
  branch("Interpolate", "Interpolate");

  names.push_back("Residual");
  Json residual = entry_properties();
  residual["source"] = ref("source");
  residual["type"] = {{"const", "Residual"}};
  residual["layers"] = ref("layers");
  residual["shortcut"] = ref("layers");
  definitions["Residual"] = {{"description", "the sum of what two lists of layers make of one input"},
                             {"properties", std::move(residual)},
                             {"required", {"type", "layers"}},
                             {"additionalProperties", false}};
  branch("Residual", "Residual");

  // A use gives the block's arguments as keys of their own.
  Json use = entry_properties();
  use["use"] = {{"type", "string"}};
  definitions["use"] = {
      {"description", "the layers of a block"}, {"properties", std::move(use)}, {"required", {"use"}}};
  definitions["entry"] = {
      {"type", "object"},
      {"if", {{"required", {"use"}}}},
      {"then", ref("use")},
      {"else",
       {{"properties", {{"type", any_of({Json{{"enum", std::move(names)}}, ref("argument")})}}},
        {"required", {"type"}},
        {"allOf", std::move(branches)}}}};
  Json block = any_of(
      {ref("layers"), Json{{"type", "object"},
                           {"properties", {{"layers", ref("layers")}, {"defaults", {{"type", "object"}}}}},
                           {"required", {"layers"}},
                           {"additionalProperties", false}}});

  const Json schema{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "shapedbg spec, format 1"},
      {"type", "object"},
      {"properties",
       {{"$schema", {{"type", "string"}}},
        {"name", {{"type", "string"}}},
        {"description", {{"type", "string"}}},
        {"input",
         any_of({ref("shape"),
                 Json{{"type", "object"}, {"additionalProperties", ref("shape")}, {"minProperties", 1}}})},
        {"encoder", ref("layers")},
        {"decoder", ref("layers")},
        {"layers", ref("layers")},
        {"blocks", {{"type", "object"}, {"additionalProperties", std::move(block)}}},
        {"expect", ref("expect")},
        {"sizes", {{"type", "object"}, {"additionalProperties", ref("free_size")}}},
        {"outputs", list_of({{"type", "string"}}, 0)},
        {"ignore", list_of({{"type", "string"}}, 0)},
        {"for", any_of({target_schema(), list_of(target_schema(), 0)})}}},
      {"required", {"input"}},
      {"anyOf", {{{"required", {"layers"}}}, {{"required", {"encoder"}}}, {{"required", {"decoder"}}}}},
      {"additionalProperties", false},
      {"$defs", std::move(definitions)}};
  return schema.dump(2) + "\n";
}

}  // namespace shapedbg
