#include "read/draft.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "read/json/tree_writer.h"
#include "text/by_name.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

using namespace std::string_view_literals;

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

std::string integers(std::span<const std::int64_t> list) {
  return listed(list, [](std::int64_t value) { return std::to_string(value); });
}
std::string numbers(const std::vector<double>& list) { return listed(list, number); }

template <typename List>
bool all_equal(const List& list) {
  for (const auto& item : list)
    if (item != list.front()) return false;
  return !list.empty();
}

std::string sizes_json(const std::vector<DraftSize>& list) {
  return listed(list, [](const DraftSize& size) { return size.json(); });
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string json;
  json.reserve(text.size() + 2);
  json::append_string(text, json);
  return json;
}

std::string DraftSize::json() const {
  if (const std::int64_t* value = number()) return std::to_string(*value);
  return json_string(std::get<std::string>(value_));
}

DraftLayer& DraftLayer::give(std::string_view option, DraftValue value) {
  for (auto& [key, given] : options) {
    if (key != option) continue;
    given = std::move(value);
    return *this;
  }
  constexpr std::size_t usual = 8;
  if (options.empty()) options.reserve(usual);
  options.emplace_back(option, std::move(value));
  return *this;
}

DraftLayer& DraftLayer::json(std::string_view option, std::string text) {
  return give(option, std::move(text));
}
DraftLayer& DraftLayer::set(std::string_view option, std::int64_t value) { return give(option, value); }
DraftLayer& DraftLayer::set(std::string_view option, bool value) { return give(option, value); }
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
DraftLayer& DraftLayer::set(std::string_view option, std::span<const std::int64_t> list) {
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
DraftLayer& DraftLayer::axes(std::string_view option, std::span<const std::int64_t> list) {
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
      if (const Ref* ref = value.tensor()) mark(*ref);
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
      if (Ref* ref = value.tensor()) turn(*ref);
    kept.push_back(std::move(layers_[i]));
  }
  layers_ = std::move(kept);
  for (Ref& ref : outputs) turn(ref);
  return moved;
}

// The names that inputs and layers have in the text.
class DraftNames {
 public:
  explicit DraftNames(const Draft& draft) {
    taken_.reserve(draft.input_count() + draft.layers().size() + 2);
    inputs.reserve(draft.input_count());
    layers.reserve(draft.layers().size());
    taken_.add("input", 0);
    taken_.add("prev", 0);
    for (std::size_t i = 0; i < draft.input_count(); ++i) {
      const std::string& wished = draft.input_name(i);
      // The first input is `input` in any case, and may be called so.
      if (i == 0 && (wished.empty() || wished == "input"))
        inputs.emplace_back("input");
      else
        add(wished.empty() ? std::string_view("input") : wished, inputs);
    }
    for (const DraftLayer& layer : draft.layers()) {
      if (layer.name.empty())
        add(lower(layer.type), layers);
      else
        add(layer.name, layers);
    }
  }

  std::vector<std::string> inputs;
  PerLayer<std::string> layers;

 private:
  // A name that the format takes: not empty, without `:`, not said already.
  void add(std::string_view wished, std::vector<std::string>& names) {
    std::string& legal = names.emplace_back(wished);
    for (char& c : legal)
      if (c == ':' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '_';
    if (legal.empty()) legal = "layer";
    const auto [known, fresh] = taken_.add(legal, 0);
    if (fresh) return;
    int& number = *known;  // stays where it is: there is room for all
    number = std::max(number, 1);
    legal += '_';
    const std::size_t base = legal.size();
    std::array<char, 12> digits{};
    do {
      const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), ++number).ptr;
      legal.resize(base);
      legal.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
    } while (!taken_.add(legal, 0).second);
  }

  // With the last number that went behind the name. The lists hold the names, and never grow.
  ByName<int> taken_;
};

// The text of one draft.
class DraftWriter {
 public:
  explicit DraftWriter(const Draft& draft) : draft_(draft), names_(draft) {}

  std::shared_ptr<const MadeText> run() {
    out_.open(json::Type::object, kLines);
    if (!draft_.name.empty()) string("name", draft_.name);
    if (!draft_.description.empty()) string("description", draft_.description);
    write_inputs();
    write_runs_at();
    if (!draft_.expect.empty()) value("expect", draft_.expect);
    if (!draft_.ignore.empty()) write_ignored(draft_.ignore);
    write_layers();
    out_.close();
    return std::move(out_).finish("\n");
  }

 private:
  static constexpr json::Layout kLines{"\n  ", ",\n  ", "\n"};
  static constexpr json::Layout kEntries{"\n    ", ",\n    ", "\n  "};

  void string(std::string_view key, std::string_view text) {
    out_.key(key);
    out_.string(text);
  }
  void integer(std::string_view key, std::int64_t number) {
    out_.key(key);
    out_.integer(number);
  }
  void value(std::string_view key, std::string_view json) {
    out_.key(key);
    out_.value(json);
  }

  void write_ignored(const std::vector<Code>& list) {
    out_.key("ignore");
    out_.open(json::Type::array);
    for (const Code code : list) out_.string(info(code).id);
    out_.close();
  }

  void write_shape(const std::vector<DraftSize>& sizes) {
    out_.open(json::Type::array);
    for (const DraftSize& size : sizes)
      if (const std::int64_t* number = size.number())
        out_.integer(*number);
      else
        out_.string(*size.expression());
    out_.close();
  }

