#include "net/spec.h"

#include "net/facts.h"

#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace shapedbg {

double Expect::scale_of(std::size_t axis, std::size_t rank) const {
  if (scale.size() == 1) return scale.front();
  return axis + scale.size() < rank ? 1 : scale.at(axis + scale.size() - rank);
}
namespace {

std::string escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += "\\u00";
      json += kHex[static_cast<unsigned char>(c) >> 4u];
      json += kHex[static_cast<unsigned char>(c) & 15u];
    } else {
      json += c;
    }
  }
  return json + "\"";
}

template <class List, class Item>
std::string listed(const List& list, Item item) {
  std::string json = "[";
  bool first = true;
  for (const auto& entry : list) {
    if (!first) json += ", ";
    first = false;
    json += item(entry);
  }
  return json + "]";
}

std::string size_text(std::int64_t size) { return size == keep_size ? "null" : std::to_string(size); }

std::string number_text(double number) {
  char text[32];
  const auto result = std::to_chars(text, text + sizeof text, number);
  return std::string(text, result.ptr);
}

std::string expression_text(const Expression& size) {
  return size.is_constant() ? std::to_string(size.constant()) : escaped(to_string(size));
}

std::string bound_text(std::int64_t bound) {
  return bound == SliceRange::open ? "null" : std::to_string(bound);
}

std::string slice_text(const SliceRange& range) {
  std::string json = "[" + bound_text(range.start) + ", " + bound_text(range.stop);
  if (range.step != 1) json += ", " + std::to_string(range.step);
  return json + "]";
}

struct JsonText {
  const Spec* spec;
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return size_text(value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return escaped(value); }
  std::string operator()(const std::vector<std::int64_t>& value) const { return listed(value, size_text); }
  std::string operator()(const std::vector<double>& value) const { return listed(value, number_text); }
  std::string operator()(const std::vector<Expression>& value) const {
    return listed(value, expression_text);
  }
  std::string operator()(const std::vector<std::vector<Expression>>& value) const {
    return listed(value, [](const std::vector<Expression>& shape) { return listed(shape, expression_text); });
  }
  std::string operator()(const std::vector<SliceRange>& value) const { return listed(value, slice_text); }
  std::string operator()(const Ref& value) const { return spec ? escaped(spec->name_of(value)) : "null"; }
};

// By kind, as many as there are: a test has rows of its own.
std::vector<OptionPlaces> made_places() {
  std::vector<OptionPlaces> all(all_kinds().size());
  for (const KindInfo& one : all_kinds()) {
    OptionPlaces& its = all[static_cast<std::size_t>(one.kind)];
    its.fill(255);
    for (std::size_t i = 0; i < one.options.size(); ++i)
      its[static_cast<std::size_t>(one.options[i].opt)] = static_cast<std::uint8_t>(i);
  }
  return all;
}

}  // namespace

constinit std::atomic<const OptionPlaces*> kinds_detail::places = nullptr;

// Apart from option_place(), which is inlined then and needs no guard but one comparison.
[[gnu::noinline, gnu::cold]] const OptionPlaces* kinds_detail::places_from_now_on() {
  static const std::vector<OptionPlaces> all = made_places();
  places.store(all.data(), std::memory_order_release);
  return all.data();
}

std::string_view to_string(Part part) {
  switch (part) {
    case Part::layers:
      return "layers";
    case Part::encoder:
      return "encoder";
    case Part::decoder:
      return "decoder";
  }
  return "layers";
}

std::vector<OptionValue>& OptionValues::edit() {
  if (!values_)
    values_ = std::make_shared<std::vector<OptionValue>>();
  else if (values_.use_count() > 1)
    values_ = std::make_shared<std::vector<OptionValue>>(*values_);
  return *values_;
}

void LayerSpec::set(Opt opt, Value value) {
  const std::size_t place = option_place(kind, opt);
  if (place < options.size()) options.edit()[place].value = std::move(value);
}

namespace {

template <class T>
const T* get(const LayerSpec& layer, Opt opt) {
  const OptionValue* option = layer.find(opt);
  return option ? std::get_if<T>(&option->value) : nullptr;
}

}  // namespace

double LayerSpec::number(Opt opt) const {
  const auto* value = get<double>(*this, opt);
  return value ? *value : 0;
}

std::string_view LayerSpec::word(Opt opt) const {
  const auto* value = get<std::string>(*this, opt);
  return value ? std::string_view(*value) : std::string_view();
}

const std::vector<std::int64_t>& LayerSpec::integers(Opt opt) const {
  static const std::vector<std::int64_t> none;
  const auto* value = get<std::vector<std::int64_t>>(*this, opt);
  return value ? *value : none;
}

std::array<std::int64_t, 3> LayerSpec::axes(Opt opt) const {
  std::array<std::int64_t, 3> result{};
  const OptionValue* option = find(opt);
  if (!option) return result;
  if (opt == Opt::stride && std::holds_alternative<std::monostate>(option->value))
    return axes(Opt::kernel_size);
  const std::size_t count = std::min(static_cast<std::size_t>(info().axes), result.size());
  if (const auto* scalar = std::get_if<std::int64_t>(&option->value)) {
    for (std::size_t axis = 0; axis < count; ++axis) result[axis] = *scalar;
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&option->value)) {
    for (std::size_t axis = 0; axis < count && axis < list->size(); ++axis) result[axis] = (*list)[axis];
  }
  return result;
}

std::optional<LayerId> Spec::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].name == wanted) return LayerId(i);
  return std::nullopt;
}

std::string Spec::name_of(Ref ref) const {
  std::string text = "?";
  if (ref.is_input()) {
    if (ref.input() < inputs.size()) text = inputs[ref.input()].name;
  } else if (ref.layer.place() < layers.size()) {
    text = layer(ref.layer).name;
  }
  return ref.output == 0 ? text : text + ":" + std::to_string(ref.output);
}

void add_uses(Finding& finding, const std::vector<Location>& used_at) {
  for (const Location& use : used_at) {
    const auto here = [&](const Location& where) { return where.span == use.span; };
    bool known = here(finding.where);
    for (const Related& related : finding.related) known = known || here(related.where);
    if (!known) finding.related.push_back({{}, use, "used here"});
  }
}

void add_uses(Finding& finding, const LayerSpec& layer) { add_uses(finding, layer.used_at); }

std::string to_json(const Value& value) { return std::visit(JsonText{nullptr}, value); }
std::string to_json(const Spec& spec, const Value& value) { return std::visit(JsonText{&spec}, value); }

bool is_merge(const LayerSpec& layer) {
  return facts(layer.kind).merge != Merge::none && layer.inputs.size() > 1;
}

}  // namespace shapedbg
