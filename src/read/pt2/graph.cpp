#include "read/pt2/graph.h"

#include <array>
#include <unordered_map>
#include <utility>

#include "read/pt2/cursor.h"
#include "read/pt2/frames.h"
#include "read/pt2/srepr.h"

namespace shapedbg::pt2 {
namespace {

using calls::Argument;
using calls::Call;
using calls::Formula;
using calls::Program;
using calls::Role;
using calls::Size;
using calls::Tensor;
using calls::Value;

constexpr std::size_t kMostTensors = 4'000'000;
constexpr std::size_t kMostCalls = 1'000'000;
constexpr std::size_t kMostAxes = 64;
constexpr int kMostGraphs = 16;  // within each other

constexpr std::array<std::string_view, 14> kTypes{
    "",        "uint8",   "int8",      "int16",     "int32",      "int64", "float16",
    "float32", "float64", "complex32", "complex64", "complex128", "bool",  "bfloat16"};

std::string_view type_name(std::int64_t code) {
  return code >= 0 && code < static_cast<std::int64_t>(kTypes.size()) ? kTypes[static_cast<std::size_t>(code)]
                                                                      : "";
}

// Where the members of an object stand, to be read in another order than theirs.
using Members = std::unordered_map<std::string_view, std::size_t>;

Members members_of(Cursor& cursor) {
  Members members;
  cursor.object([&](std::string_view key) {
    cursor.peek();
    members.emplace(key, cursor.at());
    cursor.skip();
  });
  return members;
}

// One graph: the names in it. A graph within a graph has names of its own.
struct Scope {
  Members members;
  std::unordered_map<std::string_view, std::size_t> metas;  // of tensors: where their meta stands
  std::unordered_map<std::string_view, Size> sizes;
  std::unordered_map<std::string_view, int> tensors;
};

class GraphReader {
 public:
  explicit GraphReader(std::string_view json) : json_(json) {}

  Graph run() {
    Ends ends;
    Cursor cursor(json_, 0, &ends);
    const Members top = members_of(cursor);
    if (!cursor.good()) return failed("its JSON is cut off or damaged");
    if (!check_version(top)) return std::move(graph_);
    const auto module = top.find("graph_module");
    if (module == top.end()) return failed("it has no `graph_module`");
    Cursor inside(json_, module->second, &ends);
    const Members parts = members_of(inside);
    const auto body = parts.find("graph");
    if (body == parts.end()) return failed("it has no graph");
    if (const auto found = parts.find("signature"); found != parts.end())
      read_signature(Cursor(json_, found->second));
    Cursor at(json_, body->second, &ends);
    Scope scope;
    open(at, scope);
    read_inputs(scope);
    read_nodes(scope, 0);
    program().output = read_outputs(scope);
    if (const auto found = top.find("range_constraints"); found != top.end())
      read_ranges(Cursor(json_, found->second));
    if (!error_.empty()) return failed(error_);
    if (!good_) return failed("its graph is damaged");
    return std::move(graph_);
  }

 private:
  Program& program() { return graph_.program; }

  Graph failed(std::string why) {
    graph_.error = std::move(why);
    graph_.program = {};
    return std::move(graph_);
  }

  void check(const Cursor& cursor) { good_ = good_ && cursor.good(); }

  bool check_version(const Members& top) {
    std::int64_t major = -1;
    if (const auto found = top.find("schema_version"); found != top.end()) {
      Cursor version(json_, found->second);
      if (version.peek() == '{') {
        version.object(
            [&](std::string_view key) { key == "major" ? void(major = version.integer()) : version.skip(); });
      } else {
        major = version.integer();
      }
    }
    if (const auto found = top.find("torch_version"); found != top.end())
      if (Cursor text(json_, found->second); text.peek() == '"') graph_.torch = text.string();
    program().torch = graph_.torch;
    if (major != 8) {
      graph_.other_schema = true;
      graph_.error = major < 0
                         ? "it names no schema version"
                         : "its schema has the major version " + std::to_string(major) + ", and 8 is known";
      return false;
    }
    if (const auto found = top.find("verifiers"); found != top.end()) {
      Cursor list(json_, found->second);
      bool training = false;
      std::string first;
      list.array([&] {
        const std::string word = list.string();
        if (first.empty()) first = word;
        training = training || word == "TRAINING";
      });
      if (!training && !first.empty()) {
        graph_.decomposed = true;
        graph_.error = "its graph is decomposed (`" + first.substr(0, 40) + "`)";
        return false;
      }
    }
    return true;
  }

