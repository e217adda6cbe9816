// From bytes to a Spec: the document, its layers and their keys. Values, references and shapes are
// read by options.cpp, wiring.cpp and shapes.cpp.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "spec/json.h"
#include "spec/options.h"
#include "spec/shapes.h"
#include "spec/spec.h"
#include "spec/wiring.h"
#include "spec/wording.h"

namespace shapedbg {
namespace {

constexpr std::array<std::string_view, 9> kDocumentKeys{
    "$schema", "name", "description", "input", "encoder", "decoder", "layers", "expect", "sizes"};
// Keys of the format that this version does not read.
constexpr std::array<std::string_view, 2> kLaterDocumentKeys{"blocks", "ignore"};
constexpr std::array<std::string_view, 5> kLayerKeys{"name", "type", "inputs", "expect", "description"};
constexpr std::array<std::string_view, 3> kLaterLayerKeys{"use", "repeat", "arguments"};
constexpr std::string_view kResidual = "Residual";

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Parser {
 public:
  explicit Parser(const Source& source)
      : document_(source, findings_.raw()), names_(document_, findings_, suggestions_) {}

  Parsed run() {
    Parsed parsed;
    if (!document_.empty()) parsed.usable = read_document();
    parsed.findings = findings_.take(document_.left_out());
    parsed.spec = std::move(spec_);
    return parsed;
  }

 private:
  bool read_document() {
    const json::Node& root = document_.root();
    if (root.type != json::Type::object) {
      findings_.add(Code::S101, "a spec is a JSON object with `input` and layers, not " + described(root),
                    document_.value(root));
      return false;
    }
    for (const json::Node* member = document_.first(root); member; member = document_.next(*member))
      document_key(*member);
    if (const json::Node* name = document_.find(root, "name")) read_name(*name);
    const bool input = read_inputs(root);
    const bool layers = read_layers(root);
    read_expectation(root);
    return input && layers;
  }

  void document_key(const json::Node& member) {
    if (contains(kDocumentKeys, member.key)) {
      if (member.key == "$schema" || member.key == "description") string_only(member);
      return;
    }
    if (contains(kLaterDocumentKeys, member.key)) {
      findings_.add(Code::S114, quoted(member.key) + " is not supported by this version",
                    document_.key(member));
      return;
    }
    findings_.add(
        Code::S102,
        "a spec has no key " + quoted(member.key) + suggestions_.nearest(member.key, kDocumentKeys, "key"),
        document_.key(member));
  }

  void string_only(const json::Node& member) {
    if (member.type != json::Type::string)
      findings_.add(Code::S104, quoted(member.key) + " must be a string, not " + described(member),
                    document_.value(member));
  }

  void read_name(const json::Node& name) {
    string_only(name);
    if (name.type == json::Type::string) spec_.name = name.text;
  }

  bool read_inputs(const json::Node& root) {
    const json::Node* input = document_.find(root, "input");
    if (!input) {
      findings_.add(Code::S105, "a spec needs `input`, the shape that goes in", opening(root));
      names_.add_input(nullptr, {});
      return false;
    }
    bool good = true;
    bool free_size = false;
    const auto add = [&](const json::Node& node, std::string_view name) {
      for (const json::Node* size = document_.first(node); size; size = document_.next(*size))
        free_size = free_size || size->type == json::Type::string;
      std::optional<Shape> shape = read_shape(document_, node, name, findings_);
      good = good && shape.has_value();
      spec_.inputs.push_back({std::string(name), std::move(shape).value_or(Shape{}), document_.value(node)});
    };
    if (input->type == json::Type::object) {
      for (const json::Node* member = document_.first(*input); member; member = document_.next(*member)) {
        names_.add_input(member, member->key);
        add(*member, member->key);
      }
      if (input->count == 0) {
        findings_.add(Code::S105, "`input` as an object needs at least one named shape",
                      document_.value(*input));
        names_.add_input(nullptr, {});
        good = false;
      }
    } else {
      names_.add_input(nullptr, {});
      add(*input, "input");
    }
    // Where a size is free its own finding says so already.
    if (const json::Node* sizes = document_.find(root, "sizes"); sizes && !free_size)
      findings_.add(Code::S114, "`sizes` is not supported by this version", document_.key(*sizes));
    return good;
  }

  struct Entry {
    const json::Node* node;
    Part part;
  };

  bool read_layers(const json::Node& root) {
    const json::Node* layers = document_.find(root, "layers");
    const json::Node* encoder = document_.find(root, "encoder");
    const json::Node* decoder = document_.find(root, "decoder");
    spec_.has_parts = encoder || decoder;
    if (!layers && !spec_.has_parts) {
      findings_.add(Code::S101,
                    "the file holds no network: a spec needs `layers`, or `encoder` and `decoder`",
                    opening(root));
      return false;
    }
    if (layers && spec_.has_parts) {
      const json::Node* part = encoder ? encoder : decoder;
      Finding& finding = findings_.add(Code::S116, "`layers` cannot stand beside `encoder` and `decoder`",
                                       document_.key(*layers));
      finding.related.push_back({{}, document_.key(*part), quoted(part->key) + " stands here"});
    }
    std::vector<Entry> entries;
    bool good = true;
    const auto collect = [&](const json::Node* list, Part part) {
      if (!list) return;
      if (list->type != json::Type::array) {
        findings_.add(Code::S104, quoted(list->key) + " must be a list of layers, not " + described(*list),
                      document_.value(*list));
        good = false;
        return;
      }
      for (const json::Node* entry = document_.first(*list); entry; entry = document_.next(*entry))
        entries.push_back({entry, part});
    };
    if (layers && !spec_.has_parts) collect(layers, Part::layers);
    collect(encoder, Part::encoder);
    collect(decoder, Part::decoder);
    if (entries.size() > limits::layers) {
      findings_.add(Code::J004,
                    "the spec has " + std::to_string(entries.size()) + " layers, more than the limit of " +
                        std::to_string(limits::layers),
                    document_.value(*entries[limits::layers].node));
      return false;
    }
    if (entries.empty() && good) {
      const json::Node* list = layers && !spec_.has_parts ? layers : encoder ? encoder : decoder;
      findings_.add(Code::S101, "the spec has no layers", document_.value(*list));
    }
    read_entries(entries);
    return good && !entries.empty();
  }

  void read_entries(const std::vector<Entry>& entries) {
    std::vector<std::string> names(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (entries[i].node->type == json::Type::object)
        names[i] = names_.claim(*entries[i].node, static_cast<int>(i));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!names[i].empty()) continue;
      const std::string fallback =
          std::string(to_string(entries[i].part)) + "." + std::to_string(entries[i].node->index);
      names[i] = names_.assign(fallback, static_cast<int>(i));
    }
    spec_.layers.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      LayerSpec layer;
      layer.name = std::move(names[i]);
      layer.part = entries[i].part;
      read_layer(*entries[i].node, static_cast<int>(i), layer);
      spec_.layers.push_back(std::move(layer));
    }
  }

