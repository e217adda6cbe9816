#include "repair/propose/insertions.h"

#include "net/sharing.h"

namespace shapedbg {

void one_edit_each(std::vector<Edit>& edits) {
  for (std::size_t i = 0; i < edits.size(); ++i)
    for (std::size_t k = i + 1; k < edits.size();) {
      const bool same = edits[k].offset == edits[i].offset && edits[k].length == 0 && edits[i].length == 0;
      if (!same) {
        ++k;
        continue;
      }
      edits[i].text += edits[k].text;
      edits.erase(edits.begin() + static_cast<std::ptrdiff_t>(k));
    }
}

bool put_in_a_row(const Situation& s, LayerId at, std::size_t k, const std::vector<PutIn>& row,
                  Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(at);
  std::vector<std::string> written;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    std::string name(s.rewrite.reference(layer, i));
    // `prev` means the layer put in from then on.
    if (name == "prev") name = s.rewrite.name_before(layer);
    if (name.empty()) return false;
    written.push_back(std::move(name));
  }
  const auto quoted = [](const std::string& name) { return to_json(Value{name}); };
  std::string last = written[k];
  for (const PutIn& put : row) {
    const std::string inputs =
        put.sizes_of ? "[" + quoted(last) + ", " + quoted(written[*put.sizes_of]) + "]" : quoted(last);
    const auto name = put_before(s, at, put.type, R"(, "inputs": )" + inputs + put.options, candidate);
    if (!name) return false;
    last = *name;
  }
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    if (i != k && s.rewrite.reference(layer, i) != "prev") continue;
    if (!refer_to(s, at, i, i == k ? last : written[i], i == k, candidate)) return false;
  }
  if (row.size() < 2) return true;
  one_edit_each(candidate.edits);
  candidate.by_text = true;
  return true;
}

bool put_at_branch_end(const Situation& s, LayerId sum, LayerKind kind, const std::string& base,
                       const std::string& options, const OptionsOf& values, Candidate& candidate) {
  const std::string name = free_name(s.spec, base);
  const std::string object =
      R"({"name": ")" + name + R"(", "type": ")" + std::string(info(kind).name) + "\"" + options + "}";
  Moves moves;
  for (const LayerId copy : copies(s.spec, sum)) {
    const LayerSpec& other = s.spec.layer(copy);
    candidate.changes.push_back({other.name + "." + name, "layer", "null", object});
    moves.emplace_back(InsertLayer{InsertLayer::Where::branch,
                                   copy,
                                   kind,
                                   other.name + "." + name,
                                   {other.inputs[0]},
                                   values(other),
                                   {{copy, 0}}});
  }
  if (!add_text(moves, s.rewrite.append_to_branch(s.spec.layer(sum), object), candidate)) return false;
  ++candidate.inserted;
  return true;
}

}  // namespace shapedbg
