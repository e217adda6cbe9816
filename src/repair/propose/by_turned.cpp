// Axes that were turned and not turned back: at the end of a branch, in keys and values of an attention, at
// the end of the network.
#include <algorithm>
#include <numeric>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "net/sharing.h"
#include "repair/propose/insertions.h"
#include "repair/propose/orders.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The two axes that are exchanged between `a` and `b`, which are alike else.
std::optional<std::pair<std::size_t, std::size_t>> exchanged(const Shape& a, const Shape& b) {
  std::vector<std::size_t> unlike;
  for (std::size_t k = 0; k < a.size() && a.size() == b.size(); ++k)
    if (a[k] != b[k]) unlike.push_back(k);
  if (unlike.size() != 2 || a[unlike[0]] != b[unlike[1]] || a[unlike[1]] != b[unlike[0]]) return std::nullopt;
  return std::pair(unlike[0], unlike[1]);
}

// How often the axes are turned on the way from `start` to `end`.
int times_turned(const Spec& spec, Ref end, Ref start) {
  int times = 0;
  while (!end.is_input() && end != start) {
    const LayerSpec& one = spec.layer(end.layer);
    times += one.info().family == Family::transpose || one.info().family == Family::permute ? 1 : 0;
    if (one.inputs.empty()) return 0;
    end = one.inputs[0];
  }
  return times;
}

