// Axes that were turned and not turned back: at the end of a branch, in keys and values of an attention, at
// the end of the network.
#include <algorithm>
#include <numeric>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "net/parameter.h"
#include "repair/propose/insertions.h"
#include "repair/propose/orders.h"
#include "repair/propose/suggest.h"
#include "text/lower.h"

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

// The one layer that turns the axes on the way from `start` to `end`; nothing where there are several, or
// none.
std::optional<LayerId> turning_between(const Spec& spec, Ref end, Ref start) {
  std::optional<LayerId> found;
  while (!end.is_input() && end != start) {
    const LayerSpec& one = spec.layer(end.layer);
    if (one.info().family == Family::transpose || one.info().family == Family::permute) {
      if (found) return std::nullopt;
      found = end.layer;
    }
    if (one.inputs.empty()) return std::nullopt;
    end = one.inputs[0];
  }
  return found;
}

Shape in_order(const Shape& x, const Order& order) {
  Shape fresh;
  for (const std::int64_t axis : order) fresh.push_back(x[static_cast<std::size_t>(axis)]);
  return fresh;
}

// Where the features of a tensor stand: as whoever made it says. Channels::second in front of its places.
Channels features_of(const Spec& spec, Ref ref) {
  while (!ref.is_input() && spec.layer(ref.layer).inputs.size() == 1 && !spec.layer(ref.layer).broken) {
    const LayerSpec& layer = spec.layer(ref.layer);
    const Channels channels = facts(layer.kind).channels;
    if (channels == Channels::last || layer.info().family == Family::embedding) return Channels::last;
    if (!keeps_shape(layer.info().family) && layer.info().family != Family::softmax)
      return channels == Channels::none ? channels : Channels::second;
    ref = layer.inputs[0];
  }
  return Channels::none;
}

bool features_last(const Spec& spec, Ref ref) { return features_of(spec, ref) == Channels::last; }

// Where the first layer behind `at` that takes features takes them.
Channels features_taken_behind(const Spec& spec, LayerId at) {
  for (LayerId i = at + 1; i < spec.layers.end_id(); ++i) {
    const LayerSpec& layer = spec.layer(i);
    if (layer.broken || layer.inputs.empty() || before_pointwise(spec, layer.inputs[0]) != Ref{at, 0})
      continue;
    const Channels channels = facts(layer.kind).channels;
    if (channels != Channels::none) return channels == Channels::last ? channels : Channels::second;
  }
  return Channels::none;
}

// Sequences of just the same sizes, of which one has its features last and the other in front of its places:
// the order that brings input `k` to the other one, where that is the one for the layer behind.
std::optional<Order> order_of_the_other(const Situation& s, LayerId sum, std::size_t k) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& x = s.trace.row(sum).inputs;
  const Channels here = features_of(s.spec, layer.inputs[k]);
  const Channels there = features_of(s.spec, layer.inputs[1 - k]);
  if (x[k].size() != 3 || here == Channels::none || there == Channels::none || here == there)
    return std::nullopt;
  const Shape turned{x[k][0], x[k][2], x[k][1]};
  const Channels behind = features_taken_behind(s.spec, sum);
  if (turned != x[1 - k] || (behind == Channels::none ? k == 0 : behind != there)) return std::nullopt;
  return Order{0, 2, 1};
}

// Whether learned values meet a tensor, each as it is or repeated.
bool meets(const Shape& table, const Shape& x) {
  if (table.size() > x.size()) return false;
  const auto at = x.end() - static_cast<std::ptrdiff_t>(table.size());
  return std::equal(table.begin(), table.end(), at,
                    [](std::int64_t a, std::int64_t b) { return a == 1 || a == b; });
}

// The order in which input `k` of a sum meets learned values: they are written down as they are meant. Two
// axes that are exchanged, of a map whose places became one axis behind its features; or the last order
// undone.
std::optional<Order> order_of_learned(const Situation& s, LayerId sum, std::size_t k) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& inputs = s.trace.row(sum).inputs;
  const Shape& x = inputs[k];
  const auto axes = exchanged(x, inputs[1 - k]);
  if (axes && axes->first != 0 && features_taken_behind(s.spec, sum) != Channels::second) {
    Order order(x.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::swap(order[axes->first], order[axes->second]);
    return order;
  }
  for (Ref from = layer.inputs[k]; !from.is_input();) {
    const LayerSpec& maker = s.spec.layer(from.layer);
    if (maker.inputs.size() != 1) return std::nullopt;
    if (const auto order = order_of(maker, x.size())) {
      const Order back = inverse_of(*order);
      return back[0] == 0 && meets(inputs[1 - k], in_order(x, back)) ? std::optional(back) : std::nullopt;
    }
    from = maker.inputs[0];
  }
  return std::nullopt;
}

