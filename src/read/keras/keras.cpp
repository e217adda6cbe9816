#include "read/keras/keras.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "read/archive/archive.h"
#include "read/keras/config.h"

namespace shapedbg {
namespace {

using keras::Json;
using keras::Refused;
using keras::Tensor;

constexpr int kMostDepth = 64;   // of the JSON
constexpr int kMostModels = 16;  // models within models
constexpr int kMostRounds = 64;  // over layers that stand in another order than they run

const Json& member(const Json& object, const char* key) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

std::string text_of(const Json& object, const char* key) {
  const Json& found = member(object, key);
  return found.is_string() ? found.get<std::string>().substr(0, 200) : std::string();
}

// A tensor as the graph names it.
struct Key {
  std::string layer;
  std::size_t node = 0;
  std::size_t output = 0;
  auto operator<=>(const Key&) const = default;
};

std::optional<Key> key_of(const Json& json) {
  if (!json.is_array() || json.size() < 3 || !json[0].is_string() || !json[1].is_number_unsigned() ||
      !json[2].is_number_unsigned())
    return std::nullopt;
  return Key{json[0].get<std::string>(), json[1].get<std::size_t>(), json[2].get<std::size_t>()};
}

void named_keys(const Json& named, std::vector<Key>& keys);

// One tensor, or a list of them: ["a", 0, 0] and [["a", 0, 0], …], or a dict of such.
void keys_of(const Json& json, std::vector<Key>& keys) {
  if (auto key = key_of(json)) {
    keys.push_back(std::move(*key));
    // Keras 2: ["a", 0, 0, {"y": ["b", 0, 0]}].
    if (json.size() > 3) named_keys(json[3], keys);
  } else if (member(json, "class_name") == "__keras_tensor__") {
    if (auto history = key_of(member(member(json, "config"), "keras_history"))) keys.push_back(*history);
  } else if (json.is_array() || json.is_object()) {
    for (const Json& item : json) keys_of(item, keys);
  }
}

// Of arguments by name: as attention takes them by position, then in the order of their names.
void named_keys(const Json& named, std::vector<Key>& keys) {
  if (!named.is_object()) return;
  for (const char* first : {"query", "value", "key"}) keys_of(member(named, first), keys);
  for (const auto& [name, value] : named.items())
    if (name != "query" && name != "value" && name != "key" && !name.ends_with("mask") && name != "training")
      keys_of(value, keys);
}

struct Node {
  std::vector<Key> inputs;
  std::optional<double> constant;  // the number among the arguments
  bool constant_first = false;
  const Json* arguments = nullptr;
  const Json* named = nullptr;  // of Keras 2
  bool done = false;
};

class ModelReader {
 public:
  ModelReader(bool channels_last, const std::vector<std::pair<std::string, Shape>>& wished)
      : builder_(channels_last), wished_(wished) {}

  Imported run(const Json& json) {
    Imported result;
    Draft& draft = builder_.draft();
    const Json& config = member(json, "config");
    draft.name = text_of(config, "name");
    const std::vector<Tensor> outputs = model(json, {}, "", 0);
    for (const Tensor& one : outputs) draft.outputs.push_back(one.ref);
    if (draft.layers().empty()) throw Refused{Code::I601, "the model has no layers"};
    builder_.tidy();
    // The spec returns what its last layer does.
    const Ref last{LayerId(draft.layers().size()) - 1, 0};
    if (std::find(draft.outputs.begin(), draft.outputs.end(), last) == draft.outputs.end())
      draft.outputs[0] = draft.add(DraftLayer("Identity", {draft.outputs[0]}, "output"));
    if (builder_.channels_last() && turned_)
      result.guesses.push_back(
          "shapes are shown in torch's order, N, C, H, W; the model has its channels last");
    if (builder_.second_bias)
      result.guesses.push_back(
          "weights of recurrent layers: torch's have a second bias, which Keras' have not");
    if (!builder_.unknown.empty()) {
      std::string list;
      for (const auto& [type, count] : builder_.unknown) {
        list += (list.empty() ? "`" : ", `") + type + "`";
        if (count > 1) list += " " + std::to_string(count) + " times";
        result.custom += static_cast<std::size_t>(count);
      }
      Finding& finding = result.findings.emplace_back();
      finding.code = Code::I604;
      finding.message = one_line("kept as Custom: " + list);
    }
    result.layers = draft.layers().size();
    result.made = draft.make();
    return result;
  }