  void read_signature(Cursor cursor) {
    cursor.object([&](std::string_view key) {
      if (key != "input_specs") return cursor.skip();
      cursor.array([&] { cursor.object([&](std::string_view kind) { read_input_spec(cursor, kind); }); });
    });
    check(cursor);
  }

  // {"parameter": {"arg": {"name": "p_w"}, "parameter_name": "w"}}, {"user_input": {"arg": {"as_tensor":
  // {"name": "x"}}}}
  void read_input_spec(Cursor& cursor, std::string_view kind) {
    std::string_view name;
    std::string path;
    cursor.object([&](std::string_view key) {
      if (key == "arg") {
        name = argument_name(cursor);
      } else if (key == "parameter_name" || key == "buffer_name" || key == "tensor_constant_name") {
        path = cursor.string();
      } else {
        cursor.skip();
      }
    });
    const Role role = kind == "parameter" ? Role::parameter
                      : kind == "buffer"  ? Role::buffer
                                          : Role::constant;
    if (kind != "user_input" && !name.empty()) roles_[name] = {role, std::move(path)};
  }

  // The name in {"name": "x"} or {"as_tensor": {"name": "x"}}; empty for others.
  std::string_view argument_name(Cursor& cursor) {
    std::string_view name;
    if (cursor.peek() != '{') {
      cursor.skip();
      return name;
    }
    cursor.object([&](std::string_view key) {
      if (key == "name")
        name = cursor.raw_string();
      else if (key == "as_tensor")
        name = argument_name(cursor);
      else
        cursor.skip();
    });
    return name;
  }

  void open(Cursor& cursor, Scope& scope) {
    scope.members = members_of(cursor);
    check(cursor);
    if (const auto found = scope.members.find("tensor_values"); found != scope.members.end()) {
      Cursor values(json_, found->second);
      values.object([&](std::string_view name) {
        values.peek();
        scope.metas.emplace(name, values.at());
        values.skip();
      });
      check(values);
    }
    if (const auto found = scope.members.find("sym_int_values"); found != scope.members.end()) {
      Cursor values(json_, found->second);
      values.object([&](std::string_view name) { scope.sizes[name] = read_size(values); });
      check(values);
    }
  }

  // {"as_int": 3}, {"as_expr": {"expr_str": "…", "hint": {"as_int": 18}}}
  Size read_size(Cursor& cursor) {
    Size size;
    if (cursor.peek() != '{') {
      cursor.skip();
      return size;
    }
    cursor.object([&](std::string_view key) {
      if (key == "as_int") {
        size.value = cursor.integer();
      } else if (key == "as_expr") {
        if (cursor.is_null()) return cursor.skip();
        read_expression(cursor, size);
      } else {
        cursor.skip();
      }
    });
    return size;
  }

  void read_expression(Cursor& cursor, Size& size) {
    cursor.object([&](std::string_view key) {
      if (key == "expr_str") {
        size.formula = formula(cursor.raw_string());
      } else if (key == "hint" && cursor.peek() == '{') {
        cursor.object([&](std::string_view tag) {
          if (tag == "as_int") {
            size.value = cursor.integer();
          } else {
            cursor.skip();
          }
        });
      } else {
        cursor.skip();
      }
    });
    // A symbol that is a size by itself has the size's value.
    if (size.formula.nodes().size() == 1 && size.formula.nodes()[0].op == Formula::Op::symbol)
      program().symbols[static_cast<std::size_t>(size.formula.nodes()[0].value)].value = size.value;
  }

  const Formula& formula(std::string_view text) {
    const auto [found, fresh] = formulas_.try_emplace(text);
    if (fresh) {
      found->second = read_srepr(text, [&](std::string_view name) {
        const auto [at, added] = symbols_.try_emplace(name, program().symbols.size());
        if (added) program().symbols.push_back({std::string(name), 0, 1, 0});
        return static_cast<std::int64_t>(at->second);
      });
    }
    return found->second;
  }

