// The names in a spec's text: where each is given and where it is taken.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lsp/picture.h"
#include "read/json/json.h"
#include "text/edit.h"

namespace shapedbg::lsp {

struct Name {
  enum class Kind : std::uint8_t {
    layer,     // a layer, the use of a block, a Residual
    unnamed,   // the same without a name of its own: `encoder.0`
    input,     // of the network
    block,     // a key of `blocks`
    argument,  // a `$` word of one block
    size,      // a free size
  };
  Kind kind;
  std::string text;
  Span given;               // between the quotes; what stands for it where it has no name of its own
  Span whole;               // the entry or member that it names
  std::vector<Span> taken;  // between the quotes: a name may be a part of `enc1.conv`
};

class NameTable {
 public:
  // Of a tree that is not empty().
  explicit NameTable(const json::Document& tree);

  const std::vector<Name>& names() const { return names_; }
  // The name at a place, with the part of the text that stands for it there.
  struct Found {
    const Name* name = nullptr;
    Span span;
  };
  std::optional<Found> at(std::size_t offset) const;
  // What a reference at that place may name, in the order of the file: layers before it and inputs. In a
  // block its own names and arguments ("$skip") come first.
  std::vector<std::string> visible_from(std::size_t offset) const;
  // The arguments of a block, without `$`.
  std::vector<std::string> arguments_of(std::string_view block) const;
  std::vector<std::string> blocks() const;

 private:
  struct Scope {
    int around = -1;
    Span span;  // of the lists
    std::string block;
    std::map<std::string_view, int> entries;  // by their own names: into names_
    std::vector<const json::Node*> lists;
  };
  struct Inner {
    int layers = -1;
    int shortcut = -1;
  };

  int add(Name::Kind kind, std::string_view text, Span given, Span whole);
  void add_inputs(const json::Node& root);
  void add_blocks(const json::Node& root);
  int open(const std::vector<const json::Node*>& lists, int around, std::string block);
  void find_arguments(const json::Node& block, std::string_view name);
  void dollar_words(const json::Node& node, std::string_view block);
  void find_passed();
  bool names_tensor(std::string_view block, std::string_view argument) const;

  void take(const json::Node& text, int scope);
  void take_list(const json::Node& value, int scope);
  void references(int scope);
  void references(const json::Node& entry, int scope);
  void use(const json::Node& entry, int scope);
  bool resolve(std::string_view text, std::size_t at, int scope, std::vector<std::pair<int, Span>>& found);
  bool within(std::string_view text, std::size_t at, int scope, std::vector<std::pair<int, Span>>& found);
  bool unnamed(std::string_view text, std::size_t at, std::vector<std::pair<int, Span>>& found);

  const json::Document& tree_;
  std::vector<Name> names_;
  std::vector<Scope> scopes_;  // the first is the network's own
  std::unordered_map<const json::Node*, Inner> inner_;
  std::unordered_map<const json::Node*, int> of_entry_;
  std::unordered_map<int, const json::Node*> entry_of_;  // of those with a name
  std::map<std::string_view, int> block_scopes_;
  std::map<std::string_view, int> blocks_;
  std::map<std::string_view, int> inputs_;
  std::map<std::string_view, int> sizes_;
  std::map<std::pair<std::string_view, std::string_view>, int> arguments_;
  std::set<std::pair<std::string_view, std::string_view>> tensors_;  // arguments that are names of tensors
};

// Edits that give what is named at a place another name, everywhere. `error`, one line, where there is no
// name or the network would not be the same: the spec is read again with the edits.
struct Renaming {
  std::vector<Edit> edits;
  std::string error;
};
Renaming rename(const Picture& picture, std::size_t offset, std::string_view fresh);

}  // namespace shapedbg::lsp
