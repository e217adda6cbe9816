#include "read/draft.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "text/lower.h"

namespace shapedbg {
namespace {

using namespace std::string_view_literals;

// Bytes of the character at `at` of valid UTF-8, 0 where the bytes there are none.
std::size_t character(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  const unsigned char second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

template <typename List, typename Write>
std::string listed(const List& list, Write write) {
  std::string text = "[";
  for (const auto& item : list) {
    if (text.size() > 1) text += ", ";
    text += write(item);
  }
  return text + "]";
}

std::string integers(const std::vector<std::int64_t>& list) {
  return listed(list, [](std::int64_t value) { return std::to_string(value); });
}
std::string numbers(const std::vector<double>& list) { return listed(list, number); }

template <typename T>
bool all_equal(const std::vector<T>& list) {
  for (const T& item : list)
    if (item != list.front()) return false;
  return !list.empty();
}

std::string sizes_json(const std::vector<DraftSize>& list) {
  return listed(list, [](const DraftSize& size) { return size.json(); });
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), plain)) return out.append(text) += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character(text, i);
    const char c = text[i];
    if (length == 0) {
      out += "\uFFFD";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    } else {
      out += text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return out + "\"";
}

std::string DraftSize::json() const {
  if (const std::int64_t* value = number()) return std::to_string(*value);
  return json_string(std::get<std::string>(value_));
}

DraftLayer& DraftLayer::json(std::string_view option, std::string text) {
  for (auto& [key, value] : options) {
    if (key != option) continue;
    value = std::move(text);
    return *this;
  }
  constexpr std::size_t usual = 8;
  if (options.empty()) options.reserve(usual);
  options.emplace_back(option, std::move(text));
  return *this;
}

DraftLayer& DraftLayer::set(std::string_view option, std::int64_t value) {
  return json(option, std::to_string(value));
}
DraftLayer& DraftLayer::set(std::string_view option, bool value) {
  return json(option, value ? "true" : "false");
}
DraftLayer& DraftLayer::set(std::string_view option, double value) {
  return std::isfinite(value) ? json(option, number(value)) : drop(option);
}
DraftLayer& DraftLayer::set(std::string_view option, std::string_view word) {
  return json(option, json_string(word));
}
DraftLayer& DraftLayer::set(std::string_view option, Ref tensor) {
  drop(option);
  options.emplace_back(option, tensor);
  return *this;
}
DraftLayer& DraftLayer::set(std::string_view option, const std::vector<std::int64_t>& list) {
  return json(option, integers(list));
}
DraftLayer& DraftLayer::set(std::string_view option, const std::vector<double>& list) {
  return json(option, numbers(list));
}
DraftLayer& DraftLayer::set(std::string_view option, const std::vector<SliceRange>& ranges) {
  const auto bound = [](std::int64_t value) {
    return value == SliceRange::open ? std::string("null") : std::to_string(value);
  };
  return json(option, listed(ranges, [&](const SliceRange& range) {
                if (range == SliceRange{}) return std::string("null");
                std::string text = "[" + bound(range.start) + ", " + bound(range.stop);
                if (range.step != 1) text += ", " + std::to_string(range.step);
                return text + "]";
              }));
}
DraftLayer& DraftLayer::axes(std::string_view option, const std::vector<std::int64_t>& list) {
  return all_equal(list) ? set(option, list.front()) : set(option, list);
}
DraftLayer& DraftLayer::axes(std::string_view option, const std::vector<double>& list) {
  return all_equal(list) ? set(option, list.front()) : set(option, list);
}
DraftLayer& DraftLayer::sizes(std::string_view option, const std::vector<DraftSize>& list) {
  return json(option, sizes_json(list));
}
DraftLayer& DraftLayer::sizes_list(std::string_view option,
                                   const std::vector<std::vector<DraftSize>>& lists) {
  return json(option, listed(lists, sizes_json));
}
DraftLayer& DraftLayer::drop(std::string_view option) {
  std::erase_if(options, [&](const auto& entry) { return entry.first == option; });
  return *this;
}
const DraftValue* DraftLayer::find(std::string_view option) const {
  for (const auto& [key, value] : options)
    if (key == option) return &value;
  return nullptr;
}

Ref Draft::input(std::string_view wished, std::vector<DraftSize> shape) {
  inputs_.push_back({std::string(wished), std::move(shape), {}});
  return Ref::of_input(static_cast<int>(inputs_.size()) - 1);
}

void Draft::runs_at(Ref input, std::vector<std::int64_t> shape) {
  inputs_[input.input()].runs_at = std::move(shape);
}

void Draft::free_size(std::string_view size, DraftFreeSize range) { free_sizes_.emplace_back(size, range); }

Ref Draft::add(DraftLayer&& layer) {
  layers_.push_back(std::move(layer));
  return {LayerId(layers_.size()) - 1, 0};
}

std::vector<LayerId> Draft::sweep(const std::function<bool(LayerId)>& keep) {
  PerLayer<char> live(layers_.size(), 0);
  const auto mark = [&](Ref ref) {
    if (!ref.is_input()) live[ref.layer] = 1;
  };
  for (const Ref ref : outputs) mark(ref);
  for (std::size_t i = layers_.size(); i-- > 0;) {
    if (live[i] == 0 && !keep(LayerId(i))) continue;
    live[i] = 1;
    for (const Ref ref : layers_[i].inputs) mark(ref);
    for (const auto& [key, value] : layers_[i].options)
      if (const Ref* ref = std::get_if<Ref>(&value)) mark(*ref);
  }
  PerLayer<LayerId> moved(layers_.size(), LayerId());
  LayerId count{0};
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (live[i] != 0) moved[i] = count++;
  const auto turn = [&](Ref& ref) {
    if (!ref.is_input()) ref.layer = moved[ref.layer];
  };
  if (count == LayerId(layers_.size())) return moved;
  std::vector<DraftLayer> kept;
  kept.reserve(count.place());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (live[i] == 0) continue;
    for (Ref& ref : layers_[i].inputs) turn(ref);
    for (auto& [key, value] : layers_[i].options)
      if (Ref* ref = std::get_if<Ref>(&value)) turn(*ref);
    kept.push_back(std::move(layers_[i]));
  }
  layers_ = std::move(kept);
  for (Ref& ref : outputs) turn(ref);
  return moved;
}

