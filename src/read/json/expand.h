// From the lists of the file to the layers that run: blocks, `repeat` and `Residual` written out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/blocks.h"
#include "read/json/json.h"
#include "read/json/wiring.h"
#include "read/json/wording.h"

namespace shapedbg {

// One layer to be.
struct Entry {
  const json::Node* node = nullptr;  // its object; that of the Residual for the Add that ends it
  std::string_view name;             // as it is kept among all names
  Part part = Part::layers;
  Scope* scope = nullptr;  // the list in which it stands
  bool starts = false;     // at the start of that list
  bool repeated = false;
  int copy = 0;               // of a repeated layer, from 0
  bool failed = false;        // stands for a use or Residual that cannot be expanded
  Scope* residual = nullptr;  // for the Add: the branch,
  LayerId branch;             // its last layer,
  LayerId shortcut;           // and that of the shortcut; none: the input itself
  const json::Node* expect = nullptr;
  std::vector<Code> ignore;       // of this layer, and of the uses and Residuals around it
  Scope* expect_scope = nullptr;  // where `expect` is written: this layer, or a use that ends with it
};

class Expander {
 public:
  struct Item {
    const json::Node* node;
    Part part;
  };

  Expander(const json::Document& document, Blocks& blocks, Names& names, Findings& findings,
           Suggestions& suggestions)
      : document_(document), blocks_(blocks), names_(names), findings_(findings), suggestions_(suggestions) {}

  // Nothing, with a finding, where the spec stands for more layers than the limits allow.
  std::optional<std::vector<Entry>> run(const std::vector<Item>& items);

 private:
  void list(const std::vector<Item>& items, Scope& scope);
  void list(const json::Node& layers, Scope& scope, Part part);
  void entry(const Item& item, Names::Taken& taken, Scope& scope);
  // One list of `each`, and the value of the next pass in it.
  struct Column {
    const json::Node* list;
    const json::Node* next;
  };
  std::optional<std::size_t> copies(const json::Node& repeat, const std::string& name, const Scope& scope);
  void fail(const Item& item, const std::string& name, Scope& scope);
  std::optional<int> passes(const json::Node& node, const json::Node* repeat, const json::Node* each,
                            const std::string& name, const Scope& scope, std::vector<Column>& columns);
  bool is_column(const json::Node& list, const json::Node& node, const std::string& name);
  const json::Node& pass(const json::Node& node, std::vector<Column>& columns);
  // What an entry says about itself beside its options.
  struct Keys {
    const json::Node* use = nullptr;
    const json::Node* type = nullptr;
    const json::Node* repeat = nullptr;
    const json::Node* each = nullptr;
    const json::Node* expect = nullptr;
    const json::Node* ignore = nullptr;
  };
  Keys keys_of(const json::Node& node) const;
  void one(const Item& item, const Keys& keys, const std::string& name, Scope& scope, int copy,
           bool repeated);
  bool use(const Item& item, const std::string& name, Scope& scope, int copy, bool repeated, bool starts);
  bool residual(const Item& item, const std::string& name, Scope& scope, int copy, bool repeated,
                bool starts);
  void residual_keys(const json::Node& node, const std::string& name);
  void expectation(const json::Node& expect, Scope& scope, std::string_view name);
  bool is_residual(const json::Node* type, const Scope& scope, const std::string& name);
  // What all entries begin with; null where the spec is too large.
  Entry* push(const Item& item, const std::string& name, Scope& scope);
  // Whether `more` layers are too many, or the limit is passed already; says so once.
  bool full(std::size_t more = 1);
  void reading(const json::Node& node, const Scope& scope, const std::string& name, bool repeated);

  const json::Document& document_;
  Blocks& blocks_;
  Names& names_;
  Findings& findings_;
  Suggestions& suggestions_;
  std::vector<Entry> entries_;
  const json::Node* outermost_ = nullptr;  // the entry of the spec's own list that is being expanded
  bool over_ = false;
};

// Tells findings that they are about `node` in `scope` from now on, which may stand for several layers.
void read_copy(const json::Document& document, const json::Node& node, const Scope& scope,
               std::string_view name, bool repeated, Findings& findings);
// The finding that ends the reading of a spec that is too large.
void add_too_large(const json::Document& document, const json::Node& node, bool layers, Findings& findings);

}  // namespace shapedbg
