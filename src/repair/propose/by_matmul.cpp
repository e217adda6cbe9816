// A matrix product whose factors do not fit: exchanged, or one of them transposed.
#include <algorithm>

#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {}  // namespace

void suggest_factors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& product = s.spec.layers[static_cast<std::size_t>(*fault)];
  const auto& inputs = s.trace.layers[static_cast<std::size_t>(*fault)].inputs;
  if (product.info().family != Family::matmul || product.inputs.size() != 2 || inputs.size() != 2) return;
  const Ref a = product.inputs[0];
  const Ref b = product.inputs[1];
  const std::string first = s.spec.name_of(a);
  const std::string second = s.spec.name_of(b);
  Candidate exchanged;
  exchanged.kind = FixKind::source;
  exchanged.title = "exchange the factors of `" + product.name + "`: `" + second + "` times `" + first + "`";
  if (add_moves(s, {TakeInput{{*fault, 0}, b}, TakeInput{{*fault, 1}, a}}, exchanged)) {
    exchanged.turned = {{*fault, a, b}, {*fault, b, a}};
    const auto both = [](const std::string& x, const std::string& y) {
      return "[" + to_json(Value{x}) + ", " + to_json(Value{y}) + "]";
    };
    exchanged.changes.push_back({product.name, "inputs", both(first, second), both(second, first)});
    sort_in(s, std::move(exchanged), out, partial);
  }
  // Keys and values are transposed, seldom queries.
  for (const std::size_t k : {std::size_t{1}, std::size_t{0}}) {
    const Shape& x = inputs[k];
    if (x.size() < 2) continue;
    Candidate turned;
    turned.kind = FixKind::missing_axis;
    turned.amount = k == 1 ? 1 : 2;
    if (!put_on_input(s, *fault, k, "Transpose", R"(, "dim0": -2, "dim1": -1)", turned)) continue;
    Shape fresh = x;
    std::swap(fresh[fresh.size() - 2], fresh[fresh.size() - 1]);
    turned.title = "put a Transpose between `" + (k == 0 ? first : second) + "` and `" + product.name +
                   "`: " + bracketed(x) + " becomes " + bracketed(fresh);
    sort_in(s, std::move(turned), out, partial);
  }
}

}  // namespace shapedbg