// The order that undoes the one layer which turned the axes of input `k` of a sum, so that it meets the
// other one.
std::optional<Order> order_back(const Situation& s, LayerId sum, std::size_t k) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& inputs = s.trace.row(sum).inputs;
  if (is_parameter(s.spec, layer.inputs[1 - k])) return order_of_learned(s, sum, k);
  const auto turning = turning_between(s.spec, layer.inputs[k], layer.inputs[1 - k]);
  if (!turning) return order_of_the_other(s, sum, k);
  if (inputs[k].size() != inputs[1 - k].size()) return std::nullopt;
  if (const auto order = order_of(s.spec.layer(*turning), inputs[k].size())) {
    const Order back = inverse_of(*order);
    if (back[0] == 0 && in_order(inputs[k], back) == inputs[1 - k]) return back;
  }
  const auto axes = exchanged(inputs[0], inputs[1]);
  if (!axes || axes->first == 0) return std::nullopt;
  Order back(inputs[k].size());
  std::iota(back.begin(), back.end(), std::int64_t{0});
  std::swap(back[axes->first], back[axes->second]);
  return back;
}

// A Transpose where two axes are exchanged, else a Permute.
struct Turn {
  LayerKind kind;
  std::vector<std::pair<Opt, Value>> options;
  std::string text;
};

Turn turn_by(const Order& order) {
  std::vector<std::int64_t> moved;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<std::int64_t>(i)) moved.push_back(static_cast<std::int64_t>(i));
  if (moved.size() != 2)
    return {LayerKind::Permute, {{Opt::dims, Value{order}}}, R"(, "dims": )" + to_json(Value{order})};
  return {LayerKind::Transpose,
          {{Opt::dim0, Value{moved[0]}}, {Opt::dim1, Value{moved[1]}}},
          R"(, "dim0": )" + std::to_string(moved[0]) + R"(, "dim1": )" + std::to_string(moved[1])};
}