 private:
  // What a model returns of `inputs`; those of the file itself are declared by it.
  std::vector<Tensor> model(const Json& json, std::vector<Tensor> inputs, const std::string& prefix,
                            int depth) {
    if (depth > kMostModels) throw Refused{Code::I603, "models within models, deeper than any"};
    const std::string type = text_of(json, "class_name");
    const Json& config = member(json, "config");
    if (type == "Sequential") return sequential(config, std::move(inputs), prefix, depth);
    if ((type == "Functional" || type == "Model") && member(config, "layers").is_array())
      return functional(config, std::move(inputs), prefix, depth);
    throw Refused{Code::I601,
                  "a model of its own class, `" + type +
                      "`: its code is not in the file; functional and Sequential models are read"};
  }

  std::vector<Tensor> sequential(const Json& config, std::vector<Tensor> inputs, const std::string& prefix,
                                 int depth) {
    const Json& layers = config.is_array() ? config : member(config, "layers");
    for (const Json& layer : layers) {
      const std::string type = text_of(layer, "class_name");
      if (inputs.empty()) {
        Json shape = declared_shape(member(layer, "config"));
        if (shape.is_null()) shape = member(member(config, "build_config"), "input_shape");
        if (shape.is_null()) shape = member(config, "build_input_shape");
        inputs = {input(text_of(member(layer, "config"), "name"), shape)};
      }
      if (type != "InputLayer") inputs = call(layer, prefix, inputs, nullptr, depth);
    }
    if (inputs.empty()) throw Refused{Code::I601, "the model has no layers"};
    return inputs;
  }

  static const Json& declared_shape(const Json& config) {
    const Json& shape = member(config, "batch_shape");
    return shape.is_null() ? member(config, "batch_input_shape") : shape;
  }

  Tensor input(const std::string& name, const Json& declared) {
    Shape shape;
    const Shape* given = nullptr;
    for (std::size_t i = 0; i < wished_.size(); ++i)
      if (wished_[i].first == name || (wished_[i].first.empty() && i == count_)) given = &wished_[i].second;
    ++count_;
    if (given != nullptr) {
      if (declared.is_array() && declared.size() != given->size())
        throw Refused{Code::I606, "the input `" + name + "` has " + std::to_string(declared.size()) +
                                      " axes in the file, --input gives " + std::to_string(given->size())};
      shape = *given;
    } else {
      for (const Json& size : declared) {
        const bool batch = shape.empty() && size.is_null();
        if (!batch && (!size.is_number_integer() || size < 1 || size > (1 << 30)))
          throw Refused{Code::I606, "the file leaves sizes of the input `" + name +
                                        "` open; give them in Keras' order: --input 1,224,224,3"};
        shape.push_back(batch ? 1 : size.get<std::int64_t>());
      }
      if (shape.empty())
        throw Refused{Code::I606,
                      "the file does not say what goes in; give it in Keras' order: --input "
                      "1,224,224,3"};
    }
    if (shape.size() > 8) throw Refused{Code::I601, "an input of more than 8 axes"};
    turned_ = turned_ || shape.size() >= 3;
    shape = builder_.turned(std::move(shape), true);
    return {builder_.draft().input(name, {shape.begin(), shape.end()}), shape};
  }