// A branch that turned its axes once and never back: input `k` of the sum.
void turned_branch(const Situation& s, int sum, std::size_t k, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& inputs = s.trace.row(sum).inputs;
  if (inputs.size() != 2 || layer.inputs.size() != 2 || (k == 1 && layer.typed_as == "Residual")) return;
  const auto axes = exchanged(inputs[0], inputs[1]);
  if (!axes || axes->first == 0 || times_turned(s.spec, layer.inputs[k], layer.inputs[1 - k]) != 1) return;
  const auto dim0 = static_cast<std::int64_t>(axes->first);
  const auto dim1 = static_cast<std::int64_t>(axes->second);
  const std::string options = R"(, "dim0": )" + std::to_string(dim0) + R"(, "dim1": )" + std::to_string(dim1);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (layer.typed_as == "Residual") {
    const std::string name = free_name(s.spec, "transpose");
    const std::string object = R"({"name": ")" + name + R"(", "type": "Transpose")" + options + "}";
    Moves moves;
    for (const int copy : copies(s.spec, sum)) {
      const LayerSpec& other = s.spec.layer(copy);
      candidate.changes.push_back({other.name + "." + name, "layer", "null", object});
      moves.emplace_back(InsertLayer{InsertLayer::Where::branch,
                                     copy,
                                     LayerKind::Transpose,
                                     other.name + "." + name,
                                     {other.inputs[0]},
                                     {{Opt::dim0, Value{dim0}}, {Opt::dim1, Value{dim1}}},
                                     {{copy, 0}}});
    }
    if (!add_text(moves, s.rewrite.append_to_branch(layer, object), candidate)) return;
    ++candidate.inserted;
  } else if (!put_on_input(s, sum, k, "Transpose", options, candidate)) {
    return;
  }
  candidate.title = (k == 0 ? "put a Transpose at the end of the branch of `"
                            : "put a Transpose between `" + s.spec.name_of(layer.inputs[k]) + "` and `") +
                    layer.name + "`: " + bracketed(inputs[k]) + " becomes " + bracketed(inputs[1 - k]);
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// Keys and values whose heads stand behind their tokens, where those of the queries stand in front.
void turned_heads(const Situation& s, int at, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.kind != LayerKind::ScaledDotProductAttention || inputs.size() != layer.inputs.size()) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  std::string told;
  for (std::size_t k = 1; k < std::min<std::size_t>(inputs.size(), 3); ++k) {
    const auto axes = exchanged(inputs[0], inputs[k]);
    if (inputs[k].size() != 4 || !axes || *axes != std::pair<std::size_t, std::size_t>(1, 2)) continue;
    if (!put_on_input(s, at, k, "Transpose", R"(, "dim0": 1, "dim1": 2)", candidate)) return;
    const std::string name = "`" + s.spec.name_of(layer.inputs[k]) + "`";
    if (told != name) told += (told.empty() ? "" : " and ") + name;
  }
  if (told.empty()) return;
  one_edit_each(candidate.edits);
  candidate.by_text = true;
  candidate.title = "put a Transpose of axes 1 and 2 behind " + told + ": heads in front of tokens, as in `" +
                    s.spec.name_of(layer.inputs[0]) + "`";
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// Whether the first layer behind that goes along a sequence takes the batch first; nothing where there is
// none.
std::optional<bool> batch_first_behind(const Spec& spec, int at) {
  for (int i = at + 1; i < std::ssize(spec.layers); ++i)
    if (!spec.layer(i).broken && spec.layer(i).find(Opt::batch_first) != nullptr)
      return spec.layer(i).flag(Opt::batch_first);
  return std::nullopt;
}

// A table with its places first, [L, 1, E], meets a sequence with its batch first: the one that the layers
// behind do not take so is turned.
void turned_sequence(const Situation& s, int sum, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& x = s.trace.row(sum).inputs;
  if (layer.info().family != Family::elementwise || x.size() != 2 || layer.inputs.size() != 2) return;
  for (const std::size_t k : {0u, 1u}) {
    const Ref table = layer.inputs[k];
    const Shape& other = x[1 - k];
    if (table.is_input() || s.spec.layer(table.layer).kind != LayerKind::Parameter || x[k].size() != 3 ||
        other.size() != 3 || x[k][1] != 1 || x[k][0] != other[1] || x[k][2] != other[2])
      continue;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    if (batch_first_behind(s.spec, sum).value_or(true)) {
      const Set set{table.layer, Opt::shape, Value{Shape{1, x[k][0], x[k][2]}}};
      candidate.title = title_of(s.spec, {set});
      if (!add_sets(s, {set}, candidate)) return;
    } else {
      if (!put_on_input(s, sum, 1 - k, "Transpose", R"(, "dim0": 0, "dim1": 1)", candidate)) return;
      candidate.title = "put a Transpose between `" + s.spec.name_of(layer.inputs[1 - k]) + "` and `" +
                        layer.name + "`: " + bracketed(other) + " becomes " +
                        bracketed({other[1], other[0], other[2]}) + ", as the layers behind take sequences";
    }
    const auto changed = changed_by(s, candidate);
    if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
    return;
  }
}

// The order in which a layer that only reorders axes takes them from a tensor of so many.
std::optional<Order> order_of(const LayerSpec& layer, std::size_t rank) {
  if (layer.broken || facts(layer.kind).effect != Effect::reordered) return std::nullopt;
  Order order(rank);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (layer.find(Opt::dims) != nullptr) {
    const auto& dims = layer.integers(Opt::dims);
    if (dims.size() != rank) return std::nullopt;
    for (std::size_t k = 0; k < rank; ++k) order[k] = static_cast<std::int64_t>(wrapped_axis(dims[k], rank));
  } else {
    std::swap(order[wrapped_axis(layer.integer(Opt::dim0), rank)],
              order[wrapped_axis(layer.integer(Opt::dim1), rank)]);
  }
  return order;
}

// The axes were turned once on the way, and what is returned is what is expected in the order of then.
void turned_result(const Situation& s, std::vector<Candidate>& out) {
  const Shape* got = s.trace.result(s.spec);
  if (first_fault(s.trace) || !s.spec.expect || got == nullptr || s.spec.layers.empty()) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  if (got->size() != want.size() || got->size() < 3) return;
  int turning = -1;
  for (const int i : s.path_to({static_cast<int>(s.spec.layers.size()) - 1, 0})) {
    if (facts(s.spec.layer(i).kind).effect != Effect::reordered) continue;
    if (turning >= 0) return;
    turning = i;
  }
  const auto order = turning < 0 ? std::nullopt : order_of(s.spec.layer(turning), got->size());
  if (!order || (*order)[0] != 0) return;
  const Order back = inverse_of(*order);
  Shape fresh;
  for (std::size_t k = 0; k < back.size(); ++k) {
    fresh.push_back((*got)[static_cast<std::size_t>(back[k])]);
    if (want[k] != Expect::any_size && want[k] != fresh.back()) return;
  }
  const LayerSpec& layer = s.spec.layer(turning);
  const bool two = layer.find(Opt::dims) == nullptr;
  const std::string options = two ? R"(, "dim0": )" + to_json(layer.find(Opt::dim0)->value) +
                                        R"(, "dim1": )" + to_json(layer.find(Opt::dim1)->value)
                                  : R"(, "dims": )" + to_json(Value{back});
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!put_last(s, two ? "Transpose" : "Permute", options, candidate)) return;
  candidate.title = std::string("put a ") + (two ? "Transpose" : "Permute") + " at the end, back from `" +
                    layer.name + "`: " + bracketed(*got) + " becomes " + bracketed(fresh);
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_turned(const Situation& s, std::vector<Candidate>& out) {
  turned_result(s, out);
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  turned_heads(s, *fault, out);
  turned_sequence(s, *fault, out);
  for (const std::size_t k : {0u, 1u})
    if (s.spec.layer(*fault).info().family == Family::elementwise) turned_branch(s, *fault, k, out);
}

}  // namespace shapedbg
