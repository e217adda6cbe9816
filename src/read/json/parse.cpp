// From bytes to a Spec: the document and its keys. Its lists are expanded by expand.cpp and blocks.cpp,
// their layers read by layers.cpp, with options.cpp, wiring.cpp and shapes.cpp.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "net/spec.h"
#include "net/words.h"
#include "read/json/expand.h"
#include "read/json/free_sizes.h"
#include "read/json/ignore.h"
#include "read/json/json.h"
#include "read/json/layers.h"
#include "read/json/parse.h"
#include "read/json/shapes.h"
#include "read/json/targets.h"
#include "read/json/wiring.h"
#include "read/json/wording.h"

namespace shapedbg {
namespace {

constexpr std::array<std::string_view, 14> kDocumentKeys{
    "$schema", "name",   "description", "input", "encoder", "decoder", "layers",
    "blocks",  "expect", "ignore",      "sizes", "outputs", "for",     "runs_at"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Parser {
 public:
  explicit Parser(const Source& source)
      : read_(std::make_shared<json::Document>(source, findings_.raw())),
        document_(*read_),
        names_(document_, findings_, suggestions_),
        blocks_(document_, findings_, suggestions_) {}

  Parsed run() {
    Parsed parsed;
    if (!document_.empty()) parsed.usable = read_document();
    parsed.findings = findings_.take(document_.left_out());
    parsed.spec = std::move(spec_);
    parsed.targets = std::move(targets_);
    return parsed;
  }

  std::shared_ptr<const json::Document> document() const { return read_; }

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
    if (const json::Node* runs_at = document_.find(root, "runs_at"); runs_at && input) read_runs_at(*runs_at);
    if (const json::Node* outputs = document_.find(root, "outputs"); outputs && layers)
      read_outputs(*outputs);
    if (const json::Node* ignore = document_.find(root, "ignore"))
      spec_.ignore = read_ignore(document_, *ignore, {}, findings_);
    if (const json::Node* targets = document_.find(root, "for"))
      targets_ = read_targets(document_, *targets, findings_);
    return input && layers;
  }

  void document_key(const json::Node& member) {
    if (contains(kDocumentKeys, member.key())) {
      if (member.key() == "$schema" || member.key() == "description") string_only(member);
      return;
    }
    const auto meant = meant_key(KeyPlace::spec, member.key());
    const std::optional<std::string_view> word =
        meant ? std::optional(meant->key) : suggestions_.nearest(member.key(), kDocumentKeys);
    std::string message = "a spec has no key " + in_backticks(member.key());
    if (word) message += word_text(meant ? meant->from : std::string_view(), "key", *word);
    Finding& finding = findings_.add(Code::S102, std::move(message), document_.key(member));
    if (word && document_.find(document_.root(), *word) == nullptr)
      offer_word(finding, member.key_span, *word, meant ? Applicability::safe : Applicability::unsafe);
  }

  // The value of a key of the spec, be it under another word.
  const json::Node* value_of(const json::Node& root, std::string_view key) const {
    if (const json::Node* own = document_.find(root, key)) return own;
    for (const json::Node* member = document_.first(root); member; member = document_.next(*member)) {
      if (contains(kDocumentKeys, member->key())) continue;
      const auto meant = meant_key(KeyPlace::spec, member->key());
      if (meant && meant->key == key) return member;
    }
    return nullptr;
  }

  void string_only(const json::Node& member) {
    if (member.type != json::Type::string)
      findings_.add(Code::S104, in_backticks(member.key()) + " must be a string, not " + described(member),
                    document_.value(member));
  }

  void read_name(const json::Node& name) {
    string_only(name);
    if (name.type == json::Type::string) spec_.name = name.text();
  }

  bool read_inputs(const json::Node& root) {
    const json::Node* input = value_of(root, "input");
    if (!input) {
      findings_.add(Code::S105, "a spec needs `input`, the shape that goes in", opening(root));
      names_.add_input(nullptr, {});
      return false;
    }
    bool good = true;
    if (const json::Node* sizes = document_.find(root, "sizes"))
      spec_.free_sizes = read_free_sizes(document_, *sizes, findings_, suggestions_);
    const auto add = [&](const json::Node& node, std::string_view name) {
      const FreeNames free{spec_.free_sizes, static_cast<int>(spec_.inputs.size())};
      std::optional<Shape> shape = read_shape(document_, node, name, free, findings_, suggestions_);
      good = good && shape.has_value();
      spec_.inputs.push_back({std::string(name), std::move(shape).value_or(Shape{}), document_.value(node)});
    };
    if (input->type == json::Type::object) {
      for (const json::Node* member = document_.first(*input); member; member = document_.next(*member)) {
        names_.add_input(member, member->key());
        add(*member, member->key());
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
    // A size that no axis uses says nothing about the network.
    for (const FreeSize& size : spec_.free_sizes)
      if (good && size.axes.empty())
        findings_.add(Code::S121,
                      "no axis of an input is " + in_backticks(size.name) +
                          ", so that the network is not held to its range",
                      size.where);
    std::erase_if(spec_.free_sizes, [](const FreeSize& size) { return size.axes.empty(); });
    return good;
  }

  bool read_layers(const json::Node& root) {
    const json::Node* layers = value_of(root, "layers");
    const json::Node* encoder = value_of(root, "encoder");
    const json::Node* decoder = value_of(root, "decoder");
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
      finding.related.push_back({{}, document_.key(*part), in_backticks(part->key()) + " stands here"});
    }
    std::vector<Expander::Item> entries;
    bool good = true;
    const auto collect = [&](const json::Node* list, Part part) {
      if (!list) return;
      if (list->type != json::Type::array) {
        findings_.add(Code::S104,
                      in_backticks(list->key()) + " must be a list of layers, not " + described(*list),
                      document_.value(*list));
        good = false;
        return;
      }
      entries.reserve(entries.size() + list->count);
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
    blocks_.root().inputs = {Ref::of_input(0)};
    if (const json::Node* blocks = document_.find(root, "blocks")) blocks_.read(*blocks);
    const std::optional<std::vector<Entry>> expanded =
        Expander(document_, blocks_, names_, findings_, suggestions_).run(entries);
    if (!expanded || !LayerReader(document_, blocks_, names_, findings_, suggestions_, spec_).run(*expanded))
      return false;
    blocks_.report_unused();
    return good && !entries.empty();
  }

  // One shape for the first input, or shapes by name; the others are as they are given.
  void read_runs_at(const json::Node& node) {
    for (const InputSpec& input : spec_.inputs) spec_.runs_at.push_back(input.shape);
    const auto take = [&](std::size_t index, const json::Node& sizes) {
      const std::string name = spec_.inputs[index].name;
      std::vector<FreeSize> none;
      const auto shape =
          read_shape(document_, sizes, name, {none, static_cast<int>(index)}, findings_, suggestions_);
      const std::size_t axes = spec_.inputs[index].shape.size();
      if (shape && shape->size() != axes)
        findings_.add(Code::S111,
                      "`runs_at` has " + std::to_string(shape->size()) + " sizes of " + in_backticks(name) +
                          ", which has " + std::to_string(axes),
                      document_.value(sizes));
      else if (shape)
        spec_.runs_at[index] = *shape;
    };
    if (node.type != json::Type::object) return take(0, node);
    for (const json::Node* member = document_.first(node); member; member = document_.next(*member)) {
      const auto found = std::find_if(spec_.inputs.begin(), spec_.inputs.end(),
                                      [&](const InputSpec& input) { return input.name == member->key(); });
      if (found != spec_.inputs.end())
        take(static_cast<std::size_t>(found - spec_.inputs.begin()), *member);
      else
        findings_.add(Code::S102, "`runs_at`: the spec has no input " + in_backticks(member->key()),
                      document_.key(*member));
    }
  }

  void read_outputs(const json::Node& outputs) {
    if (outputs.type != json::Type::array) {
      findings_.add(Code::S104, "`outputs` must be a list of names, not " + described(outputs),
                    document_.value(outputs));
      return;
    }
    const LayerId count = spec_.layers.end_id();
    for (const json::Node* output = document_.first(outputs); output; output = document_.next(*output))
      if (const auto ref = names_.resolve(spec_, *output, {&blocks_.root(), count, {count - 1, 0}, {}}))
        spec_.outputs.push_back(*ref);
  }

  void read_expectation(const json::Node& root) {
    if (const json::Node* expect = value_of(root, "expect")) {
      spec_.expect =
          read_expect(document_, *expect, {}, spec_.inputs.empty() ? 0 : spec_.inputs[0].shape.size(),
                      findings_, suggestions_);
      return;
    }
    const json::Node* input = value_of(root, "input");
    if (!input || !value_of(root, "encoder") || !value_of(root, "decoder")) return;
    spec_.expect = Expect{};
    spec_.expect->where = document_.value(*input);
  }

  // The `{` of an object: where something that is not there belongs.
  Location opening(const json::Node& object) const {
    return {{object.span.begin, object.span.begin + 1}, document_.place(object)};
  }

  Findings findings_;
  Suggestions suggestions_;
  std::shared_ptr<json::Document> read_;
  json::Document& document_;
  Names names_;
  Blocks blocks_;
  Spec spec_;
  std::vector<Target> targets_;
};

}  // namespace

Parsed parse(const Source& source) { return Parser(source).run(); }

ParsedFile parse_file(const Source& source) {
  Parser parser(source);
  return {parser.run(), parser.document()};
}

}  // namespace shapedbg