  std::vector<Tensor> functional(const Json& config, std::vector<Tensor> inputs, const std::string& prefix,
                                 int depth) {
    std::map<Key, Tensor> made;
    std::map<Key, const Json*> shapes;
    const Json& layers = member(config, "layers");
    note_shapes(layers, shapes, 0);
    std::vector<Key> entries;
    keys_of(member(config, "input_layers"), entries);
    std::vector<std::vector<Node>> nodes;
    std::set<std::string> names;
    for (const Json& layer : layers) {
      const std::string name = name_of(layer);
      if (!names.insert(name).second) throw Refused{Code::I602, "two layers are called `" + name + "`"};
      nodes.push_back(nodes_of(layer));
      if (text_of(layer, "class_name") != "InputLayer") continue;
      const auto entry =
          std::find_if(entries.begin(), entries.end(), [&](const Key& key) { return key.layer == name; });
      const auto at = static_cast<std::size_t>(entry - entries.begin());
      if (depth > 0 && at < inputs.size())
        made.emplace(Key{name, 0, 0}, inputs[at]);
      else if (depth == 0)
        made.emplace(Key{name, 0, 0}, input(name, declared_shape(member(layer, "config"))));
      nodes.back().clear();
    }
    std::vector<Key> ends;
    keys_of(member(config, "output_layers"), ends);
    run_nodes(layers, nodes, first_nodes(layers, nodes, ends), shapes, prefix, depth, made);
    std::vector<Tensor> outputs;
    for (const Key& key : ends) {
      const auto found = made.find(key);
      if (found == made.end())
        throw Refused{Code::I602, "the model returns `" + key.layer + "`, which nothing makes"};
      outputs.push_back(found->second);
    }
    if (outputs.empty()) throw Refused{Code::I602, "the model returns nothing"};
    return outputs;
  }

  static std::string name_of(const Json& layer) {
    const std::string name = text_of(layer, "name");
    return name.empty() ? text_of(member(layer, "config"), "name") : name;
  }

  static std::vector<Node> nodes_of(const Json& layer) {
    std::vector<Node> nodes;
    for (const Json& inbound : member(layer, "inbound_nodes")) {
      Node& node = nodes.emplace_back();
      if (inbound.is_object()) {
        node.arguments = &member(inbound, "args");
        for (const Json& argument : member(inbound, "args")) {
          if (argument.is_number() && !node.constant) {
            node.constant = argument.get<double>();
            node.constant_first = node.inputs.empty();
          }
          keys_of(argument, node.inputs);
        }
        named_keys(member(inbound, "kwargs"), node.inputs);
      } else {
        keys_of(inbound, node.inputs);
        constant_of(inbound, node);
      }
    }
    return nodes;
  }

  // Keras 2: ["x", 0, 0, {"y": 2.0}], or ["_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}]; of a list the
  // first.
  static void constant_of(const Json& inbound, Node& node) {
    const Json* call = &inbound;
    while (call->is_array() && !call->empty() && (*call)[0].is_array()) call = &(*call)[0];
    if (!call->is_array() || call->size() < 3) return;
    if (call->size() > 3) node.named = &(*call)[3];
    if ((*call)[0] == "_CONSTANT_VALUE" && (*call)[2].is_number()) {
      node.constant = (*call)[2].get<double>();
      node.constant_first = true;
    } else if (node.named != nullptr && member(*node.named, "y").is_number()) {
      node.constant = member(*node.named, "y").get<double>();
    }
  }

  // The shapes that tensors have where they are taken, of Keras 3.
  static void note_shapes(const Json& json, std::map<Key, const Json*>& shapes, int depth) {
    if (depth > kMostDepth) return;
    if (member(json, "class_name") == "__keras_tensor__") {
      const Json& config = member(json, "config");
      if (const auto key = key_of(member(config, "keras_history")))
        shapes.emplace(*key, &member(config, "shape"));
      return;
    }
    if (json.is_array() || json.is_object())
      for (const Json& item : json) note_shapes(item, shapes, depth + 1);
  }

  // Keras 2 counts a model's own making as its first node: the layers behind a model within a model ask for
  // its second one, of a single call.
  std::set<std::string> first_nodes(const Json& layers, const std::vector<std::vector<Node>>& nodes,
                                    const std::vector<Key>& ends) {
    std::map<std::string, std::pair<std::size_t, std::size_t>> asked;  // the least and the greatest
    const auto ask = [&](const Key& key) {
      std::size_t& outputs = asked_outputs_[{key.layer, key.node, 0}];
      outputs = std::max(outputs, key.output + 1);
      auto& [least, greatest] = asked.try_emplace(key.layer, key.node, key.node).first->second;
      least = std::min(least, key.node);
      greatest = std::max(greatest, key.node);
    };
    for (const std::vector<Node>& calls : nodes)
      for (const Node& node : calls)
        for (const Key& key : node.inputs) ask(key);
    for (const Key& key : ends) ask(key);
    std::set<std::string> later;
    std::size_t index = 0;
    for (const Json& layer : layers) {
      const std::vector<Node>& calls = nodes[index++];
      const auto found = asked.find(name_of(layer));
      if (is_model(text_of(layer, "class_name")) && found != asked.end() && found->second.first > 0 &&
          found->second.second == calls.size())
        later.insert(found->first);
    }
    return later;
  }