// Names and text of one draft.
class DraftWriter {
 public:
  explicit DraftWriter(const Draft& draft) : draft_(draft) {
    taken_.reserve(draft.inputs_.size() + draft.layers().size() + 2);
    layers_.reserve(draft.layers().size());
    taken_.emplace("input", 0);
    taken_.emplace("prev", 0);
    for (std::size_t i = 0; i < draft.inputs_.size(); ++i) {
      const std::string& wished = draft.inputs_[i].name;
      // The first input is `input` in any case, and may be called so.
      inputs_.push_back(i == 0 && (wished.empty() || wished == "input") ? "input" : unique(wished, "input"));
    }
    for (const DraftLayer& layer : draft.layers()) layers_.push_back(unique(layer.name, lower(layer.type)));
  }

  std::vector<std::string> names() && { return std::move(layers_); }

  std::string run() {
    text_ = "{\n";
    if (!draft_.name.empty()) line("\"name\": " + json_string(draft_.name));
    if (!draft_.description.empty()) line("\"description\": " + json_string(draft_.description));
    write_inputs();
    write_runs_at();
    if (!draft_.expect.empty()) line("\"expect\": " + draft_.expect);
    if (!draft_.ignore.empty()) line("\"ignore\": " + codes(draft_.ignore));
    write_layers();
    text_ += "\n}\n";
    return std::move(text_);
  }

