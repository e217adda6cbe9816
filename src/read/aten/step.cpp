#include <algorithm>
#include <array>
#include <unordered_map>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

const Value kNone;

}  // namespace

Step::Step(const Call& call, std::string op, std::string_view signature) : call_(call), op_(std::move(op)) {
  while (!signature.empty()) {
    std::string_view word = signature.substr(0, signature.find(' '));
    signature.remove_prefix(std::min(word.size() + 1, signature.size()));
    std::vector<std::string_view>& names = names_.emplace_back();
    while (!word.empty()) {
      const std::string_view name = word.substr(0, word.find('|'));
      names.push_back(name);
      word.remove_prefix(std::min(name.size() + 1, word.size()));
    }
  }
}

const Value& Step::operator[](std::string_view name) const {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (std::find(names_[i].begin(), names_[i].end(), name) == names_[i].end()) continue;
    if (i < call_.arguments.size() && call_.arguments[i].name.empty()) return call_.arguments[i].value;
    for (const calls::Argument& argument : call_.arguments)
      if (!argument.name.empty() &&
          std::find(names_[i].begin(), names_[i].end(), argument.name) != names_[i].end())
        return argument.value;
  }
  return kNone;
}

bool Step::flag(std::string_view name, bool fallback) const {
  const Value& value = (*this)[name];
  if (value.is(Value::Kind::integer)) return value.integer != 0;
  return value.is(Value::Kind::boolean) ? value.flag : fallback;
}

double Step::number(std::string_view name, double fallback) const {
  const Value& value = (*this)[name];
  if (value.is(Value::Kind::integer)) return static_cast<double>(value.integer);
  return value.is(Value::Kind::number) ? value.number : fallback;
}

std::optional<std::int64_t> Step::integer(std::string_view name) const {
  const Value& value = (*this)[name];
  if (!value.is(Value::Kind::integer)) return std::nullopt;
  return value.integer;
}

std::string Step::text(std::string_view name) const {
  const Value& value = (*this)[name];
  return value.is(Value::Kind::text) ? value.text : std::string();
}

std::vector<Value> Step::integers(std::string_view name) const {
  const Value& value = (*this)[name];
  if (value.is(Value::Kind::integer)) return {value};
  if (!value.is(Value::Kind::list)) return {};
  for (const Value& item : value.items)
    if (!item.is(Value::Kind::integer)) return {};
  return value.items;
}

std::vector<Value> Step::rest(std::string_view name) const {
  const Value& first = (*this)[name];
  if (first.is(Value::Kind::list)) return integers(name);
  std::vector<Value> values;
  bool reached = false;
  for (const calls::Argument& argument : call_.arguments) {
    reached = reached || &argument.value == &first;
    if (!reached || !argument.name.empty()) continue;
    if (!argument.value.is(Value::Kind::integer)) return {};
    values.push_back(argument.value);
  }
  return values.empty() ? integers(name) : values;
}

std::string plain_name(std::string_view op) {
  // Operators of libraries end in their overload: "aten.conv2d.default".
  constexpr std::array<std::string_view, 4> libraries{"aten.", "quantized_decomposed.", "torchao.",
                                                      "torchvision."};
  const auto library = std::find_if(libraries.begin(), libraries.end(),
                                    [&](std::string_view name) { return op.starts_with(name); });
  if (library != libraries.end()) {
    op.remove_prefix(library->size());
    op = op.substr(0, op.find('.'));
  } else if (const std::size_t dot = op.rfind('.'); dot != std::string_view::npos) {
    op.remove_prefix(dot + 1);
  }
  std::string name(op);
  if (name.size() > 4 && name.starts_with("__") && name.ends_with("__")) {
    static const std::unordered_map<std::string_view, std::string_view> pythons{
        {"truediv", "div"},      {"rtruediv", "rdiv"},    {"itruediv", "div"},  {"iadd", "add"},
        {"radd", "add"},         {"isub", "sub"},         {"imul", "mul"},      {"rmul", "mul"},
        {"rsub", "rsub"},        {"ipow", "pow"},         {"floordiv", "div"},  {"invert", "bitwise_not"},
        {"and", "logical_and"},  {"iand", "logical_and"}, {"or", "logical_or"}, {"ior", "logical_or"},
        {"rand", "logical_and"}, {"ror", "logical_or"},   {"xor", "ne"}};
    name = name.substr(2, name.size() - 4);
    if (const auto found = pythons.find(name); found != pythons.end()) name = found->second;
    return name;
  }
  while (name.size() > 1 && name.ends_with('_')) name.pop_back();
  return name;
}

std::optional<std::vector<std::int64_t>> fixed(const std::vector<Value>& values) {
  std::vector<std::int64_t> list;
  for (const Value& value : values) {
    if (!value.is(Value::Kind::integer) || !value.others.empty()) return std::nullopt;
    list.push_back(value.integer);
  }
  return list;
}

std::vector<std::int64_t> spread(std::vector<std::int64_t> values, std::size_t axes) {
  if (values.size() == 1) values.resize(axes, values[0]);
  return values;
}

}  // namespace shapedbg::aten