  static bool is_model(const std::string& type) {
    return type == "Sequential" || type == "Functional" || type == "Model";
  }

  // `later`: models whose first call is node 1.
  void run_nodes(const Json& layers, std::vector<std::vector<Node>>& nodes,
                 const std::set<std::string>& later, const std::map<Key, const Json*>& shapes,
                 const std::string& prefix, int depth, std::map<Key, Tensor>& made) {
    bool more = true;
    for (int round = 0; more && round < kMostRounds; ++round) {
      more = false;
      std::size_t index = 0;
      for (const Json& layer : layers) {
        std::vector<Node>& calls = nodes[index++];
        for (std::size_t n = 0; n < calls.size(); ++n) {
          if (calls[n].done) continue;
          std::vector<Tensor> inputs;
          for (const Key& key : calls[n].inputs)
            if (const auto found = made.find(key); found != made.end()) inputs.push_back(found->second);
          if (inputs.size() < calls[n].inputs.size()) {
            more = true;
            continue;
          }
          calls[n].done = true;
          const std::string name = name_of(layer);
          const auto shape = shapes.find({name, n, 0});
          std::vector<Tensor> outputs =
              call(layer, prefix, inputs, shape == shapes.end() ? nullptr : shape->second, depth, &calls[n]);
          const std::size_t at = n + later.count(name);
          add_others(name, n, at, inputs, shapes, text_of(layer, "class_name"), outputs);
          for (std::size_t k = 0; k < outputs.size(); ++k) made.emplace(Key{name, at, k}, outputs[k]);
        }
      }
    }
  }

  // Of outputs that a layer has besides those that are known here, as the scores of an attention: what the
  // file says of their shapes.
  void add_others(const std::string& name, std::size_t n, std::size_t at, const std::vector<Tensor>& inputs,
                  const std::map<Key, const Json*>& shapes, const std::string& type,
                  std::vector<Tensor>& outputs) {
    const auto most = asked_outputs_.find({name, at, 0});
    if (most == asked_outputs_.end() || inputs.empty()) return;
    while (outputs.size() < most->second && outputs.size() < static_cast<std::size_t>(keras::kMostParts)) {
      const auto shape = shapes.find({name, n, outputs.size()});
      keras::Call other{type, nullptr, name + ".other", inputs};
      other.declared = shape == shapes.end() ? nullptr : shape->second;
      outputs.push_back(builder_.custom(other));
    }
  }

  std::vector<Tensor> call(const Json& layer, const std::string& prefix, const std::vector<Tensor>& inputs,
                           const Json* shape, int depth, const Node* node = nullptr) {
    const std::string type = text_of(layer, "class_name");
    const std::string name = prefix + name_of(layer);
    if (++calls_ > limits::layers) throw Refused{Code::I603, "more calls of layers than a spec takes"};
    if (is_model(type)) return model(layer, inputs, name + ".", depth + 1);
    const Json& config = member(layer, "config");
    const Json none = Json::object();
    const std::string module = text_of(layer, "module");
    const bool own = module.empty() || module.starts_with("keras") || module.starts_with("tensorflow");
    keras::Call call{own ? type : type + " (own)", config.is_object() ? &config : &none, name, inputs};
    call.declared = shape;
    call.again = !called_.insert(&layer).second;
    call.function = module.starts_with("keras.src.ops") || module.starts_with("keras.ops");
    if (node != nullptr) {
      call.constant = node->constant;
      call.constant_first = node->constant_first;
      call.arguments = node->arguments;
    }
    Json options;
    Json arguments;
    const Json& named = node != nullptr && node->named != nullptr ? *node->named : none;
    const std::string function = type.ends_with("OpLambda") ? text_of(config, "function") : std::string();
    if (const auto known =
            function.empty() ? std::nullopt : keras::function_of_tensorflow(function, named, options)) {
      call.type = *known;
      call.config = &options;
      call.function = true;
      if (*known == "GetItem") {
        arguments = Json::array({nullptr, member(named, "slice_spec")});
        call.arguments = &arguments;
      }
    } else if (!function.empty()) {
      call.type = "tf." + function.substr(0, 100);
    }
    return builder_.run_all(call);
  }