 private:
  // A name that the format takes: not empty, without `:`, not said already.
  std::string unique(std::string_view wished, std::string_view instead) {
    std::string legal(wished.empty() ? instead : wished);
    for (char& c : legal)
      if (c == ':' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '_';
    if (legal.empty()) legal = "layer";
    const auto [known, fresh] = taken_.try_emplace(legal, 0);
    if (fresh) return legal;
    int& number = known->second;  // stays where it is when others are taken
    number = std::max(number, 1);
    std::string name;
    do name = legal + "_" + std::to_string(++number);
    while (!taken_.try_emplace(name, 0).second);
    return name;
  }

  std::string name(Ref ref) const {
    std::string text = ref.is_input() ? inputs_[ref.input()] : layers_[ref.layer];
    if (ref.output > 0) text += ":" + std::to_string(ref.output);
    return text;
  }

  static std::string codes(const std::vector<Code>& list) {
    return listed(list, [](Code code) { return json_string(info(code).id); });
  }

  void line(const std::string& member) {
    if (text_.size() > 2) text_ += ",\n";
    text_ += "  " + member;
  }

  void write_inputs() {
    const auto shape = [](const std::vector<DraftSize>& sizes) { return sizes_json(sizes); };
    if (draft_.inputs_.size() == 1 && inputs_[0] == "input") {
      line("\"input\": " + shape(draft_.inputs_[0].shape));
    } else {
      std::string members;
      for (std::size_t i = 0; i < draft_.inputs_.size(); ++i)
        members += (i > 0 ? ", " : "") + json_string(inputs_[i]) + ": " + shape(draft_.inputs_[i].shape);
      line("\"input\": {" + members + "}");
    }
    std::string members;
    for (const auto& [size, range] : draft_.free_sizes_) {
      if (!is_used(size)) continue;
      std::string entries;
      const auto entry = [&](const char* key, std::int64_t value) {
        entries += (entries.empty() ? "\"" : ", \"") + std::string(key) + "\": " + std::to_string(value);
      };
      if (range.min > 1) entry("min", range.min);
      if (range.max > 0) entry("max", range.max);
      if (range.multiple_of > 1) entry("multiple_of", range.multiple_of);
      members += (members.empty() ? "" : ", ") + json_string(size) + ": {" + entries + "}";
    }
    if (!members.empty()) line("\"sizes\": {" + members + "}");
  }

  void write_runs_at() {
    std::string members;
    for (std::size_t i = 0; i < draft_.inputs_.size(); ++i) {
      const auto& known = draft_.inputs_[i].runs_at;
      const std::vector<DraftSize> shape(known.begin(), known.end());
      const auto& given = draft_.inputs_[i].shape;
      if (known.empty() || shape == given) continue;
      if (std::any_of(given.begin(), given.end(),
                      [](const DraftSize& size) { return size.number() == nullptr; }))
        continue;
      members += (members.empty() ? "" : ", ") + json_string(inputs_[i]) + ": " + sizes_json(shape);
    }
    if (!members.empty()) line("\"runs_at\": {" + members + "}");
  }

  bool is_used(const std::string& size) const {
    return std::any_of(draft_.inputs_.begin(), draft_.inputs_.end(), [&](const Draft::Input& input) {
      return std::find(input.shape.begin(), input.shape.end(), DraftSize(size)) != input.shape.end();
    });
  }

  void write_layers() {
    if (!draft_.outputs.empty() && !last_only()) {
      // Format 1 returns the last layer; what else comes out is named.
      line("\"outputs\": " + listed(draft_.outputs, [&](Ref ref) { return json_string(name(ref)); }));
    }
    line("\"layers\": [");
    constexpr std::size_t usual = 100;  // of a layer: growing would copy all of the text again and again
    text_.reserve(text_.size() + usual * layers_.size());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      text_ += i > 0 ? ",\n    " : "\n    ";
      write_layer(i);
    }
    text_ += layers_.empty() ? "]" : "\n  ]";
  }

  bool last_only() const {
    const Ref last{LayerId(layers_.size()) - 1, 0};
    return draft_.outputs.size() == 1 && draft_.outputs[0] == last;
  }

  void write_layer(std::size_t index) {
    const DraftLayer& layer = draft_.layers()[index];
    text_.append(R"({"name": )"sv).append(json_string(layers_[index])).append(R"(, "type": ")"sv);
    text_.append(layer.type) += '"';
    const Ref before{LayerId(index) - 1, 0};  // the first input, of the first layer
    if (layer.inputs.size() != 1 || !(layer.inputs[0] == before)) {
      text_ += ", \"inputs\": ";
      text_ += layer.inputs.size() == 1
                   ? json_string(name(layer.inputs[0]))
                   : listed(layer.inputs, [&](Ref ref) { return json_string(name(ref)); });
    }
    for (const auto& [key, value] : layer.options) {
      const Ref* ref = std::get_if<Ref>(&value);
      text_.append(R"(, ")"sv).append(key).append(R"(": )"sv);
      if (ref)
        text_ += json_string(name(*ref));
      else
        text_ += std::get<std::string>(value);
    }
    if (!layer.expect.empty()) text_ += ", \"expect\": " + layer.expect;
    if (!layer.description.empty()) text_ += ", \"description\": " + json_string(layer.description);
    if (!layer.ignore.empty()) text_ += ", \"ignore\": " + codes(layer.ignore);
    write_source(layer, layers_[index]);
    text_ += "}";
  }

  void write_source(const DraftLayer& layer, const std::string& own_name) {
    const LayerSource& source = layer.source;
    std::string members;
    const auto member = [&](const char* key, const std::string& value) {
      if (value.empty()) return;
      members += (members.empty() ? "\"" : ", \"") + std::string(key) + "\": " + json_string(value);
    };
    if (!source.made.empty()) member("made", source.made.text());
    if (!source.called.empty()) member("called", source.called.text());
    if (source.module != own_name) member("module", source.module);
    member("node", source.node);
    if (!members.empty()) text_ += ", \"source\": {" + members + "}";
  }

  const Draft& draft_;
  std::unordered_map<std::string, int> taken_;  // with the last number that went behind the name
  std::vector<std::string> inputs_;
  PerLayer<std::string> layers_;
  std::string text_;
};

std::vector<std::string> Draft::names() const { return DraftWriter(*this).names(); }
std::string Draft::write() const { return DraftWriter(*this).run(); }

}  // namespace shapedbg
