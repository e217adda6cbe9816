// From the entries of the expanded lists to LayerSpecs: types, options, references, combinations.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/words.h"
#include "read/json/expand.h"

namespace shapedbg {

class LayerReader {
 public:
  LayerReader(const json::Document& document, Blocks& blocks, Names& names, Findings& findings,
              Suggestions& suggestions, Spec& spec)
      : document_(document),
        blocks_(blocks),
        names_(names),
        findings_(findings),
        suggestions_(suggestions),
        spec_(spec) {}

  // Appends one layer to the spec for each entry. False, with a finding, where their arguments hold
  // more than a file may.
  bool run(const std::vector<Entry>& entries);

 private:
  void open(Scope& scope);
  void check_taken();
  void read(const Entry& entry, LayerId index, LayerSpec& layer);
  void check_description(const json::Node& node);
  void read_sum(const Entry& entry, LayerSpec& layer);
  bool read_type(const json::Node* type, const Entry& entry, LayerSpec& layer);
  bool understand(const json::Node& type, const json::Node& node, LayerSpec& layer);
  int axes_at_hand();
  void find_other_words(const LayerSpec& layer);
  void find_options_within(const json::Node& object, const LayerSpec& layer);
  void offer_unwrapped(const json::Node& object, const json::Node& node, Finding& finding) const;
  void guess_required(const LayerSpec& layer);
  // Members of a layer's object, one beside the other: those of every layer, and all others.
  static constexpr std::array<std::string_view, 9> kLayerKeys{
      "name", "type", "inputs", "expect", "repeat", "each", "ignore", "description", "source"};
  void look_at(const json::Node& node);
  void sort_options(const KindInfo& kind);
  const json::Node* said(json::Word key) const { return of_every_layer_[static_cast<std::size_t>(key)]; }

  const json::Node* written(LayerKind kind, Opt opt) const;
  const json::Node* value_of(json::Word key) const;
  void layer_key(const json::Node& member, const json::Node& node, const LayerSpec& layer);
  void read_options(const Entry& entry, const Spot& spot, LayerSpec& layer);
  bool read_reference(const json::Node& node, const Spot& spot, const LayerSpec& layer,
                      const OptionInfo& option, Value& value);
  bool is_pool_for(Ref ref, const KindInfo& unpool) const;
  void read_wiring(const Entry& entry, const Spot& spot, LayerSpec& layer, bool known);
  void check_combinations(const json::Node& node, LayerSpec& layer);
  void check_sizes(const std::vector<Expression>& sizes, const OptionValue& option, LayerSpec& layer);

  // An option of the layer that is read, under another library's word, or misspelt.
  struct OtherWord {
    const OptionInfo* option;
    const json::Node* member;
    std::string_view from;
    bool guessed;
  };
  const OtherWord* other_word(const json::Node& member) const;

  // The tensors that `inputs` names, in order; false where one is none.
  bool references(const json::Node& inputs, const Spot& spot, std::vector<Ref>& refs);
  std::optional<Ref> resolve(const json::Node& reference, int scope, const Spot& spot, bool indices = false);
  Spot spot_of(const Entry& entry, LayerId index, std::string_view name);

  const json::Document& document_;
  Blocks& blocks_;
  Names& names_;
  Findings& findings_;
  Suggestions& suggestions_;
  Spec& spec_;
  std::vector<Scope*> opened_;
  const std::vector<Entry>* entries_ = nullptr;
  int axes_at_hand_ = 0;  // 0: not yet looked for
  // Of the layer that is read: the members, those that are options of its kind by their place in the kind's
  // list, and what else there is; options under other words, and what its type brings along.
  std::array<const json::Node*, json::word_names.size()> of_every_layer_{};
  std::vector<const json::Node*> options_;
  std::vector<const json::Node*> others_;
  std::vector<OtherWord> other_words_;
  std::string_view brought_;
  bool other_type_ = false;  // its type is written in another word
};

}  // namespace shapedbg