  keras::Builder builder_;
  const std::vector<std::pair<std::string, Shape>>& wished_;
  std::size_t count_ = 0;                     // inputs so far
  std::size_t calls_ = 0;                     // of layers
  std::set<const Json*> called_;              // those that were run, also within a model that is called again
  std::map<Key, std::size_t> asked_outputs_;  // how many of a layer's outputs are asked for, of a call
  bool turned_ = false;
};

bool channels_first(const Json& json, int depth) {
  if (depth > kMostDepth) return false;
  if (json.is_object() && member(json, "data_format") == "channels_first") return true;
  if (!json.is_array() && !json.is_object()) return false;
  return std::any_of(json.begin(), json.end(),
                     [&](const Json& item) { return channels_first(item, depth + 1); });
}

Imported refused(Code code, std::string message) {
  Imported result;
  Finding& finding = result.findings.emplace_back();
  finding.code = code;
  finding.message = one_line(std::move(message));
  return result;
}

bool holds_model(const Archive& archive) {
  return archive.error().empty() && archive.find_end("config.json") != nullptr &&
         archive.find_end("metadata.json") != nullptr;
}

Imported import_archive(const Archive& archive, const std::vector<std::pair<std::string, Shape>>& inputs) {
  const Archive::Entry* entry = archive.error().empty() ? archive.find_end("config.json") : nullptr;
  if (entry == nullptr) return refused(Code::I602, "the .keras archive cannot be read");
  std::string error;
  const auto json = archive.read(*entry, limits::file_bytes, error);
  return json ? import_keras(*json, inputs) : refused(Code::I602, error);
}

}  // namespace

bool looks_like_keras(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '{') return false;
  std::size_t key = text.find_first_not_of(" \t\r\n", begin + 1);
  if (key == std::string_view::npos || text[key] != '"') return false;
  const std::string_view word = text.substr(key + 1, text.find('"', key + 1) - key - 1);
  const bool known =
      word == "module" || word == "class_name" || word == "config" || word == "registered_name";
  return known && text.find("\"class_name\"") != std::string_view::npos;
}

std::string_view config_in_h5(std::string_view begin) {
  std::size_t from = std::string_view::npos;
  for (const std::string_view model : {"Functional", "Sequential", "Model"})
    for (const std::string_view open : {"{\"class_name\": \"", "{\"module\": \"keras\", \"class_name\": \""})
      from = std::min(from, begin.find(std::string(open) + std::string(model) + "\""));
  if (from == std::string_view::npos) return {};
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = from; at < begin.size(); ++at) {
    const char c = begin[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return begin.substr(from, at + 1 - from);
  }
  return {};
}

bool is_keras_archive(const std::string& path) { return holds_model(Archive::open(path)); }
bool are_keras_archive(std::string_view bytes) { return holds_model(Archive::of(bytes)); }

Imported import_keras(std::string_view text, const std::vector<std::pair<std::string, Shape>>& inputs) {
  bool deep = false;
  const auto shallow = [&](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > kMostDepth;
    return depth <= kMostDepth;
  };
  const Json json = Json::parse(text, shallow, /*allow_exceptions=*/false);
  if (deep) return refused(Code::I603, "values are nested too deep");
  if (!json.is_object()) return refused(Code::I602, "this JSON of Keras is cut off or damaged");
  try {
    return ModelReader(!channels_first(json, 0), inputs).run(json);
  } catch (const Refused& why) {
    return refused(why.code, why.message);
  }
}

Imported import_keras_archive(const std::string& path,
                              const std::vector<std::pair<std::string, Shape>>& inputs) {
  return import_archive(Archive::open(path), inputs);
}

Imported import_keras_bytes(std::string_view bytes,
                            const std::vector<std::pair<std::string, Shape>>& inputs) {
  return import_archive(Archive::of(bytes), inputs);
}

}  // namespace shapedbg
