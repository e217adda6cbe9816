// What meets a map and was counted wrong: the vector that scales or shifts it, made by a Linear and an
// Unflatten, whole or in parts of a Chunk; and a table of positions, biases or a mask, in all its axes.
#include <algorithm>
#include <optional>

#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

bool of_one_place(const Shape& x) {
  return x.size() > 2 && std::all_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n == 1; });
}

// The table as large as what it meets, axis by axis from the back; what it gives to all stays one.
std::optional<Shape> table_for(const Shape& table, const Shape& other) {
  if (table.empty() || table.size() > other.size()) return std::nullopt;
  Shape fresh = table;
  for (std::size_t back = 1; back <= table.size(); ++back) {
    std::int64_t& n = fresh[table.size() - back];
    if (n != 1) n = other[other.size() - back];
  }
  return fresh == table ? std::nullopt : std::optional(fresh);
}

class Gates {
 public:
  Gates(const Situation& s, LayerId merge, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial), merge_(merge) {}

  void run() {
    const auto& inputs = s_.trace.row(merge_).inputs;
    const LayerSpec& merge = layer(merge_);
    if (inputs.size() != 2 || merge.inputs.size() != 2) return;
    for (const std::size_t k : {0u, 1u}) {
      if (merge.inputs[k].is_input()) continue;
      const Shape& other = inputs[1 - k];
      if (layer(merge.inputs[k].layer).kind == LayerKind::Parameter)
        table(merge.inputs[k].layer, inputs[k], other);
      else if (of_one_place(inputs[k]) && other.size() == inputs[k].size() && !of_one_place(other))
        vector(merge.inputs[k], other[1]);
    }
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  void table(LayerId parameter, const Shape& x, const Shape& other) {
    const auto fresh = table_for(x, other);
    if (fresh) propose({{parameter, Opt::shape, Value{*fresh}}}, FixKind::window);
  }

  void vector(Ref ref, std::int64_t channels) {
    std::int64_t wanted = channels;
    for (int most = 6; most > 0 && !ref.is_input(); --most) {
      const LayerSpec& one = layer(ref.layer);
      if (one.broken || one.inputs.size() != 1) return;
      if (one.info().family == Family::chunk && one.integer(Opt::dim) == 1) {
        if (__builtin_mul_overflow(wanted, one.integer(Opt::chunks), &wanted)) return;
      } else if (one.info().family == Family::unflatten) {
        unflattened(ref.layer, wanted);
        return;
      } else if (!keeps_shape(one.info().family)) {
        return;
      }
      ref = one.inputs[0];
    }
  }

  // Both ends together: what the Unflatten makes, and what the Linear or the Embedding in front returns.
  void unflattened(LayerId index, std::int64_t wanted) {
    const auto& made = s_.trace.row(index).outputs;
    const LayerSpec& one = layer(index);
    if (made.empty() || one.integer(Opt::dim) != 1 || !of_one_place(made[0]) || made[0][1] == wanted) return;
    Ref from = one.inputs[0];
    while (!from.is_input() && keeps_shape(layer(from.layer).info().family) &&
           layer(from.layer).inputs.size() == 1)
      from = layer(from.layer).inputs[0];
    if (from.is_input()) return;
    const Family family = layer(from.layer).info().family;
    if (family != Family::linear && family != Family::embedding) return;
    const Opt returned = family == Family::linear ? Opt::out_features : Opt::embedding_dim;
    Shape sizes(made[0].begin() + 1, made[0].end());
    sizes[0] = wanted;
    std::vector<Expression> list(sizes.begin(), sizes.end());
    propose({{index, Opt::unflattened_size, Value{std::move(list)}}, {from.layer, returned, Value{wanted}}},
            FixKind::channels);
  }

  void propose(const std::vector<Set>& sets, FixKind kind) {
    Candidate candidate;
    candidate.kind = kind;
    candidate.title = title_of(s_.spec, sets);
    if (!add_sets(s_, sets, candidate)) return;
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  LayerId merge_;
};

}  // namespace

void suggest_gates(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  if (s.spec.layer(*fault).info().family == Family::elementwise) Gates(s, *fault, out, partial).run();
}

}  // namespace shapedbg