  void read_layer(const json::Node& node, int index, LayerSpec& layer) {
    layer.where = layer.name_place = layer.type_place = document_.value(node);
    if (node.type != json::Type::object) {
      findings_.add(Code::S104, "a layer must be an object with `type`, not " + described(node), layer.where,
                    layer.name);
      layer.broken = true;
      layer.inputs.push_back(previous(index));
      return;
    }
    const json::Node* name = document_.find(node, "name");
    const json::Node* type = document_.find(node, "type");
    if (type) {
      layer.type_place = document_.value(*type);
      layer.name_place = document_.member(*type);
    }
    if (name) layer.name_place = document_.member(*name);
    const bool known = read_type(node, type, layer);
    if (known) {
      read_options(node, index, layer);
    } else {
      layer.broken = true;
    }
    for (const json::Node* member = document_.first(node); member; member = document_.next(*member)) {
      if (member->key == "description") string_only(*member);
      if (known) layer_key(*member, layer);
    }
    if (const json::Node* expect = document_.find(node, "expect"))
      layer.expect = read_expect(document_, *expect, layer.name, findings_, suggestions_);
    read_wiring(node, index, layer, known);
    if (known) check_combinations(node, layer);
  }

  bool read_type(const json::Node& node, const json::Node* type, LayerSpec& layer) {
    if (!type) {
      const json::Node* use = document_.find(node, "use");
      if (use) {
        layer.typed_as = "use";
        findings_.add(Code::S114, "`use` is not supported by this version", document_.key(*use), layer.name);
      } else {
        findings_.add(Code::S105, quoted(layer.name) + " needs a `type`", layer.name_place, layer.name);
      }
      return false;
    }
    if (type->type != json::Type::string) {
      findings_.add(Code::S104, "`type` must be the name of a layer type, not " + described(*type),
                    layer.type_place, layer.name);
      return false;
    }
    layer.typed_as = type->text;
    if (const KindInfo* kind = find_kind(type->text)) {
      layer.kind = kind->kind;
      return true;
    }
    if (type->text == kResidual) {
      findings_.add(Code::S114,
                    "the type `Residual` is not supported by this version: write its layers and an `Add`",
                    layer.type_place, layer.name);
      return false;
    }
    static const std::vector<std::string_view> kinds = [] {
      std::vector<std::string_view> list;
      for (const KindInfo& kind : all_kinds()) list.push_back(kind.name);
      list.push_back("Interpolate");
      return list;
    }();
    findings_.add(
        Code::S103,
        "there is no layer type " + quoted(type->text) + suggestions_.nearest(type->text, kinds, "type"),
        layer.type_place, layer.name);
    return false;
  }