  Tensor meta(const Scope& scope, std::string_view name) {
    Tensor tensor;
    const auto found = scope.metas.find(name);
    if (found == scope.metas.end()) return tensor;
    Cursor cursor(json_, found->second);
    cursor.object([&](std::string_view key) {
      if (key == "dtype") {
        tensor.dtype = type_name(cursor.integer());
      } else if (key == "sizes") {
        cursor.array([&] {
          if (tensor.shape.size() == kMostAxes) cursor.fail();
          tensor.shape.push_back(read_size(cursor));
          if (tensor.shape.back().value < 0) cursor.fail();
        });
      } else {
        cursor.skip();
      }
    });
    check(cursor);
    return tensor;
  }

  int add(Tensor tensor) {
    if (program().tensors.size() >= kMostTensors) return too_many("tensors");
    program().tensors.push_back(std::move(tensor));
    return static_cast<int>(program().tensors.size()) - 1;
  }

  int too_many(const char* what) {
    graph_.too_large = true;
    error_ = std::string("its graph has too many ") + what;
    good_ = false;
    return 0;
  }

  void read_too_early(std::string_view name) {
    error_ = "a node reads `" + Cursor::decoded(name).substr(0, 100) + "` in front of the node that makes it";
    good_ = false;
  }

  int tensor(Scope& scope, std::string_view name) {
    const auto found = scope.tensors.find(name);
    if (found != scope.tensors.end()) return found->second;
    // Made by nothing: a constant.
    Tensor made = meta(scope, name);
    made.role = Role::constant;
    made.name = Cursor::decoded(name);
    return scope.tensors[name] = add(std::move(made));
  }

  void read_inputs(Scope& scope) {
    const auto found = scope.members.find("inputs");
    if (found == scope.members.end()) return;
    Cursor cursor(json_, found->second);
    cursor.array([&] {
      const std::string_view name = argument_name(cursor);
      if (name.empty()) return;  // an integer or a flag of the user's
      Tensor made = meta(scope, name);
      const auto role = roles_.find(name);
      made.role = role == roles_.end() ? Role::input : role->second.first;
      made.name =
          role == roles_.end() || role->second.second.empty() ? Cursor::decoded(name) : role->second.second;
      const bool input = made.role == Role::input;
      scope.tensors[name] = add(std::move(made));
      if (input) program().inputs.push_back(scope.tensors[name]);
    });
    check(cursor);
  }

  void read_nodes(Scope& scope, int depth) {
    const auto found = scope.members.find("nodes");
    if (found == scope.members.end()) return void(good_ = false);
    Cursor cursor(json_, found->second);
    cursor.array([&] {
      if (!good_) cursor.fail();
      read_node(cursor, scope, depth);
    });
    check(cursor);
  }

  void read_node(Cursor& cursor, Scope& scope, int depth) {
    const Members parts = members_of(cursor);
    const auto part = [&](std::string_view key) {
      const auto found = parts.find(key);
      Cursor at(json_, found == parts.end() ? json_.size() : found->second);
      return at;
    };
    if (!parts.contains("target") || !parts.contains("outputs")) return cursor.fail();
    Call call;
    call.op = target(part("target").string());
    if (call.op.starts_with("sym_") || call.op.starts_with("_operator.") || call.op.starts_with("math."))
      return;  // sizes: their values stand in sym_int_values
    std::size_t body = 0;
    if (parts.contains("inputs")) {
      Cursor inputs = part("inputs");
      inputs.array([&] {
        Argument argument;
        inputs.object([&](std::string_view key) {
          if (key == "name")
            argument.name = inputs.string();
          else if (key == "arg")
            argument.value = read_argument(inputs, scope, body);
          else
            inputs.skip();
        });
        call.arguments.push_back(std::move(argument));
      });
      check(inputs);
    }
    if (parts.contains("metadata")) {
      Cursor metadata = part("metadata");
      metadata.object([&](std::string_view key) {
        if (key == "stack_trace")
          call.called = innermost_line(metadata.raw_string());
        else if (key == "nn_module_stack")
          read_module(metadata.raw_string(), call);
        else
          metadata.skip();
      });
    }
    if (body > 0) return read_body(part("outputs"), scope, call, body, depth);
    Cursor outputs = part("outputs");
    read_results(outputs, scope, call);
    if (program().calls.size() >= kMostCalls) return void(too_many("nodes"));
    program().calls.push_back(std::move(call));
  }

