// Distances between vectors, as layers that say where their features meet.
#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

struct Pair {
  Ref a;
  Ref b;
};

std::optional<Pair> pair_of(Mapping& mapping, const Step& step) {
  const Value& a = step["x1"];
  const Value& b = step["x2"];
  if (!a.is(Value::Kind::tensor) || !b.is(Value::Kind::tensor)) return std::nullopt;
  const auto first = mapping.taken(step, a);
  const auto second = first ? mapping.taken(step, b) : std::nullopt;
  return second ? std::optional(Pair{*first, *second}) : std::nullopt;
}

// Of each row of [..., P, C] to each of [..., R, C]: sizes meet and are refused as in a product with the
// second turned, which is what most of the work is, too.
bool of_all_pairs(Mapping& mapping, const Step& step) {
  if (!step["x1"].is(Value::Kind::tensor) || !step["x2"].is(Value::Kind::tensor) ||
      mapping.rank(step["x1"]) < 2 || mapping.rank(step["x2"]) < 2)
    return false;
  const auto pair = pair_of(mapping, step);
  if (!pair) return false;
  DraftLayer turned("Transpose", {pair->b});
  turned.set("dim0", std::int64_t{-2}).set("dim1", std::int64_t{-1});
  const Ref rows = mapping.emit_before(step, std::move(turned));
  mapping.emit(step, DraftLayer("MatMul", {pair->a, rows}));
  return true;
}

// Element by element, and what an axis then becomes.
bool along_an_axis(Mapping& mapping, const Step& step, std::string_view meets, std::string_view reduces,
                   std::int64_t dim) {
  const auto pair = pair_of(mapping, step);
  if (!pair) return false;
  DraftLayer whole(reduces, {mapping.emit_before(step, DraftLayer(meets, {pair->a, pair->b}))});
  whole.set("dim", dim);
  if (step.flag("keepdim", false)) whole.set("keepdim", true);
  mapping.emit(step, std::move(whole));
  return true;
}

bool cosine(Mapping& mapping, const Step& step) {
  return along_an_axis(mapping, step, "Mul", "Sum", step.integer("dim").value_or(1));
}
bool pairwise(Mapping& mapping, const Step& step) { return along_an_axis(mapping, step, "Sub", "Norm", -1); }

constexpr Row kDistanceRows[] = {
    {"cdist", "x1 x2 p compute_mode", of_all_pairs},
    {"cosine_similarity", "x1 x2 dim eps", cosine},
    {"pairwise_distance", "x1 x2 p eps keepdim", pairwise},
};

}  // namespace

std::span<const Row> distance_rows() { return kDistanceRows; }

}  // namespace shapedbg::aten