  // A key that the kind does not know.
  void layer_key(const json::Node& member, const LayerSpec& layer) {
    if (contains(kLayerKeys, member.key) || layer.info().option(member.key)) return;
    if (contains(kLaterLayerKeys, member.key)) {
      findings_.add(Code::S114, quoted(member.key) + " is not supported by this version",
                    document_.key(member), layer.name);
      return;
    }
    std::vector<std::string_view> known(kLayerKeys.begin(), kLayerKeys.end());
    for (const OptionInfo& option : layer.info().options) known.push_back(to_string(option.opt));
    Finding& finding = findings_.add(Code::S102,
                                     quoted(layer.info().name) + " has no option " + quoted(member.key) +
                                         suggestions_.nearest(member.key, known, "key"),
                                     document_.key(member), layer.name);
    std::string options;
    for (const OptionInfo& option : layer.info().options)
      options += (options.empty() ? "" : ", ") + std::string(to_string(option.opt));
    if (!options.empty())
      finding.notes.push_back("options of `" + std::string(layer.info().name) + "`: " + options);
  }

  void read_options(const json::Node& node, int index, LayerSpec& layer) {
    const KindInfo& kind = layer.info();
    layer.options.reserve(kind.options.size());
    for (const OptionInfo& option : kind.options) {
      OptionValue& value =
          layer.options.emplace_back(OptionValue{&option, option.fallback, false, layer.where});
      const json::Node* written = document_.find(node, to_string(option.opt));
      if (!written) {
        if (!option.required) continue;
        findings_.add(Code::S105, quoted(kind.name) + " needs `" + std::string(to_string(option.opt)) + "`",
                      layer.name_place, layer.name);
        layer.broken = true;
        continue;
      }
      value.written = true;
      value.where = document_.value(*written);
      const bool good = option.type == OptType::reference
                            ? read_reference(*written, index, layer, option, value.value)
                            : read_option(document_, *written, kind, option, layer.name, findings_,
                                          suggestions_, value.value);
      if (!good) layer.broken = true;
    }
  }

  bool read_reference(const json::Node& node, int index, const LayerSpec& layer, const OptionInfo& option,
                      Value& value) {
    if (node.type == json::Type::null && !option.required) return true;
    const bool indices = option.opt == Opt::indices;
    std::optional<Ref> ref = names_.resolve(spec_, node, index, layer.name, indices);
    if (!ref) return false;
    if (indices && !is_pool_for(*ref, layer.info())) {
      const bool is_input = ref->is_input();
      const std::string what =
          is_input ? "an input"
                   : "a " + std::string(spec_.layers[static_cast<std::size_t>(ref->layer)].info().name);
      findings_.add(Code::S112,
                    "`indices` must name a MaxPool" + std::to_string(layer.info().axes) + "d, and " +
                        quoted(node.text) + " is " + what,
                    document_.value(node), layer.name);
      return false;
    }
    if (indices) ref->output = 0;
    value = *ref;
    return true;
  }

  bool is_pool_for(Ref ref, const KindInfo& unpool) const {
    if (ref.is_input()) return false;
    const LayerSpec& pool = spec_.layers[static_cast<std::size_t>(ref.layer)];
    // What an unknown type would return is not known; it has its own finding.
    if (!find_kind(pool.typed_as)) return true;
    return pool.info().family == Family::max_pool && pool.info().axes == unpool.axes;
  }

  static Ref previous(int index) { return index == 0 ? Ref::of_input(0) : Ref{index - 1, 0}; }