  // "torch.ops.aten.conv2d.default" is "aten.conv2d.default".
  static std::string target(std::string text) {
    for (const std::string_view prefix : {"torch.ops.", "#"})
      if (text.starts_with(prefix)) text.erase(0, prefix.size());
    if (text.starts_with("aten.sym_")) text.erase(0, 5);
    return text;
  }

  void read_results(Cursor& outputs, Scope& scope, Call& call) {
    const auto result = [&](std::string_view name) {
      if (const auto read = scope.tensors.find(name); read != scope.tensors.end() && good_) {
        const Tensor& before = program().tensors[static_cast<std::size_t>(read->second)];
        if (before.role == Role::constant && before.call < 0) return read_too_early(name);
      }
      Tensor made = meta(scope, name);
      made.call = static_cast<int>(program().calls.size());
      made.output = static_cast<int>(call.outputs.size());
      if (call.node.empty()) call.node = Cursor::decoded(name);
      call.outputs.push_back(scope.tensors[name] = add(std::move(made)));
    };
    outputs.array([&] {
      outputs.object([&](std::string_view tag) {
        if (tag == "as_tensor") {
          result(argument_name(outputs));
        } else if (tag == "as_tensors") {
          outputs.array([&] { result(argument_name(outputs)); });
        } else {
          call.outputs.push_back(-1);
          outputs.skip();
        }
      });
    });
    check(outputs);
  }

  // A graph within the graph (`with torch.no_grad()`, autocast, checkpoint): its nodes run in place of the
  // call.
  void read_body(Cursor outputs, Scope& scope, const Call& call, std::size_t body, int depth) {
    if (depth >= kMostGraphs) return void(too_many("graphs within each other"));
    Cursor at(json_, body);
    Scope inner;
    open(at, inner);
    // What stands behind the graph among the arguments is what it takes.
    std::vector<int> given;
    bool behind = false;
    for (const Argument& argument : call.arguments) {
      if (argument.value.is(Value::Kind::other) && argument.value.text == "graph")
        behind = true;
      else if (behind && argument.value.is(Value::Kind::tensor))
        given.push_back(argument.value.tensor);
    }
    std::size_t next = 0;
    if (const auto found = inner.members.find("inputs"); found != inner.members.end()) {
      Cursor cursor(json_, found->second);
      cursor.array([&] {
        const std::string_view name = argument_name(cursor);
        if (!name.empty() && next < given.size()) inner.tensors[name] = given[next++];
      });
    }
    read_nodes(inner, depth + 1);
    const Value returned = read_outputs(inner);
    std::vector<int> results;
    for (const Value& value : returned.items)
      if (value.is(Value::Kind::tensor)) results.push_back(value.tensor);
    if (returned.is(Value::Kind::tensor)) results.push_back(returned.tensor);
    next = 0;
    const auto bind = [&](std::string_view name) {
      if (next < results.size()) scope.tensors[name] = results[next++];
    };
    outputs.array([&] {
      outputs.object([&](std::string_view tag) {
        if (tag == "as_tensor")
          bind(argument_name(outputs));
        else if (tag == "as_tensors")
          outputs.array([&] { bind(argument_name(outputs)); });
        else
          outputs.skip();
      });
    });
    check(outputs);
  }

  Value read_outputs(Scope& scope) {
    const auto found = scope.members.find("outputs");
    if (found == scope.members.end()) return {};
    Cursor cursor(json_, found->second);
    std::vector<Value> list;
    std::size_t body = 0;
    cursor.array([&] { list.push_back(read_argument(cursor, scope, body)); });
    check(cursor);
    return list.size() == 1 ? list[0] : Value::of(std::move(list));
  }

  Value sized(const Size& size) {
    Value value = Value::of(size.value);
    value.formula = size.formula;
    return value;
  }

