// A matrix product whose factors do not fit: exchanged, or one of them transposed. Or one that takes the
// batch of a factor of two axes for its rows: weights [N, T] times values [N, T, C].
#include <algorithm>

#include "flow/path.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// A factor [N, T] beside one of three axes gets a row of its own, or a column where it stands second.
void with_a_row(const Situation& s, LayerId at, std::vector<Candidate>& out,
                std::vector<Candidate>& partial) {
  const LayerSpec& product = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (product.info().family != Family::matmul || product.inputs.size() != 2 || inputs.size() != 2) return;
  for (const std::size_t k : {0u, 1u}) {
    const Shape& x = inputs[k];
    const Shape& other = inputs[1 - k];
    if (x.size() != 2 || other.size() != 3 || x[0] != other[0] || x[1] != other[k == 0 ? 1 : 2]) continue;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    const std::size_t dim = k == 0 ? 1 : 2;
    if (!put_on_input(s, at, k, "Unsqueeze", R"(, "dim": )" + std::to_string(dim), candidate)) continue;
    Shape fresh = x;
    fresh.insert(fresh.begin() + static_cast<std::ptrdiff_t>(dim), 1);
    candidate.title = "put an Unsqueeze between `" + s.spec.name_of(product.inputs[k]) + "` and `" +
                      product.name + "`: " + bracketed(x) + " becomes " + bracketed(fresh);
    sort_in(s, std::move(candidate), out, partial);
  }
}

// A map [N, C, H, W] beside queries [N, Q, C]: its places in a row, as a product takes them.
void with_a_map(const Situation& s, LayerId at, std::vector<Candidate>& out,
                std::vector<Candidate>& partial) {
  const LayerSpec& product = s.spec.layer(at);
  const Shapes& x = s.trace.row(at).inputs;
  if (x[0].size() != 3 || x[1].size() < 4 || x[0][0] != x[1][0] || x[0][2] != x[1][1]) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (!put_on_input(s, at, 1, "Flatten", R"(, "start_dim": 2)", candidate)) return;
  candidate.title = "put a Flatten between `" + s.spec.name_of(product.inputs[1]) + "` and `" + product.name +
                    "`: " + bracketed(x[1]) + " becomes " + bracketed({x[1][0], x[1][1], elements(x[1], 2)});
  sort_in(s, std::move(candidate), out, partial);
}

// The products that what fails is made of.
void rows(const Situation& s, LayerId fault, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  with_a_row(s, fault, out, partial);
  for (const Ref input : s.spec.layer(fault).inputs)
    for (const LayerId before : s.path_to(input)) with_a_row(s, before, out, partial);
}

}  // namespace

void suggest_factors(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  rows(s, *fault, out, partial);
  const LayerSpec& product = s.spec.layer(*fault);
  const auto& inputs = s.trace.row(*fault).inputs;
  if (product.info().family != Family::matmul || product.inputs.size() != 2 || inputs.size() != 2) return;
  with_a_map(s, *fault, out, partial);
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