// A branch that turned its axes once and never back: input `k` of the sum.
void turned_branch(const Situation& s, LayerId sum, std::size_t k, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& inputs = s.trace.row(sum).inputs;
  const bool residual = layer.typed_as == "Residual";
  if (inputs.size() != 2 || layer.inputs.size() != 2 || (k == 1 && residual)) return;
  if (is_parameter(s.spec, layer.inputs[k])) return;  // learned values are written down in their order
  const auto back = order_back(s, sum, k);
  if (!back) return;
  const Turn turn = turn_by(*back);
  const std::string type(info(turn.kind).name);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  const auto options = [&](const LayerSpec&) { return turn.options; };
  if (residual ? !put_at_branch_end(s, sum, turn.kind, lower(type), turn.text, options, candidate)
               : !put_on_input(s, sum, k, type, turn.text, candidate))
    return;
  candidate.telling = is_parameter(s.spec, layer.inputs[1 - k]);
  const bool branch = k == 0 && !candidate.telling;
  candidate.title = "put a " + type +
                    (branch ? " at the end of the branch of `"
                            : " between `" + s.spec.name_of(layer.inputs[k]) + "` and `") +
                    layer.name + "`: " + bracketed(inputs[k]) + " becomes " +
                    bracketed(in_order(inputs[k], *back));
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// Keys and values whose heads stand behind their tokens, where those of the queries stand in front.
void turned_heads(const Situation& s, LayerId at, std::vector<Candidate>& out) {
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
std::optional<bool> batch_first_behind(const Spec& spec, LayerId at) {
  for (LayerId i = at + 1; i < spec.layers.end_id(); ++i)
    if (!spec.layer(i).broken && spec.layer(i).find(Opt::batch_first) != nullptr)
      return spec.layer(i).flag(Opt::batch_first);
  return std::nullopt;
}

// A table with its places first, [L, 1, E], meets a sequence with its batch first: the one that the layers
// behind do not take so is turned.
void turned_sequence(const Situation& s, LayerId sum, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& x = s.trace.row(sum).inputs;
  if (layer.info().family != Family::elementwise || x.size() != 2 || layer.inputs.size() != 2) return;
  for (const std::size_t k : {0u, 1u}) {
    const Ref table = layer.inputs[k];
    const Shape& other = x[1 - k];
    if (!is_parameter(s.spec, table) || x[k].size() != 3 || other.size() != 3 || x[k][1] != 1 ||
        x[k][0] != other[1] || x[k][2] != other[2])
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

// The axes were turned once on the way, and what is returned is what is expected in the order of then.
void turned_result(const Situation& s, std::vector<Candidate>& out) {
  const Shape* got = s.trace.result(s.spec);
  if (first_fault(s.trace) || !s.spec.expect || got == nullptr || s.spec.layers.empty()) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  if (got->size() != want.size() || got->size() < 3) return;
  LayerId turning;
  for (const LayerId i : s.path_to({s.spec.layers.last_id(), 0})) {
    if (facts(s.spec.layer(i).kind).effect != Effect::reordered) continue;
    if (!turning.is_none()) return;
    turning = i;
  }
  const auto order = turning.is_none() ? std::nullopt : order_of(s.spec.layer(turning), got->size());
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

// A sequence with its batch first, expected with its steps first, as a loss over time takes it.
void steps_first(const Situation& s, std::vector<Candidate>& out) {
  const Shape* got = s.trace.result(s.spec);
  if (first_fault(s.trace) || !s.spec.expect || got == nullptr || got->size() != 3) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  const Shape fresh{(*got)[1], (*got)[0], (*got)[2]};
  if (want != fresh || fresh == *got || !features_last(s.spec, {s.spec.layers.last_id(), 0})) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!put_last(s, "Transpose", R"(, "dim0": 0, "dim1": 1)", candidate)) return;
  candidate.title = "put a Transpose at the end: " + bracketed(*got) + " becomes " + bracketed(fresh) +
                    ", its steps in front of the batch";
  out.push_back(std::move(candidate));
}

// The one input of the network that a tensor is made of; nothing where there are several, or none.
std::optional<int> one_source(const Spec& spec, Ref ref) {
  while (!ref.is_input()) {
    if (spec.layer(ref.layer).inputs.size() != 1) return std::nullopt;
    ref = spec.layer(ref.layer).inputs[0];
  }
  return ref.input();
}

// Two sequences of different inputs, of as many features and of different lengths: each step of one meets
// each step of the other, as the joiner of a transducer lets them.
void steps_by_steps(const Situation& s, LayerId sum, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& x = s.trace.row(sum).inputs;
  if (layer.kind != LayerKind::Add || x.size() != 2 || layer.inputs.size() != 2 || x[0].size() != 3 ||
      x[1].size() != 3 || x[0][0] != x[1][0] || x[0][2] != x[1][2] || x[0][1] == x[1][1])
    return;
  const auto a = one_source(s.spec, layer.inputs[0]);
  const auto b = one_source(s.spec, layer.inputs[1]);
  if (!a || !b || *a == *b || !features_last(s.spec, layer.inputs[0]) ||
      !features_last(s.spec, layer.inputs[1]))
    return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (!put_on_input(s, sum, 0, "Unsqueeze", R"(, "dim": 2)", candidate) ||
      !put_on_input(s, sum, 1, "Unsqueeze", R"(, "dim": 1)", candidate))
    return;
  candidate.title = "put an Unsqueeze between `" + s.spec.name_of(layer.inputs[0]) + "` and `" + layer.name +
                    "`, and one between `" + s.spec.name_of(layer.inputs[1]) +
                    "` and it: " + bracketed({x[0][0], x[0][1], 1, x[0][2]}) + " and " +
                    bracketed({x[1][0], 1, x[1][1], x[1][2]}) + " meet step by step";
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

}  // namespace

void suggest_turned(const Situation& s, std::vector<Candidate>& out) {
  turned_result(s, out);
  steps_first(s, out);
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  turned_heads(s, *fault, out);
  turned_sequence(s, *fault, out);
  steps_by_steps(s, *fault, out);
  for (const std::size_t k : {0u, 1u})
    if (s.spec.layer(*fault).info().family == Family::elementwise) turned_branch(s, *fault, k, out);
}

}  // namespace shapedbg