  // {"as_int": 3}, {"as_name": "sym_size_int"}
  Value read_sym_int(Cursor& cursor, const Scope& scope) {
    Value value;
    cursor.object([&](std::string_view tag) {
      if (tag == "as_int") {
        value = Value::of(cursor.integer());
      } else if (tag == "as_name") {
        const auto found = scope.sizes.find(cursor.raw_string());
        if (found != scope.sizes.end()) value = sized(found->second);
      } else {
        cursor.skip();
      }
    });
    return value;
  }

  template <typename Item>
  Value read_list(Cursor& cursor, Item item) {
    std::vector<Value> items;
    cursor.array([&] { items.push_back(item()); });
    return Value::of(std::move(items));
  }

  static Value other(std::string text) {
    Value value;
    value.kind = Value::Kind::other;
    value.text = std::move(text);
    return value;
  }

  Value read_argument(Cursor& cursor, Scope& scope, std::size_t& body) {
    Value value;
    if (cursor.peek() != '{') {
      cursor.skip();
      return value;
    }
    cursor.object([&](std::string_view tag) { value = read_tagged(cursor, scope, tag, body); });
    return value;
  }

  Value read_tagged(Cursor& cursor, Scope& scope, std::string_view tag, std::size_t& body) {
    const auto one_tensor = [&] { return Value::of_tensor(tensor(scope, argument_name(cursor))); };
    const auto argument = [&] { return read_argument(cursor, scope, body); };
    if (tag == "as_tensor") return one_tensor();
    if (tag == "as_tensors") return read_list(cursor, one_tensor);
    if (tag == "as_optional_tensor") return argument();
    if (tag == "as_optional_tensors") return read_list(cursor, argument);
    if (tag == "as_nested_tensors") return read_list(cursor, [&] { return read_list(cursor, one_tensor); });
    if (tag == "as_int") return Value::of(cursor.integer());
    if (tag == "as_ints") return read_list(cursor, [&] { return Value::of(cursor.integer()); });
    if (tag == "as_sym_int") return read_sym_int(cursor, scope);
    if (tag == "as_sym_ints") return read_list(cursor, [&] { return read_sym_int(cursor, scope); });
    if (tag == "as_float") return Value::of(cursor.number());
    if (tag == "as_floats") return read_list(cursor, [&] { return Value::of(cursor.number()); });
    if (tag == "as_bool") return Value::of(cursor.boolean());
    if (tag == "as_bools") return read_list(cursor, [&] { return Value::of(cursor.boolean()); });
    if (tag == "as_string") return Value::of(cursor.string());
    if (tag == "as_strings") return read_list(cursor, [&] { return Value::of(cursor.string()); });
    if (tag == "as_scalar_type") return other("torch." + std::string(type_name(cursor.integer())));
    if (tag == "as_graph") {
      cursor.object([&](std::string_view key) {
        if (key == "graph") {
          cursor.peek();
          body = cursor.at();
        }
        cursor.skip();
      });
      return other("graph");
    }
    cursor.skip();
    return tag == "as_none" ? Value() : other(std::string(tag));
  }

  void read_ranges(Cursor cursor) {
    cursor.object([&](std::string_view name) {
      const auto found = symbols_.find(name);
      cursor.object([&](std::string_view key) {
        if (cursor.is_null() || found == symbols_.end()) return cursor.skip();
        calls::Symbol& symbol = program().symbols[found->second];
        if (key == "min_val")
          symbol.min = std::max<std::int64_t>(cursor.integer(), 1);
        else if (key == "max_val")
          symbol.max = std::max<std::int64_t>(cursor.integer(), 0);
        else
          cursor.skip();
      });
    });
    check(cursor);
  }

  std::string_view json_;
  Graph graph_;
  bool good_ = true;
  std::string error_;
  std::unordered_map<std::string_view, std::pair<Role, std::string>> roles_;
  std::unordered_map<std::string_view, std::size_t> symbols_;
  std::unordered_map<std::string_view, Formula> formulas_;
};

}  // namespace

Graph read_graph(std::string_view json) { return GraphReader(json).run(); }

}  // namespace shapedbg::pt2
