#include "lsp/hover.h"

#include <algorithm>
#include <span>

#include "finding/story.h"
#include "flow/path.h"
#include "lsp/tree.h"
#include "net/facts.h"
#include "net/option_text.h"

namespace shapedbg::lsp {
namespace {

// Layers of a block shown one by one; more are counted.
constexpr std::size_t kMostLayers = 4;

std::string ticked(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string shapes_text(std::span<const Shape> shapes) {
  std::string text;
  for (const Shape& shape : shapes) text += (text.empty() ? "" : ", ") + bracketed(shape);
  return text;
}

// "[1, 8, 24, 24] → [1, 16, 12, 12]", the formula of each axis with its numbers, and what it costs; the name
// alone where nothing was run.
std::string layer_story(const Picture& picture, LayerId index) {
  const Spec& spec = picture.spec();
  const Trace& trace = picture.checked().trace;
  const auto i = index.place();
  std::string text = "**" + spec.layers[i].name + "**";
  // A network that is not run, as something else in it is no network, has layers and no shapes.
  if (!picture.usable()) return text;
  const LayerTrace& row = trace.layers[i];
  if (!row.inputs.empty()) text += " takes " + ticked(shapes_text(row.inputs));
  if (!row.outputs.empty()) {
    text += (row.inputs.empty() ? " returns " : ", returns ") + ticked(shapes_text(row.outputs));
    text += row.source == RowSource::executed ? " (ran on " + trace.device + ")" : " (by formula)";
  }
  std::string same;
  for (const Axis& axis : spatial_axes(spec)) {
    const std::string formula = size_formula(spec, trace, index, axis);
    if (formula.empty() || formula == same) continue;
    same = formula;
    text += "\n- " + std::string(name_of(axis)) + " " + ticked(formula);
  }
  if (i < picture.checked().costs.size()) {
    const Cost& cost = picture.checked().costs[i];
    if (cost.params > 0)
      text += "\n- " + std::to_string(cost.params) + " parameters, " + std::to_string(cost.mult_adds) +
              " multiply-adds";
  }
  if (const auto& source = spec.layers[i].source) {
    if (!source->made.empty()) text += "\n- made at " + ticked(source->made.text());
    if (!source->called.empty()) text += "\n- called at " + ticked(source->called.text());
  }
  return text;
}

std::string layers_story(const Picture& picture, const std::vector<LayerId>& layers) {
  std::string text;
  for (std::size_t i = 0; i < std::min(layers.size(), kMostLayers); ++i)
    text += (text.empty() ? "" : "\n\n") + layer_story(picture, layers[i]);
  if (layers.size() > kMostLayers)
    text += "\n\nand " + std::to_string(layers.size() - kMostLayers) + " more layers made of this entry";
  return text;
}

std::string about_code(const CodeInfo& code) {
  return "**" + std::string(code.id) + " " + std::string(code.name) + "**: " + std::string(code.summary) +
         "\n\n" + std::string(story(code.code).why);
}

// What the layers of an entry have for an option that the author may not have written.
std::string in_effect(const Picture& picture, const json::Node& entry, const OptionInfo& option) {
  std::string text;
  for (const LayerId index : picture.layers_of(entry)) {
    const OptionValue* value = picture.spec().layer(index).find(option.opt);
    if (!value || std::holds_alternative<std::monostate>(value->value)) continue;
    const std::string one = ticked(to_json(picture.spec(), value->value));
    if (text.find(one) == std::string::npos) text += (text.empty() ? "" : ", ") + one;
    if (text.size() > 100) return text + ", …";
  }
  return text.empty() ? text : "\n\nhere " + text;
}

class Hovering {
 public:
  Hovering(const Picture& picture, std::size_t offset)
      : picture_(picture), names_(picture.names()), offset_(offset), tree_(picture.document()) {}

  std::optional<Hover> run() const {
    const json::Node* node = picture_.at(offset_);
    if (!node) return std::nullopt;
    const json::Node* parent = tree_.parent(*node);
    if (parent && parent->type == json::Type::object && holds(node->key_span)) return key(*node, *parent);
    if (auto said = value(*node)) return said;
    if (const auto found = names_.at(offset_)) return name(*found);
    // Anywhere in a value of an option or key: what that is. Not between layers and blocks.
    const json::Node* inside = tree_.first(*node);
    if (node->type == json::Type::object || (inside && inside->type == json::Type::object))
      return std::nullopt;
    for (const json::Node* at = node; at; at = tree_.parent(*at)) {
      const json::Node* around = tree_.parent(*at);
      if (!around || around->type != json::Type::object || is_entry(tree_, *at)) continue;
      if (auto said = key(*at, *around)) return said;
    }
    return std::nullopt;
  }

 private:
  bool holds(Span span) const { return span.begin <= offset_ && offset_ <= span.end; }

  std::optional<Hover> key(const json::Node& member, const json::Node& object) const {
    const std::optional<KeysOf> kind = object_kind(tree_, object);
    const json::Node* entry = entry_around(tree_, object);
    if (kind == KeysOf::layer || (entry && object.key() == "each" && tree_.parent(object) == entry)) {
      const KindInfo* type = kind_of(tree_, *entry);
      if (const OptionInfo* option = type ? type->option(member.key()) : nullptr)
        return Hover{about(*option) + in_effect(picture_, *entry, *option), member.key_span};
    }
    if (kind == KeysOf::spec && member.key() == "input") return Hover{input(), member.key_span};
    if (kind)
      if (const KeyDoc* doc = find_key(*kind, member.key())) return Hover{about(*doc), member.key_span};
    if (const auto found = names_.at(member.key_span.begin + 1)) return name(*found);
    return std::nullopt;
  }

  // The types, and the codes of `ignore`.
  std::optional<Hover> value(const json::Node& node) const {
    if (node.type != json::Type::string) return std::nullopt;
    const json::Node* parent = tree_.parent(node);
    if (!parent) return std::nullopt;
    if (node.key() == "type" && is_entry(tree_, *parent)) {
      const std::string layers = layers_story(picture_, picture_.layers_of(*parent));
      std::string text;
      if (const KindInfo* kind = find_kind(node.text())) {
        text = about(*kind);
      } else if (node.text() == "Residual") {
        text = "**Residual**: " + std::string(find_key(KeysOf::residual, "type")->doc);
      }
      if (text.empty()) return std::nullopt;
      return Hover{text + (layers.empty() ? "" : "\n\n" + layers), node.span};
    }
    if (parent->key() == "ignore")
      if (const CodeInfo* code = find_code(node.text())) return Hover{about_code(*code), node.span};
    return std::nullopt;
  }

  std::string input() const {
    std::string text;
    for (const InputSpec& one : picture_.spec().inputs)
      text +=
          (text.empty() ? "" : "\n\n") + std::string("**") + one.name + "** " + ticked(bracketed(one.shape));
    if (const std::string& sizes = picture_.right_sizes(); !sizes.empty())
      text += "\n\nright for " + sizes + " (by formula, for all sizes)";
    if (text.empty()) text = about(*find_key(KeysOf::spec, "input"));
    return text;
  }

  std::optional<Hover> name(const NameTable::Found& found) const {
    const Name& name = *found.name;
    switch (name.kind) {
      case Name::Kind::layer:
      case Name::Kind::unnamed:
        return layer(found);
      case Name::Kind::input:
        return Hover{input(), found.span};
      case Name::Kind::block: {
        std::string text = "block **" + name.text + "**, used " + std::to_string(name.taken.size()) +
                           (name.taken.size() == 1 ? " time" : " times");
        const std::vector<std::string> arguments = names_.arguments_of(name.text);
        for (std::size_t i = 0; i < arguments.size(); ++i)
          text += (i == 0 ? "\n\narguments " : ", ") + ticked(arguments[i]);
        return Hover{text, found.span};
      }
      case Name::Kind::argument:
        return Hover{"argument " + ticked("$" + name.text) + " of its block, taken " +
                         std::to_string(name.taken.size()) + (name.taken.size() == 1 ? " time" : " times"),
                     found.span};
      case Name::Kind::size:
        for (const FreeSize& size : picture_.spec().free_sizes)
          if (size.name == name.text)
            return Hover{
                "free size **" + name.text + "** from " + std::to_string(size.smallest()) +
                    (size.max > 0 ? " to " + std::to_string(size.max) : ", without bound") +
                    (size.multiple_of > 1 ? ", multiples of " + std::to_string(size.multiple_of) : ""),
                found.span};
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Hover> layer(const NameTable::Found& found) const {
    const json::Node* at = picture_.at(found.name->given.begin);
    const json::Node* entry = at ? entry_around(tree_, *at) : nullptr;
    if (!entry) return Hover{input(), found.span};  // `input` itself
    const bool use = tree_.find(*entry, "use") != nullptr;
    const std::string text =
        layers_story(picture_, use ? picture_.ends_of_use(*entry) : picture_.layers_of(*entry));
    if (text.empty()) return std::nullopt;
    return Hover{text, found.span};
  }

  const Picture& picture_;
  const NameTable& names_;
  std::size_t offset_;
  const json::Document& tree_;
};

}  // namespace

std::string about(const KindInfo& kind) {
  std::string text = "**" + std::string(kind.name) + "**: " + std::string(kind.doc);
  if (const std::string_view formula = facts(kind.family).formula; !formula.empty())
    text += "\n\nreturns " + std::string(formula);
  return text;
}

std::string about(const OptionInfo& option) {
  const std::string bounds = range_text(option);
  return "**" + std::string(to_string(option.opt)) + "**: " + std::string(option.doc) + "\n\n" +
         std::string(type_text(option.type)) + ", " + presence_text(option) +
         (bounds.empty() ? "" : " (" + bounds + ")");
}

std::string about(const KeyDoc& key) {
  return "**" + std::string(key.key) + "**: " + std::string(key.doc) + "\n\nfor example " +
         ticked(key.example);
}

std::optional<Hover> hover(const Picture& picture, std::size_t offset) {
  if (picture.document().empty()) return std::nullopt;
  return Hovering(picture, offset).run();
}

}  // namespace shapedbg::lsp
