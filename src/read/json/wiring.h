// Names of layers and inputs, and what references to them stand for.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/outputs.h"
#include "net/spec.h"
#include "read/json/json.h"
#include "read/json/scope.h"
#include "read/json/wording.h"
#include "text/by_name.h"

namespace shapedbg {

// All names are taken before the first reference is read, so that a reference to a later layer is
// told from one to nothing.
class Names {
 public:
  Names(const json::Document& document, Findings& findings, Suggestions& suggestions)
      : document_(document), findings_(findings), suggestions_(suggestions) {}

  void add_input(const json::Node* key_of, std::string_view name);
  struct Named {
    bool is_layer = false;
    LayerId layer;                      // the one whose output it means; none while it is not known
    std::optional<int> input;           // the input that has this name
    const json::Node* first = nullptr;  // where the author took it
  };
  // A name that is taken, which stays where it is, and what it means.
  using Taken = std::pair<const std::string, Named>;

  // The author's name for an entry, checked, behind the prefix of its scope; null when it is a wrong
  // one. `name` is the value of `name`.
  Taken* claim(const json::Node& name, Scope& scope);
  // A unique name for an entry that could claim none: `wanted`, or `wanted` with a number.
  Taken& assign(const std::string& wanted);
  void expect(std::size_t more) { by_name_.reserve(by_name_.size() + more); }

  // The tensor that a reference names, for a layer whose predecessors are all in `spec`. Reports and
  // returns nothing where it names none. `indices`: the second output of a MaxPool is there in any
  // case.
  std::optional<Ref> resolve(const Spec& spec, const json::Node& reference, const Spot& spot,
                             bool indices = false);

 private:
  using Place = Location (json::Document::*)(const json::Node&) const;
  // `place`: what of `node` a finding points at. Where the name is good, it is taken from then on; else null.
  Taken* take_name(const json::Node& node, std::string_view name, Place place, std::string_view what,
                   std::string full);
  std::optional<Ref> base(std::string_view name, const Spot& spot) const;
  // Each reports where it is false. `name`: that of `ref`, as it is written in `reference`.
  bool runs_before(Ref ref, std::string_view name, const json::Node& reference, const Spot& spot);
  bool has_output(const Spec& spec, Ref ref, std::int64_t output, std::string_view name,
                  const json::Node& reference, const Spot& spot, bool indices);
  std::optional<Ref> unknown(const json::Node& reference, std::string_view typed, const Spot& spot);
  std::optional<Ref> taken_by_block(const json::Node& reference, std::string_view output, const Spot& spot);

  const json::Document& document_;
  Findings& findings_;
  Suggestions& suggestions_;
  Taken& kept(std::string name);  // by that name, new or not

  std::deque<Taken> names_;
  ByName<Taken*> by_name_;
  std::vector<std::string_view> known_;  // all names, for the nearest one
  int next_input_ = 0;
};

}  // namespace shapedbg