  void read_wiring(const json::Node& node, int index, LayerSpec& layer, bool known) {
    const Arity arity = known ? layer.info().arity : Arity{1, -1};
    const json::Node* inputs = document_.find(node, "inputs");
    if (!inputs) {
      layer.inputs.push_back(previous(index));
      if (arity.min > 1) {
        findings_.add(Code::S109,
                      quoted(layer.info().name) + " needs `inputs` with " + wanted(arity) + " names",
                      layer.name_place, layer.name);
        layer.broken = true;
      }
      return;
    }
    std::size_t count = 1;
    bool good = true;
    const auto add = [&](const json::Node& reference) {
      const std::optional<Ref> ref = names_.resolve(spec_, reference, index, layer.name);
      if (ref) layer.inputs.push_back(*ref);
      good = good && ref.has_value();
    };
    if (inputs->type == json::Type::array) {
      count = inputs->count;
      for (const json::Node* reference = document_.first(*inputs); reference;
           reference = document_.next(*reference))
        add(*reference);
    } else {
      add(*inputs);
    }
    const bool few = count < static_cast<std::size_t>(arity.min);
    const bool many = arity.max >= 0 && count > static_cast<std::size_t>(arity.max);
    if (few || many) {
      const std::string taker = known ? quoted(layer.info().name) : quoted(layer.name);
      findings_.add(Code::S109,
                    taker + " takes " + wanted(arity) + (arity.max == 1 ? " input" : " inputs") + ", not " +
                        std::to_string(count),
                    document_.value(*inputs), layer.name);
      good = false;
    }
    if (layer.inputs.empty()) layer.inputs.push_back(previous(index));
    if (!good) layer.broken = true;
  }

  static std::string wanted(const Arity& arity) {
    if (arity.min == arity.max) return std::to_string(arity.min);
    if (arity.max < 0) return std::to_string(arity.min) + " or more";
    return std::to_string(arity.min) + " to " + std::to_string(arity.max);
  }

  // What no single option shows.
  void check_combinations(const json::Node& node, LayerSpec& layer) {
    if (layer.kind == LayerKind::Custom) {
      const json::Node* output = document_.find(node, "output");
      const json::Node* outputs = document_.find(node, "outputs");
      if (!output && !outputs) {
        findings_.add(Code::S105, "`Custom` needs `output`, or `outputs` where it returns several",
                      layer.name_place, layer.name);
        layer.broken = true;
      } else if (output && outputs) {
        Finding& finding = findings_.add(Code::S116, "`output` and `outputs` exclude each other",
                                         document_.key(*outputs), layer.name);
        finding.related.push_back({layer.name, document_.key(*output), "`output` stands here"});
        layer.broken = true;
      }
    }
    for (const OptionValue& option : layer.options) {
      if (const auto* sizes = std::get_if<std::vector<Expression>>(&option.value))
        check_sizes(*sizes, option, layer);
      if (const auto* shapes = std::get_if<std::vector<std::vector<Expression>>>(&option.value))
        for (const std::vector<Expression>& shape : *shapes) check_sizes(shape, option, layer);
    }
  }

  // `in[2][0]` where the layer has two inputs.
  void check_sizes(const std::vector<Expression>& sizes, const OptionValue& option, LayerSpec& layer) {
    for (const Expression& size : sizes) {
      for (const Expression::Node& part : size.nodes()) {
        if (part.op != Expression::Op::axis || static_cast<std::size_t>(part.input) < layer.inputs.size() ||
            layer.broken)
          continue;
        findings_.add(Code::S113,
                      quoted(to_string(size)) + " reads input " + std::to_string(part.input) + ", and " +
                          quoted(layer.name) + " has " + std::to_string(layer.inputs.size()) +
                          ", counted from 0",
                      option.where, layer.name);
        layer.broken = true;
      }
    }
  }

  void read_expectation(const json::Node& root) {
    if (const json::Node* expect = document_.find(root, "expect")) {
      spec_.expect = read_expect(document_, *expect, {}, findings_, suggestions_);
      return;
    }
    const json::Node* input = document_.find(root, "input");
    if (!input || !document_.find(root, "encoder") || !document_.find(root, "decoder")) return;
    spec_.expect = Expect{};
    spec_.expect->where = document_.value(*input);
  }

  // The `{` of an object: where something that is not there belongs.
  Location opening(const json::Node& object) const {
    return {{object.span.begin, object.span.begin + 1}, document_.pointer(object)};
  }

  Findings findings_;
  Suggestions suggestions_;
  json::Document document_;
  Names names_;
  Spec spec_;
};

}  // namespace

Parsed parse(const Source& source) { return Parser(source).run(); }

}  // namespace shapedbg
