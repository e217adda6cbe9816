// The JSON-lines form of a recorded program (see calls.h) into Programs.
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "net/spec.h"
#include "read/calls/calls.h"
#include "text/much_memory.h"

namespace shapedbg::calls {

Value Value::of(std::int64_t integer) {
  Value value;
  value.kind = Kind::integer;
  value.integer = integer;
  return value;
}
Value Value::of(double number) {
  Value value;
  value.kind = Kind::number;
  value.number = number;
  return value;
}
Value Value::of(bool flag) {
  Value value;
  value.kind = Kind::boolean;
  value.flag = flag;
  return value;
}
Value Value::of(std::string text) {
  Value value;
  value.kind = Kind::text;
  value.text = std::move(text);
  return value;
}
Value Value::of_tensor(int tensor) {
  Value value;
  value.kind = Kind::tensor;
  value.tensor = tensor;
  return value;
}
Value Value::of(std::vector<Value> items) {
  Value value;
  value.kind = Kind::list;
  value.items = std::move(items);
  return value;
}

namespace {

using Json = nlohmann::json;

// What is wrong with a line, for the one place that catches it.
struct Wrong {
  std::string what;
};

constexpr std::size_t kMostTensors = 4'000'000;
constexpr int kMostDepth = 64;
constexpr std::size_t kMostAxes = 64;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) throw Wrong{"`" + std::string(key) + "` is no string"};
  return found->get<std::string>();
}

