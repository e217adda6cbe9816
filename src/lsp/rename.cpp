// A name changed everywhere, and the proof that nothing else changes: the spec is read again.
#include <algorithm>

#include "lsp/names.h"
#include "read/json/parse.h"

namespace shapedbg::lsp {
namespace {

bool same_value(const Spec& a, const Value& x, const Spec& b, const Value& y) {
  if (x.index() != y.index()) return false;
  if (const Ref* ref = std::get_if<Ref>(&x)) return *ref == std::get<Ref>(y);
  return to_json(a, x) == to_json(b, y);
}

// The same layers on the same tensors with the same options.
bool same_network(const Spec& a, const Spec& b) {
  if (a.layers.size() != b.layers.size() || a.inputs.size() != b.inputs.size() || a.outputs != b.outputs)
    return false;
  for (std::size_t i = 0; i < a.inputs.size(); ++i)
    if (a.inputs[i].shape != b.inputs[i].shape) return false;
  if (a.free_sizes.size() != b.free_sizes.size()) return false;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const LayerSpec& x = a.layers[i];
    const LayerSpec& y = b.layers[i];
    if (x.kind != y.kind || x.inputs != y.inputs || x.options.size() != y.options.size()) return false;
    for (std::size_t o = 0; o < x.options.size(); ++o)
      if (!same_value(a, x.options[o].value, b, y.options[o].value)) return false;
  }
  return true;
}

bool can_be_written(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  });
}

}  // namespace

Renaming rename(const Picture& picture, std::size_t offset, std::string_view fresh) {
  const auto found = picture.names().at(offset);
  if (!found || found->name->kind == Name::Kind::unnamed) return {{}, "no name is written here"};
  const std::string quoted = "`" + std::string(fresh) + "`";
  if (!can_be_written(fresh))
    return {{}, "a name is not empty and holds no quotes, backslashes and control characters"};
  Renaming renaming;
  renaming.edits.push_back(
      {found->name->given.begin, found->name->given.end - found->name->given.begin, std::string(fresh)});
  for (const Span span : found->name->taken)
    renaming.edits.push_back({span.begin, span.end - span.begin, std::string(fresh)});
  const std::optional<std::string> bytes = shapedbg::apply(picture.text().bytes(), renaming.edits);
  if (!bytes) return {{}, "the places of the name overlap"};
  const Parsed before = parse(Source("before", picture.text().bytes()));
  const Parsed after = parse(Source("after", *bytes));
  if (after.findings.size() > before.findings.size())
    for (const Finding& finding : after.findings) {
      const bool known = std::any_of(before.findings.begin(), before.findings.end(),
                                     [&](const Finding& one) { return one.message == finding.message; });
      if (!known) return {{}, "renamed to " + quoted + ", " + finding.message};
    }
  if (after.findings.size() != before.findings.size() || !same_network(before.spec, after.spec))
    return {{}, "renamed to " + quoted + ", the network would not be the same"};
  return renaming;
}

}  // namespace shapedbg::lsp