  void write_ref(Ref ref) {
    const std::string& base = ref.is_input() ? names_.inputs[ref.input()] : names_.layers[ref.layer];
    if (ref.output == 0)
      out_.string(base);
    else
      out_.string(base + ":" + std::to_string(ref.output));
  }

  void write_refs(std::string_view key, const std::vector<Ref>& list) {
    out_.key(key);
    out_.open(json::Type::array);
    for (const Ref ref : list) write_ref(ref);
    out_.close();
  }

  void write_inputs() {
    out_.key("input");
    if (draft_.inputs_.size() == 1 && names_.inputs[0] == "input") {
      write_shape(draft_.inputs_[0].shape);
    } else {
      out_.open(json::Type::object);
      for (std::size_t i = 0; i < draft_.inputs_.size(); ++i) {
        out_.name(names_.inputs[i]);
        write_shape(draft_.inputs_[i].shape);
      }
      out_.close();
    }
    bool any = false;
    for (const auto& [size, range] : draft_.free_sizes_) {
      if (!is_used(size)) continue;
      if (!any) {
        out_.key("sizes");
        out_.open(json::Type::object);
        any = true;
      }
      out_.name(size);
      out_.open(json::Type::object);
      if (range.min > 1) integer("min", range.min);
      if (range.max > 0) integer("max", range.max);
      if (range.multiple_of > 1) integer("multiple_of", range.multiple_of);
      out_.close();
    }
    if (any) out_.close();
  }

  void write_runs_at() {
    bool any = false;
    for (std::size_t i = 0; i < draft_.inputs_.size(); ++i) {
      const auto& known = draft_.inputs_[i].runs_at;
      const std::vector<DraftSize> shape(known.begin(), known.end());
      const auto& given = draft_.inputs_[i].shape;
      if (known.empty() || shape == given) continue;
      if (std::any_of(given.begin(), given.end(),
                      [](const DraftSize& size) { return size.number() == nullptr; }))
        continue;
      if (!any) {
        out_.key("runs_at");
        out_.open(json::Type::object);
        any = true;
      }
      out_.name(names_.inputs[i]);
      write_shape(shape);
    }
    if (any) out_.close();
  }

  bool is_used(const std::string& size) const {
    return std::any_of(draft_.inputs_.begin(), draft_.inputs_.end(), [&](const Draft::Input& input) {
      return std::find(input.shape.begin(), input.shape.end(), DraftSize(size)) != input.shape.end();
    });
  }

  void write_layers() {
    // Format 1 returns the last layer; what else comes out is named.
    if (!draft_.outputs.empty() && !last_only()) write_refs("outputs", draft_.outputs);
    out_.key("layers");
    out_.open(json::Type::array, kEntries);
    for (std::size_t i = 0; i < names_.layers.size(); ++i) write_layer(i);
    out_.close();
  }

  bool last_only() const {
    const Ref last{LayerId(names_.layers.size()) - 1, 0};
    return draft_.outputs.size() == 1 && draft_.outputs[0] == last;
  }

  void write_layer(std::size_t index) {
    const DraftLayer& layer = draft_.layers()[index];
    out_.open(json::Type::object);
    string("name", names_.layers[index]);
    string("type", layer.type);
    const Ref before{LayerId(index) - 1, 0};  // the first input, of the first layer
    if (layer.inputs.size() != 1) {
      write_refs("inputs", layer.inputs);
    } else if (!(layer.inputs[0] == before)) {
      out_.key("inputs");
      write_ref(layer.inputs[0]);
    }
    for (const auto& [key, option] : layer.options) {
      out_.key(key);
      if (const Ref* ref = option.tensor())
        write_ref(*ref);
      else if (const std::int64_t* number = option.number())
        out_.integer(*number);
      else if (const bool* flag = option.flag())
        out_.boolean(*flag);
      else
        out_.value(*option.text());
    }
    if (!layer.expect.empty()) value("expect", layer.expect);
    if (!layer.description.empty()) string("description", layer.description);
    if (!layer.ignore.empty()) write_ignored(layer.ignore);
    if (layer.source) write_source(*layer.source, names_.layers[index]);
    out_.close();
  }

  void write_source(const LayerSource& source, const std::string& own_name) {
    const bool module = !source.module.empty() && source.module != own_name;
    if (source.made.empty() && source.called.empty() && !module && source.node.empty()) return;
    out_.key("source");
    out_.open(json::Type::object);
    if (!source.made.empty()) string("made", source.made.text());
    if (!source.called.empty()) string("called", source.called.text());
    if (module) string("module", source.module);
    if (!source.node.empty()) string("node", source.node);
    out_.close();
  }

  // Usual ones of a layer.
  static constexpr std::size_t kBytes = 120;
  static constexpr std::size_t kValues = 9;

  const Draft& draft_;
  const DraftNames names_;
  json::TreeWriter out_{1'000 + kBytes * draft_.layers().size(), 100 + kValues* draft_.layers().size()};
};

std::vector<std::string> Draft::names() const { return std::move(DraftNames(*this).layers); }
std::shared_ptr<const MadeText> Draft::make() const { return DraftWriter(*this).run(); }

}  // namespace shapedbg