// An integer that fits 64 bits with a sign.
bool fits(const Json& json) {
  return json.is_number_integer() &&
         (!json.is_number_unsigned() || json.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
}

std::int64_t integer_of(const Json& json, const char* what) {
  if (!fits(json)) throw Wrong{std::string(what) + " is no integer"};
  return json.get<std::int64_t>();
}

class Reader {
 public:
  Recorded run(std::string_view text) {
    constexpr std::size_t many = 100'000;  // bytes: a few hundred calls
    if (text.size() > many) expect_much_memory();
    std::size_t number = 0;
    while (!text.empty() && recorded_.error.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++number;
      std::string problem = line(text.substr(0, end));
      if (!problem.empty()) recorded_.error = "line " + std::to_string(number) + ": " + problem;
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (recorded_.error.empty() && recorded_.runs.empty()) recorded_.error = "no run is recorded";
    if (!recorded_.error.empty()) recorded_.runs.clear();
    return std::move(recorded_);
  }

 private:
  std::string line(std::string_view text) {
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    if (depth_of(text) > kMostDepth) return "values are nested too deep";
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) return "no JSON object";
    try {
      object(json);
    } catch (const Wrong& wrong) {
      return wrong.what;
    }
    return {};
  }

  // How deep brackets nest, strings left out: the parser below recurses.
  static int depth_of(std::string_view text) {
    int depth = 0;
    int most = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (quoted) {
        if (c == '\\') ++i;
        if (c == '"') quoted = false;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        most = std::max(most, ++depth);
      } else if (c == ']' || c == '}') {
        --depth;
      }
    }
    return most;
  }

  void object(const Json& json) {
    if (json.contains("run")) {
      Program& program = recorded_.runs.emplace_back();
      program.name = text_of(json, "name");
      program.torch = text_of(json, "torch");
      ids_.clear();
      symbols_.clear();
      return;
    }
    if (recorded_.runs.empty()) throw Wrong{"the first line has no `run`"};
    if (json.contains("tensor")) {
      read_tensor(json);
    } else if (json.contains("call")) {
      read_call(json);
    } else if (const auto output = json.find("output"); output != json.end()) {
      program().output = value(*output);
    } else if (json.contains("stopped")) {
      program().stopped = text_of(json, "stopped");
      program().stopped_at = SourceLine::read(text_of(json, "at"));
    }
    // Other lines are of a later version, and say nothing that this one needs.
  }

  Program& program() { return recorded_.runs.back(); }

  int new_tensor(const Json& json, const char* id_key, Tensor tensor) {
    const std::int64_t id = integer_of(json.at(id_key), id_key);
    if (program().tensors.size() >= kMostTensors) throw Wrong{"too many tensors"};
    const auto index = static_cast<int>(program().tensors.size());
    if (!ids_.emplace(id, index).second) throw Wrong{"tensor " + std::to_string(id) + " is made twice"};
    tensor.dtype = text_of(json, "dtype");
    if (const auto shape = json.find("shape"); shape != json.end()) {
      if (!shape->is_array() || shape->size() > kMostAxes) throw Wrong{"`shape` is no list of sizes"};
      for (const Json& size : *shape) {
        const Value read = value(size);
        if (!read.is(Value::Kind::integer) || read.integer < 0) throw Wrong{"`shape` holds no size"};
        tensor.shape.push_back({read.integer, read.formula, {}});
      }
    }
    program().tensors.push_back(std::move(tensor));
    return index;
  }

  void read_tensor(const Json& json) {
    static const std::array<std::pair<const char*, Role>, 4> roles{{{"input", Role::input},
                                                                    {"parameter", Role::parameter},
                                                                    {"buffer", Role::buffer},
                                                                    {"constant", Role::constant}}};
    Tensor tensor;
    tensor.name = text_of(json, "name");
    tensor.role = Role::constant;
    const std::string role = text_of(json, "role");
    for (const auto& [word, meaning] : roles)
      if (role == word) tensor.role = meaning;
    const bool input = tensor.role == Role::input;
    const int index = new_tensor(json, "tensor", std::move(tensor));
    if (input) program().inputs.push_back(index);
  }

  void read_call(const Json& json) {
    Call call;
    call.op = text_of(json, "call");
    if (const auto args = json.find("args"); args != json.end())
      for (const Json& arg : *args) call.arguments.push_back({{}, value(arg)});
    if (const auto args = json.find("kwargs"); args != json.end() && args->is_object())
      for (const auto& [key, arg] : args->items()) call.arguments.push_back({key, value(arg)});
    call.module = text_of(json, "module");
    call.module_class = text_of(json, "class");
    call.made = SourceLine::read(text_of(json, "made"));
    call.called = SourceLine::read(text_of(json, "called"));
    call.raised = text_of(json, "raised");
    if (const auto assumed = json.find("assumed"); assumed != json.end())
      call.assumed = assumed->is_boolean() && assumed->get<bool>();
    if (const auto out = json.find("out"); out != json.end()) {
      if (!out->is_array()) throw Wrong{"`out` is no list"};
      for (const Json& made : *out) {
        if (!made.is_object() || !made.contains("t")) {
          call.outputs.push_back(-1);
          continue;
        }
        Tensor tensor;
        tensor.call = static_cast<int>(program().calls.size());
        tensor.output = static_cast<int>(call.outputs.size());
        call.outputs.push_back(new_tensor(made, "t", std::move(tensor)));
      }
    }
    program().calls.push_back(std::move(call));
  }

  int tensor(const Json& id) {
    const auto found = ids_.find(integer_of(id, "the id of a tensor"));
    if (found == ids_.end()) throw Wrong{"there is no tensor " + id.dump() + " before this line"};
    return found->second;
  }

  Value value(const Json& json) {
    if (json.is_null()) return {};
    if (json.is_boolean()) return Value::of(json.get<bool>());
    if (json.is_number_integer()) {
      if (!fits(json)) return Value::of(json.get<double>());
      return Value::of(json.get<std::int64_t>());
    }
    if (json.is_number()) return Value::of(json.get<double>());
    if (json.is_string()) return Value::of(json.get<std::string>());
    if (json.is_array()) return Value::of(list(json));
    return tagged(json);
  }

  std::vector<Value> list(const Json& json) {
    std::vector<Value> items;
    items.reserve(json.size());
    for (const Json& item : json) items.push_back(value(item));
    return items;
  }

  Value tagged(const Json& json) {
    if (const auto id = json.find("t"); id != json.end()) return Value::of_tensor(tensor(*id));
    if (const auto size = json.find("s"); size != json.end()) {
      Value read = Value::of(integer_of(*size, "`s`"));
      if (const auto of = json.find("of"); of != json.end()) read.formula = formula(*of);
      return read;
    }
    if (json.contains("f")) {
      const std::string word = text_of(json, "f");
      const double infinite = std::numeric_limits<double>::infinity();
      return Value::of(word == "inf" ? infinite : word == "-inf" ? -infinite : std::nan(""));
    }
    Value read;
    if (const auto slice = json.find("slice");
        slice != json.end() && slice->is_array() && slice->size() == 3) {
      read.kind = Value::Kind::slice;
      read.items = list(*slice);
    } else if (const auto dict = json.find("dict"); dict != json.end() && dict->is_object()) {
      read.kind = Value::Kind::dict;
      for (const auto& [key, item] : dict->items()) {
        read.keys.push_back(key);
        read.items.push_back(value(item));
      }
    } else {
      read.kind = Value::Kind::other;
      read.text = text_of(json, "other");
    }
    return read;
  }

  Formula formula(const Json& json) {
    if (json.is_number()) return Formula::constant(integer_of(json, "a number of a formula"));
    if (!json.is_array() || json.empty() || !json[0].is_string()) throw Wrong{"`of` holds no formula"};
    const std::string word = json[0].get<std::string>();
    if (word == "axis" && json.size() == 3) {
      const std::int64_t axis = integer_of(json[2], "an axis");
      if (axis < 0 || axis >= static_cast<std::int64_t>(kMostAxes)) throw Wrong{"there is no such axis"};
      return Formula::axis(tensor(json[1]), static_cast<int>(axis));
    }
    if (word == "symbol" && json.size() == 2 && json[1].is_string())
      return Formula::symbol(symbol(json[1].get<std::string>()));
    using Op = Formula::Op;
    static const std::unordered_map<std::string, Op> twos{
        {"+", Op::add},           {"-", Op::subtract}, {"*", Op::multiply}, {"/", Op::divide},
        {"//", Op::floor_divide}, {"%", Op::modulo},   {"max", Op::max},    {"min", Op::min}};
    static const std::unordered_map<std::string, Op> ones{
        {"floor", Op::floor}, {"ceil", Op::ceil}, {"trunc", Op::truncate}, {"neg", Op::negate}};
    if (const auto two = twos.find(word); two != twos.end() && json.size() == 3)
      return Formula::binary(two->second, formula(json[1]), formula(json[2]));
    if (const auto one = ones.find(word); one != ones.end() && json.size() == 2)
      return Formula::unary(one->second, formula(json[1]));
    return {};  // of a later version: where the size comes from is lost
  }

  std::int64_t symbol(const std::string& name) {
    const auto [found, fresh] = symbols_.emplace(name, symbols_.size());
    if (fresh) program().symbols.push_back({name, 0, 1, 0});
    return static_cast<std::int64_t>(found->second);
  }

  Recorded recorded_;
  std::unordered_map<std::int64_t, int> ids_;
  std::unordered_map<std::string, std::size_t> symbols_;
};

}  // namespace

Recorded read_calls(std::string_view text) { return Reader().run(text); }

}  // namespace shapedbg::calls
